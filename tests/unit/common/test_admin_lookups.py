"""The address of a list in the admin asks for what the list offers, and for nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.test import RequestFactory

OF_LIBRARIES = ("auth", "django_q")  # superusers alone see them
OWN = [one for one in admin.site._registry.values() if one.opts.app_label not in OF_LIBRARIES]
SECRETS = {
    "ingest.Producer": ("secret_encrypted", "previous_secret_encrypted"),
    "streams.Destination": ("address", "secret", "previous_secret", "code_sha256"),
    "registry.ScriptVersion": ("source", "manifest"),
}


@pytest.mark.parametrize("own", OWN, ids=lambda own: own.opts.label)
def test_no_column_is_compared_that_a_list_does_not_offer(own: Any) -> None:
    offered = {name.partition("__")[0] for name in offered_by(own)}
    request = RequestFactory().get("/")

    compared = [
        field.name
        for field in own.opts.concrete_fields
        if not {field.name, field.attname} & offered
        for lookup in (field.name, f"{field.name}__startswith", f"{field.attname}__in")
        if own.lookup_allowed(lookup, "x", request)
    ]

    assert compared == []
    assert not offered & set(SECRETS.get(own.opts.label, ()))


@pytest.mark.parametrize("own", OWN, ids=lambda own: own.opts.label)
def test_what_a_list_offers_is_asked_for(own: Any) -> None:
    request = RequestFactory().get("/")

    refused = [name for name in offered_by(own) if not own.lookup_allowed(name, "x", request)]

    assert refused == []


def offered_by(own: Any) -> Iterator[str]:
    yield from own.linked_lookups
    if own.date_hierarchy:
        yield own.date_hierarchy
    for one in own.list_filter:
        if isinstance(one, type) and issubclass(one, SimpleListFilter):
            yield str(one.parameter_name)
        else:
            yield one[0] if isinstance(one, tuple) else one
