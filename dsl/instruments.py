"""Instruments in a view: which are active, how strong they are, and what they do to one another (semantics, section 4).

`Standing` answers for one program and one view, for one member (a state) at a time; everything is kept once found.
An instrument that is not active has no effects: only the relations of active instruments are followed.

Invariant: no result depends on the order in which instruments are written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TypeAlias

from capcode.dsl import ir, view_errors
from capcode.dsl.diagnostics import Diagnostic
from capcode.dsl.source import NOWHERE, Span

BEGINNING, NEVER = date.min, date.max
Strength: TypeAlias = tuple[date, int]
"""The day first, then the level: a reading is one level above what it reads."""

_VIEW = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?:@([0-9-]+))?((?:\+[A-Za-z_][A-Za-z0-9_]*)*)")
_CIRCLE = "part of a circle of instruments"


class Standing:
    """What each instrument is in one view. `member` None: law that is adopted member by member is not active."""

    def __init__(self, program: ir.Program, view: ir.View) -> None:
        self._instruments = program.instruments
        made_from = program.made_from.chosen if program.made_from is not None else frozenset[str]()
        self._as_at = view.as_at
        self._chosen = view.chosen | made_from
        self._grafts = program.grafts
        self._by_member = any(i.members or i.member_entity for i in program.instruments.values())
        self._silence: dict[tuple[str, str | None], str | None] = {}
        self._strength: dict[tuple[str, str | None], Strength] = {}
        self._speakers: dict[tuple[str, str | None], tuple[str, ...]] = {}
        self._forests: dict[str | None, Forest] = {}
        self._annullers: dict[str, list[str]] = {}
        self._adopters: dict[str, list[str]] = {}
        self._disputers: dict[str, list[str]] = {}
        self._repealers: dict[str, list[tuple[date, str]]] = {}
        for name in sorted(program.instruments):
            instrument = program.instruments[name]
            for other in instrument.annuls:
                self._annullers.setdefault(other, []).append(name)
            for other in instrument.adopts:
                self._adopters.setdefault(other, []).append(name)
            for other in instrument.disputes:
                self._disputers.setdefault(other, []).append(name)
            for other, day in instrument.repeals:
                self._repealers.setdefault(other, []).append((day, name))
        for repealers in self._repealers.values():
            repealers.sort()

    def member(self, member: str | None) -> str | None:
        """The member if any instrument is adopted member by member, else None: one answer serves all."""
        return member if self._by_member else None

    def members(self) -> tuple[str | None, ...]:
        """Every member that some instrument names, or None alone."""
        if not self._by_member:
            return (None,)
        return (None, *sorted({m for i in self._instruments.values() for m in i.members}))

    def silence(self, name: str, member: str | None) -> str | None:
        """Why an instrument is not active, in words; None where it is."""
        member = self.member(member)
        key = (name, member)
        if key not in self._silence:
            self._silence[key] = _CIRCLE  # circles are refused by check_instruments; here the search only has to end
            self._silence[key] = self._find_silence(name, member)
        return self._silence[key]

    def _find_silence(self, name: str, member: str | None) -> str | None:
        instrument = self._instruments.get(name)
        if instrument is None:
            return f"{name} is not registered"
        if instrument.status == "enacted":
            day = self._day(instrument, member)
            if day is None:
                return f"{name} is not adopted by {member}" if member else f"{name} is in force member by member"
            as_at = self._view_of(name)[0]
            if as_at is not None and day > as_at:
                return f"{name} is in force only from {day.isoformat()}"
        elif name not in self._view_of(name)[1] and instrument.status != "grafted":
            return f"{name} is not chosen"
        elif instrument.status == "reading" and not self.speakers(instrument.reading_of or "", member):
            return f"{name} reads {instrument.reading_of}, which is not in this view"
        annuller = self._annuller(name, member)
        return f"{name} is annulled by {annuller}" if annuller else None

    def _view_of(self, name: str) -> tuple[date | None, frozenset[str]]:
        """Day and choice: those of the view, or for law from elsewhere those of the view that it was taken from."""
        view = self._grafts.get(name[: name.rfind(".") + 1]) if self._grafts else None
        return (self._as_at, self._chosen) if view is None else (view.as_at, view.chosen)

    def _day(self, instrument: ir.Instrument, member: str | None) -> date | None:
        if instrument.members or instrument.member_entity:
            entry = instrument.members.get(member) if member is not None else None
            return entry[0] if entry is not None else None
        return instrument.day or BEGINNING

    def _annuller(self, name: str, member: str | None) -> str | None:
        return next((k for k in self._annullers.get(name, ()) if self.silence(k, member) is None), None)

    def speakers(self, name: str, member: str | None) -> tuple[str, ...]:
        """Whose the text of an instrument is: its own while it is active; of those who adopted it, where they are."""
        member = self.member(member)
        key = (name, member)
        if key not in self._speakers:
            adopters = tuple(k for k in self._adopters.get(name, ()) if self.silence(k, member) is None)
            self._speakers[key] = adopters or ((name,) if self.silence(name, member) is None else ())
        return self._speakers[key]

    def is_unchosen_reading(self, name: str, member: str | None) -> bool:
        """A reading that would be active if it were chosen, and is not chosen."""
        instrument = self._instruments.get(name)
        return (
            instrument is not None
            and instrument.status == "reading"
            and name not in self._view_of(name)[1]
            and bool(self.speakers(instrument.reading_of or "", member))
            and self._annuller(name, member) is None
        )

    def fills(self, name: str) -> bool:
        """Whether the text only fills: an assumption, or a reading of one."""
        return any(self._instruments[text].status == "assumed" for text in self._read(name))

    def _read(self, name: str) -> list[str]:
        """The instrument, what it reads, what that reads, and so on."""
        found: list[str] = []
        while name in self._instruments and name not in found:
            found.append(name)
            name = self._instruments[name].reading_of or ""
        return found

    def texts(self, cited: str, speaker: str) -> tuple[str, ...]:
        """All whose lawfulness the text rests on: itself, what it reads, who adopted it."""
        return tuple(sorted({*self._read(cited), *self._read(speaker)}))

    def disputers(self, name: str, member: str | None) -> tuple[str, ...]:
        return tuple(k for k in self._disputers.get(name, ()) if self.silence(k, member) is None)

    def strength(self, name: str, member: str | None) -> Strength:
        """Day and level. A proposal without a day is above all that is enacted; once adopted it is its adopter's."""
        member = self.member(member)
        key = (name, member)
        if key not in self._strength:
            self._strength[key] = (BEGINNING, 0)  # ends the search in a circle of readings
            self._strength[key] = self._find_strength(name, member)
        return self._strength[key]

    def _find_strength(self, name: str, member: str | None) -> Strength:
        instrument = self._instruments.get(name)
        if instrument is None or instrument.status == "assumed":
            return BEGINNING, 0
        if instrument.status == "enacted":
            return self._day(instrument, member) or BEGINNING, 0
        if instrument.status == "reading":
            day, level = self.strength(instrument.reading_of or "", member)
            return day, level + 1
        if instrument.status == "grafted":
            return NEVER, 1
        adopters = [k for k in self.speakers(name, member) if k != name]
        return max(self.strength(k, member) for k in adopters) if adopters else (instrument.day or NEVER, 0)

    def default_start(self, name: str, member: str | None) -> date:
        """The day from which a section without a span holds: that of entry into force; of a reading, of what it reads."""
        day = self.strength(self._read(name)[-1], member)[0]
        return BEGINNING if day == NEVER else day  # such a section needs `from`; the checker says so

    def expiry(self, name: str, member: str | None) -> date:
        """The first day that the instrument's own sunset (or the member's exit) takes away. A reading ends with its text."""
        member = self.member(member)
        found = NEVER
        for text in self._read(name):
            instrument = self._instruments[text]
            found = min(found, instrument.expires or NEVER)
            entry = instrument.members.get(member) if member is not None else None
            if entry is not None:
                found = min(found, entry[1] or NEVER)
        return found

    def repeal(self, name: str, member: str | None) -> tuple[date, str] | None:
        """The first day on which it is repealed, and by which active instrument. A reading is repealed with its text."""
        acting = [
            (day, by) for text in self._read(name) for day, by in self._repealers.get(text, ()) if self.silence(by, member) is None
        ]
        return min(acting, default=None)

    # ---- order

    def forest(self, member: str | None) -> Forest:
        member = self.member(member)
        if member not in self._forests:
            active = [n for n in sorted(self._instruments) if self.silence(n, member) is None]
            self._forests[member] = Forest(self._instruments, active)
        return self._forests[member]

    def chains(self, strengths: Mapping[str, Strength], member: str | None) -> dict[str, tuple[Strength, ...]]:
        """For instruments that all cover one day: the strongest of each family above, from the top, then the own one."""
        forest = self.forest(member)
        if not forest.parents:
            return {name: (strength,) for name, strength in strengths.items()}
        strongest: dict[str, Strength] = {}
        for name, strength in strengths.items():
            family = forest.family(name)
            strongest[family] = max(strength, strongest.get(family, strength))
        return {
            name: (*(strongest[f] for f in forest.above(forest.family(name)) if f in strongest), strength)
            for name, strength in strengths.items()
        }

    def by_amends(self, names: Sequence[str], member: str | None) -> list[str] | tuple[str, str]:
        """Instruments of equal chains, amenders first; or the first two that nothing orders."""
        if len(names) == 1:
            return list(names)
        reach = {name: self._amended(name, member) for name in sorted(names)}
        for i, a in enumerate(reach):
            for b in list(reach)[i + 1 :]:
                if b not in reach[a] and a not in reach[b]:
                    return a, b
        return sorted(names, key=lambda n: (-sum(m in reach[n] for m in names), n))

    def _amended(self, name: str, member: str | None) -> set[str]:
        """What an active instrument amends, directly or through active ones."""
        found: set[str] = set()
        todo = [name]
        while todo:
            instrument = self._instruments.get(todo.pop())
            for other in instrument.amends if instrument else ():
                if other not in found and self.silence(other, member) is None:
                    found.add(other)
                    todo.append(other)
        return found


