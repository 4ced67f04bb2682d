"""What this installation allows of the addresses of receivers."""

from __future__ import annotations

from django.conf import settings

from streams.deliveries.targets import TargetPolicy


def target_policy() -> TargetPolicy:
    """Return the policy that the settings describe: in production TLS and nothing else."""
    return TargetPolicy(
        require_tls=settings.PRODUCTION,
        ports=frozenset(settings.DELIVERY_PORTS),
        allowed_networks=tuple(settings.DELIVERY_ALLOWED_NETWORKS),
    )
