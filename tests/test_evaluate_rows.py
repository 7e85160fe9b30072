"""Rows, dated rows, facts, tables, bands and shares, in the evaluator."""

from __future__ import annotations

from datetime import date
from typing import Any

from small_laws import (
    START,
    F,
    add,
    ask,
    both,
    children,
    clause,
    cmp,
    enacted,
    entity,
    evaluation,
    fact,
    field,
    here,
    kinds_of,
    minus,
    mul,
    num,
    read,
    rule,
    section,
    small,
    year,
)

from capcode.dsl import ir
from capcode.dsl.types import ANY
from capcode.interpreter.facts import FactSet
from capcode.interpreter.results import Known, Open

# ---------------------------------------------------------------- rows

ENTITIES = [entity("company"), entity("plant", "company"), entity("line", "plant")]
FIELDS = [field("line.output"), field("line.on", None), field("plant.output"), field("company.name", None)]


def rows_of(*lines: str, closed: bool = True) -> FactSet:
    facts = FactSet(
        rows={"company": {"c": None}, "plant": {"p": "c", "q": "c"}, "line": {name: ("p" if name < "m" else "q") for name in lines}}
    )
    if closed:
        facts.lists |= {("plant", "c"), ("line", "p"), ("line", "q")}
    return facts


def lines(fn: str, where: Any = None) -> ir.Program:
    node = ir.Aggregate(fn, children("line", "plant"), fact("line.output"), where)
    up = ir.Aggregate(fn, children("line", "company"), fact("line.output"), where)
    return small([rule("x", [section(node)], "plant"), rule("of_company", [section(up)], "company")], ENTITIES, FIELDS)


def test_no_list_is_not_the_empty_list() -> None:
    assert kinds_of(ask(lines("sum"), "x", 2020, "p", rows_of("a", closed=False))) == {"needs_list"}
    assert ask(lines("sum"), "x", 2020, "p", rows_of()) == Known(F(0))
    assert kinds_of(ask(lines("mean"), "x", 2020, "p", rows_of())) == {"undefined"}


def test_rows_below_rows_need_every_list_between() -> None:
    facts = rows_of("a", "b", "z")
    facts.values.update({("line.output", name, year(2020)): F(n) for n, name in enumerate(("a", "b", "z"), 1)})

    assert ask(lines("sum"), "of_company", 2020, "c", facts) == Known(F(6))
    facts.lists.remove(("line", "q"))
    assert kinds_of(ask(lines("sum"), "of_company", 2020, "c", facts)) == {"needs_list"}


def test_a_row_that_a_condition_excludes_needs_no_fact() -> None:
    facts = rows_of("a", "b")
    facts.values.update({("line.output", "a", year(2020)): F(5), ("line.on", "a", None): True, ("line.on", "b", None): False})
    law = lines("sum", fact("line.on", kind=None))

    assert ask(law, "x", 2020, "p", facts) == Known(F(5))
    del facts.values[("line.on", "b", None)]
    assert kinds_of(ask(law, "x", 2020, "p", facts)) == {"needs"}


def test_a_population_needs_a_complete_roster() -> None:
    node = ir.Aggregate("sum", ir.Everyone("plant"), fact("plant.output"))
    law = small([rule("x", [section(node)])], ENTITIES, FIELDS)
    facts = rows_of()
    facts.values.update({("plant.output", p, year(2020)): F(2) for p in "pq"})

    assert kinds_of(ask(law, "x", 2020, None, facts)) == {"needs_roster"}
    facts.rosters.add("plant")
    assert ask(law, "x", 2020, None, facts) == Known(F(4))


def test_rows_that_law_lists_are_known_without_a_roster() -> None:
    law = small([rule("x", [section(ir.Count(ir.Everyone("state")))])], [entity("state", listed=("ny", "ct"))])

    assert ask(law, "x", 2020) == Known(F(2))


