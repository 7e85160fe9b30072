"""Derivations and why-not: what is said, that it is what the trace recorded, and that long chains are no problem."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from small_laws import (
    F,
    add,
    besides,
    both,
    children,
    clause,
    cmp,
    either,
    enacted,
    entity,
    evaluation,
    fact,
    field,
    month,
    mul,
    num,
    read,
    rule,
    section,
    small,
    up_to,
    year,
)
from test_accounts import account, flow
from test_measures import CHEAP, law, measure, prices

from capcode.dsl import find, ir
from capcode.interpreter.cases import facts_of
from capcode.interpreter.evaluate import Evaluation
from capcode.interpreter.explain import Derivation, derivation, derivation_json, explain, show_derivation
from capcode.interpreter.facts import FactSet
from capcode.interpreter.frames import Key
from capcode.interpreter.law import law_view
from capcode.interpreter.results import Known
from capcode.interpreter.why_not import Core, why_not


def explained(program: ir.Program, name: str, at: Any = None, row: str | None = None, facts: FactSet | None = None) -> Derivation:
    known = facts or FactSet()
    return derivation(program, evaluation(program, known).law, known, name, row, year(at) if isinstance(at, int) else at)


def text(program: ir.Program, name: str, at: Any = None, row: str | None = None, facts: FactSet | None = None) -> str:
    return show_derivation(explained(program, name, at, row, facts))


def core(node: Any, facts: FactSet | None = None, fields: Any = (), **more: Any) -> Core:
    program = small([rule("x", [section(node)], more.get("entity"))], more.get("entities", ()), fields)
    one = evaluation(program, facts, trace=True)
    key = Key("x", more.get("row"), year(2020))
    assert one.read(key) == Known(False)
    found = why_not(program, one.trace, key)
    assert found is not None
    return found


def leaves(one: Core) -> list[Core]:
    return [one] if not one.parts else [leaf for part in one.parts for leaf in leaves(part)]


E = [field("e"), field("f"), field("p"), field("q"), field("r")]


def given(**values: Any) -> FactSet:
    return FactSet(values={(n, None, year(2020)): v if isinstance(v, bool) else F(v) for n, v in values.items()})


# ---------------------------------------------------------------- derivations


def test_a_derivation_names_articles_conditions_inputs_and_roundings() -> None:
    factor = rule("factor", [section(num("0.5"), article="Art 7")])
    exception = besides("Art 10b(4)", num(3), fact("p"), because="district heating")
    made = section(mul(fact("e"), read("factor")), article="Art 9", exceptions=[exception])
    program = small([factor, rule("x", [made], rounding=up_to("down"))], fields=E)
    facts = given(e="9.5", p=False)
    facts.sources["e", None, year(2020)] = "facts.yaml:3"
    said = text(program, "x", 2020, None, facts)

    assert said.splitlines() == [
        "x in 2020 = 4",
        "  by law, Art 9",
        "  Art 10b(4): when factread is no",
        "  otherwise: gives mul",
        "  rounded down to 1: 4.75 becomes 4",
        "  p in 2020 = no",
        "    a fact",
        "  e in 2020 = 9.5",
        "    facts.yaml:3",
        "  factor in 2020 = 0.5",
        "    by law, Art 7",
        "    gives const",
    ]


def test_what_is_read_twice_is_explained_once() -> None:
    program = small([rule("a", [section(num(2))]), rule("b", [section(read("a"))]), rule("x", [section(add(read("a"), read("b")))])])
    lines = text(program, "x", 2020).splitlines()

    assert sum(line.strip().startswith("a in 2020 = 2") for line in lines) == 2
    assert sum("(see above)" in line for line in lines) == 1


def test_every_other_text_is_named_with_why_it_does_not_govern() -> None:
    sections = [section(num(1), cites="old"), section(num(2), cites="new"), section(num(3), cites="plan", start=date(2030, 1, 1))]
    plan = enacted("plan", date(2030, 1, 1))
    program = small([rule("x", sections)], instruments=[enacted("old"), enacted("new", date(2010, 1, 1)), plan])
    said = text(program, "x", 2020)

    assert "  by new, Art 1" in said.splitlines()
    assert any("not old Art 1: outranked by new" in line for line in said.splitlines())
    assert any("not plan Art 1: starts on 2030-01-01" in line for line in said.splitlines())


def test_rows_counted_and_excluded_are_named() -> None:
    node = ir.Aggregate("sum", children("line", "plant"), fact("line.n", kind=None), fact("line.t", kind=None))
    program = small(
        [rule("x", [section(node)], "plant")], [entity("plant"), entity("line", "plant")], [field("line.n", None), field("line.t", None)]
    )
    facts = FactSet(rows={"plant": {"w": None}, "line": {"a": "w", "b": "w"}}, lists={("line", "w")})
    facts.values = {("line.n", "a", None): F(1), ("line.t", "a", None): True, ("line.t", "b", None): False}

    assert "  counted 1: a; excluded 1: b" in text(program, "x", 2020, "w", facts).splitlines()


def test_a_share_shows_its_rounds_and_an_account_its_movements() -> None:
    node = ir.ShareOf(num(10), ir.Everyone("m"), ir.Row("m"), None, None, num(1), None, None, "down", F(1), "to_largest")
    program = small([rule("part", [section(node)], "m")], [entity("m")], accounts=[account("bank", flow("enters", date(2020, 1, 2), 5))])
    facts = FactSet(rows={"m": dict.fromkeys("abc")}, rosters={"m"})

    assert "  round 1: 10 among 3; 1 to place after rounding" in text(program, "part", 2020, "a", facts).splitlines()
    assert "  shares: a 4, b 3, c 3; undistributed 0" in text(program, "part", 2020, "a", facts).splitlines()
    assert "  2020-01-02 bank: enters 5 EUA of 2020" in text(program, "bank", date(2020, 2, 1)).splitlines()


def test_open_errors_and_absent_answers_are_said() -> None:
    none = ir.Const(ir.Absent("not_permitted", "the law forbids it"))
    program = small([rule("x", [section(fact("e"))]), rule("y", [section(ir.Div(num(1), num(0)))]), rule("z", [section(none)])], fields=E)

    assert text(program, "x", 2020).startswith("x in 2020 = open: needs e in 2020")
    assert text(program, "y", 2020).startswith("y in 2020 = error: undefined: a division by zero")
    assert text(program, "z", 2020).startswith("z in 2020 = not permitted (the law forbids it)")
    assert text(program, "e", 2020, None, given(e=4)).splitlines()[0] == "e in 2020 = 4"
    assert text(program, "nothing", 2020).startswith("nothing in 2020 = error")


def test_a_chain_of_hundreds_of_years_is_explained_without_recursion() -> None:
    first = section(num(0), start=date(1900, 1, 1), end=date(1901, 1, 1))
    program = small([rule("n", [first, section(add(read("n", kind="month", ago=1), num(1)), start=date(1901, 1, 1))], kind="month")])
    top = explained(program, "n", month(1950, 1))

    assert len(show_derivation(top).splitlines()) > 49 * 12
    records = derivation_json(top)["figures"]
    assert len(records) == 49 * 12 + 2
    assert records[0]["reads"] == [1] and records[-1]["reads"] == []


def test_replaying_what_was_recorded_gives_the_same_result() -> None:
    """Facts that the trace did not read can be taken away."""
    program = small([rule("x", [section(clause(fact("e"), fact("p")), clause(fact("f")))])], fields=E)
    facts = given(e=1, f=2, p=True, q=True)
    one = evaluation(program, facts, trace=True)
    before = one.value("x", None, year(2020))
    read_facts = {(i.key.name, i.key.row, i.key.at) for i in explained(program, "x", 2020, None, facts).inputs}
    facts.values = {k: v for k, v in facts.values.items() if k in read_facts}

    assert read_facts == {("e", None, year(2020)), ("p", None, year(2020))}
    assert evaluation(program, facts).value("x", None, year(2020)) == before


# ---------------------------------------------------------------- why not


def test_and_gives_the_operands_that_are_no_and_or_gives_all() -> None:
    facts = given(p=True, q=False, r=False)
    assert [leaf.text for leaf in leaves(core(both(fact("p"), fact("q"), fact("r")), facts, E))] == ["q in 2020 is no", "r in 2020 is no"]
    assert len(leaves(core(either(fact("q"), both(fact("p"), fact("r"))), facts, E))) == 2


def test_not_turns_the_core_around() -> None:
    found = core(ir.Not(either(fact("p"), fact("q"))), given(p=True, q=False), E)

    assert [leaf.text for leaf in leaves(found)] == ["p in 2020 is yes"]
    assert leaves(found)[0].wanted is False


def test_a_comparison_gives_the_distance_and_whether_equality_would_do() -> None:
    more = leaves(core(cmp(">", fact("e"), num(10)), given(e="7.5"), E))[0]
    assert (more.distance, more.ratio, more.at_equality) == (F("2.5"), F(1, 4), False)

    least = leaves(core(cmp(">=", fact("e"), num(10)), given(e=8), E))[0]
    assert (least.distance, least.at_equality) == (F(2), True)

    negated = leaves(core(ir.Not(cmp(">=", fact("e"), num(10))), given(e=12), E))[0]
    assert (negated.distance, negated.at_equality) == (F(2), False)

    zero = leaves(core(cmp(">", fact("e"), num(0)), given(e=0), E))[0]
    assert (zero.distance, zero.ratio) == (F(0), None)


def test_moving_a_lone_atom_by_its_distance_flips_it() -> None:
    for op in (">", ">=", "<", "<="):
        for value in (F(7), F(13)):
            facts = given(e=value)
            program = small([rule("x", [section(cmp(op, fact("e"), num(10)))])], fields=E)
            if evaluation(program, facts).value("x", None, year(2020)) == Known(True):
                continue
            atom = leaves(core(cmp(op, fact("e"), num(10)), facts, E))[0]
            assert atom.distance is not None
            step = F(0) if atom.at_equality else F(1, 1000)
            moved = value + (atom.distance + step) * (1 if op.startswith(">") else -1)
            assert evaluation(program, given(e=moved)).value("x", None, year(2020)) == Known(True)
            short = value + (atom.distance - F(1, 1000)) * (1 if op.startswith(">") else -1)
            assert evaluation(program, given(e=short)).value("x", None, year(2020)) == Known(False)


def test_an_equality_gives_the_value_wanted() -> None:
    found = leaves(core(ir.Equal(fact("e"), num(3)), given(e=4), E))[0]
    assert found.sort == "equality" and found.text.endswith("4, where 3 is wanted")

    other = leaves(core(ir.Equal(fact("e"), num(4), True), given(e=4), E))[0]
    assert other.text.endswith("4, where anything but 4 is wanted")


def test_an_open_operand_says_why() -> None:
    found = core(both(fact("p"), fact("q")), given(p=False), E)
    assert [leaf.text for leaf in leaves(found)] == ["p in 2020 is no", "q in 2020: open: needs q in 2020"]


def test_rows_give_the_nearest_or_those_that_fail() -> None:
    entities, fields = [entity("plant"), entity("line", "plant")], [field("line.n", None)]
    facts = FactSet(rows={"plant": {"w": None}, "line": dict.fromkeys("abc", "w")}, lists={("line", "w")})
    facts.values = {("line.n", r, None): F(v) for r, v in (("a", 1), ("b", 8), ("c", 5))}
    big = cmp(">", fact("line.n", kind=None), num(10))
    some = cmp(">", fact("line.n", kind=None), num(4))

    nearest = core(ir.Exists(children("line", "plant"), big), facts, fields, entities=entities, entity="plant", row="w")
    assert [leaf.distance for leaf in leaves(nearest)] == [F(2)]
    assert nearest.parts[0].text == "3 of 3 rows are no"
    failing = core(ir.Holds(children("line", "plant"), some, "each"), facts, fields, entities=entities, entity="plant", row="w")
    assert [leaf.text.partition(":")[0] for leaf in leaves(failing)] == ["a"]


def test_the_core_goes_through_rules_and_written_answers() -> None:
    program = small(
        [
            rule("small_one", [section(cmp("<", fact("e"), num(5)))]),
            rule("x", [section(clause(ir.Const(False), ir.Not(read("small_one"))), clause(ir.Const(True)))]),
        ],
        fields=E,
    )
    found = explained(program, "x", 2020, None, given(e=7)).core

    assert found is not None
    assert [leaf.distance for leaf in leaves(found)] == [F(2)]
    assert "  why not: x in 2020 is no" in text(program, "x", 2020, None, given(e=7)).splitlines()


def test_a_measure_not_met_tells_by_how_much() -> None:
    facts = prices(20, 14)
    program = law(measure(CHEAP))
    found = explained(program, "floor_set", month(2020, 2), None, facts).core

    assert found is not None and found.sort == "measure"
    assert [leaf.distance for leaf in leaves(found)] == [F(4)]


def test_a_duty_shows_what_was_taken() -> None:
    from test_duties import CREDITS_FIRST, duty, emitted
    from test_duties import law as duty_law

    lines = text(duty_law(duty(order=CREDITS_FIRST)), "surrender", 2020, None, emitted(60)).splitlines()

    assert lines[0] == "surrender in 2020 = yes"
    assert "  50 CER of 2018 from credits, counting 50" in lines
    assert "  10 EUA of 2019 from allowances, counting 10" in lines
    assert "  emissions in 2020 = 60" in lines


def test_nothing_that_a_user_names_can_reach_the_terminal_as_a_command() -> None:
    program = small([rule("x", [section(clause(ir.OpenValue("\x1b[31mred\u202e")))])])

    assert "\x1b" not in text(program, "x", 2020)
    assert "\u202e" not in text(program, "x", 2020)


@pytest.mark.parametrize("scheme", ["eu", "korea", "australia"])
def test_what_is_explained_up_to_so_many_characters_begins_as_the_whole(scheme: str) -> None:
    """Of the longest derivations that the written cases of a scheme have."""
    program = find.check_named(scheme, ()).program
    assert program is not None
    found = []
    for case in program.cases[::5]:
        facts, _ = facts_of(program, case)
        one = Evaluation(program, law_view(program, case.view), facts, trace=True)
        keys = [one.key(e.name, e.row, e.at) for e in case.expected if e.name in program.rules and e.part is None]
        found += [(show_derivation(explain(one, key, one.read(key))), one, key) for key in keys if isinstance(key, Key)]
    longest = sorted(found, key=lambda told: -len(told[0]))[:12]

    assert len(longest[0][0]) > 3_000
    for whole, one, key in longest:
        for most in (0, 300, 1_000, 3_000):
            cut = show_derivation(explain(one, key, one.read(key), most))
            assert cut[:most] == whole[:most]
            assert len(cut) <= len(whole)
    assert any(len(show_derivation(explain(one, key, one.read(key), 300))) < len(whole) for whole, one, key in longest)
