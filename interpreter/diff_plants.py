"""A neutral plant under both laws: each law's own mapping reads it, and the answers to the shared questions are compared.

Invariant: only what both laws answer as rules is compared; a question that one of them does not answer is a change of text.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from capcode.dsl.calendar import Period
from capcode.interpreter import diff_errors
from capcode.interpreter.api import Refused
from capcode.interpreter.diff import DIFFERS, Comparison
from capcode.interpreter.diff_behaviour import BehaviourChanges, RowChange, Total, roster_changes
from capcode.interpreter.diff_sides import Side
from capcode.interpreter.evaluate import Evaluation
from capcode.interpreter.facts import FactSet
from capcode.interpreter.read_facts import FORMS, read_facts
from capcode.interpreter.translate import translate

FIRST_YEAR, LAST_YEAR = 2013, 2034


def with_plants(found: Comparison, a: Side, b: Side, names: tuple[str, ...]) -> Comparison:
    """The comparison with the rows of each plant added; raises Refused."""
    rows, totals, asked = list(found.roster.rows), list(found.roster.totals), found.roster.asked
    for name in names:
        one = _of_plant(found, a, b, _facts(name, b))
        rows += one.rows
        totals += one.totals
        asked += one.asked
    roster = BehaviourChanges(rows=tuple(rows), totals=tuple(totals), asked=asked)
    reasons = found.reasons + ((f"{len(rows)} figures of the plants given differ",) if rows else ())
    return replace(found, roster=roster, reasons=reasons, verdict=DIFFERS if rows else found.verdict)


def _facts(name: str, b: Side) -> FactSet:
    from capcode.interpreter.plants import shipped_plants

    known = shipped_plants()
    path = known.get(name, Path(name))
    if path.suffix.lower() not in FORMS or not path.is_file():
        raise Refused([diff_errors.no_plant(name, list(known))])
    facts, problems = read_facts(b.program, path)
    if any(p.is_error for p in problems):
        raise Refused(problems)
    facts.add_listed(b.program)
    return facts


def _of_plant(found: Comparison, a: Side, b: Side, facts: FactSet) -> BehaviourChanges:
    """Year by year, for the rows that the second law's mapping makes of the plant, and for the plant itself."""
    rows: list[RowChange] = []
    totals: list[Total] = []
    asked = 0
    questions = {r.name for r in b.program.rules.values() if r.answers is not None}
    affected = frozenset(p for p in found.meaning.affected if p.sort == "rule" and p.name in questions)
    for plant in sorted(facts.rows.get("plant", {})):
        for year in range(FIRST_YEAR, LAST_YEAR + 1):
            made = _translated(b, facts, plant, Period("year", year))
            if made is None:
                continue
            one = roster_changes(a, b, affected, made, (Period("year", year),))
            rows += one.rows
            totals += one.totals
            asked += one.asked
    return BehaviourChanges(rows=tuple(rows), totals=tuple(totals), asked=asked)


def _translated(side: Side, facts: FactSet, plant: str, year: Period) -> FactSet | None:
    if side.program.calendar.start(year) is None:
        return None
    return translate(Evaluation(side.program, side.law, facts), plant, year).facts