class Forest:
    """Families (instruments connected by `amends` and `reading of`) and which family stands under which."""

    def __init__(self, instruments: Mapping[str, ir.Instrument], active: Iterable[str]) -> None:
        self._root = {name: name for name in active}
        for name in list(self._root):
            instrument = instruments[name]
            for other in (*instrument.amends, *((instrument.reading_of,) if instrument.reading_of else ())):
                if other in self._root:
                    a, b = sorted((self.family(name), self.family(other)))
                    self._root[b] = a
        # family -> (the family above it, the instrument that says so); the first by name where several do
        self.parents: dict[str, tuple[str, str]] = {}
        self.inside_itself: list[str] = []
        self.two_above: list[tuple[str, str]] = []
        for name in self._root:
            above = instruments[name].under
            if above is None or above not in self._root:
                continue
            own, upper = self.family(name), self.family(above)
            if own == upper:
                self.inside_itself.append(name)
            elif own not in self.parents:
                self.parents[own] = (upper, name)
            elif self.parents[own][0] != upper:
                self.two_above.append((self.parents[own][1], name))
        self.circles = self._circles()

    def family(self, name: str) -> str:
        """The least name of the family stands for it; an instrument that is not active is alone."""
        root = self._root.get(name, name)
        while self._root.get(root, root) != root:
            self._root[name] = root = self._root[root]
        return root

    def above(self, family: str) -> list[str]:
        """The families above one, from the top."""
        found: list[str] = []
        while family in self.parents and self.parents[family][0] not in found:
            family = self.parents[family][0]
            found.append(family)
        return found[::-1]

    def _circles(self) -> list[list[str]]:
        """Each circle of families once, as the instruments that say `under`."""
        found: list[list[str]] = []
        done: set[str] = set()
        for start in self.parents:
            path: list[str] = []
            at = start
            while at in self.parents and at not in done and at not in path:
                path.append(at)
                at = self.parents[at][0]
            if at in path:
                found.append([self.parents[f][1] for f in path[path.index(at) :]])
            done.update(path)
        return found


