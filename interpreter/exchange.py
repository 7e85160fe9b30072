"""Amounts of money in one currency, by the rates of one day from a table with its source. No rate is ever looked up.

A table has the columns day, currency, amount, value, source: so many units of a currency are worth so much of the
currency of account. All lines are of one day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from pathlib import Path

from capcode.dsl.diagnostics import Diagnostic
from capcode.dsl.source import SourceFile, Span
from capcode.dsl.units import CURRENCIES
from capcode.interpreter import compare_errors as errors
from capcode.interpreter.fact_values import read_day, read_number
from capcode.interpreter.read_tables import Line, all_lines

COLUMNS = ["day", "currency", "amount", "value", "source"]


@dataclass(frozen=True, slots=True)
class Rates:
    """worth: what one unit of each currency is worth, in the table's own currency of account."""

    day: date
    source: str
    worth: Mapping[str, Fraction] = field(hash=False)

    def convert(self, amount: Fraction, from_: str, to: str) -> Fraction | None:
        """The amount in another currency; None where the table lacks one of them."""
        if from_ == to:
            return amount
        if from_ not in self.worth or to not in self.worth:
            return None
        return amount * self.worth[from_] / self.worth[to]


def shipped_rates() -> Path:
    from capcode import rules

    return Path(next(iter(rules.__path__))) / "exchange_rates.csv"


def read_rates(path: Path) -> Rates | Diagnostic:
    """The rates of a table, or what is wrong with it."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError):
        return errors.cannot_read(path.name, "exchange rates")
    source = SourceFile(path.name, text)
    table = all_lines(source)
    if isinstance(table, Diagnostic):
        return table
    if not table or table[0].cells != COLUMNS:
        return errors.wrong_columns(Span(source, 0, 0), COLUMNS)
    worth: dict[str, Fraction] = {}
    the_day: date | None = None
    named = ""
    for line in table[1:]:
        if len(line.cells) != len(COLUMNS):
            return errors.wrong_columns(line.place(source, 0), COLUMNS)
        day, currency = read_day(line.cells[0]), line.cells[1]
        amount, value = _above_zero(source, line, 2), _above_zero(source, line, 3)
        if day is None or day != (the_day or day):
            return _bad(source, line, 0)
        if currency not in CURRENCIES or currency in worth:
            return _bad(source, line, 1)
        if amount is None:
            return _bad(source, line, 2)
        if value is None:
            return _bad(source, line, 3)
        worth[currency] = value / amount
        the_day = day
        named = named or line.cells[4]
    if the_day is None:
        return errors.bad_rate(Span(source, 0, 0), "days")
    return Rates(the_day, named, worth)


def rates_for(currency: str, path: Path | None = None) -> Rates | Diagnostic:
    """The rates of a table, or the shipped ones, which must know a currency."""
    rates = read_rates(path or shipped_rates())
    if isinstance(rates, Rates) and currency not in rates.worth:
        return errors.no_currency(currency, sorted(rates.worth))
    return rates


def _above_zero(source: SourceFile, line: Line, column: int) -> Fraction | None:
    """The plain number of a cell; None where it is none, or not above zero."""
    read = read_number(line.cells[column], line.place(source, column))
    return None if isinstance(read, Diagnostic) or read[1] or read[0] <= 0 else read[0]


def _bad(source: SourceFile, line: Line, column: int) -> Diagnostic:
    return errors.bad_rate(line.place(source, column), line.cells[column])
