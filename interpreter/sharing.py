"""Sharing a total among rows (semantics, section 9): pro rata, with caps, in order, rounded, the remainder named.

Guaranteed, whatever the way: the amounts and what is undistributed add up to the total exactly; every amount is a
multiple of the place, not below zero and not above its cap; the order in which rows are given does not matter.

Invariant: rows are only ever compared by their figures and, last, by name.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from capcode.interpreter.arithmetic import ROUNDINGS
from capcode.interpreter.results import Error, failed

NOTHING = Fraction(0)


@dataclass(frozen=True, slots=True)
class Claim:
    """One row: what it asks in proportion to, at most how much it takes (None: no cap), and its place in the order."""

    weight: Fraction
    cap: Fraction | None = None
    rank: Fraction = NOTHING


@dataclass(frozen=True, slots=True)
class Manner:
    """way: highest or lowest first, or None; excess: again, left or None; remainder: to_largest, by_fraction, by_lot, left."""

    mode: str
    place: Fraction
    remainder: str
    excess: str | None = None
    way: str | None = None


@dataclass(frozen=True, slots=True)
class Round:
    """For the trace: what was shared among whom, which rows were full, and what the rest was before it was placed."""

    shared: Fraction
    among: tuple[str, ...]
    full: tuple[str, ...]
    rest: Fraction


@dataclass(slots=True)
class Shared:
    """The amounts by row; rows whose last unit hangs on a draw are in `undrawn` (their amount is without that unit)."""

    amounts: dict[str, Fraction]
    undistributed: Fraction
    undrawn: frozenset[str] = frozenset()
    rounds: list[Round] = field(default_factory=list)


def share(total: Fraction, claims: Mapping[str, Claim], manner: Manner, draws: Mapping[str, int] | None = None) -> Shared | Error:
    """Share a total. draws gives the position of a row in a lot. Negative input is *undefined*."""
    if total < 0 or any(c.weight < 0 or (c.cap is not None and c.cap < 0) for c in claims.values()):
        return failed("undefined", "a share of, by or up to a negative amount")
    done = Shared(dict.fromkeys(sorted(claims), NOTHING), total)
    for group in _groups(claims, manner.way):
        _share_in_group(done, {name: claims[name] for name in group}, manner, draws or {})
    return done


def _groups(claims: Mapping[str, Claim], way: str | None) -> list[list[str]]:
    """The rows that share together, in the order in which the groups are served."""
    names = sorted(claims)
    if way is None:
        return [names]
    ranks = sorted({claims[name].rank for name in names}, reverse=way == "highest")
    return [[name for name in names if claims[name].rank == rank] for rank in ranks]


def _share_in_group(done: Shared, claims: Mapping[str, Claim], manner: Manner, draws: Mapping[str, int]) -> None:
    place = manner.place
    available = math.floor(done.undistributed / place) * place
    caps = {name: None if c.cap is None else math.floor(c.cap / place) * place for name, c in claims.items()}
    weights = {name: c.weight for name, c in claims.items() if c.weight > 0}
    if manner.excess == "left":
        exact, full = _once(available, weights, caps)
    else:
        exact, full = _again(available, weights, caps)
    whole = ROUNDINGS[manner.mode]
    for name, amount in exact.items():
        done.amounts[name] = whole(amount / place) * place
    rest = math.floor(sum(exact.values(), NOTHING) / place) * place - sum((done.amounts[name] for name in exact), NOTHING)
    done.rounds.append(Round(available, tuple(weights), full, rest))
    withheld = NOTHING
    if manner.remainder == "to_largest":
        _rest_to_largest(done.amounts, exact, caps, rest)
    elif manner.remainder in ("by_fraction", "by_lot"):
        lots = draws if manner.remainder == "by_lot" else None
        undrawn, withheld = _rest_by_fraction(done.amounts, exact, caps, rest, place, lots)
        done.undrawn |= undrawn
    done.undistributed -= sum((done.amounts[name] for name in claims), withheld)


Amounts = dict[str, Fraction]
Caps = Mapping[str, Fraction | None]


def _once(available: Fraction, weights: Mapping[str, Fraction], caps: Caps) -> tuple[Amounts, tuple[str, ...]]:
    """Excess left: each takes its part, or its cap if that is less."""
    whole = sum(weights.values(), NOTHING)
    parts = {name: available * w / whole for name, w in weights.items()}
    amounts = {name: part if (cap := caps[name]) is None else min(part, cap) for name, part in parts.items()}
    return amounts, tuple(name for name in parts if amounts[name] == caps[name])


def _again(available: Fraction, weights: Mapping[str, Fraction], caps: Caps) -> tuple[Amounts, tuple[str, ...]]:
    """Shared again: rows whose part reaches their cap get it; the others share what is left. At most one round a row."""
    amounts: Amounts = {}
    active, left = dict(weights), available
    while active:
        whole = sum(active.values(), NOTHING)
        full: Amounts = {}
        for name, weight in active.items():
            cap = caps[name]
            if cap is not None and left * weight >= cap * whole:
                full[name] = cap
        if not full:
            amounts.update({name: left * w / whole for name, w in active.items()})
            break
        amounts.update(full)
        left -= sum(full.values(), NOTHING)
        active = {name: w for name, w in active.items() if name not in full}
    return amounts, tuple(name for name in weights if name not in active)


def _room(name: str, amounts: Amounts, caps: Caps, rest: Fraction) -> Fraction:
    """How much of the rest a row can take, or (a negative rest) give back."""
    cap = caps[name]
    if rest < 0:
        return max(rest, -amounts[name])
    return rest if cap is None else min(rest, cap - amounts[name])


def _rest_to_largest(amounts: Amounts, exact: Amounts, caps: Caps, rest: Fraction) -> None:
    for name in sorted(exact, key=lambda n: (-exact[n], n)):
        moved = _room(name, amounts, caps, rest)
        amounts[name] += moved
        rest -= moved


def _rest_by_fraction(
    amounts: Amounts, exact: Amounts, caps: Caps, rest: Fraction, place: Fraction, draws: Mapping[str, int] | None
) -> tuple[frozenset[str], Fraction]:
    """One place each, by falling fraction, then amount, then name (or, by lot, then the draw); around again if need be.

    Gives the rows tied at the edge whose draw is not known, and how much hangs on it.
    """
    step = place if rest > 0 else -place

    def figures(name: str) -> tuple[Fraction, Fraction]:
        places = exact[name] / place
        return -(places - math.floor(places)), -exact[name]

    while rest != 0:
        ties = _ties(sorted(exact, key=lambda n: (figures(n), n)), figures)
        moved = False
        for tie in ties if step > 0 else reversed(ties):
            able = [name for name in tie if _room(name, amounts, caps, step) == step]
            units = int(rest / step)
            if draws is not None and len(able) > units > 0:
                if any(name not in draws for name in able):
                    return frozenset(able), rest
                able.sort(key=lambda n: (draws[n], n))
            elif step < 0:
                able.reverse()
            for name in able[:units]:
                amounts[name] += step
                rest -= step
                moved = True
        if not moved:
            break
    return frozenset(), NOTHING


def _ties(ordered: Sequence[str], figures: Callable[[str], object]) -> list[list[str]]:
    """Neighbours with equal figures, together."""
    groups: list[list[str]] = []
    for name in ordered:
        if groups and figures(groups[-1][0]) == figures(name):
            groups[-1].append(name)
        else:
            groups.append([name])
    return groups
