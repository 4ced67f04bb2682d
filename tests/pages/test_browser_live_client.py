"""The reconnecting client: on a server that says whatever a test wants, and on the real one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from accounts.services.api_keys import issue_api_key
from common.clock import utc_now
from registry.models import Script
from streams.models import Stream
from streams.publishing import stream_for
from tests.browser import PageRecord
from tests.flows.processes import running
from tests.pages.conftest import publish
from tests.pages.live_page import Scripted, data, follow, heard

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LONGEST_WAIT_MS = 15_000
REFUSAL = "() => { try { live.subscribe('x'); } catch ({ message }) { return message; } }"
MESSAGES = """async (lengths) => {
    const { subscribeMessages } = await import("/static/js/live/requests.js");
    const streams = lengths.map((length, index) => ({
        key: `${index}`.padEnd(length, "k"), seq: index ? index : null, mode: "stream", history: 1,
    }));
    const wanted = [...streams, { key: "newest", seq: null, mode: "latest", history: 0 }];
    return subscribeMessages(wanted).map((message) => [
        message.mode, message.stream_keys.length, Object.keys(message.resume).length,
        JSON.stringify(message).length]);
}"""


@pytest.fixture
def scripted(live_server: LiveServer, page: Page) -> Scripted:
    """Open a page of ours whose sockets lead to the test, under a clock that the test moves."""
    server = Scripted(page)
    page.clock.install()
    page.route_web_socket("**/ws/", server.accept)
    page.goto(f"{live_server.url}/login/")
    return server


def lose(server: Scripted, *, code: int = 1011) -> None:
    """Close the newest socket, and let the wait for the next one pass."""
    server.sockets[-1].close(code=code)
    server.page.wait_for_function("window.live.state.name !== 'live'")
    server.page.clock.fast_forward(LONGEST_WAIT_MS)


def test_after_a_loss_every_output_comes_once_and_what_was_missed_is_counted(
    scripted: Scripted, page: Page
) -> None:
    follow(page, "s", history=5)
    assert scripted.wait_for_words(1) == {
        "type": "subscribe",
        "stream_keys": ["s"],
        "resume": {},
        "epochs": {},
        "mode": "stream",
        "history": 5,
    }
    scripted.send(data(5))  # before it is acknowledged, it belongs to nothing
    scripted.begin(5, "s")
    scripted.send(data(5), data(6))
    heard(page, "data")

    lose(scripted)
    assert scripted.wait_for_words(2)["resume"] == {"s": 6}
    scripted.acknowledge(10, "s")
    scripted.send(data(7), data(8), data(8))
    heard(page, "data", count=3)
    lose(scripted)  # again, while it still catches up
    assert scripted.wait_for_words(3)["resume"] == {"s": 8}
    scripted.acknowledge(11, "s")
    scripted.send({"type": "gap", "stream_key": "s", "from": 8, "to": 9, "epoch": "a"})
    scripted.send(data(10), data(11), data(12))

    outputs = heard(page, "data", count=6)
    assert [(one["seq"], one["missed"]) for one in outputs] == [
        (6, False),
        (7, True),
        (8, True),
        (10, True),
        (11, True),
        (12, False),
    ]
    (gap,) = heard(page, "gap")
    assert (gap["from"], gap["to"], gap["count"]) == (9, 9, 1)
    assert [one["missed"] for one in heard(page, "resumed", count=2)] == [4, 5]
    (caught_up,) = heard(page, "caughtup")
    assert {name: caught_up[name] for name in ("missed", "delivered", "lost", "from", "to")} == {
        "missed": 5,
        "delivered": 4,
        "lost": 1,
        "from": 7,
        "to": 11,
    }


def test_a_hole_is_asked_for_once_and_a_stream_that_began_anew_is_not_resumed(
    scripted: Scripted, page: Page
) -> None:
    follow(page, "s")
    scripted.wait_for_words(1)
    scripted.begin(1, "s")

    scripted.send(data(2), data(4), data(5))
    assert scripted.wait_for_words(2)["resume"] == {"s": 2}
    scripted.acknowledge(5, "s")
    scripted.send(data(3), data(4), data(5))
    heard(page, "data", count=4)
    lose(scripted)
    assert scripted.wait_for_words(3)["resume"] == {"s": 5}
    scripted.acknowledge(7, "s", epoch="b")
    scripted.send(data(6, epoch="b"), data(7, epoch="b"))
    assert scripted.wait_for_words(4)["resume"] == {}
    scripted.begin(7, "s", epoch="b")
    scripted.send(data(8, epoch="b"), data(1, epoch="c"), data(9, epoch="d"))

    assert [one["seq"] for one in heard(page, "data", count=6)] == [2, 3, 4, 5, 8, 1]
    assert [one["epoch"] for one in heard(page, "restarted", count=2)] == ["b", "c"]
    asked = scripted.wait_for_words(5)
    assert (asked["resume"], asked["epochs"]) == ({"s": 1}, {"s": "c"})
    assert page.evaluate("window.heard.some((one) => one.name === 'caughtup')") is False


def test_a_silent_line_is_given_up_and_a_page_that_is_looked_at_again_asks_at_once(
    scripted: Scripted, page: Page
) -> None:
    follow(page, "s")
    scripted.wait_for_words(1)
    scripted.begin(1, "s")
    heard(page, "snapshot")

    page.clock.fast_forward(70_000)
    scripted.send({"type": "heartbeat"})
    page.wait_for_timeout(50)
    page.clock.fast_forward(70_000)
    assert page.evaluate("window.live.state.name") == "live"
    page.clock.fast_forward(10_000)
    assert page.evaluate("window.live.state.reason") == "silence"

    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert scripted.wait_for_words(2)["resume"] == {"s": 1}  # at once, not when its time has come
    scripted.acknowledge(1, "s")
    page.wait_for_function("window.live.state.name === 'live'")
    page.evaluate("dispatchEvent(new Event('online'))")
    assert scripted.wait_for_words(3) == {"type": "ping"}
    page.clock.fast_forward(6000)
    assert page.evaluate("window.live.state.reason") == "no answer"


def test_what_the_server_says_of_itself_is_obeyed_and_told(scripted: Scripted, page: Page) -> None:
    follow(page, "s")
    scripted.wait_for_words(1)
    scripted.begin(1, "s")
    at = "2026-01-05T09:31:05Z"
    scripted.send(
        {"type": "silence", "stream_key": "s", "expected_by": at, "last_at": "x"},
        {"type": "limited", "retry_after_ms": 900, "message": "later"},
        {"type": "closing", "reconnect_after_ms": 2345},
    )
    (silence,) = heard(page, "silence")
    (limited,) = heard(page, "limited")
    before = page.evaluate("Date.now()")
    scripted.sockets[-1].close(code=1012)
    page.wait_for_function("window.live.state.name === 'waiting'")

    state = page.evaluate("window.live.state")
    assert (silence["expectedBy"], limited["retry_after_ms"]) == (at, 900)
    assert state["reason"] == "closing"
    assert 2345 <= state["retryAt"] - before < 2345 + 1000
    page.clock.fast_forward(4000)
    scripted.wait_for_words(2)
    scripted.acknowledge(1, "s")
    scripted.send({"type": "lagged", "resume": {"s": 1}})
    scripted.sockets[-1].close(code=4408)
    page.wait_for_function("window.live.state.reason === 'lagged'")


def test_streams_of_one_breath_share_a_message_and_refusals_are_told_to_their_stream(
    scripted: Scripted, page: Page
) -> None:
    follow(page, "a", "b", "c")
    assert scripted.wait_for_words(1)["stream_keys"] == ["a", "b", "c"]
    scripted.send({"type": "error", "code": "too_many_subscribes", "retry_after_seconds": 7})
    heard(page, "trouble")
    page.clock.fast_forward(6000)
    page.wait_for_timeout(50)
    assert len(scripted.said) == 1
    page.clock.fast_forward(2000)
    assert scripted.wait_for_words(2)["stream_keys"] == ["a", "b", "c"]
    scripted.send(
        {"type": "error", "code": "too_many_streams", "limit": 2, "message": "No more than two."}
    )
    assert scripted.wait_for_words(3)["stream_keys"] == ["a", "b"]
    scripted.begin(1, "a")
    scripted.send({"type": "subscription_denied", "stream_key": "b", "reason": "not for you"})

    ended = heard(page, "ended", count=2)
    assert [(one["of"], one["reason"]) for one in ended] == [
        ("c", "No more than two."),
        ("b", "not for you"),
    ]
    page.evaluate("window['stream a'].close()")
    assert scripted.wait_for_words(4) == {"type": "unsubscribe", "stream_keys": ["a"]}
    page.evaluate("window.follow('d', { mode: 'latest', history: 0 })")
    assert scripted.wait_for_words(5)["mode"] == "latest"
    scripted.begin(3, "d")
    scripted.send(data(4, key="d"), data(9, key="d"), data(8, key="d"))
    told = heard(page, "data", count=2)
    assert [(one["seq"], one["skipped"]) for one in told] == [(4, 0), (9, 4)]


def test_what_was_let_go_of_while_it_was_asked_for_takes_no_place_of_others(
    scripted: Scripted, page: Page
) -> None:
    follow(page, "a", "b", mode="latest")
    page.evaluate("window.follow('c', { mode: 'stream' })")
    scripted.wait_for_words(2)
    refusal = {"type": "error", "code": "too_many_streams", "limit": 1, "message": "Only one."}

    scripted.send(refusal)
    assert scripted.wait_for_words(3)["stream_keys"] == ["a"]
    scripted.begin(1, "c")
    assert scripted.wait_for_words(4) == {"type": "unsubscribe", "stream_keys": ["c"]}
    scripted.send(refusal)  # of the third message: "c" was still followed then
    page.wait_for_timeout(50)
    assert len(scripted.said) == 4  # it is not asked again without a pause
    page.clock.fast_forward(3000)
    assert scripted.wait_for_words(5)["stream_keys"] == ["a"]
    scripted.begin(1, "a")

    assert [one["of"] for one in heard(page, "ended", count=2)] == ["b", "c"]


def test_every_attempt_signs_in_with_a_token_of_its_own_until_none_is_taken(
    scripted: Scripted, page: Page
) -> None:
    follow(page, "s", options={"tokens": ["one", "two", "three", "four"]})
    assert scripted.wait_for_words(1) == {"type": "hello", "token": "one"}
    scripted.send({"type": "hello", "status": "authenticated"})
    assert scripted.wait_for_words(2)["type"] == "subscribe"
    scripted.begin(1, "s")
    heard(page, "snapshot")
    for number, token in ((3, "two"), (4, "three"), (5, "four")):
        lose(scripted, code=4401)
        if token != "four":
            assert scripted.wait_for_words(number)["token"] == token

    state = page.evaluate("window.live.state")
    assert (state["name"], state["code"]) == ("ended", 4401)
    assert len(scripted.sockets) == 3
    assert page.evaluate(REFUSAL) == "This client is ended."


def test_messages_stay_below_what_the_server_takes(scripted: Scripted, page: Page) -> None:
    messages = page.evaluate(MESSAGES, [2000] * 30)

    assert sum(count for _, count, _, _ in messages) == 31
    assert sum(resumed for _, _, resumed, _ in messages) == 29
    assert [mode for mode, *_ in messages] == [*["stream"] * 4, "latest"]
    assert max(size for *_, size in messages) < 64 * 1024


def test_attempts_grow_rarer_and_one_that_held_begins_anew(scripted: Scripted, page: Page) -> None:
    follow(page, "s")
    waits = []
    for _ in range(5):
        scripted.sockets[-1].close(code=1011)
        page.wait_for_function("window.live.state.name === 'waiting'")
        waits.append(page.evaluate("window.live.state.retryAt - Date.now()"))
        page.clock.fast_forward(LONGEST_WAIT_MS)
        page.wait_for_function("window.live.state.name === 'connecting'")
        scripted.wait_for_sockets(len(waits) + 1)

    assert all(within(wait, 500 * 2**number) for number, wait in enumerate(waits)), waits
    scripted.begin(1, "s")
    heard(page, "snapshot")
    page.clock.fast_forward(6000)
    scripted.sockets[-1].close(code=1011)
    page.wait_for_function("window.live.state.name === 'waiting'")
    assert page.evaluate("window.live.state.retryAt - Date.now()") <= 500


def within(wait: float, whole: float) -> bool:
    """Tell whether a wait lies in the second half of a whole one, which real time shortens."""
    return whole * 0.5 - 100 <= wait <= whole


def test_over_the_real_process_nothing_is_missing_and_nothing_doubled(
    tmp_path: Path,
    stream: Stream,
    script: Script,
    sam: User,
    page: Page,
    page_record: PageRecord,
) -> None:
    for text in ("ERR_CONNECTION_REFUSED", "WebSocket connection to"):
        page_record.tolerate(text)
    other = stream_for(script, "IBM", "1d", {"period": 7})
    _, secret = issue_api_key(sam, name="page", acting_user=sam, now=utc_now())
    with running(tmp_path, "relay", "live") as platform:
        page.goto(f"{platform.url}/login/")
        follow(page, stream.key, other.key, options={"token": secret}, history=9)
        heard(page, "snapshot", count=2)
        publish(stream, 3, 41.0)
        heard(page, "data")
        platform.kill("live")
        page.wait_for_function("window.live.state.name === 'waiting'")
        for session in range(4, 10):
            publish(stream, session, 40.0 + session)
        publish(other, 3, 7.0)
        platform.start("live")
        killed = heard(page, "caughtup", count=2)
        assert "closing" not in reasons(page)

        deployed = platform.processes.pop("live")
        deployed.terminate()
        deployed.wait(30)
        page.wait_for_function("window.live.state.name === 'waiting'")
        publish(stream, 10, 50.0)
        platform.start("live")
        *_, caught_up = heard(page, "caughtup", count=3)
        publish(stream, 11, 51.0)
        outputs = heard(page, "data", count=10)

    assert "closing" in reasons(page)
    numbers = [(one["seq"], one["missed"]) for one in outputs if one["of"] == stream.key]
    assert numbers == [(seq, 5 <= seq <= 11) for seq in range(4, 13)]
    assert {one["of"]: (one["missed"], one["lost"]) for one in killed} == {
        stream.key: (6, 0),
        other.key: (1, 0),
    }
    assert (caught_up["of"], caught_up["missed"], caught_up["from"]) == (stream.key, 1, 11)


def reasons(page: Page) -> list[str]:
    """Return why connections were lost."""
    events: list[dict[str, Any]] = page.evaluate("window.heard")
    return [event["reason"] for event in events if "retryAt" in event]
