"""Text that a user can write never becomes active: not in the report, not in Markdown, not in a notebook or a terminal."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from golden import case_tables_program
from hypothesis import given
from hypothesis import strategies as st

from capcode.dsl import ir
from capcode.dsl.diagnostics import Diagnostic, visible
from capcode.dsl.diagnostics import render as render_message
from capcode.dsl.parse import parse_bytes
from capcode.dsl.source import SourceFile, Span
from capcode.interpreter.api import Law
from capcode.interpreter.case_report import CasesReport, show_cases
from capcode.interpreter.case_tables import read_case_table
from capcode.interpreter.cases import CaseOutcome, Outcome, run_case
from capcode.interpreter.page_templates import markdown_cell
from capcode.interpreter.read_facts import FactsText, read_texts
from capcode.interpreter.report import FileRows, SchemeReport
from capcode.interpreter.report import render as render_report

ATTACKS = (
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "\"><svg/onload=alert(1)>", "' onmouseover='alert(1)",
    "</pre></td></table>", "javascript:alert(1)", "[x](javascript:alert(1))", "![x](http://a.example)", "<http://a.example>",
    "http://a.example", "www.a.example", "{{ 7 * 7 }}", "{% raw %}", "a | b", "a\nb", "a\r\n# b", "\n\n<b>", "\x1b[31mred",
    "\x1b]8;;http://a.example\x07x", "\x9b31m", "\u202eevil", "\u2066x\u2069", "\u200bx", "=HYPERLINK(\"http://a.example\")", "=1+1",
    "`code`", "**bold**", "_em_", "~~gone~~", "# head", "&lt;b&gt;", "a@b.example", "\\", "\\|", "--><b>", "]]>", "\0", "\u2028x",
)  # fmt: skip
HOSTILE = st.one_of(
    st.sampled_from(ATTACKS),
    st.lists(st.sampled_from(ATTACKS), min_size=2, max_size=3).map("".join),
    st.text(alphabet="<>&\"'`|\\{}[]()#*_=\n\r\x1b\u202e\u2066 ab:/.", min_size=1, max_size=20),
)
UNSEEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
PROGRAM = case_tables_program()


class Page(HTMLParser):
    """The tags of a page with their attributes, in order, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, tuple[tuple[str, str | None], ...]]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(attrs)))

    def handle_endtag(self, tag: str) -> None:
        self.tags.append((f"/{tag}", ()))

    def handle_comment(self, data: str) -> None:
        self.tags.append(("comment", ()))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def shape(self) -> list[tuple[str, tuple[str, ...]]]:
        return [(tag, tuple(name for name, _ in attrs)) for tag, attrs in self.tags]


def _report(text: str) -> SchemeReport:
    """A report in which everything that a user can write is this text. (A name of the language is only letters.)"""
    outcomes = (Outcome(text, text, text, False, text), Outcome(text, text, text, True), Outcome(text, text, text, False))
    rows = (CaseOutcome(text, text, outcomes),)
    cases = CasesReport("demo", rows, rows, ())
    return SchemeReport("demo", text, {text: text}, cases, (FileRows(text, rows),), text, f"{text}\n  {text}")


def _assert_inert(page: Page) -> None:
    for tag, attributes in page.tags:
        assert tag not in ("script", "iframe", "object", "embed", "img", "svg", "form", "base")
        for name, value in attributes:
            assert not name.startswith("on") and name not in ("src", "style", "srcdoc", "formaction")
            assert name != "href" or (value or "").startswith("#") or value in ("compare.en.html", "compare.ja.html")


# ---------------------------------------------------------------- HTML


@given(HOSTILE)
def test_the_page_has_the_same_shape_whatever_names_say(text: str) -> None:
    """The tags are those of a page with harmless names, and the text is there for the reader to see."""
    shown = render_page("report.html.j2", text)
    page, plain = Page(shown), Page(render_page("report.html.j2", "plain"))

    _assert_inert(page)
    assert page.shape == plain.shape
    assert not UNSEEN.search(shown)
    assert "\n".join(visible(line) for line in text.split("\n")) in "".join(page.words)


def render_page(template: str, text: str) -> str:
    return render_report(template, [_report(text)])


