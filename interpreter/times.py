"""Places in time (semantics, section 3): periods and days as values, and the periods of a window.

`Here` and `This` start from the innermost period, or from the reader's; everything else moves from there.

Invariant: a period outside the calendar is never invented: past a list it is *unknown*, elsewhere *undefined*.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

from capcode.dsl import ir
from capcode.dsl.calendar import Listed, Period, day_in_month
from capcode.dsl.limits import LIMITS
from capcode.interpreter.frames import Frame
from capcode.interpreter.results import Error, Known, Open, Result, failed, opened, strict

if TYPE_CHECKING:
    from capcode.interpreter.evaluate import Evaluation

ONE_DAY = timedelta(days=1)
Edges = tuple[date, date]


def here(evaluation: Evaluation, node: ir.Here, frame: Frame) -> Result:
    """The period of a kind that contains the first day of the innermost period."""
    if frame.windows:
        inner = frame.windows[-1]
        return Known(inner) if inner.kind == node.kind else containing(evaluation, node.kind, evaluation.calendar.start(inner))
    if frame.period is not None and frame.period.kind == node.kind:
        return Known(frame.period)
    return containing(evaluation, node.kind, frame.first)


def this(evaluation: Evaluation, node: ir.This, frame: Frame) -> Result:
    """The innermost window period of this very kind, or else the period that contains the reader's first day."""
    for period in reversed(frame.windows):
        if period.kind == node.kind:
            return Known(period)
    if frame.period is not None and frame.period.kind == node.kind:
        return Known(frame.period)
    return containing(evaluation, node.kind, frame.first)


def own(evaluation: Evaluation, node: ir.Own, frame: Frame) -> Result:
    """The reader's own period, whatever window is around."""
    return Known(frame.period) if frame.period is not None else containing(evaluation, node.kind, frame.first)


AT_HAND = frozenset((ir.Here, ir.This, ir.Own))


def following(evaluation: Evaluation, node: ir.Next, frame: Frame) -> Result:
    """One after the period that contains the last day of what `This` counts from."""
    own = next((p for p in reversed(frame.windows) if p.kind == node.kind), None)
    current = Known(own) if own is not None else containing(evaluation, node.kind, frame.last)
    return strict(lambda period: shifted(evaluation, period, 1), (current,))


def containing(evaluation: Evaluation, kind: str, day: date | None) -> Result:
    """The period of a kind that contains a day (None: the reader has no place in time)."""
    if day is None:
        return failed("undefined", f"a {kind} where there is no period")
    period = evaluation.calendar.containing(kind, day)
    if period is not None and evaluation.calendar.start(period) is not None:
        return Known(period)
    return outside(evaluation, kind, day.isoformat())


def outside(evaluation: Evaluation, kind: str, where: str) -> Open | Error:
    if isinstance(evaluation.calendar.kinds.get(kind), Listed):
        return opened("unknown", f"{where} is outside the listed periods of {kind}")
    return failed("undefined", f"{where} is outside the calendar of {kind}")


def shifted(evaluation: Evaluation, period: Period, count: int) -> Period | Open | Error:
    moved = evaluation.calendar.shift(period, count)
    side = "before" if count < 0 else "after"
    return outside(evaluation, period.kind, f"{abs(count)} {side} {evaluation.calendar.label(period)}") if moved is None else moved


def edges(evaluation: Evaluation, value: ir.Value) -> Edges | Open | Error:
    """The first and the last day of a period; a day is both."""
    if isinstance(value, date):
        return value, value
    assert isinstance(value, Period)
    first, after = evaluation.calendar.start(value), evaluation.calendar.end(value)
    if first is None or after is None:
        return outside(evaluation, value.kind, evaluation.calendar.label(value))
    return first, after - ONE_DAY


