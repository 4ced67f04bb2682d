"""The review dossier: what a reviewer is told about a version, and what is hidden from nobody."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.urls import reverse

from accounts.models import Membership, Role, User
from registry.models import ScriptVersion, VersionEvidence, VersionScreening
from registry.services import drafts, review
from registry.services.evidence import ATTEMPTS_MAXIMUM
from registry.services.screening import keep_screening
from tests.factories import (
    NOON,
    make_draft,
    make_entitlement,
    make_published_version,
    make_submitted_version,
    record_evidence,
)
from tests.registry.test_admin import HOSTILE, page_of, press, signed_in, text_of

LINES = [f"line_{number} = {number}" for number in range(1, 41)]
BEFORE = "\n".join(LINES) + "\n"
AFTER = BEFORE.replace("line_20 = 20\n", "line_20 = 21\nline_new = 0\n")
RULES = "a" * 64
FACTS = {"modules": ["numpy"], "reads": [], "functions": ["emit_signal"]}


def screened(
    version: ScriptVersion, *findings: dict[str, Any], facts: Any = FACTS, worst: str = ""
) -> None:
    keep_screening(
        version,
        findings=list(findings),
        worst_level=worst,
        facts=facts,
        rules_sha256=RULES,
        now=NOON,
    )


def finding(level: str, line: int | None, message: str) -> dict[str, Any]:
    return {
        "category": "look_ahead",
        "level": level,
        "rule": "look_ahead.negative_shift",
        "line": line,
        "column": 1,
        "message": message,
        "fix": "Shift by a positive number of bars.",
    }


@pytest.fixture
def following(ada: User, rita: User) -> ScriptVersion:
    """Submit a version that changes two lines of the one published before it."""
    first = make_published_version(ada, rita, name="RSI", source=BEFORE)
    screened(first)
    version = drafts.edit_draft(
        first.script,
        source=AFTER,
        manifest={"timeframe": "5m"},
        release_note="Twice as fast.",
        acting_user=ada,
        now=NOON,
    )
    review.submit_for_review(version, acting_user=ada, now=NOON)
    return version


def shown(version: ScriptVersion, user: User, **query: str) -> str:
    return text_of(signed_in(user).get(page_of(version), query))


def part(page: str, name: str) -> str:
    return page.partition(f'id="{name}"')[2].partition("</section>")[0]


def row(page: str, line: int) -> str:
    return page.partition(f'id="line-{line}"')[2].partition("</tr>")[0]


def test_the_difference_has_both_numbers_and_folds_what_stayed(
    rita: User, following: ScriptVersion
) -> None:
    code = part(shown(following, rita), "changes")

    assert "Changes since 1.0.0" in code
    assert "2 added" in code
    assert "1 removed" in code
    assert '<td class="number">20</td><td class="number"></td><td class="sign">-</td>' in code
    assert "16 unchanged lines" in code
    assert "18 unchanged lines" in code
    folded = code.partition('<tbody id="fold-1" hidden>')[0]
    assert 'id="line-1"' not in folded.partition('<tbody id="fold-0" hidden>')[0]
    assert "Show the whole file" in code


def test_the_whole_file_is_shown_on_request(rita: User, following: ScriptVersion) -> None:
    code = part(shown(following, rita, whole=""), "changes")

    assert "unchanged lines" not in code
    assert all(f'id="line-{number}"' in code for number in range(1, 42))
    assert "Show the changes only" in code


def test_a_finding_stands_beside_its_line_and_in_the_list(
    rita: User, following: ScriptVersion
) -> None:
    screened(following, finding("danger", 3, "reads the future"), worst="danger")

    page = shown(following, rita)

    beside = page.partition('id="line-3"')[2].partition('id="line-4"')[0]
    assert "reads the future" in beside
    assert "Shift by a positive number of bars." in beside
    assert "reads the future" in part(page, "screening")
    # What was said about a line keeps it and its neighbours from being folded.
    assert '<tbody id="fold-0" hidden>' not in page.partition('id="line-3"')[0]


def test_what_it_can_do_is_compared_with_the_version_before(
    rita: User, following: ScriptVersion
) -> None:
    facts = {"modules": ["numpy", "pandas"], "reads": ["get_metric('vix')"], "functions": []}
    screened(following, facts=facts)

    capabilities = part(shown(following, rita), "capabilities")

    added = '<span class="visually-hidden">new: </span>'
    removed = '<span class="visually-hidden">removed: </span>'
    for capability in ("pandas", "get_metric(&#x27;vix&#x27;)", "5m"):
        assert f"{added}{capability}" in capabilities
    for capability in ("emit_signal", "1d"):
        assert f"{removed}{capability}" in capabilities
    assert '<span class="capability">numpy</span>' in capabilities


def test_capabilities_that_nobody_read_are_not_called_none(
    rita: User, following: ScriptVersion
) -> None:
    screened(following, facts=None)

    assert "not known" in part(shown(following, rita), "capabilities")


def test_the_first_difference_is_a_sentence_and_a_table(
    rita: User, following: ScriptVersion
) -> None:
    record_evidence(following, verdict="looks_ahead")

    proof = part(shown(following, rita), "proof")

    assert "Look-ahead proof: looks ahead" in proof
    assert (
        "On IBM, at the bar of 2005-03-01, value is 1.0 with the whole history and 2.0 when the "
        "bars after it are left out."
    ) in proof
    cells = [cell.partition("</td>")[0] for cell in proof.split('<td class="value')[1:]]
    assert [cell.rpartition(">")[2] for cell in cells] == ["1.0", "2.0"]


def test_history_determinism_cost_and_runs_are_shown(rita: User, following: ScriptVersion) -> None:
    lengths = [
        {"bars": 14, "differing": 40, "largest_relative_difference": 0.31},
        {"bars": 60, "differing": 0, "largest_relative_difference": 0.0},
    ]
    error = {"code": "script_raised", "message": "division by zero", "line": 7}
    run = {"trial_id": "", "instrument": "IBM", "timeframe": "1d", "bars": 150, "outputs": 121}
    failing = {**run, "errors": 3, "sides": {"BUY": 8}, "first_error": error}
    record_evidence(
        following,
        startup={"recommended_min_history": 60, "lengths": lengths},
        determinism={"runs": 2, "same": False, "hashes": ["b" * 64, "c" * 64]},
        trials=[failing],
    )

    page = shown(following, rita)
    proof, runs = part(page, "proof"), part(page, "runs")

    assert "<strong>60</strong> bars" in proof
    assert "<td>14</td><td>40</td><td>31 %</td>" in proof
    assert "did not put out the same" in proof
    assert "3.1 ms" in proof
    assert "61 MB" in proof
    assert "BUY <b>8</b>" in runs
    assert "division by zero" in runs
    assert '<a href="#line-7">line 7</a>' in runs
    assert "1 of 1 test run failed and two runs differ" in page


def test_who_is_affected_is_counted_and_named(
    ada: User, rita: User, sam: User, following: ScriptVersion
) -> None:
    make_entitlement(following.script, sam)
    needed = following.script.versions.get(version="1.0.0")
    make_published_version(ada, rita, name="Needs it", manifest={"depends_on": [needed.reference]})

    affected = part(shown(following, rita), "affected")

    assert "1 person has a right" in affected
    assert "1 published script needs it" in affected
    assert "Needs it 1.0.0" in affected


@pytest.mark.parametrize(
    ("verdict", "worst", "words"),
    [
        ("clean", "", "Nothing stands out."),
        ("undecided", "", "Worth a second look: the look-ahead proof is undecided"),
        ("looks_ahead", "", "Look closely: it looks ahead"),
        ("clean", "danger", "Look closely: screening found 1 danger."),
    ],
)
def test_the_verdict_line_says_what_it_comes_to(
    verdict: str, worst: str, words: str, rita: User, submitted: ScriptVersion
) -> None:
    found = [finding(worst, 1, "x")] if worst else []
    screened(submitted, *found, worst=worst)
    record_evidence(submitted, verdict=verdict)

    summary = shown(submitted, rita).partition("summary-verdict")[2].partition("</p>")[0]

    assert words in summary


def test_pending_evidence_says_so_keeps_approval_back_and_tells_when_it_is_there(
    ada: User, rita: User
) -> None:
    version = make_submitted_version(ada, name="Fresh")
    client = signed_in(rita)
    page = text_of(client.get(page_of(version)))
    state_of = reverse("admin:registry_scriptversion_state", args=[version.pk])
    before = client.get(state_of).json()["state"]

    assert "The evidence is still being made." in page
    assert f'data-state="{before}" data-state-url="{state_of}"' in page
    assert (
        "disabled"
        in page.partition('data-step="approve"')[0].rpartition("<button")[2]
        + (page.partition('data-step="approve"')[2].partition(">")[0])
    )
    refused = text_of(press(client, version, "approve"))
    assert "No evidence was made from exactly these bytes yet" in refused
    version.refresh_from_db()
    assert version.status == "submitted"

    record_evidence(version)
    screened(version)
    assert client.get(state_of).json()["state"] != before
    ready = text_of(client.get(page_of(version)))
    assert "data-state-url" not in ready
    press(client, version, "approve")
    version.refresh_from_db()
    assert version.status == "approved"


def test_evidence_that_was_given_up_says_why_and_can_be_asked_for_again(
    ada: User, rita: User
) -> None:
    version = make_submitted_version(ada, name="Fresh")
    VersionEvidence.objects.filter(version=version).update(
        attempts=ATTEMPTS_MAXIMUM, problem=f"there is no data {HOSTILE}"
    )
    client = signed_in(rita)

    page = text_of(client.get(page_of(version)))
    proof = part(page, "proof")
    assert "The last attempt to make it failed: there is no data" in proof
    assert "<script>alert" not in proof
    assert "Make the evidence</button>" in proof

    client.post(reverse("admin:registry_scriptversion_evidence", args=[version.pk]))
    assert "Pending: a worker runs it" in part(shown(version, rita), "proof")


def test_evidence_about_other_bytes_counts_for_nothing(
    rita: User, submitted: ScriptVersion
) -> None:
    VersionEvidence.objects.update(manifest_sha256="0" * 64)

    assert "Pending" in part(shown(submitted, rita), "proof")
    press(signed_in(rita), submitted, "approve")
    submitted.refresh_from_db()
    assert submitted.status == "submitted"


def test_evidence_is_asked_for_again_and_outsiders_ask_for_nothing(
    rita: User, mallory: User, submitted: ScriptVersion
) -> None:
    address = reverse("admin:registry_scriptversion_evidence", args=[submitted.pk])
    VersionEvidence.objects.update(requested_at=None)

    assert signed_in(mallory).post(address).status_code == 404
    assert VersionEvidence.objects.get().requested_at is None
    page = text_of(signed_in(rita).post(address, follow=True))

    assert VersionEvidence.objects.get().requested_at is not None
    assert "Asked for again" in part(page, "proof")


@pytest.mark.parametrize("left_out", ["source", "findings", "proof", "capabilities", "reach"])
def test_approving_takes_every_point_of_the_checklist(
    left_out: str, rita: User, submitted: ScriptVersion
) -> None:
    ticked = [p for p in ("source", "findings", "proof", "capabilities", "reach") if p != left_out]

    refused = text_of(press(signed_in(rita), submitted, "approve", checklist=ticked))

    assert f"Not ticked: {left_out}." in refused
    assert refused.count("checked") == 4
    submitted.refresh_from_db()
    assert submitted.status == "submitted"


def test_the_checklist_is_kept_with_the_review_and_changes_are_requested_without_it(
    rita: User, submitted: ScriptVersion
) -> None:
    client = signed_in(rita)
    press(client, submitted, "approve")
    press(client, submitted, "request-changes", note="On second thoughts.", checklist=[])

    later, earlier = submitted.reviews.all()
    assert earlier.checklist == ["source", "findings", "proof", "capabilities", "reach"]
    assert later.checklist == []
    assert "with 5 points of the checklist ticked" in shown(submitted, rita)


def test_what_looks_ahead_is_approved_with_the_label_only_and_everybody_sees_it(
    ada: User, rita: User, submitted: ScriptVersion
) -> None:
    record_evidence(submitted, verdict="looks_ahead")
    client = signed_in(rita)
    assert "Without it, it cannot be approved." in shown(submitted, rita)

    refused = text_of(press(client, submitted, "approve"))
    submitted.refresh_from_db()
    assert submitted.status == "submitted"
    assert "repaints" in refused

    press(client, submitted, "approve", repaints="yes")
    submitted.refresh_from_db()
    assert (submitted.status, submitted.repaints) == ("approved", True)

    press(client, submitted, "publish")
    assert "Everybody who uses it sees this label." in shown(submitted, ada)
    listed = signed_in(ada).get(reverse("admin:registry_scriptversion_changelist"))
    assert '<span class="status status-repaints">repaints</span>' in text_of(listed)


def test_a_label_is_taken_back_with_the_approval(rita: User, submitted: ScriptVersion) -> None:
    client = signed_in(rita)
    press(client, submitted, "approve", repaints="yes")

    press(client, submitted, "request-changes", note="Wait.")

    submitted.refresh_from_db()
    assert not submitted.repaints


def test_ones_own_version_has_a_banner_and_no_decision(ada: User, submitted: ScriptVersion) -> None:
    Membership.objects.create(user=ada, tenant=submitted.script.tenant, role=Role.REVIEWER)

    page = shown(submitted, ada)

    assert "This is your own version." in page
    assert 'data-step="approve"' not in page
    assert "Next in queue" not in page


def test_hostile_words_are_only_words_wherever_the_dossier_shows_them(
    ada: User, rita: User
) -> None:
    hostile = f"{HOSTILE}\u202e"
    first = make_published_version(
        ada,
        rita,
        name=HOSTILE,
        source=f"# {hostile}\n",
        manifest={"input_schema": {"properties": {HOSTILE: {"title": HOSTILE}}}},
    )
    version = drafts.edit_draft(
        first.script,
        source=f"# {hostile}\nx = {HOSTILE!r}\n",
        manifest={"output_schema": {"title": hostile}},
        release_note=hostile,
        acting_user=ada,
        now=NOON,
    )
    review.submit_for_review(version, acting_user=ada, now=NOON)
    screened(
        version,
        finding("danger", 1, hostile),
        facts={"modules": [hostile], "reads": [hostile], "functions": [hostile]},
        worst="danger",
    )
    report = json.loads(json.dumps(_hostile_report(hostile)))
    record_evidence(version, **report)

    for query in ({}, {"whole": ""}, {"comment": "1"}):
        page = shown(version, rita, **query)
        content = page.partition('<div id="content-main"')[2]
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "</textarea><script" not in page
        assert "\u202e" not in content
        assert "style=" not in content
        assert content.count("&lt;script&gt;") > 15


def _hostile_report(text: str) -> dict[str, Any]:
    error = {"code": text, "message": text, "line": 1}
    run = {"trial_id": text, "instrument": text, "timeframe": text, "from": text, "to": text}
    difference = {"instrument": text, "bar": text, "field": text, "full": text, "changed": text}
    return {
        "trials": [
            {**run, "bars": 1, "outputs": 1, "sides": {text: 1}, "errors": 1},
            {**run, "first_error": error},
        ],
        "lookahead": {
            "verdict": "looks_ahead",
            "reason": text,
            "first_difference": {**difference, "how": text},
        },
        "determinism": {"runs": 2, "same": False, "hashes": [text]},
    }


@pytest.mark.parametrize("report", [{}, {"lookahead": None}, {"lookahead": {"verdict": "odd"}}])
def test_a_report_without_a_proof_is_shown_as_undecided(
    report: dict[str, Any], rita: User, submitted: ScriptVersion
) -> None:
    VersionEvidence.objects.update(report=report)

    assert "Look-ahead proof: undecided" in shown(submitted, rita)
    press(signed_in(rita), submitted, "approve", note="It was seen.")
    submitted.refresh_from_db()
    assert submitted.status == "submitted"


def test_outsiders_find_no_dossier_and_no_state(mallory: User, submitted: ScriptVersion) -> None:
    client = signed_in(mallory)

    for name in ("change", "state"):
        address = reverse(f"admin:registry_scriptversion_{name}", args=[submitted.pk])
        assert client.get(address).status_code == 404


def test_a_draft_has_its_page_before_anything_was_made(ada: User) -> None:
    VersionScreening.objects.all().delete()

    page = shown(make_draft(ada, name="Draft"), ada)

    assert "No evidence was made for this version." in page
    assert "has not been screened" in page
