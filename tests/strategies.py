"""Random schemes that the checks accept, with facts and views: `schemes()`, `worlds(scheme)`, `views(scheme)`.

Everything is drawn by type and place: `strategies_expressions` writes expressions, this module the law around them.
How a scheme is made: instruments (every status and relation), entities (a firm with plants, an auction with bids, which
is dated by its day), fields of every type, tables; then the heads of all rules; then their sections, rule by rule. A
rule reads rules that were written before it; a *chained* rule also reads itself and later chained rules of last year.

Why the checks accept it:
* instruments: relations go to earlier instruments only; what amends has the later day, or the same day and a link;
  families stand under at most one other, because what stands `under` another does not amend;
* sections: spans begin and end on boundaries of the rule's kind; one instrument states a rule once per start; two
  instruments of one day never state the same rule unless one amends the other;
* clauses: plain clauses are parts of a partition (a yes/no fact and its denial, thresholds of one fact, the names of
  one fact) or stand beside one `otherwise`; several exceptions are ordered by `over`;
* recursion: only chained rules are read from before, they have a first year, and no fixed year is read in their reach.

Options narrow what is drawn where a law needs it; each says what it leaves out.

Invariant: a scheme that the checks refuse is a finding, never a discarded example.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hypothesis import strategies as st
from law_text import Clause, Entity, Field, Instrument, Rule, Scheme, Section, Series, Table, World, view
from strategies_expressions import AMOUNTS, HELD, KEYS, NAMES, Choices, Expressions, Options, Place, literal, written

from capcode.dsl import ir

FIRM, PLANT, AUCTION, BID = "firm", "plant", "auction", "bid"
TYPES = ("tCO2e", "ratio", "EUR", "EUA", "EUR per EUA", "yes/no", f"one of {', '.join(NAMES)}", "date", "key of factors")
RULE_TYPES = (
    "tCO2e", "tCO2e", "ratio", "EUA", "EUR", "EUR per EUA", "yes/no", f"one of {', '.join(NAMES)}", "tCO2e or none",
    "ratio or none", "date", "some of co2, ch4, n2o",
)  # fmt: skip
DAYS = ("2015-01-01", "2016-07-15", "2018-01-01", "2019-04-01", "2019-11-30", "2021-01-01", "2022-03-10", "2023-04-01", "2024-06-20")
YEARS = range(2017, 2025)
MODES = ("down", "up", "half_up", "half_even", "half_away", "toward_zero", "away_from_zero")
PLACES = {"tCO2e": ("1 t", "0.1 t", "5 t"), "ratio": ("1%", "5%", "0.1%"), "EUR": ("1 EUR", "0.01 EUR"), "EUA": ("1 EUA", "10 EUA"),
          "EUR per EUA": ("0.01 EUR per EUA", "1 EUR per EUA")}  # fmt: skip


# ---------------------------------------------------------------- instruments


def _instruments(c: Choices, options: Options, month: str) -> tuple[Instrument, ...]:
    found = [Instrument("act_0", "in force 2015-01-01", "2015-01-01")]
    days = list(DAYS[1:])
    for i in range(1, c.number(2, 6)):
        name = f"act_{i}"
        word = c.pick(("enacted", "enacted", "enacted", "proposed", "assumed", "reading"))
        if word == "reading" and not options.readings:
            word = "enacted"
        earlier = [o for o in found if o.word != "assumed"]
        if word == "enacted" and days:
            day = days.pop(c.number(0, len(days) - 1))
            status = f"in force {day}" if c.chance(3, 4) else f"adopted 2015-06-30 in force {day}"
            relations = _relations(c, found, day, month)
            if not relations and c.chance(1, 6):
                # the same day as an earlier text: only a link orders them
                other = c.pick([o for o in found if o.day and o.word == "enacted"])
                days.append(day)
                day, status, relations = other.day or day, f"in force {other.day}", (f"amends {other.name}",)
            found.append(Instrument(name, status, day, relations))
        elif word == "proposed":
            wanted = c.pick(("", "2020-01-01", "2023-01-01"))
            dated = wanted and wanted not in {o.day for o in found}
            found.append(Instrument(name, f"proposed for {wanted}", wanted) if dated else Instrument(name, "proposed"))
        elif word == "reading":
            found.append(Instrument(name, f"reading of {c.pick(earlier).name}"))
        else:
            found.append(Instrument(name, "assumed"))
    return tuple(found)


def _relations(c: Choices, found: Sequence[Instrument], day: str, month: str) -> tuple[str, ...]:
    """What a new enacted text does to older ones. At most one of `amends` and `under`; ends are where a year ends."""
    enacted = [o for o in found if o.word == "enacted" and o.day is not None]
    older = [o for o in enacted if o.day is not None and o.day < day]
    relations: list[str] = []
    way = c.pick(("", "", "amends", "amends", "under"))
    if way == "amends" and older:
        relations.append(f"amends {c.pick(older).name}")
    elif way == "under":
        relations.append(f"under {c.pick(enacted).name}")
    other = c.pick(("", "", "", "repeals", "expires", "annuls", "disputes", "adopts"))
    proposals = [o for o in found if o.word == "proposed"]
    target = c.pick([o for o in found if o.word != "reading"])
    if other == "repeals":
        relations.append(f"repeals {target.name} from {c.pick((2020, 2021, 2022))}-{month}-01")
    elif other == "expires":
        relations.append(f"expires {c.pick((2022, 2024))}-{month}-01")
    elif other == "adopts" and proposals:
        relations.append(f"adopts {c.pick(proposals).name}")
    elif other in ("annuls", "disputes"):
        relations.append(f"{other} {target.name}")
    return tuple(relations)


# ---------------------------------------------------------------- entities, fields, tables


def _entities(c: Choices) -> tuple[Entity, ...]:
    life = c.pick(("", "", "from begun", "from begun until ended"))
    found = [Entity(FIRM), Entity(PLANT, FIRM, life)]
    if c.chance(1, 2):
        found += [Entity(AUCTION, "", "from held_on"), Entity(BID, AUCTION)]
    return tuple(found)


def _fields(c: Choices, entities: Sequence[Entity], options: Options) -> tuple[Field, ...]:
    found: list[Field] = []
    for entity in (*entities, None):
        owner = entity.name if entity else ""
        if entity is not None and "begun" in entity.life:
            found.append(Field("begun", "date", owner))
        if entity is not None and "ended" in entity.life:
            found.append(Field("ended", "date or none", owner, extra="unless stated none"))
        if entity is not None and "held_on" in entity.life:
            found.append(Field("held_on", "date", owner))
        for i in range(c.number(2, 4)):
            type_ = c.pick(TYPES)
            kind = "" if type_ in ("date", "key of factors") or owner in (AUCTION, BID) else c.pick(("year", "year", "month", ""))
            found.append(Field(f"{owner or 'fact'}_{i}", type_, owner, kind, _extra(c, type_, owner)))
        if owner == PLANT:
            found.append(Field("plant_mass", "tCO2e", owner, "year"))
    return tuple(found)


def _extra(c: Choices, type_: str, owner: str) -> str:
    if type_ == "tCO2e" and c.chance(1, 3):
        return "from 0 t to 1_000_000 t step 0.001 t"
    way = c.number(0, 7)
    if way == 0 and type_ == "yes/no":
        return "unless stated no"
    if way == 1:
        return "decided by agency"
    return f"chosen by {owner}" if way == 2 and owner == FIRM and type_ in ("ratio", "tCO2e") else ""


def _tables(c: Choices, scheme: Scheme, options: Options) -> tuple[Table, ...]:
    """`factors` by one name, with rows by later texts; `grid` by two; `path` by year."""
    enacted = [i.name for i in scheme.instruments if i.word == "enacted"]
    rows: list[str] = []
    for n, key in enumerate(KEYS):
        rows.append(f"| {key} | {literal(c, 'ratio')} | {literal(c, 'tCO2e')} | ;")
        for other in enacted[1:]:
            if c.chance(1, 4):
                cell = 'unknown "not published"' if not options.certain and c.chance(1, 5) else literal(c, "ratio")
                start = scheme.start(c.pick(YEARS))
                rows.append(f'| {key} | {cell} | {literal(c, "tCO2e")} | cites {other} "Annex {n}" from {start} ;')
    found = [Table("factors", ("product",), (("factor", "ratio"), ("mass_per", "tCO2e")), tuple(rows), 'act_0 "Annex" from 2015-01-01')]
    pairs = [(a, b) for a in NAMES[:2] for b in ("north", "south")]
    if not options.certain and c.chance(1, 3):
        pairs.pop()
    cells = tuple(f"| {a} | {b} | {c.pick(('yes', 'no'))} | ;" for a, b in pairs)
    found.append(Table("grid", ("size", "side"), (("allowed", "yes/no"),), cells, 'act_0 "Grid" from 2015-01-01'))
    years = range(2010, 2031) if options.certain else range(2017, 2023)
    stands = "from 2015-01-01"
    cells = tuple(f"| {scheme.year(y)} | {literal(c, 'ratio') if y % 4 == 0 else '3%'} | ;" for y in years)
    found.append(Table("path", ("year",), (("slope", "ratio"),), cells, f'act_0 "Path" {stands}'))
    return tuple(found)


# ---------------------------------------------------------------- rules


@dataclass(frozen=True)
class _Head:
    rule: Rule
    chained: bool
    dated: bool  # a value at a date


def _heads(c: Choices, scheme: Scheme, options: Options) -> list[_Head]:
    found = []
    owners = ["", "", FIRM, FIRM, PLANT, PLANT]
    owners += [AUCTION, AUCTION, BID] if any(e.name == AUCTION for e in scheme.entities) else []
    for i in range(c.number(options.fewest, options.most)):
        type_, owner = c.pick(RULE_TYPES), c.pick(owners)
        kind = "" if owner in (AUCTION, BID) else c.pick(("year", "year", "year", "year", "month", ""))
        chained = kind == "year" and c.chance(1, 2) and not type_.startswith(("some", "date"))
        rounding = ""
        base = type_.removesuffix(" or none")
        if base in HELD:
            rounding = c.pick((*(("not rounded",) * 2), f"rounded {c.pick(MODES)} to {c.pick(PLACES[base])}", 'rounded unknown "silent"'))
        elif base in PLACES and c.chance(1, 4):
            rounding = f"rounded {c.pick(MODES)} to {c.pick(PLACES[base])}"
        dated = not kind and not owner and c.chance(1, 2)
        found.append(_Head(Rule(f"r{i}", type_, owner, kind, rounding), chained, dated))
    return found


class _Law:
    """Writes the sections of one rule."""

    def __init__(self, c: Choices, scheme: Scheme, head: _Head, write: Expressions, options: Options, first: int) -> None:
        self.c, self.scheme, self.head, self.write, self.options = c, scheme, head, write, options
        self.rule, self._article = head.rule, first
        self._starts: set[tuple[str, str]] = set()

    def sections(self) -> tuple[Section, ...]:
        found = []
        for i in range(self.c.number(1, 4)):
            section = self._section(i)
            if section is not None:
                found.append(section)
        if self.rule.kind == "year" and self.c.chance(1, 8):
            found.append(self._initial())
        return tuple(found)

    def _new_article(self) -> str:
        self._article += 1
        return f"Art {self._article}"

    def _section(self, i: int) -> Section | None:
        c, rule = self.c, self.rule
        instrument = self.scheme.instruments[0] if i == 0 else c.pick(self.scheme.instruments)
        span, start = self._span(i)
        if (instrument.name, start) in self._starts or (not span and instrument.word != "enacted"):
            return None
        article = self._new_article()
        mark = c.pick(("", "", "", "unchecked", "inferred"))
        also: tuple[str, ...] = ()
        if c.chance(1, 12) and len(self.scheme.instruments) > 1:
            other = c.pick(self.scheme.instruments)
            also = (other.name,) if other.name != instrument.name and (self.options.readings or other.word != "reading") else ()
        section = Section(instrument.name, article, span, (), mark, also)
        following = {(instrument.name, self.scheme.start(int(start[:4]) + n)) for n in range(4)} if start else set()
        series = self._may_be_series(span) and not following & self._starts and c.chance(1, 7)
        self._starts |= following if series else {(instrument.name, start)}
        if series:
            values = ", ".join(literal(c, rule.type) for _ in range(c.number(2, 3)))
            tail = f" then {literal(c, rule.type)}" if c.chance(1, 2) or self.options.certain else ""
            return replace(section, clauses=(Clause(values + tail),))
        place = Place(rule.entity, rule.kind, before=i > 0 and c.chance(1, 2), dated=self.head.dated)
        if rule.rounding == "" and rule.type.removesuffix(" or none") in PLACES and c.chance(1, 6):
            base = rule.type.removesuffix(" or none")
            section = replace(section, rounding=f"rounded {c.pick(MODES)} to {c.pick(PLACES[base])}")
        if i > 0 and c.chance(1, 5):
            condition = self.write.condition(place, 1)
            return replace(section, manner="adds", clauses=(Clause(self.write.value(rule.type, place, 1), condition),))
        return self._filled(section, place)

    def _may_be_series(self, span: str) -> bool:
        return self.rule.kind == "year" and span.startswith("from") and "until" not in span and self.rule.type in AMOUNTS

    def _filled(self, section: Section, place: Place) -> Section:
        """Clauses by one of the shapes that the checks can decide."""
        c, rule, write = self.c, self.rule, self.write
        if c.chance(1, 4) and rule.type in AMOUNTS:
            name = f"step_{section.article.split()[1]}"
            place = replace(place, steps=((name, rule.type),))
            section = replace(section, defines=(f"{name} = {write.value(rule.type, replace(place, steps=(), before=False), 1)}",))
        shape = c.pick(("alone", "alone", "otherwise", "parts", "exceptions", "ordered", "guarded"))

        def value(depth: int = 2) -> str:
            return write.value(rule.type, place, depth)

        if not self.options.certain and c.chance(1, 14):
            return replace(section, clauses=(Clause('unknown "not yet published"'),))
        if shape == "alone":
            return replace(section, clauses=(self._because(Clause(value())),))
        if shape == "otherwise":
            return replace(section, clauses=(Clause(value(), write.condition(place, 2)), self._because(Clause(value(1), "otherwise"))))
        if shape == "parts":
            cases = write.partition(place)
            if len(cases) > 2 and c.chance(1, 3):
                cases = (*cases[:-1], "otherwise")
            return replace(section, clauses=tuple(Clause(value(1), case) for case in cases))
        if shape == "ordered":
            clauses = [Clause(value(1), write.condition(place, 1)) for _ in range(c.number(1, 2))]
            return replace(section, manner="in this order", clauses=(*clauses, Clause(value(1), "otherwise")))
        if shape == "guarded":
            guard = write.guard(rule.type, place)
            if guard is not None:
                condition, body = guard
                return replace(section, clauses=(Clause(body, condition), Clause(value(1), "otherwise")))
        exceptions: list[Clause] = []
        for n in range(c.number(1, 3)):
            over = "" if n == 0 else c.pick((f'over "{section.article} exc {n - 1}"', "over all")) if n == 1 else ""
            if n == 2:
                over = "over " + ", ".join(f'"{section.article} exc {k}"' for k in range(2)) if "all" not in exceptions[1].over else ""
                if not over:
                    break
            exceptions.append(Clause(value(1), write.condition(place, 1), f"{section.article} exc {n}", over))
        return replace(section, clauses=(Clause(value()), *exceptions))

    def _because(self, clause: Clause) -> Clause:
        return replace(clause, because="so it says") if self.c.chance(1, 5) else clause

    def _initial(self) -> Section:
        return Section("act_0", self._new_article(), "initially", (Clause(literal(self.c, self.rule.type)),))

    def _span(self, i: int) -> tuple[str, str]:
        """A span and the day on which it begins."""
        c, rule, scheme = self.c, self.rule, self.scheme
        lasting = {e.name for e in scheme.entities if not e.life and e.name != BID}
        if rule.kind == "" and not self.head.dated and rule.entity in ("", *lasting):
            return "", ""  # a constant
        if rule.kind == "" and rule.entity:
            start = "2010-01-01" if i == 0 else scheme.start(c.pick(YEARS))
            return f"from {start}", start
        year = 2015 if self.options.certain and i == 0 else c.pick((2015, 2016, 2018)) if i == 0 else c.pick(YEARS)
        if rule.kind == "month":
            month = c.pick((1, 4, 7)) if i else 4
            return f"from {year}/{month:02}", f"{year}-{month:02}-01"
        if self.head.dated:
            return f"from {scheme.start(year)}", scheme.start(year)
        start = scheme.start(year)
        way = "open" if self.options.certain else c.pick(("open", "open", "open", "until", "for", "stands"))
        last = scheme.year(year + c.number(1, 3))
        if way == "until":
            return f"from {scheme.year(year)} until {last}", start
        if way == "for":
            return f"for {scheme.year(year)}", start
        return (f"from {scheme.year(year)} until {last} then stands" if way == "stands" else f"from {scheme.year(year)}"), start


def _ordered(scheme: Scheme, rule: Rule) -> Rule:
    """Leaves out sections of a text that nothing orders against an earlier section's text (two of one day)."""
    kept: list[Section] = []
    for section in rule.sections:
        one = scheme.instrument(section.instrument)
        tied = [o for o in (scheme.instrument(s.instrument) for s in kept) if o.name != one.name and o.day == one.day and one.day]
        if all(f"amends {o.name}" in one.relations or f"amends {one.name}" in o.relations for o in tied):
            kept.append(section)
    return replace(rule, sections=tuple(kept))


