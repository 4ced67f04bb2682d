"""Plans on bars that are made of shorter ones, and runs beside corrections of what they read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from accounts.models import User
from execution.models import Execution
from execution.services import runs
from execution.services.realtime import run_markets
from execution.services.replay import replay_execution
from execution.services.requests import RunRequest, request_run
from execution.services.subscriptions import subscribe
from market.bars import NewBar
from market.models import Instrument
from market.services.bars import record_bars
from market.services.corrections import correct_bars
from registry.models import ScriptVersion
from streams.models import Output
from tests import factories
from tests.execution.conftest import run_everything

pytestmark = [pytest.mark.django_db, pytest.mark.sandbox]

OPENING = datetime(2006, 1, 3, 14, 30, tzinfo=UTC)
SOURCE = """
five, seven = get_market_data(bars=3), get_market_data(timeframe="7m", bars=2)
emit_signal({"value": five["close"].iloc[-1], "volume": five["volume"].iloc[-1],
             "sevens": list(seven["close"])})
"""


def minute(number: int, close: float | None = None) -> NewBar:
    """Return a minute of the session; its close is 100 and the number unless said otherwise."""
    close = 100.0 + number if close is None else close
    return NewBar(
        instrument_key="IBM",
        timeframe="1m",
        opened_at=OPENING + timedelta(minutes=number),
        open=close,
        high=close + 1,
        low=close - 1,
        close=close,
        volume=2.0,
    )


def record(numbers: Sequence[int]) -> None:
    for number in numbers:
        record_bars([minute(number)], now=minute(number).closes_at)


@pytest.fixture
def version(ada: User, rita: User, ibm: Instrument) -> ScriptVersion:
    return factories.make_published_version(ada, rita, source=SOURCE)


def test_a_subscription_on_five_minutes_runs_at_each_of_their_closes(
    version: ScriptVersion, ada: User, now: datetime
) -> None:
    record(range(7))
    on_fives = RunRequest(instrument_key="IBM", timeframe="5m")
    subscribe(version.script, on_fives, acting_user=ada, now=now)
    run_markets([("IBM", "5m")], now=now)
    for number in range(7, 21):
        record([number])
        run_markets([("IBM", "5m")], now=now)

    run_everything()

    assert [execution.as_of for execution in Execution.objects.order_by("as_of")] == [
        OPENING + timedelta(minutes=minutes) for minutes in (5, 10, 15, 20)
    ]
    assert list(Output.objects.order_by("seq").values_list("value", flat=True)) == [
        104.0,
        109.0,
        114.0,
        119.0,
    ]
    newest = Output.objects.order_by("-seq")[0]
    assert (newest.metadata["volume"], newest.metadata["sevens"]) == (10.0, [106.0, 113.0])


def test_a_run_as_of_before_a_correction_reads_what_was_known_then(
    version: ScriptVersion, ada: User, now: datetime
) -> None:
    record(range(15))
    before, after = now - timedelta(days=1), now

    def run(as_of: datetime) -> Execution:
        request = RunRequest(instrument_key="IBM", timeframe="5m", as_of=as_of)
        asked = request_run(version.script, request, acting_user=ada, now=now)
        runs.run_execution(str(asked.pk))
        return Execution.objects.select_related("version__script__tenant").get(pk=asked.pk)

    first = run(after)
    correct_bars(
        [minute(14, close=500.0), minute(13, close=400.0)],
        known_at=now - timedelta(hours=1),
        reason="misprint",
        acting_user=None,
        now=now,
    )
    as_of_then, as_of_now = run(before), run(after)

    assert [execution.outputs[0]["value"] for execution in (first, as_of_then, as_of_now)] == [
        114.0,
        114.0,
        500.0,
    ]
    assert replay_execution(first).verdict == "identical"
