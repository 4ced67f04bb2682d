"""What has to be there before a version may be approved: evidence, a checklist, an honest label."""

from __future__ import annotations

from collections.abc import Collection

from common.errors import InvalidInput
from registry import checklist
from registry.evidence_report import Verdict
from registry.models import ScriptVersion
from registry.services.evidence_gate import require_honest
from registry.services.screening import has_grave_findings


class NoteRequiredForFindings(InvalidInput):
    """Screening found something grave: say in the note why it may be approved all the same."""

    code = "note_required_for_findings"


class NoteRequiredForDoubt(InvalidInput):
    """Whether it looks ahead could not be decided: say in the note why it may be approved."""

    code = "note_required_for_doubt"


def require_approvable(
    version: ScriptVersion, *, ticked: Collection[str] | None, repaints: bool, note: str
) -> list[str]:
    """Raise unless a version may be approved in this way, and return the ticked checklist.

    ``ticked`` is None for a reviewer whom nobody showed the checklist, such as a program.

    Raises
    ------
    EvidenceMissing, LooksAhead
        Nothing was made yet of exactly these bytes, or it looks ahead and is not to be labelled.
    ChecklistIncomplete
        Not every point is ticked.
    NoteRequiredForFindings, NoteRequiredForDoubt
        What was found takes a reason, and there is no note.
    """
    verdict = require_honest(version, repaints=repaints)
    complete = [] if ticked is None else checklist.require_complete(ticked)
    if not note and has_grave_findings(version):
        raise NoteRequiredForFindings(field="note")
    if not note and verdict is Verdict.UNDECIDED:
        raise NoteRequiredForDoubt(field="note")
    return complete
