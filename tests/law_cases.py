"""What the tests of the laws share: cases (a scheme, its facts, a view), how many are tried, and probes.

A probe is a rule added to a scheme, to see what an expression gives there: `probes(case, place, type, bodies)`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import Phase, settings
from hypothesis import strategies as st
from law_text import Asked, Clause, Instrument, Rule, Scheme, Section, World, results
from strategies import FIRM, schemes, views, worlds
from strategies_expressions import Options, Place

from capcode.dsl import ir
from capcode.interpreter.facts import FactSet
from capcode.interpreter.results import Error, Known, Result

# Making a failing scheme small takes minutes: that is done where many are tried, not in the quick run.
QUICK = settings().max_examples < 1_000
LAW = settings(max_examples=15 if QUICK else 300, phases=(Phase.explicit, Phase.generate) if QUICK else tuple(Phase))
NEW = Instrument("act_9", "in force 2025-03-01", "2025-03-01")
"""A text that is later than all others."""
PROBE = Instrument("act_of_probes", "in force 2010-01-01", "2010-01-01")
YEARLY = Place(FIRM, "year")


@dataclass(frozen=True)
class Case:
    """A scheme, facts about a world, and a view; its program and fact set are made once."""

    scheme: Scheme
    world: World
    view: ir.View
    program: ir.Program
    facts: FactSet

    def __repr__(self) -> str:
        return f"{self.scheme.text()}\n{self.world}\nview: {self.view}"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """What Hypothesis prints of a failing case."""
        printer.text(repr(self))


@st.composite
def cases(draw: st.DrawFn, options: Options = Options(), *, complete: bool = False) -> Case:  # noqa: B008
    scheme = draw(schemes(options))
    world = draw(worlds(scheme, complete))
    program = scheme.program()
    facts = world.facts_of_all_time(program) if complete else world.facts(program)
    return Case(scheme, world, draw(views(scheme)), program, facts)


def of(case: Case) -> dict[Asked, Result]:
    """All results of a case."""
    return results(case.program, case.view, case.facts)


def again(scheme: Scheme, case: Case, names: Iterable[str] | None = None, view: ir.View | None = None) -> dict[Asked, Result]:
    """The results of a changed scheme for the same facts."""
    program = scheme.program()
    return results(program, view or case.view, case.world.facts(program), names)


def unmarked(found: Mapping[Asked, Result]) -> dict[Asked, Result]:
    return {k: Known(r.value) if isinstance(r, Known) else r for k, r in found.items()}


def with_probes(scheme: Scheme, place: Place, type_: str, bodies: Mapping[str, str]) -> Scheme:
    """The scheme with new rules of these bodies, of a text that nothing repeals."""
    start = {"year": f"from {scheme.year(2015)}", "month": "from 2015/01"}.get(place.kind, "from 2015-01-01")
    own = () if PROBE in scheme.instruments else (PROBE,)
    rules = tuple(
        Rule(name, type_, place.entity, place.kind, "", (Section(PROBE.name, name, start, (Clause(body),)),))
        for name, body in bodies.items()
    )
    return replace(scheme, instruments=scheme.instruments + own, rules=scheme.rules + rules)


def probes(case: Case, place: Place, type_: str, bodies: Mapping[str, str]) -> dict[Asked, Result]:
    """The results of new rules beside the scheme's own; `probe_` is put before their names."""
    named = {f"probe_{name}": body for name, body in bodies.items()}
    return again(with_probes(case.scheme, place, type_, named), case, list(named))


def apart(found: Mapping[Asked, Result], name: str) -> dict[tuple[str | None, object], Result]:
    return {(row, at): result for (rule, row, at), result in found.items() if rule == f"probe_{name}"}


def alike(a: Result, b: Result) -> bool:
    """Equal, but that the errors of two rules each name their own rule."""
    if isinstance(a, Error) and isinstance(b, Error):
        return {c.kind for c in a.causes} == {c.kind for c in b.causes}
    return a == b


def agree(found: Mapping[Asked, Result], *pairs: tuple[str, str]) -> None:
    for a, b in pairs:
        left, right = apart(found, a), apart(found, b)
        assert left and not [f"{a} and {b} at {k}: {left[k]} != {right[k]}" for k in left if not alike(left[k], right[k])][:3]
