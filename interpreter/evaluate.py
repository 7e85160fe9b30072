"""The reference evaluator: it is the definition of what a rule means. One law in one view, one fact set, exact results.

To evaluate a key - a definition, a subject, a place in time, an argument - is: place it (which day, which rows, which
member), let the law of that day govern (`views`), choose among its clauses (`clauses`), round as the head says. A
result is computed once and remembered; two readings of one key are one result.

Invariant: a result depends only on the program, the view and the fact set; no clock, no order of input, no history.
Invariant: nothing raises: what cannot be evaluated is an `Error` with its cause, also a spent budget.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from capcode.dsl import ir
from capcode.dsl.calendar import FIRST_DAY, Period
from capcode.dsl.limits import LIMITS, Limits
from capcode.dsl.views import Carried, Choice, Governs, LawView
from capcode.interpreter import clauses, domains, relations, times, translate
from capcode.interpreter.accounts import Accounts
from capcode.interpreter.agenda import Agenda
from capcode.interpreter.clauses import Outcome
from capcode.interpreter.expressions import NODES
from capcode.interpreter.facts import At, FactSet
from capcode.interpreter.frames import (
    BALANCE,
    LAPSED,
    MADE,
    SHORTFALL,
    TRANSLATED,
    UNDISTRIBUTED,
    USED,
    VALUE,
    Defines,
    Frame,
    Key,
    place,
)
from capcode.interpreter.lookups import Tables
from capcode.interpreter.measures import Measures
from capcode.interpreter.powers import Real
from capcode.interpreter.recall import CHOSEN_ON, GIVEN, RESULT, UNKNOWN, VALUES, Kept, Look, Recall, World
from capcode.interpreter.relations import Relations
from capcode.interpreter.results import Error, Known, Open, Result, failed, opened, placed, with_marks
from capcode.interpreter.trace import Level, Recorder, Rounded, Trace
from capcode.interpreter.wording import no_law

BEFORE, WITHIN = "before", "within"


class Evaluation:
    """One program, one view of its law, one fact set. With trace=True every key leaves a record in `trace`.

    used: where the parts of the law that decide something are noted by their `id` (see `case_coverage`); may be shared.
    recall: shared with other evaluations, so that what rests on the same facts is worked out once (not where `used` is asked).

    All public readings give a `Result`; places in time may be a period, or a day that stands for the period around it.
    """

    def __init__(
        self, program: ir.Program, law: LawView, facts: FactSet, *, trace: bool = False, limits: Limits = LIMITS,
        used: set[int] | None = None, recall: Recall | None = None,
    ) -> None:  # fmt: skip
        self.program, self.law, self.facts, self.calendar = program, law, facts, program.calendar
        self.definitions = law.definitions
        self.recorder = Recorder() if trace else None
        self.used = used
        self.world = World(facts)
        self._remembered = recall.of(law) if recall is not None and used is None else None
        self.draws: Mapping[tuple[str, str], int] = facts.draws
        self.leftovers: dict[Key, Result] = {}
        self._agenda = Agenda(self._compute, lambda key: key.show(self.calendar), limits)
        self.relations = Relations(self)
        self.tables = Tables(self)
        self.accounts = Accounts(self)
        self.measures = Measures(self)
        self._parts: Mapping[str, Callable[[Key], Result]] = {
            VALUE: self._value,
            SHORTFALL: self.accounts.shortfall,
            USED: self.accounts.used,
            LAPSED: self.accounts.lapsed,
            BALANCE: self.accounts.balance,
            UNDISTRIBUTED: self._undistributed,
            MADE: lambda key: translate.is_made(self, key),
            TRANSLATED: lambda key: translate.value_of(self, key),
        }
        self._values: Mapping[type, Callable[[Any, Key], Result]] = {
            ir.Rule: self._rule,
            ir.Measure: self.measures.in_force,
            ir.Duty: self.accounts.fulfilled,
            ir.Check: self._check,
            ir.Account: lambda account, key: failed("undefined", f"{account.name} is read on a day"),
        }

    # ---------------------------------------------------------------- asking

    def value(self, name: str, row: str | None = None, at: At = None, argument: ir.Value | None = None) -> Result:
        """A rule, measure, duty (fulfilled or not), check, or effect of a measure, for a subject and a place in time."""
        return self.part(VALUE, name, row, at, argument)

    def part(self, part: str, name: str, row: str | None = None, at: At = None, argument: ir.Value | None = None) -> Result:
        """value; shortfall or used of a duty; shortfall or lapsed of an account; undistributed of a share's rule."""
        key = self.key(name, row, at, argument, part)
        return key if isinstance(key, Open | Error) else self.read(key)

    def balance(self, account: str, row: str | None, day: date) -> Result:
        """What an account holds when a day has ended."""
        return self.read(Key(account, row, day, None, BALANCE))

    @property
    def trace(self) -> Trace:
        return self.recorder.trace if self.recorder is not None else Trace()

    @property
    def steps(self) -> int:
        """Nodes evaluated by the last query."""
        return self._agenda.done

    def read(self, key: Key) -> Result:
        result = self._agenda.result(key)
        if self.world.noted is not None:
            self.world.noted.append((RESULT, key, result))
        return result

    def key(self, name: str, row: str | None, at: At, argument: ir.Value | None = None, part: str = VALUE) -> Key | Open | Error:
        """The key of a reading: a period of the definition's own kind, a day for a value at a date, else no time."""
        definition = self.definitions.get(name)
        if definition is None:
            return failed("undefined", f"nothing is called {name}")
        if definition.timing == ir.EACH:
            period = self._period(definition.kind or "", at, name)
            return period if isinstance(period, Open | Error) else Key(name, row, period, argument, part)
        if definition.timing == ir.DATED_VALUE:
            day = self.calendar.start(at) if isinstance(at, Period) else at
            return failed("undefined", f"{name} is read on a day") if day is None else Key(name, row, day, argument, part)
        return Key(name, row, None, argument, part)

    def _period(self, kind: str, at: At, name: str) -> Period | Open | Error:
        if isinstance(at, Period) and at.kind == kind:
            return at
        day = self.calendar.start(at) if isinstance(at, Period) else at
        if day is None:
            return failed("undefined", f"{name} is read in a {kind}")
        found = times.containing(self, kind, day)
        return found.value if isinstance(found, Known) and isinstance(found.value, Period) else found  # type: ignore[return-value]

    # ---------------------------------------------------------------- computing a key

    def _compute(self, key: Key) -> Result:
        """Worked out, or as another evaluation that saw the same worked it out."""
        remembered, world = self._remembered, self.world
        if remembered is None:
            return self._work_out(key)
        outer, world.noted = world.noted, None
        try:
            if not self._can_be_kept(key):
                return self._work_out(key)
            same = remembered.find(key, world, self._agenda.result, told=self.recorder is not None)
            if same is not None:
                self._agenda.took(same.steps)
                if self.recorder is not None and same.record is not None:
                    self.recorder.keep(same.record)
                return same.result
            looks: list[Look] = []
            world.noted = looks
            result = self._work_out(key)
            if world.noted is looks:
                record = None if self.recorder is None else self.recorder.trace.records.get(key)
                remembered.keep(key, Kept(tuple(looks), result, self._agenda.steps, record))
            return result
        finally:
            world.noted = outer

    def _can_be_kept(self, key: Key) -> bool:
        """Whether a key rests on facts and on other keys alone."""
        if key.part != VALUE:
            return key.part in (MADE, TRANSLATED)
        definition = self.definitions[key.name]
        return definition.effect_of is None if isinstance(definition, ir.Rule) else isinstance(definition, ir.Check)

    def _work_out(self, key: Key) -> Result:
        if self.recorder is None:
            return placed(self._parts[key.part](key), lambda: key.show(self.calendar))
        outer, result = self.recorder.enter(key), None
        try:
            result = placed(self._parts[key.part](key), lambda: key.show(self.calendar))
        finally:
            self.recorder.leave(outer, result)
        return result

    def _value(self, key: Key) -> Result:
        """A value given by a case replaces the rule at that place; otherwise the law decides."""
        given = self.world.look(GIVEN, (key.name, key.row, key.at))
        if given is not None:
            return Known(given, frozenset((ir.Mark("assumed", key.name),)))
        definition = self.definitions[key.name]
        return self._values[type(definition)](definition, key)

    def _rule(self, rule: ir.Rule, key: Key) -> Result:
        """Place, govern, choose, round. The head's rounding comes last, and spares what no rule computed."""
        if rule.effect_of is not None:
            return self.measures.effect(rule, key)
        frame = self.frame(rule, key)
        if not isinstance(frame, Frame):
            return frame
        choice = self.govern(rule, frame)
        if frame.life == BEFORE and not isinstance(choice, Governs):
            return not_applicable("before its life")
        result, exempt = self._by(rule, choice, frame)
        if not exempt:
            result = self.rounded_by_head(result, rule.rounding)
        if isinstance(result, Known) and isinstance(result.value, Real):
            return failed("undefined", f"{key.show(self.calendar)} is a power that nothing rounds")
        return with_marks(result, frame.marks)

    def rounded_by_head(self, result: Result, rounding: ir.Rounding | None) -> Result:
        after = clauses.rounded(self, result, rounding)
        if self.recorder is not None and self.recorder.record is not None and rounding is not None and rounding.kind == "to":
            if isinstance(after, Known) and isinstance(result, Known):
                before = None if isinstance(result.value, Real) else result.value
                self.recorder.record.rounded = Rounded(rounding.mode, rounding.place, before, after.value)
        return after

    def _by(self, rule: ir.Definition, choice: Choice, frame: Frame) -> Outcome:
        """The value by a choice of the law: by the governing text, by the last value that stands, or none."""
        if isinstance(choice, Governs):
            assert isinstance(choice.law, ir.RuleLaw)
            result, exempt = clauses.choose(self, choice.law, self.under(choice, frame, rule), self._level(choice), choice.citations)
            return with_marks(result, choice.marks), exempt
        if isinstance(choice, Carried):
            return with_marks(self._carried(rule, choice.last_day, frame), choice.marks), True
        return no_law(choice, frame.key.show(self.calendar)), False

    def under(self, choice: Governs, frame: Frame, rule: ir.Definition | None = None) -> Frame:
        """The frame of the governing text: its defines, and what `as before` means in it."""
        below = None if rule is None else lambda: self._by(rule, choice.below(), frame)
        inner = frame.copy()
        inner.before = below
        named = getattr(choice.law, "defines", ())
        inner.defines = Defines(dict(named), inner) if named else None
        return inner

    def _level(self, choice: Governs) -> Level | None:
        if self.recorder is None or self.recorder.record is None:
            return None
        level = Level(choice.citations, choice.considered)
        self.recorder.record.levels.append(level)
        return level

    def _carried(self, rule: ir.Definition, last_day: date, frame: Frame) -> Result:
        """`then stands`: the value at the last period before the end, not the formula run again."""
        row: str | None = frame.key.row
        if rule.timing == ir.ROW_DAY:
            rows = relations.last_started(self, frame, last_day)
            if not isinstance(rows, str):
                return rows
            row = rows
        key = self.key(frame.key.name, row, last_day, frame.key.argument)
        if isinstance(key, Open | Error):
            return key
        if self.recorder is not None and self.recorder.record is not None:
            self.recorder.record.carried = key
        return with_marks(self.read(key), frozenset((ir.Mark("carried", frame.key.name),)))

    def _check(self, check: ir.Check, key: Key) -> Result:
        found = self.section(check, key)
        if not isinstance(found, tuple):
            return found
        law, frame, choice = found
        assert isinstance(law, ir.CheckLaw)
        self._level(choice)
        return with_marks(self.eval(law.condition, frame), frame.marks)

    def _undistributed(self, key: Key) -> Result:
        """What the share in a rule left over: known once the rule has been evaluated, also where a draw is awaited."""
        result = self.read(key._replace(part=VALUE))
        left = self.leftovers.get(key)
        if left is not None:
            return left
        return failed("undefined", f"nothing is shared by {key.name}") if isinstance(result, Known) else result

    # ---------------------------------------------------------------- placing and governing

    def frame(self, definition: ir.Definition, key: Key) -> Frame | Result:
        """Where a key is evaluated. Outside a dated row's life the result is *not applicable* instead."""
        rows = {} if definition.entity is None or key.row is None else {definition.entity: key.row}
        frame = Frame(key, definition.entity, None, None, None, FIRST_DAY, rows)
        return (
            self._place_in_time(definition, frame) or self._place_in_life(definition, frame)
            or self._place_by_rule(definition, frame) or self._place_member(definition, frame) or frame
        )  # fmt: skip

    def _place_in_time(self, definition: ir.Definition, frame: Frame) -> Result | None:
        at = frame.key.at
        if isinstance(at, Period):
            frame.period = at
        elif definition.timing == ir.ROW_DAY:
            dated = self.relations.dated_ancestor(definition.entity, frame.key.row)
            start = failed("undefined", f"{frame.key.name} has no dated row") if dated is None else self.relations.start_of(*dated)
            if not isinstance(start, Known):
                return start
            at, frame.marks = start.value, start.marks  # type: ignore[assignment]
        if at is not None:
            found = times.edges(self, at)
            if isinstance(found, Open | Error):
                return found
            frame.first, frame.last = found
            frame.day = found[0]
        return None

    def _place_in_life(self, definition: ir.Definition, frame: Frame) -> Result | None:
        """A dated row has a value each period only in its life; `initially` gives the value before."""
        entity = self.program.entities.get(definition.entity or "")
        if frame.period is None or entity is None or entity.start is None or frame.key.row is None:
            return None
        life = self.relations.life(entity.name, frame.key.row)
        if isinstance(life, Open | Error):
            return life
        assert frame.first is not None and frame.last is not None
        if life[1] is not None and frame.first >= life[1]:
            return not_applicable("after its life")
        frame.life = BEFORE if frame.last < life[0] else WITHIN
        if frame.life == BEFORE and not any(section.initially for section in definition.sections):
            return not_applicable("before its life")
        return None

    def _place_by_rule(self, definition: ir.Definition, frame: Frame) -> Result | None:
        """`dated by r`: the value of r is the day that chooses sections; everything else still uses the period."""
        dated_by = getattr(definition, "dated_by", None)
        if dated_by is None:
            return None
        key = self.key(dated_by, frame.key.row, frame.key.at)
        found = key if isinstance(key, Open | Error) else self.read(key)
        if not isinstance(found, Known):
            return found
        if not isinstance(found.value, date):
            return failed("undefined", f"{dated_by} gives no day")
        frame.day, frame.marks = found.value, frame.marks | found.marks
        return None

    def _place_member(self, definition: ir.Definition, frame: Frame) -> Result | None:
        member = self.relations.member(definition, definition.entity, frame.key.row)
        if isinstance(member, Open | Error):
            return member
        if member is not None and isinstance(member.value, str):
            frame.member, frame.marks = member.value, frame.marks | member.marks
        return None

    def govern(self, definition: ir.Definition, frame: Frame) -> Choice:
        return self.law.govern(definition.sections, definition.kind, frame.day, frame.member, life=frame.life)

    def section(self, definition: ir.Definition, key: Key) -> tuple[ir.Law, Frame, Governs] | Result:
        """The governing law of a measure, duty, account or check and the frame to evaluate it in, or why there is none."""
        frame = self.frame(definition, key)
        if not isinstance(frame, Frame):
            return frame
        choice = self.govern(definition, frame)
        if not isinstance(choice, Governs):
            if isinstance(choice, Carried):
                return failed("gap", f"no text governs {key.show(self.calendar)}")
            return no_law(choice, key.show(self.calendar))
        if self.used is not None and not isinstance(definition, ir.Measure):
            self.used.update(map(id, choice.sections))
        inner = self.under(choice, frame)
        inner.marks |= choice.marks
        return choice.law, inner, choice

    # ---------------------------------------------------------------- nodes, rows, facts

    def eval(self, node: ir.Expr, frame: Frame) -> Result:
        """The result of a node in a frame."""
        agenda, recorder = self._agenda, self.recorder
        agenda.steps += 1  # `agenda.took(1)`, written out: nothing is done as often
        if agenda.done + agenda.steps > agenda.limit:
            agenda.spent()
        agenda.nested += 1
        if recorder is None:
            result = NODES[type(node)](self, node, frame)
        else:
            outer = recorder.begin()
            result = NODES[type(node)](self, node, frame)
            recorder.end(outer, node, result, frame.bound)
        agenda.nested -= 1
        return result

    def aside(self, work: Callable[[], None]) -> None:
        """Work that is no operand of the node in hand, such as bringing an account forward."""
        if self.recorder is None:
            work()
            return
        outer = self.recorder.aside()
        try:
            work()
        finally:
            self.recorder.back(outer)

    def stop(self, kind: str, text: str) -> None:
        """End the query: what it asks for reads itself."""
        self._agenda.stop(kind, text)

    def row(self, node: ir.RowExpr, frame: Frame) -> Result:
        """The identifier of a row. Simple ones are no step of their own."""
        return NODES[type(node)](self, node, frame)

    def time(self, node: ir.TimeExpr, frame: Frame) -> Result:
        """The period or day of a reading. The one at hand is no step of its own."""
        return NODES[type(node)](self, node, frame) if type(node) in times.AT_HAND else self.eval(node, frame)

    def domain(self, node: ir.Domain, frame: Frame) -> domains.Frames:
        return domains.DOMAINS[type(node)](self, node, frame)

    def filtered(self, found: tuple[list[Frame], frozenset[ir.Mark]], where: ir.Expr | None) -> domains.Selected:
        return domains.filtered(self, found, where)

    def when_of_fact(self, name: str, at: At) -> At | Open | Error:
        kind = self.program.fields[name].kind
        if isinstance(at, Period) and at.kind == kind:
            return at
        return None if kind is None else self._period(kind, at, name)

    def fact(self, name: str, row: str | None, at: At) -> Result:
        """A fact, its default, or the reason for not knowing it. A choice made too late is the missing choice."""
        field = self.program.fields[name]
        when = self.when_of_fact(name, at)
        if isinstance(when, Open | Error):
            return when
        key = (name, row, when)
        value = self.world.look(VALUES, key)
        if value is not None:
            late = self._too_late(field, key)
            if late is None:
                return Known(value)
            if not isinstance(late, Known):
                return late
        elif (reason := self.world.look(UNKNOWN, key)) is not None:
            return opened("unknown", reason)
        elif translate.is_written(self.world, field, row):
            return self.read(Key(name, row, when, None, TRANSLATED))
        if field.has_default and field.default is not None:
            return Known(field.default)
        where = place(field.name, row, when, self.calendar)
        if field.chosen is not None:
            return opened("may_choose", f"{field.chosen}: {where}")
        return opened("awaits", f"{field.decided}: {where}") if field.decided is not None else opened("needs", where)

    def _too_late(self, field: ir.Field, key: tuple[str, str | None, At]) -> Result | None:
        """Known if the choice was made after its last day; None if it counts."""
        made = None if field.chosen_by_day is None else self.world.look(CHOSEN_ON, key)
        if made is None or field.chosen_by_day is None:
            return None
        frame = self._field_frame(field, key)
        last = self.eval(field.chosen_by_day, frame)
        if not isinstance(last, Known):
            return last
        assert isinstance(last.value, date)
        return last if made > last.value else None

    def _field_frame(self, field: ir.Field, key: tuple[str, str | None, At]) -> Frame:
        """Where the last day of a choice is worked out: in the period of the fact."""
        _, row, at = key
        rows = {field.entity: row} if field.entity is not None and row is not None else {}
        period = at if isinstance(at, Period) else None
        first = None if period is None else self.calendar.start(period)
        after = None if period is None else self.calendar.end(period)
        last = None if after is None else after - timedelta(days=1)
        return Frame(Key(field.key, row, at), field.entity, period, first, last, first or FIRST_DAY, rows)


def not_applicable(why: str) -> Known:
    """What a dated row has outside its life."""
    return Known(ir.Absent("not_applicable", why))
