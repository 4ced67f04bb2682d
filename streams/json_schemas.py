"""JSON Schemas of messages, made from the types that they are written and read with.

Knows text, numbers, truth, None, lists, mappings, choices, ``Annotated`` with a description, and
classes of fields: data classes and typed dictionaries. A class's docstring says what it is.
"""

from __future__ import annotations

import dataclasses
import types
from typing import Annotated, Any, Literal, NotRequired, Union, get_args, get_origin, get_type_hints

PLAIN = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}
Schema = dict[str, Any]


def schema_of(kind: Any) -> Schema:
    """Return the schema of what a type allows."""
    if kind is Any:
        return {}
    if kind in PLAIN:
        return {"type": PLAIN[kind]}
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return {**schema_of(arguments[0]), "description": arguments[1]}
    if origin is Literal:
        return {"const": arguments[0]} if len(arguments) == 1 else {"enum": [*arguments]}
    if origin is NotRequired:
        return schema_of(arguments[0])
    if origin is list:
        return {"type": "array", "items": schema_of(arguments[0])}
    if origin is dict:
        return {"type": "object", "additionalProperties": schema_of(arguments[1])}
    if origin in (Union, types.UnionType):
        return {"anyOf": [schema_of(one) for one in arguments]}
    return _of_fields(kind)


def _of_fields(kind: Any) -> Schema:
    hints = get_type_hints(kind, include_extras=True)
    if dataclasses.is_dataclass(kind):
        required = [
            field.name
            for field in dataclasses.fields(kind)
            if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        ]
    else:
        # Not from the class itself, which cannot tell while annotations are texts.
        required = [name for name, hint in hints.items() if get_origin(hint) is not NotRequired]
    properties = {name: schema_of(hint) for name, hint in hints.items()}
    return {
        "type": "object",
        "description": (kind.__doc__ or "").strip(),
        "properties": properties,
        "required": required,
    }
