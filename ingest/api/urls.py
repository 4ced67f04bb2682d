from django.urls import path

from ingest.api import views

urlpatterns = [
    path("api/v1/signals", views.create_signal, name="signals"),
]
