"""Charts as Vega-Lite specifications, drawn to static SVG by vl-convert: readable without scripts, the same bytes each time.

A specification holds its data as numbers for the eye (binary fractions are fine in a picture, nowhere else).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any

from capcode.dsl.diagnostics import visible
from capcode.interpreter import compare_words as words
from capcode.interpreter.answers import VALUE, Cell
from capcode.interpreter.compare import Comparison, Curve
from capcode.interpreter.compare_tables import curve_label, line_of, titles

Spec = dict[str, Any]
FONT = "sans-serif"  # the reader's own; the renderer only measures with it
# Colours that are told apart by most eyes, also in grey.
FEWEST_BARS = 3  # fewer laws are read from the table
COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000", "#8c564b", "#7f7f7f"]


def can_draw() -> bool:
    """Whether the renderer is installed."""
    try:
        import vl_convert  # noqa: F401
    except ImportError:
        return False
    return True


@lru_cache(maxsize=256)
def _drawn(text: str) -> str:
    import vl_convert

    return str(vl_convert.vegalite_to_svg(text))


def svg(spec: Spec) -> str:
    """The picture of a specification. Characters that cannot be seen are written as escapes: the renderer dies of some."""
    return _drawn(json.dumps(_visible(spec), ensure_ascii=False, sort_keys=True))


def _visible(node: Any) -> Any:
    if isinstance(node, str):
        return visible(node)
    if isinstance(node, dict):
        return {_visible(key): _visible(value) for key, value in node.items()}
    return [_visible(item) for item in node] if isinstance(node, list | tuple) else node


def image(spec: Spec) -> str:
    """The picture as the address of an image inside a page."""
    return "data:image/svg+xml;base64," + base64.b64encode(svg(spec).encode()).decode("ascii")


def _spec(
    title: str, values: Sequence[Mapping[str, Any]], mark: Any, encoding: Mapping[str, Any], *, width: int = 620, height: int = 300
) -> Spec:  # fmt: skip
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json", "background": "white", "width": width, "height": height,
        "title": {"text": title, "anchor": "start", "font": FONT, "fontSize": 14}, "data": {"values": list(values)},
        "mark": mark, "encoding": dict(encoding),
        "config": {"axis": {"labelFont": FONT, "titleFont": FONT}, "legend": {"labelFont": FONT, "titleFont": FONT, "labelLimit": 320},
                   "range": {"category": COLOURS}},
    }  # fmt: skip


def number(value: Fraction) -> float:
    return float(value)


def path_chart(curve: Curve, comparison: Comparison, language: str) -> Spec | None:
    """Lines in tonnes by year for each law. None where there is nothing to draw."""
    return _lines(
        curve, comparison, language, lambda cell: cell.number if cell.unit == "tCO2e" else None,
        lambda step: int(step), (words.text("year", language), words.text("tonnes", language)), years=True,
    )  # fmt: skip


def price_chart(curve: Curve, comparison: Comparison, language: str) -> Spec | None:
    """Prices for a tonne by year in the common currency, each holding for its year."""

    def price(cell: Cell) -> Fraction | None:
        own, each, _ = cell.unit.partition(" per ")
        return comparison.rates.convert(cell.number, own, comparison.currency) if cell.number is not None and each else None

    titles_ = (words.text("year", language), f"{comparison.currency} / t CO2e")
    return _lines(curve, comparison, language, price, lambda step: int(step), titles_, years=True, step=True)


def response_chart(curve: Curve, comparison: Comparison, language: str) -> Spec | None:
    """Free allocation against the change of output."""
    titles_ = (words.text("change", language) + " (%)", words.text("tonnes", language))
    return _lines(curve, comparison, language, lambda cell: cell.number, lambda step: int(step.split(" ")[0]), titles_)


def _lines(
    curve: Curve, comparison: Comparison, language: str, of: Callable[[Cell], Fraction | None], at: Callable[[str], int],
    axes: tuple[str, str], *, years: bool = False, step: bool = False,
) -> Spec | None:  # fmt: skip
    """A line for each law, broken where a value is missing; a law has the same colour in every chart of a comparison."""
    names = titles(comparison, language)
    points: list[dict[str, Any]] = []
    for column, cells in zip(comparison.columns, curve.cells, strict=True):
        run = 0
        for label, cell in zip(curve.steps, cells, strict=True):
            amount = of(cell)
            if amount is None:
                run += 1
            else:
                points.append({"at": at(label), "value": number(amount), "law": names[column.view], "run": run})
    if not any(point["value"] for point in points):
        return None
    shown = [name for name in dict.fromkeys(names.values()) if any(point["law"] == name for point in points)]
    colours = dict(zip(dict.fromkeys(names.values()), COLOURS * (1 + len(names) // len(COLOURS)), strict=False))
    axis = {"format": "d", "tickMinStep": 1} if years else {}
    mark = {"type": "line", "point": True, **({"interpolate": "step-after"} if step else {})}
    return _spec(
        curve_label(curve, comparison, language), points, mark,
        {
            "x": {"field": "at", "type": "quantitative", "title": axes[0], "axis": axis, "scale": {"zero": False}},
            "y": {"field": "value", "type": "quantitative", "title": axes[1]},
            "detail": {"field": "run", "type": "nominal"},
            "color": {"field": "law", "type": "nominal", "title": words.text("scheme", language),
                      "scale": {"domain": shown, "range": [colours[name] for name in shown]}},
        },
    )  # fmt: skip


def stack_chart(comparison: Comparison, plant: str, language: str) -> Spec | None:
    """How each law covers the plant's obligation: free units, credits, units to buy."""
    names = titles(comparison, language)
    lines = {key: line_of(comparison, key, plant) for key in ("obligation", "free_allocation", "position")}
    if any(line is None for line in lines.values()):
        return None
    points = []
    for index, column in enumerate(comparison.columns):
        owed, free, bought = (_number(line.cells[index]) for line in lines.values() if line is not None)
        if owed is None or bought is None:
            continue
        free = min(free or Fraction(0), owed)
        buys = max(bought, Fraction(0))
        for order, (part, amount) in enumerate((("free", free), ("credits", max(owed - free - buys, Fraction(0))), ("to_buy", buys))):
            points.append({"law": names[column.view], "part": words.text(part, language), "order": order, "value": number(amount)})
    if len({point["law"] for point in points}) < FEWEST_BARS:
        return None
    parts = [words.text(part, language) for part in ("free", "credits", "to_buy")]
    title = f"{words.plant(plant, language)}: {', '.join(parts)}"
    return _spec(
        title, points, "bar",
        {
            "y": {"field": "law", "type": "nominal", "title": None, "sort": list(names.values()), "axis": {"labelLimit": 260}},
            "x": {"field": "value", "type": "quantitative", "title": words.text("tonnes", language)},
            "color": {"field": "part", "type": "nominal", "title": None, "sort": parts},
            "order": {"field": "order", "type": "quantitative"},
        },
        height=40 * len({p["law"] for p in points}),
    )  # fmt: skip


