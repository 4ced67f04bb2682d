"""Bring a product of another marketplace here: its bytes become a version for review.

What comes from elsewhere is nobody's word for it: it is checked against its hash, submitted like
any other version, and runs when somebody other than whoever brought it has approved it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from accounts import audit
from accounts.models import Role, User
from accounts.principals import principal_of
from common.canonical import sha256
from common.errors import Conflict, Unavailable
from registry.execution_tokens import ExecutionTokenNotValid
from registry.lifecycle import RUNNABLE
from registry.marketplace.client import RemoteMarketplace, RemoteScript, Verification
from registry.models import Product, ProductSubscription, RemoteImport, Script, ScriptVersion
from registry.models.scripts import NAME_MAX_LENGTH
from registry.semver import NotASemanticVersion, SemanticVersion
from registry.services import drafts, review
from registry.texts import clean_source

DECLARED = ("runtime_mode", "timeframe", "input_schema", "output_schema")
SIGNAL_NAME = "signal"


class RemoteSourceMismatch(Unavailable):
    """The other marketplace's script does not have the hash that it said; it is not kept."""

    code = "remote_source_mismatch"


class RemoteProductNeedsOthers(Conflict):
    """This product depends on other scripts of its marketplace, so it cannot run here."""

    code = "remote_product_needs_others"


class RemoteProductNotReviewed(Conflict):
    """The version that this marketplace offers was not brought here and reviewed yet."""

    code = "remote_product_not_reviewed"


class RemoteProductOfOthers(Conflict):
    """Somebody else brought this product here already."""

    code = "remote_product_of_others"


def verify_remotely(
    marketplace: RemoteMarketplace, token: str, *, product_id: str, user: User
) -> Verification:
    """Return what the marketplace says of a user's token; the token stays good.

    Raises
    ------
    ExecutionTokenNotValid
        It is not good for this user and product.
    """
    found = marketplace.verify_execution_token(token, product_id=product_id, user_id=str(user.pk))
    if not found.is_valid:
        raise ExecutionTokenNotValid()
    return found


def import_product(
    marketplace: RemoteMarketplace,
    product_id: str,
    *,
    execution_token: str,
    acting_user: User,
    now: datetime,
) -> RemoteImport:
    """Fetch what a product runs and submit it for review here, as the acting author's.

    The same bytes are brought once: asked again, the first import is returned.

    Raises
    ------
    RoleRequired
        The acting user is no author.
    ExecutionTokenNotValid
        The marketplace does not accept the token.
    RemoteSourceMismatch, RemoteProductNeedsOthers, RemoteProductOfOthers
        It is not taken.
    InvalidText, InvalidManifest
        It is not what could be a script here.
    """
    principal_of(acting_user).require_role(Role.AUTHOR)
    _require_free(product_id, acting_user)
    verify_remotely(marketplace, execution_token, product_id=product_id, user=acting_user)
    script = marketplace.access_script(execution_token, product_id=product_id)
    source = _fetch(marketplace, script)
    if script.metadata.get("depends_on"):
        raise RemoteProductNeedsOthers(product_id=product_id)
    described = marketplace.product_definition(product_id)
    return _keep(product_id, script, source, described, acting_user=acting_user, now=now)


def require_import(product: Product, script: RemoteScript) -> RemoteImport:
    """Return the import of exactly the bytes that the marketplace offers, reviewed here.

    Raises
    ------
    RemoteProductNotReviewed
        They were never brought here, or nobody has published them.
    """
    found = (
        RemoteImport.objects.select_related("version__script")
        .filter(product=product, source_sha256=script.sha256)
        .first()
    )
    if found is None or found.version.status not in RUNNABLE:
        raise RemoteProductNotReviewed(
            product_id=product.external_id, version=script.version, sha256=script.sha256
        )
    return found


