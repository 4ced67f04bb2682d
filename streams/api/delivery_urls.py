"""Addresses of the API of destinations and deliveries."""

from django.urls import path

from streams.api import deliveries as views

ONE = "api/v2/destinations/<uuid:destination_id>"

urlpatterns = [
    path("api/v2/destinations", views.DestinationsView.as_view()),
    path(ONE, views.DestinationView.as_view()),
    path(f"{ONE}/rotate-secret", views.SecretView.as_view()),
    path(f"{ONE}/test", views.TestView.as_view()),
    path(f"{ONE}/streams", views.FollowingsView.as_view()),
    path(f"{ONE}/streams/<int:following_id>", views.FollowingView.as_view()),
    path(f"{ONE}/replay", views.ReplayView.as_view()),
    path(f"{ONE}/resend-failed", views.ResendFailedView.as_view()),
    path("api/v2/deliveries", views.DeliveriesView.as_view()),
    path("api/v2/deliveries/<uuid:delivery_id>", views.DeliveryView.as_view()),
    path("api/v2/deliveries/<uuid:delivery_id>/resend", views.ResendView.as_view()),
]
