"""RGGI: every worked example and published row, the tables as they were published, and the views that show each amendment."""

from __future__ import annotations

import csv
from fractions import Fraction
from pathlib import Path

import pytest
from plant_answers import of_plant, told

from capcode.dsl import find
from capcode.dsl.ir import Program
from capcode.interpreter.api import load
from capcode.interpreter.case_report import CasesReport, run_cases
from capcode.interpreter.claims import run_claims

FOLDER = Path(__file__).resolve().parent.parent / "jurisdictions" / "rggi"
CASES = FOLDER / "cases"

# Rows of each published table.
ROWS = {
    "auction_results": 36, "auction_results_future_vintage_2009_2011": 11, "banked_allowance_adjustments": 4,
    "ccr_quantities": 9, "ccr_release_examples": 6, "ccr_trigger_prices": 14, "ccr_trigger_prices_2027_2037": 11,
    "control_periods": 6, "ecr_quantities": 2, "ecr_trigger_prices": 7, "minimum_reserve_price": 20,
    "participation": 13, "regional_caps": 22, "regional_caps_2025_model_rule": 16, "state_base_budgets_ny_nj_va": 35,
    "state_budgets_2009_2016": 10,
}  # fmt: skip

# Sums of published columns, so that no figure changes unnoticed.
SUMS = {
    ("auction_results", "given offered"): 755_486_600,
    ("auction_results", "expect sold_inferred"): 700_285_291,
    ("auction_results", "expect ccr_sold_inferred"): 17_335_760,
    ("auction_results", "given published_price"): 277,
    ("regional_caps", "expect regional_base_cap"): 2_364_128_859,
    ("regional_caps", "expect regional_adjusted_cap"): 2_137_779_486,
    ("state_base_budgets_ny_nj_va", "expect base_budget"): 816_575_952,
}

# The lines and expectations that are known to differ; PUBLISHED.md and the lines themselves say why.
DIFFERENCES = {
    ("auction_results: 9", "sold_inferred"), ("auction_results: 11", "sold_inferred"), ("auction_results: 13", "sold_inferred"),
    ("auction_results: 15", "sold_inferred"), ("auction_results: 17", "sold_inferred"),
    ("auction_results: 23", "ccr_sold_inferred"), ("auction_results: 54", "ccr_sold_inferred"),
    ("auction_results: 69", "ccr_sold_inferred"),
    ("ccr_release_examples: 23", "ccr_sold_inferred"), ("ccr_release_examples: 54", "ccr_sold_inferred"),
    ("banked_allowance_adjustments: first + second", "interim_adjustments_total in 2020"), ("ecr_quantities: 2021", "ecr_size"),
    ("regional_caps: 2019", "regional_bank_adjustment"), ("regional_caps: 2019", "regional_adjusted_cap"),
    ("regional_caps: 2020", "regional_base_cap"), ("regional_caps: 2020", "regional_adjusted_cap"),
    ("regional_caps: 2024", "regional_bank_adjustment"), ("regional_caps: 2024", "regional_adjusted_cap"),
    ("regional_caps: 2025", "regional_bank_adjustment"), ("regional_caps: 2025", "regional_adjusted_cap"),
}  # fmt: skip


