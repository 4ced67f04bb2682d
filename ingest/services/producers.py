"""Register producers, change what they may send, and rotate their secrets."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import Role, User
from accounts.principals import Principal, principal_of
from common import row_scope
from common.errors import Conflict, InvalidInput, NotFound
from ingest.mapping_rules import InvalidMapping, read_mapping
from ingest.models import Dialect, Producer
from ingest.networks import InvalidNetwork, read_networks
from ingest.payload_schemas import require_payload_schema
from ingest.producer_secrets import (
    first_secret,
    is_readable,
    new_secret,
    require_strong,
    resealed,
    sealed,
)
from ingest.signatures import is_producer_id

CONFIGURABLE = ("enabled", "strict_clock", "payload_schema", "mapping", "allowed_networks")
NOTHING_TO_MAP = "A producer with our own signature sends signals in our own form, unmapped."
FROM_ANYWHERE = "A producer with our own signature is known by it and may send from anywhere."


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
    dialect: str = Dialect.SIGNED,
    secret: str = "",
    strict_clock: bool = False,
    payload_schema: dict[str, Any] | None = None,
    mapping: dict[str, Any] | None = None,
    allowed_networks: list[str] | None = None,
    acting_user: User,
    now: datetime,
) -> tuple[Producer, str]:
    """Register a producer in the acting user's tenant and return it with its secret.

    It may bring its own secret. Without one the very first takes HMAC_PRODUCER_SECRET where that
    is set, and every other is given a random one.

    Raises
    ------
    RoleRequired
        The acting user is no operator.
    InvalidProducerId, WeakSecret, InvalidWebhookSecret, InvalidPayloadSchema, InvalidMapping,
    InvalidNetwork, ProducerIdTaken
    """
    principal = _operator(acting_user)
    if not is_producer_id(producer_id):
        raise InvalidProducerId(field="producer_id")
    producer = Producer(
        tenant_id=principal.tenant_id,
        producer_id=producer_id,
        dialect=Dialect(dialect),
        strict_clock=strict_clock,
        payload_schema=payload_schema,
        mapping=mapping,
        allowed_networks=allowed_networks or [],
        created_at=now,
    )
    _require_sound(producer)
    secret = _own_or_new(secret, producer)
    producer.secret_encrypted = sealed(producer, secret)
    try:
        with transaction.atomic():
            producer.save(force_insert=True)
    except IntegrityError:
        # Its holder may be of another tenant, whose producers are not seen from here.
        with row_scope.within(row_scope.PLATFORM):
            taken = Producer.objects.filter(producer_id=producer_id).exists()
        if taken:
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
    mapping: dict[str, Any] | None = None,
    allowed_networks: list[str] | None = None,
    acting_user: User,
    now: datetime,
) -> Producer:
    """Change whether, what and from where a producer may send.

    Raises
    ------
    RoleRequired, NoSuchProducer, InvalidPayloadSchema, InvalidMapping, InvalidNetwork
    """
    locked = _lock(producer, acting_user)
    before = _settings_of(locked)
    locked.enabled = enabled
    locked.strict_clock = strict_clock
    locked.payload_schema = payload_schema
    locked.mapping = mapping
    locked.allowed_networks = allowed_networks or []
    _require_sound(locked)
    _save_revised(locked, *CONFIGURABLE)
    _record(
        "producer_configured", locked, acting_user, now, before=before, after=_settings_of(locked)
    )
    return locked


@transaction.atomic
def rotate_secret(producer: Producer, *, secret: str = "", acting_user: User, now: datetime) -> str:
    """Give a producer a new secret and return it; the one until now stays valid beside it.

    A secret older than that is valid no longer. Instead of a random one it may be the producer's
    own, ``secret``.

    Raises
    ------
    RoleRequired, NoSuchProducer, WeakSecret, InvalidWebhookSecret
    """
    locked = _lock(producer, acting_user)
    if secret:
        require_strong(secret, locked.dialect)
    secret = secret or new_secret(locked.dialect)
    # One that no key decrypts any more proves nothing, and would fail every request.
    locked.previous_secret_encrypted = locked.secret_encrypted if is_readable(locked) else ""
    locked.secret_encrypted = sealed(locked, secret)
    _save_revised(locked, "secret_encrypted", "previous_secret_encrypted")
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
    _save_revised(locked, "previous_secret_encrypted")
    _record("producer_secret_retired", locked, acting_user, now)


@transaction.atomic
def reencrypt_secrets(producer: Producer) -> bool:
    """Encrypt a producer's secrets with the first of ENCRYPTION_KEYS; tell whether that was needed.

    The secrets stay what they are, so nothing that a request is judged by changes.

    Raises
    ------
    Undecryptable
        The key that encrypted one of them is not among ENCRYPTION_KEYS.
    """
    locked = Producer.objects.select_for_update().get(pk=producer.pk)
    names = ("secret_encrypted", "previous_secret_encrypted")
    stored = {name: getattr(locked, name) for name in names}
    anew = {name: resealed(locked, token) for name, token in stored.items()}
    if anew == stored:
        return False
    Producer.objects.filter(pk=locked.pk).update(**anew)
    return True


def require_unmapped(mapping: dict[str, Any] | None) -> None:
    """Accept that a producer with our own signature has no mapping."""
    if mapping is not None:
        raise InvalidMapping(NOTHING_TO_MAP, field="mapping")


def require_anywhere(networks: list[str] | None) -> None:
    """Accept that a producer with our own signature has no list of networks."""
    if networks:
        raise InvalidNetwork(FROM_ANYWHERE, field="allowed_networks")


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


def _own_or_new(secret: str, producer: Producer) -> str:
    if not secret:
        return first_secret(producer.dialect)
    require_strong(secret, producer.dialect)
    return secret


def _require_sound(producer: Producer) -> None:
    if producer.payload_schema is not None:
        require_payload_schema(producer.payload_schema)
    producer.allowed_networks = read_networks(producer.allowed_networks)
    if producer.dialect == Dialect.SIGNED:
        require_unmapped(producer.mapping)
        require_anywhere(producer.allowed_networks)
        return
    with_token = producer.dialect == Dialect.TRADINGVIEW
    if producer.mapping is not None or with_token:
        read_mapping(producer.mapping, with_token=with_token)


def _save_revised(producer: Producer, *fields: str) -> None:
    producer.revision += 1
    producer.save(update_fields=[*fields, "revision"])


def _settings_of(producer: Producer) -> dict[str, Any]:
    names = ("producer_id", "dialect", *CONFIGURABLE)
    return {name: getattr(producer, name) for name in names}


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
