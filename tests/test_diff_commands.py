"""The commands `diff`, `history` and `readings`: what they print and write, what they refuse, and that nothing becomes active."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from capcode.interpreter import diff_report
from capcode.interpreter.cli import cli
from capcode.interpreter.diff_report import csv_cell

LAW = """language 1
scheme tiny "Tiny scheme" ja "小さな制度"
  currency EUR
  year starts 1 January
instrument act "The Act" in force 2020-01-01
instrument amendment "The Amendment" in force 2024-01-01 amends act
instrument draft "A draft" proposed for 2030-01-01
instrument low "Read low" reading of act
instrument high "Read high" reading of act
unit EUA "Allowance" covers 1 tCO2e
entity plant
  output : tCO2e each year from 0 tCO2e to 10_000_000 tCO2e
rule share each year : ratio "Share" ja "割合"
  cites act "Art 1" from 2020 = 50%
  cites amendment "Art 11" from 2024 = 40%
  cites draft "D 1" from 2030 = 10%
rule spread each year : ratio
  cites low "low" from 2020 = 1%
  cites high "high" from 2020 = 2%
rule allocation of plant each year : EUA rounded down
  cites act "Art 2" from 2020 = output × share × 1 EUA per tCO2e
rule margin of plant each year : EUA rounded down
  cites act "Art 3" from 2020 = output × spread × 1 EUA per tCO2e
case "a plant" cites act "by hand"
  given a plant works
  given output of works in 2024 = 1_000 tCO2e
  expect allocation of works in 2024 = 400 EUA, margin of works in 2024 = disputed
"""
FACTS = "plant:\n  works:\n    output: { 2024: 1_000 tCO2e }\n  mill:\n    output: { 2024: 10 tCO2e }\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "roots" / "tiny"
    folder.mkdir(parents=True)
    (folder / "scheme.rules").write_text(LAW, encoding="utf-8")
    (tmp_path / "facts.yaml").write_text(FACTS, encoding="utf-8")
    return tmp_path


def run(root: Path, *arguments: str) -> Result:
    """A command with the test's own search root; no traceback may ever come out."""
    result = CliRunner().invoke(cli, [*arguments, "--root", str(root / "roots")])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return result


def refused(root: Path, code: str, *arguments: str) -> str:
    result = run(root, *arguments)
    assert result.exit_code == 1 and f"error {code}:" in result.output, result.output
    return result.output


# ---------------------------------------------------------------- what it says


def test_two_views(root: Path) -> None:
    result = run(root, "diff", "tiny@2023-01-01", "tiny@2024-01-01")

    assert result.exit_code == 0
    assert "verdict: differs" in result.output
    assert 'cites amendment "Art 11" from 2024 = 40%' in result.output
    assert "2024 on: 0.5 -> 0.4" in result.output
    assert "a plant: allocation of works in 2024: 500 EUA -> 400 EUA (-100 EUA)" in result.output


def test_a_proposal_on_top(root: Path) -> None:
    result = run(root, "diff", "tiny", "tiny+draft")

    assert "2030 on: 0.4 -> 0.1 [proposed]" in result.output


def test_the_same_view_is_identical(root: Path) -> None:
    assert "verdict: identical" in run(root, "diff", "tiny", "tiny").output


def test_a_roster(root: Path) -> None:
    result = run(root, "diff", "tiny@2023-01-01", "tiny", "--facts", str(root / "facts.yaml"))

    assert "allocation 2024: 0 more, 2 less, 0 otherwise, 0 the same, 0 open; sum 505 EUA -> 404 EUA (-101 EUA)" in result.output


