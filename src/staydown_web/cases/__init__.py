"""Notices, claims, items, the person's wishes, withdrawal."""
