"""Bars that are made of shorter ones, and numbers that were replaced by better ones."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q


class KeptTimeframe(models.Model):
    """A timeframe of an instrument whose bars are recorded as soon as shorter ones complete them.

    Whoever records bars of its source holds its row, so that of two at once one sees what the
    other recorded. ``open_since`` names the newest bar, which is not closed.
    """

    instrument_key = models.CharField("instrument", max_length=40)
    timeframe = models.CharField(max_length=8)
    source = models.CharField(max_length=8, help_text="The timeframe that its bars are made of.")
    kept_from = models.DateTimeField(help_text="Bars that opened earlier are made when read.")
    heard_until = models.DateTimeField(help_text="When the newest bar of the source closed.")
    heard_at = models.DateTimeField(help_text="When that bar came.")
    open_since = models.DateTimeField(null=True)
    open_until = models.DateTimeField(null=True)
    due_at = models.DateTimeField(
        null=True, help_text="When the clock closes the open bar, unless its source does so before."
    )

    class Meta:
        ordering = ["instrument_key", "timeframe"]
        constraints = [
            models.UniqueConstraint(
                fields=["instrument_key", "timeframe"], name="a_timeframe_is_kept_once"
            )
        ]
        indexes = [models.Index(fields=["due_at"], name="kept_timeframes_by_due_time")]

    def __str__(self) -> str:
        return f"{self.instrument_key} {self.timeframe} of {self.source}"


class HeardTimeframe(models.Model):
    """How far the bars of a timeframe of an instrument have come, history aside.

    Whoever records such bars holds the row, which also says how it stood before the newest call.
    """

    pk = models.CompositePrimaryKey("instrument_key", "timeframe")
    instrument_key = models.CharField("instrument", max_length=40)
    timeframe = models.CharField(max_length=8)
    opened_at = models.DateTimeField(help_text="When the newest bar opened.")
    heard_until = models.DateTimeField(help_text="When the newest bar closed.")
    heard_at = models.DateTimeField(help_text="When that bar came.")
    before_until = models.DateTimeField(null=True)
    before_at = models.DateTimeField(null=True)
    overtaken = models.PositiveIntegerField(
        default=0, db_default=0, help_text="Bars that have come too late since the newest one."
    )

    class Meta:
        ordering = ["instrument_key", "timeframe"]

    def __str__(self) -> str:
        return f"{self.instrument_key} {self.timeframe} up to {self.heard_until:%Y-%m-%d %H:%M}"


class BarRevision(models.Model):
    """What a bar said from ``known_at`` until ``superseded_at``: what a read as of then returns."""

    instrument_key = models.CharField("instrument", max_length=40)
    timeframe = models.CharField(max_length=8)
    opened_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    open = models.FloatField()
    high = models.FloatField()
    low = models.FloatField()
    close = models.FloatField()
    volume = models.FloatField()
    missing = models.PositiveIntegerField(null=True)
    known_at = models.DateTimeField(help_text="In market time.")
    superseded_at = models.DateTimeField(help_text="In market time.")
    recorded_at = models.DateTimeField(help_text="When the better numbers came, by our clock.")
    source = models.CharField(max_length=20, help_text="Where the better numbers came from.")
    reason = models.CharField(max_length=500)

    class Meta:
        ordering = ["-recorded_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(superseded_at__gte=F("known_at")),
                name="what_superseded_a_bar_was_known_later",
            )
        ]
        indexes = [
            models.Index(
                fields=["instrument_key", "timeframe", "opened_at"], name="revisions_of_a_bar"
            )
        ]

    def __str__(self) -> str:
        return f"{self.instrument_key} {self.timeframe} {self.opened_at:%Y-%m-%d %H:%M}"
