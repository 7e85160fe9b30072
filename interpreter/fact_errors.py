"""Wording of what can be wrong in a facts file. One constructor per mistake; nothing else writes these sentences.

F00x: the file cannot be read as text. F01x: it is not the YAML, JSON or CSV that is asked for. F02x and F03x: rows,
lists and names. F04x and F05x: values. F06x: the sections about authorities, acts and accounts. F07x: tables.
F099: reading stopped.

Invariant: no message repeats more than a short part of what the user wrote.
"""

from __future__ import annotations

from collections.abc import Iterable

from capcode.dsl.diagnostics import Diagnostic, nearest
from capcode.dsl.limits import LIMITS
from capcode.dsl.source import Span

WRITTEN_CHARACTERS = 48


def short(text: str) -> str:
    """A user's text, cut so that a message stays one line."""
    return text if len(text) <= WRITTEN_CHARACTERS else text[: WRITTEN_CHARACTERS - 1] + "…"


def some(names: Iterable[str], count: int = 8) -> str:
    """The first few names, in code-point order."""
    known = sorted(names)
    return ", ".join(f"`{n}`" for n in known[:count]) + (f" and {len(known) - count} more" if len(known) > count else "")


def _meant(word: str, known: Iterable[str], none: str) -> str:
    names = list(known)
    if len(names) > 1_000:
        return f"There are {len(names):,} of them; look the name up."
    near = nearest(word, names) if len(word) <= LIMITS.name_characters else None
    if near is not None:
        return f"Did you mean `{near}`?"
    return f"Known: {some(names)}." if names else none


# ---------------------------------------------------------------- files and texts


def not_utf8(span: Span) -> Diagnostic:
    return Diagnostic(
        "F001", "the file is not UTF-8 text", span,
        "Facts are read as UTF-8, so that names in any language mean the same everywhere.",
        "Save the file as UTF-8 (in a spreadsheet: “CSV UTF-8”). Compressed files and workbooks are not read.",
    )  # fmt: skip


def too_large(span: Span, limit: int) -> Diagnostic:
    return Diagnostic(
        "F002", f"the file has more than {limit:,} bytes", span,
        "A limit keeps memory and time within bounds.", "Split it: facts may stand in any number of files.",
    )  # fmt: skip


def unreadable(span: Span, reason: str) -> Diagnostic:
    return Diagnostic(
        "F003", f"the file cannot be read: {reason}", span,
        "Only plain files that the user may read hold facts.", "Check the name and the permissions.",
    )  # fmt: skip


def hidden_character(span: Span, name: str) -> Diagnostic:
    return Diagnostic(
        "F004", f"a hidden character stands here ({name})", span,
        "Characters that cannot be seen can make a text read otherwise than it means.", "Delete it and type the place again.",
    )  # fmt: skip


def not_normal(span: Span) -> Diagnostic:
    return Diagnostic(
        "F005", "a letter is written in separate pieces (not in the composed form NFC)", span,
        "Two names that look alike must be equal.", "Save the text in the composed form (NFC), or type the letter again.",
    )  # fmt: skip


def long_text(span: Span) -> Diagnostic:
    return Diagnostic(
        "F006", f"a text or cell has more than {LIMITS.cell_characters:,} characters", span,
        "A fact is a number, a name or a day; a reason is a sentence.",
        "Shorten it. If it runs over many lines, a quotation mark may not be closed.",
    )  # fmt: skip


def unknown_form(span: Span, suffix: str) -> Diagnostic:
    return Diagnostic(
        "F007", f"`{short(suffix)}` is not a form of facts", span,
        "Facts are read from .yaml, .yml, .json and .csv files.", "Save the facts in one of these forms.",
    )  # fmt: skip


# ---------------------------------------------------------------- YAML and JSON


def not_readable(span: Span, form: str, what: str) -> Diagnostic:
    return Diagnostic(
        "F010", f"this is not {form}: {short(what)}", span,
        f"The file must be well-formed {form} before any fact can be found in it.", "Correct the place shown, or the line above it.",
    )  # fmt: skip


def too_deep(span: Span) -> Diagnostic:
    return Diagnostic(
        "F011", f"nested more than {LIMITS.facts_depth} deep", span,
        "No description of a scheme nests like this.", "Give the rows at the top, each with `in: PARENT`.",
    )  # fmt: skip


