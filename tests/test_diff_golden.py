"""Nine real reforms: each report is, byte for byte, the Markdown that stands in `golden_diffs`.

It is what `capcode diff A B --rule NAME … --effort 0 --out FILE.md` writes for the headline rules of a reform. Only the shipped
cases are left out: they would be most of the page, and each scheme's own tests run them.
`python -m pytest tests/test_diff_golden.py --bless` rewrites; then read the files against the law.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner
from golden import FOLDER

from capcode.interpreter.cli import cli
from capcode.interpreter.diff import Comparison, Wanted, compare
from capcode.interpreter.diff_report import render
from capcode.interpreter.diff_sides import Sides

REPORTS = FOLDER.parent / "golden_diffs"
LARGEST = 25_000  # bytes that a person still reads to the end


class Reform(NamedTuple):
    """Two views of one law. changed: the headline rules; kept: what the reform left alone, so it has no entry."""

    a: str
    b: str
    changed: tuple[str, ...]
    kept: tuple[str, ...]


REFORMS = {
    # Directive 2018/410 as it came into force, against the law when Directive 2023/959 was in force too
    "eu_2018_to_2023": Reform(
        "eu@2018-04-08", "eu@2023-12-31",
        ("reduction_step", "convene_committee", "trigger_ratio", "price_condition", "release_from_reserve", "surrender_deadline",
         "cbam_share_kept", "intake_from_circulation", "intake_rate"),
        ("release_threshold", "report_deadline"),
    ),
    "australia_july_2023": Reform(
        "australia@2023-06-30", "australia@2023-07-01",
        ("baseline", "default_contribution", "default_decline", "transition_proportion", "borrowable_amount", "smcs_issued",
         "compliance_deadline", "containment_price"),
        ("default_baseline", "offsets_usable"),
    ),
    # the Court disputes the settings and changes no figure
    "nz_2022_settings_judicial_review": Reform(
        "nz@2023-01-01", "nz@2023-07-13",
        ("auction_limit", "overall_limit", "base_volume_of_year", "reserve_volume", "floor_price", "first_trigger"),
        ("second_trigger", "auctions_per_year"),
    ),
    # the last of these follows: its own text is the same
    "nz_2023_settings": Reform(
        "nz@2023-07-13", "nz@2023-12-01",
        ("auction_limit", "base_volume_of_year", "reserve_volume", "floor_price", "first_trigger", "second_trigger",
         "second_tier_released", "lowest_price_at_year_end"),
        ("overseas_limit", "auctions_per_year"),
    ),
    # free banking in the plan of July 2018, then the change of June 2019 and the plan of phase 3 as made
    "korea_banking_phase_2": Reform(
        "korea@2018-08-01", "korea@2021-12-31",
        ("banking_multiple", "net_sales", "ordinary_banking_limit", "banking_limit", "small_holder", "small_holders",
         "own_short_purchase_bankable", "limit_for_others"),
        ("free_to_carry", "cut_for_excess"),
    ),
    # the plan of phase 3 as made, then its changes of 2023 and 2024
    "korea_banking_phase_3": Reform(
        "korea@2021-12-31", "korea@2025-06-30",
        ("banking_multiple", "own_short_purchase_bankable", "conversion_deadline"),
        ("small_holder", "limit_for_others"),
    ),
    # the last day of the model rule of 2017, the first of that of 2025
    "rggi_2017_to_2025": Reform(
        "rggi@2026-12-31", "rggi@2027-01-01",
        ("regional_base_cap", "base_budget", "reserve_price", "ccr_trigger", "second_ccr_trigger", "ccr_size", "ecr_trigger",
         "offset_allowances_awarded"),
        ("hard_price_ceiling", "gases_covered"),
    ),
    # the texts that end with 2020, against the statute of 2017 with the amendments that carry it out
    "california_2021": Reform(
        "california@2017-07-24", "california@2021-01-01",
        ("budget", "reserve_set_aside", "reserve_tiers", "first_tier", "third_tier", "ceiling", "offset_share",
         "share_without_benefit"),
        ("reserve_price", "reserve_open_to_linked"),
    ),
    "japan_trial_decision": Reform(
        "japan_trial@2008-10-20+proposal_2008", "japan_trial@2008-10-21",
        ("issuance", "charge_for_issuance", "sale_before_result", "sale_limit", "saleable_before_confirmation", "holding_floor",
         "recorded_balance", "planned_start", "borrowing_allowed"),
        ("is_jvets", "smallest_commitment"),
    ),
}  # fmt: skip


def compared(name: str) -> Comparison:
    """The headline rules of a reform; a name that the law does not have is a mistake of the table."""
    reform = REFORMS[name]
    names = frozenset((*reform.changed, *reform.kept))
    with Sides(reform.a, reform.b) as (a, b):
        assert names <= {p.name for side in (a, b) for p in side.definitions} | set(b.program.tables)
        return compare(a, b, Wanted(names, effort=0, with_cases=False))


@pytest.mark.parametrize("name", REFORMS)
def test_report_of_a_real_reform(name: str, request: pytest.FixtureRequest) -> None:
    """Each headline rule has its entry or its figures that follow, what the reform left alone has neither; and every byte."""
    path, reform, found = REPORTS / f"{name}.md", REFORMS[name], compared(name)
    report = render(".md", found).encode()

    assert {e.place.name for e in found.entries} | {p.name for p in found.followers} == set(reform.changed)
    assert {d.place.name for d in found.meaning.dependents}.isdisjoint(reform.kept)
    assert len(report) < LARGEST
    if request.config.getoption("--bless"):
        if not path.exists() or path.read_bytes() != report:
            path.write_bytes(report)
        return
    assert path.read_bytes().decode() == report.decode()


def test_every_report_has_its_reform() -> None:
    """A file that no reform makes would be forgotten."""
    assert {path.name for path in REPORTS.iterdir()} == {f"{name}.md" for name in REFORMS}


def test_the_command_writes_the_same_page(tmp_path: Path) -> None:
    """On the reform that no case can feel, for it changes no figure: there the page of the command has no cases either."""
    name = "nz_2022_settings_judicial_review"
    reform, page = REFORMS[name], tmp_path / "page.md"
    rules = [word for rule in (*reform.changed, *reform.kept) for word in ("--rule", rule)]

    result = CliRunner().invoke(cli, ["diff", reform.a, reform.b, *rules, "--effort", "0", "--out", str(page)])

    assert result.exit_code == 0, result.output
    assert page.read_bytes() == (REPORTS / f"{name}.md").read_bytes()
