"""Facts from YAML, JSON and CSV: what is read, what is refused and why; and that no bytes make the reader raise."""

from __future__ import annotations

import csv
import io
import json
import os
import time
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from facts_program import program
from hypothesis import given
from hypothesis import strategies as st

from capcode.dsl.calendar import Period
from capcode.dsl.diagnostics import Diagnostic, render_all
from capcode.dsl.ir import Absent
from capcode.dsl.limits import LIMITS
from capcode.dsl.source import SourceFile
from capcode.interpreter.fact_tree import Branch, Items, Leaf, Node, read_json, read_yaml
from capcode.interpreter.facts import FactSet
from capcode.interpreter.read_facts import FactsText, read_data, read_facts, read_texts
from capcode.interpreter.read_tables import lines
from capcode.interpreter.write_facts import write_json, write_yaml

PROGRAM = program()
HOSTILE = sorted((Path(__file__).parent / "hostile").glob("facts_*"))
SECONDS = 10  # of processor time: a guard against explosions, far above what a slow machine takes
YEAR_2023 = Period("year", 2023)

WHOLE = """
scheme: demo
facts:
  price: { 2024/01: "61.30", 2024/02: 58.9 EUR per EUA }
  index: { 2023-24: 7.5%, 2024-25: 1/3 }
  cap: 1.2 Mt
mine:
  north:
    kind: existing
    gases: [co2, ch4]
    emissions: { 2022-23: 335_908, 2023-24: { unknown: "not yet verified" } }
    opened: 1999-03-01
    closed: { value: none, reason: "still open" }
    exposed: { phase_1: yes, 2018-19: no }
    first_period: 2009-10 to 2011-12
    option: { 2023-24: { value: ex_ante, chosen_on: 2023-11-02 } }
    owner: firm_a
    short: 1 t
    production_lines:
      line1: { variable: ore, made: { 2023-24: 12 kt }, intensity: 0.5 t per kt }
      line2: { variable: steam, made: { 2023-24: 12 TJ, 2024-25: 5 product, 2022-23: 7 }, permits: {} }
  south:
permit: { p1: { in: line1, size: { 2024 Q1: 5% } } }
firm: { firm_a: {} }
state: { CT: { part: { 2024: yes } } }
complete: [mine, permit of line1]
set: { price_cap: { 2024-25: 100 EUR per EUA } }
given: { free_share: { north: { 2023-24: 80%, 2024-25: not applicable } }, floor: { 2024-01-01: 5 }, total: 7 kt }
issued: { total: 8 }
acts: { release: { 2024/03: yes } }
delivered: { surrender: { north: { 2023-24: { EUA: { 2022-23: 40 }, bid_count: 10 } } } }
opening: { holdings: { north: { 2022-23: 500, no_vintage: 3 } }, reserve: 12 }
"""


def read(text: str, form: str = "yaml", name: str = "facts") -> tuple[FactSet, list[Diagnostic]]:
    return read_texts(PROGRAM, [FactsText(f"{name}.{form}", text, form)])


def codes(text: str, form: str = "yaml", name: str = "facts") -> list[str]:
    return [d.code for d in read(text, form, name)[1]]


def same(a: FactSet, b: FactSet) -> None:
    """Equal but for the sources, which name the text."""
    for name in FactSet.__slots__:
        if name != "sources":
            assert getattr(a, name) == getattr(b, name), name


# ---------------------------------------------------------------- what is read


