"""Bytes of a rule file to its syntax tree: the stored tree if the file has not changed, otherwise by parsing.

The parser, and with it lark, is loaded only when something has to be parsed.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from importlib import resources

from capcode.dsl import ast
from capcode.dsl.ast_store import load_tree, store_tree
from capcode.dsl.diagnostics import Diagnostic
from capcode.dsl.source import SourceFile

_READERS = ("grammar.lark", "parse.py", "build_ast.py", "build_expr.py", "build_node.py", "build_rule.py")


@lru_cache(maxsize=1)
def _reader_digest() -> str:
    """What the tree of a text depends on besides the text: the grammar and the modules that read by it."""
    folder = resources.files("capcode.dsl")
    digest = hashlib.sha256()
    for name in _READERS:
        digest.update(folder.joinpath(name).read_bytes())
    return digest.hexdigest()


def read_rules(name: str, data: bytes) -> tuple[ast.File | None, list[Diagnostic]]:
    """The tree of a rule file, or why it cannot be read. `name` is what messages call the file."""
    try:
        file = SourceFile(name, data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        file = None
    if file is not None:
        stored = load_tree(file, _reader_digest())
        if stored is not None:
            return stored, []
    from capcode.dsl.parse import parse_bytes

    tree, parsed, found = parse_bytes(name, data)
    if tree is not None and not found:
        store_tree(tree, parsed, _reader_digest())
    return tree, found
