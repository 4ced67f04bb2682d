"""The names that the editor completes are those that a script finds."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from django.conf import settings

from execution.sandbox.guest.api import make_api
from execution.sandbox.guest.conversation import Conversation

NAMES = Path(settings.BASE_DIR) / "static/js/workspace/api_names.js"
ENTRY = re.compile(r"""^  \["(\w+)", (?:"([^"]*)"|'([^']*)'), "([^"]*)"\],$""", re.MULTILINE)
SAID_OTHERWISE = {"print", "log"}  # print takes what Python's takes; log a message or several


def completed() -> dict[str, tuple[str, str]]:
    """Return what the editor offers: the arguments and the help of each name."""
    text = NAMES.read_text()
    own = text[: text.index("const LIBRARIES")]
    return {name: (one or other, help_) for name, one, other, help_ in ENTRY.findall(own)}


def api() -> dict[str, Any]:
    return make_api(cast(Conversation, SimpleNamespace()), {})


def arguments_of(function: Any) -> str:
    parameters = [
        one.replace(annotation=inspect.Parameter.empty)
        for one in inspect.signature(function).parameters.values()
    ]
    return str(inspect.Signature(parameters)).replace("''", '""').replace("'line'", '"line"')


def test_every_name_of_the_api_is_completed_and_no_other() -> None:
    assert completed().keys() == {*api(), "data", "result"}


def test_the_arguments_are_those_that_the_functions_take() -> None:
    functions = {
        name: function
        for name, function in api().items()
        if callable(function) and name not in SAID_OTHERWISE
    }

    assert {name: completed()[name][0] for name in functions} == {
        name: arguments_of(function) for name, function in functions.items()
    }


def test_every_name_has_one_line_of_help() -> None:
    assert all(help_.endswith(".") and len(help_) < 90 for _, help_ in completed().values())
