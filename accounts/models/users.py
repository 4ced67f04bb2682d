"""People who sign in."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser


class User(AbstractUser):
    """A person or a program that acts; what they may do follows from their memberships."""

    class Meta(AbstractUser.Meta):
        ordering = ["username"]
