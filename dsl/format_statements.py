"""Statements to laid-out lines. One `Laid` per line-group: the unit that a comment can stand above.

Layout: a statement's own line at the margin, its sections at two spaces, their clauses at four. A group that fits in
`WIDTH` characters is one line; a clause that does not is broken before `when`, then at its commas and operators.

Invariant: depends on the tree alone; sees neither the source text nor its comments.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import assert_never

from capcode.dsl import ast
from capcode.dsl import format_expr as fx

WIDTH = 120
_WORDS = re.compile(r'(?:"[^"\n]*"|[^\s"])+')
_QUOTED = re.compile(r'"[^"\n]*"')
_BREAK_BEFORE = frozenset(("and", "or", "where", "over", "but", "+", "−", "×", "÷"))


@dataclass(frozen=True, slots=True)
class Laid:
    """Physical lines that belong together, already indented."""

    indent: int
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of text that is kept whole if it can be; `rows` stand below it; `own_line` when the group is broken."""

    text: str
    rows: tuple[str, ...] = ()
    own_line: bool = False


# ---------------------------------------------------------------- lines


def _wrap(indent: int, text: str) -> list[str]:
    """One line, or several broken between words: before operators where that is enough. Quoted text is one word."""
    if indent + len(text) <= WIDTH:
        return [" " * indent + text]
    lines = [""]
    for piece in _breakable(text, WIDTH - indent - 2):
        start = indent if len(lines) == 1 else indent + 2
        if lines[-1] and start + len(lines[-1]) + 1 + len(piece) > WIDTH:
            lines.append(piece)
        else:
            lines[-1] = f"{lines[-1]} {piece}".lstrip()
    # A quoted text longer than the line stands at the margin: there it fits wherever it was read from.
    return [("" if len(line) > WIDTH else " " * (indent if i == 0 else indent + 2)) + line for i, line in enumerate(lines)]


def _breakable(text: str, room: int) -> list[str]:
    """The text in pieces to fill lines with: split before operators outside brackets, then inside, then between words."""
    whole = [text]
    for outside in (True, False):
        whole = [part for piece in whole for part in ([piece] if len(piece) <= room else _split(piece, outside))]
    return [part for piece in whole for part in ([piece] if len(piece) <= room else _WORDS.findall(piece))]


def _split(text: str, outside: bool) -> list[str]:
    groups: list[list[str]] = [[]]
    depth = 0
    for word in _WORDS.findall(text):
        if word in _BREAK_BEFORE and groups[-1] and (depth <= 0 or not outside):
            groups.append([])
        groups[-1].append(word)
        bare = _QUOTED.sub("", word)
        depth += bare.count("(") - bare.count(")")
    return [" ".join(group) for group in groups]


def _lay(indent: int, pieces: Iterable[_Piece | str]) -> Laid:
    parts = [piece if isinstance(piece, _Piece) else _Piece(piece) for piece in pieces]
    whole = " ".join(part.text for part in parts)
    if indent + len(whole) <= WIDTH and not any(part.rows for part in parts):
        return Laid(indent, (" " * indent + whole,))
    out: list[str] = []
    line = ""
    after_rows = False
    for part in parts:
        at = indent + 2 if out else indent
        if line and (part.own_line or after_rows or at + len(line) + 1 + len(part.text) > WIDTH):
            out.extend(_wrap(at, line))
            line = ""
        if after_rows and out:
            at = indent + 2
        line = f"{line} {part.text}".lstrip()
        after_rows = bool(part.rows)
        if part.rows:
            at = indent + 2 if out else indent
            out.extend(_wrap(at, line))
            line = ""
            for row in part.rows:
                out.extend(_wrap(at + 2, row))
            after_rows = False
    if line:
        out.extend(_wrap(indent + 2 if out else indent, line))
    return Laid(indent, tuple(out))


def _listed(items: Sequence[str], before: str = "") -> list[str]:
    """`a,` `b,` `c`: the items of a list, each a place to break after."""
    out = [f"{item}," for item in items[:-1]] + list(items[-1:])
    return [f"{before} {out[0]}".lstrip(), *out[1:]]


