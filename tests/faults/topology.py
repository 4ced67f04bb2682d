"""The platform of a fault run: servers of its own, its processes, and links between them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

import psycopg
import redis
from psycopg import Connection

from signalhub.embedded.postgres import DATABASE, SUPERUSER
from signalhub.embedded.processes import ManagedProcess, Program
from signalhub.embedded.readiness import answers
from signalhub.embedded.servers import RunningServers, running_servers
from signalhub.embedded.supervisor import Supervisor
from signalhub.embedded.topology import (
    ROOT,
    WebAddress,
    demo_environment,
    live_command,
    manage,
)
from streams import cache
from tests.faults.http_proxy import FaultProxy
from tests.faults.proxy import LOOPBACK, Link, Network, network
from tests.flows.processes import wait_until
from tests.streams.servers import free_port

# What the surrounding tests chose for themselves is not what the platform runs with.
NOT_INHERITED = ("DATABASE_URL", "REDIS_URL", "DATABASE_SCOPE", "DJANGO_SETTINGS_MODULE")
PRODUCERS = 3


@dataclass(frozen=True)
class Links:
    """Every connection that can be broken, by who opens it and to whom."""

    senders_to_web: Link
    subscriber_to_web: Link
    web_to_postgres: Link
    web_to_redis: Link
    relay_to_postgres: Link
    relay_to_redis: Link

    @classmethod
    def through(cls, net: Network, *, servers: RunningServers, web_port: int) -> Links:
        """Open a link of its own for each."""
        postgres = _host_and_port(servers.addresses.database_url)
        valkey = _host_and_port(servers.addresses.redis_url)
        web = (LOOPBACK, web_port)
        ends = (web, web, postgres, valkey, postgres, valkey)
        return cls(*(net.link_to(*end) for end in ends))


@dataclass(frozen=True)
class Topology:
    """What runs, and how to reach it past all links."""

    supervisor: Supervisor
    links: Links
    servers: RunningServers
    web: WebAddress
    facts: Mapping[str, Any]
    environment: Mapping[str, str]
    script_cache: Path
    store: FaultProxy | None = None

    @property
    def secrets(self) -> Mapping[str, str]:
        """Return the producers' secrets."""
        secrets: Mapping[str, str] = self.facts["producers"]
        return secrets

    @property
    def token(self) -> str:
        """Return the subscriber's key."""
        return str(self.facts["token"])

    def process(self, name: str) -> ManagedProcess | None:
        """Return a process by name; none while it waits to be started again."""
        return next((each for each in self.supervisor.running() if each.name == name), None)

    def connect_to_postgres(self) -> Connection:
        """Return a session that sees every row."""
        host, port = _host_and_port(self.servers.addresses.database_url)
        return psycopg.connect(
            host=host,
            port=port,
            user=SUPERUSER,
            password=self.servers.credentials.postgres_superuser_password,
            dbname=DATABASE,
            autocommit=True,
        )

    def connect_to_redis(self) -> redis.Redis:
        """Return a client past the links."""
        return cache.connect(self.servers.addresses.redis_url)


@contextmanager
def running_topology(
    directory: Path,
    *,
    names: tuple[str, ...],
    seed: tuple[str, ...] = ("tests.faults.seed", str(PRODUCERS)),
    more: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Topology]:
    """Run the platform's processes of some names for the length of a block.

    ``seed`` is the program that prepares the database, ``more`` further variables. A name with a
    number after it is one more process of the same kind.
    """
    given = {name: text for name, text in os.environ.items() if name not in NOT_INHERITED}
    web = WebAddress(LOOPBACK, free_port())
    with (
        network() as net,
        running_servers(directory / "servers", persist=True, environment=given) as servers,
    ):
        links = Links.through(net, servers=servers, web_port=web.port)
        script_cache = directory / "script-cache"
        environment = {
            **demo_environment(given, servers=servers, web=web),
            "SCRIPT_CACHE_DIR": str(script_cache),
            **more,
        }
        store = FaultProxy(environment["S3_ENDPOINT"], silence_seconds=1.0)
        facts = _seed(environment, seed)
        supervisor = Supervisor(on_change=lambda: None, report=lambda text: None)
        supervisor.adopt(servers.processes)
        try:
            behind = {**environment, "S3_ENDPOINT": store.endpoint}
            supervisor.start(_programs(names, behind, links, web=web, directory=directory))
            wait_until(
                lambda: answers(f"{web.urls['web']}/health/live"),
                what="the web process",
                log=lambda: supervisor.recent_log("web"),
            )
            yield Topology(
                supervisor,
                links,
                servers,
                web,
                facts=facts,
                environment=environment,
                script_cache=script_cache,
                store=store,
            )
        finally:
            supervisor.stop()
            store.stop()


def _programs(
    names: tuple[str, ...],
    environment: Mapping[str, str],
    links: Links,
    *,
    web: WebAddress,
    directory: Path,
) -> list[Program]:
    commands = {
        "web": live_command(web),
        "relay": manage("run_relay"),
        "worker": manage("run_worker"),
        "realtime": manage("run_realtime"),
    }
    through = {
        "web": (links.web_to_postgres, links.web_to_redis),
        "relay": (links.relay_to_postgres, links.relay_to_redis),
    }
    return [
        Program(
            name=name,
            command=commands[name.partition("-")[0]],
            log_path=directory / f"{name}.log",
            environment=_through(environment, *through.get(name, ())),
            working_directory=ROOT,
        )
        for name in names
    ]


def _through(environment: Mapping[str, str], *links: Link) -> dict[str, str]:
    names = ("DATABASE_URL", "REDIS_URL")
    addresses = {
        name: _with_port(environment[name], link.port)
        for name, link in zip(names, links, strict=False)
    }
    return {**environment, **addresses}


def _seed(environment: Mapping[str, str], program: tuple[str, ...]) -> dict[str, Any]:
    printed = subprocess.run(
        [sys.executable, "-m", *program],
        cwd=ROOT,
        env={**environment, "DJANGO_SETTINGS_MODULE": "signalhub.settings.base"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert printed.returncode == 0, printed.stderr
    facts: dict[str, Any] = json.loads(printed.stdout)
    return facts


def _host_and_port(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return parts.hostname or LOOPBACK, parts.port or 0


def _with_port(url: str, port: int) -> str:
    parts = urlsplit(url)
    account = parts.netloc.rpartition("@")[0]
    return parts._replace(netloc=f"{account}@{LOOPBACK}:{port}").geturl()
