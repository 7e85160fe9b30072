"""The layer of text: which clauses were added, removed, changed, with the old and the new instrument and article.

Two laws are compared where they govern: for each definition and each row of a table, day by day, member by member.
Between two folders, declarations (entities, facts, units) are compared as well, and texts that do not govern in the view.

Invariant: layout, comments, order and place of statements make no change.
Invariant: `text_changes(a, a)` is empty.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from capcode.dsl import ir
from capcode.dsl.calendar import Period
from capcode.dsl.readings import Place
from capcode.dsl.types import show
from capcode.interpreter.diff_sides import Side
from capcode.interpreter.governing import CARRIED, GOVERNS, Text, days_of, lives_of, spans
from capcode.interpreter.show import exact_text, show_value

ADDED, REMOVED, CHANGED, CITED, REWORDED, MARKED, WRITTEN = (
    "added", "removed", "changed", "cited anew", "reworded", "marked", "written"
)  # fmt: skip
"""What a change is: law where there was none; none where there was; other law; the same law under another article, with
another reason, or resting on something else (disputed, unchecked); a text that does not govern in these views."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """One side of a change: where it comes from, and its words in the canonical layout. articles: (instrument, article).

    disputed_by: the titles of the texts that dispute it.
    """

    state: str
    articles: tuple[tuple[str, str], ...]
    text: str
    instrument: str = ""
    disputed_by: tuple[str, ...] = ()

    @property
    def cited(self) -> str:
        return "; ".join(", ".join(filter(None, (instrument, article))) for instrument, article in self.articles)


@dataclass(frozen=True, slots=True)
class ClauseChange:
    """The law of a definition (or of one row of a table: `key`) from a day until a day, before and after."""

    sort: str
    name: str
    what: str
    start: date | None
    end: date | None
    old: Excerpt
    new: Excerpt
    key: str = ""
    members: tuple[str, ...] = ()
    life: str = ""
    elsewhere: bool = False  # of a text that does not govern here: whether it gives other figures where it does

    @property
    def place(self) -> Place:
        return Place(self.sort, self.name)

    @property
    def touches_figures(self) -> bool:
        return self.what in (ADDED, REMOVED, CHANGED) or self.elsewhere

    @property
    def title(self) -> str:
        return f"{self.name} ({self.key})" if self.key else self.name


@dataclass(frozen=True, slots=True)
class Declared:
    """A declaration that differs between two folders: what is added, removed or changed; old and new as written."""

    sort: str
    name: str
    what: str
    old: str
    new: str
    touches_figures: bool = True


@dataclass(frozen=True, slots=True)
class TextChanges:
    """All of the layer. `governing` in code-point order of names and in order of time."""

    governing: tuple[ClauseChange, ...] = ()
    declared: tuple[Declared, ...] = ()
    _places: frozenset[Place] = field(default=frozenset(), repr=False)

    @property
    def places(self) -> frozenset[Place]:
        """The definitions and tables whose figures may differ by their own text."""
        return self._places

    @property
    def is_empty(self) -> bool:
        return not self.governing and not self.declared


def text_changes(a: Side, b: Side) -> TextChanges:
    """What differs in the text of the two laws."""
    found: list[ClauseChange] = []
    for place in sorted({*a.definitions, *b.definitions}):
        found += _of_definition(a, b, place)
    for name in sorted({*a.program.tables, *b.program.tables}):
        found += _of_table(a, b, name)
    declared = tuple(_declared(a, b)) if a.program is not b.program else ()
    places = {c.place for c in found if c.touches_figures}
    places |= {Place(d.sort, d.name) for d in declared if d.touches_figures and Place(d.sort, d.name) in {*a.definitions, *b.definitions}}
    return TextChanges(tuple(found), declared, frozenset(places))


# ---------------------------------------------------------------- where the laws govern


@dataclass(frozen=True, slots=True)
class _Differs:
    """A stretch of days on which the two sides do not say the same."""

    start: date | None
    end: date | None
    old: Text
    new: Text


def _of_definition(a: Side, b: Side, place: Place) -> list[ClauseChange]:
    one, two = a.definitions.get(place), b.definitions.get(place)
    if isinstance(one or two, ir.Rule) and getattr(one or two, "effect_of", None):
        return []  # its measure tells
    old, new = (() if d is None else d.sections for d in (one, two))
    lives = {life for side, d in ((a, one), (b, two)) if d is not None for life in lives_of(side.program, d)}
    found: list[ClauseChange] = []
    for life in sorted(lives):
        found += _by_member(a, b, old, new, place, "", life)
    if one is not None and two is not None:
        found += _written(a, b, old, new, place, "", found)
    return found


def _of_table(a: Side, b: Side, name: str) -> list[ClauseChange]:
    one, two = a.program.tables.get(name), b.program.tables.get(name)
    entries = [{} if t is None else dict(t.entries) for t in (one, two)]
    found: list[ClauseChange] = []
    for key in sorted({*entries[0], *entries[1]}, key=lambda k: _key(a, b, k)):
        old, new = (e.get(key, ()) for e in entries)
        label = _key(a, b, key)
        if any(s.law.standing.fills(section.instrument) for s, rows in ((a, old), (b, new)) for section in rows):
            # an assumption fills the unknown cells of a row, each by itself
            columns = sorted({c for section in (*old, *new) for c in getattr(section.law, "cells", ())})
            for column in columns:
                found += _by_member(a, b, old, new, Place("table", name), f"{label}: {column}", "", column)
        else:
            found += _by_member(a, b, old, new, Place("table", name), label, "")
        found += _written(a, b, old, new, Place("table", name), label, found)
    return found


def _key(a: Side, b: Side, key: tuple[ir.Value, ...]) -> str:
    """The keys of a row in words; a kind of period that only one law has is that law's."""
    own, other = a.program.calendar, b.program.calendar
    return ", ".join(exact_text(k, other if isinstance(k, Period) and k.kind not in own.kinds else own) for k in key)


