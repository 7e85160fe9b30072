"""The user's cache folder. What is stored there is only ever recomputable, and is checked before use.

Every file holds a checksum of its body on its first line; the caller puts the hash of everything that the body
depends on into the name. A wrong, truncated or foreign file is ignored.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from functools import lru_cache
from pathlib import Path

from capcode.dsl.files import write_atomically

MOST_FILES = 1024  # some schemes have twenty files; a few checkouts share the folder


@lru_cache(maxsize=1)
def cache_folder() -> Path | None:
    """The folder for capcode's cache, made if need be and closed to other users; None where there is no place for one.

    `CAPCODE_CACHE` names another folder; an empty value turns caching off.
    """
    named = os.environ.get("CAPCODE_CACHE")
    if named == "":
        return None
    try:
        base = Path(named) if named else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "capcode"
        base.mkdir(mode=0o700, parents=True, exist_ok=True)
    except (OSError, RuntimeError):
        return None
    return base if base.is_dir() and os.access(base, os.W_OK) else None


def read_checked(name: str) -> str | None:
    """The body of a stored file, if its checksum fits."""
    folder = cache_folder()
    if folder is None:
        return None
    path = folder / name
    try:
        if path.is_symlink():
            return None
        head, _, body = path.read_text(encoding="utf-8").partition("\n")
    except (OSError, ValueError):
        return None
    if head != _checksum(body):
        return None
    with contextlib.suppress(OSError):
        os.utime(path)  # what is used stays
    return body


def write_checked(name: str, body: str) -> None:
    """Stores a body; failures are ignored, and the files that were not used for longest give way."""
    folder = cache_folder()
    if folder is None:
        return
    write_atomically(folder / name, f"{_checksum(body)}\n{body}", must=False)
    with contextlib.suppress(OSError):
        files = sorted(folder.glob("*.json"), key=lambda p: p.stat().st_mtime)
        for old in files[: max(0, len(files) - MOST_FILES)]:
            old.unlink(missing_ok=True)


def _checksum(body: str) -> str:
    return hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest()
