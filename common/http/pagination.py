"""One cursor pagination: newest first, stable while rows arrive."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request


class NewestFirst(CursorPagination):
    """Page through rows by their time-ordered primary key."""

    ordering = "-pk"
    page_size = 50
    page_size_query_param = "limit"
    max_page_size = 200

    def paginate_queryset(
        self, queryset: Any, request: Request, view: Any = None
    ) -> list[Any] | None:
        """Return one page; a cursor that we did not make leads nowhere."""
        try:
            return super().paginate_queryset(queryset, request, view)
        except (ValidationError, ValueError):
            # The cursor carries a key, and the key's field refuses to read it.
            raise NotFound(self.invalid_cursor_message) from None
