"""What an author declares about a version, and the ``meta.json`` that is stored with it.

Decides whether a manifest is acceptable and how it is written down. It does not know whether the
versions it depends on exist.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from common import schemas
from common.canonical import canonical_json
from common.errors import InvalidInput, Unavailable
from registry.author_schemas import unsafe_keyword
from registry.semver import NotASemanticVersion, SemanticVersion

RUNTIME_MODES = ("realtime", "onetime")
TIMEFRAMES = ("1m", "5m", "15m", "30m", "1h", "1d")
MAX_DEPENDENCIES = 16
MAX_MARKED_FIELDS = 20
MAX_RELATIVE_TOLERANCE = 0.1
SMALLEST_STEP, LARGEST_STEP = 1e-9, 1e9  # the decimals that a number shows reach no further

_NAMES = {"type": "array", "maxItems": 100, "items": {"type": "string", "maxLength": 100}}
_MARK = {
    "type": "object",
    "properties": {
        "absolute": {"type": "number", "exclusiveMinimum": 0, "maximum": LARGEST_STEP},
        "relative": {"type": "number", "exclusiveMinimum": 0, "maximum": MAX_RELATIVE_TOLERANCE},
        "step": {"type": "number", "minimum": SMALLEST_STEP, "maximum": LARGEST_STEP},
    },
    "additionalProperties": False,
}
_SHAPE: dict[str, Any] = {
    "type": "object",
    "properties": {
        "runtime_mode": {"enum": list(RUNTIME_MODES)},
        "timeframe": {"enum": list(TIMEFRAMES)},
        "input_schema": {"type": "object"},
        "output_schema": {"type": "object"},
        "depends_on": {
            "type": "array",
            "maxItems": MAX_DEPENDENCIES,
            "items": {"type": "string", "maxLength": 80},
        },
        "permissions": {
            "type": "object",
            "properties": {"tiers": _NAMES, "features": _NAMES, "allowed_users": _NAMES},
            "additionalProperties": False,
        },
        "watermark": {
            "type": "object",
            "properties": {
                "tolerance": {
                    "type": "object",
                    "maxProperties": MAX_MARKED_FIELDS,
                    "additionalProperties": _MARK,
                },
            },
            "additionalProperties": False,
        },
    },
}


class InvalidManifest(InvalidInput):
    """The manifest is not acceptable."""

    code = "invalid_manifest"


class MalformedMeta(Unavailable):
    """The stored meta.json is not what was published; an operator has to restore it."""

    code = "malformed_meta"


@dataclass(frozen=True)
class DependencyReference:
    """One entry of ``depends_on``: a script and exactly one of its versions."""

    script_id: uuid.UUID
    version: str

    @classmethod
    def parse(cls, text: str, *, field: str = "depends_on") -> DependencyReference:
        """Read ``script_id@version``."""
        script_id, _, version = text.partition("@")
        try:
            return cls(uuid.UUID(script_id), str(SemanticVersion.parse(version)))
        except (ValueError, NotASemanticVersion):
            raise InvalidManifest(
                f"{field}: {text[:80]!r} is not a script id and a version such as "
                "0198c5e0-7a51-7cc2-8a3b-5b0c4a3e2f10@1.0.0.",
                field=field,
            ) from None

    def __str__(self) -> str:
        return f"{self.script_id}@{self.version}"


def default_manifest() -> dict[str, Any]:
    """Return the manifest of an author who declares nothing."""
    return {
        "runtime_mode": "realtime",
        "timeframe": "1d",
        "input_schema": {"type": "object"},
        "output_schema": {"type": "object"},
        "depends_on": [],
        "permissions": {"tiers": [], "features": [], "allowed_users": []},
    }


def complete_manifest(given: Mapping[str, Any], *, max_bytes: int) -> dict[str, Any]:
    """Check what an author declared, and return it with every default filled in.

    Raises
    ------
    InvalidManifest
        ``field`` names the first wrong field, ``errors`` lists them all.
    """
    _require_plain_json(given, max_bytes=max_bytes)
    _require_known_fields(given)
    _require_shape(given)
    default = default_manifest()
    manifest = {**default, **given}
    manifest["permissions"] = {**default["permissions"], **manifest["permissions"]}
    for field in ("input_schema", "output_schema"):
        _require_usable_schema(manifest[field], field=field)
    manifest["depends_on"] = _written_alike(manifest["depends_on"])
    _require_usable_tolerances(manifest)
    return manifest


def dependencies_of(manifest: Mapping[str, Any]) -> list[DependencyReference]:
    """Return the entries of ``depends_on``."""
    return [DependencyReference.parse(text) for text in manifest["depends_on"]]


def meta_document(
    manifest: Mapping[str, Any],
    *,
    script_id: uuid.UUID,
    version: str,
    owner_id: int,
    created_at: datetime,
    updated_at: datetime,
) -> dict[str, Any]:
    """Return what ``meta.json`` says about a published version."""
    return {
        **manifest,
        "script_id": str(script_id),
        "version": version,
        "owner_id": str(owner_id),
        "status": "published",
        "created_at": created_at.isoformat(),
        "updated_at": updated_at.isoformat(),
    }


def parse_meta(content: bytes) -> dict[str, Any]:
    """Read the bytes of a ``meta.json``.

    Raises
    ------
    MalformedMeta
        They are no JSON object in UTF-8, or name a field twice.
    """
    try:
        document = json.loads(content.decode(), object_pairs_hook=_without_repetition)
    except (ValueError, RecursionError) as error:
        raise MalformedMeta(f"The stored meta.json cannot be read: {error}.") from None
    if not isinstance(document, dict):
        raise MalformedMeta("The stored meta.json is no JSON object.")
    return document


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError("a field is named twice")
    return document


def _require_plain_json(given: Mapping[str, Any], *, max_bytes: int) -> None:
    try:
        encoded = canonical_json(given)
    except (TypeError, ValueError, RecursionError):
        # ValueError includes NaN, Infinity and half of a surrogate pair.
        raise InvalidManifest(
            "manifest: only text, finite numbers, true, false, null, lists and objects.",
            field="manifest",
        ) from None
    if len(encoded) > max_bytes:
        raise InvalidManifest(
            f"manifest: {len(encoded)} bytes of JSON; at most {max_bytes} are allowed.",
            field="manifest",
        )
    if b"\\u0000" in encoded.replace(rb"\\", b""):
        raise InvalidManifest("manifest: text may not contain the character NUL.", field="manifest")


def _require_known_fields(given: Mapping[str, Any]) -> None:
    unknown = sorted(set(given) - set(_SHAPE["properties"]))
    if unknown:
        known = ", ".join(_SHAPE["properties"])
        raise InvalidManifest(
            f"{unknown[0]}: there is no such field; a manifest has {known}.",
            field=unknown[0],
            errors=[{"field": name, "message": "There is no such field."} for name in unknown],
        )


def _require_shape(given: Mapping[str, Any]) -> None:
    found = [
        {"field": error["field"].removeprefix("manifest."), "message": error["message"]}
        for error in schemas.violations(dict(given), _SHAPE, root="manifest")
    ]
    if found:
        first = found[0]
        raise InvalidManifest(
            f"{first['field']}: {first['message']}.", field=first["field"], errors=found
        )


def _require_usable_schema(schema: Mapping[str, Any], *, field: str) -> None:
    problem = unsafe_keyword(schema) or schemas.check_schema(schema)
    if problem is None and schema.get("type", "object") != "object":
        problem = "type: must be object, since a value of it is a JSON object"
    if problem is not None:
        raise InvalidManifest(f"{field}: not a usable JSON Schema: {problem}.", field=field)


def _require_usable_tolerances(manifest: Mapping[str, Any]) -> None:
    for name, mark in manifest.get("watermark", {}).get("tolerance", {}).items():
        field = f"watermark.tolerance.{name}"
        parts = name.split(".")
        if parts[0] not in ("value", "metadata") or "" in parts or parts == ["metadata"]:
            raise InvalidManifest(
                f"{field}: {name[:80]!r} is no number of an output; write value, or a path such as "
                "value.upper or metadata.upper.",
                field=field,
            )
        if ("absolute" in mark) is ("relative" in mark):
            raise InvalidManifest(
                f"{field}: say either absolute, such as 0.005, or relative, such as 0.00001.",
                field=field,
            )
        if mark.get("absolute", LARGEST_STEP) < mark.get("step", 0):
            raise InvalidManifest(
                f"{field}: absolute is smaller than step, so no number could be marked.",
                field=field,
            )


def _written_alike(texts: list[str]) -> list[str]:
    seen: dict[uuid.UUID, str] = {}
    for text in texts:
        reference = DependencyReference.parse(text)
        if reference.script_id in seen:
            raise InvalidManifest(
                f"depends_on: script {reference.script_id} is named twice.", field="depends_on"
            )
        seen[reference.script_id] = str(reference)
    return list(seen.values())
