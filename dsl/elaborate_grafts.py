"""Grafts: a rule of another scheme in the place of the host's answer, with every name that it reads bound to one of the two.

Here a drafter learns that each name, type and law is there; `grafting` then carries out the `Graft`s that come of it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from datetime import date

from capcode.dsl import ast, ir, name_errors, type_errors
from capcode.dsl.elaborate_shared import neutral
from capcode.dsl.grafting import Graft
from capcode.dsl.symbols import Symbols
from capcode.dsl.types import QuantityType, Type, same, show


def check_grafts(symbols: Symbols, schemes: Mapping[str, Symbols]) -> None:
    """Each graft of a scheme; `schemes` are those that could be found, by name, with this one among them."""
    for line in symbols.scheme.lines:
        if isinstance(line, ast.Graft):
            _graft(symbols, schemes, line)


def grafts_of(symbols: Symbols) -> list[Graft]:
    """The grafts of a derived scheme, from the day of the view that it is made from on."""
    derived = symbols.scheme.derived
    return [record(line, derived.as_at if derived is not None else None) for line in symbols.scheme.lines if isinstance(line, ast.Graft)]


def record(graft: ast.Graft, start: date | None) -> Graft:
    """A graft line without its layout."""
    reading = {b.name.text: b.host.names[-1] for b in graft.binds if isinstance(b, ast.ReadingAs)}
    keeping = frozenset(n.text for b in graft.binds if isinstance(b, ast.Keeping) for n in b.names)
    donor = graft.donor
    view = ir.View(".".join(donor.scheme.names), donor.as_at, frozenset(n.text for n in donor.chosen))
    return Graft(graft.question.text, view, reading, keeping, start, span=graft.span)


def read_graft(text: str) -> tuple[str, str, Graft] | None:
    """`japan_gx.offset_limit from korea@2024-06-01 keeping x` as the host's name, the donor's view and the graft; None where
    it is none."""
    from capcode.dsl.parse import parse_text  # and with it lark, only where it is asked for

    host, dot, line = text.strip().partition(".")
    if not dot or not host.isidentifier() or "#" in text:
        return None
    tree, _, _ = parse_text("--graft", f"language 1\nscheme x is {host}\n  graft {line}\n")
    if tree is None or len(tree.statements) != 1 or not isinstance(tree.statements[0], ast.Scheme):
        return None
    lines = tree.statements[0].lines
    if len(lines) != 1 or not isinstance(lines[0], ast.Graft):
        return None
    found = record(lines[0], None)
    return host, str(found.view), found


def _graft(symbols: Symbols, schemes: Mapping[str, Symbols], graft: ast.Graft) -> None:
    question = graft.question.text
    if question not in symbols.questions:
        symbols.unknown(graft.question.span, "question", question, symbols.questions)
        return
    name = ".".join(graft.donor.scheme.names)
    donor = schemes.get(name)
    if donor is None:
        symbols.unknown(graft.donor.scheme.span, "scheme", name, schemes)
        return
    answer = _answer(donor, question)
    if answer is None:
        symbols.bag.add(name_errors.no_answer(graft.donor.span, name, question))
        return
    if _answer(symbols, question) is None:
        symbols.bag.add(name_errors.no_answer(graft.question.span, symbols.scheme.name.text, question))
    bound: set[str] = set()
    for bind in graft.binds:
        for donor_name in bind.names if isinstance(bind, ast.Keeping) else (bind.name,):
            bound.add(donor_name.text)
            if not _types(donor, donor_name.text):
                known = {*donor.law, *donor.facts, *(f for e in donor.entities.values() for f in e.fields)}
                symbols.unknown(donor_name.span, f"fact or rule of {name}", donor_name.text, known)
            elif isinstance(bind, ast.ReadingAs):
                _reading(symbols, schemes, bind, donor, name)
    unbound = sorted(_names_read(donor, answer, graft.donor) - bound)
    if unbound:
        symbols.bag.add(name_errors.unbound(graft.span, answer.head.name.text, name, unbound, symbols.scheme.name.text))


def _answer(symbols: Symbols, question: str) -> ast.Rule | None:
    """The rule that answers a question."""
    rules = (law.node for law in symbols.law.values())
    return next((r for r in rules if isinstance(r, ast.Rule) and r.head.answers is not None and r.head.answers.text == question), None)


def _reading(symbols: Symbols, schemes: Mapping[str, Symbols], bind: ast.ReadingAs, donor: Symbols, donor_scheme: str) -> None:
    """`reading n as host.h`: the host has h, of a like type."""
    names = bind.host.names
    known = [f"{s}.{n}" for s in symbols.scheme_names for n in symbols.law]
    if len(names) != 2 or names[0] not in symbols.scheme_names or not _types(symbols, names[1]):
        symbols.unknown(bind.host.span, "rule of the host", ".".join(names), known)
        return
    for wanted in _types(donor, bind.name.text):
        if any(_like(donor, wanted, symbols, found) for found in _types(symbols, names[1])):
            return
    wanted, found = _types(donor, bind.name.text)[0], _types(symbols, names[1])[0]
    symbols.bag.add(type_errors.unlike_binding(bind.span, f"{donor_scheme}.{bind.name.text}", show(wanted), ".".join(names), show(found)))


def _types(symbols: Symbols, name: str) -> list[Type]:
    """What a name of a scheme can give: a rule or fact, or fields of that name."""
    if name in symbols.law:
        return [symbols.law[name].type]
    if name in symbols.facts:
        return [symbols.facts[name].type]
    return [e.fields[name].type for e in symbols.entities.values() if name in e.fields]


def _like(a: Symbols, one: Type, b: Symbols, other: Type) -> bool:
    """Equal where a unit that covers tonnes counts as tonnes and every currency as money."""
    if isinstance(one.base, QuantityType) and isinstance(other.base, QuantityType):
        return neutral(a, one.base.dimension) == neutral(b, other.base.dimension)
    return same(one.base, other.base) or type(one.base) is type(other.base)


def _names_read(donor: Symbols, rule: ast.Rule, view: ast.ViewExpr) -> set[str]:
    """The facts, fields and rules that a rule reads by the law of a view; its own earlier values are the host's."""
    found: set[str] = set()
    cites: tuple[ast.Cite, ...] = ()
    for section in rule.sections:
        cites = section.cites or cites
        if all(_in_view(donor, cite, view) for cite in cites):
            found |= {name for node in _nodes(section) if isinstance(node, ast.Ref) for name in [node.name.text] if _types(donor, name)}
    return found - {rule.head.name.text}


def _in_view(donor: Symbols, cite: ast.Cite, view: ast.ViewExpr) -> bool:
    """Whether an instrument was made by the view's day, and was chosen if it must be."""
    name = cite.instrument.names[-1]
    node = donor.instruments.get(name)
    if node is None or isinstance(node.status, ast.InForceByMember):
        return True
    if isinstance(node.status, ast.InForce):
        return view.as_at is None or node.status.day <= view.as_at
    return name in {chosen.text for chosen in view.chosen}


def _nodes(node: object) -> Iterator[ast.Node]:
    """A node and all nodes below it."""
    todo = [node]
    while todo:
        at = todo.pop()
        if isinstance(at, tuple):
            todo.extend(at)
        elif isinstance(at, ast.Node):
            yield at
            todo.extend(getattr(at, f.name) for f in dataclasses.fields(at) if f.name != "span")
