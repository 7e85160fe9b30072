"""The neutral plant as a scheme sees it: a `mapping` makes rows of the scheme from the rows of a plant (semantics, section 12).

`translate` adds the made rows to a plant's facts. Their fields are not copied: each is worked out from the plant where it
is read, so that a derivation leads from an allocation back to the plant's own months, and what the plant does not say
stays missing with its own name.

Invariant: the lists that a mapping makes are closed, the populations are not: one plant is no roster.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from capcode.dsl import ir
from capcode.dsl.calendar import FIRST_DAY, Period
from capcode.interpreter.facts import FactSet, MadeFrom
from capcode.interpreter.frames import MADE, Frame, Key
from capcode.interpreter.recall import MADE_FROM, World
from capcode.interpreter.results import Error, Known, Open, Result, failed
from capcode.interpreter.trace import Level

if TYPE_CHECKING:
    from capcode.interpreter.evaluate import Evaluation


@dataclass(slots=True)
class Translated:
    """A plant in a scheme. rows: the rows made, by entity. undecided: rows of which it is not known whether they are
    made, with the result that says why. unused: rows of the plant of which lines of the mapping speak, and none made one."""

    facts: FactSet
    rows: dict[str, list[str]] = field(default_factory=dict)
    undecided: dict[str, Result] = field(default_factory=dict)
    unused: list[str] = field(default_factory=list)


def translate(evaluation: Evaluation, plant: str, year: Period) -> Translated:
    """The facts of an evaluation with the rows that the scheme's mapping makes of a plant in a year."""
    program, facts = evaluation.program, evaluation.facts
    found = Translated(_copied(facts))
    for position, mapping, make in _makes(program):
        for source in _sources(evaluation, mapping.entity, plant, make.source):
            wanted = evaluation.read(Key(str(position), source, year, None, MADE))
            if isinstance(wanted, Known) and wanted.value is True:
                row = _free_name(found.facts, make.entity, source)
                parent = _parent(found, evaluation, make, source)
                found.facts.rows.setdefault(make.entity, {})[row] = parent
                found.facts.made[(make.entity, row)] = MadeFrom(make, mapping.citations, source, year)
                found.rows.setdefault(make.entity, []).append(row)
            elif not isinstance(wanted, Known):
                found.undecided.setdefault(make.entity, wanted)
    _close(program, found)
    used = {(origin.make.source, origin.row) for origin in found.facts.made.values()}
    spoken = {make.source: mapping.entity for _, mapping, make in _makes(program)}
    for source, entity in spoken.items():
        found.unused += [row for row in _sources(evaluation, entity, plant, source) if (source, row) not in used]
    return found


def is_written(world: World, one: ir.Field, row: str | None) -> bool:
    """Whether the row was made and the mapping says something of the field."""
    if row is None or one.entity is None:
        return False
    made: MadeFrom | None = world.look(MADE_FROM, (one.entity, row))
    return made is not None and one.key in made.make.fields


def is_made(evaluation: Evaluation, key: Key) -> Result:
    """Whether a line of the mapping makes a row; the key's name is the line's position."""
    make = next(make for position, _, make in _makes(evaluation.program) if str(position) == key.name)
    assert key.row is not None and isinstance(key.at, Period)
    if make.where is None:
        return Known(True)
    return evaluation.eval(make.where, _frame(evaluation, key, make.source, key.row, key.at))


def value_of(evaluation: Evaluation, key: Key) -> Result:
    """A field of a made row, from the row of the plant, in the period of the field."""
    one = evaluation.program.fields[key.name]
    assert key.row is not None and one.entity is not None
    made: MadeFrom = evaluation.world.look(MADE_FROM, (one.entity, key.row))
    period = key.at if isinstance(key.at, Period) else made.year
    if evaluation.recorder is not None and evaluation.recorder.record is not None:
        evaluation.recorder.record.levels.append(Level(made.citations, ()))
    return evaluation.eval(made.make.fields[key.name], _frame(evaluation, key, made.make.source, made.row, period))


def _makes(program: ir.Program) -> Iterator[tuple[int, ir.PlantMapping, ir.Make]]:
    pairs = [(mapping, make) for mapping in program.mappings for make in mapping.makes]
    return ((position, mapping, make) for position, (mapping, make) in enumerate(pairs))


def _frame(evaluation: Evaluation, key: Key, entity: str, row: str, period: Period) -> Frame:
    first, after = evaluation.calendar.start(period), evaluation.calendar.end(period)
    last = None if after is None else after - timedelta(days=1)
    return Frame(key, entity, period, first, last, first or FIRST_DAY, {entity: row})


def _copied(facts: FactSet) -> FactSet:
    """The same facts, with rows, lists and made rows of their own."""
    rows = {entity: dict(below) for entity, below in facts.rows.items()}
    return replace(facts, rows=rows, lists=set(facts.lists), made=dict(facts.made))


def _sources(evaluation: Evaluation, entity: str, plant: str, wanted: str) -> list[str]:
    """The rows of an entity at or below a plant."""
    if wanted == entity:
        return [plant]
    rows = evaluation.relations.children(wanted, entity, plant)
    return rows if isinstance(rows, list) else []


def _free_name(facts: FactSet, entity: str, name: str) -> str:
    taken, free, number = facts.rows.get(entity, {}), name, 1
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    return free


def _parent(found: Translated, evaluation: Evaluation, make: ir.Make, source: str) -> str | None:
    """The row of the parent's entity that was made from the source or from what it lies in."""
    parent = evaluation.program.entities[make.entity].parent
    for entity, row in evaluation.relations.ancestry(make.source, source):
        for (made_entity, made_row), origin in found.facts.made.items():
            if made_entity == parent and origin.make.source == entity and origin.row == row:
                return made_row
    return None


def _close(program: ir.Program, found: Translated) -> None:
    """Below a made row every list is complete: the mapping makes all that there is."""
    for entity in program.entities.values():
        if entity.parent in found.rows and entity.name not in found.undecided:
            found.facts.lists.update((entity.name, row) for row in found.rows[entity.parent])


def one_row(found: Translated, program: ir.Program, entity: str) -> str | Open | Error:
    """The only row of an entity that was made from the plant, or that lies above those made; else why there is none."""
    rows = found.rows.get(entity, [])
    if len(rows) == 1:
        return rows[0]
    undecided = found.undecided.get(entity)
    if not rows and isinstance(undecided, Open | Error):
        return undecided
    how = f"{len(rows)} rows" if rows else "no row"
    return failed("undefined", f"the mapping makes {how} of {entity} from the plant")
