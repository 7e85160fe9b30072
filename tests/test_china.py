"""China's national ETS: every published row and worked example, and the views that show what each text changed."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from plant_answers import of_plant, told

from capcode.dsl import find
from capcode.dsl.ir import Program
from capcode.interpreter.api import load
from capcode.interpreter.case_report import CasesReport, run_cases
from capcode.interpreter.claims import run_claims
from capcode.interpreter.read_facts import FactsText, read_texts

# Lines of each case table; `cases/PUBLISHED.md` says how they come from the published rows.
ROWS = {
    "power_benchmarks": 58, "power_benchmarks_draft_not_law": 4, "power_correction_factors": 20, "compliance_calendar": 13,
    "industry_parameters": 17, "examples_load_factor_2025_2026": 4, "market_outcomes": 5,
    "rule_changes_to_2024": 31, "rule_changes_from_2025": 23, "amounts_by_hand": 32, "answers_lists": 4,
}  # fmt: skip

# View, rule, year, answer: what a text changed shows between two views of one year.
VIEWS = [
    ("china@2021-01-31", "threshold", "2021", "error: gap: no text governs threshold in 2021"),
    ("china@2021-02-01", "threshold", "2021", "26,000 tCO2e"),
    ("china@2024-10-14", "bought_power_counted", "2023", "yes"),
    ("china@2024-10-15", "bought_power_counted", "2023", "no"),
    ("china@2025-03-25", "gases_covered", "2024", "CO2"),
    ("china@2025-03-26", "gases_covered", "2024", "CO2, PFC"),
    ("china", "preallocation_rate", "2024", "0.7"),
    ("china+d2526", "preallocation_rate", "2025", "open: awaits local_authority: preallocation_rate in 2025"),
    ("china", "cap_of_scheme", "2024", "none"),
]

# The same unit in every year: a class I unit, air-cooled, heat ratio 0.2, load 90 %, and a million MWh of either kind.
# By hand: 0.877 × 1.05 × 0.956; 0.8177 × 1.05 × 0.956; 0.7950; 0.7910; nothing enacted for 2025; the draft's 0.7902.
UNIT = """
scheme: china
firms:
  owner:
    direct_emissions: { 2025: 900_000 }
    generating_units:
      unit_1:
        class: conventional_large
        heat_fuel: coal
        cooling: air
        condensing: yes
        net_supply: { 2019: 1_000_000, 2022: 1_000_000 }
        generated: { 2023: 1_000_000, 2024: 1_000_000, 2025: 1_000_000 }
        heat_ratio: { 2019: 0.2, 2022: 0.2 }
        load: { 2019: 0.9, 2022: 0.9, 2023: 0.9, 2024: 0.9, 2025: 0.9 }
"""
AMOUNTS = [
    ("china", "2019", "880,332.6 tCO2e"),
    ("china", "2022", "820,807.26 tCO2e"),
    ("china", "2023", "795,000 tCO2e"),
    ("china", "2024", "791,000 tCO2e"),
    ("china+d2526", "2025", "790,200 tCO2e"),
]


@pytest.fixture(scope="module")
def program() -> Program:
    checked = find.check_named("china", ())
    assert not checked.diagnostics, [d.title for d in checked.diagnostics]
    assert checked.program is not None
    return checked.program


@pytest.fixture(scope="module")
def report(program: Program) -> CasesReport:
    return run_cases(program)


def ask(view: str, what: str, period: str, facts: str | None = None) -> str:
    """A result as it is shown, or as `open: …`, without its marks."""
    loaded = load(view)
    texts = [] if facts is None else [FactsText("facts.yaml", facts, "yaml")]
    known, problems = read_texts(loaded.program, texts)
    assert not problems
    return str(loaded.evaluate(known, what, period).shown)


def test_every_case_passes(report: CasesReport) -> None:
    failed = [f"{c.where} {o.text}: wanted {o.wanted}, came {o.came}" for c in report.all for o in c.outcomes if not o.passed]
    assert not failed and not report.problems


def test_no_published_line_is_missing_or_silent(report: CasesReport) -> None:
    lines = Counter(Path(c.where.partition(":")[0]).stem for c in report.published)
    assert dict(lines) == ROWS
    assert [c.where for c in report.published if not c.outcomes] == []


def test_nothing_is_known_to_differ(report: CasesReport) -> None:
    assert list(report.differences) == []


@pytest.mark.parametrize(("view", "what", "period", "answer"), VIEWS)
def test_what_the_views_say(view: str, what: str, period: str, answer: str) -> None:
    assert ask(view, what, period) == answer


@pytest.mark.parametrize(("view", "period", "answer"), AMOUNTS)
def test_one_unit_under_four_plans_and_a_draft(view: str, period: str, answer: str) -> None:
    assert ask(view, "electricity_amount of unit_1", period, UNIT) == answer


def test_the_draft_is_not_law() -> None:
    assert ask("china", "electricity_amount of unit_1", "2025", UNIT).startswith("open: unknown: the final plan")


def test_every_claim_comes_out_as_written(program: Program) -> None:
    """The slides of September 2024: what agrees, what differs and why, and what no rule can say."""
    report = run_claims(program)
    assert report.passed, [j.claim.id for j in report.judged if not j.as_written]
    assert Counter(j.verdict for j in report.judged) == {"agrees": 18, "differs": 17, "cannot be computed": 6}
    assert not [j.claim.id for j in report.judged if j.verdict != "agrees" and not j.claim.why]


# The reference plants of the comparison, by hand: 12 × 400,000 MWh × benchmark; a kiln's own 1,008,000 t in 2024.
PLANTS = [
    ("coal_power", "2019", "free_allocation", "4,209,600 CEA"),
    ("coal_power", "2024", "free_allocation", "3,796,800 CEA"),
    ("coal_power", "2024", "obligation", "4,080,000 tCO2e"),
    ("coal_power", "2024", "offset_limit", "204,000 tCO2e"),
    ("coal_power", "2024", "borrowable", "not permitted"),
    ("coal_power", "2025", "free_allocation", "unknown: the final plan"),
    ("gas_power", "2023", "free_allocation", "888,000 CEA"),
    ("cement", "2023", "covered", "no"),
    ("cement", "2024", "free_allocation", "1,008,000 CEA"),
    ("blast_furnace_steel", "2024", "covered", "yes"),
    ("electric_arc_steel", "2024", "covered", "no"),
    ("paper", "2024", "covered", "no"),
]


@pytest.mark.parametrize(("plant", "year", "question", "answer"), PLANTS)
def test_a_neutral_plant_gets_its_answer(plant: str, year: str, question: str, answer: str) -> None:
    assert told(of_plant("china", plant, question, year)).startswith(answer)
