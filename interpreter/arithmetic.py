"""Exact arithmetic (semantics, section 7): rounding to a place, sums, medians, slopes, and the size limit of a value.

Every function takes and gives fractions in base units. What has no value comes back as an `Error` of `results`.

Invariant: nothing is rounded but by `round_to`; no floating point.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction

from capcode.dsl.limits import LIMITS
from capcode.interpreter import powers
from capcode.interpreter.powers import Number, Real
from capcode.interpreter.results import Error, failed

HALF = Fraction(1, 2)

ROUNDINGS: Mapping[str, Callable[[Fraction], int]] = {
    "down": math.floor,
    "up": math.ceil,
    "half_up": lambda q: math.floor(q + HALF),
    "half_even": round,
    "toward_zero": math.trunc,
    "away_from_zero": lambda q: math.ceil(q) if q > 0 else math.floor(q),
    "half_away": lambda q: math.floor(q + HALF) if q > 0 else math.ceil(q - HALF),
}
"""Each gives the whole number of places; each is monotone, which is what `round_to` needs for real numbers."""


def round_to(value: Number, mode: str, place: Fraction) -> Fraction | Error:
    """The value rounded to a multiple of place > 0. For a real number, once and correctly, or the error *budget*."""
    whole = ROUNDINGS[mode]
    if not isinstance(value, Real):
        return whole(value / place) * place
    for low, high in powers.narrowing(value):
        below, above = whole(low / place), whole(high / place)
        if below == above:
            return below * place
    return failed("budget", f"a digit of a power is not settled at {LIMITS.power_bits} bits")


def power(base: Fraction | None, exponent: Fraction) -> Number | Error:
    """base ** exponent; base None is Euler's number. The base must be positive, unless the exponent is whole."""
    if base is not None and base <= 0:
        if exponent.denominator != 1 or (base == 0 and exponent <= 0):
            return failed("undefined", "a power of a number that is not above zero")
        size = power(-base, exponent) if base else base
        return size if isinstance(size, Error) or exponent.numerator % 2 == 0 else Fraction(-1) * size
    result = powers.power(base, exponent)
    return too_long() if result is None else sized(result)


def sized(value: Number) -> Number | Error:
    """The same value, or the error *budget* if a side of the fraction is longer than LIMITS.value_bits."""
    if isinstance(value, Fraction) and (
        value.numerator.bit_length() > LIMITS.value_bits or value.denominator.bit_length() > LIMITS.value_bits
    ):
        return too_long()
    return value


def too_long() -> Error:
    return failed("budget", f"a number with more digits than are worked with ({LIMITS.value_bits:,} bits)")


def total(values: Iterable[Number]) -> Number | Error:
    """Σ, exact; the sum of nothing is 0."""
    result: Number | None = None
    for value in values:
        step = sized(value if result is None else result + value)
        if isinstance(step, Error):
            return step
        result = step
    return Fraction(0) if result is None else result


def product(values: Iterable[Number]) -> Number | Error:
    """Π, exact; the product of nothing is 1."""
    result: Number | None = None
    for value in values:
        step = sized(value if result is None else result * value)
        if isinstance(step, Error):
            return step
        result = step
    return Fraction(1) if result is None else result


def quotient(left: Number, right: Number) -> Number | Error:
    if right == 0:
        return failed("undefined", "a division by zero")
    return sized(left / right)


def mean(values: Sequence[Fraction]) -> Number | Error:
    """Of at least one value."""
    sum_of_all = total(values)
    return sum_of_all if isinstance(sum_of_all, Error) else sized(sum_of_all / Fraction(len(values)))


def weighted_mean(pairs: Sequence[tuple[Fraction, Fraction]]) -> Number | Error:
    """Σ w·x ÷ Σ w of (x, w); *undefined* if the weights add up to zero."""
    over, under = total(w * x for x, w in pairs), total(w for _, w in pairs)
    if isinstance(over, Error):
        return over
    if isinstance(under, Error):
        return under
    return failed("undefined", "a mean with weights that add up to zero") if under == 0 else sized(over / under)


def median(values: Sequence[Fraction]) -> Fraction:
    """Of at least one value; of an even number, the mean of the middle two."""
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def interpolate(x: Fraction, points: Sequence[tuple[Fraction, Fraction]]) -> Number | Error:
    """Linear between (x, y) points with rising x; level outside."""
    if x <= points[0][0]:
        return points[0][1]
    for (x1, y1), (x2, y2) in itertools.pairwise(points):
        if x <= x2:
            return sized(y1 + (y2 - y1) * (x - x1) / (x2 - x1))
    return points[-1][1]
