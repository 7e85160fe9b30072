"""What was evaluated, and how (semantics, section 13): one record per key, shared where it is read twice.

A record holds the result, the governing text and every other section with why it did not govern, each condition, the
bodies taken, and roundings. Its steps form the operator tree: node, result, operands, and a detail where there is more
to say (rows counted and excluded, a rounding, a share, where a fact was read, movements of an account).

Invariant: nothing here changes a result; with tracing off nothing here is called.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import TypeAlias

from capcode.dsl import ir
from capcode.dsl.calendar import Period
from capcode.dsl.limits import LIMITS
from capcode.dsl.source import Span
from capcode.interpreter.frames import Key
from capcode.interpreter.results import Result
from capcode.interpreter.sharing import Round

# ---------------------------------------------------------------- details of a step


@dataclass(frozen=True, slots=True)
class Counted:
    """Rows or periods that took part, and those that a condition excluded."""

    counted: tuple[str, ...]
    excluded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rounded:
    """A rounding: the value before (None: a real number that is not rational) and after."""

    mode: str
    place: Fraction
    before: ir.Value | None
    after: ir.Value


@dataclass(frozen=True, slots=True)
class Split:
    """A share: its rounds, the amounts of all rows, and what was left over."""

    rounds: tuple[Round, ...]
    amounts: tuple[tuple[str, Fraction], ...]
    undistributed: Fraction


@dataclass(frozen=True, slots=True)
class ReadFact:
    """A fact: its key, and where it was read; `default` where silence has a meaning."""

    name: str
    row: str | None
    at: Period | date | None
    source: str


@dataclass(frozen=True, slots=True)
class ReadKey:
    """Another key was read; its record tells the rest."""

    key: Key


@dataclass(frozen=True, slots=True)
class Movement:
    """Units that moved in an account. kind: opening, enters, leaves, keeps, lapses, shortfall."""

    day: date
    account: str
    row: str | None
    kind: str
    vintage: Period | None
    amount: Fraction


@dataclass(frozen=True, slots=True)
class Taken:
    """Units that a duty took from a lot."""

    account: str | None
    unit: str
    vintage: Period | None
    units: Fraction
    counted: Fraction


@dataclass(frozen=True, slots=True)
class Decision:
    """A measure's state at a period: not met, decided, in force, open; and the condition's step."""

    at: Period | date | str | None
    state: str
    condition: Step | None
    modal: str
    authority: str


@dataclass(frozen=True, slots=True)
class ReadCell:
    """A row of a table was read: column and keys in words, and the articles of the row."""

    table: str
    column: str
    where: str
    citations: tuple[ir.Citation, ...]


Detail: TypeAlias = Counted | Rounded | Split | ReadFact | ReadKey | ReadCell


# ---------------------------------------------------------------- steps, levels, records


@dataclass(slots=True)
class Step:
    """One node evaluated. bound: the row or period in which, where an aggregate bound it."""

    node: ir.Expr
    result: Result
    operands: tuple[Step, ...]
    detail: Detail | None = None
    bound: str = ""


@dataclass(slots=True)
class Clause:
    """A condition, or a body that was taken. label: the article of an exception, `otherwise`, or empty.

    set_by: the power under which an authority set the figure; step is then a bound of it.
    """

    label: str
    because: str
    step: Step | None
    result: Result
    span: Span
    set_by: ir.SetBy | None = None


@dataclass(slots=True)
class Level:
    """One governing text: a second one is there when the first says `as before`."""

    citations: tuple[ir.Citation, ...]
    considered: tuple[tuple[ir.Section, str], ...]
    conditions: list[Clause] = field(default_factory=list)
    taken: list[Clause] = field(default_factory=list)
    rounded: Rounded | None = None


@dataclass(slots=True)
class Record:
    """What one key came to. steps: what was evaluated besides clauses (a measure's or a duty's parts, account flows).

    carried: the key whose value stands where no later text governs.
    """

    key: Key
    result: Result | None = None
    levels: list[Level] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    rounded: Rounded | None = None
    movements: tuple[Movement, ...] = ()
    taken: tuple[Taken, ...] = ()
    decisions: list[Decision] = field(default_factory=list)
    carried: Key | None = None


@dataclass(slots=True)
class Trace:
    """All records of an evaluation, by key. dropped: how many were not kept because of the limit."""

    records: dict[Key, Record] = field(default_factory=dict)
    dropped: int = 0


class Recorder:
    """Collects a trace while an evaluation runs. A record is kept when its key is finished, never before."""

    def __init__(self) -> None:
        self.trace = Trace()
        self.record: Record | None = None
        self._open: list[Step] = []
        self._detail: Detail | None = None

    # ---- steps

    def begin(self) -> list[Step]:
        """A node begins: its operands are collected from here on. Gives what to hand to `end`."""
        outer, self._open = self._open, []
        return outer

    def end(self, outer: list[Step], node: ir.Expr, result: Result, bound: str) -> None:
        step = Step(node, result, tuple(self._open), self._detail, bound)
        self._detail = None
        self._open = outer
        outer.append(step)

    def note(self, detail: Detail) -> None:
        """What more there is to say about the node in hand."""
        self._detail = detail

    @property
    def ended(self) -> int:
        """How many steps have ended in the list at hand."""
        return len(self._open)

    def last(self, since: int) -> Step | None:
        """Takes the step that ended last out of the list, if any ended since then."""
        return self._open.pop() if len(self._open) > since else None

    def steps_so_far(self) -> list[Step]:
        return list(self._open)

    def aside(self) -> list[Step]:
        """What is evaluated from here on is no operand of anything. Gives what to hand to `back`."""
        return self.begin()

    def back(self, outer: list[Step]) -> list[Step]:
        """Gives what was evaluated aside."""
        steps, self._open = self._open, outer
        return steps

    # ---- records

    def keep(self, record: Record) -> None:
        """A finished record."""
        if len(self.trace.records) < LIMITS.trace_records:
            self.trace.records[record.key] = record
        else:
            self.trace.dropped += 1

    def enter(self, key: Key) -> tuple[Record | None, list[Step], Detail | None]:
        outer = (self.record, self._open, self._detail)
        self.record, self._open, self._detail = Record(key), [], None
        return outer

    def leave(self, outer: tuple[Record | None, list[Step], Detail | None], result: Result | None) -> None:
        """result None: the work was abandoned, and will be done again."""
        record = self.record
        if record is not None and result is not None:
            record.result = result
            record.steps.extend(self._open)
            self.keep(record)
        self.record, self._open, self._detail = outer
