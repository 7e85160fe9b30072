"""A scheme as pieces of rule text, and the facts that go with it: what `strategies` draws and `test_laws` changes.

Pieces are plain frozen records, so that a law such as "deleting an inactive instrument changes nothing" is one
`replace` away. `Scheme.text()` is a rule file, `Scheme.checked()` its program; `World.facts(program)` a fact set that
the reader of facts has accepted; `results(...)` everything that can be asked of a program in a view.

Invariant: a section always writes its own citation, and no two sections share an article, so the order of sections has
no meaning and an article names its section.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from itertools import islice
from typing import Any
from unittest.mock import patch

from capcode.dsl import ir
from capcode.dsl.ast import File
from capcode.dsl.calendar import Period
from capcode.dsl.diagnostics import Diagnostic, render_all
from capcode.dsl.frontend import Checked, check_texts
from capcode.dsl.parse import parse_bytes
from capcode.dsl.views import LawView
from capcode.interpreter.evaluate import Evaluation
from capcode.interpreter.facts import At, FactSet
from capcode.interpreter.read_facts import read_data
from capcode.interpreter.results import Result

FIRST_YEAR, LAST_YEAR = 2016, 2025
"""The years that facts are given for. Questions are asked for a year more on either side, too."""
FACT_MONTHS = range(2019, 2023)
"""The years whose months facts are given for."""

Asked = tuple[str, str | None, At]
"""One question: a rule, a row, a place in time."""


# ---------------------------------------------------------------- pieces of law


@dataclass(frozen=True)
class Instrument:
    """`instrument NAME "…" STATUS RELATION …`; day is that of entry into force, None where there is none."""

    name: str
    status: str
    day: str | None = None
    relations: tuple[str, ...] = ()

    def text(self) -> str:
        return " ".join(("instrument", self.name, f'"The {self.name}"', self.status, *self.relations))

    @property
    def word(self) -> str:
        """enacted, proposed, assumed or reading."""
        return "enacted" if "in force" in self.status else self.status.split()[0]


@dataclass(frozen=True)
class Clause:
    """`= VALUE when CONDITION`; an empty condition is a clause that stands alone, `otherwise` is written as such.

    article: not empty for an exception; over: `over all`, or `over "Art 2"`.
    """

    value: str
    condition: str = ""
    article: str = ""
    over: str = ""
    because: str = ""

    def text(self) -> str:
        ends = [f'because "{self.because}"'] if self.because else []
        if self.condition:
            ends.append("otherwise" if self.condition == "otherwise" else f"when {self.condition}")
        start = ["except", f'"{self.article}"', *([self.over] if self.over else [])] if self.article else []
        return " ".join((*start, "=", self.value, *ends))


@dataclass(frozen=True)
class Section:
    """`cites INSTRUMENT "ARTICLE" MARK, OTHER "…" SPAN ROUNDING MANNER DEFINES CLAUSES`; a series is one clause."""

    instrument: str
    article: str
    span: str
    clauses: tuple[Clause, ...]
    mark: str = ""
    also: tuple[str, ...] = ()
    rounding: str = ""
    manner: str = ""
    defines: tuple[str, ...] = ()

    def text(self) -> str:
        cites = [" ".join(filter(None, (self.instrument, f'"{self.article}"', self.mark)))]
        cites += [f'{name} "{self.article}, with"' for name in self.also]
        head = " ".join(filter(None, ("  cites", ", ".join(cites), self.span, self.rounding, self.manner)))
        return "\n".join((head, *(f"    define {d}" for d in self.defines), *(f"    {c.text()}" for c in self.clauses)))

    def says(self, word: str) -> bool:
        return any(word in c.value or word in c.condition for c in self.clauses) or any(word in d for d in self.defines)


@dataclass(frozen=True)
class Rule:
    """kind: year, month, or empty (a value at a date, a constant, or a rule of a dated row, as sections and entity say)."""

    name: str
    type: str
    entity: str = ""
    kind: str = ""
    rounding: str = ""
    sections: tuple[Section, ...] = ()

    def text(self) -> str:
        head = " ".join(filter(None, (
            "rule", self.name, f"of {self.entity}" if self.entity else "", f"each {self.kind}" if self.kind else "",
            ":", self.type, self.rounding,
        )))  # fmt: skip
        return "\n".join((head, *(s.text() for s in self.sections)))


@dataclass(frozen=True)
class Field:
    """A field of an entity, or a scheme-wide fact (entity empty). extra: a range, who decides or chooses, a default."""

    name: str
    type: str
    entity: str = ""
    kind: str = ""
    extra: str = ""

    def text(self) -> str:
        each = f" each {self.kind}" if self.kind else ""
        tail = f" {self.extra}" if self.extra else ""
        return f"  {self.name} : {self.type}{each}{tail}" if self.entity else f"fact {self.name}{each} : {self.type}{tail}"

    @property
    def has_default(self) -> bool:
        return "unless stated" in self.extra


@dataclass(frozen=True)
class Entity:
    name: str
    parent: str = ""
    life: str = ""

    @property
    def plural(self) -> str:
        return self.name[:-1] + "ies" if self.name.endswith("y") else self.name + "s"

    def text(self) -> str:
        return " ".join(filter(None, (
            "entity", self.name, f"plural {self.plural}", f"in {self.parent}" if self.parent else "", self.life,
        )))  # fmt: skip


@dataclass(frozen=True)
class Table:
    """Rows are written out, each with its own citation: their order has no meaning."""

    name: str
    keys: tuple[str, ...]
    columns: tuple[tuple[str, str], ...]
    rows: tuple[str, ...]
    cites: str

    def text(self) -> str:
        head = f"table {self.name} keyed by {', '.join(self.keys)} cites {self.cites}"
        return "\n".join((head, *(f"  column {n} : {t}" for n, t in self.columns), *(f"  {row}" for row in self.rows)))


@dataclass(frozen=True)
class Scheme:
    """The whole law. month: the month in which years begin."""

    month: str
    instruments: tuple[Instrument, ...]
    entities: tuple[Entity, ...]
    fields: tuple[Field, ...]
    tables: tuple[Table, ...]
    rules: tuple[Rule, ...]

    def statements(self) -> list[str]:
        """Everything but the scheme line, one text per statement."""
        found = [i.text() for i in self.instruments]
        found += ['unit EUA "Allowance" covers 1 tCO2e']
        for entity in self.entities:
            found.append("\n".join((entity.text(), *(f.text() for f in self.fields if f.entity == entity.name))))
        found += [f.text() for f in self.fields if not f.entity]
        found += [t.text() for t in self.tables]
        return found + [r.text() for r in self.rules]

    def head_text(self) -> str:
        lines = ("language 1", 'scheme made "A scheme that was made up"', "  currency EUR", f"  year starts 1 {self.month}")
        return "\n".join((*lines, '  authority agency "Agency"', ""))

    def text(self) -> str:
        return self.head_text() + "\n".join(self.statements()) + "\n"

    def files(self) -> dict[str, str]:
        """The same law with a file for each rule: a changed scheme shares most of its files with the one it came from."""
        found = {"made.rules": self.head_text() + "\n".join(self.statements()[: -len(self.rules) or None]) + "\n"}
        return found | {f"{r.name}.rules": f"language 1\n{r.text()}\n" for r in self.rules}

    def checked(self) -> Checked:
        return checked(self.files())

    def program(self) -> ir.Program:
        """The program, which the checks must have accepted."""
        return accepted(self.files())

    def rule(self, name: str) -> Rule:
        return next(r for r in self.rules if r.name == name)

    def instrument(self, name: str) -> Instrument:
        return next(i for i in self.instruments if i.name == name)

    def with_rule(self, rule: Rule) -> Scheme:
        """The same scheme with this rule in the place of the one of its name."""
        return replace(self, rules=tuple(rule if r.name == rule.name else r for r in self.rules))

    def with_section(self, name: str, section: Section) -> Scheme:
        rule = self.rule(name)
        return self.with_rule(replace(rule, sections=(*rule.sections, section)))

    def with_instrument(self, instrument: Instrument) -> Scheme:
        return replace(self, instruments=(*self.instruments, instrument))

    @property
    def days(self) -> list[str]:
        """The days of entry into force, in order."""
        return sorted({i.day for i in self.instruments if i.day and i.word == "enacted"})

    def year(self, year: int) -> str:
        """The year that begins in this calendar year, as the scheme writes it."""
        return str(year) if self.month == "January" else f"{year}-{(year + 1) % 100:02}"

    def start(self, year: int) -> str:
        """The first day of a year."""
        return f"{year}-{'01' if self.month == 'January' else '04'}-01"

    def chosen(self, *words: str) -> list[str]:
        """The instruments of these statuses."""
        return [i.name for i in self.instruments if i.word in words]


@lru_cache(maxsize=2_000)
def _read_once(name: str, data: bytes) -> tuple[File | None, list[Diagnostic]]:
    """A rule file that has been read is not read again; nothing is stored on disk."""
    tree, _, found = parse_bytes(name, data)
    return tree, found


def checked(files: Mapping[str, str]) -> Checked:
    """The outcome of all checks of rule files."""
    with patch("capcode.dsl.load.read_rules", _read_once):
        return check_texts("made", files)


def accepted(files: Mapping[str, str]) -> ir.Program:
    """The program of files that the checks must accept."""
    found = checked(files)
    assert found.program is not None, render_all([d for d in found.diagnostics if d.is_error]) + "\n\n" + "\n".join(files.values())
    return found.program


def view(as_at: str | None = None, *chosen: str) -> ir.View:
    return ir.View("made", date.fromisoformat(as_at) if as_at else None, frozenset(chosen))


# ---------------------------------------------------------------- facts


@dataclass(frozen=True)
class Series:
    """The values of one field of one row: given in turn from the first period on, but where there are holes."""

    values: tuple[str, ...]
    holes: tuple[int, ...] = ()
    missing: bool = False

    def of(self, periods: Iterable[str]) -> dict[str, str]:
        if self.missing:
            return {}
        return {p: self.values[i % len(self.values)] for i, p in enumerate(periods) if i not in self.holes}

    @property
    def complete(self) -> Series:
        return replace(self, holes=(), missing=False)


@dataclass(frozen=True)
class World:
    """Rows by entity with their parent, the values of each field and row (row empty for facts of the scheme), and what
    is declared complete: `plant of c1` closes a list, `plant` a roster."""

    scheme: Scheme
    rows: tuple[tuple[str, str, str], ...] = ()
    values: Mapping[tuple[str, str], Series] = field(default_factory=dict)
    closed: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Rows, then each field's values in turn (`…` where some or all are missing), then what is complete."""
        lines = [f"row {entity} {row}" + (f" in {parent}" if parent else "") for entity, row, parent in self.rows]
        for (name, row), one in self.values.items():
            missing = "missing" if one.missing else f"but places {one.holes}" if one.holes else ""
            lines.append(f"{name} {row} = {', '.join(one.values)} {missing}".rstrip())
        return "\n".join((*lines, f"complete: {', '.join(self.closed)}"))

    def data(self) -> dict[str, Any]:
        """The layout of a facts file."""
        found: dict[str, Any] = {"facts": {}, **{e.name: {} for e in self.scheme.entities}}
        for entity, row, parent in self.rows:
            found[entity][row] = {"in": parent} if parent else {}
        for one in self.scheme.fields:
            rows = [row for entity, row, _ in self.rows if entity == one.entity] if one.entity else [""]
            for row in rows:
                series = self.values[one.name, row]
                into = found[one.entity][row] if one.entity else found["facts"]
                if one.kind:
                    given = series.of(self._periods(one.kind))
                    if given:
                        into[one.name] = given
                elif not series.missing:
                    into[one.name] = series.values[0]
        if self.closed:
            found["complete"] = list(self.closed)
        return {word: part for word, part in found.items() if part}

    def _periods(self, kind: str) -> list[str]:
        if kind == "month":
            return [f"{year}/{month:02}" for year in FACT_MONTHS for month in range(1, 13)]
        return [self.scheme.year(year) for year in range(FIRST_YEAR, LAST_YEAR + 1)]

    def facts(self, program: ir.Program) -> FactSet:
        return read_facts(program, self.data())

    def facts_of_all_time(self, program: ir.Program) -> FactSet:
        """The facts, and a value for every period that any rule could come to."""
        facts = self.facts(program)
        for (key, row, at), value in list(facts.values.items()):
            if isinstance(at, Period):
                kind, years = program.calendar.kind(at.kind), (date(year, 6, 1) for year in range(2000, 2035))
                wanted = range(2000 * 12, 2035 * 12) if at.kind == "month" else (kind.index_of(day) or 0 for day in years)
                for index in wanted:
                    facts.values.setdefault((key, row, Period(at.kind, index)), value)
        return facts

    @property
    def everything(self) -> tuple[str, ...]:
        """What can be declared complete."""
        lists = [f"{e.name} of {row}" for e in self.scheme.entities if e.parent for f, row, _ in self.rows if f == e.parent]
        return (*(e.name for e in self.scheme.entities), *lists)

    @property
    def complete(self) -> World:
        """Nothing missing, every list and roster closed."""
        return replace(self, values={k: s.complete for k, s in self.values.items()}, closed=self.everything)


