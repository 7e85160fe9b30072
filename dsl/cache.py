"""The user's cache folder. What is stored there is only ever recomputable, and is checked before use."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder() -> Path | None:
    """The folder for capcode's cache, made if need be and closed to other users; None where there is no place for one.

    `CAPCODE_CACHE` names another folder; an empty value turns caching off.
    """
    named = os.environ.get("CAPCODE_CACHE")
    if named == "":
        return None
    base = Path(named) if named else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "capcode"
    try:
        base.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        return None
    return base if base.is_dir() else None
