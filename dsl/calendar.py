"""Kinds of period and the days between which they run. Intervals of days are closed at the start and open at the end.

Invariant: reads no clock; every answer depends only on the kind and the day.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Protocol

_LITERAL = re.compile(r"[0-9]{4}(-[0-9]{2}){0,2}|[0-9]{4}/[0-9]{2}|[0-9]{4} Q[1-4]")
FIRST_DAY = date(1900, 1, 1)
LAST_DAY = date(2200, 1, 1)


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """The index-th period of a kind. Indices of one kind are ordered in time; years are their own starting year."""

    kind: str
    index: int

    def __hash__(self) -> int:
        """Of the index alone: kinds are few where periods are keys, and every key holds a period."""
        return self.index


class Kind(Protocol):
    """A sequence of periods without holes."""

    @property
    def name(self) -> str: ...

    def index_of(self, day: date) -> int | None:
        """The index of the period that contains the day, or None outside the kind's range."""

    def start(self, index: int) -> date | None:
        """The first day of a period, or None outside the range."""

    def end(self, index: int) -> date | None:
        """The first day after a period."""

    def label(self, index: int) -> str:
        """How the period is written: `2023-24`, `2024/03`, `phase_3`."""


@dataclass(frozen=True, slots=True)
class Days:
    """`day`: the index is the day's number since 0001-01-01"""

    name: str = "day"

    def index_of(self, day: date) -> int | None:
        return day.toordinal()

    def start(self, index: int) -> date | None:
        return date.fromordinal(index) if FIRST_DAY.toordinal() <= index <= LAST_DAY.toordinal() else None

    def end(self, index: int) -> date | None:
        return self.start(index + 1)

    def label(self, index: int) -> str:
        return date.fromordinal(index).isoformat()


@dataclass(frozen=True, slots=True)
class Months:
    """Runs of `length` months from January: `month` (1), `quarter` (3). The index is year × (12 ÷ length) + place."""

    name: str = "month"
    length: int = 1

    def index_of(self, day: date) -> int | None:
        return (day.year * 12 + day.month - 1) // self.length

    def start(self, index: int) -> date | None:
        year, month = divmod(index * self.length, 12)
        return date(year, month + 1, 1) if FIRST_DAY.year <= year <= LAST_DAY.year else None

    def end(self, index: int) -> date | None:
        return self.start(index + 1)

    def label(self, index: int) -> str:
        year, month = divmod(index * self.length, 12)
        return f"{year}/{month + 1:02}" if self.length == 1 else f"{year} Q{month // 3 + 1}"


@dataclass(frozen=True, slots=True)
class Years:
    """Years that start on a day; the index is the calendar year of the start. `named_by` is first, last or None."""

    name: str = "year"
    month: int = 1
    day: int = 1
    named_by: str | None = None

    def index_of(self, day: date) -> int | None:
        return day.year if (day.month, day.day) >= (self.month, self.day) else day.year - 1

    def start(self, index: int) -> date | None:
        return date(index, self.month, self.day) if FIRST_DAY.year <= index <= LAST_DAY.year else None

    def end(self, index: int) -> date | None:
        return self.start(index + 1)

    @property
    def is_calendar(self) -> bool:
        return (self.month, self.day) == (1, 1)

    def label(self, index: int) -> str:
        if self.is_calendar or self.named_by == "first":
            return str(index)
        if self.named_by == "last":
            return str(index + 1)
        return f"{index}-{(index + 1) % 100:02}"


@dataclass(frozen=True, slots=True)
class Runs:
    """`control_period of 3 years from 2009`: `count` periods of a kind each, from one on. Index 0 is the first."""

    name: str
    count: int
    part: Kind
    first: int

    def index_of(self, day: date) -> int | None:
        index = self.part.index_of(day)
        return None if index is None or index < self.first else (index - self.first) // self.count

    def start(self, index: int) -> date | None:
        return None if index < 0 else self.part.start(self.first + index * self.count)

    def end(self, index: int) -> date | None:
        return None if index < 0 else self.part.start(self.first + (index + 1) * self.count)

    def label(self, index: int) -> str:
        a = self.first + index * self.count
        return f"{self.part.label(a)} to {self.part.label(a + self.count - 1)}"


@dataclass(frozen=True, slots=True)
class Listed:
    """Periods between listed days: phases, or trading days from a table. `bounds` has one day more than periods."""

    name: str
    bounds: tuple[date, ...] = field(repr=False)
    labels: tuple[str, ...] = field(repr=False)

    def index_of(self, day: date) -> int | None:
        index = bisect_right(self.bounds, day) - 1
        return index if 0 <= index < len(self.bounds) - 1 else None

    def start(self, index: int) -> date | None:
        return self.bounds[index] if 0 <= index < len(self.bounds) - 1 else None

    def end(self, index: int) -> date | None:
        return self.bounds[index + 1] if 0 <= index < len(self.bounds) - 1 else None

    def label(self, index: int) -> str:
        return self.labels[index] if 0 <= index < len(self.labels) else f"{self.name} {index}"


