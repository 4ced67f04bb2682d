"""Whoever uses a script that repaints is told so, wherever they meet it."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from accounts.models import User
from common.clock import utc_now
from market.models import Instrument
from registry.models import Script, ScriptVersion
from registry.services import publishing
from streams.publishing import stream_for
from tests import factories

pytestmark = pytest.mark.django_db

LABELLED = "later bars can change what this script put out"


@pytest.fixture
def repainting(ada: User, rita: User, sam: User, instrument: Instrument) -> Script:
    """Publish a script that looks ahead and is labelled, open to sam, with a stream."""
    version = factories.make_submitted_version(ada, name="Ahead")
    factories.record_evidence(version, verdict="looks_ahead")
    factories.approve(version, rita, repaints=True)
    publishing.publish_version(version, acting_user=ada, now=utc_now())
    factories.make_entitlement(version.script, sam)
    script = Script.objects.select_related("current_version").get(pk=version.script_id)
    stream_for(script, "IBM", "1d", {})
    return script


def test_a_subscriber_reads_the_label_in_every_reply(
    api: APIClient, repainting: Script, sam: User
) -> None:
    api.force_authenticate(sam)
    address = f"/scripts/{repainting.pk}"

    [listed] = api.get("/scripts").json()["results"]
    [version] = api.get(f"{address}/versions").json()["results"]
    streams = api.get("/api/v2/signals/sdk/signals/streams").json()["streams"]

    assert listed["repaints"] is True
    assert api.get(address).json()["repaints"] is True
    assert api.get(address).json()["version"]["repaints"] is True
    assert version["repaints"] is True
    assert [stream["repaints"] for stream in streams["personal"]] == [True]


def test_a_subscriber_reads_the_label_on_the_dashboard(
    browser: Client, repainting: Script, sam: User
) -> None:
    browser.force_login(sam)

    page = browser.get(reverse("dashboard-script", args=[repainting.pk])).content.decode()
    state = browser.get(reverse("dashboard-state", args=[repainting.pk]), {"instrument": "IBM"})

    assert LABELLED in page
    assert '<p data-part="repaints" class="notice warn">' in page
    assert state.json()["repaints"] is True


def test_an_honest_script_has_no_label(
    browser: Client, script: Script, instrument: Instrument, sam: User
) -> None:
    browser.force_login(sam)

    page = browser.get(reverse("dashboard-script", args=[script.pk])).content.decode()

    assert '<p data-part="repaints" class="notice warn" hidden>' in page


def test_the_lists_of_the_admin_have_the_label(
    browser: Client, repainting: Script, rita: User
) -> None:
    browser.force_login(rita)

    for name in ("script", "scriptversion"):
        listed = browser.get(reverse(f"admin:registry_{name}_changelist")).content.decode()
        assert '<span class="status status-repaints">repaints</span>' in listed


def test_a_published_label_cannot_be_taken_off(repainting: Script) -> None:
    version = ScriptVersion.objects.get(script=repainting)

    with pytest.raises(DatabaseError), transaction.atomic():
        ScriptVersion.objects.filter(pk=version.pk).update(repaints=False)

    version.refresh_from_db()
    assert version.repaints
