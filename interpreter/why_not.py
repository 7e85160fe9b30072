"""Why not: the decisive atoms of a "no", with distances (semantics, section 13).

core(no, and) is the cores of the operands that are no, core(no, or) those of all, core(no, not x) = core(yes, x), and
the other way round. A comparison gives both values and the distance, everything else held fixed.

Invariant: no claim of minimality; open operands are given with their reasons, errors with their causes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from capcode.dsl import ir
from capcode.dsl.diagnostics import visible
from capcode.dsl.types import QuantityType, Type
from capcode.interpreter import result_words as words
from capcode.interpreter.frames import Key
from capcode.interpreter.results import Known, Result
from capcode.interpreter.show import exact_text, show_value
from capcode.interpreter.trace import Counted, Level, ReadFact, ReadKey, Record, Step, Trace
from capcode.interpreter.wording import type_of

MOST_ROWS = 8
MOST_CHARACTERS = 240
DEPTH = 40
_SIGNS = {">=": "≥", "<=": "≤"}


@dataclass(slots=True)
class Core:
    """A decisive condition: `all` of its parts would have to change where it joins by or, `any` one by and.

    sort: comparison, equality, fact, rule, rows, every, any, measure, open, other. distance: in base units, what is
    missing for the other answer; ratio: that to the size of the right side; at_equality: whether equality would do.
    """

    sort: str
    text: str
    wanted: bool
    parts: list[Core] = field(default_factory=list)
    distance: Fraction | None = None
    ratio: Fraction | None = None
    at_equality: bool = False


def why_not(program: ir.Program, trace: Trace, key: Key) -> Core | None:
    """The core of a key whose result is no; None if the trace does not hold it."""
    record = trace.records.get(key)
    return None if record is None else _Finding(program, trace).of_record(record, False, 0)


def type_shown(program: ir.Program, trace: Trace, step: Step) -> Type | None:
    """The type of a number, where a reading in it shows it."""
    return _Finding(program, trace).type_shown(step)


class _Finding:
    """Finds cores in one trace. `answer` is what a step came to; the core says what would have to be otherwise."""

    def __init__(self, program: ir.Program, trace: Trace) -> None:
        self._program, self._trace = program, trace

    # ---- records

    def of_record(self, record: Record, answer: bool, depth: int) -> Core:
        title = visible(record.key.show(self._program.calendar))
        core = Core("rule", f"{title} is {_word(answer)}", not answer)
        if depth > DEPTH:
            return core
        for decision in record.decisions:
            core.sort = "measure"
            core.text = f"{title}: {decision.state}"
            if decision.condition is not None:
                core.parts.append(self.of_step(decision.condition, answer, depth + 1))
        for level in record.levels:
            core.parts += self._of_level(level, answer, depth + 1)
        if record.key.name in self._program.duties:
            return self._of_duty(record, core)
        core.parts += [self.of_step(s, answer, depth + 1) for s in record.steps if _is_truth(s) and not record.levels]
        return core

    def _of_duty(self, record: Record, core: Core) -> Core:
        """What is missing. The quantity is the first thing that a duty works out."""
        quantity = _value(record.steps[0].result) if record.steps else None
        if isinstance(quantity, Fraction):
            type_ = self._program.duties[record.key.name].type
            core.distance = quantity - sum((t.counted for t in record.taken), Fraction(0))
            core.ratio = core.distance / quantity if quantity else None
            core.at_equality = True
            core.text += f": {self._show(core.distance, type_)} of {self._show(quantity, type_)} are missing"
        return core

    def _of_level(self, level: Level, answer: bool, depth: int) -> list[Core]:
        """The body that gave the answer; where that is a written yes or no, the condition that let it."""
        parts: list[Core] = []
        for clause in level.taken:
            if clause.because:
                parts.append(Core("other", f"because {visible(clause.because)}", not answer))
            if clause.step is None or isinstance(clause.step.node, ir.Const):
                let = clause.label != "otherwise"  # the condition that was yes; or all, which were no
                deciding = [c for c in level.conditions if _truth(c.result) == let and (not let or c.label == clause.label)]
                parts += [self.of_step(c.step, let, depth) for c in deciding if c.step is not None and _is_known(c.result)]
            else:
                parts.append(self.of_step(clause.step, answer, depth))
        return parts

    # ---- steps

    def of_step(self, step: Step, answer: bool, depth: int) -> Core:
        if not isinstance(step.result, Known):
            return Core("open", f"{self._text(step)}: {words.say_result(step.result)}", not answer)
        node = step.node
        if isinstance(node, ir.And | ir.Or):
            return self._joined(step, answer, depth)
        if isinstance(node, ir.Not) and step.operands:
            return self.of_step(step.operands[0], not answer, depth + 1)
        if isinstance(node, ir.Holds | ir.Exists):
            return self._over_rows(step, answer, depth)
        if isinstance(node, ir.Compare) and len(step.operands) == 2:
            return self._comparison(step, answer)
        if isinstance(node, ir.Equal) and len(step.operands) == 2:
            return self._equality(step, answer)
        if isinstance(node, ir.RuleRead | ir.DutyPart) and isinstance(step.detail, ReadKey) and depth <= DEPTH:
            record = self._trace.records.get(step.detail.key)
            if record is not None:
                return self.of_record(record, answer, depth + 1)
        if isinstance(node, ir.DefineRead) and step.operands:
            return self.of_step(step.operands[0], answer, depth + 1)
        return Core("fact" if isinstance(node, ir.FactRead) else "other", f"{self._text(step)} is {_word(answer)}", not answer)

    def _joined(self, step: Step, answer: bool, depth: int) -> Core:
        """`and` that is no: the operands that are no; `or` that is no: all of them; and the other way round."""
        is_and = isinstance(step.node, ir.And)
        labels = step.node.labels if isinstance(step.node, ir.And | ir.Or) else ()
        few = is_and != answer
        core = Core("all" if is_and else "any", "", not answer)
        for i, operand in enumerate(step.operands):
            if few and _is_known(operand.result) and _truth(operand.result) != answer:
                continue
            part = self.of_step(operand, answer, depth + 1)
            if i < len(labels) and labels[i]:
                part.text = f"{visible(labels[i])} {part.text}"
            core.parts.append(part)
        core.text = _joined(is_and, answer, len(step.operands), len(core.parts))
        return core

    def _over_rows(self, step: Step, answer: bool, depth: int) -> Core:
        """*any* that is no: how many rows, and the nearest; *every* that is no: the rows that fail."""
        node = step.node
        conditions = [o for o in step.operands if o.bound]
        counted = len(step.detail.counted) if isinstance(step.detail, Counted) else len(conditions)
        every = isinstance(node, ir.Holds) and node.quantifier == "each"
        flipped = (isinstance(node, ir.Holds) and node.quantifier == "none") or (isinstance(node, ir.Exists) and node.negated)
        inner = answer != flipped
        failing = [o for o in conditions if _is_known(o.result) and _truth(o.result) == inner]
        cores = [(o, self.of_step(o, inner, depth + 1)) for o in failing]
        what = "periods" if isinstance(node, ir.Holds | ir.Exists) and isinstance(node.domain, ir.Window) else "rows"
        core = Core("rows", f"{len(failing)} of {counted} {what} are {_word(inner)}", not answer)
        if not every:
            cores.sort(key=lambda pair: (_nearness(pair[1]), pair[0].bound))
        for row, part in cores[: MOST_ROWS if every else 1]:
            part.text = f"{visible(row.bound)}: {part.text}"
            core.parts.append(part)
        return core

    def _comparison(self, step: Step, answer: bool) -> Core:
        left, right = step.operands
        node = step.node
        assert isinstance(node, ir.Compare)
        a, b = _value(left.result), _value(right.result)
        type_ = self.type_shown(left) or self.type_shown(right)
        said = f"{self._show(a, type_)} {_SIGNS.get(node.op, node.op)} {self._show(b, type_)} is {_word(answer)}"
        core = Core("comparison", f"{self._text(step)}: {said}", not answer)
        if isinstance(a, Fraction) and isinstance(b, Fraction):
            core.distance = abs(b - a)
            core.ratio = core.distance / abs(b) if b else None
            core.at_equality = (node.op in (">=", "<=")) != answer
            near = "equality would do" if core.at_equality else "more than equality is needed"
            core.text += f"; {self._show(core.distance, type_)} away, {near}"
        elif isinstance(a, date) and isinstance(b, date):
            core.distance = Fraction(abs((b - a).days))
            core.at_equality = (node.op in (">=", "<=")) != answer
            near = "equality would do" if core.at_equality else "more than equality is needed"
            core.text += f"; {abs((b - a).days)} days away, {near}"
        return core

    def _equality(self, step: Step, answer: bool) -> Core:
        node = step.node
        assert isinstance(node, ir.Equal)
        left, right = step.operands
        a, b = _value(left.result), _value(right.result)
        type_ = self.type_shown(left) or self.type_shown(right)
        is_wanted = node.negated == answer
        wanted = f"{'' if is_wanted else 'anything but '}{self._show(b, type_)}"
        return Core("equality", f"{self._text(step)}: {self._show(a, type_)}, where {wanted} is wanted", not answer)

    # ---- words

    def _text(self, step: Step) -> str:
        """The condition as it is written, else what it is about."""
        span = step.node.span
        if span.end > span.start:
            return f"`{visible(short(span.phrase))}`"
        if isinstance(step.detail, ReadKey):
            return visible(step.detail.key.show(self._program.calendar))
        if isinstance(step.detail, ReadFact):
            d = step.detail
            return visible(Key(self._program.fields[d.name].name, d.row, d.at).show(self._program.calendar))
        return "a condition"

    def type_shown(self, step: Step) -> Type | None:
        """The type of a number, where a reading in it shows it."""
        if isinstance(step.detail, ReadFact):
            return self._program.fields[step.detail.name].type
        if isinstance(step.detail, ReadKey):
            return type_of(self._program, step.detail.key)
        if isinstance(step.node, ir.Add | ir.Least | ir.Greatest | ir.Round | ir.Abs | ir.Aggregate | ir.DefineRead):
            found = (self.type_shown(o) for o in step.operands)
            return next((t for t in found if t is not None and isinstance(t.base, QuantityType)), None)
        return None

    def _show(self, value: ir.Value | None, type_: Type | None) -> str:
        if value is None:
            return "nothing known"
        return exact_text(value, self._program.calendar) if type_ is None else show_value(value, type_, self._program)


def _joined(is_and: bool, answer: bool, operands: int, decisive: int) -> str:
    """What an `and` or an `or` came to, and what would be otherwise."""
    if is_and:
        return f"all {operands} are yes, and one no would do" if answer else f"all {operands} must be yes, and {decisive} are not"
    return f"{decisive} of {operands} are yes, and all must be no" if answer else f"one of {operands} must be yes, and none is"


def short(text: str) -> str:
    """A text cut where it is long, with a sign that it goes on."""
    return text if len(text) <= MOST_CHARACTERS else text[:MOST_CHARACTERS].rstrip() + " …"


def _is_known(result: Result) -> bool:
    return isinstance(result, Known) and isinstance(result.value, bool)


def _truth(result: Result) -> bool:
    return isinstance(result, Known) and result.value is True


def _is_truth(step: Step) -> bool:
    return _is_known(step.result)


def _value(result: Result) -> ir.Value | None:
    return result.value if isinstance(result, Known) else None


def _word(answer: bool) -> str:
    return "yes" if answer else "no"


def _nearness(core: Core) -> tuple[bool, Fraction]:
    """The smallest distance in a core; cores without one come last."""
    found = [core.distance] if core.distance is not None else []
    found += [n[1] for n in (_nearness(part) for part in core.parts) if not n[0]]
    return (not found, min(found, default=Fraction(0)))


# ---------------------------------------------------------------- faces


def core_lines(core: Core, depth: int = 0) -> list[str]:
    """Indented text under `why not`."""
    head = "why not: " if depth == 0 else "  " * depth + "- "
    return [head + core.text, *(line for part in core.parts for line in core_lines(part, depth + 1))]


def core_json(core: Core) -> dict[str, Any]:
    """A plain record; distances in base units, as text."""
    return {
        "sort": core.sort, "text": core.text, "wanted": core.wanted,
        "distance": None if core.distance is None else exact_text(core.distance),
        "ratio": None if core.ratio is None else exact_text(core.ratio),
        "at_equality": core.at_equality, "parts": [core_json(part) for part in core.parts],
    }  # fmt: skip
