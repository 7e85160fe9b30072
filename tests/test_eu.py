"""EU ETS: every worked example and published row, the tables as they were published, and the views that show each amendment."""

from __future__ import annotations

import csv
from collections import Counter
from fractions import Fraction
from pathlib import Path

import pytest

from capcode.dsl import find
from capcode.dsl.ir import Program
from capcode.interpreter.api import load
from capcode.interpreter.case_report import CasesReport, run_cases
from capcode.interpreter.claims import run_claims
from capcode.interpreter.evaluate import Evaluation
from capcode.interpreter.translate import one_row, translate

PLANTS = Path(__file__).resolve().parent.parent / "rules" / "plants"
FOLDER = Path(__file__).resolve().parent.parent / "jurisdictions" / "eu"
CASES = FOLDER / "cases"

# Lines of each published table; a table whose figures hold over a span has a line for its first and its last year.
ROWS = {
    "benchmarks": 54, "benchmarks_dated_exceptions": 7, "cap": 10, "cbam_benchmarks_2026_selection": 80, "cbam_certificate_price": 2,
    "cbam_factor": 9, "clef": 18, "cscf": 18, "eua_price_annual": 14, "eua_price_monthly": 168, "examples_dehst": 12,
    "examples_partial_cessation": 5, "examples_phase3_allocations": 23, "lrf_cap": 8, "lrf_electricity_generators": 14,
    "msr_parameters": 31, "phase_in_aviation_maritime": 6, "rule_changes_part_1": 46, "rule_changes_part_2": 48, "tnac_msr": 6,
}  # fmt: skip

# Sums of published columns, so that no figure changes unnoticed.
SUMS = {
    ("cap", "expect cap"): 18_157_985_333,
    ("cscf", "expect correction_factor"): Fraction("17.07317002"),
    ("tnac_msr", "given circulation"): 8_865_006_068,
    ("examples_phase3_allocations", "given initial_amount in 2013"): 45_489_472,
    ("eua_price_monthly", "expect price"): Fraction("2689.53"),
    ("benchmarks", "expect benchmark_value in 2013"): Fraction("152.645"),
    ("benchmarks", "expect benchmark_value in 2021"): Fraction("118.1246"),
}

# Lines that are known to differ: eight values whose average is printed rounded, and an installation of the German list.
DIFFERENCES = {
    *((f"benchmarks: {b}", "benchmark_by_formula in 2021") for b in (
        "sintered_ore", "float_glass", "bottles_jars_coloured", "roof_tiles", "phenol_acetone", "s_pvc", "mineral_wool", "plasterboard",
    )),
    ("examples_dehst: 14250-0036", "final_amount"),
}  # fmt: skip


