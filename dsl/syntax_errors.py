"""Wording of the first phase: text that cannot be read. One constructor per mistake."""

from __future__ import annotations

from capcode.dsl.diagnostics import Diagnostic, nearest
from capcode.dsl.limits import LIMITS
from capcode.dsl.source import Span

STATEMENTS = (
    "scheme", "instrument", "period", "unit", "entity", "fact", "table", "rule", "amend", "measure", "duty",
    "account", "check", "question", "mapping", "case",
)  # fmt: skip
RESERVED = frozenset((
    *STATEMENTS,
    "a", "all", "an", "any", "as", "by", "chosen", "cites", "dated", "decided", "for", "from", "highest", "initially",
    "its", "list", "lowest", "mean", "median", "no", "none", "not", "number", "power", "set", "sliding", "sum", "the",
    "there", "this", "unknown", "unless", "yes",
))  # fmt: skip
# What cannot be declared or read as a value. `a` and `an` begin no expression, so they are free there.
RESERVED_AS_VALUE = RESERVED - {"a", "an"}


def not_utf8(span: Span) -> Diagnostic:
    return Diagnostic(
        "S001", "the file is not UTF-8 text", span,
        "Rule files are read as UTF-8, so that labels in any language mean the same everywhere.",
        "Save the file as UTF-8 (in a spreadsheet: “CSV UTF-8”).",
    )  # fmt: skip


def too_large(span: Span, size: int, limit: int) -> Diagnostic:
    return Diagnostic(
        "S002", f"the file has {size:,} bytes, more than the limit of {limit:,}", span,
        "A limit keeps every check fast and every message readable.",
        "Split the file: the statements of a scheme may stand in any number of files of its folder.",
    )  # fmt: skip


def long_line(span: Span) -> Diagnostic:
    return Diagnostic(
        "S003", f"the line is longer than {LIMITS.line_characters:,} characters", span,
        "A message shows the line that it speaks of.", "Break the line anywhere between two words: layout has no meaning.",
    )  # fmt: skip


def hidden_character(span: Span, name: str) -> Diagnostic:
    return Diagnostic(
        "S004", f"a hidden character stands here ({name})", span,
        "Characters that cannot be seen can make a text read otherwise than it means.", "Delete it and type the place again.",
    )  # fmt: skip


def not_normal(span: Span) -> Diagnostic:
    return Diagnostic(
        "S005", "a letter is written in separate pieces (not in the composed form NFC)", span,
        "Two texts that look alike must be equal.", "Save the text in the composed form (NFC), or type the letter again.",
    )  # fmt: skip


def too_deep(span: Span) -> Diagnostic:
    return Diagnostic(
        "S006", f"nested more than {LIMITS.nesting} deep", span,
        "No article nests like this, and a reader could not follow it.",
        "Name the inner steps with `define`, or make them rules.",
    )  # fmt: skip


def too_many_operands(span: Span) -> Diagnostic:
    return Diagnostic(
        "S007", f"more than {LIMITS.rule_nodes:,} parts in one expression", span,
        "Such a list belongs in data.", "Put the figures into a table and add over its rows.",
    )  # fmt: skip


def long_name(span: Span) -> Diagnostic:
    return Diagnostic(
        "S008", f"a name has more than {LIMITS.name_characters} characters", span,
        "Names stand in every message and table.", "Shorten it; a label may be as long as the title of the article.",
    )  # fmt: skip


def long_text(span: Span) -> Diagnostic:
    return Diagnostic(
        "S009", f"a text has more than {LIMITS.text_characters:,} characters", span,
        "Texts travel with results into every report.", "Cite the article instead of quoting it whole.",
    )  # fmt: skip


def long_number(span: Span) -> Diagnostic:
    return Diagnostic(
        "S010", f"a number has more than {LIMITS.number_digits} digits or {LIMITS.number_decimals} decimals", span,
        "No law states such a figure.", "Check the figure against the article.",
    )  # fmt: skip


def long_count(span: Span) -> Diagnostic:
    return Diagnostic("S011", "this count has more than 6 digits", span, "It counts periods, rows or days.",
                      "Check the figure against the article.")  # fmt: skip


