"""A comparison as a file: page, Markdown, CSV, JSON or workbook by the file's ending; and as a table for a terminal.

One page holds everything: styles, pictures and the little script that filters and sorts, allowed by its own hash; nothing
is asked from outside. Files are written whole or not at all.

Invariant: templates come from the package alone and escape everything; the same comparison gives the same bytes.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unicodedata import east_asian_width

from capcode.dsl.diagnostics import Diagnostic, visible
from capcode.dsl.files import write_atomically
from capcode.interpreter import charts
from capcode.interpreter import compare_errors as errors
from capcode.interpreter import compare_tables as tables
from capcode.interpreter import compare_words as words
from capcode.interpreter.compare import SHOWN_PATHS, Comparison, Curve
from capcode.interpreter.page_templates import environment
from capcode.interpreter.price_path import WORDS as PRICE_STATES
from capcode.interpreter.price_path import Event

ENDINGS = (".html", ".md", ".csv", ".json", ".xlsx")
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Page:
    """All that a report of a comparison shows. claims: (scheme's titles by language, judged claims); empty where not asked."""

    comparison: Comparison
    path_name: str = ""
    events: tuple[Event, ...] = ()
    claims: tuple[Any, ...] = ()


def write(page: Page, path: Path, language: str) -> Diagnostic | None:
    """Writes the report in the form of the file's ending; what is wrong, if it cannot be."""
    forms: dict[str, Callable[[], str | bytes]] = {
        ".html": lambda: html(page, language), ".md": lambda: markdown(page, language), ".csv": lambda: as_csv(page.comparison, language),
        ".json": lambda: as_json(page, language), ".xlsx": lambda: _workbook(page, language),
    }  # fmt: skip
    form = forms.get(path.suffix.lower())
    if form is None:
        return errors.bad_ending(path.name, ENDINGS)
    if not path.parent.is_dir() or path.is_dir():
        return errors.cannot_write(path.name)
    try:
        content = form()
    except ImportError:
        return errors.not_installed("a workbook", "excel")
    try:
        write_atomically(path, content)
    except OSError:
        return errors.cannot_write(path.name)
    return None


def _workbook(page: Page, language: str) -> bytes:
    from capcode.interpreter.compare_workbook import workbook

    return workbook(page, language)


# ---------------------------------------------------------------- page and Markdown


Pictures = Mapping[str, Sequence[charts.Image]]
"""Pictures by chapter."""


def html(page: Page, language: str, drawn: Pictures | None = None) -> str:
    """One page that works offline. drawn: its pictures, where their drawing was begun before."""
    env = environment()
    script = env.loader.get_source(env, "compare.js")[0]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
    return str(env.get_template("compare.html.j2").render(**_context(page, language, drawn), script=script, digest=digest))


def markdown(page: Page, language: str) -> str:
    return str(environment().get_template("compare.md.j2").render(**_context(page, language)))


def _context(page: Page, language: str, drawn: Pictures | None = None) -> dict[str, Any]:
    comparison = page.comparison
    shown = list(tables.lines(comparison, language))
    derivations: dict[str, int] = {}
    for line in shown:
        for cell in line.cells:
            if cell.derivation or cell.reasons:
                derivations.setdefault(_told(cell), len(derivations) + 1)
    published = [(words.pick(titles, language), judged) for titles, judged in page.claims]
    in_table = [(title, judged) for title, judged in published if any(_row_of(one.claim.place) for one in judged)]
    return {
        "page": page, "c": comparison, "language": language, "t": lambda key: words.text(key, language), "lines": shown,
        "pick": lambda labels: words.pick(labels, language),
        "states": [(word, words.STATES[word][language], told[language]) for word, told in words.STATES_EXPLAINED.items()],
        "plants": [(name, words.plant(name, language)) for name in comparison.plants],
        "derivations": [(number, text) for text, number in derivations.items()],
        "number_of": lambda cell: derivations.get(_told(cell), 0), "in_words": lambda text: words.in_words(text, language),
        "claims": published, "table_titles": [title for title, _ in in_table], "published_table": _published_table(in_table, language),
        "changes": tables.changes(comparison, language), "pictures": drawn if drawn is not None else pictures(page, language),
        "curves": [(tables.curve_label(c, comparison, language), c) for c in comparison.paths if _has_values(c)],
        "responses": [(tables.curve_label(c, comparison, language), c) for c in comparison.responses if _has_values(c)],
        "point": lambda cell: tables.point_text(cell, language), "price_state": lambda state: PRICE_STATES[state][language],
    }  # fmt: skip


def _published_table(claims: list[tuple[str, Any]], language: str) -> list[tuple[str, list[list[Any]]]]:
    """The table of the slides of 2024 again: for each of its rows the claims of each scheme."""
    return [
        (label[language], [[one for one in judged if _row_of(one.claim.place) == label["en"]] for _, judged in claims])
        for label, _ in words.PUBLISHED_TABLE
        if claims
    ]


def _row_of(place: str) -> str:
    """The row of the published table that a place names; empty for other places."""
    named = place.partition(words.PUBLISHED_PLACE)[2]
    return next((label["en"] for label, begins in words.PUBLISHED_TABLE if named and named.startswith(begins)), "")


def _told(cell: tables.Shown) -> str:
    """What a cell's window says: the derivation, or the reasons."""
    return cell.derivation or "\n".join(cell.reasons)


def _has_values(curve: Curve) -> bool:
    return any(cell.number is not None for cells in curve.cells for cell in cells)


def pictures(page: Page, language: str, draw: Callable[[charts.Spec], charts.Image] = charts.image) -> Pictures | None:
    """The pictures of a page; None where there is no renderer."""
    if not charts.can_draw():
        return None
    comparison, paths = page.comparison, {name: [c for c in page.comparison.paths if c.about == name] for name in SHOWN_PATHS}
    specs = {
        "plants": [charts.stack_chart(comparison, language)],
        "paths": [
            charts.path_chart(paths.pop("cap"), comparison, language),
            charts.price_chart([curve for curves in paths.values() for curve in curves], comparison, language),
            charts.path_chart([c for c in comparison.paths if c.plant], comparison, language),
        ],
        "responses": [charts.response_chart(comparison.responses, comparison, language)],
        "prices": [charts.timeline_chart(page.events, {state: told[language] for state, told in PRICE_STATES.items()}, language)],
    }
    return {
        chapter: [draw(spec) for spec in wanted if spec is not None]
        for chapter, wanted in specs.items()
    }  # fmt: skip


# ---------------------------------------------------------------- records


def as_csv(comparison: Comparison, language: str) -> str:
    """One line for each cell. Text that a spreadsheet would take for a formula gets an apostrophe before it."""
    out = io.StringIO()
    rows = tables.records(comparison, language)
    if rows:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(rows[0])
        for row in rows:
            writer.writerow([inert("; ".join(v) if isinstance(v, list) else str(v), plain=key == "value") for key, v in row.items()])
    return out.getvalue()


def inert(text: str, *, plain: bool = False) -> str:
    """Text that no spreadsheet takes for a formula; plain numbers may begin with a minus."""
    clean = visible(text)
    number = plain and clean.lstrip("-").replace(".", "", 1).replace("/", "", 1).isdigit()
    return clean if number or not clean.startswith(_DANGEROUS) else "'" + clean


def as_json(page: Page, language: str) -> str:
    comparison = page.comparison
    found = {
        "language": language, "currency": comparison.currency,
        "rates": {"day": comparison.rates.day.isoformat(), "source": comparison.rates.source},
        "laws": [
            {"view": c.view, "scheme": c.scheme, "title": words.pick(c.titles, language), "as_at": c.day.isoformat(), "year": c.year}
            for c in comparison.columns
        ],
        "cells": tables.records(comparison, language),
        "changes": [
            {"from": one.view, "to": two.view, "row": c.number, "label": c.label, "plant": c.plant_label,
             "before": c.before, "after": c.after, "difference": c.delta}
            for one, two, changes in tables.changes(comparison, language)
            for c in changes
        ],
        "paths": tables.curve_records(comparison.paths, comparison),
        "responses": tables.curve_records(comparison.responses, comparison),
        "controls": [
            {"view": e.view, "control": words.pick(e.label, language), "first": e.first, "last": e.last, "state": e.state,
             "who": words.pick(e.who, language), "price": e.price, "level": e.level, "distance": e.distance, "why": e.why}
            for e in page.events
        ],
        "claims": [claim.as_json() for _, judged in page.claims for claim in judged],
    }  # fmt: skip
    return json.dumps(found, ensure_ascii=False, indent=1) + "\n"


# ---------------------------------------------------------------- terminal


def terminal(comparison: Comparison, language: str, width: int) -> str:
    """The rows for a terminal: a heading for each, a line for each question, the laws side by side."""
    out: list[str] = []
    names = [column.view for column in comparison.columns]
    wide = max(14, min(34, (width - 44) // max(len(names), 1)))
    out.append(_fit("", 44) + " ".join(_fit(visible(name), wide) for name in names))
    number = 0
    for line in tables.lines(comparison, language):
        if line.number != number:
            number = line.number
            out.append(f"{number}. {visible(line.title)}")
        label = line.label + (f" ({line.plant_label})" if line.plant_label else "")
        cells = [cell.text + (f" ({cell.common})" if cell.common else "") for cell in line.cells]
        out.append("  " + _fit(visible(label), 41) + " " + " ".join(_fit(visible(text), wide) for text in cells))
    for one, two, changes in tables.changes(comparison, language):
        out += ["", f"{words.text('changes', language)}: {visible(one.view)} → {visible(two.view)}"]
        for c in changes:
            label = c.label + (f" ({c.plant_label})" if c.plant_label else "")
            step = f"  ({c.delta})" if c.delta else ""
            out.append(visible(f"  {c.number}. {label}: {c.before} → {c.after}{step}"))
        out += [] if changes else [f"  {words.text('no_change', language)}"]
    return "\n".join(part.rstrip() for part in out)


def _fit(text: str, width: int) -> str:
    """Text cut or filled to a width in columns of a terminal; wide characters take two."""
    sizes = [2 if east_asian_width(ch) in "WF" else 1 for ch in text]
    total = sum(sizes)
    if total <= width:
        return text + " " * (width - total)
    taken, kept = 0, 0
    while taken + sizes[kept] < width:
        taken, kept = taken + sizes[kept], kept + 1
    return text[:kept] + "…" + " " * (width - taken - 1)
