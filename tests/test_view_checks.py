"""What the checker says of one view."""

from __future__ import annotations

from fractions import Fraction

from small_law import by_state, enacted, number, other, program, rule, says, section, seen

from capcode.dsl import ir
from capcode.dsl.diagnostics import Diagnostic, render
from capcode.dsl.view_checks import check_view


def found(law: ir.Program, *chosen: str) -> list[Diagnostic]:
    return check_view(law, ir.View("small", None, frozenset(chosen)))


def codes(instruments: list[ir.Instrument], *definitions: ir.Definition, chosen: tuple[str, ...] = ()) -> list[str]:
    return [d.code for d in found(program(instruments, definitions), *chosen)]


A, B = enacted("a", "2018"), enacted("b", "2023")


def test_good_law_is_quiet() -> None:
    assert codes([A, B], rule("x", section("a", 1, "2018"), section("b", 2, "2023"), section("b", 3, "2028"))) == []


def test_unordered_instruments_are_found_even_under_a_stronger_one() -> None:
    laws = [enacted("a", "2020"), enacted("b", "2020"), enacted("c", "2021")]
    sections = [section("a", 1, "2020"), section("b", 2, "2022", "2024"), section("c", 3, "2020")]
    [only] = found(program(laws, [rule("x", *sections)]))
    assert only.code == "V020" and '2022-01-01' in only.why and "amends a" in only.next
    assert codes(laws, rule("x", *(section(n, i, "2020") for i, n in enumerate("ac")))) == []
    p, q = other("p", "proposed"), other("q", "proposed")
    both = rule("x", section("p", 1, "2020"), section("q", 2, "2020"))
    assert codes([p, q], both, chosen=("p",)) == []
    assert codes([p, q], both, chosen=("p", "q")) == ["V020"]
    s, t = other("s", "assumed"), other("t", "assumed")
    assumed = rule("x", section("s", 1, "2020"), section("t", 2, "2020"))
    assert codes([s, t], assumed, chosen=("s", "t")) == ["V020"]
    lawful = rule("x", *assumed.sections, section("a", 2, "2018"))
    assert codes([A, s, t], lawful, chosen=("s", "t")) == []


def test_a_boundary_inside_a_period_offers_four_repairs() -> None:
    [only] = found(program([A], [rule("x", section("a", 1, "2018-07-01"))]))
    assert only.code == "V021"
    for repair in ("2019", "as a reading", "`dated by`", "without `each year`"):
        assert repair in only.next
    assert codes([A], rule("x", section("a", 1, "2018", "2020-07-01"))) == ["V021"]
    assert codes([A], rule("x", section("a", 1, "2018-07-01"), kind="month")) == []
    assert codes([A], rule("x", section("a", 1, "2018-07-01"), kind=None)) == []
    assert codes([A], rule("day", section("a", 1, "2018")), rule("x", section("a", 1, "2018-07-01"), dated_by="day")) == []


def test_from_is_wanted_where_there_is_no_day_to_take() -> None:
    assert codes([enacted("m", "2018-03-05")], rule("x", section("m", 1))) == ["V022"]
    assert codes([enacted("m", "2018-03-05")], rule("x", section("m", 1), kind="day")) == []
    assert codes([A], rule("x", section("a", 1))) == []
    assert codes([other("p", "proposed")], rule("x", section("p", 1))) == ["V022"]
    states = by_state("s", {"ny": ("2021", None), "va": ("2021-05-01", None)})
    assert codes([states], rule("x", section("s", 1))) == ["V022"]


def test_articles_that_cannot_be_one_section() -> None:
    two = rule("x", section("a", 1, "2018", article="Art 1"), section("a", 2, "2018", article="Art 2"))
    [only] = found(program([A], [two]))
    assert only.code == "V023" and "general clause" in only.title and 'a "Art 1"' in render(only)
    assert codes([A], rule("x", section("a", 1, "2018", "2019"), section("a", 2, "2019"))) == []


