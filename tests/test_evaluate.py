"""The reference evaluator on small laws: sections, clauses, roundings, chains, budgets."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from small_laws import (
    F,
    add,
    ask,
    besides,
    both,
    clause,
    cmp,
    enacted,
    entity,
    evaluation,
    fact,
    field,
    kinds_of,
    minus,
    month,
    mul,
    num,
    read,
    rule,
    section,
    small,
    up_to,
    year,
    yes,
)

from capcode.dsl import ir
from capcode.dsl.limits import LIMITS
from capcode.dsl.types import RowType, Type
from capcode.interpreter.evaluate import Evaluation
from capcode.interpreter.facts import FactSet
from capcode.interpreter.results import Error, Known, Open

# ---------------------------------------------------------------- two axes of time


def test_the_reduction_factor_by_period_and_by_view() -> None:
    law = small(
        [
            rule(
                "lrf",
                [
                    section(num("0.0174"), cites="d09", start=date(2013, 1, 1)),
                    section(num("0.022"), cites="d18", start=date(2021, 1, 1)),
                    section(num("0.043"), cites="d23", start=date(2024, 1, 1)),
                    section(num("0.044"), cites="d23", start=date(2028, 1, 1)),
                ],
            )
        ],
        instruments=[enacted("d09", date(2009, 6, 25)), enacted("d18", date(2018, 4, 8)), enacted("d23", date(2023, 6, 5))],
    )

    assert ask(law, "lrf", 2015) == Known(F("0.0174"))
    assert ask(law, "lrf", 2024) == Known(F("0.043"))
    assert ask(law, "lrf", 2024, as_at=date(2022, 1, 1)) == Known(F("0.022"))
    assert ask(law, "lrf", 2030, as_at=date(2023, 6, 5)) == Known(F("0.044"))
    assert ask(law, "lrf", 2030, as_at=date(2023, 6, 4)) == Known(F("0.022"))
    assert kinds_of(ask(law, "lrf", 2012)) == {"gap"}


def test_unordered_texts_of_one_day_conflict_and_a_proposal_marks() -> None:
    sections = [section(num(1), cites="a"), section(num(2), cites="b")]
    law = small([rule("x", sections)], instruments=[enacted("a"), enacted("b")])
    assert kinds_of(ask(law, "x", 2021)) == {"conflict"}

    proposed = small([rule("x", sections)], instruments=[enacted("a"), enacted("b", status="proposed", day=None)])  # type: ignore[arg-type]
    assert ask(proposed, "x", 2021) == Known(F(1))
    assert ask(proposed, "x", 2021, chosen=["b"]) == Known(F(2), frozenset([ir.Mark("proposed", "b")]))


def test_a_text_adopted_by_some_members_is_asked_for_the_subjects_member() -> None:
    adopted = ir.Instrument(
        "rule_17",
        "",
        "enacted",
        None,
        member_entity="state",
        members={"ny": (date(2021, 1, 1), None), "va": (date(2021, 1, 1), date(2023, 12, 31))},
    )
    law = small(
        [rule("x", [section(num("0.04"), cites="rule_17", start=date(2021, 1, 1))], "plant")],
        [entity("state"), entity("plant")],
        [field("plant.state", None, Type(RowType("state")))],
        [adopted],
    )
    facts = FactSet(
        rows={"state": {"ny": None, "va": None}, "plant": {"p": None, "q": None, "r": None}},
        values={("plant.state", "p", None): "ny", ("plant.state", "q", None): "va"},
    )

    assert ask(law, "x", 2024, "p", facts) == Known(F("0.04"))
    assert kinds_of(ask(law, "x", 2024, "q", facts)) == {"gap"}
    assert ask(law, "x", 2022, "q", facts) == Known(F("0.04"))
    assert kinds_of(ask(law, "x", 2022, "r", facts)) == {"needs"}


def test_as_before_reads_the_text_below_before_the_heads_rounding() -> None:
    law = small(
        [
            rule(
                "x",
                [
                    section(num("100.4"), cites="a", start=date(2015, 1, 1)),
                    section(
                        clause(ir.AsBefore(), fact("old", kind=None)),
                        clause(mul(ir.AsBefore(), num("0.8")), fact("bad", kind=None)),
                        clause(num(50), None),
                        cites="b",
                        start=date(2024, 1, 1),
                    ),
                ],
                rounding=up_to("half_up"),
            )
        ],
        fields=[field("old", None), field("bad", None)],
        instruments=[enacted("a"), enacted("b", date(2024, 1, 1))],
    )

    def facts(old: bool, bad: bool) -> FactSet:
        return FactSet(values={("old", None, None): old, ("bad", None, None): bad})

    assert ask(law, "x", 2024, None, facts(True, False)) == Known(F(100))
    assert ask(law, "x", 2024, None, facts(False, True)) == Known(F(80))  # 80.32, not 80
    assert ask(law, "x", 2024, None, facts(False, False)) == Known(F(50))
    assert kinds_of(ask(law, "x", 2024, None, facts(True, True))) == {"conflict"}
    assert kinds_of(ask(law, "x", 2024, None, FactSet(values={("old", None, None): True}))) == {"needs"}


def test_a_value_that_stands_is_carried_and_an_ended_one_is_a_gap() -> None:
    law = small(
        [
            rule("stands", [section(mul(fact("e"), num(2)), end=date(2018, 1, 1), stands=True)]),
            rule("ended", [section(num(7), end=date(2018, 1, 1))]),
        ],
        fields=[field("e")],
    )
    facts = FactSet(values={("e", None, year(2017)): F(4), ("e", None, year(2030)): F(1)})

    assert ask(law, "stands", 2030, None, facts) == Known(F(8), frozenset([ir.Mark("carried", "stands")]))
    assert kinds_of(ask(law, "ended", 2030)) == {"gap"}


def test_dated_by_chooses_the_text_and_nothing_else() -> None:
    law = small(
        [
            rule("due", [section(ir.DayIn(31, 8, ir.Next("year")), cites="old")]),
            rule(
                "penalty",
                [section(fact("missing"), cites="old"), section(mul(fact("missing"), num(3)), cites="new", start=date(2026, 4, 29))],
                dated_by="due",
            ),
        ],
        fields=[field("missing")],
        instruments=[enacted("old"), enacted("new", date(2026, 4, 29))],
    )
    facts = FactSet(values={("missing", None, year(y)): F(y) for y in (2024, 2025)})

    assert ask(law, "penalty", 2024, None, facts) == Known(F(2024))
    assert ask(law, "penalty", 2025, None, facts) == Known(F(3 * 2025))


# ---------------------------------------------------------------- clauses


def two(*conditions: Any, **more: Any) -> ir.Program:
    """x is 1 where the first condition is yes, 2 where the second is; else 3. p and q are facts, b is a broken condition."""
    body = section(*(clause(num(i + 1), c) for i, c in enumerate(conditions)), clause(num(3)), **more)
    return small([rule("x", [body])], fields=[field("p", None), field("q", None)])


P, Q = fact("p", kind=None), fact("q", kind=None)
BROKEN = cmp(">", ir.Div(num(1), num(0)), num(1))


def given(**facts: Any) -> FactSet:
    return FactSet(values={(name, None, None): value for name, value in facts.items()})


def test_conditions_decide_whatever_their_order() -> None:
    for law in (two(P, Q), two(Q, P)):
        assert isinstance(ask(law, "x", 2020, None, given(p=True)), Open)
        assert kinds_of(ask(law, "x", 2020, None, given(p=True, q=True))) == {"conflict"}
        assert ask(law, "x", 2020, None, given(p=False, q=False)) == Known(F(3))
    assert kinds_of(ask(two(P, BROKEN), "x", 2020, None, given(p=True))) == {"undefined"}


def test_in_this_order_the_first_yes_decides() -> None:
    law = two(P, Q, ordered=True)

    assert ask(law, "x", 2020, None, given(p=True)) == Known(F(1))
    assert ask(law, "x", 2020, None, given(p=False, q=True)) == Known(F(2))
    assert isinstance(ask(law, "x", 2020, None, given(q=True)), Open)
    assert ask(two(P, BROKEN, ordered=True), "x", 2020, None, given(p=True)) == Known(F(1))


def test_bodies_not_taken_are_not_evaluated() -> None:
    law = small([rule("x", [section(clause(ir.Div(num(1), num(0)), P), clause(num(3)))])], fields=[field("p", None)])

    assert ask(law, "x", 2020, None, given(p=False)) == Known(F(3))
    assert kinds_of(ask(law, "x", 2020, None, given(p=True))) == {"undefined"}


def excepted(*exceptions: ir.Exception_) -> ir.Program:
    names = ("p", "q", "r")
    return small([rule("x", [section(num(0), exceptions=exceptions)])], fields=[field(n, None) for n in names])


def test_exceptions_beat_the_general_clause_and_need_an_order_between_them() -> None:
    a, b = besides("a", num(1), P), besides("b", num(2), Q)
    assert ask(excepted(a, b), "x", 2020, None, given(p=False, q=False)) == Known(F(0))
    assert ask(excepted(a, b), "x", 2020, None, given(p=True, q=False)) == Known(F(1))
    assert kinds_of(ask(excepted(a, b), "x", 2020, None, given(p=True, q=True))) == {"conflict"}
    over = besides("b", num(2), Q, over=["a"])
    assert ask(excepted(a, over), "x", 2020, None, given(p=True, q=True)) == Known(F(2))
    assert ask(excepted(over, a), "x", 2020, None, given(p=True, q=True)) == Known(F(2))
    above = besides("b", num(2), Q, over_all=True)
    assert ask(excepted(a, above), "x", 2020, None, given(p=True, q=True)) == Known(F(2))


def test_over_is_transitive_also_through_one_that_does_not_apply() -> None:
    r = fact("r", kind=None)
    law = excepted(besides("a", num(1), P), besides("b", num(2), r, over=["a"]), besides("c", num(3), Q, over=["b"]))

    assert ask(law, "x", 2020, None, given(p=True, q=True, r=False)) == Known(F(3))


def test_equal_values_of_two_clauses_are_no_conflict() -> None:
    law = excepted(besides("a", num(1), P), besides("b", num(1), Q))

    assert ask(law, "x", 2020, None, given(p=True, q=True)) == Known(F(1))


def test_an_exception_exists_only_where_its_own_instrument_does() -> None:
    own = ir.Citation("late", "Art 26", ("unchecked",))
    law = small(
        [rule("x", [section(num(1), exceptions=[besides("Art 26", num(0), yes(), citation=own)])])],
        instruments=[enacted("law"), enacted("late", date(2019, 1, 1))],
    )

    assert ask(law, "x", 2020, as_at=date(2018, 1, 1)) == Known(F(1))
    found = ask(law, "x", 2020)
    assert isinstance(found, Known) and found.value == 0
    assert {m.word for m in found.marks} == {"unchecked"}


def test_a_define_is_evaluated_once_and_only_if_used() -> None:
    law = small(
        [rule("x", [section(add(ir.DefineRead("n"), ir.DefineRead("n")), defines={"n": fact("e"), "unused": ir.OpenValue("?")})])],
        fields=[field("e")],
    )
    one = evaluation(law, FactSet(values={("e", None, year(2020)): F(4)}))

    assert one.value("x", None, year(2020)) == Known(F(8))
    assert one.steps == 4  # add, two readings and the fact


def test_a_figure_that_an_authority_sets_is_checked_against_its_bounds() -> None:
    law = small(
        [
            rule(
                "x",
                [section(clause(ir.SetBy("minister", num(2), fact("most", kind=None), None), P), clause(num("0.4")))],
                rounding=up_to("down"),
            )
        ],
        fields=[field("p", None), field("most", None)],
    )

    def set_to(value: str | None, **facts: Any) -> FactSet:
        found = given(p=True, **facts)
        if value is not None:
            found.figures[("x", None, year(2020))] = F(value)
        return found

    assert kinds_of(ask(law, "x", 2020, None, set_to(None, most=F(5)))) == {"awaits"}
    assert ask(law, "x", 2020, None, set_to("2.5", most=F(5))) == Known(F("2.5"))  # the head's rounding spares it
    assert kinds_of(ask(law, "x", 2020, None, set_to("6", most=F(5)))) == {"out_of_bounds"}
    assert kinds_of(ask(law, "x", 2020, None, set_to("1", most=F(5)))) == {"out_of_bounds"}
    assert kinds_of(ask(law, "x", 2020, None, set_to("3"))) == {"needs"}
    assert ask(law, "x", 2020, None, given(p=False)) == Known(F(0))


def test_absent_answers_are_values_that_arithmetic_refuses() -> None:
    none = ir.Const(ir.Absent("none", "the law has no floor"))
    law = small(
        [
            rule("floor", [section(none)]),
            rule("limit", [section(ir.Const(ir.Absent("no_limit")))]),
            rule("sum", [section(add(read("floor"), num(1)))]),
            rule("guarded", [section(both(ir.Present(read("floor")), cmp(">", read("floor"), num(1))))]),
            rule("capped", [section(ir.Least((num(9), read("limit"))))]),
            rule("within", [section(cmp("<=", num(9), read("limit")))]),
            rule("above", [section(cmp(">", num(9), read("limit")))]),
        ]
    )

    assert ask(law, "floor", 2020) == Known(ir.Absent("none"))
    assert kinds_of(ask(law, "sum", 2020)) == {"undefined"}
    assert ask(law, "guarded", 2020) == Known(False)
    assert ask(law, "capped", 2020) == Known(F(9))
    assert ask(law, "within", 2020) == Known(True)
    assert kinds_of(ask(law, "above", 2020)) == {"undefined"}


# ---------------------------------------------------------------- rounding, chains, budgets


def chain(rounding: ir.Rounding | None, growth: str = "1.07") -> ir.Rule:
    return rule(
        "trigger",
        [section(num(13), start=date(2021, 1, 1)), section(mul(read("trigger", ago=1), num(growth)), start=date(2022, 1, 1))],
        rounding=rounding,
    )


def test_the_trigger_chain_of_rggi() -> None:
    law = small([chain(up_to("half_up", "0.01"))])
    once = small([chain(None), rule("shown", [section(read("trigger"))], rounding=up_to("half_up", "0.01"))])

    assert [ask(law, "trigger", y) for y in range(2022, 2027)] == [Known(F(x)) for x in ("13.91", "14.88", "15.92", "17.03", "18.22")]
    assert ask(once, "shown", 2024) == Known(F("15.93"))


def test_rounding_unknown_is_exact_and_marked_and_rounding_can_stand_in_a_section() -> None:
    law = small(
        [
            rule("x", [section(num("2.345"))], rounding=ir.Rounding("unknown", reason="not stated in Art 41")),
            rule(
                "y",
                [
                    section(num("2.345"), rounding=up_to("down", "0.01"), end=date(2021, 1, 1)),
                    section(num("2.345"), rounding=up_to("up", "0.01"), start=date(2021, 1, 1)),
                ],
            ),
        ]
    )

    assert ask(law, "x", 2020) == Known(F("2.345"), frozenset([ir.Mark("rounding_unknown", "not stated in Art 41")]))
    assert [ask(law, "y", 2020), ask(law, "y", 2021)] == [Known(F("2.34")), Known(F("2.35"))]


def test_a_power_is_rounded_once() -> None:
    law = small(
        [rule("f", [section(ir.Round(ir.Pow(num("1.015"), minus(num(16), mul(num(20), fact("load")))), "half_up", F(1, 10**6)))])],
        fields=[field("load")],
    )

    assert ask(law, "f", 2023, None, FactSet(values={("load", None, year(2023)): F("0.55")})) == Known(F("1.077284"))
    assert ask(law, "f", 2023, None, FactSet(values={("load", None, year(2023)): F("0.5512345")})) == Known(F("1.076888"))


@pytest.mark.parametrize("direction", ["rows", "periods"])
def test_chains_of_many_hundred_readings_end(direction: str) -> None:
    if direction == "periods":
        law = small(
            [
                rule(
                    "n",
                    [
                        section(num(0), end=date(1901, 1, 1), start=date(1900, 1, 1)),
                        section(add(either_way(read("n", kind="month", ago=1)), num(1)), start=date(1901, 1, 1)),
                    ],
                    kind="month",
                )
            ]
        )
        assert ask(law, "n", month(1960, 1)) == Known(F(59 * 12 + 1))
        return
    sections = [
        section(
            clause(num(0), ir.Not(ir.Exists(ir.RowsBetween("sale", ir.Const(date(2000, 1, 1)), day_before("sale")), None))),
            clause(add(ir.RuleRead("n", ir.RowBack("sale", 1), None), num(1))),
        )
    ]
    law = small([rule("n", sections, "sale", None, timing=ir.ROW_DAY)], [entity("sale", start="held_on")], [field("sale.held_on", None)])
    rows = {f"s{i:03}": date.fromordinal(date(2000, 1, 1).toordinal() + 7 * i) for i in range(120)}
    facts = FactSet(rows={"sale": dict.fromkeys(rows)}, rosters={"sale"}, values={("sale.held_on", r, None): d for r, d in rows.items()})
    assert ask(law, "n", None, "s119", facts) == Known(F(119))


def either_way(node: Any) -> Any:
    """The same value, read in a deep expression."""
    for _ in range(20):
        node = add(node)
    return node


def day_before(name: str) -> ir.Expr:
    return ir.DateAdd(ir.FactRead(f"{name}.held_on", ir.Row(name), None), num(1), "days", -1)


def test_long_chains_are_not_counted_twice() -> None:
    law = small(
        [
            rule(
                "n",
                [
                    section(num(0), end=date(1901, 1, 1), start=date(1900, 1, 1)),
                    section(add(read("n", kind="month", ago=1), num(1)), start=date(1901, 1, 1)),
                ],
                kind="month",
            )
        ]
    )
    one = evaluation(law)
    one.value("n", None, month(2000, 1))
    per_month = 6  # add, the reading, its shift, this month, the count, and the one that is added

    assert one.steps == 99 * 12 * per_month + 1 + per_month


def test_a_spent_budget_is_an_error_of_the_query_and_not_remembered() -> None:
    first = section(num(0), end=date(1901, 1, 1), start=date(1900, 1, 1))
    law = small([rule("n", [first, section(add(read("n", kind="month", ago=1), num(1)), start=date(1901, 1, 1))], kind="month")])
    few = replace(LIMITS, depth=300)
    one = evaluation(law, limits=few)

    assert kinds_of(one.value("n", None, month(1930, 1))) == {"budget"}
    assert one.value("n", None, month(1920, 1)) == Known(F(19 * 12 + 1))
    assert one.value("n", None, month(1930, 1)) == Known(F(29 * 12 + 1))  # what was known by then is read
    steps = evaluation(law, limits=replace(LIMITS, steps=1000))
    assert kinds_of(steps.value("n", None, month(1930, 1))) == {"budget"}
    assert steps.value("n", None, month(1902, 1)) == Known(F(13))


def test_a_rule_that_reads_itself_is_an_error_and_not_a_crash() -> None:
    law = small(
        [
            rule("x", [section(read("y"))]),
            rule("y", [section(add(read("x"), num(1)))]),
            rule("m", [section(add(read("m", kind="month", ago=1), read("all_year")))], kind="month"),
            rule("all_year", [section(ir.Aggregate("sum", ir.Window("month", "inside", first=ir.This("year")), read("m", kind="month")))]),
        ]
    )

    assert kinds_of(ask(law, "x", 2020)) == {"undefined"}
    assert kinds_of(ask(law, "y", 2020)) == {"undefined"}
    assert kinds_of(ask(law, "m", month(2001, 6))) == {"undefined"}


def test_values_that_grow_past_the_limit_are_over_budget() -> None:
    law = small(
        [rule("x", [section(num(3), end=date(2001, 1, 1)), section(mul(read("x", ago=1), read("x", ago=1)), start=date(2001, 1, 1))])]
    )

    assert isinstance(ask(law, "x", 2010), Known)
    assert kinds_of(ask(law, "x", 2030)) == {"budget"}


# ---------------------------------------------------------------- checks, speed


def test_a_check_is_a_condition_with_its_own_law() -> None:
    check = ir.Check(
        "ratchet", (section(law=ir.CheckLaw(cmp("<=", fact("share"), num("0.5"))), marks=("unchecked",)),), None, "year", ir.EACH
    )
    law = small(fields=[field("share")], checks=[check])

    found = ask(law, "ratchet", 2020, None, FactSet(values={("share", None, year(2020)): F("0.6")}))
    assert isinstance(found, Known) and found.value is False
    assert {m.word for m in found.marks} == {"unchecked"}


def test_a_chain_of_ten_rules_with_a_full_trace_takes_about_a_millisecond() -> None:
    """Generous, because the machine is shared; the figure itself belongs to the benchmark."""
    rules = [rule("r0", [section(fact("plant.e"))], "plant")]
    for i in range(1, 10):
        body = ir.Greatest((num(0), minus(mul(read(f"r{i - 1}", "plant"), num("0.98")), num(3))))
        rules.append(rule(f"r{i}", [section(clause(num(0), fact("plant.closed")), clause(body))], "plant", rounding=up_to("down")))
    law = small(rules, [entity("plant")], [field("plant.e"), field("plant.closed", has_default=True, default=False)])
    facts = FactSet(rows={"plant": {"p": None}}, values={("plant.e", "p", year(2020)): F(100_000)})
    view = evaluation(law, facts).law
    best = min(_timed(lambda: Evaluation(law, view, facts, trace=True).value("r9", "p", year(2020))) for _ in range(15))
    assert best < 0.1  # a guard: `make bench` measures


def _timed(work: Any) -> float:
    start = time.perf_counter()
    result = work()
    assert isinstance(result, Known) and not isinstance(result, Error)
    return time.perf_counter() - start


def test_a_long_circle_is_found_although_it_is_longer_than_one_go() -> None:
    rules = [rule(f"r{i:03}", [section(add(read(f"r{(i + 1) % 150:03}"), num(1)))]) for i in range(150)]

    assert kinds_of(ask(small(rules), "r000", 2020)) == {"undefined"}


def test_a_division_by_zero_is_undefined_even_where_the_rest_is_open() -> None:
    law = small([rule("x", [section(ir.Div(fact("e"), num(0)))]), rule("y", [section(ir.Div(num(1), fact("e")))])], fields=[field("e")])

    assert kinds_of(ask(law, "x", 2020)) == {"undefined"}
    assert kinds_of(ask(law, "y", 2020)) == {"needs"}


def test_a_condition_marks_the_value_that_it_chose() -> None:
    gate = rule("gate", [section(fact("p", kind=None), marks=("unchecked",))])
    law = small([gate, rule("x", [section(clause(num(1), read("gate")), clause(num(2)))])], fields=[field("p", None)])

    for value in (True, False):
        found = ask(law, "x", 2020, None, FactSet(values={("p", None, None): value}))
        assert isinstance(found, Known) and {m.word for m in found.marks} == {"unchecked"}
