"""Wording of the passes over the intermediate representation: views (V), recursion (R), conditions (C05x) and cost (K05x).

Invariant: every sentence of these passes stands here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from capcode.dsl import ir
from capcode.dsl.diagnostics import Diagnostic, nearest
from capcode.dsl.limits import LIMITS
from capcode.dsl.source import Span


def show_citation(citation: ir.Citation) -> str:
    """`directive_2018_410 "Art 9"`"""
    return f'{citation.instrument} "{citation.article}"' if citation.article else citation.instrument


def _law(definition: ir.Definition | ir.Table, section: ir.Section | None = None) -> str:
    """The definition, and the first text that the section cites."""
    cited = f", {show_citation(section.citations[0])}" if section is not None and section.citations else ""
    return f"{definition.name}{cited}"


# ---------------------------------------------------------------- views


def unknown_instrument(span: Span, name: str, known: Iterable[str]) -> Diagnostic:
    near = nearest(name, known)
    return Diagnostic(
        "V001", f"the view chooses `{name}`, and no instrument has this name", span,
        "A view is a scheme, a day, and the names of the proposals, assumptions and readings that it chooses.",
        f"Did you mean `{near}`?" if near else "List the instruments of the scheme and take a name from there.",
    )  # fmt: skip


def chosen_enacted(span: Span, name: str) -> Diagnostic:
    return Diagnostic(
        "V002", f"the view chooses `{name}`, which is enacted", span,
        "Enacted law is in every view from its day on; choosing it changes nothing.", f"Leave `+{name}` out.",
        severity="warning",
    )  # fmt: skip


def malformed_view(span: Span, text: str) -> Diagnostic:
    return Diagnostic(
        "V003", f"`{text}` is not a view", span,
        "A view is the name of a scheme, a day after `@`, and chosen instruments, each after a `+`.",
        "Write it like `eu`, `eu@2024-06-01` or `eu@2024-06-01+com_2026_85`.",
    )  # fmt: skip


def other_scheme(span: Span, written: str, known: str) -> Diagnostic:
    return Diagnostic(
        "V004", f"the view is of `{written}`, and this is the law of `{known}`", span, "A view is a view of one scheme.",
        f"Write `{known}`, or load the other scheme.",
    )  # fmt: skip


def idle_reading(span: Span, name: str, base: str) -> Diagnostic:
    return Diagnostic(
        "V005", f"the view chooses the reading `{name}`, but not what it reads (`{base}`)", span,
        "A reading has an effect only while its text is in the view.", f"Choose `{base}` too, or a later day.",
        severity="warning",
    )  # fmt: skip


# ---------------------------------------------------------------- instruments


def circle(instruments: Sequence[ir.Instrument], word: str) -> Diagnostic:
    names = [i.name for i in instruments]
    return Diagnostic(
        "V010", f"a circle of instruments: {' → '.join([*names, names[0]])} (by {word})", instruments[0].span,
        "What one text does to another must have an end; otherwise nobody could say which of them speaks.",
        f"Take `{word}` out of one of them." if "," not in word else "Take one of the relations out.",
        related=tuple((i.span, i.name) for i in instruments[1:]),
    )  # fmt: skip


def older_amender(amender: ir.Instrument, amended: ir.Instrument) -> Diagnostic:
    return Diagnostic(
        "V011", f"`{amender.name}` amends `{amended.name}`, which is later", amender.span,
        "An amender comes into force on the day of what it amends, or after; `amends` orders two texts of one day.",
        "Check both days, or write `amends` on the other one.", related=((amended.span, amended.name),),
    )  # fmt: skip


def adopts_no_proposal(adopter: ir.Instrument, adopted: ir.Instrument) -> Diagnostic:
    return Diagnostic(
        "V012", f"`{adopter.name}` adopts `{adopted.name}`, which is {adopted.status} and no proposal", adopter.span,
        "`adopts` makes the sections of a proposal law from the adopter's day on.",
        f"Register `{adopted.name}` as `proposed`, or write `amends`.", related=((adopted.span, adopted.name),),
    )  # fmt: skip


def two_families_above(first: ir.Instrument, second: ir.Instrument) -> Diagnostic:
    return Diagnostic(
        "V013", f"`{second.name}` and `{first.name}` belong together, but stand under different laws", second.span,
        f"Texts connected by `amends` or `reading of` are one family, and a family stands under one other at most; "
        f"here under `{first.under}` and under `{second.under}`.",
        "Leave out the `amends` that connects them where their days already order them, or one `under`.",
        related=((first.span, first.name),),
    )  # fmt: skip


def under_itself(instrument: ir.Instrument) -> Diagnostic:
    return Diagnostic(
        "V014", f"`{instrument.name}` stands under its own family", instrument.span,
        f"It is connected with `{instrument.under}` by `amends` or `reading of`, and cannot stand under it as well.",
        "Leave out the `amends` where the days already order the texts, or the `under`.",
    )  # fmt: skip


def circle_of_families(instruments: Sequence[ir.Instrument]) -> Diagnostic:
    return Diagnostic(
        "V015", f"families of laws stand under one another in a circle: {', '.join(i.name for i in instruments)}",
        instruments[0].span, "`under` must have a top, or no text would be the stronger.", "Take one `under` or `amends` out.",
        related=tuple((i.span, i.name) for i in instruments[1:]),
    )  # fmt: skip


# ---------------------------------------------------------------- sections in a view


def unordered(definition: ir.Definition | ir.Table, first: ir.Section, second: ir.Section, day: date) -> Diagnostic:
    a, b = first.instrument, second.instrument
    return Diagnostic(
        "V020", f"nothing orders {show_citation(first.citations[0])} and {show_citation(second.citations[0])}", second.span,
        f"Both cover the period of {day.isoformat()}, and neither is later, amends the other, or stands under it; "
        "so nobody can say which of them governs.",
        f"Write `amends {a}` on `{b}` (or the other way round), give one of them an end, or choose only one of them in the view.",
        law=_law(definition), related=((first.span, show_citation(first.citations[0])),),
    )  # fmt: skip


def inside_period(
    definition: ir.Definition, section: ir.Section, day: date, kind: str, period: str, following: str, *, end: bool
) -> Diagnostic:
    edge = "ends" if end else "begins"
    return Diagnostic(
        "V021", f"the span {edge} on {day.isoformat()}, inside the {kind} {period}", section.span,
        f"`{definition.name}` has one value for each {kind}, and the first day of the {kind} decides which text governs it.",
        f"Write the next {kind} ({following}); or {period} itself, as a reading that says so; or `dated by` a rule that gives "
        f"the deciding day; or make it a rule without `each {kind}`.",
        law=_law(definition, section),
    )  # fmt: skip


def from_wanted(definition: ir.Definition | ir.Table, section: ir.Section, status: str, day: date | None, kind: str | None) -> Diagnostic:
    why = (
        f"An instrument that is {status} has no day from which its text holds."
        if day is None
        else f"Without a span it holds from {day.isoformat()}, which is inside a {kind}."
    )
    return Diagnostic("V022", "this section needs `from`", section.span, why, "Write the first period that it governs, after `from`.",
                      law=_law(definition, section))  # fmt: skip


_CLASHES = {
    "general": ("both have a general clause", "At most one clause may speak where no other does.",
                "Give one of them a condition, or let it begin later."),
    "kind": ("they are law of different kinds", "", "Let them begin on different days."),
    "single": ("there can be only one", "Only rules and accounts can be made of several articles.",
               "Join the two articles in one section."),
    "ordered": ("one of them says `in this order`", "A first match has one order, and it stands in one section.",
                "Join the two articles in one section."),
    "rounding": ("they round differently", "A value is rounded once.", "Keep one of the two roundings, or let one section begin later."),
    "define": ("both define a step of the same name differently", "A name has one meaning in a section.", "Rename one of the steps."),
}  # fmt: skip


def cannot_merge(definition: ir.Definition | ir.Table, first: ir.Section, second: ir.Section, reason: str) -> Diagnostic:
    title, why, step = _CLASHES[reason]
    return Diagnostic(
        "V023", f"two articles of `{first.instrument}` begin on one day, and {title}", second.span,
        f"Sections of one instrument with one start are one section made of several articles. {why}".rstrip(), step,
        law=_law(definition, second), related=((first.span, show_citation(first.citations[0])),),
    )  # fmt: skip


def changes_inside(reader: ir.Definition, span: Span, read: ir.Definition, day: date, kind: str, period: str) -> Diagnostic:
    return Diagnostic(
        "V024", f"`{read.name}` changes on {day.isoformat()}, inside the {kind} {period} in which it is read", span,
        f"`{read.name}` is a value at a date, and a period would take the value of its first day without saying so.",
        f"Say which day: `{read.name} at` a date, for example the first or the last day of the {kind}.",
        law=_law(reader), related=((read.span, read.name),),
    )  # fmt: skip


def shadowed_step(definition: ir.Definition | ir.Table, later: ir.Section, silenced: Sequence[ir.Section]) -> Diagnostic:
    steps = ", ".join(sorted({s.start.isoformat() for s in silenced if s.start is not None}))
    return Diagnostic(
        "V025", f"this open span also silences later steps of {show_citation(silenced[0].citations[0])} ({steps})", later.span,
        "A later text without an end replaces the older one for all later periods, also where the older one has a step of its own there.",
        "If the step should still come, end this span with `until`; otherwise leave it as it is.",
        law=_law(definition, later), related=tuple((s.span, show_citation(s.citations[0])) for s in silenced[:4]), severity="warning",
    )  # fmt: skip


def silenced_exception(definition: ir.Definition, section: ir.Section, exceptions: Sequence[ir.Exception_]) -> Diagnostic:
    names = ", ".join(f'"{e.article}"' for e in exceptions)
    return Diagnostic(
        "V026", f"this section no longer has the exception {names} of the text that it replaces", section.span,
        "A restated section replaces the older one with its exceptions.",
        "Write the exception again, or use `adds` or `= as before` if the older text should stand beside this one; "
        "a limb that is amended apart is better a rule of its own.",
        law=_law(definition, section), related=tuple((e.span, f'except "{e.article}"') for e in exceptions[:4]), severity="warning",
    )  # fmt: skip


# ---------------------------------------------------------------- recursion


def endless(names: Sequence[str], places: Sequence[tuple[Span, str]], kind: str | None, law: str) -> Diagnostic:
    """names: the shortest circle, its first name not repeated."""
    path = " → ".join([*names, names[0]])
    what = f"`{names[0]}` reads itself" if len(names) == 1 else f"a circle of {len(names)} definitions"
    where = f" in the same {kind}" if kind else ""
    step = (
        f"Read one of them in an earlier {kind} (`last {kind}`), or take a value that does not depend on it."
        if kind
        else "Take a value that does not depend on it."
    )
    return Diagnostic(
        "R001", f"{what}{where}: {path}", places[0][0],
        "Every circle of readings must lead to an earlier period"
        + (f" of the longest kind in it ({kind})" if kind else "") + ", or no value would ever be reached.",
        step, law=law, related=tuple(places[1:]),
    )  # fmt: skip


def kinds_do_not_nest(names: Sequence[str], kinds: Sequence[str], place: Span, law: str) -> Diagnostic:
    return Diagnostic(
        "R002", f"a circle of readings mixes kinds of period that do not nest: {', '.join(kinds)}", place,
        f"In the circle of {', '.join(names)} no kind has all others inside it, so “earlier” has no one meaning.",
        "Put the definitions of the circle on one kind of period.", law=law,
    )  # fmt: skip


def fixed_inside(reader: str, read: str, place: Span, law: str) -> Diagnostic:
    return Diagnostic(
        "R003", f"`{reader}` reads `{read}` at a fixed time, and `{read}` leads back to `{reader}`", place,
        "From the periods after that time on, such a circle would have no end.",
        "Put the base value into a rule of its own, which does not read the chain.", law=law,
    )  # fmt: skip


def not_earlier(reader: str, read: str, place: Span, law: str, kind: str | None) -> Diagnostic:
    return Diagnostic(
        "R004", f"`{reader}` reads `{read}` at a time that may be later, and `{read}` leads back to `{reader}`", place,
        f"Inside a circle of readings no reading may go to a later {kind or 'time'}, nor to a day or row that only data knows.",
        "Read a period that is certainly not later (`this`, `last`, `ago`), or break the circle.", law=law,
    )  # fmt: skip


def no_start(definition: ir.Definition, section: ir.Section, read: str) -> Diagnostic:
    return Diagnostic(
        "R005", f"a section without a first period reads back into its own past (through `{read}`)", section.span,
        "A chain of earlier periods must end at a first one; `initially` has none.",
        "Write the first value as a figure after `initially`, and the chain in a section with `from`.",
        law=_law(definition, section),
    )  # fmt: skip


# ---------------------------------------------------------------- conditions


def no_clause_applies(definition: ir.Definition, section: ir.Section, example: str, *, decided: bool) -> Diagnostic:
    given = f" for {example}" if example else ""
    if not decided:
        return Diagnostic(
            "C052", "perhaps no clause applies in some case", section.span,
            "The conditions are of a kind that the checker cannot compare.", "Add a clause `otherwise`.",
            law=_law(definition, section), severity="warning",
        )  # fmt: skip
    return Diagnostic(
        "C051", f"no clause applies{given}", section.span,
        "The conditions leave a case open, and there is no clause for all others: the result would be a gap.",
        "Add a clause `otherwise` (also `= none` or `= not applicable` with its reason), or widen a condition.",
        law=_law(definition, section),
    )  # fmt: skip


def clauses_overlap(
    definition: ir.Definition, first: tuple[Span, str], second: tuple[Span, str], example: str, *, decided: bool
) -> Diagnostic:
    """Each clause with its article."""
    if not decided:
        return Diagnostic(
            "C054", f"perhaps two clauses apply together ({first[1]} and {second[1]})", second[0],
            "The conditions are of a kind that the checker cannot compare.", "Make one of them an exception, or say `in this order`.",
            law=definition.name, related=(first,), severity="warning",
        )  # fmt: skip
    return Diagnostic(
        "C053", f"two clauses apply for {example}: {first[1]} and {second[1]}", second[0],
        "Plain clauses have no order, so two that give different values must exclude one another.",
        "Narrow one of the conditions, make one of them an exception, or say `in this order`.",
        law=definition.name, related=(first,),
    )  # fmt: skip


def exceptions_overlap(definition: ir.Definition, first: ir.Exception_, second: ir.Exception_, example: str) -> Diagnostic:
    return Diagnostic(
        "C055", f'two exceptions apply for {example}: "{first.article}" and "{second.article}"', second.span,
        "Nothing says which of the two is over the other, and they give different values.",
        f'Write `except "{second.article}" over "{first.article}"` or the other way round, or narrow one of the conditions.',
        law=definition.name, related=((first.span, f'except "{first.article}"'),),
    )  # fmt: skip


# ---------------------------------------------------------------- cost


def nested_relations(definition: ir.Definition, span: Span, depth: int) -> Diagnostic:
    return Diagnostic(
        "K051", f"{depth} aggregates over rows stand inside one another; {LIMITS.relation_nesting} is the limit", span,
        "The work grows with the product of all their rows.",
        "Make the inner aggregate a rule of its rows: it is then worked out once per row.",
        law=_law(definition),
    )  # fmt: skip


def wide_window(definition: ir.Definition, span: Span, periods: int) -> Diagnostic:
    return Diagnostic(
        "K052", f"this window has {periods:,} periods; {LIMITS.window_periods:,} is the limit", span,
        "The work grows with the number of periods.", "Use a longer kind of period, or fewer of them.", law=_law(definition),
    )  # fmt: skip


def too_many_steps(definition: ir.Definition, steps: int) -> Diagnostic:
    return Diagnostic(
        "K053", f"one value may take {steps:,} steps; {LIMITS.steps:,} is the limit", definition.span,
        "Windows inside windows multiply.", "Make the inner window a rule of its own: it is then worked out once per period.",
        law=_law(definition),
    )  # fmt: skip


def too_many_nodes(definition: ir.Definition, nodes: int) -> Diagnostic:
    return Diagnostic(
        "K054", f"the definition has {nodes:,} parts; {LIMITS.rule_nodes:,} for each section is the limit", definition.span,
        "Every pass and every reader goes through them all.", "Put figures into a table, or split the definition in steps.",
        law=_law(definition),
    )  # fmt: skip


def too_many_parts(definition: ir.Definition, nodes: int) -> Diagnostic:
    return Diagnostic(
        "K055", f"with this definition the scheme has {nodes:,} parts; {LIMITS.program_nodes:,} is the limit", definition.span,
        "Every check goes through them all.", "Put figures into tables, or make two schemes of it.", law=_law(definition),
    )  # fmt: skip
