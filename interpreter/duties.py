"""Discharging a duty (semantics, section 11, D45): lots, limits, the order of use, what counts and what is missing.

`settle` is the arithmetic; `discharge` evaluates what it needs: the quantity, which lots are accepted, the limits that
match each, the turns. What is missing does not depend on the order, because the sets that limits match are nested or
disjoint (which the checker sees to).

Invariant: a lot never gives more than it has; a limit is never passed; a shortfall is never below zero.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from capcode.dsl import ir
from capcode.dsl.types import QuantityType
from capcode.interpreter.balances import NOTHING, Vintage
from capcode.interpreter.frames import Frame, Lot
from capcode.interpreter.results import (
    NO_MARKS,
    Error,
    Known,
    Open,
    Result,
    absent_used,
    blocked,
    failed,
    marks_of,
    opened,
)
from capcode.interpreter.trace import Taken

if TYPE_CHECKING:
    from capcode.interpreter.evaluate import Evaluation


@dataclass(frozen=True, slots=True)
class Offer:
    """A lot that may be used: how many units there are, and what one counts as in the duty's unit.

    claimed: how many the holder hands in, where the holder chooses; None under a written order. account None: a lot
    that no account holds, only the holder's word.
    """

    account: str | None
    unit: str
    vintage: Vintage
    units: Fraction
    worth: Fraction
    claimed: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Limit:
    """At most this much, in the duty's unit, from these offers (by position)."""

    room: Fraction
    offers: frozenset[int]


@dataclass(frozen=True, slots=True)
class Settled:
    """used: what counted. shortfall: the quantity less that, not below zero. taken: (offer, units, counted)."""

    shortfall: Fraction
    used: Fraction
    taken: tuple[tuple[Offer, Fraction, Fraction], ...]
    marks: frozenset[ir.Mark] = NO_MARKS


