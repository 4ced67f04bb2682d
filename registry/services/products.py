"""Offer a published script to everybody, as a product, and stop offering it."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import Role, User
from common.errors import Conflict, Forbidden, InvalidInput
from registry import access
from registry.models import Product, Script
from registry.models.marketplace import SIGNAL_NAME_MAX_LENGTH
from registry.models.scripts import DESCRIPTION_MAX_LENGTH, NAME_MAX_LENGTH, NOTE_MAX_LENGTH
from registry.queries import published_version
from registry.texts import clean_text

SIGNAL_NAME = re.compile(r"[a-z][a-z0-9_]*")


class MayNotOffer(Forbidden):
    """Only a script's owner or an administrator offers it as a product."""

    code = "may_not_offer"


class MayNotRetire(Forbidden):
    """Only a script's owner, an operator or an administrator retires its product."""

    code = "may_not_retire"


class InvalidSignalName(InvalidInput):
    """A signal name is a lower-case letter, then lower-case letters, digits and underscores."""

    code = "invalid_signal_name"


class SignalNameTaken(Conflict):
    """Another product of this script has this signal name."""

    code = "signal_name_taken"


class AlreadyListed(Conflict):
    """This product is offered already."""

    code = "already_listed"


class ProductRetired(Conflict):
    """This product is retired; nobody new can subscribe, and it cannot be offered again."""

    code = "product_retired"


@transaction.atomic
def create_product(
    script: Script,
    *,
    name: str = "",
    description: str = "",
    signal_name: str = "",
    acting_user: User,
    now: datetime,
) -> Product:
    """Make a product of a published script; it is offered once it is listed.

    The name and description default to the script's, the signal name to the product's name.

    Raises
    ------
    MayNotOffer, NoSuchScript
        The script is not the acting user's to offer.
    NoPublishedVersion, VersionSuspended
        There is nothing that subscribers could run.
    InvalidText, InvalidSignalName, SignalNameTaken
        Naming the field.
    """
    _require_may_offer(script, acting_user)
    published_version(script)
    name = clean_text(name or script.name, field="name", max_length=NAME_MAX_LENGTH, required=True)
    product = Product(
        script=script,
        name=name,
        description=clean_text(
            description or script.description,
            field="description",
            max_length=DESCRIPTION_MAX_LENGTH,
        ),
        signal_name=_signal_name(signal_name or _words_of(name)),
        created_by=acting_user,
        created_at=now,
    )
    try:
        with transaction.atomic():
            product.save(force_insert=True)
    except IntegrityError:
        raise SignalNameTaken(field="signal_name") from None
    _audit("product_created", product, acting_user=acting_user, now=now, after=_state(product))
    return product


@transaction.atomic
def edit_product(
    product: Product,
    *,
    name: str | None = None,
    description: str | None = None,
    acting_user: User,
    now: datetime,
) -> Product:
    """Change how a product is described; what its streams are called never changes."""
    _require_may_offer(product.script, acting_user)
    product = _locked(product)
    before = _state(product)
    if name is not None:
        product.name = clean_text(name, field="name", max_length=NAME_MAX_LENGTH, required=True)
    if description is not None:
        product.description = clean_text(
            description, field="description", max_length=DESCRIPTION_MAX_LENGTH
        )
    product.save(update_fields=["name", "description"])
    _audit(
        "product_edited",
        product,
        acting_user=acting_user,
        now=now,
        before=before,
        after=_state(product),
    )
    return product


@transaction.atomic
def list_product(product: Product, *, acting_user: User, now: datetime) -> Product:
    """Offer a product to everybody.

    Raises
    ------
    AlreadyListed, ProductRetired
        It is offered, or was taken back for good.
    NoPublishedVersion, VersionSuspended
        There is nothing that subscribers could run.
    """
    _require_may_offer(product.script, acting_user)
    product = _locked(product)
    if product.retired_at is not None:
        raise ProductRetired(product_id=str(product.pk))
    if product.listed_at is not None:
        raise AlreadyListed(product_id=str(product.pk))
    published_version(product.script)
    product.listed_at = now
    product.save(update_fields=["listed_at"])
    _audit("product_listed", product, acting_user=acting_user, now=now, after=_state(product))
    return product


@transaction.atomic
def retire_product(
    product: Product, *, reason: str = "", acting_user: User, now: datetime
) -> Product:
    """Take a product off the market for good: nobody new subscribes, who subscribed keeps it.

    Raises
    ------
    ProductRetired
        It is retired already.
    """
    principal = access.principal_in(product.script, acting_user)
    if acting_user.pk != product.script.owner_id and not principal.has_role(Role.OPERATOR):
        raise MayNotRetire(product_id=str(product.pk))
    reason = clean_text(reason, field="reason", max_length=NOTE_MAX_LENGTH)
    product = _locked(product)
    if product.retired_at is not None:
        raise ProductRetired(product_id=str(product.pk))
    before = _state(product)
    product.retired_at = now
    product.save(update_fields=["retired_at"])
    _audit(
        "product_retired",
        product,
        acting_user=acting_user,
        now=now,
        before=before,
        after=_state(product),
        reason=reason,
    )
    return product


def may_offer(script: Script, user: User) -> bool:
    """Tell whether a user may make a product of a script."""
    try:
        _require_may_offer(script, user)
    except (MayNotOffer, access.NoSuchScript):
        return False
    return True


def _require_may_offer(script: Script, user: User) -> None:
    principal = access.principal_in(script, user)
    if user.pk != script.owner_id and not principal.has_role(Role.ADMIN):
        raise MayNotOffer(script_id=str(script.pk))


def _locked(product: Product) -> Product:
    products = Product.objects.select_related(
        "script__tenant", "script__owner", "script__current_version"
    )
    return products.select_for_update(of=("self",), no_key=True).get(pk=product.pk)


def _signal_name(text: str) -> str:
    if len(text) > SIGNAL_NAME_MAX_LENGTH or SIGNAL_NAME.fullmatch(text) is None:
        raise InvalidSignalName(
            f"{InvalidSignalName.__doc__} At most {SIGNAL_NAME_MAX_LENGTH} of them.",
            field="signal_name",
        )
    return text


def _words_of(name: str) -> str:
    words = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    return (words if words[:1].isalpha() else f"signal_{words}")[:SIGNAL_NAME_MAX_LENGTH].strip("_")


def _state(product: Product) -> dict[str, Any]:
    return {
        "script": str(product.script_id),
        "name": product.name,
        "description": product.description,
        "signal_name": product.signal_name,
        "listed_at": product.listed_at and product.listed_at.isoformat(),
        "retired_at": product.retired_at and product.retired_at.isoformat(),
    }


def _audit(event: str, product: Product, **what: Any) -> None:
    audit.record(event, product, chain=product.script.tenant.slug, **what)