def test_totals_by_sector(root: Path) -> None:
    """The share falls from 50 to 40 %: steel 500 to 400; paper 5 + 15 to 4 + 12; a site whose sector is not told is in the sum alone."""
    law = root / "roots" / "tiny" / "scheme.rules"
    law.write_text(LAW.replace("entity plant\n", "entity plant\n  sector : one of steel, paper\n"), encoding="utf-8")
    table = root / "plant.csv"
    table.write_text("id,sector,output 2024 [tCO2e]\nworks,steel,1000\nmill,paper,10\nkiln,paper,30\nother,,100\n", encoding="utf-8")
    arguments = ("diff", "tiny@2023-01-01", "tiny", "--facts", str(table), "--effort", "0")
    output = run(root, *arguments).output

    assert "allocation 2024: 0 more, 4 less, 0 otherwise, 0 the same, 0 open; sum 570 EUA -> 456 EUA (-114 EUA)" in output
    assert "allocation 2024, sector = steel: 0 more, 1 less, 0 otherwise, 0 the same, 0 open; sum 500 EUA -> 400 EUA (-100 EUA)" in output
    assert "allocation 2024, sector = paper: 0 more, 2 less, 0 otherwise, 0 the same, 0 open; sum 20 EUA -> 16 EUA (-4 EUA)" in output
    totals = json.loads(run(root, *arguments, "--json").output)["roster"]["totals"]
    assert [(t["group"], t["losers"], t["delta"]) for t in totals] == [
        ("", 4, "-114 EUA"), ("sector = paper", 2, "-4 EUA"), ("sector = steel", 1, "-100 EUA"),
    ]  # fmt: skip
    for form, cell in (("md", "| sector = paper |"), ("html", "<td>sector = paper</td>"), ("csv", '"sector = paper"')):
        out = root / f"x.{form}"
        run(root, *arguments, "--out", str(out))
        assert cell in out.read_text(encoding="utf-8")


def test_a_what_if_of_the_first_law_alone(root: Path) -> None:
    """20 % in the place of 40 %: works 400 to 200, mill 4 to 2; the whole is the share's doing."""
    arguments = ("diff", "tiny", "--set", "tiny.share=20%@2024", "--facts", str(root / "facts.yaml"))
    result = run(root, *arguments)

    assert result.exit_code == 0 and result.output.startswith("tiny -> tiny+what_if: Tiny scheme\nverdict: differs\n")
    assert '+ cites what_if "share = 20%" from 2024 = 20%' in result.output
    assert "allocation 2024: 0 more, 2 less, 0 otherwise, 0 the same, 0 open; sum 404 EUA -> 202 EUA (-202 EUA)" in result.output
    assert "-200 EUA  share: What if" in run(root, *arguments, "--explain", "allocation of works", "--in", "2024").output


def test_a_what_if_on_top_of_another_law(root: Path) -> None:
    """On the law of 2023 the share is 50 % before, and what is supposed from 2024 on after."""
    folder = str(root / "roots" / "tiny")
    result = run(root, "diff", f"{folder}@2023-01-01", f"{folder}@2023-01-01", "--set", "tiny.share=45%@2024", "--effort", "0")

    assert "2024 on: 0.5 -> 0.45" in result.output and "/tmp" not in result.output.replace(folder, "")


def test_a_graft_is_compared_with_the_law_without_it(root: Path) -> None:
    graft = "japan_gx.offset_limit from korea@2024-06-01"
    result = run(root, "diff", "japan_gx+interim_report", "--graft", graft, "--rule", "credit_limit", "--effort", "0")

    assert "+ offset_limit from korea@2024-06-01" in result.output and "verdict: differs" in result.output


def test_a_what_if_of_another_scheme_and_no_second_law(root: Path) -> None:
    refused(root, "Q034", "diff", "tiny", "--set", "eu.share=20%@2024")
    refused(root, "Q035", "diff", "tiny", "--set", "tiny.shares=20%@2024")
    result = run(root, "diff", "tiny")

    assert result.exit_code == 2 and "Missing argument 'B'" in result.output


def test_a_roster_in_two_files(root: Path) -> None:
    more = root / "more.yaml"
    more.write_text("plant:\n  kiln:\n    output: { 2024: 20 tCO2e }\n", encoding="utf-8")
    result = run(root, "diff", "tiny@2023-01-01", "tiny", "--facts", str(root / "facts.yaml"), "--facts", str(more))

    assert "allocation 2024: 0 more, 3 less" in result.output


def test_cases_of_a_file_take_the_place_of_shipped_ones(root: Path) -> None:
    result = run(root, "diff", "tiny@2023-01-01", "tiny", "--cases", str(root / "facts.yaml"))

    assert "allocation of mill 2024: 5 EUA -> 4 EUA" in result.output and "Cases:" not in result.output


