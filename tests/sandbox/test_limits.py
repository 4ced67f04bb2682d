"""A run that goes over a limit is stopped, and says which limit it was."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from execution.sandbox import supervisor
from execution.sandbox.limits import MEBIBYTE, SandboxLimits
from execution.sandbox.reads import Columns, JsonValue, ReadFailed, ReadReply, ReadRequest
from execution.sandbox.results import SandboxResult
from execution.sandbox.supervisor import (
    Sandbox,
    SandboxConfig,
    configure,
    isolation_report,
    run_in_sandbox,
)
from tests.sandbox.conftest import Runner
from tests.sandbox.harness import CLOCK, LIMITS, answer_as_ada

pytestmark = pytest.mark.sandbox


def _message(result: SandboxResult) -> str:
    assert result.error is not None
    return result.error.message


def test_a_script_that_runs_too_long_is_stopped_and_says_so(run: Runner) -> None:
    started = time.monotonic()

    result = run("while True:\n    pass", limits=replace(LIMITS, wall_seconds=0.3))

    assert result.status == "timeout"
    assert "wall_seconds of 0.3" in _message(result)
    assert time.monotonic() - started < 2


def test_a_script_that_computes_too_much_is_stopped_by_the_kernel(run: Runner) -> None:
    limits = replace(LIMITS, wall_seconds=20.0, cpu_seconds=1.0)

    result = run("while True:\n    pass", limits=limits)

    assert result.status == "timeout"
    assert "cpu_seconds of 1" in _message(result)
    assert result.usage.exit == "SIGXCPU"


def test_a_script_that_sleeps_is_stopped_too(kernel_only: Sandbox) -> None:
    # With the language layer no sleep takes any time.
    result = Runner(kernel_only)(
        "import time\ntime.sleep(60)", limits=replace(LIMITS, wall_seconds=0.3)
    )

    assert result.status == "timeout"


def test_a_script_that_allocates_too_much_is_stopped_and_says_so(run: Runner) -> None:
    result = run("x = np.ones(40_000_000)", limits=replace(LIMITS, memory_bytes=64 * MEBIBYTE))

    assert result.status == "memory"
    assert "memory_bytes" in _message(result)


def test_what_a_script_may_allocate_it_can(run: Runner) -> None:
    result = run(
        "x = np.ones(5_000_000)\nresult = float(x.sum())",
        limits=replace(LIMITS, memory_bytes=64 * MEBIBYTE),
    )

    assert result.outputs[0]["value"] == 5_000_000.0


@pytest.mark.parametrize(
    ("source", "limit"),
    [
        ("for i in range(101):\n    emit_signal({'value': i})", "signals is 100"),
        ("for i in range(501):\n    log('x')", "log_lines is 500"),
        ("log('x' * 201)", "log_line_characters is 200"),
        ("for i in range(60):\n    log('x' * 200)", "log_bytes is 10000"),
        ("for i in range(201):\n    get_metric('ada.pnl')", "calls is 200"),
        ("emit_signal({'value': 'x' * 2_000_000})", "frame_bytes is 1048576"),
    ],
)
def test_too_much_output_is_an_error_that_names_the_limit(
    source: str, limit: str, run: Runner
) -> None:
    result = run(source)

    assert result.status == "output_limit"
    assert limit in _message(result)
    assert result.error is not None
    assert result.error.line is not None


def test_all_output_together_is_limited(run: Runner) -> None:
    result = run("for i in range(50):\n    emit_signal({'value': 'x' * 90_000})")

    assert result.status == "output_limit"
    assert "output_bytes" in _message(result)


def test_exactly_the_limit_is_allowed(run: Runner) -> None:
    result = run("for i in range(100):\n    emit_signal({'value': i})\nlog('x' * 200)")

    assert result.status == "ok"
    assert len(result.outputs) == 100
    assert result.log == ["x" * 200]


def test_catching_the_refusal_does_not_lift_the_limit(run: Runner) -> None:
    source = """
for i in range(101):
    try:
        emit_signal({"value": i})
    except:
        pass
