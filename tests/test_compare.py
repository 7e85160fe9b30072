"""The comparison: rows, cells and figures by hand; every form of report; hostile names; mistakes that leave no file."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner
from openpyxl.cell.cell import Cell as Written

from capcode import rules
from capcode.dsl.diagnostics import Diagnostic
from capcode.interpreter import compare_report
from capcode.interpreter import compare_tables as tables
from capcode.interpreter import compare_words as words
from capcode.interpreter.answers import Answers, Cell, missing
from capcode.interpreter.api import Law, Refused, load
from capcode.interpreter.ask_compare import Question, make_page
from capcode.interpreter.cli import cli
from capcode.interpreter.compare import LABELS, Comparison, Curve
from capcode.interpreter.compare_report import Page, as_csv, as_json, html, inert, markdown, terminal
from capcode.interpreter.compare_workbook import workbook
from capcode.interpreter.comparison_rows import ROWS
from capcode.interpreter.exchange import Rates, read_rates, shipped_rates
from capcode.interpreter.figures import TONNES
from capcode.interpreter.page_templates import environment
from capcode.interpreter.plants import find_plants, shipped_plants
from capcode.interpreter.price_path import Event, PricePath, events, read_prices

TESTS = Path(__file__).parent
ROOTS = (str(TESTS),)
VIEWS = ("tenth_scheme", "tenth_scheme+draft_2027")
PLANTS = ("cement", "gas_power")
FREE_90 = ("tenth_scheme.free_part=90%@2026",)


@pytest.fixture(scope="module")
def page() -> Page:
    return make_page(Question(VIEWS, plants=PLANTS, years="2024-2030", year="2026", currency="JPY", roots=ROOTS))


@pytest.fixture(scope="module")
def law() -> Law:
    return load("tenth_scheme", roots=ROOTS)


def cell(comparison: Comparison, key: str, plant: str = "", column: int = 0) -> Cell:
    line = tables.line_of(comparison, key, plant)
    assert line is not None, key
    return line.cells[column]


# ---------------------------------------------------------------- the contract


def test_the_rows_are_the_44_and_ask_every_question_once(law: Law) -> None:
    asked = [name for row in ROWS for name in row.asks]

    assert [row.number for row in ROWS] == list(range(1, 45))
    assert len(asked) == len(set(asked))
    assert set(asked) == set(law.program.questions)
    assert all(row.title["en"] and row.title["ja"] for row in ROWS)
    assert all(label["en"] and label["ja"] for label in LABELS.values())
    assert all(q.label and q.labels["ja"] for q in law.program.questions.values())


def test_every_word_of_the_questions_has_both_languages(law: Law) -> None:
    names = {n for q in law.program.questions.values() for n in getattr(q.type.base, "names", ())}

    for name in names:
        assert name in words._words(), name
        assert all(words._words()[name][language] for language in words.LANGUAGES), name


def test_every_state_and_text_has_both_languages() -> None:
    for table in (words.STATES, words.STATES_EXPLAINED, words.TEXTS, words.PLANTS):
        assert all(set(told) == set(words.LANGUAGES) and all(told.values()) for told in table.values())
    assert set(words.PLANTS) == set(shipped_plants())


@pytest.mark.parametrize("name", sorted(shipped_plants()))
def test_a_reference_plant_says_that_it_is_illustrative(name: str) -> None:
    text = shipped_plants()[name].read_text(encoding="utf-8")

    assert "ILLUSTRATIVE" in text.partition("\n")[0]


# ---------------------------------------------------------------- cells


def test_cells_by_hand(page: Page) -> None:
    """2026: 96 % of benchmark 0.7 × 1,200,000; obligation 84,000 × 12; the first year's cut is in no rule."""
    comparison = page.comparison
    free, owed = cell(comparison, "free_allocation", "cement"), cell(comparison, "obligation", "cement")

    assert free.number is not None and owed.number == Fraction(1_008_000)
    assert free.articles and "Art 6" in free.articles[0]
    assert "plant_emissions of works in 2026/04 to 2027/03, each" in owed.derivation
    assert cell(comparison, "price_ceiling").state == "none"
    assert cell(comparison, "mrv_cost").state == "not_encoded"
    assert cell(comparison, "gases").value == frozenset(("CO2",))


def test_position_is_obligation_less_free_less_credits(page: Page) -> None:
    """Credits at hand are 50,400; the law's limit may be lower."""
    comparison = page.comparison
    owed, free, limit, buys = (
        cell(comparison, key, "cement").number for key in ("obligation", "free_allocation", "offset_limit", "position")
    )
    assert owed is not None and free is not None and limit is not None

    assert buys == owed - free - min(Fraction(50_400), limit, max(owed - free, Fraction(0)))


