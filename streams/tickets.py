"""Who opens a socket: single-use connection tickets, and API keys."""

from __future__ import annotations

import secrets
from functools import lru_cache

from django.conf import settings
from redis import Redis
from redis.exceptions import RedisError

from accounts.models import User
from accounts.services.api_keys import PREFIX as API_KEY_PREFIX
from accounts.services.api_keys import user_of_api_key
from common.canonical import sha256
from common.clock import utc_now
from common.errors import Unauthenticated, Unavailable
from streams import cache


class TicketNotValid(Unauthenticated):
    """This connection token is unknown, was used before, or is too old; ask for a new one."""

    code = "ticket_not_valid"


class TicketsDown(Unavailable):
    """Connection tokens cannot be given or taken at the moment; try again in a few seconds."""

    code = "tickets_down"


def issue_ticket(user: User) -> str:
    """Return a token that opens one socket as the user; only its hash is kept."""
    ticket = secrets.token_urlsafe(32)
    try:
        _redis(settings.REDIS_URL).set(_name(ticket), user.pk, ex=settings.TICKET_SECONDS)
    except RedisError:
        raise TicketsDown() from None
    return ticket


def redeem_ticket(ticket: str) -> int:
    """Return whose ticket it is, and make it worthless.

    Raises
    ------
    TicketNotValid
        It opens nothing (any more), or its user may not sign in.
    """
    try:
        user_id = _redis(settings.REDIS_URL).getdel(_name(ticket))
    except RedisError:
        raise TicketsDown() from None
    if user_id is None or not User.objects.filter(pk=int(user_id), is_active=True).exists():
        raise TicketNotValid()
    return int(user_id)


def user_id_of_token(token: str) -> int:
    """Return who says hello with an API key or a ticket.

    Raises
    ------
    accounts.services.api_keys.UnknownApiKey, TicketNotValid
        The token is nobody's.
    """
    if token.startswith(API_KEY_PREFIX):
        return user_of_api_key(token, now=utc_now()).pk
    return redeem_ticket(token)


def _name(ticket: str) -> str:
    return f"ticket:{sha256(ticket.encode())}"


@lru_cache(maxsize=2)
def _redis(url: str) -> Redis:
    return cache.connect(url)
