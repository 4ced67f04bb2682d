"""The names of the walls, which each profile requires, and what was found out about them."""

from dataclasses import dataclass
from typing import Literal

Profile = Literal["namespaces", "container"]

# What holds everywhere, with or without namespaces.
ALWAYS_REQUIRED = (
    "unprivileged",
    "no_capabilities",
    "no_new_privileges",
    "landlock",
    "seccomp",
    "no_executable_memory",
    "memory_limit",
    "cpu_limit",
    "process_limit",
    "wall_clock",
    "descriptors_closed",
    "clean_environment",
)

# What namespaces add; a container of its own has to provide the same from outside.
REQUIRED_WITH_NAMESPACES = (
    "filesystem",
    "read_only_filesystem",
    "network_namespace",
    "process_namespace",
)

# What is used where the kernel has it.
OPTIONAL = ("write_xor_execute",)

REQUIRED: dict[Profile, tuple[str, ...]] = {
    "namespaces": ALWAYS_REQUIRED + REQUIRED_WITH_NAMESPACES,
    "container": ALWAYS_REQUIRED,
}
ALL_LAYERS = ALWAYS_REQUIRED + REQUIRED_WITH_NAMESPACES + OPTIONAL


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One wall: whether it must stand, and whether a child that really tried was held by it."""

    required: bool
    proven: bool
    detail: str


class SandboxUnavailable(Exception):
    """This machine does not offer the isolation that running other people's code needs."""

    def __init__(self, reason: str, *, layers: dict[str, Layer] | None = None) -> None:
        super().__init__(reason)
        self.layers = layers or {}
        self.missing = [
            name for name, layer in self.layers.items() if layer.required and not layer.proven
        ]
