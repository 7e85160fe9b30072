"""Expressions to IR, with their types: the one place where units meet. One function per node of the syntax tree.

A function returns the IR and its type, or None after it (or something inside it) has put a diagnostic into the bag:
so one mistake makes one message.

Invariant: every number that leaves here is in base units; every comparison and sum has one dimension.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from capcode.dsl import ast, ir, name_errors, type_errors
from capcode.dsl import elaborate_time as time
from capcode.dsl.diagnostics import nearest
from capcode.dsl.elaborate_names import Moves, pick, reference
from capcode.dsl.limits import LIMITS
from capcode.dsl.scope import Scope, Typed
from capcode.dsl.source import Span
from capcode.dsl.types import (
    ANY, DATE, RATIO_TYPE, YES_NO, AnyType, DateType, KeyType, NameType, PeriodType, QuantityType, RowType, Type,
    YesNoType, same, show,
)  # fmt: skip
from capcode.dsl.units import RATIO, base, in_range, multiply



def expression(scope: Scope, node: ast.Expr, expect: Type | None = None) -> Typed | None:
    """The IR and type of an expression; `expect` gives bare words and bare years their meaning."""
    return _BY_NODE[type(node)](scope, node, expect)


def present(scope: Scope, node: ast.Expr, expect: Type | None = None) -> Typed | None:
    """As `expression`, but the value may not be absent: absent answers never enter arithmetic."""
    found = expression(scope, node, expect)
    if found is not None and found[1].or_none:
        if found[0] not in scope.guards:
            scope.symbols.bag.add(type_errors.unguarded(node.span, text_of(node)))
            return None
        return found[0], Type(found[1].base)
    return found


def text_of(node: ast.Node) -> str:
    """The author's own words for a node, in one line."""
    words = " ".join(node.span.file.text[node.span.start : node.span.end].split())
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


def _dimension(type_: Type) -> tuple[tuple[str, int], ...]:
    return type_.base.dimension if isinstance(type_.base, QuantityType) else RATIO


def _is_any(type_: Type) -> bool:
    return isinstance(type_.base, AnyType)


# ---------------------------------------------------------------- leaves


def _number(scope: Scope, node: ast.Number, expect: Type | None) -> Typed | None:
    if expect is not None and isinstance(expect.base, PeriodType) and node.unit is None and not node.percent:
        literal = scope.symbols.literal(ast.PeriodLit(node.span, node.digits), expect.base.kind)
        return None if literal is None else (ir.Const(literal, span=node.span), expect)
    if node.unit is not None and len(node.unit.names) == 1:
        word = node.unit.names[0].text
        kind = scope.symbols.calendar.find(word)
        if kind is not None and word not in scope.symbols.units:
            return ir.Const(Fraction(node.digits), span=node.span), Type(QuantityType(base(f"periods:{kind}"), word))
    found = scope.symbols.number(node, _product_owner(scope))
    return None if found is None else (ir.Const(found[0], span=node.span), Type(found[1]))


def _product_owner(scope: Scope) -> str | None:
    """The entity whose product a written output unit means: the innermost row at hand."""
    return scope.binders[-1] if scope.binders else scope.entity


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


# ---------------------------------------------------------------- arithmetic


def _negative(scope: Scope, node: ast.Negative, expect: Type | None) -> Typed | None:
    found = number(scope, node.operand, expect)
    if found is None:
        return None
    if isinstance(found[0], ir.Const) and isinstance(found[0].value, Fraction):
        return ir.Const(-found[0].value, span=node.span), found[1]
    return ir.Add(((Fraction(-1), found[0]),), span=node.span), found[1]


def _sum(scope: Scope, node: ast.Sum, expect: Type | None) -> Typed | None:
    first = present(scope, node.terms[0][1], expect)
    if first is None:
        for _, term in node.terms[1:]:
            present(scope, term, expect)
        return None
    if isinstance(first[1].base, PeriodType | DateType):
        return _moved_by(scope, node, first)
    parts: list[tuple[Fraction, ir.Expr]] = []
    type_: Type | None = None
    ok = True
    for i, (minus, term) in enumerate(node.terms):
        found = first if i == 0 else present(scope, term, type_ or expect)
        if found is None:
            ok = False
            continue
        if not isinstance(found[1].base, QuantityType | AnyType):
            scope.symbols.bag.add(type_errors.not_a_number(term.span, show(found[1])))
            ok = False
            continue
        if type_ is not None and not same(type_.base, found[1].base):
            scope.symbols.bag.add(type_errors.unit_mismatch(term.span, show(type_), show(found[1]), node.terms[0][1].span, term.span))
            ok = False
            continue
        type_ = found[1] if type_ is None or _is_any(type_) else type_
        parts.append((Fraction(-1 if minus else 1), found[0]))
    if not ok or type_ is None:
        return None
    return ir.Add(tuple(parts), span=node.span), type_