def on_edges(evaluation: Evaluation, node: ir.Expr, frame: Frame, use: Callable[[date, date], object]) -> Result:
    """use(first day, last day) of the period or day that an expression yields."""

    def apply(value: ir.Value) -> object:
        found = edges(evaluation, value)
        return found if isinstance(found, Open | Error) else use(*found)

    return strict(apply, (evaluation.eval(node, frame),))


def shift(evaluation: Evaluation, node: ir.Shift, frame: Frame) -> Result:
    def move(period: Period, count: Fraction) -> object:
        if count.denominator != 1:
            return failed("undefined", "a period moved by part of a period")
        return shifted(evaluation, period, int(count))

    return strict(move, (evaluation.eval(node.period, frame), evaluation.eval(node.count, frame)))


def containing_node(evaluation: Evaluation, node: ir.Containing, frame: Frame) -> Result:
    def find(first: date, _last: date) -> object:
        period = containing(evaluation, node.kind, first)
        return period.value if isinstance(period, Known) else period

    return on_edges(evaluation, node.day, frame, find)


def part_period(evaluation: Evaluation, node: ir.PartPeriod, frame: Frame) -> Result:
    """The first or final period of a kind inside a longer one."""

    def part(first: date, last: date) -> object:
        periods = evaluation.calendar.inside(node.kind, first, last + ONE_DAY)
        if not periods:
            return failed("undefined", f"no whole {node.kind} lies inside")
        return periods[0] if node.part == "first" else periods[-1]

    return on_edges(evaluation, node.period, frame, part)


def month_in(evaluation: Evaluation, node: ir.MonthIn, frame: Frame) -> Result:
    def month(first: date, last: date) -> object:
        at = date(first.year + (node.month < first.month), node.month, 1)
        inside = first <= at <= last
        return Period("month", at.year * 12 + node.month - 1) if inside else failed("undefined", f"no month {node.month} inside")

    return on_edges(evaluation, node.period, frame, month)


def start_of(evaluation: Evaluation, node: ir.StartOf, frame: Frame) -> Result:
    return on_edges(evaluation, node.period, frame, lambda first, _: first)


def end_of(evaluation: Evaluation, node: ir.EndOf, frame: Frame) -> Result:
    return on_edges(evaluation, node.period, frame, lambda _, last: last)


def day_in(evaluation: Evaluation, node: ir.DayIn, frame: Frame) -> Result:
    """The first day with this number and month inside a period."""

    def day(first: date, last: date) -> object:
        for year in range(first.year, last.year + 1):
            found = day_in_month(year, node.month, node.day, None)
            if found is not None and first <= found <= last:
                return found
        return failed("undefined", f"no day {node.day} of month {node.month} inside")

    return on_edges(evaluation, node.period, frame, day)


def date_add(evaluation: Evaluation, node: ir.DateAdd, frame: Frame) -> Result:
    def add(day: ir.Value, amount: Fraction) -> object:
        found = edges(evaluation, day)
        return found if isinstance(found, Open | Error) else moved_day(evaluation, found[0], amount * node.sign, node.unit, node.mode)

    return strict(add, (evaluation.eval(node.day, frame), evaluation.eval(node.amount, frame)))


def moved_day(evaluation: Evaluation, day: date, amount: Fraction, unit: str, mode: str | None) -> date | Open | Error:
    """A day some days, months, years or listed periods (working days) later, or earlier where the amount is negative."""
    if amount.denominator != 1:
        return failed("undefined", f"a date moved by {amount} {unit}")
    count = int(amount)
    try:
        if unit == "days":
            return day + count * ONE_DAY
        if unit in ("months", "years"):
            months = count if unit == "months" else 12 * count
            moved = day_in_month(day.year, day.month + months, day.day, mode)
            return failed("undefined", f"a month too short for day {day.day}") if moved is None else moved
    except (OverflowError, ValueError):
        return failed("undefined", "a date outside the calendar")
    return _moved_by_periods(evaluation, day, count, unit)


