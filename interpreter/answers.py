"""A scheme's answers to the shared questions: one `Cell` for each question, year and, where asked, plant.

A cell is never blank: it has a value, or says which of the other states it is in and why, with the articles.

Invariant: nothing here decides law; a cell is the result of the rule that answers, and its derivation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction

from capcode.dsl import ir
from capcode.dsl.calendar import Period
from capcode.dsl.types import YES_NO, QuantityType, Type
from capcode.dsl.units import CURRENCIES
from capcode.interpreter import result_words as words
from capcode.interpreter.api import Law
from capcode.interpreter.evaluate import Evaluation
from capcode.interpreter.explain import explain, show_derivation
from capcode.interpreter.facts import FactSet
from capcode.interpreter.frames import Key
from capcode.interpreter.plants import PLANT
from capcode.interpreter.recall import Recall
from capcode.interpreter.results import Error, Known, Open, Result
from capcode.interpreter.show import show_value
from capcode.interpreter.translate import Translated, one_row, translate

# The states of a cell that is no value, beside the words of absent answers.
NOT_ENCODED, NO_LAW, DISPUTED, UNKNOWN, NEEDS, ERROR, VALUE = "not_encoded", "no_law", "disputed", "unknown", "needs", "error", "value"


@dataclass(frozen=True, slots=True)
class Cell:
    """One answer. value is in base units; shown is the value with its unit as the scheme writes it, or empty.

    number: a quantity in tonnes, money for each tonne, money or a plain number: units that cover tonnes are counted as what
    they cover (an allowance for a short ton is 0.90718474 t), so that the numbers of two schemes may be compared. unit: of that number.

    state: value, none, not_permitted, not_applicable, not_stated, no_limit, not_encoded, no_law, disputed, unknown,
    needs, error; any_emissions where a search for a threshold ended at none. texts: what is shown, by language, where it is words.
    """

    state: str
    value: ir.Value | None = None
    type: Type = YES_NO
    shown: str = ""
    number: Fraction | None = None
    unit: str = ""
    rule: str = ""
    period: str = ""
    reasons: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    articles: tuple[str, ...] = ()
    derivation: str = field(default="", repr=False)
    texts: Mapping[str, str] = field(default_factory=dict, hash=False)


NOT_ASKED = Cell(NOT_ENCODED, reasons=("no rule of the scheme answers this question",))


def computed(
    value: Fraction | None,
    type_: Type,
    shown: str,
    how: Iterable[str],
    *,
    unit: str = "",
    marks: Iterable[str] = (),
    texts: Mapping[str, str] | None = None,
) -> Cell:
    """A cell that is worked out from other cells; `how` is its derivation, line by line."""
    told = "\n".join(how)
    return Cell(VALUE, value, type_, shown, value, unit, marks=tuple(dict.fromkeys(marks)), derivation=told, texts=texts or {})


def missing(state: str, *reasons: str) -> Cell:
    return Cell(state, reasons=tuple(dict.fromkeys(reasons)))


@dataclass(frozen=True, slots=True)
class _Plant:
    """A plant as one law sees it; `traced` explains, `quick` only answers."""

    facts: FactSet
    translated: Translated
    traced: Evaluation
    quick: Evaluation


class Answers:
    """One law and the day that chooses the year of its answers. Plants are named; their facts are read by this law.

    longest: characters of a derivation that will be shown; what would come after them is not explained.
    """

    def __init__(self, law: Law, day: date, longest: int | None = None) -> None:
        self.law, self.day, self.program = law, day, law.program
        self.rules = {rule.answers: rule for rule in law.program.rules.values() if rule.answers is not None}
        self._recall, self._longest = Recall(), longest
        nothing = law.facts(None)
        self._scheme, self._scheme_quick = self.evaluation(nothing), self.evaluation(nothing, trace=False)
        self._plants: dict[str, _Plant] = {}
        self._cells: dict[tuple[str, str, Period, bool], Cell] = {}

    @property
    def year(self) -> Period:
        """The scheme's own year that holds the day."""
        found = self.program.calendar.containing("year", self.day)
        assert found is not None
        return found

    def year_of(self, number: int) -> Period:
        """The scheme's own year that begins in a calendar year."""
        found = self.program.calendar.literal(str(number), "year") or self.program.calendar.containing("year", date(number, 7, 1))
        assert found is not None
        return found

    def label(self, period: Period) -> str:
        return self.program.calendar.label(period)

    def of_scheme(self, question: str, period: Period | None = None, *, explained: bool = True) -> Cell:
        """The answer that needs no plant."""
        rule = self.rules.get(question)
        if rule is None:
            return NOT_ASKED
        if rule.entity is not None:
            return missing(NOT_ENCODED, f"the scheme answers it for each {rule.entity}, not as a whole")
        return self._cell(self._scheme if explained else self._scheme_quick, rule, None, period or self.year, explained)

    def add_plant(self, name: str, facts: FactSet) -> None:
        """A plant under a name; its row in the facts is the only plant there."""
        found = self._translated(facts)
        self._plants[name] = _Plant(facts, found, self.evaluation(found.facts), self.evaluation(found.facts, trace=False))

    def facts_of(self, name: str) -> FactSet:
        """The facts of a plant as they were given."""
        return self._plants[name].facts

    def of_plant(self, name: str, question: str, period: Period | None = None, *, explained: bool = True) -> Cell:
        """The answer for a plant: of the one row that the mapping makes of it, or of the scheme where it asks no row."""
        plant, at = self._plants[name], period or self.year
        key = (name, question, at, explained or (name, question, at, True) in self._cells)
        if key not in self._cells:
            evaluation = plant.traced if explained else plant.quick
            self._cells[key] = self._of(plant.translated, evaluation, question, period, explained)
        return self._cells[key]

    def of_facts(self, facts: FactSet, question: str, period: Period | None = None) -> Cell:
        """The same for a plant that is only tried: no derivation, and no cell is kept."""
        found = self._translated(facts)
        return self._of(found, self.evaluation(found.facts, trace=False), question, period, False)

    def _translated(self, facts: FactSet) -> Translated:
        rows = list(facts.rows.get(PLANT, {}))
        if len(rows) != 1:
            return Translated(facts)
        return translate(self.evaluation(facts, trace=False), rows[0], self.year)

    def _of(self, found: Translated, evaluation: Evaluation, question: str, period: Period | None, explained: bool) -> Cell:
        rule = self.rules.get(question)
        if rule is None:
            return NOT_ASKED
        if not self.program.mappings:
            return missing(NOT_ENCODED, "the scheme does not say how the neutral plant looks in it")
        if rule.entity is None:
            return self._cell(evaluation, rule, None, period or self.year, explained)
        row = one_row(found, self.program, rule.entity)
        if isinstance(row, Error) and not found.rows.get(rule.entity):
            return missing("not_applicable", f"no {rule.entity} is made of this plant")
        if not isinstance(row, str):
            return self._stopped(row)
        cell = self._cell(evaluation, rule, row, period or self.year, explained)
        return replace(cell, marks=(*cell.marks, *(f"no row is made of {name}" for name in found.unused))) if found.unused else cell

    # ---- one result

    def evaluation(self, facts: FactSet, *, trace: bool = True) -> Evaluation:
        """An evaluation in this law; what others of it worked out is used again."""
        return Evaluation(self.program, self.law.view_of_law, facts, trace=trace, recall=self._recall)

    def _cell(self, evaluation: Evaluation, rule: ir.Rule, row: str | None, period: Period, explained: bool) -> Cell:
        key = evaluation.key(rule.name, row, period)
        if not isinstance(key, Key):
            return self._stopped(key)
        result = evaluation.read(key)
        told = explain(evaluation, key, result, self._longest) if explained else None
        return Cell(
            state_of(result), result.value if isinstance(result, Known) else None, rule.type,
            show_value(result.value, rule.type, self.program) if isinstance(result, Known) else "",
            *measured(result.value if isinstance(result, Known) else None, rule.type, self.program), rule.name,
            self.label(key.at) if isinstance(key.at, Period) else "", words.say_why(result),
            words.say_marks(result), told.articles if told is not None else (),
            show_derivation(told) if told is not None else "",
        )  # fmt: skip

    def _stopped(self, result: Open | Error) -> Cell:
        return Cell(state_of(result), reasons=words.say_why(result))


