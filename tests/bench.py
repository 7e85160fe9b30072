"""What `make bench` prints: cold starts against `python -c pass`, and one facility evaluated warm. Nothing is asserted.

Cold runs are interleaved, each a fresh process with compiled modules and capcode's own cache in place, as a user has
them from the second call on; `first` is without that cache. Best and median of the rounds, and the ratio to an empty
Python.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 9
COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "capcode --help": ["-m", "capcode.interpreter.cli", "--help"],
    "capcode check (all)": ["-m", "capcode.interpreter.cli", "check"],
    "capcode check (all, first)": ["-m", "capcode.interpreter.cli", "check"],
    "capcode schemes": ["-m", "capcode.interpreter.cli", "schemes"],
}


def run(arguments: list[str], environment: dict[str, str]) -> float:
    """Seconds of one fresh process."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-P", *arguments], env=environment, capture_output=True, check=False, stdin=subprocess.DEVNULL)
    return time.perf_counter() - start


def cold() -> None:
    with tempfile.TemporaryDirectory() as folder:
        warm = {**os.environ, "CAPCODE_CACHE": folder, "PYTHONPYCACHEPREFIX": str(Path(folder) / "pyc")}
        warm.pop("PYTHONDONTWRITEBYTECODE", None)
        no_trees = {**warm, "CAPCODE_CACHE": ""}
        for arguments in COMMANDS.values():
            run(arguments, warm)
        times: dict[str, list[float]] = {name: [] for name in COMMANDS}
        for _ in range(ROUNDS):
            for name, arguments in COMMANDS.items():
                times[name].append(run(arguments, no_trees if "first" in name else warm))
    empty = min(times["python -c pass"])
    print(f"{'command':28} {'best':>8} {'median':>8} {'× empty':>8}")
    for name, found in times.items():
        print(f"{name:28} {1000 * min(found):6.0f} ms {1000 * statistics.median(found):6.0f} ms {min(found) / empty:8.1f}")


def one_facility() -> None:
    """One facility, one year, warm: with and without the full trace."""
    from capcode.dsl.find import check_named
    from capcode.interpreter.case_tables import read_case_tables
    from capcode.interpreter.cases import ask, facts_of
    from capcode.interpreter.evaluate import Evaluation
    from capcode.interpreter.law import law_view

    program = check_named("australia", ()).program
    assert program is not None and program.root is not None
    tables, _ = read_case_tables(program, program.root)
    rows = [t for t in tables if "2023_24" in t.file][:50]
    for trace in (False, True):
        best = []
        for row in rows:
            facts, _ = facts_of(program, row.case)
            law = law_view(program, row.case.view)
            start = time.perf_counter()
            evaluation = Evaluation(program, law, facts, trace=trace)
            for e in row.case.expected:
                ask(evaluation, e.name, e.row, e.at, e.part)
            best.append(time.perf_counter() - start)
        figures = statistics.mean(len(r.case.expected) for r in rows)
        print(f"one facility, {figures:.0f} figures, {'with' if trace else 'without'} trace: {1000 * statistics.median(best):.2f} ms")


if __name__ == "__main__":
    cold()
    one_facility()
