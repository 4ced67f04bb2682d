"""Everything the demo shows, made through the same services that people use."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from accounts.models import Tenant, User
from common.clock import utc_now
from execution.services.requests import RunRequest
from execution.services.subscriptions import subscribe
from ingest.models import Producer
from ingest.producer_secrets import current_secret
from ingest.services.producers import create_producer
from market.models import ReplayFeed
from market.services.replay import DEFAULT_NAME, set_pace
from registry.models import ProductSubscription, Script
from signalhub.demo import cast, private, scripts
from signalhub.demo import products as demo_products
from signalhub.demo.ids import ids

PRODUCER_ID = "demo-producer"
OFFERED = "Volatility breakout"
NOT_OFFERED = "Relative strength index"
WATCHED = ("AAPL", "GOOG", "IBM", "MSFT")


class Command(BaseCommand):
    help = "Create the demo's people, prices, scripts, entitlements and subscriptions; idempotent."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print what was made as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        self.quiet = options["json"]
        people = cast.cast_everyone()
        self._say("people of two houses")
        call_command("load_prices", verbosity=0 if self.quiet else 1, stdout=self.stderr)
        self._set_pace()
        published = scripts.publish_examples(author=people["author"], reviewer=people["reviewer"])
        self._say(f"{len(published)} scripts published: {', '.join(published)}")
        scripts.entitle(people["subscriber"], published, granted_by=people["author"])
        self._subscribe(people["subscriber"], published)
        for tenant, part in (("harbour", "author"), ("lighthouse", "outsider")):
            scripts.write_private_draft(people[part], cast.canary_of(tenant))
        offered = demo_products.offer(published[OFFERED])
        demo_products.keep_private(published[NOT_OFFERED], cast.canary_of("harbour"))
        bought = demo_products.buy(offered, people["buyer"])
        self._say(f"{people['buyer'].username} of the other house subscribed to {offered}")
        kept = self._keep(people)
        self._say("what each house keeps to itself")
        report = {
            **_report(people, published),
            "products": [_product(bought)],
            "ids": ids(
                published[OFFERED], kept["lighthouse"], people["subscriber"], people["buyer"]
            ),
        }
        if options["json"]:
            self.stdout.write(json.dumps(report, indent=1, default=str))
        else:
            self._say("sign in as " + ", ".join(user.username for user in people.values()))

    def _keep(self, people: dict[str, User]) -> dict[str, Script]:
        parts = {
            "harbour": ("author", "reviewer", "subscriber", "operator"),
            "lighthouse": ("outsider", "keeper", "buyer", "keeper"),
        }
        return {
            slug: private.keep(
                Tenant.objects.get(slug=slug),
                private.Keepers(
                    author=people[author],
                    reviewer=people[reviewer],
                    subscriber=people[subscriber],
                    operator=people[operator],
                ),
                cast.canary_of(slug),
            )
            for slug, (author, reviewer, subscriber, operator) in parts.items()
        }

    def _set_pace(self) -> None:
        # A pace that an operator chose in the admin stays, unless the command line says another.
        feed = ReplayFeed.objects.get(name=DEFAULT_NAME)
        pace = settings.DEMO_PACE_BARS_PER_SECOND
        if settings.DEMO_PACE_IS_GIVEN and feed.bars_per_second != pace:
            set_pace(feed, pace, acting_user=None, now=utc_now())
            self._say(f"replaying {pace:g} sessions a second")

    def _subscribe(self, user: User, published: dict[str, Script]) -> None:
        for script in published.values():
            for instrument_key in WATCHED:
                request = RunRequest(instrument_key=instrument_key)
                subscribe(script, request, acting_user=user, now=utc_now())
        self._say(f"{user.username} subscribed on {', '.join(WATCHED)}")

    def _say(self, what: str) -> None:
        if not self.quiet:
            self.stdout.write(f"  {what}")


def _report(people: dict[str, User], published: dict[str, Script]) -> dict[str, Any]:
    tenant_of = {part.part: part.tenant for part in cast.CAST}
    return {
        "users": {
            part: {
                "id": user.pk,
                "username": user.username,
                "password": settings.DEMO_PASSWORD,
                "token": cast.token_of(user),
                "tenant": tenant_of[part],
            }
            for part, user in people.items()
        },
        "producers": [_producer(people["operator"])],
        "scripts": [_script(script) for script in published.values()],
        "canaries": [cast.canary_of(tenant) for tenant in cast.HOUSES],
    }


def _product(subscription: ProductSubscription) -> dict[str, Any]:
    product = subscription.product
    return {
        "id": str(product.pk),
        "name": product.name,
        "script_id": str(product.script_id),
        "signal_name": product.signal_name,
        "subscriber": subscription.user.username,
        "subscription_id": str(subscription.pk),
        "stream_keys": sorted(product.streams.values_list("key", flat=True)),
    }


def _producer(operator: User) -> dict[str, str]:
    producer = Producer.objects.filter(producer_id=PRODUCER_ID).first()
    if producer is None:
        producer, _ = create_producer(PRODUCER_ID, acting_user=operator, now=utc_now())
    return {"id": producer.producer_id, "secret": current_secret(producer)}


def _script(script: Script) -> dict[str, Any]:
    version = script.current_version
    return {
        "id": str(script.pk),
        "name": script.name,
        "version": version.version if version else None,
        "owner": script.owner.username,
        "stream_keys": sorted(script.streams.filter(product=None).values_list("key", flat=True)),
    }
