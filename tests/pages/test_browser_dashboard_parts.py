"""What the live page decides without a server: places of lines, freshness, candles, files."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NOW = 1_767_605_475_000  # 2026-01-05 09:31:15 UTC
OUTPUTS = """async (given) => {
    const { Outputs } = await import("/static/js/dashboard/outputs.js");
    const outputs = new Outputs(86400);
    given.forEach((output, index) => outputs.add(index + 1, output));
    return outputs.all.map(({ seq, side, confirmed }) => [seq, side, confirmed]);
}"""
LINES = """async ([hints, outputs, close]) => {
    const { Lines } = await import("/static/js/dashboard/lines.js");
    const entries = outputs.map((numbers, index) => ({ barOpenedAt: index, numbers }));
    const { lines, levels } = new Lines(hints).of(entries, () => ({ close }));
    return { lines: lines.map(({ field, panel, points }) => [field, panel, points.length]),
             levels: levels.map(({ panel, value }) => [panel, value]) };
}"""
FRESHNESS = """async (known) => {
    const { describeFreshness } = await import("/static/js/dashboard/freshness.js");
    const { text, isStale } = describeFreshness({ lastAt: null, cadenceMs: null, expectedBy: null,
        nextDue: null, feed: null, barsBehind: 0, zone: "UTC", ...known });
    return [text, isStale];
}"""
WATCH = """async ({ state, frames, resumed }) => {
    const { Watch } = await import("/static/js/dashboard/watch.js");
    const stream = Object.assign(new EventTarget(), { close() {} });
    const tell = (name, detail) => stream.dispatchEvent(new CustomEvent(name, { detail }));
    window.fetch = async () => Response.json(state);
    const script = { address: "/x/", name: "x", timeframe: "1d", timeframeSeconds: 86400 };
    const watch = new Watch({ subscribe: () => stream }, { script, instrument: "IBM" });
    await watch.begin();
    const opened = watch.describeFreshness({ zone: "UTC" });
    for (let seq = 1; seq <= frames; seq += 1)
        tell("data", { seq, value: seq, timestamp: "2003-05-02T00:00:00Z", missed: true,
                       published_at: "2003-05-02T00:00:00Z", metadata: { side: "buy" },
                       bar_opened_at: new Date(seq * 1000).toISOString() });
    if (resumed) tell("caughtup", { missed: frames, lost: 0, from: 1 });
    const late = watch.describeFreshness({ zone: "UTC" });
    return [opened.isStale, opened.text, late.isStale, watch.missed?.signals ?? null];
}"""
CANDLES = """async ([newest, prices]) => {
    const { withPrice } = await import("/static/js/dashboard/forming.js");
    let forming = null;
    for (const [at, price] of prices) forming = withPrice(forming, { at, price }, newest, 300);
    return [forming.time, forming.open, forming.high, forming.low, forming.close];
}"""
CSV = """async (output) => {
    const { Outputs } = await import("/static/js/dashboard/outputs.js");
    const { csvOf, fileName } = await import("/static/js/dashboard/export.js");
    const outputs = new Outputs(86400);
    outputs.add(1, output);
    return [csvOf(outputs.all), fileName("../a <b>", "IBM")];
}"""


@pytest.fixture
def site(live_server: LiveServer, page: Page) -> Page:
    """Open a page of ours, so that its scripts can be imported."""
    page.goto(f"{live_server.url}/login/")
    return page


def test_what_is_said_of_a_forming_bar_is_replaced_by_what_is_said_later(site: Page) -> None:
    def output(bar: int, confirmed: bool, side: str) -> dict[str, Any]:
        opened_at = f"2003-05-0{bar}T00:00:00Z"
        about = {"timestamp": opened_at, "bar_opened_at": opened_at, "confirmed": confirmed}
        return {"value": 1, "metadata": {"side": side}, **about}

    shown = site.evaluate(
        OUTPUTS,
        [
            output(1, True, "buy"),
            output(2, False, "sell"),
            output(2, False, "buy"),
            output(2, True, "sell"),
            output(2, True, "buy"),
            output(3, False, "buy"),
        ],
    )

    assert shown == [[1, "buy", True], [4, "sell", True], [5, "buy", True], [6, "buy", False]]


def test_lines_go_where_the_author_drew_them_else_where_their_numbers_belong(site: Page) -> None:
    numbers = [{"period": 14, "value": index % 7, "fast": 80 + index / 10} for index in range(25)]
    hints = [
        {"field": "value", "value": None, "name": "RSI", "panel": "RSI"},
        {"field": None, "value": 30, "name": "lower", "panel": "RSI"},
        {"field": None, "value": 9, "name": "nowhere", "panel": "other"},
    ]

    guessed = site.evaluate(LINES, [[], numbers, 82])
    early = site.evaluate(LINES, [[], numbers[:3], 82])
    drawn = site.evaluate(LINES, [hints, numbers, 82])

    assert guessed == {"lines": [["value", "value", 25], ["fast", "price", 25]], "levels": []}
    assert [panel for _, panel, _ in early["lines"]] == ["value", "period", "fast"]
    assert drawn == {"lines": [["value", "RSI", 25]], "levels": [["RSI", 30]]}


def test_silence_is_told_with_the_time_by_which_a_word_was_due(site: Page) -> None:
    def told(seconds_ago: int | None = None, **known: Any) -> list[Any]:
        last = {} if seconds_ago is None else {"lastAt": NOW - 1000 * seconds_ago}
        shown: list[Any] = site.evaluate(FRESHNESS, {"now": NOW, **last, **known})
        return shown

    due = "should have spoken by 09:31:05"
    assert told() == ["no output yet", False]
    assert told(8) == ["last output 8 s ago", False]
    # By the pace of a replay, by an exchange's calendar, by the server's own word.
    assert told(17, cadenceMs=1000) == [f"last output 17 s ago · {due}", True]
    assert told(6, cadenceMs=1000) == ["last output 6 s ago", False]
    assert told(17, cadenceMs=1000, feed={"paused": True})[1] is False
    assert told(99, nextDue=NOW - 20_000) == [f"silent · {due}", True]
    assert told(19, nextDue=NOW - 20_000) == ["last output 19 s ago", False]
    assert told(99, nextDue=NOW - 9000) == ["last output 99 s ago", False]
    assert told(1, expectedBy=NOW - 10_000) == [f"silent · {due}", True]
    there = told(1, expectedBy=NOW - 10_000, zone="Asia/Kolkata")
    assert there == ["silent · should have spoken by 15:01:05", True]
    # A run without an output is a word as well; whether there was one is known as of `askedAt`.
    assert told(99, nextDue=NOW - 20_000, spokeAt=NOW - 19_000) == ["last output 99 s ago", False]
    assert told(99, cadenceMs=1000, spokeAt=NOW - 3000) == ["last output 99 s ago", False]
    assert told(99, cadenceMs=1000, spokeAt=NOW - 17_000)[1] is True
    assert told(17, cadenceMs=1000, askedAt=NOW - 12_000) == ["last output 17 s ago", False]
    assert told(99, nextDue=NOW - 20_000, askedAt=NOW - 12_000)[1] is False
    assert told(9, barsBehind=3) == ["last output 9 s ago · 3 bars behind", True]
    assert told(9, barsBehind=2) == ["last output 9 s ago", False]


def test_a_silence_is_known_to_a_page_that_was_opened_after_it_began(site: Page) -> None:
    def shown(expected_by: str | None, **more: Any) -> list[Any]:
        streams: list[Any] = [
            {"key": "k", "label": "default", "params": {}, "expected_by": expected_by}
        ]
        given = {"frames": 0, "resumed": False, **more}
        found: list[Any] = site.evaluate(WATCH, {"state": {"streams": streams}, **given})
        return found

    assert shown("2003-05-01T09:31:05Z")[:2] == [
        True,
        "silent · should have spoken by 2003-05-01 09:31:05",
    ]
    assert shown(None)[:2] == [False, "no output yet"]
    # What came is newer than the state that was asked for before it.
    assert shown("2003-05-01T09:31:05Z", frames=1)[2] is False


def test_every_signal_that_was_missed_is_counted_however_many_are_kept(site: Page) -> None:
    state: dict[str, Any] = {
        "streams": [{"key": "k", "label": "default", "params": {}, "expected_by": None}]
    }

    *_, signals = site.evaluate(WATCH, {"state": state, "frames": 3000, "resumed": True})

    assert signals == 3000


def test_the_forming_candle_holds_the_prices_since_the_last_close(site: Page) -> None:
    prices = [(1300, 10.0), (1499, 12.0), (1500, 11.0), (1550, 9.0), (1499, 99.0), (1600, 10.5)]

    candle = site.evaluate(CANDLES, [{"time": 900}, prices])

    assert candle == [1500, 11.0, 11.0, 9.0, 10.5]


def test_a_file_for_a_spreadsheet_computes_nothing_and_breaks_no_row(site: Page) -> None:
    output = {
        "value": {"fast": 1},
        "timestamp": "2003-05-02T00:00:00Z",
        "metadata": {"side": "buy", "reason": '=HYPERLINK("http://x"),\n"a"'},
    }

    text, name = site.evaluate(CSV, output)

    header, row = text.split("\r\n", 1)
    assert header == "bar_opened_at,timestamp,seq,confirmed,side,value,reason,metadata"
    assert row.startswith(
        '2003-05-01T00:00:00.000Z,2003-05-02T00:00:00.000Z,1,true,buy,"{""fast"":1}",'
    )
    assert '"\'=HYPERLINK(""http://x""),\n""a"""' in row
    assert name == "a-b-ibm.csv"
