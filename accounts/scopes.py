"""What a limited credential may be used for, and which operation needs which of it.

The one place that maps operations to scopes. What stands in no rule is for credentials with full
access only, so an address that is added is closed to limited keys until somebody decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.db.models import TextChoices

from common.errors import Forbidden, InvalidInput

READS = frozenset({"GET", "HEAD", "OPTIONS"})
MOUNT = "/api/v2"
TWICE_MOUNTED = re.compile(r"/scripts|/subscriptions|/signals/[^/]+/custom/")


class Scope(TextChoices):
    """One thing that a credential allows; what its user may not do, it does not allow either."""

    FULL = "full", "everything that you may do"
    SCRIPTS_READ = "scripts:read", "read scripts, versions and policies"
    SCRIPTS_WRITE = "scripts:write", "write, submit and publish scripts"
    SCRIPTS_REVIEW = "scripts:review", "approve versions or send them back"
    ACCESS_MANAGE = "access:manage", "see, give and take rights to scripts"
    EXECUTIONS_RUN = "executions:run", "run scripts, start and end subscriptions"
    EXECUTIONS_READ = "executions:read", "see how runs went"
    SIGNALS_READ = "signals:read", "read and follow outputs and signals"
    DATA_READ = "data:read", "read prices and metrics"
    MARKET_WRITE = "market:write", "bring in ticks, bars and files of them"
    MARKETPLACE_READ = "marketplace:read", "see products, subscriptions and usage"
    MARKETPLACE_WRITE = "marketplace:write", "offer products, and subscribe to them"
    DELIVERIES = "deliveries:manage", "see and change where outputs are sent, and send again"
    ADMIN = "admin", "operate the platform: metrics and operations"


EVERYTHING = frozenset({Scope.FULL.value})

# Address (without the second mount), scope of reading, scope of everything else; None is for every
# key. First match wins.
RULES: tuple[tuple[re.Pattern[str], Scope | None, Scope], ...] = tuple(
    (re.compile(address), read, write)
    for address, read, write in (
        (r"/scripts/[^/]+/(approve|request-changes)$", Scope.FULL, Scope.SCRIPTS_REVIEW),
        (r"/scripts/[^/]+/(entitlements|access)(/|$)", Scope.ACCESS_MANAGE, Scope.ACCESS_MANAGE),
        (
            r"/scripts/[^/]+/(execute|subscribe|trials)(/|$)",
            Scope.EXECUTIONS_READ,
            Scope.EXECUTIONS_RUN,
        ),
        (r"/subscriptions/", Scope.EXECUTIONS_READ, Scope.EXECUTIONS_RUN),
        (r"/scripts(/|$)", Scope.SCRIPTS_READ, Scope.SCRIPTS_WRITE),
        (
            r"/api/v2/signals/(version-policy|recommendations)/",
            Scope.SCRIPTS_READ,
            Scope.SCRIPTS_WRITE,
        ),
        (r"/api/v2/signals/execut", Scope.EXECUTIONS_READ, Scope.EXECUTIONS_RUN),
        (r"/api/v2/signals/sdk/", Scope.SIGNALS_READ, Scope.SIGNALS_READ),
        (r"/signals/", Scope.SIGNALS_READ, Scope.FULL),
        (r"/data/scripts/", Scope.SIGNALS_READ, Scope.FULL),
        (r"/data/", Scope.DATA_READ, Scope.FULL),
        (
            r"/api/v2/(products|product-subscriptions|remote-products)(/|$)",
            Scope.MARKETPLACE_READ,
            Scope.MARKETPLACE_WRITE,
        ),
        (r"/api/v2/(destinations|deliveries)(/|$)", Scope.DELIVERIES, Scope.DELIVERIES),
        (r"/api/v2/market/", Scope.MARKET_WRITE, Scope.MARKET_WRITE),
        (r"/api/v2/limits$", None, Scope.FULL),
        (r"/api/v2/admin/", Scope.ADMIN, Scope.ADMIN),
        (r"/api/v2/limits$", Scope.SIGNALS_READ, Scope.FULL),
        (r"/metrics$", Scope.ADMIN, Scope.FULL),
        (r"/ws/$", Scope.SIGNALS_READ, Scope.SIGNALS_READ),
    )
)


class ScopeRequired(Forbidden):
    """This key is not for that; make one with the scope it needs."""

    code = "scope_required"


class UnknownScope(InvalidInput):
    """There is no such scope; take them from the list in docs/IDENTITY.md."""

    code = "unknown_scope"


def required_scope(method: str, path: str) -> Scope | None:
    """Return the scope that an operation needs; None: whatever a key is for, it may do this."""
    rest = path.removeprefix(MOUNT)
    here = rest if TWICE_MOUNTED.match(rest) else path
    for address, read, write in RULES:
        if address.match(here):
            return read if method in READS else write
    return Scope.FULL


def require_scope(scope: Scope | None, granted: frozenset[str]) -> None:
    """Raise ScopeRequired, naming the scope, unless it is granted."""
    if scope is None or Scope.FULL in granted or scope in granted:
        return
    raise ScopeRequired(
        f"This key is not for that: it needs the scope {scope.value}.",
        scope=scope.value,
        granted=sorted(granted),
    )


def require_known(scopes: Iterable[str]) -> list[str]:
    """Return scopes in their own order, each once; full access stands alone.

    Raises
    ------
    UnknownScope
        One of them is none, or there is none at all.
    """
    given = set(scopes)
    unknown = sorted(given - set(Scope.values))
    if unknown or not given:
        named = unknown[0][:40] if unknown else "none given"
        raise UnknownScope(f"{named}: the scopes are {', '.join(Scope.values)}.", field="scopes")
    if Scope.FULL in given:
        return [Scope.FULL.value]
    return [scope for scope in Scope.values if scope in given]
