"""Requests as a sender pastes them to be examined."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from accounts.models import User
from ingest.api.inspection import inspect_content, inspect_size
from ingest.pasted_requests import PastedRequest
from ingest.services.doctor import examine_request
from ingest.signature_doctor import Diagnosis, Verdict
from tests.factories import NOON
from tests.ingest.builders import encode, signal_body, signed_headers
from tests.ingest.conftest import Registered

LONG_AGO = NOON - timedelta(days=1)
RAW = encode(signal_body())
DOCTOR = "admin:ingest_producer_doctor"


def pasted(headers: dict[str, str], body: bytes | None = RAW) -> PastedRequest:
    given = {"Content-Type": "application/json", **headers}
    return PastedRequest(target="/api/v1/signals", headers=list(given.items()), body=body)


def examined(
    request: PastedRequest, olga: User, *, now: datetime = NOON, **given: Any
) -> Diagnosis:
    asked: dict[str, Any] = {"producer": None, "received_at": None, **given}
    return examine_request(
        request,
        **asked,
        inspect=inspect_content,
        inspect_size=inspect_size,
        acting_user=olga,
        now=now,
    )


def headers_of(registered: Registered, raw: bytes = RAW, *, at: Any = NOON) -> dict[str, str]:
    return signed_headers(raw, producer_id="north", secret=registered.secret, at=at)


def codes(diagnosis: Diagnosis) -> list[str]:
    return [f.code for f in diagnosis.findings if f.verdict == Verdict.BROKEN]


def everything(diagnosis: Diagnosis) -> str:
    return repr(diagnosis)
