"""Settings by environment: one table of names, each with its check; read once, at start."""

from __future__ import annotations

import hashlib
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from staydown.errors import ConfigError
from staydown_web.config.observed import OBSERVED, Observed, observed_of
from staydown_web.config.outward import dns_servers, more_hosts, parts_of, proxy_of, sender_of
from staydown_web.config.secret_files import with_secret_files

DEFAULT_URL = "http://127.0.0.1:8000"
"""Where the service answers unless somebody says otherwise."""
_STORES = ("s3", "s3a", "gs", "az", "abfs", "abfss", "file")
"""Kinds of address that segments may travel by."""


@dataclass(frozen=True, slots=True)
class Variable:
    """One name that is read here; docs/operations.md prints them all.

    Attributes:
        name: of the environment variable.
        default: what holds without it, in Markdown; empty where nothing does.
        meaning: what it is for.
    """

    name: str
    default: str
    meaning: str


VARIABLES = (
    Variable("STAYDOWN_HOME", "`./staydown-data`", "Folder of database, segments and audit."),
    Variable(
        "STAYDOWN_KEYS",
        "`STAYDOWN_HOME/keys`",
        "Folder of the keys. Back it up apart from the database.",
    ),
    Variable(
        "STAYDOWN_URL",
        "`http://HOST:PORT`",
        "The address under which people reach the service, without a path. With `https`, cookies "
        "are secure and browsers insist on it.",
    ),
    Variable("STAYDOWN_HOSTS", "", "More names to answer to, separated by commas."),
    Variable(
        "DATABASE_URL",
        "SQLite in `STAYDOWN_HOME`",
        "`postgresql://USER:PASSWORD@HOST:PORT/NAME` or `sqlite:///PATH`.",
    ),
    Variable(
        "STAYDOWN_MAIL_URL",
        "",
        "`smtp://USER:PASSWORD@HOST:PORT`, or `smtps` for TLS from the start. Without it no letter "
        "is sent.",
    ),
    Variable("STAYDOWN_MAIL_FROM", "`mail@` the name in `STAYDOWN_URL`", "Sender of letters."),
    Variable(
        "DATABASE_URL_FILE",
        "",
        "A file that holds `DATABASE_URL`, so that no list of processes shows it. "
        "`STAYDOWN_MAIL_URL_FILE` and `STAYDOWN_TRANSPARENCY_TOKEN_FILE` do the same.",
    ),
    Variable(
        "STAYDOWN_SHARED_MEMORY",
        "a folder of ours in `/dev/shm`",
        "Folder for opened segments. In memory, never on a disk.",
    ),
    Variable(
        "STAYDOWN_SEGMENTS_URL",
        "",
        "Where sealed segments travel between machines: `s3://BUCKET/FOLDER`, `gs://…`, `az://…`, "
        "or a shared folder, `file:///FOLDER`. See [more than one machine]"
        "(howto/several-machines.md). Without it each machine starts from its own disk.",
    ),
    Variable(
        "STAYDOWN_BEHIND_PROXY",
        "`0`",
        "`1` trusts `X-Forwarded-Proto` and the last `X-Forwarded-For` of one proxy. Only where "
        "nobody reaches the port past that proxy.",
    ),
    Variable(
        "STAYDOWN_EXIT_URL", "a blank page", "Where “Leave now” leads, such as a weather page."
    ),
    Variable(
        "STAYDOWN_TIMESTAMP_URL",
        "",
        "Address of a timestamp authority (RFC 3161). With it, digests of receipts, records and "
        "the audit are stamped there; nothing else is sent.",
    ),
    Variable(
        "STAYDOWN_TRANSPARENCY_URL",
        "",
        "Address of the Transparency Database's API, without a path of a call, such as "
        "`https://transparency.example/api/v1`. Without it nothing is sent there.",
    ),
    Variable(
        "STAYDOWN_TRANSPARENCY_TOKEN",
        "",
        "Bearer token for that API. It stands for one platform: the one that takes notices which "
        "name none.",
    ),
    Variable(
        "STAYDOWN_DNS_SERVERS",
        "the system's",
        "Name servers that [the map of a site](escalation-map.md) asks: addresses such as "
        "`192.0.2.53` or `192.0.2.53:5353`, separated by commas.",
    ),
    Variable(
        "STAYDOWN_ESCALATION_PROXY",
        "",
        "HTTP proxy for looks at other people's sites, such as `http://proxy.example:3128`. It "
        "must allow CONNECT to ports 80 and 443. Nothing else goes through it.",
    ),
    Variable(
        "STAYDOWN_SECOND_PROXY",
        "",
        "The same in another country: a reported link that is not found by the first way is looked "
        "for by this one, so that closed to one country is told from gone.",
    ),
    Variable(
        "STAYDOWN_HMA_KEYLESS",
        "`0`",
        "`1` answers [HMA's calls](hma.md) of programs on this machine without a key, about banks "
        "that were made so and no others. Not together with `STAYDOWN_BEHIND_PROXY`.",
    ),
    *(Variable(*row) for row in OBSERVED),
    Variable("STAYDOWN_DEMO", "`0`", "Set by `serve --demo`: open doors, on this machine alone."),
    Variable("STAYDOWN_DEMO_PORT", "`8001`", "Port of the demo platform; set by `serve --demo`."),
    Variable("STAYDOWN_DEBUG_PAGES", "`0`", "Django's error pages. They show secrets."),
)


