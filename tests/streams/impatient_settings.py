"""Settings of a live process whose long waits are short."""

from signalhub.settings.test import *  # noqa: F403

HEARTBEAT_SECONDS = 1
SOCKET_HELLO_SECONDS = 1
