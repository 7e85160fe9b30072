"""Wording of what is wrong with a comparison: plants, prices, rates, years, what-ifs, grafts, files (codes Q020 to Q049)."""

from __future__ import annotations

from collections.abc import Sequence

from capcode.dsl.diagnostics import Diagnostic, nearest
from capcode.dsl.source import Span
from capcode.interpreter.ask_errors import ASKED


def cannot_read(name: str, what: str) -> Diagnostic:
    return Diagnostic("Q020", f"`{name}` cannot be read", ASKED, f"It should hold {what}, as text in UTF-8.", "Check the name.")


def wrong_columns(span: Span, columns: Sequence[str]) -> Diagnostic:
    return Diagnostic("Q021", "the columns are not the expected ones", span, "Each column is found by its name.",
                      f"Write the first line as `{','.join(columns)}`, and a cell for each.")  # fmt: skip


def bad_rate(span: Span, text: str) -> Diagnostic:
    return Diagnostic("Q022", f"`{text}` is no exchange rate", span,
                      "A table of rates is of one day, names each currency once, and has plain numbers above zero.",
                      "Correct the line.")  # fmt: skip


def no_plant(name: str, known: Sequence[str]) -> Diagnostic:
    near = nearest(name, list(known))
    return Diagnostic("Q023", f"there is no plant `{name}`", ASKED, f"Known are {', '.join(known)}, and files that end in .yaml or .json.",
                      f"Did you mean `{near}`?" if near else "Name one of them, or give a file.")  # fmt: skip


def not_one_plant(name: str, count: int) -> Diagnostic:
    return Diagnostic("Q024", f"`{name}` holds {count} plants", ASKED, "A comparison follows one plant through every scheme.",
                      "Write one row below `plant:` in each file.")  # fmt: skip


def bad_ending(name: str, endings: Sequence[str]) -> Diagnostic:
    return Diagnostic("Q025", f"`{name}` names no form of report", ASKED, "The ending of the file says how it is written.",
                      f"End the name in {', '.join(endings)}.")  # fmt: skip


def no_currency(currency: str, known: Sequence[str]) -> Diagnostic:
    return Diagnostic("Q026", f"there is no rate for `{currency}`", ASKED, f"The table of rates has {', '.join(known)}.",
                      "Choose one of them, or give a table with `--rates FILE`.")  # fmt: skip


def bad_years(text: str) -> Diagnostic:
    return Diagnostic("Q027", f"`{text}` is no span of years", ASKED, "At most 60 years, the first before the last.",
                      "Write, for example, `--years 2013-2034`.")  # fmt: skip


def bad_year(text: str) -> Diagnostic:
    return Diagnostic("Q027", f"`{text}` is no year", ASKED, "", "Write, for example, `--year 2024`.")


def bad_as_at(text: str) -> Diagnostic:
    return Diagnostic("Q028", f"`{text}` is not a day", ASKED, "", "Write year-month-day, for example `--as-at 2024-09-01`.")


def not_installed(what: str, extra: str) -> Diagnostic:
    return Diagnostic("Q029", f"{what} cannot be written here", ASKED, "The library for it is not installed.",
                      f"Install it with `pip install 'capcode[{extra}]'`.")  # fmt: skip


def cannot_write(name: str) -> Diagnostic:
    return Diagnostic("Q030", f"`{name}` cannot be written", ASKED, "The folder does not exist, or may not be written to.",
                      "Name a file in a folder of yours. Nothing was written.")  # fmt: skip


def bad_price_column(span: Span, name: str) -> Diagnostic:
    return Diagnostic("Q031", f"`{name}` is no price of a scheme for each month", span,
                      "A column is named `SCHEME.FACT`, after a fact of the scheme that is given each month in its currency.",
                      "See `capcode rules SCHEME` for its facts; the first column is `month`.")  # fmt: skip


def bad_price(span: Span, text: str) -> Diagnostic:
    return Diagnostic("Q032", f"`{text}` is no price", span,
                      "A price is a plain number in the currency of the scheme; months are written 2024/01.",
                      "Correct the cell; leave it empty where there is no price.")  # fmt: skip


# ---------------------------------------------------------------- what-ifs

_SET = "Write `--set SCHEME.RULE=VALUE`, perhaps with the first year or day: `--set japan_gx.credit_share=5%@2027`."


def bad_change(text: str) -> Diagnostic:
    return Diagnostic("Q033", f"`{text}` is no what-if", ASKED, "A what-if gives one rule of one scheme another value.", _SET)


def change_of_other(scheme: str, known: Sequence[str]) -> Diagnostic:
    near = nearest(scheme, list(known))
    return Diagnostic("Q034", f"the law of `{scheme}` is not asked here", ASKED,
                      f"A what-if changes a law that is asked: {', '.join(known)}.",
                      f"Did you mean `{near}`?" if near else "Name that scheme before the dot, or add its view.")  # fmt: skip


