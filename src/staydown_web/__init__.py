"""The service: Django rooms over the library. ``staydown serve`` starts it."""
