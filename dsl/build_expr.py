"""Concrete to abstract syntax: expressions, domains and places in time. One method per alternative of `grammar.lark`.

Invariant: makes nodes and reads tokens; decides nothing about meaning.
"""

from __future__ import annotations

from lark import Token

from capcode.dsl import ast
from capcode.dsl import syntax_errors as errors
from capcode.dsl.build_node import Children, NodeBuilder, Part, Refused, get

LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)  # days of the months, in a leap year
_COMPARE = {"≥": ">=", "≤": "<="}


class ExpressionBuilder(NodeBuilder):
    """The methods of the grammar's section on expressions; `c` are the children."""

    # ------------------------------------------------------------ expressions


    def qty(self, c: Children) -> ast.Number:
        return self._leaf(ast.Number(self._place(c), self._digits(c[0]), c[1] if len(c) > 1 else None), c)

    def pct(self, c: Children) -> ast.Number:
        return self._leaf(ast.Number(self._place(c), self._digits(c[0]), None, True), c)

    def date(self, c: Children) -> ast.DateLit:
        return ast.DateLit(self._place(c), self._date(c[0]))

    def neg(self, c: Children) -> ast.Negative:
        return self._deep(ast.Negative(self._place(c), c[1]), c)

    def period_value(self, c: Children) -> ast.PeriodLit:
        return self._period(c)

    def truth(self, c: Children) -> ast.Truth:
        return ast.Truth(self._place(c), str(c[0]) == "yes")

    def ref(self, c: Children) -> ast.Ref:
        return self._leaf(self._deep(ast.Ref(self._place(c), self._name(c[0]), get(c, "of")), c), c)

    def of_obj(self, c: Children) -> Part:
        return self._part("of", c[0], c, objects=True)

    def _pick(self, which: str, c: Children) -> ast.Pick:
        names = self._names(c)
        by = names[1] if len(names) > 1 else None
        return self._deep(ast.Pick(self._place(c), which, names[0], by, get(c, "where")), c)

    def latest(self, c: Children) -> ast.Pick:
        return self._pick("latest", c)

    def earliest(self, c: Children) -> ast.Pick:
        return self._pick("earliest", c)

    def only(self, c: Children) -> ast.Pick:
        return self._pick("only", c)

    def entry(self, c: Children) -> ast.Entry:
        return self._deep(ast.Entry(self._place(c), tuple(c[:-1]), self._name(c[-1])), c)

    def exists_where(self, c: Children) -> Part:
        return self._part("where", c[0], c)

    def cond_name(self, c: Children) -> ast.Ref:
        return ast.Ref(self._place(c), self._name(c[0]), None)

    def plus(self, c: Children) -> ast.Sum:
        terms = ((False, c[0]), *(p.value for p in c[1:]))
        return self._deep(ast.Sum(self._place(c), terms), c)

    def signed_term(self, c: Children) -> Part:
        return self._part("term", (c[0].type == "MINUS", c[1]), c)

    def times(self, c: Children) -> ast.Product:
        factors = ((False, c[0]), *(p.value for p in c[1:]))
        return self._deep(ast.Product(self._place(c), factors), c)

    def factor(self, c: Children) -> Part:
        return self._part("factor", (c[0].type == "DIV", c[1]), c)

    def clamped(self, c: Children) -> ast.Clamped:
        return self._deep(ast.Clamped(self._place(c), c[0], tuple(c[1:])), c)

    def but_at_least(self, c: Children) -> ast.Bound:
        return self._deep(ast.Bound(self._place(c), "least", c[0]), c)

    def but_at_most(self, c: Children) -> ast.Bound:
        return self._deep(ast.Bound(self._place(c), "most", c[0]), c)

    def rounded(self, c: Children) -> ast.RoundTo:
        return ast.RoundTo(self._place(c), str(c[0]), get(c, "to"))

    def pick_of(self, c: Children) -> ast.PickOf:
        return self._deep(ast.PickOf(self._place(c), c[0].value, c[1], c[2]), c)

    def pickword(self, c: Children) -> Part:
        return self._part("word", str(c[0]), c)

    def size(self, c: Children) -> ast.SizeOf:
        return self._deep(ast.SizeOf(self._place(c), c[0]), c)

    def power(self, c: Children) -> ast.Power:
        return self._deep(ast.Power(self._place(c), c[0], c[1]), c)

    def sliding(self, c: Children) -> ast.Sliding:
        points = tuple(p.value for p in c[:-1])
        return self._deep(ast.Sliding(self._place(c), points, c[-1]), c)

    def point(self, c: Children) -> Part:
        return self._part("point", (c[0], c[1]), c)

    def bands(self, c: Children) -> ast.Bands:
        return self._deep(ast.Bands(self._place(c), c[0], tuple(p.value for p in c[1:])), c)

    def band(self, c: Children) -> Part:
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

    def low_high(self, c: Children) -> Part:
        return self._part("low_high", c, c)

    def from_(self, c: Children) -> Part:
        return self._part("from", c[0], c)

    def above(self, c: Children) -> Part:
        return self._part("above", c[0], c)

    def up_to(self, c: Children) -> Part:
        return self._part("up_to", c[0], c)

    def below(self, c: Children) -> Part:
        return self._part("below", c[0], c)

    def cmp(self, c: Children) -> ast.Compare:
        op = _COMPARE.get(str(c[1]), str(c[1]))
        return self._deep(ast.Compare(self._place(c), op, c[0], c[2]), c)

    def is_(self, c: Children) -> ast.Is:
        return self._deep(ast.Is(self._place(c), c[0], c[1], False), c)

    def is_not(self, c: Children) -> ast.Is:
        return self._deep(ast.Is(self._place(c), c[0], c[1], True), c)

    def is_one_of(self, c: Children) -> ast.IsOneOf:
        return self._deep(ast.IsOneOf(self._place(c), c[0], self._names(c[1:])), c)

    def is_in_period(self, c: Children) -> ast.IsIn:
        return self._deep(ast.IsIn(self._place(c), c[0], c[1]), c)

    def is_present(self, c: Children) -> ast.IsPresent:
        return self._deep(ast.IsPresent(self._place(c), c[0], False), c)

    def is_not_present(self, c: Children) -> ast.IsPresent:
        return self._deep(ast.IsPresent(self._place(c), c[0], True), c)

    def and_(self, c: Children) -> ast.And:
        return self._deep(ast.And(self._place(c), tuple(c)), c)

    def or_(self, c: Children) -> ast.Or:
        return self._deep(ast.Or(self._place(c), tuple(c)), c)

    def not_(self, c: Children) -> ast.Not:
        return self._deep(ast.Not(self._place(c), c[1]), c)

    def not_word(self, c: Children) -> Part:
        return self._part("not", True, c)

    def any_of_these(self, c: Children) -> ast.Lettered:
        return self._deep(ast.Lettered(self._place(c), "any", tuple(p.value for p in c)), c)

    def all_of_these(self, c: Children) -> ast.Lettered:
        return self._deep(ast.Lettered(self._place(c), "all", tuple(p.value for p in c)), c)

    def letter(self, c: Children) -> Part:
        text = self._string(c[1]) if isinstance(c[1], Token) else None
        return self._part("letter", ast.Letter(self._place(c), str(c[0]), text, c[-1]), c)

    def holds(self, c: Children) -> ast.Holds:
        quantifier, count = c[1].value
        return self._deep(ast.Holds(self._place(c), c[0], quantifier, count, c[2]), c)

    def q_each(self, c: Children) -> Part:
        return self._part("q", ("each", 0), c)

    def q_any(self, c: Children) -> Part:
        return self._part("q", ("any", 0), c)

    def q_none(self, c: Children) -> Part:
        return self._part("q", ("none", 0), c)

    def q_at_least(self, c: Children) -> Part:
        return self._part("q", ("at_least", self._int(c[0])), c)

    def agg(self, c: Children) -> Part:
        return self._leaf(self._part("fn", str(c[0]), c), c)

    def agg_where(self, c: Children) -> ast.Aggregate:
        return self._deep(ast.Aggregate(self._place(c), c[0].value, c[1], None, c[2], c[3]), c)

    def agg_over(self, c: Children) -> ast.Aggregate:
        node = ast.Aggregate(self._place(c), c[0].value, c[1], get(c, "weight"), c[-1], None)
        return self._deep(node, c)

    def weight(self, c: Children) -> Part:
        return self._part("weight", c[0], c)

    def number(self, c: Children) -> ast.CountOf:
        return self._deep(ast.CountOf(self._place(c), c[0], None), c)

    def number_where(self, c: Children) -> ast.CountOf:
        return self._deep(ast.CountOf(self._place(c), c[0], c[1]), c)

    def there_is(self, c: Children) -> ast.ThereIs:
        return self._deep(ast.ThereIs(self._place(c), self._name(c[0]), get(c, "where"), False), c)

    def there_is_no(self, c: Children) -> ast.ThereIs:
        return self._deep(ast.ThereIs(self._place(c), self._name(c[0]), get(c, "where"), True), c)

    def share(self, c: Children) -> ast.Share:
        basis = get(c, "basis")
        limit, excess = get(c, "limit", (None, None))
        mode = next(t for t in c if isinstance(t, Token) and t.type == "MODE")
        rounding = ast.RoundTo(self._place([mode]), str(mode), get(c, "to"))
        node = ast.Share(
            self._place(c), c[0], c[1], basis[0], basis[1], basis[2], limit, excess, rounding, get(c, "rem")
        )
        return self._deep(node, c)

    def share_limit(self, c: Children) -> Part:
        return self._part("limit", (c[0], c[1].value if len(c) > 1 else None), c)

    def in_proportion(self, c: Children) -> Part:
        return self._part("basis", (None, None, c[0]), c)

    def in_order(self, c: Children) -> Part:
        return self._part("basis", (c[0], c[1].value, get(c, "then")), c)

    def then_proportion(self, c: Children) -> Part:
        return self._part("then", c[0], c)

    def way(self, c: Children) -> Part:
        return self._part("way", str(c[0]), c)

    def excess(self, c: Children) -> Part:
        return self._part("excess", "left" if str(c[1]) == "left" else "again", c)

    def rem(self, c: Children) -> Part:
        return self._part("rem", "_".join(str(t) for t in c), c)

    def after(self, c: Children) -> ast.DateShift:
        return self._deep(ast.DateShift(self._place(c), c[0], "after", c[1]), c)

    def before(self, c: Children) -> ast.DateShift:
        return self._deep(ast.DateShift(self._place(c), c[0], "before", c[1]), c)

    def moved(self, c: Children) -> ast.Moved:
        return self._deep(ast.Moved(self._place(c), c[0], tuple(c[1:])), c)

    def last(self, c: Children) -> ast.LastOf:
        return self._leaf(ast.LastOf(self._place(c), self._name(c[0])), c)

    def ago(self, c: Children) -> ast.AgoOf:
        return self._leaf(ast.AgoOf(self._place(c), self._int(c[0]), self._name(c[1])), c)

    def in_period(self, c: Children) -> ast.InPeriod:
        return self._leaf(self._deep(ast.InPeriod(self._place(c), c[0]), c), c)

    def at_arg(self, c: Children) -> ast.AtArg:
        return self._leaf(self._deep(ast.AtArg(self._place(c), c[0]), c), c)

    def as_issued(self, c: Children) -> ast.AsIssued:
        return self._leaf(ast.AsIssued(self._place(c)), c)

    def as_before(self, c: Children) -> ast.AsBefore:
        return ast.AsBefore(self._place(c))

    def this(self, c: Children) -> ast.ThisPeriod:
        return ast.ThisPeriod(self._place(c), self._name(c[0]))

    def dayx(self, c: Children) -> ast.DayOf:
        day, month = self._int(c[0]), self._month(c[1])
        if not 1 <= day <= LONGEST[month - 1]:
            raise Refused(errors.no_such_day(self._place(c[:2]), f"{c[0]} {c[1]}"))
        return ast.DayOf(self._place(c), day, month, c[2].value, self._name(c[3]))

    def which(self, c: Children) -> Part:
        return self._part("which", str(c[0]), c)

    def start_of(self, c: Children) -> ast.EdgeOf:
        return self._deep(ast.EdgeOf(self._place(c), "start", c[0]), c)

    def end_of(self, c: Children) -> ast.EdgeOf:
        return self._deep(ast.EdgeOf(self._place(c), "end", c[0]), c)

    def first_of(self, c: Children) -> ast.PartOf:
        return self._deep(ast.PartOf(self._place(c), "first", self._name(c[0]), c[1]), c)

    def final_of(self, c: Children) -> ast.PartOf:
        return self._deep(ast.PartOf(self._place(c), "final", self._name(c[0]), c[1]), c)

    # ------------------------------------------------------------ domains and places in time

    def its(self, c: Children) -> ast.Its:
        return ast.Its(self._place(c), self._name(c[0]))

    def population(self, c: Children) -> ast.Population:
        return ast.Population(self._place(c), self._name(c[0]))

    def last_n(self, c: Children) -> ast.LastN:
        return ast.LastN(self._place(c), self._int(c[0]), self._name(c[1]))

    def n_before(self, c: Children) -> ast.NBefore:
        return self._deep(ast.NBefore(self._place(c), self._int(c[0]), self._name(c[1]), c[2]), c)

    def n_to(self, c: Children) -> ast.NTo:
        return self._deep(ast.NTo(self._place(c), self._int(c[0]), self._name(c[1]), c[2]), c)

    def inside(self, c: Children) -> ast.Inside:
        return self._deep(ast.Inside(self._place(c), self._name(c[0]), c[1]), c)

    def from_to(self, c: Children) -> ast.FromTo:
        return self._deep(ast.FromTo(self._place(c), self._name(c[0]), c[1], c[2]), c)

    def a_field(self, c: Children) -> ast.AnchorName:
        return ast.AnchorName(self._place(c), self._name(c[0]))

    def near_which(self, c: Children) -> ast.Which:
        return ast.Which(self._place(c), c[0].value, self._name(c[1]))

    def near_ago(self, c: Children) -> ast.NearAgo:
        return ast.NearAgo(self._place(c), self._int(c[0]), self._name(c[1]))

    def month_of(self, c: Children) -> ast.MonthOf:
        return ast.MonthOf(self._place(c), self._month(c[0]), c[1].value, 0, self._name(c[2]))

    def month_ago(self, c: Children) -> ast.MonthOf:
        return ast.MonthOf(self._place(c), self._month(c[0]), "ago", self._int(c[1]), self._name(c[2]))
