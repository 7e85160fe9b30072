"""Sections of law to IR: spans, citations, clauses, exceptions, series, rounding; for rules and all that resembles them.

Invariant: a section that leaves here has at least one citation, and its clauses have the rule's type.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from typing import Any

from capcode.dsl import ast, ir, name_errors, type_errors
from capcode.dsl.elaborate import expression
from capcode.dsl.elaborate_operands import condition, guards_of, is_present, number, rounding, text_of
from capcode.dsl.scope import Scope
from capcode.dsl.symbols import LawSymbol, Symbols
from capcode.dsl.types import (
    ANY,
    DATE,
    AnyType,
    DateType,
    QuantityType,
    SetType,
    Type,
    same,
    show,
)  # fmt: skip
from capcode.dsl.units import is_money

Lawful = ast.Section | ast.MeasureSection | ast.DutySection | ast.AccountSection | ast.CheckSection
Guards = frozenset[Any]


def scope_of(symbols: Symbols, law: LawSymbol) -> Scope:
    """The scope of a statement's clauses."""
    return Scope(symbols, expression, law.entity, law.kind, law.timing, argument=law.argument, rule=law)


# ---------------------------------------------------------------- citations and spans


def citation(symbols: Symbols, cite: ast.Cite) -> ir.Citation | None:
    """A citation of an instrument of this scheme, which may be named in full: `eu.directive_2018_410`."""
    names = cite.instrument.names
    if len(names) == 2 and names[0] in symbols.scheme_names:
        names = names[1:]
    if len(names) != 1 or names[0] not in symbols.instruments:
        symbols.unknown(cite.instrument.span, "instrument", ".".join(names), symbols.instruments)
        return None
    return ir.Citation(names[0], cite.article, cite.marks)


def citations(symbols: Symbols, cites: Iterable[ast.Cite]) -> tuple[ir.Citation, ...] | None:
    found = [citation(symbols, c) for c in cites]
    return None if any(c is None for c in found) else tuple(c for c in found if c is not None)


def span_days(symbols: Symbols, when: ast.When, kind: str | None) -> tuple[date | None, date | None] | None:
    """The days [start, end) of a written span; for a rule of a longer period, `for 2021` is the period that begins in it."""
    calendar = symbols.calendar
    if when.word == "initially":
        return None, None
    assert when.first is not None
    own = when.first if when.word == "from" else None
    first = symbols.literal(when.first, None if own is not None else _longer(symbols, when.first, kind))
    if first is None:
        return None
    start = calendar.start(first)
    last = first if when.word == "for" else (symbols.literal(when.last, None) if when.last is not None else None)
    if when.last is not None and last is None:
        return None
    return start, calendar.end(last) if last is not None else None


def _longer(symbols: Symbols, literal: ast.PeriodLit, kind: str | None) -> str | None:
    """The rule's kind, if the literal is of a shorter one."""
    own = symbols.calendar.literal(literal.text)
    if kind is None or own is None or own.kind == kind:
        return None
    return kind if symbols.calendar.refines(own.kind, kind) else None


def sections(
    symbols: Symbols, law: LawSymbol, nodes: Iterable[Lawful], lower: Callable[[Any, tuple[ir.Citation, ...]], Any]
) -> tuple[ir.Section, ...]:
    """Sections with their days; `lower` gives the law of one (or several, for a series: pairs of days and law)."""
    done: list[ir.Section] = []
    if law.name in symbols.broken:
        return ()
    cites: tuple[ir.Citation, ...] | None = None
    known = False
    for node in nodes:
        if node.cites:
            cites, known = citations(symbols, node.cites), True
        elif not known:
            symbols.bag.add(type_errors.no_cite(node.span))
            known = True
        days: tuple[date | None, date | None] | None = (None, None)
        if node.when is not None:
            days = span_days(symbols, node.when, law.kind)
        body = lower(node, cites or ())
        if body is None or not cites or days is None:
            continue
        if node.when is None and law.timing != ir.CONSTANT:
            _needs_span(symbols, law, node, cites[0].instrument)
        section = ir.Section(
            cites, body if not isinstance(body, list) else ir.CheckLaw(ir.Const(True)), days[0], days[1],
            initially=node.when is not None and node.when.word == "initially",
            always=node.when is None and law.timing == ir.CONSTANT, stands=node.when is not None and node.when.stands,
            adds=isinstance(node, ast.Section) and node.manner == "adds", span=node.span,
        )  # fmt: skip
        if isinstance(body, list):
            done.extend(replace(section, law=part, start=a, end=b) for a, b, part in body)
        else:
            done.append(section)
    return tuple(done)


