"""Dimensions and units. A dimension is a finite map from base names to whole exponents; a value is stored in base units.

Base names: `mass` (tCO2e), `energy` (GJ), `years`, `months`, `days` (counts of time in dates), `AUD` … (each currency),
`rggi.RGA` (each unit that a scheme declares without a value), `out:production_line.variable` (output with a unit per
row), `money` (any currency, in questions). The empty dimension is a ratio.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

Dimension = tuple[tuple[str, int], ...]

RATIO: Dimension = ()
LARGEST_EXPONENT = 3
CURRENCIES = frozenset((
    "AUD", "BRL", "CAD", "CHF", "CNY", "EUR", "GBP", "IDR", "INR", "JPY", "KRW", "KZT", "MXN", "NZD", "SGD", "TWD", "USD",
))  # fmt: skip
DURATIONS = ("years", "months", "days")


@dataclass(frozen=True, slots=True)
class Unit:
    """A named unit: a value of 1 is `factor` base units of `dimension`. `covers` licenses duties (tonnes per unit)."""

    name: str
    dimension: Dimension
    factor: Fraction = Fraction(1)
    covers: Fraction | None = None
    vintage: str | None = None
    label: str = ""
    labels: Mapping[str, str] = field(default_factory=dict, hash=False, repr=False)


def base(name: str) -> Dimension:
    return ((name, 1),)


def multiply(a: Dimension, b: Dimension, sign: int = 1) -> Dimension:
    """a × b, or a ÷ b with sign −1."""
    powers = dict(a)
    for name, exponent in b:
        powers[name] = powers.get(name, 0) + sign * exponent
    return tuple(sorted((n, e) for n, e in powers.items() if e))


def in_range(dimension: Dimension) -> bool:
    return all(abs(e) <= LARGEST_EXPONENT for _, e in dimension)


def _builtin() -> dict[str, Unit]:
    units = {}
    for name, factor in (
        ("tCO2e", Fraction(1)), ("t", Fraction(1)), ("kg", Fraction(1, 1000)), ("kt", Fraction(1000)),
        ("Mt", Fraction(10**6)), ("kgCO2e", Fraction(1, 1000)), ("ktCO2e", Fraction(1000)), ("MtCO2e", Fraction(10**6)),
    ):  # fmt: skip
        units[name] = Unit(name, base("mass"), factor)
    for name, factor in (
        ("GJ", Fraction(1)), ("MJ", Fraction(1, 1000)), ("TJ", Fraction(1000)), ("PJ", Fraction(10**6)),
        ("kWh", Fraction(36, 10000)), ("MWh", Fraction(36, 10)), ("GWh", Fraction(3600)), ("TWh", Fraction(3_600_000)),
    ):  # fmt: skip
        units[name] = Unit(name, base("energy"), factor)
    for name in CURRENCIES:
        units[name] = Unit(name, base(name))
    for name in DURATIONS:
        units[name] = Unit(name, base(name))
        units[name[:-1]] = Unit(name, base(name))
    units["money"] = Unit("money", base("money"))
    units["ratio"] = Unit("ratio", RATIO)
    return units


BUILTIN: dict[str, Unit] = _builtin()
_DISPLAY = {"mass": "tCO2e", "energy": "GJ"}


def is_money(name: str) -> bool:
    return name in CURRENCIES or name == "money"


def show_dimension(dimension: Dimension) -> str:
    """`tCO2e`, `USD per RGA`, `ratio`: base units by their names, without the scheme."""
    if not dimension:
        return "ratio"

    def one(name: str, exponent: int) -> str:
        shown = _DISPLAY.get(name) or (name[4:] if name.startswith("out:") else name.rpartition(".")[2])
        return shown if abs(exponent) == 1 else f"{shown}^{abs(exponent)}"

    over = [one(n, e) for n, e in dimension if e > 0]
    under = [one(n, e) for n, e in dimension if e < 0]
    return " per ".join([" × ".join(over) or "1", *under])