def test_whole_file() -> None:
    facts, wrong = read(WHOLE)

    assert wrong == []
    assert facts.values[("price", None, Period("month", 2024 * 12))] == Fraction(613, 10)
    assert facts.values[("index", None, YEAR_2023)] == Fraction(3, 40)
    assert facts.values[("cap", None, None)] == 1_200_000
    assert facts.values[("mine.gases", "north", None)] == frozenset({"co2", "ch4"})
    assert facts.unknown[("mine.emissions", "north", YEAR_2023)] == "not yet verified"
    assert facts.values[("mine.opened", "north", None)] == date(1999, 3, 1)
    assert facts.values[("mine.exposed", "north", Period("phase", 1))] is False
    assert facts.values[("mine.first_period", "north", None)] == Period("control_period", 0)
    assert facts.chosen_on[("mine.option", "north", YEAR_2023)] == date(2023, 11, 2)
    assert facts.values[("line.intensity", "line1", None)] == Fraction(1, 2000)
    assert facts.values[("permit.size", "p1", Period("quarter", 2024 * 4))] == Fraction(1, 20)
    assert facts.rows["line"] == {"line1": "north", "line2": "north"}
    assert facts.lists == {("line", "north"), ("permit", "line1"), ("permit", "line2")}
    assert facts.rosters == {"mine"}
    assert facts.figures == {("price_cap", None, Period("year", 2024)): 100}
    assert facts.given[("floor", None, date(2024, 1, 1))] == 5
    assert facts.given[("free_share", "north", Period("year", 2024))] == Absent("not_applicable")
    assert facts.issued == {("total", None, None): 8}
    assert facts.acts == {("release", None, Period("month", 2024 * 12 + 2)): True}
    assert facts.delivered[("surrender", "north", YEAR_2023)] == {("EUA", Period("year", 2022)): 40, ("bid_count", None): 10}
    assert facts.opening[("holdings", "north")] == {Period("year", 2022): 500, None: 3}
    assert facts.sources[("cap", None, None)] == "facts.yaml:6:8"


def spanned(more: str) -> tuple[FactSet, list[Diagnostic]]:
    text = f"facts: {{ price: {{ 2023/11 to 2024/02: {more} }} }}"
    return read_texts(PROGRAM, [FactsText("f.yaml", text.encode(), "yaml")])


def test_a_span_gives_its_value_to_each_period() -> None:
    """November to February are four months; a month of the span is not given again, and a bad value is refused once."""
    facts, found = spanned("5 EUR per EUA")

    assert not found
    assert [k[2] for k in facts.values] == [Period("month", 2023 * 12 + m) for m in (10, 11, 12, 13)]
    assert [d.code for d in spanned("5 EUR per EUA, 2024/01: 6 EUR per EUA")[1]] == ["F029"]
    assert len(spanned("5 t")[1]) == 1


def test_an_absent_answer_keeps_its_reason() -> None:
    closed = read(WHOLE)[0].values[("mine.closed", "north", None)]

    assert isinstance(closed, Absent)
    assert (closed.word, closed.reason) == ("none", "still open")


def test_written_and_read_again_is_the_same() -> None:
    facts, _ = read(WHOLE)

    for text, form in ((write_yaml(PROGRAM, facts), "yaml"), (write_json(PROGRAM, facts), "json")):
        again, wrong = read(text, form)
        assert wrong == []
        same(facts, again)
    assert write_yaml(PROGRAM, read(write_yaml(PROGRAM, facts))[0]) == write_yaml(PROGRAM, facts)


@given(st.fractions(max_denominator=10**9).map(lambda x: x % 10**6), st.sampled_from(("cap", "index", "short")))
def test_any_number_is_written_exactly(number: Fraction, name: str) -> None:
    facts = FactSet(rows={"mine": {"a": None}})
    key = ("mine.short", "a", None) if name == "short" else (name, None, YEAR_2023 if name == "index" else None)
    facts.values[key] = number

    again, wrong = read(write_yaml(PROGRAM, facts))

    assert wrong == []
    same(facts, again)


def test_several_files_make_one_fact_set(tmp_path: Path) -> None:
    (tmp_path / "mines.csv").write_text("id,kind,emissions 2022-23 [kt],emissions@2023-24\nnorth,new,1.5,\nsouth,existing,,7\n")
    (tmp_path / "line.csv").write_text("mine,id,variable\nnorth,l1,ore\n")
    (tmp_path / "made.json").write_text('{"line": {"l1": {"made": {"2023-24": 3}}}, "complete": ["line"]}')
    (tmp_path / "facts.csv").write_text("period,price\n2024/01,5\n2024/02,6 EUR per EUA\n")
    paths = sorted(tmp_path.iterdir())

    facts, wrong = read_facts(PROGRAM, paths)

    assert wrong == []
    assert facts.values[("mine.emissions", "north", Period("year", 2022))] == 1500
    assert facts.lists == {("line", "north"), ("line", "south")}
    assert facts.sources[("line.made", "l1", YEAR_2023)] == "made.json:1:38"
    same(facts, read_facts(PROGRAM, paths[::-1])[0])


