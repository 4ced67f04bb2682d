"""Searching for a leak: who may, what is found, and what is remembered of it."""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime, timedelta

import pytest
from django.test import Client
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.models import AuditEvent, Tenant, User
from registry.models import Product, ProductSubscription, Script
from streams.models import LeakSearch, Output, Stream
from streams.publishing import stream_for
from tests import factories
from tests.streams import marked

pytestmark = pytest.mark.django_db
DAYS = 120
FIND = "/admin/streams/leaksearch/add/"


@pytest.fixture
def script(ada: User, rita: User) -> Script:
    return marked.make_marked_script(ada, rita)


@pytest.fixture
def product(script: Script, now: datetime) -> Product:
    return marked.make_product(script, now=now)


@pytest.fixture
def stream(product: Product) -> Stream:
    stream = marked.stream_of(product)
    marked.publish_days(stream, range(1, DAYS + 1))
    return stream


@pytest.fixture
def sams(product: Product, sam: User, now: datetime) -> ProductSubscription:
    return marked.subscribe(product, sam, now=now)


@pytest.fixture
def everybody(
    product: Product, sams: ProductSubscription, other_tenant: Tenant, now: datetime
) -> list[ProductSubscription]:
    """Return the subscriptions of sam and of nine others."""
    others = [factories.make_user(f"reader{n}", tenant=other_tenant) for n in range(9)]
    return [sams, *(marked.subscribe(product, user, now=now) for user in others)]


def leaked_by(api: APIClient, user: User, script: Script, *, limit: int = DAYS) -> str:
    """Return what a user reads of a script as a CSV without a word about whose it is."""
    api.force_authenticate(user)
    query = {"instrument": "IBM", "limit": str(limit)}
    outputs = api.get(f"/data/scripts/{script.pk}/history", query).json()["outputs"]
    lines = [f"{output['value']},{output['timestamp']}" for output in outputs]
    return "\n".join(["close,time", *lines])


def address(product: Product) -> str:
    return f"/api/v2/products/{product.pk}/leak-searches"


def test_a_leaked_copy_is_traced_to_its_subscriber(
    api: APIClient,
    ada: User,
    sam: User,
    script: Script,
    product: Product,
    stream: Stream,
    everybody: list[ProductSubscription],
) -> None:
    leak = leaked_by(api, sam, script)
    api.force_authenticate(ada)

    reply = api.post(address(product), {"values": leak}, format="json")

    found = reply.json()
    assert (reply.status_code, found["verdict"]) == (201, "suspects")
    assert (found["rows"], found["matched"], found["marked"]) == (DAYS, DAYS, DAYS)
    assert (found["compared"], found["stream_key"]) == (10, stream.key)
    first, *others = found["suspects"]
    assert first["subscription_id"] == str(everybody[0].pk)
    assert (first["accused"], first["agreeing"]) == (True, DAYS)
    assert first["log10_adjusted"] < -30
    assert [other["accused"] for other in others] == [False] * 9
    assert max(other["agreeing"] for other in others) < DAYS * 0.75


def test_a_search_is_audited_and_the_values_are_forgotten(
    api: APIClient,
    ada: User,
    sam: User,
    script: Script,
    product: Product,
    stream: Stream,
    sams: ProductSubscription,
) -> None:
    leak = leaked_by(api, sam, script)
    api.force_authenticate(ada)

    found = api.post(address(product), {"values": leak}, format="json").json()

    event = AuditEvent.objects.get(event="leak_searched")
    assert (event.actor, event.object_id) == (ada, str(product.pk))
    assert event.after == {
        "search": found["search_id"],
        "verdict": "suspects",
        "rows": DAYS,
        "subscriptions": 1,
        "accused": [str(sams.pk)],
    }
    kept = f"{event.after} {LeakSearch.objects.values().get()}"
    assert str(marked.exact_value(5)) not in kept


def test_the_owners_exact_values_accuse_nobody(
    api: APIClient,
    ada: User,
    script: Script,
    product: Product,
    stream: Stream,
    everybody: list[ProductSubscription],
) -> None:
    own = stream_for(script, "IBM", "1d", {})
    marked.publish_days(own, range(1, DAYS + 1))
    leak = leaked_by(api, ada, script)

    found = api.post(address(product), {"values": leak}, format="json").json()

    assert found["verdict"] == "exact"
    assert found["suspects"] == []


