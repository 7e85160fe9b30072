"""The front end, on one screen: text → syntax tree → symbols → typed IR → checks of the view.

`check_scheme` returns what could be built together with every diagnostic; a program is there only without errors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from capcode.dsl import ast, ir
from capcode.dsl.declare import declare
from capcode.dsl.diagnostics import Bag, Diagnostic, with_law
from capcode.dsl.elaborate_cases import lower_case
from capcode.dsl.elaborate_duties import duty_amount, lower_account, lower_check, lower_duty, lower_measure
from capcode.dsl.elaborate_grafts import check_grafts, grafts_of
from capcode.dsl.elaborate_grafts import read_graft as read_graft
from capcode.dsl.elaborate_law import lower_rule
from capcode.dsl.elaborate_shared import check_answers, lower_mappings, lower_questions
from capcode.dsl.elaborate_tables import listed_values, lower_table
from capcode.dsl.grafting import Graft, carry_out
from capcode.dsl.instruments import validate_view
from capcode.dsl.limits import LIMITS
from capcode.dsl.load import SchemeSource, add_texts, load_base, load_folder, load_texts
from capcode.dsl.load_errors import too_many
from capcode.dsl.lower_instruments import lower_instrument
from capcode.dsl.name_errors import donor_has_errors, no_graft
from capcode.dsl.source import Span
from capcode.dsl.symbols import LawSymbol, Symbols


@dataclass(frozen=True, slots=True, eq=False)
class Checked:
    """The outcome of the front end for one scheme. `program` is None when there are errors."""

    name: str
    program: ir.Program | None
    diagnostics: tuple[Diagnostic, ...]
    files: tuple[ast.File, ...]

    @property
    def has_errors(self) -> bool:
        return any(d.is_error for d in self.diagnostics)


def check_folder(
    name: str, folder: Path, others: Mapping[str, Path] | None = None, added: Mapping[str, str] | None = None
) -> Checked:
    """All of a folder's rule files as one scheme. `others`: the schemes that grafts may name; `added`: further files, by name."""
    source, found = load_folder(name, folder)
    if added:
        found += add_texts(source, added)
    return _check(source, found, others or {})


def canonical(name: str, data: bytes) -> tuple[bytes | None, list[Diagnostic]]:
    """A rule file in its one canonical layout; None where it cannot be read."""
    from capcode.dsl.format import format_file
    from capcode.dsl.parse import parse_bytes

    tree, _, found = parse_bytes(name, data)
    if tree is None:
        return None, found

    return format_file(tree).encode("utf-8"), found


def title_of(name: str, folder: Path) -> ast.Label | None:
    """The title of a scheme, from its files alone."""
    source, _ = load_folder(name, folder)
    return next((s.label for f in source.files for s in f.statements if isinstance(s, ast.Scheme)), None)


def check_texts(name: str, texts: Mapping[str, str]) -> Checked:
    """A scheme from texts in memory: `*.rules` by name, and tables by the name that rules use."""
    source, found = load_texts(name, texts)
    return _check(source, found, {})


def _check(source: SchemeSource, found: list[Diagnostic], others: Mapping[str, Path]) -> Checked:
    bag = Bag()
    bag.extend(found)
    bag.extend(load_base(source, others))
    program = None
    if not bag.has_errors:
        symbols = declare(source, bag)
        if symbols is not None:
            program = lower(symbols)
            check_grafts(symbols, _schemes(symbols, others))
        if program is not None and not bag.has_errors:
            bag.extend(_law_checks(program))
        if symbols is not None and program is not None and not bag.has_errors:
            program = _made(symbols, program, others, bag)
    sections = _Articles(source.files)
    diagnostics = tuple(with_law(d, sections.around(d.span)) for d in bag.in_order())
    return Checked(source.name, None if bag.has_errors else program, diagnostics, tuple(source.files))


def _made(symbols: Symbols, program: ir.Program, others: Mapping[str, Path], bag: Bag) -> ir.Program:
    """A derived scheme: the choice of the view that it is made from, and its grafts. Anything else as it is."""
    derived = symbols.scheme.derived
    if derived is None:
        return program
    view = ir.View(program.scheme, derived.as_at, frozenset(n.text for n in derived.chosen))
    program = replace(program, made_from=view)
    bag.extend(d for d in validate_view(program, view, derived.span) if d.is_error)
    donors: dict[str, ir.Program] = {}
    known = {n: f for n, f in others.items() if n not in (symbols.source.name, program.scheme)}  # a circle of grafts ends here
    grafts = grafts_of(symbols)
    if len(grafts) > LIMITS.uses:
        bag.add(too_many(grafts[LIMITS.uses].span, "grafts in one scheme", LIMITS.uses))
    for graft in grafts if not bag.has_errors else ():
        name = graft.view.scheme
        if name not in known:
            bag.add(no_graft(graft.span, graft.question, f"`{name}` takes from this scheme, or is it"))
            break
        if name not in donors:
            donor = check_folder(name, known[name], known)
            if donor.program is None:
                bag.add(donor_has_errors(graft.span, name, sum(d.is_error for d in donor.diagnostics)))
                break
            donors[name] = donor.program
        done = carry_out(program, donors[name], graft, bag)
        program = done[0] if done is not None else program
    return program if bag.has_errors else _checked_again(program, bag)


