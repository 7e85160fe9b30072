"""Two versions of a law: text, figures by year, who is treated otherwise; the smallest input; the verdict of three values."""

from __future__ import annotations

import json
import math
from datetime import date
from fractions import Fraction

import pytest

from capcode.dsl import ir
from capcode.dsl.diagnostics import render_all
from capcode.dsl.frontend import check_texts
from capcode.interpreter.attribution import attribute, show_attribution
from capcode.interpreter.cases import ask
from capcode.interpreter.diff import DIFFERS, IDENTICAL, NOT_FOUND, Comparison, Entry, Wanted, compare
from capcode.interpreter.diff_report import FORMS, as_json, render, show_comparison
from capcode.interpreter.diff_sides import Side
from capcode.interpreter.diff_text import ADDED, CHANGED, CITED, MARKED, REMOVED, WRITTEN
from capcode.interpreter.evaluate import Evaluation
from capcode.interpreter.read_facts import read_data
from capcode.interpreter.results import Known
from capcode.interpreter.write_facts import facts_plain

HEAD = """language 1
scheme tiny "Tiny scheme"
  currency EUR
  year starts 1 January
instrument act "The Act" in force 2020-01-01
instrument amendment "The Amendment" in force 2024-01-01 amends act
instrument draft "A draft" proposed for 2026-01-01
instrument strict "Strict reading" reading of act
instrument wide "Wide reading" reading of act
unit EUA "Allowance" covers 1 tCO2e
entity plant
  output : tCO2e each year from 0 tCO2e to 10_000_000 tCO2e step 1 tCO2e
  sold : tCO2e each year from 0 tCO2e to 10_000_000 tCO2e step 1 tCO2e
  exposed : yes/no
  kind : one of lime, steel, paper
  opened : date
"""


def side(rules: str, day: str | None = None, *chosen: str, head: str = HEAD, **tables: str) -> Side:
    checked = check_texts("tiny", {"tiny.rules": head + rules, **{f"tables/{n}.csv": t for n, t in tables.items()}})
    assert checked.program is not None, render_all(list(checked.diagnostics))
    view = ir.View("tiny", date.fromisoformat(day) if day else None, frozenset(chosen))
    return Side(str(view), checked, checked.program, view)


def two(old: str, new: str, **wanted: object) -> Comparison:
    return compare(side(old), side(new), Wanted(**wanted))  # type: ignore[arg-type]


def views(rules: str, old: str | None, new: str | None, *chosen: str, **wanted: object) -> Comparison:
    a = side(rules, old)
    b = Side("b", a.checked, a.program, ir.View("tiny", date.fromisoformat(new) if new else None, frozenset(chosen)))
    return compare(a, b, Wanted(**wanted))  # type: ignore[arg-type]


def entry(found: Comparison, name: str) -> Entry:
    return next(e for e in found.entries if e.place.name == name)


def kinds(found: Comparison, name: str) -> list[str]:
    return [c.what for c in entry(found, name).changes]


def witness(found: Comparison, name: str) -> dict[str, str]:
    """The facts of the witness, by name, as shown."""
    searched = entry(found, name).searched
    assert searched is not None and searched.shown is not None, searched
    return {f.partition(" of ")[0].partition(" in ")[0]: f.rpartition(" = ")[2] for f in searched.shown.facts}


SHARE = """rule share each year : ratio
  cites act "Art 1" from 2020 = 50%
rule allocation of plant each year : EUA rounded down
  cites act "Art 2" from 2020 = output × share × 1 EUA per tCO2e
"""


# ---------------------------------------------------------------- identical


def test_a_law_is_identical_to_itself() -> None:
    found = two(SHARE, SHARE)

    assert found.verdict == IDENTICAL
    assert found.entries == () and found.text.is_empty


def test_layout_comments_and_order_are_no_change() -> None:
    first, second = SHARE.split("rule allocation")
    spread = first.replace(" from 2020 = 50%", "\n    from 2020\n      =  50.0%")
    other = f"# a comment\nrule allocation{second}\n{spread}"

    assert two(SHARE, other).verdict == IDENTICAL


def test_a_label_is_no_other_figure() -> None:
    found = two(SHARE, SHARE.replace("each year : ratio", 'each year : ratio "The share"'))

    assert found.verdict == IDENTICAL
    assert [d.what for d in entry(found, "share").declared] == [CHANGED]


def test_views_on_two_days_of_the_same_law_are_identical() -> None:
    assert views(SHARE, "2021-01-01", "2023-06-01").verdict == IDENTICAL


