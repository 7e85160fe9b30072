"""What no case used: each part of the law by itself, counted once, listed in the order of the files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from capcode.dsl.diagnostics import render_all
from capcode.dsl.frontend import check_texts
from capcode.interpreter.case_coverage import coverage
from capcode.interpreter.case_report import CasesReport, run_cases, show_cases
from capcode.interpreter.cases import run_case
from capcode.interpreter.cli import cli

LAW = """language 1
scheme tiny "Tiny scheme"
  currency EUR
  year starts 1 January
  authority minister "Minister"
instrument act "The Act" in force 2020-01-01
instrument amendment "Amendment" in force 2022-01-01 amends act
instrument bill "Bill" proposed
unit UNIT "Allowance" covers 1 tCO2e vintage year
fact price each month : EUR per UNIT
entity works
  output : tCO2e each year
  small : yes/no
rule share each year : ratio
  cites act "s 1" from 2020 = 50%
  cites amendment "s 9" from 2022 = share last year − 5%
rule level each year : ratio
  cites act "s 2" from 2020 = 10%
  cites amendment "s 10" from 2022 = as before + 1%
  cites amendment "s 10(2)" from 2022 adds = 2% when share > 90%
rule allocation of works each year : tCO2e
  cites act "s 3" from 2020
    = output × share
    except "s 3(2)" = 0 tCO2e when small
    except amendment "s 8" over "s 3(2)" = 1 tCO2e when output > 900 tCO2e
  cites bill "cl 1" from 2020 = output
rule grade of works each year : one of low, middle, high
  cites act "s 4" from 2020 in this order
    = low when output < 10 tCO2e
    = middle when output < 100 tCO2e
    = high otherwise
duty surrender of works each year
  cites act "s 5" from 2020
    quantity output
    by 30 April next year
    accepts UNIT
account holdings of works each year : UNIT
  cites act "s 6" from 2020
    enters 10 UNIT on 31 December this year
measure relief each month
  cites act "s 7" from 2020/01
    when price > 30 EUR per UNIT
    the minister must "give relief"
    effect relief_share : ratio = 10%
check output_is_small of works each year
  cites act "s 8" from 2020 that output < 1_000_000 tCO2e
"""
FACTS = "  given a works mill with small = no\n  given output of mill in 2020 = 50 tCO2e, output of mill in 2023 = 50 tCO2e\n"
ALL = [
    "clause share act s 1", "clause share amendment s 9", "clause level act s 2", "clause level amendment s 10",
    "exception level amendment s 10(2)", "clause allocation act s 3", "exception allocation act s 3(2)",
    "exception allocation amendment s 8", "clause allocation bill cl 1", "clause grade act s 4", "clause grade act s 4",
    "clause grade act s 4", "duty surrender act s 5", "account holdings act s 6", "effect relief_share act s 7", "measure relief act s 7",
    "check output_is_small act s 8",
]  # fmt: skip


def report(*lines: str) -> CasesReport:
    """The law with one case of these lines."""
    view, said = [line for line in lines if line.startswith("in ")], [line for line in lines if not line.startswith("in ")]
    text = "".join(f"  {line}\n" for line in view) + FACTS + "".join(f"  {line}\n" for line in said)
    case = f'case "one" cites act "made up"\n{text}' if lines else ""
    checked = check_texts("tiny", {"tiny.rules": LAW + case})
    assert checked.program is not None, render_all(list(checked.diagnostics))
    return run_cases(checked.program)


def unused(found: CasesReport) -> list[str]:
    return [f"{p.sort} {p.name} {p.article}" for p in found.coverage.unused]


def test_without_cases_nothing_is_used() -> None:
    """Every part once, in the order of the file; the clause that `adds` stands on is nobody's text."""
    found = report()

    assert unused(found) == ALL
    assert found.coverage.parts == len(ALL)