def read_facts(program: ir.Program, data: Mapping[str, Any]) -> FactSet:
    facts, problems = read_data(program, dict(data))
    assert not problems, render_all(problems)
    facts.add_listed(program)
    return facts


# ---------------------------------------------------------------- asking everything


def asked(program: ir.Program, facts: FactSet, names: Iterable[str] | None = None) -> Iterator[Asked]:
    """All rules, all rows, the years around those of the facts and some months and days."""
    for name in sorted(program.rules if names is None else names):
        rule = program.rules[name]
        for row in sorted(facts.rows.get(rule.entity, {})) if rule.entity else [None]:
            for at in places(program, rule):
                yield name, row, at


def places(program: ir.Program, rule: ir.Rule) -> list[At]:
    """The places in time at which a rule is asked for."""
    if rule.timing == ir.EACH and rule.kind == "month":
        return [Period("month", 2020 * 12 + month) for month in (0, 3, 11, 14)]
    if rule.timing == ir.EACH:
        kind = program.calendar.kind(rule.kind or "year")
        return [Period(kind.name, kind.index_of(date(year, 6, 1)) or 0) for year in range(2017, LAST_YEAR + 1)]
    if rule.timing == ir.DATED_VALUE:
        return [date(2018, 12, 31), date(2020, 4, 1), date(2021, 7, 1), date(2024, 1, 1)]
    return [None]


