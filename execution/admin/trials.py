"""What a trial put out, with the bars it ran over, as the charts of the pages read it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, path

from common.clock import parse_instant
from execution.models import Trial
from market.queries import bars_between
from registry.admin.scoped import ScopedAdmin, readable_scripts

_NANOSECONDS = 1_000_000_000


@admin.register(Trial)
class TrialAdmin(ScopedAdmin):
    """Trials are shown on the pages of their versions; here is only the data of their charts."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_module_permission(request)

    def get_urls(self) -> list[URLPattern]:
        return [
            path(
                "<uuid:trial_id>/chart/",
                self.admin_site.admin_view(self.chart_view),
                name="execution_trial_chart",
            )
        ]

    def chart_view(self, request: HttpRequest, trial_id: uuid.UUID) -> HttpResponse:
        """Answer with the bars of a trial and with what it put out on them, as JSON."""
        if not self.has_view_permission(request):
            raise Http404
        trial = Trial.objects.filter(
            pk=trial_id, version__script__in=readable_scripts(request)
        ).first()
        if trial is None:
            raise Http404
        return JsonResponse(chart_of(trial))


def chart_of(trial: Trial) -> dict[str, Any]:
    """Return what a chart of a trial shows; times are whole seconds since 1970 UTC."""
    return {
        "instrument": trial.instrument_key,
        "timeframe": trial.timeframe,
        "bars": list(_bars(trial)),
        "outputs": list(_outputs(trial)),
    }


def _bars(trial: Trial) -> Iterator[dict[str, float]]:
    known = bars_between(
        trial.instrument_key,
        trial.timeframe,
        as_of=trial.started_at or trial.requested_at,
        limit=trial.bars,
    )
    columns = [known.values[name].tolist() for name in ("open", "high", "low", "close")]
    for opened_at, *prices in zip(known.opened_at_ns.tolist(), *columns, strict=True):
        named = dict(zip(("open", "high", "low", "close"), prices, strict=True))
        yield {"time": opened_at // _NANOSECONDS, **named}


def _outputs(trial: Trial) -> Iterator[dict[str, Any]]:
    for output in trial.outputs:
        metadata = output.get("metadata") or {}
        side = str(metadata.get("side", "")).lower()
        yield {
            "time": _second(output["bar"]),
            "numbers": _numbers(output.get("value")),
            "side": side if side in ("buy", "sell") else None,
        }


def _second(bar: str) -> int:
    opened_at: datetime = parse_instant(bar)
    return int(opened_at.timestamp())


def _numbers(value: Any) -> dict[str, float]:
    fields = value if isinstance(value, dict) else {"value": value}
    return {
        name: number
        for name, number in fields.items()
        if isinstance(number, int | float) and not isinstance(number, bool)
    }