@pytest.mark.parametrize(
    ("lines", "used"),
    [
        (["expect share in 2020 = 50%"], {"clause share act s 1"}),
        (["expect share in 2022 = 45%"], {"clause share act s 1", "clause share amendment s 9"}),
        (["expect share in 2020 = 1%"], {"clause share act s 1"}),  # also by a case that fails
        (["given share in 2022 = 20%", "expect share in 2022 = 20%"], set()),
        (["expect allocation of mill in 2020 = 25 tCO2e"], {"clause share act s 1", "clause allocation act s 3"}),
        (["given a works shop with small = yes", "given output of shop in 2020 = 5 tCO2e", "expect allocation of shop in 2020 = 0 tCO2e"],
         {"exception allocation act s 3(2)"}),
        (["given a works shop with small = no", "given output of shop in 2022 = 999 tCO2e", "expect allocation of shop in 2022 = 1 tCO2e"],
         {"exception allocation amendment s 8"}),
        (["in tiny+bill", "expect allocation of mill in 2020 = 50 tCO2e"], {"clause allocation bill cl 1"}),
        (["given price in 2020/01 = 20 EUR per UNIT", "expect relief in 2020/01 = no"], set()),
        (["given price in 2020/01 = 40 EUR per UNIT", "expect relief in 2020/01 = yes"], {"measure relief act s 7"}),
        (["given price in 2020/01 = 40 EUR per UNIT", "expect relief_share in 2020/01 = 10%"],
         {"measure relief act s 7", "effect relief_share act s 7"}),
        (["expect output_is_small of mill in 2020 = yes"], {"check output_is_small act s 8"}),
    ],
    ids=lambda value: value[-1] if isinstance(value, list) else None,
)  # fmt: skip
def test_what_a_case_used(lines: list[str], used: set[str]) -> None:
    """What was taken, and nothing that only stood beside it."""
    assert set(ALL) - set(unused(report(*lines))) == used


def test_text_under_an_amendment_is_used_by_as_before() -> None:
    assert {"clause level act s 2", "clause level amendment s 10"} <= set(ALL) - set(unused(report("expect level in 2022 = 11%")))


def test_one_clause_of_three() -> None:
    """Clauses of one article are told apart by their place."""
    found = report("expect grade of mill in 2020 = middle")

    places = [p.span.file.line_text(p.span.line).strip() for p in found.coverage.unused if p.name == "grade"]
    assert places == ["= low when output < 10 tCO2e", "= high otherwise"]


def test_duties_and_accounts() -> None:
    """Their text governed in a period that was worked out."""
    found = unused(report("expect holdings of mill in 2021-06-01 = 10 UNIT"))

    assert "account holdings act s 6" not in found


def test_results_are_the_same_without_the_record() -> None:
    program = check_texts("tiny", {"tiny.rules": LAW + f'case "one" cites act "x"\n{FACTS}  expect share in 2023 = 40%\n'}).program
    assert program is not None
    used: set[int] = set()

    assert run_case(program, program.cases[0], used=used) == run_case(program, program.cases[0])
    assert coverage(program, set()).parts - len(coverage(program, used).unused) == 2


def test_shown() -> None:
    """A count in the last line; the list where it is wanted; both in JSON."""
    found = report("expect share in 2022 = 45%")
    last = f"tiny: 1 of 1 cases passed (1 written, 0 published rows; 1 figures; {len(ALL) - 2} of {len(ALL)} clauses in no case)"

    assert show_cases(found).splitlines() == [last]
    assert show_cases(found, unused=True).splitlines()[0].startswith("tiny.rules:18:")
    assert len(show_cases(found, unused=True).splitlines()) == len(ALL) - 2 + 1
    assert "no case uses this clause: level, act s 2" in show_cases(found, verbose=True)
    assert found.as_json()["clauses"] == len(ALL)
    assert found.as_json()["never_used"][0]["article"] == "act s 2"


def test_command(tmp_path: Path) -> None:
    folder = tmp_path / "tiny"
    folder.mkdir()
    (folder / "tiny.rules").write_text(LAW + 'case "one" cites act "x"\n  expect share in 2020 = 50%\n', encoding="utf-8")

    def run(*options: str) -> str:
        result = CliRunner().invoke(cli, ["test", "tiny", "--root", str(tmp_path), *options])
        assert result.exit_code == 0, result.output
        return result.output

    assert "no case uses" not in run()
    assert run("--coverage").count("no case uses") == run("-v").count("no case uses") == len(ALL) - 1
    assert len(json.loads(run("--json"))[0]["never_used"]) == len(ALL) - 1
