"""Measures (semantics, section 11, D44): a yes/no rule with a memory, run through its periods or dated rows in order.

At each stage a measure is idle (its condition is tested), running (decided, until it ends), or in a fog: a condition
or a decision is not known, and nothing is known about the measure until the latest day by which it must have ended.
Between decision and start nothing new is decided. What ended it and what decided it marks every later value.

Invariant: stages are worked out once, in order of time; what is known of a stage never changes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from capcode.dsl import ir
from capcode.dsl.calendar import Period
from capcode.dsl.views import Governs
from capcode.interpreter import arithmetic, clauses, times
from capcode.interpreter.frames import Frame, Key, place
from capcode.interpreter.results import (
    NO_MARKS,
    Error,
    Known,
    Open,
    Result,
    absent_used,
    blocked,
    conjunction,
    failed,
    marks_of,
    opened,
    with_marks,
)
from capcode.interpreter.trace import Decision, Step

if TYPE_CHECKING:
    from capcode.interpreter.evaluate import Evaluation

FOREVER = date.max


class Stage(NamedTuple):
    """A period, or a dated row: its days are [first, after)."""

    key: Key
    first: date
    after: date


@dataclass(slots=True)
class Episode:
    """A decision: the law it was taken under, the stage, and the days [start, end) of being in force."""

    law: ir.MeasureLaw
    choice: Governs
    frame: Frame
    decided: Stage
    start: date
    end: date
    effects: dict[str, Result] = field(default_factory=dict)


@dataclass(slots=True)
class Fog:
    """Why nothing is known before `until`; `fresh` is the same for a decision in the present stage alone.

    texts: the law under which there may have been a decision; only if all of them end it has it surely ended.
    """

    why: Open | Error
    until: date
    texts: list[tuple[ir.MeasureLaw, Governs]]
    fresh: date = date.min


@dataclass(slots=True)
class History:
    """What one measure of one subject was at each stage so far. last: the stage whose `ends when` is still to be asked."""

    measure: ir.Measure
    next: Callable[[int], Stage | Open | Error | None]
    done: int = 0
    values: dict[Key, Result] = field(default_factory=dict)
    running: dict[Key, Episode] = field(default_factory=dict)
    decisions: dict[Key, Decision] = field(default_factory=dict)
    episode: Episode | None = None
    fog: Fog | None = None
    last: Stage | None = None
    marks: frozenset[ir.Mark] = NO_MARKS
    working: bool = False


class Measures:
    """All measures of one evaluation."""

    def __init__(self, evaluation: Evaluation) -> None:
        self._evaluation = evaluation
        self._histories: dict[tuple[str, str | None], History] = {}
        self._by_effect: dict[str, list[ir.Measure]] = {}
        for measure in evaluation.program.measures.values():
            laws = [s.law for s in measure.sections if isinstance(s.law, ir.MeasureLaw)]
            for name in sorted({effect.name for law in laws for effect in law.effects}):
                self._by_effect.setdefault(name, []).append(measure)

    # ---------------------------------------------------------------- readings

    def in_force(self, measure: ir.Measure, key: Key) -> Result:
        """Whether a measure is in force on the first day of a stage (or was decided in it, if it starts at once)."""
        history = self._history(measure, key)
        if isinstance(history, Open | Error):
            return history
        stop = self._bring_to(history, key)
        if stop is not None:
            return stop
        recorder = self._evaluation.recorder
        if recorder is not None and recorder.record is not None and key in history.decisions:
            recorder.record.decisions.append(history.decisions[key])
        # before the first section there is no measure, and so none in force
        return history.values.get(key, Known(False))

    def effect(self, rule: ir.Rule, key: Key) -> Result:
        """The fixed value of an effect while its measure is in force; outside, zero or *not applicable*."""
        states: list[Result] = []
        values: list[Result] = []
        for measure in self._by_effect.get(rule.name, []):
            own = self._evaluation.key(measure.name, key.row, key.at)
            if isinstance(own, Open | Error):
                return own
            history = self._history(measure, own)
            known = history.values.get(own) if isinstance(history, History) else None
            state = self._evaluation.read(own) if known is None else known
            states.append(state)
            if isinstance(state, Known) and state.value is True and isinstance(history, History) and own in history.running:
                value = self._fixed(history.running[own], rule.name)
                if value is not None:
                    values.append(value)
        stop = blocked([*states, *values])
        if stop is not None:
            return stop
        return self._together(rule, key, values, marks_of(states))

    def _together(self, rule: ir.Rule, key: Key, values: list[Result], marks: frozenset[ir.Mark]) -> Result:
        """Effects of one name: they add up, or, where the type says `or none`, at most one may be in force."""
        if rule.type.or_none:
            if len(values) > 1:
                return failed("conflict", f"two measures give {key.show(self._evaluation.calendar)}")
            return with_marks(values[0], marks) if values else Known(ir.Absent("not_applicable", "no measure is in force"), marks)
        numbers: list[Any] = [v.value for v in values if isinstance(v, Known)]
        absent = next((n for n in numbers if isinstance(n, ir.Absent)), None)
        if absent is not None:
            return absent_used(absent)
        outcome: Any = numbers[0] if len(numbers) == 1 else arithmetic.total(numbers)
        return outcome if isinstance(outcome, Error) else Known(outcome, marks | marks_of(values))

    def _fixed(self, episode: Episode, name: str) -> Result | None:
        """The effect as it was worked out on the day of decision; None if that text has no such effect."""
        law = next((e for e in episode.law.effects if e.name == name), None)
        if law is not None and name not in episode.effects:
            frame = episode.frame.copy()
            frame.key = frame.key._replace(name=name)
            if self._evaluation.used is not None:
                self._evaluation.used.add(id(law))
            result, exempt = clauses.body_value(self._evaluation, law.body, frame, episode.choice.citations)
            result = result if exempt else self._evaluation.rounded_by_head(result, law.rounding)
            episode.effects[name] = with_marks(result, episode.frame.marks)
        return episode.effects.get(name)

    # ---------------------------------------------------------------- stages

    def _history(self, measure: ir.Measure, key: Key) -> History | Open | Error:
        by_rows = measure.timing == ir.ROW_DAY
        owner = key.row if not by_rows or measure.entity is None else self._evaluation.relations.parent(measure.entity, key.row or "")
        found = self._histories.get((measure.name, owner))
        if found is None:
            if measure.timing not in (ir.EACH, ir.ROW_DAY):
                return failed("undefined", f"{measure.name} runs through no periods")
            stages = self._rows(measure, key) if by_rows else self._periods(measure, key)
            found = self._histories[measure.name, owner] = History(measure, stages)
        return found

    def _periods(self, measure: ir.Measure, key: Key) -> Callable[[int], Stage | Open | Error | None]:
        """The periods from the one in which the first section starts."""
        calendar = self._evaluation.calendar
        kind = measure.kind or ""
        begin = self._evaluation.accounts.first_index(measure, key.row)

        def stage(count: int) -> Stage | Open | Error | None:
            period = None if begin is None else Period(kind, begin + count)
            first = None if period is None else calendar.start(period)
            after = None if period is None else calendar.end(period)
            return None if first is None or after is None else Stage(Key(measure.name, key.row, period), first, after)

        return stage

    def _rows(self, measure: ir.Measure, key: Key) -> Callable[[int], Stage | Open | Error | None]:
        """The dated rows of one parent in order; each lasts until the next begins."""

        def stage(count: int) -> Stage | Open | Error | None:
            assert measure.entity is not None and key.row is not None
            rows = self._evaluation.relations.in_order(measure.entity, key.row)
            if not isinstance(rows, list):
                return rows
            if count >= len(rows):
                return None
            after = rows[count + 1][0] if count + 1 < len(rows) else FOREVER
            if after == rows[count][0]:
                return failed("conflict", f"two rows of {measure.entity} start on {after.isoformat()}")
            return Stage(Key(measure.name, rows[count][1]), rows[count][0], after)

        return stage

    def _bring_to(self, history: History, key: Key) -> Open | Error | None:
        """Work out all stages up to one; what keeps it from being reached, if anything does."""
        wanted = self._evaluation.calendar.start(key.at) if isinstance(key.at, Period) else None
        while key not in history.values:
            stage = history.next(history.done)
            if isinstance(stage, Open | Error):
                return stage
            if stage is None or (wanted is not None and stage.first > wanted):
                return None
            if history.working:
                self._evaluation.stop("undefined", f"{key.show(self._evaluation.calendar)} is read by its own condition")
            history.working = True
            try:
                self._evaluation.aside(lambda at=stage: self._work(history, at))  # type: ignore[misc]
            finally:
                history.working = False
            history.done += 1
        return None

    # ---------------------------------------------------------------- one stage

    def _work(self, history: History, stage: Stage) -> None:
        """End what has ended; then go on with what runs, or test the condition."""
        self._conclude(history)
        episode, fog = history.episode, history.fog
        if episode is not None and (episode.end <= stage.first or not self._stands(episode.choice, episode.frame, stage.first)):
            episode = history.episode = None
        if fog is not None and fog.until <= stage.first:
            fog = history.fog = None
        if episode is not None:
            known = Known(episode.start <= stage.first, history.marks)
            self._set(history, stage, known, "in force" if known.value else "decided")
            if known.value:
                history.running[stage.key] = episode
            history.last = stage
        elif fog is not None:
            self._grope(history, fog, stage)
            history.last = stage
        else:
            self._test(history, stage)

    def _conclude(self, history: History) -> None:
        """Ask `ends when` in the stage before, now that everything about that stage is known (also its effects)."""
        stage, episode, fog = history.last, history.episode, history.fog
        if stage is not None and episode is not None and episode.law.ends is not None:
            ends = self._in_stage(history.measure, episode.choice, stage, episode.law.ends)
            if isinstance(ends, Known):
                history.marks |= ends.marks
                episode.end = min(episode.end, stage.after) if ends.value is True else episode.end
            else:
                history.episode = None
                history.fog = Fog(ends, episode.end, [(episode.law, episode.choice)])
        elif stage is not None and fog is not None:
            ended = all(self._has_ended(history, law, choice, stage) for law, choice in fog.texts)
            fog.until = max(min(fog.until, stage.after) if ended else fog.until, fog.fresh)
            fog.fresh = date.min
        history.last = None

    def _has_ended(self, history: History, law: ir.MeasureLaw, choice: Governs, stage: Stage) -> bool:
        if law.ends is None:
            return False
        ends = self._in_stage(history.measure, choice, stage, law.ends)
        history.marks |= marks_of([ends])
        return isinstance(ends, Known) and ends.value is True

    def _stands(self, choice: Governs, frame: Frame, day: date) -> bool:
        """Whether the text has neither expired nor been repealed by a day."""
        text = choice.citations[0]
        probe = ir.Exception_(text.article, ir.Const(True), ir.Const(True), citation=text)
        return self._evaluation.law.exception_active(probe, day, frame.member) is not None

    def _in_stage(self, measure: ir.Measure, choice: Governs, stage: Stage, condition: ir.Expr) -> Result:
        """A condition of one text, in a later stage than that text's own."""
        frame = self._evaluation.frame(measure, stage.key)
        return self._evaluation.eval(condition, self._evaluation.under(choice, frame)) if isinstance(frame, Frame) else frame

    def _test(self, history: History, stage: Stage) -> None:
        """Not in force: is it decided now?"""
        found = self._evaluation.section(history.measure, stage.key)
        if not isinstance(found, tuple):
            self._without_law(history, stage, found)
            return
        law, frame, choice = found
        assert isinstance(law, ir.MeasureLaw)
        met, step = self._condition(history.measure, law, frame, stage)
        history.marks |= marks_of([met]) | frame.marks
        if not isinstance(met, Known):
            self._set(history, stage, met, "open" if isinstance(met, Open) else "in error", step, law)
            history.fog = Fog(met, self._latest_end(law, frame, stage), [(law, choice)])
        elif met.value is not True:
            self._set(history, stage, Known(False, history.marks), "not met", step, law)
        else:
            self._decide(history, law, choice, frame, stage, step)

    def _without_law(self, history: History, stage: Stage, why: Result) -> None:
        """No text in this stage: nothing can be decided. Texts in conflict or in dispute leave it unknown."""
        gap = isinstance(why, Known) or (isinstance(why, Error) and all(c.kind == "gap" for c in why.causes))
        self._set(history, stage, Known(False, history.marks) if gap else why, "no text" if gap else "not known")

    def _condition(self, measure: ir.Measure, law: ir.MeasureLaw, frame: Frame, stage: Stage) -> tuple[Result, Step | None]:
        """`must`: the condition. `may`: the condition, and that the authority acted."""
        met = self._evaluation.eval(law.condition, frame)
        recorder = self._evaluation.recorder
        step = None if recorder is None else recorder.last(0)
        if law.modal == "must":
            return met, step
        key = stage.key
        acted = self._evaluation.facts.acts.get((key.name, key.row, key.at))
        where = place(key.name, key.row, key.at, self._evaluation.calendar)
        may = frozenset((ir.Mark("may", measure.name),))
        act: Result = opened("awaits", f"{law.authority}: {where}") if acted is None else Known(acted, may)
        return conjunction([met, act]), step

    def _decide(self, history: History, law: ir.MeasureLaw, choice: Governs, frame: Frame, stage: Stage, step: Step | None) -> None:
        if self._evaluation.used is not None:
            self._evaluation.used.update(map(id, choice.sections))
        start = self._start(law, frame, stage)
        if not isinstance(start, Known):
            self._set(history, stage, start, "open", step, law)
            history.fog = Fog(start, FOREVER, [(law, choice)])
            return
        assert isinstance(start.value, date)
        end = self._end(law, start.value, stage)
        history.marks |= start.marks
        episode = Episode(law, choice, frame.with_marks(history.marks), stage, start.value, end)
        history.episode = episode
        now = Known(law.starts is None or start.value <= stage.first, history.marks)
        self._set(history, stage, now, "decided", step, law)
        if now.value:
            history.running[stage.key] = episode

    def _grope(self, history: History, fog: Fog, stage: Stage) -> None:
        """In a fog: another decision may be taken, which prolongs it."""
        self._set(history, stage, fog.why, "not known")
        found = self._evaluation.section(history.measure, stage.key)
        if isinstance(found, tuple):
            law, frame, choice = found
            assert isinstance(law, ir.MeasureLaw)
            met, _ = self._condition(history.measure, law, frame, stage)
            history.marks |= marks_of([met]) | frame.marks
            if not (isinstance(met, Known) and met.value is False):
                fog.fresh = self._latest_end(law, frame, stage)
                fog.texts.append((law, choice))
                if isinstance(met, Open) and isinstance(fog.why, Open):
                    fog.why = Open(fog.why.reasons | met.reasons)

    # ---------------------------------------------------------------- days

    def _start(self, law: ir.MeasureLaw, frame: Frame, stage: Stage) -> Result:
        if law.starts is None:
            return Known(stage.first)
        start = self._evaluation.eval(law.starts, frame)
        if isinstance(start, Known) and not isinstance(start.value, date):
            return absent_used(start.value)
        return start

    def _end(self, law: ir.MeasureLaw, start: date, stage: Stage) -> date:
        """The first day after: by `lasts`; else open until `ends when`; else the end of the stage in which it starts."""
        if law.lasts is not None:
            end = times.moved_day(self._evaluation, start, Fraction(law.lasts[0]), law.lasts[1], "down")
            return end if isinstance(end, date) else FOREVER
        if law.ends is not None:
            return FOREVER
        if start < stage.after or not isinstance(stage.key.at, Period):
            return stage.after
        begun = self._evaluation.calendar.containing(stage.key.at.kind, start)
        end_of_it = None if begun is None else self._evaluation.calendar.end(begun)
        return FOREVER if end_of_it is None else end_of_it

    def _latest_end(self, law: ir.MeasureLaw, frame: Frame, stage: Stage) -> date:
        """By when a decision in this stage must have ended, whatever happens."""
        start = self._start(law, frame, stage)
        if not isinstance(start, Known) or not isinstance(start.value, date):
            return FOREVER
        return max(self._end(law, start.value, stage), stage.first + timedelta(days=1))

    def _set(
        self, history: History, stage: Stage, result: Result, state: str, step: Step | None = None, law: ir.MeasureLaw | None = None
    ) -> None:
        history.values[stage.key] = result
        if self._evaluation.recorder is not None:
            modal, authority = ("", "") if law is None else (law.modal, law.authority)
            history.decisions[stage.key] = Decision(stage.key.at or stage.key.row, state, step, modal, authority)
