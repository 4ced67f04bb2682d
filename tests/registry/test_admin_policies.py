"""The page of a version policy: what it shows, whom it lets decide, and that it asks first."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from accounts.models import User
from registry import queries
from registry.models import Script, ScriptVersion, VersionPolicy
from tests.factories import make_draft, publish_next_version
from tests.registry.test_admin import HOSTILE, signed_in, text_of

LOCKED = {"policy": "locked", "pinned_version": "1.0.0", "reason": "Careful."}


@pytest.fixture
def script(published: ScriptVersion, rita: User) -> Script:
    return publish_next_version(published.script, rita).script


def policy_page(script: Script) -> str:
    return reverse("admin:registry_script_policy", args=[script.pk])


def press(user: User, script: Script, page: str, **fields: str) -> Any:
    address = reverse(f"admin:registry_script_{page}", args=[script.pk])
    return signed_in(user).post(address, fields, follow=True)


def running(script: Script) -> str:
    return queries.published_version(script).version


def test_the_page_shows_what_runs_and_what_is_recommended_and_why(
    script: Script, ada: User
) -> None:
    page = text_of(signed_in(ada).get(policy_page(script)))

    assert "Recommended: auto, as it is" in page
    assert "0 subscribers and nothing risky" in page
    assert "Run 1.0.0 …" in page
    assert "Set the policy …" in page


def test_a_script_without_versions_says_what_there_will_be(ada: User) -> None:
    page = text_of(signed_in(ada).get(policy_page(make_draft(ada).script)))

    assert "Nothing to choose from yet" in page
    assert "Set the policy" not in page


def test_setting_a_policy_is_confirmed_first(script: Script, ada: User) -> None:
    asked = press(ada, script, "policy", **LOCKED)
    assert "auto → locked to 1.0.0" in text_of(asked)
    assert "1.1.0 → 1.0.0" in text_of(asked)
    assert running(script) == "1.1.0"

    press(ada, script, "policy", **LOCKED, confirmed="yes")
    assert running(script) == "1.0.0"


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"policy": "locked"}, "pinned_version: the policy locked needs it"),
        ({"policy": "range", "min_version": "1.1.0", "max_version": "1.0.0"}, "is lower than"),
        ({"policy": "range", "min_version": "1.0.0", "max_version": HOSTILE[:20]}, "max_version"),
        ({"policy": "newest"}, "Select a valid choice"),
        ({"policy": "locked", "pinned_version": "9.9.9"}, "Select a valid choice"),
    ],
)
def test_a_policy_that_makes_no_sense_is_said_beside_its_field(
    script: Script, ada: User, fields: dict[str, str], problem: str
) -> None:
    for confirmed in ({}, {"confirmed": "yes"}):
        shown = press(ada, script, "policy", **fields, **confirmed)
        assert problem in text_of(shown)

    assert not VersionPolicy.objects.exists()


def test_what_belongs_to_another_policy_does_not_count(script: Script, ada: User) -> None:
    press(ada, script, "policy", policy="auto", pinned_version="1.0.0", confirmed="yes")

    assert running(script) == "1.1.0"


def test_rolling_back_is_confirmed_with_a_reason(script: Script, olga: User) -> None:
    asked = press(olga, script, "rollback", version="1.0.0")
    assert "Run 1.0.0 instead of 1.1.0?" in text_of(asked)

    refused = press(olga, script, "rollback", version="1.0.0", confirmed="yes", reason=" ")
    assert "errornote" in text_of(refused)
    assert running(script) == "1.1.0"

    done = press(olga, script, "rollback", version="1.0.0", confirmed="yes", reason="Wrong.")
    assert "runs 1.0.0 again" in text_of(done)
    assert running(script) == "1.0.0"


@pytest.mark.parametrize("version", ["", "9.9.9", "latest", HOSTILE])
def test_rolling_back_to_nothing_is_refused_in_words(
    script: Script, ada: User, version: str
) -> None:
    refused = press(ada, script, "rollback", version=version, confirmed="yes", reason="Wrong.")

    assert refused.status_code == 200
    assert "that you can use" in text_of(refused)
    assert "<script>alert" not in text_of(refused)


def test_a_reviewer_reads_the_page_and_decides_nothing(script: Script, rita: User) -> None:
    page = text_of(signed_in(rita).get(policy_page(script)))
    assert "who wrote this script, sets its policy" in page
    assert "Roll back" not in page

    press(rita, script, "policy", **LOCKED, confirmed="yes")
    press(rita, script, "rollback", version="1.0.0", confirmed="yes", reason="No.")
    assert running(script) == "1.1.0"


def test_outsiders_do_not_find_the_page(script: Script, mallory: User, sam: User) -> None:
    assert signed_in(mallory).get(policy_page(script)).status_code == 404
    assert signed_in(mallory).post(policy_page(script), LOCKED).status_code == 404
    assert signed_in(sam).get(policy_page(script)).status_code in (302, 404)
