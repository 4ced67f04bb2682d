"""The people of the demo, in two houses that must never see each other."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction

from accounts.models import ApiKey, Membership, Role, Tenant, User
from accounts.services.api_keys import issue_api_key
from common.clock import utc_now


@dataclass(frozen=True, kw_only=True)
class Part:
    """One person: what the demo calls them, and what they may do."""

    part: str
    username: str
    name: str
    tenant: str
    roles: tuple[Role, ...]
    tier: str = "enterprise"  # whoever tries the demo with a program is not to wait for a minute


HOUSES = {"harbour": "Harbour Research", "lighthouse": "Lighthouse Capital"}
CAST = (
    Part(part="author", username="ada", name="Ada", tenant="harbour", roles=(Role.AUTHOR,)),
    Part(part="reviewer", username="rita", name="Rita", tenant="harbour", roles=(Role.REVIEWER,)),
    Part(part="subscriber", username="sam", name="Sam", tenant="harbour", roles=(Role.SUBSCRIBER,)),
    Part(part="operator", username="olga", name="Olga", tenant="harbour", roles=(Role.OPERATOR,)),
    Part(
        part="buyer",
        username="carol",
        name="Carol",
        tenant="lighthouse",
        roles=(Role.SUBSCRIBER,),
    ),
    Part(
        part="outsider",
        username="mallory",
        name="Mallory",
        tenant="lighthouse",
        roles=(Role.AUTHOR, Role.SUBSCRIBER),
    ),
    Part(
        part="keeper",
        username="boris",
        name="Boris",
        tenant="lighthouse",
        roles=(Role.REVIEWER, Role.OPERATOR),
    ),
)


@transaction.atomic
def cast_everyone() -> dict[str, User]:
    """Create the houses and their people, or find them; return them by part."""
    for slug, name in HOUSES.items():
        Tenant.objects.get_or_create(slug=slug, defaults={"name": name})
    return {part.part: _cast(part) for part in CAST}


def token_of(user: User) -> str:
    """Return the demo key of a user: the same at every call on the same installation."""
    secret = _derived("token", user.username)[:40]
    token = f"shk_{secret}"
    if not ApiKey.objects.filter(digest=hashlib.sha256(token.encode()).hexdigest()).exists():
        issue_api_key(
            user,
            name="demo",
            acting_user=user,
            now=utc_now(),
            secret=secret,
            days=settings.API_KEY_DAYS_MAX,
        )
    return token


def canary_of(tenant: str) -> str:
    """Return the text that stands in a tenant's own rows and must never be seen in another."""
    return f"canary-{tenant}-{_derived('canary', tenant)[:12]}"


def _cast(part: Part) -> User:
    user = User.objects.filter(username=part.username).first() or User.objects.create_user(
        part.username,
        email=f"{part.username}@{part.tenant}.example",
        password=settings.DEMO_PASSWORD,
        first_name=part.name,
        tier_id=part.tier,
    )
    staff = bool({Role.AUTHOR, Role.REVIEWER, Role.OPERATOR} & set(part.roles))
    if user.is_staff != staff:
        user.is_staff = staff
        user.save(update_fields=["is_staff"])
    tenant = Tenant.objects.get(slug=part.tenant)
    for role in part.roles:
        Membership.objects.get_or_create(tenant=tenant, user=user, role=role)
    return user


def _derived(purpose: str, name: str) -> str:
    key = settings.SECRET_KEY.encode()
    return hmac.new(key, f"demo:{purpose}:{name}".encode(), hashlib.sha256).hexdigest()
