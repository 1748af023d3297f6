"""The vault sealed anew with another key: the old one or the new one, never a mix."""

from __future__ import annotations

import os

from cx.audit import record
from cx.errors import UserError
from cx.keys import key_file, keys_of, load_keys, next_key_file, with_new_seal, write_secret
from cx.runs import StepResult
from cx.settings import Settings
from cx.warehouse import compacted, writing
from ingest.journal import entries, rewrite
from ingest.pseudonyms import check_key, seal_anew, vault_ddl


def rotate(settings: Settings) -> StepResult:
    """Make a new sealing key and seal every value of the vault with it; pseudonyms stay.

    The new key is written beside the old one first; all values change in one transaction; then the
    new key takes the old one's place. A kill in between leaves a vault of one key, and whoever
    reads the key next finds out which and keeps that one.

    Raises
    ------
    UserError
        When the key comes from the environment, or the vault cannot be opened with it.
    """
    if os.environ.get("CX_KEY"):
        raise UserError(
            "the key comes from CX_KEY, which we cannot change; put it into a file, name that in "
            "CX_KEY_FILE, and rotate then"
        )
    if not settings.vault.exists():
        raise UserError(f"{settings.vault} does not exist; there is nothing to seal anew")
    old, path = load_keys(settings), key_file(settings)
    with writing(settings, settings.vault) as vault:
        vault_ddl(vault)
        check_key(vault, old)
        coming = next_key_file(path)
        write_secret(coming, with_new_seal(path))
        new = keys_of(coming)
        # The journal's names open with either key until the vault has chosen one.
        rewrite(settings, [each.sealed_twice(old, new) for each in entries(settings)])
        count = seal_anew(vault, old, new)
    # The bytes of what the old key sealed go with the old file; load_keys ends an interrupted one.
    compacted(settings, settings.vault)
    coming.replace(path)
    rewrite(settings, [each.sealed_once(new) for each in entries(settings)])
    record(settings, "vault_rotated", old_key=old.key_id, new_key=new.key_id)
    return StepResult(count, f"sealed anew, key {old.key_id} → {new.key_id}")