@st.composite
def schemes(draw: st.DrawFn, options: Options = Options()) -> Scheme:  # noqa: B008
    """A scheme that the checks accept."""
    c = Choices(draw)
    month = c.pick(("January", "April"))
    scheme = Scheme(month, _instruments(c, options, '01' if month == 'January' else '04'), _entities(c), (), (), ())
    scheme = replace(scheme, fields=_fields(c, scheme.entities, options))
    scheme = replace(scheme, tables=_tables(c, scheme, options))
    heads = _heads(c, scheme, options)
    later = [written(h.rule, chained=h.chained, dated=h.dated) for h in heads]
    done: list[Rule] = []
    write = Expressions(c, scheme, options)
    for i, head in enumerate(heads):
        write.begin(later[i], later[i + 1 :] if head.chained else [])
        rule = replace(head.rule, sections=_Law(c, scheme, head, write, options, 10 * i).sections())
        done.append(_ordered(scheme, rule))
        write.end()
    return replace(scheme, rules=tuple(done))


# ---------------------------------------------------------------- views, facts


@st.composite
def views(draw: st.DrawFn, scheme: Scheme) -> ir.View:
    """A day or none, and some of the instruments that may be chosen."""
    c = Choices(draw)
    day = c.pick((None, *scheme.days, "2020-10-10", "2022-12-31"))
    return view(day, *(name for name in scheme.chosen("proposed", "assumed", "reading") if c.chance(1, 2)))


