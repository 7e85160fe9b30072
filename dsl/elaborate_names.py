"""Names to readings: which fact, rule, field, table cell or step a name means, of which row, in which period.

Invariant: every reading says where in time it happens, or has one value for all time.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TypeAlias

from capcode.dsl import ast, ir, name_errors, type_errors
from capcode.dsl import elaborate_time as time
from capcode.dsl.diagnostics import nearest
from capcode.dsl.elaborate_operands import condition
from capcode.dsl.scope import Scope, Typed
from capcode.dsl.source import Span
from capcode.dsl.symbols import LawSymbol
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
    same,
    show,
)  # fmt: skip
from capcode.dsl.units import base, multiply

PARTS = ("shortfall", "used", "lapsed", "undistributed")


class Moves:
    """Where a name is read: the moves written behind it, already in order."""

    def __init__(self, moves: tuple[ast.Move, ...]) -> None:
        self.period: ast.Move | None = None
        self.at: ast.AtArg | None = None
        self.issued: ast.AsIssued | None = None
        self.extra: ast.Node | None = None
        for move in moves:
            if isinstance(move, ast.AtArg) and self.at is None:
                self.at = move
            elif isinstance(move, ast.AsIssued) and self.issued is None:
                self.issued = move
            elif isinstance(move, ast.LastOf | ast.AgoOf | ast.InPeriod) and self.period is None:
                self.period = move
            else:
                self.extra = move


def reference(scope: Scope, ref: ast.Ref, moves: Moves, expect: Type | None, span: Span) -> Typed | None:
    """A name with what stands `of` and behind it."""
    bag = scope.symbols.bag
    if moves.extra is not None:
        bag.add(type_errors.bad_place(moves.extra.span, "a second place in time", "A name is read in one period.", "Keep one of the two."))
        return None
    if ref.of is not None:
        return _of(scope, ref, moves, expect, span)
    plain = moves.period is None and moves.at is None and moves.issued is None
    local = _local(scope, ref) if plain else None
    if local is not None:
        return local
    owners = [(o, row) for o, row in scope.owners() if _has(scope, o, ref.name.text)]
    if len(owners) > 1 and not _first_wins(scope, owners):
        bag.add(name_errors.ambiguous(ref.name.span, ref.name.text, [o for o, _ in owners]))
        return None
    if owners:
        owner, row = owners[0]
        return _member(scope, owner, row, ref.name, moves, span)
    fact = scope.symbols.facts.get(ref.name.text)
    if fact is not None:
        return _fact(scope, fact, None, moves, span)
    law = scope.symbols.law.get(ref.name.text)
    if law is not None:
        if law.entity is not None:
            entity = law.entity
            if scope.row(entity) is None:
                bag.add(name_errors.no_row(ref.name.span, entity))
                return None
        return _law(scope, law, scope.row(law.entity) if law.entity else None, moves, span)
    literal = _name_literal(scope, ref.name, expect)
    if literal is not None:
        return literal
    if expect is not None and isinstance(expect.base, NameType):
        near = nearest(ref.name.text, expect.base.names)
        bag.add(type_errors.unlike_name(ref.name.span, ref.name.text, expect.base.names, near))
        return None
    scope.not_found(ref.name)
    return None


def _first_wins(scope: Scope, owners: list[tuple[str, ir.Row]]) -> bool:
    """Only names on levels beyond binder, own row and ancestors may be hidden: those above a binder alone."""
    near = {*scope.binders, *scope.symbols.chain(scope.entity)}
    return sum(1 for o, _ in owners if o in near) <= 1


def _has(scope: Scope, owner: str, name: str) -> bool:
    if name in scope.symbols.entities[owner].fields:
        return True
    law = scope.symbols.law.get(name)
    return law is not None and law.entity == owner


def _local(scope: Scope, ref: ast.Ref) -> Typed | None:
    name = ref.name.text
    if scope.argument is not None and name == scope.argument[0]:
        return ir.ArgumentRead(span=ref.span), scope.argument[1]
    if name in scope.defines:
        return ir.DefineRead(name, span=ref.span), scope.defines[name]
    if scope.lots is not None and name in ("vintage", "amount"):
        unit = scope.symbols.units.get(scope.lots)
        account = scope.symbols.law.get(scope.lots)
        if account is not None and account.sort == "account":
            if name == "amount":
                return ir.LotRead("amount", span=ref.span), account.type
            unit = scope.symbols.units.get(account.type.base.unit) if isinstance(account.type.base, QuantityType) else None
        kind = unit.vintage if unit is not None and unit.vintage else "year"
        return ir.LotRead("vintage", span=ref.span), Type(PeriodType(kind))
    return None


def _name_literal(scope: Scope, name: ast.Name, expect: Type | None) -> Typed | None:
    """A bare word where one of some names, or a table's key, is wanted."""
    if expect is None:
        return None
    match expect.base:
        case NameType(names) if name.text in names:
            return ir.Const(name.text, span=name.span), expect
        case KeyType():
            return ir.Const(name.text, span=name.span), expect
    return None


