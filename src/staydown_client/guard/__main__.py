"""``python -m staydown_client.guard``: the same as ``staydown guard``."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

from staydown_client.errors import SettingError
from staydown_client.guard.serving import Guard, GuardSettings


def main() -> int:
    """Read the arguments and serve; Ctrl-C ends it."""
    reader = argparse.ArgumentParser(prog="staydown guard", allow_abbrev=False)
    reader.add_argument("--upstream", required=True, help="http://host:port of the app")
    reader.add_argument("--service", required=True, help="address of the Staydown service")
    reader.add_argument("--secret-file", required=True, help="a file that holds the hook's secret")
    reader.add_argument("--on-unreachable", required=True, choices=("open", "closed"))
    reader.add_argument("--listen", default="127.0.0.1:8180", help="host:port of the guard")
    reader.add_argument("--path", action="append", help="look at requests that begin so")
    given = reader.parse_args()
    try:
        return run(
            upstream=given.upstream,
            service=given.service,
            secret_file=given.secret_file,
            on_unreachable=given.on_unreachable,
            listen=given.listen,
            paths=tuple(given.path or ("/",)),
        )
    except SettingError as error:
        sys.stderr.write(f"error[{error.code}]: {error}\n")
        return 2


def run(
    *,
    upstream: str,
    service: str,
    secret_file: str,
    on_unreachable: str,
    listen: str,
    paths: tuple[str, ...],
) -> int:
    """Serve until Ctrl-C or SIGTERM.

    Raises:
        SettingError: the settings cannot work.
    """
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s %(message)s", level="INFO")
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it names every address that it asks
    host, _, port = listen.rpartition(":")
    if not host or not port.isdigit():
        raise SettingError("listen is host:port")
    try:
        secret = Path(secret_file).read_text(encoding="utf-8").strip()
    except OSError:
        raise SettingError("the file with the secret cannot be read") from None
    if on_unreachable not in {"open", "closed"}:
        raise SettingError("on_unreachable is open or closed")
    settings = GuardSettings(
        upstream=upstream,
        service=service,
        secret=secret,
        on_unreachable="open" if on_unreachable == "open" else "closed",
        host=host.strip("[]"),
        port=int(port),
        paths=paths,
    )
    try:
        guard = Guard(settings)
    except OSError:
        raise SettingError("this address cannot be listened on; is it in use?") from None
    with guard:
        sys.stderr.write(
            f"guard: http://{listen} in front of {upstream}; "
            f"while {service} does not answer, uploads are "
            f"{'stored unchecked' if on_unreachable == 'open' else 'refused'}\n"
        )
        try:
            guard.serve_forever()
        except KeyboardInterrupt:
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
