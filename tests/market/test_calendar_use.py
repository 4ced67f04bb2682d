"""Somebody is told before the holidays of an exchange run out."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from market import checks
from market.calendar_use import CalendarUse, calendars_in_use
from market.models import Instrument
from tests.market.prices import make_instrument

pytestmark = pytest.mark.django_db


@pytest.fixture
def traded() -> None:
    make_instrument("AAPL")
    make_instrument("INFY")
    Instrument.objects.filter(pk="INFY").update(exchange="NSE")


def test_each_exchange_says_until_when_it_knows_its_holidays(traded: None) -> None:
    first, second = calendars_in_use()

    assert (first.exchange, first.known_until, first.instruments) == ("NSE", date(2026, 12, 31), 1)
    assert second.known_until == date(2035, 12, 31)


@pytest.mark.parametrize(
    ("today", "is_told"),
    [(date(2026, 10, 31), False), (date(2026, 11, 1), True), (date(2027, 5, 1), True)],
)
def test_it_is_told_sixty_days_before(today: date, is_told: bool) -> None:
    use = CalendarUse(exchange="NSE", instruments=1, known_until=date(2026, 12, 31))

    assert use.runs_out(today=today) is is_told
    endless = CalendarUse(exchange="BINANCE", instruments=1, known_until=None)
    assert not endless.runs_out(today=today)


def test_the_check_of_the_database_warns_and_says_what_to_do(
    traded: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "utc_now", lambda: datetime(2026, 12, 1, tzinfo=UTC))

    (warning,) = checks.check_calendars(databases=["default"])

    assert warning.id == "market.W001"
    assert "The holidays of NSE are known until 2026-12-31" in warning.msg
    assert "write_sessions" in str(warning.hint)
    assert checks.check_calendars(databases=[]) == []  # a check without the database


def test_an_exchange_whose_holidays_are_known_is_not_spoken_of(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_instrument("AAPL")
    monkeypatch.setattr(checks, "utc_now", lambda: datetime(2026, 12, 1, tzinfo=UTC))

    assert checks.check_calendars(databases=["default"]) == []
