"""Concrete syntax to abstract syntax: one method per alternative of `grammar.lark`, called as the parser reduces.

This module has the statements that declare things; `build_rule.py` those with sections, `build_expr.py` what stands in
them, `build_node.py` what all of them need.

Invariant: makes nodes and reads tokens; decides nothing about meaning.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lark import Token

from capcode.dsl import ast
from capcode.dsl import syntax_errors as errors
from capcode.dsl.build_node import Children, Part, Refused, all_of_kind, first_of_kind, get
from capcode.dsl.build_rule import RuleBuilder
from capcode.dsl.source import Span

__all__ = ["Builder", "Refused"]


class Builder(RuleBuilder):
    """Makes the tree of one file. Methods are named for the grammar's alternatives; `c` are the children."""

    # ------------------------------------------------------------ file, scheme, instrument

    def start(self, c: Children) -> ast.File:
        return ast.File(Span(self.file, 0, len(self.file.text)), self._int(c[0]), tuple(c[1:]))

    def scheme(self, c: Children) -> ast.Scheme:
        lines = tuple(x for x in c if isinstance(x, ast.Currency | ast.YearStarts | ast.Authority | ast.Uses | ast.Graft))
        return ast.Scheme(self._place(c), self._name(c[0]), first_of_kind(c, ast.Label), get(c, "is"), lines)

    def scheme_is(self, c: Children) -> Part:
        return self._part("is", c[0], c)

    def currency(self, c: Children) -> ast.Currency:
        return ast.Currency(self._place(c), self._name(c[0]))

    def year_starts(self, c: Children) -> ast.YearStarts:
        return ast.YearStarts(self._place(c), self._int(c[0]), self._month(c[1]), get(c, "named"))

    def named(self, c: Children) -> Part:
        return self._part("named", str(c[2]), c)

    def authority(self, c: Children) -> ast.Authority:
        return ast.Authority(self._place(c), self._name(c[0]), first_of_kind(c, ast.Label))

    def uses(self, c: Children) -> ast.Uses:
        return ast.Uses(self._place(c), c[0])

    def graft(self, c: Children) -> ast.Graft:
        return ast.Graft(self._place(c), self._name(c[0]), c[1], tuple(c[2:]))

    def reading_as(self, c: Children) -> ast.ReadingAs:
        return ast.ReadingAs(self._place(c), self._name(c[0]), c[1])

    def keeping(self, c: Children) -> ast.Keeping:
        return ast.Keeping(self._place(c), self._names(c))

    def view(self, c: Children) -> ast.ViewExpr:
        as_at = next((self._date(t) for t in c if isinstance(t, Token) and t.type == "DATE"), None)
        return ast.ViewExpr(self._place(c), c[0], as_at, tuple(p.value for p in c if isinstance(p, Part)))

    def plus_instrument(self, c: Children) -> Part:
        return self._part("chosen", self._name(c[0]), c)

    def path(self, c: Children) -> ast.Path:
        return ast.Path(self._place(c), tuple(n.text for n in self._names(c)))

    def label(self, c: Children) -> ast.Label:
        texts = self._texts(c)
        languages = [str(t) for t in c if t.type == "LANG"]
        return ast.Label(self._place(c), texts[0], tuple(zip(languages, texts[1:], strict=True)))

    def instrument(self, c: Children) -> ast.Instrument:
        return ast.Instrument(self._place(c), self._name(c[0]), c[1], c[2], tuple(c[3:]))

    def adopted(self, c: Children) -> Part:
        return self._part("adopted", self._date(c[0]), c)

    def in_force(self, c: Children) -> ast.InForce:
        return ast.InForce(self._place(c), self._date(c[-1]), get(c, "adopted"))

    def in_force_by_member(self, c: Children) -> ast.InForceByMember:
        return ast.InForceByMember(self._place(c), self._name(c[0]), self._text(c[1]))

    def proposed(self, c: Children) -> ast.Proposed:
        return ast.Proposed(self._place(c), self._date(c[1]) if len(c) > 1 else None)

    def assumed(self, c: Children) -> ast.Assumed:
        return ast.Assumed(self._place(c))

    def reading(self, c: Children) -> ast.ReadingOf:
        return ast.ReadingOf(self._place(c), self._name(c[0]))

    def _relation(self, word: str, c: Children) -> ast.Relation:
        return ast.Relation(self._place(c), word, self._name(c[0]), first_of_kind(c, ast.PeriodLit), None)

    def under(self, c: Children) -> ast.Relation:
        return self._relation("under", c)

    def amends(self, c: Children) -> ast.Relation:
        return self._relation("amends", c)

    def repeals(self, c: Children) -> ast.Relation:
        return self._relation("repeals", c)

    def annuls(self, c: Children) -> ast.Relation:
        return self._relation("annuls", c)

    def disputes(self, c: Children) -> ast.Relation:
        return self._relation("disputes", c)

    def adopts(self, c: Children) -> ast.Relation:
        return self._relation("adopts", c)

    def expires(self, c: Children) -> ast.Relation:
        return ast.Relation(self._place(c), "expires", None, None, self._date(c[0]))

    # ------------------------------------------------------------ period, unit

    def _period_def(self, c: Children, form: Any) -> ast.PeriodDef:
        return ast.PeriodDef(self._place(c), self._name(c[0]), first_of_kind(c, ast.Label), get(c, "plural"), form)

    def period_starts(self, c: Children) -> ast.PeriodDef:
        return self._period_def(c, ast.StartsForm(self._place(c[-2:]), self._int(c[-2]), self._month(c[-1])))

    def period_regular(self, c: Children) -> ast.PeriodDef:
        return self._period_def(c, ast.RegularForm(self._place(c[-3:]), self._int(c[-3]), self._name(c[-2]), c[-1]))

    def period_list(self, c: Children) -> ast.PeriodDef:
        spans = all_of_kind(c, ast.NamedSpan)
        return self._line(self._period_def(c, ast.ListForm(self._place(list(spans)), spans)))

    def period_file(self, c: Children) -> ast.PeriodDef:
        return self._period_def(c, ast.FileForm(self._place(c[-1:]), self._text(c[-1])))

    def named_span(self, c: Children) -> ast.NamedSpan:
        name = self._name(c[0]) if len(c) == 3 else None
        return ast.NamedSpan(self._place(c), name, c[-2], c[-1])

    def unit_def(self, c: Children) -> ast.UnitDef:
        form = first_of_kind(c, ast.UnitEquals | ast.UnitCovers | ast.UnitForEach)
        return self._line(ast.UnitDef(self._place(c), self._name(c[0]), first_of_kind(c, ast.Label), form))

    def unit_equals(self, c: Children) -> ast.UnitEquals:
        return ast.UnitEquals(self._place(c), self._number_only(c[0]))

    def unit_covers(self, c: Children) -> ast.UnitCovers:
        return ast.UnitCovers(self._place(c), self._number_only(c[0]), get(c, "vintage"))

    def unit_for_each(self, c: Children) -> ast.UnitForEach:
        return ast.UnitForEach(self._place(c), self._name(c[0]))

    def vintage(self, c: Children) -> Part:
        return self._part("vintage", self._name(c[0]), c)



    # ------------------------------------------------------------ entity, fact, table

    def entity(self, c: Children) -> ast.Entity:
        return ast.Entity(
            self._place(c), self._name(c[0]), first_of_kind(c, ast.Label), get(c, "plural"), get(c, "in"),
            first_of_kind(c, ast.Life), get(c, "listed"), all_of_kind(c, ast.Field),
        )  # fmt: skip

    def entity_in(self, c: Children) -> Part:
        return self._part("in", self._name(c[0]), c)

    def plural(self, c: Children) -> Part:
        return self._part("plural", self._name(c[0]), c)

    def life(self, c: Children) -> ast.Life:
        return ast.Life(self._place(c), self._name(c[0]), self._name(c[1]) if len(c) > 1 else None)

    def listed(self, c: Children) -> Part:
        return self._part("listed", self._text(c[0]), c)

    def field(self, c: Children) -> ast.Field:
        return self._line(ast.Field(
            self._place(c), self._declared(c[0]), first_of_kind(c, ast.TypeExpr), get(c, "each"), first_of_kind(c, ast.Range),
            first_of_kind(c, ast.DecidedBy | ast.ChosenBy), first_of_kind(c, ast.Default), first_of_kind(c, ast.Label),
        ))  # fmt: skip

    def fact(self, c: Children) -> ast.Fact:
        field = self.field(c)
        return ast.Fact(field.span, field)

    def range(self, c: Children) -> ast.Range:
        return ast.Range(self._place(c), c[0], c[1], get(c, "step"))

    def step(self, c: Children) -> Part:
        return self._part("step", c[0], c)

    def decided(self, c: Children) -> ast.DecidedBy:
        return ast.DecidedBy(self._place(c), self._name(c[0]))

    def chosen(self, c: Children) -> ast.ChosenBy:
        return ast.ChosenBy(self._place(c), self._name(c[0]), get(c, "deadline"))

    def by_date(self, c: Children) -> Part:
        return self._part("deadline", ast.DateLit(self._place(c), self._date(c[0])), c)

    def by_day(self, c: Children) -> Part:
        return self._part("deadline", c[0], c)

    def default(self, c: Children) -> ast.Default:
        value = self._name(c[0]) if isinstance(c[0], Token) else c[0]
        if isinstance(value, ast.Name) and value.text == "none":
            value = ast.Absent(value.span, "none")
        return ast.Default(self._place(c), value)

    def each(self, c: Children) -> Part:
        return self._part("each", self._name(c[0]), c)

    def type(self, c: Children) -> ast.TypeExpr:
        return ast.TypeExpr(self._place(c), c[0], len(c) > 1)

    def or_none(self, c: Children) -> Part:
        return self._part("or_none", True, c)

    def t_bool(self, c: Children) -> ast.BoolType:
        return ast.BoolType(self._place(c))

    def t_unit(self, c: Children) -> ast.UnitType:
        return ast.UnitType(self._place(c), c[0])

    def t_one(self, c: Children) -> ast.OneOfType:
        return ast.OneOfType(self._place(c), self._words(c))

    def t_some(self, c: Children) -> ast.SomeOfType:
        return ast.SomeOfType(self._place(c), self._words(c))

    def _words(self, c: Children) -> tuple[ast.Name, ...]:
        """The words of a list. A reserved word is refused here, because no condition could compare with it."""
        names = self._names(c)
        for name in names:
            if name.text in errors.RESERVED_AS_VALUE:
                raise Refused(errors.reserved_in_list(name.span, name.text))
        return names

    def t_key(self, c: Children) -> ast.KeyOfType:
        return ast.KeyOfType(self._place(c), self._name(c[0]))

    def unit(self, c: Children) -> ast.UnitExpr:
        return ast.UnitExpr(self._place(c), self._names(c))

    def table(self, c: Children) -> ast.Table:
        names = self._names(c)
        return ast.Table(
            self._place(c), names[0], first_of_kind(c, ast.Label), names[1:], get(c, "file"), get(c, "cites", ()),
            first_of_kind(c, ast.When), all_of_kind(c, ast.Column), all_of_kind(c, ast.Row),
        )  # fmt: skip

    def table_file(self, c: Children) -> Part:
        return self._part("file", self._text(c[0]), c)

    def column(self, c: Children) -> ast.Column:
        return self._line(ast.Column(self._place(c), self._declared(c[0]), c[1], first_of_kind(c, ast.Label)))

    def row(self, c: Children) -> ast.Row:
        cells = tuple(p.value for p in c if isinstance(p, Part) and p.tag == "cell")
        cites, when = get(c, "row_cites", ((), None))
        return self._line(ast.Row(self._place(c), cells, cites, when))

    def row_cites(self, c: Children) -> Part:
        return self._part("row_cites", (get(c, "cites"), first_of_kind(c, ast.When)), c)

    def cell(self, c: Children) -> Part:
        value = c[0]
        if isinstance(value, Token):
            value = self._name(value) if value.type == "NAME" else self._period(c)
        return self._part("cell", value, c)

    # ------------------------------------------------------------ question, mapping, case

    def question(self, c: Children) -> ast.Question:
        return ast.Question(self._place(c), c[0])

    def mapping(self, c: Children) -> ast.Mapping:
        return self._line(ast.Mapping(self._place(c), self._name(c[0]), get(c, "cites", ()), all_of_kind(c, ast.Make)))

    def make(self, c: Children) -> ast.Make:
        names = self._names(c)
        return ast.Make(self._place(c), names[0], names[1], get(c, "make_where"), get(c, "withs", ()))

    def make_where(self, c: Children) -> Part:
        return self._part("make_where", c[0], c)

    def withs(self, c: Children) -> Part:
        return self._part("withs", self._with_lists(c), c)

    def assign(self, c: Children) -> ast.Assign:
        return self._line(self._values(ast.Assign(self._place(c), c[0], get(c, "at_time"), c[-1]), c[-1:]))

    def assign_list(self, c: Children) -> ast.Assign:
        return self._line(ast.Assign(self._place(c), c[0], get(c, "at_time"), self._first_word(c)))

    def expected_list(self, c: Children) -> ast.Expected:
        return self._line(ast.Expected(self._place(c), c[0], get(c, "at_time"), self._first_word(c), None))

    def _first_word(self, c: Children) -> ast.ListOf:
        """A list of one word; `_with_lists` adds those that follow."""
        name = self._name(c[-1])
        return ast.ListOf(name.span, (name,))

    def _with_lists(self, c: Children) -> tuple[Any, ...]:
        """What is given or expected, each with its whole list: a word alone goes on with the list before it."""
        found: list[Any] = []
        for child in c:
            if isinstance(child, ast.Node):
                found.append(child)
                continue
            name, last = self._name(child), found[-1]
            value = ast.ListOf(last.value.span.to(name.span), (*last.value.names, name))
            found[-1] = replace(last, span=last.span.to(name.span), value=value)
        return tuple(found)

    def at_time(self, c: Children) -> Part:
        return self._part("at_time", c[0], c)

    def case(self, c: Children) -> ast.Case:
        givens = all_of_kind(c, ast.GivenValues | ast.GivenRow | ast.GivenAll)
        expected = tuple(x for p in c if isinstance(p, Part) and p.tag == "expect" for x in p.value)
        return self._line(ast.Case(self._place(c), self._text(c[0]), get(c, "cites", ()), get(c, "in"), givens, expected))

    def case_in(self, c: Children) -> Part:
        return self._part("in", c[0], c)

    def given(self, c: Children) -> ast.GivenValues:
        return ast.GivenValues(self._place(c), self._with_lists(c))

    def given_row(self, c: Children) -> ast.GivenRow:
        names = self._names(c)
        return ast.GivenRow(self._place(c), names[0], names[1], get(c, "parent"), get(c, "withs", ()))

    def given_parent(self, c: Children) -> Part:
        return self._part("parent", self._name(c[0]), c)

    def given_all(self, c: Children) -> ast.GivenAll:
        return ast.GivenAll(self._place(c), self._name(c[0]), get(c, "file"))

    def expect(self, c: Children) -> Part:
        return self._part("expect", self._with_lists(c), c)

    def expected(self, c: Children) -> ast.Expected:
        value = next(x for x in c[1:] if not isinstance(x, Part))
        return self._line(self._values(ast.Expected(self._place(c), c[0], get(c, "at_time"), value, get(c, "within")), [value]))

    def within(self, c: Children) -> Part:
        return self._part("within", self._number_only(c[0]), c)

    def _reason(self, word: str, c: Children) -> ast.Reason:
        return ast.Reason(self._place(c), word, self._name(c[1]) if len(c) > 1 else None)

    def is_unknown(self, c: Children) -> ast.Reason:
        return self._reason("unknown", c)

    def not_encoded(self, c: Children) -> ast.Reason:
        return self._reason("not_encoded", c)

    def disputed(self, c: Children) -> ast.Reason:
        return self._reason("disputed", c)

    def needs(self, c: Children) -> ast.Reason:
        return self._reason("needs", c)

    def error(self, c: Children) -> ast.Reason:
        return self._reason("error", c)
