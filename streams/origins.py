"""Which pages may open a socket."""

from __future__ import annotations

from typing import Any

from channels.security.websocket import OriginValidator
from django.conf import settings


class KnownOrigins(OriginValidator):  # type: ignore[misc]
    """Refuse browsers on other sites' pages.

    A browser always says which page it is on, and lends that page the visitor's session. A program
    says nothing of the kind and has nothing to lend: it comes in with a key or a ticket.
    """

    def __init__(self, application: Any) -> None:
        super().__init__(application, settings.ALLOWED_HOSTS)

    def valid_origin(self, parsed_origin: Any) -> bool:
        return parsed_origin is None or bool(self.validate_origin(parsed_origin))
