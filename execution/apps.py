from django.apps import AppConfig
from django.conf import settings


class ExecutionConfig(AppConfig):
    name = "execution"
    verbose_name = "Executions"

    def ready(self) -> None:
        # Every process that may run scripts gets the settings; nothing is started here.
        from execution.sandbox import supervisor

        required = settings.SANDBOX_REQUIRED_LAYERS
        supervisor.configure(
            supervisor.SandboxConfig(
                profile=settings.SANDBOX_PROFILE,
                required_layers=frozenset(required) if required else None,
                pool_size=settings.SANDBOX_POOL,
            )
        )
