"""The private key of this replica, and the key of what lies on its disk.

The private key (X25519) is a file of its owner alone that lies outside the data, best handed in by
the service manager. What the hub sends opens with it. The key of the disk is made of it and of a
half that only the hub keeps, so that the disk alone opens nothing: see ADR-0076.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from staydown.errors import ConfigError
from staydown_client.edge.errors import HubError

KEY_BYTES = 32
_SENT_INFO = b"staydown replica/1"
_DISK_INFO = b"staydown edge disk/1"


@dataclass(frozen=True, slots=True)
class EdgeKey:
    """The private key of a replica.

    Attributes:
        private: 32 bytes.
    """

    private: bytes

    @property
    def public(self) -> str:
        """What the hub needs to know: 64 hex digits."""
        return (
            X25519PrivateKey.from_private_bytes(self.private).public_key().public_bytes_raw().hex()
        )

    def open(self, sealed: bytes, *, context: str) -> bytes:
        """Open what the hub sealed to this key.

        Args:
            sealed: a fresh public key (32), then AES-256-GCM.
            context: what was asked, and for which agreement.

        Raises:
            HubError: not sealed to this key, not in this context, or damaged on its way.
        """
        sent, box = sealed[:KEY_BYTES], sealed[KEY_BYTES:]
        owner = bytes.fromhex(self.public)
        try:
            private = X25519PrivateKey.from_private_bytes(self.private)
            shared = private.exchange(X25519PublicKey.from_public_bytes(sent))
            key = HKDF(SHA256(), KEY_BYTES, salt=sent + owner, info=_SENT_INFO).derive(shared)
            return AESGCM(key).decrypt(bytes(12), box, context.encode())
        except (ValueError, InvalidTag):
            raise HubError(
                "what the hub sent does not open with the key of STAYDOWN_EDGE_KEY; the agreement "
                "has to name the public key that `staydown edge key` prints of it"
            ) from None

    def disk_key(self, lock: bytes) -> bytes:
        """The key of the copy on disk; it takes both halves.

        Args:
            lock: the hub's half, 32 bytes.
        """
        return HKDF(SHA256(), KEY_BYTES, salt=lock, info=_DISK_INFO).derive(self.private)


def make_key(path: Path) -> EdgeKey:
    """Make a key, readable by its owner alone.

    Raises:
        ConfigError: there is one already, or it cannot be written there.
    """
    private = X25519PrivateKey.generate().private_bytes_raw()
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        raise ConfigError(f"{path} is there already; a key is never replaced") from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}") from None
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(private)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        path.unlink(missing_ok=True)  # half a key would be in the way of a whole one
        raise ConfigError(f"{path} cannot be written: {error.strerror}") from None
    return EdgeKey(private)


def read_key(path: Path) -> EdgeKey:
    """Read a key.

    Raises:
        ConfigError: missing, damaged, or others may read it.
    """
    try:
        private = path.read_bytes()
        found = path.stat()
    except OSError as error:
        raise ConfigError(
            f"the key {path} cannot be read: {error.strerror}; `staydown edge key` makes one"
        ) from None
    if len(private) != KEY_BYTES:
        raise ConfigError(f"{path} is no key: {len(private)} bytes, want {KEY_BYTES}")
    if stat.S_IMODE(found.st_mode) & 0o077 and not _is_credential(path):
        raise ConfigError(f"{path} can be read by others; run: chmod 600 {path}")
    return EdgeKey(private)


def _is_credential(path: Path) -> bool:
    """Whether the service manager handed it in, in a folder of this service alone."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    return bool(folder) and path.resolve().is_relative_to(Path(folder or "").resolve())
