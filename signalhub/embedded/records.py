"""What the demo writes down about itself, for people, for tools and for `make stop`."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, MutableMapping
from dataclasses import asdict, dataclass
from pathlib import Path

from signalhub.embedded.credentials import write_privately
from signalhub.embedded.identity import ProcessIdentity

# The name under which the process that watches the others is recorded.
SUPERVISOR = "supervisor"
# What a command has to share with the demo's processes to work on the same installation.
SHARED_VARIABLES = (
    "DATABASE_URL",
    "REDIS_URL",
    "S3_ENDPOINT",
    "S3_ACCESS_KEY",
    "S3_SECRET_KEY",
    "S3_BUCKET",
    "SECRET_KEY",
    "DEMO",
    "HMAC_PRODUCER_ENABLED",
    "VAR_DIR",
)


@dataclass(frozen=True)
class DemoPaths:
    """Where the demo keeps its things."""

    var: Path

    @property
    def data(self) -> Path:
        """Return the folder of the embedded servers."""
        return self.var / "demo"

    @property
    def log_dir(self) -> Path:
        """Return the folder with a log for each process."""
        return self.data / "log"

    @property
    def summary(self) -> Path:
        """Return the file that tells others where everything is."""
        return self.var / "demo.json"

    @property
    def environment(self) -> Path:
        """Return the file with which commands reach the running demo; it holds secrets."""
        return self.data / "environment.json"

    @property
    def identities(self) -> Path:
        """Return the file that tells which processes are meant."""
        return self.data / "processes.json"


def read_identities(paths: DemoPaths) -> dict[str, ProcessIdentity]:
    """Return the recorded processes, whether or not they still run."""
    if not paths.identities.exists():
        return {}
    recorded = json.loads(paths.identities.read_text())
    return {name: ProcessIdentity(**identity) for name, identity in recorded.items()}


def write_identities(paths: DemoPaths, identities: Mapping[str, ProcessIdentity]) -> None:
    """Record which processes belong to the demo."""
    recorded = {name: asdict(identity) for name, identity in identities.items()}
    write_privately(paths.identities, json.dumps(recorded, indent=2) + "\n")


def write_summary(
    paths: DemoPaths,
    *,
    urls: Mapping[str, str],
    environment: Mapping[str, str],
    pids: Mapping[str, int],
) -> None:
    """Tell others where everything is."""
    summary = {
        "urls": dict(urls),
        "database_url": environment["DATABASE_URL"],
        "redis_url": environment["REDIS_URL"],
        "s3_endpoint": environment["S3_ENDPOINT"],
        "log_dir": str(paths.log_dir),
        "pids": dict(pids),
    }
    write_privately(paths.summary, json.dumps(summary, indent=2) + "\n")


def write_environment(paths: DemoPaths, environment: Mapping[str, str]) -> None:
    """Record what a command needs to reach the demo's servers as its processes do."""
    shared = {name: environment[name] for name in SHARED_VARIABLES if name in environment}
    write_privately(paths.environment, json.dumps(shared, indent=2) + "\n")


def adopt_environment(paths: DemoPaths, environ: MutableMapping[str, str]) -> None:
    """Point a command at the demo that runs in this folder, unless it was pointed elsewhere.

    What the environment says already stays; another database than the demo's means another
    installation, and then nothing is adopted.
    """
    if not (paths.summary.exists() and paths.environment.exists()):
        return
    shared: dict[str, str] = json.loads(paths.environment.read_text())
    if environ.get("DATABASE_URL", shared["DATABASE_URL"]) != shared["DATABASE_URL"]:
        return
    for name, value in shared.items():
        environ.setdefault(name, value)


def remove_records(paths: DemoPaths) -> None:
    """Forget a demo that has ended."""
    paths.summary.unlink(missing_ok=True)
    paths.environment.unlink(missing_ok=True)
    paths.identities.unlink(missing_ok=True)


def installation_mark(paths: DemoPaths) -> str:
    """Return the mark that every process of this installation carries in its environment."""
    file = paths.data / "installation"
    if not file.exists():
        write_privately(file, secrets.token_hex(16))
    return file.read_text()
