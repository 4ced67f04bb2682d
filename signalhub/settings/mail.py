"""Which mail server to hand mail to, from one line of the environment."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

from signalhub.settings.problems import Problem

SCHEMES = {"smtp": {}, "smtp+tls": {"USE_TLS": True}, "smtps": {"USE_SSL": True}}
SMTP = "django.core.mail.backends.smtp.EmailBackend"
CONSOLE = "django.core.mail.backends.console.EmailBackend"


def mail_settings(url: str, problems: list[Problem]) -> dict[str, Any]:
    """Return Django's settings for a URL such as ``smtp+tls://user:password@host:587``.

    ``console:`` writes mail to the log. What cannot be read is noted as a problem.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme == "console":
        return {"EMAIL_BACKEND": CONSOLE}
    if parts.scheme not in SCHEMES or not parts.hostname:
        problems.append(
            Problem(
                code="signalhub.E005",
                message="EMAIL_URL cannot be read.",
                fix="Write smtp+tls://user:password@host:587, smtps://…, smtp://… or console:.",
            )
        )
        return {"EMAIL_BACKEND": CONSOLE}
    safe: dict[str, bool] = SCHEMES[parts.scheme]
    return {
        "EMAIL_BACKEND": SMTP,
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": port or (465 if "USE_SSL" in safe else 587 if safe else 25),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": safe.get("USE_TLS", False),
        "EMAIL_USE_SSL": safe.get("USE_SSL", False),
    }
