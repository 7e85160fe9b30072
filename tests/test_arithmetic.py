"""Rounding as statutes write it, exact sums, and powers rounded once and correctly."""

from __future__ import annotations

import math
from fractions import Fraction as F

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capcode.dsl.limits import LIMITS
from capcode.interpreter import arithmetic, powers
from capcode.interpreter.arithmetic import ROUNDINGS, interpolate, median, power, quotient, round_to
from capcode.interpreter.powers import Real
from capcode.interpreter.results import Cause, Error

CENT = F(1, 100)
numbers = st.fractions(min_value=-1000, max_value=1000, max_denominator=400)
places = st.sampled_from([F(1), CENT, F(50), F(1, 3), F(5, 100)])
modes = st.sampled_from(sorted(ROUNDINGS))


def rounded(value: F, mode: str, place: F = F(1)) -> F:
    result = round_to(value, mode, place)
    assert isinstance(result, F)
    return result


def kinds(result: object) -> set[str]:
    assert isinstance(result, Error)
    return {cause.kind for cause in result.causes if isinstance(cause, Cause)}


@pytest.mark.parametrize(
    ("mode", "expected"),
    [("down", -3), ("up", -2), ("half_up", -2), ("half_even", -2), ("toward_zero", -2), ("away_from_zero", -3),
     ("half_away", -3)],
)  # fmt: skip
def test_minus_two_and_a_half(mode: str, expected: int) -> None:
    assert rounded(F(-5, 2), mode) == expected


@pytest.mark.parametrize(("mode", "expected"), [("half_even", 4), ("half_up", 4), ("half_away", 4), ("down", 3), ("up", 4)])
def test_three_and_a_half(mode: str, expected: int) -> None:
    assert rounded(F(7, 2), mode) == expected


def test_a_bid_up_to_the_tick_of_fifty() -> None:
    assert rounded(F(12870), "up", F(50)) == 12900


def test_the_trigger_chain_rounded_every_year_differs_from_rounding_once() -> None:
    price, once, chain = F(13), F(13), []
    for _ in range(5):
        price, once = rounded(price * F("1.07"), "half_up", CENT), once * F("1.07")
        chain.append(price)

    assert [F(x) for x in ("13.91", "14.88", "15.92", "17.03", "18.22")] == chain
    assert rounded(F(13) * F("1.07") ** 3, "half_up", CENT) == F("15.93")


@given(numbers, modes, places)
def test_rounding_is_idempotent_and_between_down_and_up(x: F, mode: str, place: F) -> None:
    low, high, value = rounded(x, "down", place), rounded(x, "up", place), rounded(x, mode, place)

    assert rounded(value, mode, place) == value
    assert low <= x <= high and high - low <= place
    assert value in (low, high)


@given(numbers, numbers, modes, places)
def test_rounding_is_monotone(x: F, y: F, mode: str, place: F) -> None:
    assert rounded(min(x, y), mode, place) <= rounded(max(x, y), mode, place)


@given(numbers, modes, places, st.integers(-9, 9))
def test_rounding_moves_with_whole_places(x: F, mode: str, place: F, k: int) -> None:
    if mode in ("toward_zero", "half_away", "away_from_zero") or (mode == "half_even" and k % 2):
        return
    assert rounded(x + k * place, mode, place) == rounded(x, mode, place) + k * place


@given(numbers, places)
def test_rounding_mirrors(x: F, place: F) -> None:
    assert rounded(-x, "down", place) == -rounded(x, "up", place)
    assert rounded(-x, "half_away", place) == -rounded(x, "half_away", place)


@given(st.lists(numbers, min_size=1, max_size=9))
def test_lowest_median_highest_and_mean(values: list[F]) -> None:
    assert min(values) <= median(values) <= max(values)
    assert arithmetic.mean(values) == F(sum(values), len(values))
    assert arithmetic.total(values) == sum(values)


def test_median_of_an_even_number_is_the_mean_of_the_middle_two() -> None:
    assert median([F(10), F(1), F(3), F(2)]) == F("2.5")


def test_a_slope_is_level_outside_its_points() -> None:
    points = ((F("0.03"), F("0.049")), (F("0.10"), F("0.01")))

    assert interpolate(F("0.02"), points) == F("0.049")
    assert interpolate(F("0.065"), points) == F("0.0295")
    assert interpolate(F("0.2"), points) == F("0.01")


