"""What the api process serves: pages and API, without WebSockets."""

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from signalhub.bounded import BoundedAsgi
from signalhub.serving.wsgi_pool import WsgiPool

application = BoundedAsgi(WsgiPool(get_wsgi_application(), threads=settings.HTTP_THREADS))
