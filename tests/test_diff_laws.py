"""The laws of comparisons on random schemes, views and facts: what is said to be the same is the same, what is shown differs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st
from law_cases import LAW, Case, cases
from law_changes import without_section
from law_text import asked, evaluation
from strategies import views

from capcode.dsl import ir
from capcode.dsl.calendar import Period
from capcode.dsl.diagnostics import render_all
from capcode.dsl.frontend import Checked, check_texts
from capcode.dsl.views import LawView
from capcode.interpreter.attribution import attribute
from capcode.interpreter.cases import ask
from capcode.interpreter.diff import DIFFERS, IDENTICAL, Wanted, compare
from capcode.interpreter.diff_behaviour import facts_for
from capcode.interpreter.diff_meaning import alike, meaning_changes
from capcode.interpreter.diff_search import searches
from capcode.interpreter.diff_sides import Side
from capcode.interpreter.diff_text import text_changes
from capcode.interpreter.evaluate import Evaluation
from capcode.interpreter.mixed_law import Change, Mixer
from capcode.interpreter.results import Known


def side(case: Case, view: ir.View, program: ir.Program | None = None) -> Side:
    return Side(str(view), case.scheme.checked(), program or case.program, view)


def sides(case: Case, other: ir.View) -> tuple[Side, Side]:
    return side(case, case.view), side(case, other)


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Case, ir.View]:
    """A case and a second view of its scheme."""
    case = draw(cases())
    return case, draw(views(case.scheme))


@LAW
@given(cases())
def test_a_law_is_identical_to_itself(case: Case) -> None:
    a, b = sides(case, case.view)

    found = compare(a, b, Wanted(effort=10))

    assert found.verdict == IDENTICAL and found.entries == ()


@LAW
@given(pairs())
def test_what_is_not_affected_gives_the_same_between_views(pair: tuple[Case, ir.View]) -> None:
    """The set of what may have changed misses nothing: all else is equal on any facts, whatever it rests on."""
    case, other = pair
    a, b = sides(case, other)
    affected = {p.name for p in meaning_changes(a, b, text_changes(a, b)).affected}
    one, two = evaluation(case.program, case.view, case.facts), evaluation(case.program, other, case.facts)

    wrong = [q for q in asked(case.program, case.facts) if q[0] not in affected and not alike(one.value(*q), two.value(*q))]

    assert wrong == [], [(q, one.value(*q), two.value(*q)) for q in wrong[:3]]


@LAW
@given(pairs(), st.data())
def test_what_is_not_affected_gives_the_same_between_folders(pair: tuple[Case, ir.View], data: st.DataObject) -> None:
    case, _ = pair
    name = data.draw(st.sampled_from(sorted(case.program.rules)))
    section = data.draw(st.sampled_from(case.program.rules[name].sections))
    a, b = side(case, case.view), side(case, case.view, without_section(case.program, name, section))
    text = text_changes(a, b)
    affected = {p.name for p in meaning_changes(a, b, text).affected}
    one, two = (evaluation(s.program, s.view, case.facts) for s in (a, b))

    assert affected <= {name} | {d.place.name for d in meaning_changes(a, b, text).dependents}
    assert all(alike(one.value(*q), two.value(*q)) for q in asked(case.program, case.facts) if q[0] not in affected)


@LAW
@given(pairs())
def test_every_witness_differs_and_the_verdict_is_the_same_from_both_sides(pair: tuple[Case, ir.View]) -> None:
    case, other = pair
    a, b = sides(case, other)
    text = text_changes(a, b)

    for one in searches(a, b, text, frozenset(), 12):
        witness = one.shown.witness if one.shown is not None else None
        if witness is not None:
            q = witness.asked
            old, new = (
                ask(Evaluation(s.program, LawView(s.program, s.view), facts_for(s, b, witness.facts)), q.name, q.row, q.at, q.part)
                for s in (a, b)
            )
            assert not alike(old, new) and (old, new) == (witness.old, witness.new)
    forth, back = compare(a, b, Wanted(effort=0)), compare(b, a, Wanted(effort=0))
    assert forth.verdict == back.verdict
    assert {e.place for e in forth.entries} == {e.place for e in back.entries}


class _All(frozenset[Change]):
    def __contains__(self, _: object) -> bool:
        return True


@LAW
@given(pairs())
def test_a_mixed_law_with_nothing_or_everything_chosen_is_one_of_the_two(pair: tuple[Case, ir.View]) -> None:
    case, other = pair
    a, b = sides(case, other)
    mixer = Mixer(a, b)

    for chosen, pure in ((frozenset(), a), (_All(), b)):
        program, law = mixer.law(chosen)
        mixed, alone = Evaluation(program, law, case.facts), evaluation(case.program, pure.view, case.facts)
        wrong = [q for q in asked(case.program, case.facts) if not alike(mixed.value(*q), alone.value(*q))]
        assert wrong == [], [(q, mixed.value(*q), alone.value(*q)) for q in wrong[:3]]


@LAW
@given(pairs())
def test_an_attribution_adds_up(pair: tuple[Case, ir.View]) -> None:
    """Before, every step and the interaction make after, to the last digit."""
    case, other = pair
    a, b = sides(case, other)
    one, two = evaluation(case.program, case.view, case.facts), evaluation(case.program, other, case.facts)
    changed = [q for q in asked(case.program, case.facts) if not alike(one.value(*q), two.value(*q))]
    changed = [q for q in changed if isinstance(one.value(*q), Known) and isinstance(two.value(*q), Known) and q[2] is not None]

    for name, row, at in changed[:2]:
        if case.program.rules[name].argument is not None:
            continue
        label = case.program.calendar.label(at) if isinstance(at, Period) else str(at)
        [found] = attribute(a, b, case.facts, f"{name} of {row}" if row else name, label)
        if found.rest is None:
            continue
        total = sum((s.delta for s in found.steps if s.delta is not None), Fraction(0)) + found.rest
        assert found.old.number is not None and found.old.number + total == found.new.number
        assert found.steps, "a figure that changed has a cause"


@LAW
@given(pairs())
def test_a_difference_has_a_reason(pair: tuple[Case, ir.View]) -> None:
    case, other = pair
    a, b = sides(case, other)
    found = compare(a, b, Wanted(effort=0, facts=replace(case.facts)))

    assert (found.verdict == DIFFERS) == bool(found.meaning.parameters or found.behaviour.cases or found.roster.rows)


# ---------------------------------------------------------------- the smallest input, against counting

HEAD = """language 1
scheme tiny "Tiny scheme"
  currency EUR
  year starts 1 January
