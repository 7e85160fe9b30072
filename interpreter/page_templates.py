"""The environment of templates: those of the package alone, escaping always on, invisible characters shown.

In Markdown what comes from outside goes through `cell` or `block`, which make it inert there; anything that does not is
escaped as for a page.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from capcode.dsl.diagnostics import visible


@lru_cache(maxsize=1)
def environment() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    made = Environment(
        loader=PackageLoader("capcode.interpreter", "templates"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, finalize=_visible_lines,
    )  # fmt: skip
    made.filters["cell"] = lambda text: Markup(markdown_cell(text))
    made.filters["block"] = lambda text: Markup(markdown_block(text))
    return made


def _visible_lines(value: Any) -> Any:
    """What a template puts out: characters that cannot be seen, or turn the direction of text, are written as escapes."""
    return "\n".join(visible(line) for line in value.split("\n")) if type(value) is str else value


_MARKDOWN = str.maketrans({sign: "\\" + sign for sign in "\\`*_{}<>[]#&~|@"})


def markdown_cell(text: str) -> str:
    """Text inside a table of Markdown: no line end, no bar, no markup, no link, no address that becomes one, no formula."""
    clean = visible(str(text)).translate(_MARKDOWN).replace("://", "\\://").replace("www.", "www\\.")
    return "\\" + clean if clean.startswith("=") else clean


def markdown_block(text: str) -> str:
    """A text as an indented block of Markdown: nothing in it can end the block."""
    return "\n".join("    " + visible(line) for line in str(text).split("\n"))
