"""The report of published figures: ours beside the regulator's, every difference with its reason, one derivation each; and
beside it the comparison of all schemes in both languages.

Written as HTML pages that ask for nothing from outside, and as Markdown. The same rules and tables give the same bytes:
no clock, no order but that of the files.

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
from capcode.interpreter.compare_report import Page, html
from capcode.interpreter.explain import derivation, show_derivation
from capcode.interpreter.law import law_view
from capcode.interpreter.page_templates import environment
from capcode.interpreter.side_by_side import side_by_side


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
    """Writes the published figures (index.html, report.md) and the comparison in both languages; 1 if rules have errors, a
    row fails without a reason, or the comparison cannot be made."""
    names = list(find.folders(roots))
    reports: list[SchemeReport] = []
    failed = False
    for done in side_by_side(_report_named, [(name, roots) for name in names]):
        if isinstance(done, str):
            say(done)
            failed = True
            continue
        say(show_cases(done.cases))
        failed = failed or not done.cases.passed
        reports.append(done)
    folder.mkdir(parents=True, exist_ok=True)
    for template, file in (("report.html.j2", "index.html"), ("report.md.j2", "report.md")):
        write_atomically(folder / file, render(template, reports))
        say(f"wrote {visible(str(folder / file))}")
    return 1 if failed else 0


def write_comparison(folder: Path, roots: tuple[str, ...], say: Callable[[str], Any]) -> int:
    """Writes the comparison of the usual laws with published statements and the stress path, in each language."""
    from capcode.interpreter.api import Refused
    from capcode.interpreter.ask_compare import Question, make_page
    from capcode.interpreter.compare_words import LANGUAGES

    try:
        page = make_page(Question(prices="stress", claims=True, roots=roots))
    except Refused as refusal:
        say(render_all(list(refusal.diagnostics)))
        return 1
    for language, text in zip(LANGUAGES, side_by_side(_page_in, [(page, language) for language in LANGUAGES]), strict=True):
        file = folder / f"compare.{language}.html"
        write_atomically(file, text)
        say(f"wrote {visible(str(file))}")
    return 0


def _page_in(wanted: tuple[Page, str]) -> str:
    return html(*wanted)


def _report_named(wanted: tuple[str, tuple[str, ...]]) -> SchemeReport | str:
    """One scheme's part, or what is wrong with its rules, in words."""
    checked = find.check_named(*wanted)
    return report_scheme(checked.program) if checked.program is not None else render_all(list(checked.diagnostics))


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
