"""Doors that close after too many wrong tries, and open by themselves after a while.

A try is counted before it is judged, so tries that come at once are not judged more often than
tries that come one by one. A door stands between an address and an account: somebody who guesses
at another's account locks out their own address, and nobody who is signed in.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from accounts import audit
from accounts.models import Door, LockOut, User
from accounts.principals import RoleRequired
from common import row_scope
from common.canonical import digest
from common.errors import NotFound, RateLimited

# A door whose time is over counts from one again; while it is closed, tries do not move its end.
COUNT = """
INSERT INTO accounts_lockout AS l (key, door, user_id, address, failures, began_at, locked_until)
VALUES (%(key)s, %(door)s, %(user)s, %(address)s, 1, %(now)s, NULL)
ON CONFLICT (key) DO UPDATE SET
    failures = CASE WHEN {over} THEN 1 ELSE l.failures + 1 END,
    began_at = CASE WHEN {over} THEN excluded.began_at ELSE l.began_at END,
    locked_until = CASE
        WHEN {over} THEN NULL
        WHEN l.locked_until IS NULL AND l.failures + 1 >= %(tries)s THEN %(until)s
        ELSE l.locked_until END
RETURNING failures, locked_until
""".format(over="coalesce(l.locked_until <= %(now)s, l.began_at <= %(since)s)")
FORGIVE = """
UPDATE accounts_lockout SET failures = greatest(failures - 1, 0),
    locked_until = CASE WHEN failures > %(tries)s THEN locked_until END
WHERE key = %(key)s
"""


class LockedOut(RateLimited):
    """Too many tries did not match; wait until the time named here, then try again."""

    code = "locked_out"


class NoSuchLockOut(NotFound):
    """Nothing is locked here, or not any longer."""

    code = "no_such_lock_out"


@dataclass(frozen=True, kw_only=True)
class Try:
    """One try at one door."""

    door: Door
    subject: str
    user: User | None = None
    address: str = ""

    @property
    def key(self) -> str:
        return digest([self.door.value, self.subject, self.address])


def at_password(username: str, address: str, user: User | None) -> list[Try]:
    """Return the doors between an address and somebody's password."""
    network = network_of(address)
    return [
        Try(door=Door.ADDRESS, subject="", address=network),
        Try(door=Door.PERSON, subject=username.casefold(), address=network, user=user),
    ]


def at_code(user: User) -> list[Try]:
    """Return the door at somebody's codes: only who knows the password comes this far."""
    return [Try(door=Door.CODE, subject=str(user.pk), user=user)]


def at_confirmation(user: User) -> list[Try]:
    """Return the door at the password that somebody signed in is asked for again."""
    return [Try(door=Door.CONFIRMATION, subject=str(user.pk), user=user)]


@row_scope.for_the_platform
def begin(tries: list[Try], *, now: datetime) -> None:
    """Count a try at each door before it is judged.

    Raises
    ------
    LockedOut
        A door is closed; nothing was judged.
    """
    until = None
    for one in tries:
        failures, locked_until = _count(one, now=now)
        limit = settings.LOCK_OUT_TRIES[one.door.value]
        # The last of the tries is still judged; whoever gets it right has opened the door again.
        if locked_until is None or failures <= limit:
            continue
        if failures == limit + 1:
            _record_locked(one, now=now)
        until = max(until or locked_until, locked_until)
    if until is not None:
        raise LockedOut(
            f"Too many tries did not match. Try again after {until:%H:%M} UTC.",
            retry_after_seconds=max(1, ceil((until - now).total_seconds())),
        )


@row_scope.for_the_platform
def forgive(tries: list[Try]) -> None:
    """Take a try back: it was right. Of a person's door nothing is left to count."""
    for one in tries:
        if one.door is Door.ADDRESS:
            with connection.cursor() as cursor:
                limit = settings.LOCK_OUT_TRIES[one.door.value]
                cursor.execute(FORGIVE, {"key": one.key, "tries": limit})
        else:
            LockOut.objects.filter(pk=one.key).delete()


@row_scope.for_the_platform
@transaction.atomic
def unlock(key: str, *, acting_user: User, now: datetime) -> None:
    """Open a door before its time.

    Raises
    ------
    RoleRequired
        The acting user operates nothing.
    NoSuchLockOut
        It is open already, or no business of theirs.
    """
    if not audit.may_read(acting_user):
        raise RoleRequired("This needs the role operator.", roles=["operator"])
    row = LockOut.objects.select_for_update(of=("self",)).filter(pk=key).first()
    if row is None or not _is_business_of(acting_user, row):
        raise NoSuchLockOut()
    audit.record(
        "lock_out_ended",
        row,
        chain=audit.chain_of(row),
        acting_user=acting_user,
        now=now,
        before=_door_of(row),
        after={"failures": 0},
    )
    row.delete()


def network_of(address: str) -> str:
    """Return what counts as one address: of IPv6 the network that one customer is given."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)


def _count(one: Try, *, now: datetime) -> tuple[int, datetime | None]:
    values = {
        "key": one.key,
        "door": one.door.value,
        "user": one.user.pk if one.user else None,
        "address": one.address,
        "now": now,
        "since": now - timedelta(seconds=settings.LOCK_OUT_WINDOW_SECONDS),
        "until": now + timedelta(seconds=settings.LOCK_OUT_SECONDS),
        "tries": settings.LOCK_OUT_TRIES[one.door.value],
    }
    with connection.cursor() as cursor:
        cursor.execute(COUNT, values)
        failures, locked_until = cursor.fetchone()
    return failures, locked_until


@transaction.atomic
def _record_locked(one: Try, *, now: datetime) -> None:
    row = LockOut.objects.get(pk=one.key)
    audit.record(
        "door_locked",
        row,
        chain=audit.chain_of(row),
        acting_user=None,
        now=now,
        after={**_door_of(row), "failures": row.failures},
    )


def _door_of(row: LockOut) -> dict[str, Any]:
    return {
        "door": row.get_door_display(),
        "user": str(row.user or ""),
        "address": row.address,
    }


def _is_business_of(operator: User, row: LockOut) -> bool:
    if operator.is_superuser:
        return True
    return row.user is not None and audit.chain_of(row) in audit.chains_readable_by(operator)
