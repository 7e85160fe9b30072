"""Tables to IR: each row is a section of law under its key, so corrections and dated rows need no second mechanism.

In a file, the columns are named as in the rule file; `cites`, `mark`, `from` and `until` say the law of a row; a
column `unit` gives the concrete unit of a product; other columns are notes. An empty cell is unknown, never zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction

from capcode.dsl import ast, ir, load_errors, type_errors
from capcode.dsl.calendar import Period
from capcode.dsl.diagnostics import Diagnostic, nearest
from capcode.dsl.elaborate import expression
from capcode.dsl.elaborate_law import citations, span_days
from capcode.dsl.limits import LIMITS
from capcode.dsl.load import CsvTable
from capcode.dsl.scope import Scope
from capcode.dsl.source import Span
from capcode.dsl.symbols import Symbols
from capcode.dsl.types import DateType, KeyType, NameType, PeriodType, QuantityType, Type, YesNoType, same, show
from capcode.dsl.units import Unit, base, multiply

Key = tuple[ir.Value, ...]
Days = tuple[date | None, date | None]
MARKS = {"unchecked": "unchecked", "inferred": "inferred", "": ""}


def lower_table(symbols: Symbols, node: ast.Table) -> ir.Table:
    """A table with the rows of its text and of its file."""
    name = node.name.text
    kinds = tuple(symbols.calendar.find(k.text) for k in node.keys)
    cites = citations(symbols, node.cites) or ()
    if not node.cites and not all(r.cites for r in node.rows):
        symbols.bag.add(type_errors.no_cite(node.name.span))
    days = span_days(symbols, node.when, None) if node.when is not None else (None, None)
    entries: dict[Key, list[ir.Section]] = {}
    units: dict[str, Unit] = {}
    for row in node.rows:
        _written_row(symbols, node, kinds, row, cites, days or (None, None), entries)
    if node.file is not None:
        table = symbols.source.table(node.file.text, node.file.span)
        if isinstance(table, Diagnostic):
            symbols.bag.add(table)
        else:
            _file_rows(symbols, node, kinds, table, cites, days or (None, None), entries, units)
    _no_overlap(symbols, node, entries)
    return ir.Table(
        name, tuple(k.text for k in node.keys), kinds, dict(symbols.columns[name]),
        {key: tuple(found) for key, found in entries.items()}, units, node.label.text if node.label else "", node.name.span,
        dict(node.label.others) if node.label else {},
        {c.name.text: ir.Labelled(c.label.text, dict(c.label.others)) for c in node.columns if c.label},
    )  # fmt: skip


def _section(
    symbols: Symbols,
    table: ast.Table,
    cites: tuple[ir.Citation, ...],
    days: Days,
    when: ast.When | None,
    cells: Mapping[str, ir.Expr],
    span: Span,
) -> ir.Section | None:
    if not cites:
        return None
    written = when or table.when
    return ir.Section(
        cites, ir.CellLaw(cells), days[0], days[1], always=written is None,
        stands=written is not None and written.stands, span=span,
    )  # fmt: skip


# ---------------------------------------------------------------- rows in the rule file


def _written_row(
    symbols: Symbols, table: ast.Table, kinds: tuple[str | None, ...], row: ast.Row,
    cites: tuple[ir.Citation, ...], days: Days, entries: dict[Key, list[ir.Section]],
) -> None:  # fmt: skip
    wanted = len(table.keys) + len(table.columns)
    if len(row.cells) != wanted:
        symbols.bag.add(type_errors.cells_count(row.span, wanted, len(row.cells)))
        return
    key: list[ir.Value] = []
    for kind, cell in zip(kinds, row.cells, strict=False):
        value = _written_key(symbols, kind, cell)
        if value is None:
            return
        key.append(value)
    cells: dict[str, ir.Expr] = {}
    for column, cell in zip(table.columns, row.cells[len(table.keys) :], strict=True):
        found = _written_cell(symbols, symbols.columns[table.name.text][column.name.text], cell, table.keys[0].text)
        if found is None:
            return
        cells[column.name.text] = found
    own = citations(symbols, row.cites) if row.cites else cites
    row_days = span_days(symbols, row.when, None) if row.when is not None else days
    if own is None or row_days is None:
        return
    section = _section(symbols, table, own, row_days, row.when, cells, row.span)
    if section is not None:
        entries.setdefault(tuple(key), []).append(section)


def _written_key(symbols: Symbols, kind: str | None, cell: ast.Cell) -> ir.Value | None:
    if kind is not None:
        if isinstance(cell, ast.Number):
            cell = ast.PeriodLit(cell.span, cell.digits)
        if isinstance(cell, ast.DateLit):
            cell = ast.PeriodLit(cell.span, cell.day.isoformat())
        if isinstance(cell, ast.PeriodLit):
            return symbols.literal(cell, kind)
    elif isinstance(cell, ast.Name):
        return cell.text
    symbols.bag.add(type_errors.mismatch(cell.span, f"a {kind}" if kind else "a name", "something else"))
    return None


def _written_cell(symbols: Symbols, type_: Type, cell: ast.Cell, key: str) -> ir.Expr | None:
    match cell:
        case ast.Unknown(reason=reason):
            return ir.OpenValue(reason, span=cell.span)
        case ast.Absent(word=word):
            if not type_.or_none:
                symbols.bag.add(type_errors.not_admitted(cell.span, word.replace("_", " ")))
                return None
            return ir.Const(ir.Absent(word), span=cell.span)
        case ast.Name(text=text):
            if isinstance(type_.base, NameType) and text not in type_.base.names:
                symbols.bag.add(type_errors.unlike_name(cell.span, text, type_.base.names, nearest(text, type_.base.names)))
                return None
            if isinstance(type_.base, NameType | KeyType):
                return ir.Const(text, span=cell.span)
        case ast.Number() | ast.Negative() if isinstance(type_.base, QuantityType):
            sign = -1 if isinstance(cell, ast.Negative) else 1
            literal = cell.operand if isinstance(cell, ast.Negative) else cell
            found = symbols.number(literal, None, key) if isinstance(literal, ast.Number) else None
            if found is None:
                return None
            if not same(type_.base, found[1]):
                symbols.bag.add(type_errors.wrong_unit(cell.span, show(type_), show(found[1])))
                return None
            return ir.Const(sign * found[0], span=cell.span)
        case ast.Number() | ast.DateLit() | ast.Truth() | ast.PeriodLit():
            typed = expression(Scope(symbols, expression), cell, type_)
            if typed is None:
                return None
            if same(type_.base, typed[1].base):
                return typed[0]
    symbols.bag.add(type_errors.mismatch(cell.span, show(type_), "something else"))
    return None


# ---------------------------------------------------------------- rows in a file


def _file_rows(
    symbols: Symbols, node: ast.Table, kinds: tuple[str | None, ...], table: CsvTable,
    cites: tuple[ir.Citation, ...], days: Days, entries: dict[Key, list[ir.Section]], units: dict[str, Unit],
) -> None:  # fmt: skip
    assert node.file is not None
    place = {name: i for i, name in enumerate(table.header)}
    types = symbols.columns[node.name.text]
    missing = [n for n in (*(k.text for k in node.keys), *types) if n not in place]
    if missing:
        near = nearest(missing[0], table.header)
        step = f"Did you mean `{near}`?" if near else f"The file has {', '.join(table.header)}."
        symbols.bag.add(load_errors.bad_table(node.file.span, table.name, 1, f"there is no column `{missing[0]}`", step))
        return
    for line, row in table.rows:
        problem = _file_row(symbols, node, kinds, place, row, cites, days, entries, units)
        if problem:
            symbols.bag.add(load_errors.bad_table(node.file.span, table.name, line, problem, "Correct the cell."))
            return


def _file_row(
    symbols: Symbols, node: ast.Table, kinds: tuple[str | None, ...], place: dict[str, int], row: tuple[str, ...],
    cites: tuple[ir.Citation, ...], days: Days, entries: dict[Key, list[ir.Section]], units: dict[str, Unit],
) -> str:  # fmt: skip
    """Adds one row; the problem in words if it cannot be used, otherwise an empty text."""
    assert node.file is not None
    types = symbols.columns[node.name.text]
    key: list[ir.Value] = []
    for name, kind in zip(node.keys, kinds, strict=True):
        text = row[place[name.text]]
        value = symbols.calendar.literal(text, kind) if kind is not None else text
        if not value:
            return f"`{text[:40]}` is not a {kind or 'key'}"
        key.append(value)
    cells: dict[str, ir.Expr] = {}
    for name_, type_ in types.items():
        text = row[place[name_]]
        found = (
            ir.OpenValue(f"empty in {node.name.text}", span=node.file.span)
            if not text
            else file_cell(symbols, type_, text, node.keys[0].text)
        )
        if found is None:
            return f"`{text[:40]}` is not {show(type_)} (column {name_})"
        cells[name_] = found
    own, problem = _file_cites(symbols, place, row, cites)
    if problem:
        return problem
    row_days, problem = _file_days(symbols, place, row, days)
    if problem:
        return problem
    if "unit" in place and row[place["unit"]] and isinstance(key[0], str):
        text = row[place["unit"]]
        units[key[0]] = symbols.units.get(text) or Unit(text, base(f"count:{text}"))
    section = _section(symbols, node, own, row_days, node.when, cells, node.file.span)
    if section is not None:
        dated = "from" in place and row[place["from"]]
        entries.setdefault(tuple(key), []).append(_dated(section) if dated else section)
    return ""


def _dated(section: ir.Section) -> ir.Section:
    return ir.Section(section.citations, section.law, section.start, section.end, stands=section.stands, span=section.span)


def _file_cites(
    symbols: Symbols, place: dict[str, int], row: tuple[str, ...], cites: tuple[ir.Citation, ...]
) -> tuple[tuple[ir.Citation, ...], str]:
    text = row[place["cites"]] if "cites" in place else ""
    mark = row[place["mark"]] if "mark" in place else ""
    if mark not in MARKS:
        return cites, f"`{mark[:40]}` is not a mark (unchecked, inferred, or empty)"
    if text:
        instrument, _, article = text.partition(" ")
        if instrument not in symbols.instruments:
            return cites, f"there is no instrument `{instrument[:40]}`"
        return (ir.Citation(instrument, article.strip().strip('"'), (mark,) if mark else ()),), ""
    if mark and cites:
        first = cites[0]
        marks = tuple(dict.fromkeys((*first.marks, mark)))
        return (ir.Citation(first.instrument, first.article, marks), *cites[1:]), ""
    return cites, ""


def _file_days(symbols: Symbols, place: dict[str, int], row: tuple[str, ...], days: Days) -> tuple[Days, str]:
    start, end = days
    if "from" in place and row[place["from"]]:
        first = symbols.calendar.literal(row[place["from"]])
        if first is None:
            return days, f"`{row[place['from']][:40]}` is not a period (column from)"
        start = symbols.calendar.start(first)
    if "until" in place and row[place["until"]]:
        last = symbols.calendar.literal(row[place["until"]])
        if last is None:
            return days, f"`{row[place['until']][:40]}` is not a period (column until)"
        end = symbols.calendar.end(last)
    return (start, end), ""


def number_text(text: str) -> Fraction | None:
    """A decimal in ASCII digits, with an optional sign and underscores; None for anything else."""
    body = text[1:] if text[:1] in "-−" else text
    digits = body.replace("_", "")
    whole, dot, decimals = digits.partition(".")
    if not (whole.isascii() and whole.isdigit()) or (dot and not (decimals.isascii() and decimals.isdigit())):
        return None
    if len(whole) + len(decimals) > LIMITS.number_digits or len(decimals) > LIMITS.number_decimals:
        return None
    value = Fraction(digits)
    return -value if body is not text else value


def file_cell(symbols: Symbols, type_: Type, text: str, key: str) -> ir.Expr | None:
    """The text of a cell as a value of the column's type; None if it is not one."""
    if text.startswith('unknown "') and text.endswith('"'):
        return ir.OpenValue(text[9:-1])
    word = text.replace(" ", "_")
    if word in ir.ABSENT_WORDS:
        return ir.Const(ir.Absent(word)) if type_.or_none else None
    value: ir.Value | None = None
    match type_.base:
        case QuantityType():
            value = _quantity(symbols, type_.base, text, key)
        case YesNoType():
            value = {"yes": True, "no": False}.get(text)
        case DateType():
            try:
                value = date.fromisoformat(text)
            except ValueError:
                return None
        case NameType(names):
            value = text if text in names else None
        case KeyType():
            value = text
        case PeriodType(kind):
            period: Period | None = symbols.calendar.literal(text, kind)
            value = period
    return None if value is None else ir.Const(value)


