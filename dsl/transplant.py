"""Law of one program under the names of another: what a graft keeps of its donor.

Every name gets the donor's before it (`korea.offset_share`); kinds of period with equal days keep theirs, and so do the
entities of the shared vocabulary. The donor's subject becomes the host's: what Korea says of a company is asked of Japan's
operator. Only what the kept law reads is taken, with all instruments, for they decide what governs.

Invariant: nothing is evaluated, and no meaning changes: texts govern as in the donor's view.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from capcode.dsl import ir
from capcode.dsl.calendar import Calendar, Kind, Period
from capcode.dsl.types import KeyType, PeriodType, RowType, Type

_PLAIN = frozenset(("span", "label", "labels", "because", "article", "reason", "modal", "action", "marks", "text"))
_KINDS_OF_NAME = {
    "instrument": "instrument", "rule": "rule", "dated_by": "rule", "effect_of": "rule", "duty": "rule", "failing": "rule",
    "account": "rule", "table": "table", "entity": "entity", "kind": "kind", "authority": "authority", "against": "rule",
}  # fmt: skip


def nodes(value: object) -> Iterator[Any]:
    """A record and all records inside it, in no order."""
    todo = [value]
    while todo:
        at = todo.pop()
        if isinstance(at, tuple):
            todo.extend(at)
        elif isinstance(at, Mapping):
            todo.extend(at.values())
        elif dataclasses.is_dataclass(at) and not isinstance(at, type):
            yield at
            todo.extend(getattr(at, f.name) for f in dataclasses.fields(at) if f.name not in _PLAIN)


class Names:
    """How the donor's names are written in the host. `subject`: the donor's entity and the host's that stands for it."""

    def __init__(self, donor: ir.Program, host: ir.Program, prefix: str, subject: tuple[str, str] | None) -> None:
        self.donor, self.prefix = donor, prefix
        self.entities = {n: n if _shared(e, host.entities.get(n)) else prefix + n for n, e in donor.entities.items()}
        if subject is not None:
            self.entities[subject[0]] = subject[1]
        self.kinds = {n: n if _equal(k, host.calendar.kinds.get(n)) else prefix + n for n, k in donor.calendar.kinds.items()}

    def name(self, sort: str, name: str) -> str:
        if sort == "entity":
            return self.entities.get(name, name)
        if sort == "kind":
            return self.kinds.get(name, name)
        return self.prefix + name

    def field(self, key: str) -> str:
        """The key of a field; those of the shared vocabulary stay."""
        entity = self.donor.fields[key].entity if key in self.donor.fields else None
        return key if entity is not None and self.entities.get(entity) == entity else self.prefix + key

    def calendar(self, host: Calendar) -> Calendar:
        """The host's kinds, and those of the donor that are others."""
        new = {self.kinds[n]: replace(k, name=self.kinds[n]) for n, k in self.donor.calendar.kinds.items() if self.kinds[n] != n}  # type: ignore[type-var]
        return Calendar({**host.kinds, **new}, host.plurals, {**host.canonical, **{n: n for n in new}})

    def value(self, value: ir.Value) -> ir.Value:
        return Period(self.kinds.get(value.kind, value.kind), value.index) if isinstance(value, Period) else value

    def type(self, type_: Type) -> Type:
        match type_.base:
            case PeriodType(kind):
                return Type(PeriodType(self.name("kind", kind)), type_.or_none)
            case RowType(entity):
                return Type(RowType(self.name("entity", entity)), type_.or_none)
            case KeyType():
                return replace(type_, base=replace(type_.base, table=self.prefix + type_.base.table))
        return type_


