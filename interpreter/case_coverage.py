"""Which parts of the law no case ever used: clauses and exceptions of rules, measures, effects, duties, accounts, checks.

A clause or exception is used when an evaluation took it; a measure when it was decided, its effect when the figure was
worked out; a duty, an account or a check when its text governed. Rows of tables are not counted.

`Evaluation(…, used=set())` notes the `id` of each part; the parts live as long as the program.
Invariant: what is listed depends only on the program and on what was noted, in the order of the files.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass

from capcode.dsl import ir
from capcode.dsl.source import Span
from capcode.interpreter.wording import cited


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the law. sort: clause, exception, measure, effect, duty, account or check; name: of the definition."""

    sort: str
    name: str
    article: str
    span: Span
    key: int

    @property
    def where(self) -> str:
        return self.span.where

    def as_json(self) -> dict[str, str]:
        return {"where": self.where, "sort": self.sort, "name": self.name, "article": self.article}


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many parts there are, and those that nothing used."""

    parts: int
    unused: tuple[Part, ...]


NO_COVERAGE = Coverage(0, ())
"""Where nothing was noted."""


def coverage(program: ir.Program, used: Set[int]) -> Coverage:
    """`used` holds what evaluations of this program noted."""
    parts = sorted(_parts(program), key=lambda p: (p.span.file.name, p.span.start, p.sort, p.name))
    return Coverage(len(parts), tuple(p for p in parts if p.key not in used))


def _parts(program: ir.Program) -> Iterator[Part]:
    definitions = (program.rules, program.measures, program.duties, program.accounts, program.checks)
    for definition in (d for kind in definitions for d in kind.values()):
        for section in definition.sections:
            article = "; ".join(cited(c) for c in section.citations)
            match section.law:
                case ir.RuleLaw(clauses=clauses, exceptions=exceptions):
                    # The general clause of text that `adds` is not written by anybody.
                    for clause in () if section.adds else clauses:
                        yield Part("clause", definition.name, article, clause.span, id(clause))
                    for exception in exceptions:
                        yield Part("exception", definition.name, _article(exception, section), exception.span, id(exception))
                case ir.MeasureLaw(effects=effects):
                    yield Part("measure", definition.name, article, section.span, id(section))
                    for effect in effects:
                        yield Part("effect", effect.name, article, section.span, id(effect))
                case ir.DutyLaw():
                    yield Part("duty", definition.name, article, section.span, id(section))
                case ir.AccountLaw():
                    yield Part("account", definition.name, article, section.span, id(section))
                case ir.CheckLaw():
                    yield Part("check", definition.name, article, section.span, id(section))


def _article(exception: ir.Exception_, section: ir.Section) -> str:
    return cited(exception.citation or ir.Citation(section.instrument, exception.article))