def settle(quantity: Fraction, offers: Sequence[Offer], limits: Sequence[Limit], turns: Sequence[Sequence[int]]) -> Settled:
    """Take turn by turn: as many whole units as are still needed, as there are, and as every limit has room for.

    Where the holder chooses, everything handed in is taken, up to the limits.
    """
    room = {i: limit.room for i, limit in enumerate(limits)}
    given = dict.fromkeys(range(len(offers)), NOTHING)
    used = NOTHING
    for position in (p for turn in turns for p in turn):
        offer = offers[position]
        matching = [i for i, limit in enumerate(limits) if position in limit.offers]
        rooms = [max(room[i], NOTHING) / offer.worth for i in matching]
        if offer.claimed is not None:
            units = min([offer.claimed, offer.units, *rooms])
        else:
            needed = -(-(quantity - used) // offer.worth)
            whole = [(offer.units - given[position]).__floor__(), *(r.__floor__() for r in rooms)]
            units = max(Fraction(min([needed, *whole])), NOTHING)
        given[position] += units
        used += units * offer.worth
        for i in matching:
            room[i] -= units * offer.worth
    taken = tuple((offers[i], units, units * offers[i].worth) for i, units in given.items() if units)
    return Settled(max(quantity - used, NOTHING), used, taken)


# ---------------------------------------------------------------- what the law and the facts say


def discharge(
    evaluation: Evaluation, duty: ir.Duty, law: ir.DutyLaw, frame: Frame, held: Sequence[tuple[str, Lot]]
) -> Settled | Open | Error:
    """Evaluate a duty over the lots (account, lot) that its holder has on the deadline."""
    quantity = evaluation.eval(law.quantity, frame)
    candidates = _candidates(evaluation, duty, law, frame, held)
    if isinstance(candidates, Open | Error):
        stop = blocked([quantity, candidates])
        assert stop is not None
        return stop
    accepted = _accepted(evaluation, law, candidates, frame)
    if isinstance(accepted, Open | Error):
        return accepted
    lots, marks = accepted
    limits = _limits(evaluation, law, lots, frame)
    if isinstance(limits, Open | Error):
        return limits
    turns = _turns(evaluation, law, lots, frame)
    if isinstance(turns, Open | Error):
        return turns
    if not isinstance(quantity, Known):
        return quantity
    if isinstance(quantity.value, ir.Absent):
        return absent_used(quantity.value)
    amount: Any = quantity.value
    if amount < 0:
        return failed("undefined", f"the quantity of {frame.key.show(evaluation.calendar)} is below zero")
    done = settle(amount, [offer for offer, _ in lots], limits[0], turns[0])
    return Settled(done.shortfall, done.used, done.taken, marks | quantity.marks | limits[1] | turns[1] | frame.marks)


Candidate = tuple[Offer, Lot]


def _candidates(
    evaluation: Evaluation, duty: ir.Duty, law: ir.DutyLaw, frame: Frame, held: Sequence[tuple[str, Lot]]
) -> list[Candidate] | Open | Error:
    """Every lot of an accepted unit: from the holder's accounts, else from what the holder says was delivered."""
    units = sorted({pattern.unit for pattern in law.accepts})
    booked = {a.unit for a in evaluation.program.accounts.values() if a.entity == duty.entity}
    chooses = not law.order
    delivered = evaluation.facts.delivered.get((duty.name, frame.key.row, frame.key.at))
    if delivered is None and (chooses or any(unit not in booked for unit in units)):
        return opened("needs", f"the units delivered for {frame.key.show(evaluation.calendar)}")
    left: dict[tuple[str, Vintage], Any] = dict(delivered or {})
    found: list[Candidate] = []
    for account, lot in sorted(held, key=lambda h: (h[0], _age(h[1].vintage))):
        if lot.unit in units:
            amount: Any = lot.amount.value
            claimed = min(left.get((lot.unit, lot.vintage), NOTHING), amount) if chooses else None
            if claimed:
                left[lot.unit, lot.vintage] -= claimed
            found.append((Offer(account, lot.unit, lot.vintage, amount, NOTHING, claimed), lot))
    for (unit, vintage), amount in sorted(left.items(), key=lambda item: (item[0][0], _age(item[0][1]))):
        if unit in units and unit not in booked:
            lot = Lot(unit, vintage, Known(amount))
            found.append((Offer(None, unit, vintage, amount, NOTHING, amount if chooses else None), lot))
    return _valued(evaluation, duty, found)


def _valued(evaluation: Evaluation, duty: ir.Duty, found: list[Candidate]) -> list[Candidate] | Error:
    """Each unit counts as what it covers, or as itself where the duty is in that unit."""
    base = duty.type.base
    valued: list[Candidate] = []
    for offer, lot in found:
        unit = evaluation.program.units[offer.unit]
        own = isinstance(base, QuantityType) and base.dimension == unit.dimension
        worth = Fraction(1) if own else unit.covers
        if worth is None or worth <= 0 or offer.units < 0:
            return failed("undefined", f"what a {offer.unit} counts as for {duty.name}")
        valued.append((Offer(offer.account, offer.unit, offer.vintage, offer.units, worth, offer.claimed), lot))
    return valued


def _age(vintage: Vintage) -> tuple[bool, int]:
    return (vintage is not None, 0 if vintage is None else vintage.index)


def _matches(evaluation: Evaluation, pattern: ir.LotPattern, candidate: Candidate, frame: Frame) -> Result:
    if pattern.unit != candidate[0].unit:
        return Known(False)
    return Known(True) if pattern.where is None else evaluation.eval(pattern.where, frame.with_lot(candidate[1], candidate[0].unit))


def _accepted(
    evaluation: Evaluation, law: ir.DutyLaw, candidates: list[Candidate], frame: Frame
) -> tuple[list[Candidate], frozenset[ir.Mark]] | Open | Error:
    tests = [[_matches(evaluation, pattern, c, frame) for pattern in law.accepts] for c in candidates]
    stop = blocked(result for row in tests for result in row)
    if stop is not None:
        return stop
    kept = [c for c, row in zip(candidates, tests, strict=True) if any(isinstance(t, Known) and t.value is True for t in row)]
    return kept, marks_of(result for row in tests for result in row) | marks_of(lot.amount for _, lot in candidates)


def _limits(
    evaluation: Evaluation, law: ir.DutyLaw, lots: list[Candidate], frame: Frame
) -> tuple[list[Limit], frozenset[ir.Mark]] | Open | Error:
    """A limit that is `no limit` binds nothing."""
    results: list[Result] = []
    found: list[Limit] = []
    for pattern, most in law.limits:
        amount = evaluation.eval(most, frame)
        tests = [_matches(evaluation, pattern, c, frame) for c in lots]
        results += [amount, *tests]
        if isinstance(amount, Known) and isinstance(amount.value, Fraction):
            if amount.value < 0:
                results.append(failed("undefined", f"a limit of {frame.key.show(evaluation.calendar)} is below zero"))
            matching = frozenset(i for i, t in enumerate(tests) if isinstance(t, Known) and t.value is True)
            found.append(Limit(amount.value, matching))
        elif isinstance(amount, Known) and amount.value != ir.Absent("no_limit"):
            results.append(absent_used(amount.value))
    stop = blocked(results)
    return (found, marks_of(results)) if stop is None else stop


def _turns(
    evaluation: Evaluation, law: ir.DutyLaw, lots: list[Candidate], frame: Frame
) -> tuple[list[list[int]], frozenset[ir.Mark]] | Open | Error:
    """The lots of each turn, in the order of use; one turn of all lots by name where the holder chooses."""
    by_name = list(range(len(lots)))  # candidates come by name
    if not law.order:
        return [by_name], NO_MARKS
    tests = [[_matches(evaluation, pattern, c, frame) for c in lots] for pattern, _ in law.order]
    stop = blocked(result for row in tests for result in row)
    if stop is not None:
        return stop
    turns = []
    for (_, age), row in zip(law.order, tests, strict=True):
        chosen = [i for i in by_name if isinstance(t := row[i], Known) and t.value is True]
        turns.append(chosen if age is None else sorted(chosen, key=_by_age(lots, age)))
    return turns, marks_of(result for row in tests for result in row)


def _by_age(lots: list[Candidate], age: str) -> Callable[[int], tuple[int, int]]:
    sign = -1 if age == "newest" else 1
    return lambda i: (sign * _age(lots[i][0].vintage)[1], i)


def shown(settled: Settled) -> tuple[Taken, ...]:
    """For the trace: what was taken from which lot."""
    return tuple(Taken(o.account, o.unit, o.vintage, units, counted) for o, units, counted in settled.taken)
