"""Measures, duties, accounts and checks to IR: statements with parts of their own beside conditions and amounts.

Invariant: a flow has the account's unit; a duty accepts only units that are held.
"""

from __future__ import annotations

from dataclasses import replace

from capcode.dsl import ast, ir, name_errors, type_errors
from capcode.dsl.diagnostics import Bag
from capcode.dsl.elaborate import expression
from capcode.dsl.elaborate_law import is_figure, lower_body, lower_defines, lower_rounding, must_round, scope_of, sections
from capcode.dsl.elaborate_operands import condition, number, only_no_limit, text_of
from capcode.dsl.scope import Scope
from capcode.dsl.source import Span
from capcode.dsl.symbols import LawSymbol, Symbols
from capcode.dsl.types import ANY, DATE, AnyType, DateType, PeriodType, QuantityType, Type, same, show


def lower_measure(symbols: Symbols, law: LawSymbol) -> tuple[ir.Measure, list[ir.Rule]]:
    """A measure, and its effects as rules without sections of their own."""
    node = law.node
    assert isinstance(node, ast.Measure)
    scope = scope_of(symbols, law)
    found = sections(symbols, law, node.sections, lambda section, cites: _measure_law(scope, section))
    label = node.label
    measure = ir.Measure(
        law.name, found, law.entity, law.kind, law.timing, label.text if label else "", dict(label.others) if label else {}, node.name.span
    )
    effects = []
    for e in symbols.law.values():
        if e.sort == "effect" and e.measure == law.name:
            text, others = _label_of_effect(node, e.name)
            effects.append(ir.Rule(e.name, (), e.entity, e.kind, e.timing, text, others, e.node.span, type=e.type, effect_of=law.name))
    return measure, effects


def _label_of_effect(measure: ast.Measure, name: str) -> tuple[str, dict[str, str]]:
    """The first label that a section gives to an effect: an amendment need not say it again."""
    parts = (p for s in measure.sections for p in s.parts if isinstance(p, ast.Effect) and p.name.text == name)
    label = next((p.label for p in parts if p.label is not None), None)
    return (label.text, dict(label.others)) if label is not None else ("", {})


def _measure_law(scope: Scope, node: ast.MeasureSection) -> ir.MeasureLaw | None:
    symbols = scope.symbols
    defines, inner = lower_defines(scope, node.defines)
    when = condition(inner, node.condition)
    if node.authority.text not in symbols.authorities:
        symbols.unknown(node.authority.span, "authority", node.authority.text, symbols.authorities)
    effects: list[ir.EffectLaw] = []
    starts: ir.Expr | None = None
    lasts: tuple[int, str] | None = None
    ends: ir.Expr | None = None
    for part in node.parts:
        match part:
            case ast.Effect():
                effect = _effect_law(inner, part)
                if effect is not None:
                    effects.append(effect)
            case ast.StartsOn(day=day):
                found = expression(inner, day, DATE)
                if found is not None and not isinstance(found[1].base, DateType | PeriodType | AnyType):
                    symbols.bag.add(type_errors.mismatch(day.span, "a date", show(found[1])))
                elif found is not None:
                    starts = ir.StartOf(found[0]) if isinstance(found[1].base, PeriodType) else found[0]
            case ast.Lasts(count=count, kind=kind):
                word = kind.text
                if word.rstrip("s") in ("month", "year", "day"):
                    lasts = (count, word.rstrip("s") + "s")
                else:
                    named = symbols.kind(kind)
                    lasts = (count, named) if named else None
            case ast.EndsWhen(condition=end):
                ends = condition(inner.within(in_force=frozenset(p.name.text for p in node.parts if isinstance(p, ast.Effect))), end)
    if when is None:
        return None
    return ir.MeasureLaw(when, node.authority.text, node.modal, node.action, tuple(effects), starts, lasts, ends, defines)


def _effect_law(scope: Scope, part: ast.Effect) -> ir.EffectLaw | None:
    type_ = scope.symbols.law[part.name.text].type if part.name.text in scope.symbols.law else ANY
    own = lower_rounding(scope, part.rounding, type_) if part.rounding is not None else None
    body = lower_body(scope.within(in_rounding=isinstance(part.rounding, ast.RoundedTo)), type_, part.value)
    if body is None:
        return None
    if part.rounding is None and must_round(scope.symbols, type_) and not is_figure(body):
        scope.symbols.bag.add(type_errors.rounding_missing(part.span, part.name.text, show(type_)))
    return ir.EffectLaw(part.name.text, body, own)


