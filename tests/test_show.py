"""Values as people and programs read them."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from facts_program import MADE, PRICE, program
from hypothesis import given
from hypothesis import strategies as st

from capcode.dsl.calendar import Period
from capcode.dsl.ir import Absent, Value
from capcode.dsl.source import NOWHERE
from capcode.dsl.types import DATE, RATIO_TYPE, YES_NO, NameType, PeriodType, QuantityType, SetType, Type
from capcode.dsl.units import base
from capcode.interpreter.fact_values import ValueReader
from capcode.interpreter.show import exact_text, show_number, show_value

PROGRAM = program()
KAU = Type(QuantityType(base("demo.KAU"), "KAU"))
MEGATONNE = Type(QuantityType(base("mass"), "Mt", Fraction(10**6)))
PERCENT = Type(QuantityType((), "%", Fraction(1, 100)))


@pytest.mark.parametrize(("value", "type_", "text"), [
    (Fraction(12_900), KAU, "12,900 KAU"),
    (Fraction(-1_234_567), KAU, "-1,234,567 KAU"),
    (Fraction("61.30"), Type(PRICE), "61.3 EUR per EUA"),
    (Fraction(1, 3), KAU, "1/3 ≈ 0.333333333333 KAU"),
    (Fraction(20_000, 3), KAU, "20,000/3 ≈ 6,666.666666666667 KAU"),
    (Fraction(1, 10**12), KAU, "0.000000000001 KAU"),
    (Fraction(1, 10**13), KAU, "1/10,000,000,000,000 ≈ 1.00 × 10^-13 KAU"),
    (Fraction(1_500_000), MEGATONNE, "1.5 Mt"),
    (Fraction("0.075"), RATIO_TYPE, "0.075"),
    (Fraction("0.075"), PERCENT, "7.5%"),
    (Fraction(5), Type(MADE), "5 product"),
    (Fraction(0), KAU, "0 KAU"),
    (True, YES_NO, "yes"),
    (date(2024, 3, 1), DATE, "2024-03-01"),
    (Period("year", 2023), Type(PeriodType("year")), "2023-24"),
    ("gas", Type(NameType(("gas",))), "gas"),
    (frozenset(("b", "a")), Type(SetType(("a", "b"))), "a, b"),
    (Absent("not_applicable", "why"), Type(PRICE, True), "not applicable"),
])  # fmt: skip
def test_shown(value: Value, type_: Type, text: str) -> None:
    assert show_value(value, type_, PROGRAM) == text


def test_a_row_may_name_its_unit() -> None:
    assert show_value(Fraction(5), Type(MADE), PROGRAM, unit="t") == "5 t"


@pytest.mark.parametrize(("value", "text"), [
    (Fraction(3, 7), "3/7"), (Fraction(-1, 8), "-0.125"), (Fraction(1, 10**18), "0.000000000000000001"),
    (Fraction(1, 10**19), f"1/{10**19}"), (False, "no"), (Period("year", 2023), "year 2023"), (frozenset(), "[]"),
    (Absent("no_limit"), "no_limit"),
])  # fmt: skip
def test_exact_text(value: Value, text: str) -> None:
    assert exact_text(value) == text


@given(st.fractions())
def test_exact_text_loses_nothing(value: Fraction) -> None:
    assert Fraction(exact_text(value)) == value


@given(st.fractions())
def test_a_number_is_exact_or_marked(value: Fraction) -> None:
    exact, marked, near = show_number(value).partition(" ≈ ")

    assert Fraction(exact.replace(",", "")) == value
    assert not marked or "10^" in near or abs(Fraction(near.replace(",", "")) - value) <= Fraction(1, 2 * 10**12)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**12), max_value=10**12).map(Fraction))
def test_what_is_shown_can_be_read(value: Fraction) -> None:
    text = show_value(value, KAU, PROGRAM).replace(",", "_").replace("KAU", "").strip()

    assert ValueReader(PROGRAM).value(text, KAU, NOWHERE) == value


def test_the_largest_numbers() -> None:
    for value in (Fraction(1, 3**2584), Fraction(7**4000, 3), Fraction(10**20000)):
        assert show_value(value, KAU, PROGRAM)
        assert exact_text(value)
