"""What commands load: heavy libraries only where they are used, so that the first word from capcode comes quickly."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile

HEAVY = {"lark", "pydantic", "pydantic_core", "networkx", "jinja2", "numpy", "yaml", "hypothesis"}
SCRIPT = """
import json, sys
from click.testing import CliRunner
from capcode.interpreter.cli import cli
CliRunner().invoke(cli, {arguments!r})
print(json.dumps(sorted({{m.partition(".")[0] for m in sys.modules}} | {{m for m in sys.modules if m.startswith("capcode.")}})))
"""


def loaded(*arguments: str) -> set[str]:
    """The modules that a command loads, in a fresh process (run twice, so that unchanged files need no parsing)."""
    out, script = "", SCRIPT.format(arguments=list(arguments))
    with tempfile.TemporaryDirectory() as cache:
        for _ in range(2):
            environment = {**os.environ, "CAPCODE_CACHE": cache}
            done = subprocess.run([sys.executable, "-P", "-c", script], capture_output=True, text=True, check=True, env=environment)
            out = done.stdout
    return set(json.loads(out.splitlines()[-1]))


def test_help_loads_next_to_nothing() -> None:
    """`--help` loads click and the command line, and no part of the engine."""
    modules = loaded("--help")

    assert modules & HEAVY == set()
    assert {m for m in modules if m.startswith("capcode.")} == {"capcode.interpreter", "capcode.interpreter.cli"}


def test_check_loads_no_back_end() -> None:
    """`check` of files that have not changed loads neither the parser, nor the evaluator, nor a heavy library."""
    modules = loaded("check")

    assert modules & HEAVY == set()
    assert {m for m in modules if m.startswith("capcode.interpreter.")} == {"capcode.interpreter.cli", "capcode.interpreter.commands"}
