"""Which price controls a path of monthly prices sets off, when, how far, and by whose duty or power.

A file of prices has a column `month` and columns `SCHEME.FACT`, each named after a fact of a scheme that is given each
month in its currency. Two kinds of controls are followed: measures of the law (evaluated month by month), and levels (a
ceiling, a reserve's trigger, a floor) that the price reaches. What was nearest without firing is told with its distance.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import groupby
from pathlib import Path

from capcode.dsl import ir
from capcode.dsl.calendar import Period
from capcode.dsl.diagnostics import Diagnostic
from capcode.dsl.source import SourceFile, Span
from capcode.dsl.units import CURRENCIES
from capcode.interpreter import compare_errors as errors
from capcode.interpreter.answers import Answers, Cell, measured
from capcode.interpreter.evaluate import Evaluation
from capcode.interpreter.fact_values import read_number, read_period
from capcode.interpreter.facts import At, FactSet
from capcode.interpreter.figures import short
from capcode.interpreter.frames import Key
from capcode.interpreter.read_tables import all_lines
from capcode.interpreter.result_words import say_reason
from capcode.interpreter.results import Known, Open, Result
from capcode.interpreter.why_not import Core, why_not
from capcode.interpreter.wording import who_acts

FIRES, MAY_ACT, OPEN, NEAR, NO = "fires", "may act", "open", "near", "no"
SHOWN_REASONS = 3
NEAR_MISS = Fraction(1, 5)  # of the level: what is farther away is not told
LEVELS = (("price_ceiling", True), ("reserve_trigger", True), ("price_floor", False))  # whether a high price reaches it
WORDS = {
    FIRES: {"en": "fires", "ja": "発動"}, MAY_ACT: {"en": "authority may act", "ja": "当局の裁量"}, OPEN: {"en": "not known", "ja": "不明"},
    NEAR: {"en": "near miss", "ja": "発動寸前"}, "reached": {"en": "level reached", "ja": "水準に到達"},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Event:
    """A control in a run of months. state: fires, may act, open, near, reached. distance: what was missing, in words."""

    view: str
    label: Mapping[str, str] = field(hash=False)
    first: str
    last: str
    state: str
    who: Mapping[str, str] = field(hash=False)
    price: str
    level: str
    distance: str
    why: str


@dataclass(frozen=True, slots=True)
class PricePath:
    """The prices of a file: months in order, and for each column the values. name: `SCHEME.FACT`."""

    name: str
    months: tuple[str, ...]
    columns: Mapping[str, tuple[Fraction | None, ...]] = field(hash=False)


def shipped_paths() -> dict[str, Path]:
    """Price paths by name: illustrative stress, and published prices."""
    from capcode import rules

    folder = Path(next(iter(rules.__path__))) / "prices"
    return {path.stem: path for path in sorted(folder.glob("*.csv"))}


def read_prices(name: str, programs: Sequence[ir.Program]) -> PricePath | Diagnostic:
    """A shipped path by name, or a file; columns of schemes that are not compared are left out."""
    path = shipped_paths().get(name, Path(name))
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError):
        return errors.cannot_read(path.name, "a table of monthly prices")
    source = SourceFile(path.name, text)
    table = all_lines(source, comments=True)
    if isinstance(table, Diagnostic):
        return table
    heads = table[0].cells if table else []
    if not table or heads[0] != "month" or len(set(heads)) != len(heads):
        return errors.wrong_columns(table[0].place(source, 0) if table else Span(source, 0, 0), ["month", "SCHEME.FACT"])
    months: list[str] = []
    values: dict[str, list[Fraction | None]] = {head: [] for head in heads[1:]}
    by_scheme = {program.scheme: program for program in programs}
    for position, head in enumerate(values, start=1):
        scheme, _, fact = head.partition(".")
        if scheme in by_scheme and _monthly_price(by_scheme[scheme], fact) is None:
            return errors.bad_price_column(table[0].place(source, position), head)
    calendar = programs[0].calendar if programs else None
    for line in table[1:]:
        month = line.cells[0]
        if len(line.cells) != len(heads) or calendar is None or read_period(calendar, month, "month") is None or month in months:
            return errors.bad_price(line.place(source, 0), month)
        months.append(month)
        for position, (head, cell) in enumerate(zip(heads[1:], line.cells[1:], strict=True), start=1):
            place = line.place(source, position)
            number = read_number(cell, place) if cell else None
            if isinstance(number, Diagnostic) or (number is not None and number[1]):
                return errors.bad_price(place, cell)
            values[head].append(None if number is None else number[0])
    kept = {head: tuple(column) for head, column in values.items() if head.partition(".")[0] in by_scheme}
    return PricePath(path.stem, tuple(months), kept)


def _monthly_price(program: ir.Program, name: str) -> ir.Field | None:
    """A scheme-wide fact each month that is money for each unit."""
    one = program.fields.get(name)
    if one is None or one.kind != "month" or one.entity is not None:
        return None
    _, unit = measured(Fraction(1), one.type, program)
    return one if unit.partition(" per ")[0] in CURRENCIES and " per " in unit else None


def prices_of(path: PricePath, program: ir.Program) -> dict[str, tuple[Fraction | None, ...]]:
    """The columns of a scheme, by the fact that each one gives."""
    return {head.partition(".")[2]: column for head, column in path.columns.items() if head.partition(".")[0] == program.scheme}


def months_of(path: PricePath, program: ir.Program) -> list[Period]:
    found = (read_period(program.calendar, month, "month") for month in path.months)
    return [month for month in found if month is not None]


def facts_on_path(facts: FactSet, program: ir.Program, path: PricePath) -> FactSet:
    """The facts with the prices of the path."""
    known, months = replace(facts, values=dict(facts.values)), months_of(path, program)
    for fact, column in prices_of(path, program).items():
        one = program.fields[fact]
        for month, price in zip(months, column, strict=True):
            if price is not None:
                known.values[(one.key, None, month)] = price * getattr(one.type.base, "factor", 1)
    return known


def events(answers: Answers, path: PricePath) -> Iterator[Event]:
    """All controls of one law on a path, in the order of rules and months."""
    program = answers.program
    mine = prices_of(path, program)
    if not mine:
        return
    known, months = facts_on_path(answers.law.facts(None), program, path), months_of(path, program)
    for name in sorted(program.measures):
        measure = program.measures[name]
        if measure.kind == "month" and measure.entity is None:
            yield from _of_measure(answers, measure, known, months)
    fact, column = next(iter(mine.items()))
    one = program.fields[fact]
    prices = [(m, p) for m, p in zip(months, column, strict=True) if p is not None]
    for question, upwards in LEVELS:
        yield from _of_level(answers, one, question, upwards, prices)


# ---------------------------------------------------------------- measures


def _of_measure(answers: Answers, measure: ir.Measure, facts: FactSet, months: list[Period]) -> Iterator[Event]:
    program = answers.program
    evaluation = answers.evaluation(never_acted(program, measure, facts, months[-1]))
    states: list[tuple[Period, str, Result]] = []
    for month in months:
        result = condition_of(evaluation, measure, month)
        states.append((month, _state(result, _modal(measure)), result))
    label = {"en": measure.label or measure.name, **measure.labels}
    who = who_acts(program, measure)
    for state, same in groupby(states, key=lambda one: one[1]):
        run = list(same)
        first, _, result = run[0]
        if state in (FIRES, MAY_ACT, OPEN):
            why = _reasons(result)
            yield _event(answers, label, first, run[-1][0], state, who, why=why)
    nearest = _nearest(evaluation, measure.name, [month for month, state, _ in states if state == NO])
    if nearest is not None:
        month, core, share = nearest
        yield _event(answers, label, month, month, NEAR, who, distance=f"{short(share * 100)} %", why=core.text)


def _reasons(result: Result) -> str:
    """The first reasons of an open result, and how many more there are."""
    if not isinstance(result, Open):
        return ""
    found = sorted(result.reasons)
    more = f"; … (+{len(found) - SHOWN_REASONS})" if len(found) > SHOWN_REASONS else ""
    return "; ".join(say_reason(reason) for reason in found[:SHOWN_REASONS]) + more


def never_acted(program: ir.Program, measure: ir.Measure, facts: FactSet, last: Period) -> FactSet:
    """The facts with a power not used in any month, so that each month's condition is judged by itself: told is when it could be.

    Whether other powers were used stays open, for nobody said so.
    """
    starts = [section.start or program.instruments[section.instrument].day for section in measure.sections if section.citations]
    first = min((day for day in starts if day is not None), default=None)
    month = program.calendar.containing("month", first) if first is not None else None
    if month is None or _modal(measure) != "may":
        return facts
    never: dict[tuple[str, str | None, At], bool] = {
        (measure.name, None, Period("month", index)): False for index in range(month.index, last.index + 1)
    }
    return replace(facts, acts=facts.acts | never)


def condition_of(evaluation: Evaluation, measure: ir.Measure, month: Period) -> Result:
    """Whether a measure is in force; of a power, whether its condition is met."""
    result = evaluation.value(measure.name, None, month)
    record = evaluation.trace.records.get(Key(measure.name, None, month))
    if _modal(measure) == "may" and record is not None and record.decisions and record.decisions[-1].condition is not None:
        return record.decisions[-1].condition.result
    return result


def _state(result: Result, modal: str) -> str:
    if isinstance(result, Known):
        return NO if result.value is not True else MAY_ACT if modal == "may" else FIRES
    return OPEN if isinstance(result, Open) else NO


def _modal(measure: ir.Measure) -> str:
    laws = [section.law for section in measure.sections if isinstance(section.law, ir.MeasureLaw)]
    return laws[-1].modal if laws else ""


def _nearest(evaluation: Evaluation, name: str, months: list[Period]) -> tuple[Period, Core, Fraction] | None:
    """The month in which least was missing, relative to what it is held against, and the condition that lacked it."""
    found = [
        (abs(atom.ratio), month.index, month, atom)
        for month in months
        for atom in _atoms(why_not(evaluation.program, evaluation.trace, Key(name, None, month)))
        if atom.ratio is not None and abs(atom.ratio) <= NEAR_MISS
    ]
    if not found:
        return None
    share, _, month, atom = min(found, key=lambda one: one[:2])
    return month, atom, share


def _atoms(core: Core | None) -> Iterator[Core]:
    waiting = [core] if core is not None else []
    while waiting:
        one = waiting.pop()
        if one.sort == "comparison":
            yield one
        waiting += one.parts


# ---------------------------------------------------------------- levels


def _of_level(
    answers: Answers, one: ir.Field, question: str, upwards: bool, prices: list[tuple[Period, Fraction]]
) -> Iterator[Event]:  # fmt: skip
    asked = answers.program.questions.get(question)
    if asked is None or not prices:
        return
    label = {"en": asked.label, **asked.labels}
    calendar = answers.program.calendar
    judged: list[tuple[Period, str, Fraction, Cell, Fraction]] = []
    for month, price in prices:
        start = calendar.start(month)
        year = calendar.containing("year", start) if start is not None else None
        cell = answers.of_scheme(question, year, explained=False) if year is not None else None
        own, unit = measured(price * getattr(one.type.base, "factor", 1), one.type, answers.program)
        if cell is None or cell.number is None or own is None or cell.unit != unit or cell.number == 0:
            continue
        distance = (cell.number - own) if upwards else (own - cell.number)
        judged.append((month, "reached" if distance <= 0 else NO, own, cell, distance / cell.number))
    for state, same in groupby(judged, key=lambda point: point[1]):
        run = list(same)
        month, _, price, cell, _ = run[0]
        if state == "reached":
            yield _event(answers, label, month, run[-1][0], state, {}, price=f"{short(price)} {cell.unit}", level=cell.shown)
    missed = [point for point in judged if point[1] == NO and point[4] <= NEAR_MISS]
    if missed:
        month, _, price, cell, share = min(missed, key=lambda point: (point[4], point[0].index))
        told = {"price": f"{short(price)} {cell.unit}", "level": cell.shown, "distance": f"{short(share * 100)} %"}
        yield _event(answers, label, month, month, NEAR, {}, **told)


def _event(
    answers: Answers,
    label: Mapping[str, str],
    first: Period,
    last: Period,
    state: str,
    who: Mapping[str, str],
    *,
    price: str = "",
    level: str = "",
    distance: str = "",
    why: str = "",
) -> Event:
    calendar = answers.program.calendar
    return Event(str(answers.law.view), label, calendar.label(first), calendar.label(last), state, who, price, level, distance, why)