def state_of(result: Result) -> str:
    """Which state of a cell a result is."""
    match result:
        case Known(value=ir.Absent(word=word)):
            return word
        case Known():
            return VALUE
        case Open(reasons=reasons):
            kinds = {r.kind for r in reasons}
            return next((k for k in (DISPUTED, NOT_ENCODED, UNKNOWN) if k in kinds), NEEDS)
        case Error(causes=causes):
            return NO_LAW if all(c.kind == "gap" for c in causes) else ERROR


def measured(value: ir.Value | None, type_: Type, program: ir.Program) -> tuple[Fraction | None, str]:
    """A quantity and its unit, with each unit that covers tonnes counted as the tonnes that it covers; nothing for what
    is no quantity."""
    if not isinstance(value, Fraction) or not isinstance(type_.base, QuantityType):
        return None, ""
    covered = {name: u.covers for u in program.units.values() if u.covers is not None for name, _ in u.dimension}
    plain: dict[str, int] = {}
    found = value
    for name, exponent in type_.base.dimension:
        found *= Fraction(covered.get(name) or 1) ** exponent
        own = "tCO2e" if name in covered or name == "mass" else name
        plain[own] = plain.get(own, 0) + exponent
    if any(own not in CURRENCIES and own != "tCO2e" for own in plain):
        return value / type_.base.factor, type_.base.unit
    over = [own for own, exponent in plain.items() if exponent == 1]
    under = [own for own, exponent in plain.items() if exponent == -1]
    return found, " per ".join([*over, *under]) if len(over) == 1 else ""
