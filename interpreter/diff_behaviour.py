"""The layer of behaviour: who is treated otherwise. Shipped cases, published rows and a roster, under both laws.

A case keeps what it gives, and gives up its own view: it is evaluated under each of the two laws. Readings that it names
are kept where neither side has chosen about their text. Between two folders without a day or a choice, a case keeps its
view as well: there the question is whether the folders give the same.

Invariant: every line that is shown is two results of the reference evaluator, on the same facts; one of them is a figure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from pathlib import Path

from capcode.dsl import ir
from capcode.dsl.calendar import Period
from capcode.dsl.diagnostics import Diagnostic
from capcode.dsl.readings import Place
from capcode.dsl.types import KeyType, NameType, QuantityType
from capcode.interpreter.case_tables import read_case_tables
from capcode.interpreter.cases import ask, facts_of, type_of
from capcode.interpreter.diff_meaning import Figure, alike, bounds_of, delta_of_figures, figure_of, label_of, signed
from capcode.interpreter.diff_sides import Side
from capcode.interpreter.evaluate import Evaluation
from capcode.interpreter.facts import At, FactSet
from capcode.interpreter.law import law_view
from capcode.interpreter.recall import Recall
from capcode.interpreter.results import Known, Result
from capcode.interpreter.show import show_value

MOST_GROUPS = 30  # that a fact divides a small roster into
MOST_ASKED = 200_000  # figures of a roster: beyond it the rest is left out, and said so


@dataclass(frozen=True, slots=True)
class CaseChange:
    """One expectation of a case that the two laws answer differently."""

    case: str
    where: str
    asked: str
    name: str
    old: Figure
    new: Figure
    delta: str
    published: bool = False

    @property
    def question(self) -> str:
        """What was asked, without what the case expects."""
        return self.asked.partition(" = ")[0]


@dataclass(frozen=True, slots=True)
class RowChange:
    """One figure of one row of a roster that differs; of a plant perhaps over several periods."""

    name: str
    row: str
    period: str
    old: Figure
    new: Figure
    delta: Fraction | None


@dataclass(frozen=True, slots=True)
class Total:
    """A rule over all rows of a roster, or a group of them, in one period. Sums are of the rows that are known under both laws.

    group: empty for all rows; else the fact that divides them and its value, as `sector = cement`. old, new and delta are empty
    where nothing is known, and for what has no sum: shares, prices, words.
    """

    name: str
    period: str
    group: str
    winners: int
    losers: int
    other: int
    same: int
    open: int
    old: str
    new: str
    delta: str


@dataclass(frozen=True, slots=True)
class BehaviourChanges:
    """All of the layer. counted: cases, expectations that were compared, and those that nothing changed can touch."""

    cases: tuple[CaseChange, ...] = ()
    counted: tuple[int, int, int] = (0, 0, 0)
    rows: tuple[RowChange, ...] = ()
    totals: tuple[Total, ...] = ()
    asked: int = 0
    left_out: bool = False
    problems: tuple[Diagnostic, ...] = field(default=(), repr=False)


# ---------------------------------------------------------------- cases


def case_changes(
    a: Side, b: Side, affected: frozenset[Place], cases: Iterable[tuple[ir.Case, str, bool]]
) -> BehaviourChanges:
    """Every expectation on something that may have changed. cases: case, where it stands, whether it is a published row."""
    names = {p.name for p in affected if p.sort != "table"}
    found: list[CaseChange] = []
    count = compared = untouched = 0
    recall = Recall()
    for case, where, published in cases:
        count += 1
        wanted = [e for e in case.expected if e.name in names]
        untouched += len(case.expected) - len(wanted)
        compared += len(wanted)
        if wanted:
            found += _of_case(a, b, case, wanted, where, published, recall)
    return BehaviourChanges(tuple(found), (count, compared, untouched))


def shipped_cases(side: Side) -> Iterator[tuple[ir.Case, str, bool]]:
    """The written cases of a scheme, then the rows of its published tables."""
    for case in side.program.cases:
        yield case, case.span.where, False
    if side.program.root is not None:
        tables, _ = read_case_tables(side.program, Path(side.program.root))
        for one in tables:
            yield one.case, f"{one.file}:{one.line}", True


def _of_case(
    a: Side, b: Side, case: ir.Case, wanted: list[ir.Expected], where: str, published: bool, recall: Recall
) -> Iterator[CaseChange]:  # fmt: skip
    kept = kept_readings(a, b, case)
    facts = facts_of(b.program, case)[0]
    both = []
    own = a.program is not b.program and all(s.view.as_at is None and not s.view.chosen for s in (a, b))
    own = own and all(name in s.program.instruments for s in (a, b) for name in case.view.chosen)
    for side in (a, b):
        view = ir.View(side.program.scheme, side.view.as_at, side.view.chosen | kept)
        if own:
            view = ir.View(side.program.scheme, case.view.as_at, case.view.chosen)
        both.append(Evaluation(side.program, law_view(side.program, view), facts_for(side, b, facts), recall=recall))
    for expected in wanted:
        old, new = (_ask(one, expected) for one in both)
        if old is None or new is None or alike(old, new) or not (isinstance(old, Known) or isinstance(new, Known)):
            continue
        one, two = figure_of(a, expected.name, old, expected.part), figure_of(b, expected.name, new, expected.part)
        delta = delta_of_figures(b, expected.name, one, two, expected.part)
        yield CaseChange(case.title, where, expected.text, expected.name, one, two, delta, published)


def _ask(evaluation: Evaluation, e: ir.Expected) -> Result | None:
    if e.name not in evaluation.definitions and e.name not in evaluation.program.fields:
        return None
    return ask(evaluation, e.name, e.row, e.at, e.part)


def kept_readings(a: Side, b: Side, case: ir.Case) -> frozenset[str]:
    """Readings and assumptions that a case names, where neither side has chosen another one of the same text."""
    kept = set()
    for name in case.view.chosen:
        one, two = a.program.instruments.get(name), b.program.instruments.get(name)
        if one is None or two is None or two.status not in ("reading", "assumed"):
            continue
        decided = {s.program.instruments[n].reading_of for s in (a, b) for n in s.view.chosen if n in s.program.instruments}
        if two.status == "assumed" or two.reading_of not in decided:
            kept.add(name)
    return frozenset(kept)


def facts_for(side: Side, home: Side, facts: FactSet) -> FactSet:
    """The facts as far as a side knows their names; the same object where they were read for it."""
    if side.program is home.program:
        return facts
    fields, entities = side.program.fields, side.program.entities
    found = replace(
        facts,
        rows={e: dict(rows) for e, rows in facts.rows.items() if e in entities},
        values={k: v for k, v in facts.values.items() if k[0] in fields and _fits(fields[k[0]], k[2])},
        unknown={k: v for k, v in facts.unknown.items() if k[0] in fields},
        lists={k for k in facts.lists if k[0] in entities},
        rosters={e for e in facts.rosters if e in entities},
        made={k: v for k, v in facts.made.items() if k[0] in entities},
    )
    found.add_listed(side.program)
    return found


def _fits(one: ir.Field, at: At) -> bool:
    return one.kind == (at.kind if isinstance(at, Period) else None)


# ---------------------------------------------------------------- a roster


def roster_changes(
    a: Side, b: Side, affected: frozenset[Place], facts: FactSet, periods: tuple[Period, ...] | None = None
) -> BehaviourChanges:
    """Every affected rule of every row of the facts, in every year of the facts and the one after, or in these periods; of facts
    without a year, in the years in which a text changes."""
    one, two = (Evaluation(s.program, s.law, facts_for(s, b, facts)) for s in (a, b))
    rows: list[RowChange] = []
    totals: list[Total] = []
    asked = 0
    days = _days(a, b, affected, facts)
    for place in sorted(affected):
        definition = b.definitions.get(place)
        if place.sort not in ("rule", "measure") or definition is None or place not in a.definitions:
            continue
        if definition.entity is None or (isinstance(definition, ir.Rule) and definition.argument is not None):
            continue
        known = sorted(facts.rows.get(definition.entity, {}))
        groups = _groups(b, facts, definition.entity)
        times = _times(a, b, days, definition) if periods is None else [p for p in periods if p.kind == definition.kind]
        for at in times if known else []:
            if asked + len(known) > MOST_ASKED:
                return BehaviourChanges(rows=tuple(rows), totals=tuple(totals), asked=asked, left_out=True)
            asked += len(known)
            sums = {"": _Sums(a, b, definition.name, label_of(b, at))}
            for row in known:
                old, new = one.value(definition.name, row, at), two.value(definition.name, row, at)
                changed = sums[""].add(row, old, new)
                if changed is not None:
                    rows.append(changed)
                for group in groups.get(row, ()):
                    sums.setdefault(group, _Sums(a, b, definition.name, label_of(b, at), group)).add(row, old, new)
            totals += [sums[group].total() for group in sorted(sums) if sums[group].differs]
    return BehaviourChanges(rows=tuple(rows), totals=tuple(totals), asked=asked)


def _groups(side: Side, facts: FactSet, entity: str) -> dict[str, list[str]]:
    """The groups of each row: by every fact of it, or of a row above it, that says once and for all which of several names or
    keys it has (a sector, a state, an activity). A fact that is the same for all rows, or another for nearly each, divides nothing.
    """
    found: dict[str, list[str]] = {row: [] for row in facts.rows.get(entity, {})}
    above: dict[str, str | None] = {row: row for row in found}
    level: str | None = entity
    taken: set[str] = set()
    while level is not None:
        for field_ in side.program.fields.values():
            if field_.entity != level or field_.kind is not None or not isinstance(field_.type.base, NameType | KeyType):
                continue
            values = {row: facts.values.get((field_.key, own, None)) for row, own in above.items()}
            told = {row: value for row, value in values.items() if isinstance(value, str)}
            if 1 < len(set(told.values())) <= max(MOST_GROUPS, len(found) // 10):
                name = f"{field_.name} of {level}" if field_.name in taken else field_.name  # a row above may have one of the same name
                taken.add(field_.name)
                for row, value in told.items():
                    found[row].append(f"{name} = {value}")
        rows, parent = facts.rows.get(level, {}), side.program.entities[level].parent
        above = {row: rows.get(own) if own is not None else None for row, own in above.items()}
        level = parent
    return found


class _Sums:
    """Counts and sums of one rule in one period, over all rows or a group."""

    def __init__(self, a: Side, b: Side, name: str, period: str, group: str = "") -> None:
        self._a, self._b, self._name, self._period, self._group = a, b, name, period, group
        self._old = self._new = Fraction(0)
        self._winners = self._losers = self._other = self._same = self._open = self._numbers = 0
        base = type_of(b.program, name).base  # shares and prices have no sum
        self._adds_up = isinstance(base, QuantityType) and bool(base.dimension) and all(e > 0 for _, e in base.dimension)

    @property
    def differs(self) -> bool:
        return bool(self._winners or self._losers or self._other)

    def add(self, row: str, old: Result, new: Result) -> RowChange | None:
        x, y = figure_of(self._a, self._name, old), figure_of(self._b, self._name, new)
        if self._adds_up and x.number is not None and y.number is not None:
            self._old, self._new, self._numbers = self._old + x.number, self._new + y.number, self._numbers + 1
        if not isinstance(old, Known) and not isinstance(new, Known):
            self._open += 1
            return None
        if alike(old, new):
            self._same += 1
            return None
        delta = None if x.number is None or y.number is None else y.number - x.number
        self._winners += delta is not None and delta > 0
        self._losers += delta is not None and delta < 0
        self._other += delta is None
        return RowChange(self._name, row, self._period, x, y, delta)

    def total(self) -> Total:
        def shown(value: Fraction) -> str:
            return show_value(value, type_of(self._b.program, self._name), self._b.program) if self._numbers else ""

        return Total(
            self._name, self._period, self._group, self._winners, self._losers, self._other, self._same, self._open,
            shown(self._old), shown(self._new), signed(self._b, self._name, self._new - self._old) if self._numbers else "",
        )  # fmt: skip


def _days(a: Side, b: Side, affected: frozenset[Place], facts: FactSet) -> set[date]:
    """The days at which the periods of the facts begin; where these have none, those on which a text begins or ends."""
    starts = (b.program.calendar.start(at) if isinstance(at, Period) else at for _, _, at in facts.values)
    return {d for d in starts if d is not None} or {d for p in affected for d in bounds_of((a, b), p.name)}


def _times(a: Side, b: Side, days: set[date], definition: ir.Definition) -> list[At]:
    """The periods of these days and the one after the last; for values at a date, the days on which a text changed."""
    calendar = b.program.calendar
    if definition.timing == ir.DATED_VALUE:
        return list(bounds_of((a, b), definition.name))
    if definition.timing != ir.EACH or definition.kind is None:
        return [None]
    found = {p for p in (calendar.containing(definition.kind, d) for d in days) if p is not None}
    if found:
        following = calendar.shift(max(found), 1)
        found |= {following} if following is not None else set()
    return [*sorted(found)]
