"""Until when the churn scores look ahead, wherever one of them stands."""

from __future__ import annotations

from app import i18n
from app.i18n import t
from app.queries import horizon


def score_until() -> str:
    """Say until when the churn scores look ahead, by the day where the release tells it."""
    until = horizon.until()
    return t("score.horizon") if i18n.is_missing(until) else t("score.until", day=i18n.day(until))


def score_help() -> str:
    """Write the tooltip of a churn risk."""
    return t("score.help", until=score_until())
