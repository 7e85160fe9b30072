"""Expressions to text. The grammar is unambiguous, so whatever is printed as one of its derivations reads back as itself:
an operand stands in brackets when its level in the grammar is below the level that its place asks for.

Some brackets are for the reader alone: around a term after `the higher of`, around `and` inside `or`, around a comparison
after `not`, and around `the size of x` or `sum of …` where more arithmetic follows.

Invariant: knows nothing of lines; returns one line of text for one node.
"""

from __future__ import annotations

from typing import assert_never

from capcode.dsl import ast

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
# The levels of the grammar, loosest first.
_EXPR, _OR, _AND, _NOT, _HELD, _CMP, _CLAMP, _SUM, _MUL, _UNARY, _DUR, _TIMED, _ATOM = range(13)
_LEVELS: dict[type, int] = {
    ast.PickOf: _EXPR, ast.Share: _EXPR, ast.Lettered: _EXPR, ast.Bands: _EXPR, ast.Or: _OR, ast.And: _AND,
    ast.Not: _NOT, ast.Holds: _HELD, ast.Compare: _CMP, ast.Is: _CMP, ast.IsOneOf: _CMP, ast.IsIn: _CMP,
    ast.IsPresent: _CMP, ast.Clamped: _CLAMP, ast.Sum: _SUM, ast.Product: _MUL, ast.Negative: _UNARY,
    ast.Aggregate: _UNARY, ast.CountOf: _UNARY, ast.DateShift: _DUR, ast.Moved: _TIMED,
    ast.SizeOf: _CLAMP,  # an atom to the parser; to a reader `the size of x × y` is not plain
}  # fmt: skip
_SIGNS = {">=": "≥", "<=": "≤"}
# A name that is a keyword at just this place keeps its brackets.
_AFTER_IS = frozenset(("one", "in", "present"))
_AFTER_NOT = frozenset(("applicable", "permitted", "stated", "present", "rounded", "encoded"))
_AFTER_AT = frozenset(("least", "most"))


# ---------------------------------------------------------------- names and values


def names(of: tuple[ast.Name, ...]) -> str:
    return ", ".join(name.text for name in of)


def quoted(text: str) -> str:
    return f'"{text}"'


def label(node: ast.Label) -> str:
    return " ".join((quoted(node.text), *(f"{language} {quoted(text)}" for language, text in node.others)))


def path(node: ast.Path) -> str:
    return ".".join(node.names)


def view(node: ast.ViewExpr) -> str:
    as_at = f"@{node.as_at.isoformat()}" if node.as_at else ""
    return path(node.scheme) + as_at + "".join(f"+{name.text}" for name in node.chosen)


def unit(node: ast.UnitExpr) -> str:
    return " per ".join(name.text for name in node.names)


def number(node: ast.Number) -> str:
    """The digits as they were written, in groups of three where more than four stand before the point."""
    whole, point, decimals = node.digits.partition(".")
    if len(whole) > 4:
        head = len(whole) % 3
        groups = [whole[:head]] if head else []
        whole = "_".join(groups + [whole[i : i + 3] for i in range(head, len(whole), 3)])
    return f"{whole}{point}{decimals}" + ("%" if node.percent else f" {unit(node.unit)}" if node.unit else "")


def literal(node: ast.Number | ast.DateLit) -> str:
    return number(node) if isinstance(node, ast.Number) else node.day.isoformat()


def absent(node: ast.Absent | ast.Unknown) -> str:
    return f"unknown {quoted(node.reason)}" if isinstance(node, ast.Unknown) else node.word.replace("_", " ")


def type_(node: ast.TypeExpr) -> str:
    match node.base:
        case ast.BoolType():
            text = "yes/no"
        case ast.UnitType(unit=of):
            text = unit(of)
        case ast.OneOfType(names=of_names):
            text = f"one of {names(of_names)}"
        case ast.SomeOfType(names=of_names):
            text = f"some of {names(of_names)}"
        case ast.KeyOfType(table=table):
            text = f"key of {table.text}"
    return text + (" or none" if node.or_none else "")


def article(word: str) -> str:
    return "an" if word[:1] in "aeiou" else "a"


