"""``python -m staydown_client.edge``: the same as ``staydown edge``."""

import sys

from staydown.cli.program import run

if __name__ == "__main__":
    raise SystemExit(run(["edge", *sys.argv[1:]]))
