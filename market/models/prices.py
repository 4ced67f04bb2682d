"""Instruments, their bars, and the replays that bring recorded bars in as if they were new."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q

from market.timeframes import Timeframe

SLOWEST_PACE, FASTEST_PACE = 0.01, 1000.0
DAY_SECONDS = 86_400
INFINITY = float("inf")


class InstrumentKind(models.TextChoices):
    """What is traded."""

    EQUITY = "equity", "equity"
    INDEX = "index", "index"
    CURRENCY = "currency", "currency pair"
    CRYPTO = "crypto", "crypto currency"


class Instrument(models.Model):
    """A traded thing. Other apps name it by its key alone."""

    key = models.CharField(
        primary_key=True,
        max_length=40,
        validators=[RegexValidator(r"\A[A-Z0-9._-]{1,40}\Z", "Capitals, digits and . _ - only.")],
    )
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=20, choices=InstrumentKind.choices)
    currency = models.CharField(max_length=3, help_text="Of its prices, as in ISO 4217.")
    exchange = models.CharField(max_length=40)
    timezone = models.CharField(max_length=40, help_text="Of the exchange's trading day.")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["key"]

    def __str__(self) -> str:
        return self.key


class Bar(models.Model):
    """What was traded from ``opened_at`` until just before ``closes_at``.

    Prices are as traded, in the instrument's currency: not adjusted for splits or dividends.
    """

    pk = models.CompositePrimaryKey("instrument_key", "timeframe", "opened_at")
    instrument_key = models.CharField(max_length=40)
    timeframe = models.CharField(max_length=8)
    opened_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    open = models.FloatField()
    high = models.FloatField()
    low = models.FloatField()
    close = models.FloatField()
    volume = models.FloatField()
    known_at = models.DateTimeField(
        null=True, help_text="When these numbers became known, if not when the bar closed."
    )
    missing = models.PositiveIntegerField(
        null=True,
        help_text="How many of the bars that it is made of are missing or miss something. "
        "None: it was recorded as it is, not made of others.",
    )
    is_history = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Whether it, or all that it is made of, came as history: no script runs for it.",
    )
    is_overtaken = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Whether it came after a later one: no script runs for it.",
    )
    overtaken = models.PositiveIntegerField(
        default=0,
        db_default=0,
        help_text="How many came too late since the bar before: runs for this one declare them.",
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(closes_at__gt=F("opened_at")), name="bar_closes_after_it_opened"
            ),
            # PostgreSQL sorts NaN above infinity, so these bounds refuse it as well.
            models.CheckConstraint(
                condition=Q(
                    low__gt=0,
                    low__lte=F("open"),
                    high__gte=F("open"),
                    close__gte=F("low"),
                    close__lte=F("high"),
                    high__lt=INFINITY,
                ),
                name="bar_prices_lie_within_its_range",
            ),
            models.CheckConstraint(
                condition=Q(volume__gte=0, volume__lt=INFINITY), name="bar_volume_is_a_number"
            ),
            models.CheckConstraint(
                condition=Q(known_at=None) | Q(known_at__gte=F("closes_at")),
                name="bar_is_not_known_before_it_closes",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.instrument_key} {self.timeframe} {self.opened_at:%Y-%m-%d %H:%M}"


class ListedBar(models.Model):
    """A bar as the admin lists it, which needs a key of one column. A view over the bars."""

    key = models.TextField(primary_key=True)
    instrument_key = models.CharField("instrument", max_length=40)
    timeframe = models.CharField(max_length=8)
    opened_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    open = models.FloatField()
    high = models.FloatField()
    low = models.FloatField()
    close = models.FloatField()
    volume = models.FloatField()
    known_at = models.DateTimeField("corrected", null=True)
    missing = models.PositiveIntegerField(null=True)

    class Meta:
        managed = False
        db_table = "market_listed_bar"
        # Backwards along the bars' own key, so that a page needs no sorting.
        ordering = ["-instrument_key", "-timeframe", "-opened_at"]
        unique_together = [("instrument_key", "timeframe", "opened_at")]
        verbose_name = "bar"
        verbose_name_plural = "bars"

    def __str__(self) -> str:
        return f"{self.instrument_key} {self.timeframe} {self.opened_at:%Y-%m-%d %H:%M}"


class Tick(models.Model):
    """A trade or a quote, as a source sent it. What is wrong with it is flagged, and it is kept."""

    pk = models.CompositePrimaryKey("instrument_key", "at", "source", "event_id")
    instrument_key = models.CharField("instrument", max_length=40)
    at = models.DateTimeField(help_text="When it happened, as its source says.")
    source = models.CharField(max_length=40)
    event_id = models.CharField(max_length=80, help_text="What its source calls it.")
    price = models.FloatField(null=True, help_text="Of a trade.")
    size = models.FloatField(null=True, help_text="Of a trade.")
    bid = models.FloatField(null=True)
    ask = models.FloatField(null=True)
    received_at = models.DateTimeField()
    flags = ArrayField(
        models.CharField(max_length=20),
        default=list,
        help_text="Why no bar is made of it; none: it counts.",
    )
    remarks = ArrayField(
        models.CharField(max_length=20),
        default=list,
        db_default=[],
        help_text="What was odd about it, though it counts.",
    )
    sequence = models.BigIntegerField(null=True, help_text="The source's own count.")
    is_history = models.BooleanField(
        default=False, db_default=False, help_text="A file brought it: no script runs for it."
    )

    class Meta:
        indexes = [
            models.Index(fields=["instrument_key", "received_at"], name="ticks_by_arrival"),
            models.Index(
                fields=["instrument_key", "at"], name="flagged_ticks", condition=~Q(flags=[])
            ),
        ]

    def __str__(self) -> str:
        return f"{self.instrument_key} {self.at:%Y-%m-%d %H:%M:%S.%f}"


class ReplayFeed(models.Model):
    """A recording on its way in, one session at a time.

    A session is all bars that close at one instant: of daily bars, those of one date. Everything
    that closes by ``as_of`` has been recorded.
    """

    name = models.SlugField(max_length=60, unique=True)
    recording_sha256 = models.CharField(
        "recording",
        max_length=64,
        default="",
        help_text="SHA-256 of the recording's file; empty for the one that comes with SignalHub.",
    )
    timeframe = models.CharField(max_length=5, default="1d")
    instruments = models.JSONField(help_text="Keys of the instruments it replays.")
    starts_at = models.DateTimeField(help_text="What closed before this was loaded as history.")
    bars_per_second = models.FloatField(
        "pace",
        validators=[MinValueValidator(SLOWEST_PACE), MaxValueValidator(FASTEST_PACE)],
        help_text="Sessions per second: each brings one bar of every instrument. "
        f"{SLOWEST_PACE:g} to {FASTEST_PACE:g}; a running replay follows a change at once.",
    )
    paused = models.BooleanField(default=False)
    as_of = models.DateTimeField("position", help_text="Bars that close by then are recorded.")
    sessions_done = models.PositiveIntegerField(default=0)
    sessions_total = models.PositiveIntegerField()
    finished_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(bars_per_second__gte=SLOWEST_PACE, bars_per_second__lte=FASTEST_PACE),
                name="replay_pace_is_within_bounds",
            ),
            models.CheckConstraint(
                condition=Q(sessions_done__lte=F("sessions_total")),
                name="replay_does_not_pass_its_end",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def position(self) -> str:
        """Return up to when bars have been recorded, in UTC."""
        is_by_days = Timeframe(self.timeframe).seconds % DAY_SECONDS == 0
        return f"{self.as_of:%Y-%m-%d}" if is_by_days else f"{self.as_of:%Y-%m-%d %H:%M}"

    @property
    def progress(self) -> str:
        """Return how far the replay is, in words."""
        return f"session {self.sessions_done:,} of {self.sessions_total:,}"
