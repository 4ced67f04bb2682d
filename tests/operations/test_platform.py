"""What concerns every house is done by those who operate the platform, and by nobody else."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import AuditEvent, Tenant, User
from accounts.platform import PlatformOperatorRequired
from execution.models import DeadLetter, Drain, Resolution
from execution.services import drains
from execution.services.dead_letter_decisions import discard_dead_letter, retry_dead_letter
from execution.services.dead_letters import bury_entry
from market.models import ReplayFeed
from market.services import replay
from tests.operations.page import part, shown

pytestmark = pytest.mark.django_db

WHY = {"reason": "theirs are in our way"}


@pytest.mark.parametrize("name", ["mallory", "olga"])
def test_an_operator_of_one_house_stops_nothing_of_the_others(
    name: str,
    request: pytest.FixtureRequest,
    browser: Client,
    feed: ReplayFeed,
    machine: str,
    settings: Settings,
) -> None:
    settings.PLATFORM_HOUSE = "alpha-desk" if name == "mallory" else ""
    browser.force_login(request.getfixturevalue(name))
    page = shown(browser)
    assert feed.name in part(page, "feeds")
    assert machine in part(page, "machines")
    assert "pause-feed" not in page
    assert "drain-machine" not in page

    for deed in ("pause-feed/demo", "resume-feed/demo", f"drain-machine/{machine}"):
        assert browser.get(f"/operations/{deed}").status_code == 403
        assert browser.post(f"/operations/{deed}", WHY).status_code == 403
    chosen = {"action": "pause", "_selected_action": [feed.pk]}
    browser.post(reverse("admin:market_replayfeed_changelist"), chosen)
    browser.post(
        reverse("admin:market_replayfeed_change", args=[feed.pk]), {"bars_per_second": 0.01}
    )

    feed.refresh_from_db()
    assert (feed.paused, feed.bars_per_second) == (False, 0.5)
    assert not Drain.objects.exists()
    assert not AuditEvent.objects.filter(event__startswith="replay_").exists()


def test_the_services_refuse_it_whichever_way_it_comes(
    mallory: User, feed: ReplayFeed, machine: str, platform_house: Tenant, now: datetime
) -> None:
    for steer in (
        lambda: replay.pause(feed, acting_user=mallory, now=now),
        lambda: replay.resume(feed, acting_user=mallory, now=now),
        lambda: replay.set_pace(feed, 2.0, acting_user=mallory, now=now),
        lambda: drains.drain_machine(machine, acting_user=mallory, reason="x", now=now),
        lambda: drains.resume_machine(machine, acting_user=mallory, reason="x", now=now),
    ):
        with pytest.raises(PlatformOperatorRequired):
            steer()


@pytest.mark.parametrize("is_superuser", [True, False])
def test_superusers_and_operators_of_the_house_that_runs_it_pause_and_drain(
    is_superuser: bool,
    browser: Client,
    olga: User,
    ada: User,
    feed: ReplayFeed,
    machine: str,
    settings: Settings,
) -> None:
    settings.PLATFORM_HOUSE = "" if is_superuser else "alpha-desk"
    ada.is_superuser = is_superuser
    ada.save(update_fields=["is_superuser"])
    browser.force_login(ada if is_superuser else olga)

    browser.post("/operations/pause-feed/demo", WHY)
    browser.post(f"/operations/drain-machine/{machine}", WHY)

    feed.refresh_from_db()
    assert feed.paused
    assert Drain.objects.get().machine == machine
    events = AuditEvent.objects.filter(event__in=["replay_paused", "machine_drained"])
    assert {(row.actor, row.reason) for row in events} == {
        (ada if is_superuser else olga, WHY["reason"])
    }


def test_other_roles_of_the_house_that_runs_it_do_not(
    rita: User, feed: ReplayFeed, platform_house: Tenant, now: datetime
) -> None:
    with pytest.raises(PlatformOperatorRequired):
        replay.pause(feed, acting_user=rita, now=now)


@pytest.fixture
def entry(now: datetime) -> DeadLetter:
    """An entry of a feed that could not be recorded."""
    bury_entry("1-0", {b"instrument": b"SOON"}, reason="unknown_instrument", now=now)
    return DeadLetter.objects.get()


@pytest.mark.parametrize("name", ["mallory", "olga"])
def test_what_a_feed_wrote_is_not_left_out_by_the_operators_of_one_house(
    name: str,
    request: pytest.FixtureRequest,
    browser: Client,
    entry: DeadLetter,
    settings: Settings,
    now: datetime,
) -> None:
    settings.PLATFORM_HOUSE = "alpha-desk" if name == "mallory" else ""
    user = request.getfixturevalue(name)
    browser.force_login(user)
    page = part(shown(browser), "put-aside")
    assert "unknown_instrument" in page
    assert "/operations/" not in page, "there is nothing to press"

    for deed, status in (
        ("send-entry", 403),
        ("discard-entry", 403),
        ("retry", 404),
        ("discard", 404),
    ):
        assert browser.post(f"/operations/{deed}/{entry.pk}", WHY).status_code == status
    chosen = {"action": "discard", "_selected_action": [entry.pk], "confirmed": "yes", **WHY}
    refused = browser.post(reverse("admin:execution_deadletter_changelist"), chosen, follow=True)
    assert "ask those who operate the platform" in refused.content.decode()
    for decide in (discard_dead_letter, retry_dead_letter):
        with pytest.raises(PlatformOperatorRequired):
            decide(entry, reason="no", acting_user=user, now=now)

    entry.refresh_from_db()
    assert entry.resolution == ""


def test_those_who_operate_the_platform_decide_about_what_a_feed_wrote(
    browser: Client, olga: User, entry: DeadLetter, platform_house: Tenant
) -> None:
    browser.force_login(olga)
    assert f"/operations/send-entry/{entry.pk}" in part(shown(browser), "put-aside")
    question = browser.get(f"/operations/discard-entry/{entry.pk}").content.decode()
    assert "Its ticks or bars are in no table and stay out of them" in question

    browser.post(f"/operations/discard-entry/{entry.pk}", WHY)

    entry.refresh_from_db()
    assert (entry.resolution, entry.resolved_why) == (Resolution.DISCARDED, WHY["reason"])
