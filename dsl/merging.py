"""Several articles of one instrument that start on one day are one section (semantics, section 4, step 4).

Differs from the sections that it is made of in one way: an `adds` beside other text of the same group gives up its
general clause `as before`, for it adds to that text.

Invariant: the merged law does not depend on the order in which the text gives the articles.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from capcode.dsl import ir


@dataclass(frozen=True, slots=True)
class Clash:
    """Why two sections cannot be one: reason is kind, single, general, ordered, rounding or define."""

    first: ir.Section
    second: ir.Section
    reason: str


def in_order(sections: Sequence[ir.Section]) -> tuple[ir.Section, ...]:
    """By article, then by place."""
    return tuple(sorted(sections, key=lambda s: ([(c.article, c.instrument) for c in s.citations], s.span.file.name, s.span.start)))


def merge_laws(sections: Sequence[ir.Section]) -> ir.Law | Clash:
    """One law, of sections that are already `in_order`; or the first pair that cannot be merged."""
    first = sections[0]
    if len(sections) == 1:
        return first.law
    for other in sections[1:]:
        if type(other.law) is not type(first.law):
            return Clash(first, other, "kind")
    if isinstance(first.law, ir.AccountLaw):
        return ir.AccountLaw(tuple(f for s in sections if isinstance(s.law, ir.AccountLaw) for f in s.law.flows))
    if isinstance(first.law, ir.RuleLaw):
        return _merge_rules(sections)
    return Clash(first, sections[1], "single")


def _merge_rules(sections: Sequence[ir.Section]) -> ir.RuleLaw | Clash:
    first = sections[0]
    plain = [s for s in sections if not s.adds]
    givers = plain or list(sections[:1])
    clauses: list[ir.Clause] = []
    exceptions: list[ir.Exception_] = []
    defines: dict[str, tuple[ir.Section, ir.Expr]] = {}
    rounding: tuple[ir.Section, ir.Rounding] | None = None
    general: ir.Section | None = None
    for section in sections:
        law = section.law
        assert isinstance(law, ir.RuleLaw)
        if law.ordered:
            return Clash(first, next(s for s in sections if s is not first), "ordered")
        if section in givers:
            clauses += law.clauses
            if any(c.condition is None for c in law.clauses):
                if general is not None:
                    return Clash(general, section, "general")
                general = section
        exceptions += law.exceptions
        for name, expr in law.defines:
            if name in defines and defines[name][1] != expr:
                return Clash(defines[name][0], section, "define")
            defines.setdefault(name, (section, expr))
        if law.rounding is not None:
            if rounding is not None and rounding[1] != law.rounding:
                return Clash(rounding[0], section, "rounding")
            rounding = rounding or (section, law.rounding)
    return ir.RuleLaw(
        tuple(clauses), tuple(exceptions), False, tuple((n, e) for n, (_, e) in defines.items()), rounding[1] if rounding else None
    )


def all_unknown(law: ir.Law, column: str | None = None) -> bool:
    """Whether every clause (of a table row: this cell, or every cell) is `unknown`, so that an assumption may fill it."""
    match law:
        case ir.RuleLaw():
            bodies = [*(c.body for c in law.clauses), *(e.body for e in law.exceptions)]
            return all(isinstance(b, ir.OpenValue) for b in bodies)
        case ir.CellLaw():
            cells = law.cells.values() if column is None else [law.cells[column]] if column in law.cells else []
            return all(isinstance(c, ir.OpenValue) for c in cells)
        case ir.CheckLaw():
            return isinstance(law.condition, ir.OpenValue)
        case ir.DutyLaw():
            return isinstance(law.quantity, ir.OpenValue)
        case _:
            return False
