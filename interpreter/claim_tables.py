"""Published statements about a scheme: `claims/claims.csv` of its folder, read strictly.

    id         unique name of the claim          source     the document, for example paper_2008
    place      page, slide or table              original   the words of the source
    statement  what it says, in plain words
    asks       what answers it: a rule, measure, duty, account, check, fact or shared question, alone or `X of ROW`;
               `shortfall of X of ROW` and the other parts. A question means the rule that answers it, unless a rule
               has that name itself. Empty: nothing can
    facts      a facts file of the same folder, or empty
    in         the period or the day
    view       the law to ask, `eu@2024-09-01+reading`; empty: everything enacted
    says       the value that the source gives, as a facts file writes it: `4.3%`, `64 NZD per NZU`, yes, a word, a day,
               `none`, `list CO2, CH4`
    verdict    agrees, differs or cannot be computed
    why        why it differs or cannot be computed

The columns may stand in any order. After LIMITS.diagnostics mistakes the reading stops.

Invariants: no bytes make it raise; a line is read whole or told about, never dropped; no file outside the folder
`claims` is opened, and each facts file once.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from capcode.dsl import ir, load_errors
from capcode.dsl.calendar import Period
from capcode.dsl.diagnostics import Diagnostic
from capcode.dsl.files import inside
from capcode.dsl.instruments import parse_view
from capcode.dsl.ir import ABSENT_WORDS, Absent, Program
from capcode.dsl.limits import LIMITS
from capcode.dsl.load import read_csv
from capcode.dsl.source import SourceFile, Span
from capcode.dsl.types import NameType, SetType, Type
from capcode.interpreter import claim_errors as errors
from capcode.interpreter.cases import type_of
from capcode.interpreter.fact_errors import stopped
from capcode.interpreter.fact_tree import text_of
from capcode.interpreter.fact_values import ValueReader, example_period, read_day, read_period
from capcode.interpreter.facts import At, FactSet
from capcode.interpreter.read_facts import FORMS, FactsText, read_texts

FOLDER, TABLE = "claims", "claims.csv"
COLUMNS = ("id", "source", "place", "original", "statement", "asks", "facts", "in", "view", "says", "verdict", "why")
AGREES, DIFFERS, CANNOT = "agrees", "differs", "cannot be computed"
VERDICTS = (AGREES, DIFFERS, CANNOT)
PARTS = {"duty": ("shortfall", "used"), "account": ("shortfall", "lapsed"), "rule": ("undistributed",)}


@dataclass(frozen=True, slots=True)
class Asked:
    """What is evaluated: `name` is a key of the program; `question` the shared question that was asked, if one was."""

    sort: str  # rule, measure, duty, account, check, fact, or question where the scheme has no rule for it
    name: str
    part: str | None
    row: str | None
    at: At
    type: Type | None
    question: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """One line. The texts are as written; `wanted` is `says` as a value, None where nothing is asked."""

    id: str
    source: str
    place: str
    original: str
    statement: str
    asks: str
    facts: str
    when: str
    view: ir.View
    says: str
    verdict: str
    why: str
    asked: Asked | None
    wanted: ir.Value | None
    file: str
    line: int


@dataclass(slots=True)
class ClaimsFile:
    """What was read: claims in the order of the file, the facts that they name, and every mistake."""

    claims: list[Claim] = field(default_factory=list)
    facts: dict[str, FactSet] = field(default_factory=dict)
    problems: list[Diagnostic] = field(default_factory=list)


Cells = dict[str, tuple[str, Span]]
"""A line: by column the text of the cell and its place."""


def has_claims(folder: Path) -> bool:
    """Whether a scheme's folder holds a table of claims."""
    return (folder / FOLDER / TABLE).exists()


def read_claims(program: Program, folder: Path) -> ClaimsFile:
    """The claims of a scheme's folder; nothing where it has none."""
    if not has_claims(folder):
        return ClaimsFile()
    base = f"{folder.resolve().name}/{FOLDER}"
    data = _bytes_of(folder, TABLE, LIMITS.table_bytes)
    if data is None:
        return ClaimsFile(problems=[load_errors.unreadable(f"{base}/{TABLE}")])
    return read_claim_table(program, f"{base}/{TABLE}", data, folder)


