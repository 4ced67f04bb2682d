"""The orders a supervisor gives its zygote, and the zygote's report of how a guest ended."""

import base64
import enum
import json
import struct
from dataclasses import dataclass

# operation, flags, run, address space in bytes, CPU seconds
ORDER = struct.Struct("<HHIQI")
# wait status, CPU microseconds, largest resident set in KiB, page faults without disk
EXIT = struct.Struct("<iQQQ")
GUEST_DESCRIPTOR = 3


class Operation(enum.IntEnum):
    """What a zygote can be told to do."""

    SPAWN = 1
    KILL = 2
    MEASURE_FORK = 3


class Flag(enum.IntFlag):
    """How a guest differs from an ordinary one."""

    NONE = 0
    WITHOUT_LANDLOCK = 1
    WITHOUT_SECCOMP = 2
    PROBE = 4
    PREWARM = 8
    WITHOUT_LIMITS = 16
    # A probe that is told to begin once it is where it has to be.
    ANNOUNCED = 32
    # A probe that has a listening socket from before it was locked down.
    LISTENING = 64


@dataclass(frozen=True, kw_only=True)
class ZygoteConfig:
    """What a zygote needs to know before it is ready."""

    program: bytes
    user_id: int
    # Whether the zygote has to make itself a user namespace, because nobody else made one.
    makes_user_namespace: bool
    turned_off: frozenset[str]

    def to_json(self) -> bytes:
        """Return the configuration as one message."""
        return json.dumps(
            {
                "program": base64.b64encode(self.program).decode(),
                "user_id": self.user_id,
                "makes_user_namespace": self.makes_user_namespace,
                "turned_off": sorted(self.turned_off),
            }
        ).encode()

    @classmethod
    def from_json(cls, message: bytes) -> "ZygoteConfig":
        """Return the configuration a message carries."""
        content = json.loads(message)
        return cls(
            program=base64.b64decode(content["program"]),
            user_id=content["user_id"],
            makes_user_namespace=content["makes_user_namespace"],
            turned_off=frozenset(content["turned_off"]),
        )
