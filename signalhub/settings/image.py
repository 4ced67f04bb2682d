"""Settings of the image's build: static files as production serves them, and no secret."""

from signalhub.settings.base import *  # noqa: F403

STORAGES["staticfiles"]["BACKEND"] = (  # noqa: F405
    "whitenoise.storage.CompressedManifestStaticFilesStorage"
)
