"""The rule texts that properties run over: samples, good golden inputs, the library and the jurisdictions."""

from __future__ import annotations

import re
from pathlib import Path

from golden import FOLDER, expand, split_case

TESTS = Path(__file__).parent
ROOT = TESTS.parent
SAMPLES = sorted((TESTS / "samples").rglob("*.rules"))
SHIPPED = sorted(path for folder in ("rules", "jurisdictions") for path in (ROOT / folder).rglob("*.rules"))
_WORD = re.compile(r'"[^"\n]*"|#[^\n]*|\s+|[^\s"#]+')


def good_texts() -> dict[str, str]:
    """Name to text: everything that must parse."""
    texts = {f"samples/{path.stem}": path.read_text(encoding="utf-8") for path in SAMPLES}
    for path in sorted((FOLDER / "parse" / "good").glob("*.case")):
        texts[f"golden/{path.stem}"] = expand(split_case(path)[0]).decode()
    texts |= {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in SHIPPED}
    return texts


def words(text: str) -> list[str]:
    """The text without comments, cut where white space stands; a quoted text is one word, or part of one."""
    out: list[str] = []
    joined = False
    for match in _WORD.finditer(text):
        piece = match.group()
        if piece.isspace() or piece.startswith("#"):
            joined = False
            continue
        if joined:
            out[-1] += piece
        else:
            out.append(piece)
        joined = True
    return out