def test_table_with_a_line_for_each_period() -> None:
    text = "id,mine,variable,period,made [kt]\nl1,a,ore,2022-23,1\nl1,a,ore,2023-24,2\n"

    facts, wrong = read_texts(PROGRAM, [FactsText("line.csv", text, "csv"), FactsText("m.yaml", "mine: { a: {} }", "yaml")])

    assert wrong == []
    assert facts.values[("line.made", "l1", YEAR_2023)] == 2000
    assert [d.code for d in read_texts(PROGRAM, [
        FactsText("line.csv", text.replace("l1,a,ore,2023", "l1,a,steam,2023"), "csv"),
        FactsText("m.yaml", "mine: { a: {} }", "yaml")])[1]][-1:] == ["F029"]  # fmt: skip


def test_a_unit_that_only_a_table_names() -> None:
    text = "mine: {{ a: {{ production_lines: {{ l: {{ variable: {}, made: {{ 2023-24: 5 brick }}, intensity: 2 kt per brick }} }} }} }}"
    facts, wrong = read(text.format("bricks"))

    assert wrong == []
    assert facts.values[("line.made", "l", YEAR_2023)] == 5
    assert facts.values[("line.intensity", "l", None)] == 2000
    assert codes(text.format("ore")) == ["F047", "F047"]


def test_plain_objects() -> None:
    facts, wrong = read_data(PROGRAM, {"facts": {"cap": 5, "price": {"2024/01": Decimal("61.30")}}, "mine": {"a": None}})

    assert wrong == []
    assert facts.values[("price", None, Period("month", 2024 * 12))] == Fraction(613, 10)
    assert [d.code for d in read_data(PROGRAM, {"facts": {"cap": 0.5}})[1]] == ["F015"]
    assert [d.code for d in read_data(PROGRAM, {1: 2})[1]] == ["F015"]
    assert [d.code for d in read_data(PROGRAM, {"facts": {"cap": Decimal("1e1000000")}})[1]] == ["F015"]
    assert [d.code for d in read_data(PROGRAM, {"facts": {"cap": 10**5000}})[1]] == ["F044"]
    loop: list[object] = []
    loop.append(loop)
    assert [d.code for d in read_data(PROGRAM, loop)[1]] == ["F011"]


# ---------------------------------------------------------------- what is refused

