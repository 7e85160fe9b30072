"""Many rows or periods (semantics, sections 3, 6 and 7): domains, aggregates, `holds`, and a share among rows.

A domain becomes one frame per row, period or lot. A row whose `where` is no is not evaluated and cannot matter.

Invariant: rows come in code-point order and periods in order of time; no result depends on the order of facts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from capcode.dsl import ir
from capcode.interpreter import arithmetic, relations, times
from capcode.interpreter.frames import UNDISTRIBUTED, Frame
from capcode.interpreter.results import (
    NO_MARKS,
    Error,
    Known,
    Open,
    Result,
    absent_used,
    at_least,
    blocked,
    conjunction,
    disjunction,
    failed,
    marks_of,
    negation,
    opened,
    with_marks,
)
from capcode.interpreter.sharing import Claim, Manner, Shared, share
from capcode.interpreter.trace import Counted, Split

if TYPE_CHECKING:
    from capcode.interpreter.evaluate import Evaluation

Frames = tuple[list[Frame], frozenset[ir.Mark]] | Open | Error
Selected = tuple[list[Frame], frozenset[ir.Mark], tuple[str, ...]] | Open | Error


# ---------------------------------------------------------------- what a domain binds


def _rows(entity: str, rows: relations.Rows, frame: Frame, marks: frozenset[ir.Mark] = NO_MARKS) -> Frames:
    return ([frame.with_row(entity, row) for row in rows], marks) if isinstance(rows, list) else rows


def children(evaluation: Evaluation, node: ir.Children, frame: Frame) -> Frames:
    owner = evaluation.row(node.of, frame)
    if not isinstance(owner, Known):
        return owner
    assert isinstance(owner.value, str)
    of = relations.entity_of(evaluation, node.of)
    return _rows(node.entity, evaluation.relations.children(node.entity, of, owner.value), frame, owner.marks)


def everyone(evaluation: Evaluation, node: ir.Everyone, frame: Frame) -> Frames:
    return _rows(node.entity, evaluation.relations.population(node.entity), frame)


def window(evaluation: Evaluation, node: ir.Window, frame: Frame) -> Frames:
    periods = times.window(evaluation, node, frame)
    if not isinstance(periods, Known):
        return periods
    run: Any = periods.value
    return [frame.with_window(p, evaluation.calendar.label(p)) for p in run], periods.marks


def earlier_rows(evaluation: Evaluation, node: ir.EarlierRows, frame: Frame) -> Frames:
    row = frame.rows.get(node.entity)
    if row is None:
        return failed("undefined", f"no row of {node.entity} is at hand")
    return _rows(node.entity, evaluation.relations.before(node.entity, row, node.count), frame)


def rows_between(evaluation: Evaluation, node: ir.RowsBetween, frame: Frame) -> Frames:
    """Rows from one place to another; up to `last X` before the first X there are none, which is no gap."""
    row = frame.rows.get(node.entity)
    if row is None:
        return failed("undefined", f"no row of {node.entity} is at hand")
    rows = evaluation.relations.in_order(node.entity, row)
    if not isinstance(rows, list):
        return rows
    own = next(day for day, r in rows if r == row)
    if isinstance(node.last, ir.RowBack) and sum(day < own for day, _ in rows) < node.last.count:
        return _rows(node.entity, [], frame, NO_MARKS)
    ends = [evaluation.eval(node.first, frame), evaluation.eval(node.last, frame)]
    stop = blocked(ends)
    if stop is not None:
        return stop
    first, last = (relations.edges(evaluation, end.value, node.entity) for end in ends if isinstance(end, Known))
    if isinstance(first, Open | Error):
        return first
    if isinstance(last, Open | Error):
        return last
    inside = [r for day, r in rows if first[0] <= day <= last[1]]
    return _rows(node.entity, inside, frame, marks_of(ends))


def lots(evaluation: Evaluation, node: ir.Lots, frame: Frame) -> Frames:
    """The lots of an account as they stand before the first day of the reader's period."""
    owner: Result = Known("") if node.of is None else evaluation.row(node.of, frame)
    if not isinstance(owner, Known):
        return owner
    if frame.first is None:
        return failed("undefined", f"the lots of {node.account} where there is no period")
    assert isinstance(owner.value, str)
    evaluation.world.rests_on_more()
    held = evaluation.accounts.lots_before(node.account, owner.value or None, frame.first)
    if isinstance(held, Open | Error):
        return held
    labels = [evaluation.calendar.label(lot.vintage) if lot.vintage else lot.unit for lot in held]
    return [frame.with_lot(lot, label) for lot, label in zip(held, labels, strict=True)], owner.marks


