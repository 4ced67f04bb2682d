"""Where outputs go besides the socket: destinations, what they follow, and what was sent."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q

from common.ids import uuid7
from streams.models.streams import Stream

EXCERPT_MAX_CHARACTERS = 1000
REASON_MAX_CHARACTERS = 300


class DestinationKind(models.TextChoices):
    """How something is delivered."""

    WEBHOOK = "webhook", "webhook"
    EMAIL = "email", "e-mail"
    TELEGRAM = "telegram", "Telegram"


class DestinationQuerySet(models.QuerySet["Destination"]):
    def open(self) -> DestinationQuerySet:
        """Keep those to which outputs are sent."""
        return self.filter(disabled_at=None, verified_at__isnull=False, owner__is_active=True)


class Destination(models.Model):
    """A place of its owner's to which the outputs of some streams are delivered."""

    id: models.UUIDField[uuid.UUID, uuid.UUID] = models.UUIDField(
        primary_key=True, default=uuid7, editable=False
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="destinations"
    )
    kind = models.CharField(max_length=10, choices=DestinationKind.choices)
    name = models.CharField(max_length=80)
    address = models.TextField(blank=True, help_text="A URL, an e-mail address or a chat's id.")
    host = models.CharField(
        max_length=280, blank=True, help_text="Whose trouble it shares: where it is sent to."
    )
    secret = models.TextField(blank=True, editable=False)  # sealed
    previous_secret = models.TextField(blank=True, editable=False)  # sealed
    previous_until = models.DateTimeField(null=True, blank=True)
    code_sha256 = models.CharField(max_length=64, blank=True, editable=False)
    code_expires_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField()
    verified_at = models.DateTimeField(null=True, blank=True)
    disabled_at = models.DateTimeField(null=True, blank=True)
    disabled_reason = models.CharField(max_length=REASON_MAX_CHARACTERS, blank=True)
    stopped_by_operator = models.BooleanField(default=False)
    failing_since = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True, help_text="Last, with success.")
    digest_above = models.PositiveIntegerField(
        null=True, blank=True, help_text="More messages than this become a digest; none: never."
    )
    digest_within_seconds = models.PositiveIntegerField()
    digest_every_seconds = models.PositiveIntegerField()
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_until = models.TimeField(null=True, blank=True)
    time_zone = models.CharField(max_length=64, default="UTC")
    in_digest = models.BooleanField(default=False, editable=False)
    held_until = models.DateTimeField(
        null=True, editable=False, help_text="Nothing new is made before: quiet, or a digest."
    )

    objects = DestinationQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "kind", "address"],
                condition=~Q(address=""),
                name="one_destination_per_address",
            ),
            models.CheckConstraint(
                condition=Q(digest_within_seconds__gte=1) & Q(digest_every_seconds__gte=1),
                name="digests_have_a_time",
            ),
            models.CheckConstraint(
                condition=Q(quiet_from=None, quiet_until=None)
                | Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="quiet_hours_have_two_ends",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_enabled(self) -> bool:
        return self.disabled_at is None

    @property
    def is_open(self) -> bool:
        return self.disabled_at is None and self.verified_at is not None

    @property
    def secret_context(self) -> str:
        """Return whose secret it is, for ``common.encryption``."""
        return f"destination:{self.pk}"


class Following(models.Model):
    """A stream that goes to a destination, and how far it went.

    The outputs up to ``cursor_seq`` stand in deliveries; those up to ``told_seq`` arrived.
    """

    destination = models.ForeignKey(
        Destination, on_delete=models.CASCADE, related_name="followings"
    )
    stream = models.ForeignKey(Stream, on_delete=models.PROTECT, related_name="followings")
    cursor_seq = models.BigIntegerField()
    told_seq = models.BigIntegerField()
    replay_to_seq = models.BigIntegerField(
        default=0, help_text="Up to here one by one: it was asked for."
    )
    replay_next = models.JSONField(
        default=list,
        db_default=[],  # of a process that runs the version before, too
        help_text="And then these, each first and last: they were asked for as well.",
    )
    resume_seq = models.BigIntegerField(default=0, help_text="And from here on afterwards.")
    pending = models.ForeignKey(
        "streams.Delivery", on_delete=models.SET_NULL, null=True, related_name="+"
    )
    followed_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, help_text="When the right to the stream was gone.")
    look_again_at = models.DateTimeField(
        null=True, editable=False, help_text="When to see whether it is back; none: no more."
    )

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["destination", "stream"], name="one_following_per_stream"
            ),
            models.CheckConstraint(
                condition=Q(look_again_at=None) | Q(ended_at__isnull=False),
                name="only_what_ended_is_looked_at_again",
            ),
        ]
        indexes = [
            models.Index(
                fields=["look_again_at"],
                condition=Q(look_again_at__isnull=False),
                name="followings_to_look_at_again",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stream} to {self.destination}"


class DeliveryKind(models.TextChoices):
    """What a delivery holds."""

    SINGLE = "single", "one output"
    DIGEST = "digest", "digest"
    ENDED = "ended", "end of a right"
    TEST = "test", "test"
    NOTICE = "notice", "notice to the owner"
    CONFIRMATION = "confirmation", "question to an address"


class DeliveryState(models.TextChoices):
    """What became of a delivery."""

    PENDING = "pending", "pending"
    DELIVERED = "delivered", "delivered"
    FAILED = "failed", "failed"
    DROPPED = "dropped", "dropped"


class Delivery(models.Model):
    """Something that was or will be sent, under one id however often it is tried.

    ``ranges`` says which outputs it stands for: each with stream, first, last, and after which
    number the receiver was told last. One that says that rights have ended stands for none.
    """

    id: models.UUIDField[uuid.UUID, uuid.UUID] = models.UUIDField(
        primary_key=True, default=uuid7, editable=False
    )
    destination = models.ForeignKey(
        Destination, on_delete=models.CASCADE, related_name="deliveries"
    )
    destination_id: uuid.UUID
    message_id = models.CharField(max_length=120, help_text="webhook-id: receivers tell by it.")
    kind = models.CharField(max_length=12, choices=DeliveryKind.choices)
    host = models.CharField(max_length=280)
    stream = models.ForeignKey(Stream, on_delete=models.PROTECT, null=True, related_name="+")
    first_seq = models.BigIntegerField(null=True)
    last_seq = models.BigIntegerField(null=True)
    outputs = models.PositiveIntegerField(default=0, help_text="How many it stands for.")
    ranges = models.JSONField(default=list)
    reason = models.CharField(max_length=REASON_MAX_CHARACTERS, blank=True)
    state = models.CharField(
        max_length=10, choices=DeliveryState.choices, default=DeliveryState.PENDING
    )
    attempts = models.PositiveIntegerField(default=0)
    tries = models.PositiveIntegerField(default=0, help_text="Since it was last asked for.")
    next_attempt_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, editable=False)
    fence = models.PositiveIntegerField(default=0, editable=False)
    created_at: models.DateTimeField[datetime, datetime] = models.DateTimeField()
    attempted_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    response_status = models.PositiveIntegerField(null=True)
    response_excerpt = models.CharField(max_length=EXCERPT_MAX_CHARACTERS, blank=True)
    latency_ms = models.PositiveIntegerField(null=True)
    error = models.CharField(max_length=REASON_MAX_CHARACTERS, blank=True)

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(
                fields=["destination", "message_id"], name="one_delivery_per_message"
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(state="pending"),
                name="deliveries_to_make",
            ),
            models.Index(
                fields=["finished_at"], condition=~Q(state="pending"), name="deliveries_made"
            ),
            # What counts towards a digest; its condition is that of planning, to the letter.
            models.Index(
                fields=["destination", "created_at"],
                condition=Q(kind="single", reason=""),
                name="deliveries_one_by_one",
            ),
            # What can be sent again because it failed; counted each time that somebody looks.
            models.Index(
                fields=["destination"],
                condition=Q(state="failed", kind__in=["single", "digest"]),
                name="deliveries_that_failed",
            ),
        ]

    def __str__(self) -> str:
        return self.message_id


class AddressQuestion(models.Model):
    """That an address was asked whether messages are welcome; it outlives the destination."""

    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    mailbox_sha256 = models.CharField(max_length=64)
    asked_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["asked_by", "asked_at"], name="questions_of_askers"),
            models.Index(fields=["mailbox_sha256", "asked_at"], name="questions_to_mailboxes"),
        ]

    def __str__(self) -> str:
        return f"a question of {self.asked_at:%Y-%m-%d %H:%M}"
