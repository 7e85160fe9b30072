"""Charts as Vega-Lite specifications, drawn to static SVG by vl-convert: readable without scripts, the same bytes each time.

A specification holds its data as numbers for the eye (binary fractions are fine in a picture, nowhere else).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache, partial
from typing import Any

from capcode.dsl.diagnostics import visible
from capcode.interpreter import compare_words as words
from capcode.interpreter.answers import VALUE, Cell
from capcode.interpreter.compare import Comparison, Curve
from capcode.interpreter.compare_tables import line_of, question_label, titles

Spec = dict[str, Any]
NOTHING: Spec = {"$schema": "https://vega.github.io/schema/vega-lite/v5.json", "data": {"values": []}, "mark": "point"}
FONT = "sans-serif"  # the reader's own; the renderer only measures with it
FEWEST_BARS = 2  # laws; one is read from the table
PANEL_COLUMNS, PANEL_WIDTH, PANEL_HEIGHT = 3, 300, 180
YEAR_TICKS, VALUE_TICKS = 5, 4  # about
STACKED = ("free", "credits", "to_buy")
# Colours that are told apart by most eyes, also in grey.
COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000", "#8c564b", "#7f7f7f"]


def can_draw() -> bool:
    """Whether the renderer is installed."""
    try:
        import vl_convert  # noqa: F401
    except ImportError:
        return False
    return True


@lru_cache(maxsize=256)
def draw(written: str) -> str:
    """The picture of a specification as `written` gives it."""
    import vl_convert

    return str(vl_convert.vegalite_to_svg(written))


def written(spec: Spec) -> str:
    """A specification as text. Characters that cannot be seen are written as escapes: the renderer dies of some."""
    return json.dumps(_visible(spec), ensure_ascii=False, sort_keys=True)


def svg(spec: Spec) -> str:
    """The picture of a specification."""
    return draw(written(spec))


def _visible(node: Any) -> Any:
    if isinstance(node, str):
        return visible(node)
    if isinstance(node, dict):
        return {_visible(key): _visible(value) for key, value in node.items()}
    return [_visible(item) for item in node] if isinstance(node, list | tuple) else node


@dataclass(frozen=True, slots=True)
class Image:
    """A picture that is drawn now or elsewhere; as text, its address inside a page, for which that text waits.

    told: what it shows, in words. several: whether it has more than one panel.
    """

    told: str
    several: bool
    drawn: Callable[[], str]

    def __str__(self) -> str:
        return "data:image/svg+xml;base64," + base64.b64encode(self.drawn().encode()).decode("ascii")


def image(spec: Spec, begin: Callable[[str], Callable[[], str]] = lambda text: partial(draw, text)) -> Image:
    """The image of a specification. begin: how the drawing of a written specification is begun, and waited for."""
    return Image(_told(spec), "facet" in spec, begin(written(spec)))


def _spec(
    title: str, values: Sequence[Mapping[str, Any]], mark: Any, encoding: Mapping[str, Any], *, width: int = 620, height: int = 300
) -> Spec:  # fmt: skip
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json", "background": "white", "width": width, "height": height,
        "title": {"text": title, "anchor": "start", "font": FONT, "fontSize": 14}, "data": {"values": list(values)},
        "mark": mark, "encoding": dict(encoding),
        # A limit has each label measured, and numbers need none; axes with names set their own.
        "config": {"axis": {"labelFont": FONT, "titleFont": FONT, "labelLimit": 0},
                   "legend": {"labelFont": FONT, "titleFont": FONT, "labelLimit": 320},
                   "range": {"category": COLOURS}},
    }  # fmt: skip


def _told(spec: Spec) -> str:
    """What a picture shows, for readers who do not see it: its title, and its panels."""
    panels = ", ".join(spec["facet"]["sort"]) if "facet" in spec else ""
    return f"{spec['title']['text']}: {panels}" if panels else str(spec["title"]["text"])


def number(value: Fraction) -> float:
    return float(value)


def path_chart(curves: Sequence[Curve], comparison: Comparison, language: str) -> Spec | None:
    """Lines in tonnes by year for each law, a panel for each curve. None where there is nothing to draw."""
    return _lines(
        curves, comparison, language, lambda cell: cell.number if cell.unit == "tCO2e" else None,
        lambda step: int(step), words.text("tonnes", language), {"format": "d", "tickCount": YEAR_TICKS},
    )  # fmt: skip


def price_chart(curves: Sequence[Curve], comparison: Comparison, language: str) -> Spec | None:
    """Prices for a tonne by year in the common currency, each holding for its year; a panel for each curve."""

    def price(cell: Cell) -> Fraction | None:
        own, each, _ = cell.unit.partition(" per ")
        return comparison.rates.convert(cell.number, own, comparison.currency) if cell.number is not None and each else None

    unit, axis = f"{comparison.currency} / t CO2e", {"format": "d", "tickCount": YEAR_TICKS}
    return _lines(curves, comparison, language, price, lambda step: int(step), unit, axis, step=True)


def response_chart(curves: Sequence[Curve], comparison: Comparison, language: str) -> Spec | None:
    """Free allocation against the change of output in percent, a panel for each curve."""
    unit = f"{words.text('tonnes', language)}; {words.text('change', language)}, %"
    return _lines(curves, comparison, language, lambda cell: cell.number, lambda step: int(step.split(" ")[0]), unit, {"format": "+d"})


def _lines(
    curves: Sequence[Curve], comparison: Comparison, language: str, of: Callable[[Cell], Fraction | None], at: Callable[[str], int],
    unit: str, axis: Mapping[str, Any], *, step: bool = False,
) -> Spec | None:  # fmt: skip
    """A line for each law, broken where a value is missing; a law has the same colour in every chart of a comparison.

    A curve that is zero throughout, or has no value, gets no panel.
    """
    names = titles(comparison, language)
    panels = {(curve.about, curve.plant): _points(curve, comparison, names, of, at) for curve in curves}
    panels = {panel: points for panel, points in panels.items() if any(point["value"] for point in points)}
    if not panels:
        return None
    drawn = {point["law"] for points in panels.values() for point in points}
    colours = dict(zip(dict.fromkeys(names.values()), COLOURS * (1 + len(names) // len(COLOURS)), strict=False))
    shown = [name for name in colours if name in drawn]
    mark = {"type": "line", "point": True, **({"interpolate": "step-after"} if step else {})}
    encoding = {
        "x": {"field": "at", "type": "quantitative", "title": None, "axis": dict(axis), "scale": {"zero": False}},
        "y": {"field": "value", "type": "quantitative", "title": None, "axis": {"tickCount": VALUE_TICKS}},
        "detail": {"field": "run", "type": "nominal"},
        "color": {"field": "law", "type": "nominal", "title": None, "legend": {"orient": "top", "columns": 3},
                  "scale": {"domain": shown, "range": [colours[name] for name in shown]}},
    }  # fmt: skip
    return _panels(panels, comparison, language, unit, mark, encoding)


def _points(
    curve: Curve, comparison: Comparison, names: Mapping[str, str], of: Callable[[Cell], Fraction | None], at: Callable[[str], int]
) -> list[dict[str, Any]]:  # fmt: skip
    points = []
    for column, cells in zip(comparison.columns, curve.cells, strict=True):
        run = 0
        for label, cell in zip(curve.steps, cells, strict=True):
            amount = of(cell)
            if amount is None:
                run += 1
            else:
                points.append({"at": at(label), "value": number(amount), "law": names[column.view], "run": run})
    return points


def stack_chart(comparison: Comparison, language: str) -> Spec | None:
    """How each law covers each plant's obligation: free units, credits, units to buy. Laws that do not say, and
    those under which nothing is owed, are left out."""
    panels = {("obligation", plant): _stack(comparison, plant, language) for plant in comparison.plants}
    panels = {panel: bars for panel, bars in panels.items() if len({bar["law"] for bar in bars}) >= FEWEST_BARS}
    parts = [words.text(part, language) for part in STACKED]
    if not panels:
        return None
    encoding = {
        "y": {"field": "law", "type": "nominal", "title": None, "sort": list(titles(comparison, language).values()),
              "axis": {"labelLimit": 200}},
        "x": {"field": "value", "type": "quantitative", "title": None, "axis": {"tickCount": VALUE_TICKS}},
        "color": {"field": "part", "type": "nominal", "title": None, "sort": parts, "legend": {"orient": "top", "columns": 3}},
        "order": {"field": "order", "type": "quantitative"},
    }  # fmt: skip
    return _panels(panels, comparison, language, words.text("tonnes", language), {"type": "bar"}, encoding, height={"step": 20})


def _stack(comparison: Comparison, plant: str, language: str) -> list[dict[str, Any]]:
    names = titles(comparison, language)
    lines = [line_of(comparison, key, plant) for key in ("obligation", "free_allocation", "position")]
    bars = []
    for index, column in enumerate(comparison.columns):
        owed, free, bought = (_number(line.cells[index]) if line is not None else None for line in lines)
        if not owed or bought is None:
            continue
        free = min(free or Fraction(0), owed)
        buys = max(bought, Fraction(0))
        for order, (part, amount) in enumerate(zip(STACKED, (free, max(owed - free - buys, Fraction(0)), buys), strict=True)):
            bars.append({"law": names[column.view], "part": words.text(part, language), "order": order, "value": number(amount)})
    return bars


def _panels(
    panels: Mapping[tuple[str, str], Sequence[Mapping[str, Any]]], comparison: Comparison, language: str, unit: str,
    mark: Mapping[str, Any], encoding: Mapping[str, Any], *, height: Any = PANEL_HEIGHT,
) -> Spec:  # fmt: skip
    """One picture for one panel; several side by side under one title and legend, each with a scale of its own.

    The panels of one picture are told apart by their plant, or where they have none by their question.
    """
    abouts = dict.fromkeys(about for about, _ in panels)
    title = f"{', '.join(question_label(about, comparison, language) for about in abouts)} ({unit})"
    if len(panels) == 1:
        [((_, plant), values)] = panels.items()
        return _spec(f"{words.plant(plant, language)}: {title}" if plant else title, values, mark, encoding)
    named = {panel: words.plant(panel[1], language) or question_label(panel[0], comparison, language) for panel in panels}
    values = [{"panel": named[panel], **point} for panel, points in panels.items() for point in points]
    whole = _spec(title, values, mark, encoding)
    inner = {key: whole.pop(key) for key in ("mark", "encoding")}
    del whole["width"], whole["height"]
    header = {"labelFont": FONT, "labelFontSize": 12, "labelFontWeight": "bold"}
    facet = {"field": "panel", "type": "nominal", "title": None, "sort": list(named.values()), "header": header}
    return {
        **whole, "columns": PANEL_COLUMNS, "facet": facet, "spec": {"width": PANEL_WIDTH, "height": height, **inner},
        "resolve": {"scale": {"x": "independent", "y": "independent"}, "axis": {"x": "independent"}},
    }  # fmt: skip


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