# ---------------------------------------------------------------- places in time, domains


def near(node: ast.Anchor) -> str:
    match node:
        case ast.PeriodLit(text=text):
            return text
        case ast.Which(word=word, kind=kind):
            return f"{word} {kind.text}"
        case ast.NearAgo(count=count, kind=kind):
            return f"{count} {kind.text} ago"
        case ast.MonthOf(month=month, word="ago", count=count, kind=kind):
            return f"{MONTHS[month - 1]} {count} {kind.text} ago"
        case ast.MonthOf(month=month, word=word, kind=kind):
            return f"{MONTHS[month - 1]} {word} {kind.text}"
        case ast.EdgeOf(edge=edge, period=period):
            return f"the {edge} of {near(period)}"
        case ast.PartOf(part=part, kind=kind, period=period):
            return f"the {part} {kind.text} of {near(period)}"
        case ast.AnchorName(name=name):
            return name.text
        case _:
            assert_never(node)


def domain(node: ast.Domain) -> str:
    match node:
        case ast.Its(plural=plural):
            return f"its {plural.text}"
        case ast.Population(plural=plural):
            return f"all {plural.text}"
        case ast.LastN(count=count, kind=kind):
            return f"the last {count} {kind.text}"
        case ast.NBefore(count=count, kind=kind, anchor=anchor):
            return f"the {count} {kind.text} before {near(anchor)}"
        case ast.NTo(count=count, kind=kind, anchor=anchor):
            return f"the {count} {kind.text} to {near(anchor)}"
        case ast.Inside(kind=kind, anchor=anchor):
            return f"the {kind.text} in {near(anchor)}"
        case ast.FromTo(kind=kind, first=first, last=last):
            return f"the {kind.text} from {near(first)} to {near(last)}"
        case _:
            assert_never(node)


def day_of(node: ast.DayOf) -> str:
    return f"{node.day} {MONTHS[node.month - 1]} {node.word} {node.kind.text}"


# ---------------------------------------------------------------- expressions


def expr(node: ast.Expr) -> str:
    """The node as it stands alone: after `=`, `when`, `on`, or in brackets."""
    return _show(node, _EXPR)


def term(node: ast.Expr) -> str:
    """The node where the grammar takes a sum: after `at least`, `at most`, `vintage`, in a band's limits."""
    return _show(node, _SUM)


def capped(node: ast.Expr) -> str:
    """The node where the grammar takes a sum with its bounds: a band's value."""
    return _show(node, _CLAMP)


def condition(node: ast.Expr) -> str:
    """The node where the grammar takes `… or …`: a lettered condition."""
    return _show(node, _OR)


def where_atom(node: ast.Expr) -> str:
    """`covers_year`, or any condition in brackets."""
    return node.name.text if isinstance(node, ast.Ref) and node.of is None else f"({expr(node)})"


def _level(node: ast.Expr) -> int:
    if isinstance(node, ast.Aggregate | ast.CountOf) and node.where is not None:
        return _EXPR
    return _LEVELS.get(type(node), _ATOM)


def _show(node: ast.Expr, need: int, followed: bool = False, not_before: frozenset[str] = frozenset()) -> str:
    """`followed`: more arithmetic comes after it. `not_before`: words that must not come first here."""
    bracket = _level(node) < need or (followed and isinstance(node, ast.Aggregate | ast.CountOf))
    text = _bare(node, followed and not bracket)
    return f"({text})" if bracket or text.split(" ", 1)[0] in not_before else text


