"""Addresses of the streams API."""


urlpatterns = []
