"""CSV as lines of cells with places, and the header of a table of facts.

    id,mine,emissions 2022-23 [kt],emissions 2023-24 [kt],kind
    m1,north,310.2,298,existing

The first line names the columns: `id`; `in`, `parent` or the parent entity's name; `period`; a field, with a period
after it (`emissions 2023-24` or `emissions@2023-24`) and a unit in brackets (`[kt]`) if the cells hold bare numbers.
With a column `period` a row has a line for each period. An empty cell says nothing. A CSV never closes a list.
Strict: commas, LF or CRLF, every line as long as the header, quotes only around a whole cell. Formulas are text.

Invariant: one line is in hand at a time; no cell is ever interpreted as anything but text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from capcode.dsl.calendar import Period
from capcode.dsl.diagnostics import Diagnostic
from capcode.dsl.ir import Entity, Field
from capcode.dsl.limits import LIMITS
from capcode.dsl.source import SourceFile, Span
from capcode.interpreter import fact_errors as errors
from capcode.interpreter.fact_reader import FactReader, Place
from capcode.interpreter.fact_tree import check_text
from capcode.interpreter.fact_values import ValueReader
from capcode.interpreter.facts import At

_COLUMN = re.compile(r"([^\s@\[\]]+)(?:(?: |@)([^\[\]]*?))?(?: ?\[([^\[\]]+)\])?")


@dataclass(frozen=True, slots=True)
class Line:
    """The cells of one line, trimmed of spaces, and the offset at which each begins."""

    cells: list[str]
    starts: list[int]

    def place(self, file: SourceFile, column: int) -> Span:
        at = self.starts[column]
        return Span(file, at, at + max(1, len(self.cells[column])))


@dataclass(frozen=True, slots=True)
class Column:
    """What a column holds: sort is id, parent, period or field."""

    sort: str
    field: Field | None = None
    period: Period | None = None
    unit: str = ""


def lines(file: SourceFile, *, comments: bool = False) -> Iterator[Line | Diagnostic]:
    """The lines of a CSV text; blank lines are left out, and with `comments` those that begin with `#`.

    A Diagnostic (F006, F073, F075) is the last thing given.
    """
    text, size, at = file.text, len(file.text), 0
    while at < size:
        end = text.find("\n", at)
        end = size if end < 0 else end
        if comments and text.startswith("#", at):
            at = end + 1
            continue
        quote = text.find('"', at, end)
        if quote < 0:
            raw = text[at:end].removesuffix("\r")
            if "\r" in raw:
                inner = at + raw.index("\r")
                yield errors.bad_quote(Span(file, inner, inner + 1), "a bare carriage return stands in a line")
                return
            if raw.count(",") > 2 * LIMITS.table_columns:
                yield errors.too_many_columns(Span(file, at, at + 1))
                return
            cells, starts, start = raw.split(","), [], at
            for cell in cells:
                starts.append(start + len(cell) - len(cell.lstrip(" ")))
                start += len(cell) + 1
            line = Line([c.strip(" ") for c in cells], starts)
            at = end + 1
        else:
            found = _quoted_line(file, at)
            if isinstance(found, Diagnostic):
                yield found
                return
            line, at = found
        if any(line.cells):
            yield line


def all_lines(file: SourceFile, *, comments: bool = False) -> list[Line] | Diagnostic:
    """The lines of a short CSV text, as `lines` gives them, or the mistake at which it stops."""
    found: list[Line] = []
    for line in lines(file, comments=comments):
        if isinstance(line, Diagnostic):
            return line
        found.append(line)
    return found


def _quoted_line(file: SourceFile, at: int) -> tuple[Line, int] | Diagnostic:
    """A line with quotation marks from an offset on, and the offset after it."""
    text, size = file.text, len(file.text)
    cells: list[str] = []
    starts: list[int] = []
    while True:
        if len(cells) > 2 * LIMITS.table_columns:
            return errors.too_many_columns(Span(file, at, at))
        if text.startswith('"', at):
            first, parts, start = at, [], at + 1
            while True:
                close = text.find('"', start, first + 2 * LIMITS.cell_characters)
                if close < 0:
                    far = first + 2 * LIMITS.cell_characters < size
                    mark = Span(file, first, first + 1)
                    return errors.long_text(mark) if far else errors.bad_quote(mark, "a quotation mark is never closed")
                parts.append(text[start:close])
                if not text.startswith('"', close + 1):
                    break
                parts.append('"')
                start = close + 2
            cells.append("".join(parts).strip(" "))
            starts.append(first + 1)
            at = close + 1
        else:
            ends = [p for p in (text.find(",", at), text.find("\n", at)) if p >= 0]
            end = min(ends) if ends else size
            raw = text[at:end]
            if '"' in raw:
                place = at + raw.index('"')
                return errors.bad_quote(Span(file, place, place + 1), "a quotation mark stands inside a cell")
            cells.append(raw.removesuffix("\r").strip(" "))
            starts.append(at)
            at = end
        if at >= size:
            return Line(cells, starts), size
        if text.startswith("\r\n", at):
            return Line(cells, starts), at + 2
        if text[at] == "\n":
            return Line(cells, starts), at + 1
        if text[at] != ",":
            return errors.bad_quote(Span(file, at, at + 1), "something stands after a closing quotation mark")
        at += 1


def header(
    line: Line, file: SourceFile, entity: Entity | None, fields: dict[str, Field], values: ValueReader
) -> tuple[list[Column], list[Diagnostic]]:
    """The columns of a table of an entity (None: scheme-wide facts). Errors: F006, F021, F054, F071, F075."""
    columns: list[Column] = []
    wrong: list[Diagnostic] = []
    if len(line.cells) > LIMITS.table_columns:
        return [], [errors.too_many_columns(line.place(file, LIMITS.table_columns))]
    first = line.cells[0]
    if len(line.cells) == 1 and (";" in first or "\t" in first):
        step = "Save it with commas (in a spreadsheet: “CSV UTF-8, comma”), numbers with a decimal point."
        return [], [errors.bad_header(line.place(file, 0), errors.short(first), "is not separated by commas", step)]
    for i, cell in enumerate(line.cells):
        span = line.place(file, i)
        bad = check_text(cell, span)
        column = bad if bad is not None else _column(cell, span, entity, fields, values)
        if isinstance(column, Diagnostic):
            wrong.append(column)
        elif any((c.sort, c.field, c.period) == (column.sort, column.field, column.period) for c in columns):
            wrong.append(errors.bad_header(span, errors.short(cell), "stands there twice", "Keep one of them."))
        else:
            columns.append(column)
    if wrong:
        return [], wrong
    sorts = {c.sort for c in columns}
    start = line.place(file, 0)
    if entity is not None and "id" not in sorts:
        return [], [errors.bad_header(start, "id", "is missing", "Add a column `id` with the name of each row.")]
    for i, column in enumerate(columns):
        if column.field is not None and column.field.kind is not None and column.period is None and "period" not in sorts:
            step = f"Name the period after it (`{column.field.name} PERIOD`), or add a column `period`."
            wrong.append(errors.bad_header(line.place(file, i), line.cells[i], f"needs a {column.field.kind}", step))
    return ([], wrong) if wrong else (columns, [])


def _column(
    cell: str, span: Span, entity: Entity | None, fields: dict[str, Field], values: ValueReader
) -> Column | Diagnostic:
    found = _COLUMN.fullmatch(cell) if len(cell) <= 4 * LIMITS.name_characters else None
    if found is None:
        return errors.bad_header(span, errors.short(cell), "has no readable name", "Write `field`, `field PERIOD` or `field [unit]`.")
    name, period, unit = found[1], (found[2] or "").strip(" "), found[3] or ""
    field = fields.get(name)
    if field is None:
        if cell == "period":
            return Column("period")
        if cell == "id" and entity is not None:
            return Column("id")
        if entity is not None and cell in ("in", "parent", entity.parent):
            return Column("parent") if entity.parent else errors.no_parent_entity(span, entity.name)
        known = [*fields, "period", *(["id"] if entity else []), *([entity.parent] if entity and entity.parent else [])]
        return errors.unknown_field(span, name, entity.name if entity is not None else "The scheme", known)
    if not period:
        return Column("field", field, None, unit)
    if field.kind is None:
        return errors.bad_header(span, errors.short(cell), "names a period, but the field has none", f"Write `{name}`.")
    at = values.period(period, field.kind, span)
    return at if isinstance(at, Diagnostic) else Column("field", field, at, unit)


def read_table(reader: FactReader, name: str) -> None:
    """The table in `reader.file`, of the entity with that name or plural, or of scheme-wide facts (`facts`)."""
    file = reader.file
    entity = reader.entities.get(name)
    if entity is None and name != "facts":
        return reader.wrong(errors.unknown_table(Span(file, 0, 0), name, [*reader.entities, "facts"]))
    columns: list[Column] | None = None
    count, seen = 0, set[str]()
    for line in lines(file):
        if isinstance(line, Diagnostic):
            return reader.wrong(line)
        if columns is None:
            columns, wrong = header(line, file, entity, reader.fields_of(entity.name if entity else None), reader.values)
            for one in wrong:
                reader.wrong(one)
            if wrong:
                return None
            continue
        count += 1
        if count > LIMITS.table_rows:
            return reader.wrong(errors.too_many_rows(line.place(file, 0)))
        if len(line.cells) != len(columns):
            reader.wrong(errors.ragged(line.place(file, 0), len(line.cells), len(columns)))
        else:
            _put_line(reader, entity, columns, line, seen)
        if reader.stopped:
            return None
    if columns is None:
        reader.wrong(errors.not_readable(Span(file, 0, 0), "CSV", "the file is empty"))
    return None


def _put_line(reader: FactReader, entity: Entity | None, columns: list[Column], line: Line, seen: set[str]) -> None:
    file = reader.file
    said: dict[str, tuple[str, Span]] = {}
    for i, (cell, column) in enumerate(zip(line.cells, columns, strict=True)):
        wrong = None if cell.isascii() and cell.isprintable() and len(cell) < 256 else check_text(cell, line.place(file, i))
        if wrong is not None:
            return reader.wrong(wrong)
        if column.field is None:
            said[column.sort] = (cell, line.place(file, i))
    row: str | None = None
    if entity is not None:
        row, span = said["id"]
        parent = said["parent"][0] if "parent" in said else ""
        if not row:
            return reader.wrong(errors.no_row_name(span))
        if row in seen and "period" not in said:
            return reader.wrong(errors.row_again(span, row))
        if not reader.add_row(entity, row, span, parent or None):
            return None
        seen.add(row)
    for i, (cell, column) in enumerate(zip(line.cells, columns, strict=True)):
        one, at = column.field, column.period
        if one is None or cell == "":
            continue
        time: At = at
        if at is None and one.kind is not None:
            found = reader.values.period(said["period"][0], one.kind, said["period"][1])
            if isinstance(found, Diagnostic):
                reader.wrong(found)
                continue
            time = found
        repeated = "period" in said and one.kind is None
        place = Place(reader.facts.values, (one.key, row, time), one.entity, row, one, "", column.unit, repeated)
        reader.put_text(cell, one.type, line.place(file, i), place)
    return None