def test_one_rule_alone(root: Path) -> None:
    output = run(root, "diff", "tiny@2023-01-01", "tiny", "--rule", "spread").output

    assert "verdict: identical" in output


def test_a_figure_is_explained(root: Path) -> None:
    arguments = ("diff", "tiny@2023-01-01", "tiny", "--explain", "allocation of works", "--in", "2024", "--facts", str(root / "facts.yaml"))

    assert "-100 EUA  share: The Act Art 1 -> The Amendment Art 11" in run(root, *arguments).output
    record = json.loads(run(root, *arguments, "--json").output)
    assert record["explained"][0]["steps"][0]["delta"] == "-100" and record["explained"][0]["interaction"] == "0"


def test_json_has_exact_figures(root: Path) -> None:
    record = json.loads(run(root, "diff", "tiny@2023-01-01", "tiny", "--json").output)

    assert record["verdict"] == "differs"
    share = next(e for e in record["entries"] if e["name"] == "share")
    assert share["figures"]["periods"] == [{
        "period": "2024", "last": "2050", "onward": True, "old": {"kind": "known", "shown": "0.5", "exact": "0.5"},
        "new": {"kind": "known", "shown": "0.4", "exact": "0.4"},
    }]  # fmt: skip


# ---------------------------------------------------------------- files


@pytest.mark.parametrize("ending", diff_report.FORMS)
def test_a_file_by_its_ending(root: Path, ending: str) -> None:
    file = root / f"report{ending}"
    result = run(root, "diff", "tiny@2023-01-01", "tiny", "--out", str(file))

    assert result.exit_code == 0 and "wrote" in result.output
    assert "40%" in file.read_text(encoding="utf-8")


def test_the_same_bytes_twice(root: Path) -> None:
    texts = []
    for name in ("one.html", "two.html"):
        run(root, "diff", "tiny@2023-01-01", "tiny", "--out", str(root / name))
        texts.append((root / name).read_bytes())

    assert texts[0] == texts[1]


def test_a_refused_comparison_leaves_the_old_file(root: Path) -> None:
    file = root / "report.html"
    file.write_text("old", encoding="utf-8")
    refused(root, "L001", "diff", "tiny", "nowhere", "--out", str(file))

    assert file.read_text(encoding="utf-8") == "old"


