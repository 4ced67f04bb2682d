"""``python -m signalhub.embedded``: the servers, and the demo on top of them."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from signalhub.embedded import commands
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
    parsers = parser.add_subparsers(dest="command", required=True)

    run = parsers.add_parser("run", help="run a command with servers that forget, for tests")
    run.add_argument("--dir", type=Path, required=True, help="where the servers keep their data")
    run.add_argument("argv", nargs=argparse.REMAINDER, metavar="-- COMMAND …")

    serve = parsers.add_parser("serve", help="provide servers until stopped")
    serve.add_argument("--dir", type=Path, required=True, help="where the servers keep their data")

    demo = parsers.add_parser("demo", help="start the demo and look after it until Ctrl-C")
    demo.add_argument("--detach", action="store_true", help="return as soon as it answers")
    demo.add_argument("--tell", type=int, help=argparse.SUPPRESS)

    parsers.add_parser("stop", help="end the demo")
    return parser


def dispatch(options: argparse.Namespace) -> int:
    """Run the chosen command."""
    if options.command == "run":
        return commands.run(options.argv, data_dir=options.dir, environment=os.environ)
    if options.command == "serve":
        return commands.serve(data_dir=options.dir, environment=os.environ)
    if options.command == "demo":
        return commands.demo(detach=options.detach, tell=options.tell, environment=os.environ)
    return commands.stop(environment=os.environ)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
