"""Every limit of the language, in one frozen record.

What passes one is refused by name: by a diagnostic where a text, a table or facts are read or checked, by the error
`budget` where a value is worked out, and by a notice where only what is shown is cut.

The page `dsl/LIMITS.md` is made from this record and its comments by `tests/test_limits.py`, which tries each limit that
can be reached at value − 1, value and value + 1, and names the reason for each that cannot.

Invariant: every limit is read where it is applied, when it is applied; none is only written here.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Units are in the names; the comment is the reason."""

    file_bytes: int = 1_048_576  # of a rule file; the largest law encoded is far below
    files: int = 64  # rule files of a scheme
    scheme_bytes: int = 8_388_608  # of all rule files of a scheme
    line_characters: int = 2_000  # a diagnostic shows its line
    nesting: int = 64  # brackets and prefixes; deeper is never law, and far below the depth at which Python stops
    rule_nodes: int = 2_000  # parts of an expression, and of a section: keeps every pass linear and small
    program_nodes: int = 200_000  # parts of all definitions of a scheme together
    rules: int = 10_000  # graph passes stay under a second
    uses: int = 64  # vocabularies of a scheme, and schemes above a derived one: no chains to exhaust
    name_characters: int = 64  # names stand in every message and table
    text_characters: int = 4_096  # texts travel with results into every report
    number_digits: int = 30  # no size bombs
    number_decimals: int = 18  # no quantity of a law is finer
    value_bits: int = 4_096  # each side of a fraction: no squaring bombs
    exponent: int = 64  # whole constant exponents: growth rates over decades
    power_bits: int = 2_000  # digits tried before a rounding of a power is given up
    relation_nesting: int = 3  # sums inside sums inside sums: the work grows with each level
    window_periods: int = 4_000  # ten years of days, with room
    table_rows: int = 200_000  # real registries fit
    table_columns: int = 64  # real registries fit
    table_bytes: int = 67_108_864  # of a table file: memory
    cell_characters: int = 4_096  # a quotation mark that is not closed is found soon
    facts_bytes: int = 67_108_864  # of a facts file: memory
    facts_depth: int = 32  # no description of a scheme nests like this
    steps: int = 10_000_000  # nodes evaluated for one question: some seconds
    depth: int = 20_000  # chained readings of one evaluation
    trace_records: int = 100_000  # an explanation that a person can read, and memory
    diagnostics: int = 200  # no output bombs


LIMITS = Limits()
