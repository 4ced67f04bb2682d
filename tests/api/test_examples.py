"""The examples of the API's document are what really happens."""

from __future__ import annotations

import json
import os
import re
from typing import Any

import pytest
from pytest_django import Settings
from rest_framework.test import APIClient

from signalhub.api_document import EXAMPLES, without_mount
from tests.api.document import Document, api_document
from tests.api.parts import NOBODY, SERVICE, Scenario
from tests.api.scenarios import SCENARIOS
from tests.api.world import World, make_world
from tests.execution.queue_worker import working
from tests.problems import as_user

WRITE = bool(os.environ.get("WRITE_EXAMPLES"))
# What differs from run to run, with how the document shows it.
VOLATILE = [
    (
        re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
        "0198c5e0-7a51-7cc2-8a3b-5b0c4a3e2f10",
    ),
    (
        re.compile(r"\b[0-9a-f]{64}\b"),
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    ),
    (re.compile(r"\b202[6-9]-\d\d-\d\dT[0-9:.]+(Z|\+00:00)"), "2026-01-05T12:00:00Z"),
    (re.compile(r"\b202[6-9]-\d\d-\d\d\b(?!T)"), "2026-01-05"),
    (re.compile(r"cursor=[^&\"]+"), "cursor=WzAsIjAxOThjNWUwIl0:1vXyZ:signature"),
    (re.compile(r"(?<=_)[0-9a-f]{32}\b"), "0198c5e07a517cc28a3b5b0c4a3e2f11"),
    (re.compile(r"exec_personal_\d+_"), "exec_personal_3_"),
    (re.compile(r"personal:\d+:"), "personal:3:"),
]
VOLATILE_NUMBERS = {"owner_id", "user_id"}
INTERNAL_KEY = "key-of-the-test"
SECRETS = {"password", "access", "refresh", "token", "key", "secret"}
MEASURED = {
    "execution_token",
    "presigned_url",
    "usage",
    "connection_token",
    "message_id",
    "epoch",
    *SECRETS,
}


@pytest.fixture
def document(db: None) -> Document:
    return api_document()


@pytest.mark.sandbox
@pytest.mark.django_db(transaction=True)
def test_every_example_is_what_the_platform_answers(settings: Settings) -> None:
    settings.INTERNAL_API_KEY = INTERNAL_KEY
    settings.PLATFORM_HOUSE = "alpha-desk"  # olga's: she brings prices in
    world, document = make_world(), api_document()
    played, objections = {}, []
    for scenario in SCENARIOS:
        sent = scenario.body(world) if scenario.body else None
        reply = play(scenario, world, sent)
        body = reply.json() if reply.content else None
        method, path = scenario.operation.split(" ")
        if reply.status_code != scenario.status:
            objections.append(f"{scenario.operation}: {reply.status_code} {body}")
        for mount in ("", "/api/v2"):
            if mount + path in document.paths:
                objections += document.objections(method, mount + path, reply)
        played[scenario.operation] = as_example(scenario, sent, body)
    assert not objections, "\n".join(objections)
    if WRITE:
        EXAMPLES.write_text(json.dumps(played, indent=1, ensure_ascii=False) + "\n")

    assert json.loads(EXAMPLES.read_text()) == played, "WRITE_EXAMPLES=1 writes them anew."


def test_every_operation_has_an_example_that_is_played(document: Document) -> None:
    played = {scenario.operation for scenario in SCENARIOS}

    missing = sorted(
        f"{method} {path}"
        for method, path, _ in document.operations()
        if f"{method} {without_mount(path)}" not in played and not PLAYED_ELSEWHERE.match(path)
    )

    assert missing == []


#: Their own tests play them: no views of the API, a file, numbers that are measured at the moment,
#: and one that needs another platform.
PLAYED_ELSEWHERE = re.compile(
    r"^(/health.*|/api/v[12]/signals|/api/v1/signals/from/.*|/api/v2/remote-products.*"
    r"|/api/v2/market/uploads|/api/v2/admin/scaling)$"
)


def play(scenario: Scenario, world: World, body: Any) -> Any:
    """Send the request of a scenario."""
    method, template = scenario.operation.split(" ")
    path = template.format(**scenario.path(world))
    client = client_of(scenario.who, world)
    query = "&".join(f"{name}={value}" for name, value in scenario.query.items())
    address = f"{path}?{query}" if query else path
    send = getattr(client, method.lower())
    if not scenario.needs_worker:
        return send(address, body, format="json") if body is not None else send(address)
    with working():
        return send(address, body, format="json")


def client_of(who: str, world: World) -> APIClient:
    """Return a client that is signed in, or that knows the key of other services."""
    if who == NOBODY:
        return APIClient()
    if who != SERVICE:
        return as_user(world.people[who])
    client = APIClient()
    client.credentials(HTTP_X_INTERNAL_API_KEY=INTERNAL_KEY)
    return client


def as_example(scenario: Scenario, sent: Any, body: Any) -> dict[str, Any]:
    """Return what the document shows of a scenario."""
    example: dict[str, Any] = {"status": scenario.status}
    if scenario.query:
        example["query"] = scenario.query
    if sent is not None:
        example["request"] = still(sent)
    if body is not None:
        example["response"] = still(body)
    return example


def still(value: Any, name: str = "") -> Any:
    """Return a value with what differs from run to run made the same."""
    if name in MEASURED:
        return MADE_UP[name]
    if name in VOLATILE_NUMBERS:
        return value if value is None else type(value)(3)
    if name == "id" and type(value) is int:
        return 1
    if isinstance(value, dict):
        return {key: still(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [still(item) for item in value]
    if isinstance(value, str):
        for pattern, shown in VOLATILE:
            value = pattern.sub(shown, value)
    return value


MADE_UP: dict[str, Any] = {
    "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=",
    "message_id": "msg_0198c5e07a517cc28a3b5b0c4a3e2f11_1f3c7a90b2d4_42",
    "epoch": "f3048bfc89a0",
    "execution_token": "8Qm2vXr5tYw1Zk7sLd3hPf9gAe6uTiVoEyQxUb4nJcM",
    "presigned_url": "https://s3.example/signalhub/scripts/2/script.py?X-Amz-Expires=60",
    "usage": {"cpu_ms": 9, "duration_ms": 31, "memory_mb": 4, "calls": 1},
    "password": "a long enough passphrase",
    "access": "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJhdWQiOiJzaWduYWxodWItYXBpIn0.c2lnbmF0dXJl",
    "refresh": "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ0eXAiOiJyZWZyZXNoIn0.c2lnbmF0dXJl",
    "token": "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJhdWQiOiJzaWduYWxodWItYXBpIn0.c2lnbmF0dXJl",
    "key": "shk_Zk8sLd3hPf9gAe5uTiVoEyQxUrX2v7bJm0nq4tYc6w1",
    "connection_token": "rX2v7bJm0nq4tYc6w1Zk8sLd3hPf9gAe5uTiVoEyQxU",
}
