"""Settings from a configuration service, for those who keep theirs in one.

Used when CONFIG_SERVICE_URL is set: what the environment does not say is asked for there, with
``GET {url}/api/v1/secrets/{NAME}`` or ``…/config/{NAME}``. An answer of 404 means that the service
does not know it either, and the setting keeps its default. Anything else stops the start.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from signalhub.settings.problems import Problem
from signalhub.settings.secret_rules import NAMES as SECRETS

SERVICE_NAME = "signalhub"
TIMEOUT_SECONDS = 5.0
ATTEMPTS = 3
LONGEST_WAIT_SECONDS = 2.0  # between two attempts
ANSWER_MAX_BYTES = 64 * 1024
DEVELOPMENTS = ("development", "test")
# What differs between installations and is no secret; everything else has a default of ours.
CONFIG = (
    "ALLOWED_HOSTS",
    "CSRF_TRUSTED_ORIGINS",
    "EDGE_TRUST",
    "GATEWAY_ALLOWED_NETWORKS",
    "INTERNAL_ALLOWED_NETWORKS",
    "LOG_LEVEL",
    "MARKETPLACE_URL",
    "S3_BUCKET",
    "S3_ENDPOINT",
    "S3_PUBLIC_ENDPOINT",
    "S3_REGION",
    "TRUSTED_PROXIES",
)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    # The key in the header is for this address and for no other.
    def redirect_request(self, *_: Any) -> None:
        return None


class _NotAnswered(Exception):
    """The service did not say what a key's value is."""


class _Silent(_NotAnswered):
    """It did not answer at all, or said that it cannot at the moment."""


@dataclass(frozen=True, kw_only=True)
class ConfigService:
    """Where the service is, and as whom it is asked."""

    url: str
    api_key: str
    environment: str

    def value_or_none(self, kind: str, name: str) -> str | None:
        """Return the value of a key, or None when the service does not know the key."""
        request = urllib.request.Request(
            f"{self.url.rstrip('/')}/api/v1/{kind}/{quote(name)}",
            headers={
                "Authorization": f"Bearer {self.api_key}",
                "X-Service-Name": SERVICE_NAME,
                "X-Environment": self.environment,
                "Accept": "application/json",
            },
        )
        # No proxy of the environment: it would be handed every secret.
        opener = urllib.request.build_opener(_NoRedirect, urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=TIMEOUT_SECONDS) as reply:
                return _value_in(reply.read(ANSWER_MAX_BYTES))
        except urllib.error.HTTPError as error:
            error.close()
            if error.code == HTTPStatus.NOT_FOUND:
                return None
            trouble = _Silent if error.code >= HTTPStatus.INTERNAL_SERVER_ERROR else _NotAnswered
            raise trouble(f"it answered {error.code}") from None
        except OSError as error:
            raise _Silent(f"it did not answer ({type(error).__name__})") from None
        except ValueError as error:
            raise _NotAnswered(f"it did not answer ({type(error).__name__})") from None


def values_for(environment: Mapping[str, str], problems: list[Problem]) -> dict[str, str]:
    """Return what the service says of the settings that an environment leaves open.

    Nothing is asked when there is no CONFIG_SERVICE_URL. What goes wrong is added to ``problems``.
    """
    url = environment.get("CONFIG_SERVICE_URL", "")
    if not url:
        return {}
    name = environment.get("ENVIRONMENT", "development").strip().lower()
    objection = _objection_to(url, environment, in_production=name not in DEVELOPMENTS)
    if objection is not None:
        problems.append(objection)
        return {}
    service = ConfigService(url=url, api_key=_api_key(environment), environment=name)
    return _fetch_all(service, environment, problems)


def _fetch_all(
    service: ConfigService, environment: Mapping[str, str], problems: list[Problem]
) -> dict[str, str]:
    found: dict[str, str] = {}
    attempts = Retrying(
        stop=stop_after_attempt(ATTEMPTS),
        wait=wait_random_exponential(multiplier=0.2, max=LONGEST_WAIT_SECONDS),
        retry=retry_if_exception_type(_Silent),
        reraise=True,
    )
    for kind, names in (("secrets", SECRETS), ("config", CONFIG)):
        for name in names:
            if environment.get(name) or environment.get(f"{name}_FILE"):
                continue
            try:
                value = attempts(service.value_or_none, kind, name)
            except _NotAnswered as error:
                problems.append(_no_answer(name, str(error)))
                # This is its breaker: what is down after some attempts is down for every key, and
                # before the settings are read there is nobody to share that with.
                return found
            if value is not None:
                found[name] = value
    return found


def _objection_to(
    url: str, environment: Mapping[str, str], *, in_production: bool
) -> Problem | None:
    address = urlsplit(url)
    if address.scheme not in ("http", "https") or not address.hostname:
        return _refused("CONFIG_SERVICE_URL is no http address.", "Give its https address.")
    if in_production and address.scheme != "https":
        return _refused(
            "CONFIG_SERVICE_URL is not https: every secret would travel in the open.",
            "Give its https address.",
        )
    if not _api_key(environment):
        return _refused(
            "CONFIG_SERVICE_URL is set and CONFIG_SERVICE_API_KEY is not.",
            "Set it, or CONFIG_SERVICE_API_KEY_FILE with the path of a file that holds it.",
        )
    return None


def _api_key(environment: Mapping[str, str]) -> str:
    path = environment.get("CONFIG_SERVICE_API_KEY_FILE", "")
    if not path:
        return environment.get("CONFIG_SERVICE_API_KEY", "").strip()
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        return ""


def _value_in(answer: bytes) -> str:
    body = json.loads(answer)
    value = body.get("value") if isinstance(body, dict) else None
    if not isinstance(value, str) or not value.strip():
        raise _NotAnswered("its answer holds no value")
    return value.strip()


def _no_answer(name: str, reason: str) -> Problem:
    return Problem(
        code="signalhub.E003",
        message=f"The configuration service was asked for {name}, and {reason}.",
        fix=f"Look at CONFIG_SERVICE_URL and CONFIG_SERVICE_API_KEY, or set {name} here.",
    )


def _refused(message: str, fix: str) -> Problem:
    return Problem(code="signalhub.E004", message=message, fix=fix)