def _moved_by(scope: Scope, node: ast.Sum, first: Typed) -> Typed | None:
    """A period or a day with a length of time added: `first_covered + 2 years`."""
    expr, type_ = first
    for minus, term in node.terms[1:]:
        found = number(scope, term)
        if found is None:
            return None
        unit = _duration(scope, term.span, found[1])
        if unit is None:
            return None
        amount = ir.Add(((Fraction(-1), found[0]),)) if minus else found[0]
        if isinstance(type_.base, PeriodType):
            if scope.symbols.calendar.find(unit) != type_.base.kind:
                scope.symbols.bag.add(type_errors.not_that_kind(term.span, "the period", type_.base.kind, unit))
                return None
            expr = ir.Shift(expr, amount, span=node.span)
        else:
            if unit in ("months", "years"):
                scope.symbols.bag.add(type_errors.month_rounding(term.span))
                return None
            expr = ir.DateAdd(expr, found[0], unit, -1 if minus else 1, span=node.span)
    return expr, type_


def _duration(scope: Scope, span: Span, type_: Type) -> str | None:
    """`days`, `months`, `years`, or the kind of listed days that a length of time is counted in."""
    dimension = _dimension(type_)
    if len(dimension) == 1 and dimension[0][1] == 1:
        name = dimension[0][0]
        if name in ("days", "months", "years"):
            return name
        if name.startswith("periods:"):
            return name[8:]
    scope.symbols.bag.add(type_errors.duration_unit(span, show(type_)))
    return None


def _product(scope: Scope, node: ast.Product, expect: Type | None) -> Typed | None:
    factors: list[ir.Expr] = []
    dimension: tuple[tuple[str, int], ...] = RATIO
    result: ir.Expr | None = None
    any_type = False
    shown: QuantityType | None = None
    found_all = [number(scope, factor) for _, factor in node.factors]
    if any(f is None for f in found_all):
        return None
    for (divide, factor), found in zip(node.factors, found_all, strict=True):
        assert found is not None
        any_type = any_type or _is_any(found[1])
        dimension = multiply(dimension, _dimension(found[1]), -1 if divide else 1)
        if not in_range(dimension):
            scope.symbols.bag.add(type_errors.exponent_range(factor.span))
            return None
        if isinstance(found[1].base, QuantityType) and found[1].base.dimension and shown is None:
            shown = found[1].base
        if divide:
            left = result if not factors else _mul(result, factors, node.span)
            assert left is not None
            result, factors = ir.Div(left, found[0], span=node.span), []
        else:
            factors.append(found[0])
    expr = _mul(result, factors, node.span)
    if any_type:
        return expr, ANY
    if shown is not None and shown.dimension == dimension:
        return expr, Type(QuantityType(dimension, shown.unit, shown.factor))
    return expr, Type(QuantityType(dimension))


def _mul(done: ir.Expr | None, factors: list[ir.Expr], span: Span) -> ir.Expr:
    operands = [*([done] if done is not None else []), *factors]
    return operands[0] if len(operands) == 1 else ir.Mul(tuple(operands), span=span)


def _clamped(scope: Scope, node: ast.Clamped, expect: Type | None) -> Typed | None:
    rounds = any(isinstance(s, ast.RoundTo) for s in node.steps)
    if isinstance(node.operand, ast.DateShift):
        return _rounded_date(scope, node, node.operand)
    found = present(scope.within(in_rounding=True) if rounds else scope, node.operand, expect)
    if found is None:
        return None
    expr, type_ = found
    for step in node.steps:
        if isinstance(step, ast.RoundTo):
            rounded = rounding(scope, step.span, step.mode, step.place, type_)
            if rounded is None:
                return None
            expr = ir.Round(expr, rounded.mode, rounded.place, span=node.span)
            continue
        bound = _limit(scope, step.limit, type_)
        if bound is None:
            return None
        if not same(type_.base, bound[1].base):
            scope.symbols.bag.add(type_errors.unit_mismatch(step.span, show(type_), show(bound[1]), node.operand.span, step.limit.span))
            return None
        expr = (ir.Greatest if step.which == "least" else ir.Least)((expr, bound[0]), span=node.span)
    return expr, type_


