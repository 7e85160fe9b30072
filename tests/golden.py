"""Golden cases: an input and its exact output in one file, `golden/<pass>/{good,bad}/<topic>.case`.

A pass is a function from the bytes of one rule file to an `Outcome`. To add a pass, write such a function and put it
into `PASSES`; the folder of its name then holds its cases.

In an input, `<<x + *2001>>` stands for `x + ` written 2,001 times (`\\n` in it is a line end), and `<<0xFF>>` for that
byte: so a case can hold what cannot or should not stand in a file.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from capcode.dsl.diagnostics import render_all
from capcode.dsl.format import format_file
from capcode.dsl.frontend import check_texts
from capcode.dsl.parse import parse_bytes
from capcode.dsl.types import YES_NO, show

FOLDER = Path(__file__).parent / "golden"
SEPARATOR = "=== expected\n"
_MACRO = re.compile(rb"<<(?:0x([0-9A-F]{2})|([^<>]*)\*(\d+))>>")


@dataclass(frozen=True)
class Outcome:
    """What a pass made of an input: `good` when it found no error, and the text that a reader compares."""

    good: bool
    text: str


def parse_pass(data: bytes) -> Outcome:
    """Good: the canonical text. Bad: the rendered diagnostics."""
    tree, _, diagnostics = parse_bytes("input.rules", data)
    if tree is None:
        return Outcome(False, render_all(diagnostics) + "\n")
    return Outcome(True, format_file(tree))


def check_pass(data: bytes) -> Outcome:
    """Good: every definition with its type, and the warnings. Bad: the rendered diagnostics.

    A line `--- tables/prices.csv` begins a table that the rules before it may name.
    """
    rules, *tables = re.split(r"(?m)^--- (.+)\n", data.decode("utf-8", "surrogateescape"))
    checked = check_texts("input", {"input.rules": rules, **dict(zip(tables[::2], tables[1::2], strict=True))})
    diagnostics = render_all(list(checked.diagnostics))
    if checked.program is None:
        return Outcome(False, diagnostics + "\n")
    lines = []
    for part in ("rules", "measures", "duties", "accounts", "checks"):
        for law in getattr(checked.program, part).values():
            head = f"{law.name}{f' of {law.entity}' if law.entity else ''}{f' each {law.kind}' if law.kind else ''}"
            lines.append(f"{head} : {show(getattr(law, 'type', YES_NO))}")
    return Outcome(True, "\n".join([*lines, *([diagnostics] if diagnostics else [])]) + "\n")


PASSES: dict[str, Callable[[bytes], Outcome]] = {"parse": parse_pass, "check": check_pass}


def case_files() -> list[Path]:
    """All cases of all passes, in a fixed order."""
    return sorted(FOLDER.glob("*/*/*.case"))


def split_case(path: Path) -> tuple[str, str]:
    """The input as written, and the expected output."""
    written, separator, expected = path.read_text(encoding="utf-8").partition(SEPARATOR)
    assert separator or not expected, path
    return written, expected


def expand(written: str) -> bytes:
    """The input that is meant: with repetitions and odd bytes in place."""

    def meant(match: re.Match[bytes]) -> bytes:
        code, text, times = match.groups()
        return bytes([int(code, 16)]) if code else text.replace(b"\\n", b"\n") * int(times)

    return _MACRO.sub(meant, written.encode())


def bless(path: Path, written: str, text: str) -> None:
    """Writes the present output into the case; the diff is yours to approve."""
    path.write_text(written + SEPARATOR + text, encoding="utf-8", newline="\n")