def _given(*pieces: str | None) -> list[str]:
    return [piece for piece in pieces if piece]


def _label(node: ast.Label | None) -> str | None:
    return fx.label(node) if node else None


def _of(node: ast.Name | None) -> str | None:
    return f"of {node.text}" if node else None


def _each(node: ast.Name | None) -> str | None:
    return f"each {node.text}" if node else None


# ---------------------------------------------------------------- values, citations, spans


def _value(lead: str, value: ast.Value) -> _Piece:
    """`= …`, with the rows of a table of bands or a lettered list below it."""
    match value:
        case ast.Absent() | ast.Unknown():
            return _Piece(f"{lead} {fx.absent(value)}")
        case ast.SetBy(authority=authority, least=least, most=most, deadline=deadline):
            bounds = _given(
                f"at least {fx.term(least)}" if least is not None else None,
                f"at most {fx.term(most)}" if most is not None else None,
                f"by {_deadline(deadline)}" if deadline else None,
            )
            return _Piece(" ".join((f"{lead} set by {authority.text}", *bounds)))
        case ast.ListOf(names=names):
            return _Piece(f"{lead} list {fx.names(names)}")
        case _:
            return _expr(lead, value)


def _expr(lead: str, node: ast.Expr, *, own_line: bool = False) -> _Piece:
    if isinstance(node, ast.Bands):
        return _Piece(f"{lead} {fx.bands_head(node)}", tuple(fx.band_rows(node)), own_line)
    if isinstance(node, ast.Lettered):
        return _Piece(f"{lead} {fx.lettered_head(node)}", tuple(fx.letter_rows(node)), own_line)
    return _Piece(f"{lead} {fx.expr(node)}", (), own_line)


def _deadline(node: ast.DateLit | ast.DayOf) -> str:
    return fx.literal(node) if isinstance(node, ast.DateLit) else fx.day_of(node)


def _cite(node: ast.Cite) -> str:
    return " ".join((fx.path(node.instrument), fx.quoted(node.article), *node.marks))


def _cites(nodes: tuple[ast.Cite, ...]) -> list[str]:
    return _listed([_cite(node) for node in nodes], "cites") if nodes else []


def _when(node: ast.When | None) -> list[str]:
    if node is None:
        return []
    if node.word == "initially" or node.first is None:
        return ["initially"]
    until = f" until {node.last.text}" if node.word == "from" and node.last else ""
    return [f"{node.word} {node.first.text}{until}" + (" then stands" if node.stands else "")]


def _rounding(node: ast.Rounding | None) -> str | None:
    match node:
        case None:
            return None
        case ast.RoundedTo():
            return fx.round_to(node)
        case ast.RoundedUnknown(reason=reason):
            return f"rounded unknown {fx.quoted(reason)}"
        case ast.NotRounded():
            return "not rounded"


def _because(reason: str | None) -> list[str]:
    return [f"because {fx.quoted(reason)}"] if reason is not None else []


def _define(node: ast.Define) -> Laid:
    return _lay(4, [_expr(f"define {node.name.text} =", node.value)])


# ---------------------------------------------------------------- scheme, instrument, period, unit


def _scheme(node: ast.Scheme) -> list[Laid]:
    derived = f"is {fx.view(node.derived)}" if node.derived else None
    return [_lay(0, [f"scheme {node.name.text}", *_given(_label(node.label), derived)]), *map(_scheme_line, node.lines)]


def _scheme_line(line: ast.SchemeLine) -> Laid:
    match line:
        case ast.Currency(name=name):
            return _lay(2, [f"currency {name.text}"])
        case ast.YearStarts(day=day, month=month, named_by=named_by):
            named = f"named by {named_by} year" if named_by else None
            return _lay(2, [f"year starts {day} {fx.MONTHS[month - 1]}", *_given(named)])
        case ast.Authority(name=name, label=label):
            return _lay(2, [f"authority {name.text}", *_given(_label(label))])
        case ast.Uses(path=path):
            return _lay(2, [f"uses {fx.path(path)}"])
        case ast.Graft(question=question, donor=donor, binds=binds):
            shown = [
                f"reading {b.name.text} as {fx.path(b.host)}" if isinstance(b, ast.ReadingAs) else f"keeping {fx.names(b.names)}"
                for b in binds
            ]
            return _lay(2, [f"graft {question.text} from {fx.view(donor)}", *shown])
        case _:
            assert_never(line)


