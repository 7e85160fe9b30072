"""What each command of `cli` does: calls the engine and prints; returns the exit code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from capcode.dsl import find
from capcode.dsl.diagnostics import Diagnostic, as_json, render_all, visible
from capcode.dsl.frontend import Checked, canonical, title_of


def print_json(value: object) -> None:
    """A record on standard output."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def _plural(count: int, word: str) -> str:
    return f"{count:,} {word}" + ("" if count == 1 else "s")


def complain(diagnostics: list[Diagnostic], json_wanted: bool) -> None:
    """What is wrong, in words on standard error or as a record on standard output."""
    if json_wanted:
        print_json({"diagnostics": [as_json(d) for d in diagnostics]})
    else:
        click.echo(render_all(diagnostics), err=True)


def run_check(names: tuple[str, ...], roots: tuple[str, ...], json_wanted: bool) -> int:
    """Diagnostics of the named schemes, or of all; 1 where there are errors."""
    checked = [find.check_named(name, roots) for name in names or find.folders(roots)]
    found = [d for c in checked for d in c.diagnostics]
    errors = sum(d.is_error for d in found)
    if json_wanted:
        print_json({"schemes": [c.name for c in checked], "errors": errors, "diagnostics": [as_json(d) for d in found]})
        return 1 if errors else 0
    if found:
        click.echo(render_all(found), err=bool(errors))
        click.echo("")
    for one in checked:
        click.echo(_check_line(one))
    return 1 if errors else 0


def _check_line(checked: Checked) -> str:
    errors = sum(d.is_error for d in checked.diagnostics)
    warnings = len(checked.diagnostics) - errors
    parts = [_plural(errors, "error") if errors else "", _plural(warnings, "warning") if warnings else ""]
    state = ", ".join(p for p in parts if p) or "no problem"
    program = checked.program
    size = f" ({_plural(len(program.rules), 'rule')}, {_plural(len(program.instruments), 'instrument')})" if program else ""
    return f"{visible(checked.name)}: {state}{size}"


def run_format(names: tuple[str, ...], only_check: bool, roots: tuple[str, ...], json_wanted: bool) -> int:
    """Formats the rule files of schemes or paths; with `only_check` says which would change."""
    from capcode.dsl.files import write_atomically

    known = find.folders(roots)
    changed: list[str] = []
    problems: list[Diagnostic] = []
    for name in names:
        path = known.get(name, Path(name))
        files = sorted(path.rglob("*.rules")) if path.is_dir() else [path] if path.is_file() else []
        if not files:
            problems.append(find.no_scheme(name, known))
        for file in files:
            data = file.read_bytes()
            shown = f"{path.name}/{file.relative_to(path).as_posix()}" if path.is_dir() else file.name
            text, found = canonical(shown, data)
            problems.extend(found)
            if text is not None and text != data:
                changed.append(shown)
                if not only_check:
                    write_atomically(file, text)
    if json_wanted:
        print_json({"changed": changed, "diagnostics": [as_json(d) for d in problems]})
    else:
        if problems:
            click.echo(render_all(problems), err=True)
        for shown in changed:
            click.echo(f"{'would change' if only_check else 'formatted'} {visible(shown)}")
    return 1 if problems or (only_check and changed) else 0


def run_schemes(roots: tuple[str, ...], json_wanted: bool) -> int:
    """Names and titles of all schemes; the title is read from the rule files' own statement."""
    rows: list[dict[str, Any]] = []
    for name, folder in find.folders(roots).items():
        label = title_of(name, folder)
        rows.append({"scheme": name, "title": label.text if label else name, "labels": dict(label.others) if label else {}})
    if json_wanted:
        print_json(rows)
    else:
        for row in rows:
            others = "  ".join(visible(t) for t in row["labels"].values())
            click.echo(f"{visible(row['scheme']):14} {visible(row['title'])}  {others}".rstrip())
    return 0


def run_rules(scheme: str, roots: tuple[str, ...], json_wanted: bool, lang: str) -> int:
    """Everything that a scheme declares."""
    from capcode.interpreter.catalogue import catalogue, show_catalogue

    checked = find.check_named(scheme, roots)
    if checked.program is None:
        complain(list(checked.diagnostics), json_wanted)
        return 1
    found = catalogue(checked.program)
    if json_wanted:
        print_json(found)
    else:
        click.echo(show_catalogue(found, lang))
    return 0


def run_graph(scheme: str, rule: str | None, form: str, roots: tuple[str, ...], json_wanted: bool) -> int:
    """The rule graph as DOT or Mermaid."""
    from capcode.dsl.graph import to_dot, to_mermaid
    from capcode.interpreter import ask_errors

    checked = find.check_named(scheme, roots)
    program = checked.program
    if program is None:
        complain(list(checked.diagnostics), json_wanted)
        return 1
    known = [*program.rules, *program.measures, *program.duties, *program.accounts, *program.checks]
    if rule is not None and rule not in known:
        complain([ask_errors.no_rule(program.scheme, rule, known)], json_wanted)
        return 1
    text = (to_dot if form == "dot" else to_mermaid)(program, root=rule)
    if json_wanted:
        print_json({"scheme": program.scheme, "rule": rule, "format": form, "graph": text})
    else:
        click.echo(text)
    return 0


