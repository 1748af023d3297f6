"""How unlike is a delivery to those before it? Pure arithmetic on profiles, no table, no clock.

Each measure is put on a scale where its spread does not depend on its size (log, arcsine of the
root, asinh), and compared with the median of the deliveries before (scores.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.special import bdtr  # scipy.stats takes two seconds to import

from expectations.scores import Finding, is_beyond, is_odd, score_of
from expectations.words import judge_words

_SHARES = ("gaps", "link", "zeros", "below zero", "different")
# Which way is worse, for shares; the other way is told but never holds the run.
_WORSE = {"gaps": 1, "zeros": 1, "below zero": 1, "link": -1}
_QUANTILE_ERROR = 1.7  # standard error of a 10 or 90 % quantile, in those of a mean
_EIGHTY_PERCENT = 2.56  # standard deviations between those two of a normal distribution


def judge(now: pd.DataFrame, past: pd.DataFrame, rules: dict) -> list[Finding]:
    """Compare one delivery of one entity with those before it.

    Parameters
    ----------
    now : pandas.DataFrame
        measure, part, value, n of the delivery.
    past : pandas.DataFrame
        The same with extracted_at, of earlier ones; the latest `history` of them count.
    rules : dict
        suites/drift.yml.

    Returns
    -------
    list of Finding
        One a measure that has history enough to be judged; none where it has not.
    """
    days = np.sort(past["extracted_at"].unique())[-rules["history"] :]
    if len(days) < rules["least_history"] or now.empty:
        return []
    past = past[past["extracted_at"].isin(days)]
    return [
        *_volume(now, past, rules),
        *_numbers(now, past, rules),
        *judge_words(now, past, rules),
    ]


def _volume(now: pd.DataFrame, past: pd.DataFrame, rules: dict) -> Iterator[Finding]:
    here = now[now["measure"] == "volume"]
    before = past[past["measure"] == "volume"].sort_values("extracted_at")
    if here.empty:
        return
    before = _as_long(before, here["extracted_at"].iloc[0], rules)
    if len(before) < rules["least_history"]:
        return
    rate = float(here["value"].iloc[0])
    rates = before["value"].to_numpy(float)
    weekday = _weekday_effects(before)
    shift = weekday.get(pd.Timestamp(here["extracted_at"].iloc[0]).weekday(), 0.0)
    usual = np.log(_at_least(rates)) - before["extracted_at"].dt.weekday.map(weekday).fillna(
        0
    ).to_numpy(float)
    # Counting noise is that of the rows expected, not of the few that came.
    noises = rules["design_effect"] / np.maximum(before["n"].to_numpy(float), 1.0)
    noise = float(np.median(noises))
    score = score_of(np.log(_at_least(rate)) - shift, usual, noise, noises, "volume", rules)
    if score is None:
        return
    expected = float(np.exp(score.center + shift))
    ratio = rate / expected
    collapsed = (
        score.history >= rules["stop_volume_history"]
        and before["n"].min() >= rules["least_rows"]
        and rate < rules["stop_volume"] * rates.min()
    )
    # Bills are written on the first to the 28th: the first 29th is unlike all before, and no fault.
    seen = here["extracted_at"].iloc[0] - before["extracted_at"].iloc[0]
    is_fewer = is_beyond(score, rules) and ratio < rules["stop_effect"]["volume"]
    is_known = rate == 0 or seen >= pd.Timedelta(rules["stop_volume_days"], "D")
    is_stop = is_known and (collapsed or (is_fewer and rate < rates.min()))
    is_told = bool(is_stop or is_odd(score, rules))
    said = f"{rate:,.0f} rows a day, {expected:,.0f} expected from {score.history} deliveries"
    yield Finding("volume", "", not is_told, bool(is_stop), said)


def _as_long(before: pd.DataFrame, now: pd.Timestamp, rules: dict) -> pd.DataFrame:
    """Return the deliveries that cover a span of time like this one: a month says no day's rows."""
    # The one before the first is not known: its rows and its rows a day say how long that one was.
    own = pd.to_timedelta(before["n"] / before["value"].where(before["value"] > 0), unit="D")
    spans = before["extracted_at"].diff().fillna(own)
    span = now - before["extracted_at"].iloc[-1] if len(before) else pd.Timedelta(0)
    is_near = (spans - span).abs() <= pd.Timedelta(rules["like_days"], "D")
    most = rules["like_span"]
    return before[is_near | spans.between(span / most, span * most)]


def _weekday_effects(before: pd.DataFrame) -> dict[int, float]:
    """Return by how much (log) each weekday differs, for daily feeds known for three weeks."""
    gaps = before["extracted_at"].sort_values().diff().dt.total_seconds().dropna() / 86400
    if len(before) < 21 or not 0.5 < gaps.median() < 1.5:
        return {}
    logs = np.log(_at_least(before["value"].to_numpy(float)))
    days = before["extracted_at"].dt.weekday.to_numpy()
    return {
        day: float(np.median(logs[days == day]) - np.median(logs))
        for day in range(7)
        if (days == day).sum() >= 3
    }


def _at_least(rates: float | np.ndarray) -> float | np.ndarray:
    # No rows at all have a place on the scale, too.
    return np.maximum(rates, 0.1)


