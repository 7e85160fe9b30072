"""Expressions to IR, with their types: which function lowers which node of the syntax tree, and the leaves.

Invariant: every number that leaves here is in base units.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from capcode.dsl import ast, ir, name_errors
from capcode.dsl import elaborate_arithmetic as arithmetic
from capcode.dsl import elaborate_logic as logic
from capcode.dsl import elaborate_time as time
from capcode.dsl.elaborate_names import Moves, pick, reference
from capcode.dsl.elaborate_operands import product_owner
from capcode.dsl.scope import Scope, Typed
from capcode.dsl.types import DATE, YES_NO, PeriodType, QuantityType, RowType, Type
from capcode.dsl.units import base


def expression(scope: Scope, node: ast.Expr, expect: Type | None = None) -> Typed | None:
    """The IR and type of an expression; `expect` gives bare words and bare years their meaning."""
    return _BY_NODE[type(node)](scope, node, expect)


def _number(scope: Scope, node: ast.Number, expect: Type | None) -> Typed | None:
    if expect is not None and isinstance(expect.base, PeriodType) and node.unit is None and not node.percent:
        literal = scope.symbols.literal(ast.PeriodLit(node.span, node.digits), expect.base.kind)
        return None if literal is None else (ir.Const(literal, span=node.span), expect)
    if node.unit is not None and len(node.unit.names) == 1:
        word = node.unit.names[0].text
        kind = scope.symbols.calendar.find(word)
        if kind is not None and word not in scope.symbols.units:
            return ir.Const(Fraction(node.digits), span=node.span), Type(QuantityType(base(f"periods:{kind}"), word))
    found = scope.symbols.number(node, product_owner(scope))
    return None if found is None else (ir.Const(found[0], span=node.span), Type(found[1]))


def _date(scope: Scope, node: ast.DateLit, expect: Type | None) -> Typed | None:
    if expect is not None and isinstance(expect.base, PeriodType):
        literal = scope.symbols.literal(ast.PeriodLit(node.span, node.day.isoformat()), expect.base.kind)
        return None if literal is None else (ir.Const(literal, span=node.span), expect)
    return ir.Const(node.day, span=node.span), DATE


def _period(scope: Scope, node: ast.PeriodLit, expect: Type | None) -> Typed | None:
    kind = expect.base.kind if expect is not None and isinstance(expect.base, PeriodType) else None
    literal = scope.symbols.literal(node, kind)
    return None if literal is None else (ir.Const(literal, span=node.span), Type(PeriodType(literal.kind)))


def _truth(scope: Scope, node: ast.Truth, expect: Type | None) -> Typed | None:
    return ir.Const(node.value, span=node.span), YES_NO


def _ref(scope: Scope, node: ast.Ref, expect: Type | None) -> Typed | None:
    return reference(scope, node, Moves(()), expect, node.span)


def _moved(scope: Scope, node: ast.Moved, expect: Type | None) -> Typed | None:
    if not isinstance(node.operand, ast.Ref):
        scope.symbols.bag.add(name_errors.only_names_move(node.span))
        return None
    return reference(scope, node.operand, Moves(node.moves), expect, node.span)


def _this(scope: Scope, node: ast.ThisPeriod, expect: Type | None) -> Typed | None:
    name = node.kind.text
    if name in scope.symbols.entities:
        row = scope.row(name)
        if row is None:
            scope.symbols.bag.add(name_errors.no_row(node.span, name))
            return None
        return ir.Row(row.entity, row.up, span=node.span), Type(RowType(name))
    kind = scope.symbols.kind(node.kind)
    found = time.this(scope, kind, node.span) if kind else None
    return (found, Type(PeriodType(kind))) if found is not None and kind else None


def _as_before(scope: Scope, node: ast.AsBefore, expect: Type | None) -> Typed | None:
    if scope.before is None:
        scope.symbols.bag.add(name_errors.nothing_before(node.span))
        return None
    return ir.AsBefore(span=node.span), scope.before


def _edge(scope: Scope, node: ast.EdgeOf, expect: Type | None) -> Typed | None:
    found = time.near(scope, node)
    return None if found is None else (found[0], DATE)


def _part_of(scope: Scope, node: ast.PartOf, expect: Type | None) -> Typed | None:
    found = time.near(scope, node)
    return None if found is None else (found[0], Type(PeriodType(found[1])))


def _day_of(scope: Scope, node: ast.DayOf, expect: Type | None) -> Typed | None:
    kind = scope.symbols.kind(node.kind)
    period = time.which(scope, node.word, kind, node.span) if kind else None
    return None if period is None else (ir.DayIn(node.day, node.month, period, span=node.span), DATE)


def _pick_row(scope: Scope, node: ast.Pick, expect: Type | None) -> Typed | None:
    found = pick(scope, node)
    return None if found is None else (found[0], Type(RowType(found[1])))


_BY_NODE: dict[type, Callable[[Scope, Any, Type | None], Typed | None]] = {
    ast.Number: _number,
    ast.DateLit: _date,
    ast.PeriodLit: _period,
    ast.Truth: _truth,
    ast.Ref: _ref,
    ast.Moved: _moved,
    ast.ThisPeriod: _this,
    ast.AsBefore: _as_before,
    ast.EdgeOf: _edge,
    ast.PartOf: _part_of,
    ast.DayOf: _day_of,
    ast.Negative: arithmetic.negative,
    ast.Sum: arithmetic.total,
    ast.Product: arithmetic.product,
    ast.Clamped: arithmetic.clamped,
    ast.PickOf: arithmetic.pick_of,
    ast.SizeOf: arithmetic.size,
    ast.Power: arithmetic.power,
    ast.Sliding: arithmetic.sliding,
    ast.Bands: arithmetic.bands,
    ast.Compare: logic.compare,
    ast.Is: logic.equal,
    ast.IsOneOf: logic.is_one_of,
    ast.IsIn: logic.is_in,
    ast.IsPresent: logic.is_present,
    ast.And: logic.both,
    ast.Or: logic.either,
    ast.Not: logic.denied,
    ast.Lettered: logic.lettered,
    ast.Holds: logic.holds,
    ast.Aggregate: logic.aggregate,
    ast.CountOf: logic.count,
    ast.ThereIs: logic.there_is,
    ast.Share: logic.share,
    ast.DateShift: arithmetic.date_shift,
    ast.Pick: _pick_row,
}
