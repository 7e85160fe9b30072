"""The layer of meaning: figures that need no facts, by period, before and after; and what depends on what changed.

A parameter is a rule without subject and argument. It is evaluated without facts, so it has a figure wherever law alone
gives one.

Invariant: what reads nothing that changed is not evaluated, for it cannot differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from capcode.dsl import ir
from capcode.dsl.calendar import Period
from capcode.dsl.instruments import BEGINNING, NEVER
from capcode.dsl.readings import Place
from capcode.dsl.types import Type, show
from capcode.interpreter.cases import type_of
from capcode.interpreter.diff_sides import Side
from capcode.interpreter.diff_text import TextChanges
from capcode.interpreter.evaluate import Evaluation
from capcode.interpreter.facts import At, facts_of_law
from capcode.interpreter.result_words import say_reason, say_result, shortly
from capcode.interpreter.results import Known, Open, Result
from capcode.interpreter.show import exact_text, show_value

FIRST_YEAR, LAST_YEAR = 1995, 2050
MOST_PERIODS = 400  # of one parameter
MOST_DAYS = 60  # on which other texts change, at which a value at a date is asked too
MOST_REASONS = 2  # beside one figure
UNSURE = frozenset(("unchecked", "inferred", "estimate", "disputed", "proposed", "assumed", "rounding_unknown"))
"""The marks that are told beside a figure."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One result as shown, with what it rests on, and exactly where it is known. kind: known, open, error."""

    shown: str
    exact: str | None
    kind: str
    value: ir.Value | None = None

    @property
    def number(self) -> Fraction | None:
        return self.value if isinstance(self.value, Fraction) else None


@dataclass(frozen=True, slots=True)
class Pair:
    """A figure before and after. `period` is its label; empty for a constant."""

    period: str
    old: Figure
    new: Figure
    at: At = None
    last: str = ""  # the last period of a run with these two figures
    onward: bool = False  # whether the run reaches the last period that was asked

    @property
    def when(self) -> str:
        """`2024`, `2024 to 2026`, `2024 on`; empty for a constant."""
        return f"{self.period} on" if self.onward and self.period else f"{self.period} to {self.last}" if self.last else self.period

    @property
    def delta(self) -> Fraction | None:
        if self.old.number is None or self.new.number is None:
            return None
        return self.new.number - self.old.number


@dataclass(frozen=True, slots=True)
class ParameterChange:
    """A parameter and the periods in which it differs, in order of time; runs of equal pairs are one."""

    name: str
    label: str
    labels: Mapping[str, str]
    unit: str
    pairs: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class Dependent:
    """A definition that did not change itself, the nearest changed ones that it rests on, and how far they are."""

    place: Place
    through: tuple[str, ...]
    distance: int


@dataclass(frozen=True, slots=True)
class MeaningChanges:
    """All of the layer. evaluated: how many parameters at how many places; silent: those that need facts."""

    parameters: tuple[ParameterChange, ...] = ()
    dependents: tuple[Dependent, ...] = ()
    affected: frozenset[Place] = frozenset()
    evaluated: int = 0
    places: int = 0


def meaning_changes(a: Side, b: Side, text: TextChanges, names: frozenset[str] = frozenset()) -> MeaningChanges:
    """Parameters that differ, and all that depends on a change. With names: those parameters, what depends on the
    changes of these names, and as affected those of them that some change may touch."""
    everything = frozenset({*a.definitions, *b.definitions})
    rewritten = any(d.touches_figures and Place(d.sort, d.name) not in everything for d in text.declared)
    dependents = dependents_of((a, b), text.places)
    affected = everything if rewritten else text.places | {d.place for d in dependents}
    if names:
        affected = frozenset(p for p in affected if p.name in names)
        dependents = dependents_of((a, b), frozenset(p for p in text.places if p.name in names))
    found: list[ParameterChange] = []
    evaluated = places = 0
    days = sorted({d for c in text.governing if c.touches_figures for d in (c.start, c.end) if d is not None})[:MOST_DAYS]
    for place in sorted(affected & everything):
        name = place.name
        rule = b.program.rules.get(name) or a.program.rules.get(name)
        if place.sort != "rule" or rule is None or rule.entity is not None or rule.argument is not None or rule.effect_of:
            continue
        evaluated += 1
        asked = places_of((a, b), rule, days)
        pairs = _pairs(a, b, rule, asked)
        places += len(asked)
        if pairs:
            found.append(ParameterChange(name, rule.label, dict(rule.labels), _unit(rule), tuple(runs_of(pairs, asked))))
    return MeaningChanges(tuple(found), tuple(dependents), affected, evaluated, places)


def figure_of(side: Side, name: str, result: Result, part: str | None = None) -> Figure:
    """A result as a reader sees it."""
    if isinstance(result, Known):
        shown = show_value(result.value, type_of(side.program, name, part), side.program)
        told = sorted({m.word.replace("_", " ") for m in result.marks if m.word in UNSURE})
        shown += f" [{', '.join(told)}]" if told else ""
        return Figure(shown, exact_text(result.value, side.program.calendar), "known", result.value)
    p = side.program
    if not any(name in kind for kind in (p.rules, p.measures, p.duties, p.accounts, p.checks, p.fields)):
        return Figure("no law", None, "error")
    if isinstance(result, Open):
        return Figure("; ".join(shortly([say_reason(r) for r in sorted(result.reasons)], MOST_REASONS)), None, "open")
    silent = [c.text.removeprefix("no text governs ") for c in sorted(result.causes) if c.kind == "gap" and "no text governs" in c.text]
    if silent and len(silent) == len(result.causes):
        return Figure("; ".join(shortly([f"no law gives {text}" for text in silent], MOST_REASONS)), None, "error")
    return Figure(say_result(result), None, "error")


