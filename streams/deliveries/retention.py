"""Forget what was sent long ago, so that the log grows no further than its time."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings

from streams.models import Delivery, DeliveryState

AT_ONCE = 1000  # some hundredths of a second, in which nothing else is done


def forget_old_deliveries(*, now: datetime) -> bool:
    """Delete a bounded number of deliveries that were done with long ago; return if more may be."""
    before = now - timedelta(days=settings.DELIVERY_RETENTION_DAYS)
    old = Delivery.objects.exclude(state=DeliveryState.PENDING).filter(finished_at__lt=before)
    chosen = list(old.order_by("finished_at").values_list("pk", flat=True)[:AT_ONCE])
    Delivery.objects.filter(pk__in=chosen).delete()
    return len(chosen) == AT_ONCE
