"""A small program made without any rule text, for the tests of facts: every sort of field, list, unit and section."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from capcode.dsl import ir
from capcode.dsl.calendar import Calendar, Days, Kind, Listed, Months, Runs, Years
from capcode.dsl.types import (
    DATE,
    RATIO_TYPE,
    YES_NO,
    Base,
    KeyType,
    NameType,
    PeriodType,
    QuantityType,
    RowType,
    SetType,
    Type,
)  # fmt: skip
from capcode.dsl.units import BUILTIN, RATIO, Unit, base, multiply

MASS = QuantityType(base("mass"), "tCO2e")
PRICE = QuantityType(multiply(base("EUR"), base("demo.EUA"), -1), "EUR per EUA")
MADE = QuantityType(base("out:line.variable"), "product")
INTENSITY = QuantityType(multiply(base("mass"), base("out:line.variable"), -1), "tCO2e per product")


def _calendar() -> Calendar:
    kinds: dict[str, Kind] = {
        "day": Days(), "month": Months(), "quarter": Months("quarter", 3), "year": Years("year", 4, 1),
    }  # fmt: skip
    kinds["calendar_year"] = Years("calendar_year", 1, 1, "first")
    kinds["control_period"] = Runs("control_period", 3, kinds["year"], 2009)
    kinds["phase"] = Listed("phase", (date(2015, 4, 1), date(2018, 4, 1), date(2021, 4, 1)), ("phase_1", "phase_2"))
    return Calendar(kinds, {n + "s": n for n in kinds}, {n: n for n in kinds})


def field(entity: str | None, name: str, base_: Base, kind: str | None = None, **more: object) -> ir.Field:
    or_none = bool(more.pop("or_none", False))
    key = f"{entity}.{name}" if entity else name
    return ir.Field(key, name, entity, Type(base_, or_none), kind, label=f"The {name}", **more)  # type: ignore[arg-type]


def _rule(name: str, type_: Type, entity: str | None = None, kind: str | None = None, timing: str = ir.CONSTANT, **more: object) -> ir.Rule:
    sections = more.pop("sections", ())
    return ir.Rule(name, sections, entity, kind, timing, type=type_, **more)  # type: ignore[arg-type]


def program() -> ir.Program:
    """The scheme `demo`: mines with lines and permits below them, firms, states that the law lists."""
    units = dict(BUILTIN)
    units["EUA"] = Unit("EUA", base("demo.EUA"), covers=Fraction(1), vintage="year")
    units["bid_count"] = Unit("bid_count", base("demo.bid_count"))
    units["short_ton"] = Unit("short_ton", base("mass"), Fraction("0.90718474"))
    fields = [
        field(None, "price", PRICE, "month"),
        field(None, "index", QuantityType(RATIO, "ratio"), "year"),
        field(None, "cap", MASS),
        field("mine", "kind", NameType(("existing", "new"))),
        field("mine", "gases", SetType(("co2", "ch4", "n2o"))),
        field("mine", "emissions", MASS, "year", low=Fraction(0), high=Fraction(10**7), step=Fraction(1, 1000)),
        field("mine", "opened", DATE.base, low=date(1950, 1, 1)),
        field("mine", "closed", DATE.base, or_none=True),
        field("mine", "exposed", YES_NO.base, "phase"),
        field("mine", "first_period", PeriodType("control_period")),
        field("mine", "option", NameType(("ex_ante", "ex_post")), "year", chosen="mine"),
        field("mine", "owner", RowType("firm"), or_none=True),
        field("mine", "short", QuantityType(base("mass"), "short_ton", Fraction("0.90718474"))),
        field("line", "variable", KeyType("variables")),
        field("line", "made", MADE, "year", unit_path="line.variable", low=Fraction(0)),
        field("line", "intensity", INTENSITY, unit_path="line.variable"),
        field("permit", "size", RATIO_TYPE.base, "quarter"),
        field("state", "part", YES_NO.base, "calendar_year"),
    ]
    entities = {
        "mine": ir.Entity("mine", "mines", None, None, None, ("kind",), label="A mine"),
        "line": ir.Entity("line", "production_lines", "mine", None, None, ("variable", "made")),
        "permit": ir.Entity("permit", "permits", "line", None, None, ("size",)),
        "firm": ir.Entity("firm", "firms", None, None, None, ()),
        "state": ir.Entity("state", "states", None, None, None, ("part",), listed=("CT", "DE", "ME")),
    }
    table = ir.Table(
        "variables", ("variable",), (None,), {}, {("ore",): (), ("steam",): (), ("pieces",): (), ("bricks",): ()},
        units={"ore": BUILTIN["t"], "steam": BUILTIN["GJ"], "bricks": Unit("brick", base("count:brick"))},
    )  # fmt: skip
    setting = ir.Section((), ir.RuleLaw((ir.Clause(ir.SetBy("minister", None, None, None), None),)))
    rules = {
        "price_cap": _rule("price_cap", Type(PRICE), kind="year", timing=ir.EACH, sections=(setting,)),
        "free_share": _rule("free_share", Type(RATIO_TYPE.base, True), "mine", "year", ir.EACH),
        "floor": _rule("floor", Type(PRICE), timing=ir.DATED_VALUE),
        "demand": _rule("demand", Type(MASS), argument=("at_price", Type(PRICE))),
        "total": _rule("total", Type(MASS)),
    }
    measures = {"release": ir.Measure("release", (), None, "month", ir.EACH)}
    duties = {"surrender": ir.Duty("surrender", (), "mine", "year", ir.EACH, type=Type(MASS))}
    holding = Type(QuantityType(base("demo.EUA"), "EUA"))
    accounts = {
        "holdings": ir.Account("holdings", (), "mine", "year", ir.EACH, unit="EUA", type=holding),
        "reserve": ir.Account("reserve", (), None, "year", ir.EACH, unit="EUA", type=holding),
    }
    return ir.Program(
        "demo", "A scheme for tests", {}, "EUR", _calendar(), units, {"minister": "Minister"}, {}, entities,
        {f.key: f for f in fields}, {"variables": table}, rules, measures, duties, accounts, {}, (),
    )  # fmt: skip
