"""What operators can do from the operations page: each is asked about first, and given a reason.

A deed says what follows from it before it is done. What is not there, or is another house's, is
not found; the services behind the deeds check, change and audit.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from accounts.models import User
from execution.services import cancellation, dead_letter_decisions, drains, holds
from market.services import replay
from signalhub.operations import subjects
from signalhub.operations.questions import (
    REASON_MAX_LENGTH,
    Doing,
    NothingThere,
    Question,
    ReasonNeeded,
)
from streams.deliveries.services import resending

STOPS = (
    "Nothing of it starts from now on, and what runs is ended: {0.reach.plans} plans of "
    "{0.reach.subscribers} subscribers, {0.reach.running} runs and {0.reach.trials} trials that "
    "run, {0.reach.waiting} that wait. What comes meanwhile is not run for afterwards."
)


def find(name: str, target: str, *, user: User) -> tuple[Question, Any]:
    """Return what to ask and what it is about, or raise NothingThere."""
    question = DEEDS.get(name)
    if question is None:
        raise NothingThere()
    return question, question.find(target, user)


def carry_out(question: Question, doing: Doing) -> str:
    """Do it and return what was done, in a sentence.

    Raises
    ------
    ReasonNeeded
        None was given, or more than fits.
    SignalHubError
        The service behind it refuses.
    """
    if not 0 < len(doing.reason) <= REASON_MAX_LENGTH:
        raise ReasonNeeded(field="reason", most=REASON_MAX_LENGTH)
    result = question.do(doing)
    return question.done.format(doing.target, result)


def _place_hold(doing: Doing) -> object:
    aim = doing.target.aim
    return holds.place_hold(
        aim.kind, aim.target, reason=doing.reason, acting_user=doing.user, now=doing.now
    )


def _retry(doing: Doing) -> object:
    return dead_letter_decisions.retry_dead_letter(
        doing.target, reason=doing.reason, acting_user=doing.user, now=doing.now
    )


def _discard(doing: Doing) -> object:
    return dead_letter_decisions.discard_dead_letter(
        doing.target, reason=doing.reason, acting_user=doing.user, now=doing.now
    )


DEEDS: Mapping[str, Question] = {
    "pause-feed": Question(
        title="Pause the feed {}?",
        consequence="No bar comes from it until it is resumed, so nothing that waits for its bars "
        "runs. It goes on at the position at which it stopped; no bar is lost.",
        answer="Yes, pause it",
        done="{} is paused.",
        find=subjects.feed,
        do=lambda d: replay.pause(d.target, acting_user=d.user, now=d.now, reason=d.reason),
    ),
    "resume-feed": Question(
        title="Resume the feed {}?",
        consequence="It goes on from its position, at its pace.",
        answer="Yes, resume it",
        done="{} goes on.",
        find=subjects.feed,
        do=lambda d: replay.resume(d.target, acting_user=d.user, now=d.now, reason=d.reason),
    ),
    "drain-machine": Question(
        title="Drain {}?",
        consequence="Its workers start nothing new. What they run is finished, and then they "
        "stand still until they are resumed, also after a restart. What waits is done by others; "
        "if there are none, it waits.",
        answer="Yes, drain it",
        done="{} starts nothing new.",
        find=subjects.machine,
        do=lambda d: drains.drain_machine(d.target, acting_user=d.user, reason=d.reason, now=d.now),
    ),
    "resume-machine": Question(
        title="Resume {}?",
        consequence="Its workers start to take work again, as soon as they have finished what they "
        "still run.",
        answer="Yes, resume it",
        done="{} takes work again.",
        find=subjects.machine,
        do=lambda d: drains.resume_machine(
            d.target, acting_user=d.user, reason=d.reason, now=d.now
        ),
    ),
    "cancel": Question(
        title="Cancel the run of {}?",
        consequence="It ends now, as cancelled: a script that runs is stopped within a second, and "
        "nothing that it still puts out counts. It can be run again from its page in the admin.",
        answer="Yes, cancel it",
        done="The run of {} is cancelled.",
        find=subjects.execution,
        do=lambda d: cancellation.cancel_execution(
            d.target, acting_user=d.user, reason=d.reason, now=d.now
        ),
    ),
    "stop-script": Question(
        title="Stop {}?",
        consequence=STOPS,
        answer="Yes, stop it",
        done="{} is stopped.",
        find=subjects.script_to_stop,
        do=_place_hold,
    ),
    "stop-house": Question(
        title="Stop everything of {}?",
        consequence=STOPS,
        answer="Yes, stop all of it",
        done="Everything of {} is stopped.",
        find=subjects.house_to_stop,
        do=_place_hold,
    ),
    "stop-everything": Question(
        title="Stop {}, in every house?",
        consequence=STOPS,
        answer="Yes, stop everything",
        done="Nothing runs any more: {} is stopped.",
        find=subjects.everything_to_stop,
        do=_place_hold,
    ),
    "lift": Question(
        title="Lift the hold on {}?",
        consequence="It runs again from now on. What came while it was stopped is not run for: the "
        "next output of each stream says how much that was.",
        answer="Yes, lift it",
        done="The hold on {} is lifted.",
        find=subjects.standing_hold,
        do=lambda d: holds.lift_hold(d.target.pk, acting_user=d.user, now=d.now, reason=d.reason),
    ),
    "retry": Question(
        title="Try {} again?",
        consequence="It is handled once more, with fresh attempts. If it fails again, it comes "
        "back here.",
        answer="Yes, try it again",
        done="{} is tried again.",
        find=subjects.letter,
        do=_retry,
    ),
    "discard": Question(
        title="Let {} be?",
        consequence="It is not tried again. An execution stays failed; what an event spoke of is "
        "in the tables all the same.",
        answer="Yes, let it be",
        done="{} is left as it is.",
        find=subjects.letter,
        do=_discard,
    ),
    "send-entry": Question(
        title="Send {} again?",
        consequence="Its ticks or bars are recorded as if they had just come, for every house; "
        "what is recorded already counts once. If that fails again, the entry comes back here.",
        answer="Yes, send it again",
        done="{} is sent again.",
        find=subjects.entry,
        do=_retry,
    ),
    "discard-entry": Question(
        title="Let {} be?",
        consequence="Its ticks or bars are in no table and stay out of them, for every house. What "
        "was written is kept with the dead letter as far as it is legible.",
        answer="Yes, leave them out",
        done="{} is left out.",
        find=subjects.entry,
        do=_discard,
    ),
    "resend": Question(
        title="Send again what failed to {}?",
        consequence="What failed is sent once more, the oldest first and at most "
        f"{resending.RESENT_AT_ONCE} at once, under the ids it had: a receiver that did take it "
        "knows it by them.",
        answer="Yes, send it again",
        done="Sent again to {}: {}.",
        find=subjects.destination,
        do=lambda d: resending.resend_failed(
            d.target, acting_user=d.user, now=d.now, reason=d.reason
        ),
    ),
}
