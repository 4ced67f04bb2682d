"""For every part of an address that varies: an id of the first house, and one of the other."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.db import models

from accounts.models import ApiKey, Tenant, TokenFamily, User
from accounts.services.sessions import live_sessions, public_id
from common.clock import utc_now
from execution.models import Alert, Execution, Hold, Subscription, Trial
from ingest.models import Producer
from market.models import Upload
from registry.models import (
    Entitlement,
    Product,
    ProductSubscription,
    ReviewComment,
    Script,
    ScriptVersion,
)
from signalhub.routes import routes
from streams.models import Delivery, Destination, Following, LeakSearch

NOBODYS = uuid.UUID(int=0)
# How a row of the admin belongs to a house; what is not here is of the whole platform.
HOUSE_OF = {
    "accounts.apikey": "user__memberships__tenant",
    "accounts.lockout": "user__memberships__tenant",
    "accounts.membership": "tenant",
    "accounts.team": "tenant",
    "accounts.tenant": "pk",
    "accounts.user": "memberships__tenant",
    "execution.alert": "version__script__tenant",
    "execution.hold": "tenant",
    "execution.deadletter": "execution__version__script__tenant",
    "execution.execution": "version__script__tenant",
    "execution.realtimeplan": "version__script__tenant",
    "execution.subscription": "script__tenant",
    "execution.trial": "version__script__tenant",
    "gateway.dataaccess": "user__memberships__tenant",
    "ingest.producer": "tenant",
    "ingest.signal": "producer__tenant",
    "market.upload": "uploaded_by__memberships__tenant",
    "registry.entitlement": "script__tenant",
    "registry.product": "script__tenant",
    "registry.script": "tenant",
    "registry.scriptversion": "script__tenant",
    "streams.delivery": "destination__owner__memberships__tenant",
    "streams.destination": "owner__memberships__tenant",
    "streams.leaksearch": "product__script__tenant",
    "streams.output": "stream__script__tenant",
    "streams.stream": "script__tenant",
}
# What an address names that is no row of anybody.
WORDS = {
    "version": "1.0.0",
    "instrument_key": "AAPL",
    "step": "submit",
    "action": "disable",
    "token": "nobodys",
    "deed": "pause-feed",
    "target": "demo",
    "app_label": "registry",
    "url": "no/such/page",
}


def ids(script: Script, private: Script, subscriber: User, others: User) -> dict[str, Any]:
    """Return for every part of a path an id that ``subscriber`` or the author may use, and another.

    ``script`` is one that the subscriber may use; ``private`` is the other house's, and ``others``
    is who may use that one. Where a house has no row, the id is one that nobody has.
    """
    own, foreign = _of(script, subscriber), _of(private, others)
    wanted = sorted({name for route in routes() for name in route.told_parameters})
    return {name: {"own": _text(own[name]()), "foreign": _text(foreign[name]())} for name in wanted}


def _of(script: Script, user: User) -> Mapping[str, Callable[[], Any]]:
    in_house = {"version__script__tenant": script.tenant_id}
    rows: dict[str, Callable[[], Any]] = {
        "script_id": lambda: script.pk,
        "object_id": lambda: script.pk,
        "version_id": lambda: _newest(ScriptVersion, script=script),
        "product_id": lambda: _newest(Product, script=script),
        "subscription_id": lambda: _newest(Subscription, script=script, user=user),
        "product_subscription_id": lambda: _newest(
            ProductSubscription, product__script__tenant=script.tenant_id
        ),
        "execution_id": lambda: _execution_id(script, user),
        "execution_execution_id": lambda: _newest(Execution, **in_house),
        "alert_id": lambda: _newest(Alert, **in_house),
        "hold_id": lambda: _newest(Hold, tenant=script.tenant_id),
        "trial_id": lambda: _newest(Trial, **in_house),
        "comment_id": lambda: _newest(ReviewComment, **in_house),
        "producer_id": lambda: _producer_id(script.tenant),
        "upload_id": lambda: _newest(Upload, uploaded_by__memberships__tenant=script.tenant_id),
        "search_id": lambda: _newest(LeakSearch, product__script__tenant=script.tenant_id),
        "whose": lambda: _newest(Entitlement, script=script),
        "key_id": lambda: _newest(ApiKey, user=user),
        "destination_id": lambda: _newest(Destination, owner=user),
        "following_id": lambda: _newest(Following, destination__owner=user),
        "delivery_id": lambda: _newest(Delivery, destination__owner=user),
        "family_id": lambda: _newest(TokenFamily, user=user),
        "identifier": lambda: _session(user),
        "content_type_id": lambda: ContentType.objects.get_for_model(Script).pk,
        **{name: lambda value=value: value for name, value in WORDS.items()},  # type: ignore[misc]
    }
    return {**rows, **_of_admin(script.tenant)}


def _of_admin(tenant: Tenant) -> dict[str, Callable[[], Any]]:
    return {
        f"{model._meta.app_label}_{model._meta.model_name}_id": lambda model=model: _row(  # type: ignore[misc]
            model, tenant
        )
        for model in admin.site._registry
    }


def _row(model: type[models.Model], tenant: Tenant) -> Any:
    label = model._meta.label_lower
    if label == "accounts.auditevent":
        return _newest(model, chain=tenant.slug)
    path = HOUSE_OF.get(label)
    return _newest(model, **({path: tenant.pk} if path else {}))


def _newest(model: type[models.Model], **of: Any) -> Any:
    row = model._default_manager.filter(**of).order_by("-pk").values_list("pk", flat=True).first()
    return row if row is not None else _nobodys(model)


def _nobodys(model: type[models.Model]) -> Any:
    key = apps.get_model(model._meta.label)._meta.pk
    return 0 if isinstance(key, models.IntegerField) else NOBODYS


def _execution_id(script: Script, user: User) -> str:
    found = Execution.objects.filter(version__script=script, user=user).order_by("-pk").first()
    return found.execution_id if found is not None else "exec_personal_0_none"


def _producer_id(tenant: Tenant) -> str:
    found = Producer.objects.filter(tenant=tenant).order_by("-pk").first()
    return found.producer_id if found is not None else "nobodys-producer"


def _session(user: User) -> str:
    session = live_sessions(user, at=utc_now()).first()
    return public_id(session.pk) if session is not None else "none"


def _text(value: Any) -> Any:
    return value if isinstance(value, int) else str(value)
