"""The one check command: links for the type checker, then ruff, mypy and pytest. Each runs; the worst result is returned.

`--long` tries many more examples per property and runs the tests marked `long`; `--bless` rewrites the golden cases.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("dsl", "interpreter", "rules", "jurisdictions")


def link_for_typing() -> None:
    """`.typing/capcode/` shows the mapped folders under the package's name, as mypy and editors expect to find them."""
    package = ROOT / ".typing" / "capcode"
    package.mkdir(parents=True, exist_ok=True)
    for name in (*FOLDERS, "__init__.py"):
        link = package / name
        target = Path("..", "..", "capcode", name) if name == "__init__.py" else Path("..", "..", name)
        if link.is_symlink() and link.readlink() == target:
            continue
        link.unlink(missing_ok=True)
        link.symlink_to(target, target_is_directory=name != "__init__.py")


def run(name: str, *command: str, **environment: str) -> int:
    """Runs one tool in the root with no input; its return code."""
    start = time.monotonic()
    print(f"== {name}", flush=True)
    code = subprocess.run(
        [sys.executable, "-P", "-m", *command], cwd=ROOT, env={**os.environ, **environment}, stdin=subprocess.DEVNULL, check=False
    ).returncode
    print(f"== {name}: {'ok' if code == 0 else f'failed ({code})'}, {time.monotonic() - start:.0f} s", flush=True)
    return code


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--long", action="store_true")
    options.add_argument("--bless", action="store_true")
    chosen = options.parse_args()
    link_for_typing()
    environment = {"CAPCODE_PROFILE": "long"} if chosen.long else {}
    bless = ["--bless"] if chosen.bless else []
    return max(
        run("ruff", "ruff", "check", "."),
        run("mypy", "mypy", "-p", "capcode"),
        run("pytest", "pytest", "-n", "auto", *bless, **environment),
    )


if __name__ == "__main__":
    sys.exit(main())
