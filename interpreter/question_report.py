"""One question held between two laws, for readers: as text for a terminal, and as HTML, Markdown, JSON and CSV.

Invariant: a file is written whole or not at all, and nothing from a rule file becomes markup, a formula or a control sequence.
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from capcode.dsl.diagnostics import visible
from capcode.interpreter import compare_words as words
from capcode.interpreter.diff_question import Answering, Governing, Pair, QuestionDiff
from capcode.interpreter.diff_report import csv_cell, write_whole
from capcode.interpreter.page_templates import environment
from capcode.interpreter.show import exact_text, show_number

MOST_LINES = 12  # of a derivation in a terminal


def write_question(path: Path, found: QuestionDiff) -> None:
    """The file in the form of its ending; raises Refused where it cannot be."""
    write_whole(path, lambda form: render(form, found))


def render(form: str, found: QuestionDiff) -> str:
    """The report in one of `diff_report.FORMS`."""
    if form == ".json":
        return json.dumps(as_json(found), ensure_ascii=False, indent=2) + "\n"
    if form == ".csv":
        return _csv(found)
    page = environment().get_template("question.html.j2" if form == ".html" else "question.md.j2")
    told = {"plant": lambda name: words.plant(name, "en"), "years": years_of, "days": days_of, "tonnes": show_number}
    return str(page.render(c=found, **told))


def show_question(found: QuestionDiff) -> str:
    """The report as text."""
    lines = [f"{found.a.name} -> {found.b.name}: {found.label}", f"verdict: {found.verdict}", *(f"  {r}" for r in found.reasons)]
    for one in (found.a, found.b):
        lines += ["", *_law_lines(one)]
    plant = None
    for pair in found.pairs:
        if pair.plant != plant:
            plant = pair.plant
            lines += ["", words.plant(plant, "en") if plant else "By year"]
        delta = f"  ({pair.delta})" if pair.delta else ""
        lines.append(f"  {years_of(pair)}: {_both(pair)}{delta}")
    if found.witness is not None:
        w = found.witness
        delta = f"  ({w.delta})" if w.delta else ""
        lines += ["", f"Smallest plant found: {words.plant(w.plant, 'en')} of {show_number(w.emissions)} t CO2e in {w.year}: "
                      f"{w.old} -> {w.new}{delta}"]  # fmt: skip
        for name, how in ((found.a.name, w.old_how), (found.b.name, w.new_how)):
            told = how.splitlines()
            lines += [f"  by {name}", *(f"    {line}" for line in told[:MOST_LINES])]
            lines += [f"    … and {len(told) - MOST_LINES} more lines: `--out FILE` has them"] if len(told) > MOST_LINES else []
    return "\n".join(visible(line) for line in lines)


def _both(pair: Pair) -> str:
    if pair.same:
        return f"both {pair.old}" if pair.old == pair.new else f"{pair.old} = {pair.new}"
    return f"{pair.old} -> {pair.new}"


def _law_lines(one: Answering) -> list[str]:
    lines = [f"{one.name}: {one.title}"]
    if not one.rule:
        return [*lines, "  no rule answers"]
    lines.append(f"  {one.rule}" + (f": {one.label}" if one.label else ""))
    for text in one.texts:
        lines += [f"    {days_of(text)}", *(f"      {line}" for line in text.excerpt.text.splitlines())]
    return lines


def years_of(pair: Pair) -> str:
    return str(pair.first) if pair.first == pair.last else f"{pair.first} to {pair.last}"


def days_of(text: Governing) -> str:
    """`from 2021-01-01 until 2025-12-31`; `always`."""
    first = f"from {text.start.isoformat()}" if text.start is not None and text.start != date.min else ""
    last = f"until {text.last.isoformat()}" if text.last is not None else ""
    return " ".join(filter(None, (first, last))) or "always"


def as_json(found: QuestionDiff) -> dict[str, Any]:
    """Everything, with exact numbers as text."""

    def law(one: Answering) -> dict[str, Any]:
        texts = [
            {"days": days_of(t), "articles": [", ".join(filter(None, pair)) for pair in t.excerpt.articles], "text": t.excerpt.text}
            for t in one.texts
        ]
        return {"view": one.name, "scheme": one.scheme, "title": one.title, "rule": one.rule, "label": one.label, "texts": texts}

    witness = None
    if found.witness is not None:
        witness = {**asdict(found.witness), "emissions": exact_text(found.witness.emissions)}
    return {
        "question": found.question, "label": found.label, "verdict": found.verdict, "reasons": list(found.reasons),
        "a": law(found.a), "b": law(found.b), "answers": [asdict(pair) for pair in found.pairs], "witness": witness,
        "rates": found.rates,
    }  # fmt: skip


def _csv(found: QuestionDiff) -> str:
    """A line for each run of years."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["question", "plant", "first", "last", "a", "b", "difference", "same", "a_state", "b_state"])
    for pair in found.pairs:
        same = "" if pair.same is None else "yes" if pair.same else "no"
        cells = (found.question, pair.plant, pair.first, pair.last, pair.old, pair.new, pair.delta, same, pair.old_state, pair.new_state)
        writer.writerow([csv_cell(str(cell)) for cell in cells])
    return out.getvalue()
