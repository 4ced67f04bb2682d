"""Prices are every house's: who operates the platform brings them in, by whichever way, alone."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import AuditEvent, Membership, Role, Tenant, User
from accounts.platform import PlatformOperatorRequired
from accounts.services.api_keys import issue_api_key
from common.clock import utc_now
from market.models import Bar, Tick, Upload, UploadKind, UploadState
from market.services.bars import record_history
from market.services.correction_requests import take_corrections
from market.services.corrections import correct_bars
from market.services.intake import take_bars, take_ticks
from market.services.upload_work import work_upload
from market.services.uploads import begin_upload
from tests import factories
from tests.market.prices import LATER, make_instrument, new_bar
from tests.problems import as_user, assert_problem, row_counts

MARKET = "/api/v2/market"
BARS, TICKS, UPLOADS, ADD = (
    f"/admin/market/{page}/" for page in ("listedbar", "listedtick", "upload", "upload/add")
)
TICK = {"instrument": "AAPL", "at": "2026-01-05T09:00:00Z", "event_id": "1", "price": 10.5}
BAR = {
    "instrument": "AAPL",
    "timeframe": "1m",
    "opened_at": "2026-01-05T09:00:00Z",
    **dict.fromkeys(("open", "high", "low", "close", "volume"), 10.5),
}
FILE = b"instrument,at,event_id,price\nAAPL,2026-01-05T09:00:00Z,1,10.5\n"
RECORDED = new_bar(close=10.0)
BETTER = new_bar(close=10.25)
CORRECTION = {
    "bars": [
        {
            **{name: getattr(BETTER, name) for name in ("open", "high", "low", "close", "volume")},
            "instrument": "AAPL",
            "timeframe": BETTER.timeframe,
            "opened_at": BETTER.opened_at.isoformat(),
        }
    ],
    "reason": "misprint",
}
# Whom the operators of the named house, if any, are not.
REFUSED = [
    ("mallory", "alpha-desk"),
    ("olga", "beta-house"),
    ("olga", ""),
    ("ada", "alpha-desk"),
    ("rita", "alpha-desk"),
    ("sam", "alpha-desk"),
    ("nadia", "alpha-desk"),
]
pytestmark = pytest.mark.django_db


def a_file() -> io.BytesIO:
    file = io.BytesIO(FILE)
    file.name = "prices.csv"
    return file


def sent(path: str, body: Any, **more: Any) -> Callable[[User], Any]:
    more = more or {"format": "json"}
    return lambda user: as_user(user).post(f"{MARKET}/{path}", body, **more)


OVER_THE_API: dict[str, Callable[[User], Any]] = {
    "a tick": sent("ticks", TICK),
    "ticks": sent("ticks", {"ticks": [TICK, {**TICK, "event_id": "2"}]}),
    "a bar": sent("bars", BAR),
    "bars": sent("bars", {"bars": [BAR]}),
    "a correction": sent("corrections", CORRECTION),
    "a file": sent("uploads?kind=ticks", FILE, content_type="text/csv"),
    "a form": lambda user: as_user(user).post(
        f"{MARKET}/uploads", {"kind": "ticks", "file": a_file()}, format="multipart"
    ),
}
BY_A_SERVICE: dict[str, Callable[[User], Any]] = {
    "take_ticks": lambda user: take_ticks([TICK], acting_user=user, now=utc_now()),
    "take_bars": lambda user: take_bars([BAR], acting_user=user, now=utc_now()),
    "take_corrections": lambda user: take_corrections(CORRECTION, acting_user=user, now=utc_now()),
    "correct_bars": lambda user: correct_bars(
        [BETTER], known_at=LATER, reason="misprint", acting_user=user, now=LATER
    ),
    "begin_upload": lambda user: begin_upload(
        a_file(), kind=UploadKind.TICKS, name="x", acting_user=user, now=utc_now()
    ),
}


def correct_in_the_admin(browser: Client) -> Any:
    key = f"AAPL {RECORDED.timeframe} {int(RECORDED.opened_at.timestamp())}"
    typed = {f"close of {key}": "10.25", "confirmed": "yes", "reason": "misprint"}
    chosen = {"action": "correct", "_selected_action": key}
    return browser.post(BARS, {**chosen, **typed}, follow=True)


def page_of(browser: Client, path: str) -> str:
    reply = browser.get(path)
    assert reply.status_code == 200, path
    return reply.content.decode()


@pytest.fixture(autouse=True)
def recorded(db: None) -> None:
    make_instrument("AAPL")
    record_history([RECORDED], now=LATER)


@pytest.fixture
def nadia(tenant: Tenant) -> User:
    """Return somebody who is of no house and has no role."""
    return User.objects.create_user("nadia", password=factories.PASSWORD)


@pytest.fixture
def root(settings: Settings) -> User:
    """Return a superuser who is of no house, where none operates the platform."""
    settings.PLATFORM_HOUSE = ""
    return User.objects.create_superuser("root", password=factories.PASSWORD)


@pytest.fixture(params=REFUSED, ids=lambda param: f"{param[0]} of not {param[1] or 'any'}")
def refused(request: pytest.FixtureRequest, settings: Settings) -> User:
    name, settings.PLATFORM_HOUSE = request.param
    user: User = request.getfixturevalue(name)
    return user


@pytest.mark.parametrize("way", OVER_THE_API)
def test_whoever_does_not_operate_the_platform_sends_none_over_the_api(
    way: str, refused: User
) -> None:
    before = row_counts()

    reply = OVER_THE_API[way](refused)

    assert_problem(reply, 403, "platform_operator_required")
    assert row_counts() == before
    assert Bar.objects.get().close == RECORDED.close


@pytest.mark.parametrize("way", BY_A_SERVICE)
def test_the_services_refuse_it_whichever_way_it_comes(way: str, refused: User) -> None:
    before = row_counts()

    with pytest.raises(PlatformOperatorRequired):
        BY_A_SERVICE[way](refused)

    assert row_counts() == before
    assert Bar.objects.get().close == RECORDED.close


@pytest.mark.parametrize(
    ("path", "kind"),
    [("ticks", "json"), ("bars", "json"), ("corrections", "json"), ("uploads", "multipart")],
)
def test_a_refusal_comes_before_what_else_is_wrong(path: str, kind: str, mallory: User) -> None:
    reply = as_user(mallory).post(f"{MARKET}/{path}", {"more": 1}, format=kind)

    assert_problem(reply, 403, "platform_operator_required")


def test_a_refusal_is_not_kept_under_its_key(mallory: User, settings: Settings) -> None:
    def again() -> Any:
        headers = {"Idempotency-Key": "k"}
        return as_user(mallory).post(f"{MARKET}/ticks", TICK, format="json", headers=headers)

    assert_problem(again(), 403, "platform_operator_required")
    settings.PLATFORM_HOUSE = "beta-house"

    assert again().status_code == 200
    assert Tick.objects.count() == 1


@pytest.mark.usefixtures("platform_house")
def test_a_feeds_key_is_worth_what_its_user_is(mallory: User, olga: User) -> None:
    statuses = []
    for user in (mallory, olga):
        _, key = issue_api_key(
            user, name="feed", given_scopes=["market:write"], acting_user=user, now=utc_now()
        )
        headers = {"Authorization": f"Bearer {key}"}
        reply = Client().post(
            f"{MARKET}/ticks", TICK, content_type="application/json", headers=headers
        )
        statuses.append(reply.status_code)

    assert statuses == [403, 200]


@pytest.mark.parametrize(("name", "house"), [("mallory", "alpha-desk"), ("olga", "")])
def test_an_operator_of_another_house_finds_no_way_in_the_admin(
    name: str,
    house: str,
    request: pytest.FixtureRequest,
    browser: Client,
    settings: Settings,
) -> None:
    user = request.getfixturevalue(name)
    settings.PLATFORM_HOUSE = "beta-house" if name == "mallory" else "alpha-desk"
    earlier = begin_upload(
        a_file(), kind=UploadKind.TICKS, name="earlier.csv", acting_user=user, now=utc_now()
    )
    settings.PLATFORM_HOUSE = house
    browser.force_login(user)
    before = row_counts()

    statuses = [
        browser.get(ADD).status_code,
        browser.post(ADD, {"kind": "ticks", "file": a_file()}).status_code,
    ]
    corrected = correct_in_the_admin(browser).content.decode()

    assert statuses == [403, 403]
    assert "corrected." not in corrected
    assert "Scripts are not run again" not in corrected
    assert 'value="correct"' not in page_of(browser, BARS)
    assert "10.0" in page_of(browser, BARS)
    assert row_counts() == before
    assert Bar.objects.get().close == RECORDED.close
    for path in ("/admin/", "/admin/market/", TICKS, UPLOADS, f"{UPLOADS}{earlier.pk}/change/"):
        assert ADD not in page_of(browser, path), path
    assert "earlier.csv" in page_of(browser, UPLOADS)


def test_an_empty_list_of_uploads_says_who_sends_them(
    browser: Client, olga: User, settings: Settings
) -> None:
    browser.force_login(olga)

    assert "those who operate the platform upload them" in page_of(browser, UPLOADS)
    settings.PLATFORM_HOUSE = "alpha-desk"
    shown = page_of(browser, UPLOADS)
    assert "those who operate the platform upload them" not in shown
    assert shown.count(f'<a href="{ADD}"') == 3  # beside the list, above it and in its place


@pytest.mark.usefixtures("platform_house")
def test_an_operator_of_the_platforms_house_does_it_in_the_admin(
    browser: Client, olga: User
) -> None:
    browser.force_login(olga)

    for path in ("/admin/", TICKS, UPLOADS):
        assert ADD in page_of(browser, path), path
    assert 'value="correct"' in page_of(browser, BARS)
    assert "corrected." in correct_in_the_admin(browser).content.decode()
    sent = browser.post(ADD, {"kind": "ticks", "file": a_file()})

    assert Bar.objects.get().close == BETTER.close
    assert sent.status_code == 302
    assert ADD in page_of(browser, sent["Location"])


@pytest.mark.usefixtures("platform_house")
@pytest.mark.parametrize("role", [Role.OPERATOR, Role.ADMIN])
@pytest.mark.parametrize("way", OVER_THE_API)
def test_operators_of_the_platforms_house_send_them(way: str, role: Role, tenant: Tenant) -> None:
    user = factories.make_user("oscar", tenant=tenant, roles=[role])

    assert OVER_THE_API[way](user).status_code in (200, 202)
    assert AuditEvent.objects.count() == (way in ("a correction", "a file", "a form"))


@pytest.mark.parametrize("way", OVER_THE_API)
def test_a_superuser_of_no_house_sends_them(way: str, root: User) -> None:
    assert not Membership.objects.filter(user=root).exists()

    assert OVER_THE_API[way](root).status_code in (200, 202)


def test_a_file_of_a_superuser_of_no_house_is_their_own(
    browser: Client, root: User, olga: User
) -> None:
    browser.force_login(root)

    sent = browser.post(ADD, {"kind": "ticks", "file": a_file()})
    upload = Upload.objects.get()
    work_upload(upload.pk, clock=utc_now)

    assert sent["Location"] == f"{UPLOADS}{upload.pk}/change/"
    assert "1 of 1 rows" in page_of(browser, sent["Location"])
    assert "corrected." in correct_in_the_admin(browser).content.decode()
    upload.refresh_from_db()
    assert (upload.uploaded_by, upload.state, upload.accepted) == (root, UploadState.DONE, 1)
    told = as_user(root).get(f"{MARKET}/uploads/{upload.pk}")
    assert told.json()["state"] == "done"
    assert_problem(as_user(olga).get(f"{MARKET}/uploads/{upload.pk}"), 404, "no_such_upload")
    browser.force_login(olga)
    assert "prices.csv" not in page_of(browser, UPLOADS)
