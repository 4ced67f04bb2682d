"""Whether more or fewer machines should run scripts, and why: advice from readings.

It knows neither who measures nor who scales. A score above one number asks for more, one below
another for fewer; between two changes lies a time in which the first may show what it did.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from execution.scheduling.backpressure import THRESHOLDS, TOO_MUCH_AT, Load, Readings

SCORES_JUDGED = 20  # how many of the last ones say how sure an advice is


class Action(StrEnum):
    """What is advised."""

    NONE = "none"
    UP = "scale_up"
    DOWN = "scale_down"


class Urgency(StrEnum):
    """How soon it is needed."""

    NONE = "none"
    LOW = "low"
    HIGH = "high"
    CRITICAL = "critical"


@dataclass(frozen=True, kw_only=True)
class ScalingLimits:
    """The contract's numbers, and how many pods there may be."""

    up_above: float = 0.7
    up_by_two_above: float = 0.8
    critical_above: float = 0.9
    down_below: float = 0.3
    cooldown_seconds: float = 300.0
    fewest_pods: int = 1
    most_pods: int = 20
    # A bar's run that waits this long makes half a score, as the wait of other runs does.
    realtime_wait_seconds: float = 5.0


@dataclass(frozen=True, kw_only=True)
class Reading:
    """One number that was looked at: from where on it is too much, and which score it makes."""

    name: str
    value: float
    too_much_from: float
    score: float


@dataclass(frozen=True, kw_only=True)
class LastAdvice:
    """The last change that was advised, whatever it was called, and how long ago."""

    recommended_pods: int
    seconds_ago: float


@dataclass(frozen=True, kw_only=True)
class Recommendation:
    """What to do, with its reasoning."""

    action: Action
    urgency: Urgency
    recommended_pods: int
    reason: str
    confidence: float  # the share of the last scores that ask for the same, 0 to 1
    score: float
    pods: int
    cooldown_seconds_left: int
    readings: list[Reading]


def readings_of(
    load: Load, readings: Readings, *, realtime_wait_seconds: float, limits: ScalingLimits
) -> list[Reading]:
    """Return what a score is made of, the worst first."""
    found = [
        Reading(
            name=name,
            value=getattr(readings, name),
            too_much_from=getattr(THRESHOLDS, name),
            score=score,
        )
        for name, score in load.parts.items()
    ]
    share = TOO_MUCH_AT * realtime_wait_seconds / limits.realtime_wait_seconds
    found.append(
        Reading(
            name="realtime_wait_seconds",
            value=realtime_wait_seconds,
            too_much_from=limits.realtime_wait_seconds,
            score=min(1.0, share),
        )
    )
    return sorted(found, key=lambda reading: -reading.score)


def recommend(
    load: Load,
    readings: Sequence[Reading],
    *,
    pods: int | None,
    last: LastAdvice | None,
    recent_scores: Sequence[float] = (),
    limits: ScalingLimits | None = None,
) -> Recommendation:
    """Return what to do about some readings.

    Parameters
    ----------
    load
        What the readings come to; processors and memory count in it only while something waits.
    pods
        How many machines run scripts now; None when nobody can say.
    last
        The last advice to change something.
    recent_scores
        Those of the looks before this one, for how sure the advice is.
    """
    limits = limits or ScalingLimits()
    waits = {reading.name: reading for reading in readings}["realtime_wait_seconds"]
    score, cause = max((load.value, load.cause), (waits.score, waits.name))
    left = _seconds_left(last, limits)
    wanted, by = _wanted(score, limits)
    stands = last.recommended_pods if last is not None and left else None
    chosen = _choose(
        wanted, by, pods=pods, stands=stands, is_first_look=not recent_scores, limits=limits
    )
    said = f"{_cause(score, cause, waits)}: {_rule(score, wanted, limits)}"
    sure = _confidence(wanted, [*recent_scores, score], limits)
    return Recommendation(
        action=chosen.action,
        urgency=_urgency(chosen.action, score, limits),
        recommended_pods=chosen.pods,
        reason=f"{said}, but {chosen.however}." if chosen.however else f"{said}.",
        confidence=1.0 if chosen.is_sure else sure,
        score=score,
        pods=pods or 0,
        cooldown_seconds_left=left,
        readings=list(readings),
    )