def test_credits_that_nobody_told_are_not_zero(tmp_path: Path) -> None:
    """What is to be bought is not known where credits could be used and the plant's file does not say how many there are."""
    mine = tmp_path / "mine.yaml"
    lines = shipped_plants()["cement"].read_text(encoding="utf-8").splitlines(keepends=True)
    mine.write_text("".join(line for line in lines if "credits_offered" not in line), encoding="utf-8")
    found = make_page(Question(("tenth_scheme",), plants=(str(mine),), years="2026", year="2026", roots=ROOTS))
    buys = cell(found.comparison, "position", "mine")

    assert (buys.state, buys.number, buys.reasons) == ("needs", None, ("needs credits_offered of mine",))


def test_share_of_emissions(page: Page) -> None:
    free, share = cell(page.comparison, "free_allocation", "cement").number, cell(page.comparison, "share_of_emissions", "cement").number
    assert free is not None

    assert share == free / 1_008_000


def test_the_smallest_covered_emitter_is_at_the_threshold(page: Page, law: Law) -> None:
    """One tonne less is not covered: asked of the rule itself."""
    smallest = cell(page.comparison, "smallest", "cement").number
    threshold = cell(page.comparison, "coverage_threshold").number
    assert smallest is not None and threshold is not None

    assert smallest in (threshold, threshold + 1)


def test_a_proposal_changes_its_own_years_only(page: Page) -> None:
    """The draft gives 70 % from 2028, the law 88 %."""
    curve = next(c for c in page.comparison.paths if c.about == "free_allocation" and c.plant == "cement")
    enacted, draft = curve.cells
    at = {year: position for position, year in enumerate(curve.steps)}

    assert enacted[at["2027"]].number == draft[at["2027"]].number
    first, second = enacted[at["2028"]].number, draft[at["2028"]].number
    assert first is not None and second is not None
    assert abs(second / first - Fraction(70, 88)) < Fraction(1, 100_000)


def test_one_tonne_more_of_output(page: Page, law: Law) -> None:
    """The benchmark times the free share, for each unit."""
    more, benchmark = cell(page.comparison, "marginal", "cement").number, Fraction(7, 10)
    free = cell(page.comparison, "free_share").number
    assert more is not None and free is not None

    assert abs(more - free * benchmark) < Fraction(1, 1000) or more > 0


@pytest.fixture(scope="module")
def supposed() -> Page:
    """90 % free from 2026 on, in the place of 96 and 92 %: the benchmark amount is 900,000 in each year."""
    return make_page(Question(("tenth_scheme",), plants=("cement",), years="2025-2027", year="2026", roots=ROOTS, changes=FREE_90))


def test_what_a_what_if_changes(supposed: Page) -> None:
    """Free 810,000 of 864,000; of the obligation of 1,008,000 credits cover 50,400; three years 882,000 + 2 × 810,000."""
    [(one, two, found)] = tables.changes(supposed.comparison, "en")
    told = {(x.number, x.label): (x.before, x.after, x.delta) for x in found if x.plant_label}

    assert (one.view, two.view) == ("tenth_scheme", "tenth_scheme+what_if")
    assert told[15, "Free allocation"] == ("864,000 AOBA", "810,000 AOBA", "−54,000 tCO2e")
    assert told[15, "Free allocation as a share of emissions"][2] == "−5.36 percentage points"
    assert told[32, "Units to buy (below zero: to sell)"] == ("93,600 tCO2e", "147,600 tCO2e", "+54,000 tCO2e")
    assert told[16, "Free allocation, 2025–2027"] == ("2,574,000 tCO2e", "2,502,000 tCO2e", "−72,000 tCO2e")
    assert sorted({x.number for x in found}) == [12, 15, 16, 19, 31, 32]


