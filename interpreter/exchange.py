"""Amounts of money in one currency, by the rates of one day from a table with its source. No rate is ever looked up.

A table has the columns day, currency, amount, value, source: so many units of a currency are worth so much of the
currency of account. All lines are of one day.
"""

from __future__ import annotations

import csv
import io
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
    lines = list(csv.reader(io.StringIO(text)))
    if not lines or lines[0] != COLUMNS:
        return errors.wrong_columns(Span(source, 0, 0), COLUMNS)
    worth: dict[str, Fraction] = {}
    days: set[date] = set()
    named = ""
    for number, line in enumerate(lines[1:], start=2):
        span = _line(source, number)
        if len(line) != len(COLUMNS):
            return errors.wrong_columns(span, COLUMNS)
        day, currency = read_day(line[0]), line[1]
        amount, value = (read_number(cell, span) for cell in line[2:4])
        if day is None or currency not in CURRENCIES or currency in worth:
            return errors.bad_rate(span, ",".join(line[:2]))
        if isinstance(amount, Diagnostic) or isinstance(value, Diagnostic):
            return errors.bad_rate(span, ",".join(line[2:4]))
        if amount[0] <= 0 or value[0] <= 0 or amount[1] or value[1]:
            return errors.bad_rate(span, ",".join(line[2:4]))
        worth[currency] = value[0] / amount[0]
        days.add(day)
        named = named or line[4]
    if len(days) != 1:
        return errors.bad_rate(Span(source, 0, 0), "days")
    return Rates(days.pop(), named, worth)


def _line(source: SourceFile, number: int) -> Span:
    start = 0
    for _ in range(number - 1):
        start = source.text.find("\n", start) + 1
    end = source.text.find("\n", start)
    return Span(source, start, end if end >= 0 else len(source.text))
