"""Results in words, in one place: reasons, causes, marks and states as a reader sees them.

A line shows FEW reasons at most, some of each kind, and says how many more there are; records (JSON) keep them all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import TypeVar

from capcode.dsl.diagnostics import visible
from capcode.dsl.ir import Absent, Mark
from capcode.interpreter.results import Cause, Error, Known, Open, Reason, Result

FEW = 5
_R = TypeVar("_R", Reason, Cause)
_REASONS = {
    "unknown": "unknown: {}", "needs": "needs {}", "awaits": "awaits {}", "may_choose": "{} may choose",
    "not_encoded": "not encoded: {}", "disputed": "disputed: {}", "needs_list": "needs {}", "needs_roster": "needs {}",
    "needs_draw": "needs {}", "needs_issued": "needs {}",
}  # fmt: skip
_CAUSES = {
    "gap": "gap: {}", "conflict": "conflict: {}", "undefined": "undefined: {}",
    "out_of_bounds": "out of bounds: {}", "budget": "budget: {}",
}  # fmt: skip


def say_reason(reason: Reason) -> str:
    text = visible(reason.text)
    if reason.kind == "may_choose":
        who, _, what = text.partition(": ")
        return f"{who} may choose: {what}" if what else f"{who} may choose"
    return _REASONS[reason.kind].format(text)


def say_cause(cause: Cause) -> str:
    text, where = visible(cause.text), visible(cause.where)
    return _CAUSES[cause.kind].format(text) + (f", in {where}" if where and where not in text else "")


def say_mark(mark: Mark) -> str:
    word = mark.word.replace("_", " ")
    return f"{word} ({visible(mark.about)})" if mark.about else word


def say_marks(result: Result) -> tuple[str, ...]:
    """What a known value rests on, in order; nothing where there is no value."""
    return tuple(say_mark(m) for m in sorted(result.marks)) if isinstance(result, Known) else ()


def status_of(result: Result) -> str:
    """`known`, `open`, `error`, or the absent answer's word."""
    match result:
        case Known(value=Absent(word=word)):
            return word
        case Known():
            return "known"
        case Open():
            return "open"
        case Error():
            return "error"


def say_why(result: Result) -> tuple[str, ...]:
    """Why it is open, in error or absent: every reason, in order; nothing for a plain value."""
    match result:
        case Open(reasons=reasons):
            return tuple(say_reason(r) for r in sorted(reasons))
        case Error(causes=causes):
            return tuple(say_cause(c) for c in sorted(causes))
        case Known(value=Absent(reason=reason)) if reason:
            return (reason,)
    return ()


def say_result(result: Result, whole: bool = False) -> str:
    """Why there is no value, in one line; for a known result only its state. whole: every reason, however many."""
    match result:
        case Open(reasons=reasons):
            shown = sorted(reasons) if whole else _few(reasons)
            return "open: " + _and_more([say_reason(r) for r in shown], len(reasons))
        case Error(causes=causes):
            stopped = sorted(causes) if whole else _few(causes)
            return "error: " + _and_more([say_cause(c) for c in stopped], len(causes))
    return status_of(result)


def shortly(texts: Sequence[str], most: int = FEW) -> list[str]:
    """The first texts, and how many more there are."""
    return [*texts[:most], *([f"and {len(texts) - most:,} more"] if len(texts) > most else [])]


def _few(items: Iterable[_R]) -> list[_R]:
    """At most FEW, in their order; each kind has its turn, so that many of one kind do not hide another."""
    turns = [(turn, item) for _, same in groupby(sorted(items), key=lambda item: item.kind) for turn, item in enumerate(same)]
    turns.sort(key=lambda one: one[0])
    return sorted(item for _, item in turns[:FEW])


def _and_more(texts: list[str], of: int) -> str:
    more = [f"and {of - len(texts):,} more"] if of > len(texts) else []
    return "; ".join([*texts, *more])
