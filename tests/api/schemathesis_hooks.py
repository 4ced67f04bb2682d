"""What schemathesis may see refused although it fits the document: what no document can say.

A request that fits may still break a rule. Such an error has a code of its own, and the codes that
are meant are listed here by what they rest on. ``invalid_input`` says that a body has not the shape
it should have, which the document does say: it is a finding, as any other code is, but for the few
fields that are listed too.
"""

from __future__ import annotations

from typing import Any

import schemathesis
from schemathesis.openapi.checks import RejectedPositiveData

RULES = {
    "what there is": """
        before_history invalid_read no_such_dependency no_such_member no_such_organisation
        no_such_team replay_not_possible several_streams unknown_instrument unknown_time_zone
    """,
    "what was asked before": "idempotency_key_reused invalid_cursor",
    "what time it is": """
        clock_in_the_future correction_in_the_future correction_too_early ends_before_it_starts
        subscription_ends_too_early
    """,
    "how the parts of a request go together": """
        bar_refused correction_not_usable email_not_offered forbidden_webhook_target
        history_too_long invalid_destination invalid_trigger invalid_version_policy no_grantee
        tick_refused unusable_webhook_url
    """,
    "what a version still lacks": """
        checklist_incomplete not_ready_for_review note_required_for_doubt
        note_required_for_findings release_note_required
    """,
    "what is written inside a text, or an object of any shape": """
        invalid_key_name invalid_manifest invalid_schedule leak_not_readable not_an_output
        param_not_in_key params_do_not_match_schema params_not_storable params_too_large
        stream_key_too_long upload_empty
    """,
    "what the script did": """
        memory_exceeded output_from_the_future output_limit_exceeded output_rejected run_failed
        script_crashed script_raised script_rejected script_timed_out script_violation
    """,
}
CODES = {code for codes in RULES.values() for code in codes.split()}
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
    return not all(field in FIELDS for field in wrong)
