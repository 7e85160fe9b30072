"""The canonical text of one section, clause or statement, found by its place: for comparing two texts of the law.

Layout and comments are no part of it, so two sections that differ in these alone have equal texts.

Invariant: opens no file; depends on the trees alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from capcode.dsl import ast
from capcode.dsl.format_statements import statement
from capcode.dsl.source import Span

_LAWFUL = (ast.Rule, ast.Amend, ast.Measure, ast.Duty, ast.Account, ast.Check)


class SectionTexts:
    """The trees of one scheme, asked by place (a section) or by name (a declaration). Texts are made when asked for."""

    def __init__(self, files: Iterable[ast.File]) -> None:
        self._sections: dict[tuple[str, int], tuple[ast.Statement, int]] = {}
        self._named: dict[tuple[str, str], ast.Statement] = {}
        for file in files:
            for node in file.statements:
                self._enter(file.span.file.name, node)

    def _enter(self, file: str, node: ast.Statement) -> None:
        if isinstance(node, _LAWFUL):
            for position, section in enumerate(node.sections):
                self._sections[file, section.span.start] = (node, position)
        sort = type(node).__name__.lower().rstrip("_")
        name = _name_of(node)
        if name is not None:
            self._named[sort, name] = node

    def section(self, span: Span) -> str:
        """The section at a place, without the head of its statement; its own words where it is no section of a statement."""
        found = self._sections.get((span.file.name, span.start))
        if found is None:
            return span.words
        node, position = found
        alone = _with_sections(node, position)
        return _joined(alone, 1)

    def head(self, sort: str, name: str) -> str:
        """The first line-group of a rule, measure, duty, account or check; empty where there is none."""
        node = self._named.get((sort, name))
        return "" if node is None else "\n".join(statement(node)[0].lines)

    def declaration(self, sort: str, name: str) -> str:
        """A whole statement that declares something (entity, fact, unit, period, instrument, mapping); empty where there is none."""
        node = self._named.get((sort, name))
        return "" if node is None else _joined(node, 0)

    def declarations(self, *sorts: str) -> list[tuple[str, str]]:
        """Sort and name of the statements of these sorts, in code-point order."""
        return sorted(key for key in self._named if key[0] in sorts)


def _joined(node: ast.Statement, skip: int) -> str:
    lines = [line for laid in statement(node)[skip:] for line in laid.lines]
    margin = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    return "\n".join(line[margin:] for line in lines)


def _with_sections(node: ast.Statement, position: int) -> ast.Statement:
    """The statement with one of its sections alone; a section without citations has those of the one above it."""
    sections = node.sections  # type: ignore[union-attr]
    one = sections[position]
    above = next((s.cites for s in reversed(sections[: position + 1]) if s.cites), ())
    return replace(node, sections=(replace(one, cites=above),))  # type: ignore[arg-type]


def _name_of(node: ast.Statement) -> str | None:
    if isinstance(node, ast.Rule | ast.Question):
        return node.head.name.text
    if isinstance(node, ast.Fact):
        return node.field.name.text
    if isinstance(node, ast.Mapping):
        return node.entity.text
    if isinstance(node, ast.Case):
        return None
    return node.name.text
