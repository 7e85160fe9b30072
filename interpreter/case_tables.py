"""Published tables as cases: a CSV file of a scheme's folder `cases/` whose header says what each column is.

    row ENTITY            the name of the row (any text); `in PARENT` the parent's row
    row ENTITY is NAME    the same row of that entity in every line
    period                the period of the columns that name none
    view                  the view of the line, if it is not all enacted law
    case                  a title, where there is no row
    given NAME [in P]     a fact, or a rule whose value is given
    expect NAME [in P]    what must come out: a value, an absent answer, `unknown`, `needs x`, `not encoded`,
                          `disputed`, `error conflict`
    differs NAME, differs NAME in PERIOD
                          why this line is known not to match: then it must differ, so that no reason outlives its cause;
                          without a period it speaks of the figure without one, or, if there is none, of all of that
                          name that have no reason of their own
    all ENTITIES          `yes` where the list is complete with the rows of this file
    about …               kept for readers, not used

An empty cell gives nothing and expects nothing. Each line is a case of its own, exact to the last digit.
After LIMITS.diagnostics mistakes the reading of a table stops.

Invariants: no bytes make it raise; a column that is none of these is an error, so that a slip of the pen is not a column
that is never compared; a line is run whole or told about, never dropped; no link is followed out of the folder.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from pathlib import Path

from capcode.dsl import ir, load_errors
from capcode.dsl.calendar import Period
from capcode.dsl.diagnostics import Diagnostic
from capcode.dsl.files import inside
from capcode.dsl.instruments import parse_view
from capcode.dsl.ir import Program
from capcode.dsl.limits import LIMITS
from capcode.dsl.load import CsvTable, read_csv
from capcode.dsl.source import SourceFile, Span
from capcode.dsl.types import YES_NO, Type
from capcode.interpreter import case_errors as errors
from capcode.interpreter.fact_errors import stopped
from capcode.interpreter.fact_tree import text_of
from capcode.interpreter.fact_values import ValueReader, read_day, read_period
from capcode.interpreter.facts import At
from capcode.interpreter.law_facts import can_be_set

STATES = {"unknown": "unknown", "not encoded": "not_encoded", "disputed": "disputed"}
_PARTS = {"duty": ("shortfall", "used"), "account": ("shortfall", "lapsed"), "rule": ("undistributed",)}


@dataclass(frozen=True, slots=True)
class TableCase:
    """One line of a case table: the case, and the reasons why expectations are known to fail, by their text."""

    case: ir.Case
    differs: dict[str, str]
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class _Target:
    """What a column speaks of."""

    sort: str  # fact, or the sort of law
    name: str
    type: Type
    entity: str | None
    kind: str | None
    timing: str
    period: str
    part: str | None = None

    @property
    def text(self) -> str:
        """`shortfall of surrender in 2024`: what it is, with the period that the header names."""
        name = self.name if self.part is None else f"{self.part} of {self.name}"
        return f"{name} in {self.period}" if self.period else name


@dataclass(slots=True)
class _Reader:
    """One table. `found` are its mistakes; `views` are the views that lines named, by their text."""

    program: Program
    values: ValueReader
    file: SourceFile
    found: list[Diagnostic] = field(default_factory=list)
    views: dict[str, ir.View | None] = field(default_factory=dict)
    stopped: bool = False
    _at: tuple[int, tuple[Span, list[Span]]] | None = None  # the line last asked about: its place, and its cells'

    def wrong(self, diagnostic: Diagnostic) -> None:
        """Notes a mistake; after too many the reading stops."""
        if not self.stopped:
            self.stopped = len(self.found) >= LIMITS.diagnostics
            self.found.append(stopped(diagnostic.span) if self.stopped else diagnostic)

    def place(self, line: int, position: int = 0) -> Span:
        """A cell, where the line has no quotes; otherwise the line."""
        if self._at is None or self._at[0] != line:
            self._at = (line, self._places(line))
        whole, cells = self._at[1]
        return cells[position] if position < len(cells) else whole

    def _places(self, line: int) -> tuple[Span, list[Span]]:
        text = self.file.line_text(line)
        start = self.file.line_starts[min(line, len(self.file.line_starts)) - 1]
        whole, cells, before = Span(self.file, start, start + len(text)), list[Span](), start
        for cell in text.split(",") if '"' not in text else ():
            begin = before + len(cell) - len(cell.lstrip())
            cells.append(Span(self.file, begin, begin + len(cell.strip())))
            before += len(cell) + 1
        return whole, cells


def read_case_tables(program: Program, folder: Path) -> tuple[list[TableCase], list[Diagnostic]]:
    """All case tables of a scheme: the CSV files of `cases/`, but for tables of facts, whose first column is `id`."""
    found: list[TableCase] = []
    diagnostics: list[Diagnostic] = []
    for path in sorted((folder / "cases").glob("*.csv")):
        name = f"{folder.resolve().name}/cases/{path.name}"
        data = _bytes_of(folder, path, name)
        cases, wrong = ([], [data]) if isinstance(data, Diagnostic) else read_case_table(program, name, data)
        found.extend(cases)
        diagnostics.extend(wrong)
    return found, diagnostics


def _bytes_of(folder: Path, path: Path, name: str) -> bytes | Diagnostic:
    """The content of a plain file in the folder, to which no link leads."""
    try:
        if inside(folder, f"cases/{path.name}") is None or not path.is_file():
            return load_errors.unreadable(name)
        if path.stat().st_size > LIMITS.table_bytes:
            return load_errors.table_limit(Span(SourceFile(name, ""), 0, 0), name, 0, LIMITS.table_bytes, "bytes")
        return path.read_bytes()
    except OSError:
        return load_errors.unreadable(name)


def read_case_table(program: Program, name: str, data: bytes) -> tuple[list[TableCase], list[Diagnostic]]:
    """The lines of one table, or what is wrong with it; nothing for a table of facts. `name` is what messages call it."""
    read = text_of(name, data, LIMITS.table_bytes)
    if isinstance(read, Diagnostic):
        return [], [read]
    file = SourceFile(name, read.text.replace("\r\n", "\n").replace("\r", "\n"))
    table = read_csv(name, file.text.encode(), Span(file, 0, 0))
    if isinstance(table, Diagnostic):
        return [], [table]
    if table.header[0] == "id":
        return [], []
    reader = _Reader(program, ValueReader(program), file)
    return _cases(reader, table), reader.found


def _cases(reader: _Reader, table: CsvTable) -> list[TableCase]:
    head = next((n for n in range(1, len(reader.file.line_starts) + 1) if reader.file.line_text(n).strip(' ,\t"')), 1)
    columns: list[Column] = []
    seen: dict[Column, str] = {}
    for i, header in enumerate(table.header):
        column = _column(reader, header, reader.place(head, i))
        if column is None:
            continue
        word, what = column
        same = (word, what.partition(" is ")[0]) if word in ("row", "in") and isinstance(what, str) else column
        if word != "about" and same in seen:
            reader.wrong(errors.said_twice(reader.place(head, i), header, seen[same]))
        seen[same] = header
        columns.append(column)
    texts = [what.text for word, what in columns if word == "expect" and isinstance(what, _Target)]
    expected = {*texts, *(text.partition(" in ")[0] for text in texts)}
    for i, (word, what) in enumerate(columns):
        if word == "differs" and isinstance(what, _Target) and what.text not in expected:
            reader.wrong(errors.nothing_differs(reader.place(head, i), what.text))
    if reader.found:
        return []
    done: list[TableCase] = []
    for line, cells in table.rows:
        one = _line(reader, table.name, line, list(zip(table.header, columns, cells, strict=True)))
        if one is not None:
            done.append(one)
        if reader.stopped:
            break
    return done


Column = tuple[str, _Target | str]


def _column(reader: _Reader, header: str, span: Span) -> Column | None:
    word, _, rest = header.partition(" ")
    if word in ("period", "view", "case") and not rest:
        return word, ""
    if word == "about":
        return word, rest
    if word in ("row", "in", "all"):
        entity = rest.partition(" is ")[0]
        known = {e.plural: n for n, e in reader.program.entities.items()} if word == "all" else {n: n for n in reader.program.entities}
        if entity in known:
            return word, known[entity] + rest[len(entity) :]
        reader.wrong(errors.no_entity(span, entity, known))
        return None
    if word in ("given", "expect", "differs"):
        target = _target(reader, rest, span)
        if target is None:
            return None
        if word == "given" and (target.part is not None or target.sort == "account"):
            reader.wrong(errors.cannot_be_given(span, rest))
            return None
        return word, target
    reader.wrong(errors.no_column(span, header))
    return None


def _target(reader: _Reader, text: str, span: Span) -> _Target | None:
    program = reader.program
    text, _, period = text.partition(" in ")
    head, of, owner = text.partition(" of ")
    law: ir.Definition
    for sort, known in (
        ("rule", program.rules), ("measure", program.measures), ("duty", program.duties),
        ("account", program.accounts), ("check", program.checks),
    ):  # fmt: skip
        part = head if of and owner in known and head in _PARTS.get(sort, ()) else None
        if part is None and text not in known:
            continue
        law = known[owner if part is not None else text]
        if isinstance(law, ir.Rule) and law.argument is not None:
            reader.wrong(errors.has_argument(span, law.name))
            return None
        type_ = getattr(law, "type", None) if sort != "duty" or part else None
        if sort == "account" and part is None:
            return _Target(sort, law.name, type_ or YES_NO, law.entity, None, ir.DATED_VALUE, period)
        return _Target(sort, law.name, type_ or YES_NO, law.entity, law.kind, law.timing, period, part)
    fields = [f for f in program.fields.values() if f.name == head and (not of or f.entity == owner)]
    if len(fields) == 1:
        f = fields[0]
        return _Target("fact", f.key, f.type, f.entity, f.kind, ir.EACH if f.kind else ir.CONSTANT, period)
    if fields:
        reader.wrong(errors.several_fields(span, head, sorted(f.entity or "" for f in fields)))
        return None
    names = [*program.rules, *program.measures, *program.duties, *program.accounts, *program.checks]
    reader.wrong(errors.no_such_law(span, text, program.scheme, [*names, *(f.name for f in program.fields.values())]))
    return None


def _view(reader: _Reader, text: str) -> ir.View | None:
    """The view that a cell names; None where it is none of this scheme."""
    if text not in reader.views:
        view = parse_view(reader.program, text)
        reader.views[text] = view if isinstance(view, ir.View) else None
    return reader.views[text]


def _line(reader: _Reader, file: str, line: int, cells: list[tuple[str, Column, str]]) -> TableCase | None:
    program = reader.program
    rows: list[ir.GivenRow] = []
    names: dict[str, str] = {}
    parents: dict[str, str] = {}
    period, title = "", ""
    view = ir.View(program.scheme)
    for i, (_, (word, what), cell) in enumerate(cells):
        if word == "row":
            entity, _, fixed = str(what).partition(" is ")
            if fixed or cell:
                names[entity] = fixed or cell
            title = title or cell
        elif word == "in" and cell:
            parents[str(what)] = cell
        elif word == "period":
            period = cell
        elif word == "case":
            title = cell
        elif word == "view" and cell:
            asked = _view(reader, cell)
            if asked is None:
                reader.wrong(errors.bad_view(reader.place(line, i), cell, program.scheme))
                return None
            view = asked
    for entity, name in names.items():
        parent = program.entities[entity].parent
        rows.append(ir.GivenRow(entity, name, names.get(parent or "") or parents.get(parent or "")))
    values: list[ir.GivenValue] = []
    expected: list[ir.Expected] = []
    differs: dict[str, str] = {}
    rosters: list[tuple[str, str | None]] = []
    for i, (header, (word, what), cell) in enumerate(cells):
        span = reader.place(line, i)
        if word == "all" and cell not in ("", "yes"):
            reader.wrong(errors.not_yes(span, cell))
            return None
        if word == "all" and cell:
            rosters.append((str(what), None))
        if not isinstance(what, _Target) or not cell:
            continue
        if word == "differs":
            differs[what.text] = cell
            continue
        at = _at(reader, what, what.period or period, span)
        if at is None:
            return None
        row = names.get(what.entity or "")
        if what.entity is not None and row is None:
            reader.wrong(errors.no_row(span, header, what.entity))
            return None
        if word == "given":
            value = _value(reader, what, cell, span)
            if value is None:
                return None
            values.append(ir.GivenValue(_what(program, what), what.name, row, at[0], value))
        else:
            one = _expected(reader, what, row, at[0], cell, span)
            if one is None:
                return None
            expected.append(one)
    texts = {e.text for e in expected}
    named = {text: text if text in differs else text.partition(" in ")[0] for text in texts}
    reasons = {text: differs[name] for text, name in named.items() if name in differs and (name == text or name not in texts)}
    span = reader.place(line, len(cells))
    shown = title or period
    case = ir.Case(f"{Path(file).stem}: {shown}", (), view, tuple(rows), tuple(rosters), tuple(values), tuple(expected), span)
    return TableCase(case, reasons, file, line)


def _what(program: Program, target: _Target) -> str:
    if target.sort == "fact":
        return "fact"
    if target.sort == "measure":
        sections = program.measures[target.name].sections
        return "act" if any(isinstance(s.law, ir.MeasureLaw) and s.law.modal == "may" for s in sections) else "rule"
    return "set" if target.sort == "rule" and can_be_set(program, program.rules[target.name]) else "rule"


def _at(reader: _Reader, target: _Target, text: str, span: Span) -> tuple[At] | None:
    calendar = reader.program.calendar
    if target.timing == ir.DATED_VALUE:
        day = read_day(text) or _first_day(reader, text)
        if day is None:
            reader.wrong(errors.no_day(span, text, target.name))
            return None
        return (day,)
    if target.kind is None:
        return (None,)
    period = read_period(calendar, text, target.kind) if text else None
    if period is None:
        reader.wrong(errors.no_period(span, text, target.name, target.kind))
        return None
    return (period,)


def _first_day(reader: _Reader, text: str) -> date | None:
    period = reader.program.calendar.literal(text) if text else None
    return reader.program.calendar.start(period) if isinstance(period, Period) else None


def _value(reader: _Reader, target: _Target, cell: str, span: Span) -> ir.Value | None:
    found = reader.values.value(cell, target.type, span)
    if isinstance(found, Diagnostic):
        reader.wrong(found)
        return None
    return found


def _expected(reader: _Reader, target: _Target, row: str | None, at: At, cell: str, span: Span) -> ir.Expected | None:
    name = target.text
    state, wanted = STATES.get(cell, ""), ""
    for word in ("needs", "error"):
        if cell.startswith(word + " "):
            state, wanted = word, cell[len(word) + 1 :]
    if state:
        return ir.Expected(target.sort, target.name, row, at, None, target.part, state, wanted=wanted, text=name)
    text, within, written = cell.partition(" within ")
    value = _value(reader, target, text, span)
    if value is None:
        return None
    distance: Fraction | None = None
    if within:
        found = _value(reader, target, written, span) if isinstance(value, Fraction) else None
        if not isinstance(found, Fraction) or found < 0:
            reader.wrong(errors.bad_distance(span, written))
            return None
        distance = found
    return ir.Expected(target.sort, target.name, row, at, None, target.part, "known", value, distance, text=name)
