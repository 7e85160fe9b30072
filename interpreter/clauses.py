"""Clauses within a section (semantics, section 5): exceptions, plain clauses, `in this order`, `set by`, absent answers.

Every condition is evaluated first; bodies that are not taken are not evaluated. Of exceptions that apply, those that
another is over drop out; what is left decides, then the plain clauses, then `otherwise`.

Invariant: the order of unordered clauses never matters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from capcode.dsl import ir
from capcode.interpreter.arithmetic import round_to
from capcode.interpreter.frames import Frame, place
from capcode.interpreter.powers import Real
from capcode.interpreter.recall import FIGURES
from capcode.interpreter.results import (
    NO_MARKS,
    Error,
    Known,
    Open,
    Result,
    blocked,
    failed,
    marks_of,
    opened,
    strict,
    with_marks,
)
from capcode.interpreter.show import show_value
from capcode.interpreter.trace import Clause, Level, Rounded
from capcode.interpreter.wording import cited, type_of

if TYPE_CHECKING:
    from capcode.interpreter.evaluate import Evaluation

Outcome = tuple[Result, bool]
"""A result, and whether the rounding of the rule's head does not apply to it (an authority's figure, a carried value)."""


@dataclass(frozen=True, slots=True)
class _Tested:
    """A clause or exception with what its condition gave (None: it has none), and the marks that it brings."""

    clause: ir.Clause | ir.Exception_
    condition: Result | None
    marks: frozenset[ir.Mark] = NO_MARKS

    @property
    def applies(self) -> bool:
        return isinstance(self.condition, Known) and self.condition.value is True


Cites = tuple[ir.Citation, ...]


def choose(evaluation: Evaluation, law: ir.RuleLaw, frame: Frame, level: Level | None, cites: Cites = ()) -> Outcome:
    """The value of a governing section, rounded as the section says. `cites` are its articles, for errors that name them."""
    if not law.exceptions and len(law.clauses) == 1 and law.clauses[0].condition is None:
        alone, exempt = _body(evaluation, law.clauses[0], frame, level, cites)
        return alone if exempt else rounded(evaluation, alone, law.rounding, level), exempt
    exceptions = []
    for exception in law.exceptions:
        brought = evaluation.law.exception_active(exception, frame.day, frame.member)
        if brought is not None:
            exceptions.append(_test(evaluation, exception, frame, level, brought))
    plain = [] if law.ordered else [_test(evaluation, clause, frame, level) for clause in law.clauses]
    conditions = [t.condition for t in (*exceptions, *plain) if t.condition is not None]
    stop = blocked(conditions)
    if stop is not None:
        return stop, False
    seen = marks_of(conditions)
    taken = _not_overridden([t for t in exceptions if t.applies], law.exceptions)
    if not taken and law.ordered:
        first = _first_match(evaluation, law.clauses, frame, level)
        if isinstance(first, Open | Error):
            return first, False
        taken, more = first
        seen |= more
    if not taken:
        taken = [t for t in plain if t.applies] or [t for t in plain if t.condition is None]
    if not taken:
        return failed("gap", f"no clause{_of(cites)} applies to {_named(evaluation, frame)}"), False
    result, exempt = _agreed(evaluation, taken, frame, level, cites)
    result = with_marks(result, seen)
    return (result, exempt) if exempt else (rounded(evaluation, result, law.rounding, level), False)


def _test(
    evaluation: Evaluation, clause: ir.Clause | ir.Exception_, frame: Frame, level: Level | None, marks: frozenset[ir.Mark] = NO_MARKS
) -> _Tested:
    if clause.condition is None:
        return _Tested(clause, None, marks)
    place_in_trace = _steps(evaluation)
    result = evaluation.eval(clause.condition, frame)
    if level is not None:
        level.conditions.append(_clause(evaluation, clause, result, place_in_trace))
    return _Tested(clause, result, marks)


def _steps(evaluation: Evaluation) -> int:
    return 0 if evaluation.recorder is None else evaluation.recorder.ended


def _clause(evaluation: Evaluation, clause: ir.Clause | ir.Exception_, result: Result, since: int) -> Clause:
    """For the trace: a condition or a body just evaluated; it has a step of its own if one ended since then."""
    label = clause.article if isinstance(clause, ir.Exception_) else "otherwise" if clause.condition is None else ""
    step = None if evaluation.recorder is None else evaluation.recorder.last(since)
    return Clause(label, clause.because, step, result, clause.span)


def _first_match(
    evaluation: Evaluation, clauses: tuple[ir.Clause, ...], frame: Frame, level: Level | None
) -> tuple[list[_Tested], frozenset[ir.Mark]] | Open | Error:
    """Down the clauses: an open condition, or one in error, ends the search; the first yes decides."""
    marks = NO_MARKS
    for clause in clauses:
        tested = _test(evaluation, clause, frame, level)
        if isinstance(tested.condition, Open | Error):
            return tested.condition
        if tested.condition is not None:
            marks |= tested.condition.marks
        if tested.condition is None or tested.applies:
            return [tested], marks
    return [], marks


def _not_overridden(applying: list[_Tested], exceptions: tuple[ir.Exception_, ...]) -> list[_Tested]:
    """Those that no other applying exception is over."""
    if len(applying) < 2:
        return applying
    above = _overridden(exceptions)
    beaten = {id(under) for t in applying for under in above[id(t.clause)]}
    return [t for t in applying if id(t.clause) not in beaten]


def _overridden(exceptions: tuple[ir.Exception_, ...]) -> dict[int, list[ir.Exception_]]:
    """What each exception is over, by the articles named, `over all`, and what those are over in turn."""
    direct = {
        id(e): [o for o in exceptions if o is not e and (o.article in e.over or (e.over_all and not o.over_all))] for e in exceptions
    }
    found: dict[int, list[ir.Exception_]] = {}
    for e in exceptions:
        reached: dict[int, ir.Exception_] = {}
        waiting = list(direct[id(e)])
        while waiting:
            one = waiting.pop()
            if id(one) not in reached:
                reached[id(one)] = one
                waiting += direct[id(one)]
        found[id(e)] = list(reached.values())
    return found


def _agreed(evaluation: Evaluation, taken: list[_Tested], frame: Frame, level: Level | None, cites: Cites) -> Outcome:
    """The one value of the clauses taken: several must give equal values."""
    outcomes = [_body(evaluation, t.clause, frame, level, cites) for t in taken]
    results = [with_marks(result, t.marks) for (result, _), t in zip(outcomes, taken, strict=True)]
    if len(results) == 1:
        return results[0], outcomes[0][1]
    exempt = all(e for _, e in outcomes)
    stop = blocked(results)
    if stop is not None:
        return stop, exempt
    values = [r.value for r in results if isinstance(r, Known)]
    if any(value != values[0] for value in values):
        names = " and ".join(sorted({_name(t.clause, cites) for t in taken}))
        return failed("conflict", f"{names} differ for {_named(evaluation, frame)}"), exempt
    return Known(values[0], marks_of(results)), exempt


def _name(clause: ir.Clause | ir.Exception_, cites: Cites) -> str:
    return clause.article if isinstance(clause, ir.Exception_) else f"two clauses{_of(cites)}"


def _of(cites: Cites) -> str:
    return f" of {', '.join(map(cited, cites))}" if cites else ""


def _named(evaluation: Evaluation, frame: Frame) -> str:
    return frame.key.show(evaluation.calendar)


def _body(
    evaluation: Evaluation, clause: ir.Clause | ir.Exception_, frame: Frame, level: Level | None, cites: Cites
) -> Outcome:
    if evaluation.used is not None:
        evaluation.used.add(id(clause))
    place_in_trace = _steps(evaluation)
    result, exempt = body_value(evaluation, clause.body, frame, cites)
    if level is not None:
        taken = _clause(evaluation, clause, result, place_in_trace)
        taken.set_by = clause.body if isinstance(clause.body, ir.SetBy) else None
        level.taken.append(taken)
    return result, exempt


def body_value(evaluation: Evaluation, body: ir.Body, frame: Frame, cites: Cites = ()) -> Outcome:
    """The value of a body. `as before` alone keeps what the text before it says about rounding."""
    if isinstance(body, ir.SetBy):
        return figure_set(evaluation, body, frame, cites), True
    if isinstance(body, ir.AsBefore) and frame.before is not None:
        result, exempt = frame.before()
        return result, exempt
    return evaluation.eval(body, frame), False


def figure_set(evaluation: Evaluation, body: ir.SetBy, frame: Frame, cites: Cites = ()) -> Result:
    """`set by A at least l at most u`: the recorded figure, checked against bounds that are known; none may be set too."""
    key = frame.key
    where = place(key.name, key.row, key.at, evaluation.calendar)
    figure = evaluation.world.look(FIGURES, (key.name, key.row, key.at))
    bounds = [None if bound is None else evaluation.eval(bound, frame) for bound in (body.least, body.most)]
    if figure is None:
        return opened("awaits", f"{body.authority}: {where}")
    if isinstance(figure, ir.Absent):
        return Known(figure)  # the authority set none, and bounds are of figures
    stop = blocked([b for b in bounds if b is not None])
    if stop is not None:
        return stop
    least, most = bounds
    low = least is not None and strict(lambda bound: figure < bound, (least,))
    high = most is not None and not _unlimited(most) and strict(lambda bound: figure > bound, (most,))
    for outside, bound, side in ((low, least, "below {}, the least"), (high, most, "above {}, the most")):
        if isinstance(outside, Error):
            return outside
        if isinstance(outside, Known) and outside.value is True and isinstance(bound, Known):
            type_ = type_of(evaluation.program, key)
            given, limit = (show_value(v, type_, evaluation.program) for v in (figure, bound.value))
            allowed = f"{side.format(limit)} that {', '.join(map(cited, cites)) or 'the law'} allows"
            return failed("out_of_bounds", f"{where}, set by {body.authority} at {given}, is {allowed}")
    return Known(figure, marks_of([b for b in bounds if b is not None]))


def _unlimited(bound: Result) -> bool:
    return isinstance(bound, Known) and bound.value == ir.Absent("no_limit")


def rounded(evaluation: Evaluation, result: Result, rounding: ir.Rounding | None, level: Level | None = None) -> Result:
    """A rounding of a section or of a head. Absent answers stay as they are; `unknown` only marks."""
    if rounding is None or not isinstance(result, Known) or isinstance(result.value, ir.Absent):
        return result
    if rounding.kind == "unknown":
        return with_marks(result, frozenset((ir.Mark("rounding_unknown", rounding.reason),)))
    if rounding.kind != "to":
        return result
    after = strict(lambda value: round_to(value, rounding.mode, rounding.place), (result,))
    if level is not None and isinstance(after, Known):
        before = None if isinstance(result.value, Real) else result.value
        level.rounded = Rounded(rounding.mode, rounding.place, before, after.value)
    return after
