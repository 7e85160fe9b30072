"""The manual and the pages for drafters: every example is run, every statement and reserved word has its place."""

from __future__ import annotations

import re

import pytest
from marked_blocks import PRELUDES, ROOT, Block, blocks_of, check, prelude_texts, program_of

from capcode.dsl.diagnostics import render_all
from capcode.dsl.frontend import check_texts
from capcode.dsl.syntax_errors import RESERVED, STATEMENTS
from capcode.dsl.units import BUILTIN
from capcode.interpreter.cases import run_case

PAGES = ("dsl/MANUAL.md", "dsl/README.md", "rules/README.md", "jurisdictions/README.md")
BLOCKS = [block for page in PAGES for block in blocks_of(ROOT / page) if block.form == "rules"]
MANUAL = (ROOT / "dsl" / "MANUAL.md").read_text(encoding="utf-8")
EXAMPLE = ROOT / "jurisdictions" / "example"


@pytest.mark.parametrize("name", sorted(path.stem for path in PRELUDES.glob("*.rules")))
def test_preludes_are_sound(name: str) -> None:
    """Whatever an example complains about is its own."""
    found = list(check_texts(name, prelude_texts(name)).diagnostics)

    assert [d for d in found if d.is_error] == [], render_all(found)


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.name)
def test_examples(block: Block) -> None:
    """An example checks without error; one that is marked wrong gives the code that it names, first."""
    found = check(block)

    if block.is_wrong:
        assert block.code is not None
        assert [d.code for d in found][:1] == [block.code], render_all(found)
    else:
        assert [d for d in found if d.is_error] == [], render_all(found)


@pytest.mark.parametrize("block", [b for b in BLOCKS if not b.is_wrong and "\ncase " in b.text], ids=lambda block: block.name)
def test_cases_of_examples(block: Block) -> None:
    """Every worked case on the pages comes out, to the last digit."""
    program = program_of(block)
    assert program is not None
    outcomes = [run_case(program, case) for case in program.cases]

    assert outcomes
    assert [(o.text, o.came) for case in outcomes for o in case.outcomes if not o.passed] == []
    assert all(case.passed for case in outcomes)


def test_every_statement_has_an_example() -> None:
    """No statement of the language is only described. A derived scheme is shown where two schemes are at hand."""
    first_words = {word for block in BLOCKS if not block.is_wrong for word in re.findall(r"^([a-z]+)", block.text, re.MULTILINE)}

    assert set() == set(STATEMENTS) - first_words


def test_reserved_words_are_listed() -> None:
    """The table of reserved words is that of the parser."""
    section = MANUAL[MANUAL.index("## 31 Reserved words") : MANUAL.index("## 32 ")]
    table = "\n".join(line for line in section.splitlines() if line.startswith("|"))

    assert set(RESERVED) == set(re.findall(r"`([a-z]+)`", table))


def test_units_are_listed() -> None:
    """The table of built-in units is that of the language; a length of time is listed in the plural."""
    section = MANUAL[MANUAL.index("These units are built in.") : MANUAL.index("## 7 ")]
    listed = set(re.findall(r"`([A-Za-z0-9]+)`", section))

    assert {name for name in BUILTIN if name not in ("day", "month", "year")} <= listed


def test_links_inside_the_manual() -> None:
    """Every link leads to a heading."""
    headings = {re.sub(r"[^a-z0-9 -]", "", line.lstrip("# ").lower()).replace(" ", "-") for line in MANUAL.splitlines() if line[:2] == "##"}

    assert set() == set(re.findall(r"\]\(#([^)]+)\)", MANUAL)) - headings


def test_the_example_scheme_is_quoted_whole() -> None:
    """What the drafters' page shows is the shipped scheme, and it has fewer than 60 lines."""
    page = (ROOT / "jurisdictions" / "README.md").read_text(encoding="utf-8")
    rules = (EXAMPLE / "scheme.rules").read_text(encoding="utf-8")
    table = (EXAMPLE / "tables" / "benchmarks.csv").read_text(encoding="utf-8")

    assert f"\n{rules}```" in page
    assert f"\n{table}```" in page
    assert len(rules.splitlines()) < 60


def test_the_map_names_every_module() -> None:
    """The engineers' page has a line for each module of the front end."""
    page = (ROOT / "dsl" / "README.md").read_text(encoding="utf-8")
    modules = {path.name for path in (ROOT / "dsl").glob("*.py")} - {"__init__.py"}

    assert set() == {name for name in modules if f"`{name}`" not in page}
