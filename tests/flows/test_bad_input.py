"""What goes wrong by a mistake is told with the field, the line and the fix, and leaves no half.

The API, the database, the object store, the spine and the sandbox are the real ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import boto3
import pytest
from django.conf import settings as django_settings
from django_q.brokers import get_broker
from pytest_django import Settings

from accounts.models import User
from execution.models import Execution, ExecutionStatus
from execution.services.requests import RunRequest, request_run
from execution.services.runs import run_execution
from market.services.bars import record_history
from registry.models import Script, ScriptVersion
from streams.models import Output
from tests import factories
from tests.market.prices import LATER, make_instrument, new_bars
from tests.problems import as_user, assert_problem, post, row_counts

ON_IBM: dict[str, Any] = {"instrument": "IBM"}
A_NUMBER = {
    "type": "object",
    "properties": {"value": {"type": "number"}},
    "required": ["value"],
}
PERIOD = {
    "type": "object",
    "properties": {"period": {"type": "integer", "minimum": 2}},
    "additionalProperties": False,
}
TryOut = Callable[[str], Any]


@pytest.fixture
def prices(db: None) -> None:
    make_instrument("IBM")
    record_history(new_bars([100.0 + day for day in range(5)], key="IBM"), now=LATER)


@pytest.fixture
def script(prices: None, ada: User, rita: User, sam: User) -> Script:
    """Publish ada's script, open to sam."""
    version = factories.make_published_version(ada, rita, manifest={"input_schema": PERIOD})
    factories.make_entitlement(version.script, sam)
    return version.script


@pytest.fixture
def empty_queue() -> Iterator[None]:
    get_broker().purge_queue()
    yield
    get_broker().purge_queue()


@pytest.fixture
def try_out(prices: None, ada: User, rita: User, empty_queue: None) -> TryOut:
    """Return a function that publishes a source, runs it and gives the reply of the API."""

    def publish_and_execute(source: str) -> Any:
        version = factories.make_published_version(
            ada, rita, source=source, manifest={"output_schema": A_NUMBER}
        )
        request = RunRequest(instrument_key="IBM", idempotency_key="once")
        execution = request_run(version.script, request, acting_user=ada, now=LATER)
        run_execution(str(execution.pk))
        # The run is done, so whoever asks again with its key is answered without waiting.
        address = f"/scripts/{version.script_id}/execute"
        return post(ada, address, ON_IBM, **{"Idempotency-Key": "once"})

    return publish_and_execute


@pytest.mark.parametrize("action", ["execute", "subscribe"])
@pytest.mark.parametrize("name", ["IBX", "ibm", "../IBM", "IBM%", "é"])
def test_an_unknown_instrument_is_named_with_those_there_are(
    action: str, name: str, script: Script, sam: User
) -> None:
    before = row_counts()

    reply = post(sam, f"/scripts/{script.pk}/{action}", {"instrument": name})

    body = assert_problem(reply, 422, "invalid_read", "instrument")
    assert name in body["detail"]
    assert row_counts() == before


@pytest.mark.parametrize("action", ["execute", "subscribe"])
@pytest.mark.parametrize(
    ("params", "field", "word"),
    [
        ({"period": 1}, "params.period", "minimum of 2"),
        ({"period": "14"}, "params.period", "not of type 'integer'"),
        ({"perod": 14}, "params", "'perod' was unexpected"),
    ],
)
def test_params_that_break_the_schema_name_the_field_and_the_rule(
    action: str, params: dict[str, Any], field: str, word: str, script: Script, sam: User
) -> None:
    before = row_counts()

    reply = post(sam, f"/scripts/{script.pk}/{action}", {**ON_IBM, "params": params})

    body = assert_problem(reply, 422, "params_do_not_match_schema", field)
    assert word in body["detail"]
    assert row_counts() == before


@pytest.mark.sandbox
@pytest.mark.parametrize(
    ("source", "code", "line", "words"),
    [
        ("a = 1\nraise ValueError('no data')\n", "script_raised", 2, "line 2: ValueError: no data"),
        ("a = 1\nb = 0\n\nc = a / b\n", "script_raised", 4, "ZeroDivisionError"),
        ("def f():\n    return f()\n\nf()\n", "script_raised", 2, "RecursionError"),
        ("a = 1\nb = (\n", "script_rejected", 2, "was never closed"),
        ("import os\n", "script_raised", 1, "import os"),
        ("emit_signal({'value': lambda: 1})\n", "script_raised", 1, "cannot be sent"),
        ("\nget_script_output('\\0')\n", "script_raised", 2, "depends_on"),
        ("\nget_market_data('\\ud800')\n", "script_raised", 2, "instrument"),
    ],
)
def test_a_script_that_fails_names_its_line(
    source: str, code: str, line: int, words: str, try_out: TryOut
) -> None:
    reply = try_out(source)

    body = assert_problem(reply, 422, code)
    assert body["line"] == line
    assert words in body["detail"]
    assert_it_failed_and_published_nothing(body)


