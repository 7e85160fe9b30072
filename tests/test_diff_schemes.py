"""What real reforms changed: the headline facts of eight comparisons, each with its article. Nothing else is pinned here."""

from __future__ import annotations

from functools import cache

import pytest

from capcode.dsl import find, ir
from capcode.interpreter.diff import DIFFERS, IDENTICAL, Comparison, Entry, Wanted, compare
from capcode.interpreter.diff_meaning import Pair
from capcode.interpreter.diff_plants import with_plants
from capcode.interpreter.diff_sides import Side, Sides
from capcode.interpreter.diff_text import ADDED, MARKED
from capcode.interpreter.reading_report import apart_on_paths

EU = ("eu@2018-04-07", "eu@2023-12-31")
AUSTRALIA = ("australia@2023-06-30", "australia@2023-07-01")
NEW_ZEALAND = ("nz@2023-01-01", "nz@2024-06-01")
KOREA = ("korea@2018-08-01", "korea@2021-12-31")
KOREA_LATER = ("korea@2021-12-31", "korea@2025-06-30")
RGGI = ("rggi@2021-12-31", "rggi@2027-01-01")
CALIFORNIA = ("california@2018-01-01", "california@2020-01-01")
JAPAN_TRIAL = ("japan_trial@2008-10-20+proposal_2008", "japan_trial@2008-10-21")
JAPAN_GX = ("japan_gx@2026-04-01", "japan_gx@2026-04-01+interim_report")

FIGURES = [
    (EU, "reduction_step", "2021", "0.0174", "0.022", "Art 9"),
    (EU, "reduction_step", "2024", "0.0174", "0.043", "Art 9"),
    (EU, "reduction_step", "2028", "0.0174", "0.044", "Art 9"),
    (EU, "surrender_deadline", "2023", "2024-04-30", "2024-09-30", "Art 12(3)"),
    (EU, "cbam_share_kept", "2026", "1", "0.975", "Art 10a(1a)"),
    (EU, "cbam_share_kept", "2034", "1", "0", "Art 10a(1a)"),
    (EU, "intake_rate", "2019", "0.12", "0.24", "Art 1(5)"),
    (EU, "trigger_ratio", "2024/01", "3", "2.4", "Art 29a(1)"),
    (AUSTRALIA, "default_contribution", "2023-24", "1", "0.951", "ss 31"),
    (AUSTRALIA, "compliance_deadline", "2023-24", "2025-03-01", "2025-04-01", "compliance date"),
    (NEW_ZEALAND, "floor_price", "2023-12-01", "33.06", "60", "Schedule 3"),
    (NEW_ZEALAND, "first_trigger", "2023-12-01", "80.64", "173", "Schedule 3"),
    (KOREA, "banking_multiple", "2018", "no_limit", "3", "banking"),
    (KOREA, "banking_multiple", "2019", "no_limit", "2", "banking"),
    (KOREA, "offset_share", "2021", "0.1", "0.05", ""),
    (KOREA_LATER, "banking_multiple", "2023", "1", "3", "banking"),
    (KOREA_LATER, "banking_multiple", "2024", None, "5", "banking"),
    (RGGI, "reserve_price", "2027", "2.76", "9", ""),
    (RGGI, "ccr_size", "2027", "9783778", "11750000", "CCR"),
    (CALIFORNIA, "ceiling", "2021", None, "65", ""),
    (CALIFORNIA, "first_tier", "2021", None, "41.4", ""),
    (JAPAN_TRIAL, "charge_for_issuance", "2008", "not_stated", "none", ""),
]


@cache
def compared(pair: tuple[str, str], *names: str) -> Comparison:
    """Two views of a shipped scheme; with names, those rules alone, each searched for its smallest input."""
    with Sides(*pair) as (a, b):
        return compare(a, b, Wanted(frozenset(names), effort=60 if names else 0, with_cases=False))


def entry(found: Comparison, name: str) -> Entry:
    return next(e for e in found.entries if e.place.name == name)


def figure(found: Comparison, name: str, period: str) -> Pair:
    """The pair of figures whose run covers a period."""
    parameter = entry(found, name).parameter
    assert parameter is not None, name
    return next(p for p in parameter.pairs if p.period <= period <= (p.last or p.period))


@pytest.mark.parametrize(("pair", "name", "period", "old", "new", "article"), FIGURES, ids=lambda x: x if isinstance(x, str) else None)
def test_figures_before_and_after(pair: tuple[str, str], name: str, period: str, old: str | None, new: str, article: str) -> None:
    """Exact figures in base units; old None: the law before gives none."""
    found = compared(pair)
    shown = figure(found, name, period)

    assert found.verdict == DIFFERS
    assert (shown.old.exact, shown.new.exact) == (old, new)
    assert any(article in change.new.cited for change in entry(found, name).changes)


