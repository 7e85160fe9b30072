"""Random expressions by type and place: amounts, conditions, names, dates. Used by `strategies`; see there.

`Expressions.value(type, place, depth)` writes an expression of a type that may stand where `place` says: which rows are
at hand, in which kind of period, whether `as before` and named steps can be said. What is compound is in brackets.

What may be read is a list of `Readable`: fields, rules and (for conditions and sums) children. Two facts about a rule
keep every recursion ending (semantics, section 14): *reaches* says that it rests on a chained rule, so that no fixed
year of it is read and it has a first year; a rule that reads itself last month reads nothing that reaches.

Invariant: every draw is one of finitely many small choices, the first of them the simplest, so that examples shrink.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TypeVar

from hypothesis import strategies as st
from law_text import Field, Rule, Scheme

T = TypeVar("T")
NAMES = ("low", "mid", "high")
KEYS = ("ore", "steam", "glass")
HELD = ("EUA", "EUR", "EUR per EUA")
AMOUNTS = ("tCO2e", "ratio", *HELD)
YES_NO, NAMED = "yes/no", f"one of {', '.join(NAMES)}"
LITERALS = {
    "tCO2e": ("1 t", "0 t", "12.5 t", "100 t", "2.5 kt", "1_000 t", "333.333 t"),
    "ratio": ("50%", "0%", "100%", "7.5%", "110%", "1.5", "33.3%"),
    "EUR": ("1 EUR", "0 EUR", "12.75 EUR", "1_000 EUR"),
    "EUA": ("1 EUA", "0 EUA", "10 EUA", "250 EUA"),
    "EUR per EUA": ("20 EUR per EUA", "0 EUR per EUA", "61.35 EUR per EUA"),
    "yes/no": ("yes", "no"),
    NAMED: NAMES,
    "key of factors": KEYS,
    "date": ("2020-07-15", "2018-01-01", "2021-04-01", "2023-12-31"),
    "some of co2, ch4, n2o": ("list co2", "list co2, ch4", "list n2o, co2"),
}
POSITIVE = {"tCO2e": "2 t", "ratio": "40%", "EUR": "3 EUR", "EUA": "4 EUA", "EUR per EUA": "5 EUR per EUA"}
ABSENT = ("none", "not applicable", "not permitted", "not stated")


@dataclass(frozen=True)
class Options:
    """certain: nothing unknown, unencoded or without end. readings: instruments that read others. fixed: readings of
    written years, of next periods and of other dated rows. partial: division, and what may be undefined otherwise."""

    certain: bool = False
    readings: bool = True
    fixed: bool = True
    partial: bool = True
    fewest: int = 2
    most: int = 6


@cache
def _integers(least: int, most: int) -> st.SearchStrategy[int]:
    return st.integers(least, most)


class Choices:
    """Small choices drawn one by one."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw

    def number(self, least: int, most: int) -> int:
        return least if least == most else self._draw(_integers(least, most))

    def pick(self, items: Sequence[T]) -> T:
        return items[self.number(0, len(items) - 1)]

    def chance(self, of: int, among: int) -> bool:
        """Rarer the smaller of / among; it shrinks towards no."""
        return self.number(0, among - 1) >= among - of


def literal(c: Choices, type_: str) -> str:
    """A written value; absent answers are left to the clauses."""
    return c.pick(LITERALS[type_.removesuffix(" or none")])


@dataclass(frozen=True)
class Place:
    """Where an expression stands. rows: the entities bound by aggregates, innermost last. window: a kind that an
    enclosing window binds. steps: named steps with their types. dated: in a value at a date."""

    entity: str
    kind: str
    before: bool = False
    dated: bool = False
    rows: tuple[str, ...] = ()
    window: str = ""
    steps: tuple[tuple[str, str], ...] = ()

    @property
    def reader(self) -> str:
        """The kind of period in which a bare name is read."""
        return self.window or self.kind


@dataclass
class Readable:
    """Something with a name, a type, an owner and a kind. reaches: it rests on a chained rule; earlier: read only from
    an earlier year."""

    name: str
    type: str
    entity: str
    kind: str
    chained: bool = False
    dated: bool = False
    reaches: bool = False
    fact: bool = False
    earlier: bool = False


def written(rule: Rule, *, chained: bool, dated: bool) -> Readable:
    return Readable(rule.name, rule.type, rule.entity, rule.kind, chained, dated, reaches=chained)