"""

    assert run(source).status == "output_limit"


def test_a_script_that_is_too_large_is_rejected_before_anything_runs(run: Runner) -> None:
    result = run("x = 1\n" * 100, limits=replace(LIMITS, source_bytes=100))

    assert result.status == "rejected"
    assert "source_bytes is 100" in _message(result)


def test_a_limit_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="memory_bytes must be greater than zero"):
        SandboxLimits(memory_bytes=0)


def test_usage_is_what_the_kernel_counted(run: Runner) -> None:
    result = run("x = 0\nfor i in range(300_000):\n    x += i\nresult = x")

    assert result.usage.cpu_ms > 5
    assert result.usage.duration_ms >= result.usage.result_ms > 0
    assert result.usage.memory_mb > 20
    assert result.usage.page_faults > 0
    assert result.usage.exit == "exit 0"


def test_a_refused_read_is_an_error_inside_the_script(run: Runner) -> None:
    result = run("x = 1\nget_metric('mallory.pnl')")

    assert result.status == "error"
    assert result.error is not None
    assert (result.error.type, result.error.line) == ("PermissionError", 2)


def _run_with(sandbox: Sandbox, answer: supervisor.ReadAnswerer, source: str) -> SandboxResult:
    return sandbox.run(source, context={"timestamp": CLOCK}, limits=LIMITS, answer_read=answer)


def test_a_failed_read_is_an_error_inside_the_script(sandbox: Sandbox) -> None:
    def fail(_: ReadRequest) -> ReadReply:
        raise ReadFailed("no bars are stored for this instrument")

    result = _run_with(
        sandbox, fail, "try:\n    get_market_data()\nexcept RuntimeError as e:\n    log(e)"
    )

    assert result.log == ["no bars are stored for this instrument"]


def test_a_fault_of_the_platform_is_raised_and_not_blamed_on_the_script(sandbox: Sandbox) -> None:
    def break_down(_: ReadRequest) -> ReadReply:
        raise LookupError("the database is away")

    with pytest.raises(LookupError, match="the database is away"):
        _run_with(sandbox, break_down, "get_market_data()")
    assert _run_with(sandbox, answer_as_ada, "result = 1").status == "ok"


def test_an_empty_history_is_an_empty_table(sandbox: Sandbox) -> None:
    def nothing(_: ReadRequest) -> ReadReply:
        empty = np.array([], dtype=np.float64)
        names = ("open", "high", "low", "close", "volume")
        return Columns(index_ns=np.array([], dtype=np.int64), columns=dict.fromkeys(names, empty))

    result = _run_with(sandbox, nothing, "result = len(get_market_data())")

    assert result.outputs[0]["value"] == 0


def test_runs_of_several_threads_do_not_meet(sandbox: Sandbox) -> None:
    results: dict[int, SandboxResult] = {}

    def work(number: int) -> None:
        def answer(_: ReadRequest) -> ReadReply:
            return JsonValue(value=number)

        results[number] = _run_with(sandbox, answer, "result = get_metric('x') * 10")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {number: result.outputs[0]["value"] for number, result in results.items()} == {
        number: number * 10 for number in range(8)
    }


def test_a_pooled_guest_has_the_limits_of_its_run() -> None:
    large = replace(LIMITS, wall_seconds=20.0)
    small = replace(large, memory_bytes=48 * MEBIBYTE)
    source = "x = np.ones(10_000_000)\nresult = 1"

    with Sandbox(SandboxConfig(pool_size=1)) as pooled:
        outcomes = [
            pooled.run(
                source, context={"timestamp": CLOCK}, limits=limits, answer_read=answer_as_ada
            ).status
            for limits in (small, large, small, large)
        ]

    assert outcomes == ["memory", "ok", "memory", "ok"]


# --- the process-wide sandbox ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def _process_wide() -> Iterator[None]:
    configure(SandboxConfig(pool_size=1))
    yield
    supervisor.stop_process_wide_sandbox()


def _run_process_wide(source: str) -> SandboxResult:
    return run_in_sandbox(
        source=source,
        context={"timestamp": CLOCK},
        limits=replace(LIMITS, wall_seconds=20.0),
        answer_read=answer_as_ada,
    )


@pytest.mark.usefixtures("_process_wide")
def test_a_zygote_that_was_killed_is_replaced() -> None:
    assert _run_process_wide("result = 1").status == "ok"
    first = supervisor.process_wide_sandbox().zygote.pid
    os.kill(first, signal.SIGKILL)

    result = _run_process_wide("result = 2")

    assert result.outputs[0]["value"] == 2
    assert supervisor.process_wide_sandbox().zygote.pid != first


@pytest.mark.usefixtures("_process_wide")
def test_a_forked_worker_gets_a_sandbox_of_its_own() -> None:
    assert _run_process_wide("result = 1").status == "ok"
    parents = supervisor.process_wide_sandbox().zygote.pid
    reader, writer = os.pipe()

    child = os.fork()
    if child == 0:
        status = 1
        try:
            outcome = _run_process_wide("result = 40 + 2").outputs[0]["value"]
            own = supervisor.process_wide_sandbox().zygote.pid
            os.write(writer, f"{outcome} {own != parents}".encode())
            supervisor.stop_process_wide_sandbox()
            status = 0
        finally:
            os._exit(status)
    os.close(writer)
    said = os.read(reader, 100).decode()
    os.close(reader)
    os.waitpid(child, 0)

    assert said == "42 True"
    assert _run_process_wide("result = 3").outputs[0]["value"] == 3
    assert supervisor.process_wide_sandbox().zygote.pid == parents


@pytest.mark.usefixtures("_process_wide")
def test_the_report_says_that_everything_stands() -> None:
    report = isolation_report()

    assert report["ok"] is True
    assert report["profile"] in ("host", "container")
    assert report["layers"]["seccomp"]["required"] is True
    assert report["layers"]["seccomp"]["proven"] is True


def test_the_report_names_what_is_missing() -> None:
    configure(SandboxConfig(profile="container", turned_off=frozenset({"no_new_privileges"})))
    try:
        report = isolation_report()
    finally:
        configure(SandboxConfig(pool_size=1))

    assert report["ok"] is False
    assert report["layers"]["no_new_privileges"]["proven"] is False


def test_a_script_that_hangs_up_and_goes_on_is_ended_and_not_taken_for_a_greedy_one(
    kernel_only: Sandbox,
) -> None:
    source = "import os\nos.close(BROKER_FD)\nwhile True:\n    pass"

    result = Runner(kernel_only)(source)

    assert result.status == "crashed"
    assert result.error is not None
    assert "hung up" in result.error.message
