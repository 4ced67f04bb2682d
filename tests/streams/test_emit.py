"""``manage.py emit`` publishes numbered outputs and says which."""

from __future__ import annotations

import json
import time
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from accounts.models import AuditEvent
from streams.models import Output, Stream


def test_it_publishes_numbered_outputs_and_prints_json(stream: Stream) -> None:
    printed = StringIO()

    call_command("emit", stream=stream.key, count=3, json=True, stdout=printed)

    told = json.loads(printed.getvalue())
    assert (told["first_seq"], told["last_seq"], told["count"]) == (1, 3, 3)
    assert told["epoch"] == stream.epoch
    values = Output.objects.filter(stream=stream).order_by("seq").values_list("value", flat=True)
    assert list(values) == [1, 2, 3]


def test_what_is_made_up_is_on_record(stream: Stream) -> None:
    call_command("emit", stream=stream.key, count=3, stdout=StringIO())

    event = AuditEvent.objects.get(event="made_up_outputs_published")
    assert stream.script is not None
    assert event.chain == stream.script.tenant.slug
    assert event.actor is None
    assert event.after == {"stream": stream.key, "count": 3}


def test_in_production_nothing_is_made_up_without_a_reason(
    stream: Stream, settings: Settings
) -> None:
    settings.PRODUCTION = True
    for reason in ("", " "):
        with pytest.raises(CommandError, match="--in-production REASON"):
            call_command("emit", stream=stream.key, count=1, in_production=reason)
    assert not Output.objects.exists()
    assert not AuditEvent.objects.filter(event="made_up_outputs_published").exists()

    call_command("emit", stream=stream.key, count=1, in_production="A drill.", stdout=StringIO())

    assert Output.objects.count() == 1
    assert AuditEvent.objects.get(event="made_up_outputs_published").reason == "A drill."


def test_it_keeps_the_rate(stream: Stream) -> None:
    started = time.monotonic()

    call_command("emit", stream=stream.key, count=5, rate=20.0, stdout=StringIO())

    assert time.monotonic() - started >= 0.25


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"stream": "personal:unknown", "count": 1}, "There is no stream"),
        ({"count": 0}, "above zero"),
        ({"count": 1, "rate": 0.0}, "above zero"),
    ],
)
def test_it_says_what_is_wrong(stream: Stream, options: dict[str, object], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        call_command("emit", **{"stream": stream.key, **options})

    assert not Output.objects.exists()
