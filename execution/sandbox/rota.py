"""Which zygote serves: started and proven, renewed when worn, retired when a wall falls."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from execution.sandbox.config import SandboxConfig
from execution.sandbox.layers import Layer, SandboxUnavailable
from execution.sandbox.shift import Shift
from execution.sandbox.zygote_process import ZygoteDied

logger = logging.getLogger(__name__)

_RENEWAL_RETRY_SECONDS = 60.0


class Rota:
    """The zygote at work, and those that wait for their last run; safe to use from threads."""

    def __init__(
        self,
        config: SandboxConfig,
        *,
        when_unproven: Callable[[SandboxUnavailable], None] | None = None,
    ) -> None:
        self.config = config
        self.layers: dict[str, Layer] = {}
        self._when_unproven = when_unproven
        self._was_proven = False
        self._shift: Shift | None = None
        self._leaving: list[Shift] = []
        self._renewal: threading.Thread | None = None
        self._renew_not_before = 0.0
        self._lifecycle = threading.RLock()

    def start(self) -> Shift:
        """Return the shift at work; where there is none, start one and prove its layers.

        Raises
        ------
        SandboxUnavailable
            A required layer does not stand, or the jail cannot be started at all.
        """
        with self._lifecycle:
            if self._shift is None or not self._shift.is_fit:
                self._let_go(self._shift)
                self._shift = self._start_shift()
            return self._shift

    def _start_shift(self) -> Shift:
        shift = self._open_shift()
        try:
            self._prove(shift)
        except BaseException:
            shift.stop()
            raise
        return shift

    def _open_shift(self) -> Shift:
        if self.config.profile is not None:
            return Shift(self.config.profile, self.config)
        try:
            return Shift("host", self.config)
        except SandboxUnavailable as refused:
            logger.warning("sandbox_without_namespaces: %s", refused)
            return Shift("container", self.config)

    def _prove(self, shift: Shift) -> None:
        try:
            self.layers = shift.prove().layers
            self._was_proven = True
        except SandboxUnavailable as fault:
            self.layers = fault.layers
            # At the very start there is nothing yet that could be stopped.
            if self._was_proven and self._when_unproven is not None:
                self._when_unproven(fault)
            raise

    @contextmanager
    def at_work(self) -> Iterator[Shift]:
        """Have one run begin and end with a shift; a worn one is renewed afterwards.

        Raises
        ------
        SandboxUnavailable
            A required layer does not stand, or the jail cannot be started at all.
        """
        shift = self.start()
        while not shift.begin_run():
            shift = self.start()
        try:
            yield shift
        finally:
            shift.end_run()
            self._renew_if_due(shift)

    @property
    def current(self) -> Shift | None:
        """The shift at work, if there is one."""
        return self._shift

    @property
    def is_drained(self) -> bool:
        """Whether nothing runs, and nothing that was let go of is left."""
        return self._shift is None and all(shift.is_over for shift in self._leaving)

    def probe_again(self) -> None:
        """Prove every layer once more; when a required one is gone, no run begins any more.

        Runs that had begun are heard to their end. The next run would start another zygote, whose
        layers are all proven first.

        Raises
        ------
        SandboxUnavailable
            A required layer does not stand.
        """
        shift = self._shift
        if shift is None:
            raise SandboxUnavailable("the sandbox is not running", layers=self.layers)
        try:
            self._prove(shift)
        except SandboxUnavailable:
            self.discard(shift)
            raise

    def stop(self) -> None:
        """End the zygote and every guest with it."""
        with self._lifecycle:
            for shift in (self._shift, *self._leaving):
                if shift is not None:
                    shift.stop()
            self._shift = None
            self._leaving.clear()

    def retire(self) -> None:
        """Let no run begin with the zygote there is; those that began are heard to their end."""
        with self._lifecycle:
            shift, self._shift = self._shift, None
            self._let_go(shift)

    def discard(self, shift: Shift) -> None:
        """Let no run begin with a shift any more."""
        # Another thread may have noticed as well, and started the next one already.
        with self._lifecycle:
            if self._shift is shift:
                self._shift = None
            self._let_go(shift)

    def _let_go(self, shift: Shift | None) -> None:
        self._leaving = [leaving for leaving in self._leaving if not leaving.is_over]
        if shift is not None:
            shift.retire() if shift.zygote.is_alive else shift.stop()
            if not shift.is_over:
                self._leaving.append(shift)

    def _renew_if_due(self, shift: Shift) -> None:
        with self._lifecycle:
            is_renewing = self._renewal is not None and self._renewal.is_alive()
            if is_renewing or shift is not self._shift or not shift.is_due_for_renewal:
                return
            if time.monotonic() < self._renew_not_before:
                return
            # In the background, so that no run waits for it.
            self._renewal = threading.Thread(target=self._renew, args=(shift,), daemon=True)
            self._renewal.start()

    def _renew(self, worn: Shift) -> None:
        try:
            fresh = self._start_shift()
        except (SandboxUnavailable, ZygoteDied, OSError) as fault:
            logger.error("sandbox_renewal_failed: %s", fault)
            self._renew_not_before = time.monotonic() + _RENEWAL_RETRY_SECONDS
            if isinstance(fault, SandboxUnavailable) and fault.missing:
                self.discard(worn)
            return
        with self._lifecycle:
            if self._shift is not worn:
                fresh.stop()
                return
            self._shift = fresh
            self._let_go(worn)
        logger.info("sandbox_renewed: zygote %d", fresh.zygote.pid)

    def forget(self) -> None:
        """Let go, in a forked child, of what belongs to the parent."""
        for shift in (self._shift, *self._leaving):
            if shift is not None:
                shift.forget()
        self._shift = None
        self._leaving.clear()
