"""Wording of name resolution (codes N)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from capcode.dsl.diagnostics import Diagnostic, nearest
from capcode.dsl.source import Span

PLACES_SHOWN = 3


def unknown_name(span: Span, name: str, known: Iterable[str], where: str) -> Diagnostic:
    near = nearest(name, known)
    step = f"Did you mean `{near}`?" if near else "Declare it as a fact, a field or a rule, or correct the spelling."
    return Diagnostic("N001", f"the name `{name}` is not declared", span, f"Looked in {where}.", step)


def ambiguous(span: Span, name: str, owners: list[str]) -> Diagnostic:
    return Diagnostic(
        "N002",
        f"`{name}` could be that of {' or '.join(f'`{o}`' for o in owners)}",
        span,
        "A reader cannot see which is meant.",
        f"Write {' or '.join(f'`{name} of {o}`' for o in owners)}.",
    )


def already_means(span: Span, name: str) -> Diagnostic:
    return Diagnostic(
        "N020",
        f"`{name}` already means something here",
        span,
        "An argument or a step may not repeat the name of a fact, a rule or another step: a reader could not see which is meant.",
        "Rename it.",
    )


def no_such_part(span: Span, part: str, name: str) -> Diagnostic:
    return Diagnostic(
        "N021",
        f"`{name}` has no `{part}`",
        span,
        "A duty has `shortfall` and `used`, an account `shortfall` and `lapsed`, a rule that shares a total `undistributed`.",
        "Correct the name after `of`.",
    )


def unknown_thing(span: Span, what: str, name: str, known: Iterable[str]) -> Diagnostic:
    """what: `instrument`, `unit`, `entity`, `period kind`, `table`, `authority`, `question`, `rule`, …"""
    near = nearest(name, known)
    step = f"Did you mean `{near}`?" if near else "Declare it, or correct the name."
    return Diagnostic("N003", f"there is no {what} `{name}`", span, "A name that is not declared is never taken as a new one.", step)


def also_here(first: Diagnostic, span: Span) -> Diagnostic:
    """The same missing name at one more place; three are shown."""
    if len(first.related) >= PLACES_SHOWN:
        return first
    return replace(first, related=(*first.related, (span, "here too")))


def no_row(span: Span, entity: str) -> Diagnostic:
    return Diagnostic(
        "N004",
        f"no `{entity}` is at hand here",
        span,
        "A rule of one row sees that row, the rows above it, and the row of an aggregate around the name.",
        f"Aggregate `over all …`, or say which: `… of the only {entity} where …`.",
    )


def not_a_holder(span: Span, name: str) -> Diagnostic:
    return Diagnostic(
        "N005",
        f"nothing can be read `of {name}`",
        span,
        "After `of` stands an entity at hand, a field that names a row or a table's key, or `the latest … by …`.",
        "Correct the name after `of`.",
    )


def not_of(span: Span, name: str, owner: str, known: Iterable[str]) -> Diagnostic:
    near = nearest(name, known)
    step = f"Did you mean `{near}`?" if near else f"Declare `{name}` with `{owner}`."
    return Diagnostic("N006", f"`{owner}` has no `{name}`", span, f"Looked in what is declared with `{owner}`.", step)


def needs_argument(span: Span, name: str) -> Diagnostic:
    return Diagnostic("N007", f"`{name}` is read at a value", span, "The rule has an argument.", f"Write `{name} at …`.")


def no_argument(span: Span, name: str) -> Diagnostic:
    return Diagnostic(
        "N008", f"`{name}` takes no argument", span, "`at` gives a rule's argument, or a date.", "Remove `at …`, or read it at a date."
    )


def not_in_domain(span: Span, plural: str, known: Iterable[str]) -> Diagnostic:
    near = nearest(plural, known)
    return Diagnostic(
        "N009",
        f"`{plural}` is not the plural of an entity or a kind of period",
        span,
        "Plurals are the name with s, or the word after `plural`.",
        f"Did you mean `{near}`?" if near else "Correct the word.",
    )


def not_below(span: Span, entity: str) -> Diagnostic:
    return Diagnostic(
        "N010",
        f"no row at hand has `{entity}` below it",
        span,
        "`its …` are the rows that belong to the rule's own row.",
        "Write `all …` for the whole population, or make the rule one of the row that they belong to.",
    )


def nothing_before(span: Span) -> Diagnostic:
    return Diagnostic(
        "N011",
        "`as before` has no meaning here",
        span,
        "It is the value by the older text, inside a rule's clause.",
        "Use it only in the clauses of a rule.",
    )


def only_names_move(span: Span) -> Diagnostic:
    return Diagnostic(
        "N012",
        "only a name can be read in another period",
        span,
        "`last year`, `2 years ago`, `in 2005`, `at …` and `as issued` follow the name that they move.",
        "Put the words behind each name, or make the expression a rule.",
    )


def check_is_read(span: Span, name: str) -> Diagnostic:
    return Diagnostic(
        "N013",
        f"the check `{name}` cannot be read",
        span,
        "A check says what must hold and changes no value.",
        "Make it a yes/no rule if other rules depend on it.",
    )


def unknown_article(span: Span, article: str, known: Iterable[str]) -> Diagnostic:
    near = nearest(article, known)
    return Diagnostic(
        "N014",
        f'no exception of this section cites "{article}"',
        span,
        "`over` names other exceptions by their article.",
        f'Did you mean "{near}"?' if near else "Correct the article.",
    )


def no_answer(span: Span, scheme: str, question: str) -> Diagnostic:
    return Diagnostic(
        "N016",
        f"`{scheme}` has no answer to `{question}`",
        span,
        "A graft puts one scheme's answer in the place of another's.",
        f"Graft a question that both schemes answer, or write a rule that `answers {question}`.",
    )


def unbound(span: Span, rule: str, donor: str, names: list[str], host: str) -> Diagnostic:
    listed = ", ".join(f"`{n}`" for n in names)
    return Diagnostic(
        "N017",
        f"the graft does not say what {listed} of `{donor}` shall be",
        span,
        f"The grafted rule `{rule}` reads it, and in the host it could be a rule of the host or the donor's own.",
        f"Write `reading {names[0]} as {host}.…`, or `keeping {names[0]}`.",
    )


def no_parent_made(span: Span, entity: str, parent: str, source: str) -> Diagnostic:
    return Diagnostic(
        "N018",
        f"no `{parent}` is made in which this `{entity}` could lie",
        span,
        f"Each `{entity}` lies in one `{parent}`, and the mapping makes none from the `{source}` or from what it lies in.",
        f"Add a line `makes {parent} for each …` to the mapping.",
    )


def not_accepted(span: Span, unit: str, accepted: list[str]) -> Diagnostic:
    near = nearest(unit, accepted)
    return Diagnostic(
        "N019",
        f"this duty does not accept `{unit}`",
        span,
        f"`limit` and `order` speak of units that the duty accepts: {', '.join(accepted) or 'it names none'}.",
        f"Did you mean `{near}`?" if near else f"Add `{unit}` to `accepts`, or remove it here.",
    )


def second_answer(span: Span, question: str, first: Span) -> Diagnostic:
    return Diagnostic(
        "N015",
        f"a second rule answers `{question}`",
        span,
        "One rule is the scheme's answer.",
        "Remove one of the two `answers`.",
        related=((first, "the first answer"),),
    )


def no_graft(span: Span, question: str, why: str) -> Diagnostic:
    return Diagnostic(
        "N022",
        f"this answer to `{question}` cannot be grafted: {why}",
        span,
        "A graft puts a rule of the donor in the place of a rule of the host, for the same subject and the same periods.",
        "Keep the name, read another rule of the host, graft another question, or write the rule into the host with `amend`.",
    )


def donor_has_errors(span: Span, donor: str, count: int) -> Diagnostic:
    return Diagnostic(
        "N023",
        f"the rules of `{donor}` have {count:,} error{'' if count == 1 else 's'}",
        span,
        "A graft takes law over as it stands, so it must be right where it comes from.",
        f"Run `capcode check {donor}` and correct them first.",
    )
