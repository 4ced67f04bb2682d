"""The demo in the background: start it, show what it says, and return when it answers."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping

from signalhub.embedded.problems import last_lines
from signalhub.embedded.progress import say
from signalhub.embedded.records import DemoPaths, installation_mark
from signalhub.embedded.identity import INSTALLATION_VARIABLE
from signalhub.embedded.topology import ROOT

CHUNK_BYTES = 4096


def start_detached(paths: DemoPaths, *, environment: Mapping[str, str]) -> int:
    """Start the demo in a session of its own and return 0 once it answers."""
