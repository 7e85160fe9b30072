"""Reading within roots and writing all or nothing.

Invariant: a file outside the given root is never opened, whatever a rule file names.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path


def write_atomically(path: Path, text: str | bytes, *, must: bool = True) -> None:
    """Writes beside the target and replaces it in one step: a reader sees the old file or the new one.

    With `must=False` a failure is ignored (caches).
    """
    data = text.encode("utf-8") if isinstance(text, str) else text
    temporary = None
    try:
        handle, temporary = tempfile.mkstemp(prefix=".capcode-", dir=path.parent)
        with os.fdopen(handle, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        made = Path(temporary)
        made.chmod(0o644)
        made.replace(path)
        temporary = None
    except OSError:
        if must:
            raise
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()


def inside(root: Path, relative: str) -> Path | None:
    """The file that a rule file names, if it lies in the root and no link leads to it; otherwise None."""
    if not relative or "\\" in relative or "\0" in relative or ":" in relative or relative.startswith(("/", "~")):
        return None
    parts = relative.split("/")
    if any(part in ("", ".", "..") for part in parts):
        return None
    path = root.joinpath(*parts)
    at = root
    for part in parts:
        at = at / part
        if at.is_symlink():
            return None
    return path
