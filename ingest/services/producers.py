"""Register producers, change what they may send, and rotate their secrets."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import Role, User
from accounts.principals import Principal, principal_of
from common.errors import Conflict, InvalidInput, NotFound
from ingest.models import Producer
from ingest.payload_schemas import require_payload_schema
from ingest.producer_secrets import first_secret, new_secret, sealed
from ingest.signatures import is_producer_id


class InvalidProducerId(InvalidInput):
    """A producer id is a lower-case letter, then 1 to 62 of a-z, 0-9, _ and -."""

    code = "invalid_producer_id"


class ProducerIdTaken(Conflict):
    """There is a producer with this id already."""

    code = "producer_id_taken"


class NoSuchProducer(NotFound):
    """There is no such producer, or you may not know of it."""

    code = "no_such_producer"


class NoPreviousSecret(Conflict):
    """The producer has no previous secret that could be retired."""

    code = "no_previous_secret"


@transaction.atomic
def create_producer(
    producer_id: str,
    *,
    strict_clock: bool = False,
    payload_schema: dict[str, Any] | None = None,
    acting_user: User,
    now: datetime,
) -> tuple[Producer, str]:
    """Register a producer in the acting user's tenant and return it with its secret.

    The very first takes HMAC_PRODUCER_SECRET for its secret where that is set.

    Raises
    ------
    RoleRequired
        The acting user is no operator.
    InvalidProducerId, InvalidPayloadSchema, ProducerIdTaken
    """
    principal = _operator(acting_user)
    if not is_producer_id(producer_id):
        raise InvalidProducerId(field="producer_id")
    if payload_schema is not None:
        require_payload_schema(payload_schema)
    producer = Producer(
        tenant_id=principal.tenant_id,
        producer_id=producer_id,
        strict_clock=strict_clock,
        payload_schema=payload_schema,
        created_at=now,
    )
    secret = first_secret()
    producer.secret_encrypted = sealed(producer, secret)
    try:
        with transaction.atomic():
            producer.save(force_insert=True)
    except IntegrityError:
        if Producer.objects.filter(producer_id=producer_id).exists():
            raise ProducerIdTaken(field="producer_id") from None
        raise
    _record("producer_created", producer, acting_user, now, after=_settings_of(producer))
    return producer, secret


@transaction.atomic
def configure_producer(
    producer: Producer,
    *,
    enabled: bool,
    strict_clock: bool,
    payload_schema: dict[str, Any] | None,
    acting_user: User,
    now: datetime,
) -> Producer:
    """Change whether and what a producer may send.

    Raises
    ------
    RoleRequired, NoSuchProducer, InvalidPayloadSchema
    """
    locked = _lock(producer, acting_user)
    if payload_schema is not None:
        require_payload_schema(payload_schema)
    before = _settings_of(locked)
    locked.enabled = enabled
    locked.strict_clock = strict_clock
    locked.payload_schema = payload_schema
    locked.revision += 1
    locked.save(update_fields=["enabled", "strict_clock", "payload_schema", "revision"])
    _record(
        "producer_configured", locked, acting_user, now, before=before, after=_settings_of(locked)
    )
    return locked


@transaction.atomic
def rotate_secret(producer: Producer, *, acting_user: User, now: datetime) -> str:
    """Give a producer a new secret and return it; the one until now stays valid beside it.

    A secret older than that is valid no longer.

    Raises
    ------
    RoleRequired, NoSuchProducer
    """
    locked = _lock(producer, acting_user)
    secret = new_secret()
    locked.previous_secret_encrypted = locked.secret_encrypted
    locked.secret_encrypted = sealed(locked, secret)
    locked.revision += 1
    locked.save(update_fields=["secret_encrypted", "previous_secret_encrypted", "revision"])
    _record("producer_secret_rotated", locked, acting_user, now)
    return secret


@transaction.atomic
def retire_previous_secret(producer: Producer, *, acting_user: User, now: datetime) -> None:
    """End the validity of the secret before the current one.

    Raises
    ------
    RoleRequired, NoSuchProducer, NoPreviousSecret
    """
    locked = _lock(producer, acting_user)
    if not locked.previous_secret_encrypted:
        raise NoPreviousSecret(producer=locked.producer_id)
    locked.previous_secret_encrypted = ""
    locked.revision += 1
    locked.save(update_fields=["previous_secret_encrypted", "revision"])
    _record("producer_secret_retired", locked, acting_user, now)


def _operator(acting_user: User) -> Principal:
    principal = principal_of(acting_user)
    principal.require_role(Role.OPERATOR)
    return principal


def _lock(producer: Producer, acting_user: User) -> Producer:
    tenant_id = _operator(acting_user).tenant_id
    locked = (
        Producer.objects.select_for_update(of=("self",))
        .select_related("tenant")
        .filter(pk=producer.pk, tenant_id=tenant_id)
        .first()
    )
    if locked is None:
        raise NoSuchProducer()
    return locked


def _settings_of(producer: Producer) -> dict[str, Any]:
    return {
        "producer_id": producer.producer_id,
        "enabled": producer.enabled,
        "strict_clock": producer.strict_clock,
        "payload_schema": producer.payload_schema,
    }


def _record(
    event: str,
    producer: Producer,
    acting_user: User,
    now: datetime,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    audit.record(
        event,
        producer,
        chain=producer.tenant.slug,
        acting_user=acting_user,
        now=now,
        before=before,
        after=after,
    )
