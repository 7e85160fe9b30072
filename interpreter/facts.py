"""A fact set: what is known about the world, and which lists are complete. Values are in base units.

Reading files into a fact set, with checks and messages, is `read_facts`; this module only holds them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from capcode.dsl.calendar import Period
from capcode.dsl.ir import Citation, Make, Program, Value

At = Period | date | None


@dataclass(frozen=True, slots=True)
class MadeFrom:
    """A row that a mapping made: the line of the mapping, the row of the plant, the year for which it was asked."""

    make: Make
    citations: tuple[Citation, ...]
    row: str
    year: Period


@dataclass(slots=True)
class FactSet:
    """Facts by key. A fact that is not there is missing, never zero.

    rows: entity → row identifier → parent's identifier (None where the entity has no parent).
    values: (field key of `Program.fields`, row or None, period or day or None) → value.
    lists: (entity, parent's identifier) whose list of children is complete. rosters: entities whose population is.
    issued: (rule, row, at) → recorded amount. figures: (rule, row, at) → what the authority set.
    acts: (measure, row, at) → whether the authority acted. given: (rule, row, at) → a rule's value in a case (assumed).
    chosen_on: the day on which a choice was made, by the key of `values`.
    delivered: (duty, row, at) → (unit, vintage or None) → amount handed in where the holder chooses.
    opening: (account, row) → vintage or None → opening balance. draws: (rule, row) → position in a lot.
    sources: where a value was read, for the trace, by the key of `values`.
    unknown: (field key, row, at) → the stated reason for not knowing.
    made: (entity, row) → what a mapping made it from (`translate`).
    """

    rows: dict[str, dict[str, str | None]] = field(default_factory=dict)
    values: dict[tuple[str, str | None, At], Value] = field(default_factory=dict)
    unknown: dict[tuple[str, str | None, At], str] = field(default_factory=dict)
    lists: set[tuple[str, str]] = field(default_factory=set)
    rosters: set[str] = field(default_factory=set)
    issued: dict[tuple[str, str | None, At], Value] = field(default_factory=dict)
    figures: dict[tuple[str, str | None, At], Value] = field(default_factory=dict)
    acts: dict[tuple[str, str | None, At], bool] = field(default_factory=dict)
    given: dict[tuple[str, str | None, At], Value] = field(default_factory=dict)
    chosen_on: dict[tuple[str, str | None, At], date] = field(default_factory=dict)
    delivered: dict[tuple[str, str | None, At], dict[tuple[str, Period | None], Value]] = field(default_factory=dict)
    opening: dict[tuple[str, str | None], dict[Period | None, Value]] = field(default_factory=dict)
    draws: dict[tuple[str, str], int] = field(default_factory=dict)
    sources: dict[tuple[str, str | None, At], str] = field(default_factory=dict)
    made: dict[tuple[str, str], MadeFrom] = field(default_factory=dict)

    def add_listed(self, program: Program) -> None:
        """Adds the rows, with their values, that law itself lists (the states of a scheme); what is said stays."""
        for entity in program.entities.values():
            if entity.listed is None:
                continue
            rows = self.rows.setdefault(entity.name, {})
            for row in entity.listed:
                rows.setdefault(row, None)
                for name, value in entity.listed_values.get(row, {}).items():
                    self.values.setdefault((f"{entity.name}.{name}", row, None), value)
            self.rosters.add(entity.name)


def facts_of_law(program: Program) -> FactSet:
    """What law alone says of the world: the rows that it lists, with their values."""
    facts = FactSet()
    facts.add_listed(program)
    return facts
