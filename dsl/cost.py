"""A bound on the steps of one value of a definition, before anything runs (semantics, section 14).

Steps are parts evaluated: an aggregate multiplies what is inside it by its periods (known) or by its rows (as many as
`rows` says, one where it says nothing). A window of unknown length counts as the longest that may run.
What a reading costs elsewhere is counted there, once.

Invariant: linear in the definition; the bound is never below the parts that one evaluation can visit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from capcode.dsl import ir, view_errors
from capcode.dsl.calendar import FIRST_DAY, LAST_DAY, Calendar, Listed, Period
from capcode.dsl.diagnostics import Diagnostic
from capcode.dsl.limits import LIMITS
from capcode.dsl.moves import kind_of
from capcode.dsl.readings import bodies, parts
from capcode.dsl.source import NOWHERE

_MIDDLE = date(2023, 7, 1)


def steps(program: ir.Program, definition: ir.Definition, rows: Mapping[str, int] | None = None) -> int:
    """The bound for one subject and period: the most expensive section, for `as before` all of them."""
    return _Bound(program, definition, rows or {}).total()


def check_cost(program: ir.Program, definitions: Iterable[ir.Definition] | None = None) -> list[Diagnostic]:
    """Aggregates nested too deep, windows too wide, and definitions that are too large, one by one and all together."""
    found: list[Diagnostic] = []
    if definitions is None:
        groups = (program.rules, program.measures, program.duties, program.accounts, program.checks)
        definitions = [d for group in groups for d in group.values()]
    everything = 0
    for definition in definitions:
        bound = _Bound(program, definition, {})
        total = bound.total()
        everything += bound.parts
        if everything > LIMITS.program_nodes:
            return [*found, view_errors.too_many_parts(definition, everything)]
        if bound.deepest > LIMITS.relation_nesting:
            found.append(view_errors.nested_relations(definition, bound.deepest_at, bound.deepest))
        if bound.widest > LIMITS.window_periods:
            found.append(view_errors.wide_window(definition, bound.widest_at, bound.widest))
        if bound.parts > LIMITS.rule_nodes * max(1, len(definition.sections)):
            found.append(view_errors.too_many_nodes(definition, bound.parts))
        if total > LIMITS.steps:
            found.append(view_errors.too_many_steps(definition, total))
    return found


class _Bound:
    """One walk over a definition."""

    def __init__(self, program: ir.Program, definition: ir.Definition, rows: Mapping[str, int]) -> None:
        self._calendar = program.calendar
        self._definition = definition
        self._rows = rows
        self.parts = 0
        self.deepest, self.deepest_at = 0, NOWHERE
        self.widest, self.widest_at = 0, NOWHERE

    def total(self) -> int:
        found = 0
        for section in self._definition.sections:
            exprs = list(bodies(section.law))
            if isinstance(section.law, ir.MeasureLaw):
                exprs += [effect.body for effect in section.law.effects]
            found += 1 + sum(self._steps(e, 0) for e in exprs)
        return found

    def _steps(self, node: object, depth: int) -> int:
        self.parts += 1
        domain = getattr(node, "domain", None)
        if not isinstance(domain, ir.Window | ir.Children | ir.Everyone | ir.EarlierRows | ir.RowsBetween | ir.Lots):
            return 1 + sum(self._steps(part, depth) for part in parts(node))
        span = getattr(node, "span", NOWHERE)
        if isinstance(domain, ir.Window):
            size = self._periods(domain)
            if size > self.widest:
                self.widest, self.widest_at = size, span
        else:
            depth += 1
            size = domain.count if isinstance(domain, ir.EarlierRows) else self._rows.get(_entity(domain), 1)
            if depth > self.deepest:
                self.deepest, self.deepest_at = depth, span
        inside = sum(self._steps(part, depth) for part in parts(node) if part is not domain)
        return 1 + self._steps(domain, depth) + max(1, size) * inside

    def _periods(self, window: ir.Window) -> int:
        if window.form in ("last", "before", "to"):
            return window.count
        if window.form == "inside" and window.first is not None:
            outer = _kind(window.first)
            return periods_inside(self._calendar, window.kind, outer) if outer is not None else 1
        return self._between(window)

    def _between(self, window: ir.Window) -> int:
        """From A to B: between two written ends their distance, else as many as the calendar has (a run stops at the limit)."""
        kind = self._calendar.kind(window.kind)
        a, b = (_written(e, self._calendar) for e in (window.first, window.last))
        if a is not None and b is not None:
            first, last = kind.index_of(a), kind.index_of(b)
            return max(0, last - first + 1) if first is not None and last is not None else 1
        if isinstance(kind, Listed):
            return min(len(kind.labels), LIMITS.window_periods)
        first, last = kind.index_of(_MIDDLE), kind.index_of(_MIDDLE.replace(year=_MIDDLE.year + 10))
        decades = (LAST_DAY.year - FIRST_DAY.year) // 10
        return min(LIMITS.window_periods, ((last or 0) - (first or 0) + 1) * decades)


def periods_inside(calendar: Calendar, fine: str, coarse: str) -> int:
    """The most periods of one kind that a period of another can hold, taken from one in the middle of the calendar."""
    outer = calendar.kind(coarse)
    longest = 0
    if isinstance(outer, Listed):
        indices: Iterable[int] = range(len(outer.labels))
    else:
        middle = outer.index_of(_MIDDLE)
        indices = range(middle or 0, (middle or 0) + 5)  # a leap year is among five
    for index in indices:
        start, end = outer.start(index), outer.end(index)
        if start is None or end is None:
            continue
        a, b = calendar.kind(fine).index_of(start), calendar.kind(fine).index_of(end - timedelta(days=1))
        if a is not None and b is not None:
            longest = max(longest, b - a + 1)
    return max(1, longest)


def _written(expr: ir.Expr | None, calendar: Calendar) -> date | None:
    if isinstance(expr, ir.Const):
        if isinstance(expr.value, date):
            return expr.value
        if isinstance(expr.value, Period):
            return calendar.start(expr.value)
    return None


def _kind(expr: ir.Expr) -> str | None:
    if isinstance(expr, ir.Const) and isinstance(expr.value, Period):
        return expr.value.kind
    return kind_of(expr)


def _entity(domain: ir.Domain) -> str:
    return domain.account if isinstance(domain, ir.Lots) else domain.entity if not isinstance(domain, ir.Window) else ""
