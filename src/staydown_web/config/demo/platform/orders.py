"""Asks for orders, carries them out, answers."""

from __future__ import annotations

import re
import threading

from staydown_web.config.demo.platform.client import Client, StaydownUnreachableError
from staydown_web.config.demo.platform.posts import Posts

PAUSE_S = 1.0
_ADDRESS = re.compile(r"https?://[^/]+/(?:p|media|held)/([a-z0-9-]+)")


class OrderThread(threading.Thread):
    """Polls until it is stopped: for platforms that nobody can reach from outside.

    Args:
        client: calls Staydown.
        posts: what the orders are about.
    """

    def __init__(self, client: Client, posts: Posts) -> None:
        super().__init__(name="orders", daemon=True)
        self._client, self._posts = client, posts
        self._stopped = threading.Event()

    def run(self) -> None:
        """Poll again and again."""
        while not self._stopped.is_set():
            if not self.poll_once():
                self._stopped.wait(PAUSE_S)

    def poll_once(self) -> bool:
        """Ask once.

        Returns:
            Whether Staydown answered. An order that could not be answered comes again.
        """
        try:
            for order in self._client.orders():
                post_id = order.content_ref or post_of(order.content_url)
                done = self._posts.obey(post_id=post_id, what=order.what)
                self._client.answer(order, is_done=done)
        except StaydownUnreachableError:
            return False
        return True

    def stop(self) -> None:
        """End after the present call."""
        self._stopped.set()


def post_of(url: str) -> str:
    """The id of the post that an address of ours belongs to; empty where it belongs to none."""
    found = _ADDRESS.match(url)
    return found[1] if found else ""