def _instrument(node: ast.Instrument) -> list[Laid]:
    head = [f"instrument {node.name.text}", fx.label(node.label), _status(node.status)]
    return [_lay(0, [*head, *map(_relation, node.relations)])]


def _status(node: ast.Status) -> str:
    match node:
        case ast.InForce(day=day, adopted=adopted):
            return (f"adopted {adopted.isoformat()} " if adopted else "") + f"in force {day.isoformat()}"
        case ast.InForceByMember(member=member, file=file):
            return f"in force by {member.text} from {fx.quoted(file.text)}"
        case ast.Proposed(day=day):
            return "proposed" + (f" for {day.isoformat()}" if day else "")
        case ast.Assumed():
            return "assumed"
        case ast.ReadingOf(name=name):
            return f"reading of {name.text}"
        case _:
            assert_never(node)


def _relation(node: ast.Relation) -> str:
    target = node.target.text if node.target else node.day.isoformat() if node.day else ""
    return f"{node.word} {target}" + (f" from {node.period.text}" if node.period else "")


def _period(node: ast.PeriodDef) -> list[Laid]:
    head = [f"period {node.name.text}", *_given(_label(node.label), f"plural {node.plural.text}" if node.plural else None)]
    match node.form:
        case ast.StartsForm(day=day, month=month):
            head.append(f"starts {day} {fx.MONTHS[month - 1]}")
        case ast.RegularForm(count=count, kind=kind, first=first):
            head.append(f"of {count} {kind.text} from {first.text}")
        case ast.ListForm(spans=spans):
            shown = [(f"{s.name.text} " if s.name else "") + f"{s.first.text} to {s.last.text}" for s in spans]
            head.extend(_listed(shown, ":"))
        case ast.FileForm(file=file):
            head.append(f"from {fx.quoted(file.text)}")
    return [_lay(0, head)]


def _unit(node: ast.UnitDef) -> list[Laid]:
    match node.form:
        case None:
            form = None
        case ast.UnitEquals(value=value):
            form = f"= {fx.number(value)}"
        case ast.UnitCovers(value=value, vintage=vintage):
            form = f"covers {fx.number(value)}" + (f" vintage {vintage.text}" if vintage else "")
        case ast.UnitForEach(field=field):
            form = f"for each {field.text}"
    return [_lay(0, [f"unit {node.name.text}", *_given(_label(node.label), form)])]


# ---------------------------------------------------------------- entity, fact, table


def _entity(node: ast.Entity) -> list[Laid]:
    life = None
    if node.life:
        life = f"from {node.life.start.text}" + (f" until {node.life.end.text}" if node.life.end else "")
    head = _given(
        f"entity {node.name.text}", _label(node.label), f"plural {node.plural.text}" if node.plural else None,
        f"in {node.parent.text}" if node.parent else None, life,
        f"listed {fx.quoted(node.listed.text)}" if node.listed else None,
    )  # fmt: skip
    each_first = [(2, [f"{f.name.text} : {fx.type_(f.type)}", *_given(_each(f.each)), *_field_rest(f)]) for f in node.fields]
    return [_lay(0, head), *(_lay(indent, pieces) for indent, pieces in each_first)]


def _fact(node: ast.Fact) -> list[Laid]:
    f = node.field
    head = " ".join(_given(f"fact {f.name.text}", _each(f.each)))
    return [_lay(0, [f"{head} : {fx.type_(f.type)}", *_field_rest(f)])]


