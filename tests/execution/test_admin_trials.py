"""What the workspace asks: run a draft on history, follow it, cancel it; and who may."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django_q.brokers import get_broker

from accounts.models import User
from execution import tasks
from execution.models import Trial, TrialStatus
from execution.services.trial_leases import finish_trial
from registry.models import HistoryRun, ScriptVersion
from tests import factories
from tests.execution.history import NOW, load_prices

SOURCE = """\
closes = get_market_data(bars=3)["close"]
if len(closes) < params.get("least", 1):
    raise ValueError("too few")
log(len(closes))
emit_signal({"value": float(closes.iloc[-1]), "side": "buy"})
"""
PARAMS = {"type": "object", "properties": {"least": {"type": "integer", "maximum": 9}}}
ASKED = {"instrument": "IBM", "timeframe": "1d", "bars": "20", "params": "{}"}


@pytest.fixture(autouse=True)
def prices(db: None) -> Any:
    load_prices("IBM", sessions=40)
    yield
    get_broker().purge_queue()


@pytest.fixture
def draft(ada: User) -> ScriptVersion:
    return factories.make_draft(ada, source=SOURCE, manifest={"input_schema": PARAMS})


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page_of(draft: ScriptVersion) -> str:
    return reverse("admin:execution_trial_of_version", args=[draft.pk])


def state_page(trial: Trial, *, cancel: bool = False) -> str:
    name = "execution_trial_cancel" if cancel else "execution_trial_state"
    return reverse(f"admin:{name}", args=[trial.pk])


def make_trial(draft: ScriptVersion, **fields: Any) -> Trial:
    given = {"instrument_key": "IBM", "timeframe": "1d", "bars": 20, "requested_at": NOW}
    return Trial.objects.create(
        version=draft,
        purpose="author",
        source=draft.source,
        source_sha256=draft.source_sha256,
        manifest=draft.manifest,
        requested_by=draft.author,
        **{**given, **fields},
    )


def test_the_page_offers_instruments_with_bars_and_says_how_many_it_may_ask_for(ada: User) -> None:
    choices = signed_in(ada).get(reverse("admin:execution_trial_choices")).json()

    [instrument] = choices["instruments"]
    assert instrument["key"] == "IBM"
    assert instrument["timeframes"] == ["1d"]
    assert 0 < choices["bars_default"] <= choices["bars_max"]


@pytest.mark.sandbox
def test_a_draft_runs_and_the_page_gets_all_it_draws(ada: User, draft: ScriptVersion) -> None:
    client = signed_in(ada)

    started = client.post(page_of(draft), ASKED)
    waiting = client.get(started.json()["url"]).json()
    tasks.run_trial(started.json()["id"])
    over = client.get(started.json()["url"]).json()

    assert started.status_code == 201
    assert (waiting["is_over"], waiting["bars_asked"]) == (False, 20)
    assert (over["status"], over["error"]) == ("completed", None)
    assert [output["metadata"]["side"] for output in over["outputs"]] == ["buy"] * 20
    times = [bar["time"] for bar in over["prices"]]
    assert (len(times), times) == (20, sorted(times))
    assert over["prices"][-1]["close"] == over["outputs"][-1]["value"]
    assert over["limits"]["memory_mb"] > over["usage"]["memory_mb"] > 0
    assert len(over["log"]) == 20
    assert client.get(page_of(draft)).json() == {"newest": started.json()["url"]}
    assert HistoryRun.objects.get(version=draft).problem == ""


@pytest.mark.sandbox
def test_a_failed_run_names_its_line_and_is_counted(ada: User, draft: ScriptVersion) -> None:
    client = signed_in(ada)

    started = client.post(page_of(draft), {**ASKED, "params": '{"least": 4}'}).json()
    tasks.run_trial(started["id"])

    over = client.get(started["url"]).json()
    assert over["status"] == "failed"
    assert over["error"]["line"] == 3
    assert "too few" in HistoryRun.objects.get(version=draft).problem


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"bars": "0"}, 422, "bars"),
        ({"bars": "1e9"}, 422, "bars"),
        ({"bars": "9" * 400}, 422, "bars"),
        ({"bars": "²"}, 422, "bars"),
        ({"bars": "100000"}, 422, "bars"),
        ({"params": "["}, 422, "params"),
        ({"params": "[]"}, 422, "params"),
        ({"params": "[" * 100_000}, 422, "params"),
        ({"params": '{"least": NaN}'}, 422, "params"),
        ({"instrument": "<b>"}, 422, "instrument"),
        ({"instrument": "NONE"}, 422, "instrument"),
        ({"timeframe": "7y"}, 422, "timeframe"),
    ],
)
def test_what_cannot_be_run_is_refused_with_its_field(
    ada: User, draft: ScriptVersion, changes: dict[str, str], status: int, field: str
) -> None:
    refused = signed_in(ada).post(page_of(draft), {**ASKED, **changes})

    problem = json.loads(refused.content)
    assert (refused.status_code, problem["field"]) == (status, field)
    assert not Trial.objects.exists()


def test_params_that_break_the_schema_are_told_one_by_one(ada: User, draft: ScriptVersion) -> None:
    refused = signed_in(ada).post(page_of(draft), {**ASKED, "params": '{"least": 10}'})

    [error] = json.loads(refused.content)["errors"]
    assert error["field"] == "params.least"


def test_a_run_is_cancelled_once(ada: User, draft: ScriptVersion) -> None:
    client, trial = signed_in(ada), make_trial(draft)

    first = client.post(state_page(trial, cancel=True))
    second = client.post(state_page(trial, cancel=True))

    assert first.json()["status"] == "cancelled"
    assert (second.status_code, json.loads(second.content)["code"]) == (409, "trial_is_over")
    assert client.get(state_page(trial)).json()["status"] == "cancelled"


def test_a_trial_that_was_taken_over_is_not_counted(draft: ScriptVersion) -> None:
    lease = NOW + timedelta(seconds=30)
    trial = make_trial(draft, status=TrialStatus.RUNNING, attempts=2, lease_until=lease)
    stale = Trial.objects.get(pk=trial.pk)
    stale.attempts = 1

    assert not finish_trial(stale, status=TrialStatus.COMPLETED, now=NOW)


@pytest.mark.parametrize(
    ("name", "status"), [("rita", 200), ("olga", 200), ("mallory", 404), ("sam", 302)]
)
def test_only_the_house_sees_a_trial(
    name: str, status: int, request: pytest.FixtureRequest, draft: ScriptVersion
) -> None:
    client, trial = signed_in(request.getfixturevalue(name)), make_trial(draft)

    assert client.get(state_page(trial)).status_code == status
    assert client.get(page_of(draft)).status_code == status
    expected = 404 if name == "mallory" else status
    assert client.get(f"/admin/execution/trial/{trial.pk}/change/").status_code in (expected, 302)


def test_another_house_neither_starts_nor_cancels(mallory: User, draft: ScriptVersion) -> None:
    client, trial = signed_in(mallory), make_trial(draft)

    assert client.post(page_of(draft), ASKED).status_code == 404
    assert client.post(state_page(trial, cancel=True)).status_code == 404
    trial.refresh_from_db()
    assert (trial.status, Trial.objects.count()) == (TrialStatus.PENDING, 1)


def test_a_trial_has_a_page_on_which_hostile_text_is_text(ada: User, draft: ScriptVersion) -> None:
    hostile = "</pre><script>alert(1)</script>"
    trial = make_trial(
        draft,
        status=TrialStatus.FAILED,
        finished_at=NOW,
        log=[hostile],
        error={"code": "script_raised", "message": hostile, "line": 1},
        params={"a": hostile},
    )

    listed = signed_in(ada).get("/admin/execution/trial/").content.decode()
    shown = signed_in(ada).get(f"/admin/execution/trial/{trial.pk}/change/").content.decode()

    assert "<script>alert(1)" not in listed + shown
    assert shown.count("&lt;script&gt;alert(1)") == 3
