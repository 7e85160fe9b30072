"""Published tables as cases: a CSV file of a scheme's folder `cases/` whose header says what each column is.

    row ENTITY            the name of the row (any text); `in PARENT` the parent's row
    row ENTITY is NAME    the same row of that entity in every line
    period                the period of the columns that name none
    view                  the view of the line, if it is not all enacted law
    case                  a title, where there is no row
    given NAME [in P]     a fact, or a rule whose value is given
    expect NAME [in P]    what must come out: a value, an absent answer, `unknown`, `needs x`, `not encoded`,
                          `disputed`, `error conflict`
    differs NAME          why this line is known not to match: then it must differ, so that no reason outlives its cause
    all ENTITIES          `yes` where the list is complete with the rows of this file
    about …               kept for readers, not used

An empty cell gives nothing and expects nothing. Each line is a case of its own, exact to the last digit.

Invariant: a column that is none of these is an error, so that a slip of the pen is not a column that is never compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path

from capcode.dsl import ir
from capcode.dsl.calendar import Period
from capcode.dsl.diagnostics import Diagnostic, nearest
from capcode.dsl.find import read_view
from capcode.dsl.ir import Program
from capcode.dsl.load import CsvTable, read_csv
from capcode.dsl.source import SourceFile, Span
from capcode.dsl.types import YES_NO, Type
from capcode.interpreter.fact_values import ValueReader, read_day, read_period
from capcode.interpreter.facts import At
from capcode.interpreter.law_facts import can_be_set

STATES = {"unknown": "unknown", "not encoded": "not_encoded", "disputed": "disputed"}
_PARTS = ("shortfall", "used", "lapsed", "undistributed")


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


@dataclass(slots=True)
class _Reader:
    program: Program
    values: ValueReader
    file: SourceFile
    diagnostics: list[Diagnostic]

    def wrong(self, code: str, title: str, line: int, step: str) -> None:
        start = self.file.line_starts[line - 1] if 0 < line <= len(self.file.line_starts) else 0
        text = self.file.line_text(line)
        self.diagnostics.append(Diagnostic(code, title, Span(self.file, start, start + len(text)), "", step))


def read_case_tables(program: Program, folder: Path) -> tuple[list[TableCase], list[Diagnostic]]:
    """All case tables of a scheme: the CSV files of `cases/`, but for tables of facts, whose first column is `id`."""
    found: list[TableCase] = []
    diagnostics: list[Diagnostic] = []
    for path in sorted((folder / "cases").glob("*.csv")):
        name = f"{folder.name}/cases/{path.name}"
        data = path.read_bytes()
        file = SourceFile(name, data.decode("utf-8-sig", "replace"))
        table = read_csv(name, data, Span(file, 0, 0))
        if isinstance(table, Diagnostic):
            diagnostics.append(table)
        elif table.header[0] != "id":
            reader = _Reader(program, ValueReader(program), file, diagnostics)
            found.extend(_cases(reader, table))
    return found, diagnostics


def _cases(reader: _Reader, table: CsvTable) -> list[TableCase]:
    columns = [_column(reader, header) for header in table.header]
    if any(c is None for c in columns):
        return []
    done: list[TableCase] = []
    for line, cells in table.rows:
        one = _line(reader, table.name, line, list(zip(table.header, columns, cells, strict=True)))
        if one is not None:
            done.append(one)
    return done


Column = tuple[str, _Target | str]


def _column(reader: _Reader, header: str) -> Column | None:
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
        reader.wrong("F101", f"there is no entity `{entity}`", 1, _near(entity, list(known)))
        return None
    if word in ("given", "expect", "differs"):
        target = _target(reader, rest, word)
        return None if target is None else (word, target)
    reader.wrong("F102", f"the column `{header[:60]}` says nothing", 1,
                 "Begin it with row, in, period, view, case, given, expect, differs, all or about.")  # fmt: skip
    return None


def _near(word: str, known: list[str]) -> str:
    near = nearest(word, known)
    return f"Did you mean `{near}`?" if near else "Correct the name."


def _target(reader: _Reader, text: str, word: str) -> _Target | None:
    program = reader.program
    text, _, period = text.partition(" in ")
    part = None
    head, of, rest = text.partition(" of ")
    if of and head in _PARTS:
        part, text = head, rest
    for sort, found in (
        ("rule", program.rules), ("measure", program.measures), ("duty", program.duties),
        ("account", program.accounts), ("check", program.checks),
    ):  # fmt: skip
        law = found.get(text)
        if law is not None:
            type_ = getattr(law, "type", None) if sort != "duty" or part else None
            return _Target(sort, text, type_ or YES_NO, law.entity, law.kind, law.timing, period, part)
    head, of, owner = text.partition(" of ")
    fields = [f for f in program.fields.values() if f.name == head and (not of or f.entity == owner)]
    if len(fields) == 1:
        f = fields[0]
        return _Target("fact", f.key, f.type, f.entity, f.kind, ir.EACH if f.kind else ir.CONSTANT, period)
    if len(fields) > 1:
        owners = " or ".join(f"`{head} of {f.entity}`" for f in fields)
        reader.wrong("F103", f"`{head}` could be {owners}", 1, "Name the entity.")
        return None
    known = [*program.rules, *program.measures, *program.duties, *program.checks, *(f.name for f in program.fields.values())]
    reader.wrong("F104", f"`{text}` is no fact and no rule of `{program.scheme}`", 1, _near(text, known))
    return None


def _line(reader: _Reader, file: str, line: int, cells: list[tuple[str, Column | None, str]]) -> TableCase | None:
    program = reader.program
    rows: list[ir.GivenRow] = []
    names: dict[str, str] = {}
    parents: dict[str, str] = {}
    period, title = "", ""
    view = ir.View(program.scheme)
    for _, column, cell in cells:
        assert column is not None
        word, what = column
        if word == "row":
            entity, _, fixed = str(what).partition(" is ")
            names[entity] = fixed or cell
            title = title or cell
        elif word == "in" and cell:
            parents[str(what)] = cell
        elif word == "period":
            period = cell
        elif word == "case":
            title = cell
        elif word == "view" and cell:
            asked = read_view(cell)
            if asked is None or asked.scheme != program.scheme or not asked.chosen <= set(program.instruments):
                reader.wrong("F105", f"`{cell[:60]}` is not a view of `{program.scheme}`", line, "Write, for example, SCHEME@2024-01-01.")
                return None
            view = ir.View(asked.scheme, asked.as_at, asked.chosen)
    for entity, name in names.items():
        parent = program.entities[entity].parent
        rows.append(ir.GivenRow(entity, name, names.get(parent or "") or parents.get(parent or "")))
    values: list[ir.GivenValue] = []
    expected: list[ir.Expected] = []
    differs: dict[str, str] = {}
    rosters: list[tuple[str, str | None]] = []
    for header, column, cell in cells:
        assert column is not None
        word, what = column
        if word == "all" and cell == "yes":
            rosters.append((str(what), None))
        if not isinstance(what, _Target) or not cell:
            continue
        if word == "differs":
            differs[what.name if what.part is None else f"{what.part} of {what.name}"] = cell
            continue
        at = _at(reader, what, what.period or period, line)
        if at is None:
            return None
        row = names.get(what.entity or "")
        if what.entity is not None and row is None:
            title = f"`{header}` is of one `{what.entity}`, and no column names the row"
            reader.wrong("F106", title, line, f"Add a column `row {what.entity}`.")
            return None
        if word == "given":
            value = _value(reader, what, cell, line)
            if value is None:
                return None
            values.append(ir.GivenValue(_what(program, what), what.name, row, at[0], value))
        else:
            one = _expected(reader, what, row, at[0], cell, line)
            if one is None:
                return None
            expected.append(one)
    span = Span(reader.file, reader.file.line_starts[line - 1] if line <= len(reader.file.line_starts) else 0, 0)
    shown = title or period
    case = ir.Case(f"{Path(file).stem}: {shown}", (), view, tuple(rows), tuple(rosters), tuple(values), tuple(expected), span)
    return TableCase(case, differs, file, line)


def _what(program: Program, target: _Target) -> str:
    if target.sort == "fact":
        return "fact"
    if target.sort == "measure":
        return "act"
    return "set" if target.sort == "rule" and can_be_set(program, program.rules[target.name]) else "rule"


def _at(reader: _Reader, target: _Target, text: str, line: int) -> tuple[At] | None:
    calendar = reader.program.calendar
    if target.timing == ir.DATED_VALUE:
        day = read_day(text) or _first_day(reader, text)
        if day is None:
            reader.wrong("F107", f"`{text[:40]}` is no day for `{target.name}`", line, "Write the day: 2024-03-01.")
            return None
        return (day,)
    if target.kind is None:
        return (None,)
    period = read_period(calendar, text, target.kind) if text else None
    if period is None:
        title = f"`{text[:40]}` is no {target.kind} for `{target.name}`"
        reader.wrong("F107", title, line, "Add a column `period`, or `in PERIOD` to the header.")
        return None
    return (period,)


def _first_day(reader: _Reader, text: str) -> date | None:
    period = reader.program.calendar.literal(text) if text else None
    return reader.program.calendar.start(period) if isinstance(period, Period) else None


def _value(reader: _Reader, target: _Target, cell: str, line: int) -> ir.Value | None:
    start = reader.file.line_starts[line - 1] if line <= len(reader.file.line_starts) else 0
    found = reader.values.value(cell, target.type, Span(reader.file, start, start + len(reader.file.line_text(line))))
    if isinstance(found, Diagnostic):
        reader.diagnostics.append(found)
        return None
    return found


def _expected(reader: _Reader, target: _Target, row: str | None, at: At, cell: str, line: int) -> ir.Expected | None:
    name = target.name if target.part is None else f"{target.part} of {target.name}"
    state, wanted = STATES.get(cell, ""), ""
    for word in ("needs", "error"):
        if cell.startswith(word + " "):
            state, wanted = word, cell[len(word) + 1 :]
    if state:
        return ir.Expected(target.sort, target.name, row, at, None, target.part, state, wanted=wanted, text=name)
    text, _, within = cell.partition(" within ")
    value = _value(reader, target, text, line)
    distance = _value(reader, target, within, line) if within else None
    if value is None or (within and not isinstance(distance, Fraction)):
        return None
    assert distance is None or isinstance(distance, Fraction)
    return ir.Expected(target.sort, target.name, row, at, None, target.part, "known", value, distance, text=name)

