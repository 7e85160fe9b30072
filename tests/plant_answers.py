"""Answers for the reference plants, for the tests of schemes: one law and its plants are loaded once."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from capcode.interpreter.answers import Answers, Cell
from capcode.interpreter.api import load
from capcode.interpreter.plants import shipped_plants


def of_plant(view: str, plant: str, question: str, year: str) -> Cell:
    """The answer to a question for a reference plant in a year of the scheme; rows are those of that year."""
    return _answers(view, plant, year).of_plant(plant, question)


def told(cell: Cell) -> str:
    """The value, or why there is none."""
    return cell.shown or "; ".join(cell.reasons)


@lru_cache(maxsize=64)
def _answers(view: str, plant: str, year: str) -> Answers:
    law = _law(view)
    period = law.program.calendar.literal(year, "year")
    start = None if period is None else law.program.calendar.start(period)
    found = Answers(law, start or date(int(year), 1, 1))
    found.add_plant(plant, law.facts(shipped_plants()[plant]))
    return found


_law = lru_cache(maxsize=8)(load)