def test_a_year_that_a_what_if_makes_unknown_is_told(supposed: Page) -> None:
    """Two years are known under both, 5 and 7 t less; the third is known before alone."""
    one, two = supposed.comparison.columns

    def tonnes(n: int) -> Cell:
        return Cell("value", Fraction(n), TONNES, f"{n} tCO2e", Fraction(n), "tCO2e")

    before, after = (tonnes(10), tonnes(20), tonnes(30)), (tonnes(5), tonnes(13), missing("unknown", "x"))
    curve = Curve("free_allocation", "cement", ("2025", "2026", "2027"), (before, after))
    comparison = replace(supposed.comparison, sections=(), paths=(curve,))
    [(_, _, found)] = tables.changes(comparison, "en")

    assert (one.view, two.view) == ("tenth_scheme", "tenth_scheme+what_if")
    assert [(x.label, x.plant_label, x.before, x.after, x.delta) for x in found] == [
        ("Free allocation, 2025–2026", "cement works", "30 tCO2e", "18 tCO2e", "−12 tCO2e"),
        ("Free allocation, 2027", "cement works", "30", "unknown", ""),
    ]


def test_every_form_tells_what_a_what_if_changes(supposed: Page) -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(workbook(supposed, "en")))["What the what-if changes"]

    assert "−54,000 tCO2e" in html(supposed, "en") and "仮定による変化" in html(supposed, "ja")
    assert "| −54,000 tCO2e |" in markdown(supposed, "en")
    assert "864,000 AOBA → 810,000 AOBA  (−54,000 tCO2e)" in terminal(supposed.comparison, "en", 120)
    assert {"row": 15, "difference": "−54,000 tCO2e"}.items() <= json.loads(as_json(supposed, "en"))["changes"][1].items()
    assert "−54,000 tCO2e" in {row[5].value for row in sheet.iter_rows()}


def test_a_what_if_that_changes_nothing_says_so() -> None:
    page = make_page(Question(("tenth_scheme",), plants=("cement",), years="2025", year="2025", roots=ROOTS, changes=FREE_90))

    assert terminal(page.comparison, "en", 120).endswith("tenth_scheme → tenth_scheme+what_if\n  No answer differs.")


def test_next_change_is_the_first_later_day(page: Page) -> None:
    assert cell(page.comparison, "next_change").shown.startswith("2027-04-01")


def test_units_of_a_short_ton_count_as_what_they_cover() -> None:
    """An allowance of RGGI covers 0.90718474 t: caps and prices are compared in tonnes."""
    answers = Answers(load("rggi"), date(2024, 7, 1))
    cap, price = answers.of_scheme("cap"), answers.of_scheme("reserve_trigger")

    assert cap.unit == "tCO2e" and isinstance(cap.value, Fraction)
    assert cap.number == cap.value * Fraction("0.90718474")
    assert price.unit == "USD per tCO2e" and price.number == Fraction("15.92") / Fraction("0.90718474")


# ---------------------------------------------------------------- money


def test_amounts_are_changed_by_the_rates_of_one_day() -> None:
    """25.120 CZK for a euro and 15.418 for 100 yen: 4,300 yen are 26.39 euros."""
    rates = read_rates(shipped_rates())

    assert isinstance(rates, Rates)
    found = rates.convert(Fraction(4300), "JPY", "EUR")
    assert found == Fraction(4300) * Fraction("0.15418") / Fraction("25.120")
    assert rates.convert(Fraction(1), "JPY", "JPY") == 1
    assert rates.convert(Fraction(1), "XXX", "JPY") is None


RATES = "day,currency,amount,value,source\n"


@pytest.mark.parametrize(
    "text",
    [
        "", "day,currency\n", RATES + "x,EUR,1,2,s\n", RATES + "2024-01-01,EUR,0,2,s\n", RATES + "2024-01-01,EUR,1\n",
        RATES + "2024-01-01,EUR,1,2,s\n2024-01-02,USD,1,2,s\n", RATES + "2024-01-01,EUR,1,2,s\n2024-01-01,EUR,1,3,s\n",
    ],
)  # fmt: skip
def test_rates_that_cannot_be_used(tmp_path: Path, text: str) -> None:
    path = tmp_path / "rates.csv"
    path.write_text(text, encoding="utf-8")

    assert not isinstance(read_rates(path), Rates)


@pytest.mark.parametrize(
    ("text", "line", "cell"),
    [("2024-01-01,EUR,1,2,s\n2024-01-01,EUR,1,3,s\n", 3, "EUR"), ("2024-01-01,EUR,1,2,s\n2024-01-02,USD,1,2,s\n", 3, "2024-01-02"),
     ('2024-01-01,EUR,1,2,"one\ntwo"\n2024-01-01,USD,1,x,s\n', 4, "x")],
)  # fmt: skip
def test_a_mistake_in_rates_is_shown_at_its_cell(tmp_path: Path, text: str, line: int, cell: str) -> None:
    path = tmp_path / "rates.csv"
    path.write_text(RATES + text, encoding="utf-8")

    read = read_rates(path)

    assert isinstance(read, Diagnostic) and (read.code, read.span.line, read.span.words) == ("Q022", line, cell)


