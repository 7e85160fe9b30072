"""Which rules of a subject are searched for a witness, where in time, and what came of it.

A changed rule is searched itself; a changed row of a table is searched through the rules that read the table. A
parameter that differs without facts needs no search: its period is the witness.

Invariant: every changed definition has an answer here: a witness, a search without one, or why it was not searched.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from capcode.dsl import ir
from capcode.dsl.instruments import BEGINNING, NEVER
from capcode.dsl.readings import Place, bodies, parts
from capcode.interpreter.diff_meaning import Figure, delta_of_figures, figure_of, label_of
from capcode.interpreter.diff_sides import Side
from capcode.interpreter.diff_text import ADDED, CHANGED, REMOVED, ClauseChange, TextChanges
from capcode.interpreter.facts import At
from capcode.interpreter.show import exact_text, show_value
from capcode.interpreter.witness import EFFORT, Asked, Search, Witness, search
from capcode.interpreter.witness_world import FACT, FIGURE, Question, Stage, constants_of, stage_for
from capcode.interpreter.write_facts import write_yaml

MOST_PLACES = 3  # in time, for one rule
MOST_READERS = 20  # of one fact whose declaration changed
DIFFERS, NOT_FOUND, BY_ITSELF, NOT_SEARCHED = "differs", "no difference found", "differs without facts", "not searched"


@dataclass(frozen=True, slots=True)
class Shown:
    """A witness in words: what was asked, each fact in a line, both figures, and the facts as a file."""

    asked: str
    facts: tuple[str, ...]
    old: Figure
    new: Figure
    delta: str
    yaml: str = field(repr=False)
    witness: Witness | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Searched:
    """The answer for one changed definition (or one that reads a changed table)."""

    sort: str
    name: str
    verdict: str
    shown: Shown | None = None
    said: str = ""
    tried: int = 0


def searches(a: Side, b: Side, text: TextChanges, by_itself: frozenset[str], effort: int = EFFORT) -> list[Searched]:
    """One answer for each definition whose own text, or whose table, changed. by_itself: parameters that differ already."""
    found: list[Searched] = []
    for place, changes in sorted(_targets(a, b, text).items()):
        found.append(_search_one(a, b, place, changes, by_itself, effort))
    return found


def _targets(a: Side, b: Side, text: TextChanges) -> dict[Place, list[ClauseChange]]:
    """What is searched, with the changes that it is searched for."""
    found: dict[Place, list[ClauseChange]] = {}
    readers: dict[Place, set[Place]] = {}
    for side in (a, b):
        for reading in side.readings.found:
            if reading.read.sort == "table":
                readers.setdefault(reading.read, set()).add(reading.reader)
    for change in text.governing:
        if not change.touches_figures:
            continue
        for place in sorted(readers.get(change.place, ())) if change.sort == "table" else [change.place]:
            found.setdefault(place, []).append(change)
    for one in text.declared:
        place = Place(one.sort, one.name)
        if one.touches_figures and place in a.definitions and place in b.definitions:
            found.setdefault(place, [])
        if one.touches_figures and one.sort == "fact":
            for reader in _readers_of_fact(b, one.name)[:MOST_READERS]:
                found.setdefault(reader, [])
    return found


def _readers_of_fact(side: Side, key: str) -> list[Place]:
    """The definitions whose text reads a fact directly."""
    return [p for p, d in side.definitions.items() if any(_reads(s.law, key) for s in d.sections)]


def _reads(law: ir.Law, key: str) -> bool:
    waiting: list[object] = list(bodies(law))
    while waiting:
        node = waiting.pop()
        if isinstance(node, ir.FactRead) and node.name == key:
            return True
        waiting += parts(node)
    return False


def _search_one(a: Side, b: Side, place: Place, changes: list[ClauseChange], by_itself: frozenset[str], effort: int) -> Searched:
    if place.name in by_itself:
        return Searched(place.sort, place.name, BY_ITSELF, said="see the figures by period")
    old, new = a.definitions.get(place), b.definitions.get(place)
    if old is None or new is None:
        return Searched(place.sort, place.name, DIFFERS, said="it is new" if old is None else "it is gone")
    if changes and all(c.elsewhere for c in changes):
        return Searched(place.sort, place.name, NOT_SEARCHED, said="its other text does not govern in these views")
    why = _not_searched(place, new)
    if why:
        return Searched(place.sort, place.name, NOT_SEARCHED, said=why)
    total = Search()
    last = Search()
    places = list(_places(a, b, new, changes))[:MOST_PLACES]
    constants, days = constants_of([s.law for d in (old, new) for s in d.sections])
    days = sorted({*days, *(c.start for c in changes if c.start is not None)})
    near = [s.law for side in (a, b) for n in _neighbours(side, place) for s in n.sections]
    more, _ = constants_of(near)
    constants = list(dict.fromkeys([*constants, *more[:40]]))
    gap: Search | None = None
    one_sided = bool(changes) and all(c.what in (ADDED, REMOVED) for c in changes)
    for at, day, member in places:
        stage = _stage(a, b, new, changes, day, member)
        row = stage.row_of(new.entity) if new.entity is not None else None
        last = search(a, b, stage, Asked(place.name, row, at), constants, days, max(20, effort // len(places)), one_sided=one_sided)
        total.tried, total.paths = total.tried + last.tried, total.paths + last.paths
        total.agreed, total.facts = total.agreed + last.agreed, max(total.facts, last.facts)
        if last.found is not None and _both_known(last.found):
            return Searched(place.sort, place.name, DIFFERS, shown_witness(a, b, stage.program, last.found), "", total.tried)
        if last.found is not None and gap is None:
            gap = last
    if gap is not None and gap.found is not None:
        return Searched(place.sort, place.name, DIFFERS, shown_witness(a, b, b.program, gap.found), "", total.tried)
    asked = ", ".join(label_of(b, at) or "without a period" for at, _, _ in places)
    said = (
        f"{total.tried} small inputs with up to {total.facts} facts, {total.paths} ways through the clauses, "
        f"asked {('in ' + asked) if asked else 'nowhere'}; "
        + (f"{total.agreed} gave a figure, the same under both laws" if total.agreed else "none gave a figure under both laws")
    )
    return Searched(place.sort, place.name, NOT_FOUND, None, said, total.tried)


def _both_known(witness: Witness) -> bool:
    return type(witness.old) is type(witness.new)


def _not_searched(place: Place, definition: ir.Definition) -> str:
    if place.sort == "account":
        return "an account is compared through the rules and duties that read it"
    if isinstance(definition, ir.Rule) and definition.argument is not None:
        return "it is read at a value; the rules that read it are compared"
    return ""


def _neighbours(side: Side, place: Place) -> Iterator[ir.Definition]:
    """What a definition reads directly."""
    names = sorted({r.read for r in side.readings.found if r.reader == place and r.read in side.definitions})
    for one in names[:20]:
        yield side.definitions[one]


def _stage(a: Side, b: Side, of: ir.Definition, changes: list[ClauseChange], day: date, member: str | None) -> Stage:
    stage = stage_for(b.program, {**a.program.entities, **b.program.entities}, day, member)
    for change in changes:
        if change.sort == "table":
            table = b.program.tables.get(change.name) or a.program.tables.get(change.name)
            words = change.key.partition(":")[0].split(", ")
            for key in table.entries if table is not None else ():
                if [k if isinstance(k, str) else None for k in key][:1] == words[:1]:
                    stage.keys.setdefault(change.name, []).append(key[0])
    return stage


def _places(a: Side, b: Side, of: ir.Definition, changes: list[ClauseChange]) -> Iterator[tuple[At, date, str | None]]:
    """Where in time to ask: in the first period of each stretch of days with other law, changed law first."""
    calendar = b.program.calendar
    ordered = sorted(changes, key=lambda c: (c.what != CHANGED, c.what != ADDED, c.start or date.min))
    seen: set[tuple[At, str | None]] = set()
    several: list[ClauseChange | None] = [*ordered] or [None]
    for change in several:
        if change is not None and change.elsewhere:
            continue
        start, end = (change.start, change.end) if change is not None else (None, None)
        member = next((m for m in change.members if m in _rows_by_law(b)), None) if change is not None else None
        day = start if start not in (None, BEGINNING) else None
        if day is None:
            day = end - timedelta(days=1) if end not in (None, NEVER) and end is not None else date(2024, 1, 1)
        for at in _at(b, of, day, calendar):
            if (at, member) not in seen:
                seen.add((at, member))
                yield at, day, member


def _rows_by_law(side: Side) -> set[str]:
    return {row for e in side.program.entities.values() for row in e.listed or ()}


def _at(side: Side, of: ir.Definition, day: date, calendar: object) -> Iterator[At]:
    if of.timing == ir.DATED_VALUE:
        yield day
    elif of.timing == ir.EACH and of.kind is not None:
        period = side.program.calendar.containing(of.kind, day)
        if period is None:
            return
        if side.program.calendar.start(period) != day:
            following = side.program.calendar.shift(period, 1)
            if following is not None:
                yield following
        yield period
        if isinstance(of, ir.Measure) or getattr(of, "dated_by", None):
            moved = side.program.calendar.shift(period, 1 if isinstance(of, ir.Measure) else -1)
            if moved is not None:
                yield moved
    else:
        yield None


# ---------------------------------------------------------------- in words


def shown_witness(a: Side, b: Side, program: ir.Program, witness: Witness) -> Shown:
    """A witness as a reader sees it."""
    asked = witness.asked
    where = " ".join(filter(None, (
        asked.name, f"of {asked.row}" if asked.row else "", f"in {label_of(b, asked.at)}" if asked.at is not None else "",
    )))  # fmt: skip
    old, new = figure_of(a, asked.name, witness.old, asked.part), figure_of(b, asked.name, witness.new, asked.part)
    facts = tuple(_fact(b, q, v) for q, v in witness.world)
    return Shown(where, facts, old, new, delta_of_figures(b, asked.name, old, new), write_yaml(program, witness.facts), witness)


def _fact(side: Side, question: Question, value: ir.Value) -> str:
    one = side.program.fields.get(question.name) if question.sort == FACT else None
    name = one.name if one is not None else question.name
    rule = side.program.rules.get(question.name)
    type_ = one.type if one is not None else rule.type if rule is not None else None
    shown = show_value(value, type_, side.program) if type_ is not None else exact_text(value, side.program.calendar)
    place = f"{name} of {question.row}" if question.row else name
    when = f" in {label_of(side, question.at)}" if question.at is not None else ""
    said = {FACT: "", FIGURE: " (set by the authority)"}.get(question.sort, f" ({question.sort})")
    return f"{place}{when} = {shown}{said}"
