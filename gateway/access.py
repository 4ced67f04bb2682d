"""Which principal may read what: decided for each read, at the real present."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime

from accounts.models import User
from common.errors import Forbidden
from gateway.requests import GatewayRequest, ScriptOutputRequest, UpstreamOutputs
from registry import access as registry_access


class NotReadable(Forbidden, PermissionError):  # what a script catches
    """You may not read this. Undeclared, not entitled and unknown look the same."""

    code = "not_readable"


def authorise(
    user: User,
    request: GatewayRequest,
    *,
    upstream: Mapping[str, UpstreamOutputs],
    at: datetime,
) -> None:
    """Raise NotReadable unless a run of the user may make this read.

    Prices, and numbers computed from them, are open to every run. Another script's outputs are
    open to a run whose version declares that script, while its user is entitled to it.
    """
    if not isinstance(request, ScriptOutputRequest):
        return
    declared = request.script_id in upstream
    if not declared or not _may_use(user, request.script_id, at=at):
        raise NotReadable(
            f"get_script_output: {request.script_id!r} cannot be read. Name the script with its "
            "version in depends_on, and make sure that you are entitled to it.",
            field="script_id",
        )


def _may_use(user: User, script_id: str, *, at: datetime) -> bool:
    return registry_access.access_still_valid(user.pk, uuid.UUID(script_id), at=at)
