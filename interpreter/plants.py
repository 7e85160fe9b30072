"""The plants that a comparison follows: the illustrative ones that are shipped, and files of the user.

A plant's file is a facts file in the words of `rules/questions.rules`; each scheme reads it for itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from pathlib import Path

from capcode.dsl.calendar import Period
from capcode.dsl.diagnostics import Diagnostic
from capcode.dsl.ir import Program
from capcode.interpreter import compare_errors as errors
from capcode.interpreter.api import Law, Refused
from capcode.interpreter.facts import At, FactSet

PLANT = "plant"
EMISSIONS, OUTPUT = "plant.plant_emissions", "product_line.line_output"
SCALED_WITH_OUTPUT = (EMISSIONS, OUTPUT, "plant.bought_power", "product_line.process_heat")
ENDINGS = (".yaml", ".yml", ".json")


def shipped_plants() -> dict[str, Path]:
    """The reference plants by name."""
    from capcode import rules

    folder = Path(next(iter(rules.__path__))) / "plants"
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def find_plants(names: tuple[str, ...]) -> tuple[dict[str, Path], list[Diagnostic]]:
    """Plants by name or file, in the order asked; all that are shipped where none is asked."""
    known = shipped_plants()
    if not names:
        return known, []
    found: dict[str, Path] = {}
    problems = []
    for name in names:
        path = Path(name)
        if name in known:
            found[name] = known[name]
        elif path.suffix in ENDINGS and path.is_file():
            found[path.stem if path.stem not in found else name] = path  # of two files with one name, both are meant
        else:
            problems.append(errors.no_plant(name, list(known)))
    return found, problems


def read_plant(law: Law, name: str, path: Path) -> FactSet:
    """The facts of one plant, as a law reads them; raises Refused."""
    facts = law.facts(path)
    count = len(facts.rows.get(PLANT, {}))
    if count != 1:
        raise Refused([errors.not_one_plant(name, count)])
    return facts


def total(facts: FactSet, program: Program, name: str, period: Period) -> Fraction | None:
    """The sum of a monthly fact over a period, all rows together; None where a month is missing."""
    calendar = program.calendar
    first, after = calendar.start(period), calendar.end(period)
    if first is None or after is None:
        return None
    rows = facts.rows.get(name.partition(".")[0], {})
    found = Fraction(0)
    for row in rows:
        month = calendar.containing("month", first)
        while month is not None and (start := calendar.start(month)) is not None and start < after:
            value = facts.values.get((name, row, month))
            if not isinstance(value, Fraction):
                return None
            found += value
            month = Period("month", month.index + 1)
    return found if rows else None


Month = tuple[str, str | None, At]


@dataclass(frozen=True, slots=True)
class Scalable:
    """A plant whose monthly facts can be multiplied; what may change is looked up once."""

    facts: FactSet
    months: tuple[tuple[Month, Fraction, date], ...]
    _alike: dict[date | None, list[tuple[str, Fraction, dict[Month, None]]]] = field(default_factory=dict)

    def scaled(self, factors: Mapping[str, Fraction], since: date | None = None) -> FactSet:
        """The same plant with facts multiplied by name, from a day on or always."""
        if since not in self._alike:
            self._alike[since] = self._months_alike(since)
        values = dict(self.facts.values)
        for name, value, months in self._alike[since]:
            if name in factors:
                values.update(dict.fromkeys(months, value * factors[name]))
        return replace(self.facts, values=values)

    def _months_alike(self, since: date | None) -> list[tuple[str, Fraction, dict[Month, None]]]:
        """Months by name and number: most of a plant's months are one and the same number."""
        found: dict[tuple[str, int], tuple[str, Fraction, dict[Month, None]]] = {}
        for key, value, start in self.months:
            if since is None or start >= since:
                found.setdefault((key[0], id(value)), (key[0], value, {}))[2][key] = None
        return list(found.values())


def scalable(facts: FactSet, program: Program) -> Scalable:
    found = []
    for key, value in facts.values.items():
        start = program.calendar.start(key[2]) if isinstance(key[2], Period) else None
        if key[0] in SCALED_WITH_OUTPUT and isinstance(value, Fraction) and start is not None:
            found.append((key, value, start))
    return Scalable(facts, tuple(found))
