"""Kinds of period from their declarations: the scheme's year, repeated, shifted and listed periods, days from a file.

Invariant: every declared kind is in the calendar, so that a mistake in one is complained about once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from capcode.dsl import ast, name_errors, type_errors
from capcode.dsl import load_errors as errors
from capcode.dsl.calendar import Calendar, Days, Kind, Listed, Months, Runs, Years
from capcode.dsl.diagnostics import Bag, Diagnostic
from capcode.dsl.load import SchemeSource


@dataclass(frozen=True, slots=True)
class Unusable:
    """A kind whose declaration has a mistake: it has no periods, and what names it is not complained about again."""

    name: str

    def index_of(self, day: date) -> int | None:
        return None

    def start(self, index: int) -> date | None:
        return None

    def end(self, index: int) -> date | None:
        return None

    def label(self, index: int) -> str:
        return self.name


def calendar_of(source: SchemeSource, scheme: ast.Scheme, definitions: list[ast.PeriodDef], bag: Bag) -> Calendar:
    """All kinds of period of a scheme; one whose definition cannot be used is there, and holds no day."""
    year_line = next((x for x in reversed(scheme.lines) if isinstance(x, ast.YearStarts)), None)
    year = Years()
    if year_line is not None:
        if _is_day(year_line.day, year_line.month):
            year = Years("year", year_line.month, year_line.day, year_line.named_by)
        else:
            bag.add(errors.bad_year_kind(year_line.span))
    kinds: dict[str, Kind] = {"day": Days(), "month": Months(), "quarter": Months("quarter", 3), "year": year}
    calendar = Calendar(kinds, {n + "s": n for n in kinds}, {n: n for n in kinds})
    for node in definitions:
        kind = _kind(source, calendar, node, bag) or Unusable(node.name.text)
        kinds[kind.name] = kind
        calendar.plurals[node.plural.text if node.plural else kind.name + "s"] = kind.name
        equal = next((k.name for k in kinds.values() if k is not kind and _same_bounds(k, kind)), None)
        calendar.canonical[kind.name] = calendar.canonical.get(equal, equal) if equal else kind.name
    return calendar


def _is_day(day: int, month: int) -> bool:
    try:
        date(2001, month, day)
    except ValueError:
        return False
    return True


def _same_bounds(a: Kind, b: Kind) -> bool:
    if isinstance(a, Years) and isinstance(b, Years):
        return (a.month, a.day) == (b.month, b.day)
    return isinstance(a, Listed) and isinstance(b, Listed) and a.bounds == b.bounds


def _kind(source: SchemeSource, calendar: Calendar, node: ast.PeriodDef, bag: Bag) -> Kind | None:
    name = node.name.text
    match node.form:
        case ast.StartsForm(day=day, month=month):
            if _is_day(day, month):
                return Years(name, month, day)
            bag.add(errors.bad_year_kind(node.form.span))
        case ast.RegularForm(count=count, kind=part, first=first):
            found = calendar.find(part.text)
            if found is None:
                bag.add(name_errors.unknown_thing(part.span, "period kind", part.text, calendar.canonical))
                return None
            start = calendar.literal(first.text, found)
            if start is None or count < 1:
                bag.add(type_errors.bad_literal(first.span, first.text, f"It names no {found}.", f"Name a {found}."))
                return None
            return Runs(name, count, calendar.kind(found), start.index)
        case ast.ListForm(spans=spans):
            return _listed(calendar, name, spans, bag)
        case ast.FileForm(file=file):
            return _days_file(source, name, file, bag)
    return None


def _listed(calendar: Calendar, name: str, spans: tuple[ast.NamedSpan, ...], bag: Bag) -> Kind | None:
    bounds: list[date] = []
    labels: list[str] = []
    for span in spans:
        first, last = calendar.literal(span.first.text), calendar.literal(span.last.text)
        start = calendar.start(first) if first else None
        end = calendar.end(last) if last else None
        if start is None or end is None or end <= start:
            bag.add(errors.bad_period_form(span.span, "A period names no years, or ends before it begins."))
            return None
        if bounds and bounds[-1] != start:
            bag.add(errors.bad_period_form(span.span, "It does not begin where the period before it ends."))
            return None
        if not bounds:
            bounds.append(start)
        bounds.append(end)
        labels.append(span.name.text if span.name else f"{span.first.text} to {span.last.text}")
    return Listed(name, tuple(bounds), tuple(labels))


def _days_file(source: SchemeSource, name: str, file: ast.Text, bag: Bag) -> Kind | None:
    table = source.table(file.text, file.span)
    if isinstance(table, Diagnostic):
        bag.add(table)
        return None
    days: list[date] = []
    for line, row in table.rows:
        try:
            days.append(date.fromisoformat(row[0]))
        except ValueError:
            bag.add(errors.bad_table(file.span, file.text, line, f"`{row[0][:40]}` is not a day", "Write 2024-03-01."))
            return None
    if days != sorted(set(days)) or not days:
        bag.add(errors.bad_table(file.span, file.text, 0, "the days are not in order of time", "Sort them, each once."))
        return None
    return Listed(name, (*days, days[-1] + timedelta(days=1)), tuple(d.isoformat() for d in days))
