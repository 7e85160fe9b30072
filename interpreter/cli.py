"""The command `capcode`: reads arguments, calls one function, prints. Exit codes: 0 fine, 1 the user's rules or facts
have errors or a case fails, 2 wrong usage.

Invariant: no logic here; each command imports what it needs when it runs, so that `--help` is quick.
"""

from __future__ import annotations

import gc
import os
import sys
import traceback
from collections.abc import Callable
from typing import Any

import click

ROOTS = click.option(
    "--root", "roots", multiple=True, metavar="FOLDER", help="Another folder of schemes; may be repeated. See also CAPCODE_ROOTS."
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
SET = click.option(
    "--set", "changes", multiple=True, metavar="SCHEME.RULE=VALUE[@FROM]",
    help="What if: another value of a rule, from a year or day on; a proposed text. May be repeated.",
)  # fmt: skip
GRAFT = click.option(
    "--graft", "grafts", multiple=True, metavar="'SCHEME.QUESTION from VIEW'",
    help="What if: another scheme's answer in the place of this one's. Behind it perhaps `reading NAME as SCHEME.NAME`, "
    "`keeping NAME`. May be repeated.",
)  # fmt: skip
SAVE = click.option("--save", metavar="FILE.rules", help="Keep the what-ifs as a rule file; a graft becomes a scheme of its own.")
LANG = click.option("--lang", type=click.Choice(["en", "ja"]), default="en", help="Language of labels.")


def main() -> None:
    """Entry point: turns our own mistakes into one line instead of a traceback."""
    gc.set_threshold(100_000, 50, 50)  # a command is short and makes many small records: looking for garbage less often saves a quarter
    try:
        cli(prog_name="capcode")
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except Exception as mistake:
        # Ours, never the user's: one line with what a report needs, and the traceback only where it was asked for.
        if os.environ.get("CAPCODE_DEBUG"):
            raise
        frame = traceback.extract_tb(mistake.__traceback__)[-1]
        where = f"{type(mistake).__name__} in {frame.name}:{frame.lineno}"
        click.echo(f"capcode: a mistake of the program, not of your files ({where}). Please report it with the command.", err=True)
        sys.exit(1)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="capcode", message="capcode %(version)s")
def cli() -> None:
    """Emissions trading law as code: check rules, evaluate them exactly, and see every figure with its article."""


def _end(code: int) -> None:
    sys.exit(code)


@cli.command()
@click.argument("names", nargs=-1, metavar="[SCHEME|PATH ...]")
@ROOTS
@JSON
def check(names: tuple[str, ...], roots: tuple[str, ...], as_json: bool) -> None:
    """Check rule files: names, units, periods, law. Without a name: every scheme."""
    from capcode.interpreter.commands import run_check

    _end(run_check(names, roots, as_json))


@cli.command()
@click.argument("names", nargs=-1, required=True, metavar="SCHEME|PATH ...")
@click.option("--check", "only_check", is_flag=True, help="Change nothing; exit with 1 if a file would change.")
@ROOTS
@JSON
def fmt(names: tuple[str, ...], only_check: bool, roots: tuple[str, ...], as_json: bool) -> None:
    """Lay rule files out in the one canonical way."""
    from capcode.interpreter.commands import run_format

    _end(run_format(names, only_check, roots, as_json))


@cli.command()
@ROOTS
@JSON
def schemes(roots: tuple[str, ...], as_json: bool) -> None:
    """List the schemes under the search roots."""
    from capcode.interpreter.commands import run_schemes

    _end(run_schemes(roots, as_json))


@cli.command()
@click.argument("scheme")
@ROOTS
@JSON
@LANG
def rules(scheme: str, roots: tuple[str, ...], as_json: bool, lang: str) -> None:
    """List a scheme's rules and facts with types, units, labels and citations."""
    from capcode.interpreter.commands import run_rules

    _end(run_rules(scheme, roots, as_json, lang))


@cli.command()
@click.argument("scheme")
@click.argument("rule", required=False)
@click.option("--format", "form", type=click.Choice(["dot", "mermaid"]), default="dot", help="Graphviz DOT or Mermaid.")
@ROOTS
@JSON
def graph(scheme: str, rule: str | None, form: str, roots: tuple[str, ...], as_json: bool) -> None:
    """Draw which rules read which: all of a scheme, or what one rule depends on."""
    from capcode.interpreter.commands import run_graph

    _end(run_graph(scheme, rule, form, roots, as_json))


