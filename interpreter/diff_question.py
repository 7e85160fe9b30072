"""Two laws, perhaps of different schemes, and one shared question: what each says, and where the answers part.

    *text*       what governs the rule that answers, in each law, with its articles
    *figures*    the answers year by year, or for each reference plant year by year, with the difference
    *witness*    for a question about a plant: the smallest plant found on which the answers differ

Amounts of money are compared in one currency by the rates of one day; units that cover tonnes count as those tonnes.

Invariant: an answer that is open, missing or in error on one side is never counted as a difference.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction
from itertools import groupby
from pathlib import Path

from capcode.dsl import ir
from capcode.dsl.diagnostics import Diagnostic
from capcode.dsl.readings import Place
from capcode.interpreter import compare_errors, diff_errors
from capcode.interpreter import compare_words as words
from capcode.interpreter.answers import DISPUTED, ERROR, NEEDS, NO_LAW, NOT_ENCODED, UNKNOWN, VALUE, Answers, Cell
from capcode.interpreter.api import Law, Refused
from capcode.interpreter.compare_tables import PLAIN_NUMBERS, signed, value_text
from capcode.interpreter.diff import DIFFERS, IDENTICAL, NOT_FOUND
from capcode.interpreter.diff_meaning import meaning_changes
from capcode.interpreter.diff_sides import Side
from capcode.interpreter.diff_text import Excerpt, excerpt, text_changes
from capcode.interpreter.exchange import Rates, rates_for
from capcode.interpreter.fact_values import read_years
from capcode.interpreter.facts import FactSet
from capcode.interpreter.figures import LARGEST_EMITTER, short
from capcode.interpreter.governing import days_of, spans
from capcode.interpreter.plants import EMISSIONS, SCALED_WITH_OUTPUT, find_plants, read_plant, scalable, total

NO_ANSWER = frozenset((UNKNOWN, NEEDS, ERROR, DISPUTED, NOT_ENCODED, NO_LAW))


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked. plants: by name; years: the first and the last; currency and rates: in which money is compared."""

    question: str
    plants: Mapping[str, Path] = field(hash=False)
    rates: Rates
    currency: str
    years: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Governing:
    """A text of the rule that answers, and the years from and to which it governs (None: without end)."""

    start: date | None
    last: date | None
    excerpt: Excerpt


