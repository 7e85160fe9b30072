"""One definition through all its versions: who made each, from when, the text, and its figure where law alone gives one.

Each instrument is taken in order of its day, and the law is read as at that day; a proposal, an assumption or a reading
is read on top of all enacted law. Figures by period are those that this version gives otherwise than the one before it.

Invariant: versions come in order of their day, those that are not enacted last.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from capcode.dsl import find, ir
from capcode.dsl.diagnostics import visible
from capcode.dsl.readings import makers_of
from capcode.interpreter import ask_errors
from capcode.interpreter.api import Refused
from capcode.interpreter.diff_meaning import Pair, alike, figure_of, label_of, places_of, runs_of
from capcode.interpreter.diff_sides import Side
from capcode.interpreter.evaluate import Evaluation
from capcode.interpreter.facts import At, facts_of_law
from capcode.interpreter.results import Known, Result
from capcode.interpreter.show import show_value


@dataclass(frozen=True, slots=True)
class Version:
    """What one instrument says. day: of entry into force (None: by member, or none). articles: with the days they cover.

    figures: only those that differ from the version before, in runs of equal figures.
    """

    instrument: str
    title: str
    status: str
    day: date | None
    articles: tuple[tuple[str, str, str], ...]
    figures: tuple[Pair, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class History:
    scheme: str
    sort: str
    name: str
    label: str
    labels: dict[str, str]
    needs_facts: bool
    versions: tuple[Version, ...]


def history(scheme: str, name: str, roots: tuple[str, ...] = ()) -> History:
    """All versions of a rule, measure, duty, account, check or table; raises Refused."""
    checked = find.check_named(scheme, roots)
    program = checked.program
    if program is None:
        raise Refused([d for d in checked.diagnostics if d.is_error])
    side = Side(scheme, checked, program, ir.View(program.scheme))
    found = _found(side, name)
    if found is None:
        known = [p.name for p in side.definitions] + list(program.tables)
        raise Refused([ask_errors.no_rule(program.scheme, name, known)])
    sort, sections, label, labels = found
    names = dict.fromkeys(s.instrument for s in sections)
    ordered = sorted(names, key=lambda n: _order(program.instruments.get(n), n))
    rule = program.rules.get(name)
    plain = rule is not None and rule.entity is None and rule.argument is None and rule.effect_of is None
    versions: list[Version] = []
    before: dict[At, Result] = {}
    enacted: dict[At, Result] = {}
    for position, instrument in enumerate(ordered):
        one = program.instruments[instrument]
        view = _view(program, one)
        figures: tuple[Pair, ...] = ()
        if plain and rule is not None:
            results = _figures(side, replace_view(side, view), rule)
            base = before if one.status == "enacted" else enacted
            figures = tuple(_differing(side, rule, base, results, position))
            before = results
            if one.status == "enacted":
                enacted = results
        own = [s for s in sections if s.instrument == instrument]
        articles = tuple(dict.fromkeys((_articles(s), _days(s), _text(side, sort, name, s)) for s in own))
        versions.append(Version(instrument, one.title, one.status, one.day, articles, figures, _note(one)))
    return History(program.scheme, sort, name, label, labels, not plain, tuple(versions))


def replace_view(side: Side, view: ir.View) -> Side:
    """The same program in another view."""
    return Side(str(view), side.checked, side.program, view)


def _found(side: Side, name: str) -> tuple[str, tuple[ir.Section, ...], str, dict[str, str]] | None:
    program = side.program
    for place, definition in side.definitions.items():
        if place.name == name:
            sections = definition.sections
            if isinstance(definition, ir.Rule) and definition.effect_of:
                sections = tuple(s for m in makers_of(program, name) for s in program.measures[m].sections)
            return place.sort, sections, definition.label, dict(definition.labels)
    table = program.tables.get(name)
    if table is not None:
        return "table", tuple(s for rows in table.entries.values() for s in rows), table.label, {}
    return None


def _order(one: ir.Instrument | None, name: str) -> tuple[bool, date, str]:
    enacted = one is not None and one.status == "enacted"
    days = [d for d, _ in one.members.values()] if one is not None else []
    day = one.day if one is not None and one.day is not None else min(days, default=date.max)
    return not enacted, day, name


def _view(program: ir.Program, one: ir.Instrument) -> ir.View:
    """The law as at the instrument's day; on top of all enacted law, what is not enacted, with the text that it reads."""
    if one.status == "enacted":
        days = [one.day] if one.day is not None else [d for d, _ in one.members.values()]
        return ir.View(program.scheme, max(days, default=None), frozenset())
    chosen = {one.name}
    above = one.reading_of
    while above is not None and above in program.instruments and program.instruments[above].status != "enacted":
        chosen.add(above)
        above = program.instruments[above].reading_of
    return ir.View(program.scheme, None, frozenset(chosen))


