"""Two versions of one law, compared in three layers: text, meaning, behaviour; and one verdict of three values.

    *differs*               there is a witness: a figure by period, a case, a row, or the smallest input that was found
    *no difference found*   texts differ, and nothing that was tried gives another figure; it says what was tried
    *identical*             the same law governs everywhere: no figure can differ

Never a percentage of similarity. A prover that turns *no difference found* into *identical* for the inputs it covers
belongs between `diff_search.searches` and the verdict: it is given the definitions whose search found nothing.

Invariant: `compare(a, a)` is identical; `compare(b, a)` has the verdict of `compare(a, b)`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from capcode.dsl import find, ir
from capcode.dsl.readings import Place
from capcode.interpreter import diff_errors
from capcode.interpreter.api import Refused
from capcode.interpreter.diff_behaviour import BehaviourChanges, case_changes, roster_changes, shipped_cases
from capcode.interpreter.diff_meaning import MeaningChanges, ParameterChange, meaning_changes
from capcode.interpreter.diff_search import DIFFERS as WITNESSED
from capcode.interpreter.diff_search import Searched, searches
from capcode.interpreter.diff_sides import Side
from capcode.interpreter.diff_text import ADDED, CHANGED, REMOVED, ClauseChange, Declared, TextChanges, text_changes
from capcode.interpreter.facts import FactSet
from capcode.interpreter.read_facts import FORMS, read_facts
from capcode.interpreter.witness import EFFORT

DIFFERS, NOT_FOUND, IDENTICAL = "differs", "no difference found", "identical"


@dataclass(frozen=True, slots=True)
class Entry:
    """All that is known about one changed definition (or table): its texts, its figures by period, its witness."""

    place: Place
    label: str
    labels: dict[str, str]
    changes: tuple[ClauseChange, ...]
    declared: tuple[Declared, ...] = ()
    parameter: ParameterChange | None = None
    searched: Searched | None = None

    @property
    def rank(self) -> int:
        """Other law first, then new, then gone, then what governs in other views alone, then what is only cited anew."""
        kinds = {c.what for c in self.changes} | {d.what for d in self.declared if d.touches_figures}
        if CHANGED in kinds or {ADDED, REMOVED} <= kinds:
            return 0
        return 1 if ADDED in kinds else 2 if REMOVED in kinds else 3 if any(c.elsewhere for c in self.changes) else 4


@dataclass(frozen=True, slots=True)
class Comparison:
    """The whole report. followers: parameters whose own text is the same; instruments: who made the changes, how often."""

    a: str
    b: str
    scheme: str
    title: str
    labels: dict[str, str]
    verdict: str
    reasons: tuple[str, ...]
    entries: tuple[Entry, ...]
    followers: tuple[ParameterChange, ...]
    text: TextChanges = field(repr=False)
    meaning: MeaningChanges = field(repr=False)
    behaviour: BehaviourChanges = field(repr=False)
    roster: BehaviourChanges = field(repr=False)
    searched: tuple[Searched, ...] = field(repr=False)
    instruments: tuple[tuple[str, int], ...] = ()
    effort: int = EFFORT

    @property
    def readers(self) -> tuple[Searched, ...]:
        """What came of searching definitions whose own text is the same, but not the table or the fact that they read."""
        told = {e.place for e in self.entries}
        return tuple(s for s in self.searched if Place(s.sort, s.name) not in told)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is compared besides the texts. names: only these definitions, by whatever change they differ (empty: all); cases:
    None for both sides' own; facts: a roster; with_cases: whether cases are evaluated at all."""

    names: frozenset[str] = frozenset()
    effort: int = EFFORT
    cases: Iterable[tuple[ir.Case, str, bool]] | None = None
    facts: FactSet | None = None
    with_cases: bool = True


def compare(a: Side, b: Side, wanted: Wanted | None = None) -> Comparison:
    """The report of two laws."""
    wanted = wanted or Wanted()
    everything = text_changes(a, b)
    meaning = meaning_changes(a, b, everything, wanted.names)
    text = _only(everything, wanted.names)
    behaviour = roster = BehaviourChanges()
    if wanted.with_cases and meaning.affected:
        behaviour = case_changes(a, b, meaning.affected, wanted.cases if wanted.cases is not None else _own_cases(a, b))
    if wanted.facts is not None:
        roster = roster_changes(a, b, meaning.affected, wanted.facts)
    parameters = {p.name: p for p in meaning.parameters}
    alone = frozenset(p.name for p in meaning.parameters if any("open" not in (x.old.kind, x.new.kind) for x in p.pairs))
    found = searches(a, b, text, alone, wanted.effort) if wanted.effort else []
    entries = _entries(a, b, text, parameters, found)
    changed = {e.place.name for e in entries}
    verdict, reasons = _verdict(text, meaning, behaviour, roster, found)
    return Comparison(
        a.name, b.name, b.program.scheme, b.program.title, dict(b.program.labels), verdict, reasons, tuple(entries),
        tuple(p for p in meaning.parameters if p.name not in changed), text, meaning, behaviour, roster, tuple(found),
        _instruments(entries), wanted.effort,
    )  # fmt: skip


def _own_cases(a: Side, b: Side) -> Iterable[tuple[ir.Case, str, bool]]:
    """The cases of the second law; those that only the first one has are added, where they can be put to both."""
    yield from shipped_cases(b)
    if a.program is not b.program:
        titles = {case.title for case in b.program.cases}
        known = set(b.program.fields) | set(b.program.entities)
        for case in a.program.cases:
            named = {v.name for v in case.values if v.what == "fact"} | {r.entity for r in case.rows}
            if case.title not in titles and named <= known:
                yield case, case.span.where, False


