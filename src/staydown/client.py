"""``staydown.client``: the client of a service, from the package ``staydown_client``.

    from staydown.client import Client

It needs httpx: ``pip install 'staydown[client]'``. Programs that only ask a service, and decode
nothing themselves, install ``staydown-client`` and import ``staydown_client``.
"""

from __future__ import annotations

from staydown.errors import ConfigError

try:
    from staydown_client import *  # noqa: F403 - the same names, all of them
except ModuleNotFoundError as error:
    if error.name not in {"httpx", "staydown_client"}:
        raise
    raise ConfigError(
        "the client needs httpx, which is not installed: pip install 'staydown[client]'"
    ) from None
