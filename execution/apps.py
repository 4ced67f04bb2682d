from django.apps import AppConfig
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


class ExecutionConfig(AppConfig):
    name = "execution"
    verbose_name = "Executions"

    def ready(self) -> None:
        # Every process that may run scripts gets the settings; nothing is started here.
        from execution.sandbox import supervisor
        from execution.sandbox.layers import REQUIRED

        if settings.SANDBOX_PROFILE not in REQUIRED:
            raise ImproperlyConfigured(
                f"SANDBOX_PROFILE is {settings.SANDBOX_PROFILE!r}; write {' or '.join(REQUIRED)}."
            )
        if settings.CAPSULE_RETENTION_DAYS < 1:
            raise ImproperlyConfigured("CAPSULE_RETENTION_DAYS is at least 1.")
        required = settings.SANDBOX_REQUIRED_LAYERS
        supervisor.configure(
            supervisor.SandboxConfig(
                profile=settings.SANDBOX_PROFILE,
                required_layers=frozenset(required) if required else None,
                pool_size=settings.SANDBOX_POOL,
            )
        )
