"""The operations page as tests read it."""

from __future__ import annotations

from datetime import datetime

from django.test import Client

from execution.models import (
    Execution,
    ExecutionStatus,
)
from registry.models import ScriptVersion

PAGE = "/operations/"


def fail(version: ScriptVersion, at: datetime, *, line: int, times: int = 1) -> None:
    """Let runs of a version have failed in a line."""
    for number in range(times):
        Execution.objects.create(
            kind="onetime",
            version=version,
            user=version.script.owner,
            instrument_key="IBM",
            timeframe="1d",
            params_sha256="0" * 64,
            as_of=at,
            created_at=at,
            status=ExecutionStatus.FAILED,
            outcome="error",
            error={"code": "script_raised", "line": line, "message": f"ZeroDivisionError {number}"},
            finished_at=at,
        )


def shown(client: Client) -> str:
    return client.get("/operations/sections").content.decode()


def part(page: str, key: str) -> str:
    """Return one section of the page."""
    return page.split(f'id="{key}"')[1].split("</section>")[0]
