"""How often one script may run and read a minute: less than the platform's number, down to none."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts import audit
from accounts.models import User
from common.errors import Forbidden
from registry.models import Script
from registry.services.grantees import operates

NUMBERS = ("executions_per_minute", "reads_per_minute")


class MayNotLimit(Forbidden):
    """Only a script's owner and the operators of its house set its limits."""

    code = "may_not_limit"


def require_may_limit(script: Script, user: User) -> None:
    """Raise unless a user decides how often a script runs."""
    if user.pk != script.owner_id and not operates(script, user):
        raise MayNotLimit(script_id=str(script.pk))


@transaction.atomic
def set_script_limits(
    script: Script,
    *,
    executions_per_minute: int | None,
    reads_per_minute: int | None,
    acting_user: User,
    now: datetime,
) -> Script:
    """Limit what everybody together runs of a script and its runs read; None: no number of its own.

    0 stops new runs at once; those under way end as they would.

    Raises
    ------
    MayNotLimit
        The acting user neither owns the script nor operates its house.
    """
    require_may_limit(script, acting_user)
    stored = Script.objects.select_for_update(of=("self",), no_key=True).get(pk=script.pk)
    before = {name: getattr(stored, name) for name in NUMBERS}
    stored.executions_per_minute = executions_per_minute
    stored.reads_per_minute = reads_per_minute
    after = {name: getattr(stored, name) for name in NUMBERS}
    if after == before:
        return stored
    stored.save(update_fields=NUMBERS)
    audit.record(
        "script_limits_changed",
        stored,
        chain=stored.tenant.slug,
        acting_user=acting_user,
        now=now,
        before=before,
        after=after,
    )
    return stored
