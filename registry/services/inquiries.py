"""Answer people who ask why somebody may or may not use a script."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from accounts.models import User
from registry import access, explanations
from registry.access_rule import Reason
from registry.explanations import Explanation
from registry.models import Script
from registry.services import entitlements
from registry.services.grantees import NoSuchMember


def explain_to(
    asking: User,
    script_id: UUID,
    *,
    username: str | None = None,
    at: datetime | None = None,
    now: datetime,
) -> Explanation:
    """Explain to somebody why a user, by default they themselves, may or may not use a script.

    Raises
    ------
    NoSuchScript
        The script is unknown, or none that the asking user may know of.
    MayNotGrant
        It is not theirs to ask about others.
    NoSuchMember
        Somebody whom the script does not concern; unknown users look the same.
    BeforeHistory
        The instant is before the past was kept.
    """
    script = _known_script(asking, script_id, at=now)
    to_granter = access.scripts_grantable_by(asking).filter(pk=script.pk).exists()
    user = asking
    if username is not None and username != asking.username:
        entitlements.require_may_grant(script, asking)
        user = _concerned(script, username)
    return explanations.explain(user, script, at=at, now=now, to_granter=to_granter)


def _known_script(asking: User, script_id: UUID, *, at: datetime) -> Script:
    script = Script.objects.select_related("owner", "tenant").filter(pk=script_id).first()
    if script is None or access.decide(asking.pk, script_id, at=at).reason is Reason.OUTSIDER:
        raise access.NoSuchScript(script_id=str(script_id))
    return script


def _concerned(script: Script, username: str) -> User:
    user = User.objects.filter(username=username if username.isprintable() else "").first()
    if user is None or not explanations.concerns(script, user):
        raise NoSuchMember(field="user")
    return user
