"""Read settings from the environment; a secret may stand in a file named by ``NAME_FILE``."""

from __future__ import annotations

from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

env = environ.Env()


def secret(name: str, *, default: str | None = None) -> str:
    """Return a secret from ``NAME_FILE``'s file, else from ``NAME``, else the default.

    Raises
    ------
    ImproperlyConfigured
        The file cannot be read, or there is neither a value nor a default.
    """
    path = env.str(f"{name}_FILE", default="")
    if path:
        try:
            return Path(path).read_text().strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE cannot be read: {error}") from None
    value: str | None = env.str(name, default=default)
    if value is None:
        raise ImproperlyConfigured(f"Set {name} (or {name}_FILE) in the environment.")
    return value
