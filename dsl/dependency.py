"""The graph of readings: order of evaluation, and the check that every recursion ends (semantics, section 14).

Definitions that read one another are judged together, in the coarsest kind of period among them: no reading may go to a
later period of that kind, and without the readings of earlier ones no circle may be left. For rules of a dated entity
an earlier row counts as the period instead.

Invariant: linear in readings; networkx is imported only to hand a graph out, for its import takes half a second.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from capcode.dsl import ir, view_errors
from capcode.dsl.calendar import Calendar
from capcode.dsl.diagnostics import Diagnostic
from capcode.dsl.readings import Place, Reading, Readings
from capcode.dsl.source import Span
from capcode.dsl.views import LawView

if TYPE_CHECKING:
    import networkx

BACK, ZERO, FIXED, LATER = "back", "zero", "fixed", "later"
"""What a reading is inside a component: to an earlier period; not later; to a written time; perhaps later."""


def evaluation_order(program: ir.Program, view: LawView | None = None) -> tuple[tuple[Place, ...], ...]:
    """Groups of definitions that read one another, each after all that it reads. Tables are no part of it."""
    readings = Readings(program, view)
    return tuple(tuple(sorted(c)) for c in components(readings.definitions, readings.found))


def components(places: Iterable[Place], readings: Iterable[Reading]) -> list[list[Place]]:
    """Strongly connected components, what is read before what reads it (Tarjan's search, without recursion)."""
    after: dict[Place, list[Place]] = {p: [] for p in places}
    for reading in readings:
        if reading.reader in after and reading.read in after:
            after[reading.reader].append(reading.read)
    number: dict[Place, int] = {}
    low: dict[Place, int] = {}
    open_: dict[Place, None] = {}
    found: list[list[Place]] = []
    for start in after:
        if start in number:
            continue
        path = [(start, iter(after[start]))]
        number[start] = low[start] = len(number)
        open_[start] = None
        while path:
            place, todo = path[-1]
            following = next(todo, None)
            if following is None:
                path.pop()
                if path:
                    low[path[-1][0]] = min(low[path[-1][0]], low[place])
                if low[place] == number[place]:
                    component = []
                    while True:
                        last, _ = open_.popitem()
                        component.append(last)
                        if last == place:
                            break
                    found.append(component)
            elif following not in number:
                number[following] = low[following] = len(number)
                open_[following] = None
                path.append((following, iter(after[following])))
            elif following in open_:
                low[place] = min(low[place], number[following])
    return found


# ---------------------------------------------------------------- recursion


def check_recursion(program: ir.Program, view: LawView | None = None, readings: Readings | None = None) -> list[Diagnostic]:
    """Every recursion goes to an earlier period (or row), and has a first one."""
    readings = readings or Readings(program, view)
    component_of: dict[Place, int] = {}
    groups = components(readings.definitions, readings.found)
    for i, group in enumerate(groups):
        for place in group:
            component_of[place] = i
    inside: dict[int, list[Reading]] = {}
    for reading in readings.found:
        at = component_of.get(reading.reader)
        if at is not None and at == component_of.get(reading.read):
            inside.setdefault(at, []).append(reading)
    found: list[Diagnostic] = []
    for at in sorted(inside):
        found += _Component(program, readings.definitions, sorted(groups[at]), inside[at]).judge()
    return found


class _Component:
    """Definitions that read one another, and the readings between them."""

    def __init__(
        self, program: ir.Program, definitions: Mapping[Place, ir.Definition], places: Sequence[Place], inside: Sequence[Reading]
    ) -> None:
        self.program = program
        self.calendar = program.calendar
        self.definitions = definitions
        self.places = places
        self.inside = inside

    def judge(self) -> list[Diagnostic]:
        entities = sorted({e for e in (self._earlier_row(r) for r in self.inside) if e is not None})
        by_row: list[Diagnostic] = []
        for entity in entities:
            by_row = self._judge_rows(entity)
            if not by_row:
                return self._starts()
        if entities and all(self.definitions[p].timing == ir.ROW_DAY for p in self.places):
            return by_row
        return self._judge_periods() or self._starts()

    # ---- periods

    def _judge_periods(self) -> list[Diagnostic]:
        kinds = sorted({k for k in (self._kind(p) for p in self.places) if k is not None})
        coarse = [k for k in kinds if all(self.calendar.refines(other, k) for other in kinds)]
        if kinds and not coarse:
            names = [str(p) for p in self.places]
            return [view_errors.kinds_do_not_nest(names, kinds, self._first_span(self.inside), self._law(self.inside[0]))]
        kind = coarse[0] if coarse else None
        found: list[Diagnostic] = []
        zero: list[Reading] = []
        steps: list[tuple[Reading, int]] = []
        for reading in self.inside:
            role = self._role(reading, kind)
            if role == FIXED:
                found.append(view_errors.fixed_inside(str(reading.reader), str(reading.read), reading.span, self._law(reading)))
            elif role == LATER and (ahead := self._days_ahead(reading, kind)) > 0:
                steps.append((reading, ahead))
            elif role == LATER:
                found.append(view_errors.not_earlier(str(reading.reader), str(reading.read), reading.span, self._law(reading), kind))
            elif role == ZERO:
                zero.append(reading)
                steps.append((reading, 0))
            else:
                steps.append((reading, reading.move.count if reading.move.kind == kind else -1))
        found += self._circles(zero, kind)
        if not found and any(count > 0 for _, count in steps):
            circle = circle_without_end(self.places, steps)
            if circle:
                found.append(self._endless(circle, kind))
        return found

    def _days_ahead(self, reading: Reading, kind: str | None) -> int:
        """Only accounts may be read on a day of a later period: by how many periods of the coarsest kind at most."""
        move = reading.move
        fits = reading.read.sort == "account" and move.sort == "moved" and kind is not None and self.calendar.refines(move.kind, kind)
        return move.count if fits else 0

    def _kind(self, place: Place) -> str | None:
        definition = self.definitions[place]
        if definition.timing == ir.EACH:
            return definition.kind
        return None if definition.timing == ir.CONSTANT else "day"

    def _role(self, reading: Reading, kind: str | None) -> str:
        move = reading.move
        if move.sort == "same":
            both = {self.definitions[p].timing for p in (reading.reader, reading.read)}
            # a row's day is known to be the reader's only where the row is
            row = reading.row
            own = row is None or (isinstance(row, ir.Row) and row.entity not in reading.binders) or (
                isinstance(row, ir.RowBack) and row.count == 0
            )  # fmt: skip
            unsure = ir.ROW_DAY in both and (len(both) > 1 or not own) and self.definitions[reading.read].timing == ir.ROW_DAY
            return LATER if unsure else ZERO
        if move.sort == "fixed":
            return FIXED
        if move.sort == "data" or kind is None:
            return LATER
        return period_role(self.calendar, move.kind, move.count, move.exact, kind)

    # ---- rows

    def _earlier_row(self, reading: Reading) -> str | None:
        """The dated entity whose earlier rows are read."""
        row = reading.row
        if isinstance(row, ir.RowBack) and row.count > 0:
            return row.entity
        domain = reading.binders.get(row.entity) if isinstance(row, ir.Row) else row.domain if isinstance(row, ir.Pick) else None
        return domain.entity if isinstance(domain, ir.EarlierRows | ir.RowsBetween) else None

    def _judge_rows(self, entity: str) -> list[Diagnostic]:
        """Whether every circle leads to an earlier row of the entity. Times do not matter then: the row falls."""
        zero: list[Reading] = []
        found: list[Diagnostic] = []
        for reading in self.inside:
            below = all(entity in self._line(self.definitions[p].entity) for p in (reading.reader, reading.read))
            role = self._row_role(reading.row, reading.binders, entity) if below else LATER
            if role == LATER:
                found.append(view_errors.not_earlier(str(reading.reader), str(reading.read), reading.span, self._law(reading), entity))
            elif role == ZERO:
                zero.append(reading)
        return found + self._circles(zero, entity)

    def _line(self, entity: str | None) -> list[str]:
        """An entity and its ancestors."""
        found: list[str] = []
        while entity is not None and entity not in found and entity in self.program.entities:
            found.append(entity)
            entity = self.program.entities[entity].parent
        return found

    def _row_role(self, row: ir.RowExpr | None, binders: Mapping[str, ir.Domain], entity: str) -> str:
        match row:
            case ir.Row(entity=name) if name not in binders:
                return ZERO
            case ir.Row(entity=name):
                return self._domain_role(binders[name], {k: d for k, d in binders.items() if k != name}, entity)
            case ir.RowBack(entity=name, count=count):
                if name == entity:
                    return BACK if count > 0 else ZERO
                return ZERO if entity in self._line(name) else LATER
            case ir.Pick(domain=domain):
                return self._domain_role(domain, binders, entity)
        return LATER

    def _domain_role(self, domain: ir.Domain, binders: Mapping[str, ir.Domain], entity: str) -> str:
        match domain:
            case ir.EarlierRows(entity=name):
                return BACK if name == entity else ZERO if entity in self._line(name) else LATER
            case ir.RowsBetween(entity=name, last=ir.RowBack(entity=back, count=count)) if name == entity == back:
                return BACK if count > 0 else LATER
            case ir.Children(entity=name, of=of):
                above = self._line(of.entity)[of.up if isinstance(of, ir.Row) else 0 :] if isinstance(of, ir.Row | ir.RowBack) else []
                of_entity = above[0] if above else None
                line = self._line(name)
                between = line[: line.index(of_entity)] if of_entity in line else line
                return LATER if entity in between else self._row_role(of, binders, entity)
        return LATER

    # ---- what both have

    def _circles(self, zero: Sequence[Reading], kind: str | None) -> list[Diagnostic]:
        """One shortest circle of each knot that is left without the readings of earlier periods."""
        found = []
        for knot in components(self.places, zero):
            members = set(knot)
            own = [r for r in zero if r.reader in members and r.read in members]
            if own:
                found.append(self._endless(shortest_circle(sorted(members), own), kind))
        return found

    def _endless(self, circle: Sequence[Reading], kind: str | None) -> Diagnostic:
        names = [str(r.reader) for r in circle]
        places = [(r.span, f"`{r.reader}` reads `{r.read}` here") for r in circle]
        return view_errors.endless(names, places, kind, self._law(circle[0]))

    def _starts(self) -> list[Diagnostic]:
        """A section for all time, or for the time before all others, may not read back."""
        found = []
        for reading in self.inside:
            section = reading.section
            if section is not None and (section.initially or (section.always and reading.move.sort != "same")):
                found.append(view_errors.no_start(self.definitions[reading.reader], section, str(reading.read)))
        return found

    def _first_span(self, readings: Sequence[Reading]) -> Span:
        return min((r.span for r in readings), key=lambda s: (s.file.name, s.start))

    def _law(self, reading: Reading) -> str:
        if reading.section is None or not reading.section.citations:
            return str(reading.reader)
        return f"{reading.reader}, {view_errors.show_citation(reading.section.citations[0])}"


def period_role(calendar: Calendar, kind: str, count: int, exact: bool, coarse: str) -> str:
    """What a move by `count` periods of a kind is among definitions whose coarsest kind is `coarse`."""
    if count < 0 and calendar.refines(coarse, kind):
        return BACK
    if count <= 0 and (exact or calendar.refines(kind, coarse)):
        return ZERO
    return LATER


def shortest_circle(places: Sequence[Place], readings: Sequence[Reading]) -> list[Reading]:
    """A shortest circle, from its least place; there is one, for the places are strongly connected."""
    after: dict[Place, dict[Place, Reading]] = {}
    for reading in readings:
        after.setdefault(reading.reader, {}).setdefault(reading.read, reading)
    best: list[Reading] = []
    for start in places[:50]:  # a message need not try every place of a great knot
        came: dict[Place, Reading] = {}
        todo = deque([start])
        while todo and start not in came:
            place = todo.popleft()
            for read, reading in sorted(after.get(place, {}).items()):
                if read not in came:
                    came[read] = reading
                    todo.append(read)
        if start in came:
            circle = [came[start]]
            while circle[0].reader != start:
                circle.insert(0, came[circle[0].reader])
            if not best or len(circle) < len(best):
                best = circle
    return best


def circle_without_end(places: Sequence[Place], steps: Sequence[tuple[Reading, int]]) -> list[Reading]:
    """A circle that, all its steps added, does not lead to an earlier period; empty if there is none (Bellman and Ford).

    Each step is scaled so that a circle adds up to more than nothing exactly if its periods do not fall.
    """
    scale = len(places) + 1
    reach = dict.fromkeys(places, 0)
    came: dict[Place, Reading] = {}
    moved: Place | None = None
    for _ in range(len(places) + 1):
        moved = None
        for reading, count in steps:
            far = reach[reading.reader] + count * scale + 1
            if far > reach[reading.read]:
                reach[reading.read], came[reading.read], moved = far, reading, reading.read
        if moved is None:
            return []
    assert moved is not None
    for _ in places:
        moved = came[moved].reader
    circle = [came[moved]]
    while circle[0].reader != moved:
        circle.insert(0, came[circle[0].reader])
    return circle


# ---------------------------------------------------------------- handing the graph out


def as_networkx(program: ir.Program, view: LawView | None = None) -> networkx.MultiDiGraph[Any]:
    """Nodes are names (a table's begins with `table `) with sort, label, kind and entity; edges go from the reader to
    what it reads, with the move in words."""
    import networkx

    readings = Readings(program, view)
    graph: networkx.MultiDiGraph[Any] = networkx.MultiDiGraph()
    for place, definition in readings.definitions.items():
        graph.add_node(
            str(place), sort=place.sort, label=definition.label, kind=definition.kind or "", entity=definition.entity or "",
        )  # fmt: skip
    for name in sorted(program.tables):
        graph.add_node(str(Place("table", name)), sort="table", label=program.tables[name].label, kind="", entity="")
    for reading in readings.found:
        graph.add_edge(str(reading.reader), str(reading.read), move=str(reading.move))
    return graph
