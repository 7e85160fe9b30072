"""What a scheme declares, as plain records and as text: instruments, authorities, units, tables, facts, rules and their kin."""

from __future__ import annotations

from typing import Any

from capcode.dsl import ir
from capcode.dsl.calendar import Period
from capcode.dsl.diagnostics import visible
from capcode.dsl.types import QuantityType, Type, show
from capcode.dsl.units import BUILTIN, Unit
from capcode.interpreter.show import exact_text


def catalogue(program: ir.Program) -> dict[str, Any]:
    """One record for everything that has a name, in code-point order."""
    laws: list[dict[str, Any]] = []
    for sort, kind in (
        ("rule", program.rules), ("measure", program.measures), ("duty", program.duties), ("account", program.accounts),
        ("check", program.checks),
    ):  # fmt: skip
        laws.extend(_law(program, sort, found) for found in kind.values())
    return {
        "scheme": program.scheme,
        "title": program.title,
        "labels": dict(program.labels),
        "currency": program.currency,
        "year": program.calendar.label(Period("year", 2024)),
        "instruments": [_instrument(i) for i in program.instruments.values()],
        "entities": [
            {"name": e.name, "plural": e.plural, "in": e.parent, "label": e.label, "labels": dict(e.labels), "listed": e.listed is not None}
            for e in program.entities.values()
        ],
        "facts": [_fact(program, f) for f in program.fields.values()],
        "rules": laws,
        "authorities": [{"name": n, "label": a.label, "labels": dict(a.labels)} for n, a in program.authorities.items()],
        "units": [_unit(u) for n, u in program.units.items() if n not in BUILTIN],
        "tables": [_table(t) for t in program.tables.values()],
        "questions": sorted(program.questions),
    }


def _type(type_: Type | None) -> dict[str, Any]:
    if type_ is None:
        return {"type": "yes/no", "unit": None, "or_none": False}
    unit = show(Type(type_.base)) if isinstance(type_.base, QuantityType) else None
    return {"type": show(type_), "unit": unit, "or_none": type_.or_none}


def _law(program: ir.Program, sort: str, law: ir.Definition) -> dict[str, Any]:
    type_ = law.type if isinstance(law, ir.Rule | ir.Account) else None
    sections = program.measures[law.effect_of].sections if isinstance(law, ir.Rule) and law.effect_of else law.sections
    cited = dict.fromkeys((c.instrument, c.article, c.marks) for s in sections for c in s.citations)
    return {
        "name": law.name, "sort": "effect" if isinstance(law, ir.Rule) and law.effect_of else sort, "of": law.entity,
        "each": law.kind, **_type(type_), "label": law.label, "labels": dict(law.labels),
        "answers": law.answers if isinstance(law, ir.Rule) else None,
        "argument": {"name": law.argument[0], "type": show(law.argument[1])} if isinstance(law, ir.Rule) and law.argument else None,
        "citations": [{"instrument": i, "article": a, "marks": list(m)} for i, a, m in cited],
        "where": law.span.where,
    }  # fmt: skip


def _instrument(one: ir.Instrument) -> dict[str, Any]:
    return {
        "name": one.name, "title": one.title, "labels": dict(one.labels), "status": one.status,
        "day": one.day.isoformat() if one.day else None, "adopted": one.adopted.isoformat() if one.adopted else None,
        "members": {m: [a.isoformat(), b.isoformat() if b else None] for m, (a, b) in sorted(one.members.items())},
        "reading_of": one.reading_of, "under": one.under, "amends": list(one.amends),
        "repeals": [[n, d.isoformat()] for n, d in one.repeals], "annuls": list(one.annuls), "disputes": list(one.disputes),
        "adopts": list(one.adopts), "expires": one.expires.isoformat() if one.expires else None,
    }  # fmt: skip


def _fact(program: ir.Program, one: ir.Field) -> dict[str, Any]:
    return {
        "name": one.name, "of": one.entity, "each": one.kind, **_type(one.type), "label": one.label, "labels": dict(one.labels),
        "decided_by": one.decided, "chosen_by": one.chosen,
        "unless_stated": exact_text(one.default, program.calendar) if one.has_default and one.default is not None else None,
    }  # fmt: skip


def _unit(one: Unit) -> dict[str, Any]:
    """A unit that the scheme declares. `covers`: tonnes for which one stands."""
    covers = exact_text(one.covers / BUILTIN["t"].factor) if one.covers is not None else None
    return {"name": one.name, "covers": covers, "vintage": one.vintage, "label": one.label, "labels": dict(one.labels)}


def _table(one: ir.Table) -> dict[str, Any]:
    named = {n: {"label": c.label, "labels": dict(c.labels)} for n, c in one.column_labels.items()}
    return {
        "name": one.name, "keys": list(one.keys), "columns": {c: show(ty) for c, ty in one.columns.items()}, "rows": len(one.entries),
        "label": one.label, "labels": dict(one.labels), "column_labels": named,
    }  # fmt: skip


def show_catalogue(found: dict[str, Any], lang: str) -> str:
    """The catalogue for a terminal: a line for each name, its articles below."""
    lines = [f"{found['scheme']}: {_label(found, lang) or found['title']}", "", "Instruments"]
    for one in found["instruments"]:
        day = one["day"] or ("by member" if one["members"] else "")
        lines.append(f"  {one['name']}  {one['status']} {day}  {_label(one, lang) or one['title']}".rstrip())
    for title, key in (("Authorities", "authorities"), ("Units", "units")):
        if found[key]:
            lines += ["", title, *(f"  {one['name']}  {_label(one, lang)}".rstrip() for one in found[key])]
    if found["tables"]:
        lines += ["", "Tables"]
    for one in found["tables"]:
        lines.append(f"  {one['name']} by {', '.join(one['keys'])}  {_label(one, lang)}".rstrip())
        for column, type_ in one["columns"].items():
            lines.append(f"      {column} : {type_}  {_label(one['column_labels'].get(column, {}), lang)}".rstrip())
    lines += ["", "Facts"]
    lines += [f"  {_head(one)}  {_label(one, lang)}".rstrip() for one in found["facts"]]
    lines += ["", "Rules"]
    for one in found["rules"]:
        sort = "" if one["sort"] == "rule" else f"[{one['sort']}] "
        lines.append(f"  {sort}{_head(one)}  {_label(one, lang)}".rstrip())
        for cite in one["citations"]:
            marks = f" ({', '.join(cite['marks'])})" if cite["marks"] else ""
            lines.append(f"      {cite['instrument']} \"{cite['article']}\"{marks}")
    return "\n".join(visible(line) for line in lines)


def _label(one: dict[str, Any], lang: str) -> str:
    labels: dict[str, str] = one.get("labels", {})
    return labels.get(lang) or str(one.get("label") or one.get("title") or "")


def _head(one: dict[str, Any]) -> str:
    of = f" of {one['of']}" if one["of"] else ""
    argument = one.get("argument")
    at = f" at {argument['name']} ({argument['type']})" if argument else ""
    each = f" each {one['each']}" if one["each"] else ""
    return f"{one['name']}{of}{at}{each} : {one['type']}"
