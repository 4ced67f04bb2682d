"""Who may use a script, and who may see it: the only place that decides.

Using is running a script and reading its outputs; ``access_rule`` says by what right. Seeing its
page takes that right or a role that oversees the script's tenant, and seeing is not using.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL

from accounts.models import Membership, Role, User
from accounts.principals import NoTenant, Principal, principal_of
from accounts.role_ceiling import counting
from common import row_scope
from common.errors import Forbidden, NotFound
from common.prepared import fetch_prepared
from registry import access_rule
from registry.access_rule import ALLOWING
from registry.access_rule import Reason as Reason  # a part of a Decision
from registry.models import Script

# These see every script of their tenant with its source; seeing is not using.
OVERSEERS = (Role.REVIEWER, Role.OPERATOR, Role.ADMIN)
_ONE_PAIR = "SELECT CAST(%(user)s AS bigint) AS user_id, CAST(%(script)s AS uuid) AS script_id"
_MANY_PAIRS = (
    "SELECT * FROM unnest(CAST(%(users)s AS bigint[]), CAST(%(scripts)s AS uuid[])) "
    "AS given (user_id, script_id)"
)
_DECIDE = access_rule.verdicts(_ONE_PAIR)
_PAIRS_ALLOWED = access_rule.allowed(_MANY_PAIRS, column="user_id, verdict.script_id, reason")
_SCRIPTS_ALLOWED = access_rule.allowed(access_rule.SCRIPTS_IN_REACH, column="script_id")
_USERS_ALLOWED = access_rule.allowed(access_rule.USERS_IN_REACH, column="user_id")
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


class TierTooLow(Forbidden):
    """This script is for other tiers than yours; ask for one that it is for."""

    code = "tier_too_low"


@dataclass(frozen=True)
class Decision:
    """Whether somebody may use a script, and why."""

    allowed: bool
    reason: Reason


def decide(user_id: int, script_id: uuid.UUID, *, at: datetime) -> Decision:
    """Decide, with one query, whether a user may use a script at an instant.

    The instant is the present one for what has no times of its own, such as a membership;
    ``explanations.explain`` knows the past.
    """
    with row_scope.covering(user_id):
        rows = fetch_prepared(_DECIDE, {"user": user_id, "script": script_id, "at": at})
    reason = Reason[rows[0][2]] if rows else Reason.OUTSIDER
    return Decision(reason in ALLOWING, reason)


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
    TierTooLow
        Somebody with a right is not of a tier that the script is for.
    NoSuchScript
        Anybody else.
    """
    decision = decide(user.pk, script.pk, at=at)
    if decision.allowed:
        return
    if decision.reason is Reason.OUTSIDER:
        raise NoSuchScript(script_id=str(script.pk))
    if decision.reason is Reason.NOT_ENTITLED:
        raise NotEntitled(
            f"You need an entitlement to {script.name}; ask {script.owner.username} for one.",
            script_id=str(script.pk),
        )
    raise TierTooLow(
        f"You have a right to {script.name}, but your tier {user.tier_id} is "
        f"{decision.reason.value}.",
        script_id=str(script.pk),
    )


def lock_decision(user: User, script: Script, *, at: datetime) -> Decision:
    """Decide as ``decide`` does, and hold off the end of the right until the transaction ends.

    Every row that the right rests on is share-locked first: what ended before is seen here, what
    is to end later waits.
    """
    with row_scope.covering(user.pk):
        fetch_prepared(access_rule.LOCK_GROUNDS, {"user": user.pk, "script": script.pk})
    return decide(user.pk, script.pk, at=at)


def lock_versions(version_ids: Iterable[uuid.UUID]) -> None:
    """Hold off a suspension or a withdrawal of versions until the transaction ends.

    What committed before is seen by whoever reads the rows after this; what comes later waits.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_VERSIONS, [list(version_ids)])


def entitled_users(script: Script, *, at: datetime) -> QuerySet[User]:
    """Return the users who may use a script at an instant, its owner among them."""
    return User.objects.filter(pk__in=_ids(_USERS_ALLOWED, "bigint[]", script=script.pk, at=at))


def scripts_accessible_to(user: User, *, at: datetime) -> QuerySet[Script]:
    """Return the scripts that a user may use at an instant."""
    return Script.objects.filter(_may_use(user.pk, at=at))


def pairs_in_force(
    pairs: Collection[tuple[int, uuid.UUID]], *, at: datetime, products: bool = True
) -> set[tuple[int, uuid.UUID]]:
    """Return, with one query, those (user, script) pairs of which ``decide`` says yes.

    For whoever holds many sockets open and asks again and again. Without ``products``, a right
    that only a product gives does not count.
    """
    return {
        pair
        for pair, reason in reasons_in_force(pairs, at=at).items()
        if products or reason is not Reason.SUBSCRIBED
    }


def reasons_in_force(
    pairs: Collection[tuple[int, uuid.UUID]], *, at: datetime
) -> dict[tuple[int, uuid.UUID], Reason]:
    """Return, with one query, why those (user, script) pairs are allowed that are.

    A product is the reason only where there is no other.
    """
    users, scripts = [user for user, _ in pairs], [script for _, script in pairs]
    one = users[0] if len(set(users)) == 1 else -1  # of several, somebody's rows are not the rest's
    with row_scope.covering(one):
        rows = fetch_prepared(_PAIRS_ALLOWED, {"users": users, "scripts": scripts, "at": at})
    return {(user, script): Reason[reason] for user, script, reason in rows}


def scripts_visible_to(user: User, *, at: datetime) -> QuerySet[Script]:
    """Return the scripts that a user may see: those to use, and for overseers the tenant's."""
    oversees = Q(_is_member(user.pk)) & Q(_oversees(user.pk))
    return Script.objects.filter(_may_use(user.pk, at=at) | oversees)


def scripts_with_readable_source(user: User) -> QuerySet[Script]:
    """Return the scripts whose source and drafts a user may read."""
    return Script.objects.filter(_is_member(user.pk), Q(owner=user.pk) | Q(_oversees(user.pk)))


def scripts_grantable_by(user: User) -> QuerySet[Script]:
    """Return the scripts about whose entitlements a user decides: theirs, or all they operate."""
    operates = Exists(
        Membership.objects.filter(
            user=user.pk,
            tenant=OuterRef("tenant"),
            role__in=counting(user.pk, (Role.OPERATOR, Role.ADMIN)),
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
    return Q(pk__in=_ids(_SCRIPTS_ALLOWED, "uuid[]", user=user_id, at=at))


def _ids(sql: str, array: str, **values: Any) -> RawSQL:
    if row_scope.current() == row_scope.PLATFORM:
        return RawSQL(*access_rule.positional(sql, **values))
    # Within a user's scope each row that the rule looks at would pass a policy first: four times
    # the work, and rights that rest on other houses' rows would be missed. So it is asked
    # beforehand, and the policies are for what comes of it.
    with row_scope.within(row_scope.PLATFORM), connection.cursor() as cursor:
        cursor.execute(sql, values)
        found = [one for (one,) in cursor.fetchall()]
    return RawSQL(f"SELECT unnest(CAST(%s AS {array}))", [found])


def _is_member(user_id: int) -> Exists:
    return Exists(
        Membership.objects.filter(user=user_id, user__is_active=True, tenant=OuterRef("tenant"))
    )


def _oversees(user_id: int) -> Exists:
    return Exists(
        Membership.objects.filter(
            user=user_id, tenant=OuterRef("tenant"), role__in=counting(user_id, OVERSEERS)
        )
    )
