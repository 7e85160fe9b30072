"""Laws of the semantics (section 16) that concern views, on random law: what must hold whatever the texts are."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st
from small_law import enacted, number, other, program, says, section

from capcode.dsl import ir
from capcode.dsl.views import Choice, Governs, LawView, check_instruments


def is_unknown(choice: Governs) -> bool:
    return isinstance(choice.law, ir.RuleLaw) and isinstance(choice.law.clauses[0].body, ir.OpenValue)


NAMES = [f"i{k}" for k in range(6)]
YEARS = st.integers(2010, 2024)


@st.composite
def random_law(draw: st.DrawFn) -> tuple[list[ir.Instrument], list[ir.Section], ir.View]:
    instruments = [enacted("i0", str(draw(YEARS)))]
    for k, name in enumerate(NAMES[1:], start=1):
        status = draw(st.sampled_from(["enacted"] * 4 + ["proposed", "reading", "assumed"]))
        older = st.sampled_from(NAMES[:k])
        some = st.integers(0, 5).map(lambda n: n == 0)
        more: dict[str, Any] = {}
        if draw(some):
            more["repeals"] = ((draw(older), date(draw(YEARS), 1, 1)),)
        if draw(some):
            more["annuls"] = (draw(older),)
        if draw(some):
            more["disputes"] = (draw(older),)
        if draw(some):
            more["under"] = draw(older)
        if draw(some):
            more["expires"] = date(draw(YEARS) + 3, 1, 1)
        if status == "enacted":
            if draw(some):
                more["amends"] = (draw(older),)
            if draw(some):
                proposals = [i.name for i in instruments if i.status == "proposed"]
                more["adopts"] = tuple(proposals[:1])
            instruments.append(enacted(name, str(draw(YEARS)), **more))
        elif status == "reading":
            instruments.append(other(name, "reading", reading_of=draw(older), **more))
        else:
            instruments.append(other(name, status, **more))
    sections = []
    for j in range(draw(st.integers(1, 7))):
        cites = [draw(st.sampled_from(NAMES))]
        if draw(st.integers(0, 6)) == 0:
            cites.append(draw(st.sampled_from(NAMES)))
        start = draw(YEARS)
        end = start + draw(st.integers(1, 6)) if draw(st.booleans()) else None
        some_bodies: list[ir.Body] = [number(j), number(j), ir.AsBefore(), ir.OpenValue("?")]
        body = draw(st.sampled_from(some_bodies))
        initially = draw(st.integers(0, 9)) == 0
        stands = end is not None and draw(st.integers(0, 4)) == 0
        sections.append(section(
            cites, says(body), None if initially else str(start), str(end) if end and not initially else None, f"Art {j}",
            initially=initially, stands=stands and not initially,
        ))  # fmt: skip
    assume(not any(d.code == "V010" for d in check_instruments(program(instruments))))
    as_at = date(draw(YEARS), 6, 1) if draw(st.booleans()) else None
    return instruments, sections, ir.View("small", as_at, frozenset(draw(st.sets(st.sampled_from(NAMES[1:])))))


def shown(choice: Choice) -> object:
    """A choice with all that lies below it."""
    if isinstance(choice, Governs):
        return choice, tuple(sorted(s.citations[0].article for s in choice.sections)), shown(choice.below())
    return choice


def over_time(instruments: Sequence[ir.Instrument], sections: Sequence[ir.Section], view: ir.View) -> list[object]:
    law = LawView(program(instruments), view)
    kept = tuple(sections)
    return [shown(law.govern(kept, "year", date(y, 1, 1))) for y in range(2008, 2034)]


@given(random_law(), st.randoms(use_true_random=False))
def test_the_order_of_the_text_means_nothing(made: tuple[list[ir.Instrument], list[ir.Section], ir.View], rng: object) -> None:
    instruments, sections, view = made
    a, b = list(instruments), list(sections)
    rng.shuffle(a)  # type: ignore[attr-defined]
    rng.shuffle(b)  # type: ignore[attr-defined]
    assert over_time(instruments, sections, view) == over_time(a, b, view)


@given(random_law())
def test_as_at_is_a_step_function(made: tuple[list[ir.Instrument], list[ir.Section], ir.View]) -> None:
    instruments, sections, view = made
    days = sorted({i.day for i in instruments if i.day is not None})
    for first, following in pairwise(days):
        at_first, before_next = (dataclasses.replace(view, as_at=d) for d in (first, following - timedelta(days=1)))
        assert over_time(instruments, sections, at_first) == over_time(instruments, sections, before_next)


@given(random_law(), st.integers(2010, 2030), st.sampled_from(NAMES))
def test_a_repeal_leaves_earlier_periods_alone(
    made: tuple[list[ir.Instrument], list[ir.Section], ir.View], start: int, target: str
) -> None:
    instruments, sections, view = made
    before = over_time(instruments, sections, view)
    after = over_time([*instruments, enacted("zz", "2009", repeals=((target, date(start, 1, 1)),))], sections, view)
    assert before[: start - 2008] == after[: start - 2008]


@given(random_law(), st.sampled_from(NAMES))
def test_annulling_an_annulment_undoes_it(made: tuple[list[ir.Instrument], list[ir.Section], ir.View], target: str) -> None:
    instruments, sections, view = made
    undone = [*instruments, enacted("y", "2009", annuls=(target,)), enacted("z", "2009", annuls=("y",))]
    assert over_time(instruments, sections, view) == over_time(undone, sections, view)



@given(random_law())
def test_views_with_the_same_active_instruments_agree(made: tuple[list[ir.Instrument], list[ir.Section], ir.View]) -> None:
    instruments, sections, view = made
    law = program(instruments)
    latest = max((i.day for i in instruments if i.day), default=date(2030, 1, 1))
    open_ended = dataclasses.replace(view, as_at=None)
    dated = dataclasses.replace(view, as_at=latest)
    assert LawView(law, open_ended).actives() == LawView(law, dated).actives()
    assert over_time(instruments, sections, open_ended) == over_time(instruments, sections, dated)


def without(instruments: Sequence[ir.Instrument], name: str) -> list[ir.Instrument]:
    """The instruments as if one had never been registered, nor any word about it."""

    def forget(i: ir.Instrument) -> ir.Instrument:
        return dataclasses.replace(
            i, amends=tuple(n for n in i.amends if n != name), annuls=tuple(n for n in i.annuls if n != name),
            disputes=tuple(n for n in i.disputes if n != name), adopts=tuple(n for n in i.adopts if n != name),
            repeals=tuple(r for r in i.repeals if r[0] != name), under=None if i.under == name else i.under,
        )  # fmt: skip

    return [forget(i) for i in instruments if i.name != name]


@given(random_law())
def test_an_inactive_instrument_can_be_deleted(made: tuple[list[ir.Instrument], list[ir.Section], ir.View]) -> None:
    instruments, sections, view = made
    law = LawView(program(instruments), view)
    whole = over_time(instruments, sections, view)
    for name in NAMES:
        silent = not law.standing.speakers(name, None) and not law.standing.is_unchosen_reading(name, None)
        if silent and not any(i.reading_of == name for i in instruments):
            kept = [s for s in sections if all(c.instrument != name for c in s.citations)]
            assert over_time(without(instruments, name), kept, view) == whole


@given(random_law())
def test_a_choice_changes_only_at_boundaries(made: tuple[list[ir.Instrument], list[ir.Section], ir.View]) -> None:
    instruments, sections, view = made
    law, fresh = LawView(program(instruments), view), program(instruments)
    kept = tuple(sections)
    bounds = law.boundaries(kept)
    previous: object = None
    for y in range(2008, 2034):
        # a new view for each day, so that nothing is remembered
        found = shown(LawView(fresh, view).govern(kept, "year", date(y, 1, 1)))
        assert found == shown(law.govern(kept, "year", date(y, 1, 1)))
        if previous is not None and date(y, 1, 1) not in bounds:
            assert found == previous
        previous = found


@given(random_law())
def test_an_assumption_changes_only_what_was_open_or_a_gap(made: tuple[list[ir.Instrument], list[ir.Section], ir.View]) -> None:
    instruments, sections, view = made
    # an assumption's effects on other instruments are its own business
    plain = [dataclasses.replace(i, repeals=(), annuls=(), disputes=(), under=None) if i.status == "assumed" else i for i in instruments]
    assumed = {i.name for i in plain if i.status == "assumed"}
    readings = {i.name for i in plain if i.reading_of in assumed}
    bare = dataclasses.replace(view, chosen=view.chosen - assumed - readings)
    law, without_them = LawView(program(plain), dataclasses.replace(bare, chosen=bare.chosen | assumed)), LawView(program(plain), bare)
    kept = tuple(s for s in sections if not any(c.instrument in assumed | readings for c in s.citations[1:]) and not s.stands)
    for y in range(2008, 2034):
        was, now = (v.govern(kept, "year", date(y, 1, 1)) for v in (without_them, law))
        if isinstance(was, Governs) and not is_unknown(was):
            assert (now, now.sections) == (was, was.sections)  # type: ignore[union-attr]
