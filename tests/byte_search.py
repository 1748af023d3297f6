"""Search every byte a home has written for what must not be there."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

import duckdb


def files_with(
    home: Path, needles: Iterable[str], folder: Path, *, but: Iterable[str]
) -> list[str]:
    """Return the files of a home in which a needle stands, as paths below it.

    Databases are searched as they are, for what was deleted is in no copy, and as uncompressed
    copies, for compression hides text.

    Parameters
    ----------
    folder : Path
        Where copies and the list of needles may be put.
    but : iterable of str
        Top folders or files that are not searched.
    """
    folder.mkdir(parents=True, exist_ok=True)
    patterns = folder / "needles"
    patterns.write_text("\n".join(sorted(set(needles))) + "\n", encoding="utf-8")
    assert patterns.stat().st_size > 1, "nothing to look for would be found nowhere"
    return [
        path.relative_to(home).as_posix()
        for path in _files(home, set(but))
        if _holds(path, patterns) or _holds(_bare(path, folder), patterns)
    ]


def _files(home: Path, but: set[str]) -> Iterator[Path]:
    for path in sorted(home.rglob("*")):
        if path.is_file() and path.relative_to(home).parts[0] not in but:
            yield path


def _bare(path: Path, folder: Path) -> Path:
    if path.suffix != ".duckdb":
        return path
    copy = folder / f"{path.stem}.bare"
    copy.unlink(missing_ok=True)
    with duckdb.connect(config={"threads": "2"}) as connection:
        connection.execute("set force_compression = 'uncompressed'")
        connection.execute(f"attach '{path}' as whole (read_only)")
        connection.execute(f"attach '{copy}' as bare")
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables() where database_name = 'whole'"
        ).fetchall()
        for schema, table in tables:
            connection.execute(f'create schema if not exists bare."{schema}"')
            connection.execute(
                f'create table bare."{schema}"."{table}" as from whole."{schema}"."{table}"'
            )
    return copy


def _holds(path: Path, patterns: Path) -> bool:
    found = subprocess.run(
        ["grep", "--quiet", "--text", "--fixed-strings", f"--file={patterns}", str(path)],
        env=os.environ | {"LC_ALL": "C"},
        check=False,
    )
    assert found.returncode in (0, 1)
    return found.returncode == 0