def _member(scope: Scope, owner: str, row: ir.RowExpr, name: ast.Name, moves: Moves, span: Span) -> Typed | None:
    """A field of an entity, or a rule of it, for a row."""
    field = scope.symbols.entities[owner].fields.get(name.text)
    if field is not None:
        return _fact(scope, field, row, moves, span)
    return _law(scope, scope.symbols.law[name.text], row, moves, span)


def _fact(scope: Scope, field: ir.Field, row: ir.RowExpr | None, moves: Moves, span: Span) -> Typed | None:
    bag = scope.symbols.bag
    if field.key in scope.symbols.broken:
        return None
    if moves.issued is not None:
        bag.add(
            type_errors.bad_place(
                moves.issued.span,
                "`as issued`",
                "It reads the amount that was recorded for a rule; a fact is recorded anyway.",
                "Remove `as issued`.",
            )
        )
        return None
    row, moved_row = _moved_row(scope, row, field.entity, moves)
    if moved_row is None:
        return None
    at = _at(scope, field.name, field.kind, ir.EACH if field.kind else ir.CONSTANT, moves, span, moved_row)
    if at is False:
        return None
    return ir.FactRead(field.key, row, at, span=span), field.type  # type: ignore[arg-type]


def _law(scope: Scope, law: LawSymbol, row: ir.RowExpr | None, moves: Moves, span: Span) -> Typed | None:
    bag = scope.symbols.bag
    if law.name in scope.symbols.broken:
        return None
    if law.sort == "check":
        bag.add(name_errors.check_is_read(span, law.name))
        return None
    row, moved_row = _moved_row(scope, row, law.entity, moves)
    if moved_row is None:
        return None
    if law.sort == "account":
        return _balance(scope, law, row, moves, span)
    argument: ir.Expr | None = None
    if law.argument is not None:
        if moves.at is None:
            bag.add(name_errors.needs_argument(span, law.name))
            return None
        given = scope.elaborate(scope, moves.at.argument, law.argument[1])
        if given is None:
            return None
        if not _fits(scope, moves.at.argument.span, law.argument[1], given[1]):
            return None
        argument = given[0]
        moves.at = None
    at = _at(scope, law.name, law.kind, law.timing, moves, span, moved_row)
    if at is False:
        return None
    if law.name in scope.in_force and isinstance(at, ir.Here):
        at = ir.Own(at.kind, span=span)
    if moves.issued is not None:
        return ir.IssuedRead(law.name, row, at, span=span), law.type  # type: ignore[arg-type]
    return ir.RuleRead(law.name, row, at, argument, span=span), law.type  # type: ignore[arg-type]


def _fits(scope: Scope, span: Span, wanted: Type, found: Type) -> bool:
    if same(wanted.base, found.base):
        return True
    if isinstance(wanted.base, QuantityType) and isinstance(found.base, QuantityType):
        scope.symbols.bag.add(type_errors.wrong_unit(span, show(wanted), show(found)))
    else:
        scope.symbols.bag.add(type_errors.mismatch(span, show(wanted), show(found)))
    return False


def _moved_row(scope: Scope, row: ir.RowExpr | None, entity: str | None, moves: Moves) -> tuple[ir.RowExpr | None, bool | None]:
    """`x last auction` moves the row and not the time: the row, and whether it was moved (None after a diagnostic)."""
    move = moves.period
    if not isinstance(move, ast.LastOf | ast.AgoOf):
        return row, False
    name = move.kind.text
    target = scope.symbols.plurals.get(name, name)
    if scope.symbols.calendar.find(name) is not None or target not in scope.symbols.entities:
        return row, False
    if entity is None or target != entity or scope.symbols.entities[target].node.life is None or not isinstance(row, ir.Row):
        scope.symbols.bag.add(name_errors.no_row(move.span, target))
        return row, None
    moves.period = None
    return ir.RowBack(target, 1 if isinstance(move, ast.LastOf) else move.count, span=move.span), True


Place: TypeAlias = "ir.Expr | bool | None"
"""Where a reading happens: an expression, None for values of all time, False after a diagnostic."""


