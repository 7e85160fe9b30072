"""California: every published row and worked example, the true-up on issued amounts, and the views that show each amendment."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from capcode.dsl import find
from capcode.dsl.ir import Program
from capcode.interpreter.api import load
from capcode.interpreter.case_report import CasesReport, run_cases
from capcode.interpreter.claims import run_claims
from capcode.interpreter.evaluate import Evaluation
from capcode.interpreter.translate import translate

ROOT = Path(__file__).resolve().parent.parent
CASES = ROOT / "jurisdictions" / "california" / "cases"

# Rows of each published table.
ROWS = {
    "advance_auction_quantity_examples": 5, "allowance_budgets": 38, "allowance_budgets_proposed_2026_isor": 4,
    "annual_obligation_examples": 568, "annual_obligation_exceptions": 3, "apcr_quantities": 30,
    "auction_detail_by_category_2012_2018": 75, "auction_results": 27, "auction_reserve_price": 15,
    "cap_adjustment_factors": 19, "debs_limit_examples": 46, "direct_allocation_actuals_water": 6,
    "edu_allocation_2013_2020": 448, "edu_sector_totals": 8, "holding_limit_examples": 9, "industry_assistance_factors": 9,
    "natural_gas_consignment": 16, "offset_limit_examples": 146, "quebec_caps": 18, "reoffer_limit_examples": 4,
    "reserve_tier_and_ceiling_prices": 14, "state_sales": 4, "vintaged_supply_examples": 7,
}  # fmt: skip

# Known differences of each table; the lines themselves and PUBLISHED.md say why.
DIFFERENCES = {
    "annual_obligation_exceptions": 3, "auction_detail_by_category_2012_2018": 2, "edu_sector_totals": 8,
    "state_sales": 4,
}  # fmt: skip


def table(name: str) -> list[dict[str, str]]:
    """The lines of a case table by the names of its columns."""
    with (CASES / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def ask(view: str, what: str, period: str) -> str:
    """A result as it is shown, without its marks."""
    return str(load(view).evaluate(None, what, period).shown)


@pytest.fixture(scope="module")
def program() -> Program:
    checked = find.check_named("california", ())
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
    assert len(report.written) >= 194


def test_every_published_row_is_a_case(report: CasesReport) -> None:
    assert {p.stem for p in CASES.glob("*.csv")} == set(ROWS)
    assert {name: len(table(name)) for name in ROWS} == ROWS
    counted = dict.fromkeys(ROWS, 0)
    silent = 0
    for case in report.published:
        counted[Path(case.where.rpartition(":")[0]).stem] += 1
        silent += not case.outcomes
    assert counted == ROWS
    assert silent <= 8  # the utility without published amounts


def test_known_differences_are_these_and_no_others(report: CasesReport) -> None:
    counted: dict[str, int] = {}
    for case, _, *rest in report.differences:
        name = case.title.partition(":")[0]
        counted[name] = counted.get(name, 0) + 1
        assert rest[-1]
    assert counted == DIFFERENCES


@pytest.mark.parametrize(
    ("what", "period", "before", "earlier", "after", "later"),
    [
        ("offset_share", "2021", "california@2017-07-24", "open: unknown", "california@2017-07-25", "0.04"),
        ("budget", "2027", "california", "240,600,000 CCA", "california+isor_2026", "225,600,000 CCA"),
        ("programme_ends", "2024", "california@2025-09-18", "2030-12-31", "california@2025-09-19", "2045-12-31"),
        ("reserve_set_aside", "2026", "california@2019-03-31", "4,700,000 CCA", "california@2019-04-01", "9,800,000 CCA"),
        ("holding_limit", "2014", "california@2013-12-31", "5,867,500 CCA", "california@2014-01-01", "6,447,500 CCA"),
        ("purchase_share_covered", "2014", "california@2014-06-30", "0.15", "california@2014-07-01", "0.2"),
        ("target_of_the_state", "2017", "california@2016-12-31", "none", "california@2017-01-01", "0.4"),
        ("above_the_cap", "2027", "california", "no", "california+april_2026", "yes"),
    ],
)
def test_amendments_show_as_differences_between_two_views(
    what: str, period: str, before: str, earlier: str, after: str, later: str
) -> None:
    assert ask(before, what, period).startswith(earlier)
    assert ask(after, what, period) == later


def test_the_true_up_corrects_what_was_issued_and_not_what_the_formula_says_today() -> None:
    # Invented inputs of the worked example: 900,000 foreseen and 1,000,000 made in 2022, 0.742 a unit, factor 0.783.
    kiln = {"sector": "cement_manufacturing", "leakage_class": "high", "output_made": {"2022": "1000000"}}
    facts = {
        "scheme": "california",
        "covered_entities": {"owner": {"plant_activities": {"kiln": kiln}}},
        "issued": {"initial_allocation": {"kiln": {"2022": "522887.4"}}},
    }
    assert load("california").evaluate(facts, "true_up of kiln", "2024").shown == "58,098.6 CCA"
    assert load("california").evaluate(facts, "initial_allocation of kiln", "2024").shown == "530,530 CCA"


def test_the_published_total_of_the_utilities_is_the_sum_of_their_amounts() -> None:
    """So the sector total is reached with Table 9-3A, although the formula alone misses it by the roundings."""
    for total in table("edu_sector_totals"):
        amounts = [row["expect utility_allocation"] for row in table("edu_allocation_2013_2020") if row["period"] == total["period"]]
        assert sum(int(amount) for amount in amounts if amount) == int(total["expect utilities_sector_amount"])


def test_every_statement_of_the_slides_has_its_verdict(program: Program) -> None:
    claims = run_claims(program)
    assert claims.passed, [one.claim.id for one in claims.judged if not one.as_written]
    assert [claims.count(verdict) for verdict in ("agrees", "differs", "cannot be computed")] == [20, 16, 5]


@pytest.mark.parametrize(
    ("plant", "view", "what", "year", "wanted"),
    [
        # 12 × 100,000 t ÷ 0.90718474 × 0.742 × 0.991, and × (1 + 0.715) ÷ 2 with the assumption
        ("cement", "california", "industry_allocation", "2013", 1_200_000 * 742 * 991 * 100 / 90_718_474),
        ("cement", "california+half_of_decline", "industry_allocation", "2024", 1_200_000 * 742 * 857.5 * 100 / 90_718_474),
        ("gas_power", "california", "industry_allocation", "2024", 0),
        # 84,000 t a month: 4 % of the year, and the full period less two times 30 %
        ("cement", "california", "offset_limit_of_year", "2024", 40_320),
        ("cement", "california", "obligation_due", "2023", 3 * 1_008_000 - 2 * 302_400),
    ],
)
def test_the_neutral_plant(plant: str, view: str, what: str, year: str, wanted: float) -> None:
    law = load(view)
    period = law.program.calendar.literal(year, "year")
    assert period is not None
    facts = law.facts(ROOT / "rules" / "plants" / f"{plant}.yaml")
    made = translate(Evaluation(law.program, law.view_of_law, facts), "works", period)
    assert float(law.evaluate(made.facts, f"{what} of works", year).value) == pytest.approx(wanted)


def test_what_the_neutral_plant_cannot_say_is_said() -> None:
    law = load("california")
    period = law.program.calendar.literal("2024", "year")
    assert period is not None
    for plant, reason in (("refinery", "output_made"), ("ammonia", "fuel_used"), ("paper", "were not read"), ("waste", "were read")):
        facts = law.facts(ROOT / "rules" / "plants" / f"{plant}.yaml")
        made = translate(Evaluation(law.program, law.view_of_law, facts), "works", period)
        assert reason in law.evaluate(made.facts, "industry_allocation of works", "2024").shown


def test_a_later_vintage_and_offsets_above_the_limit_do_not_count() -> None:
    """30 % of 1,000,000 t: 60,000 of 200,000 offsets (half of 4 % of three years), 100,000 + 5,000 + 10,000 units; vintage 2022 not."""
    works = {"kind": "facility_operator", "emissions": {str(year): "1000000" for year in (2021, 2022, 2023)}, "direct_benefit": "no"}
    units = {"ARBOC": {"2019": "200000"}, "CCA": {"2021": "100000", "2022": "50000"}, "true_up_allowance": {"2023": "10000"},
             "reserve_allowance": "5000"}  # fmt: skip
    facts = {"scheme": "california", "covered_entities": {"works": works}, "delivered": {"surrender": {"works": {"2021": units}}}}
    law = load("california")
    assert law.evaluate(facts, "shortfall of surrender of works", "2021").shown == "125,000 tCO2e"
    assert law.evaluate(facts, "surrender of works", "2021").shown == "no"
