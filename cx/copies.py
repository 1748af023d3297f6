"""A release for many readers: sent to an object store or a shared disk, fetched by each host.

The order is what makes it safe: the file, then what is known of it, then the pointer. Who fetches
checks the file against the pointer before anything shows it, and keeps only what is current.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict
from fnmatch import fnmatchcase
from pathlib import Path

from pyarrow import ArrowInvalid
from pyarrow.fs import FileSelector, FileSystem, FileType, LocalFileSystem

from cx.errors import UserError
from cx.files import sync, write_json
from cx.release import (
    NoRelease,
    Release,
    current,
    forget_old,
    point,
    pointer,
    pointing,
    sidecar,
)
from cx.settings import Settings

_BLOCK = 8 * 1024**2
# A release's file and what is known of it, by the version they are named after.
_OF_RELEASES = ("[0-9]*Z_*.duckdb", "[0-9]*Z_*.json")


def send(settings: Settings, place: str) -> str:
    """Copy the current release to a place; return what was done.

    Parameters
    ----------
    place : str
        A folder, or a URI pyarrow knows: ``s3://bucket/folder?region=…`` (``endpoint_override``
        and ``scheme`` for another store than Amazon's), ``gs://…``, ``hdfs://…``. Keys come from
        the environment or the machine's role, never from the URI.
    """
    store, folder = _store(place)
    release = current(settings.releases)
    try:
        store.create_dir(folder, recursive=True)
        if _told(store, folder) == release:
            return f"release {release.version} is there already"
        with (
            (settings.releases / release.file).open("rb") as file,
            store.open_output_stream(f"{folder}/{release.file}") as target,
        ):
            while block := file.read(_BLOCK):
                target.write(block)
        content = (json.dumps(asdict(release), indent=2) + "\n").encode()
        for name in (sidecar(Path(), release.file).name, pointer(Path()).name):
            with store.open_output_stream(f"{folder}/{name}") as target:
                target.write(content)
        _delete_others(store, folder, release)
    except OSError as error:
        raise UserError(
            f"{_named(place)} cannot be written: {error}; give a place you may write to"
        ) from error
    return f"release {release.version} sent"


def fetch(settings: Settings, place: str) -> str:
    """Copy the release a place points to into this home; return what was done.

    Readers of the last release keep their open file. Others than the current one are deleted here:
    an erasure shall reach every host by its next fetch.

    Raises
    ------
    UserError
        When nothing is there, it cannot be read, or the file is not what the pointer says.
    """
    store, folder = _store(place)
    try:
        release = _told(store, folder)
        if release is None:
            raise NoRelease(f"no release in {_named(place)} yet; `cx release send` puts one there")
        with pointing(settings.releases):
            final = settings.releases / release.file
            if _here(settings) == release and final.exists():
                return f"release {release.version} is here already"
            _download(store, f"{folder}/{release.file}", final, release.sha256)
            write_json(sidecar(settings.releases, final.name), asdict(release))
            point(settings.releases, release)
            forget_old(settings.releases, release.file, 1)
    except OSError as error:
        raise UserError(
            f"{_named(place)} cannot be read: {error}; look at its name and your rights"
        ) from error
    return f"release {release.version} fetched"


def _store(place: str) -> tuple[FileSystem, str]:
    if "://" not in place:
        return LocalFileSystem(), str(Path(place).expanduser().resolve())
    if "@" in place.split("://", 1)[1].split("/", 1)[0]:
        raise UserError("a URI must hold no keys; give them by the environment")
    try:
        store, folder = FileSystem.from_uri(place)
    except (ArrowInvalid, OSError) as error:
        raise UserError(f"{_named(place)} is no place pyarrow can open: {error}") from error
    return store, folder.rstrip("/")


def _named(place: str) -> str:
    return place.split("?", 1)[0]


def _told(store: FileSystem, folder: str) -> Release | None:
    name = f"{folder}/{pointer(Path()).name}"
    if store.get_file_info(name).type == FileType.NotFound:
        return None
    with store.open_input_stream(name) as file:
        try:
            release = Release(**json.loads(file.read()))
        except (json.JSONDecodeError, TypeError) as error:
            raise NoRelease(f"{name} is damaged ({error}); send the release again") from error
    if Path(release.file).name != release.file:
        raise NoRelease(f"{name} names a file elsewhere; send the release again")
    return release


def _here(settings: Settings) -> Release | None:
    try:
        return current(settings.releases)
    except NoRelease:
        return None


def _download(store: FileSystem, name: str, final: Path, sha256: str) -> None:
    partial = final.with_name(f"{final.name}.{os.getpid()}.partial")
    seen = hashlib.sha256()
    try:
        with store.open_input_stream(name) as source, partial.open("wb") as target:
            while block := source.read(_BLOCK):
                seen.update(block)
                target.write(block)
        if seen.hexdigest() != sha256:
            raise UserError(f"{name} is not what its pointer says; send the release again")
        partial.chmod(0o444)
        sync(partial)
        partial.replace(final)
        sync(final.parent)
    finally:
        partial.unlink(missing_ok=True)


def _delete_others(store: FileSystem, folder: str, release: Release) -> None:
    """Delete releases but the current one: who reads has a copy, an erasure leaves none here.

    Whatever else lies in the folder is somebody's and stays.
    """
    own = {release.file, sidecar(Path(), release.file).name}
    for info in store.get_file_info(FileSelector(folder)):
        is_release = any(fnmatchcase(info.base_name, each) for each in _OF_RELEASES)
        if info.type == FileType.File and is_release and info.base_name not in own:
            store.delete_file(info.path)