def repeated_key(span: Span, key: str, first: Span) -> Diagnostic:
    return Diagnostic(
        "F012", f"`{short(key)}` is written twice", span,
        "Of two answers to one question the reader cannot tell which is meant.", "Keep one of them.",
        related=((first, "first written here"),),
    )  # fmt: skip


def yaml_feature(span: Span, feature: str) -> Diagnostic:
    return Diagnostic(
        "F013", f"{feature} of YAML are not used in facts", span,
        "A fact stands where it is read, as plain text.", "Write the value itself; put a text with a special first character in quotes.",
    )  # fmt: skip


def too_many(span: Span, limit: int) -> Diagnostic:
    return Diagnostic(
        "F014", f"more than {limit:,} entries in one file", span,
        "A limit keeps memory and time within bounds.", "Give large populations as CSV, one file per entity.",
    )  # fmt: skip


def not_plain(span: Span, what: str) -> Diagnostic:
    return Diagnostic(
        "F015", f"{what} cannot be a fact", span,
        "A binary fraction is rarely the number that was meant, and facts are exact.",
        "Give the number as text or as a Decimal's text: \"0.1\".",
    )  # fmt: skip


# ---------------------------------------------------------------- shape, names, rows, lists


_HOMES = {
    "facts": "Put it below `facts:`.",
    "set": "An authority sets it: put it below `set:`.",
    "given": "It is a rule: put it below `given:` to replace its value.",
    "acts": "Put what the authority did for this measure below `acts:`.",
    "delivered": "Put what was handed in for this duty below `delivered:`.",
    "opening": "Put what was on this account before below `opening:`.",
}


def unknown_section(span: Span, word: str, known: Iterable[str], home: str | None, facts: Iterable[str]) -> Diagnostic:
    """home: the part of a facts file, or the entity, below which this very name belongs. facts: the scheme-wide ones."""
    step = _meant(word, known, "The scheme declares no entities.")
    near = nearest(word, facts) if len(word) <= LIMITS.name_characters else None
    if home is not None:
        step = _HOMES.get(home, f"It is a field of `{home}`: put it below a row of it.")
    elif near is not None and not step.startswith("Did"):
        step = f"Did you mean `{near}` below `facts:`?"
    return Diagnostic(
        "F020", f"`{short(word)}` is neither an entity of the scheme nor a part of a facts file", span,
        "A name that nothing reads would be lost in silence.", step,
    )  # fmt: skip


def unknown_field(span: Span, word: str, owner: str, known: Iterable[str]) -> Diagnostic:
    return Diagnostic(
        "F021", f"{owner} has no `{short(word)}`", span,
        "A name that no rule can read would be lost in silence.", _meant(word, known, "Nothing is declared there."),
    )  # fmt: skip


def wrong_shape(span: Span, what: str, wanted: str) -> Diagnostic:
    return Diagnostic("F022", f"{what} is not written like this", span, "The layout says what belongs to what.", wanted)


def bad_row_name(span: Span, text: str) -> Diagnostic:
    return Diagnostic(
        "F023", f"`{short(text)}` cannot name a row", span,
        f"A row's name has 1 to {LIMITS.name_characters} characters, begins with a letter, a digit or _, and goes on with these, "
        "spaces inside, and - . / : ( ) ' &.",
        "Give the row another name, and use it wherever the row is named.",
    )  # fmt: skip


def two_parents(span: Span, row: str, first: str, second: str) -> Diagnostic:
    return Diagnostic(
        "F024", f"`{short(row)}` is in `{short(first)}` and in `{short(second)}`", span,
        "A row belongs to one parent; rows of one entity have different names, also below different parents.",
        "Correct the parent, or give the two rows different names.",
    )  # fmt: skip


def no_parent(span: Span, row: str, entity: str, parent: str) -> Diagnostic:
    return Diagnostic(
        "F025", f"`{short(row)}` does not say in which {parent} it is", span,
        f"Every {entity} belongs to one {parent}.", f"Add `in: NAME` with the name of the {parent}, or write the row below it.",
    )  # fmt: skip


def unknown_row(span: Span, row: str, entity: str, known: Iterable[str]) -> Diagnostic:
    return Diagnostic(
        "F026", f"no {entity} is named `{short(row)}`", span,
        "What is said of a row that does not exist would be lost in silence.", _meant(row, known, f"The facts give no {entity}."),
    )  # fmt: skip


