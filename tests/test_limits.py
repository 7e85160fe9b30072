"""Each limit of `dsl/limits.py` at one below its value, at the value, and one above; and the page `dsl/LIMITS.md`.

A limit whose true value would be slow to reach is tried on a smaller record: the code reads `LIMITS` when it applies it.
"""

from __future__ import annotations

import io
import sys
import tokenize
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from capcode.dsl import ir, limits
from capcode.dsl.diagnostics import Diagnostic, render_all
from capcode.dsl.frontend import check_folder, check_texts
from capcode.dsl.limits import LIMITS, Limits
from capcode.dsl.load import read_csv
from capcode.dsl.parse import parse_bytes
from capcode.dsl.source import NOWHERE
from capcode.interpreter.api import Law
from capcode.interpreter.arithmetic import round_to, sized
from capcode.interpreter.evaluate import Evaluation
from capcode.interpreter.facts import FactSet
from capcode.interpreter.law import law_view
from capcode.interpreter.powers import Power
from capcode.interpreter.read_facts import FactsText, read_texts
from capcode.interpreter.results import Error

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "dsl" / "LIMITS.md"
HEAD = """language 1
scheme tiny "Tiny"
  currency EUR
  year starts 1 January
instrument act "The Act" in force 2000-01-01
"""
RULE = 'rule r each year : ratio\n  cites act "s 1" from 2000 = '
DATED = 'rule r each day : ratio\n  cites act "s 1" from 2000-01-01 = '
CHAIN = 'rule r each year : ratio\n  cites act "s 1" initially = 1\n  from 2001 = r last year + 1\n'

Said = Iterable[str]
"""What was said against the input: codes, each with its message; nothing where it is accepted."""


@dataclass(frozen=True)
class Tried:
    """One limit in one place. `at(n)` uses n of what is limited; `small` stands in for a value that is slow to reach."""

    limit: str
    code: str
    at: Callable[[int], Said]
    small: int | None = None
    names_value: bool = True


def _shown(found: Iterable[Diagnostic]) -> list[str]:
    return [f"{d.code} {d.title} {d.why} {d.next}" for d in found]


def _parsed(text: str) -> Said:
    return _shown(parse_bytes("a.rules", text.encode())[2])


def _checked(text: str) -> Said:
    return _shown(check_texts("tiny", {"a.rules": HEAD + text}).diagnostics)


def _program(text: str) -> ir.Program:
    checked = check_texts("tiny", {"a.rules": HEAD + text})
    assert checked.program is not None, render_all(list(checked.diagnostics))
    return checked.program


def _evaluated(text: str, period: str) -> Said:
    """The error of the rule `r`, if it is one."""
    program = _program(text)
    evaluation = Evaluation(program, law_view(program, ir.View(program.scheme)), FactSet(), limits=limits.LIMITS)
    result = evaluation.value("r", None, program.calendar.literal(period))
    return [f"{c.kind} {c.text}" for c in result.causes] if isinstance(result, Error) else []


def _explained(text: str, period: str) -> Said:
    """The notices in the derivation of the rule `r`."""
    program = _program(text)
    result = Law(program, ir.View(program.scheme)).evaluate(None, "r", period)
    return [f"notice {line}" for line in result.explain().splitlines() if "more than" in line]


def _facts(text: str, form: str = "yaml") -> Said:
    program = _program("entity plant\n  e : t each year\nfact cap : t\n")
    return _shown(read_texts(program, [FactsText(f"plant.{form}", text.encode(), form)])[1])


def _table(data: str) -> Said:
    found = read_csv("a.csv", data.encode(), NOWHERE)
    return _shown([found]) if isinstance(found, Diagnostic) else []


# ---------------------------------------------------------------- inputs of a given size


def _files(count: int) -> Said:
    texts = {f"f{i:05}.rules": "language 1\n" for i in range(count - 1)}
    return _shown(check_texts("tiny", {**texts, "a.rules": HEAD}).diagnostics)