def test_a_value_at_a_date_that_changes_inside_a_readers_period() -> None:
    floor = rule("floor", section("a", 1, "2018"), section("b", 2, "2023-12-01"), kind=None)

    def reader(at: ir.Expr, start: str, end: str | None = None) -> ir.Rule:
        return rule("reader", section("a", says(ir.RuleRead("floor", None, at)), start, end))

    bare, said = ir.StartOf(ir.Here("year")), ir.StartOf(ir.This("year"))
    assert codes([A, B], floor, reader(bare, "2018")) == ["V024"]
    assert codes([A, B], floor, reader(said, "2018")) == []
    assert codes([A, B], floor, reader(bare, "2018", "2023")) == []
    assert codes([A, B], floor, reader(bare, "2024")) == []
    later = reader(bare, "2018").sections[0]
    over = rule("reader", later, section("b", 3, "2023"))
    assert codes([A, B], floor, over) == []
    kept = rule("reader", later, section("b", says(ir.Mul((number(2), ir.AsBefore()))), "2023"))
    assert codes([A, B], floor, kept) == ["V024"]
    monthly = rule("reader", section("a", says(ir.RuleRead("floor", None, ir.StartOf(ir.Here("month")))), "2018"), kind="month")
    assert codes([A, B], floor, monthly) == []


def test_an_open_span_over_later_steps_is_a_warning() -> None:
    laws = program([A, B], [rule("x", section("a", 1, "2021"), section("a", 2, "2026"), section("b", 9, "2024"))])
    [only] = found(laws)
    assert only.code == "V025" and only.severity == "warning" and "2026-01-01" in only.title
    assert codes([A, B], rule("x", section("a", 1, "2021"), section("a", 2, "2026"), section("b", 9, "2024", "2028"))) == []


def test_a_restatement_that_drops_an_exception_is_a_warning() -> None:
    when = ir.FactRead("big", None, None)
    old = section("a", ir.RuleLaw((ir.Clause(number(1), None),), (ir.Exception_("Art 2", number(9), when),)), "2018")
    [only] = found(program([A, B], [rule("x", old, section("b", 2, "2024"))]))
    assert only.code == "V026" and only.severity == "warning" and '"Art 2"' in only.title
    again = ir.RuleLaw((ir.Clause(number(2), None),), (ir.Exception_("Art 2", number(9), when),))
    assert codes([A, B], rule("x", old, section("b", again, "2024"))) == []
    scaled = says(ir.Mul((number(2), ir.AsBefore())))
    assert codes([A, B], rule("x", old, section("b", scaled, "2024"))) == []
    adds = section("b", ir.RuleLaw((ir.Clause(ir.AsBefore(), None),), (ir.Exception_("Art 3", number(5), when),)), "2020", adds=True)
    c = enacted("c", "2024")
    [lost] = found(program([A, B, c], [rule("x", old, adds, section("c", 2, "2024"))]))
    assert '"Art 3", "Art 2"' in lost.title


def test_families_under_families() -> None:
    two = [enacted("p", "2010"), enacted("q", "2010"), enacted("x", "2020", under="p"), enacted("y", "2021", under="q", amends=("x",))]
    assert codes(two) == ["V013"]
    assert codes([enacted("p", "2010"), enacted("x", "2020", under="p", amends=("p",))]) == ["V014"]
    around = [
        enacted("a", "2010", under="d"), enacted("b", "2011", amends=("a",)), enacted("c", "2010", under="b"),
        enacted("d", "2011", amends=("c",)),
    ]  # fmt: skip
    assert codes(around) == ["V015"]


def test_all_passes_are_part_of_the_check() -> None:
    endless = rule("x", section("a", says(ir.RuleRead("x", None, ir.Here("year"))), "2018"))
    hole = rule("y", section("a", ir.RuleLaw((ir.Clause(number(1), ir.FactRead("big", None, None)),)), "2018"))
    deep: ir.Expr = number(1)
    for _ in range(4):
        deep = ir.Aggregate("sum", ir.Everyone("e"), deep)
    all_of_them = codes([A], endless, hole, rule("z", section("a", says(deep), "2018")), chosen=("nobody",))
    assert sorted(all_of_them) == ["C051", "K051", "R001", "V001"]


def test_a_large_scheme_is_checked_quickly() -> None:
    from time import perf_counter

    laws = [enacted(f"i{k:02}", str(2000 + k)) for k in range(25)]
    rules = [
        rule(f"r{n:03}", *(section(f"i{k:02}", says(ir.Add(((Fraction(1), ir.RuleRead(f"r{n + 1:03}", None, ir.Here("year"))),))),
                                   str(2000 + k), str(2001 + k)) for k in range(25)))
        for n in range(300)
    ]  # fmt: skip
    law = program(laws, rules)
    began = perf_counter()
    assert check_view(law, ir.View("small"), seen(law)) == []
    assert perf_counter() - began < 30  # a guard against explosions: about 0.3 s on a quiet machine
