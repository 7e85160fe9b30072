"""Duties: order of use, limits, what counts, what leaves the accounts, what the holder delivers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from small_laws import EUA, TONNES, F, ask, cmp, entity, evaluation, fact, field, here, kinds_of, num, rule, section, small, year
from test_accounts import account, flow, vintage

from capcode.dsl import ir
from capcode.dsl.units import Unit, base
from capcode.interpreter.duties import Limit, Offer, settle
from capcode.interpreter.facts import FactSet
from capcode.interpreter.frames import SHORTFALL, USED
from capcode.interpreter.results import Known

CREDIT = Unit("CER", base("test.CER"), covers=F(1), vintage="year")
DUE = date(2021, 4, 30)
ANY_EUA, ANY_CER = ir.LotPattern("EUA", None), ir.LotPattern("CER", None)


def duty(
    *,
    limits: Sequence[tuple[ir.LotPattern, Any]] = (),
    order: Sequence[tuple[ir.LotPattern, str | None]] = (),
    accepts: Sequence[ir.LotPattern] = (ANY_EUA, ANY_CER),
    quantity: Any = None,
    end: date | None = date(2021, 1, 1),
) -> ir.Duty:
    deadline = ir.DayIn(30, 4, ir.Next("year"))
    own = ir.DutyLaw(quantity or fact("emissions"), deadline, tuple(accepts), tuple(limits), tuple(order), None)
    return ir.Duty("surrender", (section(law=own, start=date(2020, 1, 1), end=end),), None, "year", ir.EACH, type=TONNES)


def holdings(*, credits_: int = 50) -> list[ir.Account]:
    eua = account(
        "allowances",
        flow("enters", date(2020, 3, 1), 60, vintage=vintage(2019)),
        flow("enters", date(2020, 6, 1), 60, vintage=vintage(2020)),
    )
    cer = account("credits", flow("enters", date(2020, 6, 1), credits_, vintage=vintage(2018)))
    return [eua, ir.Account("credits", cer.sections, None, "year", ir.EACH, unit="CER", type=cer.type)]


def law(one: ir.Duty, accounts: Sequence[ir.Account] | None = None, rules: Sequence[ir.Rule] = ()) -> ir.Program:
    return small(
        rules,
        fields=[field("emissions"), field("bad", None)],
        duties=[one],
        units=[EUA, CREDIT],
        accounts=holdings() if accounts is None else accounts,
    )


def emitted(amount: str | int) -> FactSet:
    return FactSet(values={("emissions", None, year(2020)): F(amount)})


CREDITS_FIRST = ((ANY_CER, "oldest"), (ANY_EUA, "oldest"))


def test_turn_by_turn_up_to_the_limit() -> None:
    program = law(duty(order=CREDITS_FIRST, limits=[(ANY_CER, num(8))]))
    one = evaluation(program, emitted("79.5"))

    assert one.value("surrender", None, year(2020)) == Known(True)
    assert one.part(USED, "surrender", None, year(2020)) == Known(F(80))  # whole units
    assert one.balance("credits", None, DUE) == Known(F(42))
    assert one.balance("allowances", None, DUE) == Known(F(48))  # all of 2019, 12 of 2020
    assert one.balance("allowances", None, date(2021, 4, 29)) == Known(F(120))


def test_what_is_missing() -> None:
    one = evaluation(law(duty(order=CREDITS_FIRST, limits=[(ANY_CER, num(8))])), emitted(200))

    assert one.value("surrender", None, year(2020)) == Known(False)
    assert one.part(SHORTFALL, "surrender", None, year(2020)) == Known(F(72))
    assert one.balance("allowances", None, DUE) == Known(F(0))


def test_a_condition_on_the_lot() -> None:
    young = ir.LotPattern("EUA", cmp(">=", ir.LotRead("vintage"), vintage(2020)))
    one = evaluation(law(duty(order=[(ANY_EUA, "oldest")], accepts=[young])), emitted(100))

    assert one.part(SHORTFALL, "surrender", None, year(2020)) == Known(F(40))
    assert one.balance("allowances", None, DUE) == Known(F(60))


def test_the_newest_first() -> None:
    old = ir.Aggregate("sum", ir.Lots("allowances", None), ir.LotRead("amount"), cmp("<", ir.LotRead("vintage"), vintage(2020)))
    rules = [rule("old", [section(old)])]

    assert ask(law(duty(order=[(ANY_EUA, "newest")]), rules=rules), "old", 2022, None, emitted(70)) == Known(F(50))
    assert ask(law(duty(order=[(ANY_EUA, "oldest")]), rules=rules), "old", 2022, None, emitted(70)) == Known(F(0))


def test_without_an_order_the_holder_delivers() -> None:
    program = law(duty(limits=[(ANY_CER, num(8))]))
    facts = emitted(80)
    assert kinds_of(ask(program, "surrender", 2020, None, facts)) == {"needs"}
    facts.delivered[("surrender", None, year(2020))] = {("CER", year(2018)): F(20), ("EUA", year(2020)): F(70)}
    one = evaluation(program, facts)

    assert one.part(USED, "surrender", None, year(2020)) == Known(F(68))  # 8 of 20 credits, 60 of 70 allowances that there are
    assert one.balance("credits", None, DUE) == Known(F(42))


def test_units_that_no_account_holds_are_those_delivered() -> None:
    facts = emitted(80)
    facts.delivered[("surrender", None, year(2020))] = {("CER", None): F(20), ("EUA", None): F(65)}

    assert evaluation(law(duty(), []), facts).part(SHORTFALL, "surrender", None, year(2020)) == Known(F(0))
    assert evaluation(law(duty(order=CREDITS_FIRST), []), facts).part(USED, "surrender", None, year(2020)) == Known(F(80))


def test_an_open_input_leaves_the_duty_and_then_the_accounts_open() -> None:
    one = evaluation(law(duty(order=CREDITS_FIRST)))

    assert kinds_of(one.value("surrender", None, year(2020))) == {"needs"}
    assert one.balance("allowances", None, date(2021, 4, 29)) == Known(F(120))
    assert kinds_of(one.balance("allowances", None, DUE)) == {"needs"}
    assert kinds_of(ask(law(duty(order=CREDITS_FIRST)), "surrender", 2018, None, emitted(1))) == {"gap"}


def test_a_limit_may_be_no_limit_and_a_negative_quantity_is_undefined() -> None:
    free = law(duty(order=CREDITS_FIRST, limits=[(ANY_CER, ir.Const(ir.Absent("no_limit")))]))

    assert evaluation(free, emitted(170)).part(SHORTFALL, "surrender", None, year(2020)) == Known(F(0))
    assert kinds_of(ask(law(duty(order=CREDITS_FIRST)), "surrender", 2020, None, emitted(-1))) == {"undefined"}


def test_last_years_shortfall_comes_on_top() -> None:
    carried = ir.DutyPart(SHORTFALL, "surrender", None, ir.Shift(ir.This("year"), num(-1)))
    quantity = ir.Add(((F(1), fact("emissions")), (F(1), carried)))
    rules = [rule("missing", [section(ir.DutyPart(SHORTFALL, "surrender", None, here()))])]
    first = duty(order=CREDITS_FIRST, end=date(2021, 1, 1))
    later = ir.DutyLaw(quantity, ir.DayIn(30, 4, ir.Next("year")), (ANY_EUA, ANY_CER), (), CREDITS_FIRST, None)
    both = ir.Duty("surrender", (*first.sections, section(law=later, start=date(2021, 1, 1))), None, "year", ir.EACH, type=TONNES)
    facts = emitted(200)
    facts.values.update({("emissions", None, year(y)): F(10) for y in range(2021, 2031)})

    assert ask(law(both, rules=rules), "missing", 2030, None, facts) == Known(F(30 + 100))


def test_a_duty_is_met_from_its_own_holders_accounts() -> None:
    """Two holders whose accounts are tied by one pool."""
    bank = account("bank", flow("enters", date(2020, 3, 1), 60, vintage=vintage(2019), against="pool"), entity="plant")
    pool = account("pool", flow("enters", date(2020, 1, 2), 1000, vintage=vintage(2019)))
    own = ir.DutyLaw(fact("plant.emissions"), ir.DayIn(30, 4, ir.Next("year")), (ANY_EUA,), (), ((ANY_EUA, "oldest"),), None)
    made = section(law=own, start=date(2020, 1, 1), end=date(2021, 1, 1))
    program = small(
        entities=[entity("plant")],
        fields=[field("plant.emissions")],
        accounts=[bank, pool],
        duties=[ir.Duty("surrender", (made,), "plant", "year", ir.EACH, type=TONNES)],
    )
    facts = FactSet(rows={"plant": {"p": None, "q": None}}, rosters={"plant"})
    facts.values = {("plant.emissions", row, year(2020)): F(amount) for row, amount in (("p", 90), ("q", 20))}
    one = evaluation(program, facts)

    assert [one.part(SHORTFALL, "surrender", row, year(2020)) for row in "pq"] == [Known(F(30)), Known(F(0))]
    assert [one.balance("bank", row, DUE) for row in "pq"] == [Known(F(0)), Known(F(40))]


# ---------------------------------------------------------------- properties

offers_of = st.lists(
    st.builds(
        lambda u, n, w: Offer("a", u, None, F(n), F(w)), st.sampled_from(["EUA", "CER"]), st.integers(0, 30), st.sampled_from([1, 2])
    ),
    min_size=1,
    max_size=6,
)


@st.composite
def nested(draw: st.DrawFn, count: int) -> list[Limit]:
    """Limits on nested sets of offers, or on disjoint ones."""
    cuts = sorted(draw(st.lists(st.integers(0, count), min_size=0, max_size=3)))
    rooms = [F(draw(st.integers(0, 40))) for _ in cuts]
    if draw(st.booleans()):
        return [Limit(room, frozenset(range(cut))) for room, cut in zip(rooms, cuts, strict=True)]
    edges = [0, *cuts]
    return [Limit(room, frozenset(range(a, b))) for room, (a, b) in zip(rooms, zip(edges, cuts, strict=False), strict=True)]


@given(st.integers(0, 80), offers_of, st.data())
def test_the_shortfall_does_not_depend_on_the_order(quantity: int, offers: list[Offer], data: st.DataObject) -> None:
    """Where every unit counts alike; a unit that counts twice can leave a rest that is smaller than itself."""
    offers = [Offer(o.account, o.unit, o.vintage, o.units, F(1)) for o in offers]
    limits = data.draw(nested(len(offers)))
    first = settle(F(quantity), offers, limits, [list(range(len(offers)))])
    for _ in range(3):
        other = settle(F(quantity), offers, limits, [data.draw(st.permutations(range(len(offers))))])
        assert (other.shortfall, other.used) == (first.shortfall, first.used)


@given(st.integers(0, 80), offers_of, st.data())
def test_a_higher_limit_or_another_lot_never_raises_the_shortfall(quantity: int, offers: list[Offer], data: st.DataObject) -> None:
    offers = [Offer(o.account, o.unit, o.vintage, o.units, F(1)) for o in offers]
    limits = data.draw(nested(len(offers)))
    turns = [list(range(len(offers)))]
    before = settle(F(quantity), offers, limits, turns)
    higher = [Limit(limit.room + data.draw(st.integers(0, 5)), limit.offers) for limit in limits]
    extra = [*offers, Offer("b", "EUA", None, F(data.draw(st.integers(0, 9))), F(1))]

    assert settle(F(quantity), offers, higher, turns).shortfall <= before.shortfall
    assert settle(F(quantity), extra, limits, [list(range(len(extra)))]).shortfall <= before.shortfall


@given(st.fractions(0, 80, max_denominator=4), offers_of, st.data())
def test_no_lot_gives_more_than_it_has_and_no_limit_is_passed(quantity: F, offers: list[Offer], data: st.DataObject) -> None:
    limits = data.draw(nested(len(offers)))
    done = settle(quantity, offers, limits, [list(range(len(offers)))])

    assert all(units <= offer.units and units.denominator == 1 for offer, units, _ in done.taken)
    for limit in limits:
        assert sum(c for o, _, c in done.taken if any(o is offers[i] for i in limit.offers)) <= limit.room
    assert done.used == sum(c for _, _, c in done.taken)
    assert done.shortfall == max(quantity - done.used, F(0))
