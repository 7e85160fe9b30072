"""Comparison and logic to IR, and what is said of many rows or periods: `holds`, sums, counts, shares.

Invariant: every comparison has one dimension; operands of `and` see what the others show to be present.
"""

from __future__ import annotations

from capcode.dsl import ast, ir, type_errors
from capcode.dsl import elaborate_time as time
from capcode.dsl.diagnostics import nearest
from capcode.dsl.elaborate_operands import condition, guards_of, limited, number, present, rounding
from capcode.dsl.scope import Scope, Typed
from capcode.dsl.types import (
    ANY,
    RATIO_TYPE,
    YES_NO,
    AnyType,
    DateType,
    KeyType,
    NameType,
    PeriodType,
    QuantityType,
    Type,
    same,
    show,
)  # fmt: skip


def compare(scope: Scope, node: ast.Compare, expect: Type | None) -> Typed | None:
    left, right = _sides(scope, node.left, node.right, limits=(node.op == ">=", node.op == "<="))
    if left is None or right is None:
        return None
    for side, found in ((node.left, left), (node.right, right)):
        if not isinstance(found[1].base, QuantityType | DateType | PeriodType | AnyType):
            scope.symbols.bag.add(type_errors.not_a_number(side.span, show(found[1])))
            return None
    if not _comparable(scope, node, node.left, left, node.right, right):
        return None
    return ir.Compare(node.op, left[0], right[0], span=node.span), YES_NO


def _sides(scope: Scope, left: ast.Expr, right: ast.Expr, limits: tuple[bool, bool] = (False, False)) -> tuple[Typed | None, Typed | None]:
    """Both sides of a comparison; a side that is only a word or a year takes its type from the other."""
    flip = _is_bare(scope, left) and not _is_bare(scope, right)
    first, second = (right, left) if flip else (left, right)
    may = (limits[1], limits[0]) if flip else limits
    a = limited(scope, first, ANY) if may[0] else present(scope, first)
    b = (limited if may[1] else present)(scope, second, a[1] if a else ANY)
    return (b, a) if flip else (a, b)


def _is_bare(scope: Scope, node: ast.Expr) -> bool:
    if isinstance(node, ast.Number):
        return node.unit is None and not node.percent
    return isinstance(node, ast.Ref) and node.of is None and not scope.knows(node.name.text)


def _comparable(scope: Scope, node: ast.Node, left_node: ast.Expr, left: Typed, right_node: ast.Expr, right: Typed) -> bool:
    if same(left[1].base, right[1].base):
        return True
    bag = scope.symbols.bag
    if isinstance(left[1].base, QuantityType) and isinstance(right[1].base, QuantityType):
        bag.add(type_errors.unit_mismatch(node.span, show(left[1]), show(right[1]), left_node.span, right_node.span))
    else:
        bag.add(type_errors.mismatch(right_node.span, show(left[1]), show(right[1])))
    return False


def equal(scope: Scope, node: ast.Is, expect: Type | None) -> Typed | None:
    left, right = _sides(scope, node.left, node.right)
    if left is None or right is None:
        return None
    names = {NameType, KeyType}
    if {type(left[1].base), type(right[1].base)} <= names and type(left[1].base) is not type(right[1].base):
        pass
    elif not _comparable(scope, node, node.left, left, node.right, right):
        return None
    return ir.Equal(left[0], right[0], node.negated, span=node.span), YES_NO


def is_one_of(scope: Scope, node: ast.IsOneOf, expect: Type | None) -> Typed | None:
    found = present(scope, node.operand)
    if found is None:
        return None
    names = found[1].base.names if isinstance(found[1].base, NameType) else None
    if names is None and not isinstance(found[1].base, KeyType | AnyType):
        scope.symbols.bag.add(type_errors.mismatch(node.operand.span, "one of some names", show(found[1])))
        return None
    for name in node.names:
        if names is not None and name.text not in names:
            scope.symbols.bag.add(type_errors.unlike_name(name.span, name.text, names, nearest(name.text, names)))
            return None
    return ir.OneOf(found[0], frozenset(n.text for n in node.names), span=node.span), YES_NO


