"""One cursor pagination: newest first, stable while rows arrive.

A list's view derives from ``PagedView`` and ends with ``return self.page(rows, Shape)``. The
cursor is signed for the list's own address, so one that we did not make for it is refused, and so
is a query parameter that the list does not know.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.core import signing
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from common.errors import MalformedRequest

PAGE_SIZE = 50
PAGE_SIZE_MAX = 200


class InvalidCursor(MalformedRequest):
    """Take a cursor from the next or previous link of this list."""

    code = "invalid_cursor"


class InvalidLimit(MalformedRequest):
    """limit is a whole number from 1 to 200."""

    code = "invalid_limit"


class UnknownParameter(MalformedRequest):
    """This list does not know one of the parameters."""

    code = "unknown_parameter"


class NewestFirst(CursorPagination):
    """Page through rows by their time-ordered primary key."""

    ordering = "-pk"
    page_size = PAGE_SIZE
    page_size_query_param = "limit"
    page_size_query_description = f"Rows of a page, 1 to {PAGE_SIZE_MAX}; otherwise {PAGE_SIZE}."
    cursor_query_description = "From the next or previous link of a page; opaque."
    max_page_size = PAGE_SIZE_MAX

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """Return the parameters of a list for the document, with their bounds."""
        parameters = super().get_schema_operation_parameters(view)
        bounds = {"minimum": 1, "maximum": PAGE_SIZE_MAX}
        for parameter in parameters:
            if parameter["name"] == self.page_size_query_param:
                parameter["schema"] |= bounds
        return parameters

    def paginate_queryset(
        self, queryset: Any, request: Request, view: Any = None
    ) -> list[Any] | None:
        """Return one page.

        Raises
        ------
        InvalidCursor, InvalidLimit
            The parameter is not one that a page's links have, or out of bounds.
        """
        self.paged_request = request
        try:
            return super().paginate_queryset(queryset, request, view)
        except (ValidationError, ValueError):
            # It was signed, but the field of the key no longer reads it.
            raise InvalidCursor(field="cursor") from None

    def get_page_size(self, request: Request) -> int:
        """Return how many rows a page has; what is out of bounds is refused, not cut."""
        given = request.query_params.get("limit")
        if given is None:
            return PAGE_SIZE
        if not (given.isascii() and given.isdigit() and len(given) <= len(str(PAGE_SIZE_MAX))):
            raise InvalidLimit(field="limit")
        if not 1 <= int(given) <= PAGE_SIZE_MAX:
            raise InvalidLimit(field="limit")
        return int(given)

    def decode_cursor(self, request: Request) -> Cursor | None:
        """Return the position that a cursor of this list stands for."""
        given = request.query_params.get("cursor")
        if given is None:
            return None
        try:
            reverse, position = signing.loads(given, salt=_salt(request))
        except (signing.BadSignature, ValueError):
            raise InvalidCursor(field="cursor") from None
        return Cursor(offset=0, reverse=reverse, position=position)

    def encode_cursor(self, cursor: Cursor) -> str:
        """Return the address of the page at a position; a key is unique, so there is no offset."""
        signed = signing.dumps([cursor.reverse, cursor.position], salt=_salt(self.paged_request))
        address = self.paged_request.build_absolute_uri()
        link: str = replace_query_param(address, "cursor", signed)
        return link

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {
                "next": {**link, "description": "The page of older rows; null on the last one."},
                "previous": {**link, "description": "The page of newer rows; null on the first."},
                "results": schema,
            },
        }


class PagedView(APIView):
    """A list. ``filters`` names the query parameters that it knows besides cursor and limit."""

    pagination_class = NewestFirst
    filters: ClassVar[tuple[str, ...]] = ()

    def page(self, rows: QuerySet[Any], shape: type[serializers.BaseSerializer[Any]]) -> Response:
        """Return one page of rows in a shape.

        Raises
        ------
        UnknownParameter
            Naming the parameters that the list does not know.
        """
        require_known_parameters(self.request, *self.filters)
        pages = self.pagination_class()
        page = pages.paginate_queryset(rows, self.request, view=self)
        return pages.get_paginated_response(shape(page, many=True).data)


def require_known_parameters(request: Request, *filters: str) -> None:
    """Raise UnknownParameter when the query has another parameter than a list's."""
    known = [*filters, "cursor", "limit"]
    unknown = sorted(set(request.query_params) - set(known))
    if unknown:
        raise UnknownParameter(
            f"{unknown[0][:40]}: there is no such parameter; there are: {', '.join(known)}.",
            field=unknown[0][:40],
            unknown=[name[:40] for name in unknown],
        )


def _salt(request: Request) -> str:
    return f"cursor:{request.path}"
