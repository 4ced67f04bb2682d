from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Tier, User
from gateway.models import DataAccess
from registry.models import Script
from registry.services import entitlements
from tests import factories
from tests.gateway.conftest import CLOSES, close_of_day
from tests.market.prices import LATER
from tests.problems import NOT_STORABLE

PROBLEM = "application/problem+json"
pytestmark = pytest.mark.django_db


@pytest.mark.usefixtures("history")
def test_bars_come_oldest_first_and_closed(api: APIClient, sam: User) -> None:
    api.force_authenticate(sam)

    reply = api.get("/data/market?instrument=AAPL&bars=2&as_of=2020-01-11T00:00:00Z")

    assert reply.status_code == 200
    assert reply.json() == {
        "instrument": "AAPL",
        "timeframe": "1d",
        "as_of": "2020-01-11T00:00:00Z",
        "bars": [
            {
                "opened_at": f"2020-01-{day + 1:02}T00:00:00Z",
                "open": CLOSES[day],
                "high": CLOSES[day] + 1,
                "low": CLOSES[day] - 1,
                "close": CLOSES[day],
                "volume": 1000.0,
            }
            for day in (8, 9)
        ],
    }


@pytest.mark.usefixtures("history")
def test_without_an_instant_the_newest_bars_are_given(api: APIClient, sam: User) -> None:
    api.force_authenticate(sam)

    bars = api.get("/data/market", {"instrument": "AAPL"}).json()["bars"]

    assert [bar["close"] for bar in bars] == CLOSES


@pytest.mark.usefixtures("history")
@pytest.mark.parametrize(
    ("query", "field", "said"),
    [
        ({}, "instrument", "required"),
        ({"instrument": "TSLA"}, "instrument", "there are AAPL, IBM"),
        ({"instrument": "AAPL", "timeframe": "1w"}, "timeframe", "5m, 1h or 1d"),
        ({"instrument": "AAPL", "timeframe": "5m"}, "timeframe", "write 1d"),
        ({"instrument": "AAPL", "bars": "0"}, "bars", "1 to 5000"),
        ({"instrument": "AAPL", "bars": "many"}, "bars", "integer"),
        ({"instrument": "AAPL", "as_of": "yesterday"}, "as_of", "ISO 8601"),
        ({"instrument": "AAPL", "as_of": "2020-01-01"}, "as_of", "time zone"),
        ({"instrument": "AAPL", "as_of": "0001-01-01T00:00:00+14:00"}, "as_of", "years 1 to"),
        ({"instrument": "AAPL", "as_of": "2999-01-01T00:00:00Z"}, "as_of", "still to come"),
        ({"instrument": "AAPL", "as_off": "2020-01-01T00:00:00Z"}, "as_off", "no such field"),
    ],
)
def test_a_bad_query_names_the_field_and_what_to_write(
    api: APIClient, sam: User, query: dict[str, str], field: str, said: str
) -> None:
    api.force_authenticate(sam)

    reply = api.get("/data/market", query)

    body = reply.json()
    assert (reply.status_code, reply.headers["Content-Type"]) == (422, PROBLEM)
    assert field in [body.get("field"), *(error["field"] for error in body.get("errors", []))]
    assert said in body["detail"]
    assert not DataAccess.objects.exists()


@pytest.mark.usefixtures("history")
def test_metrics_have_names_units_and_values(api: APIClient, sam: User) -> None:
    api.force_authenticate(sam)

    body = api.get("/data/metrics", {"instrument": "AAPL"}).json()
    one = api.get("/data/metrics", {"instrument": "IBM", "name": "change"}).json()

    assert set(body["metrics"]) == {
        "close",
        "volume",
        "change",
        "change_percent",
        "realised_volatility",
    }
    assert body["metrics"]["close"]["value"] == CLOSES[-1]
    assert body["metrics"]["change_percent"]["value"] == pytest.approx(100 / CLOSES[-2])
    assert 0 < body["metrics"]["realised_volatility"]["value"] < 0.05
    assert body["metrics"]["change"]["unit"] == "currency"
    assert one["metrics"]["change"]["value"] is None


@pytest.mark.usefixtures("history")
def test_an_unknown_metric_names_those_there_are(api: APIClient, sam: User) -> None:
    api.force_authenticate(sam)

    reply = api.get("/data/metrics", {"instrument": "AAPL", "name": "sharpe"})

    assert (reply.status_code, reply.json()["field"]) == (422, "name")
    assert "realised_volatility" in reply.json()["detail"]


def latest(script_id: object, **more: str) -> tuple[str, dict[str, str]]:
    return f"/data/scripts/{script_id}/latest", {"instrument": "AAPL", **more}


def history(script_id: object, **more: str) -> tuple[str, dict[str, str]]:
    return f"/data/scripts/{script_id}/history", {"instrument": "AAPL", **more}


@pytest.mark.usefixtures("stream")
def test_a_subscriber_reads_the_latest_output(api: APIClient, sam: User, script: Script) -> None:
    factories.make_entitlement(script, sam)
    api.force_authenticate(sam)

    reply = api.get(*latest(script.pk))

    assert reply.json() == {
        "script_id": str(script.pk),
        "instrument": "AAPL",
        "timeframe": "1d",
        "value": 4,
        "timestamp": close_of_day(4).isoformat(),
        "metadata": {"note": "day 4"},
    }


