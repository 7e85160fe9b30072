"""A neutral plant under both laws: each law's own mapping reads it, and the answers to the shared questions are compared.

Invariant: only what both laws answer as rules is compared; a question that one of them does not answer is a change of text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from capcode.dsl.calendar import Period
from capcode.interpreter.api import Law, Refused
from capcode.interpreter.diff import DIFFERS, Comparison
from capcode.interpreter.diff_behaviour import RowChange, roster_changes
from capcode.interpreter.diff_sides import Side
from capcode.interpreter.evaluate import Evaluation
from capcode.interpreter.facts import FactSet
from capcode.interpreter.plants import PLANT, find_plants, read_plant, shipped_plants
from capcode.interpreter.translate import translate

ALL = "all"
FIRST_YEAR, LAST_YEAR = 2013, 2034


def with_plants(found: Comparison, a: Side, b: Side, names: tuple[str, ...]) -> Comparison:
    """The comparison with the rows of each plant added (`all`: every plant that is shipped); raises Refused."""
    shipped = tuple(shipped_plants()) if ALL in names else ()
    plants, unknown = find_plants((*shipped, *(n for n in names if n != ALL)))
    if unknown:
        raise Refused(unknown)
    rows, asked, differing = list(found.roster.rows), found.roster.asked, 0
    for name, path in plants.items():
        changes, count = _of_plant(found, a, b, name, read_plant(Law(b.program, b.view), name, path))
        rows += _runs(changes)
        asked, differing = asked + count, differing + len(changes)
    roster = replace(found.roster, rows=tuple(rows), asked=asked)
    reasons = found.reasons + ((f"{differing} figures of the plants given differ",) if differing else ())
    return replace(found, roster=roster, reasons=reasons, verdict=DIFFERS if differing else found.verdict)


def _of_plant(found: Comparison, a: Side, b: Side, name: str, facts: FactSet) -> tuple[list[tuple[int, RowChange]], int]:
    """Each figure that differs with its year, for the rows that the second law's mapping makes of the plant, under its name; and
    how many were asked."""
    changes: list[tuple[int, RowChange]] = []
    asked = 0
    questions = {r.name for r in b.program.rules.values() if r.answers is not None}
    affected = frozenset(p for p in found.meaning.affected if p.sort == "rule" and p.name in questions)
    for year in range(FIRST_YEAR, LAST_YEAR + 1):
        made = _translated(b, facts, Period("year", year))
        if made is None:
            continue
        one = roster_changes(a, b, affected, made, (Period("year", year),))
        asked += one.asked
        for row in one.rows:
            changes.append((year, replace(row, row=name if row.row in facts.rows[PLANT] else f"{name}, {row.row}")))
    return changes, asked


def _runs(changes: list[tuple[int, RowChange]]) -> Iterator[RowChange]:
    """One line for a figure that differs in the same way in neighbouring years."""
    last: tuple[int, RowChange] | None = None
    first = ""
    for year, row in sorted(changes, key=lambda one: (one[1].row, one[1].name, one[0])):
        same = last is not None and last[0] == year - 1 and last[1] == replace(row, period=last[1].period)
        if last is not None and not same:
            yield _spanned(first, last[1])
        first = first if same else row.period
        last = (year, row)
    if last is not None:
        yield _spanned(first, last[1])


def _spanned(first: str, last: RowChange) -> RowChange:
    return last if first == last.period else replace(last, period=f"{first} to {last.period}")


def _translated(side: Side, facts: FactSet, year: Period) -> FactSet | None:
    if side.program.calendar.start(year) is None:
        return None
    [plant] = facts.rows[PLANT]
    return translate(Evaluation(side.program, side.law, facts), plant, year).facts
