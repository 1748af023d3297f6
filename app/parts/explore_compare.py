"""What cells of Explore are compared with: an earlier or another period, or the target."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from app import against, figures, i18n
from app.i18n import t
from app.queries import explore, metrics, targets

# How many days before: whole weeks where a day of the week would be taken for a change.
_DAYS = {"week": {"prev": 7, "year": 364}, "day": {"week": 7, "prev": 1, "year": 364}}


def period_text(grain: str, start: object, status: object = "") -> str:
    """Write a period, and that its figures are provisional where they are."""
    if grain == "total" or i18n.is_missing(start):
        said = t("grain.total")
    else:
        said = i18n.month(start) if grain == "month" else i18n.day(start)
    return f"{said}, {t('provisional')}" if status == "provisional" else said


@dataclass(frozen=True)
class Against:
    """What cells are compared with.

    Parameters
    ----------
    grain, code : str
        The period of the cells, and which other one; no code where there is none.
    target : float or None
        The metric's target, where that is what is compared with.
    """

    grain: str
    code: str
    target: float | None = None

    def start(self, start: pd.Timestamp) -> pd.Timestamp | None:
        """Return where the other period begins, or None: a target is no period."""
        if self.grain == "month":
            return against.month_of(self.code, start)
        days = _DAYS.get(self.grain, {}).get(self.code)
        return None if days is None else start - pd.Timedelta(days=days)

    def in_words(self, start: object) -> str:
        """Write what a period is compared with."""
        if not self.code or i18n.is_missing(start):
            return ""
        before = self.start(pd.Timestamp(start))
        return t("target") if before is None else period_text(self.grain, before)


def choose(page: str, metric: str, grain: str, newest: object) -> Against:
    """Let the reader choose what to compare with; one figure for all time has nothing before it."""
    if grain == "total" or i18n.is_missing(newest):
        return Against(grain, "")
    if grain != "month":
        return Against(grain, against.choose(page, is_period=True, codes=tuple(_DAYS[grain])))
    target = targets.target(metric, pd.Timestamp(newest))
    known = against.CODES if target is not None else against.CODES[:-1]
    others = metrics.others(metrics.months(), pd.Timestamp(newest))
    code = against.choose(page, codes=known, months=others)
    return Against(grain, code, target if code == "target" else None)


def compared(cells: pd.DataFrame, metric: str, dimension: str, versus: Against) -> pd.DataFrame:
    """Return cells beside what they are compared with, and what may be said of the difference.

    Returns
    -------
    DataFrame with further columns compared_with, before_value, difference, verdict
        `verdict` as that of `app.compare.Change`. A hidden cell has none, on either side.
    """
    if not versus.code:
        return cells
    starts = pd.to_datetime(cells["period_start"])
    of_start = {start: versus.start(start) for start in starts.unique()}
    if versus.code == "target":
        aims = {start: targets.target(metric, start) for start in of_start}
        value = starts.map(aims).astype(float)
        before = pd.DataFrame({"before_value": value, "low": value, "high": value})
        found = cells.assign(compared_with=pd.NaT)
    else:
        found = cells.assign(compared_with=starts.map(of_start))
        # A month that the reader chose is beside itself, too: that is no comparison.
        found.loc[starts == found["compared_with"], "compared_with"] = pd.NaT
        asked = sorted({start.date() for start in of_start.values()})
        earlier = explore.earlier(metric, versus.grain, dimension, asked)
        earlier["compared_with"] = earlier["compared_with"].astype(found["compared_with"].dtype)
        before = found[["compared_with", "dimension_value"]].merge(earlier, how="left")
    low, high = before["low"].to_numpy(float), before["high"].to_numpy(float)
    value = found["value"].to_numpy(float, na_value=np.nan)
    difference = value - before["before_value"].to_numpy(float)
    own = found[["ci_low", "ci_high"]].to_numpy(float, na_value=np.nan)
    half = np.hypot((own[:, 1] - own[:, 0]) / 2, (high - low) / 2)
    verdict = np.select(
        [np.isnan(difference), np.isnan(half), np.abs(difference) > half],
        ["none", "bare", "clear"],
        "unclear",
    )
    return found.assign(
        before_value=before["before_value"].to_numpy(float), difference=difference, verdict=verdict
    )


def sentence(row: pd.Series, versus: Against, the_unit: str) -> str:
    """Say behind a value how it differs from what it is compared with."""
    if not versus.code:
        return ""
    if row["verdict"] == "none":
        return t("change.none")
    return t(
        f"change.{row['verdict']}",
        difference=figures.difference_text(row["difference"], the_unit),
        before=versus.in_words(row["period_start"]),
    )


def verdict_text(verdict: str, difference: float) -> str:
    """Say in a cell what may be said of a difference."""
    if verdict == "clear":
        return t("clear_rise") if difference > 0 else t("clear_fall")
    known = {"unclear": "no_clear_change", "bare": "no_interval"}
    return t(known[verdict]) if verdict in known else i18n.NOTHING


def change_text(difference: float, the_unit: str) -> str:
    """Write a difference in a cell."""
    if i18n.is_missing(difference):
        return i18n.NOTHING
    return figures.arrow_text(difference, the_unit)
