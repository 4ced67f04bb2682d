"""Give a user the right to a script."""

from __future__ import annotations

from accounts.models import User
from common.clock import utc_now
from registry.models import Script
from registry.services import entitlements
from signalhub.management.entitlement_command import EntitlementCommand


class Command(EntitlementCommand):
    help = "Give a user the right to a script, in its owner's name."
    done = "may use"

    def change(self, script: Script, user: User) -> None:
        entitlements.grant(script, user, acting_user=script.owner, now=utc_now(), reason="command")