# ---------------------------------------------------------------- text


def test_a_table_keyed_by_a_period_that_only_one_law_has() -> None:
    """Its rows are named in the words of the law that has them."""
    fee = 'rule fee each year : EUR not rounded\n  cites act "Art 1" from 2020 = 5 EUR\n'
    phases = """period phase "Phase" : one 2020 to 2022, two 2023 to 2025
table fees keyed by phase from "tables/fees.csv" cites act "Annex" from 2020
  column amount : EUR
"""
    found = compare(side(fee), side(phases + fee, fees="phase,amount,unit\n2020,5,EUR\n"), Wanted())

    assert [c.key for c in entry(found, "fees").changes] == ["one"]


def test_other_law_new_law_and_law_that_is_gone() -> None:
    rules = (
        SHARE
        + """  cites amendment "Art 20" from 2024 = output × 40% × 1 EUA per tCO2e
rule extra each year : EUA
  cites amendment "Art 21" from 2024 = 7 EUA
"""
    )
    forth, back = views(rules, "2023-01-01", "2024-06-01"), views(rules, "2024-06-01", "2023-01-01")

    assert kinds(forth, "allocation") == [CHANGED] and kinds(forth, "extra") == [ADDED]
    assert kinds(back, "allocation") == [CHANGED] and kinds(back, "extra") == [REMOVED]
    change = entry(forth, "allocation").changes[0]
    assert (change.start, change.end) == (date(2024, 1, 1), None)
    assert change.old.articles == (("The Act", "Art 2"),) and change.new.articles == (("The Amendment", "Art 20"),)
    assert change.new.text == 'cites amendment "Art 20" from 2024 = output × 40% × 1 EUA per tCO2e'
    assert forth.instruments == (("The Amendment", 2),)


def test_the_same_law_under_another_article_is_cited_anew() -> None:
    found = two(SHARE, SHARE.replace('"Art 1"', '"Art 1a"'))

    assert found.verdict == IDENTICAL
    assert kinds(found, "share") == [CITED]


def test_a_dispute_marks_and_changes_no_figure() -> None:
    head = HEAD + 'instrument ruling "A ruling" in force 2022-01-01 disputes act\n'
    a = side(SHARE, "2021-01-01", head=head)
    b = Side("b", a.checked, a.program, ir.View("tiny", date(2022, 6, 1)))
    found = compare(a, b)

    assert found.verdict == IDENTICAL and set(kinds(found, "share")) == {MARKED}


def test_a_text_that_governs_in_neither_view_is_only_written() -> None:
    draft = SHARE.replace("= 50%\n", '= 50%\n  cites draft "D 1" from 2026 = {}\n', 1)
    found = two(draft.format("10%"), draft.format("20%"))
    on_a_day = compare(side(draft.format("10%"), "2023-01-01"), side(draft.format("20%"), "2023-01-01"))

    assert found.verdict == NOT_FOUND and kinds(found, "share") == [WRITTEN]
    assert "20%" in entry(found, "share").changes[0].new.text
    assert "do not govern here" in found.reasons[0]
    assert on_a_day.verdict == IDENTICAL and kinds(on_a_day, "share") == [WRITTEN]


def test_an_exception_of_another_text_comes_with_that_text() -> None:
    rules = SHARE + '    except amendment "Art 9" = 0 EUA when exposed\n'
    found = views(rules, "2023-01-01", "2025-01-01")

    assert kinds(found, "allocation") == [CHANGED]
    assert witness(found, "allocation")["exposed"] == "yes"


def test_rows_of_tables_are_compared_by_key() -> None:
    rules = """table norm keyed by sort from "tables/norm.csv" cites act "Annex" from 2020
  column amount : EUA per tCO2e
entity line in plant
  made_of : key of norm
  tonnes : tCO2e each year from 0 tCO2e to 1_000_000 tCO2e
rule due of line each year : EUA rounded down
  cites act "Art 5" from 2020 = amount of made_of × tonnes
"""
    old, new = "sort,amount\nlime,0.5\nsteel,0.7\n", "sort,amount\nlime,0.5\nsteel,0.6\npaper,1\n"
    found = compare(side(rules, norm=old), side(rules, norm=new))

    changes = entry(found, "norm").changes
    assert [(c.key, c.what) for c in changes] == [("paper", ADDED), ("steel", CHANGED)]
    assert changes[1].old.text == "amount = 0.7 EUA per tCO2e"
    due = next(s for s in found.searched if s.name == "due")
    assert due.shown is not None and ("made_of of line_1 = steel" in due.shown.facts or "made_of of line_1 = paper" in due.shown.facts)


