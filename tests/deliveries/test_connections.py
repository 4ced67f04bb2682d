"""Connections of webhooks go to the address that was checked, under the name that was given."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from streams.deliveries.outcomes import Outcome
from streams.deliveries.parcels import WebhookParcel
from streams.deliveries.senders.webhooks import WebhookSender
from streams.deliveries.targets import TargetPolicy
from tests.deliveries.receiver import Answer, Receiver

LOCAL = TargetPolicy(require_tls=False, allowed_networks=("127.0.0.1/32",))
NAME = "hooks.example.test"


def send(url: str, *, addresses: Sequence[str] = ("127.0.0.1",), **options: Any) -> Outcome:
    asked: list[str] = []

    async def resolve(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return addresses

    async def go() -> Outcome:
        sender = WebhookSender(**{"policy": LOCAL, "seconds": 5.0, "resolve": resolve, **options})
        try:
            return await sender.send(WebhookParcel(url=url, headers={}, body=b"{}"))
        finally:
            await sender.client.aclose()

    outcome = asyncio.run(go())
    assert len(asked) <= 1  # a name is asked for once: what was checked is what is connected to
    return outcome


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[tuple[int, ssl.SSLContext, list[str]]]:
    """Run a receiver with a certificate for NAME, and return its port and who trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    file = tmp_path / "server.pem"
    file.write_bytes(
        pem
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    hosts: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            hosts.append(self.headers["Host"])
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Keep quiet."""

    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(file)
    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.socket = serving.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield int(server.server_port), ssl.create_default_context(cadata=pem.decode()), hosts
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_certificate_has_to_be_the_names_although_an_address_is_connected_to(
    secure: tuple[int, ssl.SSLContext, list[str]],
) -> None:
    port, trust, hosts = secure

    right = send(f"https://{NAME}:{port}/", trust=trust)
    wrong = send(f"https://other.example.test:{port}/", trust=trust)

    assert right.delivered
    assert hosts == [f"{NAME}:{port}"]
    assert not wrong.delivered
    assert "certificate" in wrong.error


@pytest.mark.parametrize(
    "addresses", [["10.0.0.1"], ["127.0.0.1", "169.254.169.254"], ["::1"], ["127.0.0.2"]]
)
def test_a_name_that_stands_for_a_machine_inside_is_not_connected_to(
    addresses: list[str], receiver: Receiver
) -> None:
    outcome = send(f"http://{NAME}:{receiver.port}/", addresses=addresses)

    assert not outcome.delivered
    assert "private, local or reserved" in outcome.error
    assert outcome.status is None
    assert receiver.requests == []


def test_a_name_without_an_address_and_a_closed_port_are_told_apart(receiver: Receiver) -> None:
    nowhere = send(f"http://{NAME}:{receiver.port}/", addresses=[])
    closed = send(f"http://{NAME}:1/")

    assert nowhere.error == "The host's name stands for no address."
    assert closed.error.startswith("No connection could be made")


def test_an_answer_that_never_ends_is_not_waited_for(receiver: Receiver) -> None:
    receiver.answers = [Answer(hangs=True)]

    outcome = send(f"http://{NAME}:{receiver.port}/", seconds=0.3)

    assert outcome.error == "No complete answer within 0.3 seconds."


def test_nothing_of_our_environment_leads_a_request_elsewhere(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    assert send(f"http://{NAME}:{receiver.port}/").delivered
    assert receiver.requests[0].headers["host"] == f"{NAME}:{receiver.port}"
    assert receiver.requests[0].headers["accept-encoding"] == "identity"
