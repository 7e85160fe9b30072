"""Every golden case gives exactly the output that stands in it. `python -m pytest tests/test_golden.py --bless` rewrites."""

from __future__ import annotations

import ast as python_ast
import inspect
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from golden import FOLDER, PASSES, bless, case_files, expand, split_case
from lark import Lark, Tree

from capcode.dsl import ast, syntax_errors
from capcode.dsl.parse import parse_bytes

# Made by no input today: a line may have fewer characters than a text.
UNREACHABLE = {"long_text"}
# What a case of one scheme cannot ask: questions, the neutral plant, law of another scheme.
BETWEEN_SCHEMES = frozenset(
    ("answers", "graft", "keeping", "make", "make_where", "mapping", "question", "reading_as", "scheme_is", "uses")
)


@pytest.mark.parametrize("path", case_files(), ids=lambda path: str(path.relative_to(FOLDER).with_suffix("")))
def test_golden(path: Path, request: pytest.FixtureRequest) -> None:
    """The pass named by the folder makes the expected text; good cases have no error, bad ones have."""
    kind, name = path.parent.name, path.parent.parent.name
    written, expected = split_case(path)

    outcome = PASSES[name](expand(written))

    assert kind in ("good", "bad")
    assert outcome.good is (kind == "good"), outcome.text
    if request.config.getoption("--bless"):
        if outcome.text != expected:
            bless(path, written, outcome.text)
        return
    assert expected == outcome.text


def test_every_folder_is_a_pass() -> None:
    """A folder of cases that no pass reads would be forgotten."""
    assert set(PASSES) == {path.name for path in FOLDER.iterdir() if path.is_dir()}


def _inputs(kind: str) -> Iterator[bytes]:
    for path in sorted((FOLDER / "parse" / kind).glob("*.case")):
        yield expand(split_case(path)[0])


def _nodes(node: Any) -> Iterator[Any]:
    if isinstance(node, tuple):
        for item in node:
            yield from _nodes(item)
    elif isinstance(node, ast.Node):
        yield node
        assert is_dataclass(node)
        for field in fields(node):
            if field.name != "span":
                yield from _nodes(getattr(node, field.name))


def test_good_cases_show_every_node() -> None:
    """Each kind of node of the tree stands in at least one good case."""
    seen: set[type] = set()
    for data in _inputs("good"):
        tree, _, diagnostics = parse_bytes("input.rules", data)
        assert tree is not None, diagnostics
        seen.update(type(node) for node in _nodes(tree))

    kinds = {kind for _, kind in inspect.getmembers(ast, inspect.isclass) if issubclass(kind, ast.Node)} - {ast.Node}

    assert set() == {kind.__name__ for kind in kinds - seen}


@pytest.mark.parametrize(("name", "elsewhere"), [("parse", frozenset()), ("eval", BETWEEN_SCHEMES)])
def test_good_cases_show_every_form_of_the_grammar(name: str, elsewhere: frozenset[str]) -> None:
    """Each alternative that the grammar names is read, and evaluated, in at least one good case."""
    grammar = resources.files("capcode.dsl").joinpath("grammar.lark").read_text(encoding="utf-8")
    parser = Lark(grammar, parser="lalr", maybe_placeholders=False)
    seen: set[str] = set()
    for path in sorted((FOLDER / name / "good").glob("*.case")):
        rules = re.split(rb"(?m)^--- .+\n", expand(split_case(path)[0]))[0]
        tree: Tree[Any] = parser.parse(rules.decode())
        seen.update(str(node.data) for node in tree.iter_subtrees())

    named = {
        rule.alias or rule.origin.name
        for rule in parser.rules
        if not rule.origin.name.startswith("_") and (rule.alias or not rule.options.expand1)
    }

    assert set() == {str(n) for n in named} - seen - elsewhere


def test_bad_cases_show_every_syntax_error() -> None:
    """Each constructor of `syntax_errors` is reached by a bad case."""
    source = inspect.getsource(syntax_errors)
    constructors = {
        node.name: next(s.value for s in python_ast.walk(node) if isinstance(s, python_ast.Constant) and _is_code(s.value))
        for node in python_ast.parse(source).body
        if isinstance(node, python_ast.FunctionDef)
    }
    rendered = "\n".join(split_case(path)[1] for path in (FOLDER / "parse" / "bad").glob("*.case"))

    missing = {name for name, code in constructors.items() if f"error {code}:" not in rendered}

    assert missing == UNREACHABLE


def _is_code(value: object) -> bool:
    return isinstance(value, str) and len(value) == 4 and value[0] == "S" and value[1:].isdigit()
