"""The report of published figures: ours beside the regulator's, every difference with its reason, one derivation each.

Written as one HTML page that asks for nothing from outside, and as Markdown. The same rules and tables give the same
bytes: no clock, no order but that of the files.

Invariant: templates come from the package alone, escape everything, and are given plain records.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from capcode.dsl import find, ir
from capcode.dsl.diagnostics import render_all, visible
from capcode.dsl.files import write_atomically
from capcode.interpreter.case_report import CasesReport, run_cases, show_cases
from capcode.interpreter.case_tables import TableCase
from capcode.interpreter.cases import CaseOutcome, facts_of
from capcode.interpreter.explain import derivation, show_derivation
from capcode.interpreter.law import law_view
from capcode.interpreter.page_templates import environment


@dataclass(frozen=True, slots=True)
class FileRows:
    """The rows of one case table."""

    file: str
    rows: tuple[CaseOutcome, ...]

    @property
    def figures(self) -> int:
        return sum(len(r.outcomes) for r in self.rows)

    @property
    def equal(self) -> int:
        return sum(o.met for r in self.rows for o in r.outcomes)


@dataclass(frozen=True, slots=True)
class SchemeReport:
    """One scheme's part of the report."""

    name: str
    title: str
    labels: dict[str, str]
    cases: CasesReport
    files: tuple[FileRows, ...]
    derivation_of: str
    derivation: str = field(repr=False)


def write_report(folder: Path, roots: tuple[str, ...], say: Callable[[str], Any]) -> int:
    """Writes index.html and report.md; 1 if rules have errors or a row fails without a reason."""
    reports: list[SchemeReport] = []
    failed = False
    for name in find.folders(roots):
        checked = find.check_named(name, roots)
        if checked.program is None:
            say(render_all(list(checked.diagnostics)))
            failed = True
            continue
        report = report_scheme(checked.program)
        say(show_cases(report.cases))
        failed = failed or not report.cases.passed
        reports.append(report)
    folder.mkdir(parents=True, exist_ok=True)
    for template, file in (("report.html.j2", "index.html"), ("report.md.j2", "report.md")):
        write_atomically(folder / file, render(template, reports))
        say(f"wrote {visible(str(folder / file))}")
    return 1 if failed else 0


def report_scheme(program: ir.Program) -> SchemeReport:
    """All published rows of a scheme, and the longest derivation of a first row."""
    cases = run_cases(program)
    by_file: dict[str, list[CaseOutcome]] = {}
    for case in cases.published:
        by_file.setdefault(case.where.rpartition(":")[0], []).append(case)
    files = tuple(FileRows(file, tuple(rows)) for file, rows in sorted(by_file.items()))
    about, text = longest_derivation(program, cases.tables)
    return SchemeReport(program.scheme, program.title, dict(program.labels), cases, files, about, text)


def longest_derivation(program: ir.Program, tables: Iterable[TableCase]) -> tuple[str, str]:
    """Of the first row of each table, the expectation with the longest derivation: its name and the text."""
    best = ("", "")
    seen: set[str] = set()
    for table in tables:
        if table.file in seen:
            continue
        seen.add(table.file)
        facts, problems = facts_of(program, table.case)
        if problems:
            continue
        view = law_view(program, table.case.view)
        for expected in table.case.expected:
            text = show_derivation(derivation(program, view, facts, expected.name, expected.row, expected.at, expected.part))
            if text.count("\n") > best[1].count("\n"):
                best = (f"{expected.text}, {table.case.title}", text)
    return best


def render(template: str, reports: list[SchemeReport]) -> str:
    """A template filled with the reports. Markdown is text: its cells are made safe by `cell`, not by HTML escapes."""
    made = environment(autoescape=not template.endswith(".md.j2"))
    return str(made.get_template(template).render(reports=reports))
