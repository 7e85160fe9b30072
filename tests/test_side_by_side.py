"""Pieces of work on one core and on several: the same, in order; a mistake in one is the caller's."""

from __future__ import annotations

import os

import pytest

from capcode.dsl.diagnostics import visible
from capcode.interpreter.side_by_side import helpers, side_by_side

PIECES = ["a", "b\u202e", "c"]
DONE = ["a", "b\\u{202e}", "c"]


@pytest.mark.parametrize("cores", [1, 2])
def test_pieces_come_back_in_order(cores: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    with helpers(visible) as begin:
        begun = [begin(piece) for piece in PIECES]
        waited = [done() for done in reversed(begun)]

    assert list(reversed(waited)) == DONE
    assert list(side_by_side(visible, PIECES, [1, 3, 2])) == DONE


@pytest.mark.parametrize("cores", [1, 2])
def test_a_piece_that_fails_is_told_to_whoever_waits_for_it(cores: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    with helpers(int) as begin:
        good, bad = begin("7"), begin("seven")

        assert good() == 7
        with pytest.raises(ValueError, match="seven"):
            bad()