class Renaming:
    """Copies of the donor's records under the host's names. A subclass may say what a node becomes instead."""

    def __init__(self, names: Names) -> None:
        self.names = names

    def instead(self, node: Any) -> Any:
        """What stands in the place of a record; None: its copy."""
        return None

    def copy(self, value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple([self.copy(v) for v in value])
        if isinstance(value, Period):
            return self.names.value(value)
        if isinstance(value, Mapping):
            return {k: self.copy(v) for k, v in value.items()}
        if isinstance(value, Type):
            return self.names.type(value)
        if not dataclasses.is_dataclass(value) or isinstance(value, type):
            return value
        other = self.instead(value)
        if other is not None:
            return other
        return replace(value, **{f.name: self._part(value, f.name, getattr(value, f.name)) for f in dataclasses.fields(value)})

    def _part(self, owner: Any, name: str, value: Any) -> Any:
        names = self.names
        if name in _PLAIN or value is None:
            return value
        if isinstance(value, str):
            if isinstance(owner, ir.FactRead) and name == "name":
                return names.field(value)
            if name == "unit":
                if isinstance(owner, ir.DateAdd):
                    return names.kinds.get(value, value)
                return names.prefix + value if isinstance(owner, ir.LotPattern | ir.Account) else value
            if name == "name" and isinstance(owner, ir.EffectLaw):
                return names.prefix + value
            sort = _KINDS_OF_NAME.get(name)
            if sort == "kind" and isinstance(owner, ir.FlowLaw | ir.Rounding):
                return value
            return names.name(sort, value) if sort is not None else value
        if isinstance(owner, ir.MeasureLaw) and name == "lasts":
            return value[0], names.name("kind", value[1])
        return self.copy(value)

    def definition(self, found: Any) -> Any:
        """A rule, measure, duty, account or check under its new name; it answers no question of the host."""
        done = self.copy(found)
        changes: dict[str, Any] = {"name": self.names.prefix + found.name}
        if isinstance(found, ir.Rule):
            changes["answers"] = None
        return replace(done, **changes)

    def instrument(self, found: ir.Instrument) -> ir.Instrument:
        at = self.names.prefix

        def all_of(names: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(at + n for n in names)

        return replace(
            found, name=at + found.name, member_entity=found.member_entity and self.names.name("entity", found.member_entity),
            reading_of=found.reading_of and at + found.reading_of, under=found.under and at + found.under, amends=all_of(found.amends),
            repeals=tuple((at + n, day) for n, day in found.repeals), annuls=all_of(found.annuls), disputes=all_of(found.disputes),
            adopts=all_of(found.adopts),
        )  # fmt: skip

    def table(self, found: ir.Table) -> ir.Table:
        names = self.names
        entries = {tuple(names.value(k) for k in key): self.copy(sections) for key, sections in found.entries.items()}
        return replace(
            found, name=names.prefix + found.name, entries=entries, columns={n: names.type(t) for n, t in found.columns.items()},
            key_kinds=tuple(k and names.name("kind", k) for k in found.key_kinds),
        )  # fmt: skip

    def field(self, found: ir.Field) -> ir.Field:
        key = self.names.field(found.key)
        entity = self.names.name("entity", found.entity) if found.entity is not None else None
        return replace(
            found, key=key, name=found.name if entity is not None else key, entity=entity, type=self.names.type(found.type),
            kind=found.kind and self.names.name("kind", found.kind), decided=found.decided and self.names.prefix + found.decided,
            chosen_by_day=self.copy(found.chosen_by_day),
        )  # fmt: skip


def _shared(donors: ir.Entity, hosts: ir.Entity | None) -> bool:
    """Whether both have the entity from the shared vocabulary."""
    return hosts is not None and donors.span.file.name == hosts.span.file.name and donors.span.start == hosts.span.start


def _equal(donors: Kind, hosts: Kind | None) -> bool:
    return hosts is not None and donors == hosts


# ---------------------------------------------------------------- what is taken


@dataclasses.dataclass(slots=True)
class Taken:
    """Names of the donor by sort: what the kept law reads, directly or through other law."""

    definitions: set[str] = dataclasses.field(default_factory=set)
    tables: set[str] = dataclasses.field(default_factory=set)
    fields: set[str] = dataclasses.field(default_factory=set)
    entities: set[str] = dataclasses.field(default_factory=set)


def reached(donor: ir.Program, start: Iterator[Any] | list[Any]) -> Taken:
    """Everything of the donor that these records read."""
    laws: dict[str, ir.Definition] = {**donor.rules, **donor.measures, **donor.duties, **donor.accounts, **donor.checks}
    taken = Taken()
    todo: list[Any] = list(start)
    while todo:
        for node in nodes(todo.pop()):
            for name in _law_names(node):
                if name in laws and name not in taken.definitions:
                    todo += _take_law(donor, taken, laws, name)
            if isinstance(node, ir.Lookup) and node.table not in taken.tables and node.table in donor.tables:
                taken.tables.add(node.table)
                todo += list(donor.tables[node.table].entries.values())
            if isinstance(node, ir.FactRead) and node.name in donor.fields and node.name not in taken.fields:
                taken.fields.add(node.name)
                todo.append(donor.fields[node.name].chosen_by_day)
            entity = getattr(node, "entity", None)
            if isinstance(entity, str):
                _take_entity(donor, taken, entity)
    for key in taken.fields:
        _take_entity(donor, taken, donor.fields[key].entity)
    return taken


def _law_names(node: Any) -> list[str]:
    found = [getattr(node, n, None) for n in ("rule", "account", "duty", "dated_by", "failing", "against", "effect_of")]
    return [n for n in found if isinstance(n, str)]


def _take_law(donor: ir.Program, taken: Taken, laws: Mapping[str, ir.Definition], name: str) -> list[Any]:
    found = [laws[name]]
    taken.definitions.add(name)
    if isinstance(laws[name], ir.Measure | ir.Duty | ir.Account) or getattr(laws[name], "effect_of", None):
        # what a measure, a duty or an account does to another one is written in the other one
        more = {*donor.measures, *donor.duties, *donor.accounts, *(r.name for r in donor.rules.values() if r.effect_of)}
        found += [laws[n] for n in sorted(more - taken.definitions)]
        taken.definitions |= more
    return found


def _take_entity(donor: ir.Program, taken: Taken, name: str | None) -> None:
    while name is not None and name in donor.entities and name not in taken.entities:
        entity = donor.entities[name]
        taken.entities.add(name)
        taken.fields |= {f"{name}.{f}" for f in (entity.start, entity.end) if f is not None and f"{name}.{f}" in donor.fields}
        name = entity.parent


def related(donor: ir.Program, cited: set[str]) -> list[str]:
    """The instruments that decide what governs: those cited, what they read, amend or stand under, who annuls, disputes,
    repeals or adopts one of them, and who joins two of them in one family."""
    found = {n for n in cited if n in donor.instruments}
    while True:
        more: set[str] = set()
        for name, i in donor.instruments.items():
            family = {*i.amends, *((i.reading_of,) if i.reading_of else ())}
            acts = {*i.annuls, *i.disputes, *i.adopts, *(n for n, _ in i.repeals)}
            if name in found:
                more |= family | ({i.under} if i.under else set())
            elif acts & found or len(family & found) > 1:
                more.add(name)
        more &= set(donor.instruments)
        if more <= found:
            return sorted(found)
        found |= more
