"""The command line: what each command prints, and its exit code: 0 fine, 1 the user's input, 2 wrong usage."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from capcode.interpreter.cli import cli

SCHEME = """language 1
scheme tiny "Tiny scheme" ja "小さな制度"
  currency EUR
  year starts 1 January
instrument act "The Act" in force 2020-01-01
unit UNIT "Allowance" covers 1 tCO2e vintage year
entity plant
  emissions : tCO2e each year from 0 tCO2e to 10_000_000 tCO2e "Emissions" ja "排出量"
  big : yes/no
rule share each year : ratio "Share"
  cites act "s 1" from 2020 = 10%
  from 2022 = 20%
rule allocation of plant each year : UNIT rounded down "Free allocation" ja "無償割当量"
  cites act "s 2" unchecked from 2020
    = emissions × share × 1 UNIT per tCO2e
    except "s 2(2)" = 0 UNIT because "too small" when not big
rule covered of plant each year : yes/no
  cites act "s 3" from 2020 = emissions > 100 tCO2e
case "half" cites act "s 2"
  given a plant p with big = yes
  given emissions of p in 2021 = 105 tCO2e
  expect allocation of p in 2021 = 10 UNIT
"""
FACTS = "plant:\n  works:\n    big: yes\n    emissions: { 2021: 1_005, 2022: 1 kt }\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A search root with one scheme, and facts beside it."""
    folder = tmp_path / "roots" / "tiny"
    folder.mkdir(parents=True)
    (folder / "scheme.rules").write_text(SCHEME, encoding="utf-8")
    (tmp_path / "facts.yaml").write_text(FACTS, encoding="utf-8")
    return tmp_path


def run(root: Path, *arguments: str) -> Result:
    """A command with the test's own search root; no traceback may ever come out."""
    result = CliRunner().invoke(cli, [*arguments, "--root", str(root / "roots")])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return result


def evaluate(root: Path, *arguments: str, command: str = "eval", facts: str = "facts.yaml") -> Result:
    return run(root, command, *arguments[:1], "--facts", str(root / facts), *arguments[1:])


def test_schemes_lists_titles(root: Path) -> None:
    """A user's own scheme stands beside the shipped ones."""
    result = run(root, "schemes")

    assert result.exit_code == 0
    assert "tiny" in result.output and "Tiny scheme" in result.output and "小さな制度" in result.output


def test_check_says_so_when_all_is_well(root: Path) -> None:
    result = run(root, "check", "tiny")

    assert (result.exit_code, result.output) == (0, "tiny: no problem (3 rules, 1 instrument)\n")


def test_check_names_place_and_cause_on_the_first_line(root: Path) -> None:
    """A drafter's slip: the first line says where and what, the exit code is 1."""
    path = root / "roots" / "tiny" / "scheme.rules"
    path.write_text(SCHEME.replace("emissions × share", "emisions × share"), encoding="utf-8")

    result = run(root, "check", "tiny")

    assert result.exit_code == 1
    assert result.output.splitlines()[0] == "tiny/scheme.rules:15:7: error N001: the name `emisions` is not declared"
    assert "Did you mean `emissions`?" in result.output
    assert 'under act "s 2"' in result.output


def test_a_wrong_unit_in_a_rule_shows_both_places(root: Path) -> None:
    path = root / "roots" / "tiny" / "scheme.rules"
    path.write_text(SCHEME.replace("> 100 tCO2e", "> 100 EUR"), encoding="utf-8")

    result = run(root, "check", "tiny")

    assert result.exit_code == 1
    assert "U001: tCO2e and EUR cannot be added or compared" in result.output
    assert "this is in tCO2e" in result.output and "this is in EUR" in result.output


def test_check_as_json(root: Path) -> None:
    path = root / "roots" / "tiny" / "scheme.rules"
    path.write_text(SCHEME.replace("emissions × share", "emisions × share"), encoding="utf-8")

    found = json.loads(run(root, "check", "tiny", "--json").stdout)

    assert found["errors"] == 1
    assert [d["code"] for d in found["diagnostics"]] == ["N001"]
    assert (found["diagnostics"][0]["line"], found["diagnostics"][0]["column"]) == (15, 7)


