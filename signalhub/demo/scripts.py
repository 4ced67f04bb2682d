"""The demo's scripts, published the way every script is: by two different people."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from string import Template
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from accounts.models import User
from common.clock import utc_now
from execution.services.evidence import make_evidence
from registry import access
from registry.checklist import POINTS
from registry.models import Script, ScriptVersion, VersionEvidence
from registry.services import drafts, entitlements, publishing, review

EVIDENCE_SECONDS = 60
EXAMPLES = Path(settings.BASE_DIR) / "registry" / "examples"

OUTPUT_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["value", "timestamp"],
    "properties": {
        "value": {"type": "number"},
        "metadata": {
            "type": "object",
            "properties": {
                "side": {"enum": ["buy", "sell"]},
                "reason": {"type": "string", "maxLength": 200},
            },
        },
    },
}


def _whole(minimum: int, maximum: int, default: int) -> dict[str, Any]:
    return {"type": "integer", "minimum": minimum, "maximum": maximum, "default": default}


@dataclass(frozen=True, kw_only=True)
class Example:
    """One example: its file, what it says of itself, its parameters and what it depends on."""

    file: str
    name: str
    description: str
    params: dict[str, Any]
    depends_on: tuple[str, ...] = field(default=())


EXAMPLE_SCRIPTS = (
    Example(
        file="rsi.py",
        name="Relative strength index",
        description="Wilder's RSI; signals when it leaves the oversold or overbought zone.",
        params={
            "period": _whole(2, 200, 14),
            "lower": {"type": "number", "minimum": 0, "maximum": 100, "default": 30},
            "upper": {"type": "number", "minimum": 0, "maximum": 100, "default": 70},
        },
    ),
    Example(
        file="moving_average_cross.py",
        name="Moving-average cross",
        description="Two moving averages of the close; a cross counts while the RSI has room.",
        params={"fast": _whole(2, 200, 10), "slow": _whole(3, 400, 30)},
        depends_on=("Relative strength index",),
    ),
    Example(
        file="volatility_breakout.py",
        name="Volatility breakout",
        description="Closes outside the range of the bars before, measured in average true ranges.",
        params={
            "period": _whole(5, 200, 20),
            "threshold": {"type": "number", "minimum": 0, "maximum": 10, "default": 0.25},
        },
    ),
)


def publish_examples(*, author: User, reviewer: User) -> dict[str, Script]:
    """Publish the examples that are not published yet; return them all by name."""
    published: dict[str, Script] = {}
    for example in EXAMPLE_SCRIPTS:
        script = Script.objects.filter(owner=author, name=example.name).first()
        if script is None or script.current_version is None:
            script = _publish(example, published, author=author, reviewer=reviewer)
        published[example.name] = script
    return published


def entitle(user: User, scripts: dict[str, Script], *, granted_by: User) -> None:
    """Give a user the right to every script that they may not use yet."""
    for script in scripts.values():
        if not access.may_access(user, script, at=utc_now()):
            entitlements.grant(script, user, acting_user=granted_by, now=utc_now(), reason="demo")


def write_private_draft(owner: User, canary: str) -> Script:
    """Write a draft that carries a canary in every text field, or find it."""
    script = Script.objects.filter(owner=owner, description=canary).first()
    return (
        script
        or drafts.create_draft(
            name=f"Private notes {canary}",
            description=canary,
            source=f"# {canary}\nemit_signal({{'value': 0, 'note': '{canary}'}})\n",
            manifest={"input_schema": {"type": "object", "description": canary}},
            release_note=canary,
            acting_user=owner,
            now=utc_now(),
        ).script
    )


def _publish(
    example: Example, published: dict[str, Script], *, author: User, reviewer: User
) -> Script:
    source = (EXAMPLES / example.file).read_text()
    needed = [published[name] for name in example.depends_on]
    if needed:
        source = Template(source).substitute(RSI_SCRIPT_ID=str(needed[0].pk))
    fields: dict[str, Any] = {
        "name": example.name,
        "description": example.description,
        "source": source,
        "manifest": {
            "runtime_mode": "realtime",
            "timeframe": "1d",
            "input_schema": {
                "type": "object",
                "properties": example.params,
                "additionalProperties": False,
            },
            "output_schema": OUTPUT_SCHEMA,
            "depends_on": [
                f"{s.pk}@{s.current_version.version}" for s in needed if s.current_version
            ],
        },
        "release_note": "First version.",
    }
    note = "Reads only closed bars of its own instrument."
    return publish(fields, author=author, reviewer=reviewer, note=note)


def publish(
    fields: dict[str, Any],
    *,
    author: User,
    reviewer: User,
    note: str,
    on_submission: Callable[[ScriptVersion], None] | None = None,
) -> Script:
    """Take a script from its draft to publication; ``on_submission`` is what a reviewer does."""
    version = drafts.create_draft(**fields, acting_user=author, now=utc_now())
    review.submit_for_review(version, acting_user=author, now=utc_now())
    if on_submission is not None:
        on_submission(version)
    _make_evidence(version)
    version.refresh_from_db()
    review.approve(
        version,
        acting_user=reviewer,
        reviewed_sha256=version.source_sha256,
        reviewed_manifest_sha256=version.manifest_sha256,
        checklist=POINTS,
        note=note,
        now=utc_now(),
    )
    version.refresh_from_db()
    publishing.publish_version(version, acting_user=author, now=utc_now())
    return Script.objects.select_related("current_version").get(pk=version.script_id)


def _make_evidence(version: ScriptVersion) -> None:
    """Make what the review rests on, or wait for the worker that was quicker to take it."""
    made = make_evidence(version.pk)
    until = time.monotonic() + EVIDENCE_SECONDS
    while not made:
        kept = VersionEvidence.objects.get(version=version)
        made = kept.made_at is not None
        if time.monotonic() > until:
            raise CommandError(f"There is no evidence about {version}: {kept.problem}")
        time.sleep(0.2)
