"""Read settings from the environment; a secret may stand in a file named by ``NAME_FILE``.

What is wrong is noted, not raised: a process that refuses to start says all of it at once.
"""

from __future__ import annotations

import os
import secrets
from collections import ChainMap
from pathlib import Path

import environ

from signalhub.settings import config_service
from signalhub.settings.problems import Problem

# What could not be read, by the name of the variable; signalhub.checks refuses to start with it.
problems: list[Problem] = []

env = environ.Env()
# The environment wins over the configuration service, so that one value can be tried out.
env.ENVIRON = ChainMap(os.environ, config_service.values_for(os.environ, problems))


def secret(name: str, *, default: str | None = None) -> str:
    """Return a secret from ``NAME_FILE``'s file, else from ``NAME``, else the default.

    A file that is missing, empty or no text, and a secret without a default that is not given,
    are noted as problems. Nobody can guess what stands in their place until the refusal.
    """
    path = env.str(f"{name}_FILE", default="")
    if path:
        return _from_file(name, path)
    given: str = env.str(name, default="").strip()
    if given:
        return given
    if default is None:
        problems.append(
            Problem(
                code="signalhub.E001",
                message=f"{name} is not set.",
                fix=f"Set {name}, or {name}_FILE with the path of a file that holds it.",
            )
        )
        return secrets.token_urlsafe(64)
    return default


def _from_file(name: str, path: str) -> str:
    try:
        # Editors and `echo` end a file with a line break, which is no part of the secret.
        text = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text in UTF-8"
        return _unreadable(name, path, str(reason))
    return text or _unreadable(name, path, "it is empty")


def _unreadable(name: str, path: str, reason: str) -> str:
    problems.append(
        Problem(
            code="signalhub.E002",
            message=f"{name}_FILE cannot be read ({path}): {reason}.",
            fix="Name a readable file that holds the secret and nothing else.",
        )
    )
    return secrets.token_urlsafe(64)
