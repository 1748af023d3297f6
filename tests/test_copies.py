"""A release reaches many readers by a shared folder or an object store, whole or not at all."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cx.cli import main
from cx.copies import fetch, send
from cx.errors import UserError
from cx.release import NoRelease, current
from cx.settings import REPO, Settings
from cx.warehouse import writing
from tests.release_fixture import full_home, published

# An app process in short: it reads the pointer, opens the file, counts, again and again.
_READER = """
import sys, time
from pathlib import Path
from cx.release import current
from cx.warehouse import open_release
releases, temp, seen = Path(sys.argv[1]), Path(sys.argv[2]), set()
temp.mkdir()
until = time.monotonic() + 120
while len(seen) < 2 and time.monotonic() < until:
    release = current(releases)
    try:
        connection = open_release(releases / release.file, temp)
    except Exception:
        if current(releases).version == release.version:
            raise
        continue  # replaced between the two: the pointer knows the next one
    rows = connection.execute("select count(*) from marts.dim_subscription").fetchall()[0][0]
    seen.add(release.version)
    print(release.version, rows, flush=True)
    connection.close()
"""


@pytest.fixture(scope="module")
def homes(tmp_path_factory) -> tuple[Settings, Path]:
    folder = tmp_path_factory.mktemp("copies")
    batch = full_home(folder / "batch")
    published(batch)
    return batch, folder


def test_a_release_fetched_from_a_shared_folder_is_the_one_sent(homes, tmp_path, capsys) -> None:
    batch, _ = homes
    reader = Settings(home=tmp_path / "reader")
    with pytest.raises(NoRelease, match="no release in"):
        fetch(reader, str(tmp_path / "shared"))
    assert "sent" in send(batch, str(tmp_path / "shared"))
    assert "there already" in send(batch, str(tmp_path / "shared"))
    assert "fetched" in fetch(reader, str(tmp_path / "shared"))
    assert main(["--home", str(reader.home), "release", "fetch", str(tmp_path / "shared")]) == 0
    assert "here already" in capsys.readouterr().out
    release = current(batch.releases)
    assert current(reader.releases) == release
    copy = reader.releases / release.file
    assert copy.read_bytes() == (batch.releases / release.file).read_bytes()
    assert copy.stat().st_mode & 0o777 == 0o444


def test_a_file_that_is_not_what_its_pointer_says_is_not_shown(homes, tmp_path) -> None:
    batch, _ = homes
    reader, place = Settings(home=tmp_path / "reader"), tmp_path / "shared"
    send(batch, str(place))
    file = place / current(batch.releases).file
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    with pytest.raises(UserError, match="not what its pointer says"):
        fetch(reader, str(place))
    with pytest.raises(NoRelease):
        current(reader.releases)
    assert not list(reader.releases.glob("*.duckdb*"))


def test_a_pointer_that_names_a_file_elsewhere_fetches_nothing(homes, tmp_path) -> None:
    batch, _ = homes
    reader, place = Settings(home=tmp_path / "reader"), tmp_path / "shared"
    send(batch, str(place))
    told = place / "current.json"
    told.write_text(told.read_text().replace('"file": "', '"file": "../'))
    with pytest.raises(NoRelease, match="names a file elsewhere"):
        fetch(reader, str(place))
    assert not list(tmp_path.glob("reader/**/*.duckdb"))


def test_sending_deletes_an_earlier_release_and_nothing_else_that_lies_there(
    homes, tmp_path
) -> None:
    batch, _ = homes
    for name in ("thesis.duckdb", "notes.json", "20250101T000000000000Z_00000000.duckdb"):
        (tmp_path / name).write_text("mine")
    send(batch, str(tmp_path))
    assert (
        (tmp_path / "thesis.duckdb").read_text() == (tmp_path / "notes.json").read_text() == "mine"
    )
    assert not (tmp_path / "20250101T000000000000Z_00000000.duckdb").exists()


def test_keys_in_a_uri_are_refused_and_not_repeated() -> None:
    with pytest.raises(UserError) as told:
        send(Settings(), "s3://AKIA:secret@bucket/cx")
    assert "secret" not in str(told.value)


def test_three_processes_read_on_while_the_next_release_takes_its_place(homes, tmp_path) -> None:
    batch = full_home(tmp_path / "batch")
    published(batch)
    reader, place = Settings(home=tmp_path / "reader"), str(tmp_path / "shared")
    send(batch, place)
    fetch(reader, place)
    first = current(reader.releases)
    command = [sys.executable, "-c", _READER, str(reader.releases)]
    readers = [
        subprocess.Popen(
            [*command, str(tmp_path / f"spill-{n}")],
            cwd=REPO,
            stdout=subprocess.PIPE,
            text=True,
        )
        for n in range(3)
    ]
    assert all(one.stdout.readline().startswith(first.version) for one in readers)
    with writing(batch) as connection:
        connection.execute("delete from marts.dim_subscription where subscription_id = 'S001'")
    second = published(batch)
    send(batch, place)
    fetch(reader, place)
    answers = [one.communicate()[0].split("\n") for one in readers]
    assert [one.returncode for one in readers] == [0, 0, 0]
    rows = first.tables["marts.dim_subscription"]
    wanted = {f"{first.version} {rows}", f"{second.version} {rows - 1}", ""}
    assert all(set(told) <= wanted for told in answers)
    assert all(f"{second.version} {rows - 1}" in told for told in answers)
    # An erasure reaches every host: nothing older stays.
    assert [path.name for path in reader.releases.glob("*.duckdb")] == [second.file]
    assert [path.name for path in Path(place).glob("*.duckdb")] == [second.file]


def test_a_release_goes_through_an_object_store(homes, tmp_path, monkeypatch) -> None:
    server = pytest.importorskip(
        "moto.server", reason="moto is not installed (the extra `objects`)"
    ).ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    batch, _ = homes
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    server.start()
    try:
        host, port = server.get_host_and_port()
        asked = f"region=eu-central-1&scheme=http&endpoint_override={host}:{port}"
        place = f"s3://cx-releases/mine?{asked}&allow_bucket_creation=true"
        reader = Settings(home=tmp_path / "reader")
        assert "sent" in send(batch, place)
        assert "fetched" in fetch(reader, place)
    finally:
        server.stop()
    release = current(batch.releases)
    assert current(reader.releases) == release
    sent, fetched = (one.releases / release.file for one in (batch, reader))
    assert fetched.read_bytes() == sent.read_bytes()
