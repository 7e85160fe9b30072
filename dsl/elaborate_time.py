"""Places in time and domains: words such as `last year`, `the 6 months to this month`, `its bids` to IR.

Invariant: every kind is canonical, and every window says whether it binds a kind of period or an entity.
"""

from __future__ import annotations

import dataclasses
from fractions import Fraction

from capcode.dsl import ast, ir, name_errors, type_errors
from capcode.dsl.limits import LIMITS
from capcode.dsl.scope import Scope
from capcode.dsl.source import Span
from capcode.dsl.types import DateType, PeriodType, RowType, Type, show

Bound = tuple[str, str]
"""What a domain binds: ("entity", name), ("window", kind) or ("lots", account)."""


def this(scope: Scope, kind: str, span: Span) -> ir.Expr | None:
    """`this K`; a complaint where the reader runs through no periods."""
    if kind not in scope.windows and scope.here is None:
        scope.symbols.bag.add(type_errors.no_this(span, kind))
        return None
    if kind not in scope.windows and scope.timing == ir.DATED_VALUE:
        scope.symbols.bag.add(type_errors.no_this(span, kind))
        return None
    return ir.This(kind, span=span)


def which(scope: Scope, word: str, kind: str, span: Span) -> ir.Expr | None:
    """`this`, `last` or `next` period of a kind."""
    base = this(scope, kind, span)
    if base is None or word == "this":
        return base
    return ir.Shift(base, ir.Const(Fraction(-1)), span=span) if word == "last" else ir.Next(kind, span=span)


def near(scope: Scope, node: ast.Near, kind: str | None = None) -> tuple[ir.Expr, str] | None:
    """A near period or day: its expression, and its kind (`date` for the start or end of a period).

    `kind` is the kind wanted of a literal.
    """
    symbols = scope.symbols
    match node:
        case ast.PeriodLit():
            period = symbols.literal(node, kind)
            return None if period is None else (ir.Const(period, span=node.span), period.kind)
        case ast.Which(word=word, kind=name):
            if name.text in symbols.entities:
                return _row_near(scope, name, {"this": 0, "last": 1}.get(word), node.span)
            found = symbols.kind(name)
            expr = which(scope, word, found, node.span) if found else None
            return (expr, found) if expr is not None and found else None
        case ast.NearAgo(count=count, kind=name):
            if name.text in symbols.entities or name.text in symbols.plurals:
                return _row_near(scope, name, count, node.span)
            found = symbols.kind(name)
            base = this(scope, found, node.span) if found else None
            if base is None or found is None:
                return None
            return ir.Shift(base, ir.Const(Fraction(-count)), span=node.span), found
        case ast.MonthOf(month=month, word=word, count=count, kind=name):
            found = symbols.kind(name)
            if found is None:
                return None
            if word == "ago":
                base = this(scope, found, node.span)
                year = ir.Shift(base, ir.Const(Fraction(-count))) if base is not None else None
            else:
                year = which(scope, word, found, node.span)  # type: ignore[assignment]
            return None if year is None else (ir.MonthIn(month, year, span=node.span), "month")
        case ast.EdgeOf(edge=edge, period=inner):
            found_period = near(scope, inner)
            if found_period is None:
                return None
            period_expr, inner_kind = found_period
            if inner_kind == "date":
                symbols.bag.add(
                    type_errors.bad_place(
                        node.span,
                        "the start or end of a day",
                        "A day has no first and last day.",
                        "Write the day alone, or name a longer period.",
                    )
                )
                return None
            expr = ir.StartOf(period_expr, span=node.span) if edge == "start" else ir.EndOf(period_expr, span=node.span)
            return expr, "date"
        case ast.PartOf(part=part, kind=name, period=inner):
            found = symbols.kind(name)
            outer = near(scope, inner)
            if found is None or outer is None:
                return None
            return ir.PartPeriod(part, found, outer[0], span=node.span), found
    return None


