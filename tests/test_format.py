"""The formatter keeps the tree and every comment, and formatting twice changes nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rule_texts import good_texts, words

from capcode.dsl import ast
from capcode.dsl.format import format_file
from capcode.dsl.format_statements import WIDTH
from capcode.dsl.parse import parse_text

TEXTS = good_texts()
SHORT = sorted(name for name, text in TEXTS.items() if len(text) < 6_000)
NAMES = st.sampled_from(("x", "limit", "one", "present", "in", "rounded", "applicable", "least", "order", "bid_price"))


def _tree(text: str) -> ast.File:
    tree, _, diagnostics = parse_text("input.rules", text)
    assert tree is not None, (diagnostics, text)
    return tree


def _comments(tree: ast.File) -> list[str]:
    return [comment.text for comment in tree.comments]


@pytest.mark.parametrize("name", TEXTS)
def test_tree_and_comments_are_kept(name: str) -> None:
    tree = _tree(TEXTS[name])

    again = _tree(format_file(tree))

    assert tree == again
    assert _comments(tree) == _comments(again)


@pytest.mark.parametrize("name", TEXTS)
def test_formatting_twice_changes_nothing(name: str) -> None:
    once = format_file(_tree(TEXTS[name]))

    assert once == format_file(_tree(once))


@pytest.mark.parametrize("name", TEXTS)
def test_lines_are_short(name: str) -> None:
    """A line is longer than the width only where one quoted text or one comment is."""
    for line in format_file(_tree(TEXTS[name])).split("\n"):
        assert len(line) <= WIDTH or line.lstrip().startswith("#") or len(words(line)) <= 2 or '"' in line


@given(st.sampled_from(SHORT), st.data())
def test_comments_stay_in_their_statement(name: str, data: st.DataObject) -> None:
    """Comments between any words: none is lost, none changes places with another or leaves its statement."""
    pieces = words(TEXTS[name])
    places = sorted(data.draw(st.sets(st.integers(0, len(pieces)), max_size=6)))
    text = ""
    for i, piece in enumerate([*pieces, ""]):
        if i in places:
            text += data.draw(st.sampled_from((f" # c{i}\n", f"\n  # c{i}\n")))
        text += piece + ("\n" if i % 20 == 0 else " ")  # a line has a greatest length
    tree = _tree(text)

    formatted = format_file(tree)
    again = _tree(formatted)

    assert tree == again
    assert _comments(tree) == _comments(again)
    assert formatted == format_file(again)
    for before, after in zip(tree.comments, again.comments, strict=True):
        gap_before, gap_after = (
            sum(s.span.start < c.span.start for s in t.statements) for t, c in ((tree, before), (again, after))
        )
        # Above the line where it stood: so at most from inside a statement to the place just above it.
        assert gap_before - 1 <= gap_after <= gap_before


def _expressions() -> st.SearchStrategy[str]:
    """Texts of expressions with more brackets than they need."""
    near = st.sampled_from(("2024", "this year", "last phase", "2 years ago", "October last year", "the end of last year", "2023-24"))
    kinds = st.sampled_from(("its bids", "all firms", "the last 6 months", "the years from 2014 to last year", "the 2 days before x"))
    leaf = st.one_of(
        NAMES, st.sampled_from(("5", "12345.60 EUR per EUA", "7.5%", "2024-06-01", "yes", "as before", "this year",
                                "1 November next year", "2024/03", "a of b", "x of entry (y, 2) of t"))
    )  # fmt: skip

    def grow(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        one = inner.map(lambda text: f"({text})")
        return st.one_of(
            st.tuples(one, st.sampled_from(("+", "-", "*", "÷", ">", "<=", "is", "is not", "and", "or", "before")), one).map(" ".join),
            st.lists(one, min_size=3, max_size=4).map(" + ".join),
            st.lists(one, min_size=3, max_size=4).map(" and ".join),
            one.map(lambda e: f"not {e}"),
            one.map(lambda e: f"- {e}"),
            one.map(lambda e: f"the size of {e}"),
            one.map(lambda e: f"{e} last year 2 years ago as issued"),
            st.tuples(one, near).map(" in ".join),
            st.tuples(one, near).map(" is in ".join),
            st.tuples(one, one).map(" at ".join),
            st.tuples(one, one).map(lambda e: f"the higher of {e[0]} and {e[1]}"),
            st.tuples(one, one).map(lambda e: f"{e[0]} but at least {e[1]} rounded half_up to 0.1 t but at most {e[1]}"),
            st.tuples(one, kinds).map(lambda e: f"sum of {e[0]} over {e[1]}"),
            st.tuples(one, one, kinds).map(lambda e: f"mean of {e[0]} weighted by {e[1]} over {e[2]}"),
            st.tuples(one, kinds, one, one).map(lambda e: f"sum of {e[0]} over {e[1]} where {e[2]} or not {e[3]} and {e[2]} > {e[3]}"),
            st.tuples(kinds, one).map(lambda e: f"number of {e[0]} where {e[1]}"),
            st.tuples(one, kinds).map(lambda e: f"{e[0]} holds in at least 3 of {e[1]}"),
            one.map(lambda e: f"there is a bid where {e}"),
            one.map(lambda e: f"{e} is one of (p, q)"),
            one.map(lambda e: f"{e} is not present"),
            st.tuples(one, one).map(lambda e: f"by band of {e[0]} | up to {e[1]} | {e[0]} | | above {e[1]} | {e[1]} |"),
            st.tuples(one, one).map(lambda e: f'any of these (a) "t" {e[0]} (b) {e[1]}'),
            st.tuples(one, one).map(lambda e: f"power {e[0][:-1]}, {e[1]})"),
            one.map(lambda e: f"sliding from 1 at 0% to 2 at 5% by {e}"),
            st.tuples(one, kinds, one).map(
                lambda e: f"its share of {e[0]} among {e[1]} in order of {e[2]} lowest first then in proportion to {e[2]} "
                f"limited to {e[0]} excess left rounded down to 1 t remainder by lot"
            ),
        )

    return st.recursive(leaf, grow, max_leaves=8)


@given(_expressions())
def test_needless_brackets_go_and_needed_ones_stay(text: str) -> None:
    """Whatever is nested in whatever, the canonical text has the same tree."""
    text = text.replace(" ", "\n")  # a line has a greatest length
    tree = _tree(f'language 1 rule r : t not rounded cites law "1" = {text} because "why" when {text}')

    once = format_file(tree)

    assert tree == _tree(once)
    assert once == format_file(_tree(once))
