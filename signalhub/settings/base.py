"""The Django settings; development and production differ only by their environment."""

from __future__ import annotations

from pathlib import Path

import django_stubs_ext
from csp.constants import NONE, SELF

from signalhub.settings import limits
from signalhub.settings.api import *  # noqa: F403
from signalhub.settings.config_service import DEVELOPMENTS
from signalhub.settings.delivery import *  # noqa: F403
from signalhub.settings.env import env, problems, secret
from signalhub.settings.limits import *  # noqa: F403  apps read the numbers from django.conf.settings
from signalhub.settings.logs import logging_settings
from signalhub.settings.mail import mail_settings

django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent.parent
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var")))

ENVIRONMENT = env.str("ENVIRONMENT", default="development").strip().lower()
# A name that nobody thought of is as strict as production: "prod" must not mean development.
PRODUCTION = ENVIRONMENT not in DEVELOPMENTS
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = secret("SECRET_KEY", default=None if PRODUCTION else "development-only-not-a-secret")
# What is stored encrypted is read with any of these and written with the first.
ENCRYPTION_KEYS = [
    key.strip() for key in secret("ENCRYPTION_KEYS", default="").split(",") if key.strip()
] or [SECRET_KEY]
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "signalhub.apps.SignalHubAdminConfig",
    "accounts",  # before auth: the command changepassword is ours
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "channels",
    "csp",
    "django_filters",
    "django_q",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "rest_framework",
    "signalhub",
    "registry",
    "market",
    "streams",
    "gateway",
    "execution",
    "ingest",
]

MIDDLEWARE = [
    "signalhub.secure_headers.secure_headers_middleware",
    "common.http.request_log.request_log_middleware",
    "signalhub.error_pages.bare_error_middleware",
    "accounts.middleware.row_scope_middleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "accounts.middleware.AuthenticationMiddleware",
    "accounts.enrolment_gate.EnrolmentGate",
    "accounts.edge_middleware.EdgeTrustMiddleware",
    "accounts.rate_headers.rate_limit_middleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "signalhub.urls"
ASGI_APPLICATION = "signalhub.asgi.application"
WSGI_APPLICATION = "signalhub.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = {
    "default": env.db_url_config(
        secret("DATABASE_URL", default="postgres://signalhub@127.0.0.1:5432/signalhub")
    )
}
DATABASES["default"]["ENGINE"] = "common.scoped_postgresql"
DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DATABASES["default"]["OPTIONS"] = {
    "connect_timeout": limits.DATABASE_CONNECT_SECONDS,
    "tcp_user_timeout": limits.DATABASE_SILENCE_SECONDS * 1000,
    "keepalives_idle": limits.DATABASE_SILENCE_SECONDS,
    **DATABASES["default"].get("OPTIONS", {}),
}
# In whose name a process asks the database until it says otherwise: nobody's, so that a web process
# sees no tenant's row before it knows who asks. manage.py makes its own processes "platform".
DATABASE_SCOPE = env.str("DATABASE_SCOPE", default="")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = secret("REDIS_URL", default="redis://127.0.0.1:6379/0")
# Tests of everything else switch the limits off; production refuses to start without them.
RATE_LIMITS_ENABLED = env.bool("RATE_LIMITS_ENABLED", default=True)
ANONYMOUS_REQUESTS_PER_MINUTE = env.int(
    "ANONYMOUS_REQUESTS_PER_MINUTE", default=limits.ANONYMOUS_REQUESTS_PER_MINUTE
)
PRODUCER_SIGNALS_PER_MINUTE = env.int(
    "PRODUCER_SIGNALS_PER_MINUTE", default=limits.PRODUCER_SIGNALS_PER_MINUTE
)
SCRIPT_EXECUTIONS_PER_MINUTE = env.int(
    "SCRIPT_EXECUTIONS_PER_MINUTE", default=limits.SCRIPT_EXECUTIONS_PER_MINUTE
)
SCRIPT_READS_PER_MINUTE = env.int("SCRIPT_READS_PER_MINUTE", default=limits.SCRIPT_READS_PER_MINUTE)
TICK_OUTLIER_FACTOR = env.float("TICK_OUTLIER_FACTOR", default=limits.TICK_OUTLIER_FACTOR)
TICK_FUTURE_SKEW_SECONDS = env.float(
    "TICK_FUTURE_SKEW_SECONDS", default=limits.TICK_FUTURE_SKEW_SECONDS
)
TICK_GRACE_SECONDS = env.float("TICK_GRACE_SECONDS", default=limits.TICK_GRACE_SECONDS)
BAR_GRACE_SECONDS = env.float("BAR_GRACE_SECONDS", default=limits.BAR_GRACE_SECONDS)
EXECUTION_QUEUE_MAX = env.int("EXECUTION_QUEUE_MAX", default=limits.EXECUTION_QUEUE_MAX)
WEB_REQUESTS_AT_ONCE = env.int("WEB_REQUESTS_AT_ONCE", default=limits.WEB_REQUESTS_AT_ONCE)

CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [REDIS_URL], "prefix": "signalhub"},
    },
}
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL},
}

# The queue carries execution ids and nothing else: on Redis django-q2 delivers at most once, so our
# own rows with lease and fence are the truth, and no result is kept here.
Q_CLUSTER = {
    "name": "signalhub",
    "workers": env.int("WORKERS", default=2),
    "recycle": 2000,
    "timeout": limits.TASK_TIMEOUT_SECONDS,
    "retry": limits.TASK_TIMEOUT_SECONDS + 30,
    "save_limit": -1,
    "ack_failures": True,
    "catch_up": False,
    "scheduler": False,
    "queue_limit": 2,  # what the cluster holds itself is invisible to the reaper: keep it in Redis
    "redis": REDIS_URL,
    "broker_class": "execution.broker.ClusterBroker",
    "label": "Queue",
    "poll": 0.2,
}

WATCHDOG_CANARY_SECONDS = env.int("WATCHDOG_CANARY_SECONDS", default=limits.WATCHDOG_CANARY_SECONDS)
WATCHDOG_STALL_SECONDS = env.int("WATCHDOG_STALL_SECONDS", default=limits.WATCHDOG_STALL_SECONDS)
MARKET_SHARDS = env.int("MARKET_SHARDS", default=limits.MARKET_SHARDS)
EVIDENCE_TRIAL_BARS = env.int("EVIDENCE_TRIAL_BARS", default=limits.EVIDENCE_TRIAL_BARS)
EVIDENCE_PROOF_SECONDS = env.float("EVIDENCE_PROOF_SECONDS", default=limits.EVIDENCE_PROOF_SECONDS)
EXECUTION_LEASE_SECONDS = env.int("EXECUTION_LEASE_SECONDS", default=limits.EXECUTION_LEASE_SECONDS)

S3_ENDPOINT = env.str("S3_ENDPOINT", default="http://127.0.0.1:8333")
S3_ACCESS_KEY = secret("S3_ACCESS_KEY", default="")
S3_SECRET_KEY = secret("S3_SECRET_KEY", default="")
S3_BUCKET = env.str("S3_BUCKET", default="signalhub")
S3_REGION = env.str("S3_REGION", default="us-east-1")
S3_PUBLIC_ENDPOINT = env.str("S3_PUBLIC_ENDPOINT", default="")  # in presigned addresses
S3_ADDRESSING = env.str("S3_ADDRESSING", default="path")
SCRIPT_CACHE_DIR = Path(env.str("SCRIPT_CACHE_DIR", default=str(VAR_DIR / "script-cache")))

# "container" is chosen, never fallen back to: there the container has to be the outer wall.
SANDBOX_PROFILE = env.str("SANDBOX_PROFILE", default="host")
SANDBOX_REQUIRED_LAYERS = env.list(
    "SANDBOX_REQUIRED_LAYERS", default=[]
)  # empty: what the profile requires; +name and -name change that
SANDBOX_POOL = env.int("SANDBOX_POOL", default=1)
SANDBOX_RENEW_AFTER_RUNS = env.int(
    "SANDBOX_RENEW_AFTER_RUNS", default=limits.SANDBOX_RENEW_AFTER_RUNS
)
SANDBOX_RENEW_AFTER_GROWTH_MB = env.int(
    "SANDBOX_RENEW_AFTER_GROWTH_MB", default=limits.SANDBOX_RENEW_AFTER_GROWTH_MB
)
CAPSULE_RETENTION_DAYS = env.int("CAPSULE_RETENTION_DAYS", default=limits.CAPSULE_RETENTION_DAYS)