def _limit(scope: Scope, node: ast.Expr, expect: Type) -> Typed | None:
    """An operand that may be `no limit`, if that is the only absent answer that it can give."""
    found = expression(scope, node, expect)
    if found is None or not found[1].or_none:
        return found
    if found[0] in scope.guards or only_no_limit(scope, found[0]):
        return found[0], Type(found[1].base)
    scope.symbols.bag.add(type_errors.unguarded(node.span, text_of(node)))
    return None


def only_no_limit(scope: Scope, expr: ir.Expr) -> bool:
    """Whether `no limit` is the only absent answer that a reading can give."""
    if not isinstance(expr, ir.RuleRead):
        return False
    return scope.symbols.law[expr.rule].absent == frozenset({"no_limit"})


def _rounded_date(scope: Scope, node: ast.Clamped, shift: ast.DateShift) -> Typed | None:
    step = node.steps[0]
    if len(node.steps) != 1 or not isinstance(step, ast.RoundTo) or step.mode not in ("down", "up") or step.place is not None:
        scope.symbols.bag.add(type_errors.bad_place(step.span, "this rounding of a date", "Dates are rounded `down` or `up`, without a place."))
        return None
    return _date_shift(scope, shift, None, step.mode)


def rounding(scope: Scope, span: Span, mode: str, place: ast.Number | None, type_: Type) -> ir.Rounding | None:
    """A written rounding for values of a type: its place in base units."""
    if _is_any(type_):
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
    found = scope.symbols.number(place, _product_owner(scope))
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


def _pick_of(scope: Scope, node: ast.PickOf, expect: Type | None) -> Typed | None:
    left = _limit(scope, node.left, expect or ANY)
    right = _limit(scope, node.right, left[1] if left else expect or ANY)
    if left is None or right is None:
        return None
    dates = node.word in ("later", "earlier")
    for side, found in ((node.left, left), (node.right, right)):
        wanted = (DateType, PeriodType, AnyType) if dates else (QuantityType, AnyType)
        if not isinstance(found[1].base, wanted):
            bag = scope.symbols.bag
            bag.add(type_errors.mismatch(side.span, "a date", show(found[1])) if dates else type_errors.not_a_number(side.span, show(found[1])))
            return None
    if not same(left[1].base, right[1].base):
        scope.symbols.bag.add(type_errors.unit_mismatch(node.span, show(left[1]), show(right[1]), node.left.span, node.right.span))
        return None
    kind = ir.Greatest if node.word in ("higher", "later") else ir.Least
    return kind((left[0], right[0]), span=node.span), left[1]


def _size(scope: Scope, node: ast.SizeOf, expect: Type | None) -> Typed | None:
    found = number(scope, node.operand, expect)
    return None if found is None else (ir.Abs(found[0], span=node.span), found[1])


def _power(scope: Scope, node: ast.Power, expect: Type | None) -> Typed | None:
    exponent = number(scope, node.exponent)
    euler = isinstance(node.base, ast.Ref) and node.base.of is None and node.base.name.text == "e"
    base_value = None if euler else number(scope, node.base)
    if exponent is None or (base_value is None and not euler):
        return None
    for part, found in ((node.exponent, exponent), (node.base, base_value)):
        if found is not None and _dimension(found[1]) != RATIO:
            scope.symbols.bag.add(type_errors.wrong_unit(part.span, "ratio", show(found[1])))
            return None
    whole = exponent[0].value if isinstance(exponent[0], ir.Const) else None
    small = isinstance(whole, Fraction) and whole.denominator == 1 and 0 <= whole <= LIMITS.exponent and not euler
    if not small and not scope.in_rounding:
        scope.symbols.bag.add(type_errors.bad_exponent(node.span, "It has no end of digits, so its article must say how it is rounded."))
        return None
    return ir.Pow(base_value[0] if base_value else None, exponent[0], span=node.span), RATIO_TYPE