@dataclass(frozen=True, slots=True)
class Calendar:
    """The kinds of one scheme, by name and by plural; kinds with equal boundaries share one canonical name."""

    kinds: dict[str, Kind]
    plurals: dict[str, str]
    canonical: dict[str, str]
    _refines: dict[tuple[str, str], bool] = field(default_factory=dict, compare=False, repr=False)

    def find(self, name: str) -> str | None:
        """The canonical kind that a singular or plural name means."""
        single = self.plurals.get(name, name)
        return self.canonical.get(single)

    def kind(self, name: str) -> Kind:
        return self.kinds[name]

    def start(self, period: Period) -> date | None:
        return self.kinds[period.kind].start(period.index)

    def end(self, period: Period) -> date | None:
        """The first day after the period."""
        return self.kinds[period.kind].end(period.index)

    def containing(self, kind: str, day: date) -> Period | None:
        index = self.kinds[kind].index_of(day)
        return None if index is None else Period(kind, index)

    def shift(self, period: Period, count: int) -> Period | None:
        moved = Period(period.kind, period.index + count)
        return moved if self.start(moved) is not None else None

    def label(self, period: Period) -> str:
        return self.kinds[period.kind].label(period.index)

    def inside(self, kind: str, first: date, after: date) -> list[Period]:
        """The periods of a kind that lie wholly in [first, after), in order of time."""
        found = []
        index = self.kinds[kind].index_of(first)
        if index is None:
            index = 0 if isinstance(self.kinds[kind], Listed | Runs) else None
        while index is not None:
            a, b = self.kinds[kind].start(index), self.kinds[kind].end(index)
            if a is None or b is None or a >= after:
                break
            if a >= first and b <= after:
                found.append(Period(kind, index))
            index += 1
        return found

    def refines(self, fine: str, coarse: str) -> bool:
        """Whether every boundary of the coarse kind is a boundary of the fine one, where both run."""
        key = (fine, coarse)
        if key not in self._refines:
            self._refines[key] = fine == coarse or self._has_bounds(fine, coarse)
        return self._refines[key]

    def _has_bounds(self, fine: str, coarse: str) -> bool:
        if fine == "day":
            return True
        k, low = self.kinds[coarse], self.kinds[fine]
        if coarse == "day":
            return False
        start = k.index_of(date(1990, 1, 1))
        index = 0 if start is None else start
        while True:
            day = k.start(index)
            if day is None or day.year > 2080:
                return True
            at = low.index_of(day)
            if at is not None and low.start(at) != day:
                return False
            index += 1

    def literal(self, text: str, kind: str | None = None) -> Period | None:
        """A written period as one of the kind (or of the kind that the text itself names); None where it names none.

        For a kind longer than a year, a year stands for the period that begins in it.
        """
        own = self._own(text)
        if own is None:
            return None
        if kind is None or own.kind == kind:
            return own
        start, end = self.start(own), self.end(own)
        if start is None or end is None:
            return None
        if own.kind == "day":
            return self.containing(kind, start)
        if own.kind in ("month", "quarter"):
            found = self.containing(kind, start)
            return found if found is not None and (self.start(found), self.end(found)) == (start, end) else None
        starting = self._starting(kind, start, end)
        return starting[0] if len(starting) == 1 else None

    def _starting(self, kind: str, first: date, after: date) -> list[Period]:
        found, day = [], first
        k = self.kinds[kind]
        index = k.index_of(first)
        if index is None:
            index = 0
        for _ in range(400):
            begin = k.start(index)
            if begin is None or begin >= after:
                break
            if begin >= day:
                found.append(Period(kind, index))
            index += 1
        return found

    def _own(self, text: str) -> Period | None:
        year = self.kinds["year"]
        if not _LITERAL.fullmatch(text):
            return None
        parts = text.split("-")
        try:
            if "Q" in text:
                y, q = text.split(" Q")
                return Period("quarter", int(y) * 4 + int(q) - 1)
            if "/" in text:
                y, m = text.split("/")
                return Period("month", int(y) * 12 + int(m) - 1) if 1 <= int(m) <= 12 else None
            if len(parts) == 3:
                return Period("day", date.fromisoformat(text).toordinal())
            if len(parts) == 2:
                first, second = int(parts[0]), int(parts[1])
                crossing = isinstance(year, Years) and not year.is_calendar and (first + 1) % 100 == second
                return Period("year", first) if crossing else None
            if not isinstance(year, Years):
                return None
            if year.is_calendar or year.named_by == "first":
                return Period("year", int(text))
            return Period("year", int(text) - 1) if year.named_by == "last" else None
        except ValueError:
            return None


def day_in_month(year: int, month: int, day: int, mode: str | None) -> date | None:
    """A day of a month; where the month is too short, `down` gives its last day, `up` the next month's first."""
    month_start = date(year + (month - 1) // 12, (month - 1) % 12 + 1, 1)
    following = date(month_start.year + month_start.month // 12, month_start.month % 12 + 1, 1)
    length = (following - month_start).days
    if day <= length:
        return month_start + timedelta(days=day - 1)
    if mode is None:
        return None
    return following if mode == "up" else following - timedelta(days=1)
