"""Scenarios by name, each with what is right about its chain."""

from little_internet.scenarios import hosting, naming_troubles, pages, registration
from little_internet.scenarios.ordinary import HOST, World, ordinary
from little_internet.scenarios.telling import SCENARIOS, Edge, Told

__all__ = [
    "HOST",
    "SCENARIOS",
    "Edge",
    "Told",
    "World",
    "hosting",
    "naming_troubles",
    "ordinary",
    "pages",
    "registration",
]
