"""The neutral plant in a scheme: rows made, figures led back to the plant, and what is missing under its own name."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from capcode.dsl import ir
from capcode.interpreter.api import Law, load
from capcode.interpreter.evaluate import Evaluation
from capcode.interpreter.results import Error, Known, Open, Result
from capcode.interpreter.translate import Translated, one_row, translate

SCHEME = """language 1
scheme made_up "Made-up scheme"
  currency EUR
  year starts 1 January
  uses compare.questions
instrument act "Act" in force 2020-01-01
unit PERMIT "Permit" covers 1 tCO2e
unit output "Output" for each product
entity site "Site" from opened until closed
  opened : date
  closed : date or none
  released : tCO2e each year
  large : yes/no
entity kiln "Kiln" in site
  product : key of benchmark
  made : output each year
  approved : yes/no unless stated no
table benchmark keyed by product from "benchmarks.csv" cites act "Annex" from 2020
  column factor : PERMIT per output
table product_of_good keyed by good cites act "Annex" inferred from 2020
  column product_of : key of benchmark or none
  | cement_clinker | clinker | ;
  | hot_metal | unknown "which of two products" | ;
  | paper | none | ;
rule free of site each year : PERMIT not rounded answers free_allocation
  cites act "Art 2" from 2020 = sum of factor of product × made over its kilns
rule owed of site each year : PERMIT not rounded answers obligation
  cites act "Art 3" from 2020 = released × 1 PERMIT per tCO2e
mapping of plant cites act "Art 1"
  makes site for each plant where (not fossil_power)
    with opened = first_day, closed = closed_on, released = sum of plant_emissions over the months in this year,
      large = unknown "the plant does not say"
  makes kiln for each product_line where (product_of of good is present)
    with product = product_of of good, made = sum of line_output over the months in this year
"""
PLANT = """
group: {{ owner: {{}} }}
plant:
  works:
    in: owner
    first_day: 2015-01-01
    fossil_power: no
    plant_emissions: {{ 2024/01 to 2024/12: 100 tCO2e }}
    product_lines:
      one: {{ good: {good}, line_output: {{ 2024/01 to 2024/12: 200 good_unit }} }}
"""


@pytest.fixture(scope="module")
def law(tmp_path_factory: pytest.TempPathFactory) -> Law:
    root = tmp_path_factory.mktemp("schemes")
    (root / "made_up").mkdir()
    (root / "made_up" / "scheme.rules").write_text(SCHEME, encoding="utf-8")
    (root / "made_up" / "benchmarks.csv").write_text("product,factor,unit\nclinker,0.7,t\n", encoding="utf-8")
    return load("made_up", roots=[str(root)])


def translated(law: Law, tmp_path: Path, good: str, text: str = PLANT) -> tuple[Translated, Evaluation]:
    path = tmp_path / "plant.yaml"
    path.write_text(text.format(good=good), encoding="utf-8")
    year = law.program.calendar.literal("2024", "year")
    assert year is not None
    found = translate(Evaluation(law.program, law.view_of_law, law.facts(path)), "works", year)
    return found, Evaluation(law.program, law.view_of_law, found.facts)


def value(evaluation: Evaluation, name: str) -> Result:
    return evaluation.value(name, "works", evaluation.calendar.literal("2024", "year"))


def test_figures_come_from_the_months_of_the_plant(law: Law, tmp_path: Path) -> None:
    """0.7 × 12 × 200 = 1,680, and 12 × 100 = 1,200."""
    found, evaluation = translated(law, tmp_path, "cement_clinker")

    assert found.rows == {"site": ["works"], "kiln": ["one"]}
    assert value(evaluation, "free") == Known(Fraction(1680), frozenset((ir.Mark("inferred", 'act "Annex"'),)))
    assert value(evaluation, "owed") == Known(Fraction(1200))


def test_a_derivation_leads_back_to_the_plant(law: Law, tmp_path: Path) -> None:
    found, _ = translated(law, tmp_path, "cement_clinker")

    told = law.evaluate(found.facts, "owed of works", period="2024").explain()

    assert "released of works in 2024 = 1,200 tCO2e" in told
    assert "plant_emissions of works in 2024/01 to 2024/12, each = 100 tCO2e" in told and "plant.yaml" in told and "Art 1" in told


def test_no_row_is_made_where_the_condition_is_no(law: Law, tmp_path: Path) -> None:
    """Then the list is complete and empty, and nothing is free."""
    found, evaluation = translated(law, tmp_path, "paper")

    assert "kiln" not in found.rows
    assert value(evaluation, "free") == Known(Fraction(0))


def test_a_row_that_nobody_can_decide_leaves_the_list_open(law: Law, tmp_path: Path) -> None:
    found, evaluation = translated(law, tmp_path, "hot_metal")

    assert isinstance(found.undecided["kiln"], Open)
    assert isinstance(value(evaluation, "free"), Open)
    assert isinstance(value(evaluation, "owed"), Known)


def test_what_the_plant_does_not_say_is_missing_under_its_own_name(law: Law, tmp_path: Path) -> None:
    _, evaluation = translated(law, tmp_path, "cement_clinker", PLANT.replace("2024/01 to 2024/12: 100", "2024/01 to 2024/11: 100"))
    owed = value(evaluation, "owed")

    assert isinstance(owed, Open)
    assert [r.text for r in owed.reasons] == ["plant_emissions of works in 2024/12"]
    assert isinstance(evaluation.fact("site.large", "works", None), Open)


def test_absent_answers_and_defaults_are_translated(law: Law, tmp_path: Path) -> None:
    _, evaluation = translated(law, tmp_path, "cement_clinker")

    assert evaluation.fact("site.closed", "works", None) == Known(ir.Absent("none"))
    assert evaluation.fact("kiln.approved", "one", None) == Known(False)


def test_the_only_row_of_an_entity(law: Law, tmp_path: Path) -> None:
    found, _ = translated(law, tmp_path, "hot_metal")

    assert one_row(found, law.program, "site") == "works"
    assert isinstance(one_row(found, law.program, "kiln"), Open)
    found, _ = translated(law, tmp_path, "paper")
    assert isinstance(one_row(found, law.program, "kiln"), Error)
