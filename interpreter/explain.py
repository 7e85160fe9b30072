"""Why this figure: a trace as a derivation tree, and as indented text with articles (semantics, section 13).

`derivation` evaluates with the trace on and gives one `Derivation` per key that was read, each explained once;
`show_derivation` is the text, `derivation_json` the plain record. For a "no", `why_not` adds the decisive atoms.

Invariant: every line says something that the trace recorded; nothing is evaluated to word it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from capcode.dsl import ir
from capcode.dsl.calendar import Period
from capcode.dsl.diagnostics import visible
from capcode.dsl.limits import LIMITS
from capcode.dsl.types import YES_NO, Type
from capcode.dsl.views import LawView
from capcode.interpreter import result_words as words
from capcode.interpreter.evaluate import Evaluation
from capcode.interpreter.facts import At, FactSet
from capcode.interpreter.frames import BALANCE, VALUE, Key
from capcode.interpreter.results import Known, Result
from capcode.interpreter.show import exact_text, show_value
from capcode.interpreter.trace import (
    Clause,
    Counted,
    Decision,
    Level,
    Movement,
    ReadCell,
    ReadFact,
    ReadKey,
    Record,
    Rounded,
    Split,
    Step,
    Taken,
)
from capcode.interpreter.why_not import Core, core_json, core_lines, short, type_shown, why_not
from capcode.interpreter.wording import article_of, cited, type_of

MOST_CONSIDERED = 6
FOLDED_FROM = 3  # equal facts of so many periods in a row are shown as one line


@dataclass(frozen=True, slots=True)
class Line:
    """One line below a figure: what it is (text, fact, condition, clause, rounding, rows, share, account, lot, note)."""

    sort: str
    text: str


@dataclass(slots=True)
class Derivation:
    """How one key came to its result. inputs: what it read, each explained where it is first read (`again` elsewhere)."""

    key: Key
    title: str
    shown: str
    status: str
    value: str | None
    marks: tuple[str, ...]
    articles: tuple[str, ...]
    lines: list[Line] = field(default_factory=list)
    inputs: list[Derivation] = field(default_factory=list)
    core: Core | None = None
    again: bool = False
    read: set[Key] = field(default_factory=set, repr=False)  # the keys of `inputs`

    def add(self, one: Derivation) -> None:
        """One more input, unless it is there."""
        if one.key not in self.read:
            self.read.add(one.key)
            self.inputs.append(one)


def derivation(
    program: ir.Program, law: LawView, facts: FactSet, name: str, row: str | None = None, at: At = None, part: str | None = None
) -> Derivation:
    """Evaluate one figure with the trace on, and explain it. Facts and balances of accounts may be asked as well."""
    evaluation = Evaluation(program, law, facts, trace=True)
    if name in program.fields:
        return _fact(evaluation, ReadFact(name, row, at, ""), evaluation.fact(name, row, at))
    if name in program.accounts and part is None and isinstance(at, date):
        key: Any = Key(name, row, at, None, BALANCE)
    else:
        key = evaluation.key(name, row, at, None, part or VALUE)
    if not isinstance(key, Key):
        return _plain(Key(name, row, at), key, evaluation)
    result = evaluation.read(key)
    return explain(evaluation, key, result)


def governing_citations(evaluation: Evaluation, definition: ir.Definition, key: Key) -> tuple[ir.Citation, ...]:
    """The citations of the text of a measure, duty, account or check that governs at the place of a key; none where none does."""
    at = key.at
    if isinstance(at, date) and definition.kind is not None:
        at = evaluation.calendar.containing(definition.kind, at)
    found = evaluation.section(definition, key._replace(at=at))
    return found[2].citations if isinstance(found, tuple) else ()


def explain(evaluation: Evaluation, key: Key, result: Result, most: int | None = None) -> Derivation:
    """The derivation of a key that a tracing evaluation has evaluated.

    most: characters after which nobody reads; what comes later in the text is then left unexplained.
    """
    found = _Explaining(evaluation).of(key, result, most)
    if isinstance(result, Known) and result.value is False:
        found.core = why_not(evaluation.program, evaluation.trace, key)
    return found


class _Explaining:
    """Walks the records of one trace; a key that was explained is only named the next time."""

    def __init__(self, evaluation: Evaluation) -> None:
        self._evaluation = evaluation
        self._program, self._trace = evaluation.program, evaluation.trace
        self._seen: set[Key] = set()

    def of(self, key: Key, result: Result, most: int | None = None) -> Derivation:
        """Without recursion: chains of readings may be long."""
        top = self._begin(key, result)
        waiting, told = [top], 0
        while waiting and (most is None or told <= most):
            one = waiting.pop()
            record = self._trace.records.get(one.key)
            if one.again or record is None:
                continue
            if one.key in self._seen:
                one.again = True
                continue
            self._seen.add(one.key)
            self._fill(one, record)
            waiting += reversed(one.inputs)
            if one.inputs:  # what has none may be folded with its neighbours
                told += len(one.title) + sum(map(len, one.articles)) + sum(len(line.text) for line in one.lines)
        if self._trace.dropped:
            kept, more = LIMITS.trace_records, self._trace.dropped
            top.lines.append(Line("note", f"more than {kept:,} readings: {more:,} of them are not explained here"))
        return top

    def _begin(self, key: Key, result: Result) -> Derivation:
        return _plain(key, result, self._evaluation)

    def _fill(self, one: Derivation, record: Record) -> None:
        one.articles = self._articles(record)
        if record.carried is not None:
            last = self._trace.records.get(record.carried)
            one.articles = self._articles(last) if last is not None else ()
            one.lines.append(Line("note", "no later text: the last value stands"))
            self._input(one, record.carried)
        lines = one.lines
        above: set[ir.Citation] = set()  # the texts that said `as before`
        for position, level in enumerate(record.levels):
            self._level(one, level, position, above)
            above.update(level.citations)
        self._beside_levels(one, record)
        for decision in record.decisions:
            lines.append(Line("note", _decided(decision)))
            self._steps(one, [decision.condition] if decision.condition is not None else [])
        self._steps(one, record.steps)
        if record.rounded is not None:
            lines.append(Line("rounding", self._rounding(record.rounded, self._type(one.key))))
        lines += [Line("account", self._movement(m)) for m in record.movements]
        lines += [Line("lot", self._taken(t)) for t in record.taken]

    def _articles(self, record: Record) -> tuple[str, ...]:
        return tuple(dict.fromkeys(_article(c, self._program) for level in record.levels for c in level.citations))

    def _beside_levels(self, one: Derivation, record: Record) -> None:
        """What is not in the record of the texts: the articles of measures, duties and accounts, the measure behind an
        effect, the day that chose the text."""
        evaluation, key = self._evaluation, record.key
        definition = evaluation.definitions.get(key.name)
        if isinstance(definition, ir.Measure | ir.Duty | ir.Account) and not record.levels:
            one.articles = tuple(_article(c, self._program) for c in governing_citations(evaluation, definition, key))
        if isinstance(definition, ir.Rule) and definition.effect_of is not None:
            measure = Key(definition.effect_of, key.row, key.at)
            state = evaluation.read(measure)
            fixed = isinstance(state, Known) and state.value is True
            outside = "which is not in force" if isinstance(state, Known) else "which is not known"
            how = "fixed on the day of its decision" if fixed else outside
            one.lines.append(Line("note", f"an effect of {definition.effect_of}, {how}"))
            self._input(one, measure)
        if isinstance(definition, ir.Rule) and definition.dated_by is not None and record.levels:
            one.lines.append(Line("note", f"the day of {definition.dated_by} chose the text"))
            self._input(one, Key(definition.dated_by, key.row, key.at))

    def _input(self, one: Derivation, key: Key) -> None:
        """A key that was read for this one, though by no node of its text."""
        if key in self._trace.records and key not in one.read:
            one.add(self._begin(key, self._evaluation.read(key)))

    def _level(self, one: Derivation, level: Level, position: int, above: set[ir.Citation]) -> None:
        if position:
            named = "; ".join(cited(c) for c in level.citations)
            one.lines.append(Line("text", f"as before: {visible(named)}"))
        for condition in level.conditions:
            one.lines.append(Line("condition", self._condition(condition)))
            self._steps(one, [condition.step] if condition.step is not None else [])
        for clause in level.taken:
            one.lines.append(Line("clause", self._clause(clause, alone=not level.conditions)))
            self._steps(one, [clause.step] if clause.step is not None else [])
        if level.rounded is not None:
            one.lines.append(Line("rounding", self._rounding(level.rounded, self._type(one.key))))
        # texts that were in the way come before those that only cover other years
        considered = sorted(level.considered, key=lambda c: c[1].startswith(("starts on", "ended on")))
        considered = [c for c in considered if c[0].citations[0] not in above] if position else considered
        for section, reason in considered[:MOST_CONSIDERED]:
            one.lines.append(Line("considered", f"not {visible(cited(section.citations[0]))}: {visible(reason)}"))
        if len(considered) > MOST_CONSIDERED:
            one.lines.append(Line("considered", f"… and {len(considered) - MOST_CONSIDERED} more texts"))

    def _condition(self, clause: Clause) -> str:
        label = f"{visible(clause.label)}: " if clause.label else ""
        return f"{label}when {self._source(clause.step)} is {self._shown(clause.result, YES_NO)}"

    def _clause(self, clause: Clause, *, alone: bool) -> str:
        """`Art 10b(4): gives `30%`, because …`"""
        label = "" if alone and clause.label == "otherwise" else f"{visible(clause.label)}: " if clause.label else ""
        if clause.set_by is not None:
            gives = f"gives the figure `{visible(short(clause.set_by.span.phrase))}`"
        else:
            gives = "the figure of an authority" if clause.step is None else f"gives {self._source(clause.step)}"
        return f"{label}{gives}" + (f", because {visible(clause.because)}" if clause.because else "")

    def _source(self, step: Step | None) -> str:
        """The text of a condition as it is written, in one line."""
        if step is None:
            return "this"
        span = step.node.span
        text = span.phrase
        return f"`{visible(short(text))}`" if text else type(step.node).__name__.lower()

    # ---- steps

    def _steps(self, one: Derivation, steps: list[Step]) -> None:
        """Facts read, keys read, rows counted, roundings and shares, in the order of the text."""
        waiting = list(reversed(steps))
        while waiting:
            step = waiting.pop()
            self._detail(one, step)
            waiting += reversed(step.operands)

    def _detail(self, one: Derivation, step: Step) -> None:
        detail = step.detail
        if isinstance(detail, ReadKey):
            if detail.key not in one.read:
                one.add(self._begin(detail.key, step.result))
        elif isinstance(detail, ReadFact):
            if Key(detail.name, detail.row, detail.at) not in one.read:
                one.add(_fact(self._evaluation, detail, step.result))
        elif isinstance(detail, ReadCell):
            named = "; ".join(_article(c, self._program) for c in detail.citations)
            type_ = self._program.tables[detail.table].columns.get(detail.column)
            line = Line("table", f"{visible(detail.where)} = {_shown(step.result, type_ or YES_NO, self._program)}, by {named}")
            if line not in one.lines:
                one.lines.append(line)
        elif isinstance(step.node, ir.DefineRead) and step.operands:
            inner = step.operands[0]
            type_ = type_shown(self._program, self._trace, inner)
            shown = self._value(step.result.value, type_) if isinstance(step.result, Known) else words.say_result(step.result)
            line = Line("step", f"{visible(step.node.name)} is {shown}, from {self._source(inner)}")
            if line not in one.lines:
                one.lines.append(line)
        elif isinstance(detail, Counted):
            one.lines.append(Line("rows", _counted(detail)))
        elif isinstance(detail, Rounded):
            one.lines.append(Line("rounding", self._rounding(detail, None)))
        elif isinstance(detail, Split):
            one.lines += [Line("share", text) for text in self._split(detail, self._type(one.key))]

    # ---- words

    def _type(self, key: Key) -> Type:
        return type_of(self._program, key)

    def _shown(self, result: Result, type_: Type) -> str:
        return _shown(result, type_, self._program)

    def _value(self, value: ir.Value | None, type_: Type | None) -> str:
        if value is None:
            return "a number that is not rational"
        return exact_text(value, self._program.calendar) if type_ is None else show_value(value, type_, self._program)

    def _rounding(self, rounded: Rounded, type_: Type | None) -> str:
        to = self._value(rounded.place, type_)
        if rounded.before == rounded.after:
            return f"rounded {rounded.mode} to {to}: nothing to round"
        return f"rounded {rounded.mode} to {to}: {self._value(rounded.before, type_)} becomes {self._value(rounded.after, type_)}"

    def _split(self, split: Split, type_: Type) -> list[str]:
        texts = []
        for position, one in enumerate(split.rounds):
            full = f"; full: {', '.join(map(visible, one.full))}" if one.full else ""
            rest = f"; {self._value(one.rest, type_)} to place after rounding" if one.rest else ""
            texts.append(f"round {position + 1}: {self._value(one.shared, type_)} among {len(one.among)}{full}{rest}")
        parts = ", ".join(f"{visible(name)} {self._value(amount, type_)}" for name, amount in split.amounts[:20])
        more = f" … and {len(split.amounts) - 20} more" if len(split.amounts) > 20 else ""
        return [*texts, f"shares: {parts}{more}; undistributed {self._value(split.undistributed, type_)}"]

    def _movement(self, m: Movement) -> str:
        type_ = self._program.accounts[m.account].type
        of = f" of {self._program.calendar.label(m.vintage)}" if m.vintage is not None else ""
        whose = f" ({visible(m.row)})" if m.row else ""
        return f"{m.day.isoformat()} {m.account}{whose}: {m.kind} {self._value(m.amount, type_)}{of}"

    def _taken(self, t: Taken) -> str:
        of = f" of {self._program.calendar.label(t.vintage)}" if t.vintage is not None else ""
        source = f" from {t.account}" if t.account else ""
        return f"{exact_text(t.units)} {t.unit}{of}{source}, counting {exact_text(t.counted)}"


# ---------------------------------------------------------------- one figure


def _shown(result: Result, type_: Type, program: ir.Program) -> str:
    return show_value(result.value, type_, program) if isinstance(result, Known) else words.say_result(result)


def _plain(key: Key, result: Result, evaluation: Evaluation, name: str | None = None) -> Derivation:
    """A figure without what it rests on. name: what it is called, if not by its key."""
    program = evaluation.program
    value = exact_text(result.value, program.calendar) if isinstance(result, Known) else None
    shown = _shown(result, type_of(program, key), program)
    if isinstance(result, Known) and isinstance(result.value, ir.Absent) and result.value.reason:
        shown += f" ({visible(result.value.reason)})"
    title = visible((key if name is None else key._replace(name=name)).show(program.calendar))
    return Derivation(key, title, shown, words.status_of(result), value, words.say_marks(result), ())


def _fact(evaluation: Evaluation, read: ReadFact, result: Result) -> Derivation:
    field_ = evaluation.program.fields[read.name]
    found = _plain(Key(read.name, read.row, read.at), result, evaluation, field_.name)
    said = read.source or ("not stated, so this holds" if field_.has_default and _is_silent(evaluation, read) else "a fact")
    found.lines.append(Line("fact", visible(said)))
    return found


def _is_silent(evaluation: Evaluation, read: ReadFact) -> bool:
    return (read.name, read.row, read.at) not in evaluation.facts.values


def _article(citation: ir.Citation, program: ir.Program) -> str:
    return visible(article_of(citation, program).text)


def _decided(decision: Decision) -> str:
    """`not met: then the regulator must act`"""
    who = f"the {visible(decision.authority)} {decision.modal} act" if decision.modal else ""
    if decision.state == "not met":
        return "the condition is not met" + (f", under which {who}" if who else "")
    return decision.state + (f": {who}" if who else "")


def _counted(detail: Counted) -> str:
    def named(rows: tuple[str, ...]) -> str:
        shown = ", ".join(visible(r) for r in rows[:8])
        return shown + (f" … and {len(rows) - 8} more" if len(rows) > 8 else "")

    text = f"counted {len(detail.counted)}" + (f": {named(detail.counted)}" if detail.counted else "")
    return text + (f"; excluded {len(detail.excluded)}: {named(detail.excluded)}" if detail.excluded else "")


# ---------------------------------------------------------------- faces


def show_derivation(top: Derivation) -> str:
    """Indented text: a figure, its articles, how it was chosen and worked out, then what it read."""
    lines: list[str] = []
    waiting: list[tuple[Derivation, int]] = [(top, 0)]
    while waiting:
        one, depth = waiting.pop()
        pad = "  " * min(depth, 20)
        marks = f"  [{'; '.join(one.marks)}]" if one.marks else ""
        lines.append(f"{pad}{one.title} = {one.shown}{marks}" + ("  (see above)" if one.again else ""))
        if one.again:
            continue
        lines += [f"{pad}  by {article}" for article in one.articles]
        lines += [f"{pad}  {line.text}" for line in one.lines]
        if one.core is not None:
            lines += [f"{pad}  {text}" for text in core_lines(one.core)]
        waiting += [(inner, depth + 1) for inner in reversed(_folded(one.inputs))]
    return "\n".join(lines)


def _folded(inputs: list[Derivation]) -> list[Derivation]:
    """Facts that are the same in one period after another as one line: `output of kiln in 2024/01 to 2024/12, each`."""
    found: list[Derivation] = []
    position = 0
    while position < len(inputs):
        first = inputs[position]
        run = position + 1
        while run < len(inputs) and _continues(first, inputs[run], run - position):
            run += 1
        if run - position >= FOLDED_FROM:
            last = inputs[run - 1].title.rpartition(" in ")[2]
            first = replace(first, title=f"{first.title} to {last}, each")
        else:
            run = position + 1
        found.append(first)
        position = run
    return found


def _continues(first: Derivation, one: Derivation, distance: int) -> bool:
    """Whether a fact is the same as another one so many periods before."""
    a, b = first.key, one.key
    return (
        isinstance(a.at, Period) and isinstance(b.at, Period) and (a.name, a.row, a.part, a.at.kind) == (b.name, b.row, b.part, b.at.kind)
        and b.at.index == a.at.index + distance and not one.inputs and not first.inputs and first.again == one.again
        and (first.shown, first.marks, first.lines) == (one.shown, one.marks, one.lines)
    )  # fmt: skip


def derivation_json(top: Derivation) -> dict[str, Any]:
    """The derivation as plain records, with nothing nested deeper than the figures read: a list, and positions in it."""
    records: list[dict[str, Any]] = []
    waiting: list[tuple[Derivation, int | None]] = [(top, None)]
    while waiting:
        one, reader = waiting.pop(0)
        place = len(records)
        records.append(_record(one))
        if reader is not None:
            records[reader]["reads"].append(place)
        waiting += [(inner, place) for inner in one.inputs]
    return {"figures": records}


def _record(one: Derivation) -> dict[str, Any]:
    at = one.key.at
    return {
        "name": one.key.name, "part": one.key.part, "row": one.key.row,
        "at": at.isoformat() if isinstance(at, date) else None if not isinstance(at, Period) else f"{at.kind} {at.index}",
        "title": one.title, "shown": one.shown, "status": one.status, "value": one.value, "marks": list(one.marks),
        "articles": list(one.articles), "lines": [{"sort": line.sort, "text": line.text} for line in one.lines],
        "again": one.again, "why_not": None if one.core is None else core_json(one.core), "reads": [],
    }  # fmt: skip
