"""How results spread: strict operations, and and or that absorb, and the order of knowledge."""

from __future__ import annotations

import itertools
from fractions import Fraction as F

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capcode.dsl.ir import Absent, Mark
from capcode.interpreter.results import (
    NO,
    YES,
    Error,
    Known,
    Open,
    Result,
    at_least,
    below,
    conjunction,
    disjunction,
    failed,
    negation,
    opened,
    strict,
)

ASSUMED, PROPOSED = Mark("assumed", "a"), Mark("proposed", "p")
LATER, BROKEN = opened("unknown", "u"), failed("undefined", "e")

truths: st.SearchStrategy[Result] = st.sampled_from(
    [YES, NO, Known(True, frozenset([ASSUMED])), Known(False, frozenset([PROPOSED])), LATER, opened("needs", "n"), BROKEN,
     failed("gap", "g")]
)  # fmt: skip
several = st.lists(truths, min_size=1, max_size=4)


def same(a: Result, b: Result) -> bool:
    """Equal in value or in state, whatever the marks, reasons and causes."""
    return below(a, b) and below(b, a) and type(a) is type(b)


def test_and_absorbs_open_and_error() -> None:
    assert conjunction([NO, LATER]) == NO == conjunction([LATER, NO])
    assert conjunction([BROKEN, NO]) == NO


def test_or_absorbs_open_and_error() -> None:
    assert disjunction([YES, BROKEN]) == YES == disjunction([BROKEN, YES])
    assert disjunction([LATER, YES]) == YES


def test_beside_an_error_an_open_operand_may_still_decide() -> None:
    """`or` of open and error becomes yes once the open one is yes: calling it an error would take knowledge back."""
    assert conjunction([YES, LATER]) == LATER
    assert conjunction([LATER, BROKEN]) == LATER
    assert disjunction([LATER, BROKEN, NO]) == LATER
    assert disjunction([BROKEN, NO]) == BROKEN


def test_in_a_strict_operation_the_error_stays() -> None:
    assert strict(lambda a, b: a, [LATER, BROKEN]) == BROKEN


def test_the_marks_of_an_absorbed_operand_do_not_count() -> None:
    decided = conjunction([Known(False, frozenset([PROPOSED])), Known(True, frozenset([ASSUMED]))])

    assert Known(False, frozenset([PROPOSED])) == decided


def test_marks_and_reasons_unite() -> None:
    both = strict(lambda a, b: a + b, [Known(F(1), frozenset([ASSUMED])), Known(F(2), frozenset([PROPOSED]))])

    assert both == Known(F(3), frozenset([ASSUMED, PROPOSED]))
    assert strict(lambda a, b: a, [LATER, opened("needs", "n")]) == Open(LATER.reasons | opened("needs", "n").reasons)
    assert strict(lambda a, b: a, [BROKEN, failed("gap", "g")]) == Error(BROKEN.causes | failed("gap", "g").causes)


def test_zero_times_unknown_stays_unknown() -> None:
    assert strict(lambda a, b: a * b, [Known(F(0)), LATER]) == LATER


@pytest.mark.parametrize("word", ["none", "no_limit", "not_applicable", "not_permitted", "not_stated"])
def test_an_absent_answer_is_refused_by_operations_and_kept_as_a_value(word: str) -> None:
    absent = Known(Absent(word, "why"))

    assert isinstance(strict(lambda a: a, [absent]), Error)
    assert absent == Known(Absent(word, "another reason"))


def test_at_least_is_open_only_while_it_could_be_decided() -> None:
    assert at_least(2, [YES, YES, LATER, BROKEN]) == YES
    assert at_least(2, [NO, NO, LATER]) == NO
    assert at_least(2, [YES, NO, LATER]) == LATER
    assert at_least(1, [NO, LATER, BROKEN]) == LATER
    assert at_least(2, [YES, NO, BROKEN]) == BROKEN
    assert at_least(1, []) == NO


@given(several)
def test_and_or_do_not_depend_on_order_or_repetition(operands: list[Result]) -> None:
    for connect in (conjunction, disjunction):
        for order in itertools.permutations(operands):
            assert connect(operands) == connect(order)
        assert connect(operands) == connect(operands + operands)


@given(several, several)
def test_and_or_are_associative(left: list[Result], right: list[Result]) -> None:
    for connect in (conjunction, disjunction):
        assert same(connect(left + right), connect([connect(left), connect(right)]))


@given(several)
def test_de_morgan_with_open_and_error(operands: list[Result]) -> None:
    assert same(negation(conjunction(operands)), disjunction([negation(o) for o in operands]))
    assert same(negation(negation(operands[0])), operands[0])


@given(several, st.data())
def test_more_knowledge_of_an_operand_never_takes_knowledge_away(operands: list[Result], data: st.DataObject) -> None:
    more = [data.draw(truths) if isinstance(o, Open) else o for o in operands]

    for function in (conjunction, disjunction, lambda o: at_least(2, o), lambda o: strict(lambda *v: all(v), o)):
        assert below(function(operands), function(more))
