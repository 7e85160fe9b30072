"""A fact set as YAML or JSON text in the layout that `read_facts` reads: reading what was written gives the same set.

Complete lists stand below their parents, other children at the top with `in`. Values are in their declared units where
a short decimal writes them, else in another unit of the same dimension, else as a fraction; never rounded.

What does not come back: `sources` (they name the new text); the lists that a complete roster implies are added.
Invariant: the text depends only on the fact set, not on the order in which it was filled.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, TypeAlias

from capcode.dsl import ir
from capcode.dsl.calendar import Period
from capcode.dsl.ir import Absent, Entity, Program, Value
from capcode.dsl.limits import LIMITS
from capcode.dsl.types import YES_NO, QuantityType, Type
from capcode.dsl.units import RATIO
from capcode.interpreter.fact_reader import SECTIONS, out_path
from capcode.interpreter.facts import At, FactSet
from capcode.interpreter.law_facts import NO_VINTAGE
from capcode.interpreter.show import decimals, exact_text

Plain: TypeAlias = "dict[str, Plain] | list[str] | str"

# Bare texts: names, periods and days, numbers with a unit. Others stand in quotes, so that no reader takes them for floats.
_NAME = "[A-Za-z_][A-Za-z0-9_]*"
_BARE = re.compile(rf"{_NAME}|[0-9]{{4}}|[0-9]{{4}}[-/][0-9]{{2}}(?:-[0-9]{{2}})?|-?[0-9]+(?:\.[0-9]+)?(?:%|(?: {_NAME})+)")
_SPECIAL = frozenset(("y", "n", "true", "false", "on", "off", "null", "nan", "inf"))


def facts_plain(program: Program, facts: FactSet) -> dict[str, Plain]:
    """The fact set as plain objects: names, lists and texts."""
    return _Writer(program, facts).whole()


def write_json(program: Program, facts: FactSet) -> str:
    return json.dumps(facts_plain(program, facts), ensure_ascii=False, indent=2) + "\n"


def write_yaml(program: Program, facts: FactSet) -> str:
    lines: list[str] = []
    _yaml(facts_plain(program, facts), 0, lines)
    return "\n".join(lines) + "\n"


def write_value(value: Value, type_: Type, program: Program) -> str:
    """A value as `fact_values` reads it for this type, exactly."""
    if isinstance(value, Fraction) and isinstance(type_.base, QuantityType):
        # Output whose unit depends on the row is written bare: it means the row's own unit.
        base = type_.base if out_path(type_) is None else QuantityType(type_.base.dimension, "", type_.base.factor)
        return _quantity(value, base, program)
    return exact_text(value, program.calendar)


def _quantity(value: Fraction, base: QuantityType, program: Program) -> str:
    unit_text = f" {base.unit}" if base.unit and base.unit not in ("ratio", "%") else ""
    if _fits(value / base.factor):
        return exact_text(value / base.factor) + unit_text
    if base.dimension == RATIO and _fits(value * 100):
        return exact_text(value * 100) + "%"
    for unit in sorted(program.units.values(), key=lambda u: (u.factor != 1, u.factor, u.name)):
        if unit.dimension == base.dimension and _fits(value / unit.factor):
            return f"{exact_text(value / unit.factor)} {unit.name}"
    bare = value / base.factor
    return f"{bare.numerator}/{bare.denominator}{unit_text}"


def _fits(value: Fraction) -> bool:
    places = decimals(value)
    if places is None or places > LIMITS.number_decimals:
        return False
    return len(exact_text(value).strip("-").replace(".", "")) <= LIMITS.number_digits


class _Writer:
    def __init__(self, program: Program, facts: FactSet) -> None:
        self.program = program
        self.facts = facts
        self.by_row: dict[tuple[str | None, str | None], dict[str, dict[At, Plain]]] = {}
        self.children: dict[tuple[str, str | None], list[str]] = {}
        for key in {**facts.values, **facts.unknown}:
            field = program.fields[key[0]]
            self.by_row.setdefault((field.entity, key[1]), {}).setdefault(field.name, {})[key[2]] = self.fact(key)
        for entity, rows in facts.rows.items():
            for row, parent in sorted(rows.items()):
                self.children.setdefault((entity, parent), []).append(row)

    def whole(self) -> dict[str, Plain]:
        whole: dict[str, Plain] = {"scheme": self.program.scheme}
        if (None, None) in self.by_row:
            whole["facts"] = self.fields(None, None)
        complete: list[str] = sorted(self.facts.rosters)
        named: dict[str, dict[str, str | None]] = {name: dict(rows) for name, rows in self.facts.rows.items()}
        for of, row in self.by_row:
            if of is not None and row is not None:
                named.setdefault(of, {}).setdefault(row, None)  # rows that the law lists
        for name in sorted(named):
            entity = self.program.entities[name]
            rows = {
                row: self.row(entity, row, parent)
                for row, parent in sorted(named[name].items())
                if parent is None or not self.nests(entity, parent)
            }
            if rows:
                whole[entity.plural if name in SECTIONS else name] = rows
        for name, parent in sorted(self.facts.lists):
            if not self.nests(self.program.entities[name], parent):
                complete.append(f"{name} of {parent}")
        if complete:
            whole["complete"] = complete
        for section, held in (
            ("set", self.facts.figures), ("issued", self.facts.issued), ("given", self.facts.given), ("acts", self.facts.acts),
            ("delivered", self.facts.delivered),
        ):  # fmt: skip
            if held:
                whole[section] = self.law(section, held)
        if self.facts.opening:
            whole["opening"] = self.opening()
        return whole

    def nests(self, entity: Entity, parent: str) -> bool:
        """Whether the list can stand below its parent: it is complete, and the parent is a row of the facts."""
        known = entity.parent is not None and parent in self.facts.rows.get(entity.parent, {})
        return known and (entity.name, parent) in self.facts.lists and self.list_name(entity) is not None

    def list_name(self, entity: Entity) -> str | None:
        taken = {f.name for f in self.program.fields.values() if f.entity == entity.parent}
        return next((name for name in (entity.plural, entity.name) if name not in taken), None)

    def row(self, entity: Entity, row: str, parent: str | None) -> Plain:
        written: dict[str, Plain] = {}
        if parent is not None and not self.nests(entity, parent):
            written["in"] = parent
        written.update(self.fields(entity.name, row))
        for child in sorted(self.program.entities.values(), key=lambda e: e.name):
            name = self.list_name(child) if child.parent == entity.name else None
            if name is not None and self.nests(child, row):
                written[name] = {r: self.row(child, r, row) for r in self.children.get((child.name, row), [])}
        return written

    def fields(self, entity: str | None, row: str | None) -> dict[str, Plain]:
        found = self.by_row.get((entity, row), {})
        return {name: self.timed(values) for name, values in sorted(found.items())}

    def fact(self, key: tuple[str, str | None, At]) -> Plain:
        if key in self.facts.unknown:
            return {"unknown": self.facts.unknown[key]}
        field = self.program.fields[key[0]]
        chosen = self.facts.chosen_on.get(key)
        return self.value(self.facts.values[key], field.type, chosen.isoformat() if chosen is not None else "")

    def value(self, value: Value, type_: Type, chosen_on: str = "") -> Plain:
        written: Plain = sorted(value) if isinstance(value, frozenset) else write_value(value, type_, self.program)
        extra: dict[str, Plain] = {"chosen_on": chosen_on} if chosen_on else {}
        if isinstance(value, Absent) and value.reason:
            extra["reason"] = value.reason
        return {"value": written, **extra} if extra else written

    def timed(self, values: Mapping[At, Plain]) -> Plain:
        if None in values:
            return values[None]
        return {self.time(at): values[at] for at in sorted(values, key=_order)}

    def time(self, at: At) -> str:
        return self.program.calendar.label(at) if isinstance(at, Period) else str(at)

    def law(self, section: str, held: Mapping[tuple[str, str | None, At], Any]) -> dict[str, Plain]:
        found: dict[str, dict[str | None, dict[At, Plain]]] = {}
        for (name, row, at), value in held.items():
            if section == "delivered":
                plain: Plain = self.amounts(value)
            else:
                rule = self.program.rules.get(name)
                plain = self.value(value, YES_NO if section == "acts" or rule is None else rule.type)
            found.setdefault(name, {}).setdefault(row, {})[at] = plain
        laws: dict[str, ir.Definition] = {**self.program.rules, **self.program.measures, **self.program.duties}
        return {
            name: self.timed(rows[None]) if laws[name].entity is None else {str(r): self.timed(v) for r, v in sorted(rows.items(), key=str)}
            for name, rows in sorted(found.items())
        }

    def amounts(self, held: Mapping[tuple[str, Period | None], Value]) -> dict[str, Plain]:
        by_unit: dict[str, dict[Period | None, Value]] = {}
        for (unit, vintage), value in held.items():
            by_unit.setdefault(unit, {})[vintage] = value
        return {unit: self.vintages(unit, values) for unit, values in sorted(by_unit.items())}

    def vintages(self, unit_name: str, values: Mapping[Period | None, Value]) -> Plain:
        unit = self.program.units[unit_name]
        type_ = Type(QuantityType(unit.dimension, unit.name, unit.factor))
        if set(values) == {None}:
            return self.value(values[None], type_)
        return {(self.time(v) if v is not None else NO_VINTAGE): self.value(values[v], type_) for v in sorted(values, key=_order)}

    def opening(self) -> dict[str, Plain]:
        found: dict[str, dict[str, Plain]] = {}
        whole: dict[str, Plain] = {}
        for (name, row), values in sorted(self.facts.opening.items(), key=lambda item: (item[0][0], item[0][1] or "")):
            plain = self.vintages(self.program.accounts[name].unit, values)
            if row is None:
                whole[name] = plain
            else:
                found.setdefault(name, {})[row] = plain
        whole.update(found)
        return whole


def _order(at: At) -> tuple[int, str]:
    if at is None:
        return (-1, "")
    return (at.index, at.kind) if isinstance(at, Period) else (at.toordinal(), "")


def _yaml(node: Plain, depth: int, lines: list[str]) -> None:
    """Block layout; small things on one line."""
    assert isinstance(node, dict)
    for name, value in node.items():
        start = "  " * depth + _scalar(name) + ":"
        if isinstance(value, dict) and value and not _is_small(value):
            lines.append(start)
            _yaml(value, depth + 1, lines)
        else:
            lines.append(f"{start} {_inline(value)}")


def _is_small(node: dict[str, Plain]) -> bool:
    return all(isinstance(v, str) for v in node.values()) and sum(len(k) + len(v) + 4 for k, v in node.items()) <= 100


def _inline(node: Plain) -> str:
    if isinstance(node, str):
        return _scalar(node)
    if isinstance(node, list):
        return "[" + ", ".join(_scalar(one) for one in node) + "]"
    return "{ " + ", ".join(f"{_scalar(k)}: {_inline(v)}" for k, v in node.items()) + " }" if node else "{}"


def _scalar(text: str) -> str:
    """Bare where every reader of YAML sees the same text, else in double quotes."""
    if _BARE.fullmatch(text) and text.lower() not in _SPECIAL:
        return text
    return json.dumps(text, ensure_ascii=False)
