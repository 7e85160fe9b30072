"""The laws of the language (semantics, section 16), continued: marks, numbers, many rows and periods, cost, traces, texts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from law_cases import LAW, YEARLY, Case, alike, apart, cases, of, probes, unmarked, with_probes
from law_changes import STRICT, steps_of, without_section
from law_text import Scheme, accepted, differences, evaluation, in_unit, read_facts, renamed, results
from strategies import FIRM, MODES, PLANT, amounts, conditions, schemes
from strategies_expressions import Place

from capcode.dsl import cost, ir
from capcode.dsl.ast import File
from capcode.dsl.calendar import Period
from capcode.dsl.format import format_file
from capcode.dsl.parse import parse_bytes
from capcode.interpreter.results import Known, Result
from capcode.interpreter.trace import ReadFact

# ---------------------------------------------------------------- 16: marks


@LAW
@given(cases())
def test_law_16_a_result_carries_the_marks_of_all_that_it_strictly_uses(case: Case) -> None:
    here = evaluation(case.program, case.view, case.facts, trace=True)
    for question in of(case):
        here.value(*question)
    for record in here.trace.records.values():
        for step in steps_of(record):
            used = frozenset(m for o in step.operands if isinstance(o.result, Known) for m in o.result.marks)
            assert not isinstance(step.node, STRICT) or not isinstance(step.result, Known) or used <= step.result.marks, step.node
        carried = frozenset(m for level in record.levels for c in (*level.conditions, *level.taken) for m in _marks(c.result))
        assert not isinstance(record.result, Known) or not isinstance(record.key.at, Period) or carried <= record.result.marks


def _marks(result: Result) -> frozenset[ir.Mark]:
    return result.marks if isinstance(result, Known) else frozenset()


@LAW
@given(cases(), st.data())
def test_law_16_a_marked_section_can_be_deleted_from_under_what_lacks_its_mark(case: Case, data: st.DataObject) -> None:
    """Where a value stands on, the section that lets it stand is used without being the one that gave it."""
    marked = [(r.name, s) for r in case.program.rules.values() for s in r.sections if s.citations[0].marks and not s.stands]
    if not marked:
        return
    name, section = data.draw(st.sampled_from(marked))
    mark = ir.Mark(section.citations[0].marks[0], f'{section.instrument} "{section.citations[0].article}"')
    before = {q: r for q, r in of(case).items() if isinstance(r, Known) and all(m.about != mark.about for m in r.marks)}
    after = results(without_section(case.program, name, section), case.view, case.facts)

    assert not differences(unmarked(before), {q: r for q, r in unmarked(after).items() if q in before})


# ---------------------------------------------------------------- 17 to 20: numbers


def _value(result: Result) -> Fraction | None:
    return result.value if isinstance(result, Known) and isinstance(result.value, Fraction) else None


@LAW
@given(cases(), st.sampled_from(MODES), st.integers(-3, 3), st.data())
def test_laws_17_and_18_rounding(case: Case, mode: str, k: int, data: st.DataObject) -> None:
    x = f"({data.draw(amounts(case.scheme, 'tCO2e', YEARLY))} − 99.5 t)"
    moved = f"({x} + {abs(k)} t − {0 if k >= 0 else 2 * -k} t)"
    bodies = {
        "exact": x, "down": f"({x}) rounded down to 1 t", "up": f"({x}) rounded up to 1 t", "once": f"({x}) rounded {mode} to 1 t",
        "twice": f"(({x}) rounded {mode} to 1 t) rounded {mode} to 1 t", "moved": f"{moved} rounded {mode} to 1 t",
        "minus_up": f"(0 t − ({x})) rounded up to 1 t", "away": f"({x}) rounded half_away to 1 t",
        "minus_away": f"(0 t − ({x})) rounded half_away to 1 t",
    }  # fmt: skip
    found = probes(case, YEARLY, "tCO2e", bodies)
    by_name = {n: apart(found, n) for n in bodies}
    for at, result in by_name["exact"].items():
        got = {n: _value(r[at]) for n, r in by_name.items()}
        exact, down, up, once = (got[n] for n in ("exact", "down", "up", "once"))
        if exact is None or down is None or up is None or once is None or got["moved"] is None or got["minus_up"] is None:
            assert all(alike(r[at], result) for r in by_name.values())
            continue
        assert down <= exact <= up and up - down <= 1 and once in (down, up) and got["twice"] == once
        assert (up == down) == (exact.denominator == 1)
        if mode not in ("toward_zero", "half_away", "away_from_zero") and (mode != "half_even" or k % 2 == 0):
            assert got["moved"] == once + k
        assert got["minus_up"] == -down and got["minus_away"] == -(got["away"] or 0)


@LAW
@given(cases(), st.sampled_from([("kt", 3), ("kg", -3), ("blk", 2)]))
def test_law_19_a_change_of_unit_changes_no_value(case: Case, unit: tuple[str, int]) -> None:
    """All masses of the law and of the facts in another unit, also in one that the scheme declares."""
    declared = 'unit blk "Block" = 100 tCO2e\n' if unit[0] == "blk" else ""
    files = {n: in_unit(t, *unit) + (declared if n == "made.rules" else "") for n, t in case.scheme.files().items()}
    program = accepted(files)
    data = json.loads(in_unit(json.dumps(case.world.data()), *unit))

    assert not differences(of(case), results(program, case.view, read_facts(program, data)))


@LAW
@given(cases())
def test_law_20_names_of_currencies_and_units_change_no_number(case: Case) -> None:
    names = {"EUR": "CHF", "EUA": "KAU"}
    program = accepted({n: renamed(t, names) for n, t in case.scheme.files().items()})
    facts = read_facts(program, json.loads(renamed(json.dumps(case.world.data()), names)))

    assert not differences(of(case), results(program, case.view, facts))


# ---------------------------------------------------------------- 24 and 25: many rows, many periods


@LAW
@given(cases(), st.data())
def test_law_24_parts_of_a_sum(case: Case, data: st.DataObject) -> None:
    inner = replace(YEARLY, rows=(PLANT,))
    x = data.draw(amounts(case.scheme, "tCO2e", inner, 0))
    (c,) = data.draw(conditions(case.scheme, 1, inner))
    bodies = {
        "total": f"sum of {x} over its plants", "some": f"sum of {x} over its plants where ({c})",
        "others": f"sum of {x} over its plants where (not ({c}))", "rows": "(number of its plants) × 1 t",
        "mean": f"mean of {x} over its plants", "lowest": f"lowest of {x} over its plants",
        "median": f"median of {x} over its plants", "highest": f"highest of {x} over its plants",
    }  # fmt: skip
    found = probes(case, YEARLY, "tCO2e", bodies)
    by_name = {n: apart(found, n) for n in bodies}
    for at in by_name["total"]:
        total, some, others, rows, mean, lowest, median, highest = (_value(by_name[n][at]) for n in bodies)
        if total is not None and some is not None and others is not None:
            assert total == some + others
        if rows == 0:
            assert total == 0 and mean is None
        elif total is not None:
            assert rows is not None and mean is not None and lowest is not None and median is not None and highest is not None
            assert mean * rows == total and lowest <= median <= highest and lowest <= mean <= highest


@LAW
@given(cases(), st.data())
def test_law_25_years_in_months(case: Case, data: st.DataObject) -> None:
    monthly = Place(FIRM, "month")
    x = data.draw(amounts(case.scheme, "tCO2e", monthly, 1))
    y = data.draw(amounts(case.scheme, "tCO2e", YEARLY, 1))
    months = {f"ago_{n}": f"each_month {n} months ago" for n in range(1, 13)}
    yearly = {"each_year": y, "year_run": "sum of each_month over the months in last year"}
    monthly_bodies = {"each_month": x, "read": "each_year", "run": "sum of each_month over the last 12 months", **months}
    scheme = with_probes(with_probes(case.scheme, YEARLY, "tCO2e", yearly), monthly, "tCO2e", monthly_bodies)
    program = scheme.program()
    facts = case.world.facts(program)
    here = evaluation(program, case.view, facts)
    calendar = program.calendar
    for firm in sorted(facts.rows["firm"]):
        for month in range(2019 * 12 + 3, 2020 * 12 + 9):
            at = Period("month", month)
            start = calendar.start(at)
            assert start is not None
            year = calendar.containing("year", start)
            assert alike(here.value("read", firm, at), here.value("each_year", firm, year))
            for n in (1, 5, 12):
                assert alike(here.value(f"ago_{n}", firm, at), here.value("each_month", firm, Period("month", month - n)))
            if year is not None and calendar.start(year) == start:
                assert alike(here.value("run", firm, at), here.value("year_run", firm, year))


# ---------------------------------------------------------------- 26 and 27: cost, trace


@LAW
@given(cases())
def test_law_26_steps_stay_below_the_bound(case: Case) -> None:
    """The bound of a question: that of every key that it reads, with as many rows as there are."""
    rows = {entity: len(found) for entity, found in case.facts.rows.items()}
    bounds = {name: cost.steps(case.program, rule, rows) for name, rule in case.program.rules.items()}
    for question in list(of(case))[::7]:
        here = evaluation(case.program, case.view, case.facts, trace=True)
        here.value(*question)
        read = [record.key.name for record in here.trace.records.values()]
        assert here.steps <= sum(bounds[name] for name in read), (question, here.steps)
        assert len(read) <= len(case.program.rules) * sum(map(len, case.facts.rows.values())) * 240 + 10_000


@LAW
@given(cases())
def test_law_27_what_a_trace_names_is_enough_for_the_result(case: Case) -> None:
    """Tracing changes nothing; and only the facts and rules that it names were used."""
    plain = of(case)
    for question in list(plain)[::9]:
        here = evaluation(case.program, case.view, case.facts, trace=True)
        assert here.value(*question) == plain[question]
        records = here.trace.records
        named = {(d.name, d.row, d.at) for r in records.values() for s in steps_of(r) if isinstance(d := s.detail, ReadFact)}
        used = {key.name for key in records}
        kept = {k: v for k, v in case.facts.values.items() if k in named or k[0] in ("plant.begun", "plant.ended", "auction.held_on")}
        silent = ir.OpenValue("not in the trace")
        rules = {
            n: r if n in used else replace(r, sections=tuple(replace(s, law=ir.RuleLaw((ir.Clause(silent, None),))) for s in r.sections))
            for n, r in case.program.rules.items()
        }
        less = evaluation(replace(case.program, rules=rules), case.view, replace(case.facts, values=kept))
        assert less.value(*question) == plain[question]


# ---------------------------------------------------------------- text, processes


def _read(text: str) -> File:
    tree, _, found = parse_bytes("made.rules", text.encode())
    assert tree is not None, found
    return tree


@LAW
@given(schemes())
def test_formatting_keeps_the_tree_and_the_law_and_is_done_after_one_time(scheme: Scheme) -> None:
    written = {name: _read(text) for name, text in scheme.files().items()}
    once = {name: format_file(tree) for name, tree in written.items()}
    read = {name: _read(text) for name, text in once.items()}

    assert read == written
    assert {name: format_file(tree) for name, tree in read.items()} == once
    program = accepted(once)
    assert program.rules == scheme.program().rules and program.tables == scheme.program().tables


_WORKER = """
import json, sys
from law_text import accepted, read_facts, results, view
for files, data, day, chosen in json.load(sys.stdin):
    program = accepted(files)
    found = results(program, view(day, *chosen), read_facts(program, data))
    for question in found:
        result = found[question]
        parts = [sorted(map(str, getattr(result, p, ()))) for p in ("marks", "reasons", "causes")]
        value = getattr(result, "value", None)
        print(question, type(result).__name__, sorted(value) if isinstance(value, frozenset) else value, parts)
"""


def test_results_do_not_depend_on_the_seed_of_hashes() -> None:
    """The same schemes in fresh processes, with different orders of sets."""
    drawn: list[object] = []

    @settings(max_examples=5, database=None, derandomize=True)
    @given(cases())
    def draw(case: Case) -> None:
        day = case.view.as_at.isoformat() if case.view.as_at else None
        drawn.append((case.scheme.files(), case.world.data(), day, sorted(case.view.chosen)))

    draw()
    outputs = set()
    paths = os.pathsep.join(filter(None, (str(Path(__file__).parent), os.environ.get("PYTHONPATH"))))
    for seed in ("0", "77"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "CAPCODE_CACHE": "", "PYTHONPATH": paths}
        done = subprocess.run(
            [sys.executable, "-c", _WORKER], input=json.dumps(drawn), capture_output=True, text=True, env=environment, check=True
        )
        outputs.add(done.stdout)

    assert len(outputs) == 1 and outputs.pop()
