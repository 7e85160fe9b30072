"""Wording of the second phase: folders, tables and declarations that cannot be used (codes L and D)."""

from __future__ import annotations

from capcode.dsl.diagnostics import Diagnostic, nearest
from capcode.dsl.limits import LIMITS
from capcode.dsl.source import NOWHERE, Span


def _hint(word: str, known: list[str], otherwise: str) -> str:
    near = nearest(word, known)
    return f"Did you mean `{near}`?" if near else otherwise


def no_scheme(name: str, known: list[str]) -> Diagnostic:
    return Diagnostic(
        "L001",
        f"there is no scheme `{name}`",
        NOWHERE,
        "A scheme is a folder of `.rules` files under a search root.",
        _hint(name, known, "`capcode schemes` lists them; `--root FOLDER` adds a search root."),
    )


def no_files(name: str) -> Diagnostic:
    return Diagnostic(
        "L002",
        f"`{name}` holds no `.rules` file",
        NOWHERE,
        "A scheme is a folder of rule files.",
        "Name a scheme, a rule file or a folder of rule files.",
    )


def unreadable(name: str) -> Diagnostic:
    return Diagnostic("L003", f"`{name}` cannot be read", NOWHERE, "The system refuses it.", "Check that the file exists and may be read.")


def no_table_file(span: Span, file: str) -> Diagnostic:
    return Diagnostic(
        "L004",
        f'the file "{file}" is not in this scheme\'s folder',
        span,
        "Tables are named by their place inside the scheme's folder, with `/`; links and `..` are not followed.",
        'Put the file there, or correct the name, for example "tables/benchmarks.csv".',
    )


def bad_table(span: Span, file: str, line: int, problem: str, step: str) -> Diagnostic:
    place = f"{file}, line {line}" if line else file
    return Diagnostic(
        "L005",
        f"the table file cannot be used ({place}): {problem}",
        span,
        "Tables are read strictly, so that no figure is read wrongly.",
        step,
    )


def table_limit(span: Span, file: str, line: int, limit: int, what: str) -> Diagnostic:
    place = f"{file}, line {line}" if line else file
    return Diagnostic(
        "L009",
        f"the table file has more than {limit:,} {what} ({place})",
        span,
        "A limit keeps memory and time within bounds.",
        "Split the table, or shorten the cell. If a cell runs over many lines, a quotation mark may not be closed.",
    )


def too_many(span: Span, what: str, limit: int) -> Diagnostic:
    return Diagnostic("L006", f"more than {limit:,} {what}", span, "A limit keeps every check fast.", "Split the scheme.")


def no_scheme_statement(name: str) -> Diagnostic:
    return Diagnostic(
        "D001",
        f"no `scheme` statement in {name}",
        NOWHERE,
        "It names the scheme, its currency and its year.",
        'Begin one file with, for example, `scheme eu "EU ETS" currency EUR year starts 1 January`.',
    )


def second_scheme(span: Span, first: Span) -> Diagnostic:
    return Diagnostic(
        "D002", "a second `scheme` statement", span, "A folder is one scheme.", "Keep one of the two.", related=((first, "the first one"),)
    )


def declared_twice(span: Span, name: str, first: Span) -> Diagnostic:
    return Diagnostic(
        "D003",
        f"`{name}` is declared twice",
        span,
        "A name means one thing in a scheme, so that a reader need not ask which.",
        "Rename one of them.",
        related=((first, "first declared here"),),
    )


def shadows(span: Span, name: str, first: Span) -> Diagnostic:
    return Diagnostic(
        "D004",
        f"`{name}` would hide another `{name}`",
        span,
        "A reader could not see which of the two is meant.",
        "Rename one of them.",
        related=((first, "the other one"),),
    )


def bad_year_kind(span: Span) -> Diagnostic:
    return Diagnostic(
        "D005",
        "this day does not start a year",
        span,
        "It does not exist, or not in every year.",
        "Write, for example, `year starts 1 April`.",
    )


def bad_period_form(span: Span, why: str) -> Diagnostic:
    return Diagnostic(
        "D006", "these periods do not follow one another", span, why, "Each period begins where the one before ends, in order of time."
    )


def bad_unit(span: Span, why: str) -> Diagnostic:
    return Diagnostic(
        "D007",
        "this unit cannot be made",
        span,
        why,
        "Write, for example, `unit short_ton = 0.90718474 tCO2e`, or `unit EUA covers 1 tCO2e`.",
    )


def not_held(span: Span, unit: str) -> Diagnostic:
    return Diagnostic(
        "D013",
        f"an account cannot hold {unit}",
        span,
        "An account keeps units that are issued, held and surrendered, by vintage.",
        "Name a unit that is declared with `covers`, or make this a rule.",
    )


def entity_circle(span: Span, name: str) -> Diagnostic:
    return Diagnostic("D008", f"`{name}` lies inside itself", span, "`in` makes a tree of entities.", "Remove one of the `in`.")


def bad_life(span: Span, name: str) -> Diagnostic:
    return Diagnostic(
        "D009",
        f"`{name}` is not a date field of this entity",
        span,
        "`from` and `until` name the dates that give a row its life.",
        f"Declare the field, for example `{name} : date`.",
    )


def bad_range(span: Span, why: str) -> Diagnostic:
    return Diagnostic("D010", "this range cannot be used", span, why, "Write, for example, `from 0 t to 10_000_000 t step 0.001 t`.")


def bad_default(span: Span, why: str) -> Diagnostic:
    return Diagnostic("D011", "this value cannot stand after `unless stated`", span, why, "Give a value of the field's type.")


def no_members(span: Span, file: str, why: str) -> Diagnostic:
    return Diagnostic(
        "D012",
        f'the adoption table "{file}" cannot be used: {why}',
        span,
        "It has a column with the member's name, `from`, and `until` (may be empty).",
        "Correct the table; a day is written 2009-01-01.",
    )


def no_base(span: Span, name: str, known: list[str], *, circle: bool) -> Diagnostic:
    why = "Schemes cannot be derived in a circle." if circle else "`is` names the scheme that this one is derived from."
    return Diagnostic(
        "L008", f"there is no scheme `{name}` to derive from", span, why, _hint(name, known, "Name a scheme's folder under a search root.")
    )


def rules_limit(span: Span) -> Diagnostic:
    return too_many(span, "rules in one scheme", LIMITS.rules)


def uses_unknown(span: Span, path: str) -> Diagnostic:
    return Diagnostic(
        "L007",
        f"there is no shared vocabulary `{path}`",
        span,
        "`uses compare.questions` reads `rules/questions.rules`.",
        "Name a file of the folder `rules/`.",
    )
