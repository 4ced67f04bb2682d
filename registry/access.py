"""Who may use a script, and who may see it: the only place that decides.

Using is running a script and reading its outputs. It takes membership in the script's tenant and
one of: owning the script, an entitlement in force, or being named by the published manifest.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db import connection
from django.db.models import (
    BooleanField,
    Exists,
    ExpressionWrapper,
    OuterRef,
    Q,
    QuerySet,
)

from accounts.models import Membership, Role, User
from accounts.principals import NoTenant, Principal, principal_of
from common.errors import Forbidden, NotFound
from registry.models import Entitlement, ProductSubscription, Script

# These see every script of their tenant with its source; seeing is not using.
OVERSEERS = (Role.REVIEWER, Role.OPERATOR, Role.ADMIN)
_LOCK_ENTITLEMENTS = """
    SELECT id FROM registry_entitlement
    WHERE script_id = %s AND user_id = %s AND revoked_at IS NULL
      AND starts_at <= %s AND (ends_at IS NULL OR ends_at > %s)
    FOR SHARE
"""
_LOCK_VERSIONS = """
    SELECT id FROM registry_scriptversion WHERE id = ANY(%s) ORDER BY id FOR SHARE
"""


class NoSuchScript(NotFound):
    """There is no such script, or you may not know of it."""

    code = "no_such_script"


class NotEntitled(Forbidden):
    """You need an entitlement to this script; ask its owner for one."""

    code = "not_entitled"


class DependencyNotAccessible(Forbidden):
    """A script needs an entitlement to every script that it depends on."""

    code = "dependency_not_accessible"


class Reason(StrEnum):
    """Why a decision fell as it did."""

    OWNER = "owner"
    ENTITLED = "entitled"
    NAMED_IN_MANIFEST = "named in the manifest"
    SUBSCRIBED = "subscribed to a product"
    NOT_ENTITLED = "not entitled"
    OUTSIDER = "not a member of the script's tenant"


@dataclass(frozen=True)
class Decision:
    """Whether somebody may use a script, and why."""

    allowed: bool
    reason: Reason


def decide(user_id: int, script_id: uuid.UUID, *, at: datetime) -> Decision:
    """Decide, with one query, whether a user may use a script at an instant."""
    row = (
        Script.objects.filter(pk=script_id)
        .annotate(
            is_member=_is_member(user_id),
            is_entitled=_is_entitled(user_id, at=at),
            is_named=ExpressionWrapper(_is_named(user_id), output_field=BooleanField()),
            is_subscribed=_is_subscribed(user_id, at=at),
        )
        .values_list("owner_id", "is_member", "is_entitled", "is_named", "is_subscribed")
        .first()
    )
    if row is None:
        return Decision(False, Reason.OUTSIDER)
    owner_id, is_member, is_entitled, is_named, is_subscribed = row
    if not is_member:
        if is_subscribed:
            return Decision(True, Reason.SUBSCRIBED)
        return Decision(False, Reason.OUTSIDER)
    if owner_id == user_id:
        return Decision(True, Reason.OWNER)
    if is_entitled:
        return Decision(True, Reason.ENTITLED)
    if is_named:
        return Decision(True, Reason.NAMED_IN_MANIFEST)
    if is_subscribed:
        return Decision(True, Reason.SUBSCRIBED)
    return Decision(False, Reason.NOT_ENTITLED)


def may_access(user: User, script: Script, *, at: datetime) -> bool:
    """Tell whether a user may use a script at an instant."""
    return decide(user.pk, script.pk, at=at).allowed


def access_still_valid(user_id: int, script_id: uuid.UUID, *, at: datetime) -> bool:
    """Tell, by ids alone, whether a user may still use a script."""
    return decide(user_id, script_id, at=at).allowed


def require_access(user: User, script: Script, *, at: datetime) -> None:
    """Raise unless a user may use a script.

    Raises
    ------
    NotEntitled
        A member of the script's tenant, who may know that it exists, has no right to it.
    NoSuchScript
        Anybody else.
    """
    decision = decide(user.pk, script.pk, at=at)
    if decision.reason is Reason.OUTSIDER:
        raise NoSuchScript(script_id=str(script.pk))
    if not decision.allowed:
        raise NotEntitled(
            f"You need an entitlement to {script.name}; ask {script.owner.username} for one.",
            script_id=str(script.pk),
        )


def lock_access(user: User, script: Script, *, at: datetime) -> bool:
    """Decide as ``may_access`` does, and hold off a revocation until the transaction ends.

    The entitlement's row is share-locked: a revocation that committed first is seen here, a later
    one waits. Owners and those named in the manifest have no row that could be revoked.
    """
    decision = decide(user.pk, script.pk, at=at)
    if decision.reason is not Reason.ENTITLED:
        return decision.allowed
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_ENTITLEMENTS, [script.pk, user.pk, at, at])
        return cursor.fetchone() is not None


def lock_versions(version_ids: Iterable[uuid.UUID]) -> None:
    """Hold off a suspension or a withdrawal of versions until the transaction ends.

    What committed before is seen by whoever reads the rows after this; what comes later waits.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_VERSIONS, [list(version_ids)])


def entitled_users(script: Script, *, at: datetime) -> QuerySet[User]:
    """Return the users who may use a script at an instant, its owner among them."""
    current = script.current_version
    named = current.manifest["permissions"]["allowed_users"] if current else []
    entitled = Entitlement.objects.in_force(at=at).filter(script=script, user=OuterRef("pk"))
    member = Membership.objects.filter(tenant=script.tenant_id, user=OuterRef("pk"))
    return User.objects.filter(
        Q(pk=script.owner_id)
        | Exists(entitled)
        | Q(pk__in=[int(user_id) for user_id in named if user_id.isdecimal()]),
        Exists(member),
        is_active=True,
    )