DOMAINS: Mapping[type, Callable[..., Frames]] = {
    ir.Children: children,
    ir.Everyone: everyone,
    ir.Window: window,
    ir.EarlierRows: earlier_rows,
    ir.RowsBetween: rows_between,
    ir.Lots: lots,
}


def filtered(evaluation: Evaluation, found: tuple[list[Frame], frozenset[ir.Mark]], where: ir.Expr | None) -> Selected:
    """The frames whose condition is yes, and the names of the others. An open condition, or one in error, is the result."""
    frames, marks = found
    if where is None:
        return frames, marks, ()
    conditions = [evaluation.eval(where, frame) for frame in frames]
    stop = blocked(conditions)
    if stop is not None:
        return stop
    decided = [(f, isinstance(c, Known) and c.value is True) for f, c in zip(frames, conditions, strict=True)]
    kept = [f for f, yes in decided if yes]
    return kept, marks | marks_of(conditions), tuple(f.bound for f, yes in decided if not yes)


def _selected(evaluation: Evaluation, domain: ir.Domain, where: ir.Expr | None, frame: Frame) -> Selected:
    found = evaluation.domain(domain, frame)
    return found if isinstance(found, Open | Error) else filtered(evaluation, found, where)


def _note(evaluation: Evaluation, frames: list[Frame], excluded: tuple[str, ...] = ()) -> None:
    if evaluation.recorder is not None:
        evaluation.recorder.note(Counted(tuple(f.bound for f in frames), excluded))


# ---------------------------------------------------------------- aggregates

FUNCTIONS: Mapping[str, Callable[[Sequence[Any]], Any]] = {
    "sum": arithmetic.total,
    "mean": arithmetic.mean,
    "median": arithmetic.median,
    "highest": max,
    "lowest": min,
}


def aggregate(evaluation: Evaluation, node: ir.Aggregate, frame: Frame) -> Result:
    selected = _selected(evaluation, node.domain, node.where, frame)
    if isinstance(selected, Open | Error):
        return selected
    frames, marks, excluded = selected
    values = [evaluation.eval(node.body, f) for f in frames]
    weights = [evaluation.eval(node.weight, f) for f in frames] if node.weight is not None else []
    _note(evaluation, frames, excluded)
    stop = blocked([*values, *weights])
    if stop is not None:
        return stop
    numbers = [v.value for v in (*values, *weights) if isinstance(v, Known)]
    absent = next((n for n in numbers if isinstance(n, ir.Absent)), None)
    if absent is not None:
        return absent_used(absent)
    if not frames and node.fn != "sum":
        return failed("undefined", f"the {node.fn} of nothing")
    figures: Any = numbers
    if weights:
        outcome: Any = arithmetic.weighted_mean(list(zip(figures[: len(frames)], figures[len(frames) :], strict=True)))
    else:
        outcome = FUNCTIONS[node.fn](figures)
    return outcome if isinstance(outcome, Error) else Known(outcome, marks | marks_of(values) | marks_of(weights))


def count(evaluation: Evaluation, node: ir.Count, frame: Frame) -> Result:
    selected = _selected(evaluation, node.domain, node.where, frame)
    if isinstance(selected, Open | Error):
        return selected
    frames, marks, excluded = selected
    _note(evaluation, frames, excluded)
    return Known(Fraction(len(frames)), marks)


