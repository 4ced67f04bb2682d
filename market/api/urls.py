"""Addresses of the doors for prices."""

from django.urls import path

from market.api import uploads, views

urlpatterns = [
    path("api/v2/market/ticks", views.TicksView.as_view()),
    path("api/v2/market/bars", views.BarsView.as_view()),
    path("api/v2/market/corrections", views.CorrectionsView.as_view()),
    path("api/v2/market/uploads", uploads.UploadsView.as_view()),
    path("api/v2/market/uploads/<uuid:upload_id>", uploads.UploadView.as_view()),
]