def _field_rest(node: ast.Field) -> list[str]:
    within = None
    if node.range:
        step = f" step {fx.literal(node.range.step)}" if node.range.step else ""
        within = f"from {fx.literal(node.range.low)} to {fx.literal(node.range.high)}{step}"
    source = None
    if isinstance(node.source, ast.DecidedBy):
        source = f"decided by {node.source.authority.text}"
    elif node.source:
        by = f" by {_deadline(node.source.deadline)}" if node.source.deadline else ""
        source = f"chosen by {node.source.chooser.text}{by}"
    default = f"unless stated {_cell(node.default.value)}" if node.default else None
    return _given(within, source, default, _label(node.label))


def _cell(node: ast.Cell) -> str:
    match node:
        case ast.Name(text=text) | ast.PeriodLit(text=text):
            return text
        case ast.Absent() | ast.Unknown():
            return fx.absent(node)
        case _:
            return fx.expr(node)


def _table(node: ast.Table) -> list[Laid]:
    head = _given(f"table {node.name.text}", _label(node.label))
    head += _listed([key.text for key in node.keys], "keyed by")
    head += _given(f"from {fx.quoted(node.file.text)}" if node.file else None)
    columns = [_lay(2, [f"column {c.name.text} : {fx.type_(c.type)}", *_given(_label(c.label))]) for c in node.columns]
    rows = [_lay(2, ["|", *(f"{_cell(cell)} |" for cell in row.cells), *_header(row), ";"]) for row in node.rows]
    return [_lay(0, [*head, *_header(node)]), *columns, *rows]


# ---------------------------------------------------------------- rule


def _head(word: str, node: ast.Head) -> Laid:
    argument = f"at {node.argument.name.text} ({fx.type_(node.argument.type)})" if node.argument else None
    dated = f"dated by {node.dated_by.text}" if node.dated_by else None
    first = " ".join(_given(f"{word} {node.name.text}", _of(node.entity), argument, _each(node.each), dated))
    answers = f"answers {node.answers.text}" if node.answers else None
    return _lay(0, [f"{first} : {fx.type_(node.type)}", *_given(_rounding(node.rounding), answers, _label(node.label))])


def _header(
    node: ast.Section | ast.MeasureSection | ast.DutySection | ast.AccountSection | ast.CheckSection | ast.Table | ast.Row,
) -> list[str]:
    return [*_cites(node.cites), *_when(node.when)]


def _section(node: ast.Section) -> list[Laid]:
    manner = node.manner.replace("_", " ") if node.manner else None
    head = [*_header(node), *_given(_rounding(node.rounding), manner)]
    clauses = [_clause(clause) for clause in node.clauses]
    if not node.defines and len(clauses) == 1 and not any(piece.rows for piece in clauses[0]):
        whole = _lay(2, [*head, *clauses[0]])
        if len(whole.lines) == 1:
            return [whole]
    return [_lay(2, head), *map(_define, node.defines), *(_lay(4, clause) for clause in clauses)]


def _clause(node: ast.Clause | ast.Exception_ | ast.Series) -> list[_Piece]:
    match node:
        case ast.Series(values=values, then=then):
            pieces = _listed([fx.expr(value) for value in values], "=")
            return [_Piece(piece) for piece in pieces] + ([_Piece(f"then {fx.expr(then)}")] if then is not None else [])
        case ast.Clause(value=value, because=because, condition=condition, otherwise=otherwise):
            pieces = [*_because(because), *(["otherwise"] if otherwise else [])]
            when = [_expr("when", condition, own_line=True)] if condition is not None else []
            return [_value("=", value), *map(_Piece, pieces), *when]
        case ast.Exception_(source=source, over=over, over_all=over_all, value=value, because=because, condition=condition):
            lead = ["except"]
            if isinstance(source, ast.Cite):
                lead.append(_cite(source))
            elif source is not None:
                lead.extend((fx.quoted(source.article), *source.marks))
            lead.extend(["over all"] if over_all else _listed([fx.quoted(text) for text in over], "over") if over else [])
            first = _value(f"{' '.join(lead)} =", value)
            return [first, *map(_Piece, _because(because)), _expr("when", condition, own_line=True)]


def _rule(node: ast.Rule) -> list[Laid]:
    return [_head("rule", node.head), *(laid for section in node.sections for laid in _section(section))]


