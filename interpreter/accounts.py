"""Accounts and duties through time (semantics, sections 10 and 11): whose flows happen on which day, in which order.

Accounts tied by `against`, and duties met from them, form one ledger. Its events run in order of day, phase (enters,
leaves, keeps, lapses) and written order; a ledger is brought forward only as far as it is asked, so a flow may read
any earlier balance. A flow whose day lies before its own period has no effect from that period.

Invariant: an open flow, or one in error, leaves what was before it known, and everything of its account after it not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from capcode.dsl import ir
from capcode.dsl.calendar import Period
from capcode.interpreter.balances import Balance, Vintage
from capcode.interpreter.duties import Settled, discharge, shown
from capcode.interpreter.frames import SHORTFALL, Frame, Key, Lot
from capcode.interpreter.results import Error, Known, Open, Result, absent_used, blocked, failed
from capcode.interpreter.trace import Step

if TYPE_CHECKING:
    from capcode.interpreter.evaluate import Evaluation

PHASES = {"enters": 0, "leaves": 1, "keeps": 2, "lapses": 3}
ONE_DAY = timedelta(days=1)
Holder = tuple[str, str | None]
"""The name of an account or a duty, and its owner's row."""
DutyKey = tuple[str, str | None, Period]


@dataclass(slots=True)
class Event:
    """Something that happens on a day. order breaks ties; apply does it, after evaluating all that it needs."""

    day: date
    order: tuple[Any, ...]
    touches: tuple[Holder, ...]
    apply: Callable[[], None]
    key: Key

    @property
    def rank(self) -> tuple[Any, ...]:
        return (self.day, *self.order)


@dataclass(slots=True)
class Course:
    """The periods of one account or duty of one holder, one after the other."""

    definition: ir.Definition
    row: str | None
    index: int | None