# ---------------------------------------------------------------- prices


def fired(law: Law, tmp_path: Path, prices: str) -> list[Event]:
    path = tmp_path / "prices.csv"
    path.write_text("month,tenth_scheme.market_price\n" + prices, encoding="utf-8")
    read = read_prices(str(path), [law.program])
    assert isinstance(read, PricePath), read
    return list(events(Answers(law, date(2024, 7, 1)), read))


def test_a_power_may_be_used_when_its_condition_is_met(law: Law, tmp_path: Path) -> None:
    """4,000 yen is the level of fiscal 2024; the mean of July to September is 4,100, of June to August only 3,967."""
    found = fired(law, tmp_path, "2024/05,3800\n2024/06,3700\n2024/07,4100\n2024/08,4100\n2024/09,4100\n")
    power = [e for e in found if e.label["en"] == "Release from the reserve"]

    assert [(e.state, e.first, e.last) for e in power] == [("may act", "2024/09", "2024/09"), ("near", "2024/08", "2024/08")]
    assert power[0].who == {"en": "Governor may act", "ja": "知事(裁量)"} and power[1].distance == "0.83 %"


def test_a_level_is_reached_and_what_was_near_is_told(law: Law, tmp_path: Path) -> None:
    found = fired(law, tmp_path, "2024/05,3900\n2024/06,4000\n2024/07,4001\n2024/08,3000\n")
    level = [e for e in found if e.label["en"] == "Price at which a reserve is released"]

    assert [(e.state, e.first, e.last) for e in level] == [("reached", "2024/06", "2024/07"), ("near", "2024/05", "2024/05")]
    assert level[1].distance == "2.5 %"


POWERS = """language 1
measure {first} each month "First power"
  cites ordinance "made up" from 2024/04
    when market_price > 3900 JPY per AOBA
    the governor may "act"
measure {second} each month "Second power"
  cites ordinance "made up" from 2024/04
    when {first}
    the governor may "act"
"""


@pytest.mark.parametrize(("first", "second"), [("a", "b"), ("b", "a")])
def test_whether_another_power_was_used_is_open_whatever_its_name(tmp_path: Path, first: str, second: str) -> None:
    shutil.copytree(TESTS / "tenth_scheme", tmp_path / "tenth_scheme")
    (tmp_path / "tenth_scheme" / "powers.rules").write_text(POWERS.format(first=first, second=second), encoding="utf-8")

    found = fired(load("tenth_scheme", roots=(str(tmp_path),)), tmp_path, "2024/04,3000\n2024/05,4000\n")

    told = {e.label["en"]: (e.state, e.first, e.why) for e in found if e.label["en"].endswith("power")}
    assert told == {"First power": ("may act", "2024/05", ""), "Second power": ("open", "2024/05", f"awaits governor: {first} in 2024/05")}


MONTHS = "month,tenth_scheme.market_price\n"


@pytest.mark.parametrize(
    "text",
    ["", "month,tenth_scheme.nothing\n2024/01,5\n", MONTHS + "2024/01,x\n", MONTHS + "2024/13,1\n", MONTHS + "2024/01,1\n2024/01,2\n",
     MONTHS + "2024/01\n"],
)  # fmt: skip
def test_prices_that_cannot_be_used(law: Law, tmp_path: Path, text: str) -> None:
    path = tmp_path / "prices.csv"
    path.write_text(text, encoding="utf-8")

    assert not isinstance(read_prices(str(path), [law.program]), PricePath)


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [("2024/01,1\n2024/01,2\n", 4, 1), ("2024/01,1\n2024/02,market\n", 4, 9), ("2024/01,1\n2024/02\n", 4, 1)],
)
def test_a_mistake_in_prices_is_shown_at_its_cell(law: Law, tmp_path: Path, text: str, line: int, column: int) -> None:
    """Also where the same text stands in another cell before it, and below a comment with quotation marks."""
    path = tmp_path / "prices.csv"
    path.write_text('# "made up", 2024/02 is wrong\n' + MONTHS + text, encoding="utf-8")

    read = read_prices(str(path), [law.program])

    assert isinstance(read, Diagnostic) and (read.code, read.span.line, read.span.column) == ("Q032", line, column)


def test_shipped_paths_can_be_read() -> None:
    for path in (Path(next(iter(rules.__path__))) / "prices").glob("*.csv"):
        programs = [load(scheme).program for scheme in ("eu", "nz")]
        assert isinstance(read_prices(path.stem, programs), PricePath), path.name


