"""How far a reading goes in time, seen from the period of its reader: the abstract value of a time expression.

`Move("moved", kind, n)` means: what is read begins no later than in, and ends no later than with, the period of that kind
that is n after the one that contains the reader's first day. `exact` adds: it begins with the first day of that period.
Other sorts: `same` (a value of all times, or of the same row), `fixed` (a written day or period), `data` (a day or a
number of periods that only data knows, or that may be later).

Invariant: a move never claims to be earlier than it can be.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import ceil

from capcode.dsl import ir
from capcode.dsl.calendar import Calendar, Years


@dataclass(frozen=True, slots=True)
class Move:
    sort: str
    kind: str = ""
    count: int = 0
    exact: bool = False

    def __str__(self) -> str:
        if self.sort == "moved":
            if self.count == 0:
                return f"this {self.kind}"
            number = "last" if self.count == -1 else "next" if self.count == 1 else f"{abs(self.count)}"
            if abs(self.count) == 1:
                return f"{number} {self.kind}"
            return f"{number} {self.kind}s {'ago' if self.count < 0 else 'ahead'}"
        return {"same": "the same", "fixed": "a fixed time", "data": "a time from data"}[self.sort]


SAME, FIXED, DATA = Move("same"), Move("fixed"), Move("data")


@dataclass(frozen=True, slots=True)
class Around:
    """What surrounds an expression: the innermost window's period, the window of each kind, the domain of each entity."""

    inner: Move | None = None
    windows: Mapping[str, Move] = field(default_factory=dict)
    binders: Mapping[str, ir.Domain] = field(default_factory=dict)


class Moves:
    """Moves of expressions under one calendar."""

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar

    def of(self, expr: ir.Expr | None, around: Around) -> Move:
        """The move of an expression that yields a day or a period; None (a value of all times) stays in place."""
        match expr:
            case None:
                return SAME
            case ir.Const():
                return FIXED
            case ir.Here(kind=kind):
                return self.here(kind, around)
            case ir.This(kind=kind) | ir.Own(kind=kind):
                return around.windows.get(kind) or Move("moved", kind, 0, True)
            case ir.Next(kind=kind):
                return Move("moved", kind, 1)
            case ir.Shift(period=period, count=ir.Const(value=Fraction() as count)):
                return self._shifted(self.of(period, around), kind_of(period), int(count))
            case ir.Containing(kind=kind, day=day):
                return self._containing(kind, self.of(day, around))
            case ir.StartOf(period=period):
                return self.of(period, around)
            case ir.PartPeriod(part=part, period=period):
                move = self.of(period, around)
                return move if part == "first" else replace(move, exact=False)
            case ir.EndOf(period=period) | ir.MonthIn(period=period) | ir.DayIn(period=period):
                return replace(self.of(period, around), exact=False)
            case ir.DateAdd(day=day, amount=ir.Const(value=Fraction() as amount), sign=-1) if amount >= 0:
                move = self.of(day, around)
                return replace(move, exact=False) if move.sort == "moved" else move
            case ir.DateAdd(day=day, amount=ir.Const(value=Fraction() as amount), unit=unit, sign=1) if amount >= 0:
                return self._after(self.of(day, around), amount, unit)
            case ir.Least(operands=operands):
                moved = [m for m in (self.of(o, around) for o in operands) if m.sort == "moved"]
                return replace(min(moved, key=lambda m: (m.count, m.kind)), exact=False) if moved else DATA
        return DATA

    def _after(self, move: Move, amount: Fraction, unit: str) -> Move:
        """A written number of days, months or years after a day: how many years that can reach at most."""
        per_year = {"days": 365, "months": 12, "years": 1}.get(unit)
        if move.sort != "moved" or per_year is None or not isinstance(self._calendar.kind(move.kind), Years):
            return move if move.sort == "fixed" else DATA
        return Move("moved", move.kind, move.count + ceil(amount / per_year))

    def here(self, kind: str, around: Around) -> Move:
        """The period of a kind that contains the first day of the innermost period."""
        return Move("moved", kind, 0, True) if around.inner is None else self._containing(kind, around.inner)

    def window(self, window: ir.Window, around: Around) -> Move:
        """What holds of every period of a window."""
        kind = window.kind
        if window.form == "last":
            if kind in around.windows:
                return self._shifted(around.windows[kind], kind, -1)
            if around.inner is None or around.inner.count < 0:
                return Move("moved", kind, -1)
            return self._containing(kind, around.inner)
        if window.form == "before":
            move = self.of(window.first, around)
            if move.sort == "moved":
                return replace(move, count=move.count - 1 if move.exact else move.count, exact=False)
            return move
        last = self.of(window.last if window.form == "between" else window.first, around)
        return replace(self._containing(kind, last), exact=False)

    def _shifted(self, move: Move, own: str | None, count: int) -> Move:
        if move.sort != "moved":
            return move
        if own == move.kind:
            return replace(move, count=move.count + count)
        return replace(move, exact=False) if count <= 0 else DATA

    def _containing(self, kind: str, move: Move) -> Move:
        if move.sort != "moved" or kind == move.kind:
            return move
        if self._calendar.refines(kind, move.kind):
            return move
        if self._calendar.refines(move.kind, kind):
            return Move("moved", kind, min(max(move.count, 0), 1), move.exact and move.count == 0)
        return Move("moved", kind, 0) if move.count < 0 else DATA


def at_least(expr: ir.Expr | None) -> tuple[str, int]:
    """A kind, and how many of its periods ahead of the reader a day certainly lies; ("", 0) where nothing is certain."""
    match expr:
        case ir.Next(kind=kind):
            return kind, 1
        case ir.Shift(period=ir.This(kind=kind) | ir.Here(kind=kind), count=ir.Const(value=Fraction() as count)) if count > 0:
            return kind, int(count)
        case ir.StartOf(period=p) | ir.EndOf(period=p) | ir.MonthIn(period=p) | ir.DayIn(period=p) | ir.PartPeriod(period=p):
            return at_least(p)
        case ir.DateAdd(day=day, sign=1):
            return at_least(day)
    return "", 0


def kind_of(expr: ir.Expr) -> str | None:
    """The kind of the period that a time expression yields; None for days."""
    match expr:
        case (
            ir.Here(kind=kind) | ir.This(kind=kind) | ir.Own(kind=kind) | ir.Next(kind=kind)
            | ir.Containing(kind=kind) | ir.PartPeriod(kind=kind)
        ):
            return kind
        case ir.Shift(period=period):
            return kind_of(period)
        case ir.MonthIn():
            return "month"
    return None
