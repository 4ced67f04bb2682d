"""Finding out which walls stand: one guest per layer is told to try what the layer forbids."""

import os
import signal
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from execution.sandbox import protocol
from execution.sandbox.jail import ENVIRONMENT
from execution.sandbox.jail_protocol import GUEST_DESCRIPTOR, Flag
from execution.sandbox.layers import ALL_LAYERS, Layer
from execution.sandbox.limits import MEBIBYTE, SandboxLimits
from execution.sandbox.zygote_process import GuestProcess, ZygoteProcess

_PROBE_LIMITS = SandboxLimits(memory_bytes=64 * MEBIBYTE, cpu_seconds=1, wall_seconds=5)
# A machine under load may take long to burn a second of CPU time; that proves nothing against it.
_ANSWER_SECONDS = 60.0
_HEAD_START_SECONDS = 0.1
_SLEEPER_SECONDS = 3.0

_BARE = Flag.WITHOUT_LANDLOCK | Flag.WITHOUT_SECCOMP
# What has to be left out so that the layer in question is the one that answers.
_LEFT_OUT: dict[str, Flag] = {
    "landlock": Flag.WITHOUT_SECCOMP,
    "seccomp": Flag.WITHOUT_LANDLOCK,
    "no_executable_memory": Flag.WITHOUT_LANDLOCK,
    "memory_limit": Flag.NONE,
    "cpu_limit": Flag.NONE,
    "wall_clock": Flag.NONE,
}
# Where the layer holds, the kernel kills the guest with this signal.
_EXPECTED_SIGNAL = {
    "seccomp": signal.SIGSYS,
    "no_executable_memory": signal.SIGSYS,
    "cpu_limit": signal.SIGXCPU,
    "wall_clock": signal.SIGKILL,
}


@contextmanager
def _bait() -> Iterator[dict[str, Any]]:
    """Put a file, two listening sockets and variables outside, and say where they are."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sandbox-probe-")))
        folder.chmod(0o755)
        outside = folder / "outside.txt"
        outside.write_text("a guest must not see this")
        outside.chmod(0o644)
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        local = stack.enter_context(socket.socket(socket.AF_UNIX))
        abstract = f"sandbox-probe-{os.getpid()}-{time.monotonic_ns()}"
        local.bind("\0" + abstract)
        local.listen()
        yield {
            "outside_file": str(outside),
            "port": listener.getsockname()[1],
            "abstract": abstract,
            "descriptor": GUEST_DESCRIPTOR,
            "cpu_seconds": _PROBE_LIMITS.cpu_seconds,
            "sleep_seconds": _SLEEPER_SECONDS,
            "memory_bytes": 2 * _PROBE_LIMITS.memory_bytes,
            # bwrap itself tells its program the working directory.
            "environment": sorted(set(os.environ) - set(ENVIRONMENT) - {"PWD"}),
        }


def inspect(zygote: ZygoteProcess, *, required: frozenset[str]) -> dict[str, Layer]:
    """Return what is known of every layer after having tried each."""
    with _bait() as bait, ExitStack() as stack:
        guests: dict[str, GuestProcess] = {}
        for layer in ALL_LAYERS:
            guests[layer] = _start(zygote, layer, bait)
            stack.callback(guests[layer].close)
        # The sleeper first: it wakes up by itself if nobody stops it in time.
        order = sorted(ALL_LAYERS, key=lambda layer: layer != "wall_clock")
        found = {layer: _find_out(zygote, layer, guests[layer]) for layer in order}
    # A name that nobody knows must not pass for a wall that stands.
    unknown = dict.fromkeys(required - set(ALL_LAYERS), (False, "there is no such layer"))
    return {
        layer: Layer(required=layer in required, proven=proven, detail=detail)
        for layer, (proven, detail) in {**found, **unknown}.items()
    }


def _start(zygote: ZygoteProcess, layer: str, bait: dict[str, Any]) -> GuestProcess:
    flags = Flag.PROBE | _LEFT_OUT.get(layer, _BARE)
    guest = zygote.spawn(_PROBE_LIMITS, flags=flags)
    guest.connection.settimeout(_ANSWER_SECONDS)
    # One that could not lock itself down has gone already; that is found out by waiting for it.
    with suppress(BrokenPipeError, ConnectionResetError):
        guest.connection.sendall(protocol.pack_frame({"layer": layer, "arguments": bait}))
    return guest


def _find_out(zygote: ZygoteProcess, layer: str, guest: GuestProcess) -> tuple[bool, str]:
    if layer == "wall_clock":
        time.sleep(_HEAD_START_SECONDS)
        zygote.kill(guest)
    expected = _EXPECTED_SIGNAL.get(layer)
    ended = guest.wait(_ANSWER_SECONDS)
    if ended is None:
        zygote.kill(guest)
        return False, f"a guest was still running after {_ANSWER_SECONDS:g} s"
    if expected is not None:
        proven = ended.signal == expected
        return proven, f"the guest ended with {ended}" if proven else _answer_of(guest, ended)[1]
    return _answer_of(guest, ended)


def _answer_of(guest: GuestProcess, ended: object) -> tuple[bool, str]:
    received = bytearray()
    with suppress(ConnectionResetError):
        received += guest.connection.recv(1 << 16)
    answer = protocol.take_frame(received, frame_bytes=1 << 16)
    if answer is None:
        return False, f"the guest ended with {ended} before it could try"
    return answer["held"] is True, str(answer["detail"])