@st.composite
def worlds(draw: st.DrawFn, scheme: Scheme, complete: bool = False) -> World:
    """Rows and values of every field, with holes and open lists unless the world is complete."""
    c = Choices(draw)
    rows = [(FIRM, f"f{i}", "") for i in range(c.number(1, 2))]
    rows += [(PLANT, f"p{i}", c.pick(rows)[1]) for i in range(c.number(0, 4))]
    if any(e.name == AUCTION for e in scheme.entities):
        auctions = [(AUCTION, f"a{i}", "") for i in range(c.number(1, 3))]
        rows += [*auctions, *((BID, f"b{i}", c.pick(auctions)[1]) for i in range(c.number(0, 3)))]
    values: dict[tuple[str, str], Series] = {}
    for one in scheme.fields:
        for row in [r for e, r, _ in rows if e == one.entity] if one.entity else [""]:
            values[one.name, row] = _series(c, one, row, complete)
    world = World(scheme, tuple(rows), values)
    if complete:
        return world.complete
    closed = world.everything if c.chance(1, 2) else tuple(item for item in world.everything if c.chance(1, 2))
    return replace(world, closed=closed)


@st.composite
def conditions(draw: st.DrawFn, scheme: Scheme, count: int, place: Place) -> list[str]:
    """Yes/no expressions that a new rule could use there."""
    c = Choices(draw)
    write = _after_all(c, scheme, place)
    return [write.condition(place, 1) for _ in range(count)]


