"""New Zealand: every worked example and published row, the tables as they were published, and the views that show amendments."""

from __future__ import annotations

import csv
from collections import Counter
from fractions import Fraction
from pathlib import Path

import pytest

from capcode.dsl import find
from capcode.dsl.ir import Program, RuleLaw
from capcode.dsl.merging import all_unknown
from capcode.interpreter.api import load
from capcode.interpreter.case_report import CasesReport, run_cases
from capcode.interpreter.claims import run_claims
from capcode.interpreter.evaluate import Evaluation
from capcode.interpreter.translate import translate

FOLDER = Path(__file__).resolve().parent.parent / "jurisdictions" / "nz"
CASES = FOLDER / "cases"

# Rows of each published table.
ROWS = {
    "allocative_baseline_aluminium_by_year": 16, "allocative_baselines_2013_version": 14, "allocative_baselines_products": 33,
    "amendments": 18, "answers_lists": 8, "auction_base_volume_by_year": 5, "auction_results": 6, "auction_settings_by_update": 26,
    "final_industrial_allocations_2010_2022": 767, "fixed_price_option_and_penalties": 10, "level_of_assistance_by_year": 41,
    "nzu_monthly_spot_price": 195, "sector_entry": 7, "transitional_measure_by_year": 4,
}  # fmt: skip

# Sums of published columns, so that no figure changes unnoticed.
SUMS = {
    ("final_industrial_allocations_2010_2022", "expect final_allocation"): Fraction("28043179"),
    ("level_of_assistance_by_year", "expect high_level"): Fraction("29.6"),
    ("level_of_assistance_by_year", "expect moderate_level"): Fraction("17.3"),
    ("auction_results", "given published_sold"): Fraction("25606000"),
    ("nzu_monthly_spot_price", "given market_price"): Fraction("5920.82"),
}


