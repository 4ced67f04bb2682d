"""The project's settings, with one address."""

from signalhub.settings.base import *  # noqa: F403

ROOT_URLCONF = "bench.ingest_peers.drf"