@st.composite
def amounts(draw: st.DrawFn, scheme: Scheme, unit: str, place: Place, depth: int = 2) -> str:
    """An expression of a unit that a new rule could use there."""
    c = Choices(draw)
    return _after_all(c, scheme, place).amount(unit, place, depth)


def _after_all(c: Choices, scheme: Scheme, place: Place) -> Expressions:
    """A writer that may read every rule of a finished scheme, all of them as if they rested on a chained one."""
    write = Expressions(c, scheme, Options())
    for rule in scheme.rules:
        dated = not rule.kind and not rule.entity and any(s.span for s in rule.sections)
        write.begin(written(rule, chained=False, dated=dated), [])
        if rule.kind == "year":
            write.reaching()
        write.end()
    write.begin(written(Rule("probe", "yes/no", place.entity, place.kind), chained=False, dated=False), [])
    return write


def _series(c: Choices, one: Field, row: str, complete: bool) -> Series:
    if one.name == "held_on":
        return Series((f"20{18 + int(row[1:])}-05-{10 + int(row[1:])}",))
    if one.name == "begun":
        return Series((c.pick(("2012-01-01", "2019-03-15", "2021-07-01")),))
    if one.name == "ended":
        return Series((c.pick(("none", "2022-10-10")),))
    given = tuple(literal(c, one.type) for _ in range(c.number(1, 3) if one.kind else 1))
    if complete or c.chance(3, 4):
        return Series(given)
    missing = c.chance(1, 2) or not one.kind
    return Series(given, () if missing else tuple(sorted({c.number(0, 9) for _ in range(2)})), missing)
