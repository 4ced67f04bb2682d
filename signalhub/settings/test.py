"""Settings of the tests: the real servers, a fast password hasher, a Redis database per worker."""

import os

worker = os.environ.get("PYTEST_XDIST_WORKER")
if worker and os.environ.get("REDIS_URL_IS_OF") != worker:
    # Tests that run side by side must not empty each other's queue. The processes that they start
    # inherit the address as it is.
    server, _, _ = os.environ["REDIS_URL"].rpartition("/")
    os.environ["REDIS_URL"] = f"{server}/{int(worker.removeprefix('gw')) + 1}"
    os.environ["REDIS_URL_IS_OF"] = worker

os.environ.setdefault("RATE_LIMITS_ENABLED", "false")  # but for the tests of the limits
os.environ.setdefault("DATABASE_SCOPE", "platform")  # tests arrange what is of any tenant

from signalhub.settings.base import *  # noqa: E402, F403

# Static files are found where they lie; the folder they would be collected in must exist.
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # noqa: F405
MIDDLEWARE.append("tests.forced_scope.forced_scope_middleware")  # noqa: F405
# Enough to see that evidence is made, of what, and what follows from it.
EVIDENCE_TRIAL_BARS = int(os.environ.get("EVIDENCE_TRIAL_BARS", "40"))
EVIDENCE_PROOF_SECONDS = float(os.environ.get("EVIDENCE_PROOF_SECONDS", "1"))
EVIDENCE_WAIT_SECONDS = 0
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
DATABASES["default"]["CONN_MAX_AGE"] = 0  # noqa: F405