def table(name: str) -> list[dict[str, str]]:
    """The lines of a case table by the names of its columns."""
    with (CASES / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def program() -> Program:
    checked = find.check_named("eu", ())
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
    assert len(report.written) >= 190


def test_every_clause_is_in_a_case(report: CasesReport) -> None:
    assert [f"{part.where} {part.name}" for part in report.coverage.unused] == []


def test_every_published_row_is_a_case(report: CasesReport) -> None:
    assert {p.stem for p in CASES.glob("*.csv")} == set(ROWS)
    assert {name: len(table(name)) for name in ROWS} == ROWS
    counted = dict.fromkeys(ROWS, 0)
    for case in report.published:
        counted[Path(case.where.rpartition(":")[0]).stem] += 1
        assert case.outcomes, case.where
    assert counted == ROWS


def test_published_columns_add_up_as_published() -> None:
    for (name, column), wanted in SUMS.items():
        assert sum(Fraction(row[column]) for row in table(name) if row[column]) == wanted, (name, column)


def test_known_differences_are_these_and_no_others(report: CasesReport) -> None:
    assert {(case.title, text) for case, text, *_ in report.differences} == DIFFERENCES
    assert all(reason for *_, reason in report.differences)


# Two days of law, a year, and what one view says and the other.
VIEW_PAIRS = [
    ("eu@2018-04-07", "eu@2018-04-08", "2021", {
        "reduction_step": ("0.0174", "0.022"),
        "auction_share": ("open: unknown: shares before 2021 are not in the dossier", "0.57"),
    }),
    ("eu@2023-06-04", "eu@2023-06-05", "2024", {
        "reduction_step": ("0.022", "0.043"),
        "rebasing": ("0 EUA", "-11,600,000 EUA"),
        "cap": ("1,442,572,462 EUA", "open: unknown: only the cap of 2024 is published in a source that was read"),
        "cap_step": ("43,003,515 EUA", "open: unknown: only the cap of 2024 is published in a source that was read"),
        "issue_date": ("2024-02-28", "2024-06-30"),
        "surrender_deadline": ("2025-04-30", "2025-09-30"),
        "innovation_from_free": ("325,000,000 EUA", "345,000,000 EUA"),
        "invalidation_ceiling": ("open: needs auctioned in 2023", "400,000,000 EUA"),
    }),
    ("eu@2026-04-06", "eu@2026-04-07", "2027", {
        "ets2_cap": ("1,036,288,784 EUA2", "none"),
        "ets2_surrender_deadline": ("2028-05-31", "none"),
    }),
    ("eu@2025-05-11", "eu@2025-05-12", "2026", {
        "minimum_change": ("100 EUA", "300 EUA"),
        "efficiency_excuses": ("yes", "no"),
    }),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after", "year", "wanted"), VIEW_PAIRS)
def test_amendments_show_between_two_days(before: str, after: str, year: str, wanted: dict[str, tuple[str, str]]) -> None:
    names = ",".join(wanted)
    old, new = (load(view).evaluate(None, names, year) for view in (before, after))
    assert {o.rule: (o.shown, n.shown) for o, n in zip(old, new, strict=True)} == wanted


def test_the_two_readings_of_the_old_article_29a_differ_in_2018() -> None:
    calendar, rolling = load("eu+futures_series+calendar_years"), load("eu+futures_series+rolling_years")
    months = [f"2018/{month:02d}" for month in range(1, 13)]
    assert [m for m in months if calendar.evaluate(None, "high_price", m).value] == months[6:]
    assert not [m for m in months if rolling.evaluate(None, "high_price", m).value]
    assert all(not calendar.evaluate(None, "convene_committee", m).value for m in months)


def test_the_committee_of_2009_stands_until_the_directive_of_2023(tmp_path: Path) -> None:
    """By hand: 10 euros in 2023 and 2024, so three times is 30; 31 from January 2025, so July is the seventh month in a row."""
    facts = tmp_path / "prices.yaml"
    prices = "2021/01 to 2024/12: 10 EUR per EUA, 2025/01 to 2025/12: 31 EUR per EUA"
    facts.write_text(f"scheme: eu\nfacts:\n  auction_price: {{ {prices} }}\n", encoding="utf-8")
    months = [f"2025/{month:02d}" for month in range(1, 13)]
    for view, wanted in (("eu@2018-04-08", months[6:]), ("eu@2023-06-04", months[6:]), ("eu@2023-06-05", []), ("eu", [])):
        law = load(f"{view}+calendar_years")
        assert [m for m in months if law.evaluate(facts, "convene_committee", m).value is True] == wanted, view


def test_a_reason_does_not_speak_of_a_law_that_came_later() -> None:
    law = load("eu@2018-04-08")
    for what, reason in (
        ("upper_threshold", "no band: the rate applies to the whole circulation above the threshold"),
        ("price_release_in_year", "the older Article 29a releases nothing from the reserve"),
    ):  # fmt: skip
        shown = law.evaluate(None, what, "2030").explain()
        assert reason in shown and "before 20" not in shown, what


def test_one_article_is_cited_in_one_form(program: Program) -> None:
    assert {c.article for s in program.rules["reduction_step"].sections for c in s.citations} == {"Art 9"}


def test_figures_from_memory_are_marked_unchecked() -> None:
    law = load("eu")
    memory = (("cap", "2013"), ("cap", "2024"), ("correction_factor", "2013"), ("aviation_cut", "2024"))
    for what, year in memory:
        marks = law.evaluate(None, what, year).marks
        assert any(mark.startswith("unchecked") for mark in marks), (what, year, marks)
    for what, year in (("reduction_step", "2024"), ("cbam_share_kept", "2026"), ("cap", "2021"), ("shipping_share", "2024")):
        assert law.evaluate(None, what, year).marks == ()


# Plant, view, year, rule, answer; by hand: 0.693 × 1,200,000; 1.288 × 3,600,000; 1.248 × 3,600,000 × 97.5 %; 0.666 × 1,200,000 × 97.5 %.
PLANT_ANSWERS = [
    ("cement", "eu", "2022", "final_amount", "831,600 EUA"),
    ("cement", "eu", "2026", "final_amount", "open: unknown: empty in product_benchmark"),
    ("cement", "eu+cbam_estimates", "2026", "final_amount", "779,220 EUA"),
    ("blast_furnace_steel", "eu", "2022", "final_amount", "4,636,800 EUA"),
    ("blast_furnace_steel", "eu", "2026", "final_amount", "4,380,480 EUA"),
    ("blast_furnace_steel", "eu", "2026", "assistance", "0.975"),
    ("gas_power", "eu", "2022", "final_amount", "0 EUA"),
    ("gas_power", "eu", "2022", "emissions_to_cover", "888,000 tCO2e"),
    ("refinery", "eu", "2022", "final_amount", "open: unknown: weighted tonnes (CWT) need the throughput of every process unit"),
    ("waste", "eu", "2024", "covered_installation", "no"),
    ("paper", "eu", "2015", "credits_exchangeable", "open: unknown: allocations of 2008 to 2012 are not in the dossier; "
     "unknown: entitlements of 2008 to 2012 are not in the dossier"),
]  # fmt: skip


@pytest.mark.parametrize(("plant", "view", "year", "rule", "wanted"), PLANT_ANSWERS)
def test_the_neutral_plant_answers(plant: str, view: str, year: str, rule: str, wanted: str) -> None:
    law = load(view)
    at = law.program.calendar.literal(year, "year")
    assert at is not None
    made = translate(Evaluation(law.program, law.view_of_law, law.facts(PLANTS / f"{plant}.yaml")), "works", at)
    assert one_row(made, law.program, "installation") == "works"
    assert law.evaluate(made.facts, f"{rule} of works", period=year).shown == wanted


def test_every_question_has_an_answer(program: Program) -> None:
    assert not program.questions.keys() - {rule.answers for rule in program.rules.values() if rule.answers}


def test_claims_are_as_written(program: Program) -> None:
    report = run_claims(program)
    assert report.passed, [judged.claim.id for judged in report.judged if not judged.as_written]
    assert Counter(judged.verdict for judged in report.judged) == {"agrees": 72, "differs": 33, "cannot be computed": 27}
    assert not [judged.claim.id for judged in report.judged if judged.verdict != "agrees" and not judged.claim.why]
