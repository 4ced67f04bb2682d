"""Where this process may make control groups, or one sentence that says why it may not."""

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

CONTROLLERS = ("memory", "pids")
# Where the processes of a delegated group go: version 2 has processes in leaves only.
_LEAF = "signalhub-processes"
_SETTLE_ROUNDS = 10


class NoControlGroups(Exception):
    """This process may not make control groups."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """A folder, or with version 1 one for each controller, in which groups can be made."""

    version: int
    memory: Path
    pids: Path

    @property
    def folders(self) -> tuple[Path, ...]:
        """The folders that make up the place; one when both controllers share it."""
        return tuple(dict.fromkeys((self.memory, self.pids)))

    def inside(self, name: str) -> "Place":
        """Return the place of a group in this one."""
        return Place(version=self.version, memory=self.memory / name, pids=self.pids / name)

    def outside(self) -> "Place":
        """Return the place that this group is in."""
        return Place(version=self.version, memory=self.memory.parent, pids=self.pids.parent)

    def __str__(self) -> str:
        return f"cgroup v{self.version} at {' and '.join(map(str, self.folders))}"


@dataclass(frozen=True, kw_only=True)
class _Mount:
    """One mounted hierarchy: which part of it is seen where, and what it controls."""

    root: str
    point: Path
    version: int
    controllers: frozenset[str]


def find_place(proc: Path = Path("/proc/self")) -> Place:
    """Return where groups with limits of memory and of processes can be made.

    Raises
    ------
    NoControlGroups
        There is no such place for this process.
    """
    mounts = list(_mounts(proc))
    if not mounts:
        raise NoControlGroups("no control groups are mounted here")
    owned = _own_paths(proc)
    memory, pids = (_version_1_folder(mounts, owned, name) for name in CONTROLLERS)
    if memory is not None and pids is not None:
        for folder in (memory, pids):
            _require_writable(folder, version=1)
        return Place(version=1, memory=memory, pids=pids)
    for mount in mounts:
        if mount.version == 2 and "" in owned:
            base = delegated_folder(_folder_in(mount, owned[""]), mount.point)
            return Place(version=2, memory=base, pids=base)
    raise NoControlGroups("the control groups here know neither memory nor processes")


def delegated_folder(own: Path, root: Path, *, controllers: tuple[str, ...] = CONTROLLERS) -> Path:
    """Return the folder of version 2 in which this process may make groups with limits.

    Only what was delegated is rearranged: the processes in it move to a leaf of their own, because
    a group that limits its groups has no processes itself.

    Raises
    ------
    NoControlGroups
        The group this process is in was not delegated to it, or lacks a controller.
    """
    base = own.parent if own.name == _LEAF else own
    _require_writable(base, version=2)
    available = (base / "cgroup.controllers").read_text().split()
    lacking = [name for name in controllers if name not in available]
    if lacking:
        raise NoControlGroups(f"cgroup v2 at {base} has no controller for {' and '.join(lacking)}")
    if not (base == root or _is_delegated(base)):
        raise NoControlGroups(f"cgroup v2 at {base} was not delegated to this process")
    switched_on = (base / "cgroup.subtree_control").read_text().split()
    if any(name not in switched_on for name in controllers):
        try:
            _switch_on(base, controllers)
        except OSError as fault:
            raise NoControlGroups(f"cgroup v2 at {base}: {fault.strerror}") from fault
    return base


def _switch_on(base: Path, controllers: tuple[str, ...]) -> None:
    wanted = " ".join(f"+{name}" for name in controllers)
    # The root of the machine, unlike a container's, may have processes and groups at once.
    if (base / "cgroup.type").exists():
        leaf = base / _LEAF
        leaf.mkdir(exist_ok=True)
        for _ in range(_SETTLE_ROUNDS):
            processes = (base / "cgroup.procs").read_text().split()
            if not processes:
                break
            for process in processes:
                # It may have ended since it was listed.
                with contextlib.suppress(ProcessLookupError):
                    (leaf / "cgroup.procs").write_text(process)
    (base / "cgroup.subtree_control").write_text(wanted)


def _is_delegated(folder: Path) -> bool:
    # systemd marks what it delegates; without a mark the group belongs to somebody else's manager.
    for name in ("trusted.delegate", "user.delegate"):
        with contextlib.suppress(OSError):
            if os.getxattr(folder, name) == b"1":
                return True
    return False


def _require_writable(folder: Path, *, version: int) -> None:
    if not os.access(folder, os.W_OK) or not os.access(folder / "cgroup.procs", os.W_OK):
        raise NoControlGroups(f"cgroup v{version} at {folder} may not be changed by this process")


def _mounts(proc: Path) -> list[_Mount]:
    mounts = []
    for line in (proc / "mountinfo").read_text().splitlines():
        before, _, after = line.partition(" - ")
        kind, _source, options = after.split(" ", 2)
        if kind in ("cgroup", "cgroup2"):
            fields = before.split(" ")
            mounts.append(
                _Mount(
                    root=fields[3],
                    point=Path(fields[4]),
                    version=2 if kind == "cgroup2" else 1,
                    controllers=frozenset(options.split(",")),
                )
            )
    return mounts


def _own_paths(proc: Path) -> dict[str, str]:
    # One line a hierarchy, `number:controllers:path`; version 2 has no controllers in it.
    paths = {}
    for line in (proc / "cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        paths.update(dict.fromkeys(controllers.split(","), path))
    return paths


def _version_1_folder(mounts: list[_Mount], owned: dict[str, str], controller: str) -> Path | None:
    for mount in mounts:
        if mount.version == 1 and controller in mount.controllers and controller in owned:
            return _folder_in(mount, owned[controller])
    return None


def _folder_in(mount: _Mount, path: str) -> Path:
    # A container sees a part of the hierarchy as if it were the whole of it.
    relative = os.path.relpath(path, mount.root)
    folder = mount.point / relative
    return mount.point if relative.startswith("..") or not folder.is_dir() else folder
