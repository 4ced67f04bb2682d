"""The life of a script version: its states, and every permitted step between them.

Decides which step starts in which state and where it ends. It does not know who may take it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from common.errors import Conflict


class VersionStatus(StrEnum):
    """Where a version stands between its author and its users."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    CHANGES_REQUESTED = "changes_requested"
    APPROVED = "approved"
    PUBLISHED = "published"
    DEPRECATED = "deprecated"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        """Return the status in words."""
        return self.value.replace("_", " ")


EDITABLE = frozenset({VersionStatus.DRAFT, VersionStatus.CHANGES_REQUESTED})
OPEN = EDITABLE | {VersionStatus.SUBMITTED, VersionStatus.APPROVED}
RUNNABLE = frozenset({VersionStatus.PUBLISHED, VersionStatus.DEPRECATED})
RELEASED = RUNNABLE | {VersionStatus.WITHDRAWN}


class Step(StrEnum):
    """What somebody does to a version."""

    EDIT = "edit"
    SUBMIT = "submit"
    APPROVE = "approve"
    REQUEST_CHANGES = "request_changes"
    PUBLISH = "publish"
    DEPRECATE = "deprecate"
    WITHDRAW = "withdraw"


class WrongStatus(Conflict):
    """The version is not in a state that allows this."""

    code = "wrong_status"


class NotEditable(WrongStatus):
    """Only a draft, or a version with requested changes, can be edited."""

    code = "not_editable"


class NotSubmittable(WrongStatus):
    """Only a draft, or a version with requested changes, can be submitted."""

    code = "not_submittable"


class NotUnderReview(WrongStatus):
    """Only a submitted version can be reviewed."""

    code = "not_under_review"


class NotApproved(WrongStatus):
    """Only an approved version can be published."""

    code = "not_approved"


class NotReleased(WrongStatus):
    """Only a published version can be deprecated or withdrawn."""

    code = "not_released"


@dataclass(frozen=True)
class Transition:
    """One row of the table: a step, the states it starts in, and the state it ends in."""

    sources: frozenset[VersionStatus]
    target: VersionStatus | None  # None: the state stays what it was
    refusal: type[WrongStatus]

    def allows(self, status: str) -> bool:
        """Tell whether the step may start in a state."""
        return status in self.sources


TRANSITIONS: Mapping[Step, Transition] = {
    Step.EDIT: Transition(EDITABLE, None, NotEditable),
    Step.SUBMIT: Transition(EDITABLE, VersionStatus.SUBMITTED, NotSubmittable),
    Step.APPROVE: Transition(
        frozenset({VersionStatus.SUBMITTED}), VersionStatus.APPROVED, NotUnderReview
    ),
    # An approval can be taken back until publication.
    Step.REQUEST_CHANGES: Transition(
        frozenset({VersionStatus.SUBMITTED, VersionStatus.APPROVED}),
        VersionStatus.CHANGES_REQUESTED,
        NotUnderReview,
    ),
    Step.PUBLISH: Transition(
        frozenset({VersionStatus.APPROVED}), VersionStatus.PUBLISHED, NotApproved
    ),
    Step.DEPRECATE: Transition(
        frozenset({VersionStatus.PUBLISHED}), VersionStatus.DEPRECATED, NotReleased
    ),
    Step.WITHDRAW: Transition(RUNNABLE, VersionStatus.WITHDRAWN, NotReleased),
}


def sources_of(step: Step) -> frozenset[VersionStatus]:
    """Return the states in which a step may start."""
    return TRANSITIONS[step].sources


def target_of(step: Step) -> VersionStatus:
    """Return the state in which a step that changes it ends."""
    target = TRANSITIONS[step].target
    if target is None:
        raise ValueError(f"{step} leaves the state as it is")
    return target


def refusal(step: Step, *, name: str, status: str) -> WrongStatus:
    """Return the error that says why a step cannot be taken in a state."""
    transition = TRANSITIONS[step]
    return transition.refusal(
        f"{name} is {VersionStatus(status).label}. {transition.refusal.__doc__}",
        status=str(status),
        allowed_statuses=sorted(transition.sources),
    )


def require_step(step: Step, *, name: str, status: str) -> None:
    """Raise the step's own error unless it may start in a state."""
    if not TRANSITIONS[step].allows(status):
        raise refusal(step, name=name, status=status)


def permitted_steps(status: str) -> frozenset[Step]:
    """Return the steps that may start in a state."""
    return frozenset(step for step, row in TRANSITIONS.items() if row.allows(status))
