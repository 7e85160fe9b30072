"""The examples in Markdown pages: blocks fenced as `rules`, their tables, and the prelude that they are put behind.

The words after the three backticks say how a block is run:

    ```rules                       a whole scheme, beginning with `language 1`: it must check without error
    ```rules after eu              behind the prelude `manual_preludes/eu.rules`; the line `language 1` is left out
    ```rules wrong C005 after eu   must give C005 first
    ```rules beside host donor     a whole scheme, with these preludes as the schemes that it may derive from and graft
    ```view wrong after small      a view of a prelude's law
    ```csv tables/days.csv         a table for the blocks of rules below it on the page
    ```yaml after facts            a facts file for the scheme of that prelude (see `test_error_pages.py`)

Blocks of any other kind (`text`, `console`) are not run. Odd bytes and repetitions are written as in golden cases.
"""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from golden import expand

from capcode.dsl import ir
from capcode.dsl.diagnostics import Diagnostic
from capcode.dsl.frontend import check_folder, check_texts
from capcode.dsl.instruments import parse_view, validate_view
from capcode.dsl.parse import parse_bytes

TESTS = Path(__file__).parent
ROOT = TESTS.parent
PRELUDES = TESTS / "manual_preludes"
_FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """One fenced block. `tables` are the files given above it on its page; `code` is what `wrong` names, if it names one."""

    page: str
    line: int
    form: str  # rules, yaml, csv, …
    words: tuple[str, ...]
    text: str
    tables: dict[str, str] = field(default_factory=dict)

    @property
    def prelude(self) -> str | None:
        return self.words[self.words.index("after") + 1] if "after" in self.words else None

    @property
    def beside(self) -> tuple[str, ...]:
        return self.words[self.words.index("beside") + 1 :] if "beside" in self.words else ()

    @property
    def is_wrong(self) -> bool:
        return "wrong" in self.words

    @property
    def code(self) -> str | None:
        following = self.words[self.words.index("wrong") + 1 :] if self.is_wrong else ()
        return following[0] if following and following[0] not in ("after", "beside") else None

    @property
    def name(self) -> str:
        return f"{self.page}:{self.line}"

    def with_page_code(self) -> str:
        """The code that the block must give: the one it names, or that of its page."""
        return self.code or Path(self.page).stem


def blocks_of(path: Path) -> list[Block]:
    """The fenced blocks of a page, in order."""
    text = path.read_text(encoding="utf-8")
    found: list[Block] = []
    tables: dict[str, str] = {}
    for match in _FENCE.finditer(text):
        form, *words = match.group(1).split() or [""]
        line = text.count("\n", 0, match.start()) + 1
        if form == "csv" and words and "wrong" not in words and "after" not in words:
            tables = {**tables, words[0]: expand(match.group(2)).decode()}
        found.append(Block(path.relative_to(ROOT).as_posix(), line, form, tuple(words), match.group(2), tables))
    return found


@lru_cache
def prelude_texts(name: str) -> dict[str, str]:
    """A prelude as the files of a scheme: its rules, and every table beside it."""
    texts = {f"tables/{p.name}": p.read_text(encoding="utf-8") for p in sorted((PRELUDES / "tables").glob("*.csv"))}
    return {**texts, "a_prelude.rules": (PRELUDES / f"{name}.rules").read_text(encoding="utf-8")}


def program_of(block: Block) -> ir.Program | None:
    """The program of a block of rules that is right; None for one that stands beside other schemes."""
    if block.beside:
        return None
    own = {"block.rules": block.text} if block.prelude is None else {"block.rules": "language 1\n" + block.text}
    above = prelude_texts(block.prelude) if block.prelude is not None else {}
    return check_texts(block.prelude or "block", {**above, **block.tables, **own}).program


def check(block: Block) -> list[Diagnostic]:
    """Every diagnostic of a block, in order; those of the prelude come first, so none may be there."""
    data = expand(block.text)
    if block.form == "view":
        return _check_view(block.prelude or "", data.decode().strip())
    if block.beside:
        return _check_beside(data, block.beside)
    if block.prelude is None:
        _, _, found = parse_bytes("block.rules", data)
        if found:
            return found
        return list(check_texts("block", {**block.tables, "block.rules": data.decode()}).diagnostics)
    texts = {**prelude_texts(block.prelude), **block.tables, "block.rules": "language 1\n" + data.decode()}
    return list(check_texts(block.prelude, texts).diagnostics)


def _check_view(prelude: str, text: str) -> list[Diagnostic]:
    program = check_texts(prelude, prelude_texts(prelude)).program
    assert program is not None
    view = parse_view(program, text)
    return [view] if isinstance(view, Diagnostic) else validate_view(program, view)


def _check_beside(data: bytes, others: tuple[str, ...]) -> list[Diagnostic]:
    with tempfile.TemporaryDirectory() as folder:
        roots = {}
        for name in others:
            roots[name] = Path(folder, name)
            roots[name].mkdir()
            (roots[name] / "tables").mkdir()
            for file, text in prelude_texts(name).items():
                (roots[name] / file).write_text(text, encoding="utf-8")
        own = Path(folder, "block")
        own.mkdir()
        (own / "block.rules").write_bytes(data)
        return list(check_folder("block", own, roots).diagnostics)