MISTAKES = [
    ("mines: [a]", "F022"),
    ("mime: {}", "F020"),
    ("mine: { a: { kinds: new } }", "F021"),
    ("facts: { capp: 1 }", "F021"),
    ("scheme: other", "F032"),
    ("mine: { ' a': {} }", "F023"),
    ("line: { l: {} }", "F025"),
    ("line: { l: { in: nowhere } }", "F026"),
    ("mine: { a: { production_lines: {} } }\nline: { l: { in: a } }", "F028"),
    ("mine: { a: { production_lines: { l: {} } }, b: { production_lines: { l: {} } } }", "F024"),
    ("mine: { a: { production_lines: {}, line: {} } }", "F029"),
    ("mine: { a: { production_lines: } }", "F022"),
    ("mine: { a: { in: b } }", "F030"),
    ("state: { NY: {} }", "F027"),
    ("complete: [mines, tins]", "F031"),
    ("complete: [line of a]", "F026"),
    ("facts: { cap: }", "F040"),
    ("facts: { cap: five }", "F041"),
    ("facts: { cap: 1 500 }", "F041"),
    ("facts: { cap: 1__0 }", "F041"),
    ("facts: { cap: '1,500' }", "F042"),
    ("facts: { cap: 1.5e3 }", "F043"),
    ("facts: { cap: 5 tonnes }", "F045"),
    ("facts: { cap: 5% }", "F045"),
    ("facts: { cap: 5 GJ }", "F046"),
    ("facts: { price: { 2024/01: 5 USD per EUA } }", "F046"),
    ("mine: { a: { production_lines: { l: { variable: ore, made: { 2023-24: 5 GJ } } } } }", "F047"),
    ("mine: { a: { production_lines: { l: { made: { 2023-24: 5 t } } } } }", "F048"),
    ("mine: { a: { production_lines: { l: { variable: pieces, made: { 2023-24: 5 t } } } } }", "F048"),
    ("mine: { a: { production_lines: { l: { variable: ore, made: { 2023-24: -5 t } } } } }", "F049"),
    ("mine: { a: { emissions: { 2023-24: 11 Mt } } }", "F049"),
    ("mine: { a: { opened: 1900-01-01 } }", "F049"),
    ("mine: { a: { emissions: { 2023-24: 0.0001 } } }", "F050"),
    ("mine: { a: { kind: exsting } }", "F051"),
    ("mine: { a: { gases: [co2, co2] } }", "F029"),
    ("mine: { a: { gases: [[co2]] } }", "F022"),
    ("mine: { a: { production_lines: { l: { variable: gold } } } }", "F052"),
    ("mine: { a: { opened: 01.03.1999 } }", "F053"),
    ("mine: { a: { emissions: { 2023: 5 } } }", "F054"),
    ("mine: { a: { emissions: { 2023-25: 5 } } }", "F054"),
    ("mine: { a: { emissions: { 2023/04: 5 } } }", "F054"),
    ("mine: { a: { emissions: 5 } }", "F022"),
    ("mine: { a: { exposed: { phase_1: yes, 2015-16: no } } }", "F029"),
    ("mine: { a: { exposed: { phase_1: maybe } } }", "F055"),
    ("mine: { a: { opened: none } }", "F056"),
    ("mine: { a: { closed: unknown } }", "F057"),
    ("mine: { a: { closed: { unknown: '' } } }", "F057"),
    ("mine: { a: { closed: { value: 2020-01-01, chosen_on: 2020-01-01 } } }", "F058"),
    ("mine: { a: { closed: { value: 2020-01-01, reason: why } } }", "F022"),
    ("mine: { a: { owner: firm_b } }", "F026"),
    ("set: { price_kap: { 2023-24: 5 } }", "F060"),
    ("given: { demand: 5 }", "F061"),
    ("set: { total: 5 }", "F062"),
    ("given: { total: { unknown: why } }", "F022"),
    ("given: { total: 'unknown: why' }", "F022"),
    ("given: { free_share: { a: { 2023-24: 5% } } }", "F026"),
    ("mine: { a: {} }\ndelivered: { surrender: { a: { 2023-24: { GBP: 5 } } } }", "F063"),
    ("mine: { a: {} }\ndelivered: { surrender: { a: { 2023-24: { bid_count: { 2022-23: 5 } } } } }", "F064"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "code"), MISTAKES)
def test_mistake(text: str, code: str) -> None:
    facts, wrong = read(text)

    assert [d.code for d in wrong] == [code]
    (one,) = wrong
    assert one.why.endswith(".") and one.next and "None" not in one.title + one.next
    assert one.span.file.name == "facts.yaml" and one.span.end > one.span.start
    assert facts.values == {} or code in ("F029", "F047", "F048", "F049", "F058")


def test_a_wrong_unit_names_both_and_the_fix() -> None:
    _, (one,) = read("facts: { cap: 5 GJ }")

    assert one.title == "the value is in GJ, but is declared in tCO2e"
    assert "`5 tCO2e`" in one.next and "kt" in one.next


def test_a_near_name_is_suggested() -> None:
    assert read("mine: { a: { kind: exsting } }")[1][0].next == "Did you mean `existing`?"
    assert read("mine: { a: { emisions: {} } }")[1][0].next == "Did you mean `emissions`?"


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("cap: 5 t", "Put it below `facts:`."),
        ("total: 5 t", "It is a rule: put it below `given:` to replace its value."),
        ("price_cap: {}", "An authority sets it: put it below `set:`."),
        ("surrender: {}", "Put what was handed in for this duty below `delivered:`."),
        ("emissions: {}", "It is a field of `mine`: put it below a row of it."),
        ("capp: 5 t", "Did you mean `cap` below `facts:`?"),
    ],
)
def test_a_name_that_stands_one_level_too_high(text: str, step: str) -> None:
    (one,) = read(text)[1]

    assert (one.code, one.next) == ("F020", step)


