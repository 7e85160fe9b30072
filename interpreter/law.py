"""Views of a program, made once each: the law as at a day, with chosen instruments."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from capcode.dsl.ir import Program, View
from capcode.dsl.views import LawView

_made: WeakKeyDictionary[Program, dict[View, LawView]] = WeakKeyDictionary()


def law_view(program: Program, view: View) -> LawView:
    """The view of a program; the same object for the same view."""
    views = _made.setdefault(program, {})
    if view not in views:
        views[view] = LawView(program, view)
    return views[view]