def table(name: str) -> list[dict[str, str]]:
    """The lines of a case table by the names of its columns."""
    with (CASES / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def program() -> Program:
    checked = find.check_named("nz", ())
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
    assert len(report.written) >= 146


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
    finals = [text for case, text, *_ in report.differences if case.title.startswith("final_industrial_allocations_2010_2022")]
    others = {(case.title, text) for case, text, *_ in report.differences if not case.title.startswith("final_industrial")}
    assert finals == ["final_allocation"] * 767
    assert others == {("auction_results: 2024-03-20", "sold_as_inferred")}
    assert all(reason for *_, reason in report.differences)


def test_a_published_final_is_written_once_and_expected_once() -> None:
    for row in table("final_industrial_allocations_2010_2022"):
        assert row["given published_final"] == row["expect final_allocation"]


VIEW_PAIRS = [
    ("nz@2012-11-12", "nz@2012-11-13", "2020", {"high_level": ("0.82", "0.9"), "moderate_level": ("0.52", "0.6")}),
    ("nz@2016-12-31", "nz@2017-01-01", "2018", {"tonnes_per_unit": ("2 tCO2e per NZU", "1.2 tCO2e per NZU")}),
    ("nz@2020-06-22", "nz@2020-06-23", "2020", {"fixed_price": ("25 NZD per NZU", "35 NZD per NZU"), "high_level": ("0.9", "0.9")}),
    ("nz", "nz+penalty_by_due_day", "2020", {"ordinary_penalty_rate": (
        "30 NZD per NZU", "open: awaits minister: prescribed_carbon_price in 2021",
    )}),
    ("nz@2015-05-31", "nz@2015-06-01", "2015", {"credits_usable": ("no limit", "none")}),
    ("nz@2021-12-31", "nz@2022-01-01", "2022-01-01", {
        "floor_price": ("20.4 NZD per NZU", "30 NZD per NZU"), "first_trigger": ("51 NZD per NZU", "70 NZD per NZU"),
    }),
    ("nz@2023-11-30", "nz@2023-12-01", "2023-12-01", {
        "floor_price": ("33.06 NZD per NZU", "60 NZD per NZU"), "first_trigger": ("80.64 NZD per NZU", "173 NZD per NZU"),
    }),
    ("nz@2023-11-30+quashed", "nz@2023-11-30", "2023-06-01", {
        "floor_price": ("32.1 NZD per NZU", "33.06 NZD per NZU"), "first_trigger": ("78.4 NZD per NZU", "80.64 NZD per NZU"),
        "overall_limit": ("34.5 million_units", "32.3 million_units"),
    }),
    ("nz@2024-11-25", "nz@2024-11-26", "2025", {"sectors_covered": (
        "agriculture, domestic_aviation, forestry, fuel_supply, industry, power_generation, road_transport, waste_treatment",
        "domestic_aviation, forestry, fuel_supply, industry, power_generation, road_transport, waste_treatment",
    )}),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after", "period", "wanted"), VIEW_PAIRS)
def test_amendments_show_between_two_days(before: str, after: str, period: str, wanted: dict[str, tuple[str, str]]) -> None:
    for name, (old, new) in wanted.items():
        assert (load(before).evaluate(None, name, period).shown, load(after).evaluate(None, name, period).shown) == (old, new), name


def test_the_judgment_marks_and_changes_nothing() -> None:
    before, after = (load(view).evaluate(None, "auction_limit", "2023-06-01") for view in ("nz@2023-07-12", "nz@2023-07-13"))
    assert before.value == after.value
    assert not any(m.startswith("disputed") for m in before.marks)
    assert any(m.startswith("disputed (settings_2022") for m in after.marks)


def test_what_was_not_read_cites_no_arithmetic_of_another_year(program: Program) -> None:
    """An unknown figure takes neither the arithmetic nor the mark of the section above it."""
    for name, days in (
        ("base_volume_of_year", ("2026-01-01", "2027-01-01", "2025-01-01")), ("second_reserve_volume", ("2024-01-01",)),
    ):  # fmt: skip
        unknown = [s for s in program.rules[name].sections if isinstance(s.law, RuleLaw) and all_unknown(s.law, None)]
        assert {s.start.isoformat() for s in unknown if s.start} >= set(days)
        cited = [c for s in unknown for c in s.citations]
        assert not [c.article for c in cited if c.marks or "×" in c.article or "all volume" in c.article], name


def test_figures_from_memory_are_marked_unchecked() -> None:
    law = load("nz")
    for what, period in (
        ("first_trigger", "2023-01-01"), ("first_trigger", "2024-01-01"), ("second_trigger", "2024-01-01"),
        ("high_level", "2030"), ("moderate_level", "2021"), ("surrender_due", "2015"),
        ("base_volume_of_year", "2023-01-01"), ("base_volume_of_year", "2029-01-01"), ("provisional_budget", "2023-01-01"),
    ):  # fmt: skip
        marks = law.evaluate(None, what, period).marks
        assert any(mark.startswith("unchecked") for mark in marks), (what, period, marks)
    for what, period in (
        ("floor_price", "2021-03-17"), ("floor_price", "2022-01-01"), ("first_trigger", "2022-06-15"), ("floor_price", "2024-03-20"),
        ("tonnes_per_unit", "2017"), ("high_level", "2012"), ("base_volume_of_year", "2025-01-01"),
        ("fixed_price", "2020"), ("fixed_price", "2015"),
    ):  # fmt: skip
        assert law.evaluate(None, what, period).marks == (), (what, period)


# By hand: half a year of 25,000 t a month × 2.645 × 90 % ÷ 2, a year × 2.726 × 90 % ÷ 2; 1,200,000 t × 0.3693 × 57 %.
@pytest.mark.parametrize(
    ("plant", "name", "year", "shown"),
    [
        ("aluminium", "final_allocation", "2010", "178,537 NZU"), ("aluminium", "final_allocation", "2011", "368,010 NZU"),
        ("electric_arc_steel", "final_allocation", "2023", "252,601 NZU"), ("coal_power", "final_allocation", "2023", "0 NZU"),
        ("coal_power", "units_to_surrender", "2024", "0 NZU"),
        ("waste", "in_scheme", "2024",
         "open: unknown: landfills answer for their waste; whether an incinerator does was not read"),
        ("coal_power", "in_scheme", "2024", "no"),
        ("aluminium", "units_to_surrender", "2024", "open: needs of_processes of works in 2024"),
    ],
)  # fmt: skip
def test_the_neutral_plant_as_participant_and_as_recipient(plant: str, name: str, year: str, shown: str) -> None:
    law = load("nz")
    period = law.program.calendar.literal(year, "year")
    assert period is not None
    facts = law.facts(FOLDER.parent.parent / "rules" / "plants" / f"{plant}.yaml")
    found = translate(Evaluation(law.program, law.view_of_law, facts), "works", period)
    assert found.rows["participant"] == found.rows["eligible_person"] == ["works"] and not found.undecided
    assert law.evaluate(found.facts, f"{name} of works", period=year).shown == shown


def test_every_statement_of_the_slides_comes_out_as_written(program: Program) -> None:
    report = run_claims(program)
    assert report.passed, [j.claim.id for j in report.judged if not j.as_written]
    assert Counter(j.verdict for j in report.judged) == {"agrees": 48, "differs": 20, "cannot be computed": 2}
    assert not [j.claim.id for j in report.judged if j.verdict != "agrees" and not j.claim.why]
