"""Say why a user may or may not use a script, now or at a past instant."""

from __future__ import annotations

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.serializers.json import DjangoJSONEncoder

from accounts.models import User
from common.clock import parse_instant, utc_now
from common.errors import SignalHubError
from registry.explanations import Explanation, explain
from registry.models import Script


class Command(BaseCommand):
    help = "Explain who granted what, which rule decided, and what would change the answer."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--user", required=True, help="username")
        parser.add_argument("--script", required=True, help="script id")
        parser.add_argument("--at", help="an ISO 8601 instant with its zone; default: now")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            user = User.objects.get(username=options["user"])
            script = Script.objects.select_related("owner").get(pk=options["script"])
            at = parse_instant(options["at"], field="at") if options["at"] else None
            explanation = explain(user, script, at=at, now=utc_now(), to_granter=True)
        except (User.DoesNotExist, Script.DoesNotExist, ValidationError):
            raise CommandError("There is no such user or no such script.") from None
        except SignalHubError as error:
            raise CommandError(error.message) from None
        if options["json"]:
            self.stdout.write(json.dumps(explanation.as_json(), cls=DjangoJSONEncoder))
        else:
            self.stdout.write("\n".join(_lines(explanation)))


def _lines(explanation: Explanation) -> list[str]:
    return [
        f"{explanation.at:%Y-%m-%d %H:%M:%S} UTC",
        explanation.sentence,
        *(f"  also: {ground.sentence}" for ground in explanation.also),
        *(f"  would change it: {change}" for change in explanation.changes),
        *(f"  before: {ended}" for ended in explanation.ended),
    ]
