"""No bytes whatever make the parser raise: it gives a tree or diagnostics, and soon."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rule_texts import SAMPLES, words

from capcode.dsl.diagnostics import render_all
from capcode.dsl.format import format_file
from capcode.dsl.limits import LIMITS
from capcode.dsl.parse import parse_bytes

HOSTILE = sorted((Path(__file__).parent / "hostile").glob("*.rules"))
SECONDS = 20  # of processor time: a guard against explosions, far above what a slow machine takes
HEAD = 'language 1\nrule r : t not rounded\n  cites law "1" = '
TEXTS = [path.read_text(encoding="utf-8") for path in SAMPLES]
WORDS = sorted({word for text in TEXTS for word in words(text)})
INSERTED = st.one_of(
    st.sampled_from(WORDS),
    st.sampled_from(("\0", "\ufeff", "\u202e", "\u200b", "e\u0301", "\u2028", "\x1b[31m", "\r", "٣", "𝟙", "½", "“")),
    st.sampled_from(('"', "#", "(", ")", "|", "\n")),
    st.text(max_size=8),
)


def _survives(data: bytes) -> list[str]:
    """The codes of the diagnostics, none for a tree; what is found can be shown, and what is read can be written."""
    start = time.process_time()
    tree, _, diagnostics = parse_bytes("input.rules", data)
    shown = render_all(diagnostics)
    if tree is not None:
        again, _, _ = parse_bytes("input.rules", format_file(tree).encode())
        assert again == tree
    assert (tree is None) is any(d.is_error for d in diagnostics)
    assert "\x1b" not in shown and "\0" not in shown and "Traceback" not in shown
    assert time.process_time() - start < SECONDS
    return [d.code for d in diagnostics]


@given(st.binary(max_size=400))
def test_any_bytes(data: bytes) -> None:
    _survives(data)


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_any_bytes_in_a_rule(before: bytes, after: bytes) -> None:
    _survives(HEAD.encode() + before + b" 1 t " + after)


@given(st.lists(st.sampled_from(WORDS), max_size=60))
def test_any_words(chosen: list[str]) -> None:
    """Words of the language in any order."""
    _survives((HEAD + " ".join(chosen)).encode())


@given(st.sampled_from(TEXTS), st.lists(st.tuples(st.floats(0, 1), st.integers(0, 12), INSERTED), min_size=1, max_size=4))
def test_changed_samples(text: str, changes: list[tuple[float, int, str]]) -> None:
    """A real file with a few places cut out or overwritten."""
    for place, cut, inserted in changes:
        at = int(place * len(text))
        text = text[:at] + inserted + text[at + cut :]
    _survives(text.encode("utf-8", "surrogatepass"))


@given(st.sampled_from(TEXTS), st.floats(0, 1))
def test_files_cut_short(text: str, place: float) -> None:
    data = text.encode()
    _survives(data[: int(place * len(data))])


@pytest.mark.parametrize("path", HOSTILE, ids=lambda path: path.stem)
def test_hostile_file(path: Path) -> None:
    """The diagnostic that a file must give is the start of its name; `ok` for those that must parse."""
    expected = path.stem.split("_", 1)[0]

    codes = _survives(path.read_bytes())

    assert codes == ([] if expected == "ok" else [expected])


def _many(text: str, times: int = 100_000, per_line: int = 50) -> str:
    return (text * per_line + "\n") * (times // per_line)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("S006", _many("- ") + "1 t"),
        ("S006", _many("not ") + "x"),
        ("S006", _many("the size of ", 80_000) + "x"),
        ("S006", _many("sum of ") + "x"),
        ("S006", _many("sum of ", 90, 5) + "x " + _many("over its y ", 90, 5)),
        ("S006", _many("x of ") + "x"),
        ("S006", _many("the start of ", 70_000) + "this year"),
        ("S006", "x is in " + _many("the end of ", 70_000) + "this year"),
        ("S007", _many("x + ") + "x"),
        ("S007", _many("x × ") + "x"),
        ("S007", _many("x and ") + "x"),
        ("S007", _many("x or ") + "x"),
        ("S007", "x " + _many("but at least x ", 60_000)),
        ("S007", "x " + _many("last year ", 90_000)),
        ("S007", _many("1, ") + "1"),
        ("S007", "any of these " + _many("(a) x ")),
        ("S007", "by band of x " + _many("| up to 1 | 1 | ", 60_000)),
        ("S006", "(" * 1_000 + "x" + ")" * 90),
        ("S006", _many("(", 100_000) + "x" + _many(")", 100_000)),
        ("S017", _many(")", 100_000)),
        ("S006", _many("power (1, ", 65, 5) + "x" + ")" * 65),
        ("S006", _many("x of entry (", 65, 5) + "x" + ") of t" * 65),
        ("S006", _many("there is a x where (", 65, 5) + "x" + ")" * 65),
        ("S003", "x" * (LIMITS.line_characters + 1)),
        ("S008", "x" * 1_000),
        ("S010", "9" * 1_000),
        ("S010", "0." + "1" * 1_000),
        ("S011", "x " + "9" * 1_000 + " years ago"),
        ("S017", '"' * 999),
        ("S016", "'" * 999),
        ("S002", "x " * 600_000),
        ("S014", None),
    ],
)  # fmt: skip
def test_bombs(code: str, text: str | None) -> None:
    """Chains, depths and sizes that a person never writes are refused while they are read."""
    data = (HEAD + text).encode() if text is not None else b"\n" * 1_000_000 + b"x"

    assert [code] == _survives(data)
