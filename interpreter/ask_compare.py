"""What a user asks of a comparison - laws, day, plants, years, prices, rates - as the page that shows it, or the mistakes."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from capcode.dsl import find
from capcode.dsl.diagnostics import Diagnostic, render_all
from capcode.dsl.frontend import Checked
from capcode.interpreter import compare_errors as errors
from capcode.interpreter import what_if
from capcode.interpreter.answers import Answers
from capcode.interpreter.api import Refused, load
from capcode.interpreter.compare import Part, Wanted, compared, part_of
from capcode.interpreter.compare_report import Page
from capcode.interpreter.compare_tables import LARGEST_DERIVATION
from capcode.interpreter.exchange import rates_for
from capcode.interpreter.fact_values import read_day, read_years
from capcode.interpreter.plants import find_plants, read_plant
from capcode.interpreter.price_path import events, read_prices
from capcode.interpreter.side_by_side import side_by_side
from capcode.interpreter.what_if import Change, Changed, Onto, read_changes, read_grafts

USUAL_DAY = date(2025, 7, 1)  # the year of the answers where nothing says another


@dataclass(frozen=True, slots=True)
class Question:
    """The arguments of the command. views: empty means the usual ones of `rules/default_views.csv`."""

    views: tuple[str, ...] = ()
    as_at: str | None = None
    plants: tuple[str, ...] = ()
    year: str | None = None
    years: str = "2013-2034"
    prices: str | None = None
    currency: str = "EUR"
    rates: str | None = None
    claims: bool = False
    roots: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()  # `--set`: each law that is changed is shown beside itself unchanged
    grafts: tuple[str, ...] = ()  # `--graft`: in the same column
    save: str | None = None


def usual_views() -> dict[str, date]:
    """The laws that are compared where none is named, with the day that chooses the year of their answers."""
    from capcode import rules

    path = Path(next(iter(rules.__path__))) / "default_views.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {line["view"]: date.fromisoformat(line["day"]) for line in csv.DictReader(file)}


def usual_days() -> dict[str, date]:
    """The usual day of each scheme."""
    return {asked.scheme: day for view, day in usual_views().items() if (asked := find.read_view(view)) is not None}


def _views(question: Question, changed_schemes: Sequence[str]) -> tuple[str, ...]:
    """The laws asked, else those that are changed, else the usual ones that are there, else every scheme."""
    if question.views:
        return question.views
    if changed_schemes:
        usual = {asked.scheme: view for view in reversed(usual_views()) if (asked := find.read_view(view)) is not None}
        return tuple(dict.fromkeys(usual.get(s, s) for s in changed_schemes))
    known = find.folders(question.roots)
    found = tuple(view for view in usual_views() if (asked := find.read_view(view)) is not None and asked.scheme in known)
    return found or tuple(known)


@dataclass(frozen=True, slots=True)
class Planned:
    """A question that can be asked: what of which law (a law that is changed follows itself unchanged)."""

    tasks: tuple[Task, ...]
    wanted: Wanted
    prices: str | None
    save: str | None


def make_page(question: Question, say: Callable[[str], None] = lambda _: None) -> Page:
    """The page; raises Refused with everything that is wrong. Laws are asked side by side, one process for each core."""
    planned, parts = plan(question), []
    for task, part in zip(planned.tasks, side_by_side(ask_one, planned.tasks), strict=True):
        say(task.view)
        parts.append(part)
    return page_of(planned, parts)


def plan(question: Question) -> Planned:
    """What is to be asked of which law; raises Refused with every mistake in the question."""
    problems: list[Diagnostic] = []
    as_at = read_day(question.as_at) if question.as_at is not None else None
    if question.as_at is not None and as_at is None:
        problems.append(errors.bad_as_at(question.as_at))
    years = read_years(question.years)
    if years is None:
        problems.append(errors.bad_years(question.years))
    year = read_years(question.year) if question.year is not None else None
    if question.year is not None and (year is None or year[0] != year[1]):
        problems.append(errors.bad_year(question.year))
    rates = rates_for(question.currency, Path(question.rates) if question.rates else None)
    if isinstance(rates, Diagnostic):
        problems.append(rates)
    plants, unknown = find_plants(question.plants)
    problems += unknown
    changes, grafts = read_changes(question.changes), read_grafts(question.grafts)
    hosts = [*(c.scheme for c in changes), *(g.scheme for g in grafts)]
    views = [_dated(text, as_at) for text in _views(question, hosts)]
    if problems or years is None or isinstance(rates, Diagnostic):
        raise Refused(problems)
    what_if.check_schemes(hosts, views)
    if question.save is not None:
        what_if.check_target(Path(question.save), changes, grafts)
    wanted = Wanted(tuple(plants), years, question.currency, rates)
    firsts = {(asked.scheme if (asked := find.read_view(view)) else view): view for view in reversed(views)}
    day, usual = date(year[0], 7, 1) if year is not None else None, usual_days()
    tasks = []
    for v in views:
        claims = question.claims and v in firsts.values()
        task = Task(v, day or _day_of(v, usual), question.roots, tuple(plants.items()), wanted, question.prices, claims)
        tasks += [task, *_supposed(task, changes, grafts)]
    return Planned(tuple(tasks), wanted, question.prices, question.save)


def page_of(planned: Planned, parts: Sequence[Part]) -> Page:
    """What the laws said, as the page, and the what-if saved where that was asked; raises Refused with what is wrong in them."""
    wrong = list({render_all([d]): d for part in parts for d in part.problems}.values())
    if wrong:
        raise Refused(wrong)
    if planned.save is not None:
        target = Path(planned.save)
        what_if.write(target, next(_changed(t, target.stem).text for t in planned.tasks if t.changes or t.grafts))
    claims = tuple((part.column.titles, part.claims) for part in parts if part.claims and part.column is not None)
    events = tuple(event for part in parts for event in part.events)
    pairs = tuple((n - 1, n) for n, task in enumerate(planned.tasks) if task.changes or task.grafts)
    return Page(compared(parts, planned.wanted, pairs), _path_name(planned.prices), events, claims)


@dataclass(frozen=True, slots=True)
class Task:
    """One law to be asked, perhaps in another process."""

    view: str
    day: date
    roots: tuple[str, ...]
    plants: tuple[tuple[str, Path], ...]
    wanted: Wanted
    prices: str | None
    claims: bool
    changes: tuple[Change, ...] = ()
    grafts: tuple[Onto, ...] = ()


def _supposed(task: Task, changes: Sequence[Change], grafts: Sequence[Onto]) -> list[Task]:
    """The same law with its what-ifs, if some are of its scheme."""
    asked = find.read_view(task.view)
    scheme = what_if.plain(asked.scheme) if asked is not None else ""
    own, onto = tuple(c for c in changes if c.scheme == scheme), tuple(g for g in grafts if g.scheme == scheme)
    return [replace(task, changes=own, grafts=onto, claims=False)] if own or onto else []


def _changed(task: Task, saved_as: str = "grafted") -> Changed:
    return what_if.with_what_ifs(task.view, task.changes, task.grafts, task.day, task.roots, saved_as)


def _day_of(view: str, usual: Mapping[str, date]) -> date:
    """The day that chooses the year of the answers where none is asked: the view's own, else the usual one of its scheme."""
    asked = find.read_view(view)
    return (asked.as_at if asked is not None else None) or usual.get(asked.scheme if asked else "", USUAL_DAY)


