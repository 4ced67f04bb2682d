"""Why somebody may or may not use a script, and what would change that.

The judgement is the one of ``access_rule``, over facts that were gathered one by one, so that it
can name each of them; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from accounts.models import Membership, Team, Tenant, User
from common import row_scope
from registry import remedies
from registry.access_rule import ALLOWING, Reason
from registry.grounds import Facts, gather_facts
from registry.models import Entitlement, ProductSubscription, Script
from registry.remedies import moment


@dataclass(frozen=True, kw_only=True)
class Ground:
    """One thing that gives the right, or would if nothing stood against it."""

    reason: Reason
    sentence: str
    granted_by: str | None = None
    granted_at: datetime | None = None
    ends_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """The answer, the ground it rests on, all other grounds, and what would change it."""

    user: str
    script_id: str
    script: str
    at: datetime
    is_past: bool
    allowed: bool
    reason: Reason
    sentence: str
    decided_by: Ground | None
    also: list[Ground] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return what the API and the command print."""
        body = asdict(self)
        body["reason"] = self.reason.name.lower()
        for ground in filter(None, [body["decided_by"], *body["also"]]):
            ground["reason"] = ground["reason"].name.lower()
        return body


@row_scope.for_the_platform
def explain(
    user: User, script: Script, *, at: datetime | None = None, now: datetime, to_granter: bool
) -> Explanation:
    """Explain the decision about a user and a script, now or at another instant.

    Only who decides about the script (``to_granter``) is told which teams and organisations have
    a right that the user does not share.

    Raises
    ------
    BeforeHistory
        The instant is before the past was kept.
    """
    facts = gather_facts(user, script, at=at, now=now)
    grounds = list(_grounds(facts, script))
    reason = _judge(facts, grounds)
    allowed = reason in ALLOWING
    names = remedies.Names.of(facts, script)
    return Explanation(
        user=user.username,
        script_id=str(script.pk),
        script=script.name,
        at=facts.at,
        is_past=facts.is_past,
        allowed=allowed,
        reason=reason,
        sentence=_sentence(facts, script, reason, grounds),
        decided_by=grounds[0] if allowed else None,
        also=grounds[1:] if allowed else grounds,
        changes=(
            remedies.endings(facts, reason, [ground.reason for ground in grounds], names)
            if allowed
            else remedies.openings(facts, reason, names, to_granter=to_granter)
        ),
        ended=remedies.ended_rights(facts, to_granter=to_granter),
    )


@row_scope.for_the_platform
def concerns(script: Script, user: User) -> bool:
    """Tell whether a script concerns a user: its tenant's members, and who has or had a right."""
    return (
        Membership.objects.filter(user=user, tenant=script.tenant_id).exists()
        or Membership.objects.filter(user=user, tenant__entitlements__script=script).exists()
        or Entitlement.objects.filter(script=script, user=user).exists()
        or ProductSubscription.objects.filter(product__script=script, user=user).exists()
    )


def _judge(facts: Facts, grounds: list[Ground]) -> Reason:
    person, wanted = facts.person, facts.subject.permissions
    if not person.is_active:
        return Reason.OUTSIDER
    if not grounds:
        is_member = facts.subject.tenant_id in person.tenants
        return Reason.NOT_ENTITLED if is_member else Reason.OUTSIDER
    if grounds[0].reason is Reason.OWNER:
        return Reason.OWNER
    if wanted["tiers"] and person.tier not in wanted["tiers"]:
        return Reason.TIER
    if not set(wanted["features"]) <= person.tier_features:
        return Reason.FEATURE
    return grounds[0].reason


def _grounds(facts: Facts, script: Script) -> Iterator[Ground]:
    person, subject = facts.person, facts.subject
    is_member = subject.tenant_id in person.tenants
    name = person.username
    if is_member and subject.owner_id == person.user_id:
        yield Ground(reason=Reason.OWNER, sentence=f"{name} owns {script.name}.")
    held = [row for row in facts.entitlements if facts.holds(row)]
    if is_member:
        for row in held:
            if row.user_id == person.user_id:
                yield _by_entitlement(Reason.ENTITLED, row, f"entitled {name}")
        for row in held:
            is_ours = isinstance(row.team, Team) and row.team.tenant_id == subject.tenant_id
            if is_ours and row.team_id in person.teams:
                yield _by_entitlement(
                    Reason.TEAM, row, f"entitled the team {row.team}, in which {name} is"
                )
    for row in held:
        if isinstance(row.organisation, Tenant) and row.organisation_id in person.tenants:
            yield _by_entitlement(
                Reason.ORGANISATION,
                row,
                f"entitled the organisation {row.organisation}, of which {name} is a member",
            )
    version = subject.version
    if version and is_member and str(person.user_id) in subject.permissions["allowed_users"]:
        publisher = version.published_by.username if version.published_by else None
        yield Ground(
            reason=Reason.NAMED_IN_MANIFEST,
            sentence=f"The published version {version.version} names {name} in allowed_users.",
            granted_by=publisher,
            granted_at=version.published_at,
        )
    yield from _by_products(facts)


def _by_entitlement(reason: Reason, row: Entitlement, what: str) -> Ground:
    until = f", until {moment(row.ends_at)}" if row.ends_at else ""
    return Ground(
        reason=reason,
        sentence=f"{row.granted_by.username} {what}, on {moment(row.created_at)}{until}.",
        granted_by=row.granted_by.username,
        granted_at=row.created_at,
        ends_at=row.ends_at,
    )


def _by_products(facts: Facts) -> Iterator[Ground]:
    name = facts.person.username
    for row in facts.subscriptions:
        if facts.holds(row):
            until = f" until {moment(row.ends_at)}" if row.ends_at else ""
            yield Ground(
                reason=Reason.SUBSCRIBED,
                sentence=f"{name} subscribes to the product {row.product} since "
                f"{moment(row.starts_at)}{until}.",
                granted_by=name,
                granted_at=row.created_at,
                ends_at=row.ends_at,
            )


def _sentence(facts: Facts, script: Script, reason: Reason, grounds: list[Ground]) -> str:
    verb = "could" if facts.is_past else "may"
    who = facts.person.username
    if reason in ALLOWING:
        return f"{who} {verb} use {script.name}. {grounds[0].sentence}"
    why = remedies.refusal(facts, reason)
    return f"{who} {verb} not use {script.name}: {why}."
