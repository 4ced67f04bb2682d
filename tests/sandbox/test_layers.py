"""A layer's probe tells whether it stands; where a required one does not, nothing runs."""

import os
from collections.abc import Iterator

import pytest

from execution.sandbox.layers import ALL_LAYERS
from execution.sandbox.limits import SandboxLimits
from execution.sandbox.supervisor import Sandbox, SandboxConfig, SandboxUnavailable
from tests.sandbox.harness import CLOCK, answer_as_ada

pytestmark = pytest.mark.sandbox

NOTHING_REQUIRED: frozenset[str] = frozenset()
ONLY_ROOT_HAS = frozenset({"unprivileged", "no_capabilities"})
STRIPPED = frozenset(
    {
        "clean_environment",
        "cpu_limit",
        "descriptors_closed",
        "landlock",
        "memory_limit",
        "network_namespace",
        "process_limit",
        "process_namespace",
        "read_only_filesystem",
        "wall_clock",
        "write_xor_execute",
        *ONLY_ROOT_HAS,
    }
)


def _run(sandbox: Sandbox) -> object:
    return sandbox.run(
        "result = 6 * 7",
        context={"timestamp": CLOCK},
        limits=SandboxLimits(),
        answer_read=answer_as_ada,
    ).outputs[0]["value"]


@pytest.fixture(scope="module")
def stripped() -> Iterator[Sandbox]:
    """Return a sandbox without any layer but seccomp and a filesystem of its own."""
    config = SandboxConfig(
        profile="namespaces", turned_off=STRIPPED, required_layers=NOTHING_REQUIRED
    )
    with Sandbox(config) as standing:
        yield standing


@pytest.fixture(scope="module")
def opened() -> Iterator[Sandbox]:
    """Return a sandbox that sees the machine's files and may make any system call."""
    config = SandboxConfig(
        profile="namespaces",
        turned_off=frozenset({"filesystem", "seccomp"}),
        required_layers=NOTHING_REQUIRED,
    )
    with Sandbox(config) as standing:
        yield standing


def test_every_required_layer_is_proven(sandbox: Sandbox) -> None:
    assert set(sandbox.layers) == set(ALL_LAYERS)
    assert {
        name for name, layer in sandbox.layers.items() if layer.required > layer.proven
    } == set()


def test_each_layer_says_how_it_was_proven(sandbox: Sandbox) -> None:
    assert all(layer.detail for layer in sandbox.layers.values())
    assert "Permission denied" in sandbox.layers["landlock"].detail
    assert "SIGSYS" in sandbox.layers["seccomp"].detail
    assert "SIGKILL" in sandbox.layers["wall_clock"].detail


@pytest.mark.parametrize("layer", sorted(STRIPPED))
def test_a_probe_notices_that_its_layer_is_missing(layer: str, stripped: Sandbox) -> None:
    if layer in ONLY_ROOT_HAS and os.geteuid() != 0:
        pytest.skip("only root has this to give up")

    assert stripped.layers[layer].proven is False


def test_a_probe_fails_for_no_other_reason_than_its_own_layer(
    stripped: Sandbox, opened: Sandbox
) -> None:
    assert stripped.layers["seccomp"].proven is True
    assert stripped.layers["filesystem"].proven is True
    assert opened.layers["landlock"].proven is True
    assert opened.layers["network_namespace"].proven is True


@pytest.mark.parametrize("layer", ["filesystem", "seccomp", "no_executable_memory"])
def test_a_probe_notices_that_the_jail_is_open(layer: str, opened: Sandbox) -> None:
    assert opened.layers[layer].proven is False


def test_nothing_runs_where_a_required_layer_is_missing() -> None:
    config = SandboxConfig(profile="container", turned_off=frozenset({"no_new_privileges"}))
    sandbox = Sandbox(config)

    with pytest.raises(SandboxUnavailable, match="no_new_privileges") as refusal:
        _run(sandbox)

    assert "no_new_privileges" in refusal.value.missing
    assert refusal.value.layers["no_new_privileges"].proven is False


def test_a_layer_that_is_not_required_may_be_missing(stripped: Sandbox) -> None:
    assert stripped.layers["write_xor_execute"].required is False
    assert _run(stripped) == 42


def test_the_layers_are_proven_again_on_request(sandbox: Sandbox) -> None:
    sandbox.layers = {}

    sandbox.probe_again()

    assert set(sandbox.layers) == set(ALL_LAYERS)


def test_a_container_without_namespaces_is_enough_when_everything_else_stands() -> None:
    with Sandbox(SandboxConfig(profile="container")) as sandbox:
        assert _run(sandbox) == 42
        assert sandbox.layers["network_namespace"].required is False
        assert sandbox.layers["landlock"].proven is True


def test_a_jail_that_cannot_be_started_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("execution.sandbox.jail.LIBRARIES", ("numpy", "no_such_library"))

    with pytest.raises(SandboxUnavailable, match="no_such_library"):
        Sandbox(SandboxConfig(profile="namespaces")).start()
