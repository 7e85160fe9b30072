"""Japan's trial of 2008: every worked example and published row, both layers as views, and labels in Japanese."""

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
from capcode.interpreter.results import Known, Open
from capcode.interpreter.translate import one_row, translate

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "jurisdictions" / "japan_trial"
PAPER = "japan_trial@2008-10-20+proposal_2008"

# Lines of each case table.
ROWS = {
    "gases": 4, "issuance_modes": 5, "jvets_rounds": 3, "parameters": 14, "participants": 9, "participation": 1,
    "target_methods": 4, "target_year_menu": 4, "timeline": 10, "unit_use_matrix": 8,
}  # fmt: skip

EX_ANTE = {
    "scheme": "japan_trial",
    "associations": {
        "steel": {
            "vap_target": {"2008": "0.90"},
            "vap_actual": {"2008": "0.88"},
            "participants": {
                "mill": {
                    "kind": "company", "target_method": "vap", "target_form": "intensity", "target_years": "menu_1",
                    "issuance_choice": {"2008": "ex_ante"}, "own_actual": {"2008": "0.85"}, "proposed_target": {"2008": "0.50"},
                    "forecast_activity": {"2008": "200000"}, "actual_activity": {"2008": "180000"},
                    "actual_emissions": {"2008": "95000"},
                }
            },
        }
    },
}  # fmt: skip

# A rule of the scheme, its period, and what the paper and the decision say.
LAYERS = [
    ("sale_limit", "2008", "open", "0.1"),
    ("holding_floor", "2008", "open", "0.9"),
    ("settlement_deadline", "2008", "not stated", "open"),
    ("how_trades_are_made", "2008", "off_exchange", "off_exchange"),
    ("year_of_actual", "2008", "open", "latest_reported"),
    ("price_information", "2008", "not stated", "yes"),
    ("charge_for_issuance", "2008", "not stated", "none"),
    ("planned_start", "2008-10-21", "open", "2008-10-21"),
    ("gases_covered", "2008", "CO2", "CO2"),
]

# A rule of the mill: the paper, the decision, and the decision with each answer to the open true-up.
OF_MILL = [
    ("issued_beforehand", "100,000", "100,000", "100,000", "100,000"),
    ("saleable_before_confirmation", "open", "10,000", "10,000", "10,000"),
    ("missing", "open", "open", "0", "5,000"),
    ("target_met", "open", "open", "yes", "no"),
]


def ask(view: str, what: str, period: str, facts: object = None) -> str:
    """The first word or words of what is shown; `open` for every open answer."""
    shown = str(load(view).evaluate(facts, what, period).shown)
    return "open" if shown.startswith("open") else shown.partition("  [")[0].strip()


@pytest.fixture(scope="module")
def program() -> Program:
    checked = find.check_named("japan_trial", ())
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
    assert len(report.written) >= 101
    assert not list(report.differences)


def test_every_published_row_is_a_case(report: CasesReport) -> None:
    assert {p.stem for p in (FOLDER / "cases").glob("*.csv")} == set(ROWS)
    counted = dict.fromkeys(ROWS, 0)
    for case in report.published:
        counted[Path(case.where.rpartition(":")[0]).stem] += 1
        assert case.outcomes, case.where
    assert counted == ROWS


def test_published_figures_are_those_of_the_sources() -> None:
    with (FOLDER / "cases" / "jvets_rounds.csv").open(newline="", encoding="utf-8") as file:
        rounds = list(csv.DictReader(file))
    assert [r["given jvets_reduction"] for r in rounds] == ["377056", "382625", "96996"]
    assert [r["given jvets_volume"] for r in rounds] == ["82624", "34227", "29649"]
    assert [r["about mean_price_yen_per_t"] for r in rounds] == ["1212", "about 800", ""]
    with (FOLDER / "cases" / "participation.csv").open(newline="", encoding="utf-8") as file:
        (applied,) = csv.DictReader(file)
    assert [v for k, v in applied.items() if k.startswith(("given", "expect"))] == ["446", "50", "5", "501"]


