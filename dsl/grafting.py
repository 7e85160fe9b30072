"""A graft carried out: the host's program with its answer to a question replaced by the donor's rule (semantics, section 12).

The donor's rule comes over as a rule of its own (`korea.credit_limit`), with every name that it reads bound: `reading` as the
host's, `keeping` as the donor's with all that it reads, as in the donor's view. The host's answer gets one more section, of a
text with the status *grafted* that stands above every other: `= korea.credit_limit`, in the host's unit. So everything in
the host that reads the answer reads the donor's law, what rests on it is marked, and periods before the graft are the host's:
a rule that reads its own last value starts from the host's balance.

Where the host's answer only hands on another rule of the same subject, that rule is replaced, and the answer follows.

Invariant: host and donor are not changed; a program without a graft is the host.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from typing import Any

from capcode.dsl import ir, name_errors, type_errors
from capcode.dsl.diagnostics import Bag
from capcode.dsl.instruments import Standing, validate_view
from capcode.dsl.source import SourceFile, Span
from capcode.dsl.transplant import Names, Renaming, Taken, nodes, reached, related
from capcode.dsl.types import NameType, QuantityType, SetType, Type, same, show
from capcode.dsl.units import Dimension, base, multiply


@dataclass(frozen=True, slots=True)
class Graft:
    """`graft question from view reading … keeping …`. reading: the donor's name → the host's. start: the first day, or None."""

    question: str
    view: ir.View
    reading: Mapping[str, str] = field(hash=False)
    keeping: frozenset[str] = frozenset()
    start: date | None = None
    span: Span = field(kw_only=True)

    def line(self, host: str) -> str:
        """The graft as a line of a derived scheme."""
        reading = [f"reading {n} as {host}.{h}" for n, h in sorted(self.reading.items())]
        keeping = [f"keeping {', '.join(sorted(self.keeping))}"] if self.keeping else []
        return " ".join([f"graft {self.question} from {self.view}", *reading, *keeping])


def carry_out(host: ir.Program, donor: ir.Program, graft: Graft, bag: Bag, *, bind: bool = False) -> tuple[ir.Program, Graft] | None:
    """The host with the graft, and the graft with every name bound; None after diagnostics. bind: names that are not listed
    are bound through shared questions."""
    found = answer_of(donor, graft.question)
    answer = answer_of(host, graft.question)
    for program, rule in ((donor, found), (host, answer)):
        if rule is None:
            bag.add(name_errors.no_answer(graft.span, program.scheme, graft.question))
    if found is None or answer is None:
        return None
    unknown = [d for d in validate_view(donor, graft.view, graft.span) if d.is_error]
    if unknown:
        bag.extend(unknown)
        return None
    replaced = _handed_on(host, answer)
    if any(host.instruments[s.instrument].status == "grafted" for s in replaced.sections if s.instrument in host.instruments):
        bag.add(name_errors.no_graft(graft.span, graft.question, "its answer is grafted already"))
        return None
    work = _Grafting(host, donor, graft, found, replaced, bag)
    if not work.fits():
        return None
    if bind:
        work.bind()
    if not work.bound():
        return None
    return work.program(), replace(graft, reading=dict(work.reading), keeping=frozenset(work.keeping))


def answer_of(program: ir.Program, question: str) -> ir.Rule | None:
    return next((r for r in program.rules.values() if r.answers == question), None)


def _handed_on(host: ir.Program, answer: ir.Rule) -> ir.Rule:
    """The rule that an answer only hands on, perhaps with an absent answer beside it; else the answer itself."""
    seen = {answer.name}
    while (inner := _only_read(host, answer)) is not None and inner.name not in seen:
        seen.add(inner.name)
        answer = inner
    return answer


def _only_read(host: ir.Program, rule: ir.Rule) -> ir.Rule | None:
    """The one rule of the same subject, periods and type whose value every text of this rule gives, where it gives any."""
    laws = [s.law for s in rule.sections if isinstance(s.law, ir.RuleLaw)]
    bodies: list[ir.Body] = [c.body for law in laws for c in law.clauses] + [e.body for law in laws for e in law.exceptions]
    found: set[str] = set()
    here = ir.RuleRead("", None if rule.entity is None else ir.Row(rule.entity), ir.Here(rule.kind or ""))
    for body in bodies:
        if isinstance(body, ir.OpenValue) or (isinstance(body, ir.Const) and isinstance(body.value, ir.Absent)):
            continue
        if not isinstance(body, ir.RuleRead) or replace(body, rule="") != here:
            return None
        found.add(body.rule)
    inner = host.rules.get(next(iter(found))) if len(found) == 1 else None
    if inner is None or inner.effect_of is not None or inner.argument is not None or not same(inner.type.base, rule.type.base):
        return None
    return inner if (inner.entity, inner.kind, inner.timing) == (rule.entity, rule.kind, rule.timing) else None


# ---------------------------------------------------------------- units


def _neutral(program: ir.Program, dimension: Dimension) -> tuple[Dimension, Fraction]:
    """A dimension with held units as the tonnes that they cover, and the tonnes for one. A unit of the shared questions, such
    as `MW`, is one unit in all schemes."""
    asked = {n for q in program.questions.values() if isinstance(q.type.base, QuantityType) for n, _ in q.type.base.dimension}
    covered = {name: u.covers for u in program.units.values() if u.covers is not None for name, _ in u.dimension}
    result: Dimension = ()
    factor = Fraction(1)
    for name, exponent in dimension:
        cover = covered.get(name)
        factor *= (cover or Fraction(1)) ** exponent
        plain = "mass" if cover is not None else name.removeprefix(f"{program.scheme}.") if name in asked else name
        for _ in range(abs(exponent)):
            result = multiply(result, base(plain), 1 if exponent > 0 else -1)
    return result, factor


def factor_between(one: tuple[ir.Program, Type], other: tuple[ir.Program, Type]) -> Fraction | None:
    """What a value of the first is multiplied with to be one of the second; None where they are not of one type."""
    a, b = one[1].base, other[1].base
    if isinstance(a, QuantityType) and isinstance(b, QuantityType):
        (x, f), (y, g) = _neutral(one[0], a.dimension), _neutral(other[0], b.dimension)
        return f / g if x == y else None
    if isinstance(a, NameType | SetType):
        return Fraction(1) if type(a) is type(b) else None
    return Fraction(1) if same(a, b) else None


def _times(factor: Fraction, read: ir.Expr, words: str = "") -> ir.Expr:
    return read if factor == 1 else ir.Mul((ir.Const(factor), read), span=_words(words) if words else read.span)


def _words(text: str) -> Span:
    """The place of law that no drafter wrote: how an explanation words it."""
    return Span(SourceFile("(graft)", text), 0, len(text))


# ---------------------------------------------------------------- the grafted rule


class _Bound(Renaming):
    """The donor's answer with its names bound: those read come from the host, in the donor's unit; the others are kept."""

    def __init__(self, names: Names, work: _Grafting) -> None:
        super().__init__(names)
        self.work = work

    def instead(self, node: Any) -> Any:
        work = self.work
        if isinstance(node, ir.RuleRead) and node.rule == work.found.name:
            own = ir.RuleRead(work.host_rule.name, self.copy(node.row), self.copy(node.at), span=node.span)
            return _times(work.factor("own"), own)
        name = read_name(work.donor, node)
        if name is None or name not in work.reading:
            return None
        return work.host_read(name, self.copy(node.at), node.span)

    def _part(self, owner: Any, name: str, value: Any) -> Any:
        if name == "kind" and value == self.work.found.kind and not isinstance(owner, ir.FlowLaw | ir.Rounding):
            return self.work.host_rule.kind  # what is of the rule's own period is of the host's
        return super()._part(owner, name, value)


def read_name(donor: ir.Program, node: object) -> str | None:
    """The name by which a drafter reads this: of a rule, a field or a fact."""
    if isinstance(node, ir.RuleRead):
        return node.rule
    if isinstance(node, ir.FactRead):
        return donor.fields[node.name].name
    return None


class _Grafting:
    """One graft at work. found: the donor's answer; host_rule: the rule that it replaces."""

    def __init__(self, host: ir.Program, donor: ir.Program, graft: Graft, found: ir.Rule, host_rule: ir.Rule, bag: Bag) -> None:
        self.host, self.donor, self.graft, self.bag = host, donor, graft, bag
        self.host_rule = host_rule
        standing = Standing(donor, graft.view)
        heard = tuple(s for s in found.sections if standing.speakers(s.citations[0].instrument, None))
        self.found = replace(found, sections=heard)
        self.reading, self.keeping = dict(graft.reading), set(graft.keeping)
        taken = {v.scheme for v in host.grafts.values()}
        prefix = donor.scheme if donor.scheme not in taken else f"{donor.scheme}_{len(host.grafts) + 1}"
        subject = (found.entity, host_rule.entity) if found.entity is not None and host_rule.entity is not None else None
        self.names = Names(donor, host, f"{prefix}.", subject)

    # ---- what must agree

    def fits(self) -> bool:
        """Whether the two rules are of one type, each of a subject and in a period of one sort."""
        one, other, span = self.found, self.host_rule, self.graft.span
        if factor_between((self.donor, one.type), (self.host, other.type)) is None:
            names = f"{self.donor.scheme}.{one.name}", f"{self.host.scheme}.{other.name}"
            self.bag.add(type_errors.unlike_graft(span, names[0], show(one.type), names[1], show(other.type)))
            return False
        why = ""
        if one.argument is not None or other.argument is not None:
            why = "one of the two rules has an argument"
        elif one.entity is not None and other.entity is None:
            why = f"the donor's rule is of one {one.entity}, and the host's is of the whole scheme"
        elif other.timing != ir.EACH or one.timing not in (ir.EACH, ir.CONSTANT):
            why = "one of the two rules is not given for each period"
        elif one.timing == ir.EACH and one.kind != other.kind:
            why = f"the donor's rule is given each {one.kind}, and the host's each {other.kind}"
        if why:
            self.bag.add(name_errors.no_graft(span, self.graft.question, why))
        return not why

    # ---- binding

    def _reads(self) -> dict[str, Any]:
        """The names that the grafted rule reads in the donor's view, each with a node that reads it."""
        found: dict[str, Any] = {}
        for node in nodes(self.found.sections):
            name = read_name(self.donor, node)
            if name is not None and name != self.found.name:
                found.setdefault(name, node)
        return found

    def bind(self) -> None:
        """What is of a subject is read from the host's answer to the same question; figures of the whole scheme are kept."""
        for name in self._reads():
            if name in self.reading or name in self.keeping:
                continue
            rule = self.donor.rules.get(name)
            if rule is None:
                continue
            if rule.entity is None:
                self.keeping.add(name)
                continue
            other = answer_of(self.host, rule.answers) if rule.answers is not None else None
            if other is not None and factor_between((self.host, other.type), (self.donor, rule.type)) is not None:
                self.reading[name] = other.name

    def bound(self) -> bool:
        """Whether every name is bound to something of its type."""
        reads = self._reads()
        donor, span = self.donor.scheme, self.graft.span
        known = {*self.donor.rules, *self.donor.measures, *(f.name for f in self.donor.fields.values())}
        for name in sorted({*self.graft.reading, *self.graft.keeping} - known):
            self.bag.add(name_errors.unknown_thing(span, f"fact or rule of {donor}", name, known))
            return False
        missing = sorted(set(reads) - set(self.reading) - self.keeping)
        if missing:
            self.bag.add(name_errors.unbound(span, self.found.name, donor, missing, self.host.scheme))
            return False
        for name in sorted(set(self.reading) & set(reads)):
            node, other = reads[name], self._host_thing(self.reading[name])
            shown = f"{self.host.scheme}.{self.reading[name]}"
            if other is None:
                self.bag.add(name_errors.unknown_thing(span, f"rule or fact of {self.host.scheme}", self.reading[name], self._host_names()))
            elif factor_between((self.host, other.type), (self.donor, self._type(name))) is None:
                self.bag.add(type_errors.unlike_graft(span, f"{donor}.{name}", show(self._type(name)), shown, show(other.type)))
            elif getattr(other, "argument", None) is not None or getattr(node, "argument", None) is not None:
                self.bag.add(name_errors.no_graft(span, self.graft.question, f"`{name}` is read at a value"))
            elif node.row is not None and node.row != ir.Row(self.found.entity or ""):
                self.bag.add(name_errors.no_graft(span, self.graft.question, f"`{name}` is read of another row than the rule's own"))
            elif other.entity is not None and other.entity != self.host_rule.entity:
                why = f"`{shown}` is of one {other.entity}, and the grafted rule of one {self.host_rule.entity or 'scheme'}"
                self.bag.add(name_errors.no_graft(span, self.graft.question, why))
        elsewhere = ir.IssuedRead | ir.AccountRead | ir.AccountPart | ir.DutyPart | ir.UndistributedRead | ir.Lots
        if any(isinstance(n, elsewhere) for n in nodes(self.found.sections)):
            self.bag.add(name_errors.no_graft(span, self.graft.question, "it reads an account, a part of a duty, or what was issued"))
        return not self.bag.has_errors

    def _type(self, name: str) -> Type:
        """The type of a name of the donor, as the grafted rule reads it."""
        if name in self.donor.rules:
            return self.donor.rules[name].type
        return next((f.type for f in self.donor.fields.values() if f.name == name), Type(QuantityType(())))

    def _host_thing(self, name: str) -> ir.Rule | ir.Field | None:
        """A rule of the host, a field of its subject, or a fact."""
        if name in self.host.rules:
            return self.host.rules[name]
        fields = self.host.fields
        return fields.get(f"{self.host_rule.entity}.{name}") or (fields[name] if name in fields and fields[name].entity is None else None)

    def _host_names(self) -> list[str]:
        return [*self.host.rules, *(f.name for f in self.host.fields.values())]

    # ---- nodes

    def factor(self, of: str) -> Fraction:
        """What turns a value of the host into one of the donor: of the rule itself (`own`), or of a name that is read."""
        other = self.host_rule if of == "own" else self._host_thing(self.reading[of])
        assert other is not None
        return factor_between((self.host, other.type), (self.donor, self.found.type if of == "own" else self._type(of))) or Fraction(1)

    def host_read(self, name: str, at: ir.TimeExpr | None, span: Span) -> ir.Expr:
        """The host's value of a name that is read, in the donor's unit."""
        other = self._host_thing(self.reading[name])
        assert other is not None
        return _times(self.factor(name), self._plain_read(other, at, span))

    def _plain_read(self, other: ir.Rule | ir.Field, at: ir.TimeExpr | None, span: Span) -> ir.Expr:
        row = ir.Row(other.entity) if other.entity is not None else None
        if isinstance(other, ir.Field):
            return ir.FactRead(other.key, row, (at or ir.Here(self.host_rule.kind or "")) if other.kind is not None else None, span=span)
        placed = other.timing in (ir.EACH, ir.DATED_VALUE)
        return ir.RuleRead(other.name, row, (at or ir.Here(self.host_rule.kind or "")) if placed else None, span=span)

    # ---- the program

    def program(self) -> ir.Program:
        host, donor, names = self.host, self.donor, self.names
        grafted = self._grafted()
        plain = Renaming(names)
        kept = [n for s in self.found.sections for n in nodes(s) if not self._is_read(n)]
        shallow = [n for n in kept if isinstance(n, ir.RuleRead | ir.FactRead | ir.Lookup | ir.Row | ir.Children | ir.Everyone)]
        taken = reached(donor, [replace(n, row=None) if isinstance(n, ir.RuleRead | ir.FactRead) else n for n in shallow])
        if self.found.dated_by is not None:
            more = reached(donor, [self.found.dated_by and ir.RuleRead(self.found.dated_by, None, None)])
            taken.definitions |= more.definitions
            taken.tables |= more.tables
            taken.fields |= more.fields
            taken.entities |= more.entities
        own = names.prefix + self.found.name
        instrument = self._instrument()
        rules = {names.prefix + n: plain.definition(donor.rules[n]) for n in sorted(taken.definitions) if n in donor.rules}
        rules = {**host.rules, **rules, own: grafted, self.host_rule.name: self._with_section(own, instrument.name)}

        def more_of(mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> dict[str, Any]:
            kept = {names.prefix + n: plain.definition(theirs[n]) for n in theirs if n in taken.definitions}
            return dict(sorted({**mine, **kept}.items()))

        fields = {names.field(k): plain.field(donor.fields[k]) for k in taken.fields}
        entities = {names.name("entity", n): self._entity(n) for n in taken.entities if names.name("entity", n) not in host.entities}
        tables = {names.prefix + n: plain.table(donor.tables[n]) for n in taken.tables}
        cited = {c.instrument for x in (self.found.sections, *self._laws(taken)) for c in nodes(x) if isinstance(c, ir.Citation)}
        instruments = {names.prefix + n: plain.instrument(donor.instruments[n]) for n in related(donor, cited)}
        return replace(
            host,
            calendar=names.calendar(host.calendar),
            units={**host.units, **{names.prefix + n: u for n, u in donor.units.items() if u.covers is not None}},
            authorities={**host.authorities, **{names.prefix + n: a for n, a in donor.authorities.items()}},
            instruments=dict(sorted({**host.instruments, **instruments, instrument.name: instrument}.items())),
            entities=dict(sorted({**host.entities, **entities}.items())),
            fields=dict(sorted({**fields, **host.fields}.items())),
            tables=dict(sorted({**host.tables, **tables}.items())),
            rules=dict(sorted(rules.items())),
            measures=more_of(host.measures, donor.measures),
            duties=more_of(host.duties, donor.duties),
            accounts=more_of(host.accounts, donor.accounts),
            checks=more_of(host.checks, donor.checks),
            grafts={**host.grafts, names.prefix: graft_view(self.graft.view, names.prefix)},
        )

    def _laws(self, taken: Taken) -> list[Any]:
        """The kept law itself: definitions and tables."""
        d = self.donor
        laws: dict[str, Any] = {**d.rules, **d.measures, **d.duties, **d.accounts, **d.checks}
        return [*(laws[n].sections for n in taken.definitions), *(s for n in taken.tables for s in d.tables[n].entries.values())]

    def _is_read(self, node: Any) -> bool:
        name = read_name(self.donor, node)
        return name is not None and (name in self.reading or name == self.found.name)

    def _grafted(self) -> ir.Rule:
        """The donor's rule of the host's subject, in the host's periods."""
        done: ir.Rule = _Bound(self.names, self).definition(self.found)
        kind = self.host_rule.kind if self.found.kind is not None else None
        return replace(done, kind=kind)

    def _entity(self, name: str) -> ir.Entity:
        found = self.donor.entities[name]
        parent = self.names.name("entity", found.parent) if found.parent is not None else None
        return replace(found, name=self.names.name("entity", name), plural=self.names.prefix + found.plural, parent=parent)

    def _instrument(self) -> ir.Instrument:
        name = f"graft_{self.graft.question}"
        while name in self.host.instruments:
            name += "_again"
        return ir.Instrument(name, "Graft", "grafted", None, span=self.graft.span)

    def _with_section(self, own: str, instrument: str) -> ir.Rule:
        """The host's rule with the section that hands on the donor's."""
        rule, graft = self.host_rule, self.graft
        row = ir.Row(rule.entity) if self.found.entity is not None and rule.entity is not None else None
        read = ir.RuleRead(own, row, ir.Here(rule.kind or "") if self.found.timing == ir.EACH else None, span=_words(own))
        factor = factor_between((self.donor, self.found.type), (self.host, rule.type)) or Fraction(1)
        absent = [*self._absences(), *([read] if factor != 1 and self.found.type.or_none else [])]
        clauses = [ir.Clause(r, ir.Present(r, True, span=_words(f"{r.span.words} is not present")), "", graft.span) for r in absent]
        shown = f"{own} × {factor} {show(Type(rule.type.base))} per {show(Type(self.found.type.base))}"
        clauses.append(ir.Clause(_times(factor, read, shown), None, "", graft.span))
        law = ir.RuleLaw(tuple(clauses), ordered=len(clauses) > 1)
        start = self._first_day()
        citation = ir.Citation(instrument, self._article())
        section = ir.Section((citation,), law, start, None, always=start is None, span=graft.span)
        return replace(self._without_rounding(rule), sections=(*self._without_rounding(rule).sections, section))

    def _absences(self) -> list[ir.Expr]:
        """Host values that may be absent where the donor's could not be: where the donor's law is one plain formula of them,
        an absent one is the answer."""
        laws = [s.law for s in self.found.sections if isinstance(s.law, ir.RuleLaw)]
        if any(w.exceptions or len(w.clauses) != 1 or w.clauses[0].condition is not None for w in laws):
            return []
        found = []
        for name, node in sorted(self._reads().items()):
            if name not in self.reading or self._type(name).or_none or node.at not in (None, ir.Here(self.found.kind or "")):
                continue
            other = self._host_thing(self.reading[name])
            if other is not None and other.type.or_none:
                found.append(self._plain_read(other, None, _words(other.name)))
        return found

    def _without_rounding(self, rule: ir.Rule) -> ir.Rule:
        """The rounding of the head written into each of the host's own sections: the donor's rule is rounded as at home."""
        if rule.rounding is None:
            return rule
        sections = tuple(
            replace(s, law=replace(s.law, rounding=s.law.rounding or rule.rounding)) if isinstance(s.law, ir.RuleLaw) else s
            for s in rule.sections
        )
        return replace(rule, sections=sections, rounding=None)

    def _first_day(self) -> date | None:
        """The first day of the first period that begins on or after the graft's day."""
        day, calendar, kind = self.graft.start, self.host.calendar, self.host_rule.kind or ""
        period = calendar.containing(kind, day) if day is not None else None
        if day is None or period is None or calendar.start(period) == day:
            return day
        return calendar.end(period)

    def _article(self) -> str:
        reading = [f"reading {n} as {self.host.scheme}.{h}" for n, h in sorted(self.reading.items())]
        kept = sorted(self.keeping & set(self._reads()))
        return " ".join([f"{self.found.name} of {self.graft.view}", *reading, *([f"keeping {', '.join(kept)}"] if kept else [])])


def graft_view(view: ir.View, prefix: str) -> ir.View:
    """The donor's view with the names that its instruments have in the host."""
    return ir.View(view.scheme, view.as_at, frozenset(prefix + n for n in view.chosen))
