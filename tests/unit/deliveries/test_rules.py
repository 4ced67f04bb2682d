"""When something is tried again, when many become one, and what a message is called."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from streams.deliveries import digests, schedule
from streams.deliveries.digests import DigestRule, QuietHours, Send
from streams.deliveries.outcomes import Outcome, sequel_of
from streams.deliveries.wording import plain, quoted, value_in_words

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
RULE = DigestRule(above=5, within=timedelta(minutes=10), every=timedelta(minutes=15))


def nothing() -> float:
    return 0.0


def test_the_table_is_kept_to_and_jitter_only_makes_it_longer() -> None:
    for tries, planned in enumerate(schedule.WAITS_SECONDS, start=1):
        least = schedule.next_wait(tries, retry_after_seconds=None, draw=nothing)
        most = schedule.next_wait(tries, retry_after_seconds=None, draw=lambda: 1.0)
        assert least == timedelta(seconds=planned)
        assert most == timedelta(seconds=planned * 1.1)
    assert schedule.next_wait(schedule.ATTEMPTS, retry_after_seconds=1.0, draw=nothing) is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (None, None),
        ("", None),
        ("120", 120.0),
        (" 0 ", 0.0),
        ("-5", None),
        ("1e9", None),
        ("99999999", 86_400.0),
        ("Mon, 05 Jan 2026 12:02:00 GMT", 120.0),
        ("Mon, 05 Jan 2026 11:00:00 GMT", 0.0),
        ("soon", None),
        ("١٢", None),
    ],
)
def test_retry_after_is_read_in_both_its_forms(text: str | None, seconds: float | None) -> None:
    assert schedule.read_retry_after(text, now=NOON) == seconds


def test_a_receiver_that_asks_for_more_time_than_the_table_gets_it_and_never_less() -> None:
    longer = schedule.next_wait(1, retry_after_seconds=60.0, draw=nothing)
    shorter = schedule.next_wait(2, retry_after_seconds=1.0, draw=nothing)

    assert longer == timedelta(seconds=60)
    assert shorter == timedelta(seconds=300)


def test_what_was_never_sent_costs_no_try() -> None:
    sequel = sequel_of(
        Outcome(delivered=False, put_off_seconds=30.0),
        tries=schedule.ATTEMPTS,
        failing_since=NOON - timedelta(days=9),
        disable_after=timedelta(days=3),
        now=NOON,
        draw=nothing,
    )

    assert (sequel.state, sequel.counts_as_try, sequel.disable) == ("pending", False, "")
    assert sequel.next_attempt_at == NOON + timedelta(seconds=30)


@pytest.mark.parametrize(
    ("waiting", "recent", "in_digest", "send", "goes_on"),
    [
        (1, 0, False, Send.ONE_BY_ONE, False),
        (1, 4, False, Send.ONE_BY_ONE, False),
        (1, 5, False, Send.LATER, True),
        (6, 0, False, Send.DIGEST, True),
        (1, 9, True, Send.ONE_BY_ONE, False),
        (2, 9, True, Send.DIGEST, False),
        (5, 0, True, Send.DIGEST, False),
        (6, 0, True, Send.DIGEST, True),
    ],
)
def test_floods_become_digests_until_they_are_over(
    waiting: int, recent: int, in_digest: bool, send: Send, goes_on: bool
) -> None:
    decision = digests.decide(RULE, waiting=waiting, recent=recent, in_digest=in_digest, now=NOON)

    assert (decision.send, decision.in_digest) == (send, goes_on)
    assert decision.held_until == (NOON + timedelta(minutes=15) if goes_on else None)
    if send is Send.DIGEST:
        assert "more than 5 in 10 minutes come as one digest every 15 minutes" in decision.reason


def test_without_a_rule_there_is_no_digest() -> None:
    rule = DigestRule(above=None, within=timedelta(1), every=timedelta(1))

    assert digests.decide(rule, waiting=10**6, recent=9, in_digest=False, now=NOON).send is (
        Send.ONE_BY_ONE
    )


@pytest.mark.parametrize(
    ("begin", "end", "zone", "until"),
    [
        (time(11), time(13), "UTC", NOON + timedelta(hours=1)),
        (time(13), time(11), "UTC", None),
        (time(12), time(12), "UTC", None),
        (time(12), time(13), "UTC", NOON + timedelta(hours=1)),
        (time(11), time(12), "UTC", None),
        (time(21), time(8), "Asia/Tokyo", NOON + timedelta(hours=11)),
        (time(22), time(8), "Asia/Tokyo", None),
        (time(6), time(9), "America/New_York", NOON + timedelta(hours=2)),
    ],
)
def test_quiet_hours_are_those_of_their_owner(
    begin: time, end: time, zone: str, until: datetime | None
) -> None:
    assert digests.quiet_until(QuietHours(begin=begin, end=end, zone=zone), now=NOON) == until


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Momentum", "“Momentum”"),
        ("Ends” here: SignalHub says", "“Ends' here: SignalHub says”"),
        ("a\r\nBcc: everybody", "“a Bcc: everybody”"),
        ("safe\u202egnp.exe", "“safegnp\u2024exe”"),
        ("zero\u200bwidth", "“zerowidth”"),
        ("\uff33\uff29\uff27\uff2e\uff21\uff2c", "“SIGNAL”"),
        ("visit https://evil.example/x", "“visit https: //evil\u2024example/x”"),
        ("www.evil.example", "“www\u2024evil\u2024example”"),
        ("write to me@evil.example", "“write to me at evil\u2024example”"),
        ("x" * 100, "“" + "x" * 59 + "…”"),
        ("1.5 x", "“1.5 x”"),
    ],
)
def test_somebodys_name_cannot_pass_for_ours_or_lead_elsewhere(text: str, shown: str) -> None:
    assert quoted(text) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (101.5, "101.5"),
        (12, "12"),
        (True, "true"),
        (None, "none"),
        ({"upper": 1.5}, '{"upper": 1.5}'),
        ("go to http://x.example", "go to http: //x\u2024example"),
    ],
)
def test_values_are_one_line(value: object, shown: str) -> None:
    assert value_in_words(value) == shown


def test_a_text_stays_as_short_as_it_has_to() -> None:
    assert plain("a b c", limit=3) == "a …"
