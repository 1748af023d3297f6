"""Digests of code and inputs: what decides whether a step has anything new to do."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from cx.settings import REPO

_CODE = {".py", ".sql", ".yml", ".csv", ".json", ".toml"}


@cache
def code_digest(*folders: str) -> str:
    """Return one digest over every code file under the given folders (or files) of the checkout."""
    digest = hashlib.sha256()
    for folder in folders:
        root = REPO / folder
        paths = [root] if root.is_file() else sorted(root.rglob("*"))
        for path in paths:
            if path.is_file() and path.suffix in _CODE and "__pycache__" not in path.parts:
                digest.update(path.relative_to(REPO).as_posix().encode() + b"\0")
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def running_code() -> str:
    """Return one digest over all code a run depends on: two runs with the same did the same."""
    return code_digest(
        "cx", "ingest", "expectations", "ml", "models", "dbt_project", "dbt_project.yml"
    )


def combined(*parts: object) -> str:
    """Return one digest over several parts."""
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()[:16]


def lines_digest(lines: Iterable[str]) -> str:
    """Return one digest over lines, whatever their order."""
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()[:16]


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
