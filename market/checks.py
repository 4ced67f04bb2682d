"""What ``manage.py check --database default`` says of the tables that bars rest on."""

from __future__ import annotations

from collections.abc import Sequence

from django.apps import AppConfig
from django.core import checks
from django.db import connections

from common.clock import utc_now
from market.calendar_use import calendars_in_use
from market.models import Instrument


@checks.register("market", checks.Tags.database)
def check_calendars(
    app_configs: Sequence[AppConfig] | None = None,
    databases: Sequence[str] | None = None,
    **options: object,
) -> list[checks.CheckMessage]:
    """Warn of each calendar in use that soon knows no more holidays, or knows none now."""
    today = utc_now().date()
    return [
        checks.Warning(
            f"The holidays of {use.exchange} are known until {use.known_until}, and "
            f"{use.instruments} of the instruments are traded there. After that every weekday "
            "counts as open.",
            hint="Take a newer exchange-calendars, run tools/write_sessions.py, and deploy.",
            id="market.W001",
        )
        for alias in databases or ()
        if Instrument._meta.db_table in connections[alias].introspection.table_names()
        for use in calendars_in_use()
        if use.runs_out(today=today)
    ]
