from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest
from django.db import IntegrityError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import User
from common.ids import uuid7
from gateway.access import NotReadable
from gateway.models import DataAccess
from gateway.reads import InvalidRead, Reader, newest_close, reader_for, require_market
from gateway.requests import (
    GatewayRequest,
    MarketDataRequest,
    MetricRequest,
    ScriptOutputRequest,
    Table,
    UpstreamOutputs,
)
from market.services.bars import record_history
from registry.models import Script
from registry.services import entitlements
from streams import watermark
from streams.models import Stream
from tests import factories
from tests.gateway.conftest import CLOSES, close_of_day, microsecond_before
from tests.market.prices import DAY, FIRST_DAY, LATER, new_bar

LATEST = {"value": 4, "timestamp": close_of_day(4).isoformat(), "metadata": {}}
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("history")]


def reader_of(user: User, *, as_of: datetime = LATER, **given: Any) -> Reader:
    return reader_for(
        user,
        given.pop("execution_id", uuid7()),
        instrument_key="AAPL",
        timeframe="1d",
        as_of=as_of,
        upstream=given.pop("upstream", {}),
        clock=lambda: LATER,
    )


def closes(reply: object) -> list[float]:
    assert isinstance(reply, Table)
    found: list[float] = reply.columns["close"].tolist()
    return found


def test_market_data_defaults_to_the_runs_own_market(sam: User) -> None:
    reply = reader_of(sam).read(MarketDataRequest(bars=2))

    assert isinstance(reply, Table)
    assert closes(reply) == CLOSES[-2:]
    assert list(reply.columns) == ["open", "high", "low", "close", "volume"]
    assert reply.index_ns[-1] == int(close_of_day(28).timestamp()) * 10**9


def test_market_data_of_another_instrument_can_be_asked_for(sam: User) -> None:
    assert closes(reader_of(sam).read(MarketDataRequest(instrument_key="IBM"))) == [50.0]


def test_no_read_sees_past_the_clock_of_its_run(sam: User) -> None:
    @settings(deadline=None, max_examples=50)
    @given(st.timedeltas(-2 * DAY, 35 * DAY))
    def sees_closed_bars_only(since_first_day: timedelta) -> None:
        as_of = FIRST_DAY + since_first_day
        known = [close for day, close in enumerate(CLOSES) if close_of_day(day) <= as_of]
        reader = reader_of(sam, as_of=as_of)

        assert closes(reader.read(MarketDataRequest(bars=5))) == known[-5:]
        assert reader.read(MetricRequest(name="close")) == (known[-1] if known else None)

    sees_closed_bars_only()


def test_a_bar_recorded_late_does_not_change_what_an_earlier_clock_sees(sam: User) -> None:
    before = reader_of(sam, as_of=close_of_day(9))
    before.read(MarketDataRequest())

    record_history([new_bar(day=40, close=5.0)], now=LATER)

    after = reader_of(sam, as_of=close_of_day(9))
    after.read(MarketDataRequest())
    assert before.records()[0].sha256 == after.records()[0].sha256


@pytest.mark.parametrize(
    ("request_", "field", "said"),
    [
        (MarketDataRequest(instrument_key="TSLA"), "instrument", "there are AAPL, IBM"),
        (MarketDataRequest(instrument_key="AAPL\x00"), "instrument", "such as 'AAPL'"),
        (MarketDataRequest(instrument_key="aapl"), "instrument", "such as 'AAPL'"),
        (MarketDataRequest(instrument_key=["AAPL"]), "instrument", "such as 'AAPL'"),  # type: ignore[arg-type]
        (MarketDataRequest(timeframe="1w"), "timeframe", "5m, 1h or 1d"),
        (MarketDataRequest(timeframe=5), "timeframe", "such as '1d'"),  # type: ignore[arg-type]
        (MarketDataRequest(timeframe="5m"), "timeframe", "AAPL has no 5m bars; write 1d"),
        (MarketDataRequest(bars=0), "bars", "from 1 to 5000"),
        (MarketDataRequest(bars=5001), "bars", "from 1 to 5000"),
        (MarketDataRequest(bars=True), "bars", "from 1 to 5000"),
        (MarketDataRequest(bars=2.0), "bars", "from 1 to 5000"),  # type: ignore[arg-type]
        (MetricRequest(name="sharpe"), "name", "write one of close, volume, change"),
        (MetricRequest(name=None), "name", "write one of"),  # type: ignore[arg-type]
        (MetricRequest(name="close", instrument_key="TSLA"), "instrument", "there are AAPL, IBM"),
    ],
)
def test_a_read_of_what_there_is_not_says_what_to_write(
    sam: User, request_: GatewayRequest, field: str, said: str
) -> None:
    reader = reader_of(sam)

    with pytest.raises(InvalidRead, match=said) as caught:
        reader.read(request_)

    assert caught.value.details["field"] == field
    [record] = reader.records()
    assert (record.refusal, record.sha256, record.rows) == ("invalid_read", "", 0)


