"""Tiers are rows that are changed within the platform's own limits and on the record."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import AuditEvent, Tier, User
from accounts.platform import PlatformOperatorRequired
from accounts.services.tiers import change_tier, save_tier
from tests.factories import NOON, PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("platform_house")]

ADDED = "colossal"

CONTRACT = {
    "free": (20, 5, 60, 500, 3, 25),
    "standard": (50, 15, 180, 1500, 8, 75),
    "premium": (200, 50, 600, 5000, 20, 200),
    "enterprise": (1000, 200, 2000, 20000, 50, 500),
}


def free_tier() -> Tier:
    return Tier.objects.get(name="free")


def test_the_tiers_of_the_contract_are_there_from_the_start() -> None:
    columns = (
        "connections",
        "subscriptions_per_connection",
        "requests_per_minute",
        "messages_per_minute",
        "subscribes_per_10_seconds",
        "burst_per_5_seconds",
    )

    assert {row[0]: row[1:] for row in Tier.objects.values_list("name", *columns)} == CONTRACT


def test_an_operator_changes_a_number_and_the_record_has_both(olga: User) -> None:
    tier = free_tier()
    tier.run_log_lines = 80

    save_tier(tier, acting_user=olga, now=NOON)

    assert free_tier().run_log_lines == 80
    event = AuditEvent.objects.get(event="tier_changed")
    assert event.actor == olga
    assert (event.before["run_log_lines"], event.after["run_log_lines"]) == (50, 80)


@pytest.mark.parametrize(
    ("name", "house"),
    [
        ("mallory", "alpha-desk"),
        ("olga", "beta-house"),
        ("olga", ""),
        ("ada", "alpha-desk"),
        ("rita", "alpha-desk"),
        ("sam", "alpha-desk"),
    ],
)
def test_nobody_but_who_operates_the_platform_changes_tiers(
    name: str, house: str, request: pytest.FixtureRequest, settings: Settings
) -> None:
    user: User = request.getfixturevalue(name)
    settings.PLATFORM_HOUSE = house
    changed, added = free_tier(), free_tier()
    changed.run_log_lines, added.name = 80, ADDED

    for tier in (changed, added):
        with pytest.raises(PlatformOperatorRequired):
            save_tier(tier, acting_user=user, now=NOON)
    with pytest.raises(PlatformOperatorRequired):
        change_tier(user, Tier.objects.get(name="enterprise"), acting_user=user, now=NOON)

    assert free_tier().run_log_lines == 50
    assert set(Tier.objects.values_list("name", flat=True)) == set(CONTRACT)
    assert User.objects.get(pk=user.pk).tier_id == "free"
    assert not AuditEvent.objects.exists()


def test_a_superuser_changes_tiers_where_no_house_is_named(settings: Settings) -> None:
    settings.PLATFORM_HOUSE = ""
    root = User.objects.create_superuser("root", password=PASSWORD)
    tier = free_tier()
    tier.run_log_lines = 80

    save_tier(tier, acting_user=root, now=NOON)
    change_tier(root, Tier.objects.get(name="premium"), acting_user=root, now=NOON)

    assert free_tier().run_log_lines == 80
    assert User.objects.get(pk=root.pk).tier_id == "premium"


@pytest.mark.parametrize(
    ("field", "value", "word"),
    [
        ("run_memory_mb", 4096, "SANDBOX_MEMORY_MB"),
        ("run_cpu_seconds", 16, "SANDBOX_CPU_SECONDS"),
        ("run_wall_seconds", 31, "SANDBOX_WALL_SECONDS"),
        ("run_log_lines", 501, "SANDBOX_LOG_LINES"),
        ("run_memory_mb", 1, "32"),
        ("connections", 0, "1"),
    ],
)
def test_a_number_that_cannot_hold_is_refused_by_name(
    olga: User, field: str, value: int, word: str
) -> None:
    tier = free_tier()
    setattr(tier, field, value)

    with pytest.raises(ValidationError) as refused:
        save_tier(tier, acting_user=olga, now=NOON)

    assert word in str(refused.value.message_dict[field])
    assert not AuditEvent.objects.filter(event="tier_changed").exists()


def test_the_database_refuses_a_tier_that_allows_nothing() -> None:
    with pytest.raises(IntegrityError):
        Tier.objects.filter(name="free").update(run_memory_mb=0)


def test_an_operator_edits_a_tier_in_the_admin(olga: User) -> None:
    page = Client()
    page.force_login(olga)
    address = reverse("admin:accounts_tier_change", args=["free"])
    form = page.get(address).context["adminform"].form
    numbers = {name: form.initial[name] for name in form.fields}

    refused = page.post(address, {**numbers, "run_memory_mb": 4096})
    done = page.post(address, {**numbers, "run_memory_mb": 300}, follow=True)

    assert "SANDBOX_MEMORY_MB" in refused.content.decode()
    assert done.status_code == 200
    assert free_tier().run_memory_mb == 300
    assert AuditEvent.objects.get(event="tier_changed").after["run_memory_mb"] == 300


@pytest.mark.parametrize(("name", "house"), [("mallory", "alpha-desk"), ("olga", "")])
def test_operators_of_other_houses_see_tiers_and_change_none(
    name: str, house: str, request: pytest.FixtureRequest, settings: Settings
) -> None:
    settings.PLATFORM_HOUSE = house
    Tier.objects.filter(name="free").update(features=["alerts", "history"])
    page = Client()
    page.force_login(request.getfixturevalue(name))
    lists, add, change = (
        reverse(f"admin:accounts_tier_{kind}", args=args)
        for kind, args in (("changelist", ()), ("add", ()), ("change", ("free",)))
    )

    listed, shown = (page.get(address).content.decode() for address in (lists, change))
    numbers = dict.fromkeys(("run_memory_mb", "connections"), 90)
    refused = [
        page.get(add),
        page.post(add, {"name": ADDED, **numbers}),
        page.post(change, numbers),
    ]

    assert 'field-name"><a href' in listed
    assert "[&quot;alerts&quot;, &quot;history&quot;]" in shown
    for offered in (add, 'name="_save"', "<textarea", 'type="number"'):
        assert offered not in listed + shown
    assert [reply.status_code for reply in refused] == [403, 403, 403]
    assert not AuditEvent.objects.exists()
    assert set(Tier.objects.values_list("name", flat=True)) == set(CONTRACT)


def test_who_operates_the_platform_adds_a_tier(olga: User) -> None:
    page = Client()
    page.force_login(olga)
    add = reverse("admin:accounts_tier_add")
    form = page.get(add).context["adminform"].form
    numbers = {name: 50 for name in form.fields if name not in ("name", "features")}

    assert add in page.get(reverse("admin:accounts_tier_changelist")).content.decode()
    done = page.post(add, {**numbers, "name": ADDED, "run_cpu_seconds": 1, "run_wall_seconds": 2})

    assert done.status_code == 302, done.content.decode()
    assert Tier.objects.get(name=ADDED).connections == 50
    assert AuditEvent.objects.get(event="tier_added").actor == olga


def test_an_author_has_no_page_of_tiers(ada: User) -> None:
    page = Client()
    page.force_login(ada)

    assert page.get(reverse("admin:accounts_tier_changelist")).status_code == 403
