"""Each layer's probe tells whether the layer stands, and nothing runs where a required one does not."""

import os

import pytest

from execution.sandbox.layers import ALL_LAYERS, Profile
from execution.sandbox.limits import SandboxLimits
from execution.sandbox.supervisor import Sandbox, SandboxConfig, SandboxUnavailable
from tests.sandbox.harness import CLOCK, answer_as_ada

pytestmark = pytest.mark.sandbox

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has this to give up")


def test_every_required_layer_is_proven(sandbox: Sandbox) -> None:
    assert set(sandbox.layers) == set(ALL_LAYERS)
    assert {name for name, layer in sandbox.layers.items() if layer.required > layer.proven} == set()


def test_each_layer_says_how_it_was_proven(sandbox: Sandbox) -> None:
    assert all(layer.detail for layer in sandbox.layers.values())
    assert "Permission denied" in sandbox.layers["landlock"].detail
    assert "SIGSYS" in sandbox.layers["seccomp"].detail


SWITCHED_OFF: list[tuple[Profile, frozenset[str], frozenset[str]]] = [
    ("namespaces", frozenset({"landlock", "memory_limit"}), frozenset()),
    ("namespaces", frozenset({"seccomp"}), frozenset({"no_executable_memory"})),
    ("namespaces", frozenset({"network_namespace", "read_only_filesystem"}), frozenset()),
    ("namespaces", frozenset({"filesystem", "cpu_limit"}), frozenset({"read_only_filesystem"})),
    ("namespaces", frozenset({"process_namespace", "descriptors_closed"}), frozenset()),
    ("namespaces", frozenset({"wall_clock", "clean_environment"}), frozenset()),
    ("container", frozenset({"no_new_privileges"}), frozenset({"seccomp"})),
]


@pytest.mark.parametrize(
    ("profile", "turned_off", "fall_with_it"),
    SWITCHED_OFF,
    ids=["+".join(sorted(row[1])) for row in SWITCHED_OFF],
)
def test_a_probe_notices_that_its_layer_is_missing_and_nothing_runs(
    profile: Profile, turned_off: frozenset[str], fall_with_it: frozenset[str]
) -> None:
    sandbox = Sandbox(SandboxConfig(profile=profile, turned_off=turned_off))

    with pytest.raises(SandboxUnavailable) as refusal:
        sandbox.run(
            "result = 1",
            context={"timestamp": CLOCK},
            limits=SandboxLimits(),
            answer_read=answer_as_ada,
        )

    missing = set(refusal.value.missing)
    assert turned_off <= missing
    assert missing <= turned_off | fall_with_it
    assert all(name in str(refusal.value) for name in turned_off)


@as_root
def test_a_probe_notices_that_guests_stay_root() -> None:
    turned_off = frozenset({"unprivileged", "no_capabilities"})
    sandbox = Sandbox(SandboxConfig(profile="namespaces", turned_off=turned_off))

    with pytest.raises(SandboxUnavailable) as refusal:
        sandbox.start()

    assert turned_off <= set(refusal.value.missing)


def test_a_layer_that_is_not_required_may_be_missing() -> None:
    config = SandboxConfig(
        profile="namespaces",
        turned_off=frozenset({"write_xor_execute"}),
        required_layers=frozenset({"seccomp", "landlock"}),
    )

    with Sandbox(config) as sandbox:
        assert sandbox.layers["write_xor_execute"].proven is False
        assert sandbox.layers["write_xor_execute"].required is False


def test_the_layers_are_proven_again_on_request(sandbox: Sandbox) -> None:
    sandbox.layers = {}

    sandbox.probe_again()

    assert set(sandbox.layers) == set(ALL_LAYERS)


def test_a_container_without_namespaces_is_enough_when_everything_else_stands() -> None:
    with Sandbox(SandboxConfig(profile="container")) as sandbox:
        result = sandbox.run(
            "result = 6 * 7",
            context={"timestamp": CLOCK},
            limits=SandboxLimits(),
            answer_read=answer_as_ada,
        )

        assert result.outputs[0]["value"] == 42
        assert sandbox.layers["network_namespace"].required is False
