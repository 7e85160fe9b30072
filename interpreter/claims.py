"""Published statements held against the rules: what a source says, what our rules give, and by which article.

    known and equal, exactly and in the declared unit (an absent answer: the same word)    agrees
    known and not equal                                                                    differs
    open, in error, not encoded, or nothing asked                                          cannot be computed

The verdict that comes out is held against the written one; a line whose verdict is not as written has failed, like a case.

Invariant: a claim is never equal by nearness or by rounding. Invariant: each pair of view and facts is evaluated once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from capcode.dsl import ir
from capcode.dsl.diagnostics import Diagnostic, as_json, render_all, visible
from capcode.dsl.ir import Program
from capcode.dsl.types import QuantityType, Type
from capcode.dsl.units import RATIO
from capcode.interpreter import result_words as words
from capcode.interpreter.cases import ask
from capcode.interpreter.claim_tables import AGREES, CANNOT, DIFFERS, VERDICTS, Asked, Claim, read_claims
from capcode.interpreter.evaluate import Evaluation
from capcode.interpreter.explain import Derivation, derivation, governing_citations
from capcode.interpreter.facts import FactSet
from capcode.interpreter.frames import BALANCE, VALUE, Key
from capcode.interpreter.law import law_view
from capcode.interpreter.results import Known
from capcode.interpreter.show import exact_text, show_number, show_value
from capcode.interpreter.trace import Record
from capcode.interpreter.wording import Article, article_of


@dataclass(frozen=True, slots=True)
class JudgedClaim:
    """A claim and what came of it.

    said, ours: the value of the source and ours, in words with their unit; ours is empty where there is no figure, exact
    is ours for machines. asked: what was evaluated, in words. reasons: why there is no figure, or why an answer is absent.
    marks: what our figure rests on. articles: the governing texts, exceptions that decided last.
    """

    claim: Claim
    verdict: str
    said: str
    ours: str
    exact: str | None
    asked: str
    status: str  # known, open, error, the word of an absent answer; empty where nothing is asked
    articles: tuple[Article, ...] = ()
    reasons: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()

    @property
    def as_written(self) -> bool:
        return self.verdict == self.claim.verdict

    def as_json(self) -> dict[str, Any]:
        c = self.claim
        return {
            "id": c.id, "source": c.source, "place": c.place, "original": c.original, "statement": c.statement, "asks": c.asks,
            "facts": c.facts, "in": c.when, "view": str(c.view), "says": c.says, "written_verdict": c.verdict, "why": c.why,
            "file": c.file, "line": c.line, "verdict": self.verdict, "as_written": self.as_written, "said": self.said,
            "ours": self.ours, "value": self.exact, "asked": self.asked, "status": self.status,
            "question": c.asked.question if c.asked is not None else "",
            "articles": [
                {"instrument": a.instrument, "title": a.title, "labels": dict(a.labels), "article": a.article, "marks": list(a.marks)}
                for a in self.articles
            ],
            "reasons": list(self.reasons), "marks": list(self.marks),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class ClaimsReport:
    """The claims of a scheme in the order of the file; `problems` are mistakes in the table, whose lines are not judged."""

    scheme: str
    judged: tuple[JudgedClaim, ...]
    problems: tuple[Diagnostic, ...]

    @property
    def passed(self) -> bool:
        return not any(p.is_error for p in self.problems) and all(j.as_written for j in self.judged)

    def count(self, verdict: str) -> int:
        return sum(j.verdict == verdict for j in self.judged)

    def as_json(self) -> dict[str, Any]:
        return {
            "scheme": self.scheme,
            "counts": {"claims": len(self.judged), **{verdict: self.count(verdict) for verdict in VERDICTS}},
            "not_as_written": [j.claim.id for j in self.judged if not j.as_written],
            "claims": [j.as_json() for j in self.judged],
            "problems": [as_json(p) for p in self.problems],
        }


def run_claims(program: Program) -> ClaimsReport:
    """Every claim of the scheme's folder, judged; an empty report where it has none."""
    if program.root is None:
        return ClaimsReport(program.scheme, (), ())
    found = read_claims(program, program.root)
    return ClaimsReport(program.scheme, tuple(judge(program, found.claims, found.facts)), tuple(found.problems))


def judge_claims(program: Program) -> list[JudgedClaim]:
    """The judged claims alone, for pages that show them."""
    return list(run_claims(program).judged)


def judge(program: Program, claims: list[Claim], facts: Mapping[str, FactSet]) -> list[JudgedClaim]:
    """Claims against the rules. `facts` holds the fact set of each name that a claim gives."""
    evaluations: dict[tuple[ir.View, str], Evaluation] = {}
    done = []
    for claim in claims:
        asked, made = claim.asked, (claim.view, claim.facts)
        if asked is None:
            reasons = () if claim.why else ("nothing is asked",)
            done.append(JudgedClaim(claim, CANNOT, claim.says, "", None, "", "", reasons=reasons))
        elif asked.sort == "question":
            reason = f"not encoded: no rule of {program.scheme} answers {asked.question}"
            done.append(JudgedClaim(claim, CANNOT, claim.says, "", None, asked.question, "open", reasons=(reason,)))
        else:
            if made not in evaluations:
                evaluations[made] = Evaluation(program, law_view(program, claim.view), facts[claim.facts], trace=True)
            done.append(_judge(evaluations[made], claim, asked))
    return done


def derivation_of(program: Program, claim: Claim, facts: FactSet) -> Derivation | None:
    """How our figure for a claim came about; None where nothing can be asked."""
    asked = claim.asked
    if asked is None or asked.sort == "question":
        return None
    return derivation(program, law_view(program, claim.view), facts, asked.name, asked.row, asked.at, asked.part)


