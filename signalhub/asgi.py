"""HTTP and WebSockets in one process."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "signalhub.settings.base")
django = get_asgi_application()

# The apps are loaded from here on: consumers import models.
from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402

from common.http.request_log import name_sockets  # noqa: E402
from ingest.api.asgi import SignalIntake  # noqa: E402
from ingest.api.doors import DOORS  # noqa: E402
from signalhub.bounded import BoundedAsgi  # noqa: E402
from streams.origins import KnownOrigins  # noqa: E402
from streams.routing import websocket_urlpatterns  # noqa: E402

application = ProtocolTypeRouter(
    {
        "http": SignalIntake(DOORS, otherwise=BoundedAsgi(django)),
        "websocket": name_sockets(
            KnownOrigins(AuthMiddlewareStack(URLRouter(websocket_urlpatterns)))
        ),
    }
)