def evaluation(program: ir.Program, of: ir.View, facts: FactSet, *, trace: bool = False) -> Evaluation:
    return Evaluation(program, LawView(program, of), facts, trace=trace)


def results(
    program: ir.Program, of: ir.View, facts: FactSet, names: Iterable[str] | None = None, *, backwards: bool = False
) -> dict[Asked, Result]:
    """Everything that can be asked, with its result."""
    here = evaluation(program, of, facts)
    questions = list(asked(program, facts, names))
    return {q: here.value(*q) for q in (reversed(questions) if backwards else questions)}


def differences(a: Mapping[Asked, Any], b: Mapping[Asked, Any], most: int = 3) -> list[str]:
    """The first questions that are answered differently, in words; empty where nothing differs."""
    changed = (f"{k}: {a.get(k)} != {b.get(k)}" for k in sorted({*a, *b}, key=str) if a.get(k) != b.get(k))
    return list(islice(changed, most))


# ---------------------------------------------------------------- changes of the text


_TONNES = re.compile(r"(?<![\w.])([0-9][0-9_]*)(\.[0-9]+)? (k?)t\b")
_TYPE = re.compile(r": tCO2e\b(?! per)")


def in_unit(text: str, unit: str, power: int) -> str:
    """Every written mass and every type `tCO2e` in a unit of ten to this power of tonnes: the same law."""

    def scaled(match: re.Match[str]) -> str:
        whole, decimals, kilo = match.groups()
        digits = whole.replace("_", "")
        places = (decimals or ".")[1:] if decimals else ""
        number = digits + places
        point = len(digits) - power + (3 if kilo else 0)
        if point <= 0:
            number, point = "0" * (1 - point) + number, 1
        number += "0" * max(0, point - len(number))
        fraction = number[point:].rstrip("0")
        return f"{int(number[:point])}{'.' + fraction if fraction else ''} {unit}"

    return _TYPE.sub(f": {unit}", _TONNES.sub(scaled, text))


def renamed(text: str, names: Mapping[str, str]) -> str:
    """Names changed wherever they stand as whole words."""
    return re.sub(r"\b(" + "|".join(map(re.escape, names)) + r")\b", lambda m: names[m.group()], text)