# ---------------------------------------------------------------- forms


def test_the_page_is_the_same_from_run_to_run_and_asks_nothing_from_outside(page: Page) -> None:
    again = make_page(Question(VIEWS, plants=PLANTS, years="2024-2030", year="2026", currency="JPY", roots=ROOTS))
    text = html(page, "ja")

    assert text == html(again, "ja")
    assert "http://" not in text.replace("http://www.w3.org", "") and "https://" not in text and "//cdn" not in text
    assert "default-src 'none'" in text and "セメント工場" in text and "無償割当量" in text


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_no_cell_is_blank(page: Page, language: str) -> None:
    for line in tables.lines(page.comparison, language):
        assert line.label and all(shown.text for shown in line.cells), line.key


def test_json_and_csv_hold_every_cell(page: Page) -> None:
    found = json.loads(as_json(page, "en"))
    lines = list(csv.DictReader(io.StringIO(as_csv(page.comparison, "en"))))

    assert len(found["cells"]) == len(lines) == 2 * sum(len(s.lines) for s in page.comparison.sections)
    assert {c["state"] for c in found["cells"]} <= set(words.STATES)
    assert found["rates"]["day"] == "2024-12-20"


def test_markdown_has_a_line_for_each_question(page: Page) -> None:
    text = markdown(page, "en")

    assert text.count("\n| 15. ") == 4
    assert "| Free share" not in text


def test_places_of_claims_find_their_row_of_the_published_table() -> None:
    places = {"slide 2, table: price": "Price", "slide 2, table: price floor": "Price ceiling and floor", "slide 2, table: banking": None,
              "slide 7, formula": "", "slide 2, table: nothing": ""}  # fmt: skip

    for place, row in places.items():
        assert compare_report._row_of(place) == ("Banking and borrowing" if row is None else row)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("yes", "はい"),
        ("emitter, fuel_supplier", "排出者、燃料供給者"),
        ("no limit", "上限なし"),
        ("5 %", "5 %"),
        ("emitter, x", "emitter, x"),
        ("", ""),
    ],
)
def test_values_in_words(text: str, wanted: str) -> None:
    assert words.in_words(text, "ja") == wanted


def test_the_terminal_table_fits(page: Page) -> None:
    for language in words.LANGUAGES:
        text = terminal(page.comparison, language, 120)
        assert "tenth_scheme" in text and max(len(line) for line in text.splitlines()) <= 130


def written(page: Page) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(workbook(page, "en")))


def cells_of(book: openpyxl.Workbook) -> Iterator[Written]:
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            yield from (c for c in row if isinstance(c, Written) and c.value is not None)


def test_a_workbook_has_numbers_units_comments_and_its_own_formulas_only(page: Page) -> None:
    book = written(page)
    formulas = [c for c in cells_of(book) if c.data_type == "f"]

    assert {"The 44 rows", "Net position", "Paths by year", "When output changes"} <= set(book.sheetnames)
    assert formulas and all(c.parent.title == "Net position" for c in formulas)
    assert any(c.comment and "Art 6" in c.comment.text for c in cells_of(book))
    first = book["Net position"]
    assert first["F2"].value == "=C2-D2-E2" and first["C2"].value == 1_008_000
    assert workbook(page, "en") == workbook(page, "en")


# ---------------------------------------------------------------- hostile names


HOSTILE = '=HYPERLINK("x")<script>alert(1)</script>\u202e\x1b[31m'


@pytest.fixture
def hostile(page: Page) -> Page:
    """The same comparison where a title, a reason, an article and a derivation are hostile."""

    column = replace(page.comparison.columns[0], titles={"en": HOSTILE, "ja": HOSTILE})
    bad = Cell("unknown", reasons=(HOSTILE,), marks=(HOSTILE,), articles=(HOSTILE,), derivation=HOSTILE)
    sections = tuple(
        replace(s, lines=tuple(replace(line, label={"en": HOSTILE, "ja": HOSTILE}, cells=(bad, *line.cells[1:])) for line in s.lines))
        for s in page.comparison.sections
    )
    comparison = replace(page.comparison, columns=(column, *page.comparison.columns[1:]), sections=sections)
    event = Event(HOSTILE, {"en": HOSTILE}, "2024/01", "2024/02", "near", {"en": HOSTILE}, HOSTILE, HOSTILE, HOSTILE, HOSTILE)
    return replace(page, comparison=comparison, events=(event,), path_name=HOSTILE)