def delta_of_figures(side: Side, name: str, old: Figure, new: Figure, part: str | None = None) -> str:
    """The signed difference with its unit; empty where the two are no numbers."""
    if old.number is None or new.number is None:
        return ""
    return signed(side, name, new.number - old.number, part)


def signed(side: Side, name: str, value: Fraction, part: str | None = None) -> str:
    """A difference as a reader sees it: always with its sign."""
    shown = show_value(value, type_of(side.program, name, part), side.program)
    return f"+{shown}" if value > 0 else shown


def alike(old: Result, new: Result) -> bool:
    """Whether two results say the same; what they rest on (marks) is no part of it."""
    if isinstance(old, Known) and isinstance(new, Known):
        return old.value == new.value
    return type(old) is type(new) and say_result(old, whole=True) == say_result(new, whole=True)


# ---------------------------------------------------------------- parameters


def _pairs(a: Side, b: Side, rule: ir.Rule, places: Sequence[At]) -> list[Pair]:
    one, two = (Evaluation(s.program, s.law, facts_of_law(s.program)) for s in (a, b))
    found: list[Pair] = []
    for at in places:
        old, new = one.value(rule.name, None, at), two.value(rule.name, None, at)
        if alike(old, new) or not (isinstance(old, Known) or isinstance(new, Known)):
            continue
        label = label_of(b, at)
        before, after = figure_of(a, rule.name, old), figure_of(b, rule.name, new)
        found.append(Pair(label, without_period(before, label), without_period(after, label), at))
    return found


def without_period(figure: Figure, period: str) -> Figure:
    """A figure that is missing, told without its period, so that it can be the same in the next one."""
    return figure if figure.kind == "known" or not period else replace(figure, shown=figure.shown.replace(f" in {period}", ""))


def label_of(side: Side, at: At) -> str:
    return "" if at is None else at.isoformat() if isinstance(at, date) else side.program.calendar.label(at)


def bounds_of(sides: Iterable[Side], name: str) -> list[date]:
    """The days on which the text of a rule may change, on either side."""
    found: set[date] = set()
    for side in sides:
        rule = side.program.rules.get(name)
        if rule is not None:
            for member in side.law.standing.members():
                found |= set(side.law.boundaries(rule.sections, member))
    return sorted(d for d in found if d not in (BEGINNING, NEVER))


def places_of(sides: tuple[Side, ...], rule: ir.Definition, others: Iterable[date] = ()) -> list[At]:
    """Where in time a definition is asked: all its years; shorter periods and days, where its text or another changes."""
    calendar = sides[-1].program.calendar
    bounds = sorted({d for d in (*bounds_of(sides, rule.name), *others) if FIRST_YEAR <= d.year <= LAST_YEAR})
    if rule.timing == ir.DATED_VALUE:
        return list(dict.fromkeys(bounds))
    if rule.timing != ir.EACH or rule.kind is None:
        return [None]
    kind = calendar.kinds[rule.kind]
    own = [d for d in bounds_of(sides, rule.name) if d.year >= FIRST_YEAR]
    first = date(own[0].year if own else FIRST_YEAR + 10, 1, 1)
    index = kind.index_of(first)
    start, after = (None, None) if index is None else (kind.start(index), kind.end(index))
    if start is not None and after is not None and (after - start).days < 300:
        near = (calendar.containing(rule.kind, day) for day in bounds)
        return list(dict.fromkeys(p for one in near if one is not None for p in (calendar.shift(one, -1), one) if p is not None))
    if index is None:
        index = 0
    found: list[At] = []
    while len(found) < MOST_PERIODS:
        start = kind.start(index)
        if start is None or start.year > LAST_YEAR:
            break
        found.append(Period(rule.kind, index))
        index += 1
    return found


def runs_of(pairs: Sequence[Pair], places: Sequence[At]) -> list[Pair]:
    """Pairs of places that follow one another, with the same two figures, are one line. places: all that were asked."""
    order = {at: i for i, at in enumerate(places)}
    found: list[Pair] = []
    last = -2
    for pair in pairs:
        if found and order[pair.at] == last + 1 and (found[-1].old, found[-1].new) == (pair.old, pair.new):
            found[-1] = replace(found[-1], last=pair.period)
        else:
            found.append(pair)
        last = order[pair.at]
    if found and last == len(places) - 1 and found[-1].last:
        found[-1] = replace(found[-1], onward=True)
    return found


def _unit(rule: ir.Rule) -> str:
    return show(Type(rule.type.base))


# ---------------------------------------------------------------- what depends on what changed


def _readers_of(sides: Iterable[Side]) -> dict[Place, set[Place]]:
    """Who reads a definition or table directly, on either side."""
    found: dict[Place, set[Place]] = {}
    for side in sides:
        for reading in side.readings.found:
            found.setdefault(reading.read, set()).add(reading.reader)
    return found


def dependents_of(sides: Iterable[Side], changed: Set[Place]) -> list[Dependent]:
    """All that reads what changed, directly or through others, on any side; what changed itself is not among them."""
    readers = _readers_of(sides)
    distance: dict[Place, int] = dict.fromkeys(sorted(changed), 0)
    through: dict[Place, set[str]] = {p: {p.name} for p in changed}
    level = sorted(changed)
    while level:
        following: set[Place] = set()
        for place in level:
            for reader in sorted(readers.get(place, ())):
                if reader not in distance:
                    distance[reader] = distance[place] + 1
                    following.add(reader)
                if distance[reader] == distance[place] + 1:
                    through.setdefault(reader, set()).update(through[place])
        level = sorted(following)
    return [
        Dependent(p, tuple(sorted(through[p])), d) for p, d in sorted(distance.items(), key=lambda one: (one[1], one[0].name)) if d > 0
    ]