def _row_near(scope: Scope, name: ast.Name, count: int | None, span: Span) -> tuple[ir.Expr, str] | None:
    entity = scope.symbols.plurals.get(name.text, name.text)
    if scope.row(entity) is None or count is None:
        scope.symbols.bag.add(name_errors.no_row(span, entity))
        return None
    return ir.RowBack(entity, count, span=span), f"row:{entity}"


def anchor(scope: Scope, node: ast.Anchor, kind: str | None = None) -> tuple[ir.Expr, str] | None:
    """A near period, or a bare name: a date, a period or a row."""
    if not isinstance(node, ast.AnchorName):
        return near(scope, node, kind)
    found = scope.elaborate(scope, ast.Ref(node.span, node.name, None), None)
    if found is None:
        return None
    expr, type_ = found
    match type_.base:
        case DateType():
            return expr, "date"
        case PeriodType(own):
            return expr, own
        case RowType(entity):
            return expr, f"row:{entity}"
    scope.symbols.bag.add(type_errors.mismatch(node.span, "a date or a period", show(type_)))
    return None


def domain(scope: Scope, node: ast.Domain) -> tuple[ir.Domain, Bound] | None:
    """A domain and what it binds; None after a diagnostic."""
    symbols = scope.symbols
    if scope.nesting >= LIMITS.relation_nesting:
        symbols.bag.add(type_errors.nesting(node.span, LIMITS.relation_nesting))
        return None
    match node:
        case ast.Its(plural=plural):
            return _its(scope, plural, node.span)
        case ast.Population(plural=plural):
            entity = _plural(scope, plural)
            return None if entity is None else (ir.Everyone(entity, span=node.span), ("entity", entity))
        case ast.LastN(count=count, kind=name):
            if symbols.calendar.find(name.text) is None:
                entity = _plural(scope, name)
                if entity is None or not _dated(scope, entity, name):
                    return None
                return ir.EarlierRows(entity, count, span=node.span), ("entity", entity)
            return _window(scope, name, "last", count, None, None, node.span)
        case ast.NBefore(count=count, kind=name, anchor=at):
            return _window(scope, name, "before", count, at, None, node.span)
        case ast.NTo(count=count, kind=name, anchor=at):
            return _window(scope, name, "to", count, at, None, node.span)
        case ast.Inside(kind=name, anchor=at):
            if symbols.calendar.find(name.text) is None:
                return _rows_in(scope, name, at, node.span)
            return _window(scope, name, "inside", 0, at, None, node.span)
        case ast.FromTo(kind=name, first=first, last=last):
            if symbols.calendar.find(name.text) is None:
                return _rows_between(scope, name, first, last, node.span)
            return _window(scope, name, "between", 0, first, last, node.span)
    return None


def _plural(scope: Scope, name: ast.Name) -> str | None:
    symbols = scope.symbols
    entity = symbols.plurals.get(name.text)
    if entity is None:
        symbols.bag.add(name_errors.not_in_domain(name.span, name.text, [*symbols.plurals, *symbols.calendar.plurals]))
    return entity


def _its(scope: Scope, plural: ast.Name, span: Span) -> tuple[ir.Domain, Bound] | None:
    account = scope.symbols.law.get(plural.text)
    if account is not None and account.sort == "account":
        row = scope.row(account.entity) if account.entity else None
        if account.entity and row is None:
            scope.symbols.bag.add(name_errors.no_row(span, account.entity))
            return None
        return ir.Lots(account.name, row, span=span), ("lots", account.name)
    entity = _plural(scope, plural)
    if entity is None:
        return None
    base = scope.base_above(entity)
    if base is None:
        scope.symbols.bag.add(name_errors.not_below(span, entity))
        return None
    return ir.Children(entity, base, span=span), ("entity", entity)


def _dated(scope: Scope, entity: str, name: ast.Name) -> bool:
    if scope.symbols.entities[entity].node.life is None or scope.row(entity) is None:
        scope.symbols.bag.add(name_errors.no_row(name.span, entity))
        return False
    return True


