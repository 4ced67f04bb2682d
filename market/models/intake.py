"""What is remembered of the sources that ticks come from."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from common.ids import uuid7


class TickIdentity(models.Model):
    """That a source has used a name for an event of an instrument, and of which instant.

    The ticks are cut into pieces by time, so no constraint of theirs can say that a name is used
    once whatever the time; this one does.
    """

    pk = models.CompositePrimaryKey("instrument_key", "source", "event_id")
    instrument_key = models.CharField(max_length=40)
    source = models.CharField(max_length=40)
    event_id = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "tick identities"

    def __str__(self) -> str:
        return f"{self.instrument_key} ({self.source} {self.event_id})"


class TickFeed(models.Model):
    """Where one source stands with one instrument: what its next tick is compared with."""

    source = models.CharField(max_length=40)
    instrument_key = models.CharField("instrument", max_length=40)
    newest_at = models.DateTimeField(null=True, help_text="Of the ticks that count.")
    price = models.FloatField(null=True, help_text="The last that was believed.")
    sequence = models.BigIntegerField(null=True, help_text="The source's own, the highest so far.")
    outliers = models.PositiveIntegerField(default=0, help_text="In a row, at about one price.")
    outlier_price = models.FloatField(null=True)
    last_seen_at = models.DateTimeField()

    class Meta:
        ordering = ["source", "instrument_key"]
        constraints = [
            models.UniqueConstraint(
                fields=["instrument_key", "source"], name="one_feed_of_source_and_instrument"
            )
        ]

    def __str__(self) -> str:
        return f"{self.source}: {self.instrument_key}"


class TickCount(models.Model):
    """How many ticks of one source and instrument arrived on one day with one finding."""

    source = models.CharField(max_length=40)
    instrument_key = models.CharField("instrument", max_length=40)
    day = models.DateField()
    finding = models.CharField(max_length=20)
    count = models.PositiveBigIntegerField(default=0)

    class Meta:
        ordering = ["-day", "source", "instrument_key", "finding"]
        constraints = [
            models.UniqueConstraint(
                fields=["instrument_key", "source", "day", "finding"],
                name="one_count_of_ticks_a_day_and_finding",
            )
        ]

    def __str__(self) -> str:
        return f"{self.count} x {self.finding} on {self.day.isoformat()}"


class UploadKind(models.TextChoices):
    """What the rows of a file are."""

    TICKS = "ticks", "ticks"
    BARS = "bars", "bars"


class UploadState(models.TextChoices):
    """How far a file is."""

    QUEUED = "queued", "waiting"
    RUNNING = "running", "being read"
    DONE = "done", "done"
    FAILED = "failed", "failed"


class Upload(models.Model):
    """A file of ticks or bars that is worked off batch by batch, each batch wholly or not at all.

    Everything up to row ``rows_done`` is recorded or refused; a worker that is lost is followed by
    one that goes on there.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=10, choices=UploadKind.choices)
    name = models.CharField("file", max_length=120)
    size_bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()
    idempotency_key = models.CharField(  # noqa: DJ001  NULL is "none given"
        max_length=80, null=True
    )
    state = models.CharField(max_length=10, choices=UploadState.choices, default=UploadState.QUEUED)
    problem = models.TextField(blank=True, help_text="Why the whole file failed.")
    rows_total = models.PositiveBigIntegerField(null=True)
    rows_done = models.PositiveBigIntegerField(default=0)
    accepted = models.PositiveBigIntegerField(default=0)
    duplicates = models.PositiveBigIntegerField(default=0)
    kept_apart = models.PositiveBigIntegerField(
        default=0, help_text="Kept, but no bar is made of them."
    )
    flagged = models.JSONField(default=dict, help_text="Why, by how many; one can have several.")
    refused = models.PositiveBigIntegerField(default=0)
    errors = models.JSONField(default=list, help_text="The first rows that were refused, and why.")
    lease_until = models.DateTimeField(null=True)
    fence = models.PositiveIntegerField(default=0)
    attempts = models.PositiveIntegerField(default=0, help_text="Since it last got on.")
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["uploaded_by", "idempotency_key"], name="one_upload_for_each_key"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    rows_done=models.F("accepted")
                    + models.F("duplicates")
                    + models.F("refused")
                    + models.F("kept_apart")
                ),
                name="every_row_of_an_upload_is_accounted_for",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def percent(self) -> int:
        """Return how much of it is done, 0 to 100."""
        if self.state == UploadState.DONE:
            return 100
        return int(100 * self.rows_done / self.rows_total) if self.rows_total else 0


class ListedTick(models.Model):
    """A tick as the admin lists it, which needs a key of one column. A view over the ticks."""

    key = models.TextField(primary_key=True)
    instrument_key = models.CharField("instrument", max_length=40)
    at = models.DateTimeField()
    source = models.CharField(max_length=40)
    event_id = models.CharField("event", max_length=80)
    price = models.FloatField(null=True)
    size = models.FloatField(null=True)
    bid = models.FloatField(null=True)
    ask = models.FloatField(null=True)
    sequence = models.BigIntegerField(null=True)
    received_at = models.DateTimeField()
    flags = ArrayField(models.CharField(max_length=20))
    remarks = ArrayField(models.CharField(max_length=20))

    class Meta:
        managed = False
        db_table = "market_listed_tick"
        # Backwards along the ticks' own key, so that a page needs no sorting.
        ordering = ["-instrument_key", "-at", "-source", "-event_id"]
        unique_together = [("instrument_key", "at", "source", "event_id")]
        verbose_name = "tick"
        verbose_name_plural = "ticks"

    def __str__(self) -> str:
        return f"{self.instrument_key} {self.at:%Y-%m-%d %H:%M:%S.%f}"
