"""Settings of the tests: the real servers, a fast password hasher, a Redis database per worker."""

import os

if worker := os.environ.get("PYTEST_XDIST_WORKER"):
    # Tests that run side by side must not empty each other's queue.
    server, _, _ = os.environ["REDIS_URL"].rpartition("/")
    os.environ["REDIS_URL"] = f"{server}/{int(worker.removeprefix('gw')) + 1}"

from signalhub.settings.base import *  # noqa: F403

# Static files are found where they lie; the folder they would be collected in must exist.
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # noqa: F405
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
DATABASES["default"]["CONN_MAX_AGE"] = 0  # noqa: F405
