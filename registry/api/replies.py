"""Bodies of replies: what of a script its reader may see."""

from __future__ import annotations

from typing import Any

from accounts.models import User
from registry import access, queries
from registry.api import serializers
from registry.models import Entitlement, Script, ScriptVersion


def script_detail(script: Script, reader: User) -> dict[str, Any]:
    """Return a script with the version at hand: the open one for those who may read it."""
    body: dict[str, Any] = dict(serializers.ScriptReply(script).data)
    if access.may_read_source(reader, script):
        version = queries.open_version(script) or queries.last_released(script)
        body["version"] = version and serializers.VersionWithSourceReply(version).data
    else:
        current = script.current_version
        body["version"] = current and serializers.VersionReply(current).data
    return body


def version_reply(version: ScriptVersion, reader: User) -> dict[str, Any]:
    """Return one version, with its source for those who may read it."""
    if access.may_read_source(reader, version.script):
        return dict(serializers.VersionWithSourceReply(version).data)
    return dict(serializers.VersionReply(version).data)


def grant_reply(entitlement: Entitlement, missing: list[Script]) -> dict[str, Any]:
    """Return a new entitlement and the scripts that its user also needs."""
    return {
        **serializers.EntitlementReply(entitlement).data,
        "missing_dependencies": [
            {"script_id": str(script.pk), "name": script.name} for script in missing
        ],
    }
