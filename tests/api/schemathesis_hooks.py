"""What schemathesis may see refused although it fits the document: what no document can say.

A request that fits may still break a rule; such an error has a code of its own, and the codes
that are meant are listed here. ``invalid_input`` says that a body has not the shape it should
have, which the document does say: it is a finding, but for the few fields that are listed too.
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
    "invalid_read": "which instruments there are, and that no instant is in the future",
    "before_history": "the record begins at some time",
    "invalid_key_name": "which characters can be seen",
    "invalid_manifest": "what a schema inside the body is, and that no name in it holds NUL",
    "invalid_trigger": "a schedule and a zone, with one trigger only",
    "no_grantee": "one of three fields",
    "no_such_team": "which teams there are",
    "release_note_required": "a version without a note needs one",
}
FIELDS = {
    "params": "a JSON object inside the text of a query",
    "execution_token": "needed where a product is named",
    "to": "after from",
    "kind": "in a form, or beside a file that is the body",
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
