"""Changes of a checked program that a law of the language says cannot matter, and what a trace tells about a result.

Invariant: a change makes a new program; the old one is untouched.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

from capcode.dsl import ir
from capcode.dsl.instruments import Standing
from capcode.interpreter.trace import Record, Step

STRICT = (
    ir.Add, ir.Mul, ir.Div, ir.Abs, ir.Round, ir.Interpolate, ir.Compare, ir.Equal, ir.OneOf, ir.IsIn, ir.Not, ir.DateAdd, ir.Least,
    ir.Greatest,
)  # fmt: skip
"""The nodes whose result rests on every operand (semantics, section 6)."""


def without_instruments(program: ir.Program, names: Collection[str]) -> ir.Program:
    """The program as if these instruments had never been written, nor anything that cites them."""

    def alive(sections: tuple[ir.Section, ...]) -> tuple[ir.Section, ...]:
        kept = (s for s in sections if not any(c.instrument in names for c in s.citations))
        return tuple(replace(s, law=spared(s.law)) for s in kept)

    def spared(law: ir.Law) -> ir.Law:
        if not isinstance(law, ir.RuleLaw):
            return law
        return replace(law, exceptions=tuple(e for e in law.exceptions if e.citation is None or e.citation.instrument not in names))

    return replace(
        program,
        instruments={n: _unrelated(i, names) for n, i in program.instruments.items() if n not in names},
        rules={n: replace(r, sections=alive(r.sections)) for n, r in program.rules.items()},
        tables={n: replace(t, entries={k: alive(s) for k, s in t.entries.items()}) for n, t in program.tables.items()},
    )


def _unrelated(instrument: ir.Instrument, names: Collection[str]) -> ir.Instrument:
    def kept(others: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(o for o in others if o not in names)

    return replace(
        instrument, amends=kept(instrument.amends), annuls=kept(instrument.annuls), disputes=kept(instrument.disputes),
        adopts=kept(instrument.adopts), repeals=tuple(r for r in instrument.repeals if r[0] not in names),
        under=None if instrument.under in names else instrument.under,
    )  # fmt: skip


def idle(program: ir.Program, view: ir.View) -> set[str]:
    """The instruments that have no effect in a view: neither active, nor adopted, nor a reading that could be chosen."""
    standing = Standing(program, view)
    return {n for n in program.instruments if not standing.speakers(n, None) and not standing.is_unchosen_reading(n, None)}


def without_section(program: ir.Program, rule: str, section: ir.Section) -> ir.Program:
    """The program without one section of one rule."""
    changed = replace(program.rules[rule], sections=tuple(s for s in program.rules[rule].sections if s is not section))
    return replace(program, rules={**program.rules, rule: changed})


def rewritten(part: Any, change: Callable[[Any], Any]) -> Any:
    """A program or a part of it with every node replaced by what `change` makes of it, from the leaves up."""
    if isinstance(part, tuple):
        made = [rewritten(p, change) for p in part]
        return type(part)(*made) if hasattr(part, "_fields") else tuple(made)
    if isinstance(part, Mapping):
        return {k: rewritten(v, change) for k, v in part.items()}
    if not is_dataclass(part) or isinstance(part, type) or type(part).__module__ != ir.__name__:
        return part
    changed = {f.name: rewritten(getattr(part, f.name), change) for f in fields(part) if f.name not in ("span", "root", "calendar")}
    return change(replace(part, **changed))


def mirrored(program: ir.Program) -> ir.Program:
    """Operands of sums, products, extremes, `and`, `or`, and clauses without an order, all written backwards."""

    def backwards(node: Any) -> Any:
        match node:
            case ir.Add(terms=terms):
                return replace(node, terms=terms[::-1])
            case ir.Mul(factors=factors):
                return replace(node, factors=factors[::-1])
            case ir.Least(operands=operands) | ir.Greatest(operands=operands):
                return replace(node, operands=operands[::-1])
            case ir.And(operands=operands) | ir.Or(operands=operands):
                return replace(node, operands=operands[::-1], labels=node.labels[::-1])
            case ir.Bands(rows=rows):
                return replace(node, rows=rows[::-1])
            case ir.RuleLaw(ordered=False, clauses=clauses, exceptions=exceptions):
                return replace(node, clauses=clauses[::-1], exceptions=exceptions[::-1])
        return node

    return replace(program, rules=rewritten(program.rules, backwards))


def steps_of(record: Record) -> Iterator[Step]:
    """Every step of a record, with the operands of each."""
    waiting = [*record.steps]
    for level in record.levels:
        waiting += [c.step for c in (*level.conditions, *level.taken) if c.step is not None]
    while waiting:
        step = waiting.pop()
        yield step
        waiting += step.operands
