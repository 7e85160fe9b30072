"""What each node of an expression gives: readings, arithmetic, comparison and logic (semantics, sections 5 to 8).

One function per node, found by the node's type in `NODES`. Places in time are in `times`, rows in `relations`, many
rows or periods in `domains`.

Invariant: no function here looks at more than its node and its frame.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from capcode.dsl import ir
from capcode.dsl.calendar import Period
from capcode.interpreter import arithmetic, domains, relations, times, translate
from capcode.interpreter.facts import At
from capcode.interpreter.frames import BALANCE, LAPSED, SHORTFALL, TRANSLATED, UNDISTRIBUTED, USED, VALUE, Frame, Key, place
from capcode.interpreter.powers import Real
from capcode.interpreter.recall import ISSUED, SOURCES, UNKNOWN, VALUES
from capcode.interpreter.results import (
    NO_MARKS,
    Error,
    Known,
    Open,
    Result,
    absent_used,
    blocked,
    conjunction,
    disjunction,
    failed,
    marks_of,
    negation,
    opened,
    strict,
    with_marks,
)
from capcode.interpreter.trace import ReadFact, ReadKey, Rounded

if TYPE_CHECKING:
    from capcode.interpreter.evaluate import Evaluation

# ---------------------------------------------------------------- leaves


def const(evaluation: Evaluation, node: ir.Const, frame: Frame) -> Result:
    return Known(node.value)


def open_value(evaluation: Evaluation, node: ir.OpenValue, frame: Frame) -> Result:
    return opened("unknown", node.reason)


def argument_read(evaluation: Evaluation, node: ir.ArgumentRead, frame: Frame) -> Result:
    return failed("undefined", "there is no argument") if frame.key.argument is None else Known(frame.key.argument)


def define_read(evaluation: Evaluation, node: ir.DefineRead, frame: Frame) -> Result:
    """A named step, evaluated in the section's own frame and at most once."""
    defines = frame.defines
    assert defines is not None, node.name
    found = defines.results.get(node.name)
    if found is None:
        found = defines.results[node.name] = evaluation.eval(defines.expressions[node.name], defines.frame)
    return found


def lot_read(evaluation: Evaluation, node: ir.LotRead, frame: Frame) -> Result:
    lot = frame.lot
    if lot is None or (node.part == "vintage" and lot.vintage is None):
        return failed("undefined", f"there is no {node.part} of a lot")
    return lot.amount if node.part == "amount" or lot.vintage is None else Known(lot.vintage, lot.amount.marks)


def as_before(evaluation: Evaluation, node: ir.AsBefore, frame: Frame) -> Result:
    return failed("undefined", "there is no text before") if frame.before is None else frame.before()[0]


# ---------------------------------------------------------------- readings


_NOWHERE = Known("")  # of a reading that needs no row, or no place in time
Place = tuple[Any, Any, Open | Error | None, frozenset[ir.Mark]]


def _place(evaluation: Evaluation, row: ir.RowExpr | None, at: ir.TimeExpr | None, frame: Frame) -> Place:
    """The row and the place in time of a reading (None where it needs none), what keeps them unknown, and their marks."""
    who = _NOWHERE if row is None else evaluation.row(row, frame)
    when = _NOWHERE if at is None else evaluation.time(at, frame)
    if not isinstance(who, Known) or not isinstance(when, Known):
        return None, None, blocked((_used(who), _used(when))), NO_MARKS
    if isinstance(who.value, ir.Absent) or isinstance(when.value, ir.Absent):
        return None, None, blocked((_used(who), _used(when))), NO_MARKS
    return None if row is None else who.value, None if at is None else when.value, None, who.marks | when.marks


def _used(result: Result) -> Result:
    """The result where a value is needed: an absent answer is none."""
    return absent_used(result.value) if isinstance(result, Known) and isinstance(result.value, ir.Absent) else result


def fact_read(evaluation: Evaluation, node: ir.FactRead, frame: Frame) -> Result:
    row, at, stop, marks = _place(evaluation, node.row, node.at, frame)
    if stop is not None:
        return stop
    result = evaluation.fact(node.name, row, at)
    if evaluation.recorder is not None:
        when = evaluation.when_of_fact(node.name, at)
        when = None if isinstance(when, Open | Error) else when
        evaluation.recorder.note(source_of(evaluation, node.name, row, when))
    return with_marks(result, marks)


