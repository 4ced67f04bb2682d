"""Who somebody is, by password and code. Every door that takes a password asks here."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth import authenticate

from accounts.models import User
from accounts.services import lock_outs, second_factors
from common import row_scope
from common.errors import Unauthenticated

MAX_LENGTH = 4096  # of what is hashed; the longest passphrase is far below


class SignInRefused(Unauthenticated):
    """The user name and the password do not match; both tell capitals apart."""

    code = "sign_in_refused"


class CodeRequired(Unauthenticated):
    """The password was right; this account also needs a code of its second factor."""

    code = "second_factor_required"


@row_scope.for_the_platform
def require_password(username: str, password: str, *, address: str, now: datetime) -> User:
    """Return the active user with this password.

    A name that is nobody's is answered like a wrong password and costs as much: Django hashes
    the password in either case.

    Raises
    ------
    SignInRefused
        The two do not match, or the account is not active.
    accounts.services.lock_outs.LockedOut
        Too many did not match, from this address.
    """
    known = User.objects.filter(username=username).first() if _is_storable(username) else None
    doors = lock_outs.at_password(username, address, known)
    lock_outs.begin(doors, now=now)
    user = authenticate(None, username=username, password=password) if _fits(password) else None
    if not isinstance(user, User) or not _is_storable(username):
        raise SignInRefused()
    lock_outs.forgive(doors)
    return user


def require_sign_in(
    username: str, password: str, code: str | None, *, address: str, now: datetime
) -> User:
    """Return who signs in with everything at once, as programs do.

    Raises
    ------
    SignInRefused, CodeRequired, accounts.services.second_factors.CodeNotRight
        Something of it is wrong or missing.
    accounts.services.second_factors.SecondFactorNeeded
        They are staff and have not enrolled one.
    accounts.services.lock_outs.LockedOut
        Too many tries were wrong.
    """
    user = require_password(username, password, address=address, now=now)
    if user.must_enrol:
        raise second_factors.SecondFactorNeeded()
    if user.has_second_factor:
        if not code:
            raise CodeRequired()
        second_factors.require_code(user, code, now=now)
    return user


def require_own_password(user: User, password: str, *, now: datetime) -> None:
    """Ask somebody who is signed in for their password again.

    Raises
    ------
    SignInRefused
        It is another one.
    accounts.services.lock_outs.LockedOut
        Too many were wrong; what they are signed in with goes on.
    """
    doors = lock_outs.at_confirmation(user)
    lock_outs.begin(doors, now=now)
    if not _fits(password) or not user.check_password(password):
        raise SignInRefused("This is not your password.", field="password")
    lock_outs.forgive(doors)


def _fits(password: str) -> bool:
    return 0 < len(password) <= MAX_LENGTH


def _is_storable(username: str) -> bool:
    return "\x00" not in username and username.isprintable() and len(username) <= 150