def graft_onto(host: ir.Program, donor: ir.Program, graft: Graft) -> tuple[ir.Program, Graft] | list[Diagnostic]:
    """The host with a graft whose names are bound through shared questions where it does not list them, and that graft."""
    bag = Bag()
    done = carry_out(host, donor, graft, bag, bind=True)
    if done is not None:
        _checked_again(done[0], bag)
    return bag.in_order() if done is None or bag.has_errors else done


def _checked_again(program: ir.Program, bag: Bag) -> ir.Program:
    """A program with law from elsewhere: that every chain of readings still ends. All else was checked where it was written."""
    if program.grafts:
        from capcode.dsl.dependency import check_recursion
        from capcode.dsl.views import LawView

        bag.extend(d for d in check_recursion(program, LawView(program, ir.View(program.scheme))) if d.is_error)
    return program


def lower(symbols: Symbols) -> ir.Program:
    """Symbols to the program, definition by definition; a definition with mistakes is left incomplete."""
    laws: Mapping[str, LawSymbol] = dict(sorted(symbols.law.items()))
    for law in laws.values():
        if law.sort == "duty":
            law.amount = duty_amount(symbols, law)
    rules = {n: lower_rule(symbols, s) for n, s in laws.items() if s.sort == "rule"}
    measures: dict[str, ir.Measure] = {}
    for name, law in laws.items():
        if law.sort == "measure":
            measures[name], effects = lower_measure(symbols, law)
            rules.update((e.name, e) for e in effects)
    check_answers(symbols)
    label = symbols.scheme.label
    fields = {f.key: f for e in symbols.entities.values() for f in e.fields.values()}
    fields.update(symbols.facts)
    return ir.Program(
        scheme=symbols.scheme.name.text,
        title=label.text if label else symbols.scheme.name.text,
        labels=dict(label.others) if label else {},
        currency=symbols.currency,
        calendar=symbols.calendar,
        units=dict(sorted(symbols.units.items())),
        authorities={n: _labelled(a) for n, a in sorted(symbols.authorities.items())},
        instruments={n: lower_instrument(symbols, i) for n, i in sorted(symbols.instruments.items())},
        entities={n: _entity(symbols, n) for n in sorted(symbols.entities)},
        fields=dict(sorted(fields.items())),
        tables={n: lower_table(symbols, t) for n, t in sorted(symbols.tables.items())},
        rules=dict(sorted(rules.items())),
        measures=measures,
        duties={n: lower_duty(symbols, s) for n, s in laws.items() if s.sort == "duty"},
        accounts={n: lower_account(symbols, s) for n, s in laws.items() if s.sort == "account"},
        checks={n: lower_check(symbols, s) for n, s in laws.items() if s.sort == "check"},
        cases=tuple(c for c in (lower_case(symbols, c) for c in symbols.cases) if c is not None),
        questions=lower_questions(symbols),
        mappings=lower_mappings(symbols),
        root=symbols.source.root,
    )


def _labelled(node: ast.Authority) -> ir.Labelled:
    return ir.Labelled(node.label.text, dict(node.label.others)) if node.label else ir.Labelled(node.name.text)


def _entity(symbols: Symbols, name: str) -> ir.Entity:
    found = symbols.entities[name]
    node = found.node
    return ir.Entity(
        name, found.plural, found.parent, node.life.start.text if node.life else None,
        node.life.end.text if node.life and node.life.end else None, tuple(found.fields), found.listed,
        node.label.text if node.label else "", dict(node.label.others) if node.label else {}, node.name.span,
        listed_values(symbols, name),
    )  # fmt: skip


def _law_checks(program: ir.Program) -> list[Diagnostic]:
    """Checks that need the whole law: instruments, order in time, conditions, cost; for the view of all enacted law."""
    from capcode.dsl.checks import check_law

    return check_law(program)


def _schemes(symbols: Symbols, others: Mapping[str, Path]) -> dict[str, Symbols]:
    """The schemes that this one's grafts name, by name; this one is among them."""
    found = {symbols.scheme.name.text: symbols}
    wanted = {".".join(line.donor.scheme.names) for line in symbols.scheme.lines if isinstance(line, ast.Graft)}
    for name in sorted(wanted & set(others)):
        source, _ = load_folder(name, others[name])
        load_base(source, others)
        donor = declare(source, Bag())
        if donor is not None:
            found[name] = donor
    return found


class _Articles:
    """The article around each place of a file, for diagnostics."""

    def __init__(self, files: list[ast.File]) -> None:
        self._sections: dict[str, list[tuple[int, int, str]]] = {}
        for file in files:
            found: list[tuple[int, int, str]] = []
            for statement in file.statements:
                last = ""
                for section in getattr(statement, "sections", ()):
                    if section.cites:
                        last = ", ".join(f'{".".join(c.instrument.names)} "{c.article}"' for c in section.cites)
                    found.append((section.span.start, section.span.end, last))
            self._sections[file.span.file.name] = found

    def around(self, span: Span) -> str:
        for start, end, article in self._sections.get(span.file.name, ()):
            if start <= span.start < end:
                return article
        return ""