def lower_duty(symbols: Symbols, law: LawSymbol) -> ir.Duty:
    node = law.node
    assert isinstance(node, ast.Duty)
    scope = scope_of(symbols, law)
    found = sections(symbols, law, node.sections, lambda section, cites: _duty_law(scope, law, section))
    label = node.label
    return ir.Duty(
        law.name, found, law.entity, law.kind, law.timing, label.text if label else "", dict(label.others) if label else {},
        node.name.span, type=law.amount or ANY,
    )  # fmt: skip


def duty_amount(symbols: Symbols, law: LawSymbol) -> Type:
    """The type of a duty's quantity, from its first section; used before the duty itself is lowered."""
    assert isinstance(law.node, ast.Duty)
    quiet = replace(symbols, bag=Bag())
    scope = scope_of(quiet, law)
    section = law.node.sections[0]
    _, inner = lower_defines(scope, section.defines)
    found = number(inner, section.quantity)
    return Type(found[1].base) if found is not None else ANY


def _duty_law(scope: Scope, law: LawSymbol, node: ast.DutySection) -> ir.DutyLaw | None:
    symbols = scope.symbols
    defines, inner = lower_defines(scope, node.defines)
    quantity = number(inner, node.quantity)
    deadline = expression(inner, node.deadline, DATE)
    if deadline is not None and not isinstance(deadline[1].base, DateType | AnyType):
        symbols.bag.add(type_errors.mismatch(node.deadline.span, "a date", show(deadline[1])))
        deadline = None
    accepts: list[ir.LotPattern] = []
    limits: list[tuple[ir.LotPattern, ir.Expr]] = []
    limited: list[tuple[ir.LotPattern, Span]] = []
    order: list[tuple[ir.LotPattern, str | None]] = []
    failing: str | None = None
    for part in node.parts:
        match part:
            case ast.Accepts(lots=lots):
                accepts.extend(p for p in (_lot(inner, lot) for lot in lots) if p is not None)
            case ast.Limit(lot=lot, most=most):
                pattern = _lot(inner, lot) if _accepted(inner, node, lot) else None
                bound = expression(inner, most, law.amount or ANY)
                if bound is not None and bound[1].or_none and not only_no_limit(inner, bound[0]):
                    symbols.bag.add(type_errors.limit_absent(most.span, text_of(most)))
                    bound = None
                if pattern is not None and bound is not None:
                    _limit_unit(inner, law, lot, most, bound[1])
                    crossing = next((s for p, s in limited if _cross(p, pattern)), None)
                    if crossing is not None:
                        symbols.bag.add(type_errors.limits_cross(lot.span, pattern.unit, crossing))
                    limited.append((pattern, lot.span))
                    limits.append((pattern, bound[0]))
            case ast.Order(turns=turns):
                order.extend((p, t.age) for t in turns if _accepted(inner, node, t.lot) for p in [_lot(inner, t.lot)] if p is not None)
            case ast.FailingThat(rule=rule):
                failing = rule.text
                if failing not in symbols.law:
                    symbols.unknown(rule.span, "rule", failing, symbols.law)
    if quantity is None or deadline is None:
        return None
    return ir.DutyLaw(quantity[0], deadline[0], tuple(accepts), tuple(limits), tuple(order), failing, defines)


def _accepted(scope: Scope, node: ast.DutySection, lot: ast.Lot) -> bool:
    """Whether a duty accepts the unit that it limits or orders."""
    accepted = [a.unit.text for p in node.parts if isinstance(p, ast.Accepts) for a in p.lots]
    if lot.unit.text not in accepted:
        scope.symbols.bag.add(name_errors.not_accepted(lot.span, lot.unit.text, accepted))
        return False
    unit = scope.symbols.units.get(lot.unit.text)
    return unit is not None and unit.covers is not None


def _cross(a: ir.LotPattern, b: ir.LotPattern) -> bool:
    """Whether the lots of two limits may overlap without one holding all of the other's. Undecided counts as crossing."""
    if a.unit != b.unit or a.where is None or b.where is None or a.where == b.where:
        return False
    if ir.Not(a.where) == b.where or ir.Not(b.where) == a.where:
        return False
    parts = [set(w.operands) if isinstance(w, ir.And) else {w} for w in (a.where, b.where)]
    if any(isinstance(x, ir.Not) and x.operand in other for one, other in (parts, parts[::-1]) for x in one):
        return False
    return not (parts[0] <= parts[1] or parts[1] <= parts[0])


