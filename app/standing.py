"""What may be said of the experience index: how far surveys confirm it."""

from __future__ import annotations

from app import i18n
from app.i18n import t
from app.queries import standing


def index_standing() -> str:
    """Say how far surveys confirm the experience index; unconfirmed is said first."""
    found = standing.calibration()
    if found is None or found["status"] == "too few":
        return t("cxi.unjudged")
    if i18n.is_missing(found["correlation"]):
        return t("cxi.constant")
    return t(
        "cxi.calibrated" if found["status"] == "calibrated" else "cxi.uncalibrated",
        survey=i18n.word("event", found["survey_type"]),
        value=i18n.number(found["correlation"], 2),
        low=i18n.number(found["correlation_low"], 2),
        high=i18n.number(found["correlation_high"], 2),
        answers=i18n.number(found["test_rows"]),
    )
