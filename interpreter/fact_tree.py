"""A facts file as a tree of texts with places: from YAML, from JSON, and from plain Python objects.

Nothing is interpreted: every leaf is a text, and a number is never read through a binary fraction. What both forms
share is checked while the tree is built: depth, repeated keys, length of texts, hidden characters, number of entries.

Shape of the result: a Node, or the one Diagnostic that stopped the reading.
Invariant: no recursion over the input, and time linear in its length.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from capcode.dsl.diagnostics import Diagnostic
from capcode.dsl.limits import LIMITS
from capcode.dsl.source import SourceFile, Span
from capcode.interpreter import fact_errors as errors

if TYPE_CHECKING:
    from yaml.events import Event

LARGEST_TREE = 2_000_000  # entries of one YAML or JSON file: some seconds; larger populations are tables


@dataclass(frozen=True, slots=True)
class Leaf:
    """A text at [start, end). form: text, number (JSON), word (JSON true, false), empty (nothing stands there)."""

    text: str
    start: int
    end: int
    form: str = "text"


@dataclass(frozen=True, slots=True)
class Branch:
    """Names and what stands under them, in the order of the file; no name twice."""

    entries: list[tuple[Leaf, Node]]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    items: list[Node]
    start: int
    end: int


Node: TypeAlias = Leaf | Branch | Items


# Control characters, direction marks, invisible joiners, halves of pairs, private use, noncharacters.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ue000-\uf8ff"
    "\ufeff\ufff0-\ufffb\ufffe\uffff\U000e0000-\U000e0fff\U000f0000-\U0010ffff]"
)


def text_of(name: str, data: bytes | str, limit: int) -> SourceFile | Diagnostic:
    """The text of a file, without a mark of byte order. Errors: F001, F002, F004."""
    empty = Span(SourceFile(name, ""), 0, 0)
    if len(data) > limit:
        return errors.too_large(empty, limit)
    if isinstance(data, bytes):
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            return errors.not_utf8(empty)
    else:
        text = data.removeprefix("\ufeff")
    file = SourceFile(name, text)
    if not (text.isascii() and text.isprintable()):
        found = _HIDDEN.search(text)
        if found is not None:
            return hidden(Span(file, found.start(), found.end()), found.group())
    return file


def hidden(span: Span, character: str) -> Diagnostic:
    return errors.hidden_character(span, unicodedata.name(character, f"U+{ord(character):04X}"))


def check_text(text: str, span_of: Span) -> Diagnostic | None:
    """Whether a leaf or cell may stand in facts: its length, hidden characters (also from escapes), composed form."""
    if len(text) > LIMITS.cell_characters:
        return errors.long_text(span_of)
    if text.isascii() and text.isprintable():
        return None
    found = _HIDDEN.search(text)
    if found is not None:
        return hidden(span_of, found.group())
    return None if unicodedata.is_normalized("NFC", text) else errors.not_normal(span_of)


# ---------------------------------------------------------------- building


@dataclass(slots=True)
class _Open:
    start: int
    entries: list[tuple[Leaf, Node]] | None  # None: a list
    items: list[Node]
    keys: dict[str, Leaf]
    key: Leaf | None = None


class _Stop(Exception):
    """Carries the diagnostic that ends the reading; never leaves this module."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.title)
        self.diagnostic = diagnostic


@dataclass(slots=True)
class _Builder:
    file: SourceFile
    form: str
    stack: list[_Open] = field(default_factory=list)
    root: Node | None = None
    count: int = 0

    def open(self, start: int, *, names: bool) -> None:
        if len(self.stack) >= LIMITS.facts_depth:
            raise _Stop(errors.too_deep(Span(self.file, start, start + 1)))
        self._counted(start)
        top = self.stack[-1] if self.stack else None
        if top is not None and top.entries is not None and top.key is None:
            raise _Stop(errors.not_readable(Span(self.file, start, start + 1), self.form, "a name is wanted here"))
        self.stack.append(_Open(start, [] if names else None, [], {}))

    def leaf(self, leaf: Leaf) -> None:
        self._counted(leaf.start)
        wrong = check_text(leaf.text, Span(self.file, leaf.start, leaf.end))
        if wrong is not None:
            raise _Stop(wrong)
        top = self.stack[-1] if self.stack else None
        if top is not None and top.entries is not None and top.key is None:
            first = top.keys.get(leaf.text)
            if first is not None:
                place = Span(self.file, leaf.start, leaf.end)
                raise _Stop(errors.repeated_key(place, leaf.text, Span(self.file, first.start, first.end)))
            top.keys[leaf.text] = leaf
            top.key = leaf
            return
        self._put(leaf)

    def close(self, end: int) -> None:
        top = self.stack.pop()
        self._put(Items(top.items, top.start, end) if top.entries is None else Branch(top.entries, top.start, end))

    def _put(self, node: Node) -> None:
        if not self.stack:
            self.root = node
            return
        top = self.stack[-1]
        if top.entries is None:
            top.items.append(node)
        elif top.key is not None:
            top.entries.append((top.key, node))
            top.key = None

    def _counted(self, start: int) -> None:
        self.count += 1
        if self.count > LARGEST_TREE:
            raise _Stop(errors.too_many(Span(self.file, start, start + 1), LARGEST_TREE))


