"""Write docs/errors.md from the error classes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from signalhub.error_docs import error_page


class Command(BaseCommand):
    help = "Write docs/errors.md from the error classes."

    def handle(self, *args: Any, **options: Any) -> None:
        page = Path(settings.BASE_DIR) / "docs" / "errors.md"
        page.write_text(error_page())
        self.stdout.write(f"wrote {page.name}")
