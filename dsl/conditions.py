"""Whether the conditions of a section overlap or leave a case open (semantics, sections 5 and 14).

Every case (see `condition_cases`) is tried. What was found is *decided* only where the axes can take their values freely: facts of
different names, or one single axis. A gap is not claimed for computed values beyond the constants they are compared with.

Invariant: an error names an input for which it happens.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from capcode.dsl import ir, view_errors
from capcode.dsl.condition_cases import Axis, Sample, Space, TooHard, are_free
from capcode.dsl.diagnostics import Diagnostic
from capcode.dsl.readings import parts
from capcode.dsl.source import Span
from capcode.dsl.views import LawView


def check_conditions(
    program: ir.Program, definition: ir.Definition, sections: Sequence[ir.Section], view: LawView | None = None, *, possible: bool = False
) -> list[Diagnostic]:
    """Overlaps and gaps of a section, made of one or several articles. In a view, exceptions that do not exist are left
    out. possible: also warn of what cannot be decided."""
    laws = [(s, s.law) for s in sections if isinstance(s.law, ir.RuleLaw)]
    plain = [(s, c) for s, law in laws for c in law.clauses if not (s.adds and len(laws) > 1)]
    members = view.standing.members() if view is not None else ()
    exceptions = [
        e for _, law in laws for e in law.exceptions
        if view is None or e.citation is None or any(view.standing.speakers(e.citation.instrument, m) for m in members)
    ]  # fmt: skip
    conditional = [(s, c) for s, c in plain if c.condition is not None]
    general = len(conditional) < len(plain)
    ordered = any(law.ordered for _, law in laws)
    if (general or not plain) and (ordered or len(conditional) < 2) and len(exceptions) < 2:
        return []
    return _Judge(program, definition, sections, conditional, exceptions, general or not plain, ordered, possible).judge()


class _Judge:
    """Tries the cases of one section and words what it finds."""

    def __init__(
        self, program: ir.Program, definition: ir.Definition, sections: Sequence[ir.Section],
        plain: Sequence[tuple[ir.Section, ir.Clause]], exceptions: Sequence[ir.Exception_], general: bool, ordered: bool, possible: bool,
    ) -> None:  # fmt: skip
        self.definition, self.sections, self.plain, self.exceptions = definition, sections, plain, exceptions
        self.general, self.ordered, self.possible = general, ordered, possible
        self.space = Space(program, definition, _inlinable(sections))
        self.over = _order(exceptions)

    def judge(self) -> list[Diagnostic]:
        try:
            return self._tried()
        except TooHard:
            return self._undecided(gap=not self.general, overlap=not self.ordered and len(self.plain) > 1)

    def _tried(self) -> list[Diagnostic]:
        plain = [self.space.test(c.condition) for _, c in self.plain if c.condition is not None]
        others = [self.space.test(e.condition) for e in self.exceptions]
        axes = self.space.axes()
        free = are_free(axes)
        gap: dict[Axis, Sample] | None = None
        overlaps: dict[tuple[int, int], str] = {}
        clashes: dict[tuple[int, int], str] = {}
        for case in self.space.cases(axes):
            yes = [test(case) for test, _ in plain]
            excepted = [test(case) for test, _ in others]
            if None in yes or None in excepted:
                continue
            applying = [i for i, truth in enumerate(excepted) if truth]
            left = [i for i in applying if not any((j, i) in self.over for j in applying)]
            for i, j in _pairs(left):
                if _differ(self.exceptions[i].body, self.exceptions[j].body):
                    clashes.setdefault((i, j), self.space.show(case, others[i][1] | others[j][1]))
            if applying:
                continue
            holding = [i for i, truth in enumerate(yes) if truth]
            if not self.ordered:
                for i, j in _pairs(holding):
                    if _differ(self.plain[i][1].body, self.plain[j][1].body):
                        overlaps.setdefault((i, j), self.space.show(case, plain[i][1] | plain[j][1]))
            if not holding and not self.general and (gap is None or not _is_inside(gap)):
                gap = case if gap is None or _is_inside(case) else gap
        certain = free and (gap is None or _is_inside(gap))
        if not free:
            return self._undecided(gap=gap is not None, overlap=bool(overlaps))
        found = [] if gap is None or not certain else [
            view_errors.no_clause_applies(self.definition, self.sections[0], self.space.show(gap), decided=True)
        ]  # fmt: skip
        if gap is not None and not certain:
            found += self._undecided(gap=True, overlap=False)
        for (i, j), example in overlaps.items():
            pair = self._named(i), self._named(j)
            found.append(view_errors.clauses_overlap(self.definition, *pair, example or "every input", decided=True))
        for (i, j), example in clashes.items():
            first, second = self.exceptions[i], self.exceptions[j]
            found.append(view_errors.exceptions_overlap(self.definition, first, second, example or "every input"))
        return found

    def _named(self, index: int) -> tuple[Span, str]:
        section, clause = self.plain[index]
        return clause.span, view_errors.show_citation(section.citations[0])

    def _undecided(self, *, gap: bool, overlap: bool) -> list[Diagnostic]:
        if not self.possible:
            return []
        found = [view_errors.no_clause_applies(self.definition, self.sections[0], "", decided=False)] if gap else []
        if overlap:
            found.append(view_errors.clauses_overlap(self.definition, self._named(0), self._named(1), "", decided=False))
        return found


def _is_inside(case: Mapping[Axis, Sample]) -> bool:
    """Whether no computed value goes beyond the constants that it is compared with."""
    for axis, value in case.items():
        if axis.computed and axis.consts and isinstance(value, Fraction) and not min(axis.consts) <= value <= max(axis.consts):
            return False
    return True


def _differ(a: ir.Body, b: ir.Body) -> bool:
    """Whether two bodies certainly do not give the same: an `unknown` makes the result open and no conflict."""
    return a != b and not isinstance(a, ir.OpenValue) and not isinstance(b, ir.OpenValue)


def _pairs(items: Sequence[int]) -> Iterator[tuple[int, int]]:
    for i, a in enumerate(items):
        for b in items[i + 1 :]:
            yield a, b


def _order(exceptions: Sequence[ir.Exception_]) -> set[tuple[int, int]]:
    """Pairs (i, j): exception i is over exception j, through others too. `over all` is over all that are not."""
    after: dict[int, set[int]] = {}
    for i, e in enumerate(exceptions):
        after[i] = {j for j, o in enumerate(exceptions) if i != j and (o.article in e.over or (e.over_all and not o.over_all))}
    found: set[tuple[int, int]] = set()
    for i in after:
        todo = list(after[i])
        while todo:
            j = todo.pop()
            if (i, j) not in found:
                found.add((i, j))
                todo += after[j]
    return found


def _inlinable(sections: Sequence[ir.Section]) -> dict[str, ir.Expr]:
    """The defines that use only earlier ones: inlining them ends."""
    found: dict[str, ir.Expr] = {}
    for section in sections:
        if isinstance(section.law, ir.RuleLaw):
            for name, expr in section.law.defines:
                if name not in found and _used(expr) <= found.keys():
                    found[name] = expr
    return found


def _used(expr: object) -> set[str]:
    found, todo = set(), [expr]
    while todo:
        node = todo.pop()
        if isinstance(node, ir.DefineRead):
            found.add(node.name)
        todo += parts(node)
    return found
