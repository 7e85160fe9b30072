"""A comparison as a workbook: one sheet for each view, numbers with formats, citations as comments, visible formulas.

Strings are written as strings, never as formulas or links. A number is written as the nearest binary fraction that a
workbook can hold; its exact text stands beside it where that differs.
"""

from __future__ import annotations

import io
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

import xlsxwriter

from capcode.dsl.diagnostics import visible
from capcode.interpreter import compare_tables as tables
from capcode.interpreter import compare_words as words
from capcode.interpreter.compare import Comparison, Curve
from capcode.interpreter.compare_report import Page
from capcode.interpreter.price_path import WORDS as PRICE_STATES
from capcode.interpreter.show import exact_text

MADE = datetime(2000, 1, 1, tzinfo=UTC)  # a fixed day, so that the same comparison gives the same bytes
EXACT_DIGITS = 15  # what a cell of a workbook holds exactly
FORMATS = {"%": "0.0###%", "tCO2e": "#,##0.####", "": "#,##0.####"}


def workbook(page: Page, language: str) -> bytes:
    """The bytes of the workbook."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {
        "in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
    })  # fmt: skip
    book.set_properties({"title": words.text("title", language), "created": MADE.replace(tzinfo=None)})
    made = _Book(book, page.comparison, language)
    if page.comparison.supposed:
        made.changes()
    made.rows()
    made.position()
    for curve in page.comparison.paths:
        made.curve(curve, words.text("paths", language))
    for curve in page.comparison.responses:
        made.curve(curve, words.text("responses", language))
    if page.path_name:
        made.events(page)
    if page.claims:
        made.claims(page)
    book.close()
    return out.getvalue()


class _Book:
    """One workbook being written."""

    def __init__(self, book: Any, comparison: Comparison, language: str) -> None:
        self._book, self._comparison, self._language = book, comparison, language
        self._names: set[str] = set()
        self._head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        self._text = book.add_format({"text_wrap": True, "valign": "top"})
        self._state = book.add_format({"text_wrap": True, "valign": "top", "italic": True, "font_color": "#6a737d"})
        self._group = book.add_format({"bold": True, "bg_color": "#eef1f4"})
        self._numbers = {key: book.add_format({"num_format": shape, "valign": "top"}) for key, shape in FORMATS.items()}
        self._curves: dict[str, tuple[Any, int]] = {}

    def _sheet(self, name: str) -> Any:
        clean = visible(name)
        for sign in "[]:*?/\\'":
            clean = clean.replace(sign, " ")
        clean, number = clean[:31], 1
        while clean.lower() in self._names:
            number += 1
            clean = f"{clean[:27]} {number}"
        self._names.add(clean.lower())
        return self._book.add_worksheet(clean)

    def _string(self, sheet: Any, row: int, column: int, text: str, shape: Any = None) -> None:
        sheet.write_string(row, column, visible(text)[:32_000], shape or self._text)

    def _cell(self, sheet: Any, row: int, column: int, cell: tables.Shown, key: str = "") -> None:
        """A number as a number, a date as its text, a state in italics; why and whence as a comment."""
        if cell.number is not None:
            share = "%" if not cell.unit and key not in tables.PLAIN_NUMBERS else ""
            self._number(sheet, row, column, cell.number, share)
        else:
            self._string(sheet, row, column, cell.text, None if cell.state == "value" else self._state)
        told = [*cell.articles, *cell.reasons, *(f"{words.text('rests_on', self._language)}: {m}" for m in cell.marks)]
        if cell.number is not None and _digits(cell.number) > EXACT_DIGITS:
            told.append(f"= {exact_text(cell.number)}")
        if told:
            sheet.write_comment(row, column, visible("\n".join(told))[:8_000], {"x_scale": 2.5, "y_scale": 1.5})

    def _number(self, sheet: Any, row: int, column: int, value: Fraction, share: str = "") -> None:
        sheet.write_number(row, column, float(value), self._numbers.get(share, self._numbers[""]))

    def _laws(self, sheet: Any, row: int, first: int, each: int = 1) -> None:
        for index, column in enumerate(self._comparison.columns):
            title = f"{words.pick(column.titles, self._language)} ({column.view}, {column.year})"
            self._string(sheet, row, first + index * each, title, self._head)

    def changes(self) -> None:
        """What the what-ifs change, as text: the figures themselves are in the other sheets."""
        sheet = self._sheet(words.text("changes", self._language))
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, 5, 30)
        for place, key in enumerate(("scheme", "question", "plant", "before", "after", "delta")):
            self._string(sheet, 0, place, words.text(key, self._language), self._head)
        told = [(f"{one.view} → {two.view}", x) for one, two, found in tables.changes(self._comparison, self._language) for x in found]
        for at, (laws, x) in enumerate(told, start=1):
            for place, text in enumerate((laws, f"{x.number}. {x.label}", x.plant_label, x.before, x.after, x.delta)):
                self._string(sheet, at, place, text)

    def rows(self) -> None:
        """The 44 rows: a value and its unit for each law."""
        sheet = self._sheet(words.text("rows", self._language))
        sheet.freeze_panes(1, 3)
        sheet.set_column(0, 0, 6)
        sheet.set_column(1, 1, 44)
        sheet.set_column(2, 2, 18)
        sheet.set_column(3, 3 + 2 * len(self._comparison.columns), 18)
        for place, key in enumerate(("question", "plant"), start=1):
            self._string(sheet, 0, place, words.text(key, self._language), self._head)
        self._laws(sheet, 0, 3, 2)
        at, number = 1, 0
        for line in tables.lines(self._comparison, self._language):
            if line.number != number:
                number = line.number
                sheet.write_number(at, 0, number, self._group)
                self._string(sheet, at, 1, line.title, self._group)
                at += 1
            self._string(sheet, at, 1, line.label)
            self._string(sheet, at, 2, line.plant_label)
            for index, cell in enumerate(line.cells):
                self._cell(sheet, at, 3 + 2 * index, cell, line.key)
                self._string(sheet, at, 4 + 2 * index, cell.unit)
            at += 1
        sheet.autofilter(0, 0, at - 1, 2 + 2 * len(self._comparison.columns))

    def position(self) -> None:
        """The net position of each plant with its formula: obligation less free units less credits; times the price."""
        sheet = self._sheet(words.text("position", self._language))
        heads = ("plant", "scheme", "obligation_t", "free_t", "credits_t", "to_buy_t", "price_t", "cost_t")
        for place, key in enumerate(heads):
            self._string(sheet, 0, place, words.text(key, self._language), self._head)
        sheet.set_column(0, 1, 26)
        sheet.set_column(2, 7, 18)
        sheet.freeze_panes(1, 2)
        at = 1
        for plant in self._comparison.plants:
            found = {key: tables.line_of(self._comparison, key, plant) for key in ("obligation", "free_allocation", "position")}
            price = tables.line_of(self._comparison, "mean_price", "")
            for index, column in enumerate(self._comparison.columns):
                owed, free, buys = (line.cells[index] if line is not None else None for line in found.values())
                if owed is None or owed.number is None or buys is None or buys.number is None:
                    continue
                given = (free.number if free is not None else None) or Fraction(0)
                self._string(sheet, at, 0, words.plant(plant, self._language))
                self._string(sheet, at, 1, words.pick(column.titles, self._language))
                self._number(sheet, at, 2, owed.number)
                self._number(sheet, at, 3, given)
                self._number(sheet, at, 4, owed.number - given - buys.number)
                sheet.write_formula(at, 5, f"=C{at + 1}-D{at + 1}-E{at + 1}", self._numbers[""], float(buys.number))
                paid = price.cells[index].number if price is not None else None
                if paid is not None:
                    self._number(sheet, at, 6, paid)
                    sheet.write_formula(at, 7, f"=F{at + 1}*G{at + 1}", self._numbers[""], float(buys.number * paid))
                at += 1

    def curve(self, curve: Curve, sheet_name: str) -> None:
        """A curve below the others of its kind: laws down, steps across."""
        if sheet_name not in self._curves:
            sheet = self._sheet(sheet_name)
            sheet.set_column(0, 0, 40)
            sheet.set_column(1, 60, 14)
            self._curves[sheet_name] = (sheet, 0)
        sheet, at = self._curves[sheet_name]
        unit = next((cell.unit for cells in curve.cells for cell in cells if cell.unit), "")
        label = tables.curve_label(curve, self._comparison, self._language)
        self._string(sheet, at, 0, f"{label} ({unit})" if unit else label, self._head)
        for place, step in enumerate(curve.steps, start=1):
            self._string(sheet, at, place, step, self._head)
        for column, cells in zip(self._comparison.columns, curve.cells, strict=True):
            at += 1
            self._string(sheet, at, 0, words.pick(column.titles, self._language))
            for place, cell in enumerate(cells, start=1):
                if cell.number is not None:
                    self._number(sheet, at, place, cell.number)
                else:
                    self._string(sheet, at, place, tables.point_text(cell, self._language), self._state)
        self._curves[sheet_name] = (sheet, at + 2)

    def events(self, page: Page) -> None:
        """Which controls a path of prices sets off."""
        heads = ("scheme", "measure", "month", "month", "state", "who", "price", "level", "distance", "reason")
        sheet = self._table(words.text("prices", self._language), heads)
        for at, e in enumerate(page.events, start=1):
            state = PRICE_STATES[e.state][self._language]
            control, who = words.pick(e.label, self._language), words.pick(e.who, self._language)
            texts = (e.view, control, e.first, e.last, state, who, e.price, e.level, e.distance, e.why)
            for place, text in enumerate(texts):
                self._string(sheet, at, place, text)

    def claims(self, page: Page) -> None:
        """Published statements beside our figures."""
        sheet = self._table(words.text("claims", self._language), ("scheme", "place", "statement", "ours", "verdict", "reason"))
        at = 1
        for titles, judged in page.claims:
            title = words.pick(titles, self._language)
            for one in judged:
                texts = (
                    title, f"{one.claim.source}: {one.claim.place}", one.claim.statement, one.ours, words.text(one.verdict, self._language),
                    one.claim.why,
                )  # fmt: skip
                for place, text in enumerate(texts):
                    self._string(sheet, at, place, text)
                at += 1

    def _table(self, name: str, heads: tuple[str, ...]) -> Any:
        sheet = self._sheet(name)
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(heads), 26)
        for place, key in enumerate(heads):
            self._string(sheet, 0, place, words.text(key, self._language), self._head)
        return sheet


def _digits(value: Fraction) -> int:
    """How many digits write the value exactly; many if no number of them does."""
    text = exact_text(value)
    return 99 if "/" in text else len(text.replace("-", "").replace(".", "").lstrip("0"))
