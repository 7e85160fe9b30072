"""Facts from YAML, JSON and CSV into a fact set, with messages that name the place, the reason and the next step.

    scheme: korea                         # optional: refused by another scheme
    facts:                                # scheme-wide facts
      price: { 2024/01: "61.30", 2024/02: 58.9 EUR per EUA, 2024/03 to 2024/12: 60 EUR per EUA }
    mine:                                 # an entity (or its plural): row → fields
      north:
        kind: existing
        covered_emissions: { 2022-23: 335_908, 2023-24: { unknown: "not yet verified" } }
        option: { 2023-24: { value: ex_ante, chosen_on: 2023-11-02 } }
        production_lines:                 # children below their parent: the list is complete, also the empty one `{}`
          line1: { variable: ore, made: { 2023-24: 12 kt } }
    bid: { b1: { in: june_auction, price: 12.10 } }    # children at the top: the list stays open
    complete: [ mine, bid of june_auction ]            # all rows of an entity; all its rows in one parent
    set:       { price_cap: { 2024: 100 EUR per EUA } }        # figures of authorities: rule → [row →] [period →] value
    issued:    { allocation: { north: { 2023-24: 120 ACCU } } }
    given:     { free_share: { north: { 2023-24: 80% } } }     # replaces a rule's value (assumed)
    acts:      { temporary_floor: { 2024/03: yes } }           # measure → [row →] [period →] yes/no
    delivered: { surrender: { north: { 2023-24: { ACCU: { 2022-23: 40 }, SMC: 10 } } } }    # unit → [vintage →] amount
    opening:   { holdings: { north: { 2022-23: 500, no_vintage: 3 } } }                     # account → [row →] [vintage →]

A value may be written long: `{ value: V, chosen_on: DAY, reason: TEXT }`; not knowing is `{ unknown: REASON }`, in a
cell `unknown: REASON`. How values are written stands in `fact_values`, tables in `read_tables`.
Rows and facts may be spread over files; the same fact twice is an error, in whatever files. A roster that is complete
makes the list of each parent complete. Defaults (`unless stated`) are not filled in here: a fact set says what was said.
After LIMITS.diagnostics mistakes the reading stops.

Invariant: never raises for any content; what was wrong is left out of the fact set and has a diagnostic.
Invariant: the fact set does not depend on the order of files, rows or names.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from capcode.dsl.diagnostics import Diagnostic
from capcode.dsl.ir import Program
from capcode.dsl.limits import LIMITS
from capcode.dsl.source import SourceFile, Span
from capcode.interpreter import fact_errors as errors
from capcode.interpreter.fact_reader import SECTIONS, FactReader
from capcode.interpreter.fact_tree import Branch, Leaf, Node, read_json, read_yaml, text_of, tree_of
from capcode.interpreter.facts import FactSet
from capcode.interpreter.law_facts import can_be_set, laws_of, read_law
from capcode.interpreter.read_tables import read_table

FORMS = {".yaml": "yaml", ".yml": "yaml", ".json": "json", ".csv": "csv"}


@dataclass(frozen=True, slots=True)
class FactsText:
    """A text to be read: `name` as shown in messages, form yaml, json or csv; for csv the entity (default: the name)."""

    name: str
    data: bytes | str
    form: str
    entity: str | None = None


def read_facts(program: Program, paths: Path | Iterable[Path], *, entity: str | None = None) -> tuple[FactSet, list[Diagnostic]]:
    """Reads one or several files, told apart by their suffix. A CSV is of `entity`, else of what its name says."""
    reader = FactReader(program)
    for path in [paths] if isinstance(paths, Path) else paths:
        name = path.name if path.is_absolute() else path.as_posix()
        form = FORMS.get(path.suffix.lower())
        spot = Span(SourceFile(name, ""), 0, 0)
        data = errors.unknown_form(spot, path.suffix or path.name) if form is None else _bytes_of(path, spot)
        if isinstance(data, Diagnostic):
            reader.wrong(data)
        else:
            _read(reader, FactsText(name, data, form or "", entity))
    return reader.finish()


def read_texts(program: Program, texts: Iterable[FactsText]) -> tuple[FactSet, list[Diagnostic]]:
    """Reads texts in memory, as `read_facts` reads files."""
    reader = FactReader(program)
    for text in texts:
        _read(reader, text)
    return reader.finish()


def read_data(program: Program, data: object, name: str = "facts") -> tuple[FactSet, list[Diagnostic]]:
    """Reads plain objects in the layout of a facts file (numbers as text, int or Decimal; floats are refused)."""
    reader = FactReader(program)
    reader.file = SourceFile(name, "")
    node = tree_of(data, reader.file)
    if isinstance(node, Diagnostic):
        reader.wrong(node)
    else:
        read_tree(reader, node)
    return reader.finish()


def read_tree(reader: FactReader, node: Node) -> None:
    """A whole facts file."""
    if not isinstance(node, Branch):
        return reader.wrong(errors.wrong_shape(reader.span(node), "a facts file", "Begin with names: `facts:`, or an entity."))
    for key, value in reader.parts(node, "", ""):
        word = key.text
        if word in SECTIONS:
            read_section(reader, word, value)
        elif word in reader.entities:
            reader.rows(reader.entities[word], value, None)
        else:
            facts = [f.name for f in reader.program.fields.values() if f.entity is None]
            home = _home(reader.program, word)
            reader.wrong(errors.unknown_section(reader.span(key), word, [*reader.entities, *SECTIONS], home, facts))
    return None


def _home(program: Program, word: str) -> str | None:
    """The part of a facts file, or the entity, below which a known name belongs: it stood one level too high."""
    for field in program.fields.values():
        if field.name == word:
            return field.entity or "facts"
    rule = program.rules.get(word)
    if rule is not None:
        return "set" if can_be_set(program, rule) else "given"
    return next((section for section in ("acts", "delivered", "opening") if word in laws_of(program, section)), None)


def read_section(reader: FactReader, word: str, node: Node) -> None:
    """One of SECTIONS with what stands under it."""
    program = reader.program
    if word == "scheme":
        if not isinstance(node, Leaf) or node.text != program.scheme:
            shown = node.text if isinstance(node, Leaf) else "a list"
            reader.wrong(errors.other_scheme(reader.span(node), shown, program.scheme))
    elif word == "complete":
        reader.complete(node)
    else:
        for key, value in reader.parts(node, f"`{word}`", "Write `NAME: VALUE`."):
            if word != "facts":
                read_law(reader, word, key, value)
                continue
            known = reader.fields_of(None)
            if key.text in known:
                reader.put_field(known[key.text], None, value)
            else:
                reader.wrong(errors.unknown_field(reader.span(key), key.text, "the scheme", known))


def _read(reader: FactReader, text: FactsText) -> None:
    file = text_of(text.name, text.data, LIMITS.facts_bytes)
    if isinstance(file, Diagnostic):
        return reader.wrong(file)
    reader.file = file
    if text.form == "csv":
        return read_table(reader, text.entity or text.name.rpartition("/")[2].rpartition(".")[0] or text.name)
    if text.form not in ("json", "yaml"):
        return reader.wrong(errors.unknown_form(Span(file, 0, 0), text.form))
    node = read_json(file) if text.form == "json" else read_yaml(file)
    return reader.wrong(node) if isinstance(node, Diagnostic) else read_tree(reader, node)


def _bytes_of(path: Path, spot: Span) -> bytes | Diagnostic:
    """The content of a plain file, at most one byte more than the limit."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                return errors.unreadable(spot, "it is not a plain file")
            return file.read(LIMITS.facts_bytes + 1)
    except OSError as error:
        return errors.unreadable(spot, (error.strerror or "it cannot be opened").lower())
    except ValueError:
        return errors.unreadable(spot, "its name is not a file name")
