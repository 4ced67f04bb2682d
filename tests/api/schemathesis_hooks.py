"""What schemathesis may see refused although it fits the document: what no document can say.

Each is named by the code of its error, or by the field of a body that is wrong. Everything else
that fits and is refused is a finding.
"""

from __future__ import annotations

from typing import Any

import schemathesis
from schemathesis.openapi.checks import RejectedPositiveData

CODES = {
    "idempotency_key_reused": "the key was used for another request before",
    "invalid_cursor": "a cursor is signed",
    "unusable_webhook_url": "what an address is depends on the kind of destination",
    "invalid_destination": "the same, and quiet hours have both ends",
    "invalid_manifest": "a manifest has rules of its own, for JSON inside of JSON too",
    "invalid_read": "which instruments there are, and that no instant is in the future",
    "before_history": "the record begins at some time",
    "no_grantee": "one of three fields",
    "release_note_required": "a version without a note needs one",
}
FIELDS = {
    "params": "a JSON object inside the text of a query",
    "execution_token": "needed where a product is named",
    "to": "after from",
    "kind": "in the address or in the form",
    "file": "what a body that is no form brings",
}


@schemathesis.hook
def filter_failure(_context: Any, failure: Any, _case: Any, response: Any) -> bool:
    """Return whether a failure is a finding."""
    if not isinstance(failure, RejectedPositiveData):
        return True
    problem = response.json()
    if problem.get("code") in CODES:
        return False
    wrong = [error["field"] for error in problem.get("errors", ())] or [problem.get("field")]
    return not wrong or not all(field in FIELDS for field in wrong)