@pytest.mark.sandbox
@pytest.mark.parametrize(
    ("source", "code", "field", "words"),
    [
        ("emit_signal({'value': 'high'})\n", "output_rejected", "outputs.0.value", "'high'"),
        ("emit_signal({'value': float('nan')})\n", "output_rejected", "outputs.0.value", "None"),
        (
            "emit_signal({'value': 1})\nemit_signal({'value': []})\n",
            "output_rejected",
            "outputs.1.value",
            "number",
        ),
        (
            "emit_signal({'value': 1, 'timestamp': '2999-01-01T00:00:00Z'})\n",
            "output_from_the_future",
            "outputs.0.timestamp",
            "2999",
        ),
    ],
)
def test_a_script_that_emits_nonsense_names_the_output_and_the_field(
    source: str, code: str, field: str, words: str, try_out: TryOut
) -> None:
    reply = try_out(source)

    body = assert_problem(reply, 422, code, field)
    assert words in body["detail"]
    assert_it_failed_and_published_nothing(body)


@pytest.mark.sandbox
def test_a_timestamp_that_is_no_instant_is_an_error_on_the_scripts_line(try_out: TryOut) -> None:
    reply = try_out("value = 1\nemit_signal({'value': value, 'timestamp': 'tomorrow'})\n")

    body = assert_problem(reply, 422, "script_raised")
    assert body["line"] == 2
    assert "not 'tomorrow'" in body["detail"]
    assert_it_failed_and_published_nothing(body)


@pytest.mark.sandbox
def test_text_that_no_database_holds_is_made_visible_and_kept(try_out: TryOut) -> None:
    reply = try_out(
        'text = "a\\0b\\ud800"\n'
        "log(text)\n"
        'emit_signal({"value": 1, "note": text, "raw": "\\\\u0000"})\n'
    )

    body = reply.json()
    assert reply.status_code == 200, body
    assert body["output"]["metadata"]["note"] == "a\ufffdb?"
    assert body["output"]["metadata"]["raw"] == "\\u0000"
    assert body["log"] == ["a\ufffdb?"]


@pytest.mark.sandbox
def test_a_script_that_loops_is_stopped_and_told_its_time(
    try_out: TryOut, settings: Settings
) -> None:
    settings.SANDBOX_WALL_SECONDS = 0.5

    body = assert_problem(try_out("while True:\n    pass\n"), 422, "script_timed_out")

    assert "0.5 s" in body["detail"]
    assert "do less per run" in body["detail"]
    assert_it_failed_and_published_nothing(body)


@pytest.mark.sandbox
def test_a_script_that_allocates_is_stopped_and_told_its_memory(
    try_out: TryOut, settings: Settings
) -> None:
    settings.SANDBOX_MEMORY_MB = 64

    body = assert_problem(try_out("x = [0] * 100_000_000\n"), 422, "memory_exceeded")

    assert "64 MB" in body["detail"]
    assert "Hold less" in body["detail"]
    assert_it_failed_and_published_nothing(body)


@pytest.mark.sandbox
def test_a_script_that_emits_without_end_is_stopped_and_told_the_limit(try_out: TryOut) -> None:
    reply = try_out("for i in range(101):\n    emit_signal({'value': i})\n")

    body = assert_problem(reply, 422, "output_limit_exceeded")
    assert "100" in body["detail"]
    assert_it_failed_and_published_nothing(body)


@pytest.mark.parametrize("action", ["execute", "subscribe"])
def test_somebody_without_an_entitlement_is_refused_before_anything_is_made(
    action: str, script: Script, olga: User
) -> None:
    before = row_counts()

    reply = post(olga, f"/scripts/{script.pk}/{action}", ON_IBM)

    body = assert_problem(reply, 403, "not_entitled")
    assert "ask ada" in body["detail"]
    assert row_counts() == before


@pytest.mark.parametrize("action", ["execute", "subscribe"])
def test_a_refusal_comes_before_what_else_is_wrong(action: str, script: Script, olga: User) -> None:
    wrong = {"instrument": "NOPE", "params": {"period": "x"}}

    assert_problem(post(olga, f"/scripts/{script.pk}/{action}", wrong), 403, "not_entitled")


