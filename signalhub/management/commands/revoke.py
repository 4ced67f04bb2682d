"""Take a user's right to a script away."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from common.clock import utc_now
from common.errors import SignalHubError
from registry.models import Script
from registry.services import entitlements


class Command(BaseCommand):
    help = "End a user's right to a script, in its owner's name."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--user", required=True, help="username")
        parser.add_argument("--script", required=True, help="script id")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            user = User.objects.get(username=options["user"])
            script = Script.objects.select_related("owner").get(pk=options["script"])
            entitlements.revoke(
                script, user, acting_user=script.owner, now=utc_now(), reason="command"
            )
        except (User.DoesNotExist, Script.DoesNotExist) as error:
            raise CommandError(str(error)) from None
        except SignalHubError as error:
            raise CommandError(error.message) from None
        done = {"user": user.username, "script": str(script.pk)}
        self.stdout.write(
            json.dumps(done) if options["json"] else f"{user} may no longer use {script}"
        )
