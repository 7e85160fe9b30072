"""Published statements: each verdict, each mistake of a table, the command, and every scheme's claims as they are written."""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from capcode.dsl import find
from capcode.dsl.diagnostics import render_all
from capcode.dsl.frontend import check_texts
from capcode.dsl.ir import Program
from capcode.dsl.limits import LIMITS
from capcode.interpreter.claim_tables import COLUMNS, ClaimsFile, read_claim_table, read_claims
from capcode.interpreter.claims import JudgedClaim, derivation_of, judge, judge_claims, run_claims, show_claims
from capcode.interpreter.cli import cli
from capcode.interpreter.explain import show_derivation
from capcode.interpreter.facts import FactSet

SCHEMES = sorted(path.parent.parent.name for path in (Path(__file__).parent.parent / "jurisdictions").glob("*/claims/claims.csv"))

LAW = """language 1
scheme tiny "Tiny scheme"
  currency EUR
  year starts 1 January
  uses compare.questions
  authority minister "Minister"
instrument act "The Act" ja "法" in force 2020-01-01
instrument amendment "Amending Act" in force 2024-06-01 amends act
instrument guidance "Guidance" reading of act
unit UNIT "Allowance" covers 1 tCO2e vintage year
fact price each month : EUR per UNIT
entity works
  output : tCO2e each year
  small : yes/no
  good : one of paper, steel
rule ceiling each year : EUR per UNIT or none answers price_ceiling
  cites act "s 1" from 2020 = 64 EUR per UNIT
  cites amendment "s 9" from 2024 = 70 EUR per UNIT
rule revenue each year : EUR
  cites act "s 1b" from 2020 = 5 EUR
rule revenue_of_state each year : EUR answers revenue
  cites act "s 1c" from 2020 = 6 EUR
rule target_gases each year : some of CO2, CH4, N2O answers gases
  cites act "s 2" from 2020 = list CO2, CH4
rule decline_rate each year : ratio or none answers decline
  cites act "s 3" unchecked from 2021 = 4.3%
  cites act "s 3(2)" for 2020 = none because "the first year has no cut"
rule share each year : ratio
  cites act "s 4" from 2020 until 2022 then stands = 50%
rule allocation of works each year : UNIT rounded down
  cites act "s 5" from 2020
    = output × share × 1 UNIT per tCO2e
    except "s 5(2)" = 0 UNIT because "too small" when small
    except amendment "s 10" over all = 1 UNIT when output > 900 tCO2e
  cites guidance "s 5, read again" from 2020 = output × 1 UNIT per tCO2e
rule due each year : date
  cites act "s 6" from 2020 = 30 April next year
rule rate : ratio
  cites act "s 7" = 5%
rule level : tCO2e
  cites act "s 7a" from 2020-01-01 = 100 tCO2e
rule demand at some_price (EUR per UNIT) : tCO2e
  cites act "s 8" = 1 tCO2e
duty surrender of works each year
  cites act "s 10" from 2020
    quantity output
    by 30 April next year
    accepts UNIT
measure relief each month
  cites act "s 11" from 2020/01
    when price > 30 EUR per UNIT
    the minister must "give relief"
    effect relief_share : ratio = 10%
"""
FACTS = """works:
  mill: { output: { 2024: 101, 2023: 100 }, small: no, good: paper }
  shed: { output: { 2024: 10 }, small: yes, good: steel }
  plant: { output: { 2024: 901 }, small: no, good: steel }
facts:
  price: { 2024/01: 40 }
"""


@pytest.fixture(scope="module")
def program() -> Program:
    checked = check_texts("tiny", {"tiny.rules": LAW})
    assert checked.program is not None, render_all(list(checked.diagnostics))
    return checked.program


def line(**cells: str) -> dict[str, str]:
    """A claim that is right, but for what is said otherwise."""
    plain = {"id": "c", "source": "paper", "statement": "It is so.", "asks": "price_ceiling", "in": "2023", "says": "64 EUR per UNIT"}
    return {**dict.fromkeys(COLUMNS, ""), **plain, "verdict": "agrees", **{k.rstrip("_"): v for k, v in cells.items()}}


def table(*lines: dict[str, str], columns: tuple[str, ...] = COLUMNS) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, lineterminator="\n", extrasaction="ignore", restval="x")
    writer.writeheader()
    writer.writerows(lines)
    return out.getvalue().encode("utf-8", "surrogatepass")


