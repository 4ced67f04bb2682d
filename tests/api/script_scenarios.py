"""Requests about scripts: writing, reviewing, running and reading them."""

from __future__ import annotations

from tests.api.parts import (
    ON_AAPL,
    Scenario,
    a_hold,
    an_instrument_to_hold,
    as_reviewed,
    script,
    sends,
)
from tests.api.world import MANIFEST, SOURCE

OF_SCRIPTS = [
    # First: later on there are runs of hers that may be done or not.
    Scenario(operation="GET /api/v2/limits", who="ada"),
    Scenario(operation="GET /scripts", who="sam", query={"limit": "1"}),
    Scenario(
        operation="POST /scripts",
        who="ada",
        body=sends(name="Mean of closes", description="Of twenty days.", source=SOURCE, **MANIFEST),
        status=201,
    ),
    Scenario(operation="GET /scripts/{script_id}", who="ada", path=script("draft")),
    Scenario(
        operation="PATCH /scripts/{script_id}",
        who="ada",
        path=script("draft"),
        body=sends(description="The mean of twenty closes.", timeframe="1h"),
    ),
    Scenario(operation="GET /scripts/{script_id}/versions", who="sam", path=script("published")),
    Scenario(
        operation="GET /scripts/{script_id}/versions/{version}",
        who="rita",
        path=lambda world: {"script_id": world.scripts["published"].pk, "version": "1.0.0"},
    ),
    Scenario(
        operation="POST /scripts/{script_id}/submit",
        who="ada",
        path=script("to submit"),
        body=sends(release_note="First version."),
    ),
    Scenario(
        operation="POST /scripts/{script_id}/request-changes",
        who="rita",
        path=script("to send back"),
        body=sends(note="Say what the period means."),
    ),
    Scenario(
        operation="POST /scripts/{script_id}/approve",
        who="rita",
        path=script("submitted"),
        body=as_reviewed,
    ),
    Scenario(
        operation="POST /scripts/{script_id}/publish",
        who="ada",
        path=script("approved"),
        body=sends(version="1.0.0"),
    ),
    Scenario(
        operation="GET /api/v2/signals/version-policy/{script_id}",
        who="ada",
        path=script("published"),
    ),
    Scenario(
        operation="GET /api/v2/signals/version-policy/{script_id}/versions",
        who="ada",
        path=script("published"),
    ),
    Scenario(
        operation="POST /api/v2/signals/version-policy/{script_id}/versions/{version}/publish",
        who="ada",
        path=lambda world: {"script_id": world.scripts["approved too"].pk, "version": "1.0.0"},
        query={"breaking_changes": "false"},
    ),
    Scenario(
        operation="GET /api/v2/signals/version-policy/recommendations/{script_id}",
        who="ada",
        path=script("published"),
    ),
    Scenario(
        operation="GET /api/v2/signals/recommendations/{script_id}",
        who="ada",
        path=script("published"),
    ),
    Scenario(
        operation="POST /scripts/{script_id}/rollback",
        who="olga",
        path=script("published"),
        body=sends(version="1.0.0", reason="1.1.0 trades twice."),
    ),
    Scenario(
        operation="PUT /api/v2/signals/version-policy/{script_id}",
        who="ada",
        path=script("published"),
        body=sends(policy="range", min_version="1.0.0", max_version="1.999.0"),
    ),
    Scenario(
        operation="GET /scripts/{script_id}/entitlements", who="olga", path=script("published")
    ),
    Scenario(
        operation="POST /scripts/{script_id}/entitlements",
        who="ada",
        path=script("published"),
        body=sends(user="pia", reason="Trial month."),
        status=201,
    ),
    Scenario(
        operation="POST /api/v2/admin/holds",
        who="olga",
        body=an_instrument_to_hold,
        status=201,
    ),
    Scenario(operation="GET /api/v2/admin/holds", who="olga"),
    Scenario(
        operation="DELETE /api/v2/admin/holds/{hold_id}",
        who="olga",
        path=a_hold,
        status=204,
    ),
    Scenario(
        operation="POST /scripts/{script_id}/execute",
        who="sam",
        path=script("published"),
        body=sends(**ON_AAPL, params={"period": 20}),
        needs_worker=True,
    ),
    Scenario(
        operation="POST /scripts/{script_id}/subscribe",
        who="sam",
        path=script("published"),
        body=sends(**ON_AAPL, params={"period": 5}),
    ),
    Scenario(
        operation="DELETE /subscriptions/{subscription_id}",
        who="sam",
        path=lambda world: {"subscription_id": world.subscription.pk},
        status=204,
    ),
    Scenario(
        operation="GET /api/v2/signals/execution/status/{execution_id}",
        who="sam",
        path=lambda world: {"execution_id": world.execution_id},
    ),
    Scenario(
        operation="GET /api/v2/signals/sdk/signals/streams",
        who="sam",
        query={"instruments": "AAPL"},
    ),
    Scenario(
        operation="POST /api/v2/signals/sdk/signals/subscribe",
        who="sam",
        body=lambda world: {
            "instrument": "AAPL",
            "personal_signal_id": str(world.scripts["published"].pk),
        },
    ),
    Scenario(
        operation="GET /signals/{instrument_key}/custom/{script_id}",
        who="sam",
        path=lambda world: {
            "instrument_key": "AAPL",
            "script_id": world.scripts["published"].pk,
        },
    ),
    Scenario(
        operation="GET /signals/{instrument_key}/custom/{script_id}/history",
        who="sam",
        path=lambda world: {
            "instrument_key": "AAPL",
            "script_id": world.scripts["published"].pk,
        },
        query={"timeframe": "1d", "params": "{}", "confirmed": "true", "limit": "2"},
    ),
    Scenario(
        operation="GET /data/market",
        who="sam",
        query={"instrument": "AAPL", "timeframe": "1d", "bars": "2"},
    ),
    Scenario(
        operation="GET /data/metrics",
        who="sam",
        query={"instrument": "AAPL", "name": "realised_volatility"},
    ),
    Scenario(
        operation="GET /data/scripts/{script_id}/latest",
        who="sam",
        path=script("published"),
        query={"instrument": "AAPL"},
    ),
    Scenario(
        operation="GET /data/scripts/{script_id}/history",
        who="sam",
        path=script("published"),
        query={"instrument": "AAPL", "limit": "10"},
    ),
    Scenario(
        operation="GET /scripts/{script_id}/access",
        who="olga",
        path=script("published"),
        query={"user": "sam"},
    ),
]
