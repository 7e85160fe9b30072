"""Overlap and gap of conditions, with an input that shows it; and the bound on cost."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from small_law import MASS, SHARE, YES, enacted, fact, names, number, other, program, rule, section, seen

from capcode.dsl import ir
from capcode.dsl.calendar import Period
from capcode.dsl.conditions import check_conditions
from capcode.dsl.cost import check_cost, steps
from capcode.dsl.diagnostics import Diagnostic
from capcode.dsl.limits import LIMITS
from capcode.dsl.types import DATE, Type

LOAD, KIND, OLD, BIG = (ir.FactRead(n, None, None) for n in ("load", "kind", "old", "big"))
FIELDS = [
    fact("load", SHARE, low=Fraction(0), high=Fraction(2)), fact("kind", names("gas", "coal", "oil")), fact("old", YES), fact("big", YES),
    fact("opened", DATE), fact("count", MASS, low=Fraction(0), step=Fraction(1)), fact("floor", Type(MASS.base, True)),
    fact("x", MASS, kind="year"), fact("y", MASS, kind="year"),
]  # fmt: skip


def above(left: ir.Expr, right: str | int, op: str = ">=") -> ir.Expr:
    return ir.Compare(op, left, number(right))


def below(left: ir.Expr, right: str | int) -> ir.Expr:
    return above(left, right, "<")


def is_(name: str) -> ir.Expr:
    return ir.Equal(KIND, ir.Const(name))


def law(*plain: tuple[int | ir.Body, ir.Expr | None], exceptions: tuple[ir.Exception_, ...] = (), **more: Any) -> ir.RuleLaw:
    clauses = tuple(ir.Clause(number(b) if isinstance(b, int) else b, c) for b, c in plain)
    return ir.RuleLaw(clauses, exceptions, **more)


def found(body: ir.RuleLaw, **more: Any) -> list[Diagnostic]:
    made = rule("r", section("z", body, "2000"))
    inner = rule("inner", section("z", 1, "2000"))
    laws = [enacted("z", "2000"), other("p", "proposed")]
    return check_conditions(program(laws, [made, inner], FIELDS), made, made.sections, **more)


def codes(*plain: tuple[int | ir.Body, ir.Expr | None], **more: Any) -> list[str]:
    return [d.code for d in found(law(*plain, **more))]


def title(*plain: tuple[int | ir.Body, ir.Expr | None], **more: Any) -> str:
    [only] = found(law(*plain, **more))
    return only.title


def test_thresholds_that_meet() -> None:
    assert codes((1, below(LOAD, "0.5")), (2, above(LOAD, "0.5"))) == []


def test_a_hole_between_thresholds_names_the_input() -> None:
    assert title((1, below(LOAD, "0.5")), (2, above(LOAD, "0.8"))) == "no clause applies for load = 50%"
    assert title((1, above(LOAD, "0.5", "<=")), (2, above(LOAD, "0.8"))) == "no clause applies for load = 65%"
    assert codes((1, below(LOAD, "0.5")), (2, above(LOAD, "0.8")), (3, None)) == []


def test_an_overlap_names_both_articles_and_the_input() -> None:
    text = title((1, above(LOAD, "0.5", "<=")), (2, above(LOAD, "0.5")))
    assert text.startswith("two clauses apply for load = 50%") and 'z "Art 1"' in text
    assert codes((1, above(LOAD, "0.5", "<=")), (1, above(LOAD, "0.5"))) == []
    assert codes((ir.OpenValue("?"), above(LOAD, "0.5", "<=")), (1, above(LOAD, "0.5"))) == []
    assert codes((1, above(LOAD, "0.5", "<=")), (2, above(LOAD, "0.5")), ordered=True) == []


def test_names_and_yes_no() -> None:
    assert title((1, is_("gas")), (2, is_("coal"))) == "no clause applies for kind = oil"
    assert codes((1, is_("gas")), (2, ir.OneOf(KIND, frozenset({"coal", "oil"})))) == []
    assert codes((1, OLD), (2, ir.Not(OLD))) == []
    assert "old = yes, big = yes" in title((1, OLD), (2, BIG), (3, None))
    assert codes((1, ir.And((OLD, BIG))), (2, ir.Or((ir.Not(OLD), ir.Not(BIG))))) == []
    assert codes((1, ir.And((is_("gas"), above(LOAD, "0.5")))), (2, ir.Not(ir.And((is_("gas"), above(LOAD, "0.5")))))) == []


def test_a_declared_range_and_step_limit_the_cases() -> None:
    assert codes((1, below(LOAD, "1")), (2, ir.And((above(LOAD, "1"), above(LOAD, "2", "<="))))) == []
    count = ir.FactRead("count", None, None)
    assert codes((1, ir.Equal(count, number(0))), (2, above(count, 1))) == []
    assert codes((1, above(count, "0.5", "<=")), (2, above(count, "0.5"))) == []
    assert codes((1, ir.Equal(LOAD, number(0))), (2, above(LOAD, 1))) == ["C051"]


def test_dates_are_counted_in_days() -> None:
    opened = ir.FactRead("opened", None, None)
    last, first = ir.Const(date(2020, 12, 31)), ir.Const(date(2021, 1, 1))
    assert codes((1, ir.Compare("<=", opened, last)), (2, ir.Compare(">=", opened, first))) == []
    assert title((1, ir.Compare("<", opened, last)), (2, ir.Compare(">=", opened, first))) == "no clause applies for opened = 2020-12-31"
    period = ir.Compare("<", ir.Here("year"), ir.Const(Period("year", 2020)))
    assert codes((1, period), (2, ir.Compare(">=", ir.Here("year"), ir.Const(Period("year", 2020))))) == []


def test_one_linear_expression_in_several_variables() -> None:
    x, y = (ir.FactRead(n, None, ir.Here("year")) for n in "xy")

    def difference(op: str, scale: int) -> ir.Expr:
        return ir.Compare(op, ir.Add(((Fraction(scale), x), (Fraction(-2 * scale), y))), number(10 * scale))

    assert codes((1, difference("<", 1)), (2, difference(">=", 3))) == []
    assert codes((1, difference("<", 1)), (2, difference("<", -3))) == ["C051"]
    assert codes((1, difference("<=", 1)), (2, difference("<=", -3))) == ["C053"]


def test_absent_answers_are_their_own_case() -> None:
    floor = ir.FactRead("floor", None, None)
    guarded = ir.And((ir.Present(floor), above(floor, 5)))
    assert codes((1, guarded), (2, ir.And((ir.Present(floor), below(floor, 5)))), (3, ir.Present(floor, True))) == []
    # unguarded, an absent answer makes the condition undefined: that is another error than a gap
    assert codes((1, above(floor, 5)), (2, below(floor, 5))) == []
    assert "floor = none" in title((1, guarded), (2, ir.And((ir.Present(floor), below(floor, 5)))))


def test_defines_are_looked_into() -> None:
    defines = (("half", above(LOAD, "0.5")), ("not_half", ir.Not(ir.DefineRead("half"))))
    assert codes((1, ir.DefineRead("half")), (2, ir.DefineRead("not_half")), defines=defines) == []


def test_defines_that_double_the_work_are_given_up() -> None:
    defines = (("d0", OLD), *((f"d{i}", ir.And((ir.DefineRead(f"d{i - 1}"), ir.DefineRead(f"d{i - 1}")))) for i in range(1, 60)))
    assert codes((1, ir.DefineRead("d59")), (2, BIG), defines=defines) == []
    circular = (("a", ir.DefineRead("b")), ("b", ir.DefineRead("a")), ("c", ir.DefineRead("c")))
    assert codes((1, ir.DefineRead("a")), (2, ir.DefineRead("c")), defines=circular) == []


INNER = ir.RuleRead("inner", None, ir.Here("year"))


def test_computed_values_beside_others_are_not_decided() -> None:
    assert codes((1, above(INNER, 5)), (2, OLD), (3, None)) == []
    assert {d.code for d in found(law((1, above(INNER, 5)), (2, OLD)), possible=True)} == {"C052", "C054"}
    # alone they are, between the constants
    assert codes((1, above(INNER, 5)), (2, above(INNER, 3, "<="))) == ["C051"]
    assert codes((1, above(INNER, 0, ">"))) == ["C051"]  # nothing for 0
    assert codes((1, above(INNER, 0, ">")), (2, ir.Equal(INNER, number(0)))) == []  # below 0 is not claimed


def test_the_same_fact_of_two_years_is_not_free() -> None:
    last = ir.FactRead("x", None, ir.Shift(ir.This("year"), number(-1)))
    now = ir.FactRead("x", None, ir.Here("year"))
    assert codes((1, above(now, 5)), (2, above(last, 5)), (3, None)) == []


def test_more_than_twelve_atoms_are_not_decided() -> None:
    def clauses(n: int) -> list[tuple[int, ir.Expr | None]]:
        return [(i, ir.Equal(LOAD, number(i))) for i in range(n)]

    assert codes(*clauses(12)) == ["C051"]
    assert codes(*clauses(13)) == []
    assert [d.code for d in found(law(*clauses(13)), possible=True)] == ["C052", "C054"]


def an_exception(article: str, value: int, when: ir.Expr, **more: Any) -> ir.Exception_:
    return ir.Exception_(article, number(value), when, **more)


def test_exceptions_need_an_order_where_two_apply() -> None:
    a, b = an_exception("Art 2", 5, OLD), an_exception("Art 3", 6, BIG)
    assert title((1, None), exceptions=(a, b)) == 'two exceptions apply for old = yes, big = yes: "Art 2" and "Art 3"'
    assert codes((1, None), exceptions=(a, an_exception("Art 3", 6, BIG, over=("Art 2",)))) == []
    assert codes((1, None), exceptions=(a, an_exception("Art 3", 6, BIG, over_all=True))) == []
    assert codes((1, None), exceptions=(a, an_exception("Art 3", 5, BIG))) == []
    assert codes((1, None), exceptions=(a, an_exception("Art 3", 6, ir.Not(OLD)))) == []
    two = an_exception("Art 2", 5, OLD, over_all=True), an_exception("Art 3", 6, BIG, over_all=True)
    assert codes((1, None), exceptions=two) == ["C055"]
    c = an_exception("Art 4", 7, is_("gas"), over=("Art 3",))
    assert codes((1, None), exceptions=(a, an_exception("Art 3", 6, BIG, over=("Art 2",)), c)) == []


def test_exceptions_fill_gaps_and_part_clauses() -> None:
    assert codes((1, OLD), exceptions=(an_exception("Art 2", 5, ir.Not(OLD)),)) == []
    assert codes((1, OLD), (2, BIG), (3, None), exceptions=(an_exception("Art 2", 5, ir.And((OLD, BIG))),)) == []


def test_an_exception_outside_the_view_does_not_count() -> None:
    made = rule("r", section("z", law((1, None), exceptions=(
        an_exception("Art 2", 5, OLD), an_exception("Art 3", 6, BIG, citation=ir.Citation("p", "Art 3")),
    )), "2000"))  # fmt: skip
    p = program([enacted("z", "2000"), other("p", "proposed")], [made], FIELDS)
    assert check_conditions(p, made, made.sections, seen(p)) == []
    assert [d.code for d in check_conditions(p, made, made.sections, seen(p, None, "p"))] == ["C055"]


# ---- against plain evaluation

ATOM = st.one_of(
    st.sampled_from([OLD, BIG]),
    st.sampled_from(["gas", "coal", "oil"]).map(is_),
    st.builds(lambda op, c: ir.Compare(op, LOAD, number(c)), st.sampled_from([">", ">=", "<", "<="]), st.integers(0, 2)),
)
CONDITION = st.recursive(ATOM, lambda inner: st.one_of(
    st.lists(inner, min_size=2, max_size=3).map(lambda xs: ir.And(tuple(xs))),
    st.lists(inner, min_size=2, max_size=3).map(lambda xs: ir.Or(tuple(xs))), inner.map(ir.Not),
), max_leaves=4)  # fmt: skip


def holds(expr: ir.Expr, at: dict[str, object]) -> bool:
    match expr:
        case ir.FactRead(name=name):
            return bool(at[name])
        case ir.Equal(right=ir.Const(value=value)):
            return at["kind"] == value
        case ir.Compare(op=op, right=ir.Const(value=Fraction() as value)):
            load = at["load"]
            assert isinstance(load, Fraction)
            return {">": load > value, ">=": load >= value, "<": load < value, "<=": load <= value}[op]
        case ir.And(operands=operands):
            return all(holds(o, at) for o in operands)
        case ir.Or(operands=operands):
            return any(holds(o, at) for o in operands)
        case ir.Not(operand=operand):
            return not holds(operand, at)
    raise AssertionError(expr)


INPUTS: list[dict[str, object]] = [
    {"load": Fraction(n, 4), "kind": k, "old": o, "big": b}
    for n in range(9) for k in ("gas", "coal", "oil") for o in (True, False) for b in (True, False)
]  # fmt: skip


@given(st.lists(CONDITION, min_size=1, max_size=3), st.booleans())
def test_what_is_found_is_what_happens(conditions: list[ir.Expr], general: bool) -> None:
    plain: list[tuple[int | ir.Body, ir.Expr | None]] = [*enumerate(conditions)]
    got = set(codes(*plain, *([(99, None)] if general else [])))
    counts = {sum(holds(c, at) for c in conditions) for at in INPUTS}
    assert ("C051" in got) == (not general and 0 in counts)
    assert ("C053" in got) == (max(counts) > 1)


# ---- cost


def test_nesting_of_relations() -> None:
    def nested(depth: int) -> ir.Expr:
        body: ir.Expr = number(1)
        for i in range(depth):
            body = ir.Aggregate("sum", ir.Everyone(f"e{i}"), body)
        return body

    def of(body: ir.Expr) -> list[str]:
        made = rule("r", section("z", law((body, None)), "2000"))
        return [d.code for d in check_cost(program([enacted("z", "2000")], [made]))]

    assert of(nested(LIMITS.relation_nesting)) == []
    assert of(nested(LIMITS.relation_nesting + 1)) == ["K051"]
    wide = ir.Aggregate("sum", ir.Window("day", "last", LIMITS.window_periods + 1), number(1))
    assert of(wide) == ["K052"]
    year = ir.Window("day", "inside", 0, ir.This("year"))
    assert of(ir.Aggregate("sum", year, ir.Aggregate("sum", year, number(1)))) == []
    assert of(ir.Aggregate("sum", year, ir.Aggregate("sum", year, ir.Aggregate("sum", year, number(1))))) == ["K053"]
    assert of(ir.Add(tuple((Fraction(1), number(1)) for _ in range(LIMITS.rule_nodes + 1)))) == ["K054"]


def test_rows_multiply_where_they_are_known() -> None:
    made = rule("r", section("z", law((ir.Aggregate("sum", ir.Everyone("plant"), number(1)), None)), "2000"))
    p = program([enacted("z", "2000")], [made])
    assert steps(p, made, {"plant": 100}) - steps(p, made, {"plant": 10}) == 90
