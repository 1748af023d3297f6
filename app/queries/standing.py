"""How far surveys confirm the experience index."""

from __future__ import annotations

from app.serving import ask, shown

_CALIBRATION = """
select survey_type, status, correlation, correlation_low, correlation_high, test_rows
from ml.ml_cxi_calibration
where is_decisive
"""


def calibration() -> dict[str, object] | None:
    """Return how the experience index agrees with surveys, or None where nobody has looked."""
    if not shown().has("ml.ml_cxi_calibration"):
        return None
    rows = ask(_CALIBRATION)
    return None if rows.empty else rows.iloc[0].to_dict()
