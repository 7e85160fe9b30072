"""The wheel holds all that the tree has, and works where the tree is not.

It is built from a copy, so that no leftover of an earlier build is taken for a part of the package.
"""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = {"capcode": "capcode", "dsl": "capcode/dsl", "interpreter": "capcode/interpreter",
           "rules": "capcode/rules", "jurisdictions": "capcode/jurisdictions"}  # fmt: skip
CODE = ("capcode", "dsl", "interpreter")
TOOLS = 77  # the setuptools that pyproject.toml asks for
FACTS = """sites:
  works:
    exposed: no
    lines:
      kiln: { good: clinker, output: { 2025: 100_000 t } }
"""


@dataclass(frozen=True)
class Built:
    """The wheel's names, the folder that it is installed into, and a folder that has nothing to do with the checkout."""

    names: frozenset[str]
    target: Path
    elsewhere: Path


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    if int(importlib.metadata.version("setuptools").partition(".")[0]) < TOOLS:
        pytest.skip(f"the wheel is built with setuptools {TOOLS} or later: pip install -e '.[dev]'")
    base = tmp_path_factory.mktemp("wheel")
    source = base / "source"
    source.mkdir()
    for name in FOLDERS:
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, source)
    _pip("wheel", "--no-build-isolation", "--wheel-dir", str(base), str(source))
    (wheel,) = base.glob("*.whl")
    target = base / "target"
    _pip("install", "--no-compile", "--target", str(target), str(wheel))
    elsewhere = base / "elsewhere"
    elsewhere.mkdir()
    with zipfile.ZipFile(wheel) as archive:
        return Built(frozenset(archive.namelist()), target, elsewhere)


def _pip(command: str, *arguments: str) -> None:
    """Asks nothing of a registry: what is needed is here."""
    fixed = ["--no-index", "--no-deps", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run([sys.executable, "-P", "-m", "pip", command, *fixed, *arguments],
                          capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr


def run(built: Built, *arguments: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Python with the installed package first on its path, started outside the checkout."""
    environment = {**os.environ, "PYTHONPATH": str(built.target), "CAPCODE_ROOTS": "", "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, "-P", *arguments], cwd=folder or built.elsewhere, env=environment, capture_output=True, text=True, check=False
    )


def _command(built: Built, *arguments: str) -> str:
    done = run(built, "-m", "capcode.interpreter.cli", *arguments)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout


def test_the_wheel_holds_the_tree(built: Built) -> None:
    """Every module, the grammar, the templates, every rule file, table and page; and nothing besides."""
    tree = {
        f"{package}/{path.relative_to(ROOT / folder).as_posix()}"
        for folder, package in FOLDERS.items()
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    shipped = {name for name in built.names if ".dist-info/" not in name}

    assert sorted(tree ^ shipped) == []
    assert {f"capcode/{name}" for name in ("py.typed", "dsl/grammar.lark", "dsl/MANUAL.md", "rules/questions.rules")} <= shipped


def test_the_wheel_brings_one_name(built: Built) -> None:
    """`dsl` and the rest are no packages of their own, which would make a second copy of every class."""
    assert {name.partition("/")[0] for name in built.names if ".dist-info/" not in name} == {"capcode"}


@pytest.mark.long
def test_check_of_all_elsewhere(built: Built) -> None:
    shipped = _shipped()

    checked = _command(built, "check")

    assert [line.partition(":")[0] for line in checked.splitlines()[-len(shipped) :]] == shipped


def _shipped() -> list[str]:
    return sorted({path.relative_to(ROOT / "jurisdictions").parts[0] for path in (ROOT / "jurisdictions").glob("*/*.rules")})


def test_check_and_schemes_elsewhere(built: Built) -> None:
    checked, listed = _command(built, "check", "example"), _command(built, "schemes")

    assert checked.startswith("example: no problem")
    assert [line.split()[0] for line in listed.splitlines()] == _shipped()


def test_eval_elsewhere(built: Built) -> None:
    (built.elsewhere / "facts.yaml").write_text(FACTS, encoding="utf-8")

    shown = _command(built, "eval", "example", "--facts", "facts.yaml", "--ask", "allocation", "--in", "2026")

    assert shown.startswith("allocation of works in 2026 = 65,100 PERMIT")


@pytest.mark.long
def test_report_and_cases_elsewhere(built: Built) -> None:
    """The templates and the published tables are read from the package."""
    _command(built, "test")
    _command(built, "report", "--out", "report")

    assert (built.elsewhere / "report" / "index.html").is_file()


def test_it_is_the_installed_package_that_was_run(built: Built) -> None:
    done = run(built, "-c", "import capcode, capcode.dsl.limits as l; print(capcode.__file__); print(l.__file__)")

    assert [Path(line).is_relative_to(built.target) for line in done.stdout.splitlines()] == [True, True]


@pytest.mark.parametrize("name", ["dsl", "interpreter", "rules", "jurisdictions"])
def test_no_bare_import(built: Built, name: str) -> None:
    """With -P not even from the root of a checkout, where the folder of that name stands."""
    done = run(built, "-c", f"import {name}", folder=ROOT)

    assert done.returncode == 1
    assert f"No module named '{name}'" in done.stderr
