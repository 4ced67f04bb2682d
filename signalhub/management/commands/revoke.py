"""End a user's right to a script."""

from __future__ import annotations

from accounts.models import User
from common.clock import utc_now
from registry.models import Script
from registry.services import entitlements
from signalhub.management.entitlement_command import EntitlementCommand


class Command(EntitlementCommand):
    help = "End a user's right to a script, in its owner's name."
    done = "may no longer use"

    def change(self, script: Script, user: User) -> None:
        entitlements.revoke(script, user, acting_user=script.owner, now=utc_now(), reason="command")
