"""Folders to syntax trees and tables: search roots, the files of a scheme, the shared vocabulary, CSV tables.

Invariant: opens only files inside the scheme's folder or the shared vocabulary, each once; follows no links.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from pathlib import Path

from capcode.dsl import ast
from capcode.dsl import load_errors as errors
from capcode.dsl.diagnostics import Diagnostic
from capcode.dsl.files import inside
from capcode.dsl.limits import LIMITS
from capcode.dsl.read_rules import read_rules
from capcode.dsl.source import SourceFile, Span
from capcode.dsl.syntax_errors import too_large


@dataclass(frozen=True, slots=True)
class CsvTable:
    """A table file: its header and its rows with their line numbers. Cells are stripped of outer blanks."""

    name: str
    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...] = field(repr=False)


@dataclass(slots=True)
class SchemeSource:
    """What one scheme is made from: its trees, the trees of the vocabulary it uses, and where its tables lie."""

    name: str
    files: list[ast.File]
    root: Path | None
    texts: Mapping[str, str] = field(default_factory=dict)
    shared: list[ast.File] = field(default_factory=list)
    base: SchemeSource | None = None  # of a derived scheme
    _tables: dict[str, CsvTable | Diagnostic] = field(default_factory=dict)

    @property
    def own_files(self) -> set[str]:
        """The names of the files of this scheme and of what it is derived from."""
        above = self.base.own_files if self.base is not None else set()
        return above | {f.span.file.name for f in self.files}

    @property
    def scheme(self) -> ast.Scheme | None:
        """The scheme's own statement, if a file has one."""
        return next((s for f in self.files for s in f.statements if isinstance(s, ast.Scheme)), None)

    def table(self, file: str, span: Span) -> CsvTable | Diagnostic:
        """A table named in a rule file, or why it cannot be used."""
        if file not in self._tables:
            self._tables[file] = self._read(file, span)
        return self._tables[file]

    def _read(self, file: str, span: Span) -> CsvTable | Diagnostic:
        if self.base is not None and span.file.name in self.base.own_files:
            return self.base.table(file, span)
        if file in self.texts:
            return read_csv(file, self.texts[file].encode("utf-8", "surrogatepass"), span)
        path = inside(self.root, file) if self.root is not None else None
        if path is None or not path.is_file():
            return errors.no_table_file(span, file)
        try:
            if path.stat().st_size > LIMITS.table_bytes:
                return errors.table_limit(span, file, 0, LIMITS.table_bytes, "bytes")
            return read_csv(file, path.read_bytes(), span)
        except OSError:
            return errors.no_table_file(span, file)


def read_csv(name: str, data: bytes, span: Span) -> CsvTable | Diagnostic:
    """Strict CSV with one header line: equal widths, no repeated column, UTF-8."""
    if len(data) > LIMITS.table_bytes:
        return errors.table_limit(span, name, 0, LIMITS.table_bytes, "bytes")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return errors.bad_table(span, name, 0, "it is not UTF-8 text", "Save it as “CSV UTF-8”.")
    if "\0" in text:
        return errors.bad_table(span, name, 0, "it holds a NUL character", "Save it as “CSV UTF-8”.")
    csv.field_size_limit(LIMITS.cell_characters * 4)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[tuple[int, tuple[str, ...]]] = []
    header: tuple[str, ...] | None = None
    try:
        for cells in reader:
            line = reader.line_num
            row = tuple(cell.strip() for cell in cells)
            if not any(row):
                continue
            if any(len(cell) > LIMITS.cell_characters for cell in row):
                return errors.table_limit(span, name, line, LIMITS.cell_characters, "characters in one cell")
            if header is None:
                header = row
                if len(row) > LIMITS.table_columns:
                    return errors.table_limit(span, name, line, LIMITS.table_columns, "columns")
                if len(set(row)) != len(row) or "" in row:
                    return errors.bad_table(span, name, line, "a column's name is empty or repeated", "Name each column once.")
                continue
            if len(row) != len(header):
                return errors.bad_table(
                    span, name, line, f"{len(row)} cells where the header has {len(header)}", "Quote cells that hold a comma."
                )
            rows.append((line, row))
            if len(rows) > LIMITS.table_rows:
                return errors.table_limit(span, name, line, LIMITS.table_rows, "rows")
    except csv.Error:
        step = "Close every quote, and put quotes around the whole cell only."
        return errors.bad_table(span, name, reader.line_num, "the quotes or line ends are wrong", step)
    if header is None:
        return errors.bad_table(span, name, 0, "it is empty", "The first line names the columns.")
    return CsvTable(name, header, tuple(rows))


@lru_cache(maxsize=1)
def shipped() -> tuple[Path, Path]:
    """The folders of the shipped schemes and of the shared vocabulary."""
    return Path(str(resources.files("capcode.jurisdictions"))), Path(str(resources.files("capcode.rules")))


def search_roots(extra: tuple[str, ...] = ()) -> list[Path]:
    """The user's roots first (`--root`, then CAPCODE_ROOTS), then the shipped schemes."""
    named = [*extra, *filter(None, os.environ.get("CAPCODE_ROOTS", "").split(os.pathsep))]
    return [*(Path(r) for r in named), shipped()[0]]


def scheme_folders(roots: list[Path]) -> dict[str, Path]:
    """Every scheme by its folder's name; an earlier root hides a later one."""
    found: dict[str, Path] = {}
    for root in roots:
        if not root.is_dir():
            continue
        for folder in sorted(root.iterdir()):
            if folder.name not in found and folder.is_dir() and not folder.is_symlink() and any(folder.glob("*.rules")):
                found[folder.name] = folder
    return dict(sorted(found.items()))