def no_such_day(span: Span, text: str) -> Diagnostic:
    return Diagnostic("S012", f"`{text}` is not a day of the calendar", span, "Dates are written year-month-day.",
                      "Correct the date, for example `2024-06-30`.")  # fmt: skip


def number_wanted(span: Span) -> Diagnostic:
    return Diagnostic("S013", "a number must stand here", span, "A place of rounding or a conversion is a number with its unit.",
                      "Write a number, for example `0.01 USD per RGA`.")  # fmt: skip


def no_language_line(span: Span) -> Diagnostic:
    return Diagnostic("S014", "the file does not begin with `language 1`", span,
                      "The first line says which version of the language the file is written in.",
                      "Put `language 1` on the first line.")  # fmt: skip


def other_language(span: Span, version: int) -> Diagnostic:
    return Diagnostic("S015", f"this is language {version}; this program reads language 1", span, "",
                      "Use a newer capcode, or write the file in language 1.")  # fmt: skip


def odd_character(span: Span, character: str) -> Diagnostic:
    if character == '"':
        return Diagnostic("S016", "this text has no end on its line", span, "A text begins and ends with a straight quote \" on one line.",
                          "Close the text with a quote before the end of the line.")  # fmt: skip
    why = "A text begins and ends with a straight quote \" on one line." if character in "“”„«»" else (
        "Names are made of the letters a to z, digits and underscores; other writing belongs in labels, in quotes.")  # fmt: skip
    step = "Type the straight quote \" in its place." if character in "“”„«»" else "Remove or replace it."
    return Diagnostic("S016", f"`{character}` cannot stand here", span, why, step)


_OTHER_WORDS = {
    "if": "A condition stands behind the value: `= VALUE when CONDITION`.",
    "then": "A condition stands behind the value: `= VALUE when CONDITION`.",
    "else": "What holds in all other cases is `= VALUE otherwise`.",
    "unless": "Write `when not …`.",
    "max": "Write `the higher of A and B`, or `but at least`.",
    "min": "Write `the lower of A and B`, or `but at most`.",
    "between": "Write `A ≥ B and A ≤ C`.",
    "percent": "Write `%` behind the number.",
    "==": "Write `is`.",
    "!=": "Write `is not`.",
    "/": "A date is written 2023-08-30; a division has spaces around `÷`.",
}


_OPENING = frozenset(("highest", "its", "lowest", "mean", "median", "number", "power", "sliding", "sum", "there"))
"""Words with which an expression begins, and which more must follow: a drafter may have meant a word of a list."""


def unexpected(span: Span, found: str, expected: tuple[str, ...], before: str = "") -> Diagnostic:
    """`found` is the word in the text, `expected` the readable alternatives, fewest first; `before` the word before it."""
    wanted = ", ".join(expected[:8]) + (", …" if len(expected) > 8 else "")
    why = f"Here the language knows: {wanted}." if wanted else ""
    suggestion = nearest(found, (w.strip("`") for w in expected)) if found else None
    step = f"Did you mean `{suggestion}`?" if suggestion else "Compare with the manual's page on this statement."
    step = _OTHER_WORDS.get(found, step)
    if before in _OPENING and not suggestion:
        step = f"`{before}` begins an expression. If a word of a list is meant, choose another one, for example `{before}_`."
    return Diagnostic("S017", f"`{found}` does not fit here" if found else "the text ends too early", span, why, step)


def reserved_in_list(span: Span, word: str) -> Diagnostic:
    return Diagnostic(
        "S018", f"`{word}` is a word of the language and cannot be a word of a list", span,
        f"A condition such as `kind is {word}` could not be read.",
        f"Choose another word, for example `{word}_`, here and where it is compared or given.",
    )  # fmt: skip


def reserved_word(span: Span, word: str) -> Diagnostic:
    return Diagnostic(
        "S018", f"`{word}` is a word of the language and cannot be a name", span,
        "Reserved words are the statements and the words that can begin an expression or a section.",
        f"Choose another name, for example `{word}_`, and give it the label that you want to see.",
    )  # fmt: skip


def too_many_brackets(span: Span) -> Diagnostic:
    return Diagnostic("S006", f"brackets are nested more than {LIMITS.nesting} deep", span,
                      "No article nests like this, and a reader could not follow it.",
                      "Name the inner steps with `define`, or make them rules.")  # fmt: skip
