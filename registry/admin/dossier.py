"""Everything that a version's page shows, gathered in one place for its template."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from accounts.models import User
from common.canonical import digest
from registry import access, lifecycle
from registry.admin import evidence, screening, sources, steps
from registry.admin.dossier_code import annotated
from registry.admin.dossier_summary import summarise
from registry.capabilities import Change, compare
from registry.checklist import POINTS
from registry.comments import comments_on
from registry.evidence_report import Verdict
from registry.lifecycle import Step
from registry.manifest import DependencyReference
from registry.models import ScriptVersion
from registry.reach import reach_of
from registry.review_queue import Position, approved_before, position_in, ranked_queue, risks_of
from registry.services.screening import screening_of


def dossier_of(
    version: ScriptVersion, user: User, *, asked_about: int | None, whole: bool, now: datetime
) -> dict[str, Any]:
    """Return the context of a version's page, for one of its readers."""
    before = approved_before([version]).get(version.pk)
    report = screening.report_of(version, user)
    made = evidence.report_on(version)
    comments = comments_on(version)
    capabilities = capabilities_of(version, before)
    reach = reach_of([version.script_id], at=now)[version.script_id]
    may_comment = version.status in lifecycle.OPEN and access.may_read_source(user, version.script)
    code = annotated(
        version.source,
        before=before.source if before else None,
        findings=report.findings,
        comments=comments,
        asked_about=asked_about if may_comment else None,
        whole=whole,
    )
    return {
        "title": sources.visible(str(version)),
        "version": version,
        "previous": before,
        "code": code,
        "open_comments": [comment for comment in comments if comment.is_open],
        "may_comment": may_comment,
        "capabilities": capabilities,
        "screening": report,
        "evidence": made,
        "progress": evidence.progress_of(version, made),
        "difference": _difference(made),
        "reach": reach,
        "risk": risks_of([version], now=now)[version.pk],
        "summary": summarise(
            code=code, capabilities=capabilities, screening=report, evidence=made, reach=reach
        ),
        "state": state_of(version),
        **_record_of(version),
        **_decision_of(version, user),
    }


def _record_of(version: ScriptVersion) -> dict[str, Any]:
    return {
        "open_to": _people_named(version),
        "hidden_characters": sources.hidden_characters(version.source),
        "behaviour": evidence.behaviour_of(version),
        "manifest": sources.visible(json.dumps(version.manifest, indent=2, ensure_ascii=False)),
        "reviews": version.reviews.select_related("reviewer"),
    }


def _decision_of(version: ScriptVersion, user: User) -> dict[str, Any]:
    buttons = steps.offered_to(user, version)
    return {
        "buttons": buttons,
        "approves": any(button.step is Step.APPROVE for button in buttons),
        "checklist": POINTS,
        "must_be_labelled": must_be_labelled(version),
        "note_label": steps.note_label(buttons),
        "writing": steps.writing_offered_to(user, version.script),
        "waits_for_somebody_else": steps.waits_for_somebody_else(user, version),
    }


def must_be_labelled(version: ScriptVersion) -> bool:
    """Tell whether a version may be approved with the label "repaints" only."""
    made = evidence.report_on(version)
    return made is not None and made.verdict is Verdict.LOOKS_AHEAD


def capabilities_of(version: ScriptVersion, before: ScriptVersion | None) -> list[Change]:
    """Return what a version can do, compared with the one approved before it."""
    made = screening_of(version)
    earlier = screening_of(before) if before else None
    return compare(
        version.manifest,
        made.facts if made else None,
        before=before.manifest if before else None,
        facts_before=earlier.facts if earlier else None,
        name_of=lambda reference: _in_words(reference, version),
    )


def place_in_queue(
    version: ScriptVersion, versions: QuerySet[ScriptVersion], user: User, *, now: datetime
) -> Position:
    """Return where a version stands among those that somebody else than its author judges."""
    others = versions.exclude(author=user).exclude(script__owner=user)
    return position_in(ranked_queue(others, now=now), version)


def state_of(version: ScriptVersion) -> str:
    """Return what changes as soon as the page of a version would show something else."""
    made = evidence.report_on(version)
    screened = screening_of(version)
    progress = evidence.progress_of(version, made)
    return digest(
        [
            version.status,
            version.source_sha256,
            made.made_at.isoformat() if made else progress.problem,
            screened.screened_at.isoformat() if screened and screened.screened_at else "",
        ]
    )


def _difference(made: Any) -> str:
    found = made.first_difference if made else None
    return evidence.difference_in_words(found) if found else ""


# Names of the script's own tenant only: an author can write any id into a manifest.
def _in_words(text: str, version: ScriptVersion) -> str:
    reference = DependencyReference.parse(text)
    found = ScriptVersion.objects.filter(
        script=reference.script_id,
        version=reference.version,
        script__tenant=version.script.tenant_id,
    )
    known = found.select_related("script").first()
    return str(known) if known else f"{reference}, which is unknown"


def _people_named(version: ScriptVersion) -> Sequence[str]:
    ids = [int(i) for i in version.manifest["permissions"]["allowed_users"] if i.isdecimal()]
    members = User.objects.filter(pk__in=ids, memberships__tenant=version.script.tenant_id)
    return sorted(members.values_list("username", flat=True).distinct())