def not_listed(span: Span, row: str, entity: str, known: Iterable[str]) -> Diagnostic:
    return Diagnostic(
        "F027", f"`{short(row)}` is not one of the rows of {entity} that the law lists", span,
        f"The rows of {entity} come from the rules and not from facts.", _meant(row, known, "The law lists none."),
    )  # fmt: skip


def outside_list(span: Span, row: str, entity: str, parent: str) -> Diagnostic:
    return Diagnostic(
        "F028", f"`{short(row)}` is missing from the list of {entity} in `{short(parent)}`", span,
        "A list written below its parent is complete, yet this row stands elsewhere and says that it belongs there.",
        "Write the row into the list, or take the list away and give each row with `in`.",
    )  # fmt: skip


def fact_twice(span: Span, what: str, first: str) -> Diagnostic:
    where = f"It is given first at {first}. " if first else ""
    return Diagnostic(
        "F029", f"{what} is given twice", span, where + "Of two answers to one question the reader cannot tell which is meant.",
        "Keep one of them.",
    )  # fmt: skip


def no_parent_entity(span: Span, entity: str) -> Diagnostic:
    return Diagnostic(
        "F030", f"{entity} is not in any other entity", span,
        f"The scheme declares {entity} without a parent.", "Delete `in`.",
    )  # fmt: skip


def bad_complete(span: Span, text: str, known: Iterable[str]) -> Diagnostic:
    return Diagnostic(
        "F031", f"`{short(text)}` is not a list that could be complete", span,
        "Only an entity (all its rows) or `ENTITY of ROW` (its rows in that parent) can be declared complete.",
        _meant(text, known, "The scheme declares no entities."),
    )  # fmt: skip


def other_scheme(span: Span, text: str, scheme: str) -> Diagnostic:
    return Diagnostic(
        "F032", f"these facts are for `{short(text)}`, not for `{scheme}`", span,
        "Facts are named in the words of one scheme.", f"Use a facts file of {scheme}, or correct the line `scheme:`.",
    )  # fmt: skip


# ---------------------------------------------------------------- values


def empty_value(span: Span) -> Diagnostic:
    return Diagnostic(
        "F040", "no value stands here", span,
        "An empty place could mean zero, none, or not known.",
        "Leave the line out if it is not known, give the value, or write `{ unknown: REASON }`.",
    )  # fmt: skip


def not_a_number(span: Span, text: str) -> Diagnostic:
    if text.startswith("+"):
        return Diagnostic("F041", f"`{short(text)}` is not a number", span, "A number has no plus sign.", "Delete the +.")
    if any(c.isdigit() and not c.isascii() for c in text):
        why, step = "Only the digits 0 to 9 are read, so that look-alike digits cannot hide another figure.", "Type the digits 0 to 9."
    else:
        why = "A number is digits, with _ between groups and one decimal point; a minus may stand before it; a unit may follow."
        step = "Write for example 1_200.50 t."
    return Diagnostic("F041", f"`{short(text)}` is not a number", span, why, step)


def comma_in_number(span: Span, text: str) -> Diagnostic:
    return Diagnostic(
        "F042", f"a comma stands in the number `{short(text)}`", span,
        "1,500 is one and a half in some countries and fifteen hundred in others.",
        "Group digits with _ or not at all, and write decimals with a point: 1_500 or 1.5.",
    )  # fmt: skip


def exponent_in_number(span: Span, text: str) -> Diagnostic:
    return Diagnostic(
        "F043", f"`{short(text)}` is written with an exponent", span,
        "Facts are written out, so that their size can be seen; a spreadsheet may have shortened the figure.",
        "Write all the digits, or a larger unit: 1.2 Mt.",
    )  # fmt: skip


def long_number(span: Span) -> Diagnostic:
    return Diagnostic(
        "F044", f"a number has more than {LIMITS.number_digits} digits or {LIMITS.number_decimals} decimals", span,
        "No quantity of a scheme is so large or so fine.", "Correct the figure, or use a larger unit.",
    )  # fmt: skip


def unknown_unit(span: Span, unit: str, declared: str, known: Iterable[str]) -> Diagnostic:
    return Diagnostic(
        "F045", f"`{short(unit)}` is not a unit", span, f"The value is declared in {declared}.",
        f"{_meant(unit, known, '')} A bare number is in {declared}.".strip(),
    )  # fmt: skip


