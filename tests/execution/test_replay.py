"""What a replay says: identical, where it differs first, or why it cannot be done."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from accounts.models import AuditEvent, User
from common.canonical import digest, sha256
from execution.models import Execution
from execution.services import capsules, claims, recovery, replay, runs
from execution.services.replay import replay_execution
from execution.services.requests import RunRequest, request_run
from gateway.models import DataAccess, ReadContent
from market.bars import NewBar
from market.models import Bar
from streams.models import Output
from tests import factories
from tests.registry.test_source_integrity import object_of

pytestmark = [pytest.mark.django_db, pytest.mark.sandbox]

SOURCE = """
data = get_market_data()
log("closes", len(data))
import random
noise = random.random() * params.get("scale", 1)
emit_signal({"value": data["close"].sum() + get_metric("close"), "noise": noise,
             "clock": get_timestamp()})
"""
Run = Callable[..., Execution]


@pytest.fixture
def run(ada: User, rita: User, three_sessions: list[NewBar], now: datetime) -> Run:
    def publish_and_run(source: str = SOURCE, **given: Any) -> Execution:
        version = factories.make_published_version(ada, rita, source=source)
        request = RunRequest(instrument_key="IBM", **given)
        asked = request_run(version.script, request, acting_user=ada, now=now)
        runs.run_execution(str(asked.pk))
        return read_again(asked)

    return publish_and_run


def read_again(execution: Execution) -> Execution:
    return Execution.objects.select_related("version__script__tenant").get(pk=execution.pk)


def change(execution: Execution, **fields: Any) -> Execution:
    Execution.objects.filter(pk=execution.pk).update(**fields)
    return read_again(execution)


def where(execution: Execution) -> str:
    report = replay_execution(execution)
    assert report.verdict == "different"
    assert report.difference is not None
    return report.difference.where


def test_a_run_is_repeated_from_what_it_was_answered_not_from_the_market(run: Run) -> None:
    execution = run()
    Bar.objects.update(open=1.0, high=1.0, low=1.0, close=1.0)

    report = replay_execution(execution)

    assert report.verdict == "identical"
    assert report.reads == 2
    assert report.notes == ()


def test_a_replay_writes_nothing_but_its_audit_row(run: Run, olga: User, now: datetime) -> None:
    execution = run()
    before = list(Execution.objects.values())
    counted = (Output.objects.count(), DataAccess.objects.count(), ReadContent.objects.count())

    replay.replay_for(execution, acting_user=olga, now=now)

    assert list(Execution.objects.values()) == before
    after = (Output.objects.count(), DataAccess.objects.count(), ReadContent.objects.count())
    assert after == counted
    event = AuditEvent.objects.get(event="execution_replayed")
    assert event.actor == olga
    assert event.after["verdict"] == "identical"


@pytest.mark.parametrize(
    ("source", "outcome"),
    [
        ("log(1)\nraise ValueError('no data')\n", "error"),
        ("import os\n", "error"),
        ("def f(:\n", "rejected"),
        ("for i in range(200):\n    emit_signal({'value': i})\n", "output_limit"),
        ("while True:\n    pass\n", "timeout"),
        ("x = [0] * 100_000_000\n", "memory"),
        ("try:\n    get_script_output('x' * 8)\nexcept PermissionError as e:\n    log(e)\n", "ok"),
    ],
)
def test_runs_that_failed_or_were_refused_are_repeated_too(
    run: Run, settings: Settings, source: str, outcome: str
) -> None:
    settings.SANDBOX_WALL_SECONDS = 1.0
    settings.SANDBOX_MEMORY_MB = 64
    execution = run(source)
    assert execution.outcome == outcome
    settings.SANDBOX_WALL_SECONDS = 30.0
    settings.SANDBOX_MEMORY_MB = 2048

    assert replay_execution(execution).verdict == "identical"


def test_one_flipped_byte_of_any_content_is_found_before_it_is_used(run: Run) -> None:
    execution = run()

    contents = list(ReadContent.objects.all())
    assert {content.kind for content in contents} == {"value", "table", "piece"}
    for content in contents:
        raw = bytearray(zlib.decompress(bytes(content.body)))
        raw[len(raw) // 2] ^= 1
        ReadContent.objects.filter(pk=content.pk).update(body=zlib.compress(bytes(raw)))
        assert replay_execution(execution).verdict != "identical"
        assert replay_execution(execution).duration_ms is None
        ReadContent.objects.filter(pk=content.pk).update(body=content.body)
    assert replay_execution(execution).verdict == "identical"


def test_a_broken_byte_of_the_compressed_content_is_a_difference_too(run: Run) -> None:
    execution = run('emit_signal({"value": len(get_market_data())})\n')
    ReadContent.objects.update(body=b"\x00not zlib")

    assert where(execution) == "content of read 1"


@pytest.mark.parametrize(
    ("fields", "part"),
    [
        ({"params": {"scale": 2}}, "params"),
        ({"seed": 7}, "seed"),
        ({"as_of": datetime.fromisoformat("2006-01-02T12:00:00+00:00")}, "clock"),
        ({"limits": {"wall_seconds": 1}}, "record"),
        ({"script_sha256": "0" * 64}, "script"),
        ({"log": ["closes 4"], "log_sha256": digest(["closes 4"])}, "record"),
        ({"output_sha256": "0" * 64}, "outputs"),
    ],
)
def test_a_record_changed_since_the_run_is_named(
    run: Run, fields: dict[str, Any], part: str
) -> None:
    execution = change(run(), **fields)

    assert where(execution) == f"capsule, {part} changed since the run"


def resealed(execution: Execution, **fields: Any) -> Execution:
    """Change a record as its forger would, the seal included."""
    changed = change(execution, **fields)
    return change(changed, capsule_sha256=capsules.capsule_of(changed).sha256)


def test_a_forged_record_with_a_new_seal_still_does_not_repeat(run: Run) -> None:
    execution = run()
    before, earlier = execution.seed, execution.as_of - timedelta(days=1)

    assert where(resealed(execution, seed=7)) == "output 1, metadata, noise"
    assert where(resealed(execution, seed=before, as_of=earlier)) == "output 1, metadata, clock"


def test_forged_params_and_logs_are_named_with_both_values(run: Run) -> None:
    execution = run(params={"scale": 1})
    found = replay_execution(resealed(execution, params={"scale": 3})).difference
    resealed(execution, params={"scale": 1})
    assert found is not None
    assert found.where == "output 1, metadata, noise"
    assert found.recorded != found.here

    forged = resealed(execution, log=["closes 4"], log_sha256=digest(["closes 4"]))
    line = replay_execution(forged).difference
    assert line is not None
    assert (line.where, line.recorded, line.here) == ("log line 1", '"closes 4"', '"closes 3"')


def test_a_forged_read_is_the_first_difference(run: Run) -> None:
    execution = run()
    DataAccess.objects.filter(position=2).update(request={"name": "volume"})
    assert where(execution) == "capsule, record changed since the run"

    assert where(resealed(execution)) == "read 2"


def test_another_source_runs_on_the_old_capsule(run: Run) -> None:
    execution = run()

    same = replay_execution(execution, source=SOURCE + "# a remark\n")
    longer = replay_execution(execution, source=SOURCE + 'get_metric("volume")\n')
    shorter = replay_execution(execution, source='get_market_data()\nemit_signal({"value": 1})\n')

    assert same.verdict == "identical"
    assert same.notes[0].startswith(f"script differs: recorded {execution.script_sha256}")
    assert longer.difference is not None
    assert (longer.difference.where, longer.difference.recorded) == ("read 3", "nothing")
    assert shorter.difference is not None
    assert (shorter.difference.where, shorter.difference.here) == ("read 2", "nothing")


def test_other_bytes_than_those_that_ran_are_not_run(run: Run, settings: Settings) -> None:
    execution = run()
    for path in settings.SCRIPT_CACHE_DIR.rglob("*.py"):
        path.unlink()
    object_of(execution.version).put(Body=SOURCE.replace("closes", "c1oses").encode())

    report = replay_execution(execution)

    assert report.difference is not None
    assert report.difference.where == "script"
    assert report.difference.recorded == execution.script_sha256
    assert report.duration_ms is None


def test_bytes_that_are_gone_are_said_to_be_gone(run: Run, settings: Settings) -> None:
    execution = run()
    for path in settings.SCRIPT_CACHE_DIR.rglob("*.py"):
        path.unlink()
    object_of(execution.version).delete()

    report = replay_execution(execution)

    assert report.verdict == "impossible"
    assert "the script's bytes cannot be had" in report.reason


def test_a_run_that_is_run_again_is_repeated_as_it_ran_last(
    run: Run, olga: User, now: datetime
) -> None:
    execution = run("get_market_data(bars=2)\nraise ValueError(get_metric('close'))\n")
    recovery.run_again(execution, reason="r", acting_user=olga, now=now)
    assert replay_execution(read_again(execution)).verdict == "impossible"

    runs.run_execution(str(execution.pk))

    again = read_again(execution)
    assert again.outcome == "error"
    report = replay_execution(again)
    assert (report.verdict, report.reads) == ("identical", 2)
    assert DataAccess.objects.filter(execution_id=again.pk).count() == 4


def test_modules_that_differ_are_said_and_the_run_is_repeated_all_the_same(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    execution = run()
    monkeypatch.setattr(replay, "module_set_sha256", lambda: "f" * 64)

    report = replay_execution(execution)

    assert report.verdict == "identical"
    assert report.notes == (
        f"modules differ: recorded {execution.module_set_sha256}, here {'f' * 64}",
    )


def test_what_is_not_kept_any_more_is_said(run: Run) -> None:
    execution = run()
    ReadContent.objects.filter(kind="piece").delete()

    report = replay_execution(execution)

    assert report.verdict == "impossible"
    assert "content of read 1 is not kept any more" in report.reason


def test_a_run_that_never_started_has_no_capsule(run: Run, now: datetime) -> None:
    execution = change(run(), capsule_sha256="")

    report = replay_execution(execution)

    assert report.verdict == "impossible"
    assert "never started" in report.reason


def test_an_attempt_that_was_fenced_off_leaves_no_reads_and_no_content(
    ada: User, rita: User, three_sessions: list[NewBar], now: datetime, monkeypatch: Any
) -> None:
    version = factories.make_published_version(ada, rita, source=SOURCE)
    request = RunRequest(instrument_key="IBM")
    asked = request_run(version.script, request, acting_user=ada, now=now)
    real = claims.claim_all

    def claim_with_an_old_fence(ids: Any, *, now: datetime) -> list[claims.Claim]:
        return [replace(one, fence=one.fence + 1) for one in real(ids, now=now)]

    monkeypatch.setattr(claims, "claim_all", claim_with_an_old_fence)
    runs.run_execution(str(asked.pk))

    assert not DataAccess.objects.exists()
    assert not ReadContent.objects.exists()
    assert read_again(asked).capsule_sha256 == ""


def test_the_capsule_holds_all_that_is_needed_and_has_its_own_hash(run: Run) -> None:
    execution = run()

    capsule = capsules.capsule_of(execution)

    assert capsule.sha256 == sha256(capsule.as_json()) == execution.capsule_sha256
    assert capsule.content["script_sha256"] == execution.version.approved_sha256
    assert [read["position"] for read in capsule.content["reads"]] == [1, 2]
    assert capsule.content["limits"]["wall_seconds"] == 5


@pytest.mark.parametrize(
    "spelling", [lambda e: str(e.pk), lambda e: e.pk.hex, lambda e: e.execution_id]
)
def test_the_command_takes_every_spelling_of_an_id(
    run: Run, olga: User, spelling: Callable[[Execution], str]
) -> None:
    execution, printed = run(), StringIO()

    call_command("replay", spelling(execution), username="olga", stdout=printed)

    assert printed.getvalue() == "identical: ok, 2 reads\n"
    assert AuditEvent.objects.get(event="execution_replayed").actor == olga


def test_the_command_ends_with_one_and_prints_the_difference(run: Run) -> None:
    execution, printed = resealed(run(), seed=7), StringIO()

    with pytest.raises(SystemExit) as ended:
        call_command("replay", execution.pk.hex, json=True, stdout=printed)

    assert ended.value.code == 1
    assert json.loads(printed.getvalue())["difference"]["where"] == "output 1, metadata, noise"
    with pytest.raises(CommandError, match="no execution"):
        call_command("replay", "exec_of_nobody")
