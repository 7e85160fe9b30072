"""`capcode diff A B --question NAME`: two schemes held against each other by one shared question; every figure by hand."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from capcode.interpreter.cli import cli

LOW = """language 1
scheme low "Low scheme" ja "低い制度"
  currency EUR
  year starts 1 January
  uses compare.questions
instrument act "Low Act" in force 2020-01-01
unit LA "Low allowance" covers 1 tCO2e
entity site
  emitted : tCO2e each year
rule threshold each year : tCO2e or none answers coverage_threshold
  cites act "Art 1" from 2020 = 10_000 tCO2e
rule in_scheme of site each year : yes/no answers covered "Is it in?" ja "対象か"
  cites act "Art 1" from 2020 = emitted ≥ 10_000 tCO2e
rule credits each year : ratio or none answers offset_share
  cites act "Art 2" from 2020 = 10%
  from 2024 = unknown "not read"
rule ceiling each year : EUR per LA or none answers price_ceiling
  cites act "Art 3" from 2020 = 10 EUR per LA
mapping of plant cites act "Art 4"
  makes site for each plant with emitted = sum of plant_emissions over the months in this year
"""
HIGH = (
    LOW.replace("low", "high").replace("Low", "High").replace("LA", "HA").replace("低い", "高い").replace("10_000", "25_000")
    .replace("from 2020 = 10%", "from 2020 = 10%\n  from 2022 = 5%").replace("currency EUR", "currency JPY")
    .replace("10 EUR", "1_500 JPY").replace(": EUR per", ": JPY per")
)  # fmt: skip


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in (("low", LOW), ("high", HIGH), ("twin", LOW.replace("scheme low", "scheme twin"))):
        (tmp_path / name).mkdir()
        (tmp_path / name / "law.rules").write_text(text, encoding="utf-8")
    return tmp_path


def run(root: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["diff", *arguments, "--root", str(root)])


def record(root: Path, *arguments: str) -> dict[str, object]:
    result = run(root, *arguments, "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.output)
    assert isinstance(found, dict)
    return found


def test_a_share_by_year(root: Path) -> None:
    """10 % in both, 5 % from 2022 in one, unknown from 2024 in the other: an open answer is no difference."""
    found = record(root, "low", "high", "--question", "offset_share", "--years", "2019-2025")
    told = [(p["first"], p["last"], p["old"], p["new"], p["delta"], p["same"]) for p in found["answers"]]  # type: ignore[attr-defined]

    assert told == [
        (2019, 2019, "no text in force", "no text in force", "", None),
        (2020, 2021, "10 %", "10 %", "", True),
        (2022, 2023, "10 %", "5 %", "−5 percentage points", False),
        (2024, 2025, "unknown: not read", "unknown: not read", "", None),
    ]
    assert found["verdict"] == "differs"
    assert found["reasons"] == ["2 of 4 pairs of answers differ", "3 pairs cannot be compared: one of the two is open, or has no text"]


def test_the_texts_stand_beside_each_other_with_their_articles(root: Path) -> None:
    found = record(root, "low", "high", "--question", "offset_share", "--years", "2022-2023")

    assert [t["text"] for t in found["a"]["texts"]] == ['cites act "Art 2" from 2020 = 10%']  # type: ignore[index]
    assert [(t["days"], t["articles"]) for t in found["b"]["texts"]] == [  # type: ignore[index]
        ("from 2022-01-01 until 2023-12-31", ["High Act, Art 2"])
    ]
    assert (found["a"]["rule"], found["b"]["title"]) == ("credits", "High scheme")  # type: ignore[index]


def test_the_smallest_plant_is_at_the_lower_threshold(root: Path) -> None:
    """At 10,000 t one scheme covers the plant and the other does not; at 9,999 t neither does."""
    found = record(root, "low", "high", "--question", "covered", "--plant", "cement", "--plant", "refinery", "--years", "2024")
    witness = found["witness"]

    assert isinstance(witness, dict)
    assert (witness["emissions"], witness["year"], witness["old"], witness["new"]) == ("10000", 2024, "yes", "no")
    assert "Art 1" in witness["old_how"] and "25,000" in witness["new_how"]
    assert found["verdict"] == "differs" and all(p["same"] for p in found["answers"])  # type: ignore[attr-defined]


def test_the_smallest_plant_is_one_plant_under_both_laws(root: Path) -> None:
    """The years of one law begin in July, so they hold other months of the plant; it is made smaller by one factor for both."""
    law = root / "high" / "law.rules"
    law.write_text(law.read_text(encoding="utf-8").replace("1 January", "1 July named by first year"), encoding="utf-8")
    months = [f"      {y}/{m:02d}: {1_000 if y < 2025 else 50_000} tCO2e\n" for y in (2024, 2025) for m in range(1, 13)]
    plant = root / "odd.yaml"
    plant.write_text("group:\n  owner: {}\nplant:\n  odd:\n    in: owner\n    plant_emissions:\n" + "".join(months), encoding="utf-8")
    found = record(root, "low", "high", "--question", "covered", "--plant", str(plant), "--years", "2024")
    witness = found["witness"]

    # High's year holds 6 x 1,000 + 6 x 50,000 = 306,000 t for the 12,000 t of Low's: 25,000 t at 981 t (980.39…)
    assert isinstance(witness, dict)
    assert (witness["emissions"], witness["old"], witness["new"]) == ("981", "no", "yes")
    assert found["reasons"] == [
        "1 pairs of answers were compared, and none differs", "13 plants of other sizes were tried besides, and one differs",
    ]  # fmt: skip


def test_all_plants_and_one_of_the_user(root: Path) -> None:
    """`all` leaves no file out, also one that is named like a shipped plant."""
    (root / "later").mkdir()
    (root / "later" / "law.rules").write_text(LOW.replace("emitted ≥ 10_000", "emitted ≥ 2_000_000"), encoding="utf-8")
    plant = root / "cement.yaml"
    plant.write_text(
        "group:\n  owner: {}\nplant:\n  mine:\n    in: owner\n    plant_emissions: { 2024/01 to 2024/12: 1_000 tCO2e }\n", encoding="utf-8"
    )
    sides = (str(root / "low"), str(root / "later"), "--effort", "0", "--plant")
    rows = record(root, *sides, "all", "--plant", str(plant))["roster"]["rows"]  # type: ignore[index]

    assert [r["period"] for r in rows if r["row"] == f"{plant}" and r["name"] == "in_scheme"] == ["2024"]
    assert any(r["row"] == "cement" for r in rows)


def test_a_plant_is_read_in_each_year_by_the_mapping_of_that_year(root: Path) -> None:
    """A rule that the mapping reads begins in 2022: the answer of 2024 is the same, whichever years are asked beside it."""
    for name in ("low", "high"):
        law = root / name / "law.rules"
        text = law.read_text(encoding="utf-8").replace("entity site\n", "entity site\n  size : one of small, big\n")
        begins_later = 'rule size_here each year : one of small, big\n  cites act "Art 8" from 2022 = big\n'
        text = text.replace("rule in_scheme", f"{begins_later}rule in_scheme")
        text = text.replace("= emitted ≥", "= size is big and emitted ≥").replace("with emitted", "with size = size_here, emitted")
        law.write_text(text, encoding="utf-8")
    asked = ("low", "high", "--question", "covered", "--plant", "cement", "--years")
    told = [[(p["last"], p["old"]) for p in record(root, *asked, years)["answers"]][-1] for years in ("2024", "2020-2024")]  # type: ignore[attr-defined]

    assert told == [(2024, "yes"), (2024, "yes")]


def test_numbers_that_are_no_shares_are_shown_as_numbers(root: Path) -> None:
    for name, years in (("low", 1), ("high", 3)):
        rule = f'language 1\nrule span each year : ratio answers years_per_period\n  cites act "Art 9" from 2020 = {years}\n'
        (root / name / "more.rules").write_text(rule, encoding="utf-8")
    [pair] = record(root, "low", "high", "--question", "years_per_period", "--years", "2024")["answers"]  # type: ignore[misc]

    assert (pair["old"], pair["new"], pair["delta"]) == ("1", "3", "+2")


def test_money_without_a_rate_is_neither_the_same_nor_another(root: Path) -> None:
    law = root / "high" / "law.rules"
    law.write_text(law.read_text(encoding="utf-8").replace("1_500 JPY", "10 CHF").replace("JPY", "CHF"), encoding="utf-8")
    found = record(root, "low", "high", "--question", "price_ceiling", "--years", "2024")

    assert [p["same"] for p in found["answers"]] == [None]  # type: ignore[attr-defined]
    assert "1 pairs cannot be compared: no rate is known between the two currencies" in found["reasons"]  # type: ignore[operator]


def test_money_is_compared_in_one_currency(root: Path) -> None:
    """1,500 JPY at 15.418 CZK for 100 are 231.27 CZK, and at 25.120 CZK for one EUR 9.2066 EUR."""
    [pair] = record(root, "low", "high", "--question", "price_ceiling", "--years", "2024")["answers"]  # type: ignore[misc]

    assert (pair["old"], pair["new"], pair["same"]) == ("10 EUR per LA", "1,500 JPY per HA", False)
    assert pair["delta"] == "−0.79 EUR per tCO2e"


def test_two_schemes_with_the_same_answers_have_no_difference_found(root: Path) -> None:
    found = record(root, "low", "twin", "--question", "covered", "--plant", "cement", "--years", "2023-2024")

    assert (found["verdict"], found["witness"]) == ("no difference found", None)
    assert record(root, "low", "low", "--question", "covered", "--plant", "cement", "--years", "2024")["verdict"] == "identical"


def test_a_what_if_of_the_second_law(root: Path) -> None:
    """Low asks 10 %, High 5 %; with what is supposed both have 10 %."""
    asked = ("low", "high", "--question", "offset_share", "--years", "2022-2023")

    assert record(root, *asked)["verdict"] == "differs"
    assert record(root, *asked, "--set", "high.credits=10%@2022")["verdict"] == "no difference found"


def test_two_views_of_one_scheme(root: Path) -> None:
    """A later text that rests on nothing asked leaves the answer identical."""
    changed = LOW.replace('  from 2024 = unknown "not read"', "  from 2023 = 3%")
    (root / "later").mkdir()
    (root / "later" / "law.rules").write_text(changed, encoding="utf-8")
    here, there = str(root / "low"), str(root / "later")

    assert record(root, here, there, "--question", "offset_share", "--years", "2022")["verdict"] == "no difference found"
    assert record(root, here, there, "--question", "covered", "--plant", "cement", "--years", "2024")["verdict"] == "identical"


def test_every_form_is_written_and_nothing_becomes_active(root: Path, tmp_path: Path) -> None:
    text = (root / "high" / "law.rules").read_text(encoding="utf-8").replace('"High scheme"', '"=1+1 <script>alert(1)</script> | x"')
    (root / "high" / "law.rules").write_text(text, encoding="utf-8")
    for form in ("html", "md", "csv", "json"):
        out = tmp_path / f"q.{form}"
        result = run(root, "low", "high", "--question", "covered", "--plant", "cement", "--years", "2024", "--out", str(out))
        assert (result.exit_code, result.output) == (0, f"differs; wrote {out}\n")
        assert "<script>" not in out.read_text(encoding="utf-8") or form == "json"
    page = (tmp_path / "q.html").read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "q.csv").read_text(encoding="utf-8"))))

    assert "10,000 t CO2e in 2024" in page and "http:" not in page and "https:" not in page and page.startswith("<!doctype html>")
    assert "| cement works | 2024 |" in (tmp_path / "q.md").read_text(encoding="utf-8")
    assert [(r["plant"], r["a"], r["b"], r["same"]) for r in rows] == [("cement", "yes", "yes", "yes")]
    assert "Smallest plant found: cement works of 10,000 t CO2e in 2024: yes -> no" in run(
        root, "low", "high", "--question", "covered", "--plant", "cement", "--years", "2024"
    ).output  # fmt: skip


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--question", "offset_shares"], "Q060"),
        (["--question", "covered", "--rule", "credits"], "Q061"),
        (["--question", "covered", "--facts", "x.yaml", "--in", "2024"], "Q061"),
        (["--question", "covered", "--plant", "nobody"], "Q023"),
        (["--question", "covered", "--years", "20-24"], "Q027"),
        (["--question", "covered", "--currency", "XXX"], "Q026"),
        (["--question", "covered", "--out", "x.pdf"], "Q053"),
        ([], "Q050"),
    ],
)
def test_a_mistake_is_told_and_leaves_no_file(root: Path, options: list[str], code: str) -> None:
    result = run(root, "low", "eu", *options)

    assert result.exit_code == 1 and code in result.output and "Traceback" not in result.output
    assert not Path("x.pdf").exists()
