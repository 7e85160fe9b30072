"""What the commands `diff`, `history` and `readings` do: call the engine and print; return the exit code."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from capcode.dsl import find
from capcode.dsl.diagnostics import render_all, visible
from capcode.interpreter import ask_errors, diff_errors
from capcode.interpreter.api import Refused
from capcode.interpreter.commands import complain, print_json


def run_diff(
    a: str, b: str | None, *, cases: str | None, plants: tuple[str, ...], rules: tuple[str, ...], explain: str | None, period: str | None,
    facts: tuple[str, ...], effort: int, out: str | None, roots: tuple[str, ...], as_json: bool, question: str | None,
    years: str, currency: str, changes: tuple[str, ...], grafts: tuple[str, ...],
) -> int:  # fmt: skip
    """The comparison of two laws; 0 whatever the verdict, 1 where it cannot be made. b None: the first law with the what-ifs."""
    b = a if b is None else b
    if question is not None:
        others = {"--cases": cases, "--rule": rules, "--explain": explain, "--in": period, "--facts": facts}
        given = [name for name, value in others.items() if value]
        return _run_question(a, b, question, plants, years, currency, out, roots, as_json, given, changes, grafts)
    from capcode.interpreter.attribution import attribute, show_attribution
    from capcode.interpreter.diff import Wanted, cases_named, compare, facts_named
    from capcode.interpreter.diff_plants import with_plants
    from capcode.interpreter.diff_report import FORMS, show_comparison, write_comparison
    from capcode.interpreter.diff_report import as_json as comparison_json
    from capcode.interpreter.diff_sides import Sides

    try:
        if out is not None and Path(out).suffix.lower() not in FORMS:
            raise Refused([diff_errors.unknown_form(Path(out).name)])
        with Sides(a, b, roots, changes=changes, grafts=grafts, asked=period) as (one, two):
            if explain is not None and not as_json and out is None:
                found = attribute(one, two, list(facts) if facts else None, explain, period)
                click.echo("\n\n".join(show_attribution(x) for x in found))
                return 0
            wanted = cases_named(cases, two, roots) if cases is not None else Wanted()
            if facts and explain is None:
                wanted = replace(wanted, facts=facts_named(facts, two))
            wanted = replace(wanted, names=frozenset(_known(rules, one, two)), effort=effort)
            comparison = compare(one, two, wanted)
            if plants:
                comparison = with_plants(comparison, one, two, plants)
            explained = attribute(one, two, list(facts) if facts else None, explain, period) if explain is not None else []
            if out is not None:
                write_comparison(Path(out), comparison, explained)
                click.echo(f"{comparison.verdict}; wrote {visible(out)}")
            elif as_json:
                print_json(comparison_json(comparison, explained))
            else:
                click.echo(show_comparison(comparison))
    except Refused as refusal:
        complain(list(refusal.diagnostics), as_json)
        return 1
    return 0


def _run_question(
    a: str, b: str, question: str, plants: tuple[str, ...], years: str, currency: str, out: str | None, roots: tuple[str, ...],
    as_json: bool, others: list[str], changes: tuple[str, ...], grafts: tuple[str, ...],
) -> int:  # fmt: skip
    """One question held between two laws, perhaps of different schemes."""
    from capcode.interpreter import question_report
    from capcode.interpreter.diff_question import compare_answers, wanted
    from capcode.interpreter.diff_report import FORMS
    from capcode.interpreter.diff_sides import Sides

    try:
        if others:
            raise Refused([diff_errors.not_with_question(others)])
        if out is not None and Path(out).suffix.lower() not in FORMS:
            raise Refused([diff_errors.unknown_form(Path(out).name)])
        asked = wanted(question, plants, years, currency)
        with Sides(a, b, roots, one_law=False, changes=changes, grafts=grafts, asked=years.partition("-")[0]) as (one, two):
            found = compare_answers(one, two, asked)
        if out is not None:
            question_report.write_question(Path(out), found)
            click.echo(f"{found.verdict}; wrote {visible(out)}")
        elif as_json:
            print_json(question_report.as_json(found))
        else:
            click.echo(question_report.show_question(found))
    except Refused as refusal:
        complain(list(refusal.diagnostics), as_json)
        return 1
    return 0


def _known(rules: tuple[str, ...], *sides: object) -> tuple[str, ...]:
    """The names asked for, which must be names of one of the laws."""
    known = {p.name for s in sides for p in s.definitions} | {t for s in sides for t in s.program.tables}  # type: ignore[attr-defined]
    for name in rules:
        if name not in known:
            raise Refused([ask_errors.no_rule(sides[-1].program.scheme, name, sorted(known))])  # type: ignore[attr-defined]
    return rules


def run_history(scheme: str, rule: str, roots: tuple[str, ...], json_wanted: bool, lang: str) -> int:
    """A definition through all versions."""
    from capcode.interpreter import history

    try:
        found = history.history(scheme, rule, roots)
    except Refused as refusal:
        complain(list(refusal.diagnostics), json_wanted)
        return 1
    if json_wanted:
        print_json(history.as_json(found))
    else:
        click.echo(history.show_history(found, lang))
    return 0


def run_readings(names: tuple[str, ...], roots: tuple[str, ...], json_wanted: bool) -> int:
    """Where the named readings of a scheme come apart."""
    from capcode.interpreter import reading_report

    records = []
    failed = False
    for name in names or find.folders(roots):
        try:
            found = reading_report.reading_report(name, roots)
        except Refused as refusal:
            complain(list(refusal.diagnostics), json_wanted)
            failed = True
            continue
        if json_wanted:
            records.append(reading_report.as_json(found))
        elif found.clauses:
            click.echo(reading_report.show_readings(found))
        elif names:
            click.echo(render_all([diff_errors.no_readings(found.scheme)]), err=True)
    if json_wanted and not failed:
        print_json(records[0] if len(names) == 1 else records)
    return 1 if failed else 0