def test_without_a_tolerance_there_is_nothing_to_compare(
    api: APIClient, ada: User, rita: User, now: datetime
) -> None:
    script = marked.make_marked_script(ada, rita, name="Untouched", manifest={})
    product = marked.make_product(script, now=now)
    marked.publish_days(marked.stream_of(product), range(1, 40))
    api.force_authenticate(ada)

    found = api.post(address(product), {"values": "1.5\n2.5"}, format="json").json()

    assert found["verdict"] == "unmarked"


def test_only_the_owner_and_operators_of_the_house_search(
    api: APIClient,
    product: Product,
    stream: Stream,
    sams: ProductSubscription,
    ada: User,
    rita: User,
    sam: User,
    olga: User,
    mallory: User,
) -> None:
    body = {"values": "2006-01-05,50.5"}
    statuses = {}
    for user in (ada, olga, rita, sam, mallory):
        api.force_authenticate(user)
        statuses[user.username] = api.post(address(product), body, format="json").status_code
    api.force_authenticate(mallory)
    foreign = api.post(address(product), body, format="json").json()
    unknown = api.post(
        "/api/v2/products/01920000-0000-7000-8000-000000000000/leak-searches", body, format="json"
    ).json()

    assert statuses == {"ada": 201, "olga": 201, "rita": 404, "sam": 404, "mallory": 404}
    assert (foreign["code"], foreign["detail"]) == (unknown["code"], unknown["detail"])


@pytest.mark.parametrize(
    ("values", "status", "code"),
    [
        ("", 422, "invalid_input"),
        ("no number in here", 422, "leak_not_readable"),
        ("\ud800", 422, "invalid_input"),
        ('"unclosed', 422, "leak_not_readable"),
        ("1\n" * 20_002, 422, "leak_not_readable"),
        (",".join("1" * 30), 422, "leak_not_readable"),
        ("9" * 2_100_000, 413, "leak_too_large"),
    ],
)
def test_what_cannot_be_searched_is_refused_in_words(
    api: APIClient, ada: User, product: Product, values: str, status: int, code: str
) -> None:
    api.force_authenticate(ada)

    body = json.dumps({"values": values})
    reply = api.post(address(product), body, content_type="application/json")

    assert (reply.status_code, reply.json()["code"]) == (status, code)


def test_the_page_finds_a_leak_in_an_uploaded_file_and_gives_the_ranking_as_csv(
    api: APIClient,
    browser: Client,
    ada: User,
    sam: User,
    script: Script,
    product: Product,
    stream: Stream,
    everybody: list[ProductSubscription],
) -> None:
    file = io.BytesIO(leaked_by(api, sam, script).encode("utf-8-sig"))
    file.name = "leak.csv"
    browser.force_login(ada)

    page = browser.post(FIND, {"product": str(product.pk), "file": file}, follow=True)
    text = page.content.decode()
    search = LeakSearch.objects.get()
    table = browser.get(f"/admin/streams/leaksearch/{search.pk}/csv/")

    assert page.status_code == 200
    assert "The copy of sam leaked" in text
    assert f"{DAYS} of {DAYS}" in text
    assert "reader3" in text
    rows = list(csv.DictReader(io.StringIO(table.content.decode())))
    assert [row["subscriber"] for row in rows][:1] == ["sam"]
    assert [row["verdict"] for row in rows] == ["accused"] + ["not accused"] * 9


def test_the_page_says_what_is_missing_and_keeps_what_was_pasted(
    browser: Client, ada: User, product: Product
) -> None:
    browser.force_login(ada)

    empty = browser.post(FIND, {"product": str(product.pk)}).content.decode()
    wrong = browser.post(FIND, {"product": str(product.pk), "pasted": "<b>none</b>"})

    assert "Paste the leaked values, or choose a file." in empty
    assert "Paste one row a line" in wrong.content.decode()
    assert "&lt;b&gt;none&lt;/b&gt;" in wrong.content.decode()


def test_pages_of_searches_are_for_their_house_alone(
    browser: Client, api: APIClient, ada: User, olga: User, mallory: User, product: Product
) -> None:
    api.force_authenticate(ada)
    found = api.post(address(product), {"values": "50.5"}, format="json").json()
    page = f"/admin/streams/leaksearch/{found['search_id']}/change/"
    statuses = {}
    for user in (ada, olga, mallory):
        browser.force_login(user)
        answers = [browser.get(page), browser.get(page.replace("change", "csv"))]
        statuses[user.username] = [answer.status_code for answer in answers]
    listed = browser.get("/admin/streams/leaksearch/").content.decode()
    offered = browser.get(FIND).content.decode()
    chosen = browser.post(FIND, {"product": str(product.pk), "pasted": "50.5"})

    assert statuses == {"ada": [200, 200], "olga": [200, 200], "mallory": [404, 404]}
    assert product.name not in listed
    assert "Nothing is offered yet" in offered
    assert LeakSearch.objects.count() == 1
    assert chosen.status_code == 200


