"""The law as at a day: which instruments are active, and which section governs (semantics, section 4).

`LawView(program, view).govern(sections, kind, day, member)` takes the steps of section 4 one by one. A choice is
constant between two neighbouring `boundaries`, so it is made once per interval and kept under the identity of the
tuple of sections (which is held, so that the identity stays its own), the member, the column and the part of a row's
life. `member` is the row (a state) for which law that is adopted member by member is asked; None otherwise.

Invariant: no clock is read; two views with the same active instruments choose alike.
Invariant: an inactive instrument leaves no trace but the mark `disputed` of an unchosen reading.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Generic, TypeAlias, TypeVar

from capcode.dsl import ir
from capcode.dsl.instruments import BEGINNING, NEVER, Standing, Strength
from capcode.dsl.instruments import check_instruments as check_instruments
from capcode.dsl.instruments import parse_view as parse_view
from capcode.dsl.instruments import validate_view as validate_view
from capcode.dsl.merging import Clash, all_unknown, in_order, merge_laws
from capcode.dsl.view_errors import show_citation

T = TypeVar("T")
Considered: TypeAlias = tuple[tuple[ir.Section, str], ...]


class Later(Generic[T]):
    """A value worked out when it is first asked for."""

    __slots__ = ("_make", "_value")

    def __init__(self, make: Callable[[], T]) -> None:
        self._make: Callable[[], T] | None = make

    def get(self) -> T:
        if self._make is not None:
            self._value = self._make()
            self._make = None
        return self._value


# ---------------------------------------------------------------- what a choice can be


@dataclass(frozen=True, slots=True)
class Governs:
    """One law governs. `sections` are several when an instrument states it in several articles.

    below() is the choice that `as before` means. considered names every other section, with why it does not govern.
    """

    law: ir.Law
    citations: tuple[ir.Citation, ...]
    sections: tuple[ir.Section, ...]
    marks: frozenset[ir.Mark]
    _below: Later[Choice] = field(compare=False, repr=False)
    _considered: Later[Considered] = field(compare=False, repr=False)

    def below(self) -> Choice:
        """The choice among the sections under this one, made when first asked for."""
        return self._below.get()

    @property
    def considered(self) -> Considered:
        return self._considered.get()


@dataclass(frozen=True, slots=True)
class Gap:
    """No law; `repealed_by` names the instrument that silenced it, if one did."""

    repealed_by: str | None
    _considered: Later[Considered] = field(compare=False, repr=False)

    @property
    def considered(self) -> Considered:
        return self._considered.get()


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two texts that nothing orders, in code-point order."""

    first: ir.Citation
    second: ir.Citation


@dataclass(frozen=True, slots=True)
class Carried:
    """`then stands`: the value at the period that contains this day, and the marks of the sections that let it stand."""

    last_day: date
    marks: frozenset[ir.Mark] = frozenset()


@dataclass(frozen=True, slots=True)
class DisputedOpen:
    """Open until one of these readings is chosen."""

    readings: tuple[str, ...]


Choice: TypeAlias = Governs | Gap | Conflict | Carried | DisputedOpen


# ---------------------------------------------------------------- sections as they stand in a view


@dataclass(frozen=True, slots=True)
class _Entry:
    """A section that takes part. `instrument` speaks it: the first cited, or who adopted that. Days: [start, end)."""

    section: ir.Section
    instrument: str
    start: date
    end: date
    strength: Strength
    expiry: date
    repeal: tuple[date, str] | None
    fills: bool
    missing: tuple[str, ...]

    def covers(self, day: date) -> bool:
        return self.start <= day < self.end and day < self.expiry

    def repealed_by(self, day: date) -> str | None:
        return self.repeal[1] if self.repeal is not None and self.repeal[0] <= day else None


@dataclass(frozen=True, slots=True)
class _Unchosen:
    """A section of a reading that is registered and not chosen, and whether it covers a day."""

    reading: str
    of: str
    start: date
    end: date


@dataclass(frozen=True, slots=True)
class Group:
    """Sections of one instrument with one start: one section of the order of step 3."""

    entries: tuple[_Entry, ...]

    @property
    def instrument(self) -> str:
        return self.entries[0].instrument

    @property
    def start(self) -> date:
        return self.entries[0].start

    @property
    def sections(self) -> tuple[ir.Section, ...]:
        return in_order([e.section for e in self.entries])

    def repealed_by(self, day: date) -> str | None:
        return self.entries[0].repealed_by(day)


