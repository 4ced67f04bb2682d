#!/usr/bin/env python
"""Django's command line. Where a demo runs in this folder, its commands work on that demo."""

import os
import sys
from pathlib import Path

from signalhub.embedded.records import DemoPaths, adopt_environment

if __name__ == "__main__":
    var = os.environ.get("VAR_DIR") or Path(__file__).resolve().parent / "var"
    adopt_environment(DemoPaths(Path(var)), os.environ)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "signalhub.settings.base")
    # Commands and workers act for the platform; a request that runserver answers does not.
    os.environ.setdefault("DATABASE_SCOPE", "platform")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
