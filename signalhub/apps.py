from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class SignalHubAdminConfig(AdminConfig):
    default_site = "signalhub.admin_site.SignalHubAdminSite"


class SignalHubConfig(AppConfig):
    name = "signalhub"
    verbose_name = "SignalHub"
