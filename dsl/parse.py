"""Text to syntax tree: limits on the raw text, lexing and parsing by lark's LALR tables, building by `build_ast`.

Building the tables from the grammar takes over a second, reading them a tenth of one; so they are kept as JSON in
the user's cache folder under the hash of the grammar and lark's version. A missing or damaged file is made anew.

Invariant: never raises for what a user wrote; returns a tree or diagnostics.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
import unicodedata
from functools import lru_cache
from importlib import resources
from itertools import pairwise
from typing import Any

import lark
from lark import Lark, Token
from lark.exceptions import UnexpectedCharacters, UnexpectedEOF, UnexpectedToken
from lark.lexer import PatternStr

from capcode.dsl import ast
from capcode.dsl import syntax_errors as errors
from capcode.dsl.build_ast import Builder, Refused
from capcode.dsl.cache import read_checked, write_checked
from capcode.dsl.diagnostics import Diagnostic
from capcode.dsl.limits import LIMITS
from capcode.dsl.source import SourceFile, Span

_HIDDEN = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
_BRACKETS = re.compile(r'"[^"\n]*"|#[^\n]*|[()]')
_BEFORE_FIRST_WORD = re.compile(r"(?:[ \t\r\n\f]|#[^\n]*)*+")
_LAST_WORD = re.compile(r"\b([a-zA-Z_][a-zA-Z_0-9]*)\Z")
_COMMENT = re.compile(r'"[^"\n]*"|#([^\n]*)')
_OPEN_PER_LEVEL = 32  # more than the words that one level of the grammar can leave open before the next
_READABLE = {
    "NAME": "a name", "STRING": 'a text in quotes', "NUMBER": "a number", "INT": "a whole number", "DATE": "a date",
    "FY": "a year such as 2023-24", "MONTHLIT": "a month such as 2024/03", "QUARTERLIT": "a quarter such as 2024 Q1",
    "$END": "the end of the file",
    "CMP": "`≥`", "MUL": "`×`", "DIV": "`÷`", "PLUS": "`+`", "MINUS": "`−`", "MODE": "`half_up`", "_AT": "`at`",
    "LANG": "`ja`", "MONTH": "a month's name", "LPAR": "`(`", "RPAR": "`)`", "COMMA": "`,`", "COLON": "`:`",
    "EQUAL": "`=`", "VBAR": "`|`", "SEMICOLON": "`;`", "PERCENT": "`%`", "DOT": "`.`", "SLASH": "`/`",
    "YES_NO": "`yes/no`", "NOT_ROUNDED": "`not rounded`", "NOT_ENCODED": "`not encoded`", "AT": "`@`",
    "IN_THIS_ORDER": "`in this order`", "OVER_ALL": "`over all`", "AS_ISSUED": "`as issued`", "AS_BEFORE": "`as before`",
}  # fmt: skip


@lru_cache(maxsize=1)
def _tables() -> Any:
    """The serialised LALR tables (lark's own form, with keys as JSON leaves them)."""
    grammar = resources.files("capcode.dsl").joinpath("grammar.lark").read_text(encoding="utf-8")
    name = "grammar-" + hashlib.sha256(f"{lark.__version__} {grammar}".encode()).hexdigest()[:40] + ".json"
    body = read_checked(name)
    if body is not None:
        return json.loads(body)
    stored = _build_tables(grammar)
    write_checked(name, json.dumps(stored, separators=(",", ":")))
    return stored


def _build_tables(grammar: str) -> Any:
    from lark.grammar import Rule
    from lark.lexer import TerminalDef

    built = Lark(grammar, parser="lalr", maybe_placeholders=False)
    data, memo = built.memo_serialize([TerminalDef, Rule])
    return json.loads(json.dumps({"data": data, "memo": memo}))


def _whole_keys(table: dict[str, Any]) -> dict[int, Any]:
    return {int(key): value for key, value in table.items()}


@lru_cache(maxsize=1)
def _parser() -> tuple[Lark, _Forward]:
    stored = _tables()
    parse_table = stored["data"]["parser"]["parser"]
    restored = {
        **parse_table,
        "tokens": _whole_keys(parse_table["tokens"]),
        "states": {int(s): _whole_keys(actions) for s, actions in parse_table["states"].items()},
    }
    data = {**stored["data"], "parser": {**stored["data"]["parser"], "parser": restored}}
    forward = _Forward()
    parser = Lark.__new__(Lark)
    parser._load({"data": data, "memo": _whole_keys(stored["memo"])}, transformer=forward)
    return parser, forward


class _Forward(threading.local):
    """Lark binds callbacks once; each file has its own builder. This passes the calls on to the thread's present one."""

    def __init__(self) -> None:
        self.builder: Builder | None = None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or not hasattr(Builder, name):
            raise AttributeError(name)
        method = getattr(Builder, name)
        return lambda children: method(self.builder, children)


def parse_bytes(name: str, data: bytes) -> tuple[ast.File | None, SourceFile, list[Diagnostic]]:
    """Bytes of a rule file to its tree; no tree when there are errors."""
    if len(data) > LIMITS.file_bytes:
        file = SourceFile(name, "")
        return None, file, [errors.too_large(Span(file, 0, 0), len(data), LIMITS.file_bytes)]
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        file = SourceFile(name, data[: problem.start].decode("utf-8", "replace"))
        return None, file, [errors.not_utf8(Span(file, len(file.text), len(file.text)))]
    return parse_text(name, text)


def parse_text(name: str, text: str) -> tuple[ast.File | None, SourceFile, list[Diagnostic]]:
    """The text of a rule file to its tree; no tree when there are errors."""
    file = SourceFile(name, text)
    refused = _refuse_raw(file)
    if refused:
        return None, file, refused
    if _first_word(text) == len(text):
        return None, file, [errors.no_language_line(Span(file, 0, min(len(text), 1)))]
    _, forward = _parser()
    forward.builder = Builder(file)
    try:
        tree = _read(file)
    except UnexpectedCharacters as problem:
        at = problem.pos_in_stream or 0
        return None, file, [errors.odd_character(Span(file, at, at + 1), text[at : at + 1])]
    except UnexpectedToken as problem:
        return None, file, [_unexpected_token(file, problem)]
    except UnexpectedEOF:
        return None, file, [errors.unexpected(Span(file, len(text), len(text)), "", ())]
    except Refused as refusal:
        return None, file, [refusal.diagnostic]
    finally:
        forward.builder = None
    if tree.version != 1:
        return None, file, [errors.other_language(Span(file, 0, 8), tree.version)]
    comments = tuple(
        ast.Comment(Span(file, m.start(), m.end()), m.group(1).strip()) for m in _COMMENT.finditer(text) if m.group(1) is not None
    )
    return ast.File(tree.span, tree.version, tree.statements, comments), file, []


def _read(file: SourceFile) -> ast.File:
    """Feeds the parser word by word, and stops where more is left open than any permitted nesting leaves."""
    parser, _ = _parser()
    reader = parser.parse_interactive(_without_comments(file.text))
    open_parts = reader.parser_state.state_stack
    token: Token | None = None
    try:
        for token in reader.iter_parse():
            if len(open_parts) > _OPEN_PER_LEVEL * LIMITS.nesting:
                raise Refused(errors.too_deep(Span(file, token.start_pos or 0, token.end_pos or 0)))
        tree: ast.File = reader.feed_eof(token)  # type: ignore[no-untyped-call]
    except UnexpectedToken as problem:
        problem.interactive_parser = reader
        raise
    return tree


def _without_comments(text: str) -> str:
    """Spaces in place of comments, so that every place stays, and a comment may part `not` from `rounded`."""
    return _COMMENT.sub(lambda m: m.group() if m.group(1) is None else " " * len(m.group()), text) if "#" in text else text


def _first_word(text: str) -> int:
    """Where the text begins, after white space and comments."""
    found = _BEFORE_FIRST_WORD.match(text)
    return found.end() if found else 0


def _refuse_raw(file: SourceFile) -> list[Diagnostic]:
    """Limits and hidden characters, before any parsing."""
    text = file.text
    if len(text) > LIMITS.file_bytes:
        return [errors.too_large(Span(file, 0, 0), len(text), LIMITS.file_bytes)]
    if not text.isascii():
        if not unicodedata.is_normalized("NFC", text):
            composed = unicodedata.normalize("NFC", text)
            at = next((i for i, (a, b) in enumerate(zip(text, composed, strict=False)) if a != b), 0)
            return [errors.not_normal(Span(file, at, at + 1))]
    hidden = _HIDDEN.search(text)
    if hidden:
        name = unicodedata.name(hidden.group(), f"U+{ord(hidden.group()):04X}").lower()
        return [errors.hidden_character(Span(file, hidden.start(), hidden.end()), name)]
    starts = (*file.line_starts, len(text) + 1)
    for a, b in pairwise(starts):
        if b - a - 1 > LIMITS.line_characters:
            return [errors.long_line(Span(file, a, a + 1))]
    depth = 0
    for bracket in _BRACKETS.finditer(text):
        if bracket.group() == "(":
            depth += 1
            if depth > LIMITS.nesting:
                return [errors.too_many_brackets(Span(file, bracket.start(), bracket.end()))]
        elif bracket.group() == ")":
            depth -= 1
    return []


def _unexpected_token(file: SourceFile, problem: UnexpectedToken) -> Diagnostic:
    token: Token = problem.token
    start = token.start_pos if token.start_pos is not None else len(file.text)
    end = token.end_pos if token.end_pos is not None else start
    span = Span(file, start, end)
    if token.type == "$END":
        span = Span(file, len(file.text), len(file.text))
    accepts = problem.accepts or problem.expected or set()
    if token.type != "NAME" and "NAME" in accepts and str(token) in errors.RESERVED:
        return errors.reserved_word(span, str(token))
    if start <= _first_word(file.text):
        return errors.no_language_line(span)
    words = sorted({_readable(t) for t in accepts}, key=lambda w: (w.startswith("`"), w))
    before = _LAST_WORD.search(_without_comments(file.text[: span.start]).rstrip()[-LIMITS.name_characters :])
    return errors.unexpected(span, "" if token.type == "$END" else str(token)[:40], tuple(words), before.group(1) if before else "")


def _readable(terminal: str) -> str:
    """A terminal as a reader knows it; lark's own names are kept for no one to see."""
    if terminal in _READABLE:
        return _READABLE[terminal]
    return f"`{_keywords().get(terminal, terminal.lower())}`"


@lru_cache(maxsize=1)
def _keywords() -> dict[str, str]:
    parser, _ = _parser()
    return {t.name: t.pattern.value for t in parser.terminals if isinstance(t.pattern, PatternStr)}
