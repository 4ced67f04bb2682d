"""``python -m signalhub.embedded``: the servers, and the demo on top of them."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from signalhub.embedded import run
from signalhub.embedded.problems import SetupProblem


def main(arguments: list[str]) -> int:
    """Do what the command line says and return the exit status."""
    options = build_parser().parse_args(arguments)
    try:
        return dispatch(options)
    except SetupProblem as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def build_parser() -> argparse.ArgumentParser:
    """Return the grammar of the command line."""
    parser = argparse.ArgumentParser(prog="python -m signalhub.embedded", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)

    run_parser = commands.add_parser("run", help="run a command with servers for tests")
    run_parser.add_argument("--dir", type=Path, required=True, help="where the data lies")
    run_parser.add_argument("argv", nargs=argparse.REMAINDER, metavar="-- COMMAND …")

    serve_parser = commands.add_parser("serve", help="provide servers until stopped")
    serve_parser.add_argument("--dir", type=Path, required=True, help="where the data lies")
    return parser


def dispatch(options: argparse.Namespace) -> int:
    """Run the chosen command."""
    if options.command == "run":
        command = options.argv[1:] if options.argv[:1] == ["--"] else options.argv
        return run.run_with_servers(
            command, data_dir=options.dir, persist=False, environment=os.environ
        )
    run.serve(data_dir=options.dir, persist=True, environment=os.environ)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
