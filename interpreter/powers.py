"""Real numbers that are not rational: enclosed between fractions, as narrowly as a rounding needs (section 7, D43).

A `Real` is a power with an irrational value, or a sum, product or quotient with one in it. It adds and multiplies like
a fraction, and only `arithmetic.round_to` turns it back into one. Enclosures come from the series of atanh (for the
logarithm) and of the exponential, in whole numbers scaled by 2^bits, rounded down for the lower end and up for the upper.

Invariant: no floating point; an enclosure always contains the number.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any, TypeAlias

from capcode.dsl.limits import LIMITS

Interval: TypeAlias = tuple[Fraction, Fraction]
_FIRST_BITS = 64


class Real:
    """A real number that nobody has shown to be rational."""

    __slots__ = ()

    def enclose(self, bits: int) -> Interval | None:
        """Two fractions around the number, about 2^-bits apart; None where a divisor may still be zero."""
        raise NotImplementedError

    def __add__(self, other: Number) -> Real:
        return Sum((self, other))

    __radd__ = __add__

    def __mul__(self, other: Number) -> Any:
        return Fraction(0) if other == 0 else Product((self, other))

    __rmul__ = __mul__

    def __truediv__(self, other: Number) -> Real:
        return Quotient(self, other)

    def __rtruediv__(self, other: Number) -> Real:
        return Quotient(other, self)


Number: TypeAlias = Fraction | Real


@dataclass(frozen=True, slots=True, eq=False)
class Sum(Real):
    terms: tuple[Number, ...]

    def enclose(self, bits: int) -> Interval | None:
        ends = [enclose(term, bits) for term in self.terms]
        low, high = Fraction(0), Fraction(0)
        for end in ends:
            if end is None:
                return None
            low, high = low + end[0], high + end[1]
        return low, high


@dataclass(frozen=True, slots=True, eq=False)
class Product(Real):
    factors: tuple[Number, ...]

    def enclose(self, bits: int) -> Interval | None:
        low, high = Fraction(1), Fraction(1)
        for factor in self.factors:
            end = enclose(factor, bits)
            if end is None:
                return None
            corners = [low * end[0], low * end[1], high * end[0], high * end[1]]
            low, high = min(corners), max(corners)
        return low, high


@dataclass(frozen=True, slots=True, eq=False)
class Quotient(Real):
    left: Number
    right: Number

    def enclose(self, bits: int) -> Interval | None:
        over, under = enclose(self.left, bits), enclose(self.right, bits)
        if over is None or under is None or under[0] <= 0 <= under[1]:
            return None
        corners = [a / b for a in over for b in under]
        return min(corners), max(corners)


@dataclass(frozen=True, slots=True, eq=False)
class Power(Real):
    """base ** exponent with base > 0; base None is Euler's number."""

    base: Fraction | None
    exponent: Fraction

    def enclose(self, bits: int) -> Interval | None:
        reach = abs(_log_of(self.base, _FIRST_BITS)[1] * self.exponent)
        work = bits + 48 + _whole_bits(self.exponent) + int(reach * 3 / 2)
        low, high = _log_of(self.base, work)
        ends = sorted((low * self.exponent, high * self.exponent))
        return _exponential(ends[0], work, up=False), _exponential(ends[1], work, up=True)


def enclose(number: Number, bits: int) -> Interval | None:
    return number.enclose(bits) if isinstance(number, Real) else (number, number)


def narrowing(number: Real) -> Any:
    """Enclosures of a number, each narrower, up to the limit of LIMITS.power_bits."""
    bits = _FIRST_BITS
    while True:
        ends = number.enclose(bits)
        if ends is not None:
            yield ends
        if bits >= LIMITS.power_bits:
            return
        bits = min(2 * bits, LIMITS.power_bits)


def power(base: Fraction | None, exponent: Fraction) -> Number | None:
    """The power of a positive base (None: e), as a fraction where it is a short one; None where it is too large or small."""
    if exponent == 0 or base == 1:
        return Fraction(1)
    if too_large(base, exponent):
        return None
    if base is not None:
        over, under = exact_root(base.numerator, exponent.denominator), exact_root(base.denominator, exponent.denominator)
        if over is not None and under is not None:
            bits = max(over.bit_length(), under.bit_length()) * abs(exponent.numerator)
            if bits <= LIMITS.value_bits:
                return Fraction(over, under) ** exponent.numerator
    return Power(base, exponent)


