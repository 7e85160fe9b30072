"""Cases to IR: given rows and values, expected values and states; names of rows are the case's own.

Invariant: an expected value has the unit of what it is compared with, and no tolerance that is not written.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from capcode.dsl import ast, ir, name_errors, type_errors
from capcode.dsl.calendar import Period
from capcode.dsl.elaborate import expression
from capcode.dsl.elaborate_law import citation, word_list
from capcode.dsl.elaborate_names import PARTS
from capcode.dsl.scope import Scope
from capcode.dsl.source import Span
from capcode.dsl.symbols import LawSymbol, Symbols
from capcode.dsl.types import KeyType, NameType, QuantityType, RowType, SetType, Type, same, show

At = Period | date | None


@dataclass(slots=True)
class _Target:
    """What a case speaks of: a field, or a definition, of a row."""

    name: str
    sort: str
    row: str | None
    type: Type
    kind: str | None
    timing: str
    part: str | None = None
    entity: str | None = None
    law: LawSymbol | None = None


@dataclass(slots=True)
class _Rows:
    """The rows of one case: name → entity."""

    entities: dict[str, str] = field(default_factory=dict)
    parents: dict[str, str | None] = field(default_factory=dict)


def lower_case(symbols: Symbols, node: ast.Case) -> ir.Case | None:
    """A case, or None after a diagnostic about one of its lines."""
    before = len(symbols.bag.found)
    view = lower_view(symbols, node.view) if node.view is not None else ir.View(symbols.scheme.name.text)
    cites = tuple(c for c in (_cite(symbols, c) for c in node.cites) if c is not None)
    known = _Rows()
    for listed in symbols.entities.values():
        for name in listed.listed or ():
            known.entities[name] = listed.name
    for given in node.givens:
        if isinstance(given, ast.GivenRow):
            _row(symbols, known, given)
    rows: list[ir.GivenRow] = []
    values: list[ir.GivenValue] = []
    rosters: list[tuple[str, str | None]] = []
    for given in node.givens:
        match given:
            case ast.GivenRow():
                entity = given.entity.text
                if entity in symbols.entities:
                    rows.append(ir.GivenRow(entity, given.name.text, given.parent.text if given.parent else None))
                    for assign in given.assigns:
                        if assign.target.of is not None:
                            symbols.bag.add(type_errors.only_its_own(assign.target.of.span, given.name.text))
                            continue
                        own = ast.Assign(assign.span, ast.Ref(assign.target.span, assign.target.name, None), assign.period, assign.value)
                        _given(symbols, known, own, values, (entity, given.name.text))
            case ast.GivenValues(assigns=assigns):
                for assign in assigns:
                    _given(symbols, known, assign, values, None)
            case ast.GivenAll(plural=plural, file=file):
                found = symbols.plurals.get(plural.text)
                if found is None:
                    symbols.bag.add(name_errors.not_in_domain(plural.span, plural.text, symbols.plurals))
                else:
                    rosters.append((found, file.text if file else None))
    expected = [e for e in (_expected(symbols, known, x, bool(rosters)) for x in node.expected) if e is not None]
    if any(d.is_error for d in symbols.bag.found[before:]) or view is None:
        return None
    return ir.Case(node.title.text, cites, view, tuple(rows), tuple(rosters), tuple(values), tuple(expected), node.title.span)


def lower_view(symbols: Symbols, node: ast.ViewExpr) -> ir.View | None:
    for name in node.chosen:
        if name.text not in symbols.instruments:
            symbols.unknown(name.span, "instrument", name.text, symbols.instruments)
            return None
    return ir.View(".".join(node.scheme.names), node.as_at, frozenset(n.text for n in node.chosen))


def _cite(symbols: Symbols, cite: ast.Cite) -> ir.Citation | None:
    return citation(symbols, cite)


def _row(symbols: Symbols, known: _Rows, node: ast.GivenRow) -> None:
    entity = symbols.entities.get(node.entity.text)
    if entity is None:
        symbols.unknown(node.entity.span, "entity", node.entity.text, symbols.entities)
        return
    parent = node.parent.text if node.parent is not None else None
    if entity.parent is not None and parent is None:
        symbols.bag.add(
            type_errors.bad_place(
                node.name.span,
                f"a {entity.name} without its {entity.parent}",
                f"Each {entity.name} lies in a {entity.parent}.",
                f"Write `given a {entity.name} {node.name.text} in …`.",
            )
        )
    if parent is not None and known.entities.get(parent) != entity.parent:
        assert node.parent is not None
        rows = [n for n, e in known.entities.items() if e == entity.parent]
        symbols.unknown(node.parent.span, entity.parent or "parent", parent, rows)
    known.entities[node.name.text] = entity.name
    known.parents[node.name.text] = parent


def _target(symbols: Symbols, known: _Rows, ref: ast.Ref, row: tuple[str, str] | None) -> _Target | None:
    """`price`, `emissions of works`, `shortfall of surrender of plant`"""
    name, holder = ref.name.text, ref.of
    part: str | None = None
    if name in PARTS and isinstance(holder, ast.Ref) and holder.name.text in symbols.law:
        part, ref, name, holder = name, holder, holder.name.text, holder.of
    entity: str | None = None
    row_name: str | None = None
    if name in symbols.broken:
        return None
    if row is not None:
        entity, row_name = row
    elif holder is not None:
        if not isinstance(holder, ast.Ref) or holder.of is not None or holder.name.text not in known.entities:
            symbols.unknown(holder.span, "row", holder.span.words, known.entities)
            return None
        row_name = holder.name.text
        entity = known.entities[row_name]
    if entity is not None and name in symbols.entities[entity].fields:
        f = symbols.entities[entity].fields[name]
        if f.key in symbols.broken:
            return None
        return _Target(f.key, "fact", row_name, f.type, f.kind, ir.EACH if f.kind else ir.CONSTANT, None, entity)
    if entity is None and name in symbols.facts:
        f = symbols.facts[name]
        return _Target(f.key, "fact", None, f.type, f.kind, ir.EACH if f.kind else ir.CONSTANT)
    law = symbols.law.get(name)
    if law is None or law.entity != entity:
        owner = f"`{entity}`" if entity else "the scheme"
        names = [*symbols.entities[entity].fields] if entity else [*symbols.facts]
        names += [n for n, s in symbols.law.items() if s.entity == entity]
        symbols.missing(name_errors.unknown_name(ref.name.span, name, names, owner))
        return None
    type_ = law.type
    if part in ("shortfall", "used") and law.sort == "duty":
        type_ = law.amount or law.type
    return _Target(name, law.sort, row_name, type_, law.kind, law.timing, part, entity, law)


def _when(symbols: Symbols, target: _Target, near: ast.Near | None, span: Span) -> tuple[At] | None:
    """Where in time a target is meant: (period, day or None,); None after a diagnostic."""
    if near is None:
        if target.kind is not None or target.timing == ir.DATED_VALUE:
            symbols.bag.add(type_errors.case_needs_period(span, target.name, target.kind or "date"))
            return None
        return (None,)
    if not isinstance(near, ast.PeriodLit):
        symbols.bag.add(
            type_errors.bad_place(
                near.span, "this period", "A case has no present period.", "Name it: `in 2024`, `in 2023-24`, `in 2024/03`."
            )
        )
        return None
    if target.timing == ir.DATED_VALUE:
        period = symbols.literal(near, None)
        start = symbols.calendar.start(period) if period else None
        return None if start is None else (start,)
    if target.kind is None:
        symbols.bag.add(type_errors.has_no_periods(near.span, target.name))
        return None
    if target.sort == "account":
        period = symbols.literal(near, None)
        end = symbols.calendar.end(period) if period else None
        if target.part is None:
            return None if end is None else (date.fromordinal(end.toordinal() - 1),)
    period = symbols.literal(near, target.kind)
    return None if period is None else (period,)


def _value(symbols: Symbols, known: _Rows, target: _Target, node: ast.Expr | ast.Absent | ast.Unknown | ast.ListOf) -> ir.Value | None:
    """A written value of the target's type."""
    type_ = target.type
    if isinstance(node, ast.ListOf):
        return word_list(symbols, type_, node)
    if isinstance(node, ast.Absent):
        if not type_.or_none:
            symbols.bag.add(type_errors.not_admitted(node.span, node.word.replace("_", " ")))
            return None
        return ir.Absent(node.word)
    if isinstance(node, ast.Unknown):
        return None
    if isinstance(node, ast.Ref) and node.of is None:
        word = node.name.text
        match type_.base:
            case RowType(entity) if known.entities.get(word) == entity:
                return word
            case KeyType():
                return word
            case NameType(names) if word in names:
                return word
            case SetType(names) if word in names:
                return frozenset({word})
    scope = Scope(symbols, expression, target.entity, binders=(target.entity,) if target.entity else ())
    found = expression(scope, node, Type(type_.base))
    if found is None:
        return None
    if not same(found[1].base, type_.base):
        if isinstance(type_.base, QuantityType) and isinstance(found[1].base, QuantityType):
            symbols.bag.add(type_errors.wrong_unit(node.span, show(type_), show(found[1])))
        else:
            symbols.bag.add(type_errors.mismatch(node.span, show(type_), show(found[1])))
        return None
    value = constant(found[0])
    if value is None:
        symbols.bag.add(
            type_errors.bad_place(
                node.span, "a computed value", "A case states figures; it does not work them out from facts.", "Write the figure."
            )
        )
    return value


