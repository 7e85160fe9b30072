"""Japan's GX-ETS: every worked example and published row, Japanese labels, open points that stay open, and views of each amendment."""

from __future__ import annotations

import csv
from fractions import Fraction
from pathlib import Path

import pytest
from plant_answers import of_plant

from capcode.dsl import find
from capcode.dsl.ir import Program
from capcode.interpreter.api import load
from capcode.interpreter.case_report import CasesReport, run_cases
from capcode.interpreter.claims import run_claims

ROOT = Path(__file__).resolve().parent.parent
CASES = ROOT / "jurisdictions" / "japan_gx" / "cases"

# Rows of each published table.
ROWS = {
    "act_versions": 6, "benchmark_sectors": 20, "emission_factors": 118, "fees": 9,
    "parameters": 21, "phase1": 13, "price_band": 5, "schedule": 11,
}  # fmt: skip


def table(name: str) -> list[dict[str, str]]:
    """The lines of a case table by the names of its columns."""
    with (CASES / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def ask(view: str, what: str, period: str | None) -> str:
    """A result as it is shown, or as `open: …`, without its marks."""
    return str(load(view).evaluate(None, what, period).shown)


@pytest.fixture(scope="module")
def program() -> Program:
    checked = find.check_named("japan_gx", ())
    assert not checked.diagnostics, [d.title for d in checked.diagnostics]
    assert checked.program is not None
    return checked.program


@pytest.fixture(scope="module")
def report(program: Program) -> CasesReport:
    return run_cases(program)


def test_all_cases_pass(report: CasesReport) -> None:
    failed = [f"{c.where} {o.text}: wanted {o.wanted}, came {o.came}" for c in report.all for o in c.outcomes if not o.passed]
    assert not failed and not report.problems
    assert report.passed
    assert len(report.written) >= 192
    assert not report.differences


def test_every_published_row_is_a_case(report: CasesReport) -> None:
    assert {p.stem for p in CASES.glob("*.csv")} == set(ROWS)
    assert {name: len(table(name)) for name in ROWS} == ROWS
    counted = dict.fromkeys(ROWS, 0)
    for case in report.published:
        counted[Path(case.where.rpartition(":")[0]).stem] += 1
        assert case.outcomes, case.where
    assert counted == ROWS


def test_expected_figures_are_the_published_ones() -> None:
    for row in table("emission_factors"):
        published = row["about tCO2_per_unit"]
        computed = " within 0.000005" if row["about carbon_tC_per_GJ"] else ""
        assert row["expect factor"] == (published + computed if published else "unknown")
    assert sum(Fraction(row["about tCO2_per_unit"] or 0) for row in table("emission_factors")) == Fraction("152.332183969")
    fees = [v for row in table("fees") for k, v in row.items() if k.startswith("expect") and v]
    assert len(fees) == 9 and sum(map(int, fees)) == 45_049_450
    for row in table("parameters"):
        given = [v for k, v in row.items() if k.startswith("expect") and v]
        assert given == ["2050" if row["about value"] == "FY2050" else row["about value"]]


def test_every_label_has_japanese(program: Program) -> None:
    kinds = (program.rules, program.fields, program.entities, program.instruments, program.measures, program.duties,
             program.accounts, program.checks)  # fmt: skip
    missing = [name for kind in kinds for name, one in kind.items() if not one.labels.get("ja")]
    assert missing == []


VIEW_PAIRS = [
    ("japan_gx@2026-03-31", "japan_gx@2026-04-01", "2033", {
        "threshold": ("none", "100,000 tCO2e"),
        "unit_price_lower": ("none", None),
        "refund_rule": ("no", "yes"),
    }),
    ("japan_gx+drafts_2025", "japan_gx+interim_report", "2026", {"benchmark_share": ("0.8", "0.9")}),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after", "year", "wanted"), VIEW_PAIRS)
def test_amendments_show_between_two_views(before: str, after: str, year: str, wanted: dict[str, tuple[str, str | None]]) -> None:
    for name, (old, new) in wanted.items():
        assert ask(before, name, year) == old, name
        assert ask(after, name, year) == new or (new is None and ask(after, name, year).startswith("open: needs")), name


def test_ceiling_from_2027_awaits_the_minister_and_its_base_rule_a_reading() -> None:
    assert ask("japan_gx", "ceiling", "2026") == "4,300 JPY per tCO2e"
    assert ask("japan_gx", "ceiling", "2027").startswith("open: awaits minister")
    assert ask("japan_gx+interim_report", "ceiling", "2027").startswith("open: unknown")
    assert ask("japan_gx+interim_report+growth_sum", "ceiling", "2027").startswith("open: needs price_change")


def test_what_the_guideline_decides_is_open_in_enacted_law() -> None:
    assert ask("japan_gx", "credit_share", "2026").startswith("open: unknown")
    assert ask("japan_gx+interim_report", "credit_share", "2026") == "0.1"
    marks = load("japan_gx+interim_report").evaluate(None, "credit_share", "2026").marks
    assert any(mark.startswith("proposed") for mark in marks)


def test_claims_come_out_as_written(program: Program) -> None:
    report = run_claims(program)
    assert not report.problems
    assert [one.claim.id for one in report.judged if not one.as_written] == []
    assert len(report.judged) >= 40


def test_every_shared_question_is_answered(program: Program) -> None:
    answered = {rule.answers for rule in program.rules.values() if rule.answers}
    assert set(program.questions) - answered == set()


def test_the_neutral_plant_is_covered_and_owes_its_gross_emissions() -> None:
    """Twelve months of 84,000 t; a tenth of them in credits. No value of a benchmark has been published."""
    design = "japan_gx+interim_report"
    covered = of_plant("japan_gx", "cement", "covered", "2026")
    assert covered.value is True
    owed, limit = of_plant(design, "cement", "obligation", "2026"), of_plant(design, "cement", "offset_limit", "2026")
    assert owed.value == 1_008_000
    assert limit.value == 100_800
    assert of_plant(design, "cement", "free_allocation", "2026").state == "unknown"
    before = of_plant("japan_gx", "cement", "obligation", "2024")
    assert before.state == "none"