@dataclass(frozen=True, kw_only=True)
class _Choice:
    action: Action
    pods: int
    however: str = ""  # why it is not what the score alone asks for
    is_sure: bool = False  # it does not follow from scores


def _choose(
    wanted: Action,
    by: int,
    *,
    pods: int | None,
    stands: int | None,
    is_first_look: bool,
    limits: ScalingLimits,
) -> _Choice:
    fewest = limits.fewest_pods
    if pods is None:
        why = "how many machines there are is not known now"
        return _Choice(action=Action.NONE, pods=stands or fewest, however=why)
    if stands is not None:
        why = f"the last change was advised less than {limits.cooldown_seconds:g} s ago"
        asks = wanted is not Action.NONE or pods < fewest
        return _Choice(action=Action.NONE, pods=stands, however=why if asks else "")
    if pods < fewest and is_first_look:
        why = f"{pods} machines have reported so far, and this is the first look"
        return _Choice(action=Action.NONE, pods=fewest, however=why)
    # More than the most may be there already: that is no reason to advise fewer.
    target = min(max(pods + by, fewest), max(limits.most_pods, pods))
    if pods < fewest:
        why = f"{pods} machines run scripts, and {fewest} is the fewest allowed"
        return _Choice(action=Action.UP, pods=target, however=why, is_sure=True)
    if wanted is not Action.NONE and target == pods:
        limit = f"{fewest} is the fewest" if by < 0 else f"{limits.most_pods} is the most"
        why = f"there are {pods} already, and {limit} allowed"
        return _Choice(action=Action.NONE, pods=pods, however=why)
    return _Choice(action=wanted, pods=target)


def _wanted(score: float, limits: ScalingLimits) -> tuple[Action, int]:
    if score > limits.up_by_two_above:
        return Action.UP, 2
    if score > limits.up_above:
        return Action.UP, 1
    if score < limits.down_below:
        return Action.DOWN, -1
    return Action.NONE, 0


def _seconds_left(last: LastAdvice | None, limits: ScalingLimits) -> int:
    if last is None:
        return 0
    return max(0, round(limits.cooldown_seconds - last.seconds_ago))


def _urgency(action: Action, score: float, limits: ScalingLimits) -> Urgency:
    if action is Action.NONE:
        return Urgency.NONE
    if action is Action.DOWN:
        return Urgency.LOW
    return Urgency.CRITICAL if score > limits.critical_above else Urgency.HIGH


def _confidence(wanted: Action, scores: Sequence[float], limits: ScalingLimits) -> float:
    judged = scores[-SCORES_JUDGED:]
    same = sum(_wanted(score, limits)[0] is wanted for score in judged)
    # A few looks cannot make one sure, however much they agree.
    return round(same / max(len(judged), SCORES_JUDGED), 2)


_WORDS: Mapping[str, str] = {
    "queue_depth": "runs that wait for a worker",
    "p99_seconds": "the wait of one-time runs for a worker",
    "errors": "runs that our own trouble ended",
    "requests": "the requests of a web process",
    "cpu": "the processors",
    "memory": "the memory",
    "realtime_wait_seconds": "the longest wait of a realtime run",
    "": "nothing",
}


def _cause(score: float, cause: str, waits: Reading) -> str:
    said = f"The score is {score:.2f}"
    if cause and score > 0:
        said += f", by {_WORDS[cause]}"
    if waits.score and cause == waits.name:
        said += f" ({waits.value:.1f} s)"
    return said


def _rule(score: float, wanted: Action, limits: ScalingLimits) -> str:
    if wanted is Action.UP and score > limits.up_by_two_above:
        return f"above {limits.up_by_two_above:g} two more machines are needed"
    return {
        Action.UP: f"above {limits.up_above:g} more machines are needed",
        Action.DOWN: f"below {limits.down_below:g} fewer will do",
        Action.NONE: f"from {limits.down_below:g} to {limits.up_above:g} nothing is to be done",
    }[wanted]
