"""`--set SCHEME.RULE=VALUE[@FROM]`: one more text of a rule, proposed and chosen, with everything that is checked of law."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest
from click.testing import CliRunner

from capcode.dsl.what_if import literal
from capcode.interpreter.api import Refused, load
from capcode.interpreter.ask_compare import Question, make_page
from capcode.interpreter.cli import cli
from capcode.interpreter.what_if import changed, read_changes

LAW = """language 1
scheme harbour "Harbour scheme"
  currency EUR
  year starts 1 April named by first year
  authority port "Port authority"
  uses compare.questions
instrument act "Harbour Act" in force 2020-04-01
instrument notice "Notice" in force 2022-04-01 under act
instrument bill "Bill" proposed
instrument draft "Draft notice" proposed under act
instrument guess "Guess" assumed
period phase "Phase" : first 2020 to 2024, second 2025 to 2029
unit HA "Harbour allowance" covers 1 tCO2e
fact price each year : EUR per tCO2e
entity ship
  emitted : tCO2e each year
entity voyage from began
  began : date
table factors keyed by kind cites act "Annex" from 2020
  column factor : ratio
  | tug | 1.5 | ;
rule credit_share each year : ratio
  cites act "Art 1" from 2020 = 10%
  cites bill "Art 1" from 2026 = 20%
rule charge each year : EUR per tCO2e
  cites act "Art 2" from 2020 = 40 EUR per tCO2e
  cites notice "1" from 2022 = 60 EUR per tCO2e
  cites draft "1" from 2024 = 70 EUR per tCO2e
rule floor_of_phase each phase : ratio
  cites act "Art 3" from 2020 = 1%
rule trigger : EUR per HA
  cites act "Art 4" from 2020 = 5 EUR per HA
  from 2021-06-15 = 6 EUR per HA
rule penalty : EUR per tCO2e
  cites act "Art 5" = 100 EUR per tCO2e
rule state each year : one of calm, rough or none
  cites act "Art 6" from 2020 = calm
rule kinds each year : some of tug, ferry
  cites act "Art 7" from 2020 = list tug
rule last_day each year : date
  cites act "Art 8" from 2020 = 30 June next year
rule free of voyage : HA
  cites act "Art 9" from 2020 = 7 HA
rule price_at at amount (tCO2e) each year : EUR per tCO2e not rounded
  cites act "Art 10" from 2020 = 1 EUR per tCO2e when amount > 5 t
                              = 2 EUR per tCO2e otherwise
rule missing each year : ratio
  cites act "Art 11" from 2020 = unknown "not yet published"
  cites guess "1" from 2020 = 3%
rule credit_limit of ship each year : tCO2e not rounded answers offset_limit
  cites act "Art 12" from 2020 = credit_share × emitted
rule share_of_credits each year : ratio answers offset_share
  cites act "Art 12" from 2020 = credit_share
measure relief each year
  cites act "Art 13" from 2020 when credit_share > 5% the port may "grant relief"
    effect discount : ratio = 50%
mapping of plant cites act "Art 14"
  makes ship for each plant with emitted = sum of plant_emissions over the months in this year
case "as enacted" cites act "worked by hand" in harbour
  expect credit_share in 2026 = 10%
