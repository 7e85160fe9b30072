"""Arithmetic to IR: sums, products, bounds, roundings, curves, bands and dates. Here units meet.

Invariant: every sum has one dimension; a product adds exponents; a date moves by days unless a rounding is written.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Any

from capcode.dsl import ast, ir, type_errors
from capcode.dsl import elaborate_time as time
from capcode.dsl.elaborate_operands import dimension_of, is_any, limited, number, present, rounding, text_of
from capcode.dsl.limits import LIMITS
from capcode.dsl.scope import Scope, Typed
from capcode.dsl.source import Span
from capcode.dsl.types import ANY, DATE, RATIO_TYPE, AnyType, DateType, PeriodType, QuantityType, Type, same, show
from capcode.dsl.units import RATIO, in_range, multiply


def negative(scope: Scope, node: ast.Negative, expect: Type | None) -> Typed | None:
    found = number(scope, node.operand, expect)
    if found is None:
        return None
    if isinstance(found[0], ir.Const) and isinstance(found[0].value, Fraction):
        return ir.Const(-found[0].value, span=node.span), found[1]
    return ir.Add(((Fraction(-1), found[0]),), span=node.span), found[1]


def total(scope: Scope, node: ast.Sum, expect: Type | None) -> Typed | None:
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
        type_ = found[1] if type_ is None or is_any(type_) else type_
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


def product(scope: Scope, node: ast.Product, expect: Type | None) -> Typed | None:
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
        any_type = any_type or is_any(found[1])
        dimension = multiply(dimension, dimension_of(found[1]), -1 if divide else 1)
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


def clamped(scope: Scope, node: ast.Clamped, expect: Type | None) -> Typed | None:
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
        bound = limited(scope, step.limit, type_)
        if bound is None:
            return None
        if not same(type_.base, bound[1].base):
            scope.symbols.bag.add(type_errors.unit_mismatch(step.span, show(type_), show(bound[1]), node.operand.span, step.limit.span))
            return None
        expr = (ir.Greatest if step.which == "least" else ir.Least)((expr, bound[0]), span=node.span)
    return expr, type_


def pick_of(scope: Scope, node: ast.PickOf, expect: Type | None) -> Typed | None:
    left = limited(scope, node.left, expect or ANY)
    right = limited(scope, node.right, left[1] if left else expect or ANY)
    if left is None or right is None:
        return None
    dates = node.word in ("later", "earlier")
    for side, found in ((node.left, left), (node.right, right)):
        wanted = (DateType, PeriodType, AnyType) if dates else (QuantityType, AnyType)
        if not isinstance(found[1].base, wanted):
            bag = scope.symbols.bag
            bag.add(
                type_errors.mismatch(side.span, "a date", show(found[1])) if dates else type_errors.not_a_number(side.span, show(found[1]))
            )
            return None
    if not same(left[1].base, right[1].base):
        scope.symbols.bag.add(type_errors.unit_mismatch(node.span, show(left[1]), show(right[1]), node.left.span, node.right.span))
        return None
    kind = ir.Greatest if node.word in ("higher", "later") else ir.Least
    return kind((left[0], right[0]), span=node.span), left[1]


def size(scope: Scope, node: ast.SizeOf, expect: Type | None) -> Typed | None:
    found = number(scope, node.operand, expect)
    return None if found is None else (ir.Abs(found[0], span=node.span), found[1])


def power(scope: Scope, node: ast.Power, expect: Type | None) -> Typed | None:
    exponent = number(scope, node.exponent)
    euler = isinstance(node.base, ast.Ref) and node.base.of is None and node.base.name.text == "e"
    base_value = None if euler else number(scope, node.base)
    if exponent is None or (base_value is None and not euler):
        return None
    for part, found in ((node.exponent, exponent), (node.base, base_value)):
        if found is not None and dimension_of(found[1]) != RATIO:
            scope.symbols.bag.add(type_errors.wrong_unit(part.span, "ratio", show(found[1])))
            return None
    whole = exponent[0].value if isinstance(exponent[0], ir.Const) else None
    small = isinstance(whole, Fraction) and whole.denominator == 1 and 0 <= whole <= LIMITS.exponent and not euler
    if not small and not scope.in_rounding:
        scope.symbols.bag.add(type_errors.bad_exponent(node.span, "It has no end of digits, so its article must say how it is rounded."))
        return None
    return ir.Pow(base_value[0] if base_value else None, exponent[0], span=node.span), RATIO_TYPE


def sliding(scope: Scope, node: ast.Sliding, expect: Type | None) -> Typed | None:
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
    if any(a[0] >= b[0] for a, b in pairwise(points)):
        scope.symbols.bag.add(type_errors.bad_points(node.span))
        return None
    assert by is not None and level_type is not None
    return ir.Interpolate(by[0], tuple(points), span=node.span), level_type


def bands(scope: Scope, node: ast.Bands, expect: Type | None) -> Typed | None:
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
    for (_, high, _, row), (low, _, other, following) in pairwise(ends):
        band = text_of(other).partition("|")[0].strip()
        if high is None or low is None or low < high or (low == high and row.high_included and following.low_included):
            scope.symbols.bag.add(type_errors.bands_meet(other.span, band, overlap=True))
        elif low > high or not (row.high_included or following.low_included):
            scope.symbols.bag.add(type_errors.bands_meet(other.span, band, overlap=False))


# ---------------------------------------------------------------- dates


def date_shift(scope: Scope, node: ast.DateShift, expect: Type | None, mode: str | None = None) -> Typed | None:
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


def _duration(scope: Scope, span: Span, type_: Type) -> str | None:
    """`days`, `months`, `years`, or the kind of listed days that a length of time is counted in."""
    dimension = dimension_of(type_)
    if len(dimension) == 1 and dimension[0][1] == 1:
        name = dimension[0][0]
        if name in ("days", "months", "years"):
            return name
        if name.startswith("periods:"):
            return name[8:]
    scope.symbols.bag.add(type_errors.duration_unit(span, show(type_)))
    return None


def _rounded_date(scope: Scope, node: ast.Clamped, shift: ast.DateShift) -> Typed | None:
    step = node.steps[0]
    if len(node.steps) != 1 or not isinstance(step, ast.RoundTo) or step.mode not in ("down", "up") or step.place is not None:
        scope.symbols.bag.add(
            type_errors.bad_place(
                step.span,
                "this rounding of a date",
                "Only a month that is too short has to be rounded.",
                "Write `rounded down` or `rounded up`, without a place.",
            )
        )
        return None
    return date_shift(scope, shift, None, step.mode)
