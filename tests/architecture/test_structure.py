"""The structure holds: imports, Django-free parts, errors, empty packages."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from django.conf import settings

from signalhub.error_docs import error_classes, error_page

ROOT = Path(settings.BASE_DIR)
DJANGO_FREE = [
    "execution.sandbox.supervisor",
    "execution.validation",
    "market.timeframes",
    "market.feeds.replay",
    "registry.manifest",
    "registry.lifecycle",
    "registry.dependency_graph",
    "streams.keys",
    "streams.watermarks.detection",
    "streams.watermarks.leaks",
    "ingest.signatures",
    "common.errors",
]


def test_folders_import_each_other_only_downwards() -> None:
    found = subprocess.run(
        [Path(sys.executable).with_name("lint-imports")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert found.returncode == 0, found.stdout


@pytest.mark.parametrize("module", DJANGO_FREE)
def test_rules_and_the_sandbox_load_without_django(module: str) -> None:
    program = f"import {module}, sys; sys.exit('django' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0


def test_every_error_code_means_one_thing() -> None:
    counts = Counter(leaf.code for leaf in error_classes())

    assert [code for code, count in counts.items() if count > 1] == []


def test_the_page_of_errors_is_true() -> None:
    written = (ROOT / "docs" / "errors.md").read_text()

    assert written == error_page(), "Run manage.py write_error_docs."


def test_every_error_says_a_sentence() -> None:
    for leaf in error_classes():
        sentence = (leaf.__doc__ or "").strip().splitlines()[0]
        assert sentence.endswith("."), leaf
