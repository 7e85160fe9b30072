"""The Python face: load, evaluate, value, explain, notebooks, and what is refused."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

import capcode
from capcode.interpreter.api import Refused, Results

FACTS = {
    "facility": {"mine": {"covered_emissions": {"2023-24": 335_908}}},
    "given": {"baseline_without_floor": {"mine": {"2023-24": 60_000}}},
}


def test_a_value_with_its_unit_and_article() -> None:
    """The floor of 100,000 t stands before borrowing (s 10(1))."""
    law = capcode.load("australia@2024-07-01")

    r = law.evaluate(FACTS, "baseline", period="2023-24")

    assert (Fraction(100_000), "tCO2e", "known") == (r.value, r.unit, r.status)
    assert "100,000" in r.explain() and "10(1)" in r.explain()


def test_floats_are_refused() -> None:
    law = capcode.load("australia")

    with pytest.raises(Refused, match="float"):
        law.evaluate({"facility": {"mine": {"covered_emissions": {"2023-24": 0.1}}}}, "net_emissions", period="2023-24")


def test_many_reasons_are_shown_in_few_words_and_recorded_in_full() -> None:
    """What is shown names five reasons and counts the rest; the record keeps every one."""
    r = capcode.load("eu").evaluate(None, "price_release_in_year", period="2026")

    recorded = r.as_json()["reasons"]
    assert len(recorded) > 6
    assert r.shown.count(";") == 5 and r.shown.endswith(f"; and {len(recorded) - 5} more")


def test_several_questions_give_several_results() -> None:
    found = capcode.load("australia").evaluate(FACTS, "baseline, contribution", period="2023-24")

    assert isinstance(found, Results)
    assert [r.rule for r in found] == ["baseline", "contribution"]
    assert "<table>" in found._repr_html_()


def test_a_notebook_shows_names_as_text() -> None:
    """What a user can name is escaped: rows are refused or shown as text, never as markup."""
    law = capcode.load("australia")
    facts = law.facts({"facility": {"mine": {"covered_emissions": {"2023-24": 1}}}})
    facts.rows["facility"]["<b>x</b>"] = None

    shown = law.evaluate(facts, "baseline of <b>x</b>", period="2023-24")._repr_html_()

    assert "<b>" not in shown and "&lt;b&gt;" in shown


@pytest.mark.parametrize("view", ["nowhere", "australia@2024-13-01", "australia+nothing", "australia@", "+x", ""])
def test_views_that_are_none(view: str) -> None:
    with pytest.raises(Refused):
        capcode.load(view)


def test_a_root_of_ones_own(tmp_path: Path) -> None:
    """The smallest scheme can be copied into a folder of one's own and worked on there."""
    shipped = Path(__file__).parent.parent / "jurisdictions" / "example"
    target = tmp_path / "mine"
    target.mkdir()
    for file in shipped.rglob("*"):
        if file.is_file():
            (target / file.relative_to(shipped)).parent.mkdir(parents=True, exist_ok=True)
            (target / file.relative_to(shipped)).write_bytes(file.read_bytes())

    assert "mine" in capcode.schemes(roots=[str(tmp_path)])
    assert capcode.load("mine", roots=[str(tmp_path)]).program.title

    rules = target / "scheme.rules"
    rules.write_text(rules.read_text(encoding="utf-8").replace("  authority", "  uses compare.questions\n  authority", 1), encoding="utf-8")

    assert "free_share" in capcode.load("mine", roots=[str(tmp_path)]).program.rules