def wrong_unit(span: Span, unit: str, declared: str, number: str, fits: Iterable[str]) -> Diagnostic:
    others = [u for u in sorted(fits) if u != declared][:6]
    also = f" (or {', '.join(others)})" if others else ""
    return Diagnostic(
        "F046", f"the value is in {short(unit)}, but is declared in {declared}", span,
        f"{short(unit)} and {declared} measure different things, and nothing converts by itself.",
        f"Write the figure in {declared}{also}: `{short(number)} {declared}`, after working it out.",
    )  # fmt: skip


def wrong_row_unit(span: Span, unit: str, concrete: str, key: str, number: str) -> Diagnostic:
    return Diagnostic(
        "F047", f"the value is in {short(unit)}, but `{short(key)}` is measured in {concrete}", span,
        f"The rules give the unit of each product; {short(unit)} is not a multiple of {concrete}.",
        f"Write the figure in {concrete}: `{short(number)} {concrete}`, after working it out.",
    )  # fmt: skip


def row_unit_unknown(span: Span, unit: str, path: str) -> Diagnostic:
    return Diagnostic(
        "F048", f"the value is in {short(unit)}, but the row does not say what is measured", span,
        f"The unit of this value depends on the row's `{path}`, which is not given, or for which the rules name no unit.",
        f"Give `{path}`, or write the bare number.",
    )  # fmt: skip


def out_of_range(span: Span, text: str, low: str, high: str) -> Diagnostic:
    ends = f"from {low} to {high}" if low and high else (f"{low} or more" if low else f"{high} or less")
    return Diagnostic(
        "F049", f"`{short(text)}` is outside the declared range", span, f"The scheme declares it {ends}.",
        "Correct the figure or its unit; if it is right, the range in the rules is too narrow.",
    )  # fmt: skip


def too_fine(span: Span, text: str, step: str) -> Diagnostic:
    return Diagnostic(
        "F050", f"`{short(text)}` is finer than declared", span, f"The scheme declares steps of {step}.",
        f"Give a whole multiple of {step}, rounded as the law says.",
    )  # fmt: skip


def not_one_of(span: Span, text: str, names: Iterable[str]) -> Diagnostic:
    known = list(names)
    return Diagnostic(
        "F051", f"`{short(text)}` is not one of the names declared", span, f"Declared: {some(known, 20)}.",
        _meant(text, known, "The rules declare none."),
    )  # fmt: skip


def not_a_key(span: Span, text: str, table: str, keys: Iterable[str]) -> Diagnostic:
    return Diagnostic(
        "F052", f"`{short(text)}` is not a key of the table {table}", span,
        "The rules know nothing about a key that is not in their table.", _meant(text, keys, "The table is empty."),
    )  # fmt: skip


def not_a_day(span: Span, text: str) -> Diagnostic:
    return Diagnostic(
        "F053", f"`{short(text)}` is not a day", span, "A day is written year-month-day, and lies from 1900 to 2199.", "Write 2024-03-01.",
    )  # fmt: skip


def not_a_period(span: Span, text: str, kind: str, example: str) -> Diagnostic:
    return Diagnostic(
        "F054", f"`{short(text)}` does not name a {kind}", span,
        f"The value is given for each {kind}, and every one is named in one way.", f"Write it like {example}.",
    )  # fmt: skip


def bad_span(span: Span, text: str, most: int) -> Diagnostic:
    return Diagnostic(
        "F065", f"`{short(text)}` is no span of periods", span, f"A span goes forward, over at most {most} periods.",
        "Write the first period, ` to `, and the last one.",
    )  # fmt: skip


def not_yes_no(span: Span, text: str) -> Diagnostic:
    return Diagnostic("F055", f"`{short(text)}` is neither yes nor no", span, "The value is declared yes/no.", "Write yes or no.")


def not_absent(span: Span, text: str) -> Diagnostic:
    return Diagnostic(
        "F056", f"the value cannot be `{short(text)}`", span,
        "The scheme does not declare it `or none`: there is always such a thing.",
        "Give the value, leave the line out if it is not known, or write `{ unknown: REASON }`.",
    )  # fmt: skip


def no_reason(span: Span) -> Diagnostic:
    return Diagnostic(
        "F057", "`unknown` stands without a reason", span,
        "What rests on it will be open, and its reader will ask why.", "Write `{ unknown: \"not yet published\" }`, or leave the line out.",
    )  # fmt: skip


