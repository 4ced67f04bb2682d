"""Finding out which walls stand: one guest per layer is told to try what the layer forbids."""

import signal
import socket
import time
from contextlib import ExitStack, suppress

from execution.sandbox import protocol
from execution.sandbox.bait import Bait, set_out
from execution.sandbox.cgroup_places import NoControlGroups
from execution.sandbox.cgroups import ControlGroup
from execution.sandbox.jail import uses_bubblewrap
from execution.sandbox.jail_protocol import Flag
from execution.sandbox.layers import ALL_LAYERS, REMEDIES, Layer, Profile
from execution.sandbox.limits import MEBIBYTE, SandboxLimits
from execution.sandbox.zygote_process import CREDENTIALS, GuestProcess, ZygoteDied, ZygoteProcess

PROBE_LIMITS = SandboxLimits(memory_bytes=64 * MEBIBYTE, cpu_seconds=1, wall_seconds=5)
# A machine under load may take long to burn a second of CPU time; that proves nothing against it.
_ANSWER_SECONDS = 60.0
_HEAD_START_SECONDS = 0.1
_FRAME_BYTES = 1 << 16

_BARE = Flag.WITHOUT_LANDLOCK | Flag.WITHOUT_SECCOMP
_IN_A_GROUP = _BARE | Flag.WITHOUT_LIMITS | Flag.ANNOUNCED
# What has to be left out so that the layer in question is the one that answers.
_LEFT_OUT: dict[str, Flag] = {
    "landlock_files": Flag.WITHOUT_SECCOMP,
    "landlock_network": Flag.WITHOUT_SECCOMP,
    "landlock_scope": Flag.WITHOUT_SECCOMP | Flag.LISTENING,
    "seccomp": Flag.WITHOUT_LANDLOCK,
    "no_executable_memory": Flag.WITHOUT_LANDLOCK,
    "memory_limit": Flag.NONE,
    "cpu_limit": Flag.NONE,
    "wall_clock": Flag.NONE,
    "cgroup_memory": _IN_A_GROUP,
    "cgroup_swap": _IN_A_GROUP,
    "cgroup_processes": _IN_A_GROUP,
}
# Where the layer holds, the kernel kills the guest with this signal.
_EXPECTED_SIGNAL = {
    "seccomp": signal.SIGSYS,
    "no_executable_memory": signal.SIGSYS,
    "cpu_limit": signal.SIGXCPU,
    "wall_clock": signal.SIGKILL,
    "cgroup_memory": signal.SIGKILL,
    "cgroup_swap": signal.SIGKILL,
}


def inspect(zygote: ZygoteProcess, *, required: frozenset[str]) -> dict[str, Layer]:
    """Return what is known of every layer after having tried each."""
    with set_out(PROBE_LIMITS) as bait, ExitStack() as stack:
        probes: dict[str, _Probe] = {}
        # The sleeper wakes up by itself if nobody stops it in time: started last, looked at first.
        order = sorted(ALL_LAYERS, key=lambda layer: layer == "wall_clock")
        for layer in order:
            probes[layer] = stack.enter_context(_Probe(zygote, layer, bait))
        found = {layer: probes[layer].find_out() for layer in reversed(order)}
    return {
        layer: Layer(
            required=layer in required,
            proven=found[layer][0],
            detail=found[layer][1],
            remedy=REMEDIES[layer],
        )
        for layer in ALL_LAYERS
    }


def _flags_for(layer: str, profile: Profile) -> Flag:
    if layer == "no_shared_folder" and not uses_bubblewrap(profile):
        # Without mounts of its own the sandbox has Landlock to keep guests out of every folder.
        return Flag.PROBE | Flag.WITHOUT_SECCOMP
    return Flag.PROBE | _LEFT_OUT.get(layer, _BARE)


class _Probe:
    """One guest that tries what one layer forbids."""

    def __init__(self, zygote: ZygoteProcess, layer: str, bait: Bait) -> None:
        self._zygote = zygote
        self._layer = layer
        self._stack = ExitStack()
        self._group: ControlGroup | None = None
        self._problem = ""
        flags = _flags_for(layer, zygote.profile)
        self._guest = zygote.spawn(PROBE_LIMITS, flags=flags)
        self._guest.connection.settimeout(_ANSWER_SECONDS)
        try:
            if flags & Flag.ANNOUNCED:
                self._join_group()
            self._tell(bait)
        except NoControlGroups as reason:
            self._problem = f"there is no control group: {reason}"
            zygote.kill(self._guest)

    def __enter__(self) -> "_Probe":
        return self

    def __exit__(self, *_: object) -> None:
        self._guest.close()
        self._stack.close()

    def _join_group(self) -> None:
        self._group = self._stack.enter_context(self._zygote.room.probe_group(self._layer))
        if not self._zygote.room.stands_around(self._zygote.pid):
            raise NoControlGroups("the zygote is not in its group")
        self._group.add(pid_of(self._guest))

    def _tell(self, bait: Bait) -> None:
        # One that could not lock itself down has gone already; that is found out by waiting for it.
        with suppress(BrokenPipeError, ConnectionResetError):
            request = {"layer": self._layer, "bait": bait}
            self._guest.connection.sendall(protocol.pack_frame(request))

    def find_out(self) -> tuple[bool, str]:
        """Wait for the guest's end and return whether the layer held it, with what happened."""
        if self._problem:
            return False, self._problem
        if self._layer == "wall_clock":
            time.sleep(_HEAD_START_SECONDS)
            self._zygote.kill(self._guest)
        expected = _EXPECTED_SIGNAL.get(self._layer)
        ended = self._guest.wait(_ANSWER_SECONDS)
        if ended is None:
            self._zygote.kill(self._guest)
            return False, f"a guest was still running after {_ANSWER_SECONDS:g} s"
        held, detail = True, f"the guest ended with {ended}"
        if expected is None or ended.signal != expected:
            held, detail = self._answer(detail)
            held = held and expected is None
        return self._confirmed_by_group(detail) if held and self._group else (held, detail)

    def _answer(self, ending: str) -> tuple[bool, str]:
        received = self._guest.received
        with suppress(ConnectionResetError):
            received += self._guest.connection.recv(_FRAME_BYTES)
        answer = protocol.take_frame(received, frame_bytes=_FRAME_BYTES)
        if answer is None:
            return False, f"{ending} before it could try"
        return answer["held"] is True, str(answer["detail"])

    def _confirmed_by_group(self, detail: str) -> tuple[bool, str]:
        # What stopped the guest has to have been the group, and says so itself.
        if self._group is None:
            return False, detail
        where = f"{detail}; {self._zygote.room.state}"
        if self._layer == "cgroup_processes":
            return self._group.refused_processes > 0, where
        killed = self._group.killed_for_memory > 0
        if self._layer == "cgroup_swap":
            return killed and self._group.swap_is_forbidden, where
        return killed, where


def pid_of(guest: GuestProcess) -> int:
    """Return the number outside of the jail of a guest that announces itself.

    The kernel tells it. Without a number nothing is limited: 0 would name this process itself.
    """
    message, ancillary, _flags, _address = guest.connection.recvmsg(
        _FRAME_BYTES, socket.CMSG_SPACE(CREDENTIALS.size)
    )
    guest.connection.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 0)
    if not message:
        raise ZygoteDied("a guest ended before it could try")
    pid, _user, _group = CREDENTIALS.unpack(ancillary[0][2])
    if pid <= 0:
        raise NoControlGroups("the kernel does not tell which process a guest is")
    return int(pid)
