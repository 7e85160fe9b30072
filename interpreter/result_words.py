"""Results in words, in one place: reasons, causes, marks and states as a reader sees them."""

from __future__ import annotations

from capcode.dsl.diagnostics import visible
from capcode.dsl.ir import Absent, Mark
from capcode.interpreter.results import Cause, Error, Known, Open, Reason, Result

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


def say_result(result: Result) -> str:
    """Why there is no value, in one line; for a known result only its state."""
    match result:
        case Open(reasons=reasons):
            return "open: " + "; ".join(say_reason(r) for r in sorted(reasons))
        case Error(causes=causes):
            return "error: " + "; ".join(say_cause(c) for c in sorted(causes))
    return status_of(result)
