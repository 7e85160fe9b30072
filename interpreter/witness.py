"""The smallest input on which two laws differ, for one changed rule: searched, then shrunk, then evaluated once more.

The search starts from a few plain worlds (all numbers alike, all answers yes or no) and goes on from each world that
takes another path through the clauses. It moves one fact at a time: to the other words of its type; to numbers and days
that stand in the texts, and one step beside them; and to the points where a comparison, a bound or a band turns. Those
points are solved for, not guessed: between two values of one number, the two sides of a comparison move in a line.

What is found is made small: rows and facts that are not needed go, words become the first, numbers the lowest that
still differ, by counting up where that takes few steps.

A prover that shows that two texts agree on *all* inputs has its place beside `search`: `Search.found is None` is the
question to put to it, `Search.tried` what was done without it. Nothing here claims more than it tried.

Invariant: no clock and no chance: the same laws give the same witness.
Invariant: a witness is two results of the reference evaluator on one ordinary fact set.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction
from itertools import combinations
from math import gcd

from capcode.dsl import ir
from capcode.dsl.limits import LIMITS
from capcode.interpreter.cases import ask
from capcode.interpreter.diff_behaviour import facts_for
from capcode.interpreter.diff_meaning import alike
from capcode.interpreter.diff_sides import Side
from capcode.interpreter.evaluate import Evaluation
from capcode.interpreter.facts import At, FactSet
from capcode.interpreter.results import Error, Known, Open, Result
from capcode.interpreter.trace import Rounded, Step, Trace
from capcode.interpreter.witness_world import PLANS, Asking, Plan, Question, Stage, plain_facts

EFFORT = 100  # worlds tried for one rule
NODES = 300  # nodes evaluated for each of them, in the mean; the same again for shrinking
LEAST = 15  # worlds that are tried for a rule however much it reads
COUNT_UP = 1_000  # steps that a number is counted up from its lowest value
_SHORT = replace(LIMITS, steps=200_000)  # a world is small: what takes longer is left
_PAIRS = 60  # comparisons that are looked at in one world


@dataclass(frozen=True, slots=True)
class Asked:
    """What is compared: a definition (or a part of it) of a row, somewhere in time."""

    name: str
    row: str | None
    at: At
    part: str | None = None


@dataclass(frozen=True, slots=True)
class Witness:
    """Facts on which the two laws differ, what was asked, and both results."""

    asked: Asked
    facts: FactSet = field(repr=False)
    world: tuple[tuple[Question, ir.Value], ...]
    old: Result
    new: Result


@dataclass(slots=True)
class Search:
    """What came of a search. tried: worlds evaluated under both laws; agreed: those with a known, equal result."""

    found: Witness | None = None
    tried: int = 0
    agreed: int = 0
    paths: int = 0
    facts: int = 0


@dataclass(slots=True)
class _Look:
    """One world, evaluated under both laws. signs: what each comparison gave, left minus right, by its place."""

    world: dict[Question, ir.Value]
    plan: Plan
    asked: dict[Question, ir.Value | None]
    old: Result
    new: Result
    path: frozenset[tuple[int, str, int]]
    signs: dict[tuple[object, ...], Fraction]

    @property
    def differs(self) -> bool:
        return isinstance(self.old, Known) and isinstance(self.new, Known) and self.old.value != self.new.value

    @property
    def is_gap(self) -> bool:
        """A figure under one law, and none under the other, whatever the facts."""
        return _one_is_silent(self.old, self.new)


def _one_is_silent(old: Result, new: Result) -> bool:
    return (isinstance(old, Known) and _law_is_silent(new)) or (isinstance(new, Known) and _law_is_silent(old))


def _law_is_silent(result: Result) -> bool:
    """Whether it is the law that gives no figure, and not a fact that is missing."""
    if isinstance(result, Open):
        return all(r.kind in ("unknown", "disputed", "not_encoded") for r in result.reasons)
    return isinstance(result, Error)


def search(
    a: Side, b: Side, stage: Stage, asked: Asked, constants: Sequence[Fraction], days: Sequence[date], effort: int = EFFORT,
    *, one_sided: bool = False,
) -> Search:
    """Look for a world in which the two laws give different figures. one_sided: one of them has no law there, so that the
    first figure of the other is a witness."""
    return _Searching(a, b, stage, asked, constants, days, effort, one_sided).run()


class _Searching:
    def __init__(
        self, a: Side, b: Side, stage: Stage, asked: Asked, constants: Sequence[Fraction], days: Sequence[date], effort: int,
        one_sided: bool,
    ) -> None:
        self.a, self.b, self.stage, self.asked, self._effort = a, b, stage, asked, effort
        self._one_sided = one_sided
        self._constants, self._days = constants, days
        self._result = Search()
        self._seen: set[frozenset[tuple[Question, ir.Value]]] = set()
        self._paths: set[object] = set()
        self._gap: _Look | None = None
        self.spent = 0  # nodes evaluated
        self._most = effort * NODES

    def run(self) -> Search:
        found = self._explore()
        result = self._result
        result.paths = len(self._paths)
        look = found or self._gap
        if look is not None:
            self.spent = 0
            result.found = _Shrinking(self, look, self._most).smallest()
        return result

    # ---- looking

    def look(self, world: dict[Question, ir.Value], plan: Plan | None, silent: frozenset[Question] = frozenset(), *, trace: bool) -> _Look:
        """The world under both laws; the questions of both are one list."""
        asking = Asking(self.stage, world, plan, silent)
        results: list[Result] = []
        path: set[tuple[int, str, int]] = set()
        signs: dict[tuple[object, ...], Fraction] = {}
        for position, side in enumerate((self.a, self.b)):
            evaluation = Evaluation(side.program, side.law, asking.facts(), trace=trace, limits=_SHORT)
            results.append(_ask(evaluation, self.asked))
            self.spent += evaluation.steps + 10
            if trace:
                _read_trace(position, evaluation.trace, path, signs)
        return _Look(dict(world), plan or Plan(), asking.asked, results[0], results[1], frozenset(path), signs)

    def _try(self, world: dict[Question, ir.Value], plan: Plan) -> _Look | None:
        """A world that was not tried before, while the effort lasts."""
        key = frozenset([*world.items(), (_PLAN, repr(plan))])
        if key in self._seen or self._result.tried >= self._effort or self.spent > self._most:
            return None
        self._seen.add(key)
        self._result.tried += 1
        found = self.look(world, plan, trace=True)
        if self._result.tried == 1:
            self._most = max(self._most, min(LEAST, self._effort) * self.spent)
        self._result.facts = max(self._result.facts, len(found.asked))
        self._result.agreed += isinstance(found.old, Known) and alike(found.old, found.new)
        if found.is_gap and self._gap is None:
            self._gap = found
        return found

    # ---- exploring

    def _explore(self) -> _Look | None:
        frontier: list[_Look] = []
        others: list[_Look] = []  # plans on a way that another plan has taken before: they come last
        for plan in PLANS:
            found = self._try({}, plan)
            if found is None:
                break
            if self._suffices(found):
                return found
            if not self._keep(found, frontier):
                others.append(found)
        position = 0
        while self._result.tried < self._effort and self.spent <= self._most:
            if position == len(frontier):
                frontier += others[:1]
                del others[:1]
            if position == len(frontier):
                break
            base = frontier[position]
            position += 1
            for world in self._neighbours(base):
                found = self._try(world, base.plan)
                if found is None:
                    continue
                if self._suffices(found):
                    return found
                self._keep(found, frontier)
        return None

    def _suffices(self, found: _Look) -> bool:
        return found.differs or (self._one_sided and found.is_gap)

    def _keep(self, found: _Look, frontier: list[_Look]) -> bool:
        """Whether the world takes a way that was not taken before."""
        path = (found.path, type(found.old), type(found.new))
        if path in self._paths:
            return False
        self._paths.add(path)
        frontier.append(found)
        return True

    def _neighbours(self, base: _Look) -> Iterator[dict[Question, ir.Value]]:
        """Worlds in which one fact is another: words first, then days, then numbers where something turns."""
        asked = base.asked
        for question, value in asked.items():
            if self.spent > self._most:
                return
            for other in self.stage.others(question, value):
                yield {**base.world, question: other}
        for question in asked:
            value = self._value(base, question)
            if isinstance(value, Fraction):
                for number in self._turning(base, question, value):
                    yield {**base.world, question: number}
            elif isinstance(value, date):
                for day in self._days:
                    for moved in (day, day - timedelta(days=1)):
                        if moved != value:
                            yield {**base.world, question: moved}
        for question in asked:
            if isinstance(self._value(base, question), Fraction):
                for number in self._beside_constants(question):
                    yield {**base.world, question: number}

    def _value(self, base: _Look, question: Question) -> ir.Value | None:
        """What a question was answered; for a silent fact that has a default, the default."""
        value = base.asked[question]
        if value is None:
            one = self.stage.field_of(question)
            value = one.default if one is not None and one.has_default else None
        return value

    def _turning(self, base: _Look, question: Question, value: Fraction) -> Iterator[Fraction]:
        """Where the comparisons of a world turn when this number moves."""
        step, one = self.stage.step_of(question), self.stage.field_of(question)
        tried: set[Fraction] = set()
        for other in (value + 8 * step, value * 2 + step, value - 8 * step):
            other = self.stage.fitted(one, other)
            if other == value or (other < 0 and not self._may_be_negative(one)):
                continue
            beside = self._try({**base.world, question: other}, base.plan)
            if beside is None:
                continue
            if beside.differs:
                yield other
            for place, here in list(base.signs.items())[:_PAIRS]:
                there, turning = beside.signs.get(place), []
                if there is None or there == here:
                    continue
                for target in _targets(place, here):
                    root = value - (here - target) * (other - value) / (there - here)
                    down = root // step * step
                    turning += [down, down + step, down - step, root]
                for number in turning:
                    number = self.stage.fitted(one, number)
                    if number not in tried and number != value and (number >= 0 or self._may_be_negative(one)):
                        tried.add(number)
                        yield number
            break

    def _may_be_negative(self, one: ir.Field | None) -> bool:
        return one is not None and isinstance(one.low, Fraction) and one.low < 0

    def _beside_constants(self, question: Question) -> Iterator[Fraction]:
        step, one = self.stage.step_of(question), self.stage.field_of(question)
        for number in self._constants:
            for moved in (number, number + step, number - step):
                if self.stage.fitted(one, moved) == moved and (moved >= 0 or self._may_be_negative(one)):
                    yield moved


_PLAN = Question("plan", "", None, None)


def _ask(evaluation: Evaluation, asked: Asked) -> Result:
    if asked.name not in evaluation.definitions:
        return Error(frozenset())
    return ask(evaluation, asked.name, asked.row, asked.at, asked.part)


# ---------------------------------------------------------------- what a trace tells

_ROUND = "rounded to"


def _targets(place: tuple[object, ...], here: Fraction) -> tuple[Fraction, ...]:
    """Where a distance turns: at zero; an amount that is rounded, at the places around it and half-way between them."""
    if place[-2] != _ROUND:
        return (Fraction(0),)
    size = place[-1]
    assert isinstance(size, Fraction)
    down = here // size * size
    return (down + size / 2, down + size, down)


def _read_trace(side: int, trace: Trace, path: set[tuple[int, str, int]], signs: dict[tuple[object, ...], Fraction]) -> None:
    """Which clauses were taken, and by how much each comparison, bound and band was missed or met."""
    for key, record in trace.records.items():
        waiting: list[Step] = list(record.steps)
        for rounded in [record.rounded, *(level.rounded for level in record.levels)]:
            if rounded is not None and isinstance(rounded.before, Fraction):
                signs.setdefault((side, key, _ROUND, rounded.place), rounded.before)
        for level in record.levels:
            for clause in level.taken:
                path.add((side, clause.span.file.name, clause.span.start))
            waiting += [c.step for c in (*level.conditions, *level.taken) if c.step is not None]
            for clause in level.conditions:
                if isinstance(clause.result, Known):
                    path.add((side, f"{clause.span.file.name} {clause.result.value}", clause.span.start))
        for decision in record.decisions:
            if decision.condition is not None:
                waiting.append(decision.condition)
        while waiting:
            step = waiting.pop()
            waiting += step.operands
            if isinstance(step.detail, Rounded) and isinstance(step.detail.before, Fraction):
                signs.setdefault((side, key, step.node.span.start, step.bound, _ROUND, step.detail.place), step.detail.before)
            for number, distance in enumerate(_distances(step)):
                if isinstance(step.node, ir.Least | ir.Greatest | ir.Bands | ir.Interpolate):
                    path.add((side, f"{step.node.span.file.name} {number} {distance > 0}", step.node.span.start))
                signs.setdefault((side, key, step.node.span.file.name, step.node.span.start, type(step.node), step.bound, number), distance)


def _distances(step: Step) -> Iterator[Fraction]:
    node = step.node
    if not isinstance(node, ir.Compare | ir.Equal | ir.Least | ir.Greatest | ir.Bands | ir.Interpolate):
        return
    values = [o.result.value for o in step.operands if isinstance(o.result, Known) and isinstance(o.result.value, Fraction)]
    if isinstance(node, ir.Compare | ir.Equal | ir.Least | ir.Greatest):
        for other in values[1:]:
            yield values[0] - other
    elif isinstance(node, ir.Interpolate) and values:
        for x, _ in node.points:
            yield values[0] - x
    elif isinstance(node, ir.Bands) and values:
        for row in node.rows:
            for edge in (row.low, row.high):
                if isinstance(edge, ir.Const) and isinstance(edge.value, Fraction):
                    yield values[0] - edge.value


# ---------------------------------------------------------------- shrinking


class _Shrinking:
    """Makes a world small while the two laws still differ in it, in the same way."""

    def __init__(self, searching: _Searching, look: _Look, most: int) -> None:
        self._searching, self._most = searching, most
        self.stage = searching.stage
        self._as_figures = look.differs
        stated = {q: v for q, v in look.asked.items() if v is not None}
        self._world: dict[Question, ir.Value] = {**stated, **look.world}
        self._look = look

    def smallest(self) -> Witness | None:
        self._together()
        self._forget()
        for _ in range(2):
            before = dict(self._world)
            for question in list(self._world):
                self._simpler(question)
            self._in_proportion()
            if before == self._world:
                break
        self._forget()
        return self._verified()

    def _still(self, world: dict[Question, ir.Value]) -> bool:
        if self._searching.spent > self._most:
            return False
        found = self._searching.look(world, None, trace=False)
        return found.differs if self._as_figures else found.is_gap

    def _together(self) -> None:
        """The years of one fact made lower at once: first to the lowest value, then to a power of ten that still differs."""
        groups: dict[tuple[str, str], list[Question]] = {}
        for question, value in self._world.items():
            if isinstance(value, Fraction) and value > 0:
                groups.setdefault((question.sort, question.name), []).append(question)
        for group in groups.values():
            if len(group) < 3:
                continue
            one, unit = self.stage.field_of(group[0]), self.stage.step_of(group[0])
            most = max(v for v in (self._world[q] for q in group) if isinstance(v, Fraction))
            number = Fraction(0)
            while number < most:
                same = {q: self.stage.fitted(one, number) for q in group}
                if self._still({**self._world, **same}):
                    self._world = {**self._world, **same}
                    break
                number = number * 1_000 if number else unit

    def _forget(self) -> None:
        """Facts that nobody needs are left out."""
        for question in reversed(list(self._world)):
            without = {q: v for q, v in self._world.items() if q != question}
            if self._still(without):
                self._world = without

    def _simpler(self, question: Question) -> None:
        value = self._world[question]
        if isinstance(value, bool):
            self._take(question, [False] if value else [])
        elif isinstance(value, Fraction):
            self._lower(question, value)
        elif not isinstance(value, date):
            others = self.stage.others(question, None)
            self._take(question, others[: others.index(value)] if value in others else [])

    def _take(self, question: Question, values: list[ir.Value]) -> bool:
        for value in values:
            if value != self._world[question] and self._still({**self._world, question: value}):
                self._world = {**self._world, question: value}
                return True
        return False

    def _lower(self, question: Question, value: Fraction) -> None:
        """The lowest number that still differs: by round numbers, then by halves, then by counting up."""
        one, step = self.stage.field_of(question), self.stage.step_of(question)
        type_ = self.stage.type_of(question)
        unit = max(step, getattr(getattr(type_, "base", None), "factor", Fraction(1)))
        low = self.stage.fitted(one, Fraction(0))
        if value <= low:
            return
        last = low
        for number in _round_numbers(low, unit, value):
            fitted = self.stage.fitted(one, number)
            if fitted < value and self._still({**self._world, question: fitted}):
                value = fitted
                self._world = {**self._world, question: value}
                break
            last = max(last, fitted) if fitted < value else last
        while value - last > step:
            middle = last + (value - last) / 2 // step * step
            if middle in (last, value):
                break
            if self._still({**self._world, question: middle}):
                value = middle
                self._world = {**self._world, question: value}
            else:
                last = middle
        number, counted = low, 0
        while number < value and counted < COUNT_UP:
            if self._still({**self._world, question: number}):
                self._world = {**self._world, question: number}
                return
            number, counted = number + unit, counted + 1

    def _in_proportion(self) -> None:
        """Numbers that only their ratio ties together: all, or two of them, divided by what they have in common."""
        steps = {q: v / self.stage.step_of(q) for q, v in self._world.items() if isinstance(v, Fraction) and v > 0}
        whole = [q for q, v in steps.items() if v.denominator == 1]
        for group in [whole, *combinations(whole[:8], 2)]:
            shared = gcd(*(int(steps[q]) for q in group)) if len(group) > 1 else 1
            for divisor in dict.fromkeys((shared, *(d for d in (10, 5, 3, 2) if shared % d == 0))):
                smaller = {q: self.stage.fitted(self.stage.field_of(q), steps[q] / divisor * self.stage.step_of(q)) for q in group}
                if divisor > 1 and self._still({**self._world, **smaller}):
                    self._world = {**self._world, **smaller}
                    steps.update({q: v / self.stage.step_of(q) for q, v in smaller.items()})
                    break

    def _verified(self) -> Witness | None:
        """Once more, on an ordinary fact set with no more rows than are needed."""
        rows = {e: dict(r) for e, r in self.stage.rows.items()}
        asked = self._searching.asked
        needed = {q.row for q in self._world if q.row} | {asked.row}
        for entity in [e for e in self.stage.rows if self.stage.program.entities.get(e, None) is not None]:
            if self.stage.program.entities[entity].listed is not None:
                del rows[entity]  # law itself lists them
                continue
            if needed & set(rows[entity]):
                continue
            kept = {e: r for e, r in rows.items() if e != entity}
            if any(p in rows[entity] for r in kept.values() for p in r.values()):
                continue
            if self._differs(kept) is not None:
                rows = kept
        return self._differs(rows)

    def _differs(self, rows: dict[str, dict[str, str | None]]) -> Witness | None:
        asked = self._searching.asked
        facts = plain_facts(self.stage, self._world, rows)
        old, new = (
            _ask(Evaluation(s.program, s.law, facts_for(s, self._searching.b, facts)), asked)
            for s in (self._searching.a, self._searching.b)
        )
        differs = isinstance(old, Known) and isinstance(new, Known) and not alike(old, new)
        if not differs and (self._as_figures or not _one_is_silent(old, new)):
            return None
        return Witness(asked, facts, tuple(self._world.items()), old, new)


def _round_numbers(low: Fraction, unit: Fraction, below: Fraction) -> Iterator[Fraction]:
    """low, then 1, 2, 5, 10, 20, 50 … units above it."""
    yield low
    size = Fraction(1)
    while low + size * unit < below:
        for factor in (1, 2, 5):
            if low + factor * size * unit < below:
                yield low + factor * size * unit
        size *= 10