def folder_with(tmp_path: Path, *lines: dict[str, str]) -> Path:
    """A scheme's folder with these claims and the facts of two works."""
    folder = tmp_path / "tiny"
    (folder / "claims").mkdir(parents=True)
    (folder / "scheme.rules").write_text(LAW, encoding="utf-8")
    (folder / "claims" / "claims.csv").write_bytes(table(*lines))
    (folder / "claims" / "facts.yaml").write_text(FACTS, encoding="utf-8")
    return folder


@pytest.fixture
def judged(tmp_path: Path, program: Program):  # type: ignore[no-untyped-def]
    """Judges one claim on the facts of two works."""

    def one(**cells: str) -> JudgedClaim:
        found = read_claims(program, folder_with(tmp_path, line(**cells)))
        assert found.problems == [], render_all(found.problems)
        return judge(program, found.claims, found.facts)[0]

    return one


# ---------------------------------------------------------------- verdicts


@pytest.mark.parametrize(
    ("cells", "verdict", "ours", "articles"),
    [
        ({}, "agrees", "64 EUR per UNIT", ["The Act, s 1"]),
        ({"says": "64"}, "agrees", "64 EUR per UNIT", ["The Act, s 1"]),
        ({"says": "64.000001"}, "differs", "64 EUR per UNIT", ["The Act, s 1"]),
        ({"says": "none"}, "differs", "64 EUR per UNIT", ["The Act, s 1"]),
        ({"asks": "revenue", "says": "5"}, "agrees", "5 EUR", ["The Act, s 1b"]),
        ({"asks": "share", "says": "none"}, "differs", "0.5", ["The Act, s 4"]),
        ({"asks": "ceiling"}, "agrees", "64 EUR per UNIT", ["The Act, s 1"]),
        ({"in": "2024"}, "differs", "70 EUR per UNIT", ["Amending Act, s 9"]),
        ({"in": "2024", "view": "tiny@2024-05-31"}, "agrees", "64 EUR per UNIT", ["The Act, s 1"]),
        ({"asks": "gases", "says": "list CH4, CO2"}, "agrees", "CH4, CO2", ["The Act, s 2"]),
        ({"asks": "gases", "says": "CO2"}, "differs", "CH4, CO2", ["The Act, s 2"]),
        ({"asks": "gases", "says": "CO2, HFC"}, "differs", "CH4, CO2", ["The Act, s 2"]),
        ({"asks": "decline", "says": "4.3%"}, "agrees", "4.3%", ["The Act, s 3 (unchecked)"]),
        ({"asks": "decline", "says": "none", "in": "2020"}, "agrees", "none", ["The Act, s 3(2)"]),
        ({"asks": "decline", "says": "not applicable", "in": "2020"}, "differs", "none", ["The Act, s 3(2)"]),
        ({"asks": "share", "says": "50%", "in": "2024"}, "agrees", "50%", ["The Act, s 4"]),
        ({"asks": "due", "says": "2024-04-30"}, "agrees", "2024-04-30", ["The Act, s 6"]),
        ({"asks": "rate", "says": "5%", "in": ""}, "agrees", "5%", ["The Act, s 7"]),
        ({"asks": "level", "says": "100 t", "in": "2024-03-01"}, "agrees", "100 tCO2e", ["The Act, s 7a"]),
        ({"asks": "level", "says": "0.1 kt", "in": "2024"}, "agrees", "100 tCO2e", ["The Act, s 7a"]),
        ({"asks": "allocation of mill", "says": "50", "in": "2024", "facts": "facts.yaml"}, "agrees", "50 UNIT", ["The Act, s 5"]),
        ({"asks": "allocation of mill", "says": "50.5", "in": "2024", "facts": "facts.yaml"}, "differs", "50 UNIT", ["The Act, s 5"]),
        ({"asks": "allocation of mill", "says": "101", "in": "2024", "facts": "facts.yaml", "view": "tiny+guidance"}, "agrees", "101 UNIT",
         ["Guidance, s 5, read again"]),
        ({"asks": "allocation of shed", "says": "0", "in": "2024", "facts": "facts.yaml"}, "agrees", "0 UNIT",
         ["The Act, s 5", "The Act, s 5(2)"]),
        ({"asks": "allocation of plant", "says": "1", "in": "2024", "facts": "facts.yaml"}, "agrees", "1 UNIT",
         ["The Act, s 5", "Amending Act, s 10"]),
        ({"asks": "output of mill", "says": "0.101 kt", "in": "2024", "facts": "facts.yaml"}, "agrees", "101 tCO2e", []),
        ({"asks": "good of shed", "says": "steel", "in": "", "facts": "facts.yaml"}, "agrees", "steel", []),
        ({"asks": "price", "says": "40", "in": "2024/01", "facts": "facts.yaml"}, "agrees", "40 EUR per UNIT", []),
        ({"asks": "surrender of mill", "says": "no", "in": "2024", "facts": "facts.yaml"}, "cannot be computed", "", ["The Act, s 10"]),
        ({"asks": "relief", "says": "yes", "in": "2024/01", "facts": "facts.yaml"}, "agrees", "yes", ["The Act, s 11"]),
        ({"asks": "relief_share", "says": "10%", "in": "2024/01", "facts": "facts.yaml"}, "agrees", "10%", ["The Act, s 11"]),
        ({"asks": "allocation of mill", "says": "1", "in": "2020", "facts": "facts.yaml"}, "cannot be computed", "", ["The Act, s 5"]),
        ({"asks": "share", "says": "1", "in": "2019"}, "cannot be computed", "", []),
        ({"asks": "price_floor", "says": "whatever"}, "cannot be computed", "", []),
        ({"asks": "", "says": "73%", "in": "", "verdict": "cannot be computed", "why": "statistics"}, "cannot be computed", "", []),
    ],
)  # fmt: skip
def test_verdicts(judged, cells: dict[str, str], verdict: str, ours: str, articles: list[str]) -> None:  # type: ignore[no-untyped-def]
    """Equal, not equal, no figure; the view, the facts, the unit; the article that gave the figure."""
    one = judged(**cells)

    assert (one.verdict, one.ours, [a.text for a in one.articles]) == (verdict, ours, articles)
    assert one.as_written is (verdict == one.claim.verdict)


