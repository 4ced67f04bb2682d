"""Sources and manifests that nobody should send: refused by their field, with nothing half-done."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import AuditEvent, User
from registry.manifest import InvalidManifest, MalformedMeta, complete_manifest, parse_meta
from registry.models import Script, ScriptVersion
from tests.registry.test_api import NEW, as_user, post


def nothing_is_there() -> bool:
    return not (Script.objects.exists() or AuditEvent.objects.exists())


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"source": "x" * 2_000_000}, 413, "source"),
        ({"source": "\x7fELF\x02\x01\x01\x00\x00"}, 422, "source"),
        ({"source": "MZ\x90\x00\x03"}, 422, "source"),
        ({"source": None}, 422, "source"),
        ({"source": ["x = 1"]}, 422, "source"),
        ({"input_schema": {"type": "object", "description": "x" * 40_000}}, 422, "manifest"),
        ({"output_schema": {"type": "object", "title": "a\x00b"}}, 422, "manifest"),
        ({"input_schema": {"type": "array"}}, 422, "input_schema"),
        ({"input_schema": {"$ref": "https://example.com/schema.json"}}, 422, "input_schema"),
        ({"depends_on": ["not-an-id@1.0.0"]}, 422, "depends_on"),
        ({"depends_on": [f"0198c5e0-7a51-7cc2-8a3b-5b0c4a3e2f10@{v}.0.0" for v in "12"]}, 422, ""),
        ({"permissions": {"everybody": True}}, 422, "permissions"),
        ({"runtime_mode": "always"}, 422, "runtime_mode"),
        ({"version": "1.0.0-rc.1"}, 422, "version"),
        ({"version": "1.0.0+build"}, 422, "version"),
    ],
)
def test_bad_input_names_its_field_and_leaves_nothing(
    ada: User, change: dict[str, Any], status: int, field: str
) -> None:
    reply = post(ada, "/scripts", {**NEW, **change})

    assert reply.status_code == status
    named = [reply.data.get("field"), *(error["field"] for error in reply.data.get("errors", ()))]
    assert any((name or "").startswith(field) for name in named)
    assert nothing_is_there()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe{\x00}\x00",
        b'{"name": "RSI", "source": "\xe9"}',
        b'{"name": "RSI", "source": "x = \\udcff"}',
        b'{"name": "RSI", "source": "x = 1", "input_schema": {"minimum": NaN}}',
        b'{"name": "RSI", "source": "x = 1"',
        b"[" * 100_000,
    ],
)
def test_bytes_that_are_no_json_are_400(ada: User, body: bytes) -> None:
    client = APIClient()
    client.force_authenticate(ada)

    reply = client.post("/scripts", body, content_type="application/json")

    assert reply.status_code in (400, 422)
    assert reply["Content-Type"] == "application/problem+json"
    assert nothing_is_there()


def test_a_bad_edit_leaves_the_draft_as_it_was(ada: User, draft: ScriptVersion) -> None:
    before = ScriptVersion.objects.values().get(pk=draft.pk)

    for change in ({"source": "\x00"}, {"timeframe": "2m"}, {"depends_on": "x"}, {"version": "v2"}):
        body = {"description": "Changed.", **change}
        reply = as_user(ada).patch(f"/scripts/{draft.script_id}", body, format="json")
        assert reply.status_code == 422

    assert ScriptVersion.objects.values().get(pk=draft.pk) == before
    assert Script.objects.get(pk=draft.script_id).description == draft.script.description


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "cannot be read"),
        (b"\xff\xfe", "cannot be read"),
        (b"[]", "no JSON object"),
        (b"null", "no JSON object"),
        (b'{"version": "1.0.0"', "cannot be read"),
        (b'{"version": "1.0.0", "version": "2.0.0"}', "named twice"),
        (b"[" * 100_000, "cannot be read"),
    ],
)
def test_a_stored_meta_that_is_malformed_says_so(content: bytes, problem: str) -> None:
    with pytest.raises(MalformedMeta, match=problem):
        parse_meta(content)


def test_a_schema_that_nests_without_end_is_refused() -> None:
    schema: dict[str, Any] = {"type": "object"}
    schema["properties"] = {"self": schema}

    with pytest.raises(InvalidManifest):
        complete_manifest({"input_schema": schema}, max_bytes=32_768)
