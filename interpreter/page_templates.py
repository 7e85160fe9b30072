"""The environment of templates: those of the package alone, escaping always on for pages, invisible characters shown."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from capcode.dsl.diagnostics import visible


@lru_cache(maxsize=2)
def environment(autoescape: bool) -> Any:
    """Markdown is text: its cells are made safe by `cell`, not by HTML escapes."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(
        loader=PackageLoader("capcode.interpreter", "templates"), autoescape=autoescape, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, finalize=_visible_lines,
    )  # fmt: skip
    made.filters["cell"] = markdown_cell
    made.filters["visible"] = visible
    return made


def _visible_lines(value: Any) -> Any:
    """What a template puts out: characters that cannot be seen, or turn the direction of text, are written as escapes."""
    return "\n".join(visible(line) for line in value.split("\n")) if type(value) is str else value


_MARKDOWN = str.maketrans({sign: "\\" + sign for sign in "\\`*_{}<>[]#&~|@"})


def markdown_cell(text: str) -> str:
    """Text inside a table of Markdown: no line end, no bar, no markup, no link, no address that becomes one, no formula."""
    clean = visible(str(text)).translate(_MARKDOWN).replace("://", "\\://").replace("www.", "www\\.")
    return "\\" + clean if clean.startswith("=") else clean
