"""The API's document, and what of a reply does not fit it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from django.test import Client
from jsonschema import Draft202012Validator

METHODS = ("get", "post", "put", "patch", "delete")


class Document:
    """The document as a client gets it."""

    def __init__(self, content: dict[str, Any]) -> None:
        self.content = content
        self.paths: dict[str, Any] = content["paths"]

    def operations(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Yield method, path and operation of all there are."""
        for path, operations in self.paths.items():
            for method in METHODS:
                if method in operations:
                    yield method.upper(), path, operations[method]

    def operation(self, method: str, path: str) -> dict[str, Any]:
        """Return an operation."""
        found: dict[str, Any] = self.paths[path][method.lower()]
        return found

    def objections(self, method: str, path: str, reply: Any) -> list[str]:
        """Return what of a reply the document does not say."""
        documented = self.operation(method, path)["responses"].get(str(reply.status_code))
        where = f"{method} {path} {reply.status_code}"
        if documented is None:
            return [f"{where}: this status is not in the document: {reply.content[:300]!r}"]
        if "content" not in documented:
            return [f"{where}: a body where none is documented"] if reply.content else []
        kind = reply["Content-Type"].split(";")[0]
        if kind not in documented["content"]:
            return [f"{where}: {kind} is not in the document"]
        if reply.streaming:
            b"".join(reply.streaming_content)  # a file of its own kind, which has to be made whole
            return []
        body = json.loads(reply.content)
        errors = self.errors(body, documented["content"][kind]["schema"])
        return [f"{where}: {error}" for error in errors]

    def errors(self, value: Any, schema: dict[str, Any]) -> list[str]:
        """Return how a value does not fit a schema of the document."""
        whole = {**schema, "components": self.content["components"]}
        found = Draft202012Validator(
            whole, format_checker=Draft202012Validator.FORMAT_CHECKER
        ).iter_errors(value)
        return [f"{error.json_path}: {error.message[:300]}" for error in found]


def api_document() -> Document:
    """Fetch the document as anybody does."""
    reply = Client().get("/api/schema?format=json", headers={"Accept": "application/json"})
    assert reply.status_code == 200
    return Document(json.loads(reply.content))