def test_declarations_are_compared_between_folders() -> None:
    found = compare(side(SHARE), side(SHARE, head=HEAD.replace("exposed : yes/no", "exposed : yes/no unless stated no")))

    fact = next(d for d in found.text.declared if d.sort == "fact")
    assert (fact.name, fact.what, fact.new) == ("plant.exposed", CHANGED, "exposed : yes/no unless stated no")


def test_another_default_is_found_through_the_rules_that_read_the_fact() -> None:
    rules = 'rule covered of plant each year : yes/no\n  cites act "Art 4" from 2020 = exposed\n'
    heads = [HEAD.replace("exposed : yes/no", f"exposed : yes/no unless stated {word}") for word in ("no", "yes")]
    found = compare(side(rules, head=heads[0]), side(rules, head=heads[1]))

    [searched] = found.searched
    assert searched.name == "covered" and searched.shown is not None
    assert (searched.shown.facts, searched.shown.old.shown, searched.shown.new.shown) == ((), "no", "yes")
    for text in (*(render(form, found) for form in FORMS), show_comparison(found)):
        assert "covered" in text


# ---------------------------------------------------------------- meaning


def test_figures_by_year_in_runs() -> None:
    rules = SHARE.replace("= 50%\n", '= 50%\n  cites amendment "Art 11" from 2024 = 40%\n                    from 2030 = 30%\n', 1)
    found = views(rules, "2023-01-01", None)

    figures = entry(found, "share").parameter
    assert figures is not None
    assert [(p.period, p.last, p.old.exact, p.new.exact) for p in figures.pairs] == [
        ("2024", "2029", "0.5", "0.4"), ("2030", "2050", "0.5", "0.3"),
    ]  # fmt: skip
    assert [d.place.name for d in found.meaning.dependents] == ["allocation"]
    assert found.meaning.dependents[0].through == ("share",)


def test_a_figure_that_follows_is_told_apart() -> None:
    rules = SHARE + 'rule double each year : ratio\n  cites act "Art 7" from 2020 = share × 2\n'
    found = two(rules, rules.replace("= 50%", "= 45%"))

    assert [p.name for p in found.followers] == ["double"]


# ---------------------------------------------------------------- witnesses


def threshold(sign: str) -> str:
    return f"""rule adjusted of plant each year : yes/no
  cites act "Art 3" from 2020
    = (sold − output) ÷ output {sign} 15% when output > 0 tCO2e
    = no otherwise
"""


def test_a_threshold_that_is_exceeded_or_reached_differs_exactly_there() -> None:
    facts = witness(two(threshold(">"), threshold("≥")), "adjusted")

    assert facts == {"output": "20 tCO2e", "sold": "23 tCO2e"}


@pytest.mark.parametrize("place", ["0.9196", "0.9197"])
def test_a_factor_rounded_before_use_differs_first_where_counting_says(place: str) -> None:
    rules = 'rule amount of plant each year : EUA rounded down\n  cites act "Art 4" from 2020 = output × {} × 1 EUA per tCO2e\n'
    whole, cut = Fraction("0.91963872"), Fraction(place)
    smallest = next(p for p in range(1, 1_000) if math.floor(p * whole) != math.floor(p * cut))

    facts = witness(two(rules.format("0.91963872"), rules.format(place)), "amount")

    assert facts == {"output": f"{smallest} tCO2e"}


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        ("output × 2", "output × 3", {"output": "1 tCO2e"}),
        ("output but at most 500 tCO2e", "output but at most 400 tCO2e", {"output": "401 tCO2e"}),
        ("output but at least 7 tCO2e", "output", {"output": "0 tCO2e"}),
        ("the higher of output and sold", "output", {"output": "0 tCO2e", "sold": "1 tCO2e"}),
        ("output rounded down to 10 tCO2e", "output rounded half_up to 10 tCO2e", {"output": "5 tCO2e"}),
        ("output last year", "output", None),
    ],
)
def test_smallest_inputs_of_amounts(old: str, new: str, wanted: dict[str, str] | None) -> None:
    rules = 'rule amount of plant each year : tCO2e not rounded\n  cites act "Art 4" from 2020 = {}\n'
    facts = witness(two(rules.format(old), rules.format(new)), "amount")

    assert wanted is None or facts == wanted