def _at(scope: Scope, name: str, kind: str | None, timing: str, moves: Moves, span: Span, moved_row: bool) -> Place:
    bag = scope.symbols.bag
    if timing == ir.DATED_VALUE:
        return _at_day(scope, name, moves, span)
    if timing in (ir.CONSTANT, ir.ROW_DAY) or kind is None:
        stray = moves.period or moves.at
        if stray is not None:
            bag.add(name_errors.no_argument(stray.span, name) if moves.at else type_errors.has_no_periods(stray.span, name))
            return False
        return None
    if moves.at is not None:
        found = scope.elaborate(scope, moves.at.argument, Type(DateType()))
        if found is None:
            return False
        if not isinstance(found[1].base, DateType | PeriodType | AnyType):
            bag.add(name_errors.no_argument(moves.at.span, name))
            return False
        return found[0]
    if moves.period is not None:
        return _moved(scope, name, kind, moves.period)
    here = scope.here
    if here is None:
        bag.add(type_errors.no_period_here(span, name))
        return False
    if not scope.symbols.calendar.refines(here, kind):
        bag.add(type_errors.period_mismatch(span, name, kind, here, parts=scope.symbols.calendar.refines(kind, here)))
        return False
    return ir.Here(kind, span=span)


def _at_day(scope: Scope, name: str, moves: Moves, span: Span) -> Place:
    """Where a value at a date is read: on the day said, or on the first day of the reader's period."""
    bag = scope.symbols.bag
    if moves.at is not None:
        found = scope.elaborate(scope, moves.at.argument, Type(DateType()))
        if found is None:
            return False
        if not isinstance(found[1].base, DateType | PeriodType | AnyType):
            bag.add(name_errors.no_argument(moves.at.span, name))
            return False
        return time.day(*found)
    if moves.period is not None:
        if isinstance(moves.period, ast.InPeriod):
            found_period = time.near(scope, moves.period.period)
            if found_period is None:
                return False
            return found_period[0] if found_period[1] == "date" else ir.StartOf(found_period[0], span=span)
        bag.add(type_errors.has_no_periods(moves.period.span, name))
        return False
    if scope.here is None:
        bag.add(type_errors.no_period_here(span, name))
        return False
    return ir.StartOf(ir.Here(scope.here), span=span)


def _moved(scope: Scope, name: str, kind: str, move: ast.Move) -> Place:
    bag = scope.symbols.bag
    if isinstance(move, ast.InPeriod):
        found = time.near(scope, move.period, kind)
        if found is None:
            return False
        if found[1] == "date":
            return found[0]
        if found[1] != kind:
            bag.add(type_errors.not_that_kind(move.span, name, kind, found[1]))
            return False
        return found[0]
    assert isinstance(move, ast.LastOf | ast.AgoOf)
    said = scope.symbols.kind(move.kind)
    if said is None:
        return False
    if said != kind:
        bag.add(type_errors.not_that_kind(move.span, name, kind, said))
        return False
    start = time.this(scope, kind, move.span)
    if start is None:
        return False
    count = 1 if isinstance(move, ast.LastOf) else move.count
    return ir.Shift(start, ir.Const(Fraction(-count)), span=move.span)


def _balance(scope: Scope, law: LawSymbol, row: ir.RowExpr | None, moves: Moves, span: Span) -> Typed | None:
    if moves.at is None:
        scope.symbols.bag.add(type_errors.balance_needs_day(span, law.name))
        return None
    found = scope.elaborate(scope, moves.at.argument, Type(DateType()))
    if found is None:
        return None
    if not isinstance(found[1].base, DateType | PeriodType | AnyType):
        scope.symbols.bag.add(type_errors.mismatch(moves.at.span, "a date", show(found[1])))
        return None
    day = ir.EndOf(found[0]) if isinstance(found[1].base, PeriodType) else found[0]
    return ir.AccountRead(law.name, row, day, span=span), law.type


# ---------------------------------------------------------------- `of`


