"""The report of published figures: ours beside the regulator's, every difference with its reason, one derivation each; and
beside it the comparison of all schemes in both languages.

Written as HTML pages that ask for nothing from outside, and as Markdown. The same rules and tables give the same bytes:
no clock, no order but that of the files.

Invariant: templates come from the package alone, escape everything, and are given plain records.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from capcode.dsl import find, ir
from capcode.dsl.diagnostics import render_all, visible
from capcode.dsl.files import write_atomically
from capcode.interpreter.api import Refused
from capcode.interpreter.ask_compare import Planned, Question, Task, ask_one, page_of, plan
from capcode.interpreter.case_report import CasesReport, run_published, show_cases
from capcode.interpreter.case_tables import TableCase
from capcode.interpreter.cases import CaseOutcome, facts_of
from capcode.interpreter.charts import NOTHING, Image, Spec, can_draw, draw, image, written
from capcode.interpreter.compare import Part
from capcode.interpreter.compare_report import Page, html, pictures
from capcode.interpreter.compare_words import LANGUAGES
from capcode.interpreter.explain import derivation, show_derivation
from capcode.interpreter.law import law_view
from capcode.interpreter.page_templates import environment
from capcode.interpreter.side_by_side import helpers, side_by_side


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


@dataclass(frozen=True, slots=True)
class Piece:
    """What is worked out of one scheme: its published rows, and its part in the comparison where it has one."""

    name: str
    roots: tuple[str, ...]
    tasks: tuple[Task, ...]


def write_report(folder: Path, roots: tuple[str, ...], say: Callable[[str], Any]) -> int:
    """Writes the published figures (index.html, report.md) and the comparison of the usual laws with published statements
    and the stress path (compare.LANGUAGE.html); 1 if rules have errors, a row fails without a reason, or the comparison
    cannot be made."""
    try:
        planned = plan(Question(prices="stress", claims=True, roots=roots))
    except Refused as refusal:
        say(render_all(list(refusal.diagnostics)))
        return 1
    with helpers(draw) as begin:
        if can_draw():
            begin(written(NOTHING))  # a renderer takes as long to start as to draw four pictures
        return _write(folder, planned, roots, say, partial(image, begin=begin))


def _write(folder: Path, planned: Planned, roots: tuple[str, ...], say: Callable[[str], Any], drawing: Callable[[Spec], Image]) -> int:
    """Asks all laws side by side, says what came, and writes the files."""
    known = find.folders(roots)
    pieces = [Piece(name, roots, tuple(t for t in planned.tasks if _scheme_of(t) == name)) for name in known]
    reports: list[SchemeReport] = []
    parts: dict[Task, Part] = {}
    failed = False
    for piece, (report, asked) in zip(pieces, side_by_side(_work, pieces, [_size(path) for path in known.values()]), strict=True):
        parts.update(zip(piece.tasks, asked, strict=True))
        if isinstance(report, str):
            say(report)
            failed = True
            continue
        say(show_cases(report.cases))
        failed = failed or not report.cases.passed
        reports.append(report)
    page = _page_of(planned, parts, say) if len(reports) == len(pieces) else None  # else the errors have been said
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in _files(reports, page, drawing):
        write_atomically(folder / name, text)
        say(f"wrote {visible(str(folder / name))}")
    return 1 if failed or page is None else 0


def _files(reports: list[SchemeReport], page: Page | None, drawing: Callable[[Spec], Image]) -> Iterator[tuple[str, str]]:
    """The files by name. The pictures of the comparison take longest: they are begun first, and drawn while the rest is written."""
    drawn = {} if page is None else {language: pictures(page, language, drawing) for language in LANGUAGES}
    yield "index.html", render("report.html.j2", reports)
    yield "report.md", render("report.md.j2", reports)
    if page is not None:
        for language in LANGUAGES:
            yield f"compare.{language}.html", html(page, language, drawn[language])


def _page_of(planned: Planned, parts: Mapping[Task, Part], say: Callable[[str], Any]) -> Page | None:
    """The comparison of what the laws said; None where something is wrong with it, which is said."""
    try:
        return page_of(planned, [parts[task] for task in planned.tasks])
    except Refused as refusal:
        say(render_all(list(refusal.diagnostics)))
        return None


def _work(piece: Piece) -> tuple[SchemeReport | str, tuple[Part, ...]]:
    """One scheme's rows (or what is wrong with its rules, in words) and what it says in the comparison."""
    checked = find.check_named(piece.name, piece.roots)
    program = checked.program
    rows = report_scheme(program) if program is not None else render_all(list(checked.diagnostics))
    return rows, tuple(ask_one(task, checked) for task in piece.tasks)


def _scheme_of(task: Task) -> str:
    asked = find.read_view(task.view)
    return asked.scheme if asked is not None else ""


def _size(scheme: Path) -> int:
    """Bytes of a scheme's rules and tables: about how much work it is."""
    return sum(path.stat().st_size for path in scheme.rglob("*") if path.suffix in (".rules", ".csv"))


def report_scheme(program: ir.Program) -> SchemeReport:
    """All published rows of a scheme, and the longest derivation of a first row."""
    cases = run_published(program)
    by_file: dict[str, list[CaseOutcome]] = {}
    for case in cases.published:
        by_file.setdefault(case.where.rpartition(":")[0], []).append(case)
    files = tuple(FileRows(file, tuple(rows)) for file, rows in sorted(by_file.items()))
    about, text = longest_derivation(program, cases.tables)
    shown = replace(cases, tables=())  # the lines behind the rows stay where they were read
    return SchemeReport(program.scheme, program.title, dict(program.labels), shown, files, about, text)


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
    """A template filled with the reports."""
    return str(environment().get_template(template).render(reports=reports))
