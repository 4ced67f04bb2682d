"""Which version runs when a caller names none: the author's choice, and the way back from one."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts import audit
from accounts.models import Role, User
from common.errors import Conflict
from registry import access, queries
from registry.models import Script, ScriptVersion, VersionPolicy
from registry.models.scripts import NOTE_MAX_LENGTH
from registry.services import aliases
from registry.services.drafts import NotTheAuthor, require_author
from registry.texts import clean_text
from registry.version_choice import InvalidVersionPolicy, Policy, Rule


class RunsAlready(Conflict):
    """This version is the one that runs; choose another to go back to."""

    code = "runs_already"


@transaction.atomic
def set_version_policy(
    script: Script, rule: Rule, *, reason: str = "", acting_user: User, now: datetime
) -> Script:
    """Choose how the version that runs follows what is published.

    Raises
    ------
    NotTheAuthor, NoSuchScript
        The script is somebody else's, or the acting user may not know of it.
    InvalidVersionPolicy
        The policy names no version that may run.
    """
    require_author(script, acting_user)
    reason = clean_text(reason, field="reason", max_length=NOTE_MAX_LENGTH)
    script = locked_script(script)
    require_a_choice(script, rule)
    _change(script, rule, "version_policy_changed", reason, acting_user=acting_user, now=now)
    return script


@transaction.atomic
def roll_back(
    script: Script, version: str, *, reason: str, acting_user: User, now: datetime
) -> Script:
    """Make a version that was published before run again, at once, saying why.

    The policy is locked to it, so that no release replaces it before its author decides. Nothing
    is published or changed; whoever names a version keeps getting that one.

    Raises
    ------
    NotTheAuthor, NoSuchScript
        The acting user is neither the author nor an operator.
    InvalidText
        There is no reason.
    NoSuchVersion, VersionWithdrawn, VersionSuspended
        The version does not run any more, or never did.
    RunsAlready
        It is the one that runs.
    """
    require_may_roll_back(script, acting_user)
    reason = clean_text(reason, field="reason", max_length=NOTE_MAX_LENGTH, required=True)
    script = locked_script(script)
    wanted = queries.published_version(script, version)
    if wanted.pk == script.current_version_id and queries.rule_of(script) == _locked_to(wanted):
        raise RunsAlready(field="version", version=wanted.version)
    rule = _locked_to(wanted)
    _change(script, rule, "version_rolled_back", reason, acting_user=acting_user, now=now)
    return script


def require_may_roll_back(script: Script, user: User) -> None:
    """Raise unless a user may make an earlier version of a script run again."""
    principal = access.principal_in(script, user)
    if user.pk != script.owner_id and not principal.has_role(Role.OPERATOR):
        raise NotTheAuthor("Only its author or an operator can do this.", script_id=str(script.pk))


def require_a_choice(script: Script, rule: Rule) -> None:
    """Raise unless a policy is ``auto`` or admits a version that may run."""
    if rule.policy is Policy.AUTO or queries.chosen_version(script, rule) is not None:
        return
    field = "pinned_version" if rule.policy is Policy.LOCKED else "min_version"
    raise InvalidVersionPolicy(
        f"{field}: no version that may run is {rule}; name one that is published.", field=field
    )


def locked_script(script: Script) -> Script:
    """Return a script whose row nobody else changes until the transaction ends."""
    return (
        Script.objects.select_for_update(no_key=True, of=("self",))
        .select_related("tenant", "owner", "current_version")
        .get(pk=script.pk)
    )


def choose_current_version(script: Script, *, now: datetime) -> ScriptVersion | None:
    """Point a locked script at the version that its policy chooses; its alias follows."""
    chosen = queries.chosen_version(script, queries.rule_of(script))
    moved = script.current_version != chosen
    script.current_version = chosen
    script.updated_at = now
    script.save(update_fields=["current_version", "updated_at"])
    if moved:
        aliases.follow_current_version(script)
    return chosen


def _change(
    script: Script, rule: Rule, event: str, reason: str, *, acting_user: User, now: datetime
) -> None:
    before = _in_words(script, queries.rule_of(script))
    VersionPolicy.objects.update_or_create(
        script=script,
        defaults={
            "policy": rule.policy.value,
            "pinned_version": str(rule.pinned or ""),
            "min_version": str(rule.minimum or ""),
            "max_version": str(rule.maximum or ""),
            "updated_at": now,
            "updated_by": acting_user,
        },
    )
    choose_current_version(script, now=now)
    audit.record(
        event,
        script,
        chain=script.tenant.slug,
        acting_user=acting_user,
        now=now,
        before=before,
        after=_in_words(script, rule),
        reason=reason,
    )


def _locked_to(version: ScriptVersion) -> Rule:
    return Rule.parse(Policy.LOCKED, pinned_version=version.version)


def _in_words(script: Script, rule: Rule) -> dict[str, str | None]:
    current = script.current_version
    return {"policy": str(rule), "effective_version": current.version if current else None}