def not_chosen(span: Span, what: str) -> Diagnostic:
    return Diagnostic(
        "F058", f"{what} is not something that anybody chooses", span,
        "Only a field declared `chosen by` has a day of choice.", "Delete `chosen_on`.",
    )  # fmt: skip


def no_type(span: Span, what: str) -> Diagnostic:
    return Diagnostic(
        "F059", f"{what} has no type", span, "Its declaration in the rules has an error.", "Correct the rules first.",
    )  # fmt: skip


# ---------------------------------------------------------------- authorities, acts, accounts


def unknown_law(span: Span, word: str, sort: str, known: Iterable[str]) -> Diagnostic:
    return Diagnostic(
        "F060", f"no {sort} is named `{short(word)}`", span,
        "What nothing reads would be lost in silence.", _meant(word, known, f"The scheme has no {sort}."),
    )  # fmt: skip


def has_argument(span: Span, rule: str) -> Diagnostic:
    return Diagnostic(
        "F061", f"`{rule}` has an argument, so one value cannot be given for it", span,
        "It has a value for every argument.", "Give the facts that it is worked out from.",
    )  # fmt: skip


def not_set_by(span: Span, rule: str) -> Diagnostic:
    return Diagnostic(
        "F062", f"no text lets an authority set `{rule}`", span,
        "The figure will have no effect: no section of the rule says `set by`.", "Use `given` to replace a rule's value.",
        severity="warning",
    )  # fmt: skip


def unknown_held_unit(span: Span, unit: str, known: Iterable[str]) -> Diagnostic:
    return Diagnostic(
        "F063", f"`{short(unit)}` is not a unit that can be handed in", span,
        "Duties and accounts count the units that the scheme declares.", _meant(unit, known, "The scheme declares none."),
    )  # fmt: skip


def no_vintage(span: Span, unit: str) -> Diagnostic:
    return Diagnostic(
        "F064", f"{unit} has no vintage", span, "The scheme declares the unit without `vintage`.", "Give one amount.",
    )  # fmt: skip


# ---------------------------------------------------------------- tables


def unknown_table(span: Span, name: str, known: Iterable[str]) -> Diagnostic:
    return Diagnostic(
        "F070", f"`{short(name)}` is not an entity of the scheme", span,
        "A CSV file holds the rows of the entity that it is named after; `facts.csv` holds scheme-wide facts.",
        _meant(name, known, "The scheme declares no entities."),
    )  # fmt: skip


def bad_header(span: Span, text: str, what: str, step: str) -> Diagnostic:
    return Diagnostic("F071", f"the column `{short(text)}` {what}", span, "The first line names the columns.", step)


def ragged(span: Span, found: int, wanted: int) -> Diagnostic:
    return Diagnostic(
        "F072", f"the line has {found} cells, the header {wanted}", span,
        "A cell too few or too many moves every later cell under another name.",
        "Put a cell that holds a comma in quotation marks, and keep empty cells.",
    )  # fmt: skip


def bad_quote(span: Span, what: str) -> Diagnostic:
    return Diagnostic(
        "F073", what, span, "A cell with a comma, a line end or a quotation mark stands wholly in quotation marks.",
        'Write "a ""quoted"" word, and a comma".',
    )  # fmt: skip


def too_many_rows(span: Span) -> Diagnostic:
    return Diagnostic(
        "F074", f"the table has more than {LIMITS.table_rows:,} rows", span,
        "A limit keeps memory and time within bounds.", "Split the table into several files.",
    )  # fmt: skip


def too_many_columns(span: Span) -> Diagnostic:
    return Diagnostic(
        "F075", f"the table has more than {LIMITS.table_columns} columns", span,
        "A limit keeps memory and time within bounds.", "Use a column `period` and one line per row and period.",
    )  # fmt: skip


def no_row_name(span: Span) -> Diagnostic:
    return Diagnostic(
        "F076", "the line does not name its row", span, "The column `id` says whose facts these are.", "Fill the cell under `id`.",
    )  # fmt: skip


def row_again(span: Span, row: str) -> Diagnostic:
    return Diagnostic(
        "F077", f"`{short(row)}` has a second line", span,
        "Without a column `period` a row has one line.", "Join the lines, or name the second row otherwise.",
    )  # fmt: skip


def stopped(span: Span) -> Diagnostic:
    return Diagnostic(
        "F099", f"reading stopped after {LIMITS.diagnostics} mistakes", span,
        "What follows may rest on the same few causes.", "Correct these and read the facts again.",
    )  # fmt: skip
