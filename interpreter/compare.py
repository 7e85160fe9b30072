"""The comparison: the same questions put to several laws, row by row, and what is worked out from the answers.

`part_of` asks one law everything (laws know nothing of each other, so they may be asked side by side); `compared` puts the
parts beside each other: columns (a law and its day), sections (a row of `comparison_rows` with its lines), and the curves
that a report draws. Everything is a `Cell` with its state and derivation; how it is shown is `compare_tables`' affair.

Invariant: the same laws, plants, days and rates give the same comparison; no clock, no order but that of the arguments.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from capcode.dsl.diagnostics import Diagnostic
from capcode.interpreter import comparison_rows as rows
from capcode.interpreter.answers import NOT_ASKED, Answers, Cell
from capcode.interpreter.comparison_rows import ROWS, ComparisonRow
from capcode.interpreter.exchange import Rates
from capcode.interpreter.facts import FactSet
from capcode.interpreter.figures import Figures

STEPS = tuple(Fraction(n, 100) for n in (-50, -30, -20, -16, -15, -10, 0, 10, 15, 16, 20, 30, 50))
LATER = 2  # years after the change of output in which a lagging adjustment is seen
BUDGET_YEARS = (2021, 2030)
SHOWN_PATHS = ("cap", "price_floor", "price_ceiling", "reserve_trigger")


@dataclass(frozen=True, slots=True)
class Column:
    """One law. titles by language; day chooses the year of its answers."""

    view: str
    scheme: str
    titles: Mapping[str, str] = field(hash=False)
    day: date
    year: str
    currency: str | None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a row: a label by language, the plant if it is about one, and a cell for each column."""

    key: str
    label: Mapping[str, str] = field(hash=False)
    cells: tuple[Cell, ...]
    plant: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    row: ComparisonRow
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Curve:
    """Cells by year or by step, for each column. about: the question. plant: empty for a scheme's own path."""

    about: str
    plant: str
    steps: tuple[str, ...]
    cells: tuple[tuple[Cell, ...], ...]  # by column, then by step


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as the vocabulary has it: whether of a plant, and its labels by language."""

    of_plant: bool
    label: Mapping[str, str] = field(hash=False)


@dataclass(frozen=True, slots=True)
class Part:
    """What one law says: a cell for each line by its key and plant, curves by question and plant; or what is wrong.

    events and claims are those of the price path and of published statements, where they were asked.
    """

    column: Column | None
    questions: Mapping[str, Asked] = field(hash=False, default_factory=dict)
    cells: Mapping[tuple[str, str], Cell] = field(hash=False, default_factory=dict)
    paths: Mapping[tuple[str, str], tuple[Cell, ...]] = field(hash=False, default_factory=dict)
    responses: Mapping[str, tuple[Cell, ...]] = field(hash=False, default_factory=dict)
    events: tuple[Any, ...] = ()
    claims: tuple[Any, ...] = ()
    problems: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    columns: tuple[Column, ...]
    sections: tuple[Section, ...]
    plants: tuple[str, ...]
    paths: tuple[Curve, ...]
    responses: tuple[Curve, ...]
    years: tuple[int, int]
    currency: str
    rates: Rates
    labels: Mapping[str, Mapping[str, str]] = field(hash=False)  # question → language → label
    supposed: tuple[tuple[int, int], ...] = ()  # columns: a law, and the same with what-ifs


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of each law. plants: the facts of each plant by name, as the law reads them."""

    plants: tuple[str, ...]
    years: tuple[int, int]
    currency: str
    rates: Rates


def part_of(answers: Answers, plants: Mapping[str, FactSet], wanted: Wanted) -> Part:
    """All cells and curves of one law."""
    for name, facts in plants.items():
        answers.add_plant(name, facts)
    figures = Figures(answers, wanted.currency, wanted.rates)
    program = answers.program
    titles = {"en": program.title, **program.labels}
    column = Column(str(answers.law.view), program.scheme, titles, answers.day, answers.label(answers.year), program.currency)
    questions = {name: Asked(q.entity is not None, {"en": q.label, **q.labels}) for name, q in program.questions.items()}
    return Part(
        column, questions, _cells(answers, figures, questions, wanted.plants), _paths(answers, wanted),
        {plant: figures.response(plant, STEPS, LATER) for plant in wanted.plants},
    )  # fmt: skip


def compared(parts: Sequence[Part], wanted: Wanted, supposed: tuple[tuple[int, int], ...] = ()) -> Comparison:
    """The parts side by side. supposed: the places of a law and of the same law with what-ifs."""
    columns = tuple(part.column for part in parts if part.column is not None)
    questions: dict[str, Asked] = {}
    for part in parts:
        questions = {**part.questions, **questions}
    years = tuple(str(year) for year in range(wanted.years[0], wanted.years[1] + 1))
    steps = tuple(f"{int(step * 100):+d} %" for step in STEPS)
    paths = tuple(
        Curve(about, plant, years, tuple(part.paths[(about, plant)] for part in parts))
        for about, plant in [*((name, "") for name in SHOWN_PATHS), *(("free_allocation", plant) for plant in wanted.plants)]
    )
    responses = tuple(Curve("free_allocation", plant, steps, tuple(part.responses[plant] for part in parts)) for plant in wanted.plants)
    return Comparison(
        columns, tuple(Section(row, tuple(_lines(row, parts, questions, wanted.plants))) for row in ROWS), wanted.plants, paths, responses,
        wanted.years, wanted.currency, wanted.rates, {name: asked.label for name, asked in questions.items()}, supposed,
    )  # fmt: skip