def _note(one: ir.Instrument) -> str:
    if one.members:
        return "adopted member by member: " + ", ".join(f"{m} {a.isoformat()}" for m, (a, _) in sorted(one.members.items()))
    return f"a reading of {one.reading_of}" if one.reading_of else ""


def _figures(side: Side, viewed: Side, rule: ir.Rule) -> dict[At, Result]:
    evaluation = Evaluation(viewed.program, viewed.law, facts_of_law(side.program))
    return {at: evaluation.value(rule.name, None, at) for at in places_of((side,), rule)}


def _differing(side: Side, rule: ir.Rule, before: dict[At, Result], after: dict[At, Result], position: int) -> Iterator[Pair]:
    pairs = []
    for at, new in after.items():
        old = before.get(at)
        came, went = isinstance(new, Known) and (old is None or not alike(old, new)), isinstance(old, Known) and not isinstance(new, Known)
        if came or went:
            one = figure_of(side, rule.name, old) if old is not None else figure_of(side, rule.name, new)
            pairs.append(Pair(label_of(side, at), one, figure_of(side, rule.name, new), at))
    # the figure before is no part of a run here
    yield from runs_of([replace(p, old=p.new) for p in pairs], list(after))


def _articles(section: ir.Section) -> str:
    return ", ".join(f"{c.article}{' (' + ', '.join(c.marks) + ')' if c.marks else ''}" for c in section.citations)


def _days(section: ir.Section) -> str:
    if section.initially:
        return "before the first"
    first = f"from {section.start.isoformat()}" if section.start else ""
    last = f"until {(section.end - timedelta(days=1)).isoformat()}" if section.end else ""
    stands = "then stands" if section.stands else ""
    return " ".join(filter(None, (first, last, stands))) or ("always" if section.always else "from entry into force")


def _text(side: Side, sort: str, name: str, section: ir.Section) -> str:
    table = side.program.tables.get(name) if sort == "table" else None
    if table is not None and isinstance(section.law, ir.CellLaw):
        key = next((k for k, rows in table.entries.items() if section in rows), ())
        words = [c if isinstance(c, str) else label_of(side, c) if not isinstance(c, bool | frozenset | ir.Absent) else "" for c in key]  # type: ignore[arg-type]
        cells = [
            f"{c} = {show_value(e.value, table.columns[c], side.program)}" if isinstance(e, ir.Const) else f"{c} unknown"
            for c, e in section.law.cells.items()
        ]
        return f"{', '.join(words)}: {', '.join(cells)}"
    return side.texts.section(section.span)


# ---------------------------------------------------------------- faces


def as_json(one: History) -> dict[str, Any]:
    return {
        "scheme": one.scheme, "sort": one.sort, "name": one.name, "label": one.label, "labels": one.labels,
        "needs_facts": one.needs_facts,
        "versions": [
            {
                "instrument": v.instrument, "title": v.title, "status": v.status, "in_force": v.day.isoformat() if v.day else None,
                "note": v.note, "sections": [{"article": a, "days": d, "text": t} for a, d, t in v.articles],
                "figures": [{"from": p.period, "to": p.last or p.period, "shown": p.new.shown, "exact": p.new.exact} for p in v.figures],
            }
            for v in one.versions
        ],
    }  # fmt: skip


def show_history(one: History, lang: str = "en") -> str:
    """The versions as text, the earliest first; what is not enacted says so."""
    label = one.labels.get(lang, one.label) if lang != "en" else one.label
    lines = [f"{one.scheme}: {one.name}" + (f", {label}" if label else "")]
    if one.needs_facts and one.sort != "table":
        lines.append("  its figures need facts; `capcode diff` searches for inputs on which versions differ")
    for v in one.versions:
        when = v.day.isoformat() if v.day else "no day of its own"
        status = "in force" if v.status == "enacted" else v.status.upper()
        lines += ["", f"{when}  {v.title} [{v.instrument}], {status}"]
        lines += [f"  {v.note}"] if v.note else []
        last = ""
        for _, days, text in v.articles:
            lines += [f"  {line}" for line in text.splitlines()] if text != last else []
            last = text
            lines += [f"    ({days})"] if one.sort != "table" else []
        lines += [f"    {p.when}{': ' if p.period else ''}{p.new.shown}" for p in v.figures[:40]]
        if len(v.figures) > 40:
            lines.append(f"    … and {len(v.figures) - 40} more periods")
    return "\n".join(visible(line) for line in lines)