@pytest.mark.parametrize(
    ("old", "new", "name", "value"),
    [
        ("exposed", "no", "exposed", "yes"),
        ("kind is lime", "kind is one of (lime, steel)", "kind", "steel"),
        ("opened < 2021-07-01", "opened ≤ 2021-07-01", "opened", "2021-07-01"),
        ("output > 1_234_567 tCO2e", "output ≥ 1_234_567 tCO2e", "output", "1,234,567 tCO2e"),
    ],
)
def test_smallest_inputs_of_conditions(old: str, new: str, name: str, value: str) -> None:
    rules = 'rule covered of plant each year : yes/no\n  cites act "Art 4" from 2020 = {}\n'
    assert witness(two(rules.format(old), rules.format(new)), "covered") == {name: value}


def test_a_witness_is_found_through_other_rules() -> None:
    rules = """rule intensity of plant each year : ratio not rounded
  cites act "Art 4" from 2020
    = sold ÷ output when output > 0 tCO2e
    = 0 otherwise
rule class of plant each year : one of low, high
  cites act "Art 5" from 2020
    = low when intensity < {}
    = high otherwise
"""
    found = two(rules.format("0.25"), rules.format("0.2"))

    facts = witness(found, "class")
    ratio = Fraction(facts["sold"].split()[0].replace(",", "")) / Fraction(facts["output"].split()[0].replace(",", ""))
    assert Fraction(1, 5) <= ratio < Fraction(1, 4)


def test_every_witness_is_two_results_of_the_evaluator_on_facts_that_can_be_written() -> None:
    a, b = side(threshold(">")), side(threshold("≥"))
    searched = entry(compare(a, b), "adjusted").searched
    assert searched is not None and searched.shown is not None and searched.shown.witness is not None
    shown = searched.shown.witness

    facts, problems = read_data(b.program, facts_plain(b.program, shown.facts))

    assert problems == []
    for one, result in ((a, shown.old), (b, shown.new)):
        asked = shown.asked
        again = ask(Evaluation(one.program, one.law, facts), asked.name, asked.row, asked.at, None)
        assert isinstance(again, Known) and isinstance(result, Known) and again.value == result.value


def test_equal_law_in_other_words_is_no_difference_found() -> None:
    rules = 'rule amount of plant each year : tCO2e not rounded\n  cites act "Art 4" from 2020 = {}\n'
    found = two(rules.format("output × 2"), rules.format("output + output"))

    assert found.verdict == NOT_FOUND
    searched = entry(found, "amount").searched
    assert searched is not None and searched.tried > 5 and "the same under both laws" in searched.said


def test_the_other_way_round_is_the_same_verdict_and_the_same_input() -> None:
    forth, back = two(threshold(">"), threshold("≥")), two(threshold("≥"), threshold(">"))

    assert witness(forth, "adjusted") == witness(back, "adjusted")
    a, b = entry(forth, "adjusted").searched, entry(back, "adjusted").searched
    assert a is not None and b is not None and a.shown is not None and b.shown is not None
    assert (a.shown.old, a.shown.new) == (b.shown.new, b.shown.old)


def test_the_same_report_twice() -> None:
    one, other = (json.dumps(as_json(two(threshold(">"), threshold("≥")))) for _ in range(2))

    assert one == other


# ---------------------------------------------------------------- behaviour

CASE = """case "a plant" cites act "by hand"
  given a plant works with exposed = no
  given output of works in 2024 = 1_000 tCO2e
  expect allocation of works in 2024 = 500 EUA, share in 2024 = 50%
"""


def test_cases_say_who_changes_and_by_how_much() -> None:
    found = two(SHARE + CASE, SHARE.replace("50%", "45%") + CASE)

    assert [(c.name, c.old.shown, c.new.shown, c.delta) for c in found.behaviour.cases] == [
        ("allocation", "500 EUA", "450 EUA", "-50 EUA"), ("share", "0.5", "0.45", "-0.05"),
    ]  # fmt: skip
    assert found.behaviour.counted == (1, 2, 0)


def test_expectations_that_rest_on_nothing_that_changed_are_not_evaluated() -> None:
    more = SHARE + 'rule other each year : EUA\n  cites act "Art 8" from 2020 = {}\n' + CASE
    found = two(more.format("1 EUA"), more.format("2 EUA"))

    assert found.behaviour.counted == (1, 0, 2) and found.behaviour.cases == ()


