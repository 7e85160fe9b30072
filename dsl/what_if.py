"""A figure that a user supposes, as a rule file: an instrument `what_if`, and an `amend` for each rule that it changes.

    language 1

    instrument what_if "What if" proposed

    amend credit_share
      cites what_if "credit_share = 5%" from 2026 = 5%

The file is read and checked as if a drafter had written it; nothing of the front end knows of what-ifs.

Invariant: a value is one literal; a text that would end it and begin something else is no value.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from capcode.dsl import ast
from capcode.dsl.syntax_errors import RESERVED

FILE = "what_if.rules"
_LITERALS = ast.Number | ast.DateLit | ast.Truth | ast.PeriodLit | ast.Absent | ast.ListOf


@dataclass(frozen=True, slots=True)
class Supposed:
    """One rule of the file: its value as a literal of the language, and the span (`from 2026`, or empty for a constant)."""

    rule: str
    value: str
    span: str


def literal(text: str) -> tuple[str, bool] | None:
    """The text in the canonical layout if it is one literal of the language, and whether it is a word; else None."""
    value = " ".join(text.split())
    if not value or "#" in value:
        return None
    clause = _only_clause(_tree(f'language 1\namend r\n  cites i "a"\n    = {value}\n'))
    if clause is None:
        return None
    found = clause.value.operand if isinstance(clause.value, ast.Negative) else clause.value
    word = isinstance(found, ast.Ref) and found.of is None and found is clause.value
    return (value, word) if word or isinstance(found, _LITERALS) else None


def _only_clause(tree: ast.File | None) -> ast.Clause | None:
    """The value alone: no condition, no reason, no second clause, section or statement."""
    if tree is None or len(tree.statements) != 1 or not isinstance(tree.statements[0], ast.Amend):
        return None
    sections = tree.statements[0].sections
    clauses = [c for s in sections for c in s.clauses if isinstance(c, ast.Clause) and c.condition is None and c.because is None]
    return clauses[0] if len(sections) == len(clauses) == 1 == len(sections[0].clauses) and not clauses[0].otherwise else None


def what_if_text(name: str, amended: Iterable[str], supposed: Iterable[Supposed], remarks: Iterable[str] = ()) -> str:
    """The canonical text of the file. `amended` are proposals without a day that it has to stand above."""
    from capcode.dsl.format import format_file

    head = [f"# {remark}" for remark in remarks]
    relations = "".join(f" amends {other}" for other in sorted(amended))
    by_rule: dict[str, list[Supposed]] = {}
    for one in supposed:
        by_rule.setdefault(one.rule, []).append(one)
    lines = ["language 1", *head, f'instrument {name} "What if" proposed{relations}']
    for rule, several in by_rule.items():
        lines.append(f"amend {rule}")
        lines += [f'  cites {name} "{rule} = {one.value}" {one.span} = {one.value}' for one in several]
    text = "\n".join(lines) + "\n"
    tree = _tree(text)
    return text if tree is None else format_file(tree)


def is_name(text: str) -> bool:
    """Whether a scheme may have this name."""
    return text.isascii() and text.isidentifier() and text not in RESERVED


def what_if_scheme(name: str, view: str, lines: Iterable[str], text: str) -> str:
    """The canonical text of a scheme that is made from a view, with its grafts, and with what a what-if (its text) adds."""
    from capcode.dsl.format import format_file

    rest = [line for line in text.split("\n")[1:] if not line.startswith("#")]  # the remarks say where an `amend` may stand
    whole = "\n".join(["language 1", f'scheme {name} "What if" is {view}', *(f"  {line}" for line in lines), *rest, ""])
    tree = _tree(whole)
    return whole if tree is None else format_file(tree)


def _tree(text: str) -> ast.File | None:
    from capcode.dsl.parse import parse_text  # and with it lark, only where somebody supposes something

    return parse_text(FILE, text)[0]
