"""Who may read a stream is decided from its row, and for many at once as for each alone."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import product

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from registry import access as registry_access
from registry.models import Entitlement, Script
from registry.services import drafts, entitlements
from streams import access
from streams.models import Stream


@pytest.fixture
def scripts(script: Script, sam: User, ada: User, mallory: User, now: datetime) -> list[Script]:
    names = ("Ended", "Revoked", "Not yet", "Nobody's")
    ended, revoked, not_yet, nobodys = (
        drafts.create_draft(name=name, source="result = 1\n", acting_user=ada, now=now).script
        for name in names
    )
    foreign = drafts.create_draft(
        name="Foreign", source="result = 1\n", acting_user=mallory, now=now
    ).script
    entitlements.grant(script, sam, acting_user=ada, now=now)
    entitlements.grant(ended, sam, acting_user=ada, now=now, ends_at=now + timedelta(hours=1))
    entitlements.grant(revoked, sam, acting_user=ada, now=now)
    entitlements.revoke(revoked, sam, acting_user=ada, now=now)
    entitlements.grant(not_yet, sam, acting_user=ada, now=now, starts_at=now + timedelta(hours=3))
    return [script, ended, revoked, not_yet, nobodys, foreign]


def test_many_pairs_are_decided_as_each_alone_and_with_one_query(
    scripts: list[Script],
    ada: User,
    sam: User,
    rita: User,
    mallory: User,
    now: datetime,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    User.objects.filter(pk=rita.pk).update(is_active=False)
    at = now + timedelta(hours=2)
    users = [ada, sam, rita, mallory]
    pairs = {(user.pk, script.pk) for user, script in product(users, scripts)}
    each_alone = {pair for pair in pairs if registry_access.decide(*pair, at=at).allowed}

    with django_assert_num_queries(1):
        ended = access.ended_rights({access.Right(*pair) for pair in pairs}, at=at)

    assert pairs - {(right.user_id, right.script_id) for right in ended} == each_alone
    assert (sam.pk, scripts[0].pk) in each_alone
    assert (mallory.pk, scripts[-1].pk) in each_alone
    assert len(each_alone) == 7


def test_a_stream_without_a_script_is_its_owners(ada: User, sam: User, now: datetime) -> None:
    stream = Stream.objects.create(key="personal:x", owner=ada, instrument_key="IBM")

    assert list(access.readable_streams(ada.pk, [stream.key], at=now)) == [stream.key]
    assert access.readable_streams(sam.pk, [stream.key], at=now) == {}


def test_a_stream_of_nobody_is_nobodys(ada: User, now: datetime) -> None:
    stream = Stream.objects.create(key="common:IBM:rsi:default", instrument_key="IBM")

    assert access.readable_streams(ada.pk, [stream.key], at=now) == {}


def test_the_owner_of_the_row_reads_only_what_the_script_allows(
    stream: Stream, sam: User, entitled: Entitlement, now: datetime
) -> None:
    readable = access.readable_streams(sam.pk, [stream.key, "personal:unknown"], at=now)

    assert set(readable) == {stream.key}
    assert readable[stream.key].epoch == stream.epoch
