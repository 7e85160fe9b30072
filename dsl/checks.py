"""The checks that need the whole law of a scheme: its instruments, how its texts meet in time, that every chain of
readings ends, that conditions decide, and what it may cost.

They are made in the view of all enacted law; other views are checked when they are asked for.
"""

from __future__ import annotations

from capcode.dsl import ir
from capcode.dsl.diagnostics import Diagnostic
from capcode.dsl.instruments import check_instruments
from capcode.dsl.view_checks import check_view


def check_law(program: ir.Program) -> list[Diagnostic]:
    """Diagnostics of a program whose names and types are right; the first kind of mistake hides what follows from it."""
    found = check_instruments(program)
    if any(d.is_error for d in found):
        return found
    return [*found, *check_view(program, ir.View(program.scheme))]
