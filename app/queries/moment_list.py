"""Who is or was in a stage of a moment: the lines, by pseudonym, those that stood longest first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from app.access import needs
from app.serving import ask, later, shown

LIST = "marts.moment_list"
# Each part of the base has so many in the mart (var moment_list_most), so that a list is whole.
LISTED = 200

_LIST = """
select
    subscription_id, customer_id, journey_id, minutes, is_here_now, entered_at, left_at, due_at,
    outcome, team_name, contacts, contacts_after, region, segment, channel
from marts.moment_list
where
    journey_type = $journey
    and stage = $stage
    and (cast($month as date) is null or month_start = cast($month as date))
    and (cast($region as varchar) is null or region = $region)
    and (cast($segment as varchar) is null or segment = $segment)
    and (cast($channel as varchar) is null or channel = $channel)
    and (is_here_now or not cast($is_now as boolean))
order by minutes desc, journey_id
limit $limit
"""


_STAGES = """
select distinct journey_type || '.' || stage as code
from marts.moment_list
where is_here_now and subscription_id is not null
order by code
"""


@dataclass(frozen=True)
class Scope:
    """Whom a list is of; None means all."""

    journey: str
    stage: str
    month: str | None = None
    region: str | None = None
    segment: str | None = None
    channel: str | None = None
    is_now: bool = False

    def bound(self) -> dict[str, object]:
        """Return the values to bind."""
        return dict(self.__dict__)


def has_list() -> bool:
    """Tell whether the release lists anybody: one built before lacks the table."""
    return shown().has(LIST)


@needs("persons")
def stages() -> list[str]:
    """Return at which stages somebody stands now, such as ``join.ordered``."""
    return ask(_STAGES)["code"].tolist() if has_list() else []


@needs("persons")
def people(scope: Scope) -> pd.DataFrame:
    """Return who is, or was, in a stage, those that stood there longest first."""
    return ask(_LIST, **scope.bound(), limit=LISTED)


@needs("persons")
def people_later(scope: Scope) -> Callable[[], pd.DataFrame]:
    """Return what reads the list for a download."""
    return later(_LIST, **scope.bound(), limit=LISTED)
