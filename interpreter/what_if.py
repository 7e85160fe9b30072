"""What a user supposes of a law: `--set SCHEME.RULE=VALUE[@FROM]`, as a proposed text beside it, and
`--graft "SCHEME.QUESTION from VIEW"`, as another scheme's rule in the place of the answer.

Each is one more section of a rule, under a new instrument `what_if` that the view chooses. So it overrides what is enacted,
and every figure that rests on it says `proposed`.

Invariant: the rules that come out are those of the saved file, read and checked by the front end and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from capcode.dsl import find, ir
from capcode.dsl.diagnostics import Diagnostic
from capcode.dsl.frontend import Checked, graft_onto, read_graft
from capcode.dsl.grafting import Graft
from capcode.dsl.instruments import Forest, validate_view
from capcode.dsl.types import KeyType, NameType, SetType, show
from capcode.dsl.views import Governs
from capcode.dsl.what_if import FILE, Supposed, is_name, literal, what_if_scheme, what_if_text
from capcode.interpreter import ask_errors
from capcode.interpreter import compare_errors as errors
from capcode.interpreter.api import Law, Refused, load
from capcode.interpreter.fact_values import read_period
from capcode.interpreter.law import law_view

NAME = "what_if"
_CHANGE = re.compile(r"\s*(?P<scheme>[^.=@\s]+)\.(?P<rule>[A-Za-z_][A-Za-z0-9_]*)\s*=(?P<value>[^@]*)(?:@(?P<start>[^@]*))?")


@dataclass(frozen=True, slots=True)
class Change:
    """`japan_gx.credit_share=5%@2027` in its parts; start None where the user says none."""

    scheme: str
    rule: str
    value: str
    start: str | None = None


@dataclass(frozen=True, slots=True)
class Onto:
    """A graft onto a scheme. donor: the view of the donor, as the user wrote it."""

    scheme: str
    donor: str
    graft: Graft


@dataclass(frozen=True, slots=True)
class Changed:
    """A law with what-ifs, and those as a rule file. checked: its scheme with the file of `--set`, without grafts."""

    law: Law
    text: str
    checked: Checked = field(repr=False)


def read_changes(texts: Sequence[str]) -> list[Change]:
    """The changes that were asked; raises Refused with those that cannot be read."""
    found, problems = [], []
    for text in texts:
        match = _CHANGE.fullmatch(text) if len(text) <= 1000 else None
        if match is None or not match["value"].strip() or (match["start"] is not None and not match["start"].strip()):
            problems.append(errors.bad_change(text[:80]))
            continue
        start = match["start"].strip() if match["start"] is not None else None
        found.append(Change(match["scheme"], match["rule"], match["value"].strip(), start))
    if problems:
        raise Refused(problems)
    return found


def changed(
    view: str, changes: Sequence[Change], asked: str | date | None, roots: Sequence[str] = (), added: dict[str, str] | None = None
) -> Changed:
    """The law of a view with these changes of its scheme. `asked` is the period or day of the question, which is the first
    that a change without a day of its own governs. Raises Refused."""
    found = find.read_view(view)
    if found is None:
        raise Refused([ask_errors.bad_view(view)])
    base = find.check_named(found.scheme, tuple(roots), added)
    if base.program is None:
        raise Refused([d for d in base.diagnostics if d.is_error])
    program = base.program
    name = _free_name(program)
    supposed = _supposed(program, changes, _day(program, asked) or found.as_at)
    wrong: list[Diagnostic] = []
    for amended in _rivals(program, {s.rule for s in supposed}):
        text = what_if_text(name, amended, supposed, _remarks(program.scheme, name))
        result = find.check_named(found.scheme, tuple(roots), {**(added or {}), FILE: text})
        if result.program is None:
            wrong = wrong or _told(program, supposed, [d for d in result.diagnostics if d.is_error])
            continue
        chosen = ir.View(program.scheme, found.as_at, found.chosen | {name})
        unknown = [d for d in validate_view(result.program, chosen, ask_errors.ASKED) if d.is_error]
        if unknown:
            raise Refused(unknown)
        law = Law(result.program, chosen)
        unheard = [s for s in supposed if not _governs(law, name, s.rule)]
        if not unheard:
            return Changed(law, text, result)
        wrong = wrong or [errors.unheard(s.rule, str(chosen)) for s in unheard]
    raise Refused(wrong)


def load_changed(
    view: str, texts: Sequence[str], lines: Sequence[str], asked: str | None, roots: Sequence[str], save: str | None
) -> Changed:
    """The law of one view with the what-ifs that the user wrote; raises Refused. `save`: where they are to be written later."""
    changes, grafts = read_changes(texts), read_grafts(lines)
    check_schemes([*(c.scheme for c in changes), *(g.scheme for g in grafts)], [view])
    if save is not None:
        check_target(Path(save), changes, grafts)
    return with_what_ifs(view, changes, grafts, asked, roots, Path(save).stem if save is not None else "grafted")


def with_what_ifs(
    view: str, changes: Sequence[Change], grafts: Sequence[Onto], asked: str | date | None, roots: Sequence[str] = (),
    saved_as: str = "grafted",
) -> Changed:  # fmt: skip
    """The law of a view with changes and grafts of its scheme, from the beginning of the year that is asked. Raises Refused.
    saved_as: the name of the scheme that the file makes of a graft."""
    asked_view = find.read_view(view)
    if asked_view is None:
        raise Refused([ask_errors.bad_view(view)])
    if changes:
        done = changed(view, changes, asked, roots)
    else:
        checked = find.check_named(asked_view.scheme, tuple(roots))
        done = Changed(load(view, roots=roots, checked=checked), "", checked)
    program, chosen = done.law.program, done.law.view
    day = _day(program, asked) or chosen.as_at
    lines: list[str] = []
    mine = chosen.chosen - asked_view.chosen
    base = replace(done.law.view, as_at=day, chosen=chosen.chosen - mine)
    for onto in grafts:
        donor = load(onto.donor, roots=roots)
        before = set(program.instruments)
        found = graft_onto(program, donor.program, replace(onto.graft, start=day, view=donor.view))
        if isinstance(found, list):
            raise Refused([p for p in found if p.is_error])
        program = found[0]
        lines.append(found[1].line(program.scheme))
        chosen = replace(chosen, chosen=chosen.chosen | {n for n in program.instruments if n.startswith("graft_") and n not in before})
    law = Law(program, chosen) if grafts else done.law
    name = next(iter(mine), NAME)
    unheard = [c.rule for c in changes if grafts and not _governs(law, name, c.rule)]
    if unheard:
        raise Refused([errors.unheard(rule, str(chosen)) for rule in unheard])
    return Changed(law, what_if_scheme(saved_as, str(base), lines, done.text) if grafts else done.text, done.checked)


def read_grafts(texts: Sequence[str]) -> list[Onto]:
    """The grafts that were asked; raises Refused with those that cannot be read."""
    found, problems = [], []
    for text in texts:
        read = read_graft(text) if len(text) <= 4000 else None
        if read is None:
            problems.append(errors.bad_graft(text[:80]))
        else:
            found.append(Onto(*read))
    if problems:
        raise Refused(problems)
    return found


def plain(scheme: str) -> str:
    """The name of a scheme that a view names by its folder."""
    return Path(scheme).resolve().name if "/" in scheme or scheme in (".", "..") else scheme


def check_schemes(schemes: Sequence[str], views: Sequence[str]) -> None:
    """Raises Refused where a what-if is of no law that was asked."""
    known = sorted({plain(asked.scheme) for view in views if (asked := find.read_view(view)) is not None})
    wrong = [errors.change_of_other(s, known) for s in dict.fromkeys(schemes) if s not in known]
    if wrong:
        raise Refused(wrong)


def check_target(path: Path, changes: Sequence[Change], grafts: Sequence[Onto]) -> None:
    """Raises Refused where the what-if could not be written as one new rule file; a graft makes a scheme in a folder of its own."""
    if path.suffix != ".rules":
        raise Refused([errors.no_rule_file(path.name)])
    schemes = sorted({*(c.scheme for c in changes), *(g.scheme for g in grafts)})
    if grafts and (not is_name(path.stem) or (path.parent.is_dir() and any(path.parent.glob("*.rules")))):
        raise Refused([errors.no_scheme_file(path.name)])
    if len(schemes) != 1:
        raise Refused([errors.not_one_scheme(schemes)])
    if path.exists() or path.is_symlink():
        raise Refused([errors.is_there(path.name)])


def write(path: Path, text: str) -> None:
    """The rule file, wholly or not at all; raises Refused."""
    from capcode.dsl.files import write_atomically

    try:
        write_atomically(path, text)
    except OSError:
        raise Refused([errors.cannot_write(path.name)]) from None


# ---------------------------------------------------------------- what is written


def _supposed(program: ir.Program, changes: Sequence[Change], asked: date | None) -> list[Supposed]:
    done: list[Supposed] = []
    problems: list[Diagnostic] = []
    for change in changes:
        one = _one(program, change, asked)
        if isinstance(one, Diagnostic):
            problems.append(one)
        elif any((o.rule, o.span) == (one.rule, one.span) for o in done):
            problems.append(errors.set_twice(change.rule, one.span))
        else:
            done.append(one)
    if problems:
        raise Refused(problems)
    return done


def _one(program: ir.Program, change: Change, asked: date | None) -> Supposed | Diagnostic:
    rule = program.rules.get(change.rule)
    if rule is None or rule.effect_of is not None:
        return errors.no_rule_to_set(program.scheme, change.rule, _sort(program, change.rule), _settable(program))
    value = literal(change.value)
    wanted = show(rule.type)
    if value is None or (value[1] and not isinstance(rule.type.base, NameType | SetType | KeyType)):
        return errors.no_literal(change.rule, change.value, wanted)
    if rule.timing == ir.CONSTANT:
        return Supposed(rule.name, value[0], "") if change.start is None else errors.no_start(rule.name)
    if change.start is not None:
        day = _written(program, rule, change.start)
        if day is None:
            return errors.bad_start(rule.name, change.start, rule.kind)
    else:
        day = _first(program, rule, asked)
        if day is None:
            return errors.start_wanted(rule.name)
    return Supposed(rule.name, value[0], f"from {_shown(program, rule, day)}")


def _sort(program: ir.Program, name: str) -> str:
    """What a name is that is no rule; empty where it is nothing."""
    if name in program.rules:
        return "effect"
    sorts = {
        "measure": program.measures, "duty": program.duties, "account": program.accounts, "check": program.checks, "table": program.tables,
    }  # fmt: skip
    found = next((sort for sort, names in sorts.items() if name in names), "")
    return found or ("fact" if any(f.name == name for f in program.fields.values()) else "")


def _settable(program: ir.Program) -> list[str]:
    return [r.name for r in program.rules.values() if r.effect_of is None]


def _free_name(program: ir.Program) -> str:
    """`what_if`, or the next one where a file that was saved before is already there."""
    taken = {
        *program.instruments, *program.rules, *program.tables, *program.units, *program.entities, *program.fields, *program.measures,
        *program.duties, *program.accounts, *program.checks, *program.authorities, *program.calendar.canonical,
    }  # fmt: skip
    return next(n for n in (NAME, *(f"{NAME}_{i}" for i in range(2, len(taken) + 3))) if n not in taken)


def _rivals(program: ir.Program, names: set[str]) -> list[tuple[str, ...]]:
    """Proposals without a day that speak of the rules: nothing else is as strong, so the what-if amends them.

    What amends stands where the amended text stands; so several sets are tried: all, those that stand under nothing, none.
    """
    forest = Forest(program.instruments, sorted(program.instruments))
    cited = {c.instrument for n in names for s in program.rules[n].sections for c in s.citations}
    every = [n for n in sorted(cited) if program.instruments[n].status == "proposed" and program.instruments[n].day is None]
    free = [n for n in every if not forest.above(forest.family(n))]
    return list(dict.fromkeys((tuple(every), tuple(free), ())))


def _governs(law: Law, name: str, rule: str) -> bool:
    """Whether the what-if is heard on every day from its first one on; law that is adopted one by one is not looked at."""
    sections = law.program.rules[rule].sections
    start = min((s.start or date.min for s in sections if s.instrument == name), default=date.min)
    days = [start, *(d for d in law.view_of_law.boundaries(sections) if d > start)]
    choices = [law.view_of_law.govern(sections, None, day) for day in days]
    return all(isinstance(c, Governs) and c.citations[0].instrument == name for c in choices)


def _remarks(scheme: str, name: str) -> list[str]:
    return [
        f"What somebody supposes. Beside the rule files of {scheme}, or in a scheme that is made from it",
        f"(scheme my_{scheme} is {scheme}), it counts where a view chooses it: {scheme}+{name}.",
    ]


# ---------------------------------------------------------------- from when


def _day(program: ir.Program, asked: str | date | None) -> date | None:
    """The first day of the year in which a question is put; None where it has no place in time."""
    calendar = program.calendar
    if isinstance(asked, str):
        periods = (read_period(calendar, asked, kind) for kind in ("year", *sorted(set(calendar.kinds) - {"year"})))
        period = next((p for p in periods if p is not None), None)
        asked = calendar.start(period) if period is not None else None
    year = calendar.containing("year", asked) if asked is not None else None
    return calendar.start(year) if year is not None else None


def _first(program: ir.Program, rule: ir.Rule, asked: date | None) -> date | None:
    """The beginning of the year that is asked, or of the rule's own law where that is later."""
    law = law_view(program, ir.View(program.scheme, None, frozenset(program.instruments)))
    open_start = any(s.initially or s.always for s in rule.sections)
    starts = [s.start or law.standing.default_start(s.instrument, None) for s in rule.sections if not s.initially and not s.always]
    earliest = None if open_start or not starts else min(starts)
    days = [d for d in (asked, earliest) if d is not None and d != date.min]
    if not days:
        starts = [d for d in starts if d != date.min]
        return min(starts) if starts else None
    day = max(days)
    if rule.timing != ir.EACH or rule.dated_by is not None:
        return day
    period = program.calendar.containing(rule.kind or "", day)
    return (program.calendar.start(period) if period is not None else None) or earliest