def _limit_unit(scope: Scope, law: LawSymbol, lot: ast.Lot, most: ast.Expr, type_: Type) -> None:
    """A limit is an amount in the duty's unit, or a count of the units that it limits."""
    unit = scope.symbols.units.get(lot.unit.text)
    allowed = [law.amount.base if law.amount else None, QuantityType(unit.dimension) if unit else None]
    if not any(a is None or same(a, type_.base) for a in allowed):
        scope.symbols.bag.add(type_errors.wrong_unit(most.span, show(law.amount or ANY), show(type_)))


def _lot(scope: Scope, node: ast.Lot) -> ir.LotPattern | None:
    unit = scope.symbols.units.get(node.unit.text)
    if unit is None or unit.covers is None:
        held = [u.name for u in scope.symbols.units.values() if u.covers is not None]
        scope.symbols.unknown(node.unit.span, "unit that is held", node.unit.text, held)
        return None
    where = condition(scope.within(lots=node.unit.text), node.where) if node.where is not None else None
    if node.where is not None and where is None:
        return None
    return ir.LotPattern(node.unit.text, where)


def lower_account(symbols: Symbols, law: LawSymbol) -> ir.Account:
    node = law.node
    assert isinstance(node, ast.Account)
    scope = scope_of(symbols, law)
    found = sections(symbols, law, node.sections, lambda section, cites: _account_law(scope, law, section))
    label = node.label
    return ir.Account(
        law.name, found, law.entity, law.kind, law.timing, label.text if label else "", dict(label.others) if label else {},
        node.name.span, unit=node.unit.names[0].text, type=law.type,
    )  # fmt: skip


def _account_law(scope: Scope, law: LawSymbol, node: ast.AccountSection) -> ir.AccountLaw | None:
    flows = [_flow(scope, law, flow) for flow in node.flows]
    return None if any(f is None for f in flows) else ir.AccountLaw(tuple(f for f in flows if f is not None))


def _flow(scope: Scope, law: LawSymbol, node: ast.Flow) -> ir.FlowLaw | None:
    symbols = scope.symbols
    day = expression(scope, node.day, DATE)
    if day is None:
        return None
    if not isinstance(day[1].base, DateType | AnyType):
        symbols.bag.add(type_errors.mismatch(node.day.span, "a date", show(day[1])))
        return None
    against = getattr(node, "against", None)
    if against is not None and (against.text not in symbols.law or symbols.law[against.text].sort != "account"):
        symbols.unknown(against.span, "account", against.text, [n for n, s in symbols.law.items() if s.sort == "account"])
        return None
    written = node.amount if isinstance(node, ast.Enters | ast.Leaves) else node.most if isinstance(node, ast.Keeps) else None
    amount = number(scope, written, law.type) if written is not None else None
    if written is not None:
        if amount is None:
            return None
        if not same(amount[1].base, law.type.base):
            symbols.bag.add(type_errors.wrong_unit(written.span, show(law.type), show(amount[1])))
            return None
    vintage: ir.Expr | None = None
    if isinstance(node, ast.Enters) and node.vintage is not None:
        unit = symbols.units.get(law.type.base.unit) if isinstance(law.type.base, QuantityType) else None
        found = expression(scope, node.vintage, Type(PeriodType(unit.vintage)) if unit and unit.vintage else None)
        if found is None:
            return None
        vintage = found[0]
    where = None
    if isinstance(node, ast.Lapses) and node.where is not None:
        where = condition(scope.within(lots=law.name), node.where)
        if where is None:
            return None
    return ir.FlowLaw(
        type(node).__name__.lower(), day[0], amount[0] if amount else None, vintage, against.text if against else None,
        (node.age if isinstance(node, ast.Leaves) else None) or "oldest", where, node.span,
    )  # fmt: skip


def lower_check(symbols: Symbols, law: LawSymbol) -> ir.Check:
    node = law.node
    assert isinstance(node, ast.Check)
    scope = scope_of(symbols, law)

    def one(section: ast.CheckSection, cites: tuple[ir.Citation, ...]) -> ir.CheckLaw | None:
        found = condition(scope, section.condition)
        return None if found is None else ir.CheckLaw(found, section.because or "")

    found = sections(symbols, law, node.sections, one)
    label = node.label
    return ir.Check(
        law.name, found, law.entity, law.kind, law.timing, label.text if label else "", dict(label.others) if label else {}, node.name.span
    )