def _of(scope: Scope, ref: ast.Ref, moves: Moves, expect: Type | None, span: Span) -> Typed | None:
    bag, symbols = scope.symbols.bag, scope.symbols
    if ref.name.text in PARTS and isinstance(ref.of, ast.Ref) and ref.of.name.text in symbols.law:
        return _part(scope, ref, ref.of, moves, span)
    if isinstance(ref.of, ast.Entry):
        return _entry(scope, ref.name, ref.of, moves, span)
    if isinstance(ref.of, ast.Pick):
        picked = pick(scope, ref.of)
        return None if picked is None else _of_row(scope, picked[1], picked[0], ref.name, moves, span)
    assert isinstance(ref.of, ast.Ref)
    holder = ref.of
    if holder.of is None and holder.name.text in symbols.entities:
        row = scope.row(holder.name.text)
        if row is None:
            bag.add(name_errors.no_row(holder.span, holder.name.text))
            return None
        return _of_row(scope, holder.name.text, row, ref.name, moves, span)
    held = reference(scope, holder, Moves(()), None, holder.span)
    if held is None:
        return None
    match held[1].base:
        case KeyType(table, _) if ref.name.text in symbols.columns.get(table, {}):
            return _cell(scope, table, ref.name, {_key_index(scope, table, holder.name.text): held[0]}, held[0], moves, span)
        case KeyType() | NameType():
            keyed = _keyed_by(scope, ref.name.text, holder.name.text)
            if keyed is not None:
                return _cell(scope, keyed, ref.name, {_key_index(scope, keyed, holder.name.text): held[0]}, held[0], moves, span)
            if isinstance(held[1].base, KeyType):
                table = held[1].base.table
                bag.add(name_errors.not_of(ref.name.span, ref.name.text, table, symbols.columns.get(table, {})))
                return None
        case RowType(entity) if isinstance(held[0], ir.FactRead):
            return _of_row(scope, entity, ir.FieldRow(held[0], span=holder.span), ref.name, moves, span)
        case AnyType():
            return None
    bag.add(name_errors.not_a_holder(holder.span, holder.name.text))
    return None


def _of_row(scope: Scope, entity: str, row: ir.RowExpr, name: ast.Name, moves: Moves, span: Span) -> Typed | None:
    if not _has(scope, entity, name.text):
        for up, owner in enumerate(scope.symbols.chain(entity)):
            if _has(scope, owner, name.text) and isinstance(row, ir.Row):
                return _member(scope, owner, ir.Row(row.entity, row.up + up), name, moves, span)
        known = [*scope.symbols.entities[entity].fields, *(n for n, s in scope.symbols.law.items() if s.entity == entity)]
        scope.symbols.bag.add(name_errors.not_of(name.span, name.text, entity, known))
        return None
    return _member(scope, entity, row, name, moves, span)


def _part(scope: Scope, ref: ast.Ref, holder: ast.Ref, moves: Moves, span: Span) -> Typed | None:
    """`shortfall of surrender`, `lapsed of bank`, `undistributed of sold`"""
    law = scope.symbols.law[holder.name.text]
    row: ir.RowExpr | None = None
    if law.entity is not None:
        row = scope.row(law.entity)
        if row is None:
            scope.symbols.bag.add(name_errors.no_row(holder.span, law.entity))
            return None
    at = _at(scope, law.name, law.kind, law.timing, moves, span, False)
    if at is False:
        return None
    part = ref.name.text
    if law.sort == "duty" and part in ("shortfall", "used"):
        return ir.DutyPart(part, law.name, row, at, span=span), law.amount or ANY  # type: ignore[arg-type]
    if law.sort == "account" and part in ("shortfall", "lapsed"):
        return ir.AccountPart(part, law.name, row, at, span=span), law.type  # type: ignore[arg-type]
    if law.sort == "rule" and part == "undistributed" and _shares(law):
        return ir.UndistributedRead(law.name, row, at, span=span), law.type  # type: ignore[arg-type]
    scope.symbols.bag.add(name_errors.no_such_part(ref.name.span, part, law.name))
    return None


def _shares(law: LawSymbol) -> bool:
    """Whether a rule gives a share of something, so that something can be left over."""
    return isinstance(law.node, ast.Rule) and any(
        isinstance(c.value, ast.Share) for s in law.node.sections for c in s.clauses if not isinstance(c, ast.Series)
    )


def pick(scope: Scope, node: ast.Pick) -> tuple[ir.Pick, str] | None:
    """`the latest X by f where c`: the row and its entity."""
    entity = node.entity.text
    if entity not in scope.symbols.entities:
        scope.symbols.unknown(node.entity.span, "entity", entity, scope.symbols.entities)
        return None
    base_row = scope.base_above(entity)
    domain: ir.Domain = ir.Children(entity, base_row, span=node.span) if base_row else ir.Everyone(entity, span=node.span)
    inner = time.inner(scope, ("entity", entity))
    by = inner.elaborate(inner, ast.Ref(node.by.span, node.by, None), None) if node.by is not None else None
    if node.by is not None and by is None:
        return None
    if by is not None and not isinstance(by[1].base, DateType | PeriodType | QuantityType | AnyType):
        scope.symbols.bag.add(type_errors.mismatch(node.by.span if node.by else node.span, "something with an order", show(by[1])))
        return None
    where = condition(inner, node.where) if node.where is not None else None
    if node.where is not None and where is None:
        return None
    return ir.Pick(node.which, domain, by[0] if by else None, where, span=node.span), entity


