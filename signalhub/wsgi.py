"""HTTP without WebSockets, for a production api process."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "signalhub.settings.base")
django = get_wsgi_application()

# The apps are loaded from here on: who sends a file is looked up in models.
from signalhub.bounded import BoundedWsgi  # noqa: E402

application = BoundedWsgi(django)
