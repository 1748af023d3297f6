"""How unlike is a delivery to those before it? Pure arithmetic on profiles, no table, no clock.

Each measure is put on a scale where its spread does not depend on its size (log, arcsine of the
root, asinh), and compared with the median of the deliveries before by Student's t. With few of
them the spread between deliveries is hardly known, so it is moderated by a spread taken for granted.

References
----------
Smyth, G. K. (2004): Linear models and empirical Bayes methods for assessing differential
expression. Statistical Applications in Genetics and Molecular Biology 3(1) (the moderated t).
Lin, J. (1991): Divergence measures based on the Shannon entropy. IEEE Trans. Inf. Theory 37(1).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import t as student

_SHARES = ("gaps", "link", "zeros", "below zero", "different")
# Which way is worse, for shares; the other way is told but never holds the run.
_WORSE = {"gaps": 1, "zeros": 1, "below zero": 1, "link": -1}
_MAD_TO_SIGMA = 1.4826
_QUANTILE_ERROR = 1.7  # standard error of a 10 or 90 % quantile, in those of a mean
_EIGHTY_PERCENT = 2.56  # standard deviations between those two of a normal distribution


@dataclass(frozen=True)
class Finding:
    """What was said of one measure of one delivery."""

    measure: str
    part: str
    is_like_before: bool
    is_stop: bool
    said: str


@dataclass(frozen=True)
class _Score:
    chance: float
    center: float
    is_outside: bool
    is_far_outside: bool
    history: int


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
        *_words(now, past, rules),
    ]


def _volume(now: pd.DataFrame, past: pd.DataFrame, rules: dict) -> Iterator[Finding]:
    here = now[now["measure"] == "volume"]
    before = past[past["measure"] == "volume"]
    if here.empty or len(before) < rules["least_history"]:
        return
    rate, rows = float(here["value"].iloc[0]), float(here["n"].iloc[0])
    rates = before["value"].to_numpy(float)
    weekday = _weekday_effects(before)
    shift = weekday.get(pd.Timestamp(here["extracted_at"].iloc[0]).weekday(), 0.0)
    usual = np.log(rates) - before["extracted_at"].dt.weekday.map(weekday).fillna(0).to_numpy(float)
    noise = rules["design_effect"] / max(rows, 1.0)
    noises = rules["design_effect"] / np.maximum(before["n"].to_numpy(float), 1.0)
    score = _score(np.log(rate) - shift, usual, noise, noises, "volume", rules)
    if score is None:
        return
    expected = float(np.exp(score.center + shift))
    ratio = rate / expected
    collapsed = (
        score.history >= rules["stop_volume_history"]
        and before["n"].min() >= rules["least_rows"]
        and rate < rules["stop_volume"] * rates.min()
    )
    is_stop = collapsed or (
        _beyond(score, rules) and ratio < rules["stop_effect"]["volume"] and rate < rates.min()
    )
    is_told = bool(is_stop or _odd(score, rules))
    said = f"{rate:,.0f} rows a day, {expected:,.0f} expected from {score.history} deliveries"
    yield Finding("volume", "", not is_told, bool(is_stop), said)


def _weekday_effects(before: pd.DataFrame) -> dict[int, float]:
    """Return by how much (log) each weekday differs, for daily feeds known for three weeks."""
    gaps = before["extracted_at"].sort_values().diff().dt.total_seconds().dropna() / 86400
    if len(before) < 21 or not 0.5 < gaps.median() < 1.5:
        return {}
    logs = np.log(before["value"].to_numpy(float))
    days = before["extracted_at"].dt.weekday.to_numpy()
    return {
        day: float(np.median(logs[days == day]) - np.median(logs))
        for day in range(7)
        if (days == day).sum() >= 3
    }


def _numbers(now: pd.DataFrame, past: pd.DataFrame, rules: dict) -> Iterator[Finding]:
    least = rules["least_rows"]
    now = now[now["n"] >= least]
    before = {
        key: group
        for key, group in past[past["n"] >= least].groupby(["measure", "part"], sort=False)
    }
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


def _share(
    measure: str, part: str, value: float, n: float, values: np.ndarray, counts: np.ndarray,
    rules: dict,
) -> Finding | None:  # fmt: skip
    if measure == "different" and np.median(values) < 0.2:
        return None  # a vocabulary: its words are judged
    design = rules["design_effect"]
    score = _score(
        _angle(value), _angle(values), design / (4 * n), design / (4 * counts), "share", rules
    )
    if score is None:
        return None
    usual = float(np.sin(score.center) ** 2)
    effect = rules["stop_effect"][measure]
    if measure == "different":
        is_large = value < effect * usual
    else:
        is_large = (value - usual) * _WORSE[measure] > effect
    is_stop = bool(_beyond(score, rules) and is_large)
    said = f"{value:.1%}, {usual:.1%} in the {score.history} deliveries before"
    return Finding(measure, part, not (is_stop or _odd(score, rules)), is_stop, said)


def _size(
    measure: str, part: str, value: float, n: float, values: np.ndarray, counts: np.ndarray,
    spread: float, rules: dict,
) -> Finding | None:  # fmt: skip
    unit = float(np.median(np.abs(values))) or spread or 1.0
    error = (_QUANTILE_ERROR * spread / unit) ** 2 * rules["design_effect"] / 2
    score = _score(
        np.arcsinh(value / unit), np.arcsinh(values / unit), error / n, error / counts, "size",
        rules,
    )  # fmt: skip
    if score is None:
        return None
    usual = float(np.sinh(score.center) * unit)
    factor = rules["stop_effect"]["size"]
    is_large = value * usual <= 0 or not 1 / factor < value / usual < factor
    is_stop = bool(measure == "size p50" and _beyond(score, rules) and is_large)
    ratio = f"{value / usual:,.2g} times what it was" if usual else "it was zero"
    said = f"{measure[5:]} is {ratio} in the {score.history} deliveries before"
    name = f"{part} {measure[5:]}"
    return Finding("size", name, not (is_stop or _odd(score, rules)), is_stop, said)


def _length(
    part: str, value: float, n: float, values: np.ndarray, counts: np.ndarray, rules: dict
) -> Finding | None:
    error = 0.25 * rules["design_effect"]  # texts differ in length by about half of it
    score = _score(np.log(value), np.log(values), error / n, error / counts, "size", rules)
    if score is None:
        return None
    usual = float(np.exp(score.center))
    is_stop = bool(_beyond(score, rules) and value < rules["stop_effect"]["length"] * usual)
    said = f"{value:.1f} characters, {usual:.1f} in the {score.history} deliveries before"
    return Finding("length", part, not (is_stop or _odd(score, rules)), is_stop, said)


def _lag(
    part: str, value: float, n: float, values: np.ndarray, counts: np.ndarray, rules: dict
) -> Finding | None:
    unit = max(1.0, float(np.median(np.abs(values))))
    design = rules["design_effect"]
    score = _score(
        np.arcsinh(value / unit), np.arcsinh(values / unit), design / n, design / counts, "lag",
        rules,
    )  # fmt: skip
    if score is None:
        return None
    usual = float(np.sinh(score.center) * unit)
    is_stop = bool(_beyond(score, rules) and abs(value - usual) >= rules["stop_effect"]["lag"])
    said = f"{value:,.1f} h after, {usual:,.1f} h in the {score.history} deliveries before"
    return Finding("lag", part, not (is_stop or _odd(score, rules)), is_stop, said)


def _spread(before: dict, part: str) -> float:
    """Return the usual standard deviation of a number, from its outer quantiles."""
    low, high = before.get(("size p10", part)), before.get(("size p90", part))
    if low is None or high is None:
        return 0.0
    return float(np.median(high["value"]) - np.median(low["value"])) / _EIGHTY_PERCENT


def _words(now: pd.DataFrame, past: pd.DataFrame, rules: dict) -> Iterator[Finding]:
    now = now[(now["measure"] == "word") & (now["n"] >= rules["least_rows"])]
    past = past[(past["measure"] == "word") & (past["n"] >= rules["least_rows"])]
    if now.empty or past.empty:
        return
    names = now["part"].str.split("=", n=1, expand=True)
    now = now.assign(column=names[0], word=names[1])
    names = past["part"].str.split("=", n=1, expand=True)
    past = past.assign(column=names[0], word=names[1])
    before = dict(tuple(past.groupby("column")))
    for column, said in now.groupby("column"):
        if column not in before:
            continue
        table = before[column].pivot_table("value", "extracted_at", "word", fill_value=0.0)
        counts = before[column].groupby("extracted_at")["n"].max().to_numpy(float)
        is_hours = column.startswith("hour of ")
        if len(table) < rules["least_history"]:
            continue
        if len(table.columns) > rules["most_words"] and not is_hours:
            continue
        shares = said.set_index("word")["value"]
        n = float(said["n"].max())
        words = [str(hour) for hour in range(24)] if is_hours else sorted(
            {*table.columns, *shares.index}
        )  # fmt: skip
        here = shares.reindex(words, fill_value=0.0).to_numpy(float)
        there = table.reindex(columns=words, fill_value=0.0).to_numpy(float)
        if is_hours:
            yield from _hours(column[8:], here, n, there, counts, rules)
        else:
            yield from _new_words(column, words, here, n, there, counts, rules)
            yield from _mix(column, here, n, there, counts, rules)


def _new_words(
    column: str, words: list[str], here: np.ndarray, n: float, there: np.ndarray,
    counts: np.ndarray, rules: dict,
) -> Iterator[Finding]:  # fmt: skip
    # A word said by few is kept as `other`: it is no news when more say it.
    rare = words.index("other") if "other" in words else None
    is_strange = there.max(axis=0) == 0
    ceiling = 3 / counts.sum()  # the rule of three: never seen in so many rows is rarer than this
    if rare is not None:
        is_strange[rare] = False
        ceiling += there[:, rare].max()
    strange = float(here[is_strange].sum())
    is_stop = strange > rules["stop_effect"]["new words"] + ceiling and strange * n >= 5
    said = f"{strange:.1%} of its rows hold words of which {len(there)} deliveries knew none"
    yield Finding("new words", column, bool(strange <= ceiling), bool(is_stop), said)


def _mix(
    column: str, here: np.ndarray, n: float, there: np.ndarray, counts: np.ndarray, rules: dict
) -> Iterator[Finding]:
    score, distance = _divergence(here, n, there, counts, rules)
    if score is not None:
        is_odd = bool(_odd(score, rules) and distance > score.center)
        said = f"Jensen–Shannon distance {distance:.2f} from {score.history} deliveries before"
        yield Finding("mix", column, not is_odd, False, said)


def _hours(
    column: str, here: np.ndarray, n: float, there: np.ndarray, counts: np.ndarray, rules: dict
) -> Iterator[Finding]:
    """An outage moves hours, too; a wrong time zone turns the whole day."""
    score, distance = _divergence(here, n, there, counts, rules)
    if score is None:
        return
    is_odd = bool(_odd(score, rules) and distance > score.center)
    usual = np.average(there, axis=0, weights=counts)
    turned = {hours: _distance(np.roll(here, -hours), usual) for hours in range(1, 24)}
    hours = min(turned, key=turned.get)
    fits = turned[hours] < rules["stop_effect"]["hours"] * _distance(here, usual)
    is_stop = bool(_beyond(score, rules) and distance > score.center and fits)
    told = f"; turned by {hours if hours <= 12 else hours - 24} h it fits" if fits else ""
    said = f"Jensen–Shannon distance {distance:.2f} from {score.history} deliveries before{told}"
    yield Finding("hours", column, not (is_odd or is_stop), is_stop, said)


def _divergence(
    here: np.ndarray, n: float, there: np.ndarray, counts: np.ndarray, rules: dict
) -> tuple[_Score | None, float]:
    """Score the distance to all deliveries before beside the distances among those."""
    weighted = there * counts[:, None]
    total = weighted.sum(axis=0)
    others = (total - weighted) / np.maximum(counts.sum() - counts, 1)[:, None]
    words = max(int((total > 0).sum()) - 1, 1)
    floor = rules["design_effect"] * words / 8
    distances = np.array([_distance(one, rest) for one, rest in zip(there, others, strict=True)])
    distance = _distance(here, total / counts.sum())
    score = _score(
        max(0.0, distance - np.sqrt(floor / n)),
        np.maximum(0.0, distances - np.sqrt(floor / counts)),
        floor / n / max(words, 1),
        floor / counts / max(words, 1),
        "mix",
        rules,
    )
    return score, distance


def _distance(one: np.ndarray, other: np.ndarray) -> float:
    """Return the Jensen–Shannon distance of two distributions: 0 the same, 1 nothing in common."""
    middle = (one + other) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = [np.where(each > 0, each * np.log2(each / middle), 0.0) for each in (one, other)]
    return float(np.sqrt(max(0.0, (parts[0].sum() + parts[1].sum()) / 2)))


def _score(
    value: float, values: np.ndarray, noise: float, noises: np.ndarray, kind: str, rules: dict
) -> _Score | None:
    """Return how likely a value this far from those before would be by chance."""
    count = len(values)
    if count < rules["least_history"] or not np.isfinite(value) or not np.isfinite(values).all():
        return None
    center = float(np.median(values))
    # The median deviation is blind to what happens now and then, the standard one to nothing.
    seen = max(
        (_MAD_TO_SIGMA * float(np.median(np.abs(values - center)))) ** 2,
        float(np.var(values)) / 4,
    )
    # What was seen holds the sampling noise of the deliveries before; tonight's is its own.
    between = max(0.0, seen - float(np.median(noises)))
    trust = rules["prior_deliveries"]
    freedom = trust + count - 1
    prior = rules["prior_spread"][kind] ** 2
    variance = (trust * prior + (count - 1) * between) / freedom
    statistic = (value - center) / np.sqrt(variance * (1 + 1 / count) + noise)
    low, high = float(values.min()), float(values.max())
    width = high - low
    return _Score(
        chance=float(2 * student.sf(abs(statistic), freedom)),
        center=center,
        is_outside=bool(not low <= value <= high),
        is_far_outside=bool(not low - width <= value <= high + width),
        history=count,
    )


def _odd(score: _Score, rules: dict) -> bool:
    return score.chance < rules["warn_chance"] and score.is_outside


def _beyond(score: _Score, rules: dict) -> bool:
    return score.chance < rules["stop_chance"] and score.is_far_outside


def _angle(share: float | np.ndarray) -> float | np.ndarray:
    return np.arcsin(np.sqrt(np.clip(share, 0, 1)))
