"""The secrets of one installation: drawn at random once, readable by its owner only."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass, fields
from pathlib import Path


@dataclass(frozen=True)
class Credentials:
    """Every secret that the embedded servers and the demo need."""

    postgres_superuser_password: str
    postgres_password: str
    valkey_password: str
    s3_access_key: str
    s3_secret_key: str
    secret_key: str


def load_or_create_credentials(path: Path) -> Credentials:
    """Return the secrets kept in a file, drawing them on the first call."""
    if path.exists():
        return Credentials(**json.loads(path.read_text()))
    credentials = Credentials(
        **{field.name: secrets.token_urlsafe(32) for field in fields(Credentials)}
    )
    write_privately(path, json.dumps(asdict(credentials), indent=2) + "\n")
    return credentials


def write_privately(path: Path, text: str) -> None:
    """Replace a file at once by one that only its owner may read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    fresh.replace(path)
