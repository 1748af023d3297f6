"""Are the words of a delivery those before it had, in the shares they had, at the hours they had?

References
----------
Lin, J. (1991): Divergence measures based on the Shannon entropy. IEEE Trans. Inf. Theory 37(1).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy.special import pdtrc  # scipy.stats takes two seconds to import

from expectations.scores import Finding, Score, is_beyond, is_odd, score_of


def judge_words(now: pd.DataFrame, past: pd.DataFrame, rules: dict) -> Iterator[Finding]:
    """Judge each vocabulary, flag and hour of the day of a delivery (see `judge`)."""
    now = now[(now["measure"] == "word") & (now["n"] >= rules["least_rows"])]
    past = past[(past["measure"] == "word") & (past["n"] >= rules["least_rows"] / 3)]
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
    # A word said by few is kept as `other`: it is no news when some more say it.
    rare = words.index("other") if "other" in words else None
    is_strange = there.max(axis=0) == 0
    share = 3 / counts.sum()  # the rule of three: never seen in so many rows is rarer than this
    if rare is not None:
        is_strange[rare] = False
        share += there[:, rare].max()
    ceiling = _rarely_above(rules["warn_chance"], n * share) / n
    strange = float(here[is_strange].sum())
    is_stop = strange > rules["stop_effect"]["new words"] + ceiling and strange * n >= 5
    said = f"{strange:.1%} of its rows hold words of which {len(there)} deliveries knew none"
    yield Finding("new words", column, bool(strange <= ceiling), bool(is_stop), said)


def _rarely_above(chance: float, mean: float) -> int:
    """Return the smallest count that a Poisson variable of this mean exceeds no oftener."""
    counts = np.arange(int(mean + 10 * np.sqrt(mean) + 60))
    return int(np.searchsorted(-pdtrc(counts, mean), -chance))


def _mix(
    column: str, here: np.ndarray, n: float, there: np.ndarray, counts: np.ndarray, rules: dict
) -> Iterator[Finding]:
    score, distance = _divergence(here, n, there, counts, rules)
    if score is not None:
        odd = bool(is_odd(score, rules) and distance > score.center)
        said = f"Jensen–Shannon distance {distance:.2f} from {score.history} deliveries before"
        yield Finding("mix", column, not odd, False, said)


def _hours(
    column: str, here: np.ndarray, n: float, there: np.ndarray, counts: np.ndarray, rules: dict
) -> Iterator[Finding]:
    """An outage moves hours, too; a wrong time zone turns the whole day."""
    score, distance = _divergence(here, n, there, counts, rules)
    if score is None:
        return
    odd = bool(is_odd(score, rules) and distance > score.center)
    usual = np.average(there, axis=0, weights=counts)
    turned = {hours: _distance(np.roll(here, -hours), usual) for hours in range(1, 24)}
    hours = min(turned, key=turned.get)
    fits = turned[hours] < rules["stop_effect"]["hours"] * _distance(here, usual)
    is_stop = bool(is_beyond(score, rules) and distance > score.center and fits)
    told = f"; turned by {hours if hours <= 12 else hours - 24} h it fits" if fits else ""
    said = f"Jensen–Shannon distance {distance:.2f} from {score.history} deliveries before{told}"
    yield Finding("hours", column, not (odd or is_stop), is_stop, said)


def _divergence(
    here: np.ndarray, n: float, there: np.ndarray, counts: np.ndarray, rules: dict
) -> tuple[Score | None, float]:
    """Score the distance to all deliveries before beside the distances among those."""
    weighted = there * counts[:, None]
    total = weighted.sum(axis=0)
    others = (total - weighted) / np.maximum(counts.sum() - counts, 1)[:, None]
    words = max(int((total > 0).sum()) - 1, 1)
    floor = rules["design_effect"] * words / 8
    distances = np.array([_distance(one, rest) for one, rest in zip(there, others, strict=True)])
    distance = _distance(here, total / counts.sum())
    score = score_of(
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