@dataclass(slots=True)
class Ledger:
    """Accounts and duties that move together. settled: all days up to this one are over."""

    evaluation: Evaluation
    balances: dict[Holder, Balance]
    courses: list[Course]
    pending: list[Event] = field(default_factory=list)
    outcomes: dict[DutyKey, Settled | Open | Error] = field(default_factory=dict)
    deadlines: dict[DutyKey, date] = field(default_factory=dict)
    steps: dict[DutyKey, list[Step]] = field(default_factory=dict)
    dead: dict[Holder, list[tuple[ir.Expr, Frame]]] = field(default_factory=dict)
    _working_on: date | None = None
    _open_day: date | None = None
    _touched: set[Holder] = field(default_factory=set)

    # ---- through time

    def advance(self, day: date) -> None:
        """Bring everything up to the end of a day."""
        if self._working_on is not None:
            if day >= self._working_on:
                self.evaluation.stop("undefined", "a flow reads a balance of its own day or later")
            return
        while True:
            course, start = self._next_course()
            if course is None or start is None or start > day:
                break
            self._settle(start)
            self._working_on = start
            try:
                self._begin_period(course)
            finally:
                self._working_on = None
        self._settle(day + ONE_DAY)

    def _next_course(self) -> tuple[Course | None, date | None]:
        """The course whose next period begins first."""
        calendar = self.evaluation.calendar
        starts = [(calendar.start(Period(c.definition.kind or "", c.index)), c) for c in self.courses if c.index is not None]
        known = [(start, c) for start, c in starts if start is not None]
        return min(((c, s) for s, c in known), key=lambda pair: pair[1], default=(None, None))

    def _settle(self, limit: date) -> None:
        """Everything that happens before a day, each day to its end."""
        while self.pending and self.pending[0].day < limit:
            event = self.pending[0]
            if self._open_day is not None and event.day > self._open_day:
                self._close_day()
            self._working_on = event.day
            try:
                self.evaluation.aside(event.apply)
            finally:
                self._working_on = None
            self.pending.pop(0)
            self._open_day = event.day
            self._touched |= set(event.touches)
        if self._open_day is not None and self._open_day < limit:
            self._close_day()

    def _close_day(self) -> None:
        """Vintages that have lapsed for good lapse again, if some arrived; then the day is over."""
        day = self._open_day
        assert day is not None
        for holder in sorted(self._touched, key=str):
            balance = self.balances[holder]
            self._working_on = day
            try:
                for condition, frame in self.dead.get(holder, []):
                    self.evaluation.aside(lambda b=balance, c=condition, f=frame: self._lapse_where(b, day, c, f))  # type: ignore[misc]
            finally:
                self._working_on = None
            balance.close(day)
        self._open_day, self._touched = None, set()

    # ---- a period begins

    def _begin_period(self, course: Course) -> None:
        assert course.index is not None
        definition = course.definition
        period = Period(definition.kind or "", course.index)
        key = Key(definition.name, course.row, period)
        events: list[Event] = []
        self.evaluation.aside(lambda: self._events(definition, key, events))
        self.pending = sorted((*self.pending, *events), key=lambda e: e.rank)
        course.index += 1

    def _events(self, definition: ir.Definition, key: Key, events: list[Event]) -> None:
        """What the law in force in a period makes happen. A gap of law makes nothing happen."""
        assert isinstance(key.at, Period)
        first = self.evaluation.calendar.start(key.at)
        assert first is not None
        found = self.evaluation.section(definition, key)
        if isinstance(found, tuple):
            law, frame, _ = found
            if isinstance(definition, ir.Duty):
                assert isinstance(law, ir.DutyLaw)
                self._duty_event(definition, law, frame, key, first, events)
            else:
                assert isinstance(law, ir.AccountLaw)
                for position, flow in enumerate(law.flows):
                    self._flow_event(flow, position, frame, key, first, events)
            return
        if isinstance(definition, ir.Duty):
            if not isinstance(found, Known):
                self.outcomes[key.name, key.row, key.at] = found
            return
        if isinstance(found, Open) or (isinstance(found, Error) and any(c.kind != "gap" for c in found.causes)):
            self.balances[key.name, key.row].halt(first, found)

    def _flow_event(self, flow: ir.FlowLaw, position: int, frame: Frame, key: Key, first: date, events: list[Event]) -> None:
        holder = (key.name, key.row)
        day = self.evaluation.eval(flow.day, frame)
        other = self._other(flow, holder)
        if not isinstance(day, Known) or not isinstance(day.value, date):
            why = day if isinstance(day, Open | Error) else absent_used(day.value)
            for touched in (holder, other):
                if touched is not None:
                    self.balances[touched].halt(first, why)
            return
        if day.value < first:
            return
        on = day.value
        inner = frame.with_marks(day.marks)
        events.append(
            Event(
                on, (PHASES[flow.kind], 1 if other else 0, position, key.name, key.row or "", first),
                (holder,) if other is None else (holder, other), lambda: self._flow(flow, on, inner, holder, other), key,
            )
        )  # fmt: skip

    def _other(self, flow: ir.FlowLaw, holder: Holder) -> Holder | None:
        """The account on the other side: of the same owner, or of a row above it, or of the scheme."""
        if flow.against is None:
            return None
        accounts = self.evaluation.program.accounts
        return self.evaluation.accounts.across(accounts[holder[0]], holder[1], accounts[flow.against])

    def _duty_event(self, duty: ir.Duty, law: ir.DutyLaw, frame: Frame, key: Key, first: date, events: list[Event]) -> None:
        assert isinstance(key.at, Period)
        place = (duty.name, key.row, key.at)
        held = tuple(h for h in self.balances if h[1] == key.row and self._serves(duty, law, h))
        deadline = self.evaluation.eval(law.deadline, frame)
        if not isinstance(deadline, Known) or not isinstance(deadline.value, date):
            why = deadline if isinstance(deadline, Open | Error) else absent_used(deadline.value)
            self.outcomes[place] = why
            for holder in held:
                self.balances[holder].halt(first, why)
            return
        on = max(deadline.value, first)
        self.deadlines[place] = on
        inner = frame.with_marks(deadline.marks)
        order = (PHASES["leaves"], 2, 0, duty.name, key.row or "", first)
        events.append(Event(on, order, held, lambda: self._duty(duty, law, inner, place, on, held), key))

    def _serves(self, duty: ir.Duty, law: ir.DutyLaw, holder: Holder) -> bool:
        """Whether an account is one of the duty's holder, for a unit that it accepts."""
        account = self.evaluation.program.accounts[holder[0]]
        return account.entity == duty.entity and any(pattern.unit == account.unit for pattern in law.accepts)

    # ---- what happens

    def _flow(self, flow: ir.FlowLaw, day: date, frame: Frame, holder: Holder, other: Holder | None) -> None:
        """One flow. All is evaluated before anything moves."""
        sides = [self.balances[h] for h in (holder, other) if h is not None]
        stop = next((s for s in (b.halted_by(day) for b in sides) if s is not None), None) if other is not None else None
        amount: Result = Known(Fraction(0)) if flow.amount is None else self.evaluation.eval(flow.amount, frame)
        vintage: Result = self._vintage(flow, day, frame, holder)
        stop = stop or blocked([amount, vintage]) or _not_an_amount(amount, frame, self.evaluation)
        if stop is not None:
            for balance in sides:
                balance.halt(day, stop)
            return
        assert isinstance(amount, Known) and isinstance(vintage, Known)
        for balance in sides:
            balance.marks |= amount.marks | vintage.marks | frame.marks
        own, across = sides[0], sides[1] if len(sides) > 1 else None
        moved: Any = amount.value
        of: Vintage = vintage.value if isinstance(vintage.value, Period) else None
        if flow.kind == "enters":
            if across is not None:
                wanted, moved = moved, across.take_from(day, moved, of)
                across.miss(day, wanted - moved)
            own.enter(day, moved, of)
        elif flow.kind == "leaves":
            for layer, part in own.take(day, moved, flow.age):
                if across is not None:
                    across.enter(day, part, layer)
        elif flow.kind == "keeps":
            own.keep(day, moved)
        elif flow.condition is None:
            for layer in own.vintages():
                own.lapse(day, layer)
        else:
            self.dead.setdefault(holder, []).append((flow.condition, frame))

    def _vintage(self, flow: ir.FlowLaw, day: date, frame: Frame, holder: Holder) -> Result:
        """The vintage that enters: the one written, else the one whose period contains the day; none where units have none."""
        account = self.evaluation.program.accounts[holder[0]]
        unit = self.evaluation.program.units.get(account.unit)
        if flow.kind != "enters" or unit is None or unit.vintage is None:
            return Known(False)
        if flow.vintage is not None:
            written = self.evaluation.eval(flow.vintage, frame)
            if not isinstance(written, Known) or isinstance(written.value, Period):
                return written
            return absent_used(written.value)
        period = self.evaluation.calendar.containing(unit.vintage, day)
        return failed("undefined", f"no vintage of {unit.name} on {day.isoformat()}") if period is None else Known(period)

    def _lapse_where(self, balance: Balance, day: date, condition: ir.Expr, frame: Frame) -> None:
        """The layers for which the condition is yes lapse."""
        unit = self.evaluation.program.accounts[balance.account].unit
        layers = [v for v in balance.vintages() if balance.layers[v]]
        tests = [self.evaluation.eval(condition, frame.with_lot(Lot(unit, v, Known(balance.layers[v])))) for v in layers]
        stop = blocked(tests)
        if stop is not None:
            balance.halt(day, stop)
            return
        for layer, test in zip(layers, tests, strict=True):
            assert isinstance(test, Known)
            balance.marks |= test.marks | frame.marks
            if test.value is True:
                balance.lapse(day, layer)

    def _duty(self, duty: ir.Duty, law: ir.DutyLaw, frame: Frame, place: DutyKey, day: date, held: tuple[Holder, ...]) -> None:
        stops = [s for s in (self.balances[h].halted_by(day) for h in held) if s is not None]
        lots = [
            (holder[0], Lot(self.evaluation.program.accounts[holder[0]].unit, v, Known(amount, self.balances[holder].marks)))
            for holder in held for v, amount in self.balances[holder].layers.items() if amount
        ]  # fmt: skip
        settled = blocked(stops) or discharge(self.evaluation, duty, law, frame, lots)
        if self.evaluation.recorder is not None:
            self.steps[place] = self.evaluation.recorder.steps_so_far()
        self.outcomes[place] = settled
        if isinstance(settled, Open | Error):
            for holder in held:
                self.balances[holder].halt(day, settled)
            return
        for holder in held:
            self.balances[holder].marks |= settled.marks
        for offer, units, _ in settled.taken:
            if offer.account is not None:
                self.balances[offer.account, frame.key.row].take_from(day, units, offer.vintage)


