"""Abstract syntax: what a rule file says, before any name is understood.

This tree differs from the text in three ways: layout and comments are gone (comments are kept beside it),
keywords have become node types, and chains such as `a + b + c` are one node with many operands.
A docstring shows the node in the language itself.

Invariant: nodes are plain frozen records; they hold no facts about meaning, and no method does work.
Invariant: nothing here knows lark.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from capcode.dsl.source import Span


def _names(kind: type) -> tuple[str, ...]:
    """The fields of a node type, in order."""
    return tuple(kind.__match_args__)  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Node:
    """Every node knows its place in the text; two nodes are equal whatever their places.

    Equality and display are written once, here: made by `dataclass` for each of the many types, they would take a
    third of the time in which `capcode check` starts.
    """

    span: Span

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and isinstance(other, Node) and self._parts() == other._parts()

    def __hash__(self) -> int:
        return hash((type(self), *self._parts()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, self._parts()))})"

    def _parts(self) -> tuple[object, ...]:
        """All but places and comments."""
        return tuple(getattr(self, n) for n in _names(type(self)) if n not in ("span", "comments"))


# ---------------------------------------------------------------- names, labels, citations


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Name(Node):
    """`leakage_factor`"""

    text: str


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Text(Node):
    """`"Art 10b(4)"`: the characters between the quotes."""

    text: str


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Label(Node):
    """`"Free allocation" ja "無償割当量"`: the main text, then (language, text) pairs."""

    text: str
    others: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Path(Node):
    """`eu.directive_2009_29`"""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ViewExpr(Node):
    """`eu@2024-06-01+com_2026_85`"""

    scheme: Path
    as_at: date | None
    chosen: tuple[Name, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Cite(Node):
    """`kr_act "Art 33" unchecked`; marks are `unchecked` and `inferred`."""

    instrument: Path
    article: str
    marks: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SourceText(Node):
    """`"Art 10b(1)"` after `except`: an article of the section's own instrument."""

    article: str
    marks: tuple[str, ...]


