"""Syntax tree to the one canonical text. Reading the text back gives the same tree; formatting it again changes nothing.

Comments are not in the tree. Formatting changes no word of the text but brackets, so a comment's place is the number of
words before it: it goes above the line that holds the next word, or, where it stood at the end of a line or inside a
clause, above that line.

Invariant: a comment is never lost, and never leaves its statement or the gap between two statements.
Invariant: opens no file.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import accumulate

from capcode.dsl import ast
from capcode.dsl.format_statements import Laid, statement
from capcode.dsl.limits import LIMITS

_WORD = re.compile(r'"[^"\n]*"|#[^\n]*|[A-Za-z0-9_]+|[<>]=|[^\s]')


def format_file(file: ast.File) -> str:
    """The canonical text of a file, with its comments; ends with one line end."""
    language = Laid(0, (f"language {file.version}",))
    groups: list[tuple[object, list[Laid]]] = [(ast.File, [language])]
    groups += [(type(node), statement(node)) for node in file.statements]
    above = _comments_above([laid for _, lines in groups for laid in lines], file)
    out: list[str] = []
    at = 0
    for i, (kind, lines) in enumerate(groups):
        if i and (kind is not groups[i - 1][0] or above[at]) and not (i == 1 and kind is ast.Scheme and not above[at]):
            out.append("")
        for laid in lines:
            out += [_comment(laid.indent, text) for text in above[at]]
            out += laid.lines
            at += 1
    if above[at]:
        out += ["", *(_comment(0, text) for text in above[at])]
    return "\n".join(out) + "\n"


def _comment(indent: int, text: str) -> str:
    full = f"{' ' * indent}# {text}".rstrip()
    return full if len(full) <= LIMITS.line_characters else f"#{text}"


def _words(text: str) -> list[int]:
    """Where each word begins; brackets and comments are no words, as the formatter may add or move them."""
    return [m.start() for m in _WORD.finditer(text) if m.group()[0] not in "()#"]


def _comments_above(lines: list[Laid], file: ast.File) -> list[list[str]]:
    """For each line-group the comments that go above it, and last those of the end of the file."""
    above: list[list[str]] = [[] for _ in range(len(lines) + 1)]
    if not file.comments:
        return above
    source = file.span.file.text
    starts = _words(source)
    ends = list(accumulate(len(_words("\n".join(laid.lines))) for laid in lines))
    last = len(lines) - 1
    for comment in file.comments:
        place = comment.span.start
        before = bisect_right(starts, place)
        own_line = not source[source.rfind("\n", 0, place) + 1 : place].strip()
        previous = min(bisect_right(ends, before - 1), last) if before else 0
        following = bisect_right(ends, before) if before < len(starts) else last + 1
        above[following if own_line else previous].append(comment.text)
    return above
