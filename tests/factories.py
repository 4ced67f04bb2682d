"""One builder per model, with sensible defaults. Versions go through the real services."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import count
from typing import Any

from accounts import credentials
from accounts.credentials import Credential
from accounts.models import Membership, Team, TeamMembership, Tenant, User
from accounts.services.api_keys import issue_api_key
from market.models import Instrument
from registry.models import (
    Entitlement,
    Product,
    ProductSubscription,
    Script,
    ScriptVersion,
    VersionEvidence,
)
from registry.models.entitlements import Grantee
from registry.services import (
    drafts,
    entitlements,
    product_subscriptions,
    products,
    publishing,
    review,
)

NOON = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
PASSWORD = "a long enough passphrase"
SOURCE = 'emit_signal({"value": context["params"].get("period", 14)})\n'
_numbers = count(1)


def make_tenant(name: str = "Alpha Desk") -> Tenant:
    """Build a tenant whose slug follows from its name."""
    return Tenant.objects.create(name=name, slug=name.lower().replace(" ", "-"))


def make_user(
    username: str, *, tenant: Tenant, roles: Sequence[str] = (), is_staff: bool = False
) -> User:
    """Build somebody who can sign in with PASSWORD, with roles in a tenant."""
    user = User.objects.create_user(username=username, password=PASSWORD, is_staff=is_staff)
    for role in roles:
        Membership.objects.create(tenant=tenant, user=user, role=role)
    return user


def make_instruments(keys: Iterable[str], *, now: datetime = NOON) -> list[Instrument]:
    """Build instruments with nothing known of them but their keys."""
    return Instrument.objects.bulk_create(
        Instrument(
            key=key,
            name=key,
            kind="equity",
            currency="USD",
            exchange="NYSE",
            timezone="America/New_York",
            created_at=now,
        )
        for key in keys
    )


def make_credential(user: User) -> Credential:
    """Build what somebody signs in with: a key of their own."""
    key, _ = issue_api_key(user, name="test", acting_user=user, now=datetime.now(UTC))
    return credentials.of_key(key)


def make_draft(owner: User, **fields: Any) -> ScriptVersion:
    """Build a script with one draft."""
    given = {
        "name": f"Script {next(_numbers)}",
        "source": SOURCE,
        "release_note": "First version.",
        "now": NOON,
        **fields,
    }
    return drafts.create_draft(acting_user=owner, **given)


def make_submitted_version(owner: User, **fields: Any) -> ScriptVersion:
    """Build a script whose first version waits for review."""
    return review.submit_for_review(make_draft(owner, **fields), acting_user=owner, now=NOON)


def make_approved_version(owner: User, reviewer: User, **fields: Any) -> ScriptVersion:
    """Build a script whose first version is approved."""
    return approve(make_submitted_version(owner, **fields), reviewer)


def make_published_version(owner: User, reviewer: User, **fields: Any) -> ScriptVersion:
    """Build a script whose first version is published, its objects stored."""
    version = make_approved_version(owner, reviewer, **fields)
    return publishing.publish_version(version, acting_user=owner, now=NOON)


def publish_next_version(script: Script, reviewer: User, **fields: Any) -> ScriptVersion:
    """Take a script's next version from draft to published."""
    given = {"release_note": "Better.", "now": NOON, **fields}
    draft = drafts.edit_draft(script, acting_user=script.owner, **given)
    review.submit_for_review(draft, acting_user=script.owner, now=NOON)
    return publishing.publish_version(approve(draft, reviewer), acting_user=script.owner, now=NOON)


def approve(version: ScriptVersion, reviewer: User, **fields: Any) -> ScriptVersion:
    """Approve a submitted version as it is; unless there is evidence about it, a clean one."""
    if not VersionEvidence.objects.filter(version=version, made_at__isnull=False).exists():
        record_evidence(version)
    given = {**as_read(version), "now": NOON, **fields}
    return review.approve(version, acting_user=reviewer, **given)


def as_read(version: ScriptVersion) -> dict[str, Any]:
    """Return the hashes that a reviewer of a version names."""
    return {
        "reviewed_sha256": version.source_sha256,
        "reviewed_manifest_sha256": version.manifest_sha256,
    }


def record_evidence(
    version: ScriptVersion, *, verdict: str = "clean", **parts: Any
) -> VersionEvidence:
    """Record, as the worker does, what runs of a version showed: nothing bad unless it is given."""
    evidence, _ = VersionEvidence.objects.update_or_create(
        version=version,
        defaults={
            "source_sha256": version.source_sha256,
            "manifest_sha256": version.manifest_sha256,
            "requested_at": NOON,
            "made_at": NOON,
            "report": {**evidence_report(verdict), **parts},
            "problem": "",
        },
    )
    return evidence


def evidence_report(verdict: str = "clean") -> dict[str, Any]:
    """Return a report about two short trials, with a verdict on looking ahead."""
    difference = {
        "instrument": "IBM",
        "bar": "2005-03-01T00:00:00+00:00",
        "field": "value",
        "full": 1.0,
        "changed": 2.0,
        "how": "truncated",
    }
    trial = {
        "trial_id": "0198c5e0-7a51-7cc2-8a3b-5b0c4a3e2f10",
        "instrument": "IBM",
        "timeframe": "1d",
        "from": "2005-01-03T00:00:00+00:00",
        "to": "2005-06-30T00:00:00+00:00",
        "bars": 124,
        "outputs": 124,
        "sides": {"BUY": 2, "SELL": 2},
        "errors": 0,
        "first_error": None,
    }
    return {
        "trials": [trial],
        "lookahead": {
            "verdict": verdict,
            "reason": "Every value stayed the same when later bars were cut off or changed.",
            "compared_values": 372,
            "runs": 6,
            "first_difference": difference if verdict == "looks_ahead" else None,
        },
        "startup": {
            "recommended_min_history": 14,
            "lengths": [{"bars": 14, "differing": 0, "largest_relative_difference": 0.0}],
        },
        "determinism": {"runs": 2, "same": True, "hashes": ["0" * 64, "0" * 64]},
        "cost": {
            "runs": 6,
            "cpu_ms_mean": 3.1,
            "cpu_ms_max": 4.2,
            "wall_ms_mean": 5.0,
            "memory_mb_max": 61.0,
            "calls_mean": 1.0,
        },
    }


def make_entitlement(script: Script, grantee: Grantee, **fields: Any) -> Entitlement:
    """Entitle a user, a team or an organisation, by the script's owner."""
    given = {"acting_user": script.owner, "now": NOON, **fields}
    return entitlements.grant(script, grantee, **given)


def make_team(tenant: Tenant, name: str, *members: User) -> Team:
    """Build a team with its members."""
    team = Team.objects.create(tenant=tenant, name=name, created_at=NOON)
    for member in members:
        TeamMembership.objects.create(team=team, user=member, created_at=NOON)
    return team


def make_product(script: Script, *, now: datetime = NOON, **fields: Any) -> Product:
    """Build a product of a published script, offered to everybody."""
    made = products.create_product(script, acting_user=script.owner, now=now, **fields)
    return products.list_product(made, acting_user=script.owner, now=now)


def make_product_subscription(
    product: Product, user: User, *, now: datetime = NOON, **fields: Any
) -> ProductSubscription:
    """Subscribe a user to a product."""
    return product_subscriptions.subscribe_to_product(product, acting_user=user, now=now, **fields)
