"""Django's backend for SQLite, with another way to wait for one's turn to write."""

from staydown_web.base.sqlite.turns import look_often

__all__ = ["look_often"]
