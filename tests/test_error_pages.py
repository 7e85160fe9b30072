"""One page for each diagnostic code: its wrong example gives that code first, its right example gives nothing."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import pytest
from golden import expand
from marked_blocks import ROOT, Block, blocks_of, check, prelude_texts

from capcode.dsl.diagnostics import Diagnostic, render_all
from capcode.dsl.frontend import check_texts
from capcode.interpreter.read_facts import FactsText, read_texts

FOLDER = ROOT / "dsl" / "errors"
WORDING = sorted([*(ROOT / "dsl").glob("*_errors.py"), *(ROOT / "interpreter").glob("*_errors.py")])
_CODE = re.compile(r"[A-Z]\d{3}")
FORMS = ("rules", "view", "yaml", "csv")


@lru_cache(maxsize=1)
def constructors() -> dict[str, set[str]]:
    """Code to the functions of the wording modules that make it."""
    found: dict[str, set[str]] = {}
    for path in WORDING:
        for function in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(function, ast.FunctionDef):
                for node in ast.walk(function):
                    if isinstance(node, ast.Constant) and isinstance(node.value, str) and _CODE.fullmatch(node.value):
                        found.setdefault(node.value, set()).add(function.name)
    return found


def _at_work() -> list[str]:
    """The texts of the front end's driver and of every module that it reaches, and those of the interpreter."""
    todo, seen = ["dsl/frontend.py", *(f"interpreter/{p.name}" for p in (ROOT / "interpreter").glob("*.py"))], set[str]()
    texts: list[str] = []
    while todo:
        name = todo.pop()
        if name in seen or not (ROOT / name).is_file():
            continue
        seen.add(name)
        texts.append((ROOT / name).read_text(encoding="utf-8"))
        for node in ast.walk(ast.parse(texts[-1])):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("capcode.dsl"):
                below = node.module.split(".")[2:]
                todo += [f"dsl/{'/'.join(below)}.py"] if below else [f"dsl/{alias.name}.py" for alias in node.names]
    return texts


@lru_cache(maxsize=1)
def given_codes() -> frozenset[str]:
    """The codes that some pass gives: a constructor of theirs is called in a module that is at work."""
    used = {name for text in _at_work() for name in re.findall(r"(?<!def )\b([a-z_0-9]+)\b(?=[(,)])", text)}
    return frozenset(code for code, names in constructors().items() if names & used)


def examples() -> list[Block]:
    """The blocks of all pages that are run."""
    return [b for p in sorted(FOLDER.glob("*.md")) for b in blocks_of(p) if b.form in FORMS and {"wrong", "right"} & set(b.words)]


def _found(block: Block) -> Iterable[Diagnostic]:
    if block.form in ("rules", "view"):
        return check(block)
    assert block.prelude is not None
    program = check_texts(block.prelude, prelude_texts(block.prelude)).program
    assert program is not None
    name = block.words[0] if block.form == "csv" else "facts.yaml"
    return read_texts(program, [FactsText(name, expand(block.text), block.form)])[1]


@pytest.mark.parametrize("block", examples(), ids=lambda block: block.name)
def test_examples(block: Block) -> None:
    """Wrong: the page's code, first. Right: nothing at all. A code that no pass gives yet has only its page."""
    code = block.with_page_code()
    if block.is_wrong and code not in given_codes():
        pytest.skip(f"no pass gives {code} yet")
    found = list(_found(block))

    if block.is_wrong:
        assert [d.code for d in found][:1] == [code], render_all(found)
    else:
        assert found == [], render_all(found)


def test_every_code_has_a_page() -> None:
    """No message without a page, no page without a message."""
    assert set(constructors()) == {path.stem for path in FOLDER.glob("*.md")}


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.md")), ids=lambda path: path.stem)
def test_pages_have_one_form(path: Path) -> None:
    """A heading with the code, what it means, why; and an example of both kinds, or why there is none."""
    text = path.read_text(encoding="utf-8")
    kinds = [("wrong" in b.words, "right" in b.words) for b in blocks_of(path) if {"wrong", "right"} & set(b.words)]

    assert text.startswith(f"# {path.stem}: ")
    assert "**What it means.** " in text and "**Why the language insists.** " in text
    assert kinds == [(True, False), (False, True)] or (kinds == [] and "No example is run here" in text)