@pytest.mark.parametrize(("what", "period", "paper", "decision"), LAYERS, ids=[row[0] for row in LAYERS])
def test_paper_and_decision_are_two_laws(what: str, period: str, paper: str, decision: str) -> None:
    assert ask(PAPER, what, period) == paper
    assert ask("japan_trial@2008-10-21", what, period) == decision
    assert ask("japan_trial", what, period) == decision


def test_a_proposal_that_was_adopted_does_not_override_its_adopter() -> None:
    assert ask("japan_trial+proposal_2008", "sale_limit", "2008") == "0.1"


@pytest.mark.parametrize(("what", "paper", "decision", "stands", "trued_up"), OF_MILL, ids=[row[0] for row in OF_MILL])
def test_the_true_up_stays_open_until_somebody_assumes(what: str, paper: str, decision: str, stands: str, trued_up: str) -> None:
    views = (PAPER, "japan_trial", "japan_trial+forecast_stands", "japan_trial+activity_trued_up")
    for view, wanted in zip(views, (paper, decision, stands, trued_up), strict=True):
        assert ask(view, f"{what} of mill", "2008", EX_ANTE).split(" ")[0] == wanted, view


def test_what_was_not_read_of_the_decision_is_marked() -> None:
    for what in ("may_set_target", "has_target", "banking_allowed", "verification_needed"):
        result = load("japan_trial").evaluate(EX_ANTE, f"{what} of mill", "2008")
        assert any("unchecked" in str(mark) for mark in result.marks), what


def test_the_third_category_is_known_from_the_count_alone() -> None:
    third = {"associations": {"a": {"participants": {"works": {"kind": "third_category"}, "firm": {"kind": "company"}}}}}
    counted = load("japan_trial").evaluate(third, "category of works", "2008")
    assert counted.shown.startswith("other") and [str(mark) for mark in counted.marks if "inferred" in str(mark)]
    decided = load("japan_trial").evaluate(third, "category of firm", "2008")
    assert decided.shown.startswith("target_setting") and not [mark for mark in decided.marks if "inferred" in str(mark)]


@pytest.mark.parametrize(("day", "may"), [("2011-03-31", "yes"), ("2011-04-01", "no")])
def test_the_call_of_round_6_bars_two_targets_for_one_year(day: str, may: str) -> None:
    facts = {"associations": {"a": {"participants": {"works": {"trial_target_set": {"2011": "yes"}}}}}}
    assert ask(f"japan_trial@{day}", "may_join_jvets of works", "2011", facts) == may


def test_everything_has_a_japanese_label(program: Program) -> None:
    shared = {"plant", "group", "product_line"}
    labels = {e.name: e.labels for e in program.entities.values() if e.name not in shared}
    labels |= {r.name: r.labels for r in program.rules.values()} | {c.name: c.labels for c in program.checks.values()}
    labels |= {f.key: f.labels for f in program.fields.values() if f.entity not in shared}
    assert [name for name, texts in labels.items() if "ja" not in texts] == []


def test_claims_of_the_paper_come_out_as_written(program: Program) -> None:
    report = run_claims(program)
    assert not report.problems
    assert [one.claim.id for one in report.judged if not one.as_written] == []
    assert len(report.judged) >= 138
    assert report.count("differs") >= 13


def test_every_shared_question_is_answered(program: Program) -> None:
    answered = {rule.answers for rule in program.rules.values() if rule.answers}
    assert set(program.questions) == answered


def test_the_neutral_plant_sets_its_own_target() -> None:
    law = load("japan_trial")
    year = law.program.calendar.literal("2010", "year")
    assert year is not None
    facts = law.facts(str(ROOT / "rules" / "plants" / "cement.yaml"))
    made = translate(Evaluation(law.program, law.view_of_law, facts), "works", year)
    assert one_row(made, law.program, "participant") == "works"
    evaluation = Evaluation(law.program, law.view_of_law, made.facts)
    covered = evaluation.value("is_covered", "works", year)
    assert isinstance(covered, Known) and covered.value is True
    owed = evaluation.value("to_be_covered", "works", year)
    assert isinstance(owed, Open) and "absolute_target" in str(owed)