def test_eu_article_29a_is_a_new_text() -> None:
    changes = entry(compared(EU), "price_condition").changes

    assert [c.what for c in changes] == [ADDED]
    assert "Art 29a(1)" in changes[0].new.cited and changes[0].old.state == "no law"


def test_eu_intake_has_bands() -> None:
    """At 833 million nothing, one allowance above it one allowance: the first input on which the two laws differ."""
    found = compared(EU, "intake_from_circulation")
    searched = entry(found, "intake_from_circulation").searched

    assert "833_000_000" in entry(found, "intake_from_circulation").changes[-1].new.text
    assert searched is not None and searched.shown is not None
    assert searched.shown.old.exact == "0" and "circulation" in searched.shown.facts[0]
    circulation = int(searched.shown.facts[0].rpartition(" = ")[2].split()[0].replace(",", ""))
    assert circulation > 833_000_000


def test_eu_who_changed_it() -> None:
    assert any("2023/959" in title for title, _ in compared(EU).instruments)


def test_new_zealand_judicial_review_disputes_the_settings_and_changes_no_figure() -> None:
    """Only the day by which the decision has to be made again is new."""
    found = compared(("nz@2023-07-12", "nz@2023-07-13"))

    assert {c.what for c in entry(found, "floor_price").changes} == {MARKED}
    assert [e.place.name for e in found.entries if {c.what for c in e.changes} != {MARKED}] == ["reconsider_by"]
    assert [(p.name, p.pairs[0].new.exact) for p in found.meaning.parameters] == [("reconsider_by", "2023-09-30")]
    assert not found.behaviour.cases or {c.name for c in found.behaviour.cases} == {"reconsider_by"}


def test_australia_who_changed_it() -> None:
    assert "Reforms" in compared(AUSTRALIA).instruments[0][0]


def test_japan_third_category_came_with_the_decision() -> None:
    searched = entry(compared(JAPAN_TRIAL, "category"), "category").searched

    assert searched is not None and searched.shown is not None
    assert searched.shown.new.exact == "other" and searched.shown.old.kind == "open"


def test_japan_guideline_as_published_fills_what_the_act_leaves_open() -> None:
    found = compared(JAPAN_GX)

    assert any("Interim report" in title for title, _ in found.instruments)
    assert entry(found, "allocation").changes[0].old.text.count("unknown")


def test_the_same_day_is_identical() -> None:
    for pair in (EU, RGGI, KOREA):
        assert compared((pair[1], pair[1])).verdict == IDENTICAL


def test_korea_readings_of_six_months_come_apart_on_the_stress_path() -> None:
    """The stress path: 9,000 KRW until 2025, 36,000 from January 2026, from August 2,700 less each month, 900 from July 2027.

    High, June 2026: the lowest of six months, 36,000, is above 3 × 9,000, the two years before January; their mean is not above
    3 × 14,625, the two years before June. Low, June 2027: the mean, 13,050, is below 70 % of 21,937.5; the highest, 19,800, is
    not below 70 % of 20,812.5. In August 2027 the highest, 14,400, is below 70 % of 21,600.
    """
    checked = find.check_named("korea", ())
    assert checked.program is not None
    side = Side("korea", checked, checked.program, ir.View("korea"))
    names, triggers = ("fixed_reference_2026", "mean_of_six_months_2026"), ("high_price_trigger", "low_price_trigger")
    lines, compared = apart_on_paths(side, names, triggers)

    assert [(line.case, line.asked, tuple(v.partition(" ")[0] for v in line.values[1:])) for line in lines] == [
        ("price path stress", "high_price_trigger in 2026/06 to 2026/07", ("yes", "no")),
        ("price path stress", "low_price_trigger in 2027/06 to 2027/07", ("no", "yes")),
    ]
    assert compared == 2 * 96  # months


def test_korea_a_cement_plant_may_use_half_the_credits() -> None:
    with Sides(*KOREA) as (a, b):
        found = compare(a, b, Wanted(frozenset({"credit_limit"}), effort=0, with_cases=False))
        [row] = with_plants(found, a, b, ("cement",)).roster.rows

    assert (row.name, row.row, row.period) == ("credit_limit", "cement", "2021 to 2034")
    assert row.old.number is not None and row.new.number is not None
    assert row.old.number == 2 * row.new.number
