"""Which version a plan is made for: the author's policy decides, at the next bar."""

from datetime import datetime
from typing import Any

import pytest

from accounts.models import User
from execution.services.realtime import run_markets
from execution.services.requests import RunRequest
from execution.services.subscriptions import subscribe
from market.bars import NewBar
from market.services.bars import record_bars
from registry.models import ScriptVersion
from registry.services.policies import set_version_policy
from registry.version_choice import Rule
from streams.models import Output
from tests import factories
from tests.execution.conftest import run_everything, session_bar

pytestmark = [pytest.mark.django_db, pytest.mark.sandbox]

ON_IBM = RunRequest(instrument_key="IBM")
FIRST, SECOND = 'emit_signal({"value": 1})\n', 'emit_signal({"value": 2})\n'


@pytest.fixture
def first(ada: User, rita: User, three_sessions: list[NewBar]) -> ScriptVersion:
    return factories.make_published_version(ada, rita, source=FIRST)


def said(day: int, now: datetime) -> list[Any]:
    """Let a bar close, run what is due, and return what was put out of it."""
    [bar] = record_bars([session_bar(day)], now=now)
    run_markets([("IBM", "1d")], now=now)
    run_everything()
    outputs = Output.objects.filter(bar_opened_at=bar.opened_at).order_by("pk")
    return [output.value for output in outputs]


@pytest.mark.parametrize(
    ("rule", "after"),
    [
        (Rule.parse("auto"), [2]),
        (Rule.parse("locked", pinned_version="1.0.0"), [1]),
        (Rule.parse("range", min_version="1.0.0", max_version="1.0.9"), [1]),
        (Rule.parse("range", min_version="1.0.0", max_version="9.0.0"), [2]),
    ],
    ids=str,
)
def test_a_publication_moves_a_plan_at_the_next_bar_if_the_policy_lets_it(
    rule: Rule, after: list[int], first: ScriptVersion, ada: User, rita: User, now: datetime
) -> None:
    set_version_policy(first.script, rule, reason="", acting_user=ada, now=now)
    subscribe(first.script, ON_IBM, acting_user=ada, now=now)
    assert said(3, now) == [1]

    factories.publish_next_version(first.script, rita, source=SECOND)

    assert said(4, now) == after
    assert Output.objects.values("stream").distinct().count() == 1


def test_a_policy_that_is_changed_holds_from_the_next_bar_on(
    first: ScriptVersion, ada: User, rita: User, now: datetime
) -> None:
    subscribe(first.script, ON_IBM, acting_user=ada, now=now)
    factories.publish_next_version(first.script, rita, source=SECOND)
    assert said(3, now) == [2]

    set_version_policy(
        first.script, Rule.parse("locked", pinned_version="1.0.0"), acting_user=ada, now=now
    )

    assert said(4, now) == [1]
