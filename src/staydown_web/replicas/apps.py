"""The room as a Django app."""

from django.apps import AppConfig


class ReplicasConfig(AppConfig):
    """Replicas."""

    name = "staydown_web.replicas"
    label = "replicas"
