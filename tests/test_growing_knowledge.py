"""Laws of the semantics on random small programs: adding facts never takes knowledge away, and what follows from it.

The numbers are those of section 16: growing knowledge (1, 2), order of text (3), quantifiers (14), ordered and
unordered clauses (15), marks (16), partitions of rows (24), and the reference auction (23).
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from small_laws import (
    F,
    add,
    besides,
    both,
    children,
    clause,
    cmp,
    either,
    entity,
    evaluation,
    fact,
    field,
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
from capcode.interpreter.results import Error, Known, Open, Result, below

NUMBERS, TRUTHS = ("a", "b", "c"), ("p", "q", "r")
LINE_FIELDS = ("line.n", "line.t")
FIELDS = [field(n, None) for n in (*NUMBERS, *TRUTHS, "plant.n", *LINE_FIELDS)]
ENTITIES = [entity("plant"), entity("line", "plant")]
LINES = children("line", "plant")


class Writer:
    """Writes random rules of a plant; every subexpression that is a choice becomes a rule of its own."""

    def __init__(self, choose: random.Random) -> None:
        self.choose, self.rules = choose, list[ir.Rule]()

    def number(self, depth: int, lines: bool = False) -> Any:
        pick = self.choose
        if depth == 0:
            leaves = [num(pick.randint(-3, 3)), fact(pick.choice(NUMBERS), kind=None), fact("plant.n", kind=None)]
            return pick.choice([*leaves, fact("line.n", kind=None)] if lines else leaves)
        a, b = self.number(depth - 1, lines), self.number(depth - 1, lines)
        forms = [add(a, b), minus(a, b), mul(a, b), ir.Div(a, b), ir.Greatest((a, b)), ir.Least((a, b)), ir.Abs(a), a]
        forms.append(ir.Round(a, pick.choice(["down", "half_up", "half_even", "half_away"]), F(1)))
        forms.append(ir.Interpolate(a, ((F(-1), F(0)), (F(2), F(5)))))
        forms.append(ir.Bands(a, (ir.BandRow(None, False, num(0), True, b), ir.BandRow(num(0), False, num(9), True, num(1)))))
        if not lines:
            where = pick.choice([None, self.truth(depth - 1, True)])
            inner = self.number(depth - 1, True)
            forms.append(ir.Aggregate(pick.choice(["sum", "mean", "median", "highest", "lowest"]), LINES, inner, where))
            forms.append(ir.Count(LINES, where))
            forms.append(ir.Aggregate("mean", LINES, inner, where, weight=self.number(0, True)))
            forms += [self.chosen(depth)] * 4
        return pick.choice(forms)

    def truth(self, depth: int, lines: bool = False) -> Any:
        pick = self.choose
        if depth == 0:
            leaves = [fact(pick.choice(TRUTHS), kind=None)]
            return pick.choice([*leaves, fact("line.t", kind=None)] if lines else leaves)
        a, b = self.truth(depth - 1, lines), self.truth(depth - 1, lines)
        x, y = self.number(depth - 1, lines), self.number(depth - 1, lines)
        forms = [both(a, b), either(a, b), ir.Not(a), a, cmp(pick.choice([">", "<="]), x, y), ir.Equal(x, y)]
        if not lines:
            inner = self.truth(depth - 1, True)
            forms.append(ir.Holds(LINES, inner, pick.choice(["each", "any", "none", "at_least"]), 2))
            forms.append(ir.Exists(LINES, inner, pick.random() < 0.5))
        return pick.choice(forms)

    def law(self, depth: int) -> dict[str, Any]:
        """The parts of a random section."""
        pick = self.choose
        clauses = [clause(self.number(depth - 1), self.truth(depth - 1)) for _ in range(pick.randint(0, 2))]
        if pick.random() < 0.8 or not clauses:
            clauses.append(clause(self.number(depth - 1)))
        exceptions = [
            besides(f"e{i}", self.number(depth - 1), self.truth(depth - 1), [f"e{i - 1}"] if i and pick.random() < 0.5 else [])
            for i in range(pick.randint(0, 2))
        ]
        return {"clauses": clauses, "exceptions": exceptions, "ordered": pick.random() < 0.3}

    def chosen(self, depth: int) -> ir.RuleRead:
        parts = self.law(depth)
        name = f"r{len(self.rules)}"
        self.rules.append(rule(name, [section(*parts["clauses"], exceptions=parts["exceptions"], ordered=parts["ordered"])], "plant"))
        return read(name, "plant")

    def program(self) -> ir.Program:
        top = self.chosen(3)
        return small([*self.rules, rule("top", [section(top)], "plant")], ENTITIES, FIELDS)


Fact = tuple[str, str | None, None]
ALL_FACTS: list[Fact] = [
    *((n, None, None) for n in (*NUMBERS, *TRUTHS)),
    ("plant.n", "w", None),
    *((f, line, None) for f in LINE_FIELDS for line in ("x", "y", "z")),
]
programs = st.randoms(use_true_random=False).map(lambda r: Writer(r).program())


@st.composite
def worlds(draw: st.DrawFn) -> dict[Fact, Any]:
    return {key: draw(st.integers(-3, 3)) if key[0][-1] in "abcn" else draw(st.booleans()) for key in ALL_FACTS}


def known_facts(values: Mapping[Fact, Any], closed: bool) -> FactSet:
    facts = FactSet(rows={"plant": {"w": None}, "line": dict.fromkeys("xyz", "w")})
    facts.values = {key: value if isinstance(value, bool) else F(value) for key, value in values.items()}
    if closed:
        facts.lists.add(("line", "w"))
    return facts


def top_of(program: ir.Program, facts: FactSet) -> Result:
    return evaluation(program, facts).value("top", "w", year(2020))


@given(programs, worlds(), st.permutations([*ALL_FACTS, None]))
def test_adding_facts_one_by_one_only_adds_knowledge(program: ir.Program, world: dict[Fact, Any], order: list[Fact | None]) -> None:
    """None stands for closing the list. With everything given nothing is open."""
    values: dict[Fact, Any] = {}
    closed = False
    before = top_of(program, known_facts(values, closed))
    for key in order:
        if key is None:
            closed = True
        else:
            values[key] = world[key]
        after = top_of(program, known_facts(values, closed))
        assert below(before, after), (before, after)
        before = after

    assert not isinstance(before, Open)


@given(programs, worlds(), st.data())
def test_the_order_of_clauses_facts_and_rows_changes_nothing(program: ir.Program, world: dict[Fact, Any], data: st.DataObject) -> None:
    some = {k: v for k, v in world.items() if data.draw(st.booleans())}
    mixed = {k: some[k] for k in data.draw(st.permutations(sorted(some, key=str)))}
    shuffled = replace(program, rules={name: _shuffled(one, data) for name, one in program.rules.items()})

    assert top_of(program, known_facts(some, True)) == top_of(shuffled, known_facts(mixed, True))


def _shuffled(one: ir.Rule, data: st.DataObject) -> ir.Rule:
    law = one.sections[0].law
    assert isinstance(law, ir.RuleLaw)
    if not law.ordered:
        law = replace(law, clauses=tuple(data.draw(st.permutations(law.clauses))))
    law = replace(law, exceptions=tuple(data.draw(st.permutations(law.exceptions))))
    return replace(one, sections=(replace(one.sections[0], law=law),))


@given(programs, worlds(), st.data())
def test_tracing_changes_nothing_and_results_do_not_depend_on_who_asks_first(
    program: ir.Program, world: dict[Fact, Any], data: st.DataObject
) -> None:
    facts = known_facts({k: v for k, v in world.items() if data.draw(st.booleans())}, True)
    plain, traced = evaluation(program, facts), evaluation(program, facts, trace=True)
    names = data.draw(st.permutations(sorted(program.rules)))
    found = {name: plain.value(name, "w", year(2020)) for name in names}

    assert {name: traced.value(name, "w", year(2020)) for name in sorted(names)} == found
    assert all(record.result == plain.read(key) for key, record in traced.trace.records.items())


@given(programs, worlds(), st.integers(0, 2))
def test_a_result_bears_the_mark_of_what_it_rests_on(program: ir.Program, world: dict[Fact, Any], which: int) -> None:
    """A marked rule: where the mark is absent from a known result, any other value of that rule gives the same result."""
    name = f"r{min(which, len(program.rules) - 2)}"
    facts = known_facts(world, True)
    values = []
    for given_value in (F(-7), F(0), F(1), F(11)):
        facts.given = {(name, "w", year(2020)): given_value}
        values.append(top_of(program, facts))
    unmarked = [v for v in values if isinstance(v, Known) and not v.marks]

    if unmarked:
        assert all(v == unmarked[0] for v in values)


@given(worlds(), st.data())
def test_quantifiers_mirror_each_other(world: dict[Fact, Any], data: st.DataObject) -> None:
    condition = Writer(data.draw(st.randoms(use_true_random=False))).truth(2, True)
    nodes = {
        "each": ir.Holds(LINES, condition, "each"),
        "not any not": ir.Not(ir.Holds(LINES, ir.Not(condition), "any")),
        "none": ir.Holds(LINES, condition, "none"),
        "not any": ir.Not(ir.Holds(LINES, condition, "any")),
        "there is": ir.Exists(LINES, condition),
        "at least 1": ir.Holds(LINES, condition, "at_least", 1),
    }
    law = small([rule(n, [section(node)], "plant") for n, node in nodes.items()], ENTITIES, FIELDS)
    one = evaluation(law, known_facts({k: v for k, v in world.items() if data.draw(st.booleans())}, True))

    def value(name: str) -> tuple[type, Any]:
        found = one.value(name, "w", year(2020))
        return type(found), found.value if isinstance(found, Known) else None

    assert value("each") == value("not any not")
    assert value("none") == value("not any")
    assert value("there is") == value("at least 1")


@given(worlds(), st.data())
def test_a_sum_is_the_sum_of_its_parts_and_the_mean_times_the_count(world: dict[Fact, Any], data: st.DataObject) -> None:
    writer = Writer(data.draw(st.randoms(use_true_random=False)))
    body, where = writer.number(1, True), writer.truth(1, True)

    def of(fn: str, condition: Any = None) -> Any:
        return ir.Aggregate(fn, LINES, body, condition)

    names = {
        "all": of("sum"),
        "in": of("sum", where),
        "out": of("sum", ir.Not(where)),
        "mean": of("mean"),
        "count": ir.Count(LINES),
        "low": of("lowest"),
        "mid": of("median"),
        "high": of("highest"),
    }
    law = small([rule(n, [section(node)], "plant") for n, node in names.items()], ENTITIES, FIELDS)
    one = evaluation(law, known_facts(world, True))
    found = {n: one.value(n, "w", year(2020)) for n in names}
    if any(isinstance(v, Error) for v in found.values()):
        return
    got: dict[str, Any] = {n: v.value for n, v in found.items() if isinstance(v, Known)}

    assert got["in"] + got["out"] == got["all"] == got["mean"] * got["count"]
    assert got["low"] <= got["mid"] <= got["high"] and got["low"] <= got["mean"] <= got["high"]


@given(worlds(), st.data())
def test_in_this_order_means_nothing_where_conditions_exclude_one_another(world: dict[Fact, Any], data: st.DataObject) -> None:
    writer = Writer(data.draw(st.randoms(use_true_random=False)))
    c, x, y = writer.truth(1), writer.number(1), writer.number(1)
    clauses = [clause(x, c), clause(y, ir.Not(c))]
    ruled = [
        rule("ordered", [section(*clauses, ordered=True)], "plant"),
        rule("unordered", [section(*clauses)], "plant"),
        rule("excepted", [section(y, exceptions=[besides("e", x, c)])], "plant"),
    ]
    one = evaluation(small(ruled, ENTITIES, FIELDS), known_facts(world, True))

    found = [one.value(name, "w", year(2020)) for name in ("ordered", "unordered", "excepted")]
    assert all(below(f, found[0]) and below(found[0], f) for f in found)  # an error says in which rule it arose


# ---------------------------------------------------------------- the reference auction


def auction() -> ir.Program:
    """Clearing price p*: the highest of the bid prices from the floor on, the triggers and the floor with demand enough."""
    price, volume = fact("bid.price", kind=None), fact("bid.volume", kind=None)
    trigger, released = fact("tier.trigger", kind=None), fact("tier.volume", kind=None)
    floor, base = fact("sale.floor", kind=None), fact("sale.base", kind=None)
    bids, tiers, p = children("bid", "sale"), children("tier", "sale"), ir.ArgumentRead()

    def at(name: str, where: Any) -> ir.RuleRead:
        return ir.RuleRead(name, ir.Row("sale"), None, where)

    def supply(name: str, op: str) -> ir.Rule:
        extra = ir.Aggregate("sum", tiers, released, cmp(op, trigger, p))
        return rule(name, [section(clause(add(base, extra), cmp(op, floor, p)), clause(extra))], "sale", None, argument=("p", ANY))

    enough_bid = both(cmp(">=", price, floor), cmp(">=", at("demand", price), at("below", price)))
    enough_tier = cmp(">=", at("demand", trigger), at("below", trigger))
    best = [
        rule(n, [section(clause(ir.Aggregate("highest", d, x, c), ir.Exists(d, c)), clause(floor))], "sale", None)
        for n, d, x, c in (("best_bid", bids, price, enough_bid), ("best_tier", tiers, trigger, enough_tier))
    ]
    one = [
        rule("demand", [section(ir.Aggregate("sum", bids, volume, cmp(">=", price, p)))], "sale", None, argument=("p", ANY)),
        supply("below", "<"),
        supply("up_to", "<="),
        *best,
        rule("price", [section(ir.Greatest((floor, read("best_bid", "sale", None), read("best_tier", "sale", None))))], "sale", None),
        rule(
            "sold", [section(ir.Least((at("demand", read("price", "sale", None)), at("up_to", read("price", "sale", None)))))], "sale", None
        ),
    ]
    fields = [field(f, None) for f in ("bid.price", "bid.volume", "tier.trigger", "tier.volume", "sale.floor", "sale.base")]
    always = [replace(r, sections=tuple(replace(s, start=None, always=True) for s in r.sections)) for r in one]
    return small(always, [entity("sale"), entity("bid", "sale"), entity("tier", "sale")], fields)


AUCTION = auction()
Pairs = list[tuple[Any, Any]]


def cleared(bids: Pairs, tiers: Pairs, floor: Any, base: Any) -> tuple[Any, Any]:
    """The price and what is sold."""
    facts = FactSet(rows={"sale": {"s": None}, "bid": {}, "tier": {}}, lists={("bid", "s"), ("tier", "s")})
    facts.values = {("sale.floor", "s", None): F(floor), ("sale.base", "s", None): F(base)}
    for kind, pairs, names in (("bid", bids, ("price", "volume")), ("tier", tiers, ("trigger", "volume"))):
        for i, pair in enumerate(pairs):
            facts.rows[kind][f"{kind}{i}"] = "s"
            facts.values.update({(f"{kind}.{name}", f"{kind}{i}", None): F(value) for name, value in zip(names, pair, strict=True)})
    one = evaluation(AUCTION, facts)
    price, sold = one.value("price", "s"), one.value("sold", "s")
    assert isinstance(price, Known) and isinstance(sold, Known), (price, sold)
    assert isinstance(price.value, F) and isinstance(sold.value, F)
    return price.value, sold.value


def test_auctions_with_a_reserve() -> None:
    tier = [("15.92", 50)]

    assert cleared([(20, 60), (10, 60)], tier, "2.56", 100) == (10, 100)
    assert cleared([(20, 90), (16, 30)], tier, "2.56", 100) == (F("15.92"), 120)
    assert cleared([(20, 90), (16, 90)], tier, "2.56", 100) == (16, 150)
    assert cleared([(20, 30), (1, 90)], tier, "2.56", 100) == (F("2.56"), 30)
    assert cleared([(20, 100), (10, 10)], tier, "2.56", 100) == (F("15.92"), 100)


pairs = st.lists(st.tuples(st.integers(1, 12), st.integers(1, 9)), min_size=1, max_size=5)
some_tiers = st.lists(st.tuples(st.integers(5, 10), st.integers(1, 9)), max_size=2)


@given(pairs, some_tiers, st.integers(1, 4), st.integers(0, 15), st.data())
def test_auctions_in_general(bids: Pairs, tiers: Pairs, floor: int, base: int, data: st.DataObject) -> None:
    price, sold = cleared(bids, tiers, floor, base)
    demand = sum(v for p, v in bids if p >= price)
    which = data.draw(st.integers(0, len(bids) - 1))
    raised = [(p + 2 if i == which else p, v) for i, (p, v) in enumerate(bids)]

    assert price >= floor
    assert sold <= demand and sold <= base + sum(v for _, v in tiers)
    assert cleared(bids, tiers, floor, base + 3)[0] <= price
    assert cleared(raised, tiers, floor, base)[0] >= price
    assert sold <= base + sum(v for t, v in tiers if t <= price)
