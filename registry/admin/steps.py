"""The buttons of a version's page: who is offered which, and the one service behind each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.models import Role, User
from accounts.principals import has_role
from registry import lifecycle, queries
from registry.lifecycle import Step
from registry.models import Script, ScriptVersion
from registry.services import publishing, review, suspension


@dataclass(frozen=True)
class Pressed:
    """What came with a pressed button."""

    note: str
    source_sha256: str
    manifest_sha256: str
    checklist: list[str]
    repaints: bool
    user: User
    now: datetime


@dataclass(frozen=True)
class Button:
    """One step as a button: its words, and what it does."""

    step: Step | None  # None: it changes no state of the version's life
    label: str
    consequence: str
    done: str
    perform: Callable[[ScriptVersion, Pressed], object]
    asks_note: str = ""
    is_main: bool = False
    for_author: bool = False
    for_reviewer: bool = False

    @property
    def slug(self) -> str:
        """Return the step as it stands in an address."""
        return self.step.value.replace("_", "-") if self.step else "lift-suspension"


def _submit(version: ScriptVersion, pressed: Pressed) -> object:
    return review.submit_for_review(
        version,
        release_note=pressed.note or None,
        acting_user=pressed.user,
        now=pressed.now,
    )


def _approve(version: ScriptVersion, pressed: Pressed) -> object:
    return review.approve(
        version,
        reviewed_sha256=pressed.source_sha256,
        reviewed_manifest_sha256=pressed.manifest_sha256,
        note=pressed.note,
        checklist=pressed.checklist,
        repaints=pressed.repaints,
        acting_user=pressed.user,
        now=pressed.now,
    )


def _request_changes(version: ScriptVersion, pressed: Pressed) -> object:
    return review.request_changes(
        version, note=pressed.note, acting_user=pressed.user, now=pressed.now
    )


def _publish(version: ScriptVersion, pressed: Pressed) -> object:
    return publishing.publish_version(version, acting_user=pressed.user, now=pressed.now)


def _deprecate(version: ScriptVersion, pressed: Pressed) -> object:
    return publishing.deprecate_version(
        version, note=pressed.note, acting_user=pressed.user, now=pressed.now
    )


def _withdraw(version: ScriptVersion, pressed: Pressed) -> object:
    return publishing.withdraw_version(
        version, note=pressed.note, acting_user=pressed.user, now=pressed.now
    )


def _lift(version: ScriptVersion, pressed: Pressed) -> object:
    return suspension.lift_suspension(
        version, reason=pressed.note, acting_user=pressed.user, now=pressed.now
    )


BUTTONS: Mapping[str, Button] = {
    button.slug: button
    for button in (
        Button(
            Step.SUBMIT,
            label="Submit for review",
            consequence="From here on its source cannot change until a reviewer asks for changes.",
            done="was submitted for review.",
            perform=_submit,
            asks_note="Release note: what it does, or what changed",
            is_main=True,
            for_author=True,
        ),
        Button(
            Step.APPROVE,
            label="Approve",
            consequence="Exactly the source that you read may then be published.",
            done="is approved.",
            perform=_approve,
            asks_note="Note for the author (optional)",
            is_main=True,
            for_reviewer=True,
        ),
        Button(
            Step.REQUEST_CHANGES,
            label="Request changes",
            consequence="It goes back to its author with your note.",
            done="went back to its author.",
            perform=_request_changes,
            asks_note="What has to change",
            for_reviewer=True,
        ),
        Button(
            Step.PUBLISH,
            label="Publish",
            consequence="It becomes the version that runs, and never changes again.",
            done="is published.",
            perform=_publish,
            is_main=True,
            for_author=True,
            for_reviewer=True,
        ),
        Button(
            Step.DEPRECATE,
            label="Deprecate",
            consequence="It still runs where it is named; readers are advised against it.",
            done="is deprecated.",
            perform=_deprecate,
            asks_note="Why (optional)",
            for_author=True,
            for_reviewer=True,
        ),
        Button(
            Step.WITHDRAW,
            label="Withdraw",
            consequence="No new run of it starts, for anybody, and it cannot be brought back.",
            done="is withdrawn.",
            perform=_withdraw,
            asks_note="Why",
            for_author=True,
            for_reviewer=True,
        ),
        Button(
            None,
            label="Lift suspension",
            consequence="It runs again for everybody who may use it, first on the bars it missed.",
            done="runs again.",
            perform=_lift,
            asks_note="Why it may run again",
        ),
    )
}


def offered_to(user: User, version: ScriptVersion) -> list[Button]:
    """Return the buttons for somebody on a version's page; the services still decide."""
    is_author = user.pk in (version.author_id, version.script.owner_id)
    is_reviewer = not is_author and has_role(user, Role.REVIEWER)
    decides_suspension = version.is_suspended and not is_author and has_role(user, Role.OPERATOR)
    permitted = lifecycle.permitted_steps(version.status)

    def offered(button: Button) -> bool:
        if button.step is None:
            return decides_suspension and version.status != lifecycle.VersionStatus.WITHDRAWN
        if button.step not in permitted:
            return False
        if button.step is Step.WITHDRAW and decides_suspension:
            return True
        return (is_author and button.for_author) or (is_reviewer and button.for_reviewer)

    return [button for button in BUTTONS.values() if offered(button)]


def note_label(buttons: Sequence[Button]) -> str:
    """Return what the note beside some buttons is called; nothing where none of them takes one."""
    asked = [button.asks_note for button in buttons if button.asks_note]
    return asked[0] if len(asked) == 1 else "Note" if asked else ""


def writing_offered_to(user: User, script: Script) -> str:
    """Return the words of the link to a draft: for its owner, unless it is under review."""
    if user.pk != script.owner_id:
        return ""
    version = queries.open_version(script)
    if version is None:
        return "Write the next version"
    return "Edit the draft" if version.status in lifecycle.EDITABLE else ""


def waits_for_somebody_else(user: User, version: ScriptVersion) -> bool:
    """Tell whether a user looks at their own version while it waits for a reviewer."""
    is_author = user.pk in (version.author_id, version.script.owner_id)
    return is_author and Step.APPROVE in lifecycle.permitted_steps(version.status)