def too_large(base: Fraction | None, exponent: Fraction) -> bool:
    """Whether base ** exponent, or its inverse, needs more bits than LIMITS.value_bits."""
    return any(abs(end * exponent) > LIMITS.value_bits * Fraction(7, 10) for end in _log_of(base, _FIRST_BITS))


def exact_root(whole: int, degree: int) -> int | None:
    """The whole number whose degree-th power is `whole`, if there is one."""
    if whole == 1 or degree == 1:
        return whole
    if degree > whole.bit_length():
        return None
    low, high = 1, 1 << (whole.bit_length() // degree + 1)
    while low < high:
        middle = (low + high + 1) // 2
        if middle**degree <= whole:
            low = middle
        else:
            high = middle - 1
    return low if low**degree == whole else None


def _whole_bits(number: Fraction) -> int:
    return (abs(number.numerator) // number.denominator).bit_length()


def _log_of(base: Fraction | None, bits: int) -> Interval:
    return (Fraction(1), Fraction(1)) if base is None else _logarithm(base, bits)


@lru_cache(maxsize=64)
def _logarithm(base: Fraction, bits: int) -> Interval:
    """The natural logarithm of a positive fraction: base = m · 2^k with m in [1/2, 2], log m = 2 · atanh((m−1)/(m+1))."""
    twos = base.numerator.bit_length() - base.denominator.bit_length()
    m = base / Fraction(2) ** twos
    t = (m - 1) / (m + 1)
    low, high = _atanh(abs(t), bits)
    if t < 0:
        low, high = -high, -low
    two_low, two_high = _log_two(bits) if twos else (Fraction(0), Fraction(0))
    ends = sorted((twos * two_low, twos * two_high))
    return 2 * low + ends[0], 2 * high + ends[1]


@lru_cache(maxsize=16)
def _log_two(bits: int) -> Interval:
    low, high = _atanh(Fraction(1, 3), bits)
    return 2 * low, 2 * high


def _atanh(t: Fraction, bits: int) -> Interval:
    """atanh of t in [0, 1/3]: t + t³/3 + t⁵/5 + …; after bits/3 terms the rest is below 2^-bits."""
    terms = bits // 3 + 2
    return (
        Fraction(_odd_series(_scaled_down(t, bits), terms, bits, 0), 1 << bits),
        Fraction(_odd_series(_scaled_up(t, bits), terms, bits, (1 << bits) - 1) + 2, 1 << bits),
    )


def _odd_series(t: int, terms: int, bits: int, carry: int) -> int:
    """Σ t^(2k+1)/(2k+1), every step rounded down (carry 0) or up (carry 2^bits − 1)."""
    up = 1 if carry else 0
    square = (t * t + carry) >> bits
    total, power_of_t = 0, t
    for k in range(terms):
        total += (power_of_t + up * 2 * k) // (2 * k + 1)
        power_of_t = (power_of_t * square + carry) >> bits
    return total


def _exponential(y: Fraction, bits: int, up: bool) -> Fraction:
    """A bound of e^y from below, or from above: y = s + k · log 2 with s about in [0, log 2], e^y = e^s · 2^k."""
    two_low, two_high = _log_two(bits)
    k = (y / two_high).__floor__()
    s = y - k * (two_low if up == (k >= 0) else two_high)
    if s < 0:  # only by the width of the enclosure of log 2
        return (Fraction(1) if up else 1 + s) * Fraction(2) ** k
    carry = (1 << bits) - 1 if up else 0
    scaled = _scaled_up(s, bits) if up else _scaled_down(s, bits)
    total, term, n = 0, 1 << bits, 0
    while term > (1 if up else 0):
        total += term
        n += 1
        product = (term * scaled + carry) >> bits
        term = (product + (n - 1 if up else 0)) // n
    return Fraction(total + (3 if up else 0), 1 << bits) * Fraction(2) ** k


def _scaled_down(x: Fraction, bits: int) -> int:
    return (x.numerator << bits) // x.denominator


def _scaled_up(x: Fraction, bits: int) -> int:
    return -((-x.numerator << bits) // x.denominator)
