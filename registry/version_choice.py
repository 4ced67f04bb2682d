"""Which version a policy chooses, and which policy suits a script.

Decides from numbers alone. It does not know who subscribes, nor what makes a release risky.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from common.errors import MalformedRequest
from registry.semver import NotASemanticVersion, SemanticVersion

FEW_SUBSCRIBERS = 10
MANY_SUBSCRIBERS = 100


class Policy(StrEnum):
    """How the version that runs follows what is published."""

    LOCKED = "locked"
    AUTO = "auto"
    RANGE = "range"


class InvalidVersionPolicy(MalformedRequest):
    """A policy is locked with a pinned_version, auto, or range with a min_version."""

    code = "invalid_version_policy"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A policy with the versions that it names; both ends of a range are inside it."""

    policy: Policy = Policy.AUTO
    pinned: SemanticVersion | None = None
    minimum: SemanticVersion | None = None
    maximum: SemanticVersion | None = None

    @classmethod
    def parse(
        cls,
        policy: str | None,
        *,
        pinned_version: str | None = None,
        min_version: str | None = None,
        max_version: str | None = None,
    ) -> Rule:
        """Read a policy; what is empty or None is not given, and no policy is ``auto``.

        Raises
        ------
        InvalidVersionPolicy
            Naming the field that is missing, out of place, or no version.
        """
        if (policy or Policy.AUTO) not in list(Policy):
            raise _invalid("policy", f"{policy!r} is none of locked, auto and range")
        rule = cls(
            policy=Policy(policy or Policy.AUTO),
            pinned=_version("pinned_version", pinned_version),
            minimum=_version("min_version", min_version),
            maximum=_version("max_version", max_version),
        )
        rule._require_its_own_fields()
        return rule

    @property
    def follows_releases(self) -> bool:
        """Tell whether a new release can take over by itself."""
        return self.policy is not Policy.LOCKED

    def admits(self, version: SemanticVersion) -> bool:
        """Tell whether the policy lets a version run."""
        if self.policy is Policy.LOCKED:
            return version == self.pinned
        above = self.minimum is None or version >= self.minimum
        return above and (self.maximum is None or version <= self.maximum)

    def __str__(self) -> str:
        if self.policy is Policy.LOCKED:
            return f"locked to {self.pinned}"
        if self.policy is Policy.RANGE:
            end = f"to {self.maximum}" if self.maximum else "and up"
            return f"{self.minimum} {end}"
        return "auto"

    def _require_its_own_fields(self) -> None:
        needed = {Policy.LOCKED: "pinned_version", Policy.RANGE: "min_version"}.get(self.policy)
        given = {
            "pinned_version": self.pinned,
            "min_version": self.minimum,
            "max_version": self.maximum,
        }
        taken = {Policy.LOCKED: {"pinned_version"}, Policy.RANGE: {"min_version", "max_version"}}
        if needed is not None and given[needed] is None:
            raise _invalid(needed, f"the policy {self.policy} needs it")
        for field, value in given.items():
            if value is not None and field not in taken.get(self.policy, set()):
                raise _invalid(field, f"the policy {self.policy} does not take it")
        if self.minimum and self.maximum and self.maximum < self.minimum:
            raise _invalid("max_version", f"{self.maximum} is lower than {self.minimum}")


@dataclass(frozen=True)
class Release:
    """A version that may run; a deprecated one gives way to any other."""

    version: SemanticVersion
    is_deprecated: bool = False


@dataclass(frozen=True)
class Recommendation:
    """The policy that suits a script, and why."""

    policy: Policy
    reason: str


def choose(rule: Rule, releases: Iterable[Release]) -> SemanticVersion | None:
    """Return the version that runs: the highest that is not deprecated, if the policy admits it."""
    admitted = [release for release in releases if rule.admits(release.version)]
    best = max(admitted, key=lambda r: (not r.is_deprecated, r.version), default=None)
    return best.version if best else None


def recommend(*, subscribers: int, is_risky: bool) -> Recommendation:
    """Return the policy that suits so many subscribers and such releases."""
    people = f"{subscribers} subscriber{'' if subscribers == 1 else 's'}"
    if subscribers > MANY_SUBSCRIBERS:
        reason = f"{people}: a release should reach them only inside limits that you set."
        return Recommendation(Policy.RANGE, reason)
    if not is_risky:
        reason = f"{people} and nothing risky in the last releases: they may follow by themselves."
        return Recommendation(Policy.AUTO, reason)
    if subscribers >= FEW_SUBSCRIBERS:
        reason = f"{people} and risky releases: set limits that a release must lie in."
        return Recommendation(Policy.RANGE, reason)
    reason = f"{people} and risky releases: stay on the version that is known to be good."
    return Recommendation(Policy.LOCKED, reason)


def _version(field: str, text: str | None) -> SemanticVersion | None:
    if not text:
        return None
    try:
        return SemanticVersion.parse(text, field=field)
    except NotASemanticVersion as error:
        raise InvalidVersionPolicy(error.message, field=field) from None


def _invalid(field: str, problem: str) -> InvalidVersionPolicy:
    return InvalidVersionPolicy(f"{field}: {problem}.", field=field)
