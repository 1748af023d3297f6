"""Faults put into deliveries on purpose: each ends in a clear line and a full account of rows."""

from __future__ import annotations

import gzip
import hashlib
import io
import random
import subprocess
import sys
import tarfile
import time
import zipfile

import pytest
from backports import zstd

from ingest import contents

HEAD = "id,segment\n"
ROWS = 400
TEXT = HEAD + "".join(f"C{number},consumer {number * 7919 % 1000}\n" for number in range(ROWS))


def zipped(*members: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return out.getvalue()


def packed(kind: str) -> bytes:
    text = TEXT.encode()
    if kind == "csv":
        return text
    if kind == "gz":
        return gzip.compress(text, mtime=0)
    if kind == "zst":
        return zstd.compress(text, options={zstd.CompressionParameter.checksum_flag: 1})
    return zipped(("customers.csv", text))


def deliver_packed(bench, name: str, kind: str, content: bytes) -> None:
    suffix = {"csv": ".csv", "gz": ".csv.gz", "zst": ".csv.zst", "zip": ".zip"}[kind]
    bench.deliver(name + suffix, content)
    if kind == "csv":
        # nothing in a plain file tells its end: what was sent beside it does
        said = hashlib.sha256(packed(kind)).hexdigest()
        bench.deliver(f"{name}{suffix}.sha256", f"{said}  {name}{suffix}\n")


def nothing_but_whole_files(bench) -> int:
    """Return how many files were loaded; each holds every row, or the test fails."""
    loaded = bench.rows(
        "select count(*), count(distinct customer_id), bool_and(segment like 'consumer %') "
        "from raw.customer group by file_id"
    )
    assert set(loaded) <= {(ROWS, ROWS, True)}
    return len(loaded)


TIMES = [50, pytest.param(150, marks=pytest.mark.long)]


@pytest.mark.parametrize("times", TIMES)
@pytest.mark.parametrize("kind", ["csv", "gz", "zst", "zip"])
def test_promise_04_a_file_cut_anywhere_is_never_loaded(bench, kind, times):
    bench.contract(files="**/customers*.csv*" if kind != "zip" else "**/*.csv")
    whole, chance = packed(kind), random.Random(3)
    for number in range(times):
        cut = whole[: chance.randrange(5, len(whole))]
        deliver_packed(bench, f"customers_{number}", kind, cut)
    report = bench.load()
    assert report.rows_loaded == 0
    # two cuts at the same place are one content
    assert len(report.refused) + report.files_known == times
    assert all("damaged" in line or "cut" in line for line in report.refused)


@pytest.mark.parametrize("times", TIMES)
@pytest.mark.parametrize("kind", ["csv", "gz", "zst", "zip"])
def test_promise_04_a_flipped_bit_never_changes_a_row(bench, kind, times):
    bench.contract(files="**/customers*.csv*" if kind != "zip" else "**/*")
    whole, chance = packed(kind), random.Random(4)
    for number in range(times):
        flipped = bytearray(whole)
        flipped[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
        deliver_packed(bench, f"customers_{number}", kind, bytes(flipped))
    report = bench.load()
    # flips in names and time stamps of the wrapping change no content
    assert nothing_but_whole_files(bench) <= times / 5
    assert len(report.refused) >= times * 0.7


def test_promise_04_a_plain_file_without_a_check_sum_is_shown_as_unproven(bench):
    bench.contract()
    bench.deliver("customers.csv", TEXT[: len(TEXT) // 2])
    bench.deliver("customers_2.csv.gz", packed("gz"))
    bench.contract(name="packed", files="**/*.gz")
    bench.load()
    assert bench.rows("select source_system, completeness from ops.file_ledger order by 1") == [
        ("crm", "unproven"),
        ("packed", "proven"),
    ]


def test_promise_09_a_gzip_bomb_is_refused_before_it_fills_the_disk(bench):
    bench.contract(files="**/customers*")
    bench.deliver("customers.csv.gz", gzip.compress(b"\0" * (300 << 20), 9))
    started = time.process_time()
    report = bench.load()
    assert "unpacks to more than 200 times" in report.refused[0]
    assert time.process_time() - started < 10


def test_promise_09_a_zip_bomb_is_refused_before_any_byte_is_written(bench):
    bench.contract(files="**/*.csv")
    bench.deliver("night.zip", zipped(("a.csv", b"0" * (300 << 20)), ("b.csv", b"x")))
    report = bench.load()
    assert "more than 200 times its size" in report.refused[0]
    assert not [path for path in bench.settings.landing.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    "name", ["../../evil.csv", "/etc/evil.csv", "a/../../evil.csv", "C:\\evil.csv", "..\\evil.csv"]
)
def test_promise_09_a_path_that_climbs_out_is_refused_before_any_byte_is_written(bench, name):
    bench.contract(files="**/*.csv")
    bench.deliver("night.zip", zipped(("customers.csv", TEXT.encode()), (name, b"id,segment\n")))
    report = bench.load()
    assert "climbs out" in report.refused[0]
    assert not [path for path in bench.settings.landing.rglob("*") if path.is_file()]
    assert not list(bench.extracts.parent.rglob("evil.csv"))
    assert bench.rows("select state from ops.file_ledger") == [("rejected",)]


def test_a_link_in_a_tar_file_is_refused(bench):
    bench.contract(files="**/*.csv")
    path = bench.extracts / "night.tar"
    with tarfile.open(path, "w") as archive:
        link = tarfile.TarInfo("customers.csv")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    assert "a link or device" in bench.load().refused[0]


def test_an_archive_of_more_files_than_anybody_packs_is_refused(bench, monkeypatch):
    monkeypatch.setattr("ingest.archives._MAX_MEMBERS", 2)
    bench.contract(files="**/*.csv")
    members = [(f"customers_{n}.csv", (HEAD + f"C{n},a\n").encode()) for n in range(3)]
    bench.deliver("three.zip", zipped(*members))
    bench.deliver("two.zip", zipped(*members[:2]))
    report = bench.load()
    assert [line.split(": ")[1] for line in report.refused] == [
        "holds 3 files, more than 2; have it split"
    ]
    assert report.rows_loaded == 2


def test_a_locked_archive_and_a_name_twice_are_refused(bench, recwarn):
    bench.contract(files="**/*.csv")
    bench.deliver("twice.zip", zipped(("customers.csv", b"a"), ("customers.csv", b"b")))
    locked = bytearray(zipped(("customers.csv", TEXT.encode())))
    locked[6] |= 1
    at = locked.rfind(b"PK\x01\x02")
    locked[at + 8] |= 1
    bench.deliver("locked.zip", bytes(locked))
    report = bench.load()
    assert sorted(line.split(": ")[1][:12] for line in report.refused) == [
        "holds 'custo",
        "is a locked ",
    ]


def test_members_of_an_archive_load_under_its_name_and_junk_is_passed_over(bench):
    bench.contract()
    members = [
        ("customers_1.csv", (HEAD + "C1,a\n").encode()),
        ("in/customers_2.csv", (HEAD + "C2,b\n").encode()),
        ("__MACOSX/._customers_1.csv", b"\0\0junk"),
        (".DS_Store", b"junk"),
        ("readme.txt", b"hello"),
    ]
    bench.deliver("day/night.zip", zipped(*members))
    with tarfile.open(bench.extracts / "day.tar.gz", "w:gz") as archive:
        content = (HEAD + "C3,c\n").encode()
        entry = tarfile.TarInfo("customers_3.csv")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    report = bench.load()
    assert report.refused == []
    assert report.unclaimed == ["day/night.zip/readme.txt"]
    assert bench.rows(
        "select file_name, rows_loaded, completeness from ops.file_ledger order by 1"
    ) == [
        ("day.tar.gz/customers_3.csv", 1, "proven"),
        ("day/night.zip/customers_1.csv", 1, "proven"),
        ("day/night.zip/in/customers_2.csv", 1, "proven"),
    ]
    bench.deliver("unpacked/customers_1.csv", HEAD + "C1,a\n")
    second = bench.load()
    assert (second.files_new, second.files_known) == (0, 4)


def test_promise_04_a_file_that_grows_while_it_is_read_is_left_for_the_next_run(bench, monkeypatch):
    bench.contract()
    path = bench.deliver("customers.csv", TEXT)
    bench.deliver("customers_2.csv", HEAD + "D1,x\n")
    honest = contents._chunks

    def growing(source):
        if getattr(source, "name", "") == str(path):
            with path.open("a") as file:
                file.write("C9999,late\n")
        yield from honest(source)

    with monkeypatch.context() as patch:
        patch.setattr(contents, "_chunks", growing)
        report = bench.load()
    assert len(report.refused) == 1
    assert "changed while it was read" in report.refused[0]
    assert report.rows_loaded == 1
    assert bench.load().rows_loaded == ROWS + 1
    assert bench.rows("select count(*) from ops.file_ledger where state = 'rejected'") == [(0,)]


def test_a_file_that_is_not_what_its_checksum_says_is_refused(bench):
    bench.contract()
    bench.deliver("customers.csv", HEAD + "C1,a\n")
    bench.deliver("customers.csv.sha256", "0" * 64 + "  customers.csv\n")
    assert "is not what the .sha256 file beside it says" in bench.load().refused[0]
    said = hashlib.sha256((HEAD + "C1,a\n").encode()).hexdigest()
    bench.deliver("customers.csv.sha256", f"{said}  customers.csv\n")
    assert bench.load().refused == []
    assert bench.rows("select state, completeness from ops.file_ledger") == [("loaded", "proven")]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (HEAD.encode() + b"C1," + b"x" * (100 << 20) + b"\n", "line longer than"),
        ((HEAD + "C1,Москва\n").encode("cp1251"), "is not utf-8"),
        ((HEAD + "C1,Москва\n").encode("utf-16"), "is not utf-8"),
        (b"id,segment,segment\nC1,a,b\n", "names column 'segment' twice"),
        (b"C1,consumer\nC2,business\n", "has no column"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, "is not utf-8"),
        (b"", "is empty"),
    ],
    ids=["long line", "cp1251", "utf-16", "doubled", "no header", "a picture", "empty"],
)
def test_a_file_that_is_not_what_the_contract_says_is_refused_whole(bench, content, says):
    bench.contract()
    bench.deliver("customers.csv", content)
    started = time.process_time()
    report = bench.load()
    assert says in report.refused[0]
    assert len(report.refused[0].splitlines()) == 1
    assert time.process_time() - started < 10
    assert bench.rows("select count(*) from raw.customer") == [(0,)]


def test_nul_bytes_quarantine_their_line_only(bench):
    bench.contract()
    bench.deliver("customers.csv", b"id,segment\nC1,a\nC\0 2,b\nC3,c" + b"\0" * 4096 + b"\nC4,d\n")
    bench.load()
    assert bench.rows("select customer_id from raw.customer order by 1") == [("C1",), ("C4",)]
    assert bench.rows("select row_number, reason from quarantine.rows order by 1") == [
        (3, "holds unreadable characters (NUL or U+FFFD)"),
        (4, "holds unreadable characters (NUL or U+FFFD)"),
    ]


def test_a_type_that_changes_half_way_quarantines_the_rows_it_no_longer_fits(bench):
    bench.contract(
        entities=[{"entity": "product", "columns": {"product_id": "id", "monthly_charge": "price"}}]
    )
    good = "".join(f"P{number},{number}.50\n" for number in range(3000))
    bad = "".join(f"Q{number},{number} EUR\n" for number in range(10))
    bench.deliver("customers.csv", "id,price\n" + good + bad)
    bench.load()
    assert bench.rows("select rows_read, rows_loaded, rows_quarantined from ops.file_ledger") == [
        (3010, 3000, 10)
    ]
    assert bench.rows("select min(row_number), max(row_number) from quarantine.rows") == [
        (3002, 3011)
    ]


LIMITED = """
import resource, sys
from cx.cli import main
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), int(sys.argv[1])))
sys.exit(main(sys.argv[2:]))
"""


def test_promise_14_a_full_disk_ends_in_one_line_and_the_next_run_loads_everything(bench):
    """A cap on the size of any file stands for the full disk: writes fail in the same places."""
    bench.contract()
    chance = random.Random(1)
    for number in range(6):
        rows = "".join(f"C{number}-{row},{chance.randbytes(24).hex()}\n" for row in range(20_000))
        bench.deliver(f"customers_{number}.csv", HEAD + rows)
    command = ["--home", str(bench.settings.home), "--contracts", str(bench.contracts)]
    command += ["ingest", str(bench.extracts)]
    ends = set()
    for megabytes in (0.2, 0.9, 1.4, 2.0, 3.0):
        done = subprocess.run(
            [sys.executable, "-c", LIMITED, str(int(megabytes * 2**20)), *command],
            capture_output=True,
            text=True,
            timeout=120,
        )
        ends.add(done.returncode)
        if done.returncode:
            said = done.stderr.strip().splitlines()
            assert len(said) == 1, done.stderr
            assert "Traceback" not in done.stderr
    assert ends & {1, 2}
    done = subprocess.run(
        [sys.executable, "-m", "cx.cli", *command], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert bench.rows(
        "select count(*), count(distinct customer_id), count(distinct (file_id, row_number)) "
        "from raw.customer"
    ) == [(120_000, 120_000, 120_000)]
    assert bench.rows("select count(*), sum(rows_loaded) from ops.file_ledger") == [(6, 120_000)]


def test_promise_16_memory_stays_within_the_limit_on_a_file_larger_than_it(bench):
    bench.contract()
    with (bench.extracts / "customers.csv").open("w") as file:
        file.write(HEAD)
        for block in range(60):
            file.write("".join(f"C{block}-{row},{row:0>40}{block}\n" for row in range(50_000)))
    code = (
        "import re, sys\nfrom pathlib import Path\nfrom cx.settings import Settings\n"
        "from ingest.load import load_folder\n"
        "load_folder(Path(sys.argv[3]), Settings(home=Path(sys.argv[1]), "
        "contracts=(Path(sys.argv[2]),), memory_limit='256MB'))\n"
        # not ru_maxrss: a child inherits its parent's
        "status = Path('/proc/self/status').read_text()\n"
        "print(int(re.search(r'VmHWM:\\s+(\\d+)', status)[1]) // 1024)"
    )
    places = [str(bench.settings.home), str(bench.contracts), str(bench.extracts)]
    done = subprocess.run(
        [sys.executable, "-c", code, *places], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert bench.rows("select count(*) from raw.customer") == [(3_000_000,)]
    # the process with Python, Arrow and the engine's code takes about 200 MB before any data
    assert int(done.stdout.split()[-1]) < 256 * 1.1 + 250
    assert bench.rows(
        "select count(*) from raw.customer where row_number <> 2 + 50000 * "
        "substr(customer_id, 2, strpos(customer_id, '-') - 2)::int "
        "+ split_part(customer_id, '-', 2)::int"
    ) == [(0,)]