@pytest.mark.parametrize("bars", [1, 5000])
def test_the_bounds_of_bars_are_inside(sam: User, bars: int) -> None:
    assert len(closes(reader_of(sam).read(MarketDataRequest(bars=bars)))) == min(bars, len(CLOSES))


def test_before_the_first_bar_there_is_an_empty_table(sam: User) -> None:
    reply = reader_of(sam, as_of=FIRST_DAY).read(MarketDataRequest())

    assert closes(reply) == []
    assert isinstance(reply, Table)
    assert reply.index_ns.dtype == np.int64


def test_metrics_come_from_the_bars_known_at_the_clock(sam: User) -> None:
    reader = reader_of(sam, as_of=close_of_day(9))

    assert reader.read(MetricRequest(name="close")) == CLOSES[9]
    assert reader.read(MetricRequest(name="change")) == 1
    assert reader.read(MetricRequest(name="close", instrument_key="IBM")) == 50
    assert reader.read(MetricRequest(name="realised_volatility")) is None


def declared(script: Script, stream: Stream, **given: Any) -> dict[str, UpstreamOutputs]:
    outputs = {
        "stream_id": stream.pk,
        "latest": LATEST,
        "place": watermark.place_of(stream),
        **given,
    }
    return {str(script.pk): UpstreamOutputs(**outputs)}


def test_a_declared_dependency_is_read_by_who_is_entitled(
    sam: User, script: Script, stream: Stream
) -> None:
    factories.make_entitlement(script, sam)
    reader = reader_of(sam, as_of=close_of_day(3), upstream=declared(script, stream))

    same_bar = reader.read(ScriptOutputRequest(script_id=str(script.pk)))
    history = reader.read(ScriptOutputRequest(script_id=str(script.pk), history=2))

    assert same_bar == LATEST
    assert isinstance(history, list)
    assert history == [
        {
            "value": day,
            "timestamp": close_of_day(day).isoformat(),
            "metadata": {"note": f"day {day}"},
        }
        for day in (2, 3)
    ]


def test_outputs_of_later_bars_are_not_there_yet(sam: User, script: Script, stream: Stream) -> None:
    factories.make_entitlement(script, sam)
    reader = reader_of(
        sam, as_of=microsecond_before(close_of_day(0)), upstream=declared(script, stream)
    )

    assert reader.read(ScriptOutputRequest(script_id=str(script.pk), history=9)) == []


def test_a_dependency_that_put_nothing_out_reads_as_none(
    sam: User, script: Script, stream: Stream
) -> None:
    factories.make_entitlement(script, sam)
    reader = reader_of(sam, upstream=declared(script, stream, stream_id=None, latest=None))

    assert reader.read(ScriptOutputRequest(script_id=str(script.pk))) is None
    assert reader.read(ScriptOutputRequest(script_id=str(script.pk), history=3)) == []


def refusal_of(reader: Reader, script_id: object) -> tuple[type[Exception], str]:
    with pytest.raises(PermissionError) as caught:
        reader.read(ScriptOutputRequest(script_id=script_id))  # type: ignore[arg-type]
    return type(caught.value), str(caught.value).replace(repr(script_id), "…")


