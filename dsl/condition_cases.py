"""The cases that conditions tell apart.

A condition is made of atoms: comparisons of one linear expression with constants, equalities with names, yes/no values.
Each expression is an axis with finitely many values that matter (the constants, one value between two neighbours, one
beyond each end; every name; yes and no; absent), so every case can be tried. Beyond 12 atoms or 4,096 cases it is not.

Invariant: two inputs in the same case make every condition alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from itertools import pairwise, product
from typing import TypeAlias

from capcode.dsl import ir
from capcode.dsl.calendar import Period
from capcode.dsl.types import DateType, KeyType, NameType, PeriodType, QuantityType, RowType, SetType, Type

ATOMS, CASES, VISITS = 12, 4_096, 2_000

Sample: TypeAlias = Fraction | bool | str | frozenset[str] | None
"""A value on an axis; None is an absent answer. Days and periods are counted."""
Truth: TypeAlias = bool | None
"""None: undefined, because an absent answer is compared."""
Test: TypeAlias = Callable[[Mapping["Axis", Sample]], Truth]
OTHER = "(another)"
SOME_DAY = date(2024, 1, 1).toordinal()  # an example for a day that is compared with no written day


@dataclass(eq=False, slots=True)
class Axis:
    """One expression that conditions test. `variables` are what it is made of; computed ones have a law of their own."""

    shown: str
    variables: tuple[ir.Expr, ...]
    type: Type | None
    computed: bool
    consts: set[Fraction] = field(default_factory=set)
    names: set[str | frozenset[str]] = field(default_factory=set)
    numeric: bool = False
    period_kind: str | None = None
    is_date: bool = False
    low: Fraction | None = None
    high: Fraction | None = None
    step: Fraction | None = None


class TooHard(Exception):
    """More atoms or cases than are tried."""


class Space:
    """The axes of some conditions, and the conditions as tests on them."""

    def __init__(self, program: ir.Program, definition: ir.Definition, defines: Mapping[str, ir.Expr]) -> None:
        self._program = program
        self._definition = definition
        self._defines = defines
        self._axes: dict[object, Axis] = {}
        self._atoms: set[object] = set()
        self._visits = 0

    # ---- conditions

    def test(self, expr: ir.Expr) -> tuple[Test, frozenset[Axis]]:
        """A condition as a test, and the axes that it looks at."""
        self._visit()
        match expr:
            case ir.Const(value=bool() as value):
                return (lambda _: value), frozenset()
            case ir.DefineRead(name=name) if name in self._defines:
                return self.test(self._defines[name])
            case ir.And(operands=operands):
                return self._joined(operands, False)
            case ir.Or(operands=operands):
                return self._joined(operands, True)
            case ir.Not(operand=operand):
                return _negated(self.test(operand))
            case ir.Compare(op=op, left=left, right=right):
                return self._compared(op, left, right) or self._opaque(expr)
            case ir.Equal(left=left, right=right, negated=negated):
                found = self._equal(left, right) or self._opaque(ir.Equal(left, right))
                return _negated(found) if negated else found
            case ir.OneOf(operand=operand, names=names):
                return self._named(operand, set(names))
            case ir.Present(operand=operand, negated=negated):
                axis = self._axis_of(operand)
                self._count(("present", axis))
                return (lambda at: (at[axis] is not None) is not negated), frozenset({axis})
        return self._opaque(expr)

    def _joined(self, operands: Sequence[ir.Expr], absorbing: bool) -> tuple[Test, frozenset[Axis]]:
        tests = [self.test(o) for o in operands]

        def joined(at: Mapping[Axis, Sample]) -> Truth:
            found: Truth = not absorbing
            for test, _ in tests:
                truth = test(at)
                if truth is absorbing:
                    return absorbing
                if truth is None:
                    found = None
            return found

        return joined, frozenset().union(*(axes for _, axes in tests))

    def _opaque(self, expr: ir.Expr) -> tuple[Test, frozenset[Axis]]:
        """A yes/no expression whose inside is not looked at."""
        axis = self._axis_of(expr)
        self._count(("yes", axis))
        return (lambda at: None if at[axis] is None else at[axis] is True), frozenset({axis})

    def _equal(self, left: ir.Expr, right: ir.Expr) -> tuple[Test, frozenset[Axis]] | None:
        left, right = self._inlined(left), self._inlined(right)
        if isinstance(left, ir.Const):
            left, right = right, left
        if isinstance(right, ir.Const):
            if isinstance(right.value, str | frozenset):
                return self._named(left, {right.value})
            if isinstance(right.value, bool):
                found = self.test(left)
                return found if right.value else _negated(found)
        return self._compared("=", left, right)

    def _named(self, operand: ir.Expr, names: set[str | frozenset[str]] | set[str]) -> tuple[Test, frozenset[Axis]]:
        axis = self._axis_of(self._inlined(operand))
        axis.names |= names
        self._count(("named", axis, frozenset(names)))
        return (lambda at: None if at[axis] is None else at[axis] in names), frozenset({axis})

    def _compared(self, op: str, left: ir.Expr, right: ir.Expr) -> tuple[Test, frozenset[Axis]] | None:
        form: dict[ir.Expr, Fraction] = {}
        kinds: set[object] = set()
        rest = self._linear(left, Fraction(1), form, kinds)
        more = self._linear(right, Fraction(-1), form, kinds)
        form = {v: c for v, c in form.items() if c}
        if rest is None or more is None or len(kinds) > 1:
            return None
        bound = -(rest + more)
        if not form:
            holds = _holds(op, Fraction(0), bound)
            return (lambda _: holds), frozenset()
        ordered = sorted(form.items(), key=lambda item: repr(item[0])) if len(form) > 1 else list(form.items())
        lead = ordered[0][1]
        bound /= lead
        if lead < 0:
            op = {">": "<", "<": ">", ">=": "<=", "<=": ">="}.get(op, op)
        axis = self._number_axis([(v, c / lead) for v, c in ordered])
        for kind in kinds:
            axis.is_date = kind is date
            axis.period_kind = kind if isinstance(kind, str) else None
            axis.step = Fraction(1)
        axis.consts.add(bound)
        self._count(("number", axis, op, bound))

        def compared(at: Mapping[Axis, Sample]) -> Truth:
            value = at[axis]
            return _holds(op, value, bound) if isinstance(value, Fraction) else None

        return compared, frozenset({axis})

    def _linear(self, expr: ir.Expr, factor: Fraction, form: dict[ir.Expr, Fraction], kinds: set[object]) -> Fraction | None:
        """Adds factor × expr to the form; the constant part, or None where a constant is no number, day or period."""
        self._visit()
        expr = self._inlined(expr)
        match expr:
            case ir.Const(value=value):
                if isinstance(value, bool):
                    return None
                if isinstance(value, Fraction):
                    return factor * value
                if isinstance(value, date):
                    kinds.add(date)
                    return factor * value.toordinal()
                if isinstance(value, Period):
                    kinds.add(value.kind)
                    return factor * value.index
                return None
            case ir.Add(terms=terms):
                total = Fraction(0)
                for coefficient, term in terms:
                    part = self._linear(term, factor * coefficient, form, kinds)
                    if part is None:
                        return None
                    total += part
                return total
            case ir.Mul(factors=factors):
                scale, others = factor, []
                for f in map(self._inlined, factors):
                    if isinstance(f, ir.Const) and isinstance(f.value, Fraction):
                        scale *= f.value
                    else:
                        others.append(f)
                if len(others) < len(factors) and len(others) <= 1:
                    return self._linear(others[0], scale, form, kinds) if others else scale
            case ir.Div(left=left, right=ir.Const(value=Fraction() as divisor)) if divisor:
                return self._linear(left, factor / divisor, form, kinds)
        form[expr] = form.get(expr, Fraction(0)) + factor
        return Fraction(0)

    def _inlined(self, expr: ir.Expr) -> ir.Expr:
        while isinstance(expr, ir.DefineRead) and expr.name in self._defines:
            expr = self._defines[expr.name]
        return expr

    def _visit(self) -> None:
        self._visits += 1  # defines that use one another twice would double the work with each of them
        if self._visits > VISITS:
            raise TooHard

    def _count(self, atom: object) -> None:
        self._atoms.add(atom)
        if len(self._atoms) > ATOMS:
            raise TooHard

    # ---- axes

    def _axis_of(self, expr: ir.Expr) -> Axis:
        expr = self._inlined(expr)
        type_ = self._type(expr)
        if type_ is not None and isinstance(type_.base, QuantityType | DateType | PeriodType):
            return self._number_axis([(expr, Fraction(1))])
        if expr not in self._axes:
            self._axes[expr] = Axis(self._shown(expr), (expr,), type_, not _is_free(expr))
        return self._axes[expr]

    def _number_axis(self, form: Sequence[tuple[ir.Expr, Fraction]]) -> Axis:
        key = tuple(form)
        if key not in self._axes:
            variables = tuple(v for v, _ in form)
            axis = self._axes[key] = Axis(self._shown_form(form), variables, self._type(variables[0]), not all(map(_is_free, variables)))
            axis.numeric = True
            base = axis.type.base if axis.type is not None else None
            if isinstance(base, DateType | PeriodType):
                axis.is_date, axis.period_kind = isinstance(base, DateType), base.kind if isinstance(base, PeriodType) else None
                axis.step = Fraction(1)
            only = variables[0] if len(variables) == 1 else None
            if isinstance(only, ir.FactRead) and only.name in self._program.fields:
                known = self._program.fields[only.name]
                axis.low, axis.high, axis.step = _number(known.low), _number(known.high), known.step or axis.step
            elif isinstance(only, ir.Abs | ir.Count):
                axis.low, axis.step = Fraction(0), Fraction(1) if isinstance(only, ir.Count) else axis.step
        return self._axes[key]

    def _type(self, expr: ir.Expr) -> Type | None:
        p = self._program
        match expr:
            case ir.FactRead(name=name):
                return p.fields[name].type if name in p.fields else None
            case ir.RuleRead(rule=name) | ir.IssuedRead(rule=name):
                return p.rules[name].type if name in p.rules else None
            case ir.Lookup(table=table, column=column):
                return p.tables[table].columns.get(column) if table in p.tables else None
            case ir.ArgumentRead() if isinstance(self._definition, ir.Rule) and self._definition.argument is not None:
                return self._definition.argument[1]
            case ir.Here(kind=kind) | ir.This(kind=kind):
                return Type(PeriodType(kind))
        return None

    def axes(self) -> list[Axis]:
        return list(self._axes.values())

    def cases(self, axes: Sequence[Axis]) -> Iterator[dict[Axis, Sample]]:
        """Every case that matters, the axes in the order in which the conditions name them."""
        samples = [self._samples(axis) for axis in axes]
        size = 1
        for found in samples:
            size *= len(found)
        if size > CASES:
            raise TooHard
        for values in product(*samples):
            yield dict(zip(axes, values, strict=True))

    def _samples(self, axis: Axis) -> list[Sample]:
        found: list[Sample] = []
        base = axis.type.base if axis.type is not None else None
        if axis.numeric:
            found += _number_samples(axis)
        elif isinstance(base, NameType):
            found += base.names
        elif axis.names or isinstance(base, KeyType | RowType | SetType):
            found += sorted(axis.names, key=str)
            found.append(self._other_name(axis, base))
        else:
            found += [True, False]
        if axis.type is not None and axis.type.or_none:
            found.append(None)
        return found

    def _other_name(self, axis: Axis, base: object) -> Sample:
        if isinstance(base, KeyType) and base.table in self._program.tables:
            keys = sorted({str(k[base.position]) for k in self._program.tables[base.table].entries} - {str(n) for n in axis.names})
            return keys[0] if keys else OTHER
        return frozenset({OTHER}) if isinstance(base, SetType) else OTHER

    # ---- words

    def _shown(self, expr: ir.Expr) -> str:
        match expr:
            case ir.FactRead(name=name, at=at) | ir.RuleRead(rule=name, at=at) | ir.IssuedRead(rule=name, at=at):
                return name.rpartition(".")[2] + _when(at)
            case ir.Lookup(column=column):
                return column
            case ir.ArgumentRead() if isinstance(self._definition, ir.Rule) and self._definition.argument is not None:
                return self._definition.argument[0]
            case ir.LotRead(part=part):
                return part
            case ir.Here(kind=kind) | ir.This(kind=kind):
                return f"this {kind}"
        for name, inside in self._defines.items():
            if inside == expr:
                return name
        span = getattr(expr, "span", None)
        text = span.words if span is not None else ""
        return f"({text[:80]})" if text else "the condition"

    def _shown_form(self, form: Sequence[tuple[ir.Expr, Fraction]]) -> str:
        words = []
        for i, (variable, c) in enumerate(form):
            sign = ("− " if c < 0 else "+ ") if i else ("−" if c < 0 else "")
            words.append(sign + (f"{_decimal(abs(c))} × " if abs(c) != 1 else "") + self._shown(variable))
        return " ".join(words)

    def show(self, case: Mapping[Axis, Sample], only: frozenset[Axis] | None = None) -> str:
        """`load = 65%, kind = gas`"""
        return ", ".join(f"{a.shown} = {self._value(a, v)}" for a, v in case.items() if only is None or a in only)

    def _value(self, axis: Axis, value: Sample) -> str:
        if value is None:
            return "none"
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, frozenset):
            return "list " + ", ".join(sorted(value))
        if not isinstance(value, Fraction):
            return value
        if axis.is_date and len(axis.variables) == 1:
            return date.fromordinal(min(max(int(value), 1), date.max.toordinal())).isoformat()
        if axis.period_kind is not None and len(axis.variables) == 1:
            return self._program.calendar.label(Period(axis.period_kind, int(value)))
        base = axis.type.base if axis.type is not None else None
        if not isinstance(base, QuantityType):
            return _decimal(value)
        if not base.dimension:
            return _decimal(value * 100) + "%"
        return f"{_decimal(value / base.factor)} {base.unit}".rstrip()


def _is_free(expr: ir.Expr) -> bool:
    """Whether an expression can take any value of its type: facts and what stands for them."""
    if isinstance(expr, ir.FactRead):
        return expr.row is None or isinstance(expr.row, ir.Row)
    return isinstance(expr, ir.ArgumentRead | ir.LotRead | ir.Here | ir.This)


def are_free(axes: Sequence[Axis]) -> bool:
    """Whether every combination of values can occur: no computed axis, and no fact in two of them."""
    if len(axes) <= 1:
        return True
    if any(axis.computed for axis in axes):
        return False
    seen: set[object] = set()
    for axis in axes:
        names = {v.name if isinstance(v, ir.FactRead) else v for v in axis.variables}
        if names & seen:
            return False
        seen |= names
    return True


def _number_samples(axis: Axis) -> list[Sample]:
    consts = sorted(axis.consts)
    if not consts:
        return [axis.low if axis.low is not None else Fraction(SOME_DAY if axis.is_date or axis.period_kind == "day" else 0)]
    ends = [consts[0] - _beyond(axis, consts[0]), *consts, consts[-1] + _beyond(axis, consts[-1])]
    if axis.low is not None:
        ends = [axis.low, *(c for c in ends[1:] if c > axis.low)]
    if axis.high is not None:
        ends = [*(c for c in ends[:-1] if c < axis.high), axis.high]
    found: list[Fraction] = []
    for a, b in pairwise(ends):
        found.append(a)
        between = (a + b) / 2
        if axis.step:
            between = between // axis.step * axis.step
            if between <= a:
                between += axis.step
        if a < between < b:
            found.append(between)
    found.append(ends[-1])
    if axis.step:
        found = [x for x in found if x % axis.step == 0]
    return list(dict.fromkeys(found))


def _beyond(axis: Axis, edge: Fraction) -> Fraction:
    if axis.is_date or axis.period_kind is not None:
        return Fraction(2)
    base = axis.type.base if axis.type is not None else None
    factor = base.factor if isinstance(base, QuantityType) else Fraction(1)
    far = abs(edge) / 2 or factor
    return far if axis.step is None else max(far // axis.step, 1) * axis.step


def _holds(op: str, a: Fraction, b: Fraction) -> bool:
    return {"=": a == b, "<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[op]


def _negated(found: tuple[Test, frozenset[Axis]]) -> tuple[Test, frozenset[Axis]]:
    test, axes = found

    def negated(at: Mapping[Axis, Sample]) -> Truth:
        truth = test(at)
        return None if truth is None else not truth

    return negated, axes


def _number(value: Fraction | date | None) -> Fraction | None:
    return Fraction(value.toordinal()) if isinstance(value, date) else value


def _when(at: ir.Expr | None) -> str:
    match at:
        case ir.Shift(period=ir.This(kind=kind) | ir.Here(kind=kind), count=ir.Const(value=Fraction() as count)) if count < 0:
            return f" last {kind}" if count == -1 else f" {-count} {kind}s ago"
    return ""


def _decimal(value: Fraction) -> str:
    """Exact where decimals end, else a fraction."""
    d, digits = value.denominator, 0
    while d % 10 == 0:
        d //= 10
    for prime in (2, 5):
        while d % prime == 0:
            d //= prime
    if d != 1:
        return f"{value.numerator}/{value.denominator}"
    while (value * 10**digits).denominator != 1:
        digits += 1
    whole = abs(value) * 10**digits
    text = str(whole.numerator).rjust(digits + 1, "0")
    shown = text[: len(text) - digits] + ("." + text[len(text) - digits :] if digits else "")
    return ("−" if value < 0 else "") + shown