def ask_one(task: Task, checked: Checked | None = None) -> Part:
    """Everything that is asked of one law; mistakes come back as diagnostics. checked: its scheme, where that is at hand."""
    try:
        law = _changed(task).law if task.changes or task.grafts else load(task.view, roots=task.roots, checked=checked)
        plants = {name: read_plant(law, name, path) for name, path in task.plants}
    except Refused as refusal:
        return Part(None, problems=refusal.diagnostics)
    path = read_prices(task.prices, [law.program]) if task.prices is not None else None
    if isinstance(path, Diagnostic):
        return Part(None, problems=(path,))
    answers = Answers(law, task.day, LARGEST_DERIVATION)
    part = part_of(answers, plants, task.wanted)
    fired = tuple(events(answers, path)) if path is not None else ()
    if not task.claims:
        return replace(part, events=fired)
    from capcode.interpreter.claims import judge_claims

    return replace(part, events=fired, claims=tuple(judge_claims(law.program)))


def _dated(text: str, as_at: date | None) -> str:
    """A view without a day of its own gets the day that was asked."""
    asked = find.read_view(text)
    if asked is None or asked.as_at is not None or as_at is None:
        return text
    return f"{asked.scheme}@{as_at.isoformat()}" + "".join(f"+{name}" for name in sorted(asked.chosen))


def _path_name(prices: str | None) -> str:
    return "" if prices is None else Path(prices).stem