def _by_member(
    a: Side, b: Side, old: tuple[ir.Section, ...], new: tuple[ir.Section, ...], place: Place, key: str, life: str,
    column: str | None = None,
) -> list[ClauseChange]:
    """The changes for each member, with members that share a change brought together."""
    shared: dict[tuple[date | None, date | None, int], tuple[_Differs, list[str]]] = {}
    members = sorted({*a.law.standing.members(), *b.law.standing.members()}, key=lambda m: m or "")
    kept: list[_Differs] = []
    for member in members:
        for one in _differing(a, b, old, new, member, life, column):
            same = next((i for i, k in enumerate(kept) if k == one), None)
            if same is None:
                same = len(kept)
                kept.append(one)
                shared[one.start, one.end, same] = (one, [])
            shared[one.start, one.end, same][1].append(member or "")
    found = []
    for one, who in shared.values():
        everywhere = len(who) == len(members)
        named = () if everywhere else tuple(w or "(no member)" for w in who)
        old_, new_ = excerpt(a, place.name, one.old), excerpt(b, place.name, one.new)
        found.append(ClauseChange(place.sort, place.name, _what(one), one.start, one.end, old_, new_, key, named, life))
    return _joined(sorted(found, key=lambda c: (c.start or date.min, c.members)))


def _joined(changes: list[ClauseChange]) -> list[ClauseChange]:
    """Neighbouring stretches in which the same two sections stand (the years of a series) are one change."""
    found: list[ClauseChange] = []
    for change in changes:
        last = next((i for i, c in enumerate(found) if c.end == change.start and _beside(c, change)), None)
        if last is None or change.start is None:
            found.append(change)
        else:
            found[last] = dataclasses.replace(found[last], end=change.end)
    return found


def _beside(one: ClauseChange, other: ClauseChange) -> bool:
    return (one.what, one.old, one.new, one.members, one.life) == (other.what, other.old, other.new, other.members, other.life)


def _differing(
    a: Side, b: Side, old: tuple[ir.Section, ...], new: tuple[ir.Section, ...], member: str | None, life: str, column: str | None
) -> Iterator[_Differs]:
    days = days_of(a.law, old, member, life=life) | days_of(b.law, new, member, life=life)
    last: _Differs | None = None
    before, after = (
        spans(s.law, sections, days, member, column=column, life=life) for s, sections in ((a, old), (b, new))
    )  # fmt: skip
    for x, y in zip(before, after, strict=True):
        if x.text == y.text:
            continue
        if last is not None and last.end == x.start and last.old == x.text and last.new == y.text:
            last = _Differs(last.start, x.end, last.old, last.new)
            continue
        if last is not None:
            yield last
        last = _Differs(x.start, x.end, x.text, y.text)
    if last is not None:
        yield last


