"""Layout has no meaning: text pasted from mail or a word processor gives the same tree."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rule_texts import good_texts, words

from capcode.dsl import ast
from capcode.dsl.limits import LIMITS
from capcode.dsl.parse import parse_text

TEXTS = good_texts()
SHORT = sorted(name for name, text in TEXTS.items() if len(text) < 12_000)
SPACES = st.sampled_from((" ", "  ", "\n", "\r\n", "\t", "\n\n    ", " # a remark\n", "\n# own line: rule x \"\n", "\f"))


def _tree(text: str) -> ast.File:
    tree, _, diagnostics = parse_text("input.rules", text)
    assert tree is not None, diagnostics
    return tree


@pytest.mark.parametrize("name", TEXTS)
def test_same_tree_in_few_lines(name: str) -> None:
    """All on one line, but for the limit on the length of lines."""
    pieces = words(TEXTS[name])
    lines = [""]
    for piece in pieces:
        if len(lines[-1]) + len(piece) + 1 > LIMITS.line_characters:
            lines.append(piece)
        else:
            lines[-1] = f"{lines[-1]} {piece}".strip()

    assert _tree(TEXTS[name]) == _tree("\n".join(lines))


@pytest.mark.parametrize("name", TEXTS)
def test_same_tree_with_one_word_per_line(name: str) -> None:
    assert _tree(TEXTS[name]) == _tree("\r\n".join(words(TEXTS[name])))


@given(st.sampled_from(SHORT), st.lists(SPACES, min_size=1, max_size=40))
def test_same_tree_with_any_white_space(name: str, spaces: list[str]) -> None:
    """Any white space, and any comment, may stand between two words."""
    pieces = words(TEXTS[name])
    text = "".join(piece + spaces[i % len(spaces)] + ("\n" if i % 20 == 0 else "") for i, piece in enumerate(pieces))

    assert _tree(TEXTS[name]) == _tree(text)
