"""What the api process serves: pages and API, without WebSockets."""

from django.conf import settings

from signalhub.serving.wsgi_pool import WsgiPool
from signalhub.wsgi import application as django_application

application = WsgiPool(
    django_application,
    threads=settings.HTTP_THREADS,
    waiting=settings.HTTP_WAITING_MAX,
)
