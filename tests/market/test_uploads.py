"""Files of ticks and bars: each row recorded or refused once, however often a worker is killed."""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow
import pytest
from django_q.brokers import get_broker
from pyarrow import parquet
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.models import AuditEvent, User
from common import circuit_breakers
from common.idempotency_keys import IdempotencyKeyReused
from market.models import Bar, Tick, Upload, UploadKind, UploadState
from market.services import upload_batches, upload_work
from market.services.upload_work import work_upload
from market.services.uploads import (
    UploadTooLarge,
    begin_upload,
    key_of,
    send_lost_uploads,
)
from registry import storage
from tests.market.killed import kill_at_call
from tests.market.prices import LATER, make_instrument
from tests.problems import as_user, assert_problem

PATH = "/api/v2/market/uploads"
TICK_HEAD = "instrument,at,event_id,price"
BAR_HEAD = "instrument,timeframe,opened_at,open,high,low,close,volume"
START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("platform_house")]


@pytest.fixture(autouse=True)
def aapl(db: None) -> None:
    make_instrument("AAPL")


def tick_lines(count: int) -> list[str]:
    at = [START + timedelta(milliseconds=100 * number) for number in range(count)]
    return [f"AAPL,{at.isoformat()},{number},10.5" for number, at in enumerate(at)]


def csv_of(head: str, lines: Iterable[str]) -> bytes:
    return "\n".join([head, *lines, ""]).encode()


def uploaded(
    content: bytes, olga: User, kind: UploadKind = UploadKind.TICKS, **more: Any
) -> Upload:
    return begin_upload(
        io.BytesIO(content), kind=kind, name="x", acting_user=olga, now=LATER, **more
    )


def worked_off(upload: Upload) -> Upload:
    work_upload(upload.pk, clock=lambda: LATER)
    upload.refresh_from_db()
    return upload


def test_ticks_of_a_csv_are_recorded_and_bad_rows_named(olga: User) -> None:
    lines = tick_lines(5)
    lines[1] = "AAPL,yesterday,1,10.5"
    lines[2] = "NOPE,2026-01-05T09:00:00Z,2,10.5"
    lines[3] = "AAPL,2026-01-05T09:00:00Z,3,-4"

    upload = worked_off(uploaded(csv_of(TICK_HEAD, [*lines, lines[0]]), olga))

    assert (upload.state, upload.percent, upload.rows_total) == (UploadState.DONE, 100, 6)
    assert (upload.accepted, upload.duplicates, upload.refused) == (2, 1, 2)
    assert (upload.kept_apart, upload.flagged) == (1, {"impossible": 1})
    assert [(error["row"], error["field"]) for error in upload.errors] == [
        (2, "at"),
        (3, "instrument"),
    ]
    assert Tick.objects.count() == 3


def test_a_file_is_removed_from_the_store_when_it_is_done(
    olga: User, django_capture_on_commit_callbacks: Any
) -> None:
    upload = uploaded(csv_of(TICK_HEAD, tick_lines(1)), olga)
    assert storage.fetch(key_of(upload.pk))

    with django_capture_on_commit_callbacks(execute=True):
        worked_off(upload)

    with pytest.raises(storage.ObjectMissing):
        storage.fetch(key_of(upload.pk))


def test_bars_of_a_csv_are_recorded_as_history_and_revisions_refused(olga: User) -> None:
    good = [f"AAPL,1m,2026-01-05T09:{minute:02}:00Z,10,11,9,10,100" for minute in range(20)]
    bad = [
        "AAPL,1m,2026-01-05T10:00:00Z,10,9,9,10,100",
        "AAPL,1m,2026-01-05T09:07:00Z,10,12,9,10,100",
        "AAPL,7x,2026-01-05T09:07:00Z,10,12,9,10,100",
    ]
    upload = worked_off(uploaded(csv_of(BAR_HEAD, [*good, *bad, good[3]]), olga, UploadKind.BARS))

    assert (upload.accepted, upload.duplicates, upload.refused) == (20, 1, 3)
    assert {(error["row"], error["field"]) for error in upload.errors} == {
        (21, "high"),
        (22, "bar"),
        (23, "timeframe"),
    }
    assert Bar.objects.get(opened_at=START + timedelta(minutes=7)).high == 11