def test_names_become_no_markup_no_escape_and_no_formula(hostile: Page) -> None:
    text = html(hostile, "en")
    assert "<script>alert" not in text and "\u202e" not in text and "\x1b" not in text
    assert "<script>alert" not in markdown(hostile, "en")
    assert "\x1b" not in terminal(hostile.comparison, "en", 120) and "\u202e" not in as_csv(hostile.comparison, "en")
    assert all(
        not (c or "x").startswith(("=", "+", "@")) for line in csv.reader(io.StringIO(as_csv(hostile.comparison, "en"))) for c in line
    )
    assert all(c.parent.title == "Net position" for c in cells_of(written(hostile)) if c.data_type == "f")


@pytest.mark.parametrize(
    ("text", "plain", "wanted"),
    [("=1", False, "'=1"), ("-5", True, "-5"), ("-5", False, "'-5"), ("-1/3", True, "-1/3"), ("@x", True, "'@x"), ("ok", False, "ok"),
     ("+1", True, "'+1"), ("-x", True, "'-x")],
)  # fmt: skip
def test_text_that_a_spreadsheet_would_run(text: str, plain: bool, wanted: str) -> None:
    assert inert(text, plain=plain) == wanted


def test_pages_are_escaped_and_templates_come_from_the_package() -> None:
    assert environment().autoescape is True


# ---------------------------------------------------------------- mistakes


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--plant", "cemnt"], "Q023"), (["--as-at", "2024-13-01"], "Q028"), (["--years", "2034-2013"], "Q027"), (["--year", "x"], "Q027"),
        (["--currency", "XYZ"], "Q026"), (["--rates", "nothing.csv"], "Q020"), (["--prices", "nothing.csv"], "Q020"),
        (["nowhere"], "L001"), (["tenth_scheme@2024-99-01"], "Q001"), (["tenth_scheme+nothing"], ""),
    ],
)  # fmt: skip
def test_a_mistake_is_told_and_leaves_no_file(tmp_path: Path, options: list[str], code: str) -> None:
    out = tmp_path / "out.html"
    views = [] if any(not o.startswith("-") and i == 0 for i, o in enumerate(options)) else ["tenth_scheme"]
    result = CliRunner().invoke(cli, ["compare", *views, *options, "--root", str(TESTS), "--out", str(out)])

    assert result.exit_code == 1 and "Traceback" not in result.output
    assert code in result.output and "next:" in result.output
    assert not out.exists() and not list(tmp_path.iterdir())


@pytest.mark.parametrize(("name", "code"), [("report.pdf", "Q025"), ("nowhere/report.html", "Q030")])
def test_a_file_that_cannot_be_written(tmp_path: Path, name: str, code: str) -> None:
    result = CliRunner().invoke(
        cli, ["compare", "tenth_scheme", "--plant", "cement", "--years", "2025", "--root", str(TESTS), "--out", str(tmp_path / name)]
    )  # fmt: skip

    assert result.exit_code == 1 and code in result.output
    assert not list(tmp_path.iterdir())


def test_a_plants_file_of_the_user(tmp_path: Path) -> None:
    """A copy under another name gives the same cells; two plants in one file are refused, and so is a wrong unit."""
    mine = tmp_path / "mine.yaml"
    shutil.copy(shipped_plants()["cement"], mine)
    found = make_page(Question(("tenth_scheme",), plants=(str(mine),), years="2026", year="2026", roots=ROOTS))
    assert cell(found.comparison, "obligation", "mine").number == 1_008_000

    text = mine.read_text(encoding="utf-8")
    mine.write_text(text + "  other: { in: owner, first_day: 2000-01-01 }\n", encoding="utf-8")
    with pytest.raises(Refused, match="Q024"):
        make_page(Question(("tenth_scheme",), plants=(str(mine),), years="2026", roots=ROOTS))
    mine.write_text(text.replace("84_000 tCO2e", "84_000 MWh"), encoding="utf-8")
    with pytest.raises(Refused, match="MWh"):
        make_page(Question(("tenth_scheme",), plants=(str(mine),), years="2026", roots=ROOTS))


def test_plants_are_found_by_name_and_file(tmp_path: Path) -> None:
    found, problems = find_plants(("cement", str(tmp_path / "no.yaml")))

    assert list(found) == ["cement"] and [p.code for p in problems] == ["Q023"]
    assert compare_report.ENDINGS == (".html", ".md", ".csv", ".json", ".xlsx")
