"""What may be said of an index or a score wherever it stands: how sure, and until when."""

from __future__ import annotations

from app import i18n
from app.i18n import t
from app.queries import churn, standing


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


def score_until() -> str:
    """Say until when the churn scores look ahead, by the day where the release tells it."""
    as_of_date = churn.newest_scores()
    rows = None if as_of_date is None else churn.summary(as_of_date, None, None, "total")
    until = None if rows is None or rows.empty else rows.iloc[0].get("window_to")
    return t("score.horizon") if i18n.is_missing(until) else t("score.until", day=i18n.day(until))


def score_help() -> str:
    """Write the tooltip of a churn risk."""
    return t("score.help", until=score_until())
