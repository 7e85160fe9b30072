"""Syntax trees to symbols: every declared name of a scheme, before any expression is looked at.

The symbols differ from the trees in this: periods are a calendar, units have dimensions, entities form a tree, fields
have types. Rules, tables and the rest are known by their heads; their bodies are the elaborator's.

Invariant: evaluates nothing; a mistake in one declaration leaves the others usable.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from graphlib import CycleError, TopologicalSorter

from capcode.dsl import ast, ir, type_errors
from capcode.dsl import load_errors as errors
from capcode.dsl.calendar import Calendar
from capcode.dsl.declare_periods import calendar_of
from capcode.dsl.diagnostics import Bag, Diagnostic
from capcode.dsl.limits import LIMITS
from capcode.dsl.load import SchemeSource
from capcode.dsl.source import NOWHERE, Span
from capcode.dsl.symbols import EntitySymbol, Lawful, LawSymbol, Symbols
from capcode.dsl.types import (
    ANY,
    AnyType,
    DateType,
    KeyType,
    NameType,
    PeriodType,
    QuantityType,
    RowType,
    Type,
    YesNoType,
    show,
)  # fmt: skip
from capcode.dsl.units import BUILTIN, CURRENCIES, Unit, base


def declare(source: SchemeSource, bag: Bag) -> Symbols | None:
    """All symbols of a scheme, or None when there is no `scheme` statement to begin with."""
    own = [s for f in source.files for s in f.statements]
    above, inherited = _inherited(source)
    schemes = [s for s in own if isinstance(s, ast.Scheme)]
    if not schemes:
        bag.add(errors.no_scheme_statement(source.name))
        return None
    for extra in schemes[1:]:
        bag.add(errors.second_scheme(extra.name.span, schemes[0].name.span))
    scheme = replace(schemes[0], lines=(*inherited, *schemes[0].lines))
    symbols = Symbols(source, scheme, bag, Calendar({}, {}, {}))
    statements = [*above, *own]
    _scheme_lines(symbols, scheme)
    periods = [s for s in statements if isinstance(s, ast.PeriodDef) and _register(symbols, s.name)]
    symbols.calendar = calendar_of(source, scheme, periods, bag)
    _units(symbols, [s for s in statements if isinstance(s, ast.UnitDef)])
    for statement in statements:
        match statement:
            case ast.Instrument():
                _register(symbols, statement.name)
                symbols.instruments.setdefault(statement.name.text, statement)
            case ast.Table():
                _register(symbols, statement.name)
                symbols.tables.setdefault(statement.name.text, statement)
            case ast.Entity():
                _register(symbols, statement.name)
                _entity(symbols, statement)
            case ast.Mapping():
                symbols.mappings.append(statement)
            case ast.Case():
                symbols.cases.append(statement)
    _entity_tree(symbols)
    for entity in symbols.entities.values():
        _fields(symbols, entity)
    for statement in statements:
        if isinstance(statement, ast.Fact):
            _register(symbols, statement.field.name)
            symbols.facts.setdefault(statement.field.name.text, _field(symbols, statement.field, None))
    for table in symbols.tables.values():
        _columns(symbols, table)
    for statement in _amended(symbols, statements):
        if isinstance(statement, ast.Rule | ast.Measure | ast.Duty | ast.Account | ast.Check):
            _law(symbols, statement)
        elif isinstance(statement, ast.Question):
            _question(symbols, statement)
    _no_shadowing(symbols)
    if len(symbols.law) > LIMITS.rules:
        bag.add(errors.rules_limit(scheme.name.span))
    return symbols


def _inherited(source: SchemeSource) -> tuple[list[ast.Statement], tuple[ast.SchemeLine, ...]]:
    """What a scheme has from the vocabulary and from the scheme that it is derived from: statements, lines of the head."""
    files = list(source.shared)
    law: list[ast.Statement] = []
    lines: tuple[ast.SchemeLine, ...] = ()
    base = source.base
    while base is not None:
        files.extend(f for f in base.shared if f not in files)
        law = [s for f in base.files for s in f.statements if not isinstance(s, ast.Scheme | ast.Case)] + law
        lines = (*(base.scheme.lines if base.scheme else ()), *lines)
        base = base.base
    return [s for f in files for s in f.statements] + law, lines


def _register(symbols: Symbols, name: ast.Name) -> bool:
    """Notes a scheme-wide name; complains if it is taken."""
    first = symbols.places.get(name.text)
    if first is not None:
        symbols.bag.add(errors.declared_twice(name.span, name.text, first))
        return False
    symbols.places[name.text] = name.span
    return True


def _scheme_lines(symbols: Symbols, scheme: ast.Scheme) -> None:
    for line in scheme.lines:
        match line:
            case ast.Currency(name=name):
                symbols.currency = name.text
            case ast.Authority(name=name):
                if _register(symbols, name):
                    symbols.authorities[name.text] = line


def _units(symbols: Symbols, definitions: list[ast.UnitDef]) -> None:
    symbols.units.update(BUILTIN)
    if symbols.currency and symbols.currency not in CURRENCIES:
        symbols.units[symbols.currency] = Unit(symbols.currency, base(symbols.currency))
    scheme = symbols.scheme.name.text
    for node in _in_order(definitions):
        name = node.name.text
        if not _register(symbols, node.name):
            continue
        if name in BUILTIN:
            symbols.bag.add(errors.bad_unit(node.name.span, f"`{name}` is a unit of the language."))
            continue
        label, labels = node.label.text if node.label else name, dict(node.label.others) if node.label else {}
        symbols.broken.add(name)
        match node.form:
            case ast.UnitForEach(field=wanted):
                symbols.row_units[name] = wanted.text
            case ast.UnitEquals(value=value):
                found = symbols.number(value, None)
                if found is not None:
                    if value.unit is None or found[0] <= 0:
                        symbols.bag.add(errors.bad_unit(node.form.span, "It must equal a positive number of another unit."))
                    else:
                        symbols.units[name] = Unit(name, found[1].dimension, found[0], label=label, labels=labels)
            case ast.UnitCovers(value=value, vintage=vintage):
                found = symbols.number(value, None)
                kind = symbols.kind(vintage) if vintage is not None else None
                if found is not None:
                    if found[1].dimension != base("mass") or found[0] <= 0:
                        symbols.bag.add(errors.bad_unit(node.form.span, "`covers` says how many tonnes one unit stands for."))
                    symbols.units[name] = Unit(name, base(f"{scheme}.{name}"), Fraction(1), found[0], kind, label, labels)
            case None:
                symbols.units[name] = Unit(name, base(f"{scheme}.{name}"), label=label, labels=labels)
        if name in symbols.units or name in symbols.row_units:
            symbols.broken.discard(name)


def _in_order(definitions: list[ast.UnitDef]) -> list[ast.UnitDef]:
    """Each unit after those that it is written in, so that the order of statements has no meaning; a circle as it stands."""
    named = {node.name.text: node for node in definitions}
    order: TopologicalSorter[str] = TopologicalSorter()
    for name, node in named.items():
        value = node.form.value if isinstance(node.form, ast.UnitEquals | ast.UnitCovers) else None
        order.add(name, *(n.text for n in (value.unit.names if value is not None and value.unit is not None else ()) if n.text in named))
    try:
        place = {name: i for i, name in enumerate(order.static_order())}
    except CycleError:
        return definitions
    return sorted(definitions, key=lambda node: place[node.name.text])


def _entity(symbols: Symbols, node: ast.Entity) -> None:
    name = node.name.text
    plural = node.plural.text if node.plural else name + "s"
    if name in symbols.entities:
        return
    symbols.entities[name] = EntitySymbol(node, name, plural, node.parent.text if node.parent else None)
    if plural in symbols.plurals or symbols.calendar.find(plural) is not None:
        symbols.bag.add(errors.declared_twice(node.name.span, plural, symbols.places.get(plural, node.name.span)))
    symbols.plurals[plural] = name
    if node.listed is not None:
        table = symbols.source.table(node.listed.text, node.listed.span)
        if isinstance(table, Diagnostic):
            symbols.bag.add(table)
            symbols.entities[name].listed = ()
        else:
            symbols.entities[name].listed = tuple(sorted({row[0] for _, row in table.rows}))


def _entity_tree(symbols: Symbols) -> None:
    for entity in symbols.entities.values():
        chain: list[str] = []
        at = entity.parent
        while at is not None:
            if at not in symbols.entities:
                assert entity.node.parent is not None
                symbols.unknown(entity.node.parent.span, "entity", at, symbols.entities)
                break
            if at == entity.name or at in chain:
                symbols.bag.add(errors.entity_circle(entity.node.name.span, entity.name))
                chain = []
                entity.parent = None
                break
            chain.append(at)
            at = symbols.entities[at].parent
        entity.ancestors = tuple(chain)


def _fields(symbols: Symbols, entity: EntitySymbol) -> None:
    seen: dict[str, Span] = {}
    for node in entity.node.fields:
        if node.name.text in seen:
            symbols.bag.add(errors.declared_twice(node.name.span, node.name.text, seen[node.name.text]))
            continue
        seen[node.name.text] = node.name.span
        entity.fields[node.name.text] = _field(symbols, node, entity.name)
    life = entity.node.life
    for name in (life.start, life.end) if life else ():
        if name is not None and not (name.text in entity.fields and isinstance(entity.fields[name.text].type.base, DateType)):
            symbols.bag.add(errors.bad_life(name.span, name.text))


def _field(symbols: Symbols, node: ast.Field, entity: str | None) -> ir.Field:
    type_ = symbols.type_of(node.type, entity)
    kind = symbols.kind(node.each) if node.each else None
    if node.each is not None and kind is None:
        symbols.broken.add(f"{entity}.{node.name.text}" if entity else node.name.text)
    low = high = step = None
    if node.range is not None:
        low = _plain(symbols, node.range, node.range.low, type_, entity)
        high = _plain(symbols, node.range, node.range.high, type_, entity)
        step = _plain(symbols, node.range, node.range.step, type_, entity) if node.range.step else None
        if low is not None and high is not None and type(low) is type(high) and low > high:  # type: ignore[operator]
            symbols.bag.add(errors.bad_range(node.range.span, "It ends below its start."))
        if isinstance(step, Fraction) and step <= 0:
            symbols.bag.add(errors.bad_range(node.range.span, "A step is greater than zero."))
            step = None
    decided = chosen = None
    deadline: ir.Expr | None = None
    match node.source:
        case ast.DecidedBy(authority=authority):
            decided = authority.text
            if decided not in symbols.authorities:
                symbols.unknown(authority.span, "authority", decided, symbols.authorities)
        case ast.ChosenBy(chooser=chooser, deadline=last):
            chosen = chooser.text
            if isinstance(last, ast.DateLit):
                deadline = ir.Const(last.day)
            elif isinstance(last, ast.DayOf):
                at = symbols.kind(last.kind)
                if at is not None:
                    period: ir.Expr = ir.This(at) if last.word == "this" else ir.Next(at)
                    if last.word == "last":
                        period = ir.Shift(ir.This(at), ir.Const(Fraction(-1)))
                    deadline = ir.DayIn(last.day, last.month, period)
    default: ir.Value | None = None
    if node.default is not None:
        default = _default(symbols, node.default, type_, entity)
    path = None
    if isinstance(type_.base, QuantityType):
        path = next((n[4:] for n, _ in type_.base.dimension if n.startswith("out:")), None)
    return ir.Field(
        key=f"{entity}.{node.name.text}" if entity else node.name.text, name=node.name.text, entity=entity, type=type_,
        kind=kind, low=low, high=high, step=step if isinstance(step, Fraction) else None,
        decided=decided, chosen=chosen, chosen_by_day=deadline, default=default, has_default=node.default is not None,
        unit_path=path, label=node.label.text if node.label else "", labels=dict(node.label.others) if node.label else {},
        span=node.name.span,
    )  # fmt: skip


def _plain(symbols: Symbols, whole: ast.Range, node: ast.Number | ast.DateLit, type_: Type, entity: str | None) -> Fraction | date | None:
    if isinstance(node, ast.DateLit):
        return node.day if isinstance(type_.base, DateType) else None
    found = symbols.number(node, entity)
    if found is None:
        return None
    if not isinstance(type_.base, QuantityType) or found[1].dimension != type_.base.dimension:
        symbols.bag.add(errors.bad_range(whole.span, "Its unit is not that of the field."))
        return None
    return found[0]


def _default(symbols: Symbols, node: ast.Default, type_: Type, entity: str | None) -> ir.Value | None:
    value = node.value
    found: ir.Value | None = None
    match value, type_.base:
        case ast.Absent(word=word), _ if type_.or_none:
            return ir.Absent(word)
        case ast.Truth(value=truth), YesNoType():
            return truth
        case ast.DateLit(day=day), DateType():
            return day
        case ast.Name(text=text), NameType(names) if text in names:
            return text
        case ast.Name(text=text), KeyType():
            return text
        case ast.Number(), QuantityType(dimension, _, _):
            number = symbols.number(value, entity)
            if number is None:
                return None
            if number[1].dimension == dimension:
                return number[0]
        case _, AnyType():
            return None
    symbols.bag.add(errors.bad_default(node.span, "It is not of the field's type."))
    return found


def _columns(symbols: Symbols, table: ast.Table) -> None:
    types: dict[str, Type] = {}
    for column in table.columns:
        if column.name.text in types or column.name.text in (k.text for k in table.keys):
            first = next(n for n in (*table.keys, *(c.name for c in table.columns)) if n.text == column.name.text)
            symbols.bag.add(errors.declared_twice(column.name.span, column.name.text, first.span))
        types[column.name.text] = symbols.type_of(column.type, None, column_key=table.keys[0].text)
    symbols.columns[table.name.text] = types


# ---------------------------------------------------------------- heads of law


def _amended(symbols: Symbols, statements: list[ast.Statement]) -> list[ast.Statement]:
    """The statements, each rule with the sections that an `amend` adds to it, wherever that stands."""
    added: dict[str, list[ast.Section]] = {}
    known = {s.head.name.text for s in statements if isinstance(s, ast.Rule)}
    for statement in statements:
        if not isinstance(statement, ast.Amend):
            continue
        if statement.name.text not in known:
            symbols.unknown(statement.name.span, "rule", statement.name.text, known)
            continue
        if not statement.sections[0].cites:  # it would speak with the articles of a text in another place
            symbols.bag.add(type_errors.no_cite(statement.sections[0].span))
            continue
        added.setdefault(statement.name.text, []).extend(statement.sections)
    if not added:
        return statements
    return [
        replace(s, sections=(*s.sections, *added.get(s.head.name.text, ()))) if isinstance(s, ast.Rule) else s for s in statements
    ]


def _law(symbols: Symbols, node: Lawful) -> None:
    head = node.head if isinstance(node, ast.Rule) else node
    if not _register(symbols, head.name):
        return
    entity = head.entity.text if head.entity is not None else None
    if entity is not None and entity not in symbols.entities:
        assert head.entity is not None
        symbols.unknown(head.entity.span, "entity", entity, symbols.entities)
        entity = None
        symbols.broken.add(head.name.text)
    each = head.each
    kind = symbols.kind(each) if each is not None else None
    if each is not None and kind is None:
        symbols.broken.add(head.name.text)
    type_ = Type(YesNoType())
    argument = None
    if isinstance(node, ast.Rule):
        type_ = symbols.type_of(node.head.type, entity)
        if node.head.argument is not None:
            argument = (node.head.argument.name.text, symbols.type_of(node.head.argument.type, entity))
            if isinstance(argument[1].base, RowType | PeriodType) or argument[1].or_none:
                symbols.bag.add(type_errors.argument_type(node.head.argument.span, show(argument[1])))
    elif isinstance(node, ast.Account):
        quantity = symbols.unit_value(node.unit, entity)
        type_ = Type(quantity) if quantity else ANY
        if quantity is not None and not symbols.is_held(node.unit):
            symbols.bag.add(errors.not_held(node.unit.span, show(type_)))
            symbols.broken.add(head.name.text)
    sort = type(node).__name__.lower()
    timing = _timing(symbols, node, entity, kind)
    symbols.law[head.name.text] = LawSymbol(
        head.name.text, node, sort, entity, kind, timing, type_, argument, None, _absent_words(node), _has_set_by(node)
    )
    if isinstance(node, ast.Measure):
        for section in node.sections:
            for part in section.parts:
                if isinstance(part, ast.Effect):
                    _effect(symbols, head.name.text, part, entity, kind, timing)


def _effect(symbols: Symbols, measure: str, part: ast.Effect, entity: str | None, kind: str | None, timing: str) -> None:
    name = part.name.text
    type_ = symbols.type_of(part.type, entity)
    known = symbols.law.get(name)
    is_set = isinstance(part.value, ast.SetBy)
    if known is not None and known.sort == "effect" and (known.entity, known.kind, known.type) == (entity, kind, type_):
        known.set_by = known.set_by or is_set
        return
    if known is not None or name in symbols.places:
        symbols.bag.add(errors.declared_twice(part.name.span, name, symbols.places.get(name, part.name.span)))
        return
    symbols.places[name] = part.name.span
    absent = frozenset({"not_applicable"}) if type_.or_none else frozenset[str]()
    symbols.law[name] = LawSymbol(name, part, "effect", entity, kind, timing, type_, None, measure, absent, is_set)


def _question(symbols: Symbols, node: ast.Question) -> None:
    head = node.head
    entity = head.entity.text if head.entity and head.entity.text in symbols.entities else None
    kind = symbols.kind(head.each) if head.each else None
    timing = ir.EACH if kind else ir.CONSTANT
    if head.name.text in symbols.questions:
        symbols.bag.add(errors.declared_twice(head.name.span, head.name.text, symbols.questions[head.name.text].node.span))
    type_ = symbols.type_of(head.type, entity)
    symbols.questions[head.name.text] = LawSymbol(head.name.text, node, "question", entity, kind, timing, type_)


def _timing(symbols: Symbols, node: Lawful, entity: str | None, kind: str | None) -> str:
    if kind is not None:
        return ir.EACH
    if symbols.dated_ancestor(entity) is not None:
        return ir.ROW_DAY
    sections: tuple[ast.Node, ...] = node.sections
    if any(getattr(s, "when", None) is not None for s in sections):
        return ir.DATED_VALUE
    return ir.CONSTANT


def _absent_words(node: Lawful) -> frozenset[str]:
    if not isinstance(node, ast.Rule):
        return frozenset()
    return frozenset(
        c.value.word for s in node.sections for c in s.clauses if not isinstance(c, ast.Series) and isinstance(c.value, ast.Absent)
    )


def _has_set_by(node: Lawful) -> bool:
    return isinstance(node, ast.Rule) and any(
        isinstance(c.value, ast.SetBy) for s in node.sections for c in s.clauses if not isinstance(c, ast.Series)
    )


def _no_shadowing(symbols: Symbols) -> None:
    """A field may not repeat a scheme-wide name; two entities may have fields of one name."""
    for entity in symbols.entities.values():
        for field_ in entity.fields.values():
            other = symbols.law.get(field_.name)
            if other is not None or field_.name in symbols.facts:
                place = symbols.places.get(field_.name, NOWHERE)
                symbols.bag.add(errors.shadows(field_.span, field_.name, place))
