"""The table of transitions."""

import pytest

from registry import lifecycle
from registry.lifecycle import Step, VersionStatus

WAY_TO_PUBLICATION = [
    (Step.SUBMIT, "draft", "submitted"),
    (Step.APPROVE, "submitted", "approved"),
    (Step.PUBLISH, "approved", "published"),
    (Step.DEPRECATE, "published", "deprecated"),
    (Step.WITHDRAW, "deprecated", "withdrawn"),
]


@pytest.mark.parametrize(("step", "source", "target"), WAY_TO_PUBLICATION)
def test_each_step_leads_from_one_state_to_the_next(step: Step, source: str, target: str) -> None:
    lifecycle.require_step(step, name="RSI 1.0.0", status=source)

    assert lifecycle.target_of(step) == target


def test_only_an_approved_version_can_be_published() -> None:
    assert lifecycle.sources_of(Step.PUBLISH) == {VersionStatus.APPROVED}


def test_nothing_leads_out_of_a_withdrawn_version() -> None:
    assert lifecycle.permitted_steps(VersionStatus.WITHDRAWN) == frozenset()


def test_no_step_leads_back_from_a_released_version() -> None:
    for step in lifecycle.TRANSITIONS:
        if lifecycle.sources_of(step) & lifecycle.RELEASED:
            assert lifecycle.target_of(step) in lifecycle.RELEASED


def test_an_approval_can_be_taken_back_until_publication() -> None:
    assert VersionStatus.APPROVED in lifecycle.sources_of(Step.REQUEST_CHANGES)
    assert VersionStatus.PUBLISHED not in lifecycle.sources_of(Step.REQUEST_CHANGES)


def test_a_refusal_says_what_the_version_is_and_what_it_would_have_to_be() -> None:
    with pytest.raises(lifecycle.NotApproved) as refused:
        lifecycle.require_step(Step.PUBLISH, name="RSI 1.0.0", status="changes_requested")

    assert refused.value.message == (
        "RSI 1.0.0 is changes requested. Only an approved version can be published."
    )
    assert refused.value.details == {
        "status": "changes_requested",
        "allowed_statuses": ["approved"],
    }


def test_editing_leaves_the_state_as_it_is() -> None:
    with pytest.raises(ValueError, match="leaves the state"):
        lifecycle.target_of(Step.EDIT)
