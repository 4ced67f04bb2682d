"""``python -m signalhub.serving live|api``: our servers, with the limits of the settings."""

from __future__ import annotations

import argparse
import os
import resource
import sys

import django
import uvicorn
from django.core.exceptions import ImproperlyConfigured

APPLICATIONS = {
    "live": "signalhub.asgi:application",
    "api": "signalhub.serving.api:application",
}
# Twice what a client may say at once on a socket; anything larger is not even read to its end.
SOCKET_MESSAGE_BYTES = 131_072


def main() -> int:
    """Serve until a signal ends it; refuse a configuration that is not fit to start with."""
    given = _arguments()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "signalhub.settings.base")
    try:
        # Here, and not in a worker: those would be started again and again.
        django.setup()
    except ImproperlyConfigured as error:
        print(error, file=sys.stderr)
        return 1
    _allow_many_connections()
    _serve(given)
    return 0


def _serve(given: argparse.Namespace) -> None:
    from django.conf import settings

    from signalhub.serving.protocol import BoundedHttpProtocol
    from signalhub.serving.sockets import DirectSocketProtocol

    uvicorn.run(
        APPLICATIONS[given.process],
        host=given.host,
        port=given.port,
        workers=given.workers,
        http=BoundedHttpProtocol,
        ws=DirectSocketProtocol,
        ws_per_message_deflate=False,
        log_level=given.log_level,
        access_log=False,
        server_header=False,
        # From whom a request is and whether over TLS: the word of our own proxies, and no other.
        proxy_headers=bool(settings.TRUSTED_PROXIES),
        forwarded_allow_ips=settings.TRUSTED_PROXIES,
        timeout_keep_alive=settings.HTTP_IDLE_SECONDS,
        # A browser that keeps its WebSocket open does not hold up the end.
        timeout_graceful_shutdown=settings.HTTP_SHUTDOWN_SECONDS,
        ws_max_size=SOCKET_MESSAGE_BYTES,
    )


def _allow_many_connections() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m signalhub.serving", description=__doc__)
    parser.add_argument("process", choices=APPLICATIONS)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--log-level", default="info")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
