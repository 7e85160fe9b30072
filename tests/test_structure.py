"""The shape of the house: who may import whom, where data ends and code begins, and how large a room may be."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CODE_FOLDERS = ("dsl", "interpreter")
DATA_FOLDERS = ("rules", "jurisdictions")
# Grows with each folder that gets its page: dsl, interpreter, rules, jurisdictions.
FOLDERS_WITH_README = ("tests",)
GREATEST_LENGTH = 600
# Lists of plain records, read by looking one up: cutting them in two would only hide where a record stands.
LONG_BY_NATURE = {"dsl/ast.py", "dsl/ir.py"}
NAMES_THAT_SAY_NOTHING = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}
SEE_LARK = {"dsl/parse.py", "dsl/build_ast.py", "dsl/build_expr.py", "dsl/build_node.py", "dsl/build_rule.py"}
# What the interpreter must not know: the text. An entry here is a decision: module -> what it may import all the same.
FRONT_END_ONLY = ("capcode.dsl.ast", "capcode.dsl.parse", "lark")
ALLOWED_FRONT_END: dict[str, set[str]] = {}
# Modules that may use binary floating point, each with a reason beside it. Meaning is exact: none does.
ALLOWED_FLOATS = {
    "dsl/diagnostics.py",  # how near a misspelt word is to a known one
    "interpreter/charts.py",  # a picture is for the eye; its data are not read back
    "interpreter/compare_workbook.py",  # a workbook holds nothing else; exact text stands in the comment where that loses
}


def _modules(*folders: str) -> Iterator[tuple[str, ast.Module]]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield str(path.relative_to(ROOT)), ast.parse(path.read_text(encoding="utf-8"))


def _imports(tree: ast.Module) -> set[str]:
    """All modules that are imported anywhere in it; `from a import b` counts as `a` and as `a.b`."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            assert node.level == 0, f"a relative import of {module}"
            found.add(module)
            found.update(f"{module}.{alias.name}" for alias in node.names)
    return found


def _within(found: set[str], *packages: str) -> set[str]:
    return {name for name in found if any(name == package or name.startswith(f"{package}.") for package in packages)}


def test_dsl_never_imports_the_interpreter() -> None:
    """The arrow goes from text to meaning, never back."""
    wrong = {name: found for name, tree in _modules("dsl") if (found := _within(_imports(tree), "capcode.interpreter"))}

    assert wrong == {}


def test_only_the_parser_sees_lark() -> None:
    wrong = {name for name, tree in _modules(*CODE_FOLDERS) if _within(_imports(tree), "lark") and name not in SEE_LARK}

    assert wrong == set()


def test_interpreter_never_sees_the_text() -> None:
    """The intermediate representation is the boundary: no syntax tree and no parser behind it."""
    wrong = {}
    for name, tree in _modules("interpreter"):
        allowed = ALLOWED_FRONT_END.get(name, set())
        found = {one for one in _within(_imports(tree), *FRONT_END_ONLY) if not _within({one}, *allowed)}
        if found:
            wrong[name] = found

    assert wrong == {}


@pytest.mark.parametrize("folder", DATA_FOLDERS)
def test_data_folders_hold_no_code(folder: str) -> None:
    """One empty `__init__.py`, so that the folder ships with the package; nothing else that Python would run."""
    found = (path for path in (ROOT / folder).rglob("*") if "__pycache__" not in path.parts)
    code = [path for path in found if path.suffix in (".py", ".pyc", ".pyi", ".so")]

    assert [ROOT / folder / "__init__.py"] == code
    assert code[0].read_bytes() == b""


@pytest.mark.parametrize("folder", FOLDERS_WITH_README)
def test_readme(folder: str) -> None:
    text = (ROOT / folder / "README.md").read_text(encoding="utf-8")

    assert text.startswith("# ")


def test_no_module_is_too_long() -> None:
    """A longer module means that an idea in it has no home of its own yet."""
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for folder in (*CODE_FOLDERS, "capcode", "tests")
        for path in (ROOT / folder).rglob("*.py")
    }

    assert {name: length for name, length in lengths.items() if length > GREATEST_LENGTH and name not in LONG_BY_NATURE} == {}


def test_module_names_say_something() -> None:
    names = {path.stem for folder in (*CODE_FOLDERS, "capcode", "tests") for path in (ROOT / folder).rglob("*.py")}

    assert names & NAMES_THAT_SAY_NOTHING == set()


def test_no_floating_point() -> None:
    """Numbers are exact fractions: no float literal and no `float(…)`."""
    wrong = []
    for name, tree in _modules(*CODE_FOLDERS):
        for node in ast.walk(tree):
            literal = isinstance(node, ast.Constant) and isinstance(node.value, float | complex)
            call = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("float", "complex")
            if (literal or call) and name not in ALLOWED_FLOATS:
                wrong.append(f"{name}:{node.lineno}")

    assert wrong == []
