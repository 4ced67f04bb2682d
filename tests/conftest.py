"""The cast, and servers left as they were found.

ada writes, rita reviews, sam subscribes and olga operates, all at the Alpha Desk. mallory writes
at another house and has no right to anything of theirs.
"""

from __future__ import annotations

import importlib
import os
import secrets
from collections.abc import Iterator
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import boto3
import pytest
import redis
from django.apps import apps
from django.conf import settings as django_settings
from django.core.servers.basehttp import WSGIRequestHandler
from django.db import connection
from django.db.models.signals import post_migrate
from django.test import Client, TransactionTestCase
from pytest_django import DjangoDbBlocker, Settings
from rest_framework.test import APIClient

from accounts import rates
from accounts.models import Role, Tenant, User
from common import circuit_breakers, rate_leases, rate_limits
from signalhub.operations import kept
from tests import factories, template_database
from tests.emptying import Emptying
from tests.template_database import SharedTemplate

pytest_plugins = ("tests.browser", "tests.order")


@pytest.fixture(scope="session")
def shared_template(django_db_modify_db_settings_parallel_suffix: None) -> SharedTemplate | None:
    """Return the database that the processes of this run have in common, if it has a name."""
    run = os.environ.get(template_database.RUN)
    return SharedTemplate(run) if run else None


@pytest.fixture(scope="session")
def django_db_modify_db_settings(shared_template: SharedTemplate | None) -> None:
    """Settle, before the database is created, what it is made of."""


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    shared_template: SharedTemplate | None,
) -> Iterator[None]:
    """End, before the test database is dropped, what a killed process left open in it.

    A test that commits leaves the tables as the migrations did.
    """
    post_migrate.connect(_seed_tiers, sender=apps.get_app_config("accounts"))
    with django_db_blocker.unblock():
        if shared_template:
            shared_template.share()
        emptying = Emptying()
    truncate = TransactionTestCase._fixture_teardown  # type: ignore[attr-defined]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            TransactionTestCase,
            "_fixture_teardown",
            lambda case: emptying.empty(partial(truncate, case)),
        )
        yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def _seed_tiers(**_: Any) -> None:
    for name in (
        "0005_seed_tiers",
        "0014_seed_tier_rates",
        "0016_seed_tier_standing_subscriptions",
    ):
        importlib.import_module(f"accounts.migrations.{name}").seed(apps, None)


@pytest.fixture
def tenant(db: None) -> Tenant:
    return factories.make_tenant("Alpha Desk")


@pytest.fixture
def other_tenant(db: None) -> Tenant:
    return factories.make_tenant("Beta House")


@pytest.fixture
def platform_house(tenant: Tenant, settings: Settings) -> Tenant:
    """Let the operators of the Alpha Desk operate the platform."""
    settings.PLATFORM_HOUSE = tenant.slug
    return tenant


@pytest.fixture
def ada(tenant: Tenant) -> User:
    return factories.make_user("ada", tenant=tenant, roles=[Role.AUTHOR], is_staff=True)


@pytest.fixture
def rita(tenant: Tenant) -> User:
    return factories.make_user("rita", tenant=tenant, roles=[Role.REVIEWER], is_staff=True)


@pytest.fixture
def sam(tenant: Tenant) -> User:
    return factories.make_user("sam", tenant=tenant, roles=[Role.SUBSCRIBER])


@pytest.fixture
def olga(tenant: Tenant) -> User:
    return factories.make_user("olga", tenant=tenant, roles=[Role.OPERATOR], is_staff=True)


@pytest.fixture
def mallory(other_tenant: Tenant) -> User:
    return factories.make_user(
        "mallory",
        tenant=other_tenant,
        roles=[Role.AUTHOR, Role.REVIEWER, Role.OPERATOR],
        is_staff=True,
    )


@pytest.fixture
def carol(other_tenant: Tenant) -> User:
    """Return a subscriber of mallory's house, who buys what the Alpha Desk offers."""
    return factories.make_user("carol", tenant=other_tenant, roles=[Role.SUBSCRIBER])


@pytest.fixture
def api() -> APIClient:
    """Return an API client; ``api.force_authenticate(ada)`` makes it ada's."""
    return APIClient()


@pytest.fixture
def browser() -> Client:
    """Return a client of pages; ``browser.force_login(ada)`` signs ada in."""
    return Client()


@pytest.fixture
def redis_client() -> Iterator[redis.Redis]:
    """Return a connection to Redis; keys that appear during the test are removed after it."""
    client = redis.Redis.from_url(django_settings.REDIS_URL)
    before = set(client.scan_iter())
    yield client
    added = set(client.scan_iter()) - before
    if added:
        client.delete(*added)
    client.close()


@pytest.fixture(autouse=True)
def _sections_read_anew() -> None:
    """Let no test find on the operations page what another one put there within a second."""
    kept.of_this_process.forget()


@pytest.fixture(autouse=True)
def _closed_breakers() -> Iterator[None]:
    """Let no test find a breaker open that another one opened."""
    yield
    circuit_breakers.forget_all()


@pytest.fixture
def limits_on(settings: Settings, redis_client: redis.Redis) -> Iterator[None]:
    """Count as production does; what was counted is forgotten after the test."""
    settings.RATE_LIMITS_ENABLED = True
    _forget_counts(redis_client)
    yield
    _forget_counts(redis_client)


def _forget_counts(client: redis.Redis) -> None:
    rates.forget_tiers()
    rate_leases.of_this_process.forget()
    counted = list(client.scan_iter(f"{rate_limits.PREFIX}:*"))
    if counted:
        client.delete(*counted)


@pytest.fixture(scope="session", autouse=True)
def static_folder() -> None:
    """Make the folder that whitenoise looks for and warns about on a fresh clone."""
    Path(django_settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)


@pytest.fixture(scope="session", autouse=True)
def prompt_live_server() -> None:
    """Have the live server send an answer's body at once: it would wait 40 ms to be told of it."""
    WSGIRequestHandler.disable_nagle_algorithm = True


@pytest.fixture(scope="session")
def test_bucket() -> Iterator[str]:
    """Return the name of a bucket that lives as long as the tests; used, it is emptied after."""
    name = f"signalhub-test-{os.getpid()}-{secrets.token_hex(4)}"
    yield name
    store = boto3.session.Session().resource(
        "s3",
        endpoint_url=django_settings.S3_ENDPOINT,
        region_name=django_settings.S3_REGION,
        aws_access_key_id=django_settings.S3_ACCESS_KEY,
        aws_secret_access_key=django_settings.S3_SECRET_KEY,
    )
    bucket = store.Bucket(name)
    if bucket.creation_date is not None:
        bucket.objects.delete()
        bucket.delete()


@pytest.fixture(scope="session")
def script_caches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return folder after folder, none of which is there: making one for each test takes time."""
    caches = tmp_path_factory.mktemp("script-caches")
    return (caches / str(number) for number in count())


@pytest.fixture(autouse=True)
def own_storage(test_bucket: str, settings: Settings, script_caches: Iterator[Path]) -> None:
    """Keep what a test stores apart from what anybody else stored, and start without a cache."""
    settings.S3_BUCKET = test_bucket
    settings.SCRIPT_CACHE_DIR = next(script_caches)
