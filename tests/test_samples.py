"""Every sample scheme parses and checks without an error; together they hold the provisions of the design's ten files."""

from __future__ import annotations

from pathlib import Path

import pytest

from capcode.dsl.diagnostics import render_all
from capcode.dsl.frontend import check_folder

FOLDER = Path(__file__).parent / "samples"
SCHEMES = {path.name: path for path in sorted(FOLDER.iterdir()) if path.is_dir()}


@pytest.mark.parametrize("name", SCHEMES)
def test_sample_checks(name: str) -> None:
    checked = check_folder(name, SCHEMES[name], SCHEMES)

    errors = [d for d in checked.diagnostics if d.is_error]
    assert not errors, render_all(errors)
    assert checked.program is not None
    assert checked.program.scheme == name


def test_every_folder_is_spoken_of() -> None:
    """A figure that was invented for a test must never be taken for law: the README says of each table what it is."""
    text = (FOLDER / "README.md").read_text(encoding="utf-8")

    files = [p.relative_to(FOLDER).as_posix() for p in sorted(FOLDER.rglob("*.csv"))]
    assert [f for f in files if f"`{f}`" not in text] == []
    assert [name for name in SCHEMES if f"`{name}`" not in text] == []


def test_derived_scheme_has_the_law_of_its_base() -> None:
    derived = check_folder("japan_korean_limit", SCHEMES["japan_korean_limit"], SCHEMES).program
    base = check_folder("japan_gx", SCHEMES["japan_gx"], SCHEMES).program

    assert derived is not None and base is not None
    assert set(base.rules) <= set(derived.rules)
    assert derived.currency == "JPY"
    assert [c.title for c in derived.cases] == ["gross 250,000"]
