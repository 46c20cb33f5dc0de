"""Argon2 with the least memory, so that tests spend their time on what they test."""

from __future__ import annotations

from django.contrib.auth.hashers import Argon2PasswordHasher


class QuickArgon2Hasher(Argon2PasswordHasher):
    """The same function at its lowest cost."""

    time_cost = 1
    memory_cost = 8
    parallelism = 1
