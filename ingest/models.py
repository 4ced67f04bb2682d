"""Producers, and the signals they sent."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q

from common import idempotency_keys
from common.ids import uuid7
from ingest import signatures

INSTRUMENT = r"^[A-Z0-9._-]{2,20}$"
PRODUCER_ID = rf"^{signatures.PRODUCER_ID.pattern}$"
VERSION_MAX = 2_147_483_647  # the column is a PostgreSQL integer


class Side(models.IntegerChoices):
    BUY = 0, "buy"
    SELL = 1, "sell"


class SignalStatus(models.IntegerChoices):
    NEW = 0, "new"
    QUEUED = 1, "queued"
    CLOSED = 2, "closed"


class Dialect(models.TextChoices):
    """How a producer says who it is, and what its messages look like."""

    SIGNED = "signed", "our own signature"
    STANDARD_WEBHOOKS = "standard_webhooks", "Standard Webhooks"
    TRADINGVIEW = "tradingview", "TradingView alerts"


class Producer(models.Model):
    """An external sender of signals.

    Two secrets may be valid at once, both encrypted: the previous one until it is retired or the
    secret is rotated again (see ``ingest.producer_secrets``). ``revision`` counts the changes of
    whatever a request is judged by, so that a process that remembers a producer can tell, in the
    statement that stores the signal, whether it remembers rightly.
    """

    tenant = models.ForeignKey(
        "accounts.Tenant", on_delete=models.PROTECT, related_name="producers"
    )
    producer_id = models.CharField(
        "producer id",
        max_length=63,
        unique=True,
        validators=[
            RegexValidator(
                rf"\A{signatures.PRODUCER_ID.pattern}\Z",
                signatures.MalformedProducerId.__doc__,
            )
        ],
        help_text="What the producer sends as X-Producer-Id; it cannot be changed later.",
    )
    secret_encrypted = models.TextField(editable=False)
    previous_secret_encrypted = models.TextField(blank=True, editable=False)
    revision = models.PositiveIntegerField(default=1, editable=False)
    enabled = models.BooleanField(default=True)
    strict_clock = models.BooleanField(
        default=False, help_text="Refuse timestamps from the future as well."
    )
    dialect = models.CharField(max_length=20, choices=Dialect.choices, default=Dialect.SIGNED)
    mapping = models.JSONField(
        null=True,
        blank=True,
        help_text="Where a message of another dialect holds instrument, side, time and payload.",
    )
    allowed_networks = models.JSONField(
        default=list,
        blank=True,
        help_text="The networks it may send from, such as 203.0.113.0/24; none: from anywhere.",
    )
    payload_schema = models.JSONField(
        null=True,
        blank=True,
        help_text="A JSON Schema of the payload; fields it does not name are then refused.",
    )
    created_at = models.DateTimeField()
    last_seen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["producer_id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(producer_id__regex=PRODUCER_ID), name="producer_id_has_its_grammar"
            ),
        ]

    def __str__(self) -> str:
        return self.producer_id


class ProducerFailure(models.Model):
    """How often on one day a producer's requests were refused for one reason."""

    producer = models.ForeignKey(Producer, on_delete=models.CASCADE, related_name="failures")
    day = models.DateField()
    reason = models.CharField(max_length=40)
    count = models.PositiveBigIntegerField(default=0)
    last_at = models.DateTimeField()

    class Meta:
        ordering = ["-day", "-count", "reason"]
        constraints = [
            models.UniqueConstraint(
                fields=["producer", "day", "reason"], name="one_count_a_day_and_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.count} x {self.reason} on {self.day.isoformat()}"


class Signal(models.Model):
    """Trading advice with a side, as a producer sent it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    instrument = models.CharField(max_length=20)
    side = models.SmallIntegerField(choices=Side.choices)
    time = models.DateTimeField()
    payload = models.JSONField(null=True, blank=True)
    version = models.IntegerField(default=1)
    status = models.SmallIntegerField(choices=SignalStatus.choices, default=SignalStatus.NEW)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField(help_text="Set by a trigger on every change.")
    # Both are empty for a signal that came while signatures were switched off. The unique
    # constraint is the memory of what was accepted, and the index for a producer's signals.
    producer = models.ForeignKey(
        Producer,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="signals",
        db_index=False,
    )
    mac_digest = models.BinaryField(null=True, blank=True, editable=False)

    class Meta:
        db_table = "signals"
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["instrument", "time"], name="ix_signals_instrument_time"),
            models.Index(fields=["status"], name="ix_signals_status"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["producer", "mac_digest"], name="one_signal_per_signed_request"
            ),
            models.CheckConstraint(
                condition=Q(producer=None, mac_digest=None)
                | Q(producer__isnull=False, mac_digest__isnull=False),
                name="a_producer_signs_its_signals",
            ),
            models.CheckConstraint(
                condition=Q(instrument__regex=INSTRUMENT), name="signal_instrument_has_its_grammar"
            ),
            models.CheckConstraint(condition=Q(side__in=Side.values), name="signal_side_is_known"),
            models.CheckConstraint(
                condition=Q(status__in=SignalStatus.values), name="signal_status_is_known"
            ),
            models.CheckConstraint(condition=Q(version__gte=1), name="signal_version_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.get_side_display()} {self.instrument} at {self.time.isoformat()}"


class UnpublishedSignal(models.Model):
    """A signal that its subscribers have yet to be sent; put here by a trigger, in its insert.

    ``position`` is the order in which signals were accepted. No constraint leads to the signal:
    it would be checked with every insert, and signals are never deleted.
    """

    position = models.BigAutoField(primary_key=True)
    signal = models.ForeignKey(
        Signal, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )

    def __str__(self) -> str:
        return f"#{self.position}: {self.signal_id}"


class SignalBatch(models.Model):
    """Signals that came in one request: stored all or none, and once for each key.

    A request is known again by its key, and by its signature, which says nothing of the key.
    """

    producer = models.ForeignKey(
        Producer, on_delete=models.PROTECT, null=True, related_name="batches", db_index=False
    )
    key = models.CharField(max_length=idempotency_keys.MAX_LENGTH)
    body_sha256 = models.BinaryField()
    mac_digest = models.BinaryField(null=True)
    signal_ids = ArrayField(models.UUIDField())
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "signal batches"
        constraints = [
            models.UniqueConstraint(
                fields=["producer", "key"], nulls_distinct=False, name="one_batch_per_key"
            ),
            models.UniqueConstraint(
                fields=["producer", "mac_digest"], name="one_batch_per_signed_request"
            ),
        ]

    def __str__(self) -> str:
        return f"{len(self.signal_ids)} signals of {self.created_at.isoformat()}"