def _sliding(scope: Scope, node: ast.Sliding, expect: Type | None) -> Typed | None:
    by = number(scope, node.by)
    level_type: Type | None = None
    points: list[tuple[Fraction, Fraction]] = []
    for level, place in node.points:
        y, x = number(scope, level, expect), number(scope, place)
        if y is None or x is None or by is None:
            return None
        if not isinstance(y[0], ir.Const) or not isinstance(x[0], ir.Const):
            scope.symbols.bag.add(type_errors.bad_points(level.span))
            return None
        if not same(x[1].base, by[1].base):
            scope.symbols.bag.add(type_errors.unit_mismatch(place.span, show(by[1]), show(x[1]), node.by.span, place.span))
            return None
        if level_type is not None and not same(level_type.base, y[1].base):
            scope.symbols.bag.add(type_errors.wrong_unit(level.span, show(level_type), show(y[1])))
            return None
        level_type = level_type or y[1]
        assert isinstance(x[0].value, Fraction) and isinstance(y[0].value, Fraction)
        points.append((x[0].value, y[0].value))
    if any(a[0] >= b[0] for a, b in zip(points, points[1:], strict=False)):
        scope.symbols.bag.add(type_errors.bad_points(node.span))
        return None
    assert by is not None and level_type is not None
    return ir.Interpolate(by[0], tuple(points), span=node.span), level_type


def _bands(scope: Scope, node: ast.Bands, expect: Type | None) -> Typed | None:
    operand = number(scope, node.operand)
    if operand is None:
        return None
    rows: list[ir.BandRow] = []
    type_: Type | None = None
    for row in node.rows:
        ends: list[ir.Expr | None] = []
        for end in (row.low, row.high):
            found = number(scope, end, operand[1]) if end is not None else None
            if end is not None and found is None:
                return None
            if found is not None and end is not None and not same(found[1].base, operand[1].base):
                scope.symbols.bag.add(type_errors.unit_mismatch(end.span, show(operand[1]), show(found[1]), node.operand.span, end.span))
                return None
            ends.append(found[0] if found else None)
        value = present(scope, row.value, expect)
        if value is None:
            return None
        if type_ is not None and not same(type_.base, value[1].base):
            scope.symbols.bag.add(type_errors.wrong_unit(row.value.span, show(type_), show(value[1])))
            return None
        type_ = type_ or value[1]
        rows.append(ir.BandRow(ends[0], row.low_included, ends[1], row.high_included, value[0]))
    _bands_meet(scope, node, rows)
    assert type_ is not None
    return ir.Bands(operand[0], tuple(rows), span=node.span), type_


def _bands_meet(scope: Scope, node: ast.Bands, rows: list[ir.BandRow]) -> None:
    """Holes and overlaps between bands whose ends are written figures."""
    ends: list[tuple[Any, Any, ast.BandRow, ir.BandRow]] = []
    for written, row in zip(node.rows, rows, strict=True):
        low = row.low.value if isinstance(row.low, ir.Const) else None
        high = row.high.value if isinstance(row.high, ir.Const) else None
        if (row.low is not None and low is None) or (row.high is not None and high is None):
            return
        ends.append((low, high, written, row))
    ends.sort(key=lambda e: (e[0] is not None, e[0] if e[0] is not None else Fraction(0)))
    for (_, high, written, row), (low, _, other, following) in zip(ends, ends[1:], strict=False):
        at = text_of(other.low if other.low is not None else written.high if written.high is not None else other)  # type: ignore[arg-type]
        if high is None or low is None or low < high or (low == high and row.high_included and following.low_included):
            scope.symbols.bag.add(type_errors.bands_hole(other.span, "overlap", at))
        elif low > high or not (row.high_included or following.low_included):
            scope.symbols.bag.add(type_errors.bands_hole(other.span, "leave a hole", at))


# ---------------------------------------------------------------- comparison and logic


def _compare(scope: Scope, node: ast.Compare, expect: Type | None) -> Typed | None:
    left, right = _sides(scope, node.left, node.right, limits=(node.op == ">=", node.op == "<="))
    if left is None or right is None:
        return None
    for side, found in ((node.left, left), (node.right, right)):
        if not isinstance(found[1].base, QuantityType | DateType | PeriodType | AnyType):
            scope.symbols.bag.add(type_errors.not_a_number(side.span, show(found[1])))
            return None
    if not _comparable(scope, node, node.left, left, node.right, right):
        return None
    return ir.Compare(node.op, left[0], right[0], span=node.span), YES_NO


