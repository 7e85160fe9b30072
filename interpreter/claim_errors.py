"""Wording of mistakes in tables of published statements (codes F121 to F132)."""

from __future__ import annotations

from collections.abc import Iterable

from capcode.dsl.diagnostics import Diagnostic, nearest
from capcode.dsl.limits import LIMITS
from capcode.dsl.source import Span
from capcode.interpreter.fact_errors import short, some

_HELD = "A statement that is not held against the rules would stand in the list as if it had been."


def _near(word: str, known: Iterable[str], otherwise: str) -> str:
    near = nearest(word, known) if len(word) <= LIMITS.name_characters else None
    return f"Did you mean `{near}`?" if near else otherwise


def no_column(span: Span, header: str, known: Iterable[str]) -> Diagnostic:
    return Diagnostic(
        "F121", f"the column `{short(header)}` says nothing", span, _HELD,
        _near(header, known, f"The columns are {', '.join(known)}."),
    )  # fmt: skip


def missing_column(span: Span, name: str, known: Iterable[str]) -> Diagnostic:
    return Diagnostic(
        "F122", f"the column `{name}` is missing", span,
        "Every table of claims has the same columns, so that readers can put them together.",
        f"Write the header {','.join(known)}, and leave cells empty where there is nothing to say.",
    )  # fmt: skip


def empty(span: Span, column: str, why: str, step: str) -> Diagnostic:
    return Diagnostic("F123", f"`{column}` is empty", span, why, step)


def same_id(span: Span, name: str, line: int) -> Diagnostic:
    return Diagnostic(
        "F124", f"the claim `{short(name)}` stands in line {line} already", span, "A claim is found and cited by its id.",
        "Give one of the two another id.",
    )  # fmt: skip


def no_such_law(span: Span, name: str, scheme: str, known: Iterable[str]) -> Diagnostic:
    return Diagnostic(
        "F125", f"`{short(name)}` is no rule, no fact and no question of `{scheme}`", span, _HELD,
        _near(name, known, f"`capcode rules {scheme}` lists the names; leave `asks` empty where no rule can answer."),
    )  # fmt: skip


def has_argument(span: Span, name: str) -> Diagnostic:
    return Diagnostic(
        "F126", f"`{name}` is read at a value", span, "The rule has an argument, which no claim can give.", "Name a rule that reads it."
    )


def no_row(span: Span, name: str, entity: str) -> Diagnostic:
    return Diagnostic(
        "F127", f"`{name}` is of one `{entity}`, and none is named", span, "A figure belongs to a row.",
        f"Write `{name} of ROW`, with a row of the facts file that the claim names.",
    )  # fmt: skip


def no_such_row(span: Span, row: str, entity: str, known: Iterable[str]) -> Diagnostic:
    rows = list(known)
    held = f"The facts hold {some(rows)}." if rows else "The claim has no facts with such rows."
    return Diagnostic(
        "F127", f"the facts hold no {entity} `{short(row)}`", span, held,
        _near(row, rows, f"Name a {entity} of the facts file in the column `facts`."),
    )  # fmt: skip


def row_of_nothing(span: Span, name: str, row: str) -> Diagnostic:
    return Diagnostic(
        "F127", f"`{name}` has no rows, and `{short(row)}` is named", span, f"`{name}` is of the whole scheme.", f"Write `{name}` alone."
    )


def no_period(span: Span, text: str, name: str, kind: str, example: str) -> Diagnostic:
    return Diagnostic(
        "F128", f"`{short(text)}` is no {kind} for `{name}`" if text else f"no {kind} is named for `{name}`", span,
        f"`{name}` has a value for each {kind}.", f"Write the {kind} in the column `in`, for example {example}.",
    )  # fmt: skip


def no_day(span: Span, text: str, name: str) -> Diagnostic:
    return Diagnostic(
        "F128", f"`{short(text)}` is no day for `{name}`" if text else f"no day is named for `{name}`", span,
        f"`{name}` is a value at a date.", "Write the day in the column `in`, for example 2024-03-01.",
    )  # fmt: skip


def time_of_nothing(span: Span, text: str, name: str) -> Diagnostic:
    return Diagnostic(
        "F128", f"`{name}` has no period, and `{short(text)}` is named", span,
        "The value does not depend on a period, so that this would not be read.",
        "Leave the cell `in` empty; the day of the law stands in `view`.",
    )  # fmt: skip


def no_facts_file(span: Span, name: str) -> Diagnostic:
    return Diagnostic(
        "F129", f"`{short(name)}` is no facts file beside the claims", span,
        "Facts lie in the same folder as the claims, by their name alone; links and `..` are not followed.",
        "Put the file into the folder `claims`, as .yaml, .json or .csv, and write its name.",
    )  # fmt: skip


def bad_view(span: Span, text: str, scheme: str, why: str, step: str) -> Diagnostic:
    return Diagnostic(
        "F130", f"`{short(text)}` is not a view of `{scheme}`", span, why or "A view is the scheme, perhaps a day, perhaps instruments.",
        step or f"Write, for example, `{scheme}@2024-01-01`, or leave the cell empty for everything enacted.",
    )  # fmt: skip


def no_verdict(span: Span, text: str, known: Iterable[str]) -> Diagnostic:
    return Diagnostic(
        "F131", f"`{short(text)}` is no verdict", span, "The computed verdict is held against the written one.",
        f"Write {', '.join(list(known)[:-1])} or {list(known)[-1]}.",
    )  # fmt: skip


def no_why(span: Span, verdict: str) -> Diagnostic:
    return Diagnostic(
        "F132", f"`{verdict}` stands without a reason", span, "A difference that nobody explains helps no reader.",
        "Say in the column `why` what the law says instead, or why no rule can tell.",
    )  # fmt: skip
