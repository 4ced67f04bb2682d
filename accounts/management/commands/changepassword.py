"""Django's command, which also says in the trail that it was used, and ends what is signed in."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.management.commands import changepassword

from accounts.models import User
from accounts.services.passwords import audited_password
from common.clock import utc_now


class Command(changepassword.Command):
    def handle(self, *args: Any, **options: Any) -> str:
        user = User.objects.filter(username=options["username"]).first()
        if user is None:
            return str(super().handle(*args, **options))
        with audited_password(user, acting_user=None, now=utc_now()):
            return str(super().handle(*args, **options))
