"""Give out execution tokens, tell whether one is good, and exchange one for a script's bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from accounts import audit
from accounts.models import User
from common.errors import Forbidden
from registry import access, execution_tokens, queries, storage
from registry.manifest import meta_document
from registry.models import (
    ExecutionToken,
    Product,
    ProductSubscription,
    ScriptVersion,
    TokenPurpose,
    UsePurpose,
)
from registry.product_access import subscriptions_in_force
from registry.services.usage import record_use


class NotSubscribed(Forbidden):
    """You need a subscription to this product; subscribe to it first."""

    code = "not_subscribed"


@dataclass(frozen=True, kw_only=True)
class IssuedToken:
    """A token as its user gets it, once."""

    token: str
    product_id: str
    subscription_id: str
    purpose: str
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class ScriptAccess:
    """Where a version's bytes are for a minute, and what they are."""

    presigned_url: str
    metadata: dict[str, Any]
    version: str


@transaction.atomic
def issue_token(
    product: Product, purpose: TokenPurpose, *, acting_user: User, now: datetime
) -> IssuedToken:
    """Give a product's subscriber a token for one use.

    Raises
    ------
    NotSubscribed, TierTooLow
        The acting user has no subscription in force, or not the tier that the script is for.
    """
    standing = subscriptions_in_force(at=now).filter(user=acting_user, product=product)
    subscription = standing.first()
    if subscription is None:
        raise NotSubscribed(product_id=str(product.pk))
    access.require_access(acting_user, product.script, at=now)
    return issue_for_each([subscription], purpose, acting_user=acting_user, now=now)[0]


@transaction.atomic
def issue_for_each(
    subscriptions: Sequence[ProductSubscription],
    purpose: TokenPurpose,
    *,
    acting_user: User,
    now: datetime,
) -> list[IssuedToken]:
    """Give the acting user a token for each of their subscriptions, which are in force."""
    execution_tokens.forget_expired(user_id=acting_user.pk, at=now)
    return [
        IssuedToken(
            token=token,
            product_id=str(row.product_id),
            subscription_id=str(row.subscription_id),
            purpose=row.purpose,
            expires_at=row.expires_at,
        )
        for token, row in execution_tokens.make_tokens(subscriptions, purpose, at=now)
    ]


@transaction.atomic
def admit_to_streams(
    token: str, *, product_id: str, acting_user: User, now: datetime
) -> ProductSubscription:
    """Use a token up for following a product's streams; return the subscription it stands for.

    Raises
    ------
    ExecutionTokenNotValid
        It is not good for this.
    """
    subscription = execution_tokens.use_token(
        token,
        product_id=product_id,
        purpose=TokenPurpose.STREAM,
        user_id=acting_user.pk,
        at=now,
    )
    record_use(subscription, UsePurpose.STREAM, now=now)
    return subscription


def verify_token(
    token: str, *, product_id: str, user_id: str, purpose: TokenPurpose, now: datetime
) -> ExecutionToken | None:
    """Return a token that its user may still use for a purpose, or None; nothing is used up."""
    # More digits than a number of the database has belong to nobody.
    if not (user_id.isascii() and user_id.isdecimal() and len(user_id) < 19):
        return None
    return execution_tokens.find_valid(
        token, product_id=product_id, purpose=purpose, at=now, user_id=int(user_id)
    )


@transaction.atomic
def exchange_token(
    token: str, *, product_id: str, version: str | None = None, now: datetime
) -> ScriptAccess:
    """Use a token up for an address under which a product's script can be fetched for a minute.

    Whatever is refused after the token was looked at leaves it unused.

    Raises
    ------
    ExecutionTokenNotValid
        It is not good for running this product.
    NoPublishedVersion, NoSuchVersion, VersionWithdrawn, VersionSuspended
        There is no such version to run.
    ObjectStoreDown
        The store cannot be asked.
    """
    subscription = execution_tokens.use_token(
        token, product_id=product_id, purpose=TokenPurpose.EXECUTE, at=now
    )
    found = queries.published_version(subscription.product.script, version)
    url = storage.presign(
        f"{found.object_key}/script.py", seconds=settings.PRESIGNED_URL_MAX_SECONDS
    )
    record_use(subscription, UsePurpose.EXCHANGE, now=now)
    audit.record(
        "script_access_given",
        subscription.product,
        chain=subscription.product.script.tenant.slug,
        acting_user=subscription.user,
        now=now,
        after={"subscription": str(subscription.pk), "version": found.version},
    )
    return ScriptAccess(presigned_url=url, metadata=_metadata(found), version=found.version)


def _metadata(version: ScriptVersion) -> dict[str, Any]:
    return {
        **meta_document(
            version.manifest,
            script_id=version.script_id,
            version=version.version,
            owner_id=version.script.owner_id,
            created_at=version.created_at,
            updated_at=version.edited_at,
        ),
        "sha256": version.approved_sha256,
        "repaints": version.repaints,
    }
