"""People who sign in."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models

from accounts.models.tiers import DEFAULT_TIER, Tier


class User(AbstractUser):
    """A person or a program that acts; what they may do follows from their memberships."""

    tier = models.ForeignKey(
        Tier, on_delete=models.PROTECT, default=DEFAULT_TIER, related_name="users"
    )

    class Meta(AbstractUser.Meta):
        ordering = ["username"]
