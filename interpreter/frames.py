"""What an expression sees: the rows bound to entities, the reader's period, the windows around it, defines, argument, lot.

Invariant: a frame says where, never what; it holds no result but those of defines and of the argument.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from capcode.dsl import ir
from capcode.dsl.calendar import Calendar, Period
from capcode.interpreter.facts import At
from capcode.interpreter.results import Known, Result

VALUE, SHORTFALL, USED, LAPSED, UNDISTRIBUTED, BALANCE = "value", "shortfall", "used", "lapsed", "undistributed", "balance"
MADE, TRANSLATED = "made", "translated"  # whether a mapping makes a row; a field of a row that it made


class Key(NamedTuple):
    """One thing that is evaluated once: `part` of a definition for a subject, a place in time and an argument."""

    name: str
    row: str | None = None
    at: At = None
    argument: ir.Value | None = None
    part: str = VALUE

    def show(self, calendar: Calendar) -> str:
        """`shortfall of surrender of plant_1 in 2024`"""
        if self.part == TRANSLATED:
            return place(self.name.rpartition(".")[2], self.row, self.at, calendar)
        part = "" if self.part in (VALUE, BALANCE) else f"{self.part} of "
        argument = "" if self.argument is None else f" at {show_value(self.argument, calendar)}"
        return part + place(self.name, self.row, self.at, calendar) + argument


@dataclass(frozen=True, slots=True)
class Lot:
    """Units of one vintage in one account."""

    unit: str
    vintage: Period | None
    amount: Known


@dataclass(slots=True)
class Defines:
    """The named steps of the governing section, each evaluated at most once, in the section's own frame."""

    expressions: Mapping[str, ir.Expr]
    frame: Frame
    results: dict[str, Result] = field(default_factory=dict)


@dataclass(slots=True)
class Frame:
    """key is the reader. period is its own (None for a constant, a dated row or a value at a date); first, last its days.

    day is the one that chooses sections. rows: the row bound to each entity. windows: the periods of enclosing
    windows, innermost last. before gives the value of the sections below the governing one, and whether that is exempt
    from the head's rounding. bound names the innermost row, period or lot. marks: what the place in time rests on.
    """

    key: Key
    entity: str | None
    period: Period | None
    first: date | None
    last: date | None
    day: date
    rows: Mapping[str, str]
    member: str | None = None
    life: str = ""
    windows: tuple[Period, ...] = ()
    lot: Lot | None = None
    defines: Defines | None = None
    before: Callable[[], tuple[Result, bool]] | None = None
    bound: str = ""
    marks: frozenset[ir.Mark] = frozenset()

    def copy(self) -> Frame:
        """Another frame of the same place (written out, because it is made for every row and every text)."""
        return Frame(
            self.key, self.entity, self.period, self.first, self.last, self.day, self.rows, self.member, self.life,
            self.windows, self.lot, self.defines, self.before, self.bound, self.marks,
        )  # fmt: skip

    def with_row(self, entity: str, row: str) -> Frame:
        inner = self.copy()
        inner.rows, inner.bound = {**self.rows, entity: row}, row
        return inner

    def with_window(self, period: Period, label: str) -> Frame:
        inner = self.copy()
        inner.windows, inner.bound = (*self.windows, period), label
        return inner

    def with_lot(self, lot: Lot, label: str = "") -> Frame:
        inner = self.copy()
        inner.lot, inner.bound = lot, label
        return inner

    def with_marks(self, marks: frozenset[ir.Mark]) -> Frame:
        inner = self.copy()
        inner.marks = self.marks | marks
        return inner


def place(name: str, row: str | None, at: At, calendar: Calendar) -> str:
    """`emissions of plant_1 in 2024`"""
    text = name if row is None else f"{name} of {row}"
    if at is None:
        return text
    return f"{text} in {calendar.label(at)}" if isinstance(at, Period) else f"{text} on {at.isoformat()}"


def show_value(value: ir.Value, calendar: Calendar) -> str:
    """A value in base units, as plainly as it can be written."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Period):
        return calendar.label(value)
    if isinstance(value, ir.Absent):
        return value.word.replace("_", " ")
    if isinstance(value, frozenset):
        return ", ".join(sorted(value))
    return value.isoformat() if isinstance(value, date) else str(value)