def test_between_folders_a_case_keeps_its_own_view() -> None:
    draft = SHARE.replace("= 50%\n", '= 50%\n  cites draft "D 1" from 2026 = {}\n', 1)
    case = 'case "the draft" cites draft "by hand" in tiny+draft\n  expect share in 2026 = {}\n'
    found = two(draft.format("10%") + case.format("10%"), draft.format("20%") + case.format("20%"))

    assert found.verdict == DIFFERS
    assert [(c.name, c.old.shown, c.new.shown) for c in found.behaviour.cases] == [("share", "0.1 [proposed]", "0.2 [proposed]")]


def test_a_roster_has_winners_losers_and_totals() -> None:
    rules = 'rule bonus of plant each year : EUA not rounded\n  cites act "Art 4" from 2020\n    = {} when exposed\n    = {} otherwise\n'
    a, b = side(rules.format("10 EUA", "5 EUA")), side(rules.format("7 EUA", "6 EUA"))
    plants = {f"p{i}": {"exposed": "yes" if i < 2 else "no", "output": {"2024": "1 tCO2e"}} for i in range(5)}
    facts, problems = read_data(b.program, {"plant": plants})
    assert problems == []
    found = compare(a, b, Wanted(facts=facts))

    total = next(t for t in found.roster.totals if t.period == "2024")
    assert (total.winners, total.losers, total.same, total.old, total.new, total.delta) == (3, 2, 0, "35 EUA", "32 EUA", "-3 EUA")
    assert found.verdict == DIFFERS


def test_a_fact_of_the_same_name_above_divides_into_other_groups() -> None:
    """A site and its firm both have a sector: no row counts twice in one group."""
    sector = "\n  sector : one of lime, steel\n"
    head = HEAD.replace("entity plant\n", f"entity firm{sector}entity plant in firm{sector}")
    a, b = side(SHARE, head=head), side(SHARE.replace("50%", "60%"), head=head)
    plants = {
        "p": {"in": "f", "sector": "lime", "output": {"2024": "100 tCO2e"}},
        "q": {"in": "g", "sector": "steel", "output": {"2024": "200 tCO2e"}},
    }
    facts, problems = read_data(b.program, {"firm": {"f": {"sector": "lime"}, "g": {"sector": "steel"}}, "plant": plants})
    assert problems == []
    totals = compare(a, b, Wanted(facts=facts)).roster.totals

    assert {t.group: (t.winners, t.delta) for t in totals if t.period == "2024"} == {
        "": (2, "+30 EUA"), "sector = lime": (1, "+10 EUA"), "sector = steel": (1, "+20 EUA"),
        "sector of firm = lime": (1, "+10 EUA"), "sector of firm = steel": (1, "+20 EUA"),
    }  # fmt: skip


def test_shares_have_no_sum() -> None:
    rules = 'rule part of plant each year : ratio\n  cites act "Art 4" from 2020 = {} when exposed\n    = 10% otherwise\n'
    a, b = side(rules.format("50%")), side(rules.format("60%"))
    facts, _ = read_data(b.program, {"plant": {f"p{i}": {"exposed": "yes", "output": {"2024": "1 tCO2e"}} for i in range(3)}})
    total = next(t for t in compare(a, b, Wanted(facts=facts)).roster.totals if t.period == "2024")

    assert (total.winners, total.old, total.new, total.delta) == (3, "", "", "")


def test_a_roster_without_years_is_asked_where_texts_change() -> None:
    rules = 'rule part of plant each year : ratio\n  cites act "Art 4" from 2020 = {} when exposed\n    = 10% otherwise\n'
    a, b = side(rules.format("50%")), side(rules.format("60%"))
    facts, _ = read_data(b.program, {"plant": {"p": {"exposed": "yes"}, "q": {"exposed": "no"}}})
    found = compare(a, b, Wanted(facts=facts, effort=0))

    assert [(r.row, r.period, r.old.exact, r.new.exact) for r in found.roster.rows] == [("p", y, "0.5", "0.6") for y in ("2020", "2021")]


# ---------------------------------------------------------------- why


def test_a_changed_figure_is_split_exactly() -> None:
    old = SHARE
    new = SHARE.replace("= 50%", "= 40%").replace("output × share", "(output + 100 tCO2e) × share")
    a, b = side(old), side(new)
    [found] = attribute(a, b, {"plant": {"works": {"output": {"2024": "1_000 tCO2e"}}}}, "allocation of works", "2024")

    assert (found.old.shown, found.new.shown, found.delta) == ("500 EUA", "440 EUA", "-60 EUA")
    assert {s.name: s.shown for s in found.moving} == {"allocation": "+50 EUA", "share": "-100 EUA"}
    assert found.rest == -10
    assert "what only several changes together explain" in show_attribution(found)


