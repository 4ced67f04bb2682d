"""Give a user, a team or an organisation the right to a script, and take it back."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from django.db import transaction

from accounts import audit
from accounts.models import Tenant, User
from common.errors import Conflict, Forbidden, InvalidInput
from registry.announcements import announce_revocation
from registry.models import Entitlement, Script
from registry.models.entitlements import REASON_MAX_LENGTH, Grantee
from registry.services.dependencies import dependencies_out_of_reach
from registry.services.grantees import NoEntitlement, column_of, operates, require_within_reach
from registry.texts import clean_text


class MayNotGrant(Forbidden):
    """Only a script's owner, an operator or an administrator decides who may use it."""

    code = "may_not_grant"


class AlreadyEntitled(Conflict):
    """This grantee may already use the script."""

    code = "already_entitled"


class EndsBeforeItStarts(InvalidInput):
    """An entitlement ends after it starts, and not in the past."""

    code = "ends_before_it_starts"


@transaction.atomic
def grant(
    script: Script,
    grantee: Grantee,
    *,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    reason: str = "",
    acting_user: User,
    now: datetime,
) -> Entitlement:
    """Entitle a member or a team of the script's tenant, or an organisation, to it.

    ``starts_at`` is inclusive and defaults to now; ``ends_at`` is exclusive, and None means until
    revoked. Another organisation than the script's own is entitled by operators only. What the
    script depends on is not included: ``dependencies_out_of_reach`` tells what a user needs
    besides, and the audit row keeps it.

    Raises
    ------
    MayNotGrant, NoSuchScript
        The acting user does not decide about this script.
    NoSuchMember, NoSuchTeam, NoSuchOrganisation, EndsBeforeItStarts, AlreadyEntitled
        Naming the field.
    """
    require_may_grant(script, acting_user)
    require_within_reach(script, grantee, acting_user)
    starts_at = starts_at or now
    if ends_at is not None and ends_at <= max(starts_at, now):
        raise EndsBeforeItStarts(field="ends_at")
    _require_none_yet(script, grantee, at=max(starts_at, now))
    entitlement = Entitlement.objects.create(
        script=script,
        **column_of(grantee),
        granted_by=acting_user,
        starts_at=starts_at,
        ends_at=ends_at,
        reason=clean_text(reason, field="reason", max_length=REASON_MAX_LENGTH),
        created_at=now,
    )
    missing = (
        dependencies_out_of_reach(script, grantee, at=now) if isinstance(grantee, User) else []
    )
    audit.record(
        "entitlement_granted",
        entitlement,
        chain=script.tenant.slug,
        acting_user=acting_user,
        now=now,
        after={
            **_named(script, grantee),
            "starts_at": starts_at.isoformat(),
            "ends_at": ends_at.isoformat() if ends_at else None,
            "missing_dependencies": [str(other.pk) for other in missing],
        },
        reason=entitlement.reason,
    )
    return entitlement


@transaction.atomic
def revoke(
    script: Script, grantee: Grantee, *, reason: str = "", acting_user: User, now: datetime
) -> None:
    """End every entitlement of a grantee to a script, at once.

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
    standing = Entitlement.objects.filter(script=script, revoked_at=None, **column_of(grantee))
    ended = list(standing.select_for_update().order_by("pk"))
    if not ended:
        raise NoEntitlement(field=next(iter(column_of(grantee))))
    standing.update(revoked_at=now, revoked_by=acting_user)
    for entitlement in ended:
        audit.record(
            "entitlement_revoked",
            entitlement,
            chain=script.tenant.slug,
            acting_user=acting_user,
            now=now,
            before=_named(script, grantee),
            after={"revoked_at": now.isoformat()},
            reason=reason,
        )
    user_id = grantee.pk if isinstance(grantee, User) else None
    # Robust: the right has ended in the database whether or not Redis can be told so.
    transaction.on_commit(partial(announce_revocation, user_id, script.pk), robust=True)


def require_may_grant(script: Script, user: User) -> None:
    """Raise unless a user decides who may use a script."""
    if user.pk != script.owner_id and not operates(script, user):
        raise MayNotGrant(script_id=str(script.pk))


def _require_none_yet(script: Script, grantee: Grantee, *, at: datetime) -> None:
    # The script's row makes two grants at once wait for each other.
    Script.objects.select_for_update(no_key=True).get(pk=script.pk)
    column = column_of(grantee)
    field = next(iter(column))
    if isinstance(grantee, User) and grantee.pk == script.owner_id:
        raise AlreadyEntitled("The owner of a script needs no entitlement.", field=field)
    if Entitlement.objects.in_force(at=at).filter(script=script, **column).exists():
        raise AlreadyEntitled(f"{grantee} is already entitled to {script.name}.", field=field)


def _named(script: Script, grantee: Grantee) -> dict[str, str]:
    ((kind, _),) = column_of(grantee).items()
    name = grantee.slug if isinstance(grantee, Tenant) else str(grantee)
    return {"script": str(script.pk), kind: name}
