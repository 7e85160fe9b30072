"""The texts of reasons and causes that more than one module gives, and the type in which a key is shown.

Invariant: a text depends only on the program, the view and the facts; nothing is shown that the author did not name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from capcode.dsl import ir
from capcode.dsl.types import YES_NO, Type
from capcode.dsl.views import Conflict, DisputedOpen, Gap
from capcode.interpreter.frames import BALANCE, LAPSED, SHORTFALL, USED, Key
from capcode.interpreter.results import Open, Reason, Result, failed


def cited(citation: ir.Citation) -> str:
    """`directive_2018_410 Art 9`"""
    return f"{citation.instrument} {citation.article}"


@dataclass(frozen=True, slots=True)
class Article:
    """An article as a reader knows it: the instrument by name, its title and labels, the article, and marks (unchecked, …)."""

    instrument: str
    title: str
    article: str
    labels: Mapping[str, str]
    marks: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """`Directive 2009/29/EC, Art 9 (unchecked)`"""
        return f"{self.title}, {self.article}" + (f" ({', '.join(self.marks)})" if self.marks else "")


def article_of(citation: ir.Citation, program: ir.Program) -> Article:
    """What a citation cites, with the name of its instrument; the short name where it has no title."""
    instrument = program.instruments.get(citation.instrument)
    title = instrument.title if instrument is not None and instrument.title else citation.instrument
    return Article(citation.instrument, title, citation.article, instrument.labels if instrument is not None else {}, citation.marks)


def no_law(choice: object, what: str, when: str = "") -> Result:
    """The result where no text governs, two do, or only readings give one."""
    where = f"{what} {when}".rstrip()
    if isinstance(choice, Gap):
        by = f"; the text was repealed by {choice.repealed_by}" if choice.repealed_by else ""
        return failed("gap", f"no text governs {where}{by}")
    if isinstance(choice, Conflict):
        return failed("conflict", f"nothing orders {cited(choice.first)} and {cited(choice.second)} for {where}")
    assert isinstance(choice, DisputedOpen)
    return Open(frozenset(Reason("disputed", f"{where}: {reading}") for reading in choice.readings))


def type_of(program: ir.Program, key: Key) -> Type:
    """The type of what a key gives."""
    if key.name in program.rules:
        return program.rules[key.name].type
    if key.name in program.fields:
        return program.fields[key.name].type
    if key.name in program.duties and key.part in (SHORTFALL, USED):
        return program.duties[key.name].type
    if key.name in program.accounts and key.part in (SHORTFALL, LAPSED, BALANCE):
        return program.accounts[key.name].type
    return YES_NO


MODALS = {"must": {"en": "{} must act", "ja": "{}(義務)"}, "may": {"en": "{} may act", "ja": "{}(裁量)"}}


def who_acts(program: ir.Program, measure: ir.Measure) -> dict[str, str]:
    """Which authority must or may act, by language."""
    laws = [section.law for section in measure.sections if isinstance(section.law, ir.MeasureLaw)]
    if not laws:
        return {}
    law, named = laws[-1], program.authorities.get(laws[-1].authority)
    labels = {"en": named.label or law.authority, **named.labels} if named is not None else {"en": law.authority}
    return {language: MODALS[law.modal][language].format(labels.get(language) or labels["en"]) for language in MODALS[law.modal]}
