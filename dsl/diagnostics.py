"""Diagnostics as values: what, where in the file and in the law, why, and what to do next.

A pass calls a constructor of its phase's wording module (`syntax_errors`, `load_errors`, `name_errors`,
`type_errors`, `view_errors`); nothing else writes sentences. `render` is the only place that lays them out.

Invariant: never shows a path outside the user's roots, nor a Python name.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

from capcode.dsl.limits import LIMITS
from capcode.dsl.source import Span

_AROUND = 200  # characters of a very long line that are shown before and after a place


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """`title` names the cause in one line; `why` and `next` are full sentences; `law` is the article around it."""

    code: str
    title: str
    span: Span
    why: str = ""
    next: str = ""
    law: str = ""
    related: tuple[tuple[Span, str], ...] = ()
    severity: str = "error"  # error, warning

    @property
    def is_error(self) -> bool:
        return self.severity == "error"


@dataclass(slots=True)
class Bag:
    """Collects diagnostics in the order in which passes find them; a place is complained about once per code."""

    found: list[Diagnostic] = field(default_factory=list)
    _seen: set[tuple[str, str, int]] = field(default_factory=set)

    def add(self, diagnostic: Diagnostic) -> None:
        key = (diagnostic.code, diagnostic.span.file.name, diagnostic.span.start)
        if key not in self._seen:
            self._seen.add(key)
            self.found.append(diagnostic)

    def extend(self, diagnostics: Iterable[Diagnostic]) -> None:
        for diagnostic in diagnostics:
            self.add(diagnostic)

    @property
    def has_errors(self) -> bool:
        return any(d.is_error for d in self.found)

    def in_order(self) -> list[Diagnostic]:
        """By file and place, so that the list does not depend on the order of passes."""
        return sorted(self.found, key=lambda d: (d.span.file.name, d.span.start, d.code))


def visible(text: str) -> str:
    """User text made safe for a terminal: control, format and private characters are shown as escapes."""
    return text if text.isprintable() else "".join(c if c.isprintable() else f"\\u{{{ord(c):x}}}" for c in text)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known name that the author most likely meant, if one is near."""
    matches = get_close_matches(word, sorted(known), n=1, cutoff=0.7)
    return matches[0] if matches else None


def with_law(diagnostic: Diagnostic, law: str) -> Diagnostic:
    """The same diagnostic, under the article that surrounds its place."""
    return diagnostic if diagnostic.law or not law else replace(diagnostic, law=law)


def render(diagnostic: Diagnostic, *, source_line: bool = True) -> str:
    """Plain text. The first line names place and cause."""
    d = diagnostic
    lines = [f"{visible(d.span.where)}: {d.severity} {d.code}: {visible(d.title)}"]
    if d.law:
        lines.append(f"  under {visible(d.law)}")
    if source_line and d.span.end > d.span.start:
        text = d.span.file.line_text(d.span.line)
        column = d.span.column
        if len(text) > LIMITS.line_characters:  # a line of a table: only what is around the place
            cut = max(0, column - 1 - _AROUND)
            text, column = text[cut : cut + 2 * _AROUND], column - cut
        length = max(1, min(d.span.end - d.span.start, len(text) - column + 1))
        lines.append(f"  | {visible(text)}")
        pad = _width(visible(text[: column - 1]))
        lines.append("  | " + " " * pad + "^" * max(1, _width(visible(text[column - 1 : column - 1 + length]))))
    for span, note in d.related:
        lines.append(f"  {visible(span.where)}: {visible(note)}")
    if d.why:
        lines.append(f"  why: {visible(d.why)}")
    if d.next:
        lines.append(f"  next: {visible(d.next)}")
    return "\n".join(lines)


def render_all(diagnostics: list[Diagnostic], *, source_line: bool = True) -> str:
    """All of them, up to the limit, then how many more."""
    shown = diagnostics[: LIMITS.diagnostics]
    text = "\n\n".join(render(d, source_line=source_line) for d in shown)
    if len(diagnostics) > len(shown):
        text += f"\n\n… and {len(diagnostics) - len(shown)} more"
    return text


def as_json(diagnostic: Diagnostic) -> dict[str, object]:
    """A plain record for `--json`: places count lines and columns from 1."""
    d = diagnostic
    return {
        "code": d.code,
        "severity": d.severity,
        "title": d.title,
        "file": d.span.file.name,
        "line": d.span.line,
        "column": d.span.column,
        "law": d.law,
        "why": d.why,
        "next": d.next,
        "related": [{"file": s.file.name, "line": s.line, "column": s.column, "note": n} for s, n in d.related],
    }


def _width(text: str) -> int:
    """Columns that a terminal uses: East Asian wide characters take two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