def test_holds_and_exists_over_rows() -> None:
    big = cmp(">", fact("line.output"), num(3))
    domain = children("line", "plant")

    def program(node: Any) -> ir.Program:
        return small([rule("x", [section(node)], "plant")], ENTITIES, FIELDS)

    facts = rows_of("a", "b", "c")
    facts.values.update({("line.output", "a", year(2020)): F(5), ("line.output", "b", year(2020)): F(1)})
    results = {q: ask(program(ir.Holds(domain, big, q, 1)), "x", 2020, "p", facts) for q in ("each", "any", "none", "at_least")}

    assert results == {"each": Known(False), "any": Known(True), "none": Known(False), "at_least": Known(True)}
    assert ask(program(ir.Exists(domain, big)), "x", 2020, "p", facts) == Known(True)
    assert ask(program(ir.Exists(domain, big, True)), "x", 2020, "p", facts) == Known(False)
    assert isinstance(ask(program(ir.Holds(domain, big, "at_least", 2)), "x", 2020, "p", facts), Open)


def test_picking_a_row() -> None:
    law_of = {
        which: small(
            [rule("x", [section(ir.FactRead("line.output", ir.Pick(which, children("line", "plant"), by, None), here()))], "plant")],
            ENTITIES,
            FIELDS,
        )
        for which, by in (("latest", fact("line.output")), ("earliest", fact("line.output")), ("only", None))
    }
    facts = rows_of("a", "b")
    facts.values.update({("line.output", "a", year(2020)): F(5), ("line.output", "b", year(2020)): F(1)})

    assert ask(law_of["latest"], "x", 2020, "p", facts) == Known(F(5))
    assert ask(law_of["earliest"], "x", 2020, "p", facts) == Known(F(1))
    assert kinds_of(ask(law_of["only"], "x", 2020, "p", facts)) == {"undefined"}
    facts.values["line.output", "b", year(2020)] = F(5)
    assert kinds_of(ask(law_of["latest"], "x", 2020, "p", facts)) == {"conflict"}
    assert kinds_of(ask(law_of["latest"], "x", 2020, "q", facts)) == {"undefined"}


def test_an_ancestors_fields_are_read_through_the_row() -> None:
    name = ir.FactRead("company.name", ir.Row("line", 2), None)
    law = small([rule("x", [section(name)], "line")], ENTITIES, FIELDS)
    facts = rows_of("a")
    facts.values["company.name", "c", None] = "works"

    assert ask(law, "x", 2020, "a", facts) == Known("works")


SALES = [entity("sale", start="held_on"), entity("bid", "sale")]


def sales(node: Any, days: dict[str, date], name: str = "x", **more: Any) -> tuple[ir.Program, FactSet]:
    law = small(
        [rule(name, [section(node)], "sale", None, timing=ir.ROW_DAY)], SALES, [field("sale.held_on", None), field("sale.volume", None)]
    )
    facts = FactSet(rows={"sale": dict.fromkeys(days)}, rosters={"sale"}, values={("sale.held_on", r, None): d for r, d in days.items()})
    facts.values.update({("sale.volume", r, None): F(i + 1) for i, r in enumerate(sorted(days))})
    return law, facts


DAYS = {"a": date(2020, 3, 1), "b": date(2020, 6, 1), "c": date(2020, 9, 1)}
VOLUME = ir.FactRead("sale.volume", ir.Row("sale"), None)


def test_dated_rows_are_read_in_the_order_of_time() -> None:
    law, facts = sales(ir.FactRead("sale.volume", ir.RowBack("sale", 1), None), DAYS)
    assert ask(law, "x", None, "c", facts) == Known(F(2))
    assert kinds_of(ask(law, "x", None, "a", facts)) == {"gap"}

    law, facts = sales(ir.Aggregate("sum", ir.EarlierRows("sale", 2), VOLUME), DAYS)
    assert ask(law, "x", None, "c", facts) == Known(F(3))
    assert kinds_of(ask(law, "x", None, "b", facts)) == {"gap"}

    law, facts = sales(ir.Aggregate("sum", ir.RowsBetween("sale", ir.StartOf(ir.This("year")), ir.RowBack("sale", 1)), VOLUME), DAYS)
    assert ask(law, "x", None, "c", facts) == Known(F(3))


def test_dated_rows_of_one_day_conflict_where_they_are_compared() -> None:
    law, facts = sales(ir.FactRead("sale.volume", ir.RowBack("sale", 1), None), {**DAYS, "d": date(2020, 6, 1)})

    assert kinds_of(ask(law, "x", None, "c", facts)) == {"conflict"}
    assert kinds_of(ask(law, "x", None, "b", facts)) == {"conflict"}


