"""What a run ran on, as one hash: the interpreter, the guest's libraries, and our own guest code.

Two runs of the same script on the same data may only be expected to agree where it is the same.
A library's files are taken from the record its installation left, which lists the hash of each.
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterable
from functools import lru_cache
from importlib import metadata
from pathlib import Path

DISTRIBUTIONS = (
    "numpy",
    "pandas",
    "pandas-ta-classic",
    "python-dateutil",
    "RestrictedPython",
    "six",
    "TA-Lib",
)
_CODE_SUFFIXES = (".py", ".so")
_FOLDER = Path(__file__).parent
# What runs in the guest, and what makes outputs of the words it says.
_OWN_CODE = ("guest/**/*.py", "policy/*.py", "protocol.py", "broker.py", "statements.py")


@lru_cache(maxsize=1)
def module_set_sha256() -> str:
    """Return the hash of everything in ``module_set``; worked out once per process."""
    return _digest(module_set())


def module_set() -> dict[str, str]:
    """Return each part that a script's result may depend on, with its version and hash."""
    libraries = {name: _library(name) for name in DISTRIBUTIONS}
    own = sorted({path for pattern in _OWN_CODE for path in _FOLDER.glob(pattern)})
    return {
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "machine": platform.machine(),
        "guest": _hash_of((str(p.relative_to(_FOLDER)), _hash_of_file(p)) for p in own),
        **libraries,
    }


def _library(name: str) -> str:
    installed = metadata.distribution(name)
    recorded = [
        (file.as_posix(), file.hash.value)
        for file in installed.files or []
        if file.hash is not None and file.suffix in _CODE_SUFFIXES and ".." not in file.parts
    ]
    return f"{installed.version} {_hash_of(sorted(recorded))}"


def _hash_of_file(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _hash_of(named: Iterable[tuple[str, str]]) -> str:
    return _digest(list(named))


def _digest(described: object) -> str:
    return hashlib.sha256(json.dumps(described, sort_keys=True).encode()).hexdigest()
