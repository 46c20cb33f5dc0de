"""Addresses of this room."""

from __future__ import annotations

from django.urls import path

from staydown_web.actions import views

app_name = "actions"
urlpatterns = [
    path("deliveries/", views.deliveries, name="deliveries"),
    path("deliveries/<uuid:order_id>/", views.order, name="order"),
    path("deliveries/<uuid:order_id>/again", views.order_again, name="order_again"),
    path("deliveries/messages/<uuid:delivery_id>/replay", views.replay, name="replay"),
    path("deliveries/messages/<uuid:delivery_id>/now", views.send_now, name="send_now"),
    path("endpoints/", views.endpoints, name="endpoints"),
    path("endpoints/add", views.add_endpoint, name="add_endpoint"),
    path("endpoints/<uuid:endpoint_id>/", views.endpoint, name="endpoint"),
    path("endpoints/<uuid:endpoint_id>/secret", views.rotate, name="rotate"),
    path("endpoints/<uuid:endpoint_id>/change", views.change_endpoint, name="change_endpoint"),
]
