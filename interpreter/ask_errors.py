"""Wording of questions that cannot be put: views, rules, rows and periods named by a user (codes Q)."""

from __future__ import annotations

from datetime import date

from capcode.dsl.calendar import Calendar
from capcode.dsl.diagnostics import Diagnostic, nearest
from capcode.dsl.source import SourceFile, Span

ASKED = Span(SourceFile("(question)", ""), 0, 0)


def _near(word: str, known: list[str], otherwise: str) -> str:
    near = nearest(word, known)
    return f"Did you mean `{near}`?" if near else otherwise


def bad_view(text: str) -> Diagnostic:
    return Diagnostic("Q001", f"`{text}` is not a view", ASKED, "A view is a scheme, perhaps a day, perhaps instruments.",
                      "Write, for example, `eu@2024-06-01+com_2026_85`.")  # fmt: skip


def no_rule(scheme: str, name: str, known: list[str]) -> Diagnostic:
    return Diagnostic("Q003", f"`{scheme}` has no rule `{name}`", ASKED, "",
                      _near(name, known, f"`capcode rules {scheme}` lists them."))  # fmt: skip


def has_argument(name: str) -> Diagnostic:
    return Diagnostic("Q004", f"`{name}` is read at a value", ASKED, "The rule has an argument.", "Ask for a rule that reads it.")


def no_period(name: str, kind: str, period: str | None, calendar: Calendar) -> Diagnostic:
    found = calendar.containing(kind, date(2024, 6, 1)) or calendar.containing(kind, date(2016, 6, 1))
    example = calendar.label(found) if found is not None else "2024"
    title = f"`{period}` is not a {kind}" if period else f"`{name}` has a value for each {kind}, and none was named"
    return Diagnostic("Q005", title, ASKED, f"`{name}` is given each {kind}.", f"Say which, for example `--in {example}`.")


def no_day(name: str, period: str | None) -> Diagnostic:
    title = f"`{period}` is not a day" if period else f"`{name}` is a value at a date, and none was named"
    return Diagnostic("Q006", title, ASKED, "", "Say which, for example `--in 2024-03-01`.")


def no_rows(name: str, entity: str) -> Diagnostic:
    return Diagnostic("Q007", f"the facts hold no {entity}", ASKED, f"`{name}` is of one {entity}.",
                      f"Give at least one {entity} in the facts (`--facts FILE`).")  # fmt: skip


def no_such_row(row: str, entity: str, known: list[str]) -> Diagnostic:
    return Diagnostic("Q008", f"the facts hold no {entity} `{row}`", ASKED, "", _near(row, known, f"Name a {entity} of the facts."))


def no_facts(kind: str) -> Diagnostic:
    return Diagnostic("Q009", f"facts cannot be read from {kind}", ASKED, "",
                      "Give a path, several paths, a mapping in the layout of a facts file, or a FactSet.")  # fmt: skip
