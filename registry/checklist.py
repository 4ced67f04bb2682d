"""What a reviewer has to have looked at before a version may be approved."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from common.errors import InvalidInput

POINTS: Mapping[str, str] = {
    "source": "I read every changed line of the source.",
    "findings": "I looked at every finding of the screening.",
    "proof": "I looked at the look-ahead proof and at the test runs.",
    "capabilities": "What it may now use, read and depend on fits what it is for.",
    "reach": "I know who is affected when it is published.",
}


class ChecklistIncomplete(InvalidInput):
    """Tick every point of the checklist before you approve."""

    code = "checklist_incomplete"


def require_complete(ticked: Collection[str]) -> list[str]:
    """Return the points of the checklist in order, all of which have to be ticked.

    Raises
    ------
    ChecklistIncomplete
        ``missing`` names the points that are not ticked.
    """
    missing = [point for point in POINTS if point not in ticked]
    if missing:
        raise ChecklistIncomplete(
            f"{ChecklistIncomplete.__doc__} Not ticked: {', '.join(missing)}.",
            field="checklist",
            missing=missing,
            points=dict(POINTS),
        )
    return list(POINTS)