@pytest.mark.parametrize("unit", ["us", "ns"])
def test_parquet_is_read_like_csv(olga: User, unit: str) -> None:
    at = [START + timedelta(seconds=number) for number in range(2500)]
    table = pyarrow.table(
        {
            "instrument": ["AAPL"] * 2500,
            "at": pyarrow.array(at, pyarrow.timestamp(unit, tz="UTC")),
            "event_id": [str(number) for number in range(2500)],
            "price": [10.5] * 2499 + [float("nan")],
            "size": pyarrow.array([None, *([1.0] * 2499)]),
            "sequence": range(2500),
        }
    )
    content = io.BytesIO()
    parquet.write_table(table, content, row_group_size=700)

    upload = worked_off(uploaded(content.getvalue(), olga))

    assert (upload.state, upload.rows_total) == (UploadState.DONE, 2500)
    assert (upload.accepted, upload.flagged) == (2499, {"impossible": 1})
    assert Tick.objects.get(event_id="0").size is None
    assert Bar.objects.count() == 41


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"instrument,at,price\nAAPL,2026-01-05T09:00:00Z,1\n", "no column event_id"),
        (b"instrument,at,event_id,colour\n", "'colour'"),
        (b"instrument,at,event_id,price,price\n", "'price'"),
        (b"instrument,at,event_id\nAAPL,\xff\xfe,1\n", "Line 2: it is no text in UTF-8"),
        (b'instrument,at,event_id\nAAPL,"2026,1\n', "Line"),
        (b"PAR1 not really", "no Parquet"),
    ],
)
def test_a_file_that_is_no_table_of_ours_fails_with_a_sentence(
    olga: User, content: bytes, problem: str
) -> None:
    upload = worked_off(uploaded(content, olga))

    assert upload.state == UploadState.FAILED
    assert problem in upload.problem
    assert (upload.rows_done, Tick.objects.count()) == (0, 0)


def test_a_file_is_worked_off_turn_by_turn(olga: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload_work, "BATCH_ROWS", 10)
    upload = uploaded(csv_of(TICK_HEAD, tick_lines(35)), olga)
    monkeypatch.setattr(upload_work, "TURN_SECONDS", -1.0)
    assert worked_off(upload).state == UploadState.QUEUED

    monkeypatch.setattr(upload_work, "TURN_SECONDS", 60.0)
    assert worked_off(upload).state == UploadState.DONE
    assert (upload.accepted, Tick.objects.count()) == (35, 35)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("at", ["record_batch", "_advance"])