def source_of(evaluation: Evaluation, name: str, row: str | None, when: At) -> ReadFact | ReadKey:
    """Where a fact comes from: a place in the facts, or the mapping that made its row."""
    world, key = evaluation.world, (name, row, when)
    if (
        translate.is_written(world, evaluation.program.fields[name], row)
        and world.look(VALUES, key) is None
        and world.look(UNKNOWN, key) is None
    ):
        return ReadKey(Key(name, row, when, None, TRANSLATED))
    return ReadFact(name, row, when, world.look(SOURCES, key) or "")


def _read(evaluation: Evaluation, key: Key | Open | Error, stop: Open | Error | None, marks: frozenset[ir.Mark]) -> Result:
    if stop is not None:
        return stop
    if isinstance(key, Open | Error):
        return key
    result = evaluation.read(key)
    if evaluation.recorder is not None:
        evaluation.recorder.note(ReadKey(key))
    return with_marks(result, marks)


def rule_read(evaluation: Evaluation, node: ir.RuleRead, frame: Frame) -> Result:
    row, at, stop, marks = _place(evaluation, node.row, node.at, frame)
    argument: Any = None
    if node.argument is not None:
        given = _used(evaluation.eval(node.argument, frame))
        if isinstance(given, Known):
            argument, marks = given.value, marks | given.marks
        else:
            stop = given if stop is None else blocked((stop, given))
    return _read(evaluation, evaluation.key(node.rule, row, at, argument), stop, marks)


def duty_part(evaluation: Evaluation, node: ir.DutyPart, frame: Frame) -> Result:
    row, at, stop, marks = _place(evaluation, node.row, node.at, frame)
    return _read(evaluation, evaluation.key(node.duty, row, at, None, SHORTFALL if node.part == SHORTFALL else USED), stop, marks)


def account_part(evaluation: Evaluation, node: ir.AccountPart, frame: Frame) -> Result:
    row, at, stop, marks = _place(evaluation, node.row, node.at, frame)
    return _read(evaluation, evaluation.key(node.account, row, at, None, SHORTFALL if node.part == SHORTFALL else LAPSED), stop, marks)


def undistributed_read(evaluation: Evaluation, node: ir.UndistributedRead, frame: Frame) -> Result:
    row, at, stop, marks = _place(evaluation, node.row, node.at, frame)
    return _read(evaluation, evaluation.key(node.rule, row, at, None, UNDISTRIBUTED), stop, marks)


def account_read(evaluation: Evaluation, node: ir.AccountRead, frame: Frame) -> Result:
    row, at, stop, marks = _place(evaluation, node.row, node.day, frame)
    day: Any = at
    if isinstance(at, Period):
        found = times.edges(evaluation, at)
        if isinstance(found, Open | Error):
            return found
        day = found[1]
    return _read(evaluation, Key(node.account, row, day, None, BALANCE), stop, marks)


def issued_read(evaluation: Evaluation, node: ir.IssuedRead, frame: Frame) -> Result:
    row, at, stop, marks = _place(evaluation, node.row, node.at, frame)
    if stop is not None:
        return stop
    key = evaluation.key(node.rule, row, at, None, VALUE)
    if isinstance(key, Open | Error):
        return key
    found = evaluation.world.look(ISSUED, (key.name, key.row, key.at))
    where = place(key.name, key.row, key.at, evaluation.calendar)
    return opened("needs_issued", f"{where} as issued") if found is None else Known(found, marks)


def lookup(evaluation: Evaluation, node: ir.Lookup, frame: Frame) -> Result:
    keys = [evaluation.eval(key, frame) for key in node.keys]
    day: Result = Known(frame.first or frame.day) if node.at is None else evaluation.eval(node.at, frame)
    stop = blocked([*keys, day])
    if stop is not None:
        return stop
    values = tuple(k.value for k in keys if isinstance(k, Known))
    absent = next((v for v in values if isinstance(v, ir.Absent)), None)
    if absent is not None:
        return absent_used(absent)
    assert isinstance(day, Known)
    found = times.edges(evaluation, day.value)
    if isinstance(found, Open | Error):
        return found
    cell = evaluation.tables.cell(node.table, node.column, values, found[0], frame)
    return with_marks(cell, marks_of([*keys, day]))


