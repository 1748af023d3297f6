"""What the batch did, as the release tells it: runs, steps, checks, files, links."""

from __future__ import annotations

import pandas as pd

from app.queries.contents import NAMES as _NAMES
from app.serving import ask

_RUNS = """
select run_id, command, status, started_at, ended_at, message
from ops.run_ledger
order by sequence desc nulls last, started_at desc
limit 60
"""

_STEPS = """
with

usual as (

    select steps.step, median(steps.seconds) as usual_seconds, count(*) as runs
    from ops.step_ledger as steps
    where steps.status = 'ok' and steps.run_id <> $run
    group by steps.step

)

select
    steps.step, steps.status, steps.row_count, steps.seconds, steps.started_at, steps.ended_at,
    steps.summary, steps.peak_memory_bytes, usual.usual_seconds, usual.runs
from ops.step_ledger as steps
left join usual
    on steps.step = usual.step
where steps.run_id = $run
order by steps.sequence, steps.started_at
"""

_CHECKS = """
select
    door,
    suite,
    expectation,
    severity,
    is_success,
    is_waived,
    observed,
    answers,
    endangers,
    checked_at
from ops.dq_result
where run_id = $run
order by is_success, is_waived, severity = 'stop' desc, door, suite, expectation
"""

_CHECKED_RUNS = """
select run_id, max(checked_at) as checked_at
from ops.dq_result
group by run_id
order by checked_at desc
"""

_CHECK_HISTORY = """
select
    cast(max(checked_at) as date) as day,
    run_id,
    count(*) as checks,
    count(*) filter (where not is_success and severity = 'stop') as stopped,
    count(*) filter (where not is_success and severity <> 'stop') as warned
from ops.dq_result
group by run_id
order by max(checked_at) desc
limit 30
"""

_SOURCES = """
with

files as (

    select
        source_system,
        feed,
        count(*) filter (where state = 'loaded') as files,
        count(*) filter (where state = 'rejected') as refused,
        sum(rows_read) as rows_read,
        sum(rows_loaded) as rows_loaded,
        sum(rows_quarantined) as rows_quarantined,
        list(rows_loaded order by extracted_at) filter (where state = 'loaded') as by_file
    from ops.file_ledger
    where state <> 'superseded' and source_system is not null
    group by source_system, feed

)

select
    files.*,
    feeds.last_extracted_at,
    feeds.due_at,
    coalesce(feeds.has_due_time, false) as has_due_time
from files
left join ops.feed as feeds
    on files.source_system = feeds.source_system and files.feed = feeds.feed
order by files.source_system, files.feed
"""

_REFUSED = """
select source_system, feed, file_name, reason, loaded_at
from ops.file_ledger
where state = 'rejected'
order by loaded_at desc
limit 200
"""

_QUARANTINE = """
select source_system, feed, column_name, reason, state, sum(row_count) as row_count,
    count(distinct file_name) as files
from ops.quarantine_summary
group by all
order by row_count desc, source_system, feed
"""

_LINKS = """
select
    edge, source_system, fix, fix_column, fix_rows, eligible, linked, ambiguous, orphans, nameless,
    low_confidence, coverage
from marts.link_coverage
order by fix_rows desc, edge, source_system
"""


def has_ops() -> bool:
    """Tell whether the release says anything of runs."""
    return "ops.run_ledger" in set(ask(_NAMES)["name"])


def runs() -> pd.DataFrame:
    """Return the runs the release knows of, newest first."""
    return ask(_RUNS)


def steps(run: str) -> pd.DataFrame:
    """Return a run's steps beside what the step usually takes (median of the other runs)."""
    return ask(_STEPS, run=run)


def checked_runs() -> list[str]:
    """Return the runs that checked something, newest first."""
    return ask(_CHECKED_RUNS)["run_id"].tolist()


def checks(run: str) -> pd.DataFrame:
    """Return every expectation a run asked, those that did not hold first."""
    return ask(_CHECKS, run=run)


def check_history() -> pd.DataFrame:
    """Return how many expectations did not hold, by run, newest first."""
    return ask(_CHECK_HISTORY)


def sources() -> pd.DataFrame:
    """Return each feed: files, rows, quarantined rows, last extract, and when the next is due."""
    return ask(_SOURCES)


def refused() -> pd.DataFrame:
    """Return the files that were refused, and why."""
    return ask(_REFUSED)


def quarantine() -> pd.DataFrame:
    """Return how many rows wait in quarantine, by feed, column and reason."""
    return ask(_QUARANTINE)


def links() -> pd.DataFrame:
    """Return the ledger of links: what of each edge is found, and what would mend most."""
    return ask(_LINKS)
