"""Give somebody the right to a script, and take it back."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from django.db import transaction

from accounts import audit
from accounts.models import Membership, Role, User
from common.errors import Conflict, Forbidden, InvalidInput, NotFound
from registry import access
from registry.announcements import announce_revocation
from registry.models import Entitlement, Script
from registry.models.entitlements import REASON_MAX_LENGTH
from registry.services.dependencies import dependencies_out_of_reach
from registry.texts import clean_text


class MayNotGrant(Forbidden):
    """Only a script's owner, an operator or an administrator decides who may use it."""

    code = "may_not_grant"


class NoSuchMember(InvalidInput):
    """There is no active user of this name in your tenant."""

    code = "no_such_member"


class AlreadyEntitled(Conflict):
    """This user may already use the script."""

    code = "already_entitled"


class EndsBeforeItStarts(InvalidInput):
    """An entitlement ends after it starts, and not in the past."""

    code = "ends_before_it_starts"


class NoEntitlement(NotFound):
    """This user has no entitlement to the script that could be revoked."""

    code = "no_entitlement"


@transaction.atomic
def grant(
    script: Script,
    user: User,
    *,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    reason: str = "",
    acting_user: User,
    now: datetime,
) -> Entitlement:
    """Entitle a member of the script's tenant to it.

    ``starts_at`` is inclusive and defaults to now; ``ends_at`` is exclusive, and None means until
    revoked. What the script depends on is not included: ``dependencies_out_of_reach`` tells what
    the user needs besides, and the audit row keeps it.

    Raises
    ------
    MayNotGrant, NoSuchScript
        The acting user does not decide about this script.
    NoSuchMember, EndsBeforeItStarts, AlreadyEntitled
        Naming the field.
    """
    require_may_grant(script, acting_user)
    _require_member(script, user)
    starts_at = starts_at or now
    if ends_at is not None and ends_at <= max(starts_at, now):
        raise EndsBeforeItStarts(field="ends_at")
    _require_none_yet(script, user, at=max(starts_at, now))
    entitlement = Entitlement.objects.create(
        script=script,
        user=user,
        granted_by=acting_user,
        starts_at=starts_at,
        ends_at=ends_at,
        reason=clean_text(reason, field="reason", max_length=REASON_MAX_LENGTH),
        created_at=now,
    )
    missing = dependencies_out_of_reach(script, user, at=now)
    audit.record(
        "entitlement_granted",
        entitlement,
        chain=script.tenant.slug,
        acting_user=acting_user,
        now=now,
        after={
            "script": str(script.pk),
            "user": user.username,
            "starts_at": starts_at.isoformat(),
            "ends_at": ends_at.isoformat() if ends_at else None,
            "missing_dependencies": [str(other.pk) for other in missing],
        },
        reason=entitlement.reason,
    )
    return entitlement


@transaction.atomic
def revoke(
    script: Script, user: User, *, reason: str = "", acting_user: User, now: datetime
) -> None:
    """End every entitlement of a user to a script, at once.

    A run that is being claimed at this moment finishes its claim first; none is claimed after.

    Raises
    ------
    MayNotGrant, NoSuchScript
        The acting user does not decide about this script.
    NoEntitlement
        There is none.
    """
    require_may_grant(script, acting_user)
    reason = clean_text(reason, field="reason", max_length=REASON_MAX_LENGTH)
    standing = Entitlement.objects.filter(script=script, user=user, revoked_at=None)
    ended = list(standing.select_for_update().order_by("pk"))
    if not ended:
        raise NoEntitlement(field="user", user=user.username)
    standing.update(revoked_at=now, revoked_by=acting_user)
    for entitlement in ended:
        audit.record(
            "entitlement_revoked",
            entitlement,
            chain=script.tenant.slug,
            acting_user=acting_user,
            now=now,
            before={"script": str(script.pk), "user": user.username},
            after={"revoked_at": now.isoformat()},
            reason=reason,
        )
    # Robust: the right has ended in the database whether or not Redis can be told so.
    transaction.on_commit(partial(announce_revocation, user.pk, script.pk), robust=True)


def require_may_grant(script: Script, user: User) -> None:
    """Raise unless a user decides who may use a script."""
    principal = access.principal_in(script, user)
    if user.pk != script.owner_id and not principal.has_role(Role.OPERATOR):
        raise MayNotGrant(script_id=str(script.pk))


def find_member(script: Script, name_or_id: str | int) -> User:
    """Return a member of a script's tenant: text is a user name, a number an id.

    Raises
    ------
    NoSuchMember
        There is none; users of other tenants look the same as unknown ones.
    """
    if isinstance(name_or_id, int):
        found = User.objects.filter(pk=name_or_id)
    else:
        # No name has control characters, and the database refuses to be asked for NUL.
        found = User.objects.filter(username=name_or_id if name_or_id.isprintable() else "")
    user = found.first()
    if user is None:
        raise NoSuchMember(field="user")
    _require_member(script, user)
    return user


def find_entitled(script: Script, user_id: int) -> User:
    """Return somebody with an entitlement to a script, a member still or not.

    Raises
    ------
    NoEntitlement
        There is nobody with this id and an entitlement.
    """
    user = User.objects.filter(pk=user_id, entitlements__script=script).first()
    if user is None:
        raise NoEntitlement(field="user")
    return user


def _require_member(script: Script, user: User) -> None:
    members = Membership.objects.filter(tenant=script.tenant_id, user=user, user__is_active=True)
    if not members.exists():
        raise NoSuchMember(field="user")


def _require_none_yet(script: Script, user: User, *, at: datetime) -> None:
    # The script's row makes two grants at once wait for each other.
    Script.objects.select_for_update(no_key=True).get(pk=script.pk)
    if user.pk == script.owner_id:
        raise AlreadyEntitled("The owner of a script needs no entitlement.", field="user")
    if Entitlement.objects.in_force(at=at).filter(script=script, user=user).exists():
        raise AlreadyEntitled(
            f"{user.username} is already entitled to {script.name}.", field="user"
        )
