"""The trail grows at its end and nowhere else, and what was done to it behind its back shows."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts import audit, audit_verification
from accounts.audit_verification import first_break, verify_chain
from accounts.models import AuditEvent, AuditHead, User
from common.clock import utc_now

pytestmark = pytest.mark.django_db

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text('ab"é'), inner, max_size=3),
    max_leaves=6,
)


@pytest.fixture
def three_events(ada: User) -> list[AuditEvent]:
    return [append(ada, name) for name in ("first", "second", "third")]


def append(user: User, name: str, **more: Any) -> AuditEvent:
    return audit.record(
        f"event_{name}", user, chain="harbour", acting_user=user, now=utc_now(), reason=name, **more
    )


def behind_its_back(statement: str, values: tuple[Any, ...] = ()) -> None:
    """Do what only the owner of the tables can: without the triggers."""
    tables = ("accounts_auditevent", "accounts_audithead")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(statement, values)
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def verify(*arguments: str) -> tuple[int, Any]:
    """Run the command; return its status and what it printed."""
    printed = StringIO()
    try:
        call_command("verify_audit", "--json", *arguments, stdout=printed)
    except SystemExit as ended:
        return int(ended.code or 0), json.loads(printed.getvalue())
    return 0, json.loads(printed.getvalue())


def test_events_of_a_chain_follow_each_other_without_a_hole(three_events: list[AuditEvent]) -> None:
    assert [event.position for event in three_events] == [1, 2, 3]
    assert AuditHead.objects.get(pk="harbour").event_hash == three_events[-1].event_hash
    assert first_break("harbour") is None


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(value=VALUES)
def test_whatever_is_recorded_verifies(value: Any, ada: User) -> None:
    append(ada, "any", before={"value": value}, after={"list": [value]})

    assert first_break("harbour") is None


@pytest.mark.parametrize("number", [-0.0, 1e22, 1.5e300, 1e16, 1e-7, 123456789.125])
def test_a_number_that_the_database_writes_otherwise_verifies(number: float, ada: User) -> None:
    append(ada, "number", after={"number": number})

    assert first_break("harbour") is None


@pytest.mark.parametrize(
    ("statement", "position", "why"),
    [
        ("UPDATE accounts_auditevent SET reason = 'other' WHERE position = 2", 2, "hash"),
        ("UPDATE accounts_auditevent SET actor_name = 'eve' WHERE position = 3", 3, "hash"),
        ("UPDATE accounts_auditevent SET after = '{\"a\": 1}' WHERE position = 1", 1, "hash"),
        (
            "UPDATE accounts_auditevent SET at = at + interval '1 second' WHERE position = 1",
            1,
            "hash",
        ),
        (
            "UPDATE accounts_auditevent SET previous_hash = repeat('1', 64) WHERE position = 2",
            2,
            "link",
        ),
        ("DELETE FROM accounts_auditevent WHERE position = 1", 1, "gap"),
        ("DELETE FROM accounts_auditevent WHERE position = 2", 2, "gap"),
        ("DELETE FROM accounts_auditevent WHERE position = 3", 3, "cut"),
        ("DELETE FROM accounts_auditevent", 1, "cut"),
        ("UPDATE accounts_audithead SET event_hash = repeat('1', 64)", 3, "head"),
        ("UPDATE accounts_audithead SET position = 2", 2, "head"),
        ("DELETE FROM accounts_audithead", 1, "head"),
    ],
)
def test_what_was_done_behind_its_back_is_named_with_its_place(
    statement: str, position: int, why: str, three_events: list[AuditEvent]
) -> None:
    behind_its_back(statement)

    status, body = verify("--chain", "harbour")

    assert (status, body["ok"]) == (1, False)
    broken = body["chains"][0]["broken"]
    assert (broken["position"], broken["why"]) == (position, why)
    assert broken["detail"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE accounts_auditevent SET reason = 'other'",
        "DELETE FROM accounts_auditevent",
        "UPDATE accounts_audithead SET position = 1",
        "DELETE FROM accounts_audithead",
        "INSERT INTO accounts_audithead VALUES ('other', 1, 'x', now())",
    ],
)
def test_the_database_refuses_to_change_what_was_written(
    statement: str, three_events: list[AuditEvent]
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)

    assert first_break("harbour") is None


@pytest.mark.parametrize("table", ["accounts_auditevent", "accounts_audithead"])
def test_the_database_refuses_to_empty_the_trail(
    table: str, three_events: list[AuditEvent]
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"TRUNCATE {table} CASCADE")

    assert first_break("harbour") is None


@pytest.mark.parametrize("change", [{"position": 7}, {"position": 3}, {"previous_hash": "1" * 64}])
def test_the_database_refuses_an_event_that_does_not_follow(
    change: dict[str, Any], three_events: list[AuditEvent]
) -> None:
    last = three_events[-1]
    forged = AuditEvent(
        **{
            **{field.attname: getattr(last, field.attname) for field in last._meta.fields},
            "id": None,
            "position": 4,
            "previous_hash": last.event_hash,
            **change,
        }
    )

    with pytest.raises(IntegrityError), transaction.atomic():
        forged.save(force_insert=True)


def test_the_command_counts_what_is_whole(three_events: list[AuditEvent]) -> None:
    status, body = verify()

    assert (status, body["ok"], body["events"]) == (0, True, 3)
    assert body["chains"][0]["head"] == {
        "position": 3,
        "event_hash": three_events[-1].event_hash,
    }


def test_a_chain_that_was_written_anew_to_its_head_shows_by_an_anchor(
    three_events: list[AuditEvent], ada: User, tmp_path: Path
) -> None:
    anchors = tmp_path / "anchors"
    assert verify("--anchors", str(anchors))[0] == 0
    behind_its_back("DELETE FROM accounts_auditevent")
    behind_its_back("DELETE FROM accounts_audithead")
    for name in ("first", "second", "forged", "fourth"):
        append(ada, name)

    without, _ = verify()
    status, body = verify("--anchors", str(anchors))

    # Whoever owns the database can write a whole trail anew: what an anchor outside is for.
    assert without == 0
    assert status == 1
    assert body["chains"][0]["broken"]["why"] == "anchor"
    assert len(anchors.read_text().splitlines()) == 1


def test_a_chain_that_is_gone_with_its_head_shows_by_an_anchor(
    three_events: list[AuditEvent], tmp_path: Path
) -> None:
    anchors = tmp_path / "anchors"
    verify("--anchors", str(anchors))
    behind_its_back("DELETE FROM accounts_auditevent")
    behind_its_back("DELETE FROM accounts_audithead")

    status, body = verify("--anchors", str(anchors))

    assert status == 1
    assert body["chains"][0]["broken"]["why"] == "cut"


def test_a_chain_that_grew_meets_its_anchors(
    three_events: list[AuditEvent], ada: User, tmp_path: Path
) -> None:
    anchors = tmp_path / "anchors"
    verify("--anchors", str(anchors))
    append(ada, "fourth")

    assert verify("--anchors", str(anchors))[0] == 0
    assert [json.loads(line)["position"] for line in anchors.read_text().splitlines()] == [3, 4]


def test_a_file_that_holds_no_anchors_is_refused(
    three_events: list[AuditEvent], tmp_path: Path
) -> None:
    file = tmp_path / "anchors"
    file.write_text("something else\n")

    with pytest.raises(CommandError, match="no file of anchors"):
        verify("--anchors", str(file))


def test_an_event_that_comes_during_the_walk_is_no_break(
    three_events: list[AuditEvent], ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = audit_verification._rows

    def rows_and_one_more(chain: str) -> Any:
        append(ada, "late")
        return rows(chain)

    monkeypatch.setattr(audit_verification, "_rows", rows_and_one_more)

    report = verify_chain("harbour")

    assert (report.broken, report.events) == (None, 4)
