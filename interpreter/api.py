"""The public face in Python.

    import capcode
    law = capcode.load("australia@2024-07-01")
    r = law.evaluate("facts.yaml", "baseline", period="2023-24")
    r.value, r.unit, r.status, r.marks
    r.explain()

Facts are a path, several paths, plain objects in the layout of a facts file (numbers as text, int, Decimal or
Fraction; floats are refused), or a FactSet. Mistakes of rules or facts raise `Refused`, whose text is the diagnostics.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any, overload

from capcode.dsl import find, ir
from capcode.dsl.calendar import Period
from capcode.dsl.diagnostics import Diagnostic, render_all
from capcode.dsl.frontend import Checked
from capcode.dsl.instruments import validate_view
from capcode.dsl.types import QuantityType, Type, show
from capcode.interpreter import ask_errors as errors
from capcode.interpreter import result_words as words
from capcode.interpreter.cases import ask as put
from capcode.interpreter.cases import type_of
from capcode.interpreter.evaluate import Evaluation
from capcode.interpreter.explain import derivation, show_derivation
from capcode.interpreter.fact_values import read_day, read_period
from capcode.interpreter.facts import At, FactSet
from capcode.interpreter.law import law_view
from capcode.interpreter.read_facts import read_data, read_facts
from capcode.interpreter.results import Known
from capcode.interpreter.results import Result as Outcome
from capcode.interpreter.show import exact_text, show_value

PARTS = ("shortfall", "used", "lapsed", "undistributed")


class Refused(Exception):
    """Rules, facts or a question that cannot be used. `diagnostics` say what, where, why and what to do next."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        super().__init__(render_all(list(diagnostics)))
        self.diagnostics = tuple(diagnostics)


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked: a name, perhaps a part of it, a row or all rows."""

    name: str
    part: str | None
    row: str | None


@dataclass(frozen=True, slots=True)
class Result:
    """One figure, or why there is none. `value` is in the declared unit: a Fraction, bool, str, date, period label,
    set of names; None where nothing is known. `status` is known, open, error, or the absent answer's word."""

    scheme: str
    view: str
    rule: str
    entity: str | None
    row: str | None
    period: str | None
    outcome: Outcome = field(repr=False)
    type: Type = field(repr=False)
    _law: Law = field(repr=False, compare=False)
    _asked: tuple[Question, At, FactSet] = field(repr=False, compare=False)

    @property
    def status(self) -> str:
        return words.status_of(self.outcome)

    def label(self, language: str = "en") -> str:
        """The author's label in a language (`en` for the main one); empty where there is none."""
        program, name = self._law.program, self._asked[0].name
        kinds = (program.rules, program.measures, program.duties, program.accounts, program.checks, program.fields)
        found = next((kind[name] for kind in kinds if name in kind), None)
        if found is None:
            return ""
        return found.label if language == "en" else found.labels.get(language, "")

    @property
    def unit(self) -> str:
        return show(Type(self.type.base))

    @property
    def value(self) -> Any:
        if not isinstance(self.outcome, Known) or isinstance(self.outcome.value, ir.Absent):
            return None
        value = self.outcome.value
        if isinstance(value, Fraction) and isinstance(self.type.base, QuantityType):
            return value / self.type.base.factor
        return self._law.program.calendar.label(value) if isinstance(value, Period) else value

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it is open, in error or absent, in words."""
        return words.say_why(self.outcome)

    @property
    def marks(self) -> tuple[str, ...]:
        """What a known value rests on: unchecked, assumed, reading, disputed, …"""
        return words.say_marks(self.outcome)

    @property
    def shown(self) -> str:
        """The value with its unit, or the state in words."""
        if isinstance(self.outcome, Known):
            return show_value(self.outcome.value, self.type, self._law.program)
        return words.say_result(self.outcome)

    @property
    def exact(self) -> str | None:
        """The exact value in the declared unit, as text: `0.125`, `3/7`, `yes`, `2024-03-01`."""
        value = self.value
        if value is None or isinstance(value, str):
            return value
        return exact_text(value, self._law.program.calendar)

    def as_json(self) -> dict[str, Any]:
        """A plain record; the exact value is text, so that no reader makes a binary fraction of it."""
        return {
            "scheme": self.scheme, "view": self.view, "rule": self.rule, "entity": self.entity, "row": self.row,
            "period": self.period, "status": self.status, "value": self.exact, "unit": self.unit,
            "reasons": list(self.reasons), "marks": list(self.marks),
        }  # fmt: skip

    def explain(self) -> str:
        """The derivation: rules, clauses, inputs and articles; for a "no", what failed and by how much."""
        return str(show_derivation(self.derivation()))

    def derivation(self) -> Any:
        """The derivation as a tree (`interpreter/explain.py`)."""
        question, at, facts = self._asked
        return derivation(self._law.program, self._law.view_of_law, facts, question.name, question.row, at, question.part)

    def __str__(self) -> str:
        where = " ".join(filter(None, (self.rule, f"of {self.row}" if self.row else "", f"in {self.period}" if self.period else "")))
        marks = f"  [{'; '.join(self.marks)}]" if self.marks else ""
        return f"{where} = {self.shown}{marks}"

    def _repr_html_(self) -> str:
        """For notebooks; everything that a user can name is escaped."""
        head = html.escape(str(self))
        return f"<div><strong>{head}</strong><details><summary>derivation</summary><pre>{html.escape(self.explain())}</pre></details></div>"


class Results(Sequence[Result]):
    """Several results, shown as a table in a notebook."""

    def __init__(self, results: Iterable[Result]) -> None:
        self._results = tuple(results)

    @overload
    def __getitem__(self, index: int) -> Result: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Result]: ...
    def __getitem__(self, index: int | slice) -> Result | Sequence[Result]:
        return self._results[index]

    def __len__(self) -> int:
        return len(self._results)

    def __iter__(self) -> Iterator[Result]:
        return iter(self._results)

    def __str__(self) -> str:
        return "\n".join(str(r) for r in self._results)

    def _repr_html_(self) -> str:
        def line(cell: str, words: Iterable[str]) -> str:
            return "<tr>" + "".join(f"<{cell}>{html.escape(w)}</{cell}>" for w in words) + "</tr>"

        head = line("th", ("rule", "row", "period", "value", "rests on"))
        body = "".join(line("td", (r.rule, r.row or "", r.period or "", r.shown, "; ".join(r.marks))) for r in self._results)
        return f"<table><thead>{head}</thead><tbody>{body}</tbody></table>"


class Law:
    """The checked law of one scheme, in one view."""

    def __init__(self, program: ir.Program, view: ir.View) -> None:
        self.program = program
        self.view = view
        self.view_of_law = law_view(program, view)

    def __repr__(self) -> str:
        return f"Law({str(self.view)!r})"

    def facts(self, facts: object) -> FactSet:
        """Whatever can be read as facts, as a fact set; raises Refused with the mistakes."""
        if isinstance(facts, FactSet):
            found, problems = facts, list[Diagnostic]()
        elif facts is None:
            found, problems = FactSet(), []
        elif isinstance(facts, str | Path):
            found, problems = read_facts(self.program, Path(facts))
        elif isinstance(facts, Mapping):
            found, problems = read_data(self.program, facts)
        elif isinstance(facts, Iterable):
            found, problems = read_facts(self.program, [Path(str(f)) for f in facts])
        else:
            raise Refused([errors.no_facts(type(facts).__name__)])
        if any(p.is_error for p in problems):
            raise Refused(problems)
        found.add_listed(self.program)
        return found

    def evaluate(self, facts: object, ask: str, period: str | None = None) -> Any:
        """One Result where one row is meant, else Results. `ask` is `RULE`, `RULE of ROW`, several with commas."""
        known = self.facts(facts)
        evaluation = Evaluation(self.program, self.view_of_law, known)
        done: list[Result] = []
        several = "," in ask
        for text in ask.split(","):
            question = self._question(text.strip(), known)
            definition = self._definition(question.name)
            at, label = self._at(question.name, definition, period)
            rows = self._rows(question, definition, known)
            several = several or len(rows) != 1
            for row in rows:
                one = Question(question.name, question.part, row)
                outcome = put(evaluation, question.name, row, at, question.part)
                name = f"{question.part} of {question.name}" if question.part else question.name
                type_ = type_of(self.program, question.name, question.part)
                shown = name if definition[0] != "field" else self.program.fields[name].name
                done.append(
                    Result(self.program.scheme, str(self.view), shown, definition[1], row, label, outcome, type_, self, (one, at, known))
                )
        return Results(done) if several else done[0]

    def _question(self, text: str, facts: FactSet) -> Question:
        name, of, row = text.partition(" of ")
        part = None
        if of and name in PARTS:
            part = name
            name, of, row = row.partition(" of ")
        return Question(self._name(name.strip(), row.strip() or None, facts), part, row.strip() or None)

    def _name(self, name: str, row: str | None, facts: FactSet) -> str:
        p = self.program
        if any(name in kind for kind in (p.rules, p.measures, p.duties, p.accounts, p.checks)):
            return name
        named = [f for f in p.fields.values() if f.name == name]
        fields = [f for f in named if row is None or f.entity is None or row in facts.rows.get(f.entity, {})]
        if fields:
            return fields[0].key
        raise Refused([errors.no_rule(p.scheme, name, [*p.rules, *p.measures, *p.duties, *p.checks, *(f.name for f in p.fields.values())])])

    def _definition(self, name: str) -> tuple[str, str | None, str | None, str]:
        """Sort, entity, kind and timing of what a name gives."""
        p = self.program
        for sort, kind in (("rule", p.rules), ("measure", p.measures), ("duty", p.duties), ("account", p.accounts), ("check", p.checks)):
            found = kind.get(name)
            if found is not None:
                if isinstance(found, ir.Rule) and found.argument is not None:
                    raise Refused([errors.has_argument(name)])
                return sort, found.entity, found.kind, found.timing
        f = p.fields[name]
        return "field", f.entity, f.kind, ir.EACH if f.kind else ir.CONSTANT

    def _at(self, name: str, definition: tuple[str, str | None, str | None, str], period: str | None) -> tuple[At, str | None]:
        sort, _, kind, timing = definition
        calendar = self.program.calendar
        if sort == "account" or timing == ir.DATED_VALUE:
            literal = calendar.literal(period) if period else None
            day: date | None = read_day(period or "") or (calendar.start(literal) if literal is not None else None)
            if day is None:
                raise Refused([errors.no_day(name, period)])
            return day, day.isoformat()
        if kind is None:
            return None, None
        found = read_period(calendar, period, kind) if period else None
        if found is None:
            raise Refused([errors.no_period(name, kind, period, calendar)])
        return found, calendar.label(found)

    def _rows(self, question: Question, definition: tuple[str, str | None, str | None, str], facts: FactSet) -> list[str | None]:
        entity = definition[1]
        if entity is None:
            return [None]
        rows = facts.rows.get(entity, {})
        if question.row is None:
            if not rows:
                raise Refused([errors.no_rows(question.name, entity)])
            return [*sorted(rows)]
        if question.row not in rows:
            raise Refused([errors.no_such_row(question.row, entity, list(rows))])
        return [question.row]


def schemes(*, roots: Sequence[str] = ()) -> list[str]:
    """The names of all schemes under the search roots."""
    return list(find.folders(tuple(roots)))


def load(view: str, *, roots: Sequence[str] = (), checked: Checked | None = None) -> Law:
    """The law of a view such as `eu@2024-06-01+com_2026_85`; raises Refused where the rules have errors.

    checked: the view's scheme, where it has been read and checked already.
    """
    asked = find.read_view(view)
    if asked is None:
        raise Refused([errors.bad_view(view)])
    checked = checked or find.check_named(asked.scheme, tuple(roots))
    if checked.program is None:
        raise Refused([d for d in checked.diagnostics if d.is_error])
    chosen = ir.View(checked.program.scheme, asked.as_at, asked.chosen)
    wrong = validate_view(checked.program, chosen, errors.ASKED)
    if any(d.is_error for d in wrong):
        raise Refused(wrong)
    return Law(checked.program, chosen)
