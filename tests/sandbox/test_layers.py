"""A layer's probe tells whether it stands; where a required one does not, nothing runs."""

import os
import subprocess
from collections.abc import Iterator

import pytest

from execution.sandbox.jail import NOBODY
from execution.sandbox.layers import (
    ALL_LAYERS,
    GROUPS,
    REMEDIES,
    REQUIRED,
    UnknownLayer,
    required_layers,
)
from execution.sandbox.limits import SandboxLimits
from execution.sandbox.probes.attempts import ATTEMPTS
from execution.sandbox.supervisor import Sandbox, SandboxConfig, SandboxUnavailable
from tests.sandbox.harness import CLOCK, answer_as_ada

pytestmark = pytest.mark.sandbox

NOTHING_REQUIRED: frozenset[str] = frozenset()
ONLY_ROOT_HAS = frozenset({"unprivileged", "no_capabilities", "user_namespace"})
# bubblewrap does this whether it is asked to or not.
BUBBLEWRAP_BRINGS = frozenset({"mount_namespace", "no_new_privileges"})
# Another kernel's, which Linux cannot pretend to be.
OTHER_KERNEL = frozenset({"user_space_kernel"})
OPENED = frozenset({"filesystem", "seccomp", "no_executable_memory"})
STRIPPED = frozenset(ALL_LAYERS) - OPENED - BUBBLEWRAP_BRINGS - OTHER_KERNEL


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
    config = SandboxConfig(profile="host", turned_off=STRIPPED, required_layers=NOTHING_REQUIRED)
    with Sandbox(config) as standing:
        yield standing


@pytest.fixture(scope="module")
def opened() -> Iterator[Sandbox]:
    """Return a sandbox that sees the machine's files and may make any system call."""
    config = SandboxConfig(
        profile="host",
        turned_off=frozenset({"filesystem", "seccomp"}),
        required_layers=NOTHING_REQUIRED,
    )
    with Sandbox(config) as standing:
        yield standing


@pytest.fixture(scope="module")
def container() -> Iterator[Sandbox]:
    """Return a sandbox as it is in a container, without anything of bubblewrap's."""
    with Sandbox(SandboxConfig(profile="container")) as standing:
        yield standing


def _has_cgroups(sandbox: Sandbox) -> bool:
    return sandbox.zygote.room.stands_around(sandbox.zygote.pid)


def test_every_required_layer_is_proven(sandbox: Sandbox) -> None:
    assert set(sandbox.layers) == set(ALL_LAYERS)
    assert {
        name for name, layer in sandbox.layers.items() if layer.required > layer.proven
    } == set()


def test_the_host_requires_every_layer_but_control_groups(sandbox: Sandbox) -> None:
    required = {name for name, layer in sandbox.layers.items() if layer.required}

    assert required == set(ALL_LAYERS) - set(GROUPS["cgroups"]) - OTHER_KERNEL


def test_each_layer_has_a_probe_and_a_remedy() -> None:
    assert set(ATTEMPTS) == set(ALL_LAYERS)
    assert set(REMEDIES) == set(ALL_LAYERS)
    assert all(set(required) <= set(ALL_LAYERS) for required in REQUIRED.values())


def test_each_layer_says_how_it_was_proven_and_how_to_get_it(sandbox: Sandbox) -> None:
    assert all(layer.detail and layer.remedy for layer in sandbox.layers.values())
    assert "Permission denied" in sandbox.layers["landlock_files"].detail
    assert "SIGSYS" in sandbox.layers["seccomp"].detail
    assert "SIGKILL" in sandbox.layers["wall_clock"].detail


@pytest.mark.parametrize("layer", sorted(STRIPPED))
def test_a_probe_notices_that_its_layer_is_missing(layer: str, stripped: Sandbox) -> None:
    if layer in ONLY_ROOT_HAS and os.geteuid() != 0:
        pytest.skip("only root has this to give up")

    assert stripped.layers[layer].proven is False


@pytest.mark.parametrize("layer", sorted(OPENED))
def test_a_probe_notices_that_the_jail_is_open(layer: str, opened: Sandbox) -> None:
    assert opened.layers[layer].proven is False


@pytest.mark.parametrize(
    "layer", sorted({*GROUPS["namespaces"], "filesystem", "read_only_filesystem"})
)
def test_a_probe_notices_that_there_is_no_bubblewrap(layer: str, container: Sandbox) -> None:
    assert container.layers[layer].proven is False


