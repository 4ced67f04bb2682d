"""The API's document against the API that runs: schemathesis sends what fits it, and what does not.

``SCHEMATHESIS_EXAMPLES`` and ``SCHEMATHESIS_SEED`` in the environment try more, or something else.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from accounts.services.api_keys import issue_api_key
from common.clock import utc_now
from tests.api.document import api_document
from tests.api.world import make_world

EXAMPLES = os.environ.get("SCHEMATHESIS_EXAMPLES", "3")
SEED = os.environ.get("SCHEMATHESIS_SEED", "20260105")
# Each operation is there twice, by one view: at the root, and under /api/v2/.
SECOND_MOUNT = "^/api/v2/(scripts|subscriptions|signals/[^/]+/custom)"


@pytest.mark.django_db(transaction=True)
def test_the_document_is_true_of_whatever_is_sent(
    live_server: LiveServer, settings: Settings, tmp_path: Path
) -> None:
    settings.EXECUTION_REPLY_SECONDS = 0.01
    settings.HMAC_PRODUCER_ENABLED = True  # otherwise the headers of signals are ignored
    world = make_world()
    _, token = issue_api_key(
        world.people["ada"], name="schemathesis", acting_user=world.people["ada"], now=utc_now()
    )

    document = tmp_path / "openapi.json"  # to make it may take longer than the tool waits
    document.write_text(json.dumps(api_document().content))

    run = subprocess.run(
        [
            Path(sys.executable).with_name("schemathesis"),
            "--config-file",
            Path(__file__).with_name("schemathesis.toml"),
            "run",
            str(document),
            *("--url", live_server.url),
            *("--header", f"Authorization: Bearer {token}"),
            *("--exclude-path-regex", SECOND_MOUNT),
            *("--max-examples", EXAMPLES),
            *("--seed", SEED),
            *("--generation-database", "none"),
            *("--request-timeout", "30"),
            "--continue-on-failure",
            "--no-shrink",
            "--no-color",
        ],
        cwd=tmp_path,
        env={
            **os.environ,
            "SCHEMATHESIS_HOOKS": "tests.api.schemathesis_hooks",
            "PYTHONPATH": str(settings.BASE_DIR),
        },
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 0, run.stdout + run.stderr
