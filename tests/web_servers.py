"""Small servers on this machine that answer as hostile or broken ones do; and a name server."""

from __future__ import annotations

import datetime as dt
import ipaddress
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import dns.message
import dns.resolver
import dns.rrset
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Reply = Callable[[socket.socket, bytes], None]
"""What a server does with a connection whose request it has read."""
_LENGTH = re.compile(rb"(?i)\r\ncontent-length: (\d+)\r\n")


@dataclass
class Served:
    """A running server, and what it was asked."""

    host: str
    port: int
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0

    @property
    def origin(self) -> str:
        return f"http://{self.host}:{self.port}"


@contextmanager
def serving(
    reply: Reply, *, host: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None
) -> Iterator[Served]:
    """Serve until the block ends, each connection in a thread of its own."""
    listener = socket.create_server((host, port))
    served = Served(host, listener.getsockname()[1])

    def talk(connection: socket.socket) -> None:
        with suppress(OSError):
            peer = tls.wrap_socket(connection, server_side=True) if tls else connection
            with peer:
                request = b""
                while not _is_whole(request) and (data := peer.recv(65536)):
                    request += data
                served.requests.append(request)
                reply(peer, request)
        connection.close()

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            served.connections += 1
            connection.settimeout(20)
            threading.Thread(target=talk, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        # Closing alone does not wake the thread that waits for a connection.
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def _is_whole(request: bytes) -> bool:
    head, end, body = request.partition(b"\r\n\r\n")
    length = _LENGTH.search(head + b"\r\n")
    return bool(end) and len(body) >= (int(length[1]) if length else 0)


def answering(
    body: bytes = b"", *, status: str = "200 OK", length: bool = True, **headers: str
) -> Reply:
    """An ordinary answer; names of headers are written with underscores.

    It says that the connection ends, as it does: who keeps one may else ask on one that is closing.
    """
    headers = {"Connection": "close", **headers}

    def reply(peer: socket.socket, request: bytes) -> None:
        lines = [f"HTTP/1.1 {status}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        lines += [f"Content-Length: {len(body)}"] if length else []
        peer.sendall("\r\n".join([*lines, "", ""]).encode() + body)

    return reply


@dataclass
class Names:
    """A name server: each question takes the next answer of the name, the last one stays."""

    port: int
    answers: dict[str, list[list[str]]]
    asked: list[str] = field(default_factory=list)

    def resolve(self, name: str, timeout_s: float) -> list[str]:
        """What ``Fetcher.resolve`` wants, asked of this server by UDP."""
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers, resolver.port = ["127.0.0.1"], self.port
        found = resolver.resolve(name, "A", lifetime=timeout_s, search=False)
        return [row.to_text() for row in found]


@contextmanager
def naming(answers: dict[str, list[list[str]]]) -> Iterator[Names]:
    """Answer questions for addresses until the block ends."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))
    names = Names(server.getsockname()[1], answers)

    def answer() -> None:
        while True:
            try:
                data, peer = server.recvfrom(2048)
            except OSError:
                return
            if not data:
                return
            question = dns.message.from_wire(data)
            name = question.question[0].name.to_text().rstrip(".")
            names.asked.append(name)
            rows = answers[name]
            row = rows.pop(0) if len(rows) > 1 else rows[0]
            made = dns.message.make_response(question)
            made.answer.append(dns.rrset.from_text(f"{name}.", 0, "IN", "A", *row))
            server.sendto(made.to_wire(), peer)

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    try:
        yield names
    finally:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as waker:
            waker.sendto(b"", ("127.0.0.1", names.port))
        thread.join(5)
        server.close()


def certificate(folder: Path, name: str, *, days: int = 1) -> tuple[Path, ssl.SSLContext]:
    """A certificate that signs itself, for a name or address: its file and a server's context.

    Args:
        folder: where its files go.
        name: a name, or an address of this machine.
        days: how long it holds; 0 or less has run out.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    try:
        other: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        other = x509.DNSName(name)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=3))
        .not_valid_after(now + dt.timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([other]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / f"{name}.crt", folder / f"{name}.key"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    return public, context
