"""Granting and revoking."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import redis
from pytest_django import Settings

from accounts.models import AuditEvent, User
from registry import access
from registry.announcements import REVOCATIONS_CHANNEL
from registry.models import Entitlement, Script
from registry.services import entitlements, grantees
from registry.services.dependencies import dependencies_out_of_reach
from tests.factories import NOON, make_entitlement, make_published_version, make_user


@pytest.mark.parametrize("name", ["ada", "olga"])
def test_owner_and_operator_grant(
    name: str, request: pytest.FixtureRequest, sam: User, script: Script
) -> None:
    granting = request.getfixturevalue(name)

    entitlements.grant(script, sam, reason="Trial.", acting_user=granting, now=NOON)

    assert access.may_access(sam, script, at=NOON)
    event = AuditEvent.objects.get(event="entitlement_granted")
    assert (event.actor, event.reason, event.after["user"]) == (granting, "Trial.", "sam")


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("sam", entitlements.MayNotGrant),
        ("rita", entitlements.MayNotGrant),
        ("mallory", access.NoSuchScript),
    ],
)
def test_nobody_else_grants_or_revokes(
    name: str, error: type[Exception], request: pytest.FixtureRequest, sam: User, script: Script
) -> None:
    user = request.getfixturevalue(name)

    with pytest.raises(error):
        entitlements.grant(script, sam, acting_user=user, now=NOON)
    with pytest.raises(error):
        entitlements.revoke(script, sam, acting_user=user, now=NOON)

    assert not Entitlement.objects.exists()


def test_a_stranger_cannot_be_entitled(ada: User, mallory: User, script: Script) -> None:
    with pytest.raises(grantees.NoSuchMember):
        entitlements.grant(script, mallory, acting_user=ada, now=NOON)


@pytest.mark.parametrize("name", ["mallory", "nobody", "sam\x00", "\ud800", "", 10**30, -1])
def test_strangers_and_unknown_users_look_the_same(
    name: str | int, mallory: User, script: Script
) -> None:
    with pytest.raises(grantees.NoSuchMember) as refused:
        grantees.find_member(script, name)

    assert refused.value.details == {"field": "user"}


def test_a_right_is_given_once(ada: User, sam: User, script: Script) -> None:
    make_entitlement(script, sam)

    with pytest.raises(entitlements.AlreadyEntitled):
        make_entitlement(script, sam)
    with pytest.raises(entitlements.AlreadyEntitled):
        make_entitlement(script, ada)


def test_a_right_that_has_ended_can_be_given_again(sam: User, script: Script) -> None:
    make_entitlement(script, sam, ends_at=NOON + timedelta(hours=1))
    tomorrow = NOON + timedelta(days=1)

    make_entitlement(script, sam, now=tomorrow)

    assert access.may_access(sam, script, at=tomorrow)


@pytest.mark.parametrize("ends_at", [NOON, NOON - timedelta(days=1)])
def test_a_right_does_not_end_before_it_starts(sam: User, script: Script, ends_at: Any) -> None:
    with pytest.raises(entitlements.EndsBeforeItStarts):
        make_entitlement(script, sam, ends_at=ends_at)


def test_what_the_user_needs_besides_is_reported_and_does_not_stop_the_grant(
    ada: User, rita: User, sam: User, tenant: Any
) -> None:
    alan = make_user("alan", tenant=tenant, roles=["author"])
    average = make_published_version(alan, rita, name="Average")
    make_entitlement(average.script, ada)
    cross = make_published_version(
        ada, rita, name="Cross", manifest={"depends_on": [average.reference]}
    )

    make_entitlement(cross.script, sam)

    assert dependencies_out_of_reach(cross.script, sam, at=NOON) == [average.script]
    event = AuditEvent.objects.filter(event="entitlement_granted").latest("pk")
    assert event.after["missing_dependencies"] == [str(average.script_id)]


def test_a_revocation_ends_every_right_and_is_announced(
    ada: User,
    sam: User,
    script: Script,
    redis_client: redis.Redis,
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    make_entitlement(script, sam, ends_at=NOON + timedelta(days=1))
    make_entitlement(script, sam, starts_at=NOON + timedelta(days=2))
    listener = redis_client.pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]
    listener.subscribe(REVOCATIONS_CHANNEL)
    listener.get_message(timeout=1)

    with django_capture_on_commit_callbacks(execute=True):
        entitlements.revoke(script, sam, reason="Unpaid.", acting_user=ada, now=NOON)

    heard = listener.get_message(timeout=2)
    listener.close()
    assert heard is not None
    assert json.loads(heard["data"]) == {"user_id": sam.pk, "script_id": str(script.pk)}
    assert not Entitlement.objects.filter(revoked_at=None).exists()
    assert AuditEvent.objects.filter(event="entitlement_revoked", reason="Unpaid.").count() == 2


def test_a_revocation_holds_when_redis_is_down(
    ada: User,
    sam: User,
    script: Script,
    settings: Settings,
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    make_entitlement(script, sam)
    settings.REDIS_URL = "redis://127.0.0.1:9/0"

    with django_capture_on_commit_callbacks() as callbacks:
        entitlements.revoke(script, sam, acting_user=ada, now=NOON)

    with pytest.raises(redis.exceptions.ConnectionError):
        callbacks[0]()
    assert not access.may_access(sam, script, at=NOON)


def test_there_must_be_something_to_revoke(ada: User, sam: User, script: Script) -> None:
    with pytest.raises(grantees.NoEntitlement):
        entitlements.revoke(script, sam, acting_user=ada, now=NOON)