def test_undeclared_not_entitled_revoked_and_unknown_look_the_same(
    sam: User, ada: User, mallory: User, script: Script, stream: Stream
) -> None:
    factories.make_entitlement(script, sam)
    not_declared = refusal_of(reader_of(sam), str(script.pk))
    unknown = refusal_of(reader_of(sam), str(uuid.uuid4()))
    nonsense = refusal_of(reader_of(sam), "../../etc/passwd")
    foreign = refusal_of(reader_of(mallory, upstream=declared(script, stream)), str(script.pk))
    entitlements.revoke(script, sam, acting_user=ada, now=LATER, reason="left")
    revoked = refusal_of(reader_of(sam, upstream=declared(script, stream)), str(script.pk))

    assert {not_declared, unknown, nonsense, foreign, revoked} == {not_declared}
    assert not_declared[0] is NotReadable


@pytest.mark.parametrize("history", [-1, 1001, "5", None, True])
def test_history_has_bounds(sam: User, script: Script, stream: Stream, history: Any) -> None:
    factories.make_entitlement(script, sam)
    reader = reader_of(sam, upstream=declared(script, stream))

    with pytest.raises(InvalidRead, match=r"history.*from 0 to 1000"):
        reader.read(ScriptOutputRequest(script_id=str(script.pk), history=history))


def test_every_read_is_recorded_in_order_with_a_digest(sam: User) -> None:
    execution_id = uuid7()
    reader = reader_of(sam, as_of=close_of_day(9), execution_id=execution_id)
    reader.read(MarketDataRequest(bars=3))
    reader.read(MetricRequest(name="close"))
    with pytest.raises(NotReadable):
        reader.read(ScriptOutputRequest(script_id="x"))

    reader.record()

    rows = list(DataAccess.objects.filter(execution_id=execution_id).order_by("position"))
    assert [(row.position, row.kind, row.rows, row.refusal) for row in rows] == [
        (1, "market_data", 3, ""),
        (2, "metric", 1, ""),
        (3, "script_output", 0, "not_readable"),
    ]
    assert rows[0].request == {"instrument_key": None, "timeframe": None, "bars": 3}
    assert {(row.user, row.as_of, row.at) for row in rows} == {(sam, close_of_day(9), LATER)}
    assert [len(row.sha256) for row in rows] == [64, 64, 0]


def test_a_digest_changes_with_any_number_it_covers(sam: User) -> None:
    def digest_with(**fields: float) -> str:
        with transaction.atomic():
            bar = new_bar("IBM", day=1, open=10.0, high=20.0, low=5.0, close=10.0)
            record_history(
                [
                    new_bar(
                        "IBM",
                        day=1,
                        **{
                            **dict(
                                zip(
                                    ("open", "high", "low", "close", "volume"),
                                    bar.values,
                                    strict=True,
                                )
                            ),
                            **fields,
                        },
                    )
                ],
                now=LATER,
            )
            reader = reader_of(sam)
            reader.read(MarketDataRequest(instrument_key="IBM", bars=1))
            transaction.set_rollback(True)
        return reader.records()[0].sha256

    changes: list[dict[str, float]] = [
        {},
        {"open": 11.0},
        {"high": 21.0},
        {"low": 6.0},
        {"close": 11.0},
        {"volume": 1.0},
    ]
    digests = {digest_with(**change) for change in changes}
    assert len(digests) == len(changes)
    assert digest_with() in digests


def test_a_record_has_a_digest_or_a_refusal(sam: User) -> None:
    row = DataAccess(position=1, user=sam, kind="metric", request={}, rows=0, as_of=LATER, at=LATER)

    with pytest.raises(IntegrityError):
        row.save()


def test_a_market_is_required_by_name(sam: User) -> None:
    require_market("AAPL", "1d")
    assert newest_close("AAPL", "1d") == close_of_day(29)
    assert newest_close("AAPL", "1h") is None

    with pytest.raises(InvalidRead, match="there are AAPL, IBM"):
        require_market("TSLA", "1d")
    with pytest.raises(InvalidRead, match="5m, 1h or 1d"):
        require_market("AAPL", "weekly")