def _scheme_bytes(size: int) -> Said:
    half = HEAD + "\n" * (size - 2 * len(HEAD))
    return _shown(check_texts("tiny", {"a.rules": half, "b.rules": "language 1\n" + "\n" * (len(HEAD) - 11)}).diagnostics)


def _uses(count: int) -> Said:
    return _checked_head("  uses compare.questions\n" * count)


def _checked_head(lines: str) -> Said:
    return _shown(check_texts("tiny", {"a.rules": HEAD.replace("instrument", lines + "instrument")}).diagnostics)


def _above(tmp_path: Path) -> Callable[[int], Said]:
    def at(count: int) -> Said:
        roots: dict[str, Path] = {}
        for i in range(count + 1):
            roots[f"s{i}"] = folder = tmp_path / f"of_{count}" / f"s{i}"
            folder.mkdir(parents=True)
            derived = f'language 1\nscheme s{i} "S" is s{i + 1}\n'
            (folder / "a.rules").write_text(derived if i < count else HEAD.replace("tiny", f"s{i}"), encoding="utf-8")
        return _shown(check_folder("s0", roots["s0"], roots).diagnostics)

    return at


def _program_nodes(count: int) -> Said:
    """Each rule is one number, which is one part."""
    return _checked("".join(RULE.replace("rule r", f"rule r{i}") + "1\n" for i in range(count)))


