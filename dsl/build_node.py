"""What every method of the tree builder needs: tokens to values, places, and the depth of each node.

Because the parser calls bottom-up, no walk recurses; how deep a node lies is counted here, and a text that is
nested beyond the limit is refused before any later pass could recurse into it.

Invariant: one of the few modules that see lark's tokens; the others are `parse.py` and its sister `build_…` modules.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias, TypeVar

from lark import Token

from capcode.dsl import ast
from capcode.dsl import syntax_errors as errors
from capcode.dsl.diagnostics import Diagnostic
from capcode.dsl.limits import LIMITS
from capcode.dsl.source import SourceFile, Span

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
Children: TypeAlias = list[Any]
_N = TypeVar("_N")


class Refused(Exception):
    """Carries one diagnostic out of the parser's callbacks; caught in `parse.py` and nowhere else."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.code)
        self.diagnostic = diagnostic


@dataclass(slots=True)
class Part:
    """An optional piece of a statement, named so that its parent can find it."""

    tag: str
    value: Any
    span: Span | None


def get(children: Children, tag: str, default: Any = None) -> Any:
    for child in children:
        if type(child) is Part and child.tag == tag:
            return child.value
    return default


def first_of_kind(children: Children, kind: Any) -> Any:
    """The first child of a node type, or None."""
    for child in children:
        if isinstance(child, kind):
            return child
    return None


def all_of_kind(children: Children, kind: Any) -> tuple[Any, ...]:
    return tuple(child for child in children if isinstance(child, kind))


class NodeBuilder:
    """Places, depth and tokens of one file."""

    def __init__(self, file: SourceFile) -> None:
        self.file = file
        # Holds each node, too: an `id` is only its node's own while the node lives.
        self._depth: dict[int, tuple[int, object]] = {}
        self._last = Span(file, 0, 0)
        self._leaves = 0

    def _leaf(self, node: _N, c: Children) -> _N:
        """Counts what one line-group reads, so that an endless chain is refused while it is read, not after."""
        self._leaves += 1
        if self._leaves > LIMITS.rule_nodes:
            raise Refused(errors.too_many_operands(self._place(c)))
        return node

    def _line(self, node: _N) -> _N:
        """A line-group is complete: counting begins anew."""
        self._leaves = 0
        return node

    def _place(self, c: Children) -> Span:
        first: int | None = None
        end = 0
        for child in c:
            if isinstance(child, Token):
                a, b = child.start_pos or 0, child.end_pos or 0
            else:
                s = child.span
                if s is None:
                    continue
                a, b = s.start, s.end
            if first is None:
                first = a
            end = b
        if first is None:
            return Span(self.file, self._last.end, self._last.end)
        self._last = Span(self.file, first, end)
        return self._last

    def _deep(self, node: _N, c: Children, *, objects: bool = False) -> _N:
        """Registers the node's depth; refuses what is nested too deeply, has too many operands, or reads a reserved word.

        `objects`: the children stand after `of`, where a row may have any name.
        """
        depth = 0
        for child in c:
            entry = self._depth.get(id(child))
            if entry is not None and entry[0] > depth:
                depth = entry[0]
        self._depth[id(node)] = (depth + 1, node)
        if depth > LIMITS.nesting:
            raise Refused(errors.too_deep(self._place(c)))
        if len(c) > LIMITS.rule_nodes:
            raise Refused(errors.too_many_operands(self._place(c)))
        if not objects:
            self._refuse_reserved(c)
        return node

    def _refuse_reserved(self, c: Children) -> None:
        """A reserved word is no value anywhere, so that brackets never decide what a word means."""
        for child in c:
            if type(child) is ast.Ref and child.name.text in errors.RESERVED_AS_VALUE:
                raise Refused(errors.reserved_word(child.name.span, child.name.text))

    def _values(self, node: _N, c: Children) -> _N:
        """A node that no expression can hold: its depth is of no interest, its values must not be reserved words."""
        self._refuse_reserved(c)
        return node

    def _part(self, tag: str, value: Any, c: Children, *, objects: bool = False) -> Part:
        return self._deep(Part(tag, value, self._place(c) if c else None), c, objects=objects)

    def _name(self, token: Token) -> ast.Name:
        span = Span(self.file, token.start_pos or 0, token.end_pos or 0)
        if len(token) > LIMITS.name_characters:
            raise Refused(errors.long_name(span))
        return ast.Name(span, str(token))

    def _declared(self, token: Token) -> ast.Name:
        """The name of something that has values."""
        name = self._name(token)
        if name.text in errors.RESERVED_AS_VALUE:
            raise Refused(errors.reserved_word(name.span, name.text))
        return name

    def _period(self, c: Children) -> ast.PeriodLit:
        """A written period; a quarter's two words may stand apart."""
        return ast.PeriodLit(self._place(c), " ".join(str(c[0]).split()))

    def _names(self, c: Children) -> tuple[ast.Name, ...]:
        return tuple(self._name(t) for t in c if isinstance(t, Token) and t.type == "NAME")

    def _string(self, token: Token) -> str:
        if len(token) - 2 > LIMITS.text_characters:
            raise Refused(errors.long_text(Span(self.file, token.start_pos or 0, token.end_pos or 0)))
        return str(token)[1:-1]

    def _int(self, token: Token) -> int:
        digits = str(token).replace("_", "")
        if len(digits) > 6:
            raise Refused(errors.long_count(Span(self.file, token.start_pos or 0, token.end_pos or 0)))
        return int(digits)

    def _date(self, token: Token) -> date:
        try:
            return date.fromisoformat(str(token))
        except ValueError:
            raise Refused(errors.no_such_day(Span(self.file, token.start_pos or 0, token.end_pos or 0), str(token))) from None

    def _month(self, token: Token) -> int:
        return MONTHS.index(str(token)) + 1

    def _texts(self, c: Children) -> tuple[str, ...]:
        return tuple(self._string(t) for t in c if isinstance(t, Token) and t.type == "STRING")

    def _text(self, token: Token) -> ast.Text:
        return ast.Text(Span(self.file, token.start_pos or 0, token.end_pos or 0), self._string(token))

    def _digits(self, token: Token) -> str:
        digits = str(token).replace("_", "")
        whole, _, decimals = digits.partition(".")
        if len(whole) + len(decimals) > LIMITS.number_digits or len(decimals) > LIMITS.number_decimals:
            raise Refused(errors.long_number(Span(self.file, token.start_pos or 0, token.end_pos or 0)))
        return digits

    def _number_only(self, node: Any) -> ast.Number:
        if not isinstance(node, ast.Number):
            raise Refused(errors.number_wanted(node.span))
        return node
