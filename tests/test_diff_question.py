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
