"""What a right to a script rests on, as it is or as it was: facts, gathered and not judged.

Entitlements and subscriptions carry their own times. Memberships, teams, tiers, owners and
published versions are read from the past that triggers keep, which begins when it was installed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from accounts.models import Membership, PastRow, TeamMembership, User
from common.errors import InvalidInput
from registry.models import Entitlement, ProductSubscription, Script, ScriptVersion

NO_PERMISSIONS: Mapping[str, list[str]] = {"tiers": [], "features": [], "allowed_users": []}


class BeforeHistory(InvalidInput):
    """What was so at that instant was not recorded yet."""

    code = "before_history"


@dataclass(frozen=True, kw_only=True)
class Person:
    """Who asks: as what, in which houses and teams."""

    user_id: int
    username: str
    is_active: bool
    tier: str
    tier_features: frozenset[str]
    tenants: frozenset[int]
    teams: frozenset[int]


@dataclass(frozen=True, kw_only=True)
class Subject:
    """The script, and what its published version asks of its users."""

    owner_id: int | None
    tenant_id: int
    version: ScriptVersion | None
    permissions: Mapping[str, list[str]]


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Everything that the answer about one user and one script rests on."""

    at: datetime
    is_past: bool
    person: Person
    subject: Subject
    entitlements: list[Entitlement] = field(default_factory=list)
    subscriptions: list[ProductSubscription] = field(default_factory=list)

    def holds(self, right: Entitlement | ProductSubscription) -> bool:
        """Tell whether a right was in force at the instant."""
        if right.starts_at > self.at or (right.ends_at is not None and right.ends_at <= self.at):
            return False
        ended = right.revoked_at if isinstance(right, Entitlement) else right.cancelled_at
        if self.is_past:
            return right.created_at <= self.at and (ended is None or ended > self.at)
        return ended is None


def gather_facts(user: User, script: Script, *, at: datetime | None, now: datetime) -> Facts:
    """Return the facts about a user and a script now, or as they were at a past instant.

    An instant to come is answered from what is known now.

    Raises
    ------
    BeforeHistory
        The instant is before the past was kept.
    """
    is_past = at is not None and at < now
    instant = at or now
    if is_past:
        _require_recorded(instant)
    granted = Entitlement.objects.filter(script=script).order_by("created_at", "pk")
    bought = ProductSubscription.objects.filter(product__script=script, user=user)
    return Facts(
        at=instant,
        is_past=is_past,
        person=_past_person(user, at=instant) if is_past else _present_person(user),
        subject=_past_subject(script, at=instant) if is_past else _present_subject(script),
        entitlements=list(
            granted.select_related("user", "team", "organisation", "granted_by", "revoked_by")
        ),
        subscriptions=list(bought.select_related("product", "cancelled_by").order_by("created_at")),
    )


def _present_person(user: User) -> Person:
    current = User.objects.select_related("tier").get(pk=user.pk)
    return Person(
        user_id=user.pk,
        username=user.username,
        is_active=current.is_active,
        tier=current.tier.name,
        tier_features=frozenset(current.tier.features),
        tenants=_ids(Membership.objects.filter(user=user).values_list("tenant_id", flat=True)),
        teams=_ids(TeamMembership.objects.filter(user=user).values_list("team_id", flat=True)),
    )


def _past_person(user: User, *, at: datetime) -> Person:
    def rows(source: str) -> list[dict[str, Any]]:
        past = PastRow.objects.as_of(at).filter(source=source, user_id=user.pk)
        return list(past.values_list("values", flat=True))

    was: dict[str, Any] = next(iter(rows("accounts_user")), {"is_active": False, "tier_id": ""})
    level = PastRow.objects.as_of(at).filter(source="accounts_tier", row_key=was["tier_id"]).first()
    return Person(
        user_id=user.pk,
        username=user.username,
        is_active=was["is_active"],
        tier=was["tier_id"],
        tier_features=frozenset(level.values["features"] if level else ()),
        tenants=_ids(row["tenant_id"] for row in rows("accounts_membership")),
        teams=_ids(row["team_id"] for row in rows("accounts_teammembership")),
    )


def _present_subject(script: Script) -> Subject:
    current = Script.objects.select_related("current_version").get(pk=script.pk)
    return Subject(
        owner_id=current.owner_id,
        tenant_id=current.tenant_id,
        version=current.current_version,
        permissions=_permissions(current.current_version),
    )


def _past_subject(script: Script, *, at: datetime) -> Subject:
    past = PastRow.objects.as_of(at).filter(source="registry_script", row_key=str(script.pk))
    row = past.first()
    was: dict[str, Any] = row.values if row else {}
    current = was.get("current_version_id")
    version = ScriptVersion.objects.filter(pk=current).first() if current else None
    return Subject(
        owner_id=was.get("owner_id"),
        tenant_id=was.get("tenant_id", script.tenant_id),
        version=version,
        permissions=_permissions(version),
    )


def _permissions(version: ScriptVersion | None) -> Mapping[str, list[str]]:
    return version.manifest["permissions"] if version else NO_PERMISSIONS


def _ids(values: Iterable[int]) -> frozenset[int]:
    return frozenset(values)


def _require_recorded(at: datetime) -> None:
    first = PastRow.objects.order_by("began_at").values_list("began_at", flat=True).first()
    if first is None or at < first:
        since = "" if first is None else f" The record begins {first:%Y-%m-%d %H:%M:%S} UTC."
        raise BeforeHistory(f"What was so at that instant was not recorded yet.{since}", field="at")
