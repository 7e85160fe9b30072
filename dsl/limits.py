"""Every limit of the language, in one frozen record. Each is a diagnostic with its own code when it is passed.

The page `dsl/LIMITS.md` is made from this record; `tests/test_limits.py` tries each at value − 1, value, value + 1.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Units are in the names; the comment is the reason."""

    file_bytes: int = 1_048_576  # the largest law encoded is far below
    files: int = 64
    scheme_bytes: int = 8_388_608
    line_characters: int = 2_000  # a diagnostic shows its line
    nesting: int = 64  # brackets and prefixes; deeper is never law, and far below Python's recursion limit
    rule_nodes: int = 2_000  # keeps every pass linear and small
    program_nodes: int = 200_000
    rules: int = 10_000  # graph passes stay under a second
    uses: int = 64
    name_characters: int = 64
    text_characters: int = 4_096
    number_digits: int = 30  # no size bombs
    number_decimals: int = 18
    value_bits: int = 4_096  # each side of a fraction: no squaring bombs
    exponent: int = 64  # whole constant exponents: growth rates over decades
    power_bits: int = 2_000  # digits tried before a rounding of a power is given up
    relation_nesting: int = 3  # sums inside sums inside sums
    window_periods: int = 4_000  # ten years of days, with room
    table_rows: int = 200_000
    table_columns: int = 64
    table_bytes: int = 67_108_864
    cell_characters: int = 4_096
    facts_bytes: int = 67_108_864
    facts_depth: int = 32
    steps: int = 10_000_000  # per evaluation: some seconds
    depth: int = 20_000  # chained readings of one evaluation
    trace_records: int = 100_000
    diagnostics: int = 200  # no output bombs


LIMITS = Limits()
