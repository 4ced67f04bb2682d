"""People who sign in."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser


class User(AbstractUser):
    """A person or a program that acts on the platform; what they may do follows from memberships."""

    class Meta(AbstractUser.Meta):  # type: ignore[name-defined,misc]
        ordering = ["username"]