def test_the_same_fact_in_two_files() -> None:
    _, wrong = read_texts(PROGRAM, [FactsText("a.yaml", "facts: { cap: 5 }", "yaml"), FactsText("b.json", '{"facts": {"cap": 5}}', "json")])

    assert [(d.code, d.span.file.name) for d in wrong] == [("F029", "b.json")]
    assert "a.yaml:1:15" in wrong[0].why


def test_a_row_without_its_parent_takes_its_children_along() -> None:
    facts, wrong = read("line: { l: { in: gone } }\npermit: { p: { in: l, size: { 2024 Q1: 1 } } }")

    assert [d.code for d in wrong] == ["F026", "F026"]
    assert facts.rows == {"line": {}, "permit": {}} and facts.values == {}


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "book.xlsx").write_bytes(b"PK")
    paths = [tmp_path / name for name in ("pipe.yaml", "folder.json", "book.xlsx", "nothing.csv", "a\0b.csv", "x" * 300 + ".csv")]

    _, wrong = read_facts(PROGRAM, paths)

    assert sorted(d.code for d in wrong) == ["F003"] * 5 + ["F007"]
    assert str(tmp_path) not in render_all(wrong)


# ---------------------------------------------------------------- limits


@pytest.mark.parametrize("more", [-1, 0, 1])
def test_limits(more: int) -> None:
    deep = LIMITS.facts_depth + more
    over = more > 0
    for form in ("json", "yaml"):
        found = codes("[" * deep + "]" * deep, form)
        assert found == (["F011"] if over else ["F022"])
    reason = "r" * (LIMITS.cell_characters + more)
    assert codes(f'mine: {{ a: {{ closed: {{ unknown: "{reason}" }} }} }}') == (["F006"] if over else [])
    assert codes(f"facts: {{ cap: {'9' * (LIMITS.number_digits + more)} }}") == (["F044"] if over else [])
    assert codes(f"facts: {{ cap: 0.{'9' * (LIMITS.number_decimals + more)} }}") == (["F044"] if over else [])
    name = "n" * (LIMITS.name_characters + more)
    assert codes(f"mine: {{ {name}: {{}} }}") == (["F023"] if over else [])
    head = ",".join(["id", *(f"emissions {1950 + i}-{(51 + i) % 100:02}" for i in range(LIMITS.table_columns - 1 + more))])
    assert codes(head + "\na" + "," * (LIMITS.table_columns - 1 + more), "csv", "mine") == (["F075"] if over else [])


def test_limits_of_rows_and_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    from capcode.interpreter import read_facts as reading
    from capcode.interpreter import read_tables

    small = type(LIMITS)(table_rows=3, facts_bytes=40)
    monkeypatch.setattr(read_tables, "LIMITS", small)
    assert codes("id\na\nb\nc\n", "csv", "mine") == []
    assert codes("id\na\nb\nc\nd\n", "csv", "mine") == ["F074"]
    monkeypatch.setattr(reading, "LIMITS", small)
    assert codes("#" * 40) == []
    assert codes("#" * 41) == ["F002"]


def test_reading_stops_after_many_mistakes() -> None:
    start = time.process_time()
    _, wrong = read("id,kind\n" + "".join(f"r{i},wrong\n" for i in range(20_000)), "csv", "mine")

    assert len(wrong) == LIMITS.diagnostics + 1
    assert wrong[-1].code == "F099"
    assert time.process_time() - start < SECONDS


# ---------------------------------------------------------------- no bytes make the reader raise


def survives(data: bytes, form: str, entity: str | None = None) -> list[str]:
    """The codes of the mistakes; everything that is found can be shown, and what is read can be written and read."""
    start = time.process_time()
    facts, wrong = read_texts(PROGRAM, [FactsText(f"input.{form}", data, form, entity)])
    assert time.process_time() - start < SECONDS
    shown = render_all(wrong)
    assert "\x1b" not in shown and "\0" not in shown and "Traceback" not in shown
    if not wrong:
        again, wrong_again = read(write_json(PROGRAM, facts), "json")
        assert wrong_again == []
        same(facts, again)
    return [d.code for d in wrong]


