"""Concrete syntax to abstract syntax: one method per alternative of `grammar.lark`, called as the parser reduces.

Because the parser calls bottom-up, no walk recurses; how deep a node lies is counted here, and a text that is
nested beyond the limit is refused before any later pass could recurse into it.

Invariant: the only place, with `parse.py`, that sees lark's tokens.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

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
_COMPARE = {"≥": ">=", "≤": "<="}


class Refused(Exception):
    """Carries one diagnostic out of the parser's callbacks; caught in `parse.py` and nowhere else."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.code)
        self.diagnostic = diagnostic


@dataclass(slots=True)
class _Part:
    """An optional piece of a statement, named so that its parent can find it."""

    tag: str
    value: Any
    span: Span | None


def _get(children: list[Any], tag: str, default: Any = None) -> Any:
    for child in children:
        if type(child) is _Part and child.tag == tag:
            return child.value
    return default


def _of(children: list[Any], kind: Any) -> Any:
    """The first child of a node type, or None."""
    for child in children:
        if isinstance(child, kind):
            return child
    return None


def _all(children: list[Any], kind: Any) -> tuple[Any, ...]:
    return tuple(child for child in children if isinstance(child, kind))


class Builder:
    """Makes the tree of one file. Methods are named for the grammar's alternatives; `c` are the children."""

    def __init__(self, file: SourceFile) -> None:
        self.file = file
        self._depth: dict[int, int] = {}
        self._last = Span(file, 0, 0)

    # ------------------------------------------------------------ places and depth

    def _place(self, c: list[Any]) -> Span:
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

    def _deep(self, node: Any, c: list[Any]) -> Any:
        """Registers the node's depth; refuses what is nested too deeply or has too many operands."""
        depth = 0
        get = self._depth.get
        for child in c:
            d = get(id(child), 0)
            if d > depth:
                depth = d
        self._depth[id(node)] = depth + 1
        if depth > LIMITS.nesting:
            raise Refused(errors.too_deep(self._place(c)))
        if len(c) > LIMITS.rule_nodes:
            raise Refused(errors.too_many_operands(self._place(c)))
        return node

    def _part(self, tag: str, value: Any, c: list[Any]) -> _Part:
        part = _Part(tag, value, self._place(c) if c else None)
        return self._deep(part, c)  # type: ignore[no-any-return]

    def _name(self, token: Token) -> ast.Name:
        span = Span(self.file, token.start_pos or 0, token.end_pos or 0)
        if len(token) > LIMITS.name_characters:
            raise Refused(errors.long_name(span))
        return ast.Name(span, str(token))

    def _names(self, c: list[Any]) -> tuple[ast.Name, ...]:
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

    def _texts(self, c: list[Any]) -> tuple[str, ...]:
        return tuple(self._string(t) for t in c if isinstance(t, Token) and t.type == "STRING")

    # ------------------------------------------------------------ file, scheme, instrument

    def start(self, c: list[Any]) -> ast.File:
        return ast.File(Span(self.file, 0, len(self.file.text)), self._int(c[0]), tuple(c[1:]))

    def scheme(self, c: list[Any]) -> ast.Scheme:
        lines = tuple(x for x in c if isinstance(x, ast.Currency | ast.YearStarts | ast.Authority | ast.Uses | ast.Graft))
        return ast.Scheme(self._place(c), self._name(c[0]), _of(c, ast.Label), _get(c, "is"), lines)

    def scheme_is(self, c: list[Any]) -> _Part:
        return self._part("is", c[0], c)

    def currency(self, c: list[Any]) -> ast.Currency:
        return ast.Currency(self._place(c), self._name(c[0]))

    def year_starts(self, c: list[Any]) -> ast.YearStarts:
        return ast.YearStarts(self._place(c), self._int(c[0]), self._month(c[1]), _get(c, "named"))

    def named(self, c: list[Any]) -> _Part:
        return self._part("named", str(c[2]), c)

    def authority(self, c: list[Any]) -> ast.Authority:
        return ast.Authority(self._place(c), self._name(c[0]), _of(c, ast.Label))

    def uses(self, c: list[Any]) -> ast.Uses:
        return ast.Uses(self._place(c), c[0])

    def graft(self, c: list[Any]) -> ast.Graft:
        return ast.Graft(self._place(c), self._name(c[0]), c[1], tuple(c[2:]))

    def reading_as(self, c: list[Any]) -> ast.ReadingAs:
        return ast.ReadingAs(self._place(c), self._name(c[0]), c[1])

    def keeping(self, c: list[Any]) -> ast.Keeping:
        return ast.Keeping(self._place(c), self._names(c))

    def view(self, c: list[Any]) -> ast.ViewExpr:
        as_at = next((self._date(t) for t in c if isinstance(t, Token) and t.type == "DATE"), None)
        return ast.ViewExpr(self._place(c), c[0], as_at, tuple(p.value for p in c if isinstance(p, _Part)))

    def plus_instrument(self, c: list[Any]) -> _Part:
        return self._part("chosen", self._name(c[0]), c)

    def path(self, c: list[Any]) -> ast.Path:
        return ast.Path(self._place(c), tuple(n.text for n in self._names(c)))

    def label(self, c: list[Any]) -> ast.Label:
        texts = self._texts(c)
        languages = [str(t) for t in c if t.type == "LANG"]
        return ast.Label(self._place(c), texts[0], tuple(zip(languages, texts[1:], strict=True)))

    def instrument(self, c: list[Any]) -> ast.Instrument:
        return ast.Instrument(self._place(c), self._name(c[0]), c[1], c[2], tuple(c[3:]))

    def adopted(self, c: list[Any]) -> _Part:
        return self._part("adopted", self._date(c[0]), c)

    def in_force(self, c: list[Any]) -> ast.InForce:
        return ast.InForce(self._place(c), self._date(c[-1]), _get(c, "adopted"))

    def in_force_by_member(self, c: list[Any]) -> ast.InForceByMember:
        return ast.InForceByMember(self._place(c), self._name(c[0]), self._text(c[1]))

    def proposed(self, c: list[Any]) -> ast.Proposed:
        return ast.Proposed(self._place(c), self._date(c[1]) if len(c) > 1 else None)

    def assumed(self, c: list[Any]) -> ast.Assumed:
        return ast.Assumed(self._place(c))

    def reading(self, c: list[Any]) -> ast.ReadingOf:
        return ast.ReadingOf(self._place(c), self._name(c[0]))

    def _relation(self, word: str, c: list[Any]) -> ast.Relation:
        return ast.Relation(self._place(c), word, self._name(c[0]), _of(c, ast.PeriodLit), None)

    def under(self, c: list[Any]) -> ast.Relation:
        return self._relation("under", c)

    def amends(self, c: list[Any]) -> ast.Relation:
        return self._relation("amends", c)

    def repeals(self, c: list[Any]) -> ast.Relation:
        return self._relation("repeals", c)

    def annuls(self, c: list[Any]) -> ast.Relation:
        return self._relation("annuls", c)

    def disputes(self, c: list[Any]) -> ast.Relation:
        return self._relation("disputes", c)

    def adopts(self, c: list[Any]) -> ast.Relation:
        return self._relation("adopts", c)

    def expires(self, c: list[Any]) -> ast.Relation:
        return ast.Relation(self._place(c), "expires", None, None, self._date(c[0]))

    # ------------------------------------------------------------ period, unit

    def _period_def(self, c: list[Any], form: Any) -> ast.PeriodDef:
        return ast.PeriodDef(self._place(c), self._name(c[0]), _of(c, ast.Label), _get(c, "plural"), form)

    def period_starts(self, c: list[Any]) -> ast.PeriodDef:
        return self._period_def(c, ast.StartsForm(self._place(c[-2:]), self._int(c[-2]), self._month(c[-1])))

    def period_regular(self, c: list[Any]) -> ast.PeriodDef:
        return self._period_def(c, ast.RegularForm(self._place(c[-3:]), self._int(c[-3]), self._name(c[-2]), c[-1]))

    def period_list(self, c: list[Any]) -> ast.PeriodDef:
        spans = _all(c, ast.NamedSpan)
        return self._period_def(c, ast.ListForm(self._place(list(spans)), spans))

    def period_file(self, c: list[Any]) -> ast.PeriodDef:
        return self._period_def(c, ast.FileForm(self._place(c[-1:]), self._text(c[-1])))

    def named_span(self, c: list[Any]) -> ast.NamedSpan:
        name = self._name(c[0]) if len(c) == 3 else None
        return ast.NamedSpan(self._place(c), name, c[-2], c[-1])

    def unit_def(self, c: list[Any]) -> ast.UnitDef:
        form = _of(c, ast.UnitEquals | ast.UnitCovers | ast.UnitForEach)
        return ast.UnitDef(self._place(c), self._name(c[0]), _of(c, ast.Label), form)

    def unit_equals(self, c: list[Any]) -> ast.UnitEquals:
        return ast.UnitEquals(self._place(c), self._number_only(c[0]))

    def unit_covers(self, c: list[Any]) -> ast.UnitCovers:
        return ast.UnitCovers(self._place(c), self._number_only(c[0]), _get(c, "vintage"))

    def unit_for_each(self, c: list[Any]) -> ast.UnitForEach:
        return ast.UnitForEach(self._place(c), self._name(c[0]))

    def vintage(self, c: list[Any]) -> _Part:
        return self._part("vintage", self._name(c[0]), c)

    def _number_only(self, node: Any) -> ast.Number:
        if not isinstance(node, ast.Number):
            raise Refused(errors.number_wanted(node.span))
        return node

    # ------------------------------------------------------------ entity, fact, table

    def entity(self, c: list[Any]) -> ast.Entity:
        return ast.Entity(
            self._place(c), self._name(c[0]), _of(c, ast.Label), _get(c, "plural"), _get(c, "in"),
            _of(c, ast.Life), _get(c, "listed"), _all(c, ast.Field),
        )  # fmt: skip

    def entity_in(self, c: list[Any]) -> _Part:
        return self._part("in", self._name(c[0]), c)

    def plural(self, c: list[Any]) -> _Part:
        return self._part("plural", self._name(c[0]), c)

    def life(self, c: list[Any]) -> ast.Life:
        return ast.Life(self._place(c), self._name(c[0]), self._name(c[1]) if len(c) > 1 else None)

    def listed(self, c: list[Any]) -> _Part:
        return self._part("listed", self._text(c[0]), c)

    def field(self, c: list[Any]) -> ast.Field:
        return ast.Field(
            self._place(c), self._name(c[0]), _of(c, ast.TypeExpr), _get(c, "each"), _of(c, ast.Range),
            _of(c, ast.DecidedBy | ast.ChosenBy), _of(c, ast.Default), _of(c, ast.Label),
        )  # fmt: skip

    def fact(self, c: list[Any]) -> ast.Fact:
        field = self.field(c)
        return ast.Fact(field.span, field)

    def range(self, c: list[Any]) -> ast.Range:
        return ast.Range(self._place(c), c[0], c[1], _get(c, "step"))

    def step(self, c: list[Any]) -> _Part:
        return self._part("step", c[0], c)

    def decided(self, c: list[Any]) -> ast.DecidedBy:
        return ast.DecidedBy(self._place(c), self._name(c[0]))

    def chosen(self, c: list[Any]) -> ast.ChosenBy:
        return ast.ChosenBy(self._place(c), self._name(c[0]), _get(c, "deadline"))

    def by_date(self, c: list[Any]) -> _Part:
        return self._part("deadline", ast.DateLit(self._place(c), self._date(c[0])), c)

    def by_day(self, c: list[Any]) -> _Part:
        return self._part("deadline", c[0], c)

    def default(self, c: list[Any]) -> ast.Default:
        value = self._name(c[0]) if isinstance(c[0], Token) else c[0]
        if isinstance(value, ast.Name) and value.text == "none":
            value = ast.Absent(value.span, "none")
        return ast.Default(self._place(c), value)

    def each(self, c: list[Any]) -> _Part:
        return self._part("each", self._name(c[0]), c)

    def type(self, c: list[Any]) -> ast.TypeExpr:
        return ast.TypeExpr(self._place(c), c[0], len(c) > 1)

    def or_none(self, c: list[Any]) -> _Part:
        return self._part("or_none", True, c)

    def t_bool(self, c: list[Any]) -> ast.BoolType:
        return ast.BoolType(self._place(c))

    def t_unit(self, c: list[Any]) -> ast.UnitType:
        return ast.UnitType(self._place(c), c[0])

    def t_one(self, c: list[Any]) -> ast.OneOfType:
        return ast.OneOfType(self._place(c), self._names(c))

    def t_some(self, c: list[Any]) -> ast.SomeOfType:
        return ast.SomeOfType(self._place(c), self._names(c))

    def t_key(self, c: list[Any]) -> ast.KeyOfType:
        return ast.KeyOfType(self._place(c), self._name(c[0]))

    def unit(self, c: list[Any]) -> ast.UnitExpr:
        return ast.UnitExpr(self._place(c), self._names(c))

    def table(self, c: list[Any]) -> ast.Table:
        names = self._names(c)
        return ast.Table(
            self._place(c), names[0], _of(c, ast.Label), names[1:], _get(c, "file"), _get(c, "cites", ()),
            _of(c, ast.When), _all(c, ast.Column), _all(c, ast.Row),
        )  # fmt: skip

    def table_file(self, c: list[Any]) -> _Part:
        return self._part("file", self._text(c[0]), c)

    def column(self, c: list[Any]) -> ast.Column:
        return ast.Column(self._place(c), self._name(c[0]), c[1], _of(c, ast.Label))

    def row(self, c: list[Any]) -> ast.Row:
        cells = tuple(p.value for p in c if isinstance(p, _Part) and p.tag == "cell")
        cites, when = _get(c, "row_cites", ((), None))
        return ast.Row(self._place(c), cells, cites, when)

    def row_cites(self, c: list[Any]) -> _Part:
        return self._part("row_cites", (_get(c, "cites"), _of(c, ast.When)), c)

    def cell(self, c: list[Any]) -> _Part:
        value = c[0]
        if isinstance(value, Token):
            value = self._name(value) if value.type == "NAME" else ast.PeriodLit(self._place(c), str(value))
        return self._part("cell", value, c)

    # ------------------------------------------------------------ rule

    def rule(self, c: list[Any]) -> ast.Rule:
        return ast.Rule(self._place(c), c[0], tuple(c[1:]))

    def head(self, c: list[Any]) -> ast.Head:
        return ast.Head(
            self._place(c), self._name(c[0]), _get(c, "of"), _of(c, ast.Argument), _get(c, "each"), _get(c, "dated"),
            _of(c, ast.TypeExpr), _of(c, ast.RoundedTo | ast.RoundedUnknown | ast.NotRounded), _get(c, "answers"),
            _of(c, ast.Label),
        )  # fmt: skip

    def of_entity(self, c: list[Any]) -> _Part:
        return self._part("of", self._name(c[0]), c)

    def argument(self, c: list[Any]) -> ast.Argument:
        return ast.Argument(self._place(c), self._name(c[0]), c[1])

    def dated(self, c: list[Any]) -> _Part:
        return self._part("dated", self._name(c[0]), c)

    def answers(self, c: list[Any]) -> _Part:
        return self._part("answers", self._name(c[0]), c)

    def rounded_to(self, c: list[Any]) -> ast.RoundedTo:
        return ast.RoundedTo(self._place(c), str(c[0]), _get(c, "to"))

    def rounded_unknown(self, c: list[Any]) -> ast.RoundedUnknown:
        return ast.RoundedUnknown(self._place(c), self._string(c[0]))

    def not_rounded(self, c: list[Any]) -> ast.NotRounded:
        return ast.NotRounded(self._place(c))

    def to(self, c: list[Any]) -> _Part:
        return self._part("to", self._number_only(c[0]), c)

    def section(self, c: list[Any]) -> ast.Section:
        return ast.Section(
            self._place(c), _get(c, "cites", ()), _of(c, ast.When),
            _of(c, ast.RoundedTo | ast.RoundedUnknown | ast.NotRounded), _get(c, "manner"), _all(c, ast.Define),
            _all(c, ast.Clause | ast.Exception_ | ast.Series),
        )  # fmt: skip

    def adds(self, c: list[Any]) -> _Part:
        return self._part("manner", "adds", c)

    def in_this_order(self, c: list[Any]) -> _Part:
        return self._part("manner", "in_this_order", c)

    def define(self, c: list[Any]) -> ast.Define:
        return self._deep(ast.Define(self._place(c), self._name(c[0]), c[1]), c)  # type: ignore[no-any-return]

    def span_from(self, c: list[Any]) -> ast.When:
        return ast.When(self._place(c), "from", c[0], _get(c, "until"), _get(c, "stands", False))

    def span_for(self, c: list[Any]) -> ast.When:
        return ast.When(self._place(c), "for", c[0], c[0], _get(c, "stands", False))

    def span_initially(self, c: list[Any]) -> ast.When:
        return ast.When(self._place(c), "initially", None, None, False)

    def until(self, c: list[Any]) -> _Part:
        return self._part("until", c[0], c)

    def stands(self, c: list[Any]) -> _Part:
        return self._part("stands", True, c)

    def period(self, c: list[Any]) -> ast.PeriodLit:
        return ast.PeriodLit(self._place(c), str(c[0]))

    def cites(self, c: list[Any]) -> _Part:
        return self._part("cites", tuple(c), c)

    def cite(self, c: list[Any]) -> ast.Cite:
        marks = tuple(p.value for p in c if isinstance(p, _Part))
        return ast.Cite(self._place(c), c[0], self._string(c[1]), marks)

    def mark(self, c: list[Any]) -> _Part:
        return self._part("mark", str(c[0]), c)

    def clause(self, c: list[Any]) -> ast.Clause:
        node = ast.Clause(self._place(c), c[0], _get(c, "because"), _get(c, "when"), _get(c, "otherwise", False))
        return self._deep(node, c)  # type: ignore[no-any-return]

    def exception(self, c: list[Any]) -> ast.Exception_:
        value = next(x for x in c if not isinstance(x, _Part | ast.SourceText | ast.Cite))
        node = ast.Exception_(
            self._place(c), _of(c, ast.SourceText | ast.Cite), _get(c, "over", ()), _get(c, "over_all", False),
            value, _get(c, "because"), c[-1],
        )  # fmt: skip
        return self._deep(node, c)  # type: ignore[no-any-return]

    def series(self, c: list[Any]) -> ast.Series:
        return ast.Series(self._place(c), tuple(x for x in c if not isinstance(x, _Part)), _get(c, "then"))

    def then_value(self, c: list[Any]) -> _Part:
        return self._part("then", c[0], c)

    def source_text(self, c: list[Any]) -> ast.SourceText | ast.Cite:
        if isinstance(c[0], ast.Cite):
            return c[0]
        marks = tuple(p.value for p in c if isinstance(p, _Part))
        return ast.SourceText(self._place(c), self._string(c[0]), marks)

    def over_all(self, c: list[Any]) -> _Part:
        return self._part("over_all", True, c)

    def over(self, c: list[Any]) -> _Part:
        return self._part("over", self._texts(c), c)

    def because(self, c: list[Any]) -> _Part:
        return self._part("because", self._string(c[0]), c)

    def when(self, c: list[Any]) -> _Part:
        return self._part("when", c[0], c)

    def otherwise(self, c: list[Any]) -> _Part:
        return self._part("otherwise", True, c)

    def set_by(self, c: list[Any]) -> ast.SetBy:
        bounds = _get(c, "bounds", {})
        return ast.SetBy(self._place(c), self._name(c[0]), bounds.get("least"), bounds.get("most"), _get(c, "deadline"))

    def bounds(self, c: list[Any]) -> _Part:
        return self._part("bounds", {p.tag: p.value for p in c}, c)

    def least(self, c: list[Any]) -> _Part:
        return self._part("least", c[0], c)

    def most(self, c: list[Any]) -> _Part:
        return self._part("most", c[0], c)

    def list(self, c: list[Any]) -> ast.ListOf:
        return ast.ListOf(self._place(c), self._names(c))

    def _absent(self, word: str, c: list[Any]) -> ast.Absent:
        return ast.Absent(self._place(c), word)

    def none(self, c: list[Any]) -> ast.Absent:
        return self._absent("none", c)

    def not_applicable(self, c: list[Any]) -> ast.Absent:
        return self._absent("not_applicable", c)

    def not_permitted(self, c: list[Any]) -> ast.Absent:
        return self._absent("not_permitted", c)

    def not_stated(self, c: list[Any]) -> ast.Absent:
        return self._absent("not_stated", c)

    def no_limit(self, c: list[Any]) -> ast.Absent:
        return self._absent("no_limit", c)

    def unknown(self, c: list[Any]) -> ast.Unknown:
        return ast.Unknown(self._place(c), self._string(c[-1]))

    # ------------------------------------------------------------ measure, duty, account, check

    def measure(self, c: list[Any]) -> ast.Measure:
        sections = _all(c, ast.MeasureSection)
        return ast.Measure(self._place(c), self._name(c[0]), _get(c, "of"), _get(c, "each"), _of(c, ast.Label), sections)

    def msection(self, c: list[Any]) -> ast.MeasureSection:
        at = next(i for i, x in enumerate(c) if isinstance(x, Token) and x.type == "NAME")
        return ast.MeasureSection(
            self._place(c), _get(c, "cites", ()), _of(c, ast.When), _all(c, ast.Define), c[at - 1],
            self._name(c[at]), c[at + 1].value, self._string(c[at + 2]), tuple(c[at + 3 :]),
        )  # fmt: skip

    def modal(self, c: list[Any]) -> _Part:
        return self._part("modal", str(c[0]), c)

    def effect(self, c: list[Any]) -> ast.Effect:
        rounding = _of(c[:-1], ast.RoundedTo | ast.RoundedUnknown | ast.NotRounded)
        return ast.Effect(self._place(c), self._name(c[0]), c[1], rounding, c[-1])

    def starts(self, c: list[Any]) -> ast.StartsOn:
        return ast.StartsOn(self._place(c), c[0])

    def lasts(self, c: list[Any]) -> ast.Lasts:
        return ast.Lasts(self._place(c), self._int(c[0]), self._name(c[1]))

    def ends(self, c: list[Any]) -> ast.EndsWhen:
        return ast.EndsWhen(self._place(c), c[0])

    def duty(self, c: list[Any]) -> ast.Duty:
        return ast.Duty(
            self._place(c), self._name(c[0]), _get(c, "of"), _get(c, "each"), _of(c, ast.Label), _all(c, ast.DutySection)
        )

    def dsection(self, c: list[Any]) -> ast.DutySection:
        parts = _all(c, ast.Accepts | ast.Limit | ast.Order | ast.FailingThat)
        rest = [x for x in c if not isinstance(x, _Part | ast.When | ast.Define) and x not in parts]
        return ast.DutySection(
            self._place(c), _get(c, "cites", ()), _of(c, ast.When), _all(c, ast.Define), rest[0], rest[1], parts
        )

    def accepts(self, c: list[Any]) -> ast.Accepts:
        return ast.Accepts(self._place(c), tuple(c))

    def limit(self, c: list[Any]) -> ast.Limit:
        return ast.Limit(self._place(c), c[0], c[1].value)

    def order(self, c: list[Any]) -> ast.Order:
        return ast.Order(self._place(c), tuple(c))

    def failing_that(self, c: list[Any]) -> ast.FailingThat:
        return ast.FailingThat(self._place(c), self._name(c[0]))

    def lot(self, c: list[Any]) -> ast.Lot:
        return ast.Lot(self._place(c), self._name(c[0]), c[1] if len(c) > 1 else None)

    def turn(self, c: list[Any]) -> ast.Turn:
        return ast.Turn(self._place(c), c[0], c[1].value if len(c) > 1 else None)

    def age(self, c: list[Any]) -> _Part:
        return self._part("age", str(c[0]), c)

    def account(self, c: list[Any]) -> ast.Account:
        return ast.Account(
            self._place(c), self._name(c[0]), _get(c, "of"), _get(c, "each"), _of(c, ast.UnitExpr), _of(c, ast.Label),
            _all(c, ast.AccountSection),
        )  # fmt: skip

    def asection(self, c: list[Any]) -> ast.AccountSection:
        flows = _all(c, ast.Enters | ast.Leaves | ast.Keeps | ast.Lapses)
        return ast.AccountSection(self._place(c), _get(c, "cites", ()), _of(c, ast.When), flows)

    def enters(self, c: list[Any]) -> ast.Enters:
        return ast.Enters(self._place(c), c[0], _get(c, "of_vintage"), _get(c, "against"), self._plain(c)[-1])

    def leaves(self, c: list[Any]) -> ast.Leaves:
        return ast.Leaves(self._place(c), c[0], _get(c, "against"), self._plain(c)[-1], _get(c, "taking"))

    def _plain(self, c: list[Any]) -> list[Any]:
        return [x for x in c if not isinstance(x, _Part)]

    def keeps(self, c: list[Any]) -> ast.Keeps:
        return ast.Keeps(self._place(c), c[0].value, c[1])

    def lapses_all(self, c: list[Any]) -> ast.Lapses:
        return ast.Lapses(self._place(c), None, c[0])

    def lapses(self, c: list[Any]) -> ast.Lapses:
        return ast.Lapses(self._place(c), c[0], c[1])

    def taking(self, c: list[Any]) -> _Part:
        return self._part("taking", c[0].value, c)

    def of_vintage(self, c: list[Any]) -> _Part:
        return self._part("of_vintage", c[0], c)

    def against(self, c: list[Any]) -> _Part:
        return self._part("against", self._name(c[0]), c)

    def check(self, c: list[Any]) -> ast.Check:
        return ast.Check(
            self._place(c), self._name(c[0]), _get(c, "of"), _get(c, "each"), _of(c, ast.Label), _all(c, ast.CheckSection)
        )

    def csection(self, c: list[Any]) -> ast.CheckSection:
        condition = next(x for x in c if not isinstance(x, _Part | ast.When))
        return ast.CheckSection(self._place(c), _get(c, "cites", ()), _of(c, ast.When), condition, _get(c, "because"))

    # ------------------------------------------------------------ question, mapping, case

    def question(self, c: list[Any]) -> ast.Question:
        return ast.Question(self._place(c), c[0])

    def mapping(self, c: list[Any]) -> ast.Mapping:
        return ast.Mapping(self._place(c), self._name(c[0]), _get(c, "cites", ()), _all(c, ast.Make))

    def make(self, c: list[Any]) -> ast.Make:
        names = self._names(c)
        return ast.Make(
            self._place(c), names[0], _get(c, "different", False), names[1], _get(c, "make_where"), _get(c, "withs", ())
        )

    def make_where(self, c: list[Any]) -> _Part:
        return self._part("make_where", c[0], c)

    def different(self, c: list[Any]) -> _Part:
        return self._part("different", True, c)

    def withs(self, c: list[Any]) -> _Part:
        return self._part("withs", tuple(c), c)

    def assign(self, c: list[Any]) -> ast.Assign:
        return ast.Assign(self._place(c), c[0], _get(c, "at_time"), c[-1])

    def at_time(self, c: list[Any]) -> _Part:
        return self._part("at_time", c[0], c)

    def case(self, c: list[Any]) -> ast.Case:
        givens = _all(c, ast.GivenValues | ast.GivenRow | ast.GivenAll)
        expected = tuple(x for p in c if isinstance(p, _Part) and p.tag == "expect" for x in p.value)
        return ast.Case(self._place(c), self._text(c[0]), _get(c, "cites", ()), _get(c, "in"), givens, expected)

    def case_in(self, c: list[Any]) -> _Part:
        return self._part("in", c[0], c)

    def given(self, c: list[Any]) -> ast.GivenValues:
        return ast.GivenValues(self._place(c), tuple(c))

    def given_row(self, c: list[Any]) -> ast.GivenRow:
        names = self._names(c)
        return ast.GivenRow(self._place(c), names[0], names[1], _get(c, "parent"), _get(c, "withs", ()))

    def given_parent(self, c: list[Any]) -> _Part:
        return self._part("parent", self._name(c[0]), c)

    def given_all(self, c: list[Any]) -> ast.GivenAll:
        return ast.GivenAll(self._place(c), self._name(c[0]), _get(c, "file"))

    def expect(self, c: list[Any]) -> _Part:
        return self._part("expect", tuple(c), c)

    def expected(self, c: list[Any]) -> ast.Expected:
        value = [x for x in c[1:] if not isinstance(x, _Part)][0]
        return ast.Expected(self._place(c), c[0], _get(c, "at_time"), value, _get(c, "within"))

    def within(self, c: list[Any]) -> _Part:
        return self._part("within", self._number_only(c[0]), c)

    def _reason(self, word: str, c: list[Any]) -> ast.Reason:
        return ast.Reason(self._place(c), word, self._name(c[1]) if len(c) > 1 else None)

    def is_unknown(self, c: list[Any]) -> ast.Reason:
        return self._reason("unknown", c)

    def not_encoded(self, c: list[Any]) -> ast.Reason:
        return self._reason("not_encoded", c)

    def disputed(self, c: list[Any]) -> ast.Reason:
        return self._reason("disputed", c)

    def needs(self, c: list[Any]) -> ast.Reason:
        return self._reason("needs", c)

    def error(self, c: list[Any]) -> ast.Reason:
        return self._reason("error", c)

    # ------------------------------------------------------------ expressions

    def _text(self, token: Token) -> ast.Text:
        return ast.Text(Span(self.file, token.start_pos or 0, token.end_pos or 0), self._string(token))

    def _digits(self, token: Token) -> str:
        digits = str(token).replace("_", "")
        whole, _, decimals = digits.partition(".")
        if len(whole) + len(decimals) > LIMITS.number_digits or len(decimals) > LIMITS.number_decimals:
            raise Refused(errors.long_number(Span(self.file, token.start_pos or 0, token.end_pos or 0)))
        return digits

    def qty(self, c: list[Any]) -> ast.Number:
        return ast.Number(self._place(c), self._digits(c[0]), c[1] if len(c) > 1 else None)

    def pct(self, c: list[Any]) -> ast.Number:
        return ast.Number(self._place(c), self._digits(c[0]), None, True)

    def date(self, c: list[Any]) -> ast.DateLit:
        return ast.DateLit(self._place(c), self._date(c[0]))

    def neg(self, c: list[Any]) -> ast.Negative:
        return self._deep(ast.Negative(self._place(c), c[1]), c)  # type: ignore[no-any-return]

    def period_value(self, c: list[Any]) -> ast.PeriodLit:
        return ast.PeriodLit(self._place(c), str(c[0]))

    def truth(self, c: list[Any]) -> ast.Truth:
        return ast.Truth(self._place(c), str(c[0]) == "yes")

    def ref(self, c: list[Any]) -> ast.Ref:
        return self._deep(ast.Ref(self._place(c), self._name(c[0]), _get(c, "of")), c)  # type: ignore[no-any-return]

    def of_obj(self, c: list[Any]) -> _Part:
        return self._part("of", c[0], c)

    def _pick(self, which: str, c: list[Any]) -> ast.Pick:
        names = self._names(c)
        by = names[1] if len(names) > 1 else None
        return self._deep(ast.Pick(self._place(c), which, names[0], by, _get(c, "where")), c)  # type: ignore[no-any-return]

    def latest(self, c: list[Any]) -> ast.Pick:
        return self._pick("latest", c)

    def earliest(self, c: list[Any]) -> ast.Pick:
        return self._pick("earliest", c)

    def only(self, c: list[Any]) -> ast.Pick:
        return self._pick("only", c)

    def entry(self, c: list[Any]) -> ast.Entry:
        return self._deep(ast.Entry(self._place(c), tuple(c[:-1]), self._name(c[-1])), c)  # type: ignore[no-any-return]

    def exists_where(self, c: list[Any]) -> _Part:
        return self._part("where", c[0], c)

    def cond_name(self, c: list[Any]) -> ast.Ref:
        return ast.Ref(self._place(c), self._name(c[0]), None)

    def plus(self, c: list[Any]) -> ast.Sum:
        terms = ((False, c[0]), *(p.value for p in c[1:]))
        return self._deep(ast.Sum(self._place(c), terms), c)  # type: ignore[no-any-return]

    def signed_term(self, c: list[Any]) -> _Part:
        return self._part("term", (c[0].type == "MINUS", c[1]), c)

    def times(self, c: list[Any]) -> ast.Product:
        factors = ((False, c[0]), *(p.value for p in c[1:]))
        return self._deep(ast.Product(self._place(c), factors), c)  # type: ignore[no-any-return]

    def factor(self, c: list[Any]) -> _Part:
        return self._part("factor", (c[0].type == "DIV", c[1]), c)

    def clamped(self, c: list[Any]) -> ast.Clamped:
        return self._deep(ast.Clamped(self._place(c), c[0], tuple(c[1:])), c)  # type: ignore[no-any-return]

    def but_at_least(self, c: list[Any]) -> ast.Bound:
        return self._deep(ast.Bound(self._place(c), "least", c[0]), c)  # type: ignore[no-any-return]

    def but_at_most(self, c: list[Any]) -> ast.Bound:
        return self._deep(ast.Bound(self._place(c), "most", c[0]), c)  # type: ignore[no-any-return]

    def rounded(self, c: list[Any]) -> ast.RoundTo:
        return ast.RoundTo(self._place(c), str(c[0]), _get(c, "to"))

    def pick_of(self, c: list[Any]) -> ast.PickOf:
        return self._deep(ast.PickOf(self._place(c), c[0].value, c[1], c[2]), c)  # type: ignore[no-any-return]

    def pickword(self, c: list[Any]) -> _Part:
        return self._part("word", str(c[0]), c)

    def size(self, c: list[Any]) -> ast.SizeOf:
        return self._deep(ast.SizeOf(self._place(c), c[0]), c)  # type: ignore[no-any-return]

    def power(self, c: list[Any]) -> ast.Power:
        return self._deep(ast.Power(self._place(c), c[0], c[1]), c)  # type: ignore[no-any-return]

    def sliding(self, c: list[Any]) -> ast.Sliding:
        points = tuple(p.value for p in c[:-1])
        return self._deep(ast.Sliding(self._place(c), points, c[-1]), c)  # type: ignore[no-any-return]

    def point(self, c: list[Any]) -> _Part:
        return self._part("point", (c[0], c[1]), c)

    def bands(self, c: list[Any]) -> ast.Bands:
        return self._deep(ast.Bands(self._place(c), c[0], tuple(p.value for p in c[1:])), c)  # type: ignore[no-any-return]

    def band(self, c: list[Any]) -> _Part:
        low, high = None, None
        for part in c[0].value if c[0].tag == "low_high" else [c[0]]:
            if part.tag in ("from", "above"):
                low = part
            else:
                high = part
        row = ast.BandRow(
            self._place(c), low.value if low else None, bool(low and low.tag == "from"),
            high.value if high else None, bool(high and high.tag == "up_to"), c[1],
        )  # fmt: skip
        return self._part("band", row, c)

    def low_high(self, c: list[Any]) -> _Part:
        return self._part("low_high", c, c)

    def from_(self, c: list[Any]) -> _Part:
        return self._part("from", c[0], c)

    def above(self, c: list[Any]) -> _Part:
        return self._part("above", c[0], c)

    def up_to(self, c: list[Any]) -> _Part:
        return self._part("up_to", c[0], c)

    def below(self, c: list[Any]) -> _Part:
        return self._part("below", c[0], c)

    def cmp(self, c: list[Any]) -> ast.Compare:
        op = _COMPARE.get(str(c[1]), str(c[1]))
        return self._deep(ast.Compare(self._place(c), op, c[0], c[2]), c)  # type: ignore[no-any-return]

    def is_(self, c: list[Any]) -> ast.Is:
        return self._deep(ast.Is(self._place(c), c[0], c[1], False), c)  # type: ignore[no-any-return]

    def is_not(self, c: list[Any]) -> ast.Is:
        return self._deep(ast.Is(self._place(c), c[0], c[1], True), c)  # type: ignore[no-any-return]

    def is_one_of(self, c: list[Any]) -> ast.IsOneOf:
        return self._deep(ast.IsOneOf(self._place(c), c[0], self._names(c[1:])), c)  # type: ignore[no-any-return]

    def is_in_period(self, c: list[Any]) -> ast.IsIn:
        return self._deep(ast.IsIn(self._place(c), c[0], c[1]), c)  # type: ignore[no-any-return]

    def is_present(self, c: list[Any]) -> ast.IsPresent:
        return self._deep(ast.IsPresent(self._place(c), c[0], False), c)  # type: ignore[no-any-return]

    def is_not_present(self, c: list[Any]) -> ast.IsPresent:
        return self._deep(ast.IsPresent(self._place(c), c[0], True), c)  # type: ignore[no-any-return]

    def and_(self, c: list[Any]) -> ast.And:
        return self._deep(ast.And(self._place(c), tuple(c)), c)  # type: ignore[no-any-return]

    def or_(self, c: list[Any]) -> ast.Or:
        return self._deep(ast.Or(self._place(c), tuple(c)), c)  # type: ignore[no-any-return]

    def not_(self, c: list[Any]) -> ast.Not:
        return self._deep(ast.Not(self._place(c), c[0]), c)  # type: ignore[no-any-return]

    def any_of_these(self, c: list[Any]) -> ast.Lettered:
        return self._deep(ast.Lettered(self._place(c), "any", tuple(p.value for p in c)), c)  # type: ignore[no-any-return]

    def all_of_these(self, c: list[Any]) -> ast.Lettered:
        return self._deep(ast.Lettered(self._place(c), "all", tuple(p.value for p in c)), c)  # type: ignore[no-any-return]

    def letter(self, c: list[Any]) -> _Part:
        text = self._string(c[1]) if isinstance(c[1], Token) else None
        return self._part("letter", ast.Letter(self._place(c), str(c[0]), text, c[-1]), c)

    def holds(self, c: list[Any]) -> ast.Holds:
        quantifier, count = c[1].value
        return self._deep(ast.Holds(self._place(c), c[0], quantifier, count, c[2]), c)  # type: ignore[no-any-return]

    def q_each(self, c: list[Any]) -> _Part:
        return self._part("q", ("each", 0), c)

    def q_any(self, c: list[Any]) -> _Part:
        return self._part("q", ("any", 0), c)

    def q_none(self, c: list[Any]) -> _Part:
        return self._part("q", ("none", 0), c)

    def q_at_least(self, c: list[Any]) -> _Part:
        return self._part("q", ("at_least", self._int(c[0])), c)

    def agg(self, c: list[Any]) -> _Part:
        return self._part("fn", str(c[0]), c)

    def agg_where(self, c: list[Any]) -> ast.Aggregate:
        return self._deep(ast.Aggregate(self._place(c), c[0].value, c[1], None, c[2], c[3]), c)  # type: ignore[no-any-return]

    def agg_over(self, c: list[Any]) -> ast.Aggregate:
        node = ast.Aggregate(self._place(c), c[0].value, c[1], _get(c, "weight"), c[-1], None)
        return self._deep(node, c)  # type: ignore[no-any-return]

    def weight(self, c: list[Any]) -> _Part:
        return self._part("weight", c[0], c)

    def number(self, c: list[Any]) -> ast.CountOf:
        return self._deep(ast.CountOf(self._place(c), c[0], None), c)  # type: ignore[no-any-return]

    def number_where(self, c: list[Any]) -> ast.CountOf:
        return self._deep(ast.CountOf(self._place(c), c[0], c[1]), c)  # type: ignore[no-any-return]

    def there_is(self, c: list[Any]) -> ast.ThereIs:
        return self._deep(ast.ThereIs(self._place(c), self._name(c[0]), _get(c, "where"), False), c)  # type: ignore[no-any-return]

    def there_is_no(self, c: list[Any]) -> ast.ThereIs:
        return self._deep(ast.ThereIs(self._place(c), self._name(c[0]), _get(c, "where"), True), c)  # type: ignore[no-any-return]

    def share(self, c: list[Any]) -> ast.Share:
        basis = _get(c, "basis")
        limit, excess = _get(c, "limit", (None, None))
        mode = next(t for t in c if isinstance(t, Token) and t.type == "MODE")
        rounding = ast.RoundTo(self._place([mode]), str(mode), _get(c, "to"))
        node = ast.Share(
            self._place(c), c[0], c[1], basis[0], basis[1], basis[2], limit, excess, rounding, _get(c, "rem")
        )
        return self._deep(node, c)  # type: ignore[no-any-return]

    def share_limit(self, c: list[Any]) -> _Part:
        return self._part("limit", (c[0], c[1].value if len(c) > 1 else None), c)

    def in_proportion(self, c: list[Any]) -> _Part:
        return self._part("basis", (None, None, c[0]), c)

    def in_order(self, c: list[Any]) -> _Part:
        return self._part("basis", (c[0], c[1].value, _get(c, "then")), c)

    def then_proportion(self, c: list[Any]) -> _Part:
        return self._part("then", c[0], c)

    def way(self, c: list[Any]) -> _Part:
        return self._part("way", str(c[0]), c)

    def excess(self, c: list[Any]) -> _Part:
        return self._part("excess", "left" if str(c[1]) == "left" else "again", c)

    def rem(self, c: list[Any]) -> _Part:
        return self._part("rem", "_".join(str(t) for t in c), c)

    def after(self, c: list[Any]) -> ast.DateShift:
        return self._deep(ast.DateShift(self._place(c), c[0], "after", c[1]), c)  # type: ignore[no-any-return]

    def before(self, c: list[Any]) -> ast.DateShift:
        return self._deep(ast.DateShift(self._place(c), c[0], "before", c[1]), c)  # type: ignore[no-any-return]

    def moved(self, c: list[Any]) -> ast.Moved:
        return self._deep(ast.Moved(self._place(c), c[0], tuple(c[1:])), c)  # type: ignore[no-any-return]

    def last(self, c: list[Any]) -> ast.LastOf:
        return ast.LastOf(self._place(c), self._name(c[0]))

    def ago(self, c: list[Any]) -> ast.AgoOf:
        return ast.AgoOf(self._place(c), self._int(c[0]), self._name(c[1]))

    def in_period(self, c: list[Any]) -> ast.InPeriod:
        return self._deep(ast.InPeriod(self._place(c), c[0]), c)  # type: ignore[no-any-return]

    def at_arg(self, c: list[Any]) -> ast.AtArg:
        return self._deep(ast.AtArg(self._place(c), c[0]), c)  # type: ignore[no-any-return]

    def as_issued(self, c: list[Any]) -> ast.AsIssued:
        return ast.AsIssued(self._place(c))

    def as_before(self, c: list[Any]) -> ast.AsBefore:
        return ast.AsBefore(self._place(c))

    def this(self, c: list[Any]) -> ast.ThisPeriod:
        return ast.ThisPeriod(self._place(c), self._name(c[0]))

    def dayx(self, c: list[Any]) -> ast.DayOf:
        return ast.DayOf(self._place(c), self._int(c[0]), self._month(c[1]), c[2].value, self._name(c[3]))

    def which(self, c: list[Any]) -> _Part:
        return self._part("which", str(c[0]), c)

    def start_of(self, c: list[Any]) -> ast.EdgeOf:
        return self._deep(ast.EdgeOf(self._place(c), "start", c[0]), c)  # type: ignore[no-any-return]

    def end_of(self, c: list[Any]) -> ast.EdgeOf:
        return self._deep(ast.EdgeOf(self._place(c), "end", c[0]), c)  # type: ignore[no-any-return]

    def first_of(self, c: list[Any]) -> ast.PartOf:
        return self._deep(ast.PartOf(self._place(c), "first", self._name(c[0]), c[1]), c)  # type: ignore[no-any-return]

    def final_of(self, c: list[Any]) -> ast.PartOf:
        return self._deep(ast.PartOf(self._place(c), "final", self._name(c[0]), c[1]), c)  # type: ignore[no-any-return]

    # ------------------------------------------------------------ domains and places in time

    def its(self, c: list[Any]) -> ast.Its:
        return ast.Its(self._place(c), self._name(c[0]))

    def population(self, c: list[Any]) -> ast.Population:
        return ast.Population(self._place(c), self._name(c[0]))

    def last_n(self, c: list[Any]) -> ast.LastN:
        return ast.LastN(self._place(c), self._int(c[0]), self._name(c[1]))

    def n_before(self, c: list[Any]) -> ast.NBefore:
        return self._deep(ast.NBefore(self._place(c), self._int(c[0]), self._name(c[1]), c[2]), c)  # type: ignore[no-any-return]

    def n_to(self, c: list[Any]) -> ast.NTo:
        return self._deep(ast.NTo(self._place(c), self._int(c[0]), self._name(c[1]), c[2]), c)  # type: ignore[no-any-return]

    def inside(self, c: list[Any]) -> ast.Inside:
        return self._deep(ast.Inside(self._place(c), self._name(c[0]), c[1]), c)  # type: ignore[no-any-return]

    def from_to(self, c: list[Any]) -> ast.FromTo:
        return self._deep(ast.FromTo(self._place(c), self._name(c[0]), c[1], c[2]), c)  # type: ignore[no-any-return]

    def a_field(self, c: list[Any]) -> ast.AnchorName:
        return ast.AnchorName(self._place(c), self._name(c[0]))

    def near_which(self, c: list[Any]) -> ast.Which:
        return ast.Which(self._place(c), c[0].value, self._name(c[1]))

    def near_ago(self, c: list[Any]) -> ast.NearAgo:
        return ast.NearAgo(self._place(c), self._int(c[0]), self._name(c[1]))

    def month_of(self, c: list[Any]) -> ast.MonthOf:
        return ast.MonthOf(self._place(c), self._month(c[0]), c[1].value, 0, self._name(c[2]))

    def month_ago(self, c: list[Any]) -> ast.MonthOf:
        return ast.MonthOf(self._place(c), self._month(c[0]), "ago", self._int(c[1]), self._name(c[2]))
