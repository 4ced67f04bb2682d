"""The admin site: the order of its apps, and who gets in."""

from __future__ import annotations

from django.contrib import admin


class SignalHubAdminSite(admin.AdminSite):
    site_header = "SignalHub"
    site_title = "SignalHub"
    index_title = "Overview"
    site_url = "/"
    enable_nav_sidebar = True