def read_claim_table(program: Program, name: str, data: bytes, folder: Path | None = None) -> ClaimsFile:
    """The claims of one table. `name` is what messages call it; without a folder no claim can name facts."""
    found = ClaimsFile()
    read = text_of(name, data, LIMITS.table_bytes)
    if isinstance(read, Diagnostic):
        found.problems.append(read)
        return found
    file = SourceFile(name, read.text.replace("\r\n", "\n").replace("\r", "\n"))
    table = read_csv(name, file.text.encode(), Span(file, 0, 0))
    if isinstance(table, Diagnostic):
        found.problems.append(_at_its_line(table, file))
        return found
    reader = _Reader(program, ValueReader(program), file, folder, found)
    places = _places(file)
    for header, span in zip(table.header, places[0], strict=True):
        if header not in COLUMNS:
            reader.wrong(errors.no_column(span, header, COLUMNS))
    for column in COLUMNS:
        if column not in table.header:
            reader.wrong(errors.missing_column(places[0][0], column, COLUMNS))
    if found.problems:
        return found
    for (_, cells), spans in zip(table.rows, places[1:], strict=True):
        claim = reader.claim(dict(zip(table.header, zip(cells, spans, strict=True), strict=True)))
        if claim is not None:
            found.claims.append(claim)
        if reader.stopped:
            break
    return found


