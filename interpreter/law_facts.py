"""The sections of a facts file about law: figures of authorities, issued amounts, acts, values given for rules,
what was handed in, opening balances. Their layout stands in `read_facts`.

Invariant: whatever is written here names a rule, measure, duty or account of the program, and a row of its entity.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from capcode.dsl import ir
from capcode.dsl.calendar import Period
from capcode.dsl.diagnostics import Diagnostic
from capcode.dsl.ir import Definition, Program, Value
from capcode.dsl.types import YES_NO, QuantityType, Type
from capcode.interpreter import fact_errors as errors
from capcode.interpreter.fact_reader import FactReader, Place, is_long, long_parts
from capcode.interpreter.fact_tree import Branch, Leaf, Node
from capcode.interpreter.fact_values import read_day
from capcode.interpreter.facts import At

NO_VINTAGE = "no_vintage"
SORTS = {"acts": "measure", "delivered": "duty", "opening": "account"}


def laws_of(program: Program, section: str) -> Mapping[str, Definition]:
    """What may be named in a section: measures in acts, duties in delivered, accounts in opening, else rules."""
    match section:
        case "acts":
            return program.measures
        case "delivered":
            return program.duties
        case "opening":
            return program.accounts
    return program.rules


def read_law(reader: FactReader, section: str, key: Leaf, node: Node) -> None:
    """One name of a section, with what stands under it."""
    laws, span = laws_of(reader.program, section), reader.span(key)
    law = laws.get(key.text)
    if law is None:
        return reader.wrong(errors.unknown_law(span, key.text, SORTS.get(section, "rule"), laws))
    if isinstance(law, ir.Rule) and law.argument is not None:
        return reader.wrong(errors.has_argument(span, law.name))
    if section == "set" and isinstance(law, ir.Rule) and not can_be_set(reader.program, law):
        reader.wrong(errors.not_set_by(span, law.name))
    if law.entity is None:
        return _of_row(reader, section, law, None, node)
    for row, value in reader.parts(node, f"`{law.name}`", f"Name the {law.entity}: `{{ ROW: VALUE }}`."):
        reader.named.append((law.entity, row.text, reader.span(row)))
        _of_row(reader, section, law, row.text, value)
    return None


def _of_row(reader: FactReader, section: str, law: Definition, row: str | None, node: Node) -> None:
    facts = reader.facts
    if isinstance(law, ir.Account):
        if (law.name, row) in facts.opening:
            return reader.wrong(errors.fact_twice(reader.span(node), f"`{law.name}`", ""))
        opening = facts.opening.setdefault((law.name, row), {})
        opening.update({vintage: value for (_, vintage), value in _amounts(reader, law.unit, node).items()})
        return None
    for at, value in _times(reader, law, node):
        key = (law.name, row, at)
        if section == "delivered":
            _delivered(reader, key, value)
            continue
        sections: dict[str, dict[Any, Any]] = {"set": facts.figures, "issued": facts.issued, "acts": facts.acts}
        parts = long_parts(value)
        reason = parts.get("reason")
        said = reason.text if isinstance(reason, Leaf) else ""
        if not parts.keys() <= {"value", "reason"}:
            reader.wrong(errors.wrong_shape(reader.span(value), f"`{law.name}`", "Write the value alone."))
            continue
        place = Place(sections.get(section, facts.given), key, law.entity, row, None, said)
        reader.put(parts.get("value", value), law.type if isinstance(law, ir.Rule) else YES_NO, place)
    return None


def _delivered(reader: FactReader, key: tuple[str, str | None, At], node: Node) -> None:
    if key in reader.facts.delivered:
        return reader.wrong(errors.fact_twice(reader.span(node), f"`{key[0]}`", ""))
    amounts = reader.facts.delivered.setdefault(key, {})
    for unit, amount in reader.parts(node, "what was handed in", "Write `{ UNIT: AMOUNT }`."):
        if unit.text in held_units(reader.program):
            amounts.update(_amounts(reader, unit.text, amount))
        else:
            reader.wrong(errors.unknown_held_unit(reader.span(unit), unit.text, held_units(reader.program)))
    return None


def held_units(program: Program) -> list[str]:
    """The units that the scheme declares itself, without those that only measure."""
    own = program.scheme + "."
    return [n for n, u in program.units.items() if u.covers is not None or u.vintage or any(b.startswith(own) for b, _ in u.dimension)]


def _times(reader: FactReader, law: Definition, node: Node) -> Iterator[tuple[At, Node]]:
    """The times at which a rule, measure or duty has values: periods; days for a dated value; else none."""
    if law.timing == ir.EACH:
        yield from reader.times(law.kind, node, f"`{law.name}`")
    elif law.timing == ir.DATED_VALUE and isinstance(node, Branch) and not is_long(node):
        for key, value in reader.parts(node, "", ""):
            day = read_day(key.text)
            if day is None:
                reader.wrong(errors.not_a_day(reader.span(key), key.text))
            else:
                yield day, value
    else:
        yield None, node


def _amounts(reader: FactReader, unit_name: str, node: Node) -> dict[tuple[str, Period | None], Value]:
    """An amount of a held unit, or amounts by vintage."""
    unit = reader.program.units.get(unit_name)
    found: dict[tuple[str, Period | None], Value] = {}
    if unit is None:
        reader.wrong(errors.unknown_held_unit(reader.span(node), unit_name, held_units(reader.program)))
        return found
    type_ = Type(QuantityType(unit.dimension, unit.name, unit.factor))
    if not isinstance(node, Branch):
        reader.put(node, type_, Place(found, (unit_name, None), None, None))
        return found
    kind = reader.program.calendar.find(unit.vintage) if unit.vintage is not None else None
    for key, value in reader.parts(node, "", ""):
        span = reader.span(key)
        vintage: Period | Diagnostic | None = None
        if key.text != NO_VINTAGE:
            vintage = reader.values.period(key.text, kind, span) if kind is not None else errors.no_vintage(span, unit_name)
        if isinstance(vintage, Diagnostic):
            reader.wrong(vintage)
        else:
            reader.put(value, type_, Place(found, (unit_name, vintage), None, None))
    return found


def can_be_set(program: Program, rule: ir.Rule) -> bool:
    """Whether some section lets an authority set the rule's value, also as the effect of a measure."""
    measure = program.measures.get(rule.effect_of) if rule.effect_of is not None else None
    for section in (*rule.sections, *(measure.sections if measure is not None else ())):
        law = section.law
        if isinstance(law, ir.RuleLaw):
            bodies = [*(c.body for c in law.clauses), *(e.body for e in law.exceptions)]
            if any(isinstance(body, ir.SetBy) for body in bodies):
                return True
        if isinstance(law, ir.MeasureLaw) and any(e.name == rule.name and isinstance(e.body, ir.SetBy) for e in law.effects):
            return True
    return False
