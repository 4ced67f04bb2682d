from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from redis.exceptions import RedisError

from common.clock import utc_now
from streams import cache
from streams.epochs import forget_copies, renew_epochs


class Command(BaseCommand):
    help = "Give every stream a new epoch: after the database was restored, before anything starts."

    def handle(self, *args: Any, **options: Any) -> None:
        renewed = renew_epochs(now=utc_now())
        try:
            with cache.connect(settings.REDIS_URL) as redis:
                forget_copies(redis)
        except RedisError as error:
            raise CommandError(
                f"{renewed} streams have new epochs, but Redis does not answer ({error}). "
                "Start the relay anew when it does."
            ) from error
        self.stdout.write(f"{renewed} streams have new epochs.")
