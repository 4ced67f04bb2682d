"""The process that imported everything once, and forks a locked-down guest for every run.

It runs no script, parses nothing a guest says and holds no secret. It is told what to do over one
socket; when that closes, it ends, and the kernel ends every guest with it.
"""

import contextlib
import fcntl
import gc
import json
import os
import resource
import select
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, NoReturn

from execution.sandbox import lockdown, protocol
from execution.sandbox.guest import main as guest
from execution.sandbox.guest import warmup
from execution.sandbox.jail_protocol import (
    EXIT,
    GUEST_DESCRIPTOR,
    ORDER,
    Flag,
    Operation,
    ZygoteConfig,
)
from execution.sandbox.probes import network
from execution.sandbox.probes.attempts import attempt

_RULESET_DESCRIPTOR = 4
_FIRST_FREE_DESCRIPTOR = 20
_GUEST_DESCRIPTORS = 8
_LOCKDOWN_FAILED = 98
_GUEST_FAILED = 96
_OUT_OF_MEMORY = 97
_PASSED_WITH_SPAWN = 2


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """What every guest starts from."""

    config: ZygoteConfig
    language: guest.Language
    calls: lockdown.SystemCallFilter | None
    has_landlock: bool


@dataclass(frozen=True, kw_only=True)
class Child:
    """A guest that has not been waited for."""

    run: int
    process: int
    exit_pipe: int


def _read_config(control: socket.socket) -> ZygoteConfig:
    return ZygoteConfig.from_json(control.recv(1 << 20))


def _arrange_descriptors() -> None:
    null = os.open("/dev/null", os.O_RDWR)
    for descriptor in (0, 1, 2, GUEST_DESCRIPTOR, _RULESET_DESCRIPTOR):
        os.dup2(null, descriptor)
    os.close(null)


def _hold_landlock(turned_off: frozenset[str]) -> bool:
    ruleset = lockdown.create_landlock_ruleset(
        files="landlock_files" not in turned_off,
        network="landlock_network" not in turned_off,
        scope="landlock_scope" not in turned_off,
    )
    if ruleset is None:
        return False
    os.dup2(ruleset, _RULESET_DESCRIPTOR, inheritable=False)
    os.close(ruleset)
    return True


def _give_up_privileges(config: ZygoteConfig) -> None:
    if os.geteuid() == 0 and "unprivileged" not in config.turned_off:
        lockdown.become_user(config.user_id, config.user_id)
    if config.makes_user_namespace and "user_namespace" not in config.turned_off:
        # A kernel that refuses it is found out by the layer's probe.
        with contextlib.suppress(OSError):
            lockdown.enter_user_namespace()
    if "no_capabilities" not in config.turned_off:
        lockdown.drop_capabilities()
    if "no_new_privileges" not in config.turned_off:
        lockdown.forbid_new_privileges()
    if "write_xor_execute" not in config.turned_off:
        lockdown.forbid_memory_becoming_executable()
    if "core_limit" not in config.turned_off:
        lockdown.forbid_inspection()
        lockdown.limit_core_dumps()
    lockdown.limit_for_good()


def _prepare(config: ZygoteConfig) -> Prepared:
    language = warmup.warm_up()
    _arrange_descriptors()
    has_landlock = _hold_landlock(config.turned_off)
    calls = lockdown.SystemCallFilter(config.program) if config.program else None
    _give_up_privileges(config)
    gc.collect()
    # Objects that live for ever are no longer looked at, so guests do not copy their pages.
    gc.freeze()
    gc.disable()
    return Prepared(config=config, language=language, calls=calls, has_landlock=has_landlock)


def _lock_down(prepared: Prepared, order: "Order", descriptor: int) -> socket.socket | None:
    os.dup2(descriptor, GUEST_DESCRIPTOR, inheritable=False)
    if "descriptors_closed" not in prepared.config.turned_off:
        lockdown.close_descriptors_above(_RULESET_DESCRIPTOR)
    if not order.flags & Flag.WITHOUT_LIMITS:
        _limit(order, prepared.config.turned_off)
    lockdown.die_with_parent()
    # Made before the walls, a socket is outside of them.
    bait = network.open_bait() if order.flags & Flag.LISTENING else None
    if prepared.has_landlock and not order.flags & Flag.WITHOUT_LANDLOCK:
        lockdown.enter_landlock(_RULESET_DESCRIPTOR)
    os.close(_RULESET_DESCRIPTOR)
    if prepared.calls is not None and not order.flags & Flag.WITHOUT_SECCOMP:
        prepared.calls.install()
    return bait


def _limit(order: "Order", turned_off: frozenset[str]) -> None:
    limits: dict[str, Callable[[], None]] = {
        "memory_limit": partial(lockdown.limit_memory, order.address_space_bytes),
        "cpu_limit": partial(lockdown.limit_cpu, order.cpu_seconds),
        "process_limit": lockdown.limit_processes,
        "file_size_limit": lockdown.limit_file_size,
        "descriptor_limit": partial(lockdown.limit_descriptors, _GUEST_DESCRIPTORS),
    }
    for layer, limit in limits.items():
        if layer not in turned_off:
            limit()


