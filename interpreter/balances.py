"""One account's units by vintage (semantics, section 10): what enters, leaves, is kept, lapses, and what was missing.

Amounts are whole units as exact fractions, never below zero. After every event, for every vintage:
opening + entered = left + lapsed + what is there.

Invariant: units are never created or lost here; what cannot be taken is the shortfall, not a negative balance.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from capcode.dsl.calendar import Period
from capcode.dsl.ir import Mark
from capcode.interpreter.results import NO_MARKS, Error, Open
from capcode.interpreter.trace import Movement

NOTHING = Fraction(0)
Vintage = Period | None
Layers = dict[Vintage, Fraction]


@dataclass(frozen=True, slots=True)
class Closing:
    """What was there when a day had ended, and what that rests on."""

    day: date
    layers: Layers
    marks: frozenset[Mark]


@dataclass(slots=True)
class Balance:
    """The layers of one account of one holder, oldest vintage first. halted: from which day on nothing is known, and why."""

    account: str
    row: str | None
    layers: Layers = field(default_factory=dict)
    marks: frozenset[Mark] = NO_MARKS
    movements: list[Movement] = field(default_factory=list)
    closings: list[Closing] = field(default_factory=list)
    halted: tuple[date, Open | Error] | None = None
    _in: Layers = field(default_factory=dict)
    _out: Layers = field(default_factory=dict)

    def open_with(self, opening: Layers) -> None:
        """The balance before the first day."""
        self.layers = dict(opening)
        self._in = dict(opening)
        self.close(date.min)

    def total(self) -> Fraction:
        return sum(self.layers.values(), NOTHING)

    def vintages(self, age: str = "oldest") -> list[Vintage]:
        """The vintages at hand, oldest or newest first."""
        return sorted(self.layers, key=lambda v: (v is not None, 0 if v is None else v.index), reverse=age == "newest")

    # ---- movements

    def enter(self, day: date, amount: Fraction, vintage: Vintage) -> None:
        self.layers[vintage] = self.layers.get(vintage, NOTHING) + amount
        self._in[vintage] = self._in.get(vintage, NOTHING) + amount
        self._log(day, "enters", vintage, amount)

    def take(self, day: date, amount: Fraction, age: str = "oldest") -> list[tuple[Vintage, Fraction]]:
        """Up to `amount` from the layers in order of age; what is missing is the shortfall."""
        taken, missing = [], amount
        for vintage in self.vintages(age):
            part = self.take_from(day, missing, vintage)
            if part:
                taken.append((vintage, part))
            missing -= part
        self.miss(day, missing)
        return taken

    def take_from(self, day: date, amount: Fraction, vintage: Vintage, kind: str = "leaves") -> Fraction:
        """Up to `amount` of one vintage; gives what there was."""
        part = min(amount, self.layers.get(vintage, NOTHING))
        if part > 0:
            self.layers[vintage] -= part
            self._out[vintage] = self._out.get(vintage, NOTHING) + part
            self._log(day, kind, vintage, part)
        return part

    def miss(self, day: date, amount: Fraction) -> None:
        if amount > 0:
            self._log(day, "shortfall", None, amount)

    def keep(self, day: date, most: Fraction) -> None:
        """What exceeds `most` lapses, oldest first."""
        spare = self.total() - most
        for vintage in self.vintages():
            if spare <= 0:
                break
            spare -= self.take_from(day, spare, vintage, "lapses")

    def lapse(self, day: date, vintage: Vintage) -> None:
        self.take_from(day, self.layers.get(vintage, NOTHING), vintage, "lapses")

    def _log(self, day: date, kind: str, vintage: Vintage, amount: Fraction) -> None:
        if amount:
            self.movements.append(Movement(day, self.account, self.row, kind, vintage, amount))
        assert self.conserved, (self.account, self.row, day)

    @property
    def conserved(self) -> bool:
        """Whether, vintage by vintage, what came is what went and what is there, and nothing is below zero."""
        return all(
            amount >= 0 and self._in.get(v, NOTHING) == self._out.get(v, NOTHING) + amount for v, amount in self.layers.items()
        ) and set(self._in) <= set(self.layers)

    # ---- days

    def close(self, day: date) -> None:
        """The day has ended."""
        self.closings.append(Closing(day, {v: a for v, a in self.layers.items() if a}, self.marks))

    def halt(self, day: date, why: Open | Error) -> None:
        """From this day on the balance is open, or in error."""
        if self.halted is None or day < self.halted[0]:
            self.halted = (day, why)

    def halted_by(self, day: date) -> Open | Error | None:
        return self.halted[1] if self.halted is not None and self.halted[0] <= day else None

    def at(self, day: date) -> Closing:
        """What was there when a day had ended."""
        index = bisect_right(self.closings, day, key=lambda c: c.day)
        return self.closings[index - 1] if index else Closing(date.min, {}, NO_MARKS)

    def during(self, kind: str, first: date, last: date) -> Fraction:
        """How much lapsed, or was missing, on the days from first to last."""
        return sum((m.amount for m in self.movements if m.kind == kind and first <= m.day <= last), NOTHING)
