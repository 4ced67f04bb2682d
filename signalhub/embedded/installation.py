"""What the embedded servers of one folder share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from signalhub.embedded.credentials import Credentials, load_or_create_credentials
from signalhub.embedded.ports import PortBook


@dataclass(frozen=True)
class Installation:
    """One folder of servers: its secrets, its ports, and how careful it is with data.

    ``persist`` says whether what was acknowledged must survive the machine.
    """

    data_dir: Path
    persist: bool
    environment: Mapping[str, str] = field(repr=False)
    credentials: Credentials = field(repr=False)
    ports: PortBook = field(repr=False)

    @classmethod
    def open(cls, data_dir: Path, *, persist: bool, environment: Mapping[str, str]) -> Installation:
        """Return the installation in a folder, with the secrets and ports it had before."""
        return cls(
            data_dir=data_dir,
            persist=persist,
            environment=environment,
            credentials=load_or_create_credentials(data_dir / "credentials.json"),
            ports=PortBook(data_dir / "ports.json"),
        )
