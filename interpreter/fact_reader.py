"""The collector of facts: rows, lists and fields from trees of texts into a fact set. Its layout: see `read_facts`.

What one text cannot decide (parents, complete lists, rows that values name, units that depend on a row) waits for
`finish`. The sections about law (set, issued, given, acts, delivered, opening) stand in `law_facts`.

Invariant: never raises for any tree; a value is stored once, or has a diagnostic.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from capcode.dsl.diagnostics import Diagnostic
from capcode.dsl.ir import Absent, Entity, Field, Program, Value
from capcode.dsl.limits import LIMITS
from capcode.dsl.source import SourceFile, Span
from capcode.dsl.types import KeyType, NameType, QuantityType, RowType, SetType, Type
from capcode.interpreter import fact_errors as errors
from capcode.interpreter.fact_tree import Branch, Items, Leaf, Node
from capcode.interpreter.fact_values import RowUnit, ValueReader, example_period, is_row_name, read_day
from capcode.interpreter.facts import At, FactSet

LAW_SECTIONS = ("set", "issued", "given", "acts", "delivered", "opening")
SECTIONS = ("scheme", "facts", "complete", *LAW_SECTIONS)
LONG_FORM = frozenset(("value", "unknown", "chosen_on", "reason"))
Key = tuple[str, str | None, At]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value goes: a mapping of the fact set and the key in it; the row whose value it is; the field, if any.

    repeated: an equal value may stand there already (a table repeats fields without a period on each line).
    also: the other keys of a span of periods, which get the same value.
    """

    into: dict[Any, Any]
    key: Any
    entity: str | None
    row: str | None
    field: Field | None = None
    reason: str = ""
    unit: str = ""
    repeated: bool = False
    also: tuple[Any, ...] = ()

    @property
    def what(self) -> str:
        name = self.field.name if self.field is not None else str(self.key[0])
        return f"`{name}`" + (f" of `{errors.short(self.row)}`" if self.row is not None else "")