def _sides(scope: Scope, left: ast.Expr, right: ast.Expr, limits: tuple[bool, bool] = (False, False)) -> tuple[Typed | None, Typed | None]:
    """Both sides of a comparison; a side that is only a word or a year takes its type from the other."""
    flip = _is_bare(scope, left) and not _is_bare(scope, right)
    first, second = (right, left) if flip else (left, right)
    may = (limits[1], limits[0]) if flip else limits
    a = _limit(scope, first, ANY) if may[0] else present(scope, first)
    b = (_limit if may[1] else present)(scope, second, a[1] if a else ANY)
    return (b, a) if flip else (a, b)


def _is_bare(scope: Scope, node: ast.Expr) -> bool:
    if isinstance(node, ast.Number):
        return node.unit is None and not node.percent
    return isinstance(node, ast.Ref) and node.of is None and node.name.text not in scope.known_names()


def _comparable(scope: Scope, node: ast.Node, left_node: ast.Expr, left: Typed, right_node: ast.Expr, right: Typed) -> bool:
    if same(left[1].base, right[1].base):
        return True
    bag = scope.symbols.bag
    if isinstance(left[1].base, QuantityType) and isinstance(right[1].base, QuantityType):
        bag.add(type_errors.unit_mismatch(node.span, show(left[1]), show(right[1]), left_node.span, right_node.span))
    else:
        bag.add(type_errors.mismatch(right_node.span, show(left[1]), show(right[1])))
    return False


def _is(scope: Scope, node: ast.Is, expect: Type | None) -> Typed | None:
    left, right = _sides(scope, node.left, node.right)
    if left is None or right is None:
        return None
    names = {NameType, KeyType}
    if {type(left[1].base), type(right[1].base)} <= names and type(left[1].base) is not type(right[1].base):
        pass
    elif not _comparable(scope, node, node.left, left, node.right, right):
        return None
    return ir.Equal(left[0], right[0], node.negated, span=node.span), YES_NO


def _is_one_of(scope: Scope, node: ast.IsOneOf, expect: Type | None) -> Typed | None:
    found = present(scope, node.operand)
    if found is None:
        return None
    names = found[1].base.names if isinstance(found[1].base, NameType) else None
    if names is None and not isinstance(found[1].base, KeyType | AnyType):
        scope.symbols.bag.add(type_errors.mismatch(node.operand.span, "one of some names", show(found[1])))
        return None
    for name in node.names:
        if names is not None and name.text not in names:
            scope.symbols.bag.add(type_errors.unlike_name(name.span, name.text, names, nearest(name.text, names)))
            return None
    return ir.OneOf(found[0], frozenset(n.text for n in node.names), span=node.span), YES_NO


def _is_in(scope: Scope, node: ast.IsIn, expect: Type | None) -> Typed | None:
    found = present(scope, node.operand)
    period = time.near(scope, node.period)
    if found is None or period is None:
        return None
    if not isinstance(found[1].base, DateType | PeriodType | AnyType):
        scope.symbols.bag.add(type_errors.mismatch(node.operand.span, "a date or a period", show(found[1])))
        return None
    return ir.IsIn(found[0], period[0], span=node.span), YES_NO


def _is_present(scope: Scope, node: ast.IsPresent, expect: Type | None) -> Typed | None:
    found = expression(scope, node.operand)
    return None if found is None else (ir.Present(found[0], node.negated, span=node.span), YES_NO)


def _and(scope: Scope, node: ast.And, expect: Type | None) -> Typed | None:
    operands = _operands(scope, node.operands, guarding=True)
    return None if operands is None else (ir.And(operands, span=node.span), YES_NO)


def _or(scope: Scope, node: ast.Or, expect: Type | None) -> Typed | None:
    operands = _operands(scope, node.operands, guarding=False)
    return None if operands is None else (ir.Or(operands, span=node.span), YES_NO)


def _operands(scope: Scope, nodes: tuple[ast.Expr, ...], *, guarding: bool) -> tuple[ir.Expr, ...] | None:
    """Operands of `and` see what the others show to be present, in whatever order; those of `or` what others deny."""
    done: dict[int, ir.Expr | None] = {}
    guards = scope.guards
    first = [i for i, n in enumerate(nodes) if isinstance(n, ast.IsPresent) and n.negated is not guarding]
    for i in first:
        done[i] = condition(scope, nodes[i])
        found = done[i]
        if isinstance(found, ir.Present):
            guards = guards | {found.operand}
    inner = scope.within(guards=guards)
    for i, node in enumerate(nodes):
        if i not in done:
            done[i] = condition(inner, node)
    if any(d is None for d in done.values()):
        return None
    return tuple(done[i] for i in range(len(nodes)))  # type: ignore[misc]