def test_weights_that_add_up_to_zero_are_undefined() -> None:
    assert kinds(arithmetic.weighted_mean([(F(5), F(0))])) == {"undefined"}
    assert arithmetic.weighted_mean([(F(10), F(1)), (F(20), F(3))]) == F("17.5")


def test_division_by_zero_is_undefined() -> None:
    assert kinds(quotient(F(1), F(0))) == {"undefined"}


def test_numbers_of_too_many_bits_are_over_budget() -> None:
    largest = F(2 ** (LIMITS.value_bits - 1))

    assert arithmetic.product([largest, F(1)]) == largest
    assert kinds(arithmetic.product([largest, F(2)])) == {"budget"}
    assert kinds(quotient(F(1), 2 * largest)) == {"budget"}


# ---- powers


def test_a_firm_load_factor_of_china() -> None:
    """1.015^(16 − 20 × 55 %), rounded half up to six decimals."""
    assert round_to(_real(F("1.015"), F(5)), "half_up", F(1, 10**6)) == F("1.077284")
    assert round_to(_real(F("1.015"), 16 - 20 * F("0.551")), "half_up", F(1, 10**6)) == F(round(1.015**4.98, 6)).limit_denominator(10**6)


def _real(base: F | None, exponent: F) -> F | Real:
    value = power(base, exponent)
    assert not isinstance(value, Error)
    return value


def test_rational_powers_are_recognised() -> None:
    assert power(F(4), F(1, 2)) == 2
    assert power(F(8, 27), F(-2, 3)) == F(9, 4)
    assert power(F(7), F(0)) == 1
    assert power(None, F(0)) == 1
    assert power(F(-2), F(3)) == -8
    assert isinstance(power(F(2), F(1, 2)), Real)


def test_powers_that_do_not_exist_are_undefined() -> None:
    assert kinds(power(F(-2), F(1, 2))) == {"undefined"}
    assert kinds(power(F(0), F(-1))) == {"undefined"}


def test_powers_that_are_too_large_are_over_budget() -> None:
    assert kinds(power(F(2), F(10**9))) == {"budget"}
    assert kinds(power(None, F(10**400))) == {"budget"}


def test_a_digit_that_never_settles_is_over_budget() -> None:
    root = _real(F(2), F(1, 2))

    assert kinds(round_to(root * root, "down", F(1))) == {"budget"}
    assert round_to(root * root, "half_up", F(1)) == 2


def test_euler_to_fifty_digits() -> None:
    fifty = F(1, 10**50)

    assert round_to(_real(None, F(1)), "down", fifty) == F("2.71828182845904523536028747135266249775724709369995")


def test_arithmetic_around_a_power_is_rounded_once() -> None:
    root = _real(F(2), F(1, 2))

    assert round_to(F(100) * root + F(1, 2), "down", CENT) == F("141.92")
    assert round_to(F(1) / root, "half_up", F(1, 1000)) == F("0.707")
    assert round_to(F(-1) * root, "down", F(1)) == -2


@given(st.fractions(F(1, 50), 50, max_denominator=50), st.fractions(-12, 12, max_denominator=30))
def test_enclosures_are_narrow_and_contain_the_power(base: F, exponent: F) -> None:
    value = power(base, exponent)
    if isinstance(value, F):
        assert value == pytest.approx(float(base) ** float(exponent))
        return
    assert isinstance(value, Real)
    ends = value.enclose(80)
    assert ends is not None
    low, high = ends
    n = exponent.denominator

    assert low**n < base**exponent.numerator < high**n
    assert high - low < F(1, 2**80)
    assert math.isclose(low, float(base) ** float(exponent), rel_tol=1e-9)


@given(st.fractions(F(1, 50), 50, max_denominator=50), st.integers(32, 200))
def test_logarithms_are_enclosed(base: F, bits: int) -> None:
    low, high = powers._logarithm(base, bits)

    assert low <= high
    assert float(low) == pytest.approx(math.log(base), abs=1e-6) == pytest.approx(float(high), abs=1e-6)


@given(st.fractions(-9, 9, max_denominator=50), st.integers(12, 40))
def test_exponentials_are_enclosed(y: F, bits: int) -> None:
    low, high = powers._exponential(y, bits, up=False), powers._exponential(y, bits, up=True)

    assert low <= powers._exponential(y, 300, up=True)
    assert high >= powers._exponential(y, 300, up=False)
    assert powers._exponential(-powers._log_two(bits)[1], bits, up=False) < F(1, 2)
