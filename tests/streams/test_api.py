"""The latest output, the list of streams, and the way to the socket, over HTTP."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.models import User
from common import row_scope
from registry.models import Entitlement, Script
from streams.models import Stream
from streams.publishing import stream_for
from streams.tickets import redeem_ticket
from tests.factories import make_credential
from tests.problems import NOT_STORABLE, as_user, assert_problem
from tests.streams.conftest import Publish
from tests.streams.servers import OwnRedis

SUBSCRIBE = "/api/v2/signals/sdk/signals/subscribe"
STREAMS = "/api/v2/signals/sdk/signals/streams"


def test_the_latest_output_has_the_shape_of_an_indicator(
    api: APIClient, sam: User, entitled: Entitlement, script: Script, publish: Publish
) -> None:
    publish(2)
    api.force_authenticate(sam)

    reply = api.get(f"/signals/IBM/custom/{script.pk}")

    assert reply.status_code == 200
    assert reply.json() == {
        "instrument_key": "IBM",
        "indicator": "Momentum",
        "period": None,
        "timestamp": "2006-01-05T00:00:00Z",
        "value": 2.0,
        "metadata": {"side": "buy"},
    }


def test_the_latest_output_can_be_asked_by_params_and_timeframe(
    api: APIClient, ada: User, script: Script, publish: Publish
) -> None:
    publish(1)
    publish(3, to=stream_for(script, "IBM", "1h", {"period": 20}))
    api.force_authenticate(ada)
    address = f"/signals/IBM/custom/{script.pk}"

    assert api.get(address).json()["value"] == 3.0
    assert api.get(address, {"params": '{"period":14}'}).json()["value"] == 1.0
    assert api.get(address, {"timeframe": "1d"}).json()["value"] == 1.0
    assert api.get(address, {"timeframe": "5m"}).json()["code"] == "no_output"
    refused = api.get(address, {"params": "period-14"})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "params")


def test_the_latest_output_is_found_whatever_other_streams_have_put_out_since(
    api: APIClient, sam: User, entitled: Entitlement, script: Script, publish: Publish
) -> None:
    publish(2)
    publish(3000, to=stream_for(script, "BUSY", "1d", {}))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE streams_output; ANALYZE streams_stream")
    api.force_authenticate(sam)

    with CaptureQueriesContext(connection) as asked:
        assert api.get(f"/signals/IBM/custom/{script.pk}").json()["value"] == 2.0

    about_outputs = [one["sql"] for one in asked if '"streams_output"' in one["sql"]]
    assert about_outputs
    with row_scope.within(row_scope.scope_of(sam.pk)):
        assert max(rows_touched(sql) for sql in about_outputs) <= 2


def rows_touched(sql: str) -> int:
    """Return how many rows of outputs a statement looks at, those that it leaves out among them."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}")
        found = cursor.fetchone()[0]
    (plan,) = json.loads(found) if isinstance(found, str) else found
    return _rows_of(plan["Plan"])


def _rows_of(node: dict[str, Any]) -> int:
    below = sum(_rows_of(child) for child in node.get("Plans", ()))
    if not node.get("Relation Name", "").startswith("streams_output"):
        return below
    rows = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
    return int(below + rows * node["Actual Loops"])


@pytest.mark.parametrize("tail", ["", "/history"])
@pytest.mark.parametrize("params", NOT_STORABLE)
def test_params_that_cannot_be_kept_are_refused_by_name(
    tail: str, params: str, sam: User, entitled: Entitlement, script: Script, publish: Publish
) -> None:
    publish(1)

    reply = as_user(sam).get(f"/signals/IBM/custom/{script.pk}{tail}", {"params": params})

    assert_problem(reply, 422, "invalid_input", "params")


@pytest.mark.parametrize(("tail", "code"), [("", "no_output"), ("/history", "no_stream")])
def test_nothing_runs_on_an_instrument_with_the_character_nul_in_its_key(
    tail: str, code: str, sam: User, entitled: Entitlement, script: Script, publish: Publish
) -> None:
    publish(1)

    reply = as_user(sam).get(f"/signals/IB%00M/custom/{script.pk}{tail}")

    assert_problem(reply, 404, code)


@pytest.mark.parametrize("text", [r"\ud800", r"\u0000"])
def test_streams_are_not_asked_for_by_params_that_cannot_be_kept(
    text: str, sam: User, entitled: Entitlement, script: Script, stream: Stream
) -> None:
    named = f'"instrument": "IBM", "personal_signal_id": "{script.pk}"'
    body = f'{{{named}, "params": {{"a": "{text}"}}}}'

    reply = as_user(sam).post(SUBSCRIBE, body, content_type="application/json")

    assert reply.status_code in (400, 422), reply.content  # not JSON for some, no params for others


