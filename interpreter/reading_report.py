"""Named readings of one clause: where each of them gives another result on the shipped cases.

The readings of one text are alternatives. Each case is evaluated in its own view, with the readings of the text that it
names taken away and one reading after the other put in their place; where none is chosen, the law is as written.

Invariant: only expectations that rest on a definition which a reading speaks to are evaluated.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from capcode.dsl import find, ir
from capcode.dsl.diagnostics import visible
from capcode.dsl.readings import Place
from capcode.interpreter.api import Refused
from capcode.interpreter.cases import ask, facts_of
from capcode.interpreter.diff_behaviour import shipped_cases
from capcode.interpreter.diff_meaning import dependents_of, figure_of
from capcode.interpreter.diff_sides import Side
from capcode.interpreter.evaluate import Evaluation
from capcode.interpreter.law import law_view

AS_WRITTEN = "(none chosen)"


@dataclass(frozen=True, slots=True)
class Line:
    """One expectation whose result depends on the reading. values: for each alternative, in the order of the names."""

    case: str
    where: str
    asked: str
    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Clause:
    """The readings of some definitions of one text. names: AS_WRITTEN and each reading; compared: expectations tried."""

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
    compared = 0
    for case, where, _ in cases:
        wanted = [e for e in case.expected if e.name in affected]
        if not wanted:
            continue
        compared += len(wanted)
        facts, _problems = facts_of(side.program, case)
        evaluations = [
            Evaluation(side.program, law_view(side.program, ir.View(side.program.scheme, case.view.as_at, chosen)), facts)
            for chosen in _choices(case.view.chosen, names)
        ]
        for expected in wanted:
            figures = [
                figure_of(side, expected.name, ask(e, expected.name, expected.row, expected.at, expected.part), expected.part)
                for e in evaluations
            ]
            known = [f for f in figures[1:] if f.kind == "known"]
            if len({f.exact for f in known}) > 1 or (len(names) == 1 and _otherwise(figures[0].exact, known)):
                lines.append(Line(case.title, where, expected.text, expected.name, tuple(f.shown for f in figures)))
    instruments = side.program.instruments
    title = instruments[text].title if text in instruments else text
    return Clause(
        text, title, (AS_WRITTEN, *names), (AS_WRITTEN, *(instruments[n].title for n in names)), tuple(sorted(p.name for p in places)),
        compared, tuple(lines),
    )  # fmt: skip


def _otherwise(written: str | None, known: list[Any]) -> bool:
    return bool(known) and known[0].exact != written


def _choices(chosen: frozenset[str], names: list[str]) -> list[frozenset[str]]:
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
            lines.append(f"  no shipped case tells them apart ({c.compared} expectations)")
            continue
        lines.append(f"  they differ in {len(c.lines)} of {c.compared} expectations")
        for line in c.lines[:most]:
            lines.append(f"    {line.case}: {line.asked.partition(' = ')[0]}")
            lines += [f"      {name}: {value}" for name, value in zip(c.names, line.values, strict=True)]
        if len(c.lines) > most:
            lines.append(f"    … and {len(c.lines) - most} more")
    return "\n".join(visible(line) for line in lines)
