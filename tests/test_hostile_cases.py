"""Case tables of any content give cases or diagnostics with code and place, never an exception, and soon."""

from __future__ import annotations

import ast as python_ast
import csv
import inspect
import io
import os
import re
import time
from pathlib import Path

import pytest
from golden import FOLDER, PASSES, case_tables_program, expand, split_case
from hypothesis import given
from hypothesis import strategies as st

from capcode.dsl.diagnostics import Diagnostic, render, render_all
from capcode.dsl.limits import LIMITS
from capcode.dsl.source import SourceFile, Span
from capcode.interpreter import case_errors
from capcode.interpreter.case_report import CasesReport, show_cases
from capcode.interpreter.case_tables import read_case_table, read_case_tables
from capcode.interpreter.cases import run_case

HERE = Path(__file__).resolve().parent
PROGRAM = case_tables_program()
NAME = "demo/cases/input.csv"
SECONDS = 20  # of processor time: a guard against explosions, far above what a slow machine takes
GOOD = [split_case(path)[0] for path in sorted((FOLDER / "case_tables" / "good").glob("*.case"))]
BAD = sorted((FOLDER / "case_tables" / "bad").glob("*.case"))
NAMES = [
    *PROGRAM.rules, *PROGRAM.measures, *PROGRAM.duties, *PROGRAM.accounts, *PROGRAM.checks,
    *(f.name for f in PROGRAM.fields.values()),
    *(f"{part} of {name}" for part in ("shortfall", "used", "lapsed", "undistributed") for name in ("surrender", "holdings", "total")),
]  # fmt: skip
WORDS = ("row", "in", "period", "view", "case", "given", "expect", "differs", "all", "about", "")
TYPED = "aemy 0123-–_./:%@+<>{|}[]()&=*'é日€٣½"  # what a hand may write; any other character has a test of its own
HEADERS = st.one_of(
    st.sampled_from(["id", "period", "view", "case", "row mine", "row firm", "row line", "in firm", "in mine", "row mine is hill",
                     "all mines", "all production_lines"]),
    st.builds("{} {}".format, st.sampled_from(("given", "expect", "differs")), st.sampled_from(NAMES)),
    st.builds("{} {} in {}".format, st.sampled_from(("given", "expect")), st.sampled_from(NAMES),
              st.sampled_from(("2023-24", "2023", "2023/05", "2023-05-01", "9999-99", "", "in in"))),
    st.builds("{} {}".format, st.sampled_from(WORDS), st.text(TYPED, max_size=8)),
)  # fmt: skip
STANDING = ["row mine", "row firm", "row line", "period"]
SOUND = [
    header
    for word in ("given", "expect", "differs")
    for header in (f"{word} {name}" for name in NAMES)
    if not read_case_table(PROGRAM, NAME, ",".join([*STANDING, header]).encode())[1]
]
PERIODS = st.sampled_from(("2023-24", "2023-24", "2021-22", "2010-11", "2199-00", "2023/05", "2023-05-01", ""))
CELLS = st.one_of(
    st.sampled_from(
        ["", "hill", "old firm", "yes", "no", "2023-24", "2021-22", "2023/05", "2023-05-01", "demo", "demo@2023-01-01", "demo+bill",
         "demo+act", "demo@0001-01-01",
         "10", "-1", "0", "1/3", "1/0", "10 within 1", "10 within", "yes within yes", "none", "unknown", "needs exempt",
         "error gap", "error", "not encoded", "disputed", "co2, n2o", "[]", "small", "cement", "10 t", "1e9", "9" * 40, "0.5", "5%"]
    ),
    st.text(TYPED, max_size=12),
)  # fmt: skip