def test_other_services_have_outputs_marked_as_subscribers_get_them(
    api: APIClient,
    sam: User,
    script: Script,
    stream: Stream,
    sams: ProductSubscription,
    settings: Settings,
) -> None:
    settings.INTERNAL_API_KEY = "known to services only"
    output = Output.objects.get(stream=stream, seq=7)
    body = {
        "signal_id": str(script.pk),
        "subscription_id": str(sams.pk),
        "payload": {
            "instrument": "IBM",
            "value": output.value,
            "timestamp": output.timestamp.isoformat(),
            "metadata": output.metadata,
        },
        "algorithm": "hmac_sha256",
    }
    webhook = "/api/v1/webhooks/drm/watermark"

    reply = api.post(
        webhook, body, format="json", headers={"X-Internal-API-Key": "known to services only"}
    )
    refused = api.post(webhook, body, format="json")

    api.force_authenticate(sam)
    query = {"instrument": "IBM", "limit": str(DAYS)}
    history = api.get(f"/data/scripts/{script.pk}/history", query).json()
    given = reply.json()["watermarked_payload"]
    assert refused.status_code == 403
    assert given.pop("instrument") == "IBM"
    assert given == history["outputs"][6]
    assert reply.json()["watermark_hash"] == given["metadata"]["_watermark"]["hash"]


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"subscription_id": "01920000-0000-7000-8000-000000000000"}, 404, "no_such_reader"),
        ({"signal_id": "01920000-0000-7000-8000-000000000000"}, 404, "no_such_reader"),
        ({"algorithm": "rot13"}, 422, "invalid_input"),
        ({"payload": {"value": 1.5}}, 422, "not_an_output"),
        ({"payload": {"timestamp": "0001-01-01T00:00:00+14:00"}}, 422, "not_an_output"),
        ({"payload": {"timestamp": "2026-01-05T00:00:00Z", "metadata": 5}}, 422, "not_an_output"),
        ({"payload": {"timestamp": "2026-01-05T00:00:00Z", "x": "\ud800"}}, 422, "not_an_output"),
        ({"payload": "text"}, 422, "invalid_input"),
    ],
)
def test_what_other_services_ask_wrongly_is_refused_in_words(
    api: APIClient,
    script: Script,
    sams: ProductSubscription,
    settings: Settings,
    change: dict[str, object],
    status: int,
    code: str,
) -> None:
    settings.INTERNAL_API_KEY = "known to services only"
    payload = {"value": 1.25, "timestamp": "2026-01-05T00:00:00Z"}
    body = {"signal_id": str(script.pk), "subscription_id": str(sams.pk), "payload": payload}

    reply = api.post(
        "/api/v1/webhooks/drm/watermark",
        json.dumps({**body, **change}),
        content_type="application/json",
        headers={"X-Internal-API-Key": "known to services only"},
    )

    assert (reply.status_code, reply.json()["code"]) == (status, code)


def test_other_services_search_for_leaks_in_the_platforms_name(
    api: APIClient,
    sam: User,
    script: Script,
    product: Product,
    stream: Stream,
    everybody: list[ProductSubscription],
    settings: Settings,
) -> None:
    settings.INTERNAL_API_KEY = "known to services only"
    body = {"product_id": str(product.pk), "values": leaked_by(api, sam, script)}
    api.force_authenticate(None)

    webhook = "/api/v1/webhooks/drm/detect-leak"
    refused = api.post(webhook, body, format="json")
    found = api.post(
        webhook, body, format="json", headers={"X-Internal-API-Key": "known to services only"}
    )

    assert refused.status_code == 403
    assert found.json()["suspects"][0]["subscription_id"] == str(everybody[0].pk)
    assert AuditEvent.objects.get(event="leak_searched").actor is None


def test_an_ended_subscription_is_still_recognised(
    api: APIClient,
    ada: User,
    sam: User,
    script: Script,
    product: Product,
    stream: Stream,
    sams: ProductSubscription,
    now: datetime,
) -> None:
    leak = leaked_by(api, sam, script)
    sams.cancelled_at, sams.cancelled_by = now + timedelta(minutes=1), ada
    sams.save()
    api.force_authenticate(ada)

    found = api.post(address(product), {"values": leak}, format="json").json()

    assert found["suspects"][0]["accused"] is True
