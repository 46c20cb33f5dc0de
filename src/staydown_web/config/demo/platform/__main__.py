"""``python -m staydown_web.config.demo.platform``: the demo platform, on this machine alone."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from staydown_web.config.demo.platform.client import Client
from staydown_web.config.demo.platform.orders import OrderThread
from staydown_web.config.demo.platform.posts import Posts
from staydown_web.config.demo.platform.seeds import first_posts
from staydown_web.config.demo.platform.site import Site
from staydown_web.config.folders import refusal_of
from staydown_web.config.processes import end_with_parent

STYLE = Path(__file__).parents[2] / "static" / "staydown.css"


class Server(ThreadingMixIn, WSGIServer):
    """One thread a request."""

    daemon_threads = True


class QuietHandler(WSGIRequestHandler):
    """Writes no line a request."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name it has
        """Leave it out."""


def main() -> None:
    """Serve until SIGTERM."""
    reader = argparse.ArgumentParser(prog="demo platform")
    reader.add_argument("--host", required=True)
    reader.add_argument("--port", type=int, required=True)
    reader.add_argument("--folder", type=Path, required=True)
    reader.add_argument("--staydown", required=True)
    given = reader.parse_args()
    end_with_parent()
    os.umask(0o077)
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(0))
    try:
        posts = Posts(given.folder)
        posts.seed(first_posts())
    except OSError as error:
        sys.exit(f"error[config_error]: {refusal_of(error)}")
    client = Client(given.staydown, (given.folder / "key").read_text(encoding="ascii").strip())
    OrderThread(client, posts).start()
    style = STYLE.read_bytes() + (Path(__file__).parent / "platform.css").read_bytes()
    origin = f"http://{given.host}:{given.port}"
    site = Site(posts, client, given.folder / "copies", style, origin, given.staydown)
    with make_server(
        given.host, given.port, site, server_class=Server, handler_class=QuietHandler
    ) as server:
        server.serve_forever()


if __name__ == "__main__":
    main()
