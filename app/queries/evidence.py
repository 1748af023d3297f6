"""The delivered lines behind a thing that is shown, as `cx trace` finds them."""

from __future__ import annotations

import pandas as pd

from app.access import needs
from app.serving import ask

LISTED = 40

_LINES = """
select
    record_type,
    record_id,
    through_type,
    through_id,
    entity,
    source_system,
    file_name,
    row_number,
    is_current,
    known_at
from marts.evidence_source
where record_type = $kind and record_id = $id
order by is_current desc, known_at desc, file_name, row_number
limit $limit
"""


@needs("persons")
def lines(kind: str, identifier: str) -> pd.DataFrame:
    """Return which file and row say so, the newest first; none when the release cannot tell."""
    return ask(_LINES, kind=kind, id=identifier, limit=LISTED)
