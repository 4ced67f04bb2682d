"""Admin pages whose every change goes into the audit trail, with what was before and after."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from accounts import audit
from accounts.models import User
from common.admin_lookups import OfferedLookupsAdmin
from common.clock import utc_now

UNSAID = frozenset({"password", "last_login", "digest"})  # secrets, and what is no decision


class AuditedAdmin(OfferedLookupsAdmin[Any]):
    """Writes each change that is made here, of a row or of the rows below it, into the trail."""

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        """Keep what was there, save, and leave the record to ``save_related``."""
        form.stored_before = _stored(obj) if change else {}
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save what belongs to the row, then record it: groups are known only now."""
        super().save_related(request, form, formsets, change)
        _record_change(request, form.instance, form.stored_before)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Save the rows below, and record each that was added, changed or deleted."""
        rows = [one.instance for one in formset.initial_forms]
        before = {row.pk: (row, _stored(row), audit.chain_of(row)) for row in rows}
        super().save_formset(request, form, formset, change)
        for pk, (row, state, chain) in before.items():
            row.pk = pk
            if type(row)._default_manager.filter(pk=pk).exists():
                _record_change(request, row, state)
            else:
                _record("deleted", request, row, chain=chain, before=state)
        for row in formset.new_objects:
            _record_change(request, row, {})

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        """Record what is deleted, and delete it."""
        with _deleting(request, [obj]):
            super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Record each row that is deleted, and delete them."""
        with _deleting(request, list(queryset)):
            super().delete_queryset(request, queryset)


@contextmanager
def _deleting(request: HttpRequest, rows: list[Any]) -> Iterator[None]:
    states = [(row, row.pk, _stored(row), audit.chain_of(row)) for row in rows]
    with transaction.atomic():
        yield
        for row, pk, state, chain in states:
            row.pk = pk  # Django takes it away with the row
            _record("deleted", request, row, chain=chain, before=state)


def _record_change(request: HttpRequest, row: Model, before: dict[str, Any]) -> None:
    after = _stored(row)
    changed = [name for name in after if before.get(name) != after[name]]
    if not changed:
        return
    _record(
        "changed" if before else "added",
        request,
        row,
        chain=audit.chain_of(row),
        before={name: before[name] for name in changed if name in before},
        after={"named": str(row), **{name: after[name] for name in changed}},
    )


def _record(
    what: str,
    request: HttpRequest,
    row: Model,
    *,
    chain: str,
    before: dict[str, Any],
    after: dict[str, Any] | None = None,
) -> None:
    assert isinstance(request.user, User)
    audit.record(
        f"{row._meta.model_name}_{what}",
        row,
        chain=chain,
        acting_user=request.user,
        now=utc_now(),
        before=before,
        after=after or {},
    )


def _stored(row: Model) -> dict[str, Any]:
    """Return a row as the database has it, without what is secret."""
    stored = type(row)._default_manager.get(pk=row.pk)
    state: dict[str, Any] = {
        field.name: _said(getattr(stored, field.name))
        for field in stored._meta.concrete_fields
        if field.name not in UNSAID
    }
    for many in stored._meta.many_to_many:
        state[many.name] = sorted(str(other) for other in getattr(stored, many.name).all())
    return state


def _said(value: Any) -> Any:
    return value if value is None or isinstance(value, (bool, int, str)) else str(value)
