"""What stands between a guess and an account: second factors, and doors that close."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models


class SecondFactor(models.Model):
    """The secret that somebody's authenticator shares with us.

    It counts once ``User.second_factor_since`` says so; before, it is being enrolled.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="second_factor"
    )
    secret_encrypted = models.TextField()
    created_at = models.DateTimeField()
    last_step = models.BigIntegerField(
        default=0, help_text="The newest step whose code was used: no code works twice."
    )

    class Meta:
        ordering = ["user"]

    def __str__(self) -> str:
        return f"second factor of {self.user}"


class RecoveryCode(models.Model):
    """One code for the day the authenticator is lost. Only its SHA-256 is kept."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="recovery_codes"
    )
    digest = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["user", "digest"], name="recovery_codes_are_distinct"),
        ]

    def __str__(self) -> str:
        return f"recovery code of {self.user}"


class Door(models.TextChoices):
    """What is counted together."""

    PERSON = "person", "one person from one address"
    ADDRESS = "address", "everybody from one address"
    CODE = "code", "codes of one person"
    CONFIRMATION = "confirmation", "passwords asked for again of one person"


class LockOut(models.Model):
    """Failed tries at one door. What was typed as a user name is not kept unless it is one."""

    key = models.CharField(max_length=64, primary_key=True)
    door = models.CharField(max_length=20, choices=Door.choices)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+"
    )
    address = models.CharField(max_length=64, blank=True)
    failures = models.PositiveIntegerField()
    began_at = models.DateTimeField()
    locked_until = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-began_at"]
        verbose_name = "lock-out"

    def __str__(self) -> str:
        return f"{self.get_door_display()}: {self.user or 'an unknown name'} {self.address}".strip()

    def is_locked(self, *, at: datetime) -> bool:
        return self.locked_until is not None and self.locked_until > at
