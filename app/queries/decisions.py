"""What is worth doing within the limits, what if, and what past actions changed."""

from __future__ import annotations

import pandas as pd

from app.queries.privacy import FEWEST, without_small_counts, without_small_parts
from app.release import OlderRelease
from app.serving import ask, shown

NOTHING = "do_nothing"
PLAN, WHAT_IF, EFFECTS = "ml.ml_action_plan", "ml.ml_what_if", "ml.ml_action_effect"

_PLAN = """
select
    action_id, options, worth_doing, withheld, recommended, customers, value, value_low, value_high,
    cost, used, most, price, method, gap, budget, budget_used, budget_price, currency, as_of_date
from ml.ml_action_plan
order by action_id
"""

_TOLD = """
select distinct action_id
from ml.ml_action_curve
where dimension = 'all'
"""

_WHOLE = """
select lines, value, value_low, value_high, cost, currency
from ml.ml_action_curve
where dimension = 'all' and action_id = 'all'
order by lines desc
limit 1
"""

_WHAT_IF = """
select
    scenario, outcome, effect_kind, change, change_unit, events, dose_now, dose_changed,
    share_changed, effect, effect_low, effect_high, amount, amount_low, amount_high, currency,
    days_seen, is_extrapolated, warning, status
from ml.ml_what_if
order by scenario, outcome
"""

_EFFECTS = """
select
    action_id, outcome, status, reason, lines_done, lines_held_out, measured, low, high, foretold,
    scale, scale_low, scale_high, first_known_on, enough_known_on
from ml.ml_action_effect
order by action_id, outcome
"""
# A release made before what is not measured had the day on which it will be.
_EFFECTS_OF_OLD = """
select
    action_id, outcome, status, reason, lines_done, lines_held_out, measured, low, high, foretold,
    scale, scale_low, scale_high, null::date as first_known_on, null::date as enough_known_on
from ml.ml_action_effect
order by action_id, outcome
"""

# What an action's row loses where it is about few customers, or gives such a row away.
_FIGURES = ["recommended", "customers", "value", "value_low", "value_high", "cost"]


def plan() -> pd.DataFrame:
    """Return a row an action; rows about few customers are empty and `is_hidden`."""
    if not shown().has(PLAN):
        return pd.DataFrame()
    rows = ask(_PLAN)
    if rows.empty:
        return rows
    # What the nightly run tells of no curve of is hidden here too, else one would give the other.
    told = set(ask(_TOLD)["action_id"]) if shown().has("ml.ml_action_curve") else set()
    is_done = (rows["action_id"] != NOTHING) & (rows["customers"] > 0)
    safe = rows.assign(is_hidden=is_done & ~rows["action_id"].isin(told))
    for column in _FIGURES:
        safe[column] = safe[column].astype(float).mask(safe["is_hidden"])
    safe = without_small_counts(safe, ["options", "worth_doing"])
    # How many are kept back in all stands among the reasons why nothing is done.
    safe = without_small_parts(safe, "withheld")
    # What is used of a limit is that of the recommended and of the withheld.
    safe["used"] = safe["used"].mask(safe["is_hidden"] | safe["withheld"].isna())
    return safe


def whole() -> pd.Series | None:
    """Return what all that is recommended comes to; None where that is about few customers."""
    rows = ask(_WHOLE) if shown().has("ml.ml_action_curve") else pd.DataFrame()
    return None if rows.empty else rows.iloc[0]


def what_if() -> pd.DataFrame:
    """Return what each scenario would change in 30 days, with interval and warning."""
    rows = ask(_WHAT_IF) if shown().has(WHAT_IF) else pd.DataFrame()
    if len(rows):
        rows = rows[(rows["events"].fillna(0) == 0) | (rows["events"] >= FEWEST)]
    return rows


def effects() -> pd.DataFrame:
    """Return what doing an action changed beside the hold-out; counts of few lines are empty."""
    if not shown().has(EFFECTS):
        return pd.DataFrame()
    try:
        rows = ask(_EFFECTS)
    except OlderRelease:
        rows = ask(_EFFECTS_OF_OLD)
    return without_small_counts(rows, ["lines_done", "lines_held_out"])
