"""What the flows share: people, prices and three scripts, as the demo has them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django_q.brokers import get_broker

from tests.flows.processes import Platform


@dataclass(frozen=True)
class Demo:
    """What ``seed_demo`` says it made."""

    report: dict[str, Any]

    def token(self, part: str) -> str:
        return str(self.report["users"][part]["token"])

    def headers(self, part: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token(part)}"}

    def script(self, name: str) -> dict[str, Any]:
        scripts: list[dict[str, Any]] = self.report["scripts"]
        return next(script for script in scripts if script["name"] == name)

    def stream_key(self, name: str, instrument_key: str) -> str:
        keys: list[str] = self.script(name)["stream_keys"]
        return next(key for key in keys if f":{instrument_key}:" in key)


@pytest.fixture
def demo(transactional_db: None) -> Iterator[Demo]:
    """Seed the demo into the test's database."""
    get_broker().purge_queue()
    printed = StringIO()
    call_command("seed_demo", json=True, stdout=printed)
    yield Demo(json.loads(printed.getvalue()))
    get_broker().purge_queue()


@pytest.fixture
def platform(demo: Demo, tmp_path: Path) -> Iterator[Platform]:
    """Run nothing yet; whatever a test starts is ended before its database is emptied."""
    started = Platform(tmp_path)
    yield started
    started.stop()
