"""What is missing before a version can be submitted: told before, and by the refusal."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from accounts.models import User
from registry import readiness
from registry.editions import edition_of
from registry.models import ScriptVersion
from registry.readiness import NotReadyForReview, Point, State
from registry.services import autosaves, drafts, history_runs, review, screening
from registry.services.entitlements import revoke
from tests.factories import NOON, make_draft, make_entitlement, make_published_version, make_user
from tests.registry.test_admin_drafts import signed_in

COMPLETE: dict[str, Any] = {
    "name": "Complete",
    "description": "The newest close.",
    "source": "emit_signal({'value': 1.0})\n",
    "manifest": {
        "output_schema": {"type": "object", "properties": {"value": {"type": "number"}}},
    },
    "release_note": "First version.",
}


def point_of(version: ScriptVersion, code: str) -> Point:
    [point] = [one for one in readiness.points_of(version, at=NOON) if one.code == code]
    return point


def ran(version: ScriptVersion, *, problem: str = "") -> None:
    history_runs.note_history_run(
        version.pk,
        source_sha256=version.source_sha256,
        manifest_sha256=version.manifest_sha256,
        problem=problem,
        now=NOON,
    )


def screened(version: ScriptVersion, worst_level: str) -> None:
    screening.keep_screening(
        version, findings=[], worst_level=worst_level, rules_sha256="0" * 64, now=NOON
    )


def test_a_complete_draft_lacks_nothing_and_is_submitted(ada: User) -> None:
    draft = make_draft(ada, **COMPLETE)
    ran(draft)
    screened(draft, "")

    assert [point.code for point in readiness.points_of(draft, at=NOON) if not point.is_done] == []
    review.submit_for_review(draft, acting_user=ada, now=NOON)
    assert draft.status == "submitted"


@pytest.mark.parametrize(
    ("code", "changes", "state"),
    [
        ("description", {"description": ""}, State.ADVISED),
        ("schemas", {"manifest": {}}, State.ADVISED),
        ("schemas", {"source": "x = params['period']\n"}, State.ADVISED),
        ("release_note", {"release_note": ""}, State.MISSING),
        ("screening", {}, State.PENDING),
        ("history_run", {}, State.ADVISED),
    ],
)
def test_what_a_draft_lacks_is_named_with_what_to_do(
    ada: User, code: str, changes: dict[str, Any], state: State
) -> None:
    draft = make_draft(ada, **{**COMPLETE, **changes})

    point = point_of(draft, code)

    assert point.state is state
    assert point.advice.endswith(".")


@pytest.mark.parametrize(
    ("level", "state"),
    [
        ("", State.DONE),
        ("caution", State.DONE),
        ("danger", State.ADVISED),
        ("rejected", State.MISSING),
    ],
)
def test_a_screening_counts_for_the_source_that_was_read(
    ada: User, level: str, state: State
) -> None:
    draft = make_draft(ada, **COMPLETE)
    screened(draft, level)

    assert point_of(draft, "screening").state is state

    drafts.edit_draft(draft.script, source="changed = 1\n", acting_user=ada, now=NOON)
    draft.refresh_from_db()
    assert point_of(draft, "screening").state is State.PENDING


def test_a_run_counts_for_exactly_what_ran(ada: User) -> None:
    draft = make_draft(ada, **COMPLETE)
    ran(draft, problem="line 3: division by zero\nand more")

    assert "division by zero" in point_of(draft, "history_run").advice
    assert "and more" not in point_of(draft, "history_run").advice
    ran(draft)
    assert point_of(draft, "history_run").is_done
    drafts.edit_draft(draft.script, manifest={"timeframe": "1h"}, acting_user=ada, now=NOON)
    draft.refresh_from_db()
    assert not point_of(draft, "history_run").is_done


def test_a_dependency_has_to_be_open_to_the_author(ada: User, rita: User, tenant: Any) -> None:
    bert = make_user("bert", tenant=tenant, roles=["author"], is_staff=True)
    needed = make_published_version(bert, rita, name="Needed")
    make_entitlement(needed.script, ada)
    manifest = {**COMPLETE["manifest"], "depends_on": [needed.reference]}
    draft = make_draft(ada, **{**COMPLETE, "manifest": manifest})
    assert point_of(draft, "dependencies").is_done

    revoke(needed.script, ada, acting_user=bert, now=NOON, reason="Over.")

    assert point_of(draft, "dependencies").state is State.MISSING
    with pytest.raises(NotReadyForReview) as refused:
        review.submit_for_review(draft, acting_user=ada, now=NOON)
    assert refused.value.details["field"] == "depends_on"
    assert draft.status == "draft"


def test_a_submission_waits_for_what_was_typed_last(ada: User) -> None:
    draft = make_draft(ada, **COMPLETE)
    autosaves.save_typed(
        draft.script,
        typed={"source": ""},
        written=None,
        edition=edition_of(draft.script),
        is_pause=True,
        acting_user=ada,
        now=NOON,
    )

    with pytest.raises(NotReadyForReview) as refused:
        review.submit_for_review(draft, acting_user=ada, now=NOON)

    [error] = refused.value.details["errors"]
    assert error["field"] == "source"
    assert "is kept but is no draft yet" in error["message"]


def test_the_page_shows_the_list_and_opens_the_button_with_the_last_point(ada: User) -> None:
    draft = make_draft(ada, **{**COMPLETE, "release_note": ""})
    page = reverse("admin:registry_script_draft", args=[draft.script_id])
    button = '<button type="submit" class="button default" id="submit"'
    client = signed_in(ada)

    before = client.get(page).content.decode()
    drafts.edit_draft(draft.script, release_note="New.", acting_user=ada, now=NOON)
    after = client.get(page).content.decode()

    assert f"{button} disabled>" in before
    assert "Say in the release note" in before
    assert f"{button}>" in after


def test_the_page_that_asks_once_more_says_what_is_missing(ada: User) -> None:
    draft = make_draft(ada, **COMPLETE)
    screened(draft, "rejected")
    step = reverse("admin:registry_scriptversion_step", args=[draft.pk, "submit"])

    refused = signed_in(ada).post(step, {"confirmed": "yes", "note": "First."})

    assert "The sandbox would refuse this source" in refused.content.decode()
    draft.refresh_from_db()
    assert draft.status == "draft"
