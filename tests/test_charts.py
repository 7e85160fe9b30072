"""Charts: what is drawn, where lines break, and that no text can break the renderer."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from capcode.interpreter.answers import Cell, missing
from capcode.interpreter.charts import can_draw, image, response_chart, svg, waterfall_chart
from capcode.interpreter.compare import Column, Comparison, Curve
from capcode.interpreter.exchange import Rates, read_rates, shipped_rates
from capcode.interpreter.figures import TONNES


def cell(number: int) -> Cell:
    return Cell("value", Fraction(number), TONNES, f"{number} tCO2e", Fraction(number), "tCO2e")


def comparison(curve: Curve) -> Comparison:
    rates = read_rates(shipped_rates())
    assert isinstance(rates, Rates)
    column = Column("made_up", "made_up", {"en": "Made up", "ja": "架空"}, date(2024, 1, 1), "2024", "EUR")
    return Comparison((column,), (), (), (), (curve,), (2024, 2024), "EUR", rates, {"free": {"en": "Free", "ja": "無償"}})


def test_a_line_breaks_where_a_value_is_missing() -> None:
    """Two years, a year that is unknown, two years: two runs, never a line across what nobody knows."""
    cells = (cell(5), cell(6), missing("unknown", "x"), cell(7), cell(8))
    curve = Curve("free", "", ("-10 %", "-5 %", "+0 %", "+5 %", "+10 %"), (cells,))
    spec = response_chart([curve], comparison(curve), "en")

    assert spec is not None
    assert [(p["at"], p["run"]) for p in spec["data"]["values"]] == [(-10, 0), (-5, 0), (5, 1), (10, 1)]


def test_nothing_is_drawn_of_zeros() -> None:
    curve = Curve("free", "", ("-10 %", "+0 %"), ((cell(0), cell(0)),))

    assert response_chart([curve], comparison(curve), "en") is None


def test_the_steps_of_a_waterfall_lead_from_before_to_after() -> None:
    spec = waterfall_chart("price", "EUR", Fraction(10), [("a", Fraction(4)), ("b", Fraction(-1))], Fraction(13))

    assert [(b["from"], b["to"]) for b in spec["data"]["values"]] == [(0, 10), (10, 14), (14, 13), (0, 13)]


def test_pictures_are_the_same_each_time() -> None:
    spec = waterfall_chart("価格", "JPY", Fraction(10), [], Fraction(10))

    assert can_draw() and svg(spec) == svg(spec) and str(image(spec)).startswith("data:image/svg+xml;base64,")
    assert "価格" in svg(spec)


@settings(max_examples=12, deadline=None)
@given(st.text(max_size=12))
def test_no_text_breaks_the_renderer(text: str) -> None:
    """Control characters end the renderer's process; they are written as escapes before it sees them."""
    drawn = svg(waterfall_chart(text + "\x1b\x00<script>", text, Fraction(1), [(text, Fraction(1))], Fraction(2)))

    assert "<script" not in drawn and "\x1b" not in drawn