def load_folder(name: str, folder: Path) -> tuple[SchemeSource, list[Diagnostic]]:
    """All rule files of a folder, also those of its subfolders (`cases/`)."""
    diagnostics: list[Diagnostic] = []
    paths = sorted(p for p in folder.rglob("*.rules") if not p.is_symlink())
    if not paths:
        diagnostics.append(errors.no_files(name))
    shown = ((f"{name}/{path.relative_to(folder).as_posix()}", path) for path in paths)
    files = _trees(name, ((file, _bytes_of(path, file)) for file, path in shown), diagnostics)
    source = SchemeSource(name, files, folder)
    diagnostics.extend(_load_shared(source))
    return source, diagnostics


def load_texts(name: str, texts: Mapping[str, str]) -> tuple[SchemeSource, list[Diagnostic]]:
    """A scheme from texts in memory: rule files by name, and tables by the name that rules use for them."""
    diagnostics: list[Diagnostic] = []
    rules = ((f, t.encode("utf-8", "surrogatepass")) for f, t in sorted(texts.items()) if f.endswith(".rules"))
    files = _trees(name, rules, diagnostics)
    source = SchemeSource(name, files, None, {f: t for f, t in texts.items() if not f.endswith(".rules")})
    diagnostics.extend(_load_shared(source))
    return source, diagnostics


def add_texts(source: SchemeSource, texts: Mapping[str, str]) -> list[Diagnostic]:
    """Further rule files of a scheme, beside those of its folder."""
    diagnostics: list[Diagnostic] = []
    source.files += _trees(source.name, ((f, t.encode("utf-8", "surrogatepass")) for f, t in sorted(texts.items())), diagnostics)
    return diagnostics


def _bytes_of(path: Path, shown: str) -> bytes | Diagnostic:
    """The content of a plain file that is not too large for a rule file."""
    try:
        if not path.is_file():
            return errors.unreadable(shown)
        size = path.stat().st_size
        if size > LIMITS.file_bytes:
            return too_large(Span(SourceFile(shown, ""), 0, 0), size, LIMITS.file_bytes)
        return path.read_bytes()
    except OSError:
        return errors.unreadable(shown)


def _trees(name: str, files: Iterable[tuple[str, bytes | Diagnostic]], diagnostics: list[Diagnostic]) -> list[ast.File]:
    """The trees of a scheme's rule files; none is read beyond the number and the size that one scheme may have."""
    trees: list[ast.File] = []
    scheme = Span(SourceFile(name, ""), 0, 0)
    size = 0
    for count, (shown, data) in enumerate(files):
        if count == LIMITS.files:
            diagnostics.append(errors.too_many(scheme, "files in one scheme", LIMITS.files))
            break
        if isinstance(data, Diagnostic):
            diagnostics.append(data)
            continue
        size += len(data)
        if size > LIMITS.scheme_bytes:
            diagnostics.append(errors.too_many(scheme, "bytes in the rule files of one scheme", LIMITS.scheme_bytes))
            break
        tree, found = read_rules(shown, data)
        diagnostics.extend(found)
        if tree is not None:
            trees.append(tree)
    return trees


def load_base(source: SchemeSource, others: Mapping[str, Path]) -> list[Diagnostic]:
    """Loads what a derived scheme `is`, and what that is in its turn."""
    diagnostics: list[Diagnostic] = []
    seen = {source.name}
    while source.scheme is not None and source.scheme.derived is not None:
        derived = source.scheme.derived
        name = ".".join(derived.scheme.names)
        if name in seen or name not in others:
            diagnostics.append(errors.no_base(derived.scheme.span, name, sorted(set(others) - seen), circle=name in seen))
            break
        if len(seen) > LIMITS.uses:
            diagnostics.append(errors.too_many(derived.scheme.span, "schemes above a derived one", LIMITS.uses))
            break
        seen.add(name)
        source.base, found = load_folder(name, others[name])
        diagnostics.extend(found)
        source = source.base
    return diagnostics


def _load_shared(source: SchemeSource) -> list[Diagnostic]:
    """The vocabulary that the scheme `uses`: `compare.questions` is `rules/questions.rules`."""
    diagnostics: list[Diagnostic] = []
    heads = [s for file in source.files for s in file.statements if isinstance(s, ast.Scheme)]
    wanted = [line for head in heads for line in head.lines if isinstance(line, ast.Uses)]
    if len(wanted) > LIMITS.uses:
        return [errors.too_many(wanted[LIMITS.uses].span, "`uses` in one scheme", LIMITS.uses)]
    for line in wanted:
        tree, found = _shared(".".join(line.path.names))
        if tree is None and not found:
            found = [errors.uses_unknown(line.span, ".".join(line.path.names))]
        diagnostics.extend(found)
        if tree is not None and tree not in source.shared:
            source.shared.append(tree)
    return diagnostics


@lru_cache(maxsize=LIMITS.uses)
def _shared(path: str) -> tuple[ast.File | None, list[Diagnostic]]:
    library, _, name = path.partition(".")
    if library != "compare" or not name.isidentifier():
        return None, []
    file = shipped()[1] / f"{name}.rules"
    if not file.is_file():
        return None, []
    tree, found = read_rules(f"rules/{name}.rules", file.read_bytes())
    return tree, found