def _written(program: ir.Program, rule: ir.Rule, text: str) -> date | None:
    """The first day of a period or the day that the user names."""
    period = read_period(program.calendar, text, rule.kind) if rule.kind is not None else None
    period = period or program.calendar.literal(text)
    return program.calendar.start(period) if period is not None else None


def _shown(program: ir.Program, rule: ir.Rule, day: date) -> str:
    """The day as a drafter writes it: the year where it begins one."""
    calendar = program.calendar
    for kind in ("year", "month"):
        period = calendar.containing(kind, day)
        label = calendar.label(period) if period is not None and calendar.start(period) == day else ""
        found = calendar.literal(label) if label else None
        if found is not None and calendar.start(found) == day:
            return label
    return day.isoformat()


def _told(program: ir.Program, supposed: Sequence[Supposed], found: list[Diagnostic]) -> list[Diagnostic]:
    """What the front end says of the file, in words about the change; what it says elsewhere stands as it is."""
    told = []
    for problem in found:
        line = problem.span.file.line_text(problem.span.line) if problem.span.file.name == FILE else ""
        one = next((s for s in supposed if f'"{s.rule} = {s.value}"' in line), None)
        if one is None:
            told.append(problem)
        else:
            told.append(errors.wrong_value(one.rule, one.value, one.span, show(program.rules[one.rule].type), problem))
    return told
