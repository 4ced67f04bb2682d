"""What no process of ours starts with: all problems of all apps at once, with what to do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured

from ingest.checks import check_signatures
from registry.checks import check_addressing, check_object_store
from signalhub.settings import production
from signalhub.settings.env import problems as unreadable
from streams.checks import check_watermark

Check = Callable[..., list[checks.CheckMessage]]


class NotFitToStart(ImproperlyConfigured):
    """The configuration is not fit to start with."""


@checks.register("signalhub")
def check_configuration(
    app_configs: Sequence[AppConfig] | None = None, **options: object
) -> list[checks.CheckMessage]:
    """Report what could not be read of the configuration, and what production refuses."""
    found = [*unreadable, *production.problems_of(_Settings())]
    return [checks.Error(problem.message, hint=problem.fix, id=problem.code) for problem in found]


CHECKS: tuple[Check, ...] = (
    check_configuration,
    check_signatures,
    check_object_store,
    check_addressing,
    check_watermark,
)


def refuse_to_start() -> None:
    """Raise with every error at once: servers that are no management command run no checks.

    Raises
    ------
    NotFitToStart
        There are errors; each is named with its id and what to do about it.
    """
    found = [problem for check in CHECKS for problem in check()]
    errors = [problem for problem in found if problem.level >= checks.ERROR]
    if errors:
        lines = [f"  ({error.id}) {error.msg} {error.hint or ''}".rstrip() for error in errors]
        raise NotFitToStart("\n".join([f"Not starting, for {len(errors)} reasons:", *lines]))


class _Settings(dict[str, Any]):
    # Tests override settings one by one: each is asked for when it is looked at.
    def __missing__(self, name: str) -> Any:
        return getattr(settings, name)

    def get(self, name: str, default: Any = None) -> Any:
        return getattr(settings, name, default)