def test_a_rule_of_a_dated_row_has_no_value_outside_its_life() -> None:
    plants = [entity("plant", start="from", end="until")]
    fields = [field("plant.from", None), field("plant.until", None, has_default=True, default=ir.Absent("none")), field("plant.e")]
    law = small(
        [
            rule("x", [section(num(1))], "plant"),
            rule("bank", [section(num(9), start=None, initially=True), section(add(read("bank", "plant", ago=1), num(1)))], "plant"),
        ],
        plants,
        fields,
    )
    facts = FactSet(
        rows={"plant": {"p": None}}, values={("plant.from", "p", None): date(2020, 6, 1), ("plant.until", "p", None): date(2022, 6, 1)}
    )

    assert [ask(law, "x", y, "p", facts) for y in (2019, 2023)] == [Known(ir.Absent("not_applicable"))] * 2
    assert [ask(law, "x", y, "p", facts) for y in (2020, 2022)] == [Known(F(1))] * 2
    assert [ask(law, "bank", y, "p", facts) for y in (2019, 2020, 2021)] == [Known(F(9)), Known(F(10)), Known(F(11))]
    del facts.values["plant.until", "p", None]
    assert ask(law, "x", 2050, "p", facts) == Known(F(1))
    assert kinds_of(ask(law, "x", 2050, "p", FactSet(rows=facts.rows))) == {"needs"}


# ---------------------------------------------------------------- facts


def test_missing_facts_say_who_decides() -> None:
    fields = [field("a"), field("b", decided="minister"), field("c", chosen="plant"), field("d", has_default=True, default=F(3))]
    law = small([rule(n, [section(fact(n))]) for n in "abcd"], fields=fields)

    assert kinds_of(ask(law, "a", 2020)) == {"needs"}
    assert kinds_of(ask(law, "b", 2020)) == {"awaits"}
    assert kinds_of(ask(law, "c", 2020)) == {"may_choose"}
    assert ask(law, "d", 2020) == Known(F(3))
    assert kinds_of(ask(law, "a", 2020, None, FactSet(unknown={("a", None, year(2020)): "lost"}))) == {"unknown"}


def test_a_choice_made_too_late_is_the_missing_choice() -> None:
    late = field("menu", chosen="plant", chosen_by_day=ir.DayIn(30, 6, ir.This("year")), has_default=True, default="standard")
    law = small([rule("x", [section(fact("menu"))])], fields=[late])
    key = ("menu", None, year(2020))
    facts = FactSet(values={key: "stepwise"}, chosen_on={key: date(2020, 6, 30)})

    assert ask(law, "x", 2020, None, facts) == Known("stepwise")
    facts.chosen_on[key] = date(2020, 7, 1)
    assert ask(law, "x", 2020, None, facts) == Known("standard")


def test_a_given_value_replaces_the_rule_at_that_place_and_is_marked() -> None:
    law = small([rule("x", [section(num(1))]), rule("y", [section(add(read("x"), read("x", ago=1)))])])
    facts = FactSet(given={("x", None, year(2020)): F(10)})
    assumed = frozenset([ir.Mark("assumed", "x")])

    assert ask(law, "y", 2020, None, facts) == Known(F(11), assumed)
    assert ask(law, "x", 2019, None, facts) == Known(F(1))


def test_what_was_issued_is_recorded_and_never_computed() -> None:
    law = small(
        [
            rule("x", [section(num(1))]),
            rule("true_up", [section(minus(read("x", ago=2), ir.IssuedRead("x", None, ir.Shift(ir.This("year"), num(-2)))))]),
        ]
    )

    assert kinds_of(ask(law, "true_up", 2022)) == {"needs_issued"}
    assert ask(law, "true_up", 2022, None, FactSet(issued={("x", None, year(2020)): F(3)})) == Known(F(-2))


def test_a_rule_with_an_argument_has_one_value_for_each() -> None:
    demand = ir.Aggregate(
        "sum", children("bid", "sale"), fact("bid.volume", kind=None), cmp(">=", fact("bid.price", kind=None), ir.ArgumentRead())
    )
    law = small(
        [
            rule("demand", [section(demand)], "sale", None, timing=ir.ROW_DAY, argument=("p", ANY)),
            rule("top", [section(read("demand", "sale", None, argument=num(10)))], "sale", None, timing=ir.ROW_DAY),
        ],
        SALES,
        [field("bid.volume", None), field("bid.price", None), field("sale.held_on", None)],
    )
    facts = FactSet(
        rows={"sale": {"s": None}, "bid": {"x": "s", "y": "s"}},
        lists={("bid", "s")},
        values={("sale.held_on", "s", None): date(2020, 1, 1)},
    )
    facts.values.update({("bid.volume", b, None): F(v) for b, v in (("x", 60), ("y", 40))})
    facts.values.update({("bid.price", b, None): F(v) for b, v in (("x", 20), ("y", 10))})
    one = evaluation(law, facts)

    assert one.value("top", "s") == Known(F(100))
    assert one.value("demand", "s", None, F(15)) == Known(F(60))
    assert one.value("demand", "s", None, F(25)) == Known(F(0))