def _moved_by_periods(evaluation: Evaluation, day: date, count: int, kind: str) -> date | Open | Error:
    """20 working days after a day: the first day of the 20th period after the one that contains it."""
    current = evaluation.calendar.containing(kind, day)
    if current is None:
        return outside(evaluation, kind, day.isoformat())
    said = f"{abs(count)} {kind}{'' if abs(count) == 1 else 's'} {'before' if count < 0 else 'after'}"
    if count < 0 and evaluation.calendar.start(current) != day:
        count += 1  # the period that began before the day is itself one before it
    moved = evaluation.calendar.shift(current, count)
    start = None if moved is None else evaluation.calendar.start(moved)
    return outside(evaluation, kind, f"the day that lies {said} {day.isoformat()}") if start is None else start


def is_in(evaluation: Evaluation, node: ir.IsIn, frame: Frame) -> Result:
    """Whether a day, or a whole period of a finer kind, lies in a period."""

    def inside(inner: ir.Value, outer: ir.Value) -> object:
        a, b = edges(evaluation, inner), edges(evaluation, outer)
        if isinstance(a, Open | Error):
            return a
        return b if isinstance(b, Open | Error) else b[0] <= a[0] and a[1] <= b[1]

    return strict(inside, (evaluation.eval(node.operand, frame), evaluation.eval(node.period, frame)))


# ---------------------------------------------------------------- windows


def window(evaluation: Evaluation, node: ir.Window, frame: Frame) -> Result:
    """The periods of a window, in order of time: a known tuple of periods (which is no value of the language)."""
    anchors = [evaluation.eval(a, frame) for a in (node.first, node.last) if a is not None]
    if node.form == "last":
        anchors = [_base(evaluation, node.kind, frame)]
    return strict(lambda *values: _window_between(evaluation, node, *values), anchors)


def _base(evaluation: Evaluation, kind: str, frame: Frame) -> Result:
    """What `the last N Ks` counts from: the innermost window period of kind K, or else the reader's first day."""
    own = next((p for p in reversed(frame.windows) if p.kind == kind), None)
    if own is not None:
        return Known(own)
    return failed("undefined", f"the last {kind}s where there is no period") if frame.first is None else Known(frame.first)


def _window_between(evaluation: Evaluation, node: ir.Window, first: ir.Value, last: ir.Value | None = None) -> object:
    a = edges(evaluation, first)
    b = a if last is None else edges(evaluation, last)
    if isinstance(a, Open | Error):
        return a
    if isinstance(b, Open | Error):
        return b
    if node.form == "inside":
        return _limited(tuple(evaluation.calendar.inside(node.kind, a[0], a[1] + ONE_DAY)))
    begin = containing(evaluation, node.kind, a[1] if node.form == "to" else a[0])
    if not isinstance(begin, Known):
        return begin
    assert isinstance(begin.value, Period)
    index = begin.value.index
    if node.form == "between":
        end = containing(evaluation, node.kind, b[1])
        if not isinstance(end, Known):
            return end
        assert isinstance(end.value, Period)
        return _run(evaluation, node.kind, index, end.value.index)
    last_index = index if node.form == "to" else index - 1
    return _run(evaluation, node.kind, last_index - node.count + 1, last_index)


def _run(evaluation: Evaluation, kind: str, first: int, last: int) -> object:
    if last - first >= LIMITS.window_periods:
        return failed("budget", f"a window of more than {LIMITS.window_periods} periods")
    periods = tuple(Period(kind, index) for index in range(first, last + 1))
    for period in periods[:1] + periods[-1:]:
        if evaluation.calendar.start(period) is None:
            return outside(evaluation, kind, f"period {period.index}")
    return periods


def _limited(periods: tuple[Period, ...]) -> object:
    if len(periods) > LIMITS.window_periods:
        return failed("budget", f"a window of more than {LIMITS.window_periods} periods")
    return periods