def is_in(scope: Scope, node: ast.IsIn, expect: Type | None) -> Typed | None:
    found = present(scope, node.operand)
    period = time.near(scope, node.period)
    if found is None or period is None:
        return None
    if not isinstance(found[1].base, DateType | PeriodType | AnyType):
        scope.symbols.bag.add(type_errors.mismatch(node.operand.span, "a date or a period", show(found[1])))
        return None
    return ir.IsIn(found[0], period[0], span=node.span), YES_NO


def is_present(scope: Scope, node: ast.IsPresent, expect: Type | None) -> Typed | None:
    found = scope.elaborate(scope, node.operand, None)
    return None if found is None else (ir.Present(found[0], node.negated, span=node.span), YES_NO)


def both(scope: Scope, node: ast.And, expect: Type | None) -> Typed | None:
    operands = _operands(scope, node.operands, guarding=True)
    return None if operands is None else (ir.And(operands, span=node.span), YES_NO)


def either(scope: Scope, node: ast.Or, expect: Type | None) -> Typed | None:
    if _alternatives(scope, node):
        return None
    operands = _operands(scope, node.operands, guarding=False)
    return None if operands is None else (ir.Or(operands, span=node.span), YES_NO)


def _alternatives(scope: Scope, node: ast.Or) -> bool:
    """`kind is gas or coal`: the second word is no condition of its own; says what was meant."""
    first, *others = node.operands
    words = [o.name.text for o in others if isinstance(o, ast.Ref) and o.of is None and o.name.text not in scope.known_names()]
    if not isinstance(first, ast.Is) or first.negated or len(words) != len(others):
        return False
    scope.symbols.bag.add(type_errors.alternatives(node.span, first.left.span.words, (first.right.span.words, *words)))
    return True


def _operands(scope: Scope, nodes: tuple[ast.Expr, ...], *, guarding: bool) -> tuple[ir.Expr, ...] | None:
    """Operands of `and` see what the others show to be present, in whatever order; those of `or` what others deny."""
    done: dict[int, ir.Expr | None] = {}
    guards = scope.guards
    first = [i for i, n in enumerate(nodes) if isinstance(n, ast.IsPresent) and n.negated is not guarding]
    for i in first:
        done[i] = condition(scope, nodes[i])
        found = done[i]
        if isinstance(found, ir.Present):
            guards = guards | {found.operand}
    inner = scope.within(guards=guards)
    for i, node in enumerate(nodes):
        if i not in done:
            done[i] = condition(inner, node)
    if any(d is None for d in done.values()):
        return None
    return tuple(done[i] for i in range(len(nodes)))  # type: ignore[misc]


def denied(scope: Scope, node: ast.Not, expect: Type | None) -> Typed | None:
    found = condition(scope, node.operand)
    return None if found is None else (ir.Not(found, span=node.span), YES_NO)


def lettered(scope: Scope, node: ast.Lettered, expect: Type | None) -> Typed | None:
    operands = _operands(scope, tuple(letter.condition for letter in node.letters), guarding=node.word == "all")
    if operands is None:
        return None
    labels = tuple(f"({letter.letter})" + (f" {letter.text}" if letter.text else "") for letter in node.letters)
    return (ir.Or if node.word == "any" else ir.And)(operands, labels, span=node.span), YES_NO


# ---------------------------------------------------------------- many rows or periods


def holds(scope: Scope, node: ast.Holds, expect: Type | None) -> Typed | None:
    found = time.domain(scope, node.domain)
    if found is None:
        return None
    inner = condition(time.inner(scope, found[1]), node.condition)
    return None if inner is None else (ir.Holds(found[0], inner, node.quantifier, node.count, span=node.span), YES_NO)


def aggregate(scope: Scope, node: ast.Aggregate, expect: Type | None) -> Typed | None:
    found = time.domain(scope, node.domain)
    if found is None:
        return None
    inner = time.inner(scope, found[1])
    where = condition(inner, node.where) if node.where is not None else None
    if node.where is not None and where is None:
        return None
    inner = inner.within(guards=inner.guards | guards_of(where))
    body = present(inner, node.body, expect)
    weight = number(inner, node.weight) if node.weight is not None else None
    if body is None or (node.weight is not None and weight is None):
        return None
    orderable = (QuantityType, AnyType, DateType, PeriodType) if node.fn in ("highest", "lowest") else (QuantityType, AnyType)
    if not isinstance(body[1].base, orderable):
        scope.symbols.bag.add(type_errors.not_a_number(node.body.span, show(body[1])))
        return None
    if isinstance(body[1].base, QuantityType) and found[1][0] == "entity" and not _one_product(scope, body[1].base, found[1][1]):
        scope.symbols.bag.add(type_errors.unlike_products(node.body.span, show(body[1])))
        return None
    return ir.Aggregate(node.fn, found[0], body[0], where, weight[0] if weight else None, span=node.span), body[1]