@pytest.mark.parametrize(
    ("cells", "reasons"),
    [
        ({"asks": "price_floor"}, ("not encoded: no rule of tiny answers price_floor",)),
        ({"asks": "price", "in": "2024/02", "says": "1", "facts": "facts.yaml"}, ("needs price in 2024/02",)),
        ({"asks": "decline", "in": "2020", "says": "none"}, ("the first year has no cut",)),
    ],
)
def test_reasons(judged, cells: dict[str, str], reasons: tuple[str, ...]) -> None:  # type: ignore[no-untyped-def]
    assert judged(**cells).reasons == reasons


def test_a_claim_carries_what_a_page_shows(tmp_path: Path, program: Program) -> None:
    """Texts as written, the values in words and exactly, labels of instruments, marks, and a derivation on demand."""
    cells = line(id="a", original="減少率は4.3%", place="p. 3", asks="decline", says="4.3%", why="x")
    found = read_claims(program, folder_with(tmp_path, cells))
    one = judge(program, found.claims, found.facts)[0]

    assert (one.claim.original, one.claim.place, one.claim.line) == ("減少率は4.3%", "p. 3", 2)
    assert (one.said, one.exact, one.asked, one.status) == ("4.3%", "0.043", "decline_rate in 2023", "known")
    assert one.articles[0].labels == {"ja": "法"} and one.marks == ('unchecked (act "s 3")',)
    tree = derivation_of(program, one.claim, FactSet())
    assert tree is not None and show_derivation(tree).startswith("decline_rate in 2023 = 0.043")
    record = one.as_json()
    assert json.loads(json.dumps(record)) == record and record["verdict"] == "agrees" and record["question"] == "decline"


# ---------------------------------------------------------------- mistakes


