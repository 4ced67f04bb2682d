"""Who may bring prices in: every house's signals rest on them, so one house's operators may not."""

from __future__ import annotations

from accounts.models import User
from accounts.platform import operates_platform, require_platform_operator


def require_may_feed(user: User) -> None:
    """Raise PlatformOperatorRequired unless a user may bring prices in."""
    require_platform_operator(user)


def may_feed(user: object) -> bool:
    """Tell whether somebody signed in may bring prices in; for the admin and the servers."""
    return isinstance(user, User) and operates_platform(user)
