"""Golden cases: an input and its exact output in one file, `golden/<pass>/{good,bad}/<topic>.case`.

A pass is a function from the bytes of one rule file to an `Outcome`. To add a pass, write such a function and put it
into `PASSES`; the folder of its name then holds its cases.

In an input, `<<x + *2001>>` stands for `x + ` written 2,001 times (`\\n` in it is a line end), and `<<0xFF>>` for that
byte: so a case can hold what cannot or should not stand in a file.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from capcode.dsl import ir
from capcode.dsl.diagnostics import render_all
from capcode.dsl.format import format_file
from capcode.dsl.frontend import Checked, check_texts
from capcode.dsl.parse import parse_bytes
from capcode.dsl.types import YES_NO, show
from capcode.interpreter.case_report import CasesReport, show_cases
from capcode.interpreter.case_tables import read_case_table
from capcode.interpreter.cases import ask, facts_of, run_case
from capcode.interpreter.evaluate import Evaluation
from capcode.interpreter.explain import derivation, show_derivation
from capcode.interpreter.law import law_view
from capcode.interpreter.result_words import say_mark
from capcode.interpreter.results import Known, Result

FOLDER = Path(__file__).parent / "golden"
SEPARATOR = "=== expected\n"
_MACRO = re.compile(rb"<<(?:0x([0-9A-F]{2})|([^<>]*)\*(\d+))>>")


@dataclass(frozen=True)
class Outcome:
    """What a pass made of an input: `good` when it found no error, and the text that a reader compares."""

    good: bool
    text: str


def parse_pass(data: bytes) -> Outcome:
    """Good: the canonical text. Bad: the rendered diagnostics."""
    tree, _, diagnostics = parse_bytes("input.rules", data)
    if tree is None:
        return Outcome(False, render_all(diagnostics) + "\n")
    return Outcome(True, format_file(tree))


def _checked(data: bytes) -> Checked:
    """A scheme of one rule file and the tables below it, each after a line `--- tables/prices.csv`."""
    rules, *tables = re.split(r"(?m)^--- (.+)\n", data.decode("utf-8", "surrogateescape"))
    return check_texts("input", {"input.rules": rules, **dict(zip(tables[::2], tables[1::2], strict=True))})


def check_pass(data: bytes) -> Outcome:
    """Good: every definition with its type, and the warnings. Bad: the rendered diagnostics.

    A line `--- tables/prices.csv` begins a table that the rules before it may name.
    """
    checked = _checked(data)
    diagnostics = render_all(list(checked.diagnostics))
    if checked.program is None:
        return Outcome(False, diagnostics + "\n")
    lines = []
    for part in ("rules", "measures", "duties", "accounts", "checks"):
        for law in getattr(checked.program, part).values():
            head = f"{law.name}{f' of {law.entity}' if law.entity else ''}{f' each {law.kind}' if law.kind else ''}"
            lines.append(f"{head} : {show(getattr(law, 'type', YES_NO))}")
    return Outcome(True, "\n".join([*lines, *([diagnostics] if diagnostics else [])]) + "\n")


@lru_cache(maxsize=1)
def case_tables_program() -> ir.Program:
    """The made-up scheme whose case tables are read here."""
    rules = FOLDER.parent / "manual_preludes" / "case_tables.rules"
    checked = check_texts("demo", {"demo.rules": rules.read_text(encoding="utf-8")})
    assert checked.program is not None, render_all(list(checked.diagnostics))
    return checked.program


def case_tables_pass(data: bytes) -> Outcome:
    """Good: each line's case with what came. Bad: the rendered diagnostics."""
    program = case_tables_program()
    tables, problems = read_case_table(program, "demo/cases/input.csv", data)
    if problems:
        return Outcome(False, render_all(problems) + "\n")
    published = tuple(run_case(program, t.case, t.differs, f"{t.file}:{t.line}") for t in tables)
    return Outcome(True, show_cases(CasesReport(program.scheme, (), published, ()), verbose=True) + "\n")


def eval_pass(data: bytes) -> Outcome:
    """Good: every expectation of every case is met. Always: what came, its marks and reasons, and whether it was expected.

    Tables stand below the rules as in `check`.
    """
    program, problems = _program(data)
    if program is None:
        return Outcome(False, problems + "\n")
    lines, good = [], True
    for case in program.cases:
        outcome = run_case(program, case)
        good = good and outcome.passed
        lines += [f"{case.title}", *(render_all([problem]) for problem in outcome.problems)]
        facts, _ = facts_of(program, case)
        evaluation = Evaluation(program, law_view(program, case.view), facts)
        for expected, one in zip(case.expected, outcome.outcomes, strict=False):
            result = ask(evaluation, expected.name, expected.row, expected.at, expected.part)
            lines += [f"  {one.text}", f"    came {one.came}{_rests_on(result)}: {'' if one.met else 'NOT '}as expected"]
    return Outcome(good, "\n".join(lines) + "\n")


def explain_pass(data: bytes) -> Outcome:
    """The derivation of each expectation of the last case; good when all of them are met. Tables as in `check`."""
    program, problems = _program(data)
    if program is None:
        return Outcome(False, problems + "\n")
    case = program.cases[-1]
    facts, _ = facts_of(program, case)
    law = law_view(program, case.view)
    shown = [show_derivation(derivation(program, law, facts, x.name, x.row, x.at, x.part)) for x in case.expected]
    return Outcome(run_case(program, case).passed, "\n\n".join(shown) + "\n")


def _program(data: bytes) -> tuple[ir.Program | None, str]:
    """The scheme of an input of several files, or the rendered diagnostics."""
    checked = _checked(data)
    return checked.program, render_all(list(checked.diagnostics))


def _rests_on(result: Result) -> str:
    """The reason of an absent answer, and the marks of a known one."""
    if not isinstance(result, Known):
        return ""
    reason = result.value.reason if isinstance(result.value, ir.Absent) else ""
    marks = "; ".join(say_mark(m) for m in sorted(result.marks))
    return (f" ({reason})" if reason else "") + (f"  [{marks}]" if marks else "")


PASSES: dict[str, Callable[[bytes], Outcome]] = {
    "parse": parse_pass, "check": check_pass, "case_tables": case_tables_pass, "eval": eval_pass, "explain": explain_pass,
}  # fmt: skip


def case_files() -> list[Path]:
    """All cases of all passes, in a fixed order."""
    return sorted(FOLDER.glob("*/*/*.case"))


def split_case(path: Path) -> tuple[str, str]:
    """The input as written, and the expected output."""
    written, separator, expected = path.read_text(encoding="utf-8").partition(SEPARATOR)
    assert separator or not expected, path
    return written, expected


def expand(written: str) -> bytes:
    """The input that is meant: with repetitions and odd bytes in place."""

    def meant(match: re.Match[bytes]) -> bytes:
        code, text, times = match.groups()
        return bytes([int(code, 16)]) if code else text.replace(b"\\n", b"\n") * int(times)

    return _MACRO.sub(meant, written.encode())


def bless(path: Path, written: str, text: str) -> None:
    """Writes the present output into the case; the diff is yours to approve."""
    path.write_text(written + SEPARATOR + text, encoding="utf-8", newline="\n")