# ---------------------------------------------------------------- arithmetic


def add(evaluation: Evaluation, node: ir.Add, frame: Frame) -> Result:
    coefficients = [c for c, _ in node.terms]
    return strict(
        lambda *values: arithmetic.total(v if c == 1 else c * v for c, v in zip(coefficients, values, strict=True)),
        [evaluation.eval(term, frame) for _, term in node.terms],
    )


def mul(evaluation: Evaluation, node: ir.Mul, frame: Frame) -> Result:
    return strict(lambda *values: arithmetic.product(values), [evaluation.eval(f, frame) for f in node.factors])


def div(evaluation: Evaluation, node: ir.Div, frame: Frame) -> Result:
    """A zero divisor is undefined even when the dividend is open: no fact can repair it."""
    left, right = evaluation.eval(node.left, frame), evaluation.eval(node.right, frame)
    if isinstance(right, Known) and right.value == 0 and not isinstance(right.value, ir.Absent):
        zero = failed("undefined", "a division by zero")
        return Error(zero.causes | left.causes) if isinstance(left, Error) else zero
    return strict(arithmetic.quotient, (left, right))


def power(evaluation: Evaluation, node: ir.Pow, frame: Frame) -> Result:
    base: Result = Known(Fraction(1)) if node.base is None else evaluation.eval(node.base, frame)
    euler = node.base is None
    return strict(lambda b, x: arithmetic.power(None if euler else b, x), (base, evaluation.eval(node.exponent, frame)))


def least(evaluation: Evaluation, node: ir.Least, frame: Frame) -> Result:
    return _extreme(min, [evaluation.eval(o, frame) for o in node.operands])


def greatest(evaluation: Evaluation, node: ir.Greatest, frame: Frame) -> Result:
    return _extreme(max, [evaluation.eval(o, frame) for o in node.operands])


def _extreme(choose: Callable[..., Any], operands: list[Result]) -> Result:
    """`no limit` among them binds nothing; where nothing binds, there is no limit."""
    binding = [o for o in operands if not is_no_limit(o)]
    marks = marks_of(operands)
    if operands and not binding:
        return with_marks(operands[0], marks)
    return with_marks(strict(lambda *values: choose(values), binding), marks)


def is_no_limit(result: Result) -> bool:
    return isinstance(result, Known) and isinstance(result.value, ir.Absent) and result.value.word == "no_limit"


def size(evaluation: Evaluation, node: ir.Abs, frame: Frame) -> Result:
    return strict(abs, (evaluation.eval(node.operand, frame),))


def rounding(evaluation: Evaluation, node: ir.Round, frame: Frame) -> Result:
    operand = evaluation.eval(node.operand, frame)
    result = strict(lambda value: arithmetic.round_to(value, node.mode, node.place), (operand,))
    if evaluation.recorder is not None and isinstance(operand, Known) and isinstance(result, Known):
        before = None if isinstance(operand.value, Real) else operand.value
        evaluation.recorder.note(Rounded(node.mode, node.place, before, result.value))
    return result


def interpolate(evaluation: Evaluation, node: ir.Interpolate, frame: Frame) -> Result:
    return strict(lambda x: arithmetic.interpolate(x, node.points), (evaluation.eval(node.operand, frame),))


# ---------------------------------------------------------------- comparison and logic

COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt}


def compare(evaluation: Evaluation, node: ir.Compare, frame: Frame) -> Result:
    left, right = evaluation.eval(node.left, frame), evaluation.eval(node.right, frame)
    unlimited, other = (right, left) if node.op == "<=" else (left, right)
    if node.op in ("<=", ">=") and is_no_limit(unlimited):
        return strict(lambda _: True, (other,)) if not is_no_limit(other) else Known(True, marks_of((left, right)))
    return strict(lambda a, b: comparison(node.op, a, b), (left, right))


def comparison(op: str, a: ir.Value, b: ir.Value) -> bool | Error:
    if isinstance(a, Period) and isinstance(b, Period) and a.kind != b.kind:
        return failed("undefined", f"a {a.kind} is compared with a {b.kind}")
    if isinstance(a, Period | date) and type(a) is not type(b):
        return failed("undefined", "a day is compared with a period")
    return COMPARISONS[op](a, b)


