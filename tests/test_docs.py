"""What the pages say is so: commands run, Python runs, quotes are exact, links lead somewhere.

    ```sh        each line that begins with `capcode` ends with exit code 0, from the root of the checkout
    ```python    is executed, from the root of the checkout
    ```console   of `jurisdictions/README.md`: the walk is gone, and the output shown is what comes

A fenced block below `<!-- quoted: PATH -->` holds exactly that file; `python -m pytest tests/test_docs.py --bless`
writes the files into the quotes. Blocks of rules without that mark are run by `test_manual.py`.
"""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import pytest
from click.testing import CliRunner, Result

from capcode.interpreter.cli import cli

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("capcode", "dsl", "interpreter", "rules", "jurisdictions", "tests")
PAGES = sorted([*ROOT.glob("*.md"), *(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.md"))])
READMES = [path for path in PAGES if path.name == "README.md"]
EXEMPT = ("make", "git", "cd", "pip")  # they change the machine or the checkout
_FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_QUOTE = re.compile(r"^<!-- quoted: (\S+) -->\n\n?(```[^\n]*\n)(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(?<!\\)\]\(<?([^)>\s]+)>?(?:\s+\"[^\"]*\")?\)|^\[[^\]]+\]: <?(\S+?)>?$", re.MULTILINE)
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    path: Path
    line: int
    form: str
    text: str

    @property
    def name(self) -> str:
        return f"{_named(self.path)}:{self.line}"


def _named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def blocks(form: str, pages: list[Path] = READMES) -> list[Block]:
    found = []
    for path in pages:
        text = path.read_text(encoding="utf-8")
        for match in _FENCE.finditer(text):
            if (match.group(1).split() or [""])[0] == form:
                found.append(Block(path, text.count("\n", 0, match.start()) + 1, form, match.group(2)))
    return found


def commands() -> Iterator[tuple[str, str]]:
    """Page and command line, one for each line that runs something; a comment ends a line."""
    for block in blocks("sh"):
        for line in block.text.replace("\\\n", " ").splitlines():
            if shlex.split(line, comments=True):
                yield block.name, line


def run(line: str) -> Result:
    """A line that begins with `capcode`, in this process."""
    name, *arguments = shlex.split(line, comments=True)
    assert name == "capcode", line
    result = CliRunner().invoke(cli, arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


# ---------------------------------------------------------------- commands and programs


@pytest.mark.parametrize(("page", "line"), list(commands()), ids=lambda text: text if text.startswith("capcode") else None)
def test_commands(page: str, line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    first = shlex.split(line, comments=True)[0]
    if first in EXEMPT:
        return
    monkeypatch.chdir(ROOT)

    result = run(line)

    assert result.exit_code == 0, f"{page}: {result.output}"
    assert result.output.strip()


@pytest.mark.parametrize("block", blocks("python"), ids=lambda block: block.name)
def test_python(block: Block, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)

    exec(compile(block.text, block.name, "exec"), {"__name__": "__main__"})

    assert capsys.readouterr().out or "print" not in block.text


def test_the_first_hour_of_a_drafter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The walk of `jurisdictions/README.md`, step by step: what is shown is what comes."""
    page = ROOT / "jurisdictions" / "README.md"
    mine = tmp_path / "my_schemes" / "my_scheme"
    shutil.copytree(ROOT / "jurisdictions" / "example", mine)
    rules, table = mine / "scheme.rules", mine / "tables" / "benchmarks.csv"
    text = rules.read_text(encoding="utf-8")
    rules.write_text(text.replace("scheme example ", "scheme my_scheme ").replace("in example@", "in my_scheme@"), encoding="utf-8")
    facts = next(b.text for b in blocks("yaml", [page]) if "my_scheme" in b.text)
    (tmp_path / "plant.yaml").write_text(facts, encoding="utf-8")
    (mine / "claims").mkdir()
    (mine / "claims" / "plant.yaml").write_text(facts, encoding="utf-8")
    (mine / "claims" / "claims.csv").write_text(next(b.text for b in blocks("csv", [page]) if "verdict" in b.text), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    steps = blocks("console", [page])
    assert len(steps) >= 6

    for step in steps:
        command, _, wanted = step.text.removeprefix("$ ").partition("\n")
        clinker = "clinker,0.6" if "FAILED" in wanted else "clinker,0.7"
        table.write_text(re.sub(r"(?m)^clinker,[0-9.]+", clinker, table.read_text(encoding="utf-8")), encoding="utf-8")
        result = run(command)
        assert result.output.startswith(wanted), f"{step.name}: {result.output}"
        assert result.exit_code == (1 if "FAILED" in wanted else 0), f"{step.name}: {result.output}"


# ---------------------------------------------------------------- quotes


def _quoted(text: str) -> str:
    """The page with every quote as its file is."""

    def fresh(match: re.Match[str]) -> str:
        source = ROOT / match.group(1)
        return f"<!-- quoted: {match.group(1)} -->\n{match.group(2)}{source.read_text(encoding='utf-8')}```"

    return _QUOTE.sub(fresh, text)


@pytest.mark.parametrize("path", [p for p in PAGES if "<!-- quoted:" in p.read_text(encoding="utf-8")], ids=_named)
def test_quotes(path: Path, request: pytest.FixtureRequest) -> None:
    """A quote is the whole file, to the last character."""
    text = path.read_text(encoding="utf-8")
    assert text.count("<!-- quoted:") == len(_QUOTE.findall(text)), "a block must stand below each mark"
    if request.config.getoption("--bless"):
        path.write_text(_quoted(text), encoding="utf-8", newline="\n")
        text = path.read_text(encoding="utf-8")

    assert text == _quoted(text)


# ---------------------------------------------------------------- links


def links(path: Path) -> Iterator[str]:
    """Where a page links to, outside its blocks and its code."""
    text = re.sub(r"`[^`\n]*`", "", _FENCE.sub("", path.read_text(encoding="utf-8")))
    for match in _LINK.finditer(text):
        yield match.group(1) or match.group(2)


def _anchors(path: Path) -> set[str]:
    """The headings of a page as links name them."""
    text = _FENCE.sub("", path.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.strip().lower()).replace(" ", "-") for h in headings}


@pytest.mark.parametrize("path", PAGES, ids=_named)
def test_links(path: Path) -> None:
    """Inside the checkout, to a file that is there, and to a heading that the page has."""
    wrong = []
    for link in links(path):
        if _ELSEWHERE.match(link):
            continue
        name, _, anchor = unquote(link).partition("#")
        target = (path.parent / name).resolve() if name else path
        there = target.is_relative_to(ROOT) and target.exists()
        if not there or (anchor and target.suffix == ".md" and anchor not in _anchors(target)):
            wrong.append(link)

    assert wrong == []


def test_the_readme_quotes_a_whole_scheme() -> None:
    assert "<!-- quoted: jurisdictions/example/scheme.rules -->" in (ROOT / "README.md").read_text(encoding="utf-8")
