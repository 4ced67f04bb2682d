"""Every secret there is, one a line: whether production needs it and how long it has to be.

``NAME_FILE`` works for each of them. Lengths are in characters; what somebody else hands out
(access keys, passwords of servers) has no length of ours.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class SecretRule:
    """What production asks of one secret."""

    name: str
    required: bool = False
    least: int = 0


SECRET_RULES = (
    SecretRule(name="SECRET_KEY", required=True, least=50),
    SecretRule(name="ENCRYPTION_KEYS", required=True, least=32),  # each of them
    SecretRule(name="JWT_SIGNING_KEY", required=True, least=32),
    SecretRule(name="WATERMARK_SECRET"),  # streams.checks asks for its length
    SecretRule(name="GATEWAY_SECRET", least=32),  # each of them
    SecretRule(name="INTERNAL_API_KEY", least=24),
    SecretRule(name="HMAC_PRODUCER_SECRET", least=16),
    SecretRule(name="METRICS_TOKEN", least=16),
    SecretRule(name="MARKETPLACE_API_KEY"),
    SecretRule(name="S3_ACCESS_KEY"),  # registry.checks asks for these two
    SecretRule(name="S3_SECRET_KEY"),
    SecretRule(name="EMAIL_HOST_PASSWORD"),
    SecretRule(name="EMAIL_URL"),
    SecretRule(name="TELEGRAM_BOT_TOKEN"),
    SecretRule(name="DATABASE_URL"),
    SecretRule(name="REDIS_URL"),
)
NAMES = tuple(rule.name for rule in SECRET_RULES)

# Written in documentation, examples and source code, where everybody reads them.
WELL_KNOWN = frozenset(
    {
        "minioadmin",
        "development-only-not-a-secret",
        "development-only-marks-prove-nothing",
        "not-used-after-this-step",
        "your-secret-key-here-change-in-production",
        "demo-signalhub",
        "any",
        "admin",
        "changeme",
        "change-me",
        "change-me-in-production",
        "default",
        "example",
        "password",
        "postgres",
        "redis",
        "secret",
        "secret-key",
        "secretkey",
        "signalhub",
        "test",
        "your-secret-key",
    }
)
WELL_KNOWN_STARTS = ("django-insecure-", "development-only-", "insecure-")


def is_well_known(value: str) -> bool:
    """Tell whether everybody could know a secret: an example, or one character over and over."""
    text = value.strip().lower()
    return (
        text in WELL_KNOWN
        or text.startswith(WELL_KNOWN_STARTS)
        or (len(text) > 1 and len(set(text)) == 1)
    )