def _bare(node: ast.Expr, followed: bool) -> str:
    match node:
        case ast.Ref():
            return ref(node)
        case ast.Number() | ast.DateLit():
            return literal(node)
        case ast.Truth(value=value):
            return "yes" if value else "no"
        case ast.Negative(operand=operand):
            return f"−{_show(operand, _UNARY, followed)}"
        case ast.Sum(terms=terms):
            return _chain(terms, ("+", "−"), _MUL, followed)
        case ast.Product(factors=factors):
            return _chain(factors, ("×", "÷"), _UNARY, followed)
        case ast.Clamped(operand=operand, steps=steps):
            return " ".join((_show(operand, _SUM, True), *(_step(step) for step in steps)))
        case ast.PickOf(word=word, left=left, right=right):
            return f"the {word} of {_show(left, _TIMED)} and {_show(right, _TIMED)}"
        case ast.SizeOf(operand=operand):
            return f"the size of {_show(operand, _ATOM)}"
        case ast.Power(base=base, exponent=exponent):
            return f"power ({expr(base)}, {expr(exponent)})"
        case ast.Sliding(points=points, by=by):
            return f"sliding from {' to '.join(f'{expr(v)} at {expr(at)}' for v, at in points)} by {_show(by, _ATOM)}"
        case ast.Bands():
            return " ".join((bands_head(node), *band_rows(node, aligned=False)))
        case ast.Lettered():
            return " ".join((lettered_head(node), *letter_rows(node)))
        case ast.Share():
            return _share(node)
        case ast.DateShift(amount=amount, direction=direction, day=day):
            return f"{_show(amount, _TIMED)} {direction} {_show(day, _TIMED)}"
        case ast.Moved(operand=operand, moves=moves):
            return " ".join((_show(operand, _ATOM), *(_move(move) for move in moves)))
        case ast.ThisPeriod(kind=kind):
            return f"this {kind.text}"
        case ast.AsBefore():
            return "as before"
        case ast.DayOf():
            return day_of(node)
        case ast.EdgeOf() | ast.PartOf() | ast.PeriodLit():
            return near(node)
        case ast.Aggregate(fn=fn, body=body, weight=weight, domain=over, where=where):
            weighted = f" weighted by {term(weight)}" if weight is not None else ""
            return f"{fn} of {_show(body, _CLAMP, True)}{weighted} over {domain(over)}{_where(where)}"
        case ast.CountOf(domain=over, where=where):
            return f"number of {domain(over)}{_where(where)}"
        case ast.ThereIs(entity=entity, where=where, negated=negated):
            return f"there is {'no' if negated else article(entity.text)} {entity.text}{_where_atom(where)}"
        case _:
            return _logic(node)


def _logic(
    node: ast.Compare | ast.Is | ast.IsOneOf | ast.IsIn | ast.IsPresent | ast.And | ast.Or | ast.Not | ast.Holds,
) -> str:
    match node:
        case ast.Or(operands=operands):
            return " or ".join(_show(operand, _NOT) for operand in operands)
        case ast.And(operands=operands):
            return " and ".join(_show(operand, _NOT) for operand in operands)
        case ast.Not(operand=operand):
            return f"not {_show(operand, _TIMED, not_before=_AFTER_NOT)}"
        case ast.Holds(condition=held, quantifier=quantifier, count=count, domain=over):
            quant = f"at least {count}" if quantifier == "at_least" else quantifier
            return f"{_show(held, _CMP)} holds in {quant} of {domain(over)}"
        case ast.IsOneOf(operand=operand, names=of_names):
            return f"{_show(operand, _CLAMP)} is one of ({names(of_names)})"
        case ast.IsPresent(operand=operand, negated=negated):
            return f"{_show(operand, _CLAMP)} is {'not ' if negated else ''}present"
        case _:
            return _comparison(node, _CLAMP)


def _comparison(node: ast.Compare | ast.Is | ast.IsIn, need: int) -> str:
    match node:
        case ast.Compare(op=op, left=left, right=right):
            return f"{_show(left, need)} {_SIGNS.get(op, op)} {_show(right, need)}"
        case ast.Is(left=left, right=right, negated=negated):
            return f"{_show(left, need)} is {'not ' if negated else ''}{_show(right, need, not_before=_AFTER_IS)}"
        case ast.IsIn(operand=operand, period=period):
            return f"{_show(operand, need)} is in {near(period)}"
        case _:
            assert_never(node)


def _chain(operands: tuple[tuple[bool, ast.Expr], ...], signs: tuple[str, str], need: int, followed: bool) -> str:
    text = ""
    for i, (second, operand) in enumerate(operands):
        shown = _show(operand, need, followed or i < len(operands) - 1)
        text = f"{text} {signs[second]} {shown}" if i else shown
    return text


