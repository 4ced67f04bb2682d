"""The examples for senders work as they are written."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from ingest.mapping_rules import read_mapping
from ingest.mappings import translate
from ingest.models import Dialect, Signal
from ingest.services.producers import create_producer
from ingest.snippets import TOKEN, signed_snippets, webhook_snippets
from tests.factories import NOON
from tests.ingest.builders import signal_body
from tests.ingest.conftest import Registered

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("signatures_on")]

DOCS = (Path(__file__).parents[2] / "docs" / "INGEST.md").read_text()
URL = "http://127.0.0.1:9/api/v1/signals"


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", DOCS, re.DOTALL)


def test_the_python_of_the_manual_signs(north: Registered) -> None:
    (source,) = blocks("python")
    names: dict[str, Any] = {}
    exec(compile(source, "INGEST.md", "exec"), names)

    body, headers = names["signed_request"](signal_body(), producer_id="north", secret=north.secret)
    content_type = headers.pop("Content-Type")
    response = Client().post("/api/v1/signals", body, content_type=content_type, headers=headers)

    assert response.status_code == 201


def test_the_shell_of_the_manual_signs(north: Registered, tmp_path: Path) -> None:
    (source,) = blocks("sh")

    headers, body = run_with_curl(source, tmp_path, secret=north.secret)
    response = Client().post(
        "/api/v1/signals", body, content_type=headers.pop("Content-Type"), headers=headers
    )

    assert response.status_code == 201


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node here")
def test_the_javascript_of_the_manual_signs(north: Registered, tmp_path: Path) -> None:
    (source,) = blocks("js")
    options = '{producerId: "north", secret: process.env.SECRET}'
    call = f"signedRequest({json.dumps(signal_body())}, {options})"
    script = tmp_path / "sign.mjs"
    script.write_text(f"{source}\nconsole.log(JSON.stringify({call}));")

    printed = subprocess.run(
        ["node", str(script)],
        env={**os.environ, "SECRET": north.secret},
        capture_output=True,
        check=True,
    )
    made = json.loads(printed.stdout)
    response = Client().post(
        "/api/v1/signals",
        made["body"],
        content_type=made["headers"].pop("Content-Type"),
        headers=made["headers"],
    )

    assert response.status_code == 201


def test_the_snippets_of_a_page_sign(north: Registered, olga: User, tmp_path: Path) -> None:
    hooks, secret = create_producer(
        "hooks", dialect=Dialect.STANDARD_WEBHOOKS, acting_user=olga, now=NOON
    )
    shell, python = signed_snippets("north", URL)
    (webhook,) = webhook_snippets(signal_body(), URL)

    sent = [
        (URL, *run_with_curl(shell.text, tmp_path, secret=north.secret)),
        ("/api/v1/signals", *run_python(python.text, secret=north.secret)),
        (f"/api/v1/signals/from/{hooks}", *run_python(webhook.text, secret=secret)),
    ]
    answers = [
        Client().post(
            address.removeprefix("http://127.0.0.1:9"),
            body,
            content_type=headers.pop("Content-Type"),
            headers=headers,
        )
        for address, headers, body in sent
    ]

    assert [answer.status_code for answer in answers] == [201, 201, 201]
    assert Signal.objects.count() == 3


def test_the_mapping_and_the_alert_of_the_manual_are_sound() -> None:
    _, alert, mapping = (json.loads(block) for block in blocks("json"))
    body = {
        "auth": {"token": TOKEN},
        "ticker": "BINANCE:BTCUSDT.P",
        "strategy": {"order_action": "Short"},
        "bar": {"time": 1767614400000, "close": 1.5},
    }

    found = translate(body, read_mapping(mapping, with_token=True), received_at=NOON)

    assert alert["token"] == TOKEN
    assert found.problems == []
    assert found.document == {
        "instrument": "BTCUSDT",
        "side": 1,
        "time": NOON.isoformat(),
        "version": 1,
        "payload": {"bar": {"close": 1.5}},
    }


def run_with_curl(source: str, folder: Path, *, secret: str) -> tuple[dict[str, str], bytes]:
    """Run a script with a curl of ours that only writes down what it is given."""
    curl = folder / "curl"
    curl.write_text(
        f'#!/bin/sh\nfor word in "$@"; do printf "%s\\0" "$word"; done > {folder}/given\n'
    )
    curl.chmod(0o755)
    subprocess.run(
        ["bash", "-ec", source],
        env={
            "PATH": f"{folder}:{os.environ['PATH']}",
            "PRODUCER": "north",
            "SECRET": secret,
            "URL": URL,
        },
        check=True,
    )
    words = (folder / "given").read_bytes().decode().split("\0")
    pairs = [words[place + 1] for place, word in enumerate(words) if word == "-H"]
    headers = dict(pair.split(": ", 1) for pair in pairs)
    return headers, words[words.index("--data-binary") + 1].encode()


def run_python(source: str, *, secret: str) -> tuple[dict[str, str], bytes]:
    """Run a script up to the sending, and return what it would have sent."""
    names: dict[str, Any] = {}
    before, _, _ = source.rpartition("print(")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SECRET", secret)
        exec(compile(before, "snippet", "exec"), names)
    request = names["request"]
    headers = dict(request.header_items())
    headers["Content-Type"] = headers.pop("Content-type")
    return headers, request.data
