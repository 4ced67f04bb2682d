"""The second factor: enrol an authenticator, check its codes, and take it away."""

from __future__ import annotations

import base64
import secrets
from datetime import datetime

from django.db import transaction

from accounts import audit, totp
from accounts.models import RecoveryCode, Role, SecondFactor, User
from accounts.principals import NoTenant, RoleRequired, principal_of
from accounts.services import lock_outs, tokens
from common import row_scope
from common.canonical import sha256
from common.encryption import decrypt, encrypt
from common.errors import Conflict, Forbidden, Unauthenticated

RECOVERY_CODES = 10
RECOVERY_BYTES = 10  # 80 bits: nobody guesses one, hashed or not
GROUP = 4


class CodeNotRight(Unauthenticated):
    """This code is not right, has run out, or was used before; take the next one."""

    code = "code_not_right"


class SecondFactorEnrolled(Conflict):
    """You have a second factor already; remove it before you enrol another."""

    code = "second_factor_enrolled"


class NotEnrolling(Conflict):
    """No enrolment is under way; begin with a new secret."""

    code = "not_enrolling"


class SecondFactorNeeded(Forbidden):
    """Staff sign in with a second factor: enrol one on the page of your account first."""

    code = "second_factor_needed"


@row_scope.for_the_platform
@transaction.atomic
def begin_enrolment(user: User, *, now: datetime) -> str:
    """Return the secret for somebody's authenticator; the one of an enrolment under way again.

    Raises
    ------
    SecondFactorEnrolled
        They have one, which is not shown again.
    """
    if _locked(user).has_second_factor:
        raise SecondFactorEnrolled()
    factor = SecondFactor.objects.filter(user=user).first()
    if factor is None:
        secret = totp.new_secret()
        factor = SecondFactor(user=user, created_at=now)
        factor.secret_encrypted = encrypt(secret, context=_context(user))
        factor.save(force_insert=True)
        _record("second_factor_begun", factor, acting_user=user, now=now)
    return _secret_of(factor)


@row_scope.for_the_platform
def confirm_enrolment(user: User, code: str, *, now: datetime) -> list[str]:
    """Make the authenticator count once it gives a right code, and return the recovery codes.

    Sessions and tokens from before end: they were given without it.

    Raises
    ------
    NotEnrolling, CodeNotRight, accounts.services.lock_outs.LockedOut
        Nothing was enrolled.
    """
    doors = lock_outs.at_code(user)
    lock_outs.begin(doors, now=now)
    with transaction.atomic():
        factor = SecondFactor.objects.filter(user=user).select_for_update(of=("self",)).first()
        if factor is None or _locked(user).has_second_factor:
            raise NotEnrolling()
        step = totp.matching_step(_secret_of(factor), code, at=now)
        if step is None:
            raise CodeNotRight()
        factor.last_step = step
        factor.save(update_fields=["last_step"])
        user.second_factor_since = now
        user.save(update_fields=["second_factor_since"])
        codes = _make_recovery_codes(user)
        _record("second_factor_enrolled", factor, acting_user=user, now=now)
        tokens.end_families(user, reason="second factor enrolled", acting_user=user, now=now)
    lock_outs.forgive(doors)
    return codes


@row_scope.for_the_platform
def require_code(user: User, code: str, *, now: datetime) -> None:
    """Raise unless this is a code of now that was never used, or an unused recovery code.

    Raises
    ------
    CodeNotRight
        It is neither.
    accounts.services.lock_outs.LockedOut
        Too many were wrong.
    """
    doors = lock_outs.at_code(user)
    lock_outs.begin(doors, now=now)
    code = code.replace(" ", "")
    is_of_now = totp.CODE.match(code) is not None
    if is_of_now and not _takes_code(user, code, now=now):
        raise CodeNotRight()
    if not is_of_now and not _takes_recovery_code(user, code, now=now):
        raise CodeNotRight()
    lock_outs.forgive(doors)


