"""Values as people and programs read them, without losing exactness.

    12_900 KRW per KAU as a value   `12,900 KRW per KAU`
    a value without a short decimal `1/3 ≈ 0.333333333333 KAU`
    a period                        its calendar label; an absent answer: its words

`show_value` is for people (digits in groups of three, at most 12 decimals); `exact_text` is for JSON and CSV.
Invariant: nothing shown as a plain decimal is rounded; what is rounded stands behind ≈.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from functools import lru_cache

from capcode.dsl import types
from capcode.dsl.calendar import Calendar, Period
from capcode.dsl.ir import Absent, Program, Value
from capcode.dsl.limits import LIMITS
from capcode.dsl.types import QuantityType, Type

SHOWN_DECIMALS = 12
_LARGEST_BITS = 3 * LIMITS.value_bits  # below the size at which Python refuses to write an integer


def decimals(value: Fraction) -> int | None:
    """How many decimals write the value exactly; None if no number of them does."""
    rest = value.denominator
    twos = (rest & -rest).bit_length() - 1
    rest >>= twos
    fives = 0
    while rest % 5 == 0:
        rest //= 5
        fives += 1
    return max(twos, fives) if rest == 1 else None


@lru_cache(maxsize=4096)
def plain_number(value: Fraction, most: int = LIMITS.number_decimals) -> str:
    """An exact decimal of at most so many decimals, or `a/b`; no groups."""
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > _LARGEST_BITS:
        return f"a number of {value.numerator.bit_length():,} over {value.denominator.bit_length():,} bits"
    places = decimals(value)
    if places is None or places > most:
        return f"{value.numerator}/{value.denominator}"
    return _fixed(value, places)


def _fixed(value: Fraction, places: int) -> str:
    """The value with so many decimals, rounded half to even where they do not suffice."""
    scaled, rest = divmod(abs(value.numerator) * 10**places, value.denominator)
    scaled += 2 * rest > value.denominator or (2 * rest == value.denominator and scaled % 2 == 1)
    digits = str(scaled).rjust(places + 1, "0")
    text = digits if places == 0 else f"{digits[:-places]}.{digits[-places:]}"
    return "-" + text if value < 0 else text


def grouped(number: str) -> str:
    """A plain decimal or fraction with commas between groups of three digits before the point."""
    sign = "-" if number.startswith("-") else ""
    over = [f"{int(whole):,}" + (point + part) for whole, point, part in (n.partition(".") for n in number.lstrip("-").split("/"))]
    return sign + "/".join(over)


@lru_cache(maxsize=4096)
def show_number(value: Fraction) -> str:
    """A number without its unit: exact if 12 decimals suffice, else an exact fraction and a decimal behind ≈."""
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > _LARGEST_BITS:
        return plain_number(value)
    text = plain_number(value, SHOWN_DECIMALS)
    if "/" not in text:
        return grouped(text)
    return f"{grouped(text)} ≈ {_near(value)}"


def _near(value: Fraction) -> str:
    if abs(value) * 10**SHOWN_DECIMALS >= 1000:
        return grouped(_fixed(value, SHOWN_DECIMALS))
    # Too small for 12 decimals: three digits and a power of ten.
    power, size = 0, abs(value)
    down = max(0, size.denominator.bit_length() - size.numerator.bit_length()) * 3 // 10
    power, size = down, size * 10**down
    while size < 1:
        size *= 10
        power += 1
    return f"{'-' if value < 0 else ''}{_fixed(size, 2)} × 10^-{power}"


def show_value(value: Value, type_: Type, program: Program, *, unit: str | None = None) -> str:
    """The value with its unit in words. `unit` replaces the unit's name (for output whose unit depends on the row)."""
    if isinstance(value, Fraction):
        base = type_.base
        if not isinstance(base, QuantityType):
            return show_number(value)
        name = unit if unit is not None else types.show(base)
        number = show_number(value / base.factor)
        if name in ("", "ratio"):
            return number
        return number + name if name == "%" else f"{number} {name}"
    if isinstance(value, Absent):
        return value.word.replace("_", " ")
    return exact_text(value, program.calendar)


def exact_text(value: Value, calendar: Calendar | None = None) -> str:
    """The value for machines: `0.125`, `3/7`, `yes`, `2024-03-01`, `2023-24`, `a, b`, `not_applicable`; base units."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Fraction):
        return plain_number(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Period):
        return calendar.label(value) if calendar is not None else f"{value.kind} {value.index}"
    if isinstance(value, frozenset):
        return ", ".join(sorted(value)) or "[]"
    if isinstance(value, Absent):
        return value.word
    return value
