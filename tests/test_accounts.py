"""Accounts: order of a day, vintages, lapsing for good, transfers, open flows, conservation."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from small_laws import (
    ALLOWANCES,
    START,
    F,
    ask,
    cmp,
    entity,
    evaluation,
    fact,
    field,
    kinds_of,
    mul,
    num,
    rule,
    section,
    small,
    year,
)

from capcode.dsl import ir
from capcode.interpreter.balances import Balance
from capcode.interpreter.facts import FactSet
from capcode.interpreter.frames import LAPSED, SHORTFALL
from capcode.interpreter.results import Known, Open


def day(index: int) -> date:
    return date(2020, 1, index)


def flow(kind: str, on: Any, amount: Any = None, **more: Any) -> ir.FlowLaw:
    on = ir.Const(on) if isinstance(on, date) else on
    return ir.FlowLaw(kind, on, None if amount is None else num(amount) if isinstance(amount, int) else amount, **more)


def account(name: str, *flows: ir.FlowLaw, entity: str | None = None, **more: Any) -> ir.Account:
    made = section(law=ir.AccountLaw(flows), start=more.pop("start", date(2020, 1, 1)), end=more.pop("end", date(2021, 1, 1)), **more)
    return ir.Account(name, (made,), entity, "year", ir.EACH, unit="EUA", type=ALLOWANCES)


def vintage(index: int) -> ir.Const:
    return ir.Const(year(index))


def up_to_vintage(index: int) -> ir.Expr:
    return cmp("<=", ir.LotRead("vintage"), vintage(index))


def held(law: ir.Program, on: date, name: str = "bank", facts: FactSet | None = None) -> Any:
    found = evaluation(law, facts).balance(name, None, on)
    return found.value if isinstance(found, Known) else found


def part(law: ir.Program, what: str, facts: FactSet | None = None, name: str = "bank") -> Any:
    found = evaluation(law, facts).part(what, name, None, year(2020))
    return found.value if isinstance(found, Known) else found


def test_a_bank_uses_the_oldest_first_and_expires() -> None:
    bank = account(
        "bank",
        flow("enters", day(1), 100, vintage=vintage(2018)),
        flow("enters", day(2), 50, vintage=vintage(2019)),
        flow("leaves", day(3), 120),
        flow("lapses", day(4), condition=up_to_vintage(2018)),
        flow("leaves", day(5), 40),
    )
    law = small(accounts=[bank])

    assert [held(law, day(d)) for d in range(1, 6)] == [100, 150, 30, 30, 0]
    assert part(law, SHORTFALL) == 10
    assert part(law, LAPSED) == 0


def test_a_right_lasts_to_the_end_of_its_day_whatever_the_written_order() -> None:
    bank = account("bank", flow("lapses", day(1)), flow("leaves", day(1), 4), flow("enters", day(1), 10))
    law = small(accounts=[bank])

    assert held(law, day(1)) == 0
    assert part(law, LAPSED) == 6 and part(law, SHORTFALL) == 0


def test_what_exceeds_a_carry_limit_lapses_oldest_first() -> None:
    bank = account(
        "bank",
        flow("enters", day(1), 10, vintage=vintage(2018)),
        flow("enters", day(2), 10, vintage=vintage(2019)),
        flow("keeps", day(3), 12),
        flow("lapses", day(5), condition=up_to_vintage(2018)),
    )
    law = small(accounts=[bank])

    assert [held(law, day(d)) for d in (2, 3, 5)] == [20, 12, 10]


def test_a_vintage_that_has_lapsed_and_arrives_late_lives_to_the_end_of_its_day() -> None:
    bank = account(
        "bank",
        flow("lapses", day(1), condition=up_to_vintage(2018)),
        flow("enters", day(2), 5, vintage=vintage(2018)),
        flow("leaves", day(2), 2),
        flow("enters", day(3), 5, vintage=vintage(2019)),
    )
    law = small(accounts=[bank])

    assert [held(law, day(d)) for d in (1, 2, 3)] == [0, 0, 5]
    assert part(law, LAPSED) == 3 and part(law, SHORTFALL) == 0


def test_lapsing_all_ends_what_is_there_and_not_what_comes_later() -> None:
    law = small(accounts=[account("bank", flow("enters", day(1), 5), flow("lapses", day(2)), flow("enters", day(3), 7))])

    assert [held(law, day(d)) for d in (1, 2, 3)] == [5, 0, 7]


def test_the_vintage_is_that_of_the_day_unless_it_is_written() -> None:
    bank = account("bank", flow("enters", ir.DayIn(30, 6, ir.This("year")), 5), end=None, start=START)
    lots = ir.Aggregate("sum", ir.Lots("bank", None), ir.LotRead("amount"), up_to_vintage(2001))
    law = small([rule("old", [section(lots)])], accounts=[bank])

    assert ask(law, "old", 2005) == Known(F(10))
    assert ask(law, "old", 2001) == Known(F(5))  # before the first day of 2001


def test_flows_of_every_period_and_interest_on_an_earlier_balance() -> None:
    last = ir.AccountRead("bank", None, ir.EndOf(ir.Shift(ir.This("year"), num(-1))))
    bank = account(
        "bank",
        flow("enters", ir.DayIn(1, 7, ir.This("year")), 100),
        flow("enters", ir.StartOf(ir.This("year")), ir.Round(mul(num("0.1"), last), "down", F(1))),
        start=date(2001, 1, 1),
        end=None,
    )
    law = small(accounts=[bank])

    assert [held(law, date(y, 12, 31)) for y in (2000, 2001, 2002, 2003)] == [0, 100, 210, 331]
    assert isinstance(held(law, date(2150, 1, 1)), F)


def test_a_flow_that_reads_its_own_day_is_an_error() -> None:
    own = ir.AccountRead("bank", None, ir.EndOf(ir.This("year")))
    law = small(accounts=[account("bank", flow("enters", ir.EndOf(ir.This("year")), own))])

    assert kinds_of(held(law, date(2021, 1, 1))) == {"undefined"}


def test_an_open_flow_leaves_what_was_before_it_known() -> None:
    bank = account("bank", flow("enters", day(1), 10), flow("leaves", day(3), fact("sold", kind=None)), flow("enters", day(5), 1))
    law = small(fields=[field("sold", None)], accounts=[bank])

    assert held(law, day(2)) == 10
    assert kinds_of(held(law, day(3))) == {"needs"}
    assert kinds_of(held(law, day(9))) == {"needs"}
    assert held(law, day(9), facts=FactSet(values={("sold", None, None): F(4)})) == 7


def test_a_negative_flow_is_undefined() -> None:
    law = small(accounts=[account("bank", flow("enters", day(2), -1))])

    assert held(law, day(1)) == 0
    assert kinds_of(held(law, day(2))) == {"undefined"}


def test_a_day_before_the_period_has_no_effect_from_it() -> None:
    bank = account(
        "bank",
        flow("enters", ir.StartOf(ir.This("year")), 10),
        flow("lapses", date(2003, 5, 1), condition=up_to_vintage(2002)),
        start=START,
        end=None,
    )

    law = small(accounts=[bank])
    assert [held(law, d) for d in (date(2003, 4, 30), date(2003, 5, 1), date(2010, 1, 1))] == [40, 10, 80]


def test_a_fixed_day_counts_for_the_periods_that_begin_by_it() -> None:
    law = small(accounts=[account("bank", flow("enters", date(2003, 5, 1), 10), start=START, end=None)])

    assert [held(law, d) for d in (date(2003, 5, 1), date(2010, 1, 1))] == [40, 40]


def test_an_opening_balance_is_a_fact() -> None:
    law = small(accounts=[account("bank", flow("leaves", day(2), 3))])
    facts = FactSet(opening={("bank", None): {year(2019): F(5)}})

    assert [held(law, d, facts=facts) for d in (date(2019, 12, 31), day(1), day(2))] == [5, 5, 2]


# ---------------------------------------------------------------- against


def two_sides(*flows: ir.FlowLaw) -> ir.Program:
    pool = account("pool", flow("enters", day(1), 10, vintage=vintage(2018)), flow("enters", day(1), 10, vintage=vintage(2019)))
    return small(accounts=[account("bank", *flows), pool])


def test_a_flow_against_another_account_has_two_sides() -> None:
    law = two_sides(flow("enters", day(2), 6, vintage=vintage(2018), against="pool"), flow("leaves", day(3), 4, against="pool"))

    assert [held(law, day(d)) for d in (1, 2, 3)] == [0, 6, 2]
    assert [held(law, day(d), "pool") for d in (1, 2, 3)] == [20, 14, 18]


def test_only_what_the_other_side_has_enters() -> None:
    law = two_sides(flow("enters", day(2), 16, vintage=vintage(2018), against="pool"))

    assert held(law, day(2)) == 10 and held(law, day(2), "pool") == 10
    assert part(law, SHORTFALL, name="pool") == 6


def test_a_pool_of_the_scheme_needs_the_roster_of_those_who_draw_on_it() -> None:
    pool = account("pool", flow("enters", day(1), 100))
    bank = account("bank", flow("enters", day(2), fact("plant.need"), against="pool"), entity="plant")
    law = small(entities=[entity("plant")], fields=[field("plant.need")], accounts=[bank, pool])
    facts = FactSet(rows={"plant": {"p": None, "q": None}}, values={("plant.need", r, year(2020)): F(n) for r, n in (("p", 70), ("q", 60))})

    assert kinds_of(held(law, day(2), "pool", facts)) == {"needs_roster"}
    facts.rosters.add("plant")
    one = evaluation(law, facts)
    assert [one.balance("bank", r, day(2)) for r in "pq"] == [Known(F(70)), Known(F(30))]
    assert one.balance("pool", None, day(2)) == Known(F(0))
    del facts.values["plant.need", "q", year(2020)]
    again = evaluation(law, facts)
    assert again.balance("bank", "p", day(2)) == Known(F(70)) and isinstance(again.balance("pool", None, day(2)), Open)


# ---------------------------------------------------------------- properties

days = st.integers(1, 6)
amounts = st.integers(0, 20)
vintages = st.integers(2001, 2004)
flows = st.one_of(
    st.builds(lambda d, a, v: flow("enters", day(d), a, vintage=vintage(v)), days, amounts, vintages),
    st.builds(lambda d, a, o: flow("leaves", day(d), a, age=o), days, amounts, st.sampled_from(["oldest", "newest"])),
    st.builds(lambda d, v: flow("lapses", day(d), condition=up_to_vintage(v)), days, vintages),
    st.builds(lambda d, a: flow("keeps", day(d), a), days, amounts),
)
last_day = date(2020, 12, 31)


def written(made: list[ir.FlowLaw], kind: str) -> F:
    """What the flows of a kind say in all."""
    amounts_ = [f.amount.value for f in made if f.kind == kind and isinstance(f.amount, ir.Const)]
    return sum((a for a in amounts_ if isinstance(a, F)), F(0))


@given(st.lists(flows, max_size=12))
def test_nothing_is_created_or_lost(made: list[ir.FlowLaw]) -> None:
    """The balance itself asserts this for every vintage after every movement; here for the whole."""
    law = small(accounts=[account("bank", *made)])
    entered, asked = written(made, "enters"), written(made, "leaves")

    assert entered == held(law, last_day) + part(law, LAPSED) + asked - part(law, SHORTFALL)


@given(st.lists(flows, max_size=8), days, amounts, amounts, vintages)
def test_splitting_what_enters_changes_nothing(made: list[ir.FlowLaw], on: int, a: int, b: int, v: int) -> None:
    whole = small(accounts=[account("bank", *made, flow("enters", day(on), a + b, vintage=vintage(v)))])
    split = small(
        accounts=[account("bank", *made, flow("enters", day(on), a, vintage=vintage(v)), flow("enters", day(on), b, vintage=vintage(v)))]
    )

    for d in range(1, 7):
        assert held(whole, day(d)) == held(split, day(d))
    assert part(whole, SHORTFALL) == part(split, SHORTFALL)


plain = st.one_of(
    st.builds(lambda d, a, v: flow("enters", day(d), a, vintage=vintage(v)), days, amounts, vintages),
    st.builds(lambda d, a: flow("leaves", day(d), a), days, amounts),
)


@given(st.lists(plain, max_size=10), days, amounts, vintages)
def test_more_inflow_never_raises_the_shortfall(made: list[ir.FlowLaw], on: int, a: int, v: int) -> None:
    less = small(accounts=[account("bank", *made)])
    more = small(accounts=[account("bank", *made, flow("enters", day(on), a, vintage=vintage(v)))])

    assert part(more, SHORTFALL) <= part(less, SHORTFALL)


@given(st.lists(st.tuples(vintages, amounts), max_size=6), amounts, st.sampled_from(["oldest", "newest"]))
def test_no_layer_is_used_before_those_that_come_first(lots: list[tuple[int, int]], wanted: int, age: str) -> None:
    balance = Balance("bank", None)
    balance.open_with({})
    for v, a in lots:
        balance.enter(day(1), F(a), year(v))
    before = dict(balance.layers)
    taken = balance.take(day(2), F(wanted), age)

    order = balance.vintages(age)
    for i, layer in enumerate(order):
        if balance.layers[layer] < before[layer]:
            assert all(balance.layers[earlier] == 0 for earlier in order[:i])
    assert sum(a for _, a in taken) == min(F(wanted), sum(before.values(), F(0)))
    assert balance.conserved