def _needs_span(symbols: Symbols, law: LawSymbol, node: Lawful, instrument: str) -> None:
    """Without a span a section starts on its instrument's day, which must begin a period of the rule's kind."""
    source = symbols.instruments.get(instrument)
    while source is not None and isinstance(source.status, ast.ReadingOf):
        source = symbols.instruments.get(source.status.name.text)
    if source is None or isinstance(source.status, ast.InForceByMember):
        return
    day = source.status.day if isinstance(source.status, ast.InForce) else None
    if law.kind is not None and day is not None:
        kind = symbols.calendar.kind(law.kind)
        index = kind.index_of(day)
        if index is not None and kind.start(index) == day:
            return
    elif day is not None:
        return
    symbols.bag.add(type_errors.span_needed(node.span, instrument))


# ---------------------------------------------------------------- rules


def lower_rule(symbols: Symbols, law: LawSymbol) -> ir.Rule:
    """A rule with all its sections, checked against its head."""
    node = law.node
    assert isinstance(node, ast.Rule)
    head_rounding = lower_rounding(scope_of(symbols, law), node.head.rounding, law.type) if node.head.rounding else None
    if law.argument is not None:
        _argument_is_new(symbols, law, node)
    found = sections(symbols, law, node.sections, lambda section, cites: _rule_law(symbols, law, section, cites, node.head))
    if node.head.dated_by is not None:
        _dated_by(symbols, node.head.dated_by)
    label = node.head.label
    return ir.Rule(
        law.name, found, law.entity, law.kind, law.timing, label.text if label else "", dict(label.others) if label else {},
        node.head.name.span, type=law.type, argument=law.argument, dated_by=node.head.dated_by.text if node.head.dated_by else None,
        rounding=head_rounding, answers=node.head.answers.text if node.head.answers else None,
    )  # fmt: skip


def _argument_is_new(symbols: Symbols, law: LawSymbol, node: ast.Rule) -> None:
    assert node.head.argument is not None
    name = node.head.argument.name
    if scope_of(symbols, law).within(argument=None).knows(name.text):
        symbols.bag.add(name_errors.already_means(name.span, name.text))


def _dated_by(symbols: Symbols, name: ast.Name) -> None:
    other = symbols.law.get(name.text)
    if other is None:
        symbols.unknown(name.span, "rule", name.text, symbols.law)
    elif not isinstance(other.type.base, DateType | AnyType):
        symbols.bag.add(type_errors.mismatch(name.span, "a rule that gives a date", show(other.type)))


def lower_rounding(scope: Scope, node: ast.Rounding, type_: Type) -> ir.Rounding | None:
    match node:
        case ast.RoundedTo(mode=mode, place=place):
            return rounding(scope, node.span, mode, place, type_)
        case ast.RoundedUnknown(reason=reason):
            return ir.Rounding("unknown", reason=reason)
        case ast.NotRounded():
            return ir.Rounding("not")
    return None


def _rule_law(symbols: Symbols, law: LawSymbol, node: ast.Section, cites: tuple[ir.Citation, ...], head: ast.Head) -> Any:
    scope = scope_of(symbols, law).within(before=law.type)
    own = lower_rounding(scope, node.rounding, law.type) if node.rounding is not None else None
    if node.rounding is not None and head.rounding is not None:
        symbols.bag.add(type_errors.rounding_twice(node.rounding.span, law.name))
    written = node.rounding or head.rounding
    scope = scope.within(in_rounding=isinstance(written, ast.RoundedTo))
    series = [c for c in node.clauses if isinstance(c, ast.Series)]
    if series:
        return _series(symbols, law, node, series[0], scope)
    defines, scope = lower_defines(scope, node.defines)
    clauses: list[ir.Clause] = []
    exceptions: list[ir.Exception_] = []
    ok = True
    for clause in node.clauses:
        if isinstance(clause, ast.Exception_):
            exception = _exception(symbols, scope, law, clause, cites)
            ok = ok and exception is not None
            if exception is not None:
                exceptions.append(exception)
        elif isinstance(clause, ast.Clause):
            plain = _clause(scope, law, clause)
            ok = ok and plain is not None
            if plain is not None:
                clauses.append(plain)
    _one_general(symbols, node)
    _over_known(symbols, node, exceptions)
    _over_in_order(symbols, node, exceptions)
    if written is None and must_round(symbols, law.type) and not _figures_only(clauses, exceptions):
        symbols.bag.add(type_errors.rounding_missing(node.span, law.name, show(law.type)))
    if not ok:
        return None
    if node.manner == "adds":
        article = cites[0].article if cites else ""
        added = [
            ir.Exception_(
                article, c.body, c.condition if c.condition is not None else ir.Const(True), (), False, None, (), c.because, c.span
            )
            for c in clauses
        ]
        general = ir.Clause(ir.AsBefore(span=node.span), None, "", node.span)
        return ir.RuleLaw((general,), (*added, *exceptions), False, defines, own)
    return ir.RuleLaw(tuple(clauses), tuple(exceptions), node.manner == "in_this_order", defines, own)


