"""Settings of the whole suite: the `--bless` option and how hard property tests try."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

# The quick profile tries the same examples each time: a red run is about the change, never about luck.
settings.register_profile(
    "quick",
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.register_profile(
    "long",
    max_examples=3_000,
    deadline=None,
    derandomize=False,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile(os.environ.get("CAPCODE_PROFILE", "quick"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--bless", action="store_true", help="write the present output into the golden cases")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests marked `long` run only where they are asked for: with the long profile or with `-m long`."""
    if os.environ.get("CAPCODE_PROFILE") == "long" or "long" in (config.getoption("-m") or ""):
        return
    skip = pytest.mark.skip(reason="long: runs in make release-check")
    for item in items:
        if "long" in item.keywords:
            item.add_marker(skip)
