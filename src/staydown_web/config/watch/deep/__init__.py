"""The deep check: ``staydown doctor --deep``."""