@dataclass(slots=True)
class FactReader:
    """Collects facts from any number of texts. alone: a piece without its file is checked; other rows are not known."""

    program: Program
    alone: bool = False
    facts: FactSet = field(default_factory=FactSet)
    found: list[Diagnostic] = field(default_factory=list)
    stopped: bool = False
    file: SourceFile = field(default_factory=lambda: SourceFile("facts", ""))
    values: ValueReader = field(init=False)
    entities: dict[str, Entity] = field(default_factory=dict)
    named: list[tuple[str, str, Span]] = field(default_factory=list)  # rows that must exist
    _fields: dict[str | None, dict[str, Field]] = field(default_factory=dict)
    _children: dict[str, dict[str, Entity]] = field(default_factory=dict)
    _places: dict[tuple[str, str], Span] = field(default_factory=dict)  # where a row, or its parent, is named
    _written: set[tuple[str, str]] = field(default_factory=set)  # lists that stand below their parent
    _inside: set[tuple[str, str]] = field(default_factory=set)  # rows in such lists
    _later: list[tuple[str, Type, Span, Place]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.values = ValueReader(self.program)
        for one in self.program.fields.values():
            self._fields.setdefault(one.entity, {})[one.name] = one
        for name, entity in self.program.entities.items():
            self.entities[entity.plural] = entity
            if entity.parent is not None:
                self._children.setdefault(entity.parent, {}).update({entity.plural: entity, name: entity})
        self.entities.update(self.program.entities)

    def fresh(self) -> FactReader:
        """A reader for the same program that has read nothing; what is remembered about units and keys is shared."""
        other = copy.copy(self)
        other.facts, other.found, other.stopped, other.named = FactSet(), [], False, []
        other._places, other._written, other._inside, other._later = {}, set(), set(), []
        return other

    def wrong(self, diagnostic: Diagnostic) -> None:
        """Notes a mistake; after too many the reading stops."""
        if self.stopped:
            return
        self.stopped = len(self.found) >= LIMITS.diagnostics
        self.found.append(errors.stopped(diagnostic.span) if self.stopped else diagnostic)

    def span(self, node: Node) -> Span:
        return Span(self.file, node.start, node.end)

    def fields_of(self, entity: str | None) -> dict[str, Field]:
        return self._fields.get(entity, {})

    # ---- pieces of trees

    def parts(self, node: Node, what: str, wanted: str) -> Iterator[tuple[Leaf, Node]]:
        """The entries of a Branch; nothing for an empty place; a mistake for anything else."""
        if isinstance(node, Branch):
            for entry in node.entries:
                if self.stopped:
                    return
                yield entry
        elif not (isinstance(node, Leaf) and node.form == "empty"):
            self.wrong(errors.wrong_shape(self.span(node), what, wanted))

    def complete(self, node: Node) -> None:
        """The lists and rosters that are declared complete."""
        for item in node.items if isinstance(node, Items) else [node]:
            span = self.span(item)
            if not isinstance(item, Leaf):
                self.wrong(errors.wrong_shape(span, "`complete`", "Write a list of entities: `complete: [mine]`."))
                continue
            word, of, row = (part.strip(" ") for part in item.text.partition(" of "))
            entity = self.entities.get(word)
            if entity is None or (of and entity.parent is None):
                self.wrong(errors.bad_complete(span, item.text, self.entities))
            elif of and entity.parent is not None:
                self.named.append((entity.parent, row, span))
                self.facts.lists.add((entity.name, row))
            else:
                self.facts.rosters.add(entity.name)

    # ---- rows

    def rows(self, entity: Entity, node: Node, parent: str | None) -> None:
        """Rows of an entity: at the top (parent None), or the complete list below a parent."""
        span = self.span(node)
        if not isinstance(node, Branch):
            return self.wrong(errors.wrong_shape(span, f"the list of {entity.name}", "Write `ROW: { … }`; an empty list is `{}`."))
        if parent is not None:
            if (entity.name, parent) in self._written:
                return self.wrong(errors.fact_twice(span, f"the list of {entity.name} in `{errors.short(parent)}`", ""))
            self._written.add((entity.name, parent))
            self.facts.lists.add((entity.name, parent))
        for key, value in self.parts(node, "", ""):
            self.row(entity, key, value, parent)
        return None

    def row(self, entity: Entity, key: Leaf, node: Node, parent: str | None) -> None:
        """One row with its fields and lists of children."""
        if not self.add_row(entity, key.text, self.span(key), parent):
            return
        if parent is not None:
            self._inside.add((entity.name, key.text))
        fields, children = self.fields_of(entity.name), self._children.get(entity.name, {})
        for word, value in self.parts(node, f"a row of {entity.name}", "Write `ROW: { FIELD: VALUE }`."):
            if word.text in fields:
                self.put_field(fields[word.text], key.text, value)
            elif word.text in children:
                self.rows(children[word.text], value, key.text)
            elif word.text == "in" and isinstance(value, Leaf) and value.form != "empty":
                self.add_row(entity, key.text, self.span(value), value.text)
            elif word.text == "in":
                self.wrong(errors.wrong_shape(self.span(value), "the parent", "Write `in: ROW`."))
            else:
                self.wrong(errors.unknown_field(self.span(word), word.text, entity.name, [*fields, *children, "in"]))

    def add_row(self, entity: Entity, name: str, span: Span, parent: str | None) -> bool:
        """Registers a row, and its parent where one is named. False if there cannot be such a row."""
        at = (entity.name, name)
        if not is_row_name(name):
            self.wrong(errors.bad_row_name(span, name))
            return False
        if entity.listed is not None and name not in entity.listed and not self.alone:
            self.wrong(errors.not_listed(span, name, entity.name, entity.listed))
            return False
        if parent is not None and entity.parent is None:
            self.wrong(errors.no_parent_entity(span, entity.name))
            return False
        rows = self.facts.rows.setdefault(entity.name, {})
        known = rows.get(name)
        if known is not None and parent is not None and known != parent:
            self.wrong(errors.two_parents(span, name, known, parent))
            return False
        rows[name] = parent if parent is not None else known
        if parent is not None or at not in self._places:
            self._places[at] = span
        return True

    # ---- fields

    def put_field(self, one: Field, row: str | None, node: Node) -> None:
        """A field of a row, or a scheme-wide fact: a value, or a value for each period."""
        for span, value in self.spans(one.kind, node, f"`{one.name}`"):
            self._put(one, row, span, value)

    def times(self, kind: str | None, node: Node, what: str) -> Iterator[tuple[At, Node]]:
        """The values for each period of a kind; the value itself where there is no kind."""
        for span, value in self.spans(kind, node, what):
            for at in span:
                yield at, value

    def spans(self, kind: str | None, node: Node, what: str) -> Iterator[tuple[Sequence[At], Node]]:
        """The same, with the periods of one entry together."""
        if kind is None:
            yield (None,), node
            return
        if not isinstance(node, Branch) or is_long(node):
            example = example_period(self.program.calendar, kind)
            return self.wrong(errors.wrong_shape(self.span(node), what, f"Give it for each {kind}: `{{ {example}: VALUE }}`."))
        seen: set[At] = set()
        for key, value in self.parts(node, "", ""):
            span = self.values.periods(key.text, kind, self.span(key))
            if isinstance(span, Diagnostic):
                self.wrong(span)
            elif not seen.isdisjoint(span):
                self.wrong(errors.fact_twice(self.span(key), f"{what} of {errors.short(key.text)}", ""))
            else:
                seen.update(span)
                yield span, value

    def _put(self, one: Field, row: str | None, span: Sequence[At], node: Node) -> None:
        key: Key = (one.key, row, span[0])
        also = tuple((one.key, row, at) for at in span[1:])
        parts = long_parts(node)
        if "unknown" in parts:
            why = parts["unknown"]
            if not isinstance(why, Leaf) or not why.text.strip() or len(parts) > 1:
                return self.wrong(errors.no_reason(self.span(why)))
            return self._not_known(why.text, self.span(why), Place(self.facts.values, key, one.entity, row, one, also=also))
        if "chosen_on" in parts:
            day = parts["chosen_on"]
            chosen = read_day(day.text) if isinstance(day, Leaf) else None
            if one.chosen is None:
                self.wrong(errors.not_chosen(self.span(day), f"`{one.name}`"))
            elif chosen is None:
                self.wrong(errors.not_a_day(self.span(day), day.text if isinstance(day, Leaf) else "a list"))
            else:
                self.facts.chosen_on.update(dict.fromkeys((key, *also), chosen))
        place = Place(self.facts.values, key, one.entity, row, one, _reason(parts), also=also)
        return self.put(parts.get("value", node), one.type, place)

    def put(self, node: Node, type_: Type, place: Place) -> None:
        """Reads a value and stores it."""
        span = self.span(node)
        if isinstance(node, Items) and isinstance(type_.base, SetType):
            words = [i.text for i in node.items if isinstance(i, Leaf)]
            if len(words) < len(node.items):
                return self.wrong(errors.wrong_shape(span, "a set of names", "Write `[a, b]`."))
            return self._store(self.values.names(words, type_.base, span), span, place)
        if not isinstance(node, Leaf):
            one = place.field
            wanted = "Write one value" + (", or `{ value: V, chosen_on: DAY }`." if one is not None and one.chosen else ".")
            return self.wrong(errors.wrong_shape(span, place.what, wanted))
        if node.form == "word" and isinstance(type_.base, NameType | KeyType | RowType | SetType):
            return self.wrong(errors.wrong_shape(span, place.what, "It is a name; put it in quotes."))
        return self.put_text(node.text, type_, span, place)

    def put_text(self, text: str, type_: Type, span: Span, place: Place) -> None:
        """The same for a text that is no node, such as a cell. What other facts decide upon is kept for later."""
        if text == "":
            return self.wrong(errors.empty_value(span))
        if text == "unknown" or text.startswith("unknown:"):
            why = text[8:].strip()
            return self._not_known(why, span, place) if why else self.wrong(errors.no_reason(span))
        if not self.alone and (isinstance(type_.base, RowType) or out_path(type_) is not None):
            self._later.append((text, type_, span, place))
            return None
        return self._store(self.values.value(text, type_, span, field=place.field, header_unit=place.unit), span, place)

    def _not_known(self, why: str, span: Span, place: Place) -> None:
        if place.into is not self.facts.values:
            wanted = "Leave it out: only facts carry a reason for not knowing."
            return self.wrong(errors.wrong_shape(span, place.what, wanted))
        if self._is_free(span, place, None):
            for key in (place.key, *place.also):
                self.facts.unknown[key] = why
                self.facts.sources[key] = span.where
        return None

    def _store(self, found: Value | Diagnostic, span: Span, place: Place) -> None:
        if isinstance(found, Diagnostic):
            return self.wrong(found)
        if place.reason and not isinstance(found, Absent):
            wanted = "A reason belongs to an absent answer (`none`) or to `unknown`."
            return self.wrong(errors.wrong_shape(span, place.what, wanted))
        if self._is_free(span, place, found):
            value = Absent(found.word, place.reason) if isinstance(found, Absent) else found
            where = span.where
            for key in (place.key, *place.also):
                place.into[key] = value
                if place.into is self.facts.values:
                    self.facts.sources[key] = where
        return None

    def _is_free(self, span: Span, place: Place, found: Value | None) -> bool:
        """Whether nothing stands there yet; the same fact twice is a mistake, but where a table repeats it."""
        taken = next((key for key in (place.key, *place.also) if key in place.into or self._is_unknown(place, key)), None)
        if taken is None:
            return True
        unknown = self._is_unknown(place, taken)
        same = found is not None and place.into.get(taken) == found and not place.also
        if not (place.repeated and (same or (unknown and found is None))):
            self.wrong(errors.fact_twice(span, place.what, self.facts.sources.get(taken, "")))
        return False

    def _is_unknown(self, place: Place, key: Any) -> bool:
        return place.into is self.facts.values and key in self.facts.unknown

    # ---- the end

    def finish(self) -> tuple[FactSet, list[Diagnostic]]:
        """What needs all texts. The diagnostics are in the order of files and places."""
        facts = self.facts
        if not self.stopped and not self.alone:
            self._parents()
            self._lists()
        for text, type_, span, place in self._later:
            if self.stopped:
                break
            self._put_later(text, type_, span, place)
        self._later.clear()
        for entity, name, span in self.named:
            self._is_row(entity, name, span)
        facts.rows = {e: dict(sorted(rows.items())) for e, rows in sorted(facts.rows.items())}
        if self.found:
            for held in (facts.values, facts.unknown):
                for key in [k for k in held if not self._is_known(k)]:
                    del held[key]
            facts.lists = {(e, p) for e, p in facts.lists if self._has_row(self.program.entities[e].parent, p)}
            facts.chosen_on = {k: day for k, day in facts.chosen_on.items() if k in facts.values}
            facts.sources = {k: where for k, where in facts.sources.items() if k in facts.values or k in facts.unknown}
        return facts, sorted(self.found, key=lambda d: (d.code == "F099", d.span.file.name, d.span.start, d.code))

    def _is_known(self, key: Key) -> bool:
        entity = self.program.fields[key[0]].entity
        return entity is None or key[1] in self.facts.rows.get(entity, {})

    def _has_row(self, entity: str | None, name: str) -> bool:
        known = self.program.entities.get(entity) if entity is not None else None
        listed = known.listed if known is not None else None
        return name in self.facts.rows.get(entity or "", {}) or (listed is not None and name in listed)

    def _is_row(self, entity: str, name: str, span: Span) -> bool:
        if self.alone or self._has_row(entity, name):
            return True
        listed = self.program.entities[entity].listed if entity in self.program.entities else None
        rows = self.facts.rows.get(entity, {})
        self.wrong(errors.unknown_row(span, name, entity, rows if listed is None else listed))
        return False

    def _depth(self, entity: str) -> int:
        depth, at = 0, self.program.entities.get(entity)
        while at is not None and at.parent is not None and depth < LIMITS.nesting:
            depth, at = depth + 1, self.program.entities.get(at.parent)
        return depth

    def _parents(self) -> None:
        """Every row has a parent that exists; from the top down, so that a row without one takes its children along."""
        for name in sorted(self.facts.rows, key=lambda e: (self._depth(e), e)):
            entity, rows = self.program.entities[name], self.facts.rows[name]
            if entity.parent is None:
                continue
            for row, parent in list(rows.items()):
                span = self._places[(name, row)]
                if parent is None and entity.listed is None:
                    self.wrong(errors.no_parent(span, row, name, entity.parent))
                    del rows[row]
                elif parent is not None and not self._is_row(entity.parent, parent, span):
                    del rows[row]

    def _lists(self) -> None:
        """A written list holds all its rows; a complete roster makes every list of the entity complete."""
        for name, rows in sorted(self.facts.rows.items()):
            for row, parent in rows.items():
                if parent is not None and (name, parent) in self._written and (name, row) not in self._inside:
                    self.wrong(errors.outside_list(self._places[(name, row)], row, name, parent))
        for name in self.facts.rosters:
            above = self.program.entities[name].parent
            if above is not None:
                self.facts.lists.update((name, parent) for parent in self.facts.rows.get(above, {}))

    def _put_later(self, text: str, type_: Type, span: Span, place: Place) -> None:
        row_unit = self._row_unit(type_, place)
        found = self.values.value(text, type_, span, field=place.field, row_unit=row_unit, header_unit=place.unit)
        if isinstance(type_.base, RowType) and isinstance(found, str) and not self._is_row(type_.base.entity, found, span):
            return
        self._store(found, span, place)

    def _row_unit(self, type_: Type, place: Place) -> RowUnit | None:
        """The concrete unit of a row's output: of the key that the row, or the nearest row above it, gives."""
        path = out_path(type_)
        if path is None:
            return None
        named = self.program.fields.get(path)
        if named is None or not isinstance(named.type.base, KeyType):
            return RowUnit(path, "", None)
        entity, row = place.entity, place.row
        while entity is not None and entity != named.entity:
            row = self.facts.rows.get(entity, {}).get(row) if row is not None else None
            entity = self.program.entities[entity].parent if entity in self.program.entities else None
        key = self.facts.values.get((named.key, row, None))
        table = self.program.tables.get(named.type.base.table)
        unit = table.units.get(key) if table is not None and isinstance(key, str) else None
        return RowUnit(named.name, key if isinstance(key, str) else "", unit)


def out_path(type_: Type) -> str | None:
    """The field whose key says in which unit a row's output is measured; None for types that need none."""
    if not isinstance(type_.base, QuantityType):
        return None
    return next((name[4:] for name, _ in type_.base.dimension if name.startswith("out:")), None)


def is_long(node: Branch) -> bool:
    """Whether a value is written long: `{ value: …, chosen_on: … }`, `{ unknown: … }`"""
    return bool(node.entries) and all(key.text in LONG_FORM for key, _ in node.entries)


def long_parts(node: Node) -> dict[str, Node]:
    """The parts of a value written long, by their names; nothing for a value written short."""
    return {key.text: value for key, value in node.entries} if isinstance(node, Branch) and is_long(node) else {}


def _reason(parts: dict[str, Node]) -> str:
    reason = parts.get("reason")
    return reason.text if isinstance(reason, Leaf) else ""
