"""What an attempt reports: whether it was held, and what happened."""

import errno
from collections.abc import Callable
from typing import Any

# What an attempt is told by the supervisor: where the bait is, and how much to try for.
Bait = dict[str, Any]
Outcome = tuple[bool, str]
Attempt = Callable[[Bait], Outcome]


def refused(action: Callable[[], Any], what: str) -> Outcome:
    """Try something that has to fail, for whatever reason."""
    try:
        action()
    except (OSError, MemoryError) as fault:
        return True, f"{what}: {fault.strerror or fault}" if isinstance(fault, OSError) else what
    return False, f"{what} was possible"


def refused_with(number: int, action: Callable[[], Any], what: str) -> Outcome:
    """Try something that has to fail for one reason; another one proves nothing."""
    try:
        action()
    except OSError as fault:
        said = f"{what}: {fault.strerror}"
        return (True, said) if fault.errno == number else (False, f"{said}, which is not its no")
    return False, f"{what} was possible"


def all_held(*outcomes: Outcome) -> Outcome:
    """Return whether every one of several attempts was held."""
    return all(held for held, _ in outcomes), "; ".join(detail for _, detail in outcomes)


PERMISSION = errno.EACCES
NOT_PERMITTED = errno.EPERM
