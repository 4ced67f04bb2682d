"""What has to be there before a version may be approved: evidence, a checklist, an honest label."""

from __future__ import annotations

from collections.abc import Collection

from common.errors import Conflict, InvalidInput
from registry import checklist, queries
from registry.evidence_report import Verdict
from registry.models import ScriptVersion
from registry.services.screening import has_grave_findings


class EvidenceMissing(Conflict):
    """The evidence about exactly this version is not there yet; wait for it, or ask for it."""

    code = "evidence_missing"


class RepaintsLabelRequired(InvalidInput):
    """The proof shows that it looks ahead: approve it with the label "repaints", or not at all."""

    code = "repaints_label_required"


class NoteRequiredForFindings(InvalidInput):
    """Screening found something grave: say in the note why it may be approved all the same."""

    code = "note_required_for_findings"


class NoteRequiredForProof(InvalidInput):
    """The look-ahead proof is undecided: say in the note why it may be approved all the same."""

    code = "note_required_for_proof"


def require_approvable(
    version: ScriptVersion, *, ticked: Collection[str], repaints: bool, note: str
) -> list[str]:
    """Raise unless a version may be approved in this way, and return the ticked checklist.

    Raises
    ------
    EvidenceMissing
        Nothing was made yet for this source and this manifest.
    ChecklistIncomplete
        Not every point is ticked.
    RepaintsLabelRequired
        It looks ahead and is not to be labelled.
    NoteRequiredForFindings, NoteRequiredForProof
        What was found takes a reason, and there is no note.
    """
    report = queries.evidence_of(version)
    if report is None:
        raise EvidenceMissing(version=str(version))
    complete = checklist.require_complete(ticked)
    if report.verdict is Verdict.LOOKS_AHEAD and not repaints:
        raise RepaintsLabelRequired(field="repaints")
    if not note and has_grave_findings(version):
        raise NoteRequiredForFindings(field="note")
    if not note and report.verdict is Verdict.UNDECIDED:
        raise NoteRequiredForProof(field="note")
    return complete
