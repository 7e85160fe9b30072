"""What was worked out elsewhere is used again only where working it out anew would give the same: results, traces, steps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from law_cases import LAW, Case, cases
from law_text import Asked, asked
from small_laws import ALLOWANCES, add, both, children, clause, cmp, entity, fact, field, num, read, rule, section, small, year

from capcode.dsl import find, ir
from capcode.dsl.limits import LIMITS
from capcode.dsl.views import LawView
from capcode.interpreter.cases import ask, facts_of
from capcode.interpreter.evaluate import Evaluation
from capcode.interpreter.facts import FactSet
from capcode.interpreter.frames import UNDISTRIBUTED, Key
from capcode.interpreter.law import law_view
from capcode.interpreter.recall import Recall
from capcode.interpreter.results import Known, Result, failed

F = Fraction


def _told(one: Evaluation, questions: Iterable[Asked]) -> list[tuple[Asked, Result, int]]:
    return [(question, one.value(*question), one.steps) for question in questions]


# ---------------------------------------------------------------- the same with and without


@st.composite
def variants(draw: st.DrawFn, case: Case) -> FactSet:
    """The facts of a case with some left out, some changed, and some lists opened."""
    values = dict(case.facts.values)
    for key in draw(st.lists(st.sampled_from(sorted(values, key=str)), max_size=6)) if values else []:
        same_field = [value for (name, *_), value in case.facts.values.items() if name == key[0]]
        values[key] = draw(st.sampled_from(same_field))
    for key in draw(st.lists(st.sampled_from(sorted(values, key=str)), max_size=4)) if values else []:
        values.pop(key, None)
    keep = draw(st.booleans())
    return replace(case.facts, values=values, lists=set(case.facts.lists) if keep else set(), rosters=set(case.facts.rosters))


@LAW
@given(cases(), st.data())
def test_random_laws_give_the_same_with_what_was_remembered(case: Case, data: st.DataObject) -> None:
    law, recall = LawView(case.program, case.view), Recall()
    for facts in (case.facts, data.draw(variants(case)), data.draw(variants(case)), case.facts):
        trace = data.draw(st.booleans())
        fresh = Evaluation(case.program, law, facts, trace=trace)
        again = Evaluation(case.program, law, facts, trace=trace, recall=recall)
        questions = list(asked(case.program, facts))

        assert _told(again, questions) == _told(fresh, questions)
        assert again.trace == fresh.trace


@pytest.mark.parametrize("scheme", sorted(find.folders(())))
def test_the_written_cases_of_a_scheme_give_the_same_with_what_others_left(scheme: str) -> None:
    """These have what random laws lack: accounts, duties, measures, shares, made rows, powers used and figures set."""
    program = find.check_named(scheme, ()).program
    assert program is not None
    recall, used_again = Recall(), 0
    for number, case in enumerate(program.cases):
        law, (facts, problems) = law_view(program, case.view), facts_of(program, case)
        assert not problems
        trace = number % 2 == 0
        fresh, again, third = (Evaluation(program, law, facts, trace=trace, recall=shared) for shared in (None, recall, recall))
        for wanted in case.expected:
            results = [ask(one, wanted.name, wanted.row, wanted.at, wanted.part) for one in (fresh, again, third)]
            assert results[0] == results[1] == results[2], f"{case.title}: {wanted.text}"
            assert fresh.steps == again.steps == third.steps, f"{case.title}: {wanted.text}"
            used_again += results[1] is results[2]
        assert fresh.trace == again.trace == third.trace, case.title
    assert used_again


# ---------------------------------------------------------------- what is used again, and what is not


def _pair(program: ir.Program, one: FactSet, two: FactSet, **more: Any) -> tuple[Evaluation, Evaluation]:
    law, recall = LawView(program, ir.View(program.scheme)), Recall()
    return Evaluation(program, law, one, recall=recall, **more), Evaluation(program, law, two, recall=recall, **more)


LADDER = small(
    [
        rule("low", [section(fact("e"))]),
        rule("large", [section(cmp(">=", read("low"), num(100)))]),
        rule("top", [section(clause(add(fact("f"), num(1)), read("large")), clause(num(0)))]),
    ],
    fields=[field("e"), field("f")],
)


def _facts(e: int, f: int) -> FactSet:
    return FactSet(values={("e", None, year(2020)): F(e), ("f", None, year(2020)): F(f)})


def test_a_result_is_used_again_where_a_changed_fact_changes_nothing_that_it_saw() -> None:
    """Another amount, above the same threshold: what reads only the answer stands."""
    one, two = _pair(LADDER, _facts(200, 5), _facts(300, 5))
    first, second = (e.value("top", None, year(2020)) for e in (one, two))

    assert second is first
    assert two.value("low", None, year(2020)) == Known(F(300))


def test_a_fact_that_decides_is_seen() -> None:
    one, two = _pair(LADDER, _facts(200, 5), _facts(99, 5))

    assert one.value("top", None, year(2020)) == Known(F(6))
    assert two.value("top", None, year(2020)) == Known(F(0))


@pytest.mark.parametrize(
    ("change", "came"),
    [
        (lambda f: replace(f, given={("low", None, year(2020)): F(1)}), F(0)),
        (lambda f: replace(f, values={**f.values, ("f", None, year(2020)): F(7)}), F(8)),
        (lambda f: replace(f, given={("top", None, year(2020)): F(9)}), F(9)),
    ],
    ids=["a rule given below", "a fact read directly", "the rule itself given"],
)
def test_each_sort_of_fact_is_looked_at_again(change: Any, came: Fraction) -> None:
    one, two = _pair(LADDER, _facts(200, 5), change(_facts(200, 5)))
    one.value("top", None, year(2020))
    found = two.value("top", None, year(2020))

    assert isinstance(found, Known)
    assert found.value == came


def test_a_fact_that_is_taken_away_leaves_its_question() -> None:
    unknown = replace(_facts(200, 5), unknown={("e", None, year(2020)): "lost"})
    del unknown.values["e", None, year(2020)]
    one, two = _pair(LADDER, _facts(200, 5), unknown)

    assert isinstance(one.value("top", None, year(2020)), Known)
    assert "lost" in str(two.value("top", None, year(2020)))


def test_rows_and_closed_lists_are_looked_at_again() -> None:
    program = small(
        [rule("all", [section(ir.Aggregate("sum", children("line", "plant"), fact("line.made", "line")))], entity="plant")],
        entities=[entity("plant"), entity("line", "plant")],
        fields=[field("line.made")],
    )

    def facts(*lines: str, closed: bool = True) -> FactSet:
        values: dict[Any, Any] = {("line.made", line, year(2020)): F(10) for line in lines}
        return FactSet({"plant": {"p": None}, "line": dict.fromkeys(lines, "p")}, values, lists={("line", "p")} if closed else set())

    one, two = _pair(program, facts("a", "b"), facts("a", "b", "c"))
    open_, again = _pair(program, facts("a", "b"), facts("a", "b", closed=False))
    for first in (one, open_):
        assert first.value("all", "p", year(2020)) == Known(F(20))

    assert two.value("all", "p", year(2020)) == Known(F(30))
    assert "the lines of p" in str(again.value("all", "p", year(2020)))


def test_what_a_share_left_over_is_there_though_its_amounts_were_known_before() -> None:
    node = ir.ShareOf(fact("e"), ir.Everyone("plant"), ir.Row("plant"), None, None, num(1), None, None, "down", F(1), "left")
    program = small([rule("part", [section(node)], "plant")], [entity("plant")], [field("e")])
    facts = replace(_facts(10, 0), rows={"plant": dict.fromkeys("abc")}, rosters={"plant"})
    one, two = _pair(program, facts, facts)
    for each in (one, two):
        assert each.value("part", "a", year(2020)) == Known(F(3))
        assert each.part(UNDISTRIBUTED, "part", "a", year(2020)) == Known(F(1))


def test_lots_of_an_account_are_counted_again() -> None:
    enters = ir.FlowLaw("enters", ir.StartOf(ir.This("year")), fact("e"))
    bank = ir.Account("bank", (section(law=ir.AccountLaw((enters,))),), None, "year", ir.EACH, unit="EUA", type=ALLOWANCES)
    held = ir.Aggregate("sum", ir.Lots("bank", None), ir.LotRead("amount"))
    program = small([rule("held", [section(held)])], accounts=[bank], fields=[field("e")])

    def facts(amount: int) -> FactSet:
        return FactSet(values={("e", None, year(y)): F(amount) for y in range(2000, 2021)})

    one, two = _pair(program, facts(5), facts(7))
    one.balance("bank", None, date(2005, 1, 1))  # from here on the account is at hand, and no fact is read for it again

    assert one.value("held", None, year(2002)) == Known(F(10))
    assert two.value("held", None, year(2002)) == Known(F(14))


def test_a_record_is_told_again_though_nothing_was_evaluated() -> None:
    one, two = _pair(LADDER, _facts(200, 5), _facts(200, 5), trace=True)
    one.value("top", None, year(2020))
    two.value("top", None, year(2020))

    assert two.trace == one.trace
    assert set(two.trace.records) == {Key(name, None, year(2020)) for name in ("top", "large", "low")}


def test_what_was_worked_out_without_a_record_is_worked_out_again_where_one_is_wanted() -> None:
    law, recall = LawView(LADDER, ir.View(LADDER.scheme)), Recall()
    Evaluation(LADDER, law, _facts(200, 5), recall=recall).value("top", None, year(2020))
    told = Evaluation(LADDER, law, _facts(200, 5), trace=True, recall=recall)
    told.value("top", None, year(2020))

    assert Key("low", None, year(2020)) in told.trace.records


def test_two_laws_share_nothing() -> None:
    """The same names in two views of one program."""
    recall, views = Recall(), [LawView(LADDER, ir.View(LADDER.scheme)) for _ in range(2)]
    one, two = (Evaluation(LADDER, view, _facts(200, 5), recall=recall) for view in views)

    assert one.value("top", None, year(2020)) is not two.value("top", None, year(2020))


def test_the_budget_is_spent_as_if_everything_had_been_worked_out() -> None:
    program = small(
        [rule("low", [section(both(*(cmp(">", fact("e"), num(n)) for n in range(5))))]), rule("top", [section(read("low"))])],
        fields=[field("e")],
    )
    steps = Evaluation(program, LawView(program, ir.View("test")), _facts(9, 0))
    steps.value("top", None, year(2020))
    few = replace(LIMITS, steps=steps.steps - 1)
    law, recall = LawView(program, ir.View("test")), Recall()
    Evaluation(program, law, _facts(9, 0), recall=recall).value("top", None, year(2020))

    spent = Evaluation(program, law, _facts(9, 0), recall=recall, limits=few).value("top", None, year(2020))

    assert spent == failed("budget", f"more than {few.steps} steps")