@transaction.atomic
def mirror_subscription(
    product: Product, verification: Verification, *, user: User, now: datetime
) -> ProductSubscription:
    """Keep, for a few minutes, the right that another marketplace has just confirmed."""
    believed_until = now + timedelta(seconds=settings.REMOTE_RIGHT_SECONDS)
    Product.objects.select_for_update(no_key=True).get(pk=product.pk)
    standing = ProductSubscription.objects.filter(product=product, user=user, cancelled_at=None)
    external_id = verification.subscription_id or ""
    if standing.update(ends_at=believed_until, external_id=external_id):
        return standing.select_related("product__script", "user").get()
    subscription = ProductSubscription.objects.create(
        product=product,
        user=user,
        starts_at=now,
        ends_at=believed_until,
        external_id=external_id,
        created_at=now,
    )
    audit.record(
        "remote_subscription_confirmed",
        subscription,
        chain=product.script.tenant.slug,
        acting_user=user,
        now=now,
        after={"product": product.external_id, "subscription": external_id},
    )
    return subscription


def _require_free(product_id: str, user: User) -> None:
    known = Product.objects.select_related("script").filter(external_id=product_id).first()
    if known is not None and known.script.owner_id != user.pk:
        raise RemoteProductOfOthers(product_id=product_id)


def _fetch(marketplace: RemoteMarketplace, script: RemoteScript) -> str:
    content = marketplace.fetch_script(script)
    found = sha256(content)
    if found != script.sha256:
        raise RemoteSourceMismatch(expected_sha256=script.sha256, found_sha256=found)
    try:
        source = content.decode()
        unchanged = clean_source(source, max_bytes=settings.SCRIPT_SOURCE_MAX_BYTES) == source
    except UnicodeDecodeError:
        unchanged = False
    if not unchanged:
        # The bytes that are reviewed here must be the bytes that have this hash.
        raise RemoteSourceMismatch(
            "The other marketplace's script is not spelled as scripts are kept here (UTF-8, line "
            "ends of Unix), so its hash would not stay the same.",
            expected_sha256=script.sha256,
        )
    return source


@transaction.atomic
def _keep(
    product_id: str,
    remote: RemoteScript,
    source: str,
    described: dict[str, Any],
    *,
    acting_user: User,
    now: datetime,
) -> RemoteImport:
    product = Product.objects.select_related("script").filter(external_id=product_id).first()
    earlier = RemoteImport.objects.filter(product=product, source_sha256=remote.sha256).first()
    if product is not None and earlier is not None:
        return earlier
    written: dict[str, Any] = {
        "source": source,
        "manifest": {name: remote.metadata[name] for name in DECLARED if name in remote.metadata},
        "release_note": f"Version {remote.version} of {product_id}, from another marketplace.",
        "acting_user": acting_user,
        "now": now,
    }
    if product is None:
        draft = drafts.create_draft(
            **written, **_first_words(product_id, remote.version, described)
        )
        product = _product_of(draft.script, product_id, acting_user=acting_user, now=now)
    else:
        draft = drafts.edit_draft(product.script, **written)
    review.submit_for_review(draft, acting_user=acting_user, now=now)
    return _record(product, draft, remote, acting_user=acting_user, now=now)


def _first_words(product_id: str, version: str, described: dict[str, Any]) -> dict[str, Any]:
    name = str(described.get("name") or product_id)
    words: dict[str, Any] = {
        "name": name[: NAME_MAX_LENGTH - 20] + " (imported)",
        "description": str(described.get("description") or "")[:1000],
    }
    try:
        return {**words, "version": str(SemanticVersion.parse(version))}
    except NotASemanticVersion:
        return words


def _product_of(script: Script, product_id: str, *, acting_user: User, now: datetime) -> Product:
    return Product.objects.create(
        script=script,
        name=script.name,
        description=script.description,
        signal_name=SIGNAL_NAME,
        external_id=product_id,
        created_by=acting_user,
        created_at=now,
    )


def _record(
    product: Product,
    draft: ScriptVersion,
    remote: RemoteScript,
    *,
    acting_user: User,
    now: datetime,
) -> RemoteImport:
    imported = RemoteImport.objects.create(
        version=draft,
        product=product,
        remote_version=remote.version,
        source_sha256=remote.sha256,
        metadata=remote.metadata,
        imported_by=acting_user,
        imported_at=now,
    )
    audit.record(
        "remote_product_imported",
        imported,
        chain=product.script.tenant.slug,
        acting_user=acting_user,
        now=now,
        after={
            "product": product.external_id,
            "version": remote.version,
            "source_sha256": remote.sha256,
            "script": str(product.script_id),
        },
    )
    return imported
