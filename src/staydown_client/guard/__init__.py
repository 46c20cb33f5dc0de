"""A small server in front of an app that cannot be changed: uploads are checked, then passed on.

``staydown guard`` or ``python -m staydown_client.guard`` runs it; docs/howto/nginx.md shows where
it stands. It needs the packages ``httpx`` and ``multipart``, and no database.
"""

from staydown_client.guard.serving import Guard, GuardSettings

__all__ = ["Guard", "GuardSettings"]
