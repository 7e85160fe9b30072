"""Cases: facts from what a case gives, evaluation in its view, and each expectation held against the result.

Invariant: an expectation is met exactly, or within the distance that its author wrote; nothing else passes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from capcode.dsl import ir
from capcode.dsl.diagnostics import Diagnostic
from capcode.dsl.files import inside
from capcode.dsl.ir import Program
from capcode.dsl.types import YES_NO, Type
from capcode.interpreter.evaluate import Evaluation
from capcode.interpreter.facts import At, FactSet
from capcode.interpreter.frames import VALUE
from capcode.interpreter.law import law_view
from capcode.interpreter.read_facts import FactsText, read_texts
from capcode.interpreter.recall import Recall
from capcode.interpreter.result_words import say_result
from capcode.interpreter.results import Error, Known, Open, Result, failed
from capcode.interpreter.show import show_value


@dataclass(frozen=True, slots=True)
class Outcome:
    """One expectation: what was wanted and what came, in words; `met` without regard to a known difference."""

    text: str
    wanted: str
    came: str
    met: bool
    difference: str = ""  # why it is known to differ

    @property
    def passed(self) -> bool:
        return self.met is not bool(self.difference)


@dataclass(frozen=True, slots=True)
class CaseOutcome:
    title: str
    where: str
    outcomes: tuple[Outcome, ...]
    problems: tuple[Diagnostic, ...] = ()

    @property
    def passed(self) -> bool:
        return not self.problems and all(o.passed for o in self.outcomes)


def facts_of(program: Program, case: ir.Case) -> tuple[FactSet, list[Diagnostic]]:
    """The fact set that a case gives: naming one child of a row gives the row's complete list."""
    texts: list[FactsText] = []
    for entity, file in case.rosters:
        path = inside(program.root, file) if file and program.root is not None else None
        if path is not None and path.is_file():
            texts.append(FactsText(file or "", path.read_bytes(), "csv", entity))
    facts, problems = read_texts(program, texts) if texts else (FactSet(), [])
    facts.rosters.update(entity for entity, _ in case.rosters)
    for row in case.rows:
        facts.rows.setdefault(row.entity, {})[row.name] = row.parent
        if row.parent is not None:
            facts.lists.add((row.entity, row.parent))
    for entity, _ in case.rosters:
        parent = program.entities[entity].parent
        if parent is not None:
            facts.rows.setdefault(entity, {})
            facts.lists.update((entity, p) for p in facts.rows.get(parent, {}))
    for given in case.values:
        key = (given.name, given.row, given.at)
        match given.what:
            case "fact":
                facts.values[key] = given.value
            case "set":
                facts.figures[key] = given.value
            case "act":
                facts.acts[key] = given.value is True
            case _:
                facts.given[key] = given.value
    facts.add_listed(program)
    return facts, problems


def run_case(
    program: Program, case: ir.Case, differs: Mapping[str, str] | None = None, where: str = "", used: set[int] | None = None,
    recall: Recall | None = None,
) -> CaseOutcome:  # fmt: skip
    """A case and all that it expects; `differs` says why an expectation is known to fail, by its text.

    used: where the parts of the law that decided something are noted. recall: shared with other cases of the program.
    """
    known = differs or {}
    facts, problems = facts_of(program, case)
    if problems:
        return CaseOutcome(case.title, where or case.span.where, (), tuple(problems))
    evaluation = Evaluation(program, law_view(program, case.view), facts, used=used, recall=recall)
    outcomes = []
    for expected in case.expected:
        result = ask(evaluation, expected.name, expected.row, expected.at, expected.part)
        wanted, came = _wanted(program, expected), _came(program, expected, result)
        outcomes.append(Outcome(expected.text, wanted, came, _met(expected, result), known.get(expected.text, "")))
    return CaseOutcome(case.title, where or case.span.where, tuple(outcomes))


def ask(evaluation: Evaluation, name: str, row: str | None, at: At, part: str | None) -> Result:
    """A fact, rule, measure, duty or check, the balance of an account on a day, or a part of one (`shortfall of surrender`)."""
    if name in evaluation.program.fields:
        return evaluation.fact(name, row, at)
    if name in evaluation.program.accounts and part is None:
        return evaluation.balance(name, row, at) if isinstance(at, date) else failed("undefined", f"{name} is read on a day")
    return evaluation.part(part or VALUE, name, row, at)


def _met(expected: ir.Expected, result: Result) -> bool:
    match expected.state, result:
        case "known", Known(value=value):
            if expected.within is not None and isinstance(value, Fraction) and isinstance(expected.value, Fraction):
                return abs(value - expected.value) <= expected.within
            return value == expected.value
        case "needs", Open(reasons=reasons):
            return any(_names(r.text, expected.wanted) for r in reasons if r.kind != "unknown")
        case "error", Error(causes=causes):
            return any(c.kind == expected.wanted for c in causes)
        case "unknown", Open(reasons=reasons):
            return any(r.kind == "unknown" for r in reasons)
        case state, Open(reasons=reasons):
            return any(r.kind == state for r in reasons)
    return False


def _names(text: str, wanted: str) -> bool:
    """Whether a reason's text, such as `governor: act of works`, has this name as a word of its own (`works` is none in `works-2`)."""
    return re.search(rf"(?<![\w-]){re.escape(wanted)}(?![\w-])", text) is not None


def _wanted(program: Program, expected: ir.Expected) -> str:
    if expected.state == "known":
        assert expected.value is not None
        shown = _show(program, expected, expected.value)
        within = f" within {_show(program, expected, expected.within)}" if expected.within is not None else ""
        return shown + within
    return " ".join(filter(None, (expected.state.replace("_", " "), expected.wanted)))


def _came(program: Program, expected: ir.Expected, result: Result) -> str:
    return _show(program, expected, result.value) if isinstance(result, Known) else say_result(result)


def _show(program: Program, expected: ir.Expected, value: ir.Value) -> str:
    type_ = type_of(program, expected.name, expected.part)
    return show_value(value, type_, program)


def type_of(program: Program, name: str, part: str | None = None) -> Type:
    """The type of what a name gives: a rule, a fact by its key, a part of a duty; yes/no for the rest."""
    if name in program.rules:
        return program.rules[name].type
    if name in program.fields:
        return program.fields[name].type
    if name in program.duties and part is not None:
        return program.duties[name].type
    if name in program.accounts:
        return program.accounts[name].type
    return YES_NO
