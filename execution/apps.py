from django.apps import AppConfig
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


class ExecutionConfig(AppConfig):
    name = "execution"
    verbose_name = "Executions"

    def ready(self) -> None:
        # Every process that may run scripts gets the settings; nothing is started here.
        from execution.sandbox import supervisor
        from execution.sandbox.config import MEBIBYTE
        from execution.sandbox.layers import REQUIRED, UnknownLayer, required_layers
        from execution.services import isolation

        profile = settings.SANDBOX_PROFILE
        if profile not in REQUIRED:
            raise ImproperlyConfigured(
                f"SANDBOX_PROFILE is {profile!r}; write {' or '.join(REQUIRED)}."
            )
        try:
            required = required_layers(profile, settings.SANDBOX_REQUIRED_LAYERS)
        except UnknownLayer as fault:
            raise ImproperlyConfigured(f"SANDBOX_REQUIRED_LAYERS: {fault}.") from fault
        supervisor.configure(
            supervisor.SandboxConfig(
                profile=profile,
                required_layers=required,
                pool_size=settings.SANDBOX_POOL,
                renew_after_runs=settings.SANDBOX_RENEW_AFTER_RUNS,
                renew_after_growth_bytes=settings.SANDBOX_RENEW_AFTER_GROWTH_MB * MEBIBYTE,
            ),
            when_changed=isolation.announce_change,
        )
