"""The commands `diff`, `history` and `readings` on the command line: what `cli` is for the others.

Invariant: no logic here; each command imports what it needs when it runs.
"""

from __future__ import annotations

import sys

import click

_ROOTS = click.option(
    "--root", "roots", multiple=True, metavar="FOLDER", help="Another folder of schemes; may be repeated. See also CAPCODE_ROOTS."
)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.command()
@click.argument("a")
@click.argument("b")
@click.option("--rule", "rules", multiple=True, metavar="NAME", help="Only this rule, measure, duty or table; may be repeated.")
@click.option("--cases", metavar="SCHEME|FILE", help="Other cases: those of a scheme, or the rows of a facts file.")
@click.option("--plant", "plants", multiple=True, metavar="NAME|FILE", help="A neutral plant, shipped or in a file; may be repeated.")
@click.option("--facts", "facts", multiple=True, metavar="FILE", help="A roster: who wins, who loses, totals. With --explain its facts.")
@click.option("--explain", metavar="RULE", help="Split a changed figure among the clauses that change it: RULE, or `RULE of ROW`.")
@click.option("--in", "period", metavar="PERIOD", help="The period or date of --explain.")
@click.option("--effort", type=click.IntRange(0, 100_000), default=100, show_default=True, help="Inputs tried for each changed rule.")
@click.option("--out", metavar="FILE", help="Write FILE: .html, .md, .json or .csv.")
@_ROOTS
@_JSON
def diff(
    a: str, b: str, rules: tuple[str, ...], cases: str | None, plants: tuple[str, ...], facts: tuple[str, ...], explain: str | None,
    period: str | None, effort: int, out: str | None, roots: tuple[str, ...], as_json: bool,
) -> None:  # fmt: skip
    """Compare two laws: their text, their figures by year, and who is treated otherwise.

    A and B are views (eu@2022-01-01, eu+com_2026_85), folders, or folders at a revision of git (HEAD~1:my/scheme).
    The verdict is `differs` with a witness, `no difference found` with what was tried, or `identical`.
    """
    from capcode.interpreter.diff_commands import run_diff

    sys.exit(run_diff(
        a, b, cases=cases, plants=plants, rules=rules, explain=explain, period=period, facts=facts, effort=effort, out=out,
        roots=roots, json_wanted=as_json,
    ))  # fmt: skip


@click.command()
@click.argument("scheme")
@click.argument("rule")
@_ROOTS
@_JSON
@click.option("--lang", type=click.Choice(["en", "ja"]), default="en", help="Language of labels.")
def history(scheme: str, rule: str, roots: tuple[str, ...], as_json: bool, lang: str) -> None:
    """Show a rule through all its versions: day, article, text, and its figures where law alone gives them."""
    from capcode.interpreter.diff_commands import run_history

    sys.exit(run_history(scheme, rule, roots, as_json, lang))


@click.command()
@click.argument("names", nargs=-1, metavar="[SCHEME ...]")
@_ROOTS
@_JSON
def readings(names: tuple[str, ...], roots: tuple[str, ...], as_json: bool) -> None:
    """Show where the named readings of one clause give different results on the shipped cases."""
    from capcode.interpreter.diff_commands import run_readings

    sys.exit(run_readings(names, roots, as_json))


COMMANDS = (diff, history, readings)