def test_no_output_yet_is_said_to_those_who_may_know(
    api: APIClient, ada: User, stream: Stream
) -> None:
    api.force_authenticate(ada)

    reply = api.get(f"/signals/IBM/custom/{stream.script_id}")

    assert (reply.status_code, reply.json()["code"]) == (404, "no_output")


def test_outsiders_learn_nothing_and_colleagues_that_they_need_an_entitlement(
    api: APIClient, script: Script, publish: Publish, sam: User, mallory: User
) -> None:
    publish(1)
    unknown = "01920000-0000-7000-8000-000000000000"

    api.force_authenticate(mallory)
    foreign_reply = api.get(f"/signals/IBM/custom/{script.pk}")
    unknown_reply = api.get(f"/signals/IBM/custom/{unknown}")
    api.force_authenticate(sam)
    colleagues_reply = api.get(f"/signals/IBM/custom/{script.pk}")

    assert foreign_reply.status_code == unknown_reply.status_code == 404
    assert foreign_reply.json()["detail"] == unknown_reply.json()["detail"]
    assert (colleagues_reply.status_code, colleagues_reply.json()["code"]) == (403, "not_entitled")


def test_overseers_see_scripts_and_still_need_a_right_to_their_outputs(
    api: APIClient, script: Script, publish: Publish, rita: User
) -> None:
    publish(1)
    api.force_authenticate(rita)

    assert api.get(f"/signals/IBM/custom/{script.pk}").status_code == 403


def test_the_list_names_the_streams_one_may_read_and_no_others(
    api: APIClient, script: Script, stream: Stream, sam: User, mallory: User, entitled: Entitlement
) -> None:
    stream_for(script, "MSFT", "1d", {})

    api.force_authenticate(sam)
    everything = api.get(STREAMS).json()
    personal = api.get(STREAMS, {"signal_type": "personal", "instruments": "IBM,AAPL"}).json()
    api.force_authenticate(mallory)
    nothing = api.get(STREAMS).json()

    assert (everything["total"], everything["counts"]["personal"]) == (2, 2)
    assert set(everything["streams"]) == {"public", "common", "marketplace", "personal"}
    assert personal == {
        "signal_type": "personal",
        "count": 1,
        "streams": [
            {
                "stream_key": stream.key,
                "script_id": str(script.pk),
                "script_name": "Momentum",
                "repaints": False,
                "instrument": "IBM",
                "owner_id": script.owner_id,
            }
        ],
    }
    assert nothing["total"] == 0


def test_the_way_in_is_a_key_and_a_token_bound_to_the_caller(
    api: APIClient,
    script: Script,
    stream: Stream,
    sam: User,
    entitled: Entitlement,
    redis_server: OwnRedis,
) -> None:
    api.force_authenticate(sam, token=make_credential(sam))  # type: ignore[arg-type]

    reply = api.post(
        SUBSCRIBE, {"instrument": "IBM", "personal_signal_id": str(script.pk)}, format="json"
    ).json()

    assert redeem_ticket(reply.pop("connection_token")).user_id == sam.pk
    assert reply == {
        "success": True,
        "stream_keys": [stream.key],
        "allowed_streams": [stream.key],
        "denied_streams": [],
        "websocket_url": "ws://testserver/ws/",
    }


def test_a_token_is_kept_only_as_a_hash_and_for_a_minute(
    api: APIClient, script: Script, stream: Stream, ada: User, redis_server: OwnRedis
) -> None:
    api.force_authenticate(ada)

    reply = api.post(
        SUBSCRIBE, {"instrument": "IBM", "personal_signal_id": str(script.pk)}, format="json"
    ).json()

    with redis_server.client() as client:
        (name,) = client.keys("ticket:*")
        assert reply["connection_token"] not in name
        assert 0 < client.ttl(name) <= 60


def test_the_way_in_is_refused_with_the_reason(
    api: APIClient, script: Script, stream: Stream, ada: User, sam: User, mallory: User
) -> None:
    body = {"instrument": "IBM", "personal_signal_id": str(script.pk)}
    replies = {}
    for user in (sam, mallory):
        api.force_authenticate(user)
        replies[user.username] = api.post(SUBSCRIBE, body, format="json")
    api.force_authenticate(ada)
    replies["elsewhere"] = api.post(SUBSCRIBE, body | {"instrument": "MSFT"}, format="json")
    replies["unproven"] = api.post(
        SUBSCRIBE, {"instrument": "IBM", "product_id": body["personal_signal_id"]}, format="json"
    )

    assert {who: (reply.status_code, reply.json()["code"]) for who, reply in replies.items()} == {
        "sam": (403, "not_entitled"),
        "mallory": (404, "no_such_script"),
        "elsewhere": (404, "no_stream"),
        "unproven": (422, "invalid_input"),
    }
