"""What one evaluation worked out, used again by another of the same law, where all that it rested on is the same.

To work out a key is to look at facts and to read other keys, one after the other; which comes next depends on the law and
on what was seen before, on nothing else. So where every look of an earlier working-out sees the same again, in its order,
it would be gone through again step by step, and what it gave stands (what build systems call a verifying trace). Plants
that differ in a few months, and the rows of a published table, share most of their law so.

Invariant: with or without it results, traces and counted steps are the same; only the time differs.
Invariant: what has a memory of its own (accounts, duties, measures, shares) is worked out each time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from capcode.dsl.views import LawView
from capcode.interpreter.facts import FactSet
from capcode.interpreter.frames import Key
from capcode.interpreter.results import Result

if TYPE_CHECKING:
    from capcode.interpreter.trace import Record

# What can be looked at: a map or set of the fact set by its key, or another key's result.
VALUES, UNKNOWN, GIVEN, FIGURES, ISSUED, CHOSEN_ON, MADE_FROM, SOURCES, LISTS, ROSTERS, PARENT, ROWS, BELOW, RESULT = range(14)
_VARIANTS = 4  # workings-out of one key that are kept: variants of a plant that change it never come again

Look: TypeAlias = tuple[int, Any, Any]
"""What was looked at, by which key, and what was seen."""


class World:
    """The facts of one evaluation. Each look at them is noted for the key in hand, where `noted` is a list."""

    def __init__(self, facts: FactSet) -> None:
        self.noted: list[Look] | None = None
        self._facts = facts
        self._under: dict[tuple[str, str | None], list[str]] | None = None
        self.ways: tuple[Callable[[Any], Any], ...] = (
            facts.values.get, facts.unknown.get, facts.given.get, facts.figures.get, facts.issued.get, facts.chosen_on.get,
            facts.made.get, facts.sources.get, facts.lists.__contains__, facts.rosters.__contains__, self._parent, self._rows, self._below,
        )  # fmt: skip

    def look(self, sort: int, what: Any) -> Any:
        """What the facts say; None where they say nothing."""
        seen = self.ways[sort](what)
        if self.noted is not None:
            self.noted.append((sort, what, seen))
        return seen

    def rests_on_more(self) -> None:
        """The key in hand rests on what has a memory: it cannot be used again."""
        self.noted = None

    def _parent(self, of: tuple[str, str]) -> str | None:
        return self._facts.rows.get(of[0], {}).get(of[1])

    def _rows(self, entity: str) -> list[str]:
        return sorted(self._facts.rows.get(entity, {}))

    def _below(self, of: tuple[str, str | None]) -> list[str]:
        """The rows of an entity under a row, or under none."""
        if self._under is None:
            self._under = {}
            for name, rows in self._facts.rows.items():
                for row, above in rows.items():
                    self._under.setdefault((name, above), []).append(row)
        return self._under.get(of, [])


@dataclass(frozen=True, slots=True)
class Kept:
    """A key as it was worked out: every look in order, what it gave, its own steps, and its record where one was made."""

    looks: tuple[Look, ...]
    result: Result
    steps: int
    record: Record | None


class Recall:
    """What evaluations of some laws worked out. Give the same one to evaluations that are likely to see the same."""

    def __init__(self) -> None:
        self._laws: dict[LawView, dict[Key, list[Kept]]] = {}

    def of(self, law: LawView) -> Remembered:
        return Remembered(self._laws.setdefault(law, {}))


class Remembered:
    """What was worked out in one law, by key."""

    def __init__(self, kept: dict[Key, list[Kept]]) -> None:
        self._kept = kept

    def find(self, key: Key, world: World, read: Callable[[Key], Result], *, told: bool) -> Kept | None:
        """A working-out all of whose looks see the same in this world. told: one that has a record."""
        ways = world.ways
        for one in self._kept.get(key, ()):
            if told and one.record is None:
                continue
            for sort, what, seen in one.looks:
                now = read(what) if sort == RESULT else ways[sort](what)
                if now is not seen and now != seen:
                    break
            else:
                return one
        return None

    def keep(self, key: Key, one: Kept) -> None:
        known = self._kept.setdefault(key, [])
        if len(known) < _VARIANTS:
            known.append(one)
