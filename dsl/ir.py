"""The intermediate representation: the law of one scheme, typed, resolved, free of text layout and of lark.

It differs from the syntax tree in four ways: every name is resolved; every expression has been type-checked and is
made of few node types; every number is in base units; every statement that carries law is a `Definition` with
`Section`s, so that one choice of the governing section (`views.govern`) serves rules, measures, duties, accounts,
checks and table rows alike.

Times: an expression that yields a `Period` or a day (`date`) says where a reading happens; see `Read`.
Rows: `Row(entity, up)` is the row bound to an entity by the subject or an enclosing aggregate, then `up` parents.

Invariant: the boundary between front end and back ends; nothing here is lark's or the syntax tree's.
Invariant: no node is evaluated here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any, TypeAlias

from capcode.dsl.calendar import Calendar, Period
from capcode.dsl.source import NOWHERE, Span
from capcode.dsl.types import Type
from capcode.dsl.units import Unit

ABSENT_WORDS = ("none", "not_applicable", "not_permitted", "no_limit", "not_stated")


@dataclass(frozen=True, slots=True)
class Absent:
    """An absent answer as a value: its word (one of ABSENT_WORDS) and the author's reason. Equal if the words are."""

    word: str
    reason: str = field(default="", compare=False)


Value: TypeAlias = Fraction | bool | str | date | Period | frozenset[str] | Absent
"""A number in base units; yes/no; a name, key or row identifier; a day; a period; a set of names; an absent answer."""


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """What a known result rests on: word is unchecked, inferred, proposed, assumed, reading, disputed, carried, may,
    rounding_unknown, grafted or estimate; about names the instrument and article, measure or fact."""

    word: str
    about: str = ""


def _names(kind: type) -> tuple[str, ...]:
    """The fields of a node type, in order, without its place."""
    return tuple(kind.__match_args__)  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Node:
    """Every expression knows the text it came from; equality ignores it (and is written once, as in `ast`)."""

    span: Span = field(kw_only=True, default=NOWHERE)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and isinstance(other, Node) and self._parts() == other._parts()

    def __hash__(self) -> int:
        return hash((type(self), *self._parts()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, self._parts()))})"

    def _parts(self) -> tuple[object, ...]:
        return tuple(getattr(self, n) for n in _names(type(self)))


# ---------------------------------------------------------------- leaves


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Const(Node):
    """A value written in the text (also a period or a day)."""

    value: Value


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class OpenValue(Node):
    """`unknown "reason"`: always open."""

    reason: str


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Row(Node):
    """The row bound to `entity` by the subject or the innermost aggregate over it, then `up` parents up."""

    entity: str
    up: int = 0


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class FactRead(Node):
    """A field of a row, or a scheme-wide fact (row None). `at` is None for a fact without `each`.

    `name` is the key in `Program.fields`: `installation.emissions`, or `price` for a scheme-wide fact.
    """

    name: str
    row: RowExpr | None
    at: TimeExpr | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class RuleRead(Node):
    """A rule (or a measure, a check's condition is never read; an effect of a measure is a rule) read somewhere.

    at: for a rule `each K`, a period of kind K, or a day (then the K-period that contains it); for a dated value, a
    day, or a period (then its first day); None for constants and for rules dated by their row.
    """

    rule: str
    row: RowExpr | None
    at: TimeExpr | None
    argument: Expr | None = None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class IssuedRead(Node):
    """`x as issued`: the recorded amount of rule x for that subject and period; never computed."""

    rule: str
    row: RowExpr | None
    at: TimeExpr | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class AccountRead(Node):
    """The balance of an account when the day has ended."""

    account: str
    row: RowExpr | None
    day: Expr


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class AccountPart(Node):
    """What an account could not deliver or lost in a period: part is `shortfall` or `lapsed`."""

    part: str
    account: str
    row: RowExpr | None
    at: TimeExpr | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class DutyPart(Node):
    """part is `shortfall` (what is missing) or `used` (what counted), in the unit of the duty's quantity."""

    part: str
    duty: str
    row: RowExpr | None
    at: TimeExpr | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class UndistributedRead(Node):
    """What the share in a rule left over."""

    rule: str
    row: RowExpr | None
    at: TimeExpr | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Lookup(Node):
    """A column of the row of a table with these keys, as its own law stands at the reader's period (section 8)."""

    table: str
    column: str
    keys: tuple[Expr, ...]
    at: TimeExpr | None = None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class DefineRead(Node):
    """A step named in the governing section."""

    name: str


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ArgumentRead(Node):
    """The rule's argument."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class LotRead(Node):
    """A property of the lot in hand: `vintage` (a period) or `amount`."""

    part: str


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class AsBefore(Node):
    """The value of the same rule by the sections below the governing one, before the head's rounding."""