def table(name: str) -> list[dict[str, str]]:
    """The lines of a case table by the names of its columns."""
    with (CASES / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def ask(view: str, what: str, period: str) -> str:
    """A result as it is shown, or as `open: …`, without its marks."""
    return str(load(view).evaluate(None, what, period).shown)


@pytest.fixture(scope="module")
def program() -> Program:
    checked = find.check_named("rggi", ())
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
    assert len(report.written) >= 70


def test_every_published_row_is_a_case(report: CasesReport) -> None:
    # A table whose header names no case column at all would be left out without a word: so the rows are counted here.
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
    assert len(report.differences) == len(DIFFERENCES)
    assert all(reason for *_, reason in report.differences)


def test_numbers_written_twice_in_a_line_agree() -> None:
    before: dict[str, int] = {}
    for row in table("auction_results"):
        year = row["given held_on"][:4]
        assert row["period"] == year
        assert row["given published_sold"] == row["expect sold_inferred"]
        assert row["given published_ccr_sold"] == row["expect ccr_sold_inferred"]
        if row["given published_ccr_sold_before"]:
            assert int(row["given published_ccr_sold_before"]) == before.get(year, 0)
        before[year] = before.get(year, 0) + int(row["given published_ccr_sold"])
    auctions = {row["row auction"]: row for row in table("auction_results")}
    for row in table("ccr_release_examples"):
        whole = auctions[row["row auction"]]
        for column in ("given held_on", "period", "given published_price", "given published_ccr_sold", "given published_ccr_sold_before"):
            assert row[column] == whole[column], (row["row auction"], column)
    for row in table("state_budgets_2009_2016"):
        assert len({row[f"expect base_budget in {year}"] for year in (2009, 2010, 2011)}) == 1


def test_the_trigger_chain_is_rounded_every_year() -> None:
    law = load("rggi")
    chain = [law.evaluate(None, "ccr_trigger", str(year)).value for year in range(2021, 2028)]
    assert chain == [Fraction(x) for x in ("13.00", "13.91", "14.88", "15.92", "17.03", "18.22", "19.50")]
    once = Fraction(13) * Fraction("1.07") ** 3
    assert round(once, 2) == Fraction("15.93")  # what a single rounding would give, and the law does not


VIEW_PAIRS = [
    ("rggi@2013-12-31", "rggi@2014-01-01", "2014", {
        "regional_base_cap": ("165,184,246 RGA", "91,000,000 RGA"),
        "regional_bank_adjustment": ("0 RGA", "8,207,664 RGA"),
        "ccr_trigger": ("none", "4 USD per RGA"),
        "ccr_size": ("0 RGA", "5,000,000 RGA"),
    }),
    ("rggi@2019-12-31", "rggi@2020-01-01", "2020", {
        "participating_states": ("9", "10"),
        "regional_base_cap": ("78,175,215 RGA", "96,175,215 RGA"),
    }),
    ("rggi@2020-12-31", "rggi@2021-01-01", "2021", {
        "participating_states": ("10", "11"),
        "ccr_trigger": ("11.04 USD per RGA", "13 USD per RGA"),
        "ccr_size": ("10,000,000 RGA", "11,976,778 RGA"),
        "ecr_trigger": ("none", "6 USD per RGA"),
        "reserve_price": ("2.38 USD per RGA", "2.38 USD per RGA"),
    }),
    ("rggi@2023-08-29", "rggi@2023-08-30", "2024", {
        "participating_states": ("11", "10"),
        "regional_base_cap": ("108,802,784 RGA", "84,162,784 RGA"),
        "ccr_size": ("10,880,278 RGA", "8,416,278 RGA"),
    }),
    ("rggi@2026-12-31", "rggi", "2027", {
        "regional_base_cap": ("75,717,784 RGA", "69,806,919 RGA"),
        "ccr_trigger": ("19.5 USD per RGA", "19.5 USD per RGA"),
        "second_ccr_trigger": ("none", "29.25 USD per RGA"),
        "ccr_size": ("7,571,778 RGA", "11,750,000 RGA"),
        "reserve_price": ("2.76 USD per RGA", "9 USD per RGA"),
        "ecr_trigger": ("9 USD per RGA", "none"),
        "offset_allowances_awarded": ("yes", "no"),
    }),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after", "year", "wanted"), VIEW_PAIRS)
def test_amendments_show_between_two_days(before: str, after: str, year: str, wanted: dict[str, tuple[str, str]]) -> None:
    names = ",".join(wanted)
    old, new = (load(view).evaluate(None, names, year) for view in (before, after))
    assert {o.rule: (o.shown, n.shown) for o, n in zip(old, new, strict=True)} == wanted


def test_offset_price_triggers_end_in_2014() -> None:
    assert ask("rggi@2013-12-31", "stage_one", "2014/06").startswith("open: needs")
    assert ask("rggi@2014-01-01", "stage_one", "2014/06") == "no"


def test_a_state_has_a_text_from_its_own_day() -> None:
    assert [ask("rggi", "takes_part of NJ", str(year)) for year in (2011, 2012, 2019, 2020)] == ["yes", "no", "no", "yes"]
    assert [ask("rggi", "takes_part of VA", str(year)) for year in (2020, 2021, 2023, 2024)] == ["no", "yes", "yes", "no"]
    assert ask("rggi@2023-08-29", "takes_part of VA", "2024") == "yes"


def test_figures_from_memory_are_marked_unchecked() -> None:
    law = load("rggi")
    for what, year in (
        ("regional_base_cap", "2009"), ("regional_base_cap", "2013"), ("regional_base_cap", "2027"), ("regional_base_cap", "2037"),
        ("first_interim_adjustment", "2014"), ("second_interim_adjustment", "2015"), ("reserve_price", "2008"), ("reserve_price", "2013"),
        ("allowances_per_excess_ton", "2024"), ("stage_two_share", "2010"), ("lot_size", "2024"), ("surplus_before_2021", "2021"),
        ("borrowing_of_later_vintages", "2024"), ("verifier_of_emissions_needed", "2024"),
    ):  # fmt: skip
        period = "2024-01-01" if law.program.rules[what].kind is None else year
        marks = law.evaluate(None, what, period).marks
        assert any(mark.startswith("unchecked") for mark in marks), (what, year, marks)
    assert law.evaluate(None, "ccr_trigger", "2024").marks == ()


def test_every_claim_comes_out_as_written(program: Program) -> None:
    """The slides of September 2024: what agrees, what differs and why, and what no rule can say."""
    report = run_claims(program)
    assert report.passed, [j.claim.id for j in report.judged if not j.as_written]
    assert [report.count(verdict) for verdict in ("agrees", "differs", "cannot be computed")] == [24, 14, 5]
    assert not [j.claim.id for j in report.judged if j.verdict != "agrees" and not j.claim.why]


# The reference plants of the comparison, by hand: 4,080,000 t a year are 4,497,429.56 short tons, 2,248,715 of them half.
PLANTS = [
    ("coal_power", "2010", "obligation", "0 short_ton"),
    ("coal_power", "2011", "obligation", "13,492,290 short_ton"),
    ("coal_power", "2016", "obligation", "2,248,715 short_ton"),
    ("coal_power", "2017", "obligation", "8,994,860 short_ton"),
    ("coal_power", "2016", "free_allocation", "none"),
    ("coal_power", "2016", "borrowable", "not permitted"),
    ("coal_power", "2016", "bankable", "no limit"),
    ("cement", "2016", "covered", "no"),
    ("cement", "2016", "obligation", "0 short_ton"),
]


@pytest.mark.parametrize(("plant", "year", "question", "answer"), PLANTS)
def test_a_neutral_plant_gets_its_answer(plant: str, year: str, question: str, answer: str) -> None:
    assert told(of_plant("rggi", plant, question, year)).startswith(answer)