def no_rule_to_set(scheme: str, name: str, sort: str, known: Sequence[str]) -> Diagnostic:
    if sort:
        steps = {
            "fact": "Give it in the facts (`--facts FILE`).",
            "table": "Set a rule that reads the table.",
            "effect": "Set a rule that reads the effect, or give the measure's act in the facts.",
        }
        return Diagnostic("Q035", f"`{name}` of `{scheme}` is a {sort}, and no rule", ASKED, "A what-if is one more text of a rule.",
                          steps.get(sort, "Set a rule that it reads, or that reads it."))  # fmt: skip
    near = nearest(name, list(known))
    return Diagnostic("Q035", f"`{scheme}` has no rule `{name}`", ASKED, "A what-if is one more text of a rule that is there.",
                      f"Did you mean `{near}`?" if near else f"`capcode rules {scheme}` lists them.")  # fmt: skip


def no_literal(rule: str, value: str, wanted: str) -> Diagnostic:
    return Diagnostic("Q036", f"`{value[:60]}` is no value for `{rule}`", ASKED,
                      f"`{rule}` is {wanted}; a what-if gives one figure, day, word or absent answer, and no formula.",
                      "Write it as in a rule file: `5%`, `100 EUR per tCO2e`, `2026-04-01`, `yes`, `none`, a word.")  # fmt: skip


def wrong_value(rule: str, value: str, span: str, wanted: str, problem: Diagnostic) -> Diagnostic:
    when = f" {span}" if span else ""
    step = f"Write a value that is {wanted} (a figure with its unit in full), from a day on which a period of the rule begins."
    return Diagnostic("Q036", f"`{rule}` cannot be `{value}`{when}: {problem.title}", ASKED, f"`{rule}` is {wanted}. {problem.why}".strip(),
                      problem.next if problem.next.startswith("Did you mean") else step)  # fmt: skip


def bad_start(rule: str, text: str, kind: str | None) -> Diagnostic:
    why = f"`{rule}` has a value for each {kind}." if kind else f"`{rule}` is a value at a date."
    return Diagnostic("Q037", f"`{text[:60]}` is no day from which `{rule}` could change", ASKED, why,
                      "Write a year, a month or a day as the scheme does: `@2027`, `@2027-28`, `@2027/01`, `@2027-01-01`.")  # fmt: skip


def no_start(rule: str) -> Diagnostic:
    return Diagnostic("Q037", f"`{rule}` has one value for all time", ASKED, "No text of it has a first day.", "Leave out `@…`.")


def start_wanted(rule: str) -> Diagnostic:
    return Diagnostic("Q037", f"from when `{rule}` shall change is not said", ASKED, "No text of it begins on a day of its own.",
                      "Add the first year or day behind `@`, or ask for a year.")  # fmt: skip


def set_twice(rule: str, span: str) -> Diagnostic:
    when = f" {span}" if span else ""
    return Diagnostic("Q038", f"`{rule}` is set twice{when}", ASKED, "A what-if says one thing of a rule from one day on.",
                      "Leave one out, or give them different days behind `@`.")  # fmt: skip


def unheard(rule: str, view: str) -> Diagnostic:
    return Diagnostic("Q038", f"the what-if of `{rule}` is not heard in `{view}`", ASKED,
                      "Another proposal that is chosen there is stronger, or as strong.",
                      "Leave that proposal out of the view.")  # fmt: skip


def no_rule_file(name: str) -> Diagnostic:
    return Diagnostic("Q039", f"a what-if cannot be saved as `{name}`", ASKED, "It is law, so it is kept as a rule file.",
                      "End the name in `.rules`.")  # fmt: skip


def is_there(name: str) -> Diagnostic:
    return Diagnostic("Q039", f"`{name}` is there already", ASKED, "A rule file may be law that somebody wrote.",
                      "Choose another name. Nothing was written.")  # fmt: skip


def no_scheme_file(name: str) -> Diagnostic:
    return Diagnostic("Q039", f"a graft cannot be saved as `{name}`", ASKED,
                      "It makes a scheme of its own, which has the name of the file, in a folder without other rule files.",
                      "Name a file such as `japan_korean_limit.rules` in an empty folder.")  # fmt: skip


def not_one_scheme(schemes: Sequence[str]) -> Diagnostic:
    what = f"it changes {', '.join(schemes)}" if schemes else "nothing is set"
    return Diagnostic("Q039", f"the what-if cannot be saved as one file: {what}", ASKED, "A rule file belongs to one scheme.",
                      "Save what-ifs of one scheme at a time, with `--set` or `--graft`.")  # fmt: skip


# ---------------------------------------------------------------- grafts


def bad_graft(text: str) -> Diagnostic:
    return Diagnostic("Q040", f"`{text}` is no graft", ASKED, "A graft names a question that both schemes answer, and a donor's view.",
                      "Write, for example, `--graft \"japan_gx.offset_limit from korea@2024-06-01\"`.")  # fmt: skip
