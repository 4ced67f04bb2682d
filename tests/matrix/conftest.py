"""The two houses, built once for a module and never committed."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from django.db import transaction
from django.test import override_settings
from pytest_django import DjangoDbBlocker

from tests.matrix.houses import Houses, make_houses


@pytest.fixture(scope="module")
def houses(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    test_bucket: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Houses]:
    stored = {
        "S3_BUCKET": test_bucket,
        "SCRIPT_CACHE_DIR": tmp_path_factory.mktemp("cache"),
        "EXECUTION_REPLY_SECONDS": 0.01,  # no worker is there to be waited for
    }
    with django_db_blocker.unblock(), override_settings(**stored), transaction.atomic():
        logging.disable(logging.CRITICAL)  # thousands of requests, each with its lines
        yield make_houses()
        logging.disable(logging.NOTSET)
        transaction.set_rollback(True)