def test_a_probe_fails_for_no_other_reason_than_its_own_layer(
    stripped: Sandbox, opened: Sandbox
) -> None:
    still_there = {name for name, layer in stripped.layers.items() if layer.proven}

    assert still_there == {"seccomp", "no_executable_memory", "filesystem", *BUBBLEWRAP_BRINGS}
    assert {name for name, layer in opened.layers.items() if not layer.proven} == {
        *OPENED,
        *OTHER_KERNEL,
        "read_only_filesystem",
        "no_shared_folder",
    }


@pytest.mark.parametrize("layer", GROUPS["landlock"])
def test_each_part_of_landlock_is_proven_by_itself(layer: str) -> None:
    config = SandboxConfig(
        profile="container", turned_off=frozenset({layer}), required_layers=NOTHING_REQUIRED
    )
    with Sandbox(config) as sandbox:
        missing = {name for name in GROUPS["landlock"] if not sandbox.layers[name].proven}

    assert missing == {layer}


@pytest.mark.parametrize("layer", GROUPS["cgroups"])
def test_each_part_of_the_control_groups_is_proven_by_itself(
    layer: str, container: Sandbox
) -> None:
    if not _has_cgroups(container):
        pytest.skip(f"no control groups here: {container.zygote.room.state}")
    config = SandboxConfig(
        profile="container", turned_off=frozenset({layer}), required_layers=NOTHING_REQUIRED
    )
    with Sandbox(config) as sandbox:
        missing = {name for name in GROUPS["cgroups"] if not sandbox.layers[name].proven}

    # What may not be more than a group's memory together with its swap has to be limited first.
    assert missing == ({layer, "cgroup_swap"} if layer == "cgroup_memory" else {layer})


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
    sandbox.layers.clear()

    sandbox.probe_again()

    assert set(sandbox.layers) == set(ALL_LAYERS)


def test_a_container_without_namespaces_is_enough_when_everything_else_stands(
    container: Sandbox,
) -> None:
    assert _run(container) == 42
    assert container.layers["network_namespace"].required is False
    assert container.layers["landlock_files"].proven is True
    assert container.layers["no_shared_folder"].proven is True


def test_a_linux_machine_does_not_pass_for_gvisor() -> None:
    with pytest.raises(SandboxUnavailable) as refusal:
        Sandbox(SandboxConfig(profile="gvisor")).start()

    required = {name for name, layer in refusal.value.layers.items() if layer.required}
    assert refusal.value.missing == ["user_space_kernel"]
    assert required == set(REQUIRED["gvisor"])
    assert not required & set(GROUPS["landlock"])


def test_processes_of_the_same_user_do_not_disturb_a_guest_nor_its_probe() -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can start processes of another user")
    config = SandboxConfig(profile="container", turned_off=frozenset({"process_limit"}))
    sleepers = [subprocess.Popen(["sleep", "60"], user=NOBODY) for _ in range(3)]
    try:
        with Sandbox(SandboxConfig(profile="container")) as sandbox:
            assert _run(sandbox) == 42
        with pytest.raises(SandboxUnavailable) as refusal:
            Sandbox(config).start()
    finally:
        for sleeper in sleepers:
            sleeper.kill()
            sleeper.wait()

    assert refusal.value.missing == ["process_limit"]


def test_a_jail_that_cannot_be_started_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("execution.sandbox.jail.LIBRARIES", ("numpy", "no_such_library"))

    with pytest.raises(SandboxUnavailable, match="no_such_library"):
        Sandbox(SandboxConfig(profile="host")).start()


def test_an_operator_may_name_all_the_layers_that_are_required() -> None:
    assert required_layers("host", ["seccomp", "landlock"]) == {"seccomp", *GROUPS["landlock"]}


def test_an_operator_may_change_what_a_profile_requires() -> None:
    chosen = required_layers("container", ["+cgroup_memory", "-core_limit"])

    assert chosen == {*REQUIRED["container"], "cgroup_memory"} - {"core_limit"}


def test_a_profile_requires_what_it_has_when_an_operator_says_nothing() -> None:
    assert required_layers("gvisor", []) == set(REQUIRED["gvisor"])


@pytest.mark.parametrize(
    ("chosen", "complaint"),
    [
        (["secomp"], "there is no layer 'secomp'"),
        (["-secomp"], "there is no layer 'secomp'"),
        (["seccomp", "+landlock"], "every layer has a \\+ or -"),
    ],
)
def test_a_layer_that_nobody_knows_is_refused(chosen: list[str], complaint: str) -> None:
    with pytest.raises(UnknownLayer, match=complaint):
        required_layers("host", chosen)


def test_a_layer_that_nobody_knows_cannot_be_turned_off() -> None:
    with pytest.raises(UnknownLayer, match="'landlok'"):
        SandboxConfig(turned_off=frozenset({"landlok"}))
