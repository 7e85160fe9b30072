"""Questions, mappings and grafts: what schemes have in common, resolved and checked.

Their evaluation across schemes is the comparison's; here a drafter learns that each name, type and law is there.
"""

from __future__ import annotations

from capcode.dsl import ast, ir, name_errors, type_errors
from capcode.dsl.elaborate import expression
from capcode.dsl.elaborate_law import citations, word_list
from capcode.dsl.elaborate_operands import condition
from capcode.dsl.scope import Scope
from capcode.dsl.symbols import Symbols
from capcode.dsl.types import NameType, QuantityType, SetType, Type, same, show
from capcode.dsl.units import Dimension, base, is_money, multiply


def lower_questions(symbols: Symbols) -> dict[str, ir.Rule]:
    """The questions of the vocabulary, as rules without law."""
    found: dict[str, ir.Rule] = {}
    for name, law in sorted(symbols.questions.items()):
        assert isinstance(law.node, ast.Question)
        label = law.node.head.label
        found[name] = ir.Rule(
            name, (), law.entity, law.kind, law.timing, label.text if label else "", dict(label.others) if label else {},
            law.node.head.name.span, type=law.type,
        )  # fmt: skip
    return found


def check_answers(symbols: Symbols) -> None:
    """Each `answers` names a question, of a like type, and no question has two answers."""
    first: dict[str, ast.Name] = {}
    for law in symbols.law.values():
        if not isinstance(law.node, ast.Rule) or law.node.head.answers is None:
            continue
        name = law.node.head.answers
        question = symbols.questions.get(name.text)
        if question is None:
            symbols.unknown(name.span, "question", name.text, symbols.questions)
            continue
        if name.text in first:
            symbols.bag.add(name_errors.second_answer(name.span, name.text, first[name.text].span))
        first.setdefault(name.text, name)
        if not _like(symbols, question.type, law.type):
            symbols.bag.add(type_errors.wrong_answer_type(name.span, name.text, show(question.type), show(law.type)))


def _like(symbols: Symbols, wanted: Type, found: Type) -> bool:
    """Equal after units that cover tonnes count as tonnes, and every currency as money; words are those of the question."""
    if found.or_none and not wanted.or_none:
        return False
    if isinstance(wanted.base, QuantityType) and isinstance(found.base, QuantityType):
        return neutral(symbols, wanted.base.dimension) == neutral(symbols, found.base.dimension)
    if isinstance(wanted.base, NameType | SetType):
        return type(found.base) is type(wanted.base) and set(found.base.names) <= set(wanted.base.names)
    return same(wanted.base, found.base) or type(wanted.base) is type(found.base)


def neutral(symbols: Symbols, dimension: Dimension) -> Dimension:
    """The dimension with held units as mass and currencies as money."""
    covering = {name for unit in symbols.units.values() if unit.covers is not None for name, _ in unit.dimension}
    result: Dimension = ()
    for name, exponent in dimension:
        plain = "mass" if name in covering else "money" if is_money(name) else name
        for _ in range(abs(exponent)):
            result = multiply(result, base(plain), 1 if exponent > 0 else -1)
    return result


def _own_product(wanted: Type, found: Type) -> bool:
    """An output in the unit of the row's own product: the row's key says in what it is counted, so it is checked with the row."""
    if not isinstance(wanted.base, QuantityType) or not isinstance(found.base, QuantityType):
        return False
    own = wanted.base.dimension
    given = found.base.dimension
    if len(own) != 1 or len(given) != 1 or not own[0][0].startswith("out:"):
        return False
    return own[0][1] == given[0][1] and not is_money(given[0][0])


def lower_mappings(symbols: Symbols) -> tuple[ir.PlantMapping, ...]:
    """Each mapping makes rows of known entities, with fields of their own types."""
    found = []
    for mapping in symbols.mappings:
        cited = citations(symbols, mapping.cites)
        plant = mapping.entity.text
        if plant not in symbols.entities:
            symbols.unknown(mapping.entity.span, "entity", plant, symbols.entities)
            continue
        makes = []
        for make in mapping.makes:
            makes.append(_make(symbols, plant, make))
            _parent_is_made(symbols, mapping, make)
        found.append(ir.PlantMapping(plant, cited or (), tuple(m for m in makes if m is not None)))
    return tuple(found)


def _parent_is_made(symbols: Symbols, mapping: ast.Mapping, make: ast.Make) -> None:
    """A row is made inside the row that was made from its source or from what the source lies in. Where law lists the
    parents, the facts say which of them it is."""
    target = symbols.entities.get(make.entity.text)
    parent = symbols.entities.get(target.parent or "") if target is not None else None
    if target is None or parent is None or parent.node.listed is not None:
        return
    around = symbols.chain(make.source.text)
    if not any(m.entity.text == parent.name and m.source.text in around for m in mapping.makes):
        symbols.bag.add(name_errors.no_parent_made(make.entity.span, target.name, parent.name, make.source.text))


def _make(symbols: Symbols, plant: str, make: ast.Make) -> ir.Make | None:
    target = symbols.entities.get(make.entity.text)
    source = symbols.entities.get(make.source.text)
    for name, found in ((make.entity, target), (make.source, source)):
        if found is None:
            symbols.unknown(name.span, "entity", name.text, symbols.entities)
    if target is None or source is None:
        return None
    if plant not in symbols.chain(source.name):
        symbols.bag.add(name_errors.not_below(make.source.span, source.name))
    scope = Scope(symbols, expression, source.name, "year", ir.EACH)
    where = condition(scope, make.where) if make.where is not None else None
    fields: dict[str, ir.Expr] = {}
    for assign in make.assigns:
        field = target.fields.get(assign.target.name.text)
        if field is None:
            symbols.bag.add(name_errors.not_of(assign.target.name.span, assign.target.name.text, target.name, target.fields))
            continue
        value = _assigned(scope.within(kind=field.kind or "year"), assign.value, field)
        if value is not None:
            fields[field.key] = value
    return ir.Make(target.name, source.name, where, fields)


def _assigned(scope: Scope, node: ast.Expr | ast.Absent | ast.Unknown | ast.ListOf, field: ir.Field) -> ir.Expr | None:
    """The value of a field of a made row."""
    if isinstance(node, ast.Absent):
        return ir.Const(ir.Absent(node.word), span=node.span)
    if isinstance(node, ast.Unknown):
        return ir.OpenValue(node.reason, span=node.span)
    if isinstance(node, ast.ListOf):
        words = word_list(scope.symbols, field.type, node)
        return None if words is None else ir.Const(words, span=node.span)
    found = expression(scope, node, field.type)
    if found is None:
        return None
    if not _own_product(field.type, found[1]) and not _like(scope.symbols, Type(field.type.base, True), found[1]):
        scope.symbols.bag.add(type_errors.mismatch(node.span, show(field.type), show(found[1])))
    return found[0]
