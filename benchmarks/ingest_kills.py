"""kill -9 at random moments of `cx ingest`: the same command must finish, with the same content.

    .venv/bin/python -m benchmarks.ingest_kills --kills 100

An undisturbed home takes two states of a folder of deliveries, the second with corrections. Other
homes are killed on the way through both. Ledger, raw and quarantine must then hold the same, no row
twice, no half-written file in landing, each pseudonym once in the vault.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import duckdb
import xlsxwriter
import yaml

from cx.keys import load_keys
from cx.settings import Settings
from ingest.pseudonyms import unseal

REPO = Path(__file__).resolve().parents[1]

KILLS_PER_STATE = 5
STATED = {"file_name": r"_(\d{8})_"}


def feed(name: str, files: str, form: str, entity: str, columns: dict, **more: object) -> dict:
    """Return a feed that feeds one entity."""
    mapping = {"entity": entity, "columns": columns, **more.pop("mapping", {})}
    return {
        "feed": name, "files": f"**/{files}", "format": form, "extracted_at": STATED,
        "max_quarantined_share": 1.0, "entities": [mapping], **more,
    }  # fmt: skip


CALLS = {
    "interaction_id": "id",
    "customer_id": {"from": "email", "token": "email"},
    "contact_number": "phone",
    "reason": "reason",
    "talk_seconds": "seconds",
    "started_at": "at",
}
USAGE = {"product_id": "p", "usage_type": "kind", "started_at": "at", "quantity": "n"}
PLAIN_USAGE = {"product_id": "p", "usage_type": "kind", "started_at": "at", "quantity": "n"}
PRODUCT = {
    "product_id": "$.id",
    "customer_id": "$.party.id",
    "phone_number": "$.phone",
    "monthly_charge": "$.price",
    "started_at": "$.from",
}
CONTRACT = {
    "source_system": "storm",
    "title": "Kill storm",
    "country_code": "7",
    "trunk_prefix": "8",
    "feeds": [
        feed("calls", "calls_*.csv", "csv", "interaction", CALLS),
        feed("usage", "usage_*.csv*", "csv", "usage", USAGE),
        feed("usage_p", "usage_*.parquet", "parquet", "usage", PLAIN_USAGE),
        feed("products", "products_*.ndjson", "ndjson", "product", PRODUCT),
        feed("customers", "customers_*.csv", "csv", "customer",
             {"customer_id": "id", "segment": "segment"}, delivery="snapshot"),
        feed("book", "book_*.xlsx", "xlsx", "customer",
             {"customer_id": "id", "segment": "segment"}),
        feed("outages", "outages_*.json", "json", "service_problem",
             {"problem_id": "$.id", "cause": "$.cause", "category": {"value": "outage"}},
             dialect={"records": "$.outages[*]"}, delivery="snapshot",
             mapping={"fold": {"starts": "started_at", "ends": "restored_at"}}),
    ],
}  # fmt: skip


def day(number: int) -> str:
    """Return the stated moment of a file."""
    return f"202601{number % 28 + 1:02}"


class Deliveries:
    """Writes files of every format, by seed."""

    def __init__(self, folder: Path) -> None:
        """Write into a folder."""
        self.folder = folder
        self.engine = duckdb.connect()

    def calls(self, number: int, rows: int, shift: int = 0, name: str | None = None) -> Path:
        """Write contacts with two identifiers; in every third file each 40th row is bad.

        Of each ten files one has a torn line, one a blank one, one a quote that never closes.
        """
        seconds = f"case when {number} % 3 = 0 and i % 40 = 7 then 'long' else (h % 900)::text end"
        path = self._copy(
            name or f"calls_{day(number)}_{number:04}.csv",
            f"""
            select 'I{number}-' || i as id, 'p' || h % 900 || '@mail.example' as email,
                '8701' || lpad((h % 700)::varchar, 7, '0') as phone,
                case when i % 11 = 0 then 'two, "quoted"' else 'fault' end as reason,
                {seconds} as seconds,
                strftime(timestamp '2026-01-01' + to_seconds(i * 7), '%Y-%m-%dT%H:%M:%S') as at
            from (select range as i, (hash(range + {number * 100003 + shift}) // 2)::bigint as h
                  from range({rows}))
            """,
            "format csv",
        )
        if number % 10 in (1, 2, 4):
            lines = path.read_text().splitlines(keepends=True)
            middle = len(lines) // 2
            spoilt = {1: lines[middle][:20] + "\n", 2: "\n" + lines[middle], 4: 'I,"open,\n'}
            lines[middle] = spoilt[number % 10]
            path.write_text("".join(lines))
        return path

    def usage(self, number: int, rows: int, form: str = "csv") -> Path:
        """Write usage as csv, csv.gz or Parquet; one row in 50 of a csv has no number."""
        is_text = form != "parquet"
        bad = "case when i % 50 = 9 then 'n/k' else (h % 500)::varchar end" if is_text else "h%500"
        at = "timestamp '2026-02-01' + to_seconds(i * 60)"
        suffix = "csv" if is_text else form
        path = self._copy(
            f"usage_{day(number)}_{number:04}.{suffix}",
            f"select 'P' || h % 400 as p, 'data' as kind, {at} as at, {bad} as n from "
            f"(select range as i, (hash(range + {number * 7919}) // 2)::bigint as h "
            f"from range({rows}))",
            f"format {suffix}",
        )
        if form == "csv.gz":
            packed = path.with_name(path.name + ".gz")
            packed.write_bytes(gzip.compress(path.read_bytes(), 4, mtime=0))
            path.unlink()
        return path

    def products(self, number: int, rows: int, price: int = 0) -> Path:
        """Write products as nested objects; one in 60 names no product and is bad."""
        return self._copy(
            f"products_{day(number)}_{number:04}.ndjson",
            f"""
            select case when i % 60 <> 5 then 'P' || i end as id, {{id: 'C' || h % 90}} as party,
                '+7 702 ' || lpad((h % 800)::varchar, 7, '0') as phone,
                (h % 9000) / 10 + {price} as price, '2025-03-01T00:00:00Z' as "from"
            from (select range as i, (hash(range + {number * 31}) // 2)::bigint as h
                  from range({rows}))
            """,
            "format json",
        )

    def archive(self, number: int, files: int) -> None:
        """Write a zip file of customers' snapshots; one has a blank key."""
        path = self.folder / f"bundle_{number}.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
            for part in range(files):
                at = number * 100 + part
                rows = "".join(f"C{each},s{(each + at) % 4}\n" for each in range(120))
                member = zipfile.ZipInfo(f"customers_{day(at)}_{at:04}.csv", (2026, 1, 1, 0, 0, 0))
                target.writestr(member, f"id,segment\n{rows},nobody\n")

    def workbook(self, number: int) -> None:
        """Write one workbook."""
        with xlsxwriter.Workbook(self.folder / f"book_{day(number)}_{number}.xlsx") as book:
            sheet = book.add_worksheet()
            for row in range(300):
                sheet.write_row(row, 0, [f"B{row}", f"gold{number}"] if row else ["id", "segment"])

    def outages(self, number: int) -> None:
        """Write one picture of what is out of order; each fault lasts three pictures."""
        seen = [{"id": f"Q{each}", "cause": "power"} for each in range(number // 3, number + 2)]
        path = self.folder / f"outages_{day(number)}_{number:04}.json"
        path.write_text(json.dumps({"outages": seen}))

    def _copy(self, name: str, select: str, options: str) -> Path:
        path = self.folder / name
        self.engine.execute(f"copy ({select}) to '{path}' ({options})")
        return path


def deliver(root: Path) -> list[Path]:
    """Write the two states of the folder: the second has corrections and more."""
    first, second = root / "first", root / "second"
    first.mkdir()
    made = Deliveries(first)
    for number in range(110):
        made.calls(number, 150)
    for number in range(40):
        made.usage(number, 200)
        made.usage(number + 100, 200, "csv.gz")
        made.usage(number + 200, 200, "parquet")
    for number in range(35):
        made.products(number, 120)
    for number in range(10):
        made.outages(number)
    made.archive(1, 12)
    for number in range(5):
        made.workbook(number)
    made.calls(900, 60_000)
    made.usage(901, 60_000, "csv.gz")
    made.products(902, 20_000)
    # the same bytes under two names
    shutil.copy(first / f"calls_{day(7)}_0007.csv", first / f"calls_{day(9)}_twin.csv")
    shutil.copytree(first, second)
    made = Deliveries(second)
    for number in range(5):
        made.calls(number, 160, shift=50)
        made.products(number, 130, price=1)
    made.calls(900, 50_000, shift=3)
    for number in range(110, 130):
        made.calls(number, 150)
    for number in range(10, 16):
        made.outages(number)
    made.archive(2, 8)
    made.usage(903, 100_000, "parquet")
    return [first, second]


class Homes:
    """Runs `cx ingest` on homes that share one key and one contract."""

    def __init__(self, root: Path, states: list[Path], chance: random.Random) -> None:
        """Put the contract in place."""
        self.root, self.states, self.chance = root, states, chance
        self.contracts = root / "contracts"
        self.contracts.mkdir()
        (self.contracts / "storm.yml").write_text(yaml.safe_dump(CONTRACT), encoding="utf-8")

    def ingest(self, home: Path, state: Path) -> subprocess.Popen:
        """Start the command."""
        options = ["--home", str(home), "--contracts", str(self.contracts)]
        return subprocess.Popen(
            [sys.executable, "-m", "cx.cli", *options, "ingest", str(state)],
            env=os.environ | {"PYTHONPATH": str(REPO)},
            cwd=REPO,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def finish(self, home: Path, state: Path) -> tuple[float, str]:
        """Run to the end; return its seconds and its last words."""
        started = time.monotonic()
        process = self.ingest(home, state)
        output, _ = process.communicate()
        if process.returncode:
            raise SystemExit(f"ingest of {home.name} ended with {process.returncode}:\n{output}")
        return time.monotonic() - started, output.strip()

    def killed(self, home: Path, state: Path, kills: int, longest: float) -> list[float]:
        """Kill the command up to so many times; return the moments."""
        moments = []
        for _ in range(kills):
            process = self.ingest(home, state)
            moment = self.chance.uniform(0.05, max(longest, 1.0))
            try:
                process.communicate(timeout=moment)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.communicate()
                moments.append(moment)
            else:
                break  # ended before it was killed: nothing is left to disturb
        return moments


def digests(home: Path) -> dict[str, str]:
    """Return rows and ordered content hash of every table that must not depend on a kill."""
    found: dict[str, str] = {}
    keys = load_keys(Settings(home=home))
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as warehouse:
        tables = warehouse.execute(
            "select schema_name || '.' || table_name from duckdb_tables() where schema_name in "
            "('raw', 'quarantine') or table_name = 'file_ledger' order by all"
        ).fetchall()
        for (table,) in tables:
            rows = "* exclude (loaded_at)" if table == "ops.file_ledger" else "*"
            found[table] = _digest(warehouse, f"select {rows} from {table}")
    with duckdb.connect(str(home / "vault.duckdb"), read_only=True) as vault:
        for table in ("identity", "quarantined_text", "file_name"):
            # sealed with a fresh nonce each time: the bytes differ, what they say must not
            rows = vault.execute(f"select * exclude (sealed), sealed from {table}").fetchall()
            opened = sorted(f"{row[:-1]}{unseal(row[-1], keys)}" for row in rows)
            content = hashlib.md5("\n".join(opened).encode(), usedforsecurity=False).hexdigest()
            found[f"vault.{table}"] = f"{len(rows)} rows {content}"
    return found


def _digest(connection: duckdb.DuckDBPyConnection, select: str) -> str:
    rows, content = connection.execute(
        "select count(*), md5(coalesce(string_agg(line, chr(10) order by line), '')) "
        f"from (select rows::varchar as line from ({select}) as rows)"
    ).fetchone()
    return f"{rows} rows {content}"


def faults(home: Path) -> list[str]:
    """Return what is twice, half written or unaccounted for in one home."""
    found = [f"half written: {path.name}" for path in (home / "landing").rglob("*.partial")]
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as warehouse:
        tables = warehouse.execute(
            "select table_name from duckdb_columns() where schema_name = 'raw' "
            "and column_name = 'row_number'"
        ).fetchall()
        for (table,) in tables:
            # row number 0 is what folding concluded: no row of the file
            twice = warehouse.execute(
                "select count(*) from (select 1 from raw." + table + " where row_number > 0 "
                "group by file_id, row_number having count(*) > 1)"
            ).fetchone()[0]
            if twice:
                found.append(f"{twice} rows twice in raw.{table}")
        unbalanced = warehouse.execute(
            "select count(*) from ops.file_ledger "
            "where rows_read <> rows_loaded + rows_quarantined + rows_dropped"
        ).fetchone()[0]
        if unbalanced:
            found.append(f"{unbalanced} files whose account does not balance")
    with duckdb.connect(str(home / "vault.duckdb"), read_only=True) as vault:
        twice = vault.execute(
            "select count(*) from (select 1 from identity group by token having count(*) > 1)"
        ).fetchone()[0]
        if twice:
            found.append(f"{twice} pseudonyms twice in the vault")
    return found


def differences(mark: dict[str, str], home: Path) -> list[str]:
    """Return the tables that differ from the undisturbed home's, and the faults."""
    here = digests(home)
    return [
        f"{table}: {here.get(table, 'missing')} instead of {mark.get(table, 'none')}"
        for table in sorted(mark.keys() | here.keys())
        if here.get(table) != mark.get(table)
    ] + faults(home)


def storm(homes: Homes, kills: int) -> int:
    """Run the undisturbed home, then kill others; return how many differences were seen."""
    calm, spans = homes.root / "calm", []
    for state in homes.states:
        seconds, said = homes.finish(calm, state)
        spans.append(seconds)
        print(f"undisturbed {state.name}: {seconds:.1f} s\n{said}", flush=True)
    mark = digests(calm)
    wrong = faults(calm)
    print("\n".join(f"  {table}: {text}" for table, text in mark.items() if text[:2] != "0 "))
    done = number = 0
    while done < kills:
        home, moments = homes.root / f"home{number}", []
        for state, span in zip(homes.states, spans, strict=True):
            most = min(KILLS_PER_STATE, kills - done - len(moments))
            moments += homes.killed(home, state, most, span * 0.5)
            homes.finish(home, state)
        done, number = done + len(moments), number + 1
        seen = differences(mark, home)
        wrong += seen
        at = ", ".join(f"{moment:.1f}" for moment in moments)
        print(f"home {number}: {len(moments)} kills (after {at} s), {done} in all, ", end="")
        print("; ".join(seen) if seen else "equal", flush=True)
        shutil.rmtree(home)
    print(f"{done} kills in {number} homes, {len(wrong)} differences")
    return len(wrong)


def main() -> None:
    """Kill, resume, compare; exit 1 on any difference."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    os.environ["CX_KEY"] = "c4" * 32
    with tempfile.TemporaryDirectory(prefix="cx-kills-") as folder:
        root = Path(folder)
        homes = Homes(root, deliver(root), random.Random(options.seed))
        sys.exit(1 if storm(homes, options.kills) else 0)


if __name__ == "__main__":
    main()