def test_unknown_scheme(root: Path) -> None:
    result = run(root, "check", "tinny")

    assert result.exit_code == 1
    assert "Did you mean `tiny`?" in result.output


def test_wrong_usage_is_two(root: Path) -> None:
    assert run(root, "eval", "tiny").exit_code == 2
    assert run(root, "nonsense").exit_code == 2


def test_eval_converts_units_and_rounds_down(root: Path) -> None:
    """A bare number is in the declared unit, `1 kt` converts; 100.5 is rounded down as the head says."""
    first = evaluate(root, "tiny", "--ask", "allocation", "--in", "2021")
    second = evaluate(root, "tiny", "--ask", "allocation of works", "--in", "2022")

    assert (first.exit_code, first.output) == (0, "allocation of works in 2021 = 100 UNIT  [unchecked (act \"s 2\")]\n")
    assert (second.exit_code, second.output) == (0, "allocation of works in 2022 = 200 UNIT  [unchecked (act \"s 2\")]\n")


def test_eval_as_json(root: Path) -> None:
    """Scheme, view, rule, entity, period, status, exact value, unit, reasons and marks."""
    found = json.loads(evaluate(root, "tiny@2021-12-31", "--ask", "allocation", "--in", "2021", "--json").stdout)

    assert found == [
        {
            "scheme": "tiny", "view": "tiny@2021-12-31", "rule": "allocation", "entity": "plant", "row": "works", "period": "2021",
            "status": "known", "value": "100", "unit": "UNIT", "reasons": [], "marks": ['unchecked (act "s 2")'],
        }
    ]  # fmt: skip


def test_a_missing_fact_is_needed_and_not_zero(root: Path) -> None:
    result = evaluate(root, "tiny", "--ask", "allocation", "--in", "2023")

    assert result.exit_code == 0
    assert "open: needs emissions of works in 2023" in result.output


def test_a_wrong_unit_in_the_facts(root: Path) -> None:
    """The message names the fact, both units and the place in the user's file."""
    (root / "bad.yaml").write_text("plant:\n  works:\n    emissions: { 2021: 5 EUR }\n")

    result = evaluate(root, "tiny", "--ask", "allocation", "--in", "2021", facts="bad.yaml")

    assert result.exit_code == 1
    assert "bad.yaml:3:" in result.output.splitlines()[0]
    assert "EUR" in result.output and "tCO2e" in result.output


def test_no_facts_file(root: Path) -> None:
    result = evaluate(root, "tiny", "--ask", "allocation", "--in", "2021", facts="missing.yaml")

    assert result.exit_code == 1
    assert "missing.yaml" in result.output


def test_a_period_is_asked_for(root: Path) -> None:
    """Without `--in`, and with a period of another form, the message gives an example."""
    for arguments in ((), ("--in", "2021-22"), ("--in", "next")):
        result = evaluate(root, "tiny", "--ask", "allocation", *arguments)

        assert result.exit_code == 1
        assert "--in 2024" in result.output


def test_explain_shows_articles_and_inputs(root: Path) -> None:
    result = evaluate(root, "tiny", "--ask", "allocation", "--in", "2021", command="explain")

    assert result.exit_code == 0
    for text in ("100 UNIT", "s 2", "1,005", "0.1"):
        assert text in result.output


def test_explain_tells_why_not_and_by_how_much(root: Path) -> None:
    (root / "small.yaml").write_text("plant:\n  works:\n    big: yes\n    emissions: { 2021: 90 }\n")

    result = evaluate(root, "tiny", "--ask", "covered", "--in", "2021", command="explain", facts="small.yaml")

    assert result.exit_code == 0
    assert "90 tCO2e" in result.output and "100 tCO2e" in result.output and "10 tCO2e" in result.output


def test_cases_pass_and_fail(root: Path) -> None:
    """A failing case shows what was wanted and what came; exit code 1."""
    good = run(root, "test", "tiny")
    path = root / "roots" / "tiny" / "scheme.rules"
    path.write_text(SCHEME.replace("= 10 UNIT", "= 11 UNIT"), encoding="utf-8")
    bad = run(root, "test", "tiny")

    assert good.exit_code == 0 and "1 of 1 cases passed" in good.output
    assert bad.exit_code == 1 and "wanted 11 UNIT, came 10 UNIT" in bad.output


