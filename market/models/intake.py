"""What is remembered of the sources that ticks come from."""

from __future__ import annotations

from django.db import models


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
