"""What every expression is made of: operands that are present, of the wanted type; roundings; what conditions prove.

A function returns the IR and its type, or None after it (or something inside it) has put a diagnostic into the bag:
so one mistake makes one message.

Invariant: an absent answer passes here only where it was asked for.
"""

from __future__ import annotations

from fractions import Fraction

from capcode.dsl import ast, ir, type_errors
from capcode.dsl.scope import Scope, Typed
from capcode.dsl.source import Span
from capcode.dsl.types import YES_NO, AnyType, QuantityType, Type, YesNoType, same, show
from capcode.dsl.units import RATIO


def present(scope: Scope, node: ast.Expr, expect: Type | None = None) -> Typed | None:
    """As `expression`, but the value may not be absent: absent answers never enter arithmetic."""
    found = scope.elaborate(scope, node, expect)
    if found is not None and found[1].or_none:
        if not is_present(scope, found[0]):
            scope.symbols.bag.add(type_errors.unguarded(node.span, text_of(node)))
            return None
        return found[0], Type(found[1].base)
    return found


def is_present(scope: Scope, expr: ir.Expr) -> bool:
    """Whether a reading that may be absent is shown to be present here."""
    return expr in scope.guards or (isinstance(expr, ir.RuleRead) and expr.rule in scope.in_force)


def text_of(node: ast.Node) -> str:
    """The author's own words for a node, in one line."""
    words = node.span.words
    return words if len(words) <= 80 else words[:77] + "…"


def condition(scope: Scope, node: ast.Expr) -> ir.Expr | None:
    """A yes/no expression."""
    found = present(scope, node, YES_NO)
    if found is None:
        return None
    if not same(found[1].base, YesNoType()):
        scope.symbols.bag.add(type_errors.not_yes_no(node.span, show(found[1])))
        return None
    return found[0]


def number(scope: Scope, node: ast.Expr, expect: Type | None = None) -> Typed | None:
    """A quantity; anything else is complained about."""
    found = present(scope, node, expect)
    if found is None:
        return None
    if not isinstance(found[1].base, QuantityType | AnyType):
        scope.symbols.bag.add(type_errors.not_a_number(node.span, show(found[1])))
        return None
    return found


def guards_of(expr: ir.Expr | None) -> frozenset[ir.Expr]:
    """What a condition shows to be present when it says yes."""
    if isinstance(expr, ir.Present) and not expr.negated:
        return frozenset({expr.operand})
    if isinstance(expr, ir.Not) and isinstance(expr.operand, ir.Present) and expr.operand.negated:
        return frozenset({expr.operand.operand})
    if isinstance(expr, ir.And):
        return frozenset().union(*(guards_of(o) for o in expr.operands))
    return frozenset()


def dimension_of(type_: Type) -> tuple[tuple[str, int], ...]:
    return type_.base.dimension if isinstance(type_.base, QuantityType) else RATIO


def is_any(type_: Type) -> bool:
    return isinstance(type_.base, AnyType)


def product_owner(scope: Scope) -> str | None:
    """The entity whose product a written output unit means: the innermost row at hand."""
    return scope.binders[-1] if scope.binders else scope.entity


def limited(scope: Scope, node: ast.Expr, expect: Type) -> Typed | None:
    """An operand that may be `no limit`, if that is the only absent answer that it can give."""
    found = scope.elaborate(scope, node, expect)
    if found is None or not found[1].or_none:
        return found
    if is_present(scope, found[0]) or only_no_limit(scope, found[0]):
        return found[0], Type(found[1].base)
    scope.symbols.bag.add(type_errors.unguarded(node.span, text_of(node)))
    return None


def only_no_limit(scope: Scope, expr: ir.Expr) -> bool:
    """Whether `no limit` is the only absent answer that a reading can give."""
    if not isinstance(expr, ir.RuleRead):
        return False
    return scope.symbols.law[expr.rule].absent == frozenset({"no_limit"})


def rounding(scope: Scope, span: Span, mode: str, place: ast.Number | None, type_: Type) -> ir.Rounding | None:
    """A written rounding for values of a type: its place in base units."""
    if is_any(type_):
        return None
    if not isinstance(type_.base, QuantityType):
        scope.symbols.bag.add(type_errors.not_a_number(span, show(type_)))
        return None
    if place is None:
        unit = _counted_unit(scope, type_.base)
        if unit is None:
            scope.symbols.bag.add(type_errors.place_missing(span, show(type_)))
            return None
        return ir.Rounding("to", mode, Fraction(1))
    found = scope.symbols.number(place, product_owner(scope))
    if found is None:
        return None
    if found[1].dimension != type_.base.dimension:
        scope.symbols.bag.add(type_errors.wrong_unit(place.span, show(type_), show(found[1])))
        return None
    if found[0] <= 0:
        scope.symbols.bag.add(type_errors.place_not_positive(place.span))
        return None
    return ir.Rounding("to", mode, found[0])


def _counted_unit(scope: Scope, type_: QuantityType) -> str | None:
    """The held unit that a quantity counts, if it is one."""
    if len(type_.dimension) == 1 and type_.dimension[0][1] == 1:
        name = type_.dimension[0][0].rpartition(".")[2]
        unit = scope.symbols.units.get(name)
        if unit is not None and unit.covers is not None:
            return name
    return None
