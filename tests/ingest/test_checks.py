"""What production refuses to start with."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from ingest.checks import EXAMPLE_SECRET, check_signatures


@pytest.mark.parametrize(
    ("production", "enabled", "secret", "ids"),
    [
        (False, False, EXAMPLE_SECRET, []),
        (True, True, "", []),
        (True, True, "a random secret", []),
        (True, False, "", ["ingest.E001"]),
        (True, True, EXAMPLE_SECRET, ["ingest.E002"]),
    ],
)
def test_production_takes_signals_only_with_signatures(
    settings: Settings, production: bool, enabled: bool, secret: str, ids: list[str]
) -> None:
    settings.PRODUCTION = production
    settings.HMAC_PRODUCER_ENABLED = enabled
    settings.HMAC_PRODUCER_SECRET = secret

    assert [problem.id for problem in check_signatures()] == ids