def scripts_accessible_to(user: User, *, at: datetime) -> QuerySet[Script]:
    """Return the scripts that a user may use at an instant."""
    return Script.objects.filter(
        Q(_is_subscribed(user.pk, at=at)) | Q(_is_member(user.pk)) & _may_use(user.pk, at=at)
    )


def scripts_visible_to(user: User, *, at: datetime) -> QuerySet[Script]:
    """Return the scripts that a user may see: those to use, and for overseers the tenant's."""
    return Script.objects.filter(
        Q(_is_subscribed(user.pk, at=at))
        | Q(_is_member(user.pk)) & (_may_use(user.pk, at=at) | Q(_oversees(user.pk)))
    )


def scripts_with_readable_source(user: User) -> QuerySet[Script]:
    """Return the scripts whose source and drafts a user may read."""
    return Script.objects.filter(_is_member(user.pk), Q(owner=user.pk) | Q(_oversees(user.pk)))


def scripts_grantable_by(user: User) -> QuerySet[Script]:
    """Return the scripts about whose entitlements a user decides: theirs, or all they operate."""
    operates = Exists(
        Membership.objects.filter(
            user=user.pk, tenant=OuterRef("tenant"), role__in=(Role.OPERATOR, Role.ADMIN)
        )
    )
    return Script.objects.filter(_is_member(user.pk), Q(owner=user.pk) | Q(operates))


def may_read_source(user: User, script: Script) -> bool:
    """Tell whether a user may read a script's source and drafts."""
    return scripts_with_readable_source(user).filter(pk=script.pk).exists()


def require_visible(user: User, script_id: uuid.UUID, *, at: datetime) -> Script:
    """Return a script that a user may see.

    Raises
    ------
    NotEntitled
        The script is of the user's tenant, but not for them.
    NoSuchScript
        Anything else: unknown and foreign look the same.
    """
    scripts = Script.objects.select_related("owner", "tenant", "current_version")
    script = scripts.filter(pk=script_id).first()
    if script is None:
        raise NoSuchScript(script_id=str(script_id))
    if not scripts_visible_to(user, at=at).filter(pk=script_id).exists():
        require_access(user, script, at=at)
    return script


def principal_in(script: Script, user: User) -> Principal:
    """Return as whom a user acts on a script; roles of another tenant count for nothing here.

    Raises
    ------
    NoSuchScript
        The user acts in another tenant, or in none.
    """
    try:
        principal = principal_of(user)
    except NoTenant:
        raise NoSuchScript(script_id=str(script.pk)) from None
    if principal.tenant_id != script.tenant_id:
        raise NoSuchScript(script_id=str(script.pk))
    return principal


def _may_use(user_id: int, *, at: datetime) -> Q:
    return Q(owner=user_id) | Q(_is_entitled(user_id, at=at)) | _is_named(user_id)


def _is_member(user_id: int) -> Exists:
    return Exists(
        Membership.objects.filter(user=user_id, user__is_active=True, tenant=OuterRef("tenant"))
    )


def _oversees(user_id: int) -> Exists:
    return Exists(
        Membership.objects.filter(user=user_id, tenant=OuterRef("tenant"), role__in=OVERSEERS)
    )


def _is_entitled(user_id: int, *, at: datetime) -> Exists:
    return Exists(Entitlement.objects.in_force(at=at).filter(user=user_id, script=OuterRef("pk")))


def _is_subscribed(user_id: int, *, at: datetime) -> Exists:
    return Exists(
        ProductSubscription.objects.in_force(at=at).filter(
            user=user_id, user__is_active=True, product__script=OuterRef("pk")
        )
    )


def _is_named(user_id: int) -> Q:
    # Only the manifest that was reviewed and published counts, never a draft's.
    return Q(current_version__manifest__permissions__allowed_users__contains=[str(user_id)])


def pairs_in_force(
    pairs: Collection[tuple[int, uuid.UUID]], *, at: datetime, products: bool = True
) -> set[tuple[int, uuid.UUID]]:
    """Return those (user, script) pairs of which ``decide`` says yes.

    For whoever holds many sockets open and asks again and again. Without ``products``, a product
    subscription alone does not count.
    """
    users, scripts = {user for user, _ in pairs}, {script for _, script in pairs}
    script = "tenant__scripts"
    rows = (
        Membership.objects.filter(
            **{"user__in": users, "user__is_active": True, f"{script}__in": scripts}
        )
        .annotate(
            is_entitled=Exists(
                Entitlement.objects.in_force(at=at).filter(
                    user=OuterRef("user"), script=OuterRef(script)
                )
            )
        )
        .values_list(
            "user_id",
            script,
            f"{script}__owner",
            f"{script}__current_version__manifest__permissions__allowed_users",
            "is_entitled",
        )
    )
    allowed = {
        (user_id, script_id)
        for user_id, script_id, owner_id, named, is_entitled in rows
        if owner_id == user_id or is_entitled or str(user_id) in (named or [])
    }
    if products:
        allowed |= _pairs_subscribed(users, scripts, at=at)
    return allowed & set(pairs)


def _pairs_subscribed(
    users: set[int], scripts: set[uuid.UUID], *, at: datetime
) -> set[tuple[int, uuid.UUID]]:
    standing = ProductSubscription.objects.in_force(at=at).filter(
        user__in=users, user__is_active=True, product__script__in=scripts
    )
    return set(standing.values_list("user_id", "product__script_id"))