def _not(scope: Scope, node: ast.Not, expect: Type | None) -> Typed | None:
    found = condition(scope, node.operand)
    return None if found is None else (ir.Not(found, span=node.span), YES_NO)


def _lettered(scope: Scope, node: ast.Lettered, expect: Type | None) -> Typed | None:
    operands = _operands(scope, tuple(letter.condition for letter in node.letters), guarding=node.word == "all")
    if operands is None:
        return None
    labels = tuple(f"({letter.letter})" + (f" {letter.text}" if letter.text else "") for letter in node.letters)
    return (ir.Or if node.word == "any" else ir.And)(operands, labels, span=node.span), YES_NO


# ---------------------------------------------------------------- many rows or periods


def _holds(scope: Scope, node: ast.Holds, expect: Type | None) -> Typed | None:
    found = time.domain(scope, node.domain)
    if found is None:
        return None
    inner = condition(time.inner(scope, found[1]), node.condition)
    return None if inner is None else (ir.Holds(found[0], inner, node.quantifier, node.count, span=node.span), YES_NO)


def _aggregate(scope: Scope, node: ast.Aggregate, expect: Type | None) -> Typed | None:
    found = time.domain(scope, node.domain)
    if found is None:
        return None
    inner = time.inner(scope, found[1])
    where = condition(inner, node.where) if node.where is not None else None
    if node.where is not None and where is None:
        return None
    inner = inner.within(guards=inner.guards | guards_of(where))
    body = present(inner, node.body, expect)
    weight = number(inner, node.weight) if node.weight is not None else None
    if body is None or (node.weight is not None and weight is None):
        return None
    orderable = (QuantityType, AnyType, DateType, PeriodType) if node.fn in ("highest", "lowest") else (QuantityType, AnyType)
    if not isinstance(body[1].base, orderable):
        scope.symbols.bag.add(type_errors.not_a_number(node.body.span, show(body[1])))
        return None
    if isinstance(body[1].base, QuantityType) and found[1][0] == "entity" and not _one_product(scope, body[1].base, found[1][1]):
        unit = show(body[1])
        scope.symbols.bag.add(type_errors.bad_place(
            node.body.span, f"{node.fn} of {unit} over rows", "Each row may make another product, and outputs of two products are never added. Multiply by a figure per unit first."))  # fmt: skip
        return None
    return ir.Aggregate(node.fn, found[0], body[0], where, weight[0] if weight else None, span=node.span), body[1]


def _one_product(scope: Scope, type_: QuantityType, entity: str) -> bool:
    """Whether the output named by each row's field is the same for all rows of the domain."""
    below = {entity}
    for name, _ in type_.dimension:
        if name.startswith("out:"):
            owner = name[4:].partition(".")[0]
            if owner in below or entity in scope.symbols.chain(owner):
                return False
    return True


def _count(scope: Scope, node: ast.CountOf, expect: Type | None) -> Typed | None:
    found = time.domain(scope, node.domain)
    if found is None:
        return None
    where = condition(time.inner(scope, found[1]), node.where) if node.where is not None else None
    if node.where is not None and where is None:
        return None
    return ir.Count(found[0], where, span=node.span), RATIO_TYPE


def _there_is(scope: Scope, node: ast.ThereIs, expect: Type | None) -> Typed | None:
    entity = node.entity.text
    if entity not in scope.symbols.entities:
        scope.symbols.bag.add(name_errors.unknown_thing(node.entity.span, "entity", entity, scope.symbols.entities))
        return None
    row = scope.base_above(entity)
    domain: ir.Domain = ir.Children(entity, row, span=node.span) if row is not None else ir.Everyone(entity, span=node.span)
    where = condition(time.inner(scope, ("entity", entity)), node.where) if node.where is not None else None
    if node.where is not None and where is None:
        return None
    return ir.Exists(domain, where, node.negated, span=node.span), YES_NO


