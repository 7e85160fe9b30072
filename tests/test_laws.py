"""The laws of the language (semantics, section 16) on random schemes that the checks accept; comparison is exact.

Here: knowledge, order, views, clauses. Marks, numbers, cost, traces and texts are in `test_laws_of_values`; the laws of
accounts, duties, measures and columns stand with those parts, the laws of single functions (rounding, sharing, results)
with theirs. A failure prints the whole scheme, its facts and the view. `make release-check` tries many more schemes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st
from law_cases import LAW, NEW, YEARLY, Case, again, agree, cases, of, probes, unmarked, with_probes
from law_changes import idle, mirrored, without_instruments
from law_text import Asked, Clause, Instrument, Rule, Scheme, Section, accepted, differences, read_facts, results
from small_law import enacted, other, program, says, section, seen
from strategies import PLANT, YEARS, conditions
from strategies_expressions import LITERALS, Options, Place

from capcode.dsl import ir
from capcode.dsl.calendar import Period
from capcode.dsl.instruments import Standing
from capcode.dsl.types import DateType, NameType, QuantityType, SetType, Type, YesNoType
from capcode.dsl.views import DisputedOpen, Gap, Governs, LawView
from capcode.interpreter.results import CAUSE_KINDS, REASON_KINDS, Error, Known, Open, below

# ---------------------------------------------------------------- the claim of section 14


def _fits(value: ir.Value, type_: Type) -> bool:
    if isinstance(value, ir.Absent):
        return type_.or_none
    match type_.base:
        case QuantityType():
            return isinstance(value, Fraction)
        case YesNoType():
            return isinstance(value, bool)
        case DateType():
            return isinstance(value, date)
        case NameType(names):
            return value in names
        case SetType(names):
            return isinstance(value, frozenset) and value <= set(names)
    return isinstance(value, str)


@LAW
@given(cases())
def test_every_question_of_a_checked_program_ends_with_a_result_of_its_type(case: Case) -> None:
    """Soundness: nothing raises, nothing runs out of budget, and kinds of reasons and causes are from the closed lists."""
    lives = {e.name for e in case.program.entities.values() if e.start is not None}
    for (name, *_), result in of(case).items():
        match result:
            case Known(ir.Absent("not_applicable")) if case.program.rules[name].entity in lives:
                pass  # before or after the life of its row, whatever the type (section 2)
            case Known(value, _):
                assert _fits(value, case.program.rules[name].type), (name, value)
            case Open(reasons):
                assert reasons and {r.kind for r in reasons} <= set(REASON_KINDS)
            case Error(causes):
                assert causes and {c.kind for c in causes} <= set(CAUSE_KINDS) - {"budget", "out_of_bounds"}, causes


@LAW
@given(cases())
def test_results_do_not_depend_on_what_was_asked_before(case: Case) -> None:
    assert not differences(of(case), results(case.program, case.view, case.facts, backwards=True))


# ---------------------------------------------------------------- 1 and 2: knowledge


@LAW
@given(cases(), st.data())
def test_law_1_more_facts_and_closed_lists_only_add_knowledge(case: Case, data: st.DataObject) -> None:
    """A default that is stated is a change of facts and no addition (section 2), so fields with a default stay."""
    (c,) = data.draw(conditions(case.scheme, 1, replace(YEARLY, rows=(PLANT,))))
    amounts = {"total": f"sum of plant_mass over its plants where ({c})", "mean": "mean of plant_mass over its plants",
               "rows": "(number of its plants) × 1 t", "least": "lowest of plant_mass over all plants"}  # fmt: skip
    answers = {"any": f"({c}) holds in any of its plants", "each": f"({c}) holds in each of its plants",
               "two": f"({c}) holds in at least 2 of all plants", "some": f"there is a plant where ({c})"}  # fmt: skip
    probing = with_probes(case.scheme, YEARLY, "tCO2e", {f"probe_{n}": b for n, b in amounts.items()})
    program = with_probes(probing, YEARLY, "yes/no", {f"probe_{n}": b for n, b in answers.items()}).program()
    fixed = {f.name for f in case.scheme.fields if f.has_default}
    chance = st.integers(0, 1).map(bool)
    values = {k: s if k[0] in fixed or not data.draw(chance) else s.complete for k, s in case.world.values.items()}
    closed = tuple(item for item in case.world.closed if PLANT not in item or (item != PLANT and data.draw(chance)))
    more_closed = tuple(item for item in case.world.everything if item in closed or data.draw(chance))
    open_rows = [r for r in case.world.rows if r[0] == PLANT and f"{PLANT} of {r[2]}" not in closed]
    fewer = replace(case.world, rows=tuple(r for r in case.world.rows if r not in open_rows[:1]), closed=closed)

    less = results(program, case.view, fewer.facts(program))
    more = results(program, case.view, replace(case.world, values=values, closed=more_closed).facts(program))

    assert not [f"{q}: {less[q]} is not below {more[q]}" for q in less if not below(less[q], more[q])][:3]


@LAW
@given(cases(Options(certain=True, readings=False), complete=True))
def test_law_2_with_all_facts_nothing_is_open(case: Case) -> None:
    assert not [f"{q}: {r}" for q, r in of(case).items() if isinstance(r, Open)][:3]


# ---------------------------------------------------------------- 3: order


def _backwards(scheme: Scheme) -> Scheme:
    def section(one: Section) -> Section:
        ordered = one.manner == "in this order" or len(one.clauses) == 1
        return one if ordered else replace(one, clauses=one.clauses[::-1])

    rules = tuple(replace(r, sections=tuple(section(s) for s in r.sections[::-1])) for r in scheme.rules[::-1])
    tables = tuple(replace(t, rows=t.rows[::-1]) for t in scheme.tables)
    instruments = tuple(replace(i, relations=i.relations[::-1]) for i in scheme.instruments[::-1])
    return replace(scheme, instruments=instruments, rules=rules, tables=tables, fields=scheme.fields[::-1], entities=scheme.entities[::-1])


@LAW
@given(cases())
def test_law_3_the_order_of_texts_clauses_rows_and_facts_means_nothing(case: Case) -> None:
    turned = _backwards(case.scheme)
    program = accepted({f"z{n}.rules" if n != "made.rules" else n: t for n, t in turned.files().items()})
    data = {k: dict(reversed(v.items())) if isinstance(v, dict) else v[::-1] for k, v in reversed(case.world.data().items())}

    assert not differences(of(case), results(program, case.view, read_facts(program, data)))


@LAW
@given(cases())
def test_law_3_the_order_of_operands_means_nothing(case: Case) -> None:
    assert not differences(of(case), results(mirrored(case.program), case.view, case.facts))


# ---------------------------------------------------------------- 4 to 12: views


@LAW
@given(cases(), st.data())
def test_law_4_nothing_changes_between_two_days_of_entry_into_force(case: Case, data: st.DataObject) -> None:
    days = [date.fromisoformat(d) for d in case.scheme.days]
    i = data.draw(st.integers(0, len(days) - 1))
    last = days[i + 1] - timedelta(days=1) if i + 1 < len(days) else None

    at_first = results(case.program, replace(case.view, as_at=days[i]), case.facts)

    assert not differences(at_first, results(case.program, replace(case.view, as_at=last), case.facts))


@LAW
@given(cases())
def test_law_5_an_instrument_without_effect_can_be_deleted(case: Case) -> None:
    unused = idle(case.program, case.view)
    remaining = without_instruments(case.program, unused)

    assert not differences(of(case), results(remaining, replace(case.view, chosen=case.view.chosen - unused), case.facts))


def _span(case: Case, rule: Rule, year: int) -> str:
    """`from …` where a new section of a rule may start, nothing for a constant."""
    if not rule.sections[0].span:
        return ""
    return f"from {year}/01" if rule.kind == "month" else f"from {case.scheme.start(year) if not rule.kind else case.scheme.year(year)}"


@LAW
@given(cases(Options(fixed=False)), st.data())
def test_law_6_a_later_text_leaves_earlier_periods_alone(case: Case, data: st.DataObject) -> None:
    rules = [r for r in case.scheme.rules if r.sections[0].span]
    year = data.draw(st.sampled_from(YEARS))
    scheme = case.scheme.with_instrument(NEW)
    for rule in rules:
        value = LITERALS[rule.type.removesuffix(" or none")][-1]
        scheme = scheme.with_section(rule.name, Section(NEW.name, "New", _span(case, rule, year), (Clause(value),)))
    before, after = of(case), again(scheme, case)
    start = date.fromisoformat(case.scheme.start(year)) if not [r for r in rules if r.kind == "month"] else date(year, 1, 1)
    early = {q: r for q, r in before.items() if _day_of(case, q) < start}

    assert not differences(early, {q: after[q] for q in early})


def _day_of(case: Case, question: Asked) -> date:
    """The day that chooses the text: of a period, a day, or a dated row; the first of all for a constant."""
    name, row, at = question
    rule = case.program.rules[name]
    if isinstance(at, Period):
        return case.program.calendar.start(at) or date.min
    if rule.timing != ir.ROW_DAY:
        return at or date.min
    entity: str | None = rule.entity
    while entity is not None and row is not None:
        start = case.program.entities[entity].start
        if start is not None:
            day = case.facts.values[f"{entity}.{start}", row, None]
            assert isinstance(day, date)
            return day
        row, entity = case.facts.rows[entity][row], case.program.entities[entity].parent
    return date.max


@LAW
@given(cases(Options(fixed=False)), st.data())
def test_law_7_a_repeal_leaves_earlier_periods_alone(case: Case, data: st.DataObject) -> None:
    target = data.draw(st.sampled_from([i.name for i in case.scheme.instruments if i.word == "enacted"]))
    day = case.scheme.start(data.draw(st.sampled_from(YEARS)))
    repealing = case.scheme.with_instrument(replace(NEW, relations=(f"repeals {target} from {day}",)))
    newest = replace(case.view, as_at=None)

    before, after = results(case.program, newest, case.facts), again(repealing, case, view=newest)
    early = {q: r for q, r in before.items() if _day_of(case, q) < date.fromisoformat(day)}

    assert not differences(early, {q: after[q] for q in early})


@LAW
@given(cases(), st.data())
def test_law_8_annulling_an_annulment_restores(case: Case, data: st.DataObject) -> None:
    target = data.draw(st.sampled_from(case.scheme.instruments))
    court = Instrument("act_8", "in force 2025-02-01", "2025-02-01", (f"annuls {target.name}",))
    appealed = case.scheme.with_instrument(court).with_instrument(replace(NEW, relations=("annuls act_8",)))
    newest = replace(case.view, as_at=None)

    assert not differences(results(case.program, newest, case.facts), again(appealed, case, view=newest))


@LAW
@given(cases(), st.data())
def test_law_9_an_assumption_changes_only_what_was_open_or_a_gap(case: Case, data: st.DataObject) -> None:
    """A new one with a section in every rule, or one of the scheme's. (A section of an enacted text that also cites an
    assumption is there only where that is chosen, and overrides: such assumptions are left out.)"""
    year = data.draw(st.sampled_from(YEARS))
    scheme = case.scheme.with_instrument(Instrument("act_8", "assumed"))
    for rule in (r for r in case.scheme.rules if _span(case, r, year)):
        value = LITERALS[rule.type.removesuffix(" or none")][-1]
        scheme = scheme.with_section(rule.name, Section("act_8", "If", _span(case, rule, year), (Clause(value),)))
    own = [n for n in case.scheme.chosen("assumed") if not any(n in s.also for r in case.scheme.rules for s in r.sections)]
    one = data.draw(st.sampled_from(["act_8", *own]))
    without = replace(case.view, chosen=case.view.chosen - set(case.scheme.chosen("assumed")))
    before, after = (again(scheme, case, view=v) for v in (without, replace(without, chosen=without.chosen | {one})))

    def stays(q: Asked) -> bool:
        old, new = before[q], after[q]
        if isinstance(old, Open) or (isinstance(old, Error) and any(c.kind == "gap" for c in old.causes)):
            return True
        if isinstance(old, Known):
            return isinstance(new, Known) and old.value == new.value
        return isinstance(new, Error)

    assert not [f"{q}: {before[q]} became {after[q]}" for q in before if not stays(q)][:3]


@LAW
@given(cases(), st.data())
def test_law_10_views_with_the_same_active_texts_agree(case: Case, data: st.DataObject) -> None:
    """The last day and the end of time; and what is chosen without being active, such as an annulled proposal."""
    newest = replace(case.view, as_at=None)
    standing = Standing(case.program, newest)
    active = frozenset(n for n in newest.chosen if standing.silence(n, None) is None)
    same = ir.View("made", date(2030, 1, 1), active)

    assert LawView(case.program, newest).actives() == LawView(case.program, same).actives()
    assert not differences(results(case.program, newest, case.facts), results(case.program, same, case.facts))


@LAW
@given(cases(), st.data())
def test_law_11_as_before_otherwise_is_the_identity(case: Case, data: st.DataObject) -> None:
    """But for `initially`, which ends where the first other section begins, be it the one that says `as before`."""
    year = data.draw(st.sampled_from(YEARS))
    scheme = case.scheme.with_instrument(NEW)
    for rule in (r for r in case.scheme.rules if all(s.span != "initially" for s in r.sections)):
        scheme = scheme.with_section(rule.name, Section(NEW.name, "New", _span(case, rule, year), (Clause("as before", "otherwise"),)))

    newest = replace(case.view, as_at=None)

    assert not differences(results(case.program, newest, case.facts), again(scheme, case, view=newest))


def test_law_11_where_only_a_reading_speaks() -> None:
    """`as before` over a reading that nobody chose is as open as that reading; a reading above it is not below it."""
    sections = [section("act_1", 1, "2021"), section("act_2", says(ir.AsBefore()), "2020")]
    for read, wanted in (("act_0", DisputedOpen(("reading",))), ("act_2", Gap)):
        texts = [enacted("act_0", "2018"), enacted("act_2", "2019"), enacted("act_1", "2021"), other("reading", "reading", reading_of=read)]
        found = seen(program(texts)).govern((*sections, section("reading", 7, "2015")), "year", date(2020, 1, 1))
        assert isinstance(found, Governs)
        below_it = found.below()
        assert below_it == wanted if isinstance(wanted, DisputedOpen) else isinstance(below_it, wanted)


@LAW
@given(cases(), st.data())
def test_law_12_copying_the_governing_section_changes_no_value(case: Case, data: st.DataObject) -> None:
    """Into a later text, for one period of each rule that runs through years."""
    newest = replace(case.view, as_at=None)
    law = LawView(case.program, newest)
    year = data.draw(st.sampled_from(YEARS))
    scheme = case.scheme.with_instrument(NEW)
    copied: list[str] = []
    for rule in case.scheme.rules:
        if rule.kind != "year":
            continue
        choice = law.govern(case.program.rules[rule.name].sections, "year", date.fromisoformat(case.scheme.start(year)))
        if not isinstance(choice, Governs) or len(choice.sections) > 1:
            continue
        source = next(s for s in rule.sections if s.article == choice.citations[0].article)
        if source.manner == "adds" or source.says("as before") or re.search(r", | then ", source.clauses[0].value.partition("(")[0]):
            continue
        copy = replace(source, instrument=NEW.name, span=f"for {case.scheme.year(year)}", mark="", also=())
        scheme, copied = scheme.with_section(rule.name, copy), [*copied, rule.name]
    before = unmarked(results(case.program, newest, case.facts, copied))

    assert not differences(before, unmarked(again(scheme, case, copied, newest)))


# ---------------------------------------------------------------- 13 to 15: logic, clauses


@LAW
@given(cases(), st.data())
def test_law_13_and_or_not(case: Case, data: st.DataObject) -> None:
    a, b, c = data.draw(conditions(case.scheme, 3, YEARLY))
    bodies = {
        "ab": f"({a}) and ({b})", "ba": f"({b}) and ({a})", "a_or_b": f"({a}) or ({b})", "b_or_a": f"({b}) or ({a})",
        "abc": f"(({a}) and ({b})) and ({c})", "cba": f"({a}) and (({b}) and ({c}))", "flat": f"({a}) and ({b}) and ({c})",
        "a_or_bc": f"(({a}) or ({b})) or ({c})", "ab_or_c": f"({a}) or (({b}) or ({c}))",
        "aa": f"({a}) and ({a})", "a_or_a": f"({a}) or ({a})", "a": f"({a}) is yes", "twice": f"not (not ({a}))",
        "nor": f"not (({a}) or ({b}))", "none": f"(not ({a})) and (not ({b}))",
        "nand": f"not (({a}) and ({b}))", "some": f"(not ({a})) or (not ({b}))",
    }  # fmt: skip
    found = probes(case, YEARLY, "yes/no", bodies)

    agree(found, ("ab", "ba"), ("a_or_b", "b_or_a"), ("abc", "cba"), ("abc", "flat"), ("a_or_bc", "ab_or_c"))
    agree(found, ("aa", "a"), ("a_or_a", "a"), ("twice", "a"), ("nor", "none"), ("nand", "some"))


@LAW
@given(cases(), st.data())
def test_law_14_any_each_and_none(case: Case, data: st.DataObject) -> None:
    (c,) = data.draw(conditions(case.scheme, 1, replace(YEARLY, rows=(PLANT,))))
    bodies = {
        "any": f"({c}) holds in any of its plants", "not_each": f"not ((not ({c})) holds in each of its plants)",
        "none": f"({c}) holds in none of its plants", "not_any": f"not (({c}) holds in any of its plants)",
        "is": f"there is a plant where ({c})", "is_no": f"there is no plant where ({c})",
        "one": f"({c}) holds in at least 1 of its plants",
    }  # fmt: skip

    found = probes(case, YEARLY, "yes/no", bodies)

    agree(found, ("any", "not_each"), ("none", "not_any"), ("is", "any"), ("is_no", "none"), ("one", "any"))


def _each_section(scheme: Scheme, change: Callable[[Rule, Section], Section]) -> Scheme:
    return replace(scheme, rules=tuple(replace(r, sections=tuple(change(r, s) for s in r.sections)) for r in scheme.rules))


def _is_series(section: Section) -> bool:
    return len(section.clauses) == 1 and section.clauses[0].value[0] not in "(b" and ", " in section.clauses[0].value


@LAW
@given(cases())
def test_law_15_in_this_order_means_nothing_where_conditions_exclude_each_other(case: Case) -> None:
    def ordered(rule: Rule, section: Section) -> Section:
        plain = not section.manner and not any(c.article for c in section.clauses) and len(section.clauses) > 1
        return replace(section, manner="in this order") if plain else section

    before, after = of(case), again(_each_section(case.scheme, ordered), case)
    changed = {q: r for q, r in unmarked(before).items() if isinstance(r, Known)}

    assert not differences(changed, {q: r for q, r in unmarked(after).items() if q in changed})


@LAW
@given(cases())
def test_law_15_an_exception_whose_condition_is_no_changes_nothing(case: Case) -> None:
    def never(rule: Rule, section: Section) -> Section:
        if section.manner == "adds" or _is_series(section):
            return section
        value = LITERALS[rule.type.removesuffix(" or none")][0]
        return replace(section, clauses=(*section.clauses, Clause(value, "no", "Never", "over all")))

    assert not differences(of(case), again(_each_section(case.scheme, never), case))


@LAW
@given(cases(), st.data())
def test_law_15_an_exception_over_all_is_a_restatement_that_keeps_the_rest(case: Case, data: st.DataObject) -> None:
    excepting, restating = case.scheme, case.scheme.with_instrument(NEW)
    newest = replace(case.view, as_at=None)
    names: list[str] = []
    for rule in case.scheme.rules:
        one = replace(rule.sections[0], also=())
        if _is_series(one) or any("all" in c.over for c in one.clauses) or one.rounding:
            continue
        place = Place(rule.entity, rule.kind, dated=not rule.kind and not rule.entity and bool(one.span))
        (condition,) = data.draw(conditions(replace(case.scheme, rules=()), 1, place))
        value = LITERALS[rule.type.removesuffix(" or none")][-1]
        exception = Clause(value, condition, "More", "over all")
        excepting = excepting.with_rule(replace(rule, sections=(replace(one, clauses=(*one.clauses, exception)),)))
        restated = Section(NEW.name, "More", one.span, (Clause(value, condition), Clause("as before", "otherwise")))
        restating = restating.with_rule(replace(rule, sections=(one, restated)))
        names.append(rule.name)
    excepted, kept = again(excepting, case, names, newest), again(restating, case, names, newest)
    known = {q: r for q, r in unmarked(excepted).items() if isinstance(r, Known)}

    assert not differences(known, {q: r for q, r in unmarked(kept).items() if q in known})


@LAW
@given(cases(), st.data())
def test_law_15_a_section_that_adds_is_as_before_with_exceptions(case: Case, data: st.DataObject) -> None:
    year = data.draw(st.sampled_from(YEARS))
    adding = spelling = case.scheme.with_instrument(NEW)
    for rule in case.scheme.rules:
        place = Place(rule.entity, rule.kind, dated=not rule.kind and not rule.entity and bool(rule.sections[0].span))
        (condition,) = data.draw(conditions(replace(case.scheme, rules=()), 1, place))
        value = LITERALS[rule.type.removesuffix(" or none")][-1]
        added = Section(NEW.name, "More", _span(case, rule, year), (Clause(value, condition),), manner="adds")
        spelt = replace(added, manner="", clauses=(Clause("as before"), Clause(value, condition, "More")))
        adding, spelling = adding.with_section(rule.name, added), spelling.with_section(rule.name, spelt)
    newest = replace(case.view, as_at=None)

    assert not differences(again(adding, case, view=newest), again(spelling, case, view=newest))
