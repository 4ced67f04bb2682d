"""What operators have stopped, and until when."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from common.ids import uuid7

TARGET_MAX_LENGTH = 64
REASON_MAX_LENGTH = 1000


class HoldKind(models.TextChoices):
    EVERYTHING = "everything", "everything"
    TENANT = "tenant", "a house"
    AUTHOR = "author", "an author"
    SCRIPT = "script", "a script"
    INSTRUMENT = "instrument", "an instrument"


class Hold(models.Model):
    """An operator's word that nothing of something runs, until it is lifted.

    ``target`` is the slug of a house, the id of a user or of a script, or the key of an instrument.
    With a tenant it holds within that house only.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=12, choices=HoldKind.choices)
    target = models.CharField(max_length=TARGET_MAX_LENGTH, blank=True)
    target_name = models.CharField(max_length=120, blank=True, help_text="For people to read.")
    tenant = models.ForeignKey(
        "accounts.Tenant",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="holds",
        help_text="Within which house; none: everywhere.",
    )
    reason = models.TextField(max_length=REASON_MAX_LENGTH)
    placed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    placed_at = models.DateTimeField()
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "target", "tenant"],
                condition=Q(lifted_at=None),
                nulls_distinct=False,
                name="one_active_hold_each",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="holds_have_a_reason"),
            models.CheckConstraint(
                condition=Q(kind=HoldKind.EVERYTHING, target="", tenant=None)
                | (~Q(kind=HoldKind.EVERYTHING) & ~Q(target="")),
                name="holds_have_a_target_by_their_kind",
            ),
            models.CheckConstraint(
                condition=Q(lifted_by=None, lifted_at=None)
                | Q(lifted_by__isnull=False, lifted_at__isnull=False),
                name="lifted_holds_have_an_actor",
            ),
        ]

    def __str__(self) -> str:
        if self.kind == HoldKind.EVERYTHING:
            return "everything"
        return f"{self.get_kind_display().split()[-1]} {self.target_name or self.target}"
