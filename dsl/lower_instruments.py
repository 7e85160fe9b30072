"""Instruments to IR: status, day, relations, and the members of a text that is adopted one by one."""

from __future__ import annotations

from datetime import date

from capcode.dsl import ast, ir, load_errors
from capcode.dsl.diagnostics import Diagnostic
from capcode.dsl.symbols import Symbols


def lower_instrument(symbols: Symbols, node: ast.Instrument) -> ir.Instrument:
    """One instrument; unknown names are complained about and left out."""
    status = node.status
    day: date | None = None
    adopted: date | None = None
    member_entity: str | None = None
    members: dict[str, tuple[date, date | None]] = {}
    reading_of: str | None = None
    match status:
        case ast.InForce():
            day, adopted, word = status.day, status.adopted, "enacted"
        case ast.InForceByMember():
            word, member_entity = "enacted", status.member.text
            if member_entity not in symbols.entities:
                symbols.unknown(status.member.span, "entity", member_entity, symbols.entities)
            members = _members(symbols, status)
        case ast.Proposed():
            day, word = status.day, "proposed"
        case ast.Assumed():
            word = "assumed"
        case ast.ReadingOf():
            word = "reading"
            reading_of = _known(symbols, status.name)
    relations: dict[str, list[str]] = {w: [] for w in ("under", "amends", "annuls", "disputes", "adopts")}
    repeals: list[tuple[str, date]] = []
    expires: date | None = None
    for relation in node.relations:
        if relation.word == "expires":
            expires = relation.day
            continue
        assert relation.target is not None
        target = _known(symbols, relation.target)
        if target is None:
            continue
        if relation.word == "repeals":
            assert relation.period is not None
            period = symbols.literal(relation.period, None)
            start = symbols.calendar.start(period) if period else None
            if start is not None:
                repeals.append((target, start))
        else:
            relations[relation.word].append(target)
    under = relations["under"]
    if len(under) > 1:
        symbols.bag.add(load_errors.declared_twice(node.name.span, f"{node.name.text} under", node.name.span))
    return ir.Instrument(
        node.name.text, node.label.text, word, day, adopted, member_entity, members, reading_of, under[0] if under else None,
        tuple(relations["amends"]), tuple(repeals), tuple(relations["annuls"]), tuple(relations["disputes"]),
        tuple(relations["adopts"]), expires, dict(node.label.others), node.name.span,
    )  # fmt: skip


def _known(symbols: Symbols, name: ast.Name) -> str | None:
    if name.text in symbols.instruments:
        return name.text
    symbols.unknown(name.span, "instrument", name.text, symbols.instruments)
    return None


def _members(symbols: Symbols, status: ast.InForceByMember) -> dict[str, tuple[date, date | None]]:
    """Member → (first day, exit day or None), from a table with the member's name, `from` and `until`."""
    table = symbols.source.table(status.file.text, status.file.span)
    if isinstance(table, Diagnostic):
        symbols.bag.add(table)
        return {}
    place = {name: i for i, name in enumerate(table.header)}
    if "from" not in place or table.header[0] in ("from", "until"):
        symbols.bag.add(load_errors.no_members(status.file.span, status.file.text, "no column `from`, or no first column with the member"))
        return {}
    members: dict[str, tuple[date, date | None]] = {}
    for line, row in table.rows:
        until = row[place["until"]] if "until" in place else ""
        try:
            members[row[0]] = (date.fromisoformat(row[place["from"]]), date.fromisoformat(until) if until else None)
        except ValueError:
            symbols.bag.add(load_errors.no_members(status.file.span, status.file.text, f"line {line} holds no date"))
            return {}
        listed = symbols.entities[status.member.text].listed if status.member.text in symbols.entities else None
        if listed is not None and row[0] not in listed:
            why = f"line {line} names `{row[0][:40]}`, which is no {status.member.text} of its list"
            symbols.bag.add(load_errors.no_members(status.file.span, status.file.text, why))
            return {}
    return members