def test_views_are_split_by_the_texts_that_changed_them() -> None:
    rules = SHARE.replace("= 50%\n", '= 50%\n  cites amendment "Art 11" from 2024 = 40%\n', 1)
    a = side(rules, "2023-01-01")
    b = Side("b", a.checked, a.program, ir.View("tiny", date(2024, 6, 1)))
    [found] = attribute(a, b, {"plant": {"works": {"output": {"2024": "1_000 tCO2e"}}}}, "allocation of works", "2024")

    [step] = found.steps
    assert (step.name, step.old_law, step.new_law, step.shown) == ("share", "The Act Art 1", "The Amendment Art 11", "-100 EUA")
    assert found.rest == 0


def test_the_day_of_a_text_is_a_change_of_its_own() -> None:
    """Between two folders: the amendment begins a year later (+10), and the factor falls to 90 % (-4); both together +5."""
    rules = SHARE.replace("= 50%\n", '= 50%\n  cites amendment "Art 11" = 40%\n', 1).replace("× share", "× share × factor")
    rules += 'rule factor each year : ratio\n  cites act "Art 9" from 2020 = {}\n'
    a, b = side(rules.format("100%")), side(rules.format("90%"), head=HEAD.replace("force 2024-01-01", "force 2025-01-01"))
    [found] = attribute(a, b, {"plant": {"works": {"output": {"2024": "100 tCO2e"}}}}, "allocation of works", "2024")

    assert [(s.name.partition(":")[0], s.delta) for s in found.moving] == [("declarations", 10), ("factor", -4)]
    assert (found.delta, found.rest) == ("+5 EUA", -1)


def test_folders_in_views_of_two_days_are_split_by_both() -> None:
    rules = SHARE.replace("= 50%\n", '= 50%\n  cites amendment "Art 11" from 2024 = 40%\n', 1)
    a, b = side(rules, "2023-01-01"), side(rules.replace("× share", "× share × 2"), "2024-06-01")
    [found] = attribute(a, b, {"plant": {"works": {"output": {"2024": "100 tCO2e"}}}}, "allocation of works", "2024")

    assert {s.name: s.delta for s in found.moving} == {"allocation": 50, "share": -10}
    assert (found.delta, found.rest) == ("+30 EUA", -10) and found.only_together == ()


def test_changes_that_act_only_together_are_named() -> None:
    rules = """rule first each year : yes/no
  cites act "Art 1" from 2020 = {}
rule second each year : yes/no
  cites act "Art 2" from 2020 = {}
rule due each year : EUA
  cites act "Art 3" from 2020
    = 10 EUA when first and second
    = 0 EUA otherwise
"""
    [found] = attribute(side(rules.format("no", "no")), side(rules.format("yes", "yes")), None, "due", "2024")

    assert found.moving == () and {s.name for s in found.only_together} == {"first", "second"}
    assert found.rest == 10


# ---------------------------------------------------------------- faces


def test_every_form_has_the_verdict_and_the_texts() -> None:
    found = two(SHARE + CASE, SHARE.replace("50%", "45%") + CASE)

    for text in (*(render(form, found) for form in FORMS), show_comparison(found)):
        assert "differs" in text and "45%" in text and "Art 1" in text


def test_a_page_asks_for_nothing_from_outside() -> None:
    page = render(".html", two(SHARE, SHARE.replace("50%", "45%")))

    assert "default-src 'none'" in page and "<script" not in page and "http://" not in page and "https://" not in page


def test_a_value_at_a_date_follows_on_the_day_of_the_other_change() -> None:
    rules = """rule price : EUR per EUA
  cites act "Art 1" from 2020 = 10 EUR per EUA
  cites amendment "Art 11" from 2024-07-15 = 12 EUR per EUA
rule twice : EUR per EUA not rounded
  cites act "Art 2" from 2020 = price × 2
"""
    found = views(rules, "2023-01-01", "2024-06-01")

    [follower] = found.followers
    assert [(p.period, p.old.exact, p.new.exact) for p in follower.pairs] == [("2024-07-15", "20", "24")]


def test_a_case_that_the_law_left_open_is_a_witness_where_it_is_settled() -> None:
    rules = """rule class of plant each year : one of low, high
  cites act "Art 5" from 2020
    = low when kind is lime
    = high when kind is steel
    = {} otherwise
"""
    found = two(rules.format('unknown "not said"'), rules.format("high"))

    assert witness(found, "class") == {"kind": "paper"}