# ---------------------------------------------------------------- YAML


def read_yaml(file: SourceFile) -> Node | Diagnostic:
    """One document of plain names, lists and texts. An empty file is an empty Branch. Errors: F004 to F006, F010 to F014."""
    import yaml

    build = _Builder(file, "YAML")
    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    documents = 0
    try:
        events: Iterator[Event] = yaml.parse(file.text, Loader=loader)
        for event in events:
            start = event.start_mark.index if event.start_mark is not None else 0
            end = event.end_mark.index if event.end_mark is not None else start
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise _Stop(errors.yaml_feature(Span(file, start, start + 3), "several documents"))
                if event.tags:
                    raise _Stop(errors.yaml_feature(Span(file, start, start + 1), "tags"))
                continue
            if getattr(event, "anchor", None) is not None:
                raise _Stop(errors.yaml_feature(Span(file, start, start + 1), "anchors and aliases"))
            if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent) and event.tag is not None:
                raise _Stop(errors.yaml_feature(Span(file, start, start + 1), "tags"))
            if isinstance(event, yaml.ScalarEvent):
                empty = event.value == "" and start == end
                # An empty place is shown by the sign before it.
                build.leaf(Leaf("", max(0, start - 1), end, "empty") if empty else Leaf(event.value, start, end))
            elif isinstance(event, yaml.CollectionStartEvent):
                build.open(start, names=isinstance(event, yaml.MappingStartEvent))
            elif isinstance(event, yaml.CollectionEndEvent):
                build.close(end)
    except _Stop as stop:
        return stop.diagnostic
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = min(mark.index, len(file.text)) if mark is not None else 0
        return errors.not_readable(Span(file, at, min(at + 1, len(file.text))), "YAML", error.problem or "unexpected text")
    except (yaml.YAMLError, ValueError, OverflowError):
        return errors.not_readable(Span(file, 0, 0), "YAML", "unexpected text")
    root = build.root
    if root is None or (isinstance(root, Leaf) and root.form == "empty"):
        return Branch([], 0, 0)
    return root


# ---------------------------------------------------------------- JSON