# What concerns every house is done by superusers, and by the operators of this one.
PLATFORM_HOUSE = env.str("PLATFORM_HOUSE", default="")
HMAC_PRODUCER_ENABLED = env.bool("HMAC_PRODUCER_ENABLED", default=PRODUCTION)
HMAC_PRODUCER_SECRET = secret("HMAC_PRODUCER_SECRET", default="")  # of the first producer
INGEST_CONNECTIONS = env.int("INGEST_CONNECTIONS", default=limits.INGEST_CONNECTIONS)
INGEST_WAITING_MAX = env.int("INGEST_WAITING_MAX", default=limits.INGEST_WAITING_MAX)
SIGNALS_BATCH_MAX_BYTES = env.int("SIGNALS_BATCH_MAX_BYTES", default=limits.SIGNALS_BATCH_MAX_BYTES)
SIGNALS_PAYLOAD_MAX_BYTES = env.int(
    "SIGNALS_PAYLOAD_MAX_BYTES", default=limits.SIGNALS_PAYLOAD_MAX_BYTES
)

# Outputs are marked for each product subscription; without it everybody is given exact values.
WATERMARK_ENFORCEMENT_ENABLED = env.bool("WATERMARK_ENFORCEMENT_ENABLED", default=True)
WATERMARK_ENFORCEMENT_POLICY = env.str("WATERMARK_ENFORCEMENT_POLICY", default="auto-enforce")
WATERMARK_SECRET = secret(
    "WATERMARK_SECRET", default="" if PRODUCTION else "development-only-marks-prove-nothing"
)

# Alerts go to the operators' addresses; without a mail server they are written to the log.
EMAIL_HOST = env.str("EMAIL_HOST", default="")
EMAIL_PORT = env.int("EMAIL_PORT", default=587)
EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", default="")
EMAIL_HOST_PASSWORD = secret("EMAIL_HOST_PASSWORD", default="")
EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", default=True)
EMAIL_TIMEOUT = limits.EMAIL_TIMEOUT_SECONDS
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'console'}.EmailBackend"
# The same in one line, such as smtp+tls://user:password@mail.example.com:587; it wins.
EMAIL_URL = secret("EMAIL_URL", default="")
if EMAIL_URL:
    globals().update(mail_settings(EMAIL_URL, problems))
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="signalhub@localhost")

# Where people reach us: in links of what is sent to them.
PUBLIC_URL = env.str(
    "PUBLIC_URL",
    default=f"https://{ALLOWED_HOSTS[0]}"
    if PRODUCTION and ALLOWED_HOSTS
    else "http://localhost:8000",
).rstrip("/")
# With it other services of the platform verify and exchange execution tokens; without it nobody.
INTERNAL_API_KEY = secret("INTERNAL_API_KEY", default="")
# From where they do. Empty: from anywhere outside production, from nowhere in production.
INTERNAL_ALLOWED_NETWORKS = env.list("INTERNAL_ALLOWED_NETWORKS", default=[])

# With edge trust the API is spoken to through an API gateway alone, which says who asks. Two
# secrets with a comma between while one replaces the other; from where, as networks.
EDGE_TRUST = env.bool("EDGE_TRUST", default=False)
GATEWAY_SECRETS = [
    text.strip() for text in secret("GATEWAY_SECRET", default="").split(",") if text.strip()
]
GATEWAY_ALLOWED_NETWORKS = env.list("GATEWAY_ALLOWED_NETWORKS", default=[])
# Proxies that say with X-Forwarded-For from whom a request came; of nobody else is it believed.
TRUSTED_PROXIES = env.list("TRUSTED_PROXIES", default=[])

# Another marketplace whose products can be brought here; its presigned addresses may only lead to
# itself and to these hosts, as host:port.
MARKETPLACE_URL = env.str("MARKETPLACE_URL", default="")
MARKETPLACE_API_KEY = secret("MARKETPLACE_API_KEY", default="")
MARKETPLACE_STORE_HOSTS = env.list("MARKETPLACE_STORE_HOSTS", default=[])

