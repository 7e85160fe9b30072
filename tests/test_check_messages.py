"""Messages about folders and grafts, and that every message of loading, names and types has a golden case."""

from __future__ import annotations

import ast as python_ast
import inspect
import shutil
from pathlib import Path
from types import ModuleType

import pytest
from golden import FOLDER, split_case

from capcode.dsl import load_errors, name_errors, type_errors
from capcode.dsl.diagnostics import render_all
from capcode.dsl.find import check_named
from capcode.dsl.frontend import check_folder
from capcode.dsl.limits import LIMITS

HEAD = 'language 1\nscheme demo "Demonstration scheme"\n  currency EUR\n'
SAMPLES = Path(__file__).parent / "samples"
SCHEMES = {p.name: p for p in SAMPLES.iterdir() if p.is_dir()}
# They are about folders and other schemes, which no single text has: the tests below show them.
ABOUT_FOLDERS = {"no_scheme", "no_files", "unreadable", "too_many", "rules_limit", "no_answer", "unbound", "unlike_binding", "no_graft",
                 "donor_has_errors", "unlike_graft"}  # fmt: skip


def _messages(name: str, folder: Path, others: dict[str, Path] | None = None) -> str:
    return render_all(list(check_folder(name, folder, others).diagnostics))


def _constructors(module: ModuleType) -> dict[str, list[str]]:
    """Constructor → the fixed pieces of its title, longest first."""
    found: dict[str, list[str]] = {}
    for node in python_ast.parse(inspect.getsource(module)).body:
        if not isinstance(node, python_ast.FunctionDef) or node.name.startswith("_"):
            continue
        calls = [n for n in python_ast.walk(node) if isinstance(n, python_ast.Call) and getattr(n.func, "id", "") == "Diagnostic"]
        for call in calls:
            code = next(c.value for c in python_ast.walk(call.args[0]) if isinstance(c, python_ast.Constant))
            title = [str(c.value) for c in python_ast.walk(call.args[1]) if isinstance(c, python_ast.Constant)]
            found[node.name] = [str(code), *sorted(title, key=len, reverse=True)]
    return found


@pytest.mark.parametrize("module", [load_errors, name_errors, type_errors], ids=lambda m: m.__name__.rpartition(".")[2])
def test_every_message_has_a_bad_case(module: ModuleType) -> None:
    rendered = "\n".join(split_case(path)[1] for path in (FOLDER / "check" / "bad").glob("*.case"))
    titles = [line for line in rendered.splitlines() if ": error " in line]

    unseen = {
        name
        for name, (code, *pieces) in _constructors(module).items()
        if not any(f" error {code}: " in line and all(p in line for p in pieces[:1]) for line in titles)
    }

    assert unseen - ABOUT_FOLDERS == set()


def test_each_message_says_why_and_what_next() -> None:
    for path in sorted((FOLDER / "check" / "bad").glob("*.case")):
        for message in split_case(path)[1].split("\n\n"):
            assert "\n  why: " in message and "\n  next: " in message, path.stem


def test_each_bad_case_is_one_message() -> None:
    """One mistake of the drafter, one message."""
    for path in sorted((FOLDER / "check" / "bad").glob("*.case")):
        assert split_case(path)[1].count(": error ") == 1, path.stem


def test_unknown_scheme() -> None:
    text = render_all(list(check_named("japan_qx", (str(SAMPLES),)).diagnostics))

    assert text == (
        "(no file):1:1: error L001: there is no scheme `japan_qx`\n"
        "  why: A scheme is a folder of `.rules` files under a search root.\n"
        "  next: Did you mean `japan_gx`?"
    )


def test_empty_folder(tmp_path: Path) -> None:
    assert _messages("demo", tmp_path) == (
        "(no file):1:1: error L002: `demo` holds no `.rules` file\n"
        "  why: A scheme is a folder of rule files.\n"
        "  next: Name a scheme, a rule file or a folder of rule files."
    )


def test_unreadable_file(tmp_path: Path) -> None:
    """A folder with the name of a rule file cannot be read as one."""
    (tmp_path / "law.rules").mkdir()

    assert "error L003: `demo/law.rules` cannot be read" in _messages("demo", tmp_path)


def test_too_many_files(tmp_path: Path) -> None:
    for i in range(LIMITS.files + 1):
        (tmp_path / f"{i}.rules").write_text(HEAD if i == 0 else "language 1\n# nothing\n", encoding="utf-8")

    assert "error L006: more than 64 files in one scheme" in _messages("demo", tmp_path)


def test_table_outside_the_folder(tmp_path: Path) -> None:
    """A rule file cannot make the checker open a file elsewhere, by `..` or by a link."""
    (tmp_path / "secret.csv").write_text("fuel,per_energy\ncoal,0.1\n", encoding="utf-8")
    folder = tmp_path / "demo"
    folder.mkdir()
    (folder / "link.csv").symlink_to(tmp_path / "secret.csv")
    law = HEAD + 'instrument act "Act" in force 2020-01-01\n'
    for name in ("../secret.csv", "link.csv", str(tmp_path / "secret.csv")):
        table = f'table factor keyed by fuel from "{name}" cites act "Annex"\n  column per_energy : tCO2e per GJ\n'
        (folder / "law.rules").write_text(law + table, encoding="utf-8")
        assert "error L004" in _messages("demo", folder), name


def test_schemes_derived_in_a_circle(tmp_path: Path) -> None:
    for name, other in (("one", "two"), ("two", "one")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "law.rules").write_text(f'language 1\nscheme {name} "{name}" is {other}\n', encoding="utf-8")

    text = _messages("one", tmp_path / "one", {n: tmp_path / n for n in ("one", "two")})

    assert text.count(": error ") == 1
    assert "Schemes cannot be derived in a circle." in text


GRAFTS = {
    "reading surrender_obligation as japan_gx.surrender_obligation": (
        "error N017: the graft does not say what `credit_share` of `korea` shall be"
    ),
    "reading surrender_obligation as japan_gx.ceiling keeping credit_share": (
        "error T013: `korea.surrender_obligation` is KAU, and `japan_gx.ceiling` is JPY per tCO2e"
    ),
    "reading surrender_obligation as japan_gx.duty_due keeping credit_share": "there is no rule of the host `japan_gx.duty_due`",
    "keeping surrender_obligation, credit_part": "there is no fact or rule of korea `credit_part`",
}


@pytest.mark.parametrize("binds", GRAFTS)
def test_graft_binds_every_name(binds: str, tmp_path: Path) -> None:
    """What a grafted rule reads is either a rule of the host, of a like type, or stays with the donor."""
    folder = tmp_path / "limit"
    shutil.copytree(SAMPLES / "japan_korean_limit", folder)
    rules = folder / "japan_korean_limit.rules"
    text = rules.read_text(encoding="utf-8")
    bound = "reading surrender_obligation as japan_gx.surrender_obligation keeping credit_share"
    assert bound in text
    rules.write_text(text.replace(bound, binds), encoding="utf-8")

    assert GRAFTS[binds] in _messages("limit", folder, SCHEMES)


def test_graft_of_an_answer_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "law.rules").write_text(
        'language 1\nscheme limit "Limit" is japan_gx\n  graft borrowable from eu keeping cap\n', encoding="utf-8"
    )

    assert "error N016: `eu` has no answer to `borrowable`" in _messages(
        "limit", tmp_path, {p.name: p for p in SAMPLES.iterdir() if p.is_dir()}
    )
