"""The button that has a worker repeat a run, and the page that says what came of it."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import AuditEvent, User
from execution.models import Execution
from execution.services import runs
from execution.services.requests import RunRequest, request_run
from market.bars import NewBar
from tests import factories
from tests.execution.queue_worker import working

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.sandbox]

SOURCE = "import random\nget_market_data()\nemit_signal({'value': random.random()})\n"


@pytest.fixture
def finished(ada: User, rita: User, three_sessions: list[NewBar], now: datetime) -> Execution:
    version = factories.make_published_version(ada, rita, source=SOURCE)
    request = RunRequest(instrument_key="IBM")
    asked = request_run(version.script, request, acting_user=ada, now=now)
    runs.run_execution(str(asked.pk))
    return Execution.objects.get(pk=asked.pk)


def pressed(client: Client, execution: Execution) -> str:
    page = reverse("admin:execution_execution_replay", args=[execution.pk])
    with working():
        return client.post(page, follow=True).content.decode()


def test_an_operator_sees_that_a_run_repeats_and_it_is_audited(
    browser: Client, finished: Execution, olga: User
) -> None:
    browser.force_login(olga)
    change = reverse("admin:execution_execution_change", args=[finished.pk])
    assert ">Replay</button>" in browser.get(change).content.decode()

    page = pressed(browser, finished)

    assert "<strong>Identical.</strong>" in page
    assert finished.capsule_sha256 in page
    assert AuditEvent.objects.get(event="execution_replayed").actor == olga


def test_the_page_names_the_first_difference(
    browser: Client, finished: Execution, olga: User
) -> None:
    Execution.objects.filter(pk=finished.pk).update(seed=1)
    browser.force_login(olga)

    page = pressed(browser, finished)

    assert "<strong>Different.</strong>" in page
    assert "capsule, seed changed since the run" in page
    assert finished.capsule_sha256 in page


@pytest.mark.parametrize("somebody", ["ada", "rita", "mallory"])
def test_nobody_but_the_houses_operators_is_offered_a_replay(
    somebody: str, browser: Client, finished: Execution, request: pytest.FixtureRequest
) -> None:
    browser.force_login(request.getfixturevalue(somebody))
    change = reverse("admin:execution_execution_change", args=[finished.pk])
    page = reverse("admin:execution_execution_replay", args=[finished.pk])

    assert ">Replay</button>" not in browser.get(change, follow=True).content.decode()
    assert browser.post(page).status_code == 404
    assert not AuditEvent.objects.filter(event="execution_replayed").exists()


def test_without_a_worker_the_page_says_so(
    browser: Client, finished: Execution, olga: User, settings: Settings
) -> None:
    settings.EXECUTION_REPLY_SECONDS = 1
    browser.force_login(olga)
    page = reverse("admin:execution_execution_replay", args=[finished.pk])

    shown = browser.post(page, follow=True).content.decode()

    assert "No worker repeated the run in time" in shown
