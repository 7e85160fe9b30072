"""A written value as a value of a declared type: numbers with units, days, periods, names, keys, absent answers.

    NUMBER [UNIT [per UNIT]…]   `1_200.5 kt`, `61.30 EUR per EUA`; a bare number is in the declared unit
    NUMBER%                     a ratio; `a/b` with whole a and b is an exact fraction
    yes, no                     2024-03-01     2023-24, 2024/03, 2024 Q1, phase_3     one of the declared names
    none, not_applicable, …     where the type says `or none` (a space may stand for _)

Results are values in base units, or a Diagnostic (F041 to F059). Each text is read once per type and then remembered.
Invariant: no exponent, no binary fraction, no digit but 0 to 9; sizes are checked before any number is made.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from capcode.dsl import types
from capcode.dsl.calendar import FIRST_DAY, LAST_DAY, Calendar, Listed, Months, Period, Runs, Years
from capcode.dsl.diagnostics import Diagnostic
from capcode.dsl.ir import ABSENT_WORDS, Absent, Field, Program, Value
from capcode.dsl.limits import LIMITS
from capcode.dsl.source import Span
from capcode.dsl.types import DateType, KeyType, NameType, PeriodType, QuantityType, RowType, SetType, Type, YesNoType
from capcode.dsl.units import BUILTIN, RATIO, Dimension, Unit, base, multiply
from capcode.interpreter import fact_errors as errors
from capcode.interpreter.fact_tree import check_text
from capcode.interpreter.show import show_value

MOST_YEARS = 60
_NUMBER = re.compile(r"([-−]?)([0-9]+(?:_[0-9]+)*)(?:\.([0-9]+(?:_[0-9]+)*))?")
_DENOMINATOR = re.compile(r" ?/ ?([0-9]+(?:_[0-9]+)*)")
_SPAN_OF_YEARS = re.compile(r"([0-9]{4})(?:-([0-9]{4}))?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MONTH = re.compile(r"[0-9]{4}/[0-9]{2}")
_QUARTER = re.compile(r"([0-9]{4}) Q([1-4])")
_YEARS = re.compile(r"[0-9]{4}(?:-[0-9]{2})?")
_YES_NO = {"yes": True, "true": True, "no": False, "false": False}
ROW_NAME = re.compile(r"[^\W](?:[\w\-./:()'& ]*[\w\-./:()'&])?")


def is_row_name(text: str) -> bool:
    """Whether a text can name a row: a letter, digit or _ first, so that no cell of a spreadsheet becomes a formula."""
    return 0 < len(text) <= LIMITS.name_characters and ROW_NAME.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class RowUnit:
    """The unit in which the outputs of one row are measured, and the key that says so; unit None: not known."""

    path: str
    key: str
    unit: Unit | None


# ---------------------------------------------------------------- periods


def read_period(calendar: Calendar, text: str, kind: str) -> Period | None:
    """The period of a kind that a text names: by the calendar's own label, or as a literal of the language.

    A month or a day names a longer period only where it is that period.
    """
    k = calendar.kinds[kind]
    found: Period | None = None
    quarter = _QUARTER.fullmatch(text)
    if isinstance(k, Listed):
        if text in k.labels:
            return Period(kind, k.labels.index(text))
    elif isinstance(k, Runs):
        first = read_period(calendar, text.partition(" to ")[0], k.part.name) if " to " in text else None
        if first is not None and (first.index - k.first) % k.count == 0:
            found = Period(kind, (first.index - k.first) // k.count)
            return found if calendar.start(found) is not None and calendar.label(found) == text else None
    elif isinstance(k, Years) and _YEARS.fullmatch(text):
        for index in (int(text[:4]), int(text[:4]) - 1):
            if k.label(index) == text:
                return _in_range(calendar, Period(kind, index))
    elif isinstance(k, Months) and k.length == 3 and quarter is not None:
        return _in_range(calendar, Period(kind, int(quarter[1]) * 4 + int(quarter[2]) - 1))
    if _DAY.fullmatch(text):
        day = read_day(text)
        found = calendar.containing(kind, day) if day is not None else None
        exact = found is not None and calendar.start(found) == day and (kind == "day" or isinstance(k, Listed))
        return found if exact else None
    if _MONTH.fullmatch(text):
        month = _in_range(calendar, calendar.literal(text))
        found = _in_range(calendar, calendar.literal(text, kind)) if month is not None else None
        if month is None or found is None or calendar.end(found) != calendar.end(month):
            return None
        return found
    return _in_range(calendar, calendar.literal(text, kind)) if _YEARS.fullmatch(text) else None


def _in_range(calendar: Calendar, period: Period | None) -> Period | None:
    return period if period is not None and calendar.start(period) is not None else None


def read_day(text: str) -> date | None:
    """A day written 2024-03-01, from 1900 to 2199."""
    if not _DAY.fullmatch(text):
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if FIRST_DAY <= day < LAST_DAY else None


def read_years(text: str) -> tuple[int, int] | None:
    """`2013-2034` or `2024`: the first and the last year of a span of at most MOST_YEARS."""
    found = _SPAN_OF_YEARS.fullmatch(text)
    if found is None:
        return None
    begin, end = int(found[1]), int(found[2] or found[1])
    return (begin, end) if 1950 <= begin <= end < min(begin + MOST_YEARS, 2150) else None


def example_period(calendar: Calendar, kind: str) -> str:
    """How one period of the kind is written."""
    for year in (2024, 2015, 2009, 2000):
        found = calendar.containing(kind, date(year, 6, 1))
        if found is not None:
            return calendar.label(found)
    return calendar.label(Period(kind, 0))


# ---------------------------------------------------------------- values


class ValueReader:
    """Reads values for one program; remembers units, periods and the keys of tables."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._units: dict[tuple[str, str, Dimension], tuple[Dimension, Fraction] | str] = {}
        self._periods: dict[tuple[str, str], Period | None] = {}
        self._keys: dict[tuple[str, int], dict[str, Value]] = {}
        # Units that only tables name: `pieces` of a product.
        self._row_units = {unit.name: unit for table in program.tables.values() for unit in table.units.values()}

    def period(self, text: str, kind: str, span: Span) -> Period | Diagnostic:
        key = (kind, text)
        if key not in self._periods:
            self._periods[key] = read_period(self.program.calendar, text, kind)
        found = self._periods[key]
        return found if found is not None else errors.not_a_period(span, text, kind, example_period(self.program.calendar, kind))

    def periods(self, text: str, kind: str, span: Span) -> list[Period] | Diagnostic:
        """The period that a text names, or all of `2024/01 to 2024/12`: the same value in each."""
        first, to, last = text.partition(" to ")
        found = self.period(text, kind, span)
        if not to or not isinstance(found, Diagnostic):
            return found if isinstance(found, Diagnostic) else [found]
        begin, end = self.period(first, kind, span), self.period(last, kind, span)
        if isinstance(begin, Diagnostic) or isinstance(end, Diagnostic):
            return begin if isinstance(begin, Diagnostic) else end  # type: ignore[return-value]
        if not 0 <= end.index - begin.index < LIMITS.window_periods:
            return errors.bad_span(span, text, LIMITS.window_periods)
        return [Period(kind, index) for index in range(begin.index, end.index + 1)]

    def value(
        self, text: str, type_: Type, span: Span, *, field: Field | None = None, row_unit: RowUnit | None = None,
        header_unit: str = "",
    ) -> Value | Diagnostic:  # fmt: skip
        """A value of the type. A row's name is only checked for its form; sets are written `a, b`, the empty one `[]`."""
        word = text.replace(" ", "_")
        if word in ABSENT_WORDS and not (isinstance(type_.base, NameType | KeyType) and text in self._names(type_.base)):
            return Absent(word) if type_.or_none else errors.not_absent(span, text)
        match type_.base:
            case QuantityType():
                found = self.quantity(text, type_.base, span, row_unit, header_unit)
                return found if isinstance(found, Diagnostic) or field is None else self._in_bounds(found, text, field, span)
            case YesNoType():
                truth = _YES_NO.get(text)
                return truth if truth is not None else errors.not_yes_no(span, text)
            case DateType():
                day = read_day(text)
                if day is None:
                    return errors.not_a_day(span, text)
                return day if field is None else self._in_bounds(day, text, field, span)
            case NameType(names):
                return text if text in names else errors.not_one_of(span, text, names)
            case SetType(names):
                return self.names([] if text == "[]" else [t.strip() for t in re.split("[,;]", text)], type_.base, span)
            case KeyType(table, _):
                keys = self._names(type_.base)
                return keys[text] if text in keys else errors.not_a_key(span, text, table, keys)
            case PeriodType(kind):
                return self.period(text, kind, span)
            case RowType():
                return text if is_row_name(text) else errors.bad_row_name(span, text)
        return errors.no_type(span, "the value")

    def names(self, words: list[str], type_: SetType, span: Span) -> frozenset[str] | Diagnostic:
        """A set of declared names, each once."""
        for i, word in enumerate(words):
            if word not in type_.names:
                return errors.not_one_of(span, word, type_.names)
            if word in words[:i]:
                return errors.fact_twice(span, f"`{word}`", "")
        return frozenset(words)

    def _names(self, type_: NameType | KeyType) -> dict[str, Value]:
        if isinstance(type_, NameType):
            return dict.fromkeys(type_.names, "")
        at = (type_.table, type_.position)
        if at not in self._keys:
            table = self.program.tables.get(type_.table)
            found = {key[type_.position] for key in table.entries if len(key) > type_.position} if table is not None else set()
            self._keys[at] = {self._key_text(k): k for k in found}
        return self._keys[at]

    def _key_text(self, key: Value) -> str:
        if isinstance(key, Period):
            return self.program.calendar.label(key)
        return key.isoformat() if isinstance(key, date) else str(key)

    def _in_bounds(self, value: Fraction | date, text: str, field: Field, span: Span) -> Value | Diagnostic:
        low, high = field.low, field.high
        if (low is not None and value < low) or (high is not None and value > high):  # type: ignore[operator]
            ends = ["" if end is None else show_value(end, field.type, self.program) for end in (low, high)]
            return errors.out_of_range(span, text, ends[0], ends[1])
        if field.step and isinstance(value, Fraction) and (value / field.step).denominator != 1:
            return errors.too_fine(span, text, show_value(field.step, field.type, self.program))
        return value

    # ---- quantities

    def quantity(
        self, text: str, type_: QuantityType, span: Span, row_unit: RowUnit | None = None, header_unit: str = ""
    ) -> Fraction | Diagnostic:
        """A number in base units. For output with a unit per row, base units are the row's own unit."""
        number = read_number(text, span)
        if isinstance(number, Diagnostic):
            return number
        value, rest = number
        digits = text[: len(text) - len(rest)].strip()
        declared = type_.unit or types.show(type_)
        if rest and header_unit:
            return errors.wrong_unit(span, rest, header_unit, digits, ())
        rest = rest or header_unit
        if not rest or rest == declared:
            return value if type_.factor == 1 else value * type_.factor
        if rest == "%" and type_.dimension == RATIO:
            return value / 100
        unit = self._unit(rest, type_)
        if isinstance(unit, str):
            known = [*self.program.units, *self._own_names(type_)]
            return errors.unknown_unit(span, unit, declared, known)
        dimension, factor = unit
        if dimension == type_.dimension:
            return value * factor
        out = next(((n, e) for n, e in type_.dimension if n.startswith("out:")), None)
        if out is None:
            return errors.wrong_unit(span, rest, declared, digits, self._fitting(type_))
        if row_unit is None:
            return value * factor  # a value alone, without its row: only its form is checked
        if row_unit.unit is None:
            return errors.row_unit_unknown(span, rest, row_unit.path)
        concrete, power = row_unit.unit, out[1]
        wanted = multiply(type_.dimension, base(out[0]), -power)
        for name, exponent in concrete.dimension:
            wanted = multiply(wanted, ((name, exponent * power),))
        if dimension != wanted:
            shown = declared.replace(self._own_names(type_)[0], concrete.name) if self._own_names(type_) else concrete.name
            return errors.wrong_row_unit(span, rest, shown, row_unit.key, digits)
        return value * factor / concrete.factor**power

    def _own_names(self, type_: QuantityType) -> list[str]:
        """The names in a declared unit that no unit has: `product` of `unit product for each good`."""
        return [n for n in type_.unit.split(" per ") if n and n not in self.program.units and n not in BUILTIN and n != "%"]

    def _unit(self, text: str, type_: QuantityType) -> tuple[Dimension, Fraction] | str:
        """Dimension and factor of a written unit; a text: the part of it that is no unit."""
        key = (text, type_.unit, type_.dimension)
        if key not in self._units:
            if len(self._units) > 10_000:  # hostile files write a new unit in each line
                self._units.clear()
            self._units[key] = self._make_unit(text, type_)
        return self._units[key]

    def _make_unit(self, text: str, type_: QuantityType) -> tuple[Dimension, Fraction] | str:
        own = self._own_names(type_)
        out = next((n for n, _ in type_.dimension if n.startswith("out:")), "")
        dimension, factor = RATIO, Fraction(1)
        parts = re.split(" +per +", text.strip(" "))
        if len(parts) > 8:
            return text
        for i, name in enumerate(parts):
            unit = self.program.units.get(name) or BUILTIN.get(name)
            if unit is None and out:
                unit = Unit(name, base(out)) if name in own else self._row_units.get(name)
            if unit is None:
                return name
            dimension = multiply(dimension, unit.dimension, 1 if i == 0 else -1)
            factor = factor * unit.factor if i == 0 else factor / unit.factor
        return dimension, factor

    def _fitting(self, type_: QuantityType) -> list[str]:
        return [u.name for u in self.program.units.values() if u.dimension == type_.dimension and u.name != "money"]


