"""The examples of the API's document are what really happens."""

from __future__ import annotations

import json
import os
import re
from typing import Any

import pytest

from signalhub.api_document import EXAMPLES
from tests.api.document import Document, api_document
from tests.api.scenarios import SCENARIOS, Scenario
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
    (re.compile(r"cursor=[^&\"]+"), "cursor=WzAsIjAxOThjNWUwIl0:1vXyZ:signature"),
    (re.compile(r"exec_personal_\d+_"), "exec_personal_3_"),
    (re.compile(r"personal:\d+:"), "personal:3:"),
]
VOLATILE_NUMBERS = {"owner_id", "user_id"}
MEASURED = {"usage", "connection_token"}


@pytest.fixture
def document(db: None) -> Document:
    return api_document()


@pytest.mark.sandbox
@pytest.mark.django_db(transaction=True)
def test_every_example_is_what_the_platform_answers() -> None:
    world, document = make_world(), api_document()
    played = {}
    for scenario in SCENARIOS:
        reply = play(scenario, world)
        body = reply.json() if reply.content else None
        method, path = scenario.operation.split(" ")
        assert reply.status_code == scenario.status, (scenario.operation, body)
        assert document.objections(method, path, reply) == []
        if "/api/v2" + path in document.paths:
            assert document.objections(method, "/api/v2" + path, reply) == []
        played[scenario.operation] = as_example(scenario, world, body)
    if WRITE:
        EXAMPLES.write_text(json.dumps(played, indent=1, ensure_ascii=False) + "\n")

    assert json.loads(EXAMPLES.read_text()) == played, "WRITE_EXAMPLES=1 writes them anew."


def test_every_operation_has_an_example_that_is_played(document: Document) -> None:
    played = {scenario.operation for scenario in SCENARIOS}
    operations = {
        f"{method} {path.removeprefix('/api/v2') if path.startswith('/api/v2/s') else path}"
        for method, path, operation in document.operations()
    }

    missing = sorted(
        f"{method} {path}"
        for method, path, _ in document.operations()
        if not ({f"{method} {path}", f"{method} {path.removeprefix('/api/v2')}"} & played)
        and not path.startswith(PLAYED_ELSEWHERE)
    )

    assert operations
    assert missing == []


#: Not views of the API: their own tests hold them to the document.
PLAYED_ELSEWHERE = ("/health", "/api/v1/signals")


def play(scenario: Scenario, world: World) -> Any:
    """Send the request of a scenario."""
    method, template = scenario.operation.split(" ")
    path = template.format(**scenario.path(world))
    client = as_user(world.people[scenario.who])
    body = scenario.body(world) if scenario.body else None
    query = "&".join(f"{name}={value}" for name, value in scenario.query.items())
    address = f"{path}?{query}" if query else path
    send = getattr(client, method.lower())
    if not scenario.needs_worker:
        return send(address, body, format="json") if body is not None else send(address)
    with working():
        return send(address, body, format="json")


def as_example(scenario: Scenario, world: World, body: Any) -> dict[str, Any]:
    """Return what the document shows of a scenario."""
    example: dict[str, Any] = {"status": scenario.status}
    if scenario.query:
        example["query"] = scenario.query
    if scenario.body:
        example["request"] = still(scenario.body(world))
    if body is not None:
        example["response"] = still(body)
    return example


def still(value: Any, name: str = "") -> Any:
    """Return a value with what differs from run to run made the same."""
    if name in MEASURED:
        return MADE_UP[name]
    if name in VOLATILE_NUMBERS:
        return value if value is None else 3
    if isinstance(value, dict):
        return {key: still(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [still(item) for item in value]
    if isinstance(value, str):
        for pattern, shown in VOLATILE:
            value = pattern.sub(shown, value)
    return value


MADE_UP: dict[str, Any] = {
    "usage": {"cpu_ms": 9, "duration_ms": 31, "memory_mb": 4, "calls": 1},
    "connection_token": "rX2v7bJm0nq4tYc6w1Zk8sLd3hPf9gAe5uTiVoEyQxU",
}
