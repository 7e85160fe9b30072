"""Source texts and places in them. A place is a half-open range of character offsets in one file.

Invariant: opens no file; a text is handed in.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field

_LEAD = re.compile(
    r"\b(?:(?:any|all)\s+of\s+these|its\s+share\s+of|by\s+band\s+of|the\s+(?:higher|lower|later|earlier|size|start|end)\s+of"
    r"|number\s+of|there\s+is\s+(?:an?|no)|set\s+by|this|sliding\s+from|the\s+(?:latest|earliest|only|first|final)|power\s*\()\s*$"
)


@dataclass(frozen=True, slots=True, eq=False)
class SourceFile:
    """A text and the short name that users know it by (`jurisdictions/eu/allocation.rules`, never an absolute path)."""

    name: str
    text: str = field(repr=False)
    line_starts: tuple[int, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        starts = [0]
        find = self.text.find
        at = find("\n")
        while at >= 0:
            starts.append(at + 1)
            at = find("\n", at + 1)
        object.__setattr__(self, "line_starts", tuple(starts))

    def line_of(self, offset: int) -> int:
        """Line number of a character offset, counted from 1."""
        return bisect_right(self.line_starts, offset)

    def column_of(self, offset: int) -> int:
        """Column of a character offset, counted from 1, in characters."""
        return offset - self.line_starts[self.line_of(offset) - 1] + 1

    def line_text(self, line: int) -> str:
        """The text of a line (from 1) without its line end; empty outside the file."""
        if not 1 <= line <= len(self.line_starts):
            return ""
        start = self.line_starts[line - 1]
        end = self.line_starts[line] - 1 if line < len(self.line_starts) else len(self.text)
        return self.text[start:end].rstrip("\r")


@dataclass(frozen=True, slots=True)
class Span:
    """Characters [start, end) of a source file."""

    file: SourceFile
    start: int
    end: int

    @property
    def line(self) -> int:
        return self.file.line_of(self.start)

    @property
    def column(self) -> int:
        return self.file.column_of(self.start)

    @property
    def where(self) -> str:
        """`jurisdictions/eu/cap.rules:12:5`"""
        return f"{self.file.name}:{self.line}:{self.column}"

    @property
    def words(self) -> str:
        """The author's own words, in one line. A place ends with its last word; brackets that it leaves open are closed."""
        end = self.end
        text = self.file.text
        missing = text.count("(", self.start, end) - text.count(")", self.start, end)
        while missing > 0:
            found = text.find(")", end)
            if found < 0:
                break
            end, missing = found + 1, missing - 1
        return " ".join(text[self.start : end].split())

    @property
    def phrase(self) -> str:
        """The words with those that open the form (`its share of …`, `all of these (a) …`) and with every bracket.

        A place begins with the first part that is not a keyword, so that these stand before it.
        """
        text, start = self.file.text, self.start
        depth = low = 0
        for sign in text[start : self.end]:
            depth += (sign == "(") - (sign == ")")
            low = min(low, depth)
        for _ in range(-low):
            before = text[:start].rstrip()
            if not before.endswith("("):
                break
            start = len(before) - 1
        lead = _LEAD.search(text, max(0, start - 60), start)
        return Span(self.file, start if lead is None else lead.start(), self.end).words

    def to(self, other: Span) -> Span:
        """The smallest place that holds both."""
        return Span(self.file, min(self.start, other.start), max(self.end, other.end))


NOWHERE = Span(SourceFile("(no file)", ""), 0, 0)
