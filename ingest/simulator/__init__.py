"""A make-believe operator with known truths: extracts in many dialects, and what happened.

It exists for the demo, the tests and the benchmarks, never as evidence that an estimator is good.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import duckdb

from cx.settings import Settings
from cx.warehouse import scratch
from ingest.simulator import (
    alarms,
    billing,
    campaigns,
    care,
    chance,
    contacts,
    customers,
    fulfilment,
    life,
    orders,
    payments,
    problems,
    tickets,
    topology,
    truth,
    versions,
)
from ingest.simulator.dialects import FEEDS
from ingest.simulator.dialects.customers import NAMES
from ingest.simulator.write import Writer

SEED = 20261123
_WITH_TABLES = (versions, life, contacts, tickets, alarms, orders, billing, campaigns, care)
# Joining through the year, January first: presents, the new school year, summer holes. Ours.
SEASON = (0.92, 0.90, 1.0, 1.0, 0.98, 0.95, 0.90, 0.98, 1.15, 1.05, 1.08, 1.18)


def simulate(
    folder: Path,
    *,
    subscriptions: int = 20_000,
    months: int = 14,
    seed: int = SEED,
    last_month: date = date(2026, 10, 1),
    daily: int = 0,
    settings: Settings | None = None,
) -> dict[str, int]:
    """Write the operator's extracts and truths; do nothing when they are already there.

    Parameters
    ----------
    folder : Path
        Where the extracts go, one folder per source system, with `truth/` beside them. It is
        complete or absent: everything is written next to it first and renamed at the end.
    subscriptions : int
        Lines served when the window opens.
    months : int
        Length of the window.
    last_month : date
        First day of its last month.
    daily : int
        So many last days of it come as a delivery each; all else comes once a month.
    settings : Settings or None
        Limits of memory and where to spill; needed above about a million lines.

    Returns
    -------
    dict of str to int
        Rows per feed.
    """
    manifest = {
        "subscriptions": subscriptions,
        "months": months,
        "seed": seed,
        "last_month": last_month.isoformat(),
        "daily": daily,
        "code": code_version(),
    }
    found = folder / "manifest.json"
    if found.exists():
        there = json.loads(found.read_text(encoding="utf-8"))
        if {name: there.get(name) for name in manifest} == manifest:
            return there["rows"]
    building = folder.with_name(f".{folder.name}.building")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    with scratch(settings) as connection:
        rows = _run(connection, building, subscriptions, months, seed, last_month, daily)
    text = json.dumps({**manifest, "rows": rows}, indent=2)
    (building / "manifest.json").write_text(text + "\n", encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    building.rename(folder)
    return rows


def code_version() -> str:
    """Return a digest of this package and of the DuckDB that hashes for it."""
    digest = hashlib.sha256(duckdb.__version__.encode())
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _run(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    subscriptions: int,
    months: int,
    seed: int,
    last_month: date,
    daily: int,
) -> dict[str, int]:
    calendar = list(_months(last_month, months))
    window_from, window_to = calendar[0][0], calendar[-1][1]
    chance.prepare(connection, seed=seed, window_from=window_from, window_to=window_to)
    connection.execute(NAMES)
    customers.found_operator(connection, subscriptions)
    topology.build(connection)
    for module in _WITH_TABLES:
        connection.execute(module.TABLES)
    life.begin(connection)
    versions.open_books(connection)
    campaigns.ask_consents(connection)
    writer = Writer(connection, folder, months)
    _deliver(connection, writer, 0, "1970-01-01", f"{window_from} 00:00:00.000001", window_from)
    for number, (month_from, month_to) in enumerate(calendar, start=1):
        chance.enter_month(connection, number, month_from, month_to)
        _live(connection, number, months, SEASON[month_from.month - 1])
        begun = f"{month_from}" if number > 1 else f"{month_from} 00:00:00.000001"
        days = daily if number == months else 0
        ends = [month_to - timedelta(days=days - day) for day in range(days + 1)]
        for delivery, ended in enumerate(ends):
            # what is planted is planted once a month
            _deliver(connection, writer, -1 if delivery else number, begun, f"{ended}", ended)
            begun = f"{ended}"
    return truth.write(connection, folder / "truth")


def _live(connection: duckdb.DuckDBPyConnection, number: int, months: int, season: float) -> None:
    """Let one month happen: what is ordered, what breaks, who calls, who leaves, who pays."""
    if number == 1 + months // 2:
        topology.rewire(connection)
    customers.change_details(connection)
    campaigns.contact(connection)
    orders.take(connection, season)
    fulfilment.settle(connection)
    payments.suspend(connection)
    problems.break_things(connection)
    billing.shock(connection)
    contacts.happen(connection)
    life.leave(connection)
    orders.give_notice(connection)
    campaigns.ask_consents(connection)
    billing.bill(connection)
    payments.pay(connection)
    tickets.open_tickets(connection)
    billing.adjust(connection)
    alarms.ring(connection)
    care.tell(connection)
    care.ask(connection)


def _deliver(
    connection: duckdb.DuckDBPyConnection,
    writer: Writer,
    number: int,
    begun: str,
    ended: str,
    extracted: date,
) -> None:
    connection.execute(f"set variable deliver_from = timestamp '{begun}'")
    connection.execute(f"set variable deliver_to = timestamp '{ended}'")
    writer.deliver(FEEDS, f"{extracted:%Y%m%d}", number)


def _months(last_month: date, many: int) -> Iterator[tuple[date, date]]:
    first = last_month.year * 12 + last_month.month - many
    for index in range(first, first + many):
        yield (
            date(index // 12, index % 12 + 1, 1),
            date((index + 1) // 12, (index + 1) % 12 + 1, 1),
        )