@dataclass(slots=True)
class _Plan:
    """What can govern one definition for one member, and the choices made so far, one per interval of `bounds`."""

    sections: tuple[ir.Section, ...]
    member: str | None
    column: str | None
    entries: list[_Entry]
    unchosen: list[_Unchosen]
    stands: list[_Entry]
    bounds: list[date]
    choices: dict[int, Choice] = field(default_factory=dict)


class LawView:
    """One program in one view. Cheap to make: everything is worked out when first asked for."""

    def __init__(self, program: ir.Program, view: ir.View) -> None:
        self.program = program
        self.view = view
        self.definitions: Mapping[str, ir.Definition] = {
            **program.rules, **program.measures, **program.duties, **program.accounts, **program.checks
        }  # fmt: skip
        self.member_entities = sorted({i.member_entity for i in program.instruments.values() if i.member_entity})
        self.standing = Standing(program, view)
        self._plans: dict[tuple[int, str | None, str | None, str], _Plan] = {}

    # ---- instruments

    def is_active(self, instrument: str, member: str | None = None) -> bool:
        """Whether the instrument has its effects in this view (for this member)."""
        return self.standing.silence(instrument, member) is None

    def strength(self, instrument: str, member: str | None = None) -> Strength:
        return self.standing.strength(instrument, member)

    def actives(self, member: str | None = None) -> tuple[str, ...]:
        """The active instruments in code-point order."""
        return tuple(n for n in sorted(self.program.instruments) if self.is_active(n, member))

    # ---- the choice

    def govern(
        self,
        definition_sections: tuple[ir.Section, ...],
        kind: str | None,
        day: date,
        member: str | None = None,
        *,
        column: str | None = None,
        life: str = "",
    ) -> Choice:
        """Which section governs on a day: the first of the period, or the one that `dated by` gives.

        column: for the sections of a table row, the cell that is read (an unknown cell may be filled by an assumption).
        life: for a rule of a dated entity, `before` the row's life (only `initially` speaks) or `within` it (it does
        not); empty elsewhere. kind is that of the rule; the choice itself needs only the day.
        """
        plan = self._plan(definition_sections, member, column, life)
        index = bisect_right(plan.bounds, day)
        found = plan.choices.get(index)
        if found is None:
            found = plan.choices[index] = self._choose(plan, day)
        return found

    def boundaries(self, sections: tuple[ir.Section, ...], member: str | None = None, *, life: str = "") -> tuple[date, ...]:
        """The sorted days from each of which on another choice may hold."""
        return tuple(self._plan(sections, member, None, life).bounds)

    def stack(self, sections: tuple[ir.Section, ...], day: date, member: str | None = None) -> list[Group] | Conflict:
        """Steps 1 to 4: the sections that cover a day, strongest first, without those that only fill."""
        plan = self._plan(sections, member, None, "")
        return self._ordered([e for e in self._covering(plan, day) if not e.fills], plan.member)

    def taking_part(self, sections: tuple[ir.Section, ...], member: str | None = None) -> tuple[ir.Section, ...]:
        """The sections that exist in this view, whatever their days."""
        inside = {id(e.section) for e in self._plan(sections, member, None, "").entries}
        return tuple(s for s in sections if id(s) in inside)

    def exception_active(self, exception: ir.Exception_, day: date, member: str | None = None) -> frozenset[ir.Mark] | None:
        """The marks that an exception brings, or None where it does not exist: its own instrument is not active, or is
        repealed or expired on the day."""
        member = self.standing.member(member)
        marks = frozenset(ir.Mark(word, exception.article) for word in exception.marks)
        cited = exception.citation
        if cited is None:
            return marks
        best: str | None = None
        for speaker in self.standing.speakers(cited.instrument, member):
            repeal = self.standing.repeal(speaker, member)
            if day < self.standing.expiry(speaker, member) and not (repeal is not None and repeal[0] <= day):
                best = speaker
                break
        if best is None:
            return None
        return marks | self._citation_marks(cited, best, member)

    # ---- plans

    def _plan(self, sections: tuple[ir.Section, ...], member: str | None, column: str | None, life: str) -> _Plan:
        member = self.standing.member(member)
        key = (id(sections), member, column, life)
        plan = self._plans.get(key)
        if plan is None:
            plan = self._plans[key] = self._make_plan(sections, member, column, life)
        return plan

    def _make_plan(self, sections: tuple[ir.Section, ...], member: str | None, column: str | None, life: str) -> _Plan:
        entries: list[_Entry] = []
        unchosen: list[_Unchosen] = []
        open_start: list[tuple[ir.Section, str, tuple[str, ...]]] = []
        for section in sections:
            if life and section.initially != (life == "before"):
                continue
            first = section.citations[0].instrument
            missing = self._missing(section, member)
            if missing is None:
                continue
            if self.standing.is_unchosen_reading(first, member):
                base = self.program.instruments[first].reading_of or ""
                start = BEGINNING if section.initially else self._start(section, first, member)
                unchosen += [_Unchosen(first, s, start, self._end(section, s, member)) for s in self.standing.speakers(base, member)]
            for speaker in self.standing.speakers(first, member):
                if section.initially and not life:
                    open_start.append((section, speaker, missing))
                else:
                    start = BEGINNING if life == "before" else self._start(section, speaker, member)
                    entries.append(self._entry(section, speaker, start, section.end or NEVER, missing, member))
        if open_start:
            # `initially` ends where the first other section begins. Assumptions do not count: they never cut law short.
            end = min((e.start for e in entries if not e.fills), default=NEVER)
            entries += [self._entry(s, k, BEGINNING, end, missing, member) for s, k, missing in open_start]
        bounds = {d for e in entries for d in (e.start, e.end, e.expiry, e.repeal[0] if e.repeal else NEVER)}
        bounds |= {d for u in unchosen for d in (u.start, u.end)}
        stands = [e for e in entries if e.section.stands and e.end != NEVER]
        return _Plan(sections, member, column, entries, unchosen, stands, sorted(bounds - {BEGINNING, NEVER}))

    def _entry(
        self, section: ir.Section, speaker: str, start: date, end: date, missing: tuple[str, ...], member: str | None
    ) -> _Entry:
        s = self.standing
        return _Entry(
            section, speaker, start, end, s.strength(speaker, member), s.expiry(speaker, member), s.repeal(speaker, member),
            s.fills(speaker), missing,
        )  # fmt: skip

    def _start(self, section: ir.Section, speaker: str, member: str | None) -> date:
        if section.start is not None:
            return section.start
        return BEGINNING if section.always else self.standing.default_start(speaker, member)

    def _end(self, section: ir.Section, of: str, member: str | None) -> date:
        """The day on which a reading of a text has nothing more to read: the section's own end, or the text's."""
        repeal = self.standing.repeal(of, member)
        return min(section.end or NEVER, self.standing.expiry(of, member), repeal[0] if repeal is not None else NEVER)

    def _missing(self, section: ir.Section, member: str | None) -> tuple[str, ...] | None:
        """The unchosen readings cited after the first instrument; None where something else is missing."""
        missing: list[str] = []
        for citation in section.citations[1:]:
            if not self.standing.speakers(citation.instrument, member):
                if not self.standing.is_unchosen_reading(citation.instrument, member):
                    return None
                missing.append(citation.instrument)
        return tuple(sorted(set(missing)))

    # ---- steps 1 to 7

    def _choose(self, plan: _Plan, day: date) -> Choice:
        covering = self._covering(plan, day)
        ordered = self._ordered([e for e in covering if not e.fills], plan.member)
        if isinstance(ordered, Conflict):
            return ordered
        fills = [e for e in covering if e.fills and e.repealed_by(day) is None]
        return self._settle(plan, day, ordered, fills, None)

    def _covering(self, plan: _Plan, day: date) -> list[_Entry]:
        restated = self._restated(plan, day)
        return [e for e in plan.entries if e.covers(day) and id(e) not in restated]

    def _restated(self, plan: _Plan, day: date) -> set[int]:
        """Entries of adopted proposals whose adopter itself has a section on that day."""
        adopted = [e for e in plan.entries if e.instrument != e.section.citations[0].instrument]
        if not adopted:
            return set()
        own = {e.instrument for e in plan.entries if e.instrument == e.section.citations[0].instrument and e.start <= day < e.end}
        return {id(e) for e in adopted if e.instrument in own}

    def _settle(self, plan: _Plan, day: date, stack: Sequence[Group], fills: list[_Entry], cut: Group | None) -> Choice:
        """Steps 5 to 7 for a stack cut under a section (None: the whole). `fills` is empty once an assumption has been used."""
        why = Later(lambda: self._considered(plan, day, stack))
        if not stack:
            carried = self._carried(plan, day, why)
            if carried is not None:
                return carried
        if fills and (not stack or stack[0].repealed_by(day) or self._is_unknown(stack[0], plan.column)):
            speakers = sorted({e.instrument for e in fills})
            if len(speakers) > 1:
                return self._conflict(fills, speakers[0], speakers[1])
            stack, fills = [*self._grouped(fills), *stack], []
        if not stack:
            silent = (u for u in plan.unchosen if u.start <= day < u.end and self._is_under(u, cut, plan.member))
            readings = tuple(sorted({u.reading for u in silent}))
            return DisputedOpen(readings) if readings else Gap(None, why)
        group = stack[0]
        repealed_by = group.repealed_by(day)
        if repealed_by is not None and not group.entries[0].fills:
            return Gap(repealed_by, why)
        missing = {name for e in group.entries for name in e.missing}
        if missing:
            return DisputedOpen(tuple(sorted(missing)))
        return self._governs(plan, day, stack, fills)

    def _governs(self, plan: _Plan, day: date, stack: Sequence[Group], fills: list[_Entry]) -> Choice:
        group = stack[0]
        sections = group.sections
        law = merge_laws(sections)
        if isinstance(law, Clash):
            return Conflict(*sorted((law.first.citations[0], law.second.citations[0]), key=_by_name))
        citations = tuple(c for s in sections for c in s.citations)
        return Governs(
            law, citations, sections, self._marks(plan, day, group, citations),
            Later(lambda: self._settle(plan, day, stack[1:], fills, group)),
            Later(lambda: self._considered(plan, day, stack)),
        )  # fmt: skip

    def _is_under(self, unchosen: _Unchosen, cut: Group | None, member: str | None) -> bool:
        """Whether a reading, if it were chosen, would stand under the section that says `as before`: it is just above its text."""
        if cut is None or cut.entries[0].fills:
            return True
        strengths = {name: self.strength(name, member) for name in (unchosen.of, cut.instrument)}
        chains = self.standing.chains(strengths, member)
        *above, (day, level) = chains[unchosen.of]
        return unchosen.of != cut.instrument and (*above, (day, level + 1)) < chains[cut.instrument]

    def _carried(self, plan: _Plan, day: date, why: Later[Considered]) -> Choice | None:
        ended = [e for e in plan.stands if e.end <= day < e.expiry]
        if not ended:
            return None
        last = max(e.end for e in ended)
        ended = [e for e in ended if e.end == last]
        silencers = [e.repealed_by(day) for e in ended]
        if all(silencers):
            return Gap(min(s for s in silencers if s), why)
        day_before = last - timedelta(days=1)
        marks: set[ir.Mark] = set()
        for e, silencer in zip(ended, silencers, strict=True):
            if not silencer:
                spoken = [c for c in e.section.citations if self.standing.speakers(c.instrument, plan.member)]  # not of unchosen readings
                marks |= self._marks(plan, day_before, Group((e,)), spoken)
        return Carried(day_before, frozenset(marks))

    def _is_unknown(self, group: Group, column: str | None) -> bool:
        return all(all_unknown(e.section.law, column) for e in group.entries)

    def _ordered(self, entries: list[_Entry], member: str | None) -> list[Group] | Conflict:
        """Steps 3 and 4."""
        if not entries:
            return []
        strengths: dict[str, Strength] = {e.instrument: e.strength for e in entries}
        by_chain: dict[tuple[Strength, ...], list[str]] = {}
        for name, chain in self.standing.chains(strengths, member).items():
            by_chain.setdefault(chain, []).append(name)
        names: list[str] = []
        for chain in sorted(by_chain, reverse=True):
            ranked = self.standing.by_amends(by_chain[chain], member)
            if isinstance(ranked, tuple):
                return self._conflict(entries, *ranked)
            names += ranked
        place = {name: i for i, name in enumerate(names)}
        return sorted(self._grouped(entries), key=lambda g: place[g.instrument])

    def _grouped(self, entries: list[_Entry]) -> list[Group]:
        """Groups, the later start first; of several instruments in no particular order."""
        groups: dict[tuple[str, date], list[_Entry]] = {}
        for entry in entries:
            groups.setdefault((entry.instrument, entry.start), []).append(entry)
        return [Group(tuple(groups[key])) for key in sorted(groups, key=lambda k: k[1], reverse=True)]

    def _conflict(self, entries: Iterable[_Entry], first: str, second: str) -> Conflict:
        def cited(name: str) -> ir.Citation:
            return min((e.section.citations[0] for e in entries if e.instrument == name), key=_by_name)

        return Conflict(*sorted((cited(first), cited(second)), key=_by_name))

    # ---- marks and reasons

    def _marks(self, plan: _Plan, day: date, group: Group, citations: Iterable[ir.Citation]) -> frozenset[ir.Mark]:
        marks: set[ir.Mark] = set()
        for citation in citations:
            speakers = self.standing.speakers(citation.instrument, plan.member)
            marks |= self._citation_marks(citation, group.instrument if group.instrument in speakers else speakers[0], plan.member)
        spoken = {group.instrument, *(s for c in citations for s in self.standing.speakers(c.instrument, plan.member))}
        for u in plan.unchosen:
            if u.of in spoken and u.start <= day < u.end:
                marks.add(ir.Mark("disputed", f"{u.of}, reading {u.reading} not chosen"))
        return frozenset(marks)

    def _citation_marks(self, citation: ir.Citation, speaker: str, member: str | None) -> set[ir.Mark]:
        marks = {ir.Mark(word, show_citation(citation)) for word in citation.marks}
        status = self.program.instruments[speaker].status
        if status != "enacted":
            marks.add(ir.Mark(status, speaker))
        for text in self.standing.texts(citation.instrument, speaker):
            marks |= {ir.Mark("disputed", f"{text} by {by}") for by in self.standing.disputers(text, member)}
        return marks

    def _considered(self, plan: _Plan, day: date, stack: Sequence[Group]) -> Considered:
        governing = stack[0] if stack else None
        chosen = {id(e.section) for e in governing.entries} if governing else set()
        by_section: dict[int, list[_Entry]] = {}
        for entry in plan.entries:
            by_section.setdefault(id(entry.section), []).append(entry)
        restated = self._restated(plan, day)
        found = []
        for section in plan.sections:
            entries = by_section.get(id(section))
            if id(section) in chosen and not (governing and governing.repealed_by(day)):
                continue
            if entries is None:
                reason = self._absence(section, plan.member)
            else:
                reason = self._reason(entries[0], day, governing, restated)
            found.append((section, reason))
        return tuple(found)

    def _reason(self, entry: _Entry, day: date, governing: Group | None, restated: set[int]) -> str:
        if day < entry.start:
            return f"starts on {entry.start.isoformat()}"
        if day >= entry.end:
            return f"ended on {(entry.end - timedelta(days=1)).isoformat()}"
        if day >= entry.expiry:
            return f"expired on {entry.expiry.isoformat()}"
        if id(entry) in restated:
            return f"restated by {entry.instrument}, which adopted it"
        repealed_by = entry.repealed_by(day)
        if repealed_by is not None:
            return f"repealed by {repealed_by}"
        if governing is None:
            return "not needed" if entry.fills else "silent"
        if entry.fills:
            return "an assumption that is no longer needed"
        if entry.instrument == governing.instrument:
            return f"replaced by the later section from {governing.start.isoformat()}"
        return f"outranked by {show_citation(governing.sections[0].citations[0])}"

    def _absence(self, section: ir.Section, member: str | None) -> str:
        for citation in section.citations:
            if not self.standing.speakers(citation.instrument, member):
                reason = self.standing.silence(citation.instrument, member) or "not in this view"
                return reason if citation is section.citations[0] else f"also cites {citation.instrument}: {reason}"
        return "not in this part of the row's life"


def _by_name(citation: ir.Citation) -> tuple[str, str]:
    return citation.instrument, citation.article
