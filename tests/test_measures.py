"""Measures: decided, in force, ended, armed again; may and must; effects that stay; what is not known."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from small_laws import F, ask, cmp, either, enacted, entity, evaluation, field, kinds_of, month, mul, num, section, small, up_to

from capcode.dsl import ir
from capcode.dsl.types import ANY, Type
from capcode.interpreter.facts import FactSet
from capcode.interpreter.results import Error, Known, Open, below

PRICE = ir.FactRead("price", None, ir.Here("month"))
CHEAP = cmp("<", PRICE, num(10))
OR_NONE = Type(ANY.base, True)


def measure(
    condition: Any = CHEAP,
    *,
    name: str = "floor_set",
    modal: str = "must",
    start: date = date(2020, 1, 1),
    end: date | None = None,
    effects: Any = (),
    cites: str = "law",
    **more: Any,
) -> ir.Measure:
    own = ir.MeasureLaw(condition, "minister", modal, "act", tuple(effects), more.get("starts"), more.get("lasts"), more.get("ends"))
    return ir.Measure(name, (section(law=own, start=start, end=end, cites=cites),), None, "month", ir.EACH)


def effect_rule(name: str, of: str, type_: Type = ANY) -> ir.Rule:
    return ir.Rule(name, (), None, "month", ir.EACH, type=type_, effect_of=of)


def law(*measures: ir.Measure, rules: Any = (), **more: Any) -> ir.Program:
    return small(rules, fields=[field("price", "month"), field("flag", "month")], measures=measures, **more)


def prices(*values: int | None) -> FactSet:
    """By month from January 2020; None: not known."""
    return FactSet(values={("price", None, month(2020, i)): F(v) for i, v in enumerate(values, 1) if v is not None})


def states(program: ir.Program, facts: FactSet, months: int, name: str = "floor_set") -> list[Any]:
    """yes, no, or the kinds of reasons, for each month from January 2020."""
    one = evaluation(program, facts)
    results = [one.value(name, None, month(2020 + (m - 1) // 12, (m - 1) % 12 + 1)) for m in range(1, months + 1)]
    return [r.value if isinstance(r, Known) else kinds_of(r) for r in results]


def test_without_an_end_it_is_in_force_in_its_period_only() -> None:
    assert states(law(measure()), prices(20, 9, 20, 9, 9), 5) == [False, True, False, True, True]


def test_before_the_first_section_it_is_not_in_force() -> None:
    assert ask(law(measure()), "floor_set", month(2019, 12)) == Known(False)


def test_it_lasts_and_is_not_tested_meanwhile() -> None:
    program = law(measure(lasts=(3, "months")))

    assert states(program, prices(20, 9, 20, 9, 20, 20, 9), 7) == [False, True, True, True, False, False, True]


def test_it_ends_with_the_first_later_period_in_which_its_end_is_met() -> None:
    program = law(measure(ends=cmp(">", PRICE, num(15))))

    assert states(program, prices(9, 12, 16, 9, 16, 20), 6) == [True, True, True, True, True, False]


def test_it_starts_later_and_nothing_is_decided_in_between() -> None:
    later = ir.StartOf(ir.Shift(ir.This("month"), num(2)))
    program = law(measure(starts=later, lasts=(1, "months")))

    assert states(program, prices(9, 9, 20, 20, 9, 20, 20), 7) == [False, False, True, False, False, False, True]


def test_may_waits_for_the_authority() -> None:
    program = law(measure(modal="may", lasts=(2, "months")))
    assert states(program, prices(20, 9, 20, 20), 4) == [False, {"awaits"}, {"awaits"}, False]

    acting = prices(20, 9, 20, 20)
    acting.acts[("floor_set", None, month(2020, 2))] = True
    assert states(program, acting, 4) == [False, True, True, False]
    found = ask(program, "floor_set", month(2020, 2), None, acting)
    assert isinstance(found, Known) and {m.word for m in found.marks} == {"may"}

    declining = prices(20, 9, 20, 20)
    declining.acts[("floor_set", None, month(2020, 2))] = False
    assert states(program, declining, 4) == [False] * 4

    needless = prices(20, 20)
    needless.acts[("floor_set", None, month(2020, 2))] = True
    assert states(program, needless, 2) == [False, False]


def test_an_open_condition_leaves_it_open_until_it_must_have_ended() -> None:
    program = law(measure(lasts=(2, "months")))

    assert states(program, prices(20, None, 20, 20, 9), 5) == [False, {"needs"}, {"needs"}, False, True]
    assert states(program, prices(20, None, 9, 20, 20), 5) == [False, {"needs"}, {"needs"}, {"needs"}, False]
    forever = law(measure(ends=cmp(">", PRICE, num(15))))
    assert states(forever, prices(12, None, 12, 16, 12), 5) == [False, {"needs"}, {"needs"}, {"needs"}, False]


def test_repeal_of_its_text_ends_it() -> None:
    instruments = [enacted("law"), enacted("end", date(2020, 3, 1), repeals=(("law", date(2020, 4, 1)),))]
    program = law(measure(lasts=(9, "months")), instruments=instruments)

    assert states(program, prices(9, 9, 9, 9, 9), 5) == [True, True, True, False, False]


def test_the_end_of_a_section_does_not_end_what_was_decided_under_it() -> None:
    program = law(measure(lasts=(4, "months"), end=date(2020, 3, 1)))

    assert states(program, prices(20, 9, 9, 9, 9, 9, 9), 7) == [False, True, True, True, True, False, False]


def test_an_error_in_its_condition_is_an_error() -> None:
    assert states(law(measure(cmp("<", ir.Div(num(1), num(0)), num(1)))), prices(9), 1) == [{"undefined"}]


# ---------------------------------------------------------------- effects


def test_an_effect_is_fixed_on_the_day_of_decision_and_zero_outside() -> None:
    effect = ir.EffectLaw("floor", mul(num("0.9"), PRICE), up_to("up"))
    program = law(measure(lasts=(3, "months"), effects=[effect]), rules=[effect_rule("floor", "floor_set")])

    assert states(program, prices(20, 9, 20, 8, 20), 5, "floor") == [0, 9, 9, 9, 0]


def test_an_effect_that_may_be_absent_is_not_applicable_outside() -> None:
    effect = ir.EffectLaw("floor", PRICE, None)
    program = law(measure(effects=[effect]), rules=[effect_rule("floor", "floor_set", OR_NONE)])

    assert states(program, prices(20, 9), 2, "floor") == [ir.Absent("not_applicable"), 9]


def test_the_end_may_read_the_effect() -> None:
    effect = ir.EffectLaw("floor", PRICE, None)
    ends = cmp(">=", PRICE, mul(num(2), ir.RuleRead("floor", None, ir.Here("month"))))
    program = law(measure(lasts=(12, "months"), ends=ends, effects=[effect]), rules=[effect_rule("floor", "floor_set")])

    assert states(program, prices(9, 12, 18, 20), 4) == [True, True, True, False]
    assert states(program, prices(9, 12, 18, 20), 4, "floor") == [9, 9, 9, 0]


def test_effects_of_one_name_add_up_or_conflict() -> None:
    one = measure(name="one", effects=[ir.EffectLaw("released", num(3), None)])
    two = measure(name="two", effects=[ir.EffectLaw("released", num(4), None)])

    assert states(law(one, two, rules=[effect_rule("released", "one")]), prices(20, 9), 2, "released") == [0, 7]
    assert states(law(one, two, rules=[effect_rule("released", "one", OR_NONE)]), prices(9), 1, "released") == [{"conflict"}]


def test_an_effect_that_an_authority_sets() -> None:
    effect = ir.EffectLaw("released", ir.SetBy("minister", None, num(5), None), None)
    program = law(measure(lasts=(2, "months"), effects=[effect]), rules=[effect_rule("released", "floor_set")])
    facts = prices(9, 20, 20)

    assert states(program, facts, 3, "released") == [{"awaits"}, {"awaits"}, 0]
    facts.figures[("released", None, month(2020, 1))] = F(4)
    assert states(program, facts, 3, "released") == [4, 4, 0]


# ---------------------------------------------------------------- memory


def test_it_may_read_its_own_past_and_not_its_present() -> None:
    rested = ir.Holds(ir.Window("month", "last", 2), ir.RuleRead("floor_set", None, ir.This("month")), "none")
    program = law(measure(ir.And((CHEAP, rested))))
    assert states(program, prices(9, 9, 9, 9, 9), 5) == [True, False, False, True, False]

    own = law(measure(either(CHEAP, ir.RuleRead("floor_set", None, ir.Here("month")))))
    assert states(own, prices(20), 1) == [{"undefined"}]


def test_a_measure_of_dated_rows_runs_through_the_rows() -> None:
    volume = ir.FactRead("sale.volume", ir.Row("sale"), None)
    last = ir.RuleRead("released", ir.RowBack("sale", 1), None)
    first = ir.Equal(volume, num(5))
    own = ir.MeasureLaw(either(first, ir.And((cmp(">", volume, num(5)), last))), "minister", "must", "act", (), None, None, None)
    one = ir.Measure("released", (section(law=own),), "sale", None, ir.ROW_DAY)
    program = small(
        entities=[entity("sale", start="held_on")], fields=[field("sale.held_on", None), field("sale.volume", None)], measures=[one]
    )
    rows = {"a": (date(2020, 1, 1), 5), "b": (date(2020, 3, 1), 7), "c": (date(2020, 5, 1), 1), "d": (date(2020, 7, 1), 9)}
    facts = FactSet(rows={"sale": dict.fromkeys(rows)}, rosters={"sale"})
    facts.values.update(
        {("sale.held_on", r, None): d for r, (d, _) in rows.items()} | {("sale.volume", r, None): F(v) for r, (_, v) in rows.items()}
    )

    one_evaluation = evaluation(program, facts)
    assert [one_evaluation.value("released", r) for r in "dabc"] == [Known(False), Known(True), Known(True), Known(False)]


# ---------------------------------------------------------------- properties

some_prices = st.lists(st.sampled_from([9, 12, 16, None]), min_size=1, max_size=9)
shapes = st.fixed_dictionaries(
    {
        "modal": st.sampled_from(["must", "may"]),
        "lasts": st.sampled_from([None, (1, "months"), (3, "months")]),
        "ends": st.sampled_from([None, cmp(">", PRICE, num(15))]),
        "starts": st.sampled_from([None, ir.StartOf(ir.Next("month"))]),
    }
)


@given(some_prices, shapes, st.data())
def test_more_knowledge_takes_none_away(values: list[int | None], shape: dict[str, Any], data: st.DataObject) -> None:
    program = law(measure(**shape, effects=[ir.EffectLaw("floor", PRICE, None)]), rules=[effect_rule("floor", "floor_set")])
    fuller = [data.draw(st.sampled_from([9, 12, 16, None])) if v is None else v for v in values]
    less, more = prices(*values), prices(*fuller)
    for i in range(1, len(values) + 1):
        acts = data.draw(st.sampled_from([None, True, False]))
        if acts is not None:
            more.acts[("floor_set", None, month(2020, i))] = acts
            if data.draw(st.booleans()):
                less.acts[("floor_set", None, month(2020, i))] = acts

    before, after = evaluation(program, less), evaluation(program, more)
    for i in range(1, len(values) + 1):
        for name in ("floor_set", "floor"):
            assert below(before.value(name, None, month(2020, i)), after.value(name, None, month(2020, i)))


@given(some_prices, shapes)
def test_an_effect_is_constant_while_in_force_and_stages_do_not_depend_on_who_asks_first(
    values: list[int | None], shape: dict[str, Any]
) -> None:
    shape = {**shape, "modal": "must"}
    program = law(measure(**shape, effects=[ir.EffectLaw("floor", PRICE, None)]), rules=[effect_rule("floor", "floor_set")])
    facts = prices(*[v or 12 for v in values])
    forward, backward = evaluation(program, facts), evaluation(program, facts)
    months = [month(2020, i) for i in range(1, len(values) + 1)]
    found = [(forward.value("floor_set", None, m), forward.value("floor", None, m)) for m in months]
    again = [(backward.value("floor_set", None, m), backward.value("floor", None, m)) for m in reversed(months)][::-1]

    assert found == again
    assert not any(isinstance(r, Open | Error) for pair in found for r in pair)
    for (was, first), (is_, second), price in zip(found, found[1:], values[1:], strict=False):
        assert isinstance(was, Known) and isinstance(is_, Known)
        if was.value and is_.value and price == 16:
            assert first == second  # nothing is decided at 16, so this is the same decision
    assert all(value == Known(F(0)) for state, value in found if state == Known(False))
