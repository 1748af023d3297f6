"""What one unit of a bad experience causes: contacts, exits and money, with intervals."""

from __future__ import annotations

import pandas as pd

from app.queries.privacy import FEWEST
from app.serving import ask, shown

_EFFECTS = """
select
    effect_kind, outcome, status, dose_unit, window_days, estimate, low, high, baseline,
    is_placebo_passed, events, exposed_lines, amount_per_dose, amount_low, amount_high,
    amount_total, currency
from ml.ml_effect
where
    (cast($kind as varchar) is null or effect_kind = $kind)
    and exposed_lines >= $fewest
order by outcome desc, effect_kind
"""


def effects(kind: str | None = None) -> pd.DataFrame:
    """Return each effect, or those of one kind of event; exits first."""
    return ask(_EFFECTS, kind=kind, fewest=FEWEST) if shown().has("ml.ml_effect") else (
        pd.DataFrame()
    )  # fmt: skip