def _step(step: ast.Bound | ast.RoundTo) -> str:
    return f"but at {step.which} {_show(step.limit, _UNARY, True)}" if isinstance(step, ast.Bound) else round_to(step)


def round_to(node: ast.RoundTo | ast.RoundedTo) -> str:
    return f"rounded {node.mode}" + (f" to {number(node.place)}" if node.place else "")


def _move(move: ast.Move) -> str:
    match move:
        case ast.LastOf(kind=kind):
            return f"last {kind.text}"
        case ast.AgoOf(count=count, kind=kind):
            return f"{count} {kind.text} ago"
        case ast.InPeriod(period=period):
            return f"in {near(period)}"
        case ast.AtArg(argument=argument):
            return f"at {_show(argument, _ATOM, not_before=_AFTER_AT)}"
        case ast.AsIssued():
            return "as issued"
        case _:
            assert_never(move)


def ref(node: ast.Ref) -> str:
    match node.of:
        case None:
            return node.name.text
        case ast.Ref() as inner:
            return f"{node.name.text} of {ref(inner)}"
        case ast.Pick(which=which, entity=entity, by=by, where=where):
            key = f" by {by.text}" if by else ""
            return f"{node.name.text} of the {which} {entity.text}{key}{_where_atom(where)}"
        case ast.Entry(keys=keys, table=table):
            return f"{node.name.text} of entry ({', '.join(expr(key) for key in keys)}) of {table.text}"


def _where_atom(node: ast.Expr | None) -> str:
    return f" where {where_atom(node)}" if node is not None else ""


def _where(node: ast.Expr | None) -> str:
    """The condition after a domain: comparisons of short operands, and anything else in brackets."""
    if node is None:
        return ""
    if isinstance(node, ast.Or):
        return " where " + " or ".join(_where_part(operand) for operand in node.operands)
    if isinstance(node, ast.And):
        return " where " + " and ".join(_where_part(operand) for operand in node.operands)
    return " where " + _where_part(node)


def _where_part(node: ast.Expr) -> str:
    if isinstance(node, ast.Not):
        return f"not {_show(node.operand, _TIMED, not_before=_AFTER_NOT)}"
    if isinstance(node, ast.Compare | ast.Is | ast.IsIn):
        return _comparison(node, _TIMED)
    return _show(node, _TIMED)


def _share(node: ast.Share) -> str:
    parts = [f"its share of {_show(node.total, _CLAMP)} among {domain(node.domain)}"]
    if node.order is not None:
        parts.append(f"in order of {term(node.order)} {node.order_way} first")
    if node.weight is not None:
        parts.append(("then " if node.order is not None else "") + f"in proportion to {term(node.weight)}")
    if node.limit is not None:
        parts.append(f"limited to {term(node.limit)}")
        if node.excess is not None:
            parts.append("excess shared again" if node.excess == "again" else "excess left")
    parts.append(round_to(node.rounding))
    parts.append(f"remainder {node.remainder.replace('_', ' ')}")
    return " ".join(parts)


# ---------------------------------------------------------------- forms with rows


def bands_head(node: ast.Bands) -> str:
    return f"by band of {term(node.operand)}"


def band_rows(node: ast.Bands, *, aligned: bool = True) -> list[str]:
    cells = [(_band_limits(row), capped(row.value)) for row in node.rows]
    left, right = (max(len(cell[i]) for cell in cells) if aligned else 0 for i in (0, 1))
    return [f"| {limits:<{left}} | {value:<{right}} |" for limits, value in cells]


def _band_limits(row: ast.BandRow) -> str:
    parts = []
    if row.low is not None:
        parts.append(f"{'from' if row.low_included else 'above'} {term(row.low)}")
    if row.high is not None:
        to_below = "to below" if row.low is not None else "below"
        parts.append(f"{'up to' if row.high_included else to_below} {term(row.high)}")
    return " ".join(parts)


def lettered_head(node: ast.Lettered) -> str:
    return f"{node.word} of these"


def letter_rows(node: ast.Lettered) -> list[str]:
    return [
        f"({letter.letter}) " + (f"{quoted(letter.text)} " if letter.text is not None else "") + condition(letter.condition)
        for letter in node.letters
    ]