@dataclass(frozen=True, slots=True)
class Answering:
    """One law: its title, the rule that answers (empty where none does), and its texts in the years asked."""

    name: str
    scheme: str
    title: str
    rule: str
    label: str
    texts: tuple[Governing, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two answers in a run of years. same: None where one of the two is no answer. delta: empty where they are no numbers."""

    plant: str
    first: int
    last: int
    old: str
    new: str
    delta: str
    same: bool | None
    old_state: str = ""
    new_state: str = ""

    @property
    def years(self) -> int:
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True)
class Witness:
    """The smallest plant found on which the two differ: the shipped one with all its amounts scaled alike.

    emissions: of the year of the first law, in t CO2e. old_how, new_how: the derivations.
    """

    plant: str
    year: int
    emissions: Fraction
    old: str
    new: str
    delta: str
    old_how: str = field(repr=False)
    new_how: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class QuestionDiff:
    """The whole report."""

    question: str
    label: str
    labels: Mapping[str, str] = field(hash=False)
    verdict: str
    reasons: tuple[str, ...]
    a: Answering
    b: Answering
    pairs: tuple[Pair, ...]
    witness: Witness | None
    rates: str


def wanted(question: str, plants: tuple[str, ...], years: str, currency: str) -> Wanted:
    """The arguments of the command, read; raises Refused with all that is wrong in them."""
    span, rates = read_years(years), rates_for(currency)
    known, problems = find_plants(plants)
    if span is None:
        problems.append(compare_errors.bad_years(years))
    if isinstance(rates, Diagnostic):
        problems.append(rates)
    if problems or span is None or isinstance(rates, Diagnostic):
        raise Refused(problems)
    return Wanted(question, known, rates, currency, span)


def compare_answers(a: Side, b: Side, wanted: Wanted) -> QuestionDiff:
    """The report of two laws; raises Refused where nobody asks such a question, or a plant cannot be read."""
    asked = a.program.questions.get(wanted.question) or b.program.questions.get(wanted.question)
    if asked is None:
        raise Refused([diff_errors.no_question(wanted.question, sorted({*a.program.questions, *b.program.questions}))])
    both = _Both(a, b, wanted)
    years = range(wanted.years[0], wanted.years[1] + 1)
    plants = list(wanted.plants) if asked.entity is not None else [""]
    pairs = [pair for plant in plants for pair in _runs(both.pair(plant, year) for year in years)]
    witness = both.smallest(plants, _searched(pairs)) if asked.entity is not None else None
    verdict, reasons = _verdict(both, pairs, witness)
    return QuestionDiff(
        wanted.question, asked.label, asked.labels, verdict, reasons, both.answering(a, years), both.answering(b, years),
        tuple(pairs), witness, wanted.rates.source,
    )  # fmt: skip


def _searched(pairs: Sequence[Pair]) -> tuple[int, ...]:
    """The first year in which a shipped plant is treated otherwise; else the first and the last one that can be compared."""
    differing = [pair.first for pair in pairs if pair.same is False]
    alike = [year for pair in pairs if pair.same for year in (pair.first, pair.last)]
    return (min(differing),) if differing else tuple(sorted({min(alike), max(alike)})) if alike else ()


def _verdict(both: _Both, pairs: Sequence[Pair], witness: Witness | None) -> tuple[str, tuple[str, ...]]:
    differing = sum(pair.years for pair in pairs if pair.same is False)
    compared = differing + sum(pair.years for pair in pairs if pair.same)
    unlike = sum(pair.years for pair in pairs if pair.same is None and pair.old_state == pair.new_state == VALUE)
    open_ = sum(pair.years for pair in pairs if pair.same is None) - unlike
    counted = f"{differing} of {compared} pairs of answers differ"
    reasons = [counted if differing else f"{compared} pairs of answers were compared, and none differs"]
    if both.tried:
        reasons.append(f"{both.tried} plants of other sizes were tried besides" + (", and one differs" if witness is not None else ""))
    if open_:
        reasons.append(f"{open_} pairs cannot be compared: one of the two is open, or has no text")
    if unlike:
        reasons.append(f"{unlike} pairs cannot be compared: no rate is known between the two currencies")
    if differing or witness is not None:
        return DIFFERS, tuple(reasons)
    if both.same_law():
        return IDENTICAL, ("the same law governs the answer and all that it rests on",)
    return NOT_FOUND, tuple(reasons)


class _Both:
    """Both laws with the plants."""

    def __init__(self, a: Side, b: Side, wanted: Wanted) -> None:
        self._sides, self._wanted, self.tried = (a, b), wanted, 0
        self._laws = tuple(Law(side.program, side.view) for side in self._sides)
        self._plants = tuple(
            {name: scalable(read_plant(law, name, path), law.program) for name, path in wanted.plants.items()} for law in self._laws
        )
        self._years: dict[int, tuple[Answers, ...]] = {}

    def _in(self, year: int) -> tuple[Answers, ...]:
        """Both laws with the plants as each reads them in that year: what its mapping makes of a plant may be other rows in another."""
        if year not in self._years:
            self._years[year] = tuple(Answers(law, date(year, 7, 1)) for law in self._laws)
            for answers, plants in zip(self._years[year], self._plants, strict=True):
                for name, plant in plants.items():
                    answers.add_plant(name, plant.facts)
        return self._years[year]

    # ---- answers

    def cells(self, plant: str, year: int) -> tuple[Cell, Cell]:
        question = self._wanted.question
        one, two = (
            answers.of_plant(plant, question, answers.year_of(year), explained=False)
            if plant
            else answers.of_scheme(question, answers.year_of(year), explained=False)
            for answers in self._in(year)
        )
        return one, two

    def pair(self, plant: str, year: int) -> Pair:
        one, two = self.cells(plant, year)
        old, new = (_shown(cell, self._wanted.question) for cell in (one, two))
        return Pair(plant, year, year, old, new, self.delta(one, two), self.same(one, two), one.state, two.state)

    def same(self, one: Cell, two: Cell) -> bool | None:
        if {one.state, two.state} & NO_ANSWER:
            return None
        numbers = self._numbers(one, two)
        if numbers is not None:
            return numbers[0] == numbers[1]
        if one.number is not None and two.number is not None:
            return None  # amounts of money without a rate between them
        return (one.state, one.value) == (two.state, two.value)

    def delta(self, one: Cell, two: Cell) -> str:
        numbers = self._numbers(one, two)
        if numbers is None or numbers[0] == numbers[1]:
            return ""
        old, new, unit = numbers
        if unit or self._wanted.question in PLAIN_NUMBERS:
            return signed(new - old, unit)
        return signed((new - old) * 100, words.text("points", "en"))

    def _numbers(self, one: Cell, two: Cell) -> tuple[Fraction, Fraction, str] | None:
        """Both in one unit; money in the common currency."""
        if one.number is None or two.number is None:
            return None
        if one.unit == two.unit:
            return one.number, two.number, one.unit
        (own, sign, each), (other, _, other_each) = one.unit.partition(" per "), two.unit.partition(" per ")
        rates, currency = self._wanted.rates, self._wanted.currency
        old, new = rates.convert(one.number, own, currency), rates.convert(two.number, other, currency)
        return None if each != other_each or old is None or new is None else (old, new, f"{currency}{sign}{each}")

    # ---- the smallest plant

    def smallest(self, plants: Iterable[str], years: Iterable[int]) -> Witness | None:
        """The least emissions at which something differs in the first of the years in which anything does: tried at the
        thresholds of both laws, their neighbours and some sizes between, then halved down to one tonne."""
        least: tuple[Fraction, str, int] | None = None
        for year in years:
            for plant in plants:
                found = self._least(plant, year)
                if found is not None and (least is None or found < least[0]):
                    least = (found, plant, year)
            if least is not None:
                return self._witness(*least)
        return None

    def _least(self, plant: str, year: int) -> Fraction | None:
        """The least whole tonnes at which a plant of this kind is treated otherwise, as far as they were tried."""
        answers = self._in(year)[0]
        now = total(answers.facts_of(plant), answers.program, EMISSIONS, answers.year_of(year))
        if not now or all(cell.state in NO_ANSWER for cell in self.cells(plant, year)):
            return None
        last = 0  # tonnes at which nothing was found
        for tonnes in self._sizes(year, now):
            if self._differs(plant, year, Fraction(tonnes) / now):
                return Fraction(self._halved(plant, year, now, last, tonnes))
            last = tonnes
        return None

    def _sizes(self, year: int, now: Fraction) -> list[int]:
        """Tonnes worth trying, the smallest first."""
        found = {1, *(10**n for n in range(2, 8)), int(now)}
        for answers in self._in(year):
            threshold = answers.of_scheme("coverage_threshold", answers.year_of(year), explained=False).number
            if threshold is not None:
                found |= {int(threshold) - 1, int(threshold), int(threshold) + 1}
        return sorted(n for n in found if 0 < n <= LARGEST_EMITTER)

    def _halved(self, plant: str, year: int, now: Fraction, low: int, high: int) -> int:
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if self._differs(plant, year, Fraction(middle) / now) else (middle, high)
        return high

    def _differs(self, plant: str, year: int, factor: Fraction) -> bool:
        one, two = self._scaled(plant, year, factor)
        same = self.same(one, two)
        self.tried += same is not None
        return same is False

    def _scaled(self, plant: str, year: int, factor: Fraction) -> tuple[Cell, Cell]:
        """What a plant of another size is answered."""
        one, two = (
            answers.of_facts(facts, self._wanted.question, answers.year_of(year))
            for answers, facts in zip(self._in(year), self._resized(plant, factor), strict=True)
        )
        return one, two

    def _resized(self, plant: str, factor: Fraction) -> Iterator[FactSet]:
        """The facts of a plant of another size, as each law reads them."""
        return (plants[plant].scaled(dict.fromkeys(SCALED_WITH_OUTPUT, factor)) for plants in self._plants)

    def _witness(self, tonnes: Fraction, plant: str, year: int) -> Witness | None:
        """The witness once more, by evaluations that explain; None where these do not differ."""
        first = self._in(year)[0]  # one plant for both laws: their years may hold other months of it
        factor = tonnes / (total(first.facts_of(plant), first.program, EMISSIONS, first.year_of(year)) or Fraction(1))
        cells = []
        for answers, facts in zip(self._in(year), self._resized(plant, factor), strict=True):
            again = Answers(answers.law, answers.day)
            again.add_plant(plant, facts)
            cells.append(again.of_plant(plant, self._wanted.question, again.year_of(year)))
        one, two = cells
        if self.same(one, two) is not False:
            return None
        how = [cell.derivation or "\n".join(cell.reasons) for cell in cells]
        old, new = (_shown(cell, self._wanted.question) for cell in cells)
        return Witness(plant, year, tonnes, old, new, self.delta(one, two), *how)

    # ---- texts

    def answering(self, side: Side, years: range) -> Answering:
        """The rule that answers, with what governs it in the years asked."""
        rule = self._answer(side)
        if rule is None:
            return Answering(side.name, side.program.scheme, side.program.title, "", "", ())
        first, last = date(years[0], 1, 1), date(years[-1], 12, 31)
        found: list[Governing] = []
        for span in spans(side.law, rule.sections, days_of(side.law, rule.sections)):
            end = None if span.end is None else span.end - timedelta(days=1)
            if (end is not None and end < first) or (span.start is not None and span.start > last) or not span.text.is_law:
                continue
            one = excerpt(side, rule.name, span.text)
            if found and found[-1].excerpt == one:
                found[-1] = Governing(found[-1].start, end, one)
            else:
                found.append(Governing(span.start, end, one))
        return Answering(side.name, side.program.scheme, side.program.title, rule.name, rule.label, tuple(found))

    def same_law(self) -> bool:
        """Whether neither the answering rule nor anything that it rests on has another text."""
        a, b = self._sides
        one, two = self._answer(a), self._answer(b)
        if a.program.scheme != b.program.scheme or one is None or two is None or one.name != two.name:
            return False
        return Place("rule", one.name) not in meaning_changes(a, b, text_changes(a, b)).affected

    def _answer(self, side: Side) -> ir.Rule | None:
        return next((rule for rule in side.program.rules.values() if rule.answers == self._wanted.question), None)


def _shown(cell: Cell, question: str) -> str:
    if cell.state != VALUE:
        return cell.reasons[0] if cell.state in NO_ANSWER - {NO_LAW} and cell.reasons else words.state(cell.state, "en")
    if cell.number is not None and cell.unit == "tCO2e" and not cell.shown.endswith("tCO2e"):
        return f"{cell.shown} ({short(cell.number)} tCO2e)" if short(cell.number) not in cell.shown else cell.shown
    return value_text(cell, question, "en")


def _runs(pairs: Iterable[Pair]) -> Iterator[Pair]:
    """Neighbouring years with the same two answers as one."""
    for _, run in groupby(pairs, key=lambda p: (p.old, p.new, p.delta)):
        years = list(run)
        yield replace(years[0], last=years[-1].last)