def run_eval(
    view: str, facts: tuple[str, ...], ask: str, period: str | None, roots: tuple[str, ...], json_wanted: bool, lang: str, *,
    explain: bool, changes: tuple[str, ...] = (), grafts: tuple[str, ...] = (), save: str | None = None,
) -> int:  # fmt: skip
    """Results on facts; with `explain` their derivations. 1 where a result is an error. `changes` and `grafts` are what-ifs."""
    from capcode.interpreter.api import Refused, Results, load

    try:
        if changes or grafts or save is not None:
            from capcode.interpreter.what_if import load_changed, write

            changed = load_changed(view, changes, grafts, period, roots, save)
            found = changed.law.evaluate(list(facts) if facts else None, ask, period)
            if save is not None:
                write(Path(save), changed.text)
        else:
            found = load(view, roots=roots).evaluate(list(facts) if facts else None, ask, period)
    except Refused as refusal:
        complain(list(refusal.diagnostics), json_wanted)
        return 1
    results = list(found) if isinstance(found, Results) else [found]
    if json_wanted:
        from capcode.interpreter.explain import derivation_json

        records = [r.as_json() | ({"derivation": derivation_json(r.derivation())} if explain else {}) for r in results]
        print_json(records)
    else:
        for i, result in enumerate(results):
            if explain and i:
                click.echo("")
            label = visible(result.label(lang)) if lang != "en" else ""
            if explain:
                click.echo(f"{label}\n{result.explain()}" if label else result.explain())
            else:
                click.echo(f"{label}: {result}" if label else str(result))
    return 1 if any(r.status == "error" for r in results) else 0


def run_test(names: tuple[str, ...], roots: tuple[str, ...], json_wanted: bool, verbose: bool, unused: bool) -> int:
    """Cases of rule files and of case tables; 1 where one fails. `unused` lists the clauses that no case used."""
    from capcode.interpreter.case_report import run_cases, show_cases

    reports = []
    failed = False
    for name in names or find.folders(roots):
        checked = find.check_named(name, roots)
        if checked.program is None:
            complain(list(checked.diagnostics), json_wanted)
            failed = True
            continue
        reports.append(run_cases(checked.program))
    if json_wanted:
        print_json([r.as_json() for r in reports])
    else:
        for report in reports:
            click.echo(show_cases(report, verbose, unused))
    return 1 if failed or any(not r.passed for r in reports) else 0


def run_claims(names: tuple[str, ...], roots: tuple[str, ...], json_wanted: bool, verbose: bool) -> int:
    """Published statements against the rules; 1 where one is not judged as written. Without a name: every scheme that has claims."""
    from capcode.interpreter.claim_tables import has_claims
    from capcode.interpreter.claims import run_claims as judge_all
    from capcode.interpreter.claims import show_claims

    reports = []
    failed = False
    for name in names or [n for n, folder in find.folders(roots).items() if has_claims(folder)]:
        checked = find.check_named(name, roots)
        if checked.program is None:
            complain(list(checked.diagnostics), json_wanted)
            failed = True
            continue
        reports.append(judge_all(checked.program))
    if json_wanted:
        print_json([r.as_json() for r in reports])
    else:
        for report in reports:
            click.echo(show_claims(report, verbose))
        if not reports and not failed:
            click.echo("No scheme has a file claims/claims.csv.")
    return 1 if failed or any(not r.passed for r in reports) else 0


def run_schema(scheme: str, roots: tuple[str, ...]) -> int:
    """The JSON Schema of facts files."""
    from capcode.interpreter.models import json_schema

    checked = find.check_named(scheme, roots)
    if checked.program is None:
        complain(list(checked.diagnostics), False)
        return 1
    print_json(json_schema(checked.program))
    return 0


def run_report(folder: str, roots: tuple[str, ...]) -> int:
    """The report of every published row, and the comparison; 1 where a row fails without a reason."""
    from capcode.interpreter.report import write_report

    return write_report(Path(folder), roots, click.echo)


def run_compare(question: Any, out: str | None, lang: str, json_wanted: bool) -> int:
    """The comparison as a file by its ending, as JSON, or as a table; 1 where it cannot be made."""
    import shutil

    from capcode.interpreter import compare_report
    from capcode.interpreter.api import Refused
    from capcode.interpreter.ask_compare import make_page
    from capcode.interpreter.compare_errors import bad_ending

    if out is not None and Path(out).suffix.lower() not in compare_report.ENDINGS:
        complain([bad_ending(out, compare_report.ENDINGS)], json_wanted)
        return 1
    try:
        page = make_page(question, lambda text: click.echo(f"… {visible(text)}", err=True) if out is not None else None)
    except Refused as refusal:
        complain(list(refusal.diagnostics), json_wanted)
        return 1
    if out is not None:
        problem = compare_report.write(page, Path(out), lang)
        if problem is not None:
            complain([problem], json_wanted)
            return 1
        click.echo(f"wrote {visible(out)}")
    elif json_wanted:
        click.echo(compare_report.as_json(page, lang), nl=False)
    else:
        click.echo(compare_report.terminal(page.comparison, lang, shutil.get_terminal_size((160, 40)).columns))
    return 0