def survives(data: bytes, *, evaluate: bool = True) -> list[str]:
    """The codes of the mistakes; every mistake has a place in this file and can be shown; every case can be run."""
    start = time.process_time()
    tables, wrong = read_case_table(PROGRAM, NAME, data)
    outcomes = tuple(run_case(PROGRAM, t.case, t.differs, f"{t.file}:{t.line}") for t in tables) if evaluate else ()
    shown = show_cases(CasesReport(PROGRAM.scheme, (), outcomes, tuple(wrong)), verbose=True)
    assert time.process_time() - start < SECONDS
    told = [*wrong, *(p for o in outcomes for p in o.problems)]
    assert all(re.fullmatch(r"[A-Z]\d{3}", d.code) and d.title and d.next for d in told)
    assert all(d.span.file.name == NAME and 0 <= d.span.start <= d.span.end <= len(d.span.file.text) for d in wrong)
    assert_harmless(shown)
    return [d.code for d in wrong]


def assert_harmless(shown: str) -> None:
    """Nothing of the machine, and nothing that a terminal would obey."""
    assert "Traceback" not in shown and str(HERE.parent) not in shown and str(Path.cwd()) not in shown
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", shown)


def _table(rows: list[list[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue().encode("utf-8", "surrogatepass")


# ---------------------------------------------------------------- properties


@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    survives(data)


@given(st.sampled_from(GOOD), st.integers(0, 2_000), st.integers(0, 20), st.one_of(st.binary(max_size=12), st.just(b"\r"), st.just(b'"')))
def test_any_bytes_in_a_table(table: str, at: int, gone: int, new: bytes) -> None:
    data = expand(table)
    at %= len(data) + 1
    survives(data[:at] + new + data[at + gone :])


@given(st.sampled_from(GOOD), st.lists(st.tuples(st.integers(0, 20), HEADERS), max_size=3), st.data())
def test_any_edits(table: str, headers: list[tuple[int, str]], data: st.DataObject) -> None:
    """Columns renamed, cells replaced, lines cut, doubled and put in another order."""
    rows = list(csv.reader(io.StringIO(table)))
    for at, header in headers:
        rows[0][at % len(rows[0])] = header
    for row in rows[1:]:
        for _ in range(data.draw(st.integers(0, 3))):
            row[data.draw(st.integers(0, len(row) - 1))] = data.draw(CELLS)
    lines = data.draw(st.lists(st.sampled_from(rows[1:]), max_size=4)) if len(rows) > 1 else []
    survives(_table([rows[0], *lines]))


@given(st.lists(HEADERS, min_size=1, max_size=4, unique=True), st.data())
def test_any_columns(headers: list[str], data: st.DataObject) -> None:
    """Any columns in any order, with any cells, and rows and a period to stand on."""
    head = [*STANDING, *(h for h in headers if h.strip() and h not in STANDING)]
    cells = [["hill", "old firm", "kiln", "2023-24", *(data.draw(CELLS) for _ in head[4:])] for _ in range(2)]
    survives(_table([head, *cells]))


@given(st.lists(st.sampled_from(SOUND), min_size=1, max_size=4, unique=True), st.data())
def test_any_cells(headers: list[str], data: st.DataObject) -> None:
    """Columns that are right, and in each line one cell that may be anything: what is wrong is that cell alone."""
    head = [*STANDING, *headers]
    lines = []
    for i in range(len(headers)):
        for _ in range(3):
            line = ["hill", "old firm", "kiln", data.draw(PERIODS), *[""] * len(headers)]
            line[4 + i] = data.draw(CELLS)
            lines.append(line)
    survives(_table([head, *lines]))


# ---------------------------------------------------------------- attacks


def _many(text: str, count: int) -> str:
    return "".join(text.format(i=i) for i in range(count))


@pytest.mark.parametrize(
    ("codes", "table"),
    [
        (["L009"], "about " + "x" * 5_000 + "\n1\n"),
        (["L009"], _many("about {i},", 70) + "period\n"),
        (["L005"], "\n" * 200_000),
        (["L005"], '"' + "a\n" * 2_000),
        (["F102"], "x" * 4_000 + "\n1\n"),
        (["F101"], "row " + "mine" * 1_000 + "\n1\n"),
        (["F104"], "given " + "emissions" * 400 + "\n1\n"),
        (["F105"], "view\ndemo" + "+bill" * 800 + "x\n"),
        (["F044"], "given cap\n" + "9" * 4_000 + "\n"),
        (["F044"], "given cap\n1/" + "9" * 4_000 + "\n"),
        (["F107"], "period,expect threshold\n" + "2" * 4_000 + ",1\n"),
        (["F004"], "given cap\n1\u202e2\n"),
        (["F004"], "given cap\n1\0\n"),
        (["F001"], "given cap\n\udcff\n"),
        (["F055"] * LIMITS.diagnostics + ["F099"], "row mine,given exempt\n" + _many("m{i},perhaps\n", 20_000)),
    ],
    ids=lambda value: None if isinstance(value, str) else value[0],
)  # fmt: skip
def test_attacks(codes: list[str], table: str) -> None:
    assert survives(table.encode("utf-8", "surrogateescape"), evaluate=False) == codes


def test_a_wide_line_is_shown_in_part() -> None:
    """A message shows where in the line the mistake is, not the whole of it."""
    table = "given exempt,row mine," + ",".join(f"about {i}" for i in range(60)) + "\nperhaps,hill" + ("," + "x" * 4_000) * 60 + "\n"

    _, wrong = read_case_table(PROGRAM, NAME, table.encode())

    assert [d.code for d in wrong] == ["F055"]
    assert len(render_all(wrong)) < 2 * LIMITS.line_characters


def test_files_that_are_none(tmp_path: Path) -> None:
    """Links, folders, pipes and unfit names are told about; nothing outside the folder is read."""
    secret = tmp_path / "secret.csv"
    secret.write_text("secret word\n1\n", encoding="utf-8")
    cases = tmp_path / "demo" / "cases"
    cases.mkdir(parents=True)
    (cases / "link.csv").symlink_to(secret)
    (cases / "folder.csv").mkdir()
    os.mkfifo(cases / "pipe.csv")
    (cases / "red\x1b[31m\u202e.csv").write_text("nothing\n1\n", encoding="utf-8")

    tables, wrong = read_case_tables(PROGRAM, tmp_path / "demo")

    assert tables == []
    assert sorted(d.code for d in wrong) == ["F102", "L003", "L003", "L003"]
    shown = render_all(wrong)
    assert_harmless(shown)
    assert "secret" not in shown and str(tmp_path) not in shown


# ---------------------------------------------------------------- the corpus


def test_every_message_has_a_bad_case() -> None:
    """Each constructor of `case_errors` is reached by a golden case."""
    functions = [n for n in python_ast.parse(inspect.getsource(case_errors)).body if isinstance(n, python_ast.FunctionDef)]
    codes = {str(c.value) for f in functions for c in python_ast.walk(f) if isinstance(c, python_ast.Constant) and _is_code(c.value)}
    shown = "\n".join(split_case(path)[1] for path in BAD)

    assert {code for code in codes if f" error {code}: " not in shown} == set()
    assert codes == {f"F{n}" for n in range(101, 114)}


def _is_code(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"F1\d\d", value) is not None


@pytest.mark.parametrize("folder", ["golden", "hostile"])
def test_no_message_shows_the_machine(folder: str) -> None:
    """Over every bad input that the tests hold."""
    for path in sorted((HERE / folder).rglob("bad/*.case" if folder == "golden" else "*.rules")):
        if folder == "golden":
            shown = PASSES[path.parent.parent.name](expand(split_case(path)[0])).text
        else:
            outcome = PASSES["parse"](path.read_bytes())
            shown = "" if outcome.good else outcome.text
        assert "Traceback" not in shown and str(HERE.parent) not in shown and str(Path.home()) not in shown, path.name


def test_a_place_is_shown_visibly() -> None:
    """The name of a file is a user's text, too."""
    place = Span(SourceFile("a\x1b[2J\u202e.csv", "x"), 0, 1)

    assert_harmless(render(Diagnostic("X001", "wrong", place, related=((place, "here"),))))
