"""Repeat runs from their capsules and say whether they come out the same."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from common.clock import utc_now
from common.errors import SignalHubError
from common.ids import uuid_at_the_end
from execution.models import Execution
from execution.sandbox.supervisor import SandboxUnavailable
from execution.services.replay import ReplayReport, replay_for

EXIT_CODES = {"identical": 0, "different": 1, "impossible": 2}


class Command(BaseCommand):
    help = (
        "Repeat a run in the sandbox, fed only with what it was answered then. Says identical "
        "(exit 0), names the first difference (exit 1), or says why it cannot be done (exit 2)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "execution_id", nargs="+", help="the id as callers see it, or its UUID; also several"
        )
        parser.add_argument("--json", action="store_true", help="print each report as JSON")
        parser.add_argument("--as", dest="username", help="who does this, for the audit trail")

    def handle(self, *args: Any, **options: Any) -> None:
        executions = [_execution(text) for text in options["execution_id"]]
        acting_user = _user(options["username"]) if options["username"] else None
        codes = []
        for execution in executions:
            try:
                report = replay_for(execution, acting_user=acting_user, now=utc_now())
            except (SignalHubError, SandboxUnavailable) as error:
                raise CommandError(str(error), returncode=EXIT_CODES["impossible"]) from None
            self._print(report, as_json=options["json"])
            codes.append(EXIT_CODES[report.verdict])
        if code := max(codes):
            raise SystemExit(code)

    def _print(self, report: ReplayReport, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(report.as_json(), ensure_ascii=False))
            return
        for note in report.notes:
            self.stdout.write(note)
        self.stdout.write(report.sentence())


def _execution(text: str) -> Execution:
    execution_id = uuid_at_the_end(text)
    rows = Execution.objects.select_related("version__script__tenant", "user")
    found = rows.filter(pk=execution_id).first() if execution_id else None
    if found is None:
        raise CommandError(f"There is no execution {text!r}.", returncode=2)
    return found


def _user(username: str) -> User:
    found = User.objects.filter(username=username, is_active=True).first()
    if found is None:
        raise CommandError(f"There is no active user {username!r}.", returncode=2)
    return found
