"""How much may be read of the gateway a minute: by one user, and by the runs of one script."""

from __future__ import annotations

from dataclasses import dataclass

from accounts import rates
from accounts.models import User
from common import rate_leases, rate_limits
from common.errors import RateLimited
from common.rate_limits import Limit, Verdict


class ScriptReadQuotaSpent(RateLimited):
    """No more can be read this minute; read less often, or read once and keep what was read."""

    code = "script_read_quota_spent"


@dataclass(frozen=True, kw_only=True)
class ReadQuota:
    """Whose reads are counted; None: nobody's, or those of no script."""

    user: User | None = None
    script_id: str | None = None
    of_script: Limit | None = None

    def take(self) -> None:
        """Count one read, or raise ScriptReadQuotaSpent."""
        if self.user is not None:
            _require(rate_limits.take(rates.reads_of(self.user), rates.subject_of(self.user)))
        if self.script_id is not None and self.of_script is not None:
            subject = f"script:{self.script_id}"
            _require(rate_leases.of_this_process.take(self.of_script, subject))


def _require(verdict: Verdict) -> None:
    if verdict.allowed:
        return
    limit = verdict.limit
    raise ScriptReadQuotaSpent(
        f"{limit.amount:,} reads a minute are allowed ({limit.name.replace('_', ' ')}), and they "
        "are spent. Read once and keep what was read.",
        **verdict.details(),
    )