def _only(text: TextChanges, names: frozenset[str]) -> TextChanges:
    if not names:
        return text
    return replace(
        text, governing=tuple(c for c in text.governing if c.name in names), declared=tuple(d for d in text.declared if d.name in names),
        _places=frozenset(p for p in text.places if p.name in names),
    )  # fmt: skip


def _entries(
    a: Side, b: Side, text: TextChanges, parameters: dict[str, ParameterChange], found: Iterable[Searched]
) -> list[Entry]:
    """One entry for each definition or table whose text differs."""
    by_place: dict[Place, list[ClauseChange]] = {}
    for change in text.governing:
        by_place.setdefault(change.place, []).append(change)
    declared: dict[Place, list[Declared]] = {}
    for one in text.declared:
        declared.setdefault(Place(one.sort, one.name), []).append(one)
        by_place.setdefault(Place(one.sort, one.name), [])
    searched = {Place(s.sort, s.name): s for s in found}
    entries = []
    for place, changes in by_place.items():
        label, labels = _label(b, place) or _label(a, place) or ("", {})
        parameter = parameters.get(place.name) if place.sort == "rule" else None
        entries.append(
            Entry(place, label, labels, tuple(changes), tuple(declared.get(place, ())), parameter, searched.get(place))
        )
    return sorted(entries, key=lambda e: (e.rank, e.place))


def _label(side: Side, place: Place) -> tuple[str, dict[str, str]] | None:
    if place.sort == "table":
        table = side.program.tables.get(place.name)
        return None if table is None else (table.label, {})
    one = side.definitions.get(place)
    if one is not None:
        return one.label, dict(one.labels)
    return None


def _instruments(entries: Iterable[Entry]) -> tuple[tuple[str, int], ...]:
    """The texts that changed something, and how many definitions; the busiest first."""
    count: dict[str, set[Place]] = {}
    for entry in entries:
        for change in entry.changes:
            for title in set(change.new.disputed_by) - set(change.old.disputed_by):
                count.setdefault(title, set()).add(entry.place)
            if change.touches_figures:
                for title, _ in (change.new.articles or change.old.articles)[:1]:
                    count.setdefault(title, set()).add(entry.place)
    return tuple(sorted(((title, len(places)) for title, places in count.items()), key=lambda pair: (-pair[1], pair[0])))


def _verdict(
    text: TextChanges, meaning: MeaningChanges, behaviour: BehaviourChanges, roster: BehaviourChanges, found: list[Searched]
) -> tuple[str, tuple[str, ...]]:
    """The verdict, and what it rests on in sentences."""
    counted = (
        (len(meaning.parameters), "figure that needs no facts differs", "figures that need no facts differ", " in some period"),
        (len(behaviour.cases), "expectation of a shipped case comes", "expectations of shipped cases come", " out otherwise"),
        (len(roster.rows), "figure of the rows given differs", "figures of the rows given differ", ""),
        (len([s for s in found if s.verdict == WITNESSED]), "changed definition has", "changed definitions have",
         " an input on which the two laws differ"),
    )  # fmt: skip
    reasons = [f"{count:,} {one if count == 1 else many}{tail}" for count, one, many, tail in counted if count]
    if reasons:
        return DIFFERS, tuple(reasons)
    if not meaning.affected and not any(d.touches_figures for d in text.declared):
        silent = len({c.place for c in text.governing} | {Place(d.sort, d.name) for d in text.declared})
        one = "definition differs in what it cites, rests on or calls things"
        also = f"; {silent} {one if silent == 1 else 'definitions differ in what they cite, rest on or call things'}" if silent else ""
        return IDENTICAL, (f"the same law governs everywhere, so no figure can differ{also}",)
    tried = sum(s.tried for s in found)
    elsewhere = [c for c in text.governing if c.elsewhere]
    if elsewhere:
        reasons.append(f"{len(elsewhere)} texts differ that do not govern here: compare the day, or choose the instrument, of theirs")
    cases, compared, _ = behaviour.counted
    return NOT_FOUND, (
        *reasons,
        f"{len(text.places)} definitions have another text",
        f"{meaning.evaluated} figures that need no facts, in {meaning.places} periods, are the same",
        f"{compared} expectations of {cases} cases are the same",
        f"{tried} small inputs were tried and gave no other figure",
    )  # fmt: skip


# ---------------------------------------------------------------- what the user names


def cases_named(name: str, b: Side, roots: tuple[str, ...]) -> Wanted:
    """`--cases`: the cases of a scheme, or the rows of a facts file; raises Refused."""
    known = find.folders(roots)
    if name in known:
        checked = find.check_named(name, roots)
        if checked.program is None:
            raise Refused([d for d in checked.diagnostics if d.is_error])
        side = Side(name, checked, checked.program, ir.View(checked.program.scheme))
        return Wanted(cases=list(shipped_cases(side)))
    return Wanted(facts=facts_named((name,), b), with_cases=False)


def facts_named(names: Iterable[str], b: Side) -> FactSet:
    """Facts files, read together with the names of the second law; raises Refused."""
    paths = [Path(name) for name in names]
    for path in paths:
        if path.suffix.lower() not in FORMS or not path.is_file():
            raise Refused([diff_errors.no_facts_file(str(path))])
    facts, problems = read_facts(b.program, paths)
    if any(p.is_error for p in problems):
        raise Refused(problems)
    facts.add_listed(b.program)
    return facts
