"""The graph of readings: order, recursion that ends and recursion that does not, and the graph as text."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_law import APRIL, calendar, enacted, number, program, rule, says, section, seen, year

from capcode.dsl import ir
from capcode.dsl.calendar import Period
from capcode.dsl.dependency import as_networkx, check_recursion, evaluation_order
from capcode.dsl.diagnostics import render
from capcode.dsl.graph import to_dot, to_mermaid
from capcode.dsl.readings import Place

Z = [enacted("z", "2000")]


def read(name: str, at: ir.Expr | None) -> ir.RuleRead:
    return ir.RuleRead(name, None, at)


def here(kind: str = "year") -> ir.Expr:
    return ir.Here(kind)


def ago(kind: str, count: int = 1) -> ir.Expr:
    return ir.Shift(ir.This(kind), ir.Const(Fraction(-count)))


def within(kind: str, outer: ir.Expr, name: str) -> ir.Expr:
    return ir.Aggregate("sum", ir.Window(kind, "inside", 0, outer), read(name, ir.This(kind)))


def window(kind: str, count: int, name: str, form: str = "last", anchor: ir.Expr | None = None) -> ir.Expr:
    return ir.Aggregate("sum", ir.Window(kind, form, count, anchor), read(name, ir.This(kind)))


def of(name: str, kind: str | None, *bodies: ir.Expr) -> ir.Rule:
    return rule(name, section("z", says(ir.Add(tuple((Fraction(1), b) for b in bodies))), "2000"), kind=kind)


def codes(*rules: ir.Definition, **more: object) -> list[str]:
    return [d.code for d in check_recursion(program(Z, rules, **more))]  # type: ignore[arg-type]


# ---- the cases of the executable model


def test_a_chain_of_earlier_months_ends() -> None:
    assert codes(of("m", "month", read("m", ago("month")))) == []


def test_reading_oneself_does_not() -> None:
    found = check_recursion(program(Z, [of("m", "month", read("m", here("month")))]))
    assert [d.code for d in found] == ["R001"]
    assert "`m` reads itself in the same month" in render(found[0])


def test_an_earlier_month_is_not_enough_where_the_year_comes_back() -> None:
    endless = [of("m", "month", read("m", ago("month")), read("y", here())), of("y", "year", within("month", ir.This("year"), "m"))]
    assert codes(*endless) == ["R001"]
    assert codes(of("m", "month", read("y", ago("year"))), of("y", "year", within("month", ir.This("year"), "m"))) == []


def test_years_that_do_not_nest() -> None:
    assert codes(of("a", "year", read("b", ago("fiscal_year"))), of("b", "fiscal_year", read("a", ago("year")))) == ["R002"]


def test_a_fixed_period_inside_a_circle() -> None:
    assert codes(of("x", "year", read("y", ago("year"))), of("y", "year", read("x", year(2030)))) == ["R003"]
    assert codes(of("x", "year", read("y", ago("year"))), of("y", "year", read("base", year(2030))), of("base", "year", number(1))) == []


# ---- more ways to move


def test_windows_of_earlier_periods() -> None:
    assert codes(of("m", "month", window("month", 3, "m"))) == []
    assert codes(of("m", "month", window("month", 3, "m", "to", ir.This("month")))) == ["R001"]
    assert codes(of("m", "month", window("month", 3, "m", "to", ago("month")))) == []
    assert codes(of("m", "month", window("month", 3, "m", "before", ir.This("month")))) == []
    # months before this year are earlier years; months before last month are not
    assert codes(of("m", "month", window("month", 3, "y", "before", ir.This("year"))), of("y", "month", read("m", here("month")))) == []
    assert codes(of("y", "year", within("month", ago("year"), "m")), of("m", "month", read("y", here()))) == []
    assert codes(of("y", "year", window("month", 3, "m", "to", ago("month"))), of("m", "month", read("y", here()))) == ["R001"]


def test_a_day_inside_a_period_is_not_its_first() -> None:
    """Each of these circles has no end, and would pass if a move were taken for an earlier one than it is."""
    end = ir.EndOf(ir.This("year"))
    back = of("m", "month", read("y", here()))
    assert codes(of("y", "year", window("month", 3, "m", "before", end)), back) == ["R001"]
    november = ir.Shift(ir.Containing("month", end), number(-1))
    assert codes(of("y", "year", read("m", november)), back) == ["R001"]
    january = ir.Shift(ir.Containing("month", ir.EndOf(ago("year"))), number(1))
    assert codes(of("y", "year", read("m", january)), back) == ["R004"]
    # the fiscal year that the calendar year ends in may be the next one
    ahead = of("m", "month", read("f", ir.Containing("fiscal_year", end)))
    assert codes(ahead, of("f", "fiscal_year", within("month", ago("fiscal_year"), "m"))) == ["R004"]


def test_the_years_of_this_phase_may_be_later() -> None:
    assert codes(of("x", "year", within("year", ir.This("phase"), "x"))) == ["R004"]
    assert codes(of("x", "year", within("year", ago("phase"), "x"))) == []


def test_days_that_only_data_knows() -> None:
    day = ir.FactRead("signed", None, None)
    assert codes(of("x", "year", read("x", day))) == ["R004"]
    assert codes(of("x", "year", read("x", ir.EndOf(ago("year"))))) == []
    assert codes(of("x", "year", read("x", ir.Next("year")))) == ["R004"]


def test_sections_without_a_first_period() -> None:
    chain = says(read("x", ago("year")))
    assert codes(rule("x", section("z", 1, initially=True), section("z", chain, "2005"))) == []
    assert codes(rule("x", section("z", chain, initially=True), section("z", 1, "2005"))) == ["R005"]


def test_a_section_outside_the_view_reads_nothing() -> None:
    law = program([*Z, ir.Instrument("p", "p", "proposed", None)],
                  [rule("x", section("z", 1, "2000"), section("p", says(read("x", here())), "2020"))])  # fmt: skip
    assert [d.code for d in check_recursion(law, seen(law))] == []
    assert [d.code for d in check_recursion(law, seen(law, None, "p"))] == ["R001"]


def test_a_define_that_is_not_used_is_read_too() -> None:
    law = ir.RuleLaw((ir.Clause(number(1), None),), defines=(("n", read("x", here())),))
    assert codes(rule("x", section("z", law, "2000"))) == ["R001"]


AUCTION = ir.Entity("auction", "auctions", None, "held_on", None, ())
BID = ir.Entity("bid", "bids", "auction", None, None, ())


def of_auction(name: str, body: ir.Expr, entity: str = "auction") -> ir.Rule:
    return rule(name, section("z", says(body), "2000"), kind=None, timing=ir.ROW_DAY, entity=entity)


def test_earlier_rows_of_a_dated_entity_count_as_periods() -> None:
    def row(name: str, at: ir.RowExpr) -> ir.Expr:
        return ir.RuleRead(name, at, None)

    rows = {"entities": [AUCTION, BID]}
    assert codes(of_auction("sold", row("sold", ir.RowBack("auction", 1))), **rows) == []
    assert codes(of_auction("sold", row("sold", ir.RowBack("auction", 0))), **rows) == ["R001"]
    assert codes(of_auction("sold", ir.Aggregate("sum", ir.EarlierRows("auction", 3), row("sold", ir.Row("auction")))), **rows) == []
    every = ir.Aggregate("sum", ir.Everyone("auction"), row("sold", ir.Row("auction")))
    assert codes(of_auction("sold", every), **rows) == ["R004"]
    through_bids = [
        of_auction("sold", ir.Aggregate("sum", ir.Children("bid", ir.Row("auction")), row("won", ir.Row("bid")))),
        of_auction("won", row("sold", ir.RowBack("auction", 1)), "bid"),
    ]
    assert codes(*through_bids, **rows) == []
    both = ir.Add(((Fraction(1), row("sold", ir.RowBack("auction", 1))), (Fraction(1), row("sold", ir.RowBack("auction", 0)))))
    assert codes(of_auction("sold", both), **rows) == ["R001"]
    # its market's auctions are the others too
    market = {"entities": [ir.Entity("market", "markets", None, None, None, ()), dataclasses.replace(AUCTION, parent="market"), BID]}
    siblings = ir.Aggregate("sum", ir.Children("auction", ir.Row("auction", 1)), row("sold", ir.Row("auction")))
    before = row("sold", ir.RowBack("auction", 1))
    assert codes(of_auction("sold", before), **market) == []
    assert codes(of_auction("sold", ir.Add(((Fraction(1), before), (Fraction(1), siblings)))), **market) == ["R004"]
    picked = ir.Pick("latest", ir.Everyone("auction"), number(1), None)
    assert codes(of_auction("sold", row("sold", picked)), **rows) == ["R004"]


def test_measures_and_their_effects() -> None:
    effect = rule("price", kind="month", effect_of="m")

    def measure(ends: ir.Expr | None, when: ir.Expr) -> ir.Measure:
        law = ir.MeasureLaw(when, "a", "must", "act", (ir.EffectLaw("price", number(1), None),), None, None, ends)
        return ir.Measure("m", (section("z", law, "2000"),), None, "month", ir.EACH)

    over = ir.Compare(">", read("price", here("month")), number(0))
    assert codes(effect, measure(over, ir.Const(True))) == []  # `ends when` may look at the effect
    assert codes(effect, measure(None, over)) == ["R001"]
    through = ir.Compare(">", read("seen", here("month")), number(0))
    watcher = rule("seen", section("z", says(read("price", here("month"))), "2000"), kind="month")
    assert codes(effect, watcher, measure(through, ir.Const(True))) == ["R001"]
    assert codes(effect, measure(None, ir.Not(read("m", ago("month"))))) == []


def test_a_shortfall_of_last_year_added_to_the_duty() -> None:
    deadline = ir.DayIn(31, 3, ir.Next("year"))
    duty = ir.DutyLaw(read("due", here()), deadline, (ir.LotPattern("EUA", None),), (), (), None)
    account = ir.Account("held", (section("z", ir.AccountLaw((ir.FlowLaw("enters", ir.StartOf(ir.This("year")), number(1)),)), "2000"),),
                         None, "year", ir.EACH, unit="EUA")  # fmt: skip

    def due(at: ir.Expr) -> ir.Rule:
        return of("due", "year", ir.DutyPart("shortfall", "surrender", None, at))

    surrender = ir.Duty("surrender", (section("z", duty, "2000"),), None, "year", ir.EACH)
    assert codes(due(ago("year")), surrender, account) == []
    assert codes(due(here()), surrender, account) == ["R001"]
    # a duty that reads what is held after its own deadline comes back to itself
    late = of("due", "year", ir.AccountRead("held", None, ir.EndOf(ir.Next("year"))))
    assert codes(late, surrender, account) == ["R001"]
    # what another holder has of the same unit is nothing to the duty
    assert codes(late, surrender, dataclasses.replace(account, entity="plant")) == []


def test_a_flow_that_reads_the_balance_of_its_own_day() -> None:
    def account(day: ir.Expr) -> ir.Account:
        flow = ir.FlowLaw("enters", ir.StartOf(ir.This("year")), ir.AccountRead("held", None, day))
        return ir.Account("held", (section("z", ir.AccountLaw((flow,)), "2000"),), None, "year", ir.EACH, unit="EUA")

    assert codes(account(ir.StartOf(ir.This("year")))) == ["R001"]
    assert codes(account(ir.EndOf(ago("year")))) == []


# ---- messages, order, text


def test_the_shortest_circle_is_shown() -> None:
    rules = [
        of("a", "year", read("b", here())), of("b", "year", read("c", here()), read("a", here())), of("c", "year", read("a", here())),
    ]  # fmt: skip
    found = check_recursion(program(Z, rules))
    assert [d.code for d in found] == ["R001"]
    assert "a → b → a" in found[0].title and "`b` reads `a` here" in render(found[0])


def test_order_puts_what_is_read_first() -> None:
    law = program(Z, [of("a", "year", read("b", here())), of("b", "year", read("b", ago("year"))), of("c", "year", number(1))])
    order = evaluation_order(law)
    assert order.index((Place("rule", "b"),)) < order.index((Place("rule", "a"),))
    assert len(order) == 3


def test_a_long_chain_needs_no_deep_stack() -> None:
    rules = [of(f"r{i}", "year", read(f"r{i + 1}", here())) for i in range(5_000)] + [of("r5000", "year", number(1))]
    law = program(Z, rules)
    assert check_recursion(law) == []
    assert evaluation_order(law)[0] == (Place("rule", "r5000"),)


def test_graph_texts_escape_labels() -> None:
    evil = rule("a", section("z", says(read("b", ago("year", 2))), "2000"), label='"]; click n0 "javascript:x" \\ <script>\u202e')
    law = program(Z, [evil, of("b", "year", number(1))])
    dot, mermaid = to_dot(law), to_mermaid(law)
    assert 'n0 -> n1 [label="2 years ago"];' in dot and '\\"]; click' in dot and "\u202e" not in dot
    assert "<" not in mermaid.replace("-->", "") and "#60;script#62;" in mermaid and mermaid.count('"') == 6
    graph = as_networkx(law)
    assert list(graph.edges(data="move")) == [("a", "b", "2 years ago")]


def test_checking_does_not_import_networkx() -> None:
    program_text = "import sys, capcode.dsl.view_checks, capcode.dsl.dependency, capcode.dsl.graph; sys.exit('networkx' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program_text], check=False).returncode == 0


# ---- soundness: what is accepted has no circle among concrete periods

CAL = calendar([APRIL])
KINDS = ("month", "quarter", "year", "fiscal_year")
SPAN = {k: CAL.inside(k, date(2018, 1, 1), date(2022, 1, 1)) for k in KINDS}


@st.composite
def random_read(draw: st.DrawFn, reader_kind: str, targets: dict[str, str]) -> ir.Expr:
    name = draw(st.sampled_from(sorted(targets)))
    kind = targets[name]
    outer = draw(st.sampled_from(KINDS))
    moved: ir.Expr = ago(outer, draw(st.integers(1, 5))) if draw(st.booleans()) else ir.This(outer)
    day: ir.Expr = ir.StartOf(moved) if draw(st.booleans()) else ir.EndOf(moved)
    form = draw(st.sampled_from(["here", "ago", "last", "inside", "to", "before", "day", "shifted day", "to day", "before day"]))
    if form == "here":
        return read(name, ir.Here(kind))
    if form == "ago":
        return read(name, ago(kind, draw(st.integers(1, 5))))
    if form == "day":
        return read(name, ir.Containing(kind, day))
    if form == "shifted day":
        return read(name, ir.Shift(ir.Containing(kind, day), number(draw(st.integers(-3, 2)))))
    if form.endswith(" day"):
        return window(kind, draw(st.integers(1, 4)), name, form.removesuffix(" day"), day)
    return window(kind, draw(st.integers(1, 4)), name, form, None if form == "last" else moved)


@st.composite
def random_rules(draw: st.DrawFn) -> dict[str, tuple[str, list[ir.Expr]]]:
    kinds = {n: draw(st.sampled_from(KINDS)) for n in ("a", "b", "c")[: draw(st.integers(1, 3))]}
    return {n: (k, draw(st.lists(random_read(k, kinds), max_size=2))) for n, k in kinds.items()}


def place(expr: ir.Expr, at: Period, inner: Period | None = None) -> Period | date:
    """The period or day of a time expression, worked out plainly."""
    first = CAL.start(at)
    assert first is not None
    match expr:
        case ir.This(kind=kind) if inner is not None and inner.kind == kind:
            return inner
        case ir.Here(kind=kind) | ir.This(kind=kind):
            found = CAL.containing(kind, first)
        case ir.Shift(period=p, count=ir.Const(value=Fraction() as count)):
            base = place(p, at, inner)
            assert isinstance(base, Period)
            return Period(base.kind, base.index + int(count))
        case ir.StartOf(period=p) | ir.EndOf(period=p):
            base = place(p, at, inner)
            assert isinstance(base, Period)
            start, after = CAL.start(base), CAL.end(base)
            assert start is not None and after is not None
            return start if isinstance(expr, ir.StartOf) else date.fromordinal(after.toordinal() - 1)
        case ir.Containing(kind=kind, day=d):
            when = place(d, at, inner)
            assert isinstance(when, date)
            found = CAL.containing(kind, when)
        case _:
            raise AssertionError(expr)
    assert found is not None
    return found


def reads_of(expr: ir.Expr, at: Period) -> list[tuple[str, Period]]:
    if isinstance(expr, ir.RuleRead):
        found = place(expr.at, at)  # type: ignore[arg-type]
        assert isinstance(found, Period)
        return [(expr.rule, found)]
    assert isinstance(expr, ir.Aggregate) and isinstance(expr.domain, ir.Window) and isinstance(expr.body, ir.RuleRead)
    w = expr.domain
    if w.first is None:
        anchor: Period | date = at
    else:
        anchor = place(w.first, at)
    if isinstance(anchor, date):
        start, after = anchor, date.fromordinal(anchor.toordinal() + 1)
    else:
        start, after = CAL.start(anchor), CAL.end(anchor)  # type: ignore[assignment]
    assert start is not None and after is not None
    if w.form == "inside":
        return [(expr.body.rule, p) for p in CAL.inside(w.kind, start, after)]
    if w.form == "to":
        last = CAL.containing(w.kind, date.fromordinal(after.toordinal() - 1))
        assert last is not None
        return [(expr.body.rule, Period(w.kind, last.index - i)) for i in range(w.count)]
    following = CAL.containing(w.kind, start)
    assert following is not None
    # periods that end on or before the first day
    return [(expr.body.rule, Period(w.kind, following.index - 1 - i)) for i in range(w.count)]


def has_circle(rules: dict[str, tuple[str, list[ir.Expr]]]) -> bool:
    after = {(n, p): [r for e in exprs for r in reads_of(e, p)] for n, (k, exprs) in rules.items() for p in SPAN[k]}
    state: dict[tuple[str, Period], int] = {}
    for start in after:
        todo = [(start, iter(after[start]))] if start not in state else []
        state.setdefault(start, 1)
        while todo:
            node, rest = todo[-1]
            following = next((r for r in rest if r in after), None)
            if following is None:
                state[node] = 2
                todo.pop()
            elif state.get(following) == 1:
                return True
            elif following not in state:
                state[following] = 1
                todo.append((following, iter(after[following])))
    return False


@given(random_rules())
def test_what_is_accepted_has_no_circle(rules: dict[str, tuple[str, list[ir.Expr]]]) -> None:
    law = program(Z, [of(n, k, *exprs) for n, (k, exprs) in rules.items()])
    if not check_recursion(law):
        assert not has_circle(rules)


@pytest.mark.parametrize("name", ["month", "year"])
def test_the_plain_walk_finds_circles(name: str) -> None:
    assert has_circle({"a": (name, [read("a", here(name))])})
    assert not has_circle({"a": (name, [read("a", ago(name))])})
