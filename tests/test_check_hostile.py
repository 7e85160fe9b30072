"""Whatever is done to a rule file or its tables, the checker answers with diagnostics, and soon."""

from __future__ import annotations

import re
import time
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from capcode.dsl.diagnostics import render_all
from capcode.dsl.frontend import check_texts

FOLDER = Path(__file__).parent / "samples"
SECONDS = 20  # of processor time: a guard against explosions, far above what a slow machine takes
_TOKEN = re.compile(r'"[^"\n]*"|\s+|\w+|[^\w\s]')


def _texts(scheme: str) -> dict[str, str]:
    folder = FOLDER / scheme
    files = [p for p in sorted(folder.rglob("*")) if p.suffix in (".rules", ".csv")]
    return {p.relative_to(folder).as_posix(): p.read_text(encoding="utf-8") for p in files}


SCHEMES = {p.name: _texts(p.name) for p in sorted(FOLDER.iterdir()) if p.is_dir()}
TOKENS = {name: _TOKEN.findall(texts[f"{name}.rules"]) for name, texts in SCHEMES.items()}
NAMES = st.sampled_from(sorted(SCHEMES))
# Statements of some lines, so that a splice parses now and then and reaches the later passes.
BLOCKS = {name: re.split(r"\n(?=\w)", texts[f"{name}.rules"]) for name, texts in SCHEMES.items()}


def _survives(name: str, texts: dict[str, str]) -> None:
    """The checker ends in time, and every diagnostic can be shown."""
    start = time.process_time()
    checked = check_texts(name, texts)
    render_all(list(checked.diagnostics))
    assert time.process_time() - start < SECONDS
    assert checked.program is not None or checked.has_errors


@given(NAMES, st.data())
def test_tokens_lost_doubled_swapped(name: str, data: st.DataObject) -> None:
    tokens = list(TOKENS[name])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(tokens) - 2))
        match data.draw(st.sampled_from(("lose", "double", "swap", "copy"))):
            case "lose":
                del tokens[at]
            case "double":
                tokens.insert(at, tokens[at])
            case "swap":
                other = data.draw(st.integers(0, len(tokens) - 1))
                tokens[at], tokens[other] = tokens[other], tokens[at]
            case _:
                tokens[at] = data.draw(st.sampled_from(tokens))
    _survives(name, SCHEMES[name] | {f"{name}.rules": "".join(tokens)})


@given(NAMES, st.data())
def test_one_word_for_another(name: str, data: st.DataObject) -> None:
    """A word becomes another word of the file, of its own form: most of these parse."""
    tokens = list(TOKENS[name])
    words = [i for i, t in enumerate(tokens) if (t.isidentifier() and "_" in t) or t.isdigit()]
    for _ in range(data.draw(st.integers(1, 3))):
        at, other = data.draw(st.sampled_from(words)), data.draw(st.sampled_from(words))
        if tokens[at].isdigit() == tokens[other].isdigit():
            tokens[at] = tokens[other]
    _survives(name, SCHEMES[name] | {f"{name}.rules": "".join(tokens)})


@given(NAMES, NAMES, st.data())
def test_statements_lost_moved_and_taken_from_another(name: str, other: str, data: st.DataObject) -> None:
    blocks = list(BLOCKS[name])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(1, len(blocks) - 1))
        if data.draw(st.booleans()):
            del blocks[at]
        else:
            blocks.insert(at, data.draw(st.sampled_from(BLOCKS[other][1:] or BLOCKS[other])))
        if len(blocks) < 3:
            break
    _survives(name, SCHEMES[name] | {f"{name}.rules": "\n".join(blocks)})


@given(NAMES, NAMES, st.data())
def test_halves_of_two_files(name: str, other: str, data: st.DataObject) -> None:
    first, second = SCHEMES[name][f"{name}.rules"], SCHEMES[other][f"{other}.rules"]
    text = first[: data.draw(st.integers(0, len(first)))] + second[data.draw(st.integers(0, len(second))) :]
    _survives(name, SCHEMES[other] | SCHEMES[name] | {f"{name}.rules": text})


WITH_TABLES = sorted(name for name, texts in SCHEMES.items() if any(f.endswith(".csv") for f in texts))


@given(st.sampled_from(WITH_TABLES), st.data())
def test_bytes_in_tables(name: str, data: st.DataObject) -> None:
    texts = dict(SCHEMES[name])
    file = data.draw(st.sampled_from(sorted(f for f in texts if f.endswith(".csv"))))
    raw = bytearray(texts[file].encode())
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(raw)))
        raw[at : at + data.draw(st.integers(0, 3))] = data.draw(
            st.one_of(
                st.binary(max_size=4), st.sampled_from([b",", b'"', b"\n", b"\r", b"\0", b"9" * 40, b"-", b"%", b'unknown "x"', b" per "])
            )
        )
    texts[file] = raw.decode("utf-8", "surrogateescape")
    _survives(name, texts)


@given(st.sampled_from(WITH_TABLES), st.text(max_size=200), st.data())
def test_another_text_for_a_table(name: str, text: str, data: st.DataObject) -> None:
    file = data.draw(st.sampled_from(sorted(f for f in SCHEMES[name] if f.endswith(".csv"))))
    _survives(name, SCHEMES[name] | {file: text})