# ---------------------------------------------------------------- checks


def check_instruments(program: ir.Program) -> list[Diagnostic]:
    """Circles, amenders older than what they amend, adopted texts that are no proposals. Unknown names are left alone."""
    instruments = program.instruments
    found: list[Diagnostic] = []
    relations: dict[str, dict[str, list[str]]] = {
        "amends": {n: list(i.amends) for n, i in instruments.items()},
        "annuls": {n: list(i.annuls) for n, i in instruments.items()},
        "repeals": {n: [k for k, _ in i.repeals] for n, i in instruments.items()},
        "adopts": {n: list(i.adopts) for n, i in instruments.items()},
        "reading of": {n: [i.reading_of] if i.reading_of else [] for n, i in instruments.items()},
        "under": {n: [i.under] if i.under else [] for n, i in instruments.items()},
    }
    circular = False
    for word, edges in relations.items():
        for circle in _circles_of(edges):
            circular = True
            found.append(view_errors.circle([instruments[n] for n in circle], word))
    if not circular:
        # whether an instrument speaks rests on its annullers, on what it reads and on who adopted it: no circle there either
        rests: dict[str, list[str]] = {n: list(relations["reading of"][n]) for n in instruments}
        for name in instruments:
            for other in (*relations["annuls"][name], *relations["adopts"][name]):
                if other in rests:
                    rests[other].append(name)
        for circle in _circles_of(rests):
            found.append(view_errors.circle([instruments[n] for n in circle], "annuls, reading of, adopts"))
    standing = Standing(program, ir.View(program.scheme, None, frozenset(instruments)))
    for name in sorted(instruments):
        for other in instruments[name].amends:
            if other in instruments and not circular and _is_older(instruments, standing, name, other):
                found.append(view_errors.older_amender(instruments[name], instruments[other]))
        for other in instruments[name].adopts:
            if other in instruments and instruments[other].status != "proposed":
                found.append(view_errors.adopts_no_proposal(instruments[name], instruments[other]))
    return found


