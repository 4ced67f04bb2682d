"""The API's document as a whole: what no single view knows.

Examples come from ``api_examples.json``. A test plays each of them against the platform and
compares the replies, so they are what really happens; with WRITE_EXAMPLES=1 it writes them anew.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from signalhub.ingest_document import ingest_paths

EXAMPLES = Path(__file__).with_name("api_examples.json")
MOUNTS = ("/api/v2", "")
TWICE_MOUNTED = re.compile(r"/scripts|/subscriptions|/signals/[^/]+/custom/")
METHODS = ("get", "post", "put", "patch", "delete")

DESCRIPTION = """
Scripts that are reviewed before they run, run isolated from everything, and answer only those who
are entitled to them.

**Signing in.** `Authorization: Bearer` with a key (`shk_…`) or with an access token from
`/api/v2/auth/token`, or the session of a browser with its CSRF token. A key is good for what its
scopes say; `scope_required` names the one that is missing.

**Two mounts.** Scripts and their runs answer at the root and under `/api/v2` alike. No address has
a slash at its end.

**Errors** are `application/problem+json`. `code` never changes its meaning; `field` names the part
of the request that is wrong. What is foreign and what does not exist look the same: 404. A 5xx is
always our fault.

**Lists** come newest first, a page at a time. Follow `next` until it is null; `limit` is 1 to 200.
A parameter that a list does not know is refused.

**Changes.** What can be changed has an `ETag`. Send it as `If-None-Match` to learn that nothing
changed (304), as `If-Match` to change only what you read (412 otherwise).

**Limits.** Every answer says in `RateLimit-Policy` and `RateLimit` what your tier allows a minute
and what is left of it; `GET /api/v2/limits` says all of it. 429 is your own limit, 503 is ours:
both have a `Retry-After` in seconds, and nothing was done.

**Lost answers.** Every POST that creates or steps takes an `Idempotency-Key`: sent again within 24
hours with the same key and body it acts once and answers what it answered, with
`Idempotency-Replayed: true`. Another request under the same key is refused.
""".strip()

STEPS = "versions|submit|approve|request-changes|publish|rollback"
MARKET = "products|product-subscriptions|remote-products|integration|webhooks|scripts/access"
TAGS = [
    ("Signing in", r"^/api/v2/auth/.*$"),
    ("Scripts", rf"^/scripts(/\{{script_id\}}(/({STEPS}).*)?)?$"),
    ("Access", r"^/scripts/\{script_id\}/(entitlements|access).*$"),
    ("Runs", r"^/(scripts/\{script_id\}/(execute|subscribe|trials).*|subscriptions/.*)$"),
    ("Runs", r"^/api/v2/signals/execut.*$"),
    ("Versions", r"^/api/v2/signals/(version-policy|recommendations)/.*$"),
    ("Streams", r"^/(signals/|api/v2/signals/sdk/).*$"),
    ("Data", r"^/data/.*$"),
    ("Prices in", r"^/api/v2/market/.*$"),
    ("Marketplace", rf"^/api/v[12]/({MARKET}).*$"),
    ("Signals", r"^/api/v[12]/signals(/from/.*)?$"),
    ("Limits", r"^(/api/v2|/scripts/\{script_id\})/limits$"),
    ("Deliveries", r"^/api/v2/(destinations|deliveries)(/.*)?$"),
    ("Operations", r"^/(health|metrics|config|api/v2/admin/).*$"),
]


def complete(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add the addresses that are no API views, the groups, and the examples."""
    result["paths"] = dict(sorted({**result["paths"], **_plain_paths()}.items()))
    for path, operations in result["paths"].items():
        for method in METHODS:
            if method in operations:
                operations[method]["tags"] = [group_of(path)]
                _add_example(operations[method], example_of(method, path))
    names = dict.fromkeys(name for name, _ in TAGS)
    result["tags"] = [{"name": name} for name in names]
    return result


def without_mount(path: str) -> str:
    """Return the address of an operation at the root; the other mount's is the same operation."""
    rest = path.removeprefix(MOUNTS[0])
    return rest if TWICE_MOUNTED.match(rest) else path


def group_of(path: str) -> str:
    """Return the group that an address belongs to."""
    for name, pattern in TAGS:
        if re.match(pattern, without_mount(path)):
            return name
    return "Other"


def example_of(method: str, path: str) -> dict[str, Any] | None:
    """Return the example of an operation, or None."""
    found: dict[str, Any] | None = _examples().get(f"{method.upper()} {without_mount(path)}")
    return found


@cache
def _examples() -> dict[str, Any]:
    examples: dict[str, Any] = json.loads(EXAMPLES.read_text())
    return examples


def _add_example(operation: dict[str, Any], example: dict[str, Any] | None) -> None:
    if example is None:
        return
    if "request" in example:
        for content in operation["requestBody"]["content"].values():
            content["example"] = example["request"]
    for name, value in example.get("query", {}).items():
        for parameter in operation["parameters"]:
            if (parameter["in"], parameter["name"]) == ("query", name):
                parameter["example"] = value
    if "response" in example:
        reply = operation["responses"][str(example["status"])]
        reply["content"]["application/json"]["example"] = example["response"]


def _plain_paths() -> dict[str, Any]:
    health = {
        "description": "Every piece is well.",
        "content": {"application/json": {"schema": _health_schema()}},
    }
    return {
        "/health": {"get": _health("health", "Ask every piece of the platform how it is.", health)},
        "/health/ready": {
            "get": _health("health_ready", "Ask whether the platform can take work.", health)
        },
        "/health/live": {
            "get": {
                "operationId": "health_live",
                "summary": "Ask whether this process answers.",
                "responses": {"200": _json("It does.", {"status": {"const": "ok"}})},
            }
        },
        **ingest_paths(),
    }


def _health(name: str, summary: str, well: dict[str, Any]) -> dict[str, Any]:
    unwell = {**well, "description": "A piece is not well; it says why."}
    return {"operationId": name, "summary": summary, "responses": {"200": well, "503": unwell}}


def _health_schema() -> dict[str, Any]:
    check = {
        "type": "object",
        "required": ["ok", "detail"],
        "properties": {"ok": {"type": "boolean"}, "detail": {"type": "string"}},
    }
    return {
        "type": "object",
        "required": ["status", "checks"],
        "properties": {
            "status": {"enum": ["ok", "unhealthy"]},
            "checks": {"type": "object", "additionalProperties": check},
        },
    }


def _json(description: str, properties: dict[str, Any]) -> dict[str, Any]:
    schema = {"type": "object", "required": [*properties], "properties": properties}
    return {"description": description, "content": {"application/json": {"schema": schema}}}