def test_rules_lists_types_and_citations(root: Path) -> None:
    text = run(root, "rules", "tiny", "--lang", "ja").output
    found = json.loads(run(root, "rules", "tiny", "--json").stdout)

    assert "allocation of plant each year : UNIT  無償割当量" in text
    assert {r["name"] for r in found["rules"]} == {"share", "allocation", "covered"}
    allocation = next(r for r in found["rules"] if r["name"] == "allocation")
    assert allocation["citations"] == [{"instrument": "act", "article": "s 2", "marks": ["unchecked"]}]


LABELLED = SCHEME.replace('  currency', '  authority agency "Agency" ja "庁"\n  currency').replace(
    'unit UNIT "Allowance"', 'unit UNIT "Allowance" ja "排出枠"'
) + """
table norms "Norms" ja "基準" keyed by year cites act "s 4" from 2020
  column norm : ratio "Norm" ja "基準値"
  column plain : ratio
  | 2020 | 5% | 6% | ;
measure pause each year
  cites act "s 5" from 2020 when norm of entry (2020) of norms > 1% the agency may "act"
    effect cut : ratio "Cut" ja "削減" = 5%
  cites act "s 6" from 2021 when norm of entry (2020) of norms > 1% the agency may "act"
    effect cut : ratio = 6%
"""


def test_rules_shows_labels_of_everything_that_may_have_one(root: Path) -> None:
    """Effects, authorities, units, tables and columns in the language that is asked for; without one, in the main one."""
    (root / "roots" / "tiny" / "scheme.rules").write_text(LABELLED, encoding="utf-8")

    japanese = run(root, "rules", "tiny", "--lang", "ja").output
    english = run(root, "rules", "tiny").output
    found = json.loads(run(root, "rules", "tiny", "--json").stdout)

    effect = "  [effect] cut each year : ratio  削減"
    for line in ("  agency  庁", "  UNIT  排出枠", "  norms by year  基準", "      norm : ratio  基準値", effect):
        assert line in japanese.splitlines()
    assert "      norm : ratio  Norm" in english.splitlines() and "      plain : ratio" in english.splitlines()
    assert found["tables"][0]["column_labels"] == {"norm": {"label": "Norm", "labels": {"ja": "基準値"}}}
    assert found["authorities"] == [{"name": "agency", "label": "Agency", "labels": {"ja": "庁"}}]


def test_graph_of_one_rule(root: Path) -> None:
    dot = run(root, "graph", "tiny", "allocation").output
    mermaid = run(root, "graph", "tiny", "--format", "mermaid").output

    assert dot.startswith("digraph") and "share" in dot and "covered" not in dot
    assert mermaid.startswith("flowchart") and "covered" in mermaid


def test_fmt_changes_once(root: Path) -> None:
    """`--check` changes nothing; a second run has nothing to do; what was formatted still checks."""
    path = root / "roots" / "tiny" / "scheme.rules"
    path.write_text(" ".join(SCHEME.split()), encoding="utf-8")

    assert run(root, "fmt", "tiny", "--check").exit_code == 1
    assert run(root, "fmt", "tiny").output == "formatted tiny/scheme.rules\n"
    assert run(root, "fmt", "tiny", "--check").exit_code == 0
    assert run(root, "test", "tiny").exit_code == 0


def test_schema_is_json(root: Path) -> None:
    assert json.loads(run(root, "schema", "tiny").stdout)["$schema"].startswith("https://json-schema.org/")


def test_report_is_written_and_the_same_each_time(root: Path) -> None:
    """HTML and Markdown, byte for byte the same, with nothing from outside and every name escaped."""
    for folder in ("one", "two"):
        assert run(root, "report", "--out", str(root / folder)).exit_code == 0
    for name in ("index.html", "report.md"):
        first = (root / "one" / name).read_bytes()

        assert first == (root / "two" / name).read_bytes()
        assert b"Tiny scheme" in first
    assert b"http" not in (root / "one" / "index.html").read_bytes().replace(b"http-equiv", b"")
