"""Whether what was run of a version still allows its publication.

The evidence is made elsewhere and comes up as data; an approval was given on it, and it may have
changed since.
"""

from __future__ import annotations

from common.errors import Conflict
from registry import queries
from registry.evidence_report import Verdict
from registry.models import ScriptVersion, VersionEvidence
from registry.services.approval import EvidenceMissing


class LooksAhead(Conflict):
    """This version reads the future; a reviewer must label it "repaints", or it must change."""

    code = "looks_ahead"


def require_publishable_evidence(version: ScriptVersion) -> None:
    """Raise unless there is evidence of exactly a version's bytes, and it is honest about them.

    Raises
    ------
    EvidenceMissing
        Nothing was run of exactly these bytes; ``problem`` says why the last attempt failed.
    LooksAhead
        It reads the future and is not labelled; ``first_difference`` shows where.
    """
    report = queries.evidence_of(version)
    if report is None:
        raise EvidenceMissing(version=str(version), problem=_problem_of(version))
    if report.verdict is Verdict.LOOKS_AHEAD and not version.repaints:
        found = report.first_difference
        raise LooksAhead(version=str(version), first_difference=found and vars(found))


def _problem_of(version: ScriptVersion) -> str | None:
    tried = VersionEvidence.objects.filter(version=version).exclude(problem="").first()
    return tried.problem if tried else None
