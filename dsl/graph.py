"""The graph of readings as text: Graphviz's DOT and Mermaid.

Nodes are numbered; names and labels stand only inside quotes, escaped for their language, so that no label can end its
quote, add a node or carry markup.

Invariant: the output depends only on the program and the view.
"""

from __future__ import annotations

from capcode.dsl import ir
from capcode.dsl.diagnostics import visible
from capcode.dsl.readings import Place, Readings
from capcode.dsl.views import LawView

_DOT_SHAPES = {"rule": "box", "measure": "octagon", "duty": "house", "account": "cylinder", "check": "diamond", "table": "folder"}
_MERMAID_SHAPES = {
    "rule": ("[", "]"), "measure": ("{{", "}}"), "duty": ("[/", "/]"), "account": ("[(", ")]"), "check": ("{", "}"), "table": ("[[", "]]"),
}  # fmt: skip


def to_dot(program: ir.Program, view: LawView | None = None, *, root: str | None = None) -> str:
    """A digraph; an arrow goes from the reader to what it reads. With `root`, only what that definition depends on."""
    numbers, edges = _collected(program, view, root)
    lines = ["digraph law {", "  rankdir=LR;", '  node [fontname="sans-serif"];']
    for place, number in numbers.items():
        lines.append(f'  n{number} [label="{_dot(_title(program, place))}", shape={_DOT_SHAPES[place.sort]}];')
    for (reader, read), moves in edges.items():
        lines.append(f'  n{numbers[reader]} -> n{numbers[read]} [label="{_dot(", ".join(moves))}"];')
    return "\n".join([*lines, "}", ""])


def to_mermaid(program: ir.Program, view: LawView | None = None, *, root: str | None = None) -> str:
    """A flowchart; an arrow goes from the reader to what it reads. With `root`, only what that definition depends on."""
    numbers, edges = _collected(program, view, root)
    lines = ["flowchart LR"]
    for place, number in numbers.items():
        left, right = _MERMAID_SHAPES[place.sort]
        lines.append(f'  n{number}{left}"{_mermaid(_title(program, place))}"{right}')
    for (reader, read), moves in edges.items():
        label = f'|"{_mermaid(", ".join(moves))}"|' if moves else ""
        lines.append(f"  n{numbers[reader]} -->{label} n{numbers[read]}")
    return "\n".join([*lines, ""])


def _collected(
    program: ir.Program, view: LawView | None, root: str | None
) -> tuple[dict[Place, int], dict[tuple[Place, Place], list[str]]]:
    """Nodes with their numbers, and one edge per pair with the moves that are not `the same`."""
    readings = Readings(program, view)
    places = [*readings.definitions, *(Place("table", name) for name in sorted(program.tables))]
    if root is not None:
        below = _below(readings, root)
        places = [place for place in places if place in below]
    numbers = {place: i for i, place in enumerate(places)}
    edges: dict[tuple[Place, Place], set[str]] = {}
    for r in readings.found:
        if r.reader in numbers and r.read in numbers:
            moves = edges.setdefault((r.reader, r.read), set())
            if r.move.sort in ("fixed", "data") or (r.move.sort == "moved" and r.move.count):
                moves.add(str(r.move))
    return numbers, {pair: sorted(edges[pair]) for pair in sorted(edges)}


def _below(readings: Readings, root: str) -> set[Place]:
    """A definition and all that it reads, directly or through others."""
    reads: dict[Place, list[Place]] = {}
    for r in readings.found:
        reads.setdefault(r.reader, []).append(r.read)
    waiting = [place for place in readings.definitions if place.name == root]
    found: set[Place] = set()
    while waiting:
        place = waiting.pop()
        if place not in found:
            found.add(place)
            waiting += reads.get(place, [])
    return found


def _title(program: ir.Program, place: Place) -> str:
    if place.sort == "table":
        label = program.tables[place.name].label
    else:
        mapping = {
            "rule": program.rules, "measure": program.measures, "duty": program.duties, "account": program.accounts,
            "check": program.checks,
        }[place.sort]  # fmt: skip
        label = mapping[place.name].label
    return f"{place.name}: {label}" if label else place.name


def _dot(text: str) -> str:
    return visible(text).replace("\\", "\\\\").replace('"', '\\"')


def _mermaid(text: str) -> str:
    """Everything that is not a plain letter, digit or a few signs becomes a numeric entity."""
    return "".join(c if c.isalnum() or c in " _-.,:()" else f"#{ord(c)};" for c in visible(text))
