"""Wording of mistakes in case tables: headers and cells that say nothing (codes F101 to F112)."""

from __future__ import annotations

from collections.abc import Iterable

from capcode.dsl.diagnostics import Diagnostic, nearest
from capcode.dsl.limits import LIMITS
from capcode.dsl.source import Span
from capcode.interpreter.fact_errors import short

_NAMES = "The first line says what each column is, so that no column is never compared by a slip of the pen."


def _near(word: str, known: Iterable[str], otherwise: str) -> str:
    near = nearest(word, known) if len(word) <= LIMITS.name_characters else None
    return f"Did you mean `{near}`?" if near else otherwise


def no_entity(span: Span, word: str, known: Iterable[str]) -> Diagnostic:
    return Diagnostic("F101", f"there is no entity `{short(word)}`", span, _NAMES, _near(word, known, "Write the name of an entity."))


def no_column(span: Span, header: str) -> Diagnostic:
    return Diagnostic(
        "F102", f"the column `{short(header)}` says nothing", span, _NAMES,
        "Begin it with row, in, period, view, case, given, expect, differs, all or about.",
    )  # fmt: skip


def several_fields(span: Span, name: str, owners: Iterable[str]) -> Diagnostic:
    written = " or ".join(f"`{name} of {owner}`" for owner in owners)
    return Diagnostic("F103", f"`{name}` could be {written}", span, "Two entities have a field of this name.", "Name the entity.")


def no_such_law(span: Span, name: str, scheme: str, known: Iterable[str]) -> Diagnostic:
    return Diagnostic(
        "F104", f"`{short(name)}` is no fact and no rule of `{scheme}`", span, _NAMES,
        _near(name, known, f"`capcode rules {scheme}` lists them."),
    )  # fmt: skip


def bad_view(span: Span, text: str, scheme: str) -> Diagnostic:
    return Diagnostic(
        "F105", f"`{short(text)}` is not a view of `{scheme}`", span, "A view is the scheme, perhaps a day, perhaps instruments.",
        f"Write, for example, `{scheme}@2024-01-01`.",
    )  # fmt: skip


def no_row(span: Span, header: str, entity: str) -> Diagnostic:
    return Diagnostic(
        "F106", f"`{short(header)}` is of one `{entity}`, and the line names none", span,
        "A figure belongs to a row.", f"Add a column `row {entity}`, and fill it in this line.",
    )  # fmt: skip


def no_day(span: Span, text: str, name: str) -> Diagnostic:
    return Diagnostic(
        "F107", f"`{short(text)}` is no day for `{name}`" if text else f"no day is named for `{name}`", span,
        f"`{name}` is a value at a date.",
        "Write the day, for example 2024-03-01, in a column `period` or after `in` in the header.",
    )  # fmt: skip


def no_period(span: Span, text: str, name: str, kind: str) -> Diagnostic:
    return Diagnostic(
        "F107", f"`{short(text)}` is no {kind} for `{name}`" if text else f"no {kind} is named for `{name}`", span,
        f"`{name}` has a value for each {kind}.",
        "Add a column `period`, or `in PERIOD` to the header.",
    )  # fmt: skip


def has_argument(span: Span, name: str) -> Diagnostic:
    return Diagnostic(
        "F108", f"`{name}` is read at a value", span, "The rule has an argument, which no column can give.",
        "Name a rule that reads it.",
    )  # fmt: skip


def bad_distance(span: Span, text: str) -> Diagnostic:
    return Diagnostic(
        "F109", f"`{short(text)}` is no distance", span, "After `within` stands how far a number may be from the figure.",
        "Write a number that is not below 0, for example `120.5 within 0.1`.",
    )  # fmt: skip


def not_yes(span: Span, text: str) -> Diagnostic:
    return Diagnostic(
        "F110", f"`{short(text)}` stands where `yes` or nothing is wanted", span,
        "`yes` says that the line names all rows that there are.", "Write `yes`, or leave the cell empty.",
    )  # fmt: skip


def said_twice(span: Span, header: str, other: str) -> Diagnostic:
    return Diagnostic(
        "F111", f"`{short(header)}` says what `{short(other)}` says", span,
        "Of two columns for one thing a reader cannot tell which counts.", "Keep one of them.",
    )  # fmt: skip


def cannot_be_given(span: Span, name: str) -> Diagnostic:
    return Diagnostic(
        "F112", f"`{name}` cannot be given", span, "Facts, rules and measures can be given; accounts and parts of duties follow from them.",
        "Give what it reads, or write `expect`.",
    )  # fmt: skip


def nothing_differs(span: Span, name: str) -> Diagnostic:
    return Diagnostic(
        "F113", f"no column expects `{name}`", span, "A reason without a figure that differs would explain nothing.",
        f"Write a column `expect {name}`, or remove this one.",
    )  # fmt: skip
