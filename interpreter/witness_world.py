"""Small worlds for the search of a witness: facts that are made up where a rule asks for them, and only there.

A world has one row of each entity, and complete lists. `Asking` answers every fact that is read: what the world says of
it, else a value by a plain scheme (`Plan`: all numbers alike, all answers yes), and remembers the question. So the search
never has to know beforehand which facts a rule reads.

Invariant: made-up values lie in the range of their field and on its steps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, NamedTuple, TypeAlias

from capcode.dsl import ir
from capcode.dsl.calendar import Period
from capcode.dsl.readings import bodies, parts
from capcode.dsl.types import DateType, KeyType, NameType, PeriodType, QuantityType, RowType, SetType, Type, YesNoType
from capcode.interpreter.facts import At, FactSet, facts_of_law

FACT, FIGURE, ACT, ISSUED = "fact", "figure", "act", "issued"


class Question(NamedTuple):
    """One thing that a world says: a fact, an authority's figure or act, an amount issued."""

    sort: str
    name: str
    row: str | None
    at: At


World: TypeAlias = Mapping[Question, ir.Value]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a world says where nothing else was decided. number counts units of the field; place is that among names."""

    number: Fraction = Fraction(100)
    yes: bool = True
    place: int = 0
    stated: bool = False  # whether facts that have a meaning when silent are stated all the same
    spread: Fraction = Fraction(0)  # by how much each number is more than the one that was asked for before it


PLANS = (
    Plan(), Plan(yes=False), Plan(Fraction(0)), Plan(Fraction(1)), Plan(Fraction(1_000_000)), Plan(Fraction(10_000), stated=True),
    Plan(Fraction(1_000_000_000)), Plan(place=1), Plan(Fraction(1_000_000), yes=False, place=1, stated=True), Plan(Fraction(1, 2)),
    Plan(Fraction(1_000), place=2), Plan(Fraction(1_237), spread=Fraction(411)),
    Plan(Fraction(98_765), spread=Fraction(-7_919), place=1, stated=True),
)  # fmt: skip


@dataclass(slots=True)
class Stage:
    """The program that a world is for, the rows it has, and the day it is about."""

    program: ir.Program
    day: date
    rows: dict[str, dict[str, str | None]] = field(default_factory=dict)
    keys: dict[str, list[ir.Value]] = field(default_factory=dict)  # keys of tables that changed come first
    moments: frozenset[str] = frozenset()  # dated entities of rules without a period: the row is the moment asked about

    def row_of(self, entity: str) -> str | None:
        return next(iter(self.rows.get(entity, {})), None)

    # ---- values

    def type_of(self, question: Question) -> Type | None:
        if question.sort == FACT:
            one = self.program.fields.get(question.name)
            return None if one is None else one.type
        if question.sort == ACT:
            return Type(YesNoType())
        rule = self.program.rules.get(question.name)
        return None if rule is None else rule.type

    def field_of(self, question: Question) -> ir.Field | None:
        return self.program.fields.get(question.name) if question.sort == FACT else None

    def made_up(self, question: Question, plan: Plan, turn: int = 0) -> ir.Value | None:
        """The value of a plan for the question that is asked as the turn-th; None where the world stays silent."""
        one = self.field_of(question)
        if one is not None and one.has_default and not plan.stated:
            return None
        found = list(self._values(question, plan, turn))
        return found[0] if found else None

    def _values(self, question: Question, plan: Plan, turn: int) -> Iterator[ir.Value]:
        type_, one = self.type_of(question), self.field_of(question)
        if type_ is None:
            return
        match type_.base:
            case QuantityType(factor=factor):
                yield self.fitted(one, abs(plan.number + plan.spread * turn) * factor)
            case YesNoType():
                yield plan.yes
            case NameType(names=names):
                yield names[min(plan.place, len(names) - 1)]
            case SetType(names=names):
                yield frozenset(names if plan.yes else names[:1])
            case KeyType(table=table, position=position):
                keys = self._keys(table, position)
                if keys:
                    yield keys[min(plan.place, len(keys) - 1)]
            case PeriodType(kind=kind):
                found = self.program.calendar.containing(kind, self.day)
                if found is not None:
                    yield found
            case RowType(entity=entity):
                row = self.row_of(entity)
                if row is not None:
                    yield row
            case DateType():
                yield self._day(one)

    def _day(self, one: ir.Field | None) -> date:
        entity = self.program.entities.get(one.entity or "") if one is not None else None
        if entity is not None and one is not None and entity.end == one.name:
            return self.day + timedelta(days=3653)
        if entity is not None and one is not None and entity.start == one.name and entity.name not in self.moments:
            return self.day - timedelta(days=3653)
        return self.day

    def _keys(self, table: str, position: int) -> list[ir.Value]:
        found = self.program.tables.get(table)
        if found is None:
            return []
        every = dict.fromkeys(key[position] for key in found.entries)
        first = [k for k in self.keys.get(table, []) if k in every]
        return list(dict.fromkeys([*first, *every]))

    def fitted(self, one: ir.Field | None, value: Fraction) -> Fraction:
        """A number moved into the range of its field, and down onto its steps."""
        if one is None:
            return value
        low = one.low if isinstance(one.low, Fraction) else None
        high = one.high if isinstance(one.high, Fraction) else None
        if high is not None and value > high:
            value = high
        if low is not None and value < low:
            value = low
        if one.step:
            base = low if low is not None else Fraction(0)
            value = base + (value - base) // one.step * one.step
        return value

    def step_of(self, question: Question) -> Fraction:
        """The smallest step that a number is moved by: that of the field, else one of its units."""
        one, type_ = self.field_of(question), self.type_of(question)
        if one is not None and one.step:
            return one.step
        return type_.base.factor if type_ is not None and isinstance(type_.base, QuantityType) else Fraction(1)

    def others(self, question: Question, now: ir.Value | None) -> list[ir.Value]:
        """Every other value of a short list of words, keys, rows or answers."""
        type_ = self.type_of(question)
        if type_ is None:
            return []
        found: list[ir.Value] = []
        match type_.base:
            case YesNoType():
                found = [True, False]
            case NameType(names=names):
                found = list(names)
            case SetType(names=names):
                found = [frozenset(names), frozenset(), *(frozenset((n,)) for n in names)]
            case KeyType(table=table, position=position):
                found = self._keys(table, position)[:24]
            case RowType(entity=entity):
                found.extend([*self.rows.get(entity, {})][:24])
        if type_.or_none:
            found.append(ir.Absent("none"))
        return [v for v in found if v != now]


class _Answers(dict[Any, Any]):
    """A mapping that answers by a function, and is empty to everybody who does not ask."""

    def __init__(self, answer: Callable[[Any], Any]) -> None:
        super().__init__()
        self._answer = answer

    def get(self, key: Any, default: Any = None) -> Any:
        found = self._answer(key)
        return default if found is None else found


class Asking:
    """Facts that are made up as they are read. `asked` are the questions in order, each with its answer."""

    def __init__(self, stage: Stage, world: World, plan: Plan | None, silent: frozenset[Question] = frozenset()) -> None:
        self._stage, self._world, self._plan, self._silent = stage, world, plan, silent
        self.asked: dict[Question, ir.Value | None] = {}

    def facts(self) -> FactSet:
        """A fact set for one evaluation."""
        found = FactSet(rows={e: dict(r) for e, r in self._stage.rows.items()})
        close(self._stage.program, found)
        fixed = facts_of_law(self._stage.program).values
        found.values = _Answers(lambda key: fixed[key] if key in fixed else self._answer(FACT, key))
        found.figures = _Answers(lambda key: self._answer(FIGURE, key))
        found.acts = _Answers(lambda key: self._answer(ACT, key))
        found.issued = _Answers(lambda key: self._answer(ISSUED, key))
        return found

    def _answer(self, sort: str, key: tuple[str, str | None, At]) -> ir.Value | None:
        question = Question(sort, *key)
        if question in self.asked:
            return self.asked[question]
        if question in self._world:
            found: ir.Value | None = self._world[question]
        elif self._plan is None or question in self._silent:
            found = None
        else:
            found = self._stage.made_up(question, self._plan, len(self.asked))
        self.asked[question] = found
        return found


def close(program: ir.Program, facts: FactSet) -> None:
    """Every list and every population is complete: nothing is there but what was said."""
    for entity in program.entities.values():
        facts.rosters.add(entity.name)
        if entity.parent is not None:
            facts.lists.update((entity.name, row) for row in facts.rows.get(entity.parent, {}))


def plain_facts(stage: Stage, world: World, rows: Mapping[str, Mapping[str, str | None]] | None = None) -> FactSet:
    """The world as an ordinary fact set, as a file would give it."""
    found = FactSet(rows={e: dict(r) for e, r in (rows if rows is not None else stage.rows).items()})
    close(stage.program, found)
    into: dict[str, dict[Any, Any]] = {FACT: found.values, FIGURE: found.figures, ACT: found.acts, ISSUED: found.issued}
    for question, value in world.items():
        into[question.sort][question.name, question.row, question.at] = value
    found.add_listed(stage.program)
    return found


def stage_for(program: ir.Program, entities: Mapping[str, ir.Entity], day: date, member: str | None) -> Stage:
    """One row of each entity, below one row of its parent; where law lists the rows, those."""
    stage = Stage(program, day)
    stage.moments = frozenset(r.entity for r in program.rules.values() if r.timing == ir.ROW_DAY and r.entity is not None)
    waiting = list(entities.values())
    while waiting:
        left = []
        for entity in waiting:
            if entity.listed is not None:
                first = [member] if member in entity.listed else []
                stage.rows[entity.name] = dict.fromkeys([*first, *entity.listed])
            elif entity.parent is None or entity.parent in stage.rows:
                above = stage.row_of(entity.parent) if entity.parent is not None else None
                stage.rows[entity.name] = {f"{entity.name}_1"[:60]: above}
            else:
                left.append(entity)
        if len(left) == len(waiting):
            break
        waiting = left
    return stage


def constants_of(laws: Iterator[ir.Law] | list[ir.Law]) -> tuple[list[Fraction], list[date]]:
    """The numbers and days that stand in texts, without repetition, in the order of size."""
    numbers: set[Fraction] = set()
    days: set[date] = set()
    for law in laws:
        waiting: list[object] = list(bodies(law))
        while waiting:
            node = waiting.pop()
            if isinstance(node, ir.Const):
                if isinstance(node.value, Fraction):
                    numbers.add(node.value)
                elif isinstance(node.value, date):
                    days.add(node.value)
                elif isinstance(node.value, Period):
                    continue
            elif isinstance(node, ir.SetBy):
                waiting += [b for b in (node.least, node.most) if b is not None]
            else:
                waiting += parts(node)
    return sorted(numbers), sorted(days)