def test_the_page_asks_for_nothing() -> None:
    """No address but its own places, and a policy that forbids the rest."""
    shown = render_page("report.html.j2", "plain")

    assert "default-src 'none'" in shown
    assert re.findall(r"(?:https?:)?//[a-z]", shown) == []


@given(HOSTILE)
def test_a_notebook_shows_text(text: str) -> None:
    """Rows that a program names are text, too."""
    law = Law(PROGRAM, ir.View(PROGRAM.scheme))
    facts = law.facts({"firms": {"old": {"mines": {"hill": {"exempt": True}}}}})
    facts.rows["mine"][text] = None

    found = law.evaluate(facts, "free_share", period="2023-24")

    for page in (Page(found._repr_html_()), *(Page(one._repr_html_()) for one in found)):
        assert {tag.lstrip("/") for tag, _ in page.tags} <= {"table", "thead", "tbody", "tr", "th", "td", "div", "strong", "details",
                                                             "summary", "pre"}  # fmt: skip
        _assert_inert(page)


# ---------------------------------------------------------------- Markdown


@given(HOSTILE)
def test_the_lines_of_markdown_are_those_of_harmless_names(text: str) -> None:
    """As many lines and cells, and no sign that begins markup outside an indented block."""
    lines = render_page("report.md.j2", text).split("\n")
    plain = render_page("report.md.j2", "plain").split("\n")

    assert len([line for line in lines if not line.startswith("    ")]) == len([line for line in plain if not line.startswith("    ")])
    for line in lines:
        assert not UNSEEN.search(line)
        if not line.startswith("    "):
            assert not re.search(r"(?<!\\)(?:\\\\)*[`<>\[\]{}~@]", line), line
            assert not re.search(r"(?<!\\)://|www\.", line), line
    bars = [[len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) for line in page if line.startswith("|")] for page in (lines, plain)]
    assert bars[0] == bars[1]


@given(HOSTILE)
def test_a_cell_is_one_line(text: str) -> None:
    cell = markdown_cell(text)

    assert "\n" not in cell and "\r" not in cell and not cell.startswith("=")
    assert not re.search(r"(?<!\\)(?:\\\\)*[|`<>\[\]{}*_#&~@]", cell)


# ---------------------------------------------------------------- the terminal


@given(HOSTILE)
def test_messages_obey_nothing(text: str) -> None:
    """Title, place, line, law, reason, step and notes may all quote a user."""
    place = Span(SourceFile(text, text), 0, len(text))
    shown = render_message(Diagnostic("X001", text, place, text, text, text, ((place, text),)))

    assert not UNSEEN.search(shown)


@given(HOSTILE)
def test_cases_obey_nothing(text: str) -> None:
    shown = show_cases(_report(text).cases, verbose=True)

    assert not UNSEEN.search(shown)
    assert shown.count("\n") == show_cases(_report("plain").cases, verbose=True).count("\n")


@pytest.mark.parametrize("text", ATTACKS)
def test_names_of_facts_and_case_tables(text: str) -> None:
    """What a file can bring in is refused, or comes out as text."""
    quoted = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r").replace("\0", "\\0")
    _, wrong = read_texts(PROGRAM, [FactsText("facts.yaml", f'mines: {{ "{quoted}": {{ exempt: yes }} }}\n'.encode(), "yaml")])
    assert wrong
    cell = '"' + text.replace('"', '""') + '"'
    tables, found = read_case_table(PROGRAM, "a.csv", f"row mine,period,given exempt,expect limit_left\n{cell},2023-24,no,1\n".encode())
    outcomes = tuple(run_case(PROGRAM, t.case) for t in tables)
    shown = show_cases(CasesReport("demo", (), outcomes, (*wrong, *found)), verbose=True)

    assert not UNSEEN.search(shown)


def _labelled(text: str) -> str:
    return f'language 1\nscheme demo "{text}"\n'


@pytest.mark.parametrize("text", [t for t in ATTACKS if UNSEEN.search(t)])
def test_a_rule_file_cannot_hold_what_is_not_seen(text: str) -> None:
    """So titles, labels, articles and reasons are free of it wherever they go."""
    tree, _, found = parse_bytes("a.rules", _labelled(text).encode())

    assert tree is None
    assert {d.code for d in found} <= {"S004", "S016", "S017"}

