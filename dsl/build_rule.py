"""Concrete to abstract syntax: rules with their sections and clauses, measures, duties, accounts and checks.

Invariant: makes nodes and reads tokens; decides nothing about meaning.
"""

from __future__ import annotations

from lark import Token

from capcode.dsl import ast
from capcode.dsl.build_expr import ExpressionBuilder
from capcode.dsl.build_node import Children, Part, all_of_kind, first_of_kind, get

_ROUNDINGS = ast.RoundedTo | ast.RoundedUnknown | ast.NotRounded


class RuleBuilder(ExpressionBuilder):
    """The methods of the grammar's sections 8 to 12; `c` are the children."""

    # ------------------------------------------------------------ rule

    def rule(self, c: Children) -> ast.Rule:
        return ast.Rule(self._place(c), c[0], tuple(c[1:]))

    def amend(self, c: Children) -> ast.Amend:
        return ast.Amend(self._place(c), self._name(c[0]), tuple(c[1:]))

    def head(self, c: Children) -> ast.Head:
        return ast.Head(
            self._place(c), self._declared(c[0]), get(c, "of"), first_of_kind(c, ast.Argument), get(c, "each"), get(c, "dated"),
            first_of_kind(c, ast.TypeExpr), first_of_kind(c, _ROUNDINGS), get(c, "answers"), first_of_kind(c, ast.Label),
        )  # fmt: skip

    def of_entity(self, c: Children) -> Part:
        return self._part("of", self._name(c[0]), c)

    def argument(self, c: Children) -> ast.Argument:
        return ast.Argument(self._place(c), self._declared(c[0]), c[1])

    def dated(self, c: Children) -> Part:
        return self._part("dated", self._name(c[0]), c)

    def answers(self, c: Children) -> Part:
        return self._part("answers", self._name(c[0]), c)

    def rounded_to(self, c: Children) -> ast.RoundedTo:
        return ast.RoundedTo(self._place(c), str(c[0]), get(c, "to"))

    def rounded_unknown(self, c: Children) -> ast.RoundedUnknown:
        return ast.RoundedUnknown(self._place(c), self._string(c[0]))

    def not_rounded(self, c: Children) -> ast.NotRounded:
        return ast.NotRounded(self._place(c))

    def to(self, c: Children) -> Part:
        return self._part("to", self._number_only(c[0]), c)

    def section(self, c: Children) -> ast.Section:
        return self._line(ast.Section(
            self._place(c), get(c, "cites", ()), first_of_kind(c, ast.When),
            first_of_kind(c, _ROUNDINGS), get(c, "manner"), all_of_kind(c, ast.Define),
            all_of_kind(c, ast.Clause | ast.Exception_ | ast.Series),
        ))  # fmt: skip

    def adds(self, c: Children) -> Part:
        return self._part("manner", "adds", c)

    def in_this_order(self, c: Children) -> Part:
        return self._part("manner", "in_this_order", c)

    def define(self, c: Children) -> ast.Define:
        return self._line(self._deep(ast.Define(self._place(c), self._declared(c[0]), c[1]), c))

    def span_from(self, c: Children) -> ast.When:
        return ast.When(self._place(c), "from", c[0], get(c, "until"), get(c, "stands", False))

    def span_for(self, c: Children) -> ast.When:
        return ast.When(self._place(c), "for", c[0], c[0], get(c, "stands", False))

    def span_initially(self, c: Children) -> ast.When:
        return ast.When(self._place(c), "initially", None, None, False)

    def until(self, c: Children) -> Part:
        return self._part("until", c[0], c)

    def stands(self, c: Children) -> Part:
        return self._part("stands", True, c)

    def period(self, c: Children) -> ast.PeriodLit:
        return self._period(c)

    def cites(self, c: Children) -> Part:
        return self._line(self._part("cites", tuple(c), c))

    def cite(self, c: Children) -> ast.Cite:
        marks = tuple(p.value for p in c if isinstance(p, Part))
        return self._leaf(ast.Cite(self._place(c), c[0], self._string(c[1]), marks), c)

    def mark(self, c: Children) -> Part:
        return self._part("mark", str(c[0]), c)

    def clause(self, c: Children) -> ast.Clause:
        node = ast.Clause(self._place(c), c[0], get(c, "because"), get(c, "when"), get(c, "otherwise", False))
        return self._line(self._deep(node, c))

    def exception(self, c: Children) -> ast.Exception_:
        value = next(x for x in c if not isinstance(x, Part | ast.SourceText | ast.Cite))
        node = ast.Exception_(
            self._place(c), first_of_kind(c, ast.SourceText | ast.Cite), get(c, "over", ()), get(c, "over_all", False),
            value, get(c, "because"), c[-1],
        )  # fmt: skip
        return self._line(self._deep(node, c))

    def series(self, c: Children) -> ast.Series:
        return self._line(ast.Series(self._place(c), tuple(x for x in c if not isinstance(x, Part)), get(c, "then")))

    def then_value(self, c: Children) -> Part:
        return self._part("then", c[0], c)

    def source_text(self, c: Children) -> ast.SourceText | ast.Cite:
        if isinstance(c[0], ast.Cite):
            return c[0]
        marks = tuple(p.value for p in c if isinstance(p, Part))
        return ast.SourceText(self._place(c), self._string(c[0]), marks)

    def over_all(self, c: Children) -> Part:
        return self._part("over_all", True, c)

    def over(self, c: Children) -> Part:
        return self._part("over", self._texts(c), c)

    def because(self, c: Children) -> Part:
        return self._part("because", self._string(c[0]), c)

    def when(self, c: Children) -> Part:
        return self._part("when", c[0], c)

    def otherwise(self, c: Children) -> Part:
        return self._part("otherwise", True, c)

    def set_by(self, c: Children) -> ast.SetBy:
        bounds = get(c, "bounds", {})
        return ast.SetBy(self._place(c), self._name(c[0]), bounds.get("least"), bounds.get("most"), get(c, "deadline"))

    def bounds(self, c: Children) -> Part:
        return self._part("bounds", {p.tag: p.value for p in c}, c)

    def least(self, c: Children) -> Part:
        return self._part("least", c[0], c)

    def most(self, c: Children) -> Part:
        return self._part("most", c[0], c)

    def list(self, c: Children) -> ast.ListOf:
        return ast.ListOf(self._place(c), self._names(c))

    def _absent(self, word: str, c: Children) -> ast.Absent:
        return ast.Absent(self._place(c), word)

    def none(self, c: Children) -> ast.Absent:
        return self._absent("none", c)

    def not_applicable(self, c: Children) -> ast.Absent:
        return self._absent("not_applicable", c)

    def not_permitted(self, c: Children) -> ast.Absent:
        return self._absent("not_permitted", c)

    def not_stated(self, c: Children) -> ast.Absent:
        return self._absent("not_stated", c)

    def no_limit(self, c: Children) -> ast.Absent:
        return self._absent("no_limit", c)

    def unknown(self, c: Children) -> ast.Unknown:
        return ast.Unknown(self._place(c), self._string(c[-1]))

    # ------------------------------------------------------------ measure, duty, account, check

    def measure(self, c: Children) -> ast.Measure:
        sections = all_of_kind(c, ast.MeasureSection)
        return ast.Measure(self._place(c), self._name(c[0]), get(c, "of"), get(c, "each"), first_of_kind(c, ast.Label), sections)

    def msection(self, c: Children) -> ast.MeasureSection:
        at = next(i for i, x in enumerate(c) if isinstance(x, Token) and x.type == "NAME")
        return self._line(self._values(ast.MeasureSection(
            self._place(c), get(c, "cites", ()), first_of_kind(c, ast.When), all_of_kind(c, ast.Define), c[at - 1],
            self._name(c[at]), c[at + 1].value, self._string(c[at + 2]), tuple(c[at + 3 :]),
        ), c))  # fmt: skip

    def modal(self, c: Children) -> Part:
        return self._part("modal", str(c[0]), c)

    def effect(self, c: Children) -> ast.Effect:
        rounding = first_of_kind(c[:-1], _ROUNDINGS)
        label = first_of_kind(c[:-1], ast.Label)
        return self._values(ast.Effect(self._place(c), self._declared(c[0]), c[1], rounding, label, c[-1]), c)

    def starts(self, c: Children) -> ast.StartsOn:
        return self._values(ast.StartsOn(self._place(c), c[0]), c)

    def lasts(self, c: Children) -> ast.Lasts:
        return ast.Lasts(self._place(c), self._int(c[0]), self._name(c[1]))

    def ends(self, c: Children) -> ast.EndsWhen:
        return self._values(ast.EndsWhen(self._place(c), c[0]), c)

    def duty(self, c: Children) -> ast.Duty:
        return ast.Duty(
            self._place(c), self._name(c[0]), get(c, "of"), get(c, "each"), first_of_kind(c, ast.Label),
            all_of_kind(c, ast.DutySection),
        )

    def dsection(self, c: Children) -> ast.DutySection:
        parts = all_of_kind(c, ast.Accepts | ast.Limit | ast.Order | ast.FailingThat)
        rest = [x for x in c if not isinstance(x, Part | ast.When | ast.Define) and x not in parts]
        return self._line(self._values(ast.DutySection(
            self._place(c), get(c, "cites", ()), first_of_kind(c, ast.When), all_of_kind(c, ast.Define), rest[0], rest[1], parts
        ), c))

    def accepts(self, c: Children) -> ast.Accepts:
        return self._line(ast.Accepts(self._place(c), tuple(c)))

    def limit(self, c: Children) -> ast.Limit:
        return self._line(self._values(ast.Limit(self._place(c), c[0], c[1].value), c))

    def order(self, c: Children) -> ast.Order:
        return self._line(ast.Order(self._place(c), tuple(c)))

    def failing_that(self, c: Children) -> ast.FailingThat:
        return ast.FailingThat(self._place(c), self._name(c[0]))

    def lot(self, c: Children) -> ast.Lot:
        return self._values(ast.Lot(self._place(c), self._name(c[0]), c[1] if len(c) > 1 else None), c)

    def turn(self, c: Children) -> ast.Turn:
        return ast.Turn(self._place(c), c[0], c[1].value if len(c) > 1 else None)

    def age(self, c: Children) -> Part:
        return self._part("age", str(c[0]), c)

    def account(self, c: Children) -> ast.Account:
        return ast.Account(
            self._place(c), self._name(c[0]), get(c, "of"), get(c, "each"), first_of_kind(c, ast.UnitExpr),
            first_of_kind(c, ast.Label), all_of_kind(c, ast.AccountSection),
        )  # fmt: skip

    def asection(self, c: Children) -> ast.AccountSection:
        flows = all_of_kind(c, ast.Enters | ast.Leaves | ast.Keeps | ast.Lapses)
        return ast.AccountSection(self._place(c), get(c, "cites", ()), first_of_kind(c, ast.When), flows)

    def enters(self, c: Children) -> ast.Enters:
        node = ast.Enters(self._place(c), c[0], get(c, "of_vintage"), get(c, "against"), self._plain(c)[-1])
        return self._line(self._values(node, c))

    def leaves(self, c: Children) -> ast.Leaves:
        node = ast.Leaves(self._place(c), c[0], get(c, "against"), self._plain(c)[-1], get(c, "taking"))
        return self._line(self._values(node, c))

    def _plain(self, c: Children) -> Children:
        return [x for x in c if not isinstance(x, Part)]

    def keeps(self, c: Children) -> ast.Keeps:
        return self._line(self._values(ast.Keeps(self._place(c), c[0].value, c[1]), c))

    def lapses_all(self, c: Children) -> ast.Lapses:
        return self._values(ast.Lapses(self._place(c), None, c[0]), c)

    def lapses(self, c: Children) -> ast.Lapses:
        return self._line(self._values(ast.Lapses(self._place(c), c[0], c[1]), c))

    def taking(self, c: Children) -> Part:
        return self._part("taking", c[0].value, c)

    def of_vintage(self, c: Children) -> Part:
        return self._part("of_vintage", c[0], c)

    def against(self, c: Children) -> Part:
        return self._part("against", self._name(c[0]), c)

    def check(self, c: Children) -> ast.Check:
        return ast.Check(
            self._place(c), self._name(c[0]), get(c, "of"), get(c, "each"), first_of_kind(c, ast.Label),
            all_of_kind(c, ast.CheckSection),
        )

    def csection(self, c: Children) -> ast.CheckSection:
        condition = next(x for x in c if not isinstance(x, Part | ast.When))
        cites, when = get(c, "cites", ()), first_of_kind(c, ast.When)
        return self._line(self._values(ast.CheckSection(self._place(c), cites, when, condition, get(c, "because")), c))
