"""Named readings of one clause: where each of them gives another result on the shipped cases and price paths.

The readings of one text are alternatives. Each case is evaluated in its own view, with the readings of the text that it
names taken away and one reading after the other put in their place; where none is chosen, the law is as written.

Invariant: only expectations that rest on a definition which a reading speaks to are evaluated.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from capcode.dsl import find, ir
from capcode.dsl.diagnostics import Diagnostic, visible
from capcode.dsl.readings import Place
from capcode.interpreter.api import Refused
from capcode.interpreter.cases import ask, facts_of
from capcode.interpreter.diff_behaviour import shipped_cases
from capcode.interpreter.diff_meaning import Figure, dependents_of, figure_of, without_period
from capcode.interpreter.diff_sides import Side
from capcode.interpreter.evaluate import Evaluation
from capcode.interpreter.facts import facts_of_law
from capcode.interpreter.law import law_view
from capcode.interpreter.price_path import condition_of, facts_on_path, months_of, never_acted, prices_of, read_prices, shipped_paths
from capcode.interpreter.recall import Recall

AS_WRITTEN = "(none chosen)"


@dataclass(frozen=True, slots=True)
class Line:
    """One expectation, or figure on a price path, whose result depends on the reading. values: for each alternative, in the
    order of the names."""

    case: str
    where: str
    asked: str
    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Clause:
    """The readings of some definitions of one text. names: AS_WRITTEN and each reading; compared: expectations and
    figures on price paths that were tried."""

    text: str
    title: str
    names: tuple[str, ...]
    titles: tuple[str, ...]
    definitions: tuple[str, ...]
    compared: int
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class ReadingReport:
    scheme: str
    clauses: tuple[Clause, ...]


def reading_report(scheme: str, roots: tuple[str, ...] = ()) -> ReadingReport:
    """Every group of alternative readings of a scheme; raises Refused."""
    checked = find.check_named(scheme, roots)
    if checked.program is None:
        raise Refused([d for d in checked.diagnostics if d.is_error])
    side = Side(scheme, checked, checked.program, ir.View(checked.program.scheme))
    cases = list(shipped_cases(side))
    return ReadingReport(side.program.scheme, tuple(_clause(side, text, names, places, cases) for text, names, places in _groups(side)))


def _groups(side: Side) -> list[tuple[str, list[str], set[Place]]]:
    """Readings of one text that speak to the same definitions belong together."""
    groups: list[tuple[str, list[str], set[Place]]] = []
    for name, instrument in side.program.instruments.items():
        if instrument.status != "reading":
            continue
        text, places = instrument.reading_of or "", _spoken_to(side, name)
        same = next((g for g in groups if g[0] == text and (g[2] & places or (not g[2] and not places))), None)
        if same is None:
            groups.append((text, [name], places))
        else:
            same[1].append(name)
            same[2].update(places)
    return groups


def _spoken_to(side: Side, name: str) -> set[Place]:
    found = set()
    for place, definition in side.definitions.items():
        if any(_cites(s, name) for s in definition.sections):
            found.add(place)
    for table in side.program.tables.values():
        if any(_cites(s, name) for rows in table.entries.values() for s in rows):
            found.add(Place("table", table.name))
    return found


def _cites(section: ir.Section, name: str) -> bool:
    exceptions = getattr(section.law, "exceptions", ())
    return any(c.instrument == name for c in section.citations) or any(
        e.citation is not None and e.citation.instrument == name for e in exceptions
    )


def _clause(side: Side, text: str, names: list[str], places: set[Place], cases: Iterable[tuple[ir.Case, str, bool]]) -> Clause:
    affected = {p.name for p in places} | {d.place.name for d in dependents_of((side,), places)}
    lines: list[Line] = []
    compared, recall = 0, Recall()
    for case, where, _ in cases:
        wanted = [e for e in case.expected if e.name in affected]
        if not wanted:
            continue
        compared += len(wanted)
        facts, _problems = facts_of(side.program, case)
        evaluations = [
            Evaluation(side.program, law_view(side.program, ir.View(side.program.scheme, case.view.as_at, chosen)), facts, recall=recall)
            for chosen in _choices(case.view.chosen, names)
        ]
        for expected in wanted:
            figures = [
                figure_of(side, expected.name, ask(e, expected.name, expected.row, expected.at, expected.part), expected.part)
                for e in evaluations
            ]
            if _apart(figures):
                lines.append(Line(case.title, where, expected.text, expected.name, tuple(f.shown for f in figures)))
    on_paths, more = apart_on_paths(side, names, affected)
    lines += on_paths
    compared += more
    instruments = side.program.instruments
    title = instruments[text].title if text in instruments else text
    return Clause(
        text, title, (AS_WRITTEN, *names), (AS_WRITTEN, *(instruments[n].title for n in names)), tuple(sorted(p.name for p in places)),
        compared, tuple(lines),
    )  # fmt: skip


def _apart(figures: list[Figure]) -> bool:
    """Whether two readings give different figures; of one reading alone, whether it differs from the law as written."""
    known = {f.exact for f in figures[1:] if f.kind == "known"}
    return len(known) > 1 or (len(figures) == 2 and bool(known) and figures[0].exact not in known)


def apart_on_paths(side: Side, names: Sequence[str], affected: Collection[str]) -> tuple[list[Line], int]:
    """The months of the shipped price paths in which the readings come apart, runs of months as one line; and how many figures
    were compared. A measure is asked for its condition."""
    program = side.program
    monthly = [
        d for p, d in side.definitions.items()
        if p.name in affected and p.sort in ("rule", "measure") and d.kind == "month" and d.entity is None
        and not (isinstance(d, ir.Rule) and (d.argument is not None or d.effect_of is not None))
    ]  # fmt: skip
    lines: list[Line] = []
    compared, recall = 0, Recall()
    for name in shipped_paths():
        path = read_prices(name, [program])
        if isinstance(path, Diagnostic) or not prices_of(path, program):
            continue
        facts, months = facts_on_path(facts_of_law(program), program, path), months_of(path, program)
        views = [law_view(program, ir.View(program.scheme, None, chosen)) for chosen in _choices(frozenset(), names)]
        of_rules = [Evaluation(program, view, facts, recall=recall) for view in views]
        for definition in monthly:
            measure = definition if isinstance(definition, ir.Measure) else None
            evaluations = of_rules
            if measure is not None:
                unused = never_acted(program, measure, facts, months[-1])
                evaluations = [Evaluation(program, view, unused, trace=True, recall=recall) for view in views]
            told = []
            for month in months:
                results = [
                    condition_of(e, measure, month) if measure is not None else e.value(definition.name, None, month) for e in evaluations
                ]
                label = program.calendar.label(month)
                figures = [without_period(figure_of(side, definition.name, result), label) for result in results]
                compared += 1
                told.append((label, tuple(f.shown for f in figures) if _apart(figures) else None))
            for values, run in groupby(told, key=lambda one: one[1]):
                labels = [label for label, _ in run]
                if values is not None:
                    when = labels[0] if len(labels) == 1 else f"{labels[0]} to {labels[-1]}"
                    lines.append(Line(f"price path {name}", f"prices/{name}.csv", f"{definition.name} in {when}", definition.name, values))
    return lines, compared


def _choices(chosen: frozenset[str], names: Sequence[str]) -> list[frozenset[str]]:
    rest = chosen - set(names)
    return [rest, *(rest | {name} for name in names)]


# ---------------------------------------------------------------- faces


def as_json(report: ReadingReport) -> dict[str, Any]:
    return {
        "scheme": report.scheme,
        "clauses": [
            {
                "text": c.text, "title": c.title, "readings": [{"name": n, "title": t} for n, t in zip(c.names, c.titles, strict=True)],
                "definitions": list(c.definitions), "compared": c.compared,
                "differences": [
                    {"case": line.case, "where": line.where, "asked": line.asked, "name": line.name,
                     "values": dict(zip(c.names, line.values, strict=True))}
                    for line in c.lines
                ],
            }
            for c in report.clauses
        ],
    }  # fmt: skip


def show_readings(report: ReadingReport, most: int = 20) -> str:
    """Each clause with its readings, then the cases in which they come apart."""
    lines = [f"{report.scheme}: {len(report.clauses)} texts are read in more than one way"]
    for c in report.clauses:
        lines += ["", f"{c.title} [{c.text}]: {', '.join(c.definitions) or 'no rule'}"]
        lines += [f"  {name}: {title}" for name, title in zip(c.names[1:], c.titles[1:], strict=True)]
        if not c.lines:
            lines.append(f"  no shipped case or price path tells them apart ({c.compared} expectations)")
            continue
        lines.append(f"  they differ in {len(c.lines)} of {c.compared} expectations and figures on price paths")
        for line in c.lines[:most]:
            lines.append(f"    {line.case}: {line.asked.partition(' = ')[0]}")
            lines += [f"      {name}: {value}" for name, value in zip(c.names, line.values, strict=True)]
        if len(c.lines) > most:
            lines.append(f"    … and {len(c.lines) - most} more")
    return "\n".join(visible(line) for line in lines)