def read_number(text: str, span: Span) -> tuple[Fraction, str] | Diagnostic:
    """The number that a text begins with, and what follows it without spaces around."""
    wrong = check_text(text, span)
    if wrong is not None:
        return wrong
    found = _NUMBER.match(text)
    if found is None:
        return errors.not_a_number(span, text)
    sign, whole, part = found[1], found[2].replace("_", ""), (found[3] or "").replace("_", "")
    rest = text[found.end() :]
    over = "1"
    if rest.lstrip(" ").startswith("/") and not part:
        below = _DENOMINATOR.match(rest)
        if below is None:
            return errors.not_a_number(span, text)
        over, rest = below[1].replace("_", ""), rest[below.end() :]
    if re.match(r" ?,", rest):
        return errors.comma_in_number(span, text)
    if re.match(r"[eE][+-]?[0-9]", rest):
        return errors.exponent_in_number(span, text)
    if rest[:1] in ("_", ".") or rest[:1].isdigit():
        return errors.not_a_number(span, text)
    digits = len(whole.lstrip("0")) + len(part)
    if max(digits, len(over)) > LIMITS.number_digits or len(part) > LIMITS.number_decimals or len(whole) > LIMITS.cell_characters:
        return errors.long_number(span)
    if int(over) == 0:
        return errors.not_a_number(span, text)
    value = Fraction(int(whole + part), 10 ** len(part) * int(over))
    rest = rest.strip(" ")
    if rest and not (rest[0].isalpha() or rest == "%" or rest[0] == "_"):
        return errors.not_a_number(span, text)
    return (-value if sign else value), rest
