"""Syntax trees as JSON and back: so that a file that has not changed is not parsed again.

A tree is stored in the user's cache folder under the hash of its text, of the grammar and of the node types. It is
read back only if the file's own checksum fits; anything else is parsed anew. No pickles.

Invariant: `read(write(tree))` equals the tree, with the same places.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date
from functools import lru_cache
from typing import Any

from capcode.dsl import ast
from capcode.dsl.cache import read_checked, write_checked
from capcode.dsl.source import SourceFile, Span


@lru_cache(maxsize=1)
def _nodes() -> tuple[dict[type, tuple[str, tuple[str, ...]]], dict[str, tuple[type, int]]]:
    """Node types to their names and fields, and back."""
    kinds = {k: v for k, v in vars(ast).items() if isinstance(v, type) and issubclass(v, ast.Node)}
    fields: dict[type, tuple[str, tuple[str, ...]]] = {}
    for name, kind in kinds.items():
        written: tuple[str, ...] = tuple(kind.__match_args__)
        fields[kind] = (name, tuple(n for n in written if n != "span"))
    return fields, {k: (v, len(fields[v][1])) for k, v in kinds.items()}


@lru_cache(maxsize=1)
def shape() -> str:
    """A digest of the node types and their fields: a stored tree of another shape is not read."""
    fields, _ = _nodes()
    text = repr(sorted((name, names) for name, names in fields.values()))
    return hashlib.sha256(text.encode()).hexdigest()


def write(value: Any) -> Any:
    """A node as [name, start, end, fields…]; a tuple as {"t": …}; a day as {"d": …}."""
    if isinstance(value, ast.Node):
        name, names = _nodes()[0][type(value)]
        return [name, value.span.start, value.span.end, *(write(getattr(value, n)) for n in names)]
    if isinstance(value, tuple):
        return {"t": [write(v) for v in value]}
    if isinstance(value, date):
        return {"d": value.isoformat()}
    return value


def read(value: Any, file: SourceFile) -> Any:
    """The inverse of `write`."""
    kinds = _nodes()[1]

    def node(stored: Any) -> Any:
        if stored.__class__ is list:
            kind, count = kinds[stored[0]]
            if len(stored) != count + 3:
                raise ValueError(stored[0])
            return kind(Span(file, stored[1], stored[2]), *[node(v) for v in stored[3:]])
        if stored.__class__ is dict:
            many = stored.get("t")
            return tuple([node(v) for v in many]) if many is not None else date.fromisoformat(stored["d"])
        return stored

    return node(value)


def load_tree(file: SourceFile, grammar: str) -> ast.File | None:
    """The stored tree of a text, or None."""
    body = read_checked(_name(file, grammar))
    if body is None:
        return None
    try:
        tree = read(json.loads(body), file)
    except (ValueError, KeyError, TypeError, IndexError, RecursionError):
        return None
    return tree if isinstance(tree, ast.File) else None


def store_tree(tree: ast.File, file: SourceFile, grammar: str) -> None:
    """Keeps the tree of a text for the next run."""
    write_checked(_name(file, grammar), json.dumps(write(tree), separators=(",", ":"), ensure_ascii=False))


def _name(file: SourceFile, grammar: str) -> str:
    digest = hashlib.sha256(f"{grammar}\0{shape()}\0{file.text}".encode("utf-8", "surrogatepass")).hexdigest()
    return f"tree-{digest[:40]}.json"
