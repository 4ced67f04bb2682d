"""HTTP without WebSockets, for a production api process."""

import os

from django.core.wsgi import get_wsgi_application

from signalhub.bounded import BoundedWsgi

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "signalhub.settings.base")
application = BoundedWsgi(get_wsgi_application())
