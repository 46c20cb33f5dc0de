"""Django's backend for SQLite, with another way to wait for one's turn to write."""

from staydown_web.base.sqlite.turns import NOW_AND_THEN_S, OFTEN_S, look_often

__all__ = ["NOW_AND_THEN_S", "OFTEN_S", "look_often"]
