"""A timestamp authority of our own on this machine: real tokens by ``openssl ts`` (RFC 3161)."""

from __future__ import annotations

import datetime as dt
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from web_servers import Served, serving

_CONFIG = """
[tsa]
default_tsa = tsa1
[tsa1]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/signer.pem
certs = {folder}/root.pem
signer_key = {folder}/signer.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
ess_cert_id_alg = sha256
accuracy = secs:1
"""


@dataclass
class Authority:
    """A running authority.

    Attributes:
        served: what it was asked.
        root: its certificate in PEM, as people would be given it.
        answer: changes what it answers; the identity unless a test says otherwise.
    """

    served: Served
    root: bytes
    answer: Callable[[bytes], bytes] = field(default=lambda token: token)
    status: str = "200 OK"

    @property
    def url(self) -> str:
        return f"{self.served.origin}/tsr"


@contextmanager
def timestamp_authority() -> Iterator[Authority]:
    """Serve until the block ends."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        root = _make(folder)
        box: list[Authority] = []

        def reply(peer: socket.socket, request: bytes) -> None:
            query = request.partition(b"\r\n\r\n")[2]
            token = box[0].answer(_token(folder, query))
            head = (
                f"HTTP/1.1 {box[0].status}\r\nContent-Type: application/timestamp-reply\r\n"
                f"Content-Length: {len(token)}\r\n\r\n"
            )
            peer.sendall(head.encode() + token)

        with serving(reply) as served:
            box.append(Authority(served, root))
            yield box[0]


def _token(folder: Path, query: bytes) -> bytes:
    with (
        tempfile.NamedTemporaryFile(dir=folder) as asked,
        tempfile.NamedTemporaryFile(dir=folder) as made,
    ):
        Path(asked.name).write_bytes(query)
        command = ["openssl", "ts", "-reply", "-queryfile", asked.name, "-out", made.name]
        subprocess.run(
            [*command, "-config", str(folder / "openssl.cnf"), "-section", "tsa1"],
            check=True,
            capture_output=True,
        )
        return Path(made.name).read_bytes()


def _make(folder: Path) -> bytes:
    """Keys and certificates of a root and of a signer below it; the root's certificate."""
    root_key, signer_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Example root")])
    signer_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Example time stamps")])
    root = (
        _begun(root_name, root_name, root_key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(_usage(is_root=True), critical=True)
        .sign(root_key, hashes.SHA256())
    )
    signer = (
        _begun(signer_name, root_name, signer_key)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(is_root=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
        .sign(root_key, hashes.SHA256())
    )
    root_pem = root.public_bytes(serialization.Encoding.PEM)
    (folder / "root.pem").write_bytes(root_pem)
    (folder / "signer.pem").write_bytes(signer.public_bytes(serialization.Encoding.PEM))
    (folder / "signer.key").write_bytes(
        signer_key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    (folder / "serial").write_text("01\n")
    (folder / "openssl.cnf").write_text(_CONFIG.format(folder=folder))
    return root_pem


def _begun(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey
) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=2))
    )


def _usage(*, is_root: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_root,
        content_commitment=not is_root,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_root,
        crl_sign=is_root,
        encipher_only=False,
        decipher_only=False,
    )