@row_scope.for_the_platform
@transaction.atomic
def remove_second_factor(user: User, *, acting_user: User, now: datetime, reason: str = "") -> None:
    """Take somebody's second factor away, or an enrolment under way; with it, all their tokens.

    Raises
    ------
    RoleRequired
        It is another's, and the acting user does not administer their house.
    """
    if acting_user.pk != user.pk:
        _require_administers(acting_user, user)
    factor = SecondFactor.objects.filter(user=user).select_for_update(of=("self",)).first()
    if factor is None:
        return
    had = _locked(user).has_second_factor
    _record(
        "second_factor_removed",
        factor,
        acting_user=acting_user,
        now=now,
        before={"enrolled": had},
        after={"enrolled": False},
        reason=reason,
    )
    factor.delete()
    RecoveryCode.objects.filter(user=user).delete()
    if had:
        user.second_factor_since = None
        user.save(update_fields=["second_factor_since"])
        tokens.end_families(user, reason="second factor removed", acting_user=acting_user, now=now)


@row_scope.for_the_platform
def recovery_codes_left(user: User) -> int:
    """Return how many recovery codes somebody has not used."""
    return RecoveryCode.objects.filter(user=user, used_at=None).count()


def in_groups(secret: str) -> str:
    """Return a secret as people read and type it."""
    return " ".join(secret[start : start + GROUP] for start in range(0, len(secret), GROUP))


def _takes_code(user: User, code: str, *, now: datetime) -> bool:
    factor = SecondFactor.objects.filter(user=user).first()
    step = totp.matching_step(_secret_of(factor), code, at=now) if factor else None
    if factor is None or step is None:
        return False
    # The step is in the WHERE clause: of two who send the same code at once, one is let in.
    taken = SecondFactor.objects.filter(pk=factor.pk, last_step__lt=step).update(last_step=step)
    return taken == 1


@transaction.atomic
def _takes_recovery_code(user: User, code: str, *, now: datetime) -> bool:
    plain = code.replace("-", "").upper()
    unused = RecoveryCode.objects.filter(
        user=user, digest=sha256(plain.encode(errors="replace")), used_at=None
    )
    if unused.update(used_at=now) == 0:
        return False
    _record(
        "recovery_code_used",
        SecondFactor.objects.get(user=user),
        acting_user=user,
        now=now,
        after={"left": recovery_codes_left(user)},
    )
    return True


def _make_recovery_codes(user: User) -> list[str]:
    RecoveryCode.objects.filter(user=user).delete()
    plain = [
        base64.b32encode(secrets.token_bytes(RECOVERY_BYTES)).decode()
        for _ in range(RECOVERY_CODES)
    ]
    RecoveryCode.objects.bulk_create(
        [RecoveryCode(user=user, digest=sha256(code.encode())) for code in plain]
    )
    return [in_groups(code).replace(" ", "-") for code in plain]


def _locked(user: User) -> User:
    return User.objects.select_for_update(no_key=True).get(pk=user.pk)


def _secret_of(factor: SecondFactor) -> str:
    return decrypt(factor.secret_encrypted, context=_context(factor.user))


def _context(user: User) -> str:
    return f"second-factor:{user.pk}"


def _require_administers(acting_user: User, user: User) -> None:
    if acting_user.is_active and acting_user.is_superuser:
        return
    try:
        principal, whose = principal_of(acting_user), principal_of(user)
    except NoTenant:
        raise RoleRequired("This needs the role administrator.", roles=["admin"]) from None
    if principal.tenant_id != whose.tenant_id:
        raise RoleRequired("This needs the role administrator.", roles=["admin"])
    principal.require_role(Role.ADMIN)


def _record(
    event: str,
    factor: SecondFactor,
    *,
    acting_user: User,
    now: datetime,
    before: dict[str, object] | None = None,
    after: dict[str, object] | None = None,
    reason: str = "",
) -> None:
    audit.record(
        event,
        factor,
        chain=audit.chain_of(factor),
        acting_user=acting_user,
        now=now,
        before=before,
        after={"user": factor.user.username, **(after or {})},
        reason=reason,
    )
