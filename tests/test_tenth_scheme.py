"""A scheme that was made only by following `jurisdictions/README.md`: it checks, its cases and claims come out, every clause is tried."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from capcode.dsl import find, ir
from capcode.dsl.diagnostics import render_all
from capcode.dsl.frontend import canonical
from capcode.dsl.ir import Program
from capcode.interpreter.api import Law, load
from capcode.interpreter.case_report import run_cases, show_cases
from capcode.interpreter.claims import run_claims, show_claims
from capcode.interpreter.cli import cli
from capcode.interpreter.evaluate import Evaluation
from capcode.interpreter.results import Known
from capcode.interpreter.translate import translate

FOLDER = Path(__file__).parent / "tenth_scheme"
PLANTS = FOLDER.parent.parent / "rules" / "plants"
TOUR = (Path(__file__).parent.parent / "jurisdictions" / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def program() -> Program:
    checked = find.check_named(str(FOLDER), ())
    assert not checked.diagnostics, render_all(list(checked.diagnostics))
    assert checked.program is not None
    return checked.program


def test_cases(program: Program) -> None:
    """Cases by hand and published lines; the difference that is known is still there; no clause is left untried."""
    report = run_cases(program)

    assert report.passed, show_cases(report)
    assert len(report.written) >= 12 and len(report.published) >= 11
    assert [reason for *_, reason in report.differences] == ["the printed list rounds each line down before it adds; the Rules round once"]
    assert [part.where for part in report.coverage.unused] == []


def test_claims(program: Program) -> None:
    """All three verdicts, as written."""
    report = run_claims(program)

    assert report.passed, show_claims(report)
    assert {one.verdict for one in report.judged} == {"agrees", "differs", "cannot be computed"}


def test_answers(program: Program) -> None:
    """A good part of the shared questions; the README says how many are left."""
    answered = {rule.answers for rule in program.rules.values() if rule.answers}

    assert len(answered) >= 40 and answered <= set(program.questions)
    left = len(program.questions) - len(answered)
    assert f"{left} of the {len(program.questions)} shared questions" in (FOLDER / "README.md").read_text(encoding="utf-8")


def test_layout() -> None:
    """As `capcode fmt` writes it."""
    for path in sorted(FOLDER.rglob("*.rules")):
        data = path.read_bytes()
        assert canonical(path.name, data)[0] == data, path.name


def test_the_files_are_those_that_the_tour_names() -> None:
    """Each step of the tour left something in the folder."""
    steps = re.findall(r"^\d+\. \*\*", TOUR, re.MULTILINE)
    assert len(steps) >= 10
    for name in ("scheme.rules", "coverage.rules", "allocation.rules", "compliance.rules", "price_controls.rules", "mapping.rules",
                 "tables/SOURCES.md", "claims/claims.csv", "README.md"):  # fmt: skip
        assert (FOLDER / name).is_file() and f"`{name}`" in TOUR, name


@pytest.mark.parametrize("command", ["check", "test", "claims", "rules"])
def test_commands(command: str) -> None:
    """A folder may be named by its path."""
    result = CliRunner().invoke(cli, [command, str(FOLDER)])

    assert result.exit_code == 0, result.output
    assert result.output.strip()


def test_the_neutral_plant(program: Program) -> None:
    """The mapping leads from the illustrative cement works to a site: 1,200,000 t × 0.75 × 98 %; a gas station makes no line."""
    law = Law(program, ir.View(program.scheme))
    year = program.calendar.literal("2025", "year")
    assert year is not None
    shown = {}
    for name in ("cement", "gas_power"):
        plants = law.facts(PLANTS / f"{name}.yaml")
        (plant,) = plants.rows["plant"]
        found = translate(Evaluation(program, law.view_of_law, plants), plant, year)
        (site,) = found.rows["site"]
        result = Evaluation(program, law.view_of_law, found.facts).value("allocation", site, year)
        assert isinstance(result, Known), result
        shown[name] = (len(found.rows.get("line", [])), result.value)

    assert shown == {"cement": (1, 882_000), "gas_power": (0, 0)}


def test_the_law_of_another_day() -> None:
    """The amendment is seen from the day on which it entered into force."""
    before = load("tenth_scheme@2026-03-31", roots=(str(FOLDER.parent),)).evaluate(None, "threshold", "2027")
    after = load("tenth_scheme@2026-04-01", roots=(str(FOLDER.parent),)).evaluate(None, "threshold", "2027")

    assert (before.shown, after.shown) == ("15,000 tCO2e", "10,000 tCO2e")