def _is_older(instruments: Mapping[str, ir.Instrument], standing: Standing, name: str, other: str) -> bool:
    a, b = instruments[name], instruments[other]
    if "assumed" in (a.status, b.status):
        return False
    shared: list[str | None] = [m for m in a.members if m in b.members] if a.members and b.members else [*a.members, *b.members] or [None]
    return any(standing.strength(name, m) < standing.strength(other, m) for m in shared)


def _circles_of(edges: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """One circle per strongly connected knot, each from its least name. Linear; does not recurse."""
    state: dict[str, int] = {}
    found: list[list[str]] = []
    for start in sorted(edges):
        if start in state:
            continue
        path = [start]
        state[start] = 1
        todo = [iter(sorted(edges[start]))]
        while todo:
            name = next(todo[-1], None)
            if name is None:
                state[path.pop()] = 2
                todo.pop()
            elif name in edges and name not in state:
                state[name] = 1
                path.append(name)
                todo.append(iter(sorted(edges[name])))
            elif state.get(name) == 1:
                circle = path[path.index(name) :]
                least = circle.index(min(circle))
                if not any(set(circle) & set(c) for c in found):
                    found.append(circle[least:] + circle[:least])
    return found


def parse_view(program: ir.Program, text: str) -> ir.View | Diagnostic:
    """`eu@2024-06-01+com_2026_85` as a view of this program; a diagnostic where it is written wrongly or names nothing."""
    match = _VIEW.fullmatch(text) if len(text) <= 4096 else None
    if match is None:
        return view_errors.malformed_view(NOWHERE, text[:80])
    scheme, day, chosen = match.groups()
    as_at = None
    if day is not None:
        try:
            as_at = date.fromisoformat(day) if len(day) == 10 else None
        except ValueError:
            as_at = None
        if as_at is None:
            return view_errors.malformed_view(NOWHERE, text[:80])
    view = ir.View(scheme, as_at, frozenset(chosen.split("+")[1:]))
    return next((d for d in validate_view(program, view) if d.is_error), view)


def validate_view(program: ir.Program, view: ir.View, span: Span = NOWHERE) -> list[Diagnostic]:
    """A view names its scheme and registered instruments; choosing what is enacted, or an idle reading, is a warning."""
    found: list[Diagnostic] = []
    if view.scheme != program.scheme:
        found.append(view_errors.other_scheme(span, view.scheme, program.scheme))
    standing = Standing(program, view)
    for name in sorted(view.chosen):
        instrument = program.instruments.get(name)
        if instrument is None:
            found.append(view_errors.unknown_instrument(span, name, program.instruments))
        elif instrument.status == "enacted":
            found.append(view_errors.chosen_enacted(span, name))
        elif instrument.status == "reading" and not any(standing.speakers(instrument.reading_of or "", m) for m in standing.members()):
            found.append(view_errors.idle_reading(span, name, instrument.reading_of or ""))
    return found
