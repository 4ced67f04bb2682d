"""Proof that each layer stands: a child that really tries what the layer forbids.

`attempt` runs in a child of the zygote, inside the jail, from which the other layers were left out
where they would hide the one in question.
"""

import ctypes
import mmap
import os
import platform
import socket
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from execution.sandbox import lockdown

_SOCKET_NUMBER = {"x86_64": 41, "aarch64": 198}
_MMAP_NUMBER = {"x86_64": 9, "aarch64": 222}
_SETHOSTNAME_NUMBER = {"x86_64": 170, "aarch64": 161}
_ANONYMOUS_PRIVATE = mmap.MAP_ANONYMOUS | mmap.MAP_PRIVATE
_TOO_MUCH_MEMORY = 1 << 40
_MORE_PROCESSES_THAN_ALLOWED = 8

# Everything an attempt may learn it reports as (held, what happened).
Outcome = tuple[bool, str]
Attempt = Callable[[dict[str, Any]], Outcome]


def _refused(action: Callable[[], Any], what: str) -> Outcome:
    try:
        action()
    except (OSError, MemoryError) as fault:
        return True, f"{what}: {fault.strerror or fault}" if isinstance(fault, OSError) else what
    return False, f"{what} was possible"


def _all_refused(*outcomes: Outcome) -> Outcome:
    details = "; ".join(detail for _, detail in outcomes)
    return all(held for held, _ in outcomes), details


def _try_to_become_root(_: dict[str, Any]) -> Outcome:
    if 0 in os.getresuid() or 0 in os.getresgid():
        return False, "the guest is root"
    held, detail = _refused(lambda: os.setuid(0), "becoming root")
    return held, f"user {os.getuid()}; {detail}"


def _try_privileged_call(_: dict[str, Any]) -> Outcome:
    if lockdown.has_capabilities():
        return False, "the guest has capabilities"
    number = _SETHOSTNAME_NUMBER[platform.machine()]
    return _refused(lambda: lockdown.system_call(number, b"probe", 5), "renaming the host")


def _look_for_new_privileges(_: dict[str, Any]) -> Outcome:
    return lockdown.has_no_new_privileges(), "no_new_privs as the kernel reports it"


def _try_outside_file(arguments: dict[str, Any]) -> Outcome:
    path = arguments["outside_file"]
    return _refused(lambda: os.close(os.open(path, os.O_RDONLY)), "reading a file outside")


def _try_to_write(_: dict[str, Any]) -> Outcome:
    return _all_refused(
        *(
            _refused(partial(_create_file, folder), f"writing to {folder}")
            for folder in ("/", "/tmp", "/dev", "/guest")
        )
    )


def _create_file(folder: str) -> None:
    path = os.path.join(folder, f"probe-{os.getpid()}")
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
    os.unlink(path)


def _try_network(arguments: dict[str, Any]) -> Outcome:
    interfaces = [name for _, name in socket.if_nameindex() if name != "lo"]
    if interfaces:
        return False, f"the guest has the interface {interfaces[0]}"
    return _all_refused(
        _refused(lambda: _connect(socket.AF_INET, ("127.0.0.1", arguments["port"])), "TCP"),
        _refused(lambda: _connect(socket.AF_UNIX, "\0" + arguments["abstract"]), "abstract socket"),
    )


def _connect(family: int, address: Any) -> None:
    with socket.socket(family) as connection:
        connection.settimeout(1)
        connection.connect(address)


def _try_to_see_processes(_: dict[str, Any]) -> Outcome:
    held = os.getppid() == 1
    return held, "the zygote is process 1" if held else "the guest shares its parents' processes"


def _try_past_landlock(_: dict[str, Any]) -> Outcome:
    outcomes = [
        _refused(lambda: os.close(os.open(os.__file__, os.O_RDONLY)), "opening a file"),
        _refused(lambda: os.listdir("/"), "listing a folder"),
    ]
    version = lockdown.landlock_version()
    if version >= lockdown.LANDLOCK_FIRST_WITH_NETWORK:
        outcomes.append(_refused_by_landlock(lambda: _connect(socket.AF_INET, ("127.0.0.1", 9))))
    if version >= lockdown.LANDLOCK_FIRST_WITH_SCOPES:
        outcomes.append(_refused(lambda: os.kill(os.getppid(), 0), "a signal to the zygote"))
    held, detail = _all_refused(*outcomes)
    return held, f"Landlock {version}; {detail}"


