"""What the API's document says of an operation: said once, beside its handler.

How to use it in a view::

    @describe(
        request=serializers.NewThing,
        responses={201: serializers.ThingReply},
        raises=(NameTaken, RoleRequired),
        conditional=True,
    )
    @idempotent
    def post(self, request: AuthenticatedRequest) -> Response:
        \"\"\"Make a thing.

        The first line is the operation's summary, the rest its description.
        \"\"\"

``raises`` names the leaf errors that the handler's services raise; the document then lists their
codes by status. What every operation of a kind can answer (401, 406, a body that is no JSON, a bad
cursor, a reused idempotency key) is added here. ``conditional`` says that the handler uses
``tagged`` or ``unchanged``. A test sends requests to every operation and fails on an answer that
is not in the document.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from common.database_trouble import DatabaseBusy
from common.errors import InvalidInput, MalformedRequest, SignalHubError, Unauthenticated
from common.http import conditional as tags
from common.http import pagination, parsers, problems
from common.http.serializers import StrictSerializer
from common.in_flight import ServerBusy, Shed
from common.rate_limits import TooManyRequests

# No text holds the character NUL: neither the database nor most readers of JSON can keep it.
TEXT = r"^[^\x00]*$"
# The same with a character that Python does not take for space; engines differ in theirs.
_SPACES = r"\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
NOT_BLANK = rf"^[^\x00]*[^\x00{_SPACES}][^\x00]*$"

Handler = TypeVar("Handler", bound=Callable[..., Any])
Leaf = type[SignalHubError]

PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "An error, after RFC 9457. Some carry more: what helps to act on them.",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string", "const": "about:blank"},
        "title": {"type": "string", "description": "The code in words."},
        "status": {"type": "integer", "description": "The HTTP status again."},
        "code": {"type": "string", "description": "Which error it is; it never changes meaning."},
        "detail": {"type": "string", "description": "What is wrong and what to do, in a sentence."},
        "field": {"type": "string", "description": "The part of the request that is wrong."},
        "errors": {
            "type": "array",
            "description": "Each wrong part of the body, where several can be.",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
        "retry_after_seconds": {"type": "number", "description": "Also in Retry-After."},
    },
}
NOT_ACCEPTABLE = ("not_acceptable", "The reply is JSON; Accept has to allow it.")
NO_SUCH_ADDRESS = ("no_such_address", "There is nothing at this address.")
UNSUPPORTED = ("unsupported_media_type", "A body is application/json.")
FORBIDDEN = ("forbidden", "A browser's session needs its CSRF token as well.")


def describe(
    *,
    responses: Any,
    request: Any = None,
    raises: tuple[Leaf, ...] = (),
    conditional: bool = False,
    **more: Any,
) -> Callable[[Handler], Handler]:
    """Say what an operation takes, answers and raises; ``more`` goes to ``extend_schema``."""

    def decorate(handler: Handler) -> Handler:
        handler.raises = raises  # type: ignore[attr-defined]
        handler.conditional = conditional  # type: ignore[attr-defined]
        described: Handler = extend_schema(request=request, responses=responses, **more)(handler)
        return described

    return decorate


class DescribedSchema(AutoSchema):
    """Adds to each operation its summary, its headers and every error that it can answer."""

    def get_summary(self) -> str | None:
        """Return the first paragraph of the handler's docstring."""
        given: str | None = super().get_summary()
        return given or " ".join(_paragraphs(self._handler())[:1]) or None

    def get_description(self) -> str:  # type: ignore[override]  # AutoSchema narrowed it
        """Return what the handler's docstring says besides."""
        return "\n\n".join(_paragraphs(self._handler())[1:])

    def get_operation(
        self, path: str, path_regex: str, path_prefix: str, method: str, registry: Any
    ) -> dict[str, Any] | None:
        """Return the operation with its errors and headers."""
        operation: dict[str, Any] | None = super().get_operation(
            path, path_regex, path_prefix, method, registry
        )
        if operation is None:
            return None
        parameters = [*operation.get("parameters", []), *self._headers()]
        if parameters:
            operation["parameters"] = parameters
        self._say_tags(operation["responses"])
        operation["responses"].update(self._problems(registry, bool(operation.get("requestBody"))))
        return operation

    def _map_serializer_field(
        self, field: Any, direction: Any, bypass_extensions: bool = False
    ) -> dict[str, Any]:
        """Return the schema of a field; of a request's, what a text and a list may not be."""
        mapped = super()._map_serializer_field(field, direction, bypass_extensions)  # type: ignore[no-untyped-call]
        schema: dict[str, Any] = mapped
        if direction != "request":
            return schema
        if type(field) is serializers.CharField:
            return {**schema, **_text_rules(field)}
        if isinstance(field, serializers.ListField) and not field.allow_empty:
            return {**schema, "minItems": 1}
        return schema

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> dict[str, Any]:
        """Return the schema of a body; of a strict one, that it has no other fields."""
        schema: dict[str, Any] = super()._map_basic_serializer(serializer, direction)  # type: ignore[no-untyped-call]
        if isinstance(serializer, StrictSerializer):
            return {**schema, "additionalProperties": False}
        return schema

    def _handler(self) -> Any:
        return getattr(self.view, self.method.lower())

    def _is(self, quality: str) -> bool:
        return bool(getattr(self._handler(), quality, False))

    def _headers(self) -> Iterator[dict[str, Any]]:
        if self._is("idempotent"):
            yield _header(
                "Idempotency-Key",
                "Your own name of this request: sent again with the same key it acts once, and "
                "answers what it answered. Kept for 24 hours.",
                maxLength=80,
                pattern="^[!-~]+$",
            )
        if self._is("conditional") and self.method == "GET":
            yield _header("If-None-Match", "An ETag that you have: 304 while it is still true.")
        elif self._is("conditional"):
            yield _header("If-Match", "The ETag that you read: 412 when it is no longer true.")

    def _say_tags(self, responses: dict[str, Any]) -> None:
        if not self._is("conditional"):
            return
        tag = {"schema": {"type": "string"}, "description": "Names this state of the resource."}
        for status, reply in responses.items():
            if status.startswith("2"):
                reply.setdefault("headers", {})["ETag"] = tag
        if self.method == "GET":
            responses["304"] = {"description": "You have it already.", "headers": {"ETag": tag}}

    def _problems(self, registry: Any, has_body: bool) -> dict[str, Any]:
        component = ResolvedComponent(  # type: ignore[no-untyped-call]
            "Problem", ResolvedComponent.SCHEMA, schema=PROBLEM, object="Problem"
        )
        registry.register_on_missing(component)
        by_status: dict[int, dict[str, str]] = defaultdict(dict)
        for leaf in (*self._handler_raises(), *self._leaves_of_its_kind(has_body)):
            by_status[problems.status_of(leaf())][leaf.code] = _sentence(leaf)
        by_status[406].update([NOT_ACCEPTABLE])
        if "{" in self.path:  # what is no id at all leads to no operation
            by_status[404].update([NO_SUCH_ADDRESS])
        if self._needs_sign_in() and self.method != "GET":
            by_status[403].update([FORBIDDEN])
        if has_body:
            by_status[415].update([UNSUPPORTED])
        return {
            str(status): _problem_reply(component.ref, codes)
            for status, codes in sorted(by_status.items())
        }

    def _handler_raises(self) -> tuple[Leaf, ...]:
        return tuple(getattr(self._handler(), "raises", ()))

    def _leaves_of_its_kind(self, has_body: bool) -> Iterator[Leaf]:
        if self._needs_sign_in():
            for way_in in self.view.authentication_classes:
                yield from getattr(way_in, "raises", ())
            yield from (Unauthenticated, TooManyRequests)
        yield from (DatabaseBusy, ServerBusy, Shed)
        if has_body:
            yield from (MalformedRequest, InvalidInput, parsers.BodyTooLarge)
        if getattr(self.view, "pagination_class", None) and self.method == "GET":
            yield from (
                pagination.InvalidCursor,
                pagination.InvalidLimit,
                pagination.UnknownParameter,
            )
        if self._is("conditional") and self.method != "GET":
            yield tags.PreconditionFailed
        if self._is("idempotent"):
            yield from tuple(getattr(self._handler(), "idempotency_errors", ()))

    def _needs_sign_in(self) -> bool:
        return bool(self.view.authentication_classes)


def _text_rules(field: serializers.CharField) -> dict[str, Any]:
    if field.allow_blank:
        return {"pattern": TEXT}
    return {"minLength": 1, "pattern": NOT_BLANK if field.trim_whitespace else TEXT}


def _header(name: str, description: str, **schema: Any) -> dict[str, Any]:
    return {
        "in": "header",
        "name": name,
        "schema": {"type": "string", **schema},
        "description": description,
    }


def _problem_reply(problem: dict[str, Any], codes: dict[str, str]) -> dict[str, Any]:
    listed = "\n".join(f"* `{code}`: {sentence}" for code, sentence in sorted(codes.items()))
    schema = {"allOf": [problem, {"properties": {"code": {"enum": sorted(codes)}}}]}
    return {"description": listed, "content": {problems.CONTENT_TYPE: {"schema": schema}}}


def _sentence(leaf: Leaf) -> str:
    return (leaf.__doc__ or "").strip().splitlines()[0]


def _paragraphs(handler: Any) -> list[str]:
    text = "\n".join(line.strip() for line in (handler.__doc__ or "").strip().splitlines())
    return [paragraph.replace("\n", " ").strip() for paragraph in text.split("\n\n") if paragraph]