@pytest.mark.parametrize("action", ["execute", "subscribe"])
def test_a_dependency_that_is_not_entitled_is_named_before_anything_is_made(
    action: str, script: Script, ada: User, rita: User, olga: User
) -> None:
    dependent = factories.make_published_version(
        ada, rita, manifest={"depends_on": [f"{script.pk}@1.0.0"]}
    )
    factories.make_entitlement(dependent.script, olga)
    before = row_counts()

    reply = post(olga, f"/scripts/{dependent.script_id}/{action}", ON_IBM)

    body = assert_problem(reply, 403, "dependency_not_accessible", "depends_on")
    assert body["missing"] == [str(script.pk)]
    assert script.name in body["detail"]
    assert "Ask its owner" in body["detail"]
    assert row_counts() == before


def test_a_publication_that_closes_a_cycle_is_refused_and_leaves_nothing(
    script: Script, ada: User, rita: User
) -> None:
    dependent = factories.make_published_version(
        ada, rita, name="Dependent", manifest={"depends_on": [f"{script.pk}@1.0.0"]}
    )
    patched = as_user(ada).patch(
        f"/scripts/{script.pk}",
        {"depends_on": [dependent.reference], "release_note": "In a circle."},
        format="json",
    )
    version = ScriptVersion.objects.get(pk=patched.json()["version"]["id"])
    assert post(ada, f"/scripts/{script.pk}/submit").status_code == 200
    factories.record_evidence(version)
    assert (
        post(rita, f"/scripts/{script.pk}/approve", factories.as_read(version)).status_code == 200
    )
    before, stored = row_counts(), stored_objects(script)

    reply = post(ada, f"/scripts/{script.pk}/publish")

    body = assert_problem(reply, 409, "dependency_cycle", "depends_on")
    assert "Dependent" in body["detail"]
    assert script.name in body["detail"]
    assert row_counts() == before
    assert stored_objects(script) == stored
    assert [v.status for v in script.versions.order_by("version")] == ["published", "approved"]


def test_a_second_publication_of_a_version_is_refused_and_names_the_next_number(
    script: Script, ada: User
) -> None:
    before, stored = row_counts(), stored_objects(script)
    [version] = ScriptVersion.objects.filter(script=script).values()

    reply = post(ada, f"/scripts/{script.pk}/publish", {"version": "1.0.0"})

    body = assert_problem(reply, 409, "already_published", "version")
    assert body["next_version"] == "1.1.0"
    assert "1.1.0" in body["detail"]
    assert row_counts() == before
    assert stored_objects(script) == stored
    assert [version] == list(ScriptVersion.objects.filter(script=script).values())


def test_a_number_that_is_published_cannot_be_given_to_other_source(
    script: Script, ada: User
) -> None:
    before = row_counts()

    reply = as_user(ada).patch(
        f"/scripts/{script.pk}", {"version": "1.0.0", "source": "x = 1\n"}, format="json"
    )

    body = assert_problem(reply, 409, "version_not_greater", "version")
    assert body["next_version"] == "1.1.0"
    assert row_counts() == before


def test_an_address_that_is_no_script_is_not_found(script: Script, sam: User) -> None:
    for name in ("unknown", str(script.pk)[:-1], quote(f"{script.pk}/..")):
        assert post(sam, f"/scripts/{name}/execute", ON_IBM).status_code == 404


def assert_it_failed_and_published_nothing(body: dict[str, Any]) -> None:
    execution = Execution.objects.get()
    assert execution.execution_id == body["execution_id"]
    assert execution.status == ExecutionStatus.FAILED
    assert execution.attempts == 1
    assert execution.outputs == []
    assert not Output.objects.exists()


def stored_objects(script: Script) -> dict[str, str]:
    """Return the keys of a script's objects with the hashes that the store has of them."""
    store = boto3.session.Session().client(
        "s3",
        endpoint_url=django_settings.S3_ENDPOINT,
        region_name=django_settings.S3_REGION,
        aws_access_key_id=django_settings.S3_ACCESS_KEY,
        aws_secret_access_key=django_settings.S3_SECRET_KEY,
    )
    found = store.list_objects_v2(
        Bucket=django_settings.S3_BUCKET, Prefix=f"scripts/{script.owner_id}/{script.pk}/"
    )
    return {row["Key"]: row["ETag"] for row in found["Contents"]}
