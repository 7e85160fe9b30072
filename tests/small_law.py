"""Small programs made of IR directly: law without a text, for tests of the passes over the IR."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

from capcode.dsl import ir
from capcode.dsl.calendar import Calendar, Days, Kind, Listed, Months, Period, Years
from capcode.dsl.types import NameType, QuantityType, Type, YesNoType
from capcode.dsl.units import RATIO, base
from capcode.dsl.views import LawView

MASS = Type(QuantityType(base("mass"), "tCO2e"))
SHARE = Type(QuantityType(RATIO, "%", Fraction(1, 100)))
YES = Type(YesNoType())


def names(*words: str) -> Type:
    return Type(NameType(words))


def calendar(extra: Sequence[Kind] = ()) -> Calendar:
    listed: list[Kind] = [Days(), Months(), Months("quarter", 3), Years(), *extra]
    kinds = {k.name: k for k in listed}
    return Calendar(kinds, {f"{k}s": k for k in kinds}, {k: k for k in kinds})


PHASES = Listed("phase", (date(2005, 1, 1), date(2013, 1, 1), date(2021, 1, 1), date(2031, 1, 1)), ("2", "3", "4"))
APRIL = Years("fiscal_year", 4, 1)


def day(text: str | date) -> date:
    """`2021` is its first day."""
    if isinstance(text, date):
        return text
    return date(int(text), 1, 1) if len(text) == 4 else date.fromisoformat(text)


def enacted(name: str, start: str, **effects: Any) -> ir.Instrument:
    return ir.Instrument(name, name, "enacted", day(start), **effects)


def by_state(name: str, members: Mapping[str, tuple[str, str | None]], **effects: Any) -> ir.Instrument:
    dated = {m: (day(a), day(b) if b else None) for m, (a, b) in members.items()}
    return ir.Instrument(name, name, "enacted", None, member_entity="state", members=dated, **effects)


def other(name: str, status: str, start: str | None = None, **effects: Any) -> ir.Instrument:
    return ir.Instrument(name, name, status, day(start) if start else None, **effects)


def number(value: str | int) -> ir.Const:
    return ir.Const(Fraction(value))


def says(body: ir.Body | int | str | Fraction) -> ir.RuleLaw:
    """A law of one clause."""
    return ir.RuleLaw((ir.Clause(number(body) if isinstance(body, int | str) else body, None),))  # type: ignore[arg-type]


def section(
    cites: str | Sequence[str], law: ir.Law | int | str, start: str | None = None, end: str | None = None, article: str = "Art 1",
    marks: tuple[str, ...] = (), **more: Any,
) -> ir.Section:  # fmt: skip
    """end is the first day after the span."""
    listed = [cites] if isinstance(cites, str) else cites
    citations = tuple(ir.Citation(c, article, marks) for c in listed)
    body = says(law) if isinstance(law, int | str) else law
    return ir.Section(citations, body, day(start) if start else None, day(end) if end else None, **more)


def rule(name: str, *sections: ir.Section, kind: str | None = "year", type: Type = MASS, **more: Any) -> ir.Rule:
    timing = more.pop("timing", ir.EACH if kind else ir.DATED_VALUE)
    return ir.Rule(name, tuple(sections), more.pop("entity", None), kind, timing, type=type, **more)


def fact(name: str, type: Type = MASS, **more: Any) -> ir.Field:
    return ir.Field(name, name.rpartition(".")[2], name.rpartition(".")[0] or None, type, more.pop("kind", None), **more)


def program(
    instruments: Iterable[ir.Instrument], definitions: Iterable[ir.Definition] = (), fields: Iterable[ir.Field] = (),
    entities: Iterable[ir.Entity] = (), extra: Sequence[Kind] = (PHASES, APRIL), tables: Iterable[ir.Table] = (),
) -> ir.Program:  # fmt: skip
    listed = list(definitions)

    def of(sort: type) -> dict[str, Any]:
        return {d.name: d for d in sorted(listed, key=lambda d: d.name) if type(d) is sort}

    return ir.Program(
        "small", "A small scheme", {}, None, calendar(extra), {}, {}, {i.name: i for i in instruments},
        {e.name: e for e in entities}, {f.key: f for f in fields}, {t.name: t for t in tables}, of(ir.Rule), of(ir.Measure),
        of(ir.Duty), of(ir.Account), of(ir.Check), (),
    )  # fmt: skip


def seen(law: ir.Program, as_at: str | None = None, *chosen: str) -> LawView:
    return LawView(law, ir.View("small", day(as_at) if as_at else None, frozenset(chosen)))


def year(index: int) -> ir.Const:
    return ir.Const(Period("year", index))
