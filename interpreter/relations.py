"""Rows and how they hang together (semantics, section 2): parents, children, populations, life, order in time, members.

A list that nobody closed is open, never empty; a roster that is not complete is open. Rows come in code-point order of
their identifiers, dated rows where said in order of their start.

Invariant: reads only the fact set and, for lives and members, facts through the evaluation.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from capcode.dsl import ir
from capcode.dsl.calendar import Period
from capcode.dsl.types import RowType
from capcode.interpreter.frames import Frame
from capcode.interpreter.recall import BELOW, LISTS, PARENT, ROSTERS, ROWS
from capcode.interpreter.results import Error, Known, Open, Result, blocked, failed, marks_of, opened

if TYPE_CHECKING:
    from capcode.interpreter.evaluate import Evaluation

Rows = list[str] | Open | Error
Life = tuple[date, date | None]


class Relations:
    """The rows of one fact set."""

    def __init__(self, evaluation: Evaluation) -> None:
        self._evaluation = evaluation
        self._program, self._world = evaluation.program, evaluation.world

    # ---- up

    def parent(self, entity: str, row: str) -> str | None:
        found: str | None = self._world.look(PARENT, (entity, row))
        return found

    def up(self, entity: str, row: str | None, ancestor: str | None) -> str | None:
        """The row of an ancestor (or the row itself); None where there is none."""
        at: str | None = entity
        while at is not None and row is not None and at != ancestor:
            row, at = self.parent(at, row), self._program.entities[at].parent
        return row if at == ancestor else None

    def ancestry(self, entity: str | None, row: str | None) -> list[tuple[str, str]]:
        """(entity, row) from the row itself upwards."""
        found = []
        while entity is not None and row is not None:
            found.append((entity, row))
            row, entity = self.parent(entity, row), self._program.entities[entity].parent
        return found

    # ---- down

    def population(self, entity: str) -> Rows:
        """All rows; from law where it lists them, else from a complete roster."""
        listed = self._program.entities[entity].listed
        if listed is not None:
            return sorted(listed)
        if not self._world.look(ROSTERS, entity):
            return opened("needs_roster", f"the complete roster of {self._program.entities[entity].plural}")
        found: list[str] = self._world.look(ROWS, entity)
        return found

    def children(self, entity: str, owner_entity: str, owner: str) -> Rows:
        """The rows of an entity below a row, directly or through rows between."""
        parent = self._program.entities[entity].parent
        if parent is None:
            return failed("undefined", f"the {self._program.entities[entity].plural} do not belong to a row of {owner_entity}")
        owners: Rows = [owner] if parent == owner_entity else self.children(parent, owner_entity, owner)
        if not isinstance(owners, list):
            return owners
        found: list[str] = []
        missing = [o for o in owners if not self._world.look(LISTS, (entity, o)) and not self._world.look(ROSTERS, entity)]
        if missing:
            plural = self._program.entities[entity].plural
            return Open(frozenset(r for o in missing for r in opened("needs_list", f"the {plural} of {o}").reasons))
        for one in owners:
            found += self._world.look(BELOW, (entity, one))
        return sorted(found)

    def siblings(self, entity: str, row: str) -> Rows:
        """All rows with the same parent, the row itself included."""
        above, parent = self._program.entities[entity].parent, self.parent(entity, row)
        if above is None or parent is None:
            return self.population(entity)
        return self.children(entity, above, parent)

    # ---- dated rows

    def start_of(self, entity: str, row: str) -> Result:
        """The first day of a dated row."""
        return self._evaluation.fact(f"{entity}.{self._program.entities[entity].start}", row, None)

    def dated_ancestor(self, entity: str | None, row: str | None) -> tuple[str, str] | None:
        """The row itself or the nearest row above it that has a life."""
        return next((e for e in self.ancestry(entity, row) if self._program.entities[e[0]].start is not None), None)

    def life(self, entity: str, row: str) -> Life | Open | Error:
        """[start, end) of a dated row."""
        starts = self.start_of(entity, row)
        field = self._program.entities[entity].end
        ends: Result = Known(ir.Absent("none")) if field is None else self._evaluation.fact(f"{entity}.{field}", row, None)
        stop = blocked((starts, ends))
        if stop is not None:
            return stop
        assert isinstance(starts, Known) and isinstance(ends, Known)
        assert isinstance(starts.value, date)
        return starts.value, ends.value if isinstance(ends.value, date) else None

    def in_order(self, entity: str, row: str) -> list[tuple[date, str]] | Open | Error:
        """The row and its siblings with their starts, in order of time."""
        rows = self.siblings(entity, row)
        if not isinstance(rows, list):
            return rows
        starts = [self.start_of(entity, r) for r in rows]
        stop = blocked(starts)
        if stop is not None:
            return stop
        return sorted((s.value, r) for s, r in zip(starts, rows, strict=True) if isinstance(s, Known) and isinstance(s.value, date))

    def before(self, entity: str, row: str, count: int) -> Rows:
        """The last `count` rows before a row, the earliest first. Too few is a gap; rows of one day are in conflict."""
        rows = self.in_order(entity, row)
        if not isinstance(rows, list):
            return rows
        own = next(day for day, r in rows if r == row)
        earlier = [(day, r) for day, r in rows if day < own]
        chosen = earlier[len(earlier) - count :] if count else []
        compared = [day for day, _ in (*earlier[max(len(earlier) - count - 1, 0) :], *((d, r) for d, r in rows if d == own))]
        if len(earlier) < count:
            plural = self._program.entities[entity].plural
            few = f"is no {entity}" if not earlier else f"are only {len(earlier)} of {count} {plural}"
            return failed("gap", f"there {few} before {row}")
        if len(set(compared)) < len(compared):
            return failed("conflict", f"two {self._program.entities[entity].plural} start on one day, beside {row}")
        return [r for _, r in chosen]

    # ---- members

    def member(self, definition: ir.Definition, entity: str | None, row: str | None) -> Result | None:
        """The row for which law adopted member by member is asked: the subject, a row above it, or one that a field of
        these names. None where there is none; open only if the law of the definition depends on it."""
        for wanted in self._evaluation.law.member_entities:
            rows = self.ancestry(entity, row)
            found: Result | None = next((Known(r) for e, r in rows if e == wanted), None)
            found = found or self._named_row(wanted, rows)
            if found is not None and (isinstance(found, Known) or self._cites_members(definition)):
                return found
        return None

    def _named_row(self, wanted: str, rows: list[tuple[str, str]]) -> Result | None:
        for entity, row in rows:
            for name in sorted(self._program.entities[entity].fields):
                field = self._program.fields[f"{entity}.{name}"]
                if field.kind is None and field.type.base == RowType(wanted):
                    return self._evaluation.fact(field.key, row, None)
        return None

    def _cites_members(self, definition: ir.Definition) -> bool:
        return any(self._program.instruments[c.instrument].members for s in definition.sections for c in s.citations)


# ---------------------------------------------------------------- nodes that yield a row


def entity_of(evaluation: Evaluation, node: ir.RowExpr) -> str:
    """The entity of the row that a row expression yields."""
    program = evaluation.program
    if isinstance(node, ir.Row):
        entity = node.entity
        for _ in range(node.up):
            entity = program.entities[entity].parent or entity
        return entity
    if isinstance(node, ir.FieldRow):
        base = program.fields[node.read.name].type.base
        return base.entity if isinstance(base, RowType) else ""
    if isinstance(node, ir.RowBack):
        return node.entity
    domain = node.domain
    return domain.entity if isinstance(domain, ir.Children | ir.Everyone | ir.EarlierRows | ir.RowsBetween) else ""


def bound_row(evaluation: Evaluation, node: ir.Row, frame: Frame) -> Result:
    row, entity = frame.rows.get(node.entity), node.entity
    for _ in range(node.up):
        if row is None:
            break
        row = evaluation.relations.parent(entity, row)
        entity = evaluation.program.entities[entity].parent or entity
    return failed("undefined", f"no row of {entity} is at hand") if row is None else Known(row)


def row_back(evaluation: Evaluation, node: ir.RowBack, frame: Frame) -> Result:
    row = frame.rows.get(node.entity)
    if row is None:
        return failed("undefined", f"no row of {node.entity} is at hand")
    if node.count == 0:
        return Known(row)
    rows = evaluation.relations.before(node.entity, row, node.count)
    return Known(rows[0]) if isinstance(rows, list) else rows


def last_started(evaluation: Evaluation, frame: Frame, day: date) -> str | Open | Error:
    """The reader's row, or the last of its siblings that had started by a day."""
    if frame.entity is None or frame.key.row is None:
        return failed("gap", f"no row of {frame.key.name} had started by {day.isoformat()}")
    rows = evaluation.relations.in_order(frame.entity, frame.key.row)
    if not isinstance(rows, list):
        return rows
    started = [row for start, row in rows if start <= day]
    return started[-1] if started else failed("gap", f"no row of {frame.entity} had started by {day.isoformat()}")


