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
from cx.files import write_whole
from cx.settings import Settings
from cx.warehouse import reading

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

    The pseudonyms' secret comes first; once the sealing key was rotated a secret of its own follows
    (CX_SEAL_KEY, or the file's second line).

    Raises
    ------
    UserError
        When a secret is given but unusable, or the home has a vault but no secret any more.
    """
    given = os.environ.get("CX_KEY")
    if given:
        seal = os.environ.get("CX_SEAL_KEY")
        return _derive(
            _parse(given, "environment variable CX_KEY"),
            _parse(seal, "environment variable CX_SEAL_KEY") if seal else None,
        )
    path = key_file(settings)
    _settle(settings, path)
    if path.exists():
        return keys_of(path)
    if settings.vault.exists():
        raise UserError(
            f"the vault exists but its key file {path} does not; restore the key, "
            "or set CX_KEY_FILE (without it sealed identities cannot be read)"
        )
    secret = secrets.token_hex(_SECRET_BYTES)
    write_secret(path, secret)
    return _derive(bytes.fromhex(secret))


def key_file(settings: Settings) -> Path:
    """Return the file that holds the secret when the environment does not."""
    return Path(os.environ.get("CX_KEY_FILE") or settings.state / "vault.key")


def next_key_file(path: Path) -> Path:
    """Return where a rotation keeps the secrets to come, until the vault is sealed by them."""
    return path.with_name(path.name + ".next")


def keys_of(path: Path) -> Keys:
    """Return the keys of a secret file."""
    lines = path.read_text(encoding="ascii", errors="replace").split()
    token, *seal = lines or [""]
    return _derive(_parse(token, str(path)), _parse(seal[0], str(path)) if seal else None)


def with_new_seal(path: Path) -> str:
    """Return a secret file's text with a new secret for sealing; pseudonyms stay as they are."""
    (token, *_) = path.read_text(encoding="ascii").split()
    return f"{token}\n{secrets.token_hex(_SECRET_BYTES)}"


def write_secret(path: Path, text: str) -> None:
    """Write a secret file whole or not at all, for its owner only."""
    write_whole(path, text + "\n", mode=0o400)


def _settle(settings: Settings, path: Path) -> None:
    """End a rotation that was cut short: by what the vault is sealed with, that key is kept."""
    coming = next_key_file(path)
    if not coming.exists():
        return
    if vault_key_ids(settings) <= {keys_of(coming).key_id}:
        coming.replace(path)
    else:
        coming.unlink()


def vault_key_ids(settings: Settings) -> set[str]:
    """Return the ids of the keys that sealed what the vault holds."""
    if not settings.vault.exists():
        return set()
    with reading(settings, settings.vault) as vault:
        return {
            key_id
            for (table,) in vault.execute(
                "select table_name from duckdb_columns() where column_name = 'key_id'"
            ).fetchall()
            for (key_id,) in vault.execute(f"select distinct key_id from {table}").fetchall()
        }


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


def _derive(secret: bytes, seal: bytes | None = None) -> Keys:
    def derived(purpose: bytes, of: bytes = secret) -> bytes:
        return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(of)

    return Keys(
        token=derived(b"cx pseudonyms 1"),
        seal=derived(b"cx vault 1", seal or secret),
        erasure=derived(b"cx erasures 1"),
        key_id=hashlib.sha256(derived(b"cx key id 1", seal or secret)).hexdigest()[:12],
    )
