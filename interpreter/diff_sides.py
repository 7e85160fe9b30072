"""The two laws of a comparison, from what the user wrote: a view, a folder, or a folder at a revision of git.

    eu@2022-01-01+com_2026_85      a view of a scheme
    my/folder@2024-01-01           a folder, perhaps with a day and instruments
    HEAD~1:jurisdictions/eu        a folder at a revision; what stands behind `@` and `+` is again the view

A folder at a revision is unpacked below a temporary folder, which lasts as long as the `Sides` are open.

Invariant: git is only asked to read; names are handed to it as arguments, never through a shell.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path, PurePosixPath
from types import TracebackType

from capcode.dsl import find, ir
from capcode.dsl.frontend import Checked, check_folder
from capcode.dsl.instruments import validate_view
from capcode.dsl.readings import Place, Readings
from capcode.dsl.section_text import SectionTexts
from capcode.dsl.views import LawView
from capcode.interpreter import ask_errors, diff_errors
from capcode.interpreter.api import Refused
from capcode.interpreter.law import law_view
from capcode.interpreter.what_if import load_changed

MOST_BYTES = 128 * 1024 * 1024  # of a folder at a revision, unpacked


@dataclass(frozen=True, eq=False)
class Side:
    """One law of the two. `name` is what the user wrote."""

    name: str
    checked: Checked = field(repr=False)
    program: ir.Program = field(repr=False)
    view: ir.View

    @cached_property
    def law(self) -> LawView:
        return law_view(self.program, self.view)

    @cached_property
    def texts(self) -> SectionTexts:
        return SectionTexts(self.checked.files)

    @cached_property
    def readings(self) -> Readings:
        """Who reads whom, in all that is written: a view can only take readings away."""
        return Readings(self.program)

    @cached_property
    def definitions(self) -> Mapping[Place, ir.Definition]:
        return self.readings.definitions


class Sides:
    """A context that holds two laws, and the temporary folders they were unpacked to."""

    def __init__(
        self, a: str, b: str, roots: tuple[str, ...] = (), *, one_law: bool = True, changes: Sequence[str] = (), grafts: Sequence[str] = (),
        asked: str | None = None,
    ) -> None:  # fmt: skip
        """one_law: whether the two must be versions of one law. changes, grafts: what-ifs of the second, from the year asked."""
        self._texts = (a, b)
        self._roots = roots
        self._one_law = one_law
        self._what_ifs = (changes, grafts, asked)
        self._stack = ExitStack()
        self._checked: dict[str, Checked] = {}

    def __enter__(self) -> tuple[Side, Side]:
        """Raises Refused where a side cannot be read, or the two are not versions of one law."""
        try:
            a, b = self._side(self._texts[0]), self._side(self._texts[1], *self._what_ifs)
            if self._one_law:
                _same_law(a, b)
        except BaseException:
            self._stack.close()
            raise
        return a, b

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stack.close()

    def _side(self, text: str, changes: Sequence[str] = (), grafts: Sequence[str] = (), period: str | None = None) -> Side:
        """The law of a text, with what-ifs from a year on; raises Refused."""
        folder, asked = self._folder(text)
        key = folder if folder is not None else asked.scheme
        if key not in self._checked:
            known = find.folders(self._roots)
            found = check_folder(Path(key).resolve().name, Path(key), known) if folder else find.check_named(key, self._roots)
            self._checked[key] = found
        checked = self._checked[key]
        if checked.program is None:
            errors = [d for d in checked.diagnostics if d.is_error]
            raise Refused([replace(d, title=f"{d.title} (in {text})") if d.span.file.text else d for d in errors])
        view = ir.View(checked.program.scheme, asked.as_at, asked.chosen)
        wrong = validate_view(checked.program, view, ask_errors.ASKED)
        if any(d.is_error for d in wrong):
            raise Refused(wrong)
        if not changes and not grafts:
            return Side(text, checked, checked.program, view)
        supposed = load_changed(key + str(view).removeprefix(view.scheme), changes, grafts, period, self._roots, None)
        return Side(str(supposed.law.view), supposed.checked, supposed.law.program, supposed.law.view)

    def _folder(self, text: str) -> tuple[str | None, find.Asked]:
        """The folder (None: a scheme by name) and the day and instruments that were asked for."""
        if text not in find.folders(self._roots) and _has_rules(text):
            return text, find.Asked(text, None, frozenset())
        revision, colon, rest = text.partition(":")
        if colon and revision and not Path(text).exists():
            path, asked = _view_of(rest, text)
            return str(self._at_revision(text, revision, path)), asked
        asked = _asked(text)
        if asked.scheme in find.folders(self._roots):
            return None, asked
        if _has_rules(asked.scheme):
            return asked.scheme, asked
        if os.sep in asked.scheme or asked.scheme.startswith("."):
            raise Refused([diff_errors.no_side(text)])
        return None, asked

    # ---- git

    def _at_revision(self, text: str, revision: str, path: str) -> Path:
        git = shutil.which("git")
        if git is None:
            raise Refused([diff_errors.no_git(text)])
        clean = PurePosixPath(path.strip("/") or ".")
        if revision.startswith("-") or ".." in clean.parts:
            raise Refused([diff_errors.no_revision(text, "")])
        top = _git(git, text, ["rev-parse", "--show-toplevel"], None).decode("utf-8", "surrogateescape").strip()
        tree = revision + ":" + ("" if str(clean) == "." else str(clean))
        packed = _git(git, text, ["archive", "--format=tar", tree], top)
        if len(packed) > MOST_BYTES:
            raise Refused([diff_errors.too_large(text, MOST_BYTES)])
        root = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="capcode-")))
        folder = root / (clean.name or "scheme")
        folder.mkdir()
        _unpack(packed, folder)
        if not _has_rules(str(folder)):
            raise Refused([diff_errors.no_revision(text, "")])
        return folder


def _asked(text: str) -> find.Asked:
    asked = find.read_view(text)
    if asked is None:
        raise Refused([ask_errors.bad_view(text)])
    return asked


def _view_of(rest: str, text: str) -> tuple[str, find.Asked]:
    """The path behind a revision, and the view behind the path."""
    asked = find.read_view(rest)
    if asked is None:
        raise Refused([ask_errors.bad_view(text)])
    return asked.scheme, asked


def _has_rules(text: str) -> bool:
    try:
        path = Path(text)
        return path.is_dir() and any(path.rglob("*.rules"))
    except (OSError, ValueError):
        return False


def _git(git: str, text: str, arguments: list[str], folder: str | None) -> bytes:
    """What git prints; Refused with its own words where it fails."""
    try:
        done = subprocess.run([git, *arguments], cwd=folder, capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.SubprocessError, ValueError):
        raise Refused([diff_errors.no_revision(text, "")]) from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise Refused([diff_errors.no_revision(text, said[0].removeprefix("fatal: ") if said else "")])
    return done.stdout


def _unpack(packed: bytes, folder: Path) -> None:
    """Plain files alone, each below the folder; links and devices are left out."""
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        for member in archive:
            parts = PurePosixPath(member.name).parts
            if not member.isfile() or not parts or any(p in ("..", "/") or "\0" in p for p in parts):
                continue
            source = archive.extractfile(member)
            if source is None:
                continue
            target = folder.joinpath(*parts)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read())


def _same_law(a: Side, b: Side) -> None:
    """Two versions of one law share most of their names."""
    if a.program is b.program or a.program.scheme == b.program.scheme:
        return
    names = [set(s.program.rules) | set(s.program.measures) | set(s.program.duties) for s in (a, b)]
    shared, smaller = len(names[0] & names[1]), min(map(len, names))
    if 2 * shared < smaller or not shared:
        raise Refused([diff_errors.different_laws(a.program.scheme, b.program.scheme)])
