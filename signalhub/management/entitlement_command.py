"""What the commands that give and take a right have in common."""

from __future__ import annotations

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from common.errors import SignalHubError
from registry.models import Script


class EntitlementCommand(BaseCommand):
    """Find a user and a script, change the right, and say so."""

    done = ""

    def change(self, script: Script, user: User) -> None:
        """Change the user's right in the name of the script's owner."""
        raise NotImplementedError

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--user", required=True, help="username")
        parser.add_argument("--script", required=True, help="script id")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            user = User.objects.get(username=options["user"])
            script = Script.objects.select_related("owner").get(pk=options["script"])
            self.change(script, user)
        except (User.DoesNotExist, Script.DoesNotExist, ValidationError):
            raise CommandError("There is no such user or no such script.") from None
        except SignalHubError as error:
            raise CommandError(error.message) from None
        said = json.dumps({"user": user.username, "script": str(script.pk)})
        self.stdout.write(said if options["json"] else f"{user} {self.done} {script}")