def _one_product(scope: Scope, type_: QuantityType, entity: str) -> bool:
    """Whether the output named by each row's field is the same for all rows of the domain."""
    below = {entity}
    for name, _ in type_.dimension:
        if name.startswith("out:"):
            owner = name[4:].partition(".")[0]
            if owner in below or entity in scope.symbols.chain(owner):
                return False
    return True


def count(scope: Scope, node: ast.CountOf, expect: Type | None) -> Typed | None:
    found = time.domain(scope, node.domain)
    if found is None:
        return None
    where = condition(time.inner(scope, found[1]), node.where) if node.where is not None else None
    if node.where is not None and where is None:
        return None
    return ir.Count(found[0], where, span=node.span), RATIO_TYPE


def there_is(scope: Scope, node: ast.ThereIs, expect: Type | None) -> Typed | None:
    entity = node.entity.text
    if entity not in scope.symbols.entities:
        scope.symbols.unknown(node.entity.span, "entity", entity, scope.symbols.entities)
        return None
    row = scope.base_above(entity)
    domain: ir.Domain = ir.Children(entity, row, span=node.span) if row is not None else ir.Everyone(entity, span=node.span)
    where = condition(time.inner(scope, ("entity", entity)), node.where) if node.where is not None else None
    if node.where is not None and where is None:
        return None
    return ir.Exists(domain, where, node.negated, span=node.span), YES_NO


def share(scope: Scope, node: ast.Share, expect: Type | None) -> Typed | None:
    total = number(scope, node.total, expect)
    found = time.domain(scope, node.domain)
    if total is None or found is None:
        return None
    subject = scope.row(found[1][1]) if found[1][0] == "entity" else None
    if subject is None or scope.entity != found[1][1]:
        scope.symbols.bag.add(
            type_errors.bad_place(
                node.span,
                "a share",
                "The rule's own row must be one of the rows among which the total is shared.",
                f"Make it a rule `of {found[1][1] if found[1][0] == 'entity' else '…'}`.",
            )
        )
        return None
    inner = time.inner(scope, found[1])
    parts: dict[str, ir.Expr | None] = {}
    for name, part in (("order", node.order), ("weight", node.weight), ("limit", node.limit)):
        value = number(inner, part, total[1] if name == "limit" else None) if part is not None else None
        if part is not None and value is None:
            return None
        if name == "limit" and value is not None and part is not None and not same(value[1].base, total[1].base):
            scope.symbols.bag.add(type_errors.unit_mismatch(part.span, show(total[1]), show(value[1]), node.total.span, part.span))
            return None
        parts[name] = value[0] if value else None
    if node.limit is not None and node.excess is None and node.order is None:
        scope.symbols.bag.add(type_errors.remainder_word(node.limit.span))
        return None
    if node.weight is None and node.limit is None:
        scope.symbols.bag.add(
            type_errors.bad_place(
                node.span,
                "a share without proportion",
                "Nothing says how much each row gets.",
                "Write `in proportion to …` or `limited to …`.",
            )
        )
        return None
    place = rounding(scope, node.rounding.span, node.rounding.mode, node.rounding.place, total[1])
    if place is None:
        return None
    if node.remainder == "left" and node.rounding.mode != "down":
        scope.symbols.bag.add(
            type_errors.bad_place(
                node.rounding.span,
                f"`rounded {node.rounding.mode}` with `remainder left`",
                "More than the total could be given away, so that less than nothing would be left.",
                "Write `rounded down`.",
            )
        )
        return None
    share = ir.ShareOf(
        total[0], found[0], subject, parts["order"], node.order_way, parts["weight"], parts["limit"], node.excess,
        place.mode, place.place, node.remainder, span=node.span,
    )  # fmt: skip
    return share, total[1]
