"""Room for runs: in the queue, among a user's waiting ones, and a minute."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from django.db import connections
from pytest_django import Settings

from accounts.models import AuditEvent, Tier, User
from common.errors import RateLimited
from execution.models import Execution, ExecutionStatus
from execution.services.quotas import QueueFull, TooManyExecutions, TooManyWaiting
from execution.services.requests import RunRequest, request_run
from gateway.models import DataAccess
from market.bars import NewBar
from registry.access import NoSuchScript
from registry.models import Script, ScriptVersion
from registry.services.script_limits import MayNotLimit, set_script_limits
from tests import factories
from tests.execution.conftest import run_everything

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("limits_on")]
ON_IBM = RunRequest(instrument_key="IBM")


@pytest.fixture
def version(ada: User, rita: User, three_sessions: list[NewBar]) -> ScriptVersion:
    return factories.make_published_version(ada, rita)


def free_tier(**numbers: int) -> None:
    Tier.objects.filter(pk="free").update(**numbers)


def test_a_full_queue_takes_nothing_more_and_keeps_what_it_has(
    version: ScriptVersion, ada: User, now: datetime, settings: Settings
) -> None:
    settings.EXECUTION_QUEUE_MAX = 2
    for _ in range(2):
        request_run(version.script, ON_IBM, acting_user=ada, now=now)

    with pytest.raises(QueueFull) as refused:
        request_run(version.script, ON_IBM, acting_user=ada, now=now)

    assert refused.value.details["retry_after_seconds"] == 5
    assert Execution.objects.count() == 2


def test_the_queue_is_everybodys_and_not_only_what_one_sees_oneself(
    version: ScriptVersion, ada: User, sam: User, now: datetime, settings: Settings
) -> None:
    settings.EXECUTION_QUEUE_MAX = 1
    factories.make_entitlement(version.script, sam)
    request_run(version.script, ON_IBM, acting_user=ada, now=now)

    with pytest.raises(QueueFull):
        request_run(version.script, ON_IBM, acting_user=sam, now=now)


def test_a_user_has_only_so_many_unfinished_runs(
    version: ScriptVersion, ada: User, sam: User, now: datetime
) -> None:
    free_tier(executions_waiting=1)
    factories.make_entitlement(version.script, sam)
    first = request_run(version.script, ON_IBM, acting_user=ada, now=now)

    with pytest.raises(TooManyWaiting) as refused:
        request_run(version.script, ON_IBM, acting_user=ada, now=now)
    request_run(version.script, ON_IBM, acting_user=sam, now=now)
    Execution.objects.filter(pk=first.pk).update(status=ExecutionStatus.CANCELLED, finished_at=now)
    request_run(version.script, ON_IBM, acting_user=ada, now=now)

    assert (refused.value.details["waiting"], refused.value.details["allowed"]) == (1, 1)


def test_a_user_asks_for_only_so_many_runs_a_minute(
    version: ScriptVersion, ada: User, now: datetime
) -> None:
    free_tier(executions_per_minute=2)
    for _ in range(2):
        request_run(version.script, ON_IBM, acting_user=ada, now=now)

    with pytest.raises(TooManyExecutions) as refused:
        request_run(version.script, ON_IBM, acting_user=ada, now=now)

    assert isinstance(refused.value, RateLimited)
    assert (refused.value.details["limit"], refused.value.details["allowed"]) == ("executions", 2)
    assert Execution.objects.count() == 2


def test_a_request_that_is_sent_again_costs_nothing(
    version: ScriptVersion, ada: User, now: datetime
) -> None:
    free_tier(executions_per_minute=1, executions_waiting=1)
    request = RunRequest(instrument_key="IBM", idempotency_key="once")

    first = request_run(version.script, request, acting_user=ada, now=now)
    again = request_run(version.script, request, acting_user=ada, now=now)

    assert again.pk == first.pk


@pytest.mark.parametrize("allowed", [0, 1])
def test_a_script_runs_no_more_often_than_its_owner_allows(
    allowed: int, version: ScriptVersion, ada: User, sam: User, now: datetime
) -> None:
    script = set_script_limits(
        version.script,
        executions_per_minute=allowed,
        reads_per_minute=None,
        acting_user=ada,
        now=now,
    )
    factories.make_entitlement(script, sam)
    for _ in range(allowed):
        request_run(script, ON_IBM, acting_user=ada, now=now)

    with pytest.raises(TooManyExecutions) as refused:
        request_run(script, ON_IBM, acting_user=sam, now=now)

    assert refused.value.details["limit"] == "executions_of_script"


def test_only_the_owner_and_the_operators_of_the_house_limit_a_script(
    version: ScriptVersion, rita: User, olga: User, mallory: User, now: datetime
) -> None:
    for outsider, told in ((rita, MayNotLimit), (mallory, NoSuchScript)):
        with pytest.raises(told):
            set_script_limits(
                version.script,
                executions_per_minute=0,
                reads_per_minute=0,
                acting_user=outsider,
                now=now,
            )

    changed = set_script_limits(
        version.script, executions_per_minute=0, reads_per_minute=7, acting_user=olga, now=now
    )

    assert (changed.executions_per_minute, changed.reads_per_minute) == (0, 7)
    event = AuditEvent.objects.get(event="script_limits_changed")
    assert event.actor == olga
    assert event.after == {"executions_per_minute": 0, "reads_per_minute": 7}


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_exactly_as_many_wait_as_the_tier_allows(
    version: ScriptVersion, ada: User, now: datetime
) -> None:
    free_tier(executions_waiting=4)

    def ask(_: int) -> bool:
        try:
            request_run(version.script, ON_IBM, acting_user=ada, now=now)
        except TooManyWaiting:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(8) as threads:
        passed = list(threads.map(ask, range(24)))

    assert (sum(passed), Execution.objects.count()) == (4, 4)


READS_THRICE = """
found = []
for number in range(3):
    try:
        found.append(len(get_market_data()))
    except RuntimeError as fault:
        log(str(fault))
emit_signal({"value": len(found)})
"""


@pytest.mark.sandbox
@pytest.mark.parametrize("whose", ["user", "script"])
def test_a_script_sees_that_its_reads_are_spent_and_can_go_on(
    whose: str, ada: User, rita: User, three_sessions: list[NewBar], now: datetime
) -> None:
    version = factories.make_published_version(ada, rita, source=READS_THRICE)
    if whose == "user":
        free_tier(reads_per_minute=2)
    else:
        Script.objects.update(reads_per_minute=2)

    execution = request_run(version.script, ON_IBM, acting_user=ada, now=now)
    run_everything()
    execution.refresh_from_db()

    assert (execution.outcome, execution.outputs[0]["value"]) == ("ok", 2)
    assert execution.log[0].startswith("2 reads a minute are allowed")
    refusals = DataAccess.objects.order_by("position").values_list("refusal", flat=True)
    assert list(refusals) == ["", "", "script_read_quota_spent"]
