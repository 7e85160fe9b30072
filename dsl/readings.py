"""Every reading that a definition makes of another: what is read, how far in time, from which row, and where it is written.

A define is read as part of its section, whether it is used or not. What a duty takes is part of the accounts that hold its
units, so its readings count as theirs; the readings of an effect are those of the rule that has the effect.

Invariant: linear in the size of the program; a view only takes sections and exceptions away.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from capcode.dsl import ir
from capcode.dsl.moves import SAME, Around, Move, Moves, at_least
from capcode.dsl.source import Span
from capcode.dsl.views import LawView


class Place(NamedTuple):
    """A definition or a table: sort is rule, measure, duty, account, check or table."""

    sort: str
    name: str

    def __str__(self) -> str:
        return self.name if self.sort != "table" else f"table {self.name}"


@dataclass(frozen=True, slots=True)
class Reading:
    """`binders` are the domains around it, by the entity that they bind. `section` is None where none is to blame;
    `at` is the time expression of a rule that is read."""

    reader: Place
    read: Place
    move: Move
    row: ir.RowExpr | None
    binders: Mapping[str, ir.Domain]
    span: Span
    section: ir.Section | None
    at: ir.Expr | None = None


_CHILD_FIELDS: dict[type, tuple[str, ...]] = {}


def parts(node: object) -> Iterator[object]:
    """The expressions directly inside an expression (or a domain, a band, a figure set by an authority)."""
    names = _CHILD_FIELDS.get(type(node))
    if names is None:
        names = tuple(f.name for f in dataclasses.fields(node) if f.name != "span") if dataclasses.is_dataclass(node) else ()
        _CHILD_FIELDS[type(node)] = names
    for name in names:
        value = getattr(node, name)
        if isinstance(value, ir.Node | ir.BandRow):
            yield value
        elif isinstance(value, tuple):
            for item in value:
                if isinstance(item, ir.Node | ir.BandRow):
                    yield item
                elif isinstance(item, tuple):
                    yield from (x for x in item if isinstance(x, ir.Node))


def bodies(law: ir.Law) -> Iterator[object]:
    """The expressions of a law, without the effects of a measure."""
    match law:
        case ir.RuleLaw():
            for clause in law.clauses:
                yield clause.body
                if clause.condition is not None:
                    yield clause.condition
            for exception in law.exceptions:
                yield exception.body
                yield exception.condition
            yield from (e for _, e in law.defines)
        case ir.MeasureLaw():
            yield law.condition
            yield from (e for e in (law.starts, law.ends) if e is not None)
            yield from (e for _, e in law.defines)
        case ir.DutyLaw():
            yield from (law.quantity, law.deadline)
            for pattern in (*law.accepts, *(p for p, _ in law.limits), *(p for p, _ in law.order)):
                if pattern.where is not None:
                    yield pattern.where
            yield from (e for _, e in law.limits)
            yield from (e for _, e in law.defines)
        case ir.AccountLaw():
            for flow in law.flows:
                yield from (e for e in (flow.day, flow.amount, flow.vintage, flow.condition) if e is not None)
        case ir.CheckLaw():
            yield law.condition
        case ir.CellLaw():
            yield from law.cells.values()


def makers_of(program: ir.Program, effect: str) -> list[str]:
    """The measures that have an effect of this name: two may share one."""
    return [
        m.name for m in program.measures.values()
        if any(isinstance(s.law, ir.MeasureLaw) and any(e.name == effect for e in s.law.effects) for s in m.sections)
    ]  # fmt: skip


def definitions(program: ir.Program) -> dict[Place, ir.Definition]:
    """Everything with sections, in code-point order inside each sort."""
    found: dict[Place, ir.Definition] = {}
    for sort, mapping in (
        ("rule", program.rules), ("measure", program.measures), ("duty", program.duties), ("account", program.accounts),
        ("check", program.checks),
    ):  # fmt: skip
        for name in sorted(mapping):
            found[Place(sort, name)] = mapping[name]
    return found


class Readings:
    """The readings of one program, in a view or (view None) of all its sections."""

    def __init__(self, program: ir.Program, view: LawView | None = None) -> None:
        self.program = program
        self.definitions = definitions(program)
        self.found: list[Reading] = []
        self._moves = Moves(program.calendar)
        self._members = view.standing.members() if view is not None else ()
        self._view = view
        self._reader: ir.Definition
        self._place: Place
        self._section: ir.Section | None = None
        self._own_effects: frozenset[str] = frozenset()
        for place, definition in self.definitions.items():
            self._collect(place, definition)
        self._share_accounts()

    def sections(self, definition: ir.Definition) -> tuple[ir.Section, ...]:
        """Those that exist in the view for some member."""
        if self._view is None:
            return definition.sections
        if len(self._members) == 1:
            return self._view.taking_part(definition.sections)
        inside = {id(s) for m in self._members for s in self._view.taking_part(definition.sections, m)}
        return tuple(s for s in definition.sections if id(s) in inside)

    def _collect(self, place: Place, definition: ir.Definition) -> None:
        self._enter(place, definition, None)
        if isinstance(definition, ir.Rule):
            if definition.dated_by is not None:
                self._add(self._named(definition.dated_by), SAME, None, Around(), definition.span)
            if definition.effect_of is not None:
                for measure in makers_of(self.program, definition.name):
                    self._add(Place("measure", measure), SAME, None, Around(), definition.span)
        for section in self.sections(definition):
            self._enter(place, definition, section)
            law = section.law
            if isinstance(law, ir.MeasureLaw):
                self._measure(place, definition, section, law)
            elif isinstance(law, ir.RuleLaw) and self._view is not None:
                law = dataclasses.replace(law, exceptions=tuple(e for e in law.exceptions if self._is_active(e)))
                self._walk_all(law)
            elif isinstance(law, ir.AccountLaw):
                self._flows(law)
            else:
                self._walk_all(law)
                if isinstance(law, ir.DutyLaw):
                    self._duty(law)

    def _is_active(self, exception: ir.Exception_) -> bool:
        view, cited = self._view, exception.citation
        return cited is None or view is None or any(view.standing.speakers(cited.instrument, m) for m in self._members)

    def _enter(self, place: Place, definition: ir.Definition, section: ir.Section | None) -> None:
        self._place, self._reader, self._section = place, definition, section

    def _walk_all(self, law: ir.Law) -> None:
        for body in bodies(law):
            self._walk(body, Around())

    def _measure(self, place: Place, definition: ir.Definition, section: ir.Section, law: ir.MeasureLaw) -> None:
        # inside `ends when` an effect is the value that was fixed at the decision: no reading of the measure by itself
        self._own_effects = frozenset(e.name for e in law.effects)
        if law.ends is not None:
            self._walk(law.ends, Around())
        self._own_effects = frozenset()
        self._walk_all(dataclasses.replace(law, ends=None))
        for effect in law.effects:
            rule = self.program.rules.get(effect.name)
            self._enter(Place("rule", effect.name) if rule is not None else place, rule or definition, section)
            self._walk(effect.body, Around())

    def _flows(self, law: ir.AccountLaw) -> None:
        """A flow whose day is in a later period is read from there: what it needs is earlier by that much."""
        for flow in law.flows:
            self._walk(flow.day, Around())
            first = len(self.found)
            for expr in (flow.amount, flow.vintage, flow.condition):
                self._walk(expr, Around())
            self.found[first:] = [_earlier(r, flow.day) for r in self.found[first:]]

    def _duty(self, law: ir.DutyLaw) -> None:
        units = {p.unit for p in law.accepts}
        move = self._moves.of(law.deadline, Around())
        for name, account in self.program.accounts.items():
            if account.unit in units and account.entity == self._reader.entity:
                self._add(Place("account", name), move, None, Around(), law.deadline.span)

    def _share_accounts(self) -> None:
        """An account rests on what the duties of its holder that use its units, and the flows against it, rest on."""
        own: dict[Place, list[Reading]] = {}
        for reading in self.found:
            own.setdefault(reading.reader, []).append(reading)
        for name, duty in self.program.duties.items():
            units = {p.unit for s in self.sections(duty) if isinstance(s.law, ir.DutyLaw) for p in s.law.accepts}
            for account in self.program.accounts.values():
                if account.unit in units and account.entity == duty.entity:
                    self._lend([_of_deadline(r) for r in own.get(Place("duty", name), ())], Place("account", account.name))
        for name, account in self.program.accounts.items():
            partners = {f.against for s in self.sections(account) if isinstance(s.law, ir.AccountLaw) for f in s.law.flows if f.against}
            for partner in sorted(partners & set(self.program.accounts)):
                self._lend(own.get(Place("account", name), ()), Place("account", partner))

    def _lend(self, readings: Sequence[Reading], account: Place) -> None:
        self.found += [dataclasses.replace(r, reader=account, section=None) for r in readings if r.read.sort != "account"]

    def _named(self, name: str) -> Place:
        for sort, mapping in (("rule", self.program.rules), ("measure", self.program.measures), ("duty", self.program.duties)):
            if name in mapping:
                return Place(sort, name)
        return Place("rule", name)

    def _add(
        self, read: Place, move: Move, row: ir.RowExpr | None, around: Around, span: Span, at: ir.Expr | None = None
    ) -> None:  # fmt: skip
        self.found.append(Reading(self._place, read, move, row, around.binders, span, self._section, at))

    # ---- the walk

    def _walk(self, node: object, around: Around) -> None:
        match node:
            case ir.RuleRead(rule=rule, row=row, at=at):
                if rule not in self._own_effects:
                    self._add(self._named(rule), self._moves.of(at, around), row, around, node.span, at)
            case ir.UndistributedRead(rule=rule, row=row, at=at):
                self._add(self._named(rule), self._moves.of(at, around), row, around, node.span)
            case ir.AccountRead(account=account, row=row, day=day):
                self._add(Place("account", account), self._moves.of(day, around), row, around, node.span)
            case ir.AccountPart(account=account, row=row, at=at):
                self._add(Place("account", account), self._moves.of(at, around), row, around, node.span)
            case ir.DutyPart(duty=duty, row=row, at=at):
                self._add(Place("duty", duty), self._moves.of(at, around), row, around, node.span)
            case ir.Lookup(table=table):
                self._add(Place("table", table), SAME, None, around, node.span)
            case ir.Aggregate() | ir.Count() | ir.Holds() | ir.Exists() | ir.Pick():
                self._walk(node.domain, around)
                inside = self._inside(node.domain, around)
                for part in parts(node):
                    if part is not node.domain:
                        self._walk(part, inside)
                return
            case ir.ShareOf():
                inside = self._inside(node.domain, around)
                for outer in (node.total, node.domain, node.subject):
                    self._walk(outer, around)
                for part in (node.order, node.weight, node.limit):
                    if part is not None:
                        self._walk(part, inside)
                return
            case ir.Lots(account=account):
                # the lots as they stand before the reader's period begins
                here = self._moves.here(self._reader.kind or "day", around)
                before = Move("moved", here.kind, here.count - 1) if here.sort == "moved" and here.exact else here
                self._add(Place("account", account), before, node.of, around, node.span)
        for part in parts(node):
            self._walk(part, around)

    def _inside(self, domain: ir.Domain, around: Around) -> Around:
        match domain:
            case ir.Window(kind=kind):
                move = self._moves.window(domain, around)
                return Around(move, {**around.windows, kind: move}, around.binders)
            case ir.Lots():
                return around
            case _:
                return Around(around.inner, around.windows, {**around.binders, domain.entity: domain})


def _of_deadline(reading: Reading) -> Reading:
    """What a duty needs, seen from the period of its deadline, in which its units leave the account."""
    law = reading.section.law if reading.section is not None else None
    return _earlier(reading, law.deadline) if isinstance(law, ir.DutyLaw) else reading


def _earlier(reading: Reading, day: ir.Expr) -> Reading:
    kind, count = at_least(day)
    move = reading.move
    if count == 0 or move.sort != "moved" or move.kind != kind:
        return reading
    return dataclasses.replace(reading, move=dataclasses.replace(move, count=move.count - count))