# ---------------------------------------------------------------- tables


def cell(value: Any, start: date | None = START, cites: str = "law", **more: Any) -> ir.Section:
    return section(law=ir.CellLaw({"value": value}), start=start, cites=cites, **more)


def table(
    entries: dict[tuple[Any, ...], tuple[ir.Section, ...]], keys: tuple[str, ...], kinds: tuple[str | None, ...], node: Any
) -> ir.Program:
    return small(
        [rule("x", [section(node)])],
        instruments=[enacted("law"), enacted("new", date(2020, 1, 1))],
        tables=[ir.Table("t", keys, kinds, {}, entries)],
    )


def test_a_row_of_a_table_is_law_with_its_own_dates() -> None:
    node = ir.Lookup("t", "value", (ir.Const("glass"),), ir.StartOf(here()))
    law = table({("glass",): (cell(num(1)), cell(num(2), date(2021, 1, 1), "new"))}, ("product",), (None,), node)

    assert [ask(law, "x", 2020), ask(law, "x", 2021)] == [Known(F(1)), Known(F(2))]
    assert ask(law, "x", 2021, as_at=date(2019, 12, 31)) == Known(F(1))


def test_an_absent_key_is_not_encoded_an_empty_cell_unknown_an_absent_year_a_gap() -> None:
    entries = {("glass", year(2020)): (cell(num(1)),), ("glass", year(2021)): (cell(ir.OpenValue("empty in t")),)}

    def law(product: str, stands: bool = False) -> ir.Program:
        node = ir.Lookup("t", "value", (ir.Const(product), here()), ir.StartOf(here()))
        rows = {k: tuple(cell(s.law.cells["value"], stands=stands) for s in v) for k, v in entries.items()}  # type: ignore[union-attr]
        return table(rows, ("product", "year"), (None, "year"), node)

    assert ask(law("glass"), "x", 2020) == Known(F(1))
    assert kinds_of(ask(law("steel"), "x", 2020)) == {"not_encoded"}
    assert kinds_of(ask(law("glass"), "x", 2021)) == {"unknown"}
    assert kinds_of(ask(law("glass"), "x", 2022)) == {"gap"}
    assert kinds_of(ask(law("glass", stands=True), "x", 2019)) == {"gap"}


def test_a_table_that_stands_carries_its_last_row() -> None:
    node = ir.Lookup("t", "value", (here(),), ir.StartOf(here()))
    law = table({(year(2020),): (cell(num(7), stands=True),)}, ("year",), ("year",), node)
    found = ask(law, "x", 2024)

    assert isinstance(found, Known) and found.value == 7
    assert {m.word for m in found.marks} == {"carried"}


# ---------------------------------------------------------------- bands, shares


def test_bands_say_which_end_belongs_to_them() -> None:
    rows = (
        ir.BandRow(None, False, num("0.5"), True, num(1)),
        ir.BandRow(num("0.5"), False, num("0.75"), True, num("0.75")),
        ir.BandRow(num("0.75"), False, num(1), False, num(0)),
    )
    law = small([rule("x", [section(ir.Bands(fact("r"), rows))])], fields=[field("r")])

    def band(value: str) -> Any:
        return ask(law, "x", 2020, None, FactSet(values={("r", None, year(2020)): F(value)}))

    assert [band(v) for v in ("0.5", "0.51", "0.75", "0.76")] == [Known(F(1)), Known(F("0.75")), Known(F("0.75")), Known(F(0))]
    assert kinds_of(band("1")) == {"undefined"}


