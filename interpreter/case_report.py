"""All cases of a scheme, run and counted, with the law that no case used; as text and as JSON."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from capcode.dsl.diagnostics import Diagnostic, as_json, render_all, visible
from capcode.dsl.ir import Program
from capcode.interpreter.case_coverage import NO_COVERAGE, Coverage, coverage
from capcode.interpreter.case_tables import TableCase, read_case_tables
from capcode.interpreter.cases import CaseOutcome, run_case
from capcode.interpreter.recall import Recall


@dataclass(frozen=True, slots=True)
class CasesReport:
    """Outcomes in the order of the files (written: None where those were not run); `tables` are the lines behind
    `published`, `problems` mistakes in case tables."""

    scheme: str
    written: tuple[CaseOutcome, ...] | None
    published: tuple[CaseOutcome, ...]
    problems: tuple[Diagnostic, ...]
    tables: tuple[TableCase, ...] = ()
    coverage: Coverage = NO_COVERAGE

    @property
    def all(self) -> tuple[CaseOutcome, ...]:
        return (self.written or ()) + self.published

    @property
    def passed(self) -> bool:
        return not self.problems and all(c.passed for c in self.all)

    @property
    def differences(self) -> list[tuple[CaseOutcome, str, str, str, str]]:
        """Known differences: case, expectation, published figure, ours, reason."""
        return [(c, o.text, o.wanted, o.came, o.difference) for c in self.all for o in c.outcomes if o.difference and not o.met]

    def as_json(self) -> dict[str, Any]:
        return {
            "scheme": self.scheme,
            "cases": len(self.all),
            "passed": sum(c.passed for c in self.all),
            "figures": sum(len(c.outcomes) for c in self.all),
            "known_differences": [
                {"case": c.title, "where": c.where, "expected": text, "published": wanted, "ours": came, "reason": reason}
                for c, text, wanted, came, reason in self.differences
            ],
            "failures": [
                {
                    "case": c.title, "where": c.where, "expected": o.text, "wanted": o.wanted, "came": o.came,
                    "known_difference": o.difference,
                }
                for c in self.all
                for o in c.outcomes
                if not o.passed
            ],
            "problems": [as_json(d) for d in (*self.problems, *(d for c in self.all for d in c.problems))],
            "clauses": self.coverage.parts,
            "never_used": [part.as_json() for part in self.coverage.unused],
        }


def run_cases(program: Program) -> CasesReport:
    """Every case of the rule files, then every line of the case tables."""
    used: set[int] = set()
    written = tuple(run_case(program, case, used=used) for case in program.cases)
    return replace(run_published(program, used), written=written, coverage=coverage(program, used))


def run_published(program: Program, used: set[int] | None = None) -> CasesReport:
    """Every line of the case tables. used: the law that they used is added to it."""
    tables, problems = read_case_tables(program, program.root) if program.root is not None else ([], [])
    recall = Recall()
    published = tuple(run_case(program, t.case, t.differs, f"{t.file}:{t.line}", used, recall) for t in tables)
    return CasesReport(program.scheme, None, published, tuple(problems), tuple(tables))


def show_cases(report: CasesReport, verbose: bool = False, unused: bool = False) -> str:
    """What failed in full, then one line of counts; with `unused` or `verbose` the law that no case used before it."""
    lines: list[str] = []
    for case in report.all:
        if case.passed and not verbose:
            continue
        lines.append(f"{visible(case.where)}: {'ok' if case.passed else 'FAILED'}: {visible(case.title)}")
        for problem in case.problems:
            lines.append(render_all([problem]))
        for one in case.outcomes:
            if one.passed and not verbose:
                continue
            sign = "as known, differs" if one.difference and one.passed else "ok" if one.passed else "FAILED"
            lines.append(f"  {sign}: {visible(one.text)}: wanted {visible(one.wanted)}, came {visible(one.came)}")
            if one.difference:
                known = "known difference" if not one.met else "said to differ, but it does not: remove the reason"
                lines.append(f"    {known}: {visible(one.difference)}")
    if report.problems:
        lines.append(render_all(list(report.problems)))
    if unused or verbose:
        lines += [
            f"{visible(part.where)}: no case uses this {part.sort}: {visible(part.name)}, {visible(part.article)}"
            for part in report.coverage.unused
        ]
    figures = sum(len(c.outcomes) for c in report.all)
    passed = sum(c.passed for c in report.all)
    explained = len(report.differences)
    tail = f", {explained} known differences with their reasons" if explained else ""
    if report.coverage.parts:
        tail += f"; {len(report.coverage.unused):,} of {report.coverage.parts:,} clauses in no case"
    tail += f"; {len(report.problems)} mistakes in case tables, whose rows were not run" if report.problems else ""
    published = f"{len(report.published):,} published rows"
    sorts = published if report.written is None else f"{len(report.written):,} written, {published}"
    lines.append(f"{report.scheme}: {passed:,} of {len(report.all):,} cases passed ({sorts}; {figures:,} figures{tail})")
    return "\n".join(lines)
