"""The layout of a facts file as pydantic models and as a JSON Schema, made from a program's declarations.

For programs that hand facts over as objects, and for editors that check and complete facts files. Every value passes
through the reader of facts (`fact_reader`), so that a model accepts exactly the values that a file may hold: numbers as
text or whole numbers, never floats. What needs other rows (parents, lists, rows that are named, units that depend on a
row) is checked by `read_facts.read_data`, not here.

Invariant: pydantic is imported here and nowhere else; no model is made until one is asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

from capcode.dsl import ir
from capcode.dsl.diagnostics import Diagnostic
from capcode.dsl.ir import ABSENT_WORDS, Definition, Entity, Field, Program
from capcode.dsl.limits import LIMITS
from capcode.dsl.source import NOWHERE
from capcode.dsl.types import DateType, KeyType, NameType, PeriodType, QuantityType, RowType, SetType, Type, YesNoType, show
from capcode.interpreter import fact_errors as errors
from capcode.interpreter.fact_reader import LAW_SECTIONS, FactReader
from capcode.interpreter.fact_tree import Leaf, Node, tree_of
from capcode.interpreter.fact_values import example_period, is_row_name
from capcode.interpreter.law_facts import NO_VINTAGE, held_units, laws_of, read_law

if TYPE_CHECKING:
    from pydantic import BaseModel

Schema = dict[str, Any]

_NUMBER = r"[-−]?[0-9]+(_[0-9]+)*(\.[0-9]+(_[0-9]+)*)?( ?/ ?[0-9]+)?"
_UNIT = r"( ?[A-Za-z_%][A-Za-z0-9_]*( per [A-Za-z_][A-Za-z0-9_]*)*| ?%)?"
_KEYS_SHOWN = 1_000  # a longer list of keys would make the schema larger than the facts


def facts_model(program: Program) -> type[BaseModel]:
    """A model of a whole facts file: forbids unknown names, reads each value as the program declares it.

    `model_dump(by_alias=True, exclude_unset=True)` gives the layout back, for `read_facts.read_data`.
    """
    from pydantic import Field as Info
    from pydantic import create_model

    like = FactReader(program, alone=True)
    fields: dict[str, Any] = {
        "part_scheme": (_checked(str, _is_scheme(program), {"const": program.scheme}), Info(None, alias="scheme")),
        "part_facts": (_facts_part(like), Info(None, alias="facts", description="Facts of the whole scheme.")),
        "part_complete": (
            _checked(Any, _piece(like, lambda r, n: r.complete(n)), _complete_schema(program)),
            Info(None, alias="complete", description="Entities of which all rows are given, or `ENTITY of ROW`."),
        ),
    }
    models: dict[str, type[BaseModel]] = {}
    for entity in sorted(program.entities.values(), key=lambda e: (-_depth(program, e), e.name)):
        models[entity.name] = _row_model(like, entity, models)
    for name, entity in sorted(program.entities.items()):
        for word in dict.fromkeys((name, entity.plural)):
            if word not in {"scheme", "facts", "complete", *LAW_SECTIONS}:
                text = (entity.label or name) + ("" if word == name else f" (the same as `{name}`)")
                fields[f"rows_{word}"] = (_rows(models[name]), Info(None, alias=word, description=text))
    for section in LAW_SECTIONS:
        fields[f"part_{section}"] = (_law_model(like, section), Info(None, alias=section, description=_ABOUT[section]))
    return create_model("Facts", __config__=_config(f"Facts of {program.title or program.scheme}"), **fields)


def json_schema(program: Program) -> Schema:
    """A JSON Schema (draft 2020-12) of a facts file, with the labels of the program as descriptions."""
    schema = facts_model(program).model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **_without_defaults(schema)}


_ABOUT = {
    "set": "Figures that authorities set, by rule.",
    "issued": "Recorded amounts, by rule: what was issued, not what the formula says.",
    "given": "Values that replace those of rules; results that rest on them are marked assumed.",
    "acts": "Whether an authority acted, by measure.",
    "delivered": "What was handed in for a duty, by unit and vintage, where the holder chooses.",
    "opening": "Opening balances, by account and vintage.",
}


def _config(title: str) -> Any:
    return {"extra": "forbid", "strict": True, "frozen": True, "title": title, "protected_namespaces": ()}


def _depth(program: Program, entity: Entity) -> int:
    depth, at = 0, entity.parent
    while at is not None and depth < LIMITS.nesting:
        depth, at = depth + 1, program.entities[at].parent if at in program.entities else None
    return depth


# ---------------------------------------------------------------- validation by the reader of facts


def _piece(like: FactReader, read: Callable[[FactReader, Node], None]) -> Callable[[Any], Any]:
    """A validator: the object is read as a piece of a facts file; the first mistake is raised as a ValueError."""

    def check(value: Any) -> Any:
        reader = like.fresh()
        node = tree_of(value, reader.file)
        if isinstance(node, Diagnostic):
            reader.wrong(node)
        else:
            read(reader, node)
        wrong = next((d for d in reader.found if d.is_error), None)
        if wrong is not None:
            raise _refused(wrong)
        return value

    return check


def _refused(wrong: Diagnostic) -> ValueError:
    return ValueError(f"{wrong.code}: {wrong.title}. {wrong.why} {wrong.next}")


def _row_name(value: str) -> str:
    if not is_row_name(value):
        raise _refused(errors.bad_row_name(NOWHERE, value))
    return value


def _checked(inner: Any, check: Callable[[Any], Any], schema: Schema) -> Any:
    from pydantic import BeforeValidator, WithJsonSchema

    return Annotated[inner, BeforeValidator(check), WithJsonSchema(schema)]


def _is_scheme(program: Program) -> Callable[[Any], Any]:
    def check(value: Any) -> Any:
        if value != program.scheme:
            raise ValueError(f"the facts are for another scheme, not for {program.scheme}")
        return value

    return check


def _field(like: FactReader, one: Field) -> Any:
    row = None if one.entity is None else "row"
    return _checked(Any, _piece(like, lambda reader, node: reader.put_field(one, row, node)), field_schema(like.program, one))


# ---------------------------------------------------------------- models


def _facts_part(like: FactReader) -> type[BaseModel]:
    from pydantic import Field as Info
    from pydantic import create_model

    own = sorted((f for f in like.program.fields.values() if f.entity is None), key=lambda f: f.name)
    fields: dict[str, Any] = {f"fact_{f.name}": (_field(like, f), Info(None, alias=f.name, description=_told(f))) for f in own}
    return create_model("SchemeFacts", __config__=_config("Scheme-wide facts"), **fields)


def _row_model(like: FactReader, entity: Entity, models: dict[str, type[BaseModel]]) -> type[BaseModel]:
    from pydantic import Field as Info
    from pydantic import create_model

    program = like.program
    own = sorted((f for f in program.fields.values() if f.entity == entity.name), key=lambda f: f.name)
    fields: dict[str, Any] = {f"fact_{f.name}": (_field(like, f), Info(None, alias=f.name, description=_told(f))) for f in own}
    taken = {f.name for f in own}
    if entity.parent is not None:
        told = f"The {entity.parent} that it belongs to."
        fields["parent"] = (_name_type(), Info(None, alias="in", description=told))
    for child in sorted(program.entities.values(), key=lambda e: e.name):
        for word in dict.fromkeys((child.plural, child.name)):
            if child.parent == entity.name and word not in taken:
                told = f"All its {child.plural}: the list is complete."
                fields[f"rows_{word}"] = (_rows(models[child.name]), Info(None, alias=word, description=told))
    return create_model(f"Row_{entity.name}", __config__=_config(entity.label or entity.name), **fields)


def _rows(model: type[BaseModel]) -> Any:
    return dict[_name_type(), model | None]  # type: ignore[misc]


def _name_type() -> Any:
    from pydantic import AfterValidator
    from pydantic import Field as Info

    return Annotated[str, Info(min_length=1, max_length=LIMITS.name_characters), AfterValidator(_row_name)]


def _law_model(like: FactReader, section: str) -> type[BaseModel]:
    from pydantic import Field as Info
    from pydantic import create_model

    fields: dict[str, Any] = {}
    for name, law in sorted(laws_of(like.program, section).items()):
        if isinstance(law, ir.Rule) and law.argument is not None:
            continue
        check = _piece(like, lambda reader, node, name=name: read_law(reader, section, Leaf(name, 0, 0), node))  # type: ignore[misc]
        schema = _law_schema(like.program, section, law)
        fields[f"law_{name}"] = (_checked(Any, check, schema), Info(None, alias=name, description=law.label or name))
    return create_model(f"Section_{section}", __config__=_config(_ABOUT[section]), **fields)


# ---------------------------------------------------------------- schema of values


def _told(one: Field) -> str:
    """Label, type and source of a field, for people."""
    parts = [one.label or one.name, f"({show(one.type)}{f' each {one.kind}' if one.kind else ''})"]
    if one.decided:
        parts.append(f"decided by {one.decided}")
    if one.chosen:
        parts.append(f"chosen by {one.chosen}")
    return " ".join(parts)


def field_schema(program: Program, one: Field) -> Schema:
    """The schema of what may stand under a field: a value, or values by period."""
    schema = value_schema(program, one.type, fact=True, chosen=one.chosen is not None)
    return {**_timed(program, one.kind, schema), "description": _told(one)}


def value_schema(program: Program, type_: Type, *, fact: bool, chosen: bool = False) -> Schema:
    """The schema of one value, short or long."""
    short = _short_schema(program, type_)
    if type_.or_none:
        short = {"anyOf": [short, {"enum": list(ABSENT_WORDS)}]}
    long: Schema = {"value": short, "reason": {"type": "string"}}
    if chosen:
        long["chosen_on"] = _DAY
    options = [short, {"type": "object", "properties": long, "required": ["value"], "additionalProperties": False}]
    if fact:
        why = {"type": "string", "minLength": 1, "description": "Why it is not known."}
        options.append({"type": "object", "properties": {"unknown": why}, "required": ["unknown"], "additionalProperties": False})
        options.append({"type": "string", "pattern": "^unknown: ?."})
    return {"anyOf": options}


_DAY: Schema = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "examples": ["2024-03-01"]}


def _row_schema() -> Schema:
    return {"type": "string", "minLength": 1, "maxLength": LIMITS.name_characters}


def _short_schema(program: Program, type_: Type) -> Schema:
    match type_.base:
        case QuantityType():
            told = f"A number in {show(type_.base)}, or with another unit of the same dimension."
            return {"anyOf": [{"type": "integer"}, {"type": "string", "pattern": f"^{_NUMBER}{_UNIT}$"}], "description": told}
        case YesNoType():
            return {"enum": ["yes", "no", "true", "false", True, False]}
        case DateType():
            return _DAY
        case NameType(names):
            return {"enum": list(names)}
        case SetType(names):
            return {"anyOf": [{"type": "array", "items": {"enum": list(names)}, "uniqueItems": True}, {"type": "string"}]}
        case KeyType(table, position):
            keys = program.tables[table].entries if table in program.tables else {}
            names_ = sorted({k[position] for k in keys if isinstance(k[position], str)}, key=str) if len(keys) <= _KEYS_SHOWN else []
            told = f"A key of the table {table}."
            return {"enum": names_, "description": told} if names_ else {"type": "string", "description": told}
        case PeriodType(kind):
            return {"type": "string", "examples": [example_period(program.calendar, kind)]}
        case RowType(entity):
            return {**_row_schema(), "description": f"The name of a row of {entity}."}
    return {}


def _timed(program: Program, kind: str | None, schema: Schema) -> Schema:
    if kind is None:
        return schema
    return {"type": "object", "additionalProperties": schema, "propertyNames": {"examples": [example_period(program.calendar, kind)]}}


def _law_schema(program: Program, section: str, law: Definition) -> Schema:
    """[row →] [period →] value, or amounts."""
    amount: Schema = {"anyOf": [{"type": "integer"}, {"type": "string"}]}
    vintages = {"type": "object", "additionalProperties": amount, "propertyNames": {"examples": [NO_VINTAGE]}}
    if section == "opening":
        schema: Schema = {"anyOf": [amount, vintages]}
    elif section == "delivered":
        units = {unit: {"anyOf": [amount, vintages]} for unit in held_units(program)}
        schema = _timed(program, law.kind, {"type": "object", "properties": units, "additionalProperties": False})
    else:
        one = value_schema(program, law.type if isinstance(law, ir.Rule) else Type(YesNoType()), fact=False)
        schema = _timed(program, law.kind if law.timing == ir.EACH else None, one)
        if law.timing == ir.DATED_VALUE:
            days = {"type": "object", "additionalProperties": one, "propertyNames": {"pattern": _DAY["pattern"]}}
            schema = {"anyOf": [one, days]}
    return schema if law.entity is None else {"type": "object", "additionalProperties": schema}


def _complete_schema(program: Program) -> Schema:
    names = {"type": "string", "examples": sorted(program.entities)[:8]}
    return {"anyOf": [names, {"type": "array", "items": names}]}


def _without_defaults(schema: Any) -> Any:
    """Nothing has a default: what is not written is not known."""
    if isinstance(schema, dict):
        return {k: _without_defaults(v) for k, v in schema.items() if not (k == "default" and v is None)}
    return [_without_defaults(one) for one in schema] if isinstance(schema, list) else schema

