"""Price levels: how much of the platform one user may take.

They stand beside the people rather than beside what they limit: the run limits are read by
``execution``, the connection limits by ``streams``, and both import downwards only.
"""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q

DEFAULT_TIER = "free"
LEAST_MEMORY_MB = 32  # below this the warmed interpreter cannot even answer

# What a tier gives a run, and the platform's own setting that no tier goes beyond.
CEILINGS = {
    "run_memory_mb": "SANDBOX_MEMORY_MB",
    "run_cpu_seconds": "SANDBOX_CPU_SECONDS",
    "run_wall_seconds": "SANDBOX_WALL_SECONDS",
    "run_log_lines": "SANDBOX_LOG_LINES",
}
COUNTS = (
    "connections",
    "subscriptions_per_connection",
    "requests_per_minute",
    "messages_per_minute",
    "subscribes_per_10_seconds",
    "burst_per_5_seconds",
    *CEILINGS,
)


def _count(help_text: str, *, least: int = 1) -> models.PositiveIntegerField[int, int]:
    return models.PositiveIntegerField(validators=[MinValueValidator(least)], help_text=help_text)


class Tier(models.Model):
    """One price level: a row, so that an operator changes a number without a release."""

    name = models.CharField(
        max_length=20,
        primary_key=True,
        validators=[RegexValidator(r"^[a-z][a-z0-9_-]*\Z", "A name is lower-case, such as free.")],
    )
    connections = _count("WebSocket connections at once.")
    subscriptions_per_connection = _count("Streams that one connection follows.")
    requests_per_minute = _count("API requests a minute.")
    messages_per_minute = _count("Messages of streams a minute.")
    subscribes_per_10_seconds = _count("New subscriptions in 10 seconds.")
    burst_per_5_seconds = _count("Messages in a burst of 5 seconds.")
    run_memory_mb = _count("Memory of one run, in MB.", least=LEAST_MEMORY_MB)
    run_cpu_seconds = _count("Processor time of one run, in seconds.")
    run_wall_seconds = _count("Time of one run on the clock, in seconds.")
    run_log_lines = _count("Log lines of one run.")

    class Meta:
        ordering = ["run_wall_seconds", "name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(**{f"{name}__gte": 1 for name in COUNTS}),
                name="tiers_allow_something",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse a number that the platform's own ceiling would silently cut."""
        problems = {}
        for name, setting in CEILINGS.items():
            given, ceiling = getattr(self, name), getattr(settings, setting)
            if given is not None and given > ceiling:
                problems[name] = f"At most {ceiling:g}: the platform's own limit {setting}."
        if problems:
            raise ValidationError(problems)
