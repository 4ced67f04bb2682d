"""Who opens a socket: single-use connection tickets, API keys and access tokens."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict
from functools import lru_cache

from django.conf import settings
from redis import Redis
from redis.exceptions import RedisError

from accounts import credentials
from accounts.credentials import Credential, Kind
from accounts.scopes import Scope, require_scope
from accounts.services.api_keys import PREFIX as API_KEY_PREFIX
from accounts.services.api_keys import key_of_secret
from accounts.services.tokens import user_of_access_token
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


def issue_ticket(credential: Credential) -> str:
    """Return a token that opens one socket for whoever has a credential; only its hash is kept."""
    ticket = secrets.token_urlsafe(32)
    kept = json.dumps({**asdict(credential), "scopes": sorted(credential.scopes)})
    try:
        _redis(settings.REDIS_URL).set(_name(ticket), kept, ex=settings.TICKET_SECONDS)
    except RedisError:
        raise TicketsDown() from None
    return ticket


def redeem_ticket(ticket: str) -> Credential:
    """Return with which credential a ticket was asked for, and make the ticket worthless.

    Raises
    ------
    TicketNotValid
        It opens nothing (any more), or that credential has ended.
    """
    try:
        kept = _redis(settings.REDIS_URL).getdel(_name(ticket))
    except RedisError:
        raise TicketsDown() from None
    if kept is None:
        raise TicketNotValid()
    fields = json.loads(kept)
    credential = Credential(
        **{**fields, "kind": Kind(fields["kind"]), "scopes": frozenset(fields["scopes"])}
    )
    if credentials.ended_credentials([credential], at=utc_now()):
        raise TicketNotValid()
    return credential


def credential_of_token(token: str) -> Credential:
    """Return the credential of who says hello with an API key, an access token or a ticket.

    Raises
    ------
    accounts.services.api_keys.UnknownApiKey, accounts.jwt.TokenNotValid, TicketNotValid
        The token is nobody's.
    accounts.scopes.ScopeRequired
        The key is not for reading signals.
    """
    if token.startswith(API_KEY_PREFIX):
        credential = credentials.of_key(key_of_secret(token, now=utc_now()))
        require_scope(Scope.SIGNALS_READ, credential.scopes)
        return credential
    if "." in token:  # a ticket has none, an access token two
        return user_of_access_token(token, now=utc_now())[1]
    return redeem_ticket(token)


def _name(ticket: str) -> str:
    return f"ticket:{sha256(ticket.encode())}"


@lru_cache(maxsize=2)
def _redis(url: str) -> Redis:
    return cache.connect(url)
