"""A comparison of two laws for readers: as text for a terminal, and as HTML, Markdown, JSON and CSV by a file's ending.

HTML is one file that asks for nothing from outside. The same two laws give the same bytes.

Invariant: a file is written whole or not at all.
Invariant: no name or text of a rule file, case or facts file becomes markup, a formula or a control sequence.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from difflib import ndiff
from fractions import Fraction
from pathlib import Path
from typing import Any

from capcode.dsl.diagnostics import visible
from capcode.dsl.files import write_atomically
from capcode.interpreter import charts, diff_errors
from capcode.interpreter.api import Refused
from capcode.interpreter.attribution import Attribution
from capcode.interpreter.diff import Comparison, Entry
from capcode.interpreter.diff_behaviour import CaseChange, RowChange, Total
from capcode.interpreter.diff_meaning import Figure, Pair, ParameterChange
from capcode.interpreter.diff_search import DIFFERS, Searched
from capcode.interpreter.diff_text import MARKED, ClauseChange, Declared, Excerpt
from capcode.interpreter.page_templates import environment
from capcode.interpreter.show import exact_text

FORMS = (".html", ".md", ".json", ".csv")
MOST_PAIRS, MOST_CASES, MOST_ROWS, MOST_NAMES = 8, 25, 40, 12
"""What a terminal shows of a long list; files hold everything."""

RANKS = ("Other law", "New law", "Law that is gone", "Texts that govern in other views only", "Cited anew, or resting on something else")


def write_comparison(path: Path, found: Comparison, explained: Sequence[Attribution] = ()) -> None:
    """The file in the form of its ending; raises Refused where it cannot be."""
    write_whole(path, lambda form: render(form, found, explained))


def write_whole(path: Path, rendered: Callable[[str], str]) -> None:
    """What is rendered in one of FORMS, by the file's ending; raises Refused where it cannot be."""
    form = path.suffix.lower()
    if form not in FORMS:
        raise Refused([diff_errors.unknown_form(path.name)])
    text = rendered(form)
    try:
        write_atomically(path, text)
    except OSError as error:
        raise Refused([diff_errors.not_written(path.name, (error.strerror or "It cannot be opened").capitalize())]) from None


def render(form: str, found: Comparison, explained: Sequence[Attribution] = ()) -> str:
    """The comparison in one of FORMS."""
    if form == ".json":
        return json.dumps(as_json(found, explained), ensure_ascii=False, indent=2) + "\n"
    if form == ".csv":
        return as_csv(found)
    template = "diff.html.j2" if form == ".html" else "diff.md.j2"
    page = environment().get_template(template)
    pictures = [waterfall(one) for one in explained] if form == ".html" else []
    return str(page.render(c=found, explained=explained, pictures=pictures, groups=groups_of(found), days=days_of))


def waterfall(one: Attribution) -> charts.Image | None:
    """The steps from the old figure to the new one as a picture; None where they are no numbers, or nothing can draw."""
    if one.rest is None or one.old.exact is None or one.new.exact is None or not charts.can_draw():
        return None
    parts = [(step.name, step.delta) for step in one.steps if step.delta]
    parts += [("together", one.rest)] if one.rest else []
    return charts.image(charts.waterfall_chart(one.asked, "", Fraction(one.old.exact), parts, Fraction(one.new.exact)))


def groups_of(found: Comparison) -> list[tuple[str, list[Entry]]]:
    """The entries under their headings, without empty ones."""
    return [(title, entries) for rank, title in enumerate(RANKS) if (entries := [e for e in found.entries if e.rank == rank])]


def days_of(change: ClauseChange) -> str:
    """`from 2024-01-01`, `from … to …` (both days belong to it), `always`."""
    last = change.end - timedelta(days=1) if change.end is not None and change.end != date.min else None
    words = [f"from {change.start.isoformat()}" if change.start else "", f"until {last.isoformat()}" if last else ""]
    life = {"before": "before the row's life", "within": ""}.get(change.life, "")
    who = f"in {', '.join(change.members)}" if change.members else ""
    return " ".join(filter(None, (*words, life, who))) or "always"


# ---------------------------------------------------------------- a terminal


