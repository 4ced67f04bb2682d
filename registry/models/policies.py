"""Which published version of a script runs when a caller names none."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q


class Policy(models.TextChoices):
    LOCKED = "locked", "locked"
    AUTO = "auto", "auto"
    RANGE = "range", "range"


class VersionPolicy(models.Model):
    """The author's choice for one script; without a row it is ``auto``."""

    script = models.OneToOneField(
        "registry.Script",
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="version_policy",
    )
    policy = models.CharField(max_length=10, choices=Policy.choices, default=Policy.AUTO)
    pinned_version = models.CharField(max_length=20, blank=True)
    min_version = models.CharField(max_length=20, blank=True)
    max_version = models.CharField(max_length=20, blank=True)
    updated_at = models.DateTimeField()
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(policy__in=Policy.values), name="version_policy_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(policy=Policy.LOCKED) | ~Q(pinned_version=""),
                name="locked_policies_name_a_version",
            ),
            models.CheckConstraint(
                condition=~Q(policy=Policy.RANGE) | ~Q(min_version=""),
                name="range_policies_name_a_minimum",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.policy} for {self.script}"
