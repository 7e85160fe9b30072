"""capcode: emissions trading law as code. The public names load on first use, so that `import capcode` is cheap."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from capcode.interpreter.api import Law, Result, load, schemes

__all__ = ["Law", "Result", "load", "schemes"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from capcode.interpreter import api

        return getattr(api, name)
    raise AttributeError(f"module 'capcode' has no attribute {name!r}")
