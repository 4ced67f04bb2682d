"""The API's document: whole, consistent, true to whatever is sent, and shown on a page."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pytest_django import DjangoDbBlocker, Settings

from accounts.api import views as auth
from accounts.models import AuditEvent
from registry.api import marketplace, products
from streams.api import deliveries, drm
from streams.api import views as stream_views
from tests.api.document import Document, api_document
from tests.api.generated import Maker
from tests.api.world import World, make_world
from tests.problems import as_user

ADDRESSES = ("/scripts", "/subscriptions", "/data/", "/signals/", "/api/v1/", "/api/v2/")
# Why a POST acts anew each time: nothing lasts of it, or its reply is a secret for one use.
ANEW = {
    auth.TokenView: "its reply is a pair of tokens, and is stored nowhere",
    auth.RefreshView: "its reply is a pair of tokens, and is stored nowhere",
    auth.RevokeView: "what has ended stays ended, however often it is said",
    auth.RevokeAllView: "what has ended stays ended, however often it is said",
    auth.KeysView: "its reply is a key, which is shown once and stored nowhere",
    products.TokensView: "its reply is a token for one use, and is stored nowhere",
    deliveries.DestinationsView: "its reply is a secret, and is stored nowhere; an address is one",
    deliveries.SecretView: "its reply is a secret, which is shown once and stored nowhere",
    stream_views.StreamTicketView: "its reply is a ticket for one socket, and is stored nowhere",
    marketplace.VerifyTokenView: "it only asks",
    marketplace.ValidateTokenView: "it only asks",
    marketplace.ScriptAccessView: "its reply is an address that is good for a minute",
    drm.WatermarkView: "it keeps nothing",
    drm.DetectLeakView: "another service asks, and has no account whose replies are kept",
}
# No worker takes what is asked for here, and there is no other marketplace: the caller is told so.
OUR_TROUBLE = {"no_worker_answered", "no_marketplace_configured"}


@pytest.fixture(scope="module")
def document(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Document:
    with django_db_blocker.unblock():
        return api_document()


def api_views() -> list[tuple[str, Any]]:
    """Return every view of the API with its address."""
    found = []
    for path, pattern in _patterns(get_resolver().url_patterns, "/"):
        view = getattr(pattern.callback, "cls", None)
        if view is not None and path.startswith(ADDRESSES):
            found.append((path, view))
    return found


def _patterns(patterns: list[Any], prefix: str) -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _patterns(pattern.url_patterns, path)
        else:
            yield path, pattern


def test_it_names_its_version_its_server_and_how_to_sign_in(document: Document) -> None:
    content = document.content

    assert content["openapi"] == "3.1.1"
    assert content["info"]["title"] == "SignalHub API"
    assert re.fullmatch(r"\d+\.\d+\.\d+", content["info"]["version"])
    assert content["servers"] == [{"url": "/", "description": "This installation"}]
    assert content["components"]["securitySchemes"].keys() == {
        "accessToken",
        "apiKey",
        "collectorToken",
        "cookieAuth",
        "gateway",
        "internalKey",
    }


def test_every_operation_has_its_own_id_a_summary_a_group_and_errors(document: Document) -> None:
    ids = Counter(operation["operationId"] for _, _, operation in document.operations())

    assert [name for name, count in ids.items() if count > 1] == []
    for method, path, operation in document.operations():
        assert operation["summary"].endswith("."), path
        assert operation["tags"] != ["Other"], path
        assert any(status >= "400" for status in operation["responses"]) or path == "/health/live"
        if "security" in operation and {"apiKey": []} in operation["security"]:
            assert "401" in operation["responses"], (method, path)


@pytest.mark.parametrize(
    "path", ["/scripts", "/scripts/{script_id}", "/scripts/{script_id}/publish"]
)
def test_both_mounts_say_the_same(path: str, document: Document) -> None:
    root, second = document.paths[path], document.paths[f"/api/v2{path}"]

    def said(operations: Any) -> str:
        return re.sub(r'"operationId": "[^"]*"', "", json.dumps(operations, sort_keys=True))

    assert said(root) == said(second)


@pytest.mark.parametrize("mount", ["", "/api/v2"])
@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/scripts", {"get", "post"}),
        ("/scripts/{script_id}", {"get", "patch"}),
        ("/scripts/{script_id}/publish", {"post"}),
        ("/scripts/{script_id}/versions", {"get"}),
        ("/scripts/{script_id}/execute", {"post"}),
        ("/scripts/{script_id}/subscribe", {"post"}),
    ],
)
def test_the_contracts_addresses_are_there(
    path: str, methods: set[str], mount: str, document: Document
) -> None:
    assert document.paths[mount + path].keys() == methods


def test_every_schema_and_every_example_in_it_is_valid(document: Document) -> None:
    for schema in document.content["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    for method, path, operation in document.operations():
        bodies = [*operation["responses"].values(), operation.get("requestBody", {})]
        for body in bodies:
            for content in body.get("content", {}).values():
                if "example" in content:
                    errors = document.errors(content["example"], content["schema"])
                    assert errors == [], (method, path)


def test_every_view_of_the_api_is_in_it(document: Document) -> None:
    addresses = {re.sub(r"<\w+:(\w+)>", r"{\1}", path) for path, _ in api_views()}

    assert len(addresses) > 30
    assert addresses - document.paths.keys() == set()


def test_every_post_acts_once_or_has_a_reason(document: Document) -> None:
    twice = [
        path
        for path, view in api_views()
        if hasattr(view, "post")
        and view not in ANEW
        and not getattr(view.post, "idempotent", False)
    ]

    assert twice == []


def test_every_list_is_paged(document: Document) -> None:
    for _, path, operation in document.operations():
        content = operation["responses"].get("200", {}).get("content", {})
        schema = content.get("application/json", {}).get("schema", {})
        assert schema.get("type") != "array", path


@pytest.fixture
def world(transactional_db: None, settings: Settings) -> World:
    settings.EXECUTION_REPLY_SECONDS = 0.01
    return make_world()


@pytest.mark.django_db(transaction=True)
def test_whatever_is_sent_the_answer_is_in_the_document(document: Document, world: World) -> None:
    known = {
        "script_id": [str(script.pk) for script in world.scripts.values()],
        "personal_signal_id": [str(world.scripts["published"].pk)],
        "product_id": [str(product.pk) for product in world.products.values()],
        "subscription_id": [str(world.subscription.pk), str(world.product_subscription.pk)],
        "execution_id": [world.execution_id],
        "whose": [world.entitlement_id, str(world.people["sam"].pk)],
        "instrument": ["AAPL"],
        "instrument_key": ["AAPL"],
        "timeframe": ["1d", "1h"],
        "version": ["1.0.0", "2.0.0"],
        "user": ["sam", "pia"],
        "source": ["emit_signal({'value': 1})\n"],
        "reviewed_sha256": [world.submitted.source_sha256],
        "reviewed_manifest_sha256": [world.submitted.manifest_sha256],
    }
    maker = Maker(document.content["components"]["schemas"], known)
    objections: list[str] = []
    for method, path, operation in document.operations():
        if path.startswith("/health") or path in ("/api/v1/signals", "/api/v2/signals"):
            continue
        _attack(maker, method, path, operation, document, world, objections)

    assert not objections, "\n".join(sorted(set(objections)))
    assert AuditEvent.objects.exists()


def _attack(
    maker: Maker,
    method: str,
    path: str,
    operation: dict[str, Any],
    document: Document,
    world: World,
    objections: list[str],
) -> None:
    parameters = {
        (given["in"], given["name"]): maker.value(given["schema"], given["name"])
        for given in operation.get("parameters", ())
    }
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    body = maker.value(content["schema"]) if content else st.none()

    @settings(
        max_examples=8,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(
        who=st.sampled_from(["ada", "rita", "sam", "olga", "mallory"]),
        given=st.fixed_dictionaries({}, optional=parameters),
        parts=st.fixed_dictionaries(
            {key: value for key, value in parameters.items() if key[0] == "path"}
        ),
        body=body,
    )
    def send(who: str, given: dict[Any, Any], parts: dict[Any, Any], body: Any) -> None:
        reply = _send(world, who, method, path, {**given, **parts}, body)
        if reply is None:
            return
        if reply.status_code >= 500 and reply.json().get("code") not in OUR_TROUBLE:
            objections.append(f"{method} {path}: {reply.status_code} {reply.content[:200]!r}")
        if reply.status_code != 404 or reply.json()["code"] != "no_such_address":
            objections.extend(document.objections(method, path, reply))

    send()


def _send(world: World, who: str, method: str, path: str, given: dict[Any, Any], body: Any) -> Any:
    address = path
    for (where, name), value in given.items():
        if where == "path":
            address = address.replace(f"{{{name}}}", quote(_text(value), safe="") or "-")
    query = "&".join(
        f"{quote(name)}={quote(_text(value))}"
        for (where, name), value in given.items()
        if where == "query"
    )
    headers = {
        name: text
        for (where, name), value in given.items()
        if where == "header" and (text := _text(value)).isprintable() and text.isascii()
    }
    client: Any = as_user(world.people[who])
    client.raise_request_exception = False
    sent = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
    return getattr(client, method.lower())(
        f"{address}?{query}" if query else address, headers=headers, **sent
    )


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "1e999" if isinstance(value, float) and math.isinf(value) else json.dumps(value)


@pytest.mark.django_db
def test_the_page_of_the_document_loads_nothing_from_elsewhere() -> None:
    page = Client().get("/api/docs").content.decode()

    assert re.findall(r'(?:src|href)="(?:https?:)?//(?!www\.tradingview)', page) == []
    assert 'data-document="/api/schema"' in page