"""


@pytest.fixture
def root(tmp_path: Path) -> str:
    (tmp_path / "harbour").mkdir()
    (tmp_path / "harbour" / "law.rules").write_text(LAW, encoding="utf-8")
    return str(tmp_path)


def _value(root: str, setting: str, rule: str, period: str | None, view: str = "harbour") -> tuple[object, tuple[str, ...]]:
    law = changed(view, read_changes([setting]), period, (root,)).law
    found = law.evaluate({"voyage": {"one": {"began": "2023-05-01"}}}, rule, period)
    return (found.status if found.value is None else found.value), found.marks


def _codes(root: str, *settings: str, view: str = "harbour") -> list[str]:
    with pytest.raises(Refused) as refused:
        changed(view, read_changes(settings), "2026", (root,))
    for problem in refused.value.diagnostics:
        assert problem.title
        assert problem.why
        assert problem.next
    return [d.code for d in refused.value.diagnostics]


@pytest.mark.parametrize(
    ("setting", "rule", "period", "value"),
    [
        ("credit_share=5%", "credit_share", "2026", Fraction(5, 100)),
        ("credit_share = 0.05", "credit_share", "2026", Fraction(5, 100)),
        ("credit_share=-5%", "credit_share", "2026", Fraction(-5, 100)),
        ("charge=100 EUR per tCO2e", "charge", "2023", Fraction(100)),
        ("floor_of_phase=2%", "floor_of_phase", "second", Fraction(2, 100)),
        ("trigger=9 EUR per HA@2024-03-05", "trigger", "2024-03-05", Fraction(9)),
        ("trigger=9 EUR per HA@2024-03-05", "trigger", "2024-03-04", Fraction(6)),
        ("penalty=150 EUR per tCO2e", "penalty", None, Fraction(150)),
        ("state=rough", "state", "2026", "rough"),
        ("state=none", "state", "2026", "none"),
        ("state=not applicable", "state", "2026", "not_applicable"),
        ("kinds=list tug, ferry", "kinds", "2026", frozenset({"tug", "ferry"})),
        ("free=9 HA@2023", "free of one", None, Fraction(9)),
        ("missing=4%", "missing", "2026", Fraction(4, 100)),
    ],
)
def test_value_and_mark(root: str, setting: str, rule: str, period: str | None, value: object) -> None:
    """Every kind of rule takes a what-if; what rests on it says that it is only proposed."""
    found, marks = _value(root, f"harbour.{setting}", rule, period)

    assert found == value
    unchanged = value in (Fraction(6), "none", "not_applicable")
    assert unchanged or marks == ("proposed (what_if)",)


def test_date(root: str) -> None:
    found, _ = _value(root, "harbour.last_day=2027-01-31", "last_day", "2026")

    assert str(found) == "2027-01-31"


def test_it_begins_with_the_year_that_is_asked(root: str) -> None:
    """Not earlier than the rule itself, and never before the year of the question unless the user says so."""
    law = changed("harbour", read_changes(["harbour.credit_share=5%"]), "2026", (root,)).law
    early = changed("harbour", read_changes(["harbour.credit_share=5%"]), "2010", (root,)).law
    plain = changed("harbour", read_changes(["harbour.credit_share=5%"]), None, (root,)).law

    assert [law.evaluate(None, "credit_share", y).value for y in ("2025", "2026", "2027")] == [Fraction(n, 100) for n in (10, 5, 5)]
    assert early.evaluate(None, "credit_share", "2020").value == Fraction(5, 100)
    assert early.evaluate(None, "credit_share", "2019").status == "error"
    assert plain.evaluate(None, "credit_share", "2020").value == Fraction(5, 100)


def test_several(root: str) -> None:
    """Other days of one rule, and other rules, are one what-if."""
    settings = ["harbour.credit_share=5%@2026", "harbour.credit_share=6%@2028", "harbour.charge=1 EUR per tCO2e@2026"]
    law = changed("harbour", read_changes(settings), None, (root,)).law

    assert [law.evaluate(None, "credit_share", y).value for y in ("2025", "2026", "2028")] == [Fraction(n, 100) for n in (10, 5, 6)]
    assert law.evaluate(None, "charge", "2026").value == 1
    assert str(law.view) == "harbour+what_if"


@pytest.mark.parametrize("chosen", ["", "+bill", "+draft", "+guess", "+bill+draft+guess", "@2021-01-01+bill"])
def test_it_stands_above_all_other_texts(root: str, chosen: str) -> None:
    supposed = (("credit_share", "5%", Fraction(5, 100)), ("charge", "1 EUR per tCO2e", Fraction(1)), ("missing", "4%", Fraction(4, 100)))
    for rule, written, value in supposed:
        found, marks = _value(root, f"harbour.{rule}={written}", rule, "2026", f"harbour{chosen}")

        assert found == value
        assert marks == ("proposed (what_if)",)


def test_unchanged_beside_it(root: str) -> None:
    assert load("harbour", roots=[root]).evaluate(None, "credit_share", "2026").value == Fraction(10, 100)


@pytest.mark.parametrize(
    ("setting", "code"),
    [
        ("harbour", "Q033"), ("harbour.credit_share", "Q033"), ("credit_share=5%", "Q033"), ("harbour.credit_share=", "Q033"), ("", "Q033"),
        ("harbour.credit_share=5%@", "Q033"), ("harbour.credit_share=5%@2026@2027", "Q033"), ("=@.", "Q033"), ("a.b=" + "9" * 2000, "Q033"),
        ("harbour.credit_shar=5%", "Q035"), ("harbour.price=5%", "Q035"), ("harbour.factors=5%", "Q035"), ("harbour.relief=yes", "Q035"),
        ("harbour.discount=5%", "Q035"), ("harbour.emitted=5 t", "Q035"),
        ("harbour.credit_share=5 EUR", "Q036"), ("harbour.credit_share=yes", "Q036"), ("harbour.credit_share=none", "Q036"),
        ("harbour.charge=5", "Q036"), ("harbour.charge=5 USD per tCO2e", "Q036"), ("harbour.charge=5 EUR per ton_of_water", "Q036"),
        ("harbour.state=stormy", "Q036"), ("harbour.kinds=list boat", "Q036"), ("harbour.kinds=tug", "Q036"),
        ("harbour.credit_share=5%@2027-06-01", "Q036"), ("harbour.floor_of_phase=2%@2026", "Q036"),
        ("harbour.credit_share=charge", "Q036"), ("harbour.credit_share=5% + 5%", "Q036"), ("harbour.credit_share=5%, 6%", "Q036"),
        ("harbour.credit_share=5% when yes", "Q036"), ("harbour.credit_share=5% # a remark", "Q036"), ("harbour.credit_share=(5%)", "ok"),
        ("harbour.credit_share=5%\nrule evil : ratio cites act \"1\" = 1", "Q036"), ("harbour.credit_share=\u202e5%", "Q036"),
        ("harbour.credit_share=unknown \"x\"", "Q036"), ("harbour.credit_share=set by port", "Q036"),
        ("harbour.state=calm of ship", "Q036"),
        ("harbour.credit_share=5%@never", "Q037"), ("harbour.credit_share=5%@99999", "Q037"),
        ("harbour.penalty=1 EUR per tCO2e@2026", "Q037"),
    ],
)  # fmt: skip
def test_refused(root: str, setting: str, code: str) -> None:
    """What cannot be a what-if is said with what, why and what next; nothing is smuggled in behind the value."""
    if code == "ok":
        assert _value(root, setting, "credit_share", "2026")[0] == Fraction(5, 100)
        return

    assert _codes(root, setting) == [code]


def test_refused_twice_from_one_day(root: str) -> None:
    assert _codes(root, "harbour.credit_share=5%@2026", "harbour.credit_share=6%@2026") == ["Q038"]


def test_literals() -> None:
    assert literal("  5   EUR per tCO2e ") == ("5 EUR per tCO2e", False)
    assert literal("rough") == ("rough", True)
    assert [literal(x) for x in ("", " ", "rule", "5% 6%", "a + b", "5%\namend r")] == [None] * 6


# ---------------------------------------------------------------- kept as a rule file


ASK = ("harbour", "--ask", "credit_share", "--in", "2026")
FIVE = ("--set", "harbour.credit_share=5%")


def _saved(root: str, target: Path) -> None:
    done = CliRunner().invoke(cli, ["eval", *ASK, *FIVE, "--save", str(target), "--root", root])
    assert done.exit_code == 0, done.output


def test_saved_beside_the_files_of_the_scheme(root: str) -> None:
    """The file gives the same results as the what-if, and the scheme stays as it was."""
    _saved(root, Path(root, "harbour", "five.rules"))
    law, plain = load("harbour+what_if", roots=[root]), load("harbour", roots=[root])

    for year in ("2025", "2026", "2030"):
        one = changed("harbour", read_changes(["harbour.credit_share=5%@2026"]), year, (root,)).law.evaluate(None, "credit_share", year)
        assert law.evaluate(None, "credit_share", year).value == one.value
    assert law.evaluate(None, "credit_share", "2026").marks == ("proposed (what_if)",)
    assert plain.evaluate(None, "credit_share", "2026").value == Fraction(10, 100)


def test_saved_into_a_scheme_of_its_own(root: str) -> None:
    folder = Path(root, "my_harbour")
    folder.mkdir()
    _saved(root, folder / "five.rules")
    (folder / "scheme.rules").write_text('language 1\nscheme my_harbour "My harbour" is harbour\n', encoding="utf-8")
    law = load("my_harbour+what_if", roots=[root])

    assert law.evaluate(None, "credit_share", "2026").value == Fraction(5, 100)
    assert load("my_harbour", roots=[root]).evaluate(None, "credit_share", "2026").value == Fraction(10, 100)


def test_a_second_what_if_beside_a_saved_one(root: str) -> None:
    _saved(root, Path(root, "harbour", "five.rules"))
    law = changed("harbour+what_if", read_changes(["harbour.credit_share=7%"]), "2026", (root,)).law

    assert str(law.view) == "harbour+what_if+what_if_2"
    assert law.evaluate(None, "credit_share", "2026").value == Fraction(7, 100)


@pytest.mark.parametrize("name", ["five.txt", "law.rules", "no_folder/five.rules"])
def test_not_saved(root: str, name: str) -> None:
    """Nothing is written where the name is no rule file, stands for law that is there, or lies nowhere."""
    before = sorted(p.name for p in Path(root, "harbour").iterdir())
    done = CliRunner().invoke(cli, ["eval", *ASK, *FIVE, "--root", root, "--save", str(Path(root, "harbour", name))])

    assert done.exit_code == 1
    assert "Q039" in done.output or "Q030" in done.output
    assert sorted(p.name for p in Path(root, "harbour").iterdir()) == before
    assert Path(root, "harbour", "law.rules").read_text(encoding="utf-8") == LAW


# ---------------------------------------------------------------- commands


def test_explain_names_it(root: str) -> None:
    done = CliRunner().invoke(cli, ["explain", *ASK, *FIVE, "--root", root])

    assert done.exit_code == 0
    assert "by What if, credit_share = 5%" in done.output
    assert "outranked by what_if" in done.output


def test_other_scheme(root: str) -> None:
    done = CliRunner().invoke(cli, ["eval", *ASK, "--set", "harbor.credit_share=5%", "--root", root])

    assert done.exit_code == 1
    assert "Q034" in done.output
    assert "Did you mean `harbour`?" in done.output


def _cells(root: str, *changes: str, views: tuple[str, ...] = ()) -> dict[tuple[str, str], list[tuple[str, Fraction | None]]]:
    question = Question(views, plants=("cement",), year="2026", years="2026-2026", roots=(root,), changes=changes)
    comparison = make_page(question).comparison
    assert len({c.view for c in comparison.columns}) == len(comparison.columns)
    return {(line.key, line.plant): [(c.state, c.number) for c in line.cells] for s in comparison.sections for line in s.lines}


def test_a_column_beside_the_unchanged_law(root: str) -> None:
    """The delta is seen for the plant: half the credits, and what it must do without them."""
    cells = _cells(root, "harbour.credit_share=5%")
    (_, before), (_, after) = cells[("offset_limit", "cement")]

    assert before is not None
    assert after is not None
    assert after == before / 2 > 0
    assert cells[("offset_share", "")] == [("value", Fraction(10, 100)), ("value", Fraction(5, 100))]


def test_only_the_law_that_is_named_gets_a_column(root: str) -> None:
    question = Question(("harbour", "harbour+bill"), plants=("cement",), year="2026", years="2026-2026", roots=(root,),
                        changes=("harbour.credit_share=5%",))  # fmt: skip

    assert [c.view for c in make_page(question).comparison.columns] == [
        "harbour", "harbour+what_if", "harbour+bill", "harbour+bill+what_if",
    ]  # fmt: skip


def test_japan_with_five_per_cent() -> None:
    """The rule of the share of credits in Japan's scheme, halved: the cement plant may use half the credits."""
    done = CliRunner().invoke(cli, ["compare", "--set", "japan_gx.credit_share=5%", "--plant", "cement", "--years", "2026-2026", "--json"])
    assert done.exit_code == 0, done.output
    cells = [c for c in json.loads(done.output)["cells"] if c["question"] == "offset_limit"]

    assert [c["view"] for c in cells] == ["japan_gx+interim_report", "japan_gx+interim_report+what_if"]
    assert [c["value"] for c in cells] == ["100800", "50400"]
    assert "proposed (what_if)" in cells[1]["rests_on"]