def _section_nodes(count: int) -> Said:
    """A sum counts as one part, like each of its operands."""
    return _checked(RULE + " + ".join(["(1 + 1)"] * ((count - 1) // 3)) + " + 1" * ((count - 1) % 3) + "\n")


def _steps_bound(count: int) -> Said:
    """1 for the section, 1 for the sum, 1 for its window, and one for each period."""
    return _checked(DATED + f"sum of 1 over the last {count - 3} days\n")


def _sums(depth: int) -> Said:
    rows = "entity plant\n"
    inner = "sum of (" * depth + "1" + ") over all plants" * depth
    return _checked(rows + RULE + inner + "\n")


def _power_digits(digits: int) -> Said:
    """A real number that a rounding can tell from a half only when so many binary digits of it are known."""

    class Near(Power):
        def enclose(self, bits: int) -> tuple[Fraction, Fraction]:
            half, far = Fraction(1, 2), Fraction(1, 2**bits)
            return (half + far, half + 2 * far) if bits >= digits else (half - far, half + far)

    found = round_to(Near(None, Fraction(1)), "down", Fraction(1, 2))
    return [f"{c.kind} {c.text}" for c in found.causes] if isinstance(found, Error) else []


def _value_bits(bits: int) -> Said:
    found = sized(Fraction(2 ** (bits - 1)))
    return [f"{c.kind} {c.text}" for c in found.causes] if isinstance(found, Error) else []


def _diagnostics(count: int) -> Said:
    text = render_all([Diagnostic("X001", "wrong", NOWHERE)] * count)
    return [line for line in text.splitlines() if line.startswith("…")]


def _mistakes(count: int) -> Said:
    """Below the limit every mistake is told, and nothing else."""
    found = _facts("plants:\n" + "".join(f"  p{i}: {{ wrong: 1 }}\n" for i in range(count)))
    return [text for text in found if not text.startswith("F0") or text.startswith("F099")]


def _window(last: int) -> Said:
    """Both ends are days that only the evaluation knows."""
    text = DATED + f"sum of 1 over the days from a to b\nrule a : date\n  cites act \"s 2\" from 2000 = {date(2000, 1, 1)}\n"
    end = date.fromordinal(date(2000, 1, 1).toordinal() + last - 1)
    return _evaluated(text + f'rule b : date\n  cites act "s 3" from 2000 = {end}\n', "2020-01-01")


def _depth(count: int) -> Said:
    return _evaluated(CHAIN, str(2000 + count - 1))


def _records(count: int) -> Said:
    return _explained(CHAIN, str(2000 + count - 1))


def _evaluation_steps(count: int) -> Said:
    """13 steps for the two rules, their sums and ten numbers, and one for each further number; no single value has 20."""
    other = RULE.replace("rule r", "rule a") + " + ".join("1" * 10) + "\n"
    return _evaluated(other + RULE + "a + " + " + ".join("1" * (count - 13)) + "\n", "2020")


TRIED = [
    Tried("file_bytes", "S002", lambda n: _parsed(HEAD + "\n" * (n - len(HEAD))), 400),
    Tried("files", "L006", _files),
    Tried("scheme_bytes", "L006", _scheme_bytes, 1_000),
    Tried("line_characters", "S003", lambda n: _parsed("language 1\n#" + "x" * (n - 1))),
    Tried("nesting", "S006", lambda n: _parsed("language 1\n" + RULE + "(" * n + "1" + ")" * n)),
    Tried("rule_nodes", "S007", lambda n: _parsed("language 1\n" + RULE + "\n+ ".join("1" * n))),
    Tried("rule_nodes", "K054", _section_nodes, 40),
    Tried("program_nodes", "K055", _program_nodes, 5),
    Tried("rules", "L006", lambda n: _checked("".join(RULE.replace("rule r", f"rule r{i}") + "1\n" for i in range(n))), 5),
    Tried("uses", "L006", _uses),
    Tried("name_characters", "S008", lambda n: _checked(RULE.replace("rule r", "rule " + "r" * n) + "1\n")),
    Tried("name_characters", "F023", lambda n: _facts(f"plants: {{ {'p' * n}: {{}} }}")),
    Tried("number_digits", "S010", lambda n: _checked(RULE + "9" * n + "\n")),
    Tried("number_digits", "F044", lambda n: _facts(f"facts: {{ cap: {'9' * n} }}")),
    Tried("number_decimals", "S010", lambda n: _checked(RULE + "0." + "9" * n + "\n")),
    Tried("number_decimals", "F044", lambda n: _facts(f"facts: {{ cap: 0.{'9' * n} }}")),
    Tried("value_bits", "budget", _value_bits),
    Tried("exponent", "T006", lambda n: _checked(RULE + f"power (2, {n})\n")),
    Tried("power_bits", "budget", _power_digits),
    Tried("relation_nesting", "K001", _sums),
    Tried("window_periods", "T008", lambda n: _checked(DATED + f"sum of 1 over the last {n} days\n")),
    Tried("window_periods", "budget", _window),
    Tried("table_rows", "L009", lambda n: _table("a\n" + "1\n" * n), 4),
    Tried("table_rows", "F074", lambda n: _facts("id\n" + "".join(f"p{i}\n" for i in range(n)), "csv"), 4),
    Tried("table_columns", "L009", lambda n: _table(",".join(f"c{i}" for i in range(n)))),
    Tried("table_columns", "F075", lambda n: _facts(",".join(["id", *(f"e {1950 + i}" for i in range(n - 1))]), "csv")),
    Tried("table_bytes", "L009", lambda n: _table("a\n" + "1" * (n - 2)), 40),
    Tried("cell_characters", "L009", lambda n: _table("a\n" + "1" * n)),
    Tried("cell_characters", "F006", lambda n: _facts(f'facts: {{ cap: {{ unknown: "{"r" * n}" }} }}')),
    Tried("facts_bytes", "F002", lambda n: _facts("#" * n), 40),
    Tried("facts_depth", "F011", lambda n: [s for s in _facts("[" * n + "]" * n) if "F011" in s]),
    Tried("steps", "K053", _steps_bound, 20),
    Tried("steps", "budget", _evaluation_steps, 20),
    Tried("depth", "budget", _depth, 20),
    Tried("trace_records", "notice", _records, 20),
    Tried("diagnostics", "… and 1 more", _diagnostics, names_value=False),
    Tried("diagnostics", "F099", _mistakes, 5),
]  # fmt: skip
UNREACHABLE = {"text_characters": "a text ends on its line, and a line is shorter (S003)"}


def _with(patch: pytest.MonkeyPatch, record: Limits) -> None:
    """Every module that has imported the record sees another one."""
    for name, module in list(sys.modules.items()):
        if name.startswith("capcode.") and getattr(module, "LIMITS", None) is LIMITS:
            patch.setattr(module, "LIMITS", record)


@pytest.mark.parametrize("tried", TRIED, ids=lambda tried: f"{tried.limit}-{tried.code.split()[0]}")
def test_each_limit(tried: Tried, monkeypatch: pytest.MonkeyPatch) -> None:
    """Accepted up to the value; above it one refusal, by its own code, that says how much is allowed."""
    value: int = getattr(LIMITS, tried.limit)
    if tried.small is not None:
        value = tried.small
        _with(monkeypatch, replace(LIMITS, **{tried.limit: value}))

    below, at, above = ([*tried.at(value + more)] for more in (-1, 0, 1))

    assert (below, at) == ([], [])
    assert [text[: len(tried.code)] for text in above] == [tried.code], above
    if tried.names_value:
        assert any(f"{value:,}" in text or str(value) in text for text in above), above


def test_schemes_above(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A chain of derived schemes ends where `uses` says."""
    _with(monkeypatch, replace(LIMITS, uses=3))
    at = _above(tmp_path)

    assert [[text[:4] for text in at(n)] for n in (2, 3, 4)] == [[], [], ["L006"]]


def test_a_large_file_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The size on the disk decides, and the message tells it."""
    _with(monkeypatch, replace(LIMITS, file_bytes=400))
    (tmp_path / "a.rules").write_text(HEAD, encoding="utf-8")
    (tmp_path / "b.rules").write_bytes(b"\n" * 100_000)

    found = _shown(check_folder("tiny", tmp_path).diagnostics)

    assert [text[:4] for text in found] == ["S002"]
    assert "100,000" in found[0] and "400" in found[0]


def test_every_limit_is_tried() -> None:
    """Each field of the record is tried here, or a reason says why it cannot be."""
    names = {field.name for field in fields(Limits)}

    assert {tried.limit for tried in TRIED} | set(UNREACHABLE) == names
    assert not {tried.limit for tried in TRIED} & set(UNREACHABLE)


def test_every_limit_is_applied() -> None:
    """A limit that no module reads would be a promise that nothing keeps."""
    texts = [p.read_text(encoding="utf-8") for folder in ("dsl", "interpreter") for p in (ROOT / folder).glob("*.py")]

    assert {f.name for f in fields(Limits) if not any(f"imits.{f.name}" in text.replace("LIMITS", "limits") for text in texts)} == set()


# ---------------------------------------------------------------- the page


def reasons() -> Mapping[str, str]:
    """The comment beside each field of the record."""
    found: dict[str, str] = {}
    lines = Path(limits.__file__).read_text(encoding="utf-8")
    for token in tokenize.generate_tokens(io.StringIO(lines).readline):
        if token.type == tokenize.COMMENT:
            found[token.line.split(":")[0].strip()] = token.string.lstrip("# ")
    return found


def page() -> str:
    """The limits as a table: name, value, what refuses it, why."""
    known = reasons()
    rows = []
    for field in fields(Limits):
        codes = [f"[{t.code}](errors/{t.code}.md)" if len(t.code) == 4 else t.code for t in TRIED if t.limit == field.name]
        said = ", ".join(dict.fromkeys(codes)) or f"not reached: {UNREACHABLE[field.name]}"
        rows.append(f"| {field.name.replace('_', ' ')} | {field.default:,} | {said} | {known[field.name]} |")
    return "\n".join(
        [
            "# Limits", "",
            "Every input is bounded, so that a check or an evaluation ends soon whatever it is given.",
            "What passes a limit is refused by name: by a diagnostic where a text, a table or facts are read or checked, "
            "by the error *budget* where a value is worked out, and by a notice where only what is shown is cut.",
            "They stand in `limits.py`; this page is made from it: `python -m pytest tests/test_limits.py --bless`.", "",
            "| limit | value | refused as | reason |", "|---|---:|---|---|", *rows, "",
        ]
    )  # fmt: skip


def test_the_page_is_fresh(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--bless"):
        PAGE.write_text(page(), encoding="utf-8", newline="\n")

    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_limit_has_a_reason() -> None:
    assert {field.name for field in fields(Limits)} == set(reasons())


