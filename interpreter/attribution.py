"""Why a figure changed: the difference split among the clause changes that cause it, as a waterfall with articles.

Each change is made alone to the law before it; what all together do beyond the sum of these is their interaction, and
is said as such. A change that only acts together with others is named there.

Invariant: before + every step + interaction = after, exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from capcode.dsl import ir
from capcode.dsl.diagnostics import visible
from capcode.interpreter.api import Law
from capcode.interpreter.cases import ask, type_of
from capcode.interpreter.diff_behaviour import facts_for
from capcode.interpreter.diff_meaning import Figure, alike, figure_of, label_of
from capcode.interpreter.diff_sides import Side
from capcode.interpreter.diff_text import words_of
from capcode.interpreter.evaluate import Evaluation
from capcode.interpreter.facts import At, FactSet
from capcode.interpreter.governing import Text
from capcode.interpreter.mixed_law import DECLARATIONS, Change, MixedLaw, Mixer
from capcode.interpreter.results import Known, Result
from capcode.interpreter.show import exact_text, show_value

MOST_CHANGES = 60  # that one figure is split among


@dataclass(frozen=True, slots=True)
class Step:
    """One clause change made alone. delta: what it does to the number (None: alone it gives no number).

    needed: whether the figure after all changes would be another one without this one.
    """

    name: str
    old_law: str
    new_law: str
    old_text: str
    new_text: str
    alone: Figure
    delta: Fraction | None
    shown: str
    needed: bool


@dataclass(frozen=True, slots=True)
class Attribution:
    """One figure of one row. rest: what only several changes together explain (None where the figures are no numbers)."""

    asked: str
    old: Figure
    new: Figure
    delta: str
    steps: tuple[Step, ...]
    rest: Fraction | None
    rest_shown: str
    row: str | None = None
    more: int = 0
    facts: FactSet | None = field(default=None, compare=False, repr=False)

    @property
    def moving(self) -> tuple[Step, ...]:
        """The steps that move the figure by themselves."""
        return tuple(s for s in self.steps if s.delta)

    @property
    def only_together(self) -> tuple[Step, ...]:
        """The steps that act only together with others."""
        return tuple(s for s in self.steps if not s.delta and s.needed)

    def as_json(self) -> dict[str, Any]:
        return {
            "asked": self.asked, "old": {"shown": self.old.shown, "exact": self.old.exact},
            "new": {"shown": self.new.shown, "exact": self.new.exact}, "delta": self.delta,
            "steps": [
                {"name": s.name, "old_law": s.old_law, "new_law": s.new_law, "alone": s.alone.shown,
                 "delta": None if s.delta is None else exact_text(s.delta), "shown": s.shown, "needed": s.needed}
                for s in self.steps
            ],
            "interaction": None if self.rest is None else exact_text(self.rest),
        }  # fmt: skip


def attribute(a: Side, b: Side, facts: object, question: str, period: str | None) -> list[Attribution]:
    """One attribution for each row that is asked for; raises Refused where the question cannot be put."""
    law = Law(b.program, b.view)
    known = law.facts(facts)
    answers = law.evaluate(known, question, period)
    several = list(answers) if not hasattr(answers, "outcome") else [answers]
    return [_one(a, b, known, r._asked[0].name, r._asked[0].part, r._asked[0].row, r._asked[1]) for r in several]


class _Asking:
    """One question to any mixture of the two laws."""

    def __init__(self, a: Side, b: Side, facts: FactSet, name: str, part: str | None, row: str | None, at: At) -> None:
        self._mixer, self._b, self._facts = Mixer(a, b), b, facts
        self._asked = (name, row, at, part)
        self.mixer, self.name = self._mixer, name

    def result(self, chosen: Sequence[Change]) -> tuple[Result, MixedLaw]:
        program, law = self._mixer.law(frozenset(chosen))
        side = Side("mixed", self._b.checked, program, self._b.view)
        evaluation = Evaluation(program, law, facts_for(side, self._b, self._facts))
        name, row, at, part = self._asked
        return ask(evaluation, name, row, at, part), law


def _one(a: Side, b: Side, facts: FactSet, name: str, part: str | None, row: str | None, at: At) -> Attribution:
    asking = _Asking(a, b, facts, name, part, row, at)
    changes, texts = _changes(asking)
    more = max(0, len(changes) - MOST_CHANGES)
    changes = changes[:MOST_CHANGES]
    first = ask(Evaluation(a.program, a.law, facts_for(a, b, facts)), name, row, at, part)
    last = ask(Evaluation(b.program, b.law, facts), name, row, at, part)
    old, new = figure_of(a, name, first, part), figure_of(b, name, last, part)
    steps = []
    for change in changes:
        alone, _ = asking.result([change])
        without, _ = asking.result([c for c in changes if c != change])
        if alike(alone, first) and alike(without, last):
            continue
        steps.append(_step(a, b, name, part, change, texts.get(change), first, alone, not alike(without, last)))
    total = new.number - old.number if new.number is not None and old.number is not None else None
    rest = None if total is None else total - sum((s.delta for s in steps if s.delta is not None), Fraction(0))
    what = f"{part} of {name}" if part else name
    where = " ".join(filter(None, (what, f"of {row}" if row else "", f"in {label_of(b, at)}" if at else "")))

    def signed(value: Fraction | None) -> str:
        return "" if value is None else _signed(b.program, name, part, value)

    return Attribution(where, old, new, signed(total), tuple(steps), rest, signed(rest), row, more)


def _changes(asking: _Asking) -> tuple[list[Change], dict[Change, tuple[Text, Text]]]:
    """The changes that the figure comes across on its way, before or after, in the order in which it does."""
    found: dict[Change, tuple[Text, Text]] = {}
    whole: list[Change] = []
    if not asking.mixer.one_program:
        below = _below(asking.mixer, asking.name)
        whole = [c for c in asking.mixer.between_programs() if c == DECLARATIONS or c.name in below]
    names = {c.name for c in whole}  # taken whole, with the choice of the second view
    chosen: list[Change] = list(whole)
    for _ in range(12):  # each round may lead through law that the one before had not reached
        _, law = asking.result(chosen)
        new = [c for c in law.met if c not in found and c.name.partition(" (")[0] not in names]
        found.update({c: law.met[c] for c in new})
        if not new and chosen:
            break
        chosen = [*whole, *found]
        if not chosen:
            break
    return chosen, found


def _below(mixer: Mixer, name: str) -> set[str]:
    """The names of a definition and of all that it rests on, in either program."""
    reads: dict[str, set[str]] = {}
    for side in (mixer.a, mixer.b):
        for reading in side.readings.found:
            reads.setdefault(reading.reader.name, set()).add(reading.read.name)
    found: set[str] = set()
    waiting = [name]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += reads.get(one, ())
    return found


def _step(
    a: Side, b: Side, name: str, part: str | None, change: Change, texts: tuple[Text, Text] | None, first: Result,
    alone: Result, needed: bool,
) -> Step:
    figure = figure_of(b, name, alone, part)
    delta = None
    if isinstance(alone, Known) and isinstance(first, Known) and isinstance(alone.value, Fraction) and isinstance(first.value, Fraction):
        delta = alone.value - first.value
    shown = "" if delta is None else _signed(b.program, name, part, delta)
    title = b.program.instruments[change.instrument].title if change.instrument in b.program.instruments else change.instrument
    if texts is None:
        label = "declarations: texts and their days, entities, facts, units, periods" if change == DECLARATIONS else change.name
        return Step(label, "", title, "", "", figure, delta, shown, needed)
    table = change.name.partition(" (")[0]
    old, new = texts
    return Step(
        change.name, _cited(a, old), _cited(b, new), words_of(a, table, old), words_of(b, table, new), figure, delta, shown, needed
    )


def _cited(side: Side, text: Text) -> str:
    instruments = side.program.instruments
    named = (f"{instruments[c.instrument].title if c.instrument in instruments else c.instrument} {c.article}" for c in text.citations)
    return "; ".join(dict.fromkeys(named)) or text.state


def _signed(program: ir.Program, name: str, part: str | None, value: Fraction) -> str:
    shown = show_value(value, type_of(program, name, part), program)
    return f"+{shown}" if value > 0 else shown


def show_attribution(one: Attribution) -> str:
    """The waterfall as text."""
    change = f" ({one.delta})" if one.delta else ""
    lines = [f"{one.asked}: {one.old.shown} -> {one.new.shown}{change}"]
    if one.rest is None:
        lines += [f"  {s.name}: alone it gives {s.alone.shown}; {_law(s)}" for s in one.steps if not s.needed]
        lines += [f"  {s.name}: needed for the change; alone it gives {s.alone.shown}; {_law(s)}" for s in one.steps if s.needed]
    else:
        width = max([len(s.shown) for s in one.moving] + [len(one.rest_shown)])
        lines += [f"  {s.shown:>{width}}  {s.name}: {_law(s)}" for s in one.moving]
        if one.rest or one.only_together:
            lines.append(f"  {one.rest_shown:>{width}}  what only several changes together explain")
            lines += [f"  {'':>{width}}    {s.name}: {_law(s)}" for s in one.only_together]
    if not one.steps:
        lines.append("  no clause that this figure rests on is another one")
    if one.more:
        lines.append(f"  … and {one.more} more changes that were not looked at")
    return "\n".join(visible(line) for line in lines)


def _law(step: Step) -> str:
    if not step.old_law:
        return step.new_law or "another text"
    return f"{step.old_law} -> {step.new_law}"
