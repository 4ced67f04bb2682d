"""What a worker finds out about waiting versions, and what it keeps with them."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from accounts.models import User
from execution.sandbox import screening
from execution.sandbox.layers import SandboxUnavailable
from execution.services.evidence import screen_waiting_versions
from registry.models import ScriptVersion, VersionScreening
from registry.services import drafts, review
from registry.services.screening import request_screening, screening_of
from tests import factories
from tests.factories import NOON

pytestmark = [pytest.mark.sandbox, pytest.mark.django_db]

AHEAD = 'close = get_market_data()["close"]\nresult = float(close.shift(-1).mean())\n'


@pytest.fixture
def submitted(ada: User) -> ScriptVersion:
    return factories.make_submitted_version(ada, name="RSI", source=AHEAD)


def test_a_submitted_version_is_screened_once(submitted: ScriptVersion) -> None:
    assert screen_waiting_versions(now=NOON) == 1
    assert screen_waiting_versions(now=NOON) == 0

    kept = screening_of(submitted)
    assert kept is not None
    assert kept.worst_level == "danger"
    assert kept.source_sha256 == submitted.source_sha256
    assert kept.screened_at == NOON
    [finding] = kept.findings
    assert (finding["rule"], finding["line"]) == ("look_ahead.negative_shift", 2)


def test_a_draft_is_screened_when_its_author_asks(ada: User) -> None:
    draft = factories.make_draft(ada, source=AHEAD)
    assert screen_waiting_versions(now=NOON) == 0

    request_screening(draft, acting_user=ada, now=NOON)

    assert screen_waiting_versions(now=NOON) == 1
    assert screen_waiting_versions(now=NOON) == 0
    assert screening_of(draft) is not None


def test_a_screening_is_not_of_what_was_written_since(
    ada: User, rita: User, submitted: ScriptVersion
) -> None:
    screen_waiting_versions(now=NOON)
    review.request_changes(submitted, note="Look back.", acting_user=rita, now=NOON)
    drafts.edit_draft(submitted.script, source="result = 1\n", acting_user=ada, now=NOON)
    submitted.refresh_from_db()
    assert screening_of(submitted) is None

    review.submit_for_review(submitted, acting_user=ada, now=NOON)

    assert screen_waiting_versions(now=NOON) == 1
    kept = screening_of(submitted)
    assert kept is not None
    assert kept.findings == []
    assert kept.worst_level == ""


def test_new_rules_screen_again(submitted: ScriptVersion, monkeypatch: pytest.MonkeyPatch) -> None:
    screen_waiting_versions(now=NOON)

    monkeypatch.setattr(screening, "fingerprint", lambda: "0" * 64)

    assert screen_waiting_versions(now=NOON) == 1


def test_without_isolation_versions_wait_and_say_why(
    submitted: ScriptVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(source: str) -> list[screening.Finding]:
        raise SandboxUnavailable("required layers are not proven: seccomp")

    with monkeypatch.context() as patch:
        patch.setattr(screening, "screen", refuse)
        assert screen_waiting_versions(now=NOON) == 0
        kept = VersionScreening.objects.get(version=submitted)
        assert kept.problem == "required layers are not proven: seccomp"
        assert kept.screened_at is None

    assert screen_waiting_versions(now=NOON) == 1
    kept.refresh_from_db()
    assert kept.problem == ""


def test_a_version_that_kills_its_reader_is_screened_all_the_same(ada: User) -> None:
    version = factories.make_submitted_version(ada, source="x = " + "-" * 60_000 + "1")

    assert screen_waiting_versions(now=NOON) == 1

    kept = screening_of(version)
    assert kept is not None
    assert kept.worst_level in ("danger", "rejected")


def test_the_command_prints_a_line_for_each_file(tmp_path: Path) -> None:
    (tmp_path / "ahead.py").write_text(AHEAD)
    (tmp_path / "clean.py").write_text("result = 1\n")
    printed = StringIO()

    call_command("screen", str(tmp_path), stdout=printed)

    ahead, clean = [json.loads(line) for line in printed.getvalue().splitlines()]
    assert ahead["path"] == str(tmp_path / "ahead.py")
    assert [each["rule"] for each in ahead["findings"]] == ["look_ahead.negative_shift"]
    assert clean == {"path": str(tmp_path / "clean.py"), "findings": []}


def test_the_command_fails_for_a_script_that_would_not_run(tmp_path: Path) -> None:
    path = tmp_path / "rejected.py"
    path.write_text("async def f(): pass\n")

    with pytest.raises(SystemExit, match="1"):
        call_command("screen", str(path), stdout=StringIO())


def test_the_fingerprint_is_a_hash() -> None:
    assert len(screening.fingerprint()) == 64
