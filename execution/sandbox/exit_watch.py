"""How a zygote learns that a guest has ended: by its pidfd, or by SIGCHLD where there are none."""

import contextlib
import os
import select
import signal
import socket


class ExitWatch:
    """The children that have not been waited for, and the events that say when to look at them.

    gVisor's older kernels have no pidfds. There a signal wakes the zygote, which then asks after
    each child; a process number stays its child's until it has been waited for.
    """

    def __init__(self, events: select.epoll) -> None:
        self._events = events
        self._processes: dict[int, int] = {}
        self._pidfds: dict[int, int] = {}
        self._woken: socket.socket | None = None
        self._waker: socket.socket | None = None

    def add(self, process: int) -> None:
        """Watch a child of this process."""
        descriptor = self._pidfd_of(process)
        if descriptor is None:
            self._pidfds[process] = -1
            self._listen_for_signals()
            return
        self._pidfds[process] = descriptor
        self._processes[descriptor] = process
        self._events.register(descriptor, select.EPOLLIN)

    def ended(self, descriptor: int) -> list[int]:
        """Return the children that an event's descriptor says have ended."""
        if self._woken is None or descriptor != self._woken.fileno():
            return [self._processes[descriptor]]
        with contextlib.suppress(BlockingIOError):
            self._woken.recv(4096)
        return [process for process in self._pidfds if _has_ended(process)]

    def kill(self, process: int) -> None:
        """Kill a watched child; one that has ended already is left alone."""
        with contextlib.suppress(ProcessLookupError):
            if self._pidfds[process] < 0:
                os.kill(process, signal.SIGKILL)
            else:
                signal.pidfd_send_signal(self._pidfds[process], signal.SIGKILL)

    def forget(self, process: int) -> None:
        """Stop watching a child that is about to be waited for."""
        descriptor = self._pidfds.pop(process)
        if descriptor >= 0:
            del self._processes[descriptor]
            self._events.unregister(descriptor)
            os.close(descriptor)

    def leave(self) -> None:
        """Be deaf to signals again, as a forked child has to be."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for end in (self._woken, self._waker):
            if end is not None:
                end.close()
        self._woken = self._waker = None

    def _pidfd_of(self, process: int) -> int | None:
        if self._woken is not None:
            return None
        try:
            return os.pidfd_open(process)
        except OSError:
            return None

    def _listen_for_signals(self) -> None:
        if self._woken is None:
            self._woken, self._waker = socket.socketpair()
            self._woken.setblocking(False)
            self._waker.setblocking(False)
            # Without a handler of its own the signal would wake nobody.
            signal.signal(signal.SIGCHLD, lambda *_: None)
            signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)
            self._events.register(self._woken.fileno(), select.EPOLLIN)
        # A child that ended before anybody listened has sent its signal already.
        if self._waker is not None:
            self._waker.send(b"\0")


def _has_ended(process: int) -> bool:
    options = os.WEXITED | os.WNOHANG | os.WNOWAIT
    return os.waitid(os.P_PID, process, options) is not None
