"""Which text governs: the cases of the executable model, and the laws of section 16 of the semantics that concern views."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import date
from fractions import Fraction

import pytest
from small_law import by_state, day, enacted, number, other, program, says, section, seen

from capcode.dsl import ir
from capcode.dsl.diagnostics import Diagnostic
from capcode.dsl.views import Carried, Choice, Conflict, DisputedOpen, Gap, Governs, LawView, check_instruments, parse_view


def choose(view: LawView, sections: Sequence[ir.Section], when: str, member: str | None = None) -> Choice:
    return view.govern(tuple(sections), "year", day(when), member)


def value(choice: Choice) -> object:
    """The figure that a choice gives; what it is, where it gives none."""
    if isinstance(choice, Governs):
        law = choice.law
        assert isinstance(law, ir.RuleLaw)
        body = law.clauses[0].body
        return body.value if isinstance(body, ir.Const) else body
    return type(choice)


def look(
    instruments: Sequence[ir.Instrument], sections: Sequence[ir.Section], when: str, as_at: str | None = None, *chosen: str,
    member: str | None = None,
) -> object:  # fmt: skip
    return value(choose(seen(program(instruments), as_at, *chosen), sections, when, member))


def words(choice: Choice) -> set[str]:
    assert isinstance(choice, Governs)
    return {m.word for m in choice.marks}


LRF = (
    [enacted("d09", "2009-06-25"), enacted("d18", "2018-04-08"), enacted("d23", "2023-06-05")],
    [section("d09", "0.0174", "2013"), section("d18", "0.022", "2021"), section("d23", "0.043", "2024"), section("d23", "0.044", "2028")],
)


@pytest.mark.parametrize(
    ("when", "as_at", "wanted"),
    [
        ("2015", None, "0.0174"), ("2024", None, "0.043"), ("2024", "2022", "0.022"), ("2030", "2023-06-05", "0.044"),
        ("2030", "2023-06-04", "0.022"),
    ],
)  # fmt: skip
def test_later_law_governs_from_its_start(when: str, as_at: str | None, wanted: str) -> None:
    assert look(*LRF, when, as_at) == Fraction(wanted)


def test_before_every_start_is_a_gap_that_says_why() -> None:
    found = choose(seen(program(LRF[0])), LRF[1], "2012")
    assert isinstance(found, Gap) and found.repealed_by is None
    assert [reason for _, reason in found.considered] == [f"starts on {y}-01-01" for y in (2013, 2021, 2024, 2028)]


def test_a_later_open_span_silences_a_scheduled_step_of_the_older_text() -> None:
    laws = [enacted("a", "2018"), enacted("b", "2023")]
    assert look(laws, [section("a", 1, "2021"), section("a", 2, "2026"), section("b", 9, "2024")], "2026") == 9


def test_a_single_year_falls_back_afterwards() -> None:
    laws = [enacted("a", "2021"), enacted("b", "2024-09-01")]
    sections = [section("a", "0.753", "2021"), section("b", "1.168", "2025", "2026")]
    assert look(laws, sections, "2025") == Fraction("1.168")
    assert look(laws, sections, "2026") == Fraction("0.753")


def test_a_retroactive_correction_is_seen_only_later() -> None:
    laws = [enacted("r17", "2017-10-01"), enacted("r19", "2019-04-01")]
    sections = [section("r17", "0.75", "2018"), section("r19", 1, "2018")]
    assert look(laws, sections, "2018") == 1
    assert look(laws, sections, "2018", "2018-06-01") == Fraction("0.75")


TWO = [section("a", 1, "2005"), section("b", 2, "2013")]


def test_a_repeal_keeps_the_past_and_revives_nothing() -> None:
    laws = [enacted("a", "2005"), enacted("b", "2013"), enacted("c", "2020", repeals=(("b", day("2021")),))]
    assert look(laws, TWO, "2015") == 2
    found = choose(seen(program(laws)), TWO, "2022")
    assert isinstance(found, Gap) and found.repealed_by == "c"
    assert look(laws, TWO, "2022", "2019") == 2


def test_annulment_is_as_if_never_made_and_an_appeal_restores() -> None:
    laws = [enacted("a", "2005"), enacted("b", "2013"), enacted("j", "2016", annuls=("b",))]
    assert look(laws, TWO, "2015") == 1
    assert look(laws, TWO, "2015", "2015-07-01") == 2
    appealed = [*laws, enacted("j2", "2018", annuls=("j",))]
    assert look(appealed, TWO, "2015") == 2
    assert look(appealed, TWO, "2015", "2017") == 1


def test_disputed_law_stands_with_a_mark() -> None:
    laws = [enacted("s22", "2023"), enacted("hc", "2023-07-13", disputes=("s22",)), enacted("s23", "2023-12-01")]
    sections = [section("s22", "80.64", "2023"), section("s23", 173, "2023-10-01")]
    now = seen(program(laws))
    assert ir.Mark("disputed", "s22 by hc") in choose(now, sections, "2023-07-01").marks  # type: ignore[union-attr]
    assert words(choose(now, sections, "2023-10-01")) == set()
    assert words(choose(seen(program(laws), "2023-06-01"), sections, "2023-07-01")) == set()


def test_after_a_sunset_the_older_law_is_heard_again() -> None:
    laws = [enacted("a", "2005"), enacted("t", "2020", expires=day("2022"))]
    sections = [section("a", 1, "2005"), section("t", 2, "2020")]
    assert look(laws, sections, "2021") == 2
    found = choose(seen(program(laws)), sections, "2022")
    assert value(found) == 1
    assert isinstance(found, Governs) and found.considered[0][1] == "expired on 2022-01-01"


READ = [enacted("d09", "2009-06-25"), enacted("d23", "2023-06-05"), other("cal", "reading", reading_of="d09"),
        other("roll", "reading", reading_of="d09")]  # fmt: skip
READ_SECTIONS = [section("d09", 1, "2009"), section("cal", 2, "2009"), section("roll", 3, "2009"), section("d23", 4, "2024")]


def test_a_reading_is_just_above_what_it_reads() -> None:
    law = program(READ)
    plain = choose(seen(law), READ_SECTIONS, "2018")
    assert value(plain) == 1 and words(plain) == {"disputed"}
    chosen = choose(seen(law, None, "cal"), READ_SECTIONS, "2018")
    assert value(chosen) == 2 and words(chosen) == {"reading"}
    assert value(choose(seen(law, None, "cal"), READ_SECTIONS, "2024")) == 4
    assert choose(seen(law, None, "cal", "roll"), READ_SECTIONS, "2018") == Conflict(
        ir.Citation("cal", "Art 1"), ir.Citation("roll", "Art 1")
    )


def test_an_unchosen_reading_disputes_only_the_days_that_it_covers() -> None:
    sections = (section("d09", 1, "2009"), section("cal", 2, "2012", "2014"))
    view = seen(program(READ))
    found = [words(view.govern(sections, "year", day(y))) for y in ("2011", "2012", "2013", "2014")]
    assert found == [set(), {"disputed"}, {"disputed"}, set()]


def test_a_chosen_reading_disputes_nothing() -> None:
    sections = [section(["d09", "cal"], 1, "2009"), section("cal", 2, "2009")]
    found = choose(seen(program(READ), None, "cal"), sections, "2018")
    assert isinstance(found, Governs) and words(found.below()) == {"reading"}


def test_a_reading_ends_with_its_text() -> None:
    sections = [section("a", 1, "2010"), section("r", 2, "2010")]
    r = other("r", "reading", reading_of="a")
    gone = [enacted("a", "2010"), r, enacted("k", "2015", repeals=(("a", day("2016")),))]
    assert [look(gone, sections, y, None, "r") for y in ("2015", "2016")] == [2, Gap]
    assert [look([enacted("a", "2010", expires=day("2016")), r], sections, y, None, "r") for y in ("2015", "2016")] == [2, Gap]


def test_an_unchosen_reading_ends_with_its_text() -> None:
    """By repeal or sunset: nothing is disputed any more, there is no law."""
    sections = [section("r", 1, "2010"), section("q", 2, "2010")]
    readings = [other("r", "reading", reading_of="a"), other("q", "reading", reading_of="a")]
    gone = [enacted("a", "2010"), enacted("k", "2015", repeals=(("a", day("2016")),)), *readings]
    assert [look(gone, sections, y) for y in ("2015", "2016")] == [DisputedOpen, Gap]
    assert [look([enacted("a", "2010", expires=day("2016")), *readings], sections, y) for y in ("2015", "2016")] == [DisputedOpen, Gap]


def test_only_readings_and_none_chosen_is_open() -> None:
    found = choose(seen(program(READ)), READ_SECTIONS[1:3], "2018")
    assert found == DisputedOpen(("cal", "roll"))


def test_a_section_that_also_cites_an_unchosen_reading_keeps_its_place() -> None:
    sections = [section("d09", 1, "2009"), section(["d23", "cal"], 4, "2009")]
    assert choose(seen(program(READ)), sections, "2018") == DisputedOpen(("cal",))
    assert words(choose(seen(program(READ), None, "cal"), sections, "2018")) == {"reading"}
    # as at a day before the later act, the section is simply not there
    assert look(READ, sections, "2018", "2020") == 1


def test_a_section_is_absent_when_another_cited_instrument_is() -> None:
    sections = [section("d09", 1, "2009"), section(["d09", "com"], 4, "2010")]
    assert look([*READ, other("com", "proposed")], sections, "2018") == 1
    assert look([*READ, other("com", "proposed")], sections, "2018", None, "com") == 4


FILL = [enacted("d", "2021"), other("p", "proposed"), other("as", "assumed"), enacted("e", "2026-07-23")]
FILLED = [
    section("d", 1, "2021", "2026"), section("d", says(ir.OpenValue("not yet decided")), "2026"), section("as", "0.9", "2021"),
    section("e", 1, "2026", "2031"), section("p", "0.8", "2025"),
]  # fmt: skip


def test_assumptions_fill_and_proposals_override() -> None:
    assert look(FILL, FILLED, "2027", "2025", "as") == Fraction("0.9")
    assert look(FILL, FILLED, "2023", "2025", "as") == 1
    assert look(FILL, FILLED, "2027", None, "as") == 1
    assert isinstance(look(FILL, FILLED, "2027", "2025"), ir.OpenValue)
    proposed = choose(seen(program(FILL), None, "p"), FILLED, "2027")
    assert value(proposed) == Fraction("0.8") and words(proposed) == {"proposed"}
    ignored = choose(seen(program(FILL), None, "as"), FILLED, "2027")
    assert isinstance(ignored, Governs) and "an assumption that is no longer needed" in {r for _, r in ignored.considered}


def test_under_an_assumption_lies_the_unknown_that_it_fills() -> None:
    found = choose(seen(program(FILL), "2025", "as"), FILLED, "2027")
    assert isinstance(found, Governs) and words(found) == {"assumed"}
    assert isinstance(value(found.below()), ir.OpenValue)


def test_law_that_is_unknown_only_in_part_is_not_filled() -> None:
    when = ir.FactRead("big", None, None)
    partly = ir.RuleLaw((ir.Clause(number(1), when), ir.Clause(ir.OpenValue("?"), None)))
    wholly = ir.RuleLaw((ir.Clause(ir.OpenValue("!"), when), ir.Clause(ir.OpenValue("?"), None)))
    assert look(FILL, [section("d", partly, "2021"), section("as", 9, "2021")], "2022", None, "as") == 1
    assert look(FILL, [section("d", wholly, "2021"), section("as", 9, "2021")], "2022", None, "as") == 9


def test_two_assumptions_conflict_only_where_they_are_needed() -> None:
    laws = [*FILL, other("bs", "assumed")]
    sections = [*FILLED, section("bs", "0.7", "2021")]
    assert look(laws, sections, "2027", "2025", "as", "bs") is Conflict
    assert look(laws, sections, "2023", "2025", "as", "bs") == 1


def test_an_unknown_cell_is_filled_column_by_column() -> None:
    def cells(**values: ir.Expr) -> ir.CellLaw:
        return ir.CellLaw(values)

    laws = [enacted("d", "2021"), other("as", "assumed")]
    rows = (section("d", cells(a=number(1), b=ir.OpenValue("empty")), "2021"), section("as", cells(a=number(2), b=number(3)), "2021"))
    view = seen(program(laws), None, "as")
    a, b = (view.govern(rows, None, day("2022"), None, column=c) for c in "ab")
    assert isinstance(a, Governs) and a.citations[0].instrument == "d"
    assert isinstance(b, Governs) and b.citations[0].instrument == "as"


def test_one_day_needs_amends() -> None:
    sections = [section("a", 1, "2020"), section("b", 2, "2020")]
    assert look([enacted("a", "2020"), enacted("b", "2020")], sections, "2021") is Conflict
    assert look([enacted("a", "2020"), enacted("b", "2020", amends=("a",))], sections, "2021") == 2
    third = [enacted("a", "2020"), enacted("b", "2020", amends=("a",)), enacted("c", "2020", amends=("b",))]
    assert look(third, [section("a", 1, "2020"), section("c", 3, "2020")], "2021") == 3


def test_what_orders_two_texts_must_itself_be_in_the_view() -> None:
    laws = [enacted("a", "2020"), enacted("b", "2020", amends=("a",)), enacted("c", "2020", amends=("b",))]
    sections = [section("a", 1, "2020"), section("c", 3, "2020")]
    assert look([*laws, enacted("j", "2021", annuls=("b",))], sections, "2021") is Conflict


def test_two_undated_proposals_conflict_and_dated_ones_are_ordered() -> None:
    sections = [section("p", 1, "2020"), section("q", 2, "2020")]
    assert look([other("p", "proposed"), other("q", "proposed")], sections, "2021", None, "p", "q") is Conflict
    assert look([other("p", "proposed", "2024"), other("q", "proposed", "2025")], sections, "2021", None, "p", "q") == 2


STATES = [
    by_state("mr08", {"ny": ("2009", None), "va": ("2009", None)}),
    by_state("mr17", {"ny": ("2021", None), "va": ("2021", "2023-12-31")}),
]


def test_law_adopted_state_by_state() -> None:
    sections = [section("mr08", "0.033", "2009", "2021"), section("mr17", "0.04", "2021")]
    assert look(STATES, sections, "2024", member="ny") == Fraction("0.04")
    assert look(STATES, sections, "2024", member="va") is Gap
    assert look(STATES, sections, "2022", member="va") == Fraction("0.04")
    assert look(STATES, sections, "2022", member="pa") is Gap
    # without a span, each member's own day of adoption
    later = [by_state("m", {"ny": ("2021", None), "va": ("2023", None)})]
    assert [look(later, [section("m", 1)], "2022", member=m) for m in ("ny", "va")] == [1, Gap]


def test_as_before_goes_down_the_stack() -> None:
    laws = [enacted("a", "2015"), enacted("b", "2024"), enacted("c", "2025")]
    sections = [section("a", 100, "2015"), section("b", says(ir.AsBefore()), "2024"), section("c", says(ir.AsBefore()), "2024")]
    top = choose(seen(program(laws)), sections, "2024")
    assert isinstance(top, Governs)
    middle = top.below()
    assert isinstance(middle, Governs) and middle.citations[0].instrument == "b"
    assert value(middle.below()) == 100
    bottom = middle.below()
    assert isinstance(bottom, Governs) and isinstance(bottom.below(), Gap)


def test_as_before_over_a_repealed_text_is_a_gap() -> None:
    laws = [enacted("a", "2015"), enacted("b", "2024", repeals=(("a", day("2024")),))]
    found = choose(seen(program(laws)), [section("a", 100, "2015"), section("b", says(ir.AsBefore()), "2024")], "2024")
    assert isinstance(found, Governs)
    below = found.below()
    assert isinstance(below, Gap) and below.repealed_by == "b"


def test_then_stands_carries_and_nothing_fills_it() -> None:
    sections = [section("a", 7, "2015", "2018", stands=True), section("s", 9, "2015")]
    laws = [enacted("a", "2015"), other("s", "assumed")]
    assert choose(seen(program(laws)), sections, "2030") == Carried(date(2017, 12, 31))
    assert choose(seen(program(laws), None, "s"), sections, "2030") == Carried(date(2017, 12, 31))
    repealed = [*laws, enacted("r", "2020", repeals=(("a", day("2021")),))]
    found = choose(seen(program(repealed)), sections, "2030")
    assert isinstance(found, Gap) and found.repealed_by == "r"


def test_initially_ends_where_the_first_other_section_begins() -> None:
    laws = [enacted("a", "2015"), enacted("b", "2012"), other("s", "assumed")]
    sections = [section("a", 0, initially=True), section("a", 1, "2015"), section("b", 2, "2013")]
    assert [look(laws, sections, y) for y in ("1999", "2012", "2013", "2015")] == [0, 0, 2, 1]
    assert look(laws, sections, "2013", "2011") is Gap
    assert look(laws, [*sections[:2], section("s", 5, "2010")], "2011", None, "s") == 0


def test_the_parts_of_a_dated_row() -> None:
    laws = [enacted("a", "2015")]
    sections = (section("a", 0, initially=True), section("a", 1, "2015"))
    view = seen(program(laws))
    assert value(view.govern(sections, "year", day("2020"), None, life="before")) == 0
    assert value(view.govern(sections, "year", day("2010"), None, life="within")) is Gap


def test_without_a_span_from_entry_into_force() -> None:
    laws = [enacted("a", "2015-03-01"), other("r", "reading", reading_of="a")]
    assert look(laws, [section("a", 1)], "2015-02-28") is Gap
    assert look(laws, [section("a", 1)], "2015-03-01") == 1
    assert look(laws, [section("a", 1), section("r", 2)], "2015-03-01", None, "r") == 2
    assert look(laws, [section("a", 1, always=True)], "1990") == 1


# ---- rank by chain

DECISION = [
    enacted("directive", "2009"), enacted("reform", "2018", amends=("directive",)), enacted("newer", "2023", amends=("directive",)),
    enacted("factor", "2021-06-01", under="directive"), enacted("stray", "2022"),
]  # fmt: skip


def test_an_act_beats_the_law_it_stands_under_and_its_later_amendments() -> None:
    sections = [section("directive", 1, "2009"), section("newer", 2, "2021"), section("factor", 3, "2021", "2026")]
    assert look(DECISION, sections, "2022") == 3
    assert look(DECISION, sections, "2026") == 2


def test_a_newer_unrelated_law_silences_an_act_under_an_older_one() -> None:
    sections = [section("directive", 1, "2009"), section("factor", 3, "2021"), section("stray", 4, "2021")]
    assert look(DECISION, sections, "2022") == 4
    # with the reform of 2023 in play, the family above the act is the stronger one again
    assert look(DECISION, [*sections, section("newer", 2, "2021")], "2022") == 3
    assert look(DECISION, [section("newer", 2, "2021"), *sections], "2022") == 3


def test_the_link_under_an_annulled_law_is_gone() -> None:
    laws = [*DECISION, enacted("court", "2024", annuls=("directive",))]
    sections = [section("newer", 2, "2021"), section("factor", 3, "2021")]
    assert look(laws, sections, "2022") == 2
    assert look(laws, sections, "2022", "2023") == 3


def test_adopted_proposals_are_the_adopters_own() -> None:
    laws = [other("plan", "proposed"), enacted("law", "2008-10-21", adopts=("plan",)), enacted("old", "2005")]
    sections = [section("old", 0, "2005"), section("plan", 1, "2008"), section("law", 2, "2010", "2012")]
    assert look(laws, sections, "2009") == 1
    assert look(laws, sections, "2010") == 2
    assert look(laws, sections, "2012") == 1
    assert look(laws, sections, "2009", "2008-10-20") == 0
    assert words(choose(seen(program(laws)), sections, "2009")) == set()
    assert words(choose(seen(program(laws), "2008", "plan"), sections, "2009")) == {"proposed"}
    # where the adopter speaks itself, the proposal is silent, also with a later start
    assert look(laws, [*sections, section("plan", 4, "2011")], "2011") == 2
    # once adopted it no longer overrides what came after it
    assert look([*laws, enacted("new", "2011")], [*sections, section("new", 5, "2008")], "2009", None, "plan") == 5


# ---- one section of several articles


def test_articles_of_one_instrument_and_start_are_one_section() -> None:
    when = ir.FactRead("big", None, None)
    first = section("a", ir.RuleLaw((ir.Clause(number(1), when),)), "2020", article="Art 2")
    second = section("a", ir.RuleLaw((ir.Clause(number(2), None),)), "2020", article="Art 1", marks=("unchecked",))
    view = seen(program([enacted("a", "2020")]))
    for order in ((first, second), (second, first)):
        found = view.govern(order, "year", day("2021"), None)
        assert isinstance(found, Governs) and isinstance(found.law, ir.RuleLaw)
        assert [c.article for c in found.citations] == ["Art 1", "Art 2"]
        assert len(found.law.clauses) == 2
        assert found.marks == {ir.Mark("unchecked", 'a "Art 1"')}
    other_general = dataclasses.replace(second, law=says(3), citations=(ir.Citation("a", "Art 3"),))
    assert isinstance(view.govern((second, other_general), "year", day("2021"), None), Conflict)


def test_an_addition_beside_other_text_of_the_same_day_adds_to_it() -> None:
    when = ir.FactRead("big", None, None)
    body = ir.RuleLaw((ir.Clause(ir.AsBefore(), None),), (ir.Exception_("Art 2", number(9), when),))
    adds = section("a", body, "2020", article="Art 2", adds=True)
    view = seen(program([enacted("a", "2020")]))
    found = view.govern((adds, section("a", 1, "2020")), "year", day("2021"), None)
    assert value(found) == 1
    assert isinstance(found, Governs) and isinstance(found.law, ir.RuleLaw) and len(found.law.exceptions) == 1


def test_an_exception_lives_with_its_own_instrument() -> None:
    laws = [enacted("a", "2020"), enacted("b", "2022", expires=day("2025")), other("p", "proposed")]

    def of(name: str | None) -> ir.Exception_:
        cited = ir.Citation(name, "Art 5", ("inferred",)) if name else None
        return ir.Exception_("Art 5", number(1), ir.FactRead("big", None, None), citation=cited, marks=("unchecked",))

    now, early = seen(program(laws)), seen(program(laws), "2021", "p")
    assert now.exception_active(of(None), day("2021")) == frozenset({ir.Mark("unchecked", "Art 5")})
    assert now.exception_active(of("b"), day("2021")) == frozenset({ir.Mark("unchecked", "Art 5"), ir.Mark("inferred", 'b "Art 5"')})
    assert now.exception_active(of("b"), day("2025")) is None
    assert early.exception_active(of("b"), day("2021")) is None
    repealed = seen(program([*laws, enacted("r", "2023", repeals=(("b", day("2024")),))]))
    assert repealed.exception_active(of("b"), day("2023")) is not None
    assert repealed.exception_active(of("b"), day("2024")) is None
    assert now.exception_active(of("p"), day("2021")) is None
    assert ir.Mark("proposed", "p") in (early.exception_active(of("p"), day("2021")) or set())


# ---- bad instruments and views


def codes(found: list[Diagnostic]) -> list[str]:
    return [d.code for d in found]


def test_circles_and_older_amenders_are_refused() -> None:
    assert codes(check_instruments(program([enacted("a", "2020", annuls=("b",)), enacted("b", "2020", annuls=("a",))]))) == ["V010"]
    assert codes(check_instruments(program([enacted("a", "2020", amends=("a",))]))) == ["V010"]
    mixed = [enacted("i", "2020"), other("r", "reading", reading_of="i", annuls=("i",))]
    assert codes(check_instruments(program(mixed))) == ["V010"]
    assert codes(check_instruments(program([enacted("a", "2020", amends=("b",)), enacted("b", "2021")]))) == ["V011"]
    assert codes(check_instruments(program([enacted("a", "2020", adopts=("b",)), enacted("b", "2021")]))) == ["V012"]
    assert check_instruments(program([*DECISION, *READ, *STATES])) == []
    # a circle does not hang the view
    assert isinstance(seen(program([enacted("a", "2020", annuls=("a",))])).actives(), tuple)


def test_views_are_read_and_judged() -> None:
    law = program(FILL)
    assert parse_view(law, "small@2025-01-01+as+p") == ir.View("small", day("2025"), frozenset({"as", "p"}))
    assert str(parse_view(law, "small@2025-01-01+as+p")) == "small@2025-01-01+as+p"
    for text, code in (("small+nobody", "V001"), ("small@2025", "V003"), ("small@2025-02-30", "V003"), ("eu", "V004"), ("a b", "V003")):
        found = parse_view(law, text)
        assert isinstance(found, Diagnostic) and found.code == code
