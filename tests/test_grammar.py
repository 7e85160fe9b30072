"""The grammar is free of conflicts, and every sample of real provisions parses."""

from __future__ import annotations

import io
import logging
from importlib import resources
from pathlib import Path

import pytest
from lark import Lark
from lark import logger as lark_logger

from capcode.dsl.parse import parse_bytes

SAMPLES = sorted((Path(__file__).parent / "samples").rglob("*.rules"))


def _grammar() -> str:
    return resources.files("capcode.dsl").joinpath("grammar.lark").read_text(encoding="utf-8")


def test_no_conflict() -> None:
    """Lark's debug log names every shift/reduce and reduce/reduce conflict that it settles by itself; there is none."""
    log = io.StringIO()
    handler = logging.StreamHandler(log)
    level = lark_logger.level
    lark_logger.addHandler(handler)
    lark_logger.setLevel(logging.DEBUG)
    try:
        Lark(_grammar(), parser="lalr", debug=True, maybe_placeholders=False)
    finally:
        lark_logger.removeHandler(handler)
        lark_logger.setLevel(level)

    assert "onflict" not in log.getvalue()


def test_no_collision_of_words() -> None:
    """In no state of the parser do two patterns of equal rank match one text."""
    pytest.importorskip("interegular")

    Lark(_grammar(), parser="lalr", strict=True, maybe_placeholders=False)


def test_there_are_samples() -> None:
    assert len(SAMPLES) >= 10


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_sample_parses(path: Path) -> None:
    tree, _, diagnostics = parse_bytes(path.name, path.read_bytes())

    assert diagnostics == []
    assert tree is not None
    assert tree.statements
