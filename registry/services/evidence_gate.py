"""Whether what was run of a version allows its approval and its publication.

The evidence is made elsewhere and comes up as data; here is only what must follow from it.
"""

from __future__ import annotations

from common.errors import Conflict
from registry.evidence_report import Verdict
from registry.models import ScriptVersion, VersionEvidence


class EvidenceMissing(Conflict):
    """No evidence was made from exactly these bytes yet; a worker makes it after submission."""

    code = "evidence_missing"


class LooksAhead(Conflict):
    """This version reads the future; a reviewer must label it "repaints", or it must change."""

    code = "looks_ahead"


def evidence_of(version: ScriptVersion) -> VersionEvidence | None:
    """Return the evidence about exactly a version's source and manifest, or None without any."""
    return VersionEvidence.objects.filter(
        version=version,
        source_sha256=version.source_sha256,
        manifest_sha256=version.manifest_sha256,
        made_at__isnull=False,
    ).first()


def require_honest(version: ScriptVersion, *, repaints: bool) -> Verdict:
    """Return the verdict of a version's evidence, once it stands in nobody's way.

    Raises
    ------
    EvidenceMissing
        Nothing was run of exactly these bytes, or the report says nothing of looking ahead.
    LooksAhead
        It reads the future and is not labelled; ``first_difference`` shows where.
    """
    evidence = evidence_of(version)
    lookahead = (evidence.report.get("lookahead") if evidence else None) or {}
    if lookahead.get("verdict") not in list(Verdict):
        raise _missing(version)
    verdict = Verdict(lookahead["verdict"])
    if verdict is Verdict.LOOKS_AHEAD and not repaints:
        raise LooksAhead(
            version=version.version, first_difference=lookahead.get("first_difference")
        )
    return verdict


def _missing(version: ScriptVersion) -> EvidenceMissing:
    asked = VersionEvidence.objects.filter(version=version).exclude(problem="").first()
    if asked is None:
        return EvidenceMissing(version=version.version)
    return EvidenceMissing(
        f"{EvidenceMissing.__doc__} The last attempt failed: {asked.problem}",
        version=version.version,
        problem=asked.problem,
    )
