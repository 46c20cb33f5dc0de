"""Copies of banks that a program near a platform may hold."""
