"""Settings of a live process that counts as production does, and whose leases are short."""

from signalhub.settings.test import *  # noqa: F403

RATE_LIMITS_ENABLED = True
SOCKET_LEASE_SECONDS = 2
SOCKET_MESSAGES_PER_10_SECONDS = 30