# ---------------------------------------------------------------- tables


def _keyed_by(scope: Scope, column: str, key: str) -> str | None:
    """The one table that has a column and a key of these names."""
    symbols = scope.symbols
    found = [t for t, columns in symbols.columns.items() if column in columns and key in (k.text for k in symbols.tables[t].keys)]
    return found[0] if len(found) == 1 else None


def _key_index(scope: Scope, table: str, name: str) -> int:
    keys = [k.text for k in scope.symbols.tables[table].keys]
    if name in keys:
        return keys.index(name)
    return next((i for i, k in enumerate(keys) if scope.symbols.calendar.find(k) is None), 0)


def _cell(
    scope: Scope, table: str, column: ast.Name, given: dict[int, ir.Expr], product: ir.Expr | None, moves: Moves, span: Span
) -> Typed | None:
    """A column of a table; keys that are kinds of period come from the reader's period, or from the moves."""
    symbols = scope.symbols
    keys = symbols.tables[table].keys
    found: list[ir.Expr] = []
    for i, key in enumerate(keys):
        if i in given:
            found.append(given[i])
            continue
        kind = symbols.calendar.find(key.text)
        if kind is None:
            symbols.bag.add(
                type_errors.bad_place(
                    span,
                    f"`{column.text} of …` of a table with the keys {', '.join(k.text for k in keys)}",
                    "One key alone does not name a row.",
                    f"Name all keys: `{column.text} of entry ({', '.join(k.text for k in keys)}) of {table}`.",
                )
            )
            return None
        at = _at(scope, table, kind, ir.EACH, moves, span, False)
        if at is False or at is None:
            return None
        found.append(at)  # type: ignore[arg-type]
    at_law = ir.StartOf(ir.Here(scope.here)) if scope.here is not None else None
    type_ = symbols.columns[table][column.text]
    return ir.Lookup(table, column.text, tuple(found), at_law, span=span), _row_unit(type_, product)


def _row_unit(type_: Type, product: ir.Expr | None) -> Type:
    """The column's `out:*field` becomes the output of the product that this key names."""
    if not isinstance(type_.base, QuantityType) or not any(n.startswith("out:*") for n, _ in type_.base.dimension):
        return type_
    path = product.name if isinstance(product, ir.FactRead) else None
    dimension = tuple((n, e) for n, e in type_.base.dimension if not n.startswith("out:*"))
    for name, exponent in type_.base.dimension:
        if name.startswith("out:*"):
            for _ in range(abs(exponent)):
                dimension = multiply(dimension, base(f"out:{path}" if path else name), 1 if exponent > 0 else -1)
    return Type(QuantityType(dimension, type_.base.unit, type_.base.factor), type_.or_none)


def _entry(scope: Scope, column: ast.Name, entry: ast.Entry, moves: Moves, span: Span) -> Typed | None:
    symbols = scope.symbols
    table = entry.table.text
    if table not in symbols.tables:
        symbols.unknown(entry.table.span, "table", table, symbols.tables)
        return None
    if column.text not in symbols.columns[table]:
        symbols.bag.add(name_errors.not_of(column.span, column.text, table, symbols.columns[table]))
        return None
    keys = symbols.tables[table].keys
    if len(keys) != len(entry.keys):
        symbols.bag.add(
            type_errors.bad_place(
                entry.span,
                f"{len(entry.keys)} keys",
                f"The table has {len(keys)}: {', '.join(k.text for k in keys)}.",
                "Name each key once, in this order.",
            )
        )
        return None
    given: dict[int, ir.Expr] = {}
    for i, (key, node) in enumerate(zip(keys, entry.keys, strict=True)):
        kind = symbols.calendar.find(key.text)
        if kind is not None:
            expect = Type(PeriodType(kind))
            found = scope.elaborate(scope, node, expect)
        elif isinstance(node, ast.Ref) and node.of is None and not scope.knows(node.name.text):
            found = (ir.Const(node.name.text, span=node.span), ANY)
        else:
            found = scope.elaborate(scope, node, Type(KeyType(table, i)))
        if found is None:
            return None
        given[i] = found[0]
    return _cell(scope, table, column, given, given.get(0), moves, span)
