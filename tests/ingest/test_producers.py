"""Registering producers, and their secrets over time."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from accounts.models import AuditEvent, User
from accounts.principals import RoleRequired
from common.clock import utc_now
from common.errors import SignalHubError
from ingest.models import Producer, Signal, SignalStatus
from ingest.payload_schemas import InvalidPayloadSchema
from ingest.services.producers import (
    InvalidProducerId,
    NoPreviousSecret,
    NoSuchProducer,
    ProducerIdTaken,
    configure_producer,
    create_producer,
    retire_previous_secret,
    rotate_secret,
)
from ingest.services.signals import NoSuchSignal, SignalNotInState, advance_signal
from tests.factories import NOON
from tests.ingest.builders import Front, post_signed, signal_body
from tests.ingest.conftest import Registered

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("signatures_on")]


def accepts(client: Front, secret: str, *, producer_id: str = "north") -> bool:
    response = post_signed(client, signal_body(), secret=secret, producer_id=producer_id)
    assert response.status_code in {201, 401}
    return response.status_code == 201


def test_a_producer_belongs_to_the_tenant_of_who_registered_it(
    north: Registered, olga: User
) -> None:
    event = AuditEvent.objects.get(event="producer_created")

    assert north.producer.tenant.slug == "alpha-desk"
    assert (event.chain, event.actor, event.object_id) == (
        "alpha-desk",
        olga,
        str(north.producer.pk),
    )
    assert event.after["producer_id"] == "north"


def test_no_secret_stands_in_the_database(north: Registered, olga: User) -> None:
    rotated = rotate_secret(north.producer, acting_user=olga, now=NOON)
    stored = json.dumps([*Producer.objects.values(), *AuditEvent.objects.values()], default=str)

    assert north.secret.startswith("shp_")
    assert north.secret not in stored
    assert rotated not in stored


def test_a_secret_copied_to_another_producer_signs_nothing(
    client: Front, north: Registered, south: Registered
) -> None:
    copied = Producer.objects.get(producer_id="north").secret_encrypted
    Producer.objects.filter(producer_id="south").update(secret_encrypted=copied)

    response = post_signed(client, signal_body(), secret=north.secret, producer_id="south")

    assert response.status_code == 503
    assert Signal.objects.count() == 0


def test_rotation_keeps_two_secrets_valid_and_never_three(
    client: Front, north: Registered, olga: User
) -> None:
    second = rotate_secret(north.producer, acting_user=olga, now=NOON)
    assert [accepts(client, secret) for secret in (north.secret, second)] == [True, True]

    third = rotate_secret(north.producer, acting_user=olga, now=NOON)
    assert [accepts(client, secret) for secret in (north.secret, second, third)] == [
        False,
        True,
        True,
    ]
    assert len({north.secret, second, third}) == 3


def test_a_retired_secret_is_valid_no_longer(client: Front, north: Registered, olga: User) -> None:
    second = rotate_secret(north.producer, acting_user=olga, now=NOON)

    retire_previous_secret(north.producer, acting_user=olga, now=NOON)

    assert not accepts(client, north.secret)
    assert accepts(client, second)
    with pytest.raises(NoPreviousSecret):
        retire_previous_secret(north.producer, acting_user=olga, now=NOON)


def test_every_change_of_a_secret_is_audited(north: Registered, olga: User) -> None:
    rotate_secret(north.producer, acting_user=olga, now=NOON)
    retire_previous_secret(north.producer, acting_user=olga, now=NOON)

    events = AuditEvent.objects.filter(object_id=str(north.producer.pk)).order_by("position")
    assert [event.event for event in events] == [
        "producer_created",
        "producer_secret_rotated",
        "producer_secret_retired",
    ]


def test_the_first_producer_takes_the_secret_of_the_environment(
    client: Front, settings: Settings, olga: User
) -> None:
    settings.HMAC_PRODUCER_SECRET = "the secret of the environment"

    first, first_secret = create_producer("first", acting_user=olga, now=NOON)
    _, second_secret = create_producer("second", acting_user=olga, now=NOON)

    assert first_secret == "the secret of the environment"
    assert second_secret != first_secret
    assert accepts(client, first_secret, producer_id="first")
    assert not accepts(client, first_secret, producer_id="second")
    rotated = rotate_secret(first, acting_user=olga, now=NOON)
    assert accepts(client, rotated, producer_id="first")
    assert accepts(client, first_secret, producer_id="first")


def test_an_environment_that_lost_its_secret_accepts_nothing(
    client: Front, settings: Settings, olga: User
) -> None:
    settings.HMAC_PRODUCER_SECRET = "the secret of the environment"
    create_producer("first", acting_user=olga, now=NOON)

    settings.HMAC_PRODUCER_SECRET = ""

    assert not accepts(client, "", producer_id="first")


def test_secrets_outlive_a_key_while_it_is_among_the_keys(
    client: Front, settings: Settings, north: Registered
) -> None:
    (old,) = settings.ENCRYPTION_KEYS
    settings.ENCRYPTION_KEYS = ["another key"]

    response = post_signed(client, signal_body(), secret=north.secret, producer_id="north")
    assert response.status_code == 503

    settings.ENCRYPTION_KEYS = ["another key", old]
    assert accepts(client, north.secret)


@pytest.mark.parametrize("producer_id", ["", "n", "North", "north\n", "n" * 64])
def test_an_id_outside_its_grammar_is_refused(olga: User, producer_id: str) -> None:
    with pytest.raises(InvalidProducerId):
        create_producer(producer_id, acting_user=olga, now=NOON)


def test_an_id_is_taken_across_all_tenants(north: Registered, mallory: User) -> None:
    with pytest.raises(ProducerIdTaken):
        create_producer("north", acting_user=mallory, now=NOON)

    assert AuditEvent.objects.filter(event="producer_created").count() == 1


def test_a_schema_that_is_none_is_refused(north: Registered, olga: User) -> None:
    with pytest.raises(InvalidPayloadSchema):
        create_producer("south", payload_schema={"type": 7}, acting_user=olga, now=NOON)
    with pytest.raises(InvalidPayloadSchema):
        configure_producer(
            north.producer,
            enabled=False,
            strict_clock=True,
            payload_schema={"type": 7},
            acting_user=olga,
            now=NOON,
        )

    north.producer.refresh_from_db()
    assert north.producer.enabled


def test_a_configuration_is_audited_with_what_it_was(north: Registered, olga: User) -> None:
    configure_producer(
        north.producer,
        enabled=False,
        strict_clock=True,
        payload_schema={"type": "object"},
        acting_user=olga,
        now=NOON,
    )

    event = AuditEvent.objects.get(event="producer_configured")
    assert (event.before["enabled"], event.after["enabled"]) == (True, False)
    assert event.after["payload_schema"] == {"type": "object"}


@pytest.mark.parametrize(
    ("who", "error"),
    [("ada", RoleRequired), ("sam", RoleRequired), ("mallory", NoSuchProducer)],
)
def test_only_operators_of_the_tenant_touch_a_producer(
    north: Registered, request: pytest.FixtureRequest, who: str, error: type[SignalHubError]
) -> None:
    acting_user = request.getfixturevalue(who)
    options: dict[str, Any] = {"enabled": False, "strict_clock": True, "payload_schema": None}

    with pytest.raises(error):
        rotate_secret(north.producer, acting_user=acting_user, now=NOON)
    with pytest.raises(error):
        retire_previous_secret(north.producer, acting_user=acting_user, now=NOON)
    with pytest.raises(error):
        configure_producer(north.producer, **options, acting_user=acting_user, now=NOON)

    unchanged = Producer.objects.get(pk=north.producer.pk)
    assert (unchanged.enabled, unchanged.secret_encrypted) == (
        True,
        north.producer.secret_encrypted,
    )


def test_only_an_operator_registers_a_producer(ada: User) -> None:
    with pytest.raises(RoleRequired):
        create_producer("north", acting_user=ada, now=NOON)


def test_last_seen_is_written_once_per_interval(client: Front, north: Registered) -> None:
    accepts(client, north.secret)
    first_seen = Producer.objects.get().last_seen_at
    accepts(client, north.secret)

    assert Producer.objects.get().last_seen_at == first_seen


@pytest.fixture
def signal(client: Front, north: Registered) -> Signal:
    accepts(client, north.secret)
    return Signal.objects.select_related("producer").get()


def test_a_signal_goes_from_new_to_queued_to_closed(signal: Signal, olga: User) -> None:
    advance_signal(signal, to=SignalStatus.QUEUED, acting_user=olga, now=utc_now())
    advance_signal(signal, to=SignalStatus.CLOSED, acting_user=olga, now=utc_now())

    assert signal.status == SignalStatus.CLOSED
    assert signal.updated_at > signal.created_at
    events = AuditEvent.objects.filter(object_id=str(signal.pk)).order_by("position")
    assert [event.event for event in events] == ["signal_queued", "signal_closed"]


@pytest.mark.parametrize(
    ("status", "to"),
    [
        (SignalStatus.NEW, SignalStatus.NEW),
        (SignalStatus.NEW, SignalStatus.CLOSED),
        (SignalStatus.QUEUED, SignalStatus.QUEUED),
        (SignalStatus.QUEUED, SignalStatus.NEW),
        (SignalStatus.CLOSED, SignalStatus.QUEUED),
        (SignalStatus.CLOSED, SignalStatus.NEW),
    ],
)
def test_no_other_step_exists(
    signal: Signal, olga: User, status: SignalStatus, to: SignalStatus
) -> None:
    Signal.objects.update(status=status)

    with pytest.raises(SignalNotInState):
        advance_signal(signal, to=to, acting_user=olga, now=NOON)

    signal.refresh_from_db()
    assert signal.status == status


def test_a_signal_of_another_tenant_is_not_known(signal: Signal, mallory: User, ada: User) -> None:
    with pytest.raises(NoSuchSignal):
        advance_signal(signal, to=SignalStatus.QUEUED, acting_user=mallory, now=NOON)
    with pytest.raises(RoleRequired):
        advance_signal(signal, to=SignalStatus.QUEUED, acting_user=ada, now=NOON)


def test_the_command_prints_a_producer_with_a_secret_that_works(
    client: Front, olga: User, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("create_producer", "north", operator="olga", strict_clock=True)
    printed = json.loads(capsys.readouterr().out)

    assert set(printed) == {"id", "secret"}
    assert Producer.objects.get().strict_clock
    assert accepts(client, printed["secret"], producer_id=printed["id"])


@pytest.mark.parametrize(
    ("producer_id", "operator", "said"),
    [("North", "olga", "lower-case"), ("north", "nobody", "nobody"), ("north", "ada", "role")],
)
def test_the_command_says_why_it_refuses(
    olga: User, ada: User, producer_id: str, operator: str, said: str
) -> None:
    with pytest.raises(CommandError, match=said):
        call_command("create_producer", producer_id, operator=operator)
