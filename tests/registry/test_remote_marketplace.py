"""Another marketplace, over real HTTP, well and badly behaved."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from django.conf import settings as django_settings
from pytest_django import Settings

from accounts.models import AuditEvent, Membership, Role, User
from accounts.principals import RoleRequired
from common.breaker_rule import State
from common.canonical import sha256
from common.circuit_breakers import BreakerOpen
from common.errors import SignalHubError
from execution.models import Execution, ExecutionStatus
from registry import checks
from registry.execution_tokens import ExecutionTokenNotValid
from registry.manifest import InvalidManifest
from registry.marketplace import stand_in
from registry.marketplace.client import RemoteMarketplace, RemoteScript
from registry.marketplace.stand_in import PRODUCT_ID, Shop, StandIn
from registry.marketplace.transport import (
    ForeignAddress,
    MarketplaceConfig,
    MarketplaceDown,
    MarketplaceForbids,
    NotInMarketplace,
    Transport,
)
from registry.models import Product, ProductSubscription, RemoteImport, ScriptVersion
from registry.services import publishing, remote_products
from streams.models import Output
from tests import factories
from tests.execution.conftest import (  # noqa: F401  the market they know, for a run of a product
    empty_queue,
    ibm,
    run_everything,
    three_sessions,
)
from tests.problems import as_user, assert_problem, post

KEY = "between us"
MARKETPLACE = "/api/v2/signals/execute/marketplace"
IMPORT = "/api/v2/remote-products"


@pytest.fixture
def shop() -> Iterator[Shop]:
    with StandIn(0, Shop(api_key=KEY)) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        server.shop.metadata["url"] = server.url
        yield server.shop
        server.shutdown()
        thread.join()


@pytest.fixture
def config(shop: Shop) -> MarketplaceConfig:
    return MarketplaceConfig(
        url=shop.metadata.pop("url"),
        api_key=KEY,
        require_tls=False,
        answer_seconds=0.5,
        longest_wait_seconds=0.01,
    )


@pytest.fixture
def marketplace(config: MarketplaceConfig) -> RemoteMarketplace:
    return RemoteMarketplace(Transport(config))


@pytest.fixture
def configured(config: MarketplaceConfig, settings: Settings) -> None:
    settings.MARKETPLACE_URL = config.url
    settings.MARKETPLACE_API_KEY = KEY


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC)


def verify(marketplace: RemoteMarketplace, shop: Shop) -> bool:
    token = shop.issue("7")
    found = marketplace.verify_execution_token(token, product_id=PRODUCT_ID, user_id="7")
    return found.is_valid


def test_every_call_of_the_contract_is_answered(marketplace: RemoteMarketplace) -> None:
    assert marketplace.product_signals(PRODUCT_ID) == {"signals": ["signal"]}
    assert marketplace.product_definition(PRODUCT_ID)["name"] == "Bar count"
    assert marketplace.product_versions(PRODUCT_ID) == {"versions": ["1.0.0"]}
    assert marketplace.subscriptions_of("7") == {"subscriptions": ["sub-789"]}
    assert len(marketplace.subscriptions_of("7", include_inactive=True)["subscriptions"]) == 2
    assert marketplace.has_feature("7", "signals")
    assert not marketplace.has_feature("7", "other")
    marked, mark = marketplace.watermark("s", "sub-789", {"value": 1})
    assert marked == {"value": 1, "_watermark": mark}
    assert marketplace.detect_leak(marked) == {"is_leak": True}


def test_a_token_is_verified_and_exchanged_for_its_bytes(
    marketplace: RemoteMarketplace, shop: Shop
) -> None:
    token = shop.issue("7")

    verified = marketplace.verify_execution_token(token, product_id=PRODUCT_ID, user_id="7")
    script = marketplace.access_script(token, product_id=PRODUCT_ID)

    assert (verified.is_valid, verified.subscription_id) == (True, "sub-789")
    assert sha256(marketplace.fetch_script(script)) == script.sha256
    with pytest.raises(MarketplaceForbids):
        marketplace.access_script(token, product_id=PRODUCT_ID)


@pytest.mark.parametrize("fault", ["error", "reset", "truncated", "garbage", "huge", "redirect"])
def test_a_call_that_changes_nothing_is_tried_again(
    fault: str, marketplace: RemoteMarketplace, shop: Shop
) -> None:
    shop.break_next(fault, 2)

    assert verify(marketplace, shop)
    assert len(shop.calls) == 3


@pytest.mark.parametrize(
    "fault", ["error", "reset", "truncated", "garbage", "huge", "redirect", "slow"]
)
def test_a_call_that_uses_a_token_up_is_made_once(
    fault: str, marketplace: RemoteMarketplace, shop: Shop
) -> None:
    shop.break_next(fault)

    with pytest.raises(MarketplaceDown):
        marketplace.access_script(shop.issue("7"), product_id=PRODUCT_ID)

    assert shop.calls == ["/api/v1/scripts/access"]


def test_an_answer_about_somebody_else_is_no_answer(
    marketplace: RemoteMarketplace, shop: Shop
) -> None:
    shop.break_next("other_user")

    assert not verify(marketplace, shop)


def test_a_refusal_is_not_tried_again(config: MarketplaceConfig, shop: Shop) -> None:
    stranger = RemoteMarketplace(Transport(replace(config, api_key="wrong")))

    with pytest.raises(MarketplaceForbids):
        stranger.product_signals(PRODUCT_ID)

    assert len(shop.calls) == 1


def test_an_id_stays_within_its_place_in_the_path(
    marketplace: RemoteMarketplace, shop: Shop
) -> None:
    for odd in ("..", "a/../../b", "x?y=1", "x#y"):
        with pytest.raises(NotInMarketplace):
            marketplace.product_signals(odd)

    assert all(path.endswith("/signals") for path in shop.calls)


def test_a_failing_marketplace_is_left_alone_for_a_while(
    marketplace: RemoteMarketplace, shop: Shop
) -> None:
    shop.break_next("error", 100)
    for _ in range(2):
        with pytest.raises((MarketplaceDown, BreakerOpen)):
            marketplace.product_signals(PRODUCT_ID)
    asked = len(shop.calls)

    with pytest.raises(BreakerOpen):
        marketplace.product_signals(PRODUCT_ID)

    assert (asked, len(shop.calls)) == (5, 5)
    assert marketplace.transport.breaker.state is State.OPEN


@pytest.mark.parametrize(
    "address",
    [
        "http://169.254.169.254/latest/meta-data",
        "http://localhost:80/objects/x",
        "http://127.0.0.1:1/objects/x",
        "file:///etc/passwd",
        "ftp://{host}/objects/x",
        "//{host}/objects/x",
        "http://{host}@evil.example/objects/x",
        "http://user@{host}/objects/x",
        "http://{host}.evil.example/objects/x",
        "http://evil.example/{host}",
        "http://[::1]:80/x",
        "http://[broken/x",
        "http://{host}:99999/x",
        "",
    ],
)
def test_bytes_are_fetched_from_the_marketplaces_own_hosts_only(
    address: str, marketplace: RemoteMarketplace, config: MarketplaceConfig, shop: Shop
) -> None:
    url = address.format(host=config.url.removeprefix("http://"))
    script = RemoteScript(presigned_url=url, version="1", sha256="0" * 64, metadata={})

    with pytest.raises(ForeignAddress):
        marketplace.fetch_script(script)

    assert shop.calls == []


def test_a_store_that_leads_elsewhere_is_not_followed(
    marketplace: RemoteMarketplace, config: MarketplaceConfig, shop: Shop
) -> None:
    shop.break_next("redirect", 3)
    url = f"{config.url}/objects/x"
    script = RemoteScript(presigned_url=url, version="1", sha256="0" * 64, metadata={})

    with pytest.raises(MarketplaceDown):
        marketplace.fetch_script(script)

    assert set(shop.calls) == {"/objects/x"}


def test_a_script_longer_than_one_may_be_is_not_taken(
    marketplace: RemoteMarketplace, shop: Shop
) -> None:
    shop.source = "#" * (django_settings.SCRIPT_SOURCE_MAX_BYTES + 1)
    script = marketplace.access_script(shop.issue("7"), product_id=PRODUCT_ID)

    with pytest.raises(MarketplaceDown):
        marketplace.fetch_script(script)


def test_with_tls_required_nothing_is_asked_in_the_open(
    config: MarketplaceConfig, shop: Shop
) -> None:
    careful = RemoteMarketplace(Transport(replace(config, require_tls=True)))

    with pytest.raises(ForeignAddress):
        careful.product_signals(PRODUCT_ID)

    assert shop.calls == []


def test_production_does_not_start_with_an_open_marketplace(settings: Settings) -> None:
    settings.PRODUCTION = True
    settings.S3_ACCESS_KEY = settings.S3_SECRET_KEY = "of this installation"
    settings.MARKETPLACE_URL, settings.MARKETPLACE_API_KEY = "http://market.example", ""

    assert {found.id for found in checks.check_object_store()} >= {"registry.E004", "registry.E005"}


def import_product(
    marketplace: RemoteMarketplace, shop: Shop, author: User, now: datetime
) -> RemoteImport:
    return remote_products.import_product(
        marketplace,
        PRODUCT_ID,
        execution_token=shop.issue(str(author.pk)),
        acting_user=author,
        now=now,
    )


def test_what_comes_from_elsewhere_waits_for_a_local_review(
    marketplace: RemoteMarketplace, shop: Shop, ada: User, now: datetime
) -> None:
    imported = import_product(marketplace, shop, ada, now)

    version = imported.version
    assert (version.status, version.source, version.author) == ("submitted", stand_in.SOURCE, ada)
    assert version.source_sha256 == imported.source_sha256 == sha256(stand_in.SOURCE.encode())
    event = AuditEvent.objects.get(event="remote_product_imported")
    assert (event.actor, event.after["source_sha256"]) == (ada, imported.source_sha256)
    assert import_product(marketplace, shop, ada, now) == imported
    assert ScriptVersion.objects.count() == 1


@pytest.mark.parametrize(
    ("trouble", "error"),
    [
        (lambda shop: shop.break_next("other_hash"), remote_products.RemoteSourceMismatch),
        (lambda shop: shop.break_next("other_host"), ForeignAddress),
        (
            lambda shop: shop.metadata.update(depends_on=["x@1.0.0"]),
            remote_products.RemoteProductNeedsOthers,
        ),
        (
            lambda shop: setattr(shop, "source", "result = 1\r\n"),
            remote_products.RemoteSourceMismatch,
        ),
        (lambda shop: shop.metadata.update(timeframe="7m"), InvalidManifest),
    ],
)
def test_what_is_not_as_agreed_is_not_kept(
    trouble: Callable[[Shop], None],
    error: type[SignalHubError],
    marketplace: RemoteMarketplace,
    shop: Shop,
    ada: User,
    now: datetime,
) -> None:
    trouble(shop)

    with pytest.raises(error):
        import_product(marketplace, shop, ada, now)

    assert not ScriptVersion.objects.exists()
    assert not Product.objects.exists()


def test_a_product_is_brought_by_an_author_with_a_good_token(
    marketplace: RemoteMarketplace, shop: Shop, ada: User, sam: User, now: datetime
) -> None:
    with pytest.raises(RoleRequired):
        import_product(marketplace, shop, sam, now)
    with pytest.raises(ExecutionTokenNotValid):
        remote_products.import_product(
            marketplace,
            PRODUCT_ID,
            execution_token=shop.issue(str(sam.pk)),
            acting_user=ada,
            now=now,
        )

    assert "/api/v1/scripts/access" not in shop.calls


def test_without_a_marketplace_nothing_is_brought(ada: User) -> None:
    body = {"product_id": PRODUCT_ID, "execution_token": "x"}

    assert_problem(post(ada, IMPORT, body), 409, "no_marketplace_configured")


@pytest.mark.sandbox
@pytest.mark.usefixtures("configured", "three_sessions")
def test_a_remote_product_runs_once_it_is_reviewed_here(
    shop: Shop, ada: User, rita: User, sam: User
) -> None:
    def run() -> Any:
        token = shop.issue(str(sam.pk))
        body = {"execution_token": token, "product_id": PRODUCT_ID, "instrument": "IBM"}
        return post(sam, MARKETPLACE, body), token

    assert_problem(run()[0], 403, "execution_token_not_valid")  # nobody knows it here yet
    token = shop.issue(str(ada.pk))
    brought = post(ada, IMPORT, {"product_id": PRODUCT_ID, "execution_token": token})
    refused, unused = run()
    version = RemoteImport.objects.get().version
    published = publishing.publish_version(
        factories.approve(version, rita), acting_user=ada, now=factories.NOON
    )
    reply, _ = run()
    [execution] = run_everything()

    assert brought.status_code == 201, brought.json()
    assert brought.json()["status"] == "submitted"
    assert_problem(refused, 409, "no_published_version")
    assert unused in shop.tokens
    assert reply.json()["stream_keys"] == [f"marketplace:{PRODUCT_ID}:IBM:signal:default"]
    assert reply.json()["execution_id"].startswith(f"exec_{PRODUCT_ID}_IBM_")
    assert as_user(sam).get(reply["Location"]).json()["status"] == "completed"
    assert (execution.status, execution.version) == (ExecutionStatus.COMPLETED, published)
    assert Output.objects.get().value == 3
    right = ProductSubscription.objects.get()
    assert (right.user, right.external_id) == (sam, "sub-789")
    assert right.ends_at is not None


@pytest.mark.usefixtures("configured", "three_sessions")
def test_another_version_there_does_not_run_before_it_is_reviewed(
    shop: Shop, marketplace: RemoteMarketplace, ada: User, rita: User, sam: User, now: datetime
) -> None:
    version = import_product(marketplace, shop, ada, now).version
    publishing.publish_version(factories.approve(version, rita), acting_user=ada, now=now)
    shop.source, shop.version = "result = 2\n", "1.1.0"

    body = {"product_id": PRODUCT_ID, "instrument": "IBM"}
    reply = post(sam, MARKETPLACE, {**body, "execution_token": shop.issue(str(sam.pk))})
    second = import_product(marketplace, shop, ada, now)

    problem = assert_problem(reply, 409, "remote_product_not_reviewed")
    assert problem["sha256"] == sha256(b"result = 2\n")
    assert not Execution.objects.exists()
    assert (second.version.script, second.version.status) == (version.script, "submitted")


@pytest.mark.usefixtures("configured", "three_sessions")
def test_a_mistake_in_the_request_leaves_the_remote_token_unused(
    shop: Shop, marketplace: RemoteMarketplace, ada: User, rita: User, sam: User, now: datetime
) -> None:
    version = import_product(marketplace, shop, ada, now).version
    publishing.publish_version(factories.approve(version, rita), acting_user=ada, now=now)
    token = shop.issue(str(sam.pk))
    body = {"product_id": PRODUCT_ID, "execution_token": token, "instrument": "NOPE"}

    assert_problem(post(sam, MARKETPLACE, body), 422, "invalid_read")

    assert token in shop.tokens


def test_somebody_elses_import_is_not_taken_over(
    marketplace: RemoteMarketplace, shop: Shop, ada: User, mallory: User, now: datetime
) -> None:
    import_product(marketplace, shop, ada, now)
    Membership.objects.get_or_create(
        tenant=mallory.memberships.all()[0].tenant, user=mallory, role=Role.AUTHOR
    )

    with pytest.raises(remote_products.RemoteProductOfOthers):
        import_product(marketplace, shop, mallory, now)


@pytest.mark.usefixtures("configured")
def test_health_tells_how_the_circuit_stands(db: None) -> None:
    checks_found = as_user(User()).get("/health").json()["checks"]

    assert checks_found["marketplace"] == {"ok": True, "detail": "breaker closed"}


def test_the_stand_in_runs_by_itself() -> None:
    command = [sys.executable, "manage.py", "run_marketplace_stand_in", "--port", "0"]
    with subprocess.Popen(
        command, cwd=django_settings.BASE_DIR, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            printed = dict(process.stdout.readline().strip().split("=") for _ in range(2))
            url = printed["MARKETPLACE_URL"]
            made = httpx.post(
                f"{url}/_stand_in/tokens", json={"product_id": PRODUCT_ID, "user_id": "7"}
            ).json()
            httpx.post(f"{url}/_stand_in/fault", json={"fault": "error"})
            headers = {"X-Internal-API-Key": printed["MARKETPLACE_API_KEY"]}
            body = {**made, "product_id": PRODUCT_ID, "user_id": "7"}
            address = f"{url}/api/v1/integration/verify-execution-token"
            replies = [httpx.post(address, json=body, headers=headers) for _ in range(2)]
        finally:
            process.terminate()

    assert [reply.status_code for reply in replies] == [503, 200]
    assert replies[1].json()["is_valid"] is True