def show_comparison(found: Comparison) -> str:
    """The report as text; long lists are cut, and say so."""
    lines = [f"{found.a} -> {found.b}: {found.title}", f"verdict: {found.verdict}", *(f"  {r}" for r in found.reasons)]
    if found.instruments:
        lines += ["", "Changed by"]
        lines += [f"  {title}: {count} definition{'' if count == 1 else 's'}" for title, count in found.instruments[:MOST_NAMES]]
    for title, entries in groups_of(found):
        lines += ["", title]
        for entry in entries:
            lines += _entry_lines(entry)
    if found.followers:
        lines += ["", "Figures that follow, with a text that is the same"]
        for one in found.followers:
            lines += [f"  {one.name}", *_parameter_lines(one)]
    if found.readers:
        lines += ["", "Rules that read another table or fact"]
        for reader in found.readers:
            lines += [f"  {reader.name}", *_searched_lines(reader)]
    lines += _dependent_lines(found)
    lines += _case_lines(found)
    lines += _roster_lines(found.roster.totals, found.roster.rows, found.roster.left_out)
    return "\n".join(visible(line) for line in lines)


def _entry_lines(entry: Entry) -> list[str]:
    head = entry.place.name if entry.place.sort == "rule" else f"{entry.place.sort} {entry.place.name}"
    lines = [f"  {head}: {entry.label}" if entry.label else f"  {head}"]
    for one in entry.declared:
        lines.append(f"    declaration {one.what}")
        lines += _two_texts(one.old, one.new)
    seen: set[str] = set()
    for change in entry.changes[:MOST_ROWS]:
        key = f"({change.key}) " if change.key else ""
        lines.append(f"    {key}{change.what} {days_of(change)}")
        if change.what == MARKED:
            lines += [f"      {line}" for line in change.new.text.splitlines() if line not in change.old.text.splitlines()]
            continue
        lines += _two_texts(change.old.text, "") if change.old.text not in seen else ["      - (the text before, as above)"]
        lines += _two_texts("", change.new.text) if change.new.text not in seen else ["      + (the text after, as above)"]
        seen |= {t for t in (change.old.text, change.new.text) if len(t) > 30}
    if len(entry.changes) > MOST_ROWS:
        lines.append(f"    … and {len(entry.changes) - MOST_ROWS} more rows")
    if entry.parameter is not None:
        lines += _parameter_lines(entry.parameter)
    if entry.searched is not None and (entry.parameter is None or entry.searched.shown is not None):
        lines += _searched_lines(entry.searched)
    return lines


def _two_texts(old: str, new: str) -> list[str]:
    """Both texts; of two long ones the lines that differ."""
    if old.count("\n") > 2 and new.count("\n") > 2:
        return [f"      {line[0]} {line[2:]}" for line in ndiff(old.splitlines(), new.splitlines()) if line[0] in "+-"]
    return [f"      - {line}" for line in old.splitlines()] + [f"      + {line}" for line in new.splitlines()]


def _parameter_lines(one: ParameterChange) -> list[str]:
    lines = [f"    {_when(p)}{p.old.shown} -> {p.new.shown}" for p in one.pairs[:MOST_PAIRS]]
    return lines + ([f"    … and {len(one.pairs) - MOST_PAIRS} more periods"] if len(one.pairs) > MOST_PAIRS else [])


def _when(pair: Pair) -> str:
    return f"{pair.when}: " if pair.period else ""


def _searched_lines(one: Searched) -> list[str]:
    if one.shown is not None:
        more = len(one.shown.facts) - MOST_NAMES
        facts = (", ".join(one.shown.facts[:MOST_NAMES]) or "no facts") + (f" and {more} more facts" if more > 0 else "")
        delta = f" ({one.shown.delta})" if one.shown.delta else ""
        figures = f"{one.shown.old.shown} -> {one.shown.new.shown}{delta}"
        return [f"    smallest input found: {one.shown.asked}: {figures}", f"      with {facts}"]
    return [f"    {one.verdict}: {one.said}"] if one.verdict != DIFFERS and one.said else []


def _dependent_lines(found: Comparison) -> list[str]:
    dependents = found.meaning.dependents
    if not dependents:
        return []
    lines = ["", f"{len(dependents)} definitions rest on what changed"]
    for one in dependents[: 3 * MOST_NAMES]:
        through = ", ".join(one.through[:4]) + (f" and {len(one.through) - 4} more" if len(one.through) > 4 else "")
        lines.append(f"  {one.place.name} <- {through}")
    more = len(dependents) - 3 * MOST_NAMES
    return lines + ([f"  … and {more} more"] if more > 0 else [])