_SPACE = re.compile(r"[ \t\r\n]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_WORDS = {"t": "true", "f": "false", "n": "null"}
_STRINGS = json.JSONDecoder(strict=True)


def read_json(file: SourceFile) -> Node | Diagnostic:
    """Strict JSON: no name twice, no NaN; numbers keep their text. Errors: F004 to F006, F010 to F012, F014.

    The grammar is walked here and not by `json.loads`, which gives no places and recurses; texts are read by `json`.
    """
    build = _Builder(file, "JSON")
    try:
        _walk_json(file, build)
    except _Stop as stop:
        return stop.diagnostic
    return build.root if build.root is not None else errors.not_readable(Span(file, 0, 0), "JSON", "the file is empty")


def _walk_json(file: SourceFile, build: _Builder) -> None:
    text = file.text
    at, size = 0, len(text)
    wanted = "value"  # value, item (value or ]), name (name or }), next name, colon, comma, end
    skip = _SPACE.match
    while True:
        space = skip(text, at)
        at = space.end() if space is not None else at
        if at >= size:
            if wanted == "end":
                return
            raise _Stop(errors.not_readable(Span(file, size, size), "JSON", "the file ends too early"))
        c = text[at]
        if wanted in ("value", "item"):
            if c == "]" and wanted == "item":
                build.close(at + 1)
                at += 1
                wanted = "comma" if build.stack else "end"
                continue
            if c in "{[":
                build.open(at, names=c == "{")
                at += 1
                wanted = "name" if c == "{" else "item"
                continue
            leaf = _json_leaf(file, at)
            build.leaf(leaf)
            at = leaf.end
            wanted = "comma" if build.stack else "end"
        elif wanted in ("name", "next name"):
            if c == "}" and wanted == "name":
                build.close(at + 1)
                at += 1
                wanted = "comma" if build.stack else "end"
                continue
            if c != '"':
                raise _Stop(errors.not_readable(Span(file, at, at + 1), "JSON", "a name in double quotes is wanted here"))
            leaf = _json_leaf(file, at)
            build.leaf(leaf)
            at, wanted = leaf.end, "colon"
        elif wanted == "colon" and c == ":":
            at, wanted = at + 1, "value"
        elif wanted == "comma" and c == ",":
            at, wanted = at + 1, "value" if build.stack[-1].entries is None else "next name"
        elif wanted == "comma" and c == ("]" if build.stack[-1].entries is None else "}"):
            build.close(at + 1)
            at += 1
            wanted = "comma" if build.stack else "end"
        else:
            name = {"colon": "a colon", "comma": "a comma or the closing bracket", "end": "the end of the file"}[wanted]
            raise _Stop(errors.not_readable(Span(file, at, at + 1), "JSON", f"{name} is wanted here"))


def _json_leaf(file: SourceFile, at: int) -> Leaf:
    text, c = file.text, file.text[at]
    if c == '"':
        try:
            value, end = _STRINGS.raw_decode(text, at)
        except ValueError:
            raise _Stop(errors.not_readable(Span(file, at, at + 1), "JSON", "a text is not closed or has a wrong escape")) from None
        return Leaf(str(value), at, end)
    number = _NUMBER.match(text, at)
    if number is not None:
        return Leaf(number.group(), at, number.end(), "number")
    word = _WORDS.get(c, "")
    if word and text.startswith(word, at):
        return Leaf("" if word == "null" else word, at, at + len(word), "empty" if word == "null" else "word")
    raise _Stop(errors.not_readable(Span(file, at, at + 1), "JSON", "a value is wanted here"))


# ---------------------------------------------------------------- Python objects


def tree_of(data: object, file: SourceFile) -> Node | Diagnostic:
    """Plain objects (dict, list, str, int, bool, None, Decimal) as a tree without places. Floats are refused (F015)."""
    build = _Builder(file, "a plain object")
    spot = Span(file, 0, 0)
    todo: list[tuple[str, object]] = [("value", data)]
    try:
        while todo:
            what, one = todo.pop()
            if what == "close":
                build.close(0)
            elif isinstance(one, bool):
                build.leaf(Leaf("true" if one else "false", 0, 0, "word"))
            elif isinstance(one, str):
                build.leaf(Leaf(one, 0, 0))
            elif one is None:
                build.leaf(Leaf("", 0, 0, "empty"))
            elif isinstance(one, int):
                if abs(one).bit_length() > LIMITS.value_bits:
                    raise _Stop(errors.long_number(spot))
                build.leaf(Leaf(str(one), 0, 0, "number"))
            elif isinstance(one, Decimal):
                exponent = one.as_tuple().exponent
                if not isinstance(exponent, int) or abs(exponent) > LIMITS.value_bits:
                    raise _Stop(errors.not_plain(spot, "such a Decimal"))
                build.leaf(Leaf(f"{one:f}", 0, 0, "number"))
            elif isinstance(one, dict):
                build.open(0, names=True)
                todo.append(("close", None))
                for name, value in reversed(one.items()):
                    if not isinstance(name, str):
                        raise _Stop(errors.not_plain(spot, "a name that is not a text"))
                    todo.append(("value", value))
                    todo.append(("value", name))
            elif isinstance(one, list | tuple):
                build.open(0, names=False)
                todo.append(("close", None))
                todo.extend(("value", value) for value in reversed(one))
            else:
                raise _Stop(errors.not_plain(spot, "a float" if isinstance(one, float) else "such an object"))
    except _Stop as stop:
        return stop.diagnostic
    return build.root if build.root is not None else errors.empty_value(spot)
