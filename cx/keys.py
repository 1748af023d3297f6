"""The secret behind pseudonyms and vault: where it comes from, what is derived from it."""

from __future__ import annotations

import hashlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from cx.errors import UserError
from cx.settings import Settings

_SECRET_BYTES = 32


@dataclass(frozen=True, repr=False)
class Keys:
    """Keys derived from one secret; `key_id` tells two secrets apart without revealing either."""

    token: bytes
    seal: bytes
    erasure: bytes
    key_id: str

    def hmac_pads(self, key: bytes | None = None) -> tuple[bytes, bytes]:
        """Return HMAC-SHA256's inner and outer pad of a key (RFC 2104), 64 bytes each.

        Default: of the token key.
        """
        block = (key or self.token).ljust(64, b"\0")
        return bytes(byte ^ 0x36 for byte in block), bytes(byte ^ 0x5C for byte in block)


def load_keys(settings: Settings) -> Keys:
    """Read the secret from CX_KEY (hex), from the file CX_KEY_FILE, or from the home's own file.

    Raises
    ------
    UserError
        When a secret is given but unusable, or the home has a vault but no secret any more.
    """
    given = os.environ.get("CX_KEY")
    path = Path(os.environ.get("CX_KEY_FILE") or settings.state / "vault.key")
    if given:
        return _derive(_parse(given, "environment variable CX_KEY"))
    if path.exists():
        return _derive(_parse(path.read_text(encoding="ascii", errors="replace"), str(path)))
    if settings.vault.exists():
        raise UserError(
            f"the vault exists but its key file {path} does not; restore the key, "
            "or set CX_KEY_FILE (without it sealed identities cannot be read)"
        )
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    secret = secrets.token_hex(_SECRET_BYTES)
    partial = path.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400), "w") as file:
        file.write(secret + "\n")
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    return _derive(bytes.fromhex(secret))


def _parse(text: str, where: str) -> bytes:
    try:
        secret = bytes.fromhex(text.strip())
    except ValueError:
        secret = b""
    if len(secret) < _SECRET_BYTES:
        raise UserError(
            f"the key in {where} is not {_SECRET_BYTES} bytes written as hexadecimal; "
            "make one with `openssl rand -hex 32`"
        )
    return secret


def _derive(secret: bytes) -> Keys:
    def derived(purpose: bytes) -> bytes:
        return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(secret)

    return Keys(
        token=derived(b"cx pseudonyms 1"),
        seal=derived(b"cx vault 1"),
        erasure=derived(b"cx erasures 1"),
        key_id=hashlib.sha256(derived(b"cx key id 1")).hexdigest()[:12],
    )