def _not_an_amount(amount: Result, frame: Frame, evaluation: Evaluation) -> Error | None:
    value = amount.value if isinstance(amount, Known) else None
    if isinstance(value, ir.Absent):
        return absent_used(value)
    below = isinstance(value, Fraction) and value < 0
    return failed("undefined", f"a flow of {frame.key.show(evaluation.calendar)} is below zero") if below else None


class Accounts:
    """All ledgers of one evaluation, each made when it is first asked for."""

    def __init__(self, evaluation: Evaluation) -> None:
        self._evaluation = evaluation
        self._ledgers: dict[Holder, Ledger | Open | Error] = {}
        program = evaluation.program
        self._against = {a.name: _sides(a) for a in program.accounts.values()}
        self._accepts = {d.name: _accepted(d) for d in program.duties.values()}

    # ---- readings

    def balance(self, key: Key) -> Result:
        """What an account holds when a day has ended."""
        assert isinstance(key.at, date)
        found = self._balance_at((key.name, key.row), key.at)
        if not isinstance(found, Balance):
            return found
        closing = found.at(key.at)
        self._note(found, key.at)
        return Known(sum(closing.layers.values(), Fraction(0)), closing.marks)

    def lots_before(self, account: str, row: str | None, day: date) -> list[Lot] | Open | Error:
        """The lots of an account before a day, oldest first."""
        found = self._balance_at((account, row), day - ONE_DAY)
        if not isinstance(found, Balance):
            return found
        closing = found.at(day - ONE_DAY)
        unit = self._evaluation.program.accounts[account].unit
        return [Lot(unit, v, Known(closing.layers[v], closing.marks)) for v in found.vintages() if v in closing.layers]

    def shortfall(self, key: Key) -> Result:
        """Of a duty: what is missing. Of an account: what could not be delivered in a period."""
        if key.name in self._evaluation.program.duties:
            return self._outcome(key, lambda settled: settled.shortfall)
        return self._during(key, SHORTFALL)

    def lapsed(self, key: Key) -> Result:
        return self._during(key, "lapses")

    def used(self, key: Key) -> Result:
        return self._outcome(key, lambda settled: settled.used)

    def fulfilled(self, duty: ir.Duty, key: Key) -> Result:
        """A duty is yes when nothing is missing."""
        return self._outcome(key, lambda settled: settled.shortfall == 0)

    def _during(self, key: Key, kind: str) -> Result:
        assert isinstance(key.at, Period)
        first, after = self._evaluation.calendar.start(key.at), self._evaluation.calendar.end(key.at)
        assert first is not None and after is not None
        found = self._balance_at((key.name, key.row), after - ONE_DAY)
        if not isinstance(found, Balance):
            return found
        self._note(found, after - ONE_DAY)
        return Known(found.during(kind, first, after - ONE_DAY), found.at(after - ONE_DAY).marks)

    def _balance_at(self, holder: Holder, day: date) -> Balance | Open | Error:
        ledger = self._ledger(holder)
        if not isinstance(ledger, Ledger):
            return ledger
        ledger.advance(day)
        balance = ledger.balances[holder]
        return balance.halted_by(day) or balance

    def _outcome(self, key: Key, part: Callable[[Settled], ir.Value]) -> Result:
        assert isinstance(key.at, Period)
        evaluation = self._evaluation
        frame = evaluation.frame(evaluation.definitions[key.name], key)
        if not isinstance(frame, Frame):
            return frame
        ledger = self._ledger((key.name, key.row))
        if not isinstance(ledger, Ledger):
            return ledger
        place = (key.name, key.row, key.at)
        assert frame.first is not None
        if place not in ledger.outcomes and place not in ledger.deadlines:
            ledger.advance(frame.first)
        if place not in ledger.outcomes and place in ledger.deadlines:
            ledger.advance(ledger.deadlines[place])
        settled = ledger.outcomes.get(place)
        if settled is None:
            found = evaluation.section(evaluation.definitions[key.name], key)
            return failed("gap", f"no text governs {key.show(evaluation.calendar)}") if isinstance(found, tuple) else found
        if not isinstance(settled, Settled):
            return settled
        if evaluation.recorder is not None and evaluation.recorder.record is not None:
            evaluation.recorder.record.taken = shown(settled)
            evaluation.recorder.record.steps.extend(ledger.steps.get(place, []))
        return Known(part(settled), settled.marks)

    def _note(self, balance: Balance, day: date) -> None:
        recorder = self._evaluation.recorder
        if recorder is not None and recorder.record is not None:
            recorder.record.movements = tuple(m for m in balance.movements if m.day <= day)

    # ---- which accounts and duties move together

    def _ledger(self, holder: Holder) -> Ledger | Open | Error:
        found = self._ledgers.get(holder)
        if found is None:
            tied = self._tied(holder)
            found = self._make(tied) if isinstance(tied, list) else tied
            for one in tied if isinstance(tied, list) else [holder]:
                self._ledgers[one] = found
        return found

    def _tied(self, holder: Holder) -> list[Holder] | Open | Error:
        """Everything that a flow or a duty ties to this account or duty, in code-point order."""
        seen: set[Holder] = set()
        waiting = [holder]
        while waiting:
            one = waiting.pop()
            if one in seen:
                continue
            seen.add(one)
            nearby = self._neighbours(one)
            if not isinstance(nearby, list):
                return nearby
            waiting += nearby
        return sorted(seen, key=lambda h: (h[0], h[1] or ""))

    def _neighbours(self, holder: Holder) -> list[Holder] | Open | Error:
        name, row = holder
        program = self._evaluation.program
        if name in program.duties:
            entity = program.duties[name].entity
            return [(a.name, row) for a in program.accounts.values() if a.entity == entity and a.unit in self._accepts[name]]
        account = program.accounts[name]
        found: list[Holder] = [
            (d.name, row) for d in program.duties.values() if d.entity == account.entity and account.unit in self._accepts[d.name]
        ]
        found += [other for n in self._against[name] if (other := self.across(account, row, program.accounts[n])) is not None]
        for other_name in sorted(self._against):
            if name in self._against[other_name]:
                rows = self._owners_under(program.accounts[other_name], account, row)
                if not isinstance(rows, list):
                    return rows
                found += [(other_name, r) for r in rows]
        return found

    def across(self, account: ir.Account, row: str | None, other: ir.Account) -> Holder | None:
        """The other account of the same owner, or of the row above it that has one."""
        if other.entity is None:
            return (other.name, None)
        above = None if account.entity is None else self._evaluation.relations.up(account.entity, row, other.entity)
        return None if above is None else (other.name, above)

    def _owners_under(self, account: ir.Account, above: ir.Account, row: str | None) -> list[str | None] | Open | Error:
        """The owners of an account whose flows go against another's."""
        if account.entity == above.entity or account.entity is None:
            return [row]
        relations = self._evaluation.relations
        rows = relations.population(account.entity) if row is None else relations.children(account.entity, above.entity or "", row)
        return list(rows) if isinstance(rows, list) else rows

    def _make(self, tied: Iterable[Holder]) -> Ledger:
        program, facts = self._evaluation.program, self._evaluation.facts
        ledger = Ledger(self._evaluation, {}, [])
        for name, row in tied:
            definition = self._evaluation.definitions[name]
            ledger.courses.append(Course(definition, row, self.first_index(definition, row)))
            if name in program.accounts:
                balance = ledger.balances[name, row] = Balance(name, row)
                opening: Any = facts.opening.get((name, row), {})
                balance.open_with(opening)
        return ledger

    def first_index(self, definition: ir.Definition, row: str | None) -> int | None:
        """The index of the period in which the first section starts; None where nothing ever starts."""
        member = self._evaluation.relations.member(definition, definition.entity, row)
        who = member.value if isinstance(member, Known) and isinstance(member.value, str) else None
        days = self._evaluation.law.boundaries(definition.sections, who)
        if not days:
            return None
        kind = self._evaluation.calendar.kinds[definition.kind or ""]
        index = kind.index_of(days[0])
        if index is not None:
            return index
        start = kind.start(0)
        return 0 if start is not None and start >= days[0] else None


def _sides(account: ir.Account) -> list[str]:
    flows = [f for s in account.sections if isinstance(s.law, ir.AccountLaw) for f in s.law.flows]
    return sorted({f.against for f in flows if f.against is not None})


def _accepted(duty: ir.Duty) -> set[str]:
    return {p.unit for s in duty.sections if isinstance(s.law, ir.DutyLaw) for p in s.law.accepts}
