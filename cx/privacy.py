"""Erasure of persons from every layer of a home: in order, resumable, with a receipt."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from cx import pipeline
from cx.audit import record
from cx.errors import UserError
from cx.files import write_json
from cx.release import current, forget_old, pointing
from cx.runs import Run, StepResult
from cx.settings import Settings
from cx.warehouse import reading

ERASURES = "erasures.json"


def erase(run: Run, subjects: Sequence[str]) -> list[dict]:
    """Erase persons, and whoever an interrupted erasure left; return the receipts.

    Tombstones first: from then on the persons cannot come back, and another call finishes what
    this one began. Then raw, quarantine, vault and landing; then all that was made from them is
    made again; when the new release is served, every older one is deleted.

    Raises
    ------
    UserError
        When nothing is known of a person, or there is nobody to erase.
    CheckFailed
        When a check stops the new release: the erasure stays pending, and the same command
        without persons goes on.
    """
    from ingest import erasure

    settings = run.settings
    if subjects:
        at = datetime.now(UTC).replace(tzinfo=None)
        run.step("tombstones", None, lambda: _requested(settings, subjects, at))
    pending = erasure.pending(settings)
    if not pending:
        raise UserError("nobody to erase: give ids in a file or on standard input, one a line")
    receipt = pending[-1][0]

    def forget() -> StepResult:
        erased = erasure.forget(settings, receipt)
        return StepResult(
            sum(erased.rows.values()),
            f"{len(erased.rows)} tables of raw and quarantine, {erased.files} files of landing",
        )

    run.step("forget", None, forget)
    forget_made(settings)
    pipeline.build_models(run)
    # Again, whatever the ledger says: what an interrupted erasure had trained was deleted above.
    pipeline.train(run, again=True)
    pipeline.score(run, again=True)
    pipeline.check_outputs(run, again=True)
    pipeline.publish_release(run)
    with pointing(settings.releases):
        forget_old(settings.releases, current(settings.releases).file, 1)
    receipts = [_receipt(settings, name, at) for name, at in pending]
    _note(settings, receipts)
    erasure.finish(settings, [name for name, _ in pending])
    for name, _ in pending:
        record(settings, "erasure", receipt=name)
    return receipts


def forget_made(settings: Settings) -> None:
    """Delete what was made from the data and is made again: estimators, reports, dbt's files, logs.

    The log of runs stays: it holds counts and receipts only.
    """
    for folder in (settings.estimators, settings.as_was, settings.reports, settings.dbt):
        shutil.rmtree(folder, ignore_errors=True)
    for path in settings.logs.glob("*"):
        if path.is_file():
            path.unlink()


def _requested(settings: Settings, subjects: Sequence[str], at: datetime) -> StepResult:
    from ingest import erasure

    return StepResult(len(subjects), f"receipt {erasure.request(settings, subjects, at)}")


def _receipt(settings: Settings, receipt: str, at: datetime) -> dict:
    """Return what an erasure took out, and until when copies outside this home may live."""
    with reading(settings) as connection:
        rows = connection.execute(
            "select table_name, sum(row_count)::bigint from ops.erased where receipt = ? "
            "group by table_name order by table_name",
            [receipt],
        ).fetchall()
    return {
        "receipt": receipt,
        "at": at.replace(tzinfo=UTC).isoformat(timespec="seconds"),
        "rows": dict(rows),
        "made_again": ["staging", "intermediate", "marts", "features", "ml", "estimators"],
        "deleted": ["older releases", "landing files that held them", "logs", "dbt", "reports"],
        "backups_until": (at + timedelta(days=settings.backup_days)).date().isoformat(),
        "not_ours": "the folders that extracts are delivered to are their owner's to clear",
    }


def _note(settings: Settings, receipts: list[dict]) -> None:
    """Add receipts to state/erasures.json; a rollback to a release before the last is refused."""
    path = settings.state / ERASURES
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    names = {each["receipt"] for each in receipts}
    write_json(path, [each for each in known if each["receipt"] not in names] + receipts)
