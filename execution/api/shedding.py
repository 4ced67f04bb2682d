"""The shedding order at the API's door: who is turned away first when there is too much."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.throttling import BaseThrottle

from accounts.models import User
from common.request_ids import HEADER
from execution.scheduling.load_shedding import Priority
from execution.services import admission

if TYPE_CHECKING:  # the framework's views import this module
    from rest_framework.request import Request
    from rest_framework.views import APIView


class SheddingThrottle(BaseThrottle):
    """Let a request in, or raise Shed.

    A view that is more or less important than who asks says so with ``shed_as``.
    """

    def allow_request(self, request: Request, view: APIView) -> bool:
        """Return True, or raise Shed."""
        admission.admit(_priority(request, view), request_id=request.headers.get(HEADER))
        return True


def _priority(request: Request, view: APIView) -> Priority:
    declared = getattr(view, "shed_as", None)
    if declared is not None:
        return Priority(declared)
    if request.method == "DELETE":
        return Priority.CRITICAL  # what ends something takes load away
    if not view.authentication_classes:
        return Priority.HIGH  # other services of the platform
    return admission.priority_of(request.user) if isinstance(request.user, User) else Priority.LOW