# ---------------------------------------------------------------- values written in the text


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class UnitExpr(Node):
    """`USD per RGA`: the unit, then the units it is per."""

    names: tuple[Name, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Number(Node):
    """`12_900 KRW per KAU`, `97.5%`, `2`. `digits` is the text without underscores; at most one of unit, percent."""

    digits: str
    unit: UnitExpr | None = None
    percent: bool = False


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class DateLit(Node):
    """`2024-06-01`"""

    day: date


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Truth(Node):
    """`yes`, `no`"""

    value: bool


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Absent(Node):
    """`none`, `not applicable`, `not permitted`, `not stated`, `no limit`; word is the phrase with underscores."""

    word: str


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Unknown(Node):
    """`unknown "not yet published"`"""

    reason: str


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class PeriodLit(Node):
    """`2024`, `2023-24`, `2024/03`, `2024-01-01` where a period is meant; text as written."""

    text: str


# ---------------------------------------------------------------- types


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class BoolType(Node):
    """`yes/no`"""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class UnitType(Node):
    """A unit, or a single name: `tCO2e`, `EUR per EUA`, `date`, `year`, `installation`."""

    unit: UnitExpr


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class OneOfType(Node):
    """`one of gas, coal`"""

    names: tuple[Name, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SomeOfType(Node):
    """`some of CO2, CH4`"""

    names: tuple[Name, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class KeyOfType(Node):
    """`key of product_benchmark`"""

    table: Name


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class TypeExpr(Node):
    """`EUR per EUA or none`"""

    base: BoolType | UnitType | OneOfType | SomeOfType | KeyOfType
    or_none: bool


# ---------------------------------------------------------------- periods and places in time


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Which(Node):
    """`this year`, `last phase`, `next month`"""

    word: str
    kind: Name


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class NearAgo(Node):
    """`2 years ago` as a period"""

    count: int
    kind: Name


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class MonthOf(Node):
    """`October last year`, `October 2 years ago` (then word is `ago`)"""

    month: int
    word: str
    count: int
    kind: Name


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class EdgeOf(Node):
    """`the start of this month`, `the end of last year`: a day; edge is start or end"""

    edge: str
    period: Near


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class PartOf(Node):
    """`the first year of this phase`, `the final year of last phase`: a period; part is first or final"""

    part: str
    kind: Name
    period: Near


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class AnchorName(Node):
    """A bare name where a window is anchored: a date or period field, rule or define."""

    name: Name


Near: TypeAlias = PeriodLit | Which | NearAgo | MonthOf | EdgeOf | PartOf
Anchor: TypeAlias = Near | AnchorName


# ---------------------------------------------------------------- domains: many rows or periods


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Its(Node):
    """`its sub_installations`"""

    plural: Name


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Population(Node):
    """`all installations`"""

    plural: Name


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class LastN(Node):
    """`the last 6 months`, `the last 3 auctions`"""

    count: int
    kind: Name


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class NBefore(Node):
    """`the 24 months before 6 months ago`"""

    count: int
    kind: Name
    anchor: Anchor


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class NTo(Node):
    """`the 6 months to this month`"""

    count: int
    kind: Name
    anchor: Anchor


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Inside(Node):
    """`the months in this year`, `the bids in this auction`"""

    kind: Name
    anchor: Anchor


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class FromTo(Node):
    """`the years from 2014 to 2018`"""

    kind: Name
    first: Anchor
    last: Anchor


Domain: TypeAlias = Its | Population | LastN | NBefore | NTo | Inside | FromTo


# ---------------------------------------------------------------- expressions


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Ref(Node):
    """`emissions`, `allowances_per_unit of benchmark`"""

    name: Name
    of: Ref | Pick | Entry | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Pick(Node):
    """`the latest determination by made_on where covers_year`; which is latest, earliest or only"""

    which: str
    entity: Name
    by: Name | None
    where: Expr | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Entry(Node):
    """`entry (kyoto_credit, vap) of unit_use`"""

    keys: tuple[Expr, ...]
    table: Name


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Negative(Node):
    """`− x`"""

    operand: Expr


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Sum(Node):
    """`a + b − c`: (subtract, operand) pairs"""

    terms: tuple[tuple[bool, Expr], ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Product(Node):
    """`a × b ÷ c`: (divide, operand) pairs"""

    factors: tuple[tuple[bool, Expr], ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Bound(Node):
    """`but at least 0 t`; which is least or most"""

    which: str
    limit: Expr


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class RoundTo(Node):
    """`rounded half_up to 0.01 USD per RGA`"""

    mode: str
    place: Number | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Clamped(Node):
    """`x but at least a rounded down to 1 t`: the steps are applied as written"""

    operand: Expr
    steps: tuple[Bound | RoundTo, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class PickOf(Node):
    """`the higher of a and b`; word is higher, lower, later or earlier"""

    word: str
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SizeOf(Node):
    """`the size of x`"""

    operand: Expr


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Power(Node):
    """`power (1.015, 16 − 20 × load)`"""

    base: Expr
    exponent: Expr


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Sliding(Node):
    """`sliding from 4.9% at 3% to 1% at 10% by cost_impact`: (level, at) points"""

    points: tuple[tuple[Expr, Expr], ...]
    by: Expr


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class BandRow(Node):
    """`| above 50% up to 75% | 75% |`: low and high limits with whether they belong to the band"""

    low: Expr | None
    low_included: bool
    high: Expr | None
    high_included: bool
    value: Expr


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Bands(Node):
    """`by band of x | up to 50% | 100% | …`"""

    operand: Expr
    rows: tuple[BandRow, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Compare(Node):
    """`a ≥ b`; op is one of >= <= > <"""

    op: str
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Is(Node):
    """`kind is gas`, `x is not 0 t`"""

    left: Expr
    right: Expr
    negated: bool


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class IsOneOf(Node):
    """`class is one of (large, small)`"""

    operand: Expr
    names: tuple[Name, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class IsIn(Node):
    """`closed_on is in this year`"""

    operand: Expr
    period: Near


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class IsPresent(Node):
    """`average_emissions is present`, `… is not present`"""

    operand: Expr
    negated: bool


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class And(Node):
    """`a and b and c`"""

    operands: tuple[Expr, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Or(Node):
    """`a or b or c`"""

    operands: tuple[Expr, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Not(Node):
    """`not a`"""

    operand: Expr


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Letter(Node):
    """`(a) "pay-back over three years" payback > 3 years`"""

    letter: str
    text: str | None
    condition: Expr


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Lettered(Node):
    """`any of these (a) … (b) …`; word is any or all"""

    word: str
    letters: tuple[Letter, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Holds(Node):
    """`c holds in each of the last 6 months`; quantifier is each, any, none or at_least (then count says how many)"""

    condition: Expr
    quantifier: str
    count: int
    domain: Domain


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Aggregate(Node):
    """`sum of x over its bids where c`; fn is sum, mean, median, highest, lowest; weight after `weighted by`"""

    fn: str
    body: Expr
    weight: Expr | None
    domain: Domain
    where: Expr | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class CountOf(Node):
    """`number of its bids where c`"""

    domain: Domain
    where: Expr | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ThereIs(Node):
    """`there is a bid where (…)`, `there is no bid`"""

    entity: Name
    where: Expr | None
    negated: bool


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Share(Node):
    """`its share of T among R in proportion to w limited to c excess left rounded down to 1 t remainder to largest`

    order_way is highest or lowest when `in order of` is written; excess is again, left or None;
    remainder is to_largest, by_fraction, by_lot or left.
    """

    total: Expr
    domain: Domain
    order: Expr | None
    order_way: str | None
    weight: Expr | None
    limit: Expr | None
    excess: str | None
    rounding: RoundTo
    remainder: str


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class DateShift(Node):
    """`20 working_days after ceased_on`, `24 months before held_on`; direction is after or before"""

    amount: Expr
    direction: str
    day: Expr


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class LastOf(Node):
    """`x last year`: the step back"""

    kind: Name


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class AgoOf(Node):
    """`x 2 years ago`"""

    count: int
    kind: Name


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class InPeriod(Node):
    """`x in 2005`, `cpi in October last year`"""

    period: Near


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class AtArg(Node):
    """`demand at bid_price`, `ceiling at 2027-01-31`"""

    argument: Expr


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class AsIssued(Node):
    """`initial_allocation 2 years ago as issued`"""


Move: TypeAlias = LastOf | AgoOf | InPeriod | AtArg | AsIssued


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Moved(Node):
    """A reading somewhere else in time, or at an argument: the operand and its moves in order."""

    operand: Expr
    moves: tuple[Move, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ThisPeriod(Node):
    """`this year` as a value"""

    kind: Name


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class AsBefore(Node):
    """`as before`"""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class DayOf(Node):
    """`1 November next year`"""

    day: int
    month: int
    word: str
    kind: Name


Expr: TypeAlias = (
    Ref | Number | DateLit | PeriodLit | Truth | Negative | Sum | Product | Clamped | PickOf | SizeOf | Power | Sliding | Bands
    | Compare | Is | IsOneOf | IsIn | IsPresent | And | Or | Not | Lettered | Holds | Aggregate | CountOf | ThereIs
    | Share | DateShift | Moved | ThisPeriod | AsBefore | DayOf | EdgeOf | PartOf
)


# ---------------------------------------------------------------- scheme, instrument, period, unit


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Currency(Node):
    """`currency AUD`"""

    name: Name


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class YearStarts(Node):
    """`year starts 1 April named by first year`; named_by is first, last or None"""

    day: int
    month: int
    named_by: str | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Authority(Node):
    """`authority minister "Minister" ja "大臣"`"""

    name: Name
    label: Label | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Uses(Node):
    """`uses compare.questions`"""

    path: Path


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ReadingAs(Node):
    """`reading surrender_obligation as japan_gx.surrender_obligation`"""

    name: Name
    host: Path


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Keeping(Node):
    """`keeping credit_share`"""

    names: tuple[Name, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Graft(Node):
    """`graft offset_limit from korea@2024-06-01 reading … keeping …`"""

    question: Name
    donor: ViewExpr
    binds: tuple[ReadingAs | Keeping, ...]


SchemeLine: TypeAlias = Currency | YearStarts | Authority | Uses | Graft


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Scheme(Node):
    """`scheme japan_gx "GX-ETS" …`; `derived` is the view after `is`"""

    name: Name
    label: Label | None
    derived: ViewExpr | None
    lines: tuple[SchemeLine, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class InForce(Node):
    """`adopted 2023-05-10 in force 2023-06-05`"""

    day: date
    adopted: date | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class InForceByMember(Node):
    """`in force by state from "tables/adoption.csv"`"""

    member: Name
    file: Text


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Proposed(Node):
    """`proposed for 2027-01-01`"""

    day: date | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Assumed(Node):
    """`assumed`"""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ReadingOf(Node):
    """`reading of directive_2009_29`"""

    name: Name


Status: TypeAlias = InForce | InForceByMember | Proposed | Assumed | ReadingOf


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Relation(Node):
    """`amends model_2013`, `repeals bmd_2011 from 2021`, `expires 2025-12-31`

    word: under, amends, repeals, annuls, disputes, adopts (target set) or expires (day set).
    """

    word: str
    target: Name | None
    period: PeriodLit | None
    day: date | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Instrument(Node):
    """`instrument far_2019 "Delegated Regulation (EU) 2019/331" in force 2019-02-28 under directive_2018_410`"""

    name: Name
    label: Label
    status: Status
    relations: tuple[Relation, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class StartsForm(Node):
    """`starts 1 September`"""

    day: int
    month: int


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class RegularForm(Node):
    """`of 3 years from 2009`"""

    count: int
    kind: Name
    first: PeriodLit


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class NamedSpan(Node):
    """`phase_3 2013 to 2020`"""

    name: Name | None
    first: PeriodLit
    last: PeriodLit


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ListForm(Node):
    """`: 2015 to 2017, 2018 to 2020`"""

    spans: tuple[NamedSpan, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class FileForm(Node):
    """`from "tables/krx_days.csv"`"""

    file: Text


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class PeriodDef(Node):
    """`period control_period "Control period" of 3 years from 2009`"""

    name: Name
    label: Label | None
    plural: Name | None
    form: StartsForm | RegularForm | ListForm | FileForm


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class UnitEquals(Node):
    """`= 0.90718474 tCO2e`"""

    value: Number


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class UnitCovers(Node):
    """`covers 1 tCO2e vintage year`"""

    value: Number
    vintage: Name | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class UnitForEach(Node):
    """`for each benchmark`"""

    field: Name


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class UnitDef(Node):
    """`unit EUA "EU allowance" covers 1 tCO2e vintage trading_phase`"""

    name: Name
    label: Label | None
    form: UnitEquals | UnitCovers | UnitForEach | None


# ---------------------------------------------------------------- entity, fact, table


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Life(Node):
    """`from first_operation until closed_on`"""

    start: Name
    end: Name | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Range(Node):
    """`from 0 t to 10_000_000 t step 0.001 t`"""

    low: Number | DateLit
    high: Number | DateLit
    step: Number | DateLit | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class DecidedBy(Node):
    """`decided by auction_operator`"""

    authority: Name


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ChosenBy(Node):
    """`chosen by participant by 2008-12-12`"""

    chooser: Name
    deadline: DateLit | DayOf | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Default(Node):
    """`unless stated record_only`"""

    value: Number | DateLit | Name | Truth | Absent


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Field(Node):
    """`emissions : tCO2e each year from 0 tCO2e to 10_000_000 tCO2e "Verified emissions"`; also a `fact`"""

    name: Name
    type: TypeExpr
    each: Name | None
    range: Range | None
    source: DecidedBy | ChosenBy | None
    default: Default | None
    label: Label | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Entity(Node):
    """`entity installation from first_operation until closed_on`"""

    name: Name
    label: Label | None
    plural: Name | None
    parent: Name | None
    life: Life | None
    listed: Text | None
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Fact(Node):
    """`fact price each month : EUR per EUA`"""

    field: Field


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Column(Node):
    """`column allowed : yes/no`"""

    name: Name
    type: TypeExpr
    label: Label | None


Cell: TypeAlias = Number | Negative | DateLit | Name | Truth | Absent | Unknown | PeriodLit


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Row(Node):
    """`| kyoto_credit | vap | yes | cites decision_2008 "credits" from 2008 ;`"""

    cells: tuple[Cell, ...]
    cites: tuple[Cite, ...]
    when: When | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Table(Node):
    """`table unit_use keyed by unit_kind, purpose from "file.csv" cites … from 2008 column allowed : yes/no | … ;`"""

    name: Name
    label: Label | None
    keys: tuple[Name, ...]
    file: Text | None
    cites: tuple[Cite, ...]
    when: When | None
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


# ---------------------------------------------------------------- rule


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class When(Node):
    """`from 2024 until 2030 then stands`, `for 2024`, `initially`; word is from, for or initially"""

    word: str
    first: PeriodLit | None
    last: PeriodLit | None
    stands: bool


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class RoundedTo(Node):
    """`rounded half_up to 0.01 USD per RGA` in a head or section"""

    mode: str
    place: Number | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class RoundedUnknown(Node):
    """`rounded unknown "not stated in Art 41"`"""

    reason: str


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class NotRounded(Node):
    """`not rounded`"""


Rounding: TypeAlias = RoundedTo | RoundedUnknown | NotRounded


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Argument(Node):
    """`at some_price (USD per RGA)`"""

    name: Name
    type: TypeExpr


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Head(Node):
    """`free_share of company each year : ratio rounded … answers … "label"`"""

    name: Name
    entity: Name | None
    argument: Argument | None
    each: Name | None
    dated_by: Name | None
    type: TypeExpr
    rounding: Rounding | None
    answers: Name | None
    label: Label | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Define(Node):
    """`define yardstick = the lower of vap_target and vap_actual`"""

    name: Name
    value: Expr


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SetBy(Node):
    """`set by minister at least a at most b by 1 April this year`"""

    authority: Name
    least: Expr | None
    most: Expr | None
    deadline: DateLit | DayOf | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ListOf(Node):
    """`list CO2, N2O`"""

    names: tuple[Name, ...]


Value: TypeAlias = Expr | Absent | Unknown | SetBy | ListOf


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Clause(Node):
    """`= yes because "…" when c`; condition None with otherwise False is the only clause"""

    value: Value
    because: str | None
    condition: Expr | None
    otherwise: bool


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Exception_(Node):
    """`except far_2019 "Art 26" over "Art 22a" = 0 EUA when closed`; over_all for `over all`"""

    source: Cite | SourceText | None
    over: tuple[str, ...]
    over_all: bool
    value: Value
    because: str | None
    condition: Expr


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Series(Node):
    """`= 97.5%, 95%, 90% then 0%`"""

    values: tuple[Expr, ...]
    then: Expr | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Section(Node):
    """`cites … from 2024 rounded … adds define … = …`; manner is adds, in_this_order or None"""

    cites: tuple[Cite, ...]
    when: When | None
    rounding: Rounding | None
    manner: str | None
    defines: tuple[Define, ...]
    clauses: tuple[Clause | Exception_ | Series, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Rule(Node):
    """`rule cap each year : EUA not rounded cites … = …`"""

    head: Head
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Amend(Node):
    """`amend credit_share cites what_if "Art 1" from 2026 = 5%`: more sections of a rule that stands elsewhere"""

    name: Name
    sections: tuple[Section, ...]


# ---------------------------------------------------------------- measure, duty, account, check


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Effect(Node):
    """`effect price_release : EUA "Release" ja "放出量" = 75_000_000 EUA`"""

    name: Name
    type: TypeExpr
    rounding: Rounding | None
    label: Label | None
    value: Value


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class StartsOn(Node):
    """`starts on 1 trading_day after this trading_day`"""

    day: Expr


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Lasts(Node):
    """`lasts 1 month`"""

    count: int
    kind: Name


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class EndsWhen(Node):
    """`ends when purpose_met`"""

    condition: Expr


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class MeasureSection(Node):
    """`cites … when c the minister may "…" effect … starts on … lasts … ends when …`; modal is may or must"""

    cites: tuple[Cite, ...]
    when: When | None
    defines: tuple[Define, ...]
    condition: Expr
    authority: Name
    modal: str
    action: str
    parts: tuple[Effect | StartsOn | Lasts | EndsWhen, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Measure(Node):
    """`measure temporary_floor each trading_day "Temporary floor price" …`"""

    name: Name
    entity: Name | None
    each: Name | None
    label: Label | None
    sections: tuple[MeasureSection, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Lot(Node):
    """`CCA where (vintage ≤ this year)`"""

    unit: Name
    where: Expr | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Accepts(Node):
    """`accepts ARBOC, CCA where (vintage ≤ this year)`"""

    lots: tuple[Lot, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Limit(Node):
    """`limit ARBOC at most offset_limit`"""

    lot: Lot
    most: Expr


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Turn(Node):
    """`CCA oldest first`; age is oldest, newest or None"""

    lot: Lot
    age: str | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Order(Node):
    """`order ARBOC oldest first then CCA`"""

    turns: tuple[Turn, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class FailingThat(Node):
    """`failing that untimely_obligation`"""

    rule: Name


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class DutySection(Node):
    """`cites … quantity q by 1 November next year accepts … limit … order … failing that …`"""

    cites: tuple[Cite, ...]
    when: When | None
    defines: tuple[Define, ...]
    quantity: Expr
    deadline: Expr
    parts: tuple[Accepts | Limit | Order | FailingThat, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Duty(Node):
    """`duty surrender of covered_entity each year "Surrender" …`"""

    name: Name
    entity: Name
    each: Name
    label: Label | None
    sections: tuple[DutySection, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Enters(Node):
    """`enters final_amount vintage v against other on 30 June this year`"""

    amount: Expr
    vintage: Expr | None
    against: Name | None
    day: Expr


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Leaves(Node):
    """`leaves surrendered against other on 30 September next year taking oldest first`; age oldest, newest or None"""

    amount: Expr
    against: Name | None
    day: Expr
    age: str | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Keeps(Node):
    """`keeps at most m on 31 December this year`"""

    most: Expr
    day: Expr


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Lapses(Node):
    """`lapses all on D` (where None), `lapses where (vintage < 2008) on 2008-05-01`"""

    where: Expr | None
    day: Expr


Flow: TypeAlias = Enters | Leaves | Keeps | Lapses


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class AccountSection(Node):
    """`cites … from 2005 enters … leaves …`"""

    cites: tuple[Cite, ...]
    when: When | None
    flows: tuple[Flow, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Account(Node):
    """`account holdings of installation each year : EUA …`"""

    name: Name
    entity: Name | None
    each: Name
    unit: UnitExpr
    label: Label | None
    sections: tuple[AccountSection, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class CheckSection(Node):
    """`cites … from 2018 that a ≤ b because "…"`"""

    cites: tuple[Cite, ...]
    when: When | None
    condition: Expr
    because: str | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Check(Node):
    """`check ratchet of company each year cites … that …`"""

    name: Name
    entity: Name | None
    each: Name | None
    label: Label | None
    sections: tuple[CheckSection, ...]


# ---------------------------------------------------------------- question, mapping, case


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Question(Node):
    """`question covered of plant each year : yes/no "Is it covered?"`"""

    head: Head


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Assign(Node):
    """`emissions of works in 2024 = 100 tCO2e`; value may be an absent answer, or a list of words"""

    target: Ref
    period: Near | None
    value: Expr | Absent | Unknown | ListOf


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Make(Node):
    """`makes installation for each plant where (…) with first_operation = first_day`"""

    entity: Name
    source: Name
    where: Expr | None
    assigns: tuple[Assign, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Mapping(Node):
    """`mapping of plant cites eu.far_2019 "Art 10" makes …`"""

    entity: Name
    cites: tuple[Cite, ...]
    makes: tuple[Make, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class GivenValues(Node):
    """`given emissions of works in 2024 = 100 tCO2e, price in 2024/01 = 5 EUR per EUA`"""

    assigns: tuple[Assign, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class GivenRow(Node):
    """`given a sub_installation furnace in works with benchmark = hot_metal`"""

    entity: Name
    name: Name
    parent: Name | None
    assigns: tuple[Assign, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class GivenAll(Node):
    """`given all bids from "cases/bids.csv"`"""

    plural: Name
    file: Text | None


Given: TypeAlias = GivenValues | GivenRow | GivenAll


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Reason(Node):
    """`needs activity`, `not encoded`, `disputed`, `unknown`, `error conflict`; name for needs and error"""

    word: str
    name: Name | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Expected(Node):
    """`price of a54 = 13.00 USD per RGA within 0.01 USD per RGA`, `gases in 2024 = list CO2, CH4`"""

    target: Ref
    period: Near | None
    value: Expr | Absent | Reason | ListOf
    within: Number | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Case(Node):
    """`case "KR-E7" cites kr_decree_2025 "Art 29" in korea@2025-03-01 given … expect …`"""

    title: Text
    cites: tuple[Cite, ...]
    view: ViewExpr | None
    givens: tuple[Given, ...]
    expected: tuple[Expected, ...]


Statement: TypeAlias = (
    Scheme | Instrument | PeriodDef | UnitDef | Entity | Fact | Table | Rule | Amend | Measure | Duty | Account | Check
    | Question | Mapping | Case
)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Comment(Node):
    """`# a remark`: text without the sign; kept beside the tree for the formatter"""

    text: str


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class File(Node):
    """One rule file: the language version, its statements in order, and its comments by place."""

    version: int
    statements: tuple[Statement, ...]
    comments: tuple[Comment, ...] = ()