def test_a_failed_write_leaves_the_old_file(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = root / "report.html"
    file.write_text("old", encoding="utf-8")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    output = refused(root, "Q054", "diff", "tiny@2023-01-01", "tiny", "--out", str(file))

    assert "No space left on device" in output
    assert file.read_text(encoding="utf-8") == "old"
    assert [p.name for p in root.iterdir() if p.name.startswith(".capcode")] == []


# ---------------------------------------------------------------- what it refuses


def test_wrong_sides(root: Path) -> None:
    refused(root, "Q001", "diff", "tiny@20", "tiny")
    refused(root, "L001", "diff", "tiny", "nothing")
    refused(root, "Q056", "diff", "tiny", "./nothing")
    refused(root, "Q050", "diff", "tiny", "eu")
    refused(root, "V001", "diff", "tiny", "tiny+nothing")


def test_wrong_options(root: Path) -> None:
    refused(root, "Q053", "diff", "tiny", "tiny", "--out", "x.pdf")
    refused(root, "Q054", "diff", "tiny", "tiny", "--out", str(root / "no" / "x.md"))
    refused(root, "Q055", "diff", "tiny", "tiny", "--cases", "nothing")
    refused(root, "Q003", "diff", "tiny", "tiny", "--rule", "shares")
    refused(root, "Q003", "diff", "tiny", "tiny", "--explain", "nothing")
    refused(root, "Q005", "diff", "tiny@2023-01-01", "tiny", "--explain", "share")
    refused(root, "Q023", "diff", "tiny@2023-01-01", "tiny", "--plant", "nothing")


def test_refusals_in_json_are_diagnostics(root: Path) -> None:
    result = run(root, "diff", "tiny", "nothing", "--json")

    assert result.exit_code == 1 and json.loads(result.output)["diagnostics"][0]["code"] == "L001"


def test_a_mistake_of_one_folder_names_its_side(root: Path) -> None:
    other = root / "other" / "tiny"
    shutil.copytree(root / "roots" / "tiny", other)
    (other / "scheme.rules").write_text(LAW.replace("= 40%", "= shares"), encoding="utf-8")

    assert f"(in {other})" in run(root, "diff", "tiny", str(other)).output


# ---------------------------------------------------------------- folders and git


def test_two_folders(root: Path) -> None:
    other = root / "other" / "tiny"
    shutil.copytree(root / "roots" / "tiny", other)
    (other / "scheme.rules").write_text(LAW.replace("= 40%", "= 45%"), encoding="utf-8")

    output = run(root, "diff", "tiny", str(other)).output
    assert "2024 on: 0.4 -> 0.45" in output
    assert "2024 on: 0.4 -> 0.45" not in run(root, "diff", "tiny@2023-01-01", f"{other}@2023-01-01").output


@pytest.fixture
def repository(root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two revisions of one law."""
    git = shutil.which("git")
    if git is None:
        pytest.skip("git is missing")
    folder = root / "repository"
    (folder / "laws" / "tiny").mkdir(parents=True)
    file = folder / "laws" / "tiny" / "scheme.rules"
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)

    def call(*arguments: str) -> None:
        named = ("-c", "user.name=A", "-c", "user.email=a@example.invalid", "-c", "commit.gpgsign=false")
        subprocess.run([git or "", *named, *arguments], cwd=folder, check=True, capture_output=True)

    call("init", "--quiet")
    for text in (LAW, LAW.replace("= 40%", "= 45%")):
        file.write_text(text, encoding="utf-8")
        call("add", ".")
        call("commit", "--quiet", "-m", "law")
    monkeypatch.chdir(folder / "laws")
    return folder


def test_revisions_of_git(root: Path, repository: Path) -> None:
    assert "2024 on: 0.4 -> 0.45" in run(root, "diff", "HEAD~1:laws/tiny", "HEAD:laws/tiny").output
    assert "verdict: identical" in run(root, "diff", "HEAD~1:laws/tiny", "tiny").output
    assert "verdict: identical" in run(root, "diff", "HEAD~1:laws/tiny@2023-01-01", "HEAD:laws/tiny@2023-01-01").output


def test_a_revision_that_is_not_there(root: Path, repository: Path) -> None:
    for text in ("HEAD~9:laws/tiny", "HEAD:laws/none", "HEAD:../laws", "-x:laws/tiny", "--output=x:laws/tiny", "$(id):laws"):
        result = CliRunner().invoke(cli, ["diff", "--root", str(root / "roots"), "--", text, "tiny"])
        assert result.exit_code == 1 and "error Q052" in result.output, result.output
    assert str(root) not in run(root, "diff", "HEAD~9:laws/tiny", "tiny").output


def test_no_git(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")

    assert "Install git" in refused(root, "Q051", "diff", "HEAD:laws/tiny", "tiny")


# ---------------------------------------------------------------- nothing becomes active

ATTACK = "<script>alert(1)</script><img src=x onerror=alert(1)> {{ 7 * 7 }} =HYPERLINK(http://a.example) | **b** [x](javascript:1)"


class Tags(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(tag)
        self.attributes.update(name for name, _ in attrs)


@pytest.fixture
def hostile(root: Path) -> Path:
    """A law whose labels, titles and articles attack the reader."""
    text = LAW
    for plain in ('"The Amendment"', '"Art 11"', '"Share"', '"a plant"', '"Tiny scheme"', '"割合"'):
        text = text.replace(plain, f'"{ATTACK}"')
    (root / "roots" / "tiny" / "scheme.rules").write_text(text, encoding="utf-8")
    return root


def test_a_page_shows_hostile_names_as_text(hostile: Path) -> None:
    file = hostile / "x.html"
    run(hostile, "diff", "tiny@2023-01-01", "tiny", "--out", str(file))
    tags = Tags(page := file.read_text(encoding="utf-8"))

    assert "49" not in page and "{{ 7 * 7 }}" in page
    assert not tags.found & {"script", "img", "a", "iframe", "link"} and "onerror" not in tags.attributes


def test_markdown_shows_hostile_names_as_text(hostile: Path) -> None:
    file = hostile / "x.md"
    run(hostile, "diff", "tiny@2023-01-01", "tiny", "--out", str(file))
    outside = [line for line in file.read_text(encoding="utf-8").splitlines() if not line.startswith("    ")]

    assert any("alert" in line for line in outside)
    assert not any("<script>" in line.replace("\\<", "") or "[x](" in line or "**b**" in line for line in outside)


@pytest.mark.parametrize("start", [*"=+-@\t\r|%", "＝", "＋", " =", "\n="])
def test_cells_are_no_formulas(start: str) -> None:
    assert csv_cell(f"{start}HYPERLINK(1)").startswith(("'", "\\u{"))


@pytest.mark.parametrize("number", ["-5", "0.25", "12", "-0.001"])
def test_numbers_stay_numbers(number: str) -> None:
    assert csv_cell(number) == number


def test_a_csv_file_holds_no_formula(hostile: Path) -> None:
    file = hostile / "x.csv"
    text = LAW.replace('"a plant"', '"=1+1"')
    (hostile / "roots" / "tiny" / "scheme.rules").write_text(text, encoding="utf-8")
    run(hostile, "diff", "tiny@2023-01-01", "tiny", "--out", str(file))
    rows = list(csv.reader(io.StringIO(file.read_text(encoding="utf-8"))))

    assert any("'=1+1" in row for row in rows)
    assert not any(cell.lstrip()[:1] in tuple("=+@") for row in rows for cell in row)


def test_terminals_get_no_control_signs(root: Path) -> None:
    facts = root / "facts.yaml"
    facts.write_text('plant:\n  "a\\u001b[31mb":\n    output: { 2024: 1_000 tCO2e }\n', encoding="utf-8")
    output = run(root, "diff", "tiny@2023-01-01", "tiny", "--facts", str(facts)).output

    assert "\x1b" not in output


# ---------------------------------------------------------------- history and readings


def test_history_of_a_parameter(root: Path) -> None:
    output = run(root, "history", "tiny", "share").output

    lines = [line.strip() for line in output.splitlines()]
    assert lines[0] == "tiny: share, Share"
    assert lines.index("2020-01-01  The Act [act], in force") < lines.index("2024-01-01  The Amendment [amendment], in force")
    assert "2030-01-01  A draft [draft], PROPOSED" in lines
    assert "2020 on: 0.5" in lines and "2024 on: 0.4" in lines and "2030 on: 0.1 [proposed]" in lines


def test_history_as_json(root: Path) -> None:
    record = json.loads(run(root, "history", "tiny", "share", "--json").output)

    assert [v["instrument"] for v in record["versions"]] == ["act", "amendment", "draft"]
    assert record["versions"][1]["sections"] == [
        {"article": "Art 11", "days": "from 2024-01-01", "text": 'cites amendment "Art 11" from 2024 = 40%'}
    ]
    assert record["versions"][1]["figures"] == [{"from": "2024", "to": "2050", "shown": "0.4", "exact": "0.4"}]


def test_history_of_a_rule_that_needs_facts(root: Path) -> None:
    output = run(root, "history", "tiny", "allocation", "--lang", "ja").output

    assert "its figures need facts" in output and "Art 2" in output


def test_history_refuses_unknown_names(root: Path) -> None:
    refused(root, "Q003", "history", "tiny", "shares")
    refused(root, "L001", "history", "nothing", "share")


def test_readings_come_apart_on_cases(root: Path) -> None:
    output = run(root, "readings", "tiny").output

    assert "they differ in 1 of 1 expectations" in output
    assert "low: 10 EUA" in output and "high: 20 EUA" in output


def test_readings_as_json(root: Path) -> None:
    record = json.loads(run(root, "readings", "tiny", "--json").output)

    [clause] = record["clauses"]
    assert clause["definitions"] == ["spread"]
    assert clause["differences"][0]["values"]["low"] == "10 EUA"


def test_a_scheme_without_readings_says_so(root: Path) -> None:
    lines = [line for line in LAW.splitlines() if "reading of" not in line and "cites low" not in line]
    text = "\n".join(lines).replace("cites high", "cites act").replace(", margin of works in 2024 = disputed", "")
    (root / "roots" / "tiny" / "scheme.rules").write_text(text, encoding="utf-8")

    assert "Q058" in run(root, "readings", "tiny").output
