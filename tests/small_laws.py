"""Small laws built directly as IR, for tests of the evaluator: one line per rule, no text, no front end.

law = small(rules=[rule("x", [section(num(7))])])
ask(law, "x", 2024) == Known(Fraction(7))
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

from capcode.dsl import ir
from capcode.dsl.calendar import Calendar, Days, Kind, Months, Period, Runs, Years
from capcode.dsl.types import ANY, QuantityType, Type
from capcode.dsl.units import Unit, base
from capcode.dsl.views import LawView
from capcode.interpreter.evaluate import Evaluation
from capcode.interpreter.facts import FactSet
from capcode.interpreter.results import Result

F = Fraction
LAW = "law"
START = date(2000, 1, 1)

_KINDS: dict[str, Kind] = {
    "day": Days(),
    "month": Months(),
    "quarter": Months("quarter", 3),
    "year": Years(),
    "fiscal": Years("fiscal", 4, 1),
    "phase": Runs("phase", 3, Years(), 2015),
}
CALENDAR = Calendar(_KINDS, {k + "s": k for k in _KINDS}, {k: k for k in _KINDS})
EUA = Unit("EUA", base("test.EUA"), covers=F(1), vintage="year")
TONNES = Type(QuantityType(base("mass"), "tCO2e"))
ALLOWANCES = Type(QuantityType(EUA.dimension, "EUA"))


def year(index: int) -> Period:
    return Period("year", index)


def month(y: int, m: int) -> Period:
    return Period("month", y * 12 + m - 1)


# ---------------------------------------------------------------- expressions


def num(value: int | str | Fraction) -> ir.Const:
    return ir.Const(F(value))


def yes(value: bool = True) -> ir.Const:
    return ir.Const(value)


def here(kind: str = "year") -> ir.Here:
    return ir.Here(kind)


def fact(name: str, row: str | None = None, kind: str | None = "year", up: int = 0) -> ir.FactRead:
    """A field: `plant.emissions` of the row bound to its entity (or `row`), in the reader's period."""
    entity = row or (name.partition(".")[0] if "." in name else None)
    return ir.FactRead(name, None if entity is None else ir.Row(entity, up), None if kind is None else here(kind))


def read(name: str, row: str | None = None, kind: str | None = "year", ago: int = 0, argument: Any = None) -> ir.RuleRead:
    """A rule of the row bound to an entity, in the reader's period or some periods ago."""
    at: Any = None if kind is None else here(kind) if not ago else ir.Shift(ir.This(kind), num(-ago))
    return ir.RuleRead(name, None if row is None else ir.Row(row), at, argument)


def add(*terms: Any) -> ir.Add:
    return ir.Add(tuple((F(1), t) for t in terms))


def minus(left: Any, right: Any) -> ir.Add:
    return ir.Add(((F(1), left), (F(-1), right)))


def mul(*factors: Any) -> ir.Mul:
    return ir.Mul(tuple(factors))


def cmp(op: str, left: Any, right: Any) -> ir.Compare:
    return ir.Compare(op, left, right)


def both(*operands: Any) -> ir.And:
    return ir.And(tuple(operands))


def either(*operands: Any) -> ir.Or:
    return ir.Or(tuple(operands))


def children(entity: str, of: str) -> ir.Children:
    return ir.Children(entity, ir.Row(of))


# ---------------------------------------------------------------- law


def clause(body: Any, condition: Any = None) -> ir.Clause:
    return ir.Clause(body, condition)


def besides(article: str, body: Any, condition: Any, over: Sequence[str] = (), over_all: bool = False, **more: Any) -> ir.Exception_:
    return ir.Exception_(article, body, condition, tuple(over), over_all, **more)


def section(
    *clauses: Any,
    cites: str = LAW,
    article: str = "Art 1",
    start: date | None = START,
    end: date | None = None,
    exceptions: Sequence[ir.Exception_] = (),
    ordered: bool = False,
    defines: Mapping[str, Any] | None = None,
    rounding: ir.Rounding | None = None,
    law: ir.Law | None = None,
    **more: Any,
) -> ir.Section:
    """A section of law; clauses are bodies, or Clause values."""
    made = tuple(c if isinstance(c, ir.Clause) else ir.Clause(c, None) for c in clauses)
    own = law or ir.RuleLaw(made, tuple(exceptions), ordered, tuple((defines or {}).items()), rounding)
    marks = more.pop("marks", ())
    return ir.Section((ir.Citation(cites, article, marks),), own, start, end, **more)


def rule(name: str, sections: Sequence[ir.Section], entity: str | None = None, kind: str | None = "year", **more: Any) -> ir.Rule:
    timing = more.pop("timing", ir.EACH if kind else ir.CONSTANT)
    return ir.Rule(name, tuple(sections), entity, kind, timing, type=more.pop("type", ANY), **more)


def up_to(mode: str, place: int | str | Fraction = 1) -> ir.Rounding:
    return ir.Rounding("to", mode, F(place))


def enacted(name: str, day: date = date(2000, 1, 1), **more: Any) -> ir.Instrument:
    return ir.Instrument(name, name, more.pop("status", "enacted"), day, **more)


def entity(name: str, parent: str | None = None, start: str | None = None, end: str | None = None, **more: Any) -> ir.Entity:
    return ir.Entity(name, name + "s", parent, start, end, more.pop("fields", ()), **more)


def field(key: str, kind: str | None = "year", type_: Type = ANY, **more: Any) -> ir.Field:
    owner, _, name = key.rpartition(".")
    return ir.Field(key, name, owner or None, type_, kind, **more)


def small(
    rules: Sequence[ir.Rule] = (),
    entities: Sequence[ir.Entity] = (),
    fields: Sequence[ir.Field] = (),
    instruments: Sequence[ir.Instrument] = (),
    measures: Sequence[ir.Measure] = (),
    duties: Sequence[ir.Duty] = (),
    accounts: Sequence[ir.Account] = (),
    checks: Sequence[ir.Check] = (),
    tables: Sequence[ir.Table] = (),
    units: Sequence[Unit] = (EUA,),
) -> ir.Program:
    def named(things: Sequence[Any]) -> dict[str, Any]:
        return {t.name: t for t in things}

    owned = [
        ir.Entity(e.name, e.plural, e.parent, e.start, e.end, tuple(f.name for f in fields if f.entity == e.name), e.listed)
        for e in entities
    ]
    return ir.Program(
        "test",
        "test",
        {},
        None,
        CALENDAR,
        named(units),
        {},
        named(instruments or (enacted(LAW),)),
        named(owned),
        {f.key: f for f in fields},
        named(tables),
        named(rules),
        named(measures),
        named(duties),
        named(accounts),
        named(checks),
        (),
    )


def evaluation(
    program: ir.Program, facts: FactSet | None = None, *, as_at: date | None = None, chosen: Sequence[str] = (), **more: Any
) -> Evaluation:
    view = ir.View(program.scheme, as_at, frozenset(chosen))
    return Evaluation(program, LawView(program, view), facts if facts is not None else FactSet(), **more)


def ask(program: ir.Program, name: str, at: Any = None, row: str | None = None, facts: FactSet | None = None, **more: Any) -> Result:
    """One value; a whole number stands for a calendar year."""
    return evaluation(program, facts, **more).value(name, row, year(at) if isinstance(at, int) else at)


def kinds_of(result: Any) -> set[str]:
    """The kinds of the reasons or causes of a result that is not known."""
    said: Any = getattr(result, "reasons", None) or getattr(result, "causes", ())
    return {x.kind for x in said}
