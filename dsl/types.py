"""Types of values: quantity with a dimension, yes/no, date, one of some names, a set of names, a table's key, a period, a row.

Invariant: `or none` is part of the type; nothing else is optional.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from capcode.dsl.units import RATIO, Dimension, show_dimension


@dataclass(frozen=True, slots=True)
class QuantityType:
    """An exact number of a dimension. `unit` and `factor` say how it is shown: value ÷ factor, then the unit's name."""

    dimension: Dimension
    unit: str = ""
    factor: Fraction = Fraction(1)


@dataclass(frozen=True, slots=True)
class YesNoType:
    """`yes/no`"""


@dataclass(frozen=True, slots=True)
class DateType:
    """`date`: a day"""


@dataclass(frozen=True, slots=True)
class NameType:
    """`one of a, b`"""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SetType:
    """`some of a, b`"""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KeyType:
    """`key of table`; position counts the table's keys from 0"""

    table: str
    position: int = 0


@dataclass(frozen=True, slots=True)
class PeriodType:
    """A period of a kind, by the kind's canonical name"""

    kind: str


@dataclass(frozen=True, slots=True)
class RowType:
    """A row of an entity"""

    entity: str


@dataclass(frozen=True, slots=True)
class AnyType:
    """The type of what could not be checked: it fits everywhere, so that one mistake makes one message."""


Base: TypeAlias = QuantityType | YesNoType | DateType | NameType | SetType | KeyType | PeriodType | RowType | AnyType


@dataclass(frozen=True, slots=True)
class Type:
    """A base type, and whether an absent answer is admitted."""

    base: Base
    or_none: bool = False


ANY = Type(AnyType())
YES_NO = Type(YesNoType())
DATE = Type(DateType())
RATIO_TYPE = Type(QuantityType(RATIO, "ratio"))


def same(a: Base, b: Base) -> bool:
    """Whether two base types hold the same values."""
    if isinstance(a, AnyType) or isinstance(b, AnyType):
        return True
    if isinstance(a, QuantityType) and isinstance(b, QuantityType):
        return a.dimension == b.dimension
    if isinstance(a, NameType) and isinstance(b, NameType):
        return set(a.names) == set(b.names)
    if isinstance(a, SetType) and isinstance(b, SetType):
        return set(a.names) == set(b.names)
    return a == b


def show(type_: Type | Base) -> str:
    """The type as the language writes it."""
    if isinstance(type_, Type):
        return show(type_.base) + (" or none" if type_.or_none else "")
    match type_:
        case QuantityType(dimension, unit, _):
            return unit or show_dimension(dimension)
        case YesNoType():
            return "yes/no"
        case DateType():
            return "date"
        case NameType(names):
            return "one of " + ", ".join(names)
        case SetType(names):
            return "some of " + ", ".join(names)
        case KeyType(table, _):
            return f"key of {table}"
        case PeriodType(kind):
            return kind
        case RowType(entity):
            return entity
        case AnyType():
            return "anything"
