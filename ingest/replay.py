"""Files read again from landing after their contract was mended: the same account as if anew."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

from cx.errors import UserError
from cx.keys import load_keys
from cx.settings import Settings
from cx.warehouse import connected
from ingest.contents import Kept, kept_path
from ingest.contract import Contract
from ingest.contract_file import load_contracts
from ingest.file_account import Desk, LoadReport
from ingest.landing import Delivery
from ingest.load import finish, prepare_raw, suit_streams
from ingest.one_file import load_file
from ingest.pseudonyms import sealed_name, vault_ddl


def replay(
    settings: Settings,
    source: str | None = None,
    *,
    every: bool = False,
    since: date | None = None,
    until: date | None = None,
    progress: Callable[[int, int, str], None] = lambda done, total, name: None,
) -> LoadReport:
    """Read every file with quarantined rows, and every refused one, again by today's contracts.

    What the earlier reading brought is replaced in one transaction a file; a file that cannot be
    read now stays as it was.

    Parameters
    ----------
    source : str, optional
        A source system, or system.feed. Default: all.
    every : bool
        Also files that were loaded without a fault: a contract that says more than it did.
    since, until : date, optional
        Only files that their source wrote on these days and between them (UTC).

    Raises
    ------
    UserError
        When there is nothing to replay.
    """
    contracts, keys = load_contracts(settings), load_keys(settings)
    work = settings.temp / "ingest"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True, mode=0o700)
    now = datetime.now(UTC).replace(tzinfo=None)
    with connected(settings) as connection, connected(settings, settings.vault) as vault:
        vault_ddl(vault)
        prepare_raw(connection)
        suit_streams(connection)
        system, _, feed = (source or "").partition(".")
        files = connection.execute(
            "select source_system, feed, file_id::varchar, sha256, file_name, bytes, "
            "completeness, state, "
            "batch_id, loaded_at from ops.file_ledger where source_system is not null "
            "and ($system = '' or source_system = $system) and ($feed = '' or feed = $feed) "
            "and (state = 'rejected' or (state = 'loaded' and (rows_quarantined > 0 or $every))) "
            "and ($since::date is null or coalesce(extracted_at, loaded_at)::date >= $since::date) "
            "and ($until::date is null or coalesce(extracted_at, loaded_at)::date <= $until::date) "
            "order by all",
            {
                "system": system,
                "feed": feed,
                "every": every,
                "since": since,
                "until": until,
            },
        ).fetchall()
        if not files:
            raise UserError(
                f"nothing of {source or 'any source'} "
                + (
                    f"was written from {since or 'the start'} to {until or 'now'}"
                    if since or until
                    else "is in quarantine or refused"
                )
                + "; `cx source list` tells what is connected"
            )
        desk = Desk(connection, vault, settings, keys, work, "", now)
        report = LoadReport(batch_id="")
        for done, row in enumerate(files):
            *place, sha256, label, size, completeness, state, batch, loaded_at = row
            progress(done, len(files), label)
            name = sealed_name(vault, *place, keys=keys) or label
            kept = Kept(name, kept_path(settings, sha256), sha256, size, completeness == "proven")
            delivery = delivery_of(contracts, *place, kept)
            if delivery is None:
                report.refused.append(f"{label}: no contract reads {place[0]}.{place[1]} any more")
            elif not kept.path.exists():
                report.refused.append(f"{label}: landing keeps it no longer; deliver it again")
            else:
                # the same moment and batch as the first time, so the result is that of a clean load
                at = replace(desk, batch_id=batch, loaded_at=loaded_at)
                if delivery.feed.format == "postgres":
                    delivery = replace(delivery, taken_at=loaded_at)
                load_file(at, delivery, report, again=state == "loaded")
        finish(desk, contracts, report)
    shutil.rmtree(work, ignore_errors=True)
    return report


def delivery_of(
    contracts: dict[str, Contract], system: str, feed_name: str, file_id: str, kept: Kept
) -> Delivery | None:
    """Return a kept file as the delivery of a feed; None when no contract has that feed."""
    contract = contracts.get(system)
    feeds = [feed for feed in contract.feeds if feed.feed == feed_name] if contract else []
    return Delivery(contract, feeds[0], kept, known_as=file_id) if feeds else None
