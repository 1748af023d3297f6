"""The only module that opens DuckDB from Python."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from cx.errors import Busy, UserError
from cx.settings import Settings

# Releases are written in this format so that older DuckDB clients open them (PROMISES.md).
RELEASE_STORAGE_VERSION = "v1.4.0"
_LOCK_PATIENCE_SECONDS = 5.0


class WarehouseMissing(UserError):
    """Raised when a reader asks for a file that has not been built."""


def _limits(settings: Settings) -> dict[str, str]:
    settings.temp.mkdir(parents=True, exist_ok=True, mode=0o700)
    return {
        "memory_limit": settings.memory_limit,
        "threads": str(settings.threads),
        "temp_directory": str(settings.temp),
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
    }


def _open(path: Path, settings: Settings, *, read_only: bool) -> duckdb.DuckDBPyConnection:
    try:
        connection = _patient_connect(path, settings, read_only=read_only)
    except duckdb.Error as error:
        if "lock" in str(error).lower() and isinstance(error, duckdb.IOException):
            raise Busy(
                f"{path.name} is held by another process; wait for it to end, then try again"
            ) from error
        raise UserError(
            f"{path} cannot be opened ({str(error).splitlines()[0]}); "
            "check the file, its permissions and the free disk space"
        ) from error
    connection.execute("set timezone = 'UTC'")
    return connection


def _patient_connect(
    path: Path, settings: Settings, *, read_only: bool
) -> duckdb.DuckDBPyConnection:
    """Connect; a process that is just ending (a killed run's child) is waited for."""
    deadline = time.monotonic() + _LOCK_PATIENCE_SECONDS
    while True:
        try:
            return duckdb.connect(str(path), read_only=read_only, config=_limits(settings))
        except duckdb.IOException as error:
            if "lock" not in str(error).lower() or time.monotonic() > deadline:
                raise
            time.sleep(0.2)


@contextmanager
def reading(settings: Settings, path: Path | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a read-only connection to the warehouse (or the vault)."""
    path = path or settings.warehouse
    if not path.exists():
        raise WarehouseMissing(f"{path} does not exist; run `cx ingest DIR` or `cx demo` first")
    connection = _open(path, settings, read_only=True)
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def writing(settings: Settings, path: Path | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield the read-write connection to the warehouse (or the vault), inside one transaction."""
    with connected(settings, path) as connection:
        connection.begin()
        try:
            yield connection
            connection.commit()
        except BaseException:
            connection.rollback()
            raise


@contextmanager
def connected(settings: Settings, path: Path | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a read-write connection without a transaction; the caller begins and commits."""
    path = path or settings.warehouse
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    is_new = not path.exists()
    connection = _open(path, settings, read_only=False)
    if is_new:
        path.chmod(0o600)
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def scratch(settings: Settings | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield an in-memory connection; with settings it spills to the home's temp folder."""
    config = _limits(settings) if settings else {"threads": "2"}
    connection = duckdb.connect(":memory:", config=config)
    connection.execute("set timezone = 'UTC'")
    try:
        yield connection
    finally:
        connection.close()


def compacted(settings: Settings, path: Path) -> None:
    """Write a database anew into another file and put that in its place.

    Deleting rows leaves their bytes in the file; only a new file is without them. A kill leaves
    the old file or the new one.
    """
    building = path.with_name(path.name + ".building")
    for left_over in path.parent.glob(building.name + "*"):
        left_over.unlink()
    source = _open(path, settings, read_only=False)
    try:
        name = source.execute("select current_database()").fetchall()[0][0]
        target = str(building).replace("'", "''")
        source.execute(f"attach '{target}' as anew")
        source.execute(f'copy from database "{name}" to anew')
        source.execute("checkpoint anew")
        source.execute("detach anew")
        source.execute("checkpoint")
    finally:
        source.close()
    building.chmod(0o600)
    _fsync(building)
    path.with_name(path.name + ".wal").unlink(missing_ok=True)
    building.replace(path)
    _fsync(path.parent)


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def attach_release(
    connection: duckdb.DuckDBPyConnection, path: Path, alias: str = "release"
) -> None:
    """Attach a new release file for writing, in the storage format older clients can read."""
    target = str(path).replace("'", "''")
    connection.execute(
        f"attach '{target}' as {alias} (storage_version '{RELEASE_STORAGE_VERSION}')"
    )


def open_release(
    path: Path, temp: Path, *, memory_limit: str = "1GB", threads: int = 2
) -> duckdb.DuckDBPyConnection:
    """Open a release read-only and locked down: no other file, no network, no settings.

    Parameters
    ----------
    path : Path
        A versioned release file; never the same path twice with other content.
    temp : Path
        An empty folder of the reader's own, for spills.
    """
    connection = duckdb.connect(
        str(path),
        read_only=True,
        config={
            "memory_limit": memory_limit,
            "threads": str(threads),
            "temp_directory": str(temp),
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        },
    )
    connection.execute("set timezone = 'UTC'")
    connection.execute("set allow_community_extensions = false")
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")
    return connection


def sqlalchemy_access(settings: Settings) -> tuple[str, dict]:
    """Return the URL and engine arguments by which SQLAlchemy reads the warehouse, read-only."""
    arguments = {"connect_args": {"read_only": True, "config": _limits(settings)}}
    return f"cx_duckdb:///{settings.warehouse}", arguments