@dataclass(slots=True)
class _Reader:
    """One table. `ids` says in which line each id stands, `views` are the views that lines named, by their text."""

    program: Program
    values: ValueReader
    file: SourceFile
    folder: Path | None
    found: ClaimsFile
    ids: dict[str, int] = field(default_factory=dict)
    views: dict[str, ir.View | Diagnostic] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)  # facts files with mistakes, told once
    errors: int = 0
    stopped: bool = False

    def wrong(self, diagnostic: Diagnostic) -> None:
        """Notes a mistake; after too many the reading stops."""
        if not self.stopped:
            self.stopped = len(self.found.problems) >= LIMITS.diagnostics
            self.found.problems.append(stopped(diagnostic.span) if self.stopped else diagnostic)
        self.errors += diagnostic.is_error

    def claim(self, cells: Cells) -> Claim | None:
        """One line, or None where something in it is wrong."""
        before = self.errors
        self._words(cells)
        view = self._view(*cells["view"])
        facts = self._facts(*cells["facts"])
        asked, wanted = None, None
        if cells["asks"][0] and facts is not None:
            asked = self._asked(cells, facts)
            if asked is not None:
                wanted = self._says(asked, *cells["says"])
        if self.errors > before or view is None or facts is None:
            return None
        text = {column: cell for column, (cell, _) in cells.items()}
        return Claim(
            text["id"], text["source"], text["place"], text["original"], text["statement"], text["asks"], text["facts"], text["in"], view,
            text["says"], text["verdict"], text["why"], asked, wanted, self.file.name, cells["id"][1].line,
        )  # fmt: skip

    def _words(self, cells: Cells) -> None:
        """What every claim has: an id of its own, a source, a statement, a verdict, and a reason where it needs one."""
        name, span = cells["id"]
        if name in self.ids:
            self.wrong(errors.same_id(span, name, self.ids[name]))
        elif name:
            self.ids[name] = span.line
        for column, why, step in (
            ("id", "A claim is found and cited by its id.", "Write a short name that no other line has."),
            ("source", "A claim is somebody's.", "Name the document."),
            ("statement", "A reader sees what is claimed.", "Say in one plain sentence what the source says."),
        ):
            if not cells[column][0]:
                self.wrong(errors.empty(cells[column][1], column, why, step))
        verdict, place = cells["verdict"]
        if verdict not in VERDICTS:
            self.wrong(errors.no_verdict(place, verdict, VERDICTS))
        elif verdict != AGREES and not cells["why"][0]:
            self.wrong(errors.no_why(cells["why"][1], verdict))
        if cells["asks"][0] and not cells["says"][0]:
            said = "What our rules give is held against what the source says."
            self.wrong(errors.empty(cells["says"][1], "says", said, "Write the value, or leave `asks` empty."))

    def _view(self, text: str, span: Span) -> ir.View | None:
        if text not in self.views:
            self.views[text] = parse_view(self.program, text) if text else ir.View(self.program.scheme)
        view = self.views[text]
        if isinstance(view, Diagnostic):
            why = view.why if f"`{text}`" in view.title else f"{view.title[:1].upper()}{view.title[1:]}. {view.why}"
            self.wrong(errors.bad_view(span, text, self.program.scheme, why, view.next))
            return None
        return view

    def _facts(self, name: str, span: Span) -> FactSet | None:
        """The facts of a line, each file read once; None where they cannot be used."""
        if name in self.refused:
            return None
        if name not in self.found.facts:
            facts = self._read_facts(name, span)
            if facts is None:
                self.refused.add(name)
                return None
            facts.add_listed(self.program)
            self.found.facts[name] = facts
        return self.found.facts[name]

    def _read_facts(self, name: str, span: Span) -> FactSet | None:
        if not name:
            return FactSet()
        form = FORMS.get(Path(name).suffix.lower()) if len(name) <= LIMITS.name_characters and "\0" not in name else None
        data = _bytes_of(self.folder, name, LIMITS.facts_bytes) if form and name != TABLE and self.folder is not None else None
        if data is None:
            self.wrong(errors.no_facts_file(span, name))
            return None
        shown = f"{self.file.name.rpartition('/')[0]}/{name}"
        facts, problems = read_texts(self.program, [FactsText(shown, data, form or "")])
        for problem in problems:
            self.wrong(problem)
        return None if any(p.is_error for p in problems) else facts

    # ---- what is asked

    def _asked(self, cells: Cells, facts: FactSet) -> Asked | None:
        text, span = cells["asks"]
        program = self.program
        head, _, rest = text.partition(" of ")
        name, row, part = head.strip(), rest.strip() or None, None
        owner, _, below = rest.partition(" of ")
        if (found := self._law(owner.strip())) is not None and head in PARTS.get(found[0], ()):
            name, row, part = owner.strip(), below.strip() or None, head
        question = ""
        law = self._law(name)
        if law is None and name in program.questions:
            question = name
            answer = next((r for r in program.rules.values() if r.answers == name), None)
            if answer is None:
                return Asked("question", name, None, row, None, None, name)
            law = ("rule", answer)
        if law is None:
            return self._asked_fact(cells, name, row, facts)
        sort, definition = law
        name = definition.name
        if isinstance(definition, ir.Rule) and definition.argument is not None:
            self.wrong(errors.has_argument(span, name))
            return None
        if not self._row_fits(name, definition.entity, row, facts, span):
            return None
        timing = ir.DATED_VALUE if sort == "account" and part is None else definition.timing
        at = self._at(name, definition.kind if timing == ir.EACH else None, timing == ir.DATED_VALUE, *cells["in"])
        return None if at is None else Asked(sort, name, part, row, at[0], type_of(program, name, part), question)

    def _asked_fact(self, cells: Cells, name: str, row: str | None, facts: FactSet) -> Asked | None:
        program, span = self.program, cells["asks"][1]
        named = [f for f in program.fields.values() if f.name == name]
        if not named:
            laws = (program.rules, program.measures, program.duties, program.accounts, program.checks, program.questions)
            known = [*(n for kind in laws for n in kind), *(f.name for f in program.fields.values())]
            self.wrong(errors.no_such_law(span, name, program.scheme, known))
            return None
        fact = next((f for f in named if f.entity is None or row in facts.rows.get(f.entity, {})), named[0])
        if not self._row_fits(name, fact.entity, row, facts, span):
            return None
        at = self._at(name, fact.kind, False, *cells["in"])
        return None if at is None else Asked("fact", fact.key, None, row, at[0], fact.type)

    def _law(self, name: str) -> tuple[str, ir.Definition] | None:
        p = self.program
        for sort, laws in (("rule", p.rules), ("measure", p.measures), ("duty", p.duties), ("account", p.accounts), ("check", p.checks)):
            if name in laws:
                return sort, laws[name]
        return None

    def _row_fits(self, name: str, entity: str | None, row: str | None, facts: FactSet, span: Span) -> bool:
        if entity is None:
            if row is not None:
                self.wrong(errors.row_of_nothing(span, name, row))
            return row is None
        if row is None:
            self.wrong(errors.no_row(span, name, entity))
        elif row not in facts.rows.get(entity, {}):
            self.wrong(errors.no_such_row(span, row, entity, facts.rows.get(entity, {})))
        else:
            return True
        return False

    def _at(self, name: str, kind: str | None, dated: bool, text: str, span: Span) -> tuple[At] | None:
        """The place in time: a period of the kind, a day where the value is dated, else none."""
        calendar = self.program.calendar
        if dated:
            literal = calendar.literal(text) if text else None
            day: date | None = read_day(text) or (calendar.start(literal) if isinstance(literal, Period) else None)
            if day is None:
                self.wrong(errors.no_day(span, text, name))
            return None if day is None else (day,)
        if kind is None:
            if text:
                self.wrong(errors.time_of_nothing(span, text, name))
            return None if text else (None,)
        period = read_period(calendar, text, kind) if text else None
        if period is None:
            self.wrong(errors.no_period(span, text, name, kind, example_period(calendar, kind)))
            return None
        return (period,)

    def _says(self, asked: Asked, text: str, span: Span) -> ir.Value | None:
        """The value that the source gives.

        A source may say what our rule could never give: an absent answer, or a word that only the shared question knows.
        Such a value is read all the same, and differs.
        """
        if asked.type is None or not text:
            return None
        value = self.values.value(text.removeprefix("list "), asked.type, span)
        if isinstance(value, Diagnostic) and text.replace(" ", "_") in ABSENT_WORDS:
            return Absent(text.replace(" ", "_"))
        rule = self.program.rules.get(asked.name)
        question = self.program.questions.get(rule.answers or "") if rule is not None else None
        if isinstance(value, Diagnostic) and question is not None and isinstance(question.type.base, NameType | SetType):
            value = self.values.value(text.removeprefix("list "), question.type, span)
        if isinstance(value, Diagnostic):
            self.wrong(value)
            return None
        return value


