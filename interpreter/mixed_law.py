"""A law made of two: for each clause change either the law before it or the law after it, as chosen.

A change is what one text does to one definition (or to one row of a table): its sections in the place of those before.
Between two views of one program the same sections stand on both sides, and the views choose. Between two programs the
chosen definitions are taken whole from the second one.

Invariant: with no change chosen it gives what the first law gives, with all of them what the second gives.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from capcode.dsl import ir
from capcode.dsl.views import Choice, LawView
from capcode.interpreter.diff_sides import Side
from capcode.interpreter.governing import Text, text_of
from capcode.interpreter.show import exact_text


@dataclass(frozen=True, slots=True, order=True)
class Change:
    """A change by its definition (`allocation`, `benchmarks (coke)`) and the instrument that made it (empty: a repeal)."""

    name: str
    instrument: str


class MixedLaw(LawView):
    """One program in two views. met: the changes that an evaluation came across, with both texts, in that order."""

    def __init__(self, program: ir.Program, a: LawView, b: LawView, chosen: frozenset[Change], names: Mapping[int, str],
                 whole: bool = False) -> None:  # fmt: skip
        super().__init__(program, a.view)
        self._a, self._b, self._chosen, self._names, self._whole = a, b, chosen, names, whole
        self.met: dict[Change, tuple[Text, Text]] = {}
        self._alike: dict[tuple[int, int], Change | None] = {}
        self._sides: dict[tuple[str, date, str | None], LawView] = {}
        self._exceptions: dict[int, str] = {}

    def govern(
        self, definition_sections: tuple[ir.Section, ...], kind: str | None, day: date, member: str | None = None, *,
        column: str | None = None, life: str = "",
    ) -> Choice:  # fmt: skip
        one = self._a.govern(definition_sections, kind, day, member, column=column, life=life)
        two = self._b.govern(definition_sections, kind, day, member, column=column, life=life)
        name = self._names.get(id(definition_sections), "")
        change = self._change(name, one, two, day, member)
        taken = (change is not None and change in self._chosen) or (self._whole and name.partition(" (")[0] in self._taken_whole)
        side = self._b if taken else self._a
        self._sides[name, day, member] = side
        for section in definition_sections:
            for exception in getattr(section.law, "exceptions", ()):
                self._exceptions[id(exception)] = name
        return two if taken else one

    @property
    def _taken_whole(self) -> set[str]:
        return {c.name for c in self._chosen}

    def _change(self, name: str, one: Choice, two: Choice, day: date, member: str | None) -> Change | None:
        """The change between two choices; None where both give the same."""
        pair = (id(one), id(two))
        if pair not in self._alike:
            old, new = text_of(self._a, one, day, member), text_of(self._b, two, day, member)
            found = None
            if not old.gives_as(new):
                found = Change(name, new.citations[0].instrument if new.citations else "")
                self.met.setdefault(found, (old, new))
            self._alike[pair] = found
        return self._alike[pair]

    def exception_active(self, exception: ir.Exception_, day: date, member: str | None = None) -> frozenset[ir.Mark] | None:
        name = self._exceptions.get(id(exception))
        side = self._sides.get((name, day, member)) if name is not None else None
        if side is not None:
            return side.exception_active(exception, day, member)
        found = self._a.exception_active(exception, day, member)
        return found if found is not None else self._b.exception_active(exception, day, member)

    def boundaries(self, sections: tuple[ir.Section, ...], member: str | None = None, *, life: str = "") -> tuple[date, ...]:
        both = {*self._a.boundaries(sections, member, life=life), *self._b.boundaries(sections, member, life=life)}
        return tuple(sorted(both))


DECLARATIONS = Change("declarations", "")
"""Between two programs: texts with their days, entities, facts, units, periods and what else is declared, all at once."""


class Mixer:
    """Makes mixed laws of two sides. `between` says which changes there are to choose from, once it was run."""

    def __init__(self, a: Side, b: Side) -> None:
        self.a, self.b = a, b
        self.one_program = a.program is b.program

    def law(self, chosen: frozenset[Change]) -> tuple[ir.Program, MixedLaw]:
        """The program and the law to evaluate in it."""
        program = self.a.program if self.one_program else self._program(chosen)
        views = (LawView(program, self.a.view), LawView(program, self.b.view)) if not self.one_program else (self.a.law, self.b.law)
        return program, MixedLaw(program, *views, chosen, _names(program), not self.one_program)

    def between_programs(self) -> list[Change]:
        """The definitions and tables that differ between two programs, by name."""
        found = []
        for kind in ("rules", "measures", "duties", "accounts", "checks", "tables"):
            old, new = getattr(self.a.program, kind), getattr(self.b.program, kind)
            for name in sorted({*old, *new}):
                if name in old and name in new and not _same(old[name], new[name]):
                    found.append(Change(name, _instrument_of(old[name], new[name])))
        return [DECLARATIONS, *found]

    def _program(self, chosen: frozenset[Change]) -> ir.Program:
        a, b = self.a.program, self.b.program
        base = b if DECLARATIONS in chosen else a
        taken = {c.name for c in chosen}
        changes: dict[str, Any] = {"instruments": {**(a if base is b else b).instruments, **base.instruments}}
        for kind in ("rules", "measures", "duties", "accounts", "checks", "tables"):
            old, new = getattr(a, kind), getattr(b, kind)
            both = {**new, **old, **{n: new[n] for n in taken if n in new}}
            changes[kind] = dict(sorted(both.items()))
        changes["fields"] = {**(a if base is b else b).fields, **base.fields}
        changes["entities"] = {**(a if base is b else b).entities, **base.entities}
        return dataclasses.replace(base, **changes)


def _same(old: Any, new: Any) -> bool:
    return old == new and repr(old) == repr(new)


def _instrument_of(old: Any, new: Any) -> str:
    """The text that the changed part of a definition cites."""
    if isinstance(new, ir.Table):
        return ""
    written = [s for s in new.sections if s not in old.sections] or [s for s in old.sections if s not in new.sections]
    return written[0].instrument if written else ""


def _names(program: ir.Program) -> dict[int, str]:
    """The name of the definition, or of the row of a table, that a tuple of sections belongs to."""
    found: dict[int, str] = {}
    for kind in (program.rules, program.measures, program.duties, program.accounts, program.checks):
        for name, definition in kind.items():
            if definition.sections:
                found[id(definition.sections)] = name
    for name, table in program.tables.items():
        for key, sections in table.entries.items():
            found[id(sections)] = f"{name} ({', '.join(exact_text(k, program.calendar) for k in key)})"
    return found
