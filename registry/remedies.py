"""What would change the answer whether somebody may use a script, in sentences."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from accounts.models import Tenant, User
from registry.access_rule import Reason
from registry.grounds import Facts
from registry.models import Entitlement, Product, Script


@dataclass(frozen=True)
class Names:
    """How the sentences call things."""

    script: str
    owner: str
    tenant: str
    products: list[str]

    @classmethod
    def of(cls, facts: Facts, script: Script) -> Names:
        """Return the names of what the facts speak of by id."""
        owner = User.objects.filter(pk=facts.subject.owner_id or script.owner_id).first()
        tenant = Tenant.objects.get(pk=facts.subject.tenant_id)
        offered = Product.objects.filter(script=script, listed_at__isnull=False, retired_at=None)
        return cls(
            script.name,
            owner.username if owner else script.owner.username,
            tenant.name,
            list(offered.order_by("name").values_list("name", flat=True)),
        )


def moment(at: datetime | None) -> str:
    """Return an instant as a sentence says it."""
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else ""


def refusal(facts: Facts, reason: Reason) -> str:
    """Return why the answer is no."""
    person, wanted = facts.person, facts.subject.permissions
    if not person.is_active:
        return "the account is not active"
    if reason is Reason.TIER:
        return (
            f"it is for {_listed(wanted['tiers'], 'tier')}, and {person.username} is {person.tier}"
        )
    if reason is Reason.FEATURE:
        lacking = sorted(set(wanted["features"]) - person.tier_features)
        return f"the tier {person.tier} lacks {_listed(lacking, 'feature')}"
    if reason is Reason.OUTSIDER:
        return "not a member of its tenant, and no right reaches beyond"
    return "a member of its tenant, but without a right of any kind"


def endings(facts: Facts, reason: Reason, all_grounds: list[Reason], names: Names) -> list[str]:
    """Return what would end a right that holds."""
    person, wanted = facts.person, facts.subject.permissions
    found = [f"The right ends {moment(end)}." for end in _last_end(facts, all_grounds)]
    if len(all_grounds) > 1:
        found.append(f"All of the {len(all_grounds)} grounds would have to end.")
    else:
        found.append(_ONLY_GROUND[reason].format(user=person.username, tenant=names.tenant))
    if reason is not Reason.OWNER and (wanted["tiers"] or wanted["features"]):
        found.append(f"Another tier than {person.tier} could end it: the script asks for its tier.")
    return found


def openings(facts: Facts, reason: Reason, names: Names, *, to_granter: bool) -> list[str]:
    """Return what would give the right that is missing."""
    person, wanted = facts.person, facts.subject.permissions
    if not person.is_active:
        return ["The account has to be made active again."]
    if reason is Reason.TIER:
        return [f"One of {_listed(wanted['tiers'], 'tier')} instead of {person.tier}."]
    if reason is Reason.FEATURE:
        lacking = sorted(set(wanted["features"]) - person.tier_features)
        return [f"A tier with {_listed(lacking, 'feature')}."]
    found = [*_waiting(facts), *_by_membership(facts, names)]
    if reason is Reason.NOT_ENTITLED:
        found.append(f"An entitlement from {names.owner} or an operator of {names.tenant}.")
    found += [f"A subscription to the product {product}." for product in names.products]
    if to_granter:
        found += _by_joining(facts, names)
    if reason is Reason.OUTSIDER and not found:
        found.append(f"A membership in {names.tenant}, and then an entitlement.")
    return found


def ended_rights(facts: Facts, *, to_granter: bool) -> list[str]:
    """Return which rights of the user have ended."""
    found = []
    for row in facts.entitlements:
        if not _is_theirs(facts, row) or (facts.is_past and row.created_at > facts.at):
            continue
        what = f"The entitlement of {row.grantee}"
        if row.revoked_at and row.revoked_by and row.revoked_at <= facts.at:
            found.append(f"{what} was revoked by {row.revoked_by} on {moment(row.revoked_at)}.")
        elif row.ends_at and row.ends_at <= facts.at:
            found.append(f"{what} ended {moment(row.ends_at)}.")
    for bought in facts.subscriptions:
        ended = bought.cancelled_at or bought.ends_at
        if ended and ended <= facts.at:
            found.append(f"The subscription to {bought.product} ended {moment(ended)}.")
    return found


_ONLY_GROUND = {
    Reason.OWNER: "Leaving {tenant} would end it.",
    Reason.ENTITLED: "Revoking the entitlement, or leaving {tenant}, would end it.",
    Reason.TEAM: "Revoking the team's entitlement, or leaving the team or {tenant}, would end it.",
    Reason.ORGANISATION: "Revoking the organisation's entitlement, or leaving it, would end it.",
    Reason.SUBSCRIBED: "Cancelling the subscription would end it.",
    Reason.NAMED_IN_MANIFEST: "A version that does not name {user}, or leaving {tenant}, "
    "would end it.",
}


def _last_end(facts: Facts, grounds: list[Reason]) -> list[datetime]:
    # Only when every ground has an end does the right as a whole have one.
    lasting = {Reason.OWNER, Reason.NAMED_IN_MANIFEST}
    held = [row for row in facts.entitlements if facts.holds(row) and _is_theirs(facts, row)]
    ends = [
        *(row.ends_at for row in held),
        *(row.ends_at for row in facts.subscriptions if facts.holds(row)),
    ]
    if lasting & set(grounds) or None in ends or not ends:
        return []
    return [max(end for end in ends if end is not None)]


def _is_theirs(facts: Facts, row: Entitlement) -> bool:
    person = facts.person
    return (
        row.user_id == person.user_id
        or row.team_id in person.teams
        or row.organisation_id in person.tenants
    )


def _waiting(facts: Facts) -> list[str]:
    return [
        f"Time: the entitlement of {row.grantee} begins {moment(row.starts_at)}."
        for row in facts.entitlements
        if _is_theirs(facts, row) and row.starts_at > facts.at and row.revoked_at is None
    ]


def _by_membership(facts: Facts, names: Names) -> list[str]:
    person, subject = facts.person, facts.subject
    if subject.tenant_id in person.tenants:
        return []
    counts = subject.owner_id == person.user_id or any(
        facts.holds(row) and (row.user_id == person.user_id or row.team_id in person.teams)
        for row in facts.entitlements
    )
    counts = counts or str(person.user_id) in subject.permissions["allowed_users"]
    if not counts:
        return []
    return [f"A membership in {names.tenant}: then the right that is there would count."]


def _by_joining(facts: Facts, names: Names) -> list[str]:
    found = []
    for row in facts.entitlements:
        if not facts.holds(row) or _is_theirs(facts, row):
            continue
        if row.team:
            found.append(f"Joining the team {row.team} of {names.tenant}.")
        elif row.organisation:
            found.append(f"A membership in the organisation {row.organisation}.")
    return found


def _listed(names: list[str], noun: str) -> str:
    return f"the {noun}{'' if len(names) == 1 else 's'} {', '.join(names)}"
