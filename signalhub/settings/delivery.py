"""What is sent elsewhere: where to, how much at once, and as whom."""

from __future__ import annotations

from signalhub.settings import limits
from signalhub.settings.env import env, secret

# Networks to which webhooks go although they are nobody's on the internet: receivers of one's own.
DELIVERY_ALLOWED_NETWORKS = env.list("DELIVERY_ALLOWED_NETWORKS", default=[])
DELIVERY_PORTS = [int(port) for port in env.list("DELIVERY_PORTS", default=["443", "8443"])]
DELIVERY_SLOTS = env.int("DELIVERY_SLOTS", default=limits.DELIVERY_SLOTS)
DELIVERY_RETENTION_DAYS = env.int("DELIVERY_RETENTION_DAYS", default=limits.DELIVERY_RETENTION_DAYS)
PUBLIC_PRICE_RETENTION_DAYS = env.int(
    "PUBLIC_PRICE_RETENTION_DAYS", default=limits.PUBLIC_PRICE_RETENTION_DAYS
)
COMMON_STREAMS_FOLLOWED_MAX = env.int(
    "COMMON_STREAMS_FOLLOWED_MAX", default=limits.COMMON_STREAMS_FOLLOWED_MAX
)
DELIVERY_ANSWER_SECONDS = env.float(
    "DELIVERY_ANSWER_SECONDS", default=limits.DELIVERY_ANSWER_SECONDS
)
DELIVERY_LEASE_SECONDS = env.int("DELIVERY_LEASE_SECONDS", default=limits.DELIVERY_LEASE_SECONDS)
# A bot of Telegram's that writes to its subscribers; without its token nobody can add a chat.
TELEGRAM_BOT_TOKEN = secret("TELEGRAM_BOT_TOKEN", default="")
TELEGRAM_BOT_NAME = env.str("TELEGRAM_BOT_NAME", default="")
TELEGRAM_API_URL = env.str("TELEGRAM_API_URL", default="https://api.telegram.org").rstrip("/")
