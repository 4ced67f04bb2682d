"""Outputs get consecutive numbers, whoever publishes and whatever fails."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import pytest
from django.db import connection, transaction

from common.clock import NaiveInstant
from registry.models import Script
from streams import queries
from streams.keys import ParamNotInKey
from streams.models import Output, Stream
from streams.publishing import NewOutput, StreamKeyTooLong, publish_outputs, stream_for

AT = datetime(2006, 1, 3, tzinfo=UTC)
ONE = NewOutput(value=1, timestamp=AT)


def test_a_stream_is_made_once_and_known_by_its_contract_key(script: Script) -> None:
    made = stream_for(script, "IBM", "1d", {"slow": 26, "fast": 12})
    again = stream_for(script, "IBM", "1d", {"fast": 12, "slow": 26})

    assert made.key == f"personal:{script.owner_id}:{script.pk}:IBM:fast-12_slow-26"
    assert again == made
    assert len(made.epoch) == 12


def test_another_timeframe_is_another_stream_and_says_so_in_its_key(script: Script) -> None:
    daily = stream_for(script, "IBM", "1d", {})
    hourly = stream_for(script, "IBM", "1h", {})

    assert daily.key.endswith(":IBM:default")
    assert hourly.key.endswith(":IBM:timeframe-1h")


def test_a_param_called_timeframe_does_not_merge_two_streams(script: Script) -> None:
    hourly = stream_for(script, "IBM", "1h", {})
    daily_with_the_param = stream_for(script, "IBM", "1d", {"timeframe": "1h"})
    hourly_with_the_param = stream_for(script, "IBM", "1h", {"timeframe": "1h"})

    streams = {hourly, daily_with_the_param, hourly_with_the_param}
    assert len(streams) == len({stream.key for stream in streams}) == 3
    assert {(stream.timeframe, str(stream.params)) for stream in streams} == {
        ("1h", "{}"),
        ("1d", "{'timeframe': '1h'}"),
        ("1h", "{'timeframe': '1h'}"),
    }


def test_params_that_no_key_holds_are_refused(script: Script) -> None:
    with pytest.raises(StreamKeyTooLong):
        stream_for(script, "IBM", "1d", {"text": "x" * 3000})
    with pytest.raises((ParamNotInKey, ValueError)):
        stream_for(script, "IBM", "1d", {"number": float("nan")})

    assert not Stream.objects.exists()


def test_outputs_are_numbered_from_one_and_keep_what_they_say(stream: Stream) -> None:
    with transaction.atomic():
        rows = publish_outputs(
            stream,
            [
                NewOutput(
                    value={"fast": 1.5}, timestamp="2006-01-03T00:00:00Z", metadata={"side": "buy"}
                ),
                NewOutput(value=None, timestamp=AT),
            ],
        )

    assert [row.seq for row in rows] == [1, 2]
    stored = Output.objects.get(stream=stream, seq=1)
    assert (stored.value, stored.timestamp, stored.metadata) == ({"fast": 1.5}, AT, {"side": "buy"})
    assert Stream.objects.get(pk=stream.pk).seq == 2


def test_outputs_need_a_transaction_and_a_time_with_a_zone(stream: Stream) -> None:
    with pytest.raises(NaiveInstant), transaction.atomic():
        publish_outputs(stream, [NewOutput(value=1, timestamp="2006-01-03T00:00:00")])

    stream.refresh_from_db()
    assert stream.seq == 0


@pytest.mark.django_db(transaction=True)
def test_outputs_outside_a_transaction_are_refused(stream: Stream) -> None:
    with pytest.raises(transaction.TransactionManagementError):
        publish_outputs(stream, [ONE])


def test_a_rolled_back_publication_leaves_no_hole(stream: Stream) -> None:
    def publish_and_fail() -> None:
        with transaction.atomic():
            publish_outputs(stream, [ONE, ONE])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        publish_and_fail()
    with transaction.atomic():
        rows = publish_outputs(stream, [ONE])

    assert [row.seq for row in rows] == [1]


@pytest.mark.django_db(transaction=True)
def test_publishers_at_once_leave_no_hole_and_no_repetition(stream: Stream) -> None:
    def publish_twenty_and_fail_sometimes(worker: int) -> None:
        for turn in range(20):
            with transaction.atomic():
                publish_outputs(stream, [NewOutput(value=[worker, turn], timestamp=AT)])
                transaction.set_rollback(turn % 5 == 4)

    _in_threads([partial(publish_twenty_and_fail_sometimes, worker) for worker in range(5)])

    numbers = Output.objects.filter(stream=stream).order_by("pk").values_list("seq", flat=True)
    assert list(numbers) == list(range(1, 5 * 16 + 1))
    assert Stream.objects.get(pk=stream.pk).seq == 5 * 16


@pytest.mark.django_db(transaction=True)
def test_of_two_that_make_a_stream_at_once_both_get_the_same(script: Script) -> None:
    made: list[Stream] = []

    _in_threads([lambda: made.append(stream_for(script, "IBM", "1d", {}))] * 5)

    assert len({stream.pk for stream in made}) == 1


def test_the_history_ends_where_it_is_asked_to_end(stream: Stream) -> None:
    times = [AT.replace(day=day) for day in (3, 4, 5, 6)]
    with transaction.atomic():
        publish_outputs(stream, [NewOutput(value=t.day, timestamp=t) for t in times])

    as_of_the_fifth = queries.output_history(stream, as_of=AT.replace(day=5), limit=2)
    newest = queries.latest_output(stream)

    assert [output.value for output in as_of_the_fifth] == [4, 5]
    assert newest is not None
    assert newest.value == 6
    assert [output.seq for output in queries.outputs_after(stream, 1, 2)] == [2, 3]


def test_what_a_later_run_says_of_an_earlier_instant_is_no_part_of_the_history_before_it(
    stream: Stream,
) -> None:
    third, fourth, fifth = (AT.replace(day=day) for day in (3, 4, 5))
    with transaction.atomic():
        for value, about, clock in ((1, third, third), (2, third, fifth), (3, fourth, None)):
            publish_outputs(stream, [NewOutput(value=value, timestamp=about)], as_of=clock)

    def known(as_of: datetime) -> list[object]:
        return [output.value for output in queries.output_history(stream, as_of=as_of, limit=9)]

    assert known(third) == [1]
    assert known(fourth) == [1, 3]
    assert known(fifth) == [1, 2, 3]


def _in_threads(works: list[Callable[[], None]]) -> None:
    failures: list[Exception] = []

    def run(work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as failure:
            failures.append(failure)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