def _rows_in(scope: Scope, name: ast.Name, at: ast.Anchor, span: Span) -> tuple[ir.Domain, Bound] | None:
    """`the bids in this auction`"""
    entity = _plural(scope, name)
    if entity is None:
        return None
    if isinstance(at, ast.Which) and at.word == "this" and at.kind.text in scope.symbols.entities:
        owner = at.kind.text
        row = scope.row(owner)
        if row is None:
            scope.symbols.bag.add(name_errors.no_row(at.span, owner))
            return None
        if owner not in scope.symbols.entities[entity].ancestors:
            scope.symbols.bag.add(name_errors.not_below(span, entity))
            return None
        return ir.Children(entity, row, span=span), ("entity", entity)
    scope.symbols.bag.add(
        type_errors.bad_place(
            span, f"`the {name.text} in …`", "Rows lie in a row that is at hand.", "Write, for example, `the bids in this auction`."
        )
    )
    return None


def _rows_between(scope: Scope, name: ast.Name, first: ast.Anchor, last: ast.Anchor, span: Span) -> tuple[ir.Domain, Bound] | None:
    entity = _plural(scope, name)
    if entity is None or not _dated(scope, entity, name):
        return None
    a, b = anchor(scope, first), anchor(scope, last)
    if a is None or b is None:
        return None
    return ir.RowsBetween(entity, a[0], b[0], span=span), ("entity", entity)


def _window(
    scope: Scope, name: ast.Name, form: str, count: int, first: ast.Anchor | None, last: ast.Anchor | None, span: Span
) -> tuple[ir.Domain, Bound] | None:
    kind = scope.symbols.kind(name)
    if kind is None:
        return None
    if form == "last" and scope.here is None:
        scope.symbols.bag.add(type_errors.no_this(span, kind))
        return None
    a = anchor(scope, first, kind if form == "between" else None) if first is not None else None
    b = anchor(scope, last, kind) if last is not None else None
    if (first is not None and a is None) or (last is not None and b is None):
        return None
    if form == "inside" and a is not None and a[1] != "date" and not scope.symbols.calendar.refines(kind, a[1]):
        scope.symbols.bag.add(type_errors.not_that_kind(span, name.text, kind, a[1]))
        return None
    if count > LIMITS.window_periods:
        scope.symbols.bag.add(
            type_errors.bad_place(
                span, "so long a window", "A limit keeps every evaluation fast.", f"Name at most {LIMITS.window_periods:,} periods."
            )
        )
        return None
    return ir.Window(kind, form, count, a[0] if a else None, b[0] if b else None, span=span), ("window", kind)


def _is_moved(guard: ir.Node, bound: Bound) -> bool:
    """Whether a reading shown to be present is another reading inside: of each period of a window, of another row."""
    waiting: list[object] = [guard]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ir.Here | ir.This | ir.Next) and bound[0] == "window":
            return True
        if isinstance(node, ir.Row) and bound == ("entity", node.entity):
            return True
        if isinstance(node, ir.Node):
            waiting.extend(getattr(node, f.name) for f in dataclasses.fields(node))
        elif isinstance(node, tuple):
            waiting.extend(node)
    return False


def inner(scope: Scope, bound: Bound) -> Scope:
    """The scope inside an aggregate over a domain."""
    sort, name = bound
    deeper = scope.within(nesting=scope.nesting + 1, guards=frozenset(g for g in scope.guards if not _is_moved(g, bound)))
    if sort == "entity":
        return deeper.within(binders=(*scope.binders, name))
    if sort == "window":
        return deeper.within(windows=(*scope.windows, name))
    return deeper.within(lots=name)


def day(expr: ir.Expr, type_: Type) -> ir.Expr:
    """A day as it is, a period as its first day."""
    return ir.StartOf(expr, span=expr.span) if isinstance(type_.base, PeriodType) else expr
