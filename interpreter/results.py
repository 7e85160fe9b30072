"""Results and how they spread (semantics, section 6): known with marks, open with reasons, or in error with causes.

Knowledge has an order: open may become anything when facts are added; known stays the same known value; an error
stays an error. Every function here respects it: its result only moves up when an operand moves up.

Invariant: results are values; nothing here raises, and nothing depends on the order of operands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from capcode.dsl.ir import Absent, Mark, Value

REASON_KINDS = (
    "unknown", "needs", "awaits", "may_choose", "not_encoded", "disputed", "needs_list", "needs_roster", "needs_draw",
    "needs_issued",
)  # fmt: skip
CAUSE_KINDS = ("gap", "conflict", "undefined", "out_of_bounds", "budget")
NO_MARKS: frozenset[Mark] = frozenset()


@dataclass(frozen=True, slots=True, order=True)
class Reason:
    """Why a value is not known: one of REASON_KINDS, and what is missing or what the author wrote."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True, order=True)
class Cause:
    """Why there is no value at all: one of CAUSE_KINDS, what happened, and in which figure (the first that it stopped)."""

    kind: str
    text: str
    where: str = ""


@dataclass(frozen=True, slots=True, init=False)
class Known:
    """A value (an absent answer is one too) and what it rests on."""

    value: Value
    marks: frozenset[Mark] = NO_MARKS

    def __init__(self, value: Value, marks: frozenset[Mark] = NO_MARKS) -> None:
        """Written out: no other object is made as often."""
        _set_value(self, value)
        _set_marks(self, marks)


_set_value: Callable[[Known, Value], None] = vars(Known)["value"].__set__
_set_marks: Callable[[Known, frozenset[Mark]], None] = vars(Known)["marks"].__set__


@dataclass(frozen=True, slots=True)
class Open:
    """Not known yet: at least one reason."""

    reasons: frozenset[Reason]


@dataclass(frozen=True, slots=True)
class Error:
    """No fact can repair this: at least one cause."""

    causes: frozenset[Cause]


Result: TypeAlias = Known | Open | Error

YES, NO = Known(True), Known(False)


def opened(kind: str, text: str) -> Open:
    return Open(frozenset((Reason(kind, text),)))


def failed(kind: str, text: str) -> Error:
    return Error(frozenset((Cause(kind, text),)))


def placed(result: Result, where: Callable[[], str]) -> Result:
    """The same result; causes that do not say where they arose get the figure that they stopped."""
    if not isinstance(result, Error) or all(cause.where for cause in result.causes):
        return result
    here = where()
    return Error(frozenset(cause if cause.where else Cause(cause.kind, cause.text, here) for cause in result.causes))


def blocked(results: Iterable[Result]) -> Open | Error | None:
    """What keeps a strict operation from a value: any error (all causes), else any open one (all reasons), else None."""
    causes: frozenset[Cause] = frozenset()
    reasons: frozenset[Reason] = frozenset()
    for result in results:
        if result.__class__ is Known:
            continue
        if isinstance(result, Error):
            causes |= result.causes
        elif isinstance(result, Open):
            reasons |= result.reasons
    if causes:
        return Error(causes)
    return Open(reasons) if reasons else None


def marks_of(results: Iterable[Result]) -> frozenset[Mark]:
    """The marks of all known results together."""
    marks = NO_MARKS
    for result in results:
        if isinstance(result, Known) and result.marks:
            marks |= result.marks
    return marks


def with_marks(result: Result, marks: frozenset[Mark]) -> Result:
    """The same result, resting on more, if it is known."""
    if marks and isinstance(result, Known) and not marks <= result.marks:
        return Known(result.value, result.marks | marks)
    return result


def strict(compute: Callable[..., Any], operands: Sequence[Result]) -> Result:
    """compute(values) where all are known. Absent answers never get into it: they are undefined there.

    compute gives a value, or an Error or Open of its own.
    """
    values, marks, absent = [], NO_MARKS, None
    for operand in operands:
        if not isinstance(operand, Known):
            return blocked(operands)  # type: ignore[return-value]
        value = operand.value
        if isinstance(value, Absent):
            absent = absent or value
        values.append(value)
        if operand.marks:
            marks |= operand.marks
    if absent is not None:
        return absent_used(absent)
    outcome = compute(*values)
    return outcome if isinstance(outcome, Error | Open) else Known(outcome, marks)


def absent_used(value: Value) -> Error:
    """An absent answer where a value is needed."""
    word = value.word.replace("_", " ") if isinstance(value, Absent) else str(value)
    return failed("undefined", f"the answer '{word}' is used as a value")


def conjunction(operands: Sequence[Result]) -> Result:
    """`and`: one known no decides, even beside an open operand or an error."""
    return _absorbing(operands, False)


def disjunction(operands: Sequence[Result]) -> Result:
    """`or`: one known yes decides, even beside an open operand or an error."""
    return _absorbing(operands, True)


def _absorbing(operands: Sequence[Result], decisive: bool) -> Result:
    deciding = [o for o in operands if isinstance(o, Known) and o.value is decisive]
    if deciding:
        return Known(decisive, marks_of(deciding))
    return _undecided(operands) or Known(not decisive, marks_of(operands))


def _undecided(operands: Sequence[Result]) -> Open | Error | None:
    """Where no operand decides, an open one comes before an error: the fact that it waits for may still decide.

    (In a strict operation it is the other way round: there the error stays whatever the facts.)
    """
    reasons = frozenset(reason for o in operands if isinstance(o, Open) for reason in o.reasons)
    return Open(reasons) if reasons else blocked(operands)


def negation(operand: Result) -> Result:
    return strict(lambda value: not value, (operand,))


def at_least(count: int, operands: Sequence[Result]) -> Result:
    """Whether at least `count` operands are yes; open only while the undecided ones could decide it."""
    yes = [o for o in operands if isinstance(o, Known) and o.value is True]
    no = [o for o in operands if isinstance(o, Known) and o.value is False]
    if len(yes) >= count:
        return Known(True, marks_of(yes))
    if len(operands) - len(no) < count:
        return Known(False, marks_of(no))
    return _undecided(operands) or NO


def below(less: Result, more: Result) -> bool:
    """less ⊑ more: what is known as `less` may be known as `more` once facts are added."""
    if isinstance(less, Open):
        return True
    if isinstance(less, Error):
        return isinstance(more, Error)
    return isinstance(more, Known) and less.value == more.value