def _judge(evaluation: Evaluation, claim: Claim, asked: Asked) -> JudgedClaim:
    program = evaluation.program
    result = ask(evaluation, asked.name, asked.row, asked.at, asked.part)
    assert asked.type is not None and claim.wanted is not None
    said = _shown(claim.wanted, claim, asked.type, program)
    verdict, ours, exact = CANNOT, "", None
    if isinstance(result, Known):
        verdict = AGREES if result.value == claim.wanted else DIFFERS
        ours, exact = _shown(result.value, claim, asked.type, program), exact_text(result.value, program.calendar)
    name = program.fields[asked.name].name if asked.sort == "fact" else asked.name
    title = Key(name, asked.row, asked.at, None, asked.part or VALUE).show(program.calendar)
    return JudgedClaim(
        claim, verdict, said, ours, exact, title, words.status_of(result),
        articles_of(evaluation, asked), words.say_why(result), words.say_marks(result),
    )  # fmt: skip


def _shown(value: ir.Value, claim: Claim, type_: Type, program: Program) -> str:
    """A value with its unit; a ratio in per cent where the source speaks of per cent."""
    is_ratio = isinstance(type_.base, QuantityType) and type_.base.dimension == RATIO
    if isinstance(value, Fraction) and is_ratio and claim.says.endswith("%"):
        return f"{show_number(value * 100)}%"
    return show_value(value, type_, program)


# ---------------------------------------------------------------- articles


def articles_of(evaluation: Evaluation, asked: Asked) -> tuple[Article, ...]:
    """The articles that gave what was asked, in the trace of an evaluation that has answered it; none for facts.

    The citations of the governing text, then those of exceptions that were taken. A measure, duty or account is cited by
    its own text; what has no text at its place (an effect, a carried value) by the text behind it.
    """
    if asked.sort == "fact":
        return ()
    if asked.sort == "account" and asked.part is None:
        key: object = Key(asked.name, asked.row, asked.at, None, BALANCE)
    else:
        key = evaluation.key(asked.name, asked.row, asked.at, None, asked.part or VALUE)
    found: list[ir.Citation] = []
    seen: set[Key] = set()
    while isinstance(key, Key) and not found and key not in seen:
        seen.add(key)
        record = evaluation.trace.records.get(key)
        definition = evaluation.definitions[key.name]
        if record is not None and record.levels:
            found = _of_levels(evaluation, record)
        elif not isinstance(definition, ir.Rule):
            found = list(governing_citations(evaluation, definition, key))
        elif definition.effect_of is not None:
            key = Key(definition.effect_of, key.row, key.at)
        else:
            key = record.carried if record is not None else None
    return tuple(article_of(c, evaluation.program) for c in dict.fromkeys(found))


def _of_levels(evaluation: Evaluation, record: Record) -> list[ir.Citation]:
    exceptions = {
        e.span: (e, section)
        for section in evaluation.definitions[record.key.name].sections
        if isinstance(section.law, ir.RuleLaw)
        for e in section.law.exceptions
    }
    found: list[ir.Citation] = []
    taken: list[ir.Citation] = []
    for level in record.levels:
        found += level.citations
        for clause in level.taken:
            if clause.span in exceptions:
                exception, section = exceptions[clause.span]
                cited = section.citations[0]
                taken.append(exception.citation or ir.Citation(cited.instrument, exception.article, exception.marks or cited.marks))
    return [*found, *taken]


# ---------------------------------------------------------------- as text


def show_claims(report: ClaimsReport, verbose: bool = False) -> str:
    """What is not as written, then what differs (with `verbose` every claim), then one line of counts."""
    lines: list[str] = []
    for one in report.judged:
        if verbose or not one.as_written or one.verdict == DIFFERS:
            lines += _lines(one)
    if report.problems:
        lines.append(render_all(list(report.problems)))
    counts = ", ".join(f"{report.count(verdict):,} {word}" for verdict, word in zip(VERDICTS, _COUNTED, strict=True))
    failed = sum(not one.as_written for one in report.judged)
    tail = f"; {failed:,} not as written" if failed else ""
    tail += f"; {len(report.problems):,} mistakes in the table, whose lines were not judged" if report.problems else ""
    claims = "1 claim" if len(report.judged) == 1 else f"{len(report.judged):,} claims"
    lines.append(f"{visible(report.scheme)}: {claims}: {counts}{tail}")
    return "\n".join(lines)


_COUNTED = ("agree", "differ", "cannot be computed")


def _lines(one: JudgedClaim) -> list[str]:
    claim = one.claim
    where = ", ".join(filter(None, (claim.source, claim.place)))
    head = one.verdict if one.as_written else f"FAILED: written `{claim.verdict}`, but: {one.verdict}"
    lines = [f"{claim.file}:{claim.line}: {head}: {claim.id} ({where}): {claim.statement}"]
    said = [f"it says {one.said}"] if one.said else []
    if one.asked:
        in_view = f", in {claim.view}" if claim.view.as_at or claim.view.chosen else ""
        said.append(f"ours is {one.ours or one.status}: {one.asked}{in_view}")
    lines += [f"  {'; '.join(said)}"] if said else []
    lines += [f"  by {article.text}" for article in one.articles]
    lines += [f"  because: {reason}" for reason in words.shortly(one.reasons)]
    lines += [f"  rests on: {'; '.join(one.marks)}"] if one.marks else []
    lines += [f"  why: {claim.why}"] if claim.why else []
    return [visible(line) for line in lines]