def _amend(node: ast.Amend) -> list[Laid]:
    return [_lay(0, [f"amend {node.name.text}"]), *(laid for section in node.sections for laid in _section(section))]


# ---------------------------------------------------------------- measure, duty, account, check


def _measure(node: ast.Measure) -> list[Laid]:
    out = [_lay(0, _given(f"measure {node.name.text}", _of(node.entity), _each(node.each), _label(node.label)))]
    for section in node.sections:
        out += [_lay(2, _header(section)), *map(_define, section.defines), _lay(4, [_expr("when", section.condition)])]
        out.append(_lay(4, [f"the {section.authority.text} {section.modal}", fx.quoted(section.action)]))
        out += map(_measure_part, section.parts)
    return out


def _measure_part(node: ast.Effect | ast.StartsOn | ast.Lasts | ast.EndsWhen) -> Laid:
    match node:
        case ast.Effect(name=name, type=of, rounding=rounding, label=label, value=value):
            return _lay(4, [f"effect {name.text} : {fx.type_(of)}", *_given(_rounding(rounding), _label(label)), _value("=", value)])
        case ast.StartsOn(day=day):
            return _lay(4, [_expr("starts on", day)])
        case ast.Lasts(count=count, kind=kind):
            return _lay(4, [f"lasts {count} {kind.text}"])
        case ast.EndsWhen(condition=condition):
            return _lay(4, [_expr("ends when", condition)])
        case _:
            assert_never(node)


def _duty(node: ast.Duty) -> list[Laid]:
    out = [_lay(0, _given(f"duty {node.name.text}", _of(node.entity), _each(node.each), _label(node.label)))]
    for section in node.sections:
        out += [_lay(2, _header(section)), *map(_define, section.defines)]
        out += [_lay(4, [_expr("quantity", section.quantity)]), _lay(4, [_expr("by", section.deadline)])]
        out += map(_duty_part, section.parts)
    return out


def _lot(node: ast.Lot) -> str:
    return node.unit.text + (f" where ({fx.expr(node.where)})" if node.where is not None else "")


def _duty_part(node: ast.Accepts | ast.Limit | ast.Order | ast.FailingThat) -> Laid:
    match node:
        case ast.Accepts(lots=lots):
            return _lay(4, _listed([_lot(lot) for lot in lots], "accepts"))
        case ast.Limit(lot=lot, most=most):
            return _lay(4, [f"limit {_lot(lot)}", f"at most {fx.term(most)}"])
        case ast.Order(turns=turns):
            shown = [_lot(turn.lot) + (f" {turn.age} first" if turn.age else "") for turn in turns]
            return _lay(4, [f"{'then' if i else 'order'} {turn}" for i, turn in enumerate(shown)])
        case ast.FailingThat(rule=rule):
            return _lay(4, [f"failing that {rule.text}"])
        case _:
            assert_never(node)


def _account(node: ast.Account) -> list[Laid]:
    first = " ".join(_given(f"account {node.name.text}", _of(node.entity), _each(node.each)))
    out = [_lay(0, [f"{first} : {fx.unit(node.unit)}", *_given(_label(node.label))])]
    for section in node.sections:
        out += [_lay(2, _header(section)), *map(_flow, section.flows)]
    return out


def _flow(node: ast.Flow) -> Laid:
    match node:
        case ast.Enters(amount=amount, vintage=vintage, against=against, day=day):
            of = f"vintage {fx.term(vintage)}" if vintage is not None else None
            other = f"against {against.text}" if against else None
            return _lay(4, [_expr("enters", amount), *_given(of, other), _expr("on", day)])
        case ast.Leaves(amount=amount, against=against, day=day, age=age):
            other = f"against {against.text}" if against else None
            taking = f"taking {age} first" if age else None
            return _lay(4, [_expr("leaves", amount), *_given(other), _expr("on", day), *_given(taking)])
        case ast.Keeps(most=most, day=day):
            return _lay(4, [f"keeps at most {fx.term(most)}", _expr("on", day)])
        case ast.Lapses(where=where, day=day):
            return _lay(4, [f"lapses where ({fx.expr(where)})" if where is not None else "lapses all", _expr("on", day)])
        case _:
            assert_never(node)


