"""What `make bench` prints: cold starts against `python -c pass`, and one facility evaluated warm. Nothing is asserted.

Cold runs are interleaved, each a fresh process with compiled modules and capcode's own cache in place, as a user has
them from the second call on; `first` is without that cache. Best and median of the rounds, and the ratio to an empty
Python. Last the whole report: seconds, and memory of all processes.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS, REPORT_ROUNDS = 9, 3
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
    """`capcode report`: every published row, and the comparison of all schemes in both languages, interleaved with empty
    Pythons; the memory is that of all its processes together, each shared page counted once."""
    with tempfile.TemporaryDirectory() as folder:
        warm = {**os.environ, "CAPCODE_CACHE": folder, "PYTHONPYCACHEPREFIX": str(Path(folder) / "pyc")}
        warm.pop("PYTHONDONTWRITEBYTECODE", None)
        report, quiet = ["-m", "capcode.interpreter.cli", "report", "--out", str(Path(folder) / "report")], subprocess.DEVNULL
        most = 0
        with subprocess.Popen([sys.executable, "-P", *report], env=warm, stdout=quiet, stdin=quiet, start_new_session=True) as process:
            while process.poll() is None:  # this round fills the caches, and is looked at too often to be timed
                most = max(most, memory_of_session(process.pid))
                time.sleep(0.05)
        rounds = [(run(["-c", "pass"], warm), run(report, warm)) for _ in range(REPORT_ROUNDS)]
    empty, best = (min(times) for times in zip(*rounds, strict=True))
    print(f"capcode report: best of {REPORT_ROUNDS} {best:.1f} s, {best / empty:.0f} × empty; all processes {most / 1024:.0f} MB")


def memory_of_session(leader: int) -> int:
    """KiB that the processes of a session hold, as Linux counts them; 0 elsewhere."""
    found = 0
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if os.getsid(int(process.name)) == leader:
                lines = (process / "smaps_rollup").read_text(encoding="ascii").splitlines()
                found += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        except (OSError, StopIteration):
            continue  # it has just ended
    return found


if __name__ == "__main__":
    cold()
    one_facility()
    full_report()