@dataclass(frozen=True, slots=True)
class Environment:
    """What the surroundings say.

    Attributes:
        home: folder of database, keys and segments.
        keys: folder of the keys.
        database_url: SQLite in ``home`` by default.
        public_url: the address under which people reach the service, without a slash at its end.
        hosts: names under which requests are accepted.
        mail_url: ``smtp://user:password@host:port`` or empty; ``smtps`` for TLS from the start.
        mail_from: sender of letters.
        shared_memory: folder in memory for decrypted segments.
        segments_url: object store through which sealed segments travel; empty: none.
        behind_proxy: trust ``X-Forwarded-Proto`` and ``X-Forwarded-For`` of one proxy.
        demo: the guided sample case and the demo platform.
        demo_origin: where that platform is; empty without ``demo``.
        debug: Django's debug pages; never on a real installation.
        exit_url: where "Leave now" leads, such as a weather page; empty: a blank page.
        hma_keyless: whether programs on this machine may make HMA's calls without a key.
        transparency_url: of the Transparency Database's API; empty: nothing is sent there.
        transparency_token: bearer token for it.
        timestamp_url: of a timestamp authority; empty: nothing is stamped.
        dns_servers: address and port of name servers for maps of sites; empty: the system's.
        escalation_proxy: HTTP proxy for looks at other people's sites; empty: none.
        second_proxy: another one, by which links are looked for that the first does not find.
        observed: form of the log, who reads metrics, where traces go.
    """

    home: Path
    keys: Path
    database_url: str
    public_url: str
    hosts: list[str]
    mail_url: str
    mail_from: str
    shared_memory: Path
    segments_url: str
    behind_proxy: bool
    hma_keyless: bool
    demo: bool
    demo_origin: str
    debug: bool
    exit_url: str
    timestamp_url: str
    transparency_url: str
    transparency_token: str
    dns_servers: list[tuple[str, int]]
    escalation_proxy: str
    second_proxy: str
    observed: Observed

    @property
    def is_https(self) -> bool:
        """Whether people reach the service through TLS."""
        return self.public_url.startswith("https://")


def read_environment(values: Mapping[str, str] | None = None) -> Environment:
    """Read and check the settings; one that is set to nothing is one that is not set.

    Raises:
        ConfigError: which setting is wrong, and what it should be.
    """
    given = with_secret_files(os.environ if values is None else values)
    values = {name: value for name, value in given.items() if value.strip()}
    home = Path(values.get("STAYDOWN_HOME", "staydown-data")).absolute()
    public_url = values.get("STAYDOWN_URL", DEFAULT_URL).rstrip("/")
    parts = parts_of(public_url)
    is_bare = parts.netloc and parts.geturl() == f"{parts.scheme}://{parts.netloc}"
    if parts.scheme not in {"http", "https"} or not parts.hostname or not is_bare or parts.username:
        raise ConfigError(
            "STAYDOWN_URL is not an address such as https://staydown.example: want http or https, "
            "a name, a port where it needs one, and no path"
        )
    extra = more_hosts(values.get("STAYDOWN_HOSTS", ""))
    return Environment(
        home=home,
        keys=Path(values.get("STAYDOWN_KEYS", str(home / "keys"))).absolute(),
        database_url=_database(values.get("DATABASE_URL", ""), home),
        public_url=public_url,
        hosts=[parts.hostname, "127.0.0.1", "localhost", "[::1]", *extra],
        mail_url=_mail(values.get("STAYDOWN_MAIL_URL", "")),
        mail_from=sender_of(values.get("STAYDOWN_MAIL_FROM", "")) or f"mail@{parts.hostname}",
        shared_memory=_shared_memory(values.get("STAYDOWN_SHARED_MEMORY", ""), home),
        segments_url=_segments(values.get("STAYDOWN_SEGMENTS_URL", "")),
        behind_proxy=_flag(values, "STAYDOWN_BEHIND_PROXY"),
        hma_keyless=_keyless(values),
        demo=_flag(values, "STAYDOWN_DEMO"),
        demo_origin=_demo_origin(values),
        debug=_flag(values, "STAYDOWN_DEBUG_PAGES"),
        exit_url=_exit(values.get("STAYDOWN_EXIT_URL", "")),
        **_transparency(values),
        timestamp_url=_authority(values.get("STAYDOWN_TIMESTAMP_URL", "")),
        dns_servers=dns_servers(values.get("STAYDOWN_DNS_SERVERS", "")),
        escalation_proxy=proxy_of(values.get("STAYDOWN_ESCALATION_PROXY", "")),
        second_proxy=proxy_of(values.get("STAYDOWN_SECOND_PROXY", "")),
        observed=observed_of(values),
    )