# With it a metrics collector reads GET /metrics; without it only operators do.
METRICS_TOKEN = secret("METRICS_TOKEN", default="")

CSRF_FAILURE_VIEW = "signalhub.error_pages.csrf_failure"

AUTH_USER_MODEL = "accounts.User"
SESSION_ENGINE = "accounts.sessions"
SESSION_COOKIE_AGE = limits.SESSION_SECONDS
# Access and refresh tokens: one algorithm, HS256, with a key that signs nothing else.
JWT_SIGNING_KEY = secret(
    "JWT_SIGNING_KEY", default=None if PRODUCTION else "development-only-tokens-prove-nothing"
)
JWT_ISSUER = env.str("JWT_ISSUER", default="signalhub")
JWT_AUDIENCE = env.str("JWT_AUDIENCE", default="signalhub-api")
# Staff then enrol a second factor before they see any page of the admin.
STAFF_SECOND_FACTOR_REQUIRED = env.bool("STAFF_SECOND_FACTOR_REQUIRED", default=PRODUCTION)
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": limits.PASSWORD_LENGTH_MIN},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True
FORMAT_MODULE_PATH = "signalhub.formats"

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = not PRODUCTION
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "whitenoise.storage.CompressedManifestStaticFilesStorage"
            if PRODUCTION
            else "django.contrib.staticfiles.storage.StaticFilesStorage"
        )
    },
}

# With HTTPS browsers talk to us over TLS alone, which ends at the proxy in front.
HTTPS = env.bool("HTTPS", default=PRODUCTION)
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
# Our servers take the scheme from proxies they know; where none is named, from whoever is there.
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if PRODUCTION and not TRUSTED_PROXIES else None
)
SECURE_SSL_REDIRECT = HTTPS and PRODUCTION
# Machines inside ask for these without the proxy.
SECURE_REDIRECT_EXEMPT = [r"^health(/live|/ready)?$", r"^metrics$"]
SECURE_HSTS_SECONDS = limits.HSTS_SECONDS if SECURE_SSL_REDIRECT else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE_SSL_REDIRECT
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
# A browser takes a __Host- cookie from this host alone, and over TLS alone.
SESSION_COOKIE_NAME = "__Host-sessionid" if HTTPS else "sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken" if HTTPS else "csrftoken"
DATA_UPLOAD_MAX_MEMORY_SIZE = FILE_UPLOAD_MAX_MEMORY_SIZE = limits.BODY_MAX_BYTES
DATA_UPLOAD_MAX_NUMBER_FIELDS = limits.FORM_FIELDS_MAX
DATA_UPLOAD_MAX_NUMBER_FILES = limits.FORM_FILES_MAX
X_FRAME_OPTIONS = "DENY"

# How long our servers wait for the parts of a request, and how much they take in.
HTTP_HEAD_SECONDS = env.float("HTTP_HEAD_SECONDS", default=limits.HTTP_HEAD_SECONDS)
HTTP_BODY_SECONDS = env.float("HTTP_BODY_SECONDS", default=limits.HTTP_BODY_SECONDS)
HTTP_THREADS = env.int("HTTP_THREADS", default=limits.HTTP_THREADS)
# Files that are sent while they are made. Fewer than threads, so that pages always have some.
DOWNLOADS_AT_ONCE = max(1, HTTP_THREADS // 2)
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
        "frame-src": [NONE],
        "worker-src": [NONE],
        "manifest-src": [SELF],
    },
}

DEMO = env.bool("DEMO", default=False)  # the landing page then shows the demo users' sign-in
DEMO_PASSWORD = env.str("DEMO_PASSWORD", default="demo-signalhub")
DEMO_PACE_IS_GIVEN = "DEMO_PACE" in env.ENVIRON
DEMO_PACE_BARS_PER_SECOND = env.float("DEMO_PACE", default=1.0)

LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
LOG_JSON = env.bool("LOG_JSON", default=PRODUCTION)
LOGGING = logging_settings(LOG_LEVEL, as_json=LOG_JSON)
