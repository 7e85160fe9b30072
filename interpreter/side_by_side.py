"""Independent pieces of work on all cores, in the order in which they were given.

Schemes know nothing of each other, so each can be read, checked and asked in a process of its own. What is given and what
comes back travels as plain records; the result is the same as in one process.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

# What workers need is loaded by the process that starts them, and once.
LOADED_ONCE = ("capcode.interpreter.ask_compare", "capcode.interpreter.report", "capcode.interpreter.claims", "capcode.dsl.frontend")

Piece = TypeVar("Piece")
Done = TypeVar("Done")


def side_by_side(work: Callable[[Piece], Done], pieces: Sequence[Piece]) -> Iterator[Done]:
    """What the work gives for each piece. `work` is a function of a module."""
    cores = min(os.cpu_count() or 1, len(pieces))
    if cores < 2:
        yield from map(work, pieces)
        return
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    clean = multiprocessing.get_context("forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn")
    clean.set_forkserver_preload(list(LOADED_ONCE))
    # A worker lives for a few pieces and then gives all its memory back: looking for garbage would cost a third more.
    with ProcessPoolExecutor(cores, clean, initializer=gc.disable) as pool:
        yield from pool.map(work, pieces)
