"""Stored trees are the trees that parsing gives, and nothing else is ever read from the cache."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from capcode.dsl import ast_store, cache
from capcode.dsl.parse import parse_bytes
from capcode.dsl.read_rules import read_rules

RULES = sorted((Path(__file__).parent.parent / "jurisdictions").rglob("*.rules"))


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of this test's own."""
    monkeypatch.setenv("CAPCODE_CACHE", str(tmp_path))
    cache.cache_folder.cache_clear()
    yield tmp_path
    cache.cache_folder.cache_clear()


@pytest.mark.parametrize("path", RULES, ids=lambda p: f"{p.parent.name}-{p.name}")
def test_a_tree_comes_back_as_it_was(path: Path) -> None:
    """Every shipped file: write, JSON, read gives the tree, with the same places."""
    tree, file, _ = parse_bytes(path.name, path.read_bytes())
    assert tree is not None

    back = ast_store.read(json.loads(json.dumps(ast_store.write(tree))), file)

    assert tree == back
    assert [s.span.where for s in tree.statements] == [s.span.where for s in back.statements]


def test_a_damaged_file_is_parsed_anew(own_cache: Path) -> None:
    """Truncated, foreign and well-formed but wrong files in the cache are ignored."""
    data = b'language 1\nscheme x "X"\n'
    expected, _ = read_rules("x.rules", data)
    stored = [p for p in own_cache.iterdir() if p.name.startswith("tree-")]
    assert len(stored) == 1
    text = stored[0].read_text()

    for damaged in (text[:-3], "", "[]", text.replace('"x"', '"y"'), f"{cache._checksum('[1]')}\n[1]"):
        stored[0].write_text(damaged)

        assert read_rules("x.rules", data)[0] == expected


def test_no_cache_where_there_is_no_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An empty CAPCODE_CACHE, or one that cannot be made, costs time and nothing else."""
    (tmp_path / "file").write_text("")
    for place in ("", str(tmp_path / "file" / "below")):
        monkeypatch.setenv("CAPCODE_CACHE", place)
        cache.cache_folder.cache_clear()

        tree, found = read_rules("x.rules", b'language 1\nscheme x "X"\n')

        assert tree is not None and not found
    cache.cache_folder.cache_clear()