def _case_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        click.argument("view", metavar="SCHEME[@DATE][+INSTRUMENT...]"),
        click.option("--facts", "facts", multiple=True, metavar="FILE", help="Facts as YAML, JSON or CSV; may be repeated."),
        click.option("--ask", required=True, metavar="RULE[,RULE]", help="What to evaluate: RULE, or `RULE of ROW`."),
        click.option("--in", "period", metavar="PERIOD", help="The period or date: 2023-24, 2024, 2024/03, 2024-03-01."),
        SET,
        GRAFT,
        SAVE,
        ROOTS,
        JSON,
        LANG,
    ):
        command = option(command)
    return command


@cli.command("eval")
@_case_options
def evaluate(
    view: str, facts: tuple[str, ...], ask: str, period: str | None, changes: tuple[str, ...], grafts: tuple[str, ...],
    save: str | None, roots: tuple[str, ...], as_json: bool, lang: str,
) -> None:  # fmt: skip
    """Evaluate rules on facts, exactly."""
    from capcode.interpreter.commands import run_eval

    _end(run_eval(view, facts, ask, period, roots, as_json, lang, explain=False, changes=changes, grafts=grafts, save=save))


@cli.command()
@_case_options
def explain(
    view: str, facts: tuple[str, ...], ask: str, period: str | None, changes: tuple[str, ...], grafts: tuple[str, ...],
    save: str | None, roots: tuple[str, ...], as_json: bool, lang: str,
) -> None:  # fmt: skip
    """Show how a figure came about: rules, clauses, inputs, articles; for a "no", which condition failed and by how much."""
    from capcode.interpreter.commands import run_eval

    _end(run_eval(view, facts, ask, period, roots, as_json, lang, explain=True, changes=changes, grafts=grafts, save=save))


@cli.command()
@click.argument("a")
@click.argument("b", required=False)
@click.option("--rule", "rules", multiple=True, metavar="NAME", help="Only this rule, measure, duty or table; may be repeated.")
@click.option("--cases", metavar="SCHEME|FILE", help="Other cases: those of a scheme, or the rows of a facts file.")
@click.option(
    "--plant", "plants", multiple=True, metavar="NAME|FILE|all",
    help="A neutral plant, shipped or in a file; may be repeated. all: the ten shipped.",
)  # fmt: skip
@click.option("--facts", "facts", multiple=True, metavar="FILE", help="A roster: who wins, who loses, totals. With --explain its facts.")
@click.option("--explain", metavar="RULE", help="Split a changed figure among the clauses that change it: RULE, or `RULE of ROW`.")
@click.option("--in", "period", metavar="PERIOD", help="The period or date of --explain.")
@click.option("--question", metavar="NAME", help="Hold two schemes against each other by one shared question, such as offset_limit.")
@click.option("--years", default="2013-2034", metavar="A-B", help="The years of --question.", show_default=True)
@click.option("--currency", default="EUR", metavar="CODE", help="The common currency of --question.", show_default=True)
@click.option("--effort", type=click.IntRange(0, 100_000), default=100, show_default=True, help="Inputs tried for each changed rule.")
@click.option("--out", metavar="FILE", help="Write FILE: .html, .md, .json or .csv.")
@SET
@GRAFT
@ROOTS
@JSON
def diff(a: str, b: str | None, **options: Any) -> None:
    """Compare two laws: their text, their figures by year, and who is treated otherwise.

    A and B are views (eu@2022-01-01, eu+com_2026_85), folders, or folders at a revision of git (HEAD~1:my/scheme); with
    --question they may be of two schemes.
    With --set or --graft, B is the second law with these what-ifs; without B, the first one.
    The verdict is `differs` with a witness, `no difference found` with what was tried, or `identical`.
    """
    if b is None and not options["changes"] and not options["grafts"]:
        raise click.UsageError("Missing argument 'B', or --set or --graft.")
    from capcode.interpreter.diff_commands import run_diff

    _end(run_diff(a, b, **options))


@cli.command()
@click.argument("scheme")
@click.argument("rule")
@ROOTS
@JSON
@LANG
def history(scheme: str, rule: str, roots: tuple[str, ...], as_json: bool, lang: str) -> None:
    """Show a rule through all its versions: day, article, text, and its figures where law alone gives them."""
    from capcode.interpreter.diff_commands import run_history

    _end(run_history(scheme, rule, roots, as_json, lang))