def constant(expr: ir.Expr) -> ir.Value | None:
    """The value of an expression of written figures only; None if it reads anything."""
    match expr:
        case ir.Const(value=value):
            return value
        case ir.Add(terms=terms):
            parts = [(c, constant(t)) for c, t in terms]
            if all(isinstance(v, Fraction) for _, v in parts):
                return sum((c * v for c, v in parts), Fraction(0))  # type: ignore[operator]
        case ir.Mul(factors=factors):
            product = Fraction(1)
            for factor in factors:
                one = constant(factor)
                if not isinstance(one, Fraction):
                    return None
                product *= one
            return product
        case ir.Div(left=left, right=right):
            a, b = constant(left), constant(right)
            if isinstance(a, Fraction) and isinstance(b, Fraction) and b:
                return a / b
    return None


def _may_act(law: LawSymbol | None) -> bool:
    """Whether a measure waits for an authority's act. Of one that follows by itself, a case gives the state instead."""
    return law is not None and isinstance(law.node, ast.Measure) and any(s.modal == "may" for s in law.node.sections)


def _given(symbols: Symbols, known: _Rows, node: ast.Assign, values: list[ir.GivenValue], row: tuple[str, str] | None) -> None:
    target = _target(symbols, known, node.target, row)
    if target is None:
        return
    if target.part is not None or target.sort == "account":
        what = f"`{target.part} of {target.name}`" if target.part else f"the account `{target.name}`"
        symbols.bag.add(type_errors.follows(node.target.span, what))
        return
    at = _when(symbols, target, node.period, node.target.span)
    if at is None:
        return
    if isinstance(node.value, ast.Unknown):
        symbols.bag.add(
            type_errors.bad_place(node.value.span, "`unknown`", "What a case does not give is not known.", "Remove this value.")
        )
        return
    value = _value(symbols, known, target, node.value)
    if value is None:
        return
    what = "fact" if target.sort == "fact" else "act" if _may_act(target.law) else "rule"
    if target.law is not None and target.law.set_by:
        what = "set"
    values.append(ir.GivenValue(what, target.name, target.row, at[0], value))