def _share(scope: Scope, node: ast.Share, expect: Type | None) -> Typed | None:
    total = number(scope, node.total, expect)
    found = time.domain(scope, node.domain)
    if total is None or found is None:
        return None
    subject = scope.row(found[1][1]) if found[1][0] == "entity" else None
    if subject is None or scope.entity != found[1][1]:
        scope.symbols.bag.add(type_errors.bad_place(node.span, "a share", "The rule's own row must be one of the rows among which the total is shared."))
        return None
    inner = time.inner(scope, found[1])
    parts: dict[str, ir.Expr | None] = {}
    for name, part in (("order", node.order), ("weight", node.weight), ("limit", node.limit)):
        value = number(inner, part, total[1] if name == "limit" else None) if part is not None else None
        if part is not None and value is None:
            return None
        if name == "limit" and value is not None and part is not None and not same(value[1].base, total[1].base):
            scope.symbols.bag.add(type_errors.unit_mismatch(part.span, show(total[1]), show(value[1]), node.total.span, part.span))
            return None
        parts[name] = value[0] if value else None
    if node.limit is not None and node.excess is None and node.order is None:
        scope.symbols.bag.add(type_errors.remainder_word(node.limit.span))
        return None
    if node.weight is None and node.limit is None:
        scope.symbols.bag.add(type_errors.bad_place(node.span, "a share without proportion", "Write `in proportion to …` or `limited to …`."))
        return None
    place = rounding(scope, node.rounding.span, node.rounding.mode, node.rounding.place, total[1])
    if place is None:
        return None
    if node.remainder == "left" and node.rounding.mode != "down":
        scope.symbols.bag.add(type_errors.bad_place(node.rounding.span, f"`rounded {node.rounding.mode}` with `remainder left`",
                                                    "What is left would be less than nothing: round down."))  # fmt: skip
        return None
    share = ir.ShareOf(
        total[0], found[0], subject, parts["order"], node.order_way, parts["weight"], parts["limit"], node.excess,
        place.mode, place.place, node.remainder, span=node.span,
    )  # fmt: skip
    return share, total[1]


# ---------------------------------------------------------------- dates


def _date_shift(scope: Scope, node: ast.DateShift, expect: Type | None, mode: str | None = None) -> Typed | None:
    amount = number(scope, node.amount)
    day = present(scope, node.day, DATE)
    if amount is None or day is None:
        return None
    if not isinstance(day[1].base, DateType | PeriodType | AnyType):
        scope.symbols.bag.add(type_errors.mismatch(node.day.span, "a date", show(day[1])))
        return None
    unit = _duration(scope, node.amount.span, amount[1])
    if unit is None:
        return None
    start = time.day(*day)
    if unit in ("months", "years") and mode is None and not _first_of_month(start):
        scope.symbols.bag.add(type_errors.month_rounding(node.span))
        return None
    return ir.DateAdd(start, amount[0], unit, 1 if node.direction == "after" else -1, mode, span=node.span), DATE


def _first_of_month(day: ir.Expr) -> bool:
    if isinstance(day, ir.StartOf):
        period = day.period
        kind = getattr(period, "kind", None)
        return kind != "day"
    if isinstance(day, ir.DayIn):
        return day.day == 1
    return isinstance(day, ir.Const) and getattr(day.value, "day", 0) == 1


def _pick_row(scope: Scope, node: ast.Pick, expect: Type | None) -> Typed | None:
    found = pick(scope, node)
    return None if found is None else (found[0], Type(RowType(found[1])))


_BY_NODE: dict[type, Callable[[Scope, Any, Type | None], Typed | None]] = {
    ast.Number: _number, ast.DateLit: _date, ast.PeriodLit: _period, ast.Truth: _truth, ast.Ref: _ref,
    ast.Moved: _moved, ast.ThisPeriod: _this, ast.AsBefore: _as_before, ast.EdgeOf: _edge, ast.PartOf: _part_of,
    ast.DayOf: _day_of, ast.Negative: _negative, ast.Sum: _sum, ast.Product: _product, ast.Clamped: _clamped,
    ast.PickOf: _pick_of, ast.SizeOf: _size, ast.Power: _power, ast.Sliding: _sliding, ast.Bands: _bands,
    ast.Compare: _compare, ast.Is: _is, ast.IsOneOf: _is_one_of, ast.IsIn: _is_in, ast.IsPresent: _is_present,
    ast.And: _and, ast.Or: _or, ast.Not: _not, ast.Lettered: _lettered, ast.Holds: _holds, ast.Aggregate: _aggregate,
    ast.CountOf: _count, ast.ThereIs: _there_is, ast.Share: _share, ast.DateShift: _date_shift, ast.Pick: _pick_row,
}  # fmt: skip
