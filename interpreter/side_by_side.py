"""Independent pieces of work on all cores, in the order in which they were given.

Schemes know nothing of each other, so each can be read, checked and asked in a process of its own. What is given and what
comes back travels as plain records; the result is the same as in one process.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from multiprocessing.context import BaseContext

# What workers need is loaded by the process that starts them, and once.
LOADED_ONCE = ("capcode.interpreter.ask_compare", "capcode.interpreter.report", "capcode.interpreter.claims", "capcode.dsl.frontend")

Piece = TypeVar("Piece")
Done = TypeVar("Done")


def begin() -> None:
    """Start what workers are made from while this process is still loading: for a command that will need them."""
    if (os.cpu_count() or 1) > 1 and _clean().get_start_method() == "forkserver":
        from multiprocessing import forkserver

        forkserver.ensure_running()


def _clean() -> BaseContext:
    """Workers that begin with what they need already loaded, and with nothing else of this process."""
    import multiprocessing

    context = multiprocessing.get_context("forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn")
    context.set_forkserver_preload(list(LOADED_ONCE))
    return context


@contextmanager
def helpers(work: Callable[[Piece], Done]) -> Iterator[Callable[[Piece], Callable[[], Done]]]:
    """Workers that do pieces beside everything else, in the order in which they are handed in; to call what that gives is
    to wait for the piece. They stay, and another one is started only where all are busy.

    On a single core a piece is done when it is called for.
    """
    cores = os.cpu_count() or 1
    if cores < 2:
        yield lambda piece: partial(work, piece)
        return
    from concurrent.futures import ProcessPoolExecutor

    with ProcessPoolExecutor(cores, _clean()) as pool:
        yield lambda piece: pool.submit(work, piece).result


def side_by_side(work: Callable[[Piece], Done], pieces: Sequence[Piece], weights: Sequence[int] = ()) -> Iterator[Done]:
    """What the work gives for each piece, in their order. `work` is a function of a module.

    weights: about how much work each piece is, where some are far larger than others: the heaviest are begun first.
    """
    cores = min(os.cpu_count() or 1, len(pieces))
    if cores < 2:
        yield from map(work, pieces)
        return
    from concurrent.futures import ProcessPoolExecutor

    # A worker lives for one piece and then gives all its memory back: looking for garbage would cost a third more.
    with ProcessPoolExecutor(cores, _clean(), initializer=gc.disable, max_tasks_per_child=1) as pool:
        begun = sorted(range(len(pieces)), key=lambda n: -weights[n]) if weights else range(len(pieces))
        waiting = {n: pool.submit(work, pieces[n]) for n in begun}
        for n in range(len(pieces)):
            yield waiting.pop(n).result()
