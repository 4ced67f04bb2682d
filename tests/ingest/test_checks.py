"""What production refuses to start with."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.conf import settings as django_settings
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from ingest.checks import EXAMPLE_SECRET, check_signatures
from signalhub.checks import refuse_to_start


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


def test_a_server_refuses_to_start_with_the_problem(settings: Settings) -> None:
    settings.PRODUCTION = True
    settings.HMAC_PRODUCER_ENABLED = False

    with pytest.raises(ImproperlyConfigured, match=r"ingest\.E001"):
        refuse_to_start()


def test_a_production_process_with_signatures_off_does_not_start() -> None:
    program = "import django; django.setup()"
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "signalhub.settings.base",
        "ENVIRONMENT": "production",
        "SECRET_KEY": "a key of production",
        "S3_ACCESS_KEY": "access",
        "S3_SECRET_KEY": "secret",
        "WATERMARK_SECRET": "a secret of production with 32 characters",
        "HMAC_PRODUCER_ENABLED": "false",
    }

    started = subprocess.run(
        [sys.executable, "-c", program],
        cwd=django_settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert started.returncode != 0
    assert "ingest.E001" in started.stderr