def _keyless(values: Mapping[str, str]) -> bool:
    if not _flag(values, "STAYDOWN_HMA_KEYLESS"):
        return False
    if _flag(values, "STAYDOWN_BEHIND_PROXY"):
        raise ConfigError(
            "STAYDOWN_HMA_KEYLESS and STAYDOWN_BEHIND_PROXY do not go together: behind a proxy "
            "every caller seems to be on this machine; give the client a key"
        )
    return True


def _database(url: str, home: Path) -> str:
    if not url:
        return f"sqlite:///{home / 'staydown.sqlite3'}"
    scheme = url.partition(":")[0]
    if scheme not in {"sqlite", "postgres", "postgresql"}:
        raise ConfigError(
            "DATABASE_URL starts with an unknown kind; want sqlite:///PATH or "
            "postgresql://USER:PASSWORD@HOST:PORT/NAME"
        )
    parts = parts_of(url)
    if not parts.path.strip("/") or (scheme == "sqlite" and parts.netloc):
        raise ConfigError(
            "DATABASE_URL cannot be read; want sqlite:///PATH, or postgresql://USER:PASSWORD@HOST:"
            "PORT/NAME, with signs of the password such as / # [ written as %2F %23 %5B"
        )
    return url


def _segments(url: str) -> str:
    parts = parts_of(url)
    if url and (parts.scheme not in _STORES or parts.query or not parts.netloc + parts.path):
        raise ConfigError(
            "STAYDOWN_SEGMENTS_URL: want the address of an object store, such as "
            "s3://bucket/segments, or of a shared folder, such as file:///srv/segments"
        )
    if parts.username or parts.password:
        raise ConfigError(
            "STAYDOWN_SEGMENTS_URL holds credentials; put them into the environment (AWS_…) instead"
        )
    return url.rstrip("/")


def _mail(url: str) -> str:
    parts = parts_of(url)
    if url and (parts.scheme not in {"smtp", "smtps"} or not parts.hostname):
        raise ConfigError("STAYDOWN_MAIL_URL: want smtp://HOST:PORT or smtps://HOST:PORT")
    return url


def _demo_origin(values: Mapping[str, str]) -> str:
    if not _flag(values, "STAYDOWN_DEMO"):
        return ""
    port = values.get("STAYDOWN_DEMO_PORT", "8001")
    if not port.isdigit() or not 0 < int(port) < 65_536:
        raise ConfigError("STAYDOWN_DEMO_PORT is not a port; want a number such as 8001")
    return f"http://127.0.0.1:{port}"


def _exit(url: str) -> str:
    parts = parts_of(url)
    if url and (parts.scheme not in {"http", "https"} or not parts.hostname):
        raise ConfigError("STAYDOWN_EXIT_URL: want a public page such as https://weather.example")
    return url


def _authority(url: str) -> str:
    parts = parts_of(url)
    if url and (parts.scheme not in {"http", "https"} or not parts.hostname or len(url) > 200):
        raise ConfigError(
            "STAYDOWN_TIMESTAMP_URL: want the address of an authority, such as "
            "https://timestamp.example/tsr"
        )
    return url


def _transparency(values: Mapping[str, str]) -> dict[str, str]:
    url = values.get("STAYDOWN_TRANSPARENCY_URL", "").rstrip("/")
    token = values.get("STAYDOWN_TRANSPARENCY_TOKEN", "").strip()
    parts = parts_of(url)
    if url and (parts.scheme not in {"http", "https"} or not parts.hostname or parts.query):
        raise ConfigError(
            "STAYDOWN_TRANSPARENCY_URL: want an address such as https://transparency.example/api/v1"
        )
    if url and not (token and token.isascii() and token.isprintable()):
        raise ConfigError(
            "STAYDOWN_TRANSPARENCY_TOKEN is missing, or no token: want it beside its URL"
        )
    return {"transparency_url": url, "transparency_token": token}


def _shared_memory(path: str, home: Path) -> Path:
    if path:
        return Path(path).absolute()
    folder = Path("/dev/shm")  # noqa: S108 - memory, and a folder of our own in it
    # A name that two installations of one user do not share.
    name = f"staydown-{os.getuid()}-{hashlib.sha256(str(home).encode()).hexdigest()[:12]}"
    return (folder if folder.is_dir() else home / "memory") / name


def _flag(values: Mapping[str, str], name: str) -> bool:
    value = values.get(name, "").strip().lower()
    if value in {"", "0", "no", "false", "off"}:
        return False
    if value in {"1", "yes", "true", "on"}:
        return True
    raise ConfigError(f"{name} is neither yes nor no; want 1 or 0")


def table() -> str:
    """All variables as a Markdown table."""
    head = "| variable | without it | what it is for |\n| --- | --- | --- |\n"
    return head + "".join(f"| `{v.name}` | {v.default} | {v.meaning} |\n" for v in VARIABLES)


def with_table(page: str) -> str:
    """A page with the table between its marks anew."""
    begin, end = "<!-- variables -->\n", "<!-- /variables -->"
    return re.sub(f"(?s){begin}.*?{end}", lambda _: f"{begin}{table()}{end}", page)


def main() -> None:
    """Write the table into docs/operations.md."""
    path = Path(sys.argv[1])
    path.write_text(with_table(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
