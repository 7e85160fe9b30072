"""Places in time, windows, and values read across kinds of period, in the evaluator."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from small_laws import (
    F,
    ask,
    cmp,
    field,
    here,
    kinds_of,
    month,
    num,
    read,
    rule,
    section,
    small,
    year,
)

from capcode.dsl import ir
from capcode.dsl.calendar import Period
from capcode.interpreter.facts import FactSet
from capcode.interpreter.results import Known, Open

# ---------------------------------------------------------------- times


def at_time(node: Any, kind: str | None = "year", **more: Any) -> ir.Program:
    return small([rule("x", [section(node)], kind=kind, **more)], fields=[field("price", "month"), field("cpi", "year")])


MONTHLY = FactSet(values={("price", None, month(y, m)): F(100 * (y - 2000) + m) for y in range(2018, 2025) for m in range(1, 13)})


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (ir.This("year"), year(2020)),
        (ir.Next("year"), year(2021)),
        (ir.Shift(ir.This("year"), num(-2)), year(2018)),
        (ir.Containing("phase", ir.Const(date(2019, 5, 1))), Period("phase", 1)),
        (ir.PartPeriod("final", "year", ir.This("phase")), year(2020)),
        (ir.PartPeriod("first", "month", ir.This("year")), month(2020, 1)),
        (ir.MonthIn(10, ir.Shift(ir.This("year"), num(-1))), month(2019, 10)),
        (ir.EndOf(ir.This("fiscal")), date(2020, 3, 31)),
        (ir.StartOf(ir.This("fiscal")), date(2019, 4, 1)),
        (ir.DayIn(1, 11, ir.Next("year")), date(2021, 11, 1)),
        (ir.DayIn(29, 2, ir.This("phase")), date(2020, 2, 29)),
        (ir.DateAdd(ir.Const(date(2024, 3, 31)), num(1), "months", -1, "down"), date(2024, 2, 29)),
        (ir.DateAdd(ir.Const(date(2024, 3, 31)), num(1), "months", -1, "up"), date(2024, 3, 1)),
        (ir.DateAdd(ir.Const(date(2023, 12, 30)), num(5), "days", 1), date(2024, 1, 4)),
        (ir.IsIn(ir.Const(date(2020, 12, 31)), ir.This("year")), True),
        (ir.IsIn(ir.Const(date(2021, 1, 1)), ir.This("year")), False),
        (ir.IsIn(ir.Const(month(2020, 3)), ir.This("quarter")), True),
        (ir.IsIn(ir.Const(month(2020, 4)), ir.This("quarter")), False),
    ],
)
def test_places_in_time(node: Any, expected: Any) -> None:
    assert ask(at_time(node), "x", 2020) == Known(expected)


def test_next_counts_from_the_end_of_a_long_period() -> None:
    law = at_time(ir.DayIn(1, 11, ir.Next("year")), "phase")

    assert ask(law, "x", Period("phase", 1)) == Known(date(2021, 11, 1))


@pytest.mark.parametrize(
    ("window", "first", "last"),
    [
        (ir.Window("month", "last", 3), (2019, 10), (2019, 12)),
        (ir.Window("month", "to", 3, ir.MonthIn(2, ir.This("year"))), (2019, 12), (2020, 2)),
        (ir.Window("month", "before", 2, ir.Const(date(2020, 5, 17))), (2020, 3), (2020, 4)),
        (ir.Window("month", "before", 2, ir.This("year")), (2019, 11), (2019, 12)),
        (ir.Window("month", "inside", first=ir.This("year")), (2020, 1), (2020, 12)),
        (ir.Window("month", "between", first=ir.Const(date(2020, 2, 9)), last=ir.Const(date(2020, 4, 1))), (2020, 2), (2020, 4)),
    ],
)
def test_windows(window: ir.Window, first: tuple[int, int], last: tuple[int, int]) -> None:
    price = ir.FactRead("price", None, here("month"))
    for fn, (y, m) in (("lowest", first), ("highest", last)):
        assert ask(at_time(ir.Aggregate(fn, window, price)), "x", 2020, None, MONTHLY) == Known(F(100 * (y - 2000) + m))
    span = (last[0] - first[0]) * 12 + last[1] - first[1] + 1
    assert ask(at_time(ir.Count(window)), "x", 2020) == Known(F(span))


def test_month_windows_of_a_january_are_last_year() -> None:
    ago = ir.Aggregate("sum", ir.Window("month", "last", 12), ir.FactRead("price", None, here("month")))
    year_before = ir.Aggregate(
        "sum", ir.Window("month", "inside", first=ir.Shift(ir.This("year"), num(-1))), ir.FactRead("price", None, here("month"))
    )

    law = small(
        [rule("a", [section(ago)], kind="month"), rule("b", [section(year_before)], kind="month")], fields=[field("price", "month")]
    )
    assert ask(law, "a", month(2021, 1), None, MONTHLY) == ask(law, "b", month(2021, 1), None, MONTHLY)


def test_in_a_window_this_period_of_its_kind_is_the_inner_one_and_other_kinds_are_the_readers() -> None:
    inner = ir.FactRead("price", None, ir.This("month"))
    before = ir.FactRead("price", None, ir.Shift(ir.This("month"), num(-1)))
    three = ir.Window("month", "to", 3, ir.This("month"))
    rising = ir.Holds(three, cmp(">", inner, before), "each")
    readers = ir.Holds(three, ir.Equal(ir.This("year"), ir.Const(year(2020))), "each")
    innermost = ir.Holds(three, ir.Equal(ir.Here("year"), ir.Const(year(2020))), "at_least", 2)
    law = small(
        [
            rule("rising", [section(rising)], kind="month"),
            rule("readers", [section(readers)], kind="month"),
            rule("innermost", [section(innermost)], kind="month"),
        ],
        fields=[field("price", "month")],
    )

    assert ask(law, "rising", month(2020, 5), None, MONTHLY) == Known(True)
    assert ask(law, "readers", month(2020, 1), None, MONTHLY) == Known(True)  # November and December 2019 are inside
    assert ask(law, "innermost", month(2020, 1), None, MONTHLY) == Known(False)


def test_a_window_inside_a_window_counts_from_the_inner_period() -> None:
    """`price > mean of price over the last 2 months holds in each of the 2 months to this month`: both sides in each."""
    mean = ir.Aggregate("mean", ir.Window("month", "last", 2), ir.FactRead("price", None, here("month")))
    holds = ir.Holds(ir.Window("month", "to", 2, ir.This("month")), cmp(">", ir.FactRead("price", None, here("month")), mean), "each")
    facts = FactSet(values={("price", None, month(2020, m)): F(p) for m, p in enumerate([1, 10, 7, 9], 1)})

    law = small([rule("x", [section(holds)], kind="month")], fields=[field("price", "month")])
    assert ask(law, "x", month(2020, 4), None, facts) == Known(True)  # 7 > mean of 1 and 10, though not of 10 and 7
    assert isinstance(ask(law, "x", month(2020, 3), None, facts), Open)


def test_a_yearly_value_read_in_its_months_is_one_value() -> None:
    law = small([rule("y", [section(num(5))]), rule("m", [section(read("y"))], kind="month")])

    assert {ask(law, "m", month(2020, m)) for m in range(1, 13)} == {Known(F(5))}


def test_a_dated_value_is_read_on_a_day() -> None:
    sections = [section(num(1), end=date(2023, 12, 1)), section(num(2), start=date(2023, 12, 1))]
    law = small(
        [rule("floor", sections, kind=None, timing=ir.DATED_VALUE), rule("x", [section(ir.RuleRead("floor", None, ir.StartOf(here())))])]
    )

    assert ask(law, "floor", date(2023, 11, 30)) == Known(F(1))
    assert ask(law, "floor", date(2023, 12, 1)) == Known(F(2))
    assert [ask(law, "x", 2023), ask(law, "x", 2024)] == [Known(F(1)), Known(F(2))]


def test_a_constant_has_no_here() -> None:
    law = small(
        [
            rule("c", [section(num(4), start=None, always=True)], kind=None),
            rule("bad", [section(here(), start=None, always=True)], kind=None),
        ]
    )

    assert ask(law, "c") == Known(F(4))
    assert kinds_of(ask(law, "bad")) == {"undefined"}


def test_the_months_to_a_year_end_with_it_and_a_day_may_be_in_its_second_calendar_year() -> None:
    law = at_time(ir.Count(ir.Window("month", "to", 14, ir.This("fiscal"))), "fiscal")
    last = at_time(
        ir.Aggregate("highest", ir.Window("month", "to", 2, ir.This("fiscal")), ir.FactRead("price", None, here("month"))), "fiscal"
    )
    day = at_time(ir.DayIn(1, 2, ir.This("fiscal")), "fiscal")
    fiscal = Period("fiscal", 2020)

    assert ask(law, "x", fiscal) == Known(F(14))
    assert ask(last, "x", fiscal, None, MONTHLY) == Known(F(2103))
    assert ask(day, "x", fiscal) == Known(date(2021, 2, 1))