@pytest.mark.parametrize(
    ("code", "cells", "column"),
    [
        ("F123", {"id": ""}, "id"),
        ("F123", {"source": ""}, "source"),
        ("F123", {"statement": ""}, "statement"),
        ("F123", {"says": ""}, "says"),
        ("F125", {"asks": "ceilling"}, "asks"),
        ("F125", {"asks": "shortfall of ceiling"}, "asks"),
        ("F126", {"asks": "demand", "says": "1", "in": ""}, "asks"),
        ("F127", {"asks": "allocation", "facts": "facts.yaml"}, "asks"),
        ("F127", {"asks": "allocation of mil", "facts": "facts.yaml"}, "asks"),
        ("F127", {"asks": "allocation of mill"}, "asks"),
        ("F127", {"asks": "output of plants", "facts": "facts.yaml"}, "asks"),
        ("F127", {"asks": "ceiling of mill", "facts": "facts.yaml"}, "asks"),
        ("F128", {"in": ""}, "in"),
        ("F128", {"in": "2024/03"}, "in"),
        ("F128", {"asks": "level", "says": "1", "in": "soon"}, "in"),
        ("F128", {"asks": "rate", "says": "5%"}, "in"),
        ("F129", {"facts": "gone.yaml"}, "facts"),
        ("F129", {"facts": "claims.csv"}, "facts"),
        ("F129", {"facts": "../scheme.rules"}, "facts"),
        ("F129", {"facts": "../claims/facts.yaml"}, "facts"),
        ("F129", {"facts": "/etc/hostname"}, "facts"),
        ("F129", {"facts": "link.yaml"}, "facts"),
        ("F129", {"facts": "below/facts.yaml"}, "facts"),
        ("F129", {"facts": "x" * 3_000 + ".yaml"}, "facts"),
        ("F130", {"view": "tiny@2024"}, "view"),
        ("F130", {"view": "large@2024-01-01"}, "view"),
        ("F130", {"view": "tiny+bill"}, "view"),
        ("F131", {"verdict": "true"}, "verdict"),
        ("F131", {"verdict": ""}, "verdict"),
        ("F132", {"verdict": "differs"}, "why"),
        ("F132", {"verdict": "cannot be computed"}, "why"),
        ("F041", {"says": "much"}, "says"),
        ("F046", {"says": "64 EUR"}, "says"),
        ("F045", {"says": "64 EUR per UNITS"}, "says"),
        ("F053", {"asks": "due", "says": "30 April"}, "says"),
        ("F055", {"asks": "relief", "in": "2024/01", "says": "perhaps"}, "says"),
        ("F051", {"asks": "gases", "says": "list CO2, CH5"}, "says"),
    ],
)
@pytest.mark.parametrize("quoted", [False, True])
def test_mistakes(tmp_path: Path, program: Program, code: str, cells: dict[str, str], column: str, quoted: bool) -> None:
    """Each gives its code alone, at its cell, also in a line with quotes; the line is not judged, the others are."""
    wrong = line(**cells)
    wrong["original"] = '言葉, "words"\nin two lines' if quoted else ""
    folder = folder_with(tmp_path, line(id="sound"), wrong)
    (folder / "claims" / "link.yaml").symlink_to(folder / "claims" / "facts.yaml")
    (folder / "claims" / "below").mkdir()
    (folder / "claims" / "below" / "facts.yaml").write_text(FACTS, encoding="utf-8")

    found = read_claims(program, folder)

    assert [p.code for p in found.problems] == [code], render_all(found.problems)
    problem = found.problems[0]
    assert problem.title and problem.why and problem.next
    assert problem.span.file.name == "tiny/claims/claims.csv"
    below = quoted and COLUMNS.index(column) > COLUMNS.index("original")
    assert problem.span.line == (4 if below else 3)
    assert problem.span.file.text[problem.span.start : problem.span.end] == wrong[column].strip()
    assert [c.id for c in found.claims] == ["sound"]
    assert str(tmp_path) not in render_all(found.problems)


def test_an_id_stands_once(program: Program) -> None:
    found = read_claim_table(program, "tiny/claims/claims.csv", table(line(), line()))

    assert [p.code for p in found.problems] == ["F124"] and "line 2 already" in found.problems[0].title


def test_columns(program: Program) -> None:
    """Any order; none missing, none besides."""

    def read(*columns: str) -> ClaimsFile:
        return read_claim_table(program, "tiny/claims/claims.csv", table(line(), columns=columns))

    assert [c.id for c in read(*reversed(COLUMNS)).claims] == ["c"]
    assert [p.code for p in read(*COLUMNS, "about").problems] == ["F121"]
    assert [p.code for p in read(*(c for c in COLUMNS if c != "why")).problems] == ["F122"]
    assert "Did you mean `says`?" in render_all(read(*("say" if c == "says" else c for c in COLUMNS)).problems)