@pytest.mark.usefixtures("stream")
def test_a_subscriber_reads_history_oldest_first_as_of_an_instant(
    api: APIClient, sam: User, script: Script
) -> None:
    factories.make_entitlement(script, sam)
    api.force_authenticate(sam)

    everything = api.get(*history(script.pk)).json()["outputs"]
    earlier = api.get(*history(script.pk, limit="2", as_of="2020-01-04T00:00:00Z")).json()

    assert [output["value"] for output in everything] == [0, 1, 2, 3, 4]
    assert [output["value"] for output in earlier["outputs"]] == [1, 2]
    assert earlier["as_of"] == "2020-01-04T00:00:00Z"


@pytest.mark.usefixtures("stream")
@pytest.mark.parametrize("limit", ["0", "-5", "1001", "all"])
def test_a_bad_limit_is_named(api: APIClient, ada: User, script: Script, limit: str) -> None:
    api.force_authenticate(ada)

    reply = api.get(*history(script.pk, limit=limit))

    assert reply.status_code == 422
    assert "limit" in reply.json()["detail"]


@pytest.mark.usefixtures("stream")
def test_outputs_are_closed_to_who_has_no_right(
    api: APIClient, sam: User, ada: User, script: Script
) -> None:
    api.force_authenticate(sam)
    assert api.get(*latest(script.pk)).status_code == 403

    factories.make_entitlement(script, sam)
    assert api.get(*latest(script.pk)).status_code == 200

    entitlements.revoke(script, sam, acting_user=ada, now=datetime.now(UTC), reason="left")
    assert api.get(*latest(script.pk)).status_code == 403
    assert api.get(*history(script.pk)).status_code == 403


@pytest.mark.usefixtures("stream")
def test_to_an_outsider_foreign_and_unknown_are_the_same(
    api: APIClient, mallory: User, script: Script
) -> None:
    api.force_authenticate(mallory)
    unknown_id = uuid.uuid4()

    for path_of in (latest, history):
        foreign, unknown = api.get(*path_of(script.pk)), api.get(*path_of(unknown_id))

        assert foreign.status_code == unknown.status_code == 404
        assert foreign.content.replace(str(script.pk).encode(), b"") == (
            unknown.content.replace(str(unknown_id).encode(), b"")
        )
    assert not DataAccess.objects.exists()


@pytest.mark.usefixtures("stream")
@pytest.mark.parametrize(
    "more", [{"instrument": "IBM"}, {"timeframe": "1h"}, {"params": '{"period": 3}'}]
)
def test_where_nothing_was_put_out_the_reply_names_what_there_is(
    api: APIClient, ada: User, script: Script, more: dict[str, str]
) -> None:
    api.force_authenticate(ada)
    path, query = latest(script.pk)

    reply = api.get(path, {**query, **more})

    assert (reply.status_code, reply.json()["code"]) == (404, "no_outputs_yet")
    assert reply.json()["available"] == [
        {"instrument_key": "AAPL", "timeframe": "1d", "params": {}}
    ]


@pytest.mark.usefixtures("stream")
@pytest.mark.parametrize("asked", [latest, history])
@pytest.mark.parametrize("params", ["{", "[1]", "NaN", '"x"', *NOT_STORABLE])
def test_params_that_are_no_object_or_cannot_be_kept_are_refused(
    api: APIClient, ada: User, script: Script, params: str, asked: Callable[..., Any]
) -> None:
    api.force_authenticate(ada)

    reply = api.get(*asked(script.pk, params=params))

    assert reply.status_code == 422
    assert reply.json()["errors"][0]["field"] == "params"


@pytest.mark.usefixtures("stream")
def test_what_was_read_is_on_record(api: APIClient, ada: User, script: Script) -> None:
    api.force_authenticate(ada)

    api.get("/data/market", {"instrument": "AAPL", "as_of": "2020-01-04T00:00:00Z"})
    api.get(*history(script.pk, limit="3"))

    market, outputs = DataAccess.objects.order_by("pk")
    assert (market.kind, market.rows, market.user, market.execution_id) == (
        "market_data",
        3,
        ada,
        None,
    )
    assert market.as_of == datetime(2020, 1, 4, tzinfo=UTC)
    assert (outputs.kind, outputs.rows) == ("script_output", 3)


@pytest.mark.usefixtures("history")
@pytest.mark.parametrize("path", ["/data/market", "/data/metrics"])
def test_nobody_reads_without_signing_in(api: APIClient, path: str) -> None:
    reply = api.get(path, {"instrument": "AAPL"})

    assert (reply.status_code, reply.headers["Content-Type"]) == (401, PROBLEM)


def test_a_script_without_a_published_version_has_no_outputs(api: APIClient, ada: User) -> None:
    draft = factories.make_draft(ada)
    api.force_authenticate(ada)

    reply = api.get(*latest(draft.script_id))

    assert (reply.status_code, reply.json()["code"]) == (404, "no_outputs_yet")


def test_the_clock_of_the_tests_lies_in_the_past() -> None:
    assert datetime.now(UTC) > LATER


@pytest.mark.usefixtures("history", "limits_on")
def test_reads_beyond_the_tiers_minute_are_refused(api: APIClient, sam: User) -> None:
    Tier.objects.filter(pk="free").update(reads_per_minute=1)
    api.force_authenticate(sam)

    first = api.get("/data/market?instrument=AAPL&bars=1")
    second = api.get("/data/market?instrument=AAPL&bars=1")

    assert (first.status_code, second.status_code) == (200, 429)
    assert second.json()["code"] == "script_read_quota_spent"
    assert '"reads";r=0;' in second["RateLimit"]
    assert int(second["Retry-After"]) >= 1
