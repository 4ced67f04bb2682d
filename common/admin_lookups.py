"""What the address of a list in the admin may ask for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Generic, TypeVar

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.db.models import Model
from django.http import HttpRequest

Row = TypeVar("Row", bound=Model)


class OfferedLookupsAdmin(admin.ModelAdmin[Row], Generic[Row]):
    """Lets a list be narrowed by what it offers, and by nothing else.

    Django compares any column of the rows with what an address says, shown or not. Whoever may see
    a row could so read the secrets in it, character by character.
    """

    linked_lookups: tuple[str, ...] = ()  # what links of our own pages narrow by

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Return whether a list may be narrowed so."""
        offered = any(lookup == name or lookup.startswith(f"{name}__") for name in self._offered())
        return offered and super().lookup_allowed(lookup, value, request)  # type: ignore[arg-type]

    def _offered(self) -> Iterator[str]:
        yield from self.linked_lookups
        if self.date_hierarchy:
            yield self.date_hierarchy
        filters: Any = self.list_filter
        for one in filters:
            if isinstance(one, type) and issubclass(one, SimpleListFilter):
                yield str(one.parameter_name)
            else:
                yield one[0] if isinstance(one, tuple) else one