def _numbers(now: pd.DataFrame, past: pd.DataFrame, rules: dict) -> Iterator[Finding]:
    now = now[now["n"] >= _least(now, rules)]
    # A small one before is worth something still: how noisy it was is counted in.
    past = past[past["n"] >= _least(past, rules) / 3]
    before = dict(list(past.groupby(["measure", "part"], sort=False)))
    for measure, part, value, n in now[["measure", "part", "value", "n"]].itertuples(index=False):
        group = before.get((measure, part))
        if group is None or measure in ("volume", "rows", "word"):
            continue
        values, counts = group["value"].to_numpy(float), group["n"].to_numpy(float)
        if measure in _SHARES:
            finding = _share(measure, part, value, n, values, counts, rules)
        elif measure.startswith("size"):
            spread = _spread(before, part)
            finding = _size(measure, part, value, n, values, counts, spread, rules)
        elif measure == "length":
            finding = _length(part, value, n, values, counts, rules)
        else:
            finding = _lag(part, value, n, values, counts, rules)
        if finding is not None:
            yield finding


def _least(profiles: pd.DataFrame, rules: dict) -> np.ndarray:
    return np.where(profiles["measure"] == "link", rules["least_parents"], rules["least_rows"])


def _share(
    measure: str, part: str, value: float, n: float, values: np.ndarray, counts: np.ndarray,
    rules: dict,
) -> Finding | None:  # fmt: skip
    if measure == "different" and np.median(values) < 0.2:
        return None  # a vocabulary: its words are judged
    design = rules["design_effect"]
    score = score_of(
        _angle(value), _angle(values), design / (4 * n), design / (4 * counts), "share", rules
    )
    if score is None:
        return None
    if measure == "link":
        score = replace(
            score, chance=max(score.chance, _chance_of_orphans(value, n, values, counts))
        )
    usual = float(np.sin(score.center) ** 2)
    effect = rules["stop_effect"][measure]
    is_frozen = False
    if measure == "different":
        is_large = value < effect * usual
        # one value all through needs no scale of usual spread to be told from many
        is_frozen = value * n < 1.5 and (values * counts).min() >= rules["stop_frozen"]
    else:
        is_large = (value - usual) * _WORSE[measure] > effect
    is_stop = bool(is_frozen or (is_beyond(score, rules) and is_large))
    said = f"{value:.1%}, {usual:.1%} in the {score.history} deliveries before"
    return Finding(measure, part, not (is_stop or is_odd(score, rules)), is_stop, said)


def _chance_of_orphans(value: float, n: float, values: np.ndarray, counts: np.ndarray) -> float:
    """Return how likely so few of n parents are there, each with the chance of those before."""
    usual = ((values * counts).sum() + 1) / (counts.sum() + 2)
    return float(bdtr(np.rint(value * n), n, usual))


def _size(
    measure: str, part: str, value: float, n: float, values: np.ndarray, counts: np.ndarray,
    spread: float, rules: dict,
) -> Finding | None:  # fmt: skip
    unit = float(np.median(np.abs(values))) or spread or 1.0
    error = (_QUANTILE_ERROR * spread / unit) ** 2 * rules["design_effect"] / 2
    score = score_of(
        np.arcsinh(value / unit), np.arcsinh(values / unit), error / n, error / counts, "size",
        rules,
    )  # fmt: skip
    if score is None:
        return None
    usual = float(np.sinh(score.center) * unit)
    factor = rules["stop_effect"]["size"]
    is_large = value * usual <= 0 or not 1 / factor < value / usual < factor
    is_stop = bool(measure == "size p50" and is_beyond(score, rules) and is_large)
    ratio = f"{value / usual:,.2g} times what it was" if usual else "it was zero"
    said = f"{measure[5:]} is {ratio} in the {score.history} deliveries before"
    name = f"{part} {measure[5:]}"
    return Finding("size", name, not (is_stop or is_odd(score, rules)), is_stop, said)


def _length(
    part: str, value: float, n: float, values: np.ndarray, counts: np.ndarray, rules: dict
) -> Finding | None:
    error = 0.25 * rules["design_effect"]  # texts differ in length by about half of it
    score = score_of(np.log(value), np.log(values), error / n, error / counts, "size", rules)
    if score is None:
        return None
    usual = float(np.exp(score.center))
    is_stop = bool(is_beyond(score, rules) and value < rules["stop_effect"]["length"] * usual)
    said = f"{value:.1f} characters, {usual:.1f} in the {score.history} deliveries before"
    return Finding("length", part, not (is_stop or is_odd(score, rules)), is_stop, said)


def _lag(
    part: str, value: float, n: float, values: np.ndarray, counts: np.ndarray, rules: dict
) -> Finding | None:
    unit = max(1.0, float(np.median(np.abs(values))))
    design = rules["design_effect"]
    score = score_of(
        np.arcsinh(value / unit), np.arcsinh(values / unit), design / n, design / counts, "lag",
        rules,
    )  # fmt: skip
    if score is None:
        return None
    usual = float(np.sinh(score.center) * unit)
    is_stop = bool(is_beyond(score, rules) and abs(value - usual) >= rules["stop_effect"]["lag"])
    said = f"{value:,.1f} h after, {usual:,.1f} h in the {score.history} deliveries before"
    return Finding("lag", part, not (is_stop or is_odd(score, rules)), is_stop, said)


def _spread(before: dict, part: str) -> float:
    """Return the usual standard deviation of a number, from its outer quantiles."""
    low, high = before.get(("size p10", part)), before.get(("size p90", part))
    if low is None or high is None:
        return 0.0
    return float(np.median(high["value"]) - np.median(low["value"])) / _EIGHTY_PERCENT


def _angle(share: float | np.ndarray) -> float | np.ndarray:
    return np.arcsin(np.sqrt(np.clip(share, 0, 1)))