def lower_defines(scope: Scope, nodes: tuple[ast.Define, ...]) -> tuple[tuple[tuple[str, ir.Expr], ...], Scope]:
    """Steps in order; each is seen by those below it."""
    done: list[tuple[str, ir.Expr]] = []
    for node in nodes:
        found = expression(scope, node.value)
        if scope.knows(node.name.text):
            scope.symbols.bag.add(name_errors.already_means(node.name.span, node.name.text))
        scope = scope.within(defines={**scope.defines, node.name.text: found[1] if found else ANY})
        if found is not None:
            done.append((node.name.text, found[0]))
    return tuple(done), scope


def _clause(scope: Scope, law: LawSymbol, node: ast.Clause) -> ir.Clause | None:
    guard: ir.Expr | None = None
    if node.condition is not None:
        guard = condition(scope, node.condition)
    body = lower_body(scope.within(guards=scope.guards | guards_of(guard)), law.type, node.value, node.because or "")
    if body is None or (node.condition is not None and guard is None):
        return None
    return ir.Clause(body, guard, node.because or "", node.span)


def _exception(
    symbols: Symbols, scope: Scope, law: LawSymbol, node: ast.Exception_, cites: tuple[ir.Citation, ...]
) -> ir.Exception_ | None:
    guard = condition(scope, node.condition)
    body = lower_body(scope.within(guards=scope.guards | guards_of(guard)), law.type, node.value, node.because or "")
    own: ir.Citation | None = None
    marks: tuple[str, ...] = ()
    article = cites[0].article if cites else ""
    match node.source:
        case ast.Cite():
            own = citation(symbols, node.source)
            article = node.source.article
            if own is None:
                return None
        case ast.SourceText(article=text, marks=given):
            article, marks = text, given
    if guard is None or body is None:
        return None
    return ir.Exception_(article, body, guard, node.over, node.over_all, own, marks, node.because or "", node.span)


def word_list(symbols: Symbols, type_: Type, node: ast.ListOf) -> frozenset[str] | None:
    """`list CO2, CH4`, of a type with these words; None after a diagnostic about the first word that is none of it."""
    wanted = type_.base.names if isinstance(type_.base, SetType) else ()
    for name in node.names:
        if name.text not in wanted:
            symbols.bag.add(type_errors.unlike_name(name.span, name.text, tuple(wanted) or ("(no set)",), None))
            return None
    return frozenset(n.text for n in node.names)


def lower_body(scope: Scope, type_: Type, node: ast.Value, because: str = "") -> ir.Body | None:
    """What a clause gives, of the rule's type."""
    bag = scope.symbols.bag
    match node:
        case ast.Unknown(reason=reason):
            return ir.OpenValue(reason, span=node.span)
        case ast.Absent(word=word):
            if not type_.or_none and not isinstance(type_.base, AnyType):
                bag.add(type_errors.not_admitted(node.span, word.replace("_", " ")))
                return None
            return ir.Const(ir.Absent(word, because), span=node.span)
        case ast.ListOf():
            words = word_list(scope.symbols, type_, node)
            return None if words is None else ir.Const(words, span=node.span)
        case ast.SetBy():
            return _set_by(scope, type_, node)
    found = expression(scope, node, type_)
    if found is None:
        return None
    expr, own = found
    if own.or_none and not type_.or_none and not is_present(scope, expr):
        bag.add(type_errors.unguarded(node.span, text_of(node)))
        return None
    if not same(type_.base, own.base):
        if isinstance(type_.base, QuantityType) and isinstance(own.base, QuantityType):
            bag.add(type_errors.wrong_unit(node.span, show(Type(type_.base)), show(Type(own.base))))
        else:
            bag.add(type_errors.mismatch(node.span, show(Type(type_.base)), show(own)))
        return None
    return expr


def _set_by(scope: Scope, type_: Type, node: ast.SetBy) -> ir.SetBy | None:
    authority = node.authority.text
    if authority not in scope.symbols.authorities:
        scope.symbols.unknown(node.authority.span, "authority", authority, scope.symbols.authorities)
        return None
    bounds: list[ir.Expr | None] = []
    for bound in (node.least, node.most):
        found = number(scope, bound, type_) if bound is not None else None
        if bound is not None and found is None:
            return None
        if found is not None and bound is not None and not same(type_.base, found[1].base):
            scope.symbols.bag.add(type_errors.wrong_unit(bound.span, show(type_), show(found[1])))
            return None
        bounds.append(found[0] if found else None)
    day = expression(scope, node.deadline, DATE) if node.deadline is not None else None
    if day is not None and node.deadline is not None and not isinstance(day[1].base, DateType | AnyType):
        scope.symbols.bag.add(type_errors.mismatch(node.deadline.span, "a date", show(day[1])))
        return None
    return ir.SetBy(authority, bounds[0], bounds[1], day[0] if day else None, node.span)


