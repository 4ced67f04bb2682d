"""Secrets that producers bring along, and keys of the platform that are replaced."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from accounts.models import AuditEvent, User
from common.encryption import Undecryptable
from common.errors import SignalHubError
from common.webhook_signing import InvalidWebhookSecret, webhook_key
from ingest.mapping_rules import TRADINGVIEW, InvalidMapping
from ingest.models import Dialect, Producer
from ingest.networks import InvalidNetwork
from ingest.producer_secrets import WeakSecret, current_secret, valid_secrets
from ingest.services.producers import (
    configure_producer,
    create_producer,
    retire_previous_secret,
    rotate_secret,
)
from tests.factories import NOON
from tests.ingest.conftest import Registered

pytestmark = pytest.mark.django_db

OWN = "an-own-secret-of-32-characters-0"
OWN_WEBHOOK = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def reencrypt() -> dict[str, Any]:
    printed = StringIO()
    call_command("reencrypt_secrets", json=True, stdout=printed)
    read: dict[str, Any] = json.loads(printed.getvalue())
    return read


def test_a_producer_may_bring_its_own_secret_and_rotate_to_another(olga: User) -> None:
    producer, shown = create_producer("own", secret=OWN, acting_user=olga, now=NOON)
    rotate_secret(producer, secret=OWN[::-1], acting_user=olga, now=NOON)

    assert shown == OWN
    stored = Producer.objects.get()
    assert valid_secrets(stored) == [OWN[::-1].encode(), OWN.encode()]
    everything = json.dumps([*Producer.objects.values(), *AuditEvent.objects.values()], default=str)
    assert OWN not in everything
    assert OWN[::-1] not in everything


@pytest.mark.parametrize(
    ("dialect", "secret", "error"),
    [
        (Dialect.SIGNED, OWN[:-1], WeakSecret),
        (Dialect.SIGNED, "a" * 32, WeakSecret),
        (Dialect.SIGNED, "with a space in it, and 32 characters", WeakSecret),
        (Dialect.SIGNED, OWN + "\n", WeakSecret),
        (Dialect.SIGNED, OWN + "ä", WeakSecret),
        (Dialect.SIGNED, "x" * 257, WeakSecret),
        (Dialect.TRADINGVIEW, OWN[:-1], WeakSecret),
        (Dialect.STANDARD_WEBHOOKS, OWN, InvalidWebhookSecret),
    ],
)
def test_a_secret_that_can_be_guessed_or_miscopied_is_refused(
    olga: User, dialect: Dialect, secret: str, error: type[SignalHubError]
) -> None:
    mapping = TRADINGVIEW if dialect == Dialect.TRADINGVIEW else None
    given: dict[str, Any] = {"dialect": dialect, "mapping": mapping}
    producer, _ = create_producer("sound", **given, acting_user=olga, now=NOON)

    with pytest.raises(error):
        create_producer("own", **given, secret=secret, acting_user=olga, now=NOON)
    with pytest.raises(error):
        rotate_secret(producer, secret=secret, acting_user=olga, now=NOON)

    assert Producer.objects.get().revision == 1


def test_a_standard_webhook_is_keyed_with_what_its_secret_spells(olga: User) -> None:
    given: dict[str, Any] = {"dialect": Dialect.STANDARD_WEBHOOKS, "acting_user": olga, "now": NOON}
    producer, shown = create_producer("hooks", secret=OWN_WEBHOOK, **given)
    _, made = create_producer("others", **given)

    assert shown == OWN_WEBHOOK
    assert valid_secrets(producer) == [webhook_key(OWN_WEBHOOK)]
    assert len(webhook_key(made)) == 32


def test_the_secret_of_the_environment_is_for_our_own_signature(
    settings: Settings, olga: User
) -> None:
    settings.HMAC_PRODUCER_SECRET = "the secret of the environment"

    _, shown = create_producer(
        "hooks", dialect=Dialect.STANDARD_WEBHOOKS, acting_user=olga, now=NOON
    )

    assert shown.startswith("whsec_")


def test_the_revision_grows_with_whatever_a_request_is_judged_by(
    north: Registered, olga: User
) -> None:
    who: dict[str, Any] = {"acting_user": olga, "now": NOON}

    def revision() -> int:
        return Producer.objects.get().revision

    rotate_secret(north.producer, **who)
    assert revision() == 2
    retire_previous_secret(north.producer, **who)
    assert revision() == 3
    configure_producer(
        north.producer, enabled=False, strict_clock=False, payload_schema=None, **who
    )
    assert revision() == 4


def test_keys_are_replaced_without_a_sender_noticing(
    settings: Settings, north: Registered, olga: User
) -> None:
    rotated = rotate_secret(north.producer, acting_user=olga, now=NOON)
    (old,) = settings.ENCRYPTION_KEYS
    settings.ENCRYPTION_KEYS = ["a new key", old]

    assert reencrypt() == {"ok": True, "reencrypted": ["north"], "current": [], "undecryptable": []}
    assert reencrypt()["current"] == ["north"]

    settings.ENCRYPTION_KEYS = ["a new key"]
    stored = Producer.objects.get()
    assert valid_secrets(stored) == [rotated.encode(), north.secret.encode()]
    assert stored.revision == 2  # the secrets are what they were


def test_a_key_that_is_gone_is_named_and_rotation_mends_it(
    settings: Settings, north: Registered, south: Registered, olga: User
) -> None:
    settings.ENCRYPTION_KEYS = ["another key"]

    with pytest.raises(CommandError, match="secrets of north, south"):
        call_command("reencrypt_secrets", stdout=StringIO())
    with pytest.raises(Undecryptable):
        current_secret(north.producer)

    rotated = rotate_secret(north.producer, acting_user=olga, now=NOON)
    stored = Producer.objects.get(producer_id="north")
    assert valid_secrets(stored) == [rotated.encode()]


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        ({"dialect": Dialect.TRADINGVIEW}, InvalidMapping, "JSON object"),
        ({"dialect": Dialect.TRADINGVIEW, "mapping": {}}, InvalidMapping, "instrument: it is"),
        ({"dialect": Dialect.STANDARD_WEBHOOKS, "mapping": TRADINGVIEW}, InvalidMapping, "token"),
        ({"mapping": TRADINGVIEW}, InvalidMapping, "our own form"),
        ({"allowed_networks": ["203.0.113.0/24"]}, InvalidNetwork, "from anywhere"),
        (
            {"dialect": Dialect.STANDARD_WEBHOOKS, "allowed_networks": ["203.0.113.9/24"]},
            InvalidNetwork,
            "203.0.113.9/24 is no network",
        ),
    ],
)
def test_what_a_dialect_cannot_have_is_refused_with_its_field(
    olga: User, given: dict[str, Any], error: type[SignalHubError], said: str
) -> None:
    with pytest.raises(error) as refused:
        create_producer("west", **given, acting_user=olga, now=NOON)

    assert said in refused.value.message
    assert refused.value.details["field"] in ("mapping", "allowed_networks")
    assert not Producer.objects.exists()


def test_a_mapping_and_networks_are_kept_and_audited(olga: User) -> None:
    producer, _ = create_producer(
        "alerts",
        dialect=Dialect.TRADINGVIEW,
        mapping=TRADINGVIEW,
        allowed_networks=["52.89.214.238"],
        acting_user=olga,
        now=NOON,
    )
    configure_producer(
        producer,
        enabled=True,
        strict_clock=False,
        payload_schema=None,
        mapping={**TRADINGVIEW, "payload": ["close"]},
        allowed_networks=[],
        acting_user=olga,
        now=NOON,
    )

    event = AuditEvent.objects.get(event="producer_configured")
    assert event.before["allowed_networks"] == ["52.89.214.238/32"]
    assert (event.before["mapping"]["payload"], event.after["mapping"]["payload"]) == (
        "*",
        ["close"],
    )
