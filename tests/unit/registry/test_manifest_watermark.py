from __future__ import annotations

from typing import Any

import pytest

from registry.manifest import InvalidManifest, complete_manifest


@pytest.mark.parametrize(
    "tolerance",
    [
        {},
        {"value": {"absolute": 0.005}},
        {"value": {"relative": 0.00001}, "metadata.upper": {"absolute": 0.1, "step": 0.05}},
        {"value.bands.upper": {"absolute": 1}},
    ],
)
def test_an_author_says_by_how_much_a_mark_may_move_a_number(tolerance: dict[str, Any]) -> None:
    manifest = complete_manifest({"watermark": {"tolerance": tolerance}}, max_bytes=9999)

    assert manifest["watermark"]["tolerance"] == tolerance


def test_who_says_nothing_has_no_such_field() -> None:
    assert "watermark" not in complete_manifest({}, max_bytes=9999)


@pytest.mark.parametrize(
    ("watermark", "field", "said"),
    [
        (0.005, "watermark", "object"),
        ({"tolerances": {}}, "watermark", "tolerances"),
        ({"tolerance": {"value": 0.005}}, "watermark.tolerance.value", "object"),
        ({"tolerance": {"value": {}}}, "watermark.tolerance.value", "either absolute"),
        (
            {"tolerance": {"value": {"absolute": 1, "relative": 0.1}}},
            "watermark.tolerance.value",
            "either absolute",
        ),
        ({"tolerance": {"value": {"absolute": 0}}}, "watermark.tolerance.value.absolute", "0"),
        ({"tolerance": {"value": {"relative": 0.5}}}, "watermark.tolerance.value.relative", "0.1"),
        (
            {"tolerance": {"value": {"absolute": 0.01, "step": 0.05}}},
            "watermark.tolerance.value",
            "smaller than step",
        ),
        ({"tolerance": {"upper": {"absolute": 1}}}, "watermark.tolerance.upper", "metadata.upper"),
        ({"tolerance": {"value.": {"absolute": 1}}}, "watermark.tolerance.value.", "path"),
        ({"tolerance": {"metadata": {"absolute": 1}}}, "watermark.tolerance.metadata", "path"),
    ],
)
def test_a_tolerance_that_cannot_be_kept_is_refused_with_its_field(
    watermark: Any, field: str, said: str
) -> None:
    with pytest.raises(InvalidManifest) as refused:
        complete_manifest({"watermark": watermark}, max_bytes=9999)

    assert refused.value.details["field"] == field
    assert said in refused.value.message