def waterfall_chart(title: str, unit: str, before: Fraction, parts: Sequence[tuple[str, Fraction]], after: Fraction) -> Spec:
    """A figure before, what each change adds to it, and the figure after; the parts add up."""
    bars, level = [{"name": _BEFORE, "from": number(Fraction(0)), "to": number(before), "sort": "total"}], before
    for name, delta in parts:
        sort = "more" if delta >= 0 else "less"
        bars.append({"name": name, "from": number(level), "to": number(level + delta), "sort": sort})
        level += delta
    bars.append({"name": _AFTER, "from": number(Fraction(0)), "to": number(after), "sort": "total"})
    return _spec(
        title, bars, "bar",
        {
            "y": {"field": "name", "type": "nominal", "sort": None, "title": None, "axis": {"labelLimit": 420}},
            "x": {"field": "from", "type": "quantitative", "title": unit},
            "x2": {"field": "to"},
            "color": {"field": "sort", "type": "nominal", "legend": None,
                      "scale": {"domain": ["total", "more", "less"], "range": ["#7f7f7f", "#009e73", "#d55e00"]}},
        },
        height=28 * len(bars),
    )  # fmt: skip


_BEFORE, _AFTER = "before", "after"


def timeline_chart(events: Sequence[Any], states: Mapping[str, str], language: str) -> Spec | None:
    """When controls fire on a path of prices."""
    if not events:
        return None
    shown = []
    for e in events:
        control = f"{e.view}: {words.pick(e.label, language)}"
        shown.append({"control": control, "from": _month(e.first), "to": _month(e.last, 1), "state": states[e.state]})
    return _spec(
        words.text("prices", language), shown, {"type": "bar", "height": 12},
        {
            "y": {"field": "control", "type": "nominal", "title": None, "sort": None, "axis": {"labelLimit": 420}},
            "x": {"field": "from", "type": "temporal", "title": words.text("month", language), "axis": {"format": "%Y-%m"}},
            "x2": {"field": "to"},
            "color": {"field": "state", "type": "nominal", "title": words.text("state", language), "sort": list(states.values())},
        },
        height=26 * len({s["control"] for s in shown}),
    )  # fmt: skip


def _month(label: str, later: int = 0) -> str:
    year, month = int(label[:4]), int(label[5:7]) - 1 + later
    return f"{year + month // 12}-{month % 12 + 1:02d}-01"


def _number(cell: Cell) -> Fraction | None:
    if cell.state == VALUE:
        return cell.number
    return Fraction(0) if cell.state in ("none", "not_permitted", "not_applicable") else None
