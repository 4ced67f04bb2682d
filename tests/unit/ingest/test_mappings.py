"""How the bodies of one producer are read as signals."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ingest.mapping_rules import TRADINGVIEW, InvalidMapping, read_mapping
from ingest.mappings import Problem, example_body, holds_text, look_up, translate, without
from tests.factories import NOON

ALERT = {
    "ticker": "NASDAQ:AAPL",
    "action": "BUY",
    "time": "2026-01-05T11:59:00Z",
    "close": 187.2,
}
SIMPLE: dict[str, Any] = {"instrument": "ticker", "side": "side", "time": "time"}


def read(body: Any, **mapping: Any) -> dict[str, Any]:
    rules = read_mapping({**SIMPLE, **mapping}, with_token=False)
    found = translate(body, rules, received_at=NOON)
    assert found.problems == []
    return found.document


def test_an_alert_is_read_with_its_exchange_cut_off() -> None:
    rules = read_mapping(TRADINGVIEW, with_token=True)

    found = translate(ALERT, rules, received_at=NOON)

    assert found.problems == []
    assert found.document == {
        "instrument": "AAPL",
        "side": 0,
        "time": "2026-01-05T11:59:00Z",
        "payload": ALERT,
    }


def test_a_path_leads_into_objects_and_along_lists() -> None:
    body = {"strategy": {"orders": [{"symbol": "AAPL"}]}}

    assert read(body, instrument="strategy.orders.0.symbol")["instrument"] == "AAPL"
    assert "instrument" not in read(body, instrument="strategy.orders.1.symbol")
    assert "instrument" not in read(body, instrument="strategy.orders.symbol")
    assert "instrument" not in read([1, 2], instrument="ticker")


@pytest.mark.parametrize(
    ("symbol", "read_as"),
    [("NASDAQ:AAPL", "AAPL"), ("AAPL", "AAPL"), ("BINANCE:BTCUSDT.P", "BTCUSDT"), ("A:B:C", "B:C")],
)
def test_a_prefix_and_a_suffix_are_cut_where_they_are(symbol: str, read_as: str) -> None:
    rule = {"path": "ticker", "after": ":", "before": "."}

    assert read({"ticker": symbol}, instrument=rule)["instrument"] == read_as


@pytest.mark.parametrize(
    ("value", "side"), [("long", 0), ("Long", 0), ("SHORT", 1), (1, 0), (-1, 1), (True, 1)]
)
def test_a_table_translates_values(value: Any, side: int) -> None:
    table = {"long": 0, "short": 1, "1": 0, "-1": 1, "true": 1}

    assert read({"side": value}, side={"path": "side", "values": table})["side"] == side


def test_a_value_outside_its_table_is_a_problem_that_does_not_quote_it() -> None:
    rules = read_mapping(
        {**SIMPLE, "side": {"path": "a.side", "values": {"buy": 0}}}, with_token=False
    )

    found = translate({"a": {"side": "a private value"}}, rules, received_at=NOON)

    said = "Input should be one of 'buy'"
    assert found.problems == [Problem("side", ("a", "side"), said, "enum")]


def test_a_default_stands_for_what_is_missing_and_for_nothing_else() -> None:
    time = {"path": "at", "default": "received"}
    version = {"path": "v", "default": 3}

    assert read({}, time=time, version=version) == {"time": NOON.isoformat(), "version": 3}
    assert read({"at": None, "v": "x"}, time=time, version=version) == {
        "time": None,
        "version": "x",
    }


@pytest.mark.parametrize(
    ("value", "unit"), [(1767614400, "s"), ("1767614400", "s"), (1767614400000, "ms")]
)
def test_an_instant_may_be_counted_since_1970(value: Any, unit: str) -> None:
    read_as = read({"time": value}, time={"path": "time", "unit": unit})["time"]

    assert datetime.fromisoformat(read_as) == datetime(2026, 1, 5, 12, tzinfo=UTC)


@pytest.mark.parametrize("value", [True, None, "soon", "", 1e300, -1e300, 10**30, [1]])
def test_what_counts_no_seconds_is_a_problem(value: Any) -> None:
    rules = read_mapping({**SIMPLE, "time": {"path": "time", "unit": "s"}}, with_token=False)

    found = translate({"time": value}, rules, received_at=NOON)

    assert [problem.kind for problem in found.problems] == ["datetime_parsing"]


def test_the_payload_is_what_is_listed_in_its_own_shape() -> None:
    body = {"ticker": "AAPL", "strategy": {"price": 1, "size": 2}, "note": "n"}

    assert read(body, payload=["strategy.price", "note", "absent"])["payload"] == {
        "strategy": {"price": 1},
        "note": "n",
    }
    assert read(body, payload="*")["payload"] == body
    assert "payload" not in read(body)


def test_a_token_is_taken_out_wherever_it_stands() -> None:
    body = {"auth": {"token": "t", "user": "u"}, "ticker": "AAPL"}

    assert without(body, ("auth", "token")) == {"auth": {"user": "u"}, "ticker": "AAPL"}
    assert without(body, ("absent", "token")) == body
    assert look_up(body, ("auth", "token")) == "t"  # the body itself is not changed
    assert holds_text({"a": [{"b": "-t-"}]}, "t")
    assert holds_text({"t": 1}, "t")
    assert not holds_text({"a": [1, None]}, "t")


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        ([], "A mapping is a JSON object."),
        ({"side": "s", "time": "t"}, "instrument: it is missing."),
        ({**SIMPLE, "symbol": "s"}, "symbol: there is no such field"),
        ({**SIMPLE, "side": 1}, "side: write a path"),
        ({**SIMPLE, "side": {}}, "side: it needs a path or a default."),
        ({**SIMPLE, "side": {"path": "s", "map": {}}}, "side.map: there is no such option"),
        ({**SIMPLE, "side": {"path": "s", "values": {"buy": 2}}}, "side.values.buy: a side is 0"),
        ({**SIMPLE, "side": {"path": "s", "values": {"b": True}}}, "side.values.b: a side is 0"),
        ({**SIMPLE, "side": {"path": "s", "values": {}}}, "side.values: write an object with 1"),
        ({**SIMPLE, "side": {"path": "s", "values": {"a": 0, "A": 1}}}, "differ only by case"),
        ({**SIMPLE, "side": {"path": "s", "default": "buy"}}, "side.default: a side is 0"),
        ({**SIMPLE, "time": {"path": "t", "default": "now"}}, "time.default: only"),
        ({**SIMPLE, "time": {"path": "t", "unit": "us"}}, "time.unit: only"),
        ({**SIMPLE, "side": {"path": "s", "unit": "s"}}, "side.unit: only"),
        ({**SIMPLE, "time": {"path": "t", "unit": "s", "after": ":"}}, "time.unit: a number has"),
        ({**SIMPLE, "version": {"default": 0}}, "version.default: a version is"),
        ({**SIMPLE, "instrument": "a..b"}, "instrument.path: write names"),
        ({**SIMPLE, "instrument": "a.b.c.d.e.f.g.h.i"}, "instrument.path: write names"),
        ({**SIMPLE, "instrument": {"path": "a", "after": 1}}, "instrument.after: a text"),
        ({**SIMPLE, "payload": "all"}, 'payload: write "*"'),
        ({**SIMPLE, "payload": []}, 'payload: write "*"'),
        ({**SIMPLE, "payload": ["a", "a.b"]}, "payload: a.b is there twice."),
        ({**SIMPLE, "payload": ["a", "a"]}, "payload: a is there twice."),
        ({**SIMPLE, "instrument": "a", "side": "a.b"}, "side: it stands inside of instrument."),
        ({**SIMPLE, "token": "t"}, "token: this producer proves itself by its signature"),
        ({**SIMPLE, "instrument": "\0"}, "cannot be stored"),
        ({**SIMPLE, "side": {"path": "s", "values": {"x" * 9000: 0}}}, "at most 8192 bytes"),
    ],
)
def test_a_mapping_that_says_nothing_sensible_is_refused_by_name(mapping: Any, said: str) -> None:
    with pytest.raises(InvalidMapping) as error:
        read_mapping(mapping, with_token=False)

    assert said in error.value.message
    assert error.value.details == {"field": "mapping"}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"token": ...}, "token: it is missing"),
        ({"instrument": "token"}, "instrument: the token stands there"),
        ({"instrument": "token.inner"}, "instrument: the token stands there"),
        ({"payload": ["close", "token"]}, "payload token: the token stands there"),
    ],
)
def test_a_token_is_named_and_read_for_nothing_else(changes: dict[str, Any], said: str) -> None:
    mapping = {**TRADINGVIEW, **changes}
    mapping = {name: value for name, value in mapping.items() if value is not ...}

    with pytest.raises(InvalidMapping) as error:
        read_mapping(mapping, with_token=True)

    assert said in error.value.message


@pytest.mark.parametrize(
    "mapping",
    [
        SIMPLE,
        {**SIMPLE, "payload": "*"},
        {**SIMPLE, "payload": ["price.last"], "version": "v"},
        {**SIMPLE, "time": {"path": "at.ms", "unit": "ms"}, "version": {"default": 2}},
        {**SIMPLE, "instrument": {"path": "a.b", "after": ":", "before": "."}},
        {**SIMPLE, "side": {"path": "s", "values": {"flat": 1}}, "time": {"default": "received"}},
        {**SIMPLE, "instrument": {"path": "i", "values": {"gold": "XAUUSD"}}},
    ],
)
def test_the_example_of_a_mapping_is_read_by_it(mapping: dict[str, Any]) -> None:
    rules = read_mapping(mapping, with_token=False)

    found = translate(example_body(rules, now=NOON), rules, received_at=NOON)

    assert found.problems == []
    assert found.document["instrument"] in ("TEST", "XAUUSD")
    assert found.document["side"] in (0, 1)
    assert datetime.fromisoformat(found.document["time"]) == NOON