def _check(node: ast.Check) -> list[Laid]:
    out = [_lay(0, _given(f"check {node.name.text}", _of(node.entity), _each(node.each), _label(node.label)))]
    for s in node.sections:
        out.append(_lay(2, [*_header(s), _expr("that", s.condition), *_because(s.because)]))
    return out


# ---------------------------------------------------------------- question, mapping, case


def _mapping(node: ast.Mapping) -> list[Laid]:
    out = [_lay(0, [f"mapping of {node.entity.text}", *_cites(node.cites)])]
    for make in node.makes:
        where = f"where {fx.where_atom(make.where)}" if make.where is not None else None
        out.append(_lay(2, [f"makes {make.entity.text} for each {make.source.text}", *_given(where)]))
        if make.assigns:
            out.append(_lay(4, _assigns("with", make.assigns)))
    return out


def _target(node: ast.Assign | ast.Expected) -> str:
    return fx.ref(node.target) + (f" in {fx.near(node.period)}" if node.period else "")


def _assigns(lead: str, nodes: tuple[ast.Assign, ...]) -> list[_Piece]:
    pieces = []
    for i, node in enumerate(nodes):
        piece = _value(f"{'' if i else lead + ' '}{_target(node)} =", node.value)
        if i < len(nodes) - 1:
            end = (*piece.rows[:-1], piece.rows[-1] + ",") if piece.rows else ()
            piece = _Piece(piece.text if piece.rows else piece.text + ",", end)
        pieces.append(piece)
    return pieces


def _case(node: ast.Case) -> list[Laid]:
    in_view = f"in {fx.view(node.view)}" if node.view else None
    out = [_lay(0, [f"case {fx.quoted(node.title.text)}", *_cites(node.cites), *_given(in_view)])]
    return [*out, *map(_given_line, node.givens), *map(_expected, node.expected)]


def _given_line(node: ast.Given) -> Laid:
    match node:
        case ast.GivenValues(assigns=assigns):
            return _lay(2, _assigns("given", assigns))
        case ast.GivenRow(entity=entity, name=name, parent=parent, assigns=assigns):
            inside = f" in {parent.text}" if parent else ""
            head = f"given {fx.article(entity.text)} {entity.text} {name.text}{inside}"
            return _lay(2, [head, *(_assigns("with", assigns) if assigns else [])])
        case ast.GivenAll(plural=plural, file=file):
            return _lay(2, [f"given all {plural.text}", *_given(f"from {fx.quoted(file.text)}" if file else None)])
        case _:
            assert_never(node)


def _expected(node: ast.Expected) -> Laid:
    lead = f"expect {_target(node)} ="
    if isinstance(node.value, ast.Reason):
        name = f" {node.value.name.text}" if node.value.name else ""
        return _lay(2, [f"{lead} {node.value.word.replace('_', ' ')}{name}"])
    within = f"within {fx.number(node.within)}" if node.within else None
    return _lay(2, [_value(lead, node.value), *_given(within)])


def statement(node: ast.Statement) -> list[Laid]:
    """The line-groups of one statement, in order."""
    match node:
        case ast.Scheme():
            return _scheme(node)
        case ast.Instrument():
            return _instrument(node)
        case ast.PeriodDef():
            return _period(node)
        case ast.UnitDef():
            return _unit(node)
        case ast.Entity():
            return _entity(node)
        case ast.Fact():
            return _fact(node)
        case ast.Table():
            return _table(node)
        case ast.Rule():
            return _rule(node)
        case ast.Amend():
            return _amend(node)
        case ast.Measure():
            return _measure(node)
        case ast.Duty():
            return _duty(node)
        case ast.Account():
            return _account(node)
        case ast.Check():
            return _check(node)
        case ast.Question(head=head):
            return [_head("question", head)]
        case ast.Mapping():
            return _mapping(node)
        case ast.Case():
            return _case(node)
        case _:
            assert_never(node)
