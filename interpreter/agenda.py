"""The order of work: every key is computed once; a chain of readings that gets long is continued from a fresh start.

A reading computes what it reads by an ordinary call. Where calls would nest too deep, the middle of the chain is put
on a list, computed first, and the rest is begun again; what was finished before is remembered, so little is done twice
(and work that was abandoned is not counted as steps).

Invariant: never a RecursionError; a key that reads itself and a spent budget end the whole query, and are not remembered.
"""

from __future__ import annotations

from collections.abc import Callable

from capcode.dsl.limits import Limits
from capcode.interpreter.frames import Key
from capcode.interpreter.results import Error, Result, failed

_ROOM = 100  # nested nodes before a chain is continued from a fresh start; a node takes about three Python frames
_ENTRY = 5  # what entering a key takes of it


class _Postponed(Exception):
    """Compute this key first; it stands that deep in the chain."""

    def __init__(self, key: Key, depth: int) -> None:
        super().__init__()
        self.key, self.depth = key, depth


class _Stopped(Exception):
    """The query has no result but this error."""

    def __init__(self, error: Error) -> None:
        super().__init__()
        self.error = error


class Agenda:
    """compute(key) works out one key; it reads others through `result`. show(key) names it in an error.

    `done` counts the steps of all finished keys of the present query, `steps` those of the key in hand.
    """

    def __init__(self, compute: Callable[[Key], Result], show: Callable[[Key], str], limits: Limits) -> None:
        self.memory: dict[Key, Result] = {}
        self.steps = self.done = self.nested = 0
        self._compute, self._show, self.limit, self._depth = compute, show, limits.steps, limits.depth
        self._chain: list[Key] = []
        self._busy: set[Key] = set()
        self._base = 0

    def result(self, key: Key) -> Result:
        """The result of a key: remembered, or computed now."""
        known = self.memory.get(key)
        if known is not None:
            return known
        return self._enter(key) if self._chain else self._query(key)

    def took(self, steps: int) -> None:
        """So many more nodes evaluated for the key in hand."""
        self.steps += steps
        if self.done + self.steps > self.limit:
            self.spent()

    def spent(self) -> None:
        """End the whole query: it took more steps than are allowed."""
        self.stop("budget", f"more than {self.limit} steps")

    def stop(self, kind: str, text: str) -> None:
        """End the whole query with an error."""
        raise _Stopped(failed(kind, text))

    def _query(self, wanted: Key) -> Result:
        self.steps = self.done = 0
        waiting = [(wanted, 0)]
        try:
            while waiting:
                key, self._base = waiting[-1]
                self._busy.discard(key)
                self.nested = 0
                try:
                    self._enter(key)
                    waiting.pop()
                except _Postponed as postponed:
                    self._busy.add(key)
                    waiting.append((postponed.key, postponed.depth))
        except _Stopped as stopped:
            return stopped.error
        finally:
            self._busy.clear()
        return self.memory[wanted]

    def _enter(self, key: Key) -> Result:
        if key in self._busy:
            raise _Stopped(failed("undefined", f"{self._show(key)} is read by its own rule"))
        if self._base + len(self._chain) >= self._depth:
            raise _Stopped(failed("budget", f"a chain of more than {self._depth} readings"))
        if self.nested > _ROOM and self._chain:
            chain = [*self._chain, key]
            middle = (len(chain) + 1) // 2
            raise _Postponed(chain[middle], self._base + middle)
        nested, steps = self.nested, self.steps
        self.nested, self.steps = nested + _ENTRY, 0
        self._chain.append(key)
        self._busy.add(key)
        try:
            found = self._compute(key)
            self.done += self.steps
        finally:
            self._chain.pop()
            self._busy.discard(key)
            self.nested, self.steps = nested, steps
        self.memory[key] = found
        return found
