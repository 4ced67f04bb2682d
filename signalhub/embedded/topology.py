"""What the demo consists of: its environment, the steps before it and its processes."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from signalhub.embedded.ports import LOOPBACK
from signalhub.embedded.processes import Program
from signalhub.embedded.servers import RunningServers

ROOT = Path(__file__).resolve().parents[2]
ANY_ADDRESS = "0.0.0.0"
# Bars that form as one looks at them, of a price that nobody can take for a real one; and a little
# of what real feeds do wrong.
SIMULATED = "SIM-COIN"
SIMULATED_DIRT = ("--ticks-per-second", "3", "--duplicates", "0.01", "--swaps", "0.01")


@dataclass(frozen=True)
class WebAddress:
    """Where the demo answers."""

    host: str
    port: int

    @property
    def urls(self) -> dict[str, str]:
        """Return the addresses of pages, API and WebSockets."""
        reachable = LOOPBACK if self.host == ANY_ADDRESS else self.host
        web = f"http://{reachable}:{self.port}"
        return {"web": web, "live": web, "ws": f"ws://{reachable}:{self.port}/ws/"}


def demo_environment(
    given: Mapping[str, str], *, servers: RunningServers, web: WebAddress
) -> dict[str, str]:
    """Return the environment of the demo's processes; what was given wins over our defaults."""
    environment = {
        "DEMO": "true",
        "ENVIRONMENT": "development",
        "HMAC_PRODUCER_ENABLED": "true",
        "PLATFORM_HOUSE": "harbour",  # its operator does what concerns every house
        "SECRET_KEY": servers.credentials.secret_key,
        "PYTHONUNBUFFERED": "1",
        # Reviews of examples rest on less, so that the demo soon answers.
        "EVIDENCE_TRIAL_BARS": "40",
        "EVIDENCE_PROOF_SECONDS": "1",
        # Everybody who tries the demo comes from one address.
        "ANONYMOUS_REQUESTS_PER_MINUTE": "6000",
        **given,
        **servers.addresses.as_environment(),
        "PUBLIC_URL": given.get("PUBLIC_URL") or web.urls["web"],
        "WEB_PORT": str(web.port),
    }
    if given.get("PACE"):
        environment["DEMO_PACE"] = given["PACE"]
    return environment


def manage(*arguments: str) -> tuple[str, ...]:
    """Return the command line of a management command."""
    return (sys.executable, str(ROOT / "manage.py"), *arguments)


def preparations(environment: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Return the steps between the servers and the processes, in order, with what to say."""
    steps = {"database migrations": manage("migrate", "--noinput")}
    if environment["ENVIRONMENT"] == "production":
        # Development serves static files from where they lie.
        steps["static files"] = manage("collectstatic", "--noinput")
    steps["prices, users and example scripts"] = manage("seed_demo")
    return steps


# Each process, and what a newcomer misses when it is not there.
PROCESSES = {
    "live": "web pages, API and sockets",
    "worker": "runs scripts",
    "realtime": "decides which scripts are due, and when",
    "relay": "hands on what scripts and senders put out",
    "delivery": "sends webhooks, mail and chats",
    "watch": "notices streams that fall silent",
    "feed": "replays recorded prices",
    "bars": "closes bars by the clock",
    "intake": "records what feeds write to Redis",
    "ticks": "makes up a price that moves all day",
}


def processes_in_words() -> str:
    """Return how many processes the demo starts and, line by line, what each of them does."""
    wide = max(map(len, PROCESSES))
    said = "\n".join(f"    {name:{wide}}  {does}" for name, does in PROCESSES.items())
    return f"  {len(PROCESSES)} processes:\n{said}"


def programs(environment: Mapping[str, str], *, web: WebAddress, log_dir: Path) -> list[Program]:
    """Return the demo's processes in the order of their start."""
    commands = {
        "live": live_command(web),
        "worker": manage("run_worker"),
        "realtime": manage("run_realtime"),
        "relay": manage("run_relay"),
        "delivery": manage("run_delivery"),
        "watch": manage("run_watch"),
        "feed": manage("run_feed"),
        "bars": manage("run_bars"),
        "intake": manage("run_intake"),
        "ticks": manage("run_feed", "--simulated", SIMULATED, *SIMULATED_DIRT),
    }
    return [
        Program(
            name=name,
            command=commands[name],
            log_path=log_dir / f"{name}.log",
            environment=environment,
            working_directory=ROOT,
        )
        for name in PROCESSES
    ]


def live_command(web: WebAddress) -> tuple[str, ...]:
    """Return the command line of the process that answers browsers."""
    address = ("--host", web.host, "--port", str(web.port))
    return (sys.executable, "-m", "signalhub.serving", "live", *address)
