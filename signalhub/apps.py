from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps


class SignalHubAdminConfig(admin_apps.AdminConfig):
    default = False
    default_site = "signalhub.admin_site.SignalHubAdminSite"


class SignalHubConfig(AppConfig):
    default = True
    name = "signalhub"
    verbose_name = "SignalHub"

    def ready(self) -> None:
        from signalhub import checks

        checks.refuse_to_start()
