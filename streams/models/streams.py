"""Streams of outputs, the outputs themselves, and how far each stream was relayed."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.db import models

EPOCH_BYTES = 6


def new_epoch() -> str:
    """Return a random name for one life of a stream's numbering."""
    return secrets.token_hex(EPOCH_BYTES)


class Stream(models.Model):
    """A numbered series of outputs under one key.

    ``seq`` is the number of the newest output. It is only ever moved together with the insertion
    of that output, under the row's lock, so the numbers become visible in order and without holes.
    """

    key = models.TextField(unique=True)
    epoch = models.CharField(max_length=12, default=new_epoch, editable=False)
    seq = models.BigIntegerField(default=0, editable=False)
    script = models.ForeignKey(
        "registry.Script", on_delete=models.PROTECT, null=True, related_name="streams"
    )
    product = models.ForeignKey(
        "registry.Product",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="streams",
        help_text="What its readers subscribed to; none: the script itself is theirs to use.",
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="streams"
    )
    tenant = models.ForeignKey(
        "accounts.Tenant",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="streams",
        help_text="Whose members read it: the house of the producer whose signals it holds.",
    )
    public = models.BooleanField(
        default=False,
        help_text="For everybody signed in: prices and what is computed from them, which are "
        "nobody's secret.",
    )
    instrument_key = models.CharField(max_length=64)
    timeframe = models.CharField(max_length=8, blank=True, help_text="None: as signals come in.")
    params = models.JSONField(default=dict)
    params_sha256 = models.CharField(max_length=64, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    followed_at = models.DateTimeField(
        null=True,
        editable=False,
        help_text="When somebody last followed or asked for it, where that keeps it; "
        "none: it stays.",
    )

    class Meta:
        ordering = ["key"]
        constraints = [
            models.UniqueConstraint(
                fields=["script", "product", "instrument_key", "timeframe", "params_sha256"],
                condition=models.Q(script__isnull=False),
                nulls_distinct=False,
                name="one_stream_per_script_and_params",
            ),
            models.CheckConstraint(
                condition=models.Q(product=None) | models.Q(script__isnull=False),
                name="streams_of_products_have_a_script",
            ),
            models.CheckConstraint(
                condition=models.Q(tenant=None) | models.Q(script=None, owner=None),
                name="streams_of_a_house_are_nobody_elses",
            ),
            models.CheckConstraint(
                condition=models.Q(public=False)
                | models.Q(script=None, product=None, owner=None, tenant=None),
                name="public_streams_are_nobodys",
            ),
            models.CheckConstraint(condition=models.Q(seq__gte=0), name="stream_seq_counts_up"),
            models.CheckConstraint(
                condition=models.Q(followed_at=None) | models.Q(public=True),
                name="only_public_streams_are_forgotten",
            ),
        ]
        indexes = [
            models.Index(
                fields=["instrument_key", "followed_at"],
                condition=models.Q(followed_at__isnull=False),
                name="streams_made_on_demand",
            ),
        ]

    def __str__(self) -> str:
        return self.key


class Output(models.Model):
    """One validated value of a script, at its place in a stream.

    The table is cut into years of ``created_at``. Within a year the database itself keeps a
    stream's numbers apart; across years it is the stream's row, which gives each of them once.
    """

    # The key of (stream, seq) serves whatever an index on the stream alone would.
    stream = models.ForeignKey(
        Stream, on_delete=models.PROTECT, related_name="outputs", db_index=False
    )
    seq = models.BigIntegerField()
    value = models.JSONField(null=True)
    timestamp = models.DateTimeField(help_text="The instant the value is about: market time.")
    metadata = models.JSONField(default=dict)
    tolerance = models.JSONField(
        null=True,
        help_text="By how much its author lets a mark move which number; none: nothing.",
    )
    execution_id = models.UUIDField(null=True)
    subscription_id = models.UUIDField(
        null=True, help_text="On whose account a product's output was computed."
    )
    bar_opened_at = models.DateTimeField(null=True)
    as_of = models.DateTimeField(
        null=True, help_text="The clock of the run that put it out: scripts know it from then on."
    )
    confirmed = models.BooleanField(
        default=True, help_text="Whether it rests on closed bars only, so that it will not change."
    )
    created_at = models.DateTimeField(help_text="When it was published.")

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["stream", "seq"], name="one_output_per_number"),
        ]
        indexes = [
            models.Index(fields=["stream", "timestamp"], name="outputs_by_market_time"),
        ]

    def __str__(self) -> str:
        return f"{self.stream} #{self.seq}"


class RelayCursor(models.Model):
    """How far the relay has carried a stream to Redis.

    A row of its own: the relay must not wait for a publisher that holds the stream's row.
    """

    stream = models.OneToOneField(
        Stream, on_delete=models.CASCADE, primary_key=True, related_name="relay_cursor"
    )
    relayed_seq = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.stream} relayed to #{self.relayed_seq}"