def _what(one: _Differs) -> str:
    if one.old.gives_as(one.new):
        if one.old.citations != one.new.citations:
            return CITED
        return REWORDED if one.old.law != one.new.law else MARKED
    if not one.old.is_law and one.new.is_law:
        return ADDED
    if one.old.is_law and not one.new.is_law:
        return REMOVED
    return CHANGED


def excerpt(side: Side, name: str, text: Text) -> Excerpt:
    """A governing text of a definition, for readers."""
    articles = tuple(dict.fromkeys((_title(side, c.instrument), c.article) for c in text.citations))
    instrument = text.citations[0].instrument if text.citations else ""
    disputed = sorted(m.about.rpartition(" by ")[2] for m in text.marks if m.word == "disputed" and " by " in m.about)
    return Excerpt(text.state, articles, words_of(side, name, text), instrument, tuple(_title(side, by) for by in disputed))


def _title(side: Side, name: str) -> str:
    instrument = side.program.instruments.get(name)
    return instrument.title if instrument is not None and instrument.title else name


def words_of(side: Side, name: str, text: Text) -> str:
    """The governing text as the formatter lays it out, or its state in words."""
    if text.state != GOVERNS:
        about = f": {text.about}" if text.about else ""
        return f"the value of {text.about} stands" if text.state == CARRIED else f"{text.state}{about}"
    table = side.program.tables.get(name)
    if isinstance(text.law, ir.CellLaw) and table is not None:
        return _row(side, table, text.law)
    words = "\n".join(dict.fromkeys(side.texts.section(s.span) for s in text.sections))
    if text.silent:
        words += f"\n(not in this view: {', '.join(text.silent)})"
    told = ("disputed", "proposed", "assumed", "reading")
    marks = sorted({f"{m.word}: {m.about}" if m.word == "disputed" else m.word for m in text.marks if m.word in told})
    return words + (f"\n({', '.join(marks)})" if marks else "")


def _row(side: Side, table: ir.Table, law: ir.CellLaw) -> str:
    cells = []
    for column, cell in law.cells.items():
        if isinstance(cell, ir.Const):
            shown = show_value(cell.value, table.columns[column], side.program)
        else:
            shown = f"unknown: {cell.reason}" if isinstance(cell, ir.OpenValue) else cell.span.words
        cells.append(f"{column} = {shown}")
    return ", ".join(cells)


# ---------------------------------------------------------------- what is written in one folder alone


def _written(
    a: Side, b: Side, old: tuple[ir.Section, ...], new: tuple[ir.Section, ...], place: Place, key: str, found: Iterable[ClauseChange]
) -> list[ClauseChange]:
    """Sections that stand in one folder only and govern in neither view: an older text, a proposal, a reading."""
    if a.program is b.program or list(old) == list(new):
        return []
    told = [text for c in found if c.key == key for text in (c.old.text, c.new.text)]
    gone, come = [s for s in old if s not in new], [s for s in new if s not in old]
    changes: list[ClauseChange] = []
    for section in gone:
        partner = next((s for s in come if s.citations == section.citations and s.start == section.start), None)
        if partner is not None:
            come.remove(partner)
        changes.append(_written_change(a, b, place, key, section, partner))
    changes += [_written_change(a, b, place, key, None, section) for section in come]
    return [c for c in changes if not any(_says(t, c.old.text) or _says(t, c.new.text) for t in told)]


def _says(whole: str, part: str) -> bool:
    return bool(part) and part in whole


def _written_change(a: Side, b: Side, place: Place, key: str, old: ir.Section | None, new: ir.Section | None) -> ClauseChange:
    def text(section: ir.Section | None) -> Text | None:
        return None if section is None else Text(GOVERNS, law=section.law, citations=section.citations, sections=(section,))

    def written(side: Side, one: Text | None) -> Excerpt:
        return Excerpt("not written", (), "") if one is None else excerpt(side, place.name, one)

    one, two = text(old), text(new)
    same = False
    if old is not None and new is not None and one is not None and two is not None:
        same = one.gives_as(two) and _span_of(old) == _span_of(new)
    start = next((s.start for s in (old, new) if s is not None), None)
    elsewhere = not same and _of_all_time(a, b)
    return ClauseChange(place.sort, place.name, WRITTEN, start, None, written(a, one), written(b, two), key, elsewhere=elsewhere)


def _of_all_time(a: Side, b: Side) -> bool:
    """Whether two folders are compared as wholes: with a day or a choice, only what governs there is asked about."""
    return all(s.view.as_at is None and not s.view.chosen for s in (a, b))


