"""The structure holds: imports, Django-free parts, errors, empty packages."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from django.conf import settings

from common.errors import InternalError, SignalHubError
from common.transports import CODES, codes_of
from signalhub.error_docs import error_classes, error_page

ROOT = Path(settings.BASE_DIR)
GRPC_CODES = frozenset(
    "OK CANCELLED UNKNOWN INVALID_ARGUMENT DEADLINE_EXCEEDED NOT_FOUND ALREADY_EXISTS "
    "PERMISSION_DENIED RESOURCE_EXHAUSTED FAILED_PRECONDITION ABORTED OUT_OF_RANGE UNIMPLEMENTED "
    "INTERNAL UNAVAILABLE DATA_LOSS UNAUTHENTICATED".split()
)
# None: an error that never closes a socket. The rest are of RFC 6455 and its registry.
WEBSOCKET_CODES = (None, 1009, 1011, 1013)
DJANGO_FREE = [
    "execution.sandbox.supervisor",
    "execution.validation",
    "market.calendars",
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
    "common.transports",
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


def test_every_error_is_of_one_category_and_has_codes_for_every_transport() -> None:
    for leaf in error_classes():
        categories = [category for category in CODES if issubclass(leaf, category)]
        codes = codes_of(leaf)

        assert len(categories) == 1 or leaf is InternalError, leaf
        assert 400 <= codes.http <= 599, leaf
        assert codes.grpc in GRPC_CODES, leaf
        assert codes.websocket in WEBSOCKET_CODES or 4400 <= (codes.websocket or 0) < 4500, leaf
    assert set(CODES) == set(SignalHubError.__subclasses__()) - {InternalError}


def test_the_page_of_errors_is_true() -> None:
    written = (ROOT / "docs" / "errors.md").read_text()

    assert written == error_page(), "Run manage.py write_error_docs."


def test_every_error_says_a_sentence() -> None:
    for leaf in error_classes():
        sentence = (leaf.__doc__ or "").strip().splitlines()[0]
        assert sentence.endswith("."), leaf
