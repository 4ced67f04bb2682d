"""The commands an operator tries a machine with do as the settings say."""

import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from pytest_django import Settings

from execution.sandbox.layers import ALL_LAYERS

pytestmark = pytest.mark.sandbox


@pytest.fixture
def in_a_container(settings: Settings) -> Iterator[Settings]:
    """Have this process isolate as in a container, until the test is over."""
    settings.SANDBOX_PROFILE = "container"
    apps.get_app_config("execution").ready()
    yield settings
    settings.SANDBOX_PROFILE = "host"
    settings.SANDBOX_REQUIRED_LAYERS = []
    apps.get_app_config("execution").ready()


def report() -> dict[str, Any]:
    said = StringIO()
    call_command("sandbox_selftest", "--json", stdout=said)
    found: dict[str, Any] = json.loads(said.getvalue())
    return found


@pytest.mark.usefixtures("in_a_container")
def test_the_selftest_proves_the_profile_of_the_settings() -> None:
    found = report()

    assert found["ok"] is True
    assert found["profile"] == "container"
    assert set(found["layers"]) == set(ALL_LAYERS)
    for layer in found["layers"].values():
        assert set(layer) == {"required", "proven", "detail", "remedy"}
    assert found["layers"]["network_namespace"]["required"] is False


def test_the_selftest_fails_where_a_required_layer_is_missing_and_says_how_to_get_it(
    in_a_container: Settings,
) -> None:
    in_a_container.SANDBOX_REQUIRED_LAYERS = ["+network_namespace"]
    apps.get_app_config("execution").ready()
    said = StringIO()

    with pytest.raises(SystemExit) as exit_status:
        call_command("sandbox_selftest", stdout=said)

    assert exit_status.value.code == 1
    assert "MISSING  required  network_namespace" in said.getvalue()
    assert "how to get it: Set SANDBOX_PROFILE=host" in said.getvalue()
    assert "no script runs here" in said.getvalue()


@pytest.mark.usefixtures("in_a_container")
def test_scripts_are_tried_in_the_profile_of_the_settings(tmp_path: Path) -> None:
    # A container has no process namespace: there the zygote is not process 1.
    script = tmp_path / "who.py"
    script.write_text("import os\nresult = os.getppid()\n")
    said = StringIO()

    call_command("sandbox_run", str(script), "--without-language-layer", "--json", stdout=said)

    [line] = map(json.loads, said.getvalue().splitlines())
    assert line["status"] == "ok"
    assert line["outputs"][0]["value"] > 1
