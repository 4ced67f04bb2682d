"""What each part of a path stands for in a house: ids of its own rows, and one that nobody has."""

from __future__ import annotations

import uuid
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.db import models

from accounts.models import ApiKey
from execution.models import Alert, Execution, Hold, Trial
from market.models import Upload
from registry.models import ReviewComment, Script
from streams.models import LeakSearch
from tests.api.world import World

NOBODYS = uuid.UUID("0198c5e0-0000-7000-8000-00000000dead")
NOBODYS_NUMBER = 987654321


def fillings(world: World, rows: dict[str, Any]) -> dict[str, Any]:
    """Return, by the name of a path's part, the id of a row of a house."""
    published = world.scripts["published"]
    of_house = {"version__script__tenant": published.tenant_id}
    return {
        **rows,
        "script_id": published.pk,
        "version_id": world.scripts["draft"].versions.get().pk,
        "product_id": world.products["listed"].pk,
        "subscription_id": world.product_subscription.pk,
        "execution_id": Execution.objects.filter(**of_house).values_list("pk", flat=True)[0],
        "hold_id": Hold.objects.filter(tenant=published.tenant_id).values_list("pk", flat=True)[0],
        "alert_id": Alert.objects.filter(**of_house).values_list("pk", flat=True)[0],
        "trial_id": Trial.objects.filter(**of_house).values_list("pk", flat=True)[0],
        "producer_id": "north" if world.people["ada"].username == "ada" else "south",
        "upload_id": Upload.objects.filter(uploaded_by=world.people["olga"]).get().pk,
        "family_id": NOBODYS,
        "identifier": "nobodys-session",
        "key_id": ApiKey.objects.filter(user=world.people["sam"]).values_list("pk", flat=True)[0],
        "comment_id": ReviewComment.objects.filter(
            version=world.scripts["draft"].versions.get()
        ).values_list("pk", flat=True)[0],
        "destination_id": world.destination.pk,
        "following_id": world.destination.followings.values_list("pk", flat=True)[0],
        "delivery_id": world.delivery.pk,
        "action": "disable",
        "token": "nobodys",
        "search_id": LeakSearch.objects.filter(product=world.products["listed"]).get().pk,
        "content_type_id": ContentType.objects.get_for_model(Script).pk,
        "object_id": published.pk,
        "whose": world.entitlement_id,
        "version": "1.0.0",
        "instrument_key": "AAPL",
        "step": "submit",
        "app_label": "registry",
        "url": "no/such/page",
    }


def admin_models() -> list[type[models.Model]]:
    """Return every model that has pages in the admin."""
    return sorted(admin.site._registry, key=lambda model: model._meta.label_lower)


def nobodys(filled: dict[str, Any]) -> dict[str, Any]:
    """Return the same parts with ids that nobody has."""
    return {name: _nobodys(name, value) for name, value in filled.items()}


def _nobodys(name: str, value: Any) -> Any:
    if name in (
        "version",
        "instrument_key",
        "step",
        "action",
        "token",
        "app_label",
        "url",
        "content_type_id",
    ):
        return value
    if name.endswith("_id") and name.count("_") > 1:
        label, _, model = name.removesuffix("_id").rpartition("_")
        key = apps.get_model(label, model)._meta.pk
        return NOBODYS_NUMBER if isinstance(key, models.IntegerField) else NOBODYS
    return NOBODYS_NUMBER if isinstance(value, int) else NOBODYS
