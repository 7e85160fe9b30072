"""What is checked of a program in one view: order of texts, spans, restatements, recursion, conditions, cost.

`check_view` is the entry. It goes once over the sections of every definition; only definitions in which two instruments
of equal strength (or two assumptions) meet are looked at interval by interval.

Invariant: finds nothing that is not in the view, but for spans, which are wrong in every view.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from capcode.dsl import ir, view_errors
from capcode.dsl.calendar import Period
from capcode.dsl.conditions import check_conditions
from capcode.dsl.cost import check_cost
from capcode.dsl.dependency import check_recursion
from capcode.dsl.diagnostics import Bag, Diagnostic
from capcode.dsl.instruments import BEGINNING, NEVER, validate_view
from capcode.dsl.merging import Clash, in_order, merge_laws
from capcode.dsl.readings import Reading, Readings, bodies, parts
from capcode.dsl.views import Conflict, Governs, Group, LawView


def check_view(program: ir.Program, view: ir.View, law: LawView | None = None) -> list[Diagnostic]:
    """Every diagnostic of a view, by place. `law` is the view already made, if there is one."""
    law = law or LawView(program, view)
    bag = Bag()
    bag.extend(validate_view(program, view))
    checks = _Checks(program, law)
    bag.extend(checks.families())
    readings = Readings(program, law)
    for definition in readings.definitions.values():
        bag.extend(checks.definition(definition))
    for table in program.tables.values():
        for sections in table.entries.values():
            bag.extend(checks.order(table, sections))
    bag.extend(checks.changes(readings))
    bag.extend(check_recursion(program, law, readings))
    bag.extend(check_cost(program, readings.definitions.values()))
    return bag.in_order()


@dataclass(slots=True)
class _Checks:
    """The checks of one view, definition by definition."""

    program: ir.Program
    view: LawView

    # ---- families

    def families(self) -> Iterator[Diagnostic]:
        """`under` makes a forest of families."""
        instruments = self.program.instruments
        for member in self.view.standing.members():
            forest = self.view.standing.forest(member)
            for name in forest.inside_itself:
                yield view_errors.under_itself(instruments[name])
            for first, second in forest.two_above:
                yield view_errors.two_families_above(instruments[first], instruments[second])
            for circle in forest.circles:
                yield view_errors.circle_of_families([instruments[n] for n in circle])

    # ---- one definition

    def definition(self, definition: ir.Definition) -> Iterator[Diagnostic]:
        if not definition.sections:
            return
        yield from self.spans(definition)
        yield from self.order(definition, definition.sections)
        for group in _same_start(definition.sections):
            if not isinstance(group[0].law, ir.RuleLaw):
                continue
            yield from check_conditions(self.program, definition, group, self.view)
        yield from self.restatements(definition)

    def spans(self, definition: ir.Definition) -> Iterator[Diagnostic]:
        """Days on boundaries of the kind; `from` where there is no day to take."""
        dated_by = isinstance(definition, ir.Rule) and definition.dated_by is not None
        kind = definition.kind if definition.timing == ir.EACH and not dated_by else None
        for section in definition.sections:
            if section.start is None and not section.initially and not section.always:
                yield from self._default_start(definition, section, kind)
            if kind is not None:
                for day, end in ((section.start, False), (section.end, True)):
                    period = self._split(kind, day)
                    if period is not None and day is not None:
                        label, following = self._label(period), self._label(Period(kind, period.index + 1))
                        yield view_errors.inside_period(definition, section, day, kind, label, following, end=end)

    def _default_start(self, definition: ir.Definition, section: ir.Section, kind: str | None) -> Iterator[Diagnostic]:
        instrument = self.program.instruments.get(section.instrument)
        while instrument is not None and instrument.status == "reading":
            instrument = self.program.instruments.get(instrument.reading_of or "")
        if instrument is None:
            return
        if instrument.status != "enacted":
            yield view_errors.from_wanted(definition, section, instrument.status, None, kind)
            return
        days = {entry for entry, _ in instrument.members.values()} or ({instrument.day} if instrument.day else set())
        for day in sorted(days):
            if kind is not None and self._split(kind, day) is not None:
                yield view_errors.from_wanted(definition, section, instrument.status, day, kind)
                return

    def _split(self, kind: str, day: date | None) -> Period | None:
        """The period that a day cuts in two; None where it is a boundary or outside the kind."""
        if day is None:
            return None
        period = self.program.calendar.containing(kind, day)
        return period if period is not None and self.program.calendar.start(period) != day else None

    def _label(self, period: Period) -> str:
        return self.program.calendar.label(period)

    # ---- order

    def order(self, definition: ir.Definition | ir.Table, sections: tuple[ir.Section, ...]) -> Iterator[Diagnostic]:
        """Texts that nothing orders, and articles of one day that cannot be one section."""
        if len(sections) < 2:
            return
        for group in _same_start(sections):
            merged = merge_laws(group) if len(group) > 1 else None
            if isinstance(merged, Clash) and self._meet(merged.first, merged.second):
                yield view_errors.cannot_merge(definition, merged.first, merged.second, merged.reason)
        reported: set[tuple[str, str]] = set()
        for member in self.view.standing.members():
            if not self._may_tie(sections, member):
                continue
            for day in self._days(sections, member):
                found = self.view.govern(sections, None, day, member)
                if not isinstance(found, Conflict):
                    continue
                pair = (found.first.instrument, found.second.instrument)
                if pair not in reported and pair[0] != pair[1]:
                    reported.add(pair)
                    a, b = (next(s for s in sections if c in s.citations) for c in (found.first, found.second))
                    yield view_errors.unordered(definition, a, b, day)

    def _may_tie(self, sections: Sequence[ir.Section], member: str | None) -> bool:
        """Whether two instruments of one strength are cited: nothing else can be unordered."""
        standing = self.view.standing
        names = {n for s in sections for n in standing.speakers(s.citations[0].instrument, member)}
        if len(names) < 2:
            return False
        strengths = [standing.strength(n, member) for n in names if not standing.fills(n)]
        return len(set(strengths)) < len(strengths) or len(names) - len(strengths) > 1

    def _days(self, sections: tuple[ir.Section, ...], member: str | None) -> list[date]:
        """A day in every interval of a definition."""
        bounds = self.view.boundaries(sections, member)
        return [bounds[0] - timedelta(days=1), *bounds] if bounds and bounds[0] > BEGINNING else [date(2000, 1, 1)]

    def _meet(self, a: ir.Section, b: ir.Section) -> bool:
        """Whether two sections cover a common day."""
        return (a.start or BEGINNING) < (b.end or NEVER) and (b.start or BEGINNING) < (a.end or NEVER)

    # ---- restatements

    def restatements(self, definition: ir.Definition) -> Iterator[Diagnostic]:
        """Steps and exceptions of older texts that a newer one silences."""
        silencers = [s for s in definition.sections if isinstance(s.law, ir.RuleLaw) and not s.initially]
        if len(silencers) < 2:
            return
        steps: dict[int, list[ir.Section]] = {}
        lost: dict[int, list[ir.Exception_]] = {}
        member = self.view.standing.members()[-1]
        has_exceptions = any(isinstance(s.law, ir.RuleLaw) and s.law.exceptions for s in silencers)
        several = len({s.instrument for s in silencers}) > 1
        if not has_exceptions and not several:
            return
        for day in self.view.boundaries(definition.sections, member):
            stack = self.view.stack(definition.sections, day, member)
            if not isinstance(stack, list) or len(stack) < 2:
                continue
            top = stack[0]
            if several:
                for lower in stack[1:]:
                    if self._is_new_step(lower, top, day):
                        steps.setdefault(id(top.sections[0]), []).extend(lower.sections)
            if has_exceptions and day == top.start:
                gone = self._lost_exceptions(stack, day, member)
                if gone:
                    lost[id(top.sections[0])] = gone
        for section in definition.sections:
            if id(section) in steps:
                yield view_errors.shadowed_step(definition, section, steps[id(section)])
            if id(section) in lost:
                yield view_errors.silenced_exception(definition, section, lost[id(section)])

    def _is_new_step(self, lower: Group, top: Group, day: date) -> bool:
        """Whether a weaker text of another instrument begins under an open span of the stronger one, and is silent."""
        return (
            lower.start == day > top.start
            and lower.instrument != top.instrument
            and all(s.end is None for s in top.sections)
            and not any(_says_before(s.law) for s in top.sections)
        )

    def _lost_exceptions(self, stack: Sequence[Group], day: date, member: str | None) -> list[ir.Exception_]:
        """The exceptions of the texts below that were heard until now and are not written again."""
        top = stack[0]
        if any(_says_before(s.law) for s in top.sections):
            return []
        kept = {e.article for s in top.sections if isinstance(s.law, ir.RuleLaw) for e in s.law.exceptions}
        gone: list[ir.Exception_] = []
        for lower in stack[1:]:
            for section in lower.sections:
                for e in section.law.exceptions if isinstance(section.law, ir.RuleLaw) else ():
                    if e.article not in kept and self.view.exception_active(e, day, member) is not None:
                        gone.append(e)
            if not any(_says_before(s.law) for s in lower.sections):
                break
        return gone

    # ---- values at a date

    def changes(self, readings: Readings) -> Iterator[Diagnostic]:
        """A value at a date that changes inside a period of a reader that does not say which day it means."""
        dated = {n: r for n, r in self.program.rules.items() if r.timing == ir.DATED_VALUE}
        if not dated:
            return
        member = self.view.standing.members()[-1]
        inner: dict[str, list[date]] = {}
        for reading in readings.found:
            rule = dated.get(reading.read.name) if reading.read.sort == "rule" else None
            reader = readings.definitions.get(reading.reader)
            kind = _bare_kind(reading)
            if rule is None or reader is None or kind is None:
                continue
            key = f"{rule.name} {kind}"
            if key not in inner:
                bounds = self.view.boundaries(rule.sections, member)
                inner[key] = [d for d in bounds if self._split(kind, d) is not None and self._differs(rule, d, member)]
            for day in inner[key]:
                period = self._split(kind, day)
                if period is not None and self._reads_in(reading, reader, period, member):
                    yield view_errors.changes_inside(reader, reading.span, rule, day, kind, self._label(period))
                    break

    def _differs(self, rule: ir.Rule, day: date, member: str | None) -> bool:
        """Whether the choice of the day is another than that of the day before."""
        return self.view.govern(rule.sections, None, day, member) != self.view.govern(rule.sections, None, day - timedelta(days=1), member)

    def _reads_in(self, reading: Reading, reader: ir.Definition, period: Period, member: str | None) -> bool:
        """Whether the section that reads speaks for the period; always, where another day than its first decides."""
        first = self.program.calendar.start(period)
        section = reading.section
        if first is None or section is None or not any(s is section for s in reader.sections):
            return True
        if isinstance(reader, ir.Rule) and reader.dated_by is not None:
            return True
        choice = self.view.govern(reader.sections, reader.kind, first, member)
        while isinstance(choice, Governs):
            if any(s is section for s in choice.sections):
                return True
            if not _says_before(choice.law):
                return False
            choice = choice.below()
        return False


def _bare_kind(reading: Reading) -> str | None:
    """The kind of period whose first day is read because the text names no day."""
    at = reading.at.period if isinstance(reading.at, ir.StartOf) else reading.at
    return at.kind if isinstance(at, ir.Here) and at.kind != "day" else None


def _same_start(sections: Sequence[ir.Section]) -> Iterator[tuple[ir.Section, ...]]:
    """The sections of one instrument with one written start, in the order of their articles."""
    groups: dict[tuple[str, date | None, bool, bool], list[ir.Section]] = {}
    for section in sections:
        groups.setdefault((section.instrument, section.start, section.initially, section.always), []).append(section)
    for group in groups.values():
        yield tuple(group) if len(group) == 1 else in_order(group)


def _says_before(law: ir.Law) -> bool:
    """Whether a law lets the text below it speak (`as before`, `adds`)."""
    todo: list[object] = list(bodies(law))
    while todo:
        node = todo.pop()
        if isinstance(node, ir.AsBefore):
            return True
        todo += parts(node)
    return False


__all__ = ["check_view"]
