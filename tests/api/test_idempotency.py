"""A request that is sent twice acts once, whatever became of its first reply."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from pytest_django import Settings

from accounts.models import AuditEvent, KeptReply, Membership, Role, User
from common.errors import Unavailable
from registry.models import Entitlement, Script, ScriptVersion
from registry.services import drafts
from tests.factories import SOURCE, as_read, record_evidence
from tests.problems import as_user, assert_problem, post

NEW = {"name": "RSI", "source": SOURCE}
KEY = {"Idempotency-Key": "0190-a"}


@pytest.mark.parametrize("prefix", ["", "/api/v2"])
def test_a_creation_sent_twice_makes_one_script(prefix: str, ada: User) -> None:
    first, again = (post(ada, f"{prefix}/scripts", NEW, **KEY) for _ in range(2))

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again["Location"] == first["Location"]
    assert again["ETag"] == first["ETag"]
    assert "Idempotency-Replayed" not in first
    assert again["Idempotency-Replayed"] == "true"
    assert Script.objects.count() == 1
    assert AuditEvent.objects.filter(event="draft_created").count() == 1


def test_every_step_sent_twice_is_taken_once(draft: ScriptVersion, ada: User, rita: User) -> None:
    path = f"/scripts/{draft.script_id}"
    approval = as_read(draft)
    record_evidence(draft)

    def twice(user: User, step: str, body: dict[str, Any]) -> list[int]:
        return [
            post(user, f"{path}/{step}", body, **{"Idempotency-Key": step}).status_code
            for _ in range(2)
        ]

    assert twice(ada, "submit", {}) == [200, 200]
    assert twice(rita, "approve", approval) == [200, 200]
    assert twice(ada, "publish", {}) == [200, 200]
    assert twice(ada, "entitlements", {"user": "rita"}) == [201, 201]
    assert Entitlement.objects.count() == 1
    assert post(ada, f"{path}/publish").status_code == 409


@pytest.mark.parametrize(
    "other",
    [
        {"body": {**NEW, "name": "MACD"}},
        {"path": "/api/v2/scripts"},
        {"path": "/scripts?breaking_changes=true"},
        {"headers": {"If-Match": "*"}},
    ],
)
def test_the_key_of_another_request_is_refused(other: dict[str, Any], ada: User) -> None:
    post(ada, "/scripts", NEW, **KEY)

    reply = post(
        ada,
        other.get("path", "/scripts"),
        other.get("body", NEW),
        **{**KEY, **other.get("headers", {})},
    )

    assert_problem(reply, 422, "idempotency_key_reused", "Idempotency-Key")
    assert Script.objects.count() == 1


def test_a_key_is_its_users_own(ada: User, mallory: User) -> None:
    mine, theirs = (post(user, "/scripts", NEW, **KEY) for user in (ada, mallory))

    assert mine.json()["id"] != theirs.json()["id"]


@pytest.mark.parametrize("key", ["", "k" * 81, "two words", "ключ"])
def test_a_key_that_cannot_be_one_is_named(key: str, ada: User) -> None:
    reply = post(ada, "/scripts", NEW, **{"Idempotency-Key": key})

    assert_problem(reply, 422, "invalid_idempotency_key", "Idempotency-Key")
    assert not Script.objects.exists()


def test_a_refusal_is_repeated_too(draft: ScriptVersion, ada: User) -> None:
    taken = {"name": "RSI", "source": SOURCE}
    first = post(ada, "/scripts", taken, **KEY)
    Script.objects.filter(pk=draft.script_id).update(name="Renamed")

    again = post(ada, "/scripts", taken, **KEY)

    assert_problem(first, 409, "name_taken")
    assert_problem(again, 409, "name_taken")
    assert again.json() == first.json()


def test_who_was_not_let_in_may_ask_again_with_the_same_key(sam: User) -> None:
    refused = post(sam, "/scripts", NEW, **KEY)
    Membership.objects.create(tenant=sam.memberships.get().tenant, user=sam, role=Role.AUTHOR)

    let_in = post(sam, "/scripts", NEW, **KEY)

    assert_problem(refused, 403, "role_required")
    assert let_in.status_code == 201


def test_our_own_failure_leaves_nothing_and_the_next_try_succeeds(
    ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = drafts.create_draft
    faults = [Unavailable(), RuntimeError("bug")]

    def create_and_fail(**fields: Any) -> ScriptVersion:
        draft = create(**fields)
        if faults:
            raise faults.pop()
        return draft

    monkeypatch.setattr(drafts, "create_draft", create_and_fail)
    client = as_user(ada)
    client.raise_request_exception = False

    statuses = []
    for _ in range(3):
        reply = client.post("/scripts", NEW, format="json", headers=KEY)
        statuses.append((reply.status_code, Script.objects.count(), KeptReply.objects.count()))

    assert statuses == [(500, 0, 0), (503, 0, 0), (201, 1, 1)]


def test_a_reply_is_kept_for_a_day(ada: User, settings: Settings) -> None:
    post(ada, "/scripts", NEW, **KEY)
    post(ada, "/scripts", {**NEW, "name": "Other"}, **{"Idempotency-Key": "older"})
    KeptReply.objects.update(created_at=F("created_at") - timedelta(hours=24, seconds=1))

    later = post(ada, "/scripts", {**NEW, "name": "MACD"}, **KEY)

    assert later.status_code == 201
    # What expired is gone with the first request that comes after, whosever it was.
    assert [kept.key for kept in KeptReply.objects.all()] == [KEY["Idempotency-Key"]]


def test_a_form_with_a_key_is_refused_as_without(ada: User) -> None:
    client = as_user(ada)

    reply = client.post("/scripts", {"name": "x"}, format="multipart", headers=KEY)

    assert_problem(reply, 415, "unsupported_media_type")
    assert not Script.objects.exists()


def send_at_once(ada: User, count: int) -> list[Any]:
    replies: list[Any] = []

    def send() -> None:
        try:
            replies.append(post(ada, "/scripts", NEW, **KEY))
        finally:
            connection.close()

    senders = [threading.Thread(target=send) for _ in range(count)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    return replies


@pytest.mark.django_db(transaction=True)
def test_of_ten_at_once_one_acts_and_all_get_its_answer(ada: User) -> None:
    replies = send_at_once(ada, 10)

    assert {reply.status_code for reply in replies} == {201}
    assert len({reply.json()["id"] for reply in replies}) == 1
    assert Script.objects.count() == 1
    assert sum("Idempotency-Replayed" not in reply for reply in replies) == 1


@pytest.mark.django_db(transaction=True)
def test_who_would_wait_too_long_is_told_when_to_ask_again(
    ada: User, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.IDEMPOTENCY_WAIT_SECONDS = 0.1
    create, second_was_refused = drafts.create_draft, threading.Event()

    def create_slowly(**fields: Any) -> ScriptVersion:
        second_was_refused.wait(timeout=10)
        return create(**fields)

    monkeypatch.setattr(drafts, "create_draft", create_slowly)
    replies: list[Any] = []

    def send() -> None:
        try:
            replies.append(post(ada, "/scripts", NEW, **KEY))
        finally:
            second_was_refused.set()
            connection.close()

    senders = [threading.Thread(target=send) for _ in range(2)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()

    refused, made = sorted(replies, key=lambda reply: -reply.status_code)
    assert_problem(refused, 409, "idempotency_key_in_use", "Idempotency-Key")
    assert refused["Retry-After"] == "1"
    assert made.status_code == 201
    assert Script.objects.count() == 1
