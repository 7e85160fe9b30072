"""Wording of what is wrong with a comparison: plants, prices, rates, years, what-ifs, and the file to write (codes Q020 to Q039)."""

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