@pytest.mark.parametrize("path", HOSTILE, ids=lambda p: p.name)
def test_hostile_file(path: Path) -> None:
    wanted = path.name.split("_")[1]

    found = survives(path.read_bytes(), path.suffix[1:], "mine")

    assert (found == []) if wanted == "ok" else (wanted in found)


@given(st.binary(max_size=400), st.sampled_from(("yaml", "json", "csv")))
def test_any_bytes(data: bytes, form: str) -> None:
    survives(data, form, "mine")


BITS = st.one_of(
    st.sampled_from(("mine", "line", "facts", "cap", "emissions", "2023-24", "kind", "new", "in", "id", "period", "unknown", "value")),
    st.sampled_from(("{", "}", "[", "]", ":", ",", '"', "'", "\n", "  ", "- ", "&a ", "*a", "!!int ", "|\n", ">", "? ", "#", "%", "---")),
    st.sampled_from(("1", "1e9", "1_000", "-", "−", "٣", "/", "0", ".5", " t", " per ", "=1+1", "\t", "\r", "\ufeff", "\u202e", "e\u0301")),
    st.text(max_size=5),
)


@given(st.lists(BITS, max_size=60).map("".join), st.sampled_from(("yaml", "json", "csv")))
def test_any_words(text: str, form: str) -> None:
    survives(text.encode("utf-8", "surrogatepass"), form, "mine")


@given(st.integers(0, len(WHOLE)), st.integers(0, 30), BITS)
def test_a_damaged_file(at: int, length: int, put: str) -> None:
    survives((WHOLE[:at] + put + WHOLE[at + length :]).encode("utf-8", "surrogatepass"), "yaml")


PLAIN = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=6), inner, max_size=4)), max_leaves=12,
)  # fmt: skip


@given(PLAIN)
def test_any_object(data: object) -> None:
    read_data(PROGRAM, data)


# ---------------------------------------------------------------- the readers beside those of the standard library


def plain(node: Node) -> object:
    match node:
        case Leaf(text=text, form=form):
            return None if form == "empty" else {"true": True, "false": False}[text] if form == "word" else text
        case Branch(entries=entries):
            return {key.text: plain(value) for key, value in entries}
        case Items(items=items):
            return [plain(item) for item in items]


def refuse(text: str) -> object:
    raise ValueError(text)


@given(st.one_of(PLAIN.map(json.dumps), st.lists(BITS, max_size=12).map("".join), st.from_regex(r"[\[\]{}:,\"0-9eE+\-. \\utrfalsn]{0,20}")))
def test_json_is_what_the_standard_library_reads(text: str) -> None:
    """Equal where both read it; refused by us alone for repeated names, hidden characters or parts of letters."""
    found = read_json(SourceFile("x", text))
    try:
        wanted = json.loads(text, parse_int=str, parse_float=str, parse_constant=refuse)
    except ValueError:
        assert isinstance(found, Diagnostic)
        return
    if isinstance(found, Diagnostic):
        assert found.code in ("F004", "F005", "F012")
    else:
        assert plain(found) == wanted


@given(st.lists(st.lists(st.text(st.sampled_from('ab,"\n é'), max_size=4), min_size=2, max_size=4), max_size=5))
def test_csv_is_what_the_standard_library_reads(rows: list[list[str]]) -> None:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    file = SourceFile("x", out.getvalue())

    found = list(lines(file))

    wanted = [[c.strip(" ") for c in row] for row in rows]
    assert [line.cells for line in found if not isinstance(line, Diagnostic)] == [row for row in wanted if any(row)]
    for line in found:
        assert not isinstance(line, Diagnostic)
        for cell, start in zip(line.cells, line.starts, strict=True):
            assert cell == "" or '"' in cell or file.text.startswith(cell, start) or file.text[start] == " "


def test_places_count_characters() -> None:
    for form, text in (("yaml", 'mine: { 北: { kind: "neu" } }'), ("json", '{"mine": {"北": {"kind": "neu"}}}')):
        _, (one,) = read(text, form)
        assert text[one.span.start : one.span.end] == '"neu"'
    assert isinstance(read_yaml(SourceFile("x", "a: [1")), Diagnostic)
