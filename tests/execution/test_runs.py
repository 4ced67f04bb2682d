from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from pytest_django import Settings

from accounts.models import User
from execution.models import Execution
from execution.services import runs
from execution.services.requests import RunRequest, request_run
from gateway.models import DataAccess
from market.bars import NewBar
from registry import queries as registry_queries
from tests import factories
from tests.execution.conftest import run_everything

pytestmark = [pytest.mark.django_db, pytest.mark.sandbox]

ON_IBM = RunRequest(instrument_key="IBM")
RunScript = Callable[..., Execution]


def problem_of(execution: Execution) -> dict[str, Any]:
    assert execution.error is not None
    problem: dict[str, Any] = execution.error
    return problem


@pytest.fixture
def run(ada: User, rita: User, three_sessions: list[NewBar], now: datetime) -> RunScript:
    """Publish a source and run it once; return the execution."""

    def publish_and_run(source: str, *, request: RunRequest = ON_IBM, **manifest: Any) -> Execution:
        version = factories.make_published_version(ada, rita, source=source, manifest=manifest)
        execution = request_run(version.script, request, acting_user=ada, now=now)
        run_everything()
        execution.refresh_from_db()
        return execution

    return publish_and_run


def test_a_run_keeps_its_output_log_and_cost(run: RunScript) -> None:
    execution = run('log("hello")\nemit_signal({"value": 1.5, "side": "buy"})\n')

    assert execution.outcome == "ok"
    assert execution.outputs[0]["value"] == 1.5
    assert execution.outputs[0]["metadata"] == {"side": "buy"}
    assert execution.log == ["hello"]
    assert (execution.cpu_ms or 0) > 0
    assert (execution.memory_mb or 0) > 0
    assert len(execution.output_sha256) == 64


def test_a_run_reads_as_of_its_clock_and_every_read_is_recorded(
    run: RunScript, three_sessions: list[NewBar]
) -> None:
    clock = three_sessions[0].closes_at + timedelta(hours=1)

    execution = run(
        'emit_signal({"value": len(get_market_data())})\n',
        request=RunRequest(instrument_key="IBM", as_of=clock),
    )

    assert execution.outputs[0]["value"] == 1
    access = DataAccess.objects.get()
    assert access.execution_id == execution.pk
    assert access.as_of == clock
    assert len(access.sha256) == 64


@pytest.mark.parametrize(
    ("source", "outcome", "word"),
    [
        ("x = 1\nraise ValueError('no data')\n", "error", "no data"),
        ("import os\n", "error", "import os"),
        ("def f(:\n", "rejected", "line 1"),
        ("emit_signal({'value': 'high'})\n", "output_rejected", "outputs.0.value"),
        ('emit_signal({"value": 1, "rows": "x" * 40_000})\n', "output_rejected", "at most 32768"),
        ("for i in range(200):\n    emit_signal({'value': i})\n", "output_limit", "100"),
    ],
)
def test_a_fault_of_the_script_ends_the_run_with_a_sentence(
    run: RunScript, source: str, outcome: str, word: str
) -> None:
    schema = {"type": "object", "properties": {"value": {"type": "number"}}}

    execution = run(source, output_schema=schema)

    assert execution.status == "failed"
    assert execution.outcome == outcome
    assert word in problem_of(execution)["message"]
    assert execution.outputs == []


def test_an_output_of_before_the_calendar_ends_its_own_run_and_no_other_of_the_batch(
    ada: User, rita: User, three_sessions: list[NewBar], now: datetime
) -> None:
    source = 'emit_signal({"value": 1, "timestamp": params["at"]})\n'
    script = factories.make_published_version(ada, rita, source=source).script
    before, after = (
        request_run(
            script, RunRequest(instrument_key="IBM", params={"at": at}), acting_user=ada, now=now
        )
        for at in ("0001-01-01T00:00:00+14:00", "2006-01-02T00:00:00Z")
    )

    assert runs.run_executions([str(before.pk), str(after.pk)]) == 2

    before.refresh_from_db()
    after.refresh_from_db()
    assert (before.status, before.outcome) == ("failed", "output_rejected")
    assert "outputs.0.timestamp" in problem_of(before)["message"]
    assert (after.status, after.outcome) == ("completed", "ok")


def test_a_script_that_loops_is_stopped(run: RunScript, settings: Settings) -> None:
    settings.SANDBOX_WALL_SECONDS = 0.5

    execution = run("while True:\n    pass\n")

    assert execution.outcome == "timeout"
    assert "0.5 s" in problem_of(execution)["message"]


def test_a_script_that_allocates_too_much_is_stopped(run: RunScript, settings: Settings) -> None:
    settings.SANDBOX_MEMORY_MB = 64

    execution = run("x = [0] * 100_000_000\n")

    assert execution.outcome == "memory"
    assert "64 MB" in problem_of(execution)["message"]


def test_the_error_names_the_line_of_the_script(run: RunScript) -> None:
    execution = run("a = 1\nb = 0\nc = a / b\n")

    assert problem_of(execution)["line"] == 3
    assert problem_of(execution)["type"] == "ZeroDivisionError"


def test_the_context_holds_no_secret(run: RunScript, settings: Settings) -> None:
    execution = run('emit_signal({"value": 0, "seen": context})\n')

    seen = str(execution.outputs[0]["metadata"]["seen"])
    assert settings.SECRET_KEY not in seen
    assert "token" not in seen


def test_a_dependency_of_a_one_time_run_runs_first_at_the_same_clock(
    ada: User, rita: User, now: datetime, three_sessions: list[NewBar]
) -> None:
    inner = factories.make_published_version(
        ada, rita, source='emit_signal({"value": get_unix_timestamp()})\n'
    )
    outer = factories.make_published_version(
        ada,
        rita,
        source=f'emit_signal({{"value": get_script_output("{inner.script_id}")["value"]}})\n',
        manifest={"depends_on": [f"{inner.script_id}@{inner.version}"]},
    )
    execution = request_run(outer.script, ON_IBM, acting_user=ada, now=now)

    run_everything()

    execution.refresh_from_db()
    assert execution.outputs[0]["value"] == three_sessions[-1].closes_at.timestamp()
    assert Execution.objects.get(parent=execution).version == inner


def test_bytes_that_are_not_those_reviewed_do_not_run(
    ada: User, rita: User, now: datetime, three_sessions: list[NewBar], settings: Settings
) -> None:
    version = factories.make_published_version(ada, rita, source='emit_signal({"value": 1})\n')
    registry_queries.read_source(version)
    [cached] = [p for p in settings.SCRIPT_CACHE_DIR.rglob("*") if p.is_file()]
    cached.chmod(0o644)
    cached.write_text('emit_signal({"value": 666})\n')
    execution = request_run(version.script, ON_IBM, acting_user=ada, now=now)

    run_everything()

    execution.refresh_from_db()
    assert all(output["value"] != 666 for output in execution.outputs)