def holds(evaluation: Evaluation, node: ir.Holds, frame: Frame) -> Result:
    """`c holds in each of W`: c is evaluated in every period or row, with both its sides."""
    found = evaluation.domain(node.domain, frame)
    if isinstance(found, Open | Error):
        return found
    frames, marks = found
    conditions = [evaluation.eval(node.condition, f) for f in frames]
    _note(evaluation, frames)
    decide: Mapping[str, Callable[[], Result]] = {
        "each": lambda: conjunction(conditions),
        "any": lambda: disjunction(conditions),
        "none": lambda: negation(disjunction(conditions)),
        "at_least": lambda: at_least(node.count, conditions),
    }
    return with_marks(decide[node.quantifier](), marks)


def exists(evaluation: Evaluation, node: ir.Exists, frame: Frame) -> Result:
    """`there is a X where c` is or over its rows."""
    found = evaluation.domain(node.domain, frame)
    if isinstance(found, Open | Error):
        return found
    frames, marks = found
    conditions: list[Result] = [Known(True) if node.where is None else evaluation.eval(node.where, f) for f in frames]
    _note(evaluation, frames)
    some = with_marks(disjunction(conditions), marks)
    return negation(some) if node.negated else some


# ---------------------------------------------------------------- a share among rows


def share_of(evaluation: Evaluation, node: ir.ShareOf, frame: Frame) -> Result:
    """The subject's part of a total; what is left over is kept for `undistributed`."""
    subject = evaluation.row(node.subject, frame)
    found = evaluation.domain(node.domain, frame)
    if isinstance(found, Open | Error):
        return found
    frames, marks = found
    entity = getattr(node.domain, "entity", "")
    names = [f.rows[entity] for f in frames]
    total = evaluation.eval(node.total, frame)
    figures = {
        part: [evaluation.eval(expr, f) for f in frames] if expr is not None else []
        for part, expr in (("order", node.order), ("weight", node.weight), ("limit", node.limit))
    }
    inputs = [subject, total, *(result for part in figures.values() for result in part)]
    stop = blocked(inputs)
    if stop is not None:
        return stop
    marks |= marks_of(inputs)
    absent = next((r.value for r in inputs if isinstance(r, Known) and isinstance(r.value, ir.Absent)), None)
    if absent is not None:
        return absent_used(absent)
    claims = _claims(names, figures)
    draws = {row: position for (rule, row), position in evaluation.draws.items() if rule == frame.key.name}
    manner = Manner(node.mode, node.place, node.remainder, node.excess, node.way if node.order is not None else None)
    amount: Any = total.value if isinstance(total, Known) else None
    result = share(amount, claims, manner, draws)
    if isinstance(result, Error):
        return result
    evaluation.world.rests_on_more()
    evaluation.leftovers[frame.key._replace(part=UNDISTRIBUTED)] = Known(result.undistributed, marks)
    return _part_of(evaluation, result, subject.value if isinstance(subject, Known) else None, marks)


def _claims(names: list[str], figures: Mapping[str, list[Result]]) -> dict[str, Claim]:
    def figure(part: str, i: int) -> Any:
        result = figures[part][i] if figures[part] else None
        return result.value if isinstance(result, Known) else None

    claims = {}
    for i, name in enumerate(names):
        cap, weight, rank = figure("limit", i), figure("weight", i), figure("order", i)
        claims[name] = Claim(cap if weight is None else weight, cap, Fraction(0) if rank is None else rank)
    return claims


def _part_of(evaluation: Evaluation, result: Shared, subject: ir.Value | None, marks: frozenset[ir.Mark]) -> Result:
    if evaluation.recorder is not None:
        evaluation.recorder.note(Split(tuple(result.rounds), tuple(sorted(result.amounts.items())), result.undistributed))
    if not isinstance(subject, str) or subject not in result.amounts:
        return failed("undefined", f"{subject} is not one of the rows that share")
    if subject in result.undrawn:
        return opened("needs_draw", f"the draw for {subject}")
    return Known(result.amounts[subject], marks)