def _quantity(symbols: Symbols, type_: QuantityType, text: str, key: str) -> Fraction | None:
    """A bare number is in the column's unit; a percentage is a ratio; a unit behind it converts."""
    if text.endswith("%"):
        number = number_text(text[:-1].strip())
        return number / 100 if number is not None and not type_.dimension else None
    words = text.split()
    number = number_text(words[0]) if words else None
    if number is None:
        return None
    if len(words) == 1:
        return number * type_.factor
    factor, dimension = Fraction(1), type_.dimension[:0]
    names = [w for i, w in enumerate(words[1:]) if i % 2 == 0]
    if any(w != "per" for i, w in enumerate(words[1:]) if i % 2 == 1):
        return None
    for i, name in enumerate(names):
        unit = symbols.units.get(name)
        if name in symbols.row_units and symbols.row_units[name] == key:
            unit = Unit(name, base(f"out:*{key}"))
        if unit is None:
            return None
        sign = 1 if i == 0 else -1
        dimension = multiply(dimension, unit.dimension, sign)
        factor = factor * unit.factor if sign > 0 else factor / unit.factor
    return number * factor if dimension == type_.dimension else None


def listed_values(symbols: Symbols, entity: str) -> dict[str, dict[str, ir.Value]]:
    """Row → field → value, from the list that law gives of an entity's rows; columns are named as the fields."""
    node = symbols.entities[entity].node
    if node.listed is None:
        return {}
    table = symbols.source.table(node.listed.text, node.listed.span)
    if isinstance(table, Diagnostic):
        return {}
    fields = {n: f for n, f in symbols.entities[entity].fields.items() if n in table.header and f.kind is None}
    found: dict[str, dict[str, ir.Value]] = {}
    for line, row in table.rows:
        values = found.setdefault(row[0], {})
        for name, field in fields.items():
            text = row[table.header.index(name)]
            cell = file_cell(symbols, field.type, text, "") if text else None
            if isinstance(cell, ir.Const):
                values[name] = cell.value
            elif text:
                problem = f"`{text[:40]}` is not {show(field.type)} (column {name})"
                symbols.bag.add(load_errors.bad_table(node.listed.span, table.name, line, problem, "Correct the cell."))
                return found
    return found


def _no_overlap(symbols: Symbols, node: ast.Table, entries: dict[Key, list[ir.Section]]) -> None:
    for key, found in entries.items():
        if len(found) < 2:
            continue
        for i, a in enumerate(found):
            for b in found[i + 1 :]:
                if a.instrument == b.instrument and a.start == b.start and a.always == b.always:
                    shown = ", ".join(symbols.calendar.label(k) if isinstance(k, Period) else str(k) for k in key)
                    symbols.bag.add(type_errors.duplicate_row(b.span, shown))
                    return
