"""How fresh each feed is: when it was extracted last, and when its next file is due."""

from __future__ import annotations

import pandas as pd

from app.queries.contents import NAMES as _NAMES
from app.serving import ask

_FEEDS = """
select source_system, feed, last_extracted_at, due_at, has_due_time
from ops.feed
order by source_system, feed
"""
# A release made before there was ops.feed.
_FEEDS_OF_OLD = """
select
    source_system,
    feed,
    max(extracted_at) as last_extracted_at,
    null::timestamp as due_at,
    false as has_due_time
from ops.file_ledger
where state = 'loaded'
group by source_system, feed
order by source_system, feed
"""


def feeds() -> pd.DataFrame:
    """Return every feed of the release with its last extract and when the next is due (UTC)."""
    if "ops.feed" in set(ask(_NAMES)["name"]):
        return ask(_FEEDS)
    return ask(_FEEDS_OF_OLD)