def _of_field(one: Field) -> Readable:
    return Readable(one.name, one.type, one.entity, one.kind, fact=True)


class Expressions:
    """Writes expressions for one rule after another: `begin(rule, later)`, then values, then `end()`."""

    def __init__(self, c: Choices, scheme: Scheme, options: Options) -> None:
        self.c, self.scheme, self.options = c, scheme, options
        self._known = [_of_field(f) for f in scheme.fields]
        self._above = {e.name: e.parent for e in scheme.entities}
        dated = {e.name for e in scheme.entities if e.life}
        self._of_dated = dated | {e.name for e in scheme.entities if e.parent in dated}
        self._self: Readable | None = None
        self._later: list[Readable] = []

    def begin(self, rule: Readable, later: Sequence[Readable]) -> None:
        self._self = rule
        self._later = [replace(r, earlier=True) for r in later if r.chained]

    def reaching(self) -> None:
        """The rule in hand rests on a chained one."""
        assert self._self is not None
        self._self.reaches = True

    def end(self) -> None:
        """The rule is written: the next ones may read it."""
        assert self._self is not None
        self._known.append(self._self)

    # ---- what can be read

    def _owners(self, place: Place) -> list[str]:
        """The entities whose fields are in scope: those at hand, their ancestors, and the scheme."""
        found = [""]
        for start in (*place.rows, place.entity):
            while start:
                if start not in found:
                    found.append(start)
                start = self._above[start]
        return found

    def _readables(self, place: Place, accept: Callable[[str], bool]) -> list[Readable]:
        owners = self._owners(place)
        me = self._self
        assert me is not None
        found = [r for r in self._known if accept(r.type) and r.entity in owners]
        if me.chained and not place.rows and not place.window and place.kind == "year":
            found += [r for r in (replace(me, earlier=True), *self._later) if accept(r.type) and r.entity in owners]
        return [r for r in found if self._times(r, place)]

    def _times(self, r: Readable, place: Place) -> list[str]:
        """How a name can be read here: the words after it. Empty: not at all."""
        reader = place.reader
        dated_row = not place.kind and not place.window and place.entity in self._of_dated
        fixed = self.options.fixed and not r.reaches and not (self._self is not None and self._self.chained and not r.fact)
        if r.earlier:
            return [" last year", " 2 years ago"]
        if r.reaches and not place.kind:
            return []  # a rule without periods may not stand in a circle of years
        if not r.kind:
            if r.dated:  # a value at a date: in a period whose first day is meant
                return [""] if reader or place.dated else [f" at {self.scheme.start(2021)}"] if fixed else []
            return [""]
        if r.kind == "year":
            found = ["", "", " last year"] if reader or dated_row else []
            return [*found, f" in {self.scheme.year(2020)}"] if fixed else found
        if reader == "month":
            return ["", "", " last month", " 12 months ago"] if not (r.reaches) else [""]
        if reader == "year" and not place.window and not r.reaches:
            return [" in October last year", " last month"]
        return [" in 2020/11"] if fixed else []

    def _read(self, r: Readable, place: Place) -> str:
        if r.reaches and self._self is not None:
            self._self.reaches = True
        words = self.c.pick(self._times(r, place))
        return f"({r.name}{words})" if words else r.name

    # ---- values

    def value(self, type_: str, place: Place, depth: int) -> str:
        """An expression of a type; of a type `or none` sometimes an absent answer."""
        if type_.endswith(" or none"):
            if self.c.chance(1, 3):
                return self.c.pick(ABSENT)
            return self.amount(type_.removesuffix(" or none"), replace(place, before=False), depth)
        if type_ in AMOUNTS:
            return self.amount(type_, place, depth)
        if type_ == YES_NO:
            if self.c.chance(1, 3):
                return self.c.pick(("yes", "no"))
            return "as before" if place.before and self.c.chance(1, 4) else self.condition(place, depth)
        found = self._readables(place, lambda t: t == type_)
        if place.before and self.c.chance(1, 4):
            return "as before"
        if type_ == "date" and place.kind == "year" and self.c.chance(1, 3):
            return self.c.pick(("30 April this year", "the end of last year", "20 days after the start of this year"))
        if found and self.c.chance(1, 2):
            return self._read(self.c.pick(found), place)
        return literal(self.c, type_)

    def amount(self, unit: str, place: Place, depth: int) -> str:
        """A quantity of a unit (or a ratio)."""
        if depth <= 0:
            return self._leaf(unit, place)
        forms: list[Callable[[str, Place, int], str]] = [
            self._plain, self._plain, self._sum, self._scaled, self._bounds, self._extreme, self._rounded, self._bands, self._slope,
            self._aggregate, self._aggregate, self._aggregate, self._aggregate, self._windowed, self._windowed, self._product,
        ]  # fmt: skip
        if self.options.partial:
            forms.append(self._quotient)
        return self.c.pick(forms)(unit, place, depth - 1)

    def _plain(self, unit: str, place: Place, depth: int) -> str:
        return self._leaf(unit, place)

    def _leaf(self, unit: str, place: Place) -> str:
        steps = [n for n, t in place.steps if t == unit]
        if place.before and self.c.chance(1, 3):
            return "as before"
        if steps and self.c.chance(1, 2):
            return steps[0]
        found = self._readables(place, lambda t: t == unit)
        if found and self.c.chance(3, 4):
            return self._read(self.c.pick(found), place)
        column = self._column(unit, place) if self.c.chance(1, 3) else None
        return column or literal(self.c, unit)

    def _column(self, unit: str, place: Place) -> str | None:
        if unit == "ratio" and place.reader == "year" and not place.rows and self.c.chance(1, 3):
            return "(slope of entry (this year) of path)"
        keys = [r for r in self._readables(place, lambda t: t == "key of factors") if not r.kind]
        if unit not in ("tCO2e", "ratio") or not keys:
            return None
        return f"({'factor' if unit == 'ratio' else 'mass_per'} of {self.c.pick(keys).name})"

    def _sum(self, unit: str, place: Place, depth: int) -> str:
        terms = [self.amount(unit, place, depth) for _ in range(self.c.number(2, 3))]
        signs = [self.c.pick(("+", "−")) for _ in terms[1:]]
        return "(" + terms[0] + "".join(f" {s} {t}" for s, t in zip(signs, terms[1:], strict=True)) + ")"

    def _scaled(self, unit: str, place: Place, depth: int) -> str:
        return f"({self.amount('ratio', replace(place, before=False), 0)} × {self.amount(unit, place, depth)})"

    def _product(self, unit: str, place: Place, depth: int) -> str:
        """Money is a price times a number of units, a unit a mass times one unit per tonne."""
        if unit == "EUR":
            return f"({self.amount('EUR per EUA', place_without(place), depth)} × {self.amount('EUA', place_without(place), 0)})"
        if unit == "EUA":
            return f"({self.amount('tCO2e', place_without(place), depth)} × 1 EUA per tCO2e)"
        if unit == "ratio" and self.options.fixed:
            return f"(number of {self._rows(place)[0]})" if self._rows(place) else self._leaf(unit, place)
        return self._scaled(unit, place, depth)

    def _quotient(self, unit: str, place: Place, depth: int) -> str:
        inner = place_without(place)
        if unit == "EUR per EUA":
            return f"({self.amount('EUR', inner, 0)} ÷ {self.amount('EUA', inner, 0)})"
        if unit == "ratio":
            other = self.c.pick(("tCO2e", "EUA"))
            return f"({self.amount(other, inner, depth)} ÷ {self.amount(other, inner, 0)})"
        return f"({self.amount(unit, place, depth)} ÷ {self.amount('ratio', inner, 0)})"

    def _bounds(self, unit: str, place: Place, depth: int) -> str:
        least, most = literal(self.c, unit), self.amount(unit, place_without(place), 0)
        words = self.c.pick((f" but at least {least}", f" but at most {most}", f" but at least {least} but at most {most}"))
        return f"({self.amount(unit, place, depth)}{words})"

    def _extreme(self, unit: str, place: Place, depth: int) -> str:
        if self.c.chance(1, 4):
            return f"(the size of ({self.amount(unit, place, depth)}))"
        word = self.c.pick(("higher", "lower"))
        return f"(the {word} of {self.amount(unit, place, depth)} and {self.amount(unit, place, 0)})"

    def _rounded(self, unit: str, place: Place, depth: int) -> str:
        mode = self.c.pick(("down", "up", "half_up", "half_even", "half_away", "toward_zero", "away_from_zero"))
        return f"({self.amount(unit, place, depth)} rounded {mode} to {POSITIVE[unit]})"

    def _bands(self, unit: str, place: Place, depth: int) -> str:
        x = self.amount("tCO2e", place_without(place), depth)
        a, b, third = (literal(self.c, unit) for _ in range(3))
        low = self.c.pick(("| below 5 t", "| up to 5 t"))
        middle = "| from 5 t" if "below" in low else "| above 5 t"
        return f"(by band of {x} {low} | {a} | {middle} to below 100 t | {b} | | from 100 t | {third} |)".replace("| |", "|\n      |")

    def _slope(self, unit: str, place: Place, depth: int) -> str:
        a, b = literal(self.c, unit), literal(self.c, unit)
        return f"(sliding from {a} at 10 t to {b} at 50 t by ({self.amount('tCO2e', place_without(place), depth)}))"

    # ---- many rows, many periods

    def _rows(self, place: Place) -> list[str]:
        """The domains of rows that can be written here."""
        if len(place.rows) + bool(place.window) >= 1:
            return []
        found = []
        for entity in self.scheme.entities:
            if place.entity and entity.parent == place.entity:
                found += [f"its {entity.plural}"] * 4  # children matter more than populations
            if self.options.fixed or (entity.name not in ("auction", "bid")):
                found.append(f"all {entity.plural}")
        return found

    def _entity(self, domain: str) -> str:
        return next(e.name for e in self.scheme.entities if e.plural == domain.split()[-1])

    def _aggregate(self, unit: str, place: Place, depth: int) -> str:
        domains = self._rows(place)
        if not domains:
            return self._leaf(unit, place)
        domain = self.c.pick(domains)
        entity = self._entity(domain)
        inner = replace(place_without(place), rows=(*place.rows, entity))
        own = [r for r in self._readables(inner, lambda t: t == unit) if r.entity == entity]
        body = self._read(self.c.pick(own), inner) if own and self.c.chance(3, 4) else self.amount(unit, inner, 0)
        word = self.c.pick(("sum", "sum", "sum", "highest", "lowest", "mean", "median") if self.options.partial else ("sum",))
        if self.c.chance(1, 3):
            return f"({word} of {body} over {domain} where {self.condition(inner, 0)})"
        if word == "mean" and self.c.chance(1, 2):
            return f"(mean of {body} weighted by {self.amount('tCO2e', inner, 0)} over {domain})"
        return f"({word} of {body} over {domain})"

    def _windows(self, place: Place) -> list[tuple[str, str]]:
        """Domains of periods with their kind."""
        if place.kind not in ("year", "month") or place.rows or place.window:
            return []
        found = [("year", "the last 3 years"), ("year", "the 2 years to this year"), ("year", "the 2 years before last year")]
        if place.kind == "month":
            return [("month", "the last 3 months"), ("month", "the 2 months to this month"), ("month", "the 6 months before this month")]
        found.append(("month", "the months in this year"))
        if self.options.fixed:
            found.append(("year", f"the years from {self.scheme.year(2018)} to {self.scheme.year(2020)}"))
        return found

    def _windowed(self, unit: str, place: Place, depth: int) -> str:
        me = self._self
        windows = self._windows(place)
        if not windows:
            return self._leaf(unit, place)
        if me is not None and me.chained and me.type == unit and not place.rows and self.c.chance(1, 3):
            return f"(sum of {me.name} over the last 2 years)"
        kind, domain = self.c.pick(windows)
        inner = replace(place_without(place), window=kind)
        own = [r for r in self._readables(inner, lambda t: t == unit) if r.kind == kind and not r.reaches]
        if not own:
            return self._leaf(unit, place)
        word = self.c.pick(("sum", "mean", "highest", "lowest", "median"))
        return f"({word} of {self.c.pick(own).name} over {domain})"

    # ---- conditions

    def condition(self, place: Place, depth: int) -> str:
        """A yes/no expression, in brackets where it is compound."""
        place = place_without(place)
        if depth <= 0:
            return self._atom(place)
        forms = (self._either, self._denied, self._compared, self._held, self._there, self._lettered, self._simple)
        return self.c.pick(forms)(place, depth - 1)

    def _simple(self, place: Place, depth: int) -> str:
        return self._atom(place)

    def _atom(self, place: Place) -> str:
        found = self._readables(place, lambda t: t in (YES_NO, NAMED, "date", "key of factors"))
        if not found or self.c.chance(1, 3):
            return self._compared(place, 0)
        r = self.c.pick(found)
        read = self._read(r, place)
        if r.type == YES_NO:
            return read
        words: tuple[str, ...]
        if r.type == NAMED:
            words = ("is low", "is not mid", "is one of (low, high)")
        elif r.type == "date":
            words = ("≥ 2021-01-01", "< 2020-07-15", *(("is in this year",) if place.kind == "year" else ()))
        else:
            words = ("is ore", "is not steam")
        return f"({read} {self.c.pick(words)})"

    def _compared(self, place: Place, depth: int) -> str:
        unit = self.c.pick(AMOUNTS)
        sign = self.c.pick(("≥", "≤", ">", "<", "is"))
        return f"({self.amount(unit, place, depth)} {sign} {self.amount(unit, place, 0)})"

    def _either(self, place: Place, depth: int) -> str:
        parts = [self.condition(place, depth) for _ in range(self.c.number(2, 3))]
        return "(" + self.c.pick((" and ", " or ")).join(parts) + ")"

    def _denied(self, place: Place, depth: int) -> str:
        return f"(not {self.condition(place, depth)})"

    def _lettered(self, place: Place, depth: int) -> str:
        if self.c.chance(1, 2):
            rows = "allowed of entry (low, north) of grid" if self.c.chance(1, 2) else "allowed of entry (mid, south) of grid"
            return f"({rows})"
        word = self.c.pick(("any", "all"))
        return f'({word} of these (a) "first" {self.condition(place, 0)} (b) "second" {self.condition(place, 0)})'

    def _held(self, place: Place, depth: int) -> str:
        windows = self._windows(place)
        quantifier = self.c.pick(("each of", "any of", "none of", "at least 2 of"))
        if not windows or self.c.chance(1, 3):
            domains = self._rows(place)
            if not domains:
                return self._atom(place)
            domain = self.c.pick(domains)
            inner = replace(place, rows=(*place.rows, self._entity(domain)))
            return f"({self._atom(inner)} holds in {quantifier} {domain})"
        kind, domain = self.c.pick(windows)
        inner = replace(place, window=kind)
        unit = self.c.pick(AMOUNTS)
        own = [r for r in self._readables(inner, lambda t: t == unit) if r.kind == kind and not r.reaches]
        if not own:
            return self._atom(place)
        return f"({self.c.pick(own).name} {self.c.pick(('≥', '<'))} {literal(self.c, unit)} holds in {quantifier} {domain})"

    def _there(self, place: Place, depth: int) -> str:
        domains = self._rows(place)
        if not domains:
            return self._atom(place)
        entity = self._entity(self.c.pick(domains))
        inner = replace(place, rows=(*place.rows, entity))
        some = self.c.pick((f"there is {'an' if entity[0] == 'a' else 'a'}", "there is no"))
        return f"({some} {entity} where {self._bracketed(self._atom(inner))})"

    def _bracketed(self, text: str) -> str:
        return text if text.startswith("(") or text.isidentifier() else f"({text})"

    # ---- clauses

    def partition(self, place: Place) -> tuple[str, ...]:
        """Conditions of which exactly one holds, as the checks can see: all of one fact."""
        place = place_without(place)
        found = self._readables(place, lambda t: t in (YES_NO, NAMED, "tCO2e", "ratio"))
        facts = [r for r in found if r.fact and "" in self._times(r, place)]
        if not facts:
            return ("otherwise",)
        r = self.c.pick(facts)
        if r.type == YES_NO:
            return r.name, f"not {r.name}"
        if r.type == NAMED:
            return tuple(f"{r.name} is {n}" for n in NAMES)
        low, high = ("5 t", "100 t") if r.type == "tCO2e" else ("10%", "60%")
        if self.c.chance(1, 2):
            return f"{r.name} < {low}", f"{r.name} ≥ {low}"
        return f"{r.name} ≤ {low}", f"{r.name} > {low} and {r.name} < {high}", f"{r.name} ≥ {high}"

    def guard(self, type_: str, place: Place) -> tuple[str, str] | None:
        """A condition that an absent answer is not given, and a value that uses the answer."""
        base = type_.removesuffix(" or none")
        found = self._readables(place_without(place), lambda t: t == f"{base} or none")
        if base not in AMOUNTS or not found:
            return None
        read = self._read(self.c.pick(found), place_without(place))
        body = self.c.pick((read, f"({read} + {literal(self.c, base)})", f"(50% × {read})"))
        condition = f"{read} is present"
        return (f"{condition} and {self._atom(place_without(place))}" if self.c.chance(1, 3) else condition), body


def place_without(place: Place) -> Place:
    """The same place where neither `as before` nor a named step is said."""
    return replace(place, before=False, steps=()) if place.before or place.steps else place