# ---------------------------------------------------------------- files and places


def _bytes_of(folder: Path | None, name: str, limit: int) -> bytes | None:
    """The content of a plain file of the folder `claims`, to which no link leads; None where there is no such file."""
    if folder is None or "/" in name:
        return None
    try:
        path = inside(folder, f"{FOLDER}/{name}")
        if path is None or not path.is_file():
            return None
        with path.open("rb") as file:
            return file.read(limit + 1)
    except (OSError, ValueError):
        return None


def _at_its_line(mistake: Diagnostic, file: SourceFile) -> Diagnostic:
    """A line with too many or too few cells is shown: most often a comma wants quotes."""
    lines = _places(file)
    ragged = next((line for line in lines if len(line) != len(lines[0])), None)
    if ragged is None or f", line {file.line_of(ragged[-1].end)})" not in mistake.title:
        return mistake
    return replace(mistake, span=ragged[0].to(ragged[-1]))


def _places(file: SourceFile) -> list[list[Span]]:
    """The places of the cells of every line that is not blank, without outer blanks and quotes. For a table that was read."""
    text, at, lines = file.text, 0, list[list[Span]]()
    line: list[Span] = []
    while at <= len(text):
        start = at
        if text.startswith('"', at):
            at += 1
            while at < len(text) and (text[at] != '"' or text.startswith('""', at)):
                at += 2 if text[at] == '"' else 1
            line.append(Span(file, start + 1, min(at, len(text))))
            at += 1
        else:
            while at < len(text) and text[at] not in ",\n":
                at += 1
            cell = text[start:at]
            begin = start + len(cell) - len(cell.lstrip())
            line.append(Span(file, begin, max(begin, start + len(cell.rstrip()))))
        if at >= len(text) or text[at] == "\n":
            if any(text[span.start : span.end].strip() for span in line):
                lines.append(line)
            line = []
        at += 1
    return lines
