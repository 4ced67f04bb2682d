"""The second wall: what a scope shows without any filter of ours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from threading import Thread
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import ProgrammingError, connection, models, transaction
from django.test import Client
from rest_framework.test import APIClient

from accounts.checks import check_database_role
from accounts.models import AuditEvent, Membership, Tenant, User
from accounts.services.api_keys import issue_api_key
from common import row_scope
from common.clock import utc_now
from common.row_scope import NOBODY, PLATFORM, scope_of, within
from common.scoped_postgresql import base, roles
from registry.models import Entitlement, Script, ScriptVersion
from registry.services import entitlements
from tests.factories import make_draft, make_entitlement, make_published_version, make_team

pytestmark = pytest.mark.django_db

OURS = ("accounts", "registry", "streams", "gateway", "execution", "ingest", "market")
EXEMPT = {
    "accounts_user": "names are shown across houses: owners, sellers, who granted; and signing in "
    "looks a user up before there is a scope",
    "accounts_tier": "the platform's price list, the same for everybody",
    "market_instrument": "prices are the platform's, open to every run",
    "market_bar": "prices are the platform's, open to every run",
    "market_listed_bar": "prices are the platform's, open to every run",
    "market_formingbar": "prices are the platform's, open to every run",
    "market_heardtimeframe": "prices are the platform's, open to every run",
    "market_kepttimeframe": "prices are the platform's, open to every run",
    "market_barrevision": "prices are the platform's, open to every run",
    "market_tick": "prices are the platform's, open to every run",
    "market_listed_tick": "prices are the platform's, open to every run",
    "market_tickidentity": "prices are the platform's, open to every run",
    "market_tickfeed": "what is known of sources of prices, which are the platform's",
    "market_tickcount": "what is known of sources of prices, which are the platform's",
    "market_replayfeed": "prices are the platform's, open to every run",
}


def our_models() -> list[type[models.Model]]:
    return [model for label in OURS for model in apps.get_app_config(label).get_models()]


def everything_in(scope: str) -> str:
    """Return all that a scope can read from protected tables, by raw, unscoped managers."""
    with within(scope):
        return "\n".join(
            repr(row)
            for model in our_models()
            if model._meta.db_table not in EXEMPT
            for row in model._base_manager.values_list()
        )


@pytest.fixture
def foreign(mallory: User) -> Script:
    """Return a script of another house with its canary in every text."""
    return make_draft(
        mallory,
        name="canary-name",
        description="canary-description",
        source="# canary-source\nresult = 1\n",
        manifest={"input_schema": {"type": "object", "description": "canary-manifest"}},
        release_note="canary-note",
    ).script


def test_every_table_of_ours_has_a_policy_or_a_reason_to_have_none() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class JOIN pg_policy ON polrelid = pg_class.oid "
            "WHERE relrowsecurity AND relforcerowsecurity AND polname = 'scope' AND polcmd = '*'"
        )
        protected = {name for (name,) in cursor.fetchall()}

    tables = {model._meta.db_table for model in our_models()}
    assert tables - protected == set(EXEMPT) & tables
    assert set(EXEMPT) <= tables


def test_where_nobody_asks_nothing_is_seen_and_nothing_written(
    ada: User, rita: User, tenant: Tenant
) -> None:
    version = make_published_version(ada, rita)
    make_team(tenant, "Quants", ada)

    assert everything_in(NOBODY) == ""
    with within(NOBODY):
        assert Script.objects.update(name="changed") == 0
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            Membership.objects.create(tenant=tenant, user=ada, role="operator")
    version.script.refresh_from_db()
    assert version.script.name != "changed"


@pytest.mark.parametrize("name", ["ada", "rita", "olga", "sam"])
def test_raw_queries_in_a_users_scope_return_nothing_of_another_house(
    name: str, request: pytest.FixtureRequest, foreign: Script, other_tenant: Tenant
) -> None:
    user = request.getfixturevalue(name)
    make_team(other_tenant, "canary-team", foreign.owner)

    assert "canary" in everything_in(PLATFORM)
    assert "canary" in everything_in(scope_of(foreign.owner_id))
    seen = everything_in(scope_of(user.pk))
    assert "canary" not in seen
    assert "Beta House" not in seen


def test_nobody_writes_into_another_house(ada: User, foreign: Script) -> None:
    with within(scope_of(ada.pk)):
        assert Script.objects.filter(pk=foreign.pk).update(name="taken") == 0
        assert ScriptVersion.objects.filter(script=foreign).delete()[0] == 0
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            Script.objects.create(
                tenant_id=foreign.tenant_id,
                owner=ada,
                name="mine",
                created_at=utc_now(),
                updated_at=utc_now(),
            )
    foreign.refresh_from_db()
    assert foreign.name == "canary-name"


def test_a_right_from_another_house_shows_what_was_published_and_no_more(
    ada: User, rita: User, olga: User, mallory: User, other_tenant: Tenant
) -> None:
    script = make_published_version(ada, rita).script
    private = make_draft(ada).script
    make_entitlement(script, other_tenant, acting_user=olga)

    with within(scope_of(mallory.pk)):
        assert list(Script.objects.all()) == [script]
        assert [version.pk for version in ScriptVersion.objects.all()] == [
            script.current_version_id
        ]
    entitlements.revoke(script, other_tenant, acting_user=olga, now=utc_now())
    with within(scope_of(mallory.pk)):
        assert not Script.objects.exists()
        assert not ScriptVersion.objects.exists()
    assert private.versions.exists()


def test_a_scope_holds_through_rollbacks_and_ends_with_its_block(
    ada: User, foreign: Script
) -> None:
    def seen() -> bool:
        return Script.objects.filter(pk=foreign.pk).exists()

    def look_and_undo() -> None:
        with transaction.atomic():
            assert not seen()
            with within(PLATFORM):
                assert seen()
            transaction.set_rollback(True)

    assert seen()
    with within(scope_of(ada.pk)):
        look_and_undo()
        assert not seen()
        with (
            pytest.raises(ProgrammingError),
            transaction.atomic(),
            within(PLATFORM),
            connection.cursor() as cursor,
        ):
            cursor.execute("SELECT nonsense")
        assert not seen()
    assert seen()


def test_a_scope_entered_within_what_is_undone_is_told_to_the_session_again(
    ada: User, foreign: Script
) -> None:
    def seen() -> bool:
        return Script.objects.filter(pk=foreign.pk).exists()

    with within(PLATFORM):
        savepoint = transaction.savepoint()
        row_scope.enter(scope_of(ada.pk))
        assert not seen()
        transaction.savepoint_rollback(savepoint)
        assert not seen()


def test_threads_and_new_connections_begin_where_the_process_does(
    settings: Any, foreign: Script
) -> None:
    settings.DATABASE_SCOPE = NOBODY
    found: list[str] = []

    def ask() -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT current_setting('signalhub.scope', true)")
                found.append(cursor.fetchone()[0])
        finally:
            connection.close()

    thread = Thread(target=ask)
    with within(PLATFORM):
        thread.start()
        thread.join()

    assert found == [NOBODY]


@pytest.fixture
def asked_in() -> Iterator[list[str]]:
    """Return the scopes in which queries on scripts were made."""
    scopes: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if '"registry_script"' in sql:
            scopes.append(row_scope.current())
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield scopes


def test_a_request_is_answered_in_the_scope_of_who_signed_in(
    ada: User, foreign: Script, asked_in: list[str]
) -> None:
    _, token = issue_api_key(ada, name="test", acting_user=ada, now=utc_now())
    page = Client()
    page.force_login(ada)
    asked_in.clear()

    by_key = APIClient().get("/scripts", headers={"Authorization": f"Bearer {token}"})
    by_session = page.get("/scripts")
    in_the_admin = page.get("/admin/registry/script/")

    assert {by_key.status_code, by_session.status_code, in_the_admin.status_code} == {200}
    assert set(asked_in) == {scope_of(ada.pk)}
    assert row_scope.current() == PLATFORM


def test_a_request_of_nobody_is_answered_in_nobodys_scope(foreign: Script) -> None:
    scopes: set[str] = set()

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        scopes.add(row_scope.current())
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        Client().get(f"/scripts/{foreign.pk}")
        Client().get("/admin/registry/script/")
        Client().get("/login/")

    assert scopes <= {NOBODY}


def test_signing_in_looks_in_the_platforms_scope_at_names_and_doors_alone(sam: User) -> None:
    asked: set[tuple[str, str]] = set()

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        tables = re.findall(r'(?:FROM|INTO|UPDATE) "?([a-z_]+)', sql)
        asked.update((row_scope.current(), table) for table in tables)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        for username in ("nobody", "sam"):
            Client().post("/login/", {"username": username, "password": "wrong"})

    assert asked == {(PLATFORM, "accounts_user"), (PLATFORM, "accounts_lockout")}


def test_one_who_asks_after_another_on_the_same_connection_sees_only_their_own(
    ada: User, mallory: User, foreign: Script
) -> None:
    own = make_draft(ada).script
    api = APIClient()

    for user, script in ((ada, own), (mallory, foreign), (ada, own)):
        api.force_authenticate(user)
        listed = api.get("/scripts").json()
        rows = listed.get("results", listed.get("items", listed))
        assert [row["id"] for row in rows] == [str(script.pk)]


def test_a_superuser_sees_all_and_the_audit_trail_of_a_house_is_its_own(
    ada: User, sam: User, mallory: User, foreign: Script
) -> None:
    script = make_draft(ada).script
    make_entitlement(script, sam)
    root = User.objects.create_superuser("root", password="a long enough passphrase")

    with within(scope_of(mallory.pk)):
        assert not Entitlement.objects.exists()
        assert not AuditEvent.objects.filter(chain="alpha-desk").exists()
        assert AuditEvent.objects.filter(chain="beta-house").exists()
    assert row_scope.scope_of(root.pk, is_superuser=True) == PLATFORM


def test_production_does_not_connect_as_a_role_that_the_policies_do_not_bind(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not roles.is_unbound(connection.connection)
    assert check_database_role(databases=["default"]) == []
    call_command("check", databases=["default"])

    monkeypatch.setattr(roles, "is_unbound", lambda connection: True)
    (problem,) = check_database_role(databases=["default"])
    settings.PRODUCTION = True
    fresh = base.DatabaseWrapper(connection.settings_dict)
    with pytest.raises(ImproperlyConfigured, match="superuser, or has BYPASSRLS"):
        fresh.connect()
    assert problem.id == "accounts.E001"