def test_rows_that_law_lists_need_no_facts() -> None:
    """The states of a scheme are there, with what the list says of them."""
    law = """language 1
scheme tiny "Tiny scheme"
  currency EUR
  year starts 1 January
instrument act "The Act" in force 2020-01-01
entity state listed "states.csv"
  seats : ratio
rule voices of state each year : ratio
  cites act "s 1" from 2020 = 2 × seats
"""
    checked = check_texts("tiny", {"tiny.rules": law, "states.csv": "state,seats\nnorth,3\nsouth,4\n"})
    assert checked.program is not None, render_all(list(checked.diagnostics))

    found = read_claim_table(checked.program, "tiny/claims/claims.csv", table(line(asks="voices of north", says="6")))

    assert [one.verdict for one in judge(checked.program, found.claims, found.facts)] == ["agrees"], render_all(found.problems)


def test_claims_do_not_share_facts(tmp_path: Path, program: Program) -> None:
    """Two claims of one view, on two files of facts, in either order."""
    lines = [
        line(id=name, asks="output of mill", says=says, in_="2024", facts=name) for name, says in (("facts.yaml", "101"), ("b.yaml", "7"))
    ]
    for number, order in enumerate((lines, lines[::-1])):
        folder = folder_with(tmp_path / str(number), *order)
        (folder / "claims" / "b.yaml").write_text("works: { mill: { output: { 2024: 7 } } }", encoding="utf-8")
        found = read_claims(program, folder)
        assert [one.verdict for one in judge(program, found.claims, found.facts)] == ["agrees", "agrees"]


@pytest.mark.parametrize(("cell", "shown"), [("a, b", "ragged,paper,,,a, b,"), ('"a\nb, c",d', 'ragged,paper,,,"a')])
def test_a_comma_without_quotes_is_shown(program: Program, cell: str, shown: str) -> None:
    """The line with a cell too many, and not the head of the file."""
    text = table(line(), line(id="ragged", statement="STATEMENT"), line(id="e")).decode().replace("STATEMENT", cell)

    (problem,) = read_claim_table(program, "tiny/claims/claims.csv", text.encode()).problems

    assert (problem.code, problem.span.line) == ("L005", 3)
    assert shown in render_all([problem])


def test_mistakes_in_facts_are_told_once(tmp_path: Path, program: Program) -> None:
    lines = [line(id=f"c{i}", asks="output of mill", says="1", in_="2024", facts="facts.yaml") for i in range(3)]
    folder = folder_with(tmp_path, *lines)
    (folder / "claims" / "facts.yaml").write_text(FACTS.replace("small", "smal"), encoding="utf-8")

    found = read_claims(program, folder)

    assert {p.span.file.name for p in found.problems} == {"tiny/claims/facts.yaml"}
    assert len(found.problems) == 3 and found.claims == []


def test_reading_stops(program: Program) -> None:
    found = read_claim_table(program, "tiny/claims/claims.csv", table(*(line(id=str(i), verdict="?") for i in range(300))))

    assert [p.code for p in found.problems] == ["F131"] * LIMITS.diagnostics + ["F099"]


def test_files_that_are_none(tmp_path: Path, program: Program) -> None:
    """A link, a folder, a pipe: told about, and never opened."""
    for make in (lambda p: p.symlink_to("/etc/passwd"), lambda p: p.mkdir(), os.mkfifo):
        folder = folder_with(tmp_path / str(len(list(tmp_path.iterdir()))))
        path = folder / "claims" / "claims.csv"
        path.unlink()
        make(path)
        found = read_claims(program, folder)
        assert [p.code for p in found.problems] == ["L003"]
        assert "root" not in render_all(found.problems)


TYPED = st.characters(codec="utf-8", exclude_categories=())
CELL = st.one_of(
    st.sampled_from(
        ["", "c", "allocation of mill", "shortfall of surrender of mill", "used of surrender", "demand", "price_ceiling", "price_floor",
         "2024", "2024/01", "facts.yaml", "tiny@2024-01-01", "tiny+guidance", "none",
         "list CO2", "list ", "64", "1/0", "agrees",
         "differs", "cannot be computed", " of ", " of of of ", "of", "shortfall of ", '"', "a,b", "\u3000", "\x85", "\x1c"]
    ),
    st.text(TYPED, max_size=10),
)  # fmt: skip