def test_a_share_of_a_total_among_rows_and_what_it_leaves() -> None:
    node = ir.ShareOf(
        num(7_260_000),
        ir.Everyone("market"),
        ir.Row("market"),
        None,
        None,
        fact("market.offered"),
        None,
        None,
        "half_up",
        F(1),
        "to_largest",
    )
    law = small(
        [
            rule("part", [section(node)], "market"),
            rule("left", [section(ir.UndistributedRead("part", ir.Row("market"), here()))], "market"),
        ],
        [entity("market")],
        [field("market.offered")],
    )
    facts = FactSet(
        rows={"market": {"ca": None, "qc": None}},
        rosters={"market"},
        values={("market.offered", "ca", year(2016)): F(57_558_999), ("market.offered", "qc", year(2016)): F(10_116_952)},
    )

    assert ask(law, "part", 2016, "ca", facts) == Known(F(6_174_695))
    assert ask(law, "part", 2016, "qc", facts) == Known(F(1_085_305))
    assert ask(law, "left", 2016, "qc", facts) == Known(F(0))
    del facts.values["market.offered", "ca", year(2016)]
    assert kinds_of(ask(law, "part", 2016, "qc", facts)) == {"needs"}


def test_activity_bands_with_a_memory() -> None:
    """Example 7 of the European guidance: −17, −19, −21, −14 % give 575,190, 575,190, 547,470 and 693,000."""
    d, last = fact("d"), read("applied", ago=1)
    five = F(5, 100)
    outside = cmp(">", ir.Abs(d), num("0.15"))
    band = cmp("<", ir.Abs(minus(ir.Round(ir.Abs(d), "up", five), ir.Round(ir.Abs(last), "up", five))), num("0.01"))
    law = small(
        [
            rule(
                "applied",
                [
                    section(num(0), end=date(2021, 1, 1)),
                    section(
                        clause(num(0), ir.Not(outside)),
                        clause(last, both(outside, band)),
                        clause(d, both(outside, ir.Not(band))),
                        start=date(2021, 1, 1),
                    ),
                ],
            ),
            rule("allocation", [section(mul(num("0.693"), num(1_000_000), add(num(1), read("applied"))))]),
        ],
        fields=[field("d")],
    )
    changes = {2021: "-0.17", 2022: "-0.19", 2023: "-0.21", 2024: "-0.14"}
    facts = FactSet(values={("d", None, year(y)): F(v) for y, v in changes.items()})

    assert [ask(law, "allocation", y, None, facts) for y in changes] == [Known(F(v)) for v in (575_190, 575_190, 547_470, 693_000)]


def test_a_last_unit_by_lot_needs_the_draw_of_those_tied() -> None:
    node = ir.ShareOf(num(10), ir.Everyone("m"), ir.Row("m"), None, None, fact("m.w", kind=None), None, None, "down", F(1), "by_lot")
    left = ir.UndistributedRead("part", ir.Row("m"), here())
    law = small([rule("part", [section(node)], "m"), rule("left", [section(left)], "m")], [entity("m")], [field("m.w", None)])
    weights = {"a": 1, "b": 1, "c": 1, "d": 3}
    facts = FactSet(rows={"m": dict.fromkeys(weights)}, rosters={"m"}, values={("m.w", r, None): F(w) for r, w in weights.items()})
    one = evaluation(law, facts)

    assert kinds_of(one.value("part", "a", year(2020))) == {"needs_draw"}
    assert one.value("part", "d", year(2020)) == Known(F(5))
    assert one.value("left", "a", year(2020)) == Known(F(0))


def test_what_a_row_was_picked_by_marks_what_is_read_of_it() -> None:
    chosen = ir.Pick("only", children("line", "plant"), None, read("wanted", "line"))
    rules = [
        rule("wanted", [section(fact("line.on", kind=None), marks=("unchecked",))], "line"),
        rule("of_line", [section(fact("line.output"))], "line"),
        rule("x", [section(ir.FactRead("line.output", chosen, here()))], "plant"),
        rule("y", [section(ir.RuleRead("of_line", chosen, here()))], "plant"),
    ]
    facts = rows_of("a", "b")
    facts.values.update({("line.on", "a", None): True, ("line.on", "b", None): False, ("line.output", "a", year(2020)): F(3)})

    for name in ("x", "y"):
        found = ask(small(rules, ENTITIES, FIELDS), name, 2020, "p", facts)
        assert isinstance(found, Known) and found.value == 3
        assert {m.word for m in found.marks} == {"unchecked"}
