"""How often drift cries wolf, and what it sees: made-up feeds, judged as at the door.

Each feed has a weekly rhythm, growth, days that vary more than chance alone, gaps, a vocabulary,
amounts with a long tail and a delay. A clean delivery is judged for false alarms; a spoiled one for
detection. Prints two tables in Markdown.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import numpy as np
import pandas as pd

from expectations.judge import judge
from expectations.questions import suite

WEEK = np.array([1.0, 0.98, 0.97, 1.0, 1.08, 0.82, 0.74])
WORDS = np.array([0.45, 0.25, 0.15, 0.1, 0.05])
QUANTILES = (10, 50, 90)
SPOILS = {
    "10 % of rows missing": {"rows": 0.9},
    "20 % of rows missing": {"rows": 0.8},
    "30 % of rows missing": {"rows": 0.7},
    "half of the rows missing": {"rows": 0.5},
    "5 points more gaps": {"gaps": 0.05},
    "20 points more gaps": {"gaps": 0.2},
    "amounts 1.2 times": {"size": 1.2},
    "amounts 2.5 times": {"size": 2.5},
    "amounts 1,000 times": {"size": 1000.0},
    "a word of 10 % renamed": {"renamed": 3},
    "a word of 45 % renamed": {"renamed": 0},
    "three hours later": {"hours": 3.0},
}


def deliveries(
    chance: np.random.Generator, count: int, rows: int, spoil: dict, unrest: float
) -> pd.DataFrame:
    """Return the profile of `count` daily deliveries, the last one spoiled.

    Parameters
    ----------
    rows : int
        Rows of an ordinary day.
    unrest : float
        Standard deviation (log) of a day's rows beyond counting noise; of amounts half of it.
    """
    frames = []
    growth = chance.normal(0, 0.002)
    for day in range(count):
        here = spoil if day == count - 1 else {}
        mean = rows * WEEK[day % 7] * np.exp(growth * day + chance.normal(0, unrest))
        n = max(int(chance.poisson(mean * here.get("rows", 1.0))), 1)
        gaps = np.clip(0.1 + chance.normal(0, 0.005) + here.get("gaps", 0), 0, 1)
        amounts = chance.lognormal(3 + chance.normal(0, unrest / 2), 0.8, n) * here.get("size", 1)
        shares = chance.dirichlet(WORDS * 2000)
        said = chance.multinomial(n, shares) / n
        words = ["a", "b", "c", "d", "e"]
        if "renamed" in here:
            words[here["renamed"]] = "new"
        lag = chance.lognormal(np.log(2), 0.05) + here.get("hours", 0)
        told = [("volume", "", n, n), ("gaps", "column", chance.binomial(n, gaps) / n, n)]
        told += [(f"size p{q}", "amount", np.percentile(amounts, q), n) for q in QUANTILES]
        told += [
            ("word", f"code={word}", share, n) for word, share in zip(words, said, strict=True)
        ]
        told += [("lag", "at", lag, n)]
        frames.append(
            pd.DataFrame(told, columns=["measure", "part", "value", "n"]).assign(
                extracted_at=pd.Timestamp("2026-01-05") + pd.Timedelta(days=day)
            )
        )
    return pd.concat(frames, ignore_index=True)


def judged(
    seed: int, trials: int, history: int, rows: int, spoil: dict, unrest: float
) -> Iterator[tuple[int, bool, bool]]:
    """Yield, of each trial, measures judged, whether anything is told, whether the run is held."""
    rules = suite("drift")
    chance = np.random.default_rng(seed)
    for _ in range(trials):
        profile = deliveries(chance, history + 1, rows, spoil, unrest)
        last = profile["extracted_at"] == profile["extracted_at"].max()
        found = judge(profile[last], profile[~last], rules)
        yield (
            len(found),
            any(not each.is_like_before for each in found),
            any(each.is_stop for each in found),
        )


def main() -> None:
    """Print the false alarms of clean feeds and what is seen of spoiled ones."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=500, help="Deliveries a line of the tables.")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    print("| clean feed | deliveries | judgements | warned | stopped |\n|---|--:|--:|--:|--:|")
    for history in (5, 14, 30):
        for rows in (100, 2000, 20_000):
            for unrest in (0.03, 0.1):
                name = f"{history} before, {rows:,} rows, {unrest:.0%} unrest"
                found = list(judged(given.seed, given.trials, history, rows, {}, unrest))
                told, held = sum(each[1] for each in found), sum(each[2] for each in found)
                asked = sum(each[0] for each in found)
                print(f"| {name} | {len(found):,} | {asked:,} | {told} | {held} |", flush=True)
    print("\n| spoiled, 2,000 rows, 3 % unrest | 5 before | 14 before | 30 before |")
    print("|---|--:|--:|--:|")
    for name, spoil in SPOILS.items():
        cells = []
        for history in (5, 14, 30):
            found = list(judged(given.seed, given.trials // 5, history, 2000, spoil, 0.03))
            told = np.mean([each[1] for each in found])
            held = np.mean([each[2] for each in found])
            cells.append(f"{told:.0%} told, {held:.0%} held")
        print(f"| {name} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