def equal(evaluation: Evaluation, node: ir.Equal, frame: Frame) -> Result:
    left, right = evaluation.eval(node.left, frame), evaluation.eval(node.right, frame)
    return strict(lambda a, b: (a == b) != node.negated, (left, right))


def one_of(evaluation: Evaluation, node: ir.OneOf, frame: Frame) -> Result:
    return strict(lambda value: value in node.names, (evaluation.eval(node.operand, frame),))


def present(evaluation: Evaluation, node: ir.Present, frame: Frame) -> Result:
    """Known also for an absent answer."""
    operand = evaluation.eval(node.operand, frame)
    return Known(isinstance(operand.value, ir.Absent) == node.negated, operand.marks) if isinstance(operand, Known) else operand


def all_of(evaluation: Evaluation, node: ir.And, frame: Frame) -> Result:
    return conjunction([evaluation.eval(o, frame) for o in node.operands])


def any_of(evaluation: Evaluation, node: ir.Or, frame: Frame) -> Result:
    return disjunction([evaluation.eval(o, frame) for o in node.operands])


def negate(evaluation: Evaluation, node: ir.Not, frame: Frame) -> Result:
    return negation(evaluation.eval(node.operand, frame))


def bands(evaluation: Evaluation, node: ir.Bands, frame: Frame) -> Result:
    """The choice between the bands as plain clauses; outside all of them the operand is undefined."""
    operand = evaluation.eval(node.operand, frame)
    conditions = [_in_band(evaluation, operand, row, frame) for row in node.rows]
    stop = blocked([operand, *conditions])
    if stop is not None:
        return stop
    chosen = [row for row, c in zip(node.rows, conditions, strict=True) if isinstance(c, Known) and c.value is True]
    if not chosen:
        return failed("undefined", "the value is in no band")
    values = [evaluation.eval(row.value, frame) for row in chosen]
    stop = blocked(values)
    if stop is not None:
        return stop
    if any(v.value != values[0].value for v in values if isinstance(v, Known) and isinstance(values[0], Known)):
        return failed("conflict", "the value is in two bands")
    return with_marks(values[0], marks_of([operand, *conditions, *values]))


def _in_band(evaluation: Evaluation, operand: Result, row: ir.BandRow, frame: Frame) -> Result:
    tests: list[Result] = []
    if row.low is not None:
        tests.append(strict(operator.ge if row.low_included else operator.gt, (operand, evaluation.eval(row.low, frame))))
    if row.high is not None:
        tests.append(strict(operator.le if row.high_included else operator.lt, (operand, evaluation.eval(row.high, frame))))
    return conjunction(tests)


NODES: Mapping[type, Callable[[Any, Any, Frame], Result]] = {
    ir.Const: const, ir.OpenValue: open_value, ir.FactRead: fact_read, ir.RuleRead: rule_read, ir.IssuedRead: issued_read,
    ir.AccountRead: account_read, ir.AccountPart: account_part, ir.DutyPart: duty_part,
    ir.UndistributedRead: undistributed_read, ir.Lookup: lookup, ir.DefineRead: define_read,
    ir.ArgumentRead: argument_read, ir.LotRead: lot_read, ir.AsBefore: as_before,
    ir.Add: add, ir.Mul: mul, ir.Div: div, ir.Pow: power, ir.Least: least, ir.Greatest: greatest, ir.Abs: size,
    ir.Round: rounding, ir.Interpolate: interpolate, ir.Bands: bands,
    ir.Compare: compare, ir.Equal: equal, ir.OneOf: one_of, ir.IsIn: times.is_in, ir.Present: present,
    ir.And: all_of, ir.Or: any_of, ir.Not: negate,
    ir.Here: times.here, ir.This: times.this, ir.Own: times.own, ir.Next: times.following, ir.Shift: times.shift,
    ir.Containing: times.containing_node, ir.PartPeriod: times.part_period, ir.MonthIn: times.month_in,
    ir.StartOf: times.start_of, ir.EndOf: times.end_of, ir.DayIn: times.day_in, ir.DateAdd: times.date_add,
    ir.Aggregate: domains.aggregate, ir.Count: domains.count, ir.Holds: domains.holds, ir.Exists: domains.exists,
    ir.ShareOf: domains.share_of,
    ir.Row: relations.bound_row, ir.RowBack: relations.row_back, ir.FieldRow: relations.field_row, ir.Pick: relations.pick,
}  # fmt: skip
