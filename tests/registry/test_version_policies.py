"""Which version runs: the author's policy, rolling back, and what the API says about both."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from accounts.models import AuditEvent, Role, Tenant, User
from registry import queries
from registry.models import Script, ScriptVersion, VersionPolicy
from registry.services import policies, publishing
from registry.services.drafts import NotTheAuthor
from registry.services.recommendations import advise
from registry.services.suspension import suspend_version
from registry.texts import InvalidText
from registry.version_choice import InvalidVersionPolicy, Rule
from tests.factories import (
    NOON,
    approve,
    as_read,
    make_approved_version,
    make_entitlement,
    make_published_version,
    make_user,
    publish_next_version,
    record_evidence,
)
from tests.registry.test_api import as_user, post

LOCKED = Rule.parse("locked", pinned_version="1.0.0")
BELOW_TWO = Rule.parse("range", min_version="1.0.0", max_version="1.999.0")


@pytest.fixture
def script(published: ScriptVersion, rita: User) -> Script:
    """Build a script with the published versions 1.0.0 and 1.1.0."""
    return publish_next_version(published.script, rita).script


def running(script: Script) -> str:
    return queries.published_version(script).version


def address_of(script: Script) -> str:
    return f"/api/v2/signals/version-policy/{script.pk}"


def put(user: User, script: Script, body: Any) -> Any:
    return as_user(user).put(address_of(script), body, format="json")


def set_rule(script: Script, rule: Rule, user: User) -> Script:
    return policies.set_version_policy(script, rule, acting_user=user, now=NOON)


def test_without_a_policy_the_highest_version_runs(script: Script) -> None:
    assert running(script) == "1.1.0"


def test_a_locked_script_stays_while_releases_follow(script: Script, ada: User, rita: User) -> None:
    set_rule(script, LOCKED, ada)
    publish_next_version(script, rita)

    assert running(script) == "1.0.0"
    assert queries.published_version(script, "1.2.0").version == "1.2.0"


def test_a_range_follows_releases_inside_it_only(script: Script, ada: User, rita: User) -> None:
    set_rule(script, BELOW_TWO, ada)

    publish_next_version(script, rita, version="2.0.0")
    assert running(script) == "1.1.0"
    publish_next_version(script, rita, version="2.0.1")
    assert running(script) == "1.1.0"

    set_rule(script, Rule(), ada)
    assert running(script) == "2.0.1"


def test_a_withdrawn_version_leaves_its_range_to_the_next_best(script: Script, ada: User) -> None:
    set_rule(script, BELOW_TWO, ada)

    publishing.withdraw_version(
        queries.published_version(script), note="Wrong.", acting_user=ada, now=NOON
    )

    assert running(script) == "1.0.0"


def test_when_what_is_locked_is_withdrawn_nothing_else_slips_in(script: Script, ada: User) -> None:
    set_rule(script, LOCKED, ada)

    publishing.withdraw_version(
        queries.published_version(script), note="Wrong.", acting_user=ada, now=NOON
    )

    with pytest.raises(queries.NoPublishedVersion, match=r"locked to 1\.0\.0"):
        queries.published_version(script)
    assert queries.published_version(script, "1.1.0").version == "1.1.0"


@pytest.mark.parametrize(
    "rule",
    [
        Rule.parse("locked", pinned_version="9.0.0"),
        Rule.parse("range", min_version="2.0.0"),
    ],
)
def test_a_policy_that_chooses_nothing_is_refused(script: Script, ada: User, rule: Rule) -> None:
    with pytest.raises(InvalidVersionPolicy):
        set_rule(script, rule, ada)

    assert not VersionPolicy.objects.exists()
    assert running(script) == "1.1.0"


def test_a_draft_cannot_be_pinned(script: Script, ada: User, rita: User) -> None:
    other = make_approved_version(ada, rita)

    with pytest.raises(InvalidVersionPolicy):
        set_rule(other.script, LOCKED, ada)


def test_a_change_of_policy_is_in_the_trail(script: Script, ada: User) -> None:
    policies.set_version_policy(script, LOCKED, reason="Careful.", acting_user=ada, now=NOON)

    event = AuditEvent.objects.get(event="version_policy_changed")
    assert (event.actor, event.reason) == (ada, "Careful.")
    assert event.before == {"policy": "auto", "effective_version": "1.1.0"}
    assert event.after == {"policy": "locked to 1.0.0", "effective_version": "1.0.0"}


@pytest.mark.parametrize("name", ["ada", "olga"])
def test_the_author_and_operators_roll_back(
    name: str, request: pytest.FixtureRequest, script: Script
) -> None:
    user = request.getfixturevalue(name)

    policies.roll_back(script, "1.0.0", reason="It trades twice.", acting_user=user, now=NOON)

    assert running(script) == "1.0.0"
    event = AuditEvent.objects.get(event="version_rolled_back")
    assert (event.actor, event.reason) == (user, "It trades twice.")
    assert event.before["effective_version"] == "1.1.0"


def test_a_reviewer_does_not_roll_back(script: Script, rita: User) -> None:
    with pytest.raises(NotTheAuthor):
        policies.roll_back(script, "1.0.0", reason="No.", acting_user=rita, now=NOON)


def test_rolling_back_takes_a_reason(script: Script, ada: User) -> None:
    with pytest.raises(InvalidText):
        policies.roll_back(script, "1.0.0", reason=" ", acting_user=ada, now=NOON)

    assert running(script) == "1.1.0"


def test_only_what_may_run_can_be_gone_back_to(script: Script, ada: User, rita: User) -> None:
    first = queries.published_version(script, "1.0.0")
    suspend_version(first, reason="It attacked.", execution_id=uuid4(), now=NOON)

    with pytest.raises(queries.VersionSuspended):
        policies.roll_back(script, "1.0.0", reason="No.", acting_user=ada, now=NOON)
    with pytest.raises(queries.NoSuchVersion):
        policies.roll_back(script, "0.9.0", reason="No.", acting_user=ada, now=NOON)
    assert running(script) == "1.1.0"


def test_going_back_to_what_runs_is_said_once(script: Script, ada: User) -> None:
    policies.roll_back(script, "1.0.0", reason="No.", acting_user=ada, now=NOON)

    with pytest.raises(policies.RunsAlready):
        policies.roll_back(script, "1.0.0", reason="No.", acting_user=ada, now=NOON)


def test_the_reply_has_the_contracts_fields(script: Script, ada: User) -> None:
    before = as_user(ada).get(address_of(script))
    after = put(ada, script, {"policy": "locked", "pinned_version": "1.0.0"})

    assert before.data == {
        "signal_id": str(script.pk),
        "policy": "auto",
        "current_version": "1.1.0",
        "effective_version": "1.1.0",
        "min_version": None,
        "max_version": None,
        "pinned_version": None,
        "auto_upgrade_enabled": True,
        "last_updated": NOON,
    }
    assert after.status_code == 200
    assert after.data["effective_version"] == after.data["pinned_version"] == "1.0.0"
    assert after.data["current_version"] == "1.1.0"
    assert after.data["auto_upgrade_enabled"] is False
    assert as_user(ada).get(address_of(script)).data == after.data


@pytest.mark.parametrize(
    ("body", "policy"),
    [
        ({}, "auto"),
        ({"policy": None, "pinned_version": None}, "auto"),
        ({"policy": "range", "min_version": "1.0.0", "max_version": None}, "range"),
    ],
)
def test_what_is_left_out_has_its_default(
    script: Script, ada: User, body: dict[str, Any], policy: str
) -> None:
    assert put(ada, script, body).data["policy"] == policy


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"policy": "newest"}, "policy"),
        ({"policy": ["auto"]}, "policy"),
        ({"policy": "locked"}, "pinned_version"),
        ({"policy": "locked", "pinned_version": "1.0"}, "pinned_version"),
        ({"policy": "locked", "pinned_version": "7.0.0"}, "pinned_version"),
        ({"policy": "locked", "pinned_version": {"a": 1}}, "pinned_version"),
        ({"policy": "range"}, "min_version"),
        ({"policy": "range", "min_version": "1.0.0", "max_version": "x\x00"}, "max_version"),
        ({"policy": "auto", "version": "1.0.0"}, "version"),
        ([], "non_field_errors"),
    ],
)
def test_a_wrong_policy_is_400_and_names_the_field(
    script: Script, ada: User, body: Any, field: str
) -> None:
    reply = put(ada, script, body)

    assert (reply.status_code, reply.data["code"]) == (400, "invalid_version_policy")
    assert reply.data["field"] == field
    assert running(script) == "1.1.0"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", ""),
        ("put", ""),
        ("get", "/versions"),
        ("post", "/versions/1.0.0/publish"),
    ],
)
def test_who_is_not_the_owner_is_403_and_who_may_not_know_404(
    script: Script, rita: User, sam: User, mallory: User, method: str, path: str
) -> None:
    make_entitlement(script, sam)

    def status(user: User, signal_id: object) -> int:
        address = f"/api/v2/signals/version-policy/{signal_id}{path}"
        code: int = getattr(as_user(user), method)(address, {}, format="json").status_code
        return code

    assert status(rita, script.pk) == status(sam, script.pk) == 403
    assert status(mallory, script.pk) == status(rita, uuid4()) == 404


def test_the_versions_say_which_of_them_runs(script: Script, ada: User) -> None:
    set_rule(script, LOCKED, ada)

    rows = as_user(ada).get(f"{address_of(script)}/versions").data["results"]

    assert [(row["version"], row["is_effective"]) for row in rows] == [
        ("1.1.0", False),
        ("1.0.0", True),
    ]


def test_publishing_by_the_policys_address(ada: User, rita: User) -> None:
    version = make_approved_version(ada, rita)
    address = f"{address_of(version.script)}/versions/1.0.0/publish"

    published = post(ada, f"{address}?breaking_changes=false")
    again = post(ada, address)
    unclear = post(ada, f"{address}?breaking_changes=perhaps")

    assert published.status_code == 200
    assert published.data["success"] is True
    assert published.data["effective_version"] == published.data["version"] == "1.0.0"
    assert (again.status_code, again.data["code"]) == (409, "already_published")
    assert (unclear.status_code, unclear.data["field"]) == (400, "breaking_changes")
    assert post(ada, f"{address_of(version.script)}/versions/3.0.0/publish").status_code == 404


def test_breaking_changes_need_a_new_major_version(script: Script, ada: User, rita: User) -> None:
    def approved(number: str) -> None:
        edited = as_user(ada).patch(
            f"/scripts/{script.pk}", {"version": number, "release_note": "New."}, format="json"
        )
        version = ScriptVersion.objects.get(pk=edited.data["version"]["id"])
        assert post(ada, f"/scripts/{script.pk}/submit").status_code == 200
        record_evidence(version)
        assert post(rita, f"/scripts/{script.pk}/approve", as_read(version)).status_code == 200

    approved("1.2.0")
    address = f"{address_of(script)}/versions"
    refused = post(ada, f"{address}/1.2.0/publish?breaking_changes=true")
    assert (refused.status_code, refused.data["code"]) == (
        409,
        "breaking_changes_need_a_major_version",
    )
    assert refused.data["next_version"] == "2.0.0"
    assert post(ada, f"{address}/1.2.0/publish").status_code == 200

    approved("2.0.0")
    assert post(ada, f"{address}/2.0.0/publish?breaking_changes=true").status_code == 200
    event = AuditEvent.objects.filter(event="version_published").latest("position")
    assert event.after["breaking_changes"] is True


def test_rolling_back_over_http(script: Script, olga: User, rita: User, mallory: User) -> None:
    body = {"version": "1.0.0", "reason": "Wrong."}
    address = f"/scripts/{script.pk}/rollback"

    assert post(rita, address, body).status_code == 403
    assert post(mallory, address, body).status_code == 404
    assert post(olga, address, {"version": "1.0.0"}).status_code == 422
    reply = post(olga, address, body)

    assert reply.status_code == 200
    assert (reply.data["policy"], reply.data["effective_version"]) == ("locked", "1.0.0")


@pytest.mark.parametrize("prefix", ["recommendations", "version-policy/recommendations"])
def test_a_recommendation_says_why(prefix: str, script: Script, ada: User, rita: User) -> None:
    address = f"/api/v2/signals/{prefix}/{script.pk}"

    reply = as_user(ada).get(address)

    assert reply.data["recommended_policy"] == "auto"
    assert (reply.data["risk_level"], reply.data["subscriber_count"]) == ("low", 0)
    assert as_user(rita).get(address).status_code == 403
    assert as_user(ada).get(f"/api/v2/signals/{prefix}/{uuid4()}").status_code == 404


def test_the_owner_is_no_subscriber_of_their_own(script: Script, ada: User, sam: User) -> None:
    make_entitlement(script, sam)

    assert advise(script, at=NOON).subscribers == 1


def test_a_new_major_version_is_a_risk_and_the_suggestion_can_be_put(
    script: Script, ada: User, rita: User, tenant: Tenant
) -> None:
    publish_next_version(script, rita, version="2.0.0")
    for number in range(10):
        user = make_user(f"subscriber{number}", tenant=tenant, roles=[Role.SUBSCRIBER])
        make_entitlement(script, user)

    reply = as_user(ada).get(f"/api/v2/signals/recommendations/{script.pk}").data

    assert reply["risks"] == ["2.0.0 began a new major version"]
    assert (reply["recommended_policy"], reply["risk_level"]) == ("range", "high")
    assert put(ada, script, reply["suggested"]).data["effective_version"] == "2.0.0"


def test_what_went_wrong_before_is_a_risk(script: Script, ada: User, rita: User) -> None:
    publishing.withdraw_version(
        queries.published_version(script), note="Wrong.", acting_user=ada, now=NOON
    )
    first = queries.published_version(script)
    suspend_version(first, reason="It attacked.", execution_id=uuid4(), now=NOON)
    make_published_version(ada, rita)

    advice = advise(script, at=NOON)

    assert advice.risks == ("1.1.0 was withdrawn", "1.0.0 is suspended")
    assert advice.recommendation.policy == "locked"


def test_a_label_is_a_risk(ada: User, rita: User, submitted: ScriptVersion) -> None:
    approve(submitted, rita, repaints=True)
    publishing.publish_version(submitted, acting_user=ada, now=NOON)

    assert advise(submitted.script, at=NOON).risks == ("1.0.0 is labelled repaints",)
