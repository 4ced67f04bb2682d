"""Production does not start without the secret that marks are made with."""

from __future__ import annotations

import pytest
from django.core.checks import ERROR
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from signalhub.checks import refuse_to_start
from streams import checks

GOOD = "a secret of thirty-two characters or more"


@pytest.mark.parametrize(
    ("production", "enabled", "policy", "secret", "ids"),
    [
        (True, True, "auto-enforce", GOOD, []),
        (True, True, "audit-only", GOOD, []),
        (True, True, "auto-enforce", "", ["streams.E002"]),
        (True, True, "auto-enforce", "x" * 31, ["streams.E002"]),
        (True, True, "sometimes", GOOD, ["streams.E001"]),
        (False, True, "sometimes", "", ["streams.E001"]),
        (True, False, "auto-enforce", "", ["streams.W001"]),
        (False, False, "auto-enforce", "", []),
        (False, True, "auto-enforce", "", []),
    ],
)
def test_what_cannot_mark_is_told(
    settings: Settings, production: bool, enabled: bool, policy: str, secret: str, ids: list[str]
) -> None:
    settings.PRODUCTION = production
    settings.WATERMARK_ENFORCEMENT_ENABLED = enabled
    settings.WATERMARK_ENFORCEMENT_POLICY = policy
    settings.WATERMARK_SECRET = secret

    assert [problem.id for problem in checks.check_watermark()] == ids


def test_only_an_error_keeps_a_server_from_starting(settings: Settings) -> None:
    settings.PRODUCTION = True
    settings.WATERMARK_SECRET = ""

    with pytest.raises(ImproperlyConfigured, match=r"streams\.E002"):
        refuse_to_start()
    settings.WATERMARK_ENFORCEMENT_ENABLED = False
    assert all(problem.level < ERROR for problem in checks.check_watermark())