def _keys(row: ComparisonRow, questions: Mapping[str, Asked], plants: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The lines of a row in order: what is asked or worked out, and of which plant."""
    for name in row.asks:
        if name in questions:
            yield from ((name, plant) for plant in (plants if questions[name].of_plant else ("",)))
    for key in row.computed:
        yield from ((key, plant) for plant in (plants if key in _OF_PLANT else ("",) if key in _OF_SCHEME else ()))


def _cells(answers: Answers, figures: Figures, questions: Mapping[str, Asked], plants: Sequence[str]) -> dict[tuple[str, str], Cell]:
    found: dict[tuple[str, str], Cell] = {}
    for row in ROWS:
        for key, plant in _keys(row, questions, plants):
            if key in _OF_SCHEME:
                found[(key, plant)] = _OF_SCHEME[key](figures)
            elif key in _OF_PLANT:
                found[(key, plant)] = _OF_PLANT[key](figures, plant)
            else:
                found[(key, plant)] = answers.of_plant(plant, key) if plant else answers.of_scheme(key)
    return found


def _lines(row: ComparisonRow, parts: Sequence[Part], questions: Mapping[str, Asked], plants: Sequence[str]) -> Iterator[Line]:
    for key, plant in _keys(row, questions, plants):
        label = questions[key].label if key in questions else LABELS[key]
        yield Line(key, label, tuple(part.cells.get((key, plant), NOT_ASKED) for part in parts), plant)


_OF_SCHEME: Mapping[str, Callable[[Figures], Cell]] = {
    rows.LAW: Figures.texts_in_force,
    rows.BUDGET: lambda figures: figures.budget(*BUDGET_YEARS),
    rows.BOUND: Figures.highest_lawful_cost,
    rows.NEXT_CHANGE: Figures.next_change,
    rows.PROVENANCE: Figures.provenance,
    rows.MEASURES: Figures.price_measures,
}
_OF_PLANT: Mapping[str, Callable[[Figures, str], Cell]] = {
    rows.SMALLEST: Figures.smallest_covered,
    rows.MARGINAL: Figures.marginal,
    rows.POSITION: Figures.position,
    "cost": Figures.cost,
    "cost_per_unit": Figures.cost_per_unit,
    rows.EFFECTIVE: Figures.effective_price,
    rows.SHARE: Figures.share_of_emissions,
}
LABELS: Mapping[str, Mapping[str, str]] = {
    rows.LAW: {"en": "Texts in force", "ja": "施行中の法令等"},
    rows.BUDGET: {"en": "Sum of the caps 2021 to 2030", "ja": "2021〜2030年の総排出枠の合計"},
    rows.BOUND: {"en": "Highest lawful cost of a tonne", "ja": "1トン当たりの法的な費用の上限"},
    rows.NEXT_CHANGE: {"en": "Next day on which a text or figure changes", "ja": "次に法令・数値が変わる日"},
    rows.PROVENANCE: {"en": "Citations, and how sure they are", "ja": "引用条文数と確度"},
    rows.MEASURES: {"en": "Measures of price control", "ja": "価格に関する措置"},
    rows.SMALLEST: {"en": "Smallest covered emitter of this kind", "ja": "対象となる最小排出量(同種事業所)"},
    rows.MARGINAL: {"en": "More free allocation for one more unit made each year", "ja": "生産が毎年1単位増えたときの無償割当の増分"},
    rows.POSITION: {"en": "Units to buy (below zero: to sell)", "ja": "購入必要量(負は売却可能量)"},
    "cost": {"en": "Cost of the year", "ja": "年間費用"},
    "cost_per_unit": {"en": "Cost for each unit made", "ja": "製品1単位当たり費用"},
    rows.EFFECTIVE: {"en": "Cost for each tonne emitted", "ja": "排出1トン当たり費用"},
    rows.SHARE: {"en": "Free allocation as a share of emissions", "ja": "排出量に占める無償割当の割合"},
}


def _paths(answers: Answers, wanted: Wanted) -> dict[tuple[str, str], tuple[Cell, ...]]:
    years = [answers.year_of(year) for year in range(wanted.years[0], wanted.years[1] + 1)]
    found = {(name, ""): tuple(answers.of_scheme(name, year, explained=False) for year in years) for name in SHOWN_PATHS}
    for plant in wanted.plants:
        found[("free_allocation", plant)] = tuple(answers.of_plant(plant, "free_allocation", year, explained=False) for year in years)
    return found