def test_a_killed_worker_is_followed_by_one_that_goes_on(
    olga: User, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    monkeypatch.setattr(upload_work, "BATCH_ROWS", 10)
    lines = tick_lines(95)
    upload = uploaded(csv_of(TICK_HEAD, [*lines, "AAPL,never,x,1"]), olga)

    kill_at_call(upload_work, at, 4, lambda: work_upload(upload.pk, clock=lambda: LATER))
    upload.refresh_from_db()
    assert (upload.state, upload.rows_done, Tick.objects.count()) == (UploadState.RUNNING, 30, 30)

    work_upload(upload.pk, clock=lambda: LATER)
    upload.refresh_from_db()
    assert upload.rows_done == 30, "its lease has not run out"
    get_broker().purge_queue()
    assert send_lost_uploads(now=LATER + timedelta(seconds=31)) == 1
    assert get_broker().queue_size() == 1
    get_broker().purge_queue()
    work_upload(upload.pk, clock=lambda: LATER + timedelta(seconds=31))

    upload.refresh_from_db()
    assert (upload.state, upload.fence, upload.rows_done) == (UploadState.DONE, 2, 96)
    assert (upload.accepted, upload.duplicates, upload.refused) == (95, 0, 1)
    assert Tick.objects.count() == 95


def test_whoever_was_taken_for_dead_writes_nothing_more(olga: User) -> None:
    upload = uploaded(csv_of(TICK_HEAD, tick_lines(5)), olga)
    record_batch = upload_batches.record_batch

    def overtaken(held: Upload, *args: Any, **kwargs: Any) -> Any:
        Upload.objects.filter(pk=held.pk).update(fence=held.fence + 1)
        return record_batch(held, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(upload_work, "record_batch", overtaken)
        worked_off(upload)

    assert (upload.state, upload.rows_done) == (UploadState.RUNNING, 0)
    assert Tick.objects.count() == 0


def test_a_file_that_kills_its_workers_is_given_up(olga: User) -> None:
    upload = uploaded(csv_of(TICK_HEAD, tick_lines(5)), olga)
    Upload.objects.update(attempts=upload_work.ATTEMPTS_MAX)

    assert worked_off(upload).state == UploadState.FAILED
    assert "Workers were lost" in upload.problem


def test_a_file_waits_for_a_store_that_is_away_however_long(olga: User, settings: Settings) -> None:
    upload = uploaded(csv_of(TICK_HEAD, tick_lines(5)), olga)
    there = settings.S3_ENDPOINT
    settings.S3_ENDPOINT = "http://127.0.0.1:9"
    for attempt in range(upload_work.ATTEMPTS_MAX + 2):
        work_upload(upload.pk, clock=lambda: LATER)
        later = LATER + (attempt + 1) * timedelta(seconds=20)
        assert send_lost_uploads(now=later) == 1
    upload.refresh_from_db()
    assert (upload.state, upload.attempts, upload.problem) == (UploadState.QUEUED, 0, "")

    settings.S3_ENDPOINT = there
    circuit_breakers.forget_all()
    assert worked_off(upload).state == UploadState.DONE


def test_an_instant_that_no_calendar_has_is_said_with_its_row(olga: User) -> None:
    at = [int(START.timestamp() * 1e6)] * 2 + [2**62]
    table = pyarrow.table(
        {
            "instrument": ["AAPL"] * 3,
            "at": pyarrow.array(at, pyarrow.timestamp("us", tz="UTC")),
            "event_id": ["1", "2", "3"],
            "price": [10.5] * 3,
        }
    )
    content = io.BytesIO()
    parquet.write_table(table, content)

    upload = worked_off(uploaded(content.getvalue(), olga))

    assert upload.state == UploadState.FAILED
    assert upload.problem.startswith("Row 3: it has an instant that no calendar has")


def test_a_form_and_a_body_are_taken_and_the_progress_told(olga: User, mallory: User) -> None:
    content = csv_of(TICK_HEAD, tick_lines(3))
    file = io.BytesIO(content)
    file.name = "prices.csv"

    form = as_user(olga).post(PATH, {"kind": "ticks", "file": file}, format="multipart")
    raw = as_user(olga).post(f"{PATH}?kind=ticks&name=raw.csv", content, content_type="text/csv")

    assert (form.status_code, raw.status_code) == (202, 202)
    assert (form.json()["name"], raw.json()["name"]) == ("prices.csv", "raw.csv")
    work_upload(form.json()["id"], clock=lambda: LATER)
    told = as_user(olga).get(form["Location"]).json()
    assert (told["state"], told["percent"], told["accepted"]) == ("done", 100, 3)
    assert_problem(as_user(mallory).get(form["Location"]), 404, "no_such_upload")
    assert AuditEvent.objects.filter(event="prices_uploaded").count() == 2


def test_an_upload_with_a_key_is_begun_once(olga: User) -> None:
    content = csv_of(TICK_HEAD, tick_lines(3))

    first = uploaded(content, olga, idempotency_key="k")
    again = uploaded(content, olga, idempotency_key="k")

    assert (first, Upload.objects.count()) == (again, 1)
    with pytest.raises(IdempotencyKeyReused):
        uploaded(content + b"\n", olga, idempotency_key="k")


def test_a_file_that_is_too_large_is_refused(olga: User, settings: Settings) -> None:
    settings.UPLOAD_MAX_BYTES = 50

    with pytest.raises(UploadTooLarge):
        uploaded(csv_of(TICK_HEAD, tick_lines(3)), olga)
    assert not Upload.objects.exists()


@pytest.mark.parametrize(
    ("query", "body", "content_type", "status", "code", "field"),
    [
        ("", b"x", "text/csv", 422, "invalid_input", "kind"),
        ("?kind=trades", b"x", "text/csv", 422, "invalid_input", "kind"),
        ("?kind=ticks", b"", "text/csv", 422, "invalid_input", "file"),
        ("?kind=ticks", b"{}", "application/json", 415, None, None),
        ("?kind=ticks", b"x", "multipart/form-data", 400, None, None),
        ("?kind=ticks", b"--b--\r\n", "multipart/form-data; boundary=b", 422, None, "file"),
    ],
)
def test_a_bad_upload_is_told_what_is_wrong(
    olga: User, query: str, body: bytes, content_type: str, status: int, code: str, field: str
) -> None:
    reply = as_user(olga).post(PATH + query, body, content_type=content_type)

    assert_problem(reply, status, code, field)


def test_other_roles_upload_nothing(sam: User, ada: User, api: APIClient) -> None:
    for user in (sam, ada):
        reply = as_user(user).post(f"{PATH}?kind=ticks", b"x", content_type="text/csv")
        assert_problem(reply, 403, "platform_operator_required")
    assert api.post(f"{PATH}?kind=ticks", b"x", content_type="text/csv").status_code == 401