def _case_lines(found: Comparison) -> list[str]:
    cases, compared, untouched = found.behaviour.counted
    if not cases:
        return []
    changed = found.behaviour.cases
    of = f"{cases} cases; {untouched} expectations rest on nothing that changed"
    lines = ["", f"Cases: {len(changed)} of {compared} expectations come out otherwise ({of})"]
    for one in sorted(changed, key=lambda c: c.published)[:MOST_CASES]:
        delta = f" ({one.delta})" if one.delta else ""
        lines.append(f"  {one.case}: {one.question}: {one.old.shown} -> {one.new.shown}{delta}")
    return lines + ([f"  … and {len(changed) - MOST_CASES} more"] if len(changed) > MOST_CASES else [])


def _roster_lines(totals: Iterable[Total], rows: tuple[RowChange, ...], left_out: bool) -> list[str]:
    lines: list[str] = []
    for t in totals:
        of = f"{t.name} {t.period}" + (f", {t.group}" if t.group else "")
        lines.append(
            f"  {of}: {t.winners} more, {t.losers} less, {t.other} otherwise, {t.same} the same, {t.open} open"
            + (f"; sum {t.old} -> {t.new} ({t.delta})" if t.old else "")
        )
    for row in rows[:MOST_ROWS]:
        lines.append(f"    {row.name} of {row.row} {row.period}: {row.old.shown} -> {row.new.shown}")
    if len(rows) > MOST_ROWS:
        lines.append(f"    … and {len(rows) - MOST_ROWS} more rows")
    if left_out:
        lines.append("  The rest of the rows is left out: there are too many figures.")
    return ["", "Rows given", *lines] if lines else []


# ---------------------------------------------------------------- JSON


def as_json(found: Comparison, explained: Sequence[Attribution] = ()) -> dict[str, Any]:
    """Plain records; exact figures are text in base units."""
    record = {
        "a": found.a, "b": found.b, "scheme": found.scheme, "title": found.title, "verdict": found.verdict,
        "reasons": list(found.reasons), "instruments": [{"title": t, "definitions": n} for t, n in found.instruments],
        "entries": [_entry_json(e) for e in found.entries],
        "readers": [{"sort": s.sort, "name": s.name, "search": _searched_json(s)} for s in found.readers],
        "followers": [_parameter_json(p) for p in found.followers],
        "dependents": [
            {"sort": d.place.sort, "name": d.place.name, "through": list(d.through), "distance": d.distance}
            for d in found.meaning.dependents
        ],
        "cases": {
            "cases": found.behaviour.counted[0], "compared": found.behaviour.counted[1], "untouched": found.behaviour.counted[2],
            "changed": [_case_json(c) for c in found.behaviour.cases],
        },
        "roster": {
            "totals": [_total_json(t) for t in found.roster.totals],
            "rows": [
                {"name": r.name, "row": r.row, "period": r.period, "old": _figure_json(r.old), "new": _figure_json(r.new),
                 "delta": exact_text(r.delta) if r.delta is not None else None}
                for r in found.roster.rows
            ],
            "left_out": found.roster.left_out,
        },
    }  # fmt: skip
    if explained:
        record["explained"] = [one.as_json() for one in explained]
    return record


def _entry_json(entry: Entry) -> dict[str, Any]:
    return {
        "sort": entry.place.sort, "name": entry.place.name, "label": entry.label, "labels": entry.labels,
        "changes": [_change_json(c) for c in entry.changes], "declared": [_declared_json(d) for d in entry.declared],
        "figures": None if entry.parameter is None else _parameter_json(entry.parameter),
        "search": None if entry.searched is None else _searched_json(entry.searched),
    }  # fmt: skip


def _change_json(change: ClauseChange) -> dict[str, Any]:
    return {
        "what": change.what, "key": change.key or None, "from": change.start.isoformat() if change.start else None,
        "until": (change.end - timedelta(days=1)).isoformat() if change.end else None, "members": list(change.members),
        "old": _excerpt_json(change.old), "new": _excerpt_json(change.new),
    }  # fmt: skip


def _excerpt_json(one: Excerpt) -> dict[str, Any]:
    return {"state": one.state, "articles": [{"instrument": i, "article": a} for i, a in one.articles], "text": one.text}


