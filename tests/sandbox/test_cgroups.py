"""Where control groups come from, what they limit, and that none is left behind."""

import os
import select
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from execution.sandbox import cgroups
from execution.sandbox.cgroup_places import (
    NoControlGroups,
    Place,
    delegated_folder,
    find_place,
)
from execution.sandbox.guest_room import GuestRoom
from execution.sandbox.inspection import PROBE_LIMITS, pid_of
from execution.sandbox.jail_protocol import Flag
from execution.sandbox.limits import MEBIBYTE, SandboxLimits
from execution.sandbox.supervisor import Sandbox, SandboxConfig
from tests.sandbox.harness import CLOCK, answer_as_ada
from tests.sandbox.traces import descendants

V2_CONTROLLERS = "cpu memory pids"


def make_folder(folder: Path, *, controllers: str = V2_CONTROLLERS, switched_on: str = "") -> Path:
    """Make a folder that looks like a group of version 2."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in {
        "cgroup.procs": "",
        "cgroup.controllers": controllers,
        "cgroup.subtree_control": switched_on,
        "cgroup.type": "domain",
    }.items():
        (folder / name).write_text(content)
    return folder


def make_proc(folder: Path, *, mounts: list[str], own: list[str]) -> Path:
    """Make the two files of /proc/self that say where this process is."""
    (folder / "mountinfo").write_text("".join(f"{line}\n" for line in mounts))
    (folder / "cgroup").write_text("".join(f"{line}\n" for line in own))
    return folder


def v2_mount(point: Path, root: str = "/") -> str:
    return f"30 20 0:26 {root} {point} rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate"


def v1_mount(point: Path, controller: str, root: str = "/") -> str:
    return f"31 20 0:27 {root} {point} rw,nosuid shared:5 - cgroup cgroup rw,{controller}"


def test_a_machine_without_control_groups_says_so(tmp_path: Path) -> None:
    disk = "22 1 8:1 / / rw - ext4 /dev/sda1 rw"
    proc = make_proc(tmp_path, mounts=[disk], own=[])

    with pytest.raises(NoControlGroups, match="no control groups are mounted"):
        find_place(proc)


def test_version_1_is_found_in_the_group_this_process_is_in(tmp_path: Path) -> None:
    memory, pids = tmp_path / "memory", tmp_path / "pids"
    make_folder(memory / "nested" / "deeper")
    make_folder(pids)
    proc = make_proc(
        tmp_path,
        mounts=[v1_mount(memory, "memory"), v1_mount(pids, "pids")],
        own=["4:memory:/nested/deeper", "8:pids:/"],
    )

    place = find_place(proc)

    assert place == Place(version=1, memory=memory / "nested" / "deeper", pids=pids)


def test_a_container_sees_its_part_of_version_1_as_the_whole(tmp_path: Path) -> None:
    memory, pids = make_folder(tmp_path / "memory"), make_folder(tmp_path / "pids")
    proc = make_proc(
        tmp_path,
        mounts=[v1_mount(memory, "memory", "/docker/x"), v1_mount(pids, "pids", "/docker/x")],
        own=["4:memory:/docker/x", "8:pids:/docker/x"],
    )

    assert find_place(proc) == Place(version=1, memory=memory, pids=pids)


def test_version_2_is_used_where_this_process_sees_its_root(tmp_path: Path) -> None:
    root = make_folder(tmp_path / "hierarchy")
    proc = make_proc(tmp_path, mounts=[v2_mount(root)], own=["0::/"])

    place = find_place(proc)

    assert place == Place(version=2, memory=root, pids=root)
    assert place.folders == (root,)
    assert (root / "cgroup.subtree_control").read_text() == "+memory +pids"


def test_a_group_of_version_2_that_was_not_delegated_is_left_alone(tmp_path: Path) -> None:
    root = make_folder(tmp_path / "hierarchy")
    session = make_folder(root / "user.slice" / "session")
    proc = make_proc(tmp_path, mounts=[v2_mount(root)], own=["0::/user.slice/session"])

    with pytest.raises(NoControlGroups, match="was not delegated"):
        find_place(proc)

    assert (session / "cgroup.subtree_control").read_text() == ""


def test_a_controller_that_is_missing_is_named(tmp_path: Path) -> None:
    root = make_folder(tmp_path / "hierarchy", controllers="cpu pids")

    with pytest.raises(NoControlGroups, match="no controller for memory"):
        delegated_folder(root, root)


def test_where_this_process_may_change_nothing_it_says_so(tmp_path: Path) -> None:
    root = make_folder(tmp_path / "hierarchy")
    (root / "cgroup.procs").unlink()

    with pytest.raises(NoControlGroups, match="may not be changed"):
        delegated_folder(root, root)


def test_a_process_that_was_moved_to_its_leaf_finds_the_same_place_again(tmp_path: Path) -> None:
    root = make_folder(tmp_path / "hierarchy", switched_on="memory pids")
    leaf = make_folder(root / "signalhub-processes")

    assert delegated_folder(leaf, root) == root


V2 = Path("/sys/fs/cgroup/unified")
V2 = V2 if V2.is_dir() else Path("/sys/fs/cgroup")


def _real_version_2_controller() -> str | None:
    try:
        available = (V2 / "cgroup.subtree_control").read_text().split()
    except OSError:
        return None
    return available[0] if available and os.geteuid() == 0 else None


@pytest.mark.sandbox
def test_the_kernel_lets_what_was_delegated_be_rearranged() -> None:
    controller = _real_version_2_controller()
    if controller is None:
        pytest.skip("no controller of cgroup v2 can be had here")
    service = V2 / f"signalhub-test-{os.getpid()}"
    service.mkdir()
    sleeper = subprocess.Popen(["sleep", "60"])
    try:
        (service / "cgroup.procs").write_text(str(sleeper.pid))
        with pytest.raises(NoControlGroups, match="not delegated"):
            delegated_folder(service, V2, controllers=(controller,))
        os.setxattr(service, "trusted.delegate", b"1")

        base = delegated_folder(service, V2, controllers=(controller,))

        leaf = service / "signalhub-processes"
        assert base == service
        assert (leaf / "cgroup.procs").read_text().split() == [str(sleeper.pid)]
        assert controller in (service / "cgroup.subtree_control").read_text()
    finally:
        sleeper.kill()
        sleeper.wait()
        for folder in (service / "signalhub-processes", service):
            if folder.is_dir():
                folder.rmdir()


@pytest.fixture
def place() -> Place:
    """Return where groups can be made on this machine."""
    try:
        return find_place()
    except NoControlGroups as reason:
        pytest.skip(str(reason))


def run(sandbox: Sandbox, source: str, limits: SandboxLimits) -> object:
    return sandbox.run(
        source, context={"timestamp": CLOCK}, limits=limits, answer_read=answer_as_ada
    ).status


@pytest.mark.sandbox
def test_a_group_holds_the_zygote_while_it_lives_and_is_gone_afterwards(place: Place) -> None:
    with Sandbox(SandboxConfig(profile="container")) as sandbox:
        group = sandbox.zygote.room.group
        assert group is not None
        assert group.contains(sandbox.zygote.pid)
        assert group.swap_is_forbidden
        folders = group.place.folders
        assert all(folder.is_dir() for folder in folders)

    assert not any(folder.exists() for folder in folders)
    assert set(place.folders) == {folder.parent for folder in folders}


@pytest.mark.sandbox
def test_guests_that_use_all_they_may_do_not_cost_each_other_their_lives(place: Place) -> None:
    limits = SandboxLimits(memory_bytes=256 * MEBIBYTE)
    uses_much = "import numpy as np\nresult = float(np.ones(25_000_000).sum())"
    with (
        Sandbox(SandboxConfig(profile="container")) as sandbox,
        ThreadPoolExecutor(4) as pool,
    ):
        jobs = [pool.submit(run, sandbox, uses_much, limits) for _ in range(4)]

        assert [job.result() for job in jobs] == ["ok"] * 4


@pytest.mark.sandbox
def test_what_dead_sandboxes_left_is_swept_up_and_nothing_else(place: Place) -> None:
    mine = GuestRoom()
    assert mine.group is not None
    name = mine.group.place.memory.name
    namespace = name.removeprefix("signalhub-sandbox-").split("-")[0]
    orphan = place.memory / f"signalhub-sandbox-{namespace}-{os.getpid()}-1-0"
    foreign = place.memory / "signalhub-sandbox-1-1-1-0"
    orphan.mkdir()
    foreign.mkdir()
    try:
        removed = cgroups.sweep(place.memory)

        assert removed == [orphan.name]
        assert foreign.is_dir()
        assert (place.memory / name).is_dir()
    finally:
        foreign.rmdir()
        mine.close()


def test_without_control_groups_everything_else_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> Place:
        raise NoControlGroups("cgroup v2 at /sys/fs/cgroup was not delegated to this process")

    monkeypatch.setattr("execution.sandbox.cgroups.find_place", refuse)
    config = SandboxConfig(profile="container")

    with Sandbox(config) as sandbox:
        layer = sandbox.layers["cgroup_memory"]

        assert run(sandbox, "result = 1", SandboxLimits()) == "ok"
    assert layer.proven is False
    assert layer.required is False
    assert "was not delegated" in layer.detail
    assert "Delegate=yes" in layer.remedy


def test_a_guest_that_announced_itself_before_anybody_listened_is_known_by_its_own_number() -> None:
    with Sandbox() as sandbox:
        zygote = sandbox.start().zygote
        guest = zygote.spawn(PROBE_LIMITS, flags=Flag.PROBE | Flag.ANNOUNCED)
        try:
            assert select.select([guest.connection], [], [], 10)[0]

            # Any other number would have the limits of a probe put on somebody else: on this very
            # process, if it were 0.
            assert pid_of(guest) in descendants(zygote.pid)
        finally:
            zygote.kill(guest)
            guest.close()
