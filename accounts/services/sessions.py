"""Where somebody is signed in, and how they sign out there."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from accounts import audit
from accounts.models import BrowserSession, User
from accounts.services import tokens
from common import row_scope
from common.canonical import sha256
from common.errors import NotFound

# First match wins: Edge and Opera call themselves Chrome too, and most call themselves Safari.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iOS"),
    ("iPad", "iOS"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


PROGRAM = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,39}")


class NoSuchSession(NotFound):
    """You are not signed in there, or not any longer."""

    code = "no_such_session"


def live_sessions(user: User, *, at: datetime) -> QuerySet[BrowserSession]:
    """Return the browsers in which somebody is signed in, the last seen first."""
    rows = BrowserSession.objects.filter(user=user, expire_date__gt=at)
    return rows.order_by("-last_seen_at", "-created_at")


def public_id(session_key: str) -> str:
    """Return what a page calls a session by; the key itself would open it."""
    return sha256(f"session:{session_key}".encode())[:24]


@row_scope.for_the_platform
def note_seen(session_key: str, *, user_agent: str, now: datetime) -> None:
    """Note, to a minute, that a browser was here, and which it is."""
    stale = now - timedelta(seconds=settings.SESSION_SEEN_INTERVAL_SECONDS)
    BrowserSession.objects.filter(
        Q(last_seen_at=None) | Q(last_seen_at__lt=stale), pk=session_key
    ).update(last_seen_at=now, browser=browser_in_words(user_agent))


@transaction.atomic
def end_session(identifier: str, *, acting_user: User, now: datetime) -> None:
    """Sign out of one browser; sockets that it opened close within a second.

    Raises
    ------
    NoSuchSession
        None of the acting user's sessions is called that.
    """
    for row in BrowserSession.objects.filter(user=acting_user):
        if public_id(row.session_key) == identifier:
            row.delete()
            _record("session_ended", acting_user, now=now, after={"browser": row.browser})
            return
    raise NoSuchSession()


@transaction.atomic
def sign_out_everywhere(user: User, *, now: datetime, keep: str = "") -> tuple[int, int]:
    """End every session but the one named, and every token; return how many of each."""
    ended = drop_sessions(user, keep=keep)
    families = tokens.end_families(user, reason="signed out everywhere", acting_user=user, now=now)
    _record("signed_out_everywhere", user, now=now, after={"sessions": ended, "tokens": families})
    return ended, families


@row_scope.for_the_platform
def drop_sessions(user: User, *, keep: str = "") -> int:
    """Delete somebody's sessions but one; the caller has recorded why."""
    return BrowserSession.objects.filter(user=user).exclude(pk=keep).delete()[0]


def browser_in_words(user_agent: str) -> str:
    """Return the family of a browser and of its system, and no more of what it says."""
    browser = next((name for mark, name in BROWSERS if mark in user_agent), "Another browser")
    system = next((name for mark, name in SYSTEMS if mark in user_agent), "")
    return f"{browser} on {system}" if system else browser


def program_in_words(user_agent: str) -> str:
    """Return what a program calls itself, without its version; empty when it does not."""
    named = PROGRAM.match(user_agent)
    return named[0] if named else ""


def _record(event: str, user: User, *, now: datetime, after: dict[str, object]) -> None:
    audit.record(event, user, chain=audit.chain_of(user), acting_user=user, now=now, after=after)