def _expected(symbols: Symbols, known: _Rows, node: ast.Expected, roster: bool) -> ir.Expected | None:
    target = _target_or_roster(symbols, known, node.target, roster)
    if target is None:
        return None
    at = _when(symbols, target, node.period, node.target.span)
    if at is None:
        return None
    text = node.span.words
    if isinstance(node.value, ast.Reason):
        wanted = node.value.name.text if node.value.name is not None else ""
        if node.value.word == "unknown":  # the word alone has no place of its own in the tree
            text += " = unknown"
        return ir.Expected(
            target.sort, target.name, target.row, at[0], None, target.part, node.value.word, wanted=wanted, text=text, span=node.span
        )
    value = _value(symbols, known, target, node.value)
    within: Fraction | None = None
    if node.within is not None:
        found = symbols.number(node.within, target.entity)
        if found is not None and not same(found[1], target.type.base):
            symbols.bag.add(type_errors.wrong_unit(node.within.span, show(target.type), show(found[1])))
            return None
        within = found[0] if found else None
    if value is None:
        return None
    return ir.Expected(target.sort, target.name, target.row, at[0], None, target.part, "known", value, within, text=text, span=node.span)


def _target_or_roster(symbols: Symbols, known: _Rows, ref: ast.Ref, roster: bool) -> _Target | None:
    """Rows that come from a file are known only when it is read: then the row's entity is that of the rule."""
    holder = ref.of
    if roster and isinstance(holder, ast.Ref) and holder.of is None and holder.name.text not in known.entities:
        law = symbols.law.get(ref.name.text)
        if law is not None and law.entity is not None:
            known.entities[holder.name.text] = law.entity
    return _target(symbols, known, ref, None)
