"""Django's backend for SQLite, another way to wait for one's turn to write, and its commits."""

from staydown_web.base.sqlite.commits import Commits, commits_of
from staydown_web.base.sqlite.turns import NOW_AND_THEN_S, OFTEN_S, look_often

__all__ = ["NOW_AND_THEN_S", "OFTEN_S", "Commits", "commits_of", "look_often"]
