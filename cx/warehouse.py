"""The only module that opens DuckDB from Python."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb

from cx.errors import Busy, UserError
from cx.files import sync
from cx.row_scope import EVERYTHING, Scope
from cx.settings import Settings

# Releases are written in this format so that older DuckDB clients open them (PROMISES.md).
RELEASE_STORAGE_VERSION = "v1.4.0"
# Off: it plans a metric's thirty grouping sets as a chain, one made of the other, which takes three
# times the planning and saves nothing after (docs/speed.md). dbt_project/profiles.yml says so, too.
OPTIMIZERS_OFF = "grouping_sets"
_LOCK_PATIENCE_SECONDS = 5.0
# The connections in use now, so that a step that runs away can be stopped (cx/limits.py).
_IN_USE: set[duckdb.DuckDBPyConnection] = set()


class WarehouseMissing(UserError):
    """Raised when a reader asks for a file that has not been built."""


def _limits(settings: Settings) -> dict[str, str]:
    settings.temp.mkdir(parents=True, exist_ok=True, mode=0o700)
    return {
        "memory_limit": settings.engine_memory,
        "threads": str(settings.threads),
        "temp_directory": str(settings.temp),
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "disabled_optimizers": OPTIMIZERS_OFF,
    }


def _prepare(connection: duckdb.DuckDBPyConnection, settings: Settings | None) -> None:
    connection.execute("set timezone = 'UTC'")
    if settings and settings.spill_limit:
        # DuckDB 2.0.0 takes it as a connection's option too, and then does not hold to it.
        limit = settings.spill_limit.replace("'", "''")
        connection.execute(f"set max_temp_directory_size = '{limit}'")


@contextmanager
def _in_use(connection: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    _IN_USE.add(connection)
    try:
        yield connection
    finally:
        _IN_USE.discard(connection)
        connection.close()


def interrupt_queries() -> None:
    """Stop what every open connection of this process is doing; called from another thread."""
    for connection in list(_IN_USE):
        connection.interrupt()


def _open(path: Path, settings: Settings, *, read_only: bool) -> duckdb.DuckDBPyConnection:
    try:
        connection = _patient_connect(path, settings, read_only=read_only)
    except duckdb.Error as error:
        if isinstance(error, duckdb.IOException) and "lock" in str(error).lower():
            raise Busy(
                f"{path.name} is held by another process; wait for it to end, then try again"
            ) from error
        raise UserError(
            f"{path} cannot be opened ({str(error).splitlines()[0]}); check its permissions and "
            "the free disk; if it is damaged, `cx restore` brings it back (docs/recover.md)"
        ) from error
    _prepare(connection, settings)
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
    with _in_use(_open(path, settings, read_only=True)) as connection:
        yield connection


@contextmanager
def writing(settings: Settings, path: Path | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield the read-write connection to the warehouse (or the vault), inside one transaction."""
    with connected(settings, path) as connection:
        connection.begin()
        try:
            yield connection
            connection.commit()
        except BaseException:
            roll_back(connection)
            raise


def create_tables(
    connection: duckdb.DuckDBPyConnection, schema: str, tables: dict[str, str]
) -> None:
    """Create every table of a schema that is not there yet, and every column that joined it since.

    Parameters
    ----------
    tables : dict of str to str
        Columns by table, as `name type, name type`. New ones stand last: rows may be written by
        position.
    """
    connection.execute(f"create schema if not exists {schema}")
    there = set(
        connection.execute(
            "select table_name, column_name from duckdb_columns() "
            "where database_name = current_database() and schema_name = ?",
            [schema],
        ).fetchall()
    )
    older = {name for name, _ in there}
    for name, columns in tables.items():
        if name not in older:
            connection.execute(f"create table if not exists {schema}.{name} ({columns})")
            continue
        for column in map(str.split, columns.split(",")):
            if (name, column[0]) not in there:
                connection.execute(
                    f"alter table {schema}.{name} add column if not exists {' '.join(column)}"
                )


def roll_back(connection: duckdb.DuckDBPyConnection) -> None:
    """End a transaction that failed; one that its own commit ended already is no other error."""
    with suppress(duckdb.Error):
        connection.rollback()


@contextmanager
def connected(settings: Settings, path: Path | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a read-write connection without a transaction; the caller begins and commits."""
    path = path or settings.warehouse
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    is_new = not path.exists()
    connection = _open(path, settings, read_only=False)
    with _in_use(connection):
        if is_new:
            path.chmod(0o600)
        yield connection


@contextmanager
def scratch(settings: Settings | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield an in-memory connection; with settings it spills to the home's temp folder."""
    config = _limits(settings) if settings else {"threads": "2"}
    connection = duckdb.connect(":memory:", config=config)
    _prepare(connection, settings)
    with _in_use(connection):
        yield connection


def take_the_place(new: Path, old: Path) -> None:
    """Put a database in the place of another at once; both are closed and settled."""
    for path in (new, old):
        log = path.with_name(path.name + ".wal")
        if log.exists() and path == new:
            raise UserError(f"{log} is left over; give the same command again")
        log.unlink(missing_ok=True)  # it belongs to what is replaced
    new.replace(old)
    sync(old.parent)


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
    sync(building)
    path.with_name(path.name + ".wal").unlink(missing_ok=True)
    building.replace(path)
    sync(path.parent)


def attach_release(
    connection: duckdb.DuckDBPyConnection, path: Path, alias: str = "release"
) -> None:
    """Attach a new release file for writing, in the storage format older clients can read."""
    target = str(path).replace("'", "''")
    connection.execute(
        f"attach '{target}' as {alias} (storage_version '{RELEASE_STORAGE_VERSION}')"
    )


def open_release(
    path: Path,
    temp: Path,
    *,
    scope: Scope = EVERYTHING,
    memory_limit: str = "1GB",
    threads: int = 2,
    most_spilled: str = "2GB",
) -> duckdb.DuckDBPyConnection:
    """Open a release read-only and locked down: no other file, no network, no settings.

    Parameters
    ----------
    path : Path
        A versioned release file; never the same path twice with other content.
    temp : Path
        An empty folder of the reader's own, for spills.
    scope : Scope
        What of it is seen.
    most_spilled : str
        What the spills may take of the disk.
    """
    connection = duckdb.connect(
        str(path) if scope.is_whole else ":memory:",
        read_only=scope.is_whole,
        config={
            "memory_limit": memory_limit,
            "threads": str(threads),
            "temp_directory": str(temp),
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        },
    )
    # Python without a script's file counts as somebody at a screen, and answers go to stdout.
    connection.execute("set enable_progress_bar = false")
    # The order matters: what comes after the lock, or after access is off, is refused or too late.
    connection.execute("set timezone = 'UTC'")
    if not scope.is_whole:
        target = str(path).replace("'", "''")
        connection.execute(f"attach '{target}' as release (read_only)")
        scope.narrow(connection)
    # DuckDB 2.0.0 takes it as a connection's option too, and then does not hold to it.
    connection.execute("set max_temp_directory_size = ?", [most_spilled])
    connection.execute("set allow_community_extensions = false")
    connection.execute("set allow_persistent_secrets = false")
    connection.execute("set python_enable_replacements = false")
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")
    return connection


def sqlalchemy_access(settings: Settings) -> tuple[str, dict]:
    """Return the URL and engine arguments by which SQLAlchemy reads the warehouse, read-only."""
    arguments = {"connect_args": {"read_only": True, "config": _limits(settings)}}
    return f"cx_duckdb:///{settings.warehouse}", arguments