@cli.command()
@click.argument("names", nargs=-1, metavar="[SCHEME ...]")
@ROOTS
@JSON
def readings(names: tuple[str, ...], roots: tuple[str, ...], as_json: bool) -> None:
    """Show where the named readings of one clause give different results on the shipped cases."""
    from capcode.interpreter.diff_commands import run_readings

    _end(run_readings(names, roots, as_json))


@cli.command()
@click.argument("names", nargs=-1, metavar="[SCHEME ...]")
@ROOTS
@JSON
@click.option("--verbose", "-v", is_flag=True, help="Name every case, and the clauses that no case used.")
@click.option("--coverage", "unused", is_flag=True, help="Name the clauses that no case used.")
def test(names: tuple[str, ...], roots: tuple[str, ...], as_json: bool, verbose: bool, unused: bool) -> None:
    """Run the cases of schemes: worked examples and published figures."""
    from capcode.interpreter.commands import run_test

    _end(run_test(names, roots, as_json, verbose, unused))


@cli.command()
@click.argument("views", nargs=-1, metavar="[SCHEME[@DATE][+INSTRUMENT] ...]")
@click.option("--as-at", metavar="DATE", help="The law as at this day, where a view names none.")
@click.option("--plant", "plants", multiple=True, metavar="NAME|FILE", help="A plant to follow; may be repeated. Without it: all ten.")
@click.option("--year", metavar="YEAR", help="The year of the answers. Without it: that of the law's day, or the usual one.")
@click.option("--years", default="2013-2034", metavar="A-B", help="The years of the paths.", show_default=True)
@click.option("--prices", metavar="NAME|FILE", help="Monthly prices: which controls fire. Shipped: published, stress.")
@click.option("--currency", default="EUR", metavar="CODE", help="The common currency.", show_default=True)
@click.option("--rates", metavar="FILE", help="Another table of exchange rates.")
@click.option("--claims", is_flag=True, help="Add the published statements, held against the rules.")
@click.option("--out", metavar="FILE", help="Write .html, .md, .csv, .json or .xlsx.")
@SET
@GRAFT
@SAVE
@ROOTS
@JSON
@LANG
def compare(
    views: tuple[str, ...], as_at: str | None, plants: tuple[str, ...], year: str | None, years: str, prices: str | None, currency: str,
    rates: str | None, claims: bool, out: str | None, changes: tuple[str, ...], grafts: tuple[str, ...], save: str | None,
    roots: tuple[str, ...], as_json: bool, lang: str,
) -> None:  # fmt: skip
    """Put the same questions to several laws: 44 rows, plants, paths, price controls.

    With --set or --graft, each law that is changed stands beside itself unchanged: `japan_gx` and `japan_gx+what_if`.
    """
    from capcode.interpreter.side_by_side import begin

    if len(views) != 1:
        begin()
    from capcode.interpreter.ask_compare import Question
    from capcode.interpreter.commands import run_compare

    question = Question(views, as_at, plants, year, years, prices, currency, rates, claims, roots, changes, grafts, save)
    _end(run_compare(question, out, lang, as_json))


@cli.command()
@click.argument("names", nargs=-1, metavar="[SCHEME ...]")
@ROOTS
@JSON
@click.option("--verbose", "-v", is_flag=True, help="Show every claim.")
def claims(names: tuple[str, ...], roots: tuple[str, ...], as_json: bool, verbose: bool) -> None:
    """Hold published statements (claims/claims.csv) against the rules: agrees, differs, cannot be computed."""
    from capcode.interpreter.commands import run_claims

    _end(run_claims(names, roots, as_json, verbose))


@cli.command()
@click.argument("scheme")
@ROOTS
def schema(scheme: str, roots: tuple[str, ...]) -> None:
    """Print the JSON Schema of a scheme's facts files."""
    from capcode.interpreter.commands import run_schema

    _end(run_schema(scheme, roots))


@cli.command()
@click.option("--out", "folder", default="report", metavar="FOLDER", help="Where to write the pages.")
@ROOTS
def report(folder: str, roots: tuple[str, ...]) -> None:
    """Evaluate every published row and write ours beside the published figure, as HTML and Markdown."""
    from capcode.interpreter.side_by_side import begin

    begin()
    from capcode.interpreter.commands import run_report

    _end(run_report(folder, roots))


if __name__ == "__main__":
    main()