instrument act "The Act" in force 2020-01-01
entity plant
  output : tCO2e each year from 0 tCO2e to 2_000 tCO2e step 1 tCO2e
rule amount of plant each year : tCO2e not rounded
  cites act "Art 1" from 2020
"""
MOST = 2_000


@st.composite
def formulas(draw: st.DrawFn) -> list[tuple[str, Callable[[Fraction], Fraction]]]:
    """Two formulas of one number, near one another, each as the language writes it and as Python works it out."""
    kind = draw(st.sampled_from(["when", "most", "least", "factor", "rounded", "both"]))
    bound, place = draw(st.integers(1, 900)), draw(st.sampled_from([2, 5, 10, 100]))
    other = draw(st.one_of(st.just(bound), st.integers(max(1, bound - 20), bound + 20)))
    factor = draw(st.integers(1, 99))

    def one(bound: int, variant: int) -> tuple[str, Callable[[Fraction], Fraction]]:
        share = Fraction(factor + variant, 100)
        match kind:
            case "when":
                sign = "<" if variant else "≤"
                text = f"    = 0 tCO2e when output {sign} {bound} tCO2e\n    = output otherwise\n"
                return text, lambda p: Fraction(0) if (p < bound if variant else p <= bound) else p
            case "most":
                return f"    = output but at most {bound} tCO2e\n", lambda p: min(p, Fraction(bound))
            case "least":
                return f"    = output × {factor}% but at least {bound} tCO2e\n", lambda p: max(p * Fraction(factor, 100), Fraction(bound))
            case "factor":
                text = f"    = output × {factor + variant}% rounded down to {place} tCO2e\n"
                return text, lambda p: p * share // place * place
            case "rounded":
                mode = "half_up" if variant else "down"
                half = Fraction(place, 2) if variant else Fraction(0)
                text = f"    = output × {factor}% rounded {mode} to {place} tCO2e\n"
                return text, lambda p: (p * Fraction(factor, 100) + half) // place * place
            case _:
                text = f"    = (output × {factor + variant}% rounded down to {place} tCO2e) but at most {bound} tCO2e\n"
                return text, lambda p: min(p * share // place * place, Fraction(bound))

    return [one(bound, 0), one(other, draw(st.integers(0, 1)))]


def _tiny(body: str) -> Side:
    checked = accepted_texts({"tiny.rules": HEAD + body})
    assert checked.program is not None
    return Side("tiny", checked, checked.program, ir.View("tiny"))


def accepted_texts(files: dict[str, str]) -> Checked:
    checked = check_texts("tiny", files)
    assert checked.program is not None, render_all(list(checked.diagnostics))
    return checked


@LAW
@given(formulas())
def test_the_smallest_input_is_the_one_that_counting_finds(pair: list[tuple[str, Callable[[Fraction], Fraction]]]) -> None:
    (old, f), (new, g) = pair
    smallest = next((p for p in range(MOST + 1) if f(Fraction(p)) != g(Fraction(p))), None)
    found = compare(_tiny(old), _tiny(new), Wanted(with_cases=False))
    shown = found.entries[0].searched.shown if found.entries and found.entries[0].searched is not None else None

    assert (found.verdict == DIFFERS) == (smallest is not None), (found.verdict, smallest)
    if shown is not None:
        assert shown.facts == (f"output of plant_1 in 2020 = {smallest:,} tCO2e",)
