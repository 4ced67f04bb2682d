from datetime import datetime, timedelta

import pytest

from accounts.models import User
from common.errors import InvalidInput
from common.idempotency_keys import IdempotencyKeyReused
from execution.models import Execution
from execution.services.requests import (
    ClockInTheFuture,
    ParamsTooLarge,
    RunRequest,
    request_run,
)
from execution.validation import ParamsDoNotMatchSchema
from market.bars import NewBar
from registry.access import DependencyNotAccessible, NoSuchScript, NotEntitled
from registry.models import ScriptVersion
from tests import factories

pytestmark = pytest.mark.django_db

PERIOD = {
    "type": "object",
    "properties": {"period": {"type": "integer", "minimum": 2}},
    "additionalProperties": False,
}
ON_IBM = RunRequest(instrument_key="IBM")


@pytest.fixture
def version(ada: User, rita: User, three_sessions: list[NewBar]) -> ScriptVersion:
    return factories.make_published_version(ada, rita, manifest={"input_schema": PERIOD})


def test_a_run_stands_at_the_close_of_the_newest_bar(
    version: ScriptVersion, ada: User, now: datetime, three_sessions: list[NewBar]
) -> None:
    execution = request_run(version.script, ON_IBM, acting_user=ada, now=now)

    assert execution.as_of == three_sessions[-1].closes_at
    assert execution.status == "pending"


def test_somebody_without_an_entitlement_starts_nothing(
    version: ScriptVersion, sam: User, now: datetime
) -> None:
    with pytest.raises(NotEntitled):
        request_run(version.script, ON_IBM, acting_user=sam, now=now)

    assert not Execution.objects.exists()


def test_somebody_of_another_house_is_told_that_there_is_no_such_script(
    version: ScriptVersion, mallory: User, now: datetime
) -> None:
    with pytest.raises(NoSuchScript):
        request_run(version.script, ON_IBM, acting_user=mallory, now=now)

    assert not Execution.objects.exists()


def test_an_entitlement_without_its_dependencies_starts_nothing(
    version: ScriptVersion, ada: User, rita: User, sam: User, now: datetime
) -> None:
    dependent = factories.make_published_version(
        ada, rita, manifest={"depends_on": [f"{version.script_id}@{version.version}"]}
    )
    factories.make_entitlement(dependent.script, sam)

    with pytest.raises(DependencyNotAccessible) as caught:
        request_run(dependent.script, ON_IBM, acting_user=sam, now=now)

    assert caught.value.details["missing"] == [str(version.script_id)]
    assert version.script.name in caught.value.message
    assert not Execution.objects.exists()


def test_an_unknown_instrument_is_named(version: ScriptVersion, ada: User, now: datetime) -> None:
    with pytest.raises(InvalidInput) as caught:
        request_run(version.script, RunRequest(instrument_key="IBX"), acting_user=ada, now=now)

    assert caught.value.details["field"] == "instrument"
    assert "IBX" in caught.value.message


def test_params_that_break_the_schema_are_named(
    version: ScriptVersion, ada: User, now: datetime
) -> None:
    request = RunRequest(instrument_key="IBM", params={"period": 1})

    with pytest.raises(ParamsDoNotMatchSchema) as caught:
        request_run(version.script, request, acting_user=ada, now=now)

    assert caught.value.details["errors"][0]["field"] == "params.period"


def test_params_have_a_size(version: ScriptVersion, ada: User, now: datetime) -> None:
    request = RunRequest(instrument_key="IBM", params={"note": "x" * 10_000})

    with pytest.raises(ParamsTooLarge):
        request_run(version.script, request, acting_user=ada, now=now)


def test_nobody_runs_in_the_future(version: ScriptVersion, ada: User, now: datetime) -> None:
    request = RunRequest(instrument_key="IBM", as_of=now + timedelta(seconds=1))

    with pytest.raises(ClockInTheFuture):
        request_run(version.script, request, acting_user=ada, now=now)


def test_the_same_key_twice_is_one_run(version: ScriptVersion, ada: User, now: datetime) -> None:
    request = RunRequest(instrument_key="IBM", idempotency_key="monday")

    first = request_run(version.script, request, acting_user=ada, now=now)
    second = request_run(version.script, request, acting_user=ada, now=now)

    assert second == first
    assert Execution.objects.count() == 1


def test_a_key_that_belongs_to_another_request_is_refused(
    version: ScriptVersion, ada: User, now: datetime
) -> None:
    request_run(
        version.script,
        RunRequest(instrument_key="IBM", idempotency_key="monday"),
        acting_user=ada,
        now=now,
    )

    with pytest.raises(IdempotencyKeyReused):
        request_run(
            version.script,
            RunRequest(instrument_key="IBM", params={"period": 9}, idempotency_key="monday"),
            acting_user=ada,
            now=now,
        )
