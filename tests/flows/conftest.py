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
from tests.snapshots import Snapshot


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


class Seeds:
    """The demo: seeded once, with its evidence, and from then on put back as it was."""

    def __init__(self) -> None:
        self._seeded: tuple[Snapshot, str] | None = None

    def sow(self) -> Demo:
        """Fill the empty tables."""
        if self._seeded is None:
            printed = StringIO()
            call_command("seed_demo", json=True, stdout=printed)
            self._seeded = Snapshot(), printed.getvalue()
        else:
            self._seeded[0].restore()
        return Demo(json.loads(self._seeded[1]))


@pytest.fixture(scope="session")
def seeds() -> Seeds:
    """Return what the flows begin with; its objects stay in the bucket of the tests."""
    return Seeds()


@pytest.fixture
def demo(transactional_db: None, seeds: Seeds) -> Iterator[Demo]:
    """Have the demo in the test's database."""
    get_broker().purge_queue()
    yield seeds.sow()
    get_broker().purge_queue()


@pytest.fixture
def platform(demo: Demo, tmp_path: Path) -> Iterator[Platform]:
    """Run nothing yet; whatever a test starts is ended before its database is emptied."""
    started = Platform(tmp_path)
    yield started
    started.stop()
