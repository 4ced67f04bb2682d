"""What the collection of attacks covers, and that what attacks do is noticed."""

import ctypes
import os
import signal
import socket
import subprocess
import time
from collections import Counter
from collections.abc import Iterator

import pytest

from execution.sandbox.jail import NOBODY
from execution.sandbox.layers import GROUPS
from execution.sandbox.limits import MEBIBYTE
from execution.sandbox.reads import ReadReply, ReadRequest
from tests.sandbox.attack_files import ATTACKS, LANGUAGE, SIGNS, Attack
from tests.sandbox.harness import wave
from tests.sandbox.shooting import AttackRange

pytestmark = pytest.mark.sandbox

CATEGORIES = """
    broker chains files_read files_write floods imports kernel language library memory network
    originals persistence primitives processes processor tenant
""".split()
# What every machine has; control groups and Landlock's newest parts are not everywhere.
WALLS_WITH_CONTROLS = """
    clean_environment descriptor_limit descriptors_closed file_size_limit filesystem ipc_namespace
    landlock network_namespace process_limit process_namespace read_only_filesystem seccomp
    unprivileged user_namespace wall_clock write_xor_execute
""".split()


def _attack(name: str) -> Attack:
    [found] = [attack for attack in ATTACKS if attack.name == name]
    return found


def test_the_collection_covers_every_kind_of_attack() -> None:
    counted = Counter(attack.category for attack in ATTACKS)
    print(f"{len(ATTACKS)} attacks: " + ", ".join(f"{n} {c}" for c, n in sorted(counted.items())))

    assert sorted(counted) == CATEGORIES
    assert len(ATTACKS) >= 1000


def test_no_two_attacks_are_the_same() -> None:
    scripts = Counter(attack.source.partition("\n")[2] for attack in ATTACKS)
    aims = Counter(attack.aim for attack in ATTACKS)

    assert [script for script, times in scripts.items() if times > 1] == []
    assert [aim for aim, times in aims.items() if times > 1] == []


def test_every_attack_on_the_kernel_is_proven_to_reach_it() -> None:
    kernel = [attack for attack in ATTACKS if attack.category == "kernel"]

    assert [attack.name for attack in kernel if not attack.controls] == []


def test_every_wall_has_an_attack_that_succeeds_without_it() -> None:
    removed = {wall for attack in ATTACKS for control in attack.controls for wall in control.walls}

    assert removed >= set(WALLS_WITH_CONTROLS)
    assert "landlock" in GROUPS
    assert LANGUAGE not in WALLS_WITH_CONTROLS


@pytest.mark.parametrize(
    "name", ["network/socketpair", "processes/kill_everybody", "kernel/new_namespace"]
)
def test_a_system_call_no_script_needs_is_a_violation(name: str, kernel_range: AttackRange) -> None:
    shot = kernel_range.shoot(_attack(name))

    assert shot.last.status == "violation"
    assert shot.last.usage.exit == "SIGSYS"


# --- every sign is shown to the range once ---------------------------------------------------


def _act_during_a_run(monkeypatch: pytest.MonkeyPatch, act: object) -> None:
    def answer(request: ReadRequest) -> ReadReply:
        act()  # type: ignore[operator]
        return wave(10)

    monkeypatch.setattr("tests.sandbox.shooting.answer_as_ada", answer)


@pytest.fixture
def kept() -> Iterator[list[object]]:
    """Return a list that is emptied when the test is over."""
    keep: list[object] = []
    yield keep
    keep.clear()


@pytest.mark.parametrize("sign", sorted(SIGNS - {"memory", "next_run"}))
def test_the_range_notices(
    sign: str, full_range: AttackRange, monkeypatch: pytest.MonkeyPatch, kept: list[object]
) -> None:
    attacked = full_range

    def reach() -> None:
        socket.create_connection(("127.0.0.1", attacked.listeners.port)).close()

    deeds = {
        "written": lambda: attacked.loot.written.write_text("x"),
        "changed": lambda: attacked.loot.secret.unlink(),
        "reached": reach,
        "neighbour": lambda: attacked.zygote.kill(attacked.victim),
        "bystander": lambda: os.kill(attacked.bystander.pid, signal.SIGSTOP),
        "zygote": lambda: os.kill(attacked.zygote.pid, signal.SIGKILL),
        "supervisor": lambda: kept.append(bytes(range(256)) * (MEBIBYTE // 256) * 200),
        "left": lambda: kept.append(subprocess.Popen(["sleep", "60"])),
        "late": lambda: time.sleep(2.5),
        "said": lambda: None,
        "output": lambda: None,
    }
    _act_during_a_run(monkeypatch, deeds[sign])
    scripts = {
        "said": "log('PLUNDER-FILE')",
        "output": "for i in range(101): emit_signal({'value': i})\nresult = 1",
    }
    if sign == "output":
        monkeypatch.setattr("tests.sandbox.shooting.MOST_OUTPUTS", 50)

    shot = attacked.shoot_source(scripts.get(sign, "get_market_data(bars=10)"))

    assert sign in shot.signs
    # A zygote does not die alone, and a new one takes its time.
    assert sign == "zygote" or shot.signs == {sign}
    for process in kept:
        if isinstance(process, subprocess.Popen):
            process.wait()


def test_the_range_notices_a_signal_to_the_supervisor(full_range: AttackRange) -> None:
    os.kill(os.getpid(), signal.SIGUSR1)

    assert full_range.shoot_source("result = 1").signs == {"supervisor"}


def test_the_range_notices_shared_memory(
    full_range: AttackRange, monkeypatch: pytest.MonkeyPatch
) -> None:
    def leave_as_a_guest() -> None:
        process = os.fork()
        if process == 0:
            if os.geteuid() == 0:
                os.setuid(NOBODY)
            ctypes.CDLL(None).shmget(0, 4096, 0o1600)
            os._exit(0)
        os.waitpid(process, 0)

    _act_during_a_run(monkeypatch, leave_as_a_guest)

    assert full_range.shoot_source("get_market_data(bars=10)").signs == {"left"}


def test_the_range_notices_too_much_memory(
    full_range: AttackRange, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(full_range, "_baseline_mb", -200.0)

    assert full_range.shoot_source("result = 1").signs == {"memory"}


def test_the_range_notices_that_the_next_run_is_broken(
    full_range: AttackRange, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.sandbox.shooting.HONEST", "result = 3")

    assert full_range.shoot_source("result = 1").signs == {"next_run"}
