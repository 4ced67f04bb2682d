"""Which principal may read what: decided for each read, at the real present."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime

from accounts.models import User
from common.errors import Forbidden
from gateway.requests import GatewayRequest, ScriptOutputRequest, UpstreamOutputs
from registry import access as registry_access
from registry.models import ProductSubscription
from registry.product_access import require_right


class NotReadable(Forbidden, PermissionError):  # what a script catches
    """You may not read this. Undeclared, not entitled and unknown look the same."""

    code = "not_readable"


def authorise(
    user: User,
    request: GatewayRequest,
    *,
    upstream: Mapping[str, UpstreamOutputs],
    at: datetime,
) -> ProductSubscription | None:
    """Return the product subscription on which alone a read of a user's run rests, or None.

    Prices, and numbers computed from them, are open to every run. Another script's outputs are
    open to a run whose version declares that script, while its user is entitled to it.

    Raises
    ------
    NotReadable
        A run of the user may not make this read.
    """
    if not isinstance(request, ScriptOutputRequest):
        return None
    try:
        if request.script_id not in upstream:
            raise registry_access.NotEntitled
        return require_right(user.pk, uuid.UUID(request.script_id), at=at)
    except registry_access.NotEntitled:
        raise NotReadable(
            f"get_script_output: {request.script_id!r} cannot be read. Name the script with its "
            "version in depends_on, and make sure that you are entitled to it.",
            field="script_id",
        ) from None
