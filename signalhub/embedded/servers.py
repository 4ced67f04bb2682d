"""The three servers that SignalHub needs: those the environment names, embedded ones for the rest."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from signalhub.embedded.credentials import Credentials, load_or_create_credentials
from signalhub.embedded.ports import PortBook
from signalhub.embedded.postgres import Postgres
from signalhub.embedded.problems import SetupProblem
from signalhub.embedded.processes import ManagedProcess, stop_in_reverse
from signalhub.embedded.seaweedfs import SeaweedFS
from signalhub.embedded.valkey import Valkey

DEFAULT_BUCKET = "signalhub"
