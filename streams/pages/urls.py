"""Addresses of the pages about deliveries."""

from django.urls import path

from streams.pages import deliveries, links, steps

ONE = "deliveries/<uuid:destination_id>"

urlpatterns = [
    path("deliveries/", deliveries.index, name="deliveries"),
    path("deliveries/new", deliveries.new, name="delivery-new"),
    path(f"{ONE}/", deliveries.destination, name="delivery-destination"),
    path(f"{ONE}/streams", steps.follow, name="delivery-follow"),
    path(f"{ONE}/do/<str:action>", steps.do, name="delivery-do"),
    path(f"{ONE}/secret", deliveries.secret, name="delivery-secret"),
    path(f"{ONE}/remove", deliveries.remove, name="delivery-remove"),
    path("deliveries/log/<uuid:delivery_id>", steps.delivery, name="delivery"),
    path("deliveries/confirm/<str:token>", links.confirm, name="delivery-confirm"),
    path("deliveries/unsubscribe/<str:token>", links.unsubscribe, name="delivery-unsubscribe"),
]
