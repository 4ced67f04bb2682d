"""Runs of and on products: what a subscriber gets is marked, and a replay is what was given."""

from __future__ import annotations

from datetime import datetime

import pytest

from accounts.models import Membership, Role, Tenant, User
from execution.models import Execution
from execution.services.realtime import run_markets
from execution.services.replay import replay_execution
from execution.services.requests import RunRequest, request_run
from execution.services.results import result_of
from execution.services.subscriptions import subscribe
from market.bars import NewBar
from registry.models import ProductSubscription, ScriptVersion
from registry.services.product_subscriptions import end_product_subscription
from streams.models import Output
from tests import factories
from tests.execution.conftest import run_everything
from tests.streams import marked

pytestmark = [pytest.mark.django_db, pytest.mark.sandbox]
ON_IBM = RunRequest(instrument_key="IBM")
SOURCE = 'log("exactly 12.34")\nemit_signal({"value": 12.34, "upper": 13.57})\n'
COPYING = """
bought = get_script_output("{script_id}")
emit_signal({{"value": bought["value"], "upper": bought["metadata"]["upper"]}})
"""


@pytest.fixture
def bought(ada: User, rita: User) -> ScriptVersion:
    manifest = {"watermark": {"tolerance": {"value": {"absolute": 0.02}}}}
    return factories.make_published_version(ada, rita, source=SOURCE, manifest=manifest)


@pytest.fixture
def sams(bought: ScriptVersion, sam: User, now: datetime) -> ProductSubscription:
    return marked.subscribe(marked.make_product(bought.script, now=now), sam, now=now)


def run(version: ScriptVersion, user: User, now: datetime) -> Execution:
    execution = request_run(version.script, ON_IBM, acting_user=user, now=now)
    run_everything()
    execution.refresh_from_db()
    assert execution.error is None
    return execution


def test_a_subscribers_one_time_run_is_kept_exact_and_given_marked_without_its_log(
    bought: ScriptVersion,
    sams: ProductSubscription,
    sam: User,
    ada: User,
    three_sessions: list[NewBar],
    now: datetime,
) -> None:
    sams_run, adas_run = run(bought, sam, now), run(bought, ada, now)

    given, owners = result_of(sams_run, at=now), result_of(adas_run, at=now)

    assert sams_run.outputs[0]["value"] == 12.34
    assert abs(round(given.outputs[0]["value"] - 12.34, 9)) == 0.02
    assert given.outputs[0]["metadata"]["upper"] == 13.57
    assert given.outputs[0]["metadata"]["_subscription_id"] == str(sams.pk)
    assert given.log == []
    assert owners.outputs == adas_run.outputs
    assert owners.log == ["exactly 12.34"]
    assert replay_execution(sams_run).verdict == "identical"


def test_a_result_stays_marked_when_the_subscription_ends_while_it_is_made(
    bought: ScriptVersion,
    sams: ProductSubscription,
    sam: User,
    three_sessions: list[NewBar],
    now: datetime,
) -> None:
    execution = run(bought, sam, now)
    end_product_subscription(sams.pk, acting_user=sam, now=now)

    given = result_of(execution, at=now)

    assert abs(round(given.outputs[0]["value"] - 12.34, 9)) == 0.02
    assert given.log == []


def test_a_script_that_copies_what_was_bought_puts_out_its_authors_copy(
    bought: ScriptVersion,
    sams: ProductSubscription,
    sam: User,
    rita: User,
    tenant: Tenant,
    three_sessions: list[NewBar],
    now: datetime,
) -> None:
    Membership.objects.create(tenant=tenant, user=sam, role=Role.AUTHOR)
    copying = factories.make_published_version(
        sam,
        rita,
        source=COPYING.format(script_id=bought.script_id),
        manifest={"depends_on": [bought.reference]},
    )

    execution = run(copying, sam, now)

    (copied,) = execution.outputs
    (direct,) = result_of(run(bought, sam, now), at=now).outputs
    assert copied["value"] == direct["value"] != 12.34
    assert replay_execution(execution).verdict == "identical"


def test_a_published_output_remembers_the_tolerance_of_its_version(
    bought: ScriptVersion, ada: User, three_sessions: list[NewBar], now: datetime
) -> None:
    subscribe(bought.script, ON_IBM, acting_user=ada, now=now)
    run_markets([("IBM", "1d")], now=now)
    run_everything()

    tolerances = [output.tolerance for output in Output.objects.all()]

    assert tolerances
    assert all(kept == {"value": {"absolute": 0.02}} for kept in tolerances)