@given(st.lists(st.dictionaries(st.sampled_from(COLUMNS), CELL, max_size=5), max_size=4))
def test_any_cells(lines: list[dict[str, str]]) -> None:
    """No cell raises: each line is judged or told about."""
    program = _program()
    found = read_claim_table(program, "tiny/claims/claims.csv", table(*({**line(), **one} for one in lines)))
    for one in judge(program, found.claims, found.facts):
        assert one.verdict in ("agrees", "differs", "cannot be computed")
    assert len(found.claims) >= len(lines) or found.problems
    assert "Traceback" not in render_all(found.problems)


@given(st.binary(max_size=80), st.integers(0, 400), st.integers(0, 30))
def test_any_bytes(new: bytes, at: int, gone: int) -> None:
    data = table(line(original='言葉, "x"'), line(id="d", why="a\nb"))
    at %= len(data)
    found = read_claim_table(_program(), "tiny/claims/claims.csv", data[:at] + new + data[at + gone :])
    assert all(0 <= p.span.start <= p.span.end <= len(p.span.file.text) for p in found.problems)


_made: list[Program] = []


def _program() -> Program:
    if not _made:
        checked = check_texts("tiny", {"tiny.rules": LAW})
        assert checked.program is not None
        _made.append(checked.program)
    return _made[0]


# ---------------------------------------------------------------- the command


def run(tmp_path: Path, *arguments: str) -> Result:
    result = CliRunner().invoke(cli, ["claims", *arguments, "--root", str(tmp_path)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def test_command(tmp_path: Path) -> None:
    """Differences with figure, article and reason; all claims with -v; counts; 0 where every verdict is as written."""
    folder_with(
        tmp_path, line(), line(id="d", place="p. 2", in_="2024", verdict="differs", why="The paper is of 2020."),
        line(id="e", asks="price_floor", verdict="cannot be computed", why="nobody wrote it"),
    )  # fmt: skip

    result = run(tmp_path, "tiny")

    assert result.exit_code == 0
    assert result.output == (
        "tiny/claims/claims.csv:3: differs: d (paper, p. 2): It is so.\n"
        "  it says 64 EUR per UNIT; ours is 70 EUR per UNIT: ceiling in 2024\n"
        "  by Amending Act, s 9\n"
        "  why: The paper is of 2020.\n"
        "tiny: 3 claims: 1 agree, 1 differ, 1 cannot be computed\n"
    )
    assert "tiny/claims/claims.csv:2: agrees: c (paper)" in run(tmp_path, "tiny", "-v").output
    found = json.loads(run(tmp_path, "tiny", "--json").output)[0]
    assert found["counts"] == {"claims": 3, "agrees": 1, "differs": 1, "cannot be computed": 1}
    assert [c["verdict"] for c in found["claims"]] == ["agrees", "differs", "cannot be computed"]


@pytest.mark.parametrize(
    "wrong", [{"says": "65"}, {"verdict": "differs", "why": "x"}, {"asks": "price_floor"}, {"verdict": "?"}, {"asks": ""}]
)
def test_a_verdict_that_is_not_as_written_fails(tmp_path: Path, wrong: dict[str, str]) -> None:
    folder_with(tmp_path, line(**wrong))

    assert run(tmp_path, "tiny").exit_code == 1
    assert run(tmp_path, "tiny", "--json").exit_code == 1


def test_a_scheme_without_claims(tmp_path: Path) -> None:
    folder = folder_with(tmp_path)
    (folder / "claims" / "claims.csv").unlink()

    assert run(tmp_path, "tiny").output == "tiny: 0 claims: 0 agree, 0 differ, 0 cannot be computed\n"
    assert run(tmp_path, "tinny").exit_code == 1


def test_nothing_is_hidden_in_a_terminal(tmp_path: Path, program: Program) -> None:
    """What a source says is a stranger's text."""
    found = read_claims(program, folder_with(tmp_path, line(statement="a\x1b[2Jb"), line(id="e")))

    assert [p.code for p in found.problems] == ["F004"]
    assert "\x1b" not in render_all(found.problems)


# ---------------------------------------------------------------- every scheme


@pytest.mark.parametrize("scheme", SCHEMES)
def test_claims_are_as_written(scheme: str) -> None:
    """Each published statement of each scheme has the verdict that its line says."""
    program = find.check_named(scheme, ()).program
    assert program is not None
    report = run_claims(program)

    assert report.passed, show_claims(report)
    assert report.judged and list(report.judged) == judge_claims(program)
