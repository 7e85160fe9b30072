"""Names on the command line and in Python to folders and views: `eu@2024-06-01+com_2026_85`, a path, or nothing.

Invariant: checks nothing about the law; the front end does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from capcode.dsl import load_errors
from capcode.dsl.diagnostics import Diagnostic
from capcode.dsl.frontend import Checked, check_folder
from capcode.dsl.load import scheme_folders, search_roots


@dataclass(frozen=True, slots=True)
class Asked:
    """A scheme with the day and the instruments that were asked for."""

    scheme: str
    as_at: date | None
    chosen: frozenset[str]


def read_view(text: str) -> Asked | None:
    """`eu@2024-06-01+a+b` in its parts; None where the day is no day or a name is empty."""
    head, *chosen = text.split("+")
    scheme, at, day = head.partition("@")
    if not scheme or any(not name for name in chosen) or (at and not day):
        return None
    try:
        return Asked(scheme, date.fromisoformat(day) if day else None, frozenset(chosen))
    except ValueError:
        return None


def folders(roots: tuple[str, ...]) -> dict[str, Path]:
    """All schemes under the search roots."""
    return scheme_folders(search_roots(roots))


def check_named(name: str, roots: tuple[str, ...], added: Mapping[str, str] | None = None) -> Checked:
    """A scheme by its name under the roots, or a folder by its path; `added` are further rule files, by name."""
    known = folders(roots)
    if name in known:
        return check_folder(name, known[name], known, added)
    path = Path(name)
    if path.is_dir() and any(path.rglob("*.rules")):
        return check_folder(path.resolve().name, path, known, added)
    if path.is_file() and path.suffix == ".rules":
        return check_folder(path.resolve().parent.name, path.parent, known, added)
    return Checked(name, None, (no_scheme(name, known),), ())


def no_scheme(name: str, known: dict[str, Path]) -> Diagnostic:
    return load_errors.no_scheme(name, list(known))
