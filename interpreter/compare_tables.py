"""A comparison as plain records in one language, from which every form is written: page, Markdown, CSV, JSON, workbook.

A `Shown` cell has its text for the eye, its exact text for machines, why it is so, and where it comes from.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from capcode.dsl import ir
from capcode.dsl.types import QuantityType
from capcode.dsl.units import CURRENCIES, RATIO
from capcode.interpreter import compare_words as words
from capcode.interpreter import comparison_rows as rows
from capcode.interpreter.answers import VALUE, Cell
from capcode.interpreter.compare import LABELS, Column, Comparison, Curve, Line
from capcode.interpreter.figures import percent, short
from capcode.interpreter.show import exact_text, show_number

PLAIN_NUMBERS = frozenset(("averaging_years", "years_per_period", "offset_conversion"))
OF_TEXTS = (rows.LAW, rows.NEXT_CHANGE, rows.PROVENANCE)  # lines about the texts themselves: a what-if is one more text
PATHS_ROW = 16  # its figures stand in the chapter on paths
LARGEST_DERIVATION = 6_000  # characters of one derivation in a page; the rest is a command away


@dataclass(frozen=True, slots=True)
class Shown:
    """One cell. number: in tonnes, money for each tonne, money or a plain number. unit: of that number. common: the
    amount in the common currency, or empty."""

    state: str
    text: str
    exact: str
    number: Fraction | None
    unit: str
    common: str
    reasons: tuple[str, ...]
    marks: tuple[str, ...]
    articles: tuple[str, ...]
    derivation: str = field(repr=False)
    period: str = ""


@dataclass(frozen=True, slots=True)
class ShownLine:
    number: int
    title: str
    key: str
    label: str
    plant: str
    plant_label: str
    cells: tuple[Shown, ...]


def lines(comparison: Comparison, language: str) -> Iterator[ShownLine]:
    """Every line of every row, in order; a row without lines gives one that says where to look."""
    for section in comparison.sections:
        title = section.row.title[language]
        for line in section.lines:
            pairs = zip(line.cells, comparison.columns, strict=True)
            cells = tuple(show(cell, line.key, column, comparison, language) for cell, column in pairs)
            label = words.pick(line.label, language)
            yield ShownLine(
                section.row.number, title, line.key, label, line.plant, words.plant(line.plant, language) if line.plant else "", cells,
            )  # fmt: skip
        if not section.lines:
            pointer = words.text("path_pointer" if section.row.number == PATHS_ROW else "diff_pointer", language)
            yield ShownLine(section.row.number, title, "", pointer, "", "", ())


def show(cell: Cell, key: str, column: Column, comparison: Comparison, language: str) -> Shown:
    """A cell in a language."""
    text = words.state(cell.state, language) if cell.state != VALUE else value_text(cell, key, language)
    derivation = cell.derivation
    if len(derivation) > LARGEST_DERIVATION:
        derivation = derivation[: derivation.rfind("\n", 0, LARGEST_DERIVATION)] + f"\n… {words.text('short', language)}"
    value = cell.value
    exact = "" if value is None else exact_text(value) if not isinstance(value, ir.Absent) else value.word
    if cell.number is not None:
        exact = exact_text(cell.number)
    return Shown(
        cell.state, text, exact, cell.number, cell.unit, common(cell, column, comparison), cell.reasons, cell.marks, cell.articles,
        derivation, cell.period,
    )  # fmt: skip


def value_text(cell: Cell, key: str, language: str) -> str:
    value = cell.value
    if cell.texts:
        return words.pick(cell.texts, language)
    if isinstance(value, bool):
        return words.text("yes" if value else "no", language)
    if isinstance(value, frozenset):
        return ("、" if language == "ja" else ", ").join(words.word(name, language) for name in sorted(value))
    if isinstance(value, str):
        return words.word(value, language)
    if isinstance(value, Fraction) and isinstance(cell.type.base, QuantityType) and cell.type.base.dimension == RATIO:
        return exact_text(value) if key in PLAIN_NUMBERS else percent_text(value)
    return cell.shown


def percent_text(value: Fraction) -> str:
    """A share as a percentage; ≈ where it is rounded for the eye."""
    return percent(value) if (value * 1000).denominator == 1 else "≈ " + (percent(value) if abs(value) >= Fraction(1, 10) else _two(value))


def _two(value: Fraction) -> str:
    return f"{exact_text(Fraction(round(value * 10000), 100))} %"


def common(cell: Cell, column: Column, comparison: Comparison) -> str:
    """An amount of money, or a price for a tonne, in the common currency."""
    own, _, each = cell.unit.partition(" per ")
    if cell.number is None or own not in CURRENCIES:
        return ""
    amount = comparison.rates.convert(cell.number, own, comparison.currency)
    if amount is None or (own == comparison.currency and not (each and cell.shown and "tCO2e" not in cell.shown)):
        return ""
    return f"{short(amount)} {comparison.currency}" + (" per t" if each else "")


@dataclass(frozen=True, slots=True)
class Change:
    """One answer, or the sum of a path, that a what-if changes. delta: empty where one of the two is no number."""

    number: int
    label: str
    plant_label: str
    before: str
    after: str
    delta: str


def changes(comparison: Comparison, language: str) -> list[tuple[Column, Column, list[Change]]]:
    """What each what-if changes: the two columns, the answers that differ, and the paths that differ, summed."""
    if not comparison.supposed:
        return []
    shown = [line for line in lines(comparison, language) if line.key not in OF_TEXTS]
    found = []
    for one, two in comparison.supposed:
        differing = [
            Change(line.number, line.label, line.plant_label, old.text, new.text, _delta(old, new, line.key, language))
            for line in shown
            if line.cells
            for old, new in [(line.cells[one], line.cells[two])]
            if (old.state, old.text, old.exact) != (new.state, new.text, new.exact)
        ]
        paths = [change for curve in comparison.paths for change in _path_changes(curve, one, two, comparison, language)]
        found.append((comparison.columns[one], comparison.columns[two], differing + paths))
    return found


def _delta(old: Shown, new: Shown, key: str, language: str) -> str:
    if old.number is None or new.number is None or old.unit != new.unit or old.number == new.number:
        return ""
    step = new.number - old.number
    share = not old.unit and key not in PLAIN_NUMBERS
    return signed(step * 100, words.text("points", language)) if share else signed(step, old.unit)


def _path_changes(curve: Curve, one: int, two: int, comparison: Comparison, language: str) -> Iterator[Change]:
    """The sums over the years that are known under both, if a year differs; and the first year that is known under one alone.
    Prices are no amounts to be summed."""
    pairs = list(zip(curve.steps, curve.cells[one], curve.cells[two], strict=True))
    known = [
        (step, old.number, new.number)
        for step, old, new in pairs
        if old.number is not None and new.number is not None and old.unit == new.unit == "tCO2e"
    ]
    label, plant = question_label(curve.about, comparison, language), words.plant(curve.plant, language) if curve.plant else ""
    if any(old != new for _, old, new in known):
        before, after = sum((old for _, old, _ in known), Fraction(0)), sum((new for _, _, new in known), Fraction(0))
        step = signed(after - before, "tCO2e")
        yield Change(PATHS_ROW, f"{label}, {known[0][0]}–{known[-1][0]}", plant, f"{short(before)} tCO2e", f"{short(after)} tCO2e", step)
    for year, old, new in pairs:
        if (old.number is None) != (new.number is None):
            yield Change(PATHS_ROW, f"{label}, {year}", plant, point_text(old, language), point_text(new, language), "")
            return


def signed(step: Fraction, unit: str) -> str:
    """`+1,200 tCO2e`, with a true minus for what is less."""
    return f"{'+' if step > 0 else '−' if step < 0 else ''}{short(abs(step))} {unit}".rstrip()


def records(comparison: Comparison, language: str) -> list[dict[str, Any]]:
    """One record for every cell, for JSON and CSV. Numbers are exact text."""
    found = []
    for line in lines(comparison, language):
        for column, cell in zip(comparison.columns, line.cells, strict=False):
            found.append({
                "row": line.number, "title": line.title, "question": line.key, "label": line.label, "plant": line.plant,
                "scheme": column.scheme, "view": column.view, "as_at": column.day.isoformat(), "year": cell.period or column.year,
                "state": cell.state, "shown": cell.text, "value": cell.exact, "unit": cell.unit, "common": cell.common,
                "reasons": list(cell.reasons), "rests_on": list(cell.marks), "articles": list(cell.articles),
            })  # fmt: skip
    return found


def curve_records(curves: tuple[Curve, ...], comparison: Comparison) -> list[dict[str, Any]]:
    """One record for every point of a curve."""
    return [
        {
            "question": curve.about, "plant": curve.plant, "scheme": column.scheme, "view": column.view, "step": step,
            "state": cell.state, "value": "" if cell.number is None else exact_text(cell.number), "unit": cell.unit,
        }
        for curve in curves
        for column, cells in zip(comparison.columns, curve.cells, strict=True)
        for step, cell in zip(curve.steps, cells, strict=True)
    ]  # fmt: skip


def question_label(about: str, comparison: Comparison, language: str) -> str:
    return words.pick(comparison.labels.get(about, LABELS.get(about, {"en": about})), language)


def curve_label(curve: Curve, comparison: Comparison, language: str) -> str:
    label = question_label(curve.about, comparison, language)
    return f"{label}: {words.plant(curve.plant, language)}" if curve.plant else label


def point_text(cell: Cell, language: str) -> str:
    """A point of a curve in a table."""
    if cell.state != VALUE:
        return words.state(cell.state, language)
    return cell.shown if cell.number is None else f"{show_number(cell.number) if _is_short(cell.number) else short(cell.number)}"


def _is_short(value: Fraction) -> bool:
    return len(exact_text(value)) <= 14 and "/" not in exact_text(value)


def line_of(comparison: Comparison, key: str, plant: str) -> Line | None:
    return next((line for s in comparison.sections for line in s.lines if line.key == key and line.plant == plant), None)


def titles(comparison: Comparison, language: str) -> Mapping[str, str]:
    return {column.view: words.pick(column.titles, language) for column in comparison.columns}