def _span_of(section: ir.Section) -> tuple[object, ...]:
    return section.start, section.end, section.initially, section.always, section.stands, section.adds


_SILENT = {"label", "labels", "span", "title", "plural"}
"""Parts of a declaration that no figure depends on."""


def _declared(a: Side, b: Side) -> Iterator[Declared]:
    """Heads of definitions, entities, facts, units, periods, instruments and questions that differ."""
    yield from _heads(a, b)
    kinds: tuple[tuple[str, dict[str, Any], dict[str, Any]], ...] = (
        ("entity", dict(a.program.entities), dict(b.program.entities)),
        ("fact", dict(a.program.fields), dict(b.program.fields)),
        ("instrument", dict(a.program.instruments), dict(b.program.instruments)),
        ("unit", dict(a.program.units), dict(b.program.units)),
        ("period", dict(a.program.calendar.kinds), dict(b.program.calendar.kinds)),
        ("authority", dict(a.program.authorities), dict(b.program.authorities)),
    )
    for sort, old, new in kinds:
        for name in sorted({*old, *new}):
            if "." in name and sort != "fact":
                continue  # brought in by a graft with the rules that use it
            found = _compared(sort, name, old.get(name), new.get(name), a, b)
            if found is not None:
                yield found
    for sort, name in sorted({*a.texts.declarations("mapping"), *b.texts.declarations("mapping")}):
        x, y = a.texts.declaration(sort, name), b.texts.declaration(sort, name)
        if x != y and ((x and y) or a.program.scheme == b.program.scheme):  # a derived scheme has the mappings of its base
            yield Declared(sort, name, _came(x or None, y or None), x, y)


def _heads(a: Side, b: Side) -> Iterator[Declared]:
    for place in sorted({*a.definitions, *b.definitions}):
        old, new = a.definitions.get(place), b.definitions.get(place)
        x, y = (s.texts.head(place.sort, place.name) for s in (a, b))
        if old is None or new is None:
            yield Declared(place.sort, place.name, _came(old, new), x, y)
        elif (parts := _parts(old) ^ _parts(new)) or (x != y and x and y):
            yield Declared(place.sort, place.name, CHANGED, x, y, bool({p for p, _ in parts} - _SILENT - {"answers"}))


def _parts(one: Any) -> set[tuple[str, str]]:
    """The parts of a record but places and sections, as text."""
    names = (f.name for f in dataclasses.fields(one) if f.name not in ("span", "sections"))
    return {(n, show(v) if n == "type" and v is not None else repr(v)) for n in names for v in (getattr(one, n),)}


def _came(old: object, new: object) -> str:
    return ADDED if old is None else REMOVED if new is None else CHANGED


def _compared(sort: str, name: str, old: Any, new: Any, a: Side, b: Side) -> Declared | None:
    if old == new and repr(old) == repr(new):
        return None
    names = (a.program.scheme, b.program.scheme)
    if names[0] != names[1] and sort == "unit" and repr(old).replace(f"{names[0]}.", "") == repr(new).replace(f"{names[1]}.", ""):
        return None  # a dimension is named after its scheme
    key = name.rpartition(".")[2] if sort == "fact" else name
    entity = name.rpartition(".")[0] if sort == "fact" else ""
    x, y = (s.texts.declaration("entity", entity) if entity else s.texts.declaration(_STATEMENTS.get(sort, sort), key) for s in (a, b))
    silent = False
    if old is not None and new is not None and dataclasses.is_dataclass(old):
        differing = {p for p, _ in _parts(old) ^ _parts(new)} - ({"fields"} if sort == "entity" else set())
        if not differing:
            return None  # what differs in an entity's fields is told of each field
        silent = not differing - _SILENT
    elif sort in ("instrument", "authority"):
        silent = True  # a text that nothing cites changes no figure; what cites it is compared by itself
    if entity:  # one line of the entity's statement
        x, y = (_line_of(t, key) for t in (x, y))
    return Declared(sort, name, _came(old, new), x, y, not silent)


_STATEMENTS = {"period": "perioddef", "unit": "unitdef"}


def _line_of(text: str, name: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip().startswith(f"{name} ")), "")


__all__ = [
    "ADDED", "CHANGED", "CITED", "MARKED", "REMOVED", "REWORDED", "WRITTEN", "ClauseChange", "Declared", "Excerpt",
    "TextChanges", "text_changes", "words_of",
]  # fmt: skip
