"""HTTP without WebSockets, for a production api process."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "signalhub.settings.base")
application = get_wsgi_application()
