"""A realtime run serves all its subscribers, and is given what the best tier of theirs gives."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from accounts.models import User
from execution.models import Execution
from execution.services.realtime import run_markets
from execution.services.requests import RunRequest
from execution.services.subscriptions import subscribe
from market.bars import NewBar
from registry.models import Script
from registry.services.entitlements import revoke
from streams.models import Output
from tests import factories
from tests.execution.conftest import run_everything

pytestmark = [pytest.mark.django_db, pytest.mark.sandbox]

ON_IBM = RunRequest(instrument_key="IBM")
SIXTY_LINES = "for i in range(60):\n    log(str(i))\nemit_signal({'value': 1})\n"
TIERS = ("free", "standard", "enterprise")


@pytest.fixture
def script(ada: User, rita: User, three_sessions: list[NewBar]) -> Script:
    return factories.make_published_version(ada, rita, source=SIXTY_LINES).script


def follow(script: Script, user: User, tier: str, *, now: datetime) -> None:
    user.tier_id = tier
    user.save(update_fields=["tier"])
    if user != script.owner:
        factories.make_entitlement(script, user)
    subscribe(script, ON_IBM, acting_user=user, now=now)


def test_a_run_is_given_what_the_best_tier_of_its_subscribers_gives_whoever_came_first(
    script: Script, ada: User, rita: User, sam: User, now: datetime
) -> None:
    for place, (user, tier) in enumerate(zip((ada, rita, sam), TIERS, strict=True)):
        follow(script, user, tier, now=now + timedelta(seconds=place))

    run_markets([("IBM", "1d")], now=now + timedelta(seconds=9))
    [run] = run_everything()

    assert (run.outcome, run.user) == ("ok", sam)
    assert run.limits is not None
    assert run.limits["log_lines"] == 500
    assert Output.objects.count() == 1


def test_of_several_of_one_tier_it_runs_as_the_first_who_asked(
    script: Script, ada: User, rita: User, sam: User, now: datetime
) -> None:
    for place, user in enumerate((sam, rita, ada)):
        follow(script, user, "standard", now=now + timedelta(seconds=place))

    [run] = run_markets([("IBM", "1d")], now=now + timedelta(seconds=9))

    assert run.user == sam


def test_without_whom_it_was_made_for_it_runs_as_the_next_best(
    script: Script, ada: User, rita: User, sam: User, now: datetime
) -> None:
    follow(script, ada, "free", now=now)
    follow(script, rita, "standard", now=now)
    follow(script, sam, "enterprise", now=now)
    run_markets([("IBM", "1d")], now=now)
    revoke(script, sam, acting_user=ada, now=now)

    run_everything()

    run = Execution.objects.get()
    assert (run.outcome, run.user) == ("ok", rita)
