"""Price levels: how much of the platform one user may take.

They stand beside the people rather than beside what they limit: the run limits are read by
``execution``, the connection limits by ``streams``, and both import downwards only.
"""

from __future__ import annotations

import re

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import NOT_PROVIDED, PositiveIntegerField, Q

DEFAULT_TIER = "free"
FEATURE = re.compile(r"[a-z][a-z0-9_-]{0,99}\Z")
LEAST_MEMORY_MB = 32  # below this the warmed interpreter cannot even answer

# What a tier gives a run, and the platform's own setting that no tier goes beyond.
CEILINGS = {
    "run_memory_mb": "SANDBOX_MEMORY_MB",
    "run_cpu_seconds": "SANDBOX_CPU_SECONDS",
    "run_wall_seconds": "SANDBOX_WALL_SECONDS",
    "run_log_lines": "SANDBOX_LOG_LINES",
}
# From what matters most to a run on: of two tiers the one with the larger numbers gives more.
MOST_TO_A_RUN = ("run_wall_seconds", "run_cpu_seconds", "run_memory_mb", "run_log_lines")
COUNTS = (
    "connections",
    "subscriptions_per_connection",
    "requests_per_minute",
    "executions_per_minute",
    "executions_waiting",
    "reads_per_minute",
    "standing_subscriptions",
    "messages_per_minute",
    "subscribes_per_10_seconds",
    "burst_per_5_seconds",
    *CEILINGS,
)


def _count(
    name: str, help_text: str = "", *, least: int = 1, default: int | None = None
) -> PositiveIntegerField[int, int]:
    return PositiveIntegerField(
        name,
        validators=[MinValueValidator(least)],
        help_text=help_text,
        default=NOT_PROVIDED if default is None else default,
    )


class Tier(models.Model):
    """One price level: a row, so that an operator changes a number without a release."""

    name = models.CharField(
        max_length=20,
        primary_key=True,
        validators=[RegexValidator(r"^[a-z][a-z0-9_-]*\Z", "A name is lower-case, such as free.")],
    )
    connections = _count(
        "connections", "WebSocket connections of one user at once. One more is closed with 4429."
    )
    subscriptions_per_connection = _count(
        "streams per connection", "One more is refused; what is followed already goes on."
    )
    requests_per_minute = _count(
        "API requests a minute", "Of one user, over all their keys. One more is answered with 429."
    )
    executions_per_minute = _count(
        "executions a minute",
        "Runs that one user asks for. Runs on a bar are the market's and do not count.",
        default=30,
    )
    executions_waiting = _count(
        "executions waiting",
        "Runs of one user that are not done yet. One more is answered with 429.",
        default=10,
    )
    reads_per_minute = _count(
        "reads a minute",
        "Of market data and outputs, by one user's runs and over /data/. A script that goes "
        "beyond it sees an error.",
        default=600,
    )
    standing_subscriptions = _count(
        "standing subscriptions",
        "Of one user, to realtime runs. One more is refused; what stands goes on.",
        default=100,
    )
    messages_per_minute = _count(
        "stream messages a minute",
        "Delivered over one connection. What comes faster waits; nothing is lost.",
    )
    subscribes_per_10_seconds = _count(
        "subscribe messages in 10 seconds", "Over one connection. One more is refused."
    )
    burst_per_5_seconds = _count(
        "stream messages in 5 seconds",
        "Delivered over one connection at a time of many. What comes faster waits.",
    )
    run_memory_mb = _count("memory, MB", "Beyond the warmed interpreter's.", least=LEAST_MEMORY_MB)
    run_cpu_seconds = _count("processor time, s")
    run_wall_seconds = _count("time on the clock, s")
    run_log_lines = _count("log lines")
    features = models.JSONField(
        default=list,
        blank=True,
        help_text="Names of features that a script can ask for, as a JSON list.",
    )

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

    @property
    def gives_a_run(self) -> tuple[int, ...]:
        """What it gives one run, to compare tiers by."""
        return tuple(getattr(self, name) for name in MOST_TO_A_RUN)

    def clean(self) -> None:
        """Refuse a number that the platform's own ceiling would silently cut."""
        problems = {}
        for name, setting in CEILINGS.items():
            given, ceiling = getattr(self, name), getattr(settings, setting)
            if given is not None and given > ceiling:
                problems[name] = f"At most {ceiling:g}: the platform's own limit {setting}."
        if not _are_names(self.features):
            problems["features"] = "Names such as alerts or custom-scripts, each once."
        if problems:
            raise ValidationError(problems)


def _are_names(features: object) -> bool:
    return (
        isinstance(features, list)
        and all(isinstance(name, str) and FEATURE.match(name) for name in features)
        and len(set(features)) == len(features)
    )
