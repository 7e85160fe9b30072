"""Tables (semantics, section 8): one rule per key and column, whose sections are chosen like those of any rule.

A key that is absent is *not encoded*; a period outside the rows of its other keys is a gap, unless the table stands.

Invariant: an empty cell is never a zero; it is open.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from capcode.dsl import ir
from capcode.dsl.calendar import Period
from capcode.dsl.views import Carried, Governs
from capcode.interpreter.frames import Frame, show_value
from capcode.interpreter.results import Known, Result, failed, opened, with_marks
from capcode.interpreter.trace import ReadCell
from capcode.interpreter.wording import no_law

if TYPE_CHECKING:
    from capcode.interpreter.evaluate import Evaluation


class Tables:
    """The tables of one program, read in one view."""

    def __init__(self, evaluation: Evaluation) -> None:
        self._evaluation = evaluation

    def cell(self, table: str, column: str, keys: tuple[ir.Value, ...], day: date, frame: Frame) -> Result:
        """A column of the row with these keys, as the law of that row stands on a day."""
        law = self._evaluation.program.tables[table]
        placed = tuple(self._placed(kind, key) for kind, key in zip(law.key_kinds, keys, strict=True))
        sections = law.entries.get(placed)
        if sections is not None:
            return self._govern(law, column, sections, day, frame, self._where(law, column, placed))
        return self._missing(law, column, placed, day, frame)

    def _placed(self, kind: str | None, key: ir.Value) -> ir.Value:
        """A period key as a period of its column's kind."""
        if kind is None or (isinstance(key, Period) and key.kind == kind):
            return key
        calendar = self._evaluation.calendar
        day = calendar.start(key) if isinstance(key, Period) else key
        period = calendar.containing(kind, day) if isinstance(day, date) else None
        return key if period is None else period

    def _where(self, law: ir.Table, column: str, keys: tuple[ir.Value, ...]) -> str:
        shown = ", ".join(show_value(key, self._evaluation.calendar) for key in keys)
        return f"{column} of ({shown}) in {law.name}"

    def _govern(self, law: ir.Table, column: str, sections: tuple[ir.Section, ...], day: date, frame: Frame, where: str) -> Result:
        choice = self._evaluation.law.govern(sections, None, day, frame.member, column=column)
        if isinstance(choice, Carried):
            earlier = self._govern(law, column, sections, choice.last_day, frame, where)
            return with_marks(earlier, frozenset((ir.Mark("carried", where),)) | choice.marks)
        if not isinstance(choice, Governs):
            return no_law(choice, where, f"on {day.isoformat()}")
        assert isinstance(choice.law, ir.CellLaw)
        cell = choice.law.cells.get(column)
        if cell is None:
            return opened("unknown", f"empty in {law.name}")
        found = with_marks(self._evaluation.eval(cell, frame), choice.marks)
        if self._evaluation.recorder is not None:
            self._evaluation.recorder.note(ReadCell(law.name, column, where, choice.citations))
        return found

    def _missing(self, law: ir.Table, column: str, keys: tuple[ir.Value, ...], day: date, frame: Frame) -> Result:
        """No row has these keys: which of them is it that no row has?"""
        where = self._where(law, column, keys)
        named = [i for i, kind in enumerate(law.key_kinds) if kind is None]
        periods = [i for i, kind in enumerate(law.key_kinds) if kind is not None]
        alike = [entry for entry in law.entries if all(entry[i] == keys[i] for i in named)]
        if not alike:
            return opened("not_encoded", where)
        earlier = [entry for entry in alike if all(_not_after(entry[i], keys[i]) for i in periods)]
        if earlier:
            last = max(earlier, key=lambda entry: [_index(entry[i]) for i in periods])
            if any(section.stands for section in law.entries[last]):
                found = self._govern(law, column, law.entries[last], day, frame, where)
                mark = ir.Mark("carried", where)
                return with_marks(found, frozenset((mark,))) if isinstance(found, Known) else found
        return failed("gap", f"no row gives {where}")


def _not_after(one: ir.Value, other: ir.Value) -> bool:
    return isinstance(one, Period) and isinstance(other, Period) and one.kind == other.kind and one.index <= other.index


def _index(key: ir.Value) -> int:
    return key.index if isinstance(key, Period) else 0