def _declared_json(one: Declared) -> dict[str, Any]:
    return {"what": one.what, "old": one.old, "new": one.new, "touches_figures": one.touches_figures}


def _parameter_json(one: ParameterChange) -> dict[str, Any]:
    pairs = [
        {"period": p.period, "last": p.last or p.period, "onward": p.onward, "old": _figure_json(p.old), "new": _figure_json(p.new)}
        for p in one.pairs
    ]
    return {"name": one.name, "label": one.label, "unit": one.unit, "periods": pairs}


def _searched_json(one: Searched) -> dict[str, Any]:
    shown = one.shown
    return {
        "verdict": one.verdict, "said": one.said, "tried": one.tried,
        "witness": None if shown is None else {
            "asked": shown.asked, "facts": list(shown.facts), "old": _figure_json(shown.old), "new": _figure_json(shown.new),
            "delta": shown.delta, "facts_file": shown.yaml,
        },
    }  # fmt: skip


def _figure_json(one: Figure) -> dict[str, Any]:
    return {"kind": one.kind, "shown": one.shown, "exact": one.exact}


def _case_json(one: CaseChange) -> dict[str, Any]:
    return {
        "case": one.case, "where": one.where, "asked": one.asked, "name": one.name, "published": one.published,
        "old": _figure_json(one.old), "new": _figure_json(one.new), "delta": one.delta,
    }  # fmt: skip


def _total_json(one: Total) -> dict[str, Any]:
    return {
        "name": one.name, "period": one.period, "group": one.group, "winners": one.winners, "losers": one.losers, "other": one.other,
        "same": one.same, "open": one.open, "old": one.old, "new": one.new, "delta": one.delta,
    }  # fmt: skip


# ---------------------------------------------------------------- CSV

_HEADER = ("layer", "what", "name", "place", "old", "new", "delta", "old law", "new law")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_FORMULA = tuple("=+-@\t\r|%＝＋－＠")


def csv_cell(text: str) -> str:
    """A cell that a spreadsheet takes for what it is: numbers stay numbers, and no text becomes a formula."""
    if _NUMBER.fullmatch(text):
        return text
    clean = "\n".join(visible(line) for line in text.split("\n"))
    return "'" + clean if clean.lstrip().startswith(_FORMULA) else clean


def as_csv(found: Comparison) -> str:
    """One line for each change, figure by period, case and row."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(_HEADER)
    for line in _csv_lines(found):
        writer.writerow([csv_cell(cell) for cell in line])
    return out.getvalue()


def _csv_lines(found: Comparison) -> Iterable[tuple[str, ...]]:
    yield ("verdict", found.verdict, found.scheme, "", found.a, found.b, "", "", "")
    for entry in found.entries:
        for d in entry.declared:
            yield ("text", d.what, d.name, "declaration", d.old, d.new, "", "", "")
        for c in entry.changes:
            yield ("text", c.what, c.title, days_of(c), c.old.text, c.new.text, "", c.old.cited, c.new.cited)
        if entry.searched is not None and entry.searched.shown is not None:
            s = entry.searched.shown
            yield ("witness", "; ".join(s.facts), entry.place.name, s.asked, _plain(s.old), _plain(s.new), s.delta, "", "")
    for one in found.readers:
        if one.shown is not None:
            s = one.shown
            yield ("witness", "; ".join(s.facts), one.name, s.asked, _plain(s.old), _plain(s.new), s.delta, "", "")
    for p in [e.parameter for e in found.entries if e.parameter is not None] + list(found.followers):
        for pair in p.pairs:
            place = pair.when
            delta = exact_text(pair.delta) if pair.delta is not None else ""
            yield ("figures", p.unit, p.name, place, _plain(pair.old), _plain(pair.new), delta, "", "")
    for case in found.behaviour.cases:
        yield ("case", case.case, case.name, case.asked, _plain(case.old), _plain(case.new), case.delta, "", "")
    for t in found.roster.totals:
        yield ("total", t.group, t.name, t.period, t.old, t.new, t.delta, f"{t.winners} more", f"{t.losers} less")
    for row in found.roster.rows:
        delta = exact_text(row.delta) if row.delta is not None else ""
        yield ("row", row.row, row.name, row.period, _plain(row.old), _plain(row.new), delta, "", "")


def _plain(one: Figure) -> str:
    return one.exact if one.exact is not None else one.shown
