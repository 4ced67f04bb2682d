"""What a version can do, compared with the one before it."""

from typing import Any

from registry.capabilities import Change, compare, gained
from registry.manifest import default_manifest

FACTS = {"modules": ["numpy"], "reads": [], "functions": ["emit_signal"]}


def changes(
    manifest: dict[str, Any],
    facts: Any = FACTS,
    *,
    before: dict[str, Any] | None = None,
    facts_before: Any = FACTS,
) -> dict[str, Change]:
    found = compare(manifest, facts, before=before, facts_before=facts_before)
    return {change.title: change for change in found}


def test_a_module_a_read_and_a_function_that_came_are_named() -> None:
    facts = {"modules": ["numpy", "pandas"], "reads": ["get_metric('vix')"], "functions": []}

    found = changes(default_manifest(), facts, before=default_manifest())

    assert (found["Modules"].added, found["Modules"].kept) == (["pandas"], ["numpy"])
    assert found["Reads"].added == ["get_metric('vix')"]
    assert found["Functions"].removed == ["emit_signal"]
    assert gained(list(found.values())) == 2


def test_every_declared_difference_is_named() -> None:
    before = {**default_manifest(), "watermark": {"tolerance": {"value": 0.001}}}
    manifest = {
        **default_manifest(),
        "runtime_mode": "onetime",
        "timeframe": "5m",
        "depends_on": ["0198c5e0-7a51-7cc2-8a3b-5b0c4a3e2f10@1.0.0"],
        "permissions": {"tiers": ["pro"], "features": [], "allowed_users": ["7"]},
        "watermark": {"tolerance": {"value": 0.01}},
    }

    found = changes(manifest, before=before)

    assert (found["Runtime"].removed, found["Runtime"].added) == (["realtime"], ["onetime"])
    assert (found["Timeframe"].removed, found["Timeframe"].added) == (["1d"], ["5m"])
    assert found["Depends on"].added == ["0198c5e0-7a51-7cc2-8a3b-5b0c4a3e2f10@1.0.0"]
    assert found["Open without an entitlement to"].added == ["tiers: pro", "allowed_users: 7"]
    mark = found["Watermark"]
    assert (mark.removed, mark.added) == (["tolerance value: 0.001"], ["tolerance value: 0.01"])


def test_a_schema_is_compared_field_by_field() -> None:
    before = {"type": "object", "properties": {"period": {"type": "integer", "maximum": 200}}}
    after = {
        "type": "object",
        "properties": {
            "period": {"type": "integer", "maximum": 500},
            "source": {"type": "string", "enum": ["open", "close"]},
        },
        "required": ["source"],
        "additionalProperties": False,
    }

    found = changes(
        {**default_manifest(), "input_schema": after},
        before={**default_manifest(), "input_schema": before},
    )["Inputs"]

    assert found.removed == ["period: integer, maximum 200"]
    assert found.added == [
        "period: integer, maximum 500",
        'source: string, required, enum ["open","close"]',
        "additionalProperties: false",
    ]


def test_what_changed_comes_first() -> None:
    manifest = {**default_manifest(), "timeframe": "1h"}

    found = compare(manifest, FACTS, before=default_manifest(), facts_before=FACTS)

    assert found[0].title == "Timeframe"
    assert [change.is_changed for change in found].count(True) == 1


def test_in_a_first_version_nothing_is_new() -> None:
    found = changes(default_manifest(), before=None, facts_before=None)

    assert gained(list(found.values())) == 0
    assert found["Modules"].kept == ["numpy"]
    assert found["Modules"].was_known


def test_what_is_not_known_is_not_called_new() -> None:
    unread = changes(default_manifest(), None, before=default_manifest())["Modules"]
    first_read = changes(default_manifest(), before=default_manifest(), facts_before=None)

    assert not unread.is_known
    assert not first_read["Modules"].was_known
    assert gained(list(first_read.values())) == 0


def test_a_field_of_the_manifest_that_came_later_is_shown_under_its_own_name() -> None:
    found = changes({**default_manifest(), "cooling_off": {"bars": 3}}, before=default_manifest())

    assert found["Cooling off"].added == ["bars: 3"]