def field_row(evaluation: Evaluation, node: ir.FieldRow, frame: Frame) -> Result:
    return evaluation.eval(node.read, frame)


def pick(evaluation: Evaluation, node: ir.Pick, frame: Frame) -> Result:
    """`the latest X by g where c`: no row is undefined, two rows with the same g are in conflict."""
    found = evaluation.domain(node.domain, frame)
    if isinstance(found, Open | Error):
        return found
    entity = entity_of(evaluation, node)
    chosen = evaluation.filtered(found, node.where)
    if isinstance(chosen, Open | Error):
        return chosen
    frames, marks, _ = chosen
    if not frames:
        return failed("undefined", f"there is no {entity} to pick")
    if node.which == "only":
        if len(frames) > 1:
            return failed("undefined", f"there are {len(frames)} rows of {entity} where one is wanted")
        return Known(frames[0].rows[entity], marks)
    keys = [evaluation.eval(node.by, f) for f in frames] if node.by is not None else []
    stop = blocked(keys)
    if stop is not None:
        return stop
    values = [k.value for k in keys if isinstance(k, Known)]
    if any(isinstance(v, ir.Absent) for v in values):
        return failed("undefined", f"a row of {entity} has no value to be picked by")
    best = (max if node.which == "latest" else min)(values, key=_orderable)
    places = [i for i, value in enumerate(values) if value == best]
    if len(places) > 1:
        return failed("conflict", f"{len(places)} rows of {entity} are the {node.which}")
    return Known(frames[places[0]].rows[entity], marks | marks_of(keys))


def _orderable(value: ir.Value) -> tuple[str, object]:
    return type(value).__name__, value


def edges(evaluation: Evaluation, value: ir.Value, entity: str) -> tuple[date, date] | Open | Error:
    """The first and last day that an anchor means: of a day, a period, or a dated row (its start)."""
    if isinstance(value, str):
        start = evaluation.relations.start_of(entity, value)
        if not isinstance(start, Known):
            return start
        value = start.value
    if isinstance(value, Period):
        first, after = evaluation.calendar.start(value), evaluation.calendar.end(value)
        if first is not None and after is not None:
            return first, after - timedelta(days=1)
    if isinstance(value, date):
        return value, value
    return failed("undefined", "a day or a period outside the calendar")
