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


FACILITY = {
    "facility": {
        "mine": {
            "covered_emissions": {"2023-24": 335_908},
            "production_lines": {"ore": {"variable": "run_of_mine_metal_ore", "made": {"2023-24": 20_000_000}, "site_intensity": "0.01"}},
        }
    }
}


def one_facility() -> None:
    """The baseline of one facility and one year from its production: eleven rules, warm, best and median of many."""
    from capcode.dsl.calendar import Period
    from capcode.interpreter.api import load
    from capcode.interpreter.evaluate import Evaluation

    law = load("australia")
    facts, year = law.facts(FACILITY), Period("year", 2023)
    for trace in (False, True):
        times = []
        for _ in range(200):
            start = time.perf_counter()
            Evaluation(law.program, law.view_of_law, facts, trace=trace).value("baseline", "mine", year)
            times.append(time.perf_counter() - start)
        kind = "with full trace" if trace else "without trace"
        print(f"one facility, one year, {kind:16} {1000 * min(times):6.2f} ms {1000 * statistics.median(times):6.2f} ms")


def full_report() -> None:
    """The comparison of all schemes with its pages in both languages: seconds, and the largest process."""
    import resource

    from capcode.interpreter.report import write_comparison

    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        write_comparison(Path(folder), (), lambda _: None)
        took = time.perf_counter() - start
    largest = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    print(f"comparison, all schemes, both languages {took:6.1f} s, largest process {largest / 1024:.0f} MB")


if __name__ == "__main__":
    cold()
    one_facility()
    full_report()