def _be_guest(prepared: Prepared, order: "Order", descriptor: int) -> NoReturn:
    try:
        bait = _lock_down(prepared, order, descriptor)
    except BaseException:
        os._exit(_LOCKDOWN_FAILED)
    status = 0
    try:
        gc.enable()
        if order.flags & Flag.PREWARM:
            warmup.run_ordinary_script(prepared.language)
        if order.flags & Flag.PROBE:
            _answer_probe(announced=bool(order.flags & Flag.ANNOUNCED))
        else:
            guest.answer_request(GUEST_DESCRIPTOR, prepared.language)
    except EOFError:
        status = 0
    except MemoryError:
        status = _OUT_OF_MEMORY
    except BaseException:
        status = _GUEST_FAILED
    finally:
        if bait is not None:
            bait.close()
        os._exit(status)


def _answer_probe(*, announced: bool) -> None:
    if announced:
        protocol.write_all(GUEST_DESCRIPTOR, protocol.pack_frame({"op": "here"}))
    request, _ = protocol.read_frame(GUEST_DESCRIPTOR)
    answer = attempt(request["layer"], request["bait"])
    protocol.write_all(GUEST_DESCRIPTOR, protocol.pack_frame(answer))


@dataclass(frozen=True, kw_only=True)
class Order:
    """One thing the supervisor wants done."""

    operation: int
    flags: int
    run: int
    address_space_bytes: int
    cpu_seconds: int


class Forkserver:
    """Forks guests, kills them when told to, and reports how each one ended."""

    def __init__(self, control: socket.socket, prepared: Prepared) -> None:
        self._control = control
        self._prepared = prepared
        self._events = select.epoll()
        self._events.register(control.fileno(), select.EPOLLIN)
        self._children: dict[int, Child] = {}

    def serve(self) -> None:
        """Do what the supervisor says until it hangs up."""
        while True:
            for descriptor, _event in self._events.poll():
                if descriptor != self._control.fileno():
                    self._report_exit(descriptor)
                elif not self._take_order():
                    return

    def _take_order(self) -> bool:
        message, descriptors, _flags, _address = socket.recv_fds(
            self._control, ORDER.size, _PASSED_WITH_SPAWN
        )
        if not message:
            return False
        operation, flags, run, memory, cpu = ORDER.unpack(message)
        order = Order(
            operation=operation,
            flags=flags,
            run=run,
            address_space_bytes=memory,
            cpu_seconds=cpu,
        )
        if operation == Operation.SPAWN:
            self._spawn(order, *descriptors)
        elif operation == Operation.KILL:
            self._kill(run)
        elif operation == Operation.MEASURE_FORK:
            self._control.send(json.dumps(measure_fork(run)).encode())
        return True

    def _spawn(self, order: Order, descriptor: int, exit_pipe: int) -> None:
        process = os.fork()
        if process == 0:
            _be_guest(self._prepared, order, descriptor)
        os.close(descriptor)
        watched = os.pidfd_open(process)
        self._children[watched] = Child(run=order.run, process=process, exit_pipe=exit_pipe)
        self._events.register(watched, select.EPOLLIN)

    def _kill(self, run: int) -> None:
        for watched, child in self._children.items():
            if child.run == run:
                with contextlib.suppress(ProcessLookupError):
                    signal.pidfd_send_signal(watched, signal.SIGKILL)

    def _report_exit(self, watched: int) -> None:
        child = self._children.pop(watched)
        self._events.unregister(watched)
        os.close(watched)
        _process, status, usage = os.wait4(child.process, 0)
        with contextlib.suppress(BrokenPipeError):
            os.write(child.exit_pipe, _pack_exit(status, usage))
        os.close(child.exit_pipe)


def _pack_exit(status: int, usage: resource.struct_rusage) -> bytes:
    cpu_microseconds = int((usage.ru_utime + usage.ru_stime) * 1_000_000)
    return EXIT.pack(status, cpu_microseconds, usage.ru_maxrss, usage.ru_minflt)


def measure_fork(count: int) -> list[float]:
    """Return how many milliseconds bare forks of this process take, with waiting for their end."""
    taken = []
    for _ in range(count):
        started = time.perf_counter()
        process = os.fork()
        if process == 0:
            os._exit(0)
        os.waitpid(process, 0)
        taken.append((time.perf_counter() - started) * 1000)
    return taken


def main(descriptor: int) -> None:
    """Prepare, say so, and serve until the supervisor hangs up."""
    # Above the numbers that guests use for themselves, whichever number it came with.
    own = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, _FIRST_FREE_DESCRIPTOR)
    os.close(descriptor)
    control = socket.socket(fileno=own)
    config = _read_config(control)
    ready: dict[str, Any] = {"landlock": lockdown.landlock_version()}
    prepared = _prepare(config)
    control.send(json.dumps(ready).encode())
    Forkserver(control, prepared).serve()
