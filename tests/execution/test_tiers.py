"""What a run may use follows from its reader's tier, and an error says whose limit it was."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from pytest_django import Settings

from accounts.models import Tier, User
from execution.models import Execution
from execution.sandbox.limits import LIMIT_NAMES, MEBIBYTE
from execution.services.limits import allowance_of, limits_of
from execution.services.requests import RunRequest, request_run
from market.bars import NewBar
from registry.models import VersionBehaviour
from tests import factories
from tests.execution.conftest import run_everything

pytestmark = pytest.mark.django_db

ON_IBM = RunRequest(instrument_key="IBM")
RunAs = Callable[[str, str], Execution]


@pytest.fixture
def run_as(ada: User, rita: User, three_sessions: list[NewBar], now: datetime) -> RunAs:
    """Publish a source and run it for its author in a tier; return the execution."""

    def publish_and_run(tier: str, source: str) -> Execution:
        ada.tier_id = tier
        ada.save(update_fields=["tier"])
        version = factories.make_published_version(ada, rita, source=source)
        execution = request_run(version.script, ON_IBM, acting_user=ada, now=now)
        run_everything()
        execution.refresh_from_db()
        return execution

    return publish_and_run


def problem_of(execution: Execution) -> dict[str, Any]:
    assert execution.error is not None
    problem: dict[str, Any] = execution.error
    return problem


@pytest.mark.parametrize(
    ("tier", "memory_mb", "cpu_seconds", "wall_seconds", "log_lines"),
    [
        ("free", 256, 2, 5, 50),
        ("standard", 256, 5, 10, 100),
        ("premium", 512, 10, 20, 200),
        ("enterprise", 512, 15, 30, 500),
    ],
)
def test_each_tier_has_the_numbers_of_the_contract(
    ada: User, tier: str, memory_mb: int, cpu_seconds: int, wall_seconds: int, log_lines: int
) -> None:
    ada.tier = Tier.objects.get(name=tier)

    limits = limits_of(ada)

    assert limits.memory_bytes == memory_mb * MEBIBYTE
    assert (limits.cpu_seconds, limits.wall_seconds) == (cpu_seconds, wall_seconds)
    assert limits.log_lines == log_lines


def test_who_is_given_no_tier_has_the_free_one(sam: User) -> None:
    sam.refresh_from_db()

    assert sam.tier.name == "free"


def test_the_platform_allows_no_tier_more_than_its_own_limits(
    ada: User, settings: Settings
) -> None:
    ada.tier = Tier.objects.get(name="enterprise")
    settings.SANDBOX_MEMORY_MB = 100

    allowance = allowance_of(ada)

    assert allowance.limits.memory_bytes == 100 * MEBIBYTE
    assert allowance.sentence("memory_bytes").startswith("The platform allows 100 MB of memory")
    assert allowance.sentence("cpu_seconds").startswith("The enterprise tier allows 15 s")


@pytest.mark.parametrize("limit", sorted(LIMIT_NAMES))
def test_every_limit_can_be_put_into_words(ada: User, limit: str) -> None:
    sentence = allowance_of(ada).sentence(limit)

    assert sentence.endswith(".")
    assert any(character.isdigit() for character in sentence)


@pytest.mark.sandbox
def test_a_run_over_its_memory_is_told_its_tier_and_number(run_as: RunAs) -> None:
    execution = run_as("free", "x = [0] * 100_000_000\n")

    assert execution.outcome == "memory"
    assert "The free tier allows 256 MB of memory a run." in problem_of(execution)["message"]
    assert problem_of(execution)["limit"] == "memory_bytes"
    assert problem_of(execution)["tier"] == "free"
    assert VersionBehaviour.objects.get().limits_hit == {"memory_bytes": 1}


@pytest.mark.sandbox
def test_what_is_too_much_for_one_tier_runs_in_another(run_as: RunAs) -> None:
    source = "for i in range(60):\n    log(str(i))\nemit_signal({'value': 1})\n"

    free, standard = run_as("free", source), run_as("standard", source)

    assert free.outcome == "output_limit"
    assert "The free tier allows 50 log lines a run." in problem_of(free)["message"]
    assert problem_of(free)["line"] == 2
    assert standard.outcome == "ok"


@pytest.mark.sandbox
@pytest.mark.parametrize(
    ("source", "limit", "words"),
    [
        ("while True:\n    pass\n", "cpu_seconds", "The free tier allows 2 s of processor time"),
        ("for i in range(101):\n    emit_signal({'value': i})\n", "signals", "allows 100 signals"),
        ("log('x' * 500)\n", "log_line_characters", "allows 200 characters a log line"),
    ],
)
def test_the_limit_that_was_reached_has_a_name(
    run_as: RunAs, source: str, limit: str, words: str
) -> None:
    execution = run_as("free", source)

    assert problem_of(execution)["limit"] == limit
    assert words in problem_of(execution)["message"]
