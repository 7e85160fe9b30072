"""What governs a definition over time in one view: spans of days in each of which one choice of the law holds.

    for span in spans(side.law, rule.sections, days): span.start, span.end, span.text

`text` is what the choice says, comparable between two programs: places in files take no part in it.

Invariant: two texts are alike only if every figure that they give from equal readings is equal.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from capcode.dsl import ir
from capcode.dsl.instruments import BEGINNING, NEVER
from capcode.dsl.readings import bodies, parts
from capcode.dsl.views import Carried, Choice, Conflict, DisputedOpen, Gap, Governs, LawView

GOVERNS, NO_LAW, REPEALED, CONFLICT, CARRIED, DISPUTED = "governs", "no law", "repealed", "conflict", "carried on", "disputed"


@dataclass(frozen=True, slots=True)
class Text:
    """One choice. state: one of the six above; about: whom a repeal, a conflict or readings name.

    silent: which exceptions do not exist in this view; below: what `as before` means, where the text says it.
    """

    state: str
    about: str = ""
    law: ir.Law | None = None
    silent: tuple[str, ...] = ()
    below: Text | None = None
    citations: tuple[ir.Citation, ...] = ()
    marks: frozenset[ir.Mark] = frozenset()
    sections: tuple[ir.Section, ...] = field(default=(), compare=False, repr=False)

    def gives_as(self, other: Text) -> bool:
        """Whether both give the same figures, whatever they cite."""
        if self.state != other.state or self.silent != other.silent:
            return False
        if self.law != other.law and _without_reasons(self.law) != _without_reasons(other.law):
            return False
        if self.state != GOVERNS and self.about != other.about and self.state in (CARRIED, DISPUTED):
            return False
        if self.below is None or other.below is None:
            return self.below is other.below
        return self.below.gives_as(other.below)

    @property
    def is_law(self) -> bool:
        return self.state in (GOVERNS, CARRIED, DISPUTED)


@dataclass(frozen=True, slots=True)
class Span:
    """[start, end); None where it has no first or no last day."""

    start: date | None
    end: date | None
    text: Text

    @property
    def day(self) -> date:
        """A day in the span."""
        if self.start is not None:
            return self.start
        return self.end - timedelta(days=1) if self.end is not None else BEGINNING


def _without_reasons(law: ir.Law | None) -> ir.Law | None:
    """The law without what only says why: `because`, and why something is unknown."""
    match law:
        case ir.RuleLaw():
            clauses = tuple(replace(c, body=_plain(c.body), because="") for c in law.clauses)
            return replace(law, clauses=clauses, exceptions=tuple(replace(e, body=_plain(e.body), because="") for e in law.exceptions))
        case ir.CheckLaw():
            return replace(law, because="")
    return law


def _plain(body: ir.Body) -> ir.Body:
    return ir.OpenValue("", span=body.span) if isinstance(body, ir.OpenValue) else body


def text_on(law: LawView, sections: tuple[ir.Section, ...], day: date, member: str | None = None, *,
            column: str | None = None, life: str = "") -> Text:  # fmt: skip
    """What governs on a day."""
    return text_of(law, law.govern(sections, None, day, member, column=column, life=life), day, member)


def spans(law: LawView, sections: tuple[ir.Section, ...], days: Iterable[date], member: str | None = None, *,
          column: str | None = None, life: str = "") -> list[Span]:  # fmt: skip
    """What governs between neighbouring days of `days`, and before and after them; not merged."""
    bounds = sorted({d for d in days if d not in (BEGINNING, NEVER)})
    starts: Sequence[date] = [BEGINNING, *bounds]
    ends: Sequence[date] = [*bounds, NEVER]
    return [
        Span(None if a == BEGINNING else a, None if b == NEVER else b, text_on(law, sections, a, member, column=column, life=life))
        for a, b in zip(starts, ends, strict=True)
    ]


def days_of(law: LawView, sections: tuple[ir.Section, ...], member: str | None = None, *, life: str = "") -> set[date]:
    """Every day from which on another choice may hold, also by an exception of another instrument."""
    found = set(law.boundaries(sections, member, life=life))
    for section in sections:
        for exception in getattr(section.law, "exceptions", ()):
            if exception.citation is not None:
                found |= _days_of_instrument(law, exception.citation.instrument, member)
    return found


def _days_of_instrument(law: LawView, name: str, member: str | None) -> set[date]:
    """The days on which an exception's own instrument falls away."""
    standing = law.standing
    member = standing.member(member)
    found: set[date] = set()
    for speaker in standing.speakers(name, member):
        repeal = standing.repeal(speaker, member)
        found |= {standing.expiry(speaker, member), *([repeal[0]] if repeal else [])}
    return found - {NEVER, BEGINNING}


def lives_of(program: ir.Program, definition: ir.Definition) -> tuple[str, ...]:
    """The parts of a row's life in which law is chosen apart: for a rule by period of a dated entity."""
    entity = program.entities.get(definition.entity or "")
    dated = entity is not None and entity.start is not None and definition.timing == ir.EACH
    return ("before", "within") if dated and any(s.initially for s in definition.sections) else ("within",) if dated else ("",)


def says_as_before(law: ir.Law) -> bool:
    """Whether a text leaves a part of its value to the text before it."""
    waiting = list(bodies(law))
    while waiting:
        node = waiting.pop()
        if isinstance(node, ir.AsBefore):
            return True
        if isinstance(node, ir.SetBy):
            waiting += [b for b in (node.least, node.most, node.deadline) if b is not None]
        else:
            waiting += parts(node)
    return False


def text_of(law: LawView, choice: Choice, day: date, member: str | None = None) -> Text:
    """What a choice says."""
    match choice:
        case Gap(repealed_by=by):
            return Text(REPEALED, by) if by else Text(NO_LAW)
        case Conflict(first=first, second=second):
            return Text(CONFLICT, f"{first.instrument} {first.article}, {second.instrument} {second.article}", citations=(first, second))
        case Carried(last_day=last):
            return Text(CARRIED, last.isoformat())
        case DisputedOpen(readings=readings):
            return Text(DISPUTED, ", ".join(readings))
        case Governs():
            below = text_of(law, choice.below(), day, member) if says_as_before(choice.law) else None
            return Text(
                GOVERNS, "", choice.law, _silent(law, choice.law, day, member), below, choice.citations, choice.marks, choice.sections
            )


def _silent(law: LawView, of: ir.Law, day: date, member: str | None) -> tuple[str, ...]:
    return tuple(e.article for e in getattr(of, "exceptions", ()) if law.exception_active(e, day, member) is None)
