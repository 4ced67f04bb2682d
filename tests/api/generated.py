"""Requests made from the API's document: some that fit it, some that nearly do."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
NASTY = st.sampled_from(
    [
        "",
        "\x00",
        "../..",
        "' OR 1=1 --",
        "<script>",
        "%00",
        "\U0001d54f",
        "\u202e",
        "a" * 5000,
        "null",
        "-1",
    ]
)


class Maker:
    """Draws values for schemas of one document; ``known`` are values that lead somewhere."""

    def __init__(self, components: dict[str, Any], known: dict[str, list[str]]) -> None:
        self.components = components
        self.known = known

    def value(self, schema: dict[str, Any], name: str = "") -> st.SearchStrategy[Any]:
        """Return what fits a schema, seldom what does not, and often what leads somewhere."""
        fitting = self._fitting(schema, name)
        known = st.sampled_from(self.known[name]) if name in self.known else fitting
        return st.one_of(known, known, fitting, fitting, fitting, NASTY, JSON)

    def _fitting(self, schema: dict[str, Any], name: str) -> st.SearchStrategy[Any]:
        if "$ref" in schema:
            return self._fitting(self.components[schema["$ref"].rpartition("/")[2]], name)
        for several in ("oneOf", "anyOf"):
            if several in schema:
                return st.one_of([self._fitting(one, name) for one in schema[several]])
        if "allOf" in schema:
            return self._fitting(schema["allOf"][0], name)
        if "enum" in schema:
            return st.sampled_from(schema["enum"])
        kinds = schema.get("type", "any")
        kinds = kinds if isinstance(kinds, list) else [kinds]
        return st.one_of([self._of_kind(kind, schema) for kind in kinds])

    def _of_kind(self, kind: str, schema: dict[str, Any]) -> st.SearchStrategy[Any]:
        if kind == "object":
            return self._object(schema)
        if kind == "array":
            return st.lists(self.value(schema.get("items", {})), max_size=3)
        return {
            "string": self._text(schema),
            "integer": st.integers(),
            "number": st.floats() | st.integers(),
            "boolean": st.booleans(),
            "null": st.none(),
        }.get(kind, JSON)

    def _text(self, schema: dict[str, Any]) -> st.SearchStrategy[str]:
        if schema.get("format") == "uuid":
            return st.uuids().map(str)
        if schema.get("format") == "date-time":
            return st.datetimes().map(lambda instant: instant.isoformat() + "Z")
        return TEXT

    def _object(self, schema: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
        properties = schema.get("properties")
        if not properties:
            return st.dictionaries(TEXT, JSON, max_size=3)
        required = set(schema.get("required", ()))
        made = {name: self.value(part, name) for name, part in properties.items()}
        return st.fixed_dictionaries(
            {name: made[name] for name in made if name in required},
            optional={name: made[name] for name in made if name not in required},
        )
