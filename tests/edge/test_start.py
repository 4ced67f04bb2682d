"""What production starts with, and what no process of it starts with."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from signalhub.settings import config_service, env
from signalhub.settings.problems import Problem
from signalhub.settings.secret_rules import NAMES
from tests.edge.production import MANAGE, PROCESSES, ROOT, run

WRONG = {
    "DEBUG": "true",
    "HTTPS": "false",
    "HMAC_PRODUCER_ENABLED": "false",
    "ALLOWED_HOSTS": "*",
    "CSRF_TRUSTED_ORIGINS": "http://signalhub.example",
    "S3_PUBLIC_ENDPOINT": "http://objects.example",
    "S3_ACCESS_KEY": "minioadmin",
    "S3_SECRET_KEY": None,
    "SECRET_KEY": "django-insecure-0123456789-0123456789-0123456789-0123456789",
    "JWT_SIGNING_KEY": "short",
    "ENCRYPTION_KEYS": None,
    "WATERMARK_SECRET": "",
    "EDGE_TRUST": "true",
}
NAMED = {*WRONG, "GATEWAY_SECRET", "GATEWAY_ALLOWED_NETWORKS"} - {"EDGE_TRUST"}


def test_production_is_deployed_without_a_warning() -> None:
    checked = run(MANAGE, "check", "--deploy", "--fail-level", "WARNING")

    assert (checked.returncode, checked.stderr) == (0, "")
    assert "no issues (0 silenced)" in checked.stdout


def test_no_process_starts_and_all_reasons_are_told_at_once() -> None:
    with ThreadPoolExecutor(2) as pool:
        started = dict(zip(PROCESSES, pool.map(run_wrongly, PROCESSES.values()), strict=True))

    assert [name for name, process in started.items() if process.returncode in (0, None)] == []
    for process in started.values():
        assert [name for name in sorted(NAMED) if name not in process.stderr] == []
        assert "minioadmin" in process.stderr
        assert str(WRONG["SECRET_KEY"]) not in process.stderr


def run_wrongly(command: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    return run(command, **WRONG)


@pytest.fixture
def problems(monkeypatch: pytest.MonkeyPatch) -> list[Problem]:
    """Return what is noted while settings are read."""
    noted: list[Problem] = []
    monkeypatch.setattr(env, "problems", noted)
    return noted


@pytest.mark.parametrize("name", NAMES)
def test_every_secret_may_stand_in_a_file(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, problems: list[Problem]
) -> None:
    file = tmp_path / "secret"
    file.write_text("a secret of production\n")
    monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(f"{name}_FILE", str(file))

    assert env.secret(name) == "a secret of production"
    assert problems == []


@pytest.mark.parametrize(
    ("content", "reason"),
    [(None, "No such file"), (b"", "empty"), (b" \n", "empty"), (b"\xff\xfe", "no text")],
)
def test_a_file_that_holds_no_secret_is_a_reason(
    content: bytes | None,
    reason: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    problems: list[Problem],
) -> None:
    file = tmp_path / "secret"
    if content is not None:
        file.write_bytes(content)
    monkeypatch.setenv("METRICS_TOKEN_FILE", str(file))
    monkeypatch.setenv("METRICS_TOKEN", "beside it")

    read = env.secret("METRICS_TOKEN", default="")

    [problem] = problems
    assert "METRICS_TOKEN_FILE" in problem.message
    assert reason in problem.message
    assert read not in ("", "beside it")


def test_every_secret_of_the_settings_is_in_the_table() -> None:
    files = sorted((ROOT / "signalhub/settings").glob("*.py"))
    written = "\n".join(file.read_text() for file in files)

    read = set(re.findall(r'secret\(\s*"(\w+)"', written))

    assert read == set(NAMES)
    for name in re.findall(r'env\.\w+\(\s*"(\w+)"', written):
        assert not re.search("SECRET|PASSWORD|TOKEN$|_KEY", name) or name == "DEMO_PASSWORD", name


class ConfigServer(ThreadingHTTPServer):
    """A configuration service that remembers how it was asked."""

    def __init__(self, values: dict[str, Any]) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.values = values
        self.asked: dict[str, dict[str, str]] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Answers(BaseHTTPRequestHandler):
    server: ConfigServer

    def do_GET(self) -> None:
        self.server.asked[self.path] = dict(self.headers.items())
        status, body = self.server.values.get(self.path, (404, b"{}"))
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        del format, args


def value(text: str) -> tuple[int, bytes]:
    return 200, json.dumps({"value": text}).encode()


@contextmanager
def served(values: dict[str, Any]) -> Iterator[ConfigServer]:
    server = ConfigServer(values)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def ask(service_url: str, **more: str) -> tuple[dict[str, str], list[Problem]]:
    """Return what the service said, and what went wrong."""
    problems: list[Problem] = []
    given = {
        "ENVIRONMENT": "development",
        "CONFIG_SERVICE_URL": service_url,
        "CONFIG_SERVICE_API_KEY": "whom we are",
        **more,
    }
    return config_service.values_for(given, problems), problems


def test_what_the_environment_leaves_open_is_asked_of_the_service() -> None:
    values = {
        "/api/v1/secrets/METRICS_TOKEN": value("from the service"),
        "/api/v1/config/S3_BUCKET": value("from-the-service"),
        "/api/v1/config/LOG_LEVEL": value("ERROR"),
    }
    with served(values) as service:
        found, problems = ask(service.url, LOG_LEVEL="WARNING", SECRET_KEY_FILE="/somewhere")

    assert problems == []
    assert found == {"METRICS_TOKEN": "from the service", "S3_BUCKET": "from-the-service"}
    asked = service.asked["/api/v1/secrets/METRICS_TOKEN"]
    assert asked["Authorization"] == "Bearer whom we are"
    assert asked["X-Service-Name"] == "signalhub"
    assert asked["X-Environment"] == "development"
    assert "/api/v1/secrets/SECRET_KEY" not in service.asked
    assert "/api/v1/config/LOG_LEVEL" not in service.asked


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ((500, b""), "it answered 500"),
        ((403, b""), "it answered 403"),
        ((302, b""), "it answered 302"),
        ((200, b"[]"), "holds no value"),
        ((200, b'{"value": ""}'), "holds no value"),
        ((200, b"<html>"), "did not answer"),
    ],
)
def test_a_service_that_does_not_say_is_a_reason_with_the_name(
    answer: tuple[int, bytes], reason: str
) -> None:
    with served({"/api/v1/secrets/METRICS_TOKEN": answer}) as service:
        _, [problem] = ask(service.url)

    assert "METRICS_TOKEN" in problem.message
    assert reason in problem.message
    assert "/elsewhere" not in service.asked


def test_a_service_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config_service, "TIMEOUT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        _, [problem] = ask(f"http://127.0.0.1:{silent.getsockname()[1]}")

    assert "did not answer" in problem.message


def test_without_a_key_of_its_own_nothing_is_asked() -> None:
    with served({}) as service:
        _, [problem] = ask(service.url, CONFIG_SERVICE_API_KEY="")
        _, [unread] = ask(service.url, CONFIG_SERVICE_API_KEY_FILE="/nonexistent")

    assert "CONFIG_SERVICE_API_KEY is not" in problem.message
    assert unread == problem
    assert service.asked == {}


def test_production_asks_over_tls_alone_and_stops_at_what_is_nowhere() -> None:
    started = run(
        PROCESSES["relay"],
        CONFIG_SERVICE_URL="http://config.example",
        CONFIG_SERVICE_API_KEY="whom we are",
        SECRET_KEY=None,
    )

    assert started.returncode != 0
    assert "CONFIG_SERVICE_URL is not https" in started.stderr
    assert "SECRET_KEY is not set" in started.stderr
