"""Systems of others: whose receivers are named to whom."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
import redis
from django.test import Client
from pytest_django import Settings

from accounts.models import Tenant, User
from common import breaker_board
from common.circuit_breakers import breaker, forget_all
from signalhub.operations import kept
from streams.deliveries.hosts import MAIL_HOST, breaker_name
from streams.models import Destination
from tests.operations.page import part, shown

pytestmark = pytest.mark.django_db
HOST = "hooks.desk.example:443"


@pytest.fixture(autouse=True)
def _no_breaker_before_or_after(
    redis_client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    # Whoever went without Redis just before this leaves it alone for a while.
    monkeypatch.setattr(breaker_board.shared, "_away_until", 0.0)
    forget_everybodys()
    yield
    forget_everybodys()


def forget_everybodys() -> None:
    """Forget the breakers of this process, and what others left on the board."""
    forget_all()
    for name in breaker_board.shared.read_all():
        breaker_board.shared.forget(name)


@pytest.fixture
def sams(sam: User, now: datetime) -> Destination:
    return Destination.objects.create(
        owner=sam,
        kind="webhook",
        name="Desk",
        address=f"https://{HOST}/hook",
        host=HOST,
        created_at=now,
        verified_at=now,
        digest_within_seconds=60,
        digest_every_seconds=60,
    )


def let_fail(
    host: str, *, house: str = "alpha-desk", times: int = 5, words: str = "no such path"
) -> None:
    """Let deliveries of a house to a host have failed."""

    def burn() -> None:
        raise OSError(words)

    for _ in range(times):
        with pytest.raises(OSError, match=words):
            breaker(breaker_name(host, house=house)).call(burn)


def browser_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_a_receivers_host_is_named_to_its_own_house_and_to_the_platforms_operators(
    sams: Destination, olga: User, mallory: User, tenant: Tenant, settings: Settings
) -> None:
    let_fail(HOST)

    of_another_house = shown(browser_of(mallory))
    of_its_house = shown(browser_of(olga))

    for words in (HOST, "no such path"):
        assert words not in of_another_house
    receivers = part(of_its_house, "receivers")
    assert HOST in receivers
    assert "not asked" in receivers
    assert HOST not in part(of_its_house, "breakers")
    settings.PLATFORM_HOUSE = tenant.slug
    of_the_platform = part(shown(browser_of(olga)), "breakers")
    assert HOST in of_the_platform
    assert "no such path" in of_the_platform


def test_what_fails_for_another_house_is_no_trouble_of_ones_own(
    sams: Destination, olga: User
) -> None:
    let_fail(HOST, house="beta-house")

    page = shown(browser_of(olga))

    assert HOST not in page


@pytest.mark.usefixtures("platform_house")
def test_what_is_kept_of_one_viewers_look_shows_no_other_a_name(
    sams: Destination, olga: User, mallory: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "BELIEVED_SECONDS", 3600.0)
    kept.of_this_process.forget()
    let_fail(HOST)

    assert HOST in part(shown(browser_of(olga)), "breakers")
    assert HOST not in shown(browser_of(mallory))
    kept.of_this_process.forget()


def test_the_mail_server_is_named_to_every_operator_and_what_it_said_is_not(
    olga: User, mallory: User
) -> None:
    let_fail(MAIL_HOST, words="no room for victim@example.com")

    page = shown(browser_of(mallory))

    row = part(page, "breakers").split("delivery to mail server")[1].split("</tr>")[0]
    assert "open" in row
    assert "victim@example.com" not in page


@pytest.mark.usefixtures("platform_house")
def test_of_many_hosts_those_in_trouble_come_first_and_the_others_are_counted(
    olga: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("signalhub.operations.systems.HOSTS_SHOWN", 2)
    for name in ("a.example:443", "b.example:443"):
        let_fail(name, times=1)
    let_fail("z.example:443")

    section = part(shown(browser_of(olga)), "breakers")

    assert "z.example" in section
    assert "a.example" in section
    assert "b.example" not in section
    assert "1 more host of receivers." in section


def test_metrics_count_hosts_of_receivers_and_name_none(olga: User) -> None:
    let_fail(HOST)
    let_fail("slow.example:443", times=1)
    let_fail(MAIL_HOST, times=1)

    text = browser_of(olga).get("/metrics").content.decode()

    assert HOST not in text
    assert "slow.example" not in text
    assert 'signalhub_delivery_hosts{state="open"} 1.0' in text
    assert 'signalhub_delivery_hosts{state="closed"} 1.0' in text
    assert 'signalhub_breaker_state{system="delivery to mail server"} 0.0' in text
