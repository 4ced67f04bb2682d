"""Which version policy suits a script, from who subscribes and what its last releases were like."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from registry import access, queries
from registry.lifecycle import VersionStatus
from registry.models import Script, ScriptVersion
from registry.semver import SemanticVersion
from registry.services.screening import has_grave_findings
from registry.version_choice import Policy, Recommendation, Rule, recommend

RELEASES_LOOKED_AT = 5
_HIGHEST_PART = 999_999  # of a version number; a range ends before the next major version


@dataclass(frozen=True, kw_only=True)
class Advice:
    """A recommendation with all that it rests on, and the policy as it could be set."""

    subscribers: int
    risks: tuple[str, ...]
    recommendation: Recommendation
    suggested: Rule

    @property
    def risk_level(self) -> str:
        """Return ``high`` or ``low``."""
        return "high" if self.risks else "low"


def advise(script: Script, *, at: datetime) -> Advice:
    """Recommend a version policy for a script as things stand at an instant."""
    subscribers = subscriber_count(script, at=at)
    risks = tuple(_risks_of(script))
    recommendation = recommend(subscribers=subscribers, is_risky=bool(risks))
    return Advice(
        subscribers=subscribers,
        risks=risks,
        recommendation=recommendation,
        suggested=_suggested(script, recommendation.policy),
    )


def subscriber_count(script: Script, *, at: datetime) -> int:
    """Return how many people besides its owner may use a script at an instant."""
    return access.entitled_users(script, at=at).exclude(pk=script.owner_id).count()


def _risks_of(script: Script) -> list[str]:
    """Say what in the last releases a subscriber had better not follow by themselves."""
    released = ScriptVersion.objects.released().filter(script=script)
    newest = sorted(released, key=_number, reverse=True)[: RELEASES_LOOKED_AT + 1]
    risks = [
        f"{newer.version} began a new major version"
        for newer, older in pairwise(newest)
        if _number(newer).major > _number(older).major
    ]
    for version in newest[:RELEASES_LOOKED_AT]:
        risks.extend(f"{version.version} {problem}" for problem in _problems_of(version))
    return risks


def _problems_of(version: ScriptVersion) -> list[str]:
    found = {
        "was withdrawn": version.status == VersionStatus.WITHDRAWN,
        "is suspended": version.is_suspended,
        "is labelled repaints": version.repaints,
        "has grave findings in its screening": has_grave_findings(version),
    }
    return [problem for problem, is_so in found.items() if is_so]


def _suggested(script: Script, policy: Policy) -> Rule:
    current = script.current_version or queries.chosen_version(script, Rule())
    if policy is Policy.AUTO or current is None:
        return Rule()
    number = _number(current)
    if policy is Policy.LOCKED:
        return Rule(policy=policy, pinned=number)
    end = SemanticVersion(number.major, _HIGHEST_PART, _HIGHEST_PART)
    return Rule(policy=policy, minimum=number, maximum=end)


def _number(version: ScriptVersion) -> SemanticVersion:
    return SemanticVersion.parse(version.version)
