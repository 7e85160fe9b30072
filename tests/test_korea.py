"""Korea: every worked example and published row, the tables as they were published, and the views that show amendments."""

from __future__ import annotations

import csv
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from capcode.dsl import find
from capcode.dsl.ir import Program
from capcode.interpreter.answers import Answers
from capcode.interpreter.api import load
from capcode.interpreter.case_report import CasesReport, run_cases
from capcode.interpreter.claims import run_claims
from capcode.interpreter.plants import shipped_plants

FOLDER = Path(__file__).resolve().parent.parent / "jurisdictions" / "korea"
CASES = FOLDER / "cases"

# Lines of each published table.
ROWS = {
    "amendments": 48, "auction_volumes": 3, "auctions": 1, "banking_limits": 11, "borrowing_limits": 5,
    "cancellation_bands": 8, "caps": 27, "day_trades": 3, "extra_allocation_bands": 8, "floor_mechanics_2021": 6,
    "free_share": 21, "market_stats": 1, "offset_limits": 4, "parameters": 37, "phases": 4, "reference_prices": 3,
    "reserve_releases": 2, "stabilization_triggers": 18, "temporary_floors": 1,
}  # fmt: skip

# The lines that are known to differ; PUBLISHED.md and the lines themselves say why.
DIFFERENCES = {("reference_prices: 2025", "low_line")}


def table(name: str) -> list[dict[str, str]]:
    """The lines of a case table by the names of its columns."""
    with (CASES / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def program() -> Program:
    checked = find.check_named("korea", ())
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
    assert len(report.written) >= 242


def test_every_published_row_is_a_case(report: CasesReport) -> None:
    # A line without an expectation would prove nothing, and a table without case columns would be left out: so both are counted.
    assert {p.stem for p in CASES.glob("*.csv")} == set(ROWS)
    counted = dict.fromkeys(ROWS, 0)
    for case in report.published:
        counted[Path(case.where.rpartition(":")[0]).stem] += 1
        assert case.outcomes, case.where
    assert counted == ROWS


def test_known_differences_are_these_and_no_others(report: CasesReport) -> None:
    assert {(case.title, text) for case, text, *_ in report.differences} == DIFFERENCES
    assert all(reason for *_, reason in report.differences)


def test_published_caps_add_up() -> None:
    rows = {row["case"]: row["about value"] for row in table("caps")}
    phase_1 = sum(Fraction(rows[f"phase 1, {year}, cap per ICAP 2021"]) for year in (2015, 2016, 2017))
    assert phase_1 == Fraction(rows["phase 1, all, cap"])
    assert sum(Fraction(rows[f"phase 3, {year}, pre-allocation"]) for year in range(2021, 2026)) == Fraction("2902.1")


VIEW_PAIRS = [
    ("korea@2017-12-18", "korea@2019-06-07", "2018", {"banking_multiple": ("no limit", "3"), "offset_share": ("0.1", "0.1")}),
    ("korea@2019-06-06", "korea@2019-06-07", "2019", {"banking_multiple": ("no limit", "2")}),
    ("korea@2020-09-28", "korea@2020-09-29", "2021", {"offset_share": ("0.1", "0.05")}),
    ("korea@2025-02-06", "korea@2025-02-07", "2024", {"surrender_deadline": ("2025-06-30", "2025-08-31")}),
    ("korea@2025-12-18", "korea@2025-12-19", "2026", {"leakage_product_level": ("0.002", "0.1")}),
    ("korea@2026-04-28", "korea@2026-04-29", "2025", {"penalty_ceiling": ("100,000 KRW per KAU", "no limit")}),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after", "year", "wanted"), VIEW_PAIRS)
def test_amendments_show_between_two_days(before: str, after: str, year: str, wanted: dict[str, tuple[str, str]]) -> None:
    old, new = load(before), load(after)
    assert {what: (str(old.evaluate(None, what, year).shown), str(new.evaluate(None, what, year).shown)) for what in wanted} == wanted


def test_figures_from_memory_are_marked_unchecked() -> None:
    law = load("korea")
    for what, year in (
        ("trade_alone_level", "2015"), ("early_action_ceiling", "2015"), ("penalty_ceiling", "2015"), ("offset_share", "2021"),
        ("banking_multiple", "2021"),
    ):  # fmt: skip
        marks = law.evaluate(None, what, year).marks
        assert any(mark.startswith("unchecked") for mark in marks), (what, year, marks)
    assert law.evaluate(None, "banking_multiple", "2024").marks == ()


def test_every_shared_question_is_answered(program: Program) -> None:
    assert {rule.answers for rule in program.rules.values() if rule.answers} == set(program.questions)


def test_claims_come_out_as_written(program: Program) -> None:
    claims = run_claims(program)
    assert claims.passed, [one.claim.id for one in claims.judged if not one.as_written]
    assert [claims.count(verdict) for verdict in ("agrees", "differs", "cannot be computed")] == [44, 9, 9]
    assert not [one.claim.id for one in claims.judged if one.verdict != "agrees" and not one.claim.why]


def test_a_plant_is_one_company_and_its_bought_power_counts() -> None:
    law = load("korea")
    answers = Answers(law, date(2024, 7, 1))
    answers.add_plant("cement", law.facts(shipped_plants()["cement"]))
    for year in (2015, 2018, 2024, 2030, 2034):
        assert answers.of_plant("cement", "covered", answers.year_of(year), explained=False).value is True
    # By hand: 84,000 t and 8,000 MWh a month; 12 × 84,000 + 12 × 8,000 × 0.45941, and 15 % and 5 % of it.
    owed = Fraction("1052103.36")
    for question, share in (("obligation", Fraction(1)), ("borrowable", Fraction(15, 100)), ("offset_limit", Fraction(5, 100))):
        assert answers.of_plant("cement", question, answers.year_of(2024), explained=False).number == owed * share
    assert answers.of_plant("cement", "assistance", answers.year_of(2024), explained=False).number == 1


def test_power_pays_more_each_year() -> None:
    law = load("korea+factor_of_one+all_by_past")
    answers = Answers(law, date(2026, 7, 1))
    answers.add_plant("gas", law.facts(shipped_plants()["gas_power"]))
    # By hand: 74,000 t a month in the base period, at 85, 80, 70, 60 and 50 %.
    free = [answers.of_plant("gas", "free_allocation", answers.year_of(year), explained=False).number for year in range(2026, 2031)]
    assert free == [Fraction(888_000) * share / 100 for share in (85, 80, 70, 60, 50)]