def _one_general(symbols: Symbols, node: ast.Section) -> None:
    """At most one clause holds in all other cases; one without a condition must stand alone."""
    plain = [c for c in node.clauses if isinstance(c, ast.Clause)]
    others = [c for c in plain if c.otherwise]
    if len(others) > 1:
        symbols.bag.add(type_errors.otherwise_twice(others[1].span, others[0].span))
    bare = [c for c in plain if c.condition is None and not c.otherwise]
    if node.manner == "in_this_order":
        bare = bare[:-1] if bare and bare[-1] is plain[-1] else bare
    if bare and len(plain) > 1 and node.manner != "adds":
        other = next((c for c in plain if c is not bare[0]), plain[0])
        symbols.bag.add(type_errors.two_general(bare[0].span, other.span))


def _over_known(symbols: Symbols, node: ast.Section, exceptions: list[ir.Exception_]) -> None:
    known = [e.article for e in exceptions]
    for clause in node.clauses:
        if isinstance(clause, ast.Exception_):
            for article in clause.over:
                if article not in known:
                    symbols.bag.add(name_errors.unknown_article(clause.span, article, known))


def _over_in_order(symbols: Symbols, node: ast.Section, exceptions: list[ir.Exception_]) -> None:
    """`over` is transitive, so a circle would put an exception over itself."""
    below = {e.article: set(e.over) for e in exceptions}
    for clause in node.clauses:
        if not isinstance(clause, ast.Exception_):
            continue
        seen: set[str] = set()
        todo = list(clause.over)
        while todo:
            at = todo.pop()
            if at not in seen:
                seen.add(at)
                todo.extend(below.get(at, ()))
        if isinstance(clause.source, ast.SourceText | ast.Cite) and clause.source.article in seen:
            symbols.bag.add(type_errors.over_circle(clause.span, clause.source.article))
            return


def must_round(symbols: Symbols, type_: Type) -> bool:
    """Money, prices and held units must say whether they are rounded."""
    if not isinstance(type_.base, QuantityType):
        return False
    held = {name for unit in symbols.units.values() if unit.covers is not None for name, _ in unit.dimension}
    return any(is_money(name) or name in held for name, _ in type_.base.dimension)


def _figures_only(clauses: list[ir.Clause], exceptions: list[ir.Exception_]) -> bool:
    return all(is_figure(c.body) for c in clauses) and all(is_figure(e.body) for e in exceptions)


def is_figure(body: ir.Body) -> bool:
    match body:
        case ir.SetBy() | ir.Const() | ir.OpenValue() | ir.ShareOf() | ir.AsBefore():
            return True
        case ir.FactRead() | ir.RuleRead() | ir.DefineRead() | ir.Lookup() | ir.IssuedRead() | ir.AccountRead():
            return False
        case ir.Add(terms=terms):
            return all(is_figure(t) for _, t in terms)
        case ir.Bands(rows=rows):
            return all(is_figure(r.value) for r in rows)
        case ir.Mul(factors=factors):
            return all(is_figure(f) for f in factors)
    return False


def _series(symbols: Symbols, law: LawSymbol, node: ast.Section, series: ast.Series, scope: Scope) -> Any:
    """One section for each figure of a series: [(start, end, law)]."""
    when = node.when
    if law.kind is None or when is None or when.word != "from" or when.first is None or len(node.clauses) > 1:
        symbols.bag.add(type_errors.series_periods(series.span))
        return None
    period = symbols.literal(when.first, law.kind)
    if period is None:
        return None
    calendar = symbols.calendar
    done: list[tuple[date | None, date | None, ir.RuleLaw]] = []
    values = [*series.values, *([series.then] if series.then is not None else [])]
    for i, value in enumerate(values):
        at = calendar.shift(period, i)
        body = lower_body(scope, law.type, value)
        if body is None or at is None:
            return None
        last = series.then is not None and i == len(values) - 1
        until = symbols.literal(when.last, None) if when.last is not None else None
        end = (calendar.end(until) if until else None) if last else calendar.end(at)
        done.append((calendar.start(at), end, ir.RuleLaw((ir.Clause(body, None, "", value.span),))))
    return done