# ---------------------------------------------------------------- arithmetic (strict)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Add(Node):
    """Σ coefficient · term; subtraction is a coefficient of −1. For dates and periods see Shift and DateAdd."""

    terms: tuple[tuple[Fraction, Expr], ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Mul(Node):
    factors: tuple[Expr, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Div(Node):
    """Zero divisor: undefined."""

    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Pow(Node):
    """base ** exponent. base None is Euler's number. Under a Round, unless a whole constant exponent (then exact)."""

    base: Expr | None
    exponent: Expr


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Least(Node):
    """The smallest of numbers, the earliest of days (an absent `no limit` among them binds nothing)."""

    operands: tuple[Expr, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Greatest(Node):
    """The largest of numbers, the latest of days."""

    operands: tuple[Expr, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Abs(Node):
    operand: Expr


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Round(Node):
    """place > 0, in base units of the operand."""

    operand: Expr
    mode: str
    place: Fraction


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Interpolate(Node):
    """Linear between (x, y) points with rising x; level outside."""

    operand: Expr
    points: tuple[tuple[Fraction, Fraction], ...]


# ---------------------------------------------------------------- comparison and logic


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Compare(Node):
    """op is >= <= > <; of numbers, days or periods of one kind. A `no limit` on the right of <= (left of >=) holds."""

    op: str
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Equal(Node):
    """`is`, `is not`: of any two values of one type."""

    left: Expr
    right: Expr
    negated: bool = False


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class OneOf(Node):
    """`is one of (a, b)`"""

    operand: Expr
    names: frozenset[str]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class IsIn(Node):
    """Whether a day (or a period of a finer kind) lies in a period."""

    operand: Expr
    period: TimeExpr


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Present(Node):
    """Known for absent answers: yes if the value is not one."""

    operand: Expr
    negated: bool = False


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class And(Node):
    """labels: the letters and texts of `all of these`, or empty."""

    operands: tuple[Expr, ...]
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Or(Node):
    operands: tuple[Expr, ...]
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Not(Node):
    operand: Expr


# ---------------------------------------------------------------- time


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Here(Node):
    """The period of this kind that contains the first day of the innermost period (of a window, or of the reader)."""

    kind: str


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class This(Node):
    """`this K`: the innermost window period of kind K, or else the K-period that contains the reader's first day."""

    kind: str


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Own(Node):
    """The reader's own period, also inside a window: an effect in its measure's `ends when` is read as it is now."""

    kind: str


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Next(Node):
    """`next K`: one after the K-period that contains the last day of the period that `This` counts from."""

    kind: str


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Shift(Node):
    """A period moved by a whole number of periods of its own kind (negative: earlier)."""

    period: TimeExpr
    count: Expr


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Containing(Node):
    """The period of a kind that contains a day (or the first day of a period)."""

    kind: str
    day: TimeExpr


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class PartPeriod(Node):
    """The first or final period of a kind inside a longer one: part is `first` or `final`."""

    part: str
    kind: str
    period: TimeExpr


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class MonthIn(Node):
    """`October last year`: the month with this number (1 to 12) inside a year-long period."""

    month: int
    period: TimeExpr


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class StartOf(Node):
    """The first day of a period."""

    period: TimeExpr


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class EndOf(Node):
    """The last day of a period."""

    period: TimeExpr


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class DayIn(Node):
    """`1 November next year`: the day with this number and month inside a period (the first such day)."""

    day: int
    month: int
    period: TimeExpr


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class DateAdd(Node):
    """A day moved by an amount: unit is `days`, `months`, `years`, or the name of a listed kind (working days).

    sign is +1 after, −1 before; mode (down, up) says what happens in short months, None where it cannot matter.
    """

    day: Expr
    amount: Expr
    unit: str
    sign: int
    mode: str | None = None


# ---------------------------------------------------------------- domains


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Children(Node):
    """`its Xs`, `the Xs in this P`: the rows of an entity below a row; closed only if the fact set says so."""

    entity: str
    of: RowExpr


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Everyone(Node):
    """`all Xs`: the population; needs a complete roster, unless law lists the rows."""

    entity: str


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Window(Node):
    """Periods of a kind. form and anchors: `last` n; `before` n a; `to` n a; `inside` a; `between` a b (section 3)."""

    kind: str
    form: str
    count: int = 0
    first: TimeExpr | None = None
    last: TimeExpr | None = None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class EarlierRows(Node):
    """`the last 3 auctions`: the rows before the bound row of a dated entity, of the same parent; fewer is a gap."""

    entity: str
    count: int


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class RowsBetween(Node):
    """`the auctions from the start of this year to last auction`: rows of the bound row's parent, by their start.

    first: a day or period, or a RowBack; last: the same. Both ends belong to it.
    """

    entity: str
    first: TimeExpr | RowExpr
    last: TimeExpr | RowExpr


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Lots(Node):
    """`its A`: the lots of an account before the first day of the reader's period; LotRead inside."""

    account: str
    of: RowExpr | None


Domain: TypeAlias = Children | Everyone | Window | EarlierRows | RowsBetween | Lots


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Aggregate(Node):
    """fn: sum, mean, median, highest, lowest. Inside, the domain's entity (or kind) is bound."""

    fn: str
    domain: Domain
    body: Expr
    where: Expr | None = None
    weight: Expr | None = None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Count(Node):
    domain: Domain
    where: Expr | None = None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Holds(Node):
    """quantifier: each, any, none, at_least (then count)."""

    domain: Domain
    condition: Expr
    quantifier: str
    count: int = 0


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Exists(Node):
    """`there is a X where c`; negated for `there is no`"""

    domain: Domain
    where: Expr | None
    negated: bool = False


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Pick(Node):
    """A row: which is latest, earliest (by a date, period or number) or only."""

    which: str
    domain: Domain
    by: Expr | None
    where: Expr | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class RowBack(Node):
    """`x last auction`, `2 auctions ago`: the bound row of a dated entity, `count` rows earlier (0: this row)."""

    entity: str
    count: int


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class FieldRow(Node):
    """The row that a field of an entity's type names."""

    read: FactRead


RowExpr: TypeAlias = Row | Pick | RowBack | FieldRow


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ShareOf(Node):
    """Section 9. way: highest or lowest when `order` is given; excess: again, left, None; remainder: to_largest,
    by_fraction, by_lot, left. In domain rows, the domain's entity is bound. place in base units."""

    total: Expr
    domain: Domain
    subject: RowExpr
    order: Expr | None
    way: str | None
    weight: Expr | None
    limit: Expr | None
    excess: str | None
    mode: str
    place: Fraction
    remainder: str


@dataclass(frozen=True, slots=True)
class BandRow:
    """One band: condition on the operand, and the value."""

    low: Expr | None
    low_included: bool
    high: Expr | None
    high_included: bool
    value: Expr


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Bands(Node):
    """The value of the one band that contains the operand; none: undefined."""

    operand: Expr
    rows: tuple[BandRow, ...]


Expr: TypeAlias = (
    Const | OpenValue | FactRead | RuleRead | IssuedRead | AccountRead | AccountPart | DutyPart | UndistributedRead
    | Lookup | DefineRead | ArgumentRead | LotRead | AsBefore | Add | Mul | Div | Pow | Least | Greatest | Abs | Round
    | Interpolate | Compare | Equal | OneOf | IsIn | Present | And | Or | Not | DateAdd | Aggregate | Count | Holds
    | Exists | Pick | FieldRow | ShareOf | Bands | Row | Here | This | Own | Next | Shift | Containing | PartPeriod | MonthIn
    | StartOf | EndOf | DayIn | RowBack
)
TimeExpr: TypeAlias = Expr
"""An expression that yields a Period or a day."""


# ---------------------------------------------------------------- sections


@dataclass(frozen=True, slots=True)
class Citation:
    """An instrument of the scheme by name, an article, and marks (`unchecked`, `inferred`)."""

    instrument: str
    article: str
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rounding:
    """kind: `to` (mode and place in base units), `unknown` (reason), `not`."""

    kind: str
    mode: str = ""
    place: Fraction = Fraction(1)
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SetBy:
    """A figure that an authority sets, within bounds. deadline: an expression for a day."""

    authority: str
    least: Expr | None
    most: Expr | None
    deadline: Expr | None
    span: Span = field(default=NOWHERE, compare=False, repr=False)


Body: TypeAlias = Expr | SetBy
"""What a clause gives. An absent answer is Const(Absent(…)); a set is Const(frozenset)."""


@dataclass(frozen=True, slots=True)
class Clause:
    """A plain clause: condition None is `otherwise` (or the only clause)."""

    body: Body
    condition: Expr | None
    because: str = ""
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Exception_:
    """An exception: article is its name inside the section; `over` names articles; citation is its own, or None."""

    article: str
    body: Body
    condition: Expr
    over: tuple[str, ...] = ()
    over_all: bool = False
    citation: Citation | None = None
    marks: tuple[str, ...] = ()
    because: str = ""
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class RuleLaw:
    """The law of one section of a rule. A section that `adds` has been desugared: its plain clauses are exceptions
    without an order among them and its general clause is `as before`."""

    clauses: tuple[Clause, ...]
    exceptions: tuple[Exception_, ...] = ()
    ordered: bool = False
    defines: tuple[tuple[str, Expr], ...] = ()
    rounding: Rounding | None = None


@dataclass(frozen=True, slots=True)
class EffectLaw:
    name: str
    body: Body
    rounding: Rounding | None


@dataclass(frozen=True, slots=True)
class MeasureLaw:
    condition: Expr
    authority: str
    modal: str  # may, must
    action: str
    effects: tuple[EffectLaw, ...]
    starts: Expr | None
    lasts: tuple[int, str] | None  # count and kind
    ends: Expr | None
    defines: tuple[tuple[str, Expr], ...] = ()


@dataclass(frozen=True, slots=True)
class LotPattern:
    """A unit name and a condition on the lot (LotRead) and its holder."""

    unit: str
    where: Expr | None


@dataclass(frozen=True, slots=True)
class DutyLaw:
    quantity: Expr
    deadline: Expr
    accepts: tuple[LotPattern, ...]
    limits: tuple[tuple[LotPattern, Expr], ...]
    order: tuple[tuple[LotPattern, str | None], ...]  # age: oldest, newest, None; empty: the holder chooses
    failing: str | None
    defines: tuple[tuple[str, Expr], ...] = ()


@dataclass(frozen=True, slots=True)
class FlowLaw:
    """kind: enters, leaves, keeps, lapses. amount: what enters, leaves or at most stays; condition: which lots lapse."""

    kind: str
    day: Expr
    amount: Expr | None = None
    vintage: Expr | None = None
    against: str | None = None
    age: str = "oldest"
    condition: Expr | None = None
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class AccountLaw:
    flows: tuple[FlowLaw, ...]


@dataclass(frozen=True, slots=True)
class CheckLaw:
    condition: Expr
    because: str = ""


@dataclass(frozen=True, slots=True)
class CellLaw:
    """One row of a table: its cells by column; an OpenValue where the cell is unknown or empty."""

    cells: Mapping[str, Expr] = field(hash=False)


Law: TypeAlias = RuleLaw | MeasureLaw | DutyLaw | AccountLaw | CheckLaw | CellLaw


@dataclass(frozen=True, slots=True)
class Section:
    """A block of law under one citation, with the days that it covers: [start, end).

    start None and not `initially`: from the day the instrument entered into force (which may differ by member), or,
    where `always` is set (a constant), from the beginning of time. end None: open. `initially`: before the earliest
    other start of the definition (for a dated row, before its life).
    """

    citations: tuple[Citation, ...]
    law: Law
    start: date | None = None
    end: date | None = None
    initially: bool = False
    always: bool = False
    stands: bool = False
    adds: bool = False
    span: Span = field(default=NOWHERE, compare=False, repr=False)

    @property
    def instrument(self) -> str:
        return self.citations[0].instrument


# ---------------------------------------------------------------- definitions

# How a rule is placed in time.
EACH, ROW_DAY, DATED_VALUE, CONSTANT = "each", "row_day", "dated_value", "constant"


@dataclass(frozen=True, slots=True)
class Definition:
    """Anything that sections of law define. `kind` is the canonical period kind of `each`; entity of `of`.

    timing: EACH (one value per period), ROW_DAY (a rule without `each` of a dated entity or below one: the day is the
    first day of that row), DATED_VALUE (a function of the day), CONSTANT.
    """

    name: str
    sections: tuple[Section, ...]
    entity: str | None
    kind: str | None
    timing: str
    label: str = ""
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Rule(Definition):
    """A rule; `effect_of` names the measure whose effect it is (then it has no sections of its own)."""

    type: Type = None  # type: ignore[assignment]
    argument: tuple[str, Type] | None = None
    dated_by: str | None = None
    rounding: Rounding | None = None
    answers: str | None = None
    effect_of: str | None = None


@dataclass(frozen=True, slots=True)
class Measure(Definition):
    """A measure: a yes/no rule with a memory (section 11)."""


@dataclass(frozen=True, slots=True)
class Duty(Definition):
    """A duty; `unit` is the dimension's type of its quantity."""

    type: Type = None  # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class Account(Definition):
    unit: str = ""
    type: Type = None  # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class Check(Definition):
    """A condition that nothing reads."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """What reports call an authority, or a column of a table: the main label, and those of further languages."""

    label: str
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows as sections of CellLaw, grouped by key. A key cell is a name (str), a Period or a day.

    entries: for each key tuple, its sections. period_keys: the kind of each key column that holds periods, or None.
    """

    name: str
    keys: tuple[str, ...]
    key_kinds: tuple[str | None, ...]
    columns: Mapping[str, Type] = field(hash=False)
    entries: Mapping[tuple[Value, ...], tuple[Section, ...]] = field(hash=False, repr=False)
    units: Mapping[str, Unit] = field(default_factory=dict, hash=False, repr=False)
    label: str = ""
    span: Span = field(default=NOWHERE, compare=False, repr=False)
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)
    column_labels: Mapping[str, Labelled] = field(default_factory=dict, hash=False)  # of columns that have a label


@dataclass(frozen=True, slots=True)
class Field:
    """A field of an entity, or a scheme-wide fact (entity None).

    decided: the authority; chosen: who may choose, with an optional last day. default: what silence means.
    low, high, step in base units. unit_path: the field whose key names the concrete unit, for output per row.
    """

    key: str
    name: str
    entity: str | None
    type: Type
    kind: str | None
    low: Fraction | date | None = None
    high: Fraction | date | None = None
    step: Fraction | None = None
    decided: str | None = None
    chosen: str | None = None
    chosen_by_day: Expr | None = None
    default: Value | None = None
    has_default: bool = False
    unit_path: str | None = None
    label: str = ""
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Entity:
    """An entity; `start` and `end` are the fields (by name) that give a row its life; `listed` its rows by law.

    `listed_values`: row → field (by name) → value, as the list says; a field that the list leaves empty is missing.
    """

    name: str
    plural: str
    parent: str | None
    start: str | None
    end: str | None
    fields: tuple[str, ...]
    listed: tuple[str, ...] | None = None
    label: str = ""
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)
    span: Span = field(default=NOWHERE, compare=False, repr=False)
    listed_values: Mapping[str, Mapping[str, Value]] = field(default_factory=dict, hash=False, repr=False)


@dataclass(frozen=True, slots=True)
class Instrument:
    """A law. status: enacted, proposed, assumed, reading; grafted for what a graft puts into a program, above all other
    texts. day: entry into force, or a proposal's day.

    members: for one text adopted member by member, (entry, exit or None) per member, and the entity they are rows of.
    """

    name: str
    title: str
    status: str
    day: date | None
    adopted: date | None = None
    member_entity: str | None = None
    members: Mapping[str, tuple[date, date | None]] = field(default_factory=dict, hash=False)
    reading_of: str | None = None
    under: str | None = None
    amends: tuple[str, ...] = ()
    repeals: tuple[tuple[str, date], ...] = ()  # first day that is no longer governed
    annuls: tuple[str, ...] = ()
    disputes: tuple[str, ...] = ()
    adopts: tuple[str, ...] = ()
    expires: date | None = None
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class View:
    """The law as at a day (None: all that is enacted), with chosen proposals, assumptions and readings."""

    scheme: str
    as_at: date | None = None
    chosen: frozenset[str] = frozenset()

    def __str__(self) -> str:
        day = f"@{self.as_at.isoformat()}" if self.as_at else ""
        return self.scheme + day + "".join(f"+{name}" for name in sorted(self.chosen))


# ---------------------------------------------------------------- cases


@dataclass(frozen=True, slots=True)
class GivenRow:
    entity: str
    name: str
    parent: str | None


@dataclass(frozen=True, slots=True)
class GivenValue:
    """A fact, a rule's value (`what` = rule, marked assumed), an authority's figure (`set`), an issued amount
    (`issued`), or an act of an authority on a measure (`act`). value None with `open_reason`: stated as unknown."""

    what: str  # fact, rule, set, issued, act
    name: str
    row: str | None
    at: Period | date | None
    value: Value


@dataclass(frozen=True, slots=True)
class Expected:
    """One expectation: a value within a distance, or a state.

    state: known, unknown, needs, not_encoded, disputed, error; `name` the fact or the error's name.
    """

    target: str  # rule, measure, duty, check, fact
    name: str
    row: str | None
    at: Period | date | None
    argument: Value | None
    part: str | None  # shortfall, used, lapsed, undistributed
    state: str
    value: Value | None = None
    within: Fraction | None = None
    wanted: str = ""
    text: str = ""
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Case:
    title: str
    citations: tuple[Citation, ...]
    view: View
    rows: tuple[GivenRow, ...]
    rosters: tuple[tuple[str, str | None], ...]  # entity, file (rows come from it)
    values: tuple[GivenValue, ...]
    expected: tuple[Expected, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


# ---------------------------------------------------------------- the neutral plant


@dataclass(frozen=True, slots=True)
class Make:
    """`makes X for each Y where c with f = e`: one row of X for every row of Y with c. Expressions are read at the row of
    Y, in the period of the field (a year where it has none), by the field's key."""

    entity: str
    source: str
    where: Expr | None
    fields: Mapping[str, Expr] = field(hash=False)


@dataclass(frozen=True, slots=True)
class PlantMapping:
    """How a row of the vocabulary (a plant) looks in the scheme."""

    entity: str
    citations: tuple[Citation, ...]
    makes: tuple[Make, ...]


# ---------------------------------------------------------------- the program


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Program:
    """The checked law of one scheme, for all views. Order of every mapping is code-point order of the names."""

    scheme: str
    title: str
    labels: Mapping[str, str]
    currency: str | None
    calendar: Calendar
    units: Mapping[str, Unit]
    authorities: Mapping[str, Labelled]
    instruments: Mapping[str, Instrument]
    entities: Mapping[str, Entity]
    fields: Mapping[str, Field]
    tables: Mapping[str, Table]
    rules: Mapping[str, Rule]
    measures: Mapping[str, Measure]
    duties: Mapping[str, Duty]
    accounts: Mapping[str, Account]
    checks: Mapping[str, Check]
    cases: tuple[Case, ...]
    questions: Mapping[str, Rule] = field(default_factory=dict)
    mappings: tuple[PlantMapping, ...] = ()
    root: Any = None  # the scheme's folder, for case files; None for a program made from text alone
    grafts: Mapping[str, View] = field(default_factory=dict)  # of law from elsewhere: what its names begin with → its own view
    made_from: View | None = None  # of a derived scheme: what its view of the host chooses, it chooses
