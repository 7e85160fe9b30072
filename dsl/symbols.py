"""The declared names of one scheme, and what a written unit, type, number or period means by them.

The symbols differ from the trees in this: periods are a calendar, units have dimensions, entities form a tree, fields
have types. Law is known by its head.

Invariant: what cannot be made out is complained about once, and then counts as fitting everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeAlias

from capcode.dsl import ast, ir, name_errors, type_errors
from capcode.dsl.calendar import Calendar, Period, Years
from capcode.dsl.declare_periods import Unusable
from capcode.dsl.diagnostics import Bag, Diagnostic
from capcode.dsl.load import SchemeSource
from capcode.dsl.source import Span
from capcode.dsl.types import (
    AnyType,
    Base,
    DateType,
    KeyType,
    NameType,
    PeriodType,
    QuantityType,
    RowType,
    SetType,
    Type,
    YesNoType,
)
from capcode.dsl.units import Dimension, Unit, base, in_range, multiply

Lawful: TypeAlias = ast.Rule | ast.Measure | ast.Duty | ast.Account | ast.Check


@dataclass(slots=True)
class EntitySymbol:
    """An entity with its fields; `ancestors` from the parent up."""

    node: ast.Entity
    name: str
    plural: str
    parent: str | None
    fields: dict[str, ir.Field] = field(default_factory=dict)
    ancestors: tuple[str, ...] = ()
    listed: tuple[str, ...] | None = None


@dataclass(slots=True)
class LawSymbol:
    """A rule, measure, effect, duty, account or check by its head. timing as in `ir`; `absent` are the absent words
    that its clauses give; effects name their measure."""

    name: str
    node: Lawful | ast.Effect | ast.Question
    sort: str  # rule, effect, measure, duty, account, check, question
    entity: str | None
    kind: str | None
    timing: str
    type: Type
    argument: tuple[str, Type] | None = None
    measure: str | None = None
    absent: frozenset[str] = frozenset()
    set_by: bool = False
    amount: Type | None = None  # of a duty: the type of its quantity


@dataclass(slots=True)
class Symbols:
    """All names of one scheme. `vocabulary` marks those that come from the shared files."""

    source: SchemeSource
    scheme: ast.Scheme
    bag: Bag
    calendar: Calendar
    currency: str | None = None
    units: dict[str, Unit] = field(default_factory=dict)
    row_units: dict[str, str] = field(default_factory=dict)  # unit → the field that names its product
    authorities: dict[str, ast.Authority] = field(default_factory=dict)
    instruments: dict[str, ast.Instrument] = field(default_factory=dict)
    entities: dict[str, EntitySymbol] = field(default_factory=dict)
    plurals: dict[str, str] = field(default_factory=dict)
    facts: dict[str, ir.Field] = field(default_factory=dict)
    tables: dict[str, ast.Table] = field(default_factory=dict)
    columns: dict[str, dict[str, Type]] = field(default_factory=dict)
    law: dict[str, LawSymbol] = field(default_factory=dict)
    questions: dict[str, LawSymbol] = field(default_factory=dict)
    mappings: list[ast.Mapping] = field(default_factory=list)
    cases: list[ast.Case] = field(default_factory=list)
    places: dict[str, Span] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)  # units, fields (by key) and law whose declaration has a mistake
    _missing: dict[str, int] = field(default_factory=dict, init=False)

    def unknown(self, span: Span, what: str, name: str, known: Iterable[str]) -> None:
        """Complains about a name that is not declared: once, with the other places where it stands."""
        self.missing(name_errors.unknown_thing(span, what, name, known))

    def missing(self, diagnostic: Diagnostic) -> None:
        """A missing declaration is one mistake, wherever the name stands."""
        found = self.bag.found
        first = self._missing.get(diagnostic.title)
        if first is not None:
            found[first] = name_errors.also_here(found[first], diagnostic.span)
            return
        before = len(found)
        self.bag.add(diagnostic)
        if len(found) > before:
            self._missing[diagnostic.title] = before

    @property
    def scheme_names(self) -> set[str]:
        """The names by which the scheme's own law may be cited: its own, and those of what it is derived from."""
        names = {self.scheme.name.text}
        base = self.source.base
        while base is not None:
            names |= {base.scheme.name.text} if base.scheme else set()
            base = base.base
        return names

    # ---- entities

    def chain(self, entity: str | None) -> tuple[str, ...]:
        """The entity and its ancestors, from the inside out."""
        return (entity, *self.entities[entity].ancestors) if entity in self.entities else ()

    def dated_ancestor(self, entity: str | None) -> str | None:
        """The nearest entity, itself included, whose rows have a life."""
        return next((e for e in self.chain(entity) if self.entities[e].node.life), None)

    # ---- units and types

    def unit_value(self, unit: ast.UnitExpr, entity: str | None, column_key: str | None = None) -> QuantityType | None:
        """The quantity type that a written unit means for rows of an entity; None after a diagnostic."""
        dimension: Dimension = ()
        factor = Fraction(1)
        for i, name in enumerate(unit.names):
            one = self._one_unit(name, entity, column_key)
            if one is None:
                return None
            sign = 1 if i == 0 else -1
            dimension = multiply(dimension, one.dimension, sign)
            factor = factor * one.factor if i == 0 else factor / one.factor
        if not in_range(dimension):
            self.bag.add(type_errors.exponent_range(unit.span))
            return None
        return QuantityType(dimension, " per ".join(n.text for n in unit.names), factor)

    def _one_unit(self, name: ast.Name, entity: str | None, column_key: str | None) -> Unit | None:
        if name.text in self.row_units:
            wanted = self.row_units[name.text]
            if column_key is not None:
                return Unit(name.text, base(f"out:*{wanted}"))
            for owner in self.chain(entity):
                if wanted in self.entities[owner].fields or any(f.name.text == wanted for f in self.entities[owner].node.fields):
                    return Unit(name.text, base(f"out:{owner}.{wanted}"))
            self.missing(type_errors.no_product_here(name.span, name.text, wanted))
            return None
        unit = self.units.get(name.text)
        if unit is None and name.text not in self.broken:
            self.unknown(name.span, "unit", name.text, [*self.units, *self.row_units])
        return unit

    def is_held(self, unit: ast.UnitExpr) -> bool:
        """Whether a unit is one that is issued, held and surrendered."""
        found = self.units.get(unit.names[0].text)
        return len(unit.names) == 1 and found is not None and found.covers is not None

    def type_of(self, node: ast.TypeExpr, entity: str | None, column_key: str | None = None) -> Type:
        return Type(self._base_type(node.base, entity, column_key), node.or_none)

    def _base_type(self, node: ast.Node, entity: str | None, column_key: str | None) -> Base:
        match node:
            case ast.BoolType():
                return YesNoType()
            case ast.OneOfType(names=names):
                return NameType(tuple(n.text for n in names))
            case ast.SomeOfType(names=names):
                return SetType(tuple(n.text for n in names))
            case ast.KeyOfType(table=table):
                if table.text not in self.tables:
                    self.unknown(table.span, "table", table.text, self.tables)
                    return AnyType()
                return KeyType(table.text)
            case ast.UnitType(unit=unit):
                if len(unit.names) == 1:
                    word = unit.names[0].text
                    if word == "date":
                        return DateType()
                    kind = self.calendar.canonical.get(word)
                    if kind is not None:
                        return PeriodType(kind)
                    if word in self.entities:
                        return RowType(word)
                quantity = self.unit_value(unit, entity, column_key)
                return quantity if quantity is not None else AnyType()
        return AnyType()

    def number(self, node: ast.Number, entity: str | None, column_key: str | None = None) -> tuple[Fraction, QuantityType] | None:
        """A written number in base units, with its type; None after a diagnostic."""
        value = Fraction(node.digits)
        if node.percent:
            return value / 100, QuantityType((), "ratio")
        if node.unit is None:
            return value, QuantityType((), "ratio")
        quantity = self.unit_value(node.unit, entity, column_key)
        return None if quantity is None else (value * quantity.factor, quantity)

    def kind(self, name: ast.Name) -> str | None:
        """The kind of period that a name means; None after a diagnostic."""
        found = self.calendar.find(name.text)
        if found is None:
            self.unknown(name.span, "period kind", name.text, self.calendar.canonical)
        return found

    def literal(self, node: ast.PeriodLit, kind: str | None) -> Period | None:
        """A written period, as one of a kind; None after a diagnostic."""
        found = self.calendar.literal(node.text, kind)
        if found is None and not isinstance(self.calendar.kinds.get(kind or ""), Unusable):
            why, step = self._literal_help(node.text, kind)
            self.bag.add(type_errors.bad_literal(node.span, node.text, why, step))
        return found

    def _literal_help(self, text: str, kind: str | None) -> tuple[str, str]:
        year = self.calendar.kinds["year"]
        if isinstance(year, Years) and not year.is_calendar and year.named_by is None and text.isdigit() and len(text) == 4:
            first = int(text)
            return (
                f"This scheme's year does not start in January, so {text} could be two years.",
                f"Write `{first}-{(first + 1) % 100:02}` or `{first - 1}-{first % 100:02}`, or say `named by first year` in the scheme.",
            )
        if kind is not None and self.calendar._own(text) is not None:
            return f"No {kind}, or more than one, begins in it.", f"Name a {kind} in the form in which the scheme declares it."
        return "A year is written 2024 or 2023-24, a quarter 2024 Q1, a month 2024/03, a day 2024-03-01.", "Correct the text."
