"""Whether what a run said can be kept by a database and shown by a terminal."""

import json
import re
from collections.abc import Iterator
from typing import Any

from execution.sandbox.results import SandboxResult

# What terminals obey, and what splits a log into lines.
_CONTROL = re.compile("[\0-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")
_NOT_TEXT = re.compile("[\0\ud800-\udfff]")


def is_storable(text: str) -> bool:
    """Return whether PostgreSQL can keep a text."""
    return _NOT_TEXT.search(text) is None


def can_be_kept(result: SandboxResult) -> bool:
    """Return whether everything a run said is something a database has a place for."""
    try:
        json.dumps(result.outputs, allow_nan=False)
    except ValueError:
        return False
    error = [result.error.type, result.error.message] if result.error else []
    dated = all(isinstance(output["timestamp"], str) for output in result.outputs)
    texts = all(map(is_storable, _texts([result.outputs, result.log, error])))
    return dated and texts and not any(map(_CONTROL.search, result.log))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