def _refused_by_landlock(action: Callable[[], None]) -> Outcome:
    # Nobody listens there either, so only a refusal of permission is proof.
    try:
        action()
    except PermissionError as fault:
        return True, f"TCP: {fault.strerror}"
    except OSError as fault:
        return False, f"TCP was not refused by Landlock: {fault.strerror}"
    return False, "TCP was possible"


def _try_forbidden_call(_: dict[str, Any]) -> Outcome:
    lockdown.system_call(_SOCKET_NUMBER[platform.machine()], socket.AF_INET, socket.SOCK_STREAM, 0)
    return False, "socket() was possible"


def _map(protection: int) -> None:
    number = _MMAP_NUMBER[platform.machine()]
    lockdown.system_call(number, 0, mmap.PAGESIZE, protection, _ANONYMOUS_PRIVATE, -1, 0)


def _try_executable_memory(_: dict[str, Any]) -> Outcome:
    _map(mmap.PROT_READ | mmap.PROT_EXEC)
    return False, "executable memory was possible"


def _try_write_and_execute(_: dict[str, Any]) -> Outcome:
    both = mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC
    return _refused(lambda: _map(both), "memory both writable and executable")


def _try_much_memory(arguments: dict[str, Any]) -> Outcome:
    amount = arguments["memory_bytes"]
    return _all_refused(
        _refused(lambda: bytearray(amount), f"{amount} bytes"),
        _refused(lambda: bytearray(_TOO_MUCH_MEMORY), "a tebibyte"),
    )


def _burn_cpu(arguments: dict[str, Any]) -> Outcome:
    seconds = arguments["cpu_seconds"] + 1
    while time.process_time() < seconds:
        pass
    return False, f"{seconds} seconds of CPU time were possible"


def _try_to_fork(_: dict[str, Any]) -> Outcome:
    def fork() -> None:
        for _attempt in range(_MORE_PROCESSES_THAN_ALLOWED):
            child = os.fork()
            if child == 0:
                time.sleep(0.2)
                os._exit(0)

    return _refused(fork, "a new process")


def _sleep_on(arguments: dict[str, Any]) -> Outcome:
    time.sleep(arguments["sleep_seconds"])
    return False, "the guest was left alone"


def _look_for_descriptors(arguments: dict[str, Any]) -> Outcome:
    kept = {0, 1, 2, arguments["descriptor"]}
    found = [number for number in range(1024) if number not in kept and _is_open(number)]
    return not found, f"open: {found}" if found else "nothing but the socket is open"


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


def _look_at_environment(arguments: dict[str, Any]) -> Outcome:
    # What the C library holds, not what Python copied.
    libc = ctypes.CDLL(None)
    libc.getenv.restype = ctypes.c_char_p
    found = [name for name in arguments["environment"] if libc.getenv(name.encode()) is not None]
    if found:
        return False, f"{found[0]} is visible"
    return True, "the supervisor's variables are not there"


ATTEMPTS: dict[str, Attempt] = {
    "unprivileged": _try_to_become_root,
    "no_capabilities": _try_privileged_call,
    "no_new_privileges": _look_for_new_privileges,
    "filesystem": _try_outside_file,
    "read_only_filesystem": _try_to_write,
    "network_namespace": _try_network,
    "process_namespace": _try_to_see_processes,
    "landlock": _try_past_landlock,
    "seccomp": _try_forbidden_call,
    "no_executable_memory": _try_executable_memory,
    "write_xor_execute": _try_write_and_execute,
    "memory_limit": _try_much_memory,
    "cpu_limit": _burn_cpu,
    "process_limit": _try_to_fork,
    "wall_clock": _sleep_on,
    "descriptors_closed": _look_for_descriptors,
    "clean_environment": _look_at_environment,
}


def attempt(layer: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """Try what a layer forbids and return whether it held, with what happened."""
    try:
        held, detail = ATTEMPTS[layer](arguments)
    except Exception as fault:
        return {"op": "probed", "held": False, "detail": f"{type(fault).__name__}: {fault}"}
    return {"op": "probed", "held": held, "detail": detail}
