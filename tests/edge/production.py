"""The environment of a production that is fit to start, and of processes in it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence

from django.conf import settings

ROOT = settings.BASE_DIR
KEPT = ("PATH", "HOME", "LANG", "VIRTUAL_ENV", "TMPDIR")
MANAGE = (sys.executable, "manage.py")
PROCESSES = {
    "api": (sys.executable, "-m", "signalhub.serving", "api", "--port", "0", "--workers", "2"),
    "live": (sys.executable, "-m", "signalhub.serving", "live", "--port", "0"),
    "worker": (*MANAGE, "run_worker"),
    "relay": (*MANAGE, "run_relay"),
    "delivery": (*MANAGE, "run_delivery"),
    "watch": (*MANAGE, "run_watch"),
    "realtime": (*MANAGE, "run_realtime"),
    "another ASGI server": (sys.executable, "-m", "uvicorn", "signalhub.asgi:application"),
}
SECRETS = {
    "SECRET_KEY": "w9Gf3pTz-Kq7LxV2nB8sYc4hJ6dR1mE5uA0oQiZtWvXyPbNkMgHjFrDeCl",
    "ENCRYPTION_KEYS": "eF4vT8qLr2Wm9Zx6Yk1Nc5Jd3Hs7Pb0GaUoIiQ",
    "JWT_SIGNING_KEY": "jR5bN9kXw3Vq8Mz1Lc6Td4Hs2Fp7Gy0AeUoIiQ",
    "WATERMARK_SECRET": "mK7dV3xPz9Rw5Lq2Tn8Bc4Jf6Hs1Gy0AeUoIiQ",
    "S3_ACCESS_KEY": "signalhub-production",
    "S3_SECRET_KEY": "sT2gW6rYc8Nx4Kv9Zm3Ld7Pq1Hb5Jf0AeUoIiQ",
}
GOOD = {
    "ENVIRONMENT": "production",
    "ALLOWED_HOSTS": "signalhub.example",
    "CSRF_TRUSTED_ORIGINS": "https://signalhub.example",
    **SECRETS,
}


def environment(**changes: str | None) -> dict[str, str]:
    """Return a good environment with changes; None takes a variable away."""
    base = {name: os.environ[name] for name in KEPT if name in os.environ}
    return {name: text for name, text in {**base, **GOOD, **changes}.items() if text is not None}


def run(
    command: Sequence[str], *arguments: str, **changes: str | None
) -> subprocess.CompletedProcess[str]:
    """Run a process to its end."""
    return subprocess.run(
        [*command, *arguments],
        cwd=ROOT,
        env=environment(**changes),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
