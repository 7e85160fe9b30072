"""What a name can mean at one place of the law: the rows at hand, the period, the argument, the steps named above.

A scope differs from the symbols in this: symbols are a scheme's, a scope is one clause's.

Invariant: a scope is never changed; `within` makes the scope of an inner place.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from capcode.dsl import ast, ir, name_errors
from capcode.dsl.symbols import LawSymbol, Symbols
from capcode.dsl.types import Type

Typed = tuple[ir.Expr, Type]
Elaborate = Callable[["Scope", ast.Expr, Type | None], Typed | None]


@dataclass(frozen=True, slots=True)
class Scope:
    """The place of an expression.

    entity: the rule's own; binders: entities bound by enclosing aggregates, innermost last; windows: kinds bound by
    enclosing windows; kind: the reader's own; timing as in `ir`; lots: the account unit whose lot is in hand.
    guards: what the clause's condition has shown to be present; in_force: the effects of the measure whose end is asked.
    in_rounding: inside a written rounding.
    """

    symbols: Symbols
    elaborate: Elaborate
    entity: str | None = None
    kind: str | None = None
    timing: str = ir.CONSTANT
    binders: tuple[str, ...] = ()
    windows: tuple[str, ...] = ()
    argument: tuple[str, Type] | None = None
    defines: dict[str, Type] = field(default_factory=dict)
    lots: str | None = None
    guards: frozenset[Any] = frozenset()
    in_force: frozenset[str] = frozenset()
    in_rounding: bool = False
    before: Type | None = None
    rule: LawSymbol | None = None
    nesting: int = 0

    def within(self, **changes: Any) -> Scope:
        return replace(self, **changes)

    @property
    def here(self) -> str | None:
        """The kind of the innermost period: of a window, or of the reader (a day, for values at a date)."""
        if self.windows:
            return self.windows[-1]
        if self.timing in (ir.ROW_DAY, ir.DATED_VALUE):
            return "day"
        return self.kind

    def owners(self) -> list[tuple[str, ir.Row]]:
        """Every entity whose row is at hand, with how to reach it, in the order in which names are looked up."""
        found: dict[str, ir.Row] = {}
        for binder in reversed(self.binders):
            found.setdefault(binder, ir.Row(binder, 0))
        for up, owner in enumerate(self.symbols.chain(self.entity)):
            assert self.entity is not None
            found.setdefault(owner, ir.Row(self.entity, up))
        for binder in reversed(self.binders):
            for up, owner in enumerate(self.symbols.chain(binder)):
                found.setdefault(owner, ir.Row(binder, up))
        return list(found.items())

    def row(self, entity: str) -> ir.Row | None:
        """How the row of an entity is reached, if one is at hand."""
        return dict(self.owners()).get(entity)

    def base_above(self, entity: str) -> ir.Row | None:
        """The innermost row at hand that has rows of the entity below it."""
        above = self.symbols.entities[entity].ancestors
        for owner, row in self.owners():
            if owner in above:
                return row
        return None

    def known_names(self) -> list[str]:
        """Every name that would be found here, for suggestions."""
        s = self.symbols
        names = [*self.defines, *s.facts, *s.law]
        if self.argument:
            names.append(self.argument[0])
        for owner, _ in self.owners():
            names.extend(s.entities[owner].fields)
        return names

    def knows(self, name: str) -> bool:
        """Whether a name would be found here."""
        s = self.symbols
        return (
            name in self.defines or name in s.facts or name in s.law or (self.argument is not None and name == self.argument[0])
            or any(name in s.entities[owner].fields for owner, _ in self.owners())
        )  # fmt: skip

    def not_found(self, name: ast.Name) -> None:
        owners = ", ".join(f"`{o}`" for o, _ in self.owners())
        where = f"the rows at hand ({owners}), then the scheme" if owners else "the scheme's facts and rules"
        self.symbols.missing(name_errors.unknown_name(name.span, name.text, self.known_names(), where))
