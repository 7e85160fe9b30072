"""Independent pieces of work on all cores, in the order in which they were given.

Schemes know nothing of each other, so each can be read, checked and asked in a process of its own. What is given and what
comes back travels as plain records; the result is the same as in one process.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

Piece = TypeVar("Piece")
Done = TypeVar("Done")


def side_by_side(work: Callable[[Piece], Done], pieces: Sequence[Piece]) -> Iterator[Done]:
    """What the work gives for each piece. `work` is a function of a module."""
    cores = min(os.cpu_count() or 1, len(pieces))
    if cores < 2:
        yield from map(work, pieces)
        return
    from concurrent.futures import ProcessPoolExecutor

    with ProcessPoolExecutor(cores) as pool:
        yield from pool.map(work, pieces)
